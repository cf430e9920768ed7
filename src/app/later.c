/* Later: what the core asks of the store, answered by events that follow the step, in order. */
#include <stdlib.h>
#include <string.h>

#include "app/node_private.h"
#include "base/check.h"

struct event *node_later(struct node *node, uint64_t link)
{
    if (node->later_count == node->later_room) {
        node->later_room = node->later_room == 0 ? 16 : node->later_room * 2;
        node->later = realloc(node->later, node->later_room * sizeof *node->later);
        CHECK(node->later != NULL);
    }
    struct event *event = &node->later[node->later_count++];
    memset(event, 0, sizeof *event);
    event->link = link;
    return event;
}

void node_look(struct node *node, const struct effect *effect)
{
    struct event *event = node_later(node, effect->link);
    event->kind = EVENT_LOOKED;
    event->channel_id = effect->channel_id;
    event->head = effect->head;
    uint32_t branch = 0;
    event->held = effect->link == 0
                      ? store_branch(node->store, &effect->head, &effect->channel_id, &branch)
                      : store_holds(node->store, &effect->channel_id, &effect->head.author,
                                    effect->head.seq, &effect->head.tip);
    event->number = branch;
}

void node_sift(struct node *node, const struct effect *effect)
{
    struct event *event = node_later(node, effect->link);
    struct arena arena;
    struct run run;
    enum entry_part part;
    uint8_t *frame = malloc(effect->frame.size);
    CHECK(frame != NULL);
    memcpy(frame, effect->frame.at, effect->frame.size);
    event->kind = EVENT_SIFTED;
    event->number = effect->number;
    event->frame = (struct bytes){frame, effect->frame.size};
    arena_init(&arena);
    CHECK(wire_read_entry(event->frame, &arena, &run, &part));
    store_sift(node->store, &run, &event->sifted);
    arena_release(&arena);
}

/* A card, for a link or for the core itself. */
void node_find_card(struct node *node, const struct effect *effect)
{
    struct event *event = node_later(node, effect->link);
    event->kind = EVENT_CARD;
    event->node = effect->node;
    event->number = effect->number;
    store_card(node->store, &node->core_config.network, &effect->node, &event->card);
}

/* What an own line says, that another cannot read any more. */
void node_fetch(struct node *node, const struct effect *effect)
{
    const struct head *head = &effect->head;
    struct arena arena;
    struct entry entry;
    arena_init(&arena);
    if (store_entry(node->store, &effect->channel_id, &head->author, head->seq, &head->tip, &arena,
                    &entry)) {
        struct event *event = node_later(node, effect->link);
        uint8_t *body = malloc(entry.body.size + 1);
        CHECK(body != NULL);
        memcpy(body, entry.body.at, entry.body.size);
        event->kind = EVENT_RECALLED;
        event->channel_id = effect->channel_id;
        event->head = *head;
        event->number = entry.kind;
        event->asked_wall_ms = entry.wall_ms;
        event->frame.at = body;
        event->frame.size = entry.body.size;
    }
    arena_release(&arena);
}

void node_bare(struct node *node, const struct effect *effect)
{
    struct event *event = node_later(node, effect->link);
    event->kind = EVENT_BARE;
    event->channel_id = effect->channel_id;
    event->load = effect->load;
    store_bare(node->store, &effect->channel_id, &effect->load.author, effect->load.branch,
               effect->number, &event->number, &event->head);
}

void node_forget_later(struct node *node)
{
    for (; node->later_next < node->later_count; node->later_next++)
        free((void *)node->later[node->later_next].frame.at);
    node->later_count = node->later_next = 0;
}

bool node_next_later(struct node *node, struct event *event)
{
    if (node->later_next == node->later_count) {
        node->later_count = node->later_next = 0;
        return false;
    }
    *event = node->later[node->later_next++];
    return true;
}
