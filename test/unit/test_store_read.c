/* The store asked by the core and its peers: what is held, how a run stands to it, and frames that
 * answer a WANT, along branches, within the bounds of a run, from anywhere. */
#include "store_help.h"

/* The frame from `from` on is a run of what was made, up to expected_to. */
static void assert_serves(struct place *place, const struct run *made, uint64_t from, uint64_t to,
                          uint64_t expected_to)
{
    struct run run;
    uint64_t last;
    struct want want = want_of(&made->entries[to - made->entries[0].seq], from);
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.entries[0].seq, from);
    assert_int_equal(run.entries[run.count - 1].seq, expected_to);
    assert_int_equal(last, expected_to < to ? expected_to : to);
    for (size_t i = 0; i < run.count; i++)
        assert_same_entry(&run.entries[i], &made->entries[from - made->entries[0].seq + i]);
}

static void assert_serves_nothing(struct place *place, const struct want *want)
{
    struct run run;
    uint64_t last;
    assert_false(serve(place, want, &run, &last));
    assert_false(store_damaged(place->store));
}

static void test_a_frame_ends_at_a_signature(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 100, &place->arena);
    for (size_t i = 0; i < 100; i += 10) {
        struct run ten = part_of(&author, &all, i, 10);
        append(place, "#fika", &ten);
    }
    commit(place);
    reopen(place);
    assert_serves(place, &all, 1, 100, 100);
    assert_serves(place, &all, 1, 90, 90);
    assert_serves(place, &all, 1, 99, 100); /* none there: on to the first above it */
    assert_serves(place, &all, 4, 25, 30);
    assert_serves(place, &all, 10, 10, 10);
    assert_serves(place, &all, 95, 100, 100);
    assert_serves(place, &all, 11, 19, 20);
    assert_serves(place, &all, 11, 11, 20);
    struct want want = want_of(&all.entries[49], 1);
    want.tip.b[0] ^= 1; /* another branch's */
    assert_serves_nothing(place, &want);
    want = want_of(&all.entries[49], 51);
    assert_serves_nothing(place, &want);
    want = want_of(&all.entries[49], 0);
    assert_serves_nothing(place, &want);
    want = want_of(&all.entries[99], 1);
    want.to = 101;
    assert_serves_nothing(place, &want);
    want = want_of(&all.entries[99], 1);
    want.author.b[0] ^= 1;
    assert_serves_nothing(place, &want);
    want = want_of(&all.entries[99], 1);
    want.channel.b[0] ^= 1;
    assert_serves_nothing(place, &want);
}

static void test_a_frame_is_bounded(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika"), large = author_of(2, "#fika");
    struct run all = author_run(&author, 128, &place->arena), big = {0};
    for (size_t i = 0; i < 128; i++) {
        struct run one = part_of(&author, &all, i, 1);
        append(place, "#fika", &one);
    }
    struct run more = author_run(&author, 128, &place->arena);
    append(place, "#fika", &more);
    assert_serves(place, &all, 1, 128, 128);
    struct want want = want_of(&more.entries[127], 1);
    struct run run;
    uint64_t last;
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.count, LIMIT_RUN_ENTRIES);
    want.from = 2; /* the 128 above do not fit any more */
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.count, 127);
    assert_int_equal(last, 128);
    want.from = 130;
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.count, 127);
    assert_memory_equal(run.entries[0].prev.b, more.entries[0].id.b, 32);
    /* Large bodies: what lies below one signature is bounded in bytes too. */
    big.entries = arena_take(&place->arena, 5 * sizeof *big.entries);
    for (size_t i = 0; i < 5; i++) {
        struct entry *entry = &big.entries[i];
        *entry = author_entry(&large, 1, &place->arena);
        entry->body = (struct bytes){arena_take(&place->arena, 16000), 16000};
        entry_finish(entry);
        large.tip = entry->id;
        struct run one = {entry, 1, entry_sign(entry, &large.identity)};
        append(place, "#fika", &one);
    }
    assert_serves(place, &big, 1, 5, 3);
    assert_serves(place, &big, 4, 5, 5);
}

static void test_a_frame_ends_with_the_process(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run before = author_run(&author, 5, &place->arena), run;
    uint64_t last;
    author.process.b[0] ^= 1;
    struct run after = author_run(&author, 5, &place->arena);
    append(place, "#fika", &before);
    append(place, "#fika", &after);
    struct want want = want_of(&after.entries[4], 2);
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.count, 4);
    want.from = last + 1;
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.count, 5);
    assert_memory_equal(run.entries[0].prev.b, before.entries[4].id.b, 32);
}

static void test_what_is_above_a_hole_is_not_served(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 60, &place->arena);
    struct run low = part_of(&author, &all, 0, 10), high = part_of(&author, &all, 30, 10);
    struct run hole = part_of(&author, &all, 10, 20);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    struct want want = want_of(&all.entries[39], 31);
    assert_serves_nothing(place, &want);
    assert_serves(place, &all, 1, 10, 10);
    append(place, "#fika", &hole);
    assert_serves(place, &all, 1, 40, 40);
    assert_serves(place, &all, 25, 33, 40);
}

static void test_dropped_bodies_are_served_as_such(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 20, &place->arena);
    for (size_t i = 0; i < 20; i += 3)
        all.entries[i].body = (struct bytes){0};
    append(place, "#fika", &all);
    assert_serves(place, &all, 1, 20, 20);
    assert_serves(place, &all, 8, 20, 20);
}

/* Three branches: 1..20, one off 12 (inside a run) with 13'..22', one off 15' of that. */
struct forks {
    struct author trunk, fork, twig;
    struct run low, side, top;
};

static struct forks make_forks(struct place *place)
{
    struct forks forks = {.trunk = author_of(1, "#fika")};
    struct run part = {0}, all;
    struct author at;
    all = author_run(&forks.trunk, 12, &place->arena);
    forks.fork = forks.trunk;
    forks.fork.process.b[0] = 98;
    part = author_run(&forks.trunk, 8, &place->arena);
    forks.low.entries = arena_take(&place->arena, 20 * sizeof *all.entries);
    memcpy(forks.low.entries, all.entries, 12 * sizeof *all.entries);
    memcpy(forks.low.entries + 12, part.entries, 8 * sizeof *all.entries);
    forks.low.count = 20;
    forks.low.signature = part.signature;
    append(place, "#fika", &forks.low);
    forks.side = author_run(&forks.fork, 3, &place->arena);
    append_branch(place, "#fika", 1, &forks.low.entries[11], &forks.side);
    at = forks.fork;
    part = author_run(&forks.fork, 7, &place->arena);
    append_to(place, "#fika", 1, &part);
    forks.twig = at;
    forks.twig.process.b[0] = 97;
    forks.top = author_run(&forks.twig, 5, &place->arena);
    append_branch(place, "#fika", 2, &forks.side.entries[2], &forks.top);
    commit(place);
    return forks;
}

/* Takes a whole answer, as a peer does; each frame must go on where the last one ended. */
static void assert_answer(struct place *place, const struct entry *tip)
{
    struct want want = want_of(tip, 1);
    struct id ids[64] = {{{0}}};
    struct run run;
    uint64_t last;
    while (want.from <= want.to) {
        assert_true(serve(place, &want, &run, &last));
        assert_int_equal(run.entries[0].seq, want.from);
        assert_memory_equal(run.entries[0].prev.b, ids[want.from - 1].b, 32);
        for (size_t i = 0; i < run.count; i++)
            ids[run.entries[i].seq] = run.entries[i].id;
        want.from = last + 1;
    }
    assert_memory_equal(ids[tip->seq].b, tip->id.b, 32);
}

static void test_branches_are_served_along_their_bases(void **state)
{
    struct place *place = *state;
    struct forks forks = make_forks(place);
    struct run run;
    uint64_t last;
    assert_answer(place, &forks.low.entries[19]);
    assert_answer(place, &forks.side.entries[2]);
    assert_answer(place, &forks.top.entries[4]);
    /* 12 has no signature: its run is brought whole, and the answer goes on at 13. */
    struct want want = want_of(&forks.top.entries[4], 5);
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.entries[run.count - 1].seq, 20);
    assert_memory_equal(run.entries[run.count - 1].id.b, forks.low.entries[19].id.b, 32);
    assert_int_equal(last, 12);
    want.from = 13;
    assert_true(serve(place, &want, &run, &last));
    assert_memory_equal(run.entries[run.count - 1].id.b, forks.side.entries[2].id.b, 32);
    assert_int_equal(last, 15);
    want.from = 16;
    assert_true(serve(place, &want, &run, &last));
    assert_memory_equal(run.entries[run.count - 1].id.b, forks.top.entries[4].id.b, 32);
}

static void test_what_is_held(void **state)
{
    struct place *place = *state;
    struct forks forks = make_forks(place);
    const struct run *runs[] = {&forks.low, &forks.side, &forks.top};
    struct id author = forks.trunk.identity.node;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < runs[k]->count; i++) {
            const struct entry *entry = &runs[k]->entries[i];
            struct id id = entry->id;
            assert_true(store_holds(place->store, &entry->channel, &author, entry->seq, &id));
            id.b[31] ^= 1;
            assert_false(store_holds(place->store, &entry->channel, &author, entry->seq, &id));
        }
    const struct id *channel = &forks.trunk.channel;
    assert_false(store_holds(place->store, channel, &author, 21, &forks.low.entries[19].id));
    assert_false(store_holds(place->store, channel, &author, 0, &forks.low.entries[19].id));
    author.b[0] ^= 1;
    assert_false(store_holds(place->store, channel, &author, 1, &forks.low.entries[0].id));
    /* A run above a hole is not held. */
    struct author other = author_of(2, "#fika");
    author_run(&other, 5, &place->arena);
    struct run high = author_run(&other, 5, &place->arena);
    append(place, "#fika", &high);
    assert_false(store_holds(place->store, channel, &other.identity.node, 10, &high.entries[4].id));
}

static struct sifted sift(struct place *place, const struct run *run)
{
    struct sifted sifted;
    memset(&sifted, 0x77, sizeof sifted);
    store_sift(place->store, run, &sifted);
    return sifted;
}

static struct run joined(struct place *place, const struct run *a, size_t from, size_t count,
                         const struct run *b)
{
    struct run run = {arena_take(&place->arena, (count + b->count) * sizeof *run.entries),
                      count + b->count, b->signature};
    memcpy(run.entries, a->entries + from, count * sizeof *run.entries);
    memcpy(run.entries + count, b->entries, b->count * sizeof *run.entries);
    return run;
}

static void test_sift(void **state)
{
    struct place *place = *state;
    struct forks forks = make_forks(place);
    struct author author = forks.trunk, next = forks.fork, lost = author_of(1, "#fika");
    struct run run = part_of(&author, &forks.low, 3, 10);
    struct sifted sifted = sift(place, &run);
    assert_int_equal(sifted.held, 10);
    assert_true(sifted.based && !sifted.lie);
    assert_memory_equal(sifted.below.b, run.entries[9].id.b, 32);
    assert_int_equal(sifted.lamport, run.entries[9].lamport);

    /* 11, 12 held, 13'' new beside two others, of a process of its own. */
    struct author third = author_of(1, "#fika");
    third.seq = 12;
    third.lamport = 12;
    third.tip = forks.low.entries[11].id;
    third.process.b[0] = 50;
    struct author liar = third;
    struct run fresh = author_run(&third, 4, &place->arena);
    run = joined(place, &forks.low, 10, 2, &fresh);
    sifted = sift(place, &run);
    assert_int_equal(sifted.held, 2);
    assert_true(sifted.based && !sifted.lie);
    assert_memory_equal(sifted.below.b, forks.low.entries[11].id.b, 32);
    assert_int_equal(sifted.lamport, 12);
    sifted = sift(place, &fresh); /* the same, begun at 13'' */
    assert_int_equal(sifted.held, 0);
    assert_true(sifted.based && !sifted.lie);
    assert_memory_equal(sifted.below.b, forks.low.entries[11].id.b, 32);
    assert_int_equal(sifted.lamport, 12);

    /* The same with the process of the trunk, then of the fork: a lie. */
    liar.process = forks.trunk.process;
    struct author again = liar;
    liar.lamport += 5;
    struct run lie = author_run(&liar, 2, &place->arena);
    assert_true(sift(place, &lie).lie);
    again.process = forks.fork.process;
    again.lamport += 5;
    lie = author_run(&again, 2, &place->arena);
    run = joined(place, &forks.low, 4, 8, &lie);
    sifted = sift(place, &run);
    assert_true(sifted.lie);
    assert_int_equal(sifted.held, 8);

    /* Above what is not held: nothing is known. */
    author_run(&next, 1, &place->arena);
    run = author_run(&next, 3, &place->arena);
    sifted = sift(place, &run);
    assert_true(sifted.held == 0 && !sifted.based && !sifted.lie);

    /* At seq 1 there is always a base. */
    lost.process.b[0] = 40;
    struct author lost_lie = author_of(1, "#fika");
    run = author_run(&lost, 2, &place->arena);
    sifted = sift(place, &run);
    assert_true(sifted.held == 0 && sifted.based && !sifted.lie);
    assert_int_equal(sifted.lamport, 0);
    assert_true(id_is_zero(&sifted.below));
    lost_lie.lamport = 77;
    run = author_run(&lost_lie, 2, &place->arena);
    sifted = sift(place, &run);
    assert_true(sifted.based && sifted.lie);
    struct author nobody = author_of(99, "#fika");
    run = author_run(&nobody, 2, &place->arena);
    sifted = sift(place, &run);
    assert_true(sifted.held == 0 && sifted.based && !sifted.lie);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_a_frame_ends_at_a_signature),
        TEST(test_a_frame_is_bounded),
        TEST(test_a_frame_ends_with_the_process),
        TEST(test_what_is_above_a_hole_is_not_served),
        TEST(test_dropped_bodies_are_served_as_such),
        TEST(test_branches_are_served_along_their_bases),
        TEST(test_what_is_held),
        TEST(test_sift),
    };
    return cmocka_run_group_tests_name("store_read", tests, NULL, NULL);
}
