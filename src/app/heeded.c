/* Heeded: ui/heed.c knows the lines, store/files.c how a file is replaced so that there is always a
 * whole one. */
#include "app/heeded.h"

#include <stdio.h>
#include <string.h>

#include "store/files.h"

static void path_of(const struct profile *profile, char out[sizeof profile->path + 16])
{
    snprintf(out, sizeof profile->path + 16, "%s/notices", profile->path);
}

void heeded_load(const struct profile *profile, struct heed *heed, char *why, size_t room)
{
    char path[sizeof profile->path + 16], text[HEED_BYTES_MAX];
    const char *quiet = profile->config.quiet;
    struct bytes hours = {.at = (const uint8_t *)quiet, .size = strlen(quiet)};
    struct error error;
    bool found = false;
    memset(heed, 0, sizeof *heed);
    why[0] = '\0';
    if (hours.size > 0 && !heed_quiet_read(hours, &heed->quiet))
        snprintf(why, room, "quiet = %s cannot be understood; write it so: quiet = 22:00-07:00",
                 quiet);
    path_of(profile, path);
    if (file_read(path, text, sizeof text, &found, &error) != ERROR_NONE)
        error_text(&error, why, room);
    else if (found)
        heed_read(heed, text, strlen(text));
}

bool heeded_keep(const struct profile *profile, const struct heed *heed, char *why, size_t room)
{
    char path[sizeof profile->path + 16], text[HEED_BYTES_MAX];
    struct error error;
    path_of(profile, path);
    if (file_replace(path, text, heed_write(heed, text), &error) == ERROR_NONE)
        return true;
    error_text(&error, why, room);
    return false;
}
