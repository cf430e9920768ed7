/* Core: whom the user blocks is not linked to, not heard and not asked for; the rest goes on as before. And a flood is
 * folded, when it is said just now. */
#include "core_help.h"

#include "core/quota.h"

static struct bench *bench;

static int setup(void **state)
{
    (void)state;
    bench = bench_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(bench);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void block(uint32_t number, bool on)
{
    bench_step(bench, (struct event){
                          .kind = EVENT_BLOCK, .node = bench_identity(number).node, .held = on});
}

static size_t stored(void)
{
    return count_effects(bench, EFFECT_STORE);
}

static size_t folded(void)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->seen_count; i++)
        count += bench->seen[i].kind == EFFECT_SHOW && bench->seen[i].show.kind == SHOW_MESSAGE &&
                 bench->seen[i].show.folded;
    return count;
}

static void ends_his_links_and_takes_no_more(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1), other = peer_up(bench, 2);
    block(1, true);
    assert_true(was_hung_up(bench, link));
    assert_int_equal(bye_code(bench, link), WHY_ASKED);
    assert_false(was_hung_up(bench, other));
    assert_int_equal(count_effects(bench, EFFECT_PARTED), 2);
    uint64_t again = peer_up(bench, 1);
    assert_int_equal(bye_code(bench, again), WHY_ASKED); /* he comes again */
    assert_int_equal(count_sent(bench, again, FRAME_JOIN), 0);
    block(1, false);
    uint64_t back = peer_up(bench, 1);
    assert_false(was_hung_up(bench, back));
    assert_int_equal(links_up(bench), 2);
}

static void never_dials_him(void **state)
{
    (void)state;
    struct id node = bench_identity(1).node;
    block(1, true);
    bench_find(bench, "10.0.0.7:1", FOUND_BEACON, &node);
    bench_find(bench, "10.0.0.8:1", FOUND_REMEMBERED, &node);
    bench_pass(bench, 60000);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 0);
    block(1, false);
    bench_find(bench, "10.0.0.7:1", FOUND_REMEMBERED, &node);
    bench_pass(bench, 60000);
    assert_int_not_equal(count_effects(bench, EFFECT_DIAL), 0);
}

/* By another who holds it: it is passed over, pushed or announced or brought. */
static void his_entries_are_declined(void **state)
{
    (void)state;
    struct author *bad = author_new(bench, 1, 20, 0), *good = author_new(bench, 3, 20, 0);
    uint64_t link = peer_up(bench, 2);
    block(1, true);
    bench_forget(bench);
    peer_entries(bench, link, bad, 1, 5, PART_PUSH);
    assert_int_equal(count_sent(bench, link, FRAME_LAZY), 1); /* he need not push that */
    peer_have(bench, link, false, &bad->identity.node, 20, author_tip(bad, 20));
    peer_have(bench, link, true, &bad->identity.node, 20, author_tip(bad, 20));
    bench_pass(bench, 5000);
    assert_int_equal(stored(), 0);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 0);
    assert_int_equal(count_sent(bench, link, FRAME_HAVE), 0);
    peer_entries(bench, link, good, 1, 20, PART_PUSH);
    assert_int_equal(stored(), 1);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 20);
    free(bad);
    free(good);
}

/* In the middle of an answer, with a hole; then let in again: what lacks is asked for. */
static void what_was_asked_is_let_go_and_asked_again(void **state)
{
    (void)state;
    struct author *bad = author_new(bench, 1, 200, 0);
    uint64_t link = peer_up(bench, 2);
    peer_entries(bench, link, bad, 1, 10, PART_PUSH);
    peer_have(bench, link, true, &bad->identity.node, 200, author_tip(bad, 200));
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1);
    block(1, true);
    bench_forget(bench);
    peer_entries(bench, link, bad, 137, 200, PART_ANSWER_END);
    bench_pass(bench, 60000);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 0);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 0);
    assert_int_equal(stored(), 0);
    block(1, false);
    link = peer_up(bench, 2); /* the other fell silent meanwhile */
    assert_int_not_equal(count_sent(bench, link, FRAME_BUCKETS), 0);
    peer_have(bench, link, true, &bad->identity.node, 200, author_tip(bad, 200));
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1);
    free(bad);
}

/* Digests that never agree, since the other holds lines of one who is declined: a receipt comes by the bucket. */
static void receipts_come_all_the_same(void **state)
{
    (void)state;
    block(1, true);
    bench_say(bench, "hej");
    uint64_t link = peer_up(bench, 2);
    bench_forget(bench);
    struct bytes sent = {NULL, 0};
    peer_join(bench, link, 2, "peer", "#fika");
    sent = last_sent(bench, link, FRAME_BUCKETS);
    assert_non_null(sent.at);
    uint8_t frame[2048];
    assert_true(sent.size < sizeof frame);
    memcpy(frame, sent.at, sent.size);
    bench_forget(bench);
    peer_frame(bench, link, (struct bytes){frame, sent.size}); /* he holds what we hold there */
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 1);
    assert_int_equal(last_show(bench, SHOW_HELD)->show.n, 1);
}

static void oneself_is_not_blocked(void **state)
{
    (void)state;
    block(0, true);
    bench_say(bench, "hej");
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 1);
}

/* ---- floods ---- */

static void push(uint64_t link, struct author *author, uint64_t from, uint64_t to)
{
    for (; from <= to; from += 100)
        peer_entries(bench, link, author, from, from + 99 < to ? from + 99 : to, PART_PUSH);
}

static void a_flood_is_folded_and_calms(void **state)
{
    (void)state;
    struct author *loud = author_new(bench, 1, 420, 0), *other = author_new(bench, 3, 10, 0);
    uint64_t link = peer_up(bench, 2);
    push(link, loud, 1, QUOTA_LINES);
    assert_int_equal(folded(), 0);
    push(link, loud, QUOTA_LINES + 1, 400);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 400); /* none is lost */
    assert_int_equal(folded(), 400 - QUOTA_LINES);
    push(link, other, 1, 10);
    assert_int_equal(folded(), 400 - QUOTA_LINES); /* others are not touched */
    bench_pass(bench, 1000);                       /* 4 lines would be due, but he has not calmed */
    push(link, loud, 401, 402);
    assert_int_equal(folded(), 402 - QUOTA_LINES);
    bench_pass(bench, 20000);
    push(link, loud, 403, 420);
    assert_int_equal(folded(), 402 - QUOTA_LINES);
    free(loud);
    free(other);
}

static void history_is_no_flood(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 1, 420, 0);
    struct library library = {.authors = {author}, .count = 1, .run = 100};
    uint64_t link = peer_up(bench, 2);
    peer_have(bench, link, true, &author->identity.node, 420, author_tip(author, 420));
    for (int i = 0; i < 20 && count_sent(bench, link, FRAME_WANT) > library.asked; i++) {
        struct want want = last_want(bench, link);
        library.asked = count_sent(bench, link, FRAME_WANT);
        library_serve(bench, &library, link, &want);
    }
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 420);
    assert_int_equal(folded(), 0);
    free(author);
}

/* Identities cost nothing: those that one link brings are counted together until they have said something. */
static void many_who_are_new_are_one_flood(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 2), other = peer_up(bench, 3);
    for (uint32_t i = 0; i < 20; i++) {
        struct author *author = author_new(bench, 100 + i, 50, 0);
        peer_entries(bench, link, author, 1, 50, PART_PUSH);
        free(author);
    }
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 1000);
    assert_int_equal(folded(), 1000 - QUOTA_LINK);
    struct author *author = author_new(bench, 300, 50, 0);
    peer_entries(bench, other, author, 1, 50, PART_PUSH);
    assert_int_equal(folded(), 1000 - QUOTA_LINK);
    free(author);
}

static void own_lines_are_no_flood(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        bench_say(bench, "hej");
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 1000);
    assert_int_equal(folded(), 0);
}

static void a_bucket(void **state)
{
    (void)state;
    struct quota quota = {0};
    assert_int_equal(quota_take(&quota, 0, 0, 12, 2, 1000), 0);
    assert_int_equal(quota_take(&quota, 4, 40, 12, 2, 1000), 4);
    assert_int_equal(quota_take(&quota, 10, 100, 12, 2, 1000), 8);
    assert_int_equal(quota_take(&quota, 1, 10, 12, 2, 2499), 0);
    assert_int_equal(quota_take(&quota, 1, 10, 12, 2, 2999), 0); /* what was folded counted */
    assert_int_equal(quota_take(&quota, 1, 10, 12, 2, 4999), 1); /* a quarter of it is full */
    assert_int_equal(quota_take(&quota, 99, 990, 12, 2, UINT64_MAX / 4), 12);
    quota = (struct quota){0};
    assert_int_equal(quota_take(&quota, 3, (size_t)3 * 5 * QUOTA_LINE_BYTES, 10, 2, 1000), 2);
    quota = (struct quota){0};
    assert_int_equal(quota_take(&quota, 1, LIMIT_BODY, QUOTA_LINES, 2, 1000), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(ends_his_links_and_takes_no_more),
        test(never_dials_him),
        test(his_entries_are_declined),
        test(what_was_asked_is_let_go_and_asked_again),
        test(receipts_come_all_the_same),
        test(oneself_is_not_blocked),
        test(a_flood_is_folded_and_calms),
        test(history_is_no_flood),
        test(many_who_are_new_are_one_flood),
        test(own_lines_are_no_flood),
        test(a_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
