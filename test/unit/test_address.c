/* Addresses: the grammar of what is typed by table, the numeric form there and back, and this
 * machine's own addresses against what the system says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "net/address.h"

struct row {
    const char *text;
    int kind;
    const char *host;
    uint16_t port;
};

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct row good[] = {
    {"5556", TARGET_LINK, "", 5556},
    {"1", TARGET_LINK, "", 1},
    {"65535", TARGET_LINK, "", 65535},
    {":5556", TARGET_LINK, "", 5556},
    {"localhost", TARGET_LINK, "localhost", 0},
    {"localhost:5556", TARGET_LINK, "localhost", 5556},
    {"host", TARGET_LINK, "host", 0},
    {"host:1", TARGET_LINK, "host", 1},
    {"my-host_2.example.org", TARGET_LINK, "my-host_2.example.org", 0},
    {"example.org.:80", TARGET_LINK, "example.org.", 80},
    {"3com.example", TARGET_LINK, "3com.example", 0},
    {"0xhost.example", TARGET_LINK, "0xhost.example", 0},
    {LABEL_63 ".org", TARGET_LINK, LABEL_63 ".org", 0},
    {"1.2.3.4", TARGET_LINK, "1.2.3.4", 0},
    {"1.2.3.4:23452", TARGET_LINK, "1.2.3.4", 23452},
    {"::1", TARGET_LINK, "::1", 0},
    {"::", TARGET_LINK, "::", 0},
    {"2001:db8::5:80", TARGET_LINK, "2001:db8::5:80", 0},
    {"fe80::1%eth0", TARGET_LINK, "fe80::1%eth0", 0},
    {"fe80::1%3", TARGET_LINK, "fe80::1%3", 0},
    {"::ffff:1.2.3.4", TARGET_LINK, "::ffff:1.2.3.4", 0},
    {"[::1]", TARGET_LINK, "::1", 0},
    {"[::1]:5556", TARGET_LINK, "::1", 5556},
    {"[fe80::1%wlp2s0.100]:5556", TARGET_LINK, "fe80::1%wlp2s0.100", 5556},
    {"zmq://host:5556", TARGET_CLASSIC_SUB, "host", 5556},
    {"zmq://:5556", TARGET_CLASSIC_SUB, "", 5556},
    {"zmq://5556", TARGET_CLASSIC_SUB, "", 5556},
    {"zmq://[fe80::1%eth0]:5556", TARGET_CLASSIC_SUB, "fe80::1%eth0", 5556},
    {"pair:5556", TARGET_LINK, "pair", 5556}, /* a host of that name */
    {"pair://1.2.3.4:5556", TARGET_CLASSIC_PAIR, "1.2.3.4", 5556},
};

static const char *const bad[] = {
    "",
    " ",
    "0",
    "65536",
    "99999",
    "100000",
    "05556",
    "+5556",
    "-1",
    "5556 ",
    " 5556",
    ":",
    "::1:",
    ":0",
    ":65536",
    "host:",
    "host:0",
    "host:65536",
    "host:70000",
    "host:080",
    "host:x",
    "host:1x",
    "host: 1",
    "host :1",
    "host:-1",
    "ho st",
    "host/path",
    "host\n",
    "host\x1b[2J",
    "h\xc3\xb6st",
    "\xff\xfe",
    "a..b",
    ".a",
    ".",
    "..",
    "-a",
    "a-",
    "a.-b",
    LABEL_63 "a.org",
    LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63,
    "#fika",
    "@host",
    "user@host",
    "1.2.3",
    "127.1",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.4.",
    "01.2.3.4",
    "host.1",
    "0x7f000001",
    "0x7f.1",
    "12:34",
    "1.2.3:5",
    ":::",
    "1::2::3",
    "12345::",
    "host:1:2",
    "::1%eth0",
    "fe80::1%",
    "fe80::1%eth0:5556",
    "fe80::1%a b",
    "fe80::1%sixteen-bytes-00",
    "fe80::1%eth0%eth0",
    "ff02::1%eth0",
    "[::1",
    "::1]",
    "[]",
    "[]:1",
    "[::1]:",
    "[::1]:0",
    "[::1]5556",
    "[::1] :1",
    "[::1]:5556:1",
    "[[::1]]:1",
    "[host]:1",
    "[1.2.3.4]:1",
    "[::1%eth0]:1",
    "zmq://",
    "zmq://host",
    "zmq://host:",
    "zmq://::1",
    "zmq://[::1]",
    "zmq://0",
    "zmq:host:1",
    "zmq:/host:1",
    "ZMQ://host:1",
    "zmq://zmq://host:1",
    "pair://",
    "pair://host",
    "tcp://host:1",
    "fika://host",
};

static void good_targets_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct target target;
        memset(&target, 0xAA, sizeof target);
        if (!target_read(&target, good[i].text)) {
            fail_msg("refused: %s", good[i].text);
        }
        assert_int_equal(target.kind, good[i].kind);
        assert_string_equal(target.host, good[i].host);
        assert_int_equal(target.port, good[i].port);
    }
}

static void bad_targets_are_refused_and_change_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct target target, before;
        memset(&target, 0xAA, sizeof target);
        memset(&before, 0xAA, sizeof before);
        if (target_read(&target, bad[i])) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_memory_equal(&target, &before, sizeof before);
    }
}

static void very_long_text_is_refused(void **state)
{
    (void)state;
    static char text[100000];
    struct target target;
    const char fill[] = {'a', '1', ':', '[', '.', '%'};
    for (size_t i = 0; i < sizeof fill; i++) {
        memset(text, fill[i], sizeof text - 1);
        assert_false(target_read(&target, text));
    }
}

static void there_and_back(const char *text)
{
    struct address address = {{0}}, again;
    struct sockaddr_storage to;
    socklen_t size = 0;
    strncpy(address.text, text, sizeof address.text - 1);
    assert_true(address_to_sockaddr(&address, &to, &size));
    uint16_t port = to.ss_family == AF_INET ? ((struct sockaddr_in *)&to)->sin_port
                                            : ((struct sockaddr_in6 *)&to)->sin6_port;
    assert_int_equal(size, to.ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                   : sizeof(struct sockaddr_in6));
    assert_true(address_from_sockaddr(&again, (struct sockaddr *)&to, ntohs(port)));
    assert_string_equal(again.text, text);
}

static void numeric_form_goes_there_and_back(void **state)
{
    (void)state;
    char name[IF_NAMESIZE], text[LIMIT_ADDRESS + 1];
    there_and_back("1.2.3.4:5");
    there_and_back("255.255.255.255:65535");
    there_and_back("[::1]:5556");
    there_and_back("[2001:db8::1]:1");
    assert_non_null(if_indextoname(1, name));
    snprintf(text, sizeof text, "[fe80::1%%%s]:23452", name);
    there_and_back(text);
}

static void a_zone_by_number_is_the_interface(void **state)
{
    (void)state;
    struct address address = {"[fe80::1%1]:2"};
    struct sockaddr_storage to;
    socklen_t size;
    assert_true(address_to_sockaddr(&address, &to, &size));
    assert_int_equal(((struct sockaddr_in6 *)&to)->sin6_scope_id, 1);
}

static void what_is_not_numeric_is_no_sockaddr(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "localhost:1",
                                        "1.2.3.4",
                                        "::1",
                                        "[::1]",
                                        "5556",
                                        ":5556",
                                        "zmq://1.2.3.4:5",
                                        "[fe80::1%no-such-if]:1",
                                        "[fe80::1%999999]:1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct address address = {{0}};
        struct sockaddr_storage to;
        socklen_t size;
        strncpy(address.text, texts[i], sizeof address.text - 1);
        if (address_to_sockaddr(&address, &to, &size)) {
            fail_msg("taken: %s", texts[i]);
        }
    }
}

static void a_mapped_address_is_written_as_ipv4(void **state)
{
    (void)state;
    struct sockaddr_in6 from = {.sin6_family = AF_INET6};
    struct address address;
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &from.sin6_addr);
    assert_true(address_from_sockaddr(&address, (struct sockaddr *)&from, 23452));
    assert_string_equal(address.text, "192.0.2.7:23452");
}

static void other_families_are_no_address(void **state)
{
    (void)state;
    struct sockaddr_storage from = {.ss_family = AF_UNIX};
    struct address address;
    assert_false(address_from_sockaddr(&address, (struct sockaddr *)&from, 1));
    assert_string_equal(address.text, "");
}

static void the_longest_address_fits(void **state)
{
    (void)state;
    struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_scope_id = UINT32_MAX};
    struct address address;
    inet_pton(AF_INET6, "fe80:1111:2222:3333:4444:5555:6666:7777", &from.sin6_addr);
    assert_true(address_from_sockaddr(&address, (struct sockaddr *)&from, 65535));
    assert_string_equal(address.text, "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535");
}

static void own_addresses_are_whole_lines(void **state)
{
    (void)state;
    char all[8192];
    size_t lines = local_addresses(all, sizeof all), seen = 0;
    assert_true(lines >= 1); /* loopback at the least */
    for (char *at = all; at != NULL; seen++) {
        struct target target;
        char *end = strchr(at, '\n');
        if (end != NULL) {
            *end++ = 0;
        }
        assert_true(target_read(&target, at)); /* what is shown can be typed elsewhere */
        assert_int_equal(target.port, 0);
        at = end;
    }
    assert_int_equal(seen, lines);
}

static void own_addresses_are_never_cut(void **state)
{
    (void)state;
    char all[8192], fits[8192], some[8192], none[1], after[8192];
    size_t lines, fitting, fewer;
    do { /* the machine's addresses may change under the test's feet */
        lines = local_addresses(all, sizeof all);
        size_t size = strlen(all);
        assert_true(size < sizeof some - 1);
        fitting = local_addresses(fits, size + 1);
        fewer = local_addresses(some, size);
        assert_int_equal(local_addresses(none, sizeof none), 0);
        local_addresses(after, sizeof after);
    } while (strcmp(all, after) != 0);
    assert_int_equal(fitting, lines);
    assert_string_equal(fits, all);
    assert_true(fewer < lines && strlen(some) < strlen(all));
    assert_string_equal(none, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_targets_are_read),
        cmocka_unit_test(bad_targets_are_refused_and_change_nothing),
        cmocka_unit_test(very_long_text_is_refused),
        cmocka_unit_test(numeric_form_goes_there_and_back),
        cmocka_unit_test(a_zone_by_number_is_the_interface),
        cmocka_unit_test(what_is_not_numeric_is_no_sockaddr),
        cmocka_unit_test(a_mapped_address_is_written_as_ipv4),
        cmocka_unit_test(other_families_are_no_address),
        cmocka_unit_test(the_longest_address_fits),
        cmocka_unit_test(own_addresses_are_whole_lines),
        cmocka_unit_test(own_addresses_are_never_cut),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
