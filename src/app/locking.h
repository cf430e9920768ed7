/* Locking: `fika --lock` and `fika --unlock`: the passphrase of a profile, set, changed and taken away. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Opens the profile ("": the first, "default"), which asks for the passphrase it has, and does it, saying
 * so. */
enum error_code locking_run(bool lock, const char *profile, struct error *error);
