/* Last seen: the file is replaced without a wait for the disk, since a line that comes marks all anew. */
#include "app/lastseen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/files.h"

#define KEEP_MS 2000

static void path_of(const struct profile *profile, char out[sizeof profile->path + 16])
{
    snprintf(out, sizeof profile->path + 16, "%s/seen", profile->path);
}

void last_seen_load(const struct profile *profile, struct seen *seen)
{
    char path[sizeof profile->path + 16], *text = malloc(SEEN_BYTES_MAX);
    bool found = false;
    CHECK(text != NULL);
    path_of(profile, path);
    if (file_read(path, text, SEEN_BYTES_MAX, &found, NULL) == ERROR_NONE && found)
        seen_read(seen, text, strlen(text));
    free(text);
}

uint64_t last_seen_keep(const struct profile *profile, struct seen *seen, uint64_t *kept_ms,
                        uint64_t now_ms)
{
    char path[sizeof profile->path + 16], *text;
    if (!seen->changed)
        return UINT64_MAX;
    if (now_ms < *kept_ms + KEEP_MS)
        return *kept_ms + KEEP_MS;
    text = malloc(SEEN_BYTES_MAX);
    CHECK(text != NULL);
    path_of(profile, path);
    file_renew(path, text, seen_write(seen, text),
               NULL); /* a disk that is full costs the mark alone */
    free(text);
    *kept_ms = now_ms;
    return UINT64_MAX;
}
