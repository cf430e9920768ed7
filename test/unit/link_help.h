/* What test_link.c, test_link_hostile.c and test_guard.c share: sides, each a `struct links` in a
 * context of its own, that are turned as node.c turns them. Every wait polls with a deadline. */
#pragma once

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

static inline uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline void side_open(struct side *side, const uint8_t secret[32])
{
    struct error error = {0};
    memset(side, 0, sizeof *side);
    side->context = zmq_ctx_new();
    side->reading = true;
    side->links = links_open(side->context, secret, 0, false, &error);
    assert_non_null(side->links);
    assert_int_not_equal(links_port(side->links), 0);
}

static inline void side_close(struct side *side)
{
    links_close_all(side->links, 0);
    zmq_ctx_term(side->context);
    side->links = NULL;
}

static inline void side_note(struct side *side, const struct event *event)
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
static inline void side_turn(struct side *side, int timeout_ms)
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
static inline const struct event *expect(struct side *side, struct side *other,
                                         enum event_kind kind, uint64_t within_ms)
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

static inline struct address address_of(const char *host, uint16_t port)
{
    struct address address;
    snprintf(address.text, sizeof address.text, "%s:%u", host, port);
    return address;
}

static inline void send_text(struct side *side, uint64_t link, const char *text)
{
    links_send(side->links, link, (struct bytes){(const uint8_t *)text, strlen(text)});
}

/* Dials from a to b and says hello; gives b's number of the link. a's is `number`. */
static inline uint64_t join(struct side *a, struct side *b, uint64_t number, const char *host)
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

/* Sends frames numbered 1..count from one link, as fast as they are taken. */
static inline void pour(struct side *from, uint64_t link, struct side *to, uint64_t count,
                        size_t size)
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

/* A raw libzmq client with a network's key: a peer that may break our rules. */
static inline void *raw_client(void *context, const uint8_t secret[32], uint16_t port, int type,
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

static inline long resident_kib(void)
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
