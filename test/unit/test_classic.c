/* Classic links against plain ZeroMQ sockets on loopback, as the exercise's program opens them. The
 * form of a line is tested first, without sockets. Every wait ends at a deadline. */
#include "classic_help.h"

/* --- The form of a line --- */

static void test_parse_takes_a_line_apart(void **state)
{
    (void)state;
    static const struct {
        const char *line, *channel, *nick, *text;
    } rows[] = {
        {"#fika <anna>: hej", "#fika", "anna", "hej"},
        {"#fika <anna>: ", "#fika", "anna", ""},
        {"#a <b>: <c>: d", "#a", "b", "<c>: d"},
        {"#a <two words>:  x ", "#a", "two words", " x "},
        {"#\xc3\xa5 <\xc3\xa4>: \xc3\xb6", "#\xc3\xa5", "\xc3\xa4", "\xc3\xb6"},
        {"#a <\xff>: \xfe\n", "#a", "\xff", "\xfe\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes channel, nick, text;
        assert_true(classic_parse(bytes_of(rows[i].line), &channel, &nick, &text));
        assert_bytes(channel, rows[i].channel);
        assert_bytes(nick, rows[i].nick);
        assert_bytes(text, rows[i].text);
    }
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",          "#",           "#a",         "#a ",         "#a <",          "#a <b",
        "#a <b>",    "#a <b>:",     "#a <b>:x",   "#a <>: x",    "#a<b>: x",      "#a  <b>: x",
        "a <b>: x",  "# <b>: x",    " #a <b>: x", "#a,b <c>: x", "#a\n <b>: x",   "#a\x1b <b>: x",
        "#a [b]: x", "#a <b> c: x", "#a <b>>: x", "hello",       "#a\x7f <b>: x", "<b>: x",
    };
    struct bytes channel, nick, text;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (classic_parse(bytes_of(rows[i]), &channel, &nick, &text))
            fail_msg("taken: \"%s\"", rows[i]);
    assert_false(classic_parse((struct bytes){NULL, 0}, &channel, &nick, &text));
}

static void test_parse_bounds_the_channel(void **state)
{
    (void)state;
    char line[LIMIT_CHANNEL + 32];
    struct bytes channel, nick, text;
    for (int over = 0; over < 2; over++) {
        memset(line, 'c', sizeof line);
        line[0] = '#';
        strcpy(line + LIMIT_CHANNEL + over, " <b>: x");
        assert_int_equal(classic_parse(bytes_of(line), &channel, &nick, &text), !over);
    }
}

static void assert_written(const struct channel_name *channel, const char *text, bool action,
                           const char *want)
{
    char out[CLASSIC_WRITE_MAX];
    size_t size = classic_write(out, sizeof out, channel, &anna, bytes_of(text), action);
    assert_string_equal(out, want);
    assert_int_equal(size, strlen(want));
}

static void test_write_is_the_exercise_s_line(void **state)
{
    (void)state;
    assert_written(&fika, "hej", false, "#fika <anna>: hej");
    assert_written(NULL, "hej", false, "hej");
    assert_written(&fika, "waves", true, "#fika <anna>: * anna waves");
    assert_written(NULL, "waves", true, "* anna waves");
    assert_written(&fika, "one\ntwo\r\nthree", false, "#fika <anna>: one two three");
    assert_written(NULL, "\x1b[2Jx", false, "\xef\xbf\xbd[2Jx");
}

static void test_write_has_room_for_the_worst(void **state)
{
    (void)state;
    struct channel_name channel;
    struct nick nick;
    char *text = malloc(LIMIT_TEXT), out[CLASSIC_WRITE_MAX];
    memset(channel.text, '#', LIMIT_CHANNEL);
    memset(nick.text, 'n', LIMIT_NICK);
    memset(text, 0x1b, LIMIT_TEXT);
    channel.text[LIMIT_CHANNEL] = nick.text[LIMIT_NICK] = 0;
    size_t size = classic_write(out, sizeof out, &channel, &nick,
                                (struct bytes){(uint8_t *)text, LIMIT_TEXT}, true);
    assert_int_equal(size, LIMIT_CHANNEL + 2 * LIMIT_NICK + 8 + 3 * LIMIT_TEXT);
    free(text);
}

static void test_pub_is_heard_to_the_byte(void **state)
{
    struct rig *rig = *state;
    char endpoint[64];
    bind_ours(rig, false, endpoint);
    void *sub = open_other(rig, ZMQ_SUB);
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "#fika", 5);
    zmq_connect(sub, endpoint);
    await_told(rig, TOLD_CLASSIC_UP);
    assert_true(row_of(rig, 0).up);
    await_heard(rig, sub, "hej", "#fika <anna>: hej");
    assert_int_equal(row_of(rig, 0).n5, 0);
    assert_true(row_of(rig, 0).n3 >= strlen("#fika <anna>: hej"));
}

static void test_pub_is_reached_by_ipv6_too(void **state)
{
    struct rig *rig = *state;
    char endpoint[64], six[64];
    int on = 1;
    bind_ours(rig, false, endpoint);
    void *sub = open_other(rig, ZMQ_SUB);
    zmq_setsockopt(sub, ZMQ_IPV6, &on, sizeof on);
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "", 0);
    snprintf(six, sizeof six, "tcp://[::1]:%s", strrchr(endpoint, ':') + 1);
    void *probe = open_other(rig, ZMQ_PUB);
    zmq_setsockopt(probe, ZMQ_IPV6, &on, sizeof on);
    if (zmq_bind(probe, "tcp://[::1]:*") != 0)
        skip(); /* a machine without IPv6 */
    zmq_connect(sub, six);
    await_heard(rig, sub, "hej", "#fika <anna>: hej");
}

static void test_sub_shows_exactly_the_joined_channels(void **state)
{
    struct rig *rig = *state;
    void *pub = linked_pub(rig);
    send_text(pub, "#fikaother <x>: prefix", 0);
    send_text(pub, "#other <x>: not joined", 0);
    send_text(pub, "#fika <x>: joined", 0);
    await_text(rig, "joined");
    assert_string_equal(rig->show.channel.text, "#fika");
    assert_string_equal(rig->show.nick.text, "x");
    assert_int_equal(row_of(rig, 0).n5, 0);
}

static void test_channels_change_the_filters(void **state)
{
    struct rig *rig = *state;
    void *pub = open_other(rig, ZMQ_XPUB); /* shows the subscriptions */
    struct address address = bind_other(pub, "tcp://127.0.0.1:*");
    char got[32];
    int size, wait_ms = WAIT_MS;
    zmq_setsockopt(pub, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    assert_true(classic_connect(rig->classic, false, &address, 1));
    size = zmq_recv(pub, got, sizeof got, 0);
    assert_int_equal(size, 6);
    assert_memory_equal(got, "\001#fika", 6);
    classic_channels(rig->classic, &other, 1);
    poll_once(rig);
    size = zmq_recv(pub, got, sizeof got, 0);
    assert_int_equal(size, 6);
    assert_memory_equal(got, "\000#fika", 6);
    size = zmq_recv(pub, got, sizeof got, 0);
    assert_int_equal(size, 7);
    assert_memory_equal(got, "\001#other", 7);
    classic_channels(rig->classic, NULL, 0);
    size = zmq_recv(pub, got, sizeof got, 0);
    assert_memory_equal(got, "\000#other", 7);
}

static void test_bad_lines_are_dropped_and_counted(void **state)
{
    struct rig *rig = *state;
    void *pub = linked_pub(rig);
    char *huge = malloc(1000000);
    memset(huge, 'x', 1000000);
    memcpy(huge, "#fika <x>: ", 11);
    send_text(pub, "#fika no line", 0);
    send_text(pub, "#fika <x>: ", 0);
    send_text(pub, "#fika <x>: first part", ZMQ_SNDMORE);
    send_text(pub, "#fika <x>: second part", ZMQ_SNDMORE);
    send_text(pub, "#fika <x>: third part", 0);
    zmq_send(pub, huge, 1000000, 0);
    free(huge);
    await_dropped(rig, 0, 4);
    send_text(pub, "#fika <x>: still here", 0);
    await_text(rig, "still here");
    assert_int_equal(row_of(rig, 0).n5, 4);
}

static void test_foreign_bytes_are_tamed(void **state)
{
    struct rig *rig = *state;
    void *pub = linked_pub(rig);
    send_text(pub, "#fika <\x1b[31mred>: a\xff\x1b]0;t\x07\n\xe2\x80\xaez", 0);
    await_text(rig, "a\xef\xbf\xbd\xef\xbf\xbd]0;t\xef\xbf\xbd z");
    assert_string_equal(rig->show.nick.text, "\xef\xbf\xbd[31mred");

    send_text(pub, "#fika <aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd>: long nick", 0);
    await_text(rig, "long nick");
    assert_string_equal(rig->show.nick.text, "aaaaaaaaaabbbbbbbbbbccccccccccdd");

    char *line = malloc(CLASSIC_LINE_MAX);
    memset(line, 'y', CLASSIC_LINE_MAX);
    memcpy(line, "#fika <x>: ", 11);
    zmq_send(pub, line, CLASSIC_LINE_MAX, 0);
    free(line);
    await_show(rig, SHOW_MESSAGE);
    assert_int_equal(rig->show.text.size, LIMIT_TEXT);
    assert_int_equal(row_of(rig, 0).n5, 0);
}

static void test_a_frame_beyond_the_limit_cuts_off_and_is_redialled(void **state)
{
    struct rig *rig = *state;
    void *pub = linked_pub(rig);
    size_t size = CLASSIC_FRAME_MAX + 1;
    char *huge = calloc(1, size);
    memcpy(huge, "#fika <x>: ", 11);
    zmq_send(pub, huge, size, 0);
    free(huge);
    await_told(rig, TOLD_CLASSIC_DOWN);
    await_linked(rig, pub);
    assert_int_equal(row_of(rig, 0).n5, 1);
}

static void test_a_peer_that_leaves_is_told_and_found_again(void **state)
{
    struct rig *rig = *state;
    void *pub = open_other(rig, ZMQ_PUB);
    struct address address = bind_other(pub, "tcp://127.0.0.1:*");
    char endpoint[128], name[128];
    snprintf(endpoint, sizeof endpoint, "tcp://%s", address.text);
    snprintf(name, sizeof name, "zmq://%s", address.text);
    assert_true(classic_connect(rig->classic, false, &address, 1));
    await_told(rig, TOLD_CLASSIC_UP);
    assert_bytes(rig->show.a, name);
    assert_true(row_of(rig, 0).up);
    assert_string_equal(row_of(rig, 0).address.text, name);
    close_other(rig, pub);
    await_told(rig, TOLD_CLASSIC_DOWN);
    assert_false(row_of(rig, 0).up);
    assert_true(classic_deadline(rig->classic) < now_ms() + 1000);
    pub = open_other(rig, ZMQ_PUB);
    bind_other(pub, endpoint);
    await_linked(rig, pub);
    assert_int_equal(row_of(rig, 0).n5, 0);
}

static void test_last_words_are_heard(void **state)
{
    struct rig *rig = *state;
    void *pub = linked_pub(rig);
    int linger_ms = 1000;
    zmq_setsockopt(pub, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    for (int i = 0; i < 20; i++)
        send_text(pub, "#fika <x>: bye", 0);
    close_other(rig, pub);
    for (int i = 0; i < 20; i++)
        await_text(rig, "bye");
}

static void test_each_address_is_tried(void **state)
{
    struct rig *rig = *state;
    void *gone = open_other(rig, ZMQ_PUB), *pub = open_other(rig, ZMQ_PUB);
    struct address addresses[2];
    addresses[0] = bind_other(gone, "tcp://127.0.0.1:*");
    addresses[1] = bind_other(pub, "tcp://127.0.0.1:*");
    close_other(rig, gone);
    assert_true(classic_connect(rig->classic, false, addresses, 2));
    await_linked(rig, pub);
    assert_true(strstr(row_of(rig, 0).address.text, addresses[1].text) != NULL);
    /* The same peer again, by either address, is no second one. */
    assert_true(classic_connect(rig->classic, false, &addresses[0], 1));
    struct show row;
    assert_false(classic_row(rig->classic, 1, &row));
    assert_true(classic_disconnect(rig->classic, &addresses[0]));
    assert_false(classic_disconnect(rig->classic, &addresses[1]));
    assert_false(classic_row(rig->classic, 0, &row));
}

static void test_disconnect_takes_the_shown_address(void **state)
{
    struct rig *rig = *state;
    linked_pub(rig);
    struct address shown = row_of(rig, 0).address;
    struct address wrong = {"pair://127.0.0.1:1"};
    assert_false(classic_disconnect(rig->classic, &wrong));
    assert_true(classic_disconnect(rig->classic, &shown));
}

static void test_bounds_are_refused(void **state)
{
    struct rig *rig = *state;
    struct error error;
    struct address address;
    char endpoint[64];
    for (int i = 0; i < CLASSIC_PEERS_MAX; i++) {
        snprintf(address.text, sizeof address.text, "127.0.0.1:%d", i + 1);
        assert_true(classic_connect(rig->classic, i % 2, &address, 1));
    }
    strcpy(address.text, "127.0.0.1:99");
    assert_false(classic_connect(rig->classic, false, &address, 1));

    bind_ours(rig, false, endpoint);
    uint16_t taken = (uint16_t)atoi(strrchr(endpoint, ':') + 1);
    assert_int_equal(classic_bind(rig->classic, true, taken, &error), ERROR_PORT_TAKEN);
    for (int i = 1; i < CLASSIC_BOUND_MAX; i++)
        bind_ours(rig, i % 2, endpoint);
    assert_int_equal(classic_bind(rig->classic, false, 0, &error), ERROR_SOCKET);
    zmq_pollitem_t items[CLASSIC_POLL_MAX];
    assert_true(classic_poll(rig->classic, items) <= CLASSIC_POLL_MAX);
}

static void test_pair_bound_goes_both_ways(void **state)
{
    struct rig *rig = *state;
    char endpoint[64];
    bind_ours(rig, true, endpoint);
    void *pair = open_other(rig, ZMQ_PAIR);
    zmq_connect(pair, endpoint);
    await_heard(rig, pair, "hej", "hej");
    send_text(pair, "hej \x1b du", 0);
    await_text(rig, "hej \xef\xbf\xbd du");
    assert_string_equal(rig->show.channel.text, "");
    assert_string_equal(rig->show.nick.text, "");
}

static void test_pair_connected_goes_both_ways(void **state)
{
    struct rig *rig = *state;
    void *pair = open_other(rig, ZMQ_PAIR);
    struct address address = bind_other(pair, "tcp://127.0.0.1:*");
    assert_true(classic_connect(rig->classic, true, &address, 1));
    await_heard(rig, pair, "hej", "hej");
    send_text(pair, "", 0);
    send_text(pair, "tack", 0);
    await_text(rig, "tack");
    assert_true(row_of(rig, 0).n5 >= 1);
}

static void test_pair_speaks_on_the_bound_and_listens_on_the_connected(void **state)
{
    struct rig *rig = *state;
    char endpoint[64];
    void *mouth = open_other(rig, ZMQ_PAIR), *ear = open_other(rig, ZMQ_PAIR);
    struct address address = bind_other(mouth, "tcp://127.0.0.1:*");
    bind_ours(rig, true, endpoint);
    zmq_connect(ear, endpoint);
    assert_true(classic_connect(rig->classic, true, &address, 1));
    await_told(rig, TOLD_CLASSIC_UP);
    await_told(rig, TOLD_CLASSIC_UP);
    uint64_t dropped = row_of(rig, 0).n5;

    await_heard(rig, ear, "hej", "hej");
    send_text(ear, "not listened to", 0);
    await_dropped(rig, 0, dropped + 1);
    send_text(mouth, "listened to", 0);
    await_text(rig, "listened to");
    char got[16];
    assert_int_equal(zmq_recv(mouth, got, sizeof got, ZMQ_DONTWAIT), -1);
    assert_int_equal(row_of(rig, 1).n3, 0);

    assert_true(classic_disconnect(rig->classic, &address));
    send_text(ear, "now it is", 0);
    await_text(rig, "now it is");
}

static void test_pair_without_a_peer_never_waits(void **state)
{
    struct rig *rig = *state;
    char endpoint[64];
    struct address address = {"127.0.0.1:1"};
    for (int bound = 1; bound >= 0; bound--) {
        if (bound)
            bind_ours(rig, true, endpoint);
        else
            assert_true(classic_connect(rig->classic, true, &address, 1));
        uint64_t begin = now_ms();
        for (int i = 0; i < 1000; i++)
            classic_say(rig->classic, &fika, &anna, bytes_of("anybody?"), false);
        assert_true(now_ms() - begin < 1000);
        assert_int_equal(row_of(rig, 0).n5, 1000);
        assert_int_equal(row_of(rig, 0).n3, 0);
        uint64_t start = now_ms();
        classic_free(rig->classic);
        assert_true(now_ms() - start < 500);
        rig->classic = classic_new(rig->context);
    }
}

static void test_pair_takes_the_next_when_one_leaves(void **state)
{
    struct rig *rig = *state;
    char endpoint[64];
    bind_ours(rig, true, endpoint);
    for (int i = 0; i < 3; i++) {
        void *pair = open_other(rig, ZMQ_PAIR);
        zmq_connect(pair, endpoint);
        await_heard(rig, pair, "hej", "hej");
        close_other(rig, pair);
        /* Who comes before the end of the last one is through stays mute: libzmq's PAIR. */
        uint64_t end = now_ms() + WAIT_MS;
        while ((poll_once(rig) || row_of(rig, 0).up) && now_ms() < end)
            while (take(rig))
                ;
        assert_false(row_of(rig, 0).up);
    }
}

static void test_a_peer_that_does_not_read_costs_dropped_lines(void **state)
{
    struct rig *rig = *state;
    char endpoint[64], *text = malloc(LIMIT_TEXT);
    int little = 1;
    memset(text, 'x', LIMIT_TEXT);
    bind_ours(rig, true, endpoint);
    void *pair = open_other(rig, ZMQ_PAIR);
    zmq_setsockopt(pair, ZMQ_RCVHWM, &little, sizeof little);
    zmq_connect(pair, endpoint);
    await_told(rig, TOLD_CLASSIC_UP);
    uint64_t end = now_ms() + WAIT_MS;
    while (row_of(rig, 0).n5 == 0 && now_ms() < end)
        classic_say(rig->classic, &fika, &anna, (struct bytes){(uint8_t *)text, LIMIT_TEXT}, false);
    assert_true(row_of(rig, 0).n5 > 0);
    free(text);
}

static void test_a_flood_is_taken_in_rounds(void **state)
{
    struct rig *rig = *state;
    void *pub = linked_pub(rig);
    int count = 0, rounds = 0;
    for (int i = 0; i < 200; i++)
        send_text(pub, i % 2 ? "#fika <x>: flood" : "#fika bad", 0);
    for (uint64_t end = now_ms() + WAIT_MS; count < 100 && now_ms() < end; rounds++) {
        int shown = 0;
        poll_once(rig);
        while (take(rig))
            shown++;
        assert_true(shown <= 16);
        count += shown;
    }
    assert_int_equal(count, 100);
    assert_true(rounds >= 200 / 16);
    await_dropped(rig, 0, 100);
}

static void test_what_is_heard_is_not_said_again(void **state)
{
    struct rig *rig = *state;
    char endpoint[64], got[64];
    void *pub = linked_pub(rig);
    bind_ours(rig, false, endpoint);
    void *sub = open_other(rig, ZMQ_SUB);
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "", 0);
    zmq_connect(sub, endpoint);
    await_heard(rig, sub, "one", "#fika <anna>: one");
    while (zmq_recv(sub, got, sizeof got, 0) >= 0)
        ;
    send_text(pub, "#fika <x>: heard", 0);
    await_text(rig, "heard");
    await_heard(rig, sub, "two", "#fika <anna>: two"); /* nothing came before it */
}

static void test_strangers_at_the_ports_do_no_harm(void **state)
{
    struct rig *rig = *state;
    char endpoint[64], pair_endpoint[64];
    bind_ours(rig, false, endpoint);
    bind_ours(rig, true, pair_endpoint);
    for (int i = 0; i < 3; i++) {
        /* A socket of a kind that does not fit, one that shouts, and a subscriber of too much. */
        void *router = open_other(rig, ZMQ_ROUTER);
        zmq_connect(router, i % 2 ? endpoint : pair_endpoint);
        poll_once(rig);
        while (take(rig))
            ;
        close_other(rig, router);
        rig->count--;
    }
    char topic[4096];
    memset(topic, 't', sizeof topic);
    void *greedy = open_other(rig, ZMQ_SUB), *sub = open_other(rig, ZMQ_SUB);
    zmq_setsockopt(greedy, ZMQ_SUBSCRIBE, topic, sizeof topic);
    zmq_connect(greedy, endpoint);
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "#fika", 5);
    zmq_connect(sub, endpoint);
    await_heard(rig, sub, "hej", "#fika <anna>: hej");
    assert_false(row_of(rig, 1).up);
}

int main(void)
{
#define SOCKETS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_takes_a_line_apart),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_parse_bounds_the_channel),
        cmocka_unit_test(test_write_is_the_exercise_s_line),
        cmocka_unit_test(test_write_has_room_for_the_worst),
        SOCKETS(test_pub_is_heard_to_the_byte),
        SOCKETS(test_pub_is_reached_by_ipv6_too),
        SOCKETS(test_sub_shows_exactly_the_joined_channels),
        SOCKETS(test_channels_change_the_filters),
        SOCKETS(test_bad_lines_are_dropped_and_counted),
        SOCKETS(test_foreign_bytes_are_tamed),
        SOCKETS(test_a_frame_beyond_the_limit_cuts_off_and_is_redialled),
        SOCKETS(test_a_peer_that_leaves_is_told_and_found_again),
        SOCKETS(test_last_words_are_heard),
        SOCKETS(test_each_address_is_tried),
        SOCKETS(test_disconnect_takes_the_shown_address),
        SOCKETS(test_bounds_are_refused),
        SOCKETS(test_pair_bound_goes_both_ways),
        SOCKETS(test_pair_connected_goes_both_ways),
        SOCKETS(test_pair_speaks_on_the_bound_and_listens_on_the_connected),
        SOCKETS(test_pair_without_a_peer_never_waits),
        SOCKETS(test_pair_takes_the_next_when_one_leaves),
        SOCKETS(test_a_peer_that_does_not_read_costs_dropped_lines),
        SOCKETS(test_a_flood_is_taken_in_rounds),
        SOCKETS(test_what_is_heard_is_not_said_again),
        SOCKETS(test_strangers_at_the_ports_do_no_harm),
    };
    return cmocka_run_group_tests_name("classic", tests, NULL, NULL);
}
