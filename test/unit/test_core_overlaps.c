/* Core: a run shares entries with what is held above a hole and leaves it in the middle. Both are kept, and no
 * entry stands on two branches. */
#include "sync_help.h"

/* A run is of one process, so whose runs leave each other within a run is a liar. */

/* How many entries stand on the author's branches, as the store was told last. */
static uint64_t standing(void)
{
    uint64_t count = 0;
    for (size_t i = 0; i < bench->spans.count; i++) {
        const struct log_load *load = &bench->spans.list[i].load;
        count += load->rootless ? 0 : load->seq - load->base_seq;
        count += load->span_from == 0 ? 0 : load->span_to - load->span_from + 1;
    }
    return count;
}

/* So many entries are there, each shown once and on one branch. */
static void assert_each_once(uint64_t count)
{
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), count);
    assert_int_equal(standing(), count);
}

static void assert_heads(uint64_t link, uint64_t on_author, uint64_t on_other, size_t count)
{
    struct have have;
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), count);
    assert_true(announces(&have, author, on_author) && announces(&have, other, on_other));
}

/* 4 to 6' of the other are held on a branch of their own, and the first of a third, 1'' to 3''. */
static struct author *hold_a_fork(uint64_t link)
{
    struct author *third = author_new(bench, 5, 20, 1);
    author_write(bench, third, 1, 20, 7, 7);
    other = author_fork(bench, author, 5, 12, 1, 2);
    peer_entries(bench, link, third, 1, 1, PART_PUSH);
    peer_entries(bench, link, other, 4, 6, PART_PUSH);
    peer_entries(bench, link, third, 2, 3, PART_PUSH);
    assert_each_once(6);
    assert_true(last_effect(bench, EFFECT_SPLIT)->load2.rootless);
    return third;
}

/* What is below them both is not known: what is held stays, and the way down is asked for first. */
static void a_run_that_leaves_a_part_and_stands_on_nothing(void **state)
{
    (void)state;
    author->count = 16;
    for (uint64_t cut = 1; cut <= 16; cut++) {
        struct bench *fresh = bench_new();
        bench_free(bench);
        bench = fresh;
        uint64_t link = peer_up(bench, 1), two = peer_up(bench, 2);
        struct author *third = hold_a_fork(link);
        struct library library = {.authors = {author}, .count = 1, .run = cut};
        peer_entries(bench, two, author, 5, 16, PART_PUSH);
        assert_each_once(6);
        peer_have(bench, two, true, who(), 16, author_tip(author, 16));
        library_answer(bench, &library, two);
        bench_pass(bench, 8000);
        library_answer(bench, &library, two);
        assert_each_once(3 + 1 + 16);
        assert_heads(link, 16, 6, 3);
        free(third);
        free(other);
        other = NULL;
    }
}

/* All the way down, in one run: it takes what they share. */
static void a_run_that_leaves_a_part_and_is_whole(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    struct author *third = hold_a_fork(link);
    peer_entries(bench, link, author, 1, 16, PART_PUSH);
    assert_each_once(3 + 1 + 16);
    const struct seen *put = last_effect(bench, EFFECT_PUT);
    assert_int_equal(put->load.base_seq, 5);
    assert_int_equal(put->load.seq, 6);
    assert_false(put->load.rootless);
    assert_true(id_equal(&put->load.base, author_tip(author, 5)));
    assert_true(id_equal(&put->load.tip, author_tip(other, 6)));
    assert_heads(link, 16, 6, 3);
    peer_entries(bench, link, other, 7, 12, PART_PUSH);
    peer_entries(bench, link, other, 4, 6, PART_PUSH);
    assert_each_once(3 + 7 + 16);
    assert_heads(link, 16, 12, 3);
    free(third);
}

/* What is above a branch's own hole is left by what fills the hole, whether the run ends in it or above it; and
 * so when nothing is known of its first entry, as after a start. */
static void a_run_that_fills_a_hole_and_leaves_what_is_above(void **state)
{
    (void)state;
    for (uint64_t to = 6; to <= 12; to++) {
        struct bench *fresh = bench_new();
        bench_free(bench);
        bench = fresh;
        struct author *fork = author_fork(bench, author, 5, 12, 1, 2);
        free(other);
        other = fork;
        uint64_t link = peer_up(bench, 1);
        peer_entries(bench, link, author, 1, 2, PART_PUSH);
        peer_entries(bench, link, other, 4, 9, PART_PUSH);
        peer_entries(bench, link, author, 3, to, PART_PUSH);
        assert_each_once(to + 4);
        assert_int_equal(count_effects(bench, EFFECT_SIFT), 1);
        assert_heads(link, to, 9, 2);
        peer_entries(bench, link, author, to + 1, 16, PART_PUSH);
        peer_entries(bench, link, other, 10, 12, PART_PUSH);
        assert_each_once(16 + 7);
        assert_heads(link, 16, 12, 2);
    }
}

/* Nothing is shared: what is above the hole stands on the same entry as the run's. */
static void a_run_that_fills_a_hole_beside_what_is_above(void **state)
{
    (void)state;
    other = author_fork(bench, author, 3, 12, 1, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 2, PART_PUSH);
    peer_entries(bench, link, other, 4, 9, PART_PUSH);
    peer_entries(bench, link, author, 3, 5, PART_PUSH);
    assert_each_once(5 + 6);
    assert_heads(link, 5, 9, 2);
}

/* An honest author's run may end in what is above the hole: that is looked at, and joined. */
static void a_run_that_ends_in_what_is_above_a_hole(void **state)
{
    (void)state;
    struct have have;
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 2, PART_PUSH);
    peer_entries(bench, link, author, 5, 9, PART_PUSH);
    peer_entries(bench, link, author, 7, 8, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_SIFT), 0);
    peer_entries(bench, link, author, 3, 7, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_SIFT), 1);
    assert_each_once(9);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 1);
    assert_true(announces(&have, author, 9));
}

/* What the store said of a part that has grown since is asked again. */
static void an_answer_of_the_store_to_less(void **state)
{
    (void)state;
    other = author_fork(bench, author, 8, 12, 1, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 2, PART_PUSH);
    peer_entries(bench, link, other, 5, 6, PART_PUSH);
    peer_entries(bench, link, other, 7, 9, PART_PUSH);
    bench->store_is_slow = true;
    peer_entries(bench, link, author, 3, 8, PART_PUSH); /* all of it, were it not for 9' */
    peer_entries(bench, link, author, 3, 16, PART_PUSH);
    peer_entries(bench, link, other, 10, 12, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_SIFT), 2);
    bench_answer(bench);
    assert_true(count_effects(bench, EFFECT_SIFT) > 2);
    assert_each_once(16 + 4);
    bench->store_is_slow = false;
    assert_heads(link, 16, 12, 2);
}

/* There is no room for one more branch: it is declined, and what is there stays. */
static void a_run_that_leaves_a_part_for_which_there_is_no_room(void **state)
{
    (void)state;
    other = author_fork(bench, author, 5, 12, 1, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 2, PART_PUSH);
    for (uint8_t i = 0; i < LIMIT_BRANCHES - 1; i++) {
        struct author *one = author_new(bench, 5, 1, (uint8_t)(100 + i));
        author_write(bench, one, 1, 1, (uint8_t)(100 + i), (uint8_t)(10 + i));
        peer_entries(bench, link, one, 1, 1, PART_PUSH);
        free(one);
    }
    peer_entries(bench, link, other, 4, 9, PART_PUSH);
    uint64_t held = 2 + LIMIT_BRANCHES - 1 + 6;
    assert_each_once(held);
    peer_entries(bench, link, author, 3, 12, PART_PUSH);
    peer_entries(bench, link, author, 1, 7, PART_PUSH);
    assert_each_once(held);
    peer_entries(bench, link, other, 3, 7, PART_PUSH); /* which it goes on with */
    assert_each_once(held + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_run_that_leaves_a_part_and_stands_on_nothing),
        test(a_run_that_leaves_a_part_and_is_whole),
        test(a_run_that_fills_a_hole_and_leaves_what_is_above),
        test(a_run_that_fills_a_hole_beside_what_is_above),
        test(a_run_that_ends_in_what_is_above_a_hole),
        test(an_answer_of_the_store_to_less),
        test(a_run_that_leaves_a_part_for_which_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
