/* Bodies that came dropped: which are missing, how they are put in, and what is given to others of
 * them. */
#include <sqlite3.h>

#include "store_help.h"

/* The run as somebody has it who let the bodies from..to go. */
static struct run without(struct place *place, const struct run *run, size_t from, size_t to)
{
    struct run bare = *run;
    bare.entries = arena_copy(&place->arena, run->entries, run->count * sizeof *run->entries);
    for (size_t i = from; i <= to; i++)
        bare.entries[i].body = (struct bytes){0};
    return bare;
}

static void assert_bare(struct place *place, const struct author *author, uint64_t above,
                        uint64_t from, uint64_t to)
{
    struct head top;
    uint64_t is_from;
    bool any = store_bare(place->store, &author->channel, &author->identity.node, 0, above,
                          &is_from, &top);
    assert_int_equal(any, to != 0);
    assert_int_equal(top.seq, to);
    if (to != 0)
        assert_int_equal(is_from, from);
    struct log_load load = load_of(place->store, &author->channel, &author->identity.node, 0);
    if (above == 0)
        assert_int_equal(load.bare, any);
}

/* Returns how many were given one. */
static size_t fill(struct place *place, const struct run *run)
{
    bool filled[LIMIT_RUN_ENTRIES];
    size_t count = 0;
    assert_int_equal(store_fill(place->store, run, NULL, filled, NULL), ERROR_NONE);
    commit(place);
    for (size_t i = 0; i < LIMIT_RUN_ENTRIES; i++) {
        assert_true(!filled[i] || i < run->count);
        count += filled[i];
    }
    return count;
}

/* All that is held has its own body, but for `lost` entries. */
static void assert_bodies(struct place *place, const struct run *made, size_t lost)
{
    struct run run;
    const struct entry *first = &made->entries[0];
    size_t bare = 0, all = 0;
    for (uint64_t above = first->seq - 1;
         store_run_at(place->store, &first->channel, &first->author, 0, above, &place->arena, &run);
         above = run.entries[run.count - 1].seq) {
        for (size_t i = 0; i < run.count; i++, all++) {
            if (run.entries[i].body.at == NULL)
                bare++;
            else
                assert_same_entry(&run.entries[i], &made->entries[run.entries[i].seq - first->seq]);
        }
        assert_true(entry_verify(&run.entries[run.count - 1], &run.signature));
    }
    assert_int_equal(all, made->count);
    assert_int_equal(bare, lost);
}

static void test_missing_ones_are_put_in(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 100, &place->arena);
    for (size_t i = 0; i < 100; i += 10) { /* rows of ten; missing: 21-40, 65-66 */
        struct run part = part_of(&anna, &all, i, 10);
        if (i == 20 || i == 30)
            part = without(place, &part, 0, 9);
        if (i == 60)
            part = without(place, &part, 4, 5);
        append(place, "#fika", &part);
    }
    commit(place);
    assert_bare(place, &anna, 0, 21, 40);
    assert_bare(place, &anna, 25, 26, 40);
    assert_bare(place, &anna, 40, 61, 70);
    assert_bare(place, &anna, 70, 0, 0);
    reopen(place);
    assert_bare(place, &anna, 0, 21, 40);
    assert_bodies(place, &all, 22);
    struct run some = part_of(&anna, &all, 25, 40); /* 26 to 65: as another cut them */
    assert_int_equal(fill(place, &some), 16);
    assert_bare(place, &anna, 0, 21, 30);
    assert_int_equal(fill(place, &some), 0);
    assert_int_equal(fill(place, &all), 6);
    assert_bare(place, &anna, 0, 0, 0);
    assert_bodies(place, &all, 0);
    reopen(place);
    assert_bare(place, &anna, 0, 0, 0);
    assert_bodies(place, &all, 0);
}

/* Another's entries, or a body that is not the one, go nowhere. */
static void test_only_the_right_one(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), copy = anna, bo = author_of(2, "#fika");
    struct run all = author_run(&anna, 10, &place->arena);
    struct run bare = without(place, &all, 0, 9);
    append(place, "#fika", &bare);
    commit(place);
    copy.lamport = 5; /* the same places, other entries */
    struct run others = author_run(&copy, 10, &place->arena);
    struct run foreign = author_run(&bo, 10, &place->arena);
    assert_int_equal(fill(place, &others), 0);
    assert_int_equal(fill(place, &foreign), 0);
    assert_int_equal(fill(place, &bare), 0);
    assert_bodies(place, &all, 10);
    assert_int_equal(fill(place, &all), 10);
}

/* What this node let go of by itself, or was asked to forget, is not missing. */
static void test_what_is_not_wanted(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 20, &place->arena);
    struct error error;
    struct run bare = without(place, &all, 10, 14);
    append(place, "#fika", &bare);
    struct run forget = forget_run(&anna, &all.entries[11], &place->arena);
    append(place, "#fika", &forget);
    commit(place);
    assert_bare(place, &anna, 0, 1, 20);
    while (store_retain(place->store, 1700000000000u + 14, 0, &error)) /* up to 13 */
        commit(place);
    commit(place);
    assert_bare(place, &anna, 0, 14, 20);
    assert_int_equal(fill(place, &all), 2); /* 14 and 15 */
    assert_bare(place, &anna, 0, 0, 0);
}

/* A FORGET that came without its body, and gets it, is honoured. */
static void test_a_forget_that_was_bare(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 5, &place->arena);
    struct run forget = forget_run(&anna, &all.entries[2], &place->arena);
    struct entry held = forget.entries[0];
    append(place, "#fika", &all);
    struct run bare = without(place, &forget, 0, 0);
    append(place, "#fika", &bare);
    commit(place);
    assert_bodies(place, &(struct run){all.entries, 6, all.signature}, 1);
    assert_bare(place, &anna, 0, 6, 6);
    held.kind = ENTRY_TEXT; /* not what is held: nobody's word */
    entry_finish(&held);
    assert_int_equal(fill(place, &(struct run){&held, 1, forget.signature}), 0);
    assert_int_equal(fill(place, &forget), 1);
    struct run run;
    assert_true(
        store_run_at(place->store, &anna.channel, &anna.identity.node, 0, 0, &place->arena, &run));
    assert_null(run.entries[2].body.at);
    assert_non_null(run.entries[3].body.at);
    assert_bare(place, &anna, 0, 0, 0);
}

/* Who is asked for bodies gives what he has, and says up to where he has none. */
static void test_what_is_given(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 100, &place->arena), run;
    uint64_t last;
    struct error error;
    for (size_t i = 0; i < 100; i += 10) {
        struct run part = part_of(&anna, &all, i, 10);
        if (i >= 20 && i < 70)
            part = without(place, &part, 0, 9);
        append(place, "#fika", &part);
    }
    commit(place);
    while (store_retain(place->store, 1700000000000u + 11, 0, &error))
        commit(place);
    commit(place);
    struct want want = want_of(&all.entries[79], 1);
    want.bodies = true;
    assert_true(serve(place, &want, &run, &last)); /* 1 to 10 were let go of */
    assert_int_equal(run.entries[0].seq, 11);
    assert_int_equal(last, 20);
    want.from = 21;
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.entries[0].seq, 71);
    assert_int_equal(last, 80);
    want = want_of(&all.entries[69], 21);
    want.bodies = true;
    assert_false(serve(place, &want, &run, &last));
    assert_int_equal(last, 70);
    want.tip.b[0] ^= 1; /* nothing that is held */
    assert_false(serve(place, &want, &run, &last));
    assert_int_equal(last, 70);
    want = want_of(&all.entries[69], 21); /* a WANT is given them as they are */
    assert_true(serve(place, &want, &run, &last));
    assert_int_equal(run.entries[0].seq, 21);
    assert_null(run.entries[0].body.at);
}

/* A file of version 2, which does not say what is missing. */
static void test_version_2(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run all = author_run(&anna, 20, &place->arena);
    append(place, "#fika", &all);
    commit(place);
    reopen_from(place, 2);
    assert_bodies(place, &all, 0);
    assert_bare(place, &anna, 0, 0, 0);
    struct run more = author_run(&anna, 5, &place->arena);
    struct run bare = without(place, &more, 0, 4);
    append(place, "#fika", &bare);
    commit(place);
    assert_bare(place, &anna, 0, 21, 25);
    assert_int_equal(fill(place, &more), 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_missing_ones_are_put_in), TEST(test_only_the_right_one),
        TEST(test_what_is_not_wanted),      TEST(test_a_forget_that_was_bare),
        TEST(test_what_is_given),           TEST(test_version_2),
    };
    return cmocka_run_group_tests_name("store_bodies", tests, NULL, NULL);
}
