/* Recall: a list of lines, oldest first, each with the channel in which it was typed.
 *
 * 1. No more than RECALL_LINES_MAX lines and RECALL_BYTES_MAX bytes.
 * 2. None is empty, and none is like the one before it in its channel.
 *
 *     #fika what was typed\nits second line, and a \\
 *
 * "" (typed while there was no channel) is written as "-", which is no channel's name. Lines from
 * the file pass through edit.c's taming before they are seen. */
#include "ui/recall.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/limits.h"

#define NO_CHANNEL "-"

struct typed_line {
    char *channel, *line; /* one piece of memory, owned by channel */
    bool lasting;
};

struct recall {
    struct typed_line lines[RECALL_LINES_MAX];
    size_t count, bytes;
    size_t first; /* the number of lines[0] */
    size_t given; /* those below this number were given to be kept */
};

struct recall *recall_new(void)
{
    struct recall *recall = calloc(1, sizeof *recall);
    CHECK(recall != NULL);
    return recall;
}

void recall_free(struct recall *recall)
{
    for (size_t i = 0; recall != NULL && i < recall->count; i++)
        free(recall->lines[i].channel);
    free(recall);
}

static size_t bytes_of(const struct typed_line *line)
{
    return strlen(line->channel) + strlen(line->line) + 2;
}

static void let_oldest_go(struct recall *recall)
{
    recall->bytes -= bytes_of(&recall->lines[0]);
    free(recall->lines[0].channel);
    recall->count--;
    recall->first++;
    memmove(recall->lines, recall->lines + 1, recall->count * sizeof *recall->lines);
}

void recall_add(struct recall *recall, const char *channel, const char *line, bool lasting)
{
    size_t number = SIZE_MAX, channel_size = strlen(channel) + 1, size = strlen(line) + 1;
    const char *before = recall_older(recall, channel, &number);
    if (size == 1 || size > LIMIT_TEXT + 1 || (before != NULL && strcmp(before, line) == 0))
        return;
    while (recall->count == RECALL_LINES_MAX ||
           (recall->count > 0 && recall->bytes + channel_size + size > RECALL_BYTES_MAX))
        let_oldest_go(recall);
    struct typed_line *kept = &recall->lines[recall->count++];
    kept->channel = malloc(channel_size + size);
    CHECK(kept->channel != NULL);
    kept->line = kept->channel + channel_size;
    kept->lasting = lasting;
    memcpy(kept->channel, channel, channel_size);
    memcpy(kept->line, line, size);
    recall->bytes += channel_size + size;
}

/* The index of the number, or the end. */
static size_t index_of(const struct recall *recall, size_t number)
{
    if (number < recall->first)
        return 0;
    return number - recall->first < recall->count ? number - recall->first : recall->count;
}

static bool is_of(const struct typed_line *line, const char *channel, const char *text)
{
    return (channel == NULL || strcmp(line->channel, channel) == 0) &&
           (text == NULL || strstr(line->line, text) != NULL);
}

static const char *find_older(const struct recall *recall, const char *channel, const char *text,
                              size_t *number)
{
    for (size_t i = index_of(recall, *number); i > 0; i--)
        if (is_of(&recall->lines[i - 1], channel, text)) {
            *number = recall->first + i - 1;
            return recall->lines[i - 1].line;
        }
    return NULL;
}

static const char *find_newer(const struct recall *recall, const char *channel, const char *text,
                              size_t *number)
{
    size_t from = *number == SIZE_MAX ? recall->count : index_of(recall, *number);
    if (*number >= recall->first)
        from++;
    for (size_t i = from; i < recall->count; i++)
        if (is_of(&recall->lines[i], channel, text)) {
            *number = recall->first + i;
            return recall->lines[i].line;
        }
    return NULL;
}

const char *recall_older(const struct recall *recall, const char *channel, size_t *number)
{
    return find_older(recall, channel, NULL, number);
}

const char *recall_newer(const struct recall *recall, const char *channel, size_t *number)
{
    return find_newer(recall, channel, NULL, number);
}

const char *recall_search(const struct recall *recall, const char *text, size_t *number)
{
    return find_older(recall, NULL, text, number);
}

const char *recall_search_newer(const struct recall *recall, const char *text, size_t *number)
{
    return find_newer(recall, NULL, text, number);
}

/* ---- the file ---- */

static size_t write_line(const struct typed_line *line, char *out)
{
    const char *channel = line->channel[0] == '\0' ? NO_CHANNEL : line->channel;
    size_t size = strlen(channel);
    memcpy(out, channel, size);
    out[size++] = ' ';
    for (const char *at = line->line; *at != '\0'; at++) {
        bool escaped = *at == '\\' || *at == '\n';
        if (escaped)
            out[size++] = '\\';
        out[size++] = *at == '\n' ? 'n' : *at;
    }
    out[size++] = '\n';
    return size;
}

static char *write_from(const struct recall *recall, size_t number, size_t *size)
{
    char *out = malloc(2 * recall->bytes + 3 * recall->count + 1);
    CHECK(out != NULL);
    *size = 0;
    for (size_t i = index_of(recall, number); i < recall->count; i++)
        if (recall->lines[i].lasting)
            *size += write_line(&recall->lines[i], out + *size);
    out[*size] = '\0';
    return out;
}

char *recall_write(struct recall *recall, size_t *size)
{
    recall->given = recall->first + recall->count;
    return write_from(recall, 0, size);
}

char *recall_fresh(struct recall *recall, size_t *size)
{
    size_t from = recall->given;
    recall->given = recall->first + recall->count;
    *size = 0;
    return from == recall->given ? NULL : write_from(recall, from, size);
}

/* Takes a line apart in place; false when it is none of ours. */
static bool read_line(char *line, size_t size, char **text)
{
    char *space = memchr(line, ' ', size), *to;
    if (space == NULL || space == line || (size_t)(space - line) > LIMIT_CHANNEL ||
        memchr(line, '\0', size) != NULL)
        return false;
    if (line[0] != '#' && ((size_t)(space - line) != 1 || line[0] != '-'))
        return false;
    *space = '\0';
    to = space + 1;
    *text = to;
    for (const char *at = to; at < line + size; at++) {
        bool escaped = *at == '\\';
        if (escaped && ++at == line + size)
            return false;
        *to++ = escaped && *at == 'n' ? '\n' : *at;
    }
    *to = '\0';
    return true;
}

void recall_read(struct recall *recall, const char *text, size_t size)
{
    char line[2 * LIMIT_TEXT + LIMIT_CHANNEL + 8], *typed;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - (text + at));
        if (length > 0 && length < sizeof line) {
            memcpy(line, text + at, length);
            line[length] = '\0';
            if (read_line(line, length, &typed))
                recall_add(recall, strcmp(line, NO_CHANNEL) == 0 ? "" : line, typed, true);
        }
        at += length + 1;
    }
    recall->given = recall->first + recall->count;
}
