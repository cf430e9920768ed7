/* Wire: the frames of a link. Little-endian; the first byte is the kind.
 *
 *   HELLO0  1 | version 1 | nonce 32
 *   HELLO1  2 | node 32 | nonce 32 | card | signature 64
 *   HELLO2  3 | node 32 | card | signature 64
 *   JOIN    4 | generation 4 | nick size 1 | nick | count 2 | { channel 32 | digest 16 | hops 1 } ...
 *   HAVE    5 | channel 32 | all 1 | count 2 | { author 32 | seq 8 | tip 32 } ...
 *   WANT    6 | channel 32 | author 32 | from 8 | to 8 | tip 32 | credit 4
 *   ENTRY   7 | part 1 | version 1 | channel 32 | author 32 | process 8 | first seq 8 | prev 32 |
 *           count 2 | { kind 1 | flags 2 | lamport 8 | wall_ms 8 | body size 4 | body } ... |
 *           signature 64          (bit 31 of a body's size: it was dropped, its hash 32 follows)
 *   PING    8 | token 8 | rtt_us 4          PONG  9, the same
 *   BYE    10 | why 1
 *   BUCKETS 11 | channel 32 | order 1 | { hash 4 } ...
 *   BODIES 12 | as WANT
 *   LACK   13 | channel 32 | author 32 | from 8 | to 8 | tip 32
 *   PEERS  16 | count 1 | { record } ...           (record.c)
 *   EAGER  14 | channel 32 | author 32          LAZY  15, the same
 *   WHO 17 and above: wire_signed.c
 *   card      = process 8 | port 2 | nick size 1 | nick
 *
 * An ENTRY carries neither ids nor hashes: who reads it computes them, so a changed byte anywhere
 * shows in the one signature at the end (invariant 2).
 *
 * 1. A reader accepts exactly what its writer makes; one byte more or less refuses the whole frame.
 * 2. A reader allocates nothing but from the arena it is given, and never more than
 *    LIMIT_RUN_ENTRIES entries.
 */
#include "core/wire.h"

#include <string.h>

#include "base/check.h"

enum frame_kind frame_kind(struct bytes frame)
{
    if (frame.size == 0 || frame.at[0] < FRAME_HELLO0 || frame.at[0] >= FRAME_KINDS)
        return 0;
    return (enum frame_kind)frame.at[0];
}

struct reader wire_open(struct bytes frame, enum frame_kind kind)
{
    struct reader r = reader_of(frame);
    if (read_u8(&r) != (uint8_t)kind)
        r.bad = true;
    return r;
}

struct bytes wire_read_nick(struct reader *r)
{
    size_t size = read_u8(r);
    if (size < 1 || size > LIMIT_NICK)
        r->bad = true;
    return read_bytes(r, size);
}

void wire_write_nick(struct writer *w, struct bytes nick)
{
    write_u8(w, (uint8_t)nick.size);
    write_copy(w, nick.at, nick.size);
}

static void read_card(struct reader *r, struct card *card)
{
    read_copy(r, card->process.b, sizeof card->process.b);
    card->port = read_u16(r);
    card->nick = wire_read_nick(r);
}

void wire_write_card(struct writer *w, const struct card *card)
{
    write_copy(w, card->process.b, sizeof card->process.b);
    write_u16(w, card->port);
    wire_write_nick(w, card->nick);
}

bool wire_read_hello0(struct bytes frame, uint8_t *version, struct nonce *nonce)
{
    struct reader r = wire_open(frame, FRAME_HELLO0);
    *version = read_u8(&r);
    read_copy(&r, nonce->b, sizeof nonce->b);
    return read_done(&r);
}

void wire_write_hello0(struct writer *w, const struct nonce *nonce)
{
    write_u8(w, FRAME_HELLO0);
    write_u8(w, WIRE_VERSION);
    write_copy(w, nonce->b, sizeof nonce->b);
}

bool wire_read_hello1(struct bytes frame, struct hello1 *hello)
{
    struct reader r = wire_open(frame, FRAME_HELLO1);
    hello->node = read_id(&r);
    read_copy(&r, hello->nonce.b, sizeof hello->nonce.b);
    read_card(&r, &hello->card);
    read_copy(&r, hello->signature.b, sizeof hello->signature.b);
    return read_done(&r);
}

void wire_write_hello1(struct writer *w, const struct hello1 *hello)
{
    write_u8(w, FRAME_HELLO1);
    write_id(w, &hello->node);
    write_copy(w, hello->nonce.b, sizeof hello->nonce.b);
    wire_write_card(w, &hello->card);
    write_copy(w, hello->signature.b, sizeof hello->signature.b);
}

bool wire_read_hello2(struct bytes frame, struct hello2 *hello)
{
    struct reader r = wire_open(frame, FRAME_HELLO2);
    hello->node = read_id(&r);
    read_card(&r, &hello->card);
    read_copy(&r, hello->signature.b, sizeof hello->signature.b);
    return read_done(&r);
}

void wire_write_hello2(struct writer *w, const struct hello2 *hello)
{
    write_u8(w, FRAME_HELLO2);
    write_id(w, &hello->node);
    wire_write_card(w, &hello->card);
    write_copy(w, hello->signature.b, sizeof hello->signature.b);
}

bool wire_read_join(struct bytes frame, struct join *join)
{
    struct reader r = wire_open(frame, FRAME_JOIN);
    join->generation = read_u32(&r);
    join->nick = wire_read_nick(&r);
    join->count = read_u16(&r);
    if (r.bad || join->count > LIMIT_TAKES)
        return false;
    for (size_t i = 0; i < join->count; i++) {
        join->channels[i] = read_id(&r);
        read_copy(&r, join->digests[i].b, sizeof join->digests[i].b);
        join->hops[i] = read_u8(&r);
        if (join->hops[i] < 1 || join->hops[i] > CARRY_HOPS)
            return false;
    }
    return read_done(&r);
}

void wire_write_join(struct writer *w, const struct join *join)
{
    CHECK(join->count <= LIMIT_TAKES);
    write_u8(w, FRAME_JOIN);
    write_u32(w, join->generation);
    wire_write_nick(w, join->nick);
    write_u16(w, (uint16_t)join->count);
    for (size_t i = 0; i < join->count; i++) {
        write_id(w, &join->channels[i]);
        write_copy(w, join->digests[i].b, sizeof join->digests[i].b);
        write_u8(w, join->hops[i]);
    }
}

bool wire_read_have(struct bytes frame, struct have *have)
{
    struct reader r = wire_open(frame, FRAME_HAVE);
    have->channel = read_id(&r);
    uint8_t how = read_u8(&r);
    have->all = how == 1;
    have->far = how > 1 ? how - 1 : 0;
    have->count = read_u16(&r);
    if (r.bad || have->count > LIMIT_HAVE_HEADS)
        return false;
    for (size_t i = 0; i < have->count; i++) {
        struct head *head = &have->heads[i];
        head->author = read_id(&r);
        head->seq = read_u64(&r);
        head->tip = read_id(&r);
        if (head->seq == 0 || head->seq > LIMIT_SEQ)
            return false;
    }
    return read_done(&r);
}

void wire_write_have(struct writer *w, const struct have *have)
{
    CHECK(have->count <= LIMIT_HAVE_HEADS);
    write_u8(w, FRAME_HAVE);
    write_id(w, &have->channel);
    write_u8(w, have->all ? 1 : have->far == 0 ? 0 : have->far + 1);
    write_u16(w, (uint16_t)have->count);
    for (size_t i = 0; i < have->count; i++) {
        write_id(w, &have->heads[i].author);
        write_u64(w, have->heads[i].seq);
        write_id(w, &have->heads[i].tip);
    }
}

bool wire_read_buckets(struct bytes frame, struct buckets *buckets)
{
    struct reader r = wire_open(frame, FRAME_BUCKETS);
    buckets->channel = read_id(&r);
    buckets->order = read_u8(&r);
    if (r.bad || buckets->order > LIMIT_BUCKETS_ORDER)
        return false;
    for (size_t i = 0; i < (size_t)1 << buckets->order; i++)
        buckets->hashes[i] = read_u32(&r);
    return read_done(&r);
}

void wire_write_buckets(struct writer *w, const struct buckets *buckets)
{
    CHECK(buckets->order <= LIMIT_BUCKETS_ORDER);
    write_u8(w, FRAME_BUCKETS);
    write_id(w, &buckets->channel);
    write_u8(w, buckets->order);
    for (size_t i = 0; i < (size_t)1 << buckets->order; i++)
        write_u32(w, buckets->hashes[i]);
}

bool wire_read_want(struct bytes frame, struct want *want)
{
    want->bodies = frame_kind(frame) == FRAME_BODIES;
    struct reader r = wire_open(frame, want->bodies ? FRAME_BODIES : FRAME_WANT);
    want->channel = read_id(&r);
    want->author = read_id(&r);
    want->from = read_u64(&r);
    want->to = read_u64(&r);
    want->tip = read_id(&r);
    want->credit = read_u32(&r);
    return read_done(&r) && want->from >= 1 && want->from <= want->to && want->to <= LIMIT_SEQ &&
           want->credit <= LIMIT_WANT_BYTES;
}

void wire_write_want(struct writer *w, const struct want *want)
{
    write_u8(w, want->bodies ? FRAME_BODIES : FRAME_WANT);
    write_id(w, &want->channel);
    write_id(w, &want->author);
    write_u64(w, want->from);
    write_u64(w, want->to);
    write_id(w, &want->tip);
    write_u32(w, want->credit);
}

bool wire_read_lack(struct bytes frame, struct lack *lack)
{
    struct reader r = wire_open(frame, FRAME_LACK);
    lack->channel = read_id(&r);
    lack->author = read_id(&r);
    lack->from = read_u64(&r);
    lack->to = read_u64(&r);
    lack->tip = read_id(&r);
    return read_done(&r) && lack->from >= 1 && lack->from <= lack->to && lack->to <= LIMIT_SEQ;
}

void wire_write_lack(struct writer *w, const struct lack *lack)
{
    write_u8(w, FRAME_LACK);
    write_id(w, &lack->channel);
    write_id(w, &lack->author);
    write_u64(w, lack->from);
    write_u64(w, lack->to);
    write_id(w, &lack->tip);
}

uint8_t wire_entry_hops(struct bytes frame)
{
    return frame.size > 1 && frame.at[1] > PART_ANSWER_END ? frame.at[1] - PART_ANSWER_END : 0;
}

void wire_set_hops(struct writer *w, uint8_t hops)
{
    CHECK(w->size > 1 && hops <= UINT8_MAX - PART_ANSWER_END);
    w->at[1] = hops == 0 ? PART_PUSH : (uint8_t)(hops + PART_ANSWER_END);
}

bool wire_read_ease(struct bytes frame, struct ease *ease)
{
    bool lazy = frame_kind(frame) == FRAME_LAZY;
    struct reader r = wire_open(frame, lazy ? FRAME_LAZY : FRAME_EAGER);
    ease->channel = read_id(&r);
    ease->author = read_id(&r);
    return read_done(&r);
}

void wire_write_ease(struct writer *w, enum frame_kind kind, const struct ease *ease)
{
    write_u8(w, (uint8_t)kind);
    write_id(w, &ease->channel);
    write_id(w, &ease->author);
}

bool wire_read_peers(struct bytes frame, struct peers *peers)
{
    struct reader r = wire_open(frame, FRAME_PEERS);
    peers->count = read_u8(&r);
    if (r.bad || peers->count < 1 || peers->count > LIMIT_PEERS)
        return false;
    for (size_t i = 0; i < peers->count; i++)
        if (!record_read(&r, &peers->records[i]))
            return false;
    return read_done(&r);
}

void wire_write_peers(struct writer *w, const struct bytes *records, size_t count)
{
    CHECK(count >= 1 && count <= LIMIT_PEERS);
    write_u8(w, FRAME_PEERS);
    write_u8(w, (uint8_t)count);
    for (size_t i = 0; i < count; i++)
        write_copy(w, records[i].at, records[i].size);
}

#define ENTRY_FRAME_FIXED (1 + 1 + 1 + 32 + 32 + 8 + 8 + 32 + 2 + 64)
#define ENTRY_FRAME_EACH  (1 + 2 + 8 + 8 + 4)
#define BODY_DROPPED      ((uint32_t)1 << 31)

bool wire_read_entries(struct reader *r, const struct entry *first, struct entry *entries,
                       size_t count)
{
    struct entry common = *first;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &entries[i];
        *entry = common;
        entry->kind = read_u8(r);
        entry->flags = read_u16(r);
        entry->lamport = read_u64(r);
        entry->wall_ms = read_u64(r);
        uint32_t size = read_u32(r);
        bool dropped = (size & BODY_DROPPED) != 0;
        entry->body_bytes = size & ~BODY_DROPPED;
        if (entry->body_bytes > LIMIT_BODY)
            return false;
        if (dropped)
            entry->body_hash = read_id(r);
        else
            entry->body = read_bytes(r, entry->body_bytes);
        if (r->bad)
            return false;
        entry_finish(entry);
        common.seq++;
        common.prev = entry->id;
    }
    return true;
}

bool wire_read_entry(struct bytes frame, struct arena *arena, struct run *run,
                     enum entry_part *part)
{
    struct reader r = wire_open(frame, FRAME_ENTRY);
    struct entry common = {0};
    uint8_t why = read_u8(&r);
    *part = why > PART_ANSWER_END ? PART_PUSH : (enum entry_part)why;
    common.version = read_u8(&r);
    common.channel = read_id(&r);
    common.author = read_id(&r);
    read_copy(&r, common.process.b, sizeof common.process.b);
    common.seq = read_u64(&r);
    common.prev = read_id(&r);
    run->count = read_u16(&r);
    /* Counted against what is really there before anything is taken for it. */
    if (r.bad || run->count < 1 || run->count > LIMIT_RUN_ENTRIES ||
        r.left < run->count * ENTRY_FRAME_EACH)
        return false;
    run->entries = arena_take(arena, run->count * sizeof *run->entries);
    if (!wire_read_entries(&r, &common, run->entries, run->count))
        return false;
    read_copy(&r, run->signature.b, sizeof run->signature.b);
    return read_done(&r) && run_is_chain(run);
}

void wire_write_entry_head(struct writer *w, const struct entry *first, size_t count,
                           enum entry_part part)
{
    write_u8(w, FRAME_ENTRY);
    write_u8(w, (uint8_t)part);
    write_u8(w, first->version);
    write_id(w, &first->channel);
    write_id(w, &first->author);
    write_copy(w, first->process.b, sizeof first->process.b);
    write_u64(w, first->seq);
    write_id(w, &first->prev);
    write_u16(w, (uint16_t)count);
}

void wire_write_entries(struct writer *w, const struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &entries[i];
        bool dropped = entry->body.at == NULL;
        write_u8(w, entry->kind);
        write_u16(w, entry->flags);
        write_u64(w, entry->lamport);
        write_u64(w, entry->wall_ms);
        write_u32(w, entry->body_bytes | (dropped ? BODY_DROPPED : 0));
        if (dropped)
            write_id(w, &entry->body_hash);
        else
            write_copy(w, entry->body.at, entry->body.size);
    }
}

void wire_write_entry(struct writer *w, const struct run *run, enum entry_part part)
{
    wire_write_entry_head(w, &run->entries[0], run->count, part);
    wire_write_entries(w, run->entries, run->count);
    write_copy(w, run->signature.b, sizeof run->signature.b);
}

size_t wire_entry_bytes(const struct run *run)
{
    size_t bytes = ENTRY_FRAME_FIXED;
    for (size_t i = 0; i < run->count; i++)
        bytes += ENTRY_FRAME_EACH +
                 (run->entries[i].body.at == NULL ? sizeof(struct id) : run->entries[i].body.size);
    return bytes;
}

bool wire_read_ping(struct bytes frame, struct ping *ping)
{
    bool pong = frame_kind(frame) == FRAME_PONG;
    struct reader r = wire_open(frame, pong ? FRAME_PONG : FRAME_PING);
    ping->token = read_u64(&r);
    ping->rtt_us = read_u32(&r);
    return read_done(&r);
}

void wire_write_ping(struct writer *w, enum frame_kind kind, const struct ping *ping)
{
    write_u8(w, (uint8_t)kind);
    write_u64(w, ping->token);
    write_u32(w, ping->rtt_us);
}

bool wire_read_bye(struct bytes frame, uint8_t *why)
{
    struct reader r = wire_open(frame, FRAME_BYE);
    *why = read_u8(&r);
    return read_done(&r);
}

void wire_write_bye(struct writer *w, uint8_t why)
{
    write_u8(w, FRAME_BYE);
    write_u8(w, why);
}
