/* Probes: what becomes of a TCP connection, without waiting for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/probe.h"

static struct probes probes;

/* A port of this machine, listening or just given back. */
static struct address port_of(int *fd, bool listening)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    struct address address = {{0}};
    *fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&at, &size), 0);
    if (listening)
        assert_int_equal(listen(*fd, 4), 0);
    snprintf(address.text, sizeof address.text, "127.0.0.1:%u", ntohs(at.sin_port));
    return address;
}

static int descriptors(void)
{
    int count = 0;
    DIR *all = opendir("/proc/self/fd");
    while (all != NULL && readdir(all) != NULL)
        count++;
    closedir(all);
    return count;
}

static void each_in_its_way(void **state)
{
    (void)state;
    int open, shut, error, before = descriptors();
    struct address reached = port_of(&open, true), refused = port_of(&shut, false);
    struct address zone = {"[fe80::1%nosuch0]:1"}, never = {"127.0.0.1:1"};
    probes_begin(&probes);
    assert_true(probes_add(&probes, &reached));
    assert_true(probes_add(&probes, &reached)); /* once */
    assert_true(probes_add(&probes, &refused));
    assert_true(probes_add(&probes, &zone));
    assert_int_equal(probes.count, 3);
    while (!probes_look(&probes, false))
        poll(NULL, 0, 1);
    assert_int_equal(probes_of(&probes, &reached, &error), PROBE_REACHED);
    assert_int_equal(probes_of(&probes, &refused, &error), PROBE_REFUSED);
    assert_int_equal(probes_of(&probes, &zone, &error), PROBE_NO_WAY);
    assert_int_equal(error, ENODEV);
    assert_int_equal(probes_of(&probes, &never, &error), PROBE_WAITS);
    close(open);
    close(shut);
    assert_int_equal(descriptors(), before);
}

/* A listener whose queue is full says nothing. */
static void what_says_nothing_is_given_up(void **state)
{
    (void)state;
    int full, error, before = descriptors();
    struct address silent = port_of(&full, false);
    assert_int_equal(listen(full, 0), 0);
    int filling[8];
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    getsockname(full, (struct sockaddr *)&at, &size);
    for (int i = 0; i < 8; i++) {
        filling[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(filling[i], (struct sockaddr *)&at, size);
    }
    probes_begin(&probes);
    probes_add(&probes, &silent);
    assert_false(probes_look(&probes, false));
    assert_int_equal(probes_of(&probes, &silent, &error), PROBE_WAITS);
    assert_true(probes_look(&probes, true));
    assert_int_equal(probes_of(&probes, &silent, &error), PROBE_SILENT);
    for (int i = 0; i < 8; i++)
        close(filling[i]);
    close(full);
    assert_int_equal(descriptors(), before);
}

static void bounded(void **state)
{
    (void)state;
    probes_begin(&probes);
    for (int i = 0; i < PROBES_MAX + 10; i++) {
        struct address address = {{0}};
        snprintf(address.text, sizeof address.text, "[fe80::1%%nosuch0]:%d", i + 1);
        assert_int_equal(probes_add(&probes, &address), i < PROBES_MAX);
    }
    probes_end(&probes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_in_its_way),
        cmocka_unit_test(what_says_nothing_is_given_up),
        cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
