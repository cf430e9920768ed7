/* Portmap: which addresses have a router before them; and nothing is asked, nor waited for, unless it is
 * time to. What routers answer is tested with one (test_router.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>

#include "net/portmap.h"

static void inner(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool inner;
    } rows[] = {{"10.0.0.1", true},        {"10.255.255.255", true},  {"11.0.0.0", false},
                {"172.15.255.255", false}, {"172.16.0.0", true},      {"172.31.255.255", true},
                {"172.32.0.0", false},     {"192.167.1.1", false},    {"192.168.0.0", true},
                {"192.169.0.0", false},    {"100.63.255.255", false}, {"100.64.0.0", true},
                {"100.127.255.255", true}, {"100.128.0.0", false},    {"0.0.0.0", false},
                {"127.0.0.1", false},      {"169.254.1.1", false},    {"8.8.8.8", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct in_addr address;
        assert_int_equal(inet_pton(AF_INET, rows[i].address, &address), 1);
        if (portmap_is_inner(address) != rows[i].inner)
            fail_msg("%s", rows[i].address);
    }
}

static void asks_nothing_by_itself(void **state)
{
    (void)state;
    struct portmap *portmap = portmap_new(23452);
    assert_non_null(portmap);
    struct pollfd item = {.fd = portmap_fd(portmap), .events = POLLIN};
    assert_int_equal(poll(&item, 1, 0), 0);
    assert_false(portmap_take(portmap, 1));
    assert_int_equal(portmap_state(portmap)->way, PORTMAP_NONE);
    assert_string_equal(portmap_state(portmap)->outer, "");
    portmap_again(portmap, 500);
    assert_int_equal(portmap_deadline(portmap), 500);
    portmap_tick(portmap, 499); /* not yet */
    assert_int_equal(portmap_deadline(portmap), 500);
    portmap_free(portmap, 10000); /* there is nothing to be taken back */
    portmap_free(NULL, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner),
        cmocka_unit_test(asks_nothing_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
