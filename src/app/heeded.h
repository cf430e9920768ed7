/* Heeded: the file in the profile that keeps what the reader wants to be told of. */
#pragma once

#include "store/profile.h"
#include "ui/heed.h"

/* What the configuration says, and over it what was kept. A sentence in `why`, "" when there is
 * nothing to say. */
void heeded_load(const struct profile *profile, struct heed *heed, char *why, size_t room);
/* Replaces the file, 0600. False with a sentence in `why` when it cannot be written. */
bool heeded_keep(const struct profile *profile, const struct heed *heed, char *why, size_t room);
