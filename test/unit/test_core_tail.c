/* Core: where much is missing: the newest first, the hole, and what is said of it. */
#include "sync_help.h"

/* ---- much that is missing ---- */

/* Hundreds of authors: all are asked for, LIMIT_WANTS at a time, and all come. */
static void hundreds_of_authors(void **state)
{
    (void)state;
    static struct have have;
    static uint8_t room[LIMIT_FRAME];
    size_t answered = 0;
    uint64_t link = peer_up(bench, 1);
    make_many(MANY);
    bench_forget(bench);
    for (size_t from = 0; from < MANY; from += 150) {
        have = (struct have){.channel = bench_channel(bench, "#fika"), .all = true, .count = 150};
        for (size_t i = 0; i < 150; i++)
            have.heads[i] =
                (struct head){many[from + i]->identity.node, 1, *author_tip(many[from + i], 1)};
        struct writer w = writer_of(room, sizeof room);
        wire_write_have(&w, &have);
        peer_frame(bench, link, written(&w));
    }
    assert_int_equal(count_sent(bench, link, FRAME_WANT), LIMIT_WANTS);
    for (size_t i = 0; i < bench->seen_count; i++) {
        struct want want;
        if (!is_frame(&bench->seen[i], link, FRAME_WANT))
            continue;
        assert_true(
            wire_read_want((struct bytes){bench->seen[i].frame, bench->seen[i].frame_size}, &want));
        for (size_t k = 0; k < MANY; k++)
            if (id_equal(&many[k]->identity.node, &want.author))
                peer_entries(bench, link, many[k], 1, 1, PART_ANSWER_END);
        answered++;
        assert_in_range(count_sent(bench, link, FRAME_WANT), answered, answered + LIMIT_WANTS);
    }
    assert_int_equal(answered, MANY);
    assert_int_equal(stored(), MANY);
    bench_pass(bench, 2 * COMING_EVERY_MS);
    assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 0);
    free_many(MANY);
}

static void the_newest_first_then_the_hole(void **state)
{
    (void)state;
    struct library library = {.authors = {author}, .count = 1, .run = 1};
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, who(), 400, author_tip(author, 400));
    struct want want = last_want(bench, link);
    assert_int_equal(want.from, 400 - TAIL_MOST + 1);
    assert_int_equal(want.to, 400);
    library_serve(bench, &library, link, &want);
    assert_int_equal(stored(), TAIL_MOST);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), TAIL_MOST);
    assert_false(last_show(bench, SHOW_MESSAGE)->bulk);
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.seq, 400);
    want = last_want(bench, link);
    assert_int_equal(want.from, 1);
    assert_int_equal(want.to, 400 - TAIL_MOST);
    assert_true(id_equal(&want.tip, author_tip(author, want.to)));
    library_serve(bench, &library, link, &want);
    assert_int_equal(stored(), 400);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 400);
    assert_true(last_show(bench, SHOW_MESSAGE)->bulk);
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.via, VIA_HISTORY);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.seq, 400);
}

/* A hole that is filled at once is not spoken of; one that stays is, then again when it is gone. */
static void a_gap_is_told_when_it_stays(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    peer_entries(bench, link, author, 7, 8, PART_PUSH);
    bench_pass(bench, GAP_TOLD_MS - 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 0);
    bench_pass(bench, 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 1);
    const struct seen *gap = last_show(bench, SHOW_GAP);
    assert_int_equal(gap->show.seq, 4);
    assert_int_equal(gap->show.n2, 6);
    assert_int_equal(gap->show.n, 3);
    assert_int_equal(gap->show.lamport, 7);
    assert_string_equal(gap->show.nick.text, "peer");
    assert_string_equal(gap->a, "peer");
    assert_true(id_equal(&gap->show.id, who()));
    peer_entries(bench, link, author, 4, 4, PART_PUSH); /* it fills */
    bench_pass(bench, GAP_TOLD_MS);
    assert_int_equal(count_shown(bench, SHOW_GAP), 2);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 2);
    peer_entries(bench, link, author, 5, 6, PART_ANSWER_END);
    assert_int_equal(count_shown(bench, SHOW_GAP), 3);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 0);
    bench_pass(bench, 3 * GAP_TOLD_MS);
    assert_int_equal(count_shown(bench, SHOW_GAP), 3);
}

static void a_gap_that_closes_soon_is_not_told(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    peer_entries(bench, link, author, 7, 8, PART_PUSH);
    bench_pass(bench, GAP_TOLD_MS / 2);
    peer_entries(bench, link, author, 4, 6, PART_ANSWER_END);
    bench_pass(bench, 3 * GAP_TOLD_MS);
    assert_int_equal(count_shown(bench, SHOW_GAP), 0);
}

/* Each hole has a time of its own, whatever closes meanwhile. */
static void gaps_of_several_authors(void **state)
{
    (void)state;
    struct author *third = author_new(bench, 77, 9, 0);
    other = author_new(bench, 66, 9, 0);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 3, 3, PART_PUSH);
    bench_pass(bench, GAP_TOLD_MS / 2);
    peer_entries(bench, link, other, 3, 3, PART_PUSH);
    peer_entries(bench, link, third, 3, 3, PART_PUSH);
    peer_entries(bench, link, author, 1, 2, PART_PUSH); /* the first is filled */
    bench_pass(bench, GAP_TOLD_MS - 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 0);
    bench_pass(bench, 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 2);
    free(third);
}

/* A hole that was on disk when the process began. */
static void a_loaded_gap_is_told(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_LOAD_CHANNEL, .channel = {"#fika"}, .lamport = 8};
    bench_hold(bench, author, 1, 3);
    bench_hold(bench, author, 7, 8);
    bench_step(bench, event);
    event.kind = EVENT_LOAD_LOG;
    event.load = (struct log_load){.author = *who(),
                                   .nick = {"peer"},
                                   .seq = 3,
                                   .tip = *author_tip(author, 3),
                                   .lamport = 3,
                                   .span_from = 7,
                                   .span_to = 8,
                                   .span_prev = *author_tip(author, 6),
                                   .span_tip = *author_tip(author, 8),
                                   .span_first_lamport = 7,
                                   .span_lamport = 8};
    bench_step(bench, event);
    bench_step(bench, (struct event){.kind = EVENT_TICK});
    bench_pass(bench, GAP_TOLD_MS + 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 1);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 3);
    uint64_t link = peer_up(bench, 1); /* and it is filled */
    peer_have(bench, link, true, who(), 8, author_tip(author, 8));
    assert_int_equal(last_want(bench, link).from, 4);
    assert_int_equal(last_want(bench, link).to, 6);
    peer_entries(bench, link, author, 4, 6, PART_ANSWER_END);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 0);
}

/* How many lines are to come is said while they come, and 0 at the end. */
static void coming_goes_to_nothing(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1), before = 100;
    peer_have(bench, link, true, who(), 100, author_tip(author, 100));
    assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 100);
    for (uint64_t from = 1; from <= 100; from += 20) {
        peer_entries(bench, link, author, from, from + 19,
                     from == 81 ? PART_ANSWER_END : PART_ANSWER);
        bench_pass(bench, COMING_EVERY_MS);
        uint64_t now = last_show(bench, SHOW_COMING)->show.n;
        assert_true(now < before);
        before = now;
    }
    assert_int_equal(before, 0);
    size_t said = count_shown(bench, SHOW_COMING);
    assert_in_range(said, 2, 7);
    bench_pass(bench, 5000);
    assert_int_equal(count_shown(bench, SHOW_COMING), said);
}

/* Also when who holds them leaves, or has nothing after all. */
static void coming_goes_with_who_holds_it(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        uint64_t link = peer_up(bench, 1);
        bench_pass(bench, HISTORY_TOLD_MS);
        peer_pings(bench, link);
        bench_forget(bench);
        peer_have(bench, link, true, who(), 100, author_tip(author, 100));
        assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 100 - (how > 0));
        if (how == 0) {
            peer_entries(bench, link, author, 1, 1, PART_ANSWER_END);
            peer_entries(bench, link, author, 1, 1, PART_ANSWER_END); /* nothing new */
        } else if (how == 1) {
            bench_step(bench,
                       (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
        } else {
            bench_ask(bench, REQUEST_LEAVE, "#fika");
        }
        /* An answer that ends below what was asked ends nothing: it is waited for. */
        bench_pass(bench, (how == 0 ? WANT_DEADLINE_MS : 0) + 8 * COMING_EVERY_MS);
        assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 0);
        bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(hundreds_of_authors),         test(the_newest_first_then_the_hole),
        test(a_gap_is_told_when_it_stays), test(a_gap_that_closes_soon_is_not_told),
        test(gaps_of_several_authors),     test(a_loaded_gap_is_told),
        test(coming_goes_to_nothing),      test(coming_goes_with_who_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
