/* Kept: the settings of the face in the profile, so that they outlive the program. */
#pragma once

#include "store/profile.h"
#include "ui/settings.h"

/* Fills them with what was kept, and what holds without. */
void kept_load(const struct profile *profile, struct settings *settings);
/* Keeps them; false when they could not be written. */
bool kept_save(const struct profile *profile, const struct settings *settings);
