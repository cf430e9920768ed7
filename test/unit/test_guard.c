/* The guard: a message of parts without end is ended, whoever sends it and when, and nobody who
 * keeps the rules ever is. The sender is a plain libzmq with the network's key, which puts nothing
 * on the wire before the last part is in; so a relay stands between, and holds back the end. */
#include "link_help.h"

#ifdef __linux__
#define BYTES_COUNTED true
#else
#define BYTES_COUNTED false
#endif

#define PART_BYTES  60000
#define PARTS       800
#define RELAY_BYTES ((size_t)40 * 1000 * 1000) /* of the 48 MB that the message has */

static struct side a, b;

/* A TCP connection passed on, one way with a bound. */
struct relay {
    int listener;
    int ends[2];             /* the one that dialled us, and the one that we dialled */
    int victim;              /* which of the two gets no more than RELAY_BYTES */
    uint16_t port, upstream; /* ours, and where it goes */
    size_t brought;          /* to the victim */
    bool ended;              /* by the victim */
};

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return to;
}

static void relay_open(struct relay *relay, uint16_t upstream, int victim)
{
    struct sockaddr_in here = loopback(0);
    socklen_t size = sizeof here;
    *relay = (struct relay){.ends = {-1, -1}, .victim = victim, .upstream = upstream};
    relay->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(relay->listener, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(listen(relay->listener, 1), 0);
    getsockname(relay->listener, (struct sockaddr *)&here, &size);
    relay->port = ntohs(here.sin_port);
    fcntl(relay->listener, F_SETFL, O_NONBLOCK);
}

static void relay_close(struct relay *relay)
{
    close(relay->listener);
    for (int i = 0; i < 2; i++)
        if (relay->ends[i] >= 0)
            close(relay->ends[i]);
}

static bool relay_accept(struct relay *relay)
{
    struct sockaddr_in to = loopback(relay->upstream);
    if (relay->ends[1] >= 0)
        return true;
    relay->ends[0] = accept(relay->listener, NULL, NULL);
    if (relay->ends[0] < 0)
        return false;
    relay->ends[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(relay->ends[1], (struct sockaddr *)&to, sizeof to), 0);
    for (int i = 0; i < 2; i++)
        fcntl(relay->ends[i], F_SETFL, O_NONBLOCK);
    return true;
}

/* Passes on what fits: looks at it first, and takes away only what the other side took. */
static void relay_turn(struct relay *relay)
{
    static char bytes[65536];
    if (!relay_accept(relay))
        return;
    for (int i = 0; i < 16; i++) {
        int from = i % 2, to = 1 - from;
        size_t room = sizeof bytes;
        if (to == relay->victim && RELAY_BYTES - relay->brought < room)
            room = RELAY_BYTES - relay->brought;
        ssize_t size = room > 0 ? recv(relay->ends[from], bytes, room, MSG_PEEK) : -1;
        if (from == relay->victim && size == 0)
            relay->ended = true;
        if (from == relay->victim && size < 0 && errno == ECONNRESET)
            relay->ended = true;
        if (size <= 0)
            continue;
        ssize_t sent = send(relay->ends[to], bytes, (size_t)size, MSG_NOSIGNAL);
        if (sent < 0 && to == relay->victim && errno != EAGAIN)
            relay->ended = true;
        if (sent <= 0)
            continue;
        recv(relay->ends[from], bytes, (size_t)sent, 0);
        relay->brought += to == relay->victim ? (size_t)sent : 0;
    }
}

static void send_without_end(void *socket)
{
    static const char part[PART_BYTES];
    socket_option(socket, ZMQ_SNDHWM, 0);
    for (int i = 0; i < PARTS; i++)
        assert_int_equal(zmq_send(socket, part, sizeof part, ZMQ_SNDMORE | ZMQ_DONTWAIT),
                         PART_BYTES);
    assert_int_equal(zmq_send(socket, "end", 3, ZMQ_DONTWAIT), 3);
}

static void expect_ended(struct relay *relay, struct side *side, struct side *other)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    while (!relay->ended) {
        if (now_ms() > end)
            fail_msg("%zu bytes came, and it goes on", relay->brought);
        relay_turn(relay);
        side_turn(side, 0);
        side_turn(other, 0);
    }
}

static const struct event *expect_through(struct relay *relay, struct side *side,
                                          enum event_kind kind)
{
    for (uint64_t end = now_ms() + PATIENCE_MS;;) {
        while (side->taken < side->told_count)
            if (side->told[side->taken++].kind == kind)
                return &side->told[side->taken - 1];
        assert_true(now_ms() < end);
        relay_turn(relay);
        side_turn(side, 1);
    }
}

static void parts_without_end_before_the_first_frame(void **state)
{
    (void)state;
    if (!BYTES_COUNTED)
        skip();
    struct relay relay;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    size_t told = b.told_count;
    relay_open(&relay, links_port(b.links), 1);
    void *context = zmq_ctx_new();
    void *client = raw_client(context, SECRET, relay.port, ZMQ_DEALER, NULL);
    send_without_end(client);
    expect_ended(&relay, &b, &a);
    assert_true(relay.brought < RELAY_BYTES);
    assert_int_equal(b.told_count, told);
    assert_int_equal(b.links->inbound.waiting, 0);
    pour(&a, 2, &b, 1000, 100);
    relay_close(&relay);
    zmq_close(client);
    zmq_ctx_term(context);
    side_close(&a);
    side_close(&b);
}

/* The same by one who is a link already. Without epoll the look comes a second later. */
static void on_a_link(bool with_epoll)
{
    struct relay relay;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    if (!with_epoll)
        guard_close(b.links);
    join(&a, &b, 2, "127.0.0.1");
    relay_open(&relay, links_port(b.links), 1);
    void *context = zmq_ctx_new();
    void *client = raw_client(context, SECRET, relay.port, ZMQ_DEALER, NULL);
    assert_int_equal(zmq_send(client, "good", 4, 0), 4);
    uint64_t link = expect_through(&relay, &b, EVENT_LINK_IN)->link;
    expect_through(&relay, &b, EVENT_FRAME);
    send_without_end(client);
    expect_ended(&relay, &b, &a);
    assert_true(!with_epoll || relay.brought < RELAY_BYTES);
    const struct event *closed = expect(&b, &a, EVENT_LINK_CLOSED, PATIENCE_MS);
    assert_int_equal(closed->link, link);
    assert_int_equal(closed->why, WHY_RULES);
    b.frames = 0;
    pour(&a, 2, &b, 1000, 100);
    relay_close(&relay);
    zmq_close(client);
    zmq_ctx_term(context);
    side_close(&a);
    side_close(&b);
}

static void parts_without_end_on_an_inbound_link(void **state)
{
    (void)state;
    if (!BYTES_COUNTED)
        skip();
    on_a_link(true);
}

static void parts_without_end_where_there_is_no_epoll(void **state)
{
    (void)state;
    if (!BYTES_COUNTED)
        skip();
    on_a_link(false);
}

/* A ROUTER with the network's key at a port of its own. */
static void *raw_server(void *context, uint16_t *port)
{
    uint8_t public_key[32], secret_key[32];
    char endpoint[64];
    size_t size = sizeof endpoint;
    int on = 1, patience = PATIENCE_MS;
    links_server_keys(public_key, secret_key, SECRET);
    void *server = zmq_socket(context, ZMQ_ROUTER);
    zmq_setsockopt(server, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, secret_key, 32);
    zmq_setsockopt(server, ZMQ_RCVTIMEO, &patience, sizeof patience);
    socket_option(server, ZMQ_SNDHWM, 0);
    socket_option(server, ZMQ_LINGER, 0);
    assert_int_equal(zmq_bind(server, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
    *port = (uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10);
    return server;
}

static void parts_without_end_on_an_outgoing_link(void **state)
{
    (void)state;
    if (!BYTES_COUNTED)
        skip();
    struct relay relay;
    uint16_t port;
    char name[256];
    int name_size;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    void *context = zmq_ctx_new();
    void *server = raw_server(context, &port);
    relay_open(&relay, port, 0);
    struct address address = address_of("127.0.0.1", relay.port);
    links_dial(a.links, 4, &address, now_ms());
    assert_int_equal(expect_through(&relay, &a, EVENT_LINK_OUT)->link, 4);
    send_text(&a, 4, "hello there");
    for (uint64_t end = now_ms() + PATIENCE_MS;;) {
        relay_turn(&relay);
        side_turn(&a, 1);
        if ((name_size = zmq_recv(server, name, sizeof name, ZMQ_DONTWAIT)) > 0)
            break;
        assert_true(now_ms() < end);
    }
    assert_int_equal(zmq_send(server, name, (size_t)name_size, ZMQ_SNDMORE), name_size);
    send_without_end(server);
    expect_ended(&relay, &a, &b);
    assert_true(relay.brought < RELAY_BYTES);
    const struct event *closed = expect(&a, &b, EVENT_LINK_CLOSED, PATIENCE_MS);
    assert_int_equal(closed->link, 4);
    assert_int_equal(closed->why, WHY_RULES);
    pour(&a, 2, &b, 1000, 100);
    relay_close(&relay);
    zmq_close(server);
    zmq_ctx_term(context);
    side_close(&a);
    side_close(&b);
}

static void assert_nobody_was_ended(const struct side *side)
{
    assert_false(side->out_of_order);
    for (size_t i = 0; i < side->told_count; i++)
        assert_int_not_equal(side->told[i].kind, EVENT_LINK_CLOSED);
}

/* Many times the allowance, of large frames and of small ones, both ways. */
static void traffic_is_no_alarm(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    pour(&a, 2, &b, 1600, LIMIT_FRAME);
    pour(&b, theirs, &a, 1600, LIMIT_FRAME);
    a.frames = b.frames = 0;
    pour(&a, 2, &b, 150000, 8);
    pour(&b, theirs, &a, 150000, 8);
    assert_nobody_was_ended(&a);
    assert_nobody_was_ended(&b);
    side_close(&a);
    side_close(&b);
}

static struct watch *only_watch(struct side *side)
{
    assert_int_equal(side->links->guard.watch_room, BYTES_COUNTED ? 1 : 0);
    return &side->links->guard.watches[0];
}

/* A node that does not read for long: its pipe is full, and the kernel's buffers. The looks become
 * rare, and all arrives when it reads again. */
static void a_slow_reader_keeps_its_links(void **state)
{
    (void)state;
    if (!BYTES_COUNTED)
        skip();
    static uint8_t frame[LIMIT_FRAME];
    for (int way = 0; way < 2; way++) {
        side_open(&a, SECRET);
        side_open(&b, SECRET);
        uint64_t theirs = join(&a, &b, 2, "127.0.0.1"), next = 1;
        struct side *from = way == 0 ? &a : &b, *to = way == 0 ? &b : &a;
        uint64_t link = way == 0 ? 2 : theirs;
        to->reading = false;
        bool full = false;
        for (uint64_t end = now_ms() + PATIENCE_MS; !full || only_watch(to)->gap_ms < 500;) {
            memcpy(frame, &next, sizeof next);
            if (!full && links_send(from->links, link, (struct bytes){frame, sizeof frame}))
                next++;
            else
                full = true;
            side_turn(from, full ? 5 : 0);
            side_turn(to, full ? 5 : 0);
            assert_true(now_ms() < end);
        }
        assert_true(only_watch(to)->read > (uint64_t)(LINK_RECEIVE_FRAMES - 2) * LIMIT_FRAME);
        to->reading = true;
        for (uint64_t end = now_ms() + PATIENCE_MS; to->frames < next - 1;) {
            side_turn(from, 0);
            side_turn(to, 1);
            assert_true(now_ms() < end);
        }
        assert_nobody_was_ended(from);
        assert_nobody_was_ended(to);
        side_close(&a);
        side_close(&b);
    }
}

static void turn_until_asleep(void)
{
    for (uint64_t end = now_ms() + PATIENCE_MS;
         only_watch(&a)->stirred || only_watch(&b)->stirred;) {
        side_turn(&a, 5);
        side_turn(&b, 5);
        assert_true(now_ms() < end);
    }
}

/* A quiet link has no deadline; a lone frame stirs it, and with the frame it sleeps again. */
static void a_quiet_link_sleeps(void **state)
{
    (void)state;
    if (!BYTES_COUNTED)
        skip();
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    turn_until_asleep();
    for (int i = 0; i < 5; i++) {
        assert_int_equal(links_deadline(a.links), UINT64_MAX);
        assert_int_equal(links_deadline(b.links), UINT64_MAX);
        only_watch(&b)->slept_ms = 0; /* long ago */
        uint64_t taken = only_watch(&b)->taken;
        send_text(&a, 2, "ping");
        expect(&b, &a, EVENT_FRAME, PATIENCE_MS);
        assert_true(only_watch(&b)->taken > taken || only_watch(&b)->taken_then > 0);
        turn_until_asleep();
    }
    /* By the frame, and not by a look that nothing came of. */
    only_watch(&b)->slept_ms = 0;
    send_text(&a, 2, "ping");
    expect(&b, NULL, EVENT_FRAME, PATIENCE_MS);
    assert_false(only_watch(&b)->stirred);
    side_close(&a);
    side_close(&b);
}

/* A descriptor whose peer is another than it was is not looked at. */
static void another_s_descriptor_is_left_alone(void **state)
{
    (void)state;
    if (!BYTES_COUNTED)
        skip();
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    turn_until_asleep();
    ((struct sockaddr_in6 *)(void *)&only_watch(&b)->peer)->sin6_port ^= 1;
    /* A frame that libzmq reads before we look stirs nothing: one of many is seen. */
    size_t sent = 0;
    a.frames = b.frames = 0;
    for (uint64_t end = now_ms() + PATIENCE_MS; only_watch(&b)->fd >= 0;) {
        only_watch(&b)->slept_ms = now_ms(); /* just now: so a frame leads to a look */
        send_text(&a, 2, "ping");
        sent++;
        side_turn(&a, 1);
        side_turn(&b, 1);
        assert_true(now_ms() < end);
    }
    for (uint64_t end = now_ms() + PATIENCE_MS; b.frames < sent;) {
        side_turn(&b, 1);
        assert_true(now_ms() < end);
    }
    a.frames = b.frames = 0;
    pour(&a, 2, &b, 1000, 100);
    assert_nobody_was_ended(&b);
    /* And it is let go of with its connection. */
    links_hang_up(a.links, 2, now_ms());
    expect(&b, &a, EVENT_LINK_CLOSED, PATIENCE_MS);
    assert_int_equal(b.links->guard.watch_room, 0);
    assert_int_equal(a.links->guard.watch_room, 0);
    side_close(&a);
    side_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_without_end_before_the_first_frame),
        cmocka_unit_test(parts_without_end_on_an_inbound_link),
        cmocka_unit_test(parts_without_end_where_there_is_no_epoll),
        cmocka_unit_test(parts_without_end_on_an_outgoing_link),
        cmocka_unit_test(traffic_is_no_alarm),
        cmocka_unit_test(a_slow_reader_keeps_its_links),
        cmocka_unit_test(a_quiet_link_sleeps),
        cmocka_unit_test(another_s_descriptor_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
