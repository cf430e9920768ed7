/* Core: receipts over hops. Nodes 1 and 2 are linked; 5 and 7 are somewhere behind them. */
#include "core/state.h"
#include "core_help.h"

static struct bench *bench;
static struct author *author; /* 5 */
static uint64_t one, two;

static int setup(void **state)
{
    (void)state;
    bench = bench_new();
    author = author_new(bench, 5, 40, 1);
    one = peer_up(bench, 1);
    two = peer_up(bench, 2);
    bench_forget(bench);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(author);
    bench_free(bench);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void pass(uint64_t ms)
{
    for (uint64_t done = 0; done < ms; done += PING_EVERY_MS) {
        bench_pass(bench, ms - done < PING_EVERY_MS ? ms - done : PING_EVERY_MS);
        peer_pings(bench, one);
        peer_pings(bench, two);
    }
}

static void peer_note(uint64_t link, uint32_t number, uint64_t at)
{
    uint8_t room[256];
    struct identity self = bench_identity(number);
    struct note note = {.channel = bench_channel(bench, "#fika"),
                        .node = self.node,
                        .number = at,
                        .here = true,
                        .nick = {(const uint8_t *)"far", 3},
                        .left_s = NOTE_LIFE_MS / 1000};
    struct writer w = writer_of(room, sizeof room);
    note_sign(&note, &bench->config.network, &self);
    wire_write_note(&w, &note);
    peer_frame(bench, link, written(&w));
}

static void peer_held_as(uint64_t link, struct holding holding, const struct identity *by)
{
    uint8_t room[WIRE_HOLDING_BYTES];
    struct writer w = writer_of(room, sizeof room);
    holding_sign(&holding, &bench->config.network, by);
    wire_write_holding(&w, &holding);
    peer_frame(bench, link, written(&w));
}

/* The node says that it holds the log up to there. */
static void peer_held(uint64_t link, uint32_t number, const struct head *head)
{
    struct identity self = bench_identity(number);
    peer_held_as(link,
                 (struct holding){
                     .channel = bench_channel(bench, "#fika"), .node = self.node, .head = *head},
                 &self);
}

static struct head head_of(uint64_t seq)
{
    return (struct head){author->identity.node, seq, *author_tip(author, seq)};
}

/* The end of our own log. */
static struct head own_head(void)
{
    struct channel *channel = channel_by_name(&bench->core->channels, "#fika");
    const struct log *log = channel_log(channel, &bench->config.identity.node);
    assert_non_null(log);
    return (struct head){log->author, log->seq, log->tip};
}

static struct holding last_held(uint64_t link)
{
    struct holding holding;
    struct bytes frame = last_sent(bench, link, FRAME_HELD);
    assert_non_null(frame.at);
    assert_true(wire_read_holding(frame, &holding));
    assert_true(holding_verify(&holding, &bench->config.network));
    return holding;
}

static void what_came_from_far_is_answered(void **state)
{
    (void)state;
    peer_entries(bench, one, author, 1, 3, PART_PUSH);
    pass(HAVE_DELAY_MS);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 1);
    assert_int_equal(count_sent(bench, two, FRAME_HELD), 0);
    struct holding holding = last_held(one);
    assert_true(id_equal(&holding.node, &bench->config.identity.node));
    assert_true(id_equal(&holding.head.author, &author->identity.node));
    assert_int_equal(holding.head.seq, 3);
    assert_true(id_equal(&holding.head.tip, author_tip(author, 3)));
    for (uint32_t i = 4; i <= 20; i++) { /* many, soon after: the newest is said */
        peer_entries(bench, one, author, i, i, PART_PUSH);
        bench_pass(bench, HAVE_DELAY_MS);
    }
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 1);
    bench_pass(bench, HOLDING_EVERY_MS);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 2);
    assert_int_equal(last_held(one).head.seq, 20);
}

static void who_is_linked_hears_it_by_have(void **state)
{
    (void)state;
    uint64_t his = peer_up_as(bench, &author->identity, 2);
    peer_entries(bench, his, author, 1, 3, PART_PUSH);
    peer_entries(bench, one, author, 4, 4, PART_PUSH);
    pass(1000);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 0);
    assert_int_equal(count_sent(bench, his, FRAME_HELD), 0);
    assert_true(count_sent(bench, his, FRAME_HAVE) > 0);
}

static void history_is_answered_where_its_author_is(void **state)
{
    (void)state;
    peer_have(bench, one, true, &author->identity.node, 5, author_tip(author, 5));
    bench_pass(bench, 1000);
    peer_entries(bench, one, author, 1, 5, PART_ANSWER_END);
    pass(1000);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 0); /* nobody knows where he is */
    peer_note(two, 5, 1);
    pass(HOLDING_EVERY_MS);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 0);
    assert_int_equal(count_sent(bench, two, FRAME_HELD), 1);
    assert_int_equal(last_held(two).head.seq, 5);
}

/* How many the last show of who holds a line has. */
static uint32_t held_by(void)
{
    for (size_t i = bench->seen_count; i-- > 0;)
        if (bench->seen[i].kind == EFFECT_SHOW && bench->seen[i].show.kind == SHOW_HELD)
            return (uint32_t)bench->seen[i].show.n;
    return 0;
}

static void a_line_is_held_by_who_is_far(void **state)
{
    (void)state;
    bench_say(bench, "one");
    bench_say(bench, "two");
    bench_pass(bench, 10);
    struct head head = own_head(), above = head, below = head;
    above.seq++;
    peer_held(one, 7, &above); /* nobody can hold that */
    assert_int_equal(held_by(), 0);
    peer_held(one, 7, &head);
    assert_int_equal(held_by(), 1);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 1);
    below.seq--;
    peer_held(two, 7, &below);
    peer_held(two, 7, &head);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 1);
    peer_held(two, 8, &head);
    assert_int_equal(held_by(), 2);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 0);
    assert_int_equal(count_sent(bench, two, FRAME_HELD), 0);
}

static void nobody_makes_anothers(void **state)
{
    (void)state;
    struct identity liar = bench_identity(1);
    bench_say(bench, "one");
    bench_pass(bench, 10);
    struct holding holding = {.channel = bench_channel(bench, "#fika"),
                              .node = bench_identity(7).node,
                              .head = own_head()};
    for (int i = 1; i < 16; i++)
        peer_held_as(one, holding, &liar);
    assert_int_equal(held_by(), 0);
    assert_false(was_hung_up(bench, one));
    peer_held_as(one, holding, &liar);
    assert_true(was_hung_up(bench, one));
    holding.node = bench->config.identity.node; /* our own word is nobody's */
    peer_held_as(two, holding, &bench->config.identity);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0);
}

static void it_is_passed_on_once_towards_the_author(void **state)
{
    (void)state;
    struct head second = head_of(2), third = head_of(3);
    peer_entries(bench, one, author, 1, 3, PART_PUSH);
    pass(1000);
    bench_forget(bench);
    peer_held(two, 7, &second);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 1);
    struct holding holding = last_held(one);
    struct id seven = bench_identity(7).node;
    assert_true(id_equal(&holding.node, &seven));
    assert_int_equal(holding.head.seq, 2);
    peer_held(two, 7, &second);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 1);
    peer_held(two, 7, &third);
    peer_held(two, 7, &second);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 2);
    peer_held(two, 8, &second);
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 3);
    peer_held(one, 9, &third); /* there it would go back */
    assert_int_equal(count_sent(bench, one, FRAME_HELD), 3);
    assert_int_equal(count_sent(bench, two, FRAME_HELD), 0);
    uint64_t his = peer_up_as(bench, &author->identity, 2);
    peer_held(one, 9, &third);
    assert_int_equal(count_sent(bench, his, FRAME_HELD), 1);
}

static void a_flood_is_bounded(void **state)
{
    (void)state;
    struct head head = head_of(3);
    peer_entries(bench, one, author, 1, 3, PART_PUSH);
    pass(1000);
    bench_forget(bench);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 2 * HOLDING_CHECKS; i++)
            peer_held(two, 1000 + 2 * HOLDING_CHECKS * round + i, &head);
        assert_int_equal(count_sent(bench, one, FRAME_HELD), (round + 1) * HOLDING_CHECKS);
        pass(HOLDING_CHECKS_MS);
    }
    assert_int_equal(bench->core->holdings.count, LIMIT_RELAYED / 2);
    bench_say(bench, "mine"); /* of those who are far some count, and leave places for others */
    pass(HOLDING_CHECKS_MS);
    head = own_head();
    for (uint32_t i = 0; i < LIMIT_RECEIPTS; i++)
        peer_held(two, 5000 + i, &head);
    assert_int_equal(held_by(), LIMIT_RECEIPTS / 2);
    peer_have(bench, one, false, &head.author, head.seq, &head.tip);
    assert_int_equal(held_by(), LIMIT_RECEIPTS / 2 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_came_from_far_is_answered),
        test(who_is_linked_hears_it_by_have),
        test(history_is_answered_where_its_author_is),
        test(a_line_is_held_by_who_is_far),
        test(nobody_makes_anothers),
        test(it_is_passed_on_once_towards_the_author),
        test(a_flood_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
