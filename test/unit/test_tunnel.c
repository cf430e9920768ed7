/* Tunnel: what a SOCKS5 proxy may answer, to the byte; what is copied, both ways; whose connection is taken.
 * The proxy is here, and says what the test has it say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tunnel.h"

#define PATIENCE_MS 10000

struct proxy {
    int listener, far;
    struct address address;
};

static void proxy_open(struct proxy *proxy)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    memset(proxy, 0, sizeof *proxy);
    proxy->far = -1;
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(listen(proxy->listener, 4), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&here, &size), 0);
    snprintf(proxy->address.text, sizeof proxy->address.text, "127.0.0.1:%u", ntohs(here.sin_port));
}

static void proxy_close(struct proxy *proxy)
{
    close(proxy->listener);
    if (proxy->far >= 0)
        close(proxy->far);
}

static void wait_for(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&item, 1, PATIENCE_MS), 1);
}

static void expect_bytes(int fd, const void *bytes, size_t size)
{
    uint8_t got[512];
    assert_true(size <= sizeof got);
    for (size_t at = 0; at < size;) {
        wait_for(fd);
        ssize_t more = recv(fd, got + at, size - at, 0);
        assert_true(more > 0);
        at += (size_t)more;
    }
    assert_memory_equal(got, bytes, size);
}

/* One byte a packet, so that nothing depends on how it comes. */
static void say(int fd, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(send(fd, (const uint8_t *)bytes + i, 1, MSG_NOSIGNAL), 1);
}

static int begin(struct proxy *proxy, const char *to)
{
    struct address address = {{0}};
    snprintf(address.text, sizeof address.text, "%s", to);
    int tunnel = tunnel_open(&proxy->address, &address, -1);
    assert_true(tunnel >= 0);
    wait_for(proxy->listener);
    proxy->far = accept(proxy->listener, NULL, NULL);
    assert_true(proxy->far >= 0);
    expect_bytes(proxy->far, "\x05\x01\x00", 3);
    return tunnel;
}

static struct tunnel_answer answer_of(int tunnel)
{
    struct tunnel_answer answer;
    wait_for(tunnel);
    assert_true(tunnel_take(tunnel, &answer));
    return answer;
}

#define NAME_REQUEST       \
    "\x05\x01\x00\x03\x0e" \
    "nobody.example"       \
    "\x15\xb4"
#define GRANTED "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"

/* What is asked, by name or number. */
static void asks_for_what_it_was_given(void **state)
{
    (void)state;
    static const struct {
        const char *to;
        const char *request;
        size_t size;
    } rows[] = {
        {"nobody.example:5556", NAME_REQUEST, sizeof NAME_REQUEST - 1},
        {"192.0.2.7:5556", "\x05\x01\x00\x01\xc0\x00\x02\x07\x15\xb4", 10},
        {"[2001:db8::1]:5556", "\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x15\xb4",
         22},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct proxy proxy;
        proxy_open(&proxy);
        int tunnel = begin(&proxy, rows[i].to);
        say(proxy.far, "\x05\x00", 2);
        expect_bytes(proxy.far, rows[i].request, rows[i].size);
        close(tunnel);
        proxy_close(&proxy);
    }
}

static void what_a_proxy_may_answer(void **state)
{
    (void)state;
    static const struct {
        const char *choice, *answer;
        size_t size; /* of answer */
        enum tunnel_end end;
    } rows[] = {
        {"\x05\x00", GRANTED, 10, TUNNEL_OPEN},
        {"\x05\x00",
         "\x05\x00\x00\x03\x03"
         "abc"
         "\x00\x50",
         10, TUNNEL_OPEN},
        {"\x05\x00", "\x05\x00\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x00\x50", 22, TUNNEL_OPEN},
        {"\x05\x00", "\x05\x05\x00\x01", 4, TUNNEL_REFUSED},
        {"\x05\x00", "\x05\x01\x00\x01", 4, TUNNEL_NO_ANSWER},
        {"\x05\x00", "\x05\x04\x00\x01", 4, TUNNEL_NO_ANSWER},
        {"\x05\x00", "\x05\xff\xff\xff", 4, TUNNEL_NO_ANSWER},
        {"\x05\x00", "", 0, TUNNEL_NO_ANSWER}, /* it hangs up */
        {"\x05\x00", "\x05\x00\x00\x02", 4, TUNNEL_NO_PROXY},
        {"\x05\x00", "\x05\x00\x00\x01\x00", 5, TUNNEL_NO_PROXY},
        {"\x05\x00", "HTTP", 4, TUNNEL_NO_PROXY},
        {"\x05\xff", "", 0, TUNNEL_NO_PROXY}, /* it wants a password */
        {"\x05\x02", "", 0, TUNNEL_NO_PROXY},
        {"\x04\x00", "", 0, TUNNEL_NO_PROXY},
        {"HT", "", 0, TUNNEL_NO_PROXY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct proxy proxy;
        proxy_open(&proxy);
        int tunnel = begin(&proxy, "nobody.example:5556");
        say(proxy.far, rows[i].choice, 2);
        if (memcmp(rows[i].choice, "\x05\x00", 2) == 0) {
            expect_bytes(proxy.far, NAME_REQUEST, sizeof NAME_REQUEST - 1);
            say(proxy.far, rows[i].answer, rows[i].size);
        }
        if (rows[i].end != TUNNEL_OPEN)
            shutdown(proxy.far, SHUT_WR);
        struct tunnel_answer answer = answer_of(tunnel);
        if (answer.end != rows[i].end || (answer.port != 0) != (answer.end == TUNNEL_OPEN))
            fail_msg("row %zu: %d, port %u", i, answer.end, answer.port);
        close(tunnel);
        proxy_close(&proxy);
    }
}

static void a_proxy_that_is_not_there(void **state)
{
    (void)state;
    struct proxy proxy;
    struct address to = {"nobody.example:5556"};
    proxy_open(&proxy);
    proxy_close(&proxy);
    int tunnel = tunnel_open(&proxy.address, &to, -1);
    assert_int_equal(answer_of(tunnel).end, TUNNEL_NO_PROXY);
    close(tunnel);
    struct address name = {"localhost:9050"}; /* would have to be looked up */
    assert_int_equal(tunnel_open(&name, &to, -1), -1);
}

static int near_of(uint16_t port)
{
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
    return fd;
}

/* Through to the far end; `alive` tells of its end. */
static int opened(struct proxy *proxy, int alive[2], uint16_t *port)
{
    struct address to = {"nobody.example:5556"};
    proxy_open(proxy);
    assert_int_equal(pipe(alive), 0);
    int tunnel = tunnel_open(&proxy->address, &to, alive[1]);
    close(alive[1]);
    wait_for(proxy->listener);
    proxy->far = accept(proxy->listener, NULL, NULL);
    say(proxy->far, "\x05\x00" GRANTED "first", 2 + 10 + 5);
    *port = answer_of(tunnel).port;
    expect_bytes(proxy->far, "\x05\x01\x00" NAME_REQUEST, 3 + sizeof NAME_REQUEST - 1);
    return tunnel;
}

static void expect_end(int fd)
{
    char byte;
    wait_for(fd);
    assert_true(read(fd, &byte, 1) <= 0);
}

static void copies_both_ways(void **state)
{
    (void)state;
    struct proxy proxy;
    int alive[2];
    uint16_t port;
    int tunnel = opened(&proxy, alive, &port);
    int stranger = near_of(port), near = near_of(port); /* the stranger is before us */
    tunnel_claim(tunnel, near);
    expect_bytes(near, "first", 5); /* what came with the proxy's answer */
    expect_end(stranger);
    static uint8_t many[200000], got[sizeof many];
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = (uint8_t)(i * 31 >> 3);
    for (int turn = 0; turn < 2; turn++) {
        int from = turn ? near : proxy.far, to = turn ? proxy.far : near;
        size_t sent = 0, taken = 0;
        while (taken < sizeof many) {
            if (sent < sizeof many) {
                ssize_t more = send(from, many + sent, sizeof many - sent, MSG_DONTWAIT);
                sent += more > 0 ? (size_t)more : 0;
            }
            struct pollfd item = {.fd = to, .events = POLLIN};
            assert_int_equal(poll(&item, 1, PATIENCE_MS), 1);
            ssize_t more = recv(to, got + taken, sizeof got - taken, 0);
            assert_true(more > 0);
            taken += (size_t)more;
        }
        assert_memory_equal(got, many, sizeof many);
    }
    say(near, "last", 4);
    close(near);
    expect_bytes(proxy.far, "last", 4); /* comes before the end */
    expect_end(proxy.far);
    expect_end(alive[0]);
    close(alive[0]);
    close(stranger);
    proxy_close(&proxy);
}

static void ends_with_what_it_was_for(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct proxy proxy;
        int alive[2];
        uint16_t port;
        int tunnel = opened(&proxy, alive, &port), near = -1;
        if (way == 0) { /* the link was given up */
            close(tunnel);
        } else {
            near = near_of(port);
            tunnel_claim(tunnel, near);
            expect_bytes(near, "first", 5);
            shutdown(way == 1 ? proxy.far : near, SHUT_RDWR);
        }
        if (way == 1)
            expect_end(near);
        expect_end(alive[0]);
        close(alive[0]);
        if (near >= 0)
            close(near);
        proxy_close(&proxy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_what_it_was_given), cmocka_unit_test(what_a_proxy_may_answer),
        cmocka_unit_test(a_proxy_that_is_not_there),  cmocka_unit_test(copies_both_ways),
        cmocka_unit_test(ends_with_what_it_was_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
