/* Fuzz: every reader of wire.c on the same bytes. What one takes, its writer makes again to the
 * byte, only one reader takes it, and what it holds is within the bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t room[2 * LIMIT_FRAME];

static void same(const struct writer *w, struct bytes frame)
{
    CHECK(!w->full && w->size == frame.size && memcmp(room, frame.at, frame.size) == 0);
}

static void nick_is_bounded(struct bytes nick)
{
    CHECK(nick.size >= 1 && nick.size <= LIMIT_NICK);
}

static int hellos(struct bytes frame)
{
    struct nonce nonce;
    struct hello1 hello1;
    struct hello2 hello2;
    uint8_t version;
    int taken = 0;
    if (wire_read_hello0(frame, &version, &nonce)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_hello0(&w, &nonce);
        room[1] = version; /* the writer knows one only */
        same(&w, frame);
        taken++;
    }
    if (wire_read_hello1(frame, &hello1)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_hello1(&w, &hello1);
        same(&w, frame);
        nick_is_bounded(hello1.card.nick);
        taken++;
    }
    if (wire_read_hello2(frame, &hello2)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_hello2(&w, &hello2);
        same(&w, frame);
        nick_is_bounded(hello2.card.nick);
        taken++;
    }
    return taken;
}

static int sets(struct bytes frame)
{
    static struct join join;
    static struct have have;
    static struct buckets buckets;
    struct want want;
    struct lack lack;
    struct ease ease;
    struct peers peers;
    struct note note;
    struct keycard card;
    struct seek seek;
    struct punch punch;
    struct holding holding;
    struct certificate certificate;
    int taken = 0;
    if (wire_read_join(frame, &join)) {
        struct writer w = writer_of(room, sizeof room);
        CHECK(join.count <= LIMIT_TAKES);
        for (size_t i = 0; i < join.count; i++)
            CHECK(join.hops[i] >= 1 && join.hops[i] <= CARRY_HOPS);
        wire_write_join(&w, &join);
        same(&w, frame);
        nick_is_bounded(join.nick);
        taken++;
    }
    if (wire_read_have(frame, &have)) {
        struct writer w = writer_of(room, sizeof room);
        CHECK(have.count <= LIMIT_HAVE_HEADS);
        wire_write_have(&w, &have);
        same(&w, frame);
        for (size_t i = 0; i < have.count; i++)
            CHECK(have.heads[i].seq >= 1 && have.heads[i].seq <= LIMIT_SEQ);
        taken++;
    }
    if (wire_read_buckets(frame, &buckets)) {
        struct writer w = writer_of(room, sizeof room);
        CHECK(buckets.order <= LIMIT_BUCKETS_ORDER);
        wire_write_buckets(&w, &buckets);
        same(&w, frame);
        taken++;
    }
    if (wire_read_want(frame, &want)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_want(&w, &want);
        same(&w, frame);
        CHECK(want.from >= 1 && want.from <= want.to && want.to <= LIMIT_SEQ);
        CHECK(want.credit <= LIMIT_WANT_BYTES);
        taken++;
    }
    if (wire_read_ease(frame, &ease)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_ease(&w, frame_kind(frame), &ease);
        same(&w, frame);
        taken++;
    }
    if (wire_read_peers(frame, &peers)) {
        struct writer w = writer_of(room, sizeof room);
        struct bytes records[LIMIT_PEERS];
        struct id network = {{0}};
        CHECK(peers.count >= 1 && peers.count <= LIMIT_PEERS);
        for (size_t i = 0; i < peers.count; i++) {
            const struct record *record = &peers.records[i];
            CHECK(record->count >= 1 && record->count <= LIMIT_RECORD_ADDRESSES);
            CHECK(record->whole.size <= LIMIT_RECORD);
            records[i] = record->whole;
            record_verify(record, &network);
        }
        wire_write_peers(&w, records, peers.count);
        same(&w, frame);
        taken++;
    }
    if (wire_read_note(frame, &note)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_note(&w, &note);
        same(&w, frame);
        nick_is_bounded(note.nick);
        taken++;
    }
    if (wire_read_keycard(frame, &card)) {
        struct writer w = writer_of(room, sizeof room);
        struct id network = {{0}};
        wire_write_keycard(&w, &card);
        same(&w, frame);
        card_verify(&card, &network);
        taken++;
    }
    if (wire_read_seek(frame, &seek)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_seek(&w, &seek);
        same(&w, frame);
        taken++;
    }
    if (wire_read_whose(frame, &certificate)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_whose(&w, &certificate);
        same(&w, frame);
        taken++;
    }
    if (wire_read_holding(frame, &holding)) {
        struct writer w = writer_of(room, sizeof room);
        CHECK(holding.head.seq >= 1 && holding.head.seq <= LIMIT_SEQ);
        wire_write_holding(&w, &holding);
        same(&w, frame);
        taken++;
    }
    if (wire_read_punch(frame, &punch)) {
        struct writer w = writer_of(room, sizeof room);
        CHECK(punch.port != 0 && punch.address.size <= LIMIT_ADDRESS);
        wire_write_punch(&w, &punch);
        same(&w, frame);
        taken++;
    }
    if (wire_read_lack(frame, &lack)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_lack(&w, &lack);
        same(&w, frame);
        CHECK(lack.from >= 1 && lack.from <= lack.to && lack.to <= LIMIT_SEQ);
        taken++;
    }
    return taken;
}

static int entries(struct bytes frame)
{
    struct arena arena;
    struct run run;
    enum entry_part part;
    int taken = 0;
    arena_init(&arena);
    if (wire_read_entry(frame, &arena, &run, &part)) {
        struct writer w = writer_of(room, sizeof room);
        CHECK(run_is_chain(&run));
        CHECK(wire_entry_bytes(&run) == frame.size);
        wire_write_entry(&w, &run, part);
        if (part == PART_PUSH)
            wire_set_hops(&w, wire_entry_hops(frame));
        same(&w, frame);
        for (size_t i = 0; i < run.count; i++) {
            const struct bytes body = run.entries[i].body;
            CHECK(run.entries[i].body_bytes <= LIMIT_BODY && run.entries[i].seq <= LIMIT_SEQ);
            CHECK(body.at == NULL ? body.size == 0 : body.size == run.entries[i].body_bytes);
            CHECK(body.at == NULL ||
                  (body.at >= frame.at && body.at + body.size <= frame.at + frame.size));
        }
        taken++;
    }
    CHECK(arena.used <= LIMIT_RUN_ENTRIES * sizeof *run.entries);
    arena_release(&arena);
    return taken;
}

static int ends(struct bytes frame)
{
    struct ping ping;
    uint8_t why;
    int taken = 0;
    if (wire_read_ping(frame, &ping)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_ping(&w, frame_kind(frame), &ping);
        same(&w, frame);
        taken++;
    }
    if (wire_read_bye(frame, &why)) {
        struct writer w = writer_of(room, sizeof room);
        wire_write_bye(&w, why);
        same(&w, frame);
        taken++;
    }
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes frame = {data, size};
    if (size > LIMIT_FRAME)
        return 0;
    int taken = hellos(frame) + sets(frame) + entries(frame) + ends(frame);
    CHECK(taken <= 1);
    CHECK(taken == 0 || frame_kind(frame) != 0);
    return 0;
}
