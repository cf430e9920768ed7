/* Identity: `fika identity`: which one it is, its backup, a new device of it, and a lost one. No node runs. */
#pragma once

#include "app/options.h"
#include "store/profile.h"

/* Opens the profile, does what the options say, and closes it. */
enum error_code identity_run(struct profile *profile, const struct options *options,
                             struct error *error);
