/* Line held: what came as history, and words about it, until it is written in order.
 *
 * 1. A live message waits at most LINES_WAIT_MS, whatever a peer sends meanwhile.
 * 2. At LINES_HELD_MAX the older half is written.
 * 3. A line that is changed while it waits is written once, in its place, as it reads then; of several changes of one
 *    that is written already only the last one is. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/lines_private.h"

static int held_compare(const void *left, const void *right)
{
    const struct held *a = left, *b = right;
    int order = strcmp(a->channel.text, b->channel.text);
    if (order == 0 && a->lamport != b->lamport)
        order = a->lamport < b->lamport ? -1 : 1;
    if (order == 0)
        order = id_compare(&a->author, &b->author);
    if (order == 0 && a->seq != b->seq)
        order = a->seq < b->seq ? -1 : 1;
    return order;
}

/* The mark where the reader left off, at the time of the line that is below it. */
static void put_mark(struct lines *lines, const struct held *held)
{
    char channel[3 * LIMIT_CHANNEL + 4];
    struct place place = {.lamport = held->lamport, .author = held->author, .seq = held->seq};
    if (!held->said || lines->leftoff == NULL ||
        !leftoff_begins(lines->leftoff, &held->channel, &place, held->own, false))
        return;
    text_tame(channel, sizeof channel, held->channel.text, strlen(held->channel.text), TAME_LINE);
    fprintf(lines->out, "%.5s ", held->line);
    fprintf(lines->out, _("---- new in %s ----"), channel);
    fputc('\n', lines->out);
}

/* Writes the first `count` of the held in order; the others stay. */
static void release(struct lines *lines, size_t count)
{
    qsort(lines->held, lines->count, sizeof *lines->held, held_compare);
    for (size_t i = 0; i < count; i++) {
        put_mark(lines, &lines->held[i]);
        fputs(lines->held[i].line, lines->out);
        free(lines->held[i].line);
        free(lines->held[i].signs);
    }
    lines->count -= count;
    memmove(lines->held, lines->held + count, lines->count * sizeof *lines->held);
}

void lines_release(struct lines *lines)
{
    if (lines->count > 0)
        release(lines, lines->count);
    lines->deadline_ms = UINT64_MAX;
    lines->live_waits = false;
}

uint64_t lines_tick(struct lines *lines, uint64_t now_ms)
{
    bool left = lines->left.n > 0 && now_ms >= lines->left_ms;
    if (now_ms >= lines->deadline_ms)
        lines_release(lines);
    if (left)
        lines_tell_left_out(lines, now_ms);
    return lines->left.n > 0 && lines->left_ms < lines->deadline_ms ? lines->left_ms
                                                                    : lines->deadline_ms;
}

/* Something waits from now on; `live` ones set the deadline. */
static void wait_on(struct lines *lines, bool live, uint64_t now_ms)
{
    if (!lines->live_waits)
        lines->deadline_ms = now_ms + LINES_WAIT_MS;
    lines->live_waits = lines->live_waits || live;
}

/* Keeps the line, which is then ours, for its place. */
static void hold(struct lines *lines, const struct held *held, bool live, uint64_t now_ms)
{
    if (lines->count == LINES_HELD_MAX)
        release(lines, LINES_HELD_MAX / 2);
    lines->held[lines->count++] = *held;
    wait_on(lines, live, now_ms);
}

static char *written_line(const struct lines *lines, const struct show *show)
{
    char *line;
    size_t size;
    FILE *to = open_memstream(&line, &size);
    CHECK(to != NULL);
    lines_put_message(lines, to, show);
    CHECK(fclose(to) == 0);
    return line;
}

static uint8_t *copy_of(struct bytes bytes)
{
    if (bytes.size == 0)
        return NULL;
    uint8_t *copy = malloc(bytes.size);
    CHECK(copy != NULL);
    memcpy(copy, bytes.at, bytes.size);
    return copy;
}

/* What waits of the line that was changed: itself, or word of a change before this one. */
static struct held *find_changed(struct lines *lines, const struct show *show)
{
    for (size_t i = 0; show->kind == SHOW_EDITED && i < lines->count; i++) {
        struct held *held = &lines->held[i];
        if (held->said && held->seq == show->seq && id_equal(&held->author, &show->id) &&
            strcmp(held->channel.text, show->channel.text) == 0)
            return held;
    }
    return NULL;
}

/* A line goes on standing where it was said, with when that was, and the signs behind it. */
static void change(const struct lines *lines, struct held *held, const struct show *show)
{
    struct show now = *show;
    if (held->edits) {
        held->lamport = show->lamport;
        held->wall_ms = show->wall_ms;
    }
    now.wall_ms = held->wall_ms;
    now.liar = held->liar;
    now.b = (struct bytes){held->signs, held->sign_bytes};
    free(held->line);
    held->line = written_line(lines, &now);
}

void lines_hold_message(struct lines *lines, const struct show *show, bool live, uint64_t now_ms)
{
    struct held *changed = find_changed(lines, show);
    if (changed != NULL) {
        change(lines, changed, show);
        wait_on(lines, live, now_ms);
        return;
    }
    struct held held = {.channel = show->channel,
                        .author = show->id,
                        .lamport = show->lamport,
                        .seq = show->seq,
                        .said = true,
                        .own = show->own,
                        .edits = show->kind == SHOW_EDITED,
                        .liar = show->liar,
                        .wall_ms = show->wall_ms,
                        .signs = copy_of(show->b),
                        .sign_bytes = show->b.size,
                        .line = written_line(lines, show)};
    hold(lines, &held, live, now_ms);
}

bool lines_hold_channel(const struct lines *lines, const struct channel_name *channel)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->held[i].channel.text, channel->text) == 0)
            return true;
    return false;
}

void lines_hold_notice(struct lines *lines, const struct show *show, const char *text,
                       uint64_t lamport, bool live, uint64_t now_ms)
{
    struct held held = {
        .channel = show->channel, .author = show->id, .lamport = lamport, .seq = show->n2};
    size_t size;
    FILE *to = open_memstream(&held.line, &size);
    CHECK(to != NULL);
    lines_put_notice(to, text, show->wall_ms);
    CHECK(fclose(to) == 0);
    hold(lines, &held, live, now_ms);
}
