/* Fuzz: private channels: bodies of acts, and who is in by many of them, in any order; and a sealed line. */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "core/groupseal.h"
#include "core/members.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ACTS_MOST 64

static void reads_what_it_writes(const uint8_t *data, size_t size)
{
    static uint8_t out[LIMIT_BODY];
    for (uint8_t kind = ENTRY_ADMIT; kind <= ENTRY_EPOCH; kind++) {
        struct entry entry = {.kind = kind, .author = {{1}}, .body = {data, size}};
        struct act act;
        if (!act_read(&entry, &act))
            continue;
        CHECK(act_write(out, &act) == size && memcmp(out, data, size) == 0);
    }
}

/* Few people, few terms, acts that name one another: a byte each. */
static size_t acts_of(const uint8_t *data, size_t size, struct act acts[ACTS_MOST])
{
    size_t count = 0;
    for (; size >= 7 && count < ACTS_MOST; data += 7, size -= 7) {
        struct act *act = &acts[count++];
        *act = (struct act){.kind = (uint8_t)(ENTRY_ADMIT + data[0] % 3),
                            .term = data[1] >> 6,
                            .seq = 1 + data[2] % 16,
                            .lamport = 1 + data[2],
                            .member_term = data[3] >> 6,
                            .may_invite = (data[3] & 32) != 0,
                            .history = (data[3] & 16) != 0,
                            .cut_seq = data[4] % 16};
        act->author.b[0] = data[1] % 8;
        act->member.b[0] = data[3] % 8;
        act->id.b[0] = (uint8_t)count;
        act->last.b[0] = data[5] % ACTS_MOST;
        act->cut_last.b[0] = data[4] % ACTS_MOST;
        act->by.b[0] = data[6] % ACTS_MOST; /* also in a circle */
    }
    return count;
}

static void same_in_any_order(const uint8_t *data, size_t size)
{
    struct act acts[ACTS_MOST], turned[ACTS_MOST];
    struct members one = {0}, other = {0};
    struct id founder = {{0}};
    size_t count = acts_of(data, size, acts);
    for (size_t i = 0; i < count; i++)
        turned[count - 1 - i] = acts[i];
    members_compute(&one, &founder, acts, count);
    members_compute(&other, &founder, turned, count);
    CHECK(one.seat_count == other.seat_count && one.taken_count == other.taken_count);
    CHECK(!one.seats[0].cut || id_equal(&one.seats[0].cut_by, &founder));
    for (size_t i = 0; i < one.seat_count; i++) {
        const struct seat *seat = &one.seats[i];
        const struct seat *same = &other.seats[i];
        CHECK(id_equal(&same->admit, &seat->admit) && same->in == seat->in &&
              same->cut == seat->cut && same->above == seat->above);
        CHECK(members_takes(&one, &seat->member));
    }
    members_release(&one);
    members_release(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t SECRET[32] = {7}, RANDOM[32] = {9}, EPOCH[ACT_SHORT] = {5};
    static uint8_t sealed[LIMIT_BODY], plain[SEAL_PLAIN_MOST];
    struct groupseal_terms terms = {{{1}}, {{2}}, 3};
    uint8_t kind;
    struct bytes body;
    reads_what_it_writes(data, size);
    same_in_any_order(data, size);
    groupseal_open((struct bytes){data, size}, &terms, SECRET, plain, &kind, &body);
    if (size == 0 || size > SEAL_BODY_MOST)
        return 0;
    size_t taken = groupseal_write(sealed, &terms, EPOCH, SECRET, RANDOM, size,
                                   (enum entry_kind)data[0], (struct bytes){data, size});
    CHECK(groupseal_open((struct bytes){sealed, taken}, &terms, SECRET, plain, &kind, &body));
    CHECK(kind == data[0] && body.size == size && memcmp(body.at, data, size) == 0);
    sealed[(data[0] | data[size - 1] << 8) % taken] ^= 1;
    CHECK(!groupseal_open((struct bytes){sealed, taken}, &terms, SECRET, plain, &kind, &body));
    return 0;
}
