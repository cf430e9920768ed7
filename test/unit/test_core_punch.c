/* Core: links through two routers. The bench's node is linked to node 1, in the middle, and to node 2; others
 * are far: of them it asks who has a bigger key than its own, and is asked by who has a smaller one. */
#include "core/presence.h"
#include "core/state.h"
#include "core_help.h"

static struct bench *bench;
static uint64_t middle, second, last_number;
static uint32_t bigger[24], smaller[24];

static void begin(bool beacons, bool far)
{
    core_free(bench->core);
    bench->config.beacons = beacons;
    bench->config.far = far;
    bench->core = core_new(&bench->config);
    middle = peer_up(bench, 1);
    second = peer_up(bench, 2);
    last_number = 100;
}

static int setup(void **state)
{
    (void)state;
    size_t above = 0, below = 0;
    bench = bench_new();
    for (uint32_t number = 20; above < 24 || below < 24; number++) {
        struct id node = bench_identity(number).node;
        if (id_compare(&bench->config.identity.node, &node) < 0 && above < 24)
            bigger[above++] = number;
        else if (id_compare(&bench->config.identity.node, &node) > 0 && below < 24)
            smaller[below++] = number;
    }
    begin(true, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(bench);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Time passes, and both links go on being heard. */
static void pass(uint64_t ms)
{
    for (uint64_t done = 0; done < ms;) {
        uint64_t step = ms - done < PING_EVERY_MS ? ms - done : PING_EVERY_MS;
        bench_pass(bench, step);
        peer_pings(bench, middle);
        peer_pings(bench, second);
        done += step;
    }
}

/* A far node says by way of a link that it is there. */
static void note_of(uint64_t link, uint32_t number)
{
    uint8_t room[256];
    struct identity self = bench_identity(number);
    struct note note = {.channel = bench_channel(bench, "#fika"),
                        .node = self.node,
                        .number = ++last_number,
                        .here = true,
                        .nick = {(const uint8_t *)"far", 3},
                        .left_s = NOTE_LIFE_MS / 1000};
    struct writer w = writer_of(room, sizeof room);
    note_sign(&note, &bench->config.network, &self);
    wire_write_note(&w, &note);
    peer_frame(bench, link, written(&w));
}

static struct punch punch_from(uint32_t number, enum punch_step step, const char *address)
{
    return (struct punch){.step = step,
                          .to = bench->config.identity.node,
                          .from = bench_identity(number).node,
                          .number = ++last_number,
                          .port = 50000,
                          .rtt_us = 60000,
                          .address = {(const uint8_t *)address, strlen(address)}};
}

/* Signed by this one. */
static void send(uint64_t link, uint32_t signer, struct punch punch)
{
    uint8_t room[256];
    struct identity self = bench_identity(signer);
    struct writer w = writer_of(room, sizeof room);
    punch_sign(&punch, &bench->config.network, &self);
    wire_write_punch(&w, &punch);
    assert_false(w.full);
    peer_frame(bench, link, written(&w));
}

static void ask_from(uint64_t link, uint32_t number)
{
    send(link, number, punch_from(number, PUNCH_ASK, "5.5.5.1:50000"));
}

static struct punch last_punch(uint64_t link)
{
    struct punch punch;
    struct bytes frame = last_sent(bench, link, FRAME_PUNCH);
    assert_non_null(frame.at);
    assert_true(wire_read_punch(frame, &punch) && punch_verify(&punch, &bench->config.network));
    return punch;
}

/* Asks the far one, who answers; its port. */
static uint16_t asked_and_answered(uint32_t number)
{
    note_of(middle, number);
    pass(PUNCH_AFTER_MS);
    struct punch asked = last_punch(middle);
    struct punch ready = punch_from(number, PUNCH_READY, "5.5.5.2:50000");
    ready.number = asked.number;
    send(middle, number, ready);
    return asked.port;
}

static struct core_punch with(uint32_t number)
{
    struct core_punch punch;
    struct id node = bench_identity(number).node;
    for (size_t i = 0; core_punch(bench->core, i, &punch); i++)
        if (id_equal(&punch.node, &node))
            return punch;
    fail_msg("nothing is known of %u", number);
    return punch;
}

/* ---- who begins ---- */

static void who_has_the_smaller_key_asks(void **state)
{
    (void)state;
    note_of(middle, bigger[0]);
    note_of(middle, smaller[0]);
    pass(PUNCH_AFTER_MS - 1);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
    pass(1);
    assert_int_equal(count_sent(bench, middle, FRAME_PUNCH), 1);
    assert_int_equal(count_sent(bench, second, FRAME_PUNCH), 0);
    struct punch punch = last_punch(middle);
    struct id node = bench_identity(bigger[0]).node;
    assert_int_equal(punch.step, PUNCH_ASK);
    assert_true(id_equal(&punch.to, &node));
    assert_true(id_equal(&punch.from, &bench->config.identity.node));
    assert_int_equal(punch.address.size, 0);
    assert_true(punch.port >= 49152);
}

static void who_is_linked_is_not_asked(void **state)
{
    (void)state;
    note_of(middle, bigger[0]);
    pass(PUNCH_AFTER_MS / 2);
    peer_up(bench, bigger[0]);
    pass(PUNCH_AFTER_MS);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
}

static void who_is_blocked_is_neither_asked_nor_answered(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_BLOCK, .held = true};
    note_of(middle, bigger[0]);
    event.node = bench_identity(bigger[0]).node;
    bench_step(bench, event);
    event.node = bench_identity(smaller[0]).node;
    bench_step(bench, event);
    pass(2 * PUNCH_AFTER_MS);
    ask_from(middle, smaller[0]);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), 0);
    ask_from(middle, smaller[1]);
    assert_int_equal(count_sent(bench, middle, FRAME_PUNCH), 1);
}

static void three_times_and_then_rarely(void **state)
{
    (void)state;
    for (int i = 0; i < 11; i++) { /* half an hour, and a note every two minutes and a half */
        note_of(middle, bigger[0]);
        pass(150000);
    }
    /* At 3 s and after 63, 63 and 603 seconds each. */
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 5);
    assert_true(with(bigger[0]).failed);
    assert_string_equal(with(bigger[0]).nick.text, "far");
    assert_string_equal(with(bigger[0]).via.text, "peer");
    /* Another network: at once, and often, again. */
    bench_step(bench, (struct event){.kind = EVENT_NETWORK});
    note_of(middle, bigger[0]);
    pass(PUNCH_AFTER_MS);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 6);
}

/* Of many, no more than the bucket has. */
static void not_all_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        note_of(middle, bigger[i]);
    pass(PUNCH_AFTER_MS);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), PUNCH_BURST);
    pass(PUNCH_REFILL_MS);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), PUNCH_BURST + 1);
}

/* ---- as who is asked ---- */

static void who_is_asked_dials_half_of_both_round_trips_later(void **state)
{
    (void)state;
    ask_from(middle, smaller[0]);
    struct punch ready = last_punch(middle);
    assert_int_equal(ready.step, PUNCH_READY);
    assert_true(ready.number == last_number && ready.address.size == 0);
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), 0);
    bench_pass(bench, 29);
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), 0);
    bench_pass(bench, 1);
    const struct seen *seen = last_effect(bench, EFFECT_PUNCH);
    assert_non_null(seen);
    assert_true(seen->server && seen->link % 2 == 0);
    assert_int_equal(seen->number, ready.port);
    assert_string_equal(seen->address.text, "5.5.5.1:50000");
    /* The other one's HELLO comes first, and all is as on any link; but nobody can dial it again. */
    uint64_t link = seen->link;
    struct identity self = bench_identity(smaller[0]);
    size_t met = count_effects(bench, EFFECT_MET);
    bench_step(bench,
               (struct event){.kind = EVENT_LINK_OUT, .link = link, .client_key = peer_key(link)});
    assert_true(peer_hello(bench, link, &self, 3));
    peer_join(bench, link, 1, "far", "#fika");
    assert_true(last_show(bench, SHOW_LINK)->show.up);
    assert_true(with(smaller[0]).linked);
    assert_int_equal(count_effects(bench, EFFECT_MET), met);
    assert_int_equal(links_up(bench), 3);
}

static void an_answer_makes_it_dial_at_once(void **state)
{
    (void)state;
    uint16_t port = asked_and_answered(bigger[0]);
    const struct seen *seen = last_effect(bench, EFFECT_PUNCH);
    assert_non_null(seen);
    assert_false(seen->server);
    assert_int_equal(seen->number, port);
    assert_string_equal(seen->address.text, "5.5.5.2:50000");
    uint64_t link = seen->link;
    bench_step(bench,
               (struct event){.kind = EVENT_LINK_OUT, .link = link, .client_key = peer_key(link)});
    assert_int_equal(count_sent(bench, link, FRAME_HELLO0), 1);
    /* HELLO has its own time, and then this try is over. */
    pass(HELLO_DEADLINE_MS);
    assert_true(was_hung_up(bench, link));
    assert_true(with(bigger[0]).failed);
}

static void it_ends_in_time(void **state)
{
    (void)state;
    asked_and_answered(bigger[0]);
    uint64_t link = last_effect(bench, EFFECT_PUNCH)->link;
    pass(PUNCH_MS - 1);
    assert_false(was_hung_up(bench, link));
    pass(1);
    assert_true(was_hung_up(bench, link));
    assert_int_equal(count_shown(bench, SHOW_LINK), 2); /* of the two in the beginning */
}

static void whom_it_lost_it_asks_again(void **state)
{
    (void)state;
    asked_and_answered(bigger[0]);
    uint64_t link = last_effect(bench, EFFECT_PUNCH)->link;
    struct identity far = bench_identity(bigger[0]);
    uint8_t room[256];
    bench_step(bench,
               (struct event){.kind = EVENT_LINK_OUT, .link = link, .client_key = peer_key(link)});
    struct nonce nonce;
    uint8_t version;
    assert_true(wire_read_hello0(last_sent(bench, link, FRAME_HELLO0), &version, &nonce));
    struct hello1 hello1 = {.node = far.node,
                            .card = {.process = {{7}}, .nick = {(const uint8_t *)"far", 3}}};
    struct hello_terms terms = {.network = bench->config.network,
                                .client_key = peer_key(link),
                                .client_nonce = nonce,
                                .server = far.node};
    hello1_sign(&hello1, &terms, &far);
    struct writer w = writer_of(room, sizeof room);
    wire_write_hello1(&w, &hello1);
    peer_frame(bench, link, written(&w));
    peer_join(bench, link, 1, "far", "#fika");
    assert_true(with(bigger[0]).linked);
    size_t asked = count_sent(bench, middle, FRAME_PUNCH);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    pass(PUNCH_AFTER_MS);
    assert_int_equal(count_sent(bench, middle, FRAME_PUNCH), asked + 1);
    assert_int_equal(last_punch(middle).step, PUNCH_ASK);
}

/* ---- who is not believed ---- */

static void forged_asks(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        assert_false(was_hung_up(bench, middle));
        send(middle, bigger[0], punch_from(smaller[0], PUNCH_ASK, "5.5.5.1:50000"));
    }
    assert_int_equal(bye_code(bench, middle), WHY_RULES);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
    bench_pass(bench, 1000);
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), 0);
}

static void answers_that_nobody_asked_for(void **state)
{
    (void)state;
    send(middle, bigger[0], punch_from(bigger[0], PUNCH_READY, "5.5.5.2:50000"));
    note_of(middle, bigger[0]);
    pass(PUNCH_AFTER_MS);
    struct punch ready = punch_from(bigger[0], PUNCH_READY, "5.5.5.2:50000");
    send(middle, bigger[0], ready); /* another number */
    ready.number = last_punch(middle).number;
    send(second, bigger[0], ready); /* another way than the question went */
    send(middle, bigger[1], ready); /* another's signature */
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), 0);
    send(middle, bigger[0], ready);
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), 1);
    send(middle, bigger[0], ready);
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), 1);
}

static void replays(void **state)
{
    (void)state;
    struct punch ask = punch_from(smaller[0], PUNCH_ASK, "5.5.5.1:50000");
    send(middle, smaller[0], ask);
    assert_int_equal(count_sent(bench, middle, FRAME_PUNCH), 1);
    pass(PUNCH_MS + 1000); /* nobody came */
    send(middle, smaller[0], ask);
    send(second, smaller[0], ask);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 1);
    ask.number++;
    send(second, smaller[0], ask);
    assert_int_equal(count_sent(bench, second, FRAME_PUNCH), 1);
}

static void addresses_where_nobody_else_can_be(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "127.0.0.1:50000", "0.0.0.0:50000", "[::1]:50000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        send(middle, smaller[i], punch_from(smaller[i], PUNCH_ASK, wrong[i]));
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
    /* The port is the one that was seen. */
    send(middle, smaller[5], punch_from(smaller[5], PUNCH_ASK, "5.5.5.1:20000"));
    bench_pass(bench, 100);
    assert_string_equal(last_effect(bench, EFFECT_PUNCH)->address.text, "5.5.5.1:20000");
}

static void a_flood_of_asks(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++)
        for (int i = 0; i < 24; i++)
            ask_from(middle, smaller[i]);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), PUNCH_BURST);
    bench_pass(bench, 100);
    assert_int_equal(count_effects(bench, EFFECT_PUNCH), PUNCH_BURST);
    /* That link is heard no more for a while; another is, within the bucket. */
    pass(PUNCH_REFILL_MS);
    ask_from(middle, smaller[20]);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), PUNCH_BURST);
    ask_from(second, smaller[21]);
    ask_from(second, smaller[22]);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), PUNCH_BURST + 1);
    pass(PUNCH_AGAIN_MS);
    ask_from(middle, smaller[20]);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), PUNCH_BURST + 2);
}

static void who_was_sent_away_is_not_answered(void **state)
{
    (void)state;
    struct identity far = bench_identity(smaller[0]);
    uint64_t link = peer_up_as(bench, &far, 3);
    peer_join(bench, link, 2, "far", "#fika");
    bench_request(
        bench, (struct request){.kind = REQUEST_DISCONNECT, .text = {(const uint8_t *)"far", 3}});
    assert_true(was_hung_up(bench, link));
    ask_from(middle, smaller[0]);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
}

/* No discovery, or all through a proxy: neither asked nor answered. */
static void some_neither_ask_nor_answer(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        begin(far, far);
        note_of(middle, bigger[0]);
        ask_from(middle, smaller[0]);
        pass(2 * PUNCH_AFTER_MS);
        assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
        assert_int_equal(count_effects(bench, EFFECT_PUNCH), 0);
    }
}

/* ---- in the middle ---- */

/* From node 1 to node 2. */
static struct punch between(void)
{
    struct punch punch = punch_from(1, PUNCH_ASK, "");
    punch.to = bench_identity(2).node;
    return punch;
}

static void it_is_passed_on_with_an_address(void **state)
{
    (void)state;
    struct punch sent = between();
    send(middle, 1, sent);
    assert_int_equal(count_sent(bench, middle, FRAME_PUNCH), 0);
    struct punch passed = last_punch(second);
    assert_true(id_equal(&passed.from, &sent.from) && passed.number == sent.number);
    /* It dialled us, so it is where that came from; the port that it says is its own machine's. */
    char seen[32];
    snprintf(seen, sizeof seen, "10.0.0.1:%d", (int)(middle % 60000));
    assert_int_equal(passed.address.size, strlen(seen));
    assert_memory_equal(passed.address.at, seen, passed.address.size);
    /* Whom we dialled leaves by another port: as it says. */
    link_table_find(&bench->core->links, middle)->outbound = true;
    send(middle, 1, between());
    passed = last_punch(second);
    assert_int_equal(passed.address.size, strlen("10.0.0.1:50000"));
    assert_memory_equal(passed.address.at, "10.0.0.1:50000", passed.address.size);
}

/* What leaves by the port of the link to the one in the middle has the same port outside. */
static void the_port_is_that_of_the_link(void **state)
{
    (void)state;
    link_table_find(&bench->core->links, middle)->near_port = 41234;
    assert_int_equal(asked_and_answered(bigger[0]), 41234);
    assert_int_equal(last_effect(bench, EFFECT_PUNCH)->number, 41234);
    ask_from(middle, smaller[0]);
    assert_int_equal(last_punch(middle).port, 41234);
    bench_pass(bench, 100);
    assert_int_equal(last_effect(bench, EFFECT_PUNCH)->number, 41234);
}

static void what_is_not_passed_on(void **state)
{
    (void)state;
    struct punch punch = between();
    send(second, 1, punch); /* by another link than its own */
    punch.address = (struct bytes){(const uint8_t *)"6.6.6.6:50000", 13};
    send(middle, 1, punch); /* it was passed on already, or names a victim */
    punch.address.size = 0;
    send(middle, 2, punch); /* signed by another */
    punch.to = bench_identity(9).node;
    send(middle, 1, punch); /* nobody is linked there */
    punch.to = punch.from;
    send(middle, 1, punch);
    assert_int_equal(count_sent(bench, 0, FRAME_PUNCH), 0);
    assert_false(was_hung_up(bench, middle) || was_hung_up(bench, second));
}

static void a_flood_to_be_passed_on(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        send(middle, 1, between());
    assert_int_equal(count_sent(bench, second, FRAME_PUNCH), PUNCH_CHECKS);
    pass(PUNCH_AGAIN_MS);
    send(middle, 1, between());
    assert_int_equal(count_sent(bench, second, FRAME_PUNCH), PUNCH_CHECKS + 1);
}

static void what_does_not_parse_ends_the_link(void **state)
{
    (void)state;
    uint8_t frame[] = {FRAME_PUNCH, 1};
    peer_frame(bench, middle, (struct bytes){frame, sizeof frame});
    assert_int_equal(bye_code(bench, middle), WHY_RULES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(who_has_the_smaller_key_asks),
        test(who_is_linked_is_not_asked),
        test(who_is_blocked_is_neither_asked_nor_answered),
        test(three_times_and_then_rarely),
        test(not_all_at_once),
        test(who_is_asked_dials_half_of_both_round_trips_later),
        test(an_answer_makes_it_dial_at_once),
        test(it_ends_in_time),
        test(whom_it_lost_it_asks_again),
        test(forged_asks),
        test(answers_that_nobody_asked_for),
        test(replays),
        test(addresses_where_nobody_else_can_be),
        test(a_flood_of_asks),
        test(who_was_sent_away_is_not_answered),
        test(some_neither_ask_nor_answer),
        test(it_is_passed_on_with_an_address),
        test(the_port_is_that_of_the_link),
        test(what_is_not_passed_on),
        test(a_flood_to_be_passed_on),
        test(what_does_not_parse_ends_the_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
