/* Kept: a file of its own, since the profile's settings are the node's to write. */
#include "app/kept.h"

#include <stdio.h>

#include "store/files.h"

static void path_of(const struct profile *profile, char out[sizeof profile->path + 16])
{
    snprintf(out, sizeof profile->path + 16, "%s/screen", profile->path);
}

void kept_load(const struct profile *profile, struct settings *settings)
{
    char path[sizeof profile->path + 16], text[SETTINGS_TEXT_BYTES];
    bool found = false;
    settings_init(settings);
    path_of(profile, path);
    if (file_read(path, text, sizeof text, &found, NULL) == ERROR_NONE && found)
        settings_read(settings, text);
}

bool kept_save(const struct profile *profile, const struct settings *settings)
{
    char path[sizeof profile->path + 16], text[SETTINGS_TEXT_BYTES];
    size_t size = settings_write(settings, text, sizeof text);
    path_of(profile, path);
    return file_replace(path, text, size, NULL) == ERROR_NONE;
}
