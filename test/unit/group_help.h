/* Some nodes for tests of private channels: each a core and a store of its own on disk, with perfect links between
 * them, and one clock. What is asked of the shell is done as app/perform.c does it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/core.h"
#include "store/store.h"

#define NODES_MAX   8
#define QUEUE_MAX   65536
#define SHOWN_MAX   4096
#define LIMIT_AGAIN 64

struct node;

/* What is on its way: a frame, or that the link ended. */
struct flight {
    int to;
    uint64_t link;
    bool ends;
    uint8_t *frame;
    size_t size;
};

struct shown {
    struct show show;
    char text[200], a[128], b[128];
};

struct pass {
    struct id channel, author;
    uint64_t above;
    bool by_epoch;
    uint8_t epoch[ACT_SHORT];
};

struct node {
    int index;
    struct core_config config;
    struct core *core;
    struct store *store;
    char path[400];
    uint64_t life;
    uint64_t other[256]; /* by own link: the other's number */
    int peer[256];
    bool open[256];
    uint64_t next_in;
    struct shown *shown;
    size_t shown_count;
    struct event later[4096];
    size_t later_count;
    struct pass passes[LIMIT_AGAIN];
    size_t pass_count;
    size_t passed; /* lines that were judged anew */
    size_t sent_bytes;
    bool rejects; /* liars: their core's HAVE of ... */
};

struct world {
    char directory[200];
    struct node nodes[NODES_MAX];
    int count;
    uint64_t now_ms;
    struct id network;
    struct flight *queue;
    size_t queue_head, queue_tail;
    struct arena arena;
    bool cut[NODES_MAX][NODES_MAX];
    bool hurried;              /* nothing is gone through again */
    uint8_t strips[NODES_MAX]; /* what goes to it comes without the bodies of this kind */
};

static inline void world_step(struct world *world, struct node *node, struct event event);

static inline struct id node_channel(struct world *world, const struct node *node, const char *name)
{
    struct channel_name channel = {{0}};
    struct id id;
    snprintf(channel.text, sizeof channel.text, "%s", name);
    assert_true(store_channel_id(node->store, &world->network, &channel, &id));
    return id;
}

/* ---- the shell ---- */

static inline void world_put(struct world *world, int to, uint64_t link, struct bytes frame,
                             bool ends)
{
    struct flight *flight = &world->queue[world->queue_tail++ % QUEUE_MAX];
    assert_true(world->queue_tail - world->queue_head < QUEUE_MAX);
    *flight = (struct flight){to, link, ends, malloc(frame.size + 1), frame.size};
    assert_non_null(flight->frame);
    if (frame.size > 0)
        memcpy(flight->frame, frame.at, frame.size);
}

/* As a liar passes it on. */
static inline struct bytes world_strip(struct world *world, struct bytes frame, uint8_t kind)
{
    static uint8_t room[LIMIT_FRAME];
    struct run run;
    enum entry_part part;
    arena_reset(&world->arena);
    if (frame_kind(frame) != FRAME_ENTRY || !wire_read_entry(frame, &world->arena, &run, &part))
        return frame;
    for (size_t i = 0; i < run.count; i++)
        if (run.entries[i].kind == kind && run.entries[i].body.at != NULL &&
            (kind != ENTRY_SEALED || run.entries[i].body.at[0] == GROUPSEAL_VERSION))
            run.entries[i].body = (struct bytes){0};
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, part);
    return written(&w);
}

static inline void node_send(struct world *world, struct node *node, uint64_t link,
                             struct bytes frame)
{
    if (!node->open[link % 256])
        return;
    uint8_t strips = world->strips[node->peer[link % 256]];
    frame = strips != 0 ? world_strip(world, frame, strips) : frame;
    node->sent_bytes += frame.size;
    world_put(world, node->peer[link % 256], node->other[link % 256], frame, false);
}

static inline void node_serve(struct world *world, struct node *node, const struct effect *effect)
{
    static uint8_t frame[LIMIT_FRAME];
    struct want want = effect->want;
    size_t bytes = 0;
    for (;;) {
        uint64_t last = 0;
        size_t size = store_frame(node->store, &want, PART_ANSWER, frame, &last);
        if (size == 0) {
            struct lack lack = {want.channel, want.author, want.from, want.to, want.tip};
            struct writer w = writer_of(frame, sizeof frame);
            wire_write_lack(&w, &lack);
            node_send(world, node, effect->link, written(&w));
            return;
        }
        bytes += size;
        bool ends = last >= want.to || bytes >= want.credit;
        if (ends)
            frame[1] = PART_ANSWER_END;
        node_send(world, node, effect->link, (struct bytes){frame, size});
        if (ends)
            return;
        want.from = last + 1;
    }
}

static inline struct event *node_later(struct node *node, enum event_kind kind)
{
    assert_true(node->later_count < 4096);
    struct event *event = &node->later[node->later_count++];
    *event = (struct event){.kind = kind};
    return event;
}

static inline void node_question(struct world *world, struct node *node,
                                 const struct effect *effect)
{
    struct error error;
    bool filled[LIMIT_RUN_ENTRIES];
    struct event *event;
    uint32_t branch = 0;
    switch (effect->kind) {
    case EFFECT_LOOK:
        event = node_later(node, EVENT_LOOKED);
        event->link = effect->link;
        event->channel_id = effect->channel_id;
        event->head = effect->head;
        event->held = effect->link == 0
                          ? store_branch(node->store, &effect->head, &effect->channel_id, &branch)
                          : store_holds(node->store, &effect->channel_id, &effect->head.author,
                                        effect->head.seq, &effect->head.tip);
        event->number = branch;
        break;
    case EFFECT_SIFT: {
        struct run run;
        enum entry_part part;
        uint8_t *frame = malloc(effect->frame.size);
        assert_non_null(frame);
        memcpy(frame, effect->frame.at, effect->frame.size);
        event = node_later(node, EVENT_SIFTED);
        event->link = effect->link;
        event->number = effect->number;
        event->frame = (struct bytes){frame, effect->frame.size};
        arena_reset(&world->arena);
        assert_true(wire_read_entry(event->frame, &world->arena, &run, &part));
        store_sift(node->store, &run, &event->sifted);
        break;
    }
    case EFFECT_BARE:
        event = node_later(node, EVENT_BARE);
        event->channel_id = effect->channel_id;
        event->load = effect->load;
        store_bare(node->store, &effect->channel_id, &effect->load.author, effect->load.branch,
                   effect->number, &event->number, &event->head);
        break;
    case EFFECT_SEEK:
        event = node_later(node, EVENT_CARD);
        event->link = effect->link;
        event->node = effect->node;
        event->number = effect->number;
        store_card(node->store, &world->network, &effect->node, &event->card);
        break;
    case EFFECT_RECALL: {
        struct entry entry;
        arena_reset(&world->arena);
        if (!store_entry(node->store, &effect->channel_id, &effect->head.author, effect->head.seq,
                         &effect->head.tip, &world->arena, &entry))
            break;
        uint8_t *body = malloc(entry.body.size + 1);
        assert_non_null(body);
        memcpy(body, entry.body.at, entry.body.size);
        event = node_later(node, EVENT_RECALLED);
        event->channel_id = effect->channel_id;
        event->head = effect->head;
        event->number = entry.kind;
        event->asked_wall_ms = entry.wall_ms;
        event->frame = (struct bytes){body, entry.body.size};
        break;
    }
    case EFFECT_FILL:
        assert_int_equal(store_fill(node->store, &effect->run, effect->lines, filled, &error),
                         ERROR_NONE);
        for (size_t i = 0; i < effect->run.count; i++) {
            const struct entry *act = &effect->run.entries[i];
            if (!filled[i] || !act_is(act->kind))
                continue;
            uint8_t *frame = malloc(ENTRY_HEADER_BYTES + act->body.size);
            assert_non_null(frame);
            entry_header(act, frame);
            memcpy(frame + ENTRY_HEADER_BYTES, act->body.at, act->body.size);
            event = node_later(node, EVENT_AGAIN);
            event->channel_id = act->channel;
            event->frame = (struct bytes){frame, ENTRY_HEADER_BYTES + act->body.size};
        }
        break;
    default: { /* AGAIN */
        struct pass pass = {.channel = effect->channel_id,
                            .author = effect->node,
                            .above = effect->number,
                            .by_epoch = effect->text.size == ACT_SHORT};
        if (pass.by_epoch)
            memcpy(pass.epoch, effect->text.at, ACT_SHORT);
        assert_true(node->pass_count < LIMIT_AGAIN);
        node->passes[node->pass_count++] = pass;
        break;
    }
    }
}

static inline void node_show_one(struct node *node, const struct show *show)
{
    struct shown *shown = &node->shown[node->shown_count++];
    assert_true(node->shown_count < SHOWN_MAX);
    memset(shown, 0, sizeof *shown);
    shown->show = *show;
    if (getenv("SHOW") != NULL)
        fprintf(stderr, "n%d shows %d told %d %s %s: %.*s [%.*s]\n", node->index, show->kind,
                show->told, show->channel.text, show->nick.text, (int)show->text.size,
                show->text.at != NULL ? (const char *)show->text.at : "", (int)show->a.size,
                show->a.at != NULL ? (const char *)show->a.at : "");
    snprintf(shown->text, sizeof shown->text, "%.*s", (int)show->text.size,
             show->text.at != NULL ? (const char *)show->text.at : "");
    snprintf(shown->a, sizeof shown->a, "%.*s", (int)show->a.size,
             show->a.at != NULL ? (const char *)show->a.at : "");
    snprintf(shown->b, sizeof shown->b, "%.*s", (int)show->b.size,
             show->b.at != NULL ? (const char *)show->b.at : "");
}

static inline void node_write(struct world *world, struct node *node, const struct effect *effect)
{
    struct error error;
    enum error_code code = ERROR_NONE;
    const struct id *network = &world->network, id = effect->channel_id;
    struct kept_direct direct = {effect->node, id, effect->channel, effect->shown};
    switch (effect->kind) {
    case EFFECT_STORE:
        code = store_append(node->store, &effect->channel, &effect->load, &effect->run,
                            effect->lines, &error);
        break;
    case EFFECT_SPLIT:
        code = store_split(node->store, &effect->channel, &id, &effect->load, &effect->load2,
                           effect->number, &error);
        break;
    case EFFECT_PUT:
        code = store_put(node->store, &effect->channel, &id, &effect->load, &error);
        break;
    case EFFECT_RECEIPT:
        code = store_receipt(node->store, &id, &effect->node, effect->number, effect->head.seq,
                             &error);
        break;
    case EFFECT_PREKEY:
        code = store_prekey_put(node->store, network, &effect->prekey, effect->number, &error);
        break;
    case EFFECT_UNKEY:
        code = store_prekey_drop(node->store, network, &effect->prekey, &error);
        break;
    case EFFECT_DIRECT: code = store_direct_put(node->store, network, &direct, &error); break;
    case EFFECT_CARD:
        code = store_card_put(node->store, network, &effect->card, world->now_ms, &error);
        break;
    case EFFECT_WAITING:
        code = store_waiting_put(node->store, &id, (uint8_t)effect->number, effect->text, &error);
        break;
    case EFFECT_WAITED: code = store_waiting_drop(node->store, &id, &error); break;
    case EFFECT_CARRY: {
        struct store_carried carried = {id, *network, effect->node, effect->asked_wall_ms,
                                        effect->number};
        code = store_carry(node->store, &carried, &error);
        break;
    }
    case EFFECT_NAME: code = store_name(node->store, &id, &effect->channel, &error); break;
    case EFFECT_DROP: code = store_drop(node->store, &id, &error); break;
    case EFFECT_GROUP:
        code = effect->number == 1
                   ? store_group_drop(node->store, network, &effect->group.channel, &error)
                   : store_group_put(node->store, network, &effect->group, &error);
        break;
    case EFFECT_ACT: code = store_act_put(node->store, &id, effect->text, &error); break;
    case EFFECT_KEY: code = store_key_put(node->store, &id, effect->text, &error); break;
    case EFFECT_OPENED:
        code = store_opened(node->store, &effect->run.entries[0], &effect->lines[0], &error);
        break;
    case EFFECT_CLOSE:
        code = store_close_line(node->store, &effect->run.entries[0],
                                (enum why_closed)effect->number, &error);
        break;
    default: break;
    }
    assert_int_equal(code, ERROR_NONE);
}

static inline void world_dial(struct world *world, struct node *node, uint64_t link,
                              const char *address)
{
    int to = address[1] - '0';
    struct node *other = &world->nodes[to];
    if (other->core == NULL || world->cut[node->index][to]) {
        struct event *event = node_later(node, EVENT_LINK_CLOSED);
        event->link = link;
        event->why = WHY_REFUSED;
        return;
    }
    uint64_t theirs = other->next_in += 2;
    struct id key = {{1, (uint8_t)node->index, (uint8_t)link}};
    node->open[link % 256] = other->open[theirs % 256] = true;
    node->other[link % 256] = theirs;
    other->other[theirs % 256] = link;
    node->peer[link % 256] = to;
    other->peer[theirs % 256] = node->index;
    struct event *in = node_later(other, EVENT_LINK_IN);
    in->link = theirs;
    in->client_key = key;
    snprintf(in->address.text, sizeof in->address.text, "n%d:9", node->index);
    struct event *out = node_later(node, EVENT_LINK_OUT);
    out->link = link;
    out->client_key = key;
}

static inline void node_perform(struct world *world, struct node *node)
{
    const struct effect *effect;
    while ((effect = core_next(node->core)) != NULL) {
        switch (effect->kind) {
        case EFFECT_SEND: node_send(world, node, effect->link, effect->frame); break;
        case EFFECT_SERVE: node_serve(world, node, effect); break;
        case EFFECT_DIAL: world_dial(world, node, effect->link, effect->address.text); break;
        case EFFECT_HANG_UP:
            if (node->open[effect->link % 256])
                world_put(world, node->peer[effect->link % 256], node->other[effect->link % 256],
                          (struct bytes){NULL, 0}, true);
            node->open[effect->link % 256] = false;
            break;
        case EFFECT_LOOK:
        case EFFECT_SIFT:
        case EFFECT_BARE:
        case EFFECT_SEEK:
        case EFFECT_RECALL:
        case EFFECT_FILL:
        case EFFECT_AGAIN: node_question(world, node, effect); break;
        case EFFECT_SHOW: node_show_one(node, &effect->show); break;
        case EFFECT_SHOW_RUN:
            for (size_t i = 0; i < effect->run.count; i++) {
                struct show show;
                if (show_entry(&show, &effect->channel, &effect->run.entries[i],
                               &node->config.identity.node, effect->via, 1800000000000ull))
                    node_show_one(node, &show);
            }
            break;
        case EFFECT_KEEP: core_keep(node->core, &node->config); break;
        default: node_write(world, node, effect); break;
        }
    }
}

static inline void node_raw_step(struct world *world, struct node *node, struct event event)
{
    event.now_us = world->now_ms * 1000;
    event.wall_ms = 1700000000000ull + world->now_ms;
    struct identity identity = node->config.identity;
    core_step(node->core, &event);
    node_perform(world, node);
    node->config.identity = identity; /* core_keep() has none */
    node->config.network = world->network;
}

static inline void pass_tell(struct world *world, struct node *node, const struct entry *entry,
                             uint32_t branch)
{
    uint8_t *frame = malloc(ENTRY_HEADER_BYTES + entry->body.size);
    struct event event = {.kind = EVENT_AGAIN, .channel_id = entry->channel};
    enum why_closed why;
    assert_non_null(frame);
    entry_header(entry, frame);
    memcpy(frame + ENTRY_HEADER_BYTES, entry->body.at, entry->body.size);
    event.frame = (struct bytes){frame, ENTRY_HEADER_BYTES + entry->body.size};
    event.load.branch = branch;
    event.held = store_was_opened(node->store, entry, &why);
    event.number = (uint64_t)why;
    node->passed++;
    node_raw_step(world, node, event);
    free(frame);
}

static inline void node_pass(struct world *world, struct node *node, const struct pass *pass)
{
    struct arena arena;
    struct entry after = {.seq = 0}, entry;
    struct log_load load;
    struct run run;
    uint32_t branch = 0;
    arena_init(&arena);
    while (pass->by_epoch && store_closed_next(node->store, &pass->channel, pass->epoch, &after,
                                               &arena, &entry, &branch)) {
        after = entry;
        pass_tell(world, node, &entry, branch);
    }
    for (size_t k = 0; !pass->by_epoch && store_log(node->store, &pass->channel, k, &load); k++) {
        uint64_t above = pass->above;
        while (id_equal(&load.author, &pass->author) &&
               store_run_at(node->store, &pass->channel, &load.author, load.branch, above, &arena,
                            &run)) {
            above = run.entries[run.count - 1].seq;
            for (size_t i = 0; i < run.count; i++)
                if (run.entries[i].kind == ENTRY_SEALED && run.entries[i].body.at != NULL)
                    pass_tell(world, node, &run.entries[i], load.branch);
        }
    }
    arena_release(&arena);
}

static inline void world_step(struct world *world, struct node *node, struct event event)
{
    if (node->core == NULL)
        return;
    node_raw_step(world, node, event);
    while (node->later_count > 0 || (node->pass_count > 0 && !world->hurried)) {
        if (node->later_count > 0) {
            struct event later = node->later[0];
            memmove(node->later, node->later + 1, --node->later_count * sizeof *node->later);
            node_raw_step(world, node, later);
            if (later.kind == EVENT_SIFTED || later.kind == EVENT_RECALLED ||
                later.kind == EVENT_AGAIN)
                free((void *)later.frame.at);
            continue;
        }
        struct pass pass = node->passes[0];
        memmove(node->passes, node->passes + 1, --node->pass_count * sizeof *node->passes);
        node_pass(world, node, &pass);
        if (node->pass_count == 0)
            node_raw_step(world, node,
                          (struct event){.kind = EVENT_AGAIN, .channel_id = pass.channel});
    }
}

/* ---- time ---- */

/* Until nothing is on its way and nothing is due, in this many ms. */
static inline void world_run(struct world *world, uint64_t ms)
{
    uint64_t until = world->now_ms + ms;
    for (;;) {
        while (world->queue_head < world->queue_tail) {
            struct flight flight = world->queue[world->queue_head++ % QUEUE_MAX];
            struct node *node = &world->nodes[flight.to];
            struct event event = {.kind = flight.ends ? EVENT_LINK_CLOSED : EVENT_FRAME,
                                  .link = flight.link,
                                  .why = WHY_LOST,
                                  .frame = {flight.frame, flight.size}};
            if (flight.ends)
                node->open[flight.link % 256] = false;
            if (node->core != NULL && node->later_count > 0)
                world_step(world, node, (struct event){.kind = EVENT_TICK});
            if (node->core != NULL)
                world_step(world, node, event);
            free(flight.frame);
        }
        uint64_t next = UINT64_MAX;
        for (int i = 0; i < world->count; i++) {
            struct node *node = &world->nodes[i];
            if (node->core == NULL)
                continue;
            if (node->later_count > 0)
                next = world->now_ms;
            if (core_deadline(node->core) < next)
                next = core_deadline(node->core);
        }
        if (next > until)
            break;
        world->now_ms = next > world->now_ms ? next : world->now_ms;
        for (int i = 0; i < world->count; i++) {
            struct node *node = &world->nodes[i];
            if (node->core != NULL &&
                (core_deadline(node->core) <= world->now_ms || node->later_count > 0))
                world_step(world, node, (struct event){.kind = EVENT_TICK});
        }
    }
    world->now_ms = until;
    for (int i = 0; i < world->count; i++) {
        struct error error;
        if (world->nodes[i].store != NULL)
            assert_int_equal(store_commit(world->nodes[i].store, &error), ERROR_NONE);
    }
}

/* ---- nodes ---- */

static inline void node_load_waiting(struct world *world, struct node *node,
                                     const struct id *channel, const struct channel_name *name)
{
    struct event waiting = {.kind = EVENT_LOAD_WAITING, .channel = *name};
    struct arena arena;
    uint8_t kind;
    arena_init(&arena);
    for (size_t k = 0; store_waiting(node->store, channel, k, &arena, &kind, &waiting.frame); k++) {
        waiting.number = kind;
        node_raw_step(world, node, waiting);
    }
    arena_release(&arena);
}

static inline void node_load_all(struct world *world, struct node *node)
{
    struct event event = {.kind = EVENT_LOAD_PREKEY};
    struct kept_direct direct;
    struct arena arena;
    struct id id;
    arena_init(&arena);
    for (size_t i = 0; store_prekey(node->store, &world->network, i, &event.prekey, &event.number);
         i++)
        node_raw_step(world, node, event);
    for (size_t i = 0; store_direct(node->store, &world->network, i, &direct); i++) {
        struct event load = {.kind = EVENT_LOAD_DIRECT,
                             .channel = direct.name,
                             .node = direct.peer,
                             .held = direct.shown};
        store_card(node->store, &world->network, &direct.peer, &load.card);
        node_raw_step(world, node, load);
        struct entry closed;
        store_last(node->store, &direct.channel, LIMIT_CLOSED);
        while (store_last_next(node->store, &arena, &closed)) {
            if (closed.kind != ENTRY_SEALED || closed.body.at == NULL)
                continue;
            struct event *again = node_later(node, EVENT_AGAIN);
            uint8_t *frame = malloc(ENTRY_HEADER_BYTES + closed.body.size);
            assert_non_null(frame);
            entry_header(&closed, frame);
            memcpy(frame + ENTRY_HEADER_BYTES, closed.body.at, closed.body.size);
            again->channel_id = closed.channel;
            again->frame = (struct bytes){frame, ENTRY_HEADER_BYTES + closed.body.size};
        }
        node_load_waiting(world, node, &direct.channel, &direct.name);
    }
    struct event group = {.kind = EVENT_LOAD_GROUP};
    for (size_t i = 0; store_group(node->store, &world->network, i, &group.group); i++) {
        struct event act = {.kind = EVENT_LOAD_ACT, .channel_id = group.group.channel};
        struct loose_key key;
        struct event load = {.kind = EVENT_LOAD_KEY,
                             .channel_id = group.group.channel,
                             .frame = {(const uint8_t *)&key, sizeof key}};
        group.number = store_closed_count(node->store, &act.channel_id);
        node_raw_step(world, node, group);
        memset(&id, 0, sizeof id);
        while (store_act_next(node->store, &act.channel_id, &id, &arena, &act.frame))
            node_raw_step(world, node, act);
        for (size_t k = 0; store_key(node->store, &load.channel_id, k, &key); k++)
            node_raw_step(world, node, load);
        node_load_waiting(world, node, &group.group.channel, &group.group.name);
    }
    struct event channel = {.kind = EVENT_LOAD_CHANNEL};
    for (size_t i = 0; store_channel(node->store, i, &channel.channel, &id, &channel.lamport);
         i++) {
        struct id expected;
        if (!store_channel_id(node->store, &world->network, &channel.channel, &expected) ||
            !id_equal(&id, &expected))
            continue;
        node_raw_step(world, node, channel);
        struct event log = {.kind = EVENT_LOAD_LOG, .channel = channel.channel};
        for (size_t k = 0; store_log(node->store, &id, k, &log.load); k++)
            node_raw_step(world, node, log);
        struct event receipt = {.kind = EVENT_LOAD_RECEIPT, .channel = channel.channel};
        for (size_t k = 0; store_receipt_at(node->store, &id, k, &receipt.node, &receipt.number,
                                            &receipt.head.seq);
             k++)
            node_raw_step(world, node, receipt);
    }
    struct store_carried carried;
    for (size_t i = 0; store_carried_at(node->store, i, &carried); i++) {
        struct event load = {.kind = EVENT_LOAD_CHANNEL,
                             .channel_id = carried.channel,
                             .node = carried.asker,
                             .number = carried.bytes,
                             .asked_wall_ms = carried.asked_wall_ms,
                             .lamport = store_clock(node->store, &carried.channel, UINT64_MAX)};
        node_raw_step(world, node, load);
        struct event log = {.kind = EVENT_LOAD_LOG, .channel_id = carried.channel};
        for (size_t k = 0; store_log(node->store, &carried.channel, k, &log.load); k++)
            node_raw_step(world, node, log);
    }
    arena_release(&arena);
}

static inline void node_start(struct world *world, struct node *node)
{
    struct error error;
    char aside[400];
    struct id id;
    node->life++;
    node->store = store_open(node->path, aside, sizeof aside, &error);
    assert_non_null(node->store);
    memset(node->config.process.b, 0, sizeof node->config.process.b);
    node->config.process.b[0] = (uint8_t)(node->index + 1);
    node->config.process.b[1] = (uint8_t)node->life;
    memset(node->config.seed, node->index + 1, sizeof node->config.seed);
    memset(node->config.random, (int)(node->index + 10 * node->life), sizeof node->config.random);
    for (size_t i = 0; i < node->config.channel_count; i++)
        node->config.is_private[i] =
            store_group_named(node->store, &world->network, &node->config.channels[i], &id);
    node->config.carry_bytes = CARRY_BYTES;
    node->core = core_new(&node->config);
    node_load_all(world, node);
    world_step(world, node, (struct event){.kind = EVENT_TICK});
}

static inline void node_stop(struct world *world, struct node *node)
{
    struct error error;
    for (size_t i = 0; i < 256; i++) {
        if (node->open[i])
            world_put(world, node->peer[i], node->other[i], (struct bytes){NULL, 0}, true);
        node->open[i] = false;
    }
    store_commit(node->store, &error);
    core_free(node->core);
    store_close(node->store);
    node->core = NULL;
    node->store = NULL;
    node->later_count = node->pass_count = 0;
    world_run(world, 10);
}

static inline struct world *world_new(int count)
{
    struct world *world = calloc(1, sizeof *world);
    uint8_t secret[32] = {7};
    assert_non_null(world);
    world->queue = calloc(QUEUE_MAX, sizeof *world->queue);
    assert_non_null(world->queue);
    strcpy(world->directory, "/tmp/fika-group-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    char directory[200];
    memcpy(directory, world->directory, sizeof directory);
    world->network = network_id(secret);
    world->now_ms = 1000;
    world->count = count;
    arena_init(&world->arena);
    for (int i = 0; i < count; i++) {
        struct node *node = &world->nodes[i];
        uint8_t seed[32] = {77, (uint8_t)i};
        node->index = i;
        node->next_in = 1001;
        node->shown = calloc(SHOWN_MAX, sizeof *node->shown);
        assert_non_null(node->shown);
        snprintf(node->path, sizeof node->path, "%.180s/n%d.db", directory, i);
        node->config.identity = identity_from_seed(seed);
        node->config.network = world->network;
        node->config.port = 1;
        snprintf(node->config.nick.text, sizeof node->config.nick.text, "n%d", i);
        strcpy(node->config.channels[0].text, "#fika");
        node->config.channel_count = 1;
        node_start(world, node);
    }
    return world;
}

static inline void world_free(struct world *world)
{
    char command[300];
    for (int i = 0; i < world->count; i++) {
        if (world->nodes[i].core != NULL)
            node_stop(world, &world->nodes[i]);
        free(world->nodes[i].shown);
    }
    arena_release(&world->arena);
    free(world->queue);
    snprintf(command, sizeof command, "rm -rf '%s'", world->directory);
    assert_int_equal(system(command), 0);
    free(world);
}

/* ---- what people do ---- */

static inline void world_link(struct world *world, int from, int to)
{
    struct event event = {.kind = EVENT_FOUND, .found = FOUND_TYPED};
    snprintf(event.address.text, sizeof event.address.text, "n%d:1", to);
    world_step(world, &world->nodes[from], event);
    world_run(world, 200);
}

static inline void world_link_all(struct world *world)
{
    for (int a = 0; a < world->count; a++)
        for (int b = 0; b < a; b++)
            if (world->nodes[a].core != NULL && world->nodes[b].core != NULL)
                world_link(world, a, b);
}

static inline void node_asks(struct world *world, int who, struct request request)
{
    world_step(world, &world->nodes[who],
               (struct event){.kind = EVENT_REQUEST, .request = request});
    world_run(world, 200);
}

static inline void node_says(struct world *world, int who, const char *channel, const char *text)
{
    struct request request = {.kind = REQUEST_SAY, .text = {(const uint8_t *)text, strlen(text)}};
    snprintf(request.channel.text, sizeof request.channel.text, "%s", channel);
    node_asks(world, who, request);
}

static inline void node_does(struct world *world, int who, enum request_kind kind,
                             const char *channel, const char *whom, bool history, bool inviter)
{
    struct request request = {.kind = kind, .history = history, .inviter = inviter};
    if (whom != NULL)
        request.text = (struct bytes){(const uint8_t *)whom, strlen(whom)};
    snprintf(request.channel.text, sizeof request.channel.text, "%s", channel);
    if (kind == REQUEST_JOIN) /* everybody knows everybody */
        core_inviter(world->nodes[who].core, &request.channel, 0, &request.id);
    node_asks(world, who, request);
}

/* ---- what they see ---- */

static inline size_t node_saw_kind(const struct world *world, int who, enum show_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < world->nodes[who].shown_count; i++)
        count += world->nodes[who].shown[i].show.kind == kind;
    return count;
}

static inline size_t node_told(const struct world *world, int who, enum told told)
{
    size_t count = 0;
    for (size_t i = 0; i < world->nodes[who].shown_count; i++)
        count += world->nodes[who].shown[i].show.kind == SHOW_TOLD &&
                 world->nodes[who].shown[i].show.told == told;
    return count;
}

static inline const struct shown *node_last(const struct world *world, int who, enum show_kind kind)
{
    for (size_t i = world->nodes[who].shown_count; i-- > 0;)
        if (world->nodes[who].shown[i].show.kind == kind)
            return &world->nodes[who].shown[i];
    return NULL;
}

static inline size_t node_saw(const struct world *world, int who, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < world->nodes[who].shown_count; i++)
        count += world->nodes[who].shown[i].show.kind == SHOW_MESSAGE &&
                 strcmp(world->nodes[who].shown[i].text, text) == 0;
    return count;
}

/* The text, as pages have it. */
static inline bool node_has(struct world *world, int who, const char *channel, const char *text)
{
    struct id id = node_channel(world, &world->nodes[who], channel);
    struct arena arena;
    struct entry entry;
    bool found = false;
    arena_init(&arena);
    store_last(world->nodes[who].store, &id, 100000);
    while (store_last_next(world->nodes[who].store, &arena, &entry)) {
        struct bytes nick, said;
        found = found || (entry_text(&entry, &nick, &said) && said.size == strlen(text) &&
                          memcmp(said.at, text, said.size) == 0);
    }
    arena_release(&arena);
    return found;
}

/* True when the bytes stand in the node's database or its log. */
static inline bool node_disk_has(const struct world *world, int who, const void *bytes, size_t size)
{
    static const char *const TAILS[] = {"", "-wal"};
    bool found = false;
    for (int i = 0; i < 2; i++) {
        char path[420];
        snprintf(path, sizeof path, "%s%s", world->nodes[who].path, TAILS[i]);
        FILE *file = fopen(path, "rb");
        if (file == NULL)
            continue;
        fseek(file, 0, SEEK_END);
        size_t room = (size_t)ftell(file);
        rewind(file);
        uint8_t *all = malloc(room + 1);
        assert_non_null(all);
        room = fread(all, 1, room, file);
        for (size_t at = 0; at + size <= room && !found; at++)
            found = memcmp(all + at, bytes, size) == 0;
        free(all);
        fclose(file);
    }
    return found;
}
