/* Beacon: the packet against a vector made by another implementation (PyNaCl, hashlib) and against
 * everything it must refuse; then real sockets, in a network namespace of this process's own, so
 * that nothing leaves for the machine's networks. Without the right to make one, those tests are
 * skipped. */
#define _GNU_SOURCE /* unshare */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

#include "net/beacon.h"

#define DEADLINE_MS 10000
#define QUIET_MS    200 /* how long to be sure that nothing more comes */

static bool apart; /* we have a namespace of our own, with lo up */

static uint8_t secret[32], other_secret[32], key[32];

/* ---- the packet ---- */

static const char vector_key[] = "24cfb99e0bc1dac73c4957d41ab49d4c8bb46d226de40a6025558cb72b3d5f57";
static const char vector_packet[] =
    "6465666768696a6b6c6d6e6f707172737475767778797a7b596746172d25304eea541b1109e94178165ece6522c4"
    "c00e9501f893a64689271a0beaa93abb4c508daadbed0704f2003e5f431c3bf58be5c22fca87c0";

static struct beacon_card card_of(uint8_t first, uint16_t port)
{
    struct beacon_card card;
    memset(&card, 0, sizeof card);
    for (size_t i = 0; i < sizeof card.node.b; i++) {
        card.node.b[i] = (uint8_t)(first + i);
    }
    for (size_t i = 0; i < sizeof card.process.b; i++) {
        card.process.b[i] = (uint8_t)(first + 32 + i);
    }
    card.port = port;
    return card;
}

static void assert_card(const struct beacon_card *a, const struct beacon_card *b)
{
    assert_memory_equal(a->node.b, b->node.b, sizeof a->node.b);
    assert_memory_equal(a->process.b, b->process.b, sizeof a->process.b);
    assert_int_equal(a->port, b->port);
}

static void count_up(uint8_t *to, size_t size, uint8_t first)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(first + i);
    }
}

static void the_packet_is_the_vector(void **state)
{
    (void)state;
    struct beacon_card card = card_of(32, 23452), read;
    uint8_t nonce[24], packet[BEACON_BYTES], wanted[BEACON_BYTES], wanted_key[32];
    count_up(nonce, sizeof nonce, 100);
    assert_true(hex_read(wanted_key, sizeof wanted_key, vector_key));
    assert_true(hex_read(wanted, sizeof wanted, vector_packet));
    assert_memory_equal(key, wanted_key, sizeof key);
    beacon_seal(packet, &card, key, nonce);
    assert_memory_equal(packet, wanted, sizeof packet);
    assert_true(beacon_unseal(&read, wanted, sizeof wanted, key));
    assert_card(&read, &card);
}

static void a_changed_bit_is_refused(void **state)
{
    (void)state;
    uint8_t packet[BEACON_BYTES];
    struct beacon_card read, before;
    memset(&read, 0xAA, sizeof read);
    memcpy(&before, &read, sizeof read);
    assert_true(hex_read(packet, sizeof packet, vector_packet));
    for (size_t bit = 0; bit < 8 * sizeof packet; bit++) {
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(beacon_unseal(&read, packet, sizeof packet, key));
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_memory_equal(&read, &before, sizeof read);
    assert_true(beacon_unseal(&read, packet, sizeof packet, key));
}

static void another_length_is_refused(void **state)
{
    (void)state;
    uint8_t packet[2 * BEACON_BYTES] = {0};
    struct beacon_card read;
    assert_true(hex_read(packet, BEACON_BYTES, vector_packet));
    for (size_t size = 0; size <= sizeof packet; size++) {
        assert_int_equal(beacon_unseal(&read, packet, size, key), size == BEACON_BYTES);
    }
}

static void another_network_is_refused(void **state)
{
    (void)state;
    uint8_t packet[BEACON_BYTES], other[32];
    struct beacon_card read;
    assert_true(hex_read(packet, sizeof packet, vector_packet));
    beacon_key(other, other_secret);
    assert_false(beacon_unseal(&read, packet, sizeof packet, other));
    /* The secret itself is no key: each use has its own. */
    assert_false(beacon_unseal(&read, packet, sizeof packet, secret));
}

/* Seals any plain bytes as a holder of the secret could. */
static void seal_raw(uint8_t packet[BEACON_BYTES], uint8_t version, uint16_t port, uint16_t zero)
{
    uint8_t plain[45] = {version, (uint8_t)port, (uint8_t)(port >> 8), (uint8_t)zero,
                         (uint8_t)(zero >> 8)};
    randombytes_buf(packet, 24);
    crypto_aead_xchacha20poly1305_ietf_encrypt(packet + 24, NULL, plain, sizeof plain, NULL, 0,
                                               NULL, packet, key);
}

static void what_a_holder_of_the_secret_may_not_say(void **state)
{
    (void)state;
    uint8_t packet[BEACON_BYTES];
    struct beacon_card read;
    seal_raw(packet, 1, 65535, 0);
    assert_true(beacon_unseal(&read, packet, sizeof packet, key));
    assert_int_equal(read.port, 65535);
    seal_raw(packet, 0, 1, 0);
    assert_false(beacon_unseal(&read, packet, sizeof packet, key));
    seal_raw(packet, 2, 1, 0);
    assert_false(beacon_unseal(&read, packet, sizeof packet, key));
    seal_raw(packet, 1, 0, 0);
    assert_false(beacon_unseal(&read, packet, sizeof packet, key));
    seal_raw(packet, 1, 1, 1);
    assert_false(beacon_unseal(&read, packet, sizeof packet, key));
    seal_raw(packet, 1, 1, 0x8000);
    assert_false(beacon_unseal(&read, packet, sizeof packet, key));
}

/* ---- sockets ---- */

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool lo_is_up(bool up)
{
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool done = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    done = done && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

static bool leave_the_machines_networks(void)
{
#ifdef __linux__
    return (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
           lo_is_up(true);
#else
    return false;
#endif
}

static void need_apart(void)
{
    if (!apart) {
        print_message("skipped: no right to make a network namespace here\n");
        skip();
    }
}

/* Waits for one of the beacon's sockets; false when nothing came in time. */
static bool wait_for(struct beacon *beacon, int timeout_ms)
{
    struct pollfd items[BEACON_POLL_MAX];
    size_t count = beacon_poll(beacon, items);
    assert_true(count >= 1 && count <= BEACON_POLL_MAX);
    return poll(items, count, timeout_ms) > 0;
}

/* The next beacon heard within timeout_ms. */
static bool hear(struct beacon *beacon, struct address *address, struct beacon_card *card,
                 int timeout_ms)
{
    uint64_t end = now_ms() + (uint64_t)timeout_ms;
    while (!beacon_next(beacon, address, card)) {
        uint64_t now = now_ms();
        if (now >= end) {
            return false;
        }
        wait_for(beacon, (int)(end - now));
    }
    return true;
}

static struct beacon *open_as(const uint8_t network[32], const struct beacon_card *card,
                              uint16_t udp_port)
{
    struct error error;
    struct beacon *beacon = beacon_open(network, card, udp_port, &error);
    assert_non_null(beacon);
    return beacon;
}

static void all_on_one_machine_hear_each_other_on_loopback(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card cards[3] = {card_of(1, 1001), card_of(2, 1002), card_of(3, 1003)}, heard;
    struct beacon *beacons[3];
    struct address address;
    for (int i = 0; i < 3; i++) {
        beacons[i] = open_as(secret, &cards[i], BEACON_PORT);
    }
    beacon_send(beacons[1]);
    for (int i = 0; i < 3; i += 2) {
        assert_true(hear(beacons[i], &address, &heard, DEADLINE_MS));
        assert_card(&heard, &cards[1]);
        assert_string_equal(address.text, "127.0.0.1:1002");
    }
    assert_false(hear(beacons[1], &address, &heard, QUIET_MS)); /* not itself */
    for (int i = 0; i < 3; i++) {
        beacon_close(beacons[i]);
    }
}

static void one_machine_on_two_identical_processes_is_heard(void **state)
{
    (void)state;
    need_apart();
    /* The same identity started twice: only the process number differs, and that is enough. */
    struct beacon_card a = card_of(1, 1001), b = card_of(1, 1001), heard;
    b.process.b[0] ^= 1;
    struct beacon *one = open_as(secret, &a, BEACON_PORT), *two = open_as(secret, &b, BEACON_PORT);
    struct address address;
    beacon_send(two);
    assert_true(hear(one, &address, &heard, DEADLINE_MS));
    assert_card(&heard, &b);
    beacon_close(one);
    beacon_close(two);
}

static void another_network_is_not_heard(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001), b = card_of(2, 1002), heard;
    struct beacon *one = open_as(secret, &a, BEACON_PORT);
    struct beacon *two = open_as(other_secret, &b, BEACON_PORT);
    struct address address;
    beacon_send(two);
    assert_false(hear(one, &address, &heard, QUIET_MS));
    beacon_close(one);
    beacon_close(two);
}

static void throw_at(int fd, uint32_t ip, const void *packet, size_t size)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(BEACON_PORT)};
    to.sin_addr.s_addr = htonl(ip);
    assert_int_equal(sendto(fd, packet, size, 0, (struct sockaddr *)&to, sizeof to), size);
}

static void garbage_is_passed_over_in_bounded_bites(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001), b = card_of(2, 1002), heard;
    struct beacon *one = open_as(secret, &a, BEACON_PORT);
    struct address address;
    uint8_t packet[1400], nonce[24] = {1};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    for (size_t i = 0; i < 2 * BEACON_PACKETS_MAX; i++) {
        randombytes_buf(packet, sizeof packet);
        size_t size = i % 3 == 0 ? BEACON_BYTES : i % 3 == 1 ? 0 : sizeof packet;
        throw_at(fd, INADDR_LOOPBACK, packet, size);
    }
    beacon_seal(packet, &b, key, nonce);
    throw_at(fd, INADDR_LOOPBACK, packet, BEACON_BYTES);
    assert_false(beacon_next(one, &address, &heard)); /* 64 read, and it comes up for air */
    assert_true(wait_for(one, 0));
    assert_false(beacon_next(one, &address, &heard));
    assert_true(beacon_next(one, &address, &heard));
    assert_card(&heard, &b);
    assert_false(wait_for(one, 0));
    close(fd);
    beacon_close(one);
}

static void a_flood_of_good_beacons_is_bounded_too(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001), b = card_of(2, 1002), heard;
    struct beacon *one = open_as(secret, &a, BEACON_PORT);
    struct address address;
    uint8_t packet[BEACON_BYTES], nonce[24] = {1};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), count = 0;
    beacon_seal(packet, &b, key, nonce);
    for (size_t i = 0; i < BEACON_PACKETS_MAX + 10; i++) {
        throw_at(fd, INADDR_LOOPBACK, packet, BEACON_BYTES);
    }
    while (beacon_next(one, &address, &heard)) {
        count++;
    }
    assert_int_equal(count, BEACON_PACKETS_MAX);
    while (beacon_next(one, &address, &heard)) {
        count++;
    }
    assert_int_equal(count, BEACON_PACKETS_MAX + 10);
    close(fd);
    beacon_close(one);
}

/* Sends a UDP packet that claims to come from `source`. */
static bool forge(uint32_t source, const uint8_t packet[BEACON_BYTES])
{
    struct {
        struct iphdr ip;
        struct udphdr udp;
        uint8_t body[BEACON_BYTES];
    } __attribute__((packed)) all;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    memset(&all, 0, sizeof all);
    all.ip.version = 4;
    all.ip.ihl = 5;
    all.ip.ttl = 1;
    all.ip.protocol = IPPROTO_UDP;
    all.ip.saddr = htonl(source);
    all.ip.daddr = to.sin_addr.s_addr;
    all.udp.source = htons(4);
    all.udp.dest = htons(BEACON_PORT);
    all.udp.len = htons(sizeof all.udp + sizeof all.body);
    memcpy(all.body, packet, sizeof all.body);
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    bool sent = fd >= 0 && sendto(fd, &all, sizeof all, 0, (struct sockaddr *)&to, sizeof to) ==
                               (ssize_t)sizeof all;
    if (fd >= 0) {
        close(fd);
    }
    return sent;
}

static void a_sender_from_beyond_ones_own_links_is_refused(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001), b = card_of(2, 1002), heard;
    struct beacon *one = open_as(secret, &a, BEACON_PORT);
    struct address address;
    uint8_t packet[BEACON_BYTES], nonce[24] = {1};
    beacon_seal(packet, &b, key, nonce);
    assert_true(forge(0x0A010203, packet)); /* 10.1.2.3 */
    assert_true(wait_for(one, DEADLINE_MS));
    assert_false(beacon_next(one, &address, &heard));
    assert_true(forge(0x7F010203, packet)); /* 127.1.2.3: the same way, but ours */
    assert_true(hear(one, &address, &heard, DEADLINE_MS));
    assert_string_equal(address.text, "127.0.0.1:1002");
    beacon_close(one);
}

static void a_port_that_another_program_keeps_leaves_sending(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(BEACON_PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    struct beacon *one = open_as(secret, &a, BEACON_PORT);
    uint8_t packet[200];
    struct pollfd item = {.fd = fd, .events = POLLIN};
    struct beacon_card heard;
    beacon_send(one);
    assert_int_equal(poll(&item, 1, DEADLINE_MS), 1);
    assert_int_equal(recv(fd, packet, sizeof packet, 0), BEACON_BYTES);
    assert_true(beacon_unseal(&heard, packet, BEACON_BYTES, key));
    close(fd);
    beacon_close(one);
}

static void no_two_beacons_are_the_same_bytes(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001);
    struct beacon *one = open_as(secret, &a, 999);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(999)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;
    uint8_t packets[2][BEACON_BYTES];
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    for (int i = 0; i < 2; i++) {
        struct pollfd item = {.fd = fd, .events = POLLIN};
        uint8_t rest[BEACON_BYTES];
        beacon_send(one);
        assert_int_equal(poll(&item, 1, DEADLINE_MS), 1);
        assert_int_equal(recv(fd, packets[i], BEACON_BYTES, 0), BEACON_BYTES);
        while (recv(fd, rest, sizeof rest, MSG_DONTWAIT) > 0) {
            assert_memory_equal(rest, packets[i], sizeof rest); /* one beacon, by several ways */
        }
    }
    for (size_t at = 0; at + 4 <= BEACON_BYTES; at++) {
        assert_memory_not_equal(packets[0] + at, packets[1] + at, 4);
    }
    close(fd);
    beacon_close(one);
}

static void a_change_of_interfaces_is_told_once(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001), b = card_of(2, 1002), heard;
    struct beacon *one = open_as(secret, &a, BEACON_PORT), *two = open_as(secret, &b, BEACON_PORT);
    struct beacon_way way;
    struct address address;
    assert_false(beacon_changed(one));
    assert_true(beacon_way(one, 0, &way));
    assert_string_equal(way.name, "lo");
    assert_true(lo_is_up(false));
    assert_true(wait_for(one, DEADLINE_MS));
    assert_true(beacon_changed(one));
    assert_false(beacon_changed(one));
    assert_false(beacon_way(one, 0, &way));
    beacon_send(one); /* nowhere to send is no error */
    assert_true(lo_is_up(true));
    assert_true(wait_for(one, DEADLINE_MS));
    assert_true(beacon_changed(one));
    beacon_send(one);
    assert_true(hear(two, &address, &heard, DEADLINE_MS)); /* the group was joined again */
    assert_card(&heard, &a);
    assert_true(beacon_way(one, 0, &way));
    assert_int_equal(way.sent, 1);
    assert_int_equal(way.failed, 0);
    assert_false(wait_for(one, 0) && beacon_changed(one));
    beacon_close(one);
    beacon_close(two);
}

static bool find_way(const struct beacon *beacon, const char *name, bool ip6,
                     struct beacon_way *way)
{
    for (size_t i = 0; beacon_way(beacon, i, way); i++) {
        if (strcmp(way->name, name) == 0 && way->ip6 == ip6) {
            return true;
        }
    }
    return false;
}

static void an_address_that_settles_late_is_sent_from_as_soon_as_it_can_be(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001), b = card_of(2, 1002), heard;
    struct beacon *one = open_as(secret, &a, BEACON_PORT), *two = open_as(secret, &b, BEACON_PORT);
    struct beacon_way way;
    struct address address;
    if (system("ip link add fa0 type veth peer name fa1 2>&1 &&"
               "ip link set fa0 up && ip link set fa1 up") != 0) {
        beacon_close(one);
        beacon_close(two);
        print_message("skipped: no veth pairs here\n");
        skip();
    }
    uint64_t end = now_ms() + DEADLINE_MS;
    bool refused = false, sent = false;
    while (!sent && now_ms() < end) {
        wait_for(one, (int)(end - now_ms()));
        if (beacon_changed(one)) {
            beacon_send(one);
        }
        if (find_way(one, "fa0", true, &way)) {
            refused = refused || way.failed > 0;
            sent = way.sent > 0;
        }
    }
    assert_true(sent);
    if (refused) { /* and it was counted, without harm to lo */
        assert_int_equal(way.error, EADDRNOTAVAIL);
    }
    assert_true(find_way(one, "lo", false, &way));
    assert_true(way.sent > 0 && way.failed == 0);
    /* One machine, whichever way it went: over lo, and over the pair from both its ends. */
    int ways = 0;
    for (; hear(two, &address, &heard, ways == 0 ? DEADLINE_MS : QUIET_MS); ways++) {
        assert_string_equal(address.text, "127.0.0.1:1001");
    }
    assert_true(ways >= 3);
    assert_int_equal(system("ip link del fa0"), 0);
    beacon_close(one);
    beacon_close(two);
}

static void an_address_that_beacons_do_not_use_is_a_change_too(void **state)
{
    (void)state;
    need_apart();
    struct beacon_card a = card_of(1, 1001);
    struct beacon *one = open_as(secret, &a, BEACON_PORT);
    if (system("ip addr add 2001:db8::1/128 dev lo 2>&1") != 0) {
        beacon_close(one);
        print_message("skipped: addresses cannot be changed here\n");
        skip();
    }
    assert_true(wait_for(one, DEADLINE_MS));
    assert_true(beacon_changed(one));
    assert_int_equal(system("ip addr del 2001:db8::1/128 dev lo"), 0);
    assert_true(wait_for(one, DEADLINE_MS));
    assert_true(beacon_changed(one));
    assert_false(beacon_changed(one));
    beacon_close(one);
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    count_up(secret, sizeof secret, 0);
    count_up(other_secret, sizeof other_secret, 1);
    beacon_key(key, secret);
    apart = leave_the_machines_networks();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_packet_is_the_vector),
        cmocka_unit_test(a_changed_bit_is_refused),
        cmocka_unit_test(another_length_is_refused),
        cmocka_unit_test(another_network_is_refused),
        cmocka_unit_test(what_a_holder_of_the_secret_may_not_say),
        cmocka_unit_test(all_on_one_machine_hear_each_other_on_loopback),
        cmocka_unit_test(one_machine_on_two_identical_processes_is_heard),
        cmocka_unit_test(another_network_is_not_heard),
        cmocka_unit_test(garbage_is_passed_over_in_bounded_bites),
        cmocka_unit_test(a_flood_of_good_beacons_is_bounded_too),
        cmocka_unit_test(a_sender_from_beyond_ones_own_links_is_refused),
        cmocka_unit_test(a_port_that_another_program_keeps_leaves_sending),
        cmocka_unit_test(no_two_beacons_are_the_same_bytes),
        cmocka_unit_test(a_change_of_interfaces_is_told_once),
        cmocka_unit_test(an_address_that_beacons_do_not_use_is_a_change_too),
        cmocka_unit_test(an_address_that_settles_late_is_sent_from_as_soon_as_it_can_be),
    };
    return cmocka_run_group_tests_name("beacon", tests, NULL, NULL);
}
