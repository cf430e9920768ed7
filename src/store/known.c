/* Known: a small text file, one address a line, read at start and replaced as a whole:
 *
 *     NETWORK NODE SECONDS dialled|came ADDRESS
 *
 * the two ids in hexadecimal, the time since 1970. It is the user's own to read, and to edit while
 * no fika runs. What it names is a hint where to dial: HELLO says who is there. So a line that is
 * wrong does no harm, and neither does one that is old.
 *
 * 1. Of one node at most KNOWN_NODE_MAX addresses are kept, of one network KNOWN_NETWORK_MAX, of
 *    all KNOWN_MAX; where there is no room, the one that was met longest ago goes.
 * 2. A start on the same network as yesterday's writes nothing: times are renewed once a day. */
#include "store/known.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/files.h"

#define DAY_MS     86400000
#define LINE_BYTES (2 * 65 + 24 + 8 + LIMIT_ADDRESS + 2)
#define FILE_BYTES (KNOWN_MAX * LINE_BYTES)

static bool address_ok(const char *text)
{
    static const char TAKEN[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "[]:.%-_@";
    size_t size = strlen(text);
    return size > 0 && size <= LIMIT_ADDRESS && strspn(text, TAKEN) == size;
}

static bool read_line(struct known_row *row, char *line)
{
    char *save = NULL, *field[5], *end;
    for (int i = 0; i < 5; i++)
        if ((field[i] = strtok_r(i == 0 ? line : NULL, " ", &save)) == NULL)
            return false;
    memset(row, 0, sizeof *row);
    uint64_t seconds = strtoull(field[2], &end, 10);
    row->wall_ms = seconds * 1000;
    row->worked = strcmp(field[3], "dialled") == 0;
    if (*end != '\0' || seconds > UINT32_MAX || !address_ok(field[4]) ||
        strtok_r(NULL, " ", &save) != NULL)
        return false;
    strcpy(row->address.text, field[4]);
    return hex_read(row->network.b, sizeof row->network.b, field[0]) &&
           hex_read(row->node.b, sizeof row->node.b, field[1]);
}

void known_open(struct known *known, const char *path)
{
    char *text = malloc(FILE_BYTES), *save = NULL;
    struct known_row row;
    struct error error;
    bool found;
    CHECK(text != NULL);
    memset(known, 0, sizeof *known);
    snprintf(known->path, sizeof known->path, "%s", path);
    if (file_read(path, text, FILE_BYTES, &found, &error) == ERROR_NONE && found)
        for (char *line = strtok_r(text, "\n", &save); line != NULL;
             line = strtok_r(NULL, "\n", &save))
            if (read_line(&row, line))
                known_met(known, &row);
    known->changed = false;
    free(text);
}

/* The oldest of those that share what is asked; `count` gets how many there are. */
static struct known_row *oldest(struct known *known, const struct id *network,
                                const struct id *node, size_t *count)
{
    struct known_row *found = NULL;
    *count = 0;
    for (size_t i = 0; i < known->count; i++) {
        struct known_row *row = &known->rows[i];
        if ((network != NULL && !id_equal(&row->network, network)) ||
            (node != NULL && !id_equal(&row->node, node)))
            continue;
        ++*count;
        if (found == NULL || row->wall_ms < found->wall_ms)
            found = row;
    }
    return found;
}

static struct known_row *take_place(struct known *known, const struct known_row *met)
{
    size_t count;
    struct known_row *row = oldest(known, &met->network, &met->node, &count);
    if (count >= KNOWN_NODE_MAX)
        return row;
    row = oldest(known, &met->network, NULL, &count);
    if (count >= KNOWN_NETWORK_MAX)
        return row;
    row = oldest(known, NULL, NULL, &count);
    return count >= KNOWN_MAX ? row : &known->rows[known->count++];
}

void known_met(struct known *known, const struct known_row *met)
{
    struct known_row *row = NULL;
    for (size_t i = 0; row == NULL && i < known->count; i++)
        if (id_equal(&known->rows[i].network, &met->network) &&
            strcmp(known->rows[i].address.text, met->address.text) == 0)
            row = &known->rows[i];
    bool same = row != NULL && id_equal(&row->node, &met->node);
    bool worked = met->worked || (same && row->worked);
    if (same && worked == row->worked && met->wall_ms < row->wall_ms + DAY_MS)
        return;
    if (row == NULL)
        row = take_place(known, met);
    *row = *met;
    row->worked = worked;
    row->wall_ms -= row->wall_ms % 1000;
    known->changed = true;
}

void known_forget(struct known *known, const struct id *network, const struct id *node,
                  const struct address *address)
{
    for (size_t i = known->count; i-- > 0;) {
        const struct known_row *row = &known->rows[i];
        if (!id_equal(&row->network, network) ||
            (!id_equal(&row->node, node) && strcmp(row->address.text, address->text) != 0))
            continue;
        known->rows[i] = known->rows[--known->count];
        known->changed = true;
    }
}

static int first_first(const void *a, const void *b)
{
    const struct known_row *left = a, *right = b;
    if (left->worked != right->worked)
        return left->worked ? -1 : 1;
    if (left->wall_ms != right->wall_ms)
        return left->wall_ms > right->wall_ms ? -1 : 1;
    return strcmp(left->address.text, right->address.text);
}

size_t known_of(const struct known *known, const struct id *network,
                struct known_row rows[KNOWN_NETWORK_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < known->count && count < KNOWN_NETWORK_MAX; i++)
        if (id_equal(&known->rows[i].network, network))
            rows[count++] = known->rows[i];
    qsort(rows, count, sizeof *rows, first_first);
    return count;
}

enum error_code known_save(struct known *known, struct error *error)
{
    char *text, network[65], node[65];
    size_t size = 0;
    if (!known->changed)
        return ERROR_NONE;
    text = malloc(FILE_BYTES);
    CHECK(text != NULL);
    for (size_t i = 0; i < known->count; i++) {
        const struct known_row *row = &known->rows[i];
        hex_of(network, row->network.b, sizeof row->network.b);
        hex_of(node, row->node.b, sizeof row->node.b);
        int wrote =
            snprintf(text + size, FILE_BYTES - size, "%s %s %" PRIu64 " %s %s\n", network, node,
                     row->wall_ms / 1000, row->worked ? "dialled" : "came", row->address.text);
        CHECK(wrote > 0 && (size_t)wrote < FILE_BYTES - size);
        size += (size_t)wrote;
    }
    enum error_code code = file_replace(known->path, text, size, error);
    known->changed = code != ERROR_NONE; /* what failed is tried again */
    free(text);
    return code;
}
