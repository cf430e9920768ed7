/* Typed: lines are written behind the others as they are typed, so that a crash costs none, without
 * a sync, so that nobody waits; at the start the file is replaced by what of it is still in bounds.
 */
#include "app/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/files.h"
#include "store/vault.h"

#define FILE_BYTES_MAX \
    (4 * RECALL_BYTES_MAX) /* read at most; it is made smaller from a quarter on */

static void path_of(const struct profile *profile, char out[sizeof profile->path + 16])
{
    snprintf(out, sizeof profile->path + 16, "%s/typed", profile->path);
}

void typed_load(const struct profile *profile, struct recall *recall)
{
    char path[sizeof profile->path + 16], *text = malloc(FILE_BYTES_MAX);
    bool found = false;
    size_t size;
    CHECK(text != NULL);
    path_of(profile, path);
    if (file_read(path, text, FILE_BYTES_MAX, &found, NULL) == ERROR_NONE && found) {
        size = strlen(text);
        recall_read(recall, text, size);
        free(text);
        /* Of what is sealed nothing is read behind a line that a crash tore: it begins anew. */
        bool anew = size > RECALL_BYTES_MAX || vault_is_open();
        text = anew ? recall_write(recall, &size) : NULL;
        if (text != NULL)
            file_renew(path, text, size, NULL);
    }
    free(text);
}

void typed_keep(const struct profile *profile, struct recall *recall)
{
    char path[sizeof profile->path + 16];
    size_t size;
    char *text = recall_fresh(recall, &size);
    if (text == NULL || size == 0) {
        free(text);
        return;
    }
    path_of(profile, path);
    file_add(path, text, size); /* half a line is skipped when it is read */
    free(text);
}
