/* What the tests of catching up share: a core, and an author of 400 entries whom it may hear of. */
#pragma once

#include "base/prng.h"
#include "core_help.h"

static struct bench *bench;
static struct author *author, *other;

static inline int setup(void **state)
{
    (void)state;
    bench = bench_new();
    author = author_new(bench, 5, 400, 0);
    other = NULL;
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    free(author);
    free(other);
    bench_free(bench);
    return 0;
}

static inline const struct id *who(void)
{
    return &author->identity.node;
}

static inline uint64_t stored(void)
{
    uint64_t count = 0;
    for (size_t i = 0; i < bench->seen_count; i++)
        if (bench->seen[i].kind == EFFECT_STORE)
            count += bench->seen[i].count;
    return count;
}

/* The heads that were announced last, to this link. */
static inline size_t last_heads(uint64_t link, struct have *have)
{
    struct bytes frame = last_sent(bench, link, FRAME_HAVE);
    assert_non_null(frame.at);
    assert_true(wire_read_have(frame, have));
    return have->count;
}

static inline bool announces(const struct have *have, const struct author *of, uint64_t seq)
{
    for (size_t i = 0; i < have->count; i++)
        if (have->heads[i].seq == seq && id_equal(&have->heads[i].tip, author_tip(of, seq)))
            return true;
    return false;
}

static inline void announce_many(uint64_t link, uint64_t mark)
{
    static struct have have;
    static uint8_t room[LIMIT_FRAME];
    have = (struct have){
        .channel = bench_channel(bench, "#fika"), .all = true, .count = LIMIT_HAVE_HEADS};
    for (size_t i = 0; i < have.count; i++) {
        uint64_t number = mark * LIMIT_HAVE_HEADS + i;
        have.heads[i] = (struct head){.author = {{3}}, .seq = 1 + i};
        memcpy(have.heads[i].author.b + 8, &number, sizeof number);
    }
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    peer_frame(bench, link, written(&w));
}

#define MANY 300
static struct author *many[MANY];

static inline void make_many(size_t count)
{
    for (uint32_t i = 0; i < count; i++)
        many[i] = author_new(bench, 1000 + i, 1, 0);
}

static inline void free_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(many[i]);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
