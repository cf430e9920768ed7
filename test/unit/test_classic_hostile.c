/* Classic links against what no ZeroMQ library sends: raw TCP on loopback. */
#include "classic_help.h"

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static uint16_t port_of(const char *endpoint)
{
    return (uint16_t)atoi(strrchr(endpoint, ':') + 1);
}

static int dial_raw(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* A greeting of ZMTP 3.0 and the READY of a PUB. */
static void greet(int fd)
{
    static const char greeting[64] = "\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL";
    static const char ready[] = "\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03PUB";
    assert_int_equal(send(fd, greeting, sizeof greeting, MSG_NOSIGNAL), sizeof greeting);
    assert_int_equal(send(fd, ready, sizeof ready - 1, MSG_NOSIGNAL), sizeof ready - 1);
}

static bool is_ended(int fd)
{
    char got[4096];
    ssize_t size;
    while ((size = recv(fd, got, sizeof got, MSG_DONTWAIT)) > 0)
        ;
    return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

static void run_round(struct rig *rig)
{
    poll_once(rig);
    while (take(rig))
        ;
}

static void test_a_message_of_parts_without_end_is_ended(void **state)
{
    struct rig *rig = *state;
    if (!BYTES_COUNTED)
        skip();
    struct sockaddr_in here = loopback(0);
    socklen_t size = sizeof here;
    struct address address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(listen(listener, 1), 0);
    getsockname(listener, (struct sockaddr *)&here, &size);
    snprintf(address.text, sizeof address.text, "127.0.0.1:%u", ntohs(here.sin_port));
    assert_true(classic_connect(rig->classic, false, &address, 1));
    int fd = accept(listener, NULL, NULL);
    greet(fd);
    await_told(rig, TOLD_CLASSIC_UP);

    size_t part_size = 100000, sent = 0;
    char *part = calloc(1, part_size);
    memcpy(part, "\x03\0\0\0\0\0\x01\x86\x97#fika <x>: ", 20); /* 99991 bytes, and more */
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (uint64_t end = now_ms() + 2 * WAIT_MS; !is_ended(fd) && now_ms() < end; run_round(rig)) {
        ssize_t some;
        do {
            some = send(fd, part + sent % part_size, part_size - sent % part_size, MSG_NOSIGNAL);
            sent += some > 0 ? (size_t)some : 0;
        } while (some > 0 && sent % 1000000 != 0);
    }
    free(part);
    assert_true(is_ended(fd));
    assert_int_equal(row_of(rig, 0).n5, 1);
    assert_int_equal(row_of(rig, 0).n4, 0);
    close(fd);
    close(listener);
}

static void test_subscriptions_without_end_are_ended(void **state)
{
    struct rig *rig = *state;
    if (!BYTES_COUNTED)
        skip();
    char endpoint[64], topic[200];
    bind_ours(rig, false, endpoint);
    void *greedy = open_other(rig, ZMQ_SUB), *sub = open_other(rig, ZMQ_SUB);
    int never = -1;
    zmq_setsockopt(greedy, ZMQ_RECONNECT_IVL, &never, sizeof never);
    memset(topic, 't', sizeof topic);
    for (int i = 0; i < 1000; i++) {
        memcpy(topic, &i, sizeof i);
        zmq_setsockopt(greedy, ZMQ_SUBSCRIBE, topic, sizeof topic);
    }
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "#fika", 5);
    zmq_connect(sub, endpoint);
    await_heard(rig, sub, "hej", "#fika <anna>: hej");
    zmq_connect(greedy, endpoint);
    await_dropped(rig, 0, 1);
    while (zmq_recv(sub, topic, sizeof topic, 0) >= 0)
        ;
    await_heard(rig, sub, "still", "#fika <anna>: still");
}

static void test_connections_have_a_bound(void **state)
{
    struct rig *rig = *state;
    char endpoint[64];
    int idle[80], ended = 0;
    bind_ours(rig, false, endpoint);
    for (int i = 0; i < 80; i++)
        idle[i] = dial_raw(port_of(endpoint));
    for (uint64_t end = now_ms() + WAIT_MS; ended < 16 && now_ms() < end; run_round(rig)) {
        ended = 0;
        for (int i = 0; i < 80; i++)
            ended += is_ended(idle[i]);
    }
    assert_int_equal(ended, 16);
    for (int i = 0; i < 80; i++)
        close(idle[i]);
    void *sub = open_other(rig, ZMQ_SUB);
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "#fika", 5);
    zmq_connect(sub, endpoint);
    await_heard(rig, sub, "hej", "#fika <anna>: hej");
}

int main(void)
{
#define SOCKETS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        SOCKETS(test_a_message_of_parts_without_end_is_ended),
        SOCKETS(test_subscriptions_without_end_are_ended),
        SOCKETS(test_connections_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
