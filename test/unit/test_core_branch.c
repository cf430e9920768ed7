/* Core: branches, where a backup was restored or an author lies, and the answers of the store that they need. */
#include "sync_help.h"

/* ---- branches: a backup was restored, or an author lies ---- */

/* The base is held: the store says so, and the branch is kept beside the other. */
static void a_fork_is_kept(void **state)
{
    (void)state;
    struct have have;
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_SIFT), 1);
    assert_int_equal(stored(), 15);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 15);
    const struct seen *store = last_effect(bench, EFFECT_STORE);
    assert_int_equal(store->load.branch, 1);
    assert_int_equal(store->load.base_seq, 7);
    assert_int_equal(store->load.seq, 12);
    assert_true(id_equal(&store->load.base, author_tip(author, 7)));
    assert_false(store->load.rootless);
    assert_int_equal(count_told(bench, TOLD_LIAR), 0); /* another process */
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2); /* both, in one frame */
    assert_true(announces(&have, author, 10) && announces(&have, other, 12));
    peer_entries(bench, link, author, 11, 14, PART_PUSH); /* either goes on */
    peer_entries(bench, link, other, 8, 12, PART_PUSH);   /* and twice is once */
    assert_int_equal(stored(), 19);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2);
    assert_true(announces(&have, author, 14) && announces(&have, other, 12));
}

/* A run may begin with what is held: only its rest is new. */
static void a_fork_within_a_run(void **state)
{
    (void)state;
    author_write(bench, author, 1, 10, 0, 2);
    other = author_fork(bench, author, 7, 12, 1, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_entries(bench, link, other, 3, 12, PART_PUSH);
    assert_int_equal(stored(), 15);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 8);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.base_seq, 7);
}

/* An author who began twice. */
static void two_roots(void **state)
{
    (void)state;
    struct have have;
    other = author_new(bench, 5, 20, 1);
    author_write(bench, other, 1, 20, 1, 3);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    peer_entries(bench, link, other, 1, 2, PART_PUSH);
    assert_int_equal(stored(), 5);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.base_seq, 0);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.branch, 1);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2);
    assert_true(announces(&have, author, 3) && announces(&have, other, 2));
    peer_entries(bench, link, other, 3, 9, PART_PUSH);
    assert_int_equal(stored(), 12);
}

/* One process that says two things in one place: told once, and its messages are marked. */
static void a_lie_is_told_once(void **state)
{
    (void)state;
    struct author *third = author_fork(bench, author, 3, 9, 2, 2);
    other = author_fork(bench, author, 7, 12, 1, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    assert_false(last_show(bench, SHOW_MESSAGE)->show.liar);
    peer_entries(bench, link, other, 8, 9, PART_PUSH);
    assert_int_equal(count_told(bench, TOLD_LIAR), 1);
    assert_true(last_show(bench, SHOW_MESSAGE)->show.liar);
    assert_true(last_effect(bench, EFFECT_STORE)->load.liar);
    peer_entries(bench, link, other, 10, 12, PART_PUSH);
    peer_entries(bench, link, third, 4, 9, PART_PUSH);
    assert_int_equal(count_told(bench, TOLD_LIAR), 1);
    peer_entries(bench, link, author, 11, 11, PART_PUSH);
    assert_int_equal(count_told(bench, TOLD_LIAR), 1);
    assert_true(last_show(bench, SHOW_MESSAGE)->show.liar);
    assert_int_equal(stored(), 22);
    free(third);
}

static void start_over(void)
{
    bench_free(bench);
    bench = bench_new();
}

/* Runs of `cut` entries; 350 are held; the other branch stands on `at` and ends at 400. */
static void probe_from(uint64_t at, uint64_t cut)
{
    struct have have;
    struct library library = {.count = 1, .run = cut};
    struct author *fork = author_fork(bench, author, at, 400, 1, 3);
    start_over();
    bench_load(bench, author, 350);
    library.authors[0] = fork;
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, who(), 400, author_tip(fork, 400));
    library_answer(bench, &library, link);
    bench_pass(bench, HAVE_DELAY_MS);
    if (stored() != 400 - at)
        fail_msg("fork at %d, runs of %d: %d of %d came, after %d questions, the last %d to %d",
                 (int)at, (int)cut, (int)stored(), (int)(400 - at), (int)library.asked,
                 (int)library.last.from, (int)library.last.to);
    assert_int_equal(last_heads(link, &have), 2);
    if (!announces(&have, author, 350) || !announces(&have, fork, 400) || library.asked > 40)
        fail_msg("fork at %d, runs of %d: %d questions, heads %d and %d", (int)at, (int)cut,
                 (int)library.asked, (int)have.heads[0].seq, (int)have.heads[1].seq);
    assert_int_equal(count_told(bench, TOLD_LIAR), 0);
    bench_forget(bench); /* and then all is said */
    bench_pass(bench, 8000);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 0);
    free(fork);
}

static void a_deep_fork_is_found(void **state)
{
    (void)state;
    static const uint64_t CUT[] = {100, 10, 3};
    static const uint64_t AT[] = {349, 340, 330, 300, 200, 100, 37, 5, 1};
    for (size_t i = 0; i < sizeof CUT / sizeof CUT[0]; i++)
        for (size_t k = 0; k < sizeof AT / sizeof AT[0]; k++)
            probe_from(AT[k], CUT[i]);
}

/* Each line signed by itself, as talk is. */
static void a_deep_fork_of_single_lines_is_found(void **state)
{
    (void)state;
    static const uint64_t AT[] = {349, 340, 330, 300, 200, 100, 37, 5, 1};
    for (size_t k = 0; k < sizeof AT / sizeof AT[0]; k++)
        probe_from(AT[k], 1);
}

/* It is asked from lower and lower, always with the same end. */
static void probes_go_down(void **state)
{
    (void)state;
    uint64_t before = 351;
    other = author_fork(bench, author, 300, 400, 1, 3);
    bench_load(bench, author, 350);
    struct library library = {.authors = {other}, .count = 1, .run = 1};
    uint64_t link = peer_up(bench, 1);
    peer_have(bench, link, true, who(), 400, author_tip(other, 400));
    struct want want = last_want(bench, link);
    assert_int_equal(want.from, 351);
    for (int i = 0; before > 300; i++) {
        assert_true(i < 4);
        bench_forget(bench);
        library_serve(bench, &library, link, &want);
        want = last_want(bench, link);
        assert_true(want.from < before);
        if (want.from > 300) /* still on the branch: none of it is kept */
            assert_int_equal(stored(), 0);
        assert_int_equal(want.to, 400);
        assert_true(id_equal(&want.tip, author_tip(other, 400)));
        before = want.from;
    }
}

/* The newest lines of a fork came first, above a hole that is no hole of this branch. */
static void a_fork_whose_tail_came_first(void **state)
{
    (void)state;
    static const uint64_t CUT[] = {1, 7, 100};
    for (size_t i = 0; i < sizeof CUT / sizeof CUT[0]; i++) {
        struct have have;
        struct library library = {.count = 1, .run = CUT[i]};
        struct author *fork = author_fork(bench, author, 5, 400, 1, 3);
        start_over();
        bench_load(bench, author, 10);
        library.authors[0] = fork;
        uint64_t link = peer_up(bench, 1);
        bench_forget(bench);
        peer_have(bench, link, true, who(), 400, author_tip(fork, 400));
        assert_true(last_want(bench, link).from > 300);
        library_answer(bench, &library, link);
        bench_pass(bench, HAVE_DELAY_MS);
        if (stored() < 395)
            fail_msg("runs of %d: %d of 395 came, after %d questions, the last %d to %d",
                     (int)CUT[i], (int)stored(), (int)library.asked, (int)library.last.from,
                     (int)library.last.to);
        assert_int_equal(count_shown(bench, SHOW_MESSAGE), 395); /* once each */
        assert_int_equal(last_heads(link, &have), 2);
        assert_true(announces(&have, author, 10) && announces(&have, fork, 400));
        bench_pass(bench, 2 * GAP_TOLD_MS);
        peer_pings(bench, link);
        const struct seen *gap = last_show(bench, SHOW_GAP);
        assert_true(gap == NULL || gap->show.n == 0);
        free(fork);
    }
}

/* Above the hole hangs what a restored backup has lost; who announces the branch that took its place
 * is asked for that all the same. */
static void a_fork_beside_what_was_lost(void **state)
{
    (void)state;
    struct have have;
    other = author_fork(bench, author, 3, 12, 1, 3);
    struct library library = {.authors = {other}, .count = 1, .run = 100};
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 4, PART_PUSH);
    peer_entries(bench, link, author, 6, 6, PART_PUSH);
    peer_have(bench, link, true, who(), 12, author_tip(other, 12));
    library_answer(bench, &library, link);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(stored(), 5 + 9);
    assert_int_equal(last_heads(link, &have), 2);
    assert_true(announces(&have, author, 4) && announces(&have, other, 12));
}

/* A fork's beginning is held, rootless, and so is a later part: the run from the one to the other
 * joins both, and what was shown is not shown again. */
static void a_run_joins_two_parts_of_a_fork(void **state)
{
    (void)state;
    struct have have;
    other = author_fork(bench, author, 3, 30, 1, 3);
    uint64_t link = peer_up(bench, 1), two = peer_up(bench, 2);
    struct library library = {.authors = {other}, .count = 1, .run = 100};
    peer_entries(bench, link, author, 1, 4, PART_PUSH);
    peer_entries(bench, link, other, 9, 11, PART_PUSH);
    peer_entries(bench, link, other, 5, 8, PART_ANSWER);
    assert_int_equal(stored(), 4 + 7); /* what was above the hole is a fork's */
    peer_entries(bench, two, other, 25, 25, PART_PUSH);
    assert_int_equal(stored(), 4 + 8);
    peer_entries(bench, two, other, 5, 24, PART_ANSWER);
    assert_int_equal(stored(), 4 + 21);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 4 + 21);
    peer_have(bench, two, true, who(), 30, author_tip(other, 30));
    library_answer(bench, &library, two);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 4 + 27);
    assert_int_equal(last_heads(two, &have), 2);
    assert_true(announces(&have, author, 4) && announces(&have, other, 30));
}

/* A later part of the fork was pushed above another branch's hole; the run that then comes holds it
 * in its middle. So it does when there is no room for one more branch. */
static void a_run_around_what_another_branch_holds(void **state)
{
    (void)state;
    other = author_fork(bench, author, 3, 30, 1, 3);
    for (int full = 0; full < 2; full++) {
        start_over();
        uint64_t link = peer_up(bench, 1), two = peer_up(bench, 2);
        uint64_t held = 4;
        peer_entries(bench, link, author, 1, 4, PART_PUSH);
        for (uint8_t i = 0; full && i < LIMIT_BRANCHES - 2; i++) {
            struct author *one = author_new(bench, 5, 3, (uint8_t)(100 + i));
            author_write(bench, one, 1, 3, (uint8_t)(100 + i), (uint8_t)(10 + i));
            peer_entries(bench, link, one, 1, 3, PART_PUSH);
            held += 3;
            free(one);
        }
        peer_entries(bench, link, other, 9, 11, PART_PUSH);
        peer_entries(bench, link, other, 5, 8, PART_ANSWER);
        peer_entries(bench, two, other, 25, 25, PART_PUSH);
        assert_int_equal(stored(), held + 8);
        peer_entries(bench, two, other, 20, 30, PART_ANSWER);
        peer_entries(bench, two, other, 12, 29, PART_ANSWER);
        assert_int_equal(count_shown(bench, SHOW_MESSAGE), held + 26);
    }
}

/* What was taken for a fork's turns out to stand right on the tip of a branch that has something else
 * above its hole: it is that branch's, and a part of it that comes again is not shown again. */
static void a_run_that_was_no_fork_below_what_is_one(void **state)
{
    (void)state;
    struct have have;
    struct author *low = author_fork(bench, author, 2, 6, 1, 3);
    other = author_fork(bench, author, 8, 12, 2, 4);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 4, PART_PUSH);
    peer_entries(bench, link, low, 3, 3, PART_PUSH);
    peer_entries(bench, link, other, 10, 10, PART_PUSH);   /* above the hole of the first */
    peer_entries(bench, link, author, 16, 16, PART_PUSH);  /* so this is above the second's */
    peer_entries(bench, link, author, 5, 17, PART_ANSWER); /* and this is around it */
    peer_entries(bench, link, low, 4, 6, PART_PUSH);       /* which contradicts that */
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 4 + 4 + 1 + 13);
    assert_int_equal(last_want(bench, link).from, 1);
    peer_entries(bench, link, author, 1, 4, PART_ANSWER_END); /* known, so it begins right there */
    peer_entries(bench, link, author, 4, 15, PART_ANSWER);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 4 + 4 + 1 + 13);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2);
    assert_true(announces(&have, author, 17) && announces(&have, low, 6));
    free(low);
}

/* The trunk up to there, a short fork of it, and what is above a hole: the trunk's end, then a part of another fork. */
static uint64_t push_above_holes(uint64_t trunk, struct author *low, struct author *fork,
                                 uint64_t to)
{
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, trunk, PART_PUSH);
    peer_entries(bench, link, low, 3, 3, PART_PUSH);
    peer_entries(bench, link, author, 30, 30, PART_PUSH); /* above the hole of the first */
    peer_entries(bench, link, fork, 16, to, PART_PUSH);   /* so this is above the second's */
    return link;
}

/* A fork's later part was pushed above another branch's hole; the run that then comes begins with what the trunk
 * holds, far below its end. */
static void a_run_from_the_trunk_to_what_another_branch_holds(void **state)
{
    (void)state;
    struct have have;
    author_write(bench, author, 1, 30, 0, 2);
    struct author *low = author_fork(bench, author, 2, 3, 1, 3);
    other = author_fork(bench, author, 10, 20, 2, 2);
    uint64_t link = push_above_holes(12, low, other, 16);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 12 + 1 + 1 + 1);
    peer_entries(bench, link, other, 5, 17, PART_PUSH);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 12 + 1 + 1 + 7);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 3);
    assert_true(announces(&have, author, 12) && announces(&have, low, 3) &&
                announces(&have, other, 17));
    free(low);
}

/* What was pushed above one branch's hole stands on what another holds, in the middle of it; and a run may end there, or go
 * on. */
static void a_part_above_a_hole_that_is_another_s(void **state)
{
    (void)state;
    for (uint64_t end = 15; end <= 16; end++) {
        struct have have;
        start_over();
        author_write(bench, author, 1, 30, 0, 2);
        struct author *low = author_fork(bench, author, 2, 3, 1, 3);
        struct author *fork = author_fork(bench, author, 15, 17, 2, 2);
        struct library library = {.authors = {author, low, fork}, .count = 3, .run = end};
        uint64_t link = push_above_holes(10, low, fork, 17);
        peer_entries(bench, link, author, 11, 20, PART_PUSH);
        peer_have(bench, link, true, who(), 17, author_tip(fork, 17));
        bench_pass(bench, LAZY_WANT_MS);
        library_answer(bench, &library, link);
        bench_pass(bench, HAVE_DELAY_MS);
        assert_int_equal(count_shown(bench, SHOW_MESSAGE), 30 + 1 + 2); /* once each */
        assert_int_equal(last_heads(link, &have), 3);
        assert_true(announces(&have, author, 30) && announces(&have, low, 3) &&
                    announces(&have, fork, 17));
        free(low);
        free(fork);
    }
}

/* A fork's first entry stands above a hole, and who has more of the fork is gone: it is rooted by what comes for the trunk,
 * which has its base, in the middle or at the end. */
static void a_fork_whose_base_comes_by_the_trunk(void **state)
{
    (void)state;
    for (uint64_t end = 1; end <= 10; end += 9) {
        struct have have;
        start_over();
        struct author *fork = author_fork(bench, author, 1, 3, 1, 3);
        uint64_t link = peer_up(bench, 1), two = peer_up(bench, 2), three = peer_up(bench, 3);
        peer_entries(bench, link, fork, 2, 2, PART_PUSH);
        bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
        peer_entries(bench, two, author, 1, end, PART_PUSH);
        peer_entries(bench, two, author, end + 1, 10, PART_PUSH);
        assert_int_equal(stored(), 11);
        assert_int_equal(count_shown(bench, SHOW_MESSAGE), 11);
        bench_pass(bench, HAVE_DELAY_MS);
        assert_int_equal(last_heads(three, &have), 2);
        assert_true(announces(&have, author, 10) && announces(&have, fork, 2));
        free(fork);
    }
}

/* A run leads up to what one branch has above its hole, and another has all of it: it is held. */
static void a_run_below_what_is_above_another_hole(void **state)
{
    (void)state;
    struct author *high = author_new(bench, 5, 20, 1), *low = author_new(bench, 5, 20, 2);
    other = author_fork(bench, author, 19, 29, 3, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, high, 1, 3, PART_PUSH);
    peer_entries(bench, link, low, 1, 2, PART_PUSH);
    peer_entries(bench, link, other, 20, 29, PART_PUSH);  /* above the hole of the higher */
    peer_entries(bench, link, author, 10, 15, PART_PUSH); /* so this is above the lower's */
    peer_entries(bench, link, author, 16, 31, PART_PUSH);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 5 + 10 + 22);
    peer_entries(bench, link, author, 10, 19, PART_PUSH);
    peer_entries(bench, link, author, 12, 19, PART_PUSH);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 5 + 10 + 22);
    assert_int_equal(stored(), 5 + 10 + 22);
    free(high);
    free(low);
}

/* What stands on a fork's part does not carry the trunk on, though that has above its hole what follows. */
static void a_run_between_a_fork_and_what_was_taken_for_the_trunk_s(void **state)
{
    (void)state;
    struct have have;
    author_write(bench, author, 1, 2, 0, 3);
    other = author_fork(bench, author, 1, 6, 1, 3);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 2, PART_PUSH);
    peer_entries(bench, link, other, 4, 4, PART_PUSH); /* above a hole of the trunk, it seems ... */
    peer_entries(bench, link, other, 3, 3, PART_PUSH); /* ... beside it, now */
    peer_entries(bench, link, other, 6, 6, PART_PUSH);
    peer_entries(bench, link, other, 5, 5, PART_PUSH);
    peer_entries(bench, link, other, 2, 2, PART_PUSH);
    assert_int_equal(stored(), 7);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2);
    assert_true(announces(&have, author, 2) && announces(&have, other, 6));
    for (size_t i = 0; i < bench->seen_count; i++) {
        const struct seen *seen = &bench->seen[i];
        assert_false(seen->kind == EFFECT_STORE && !seen->load.rootless &&
                     seen->load.span_from == seen->load.seq + 1);
    }
}

/* Two forks of one author at one link: one question after the other, since answers name authors. */
static void one_question_an_author_and_link(void **state)
{
    (void)state;
    struct author *third = author_fork(bench, author, 4, 20, 2, 4);
    other = author_fork(bench, author, 7, 20, 1, 3);
    struct library library = {.authors = {author, other, third}, .count = 3, .run = 5};
    author_write(bench, author, 1, 22, 0, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    bench_forget(bench);
    static struct have have;
    uint8_t room[512];
    have = (struct have){.channel = bench_channel(bench, "#fika"), .all = true, .count = 3};
    have.heads[0] = (struct head){*who(), 22, *author_tip(author, 22)};
    have.heads[1] = (struct head){*who(), 20, *author_tip(other, 20)};
    have.heads[2] = (struct head){*who(), 20, *author_tip(third, 20)};
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    peer_frame(bench, link, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_LOOK), 2);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1);
    for (size_t i = 0; i < bench->seen_count; i++) {
        struct want want;
        if (!is_frame(&bench->seen[i], link, FRAME_WANT))
            continue;
        assert_true(
            wire_read_want((struct bytes){bench->seen[i].frame, bench->seen[i].frame_size}, &want));
        size_t before = count_sent(bench, link, FRAME_WANT);
        library_serve(bench, &library, link, &want);
        assert_in_range(count_sent(bench, link, FRAME_WANT), before, before + 1);
    }
    assert_int_equal(stored(), 12 + 13 + 16);
    free(third);
}

/* Branches of one author are bounded; who makes more is no reason to fall out with who brings
 * them. */
static void branches_are_bounded(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    for (uint8_t i = 0; i < LIMIT_BRANCHES + 3; i++) {
        struct author *one = author_new(bench, 5, 3, (uint8_t)(100 + i));
        author_write(bench, one, 1, 3, (uint8_t)(100 + i), (uint8_t)(10 + i));
        peer_entries(bench, link, one, 1, 3, PART_PUSH);
        assert_int_equal(stored(), 3 * (i < LIMIT_BRANCHES ? i + 1u : LIMIT_BRANCHES));
        free(one);
    }
    assert_false(was_hung_up(bench, link));
    peer_have(bench, link, true, who(), 9, author_tip(author, 9)); /* nor are they asked for */
    peer_entries(bench, link, author, 4, 9, PART_ANSWER_END);
    bench_pass(bench, 1000);
    assert_int_equal(stored(), 3 * LIMIT_BRANCHES);
    struct have have;
    assert_int_equal(last_heads(link, &have), LIMIT_BRANCHES);
}

/* A HAVE is a frame, and what is asked of the store for it no more than what stands in it. */
static void looks_are_bounded(void **state)
{
    (void)state;
    static struct have have;
    static uint8_t room[LIMIT_FRAME];
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    have = (struct have){
        .channel = bench_channel(bench, "#fika"), .all = true, .count = LIMIT_HAVE_HEADS};
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < have.count; i++) {
            have.heads[i] = (struct head){.author = *who(), .seq = 1 + i};
            have.heads[i].tip.b[0] = (uint8_t)i;
            have.heads[i].tip.b[1] = (uint8_t)(1 + round);
        }
        struct writer w = writer_of(room, sizeof room);
        wire_write_have(&w, &have);
        bench_forget(bench);
        peer_frame(bench, link, written(&w));
        assert_in_range(count_effects(bench, EFFECT_LOOK), 1, LIMIT_HAVE_HEADS);
        assert_in_range(count_sent(bench, link, FRAME_WANT), 0, 1);
    }
    assert_false(was_hung_up(bench, link));
    peer_entries(bench, link, author, 11, 20, PART_PUSH);
    assert_int_equal(stored(), 10); /* and talk goes on */
}

/* ---- what the store says late ---- */

static void two_answers_of_the_store_to_one_run(void **state)
{
    (void)state;
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    peer_entries(bench, one, author, 1, 10, PART_PUSH);
    bench->store_is_slow = true;
    peer_entries(bench, one, other, 8, 12, PART_PUSH);
    peer_entries(bench, two, other, 8, 12, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_SIFT), 2);
    assert_int_equal(stored(), 10);
    bench_answer(bench);
    assert_int_equal(stored(), 15);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 15);
}

static void an_answer_of_the_store_for_a_link_that_is_gone(void **state)
{
    (void)state;
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    bench->store_is_slow = true;
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    peer_have(bench, link, true, who(), 9, author_tip(other, 9));
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    bench_answer(bench);
    assert_int_equal(stored(), 10);
    bench->store_is_slow = false;
    link = peer_up(bench, 2); /* it is not held against anybody */
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    assert_int_equal(stored(), 15);
    bench->store_is_slow = true;
    struct author *third = author_fork(bench, author, 7, 12, 2, 4);
    peer_entries(bench, link, third, 8, 12, PART_PUSH);
    bench_ask(bench, REQUEST_LEAVE, "#fika");
    bench_answer(bench);
    assert_int_equal(stored(), 15);
    free(third);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_fork_is_kept),
        test(a_fork_within_a_run),
        test(two_roots),
        test(a_lie_is_told_once),
        test(a_deep_fork_is_found),
        test(a_deep_fork_of_single_lines_is_found),
        test(probes_go_down),
        test(a_fork_whose_tail_came_first),
        test(a_fork_beside_what_was_lost),
        test(a_run_joins_two_parts_of_a_fork),
        test(a_run_around_what_another_branch_holds),
        test(a_run_that_was_no_fork_below_what_is_one),
        test(a_run_from_the_trunk_to_what_another_branch_holds),
        test(a_part_above_a_hole_that_is_another_s),
        test(a_fork_whose_base_comes_by_the_trunk),
        test(a_run_below_what_is_above_another_hole),
        test(a_run_between_a_fork_and_what_was_taken_for_the_trunk_s),
        test(one_question_an_author_and_link),
        test(branches_are_bounded),
        test(looks_are_bounded),
        test(two_answers_of_the_store_to_one_run),
        test(an_answer_of_the_store_for_a_link_that_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
