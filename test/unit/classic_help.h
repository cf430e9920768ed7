/* What the tests of classic links share: a rig of classic links and of plain ZeroMQ sockets, on
 * loopback, and waits with a deadline. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gate/classic.h"

#define WAIT_MS 5000
#ifdef __linux__
#define BYTES_COUNTED true /* by TCP, for the guard */
#else
#define BYTES_COUNTED false
#endif

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static inline void assert_bytes(struct bytes got, const char *want)
{
    assert_int_equal(got.size, strlen(want));
    assert_memory_equal(got.at, want, got.size);
}

static inline uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const struct channel_name fika = {"#fika"};
static const struct channel_name other __attribute__((unused)) = {"#other"};
static const struct nick anna __attribute__((unused)) = {"anna"};

/* --- With sockets --- */

struct rig {
    void *context;
    struct classic *classic;
    void *sockets[8]; /* of the other side */
    size_t count;
    struct show show; /* the last one; its text is in text */
    char text[LIMIT_TEXT + 1];
};

static inline int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->context = zmq_ctx_new();
    rig->classic = classic_new(rig->context);
    classic_channels(rig->classic, &fika, 1);
    *state = rig;
    return 0;
}

static inline int teardown(void **state)
{
    struct rig *rig = *state;
    for (size_t i = 0; i < rig->count; i++)
        if (rig->sockets[i])
            zmq_close(rig->sockets[i]);
    classic_free(rig->classic);
    zmq_ctx_term(rig->context);
    free(rig);
    return 0;
}

static inline void *open_other(struct rig *rig, int type)
{
    int none = 0;
    void *socket = zmq_socket(rig->context, type);
    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    rig->sockets[rig->count++] = socket;
    return socket;
}

static inline void close_other(struct rig *rig, void *socket)
{
    for (size_t i = 0; i < rig->count; i++)
        if (rig->sockets[i] == socket)
            rig->sockets[i] = NULL;
    zmq_close(socket);
}

/* Binds the other side on loopback; gives the address to connect to. */
static inline struct address bind_other(void *socket, const char *endpoint)
{
    char bound[64];
    size_t size = sizeof bound;
    struct address address;
    for (uint64_t end = now_ms() + WAIT_MS; zmq_bind(socket, endpoint) != 0;)
        assert_true(zmq_errno() == EADDRINUSE && now_ms() < end);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &size), 0);
    snprintf(address.text, sizeof address.text, "%s", bound + strlen("tcp://"));
    return address;
}

static inline void bind_ours(struct rig *rig, bool pair, char endpoint[64])
{
    struct error error;
    struct show row = {0};
    size_t last = 0;
    assert_int_equal(classic_bind(rig->classic, pair, 0, &error), ERROR_NONE);
    for (size_t i = 0; classic_row(rig->classic, i, &row); i++)
        last = i;
    assert_true(classic_row(rig->classic, last, &row));
    snprintf(endpoint, 64, "tcp://127.0.0.1:%s", strrchr(row.address.text, ':') + 1);
}

static inline bool take(struct rig *rig)
{
    if (!classic_next(rig->classic, &rig->show))
        return false;
    memcpy(rig->text, rig->show.text.at ? rig->show.text.at : (const uint8_t *)"",
           rig->show.text.size);
    rig->text[rig->show.text.size] = 0;
    return true;
}

/* Waits until something happens, at most 20 ms; true when something did. */
static inline bool poll_once(struct rig *rig)
{
    zmq_pollitem_t items[CLASSIC_POLL_MAX];
    size_t count = classic_poll(rig->classic, items);
    return zmq_poll(items, (int)count, 20) > 0;
}

static inline void await_show(struct rig *rig, enum show_kind kind)
{
    uint64_t end = now_ms() + WAIT_MS;
    do {
        while (take(rig))
            if (rig->show.kind == kind)
                return;
        poll_once(rig);
    } while (now_ms() < end);
    fail_msg("nothing came");
}

static inline void await_told(struct rig *rig, enum told told)
{
    do
        await_show(rig, SHOW_TOLD);
    while (rig->show.told != told);
}

static inline void await_text(struct rig *rig, const char *text)
{
    await_show(rig, SHOW_MESSAGE);
    assert_string_equal(rig->text, text);
    assert_int_equal(rig->show.via, VIA_CLASSIC);
    assert_false(rig->show.own);
}

static inline struct show row_of(struct rig *rig, size_t index)
{
    struct show row = {0};
    assert_true(classic_row(rig->classic, index, &row));
    return row;
}

static inline void await_dropped(struct rig *rig, size_t index, uint64_t count)
{
    uint64_t end = now_ms() + WAIT_MS;
    while (row_of(rig, index).n5 < count && now_ms() < end) {
        poll_once(rig);
        while (take(rig))
            assert_int_equal(rig->show.kind, SHOW_TOLD);
    }
    assert_int_equal(row_of(rig, index).n5, count);
}

/* Until what was said reaches the other side: a subscription takes its time. */
static inline void await_heard(struct rig *rig, void *socket, const char *said, const char *heard)
{
    char got[256];
    int wait_ms = 20;
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    for (uint64_t end = now_ms() + WAIT_MS; now_ms() < end;) {
        while (take(rig))
            ;
        poll_once(rig);
        classic_say(rig->classic, &fika, &anna, bytes_of(said), false);
        int size = zmq_recv(socket, got, sizeof got, 0);
        if (size < 0)
            continue;
        assert_int_equal(size, strlen(heard));
        assert_memory_equal(got, heard, size);
        return;
    }
    fail_msg("not heard");
}

static inline void send_text(void *socket, const char *text, int flags)
{
    assert_int_equal(zmq_send(socket, text, strlen(text), flags), strlen(text));
}

/* Sends one text again and again until it is shown: PUB drops it before the subscription. */
static inline void await_linked(struct rig *rig, void *pub)
{
    for (uint64_t end = now_ms() + WAIT_MS; now_ms() < end;) {
        send_text(pub, "#fika <x>: there?", 0);
        poll_once(rig);
        while (take(rig))
            if (rig->show.kind == SHOW_MESSAGE)
                goto linked;
    }
    fail_msg("no link");
linked:
    /* What is still under way is taken off. */
    send_text(pub, "#fika <x>: linked", 0);
    do
        await_show(rig, SHOW_MESSAGE);
    while (strcmp(rig->text, "linked") != 0);
}

static inline void *linked_pub(struct rig *rig)
{
    void *pub = open_other(rig, ZMQ_PUB);
    struct address address = bind_other(pub, "tcp://127.0.0.1:*");
    assert_true(classic_connect(rig->classic, false, &address, 1));
    await_linked(rig, pub);
    return pub;
}
