/* Stage: a few cores in one process, with a clock of their own and lines of 1 ms between them, and
 * a trace of what happens. A story acts on it and compares the trace, which reads as the protocol
 * does. Each story is one program.
 *
 *   anna -> bo: WANT #fika anna 1-3        a frame on a link
 *   bo stores anna 1                       an effect
 *   bo shows <anna> hi                     what a person would see
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../spans.h"
#include "core/core.h"
#include "core/wire.h"

#define STAGE_NODES  8
#define STAGE_HELD   512
#define STAGE_LATER  64
#define STAGE_FLIGHT 512

struct stage_link { /* one connection: both ends' numbers */
    int dialer, server;
    uint64_t dialer_number, server_number;
    bool up;
};

#define STAGE_PORT 7 /* by which a node's dials leave it, and its router */

struct stage_punch { /* a dial through a router, which waits for the other one's */
    int node;
    uint64_t link;
    bool server;
    char from[32], to[32];
};

struct stage_flight {
    uint64_t at_us, order;
    int to;
    uint64_t number;
    enum { FLY_IN, FLY_OUT, FLY_FRAME, FLY_CLOSED } what;
    enum link_why why;
    struct stage_link *link;
    uint8_t *bytes;
    size_t size;
};

struct stage_entry { /* a node's disk */
    struct entry entry;
    uint8_t body[600];
    struct signature signature;
    bool is_signed;
};

struct stage_node {
    const char *name;
    struct core *core;
    struct core_config config;
    struct stage_entry held[STAGE_HELD];
    size_t held_count;
    struct event later[STAGE_LATER]; /* what its disk has to say after the step */
    size_t later_count;
    struct spans spans;
    bool stopped;
    bool off;           /* crashed: hears nothing */
    bool behind_router; /* nobody can dial it */
};

struct stage {
    struct stage_node nodes[STAGE_NODES];
    int node_count;
    uint64_t now_us, order, next_number;
    struct stage_link links[64];
    size_t link_count;
    struct stage_flight flights[STAGE_FLIGHT];
    size_t flight_count;
    char trace[65536];
    size_t trace_size;
    bool muted;
    bool opens; /* routers let in what answers a packet of their own side */
    struct stage_punch punches[16];
    size_t punch_count;
    bool quiet_handshake; /* HELLO, JOIN, PING and BYE are left out of the trace */
    /* Called with each frame before it flies; may change it (bytes are its own). */
    void (*tamper)(struct stage *stage, int from, int to, uint8_t *bytes, size_t *size);
};

__attribute__((format(printf, 2, 3))) static inline void stage_note(struct stage *stage,
                                                                    const char *format, ...)
{
    va_list arguments;
    if (stage->muted)
        return;
    va_start(arguments, format);
    int size = vsnprintf(stage->trace + stage->trace_size, sizeof stage->trace - stage->trace_size,
                         format, arguments);
    va_end(arguments);
    stage->trace_size += (size_t)size;
    assert_true(stage->trace_size < sizeof stage->trace);
}

static inline const char *stage_author(struct stage *stage, const struct id *id)
{
    for (int i = 0; i < stage->node_count; i++)
        if (id_equal(&stage->nodes[i].config.identity.node, id))
            return stage->nodes[i].name;
    return "somebody";
}

static inline void stage_note_frame(struct stage *stage, int from, int to, struct bytes frame)
{
    static const char *const NAME[] = {"?",
                                       "HELLO0",
                                       "HELLO1",
                                       "HELLO2",
                                       "JOIN",
                                       "HAVE",
                                       "WANT",
                                       "ENTRY",
                                       "PING",
                                       "PONG",
                                       "BYE",
                                       "BUCKETS",
                                       "BODIES",
                                       "LACK",
                                       "EAGER",
                                       "LAZY",
                                       "PEERS",
                                       "WHO",
                                       "NOTE",
                                       "PUNCH",
                                       "CARD",
                                       "SEEK",
                                       [FRAME_WHOSE] = "WHOSE",
                                       [FRAME_HELD] = "HELD"};
    enum frame_kind kind = frame_kind(frame);
    const char *a = stage->nodes[from].name, *b = stage->nodes[to].name;
    bool handshake = kind <= FRAME_JOIN || (kind >= FRAME_PING && kind != FRAME_PUNCH);
    if ((handshake && stage->quiet_handshake) || kind == FRAME_CARD)
        return; /* keys are a story of their own */
    stage_note(stage, "%s -> %s: %s", a, b, NAME[kind]);
    struct have have;
    struct want want;
    struct punch punch;
    struct arena arena;
    struct run run;
    enum entry_part part;
    uint8_t why;
    arena_init(&arena);
    if (kind == FRAME_HAVE && wire_read_have(frame, &have)) {
        stage_note(stage, "%s", have.all ? " all" : "");
        for (size_t i = 0; i < have.count; i++)
            stage_note(stage, " %s %d", stage_author(stage, &have.heads[i].author),
                       (int)have.heads[i].seq);
    } else if (kind == FRAME_WANT && wire_read_want(frame, &want)) {
        stage_note(stage, " %s %d-%d", stage_author(stage, &want.author), (int)want.from,
                   (int)want.to);
    } else if (kind == FRAME_ENTRY && wire_read_entry(frame, &arena, &run, &part)) {
        static const char *const PART[] = {"", " (answer)", " (answer ends)"};
        stage_note(stage, " %s %d", stage_author(stage, &run.entries[0].author),
                   (int)run.entries[0].seq);
        if (run.count > 1)
            stage_note(stage, "-%d", (int)run.entries[run.count - 1].seq);
        stage_note(stage, "%s", PART[part]);
    } else if (kind == FRAME_PUNCH && wire_read_punch(frame, &punch)) {
        const char *colon = memchr(punch.address.at, ':', punch.address.size);
        stage_note(stage, " %s, for %s", punch.step == PUNCH_ASK ? "ask" : "ready",
                   stage_author(stage, &punch.to));
        if (colon != NULL)
            stage_note(stage, ", from %.*s", (int)(colon - (const char *)punch.address.at),
                       (const char *)punch.address.at);
    } else if (kind == FRAME_BYE && wire_read_bye(frame, &why)) {
        stage_note(stage, " (%s)", link_why_text(why));
    }
    arena_release(&arena);
    stage_note(stage, "\n");
}

static inline void stage_fly(struct stage *stage, struct stage_flight flight, uint64_t after_us)
{
    assert_true(stage->flight_count < STAGE_FLIGHT);
    flight.at_us = stage->now_us + after_us;
    flight.order = ++stage->order;
    stage->flights[stage->flight_count++] = flight;
}

static inline struct stage_link *stage_link_of(struct stage *stage, int node, uint64_t number)
{
    for (size_t i = 0; i < stage->link_count; i++) {
        struct stage_link *link = &stage->links[i];
        if ((link->dialer == node && link->dialer_number == number) ||
            (link->server == node && link->server_number == number))
            return link;
    }
    return NULL;
}

static inline void stage_send(struct stage *stage, int from, uint64_t number, struct bytes frame)
{
    struct stage_link *link = stage_link_of(stage, from, number);
    if (link == NULL || !link->up)
        return;
    bool dialer = link->dialer == from && link->dialer_number == number;
    int to = dialer ? link->server : link->dialer;
    size_t size = frame.size;
    uint8_t *copy = malloc(LIMIT_FRAME);
    memcpy(copy, frame.at, frame.size);
    stage_note_frame(stage, from, to, frame);
    if (stage->tamper != NULL)
        stage->tamper(stage, from, to, copy, &size);
    stage_fly(stage,
              (struct stage_flight){.to = to,
                                    .what = FLY_FRAME,
                                    .link = link,
                                    .number = dialer ? link->server_number : link->dialer_number,
                                    .bytes = copy,
                                    .size = size},
              1000);
}

static inline void stage_store(struct stage *stage, struct stage_node *node, const struct run *run)
{
    const struct entry *first = &run->entries[0], *last = &run->entries[run->count - 1];
    stage_note(stage, "%s stores %s %d", node->name, stage_author(stage, &first->author),
               (int)first->seq);
    if (run->count > 1)
        stage_note(stage, "-%d", (int)last->seq);
    stage_note(stage, "\n");
    for (size_t i = 0; i < run->count; i++) {
        assert_true(node->held_count < STAGE_HELD);
        struct stage_entry *held = &node->held[node->held_count++];
        held->entry = run->entries[i];
        assert_true(held->entry.body.size <= sizeof held->body);
        memcpy(held->body, held->entry.body.at, held->entry.body.size);
        held->entry.body.at = held->body;
        held->is_signed = &run->entries[i] == last;
        held->signature = run->signature;
    }
}

static inline struct stage_entry *stage_held_id(struct stage_node *node, const struct id *id)
{
    for (size_t i = 0; i < node->held_count; i++)
        if (id_equal(&node->held[i].entry.id, id))
            return &node->held[i];
    return NULL;
}

static inline struct stage_entry *stage_held(struct stage_node *node, const struct id *author,
                                             uint64_t seq)
{
    for (size_t i = 0; i < node->held_count; i++)
        if (node->held[i].entry.seq == seq && id_equal(&node->held[i].entry.author, author))
            return &node->held[i];
    return NULL;
}

/* Held, and so is all below it. */
static inline bool stage_is_whole(struct stage_node *node, const struct id *id)
{
    struct stage_entry *held = stage_held_id(node, id);
    while (held != NULL && held->entry.seq > 1)
        held = stage_held_id(node, &held->entry.prev);
    return held != NULL;
}

static inline bool stage_is_lie(const struct stage_node *node, const struct entry *entry)
{
    for (size_t i = 0; i < node->held_count; i++) {
        const struct entry *held = &node->held[i].entry;
        if (held->seq == entry->seq && id_equal(&held->author, &entry->author) &&
            id_equal(&held->prev, &entry->prev) && !id_equal(&held->id, &entry->id) &&
            memcmp(&held->process, &entry->process, sizeof entry->process) == 0)
            return true;
    }
    return false;
}

static inline const struct id *stage_below(const void *node, const struct id *id)
{
    const struct stage_entry *held = stage_held_id((struct stage_node *)node, id);
    return held != NULL ? &held->entry.prev : NULL;
}

static inline struct sifted stage_sift(struct stage_node *node, const struct run *run)
{
    struct sifted sifted = {0};
    spans_sift(&node->spans, run, stage_below, node, &sifted);
    while (sifted.held < run->count && stage_is_whole(node, &run->entries[sifted.held].id))
        sifted.held++;
    if (sifted.held == run->count)
        return sifted;
    const struct entry *first = &run->entries[sifted.held];
    sifted.based = first->seq == 1 || stage_is_whole(node, &first->prev);
    sifted.below = first->prev;
    if (sifted.based && first->seq > 1)
        sifted.lamport = stage_held_id(node, &first->prev)->entry.lamport;
    sifted.lie = sifted.based && stage_is_lie(node, first);
    return sifted;
}

/* What a LOOK or SIFT asks is answered after the step. */
static inline void stage_question(struct stage *stage, struct stage_node *node,
                                  const struct effect *effect)
{
    struct event event = {
        .link = effect->link, .channel_id = effect->channel_id, .head = effect->head};
    assert_true(node->later_count < STAGE_LATER);
    if (effect->kind == EFFECT_LOOK) {
        event.kind = EVENT_LOOKED;
        event.held = stage_is_whole(node, &effect->head.tip);
        stage_note(stage, "%s looks for %s %d: %s\n", node->name,
                   stage_author(stage, &effect->head.author), (int)effect->head.seq,
                   event.held ? "held" : "not held");
    } else {
        struct arena arena;
        struct run run;
        enum entry_part part;
        uint8_t *copy = malloc(effect->frame.size);
        memcpy(copy, effect->frame.at, effect->frame.size);
        event.kind = EVENT_SIFTED;
        event.number = effect->number;
        event.frame = (struct bytes){copy, effect->frame.size};
        arena_init(&arena);
        assert_true(wire_read_entry(event.frame, &arena, &run, &part));
        event.sifted = stage_sift(node, &run);
        stage_note(stage, "%s sifts %s %d-%d: %d held%s%s\n", node->name,
                   stage_author(stage, &run.entries[0].author), (int)run.entries[0].seq,
                   (int)run.entries[run.count - 1].seq, (int)event.sifted.held,
                   event.sifted.based ? ", based" : "", event.sifted.lie ? ", a lie" : "");
        arena_release(&arena);
    }
    node->later[node->later_count++] = event;
}

/* Answers a WANT as the shell does: runs up to signed entries, down the branch that ends at the
 * tip, by rising seq, until the credit is used; the last one marked. */
static inline void stage_serve(struct stage *stage, int from, uint64_t number,
                               const struct want *want)
{
    static uint8_t room[LIMIT_FRAME];
    static struct stage_entry *chain[STAGE_HELD];
    static struct entry entries[LIMIT_RUN_ENTRIES];
    struct stage_node *node = &stage->nodes[from];
    struct stage_entry *held = stage_held_id(node, &want->tip);
    size_t count = 0, bytes = 0;
    for (; held != NULL && held->entry.seq >= want->from;
         held = stage_held_id(node, &held->entry.prev))
        chain[count++] = held; /* the top first */
    while (count > 0) {
        struct run run = {entries, 0, {{0}}};
        do {
            held = chain[--count];
            entries[run.count++] = held->entry;
        } while (!held->is_signed && count > 0 && run.count < LIMIT_RUN_ENTRIES);
        if (!held->is_signed)
            return;
        run.signature = held->signature;
        struct writer w = writer_of(room, sizeof room);
        bytes += wire_entry_bytes(&run);
        bool more = count > 0 && bytes < want->credit;
        wire_write_entry(&w, &run, more ? PART_ANSWER : PART_ANSWER_END);
        stage_send(stage, from, number, written(&w));
        if (!more)
            return;
    }
}

static inline void stage_show(struct stage *stage, struct stage_node *node, const struct show *show)
{
    static const char *const VIA[] = {"", " (history)", " (classic)"};
    switch (show->kind) {
    case SHOW_MESSAGE:
        stage_note(stage, "%s shows <%s> %.*s%s%s\n", node->name, show->nick.text,
                   (int)show->text.size, (const char *)show->text.at, VIA[show->via],
                   show->own ? " (own)" : "");
        break;
    case SHOW_LINK:
        stage_note(stage, "%s: link to %s %s", node->name, show->nick.text,
                   show->up ? "up" : "down");
        if (!show->up)
            stage_note(stage, ": %.*s", (int)show->a.size, (const char *)show->a.at);
        stage_note(stage, "\n");
        break;
    case SHOW_MEMBER:
        stage_note(stage, "%s: %s is %s %s\n", node->name, show->nick.text,
                   show->up ? "in" : "out of", show->channel.text);
        break;
    case SHOW_TOLD:
        if (show->told == TOLD_SAME_IDENTITY)
            stage_note(stage, "%s: another fika has this identity\n", node->name);
        else if (show->told == TOLD_DIAL_FAILED)
            stage_note(stage, "%s: %.*s could not be reached: %.*s\n", node->name,
                       (int)show->a.size, (const char *)show->a.at, (int)show->b.size,
                       (const char *)show->b.at);
        else if (show->told >= TOLD_ERRORS_FROM)
            stage_note(stage, "%s: error %d\n", node->name, (int)show->told);
        break;
    case SHOW_HELD:
        if (show->seq == show->n2)
            stage_note(stage, "%s: %d is held by %d\n", node->name, (int)show->seq, (int)show->n);
        else
            stage_note(stage, "%s: %d-%d are held by %d\n", node->name, (int)show->seq,
                       (int)show->n2, (int)show->n);
        break;
    case SHOW_GAP:
        stage_note(stage, "%s: %d of %s are missing\n", node->name, (int)show->n, show->nick.text);
        break;
    case SHOW_FORGOTTEN:
        stage_note(stage, "%s: %s %d is taken back\n", node->name, stage_author(stage, &show->id),
                   (int)show->seq);
        break;
    case SHOW_STOPPED:
        stage_note(stage, "%s stops, %d not handed over\n", node->name, (int)show->n);
        break;
    default: break;
    }
}

/* As app/perform.c does. */
static inline void stage_show_run(struct stage *stage, struct stage_node *node,
                                  const struct effect *effect, uint64_t wall_ms)
{
    for (size_t i = 0; i < effect->run.count; i++) {
        const struct entry *entry = &effect->run.entries[i];
        struct show show = {.kind = SHOW_FORGOTTEN, .channel = effect->channel};
        struct id id;
        show.id = entry->author;
        if (entry_forgets(entry, &show.seq, &id) ||
            show_entry(&show, &effect->channel, entry, &node->config.identity.node, effect->via,
                       wall_ms))
            stage_show(stage, node, &show);
    }
}

/* An address "NAME:1" is that node's. */
static inline void stage_dial(struct stage *stage, int from, const struct effect *effect)
{
    int to = -1;
    for (int i = 0; i < stage->node_count; i++)
        if (strncmp(effect->address.text, stage->nodes[i].name, strlen(stage->nodes[i].name)) == 0)
            to = i;
    if (to < 0 || stage->nodes[to].off || stage->nodes[to].stopped ||
        stage->nodes[to].behind_router) {
        stage_fly(stage,
                  (struct stage_flight){
                      .to = from, .what = FLY_CLOSED, .why = WHY_REFUSED, .number = effect->link},
                  1000);
        return;
    }
    assert_true(stage->link_count < 64);
    struct stage_link *link = &stage->links[stage->link_count++];
    stage->next_number += 2;
    *link = (struct stage_link){from, to, effect->link, stage->next_number + 1, true};
    stage_fly(stage,
              (struct stage_flight){
                  .to = to, .what = FLY_IN, .link = link, .number = link->server_number},
              500);
    stage_fly(stage,
              (struct stage_flight){
                  .to = from, .what = FLY_OUT, .link = link, .number = link->dialer_number},
              1000);
}

/* Where a node's router is seen: 10.0.0.NUMBER, with the port that its node has. */
static inline void stage_outer(char out[32], int node, unsigned port)
{
    snprintf(out, 32, "10.0.0.%d:%u", node + 1, port);
}

/* Both ends dial; where their routers open, the second makes it a link. */
static inline void stage_dial_through(struct stage *stage, int from, const struct effect *effect)
{
    assert_true(stage->punch_count < 16);
    struct stage_punch *punch = &stage->punches[stage->punch_count++];
    *punch = (struct stage_punch){.node = from, .link = effect->link, .server = effect->server};
    stage_outer(punch->from, from, (unsigned)effect->number);
    snprintf(punch->to, sizeof punch->to, "%.31s", effect->address.text);
    stage_note(stage, "%s dials out through its router%s\n", stage->nodes[from].name,
               punch->server ? ", as who is dialled" : "");
    for (size_t i = 0; stage->opens && i + 1 < stage->punch_count; i++) {
        const struct stage_punch *other = &stage->punches[i];
        if (strcmp(other->from, punch->to) != 0 || strcmp(other->to, punch->from) != 0 ||
            other->server == punch->server)
            continue;
        const struct stage_punch *dialer = punch->server ? other : punch;
        const struct stage_punch *server = punch->server ? punch : other;
        struct stage_link *link = &stage->links[stage->link_count++];
        *link = (struct stage_link){dialer->node, server->node, dialer->link, server->link, true};
        stage_fly(stage,
                  (struct stage_flight){
                      .to = server->node, .what = FLY_OUT, .link = link, .number = server->link},
                  500);
        stage_fly(stage,
                  (struct stage_flight){
                      .to = dialer->node, .what = FLY_OUT, .link = link, .number = dialer->link},
                  1000);
    }
}

static inline void stage_bare_step(struct stage *stage, int which, struct event event)
{
    struct stage_node *node = &stage->nodes[which];
    const struct effect *effect;
    if (node->off || node->stopped)
        return;
    event.now_us = stage->now_us;
    event.wall_ms = 1700000000000ull + stage->now_us / 1000;
    core_step(node->core, &event);
    while ((effect = core_next(node->core)) != NULL) {
        spans_note(&node->spans, effect);
        switch (effect->kind) {
        case EFFECT_STORE: stage_store(stage, node, &effect->run); break;
        case EFFECT_SEND: stage_send(stage, which, effect->link, effect->frame); break;
        case EFFECT_SERVE: stage_serve(stage, which, effect->link, &effect->want); break;
        case EFFECT_DIAL: stage_dial(stage, which, effect); break;
        case EFFECT_PUNCH: stage_dial_through(stage, which, effect); break;
        case EFFECT_HANG_UP: {
            struct stage_link *link = stage_link_of(stage, which, effect->link);
            if (link == NULL || !link->up)
                break;
            link->up = false;
            bool dialer = link->dialer == which;
            stage_fly(
                stage,
                (struct stage_flight){.to = dialer ? link->server : link->dialer,
                                      .what = FLY_CLOSED,
                                      .why = WHY_LOST,
                                      .number = dialer ? link->server_number : link->dialer_number},
                1500);
            break;
        }
        case EFFECT_SHOW: stage_show(stage, node, &effect->show); break;
        case EFFECT_SHOW_RUN: stage_show_run(stage, node, effect, event.wall_ms); break;
        case EFFECT_LOOK:
        case EFFECT_SIFT: stage_question(stage, node, effect); break;
        case EFFECT_LOG:
            stage_note(stage, "%s logs: %.*s\n", node->name, (int)effect->text.size,
                       (const char *)effect->text.at);
            break;
        case EFFECT_STOP: node->stopped = true; break;
        default: break;
        }
    }
}

static inline void stage_step(struct stage *stage, int which, struct event event)
{
    struct stage_node *node = &stage->nodes[which];
    stage_bare_step(stage, which, event);
    for (size_t i = 0; i < node->later_count; i++) {
        struct event later = node->later[i];
        stage_bare_step(stage, which, later);
        free((void *)later.frame.at);
    }
    node->later_count = 0;
}

static inline void stage_land(struct stage *stage, struct stage_flight flight)
{
    struct event event = {.link = flight.number, .why = flight.why};
    if (flight.link != NULL) {
        memset(event.client_key.b, (int)(1 + (flight.link - stage->links)), 32);
        if (stage->nodes[flight.link->dialer].behind_router)
            stage_outer(event.address.text, flight.link->dialer, STAGE_PORT);
        else
            snprintf(event.address.text, sizeof event.address.text, "%s:7",
                     stage->nodes[flight.link->dialer].name);
    }
    switch (flight.what) {
    case FLY_IN: event.kind = EVENT_LINK_IN; break;
    case FLY_OUT:
        event.kind = EVENT_LINK_OUT;
        event.number = STAGE_PORT;
        break;
    case FLY_CLOSED: event.kind = EVENT_LINK_CLOSED; break;
    case FLY_FRAME:
        event.kind = EVENT_FRAME;
        event.frame = (struct bytes){flight.bytes, flight.size};
        break;
    }
    stage_step(stage, flight.to, event);
    free(flight.bytes);
}

/* Runs until this much virtual time has passed. */
static inline void stage_run(struct stage *stage, uint64_t ms)
{
    uint64_t until = stage->now_us + ms * 1000;
    for (;;) {
        size_t best = stage->flight_count;
        uint64_t at = until;
        int ticked = -1;
        for (size_t i = 0; i < stage->flight_count; i++)
            if (stage->flights[i].at_us < at ||
                (stage->flights[i].at_us == at && best < stage->flight_count &&
                 stage->flights[i].order < stage->flights[best].order)) {
                best = i;
                at = stage->flights[i].at_us;
            }
        for (int i = 0; i < stage->node_count; i++) {
            struct stage_node *node = &stage->nodes[i];
            uint64_t deadline = node->off ? UINT64_MAX : core_deadline(node->core);
            if (deadline < at / 1000) {
                at = deadline * 1000 > stage->now_us ? deadline * 1000 : stage->now_us;
                ticked = i;
            }
        }
        if (ticked < 0 && best == stage->flight_count)
            break;
        stage->now_us = at;
        if (ticked >= 0) {
            stage_step(stage, ticked, (struct event){.kind = EVENT_TICK});
            continue;
        }
        struct stage_flight flight = stage->flights[best];
        stage->flights[best] = stage->flights[--stage->flight_count];
        stage_land(stage, flight);
    }
    stage->now_us = until;
}

static inline int stage_add(struct stage *stage, const char *name, const char *channel)
{
    struct stage_node *node = &stage->nodes[stage->node_count];
    uint8_t secret[32] = {7}, seed[32] = {0};
    node->name = name;
    seed[0] = (uint8_t)(1 + stage->node_count);
    node->config.identity = identity_from_seed(seed);
    node->config.network = network_id(secret);
    node->config.process.b[0] = (uint8_t)(1 + stage->node_count);
    node->config.port = 1;
    memcpy(node->config.seed, seed, sizeof seed);
    snprintf(node->config.nick.text, sizeof node->config.nick.text, "%s", name);
    snprintf(node->config.channels[0].text, sizeof node->config.channels[0].text, "%s", channel);
    node->config.channel_count = 1;
    node->core = core_new(&node->config);
    return stage->node_count++;
}

static inline struct stage *stage_new(void)
{
    struct stage *stage = calloc(1, sizeof *stage);
    stage->now_us = 1000000;
    return stage;
}

static inline void stage_free(struct stage *stage)
{
    for (int i = 0; i < stage->node_count; i++) {
        core_free(stage->nodes[i].core);
        spans_release(&stage->nodes[i].spans);
    }
    for (size_t i = 0; i < stage->flight_count; i++)
        free(stage->flights[i].bytes);
    free(stage);
}

static inline void stage_request(struct stage *stage, int node, struct request request)
{
    stage_step(stage, node, (struct event){.kind = EVENT_REQUEST, .request = request});
}

/* A line that may not be the last of what is said at once. */
static inline void stage_paste(struct stage *stage, int node, const char *text)
{
    stage_request(
        stage, node,
        (struct request){.kind = REQUEST_SAY, .text = {(const uint8_t *)text, strlen(text)}});
}

static inline void stage_say(struct stage *stage, int node, const char *text)
{
    stage_paste(stage, node, text);
    stage_step(stage, node, (struct event){.kind = EVENT_TICK});
}

static inline void stage_connect(struct stage *stage, int from, int to)
{
    struct event event = {.kind = EVENT_FOUND, .found = FOUND_TYPED};
    snprintf(event.address.text, sizeof event.address.text, "%s:1", stage->nodes[to].name);
    stage_step(stage, from, event);
}

/* The cable is cut: frames under way are lost, both ends learn of it. */
static inline void stage_cut(struct stage *stage)
{
    for (size_t i = 0; i < stage->flight_count; i++)
        free(stage->flights[i].bytes);
    stage->flight_count = 0;
    for (size_t i = 0; i < stage->link_count; i++) {
        struct stage_link *link = &stage->links[i];
        if (!link->up)
            continue;
        link->up = false;
        stage_fly(stage,
                  (struct stage_flight){.to = link->dialer,
                                        .what = FLY_CLOSED,
                                        .why = WHY_LOST,
                                        .number = link->dialer_number},
                  0);
        stage_fly(stage,
                  (struct stage_flight){.to = link->server,
                                        .what = FLY_CLOSED,
                                        .why = WHY_LOST,
                                        .number = link->server_number},
                  0);
    }
}

/* The trace since the last call is this, to the letter. */
static inline void stage_expect(struct stage *stage, const char *expected)
{
    if (strcmp(stage->trace, expected) != 0)
        print_error("--- the trace was:\n%s--- and should be:\n%s", stage->trace, expected);
    assert_string_equal(stage->trace, expected);
    stage->trace_size = 0;
    stage->trace[0] = '\0';
}

/* Forgets what happened so far. */
static inline void stage_skip(struct stage *stage)
{
    stage->trace_size = 0;
    stage->trace[0] = '\0';
}
