/* Sync: one question at a time, to who holds most, never for what is held; and every way in which a
 * question ends leads on to the next source or to rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "core/sync.h"

#define T0   100000u
#define TAIL 1000000u /* more than is ever missing here, but where a test says so */

static struct log log_at(uint64_t seq)
{
    struct log log;
    struct id author = {{5}};
    log_init(&log, &author);
    log.seq = seq;
    log.tip.b[0] = (uint8_t)seq;
    return log;
}

static void learn(struct log *log, uint64_t link, uint64_t seq, uint64_t at_ms)
{
    struct head head = {.author = log->author, .seq = seq, .tip = {{(uint8_t)seq, (uint8_t)link}}};
    sync_learn(log, link, &head, false, at_ms);
}

/* What core.c does for a log: lets go of who is overdue, then asks. 0 when there is nothing to ask,
 * else the link, with the question in *want. */
static uint64_t ask(struct log *log, uint64_t now_ms, struct want *want)
{
    uint64_t link = sync_overdue(log, now_ms);
    if (link != 0)
        sync_forget(log, link, now_ms);
    link = sync_whom(log, now_ms);
    if (link != 0)
        sync_ask(log, link, now_ms, TAIL, want);
    return link;
}

static void nothing_known_nothing_asked(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    assert_int_equal(ask(&log, T0, &want), 0);
    assert_true(sync_deadline(&log) == UINT64_MAX);
    assert_int_equal(sync_missing(&log), 0);
    learn(&log, 2, 5, T0); /* no more than we hold */
    learn(&log, 2, 4, T0);
    assert_int_equal(log.source_count, 0);
    assert_int_equal(ask(&log, T0, &want), 0);
}

static void asked_when_it_is_time(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    learn(&log, 2, 9, T0 + 150);
    assert_int_equal(sync_missing(&log), 4);
    assert_int_equal(sync_deadline(&log), T0 + 150);
    assert_int_equal(ask(&log, T0 + 149, &want), 0);
    assert_int_equal(ask(&log, T0 + 150, &want), 2);
    assert_int_equal(want.from, 6);
    assert_int_equal(want.to, 9);
    assert_int_equal(want.tip.b[0], 9);
    assert_int_equal(want.credit, LIMIT_WANT_BYTES);
    assert_true(id_equal(&want.author, &log.author));
    assert_int_equal(ask(&log, T0 + 151, &want), 0); /* one question at a time */
    assert_int_equal(sync_deadline(&log), T0 + 150 + WANT_DEADLINE_MS);
}

static void the_earliest_time_counts(void **state)
{
    (void)state;
    struct log log = log_at(0);
    learn(&log, 2, 9, T0 + 150);
    learn(&log, 4, 9, T0 + 100);
    learn(&log, 6, 9, T0 + 170);
    assert_int_equal(sync_deadline(&log), T0 + 100);
}

static void only_the_hole_is_asked_for(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    log.above_from = 8;
    log.above_to = 10;
    log.above_prev.b[0] = 77;
    log.above_tip = (struct id){{10, 2}};
    learn(&log, 2, 10, T0);
    assert_int_equal(sync_missing(&log), 2);
    assert_int_equal(ask(&log, T0, &want), 2);
    assert_int_equal(want.from, 6);
    assert_int_equal(want.to, 7);
    assert_int_equal(want.tip.b[0], 77);

    log = log_at(5); /* who holds only a part of the hole is asked for that */
    log.above_from = 9;
    log.above_to = 10;
    learn(&log, 2, 7, T0);
    assert_int_equal(sync_missing(&log), 2);
    assert_int_equal(ask(&log, T0, &want), 2);
    assert_int_equal(want.to, 7);
    assert_int_equal(want.tip.b[0], 7);
}

static void missing_counts_what_others_hold(void **state)
{
    (void)state;
    struct log log = log_at(5);
    log.above_from = 8;
    log.above_to = 10;
    learn(&log, 2, 20, T0);
    assert_int_equal(sync_missing(&log), 12); /* 6, 7, 11 to 20 */
    learn(&log, 2, 9, T0);                    /* it says less now, and 8 and 9 are held */
    assert_int_equal(sync_missing(&log), 2);
}

static void all_held_is_rest(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    learn(&log, 2, 9, T0);
    log.catching_up = true;
    log.seq = 9; /* it came as a push */
    assert_int_equal(ask(&log, T0, &want), 0);
    assert_int_equal(log.source_count, 0);
    assert_true(sync_deadline(&log) == UINT64_MAX);
    assert_false(log.catching_up);
}

static void an_answer_leads_on(void **state)
{
    (void)state;
    struct log log = log_at(0);
    struct want want;
    learn(&log, 2, 100, T0);
    assert_int_equal(ask(&log, T0, &want), 2);
    log.seq = 60;                                /* the credit brought this much */
    assert_true(sync_answered(&log, 4, T0 + 5)); /* not the one that was asked */
    assert_int_equal(ask(&log, T0 + 5, &want), 0);
    sync_answered(&log, 2, T0 + 10);
    assert_int_equal(sync_deadline(&log), T0 + 10);
    assert_int_equal(ask(&log, T0 + 10, &want), 2);
    assert_int_equal(want.from, 61);
    log.seq = 100;
    sync_answered(&log, 2, T0 + 20);
    assert_int_equal(log.source_count, 0);
    assert_true(sync_deadline(&log) == UINT64_MAX);
}

/* Else the same would be asked and answered as fast as frames go. */
static void an_answer_without_news_is_not_asked_for_again_soon(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    learn(&log, 2, 100, T0);
    learn(&log, 4, 50, T0);
    assert_int_equal(ask(&log, T0, &want), 2);
    assert_false(sync_answered(&log, 2, T0 + 10));
    assert_int_equal(ask(&log, T0 + 10, &want), 4);
    assert_false(sync_answered(&log, 4, T0 + 20));
    assert_int_equal(log.source_count, 1); /* the last one is asked again, but not soon */
    assert_true(sync_deadline(&log) >= T0 + 20);
    assert_int_equal(ask(&log, T0 + 20, &want), 0);
    assert_true(sync_deadline(&log) == T0 + 20 + ASK_AGAIN_MS);

    learn(&log, 2, 100, T0); /* news above the hole are news */
    assert_int_equal(ask(&log, T0 + 30, &want), 2);
    log.above_from = 90;
    log.above_to = 100;
    assert_true(sync_answered(&log, 2, T0 + 40));
    assert_int_equal(ask(&log, T0 + 40, &want), 2);
    assert_int_equal(want.to, 89);
}

static void a_deadline_can_be_moved(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    learn(&log, 2, 100, T0);
    assert_int_equal(ask(&log, T0, &want), 2);
    assert_int_equal(sync_overdue(&log, T0 + WANT_DEADLINE_MS - 1), 0);
    assert_int_equal(sync_overdue(&log, T0 + WANT_DEADLINE_MS), 2);
    sync_wait(&log, T0 + 5000);
    assert_int_equal(sync_overdue(&log, T0 + 4999), 0);
    assert_int_equal(sync_deadline(&log), T0 + 5000);
    assert_int_equal(sync_overdue(&log, T0 + 5000), 2);
}

static void learn_doubtful(struct log *log, uint64_t link, uint64_t seq)
{
    struct head head = {.author = log->author, .seq = seq};
    sync_learn(log, link, &head, true, T0);
}

/* Who lied lately is asked last, whatever it claims, and takes nobody's place. */
static void doubtful_sources_come_last(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    learn_doubtful(&log, 2, LIMIT_SEQ);
    learn(&log, 4, 9, T0);
    assert_int_equal(ask(&log, T0, &want), 4);
    sync_forget(&log, 4, T0);
    assert_int_equal(ask(&log, T0, &want), 2); /* better than nobody */

    log = log_at(0);
    for (uint64_t link = 1; link <= LIMIT_SOURCES; link++)
        learn(&log, link, 10, T0);
    learn_doubtful(&log, 99, LIMIT_SEQ);
    for (size_t i = 0; i < log.source_count; i++)
        assert_int_not_equal(log.sources[i].link, 99);

    log = log_at(0);
    for (uint64_t link = 1; link <= LIMIT_SOURCES; link++)
        learn_doubtful(&log, link, LIMIT_SEQ);
    learn(&log, 99, 1, T0);
    assert_int_equal(ask(&log, T0, &want), 99);
}

static void a_silent_source_is_let_go(void **state)
{
    (void)state;
    struct log log = log_at(0);
    struct want want;
    learn(&log, 2, 100, T0);
    learn(&log, 4, 90, T0);
    assert_int_equal(ask(&log, T0, &want), 2);
    uint64_t deadline = sync_deadline(&log);
    assert_int_equal(ask(&log, deadline - 1, &want), 0);
    assert_int_equal(ask(&log, deadline, &want), 4);
    assert_int_equal(want.to, 90);
    assert_int_equal(ask(&log, deadline + WANT_DEADLINE_MS, &want), 0);
    assert_int_equal(log.source_count, 0);
    assert_true(sync_deadline(&log) == UINT64_MAX);
    learn(&log, 2, 100, deadline + 9000); /* it announces again */
    assert_int_equal(ask(&log, deadline + 9000, &want), 2);
}

static void a_link_that_ended_is_replaced_at_once(void **state)
{
    (void)state;
    struct log log = log_at(0);
    struct want want;
    learn(&log, 2, 100, T0);
    learn(&log, 4, 100, T0);
    uint64_t asked = ask(&log, T0, &want);
    assert_int_not_equal(asked, 0);
    sync_forget(&log, asked, T0 + 7);
    assert_int_equal(sync_deadline(&log), T0 + 7);
    assert_int_equal(ask(&log, T0 + 7, &want), asked == 2 ? 4 : 2);
    sync_forget(&log, 2, T0 + 8);
    sync_forget(&log, 4, T0 + 8);
    assert_int_equal(log.source_count, 0);
    assert_int_equal(log.asked_link, 0);
    assert_true(sync_deadline(&log) == UINT64_MAX);
}

static void another_link_that_ended_changes_nothing(void **state)
{
    (void)state;
    struct log log = log_at(0);
    struct want want;
    learn(&log, 2, 100, T0);
    learn(&log, 4, 90, T0);
    assert_int_equal(ask(&log, T0, &want), 2);
    sync_forget(&log, 4, T0 + 7);
    assert_int_equal(log.asked_link, 2);
    assert_int_equal(sync_deadline(&log), T0 + WANT_DEADLINE_MS);
}

static void sources_are_bounded(void **state)
{
    (void)state;
    struct log log = log_at(0);
    for (uint64_t link = 1; link <= LIMIT_SOURCES; link++)
        learn(&log, link, 10 * link, T0);
    assert_int_equal(log.source_count, LIMIT_SOURCES);
    learn(&log, 99, 5, T0); /* holds least */
    assert_int_equal(log.source_count, LIMIT_SOURCES);
    for (size_t i = 0; i < log.source_count; i++)
        assert_int_not_equal(log.sources[i].link, 99);
    learn(&log, 99, 1000, T0);
    assert_int_equal(log.source_count, LIMIT_SOURCES);
    bool first = false, newest = false;
    for (size_t i = 0; i < log.source_count; i++) {
        first = first || log.sources[i].link == 1;
        newest = newest || log.sources[i].link == 99;
    }
    assert_false(first); /* it held 10 */
    assert_true(newest);
    learn(&log, 99, 2000, T0); /* the same one again: no further place */
    assert_int_equal(log.source_count, LIMIT_SOURCES);
}

/* Much is missing: the newest lines first, then the rest below them, oldest first. */
static void the_tail_first(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    learn(&log, 2, 5 + 2 * 8, T0);
    assert_false(sync_wants_tail(&log, 8));
    learn(&log, 2, 5 + 2 * 8 + 1, T0);
    assert_true(sync_wants_tail(&log, 8));
    assert_int_equal(sync_whom(&log, T0), 2);
    sync_ask(&log, 2, T0, 8, &want);
    assert_int_equal(want.from, 15);
    assert_int_equal(want.to, 22);
    assert_int_equal(want.tip.b[0], 22);
    log.above_from = 15;
    log.above_to = 22;
    log.above_prev.b[0] = 14;
    assert_true(sync_answered(&log, 2, T0 + 5));
    assert_false(sync_wants_tail(&log, 8)); /* there is a hole already */
    assert_int_equal(sync_missing(&log), 9);
    assert_int_equal(sync_whom(&log, T0 + 5), 2);
    sync_ask(&log, 2, T0 + 5, 8, &want);
    assert_int_equal(want.from, 6);
    assert_int_equal(want.to, 14);
    assert_int_equal(want.tip.b[0], 14);
}

/* Of a branch with no base: from where its probe stands; with a run, what is below that,
 * further and further down to 1. */
static void a_rootless_branch_is_explored(void **state)
{
    (void)state;
    struct log log = log_at(0);
    struct want want;
    log.rootless = true;
    log.probe_step = PROBE_FIRST;
    log.probe = 84;
    learn(&log, 2, 100, T0);
    assert_false(sync_wants_tail(&log, 8));
    assert_int_equal(sync_missing(&log), 0); /* nobody knows yet */
    assert_int_equal(ask(&log, T0, &want), 2);
    assert_int_equal(want.from, 84);
    assert_int_equal(want.to, 100);
    log.probe = 68; /* its base was not there */
    assert_true(sync_answered(&log, 2, T0 + 5));
    assert_int_equal(ask(&log, T0 + 5, &want), 2);
    assert_int_equal(want.from, 68);
    assert_false(sync_answered(&log, 2, T0 + 10)); /* neither run nor lower probe */
    assert_int_equal(log.source_count, 1);         /* the last one stays, and is doubted */
    assert_true(log.sources[0].doubtful);

    log = log_at(0);
    log.rootless = true;
    log.probe_step = PROBE_FIRST;
    log.probe = 384;
    log.above_from = 400;
    log.above_to = 410;
    log.above_prev.b[0] = 77;
    learn(&log, 2, 410, T0);
    log.above_tip.b[0] = (uint8_t)410;
    for (uint64_t before = 400; before > 1;) {
        assert_int_equal(ask(&log, T0, &want), 2);
        assert_int_equal(want.to, log.above_from - 1);
        assert_int_equal(want.tip.b[0], 77);
        assert_true(want.from < before);
        before = want.from;
        log.probe = want.from > PROBE_FIRST ? want.from - PROBE_FIRST : 1; /* as runs.c goes down */
        log.above_from = want.from > 1 ? want.from : 2;
        if (before > 1)
            assert_true(sync_answered(&log, 2, T0));
    }
}

static void a_head_on_another_branch_is_dropped(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    struct head head = {.author = log.author, .seq = 9, .tip = {{9, 2}}};
    learn(&log, 2, 9, T0);
    learn(&log, 4, 8, T0);
    assert_int_equal(ask(&log, T0, &want), 2);
    sync_drop(&log, 2, &(struct head){.seq = 9, .tip = {{1}}}, T0); /* not what it is noted for */
    sync_drop(&log, 6, &head, T0);
    assert_int_equal(log.source_count, 2);
    assert_int_equal(log.asked_link, 2);
    sync_drop(&log, 2, &head, T0 + 3);
    assert_int_equal(log.source_count, 1);
    assert_int_equal(log.asked_link, 0);
    assert_int_equal(ask(&log, T0 + 3, &want), 4);
}

/* Who did not answer in time is asked again later, after all others. */
static void doubt_waits(void **state)
{
    (void)state;
    struct log log = log_at(5);
    struct want want;
    learn(&log, 2, 9, T0);
    assert_int_equal(ask(&log, T0, &want), 2);
    sync_doubt(&log, 2, T0 + 10);
    assert_int_equal(log.source_count, 1);
    assert_int_equal(ask(&log, T0 + 10, &want), 0);
    assert_int_equal(sync_deadline(&log), T0 + 10 + ASK_AGAIN_MS);
    learn(&log, 4, 7, T0 + 20);
    assert_int_equal(ask(&log, T0 + 20, &want), 4);
    sync_forget(&log, 4, T0 + 30);
    assert_int_equal(ask(&log, T0 + 30, &want), 0);
    assert_int_equal(ask(&log, T0 + 10 + ASK_AGAIN_MS, &want), 2);
}

/* Whatever happens in whatever order: a deadline that is due leads to a question or goes away, the
 * question is for what is not held, and a log that nobody answers comes to rest. */
static void random_talk(void **state)
{
    (void)state;
    for (uint8_t round = 0; round < 40; round++) {
        struct prng prng;
        uint8_t seed[32] = {31, round};
        struct log log = log_at(0);
        uint64_t now = T0;
        prng_init(&prng, seed);
        for (int i = 0; i < 2000; i++) {
            uint64_t link = 1 + prng_below(&prng, 7);
            struct want want;
            switch (prng_below(&prng, 8)) {
            case 0:
            case 1:
                learn(&log, link, log.seq + prng_below(&prng, 20),
                      now + (prng_below(&prng, 2) ? LAZY_WANT_MS : 0));
                break;
            case 2: sync_forget(&log, link, now); break;
            case 3: sync_answered(&log, link, now); break;
            case 4:
                log.seq += prng_below(&prng, 4);
                if (log.above_from != 0 && log.seq + 1 >= log.above_from) {
                    log.seq = log.above_to > log.seq ? log.above_to : log.seq;
                    log.above_from = log.above_to = 0;
                }
                break;
            case 5:
                if (log.above_from == 0) {
                    log.above_from = log.seq + 2 + prng_below(&prng, 9);
                    log.above_to = log.above_from + prng_below(&prng, 9);
                }
                break;
            default: now += prng_below(&prng, 1000); break;
            }
            link = ask(&log, now, &want);
            if (link != 0) {
                assert_true(want.from == log.seq + 1 && want.to >= want.from);
                bool direct = false; /* its head stands beside what is above the hole */
                for (size_t k = 0; k < log.source_count; k++)
                    direct = direct || (log.sources[k].link == link && log.sources[k].direct);
                assert_true(log.above_from == 0 || want.to < log.above_from || direct);
                assert_true(log.asked_link == link);
            }
            assert_true(log.source_count <= LIMIT_SOURCES);
            assert_true(sync_deadline(&log) > now);
            assert_true(sync_missing(&log) < 1000);
        }
        for (int i = 0; i < 2 * LIMIT_SOURCES && sync_deadline(&log) != UINT64_MAX; i++) {
            struct want want;
            ask(&log, sync_deadline(&log), &want);
        }
        assert_true(sync_deadline(&log) == UINT64_MAX);
        assert_int_equal(log.source_count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_nothing_asked),
        cmocka_unit_test(asked_when_it_is_time),
        cmocka_unit_test(the_earliest_time_counts),
        cmocka_unit_test(only_the_hole_is_asked_for),
        cmocka_unit_test(missing_counts_what_others_hold),
        cmocka_unit_test(all_held_is_rest),
        cmocka_unit_test(an_answer_leads_on),
        cmocka_unit_test(an_answer_without_news_is_not_asked_for_again_soon),
        cmocka_unit_test(a_deadline_can_be_moved),
        cmocka_unit_test(doubtful_sources_come_last),
        cmocka_unit_test(a_silent_source_is_let_go),
        cmocka_unit_test(a_link_that_ended_is_replaced_at_once),
        cmocka_unit_test(another_link_that_ended_changes_nothing),
        cmocka_unit_test(sources_are_bounded),
        cmocka_unit_test(the_tail_first),
        cmocka_unit_test(a_rootless_branch_is_explored),
        cmocka_unit_test(a_head_on_another_branch_is_dropped),
        cmocka_unit_test(doubt_waits),
        cmocka_unit_test(random_talk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
