/* Scan: which addresses \scan asks, and how fast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "net/scan.h"

static struct scan scan;

static struct interface row(const char *name, const char *address, const char *mask)
{
    struct interface row;
    memset(&row, 0, sizeof row);
    snprintf(row.name, sizeof row.name, "%s", name);
    row.family = AF_INET;
    row.broadcast = true;
    inet_pton(AF_INET, address, &row.address);
    inet_pton(AF_INET, mask, &row.mask);
    return row;
}

static void a_home_network(void **state)
{
    (void)state;
    struct interface rows[] = {row("lo", "127.0.0.1", "255.0.0.0"),
                               row("eth0", "192.168.1.7", "255.255.255.0"),
                               row("wlan0", "192.168.1.9", "255.255.255.0")};
    char text[100];
    bool asked[256] = {false};
    struct in_addr address;
    rows[0].loopback = true;
    assert_int_equal(scan_begin(&scan, rows, 3, 1000), 253);
    scan_text(&scan, text, sizeof text);
    assert_string_equal(text, "192.168.1.0/24");
    for (uint64_t now = 1000; !scan_done(&scan); now++)
        while (scan_next(&scan, now, &address)) {
            uint32_t host = ntohl(address.s_addr);
            assert_int_equal(host >> 8, 0xC0A801);
            assert_false(asked[host & 255]);
            asked[host & 255] = true;
        }
    for (int i = 0; i < 256; i++)
        assert_int_equal(asked[i], i != 0 && i != 255 && i != 7);
    assert_int_equal(scan.asked, 253);
    assert_true(scan_deadline(&scan) == UINT64_MAX);
}

static void a_large_one_in_part(void **state)
{
    (void)state;
    struct interface rows[] = {row("eth0", "10.1.6.200", "255.0.0.0")};
    char text[100];
    struct in_addr address;
    assert_int_equal(scan_begin(&scan, rows, 1, 0), 1021);
    scan_text(&scan, text, sizeof text);
    assert_string_equal(text, "10.1.4.0/22");
    while (scan_next(&scan, 3600000, &address))
        assert_int_equal(ntohl(address.s_addr) >> 10, 0x0A010400 >> 10);
}

static void at_a_steady_pace(void **state)
{
    (void)state;
    struct interface rows[] = {row("eth0", "10.1.6.200", "255.255.252.0")};
    struct in_addr address;
    scan_begin(&scan, rows, 1, 5000);
    uint32_t asked = 0;
    uint64_t now = 5000;
    for (; !scan_done(&scan) && now < 60000; now = scan_deadline(&scan)) {
        assert_true(scan_deadline(&scan) <= now + 5);
        while (scan_next(&scan, now, &address))
            asked++;
        assert_true(asked <= (now - 5000) * SCAN_PER_SECOND / 1000 + 1);
    }
    assert_int_equal(asked, 1021);
    /* A pause of a minute is followed by no flood. */
    scan_begin(&scan, rows, 1, 5000);
    scan_next(&scan, 5000, &address);
    for (asked = 0; scan_next(&scan, 65000, &address); asked++)
        ;
    assert_in_range(asked, 1, 20);
    assert_in_range(scan_deadline(&scan), 65000, 65010);
}

static void nowhere_to_ask(void **state)
{
    (void)state;
    struct interface rows[] = {
        row("tun0", "10.8.0.2", "255.255.255.255"), row("ppp0", "10.9.0.2", "255.255.255.0"),
        row("eth0", "10.7.0.2", "255.255.255.254"), row("eth1", "10.7.1.2", "255.255.255.0")};
    rows[1].peer.s_addr = 1;
    rows[3].family = AF_INET6;
    struct in_addr address;
    assert_int_equal(scan_begin(&scan, rows, 4, 0), 0);
    assert_true(scan_done(&scan));
    assert_false(scan_next(&scan, 1000, &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_home_network),
        cmocka_unit_test(a_large_one_in_part),
        cmocka_unit_test(at_a_steady_pace),
        cmocka_unit_test(nowhere_to_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
