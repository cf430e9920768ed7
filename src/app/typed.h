/* Typed: the file in the profile that keeps what was typed over restarts. */
#pragma once

#include "store/profile.h"
#include "ui/recall.h"

/* Reads it, and makes it small again where it has grown. What cannot be read is no error: then there
 * is nothing to go back to. */
void typed_load(const struct profile *profile, struct recall *recall);
/* Writes what was typed since. A disk that does not take it costs these lines alone. */
void typed_keep(const struct profile *profile, struct recall *recall);
