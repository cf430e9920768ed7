/* Links over real sockets on loopback: two or three `struct links` in one process, each in its own
 * context, and strangers that speak raw TCP. Every wait polls with a deadline. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/link_private.h"

#define PATIENCE_MS 8000
#define KEPT        8192

/* One side: its links, and what they told, as a list of events without their frames. */
struct side {
    void *context;
    struct links *links;
    bool reading;
    struct event told[KEPT];
    size_t told_count, taken;
    size_t frames, frame_bytes;
    uint64_t last_number; /* the number in the last frame's first bytes */
    bool out_of_order;
};

static const uint8_t SECRET[32] = {1, 2, 3}, OTHER_SECRET[32] = {9};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void side_open(struct side *side, const uint8_t secret[32])
{
    struct error error = {0};
    memset(side, 0, sizeof *side);
    side->context = zmq_ctx_new();
    side->reading = true;
    side->links = links_open(side->context, secret, 0, false, &error);
    assert_non_null(side->links);
    assert_int_not_equal(links_port(side->links), 0);
}

static void side_close(struct side *side)
{
    links_close_all(side->links, 0);
    zmq_ctx_term(side->context);
    side->links = NULL;
}

static void side_note(struct side *side, const struct event *event)
{
    if (event->kind == EVENT_FRAME) {
        uint64_t number = side->last_number + 1;
        if (event->frame.size >= sizeof number)
            memcpy(&number, event->frame.at, sizeof number);
        if (side->frames > 0 && number != side->last_number + 1)
            side->out_of_order = true;
        side->last_number = number;
        side->frames++;
        side->frame_bytes += event->frame.size;
    }
    if (side->told_count < KEPT)
        side->told[side->told_count++] = *event;
}

/* One turn of what node.c does: poll, drain, tick. */
static void side_turn(struct side *side, int timeout_ms)
{
    zmq_pollitem_t items[LINKS_POLL_MAX];
    size_t count = links_poll(side->links, items, side->reading);
    assert_true(count <= LINKS_POLL_MAX);
    uint64_t deadline = links_deadline(side->links), now = now_ms();
    if (deadline < now + (uint64_t)timeout_ms)
        timeout_ms = deadline > now ? (int)(deadline - now) : 0;
    zmq_poll(items, (int)count, timeout_ms);
    struct event event;
    for (int i = 0; i < 256 && links_next(side->links, side->reading, &event); i++)
        side_note(side, &event);
    if (links_deadline(side->links) <= now_ms())
        links_tick(side->links, now_ms());
}

/* The next event of this kind, those before it skipped; turns all sides until then. */
static const struct event *expect(struct side *side, struct side *other, enum event_kind kind,
                                  uint64_t within_ms)
{
    uint64_t end = now_ms() + within_ms;
    for (;;) {
        while (side->taken < side->told_count)
            if (side->told[side->taken++].kind == kind)
                return &side->told[side->taken - 1];
        if (now_ms() > end)
            fail_msg("no event %d within %d ms", (int)kind, (int)within_ms);
        side_turn(side, other ? 1 : 5);
        if (other)
            side_turn(other, 1);
    }
}

static struct address address_of(const char *host, uint16_t port)
{
    struct address address;
    snprintf(address.text, sizeof address.text, "%s:%u", host, port);
    return address;
}

static void send_text(struct side *side, uint64_t link, const char *text)
{
    links_send(side->links, link, (struct bytes){(const uint8_t *)text, strlen(text)});
}

/* Dials from a to b and says hello; gives b's number of the link. a's is `number`. */
static uint64_t join(struct side *a, struct side *b, uint64_t number, const char *host)
{
    struct address address = address_of(host, links_port(b->links));
    links_dial(a->links, number, &address, now_ms());
    const struct event *out = expect(a, b, EVENT_LINK_OUT, PATIENCE_MS);
    assert_int_equal(out->link, number);
    struct id key = out->client_key;
    send_text(a, number, "hello there");
    const struct event *in = expect(b, a, EVENT_LINK_IN, PATIENCE_MS);
    assert_int_equal(in->link % 2, 1);
    assert_true(id_equal(&in->client_key, &key));
    uint64_t theirs = in->link;
    expect(b, a, EVENT_FRAME, PATIENCE_MS);
    a->frames = b->frames = 0;
    return theirs;
}

/* Strangers. */

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

/* A raw libzmq client with a network's key: a peer that may break our rules. */
static void *raw_client(void *context, const uint8_t secret[32], uint16_t port, int type,
                        const char *routing_id)
{
    uint8_t server[32], unused[32];
    char public_key[41], secret_key[41], endpoint[64];
    links_server_keys(server, unused, secret);
    void *client = zmq_socket(context, type);
    zmq_curve_keypair(public_key, secret_key);
    zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, server, 32);
    zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, public_key, 41);
    zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, secret_key, 41);
    socket_option(client, ZMQ_LINGER, 0);
    if (routing_id)
        zmq_setsockopt(client, ZMQ_ROUTING_ID, routing_id, strlen(routing_id));
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    assert_int_equal(zmq_connect(client, endpoint), 0);
    return client;
}

static long resident_kib(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The tests. */

static struct side a, b, c;

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

/* Sends frames numbered 1..count from one link, as fast as they are taken. */
static void pour(struct side *from, uint64_t link, struct side *to, uint64_t count, size_t size)
{
    static uint8_t frame[LIMIT_FRAME];
    uint64_t end = now_ms() + 30000;
    for (uint64_t next = 1; to->frames < count;) {
        for (int i = 0; i < 64 && next <= count; i++, next++) {
            memcpy(frame, &next, sizeof next);
            if (!links_send(from->links, link, (struct bytes){frame, size}))
                break;
        }
        side_turn(from, 0);
        side_turn(to, 0);
        assert_true(now_ms() < end);
    }
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
            expect_ended(&b, fds[i], PATIENCE_MS);
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
    pid_t second = visitor(links_port(b.links), "the second", false);
    for (int i = 0; i < 30; i++)
        side_turn(&b, 10);
    assert_int_equal(b.told_count, 0);
    b.reading = true;
    assert_int_equal(expect(&b, NULL, EVENT_LINK_IN, PATIENCE_MS)->link, 1);
    assert_int_equal(expect(&b, NULL, EVENT_FRAME, PATIENCE_MS)->link, 1);
    assert_int_equal(b.frame_bytes, strlen("first"));
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
        cmocka_unit_test(a_message_of_many_parts_breaks_the_rules),
        cmocka_unit_test(a_silent_handshake_is_shut),
        cmocka_unit_test(idle_strangers_are_bounded),
        cmocka_unit_test(garbage_costs_nothing),
        cmocka_unit_test(a_frame_too_large_ends_the_link),
        cmocka_unit_test(a_chosen_routing_id_harms_nobody),
        cmocka_unit_test(a_peer_that_vanishes_is_lost),
        cmocka_unit_test(not_reading_holds_frames_back),
        cmocka_unit_test(descriptors_used_again_are_told_apart),
        cmocka_unit_test(a_descriptor_used_again_is_another_connection),
        cmocka_unit_test(a_malformed_zap_request_is_answered),
    };
    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
