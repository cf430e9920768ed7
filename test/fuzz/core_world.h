/* The world of fuzz_core.c: two cores, their disks, the links between them and to strangers, and
 * what must hold after every step:
 *
 * 1. A core sends only what a reader takes, to links that are open, and hangs up each once.
 * 2. Own entries are stored before a byte of them leaves or is shown; what is in a head is stored.
 * 3. The deadline is ahead of now: no busy loop.
 * 4. Every table is within limits.h and agrees with itself.
 * 5. While no time passes two honest cores come to an end of talking: nothing is asked in a loop.
 * 6. A branch is a chain, whole from its base to its end, and its base is whole; a head that is
 *    announced is whole.
 *
 * What must hold of direct channels stands in core_direct.h.
 *
 * The disk is a heap of entries, which knows of prevs and of nothing else; it answers LOOK and SIFT
 * after the step, or when the script says so.
 *
 * It looks into core/state.h, since most of what can go wrong does not show outside at once. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../spans.h"
#include "base/check.h"
#include "core/state.h"
#include "core_direct.h"

#define HELD_MAX    400
#define LINKS_MAX   400
#define FLIGHTS_MAX 256
#define LATER_MAX   512
#define TALK_MAX    4000 /* frames in one moment */

struct held { /* an entry on a node's disk */
    struct entry entry;
    uint8_t *body;
    struct signature signature;
    bool is_signed;
    struct entry line; /* how it reads here, if it is sealed; kind 0: that is not known */
    uint8_t *line_body;
};

struct wire { /* a link as one node's shell sees it */
    int node;
    uint64_t number;
    bool open;
    int peer; /* the other core's wire, or -1: a stranger or sybil */
    struct nonce client_nonce;
    struct id client_key;
};

struct flight {
    int wire; /* where it arrives */
    enum event_kind kind;
    uint8_t *bytes;
    size_t size;
};

struct node {
    struct core *core;
    struct held held[HELD_MAX];
    size_t held_count;
    struct event later[LATER_MAX]; /* what the disk has to say */
    size_t later_count;
    bool slow;       /* it says so later */
    bool unwritable; /* the core was told so */
    bool overflowed; /* the disk is full: invariant 2 is not checked any more */
    bool stopped, loading;
    uint8_t hello1[256]; /* the last HELLO1 that it sent, for sybils */
    size_t hello1_size;
    struct direct_disk direct;
};

static struct node nodes[NODES];
static struct wire wires[LINKS_MAX];
static size_t wire_count;
static struct flight flights[FLIGHTS_MAX];
static size_t flight_count;
static uint64_t now_us, wall_ms, next_inbound;
static struct identity authors[PEOPLE];
static struct id network, channel_ids[4];
static uint8_t frame_room[LIMIT_FRAME];
static const char *const NAMES[4] = {"#fika", "#b", "#c", "#d"};

/* ---- what must hold ---- */

static struct wire *wire_of(int node, uint64_t number)
{
    for (size_t i = 0; i < wire_count; i++)
        if (wires[i].node == node && wires[i].number == number)
            return &wires[i];
    return NULL;
}

static const struct held *held_entry(const struct node *node, const struct id *id)
{
    for (size_t i = 0; i < node->held_count; i++)
        if (id_equal(&node->held[i].entry.id, id))
            return &node->held[i];
    return NULL;
}

static bool is_whole(const struct node *node, const struct id *id)
{
    const struct held *held = held_entry(node, id);
    while (held != NULL && held->entry.seq > 1)
        held = held_entry(node, &held->entry.prev);
    return held != NULL;
}

/* From the entry `tip` at `to` down to the one above `base` at `from` all is held, as one chain. */
static void chain_is_held(const struct node *node, const struct id *tip, uint64_t to,
                          const struct id *base, uint64_t from, uint64_t lamport)
{
    const struct id *at = tip;
    for (uint64_t seq = to; seq > from; seq--) {
        const struct held *held = held_entry(node, at);
        CHECK(held != NULL && held->entry.seq == seq);
        CHECK(seq != to || held->entry.lamport == lamport);
        at = &held->entry.prev;
    }
    CHECK(id_equal(at, base));
}

static void branch_is_held(const struct node *node, const struct log *log)
{
    if (log->rootless) {
        CHECK(log->seq == 0 && log->base_seq == 0);
    } else {
        CHECK(log->seq >= log->base_seq);
        CHECK(log->base_seq == 0 ? id_is_zero(&log->base) : is_whole(node, &log->base));
        chain_is_held(node, &log->tip, log->seq, &log->base, log->base_seq, log->lamport);
    }
    if (log->above_from != 0)
        chain_is_held(node, &log->above_tip, log->above_to, &log->above_prev, log->above_from - 1,
                      log->above_lamport);
}

static void log_is_sound(const struct node *node, const struct channel *channel,
                         const struct log *log)
{
    const struct core *core = node->core;
    CHECK(log->source_count <= LIMIT_SOURCES && log->branch < LIMIT_BRANCHES);
    CHECK(log->seq <= LIMIT_SEQ && log->above_to <= LIMIT_SEQ);
    CHECK(log->above_from == 0 || log->rootless || log->above_from > log->seq + 1);
    CHECK(log->above_to >= log->above_from);
    for (size_t i = 0; channel->joined && i < log->source_count; i++) {
        const struct link *link =
            link_table_find(&((struct core *)core)->links, log->sources[i].link);
        CHECK(link != NULL && link->state == LINK_UP);
    }
    CHECK(log->asked_link == 0 ||
          link_table_find(&((struct core *)core)->links, log->asked_link) != NULL);
    if (!node->overflowed)
        branch_is_held(node, log);
}

/* The id that is held at that seq below the tip at `to`. */
static const struct id *id_at(const struct node *node, const struct id *tip, uint64_t to,
                              uint64_t seq)
{
    const struct held *held;
    for (; to > seq && (held = held_entry(node, tip)) != NULL; to--)
        tip = &held->entry.prev;
    return tip;
}

/* No entry stands in two parts: two that lie over each other would share the lowest. */
static void parts_are_apart(const struct node *node, const struct log *a, const struct log *b)
{
    struct part {
        uint64_t from, to;
        const struct id *tip;
    } parts[2][2] = {{{a->base_seq + 1, a->rootless ? 0 : a->seq, &a->tip},
                      {a->above_from, a->above_to, &a->above_tip}},
                     {{b->base_seq + 1, b->rootless ? 0 : b->seq, &b->tip},
                      {b->above_from, b->above_to, &b->above_tip}}};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            const struct part *x = &parts[0][i], *y = &parts[1][k];
            uint64_t low = x->from > y->from ? x->from : y->from;
            if (low != 0 && low <= x->to && low <= y->to)
                CHECK(!id_equal(id_at(node, x->tip, x->to, low), id_at(node, y->tip, y->to, low)));
        }
}

/* Each log is in its author's chain of branches, once, with a number of its own; and of his branches
 * one at most is asked of each link. */
static void branches_are_sound(const struct node *node, struct channel *channel,
                               const struct log *log)
{
    uint32_t numbers = 0;
    size_t found = 0, count = 0;
    for (struct log *one = channel_log(channel, &log->author); one != NULL;
         one = channel_next_branch(channel, one)) {
        CHECK(id_equal(&one->author, &log->author) && ++count <= LIMIT_BRANCHES);
        CHECK((numbers >> one->branch & 1) == 0);
        numbers |= (uint32_t)1 << one->branch;
        found += one == log;
        CHECK(one == log || one->asked_link == 0 || one->asked_link != log->asked_link);
        if (one != log && !node->overflowed)
            parts_are_apart(node, one, log);
    }
    CHECK(found == 1);
}

static void punches_are_sound(struct core *core)
{
    const struct punches *punches = &core->punches;
    CHECK(punches->left <= PUNCH_BURST && (!punches->off || punches->count == 0));
    CHECK(punches->count <= punches->room && punches->room <= LIMIT_PUNCHED);
    for (size_t i = 0; i < punches->count; i++) {
        const struct punched *punched = &punches->list[i];
        bool dials = punched->state == PUNCHED_DIALS || punched->state == PUNCHED_LINKED;
        const struct link *link = link_table_find(&core->links, punched->link);
        CHECK(dials == (link != NULL) && (link == NULL || link->punched));
        for (size_t k = 0; k < i; k++)
            CHECK(!id_equal(&punches->list[k].node, &punched->node));
    }
}

static void core_is_sound(const struct node *node)
{
    struct core *core = node->core;
    size_t up = 0, joined = 0, strangers = 0;
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        if (link->number == 0)
            continue;
        up += link->state == LINK_UP;
        strangers += link->state != LINK_UP && !link->outbound && !link->punched;
        CHECK(link->takes_count <= LIMIT_CHANNELS);
        CHECK(link_table_find(&core->links, link->number) == link);
        const struct wire *wire = wire_of((int)(node - nodes), link->number);
        CHECK(wire == NULL || wire->open);
    }
    CHECK(up == core->links.up && up <= LIMIT_LINKS && core->links.room <= LINKS_ROOM &&
          strangers <= LIMIT_INBOUND_WAITING);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        joined += channel->joined;
        CHECK(channel->log_count <= LIMIT_LOGS);
        for (size_t k = 0; k < channel->log_count; k++) {
            branches_are_sound(node, channel, &channel->logs[k]);
            log_is_sound(node, channel, &channel->logs[k]);
        }
    }
    CHECK(joined == core->channels.joined && joined <= LIMIT_CHANNELS);
    CHECK(core->overlay.count <= LIMIT_ADDRESSES);
    punches_are_sound(core);
    CHECK(core->overlay.shunned_count <= LIMIT_SHUNNED);
    direct_is_sound(core, (struct direct_disk *)&node->direct);
    CHECK((core->saying.count > 0 && !core->adopting) || core_deadline(core) > now_us / 1000);
}

static void entry_may_leave(const struct node *node, struct bytes frame)
{
    struct arena arena;
    struct run run;
    enum entry_part part;
    arena_init(&arena);
    CHECK(wire_read_entry(frame, &arena, &run, &part));
    for (size_t i = 0; i < run.count; i++)
        CHECK(node->overflowed || held_entry(node, &run.entries[i].id) != NULL);
    run_is_of_two(node->core, (struct direct_disk *)&node->direct, &run, false);
    arena_release(&arena);
}

static void have_may_leave(const struct node *node, const struct have *have)
{
    CHECK(have->count > 0);
    for (size_t i = 0; i < have->count && !node->overflowed; i++) {
        const struct held *held = held_entry(node, &have->heads[i].tip);
        CHECK(held != NULL && held->entry.seq == have->heads[i].seq);
        CHECK(id_equal(&held->entry.author, &have->heads[i].author));
        CHECK(is_whole(node, &have->heads[i].tip));
    }
}

static void frame_may_leave(const struct node *node, struct bytes frame)
{
    static struct join join;
    static struct have have;
    static struct buckets buckets;
    struct hello1 hello1;
    struct hello2 hello2;
    struct nonce nonce;
    struct want want;
    struct lack lack;
    struct ease ease;
    struct peers peers;
    struct note note;
    struct punch punch;
    struct holding holding;
    struct keycard card;
    struct id seek;
    struct ping ping;
    uint8_t byte;
    CHECK(frame.size >= 1 && frame.size <= LIMIT_FRAME && !has_secret(frame));
    switch (frame_kind(frame)) {
    case FRAME_HELLO0: CHECK(wire_read_hello0(frame, &byte, &nonce)); break;
    case FRAME_HELLO1: CHECK(wire_read_hello1(frame, &hello1)); break;
    case FRAME_HELLO2: CHECK(wire_read_hello2(frame, &hello2)); break;
    case FRAME_JOIN: CHECK(wire_read_join(frame, &join)); break;
    case FRAME_HAVE:
        CHECK(wire_read_have(frame, &have));
        have_may_leave(node, &have);
        break;
    case FRAME_BUCKETS: CHECK(wire_read_buckets(frame, &buckets)); break;
    case FRAME_WANT:
    case FRAME_BODIES: CHECK(wire_read_want(frame, &want)); break;
    case FRAME_LACK: CHECK(wire_read_lack(frame, &lack)); break;
    case FRAME_EAGER:
    case FRAME_LAZY: CHECK(wire_read_ease(frame, &ease)); break;
    case FRAME_PEERS: CHECK(wire_read_peers(frame, &peers)); break;
    case FRAME_WHO: CHECK(wire_read_who(frame)); break;
    case FRAME_NOTE: CHECK(wire_read_note(frame, &note)); break;
    case FRAME_PUNCH:
        CHECK(wire_read_punch(frame, &punch) && punch_verify(&punch, &network));
        break;
    case FRAME_HELD:
        CHECK(wire_read_holding(frame, &holding) && holding_verify(&holding, &network));
        have.count = 1;
        have.channel = holding.channel;
        have.heads[0] = holding.head;
        if (id_equal(&holding.node, &node->core->config.identity.node))
            have_may_leave(node, &have);
        break;
    case FRAME_CARD:
        CHECK(wire_read_keycard(frame, &card) && card_verify(&card, &network));
        card_may_leave(node->core, (struct direct_disk *)&node->direct, &card);
        break;
    case FRAME_SEEK: CHECK(wire_read_seek(frame, &seek)); break;
    case FRAME_ENTRY: entry_may_leave(node, frame); break;
    case FRAME_PING:
    case FRAME_PONG: CHECK(wire_read_ping(frame, &ping)); break;
    case FRAME_BYE: CHECK(wire_read_bye(frame, &byte)); break;
    default: CHECK(!"a frame without a kind");
    }
}

/* ---- the shell ---- */

static void fly(int wire, enum event_kind kind, const uint8_t *at, size_t size)
{
    if (flight_count == FLIGHTS_MAX)
        return; /* lost, as behind a full queue */
    struct flight *flight = &flights[flight_count++];
    *flight = (struct flight){.wire = wire, .kind = kind, .size = size};
    if (size > 0) {
        flight->bytes = malloc(size);
        CHECK(flight->bytes != NULL);
        memcpy(flight->bytes, at, size);
    }
}

static void do_send(struct node *node, const struct effect *effect)
{
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    frame_may_leave(node, effect->frame);
    if (frame_kind(effect->frame) == FRAME_HELLO1) {
        memcpy(node->hello1, effect->frame.at, effect->frame.size);
        node->hello1_size = effect->frame.size;
    }
    CHECK(wire != NULL && wire->open);
    if (wire->peer >= 0)
        fly(wire->peer, EVENT_FRAME, effect->frame.at, effect->frame.size);
}

/* As the store does: what is held stays, and may get its signature or its body later. */
static bool hold(struct node *node, const struct entry *entry, const struct signature *signature)
{
    struct held *held = (struct held *)held_entry(node, &entry->id);
    if (held == NULL) {
        if (node->held_count == HELD_MAX)
            return false;
        held = &node->held[node->held_count++];
        *held = (struct held){.entry = *entry};
        held->entry.body.at = NULL;
    }
    if (held->entry.body.at == NULL && entry->body.at != NULL) {
        held->body = malloc(entry->body.size + 1);
        CHECK(held->body != NULL);
        if (entry->body.size > 0)
            memcpy(held->body, entry->body.at, entry->body.size);
        held->entry.body = (struct bytes){held->body, entry->body.size};
    }
    if (signature != NULL) {
        held->is_signed = true;
        held->signature = *signature;
    }
    return true;
}

/* How it reads is kept, and looked at. */
static void hold_line(struct node *node, const struct entry *entry, const struct entry *line)
{
    const struct node *other = &nodes[node == nodes];
    struct held *held = (struct held *)held_entry(node, &entry->id);
    const struct held *theirs = held_entry(other, &entry->id);
    bool own = id_equal(&entry->author, &node->core->config.identity.node);
    bool honest = id_equal(&entry->author, &other->core->config.identity.node);
    line_is_read(node->core, entry, line,
                 honest && theirs != NULL && theirs->line.kind != 0 ? &theirs->line : NULL);
    if (held == NULL || held->line.kind != 0 || entry->kind != ENTRY_SEALED || !own ||
        line->kind == ENTRY_SEALED)
        return;
    held->line = *line;
    held->line_body = malloc(line->body.size + 1);
    CHECK(held->line_body != NULL);
    memcpy(held->line_body, line->body.at, line->body.size);
    held->line.body.at = held->line_body;
}

static void do_store(struct node *node, const struct effect *effect)
{
    const struct run *run = &effect->run;
    CHECK(run->count >= 1 && run->count <= LIMIT_RUN_ENTRIES);
    CHECK(entry_verify(&run->entries[run->count - 1], &run->signature));
    run_is_of_two(node->core, &node->direct, run, true);
    for (size_t i = 0; i < run->count && !node->overflowed; i++)
        node->overflowed =
            !hold(node, &run->entries[i], i == run->count - 1 ? &run->signature : NULL);
    for (size_t i = 0; effect->lines != NULL && i < run->count; i++)
        hold_line(node, &run->entries[i], &effect->lines[i]);
}

/* It was sealed again, and says what it said at first. */
static void open_line(const struct node *node, const struct entry *line)
{
    const struct node *other = &nodes[node == nodes];
    const struct held *theirs = held_entry(other, &line->id);
    CHECK(!id_equal(&line->author, &node->core->config.identity.node) && !node->unwritable);
    if (theirs == NULL || theirs->line.kind == 0 || theirs->entry.seq != line->seq ||
        !id_equal(&line->author, &other->core->config.identity.node))
        return;
    CHECK(line->kind == theirs->line.kind);
    CHECK(line->body.size == (kind_is_said(line->kind) ? theirs->line.body.size : 0));
    CHECK(memcmp(line->body.at, theirs->line.body.at, line->body.size) == 0);
}

static void free_held(const struct held *held)
{
    free(held->body);
    free(held->line_body);
}

static void do_drop(struct node *node, const struct id *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < node->held_count; i++) {
        if (id_equal(&node->held[i].entry.channel, channel))
            free_held(&node->held[i]);
        else
            node->held[count++] = node->held[i];
    }
    node->held_count = count;
}

/* ---- questions to the disk ---- */

static bool is_lie(const struct node *node, const struct entry *entry)
{
    for (size_t i = 0; i < node->held_count; i++) {
        const struct entry *held = &node->held[i].entry;
        if (held->seq == entry->seq && id_equal(&held->author, &entry->author) &&
            id_equal(&held->channel, &entry->channel) && id_equal(&held->prev, &entry->prev) &&
            memcmp(&held->process, &entry->process, sizeof entry->process) == 0 &&
            !id_equal(&held->id, &entry->id))
            return true;
    }
    return false;
}

static const struct id *below_of(const void *node, const struct id *id)
{
    const struct held *held = held_entry(node, id);
    return held != NULL ? &held->entry.prev : NULL;
}

static struct sifted sift(const struct node *node, const struct run *run)
{
    struct sifted sifted = {0};
    struct channel *channel = channel_by_id(&node->core->channels, &run->entries[0].channel);
    for (struct log *log = channel_log(channel, &run->entries[0].author); log != NULL;
         log = channel_next_branch(channel, log)) {
        struct log_load load = log_save(log);
        sifted.same_to[log->branch] = span_same_to(&load, run, below_of, node);
    }
    while (sifted.held < run->count && is_whole(node, &run->entries[sifted.held].id))
        sifted.held++;
    if (sifted.held == run->count)
        return sifted;
    const struct entry *first = &run->entries[sifted.held];
    sifted.based = first->seq == 1 || is_whole(node, &first->prev);
    if (!sifted.based)
        return sifted;
    sifted.below = first->prev;
    if (first->seq > 1)
        sifted.lamport = held_entry(node, &first->prev)->entry.lamport;
    sifted.lie = is_lie(node, first);
    return sifted;
}

static void do_question(struct node *node, const struct effect *effect)
{
    struct event event = {
        .link = effect->link, .channel_id = effect->channel_id, .head = effect->head};
    if (node->later_count == LATER_MAX || node->overflowed)
        return; /* as if the link had gone meanwhile */
    if (effect->kind == EFFECT_SEEK) {
        const struct keycard *card = kept_card(&node->direct, &effect->node);
        event.kind = EVENT_CARD;
        event.node = effect->node;
        if (card != NULL)
            event.card = *card;
    } else if (effect->kind == EFFECT_RECALL) {
        const struct held *held = held_entry(node, &effect->head.tip);
        CHECK(id_equal(&effect->head.author, &node->core->config.identity.node));
        if (held == NULL || held->line.kind == 0 || held->entry.seq != effect->head.seq)
            return;
        uint8_t *body = malloc(held->line.body.size + 1);
        CHECK(body != NULL);
        memcpy(body, held->line.body.at, held->line.body.size);
        event.kind = EVENT_RECALLED;
        event.number = held->line.kind;
        event.asked_wall_ms = held->entry.wall_ms;
        event.frame = (struct bytes){body, held->line.body.size};
    } else if (effect->kind == EFFECT_LOOK) {
        event.kind = EVENT_LOOKED;
        event.held = is_whole(node, &effect->head.tip);
    } else if (effect->kind == EFFECT_BARE) { /* one entry above, whether it has a body or not */
        event.kind = EVENT_BARE;
        event.load = effect->load;
        for (size_t i = 0; i < node->held_count && event.head.seq == 0; i++) {
            const struct entry *entry = &node->held[i].entry;
            if (entry->seq > effect->number && id_equal(&entry->author, &effect->load.author)) {
                event.number = entry->seq;
                event.head = (struct head){entry->author, entry->seq, entry->id};
            }
        }
    } else {
        struct arena arena;
        struct run run;
        enum entry_part part;
        uint8_t *copy = malloc(effect->frame.size);
        CHECK(copy != NULL);
        memcpy(copy, effect->frame.at, effect->frame.size);
        event.kind = EVENT_SIFTED;
        event.number = effect->number;
        event.frame = (struct bytes){copy, effect->frame.size};
        arena_init(&arena);
        CHECK(wire_read_entry(event.frame, &arena, &run, &part));
        event.sifted = sift(node, &run);
        arena_release(&arena);
    }
    node->later[node->later_count++] = event;
}

static void do_serve(struct node *node, const struct effect *effect)
{
    struct entry run_of[8];
    const struct held *chain[HELD_MAX];
    size_t count = 0, sent = 0;
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    CHECK(wire != NULL && wire->open);
    CHECK(effect->want.from >= 1 && effect->want.from <= effect->want.to);
    const struct held *held = held_entry(node, &effect->want.tip);
    for (; held != NULL && held->entry.seq >= effect->want.from;
         held = held_entry(node, &held->entry.prev))
        chain[count++] = held;
    while (count > 0 && wire->peer >= 0) {
        struct run run = {run_of, 0, {{0}}};
        do {
            held = chain[--count];
            run_of[run.count++] = held->entry;
        } while (!held->is_signed && count > 0 && run.count < 8);
        run.signature = held->signature;
        if (!held->is_signed || !run_is_chain(&run))
            return;
        bool more = count > 0 && (sent += 400) < effect->want.credit;
        struct writer w = writer_of(frame_room, sizeof frame_room);
        wire_write_entry(&w, &run, more ? PART_ANSWER : PART_ANSWER_END);
        CHECK(!w.full);
        fly(wire->peer, EVENT_FRAME, frame_room, w.size);
        if (!more)
            return;
    }
}

static struct wire *wire_add(int node, uint64_t number)
{
    if (wire_count == LINKS_MAX)
        return NULL;
    struct wire *wire = &wires[wire_count++];
    *wire = (struct wire){.node = node, .number = number, .open = true, .peer = -1};
    memset(wire->client_key.b, (int)(wire_count & 0xff), 32);
    return wire;
}

/* "a:1" is the first node, "b:1" the second; nobody else listens. */
static void do_dial(struct node *node, const struct effect *effect)
{
    int from = (int)(node - nodes), to = effect->address.text[0] - 'a';
    CHECK(effect->link % 2 == 0 && wire_of(from, effect->link) == NULL);
    struct wire *dialer = wire_add(from, effect->link);
    if (dialer == NULL)
        return;
    int here = (int)(dialer - wires);
    if (to < 0 || to >= NODES || strcmp(effect->address.text + 1, ":1") != 0 || nodes[to].stopped ||
        wire_count == LINKS_MAX) {
        fly(here, EVENT_LINK_CLOSED, NULL, 0);
        return;
    }
    struct wire *server = wire_add(to, next_inbound += 2);
    server->client_key = dialer->client_key;
    server->peer = here;
    dialer->peer = (int)(server - wires);
    fly(dialer->peer, EVENT_LINK_IN, NULL, 0);
    fly(here, EVENT_LINK_OUT, NULL, 0);
}

/* It gets through now and then; somebody else is there. */
static void do_punch(struct node *node, const struct effect *effect)
{
    int from = (int)(node - nodes);
    CHECK(effect->link % 2 == 0 && wire_of(from, effect->link) == NULL);
    CHECK(effect->number >= 1024 && effect->number <= UINT16_MAX);
    struct wire *wire = wire_add(from, effect->link);
    if (wire != NULL)
        fly((int)(wire - wires), effect->number % 2 == 0 ? EVENT_LINK_OUT : EVENT_LINK_CLOSED, NULL,
            0);
}

static void do_hang_up(struct node *node, const struct effect *effect)
{
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    CHECK(wire != NULL && wire->open);
    wire->open = false;
    if (wire->peer >= 0)
        fly(wire->peer, EVENT_LINK_CLOSED, NULL, 0);
}

static void do_show(const struct show *show)
{
    CHECK(show->kind <= SHOW_STOPPED);
    if (show->kind == SHOW_TOLD)
        CHECK(show->told < TOLD_COUNT);
    CHECK(show->kind != SHOW_MESSAGE);
    if (show->kind == SHOW_GAP)
        CHECK(show->n == 0 || (show->seq >= 1 && show->n == show->n2 - show->seq + 1));
    if (show->kind == SHOW_COMING)
        CHECK(show->n <= (uint64_t)LIMIT_LOGS * LIMIT_SEQ);
}

static void do_show_run(const struct node *node, const struct effect *effect)
{
    CHECK(window_name_ok(effect->channel.text)); /* nothing of what is carried is shown */
    CHECK(effect->run.count >= 1 && effect->run.count <= LIMIT_RUN_ENTRIES);
    for (size_t i = 0; i < effect->run.count && !node->overflowed; i++)
        CHECK(held_entry(node, &effect->run.entries[i].id) != NULL);
}

static void load_is_sound(const struct node *node, const struct log_load *load)
{
    struct log log;
    log_init(&log, &load->author);
    log_load(&log, load);
    if (!node->overflowed)
        branch_is_held(node, &log);
}

static void bare_step(int which, struct event event)
{
    struct node *node = &nodes[which];
    const struct effect *effect;
    if (node->stopped)
        return;
    event.now_us = now_us;
    event.wall_ms = wall_ms;
    if (event.kind == EVENT_STORE && event.writable)
        node->unwritable = false;
    core_step(node->core, &event);
    while ((effect = core_next(node->core)) != NULL) {
        switch (effect->kind) {
        case EFFECT_STORE:
            CHECK(!node->unwritable);
            do_store(node, effect);
            load_is_sound(node, &effect->load);
            break;
        case EFFECT_SPLIT:
            load_is_sound(node, &effect->load);
            load_is_sound(node, &effect->load2);
            break;
        case EFFECT_SEND: do_send(node, effect); break;
        case EFFECT_SERVE: do_serve(node, effect); break;
        case EFFECT_DIAL: do_dial(node, effect); break;
        case EFFECT_PUNCH: do_punch(node, effect); break;
        case EFFECT_HANG_UP: do_hang_up(node, effect); break;
        case EFFECT_SHOW: do_show(&effect->show); break;
        case EFFECT_SHOW_RUN: do_show_run(node, effect); break;
        case EFFECT_LOOK:
        case EFFECT_BARE:
        case EFFECT_SEEK:
        case EFFECT_RECALL:
        case EFFECT_SIFT: do_question(node, effect); break;
        case EFFECT_CARRY:
        case EFFECT_NAME: CHECK(!node->unwritable); break;
        case EFFECT_DROP:
            CHECK(!node->unwritable);
            do_drop(node, &effect->channel_id);
            break;
        case EFFECT_FILL:
            CHECK(effect->run.count >= 1 && !node->unwritable);
            for (size_t i = 0; effect->lines != NULL && i < effect->run.count; i++)
                hold_line(node, &effect->run.entries[i], &effect->lines[i]);
            break;
        case EFFECT_OPEN: open_line(node, effect->lines); break;
        case EFFECT_LOG: CHECK(!has_secret(effect->text)); break;
        case EFFECT_STOP: node->stopped = true; break;
        default: CHECK(!do_direct(&node->direct, effect, &network) || !node->unwritable); break;
        }
    }
    if (event.kind == EVENT_STORE && !event.writable)
        node->unwritable = true;
    if (node->stopped)
        CHECK(core_deadline(node->core) == UINT64_MAX);
    else if (!node->loading)
        core_is_sound(node);
}

static void answer_later(int which)
{
    struct node *node = &nodes[which];
    for (size_t i = 0; i < node->later_count; i++) {
        struct event event = node->later[i];
        bare_step(which, event);
        free((void *)event.frame.at);
    }
    node->later_count = 0;
}

static void forget_later(struct node *node)
{
    for (size_t i = 0; i < node->later_count; i++)
        free((void *)node->later[i].frame.at);
    node->later_count = 0;
}

static void step(int which, struct event event)
{
    bare_step(which, event);
    if (!nodes[which].slow)
        answer_later(which);
}

static void step_frame(const struct wire *wire, const uint8_t *at, size_t size)
{
    if (wire->open)
        step(wire->node,
             (struct event){.kind = EVENT_FRAME, .link = wire->number, .frame = {at, size}});
}

static void close_wire(struct wire *wire, enum link_why why)
{
    if (!wire->open)
        return;
    wire->open = false;
    step(wire->node, (struct event){.kind = EVENT_LINK_CLOSED, .link = wire->number, .why = why});
}

static void open_in(const struct wire *wire)
{
    struct event event = {.kind = EVENT_LINK_IN, .link = wire->number};
    event.client_key = wire->client_key;
    snprintf(event.address.text, sizeof event.address.text, "10.0.0.%d:99",
             (int)(wire - wires) % 256);
    step(wire->node, event);
}

static void land(struct flight *flight)
{
    struct wire *wire = &wires[flight->wire];
    if (wire->open) {
        switch (flight->kind) {
        case EVENT_LINK_IN: open_in(wire); break;
        case EVENT_LINK_OUT:
            step(wire->node, (struct event){.kind = EVENT_LINK_OUT,
                                            .link = wire->number,
                                            .client_key = wire->client_key});
            break;
        case EVENT_FRAME: step_frame(wire, flight->bytes, flight->size); break;
        default: close_wire(wire, WHY_LOST); break;
        }
    }
    free(flight->bytes);
}

/* The oldest flight; frames of one link keep their order. */
static struct flight take_flight(void)
{
    struct flight flight = flights[0];
    memmove(&flights[0], &flights[1], --flight_count * sizeof flights[0]);
    return flight;
}

static void deliver_all(void)
{
    for (int i = 0; flight_count > 0; i++) {
        struct flight flight = take_flight();
        CHECK(i < TALK_MAX);
        land(&flight);
    }
}
