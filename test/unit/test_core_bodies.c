/* Core: bodies that came dropped, and whom they are asked of. The store's answers to BARE are given by
 * hand. */
#include "core_help.h"

static struct bench *bench;
static struct author *author, *bare;

/* `bare` is `author` with no body in entries 4 and 5. */
static int setup(void **state)
{
    (void)state;
    bench = bench_new();
    author = author_new(bench, 5, 9, 0);
    bare = author_fork(bench, author, 9, 9, 0, 2);
    for (int i = 3; i < 5; i++) {
        bare->entries[i].body = (struct bytes){NULL, 0};
        entry_finish(&bare->entries[i]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(author);
    free(bare);
    bench_free(bench);
    return 0;
}

static const struct id *who(void)
{
    return &author->identity.node;
}

/* The store says that from..to are missing; 0: nothing. */
static void store_says(uint64_t from, uint64_t to)
{
    struct event event = {.kind = EVENT_BARE, .channel = {"#fika"}, .number = from};
    event.load.author = *who();
    event.head.seq = to;
    if (to != 0)
        event.head.tip = *author_tip(author, to);
    bench_step(bench, event);
}

/* What the last BODIES to this link asked for. */
static struct want last_bodies(uint64_t link)
{
    struct want want;
    struct bytes frame = last_sent(bench, link, FRAME_BODIES);
    assert_non_null(frame.at);
    assert_true(wire_read_want(frame, &want));
    assert_true(want.bodies);
    return want;
}

static void peer_lacks(uint64_t link, uint64_t from, uint64_t to, uint64_t tip)
{
    uint8_t room[256];
    struct lack lack = {bench_channel(bench, "#fika"), *who(), from, to, *author_tip(author, tip)};
    struct writer w = writer_of(room, sizeof room);
    wire_write_lack(&w, &lack);
    peer_frame(bench, link, written(&w));
}

/* All nine entries come by this link, two without their bodies. */
static void take_bare(uint64_t link)
{
    peer_have(bench, link, true, who(), 9, author_tip(author, 9));
    peer_entries(bench, link, bare, 1, 9, PART_ANSWER_END);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 7); /* what is gone is not shown */
    assert_int_equal(count_effects(bench, EFFECT_BARE), 0);
    bench_pass(bench, BODIES_WAIT_MS);
    assert_int_equal(count_effects(bench, EFFECT_BARE), 1);
}

static void entries_count_without_bodies(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    take_bare(link);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.seq, 9);
    assert_int_equal(count_sent(bench, link, FRAME_HAVE), 1); /* whole, so announced */
}

static void bodies_are_asked_for_and_put_in(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    take_bare(link);
    assert_int_equal(count_sent(bench, link, FRAME_BODIES), 0);
    store_says(4, 5);
    struct want want = last_bodies(link);
    assert_true(want.from == 4 && want.to == 5 && id_equal(&want.tip, author_tip(author, 5)));
    peer_entries(bench, link, author, 3, 6, PART_ANSWER_END); /* rows of its own */
    assert_int_equal(count_effects(bench, EFFECT_FILL), 1);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 1); /* they are held */
    assert_int_equal(last_effect(bench, EFFECT_BARE)->number, 5);
    store_says(0, 0);
    bench_pass(bench, BODIES_WAIT_MS);
    assert_int_equal(last_effect(bench, EFFECT_BARE)->number, 0); /* once more from below */
}

/* The store says that there is nothing missing any more: it is over, and said to the others. */
static void the_end_is_announced(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    take_bare(link);
    size_t haves = count_sent(bench, link, FRAME_HAVE);
    store_says(0, 0);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(count_sent(bench, link, FRAME_HAVE), haves + 1);
    for (int i = 0; i < 10; i++) {
        peer_pings(bench, link);
        bench_pass(bench, 8000);
    }
    assert_int_equal(count_effects(bench, EFFECT_BARE), 1);
    assert_int_equal(count_sent(bench, link, FRAME_BODIES), 0);
}

/* Who lacks a part is asked above it; who lacks all makes room for the next. */
static void the_next_is_asked(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    take_bare(one);
    store_says(4, 5);
    uint64_t first = count_sent(bench, one, FRAME_BODIES) > 0 ? one : two;
    uint64_t second = first == one ? two : one;
    peer_lacks(first, 4, 4, 5);
    assert_int_equal(last_effect(bench, EFFECT_BARE)->number, 4);
    store_says(5, 5);
    assert_int_equal(last_bodies(first).from, 5);
    peer_lacks(first, 5, 5, 5);
    store_says(0, 0); /* above 5 */
    assert_int_equal(last_effect(bench, EFFECT_BARE)->number, 0);
    store_says(4, 5);
    assert_int_equal(count_sent(bench, second, FRAME_BODIES), 1);
    peer_entries(bench, second, author, 1, 9, PART_ANSWER_END);
    assert_int_equal(count_effects(bench, EFFECT_FILL), 1);
}

/* A silent one is waited for WANT_DEADLINE_MS, and what it says then is taken all the same. */
static void silence_is_no_end(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    take_bare(one);
    store_says(4, 5);
    uint64_t first = count_sent(bench, one, FRAME_BODIES) > 0 ? one : two;
    uint64_t second = first == one ? two : one;
    bench_pass(bench, WANT_DEADLINE_MS);
    store_says(4, 5);
    assert_int_equal(count_sent(bench, second, FRAME_BODIES), 1);
    peer_entries(bench, first, author, 4, 5, PART_ANSWER_END);
    assert_int_equal(count_effects(bench, EFFECT_FILL), 1);
    assert_int_equal(count_effects(bench, EFFECT_BARE), 2); /* the second is still waited for */
    peer_lacks(second, 4, 5, 5);
    assert_int_equal(count_effects(bench, EFFECT_BARE), 3);
}

/* All were asked in vain: later again, and ever more rarely, but soon when somebody comes. */
static void nobody_is_asked_in_a_loop(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    size_t asked[3] = {0};
    take_bare(link);
    store_says(4, 5);
    peer_lacks(link, 4, 5, 5);
    store_says(0, 0);
    for (int hour = 0; hour < 3; hour++) {
        size_t before = count_sent(bench, link, FRAME_BODIES);
        for (int i = 0; i < 450; i++) { /* 8 s each */
            size_t questions = count_effects(bench, EFFECT_BARE);
            peer_pings(bench, link);
            bench_pass(bench, 8000);
            if (count_effects(bench, EFFECT_BARE) == questions)
                continue;
            store_says(4, 5);
            peer_lacks(link, 4, 5, 5);
            store_says(0, 0);
        }
        asked[hour] = count_sent(bench, link, FRAME_BODIES) - before;
        bench_forget(bench);
    }
    assert_in_range(asked[0], 5, 8);
    assert_in_range(asked[2], 1, 2);
    uint64_t two = peer_up(bench, 2);
    bench_pass(bench, BODIES_WAIT_MS);
    store_says(4, 5);
    assert_int_equal(count_sent(bench, two, FRAME_BODIES), 1);
}

static void a_link_that_ends_is_not_waited_for(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    take_bare(one);
    store_says(4, 5);
    uint64_t first = count_sent(bench, one, FRAME_BODIES) > 0 ? one : two;
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = first, .why = WHY_LOST});
    assert_int_equal(count_effects(bench, EFFECT_BARE), 2);
    store_says(4, 5);
    assert_int_equal(count_sent(bench, first == one ? two : one, FRAME_BODIES), 1);
}

/* An answer to nothing is no way to have the store look. */
static void unasked_bodies_are_left(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    take_bare(link);
    peer_entries(bench, link, author, 4, 5, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_FILL), 0);
    store_says(4, 5);
    peer_entries(bench, link, author, 4, 5, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_FILL), 0);
}

/* A LACK in place of an answer to a WANT: the next is asked at once. */
static void lacking_ends_a_question(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    peer_have(bench, one, true, who(), 9, author_tip(author, 9));
    peer_have(bench, two, true, who(), 9, author_tip(author, 9));
    uint64_t first = count_sent(bench, one, FRAME_WANT) > 0 ? one : two;
    uint64_t second = first == one ? two : one;
    assert_int_equal(count_sent(bench, second, FRAME_WANT), 0);
    peer_lacks(first, 1, 9, 9);
    assert_int_equal(count_sent(bench, second, FRAME_WANT), 1);
    peer_lacks(second, 1, 9, 9);
    for (int i = 0; i < 4; i++) { /* the last source is not let go, nor asked in a loop */
        peer_pings(bench, one);
        peer_pings(bench, two);
        bench_pass(bench, 8000);
    }
    assert_in_range(count_sent(bench, 0, FRAME_WANT), 3, 7);
    peer_lacks(first, 0 + 1, 3, 3); /* asked by nobody */
    bench_pass(bench, 1000);
}

/* What is asked of a channel that this node does not take is refused. */
static void what_is_not_taken_is_lacked(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    uint8_t room[256];
    struct lack lack;
    struct want want = {.channel = bench_channel(bench, "#other"),
                        .author = *who(),
                        .from = 2,
                        .to = 7,
                        .tip = *author_tip(author, 7),
                        .credit = 1000};
    struct writer w = writer_of(room, sizeof room);
    wire_write_want(&w, &want);
    peer_frame(bench, link, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_SERVE), 0);
    assert_true(wire_read_lack(last_sent(bench, link, FRAME_LACK), &lack));
    assert_true(lack.from == 2 && lack.to == 7 && id_equal(&lack.tip, &want.tip));
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        test(entries_count_without_bodies),
        test(bodies_are_asked_for_and_put_in),
        test(the_end_is_announced),
        test(the_next_is_asked),
        test(silence_is_no_end),
        test(nobody_is_asked_in_a_loop),
        test(a_link_that_ends_is_not_waited_for),
        test(unasked_bodies_are_left),
        test(lacking_ends_a_question),
        test(what_is_not_taken_is_lacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
