/* Wire: each frame comes back as it was written; one byte less or more, and every bound passed,
 * refuses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/wire.h"

static uint8_t room[LIMIT_FRAME + 1];

static struct card a_card(const char *nick)
{
    return (struct card){.process = {{1, 2, 3, 4, 5, 6, 7, 8}},
                         .port = 0x1234,
                         .nick = {(const uint8_t *)nick, strlen(nick)}};
}

static void fill(void *at, size_t size, uint8_t from)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)at)[i] = (uint8_t)(from + i);
}

/* Reads a copy of exactly this size (so that a read beyond it is seen). */
static bool takes(enum frame_kind kind, const uint8_t *at, size_t size)
{
    union {
        struct hello1 hello1;
        struct hello2 hello2;
        struct join join;
        struct have have;
        struct buckets buckets;
        struct want want;
        struct lack lack;
        struct ease ease;
        struct peers peers;
        struct note note;
        struct keycard keycard;
        struct seek seek;
        struct punch punch;
        struct holding holding;
        struct certificate certificate;
        struct ping ping;
        struct nonce nonce;
        uint8_t why;
    } as;
    struct run run;
    struct arena arena;
    enum entry_part part;
    uint8_t version;
    bool taken = false;
    uint8_t *copy = malloc(size + (size == 0));
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, at, size);
    struct bytes frame = {copy, size};
    arena_init(&arena);
    switch (kind) {
    case FRAME_HELLO0: taken = wire_read_hello0(frame, &version, &as.nonce); break;
    case FRAME_HELLO1: taken = wire_read_hello1(frame, &as.hello1); break;
    case FRAME_HELLO2: taken = wire_read_hello2(frame, &as.hello2); break;
    case FRAME_JOIN: taken = wire_read_join(frame, &as.join); break;
    case FRAME_HAVE: taken = wire_read_have(frame, &as.have); break;
    case FRAME_WANT:
    case FRAME_BODIES: taken = wire_read_want(frame, &as.want); break;
    case FRAME_LACK: taken = wire_read_lack(frame, &as.lack); break;
    case FRAME_WHO: taken = wire_read_who(frame); break;
    case FRAME_NOTE: taken = wire_read_note(frame, &as.note); break;
    case FRAME_CARD: taken = wire_read_keycard(frame, &as.keycard); break;
    case FRAME_SEEK: taken = wire_read_seek(frame, &as.seek); break;
    case FRAME_PUNCH: taken = wire_read_punch(frame, &as.punch); break;
    case FRAME_WHOSE: taken = wire_read_whose(frame, &as.certificate); break;
    case FRAME_HELD: taken = wire_read_holding(frame, &as.holding); break;
    case FRAME_ENTRY: taken = wire_read_entry(frame, &arena, &run, &part); break;
    case FRAME_PING:
    case FRAME_PONG: taken = wire_read_ping(frame, &as.ping); break;
    case FRAME_BYE: taken = wire_read_bye(frame, &as.why); break;
    case FRAME_BUCKETS: taken = wire_read_buckets(frame, &as.buckets); break;
    case FRAME_EAGER:
    case FRAME_LAZY: taken = wire_read_ease(frame, &as.ease); break;
    case FRAME_PEERS: taken = wire_read_peers(frame, &as.peers); break;
    case FRAME_KINDS: break;
    }
    arena_release(&arena);
    free(copy);
    return taken;
}

/* The frame is taken; every part of it, one byte more, and every other kind are refused. */
static void is_exact(const struct writer *w)
{
    assert_false(w->full);
    enum frame_kind kind = frame_kind(written(w));
    assert_true(kind != 0);
    assert_true(takes(kind, room, w->size));
    for (size_t size = 0; size < w->size; size++)
        if (takes(kind, room, size))
            fail_msg("kind %d is taken when cut to %zu of %zu", (int)kind, size, w->size);
    for (int more = 0; more < 256; more += 51) {
        room[w->size] = (uint8_t)more;
        if (takes(kind, room, w->size + 1))
            fail_msg("kind %d is taken with a byte more", (int)kind);
    }
    for (int other = FRAME_HELLO0; other < FRAME_KINDS; other++)
        if (other != (int)kind && !(kind == FRAME_PING && other == FRAME_PONG) &&
            !(kind == FRAME_PONG && other == FRAME_PING) &&
            !(kind == FRAME_WANT && other == FRAME_BODIES) &&
            !(kind == FRAME_BODIES && other == FRAME_WANT) &&
            !(kind == FRAME_EAGER && other == FRAME_LAZY) &&
            !(kind == FRAME_LAZY && other == FRAME_EAGER) &&
            takes((enum frame_kind)other, room, w->size))
            fail_msg("kind %d is taken for %d", (int)kind, other);
}

static struct writer start(void)
{
    return writer_of(room, LIMIT_FRAME);
}

static void kinds(void **state)
{
    (void)state;
    for (int kind = 0; kind < 256; kind++) {
        uint8_t byte = (uint8_t)kind;
        int expected = kind >= FRAME_HELLO0 && kind < FRAME_KINDS ? kind : 0;
        assert_int_equal(frame_kind((struct bytes){&byte, 1}), expected);
    }
    assert_int_equal(frame_kind((struct bytes){NULL, 0}), 0);
}

static void hello0(void **state)
{
    (void)state;
    struct writer w = start();
    struct nonce nonce, back;
    uint8_t version;
    fill(&nonce, sizeof nonce, 3);
    wire_write_hello0(&w, &nonce);
    assert_true(wire_read_hello0(written(&w), &version, &back));
    assert_int_equal(version, WIRE_VERSION);
    assert_memory_equal(&back, &nonce, sizeof nonce);
    is_exact(&w);
}

static void card_is(const struct card *card, const struct card *expected)
{
    assert_memory_equal(&card->process, &expected->process, sizeof card->process);
    assert_int_equal(card->port, expected->port);
    assert_int_equal(card->nick.size, expected->nick.size);
    assert_memory_equal(card->nick.at, expected->nick.at, expected->nick.size);
}

static void hello1(void **state)
{
    (void)state;
    struct writer w = start();
    struct hello1 hello = {.card = a_card("anna")}, back;
    fill(&hello.node, 32, 1);
    fill(&hello.nonce, 32, 50);
    fill(&hello.signature, 64, 100);
    wire_write_hello1(&w, &hello);
    assert_true(wire_read_hello1(written(&w), &back));
    assert_true(id_equal(&back.node, &hello.node));
    assert_memory_equal(&back.nonce, &hello.nonce, 32);
    assert_memory_equal(&back.signature, &hello.signature, 64);
    card_is(&back.card, &hello.card);
    is_exact(&w);
}

static void hello2(void **state)
{
    (void)state;
    struct writer w = start();
    struct hello2 hello = {.card = a_card("bo")}, back;
    fill(&hello.node, 32, 1);
    fill(&hello.signature, 64, 100);
    wire_write_hello2(&w, &hello);
    assert_true(wire_read_hello2(written(&w), &back));
    assert_true(id_equal(&back.node, &hello.node));
    assert_memory_equal(&back.signature, &hello.signature, 64);
    card_is(&back.card, &hello.card);
    is_exact(&w);
}

static void punch(void **state)
{
    (void)state;
    static const char *const address[] = {"", "1.2.3.4:50000", "[2001:db8::1]:50000"};
    for (size_t i = 0; i < 3; i++) {
        struct writer w = start();
        struct punch punch = {.step = i == 2 ? PUNCH_READY : PUNCH_ASK,
                              .number = 1ull << 63,
                              .port = 50000,
                              .rtt_us = 7};
        struct punch back;
        fill(&punch.to, 32, 1);
        fill(&punch.from, 32, 40);
        fill(&punch.signature, 64, 100);
        punch.address = (struct bytes){(const uint8_t *)address[i], strlen(address[i])};
        wire_write_punch(&w, &punch);
        assert_true(wire_read_punch(written(&w), &back));
        assert_int_equal(back.step, punch.step);
        assert_true(id_equal(&back.to, &punch.to) && id_equal(&back.from, &punch.from));
        assert_true(back.number == punch.number && back.port == 50000 && back.rtt_us == 7);
        assert_memory_equal(&back.signature, &punch.signature, 64);
        assert_int_equal(back.address.size, strlen(address[i]));
        assert_memory_equal(back.address.at, address[i], back.address.size);
        is_exact(&w);
    }
}

/* The size of a nick stands at this place of the frame that `write` makes. */
static void nicks_are_bounded(void **state)
{
    (void)state;
    static const char longest[] = "0123456789abcdef0123456789abcdef";
    static const char too_long[] = "0123456789abcdef0123456789abcdef0";
    for (int kind = FRAME_HELLO1; kind <= FRAME_JOIN; kind++)
        for (int which = 0; which < 3; which++) {
            struct writer w = start();
            struct card card = a_card(which == 0 ? "" : which == 1 ? longest : too_long);
            struct hello1 one = {.card = card};
            struct hello2 two = {.card = card};
            struct join join = {.nick = card.nick};
            if (kind == FRAME_HELLO1)
                wire_write_hello1(&w, &one);
            else if (kind == FRAME_HELLO2)
                wire_write_hello2(&w, &two);
            else
                wire_write_join(&w, &join);
            assert_int_equal(takes((enum frame_kind)kind, room, w.size), which == 1);
        }
}

static void joins(void **state)
{
    (void)state;
    for (size_t count = 0; count <= LIMIT_TAKES; count += count == 2 ? LIMIT_TAKES - 2 : 1) {
        struct writer w = start();
        struct join join = {.generation = 0xfffffffe, .nick = a_card("anna").nick, .count = count};
        struct join back;
        for (size_t i = 0; i < count; i++) {
            fill(&join.channels[i], 32, (uint8_t)i);
            fill(&join.digests[i], 16, (uint8_t)(i + 100));
            join.hops[i] = (uint8_t)(1 + i % CARRY_HOPS);
        }
        wire_write_join(&w, &join);
        assert_true(wire_read_join(written(&w), &back));
        assert_int_equal(back.generation, join.generation);
        assert_int_equal(back.count, count);
        assert_int_equal(back.nick.size, 4);
        assert_memory_equal(back.channels, join.channels, count * 32);
        assert_memory_equal(back.digests, join.digests, count * 16);
        assert_memory_equal(back.hops, join.hops, count);
        assert_int_equal(w.size, 12 + count * JOIN_ITEM_BYTES);
        is_exact(&w);
    }
}

/* More than allowed, with all the bytes there: refused before anything is written beyond a table.
 */
static void counts_are_bounded(void **state)
{
    (void)state;
    static uint8_t frame[LIMIT_FRAME];
    for (int count = LIMIT_TAKES; count <= LIMIT_TAKES + 1; count++) {
        struct writer w = writer_of(frame, sizeof frame);
        write_u8(&w, FRAME_JOIN);
        write_u32(&w, 1);
        write_u8(&w, 1);
        write_u8(&w, 'a');
        write_u16(&w, (uint16_t)count);
        memset(frame + w.size, 1, JOIN_ITEM_BYTES * (size_t)count);
        assert_int_equal(takes(FRAME_JOIN, frame, w.size + JOIN_ITEM_BYTES * (size_t)count),
                         count <= LIMIT_TAKES);
    }
    for (int count = LIMIT_HAVE_HEADS; count <= LIMIT_HAVE_HEADS + 1; count++) {
        struct writer w = writer_of(frame, sizeof frame);
        struct head head = {.seq = 1};
        write_u8(&w, FRAME_HAVE);
        write_id(&w, &head.tip);
        write_u8(&w, 0);
        write_u16(&w, (uint16_t)count);
        for (int i = 0; i < count; i++) {
            write_id(&w, &head.author);
            write_u64(&w, head.seq);
            write_id(&w, &head.tip);
        }
        assert_int_equal(takes(FRAME_HAVE, frame, w.size), count <= LIMIT_HAVE_HEADS);
    }
}

static void haves(void **state)
{
    (void)state;
    static struct have have, back;
    for (size_t count = 0; count <= 3; count++) {
        struct writer w = start();
        have.count = count;
        have.all = count == 2;
        fill(&have.channel, 32, 9);
        for (size_t i = 0; i < count; i++) {
            fill(&have.heads[i].author, 32, (uint8_t)i);
            fill(&have.heads[i].tip, 32, (uint8_t)(i + 77));
            have.heads[i].seq = i == 2 ? LIMIT_SEQ : i + 1;
        }
        wire_write_have(&w, &have);
        assert_true(wire_read_have(written(&w), &back));
        assert_int_equal(back.all, have.all);
        assert_int_equal(back.count, count);
        assert_true(id_equal(&back.channel, &have.channel));
        for (size_t i = 0; i < count; i++) {
            assert_true(id_equal(&back.heads[i].author, &have.heads[i].author));
            assert_true(id_equal(&back.heads[i].tip, &have.heads[i].tip));
            assert_true(back.heads[i].seq == have.heads[i].seq);
        }
        is_exact(&w);
    }
    struct writer w = start();
    have.count = 1;
    have.heads[0].seq = 0;
    wire_write_have(&w, &have);
    assert_false(takes(FRAME_HAVE, room, w.size));
    w = start();
    have.heads[0].seq = LIMIT_SEQ + 1;
    wire_write_have(&w, &have);
    assert_false(takes(FRAME_HAVE, room, w.size));
    w = start();
    have.heads[0].seq = 1;
    wire_write_have(&w, &have);
    assert_true(takes(FRAME_HAVE, room, w.size));
    room[33] = 2; /* it would come over one node */
    assert_true(wire_read_have(written(&w), &back));
    assert_true(!back.all && back.far == 1);
    room[33] = 255;
    assert_true(wire_read_have(written(&w), &back));
    is_exact(&w);
}

static void buckets(void **state)
{
    (void)state;
    static struct buckets buckets, back;
    for (uint8_t order = 0; order <= LIMIT_BUCKETS_ORDER; order++) {
        struct writer w = start();
        fill(&buckets.channel, 32, 9);
        buckets.order = order;
        fill(buckets.hashes, sizeof buckets.hashes, order);
        wire_write_buckets(&w, &buckets);
        assert_int_equal(w.size, 34 + (4u << order));
        assert_true(wire_read_buckets(written(&w), &back));
        assert_true(id_equal(&back.channel, &buckets.channel));
        assert_int_equal(back.order, order);
        assert_memory_equal(back.hashes, buckets.hashes, (size_t)4 << order);
        if (order < 4)
            is_exact(&w);
    }
    struct writer w = start();
    wire_write_buckets(&w, &buckets);
    assert_true(takes(FRAME_BUCKETS, room, w.size));
    assert_false(takes(FRAME_BUCKETS, room, w.size - 1));
    assert_false(takes(FRAME_BUCKETS, room, w.size + 1));
    room[33] = LIMIT_BUCKETS_ORDER + 1; /* with all that it takes */
    assert_false(takes(FRAME_BUCKETS, room, 34 + (8u << LIMIT_BUCKETS_ORDER)));
    room[33] = 255;
    assert_false(takes(FRAME_BUCKETS, room, LIMIT_FRAME));
}

static bool want_taken(uint64_t from, uint64_t to, uint32_t credit)
{
    struct writer w = start();
    struct want want = {.from = from, .to = to, .credit = credit};
    wire_write_want(&w, &want);
    return takes(FRAME_WANT, room, w.size);
}

static void wants(void **state)
{
    (void)state;
    struct writer w = start();
    struct want want = {.from = 3, .to = 5, .credit = 77}, back;
    fill(&want.channel, 32, 1);
    fill(&want.author, 32, 2);
    fill(&want.tip, 32, 3);
    wire_write_want(&w, &want);
    assert_true(wire_read_want(written(&w), &back));
    assert_true(id_equal(&back.channel, &want.channel) && id_equal(&back.author, &want.author) &&
                id_equal(&back.tip, &want.tip));
    assert_true(back.from == 3 && back.to == 5 && back.credit == 77);
    is_exact(&w);
    assert_true(want_taken(1, 1, 0));
    assert_true(want_taken(1, LIMIT_SEQ, LIMIT_WANT_BYTES));
    assert_false(want_taken(0, 1, 0));
    assert_false(want_taken(2, 1, 0));
    assert_false(want_taken(1, LIMIT_SEQ + 1, 0));
    assert_false(want_taken(1, 1, LIMIT_WANT_BYTES + 1));
}

/* The same bytes as a WANT's, for another thing. */
static void bodies_are_wanted(void **state)
{
    (void)state;
    struct writer w = start();
    struct want want = {.bodies = true, .from = 3, .to = 5, .credit = 77}, back;
    wire_write_want(&w, &want);
    assert_int_equal(room[0], FRAME_BODIES);
    assert_true(wire_read_want(written(&w), &back));
    assert_true(back.bodies && back.from == 3 && back.to == 5 && back.credit == 77);
    is_exact(&w);
    room[0] = FRAME_WANT;
    assert_true(wire_read_want(written(&w), &back));
    assert_false(back.bodies);
}

static bool lack_taken(uint64_t from, uint64_t to)
{
    struct writer w = start();
    struct lack lack = {.from = from, .to = to};
    wire_write_lack(&w, &lack);
    return takes(FRAME_LACK, room, w.size);
}

static void lacks(void **state)
{
    (void)state;
    struct writer w = start();
    struct lack lack = {.from = 3, .to = 5}, back;
    fill(&lack.channel, 32, 1);
    fill(&lack.author, 32, 2);
    fill(&lack.tip, 32, 3);
    wire_write_lack(&w, &lack);
    assert_true(wire_read_lack(written(&w), &back));
    assert_true(id_equal(&back.channel, &lack.channel) && id_equal(&back.author, &lack.author) &&
                id_equal(&back.tip, &lack.tip) && back.from == 3 && back.to == 5);
    is_exact(&w);
    assert_true(lack_taken(1, LIMIT_SEQ));
    assert_false(lack_taken(0, 1));
    assert_false(lack_taken(2, 1));
    assert_false(lack_taken(1, LIMIT_SEQ + 1));
}

static void whose(void **state)
{
    (void)state;
    struct writer w = writer_of(room, sizeof room);
    struct certificate certificate = {.number = 9, .label = "phone"}, back;
    fill(&certificate.root, 32, 1);
    fill(&certificate.device, 32, 2);
    fill(&certificate.by_root, 64, 3);
    fill(&certificate.by_device, 64, 4);
    wire_write_whose(&w, &certificate);
    is_exact(&w);
    assert_true(wire_read_whose(written(&w), &back));
    assert_memory_equal(&back, &certificate, sizeof back);
}

static void holdings(void **state)
{
    (void)state;
    struct writer w = start();
    struct holding holding = {.head = {.seq = 9}}, back;
    fill(&holding.channel, 32, 1);
    fill(&holding.node, 32, 2);
    fill(&holding.head.author, 32, 3);
    fill(&holding.head.tip, 32, 4);
    fill(&holding.signature, 64, 5);
    wire_write_holding(&w, &holding);
    assert_int_equal(w.size, WIRE_HOLDING_BYTES);
    assert_true(wire_read_holding(written(&w), &back));
    assert_memory_equal(&back, &holding, sizeof back);
    is_exact(&w);
}

static void notes(void **state)
{
    (void)state;
    struct writer w = start();
    struct note note = {.number = 7,
                        .here = true,
                        .nick = {(const uint8_t *)"bo", 2},
                        .left_s = 300},
                back;
    fill(&note.channel, 32, 1);
    fill(&note.node, 32, 2);
    fill(&note.signature, 64, 3);
    wire_write_note(&w, &note);
    assert_true(wire_read_note(written(&w), &back));
    assert_true(id_equal(&back.channel, &note.channel) && id_equal(&back.node, &note.node) &&
                back.number == 7 && back.here && back.left_s == 300 && back.nick.size == 2);
    is_exact(&w);
    room[1 + 32 + 32 + 8] = 2; /* neither here nor gone */
    assert_false(wire_read_note(written(&w), &back));
    w = start();
    wire_write_who(&w);
    is_exact(&w);
}

static void eases(void **state)
{
    (void)state;
    for (int kind = FRAME_EAGER; kind <= FRAME_LAZY; kind++) {
        struct writer w = start();
        struct ease ease, back;
        fill(&ease.channel, 32, 1);
        fill(&ease.author, 32, 2);
        wire_write_ease(&w, (enum frame_kind)kind, &ease);
        assert_int_equal(frame_kind(written(&w)), kind);
        assert_true(wire_read_ease(written(&w), &back));
        assert_true(id_equal(&back.channel, &ease.channel) && id_equal(&back.author, &ease.author));
        is_exact(&w);
    }
}

static bool address_ok(const char *text)
{
    return record_address_ok((struct bytes){(const uint8_t *)text, strlen(text)});
}

static void peers_frames(void **state)
{
    (void)state;
    static const char ONION[] = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion:1";
    struct address own[4] = {{"10.0.0.1:1"}, {"[fd00::1]:65535"}, {"192.168.255.0:23452"}};
    uint8_t seed[32] = {5}, one[2 * LIMIT_RECORD];
    struct identity self = identity_from_seed(seed);
    struct id network = {{1}}, other = {{2}};
    struct peers peers;
    memcpy(own[3].text, ONION, sizeof ONION);
    struct writer record = writer_of(one, sizeof one);
    record_write(&record, &self, &network, 1000, own, 4);
    struct bytes records[2] = {written(&record), written(&record)};
    struct writer w = start();
    wire_write_peers(&w, records, 2);
    is_exact(&w);
    assert_true(wire_read_peers(written(&w), &peers));
    assert_int_equal(peers.count, 2);
    const struct record *back = &peers.records[1];
    assert_true(id_equal(&back->node, &self.node) && back->number == 1000 && back->count == 4);
    assert_int_equal(back->whole.size, record.size);
    assert_memory_equal(back->addresses[3].at, ONION, sizeof ONION - 1);
    assert_true(record_verify(back, &network));
    assert_false(record_verify(back, &other));
    for (size_t i = 2; i < 2 + record.size;
         i++) { /* a bit of it changed: refused, or it holds no more */
        room[i] ^= 1;
        assert_true(!wire_read_peers(written(&w), &peers) ||
                    !record_verify(&peers.records[0], &network));
        room[i] ^= 1;
    }
    assert_true(record_holds(back, 999) && record_holds(back, 1000 + RECORD_LASTS_S * 1000 - 1));
    assert_false(record_holds(back, 1000 + RECORD_LASTS_S * 1000));
    assert_true(address_ok("1.2.3.4:5") && address_ok(ONION) && address_ok("[::1]:65535"));
    static const char *const NONE[] = {
        "",           "host:1",      "1.2.3.4",       "1.2.3.4:0",  "1.2.3.4:65536", "1.2.3.256:1",
        "1.2.3:1",    "1.2.3.4.5:1", "[fe80::1%2]:1", "fd00::1:1",  "[]:1",          "1.2.3.4:01",
        "1.2.3.04:1", "a.onion:1",   "1.2.3.4:1 ",    "1.2.3.4:+1", "\033[2J:1"};
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        if (address_ok(NONE[i]))
            fail_msg("%s is an address", NONE[i]);
}

static void pings_and_byes(void **state)
{
    (void)state;
    for (int kind = FRAME_PING; kind <= FRAME_PONG; kind++) {
        struct writer w = start();
        struct ping ping = {.token = 0x0102030405060708, .rtt_us = 0xfffffff0}, back;
        wire_write_ping(&w, (enum frame_kind)kind, &ping);
        assert_int_equal(frame_kind(written(&w)), kind);
        assert_true(wire_read_ping(written(&w), &back));
        assert_true(back.token == ping.token && back.rtt_us == ping.rtt_us);
        is_exact(&w);
    }
    for (int code = 0; code < 256; code++) {
        struct writer w = start();
        uint8_t why;
        wire_write_bye(&w, (uint8_t)code);
        assert_true(wire_read_bye(written(&w), &why));
        assert_int_equal(why, code);
    }
    struct writer w = start();
    wire_write_bye(&w, 1);
    is_exact(&w);
}

/* ---- ENTRY ---- */

static uint8_t words[LIMIT_RUN_BYTES];
static struct entry entries[LIMIT_RUN_ENTRIES + 1];

static struct run a_run(size_t count, size_t body_bytes)
{
    struct id prev = {{0}};
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &entries[i];
        memset(entry, 0, sizeof *entry);
        entry->version = ENTRY_VERSION;
        entry->kind = (uint8_t)(1 + i % 3);
        entry->flags = (uint16_t)(i * 1000);
        fill(&entry->channel, 32, 4);
        fill(&entry->author, 32, 5);
        fill(&entry->process, 8, 6);
        entry->seq = 1 + i;
        entry->lamport = 10 + 2 * i;
        entry->wall_ms = 1700000000000 - i;
        entry->prev = prev;
        entry->body = (struct bytes){words + i, body_bytes};
        entry_finish(entry);
        prev = entry->id;
    }
    struct run run = {entries, count, {{0}}};
    fill(&run.signature, 64, 9);
    return run;
}

static void run_is(const struct run *run, const struct run *expected)
{
    assert_int_equal(run->count, expected->count);
    assert_memory_equal(&run->signature, &expected->signature, 64);
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *a = &run->entries[i], *b = &expected->entries[i];
        uint8_t header_a[ENTRY_HEADER_BYTES], header_b[ENTRY_HEADER_BYTES];
        entry_header(a, header_a);
        entry_header(b, header_b);
        assert_memory_equal(header_a, header_b, sizeof header_a);
        assert_true(id_equal(&a->id, &b->id)); /* computed, not carried */
        assert_int_equal(a->body.size, b->body.size);
        assert_int_equal(a->body.at == NULL, b->body.at == NULL);
        if (b->body.size > 0)
            assert_memory_equal(a->body.at, b->body.at, b->body.size);
    }
}

static void runs_come_back(void **state)
{
    (void)state;
    static const size_t COUNT[] = {1, 2, 3, LIMIT_RUN_ENTRIES};
    fill(words, sizeof words, 0);
    for (size_t i = 0; i < sizeof COUNT / sizeof COUNT[0]; i++)
        for (int part = PART_PUSH; part <= PART_ANSWER_END; part++) {
            struct writer w = start();
            struct run run = a_run(COUNT[i], i * 30), back;
            struct arena arena;
            enum entry_part was;
            arena_init(&arena);
            wire_write_entry(&w, &run, (enum entry_part)part);
            assert_false(w.full);
            assert_int_equal(w.size, wire_entry_bytes(&run));
            assert_true(wire_read_entry(written(&w), &arena, &back, &was));
            assert_int_equal(was, part);
            run_is(&back, &run);
            arena_release(&arena);
        }
}

static void cards_are_exact(void **state)
{
    (void)state;
    struct keycard card = {.version = CARD_VERSION, .number = UINT64_MAX};
    memset(card.prekey.b, 0x55, sizeof card.prekey.b);
    struct writer w = start();
    wire_write_keycard(&w, &card);
    assert_int_equal(w.size, WIRE_CARD_BYTES);
    is_exact(&w);
    w = start();
    wire_write_seek(&w, &(struct seek){card.prekey, 2});
    is_exact(&w);
}

static void runs_are_exact(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 3; count++) {
        struct writer w = start();
        struct run run = a_run(count, 7);
        wire_write_entry(&w, &run, PART_ANSWER);
        is_exact(&w);
    }
    struct writer w = start();
    struct run run = a_run(1, 0);
    wire_write_entry(&w, &run, PART_ANSWER);
    is_exact(&w);
}

/* What was dropped is passed on without its body, and is the same entry. */
static void dropped_bodies_come_back(void **state)
{
    (void)state;
    for (int which = 1; which < 8; which++) {
        struct writer w = start();
        struct run run = a_run(3, 70), back;
        struct id tip = entries[2].id;
        struct arena arena;
        enum entry_part part;
        for (size_t i = 0; i < 3; i++)
            if (which >> i & 1) {
                entries[i].body = (struct bytes){NULL, 0};
                entry_finish(&entries[i]);
            }
        assert_true(id_equal(&entries[2].id, &tip));
        arena_init(&arena);
        wire_write_entry(&w, &run, PART_ANSWER);
        assert_int_equal(w.size, wire_entry_bytes(&run));
        assert_true(wire_read_entry(written(&w), &arena, &back, &part));
        run_is(&back, &run);
        is_exact(&w);
        arena_release(&arena);
    }
    struct writer w = start(); /* an empty body is one that is there */
    struct run run = a_run(1, 0), back;
    struct arena arena;
    enum entry_part part;
    arena_init(&arena);
    wire_write_entry(&w, &run, PART_ANSWER);
    assert_true(wire_read_entry(written(&w), &arena, &back, &part));
    assert_non_null(back.entries[0].body.at);
    arena_release(&arena);
}

/* Nor can a run that is too long be sent without its bodies. */
static void dropped_bodies_count(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct writer w = start();
        struct run run = a_run(4, LIMIT_RUN_BYTES / 4 - ENTRY_HEADER_BYTES);
        entries[3].body_bytes += more;
        entries[3].body = (struct bytes){NULL, 0};
        entry_finish(&entries[3]);
        wire_write_entry(&w, &run, PART_ANSWER);
        assert_int_equal(takes(FRAME_ENTRY, room, w.size), more == 0);
    }
    struct writer w = start();
    struct run run = a_run(1, LIMIT_BODY);
    entries[0].body_bytes++;
    entries[0].body = (struct bytes){NULL, 0};
    wire_write_entry(&w, &run, PART_ANSWER);
    assert_false(takes(FRAME_ENTRY, room, w.size));
}

static bool run_taken(size_t count, size_t body_bytes)
{
    struct writer w = start();
    struct run run = a_run(count, body_bytes);
    wire_write_entry(&w, &run, PART_PUSH);
    assert_false(w.full);
    return takes(FRAME_ENTRY, room, w.size);
}

static void runs_are_bounded(void **state)
{
    (void)state;
    assert_true(run_taken(LIMIT_RUN_ENTRIES, 0));
    assert_false(run_taken(LIMIT_RUN_ENTRIES + 1, 0));
    assert_true(run_taken(1, LIMIT_BODY));
    assert_false(run_taken(1, LIMIT_BODY + 1));
    assert_true(run_taken(3, LIMIT_RUN_BYTES / 3 - ENTRY_HEADER_BYTES - 352));
    assert_true(run_taken(4, LIMIT_RUN_BYTES / 4 - ENTRY_HEADER_BYTES));
    assert_false(run_taken(4, LIMIT_RUN_BYTES / 4 - ENTRY_HEADER_BYTES + 1));
}

/* The largest that a run may be fits a frame. */
static void the_largest_run_fits_a_frame(void **state)
{
    (void)state;
    size_t body_bytes = LIMIT_RUN_BYTES / LIMIT_RUN_ENTRIES - ENTRY_HEADER_BYTES;
    assert_true(run_taken(LIMIT_RUN_ENTRIES, body_bytes));
    struct run run = a_run(LIMIT_RUN_ENTRIES, body_bytes);
    assert_true(wire_entry_bytes(&run) <= LIMIT_FRAME);
}

/* The fields that a fuzzer seldom guesses: places are those of wire.c's table. */
static void entry_fields(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        bool taken;
    } CASE[] = {
        {1, 0, true},       {1, 2, true},     {1, 3, true},      {1, 255, true}, /* part */
        {2, 0, false},      {2, 2, false},                                       /* version */
        {75, 0, false},     {75, 2, false},   {82, 0x80, false}, /* seq: 0, 2 without prev, too
                                                                    large */
        {83, 1, false},                                          /* seq 1 with prev */
        {115, 0, false},    {115, 2, false},  {116, 1, false},   /* count */
        {117, 99, true},    {118, 255, true},                    /* kind, flags */
        {127, 0x80, false},                  /* lamport and wall_ms, their highest bit */
        {135, 0x80, false}, {139, 1, false}, /* body size: 16 MB, */
        {139, 0x80, false},                  /* dropped: no room for its hash */
    };
    for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
        struct writer w = start();
        struct run run = a_run(1, 7);
        wire_write_entry(&w, &run, PART_ANSWER);
        room[CASE[i].at] = CASE[i].value;
        if (takes(FRAME_ENTRY, room, w.size) != CASE[i].taken)
            fail_msg("byte %zu as %d", CASE[i].at, CASE[i].value);
    }
}

/* A count of many in a small frame takes no memory for them. */
static void a_large_count_takes_no_memory(void **state)
{
    (void)state;
    struct writer w = start();
    struct run run = a_run(1, 0), back;
    struct arena arena;
    enum entry_part part;
    arena_init(&arena);
    wire_write_entry(&w, &run, PART_PUSH);
    room[115] = LIMIT_RUN_ENTRIES;
    assert_false(wire_read_entry(written(&w), &arena, &back, &part));
    assert_int_equal(arena.used, 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(hello0),
        cmocka_unit_test(hello1),
        cmocka_unit_test(hello2),
        cmocka_unit_test(punch),
        cmocka_unit_test(nicks_are_bounded),
        cmocka_unit_test(joins),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(haves),
        cmocka_unit_test(buckets),
        cmocka_unit_test(wants),
        cmocka_unit_test(bodies_are_wanted),
        cmocka_unit_test(lacks),
        cmocka_unit_test(eases),
        cmocka_unit_test(peers_frames),
        cmocka_unit_test(holdings),
        cmocka_unit_test(whose),
        cmocka_unit_test(notes),
        cmocka_unit_test(pings_and_byes),
        cmocka_unit_test(runs_come_back),
        cmocka_unit_test(dropped_bodies_come_back),
        cmocka_unit_test(dropped_bodies_count),
        cmocka_unit_test(cards_are_exact),
        cmocka_unit_test(runs_are_exact),
        cmocka_unit_test(runs_are_bounded),
        cmocka_unit_test(the_largest_run_fits_a_frame),
        cmocka_unit_test(entry_fields),
        cmocka_unit_test(a_large_count_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
