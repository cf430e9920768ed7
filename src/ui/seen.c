/* Seen: a short list, searched from its front.
 *
 * What was seen is one place a channel, the last one in the order: what comes late to a place above it
 * is marked as late, and not as new. */
#include "ui/seen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t index_of(const struct seen *seen, const char *network, const char *channel)
{
    size_t at = 0;
    while (at < seen->count && (strcmp(seen->rows[at].channel.text, channel) != 0 ||
                                strcmp(seen->rows[at].network, network) != 0))
        at++;
    return at;
}

bool seen_find(const struct seen *seen, const char *network, const char *channel,
               struct place *place)
{
    size_t at = index_of(seen, network, channel);
    if (at < seen->count)
        *place = seen->rows[at].place;
    return at < seen->count;
}

void seen_note(struct seen *seen, const char *network, const char *channel,
               const struct place *place)
{
    size_t at = index_of(seen, network, channel);
    struct seen_row row = {.place = *place};
    if (strlen(network) >= sizeof row.network || strlen(channel) >= sizeof row.channel.text ||
        (at < seen->count && place_compare(place, &seen->rows[at].place) <= 0))
        return;
    strcpy(row.network, network);
    strcpy(row.channel.text, channel);
    if (at == seen->count && seen->count < SEEN_MAX)
        seen->count++;
    if (at == seen->count)
        at--; /* full: the last one goes */
    memmove(seen->rows + 1, seen->rows, at * sizeof row);
    seen->rows[0] = row;
    seen->changed = true;
}

size_t seen_write(struct seen *seen, char *out)
{
    char author[ID_HEX_SIZE];
    size_t size = 0;
    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_row *row = &seen->rows[i];
        hex_of(author, row->place.author.b, sizeof row->place.author.b);
        size += (size_t)snprintf(out + size, SEEN_BYTES_MAX - size,
                                 "%s %" PRIu64 " %" PRIu64 " %s %s\n", row->channel.text,
                                 row->place.lamport, row->place.seq, author, row->network);
    }
    seen->changed = false;
    return size;
}

/* The next word of a line, ended by a zero; NULL when there is none. */
static char *word(char **line)
{
    char *found = *line, *space = strchr(found, ' ');
    if (space != NULL)
        *space = '\0';
    *line = space != NULL ? space + 1 : found + strlen(found);
    return found[0] != '\0' ? found : NULL;
}

static bool number(char **line, uint64_t *value)
{
    char *text = word(line), *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static void read_line(struct seen *seen, char *line)
{
    struct place place;
    const char *channel = word(&line);
    if (channel == NULL || !window_name_ok(channel) || !number(&line, &place.lamport) ||
        !number(&line, &place.seq))
        return;
    const char *author = word(&line);
    if (author != NULL && line[0] != '\0' && hex_read(place.author.b, sizeof place.author, author))
        seen_note(seen, line, channel, &place);
}

/* From the end on, so that the first line is the first again. */
void seen_read(struct seen *seen, const char *text, size_t size)
{
    char line[SEEN_LINE_BYTES];
    while (size > 0) {
        size_t begin = size - (text[size - 1] == '\n'), length;
        size = begin;
        while (begin > 0 && text[begin - 1] != '\n')
            begin--;
        length = size - begin;
        if (length < sizeof line && memchr(text + begin, '\0', length) == NULL) {
            memcpy(line, text + begin, length);
            line[length] = '\0';
            read_line(seen, line);
        }
        size = begin;
    }
    seen->changed = false;
}
