/* Links against strangers, and against peers that break the rules: raw TCP, raw ZeroMQ with the
 * network's key, descriptors that are used again. */
#include "link_help.h"

static struct side a, b;

static int stranger(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* True when the other side ended the connection: reads and drops all until then. */
static bool ended(int fd)
{
    char drop[4096];
    ssize_t size;
    while ((size = recv(fd, drop, sizeof drop, 0)) > 0)
        ;
    return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static void expect_ended(struct side *side, int fd, uint64_t within_ms)
{
    uint64_t end = now_ms() + within_ms;
    while (!ended(fd)) {
        if (now_ms() > end)
            fail_msg("the stranger was not shut out within %d ms", (int)within_ms);
        side_turn(side, 5);
    }
}

/* Turns until every connection is a link or gone. */
static void expect_nobody_waiting(struct side *side)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    while (side->links->inbound.waiting > 0) {
        assert_true(now_ms() < end);
        side_turn(side, 5);
    }
}

/* Turns until a connection waits to become a link. */
static void expect_somebody_waiting(struct side *side)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    while (side->links->inbound.waiting == 0) {
        assert_true(now_ms() < end);
        side_turn(side, 5);
    }
}

static void a_message_of_many_parts_breaks_the_rules(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    void *context = zmq_ctx_new();
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    /* At once, before it is a link: the core hears nothing of it. */
    void *early = raw_client(context, SECRET, links_port(b.links), ZMQ_REQ, NULL);
    assert_int_equal(zmq_send(early, "x", 1, 0), 1);
    size_t told = b.told_count;
    expect_somebody_waiting(&b);
    expect_nobody_waiting(&b);
    assert_int_equal(b.told_count, told);
    /* Later: the link is closed, once, and the other link lives. */
    void *late = raw_client(context, SECRET, links_port(b.links), ZMQ_DEALER, NULL);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(zmq_send(late, "good", 4, 0), 4);
        uint64_t link = expect(&b, &a, EVENT_LINK_IN, PATIENCE_MS)->link;
        expect(&b, &a, EVENT_FRAME, PATIENCE_MS);
        if (round == 0) {
            zmq_send(late, "a", 1, ZMQ_SNDMORE);
            zmq_send(late, "b", 1, ZMQ_SNDMORE);
        }
        zmq_send(late, "", 0, 0);
        const struct event *closed = expect(&b, &a, EVENT_LINK_CLOSED, PATIENCE_MS);
        assert_int_equal(closed->link, link);
        assert_int_equal(closed->why, WHY_RULES);
    }
    b.frames = 0;
    send_text(&a, 2, "still here");
    assert_int_equal(expect(&b, &a, EVENT_FRAME, PATIENCE_MS)->link, theirs);
    zmq_close(early);
    zmq_close(late);
    zmq_ctx_term(context);
    side_close(&a);
    side_close(&b);
}

/* A connection with the right key that never says anything is shut. */
static void a_silent_handshake_is_shut(void **state)
{
    (void)state;
    side_open(&b, SECRET);
    void *context = zmq_ctx_new();
    void *client = raw_client(context, SECRET, links_port(b.links), ZMQ_DEALER, NULL);
    socket_option(client, ZMQ_RECONNECT_IVL, -1);
    uint64_t start = now_ms();
    expect_somebody_waiting(&b);
    expect_nobody_waiting(&b);
    assert_true(now_ms() - start >= LINK_HANDSHAKE_MS + HELLO_DEADLINE_MS);
    assert_int_equal(b.told_count, 0);
    zmq_close(client);
    zmq_ctx_term(context);
    side_close(&b);
}

/* Hundreds of idle connections: the oldest are shut, a real link comes up meanwhile and talks. */
static void idle_strangers_are_bounded(void **state)
{
    (void)state;
    enum { MANY = 300 };
    static int fds[MANY];
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    long before = resident_kib();
    for (int i = 0; i < MANY; i++) {
        fds[i] = stranger(links_port(b.links));
        side_turn(&b, 0);
    }
    join(&a, &b, 2, "127.0.0.1");
    for (int i = 0; i + LIMIT_INBOUND_WAITING < MANY; i++)
        expect_ended(&b, fds[i], PATIENCE_MS);
    assert_true(b.links->inbound.waiting <= LIMIT_INBOUND_WAITING);
    pour(&a, 2, &b, 1000, 100);
    /* The last ones go when their time is up. */
    for (int i = MANY - LIMIT_INBOUND_WAITING; i < MANY; i++)
        expect_ended(&b, fds[i], PATIENCE_MS);
    expect_nobody_waiting(&b);
    assert_true(resident_kib() - before < 20000);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    side_close(&a);
    side_close(&b);
}

/* The greeting of ZMTP 3.1 with CURVE, as far as a stranger needs it. */
static const uint8_t GREETING[64] = {0xff, 0, 0, 0,   0,   0,   0,   0,   0,
                                     0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E', [32] = 0};

static void garbage_costs_nothing(void **state)
{
    (void)state;
    /* A frame header that announces 4 GB, as a message and as a command. */
    static const uint8_t HUGE_FRAME[9] = {0x02, 0, 0, 0, 1, 0, 0, 0, 0};
    static const uint8_t HUGE_COMMAND[9] = {0x06, 0, 0, 0, 1, 0, 0, 0, 0};
    static const char HTTP[] = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
    static uint8_t noise[65536];
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    join(&a, &b, 2, "127.0.0.1");
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 2654435761u >> 13);
    long before = resident_kib();
    for (int round = 0; round < 20; round++) {
        int fds[4];
        for (int i = 0; i < 4; i++)
            fds[i] = stranger(links_port(b.links));
        send(fds[0], GREETING, sizeof GREETING, MSG_NOSIGNAL);
        send(fds[0], HUGE_FRAME, sizeof HUGE_FRAME, MSG_NOSIGNAL);
        send(fds[1], GREETING, sizeof GREETING, MSG_NOSIGNAL);
        send(fds[1], HUGE_COMMAND, sizeof HUGE_COMMAND, MSG_NOSIGNAL);
        send(fds[2], HTTP, sizeof HTTP - 1, MSG_NOSIGNAL);
        send(fds[3], noise, sizeof noise, MSG_NOSIGNAL);
        for (int i = 0; i < 4; i++) {
            send(fds[i], noise, sizeof noise, MSG_NOSIGNAL);
            /* At once: not by the handshake's deadline, with 4 GB being read until then. */
            expect_ended(&b, fds[i], LINK_HANDSHAKE_MS / 2);
            close(fds[i]);
        }
    }
    assert_true(resident_kib() - before < 20000);
    pour(&a, 2, &b, 1000, 100);
    assert_int_equal(b.links->inbound_count, 1);
    side_close(&a);
    side_close(&b);
}

/* With the right key, too: a frame above the bound ends the connection. */
static void a_frame_too_large_ends_the_link(void **state)
{
    (void)state;
    static uint8_t frame[LIMIT_FRAME + 1];
    side_open(&b, SECRET);
    void *context = zmq_ctx_new();
    void *client = raw_client(context, SECRET, links_port(b.links), ZMQ_DEALER, NULL);
    zmq_send(client, frame, LIMIT_FRAME, 0);
    uint64_t link = expect(&b, NULL, EVENT_LINK_IN, PATIENCE_MS)->link;
    expect(&b, NULL, EVENT_FRAME, PATIENCE_MS);
    assert_int_equal(b.frame_bytes, LIMIT_FRAME);
    zmq_send(client, frame, LIMIT_FRAME + 1, 0);
    const struct event *closed = expect(&b, NULL, EVENT_LINK_CLOSED, PATIENCE_MS);
    assert_int_equal(closed->link, link);
    assert_int_equal(closed->why, WHY_LOST);
    zmq_close(client);
    zmq_ctx_term(context);
    side_close(&b);
}

/* A peer that chooses another's routing id, or an odd one, names only itself by it. */
static void a_chosen_routing_id_harms_nobody(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    void *context = zmq_ctx_new();
    uint64_t theirs = join(&a, &b, 2, "127.0.0.1");
    void *clients[2];
    for (int i = 0; i < 2; i++) {
        clients[i] = raw_client(context, SECRET, links_port(b.links), ZMQ_DEALER, "twin");
        zmq_send(clients[i], "x", 1, 0);
        if (i == 0) {
            expect(&b, &a, EVENT_LINK_IN, PATIENCE_MS);
            expect(&b, &a, EVENT_FRAME, PATIENCE_MS);
        }
    }
    /* The twin is heard by nobody, and shut when its time is up. */
    size_t told = b.told_count;
    expect_somebody_waiting(&b);
    assert_int_equal(b.told_count, told);
    b.frames = 0;
    send_text(&a, 2, "still here");
    assert_int_equal(expect(&b, &a, EVENT_FRAME, PATIENCE_MS)->link, theirs);
    for (int i = 0; i < 2; i++)
        zmq_close(clients[i]);
    zmq_ctx_term(context);
    side_close(&a);
    side_close(&b);
}

/* libzmq aborts when a peer chose the routing id that a ROUTER would give next, and takes its first
 * from rand(): it must not be one that anybody can work out. */
static void routing_ids_cannot_be_foreseen(void **state)
{
    (void)state;
    uint8_t first[2][5];
    for (int i = 0; i < 2; i++) {
        srand(1);
        side_open(&a, SECRET);
        srand(1);
        side_open(&b, SECRET);
        join(&a, &b, 2, "127.0.0.1");
        assert_int_equal(b.links->all[0]->routing_id_size, 5);
        memcpy(first[i], b.links->all[0]->routing_id, 5);
        side_close(&a);
        side_close(&b);
    }
    assert_memory_not_equal(first[0], first[1], 5);
}

/* The same descriptor numbers used again and again, with frames on the way: nobody is mistaken. */
static void descriptors_used_again_are_told_apart(void **state)
{
    (void)state;
    side_open(&a, SECRET);
    side_open(&b, SECRET);
    for (uint64_t i = 1; i <= 60; i++) {
        close(stranger(links_port(b.links)));
        struct address address = address_of("127.0.0.1", links_port(b.links));
        links_dial(a.links, 2 * i, &address, now_ms());
        struct id key = expect(&a, &b, EVENT_LINK_OUT, PATIENCE_MS)->client_key;
        for (int j = 0; j < 20; j++)
            send_text(&a, 2 * i, "quick");
        links_hang_up(a.links, 2 * i, now_ms());
        const struct event *in = expect(&b, &a, EVENT_LINK_IN, PATIENCE_MS);
        assert_true(id_equal(&in->client_key, &key));
        uint64_t theirs = in->link;
        assert_int_equal(theirs, 2 * i - 1);
        assert_int_equal(expect(&b, &a, EVENT_LINK_CLOSED, PATIENCE_MS)->link, theirs);
        assert_int_equal(b.frames, 20 * i);
    }
    assert_int_equal(b.links->count, 0);
    side_close(&a);
    side_close(&b);
}

/* A program of its own that sends one frame and, when it may, leaves at once. */
static pid_t visitor(uint16_t port, const char *says, bool leaves)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    void *context = zmq_ctx_new();
    void *client = raw_client(context, SECRET, port, ZMQ_DEALER, NULL);
    zmq_send(client, says, strlen(says), 0);
    socket_option(client, ZMQ_LINGER, PATIENCE_MS);
    alarm(20); /* its end, should the test not come to it */
    if (!leaves)
        pause();
    zmq_close(client);
    zmq_ctx_term(context);
    _exit(0);
}

static int waiting_descriptor(const struct side *side)
{
    return side->links->inbound.oldest;
}

/* Turns until this number is in use, or free: libzmq tells of a connection's end before it closes. */
static void expect_descriptor(struct side *side, int fd, bool used)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    while ((fcntl(fd, F_GETFD) >= 0) != used) {
        assert_true(now_ms() < end);
        side_turn(side, 5);
    }
}

/* One visitor sends and leaves before it is heard; the next gets the same descriptor. */
static void a_descriptor_used_again_is_another_connection(void **state)
{
    (void)state;
    side_open(&b, SECRET);
    b.reading = false;
    pid_t first = visitor(links_port(b.links), "first", true);
    expect_somebody_waiting(&b);
    int fd = waiting_descriptor(&b);
    expect_nobody_waiting(&b);
    waitpid(first, NULL, 0);
    expect_descriptor(&b, fd, false);
    pid_t second = visitor(links_port(b.links), "the second", false);
    expect_descriptor(&b, fd, true);
    assert_int_equal(b.told_count, 0);
    b.reading = true;
    assert_int_equal(expect(&b, NULL, EVENT_LINK_IN, PATIENCE_MS)->link, 1);
    assert_int_equal(expect(&b, NULL, EVENT_FRAME, PATIENCE_MS)->link, 1);
    assert_int_equal(expect(&b, NULL, EVENT_LINK_CLOSED, PATIENCE_MS)->link, 1);
    assert_int_equal(expect(&b, NULL, EVENT_LINK_IN, PATIENCE_MS)->link, 3);
    assert_int_equal(expect(&b, NULL, EVENT_FRAME, PATIENCE_MS)->link, 3);
    assert_int_equal(b.frame_bytes, strlen("first") + strlen("the second"));
    assert_int_equal(b.links->all[0]->fd, fd);
    kill(second, SIGKILL);
    waitpid(second, NULL, 0);
    assert_int_equal(expect(&b, NULL, EVENT_LINK_CLOSED, PATIENCE_MS)->link, 3);
    side_close(&b);
}

static void a_malformed_zap_request_is_answered(void **state)
{
    (void)state;
    side_open(&b, SECRET);
    void *client = zmq_socket(b.context, ZMQ_REQ);
    socket_option(client, ZMQ_LINGER, 0);
    assert_int_equal(zmq_connect(client, "inproc://zeromq.zap.01"), 0);
    for (int parts = 1; parts <= 12; parts++) {
        for (int i = 0; i < parts; i++)
            zmq_send(client, i == 0 ? "1.0" : "x", i == 0 ? 3 : 1, i + 1 < parts ? ZMQ_SNDMORE : 0);
        char reply[6][64] = {{0}};
        zmq_pollitem_t item = {.socket = client, .events = ZMQ_POLLIN};
        uint64_t end = now_ms() + PATIENCE_MS;
        while (zmq_poll(&item, 1, 0) == 0 && now_ms() < end)
            side_turn(&b, 5);
        for (int i = 0; i < 6; i++)
            assert_true(zmq_recv(client, reply[i], 63, ZMQ_DONTWAIT) >= 0);
        assert_string_equal(reply[0], "1.0");
        assert_string_equal(reply[1], parts > 1 ? "x" : "");
        assert_string_equal(reply[2], "500");
        assert_string_equal(reply[4], "");
    }
    zmq_close(client);
    side_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_many_parts_breaks_the_rules),
        cmocka_unit_test(a_silent_handshake_is_shut),
        cmocka_unit_test(idle_strangers_are_bounded),
        cmocka_unit_test(garbage_costs_nothing),
        cmocka_unit_test(a_frame_too_large_ends_the_link),
        cmocka_unit_test(a_chosen_routing_id_harms_nobody),
        cmocka_unit_test(routing_ids_cannot_be_foreseen),
        cmocka_unit_test(descriptors_used_again_are_told_apart),
        cmocka_unit_test(a_descriptor_used_again_is_another_connection),
        cmocka_unit_test(a_malformed_zap_request_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
