/* The store, where a run shares entries with what a branch has above its hole and leaves it: it says how far the
 * two are the same, and lets go of what they share where the core says so. */
#include "store_help.h"

static struct channel_name here; /* of each case another */

/* 1 to 30, and 1 to 30 that are the same up to `same`; of one process, so one of them is a lie. */
struct lie {
    struct author author;
    struct run truth, lie;
};

static struct lie make_lie(struct place *place, size_t same)
{
    static int cases;
    snprintf(here.text, sizeof here.text, "#case%d", cases++);
    struct lie made = {.author = author_of(1, here.text)};
    struct run low = author_run(&made.author, same, &place->arena);
    struct author liar = made.author;
    struct run high = author_run(&made.author, 30 - same, &place->arena), other;
    liar.lamport += 3;
    other = author_run(&liar, 30 - same, &place->arena);
    made.truth.entries = arena_take(&place->arena, 30 * sizeof *low.entries);
    made.lie.entries = arena_take(&place->arena, 30 * sizeof *low.entries);
    memcpy(made.truth.entries, low.entries, same * sizeof *low.entries);
    memcpy(made.lie.entries, low.entries, same * sizeof *low.entries);
    memcpy(made.truth.entries + same, high.entries, (30 - same) * sizeof *low.entries);
    memcpy(made.lie.entries + same, other.entries, (30 - same) * sizeof *low.entries);
    made.truth.count = made.lie.count = 30;
    return made;
}

static void append_rootless(struct place *place, uint32_t branch, const struct run *run)
{
    const struct entry *first = &run->entries[0];
    struct log_load load = load_of(place->store, &first->channel, &first->author, branch);
    load.rootless = true;
    load_place(&load, run);
    assert_int_equal(store_append(place->store, &here, &load, run, NULL, NULL), ERROR_NONE);
}

/* 1 to 10 are whole; the lie's 15 to 30 stand above a hole of branch 1, in three rows. */
static struct lie hold_lie(struct place *place, size_t same)
{
    struct lie made = make_lie(place, same);
    struct run low = part_of(&made.author, &made.truth, 0, 10);
    struct run a = part_of(&made.author, &made.lie, 14, 6);
    struct run b = part_of(&made.author, &made.lie, 20, 8);
    struct run c = part_of(&made.author, &made.lie, 28, 2);
    append(place, here.text, &low);
    append_rootless(place, 1, &a);
    append_rootless(place, 1, &b);
    append_rootless(place, 1, &c);
    commit(place);
    return made;
}

static uint64_t same_to(struct place *place, const struct lie *made, const struct run *of,
                        size_t from, size_t count)
{
    struct sifted sifted;
    struct run run = part_of(&made->author, of, from, count);
    memset(&sifted, 0x77, sizeof sifted);
    store_sift(place->store, &run, &sifted);
    assert_false(sifted.unread);
    for (size_t i = 0; i < LIMIT_BRANCHES; i++)
        assert_true(i == 1 || sifted.same_to[i] == 0);
    return sifted.same_to[1];
}

static void test_how_far_they_are_the_same(void **state)
{
    struct place *place = *state;
    struct lie made = hold_lie(place, 23);
    assert_int_equal(same_to(place, &made, &made.truth, 10, 20), 23);
    assert_int_equal(same_to(place, &made, &made.truth, 0, 30), 23);
    assert_int_equal(same_to(place, &made, &made.truth, 10, 10), 20);
    assert_int_equal(same_to(place, &made, &made.truth, 16, 6), 22);
    assert_int_equal(same_to(place, &made, &made.truth, 20, 10), 23);
    assert_int_equal(same_to(place, &made, &made.lie, 10, 20), 30);
    assert_int_equal(same_to(place, &made, &made.lie, 22, 2), 24);
    assert_int_equal(same_to(place, &made, &made.truth, 0, 14), 0); /* below it */
    assert_int_equal(same_to(place, &made, &made.truth, 23, 7), 0); /* beside it */
    struct run above = author_run(&made.author, 5, &place->arena);
    assert_int_equal(same_to(place, &made, &above, 0, 5), 0);
}

/* All frames of an answer, each on the one before. */
static void assert_answer(struct place *place, const struct run *made)
{
    struct want want = want_of(&made->entries[made->count - 1], 1);
    struct run run;
    uint64_t last;
    while (want.from <= want.to) {
        assert_true(serve(place, &want, &run, &last));
        assert_int_equal(run.entries[0].seq, want.from);
        for (uint64_t seq = want.from; seq <= last; seq++)
            assert_same_entry(&run.entries[seq - want.from], &made->entries[seq - 1]);
        want.from = last + 1;
    }
}

static struct log_load trimmed(struct place *place, const struct lie *made, size_t same)
{
    const struct entry *base = &made->truth.entries[same - 1];
    struct log_load load = load_of(place->store, &base->channel, &base->author, 1);
    load.rootless = false;
    load.base_seq = same;
    load.base = base->id;
    load.seq = load.span_to;
    load.tip = load.span_tip;
    load.lamport = load.span_lamport;
    load.span_from = load.span_to = 0;
    return load;
}

/* The truth comes, with or without its bodies, and takes what they share: within a row, at its end or its
 * beginning. */
static void test_what_they_share_is_let_go_of(void **state)
{
    struct place *place = *state;
    for (int bare = 0; bare < 2; bare++)
        for (size_t same = 15; same < 30; same++) {
            struct lie made = hold_lie(place, same);
            struct run rest = part_of(&made.author, &made.truth, 10, 20), run;
            rest.entries = arena_copy(&place->arena, rest.entries, 20 * sizeof *rest.entries);
            for (size_t i = 4; bare && i < same - 10; i++)
                rest.entries[i].body.at = NULL;
            append(place, here.text, &rest);
            struct log_load load = trimmed(place, &made, same);
            assert_int_equal(store_put(place->store, &here, &made.author.channel, &load, NULL),
                             ERROR_NONE);
            commit(place);
            reopen(place);
            assert_answer(place, &made.truth);
            assert_answer(place, &made.lie);
            assert_true(store_run_at(place->store, &made.author.channel, &made.author.identity.node,
                                     1, 0, &place->arena, &run));
            assert_int_equal(run.entries[0].seq, same + 1);
            assert_memory_equal(run.entries[0].prev.b, made.truth.entries[same - 1].id.b, 32);
            for (uint32_t branch = 0; branch < 2; branch++)
                assert_false(
                    load_of(place->store, &made.author.channel, &made.author.identity.node, branch)
                        .bare);
            assert_false(store_damaged(place->store));
        }
}

/* A branch that has nothing up to its base loses nothing. */
static void test_what_stands_on_its_base_stays(void **state)
{
    struct place *place = *state;
    struct lie made = make_lie(place, 20);
    struct run truth = part_of(&made.author, &made.truth, 0, 30);
    struct run lie = part_of(&made.author, &made.lie, 20, 10);
    append(place, here.text, &truth);
    append_branch(place, here.text, 1, &made.truth.entries[19], &lie);
    struct log_load load =
        load_of(place->store, &made.author.channel, &made.author.identity.node, 1);
    load.liar = true;
    assert_int_equal(store_put(place->store, &here, &made.author.channel, &load, NULL), ERROR_NONE);
    commit(place);
    reopen(place);
    assert_answer(place, &made.truth);
    assert_answer(place, &made.lie);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_how_far_they_are_the_same),
        TEST(test_what_they_share_is_let_go_of),
        TEST(test_what_stands_on_its_base_stays),
    };
    return cmocka_run_group_tests_name("store_overlaps", tests, NULL, NULL);
}
