/* Line held: what came as history, and words about it, until it is written in order.
 *
 * 1. A live message waits at most LINES_WAIT_MS, whatever a peer sends meanwhile.
 * 2. At LINES_HELD_MAX the older half is written. */
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

/* Keeps the line, which is then ours, for its place; `live` ones set the deadline. */
static void hold(struct lines *lines, const struct held *held, bool live, uint64_t now_ms)
{
    if (lines->count == LINES_HELD_MAX)
        release(lines, LINES_HELD_MAX / 2);
    lines->held[lines->count++] = *held;
    if (!lines->live_waits)
        lines->deadline_ms = now_ms + LINES_WAIT_MS;
    lines->live_waits = lines->live_waits || live;
}

void lines_hold_message(struct lines *lines, const struct show *show, bool live, uint64_t now_ms)
{
    struct held held = {.channel = show->channel,
                        .author = show->id,
                        .lamport = show->lamport,
                        .seq = show->seq,
                        .said = true,
                        .own = show->own};
    size_t size;
    FILE *to = open_memstream(&held.line, &size);
    CHECK(to != NULL);
    lines_put_message(lines, to, show);
    CHECK(fclose(to) == 0);
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
