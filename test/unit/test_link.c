/* Links among friends, over real sockets on loopback: dialling, ends, order, queues. */
#include "link_help.h"

static struct side a, b, c;

/* A listener that nobody serves; its port in *port. */
static int silent_listener(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void server_keys_are_as_the_protocol_says(void **state)
{
    (void)state;
    uint8_t secret[32], public_key[32], secret_key[32];
    char hex[65];
    for (int i = 0; i < 32; i++)
        secret[i] = (uint8_t)i;
    links_server_keys(public_key, secret_key, secret);
    hex_of(hex, public_key, 32);
    assert_string_equal(hex, "0acd94222d3c1640659dd353aa03f063254869cae73925ebd3d1edc6cc709d3f");
    hex_of(hex, secret_key, 32);
    assert_string_equal(hex, "69da78cc98fa3b9417e29b6003d030b678c0e39f4522c88b36fb53f9322132bc");
}

static void frames_go_both_ways(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    assert_int_equal(theirs, 1);
    send_text(&b, theirs, "good day");
    const struct event *frame = expect(&a, &b, EVENT_FRAME, PATIENCE_MS);
    assert_int_equal(frame->link, 2);
    assert_int_equal(a.frame_bytes, strlen("good day"));
    side_close(&a);
    side_close(&b);
}

static void ipv4_and_ipv6_both_reach(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    const struct event *in = &b.told[0];
    assert_int_equal(strncmp(in->address.text, "127.0.0.1:", 10), 0);
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool v6 = probe >= 0 && bind(probe, (struct sockaddr *)&loopback, sizeof loopback) == 0;
    if (probe >= 0)
        close(probe);
    if (v6) {
        assert_int_equal(join(&a, &b, 4, "[::1]"), 3);
        bool seen = false;
        for (size_t i = 0; i < b.told_count; i++)
            seen |= b.told[i].kind == EVENT_LINK_IN &&
                    strncmp(b.told[i].address.text, "[::1]:", 6) == 0;
        assert_true(seen);
    }
    side_close(&a);
    side_close(&b);
}

static void another_network_is_not_fika(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, OTHER_SECRET);
    struct address address = address_of("127.0.0.1", links_port(b.links));
    links_dial(a.links, 2, &address, now_ms());
    assert_int_equal(expect(&a, &b, EVENT_LINK_CLOSED, 1000)->why, WHY_NOT_FIKA);
    assert_int_equal(b.told_count, 0);
    side_close(&a);
    side_close(&b);
}

static void nobody_there_is_refused_at_once(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    uint16_t port;
    int fd = silent_listener(&port);
    close(fd);
    struct address address = address_of("127.0.0.1", port);
    links_dial(a.links, 2, &address, now_ms());
    assert_int_equal(expect(&a, NULL, EVENT_LINK_CLOSED, 1000)->why, WHY_REFUSED);
    struct address nonsense = {"no address"};
    links_dial(a.links, 4, &nonsense, now_ms());
    assert_int_equal(expect(&a, NULL, EVENT_LINK_CLOSED, 1000)->why, WHY_REFUSED);
    side_close(&a);
}

static void silence_is_no_answer(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    uint16_t port;
    int fd = silent_listener(&port);
    struct address address = address_of("127.0.0.1", port);
    uint64_t start = now_ms();
    links_dial(a.links, 2, &address, start);
    assert_int_equal(expect(&a, NULL, EVENT_LINK_CLOSED, 4000)->why, WHY_NO_ANSWER);
    assert_true(now_ms() - start >= HELLO_DEADLINE_MS);
    assert_true(now_ms() - start < HELLO_DEADLINE_MS + 500);
    close(fd);
    side_close(&a);
}

static void http_is_not_fika(void **state)
{
    (void)state;
    static const char ANSWER[] = "HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n";
    side_open(&a, SECRET);
    uint16_t port;
    int fd = silent_listener(&port);
    struct address address = address_of("127.0.0.1", port);
    links_dial(a.links, 2, &address, now_ms());
    int peer = accept(fd, NULL, NULL);
    assert_int_equal(send(peer, ANSWER, sizeof ANSWER - 1, 0), sizeof ANSWER - 1);
    assert_int_equal(expect(&a, NULL, EVENT_LINK_CLOSED, 1000)->why, WHY_NOT_FIKA);
    close(peer);
    close(fd);
    side_close(&a);
}

static void one_dial_too_many_is_full(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    uint16_t port;
    int fd = silent_listener(&port);
    struct address address = address_of("127.0.0.1", port);
    for (uint64_t i = 1; i <= LIMIT_LINKS + 1; i++)
        links_dial(a.links, 2 * i, &address, now_ms());
    const struct event *closed = expect(&a, NULL, EVENT_LINK_CLOSED, 1000);
    assert_int_equal(closed->why, WHY_FULL);
    assert_int_equal(closed->link, 2 * (LIMIT_LINKS + 1));
    close(fd);
    side_close(&a);
}

static void a_hang_up_is_seen_by_the_other_side(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    /* The dialler leaves; its last words come first. */
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    for (int i = 0; i < 50; i++)
        send_text(&a, 2, "bye");
    links_hang_up(a.links, 2, now_ms());
    const struct event *closed = expect(&b, &a, EVENT_LINK_CLOSED, 1000);
    assert_int_equal(closed->link, theirs);
    assert_int_equal(closed->why, WHY_LOST);
    assert_int_equal(b.frames, 50);
    /* The one who was dialled leaves. */
    theirs = join(&a, &b, 4, "127.0.0.1");
    for (int i = 0; i < 50; i++)
        send_text(&b, theirs, "bye");
    links_hang_up(b.links, theirs, now_ms());
    closed = expect(&a, &b, EVENT_LINK_CLOSED, 1000);
    assert_int_equal(closed->link, 4);
    assert_int_equal(closed->why, WHY_LOST);
    assert_int_equal(a.frames, 50);
    /* Nobody is told of his own hang-up, and nothing is kept of it. */
    for (int i = 0; i < 20; i++) {
        side_turn(&a, 5);
        side_turn(&b, 5);
    }
    assert_int_equal(a.links->count, 0);
    assert_int_equal(b.links->count, 0);
    assert_int_equal(a.told[a.told_count - 1].kind, EVENT_LINK_CLOSED);
    assert_int_not_equal(b.told[b.told_count - 1].kind, EVENT_LINK_CLOSED);
    side_close(&a);
    side_close(&b);
}

/* A hang-up with a full queue, of a peer that does not read, ends all the same. */
static void a_hang_up_does_not_wait_for_a_stalled_peer(void **state)
{
    (void)state;
    static uint8_t frame[32768];
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    b.reading = false;
    while (links_send(a.links, 2, (struct bytes){frame, sizeof frame}))
        side_turn(&a, 0);
    assert_true(links_pending(a.links));
    uint64_t start = now_ms();
    links_hang_up(a.links, 2, start);
    while (links_pending(a.links) && now_ms() - start < 2000)
        side_turn(&a, 5);
    assert_true(now_ms() - start <= LINK_HANG_UP_MS + 200);
    b.reading = true;
    assert_int_equal(expect(&b, &a, EVENT_LINK_CLOSED, PATIENCE_MS)->link, theirs);
    side_close(&a);
    side_close(&b);
}

static void a_taken_port_is_told_or_replaced(void **state)
{
    (void)state;
    struct error error = {0};
    side_open(&a, SECRET);
    uint16_t port = links_port(a.links);
    void *context = zmq_ctx_new();
    assert_null(links_open(context, SECRET, port, true, &error));
    assert_int_equal(error.code, ERROR_PORT_TAKEN);
    struct links *other = links_open(context, SECRET, port, false, &error);
    assert_non_null(other);
    assert_int_not_equal(links_port(other), port);
    assert_int_not_equal(links_port(other), 0);
    links_close_all(other, 0);
    /* A port that was just in use is free at once. */
    side_close(&a);
    other = links_open(context, SECRET, port, true, &error);
    assert_non_null(other);
    assert_int_equal(links_port(other), port);
    links_close_all(other, 0);
    /* Another program's listener on one address only is also noticed. */
    int fd = silent_listener(&port);
    assert_null(links_open(context, SECRET, port, true, &error));
    assert_int_equal(error.code, ERROR_PORT_TAKEN);
    close(fd);
    zmq_ctx_term(context);
}

/* What a node does when its store came back: the same port, at once, in the same context. */
static void all_can_be_opened_again_at_once(void **state)
{
    (void)state;
    struct error error = {0};
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    for (int i = 0; i < 20; i++) {
        join(&a, &b, 2, "127.0.0.1");
        uint16_t port = links_port(b.links);
        links_close_all(b.links, 0);
        b.links = links_open(b.context, SECRET, port, true, &error);
        assert_non_null(b.links);
        assert_int_equal(expect(&a, &b, EVENT_LINK_CLOSED, PATIENCE_MS)->link, 2);
        a.told_count = a.taken = b.told_count = b.taken = 0;
    }
    side_close(&a);
    side_close(&b);
}

static void many_frames_keep_their_order(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    pour(&a, 2, &b, 20000, 250);
    assert_false(b.out_of_order);
    assert_int_equal(b.frame_bytes - strlen("hello there"), 20000 * 250);
    pour(&b, theirs, &a, 20000, 250);
    assert_false(a.out_of_order);
    assert_int_equal(a.links->queued, 0);
    a.frames = 0;
    pour(&b, theirs, &a, 200, LIMIT_FRAME);
    assert_false(a.out_of_order);
    side_close(&a);
    side_close(&b);
}

/* Stalls `to`, fills the link until a frame is dropped, lets it go on: exactly what was taken
 * arrives, and then DRAINED is told, once. */
static void fill_and_drain(struct side *from, uint64_t link, struct side *to)
{
    static uint8_t frame[8192];
    uint64_t taken = 0;
    to->reading = false;
    for (;;) {
        uint64_t number = taken + 1;
        memcpy(frame, &number, sizeof number);
        if (!links_send(from->links, link, (struct bytes){frame, sizeof frame}))
            break;
        taken++;
        if (taken % 64 == 0)
            side_turn(from, 0);
        assert_true(taken < 1000000);
    }
    assert_true(taken * sizeof frame >= LIMIT_LINK_QUEUE_BYTES);
    assert_false(links_send(from->links, link, (struct bytes){frame, sizeof frame}));
    to->reading = true;
    assert_int_equal(expect(from, to, EVENT_LINK_DRAINED, PATIENCE_MS)->link, link);
    uint64_t end = now_ms() + PATIENCE_MS;
    while (to->frames < taken && now_ms() < end) {
        side_turn(from, 1);
        side_turn(to, 1);
    }
    assert_int_equal(to->frames, taken);
    assert_false(to->out_of_order);
    assert_false(links_pending(from->links));
    for (size_t i = from->taken; i < from->told_count; i++)
        assert_int_not_equal(from->told[i].kind, EVENT_LINK_DRAINED);
}

static void a_full_queue_drops_and_tells_when_drained(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    fill_and_drain(&a, 2, &b);
    a.frames = 0;
    fill_and_drain(&b, theirs, &a);
    side_close(&a);
    side_close(&b);
}

/* Two links into b; the peer of one stops reading. The other goes on at full speed. */
static void a_stalled_peer_costs_only_its_own_queue(void **state)
{
    (void)state;
    static uint8_t frame[32768];
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    side_open(&c, SECRET);
    uint64_t to_a = join(&a, &b, 2, "127.0.0.1"), to_c = join(&c, &b, 2, "127.0.0.1");
    uint64_t start = now_ms();
    pour(&b, to_a, &a, 10000, 1000);
    uint64_t alone_ms = now_ms() - start;
    a.frames = 0;
    /* Full for good: the kernel's buffers, libzmq's and ours take nothing for a while. */
    for (uint64_t since = now_ms(); now_ms() - since < 150; side_turn(&b, 1))
        while (links_send(b.links, to_c, (struct bytes){frame, sizeof frame}))
            since = now_ms();
    start = now_ms();
    pour(&b, to_a, &a, 10000, 1000);
    assert_true(now_ms() - start <= 4 * alone_ms + 200);
    assert_false(a.out_of_order);
    assert_true(links_pending(b.links));
    side_close(&a);
    side_close(&b);
    side_close(&c);
}

static void a_peer_that_vanishes_is_lost(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    side_close(&a);
    const struct event *closed = expect(&b, NULL, EVENT_LINK_CLOSED, 1000);
    assert_int_equal(closed->link, theirs);
    assert_int_equal(closed->why, WHY_LOST);
    side_open(&a, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    side_close(&b);
    closed = expect(&a, NULL, EVENT_LINK_CLOSED, 1000);
    assert_int_equal(closed->link, 2);
    assert_int_equal(closed->why, WHY_LOST);
    /* Sending on a link that is gone is no error. */
    send_text(&a, 2, "anyone?");
    side_close(&a);
}

/* While a face does not read, frames wait with the peer, nothing spins, and nothing of what came
 * before an end is lost, whichever side hung up. */
static void wait_unread(struct side *from, uint64_t link, struct side *to)
{
    to->reading = false;
    for (int i = 0; i < 500; i++)
        send_text(from, link, "wait for me");
    while (links_pending(from->links))
        side_turn(from, 1);
    links_hang_up(from->links, link, now_ms());
    size_t told = to->told_count;
    uint64_t start = now_ms();
    int turns = 0;
    for (; now_ms() - start < 400; turns++) {
        side_turn(from, 1);
        side_turn(to, 100);
    }
    assert_true(turns < 100);
    assert_int_equal(to->told_count, told);
    to->reading = true;
    expect(to, from, EVENT_LINK_CLOSED, PATIENCE_MS);
    assert_int_equal(to->frames, 500);
}

static void not_reading_holds_frames_back(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    wait_unread(&a, 2, &b);
    uint64_t theirs = join(&a, &b, 4, "127.0.0.1");
    wait_unread(&b, theirs, &a);
    side_close(&a);
    side_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_keys_are_as_the_protocol_says),
        cmocka_unit_test(frames_go_both_ways),
        cmocka_unit_test(ipv4_and_ipv6_both_reach),
        cmocka_unit_test(another_network_is_not_fika),
        cmocka_unit_test(nobody_there_is_refused_at_once),
        cmocka_unit_test(silence_is_no_answer),
        cmocka_unit_test(http_is_not_fika),
        cmocka_unit_test(one_dial_too_many_is_full),
        cmocka_unit_test(a_hang_up_is_seen_by_the_other_side),
        cmocka_unit_test(a_hang_up_does_not_wait_for_a_stalled_peer),
        cmocka_unit_test(a_taken_port_is_told_or_replaced),
        cmocka_unit_test(all_can_be_opened_again_at_once),
        cmocka_unit_test(many_frames_keep_their_order),
        cmocka_unit_test(a_full_queue_drops_and_tells_when_drained),
        cmocka_unit_test(a_stalled_peer_costs_only_its_own_queue),
        cmocka_unit_test(a_peer_that_vanishes_is_lost),
        cmocka_unit_test(not_reading_holds_frames_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
