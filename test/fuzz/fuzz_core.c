/* Fuzz: events into the core. The bytes are a script: two honest cores (whose frames are delivered,
 * spoiled, doubled, lost), strangers who send raw bytes, and sybils who went through HELLO and send
 * well formed and signed lies. After every step all effects are taken and checked:
 *
 * 1. A core sends only what a reader takes, to links that are open, and hangs up each once.
 * 2. Own entries are stored before a byte of them leaves or is shown; what is in a head is stored.
 * 3. The deadline is ahead of now: no busy loop.
 * 4. Every table is within limits.h and agrees with itself.
 *
 * It looks into core/state.h, since most of what can go wrong does not show outside at once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NODES       2
#define HELD_MAX    400
#define LINKS_MAX   400
#define FLIGHTS_MAX 256
#define AUTHORS     4
#define MADE_MAX    48
#define STEPS_MAX   1500

struct held { /* an entry on a node's disk */
    struct entry entry;
    uint8_t *body;
    struct signature signature;
    bool is_signed;
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
    bool overflowed; /* the disk is full: invariant 2 is not checked any more */
    bool stopped;
    uint8_t hello1[256]; /* the last HELLO1 that it sent, for sybils */
    size_t hello1_size;
};

static struct node nodes[NODES];
static struct wire wires[LINKS_MAX];
static size_t wire_count;
static struct flight flights[FLIGHTS_MAX];
static size_t flight_count;
static uint64_t now_us, wall_ms, next_inbound;
static struct identity authors[AUTHORS + NODES]; /* the last ones are the nodes themselves */
static struct entry made[AUTHORS][MADE_MAX];
static size_t made_count[AUTHORS];
static struct id network, channel_ids[4];
static uint8_t frame_room[LIMIT_FRAME];
static const char *const NAMES[4] = {"#fika", "#b", "#c", "#d"};

/* ---- the script ---- */

static const uint8_t *script;
static size_t script_left;

static uint8_t next(void)
{
    if (script_left == 0)
        return 0;
    script_left--;
    return *script++;
}

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

static const struct held *held_at(const struct node *node, const struct id *channel,
                                  const struct id *author, uint64_t seq)
{
    for (size_t i = 0; i < node->held_count; i++) {
        const struct entry *entry = &node->held[i].entry;
        if (entry->seq == seq && id_equal(&entry->author, author) &&
            id_equal(&entry->channel, channel))
            return &node->held[i];
    }
    return NULL;
}

static void log_is_sound(const struct node *node, const struct channel *channel,
                         const struct log *log)
{
    const struct core *core = node->core;
    CHECK(log->source_count <= LIMIT_SOURCES);
    CHECK(log->seq <= INT64_MAX && (log->above_from == 0 || log->above_from > log->seq + 1));
    CHECK(log->above_to >= log->above_from);
    for (size_t i = 0; channel->joined && i < log->source_count; i++) {
        const struct link *link =
            link_table_find(&((struct core *)core)->links, log->sources[i].link);
        CHECK(link != NULL && link->state == LINK_UP);
    }
    CHECK(log->asked_link == 0 ||
          link_table_find(&((struct core *)core)->links, log->asked_link) != NULL);
    if (node->overflowed)
        return;
    for (uint64_t seq = 1; seq <= log->seq; seq++)
        CHECK(held_at(node, &channel->id, &log->author, seq) != NULL);
    if (log->seq > 0) {
        const struct held *tip = held_at(node, &channel->id, &log->author, log->seq);
        CHECK(id_equal(&tip->entry.id, &log->tip));
    }
}

static void core_is_sound(const struct node *node)
{
    struct core *core = node->core;
    size_t up = 0, joined = 0, strangers = 0;
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        const struct link *link = &core->links.list[i];
        if (link->number == 0)
            continue;
        up += link->state == LINK_UP;
        strangers += link->state != LINK_UP && !link->outbound;
        CHECK(link->takes_count <= LIMIT_CHANNELS);
        CHECK(link_table_find(&core->links, link->number) == link);
        const struct wire *wire = wire_of((int)(node - nodes), link->number);
        CHECK(wire == NULL || wire->open);
    }
    CHECK(up == core->links.up && up <= LIMIT_LINKS && strangers <= LIMIT_INBOUND_WAITING);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        joined += channel->joined;
        CHECK(channel->log_count <= LIMIT_LOGS);
        for (size_t k = 0; k < channel->log_count; k++) {
            CHECK(channel_log(channel, &channel->logs[k].author) == &channel->logs[k]);
            log_is_sound(node, channel, &channel->logs[k]);
        }
    }
    CHECK(joined == core->channels.joined && joined <= LIMIT_CHANNELS);
    CHECK(core->overlay.count <= LIMIT_ADDRESSES);
    CHECK(core->overlay.shunned_count <= LIMIT_SHUNNED);
    CHECK(core_deadline(core) > now_us / 1000);
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
    arena_release(&arena);
}

static void frame_may_leave(const struct node *node, struct bytes frame)
{
    static struct join join;
    static struct have have;
    struct hello1 hello1;
    struct hello2 hello2;
    struct nonce nonce;
    struct want want;
    struct ping ping;
    uint8_t byte;
    CHECK(frame.size >= 1 && frame.size <= LIMIT_FRAME);
    switch (frame_kind(frame)) {
    case FRAME_HELLO0: CHECK(wire_read_hello0(frame, &byte, &nonce)); break;
    case FRAME_HELLO1: CHECK(wire_read_hello1(frame, &hello1)); break;
    case FRAME_HELLO2: CHECK(wire_read_hello2(frame, &hello2)); break;
    case FRAME_JOIN: CHECK(wire_read_join(frame, &join)); break;
    case FRAME_HAVE: CHECK(wire_read_have(frame, &have)); break;
    case FRAME_WANT: CHECK(wire_read_want(frame, &want)); break;
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

static void do_store(struct node *node, const struct run *run)
{
    CHECK(run->count >= 1 && run->count <= LIMIT_RUN_ENTRIES);
    CHECK(entry_verify(&run->entries[run->count - 1], &run->signature));
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *entry = &run->entries[i];
        if (held_entry(node, &entry->id) != NULL)
            continue;
        if (node->held_count == HELD_MAX) {
            node->overflowed = true;
            return;
        }
        struct held *held = &node->held[node->held_count++];
        held->entry = *entry;
        held->body = malloc(entry->body.size + 1);
        CHECK(held->body != NULL);
        memcpy(held->body, entry->body.at, entry->body.size);
        held->entry.body.at = held->body;
        held->is_signed = i == run->count - 1;
        held->signature = run->signature;
    }
}

static void do_serve(struct node *node, const struct effect *effect)
{
    struct entry run_of[8];
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    CHECK(wire != NULL && wire->open);
    CHECK(effect->want.from >= 1 && effect->want.from <= effect->want.to);
    struct run run = {run_of, 0, {{0}}};
    for (uint64_t seq = effect->want.from; seq <= effect->want.to && run.count < 8; seq++) {
        const struct held *held = held_at(node, &effect->want.channel, &effect->want.author, seq);
        if (held == NULL)
            return;
        run_of[run.count++] = held->entry;
        run.signature = held->signature;
        if (held->is_signed)
            break;
    }
    if (run.count == 0 || wire->peer < 0 || !run_is_chain(&run))
        return;
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_entry(&w, &run, PART_ANSWER_END);
    CHECK(!w.full);
    fly(wire->peer, EVENT_FRAME, frame_room, w.size);
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

static void do_hang_up(struct node *node, const struct effect *effect)
{
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    CHECK(wire != NULL && wire->open);
    wire->open = false;
    if (wire->peer >= 0)
        fly(wire->peer, EVENT_LINK_CLOSED, NULL, 0);
}

static void do_show(struct node *node, const struct show *show)
{
    CHECK(show->kind <= SHOW_STOPPED);
    if (show->kind == SHOW_TOLD)
        CHECK(show->told < TOLD_COUNT);
    if (show->kind != SHOW_MESSAGE || !show->own || node->overflowed)
        return;
    const struct id channel = channel_id(&network, show->channel.text);
    CHECK(held_at(node, &channel, &show->id, show->seq) != NULL);
}

static void step(int which, struct event event)
{
    struct node *node = &nodes[which];
    const struct effect *effect;
    if (node->stopped)
        return;
    event.now_us = now_us;
    event.wall_ms = wall_ms;
    core_step(node->core, &event);
    while ((effect = core_next(node->core)) != NULL) {
        switch (effect->kind) {
        case EFFECT_STORE: do_store(node, &effect->run); break;
        case EFFECT_SEND: do_send(node, effect); break;
        case EFFECT_SERVE: do_serve(node, effect); break;
        case EFFECT_DIAL: do_dial(node, effect); break;
        case EFFECT_HANG_UP: do_hang_up(node, effect); break;
        case EFFECT_SHOW: do_show(node, &effect->show); break;
        case EFFECT_STOP: node->stopped = true; break;
        case EFFECT_BEACON:
        case EFFECT_KEEP:
        case EFFECT_LOG: break;
        }
    }
    if (node->stopped)
        CHECK(core_deadline(node->core) == UINT64_MAX);
    else
        core_is_sound(node);
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
    for (int i = 0; i < 200 && flight_count > 0; i++) {
        struct flight flight = take_flight();
        land(&flight);
    }
}

/* ---- who lies ---- */

static struct wire *some_wire(void)
{
    return wire_count == 0 ? NULL : &wires[next() % wire_count];
}

/* Goes through HELLO as one of the authors and joins what the script says. */
static void sybil(int which, const struct identity *self)
{
    struct wire *wire = wire_add(which, next_inbound += 2);
    if (wire == NULL || nodes[which].stopped)
        return;
    struct writer w = writer_of(frame_room, sizeof frame_room);
    open_in(wire);
    wire_write_hello0(&w, &wire->client_nonce);
    nodes[which].hello1_size = 0;
    step_frame(wire, frame_room, w.size);
    struct bytes answer = {nodes[which].hello1, nodes[which].hello1_size};
    struct hello1 hello1;
    if (!wire_read_hello1(answer, &hello1))
        return;
    struct hello_terms terms = {.network = network,
                                .server = hello1.node,
                                .client = self->node,
                                .client_key = wire->client_key,
                                .server_nonce = hello1.nonce};
    struct hello2 hello2 = {.node = self->node,
                            .card = {.process = {{next()}},
                                     .port = (uint16_t)(next() * 257),
                                     .nick = {(const uint8_t *)"sybil", 5}}};
    hello2_sign(&hello2, &terms, answer, self);
    w = writer_of(frame_room, sizeof frame_room);
    wire_write_hello2(&w, &hello2);
    step_frame(wire, frame_room, w.size);
}

static void lie_join(void)
{
    static const char *const NICKS[] = {"anna", "bo", "\033[2J", "x\0y"};
    struct wire *wire = some_wire();
    struct join join = {.generation = next()};
    uint8_t what = next();
    join.nick = (struct bytes){(const uint8_t *)NICKS[what % 4], 1 + what % 3};
    for (size_t i = 0; i < 4; i++)
        if (what >> (4 + i) & 1)
            join.channels[join.count++] = channel_ids[i];
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_join(&w, &join);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

static uint64_t some_seq(void)
{
    uint8_t value = next();
    return value < 200   ? 1u + value % 20
           : value < 230 ? 1000u + value
                         : (uint64_t)INT64_MAX - value % 4;
}

static void lie_have(void)
{
    static struct have have;
    struct wire *wire = some_wire();
    uint8_t what = next();
    have.channel = channel_ids[what % 4];
    have.all = what & 16;
    have.count = what & 32 ? 1 + next() : 1;
    for (size_t i = 0; i < have.count; i++) {
        struct head *head = &have.heads[i];
        memset(head, 0, sizeof *head);
        if (have.count == 1)
            head->author = authors[next() % (AUTHORS + NODES)].node;
        else
            memcpy(head->author.b, &(uint64_t){now_us * 256 + i}, 8);
        head->seq = have.count == 1 ? some_seq() : 1 + i;
    }
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_have(&w, &have);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

static void lie_want(void)
{
    struct wire *wire = some_wire();
    struct want want = {.channel = channel_ids[next() % 4],
                        .author = authors[next() % (AUTHORS + NODES)].node,
                        .from = some_seq(),
                        .to = some_seq(),
                        .credit = next()};
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_want(&w, &want);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

/* Adds an entry to an author's tree, and sends a run that ends at one of them. */
static void lie_entry(void)
{
    struct wire *wire = some_wire();
    size_t who = next() % AUTHORS, count = 0;
    uint8_t on = next(), what = next(), last = next();
    struct entry *tree = made[who], run_of[8];
    if (made_count[who] < MADE_MAX) {
        struct entry *entry = &tree[made_count[who]];
        const struct entry *prev =
            made_count[who] == 0 || on == 255
                ? NULL
                : &tree[on < 128 ? made_count[who] - 1 : on % made_count[who]];
        memset(entry, 0, sizeof *entry);
        entry->version = ENTRY_VERSION;
        entry->kind = (uint8_t)(1 + what % 3);
        entry->channel = prev != NULL ? prev->channel : channel_ids[what % 2];
        entry->author = authors[who].node;
        entry->seq = prev != NULL ? prev->seq + 1 : what & 128 ? some_seq() : 1;
        entry->lamport = (prev != NULL ? prev->lamport : 0) + (what & 64 ? 0 : 1 + last % 3);
        if (what & 32)
            entry->lamport = INT64_MAX - MADE_MAX + made_count[who];
        if (prev != NULL)
            entry->prev = prev->id;
        else if (entry->seq > 1)
            entry->prev.b[0] = 1;
        entry->body = (struct bytes){(const uint8_t *)"\4annahej", what % 9};
        entry_finish(entry);
        made_count[who]++;
    }
    const struct entry *entry = &tree[last < 128 ? made_count[who] - 1 : last % made_count[who]];
    for (size_t most = 1 + what % 8; count < most && entry != NULL; count++) {
        const struct entry *before = NULL;
        run_of[7 - count] = *entry;
        for (size_t i = 0; i < made_count[who]; i++)
            if (id_equal(&tree[i].id, &entry->prev))
                before = &tree[i];
        entry = before;
    }
    struct run run = {run_of + 8 - count, count, {{0}}};
    if (on != 254)
        run.signature = entry_sign(&run.entries[count - 1], &authors[who]);
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_entry(&w, &run, (enum entry_part)(last % 3));
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

static void lie_raw(void)
{
    struct wire *wire = some_wire();
    size_t size = next();
    if (size > script_left)
        size = script_left;
    if (wire != NULL)
        step_frame(wire, script, size);
    script += size;
    script_left -= size;
}

/* ---- what an honest world does ---- */

static void spoil_and_deliver(void)
{
    if (flight_count == 0)
        return;
    struct flight flight = take_flight();
    uint8_t how = next(), where = next();
    if (flight.kind == EVENT_FRAME && flight.size > 0) {
        if (how % 4 == 0)
            flight.bytes[where % flight.size] ^= (uint8_t)(1 << how / 32);
        else if (how % 4 == 1)
            flight.size = where % flight.size;
        else if (how % 4 == 2)
            fly(flight.wire, flight.kind, flight.bytes, flight.size);
    }
    land(&flight);
}

static void ask(int which)
{
    static uint8_t text[300];
    struct request request = {.kind = (enum request_kind)(next() % (REQUEST_STOP + 1))};
    uint8_t what = next();
    if (request.kind == REQUEST_STOP && what < 224)
        request.kind = REQUEST_SAY;
    snprintf(request.channel.text, sizeof request.channel.text, "%s",
             what & 128 ? "" : NAMES[what % 4]);
    snprintf(request.nick.text, sizeof request.nick.text, "n%d", what);
    memset(text, 'x', sizeof text);
    request.text = (struct bytes){text, what};
    if (request.kind == REQUEST_DISCONNECT)
        request.text = what & 1   ? (struct bytes){(const uint8_t *)"a:1", 3}
                       : what & 2 ? (struct bytes){(const uint8_t *)"b:1", 3}
                                  : (struct bytes){(const uint8_t *)"sybil", what % 6};
    request.wait_ms = what * 10u;
    request.wait_link_ms = next() * 10u;
    step(which, (struct event){.kind = EVENT_REQUEST, .request = request});
}

static void find(int which)
{
    uint8_t what = next();
    struct event event = {.kind = EVENT_FOUND, .found = (enum found)(what % 4)};
    snprintf(event.address.text, sizeof event.address.text,
             what & 128  ? "10.1.1.%d:5"
             : what & 64 ? "a:1"
                         : "b:1",
             next());
    event.process.b[0] = what;
    if (event.found == FOUND_BEACON)
        event.node = authors[next() % (AUTHORS + NODES)].node;
    step(which, event);
}

static void pass_time(void)
{
    uint8_t how = next();
    uint64_t ms = how & 1 ? 1u + how / 2 : (uint64_t)(how / 2) * 100;
    now_us += ms * 1000;
    wall_ms += how & 2 ? ms : 0;
    if (how == 255)
        wall_ms = UINT64_MAX - 3;
    for (int i = 0; i < NODES; i++)
        if (!nodes[i].stopped && core_deadline(nodes[i].core) <= now_us / 1000)
            step(i, (struct event){.kind = EVENT_TICK});
}

static void act(void)
{
    uint8_t what = next();
    int which = what >> 7;
    struct wire *wire;
    switch (what % 19) {
    case 0: pass_time(); break;
    case 1: deliver_all(); break;
    case 2: spoil_and_deliver(); break;
    case 3: ask(which); break;
    case 4: find(which); break;
    case 5: sybil(which, &authors[next() % (AUTHORS + NODES)]); break;
    case 6: lie_join(); break;
    case 7: lie_have(); break;
    case 8: lie_want(); break;
    case 9:
    case 10: lie_entry(); break;
    case 11: lie_raw(); break;
    case 12:
        wire = wire_add(which, next_inbound += 2);
        if (wire != NULL && !nodes[which].stopped)
            open_in(wire);
        break;
    case 13:
        wire = some_wire();
        if (wire != NULL)
            close_wire(wire, (enum link_why)(next() % WHY_COUNT));
        break;
    case 14:
        wire = some_wire();
        if (wire != NULL && wire->open)
            step(wire->node, (struct event){.kind = EVENT_LINK_DRAINED, .link = wire->number});
        break;
    case 15: step(which, (struct event){.kind = EVENT_STORE, .writable = next() & 1}); break;
    case 16: step(which, (struct event){.kind = EVENT_NETWORK}); break;
    case 17:
        step(which,
             (struct event){.kind = EVENT_REQUEST,
                            .request = {.kind = REQUEST_SAY, .text = {(const uint8_t *)"hej", 3}}});
        break;
    case 18:
        if (flight_count > 0) { /* lost on the way */
            struct flight flight = take_flight();
            free(flight.bytes);
        }
        break;
    }
}

static void begin(bool linked)
{
    static const uint8_t secret[32] = {7};
    network = network_id(secret);
    now_us = 1000000;
    wall_ms = 1700000000000;
    next_inbound = 1001;
    wire_count = flight_count = 0;
    memset(made_count, 0, sizeof made_count);
    for (size_t i = 0; i < 4; i++)
        channel_ids[i] = channel_id(&network, NAMES[i]);
    for (uint8_t i = 0; i < AUTHORS + NODES; i++)
        authors[i] = identity_from_seed((const uint8_t[32]){(uint8_t)(10 + i)});
    for (uint8_t i = 0; i < NODES; i++) {
        struct core_config config = {.identity = authors[AUTHORS + i],
                                     .network = network,
                                     .process = {{(uint8_t)(1 + i)}},
                                     .seed = {(uint8_t)(1 + i)},
                                     .port = 1,
                                     .beacons = i == 0,
                                     .nick = {{(char)('a' + i)}},
                                     .channels = {{"#fika"}, {"#b"}},
                                     .channel_count = 2};
        nodes[i].core = core_new(&config);
        nodes[i].held_count = nodes[i].hello1_size = 0;
        nodes[i].overflowed = nodes[i].stopped = false;
        step(i, (struct event){.kind = EVENT_TICK});
    }
    if (linked) {
        step(0, (struct event){.kind = EVENT_FOUND, .found = FOUND_TYPED, .address = {"b:1"}});
        deliver_all();
    }
}

static void end(void)
{
    for (int i = 0; i < NODES; i++) {
        struct core_config keep;
        core_keep(nodes[i].core, &keep);
        CHECK(keep.channel_count <= LIMIT_CHANNELS);
        core_free(nodes[i].core);
        for (size_t k = 0; k < nodes[i].held_count; k++)
            free(nodes[i].held[k].body);
    }
    for (size_t i = 0; i < flight_count; i++)
        free(flights[i].bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script = data;
    script_left = size;
    begin((next() & 1) == 0);
    for (int i = 0; i < STEPS_MAX && script_left > 0; i++)
        act();
    end();
    return 0;
}
