/* Fuzz: events into the core. The bytes are a script: two honest cores (whose frames are delivered,
 * spoiled, doubled, lost, who crash and come back, also from a backup), strangers who send raw
 * bytes, and sybils who went through HELLO and send well formed and signed lies, and what direct channels need
 * (core_talk.h) and what happens in private ones (core_circle.h, core_member.h). core_sound.h says what is checked after every step. */
#include "core_restart.h"

#define STEPS_MAX 1500

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- who lies ---- */

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
        if (what >> (4 + i) & 1) {
            join.hops[join.count] = (uint8_t)(1 + join.generation % CARRY_HOPS);
            join.channels[join.count++] = channel_ids[i];
        }
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_join(&w, &join);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

static uint64_t some_seq(void)
{
    uint8_t value = next();
    return value < 200 ? 1u + value % 20 : value < 230 ? 1000u + value : LIMIT_SEQ - value % 4;
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
            head->author = authors[next() % PEOPLE].node;
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
                        .author = authors[next() % PEOPLE].node,
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
    size_t who = next() % AUTHORS;
    uint8_t on = next(), what = next(), last = next();
    struct entry *tree = made[who];
    if (made_count[who] < MADE_MAX) {
        struct entry *entry = &tree[made_count[who]];
        const struct entry *prev =
            made_count[who] == 0 || on == 255
                ? NULL
                : &tree[on < 128 ? made_count[who] - 1 : on % made_count[who]];
        memset(entry, 0, sizeof *entry);
        entry->version = ENTRY_VERSION;
        entry->kind = (uint8_t)(1 + what % 4);
        entry->process.b[0] = on >> 3 & 1;
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
    struct bytes frame = made_run(who, entry, 1 + what % 8, (enum entry_part)(last % 3), on != 254);
    if (wire != NULL)
        step_frame(wire, frame.at, frame.size);
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
    request.seq = what % 5;
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
        event.node = authors[next() % PEOPLE].node;
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

static void lie_buckets(void)
{
    static struct buckets buckets;
    struct wire *wire = some_wire();
    uint8_t what = next();
    buckets.channel = channel_ids[what % 4];
    buckets.order = (what >> 2) % (LIMIT_BUCKETS_ORDER + 1);
    memset(buckets.hashes, what, sizeof buckets.hashes);
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_buckets(&w, &buckets);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

/* Heads of entries that were made: several of one author, so that there are branches. */
static void lie_heads(void)
{
    static struct have have;
    struct wire *wire = some_wire();
    size_t who = next() % AUTHORS;
    have.channel = channel_ids[next() % 2];
    have.all = next() & 1;
    have.count = 0;
    for (size_t most = 1 + next() % 20; have.count < most && made_count[who] > 0; have.count++) {
        const struct entry *entry = &made[who][next() % made_count[who]];
        have.heads[have.count] = (struct head){entry->author, entry->seq, entry->id};
    }
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_have(&w, &have);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

/* A sybil who holds what he says: answers with the chain below an entry that was made, as long as
 * the script says. */
static void lie_chain(void)
{
    struct wire *wire = some_wire();
    size_t who = next() % AUTHORS;
    uint8_t at = next(), depth = next();
    const struct entry *chain[MADE_MAX], *entry;
    size_t count = 0;
    if (made_count[who] == 0 || wire == NULL)
        return;
    entry = &made[who][at % made_count[who]];
    while (entry != NULL && count <= depth % MADE_MAX && count < MADE_MAX) {
        chain[count++] = entry;
        entry = made_before(who, entry);
    }
    while (count > 0) {
        struct entry one = *chain[--count];
        if ((depth & 0x40) != 0)
            one.body = (struct bytes){0};
        struct run run = {&one, 1, entry_sign(&one, &authors[who])};
        struct writer w = writer_of(frame_room, sizeof frame_room);
        if (!run_is_chain(&run))
            return;
        wire_write_entry(&w, &run, count > 0 ? PART_ANSWER : PART_ANSWER_END);
        step_frame(wire, frame_room, w.size);
    }
}

/* What somebody asks for is lacking. */
static void lie_lack(void)
{
    struct wire *wire = some_wire();
    size_t who = next() % AUTHORS;
    uint8_t at = next(), low = next();
    if (made_count[who] == 0 || wire == NULL)
        return;
    const struct entry *entry = &made[who][at % made_count[who]];
    struct lack lack = {entry->channel, entry->author, 1 + low % entry->seq, entry->seq, entry->id};
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_lack(&w, &lack);
    step_frame(wire, frame_room, w.size);
}

/* Somebody far away is spoken of, asks for a link through routers, answers, or holds what somebody said. */
static void lie_punch(void)
{
    struct wire *wire = some_wire();
    const struct identity *self = &authors[next() % AUTHORS];
    uint8_t what = next(), number = next();
    struct writer w = writer_of(frame_room, sizeof frame_room);
    if (wire == NULL)
        return;
    struct punch punch = {.step = what & 1 ? PUNCH_READY : PUNCH_ASK,
                          .to = authors[AUTHORS + (what >> 1 & 1)].node,
                          .from = self->node,
                          .number = what & 16 ? wall_ms - number : number,
                          .port = 1 + number,
                          .rtt_us = number * 10000u};
    struct note note = {.channel = channel_ids[what & 1],
                        .node = self->node,
                        .number = number,
                        .here = (what & 2) != 0,
                        .nick = {(const uint8_t *)"far", 3},
                        .left_s = 100};
    punch_sign(&punch, &network, self);
    note_sign(&note, &network, self);
    punch.signature.b[0] ^= (what & 12) == 12;
    if (what & 32)
        punch.address = (struct bytes){(const uint8_t *)"5.5.5.5:50000", 13};
    if ((what & 192) == 192) {
        struct holding holding = {
            .channel = channel_ids[what & 1],
            .node = self->node,
            .head = {authors[number % (AUTHORS + NODES)].node, 1 + number / 32, punch.to}};
        holding_sign(&holding, &network, self);
        holding.signature.b[0] ^= (what & 12) == 12;
        wire_write_holding(&w, &holding);
    } else if (what & 64)
        wire_write_note(&w, &note);
    else
        wire_write_punch(&w, &punch);
    step_frame(wire, frame_room, w.size);
}

static void block_somebody(int which)
{
    struct event event = {.kind = EVENT_BLOCK};
    event.node = authors[next() % PEOPLE].node;
    event.held = (next() & 1) != 0;
    step(which, event);
}

static void act_rarely(uint8_t what)
{
    int which = what >> 3 & 1;
    switch (what % 8) {
    case 0: lie_buckets(); break;
    case 1: lie_heads(); break;
    case 2: lie_chain(); break;
    case 3: nodes[which].slow = !nodes[which].slow; break;
    case 4: answer_later(which); break;
    case 5: lie_lack(); break;
    case 6: lie_punch(); break;
    case 7: block_somebody(which); break;
    default: lie_chain(); break;
    }
}

static void act(void)
{
    uint8_t what = next();
    int which = what >> 7;
    struct wire *wire;
    if (what >= 240) {
        act_rarely(what);
        return;
    }
    if (what >= 228) {
        act_in_talk(what & 1);
        return;
    }
    if (what >= 216) {
        act_in_circle(what & 1);
        return;
    }
    switch (what % 20) {
    case 0: pass_time(); break;
    case 1: deliver_all(); break;
    case 2: spoil_and_deliver(); break;
    case 3: ask(which); break;
    case 4: find(which); break;
    case 5: sybil(which, &authors[next() % PEOPLE]); break;
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
    case 19: restart(which); break;
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
    for (uint8_t i = 0; i < PEOPLE; i++)
        authors[i] = identity_from_seed((const uint8_t[32]){(uint8_t)(10 + i)});
    talk_begin();
    circles_begin();
    for (uint8_t i = 0; i < NODES; i++) {
        struct core_config config = {.identity = authors[AUTHORS + i],
                                     .network = network,
                                     .process = {{(uint8_t)(1 + i)}},
                                     .seed = {(uint8_t)(1 + i)},
                                     .random = {(uint8_t)(1 + i)},
                                     .port = 1,
                                     .beacons = i == 0,
                                     .carry_bytes = i == 0 ? 8000 : CARRY_BYTES,
                                     .nick = {{(char)('a' + i)}},
                                     .channels = {{"#fika"}, {"#b"}},
                                     .channel_count = 2};
        configs[i] = nodes[i].kept = config;
        nodes[i].core = core_new(&config);
        nodes[i].held_count = nodes[i].hello1_size = 0;
        nodes[i].overflowed = nodes[i].stopped = nodes[i].loading = false;
        nodes[i].slow = nodes[i].unwritable = false;
        nodes[i].later_count = 0;
        memset(nodes[i].refused, 0, sizeof nodes[i].refused);
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
        forget_later(&nodes[i]);
        empty_direct_disk(&nodes[i].direct);
        empty_vault(&nodes[i].vault);
        for (size_t k = 0; k < nodes[i].held_count; k++)
            free_held(&nodes[i].held[k]);
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
