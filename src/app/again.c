/* Again: lines of private channels that the core judges anew, a few at a time: those of an author, when what cuts him off
 * has changed, and those that wait for a secret that came. The core asks (EFFECT_AGAIN); the store's lines go to it one by
 * one, and what it says of each is done as ever.
 *
 * What was not gone through when the program ends is asked for again at the next start. */
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/node_private.h"
#include "base/check.h"

#define SLICE_US 4000

static bool same(const struct again *a, const struct again *b)
{
    return a->by_epoch == b->by_epoch && id_equal(&a->channel, &b->channel) &&
           (a->by_epoch ? memcmp(a->epoch, b->epoch, ACT_SHORT) == 0
                        : id_equal(&a->author, &b->author));
}

void node_again(struct node *node, const struct effect *effect)
{
    struct again again = {.channel = effect->channel_id,
                          .author = effect->node,
                          .above = effect->number,
                          .by_epoch = effect->text.size == ACT_SHORT,
                          .serial = ++node->again_serial};
    if (again.by_epoch)
        memcpy(again.epoch, effect->text.at, ACT_SHORT);
    for (size_t i = 0; i < node->again_count; i++)
        if (same(&node->again[i], &again)) { /* from the beginning */
            node->again[i] = again;
            return;
        }
    if (node->again_count == node->again_room) {
        node->again_room = node->again_room == 0 ? 8 : 2 * node->again_room;
        node->again = realloc(node->again, node->again_room * sizeof *node->again);
        CHECK(node->again != NULL);
    }
    node->again[node->again_count++] = again;
}

static void tell(struct node *node, const struct entry *entry, uint32_t branch, struct arena *arena)
{
    struct event event = {.kind = EVENT_AGAIN, .channel_id = entry->channel};
    struct writer w = writer_of(arena_take(arena, ENTRY_HEADER_BYTES + entry->body.size),
                                ENTRY_HEADER_BYTES + entry->body.size);
    enum why_closed why;
    entry_header(entry, w.at);
    w.size = ENTRY_HEADER_BYTES;
    write_copy(&w, entry->body.at, entry->body.size);
    event.frame = written(&w);
    event.load.branch = branch;
    event.held = store_was_opened(node->store, entry, &why);
    event.number = (uint64_t)why;
    node_step(node, &event);
}

/* Nothing more is to be gone through in the channel? */
static void tell_end(struct node *node, const struct id *channel)
{
    struct event event = {.kind = EVENT_AGAIN, .channel_id = *channel};
    for (size_t i = 0; i < node->again_count; i++)
        if (id_equal(&node->again[i].channel, channel))
            return;
    node_step(node, &event);
}

void node_again_act(struct node *node, const struct entry *entry)
{
    struct event *event = node_later(node, 0);
    size_t size = ENTRY_HEADER_BYTES + entry->body.size;
    uint8_t *frame = malloc(size);
    CHECK(frame != NULL);
    entry_header(entry, frame);
    memcpy(frame + ENTRY_HEADER_BYTES, entry->body.at, entry->body.size);
    event->kind = EVENT_AGAIN;
    event->channel_id = entry->channel;
    event->frame = (struct bytes){frame, size};
}

/* One more line; false when there is none. */
static bool step_epoch(struct node *node, struct again *again, struct arena *arena)
{
    struct entry after = {.author = again->author, .seq = again->above, .id = again->id}, entry;
    uint32_t branch;
    if (!store_closed_next(node->store, &again->channel, again->epoch, &after, arena, &entry,
                           &branch))
        return false;
    again->author = entry.author;
    again->above = entry.seq;
    again->id = entry.id;
    if (entry.body.at != NULL)
        tell(node, &entry, branch, arena);
    return true;
}

/* One more run of the author; false when there is none. */
static bool step_author(struct node *node, struct again *again, struct arena *arena)
{
    struct log_load load;
    struct run run;
    for (;; again->log++) {
        if (!store_log(node->store, &again->channel, again->log, &load))
            return false;
        if (id_equal(&load.author, &again->author) &&
            store_run_at(node->store, &again->channel, &load.author, load.branch,
                         again->at > again->above ? again->at : again->above, arena, &run))
            break;
        again->at = 0;
    }
    again->at = run.entries[run.count - 1].seq;
    for (size_t i = 0; i < run.count && !node->store_failed; i++)
        if (run.entries[i].kind == ENTRY_SEALED && run.entries[i].body.at != NULL)
            tell(node, &run.entries[i], load.branch, arena);
    return true;
}

void node_again_on(struct node *node)
{
    uint64_t until_us = clock_now_us() + SLICE_US;
    struct arena arena;
    if (node->again_count == 0 || node->store_failed || node->retry_store_ms != 0)
        return;
    arena_init(&arena);
    while (node->again_count > 0 && !node->store_failed && clock_now_us() < until_us) {
        struct again again = node->again[0]; /* the list may grow meanwhile */
        arena_reset(&arena);
        bool more =
            again.by_epoch ? step_epoch(node, &again, &arena) : step_author(node, &again, &arena);
        if (node->again[0].serial != again.serial)
            continue; /* it begins again */
        if (more) {
            node->again[0] = again;
        } else {
            node->again_count--;
            memmove(node->again, node->again + 1, node->again_count * sizeof *node->again);
            tell_end(node, &again.channel);
        }
    }
    arena_release(&arena);
    node_settle(node);
}
