/* Beacon: "here I am" on every interface. beacon_packet.c has the packet, beacon_hear.c hears it; this sends it.
 *
 * It goes to UDP port 23452: from each IPv4 address to its subnet's broadcast address and to the
 * group 239.255.91.156 (RFC 2365 local scope), from each IPv6 link-local address to the group
 * ff12::f1ca:5b9c (link-local scope, not one that IANA assigns), with a hop limit of 1. Loopback
 * takes part: 127.255.255.255 and the IPv4 group reach every fika on this machine. (Linux has no
 * route for IPv6 multicast on lo.) Switches and access points each swallow some of these, hence all
 * of them; the same packet may be heard several times.
 *
 * Invariants:
 * 1. No call waits. An interface that cannot be sent on is counted (beacon_way) and passed over.
 * 2. A packet is looked at in the order of what it costs: its length, its source, its MAC. Nothing
 *    of it is used before the MAC fits.
 * 3. A call reads at most BEACON_PACKETS_MAX packets, from both sockets in turn, so a flood on one
 *    starves neither the other nor the caller. A forged packet costs 1.4 us of a core, recvfrom
 *    more than the MAC: 35,000 a second take 5 %, and what is not read the kernel drops.
 * 4. A sender with one of this machine's own addresses is given as 127.0.0.1, whichever way its
 *    packet came: so it has one address, and one that no change of network breaks.
 *
 * It refuses what comes from beyond this machine's own links (an IPv4 source in none of its
 * subnets, an IPv6 one that is not link-local): nobody far away may name addresses to dial. */
#include "net/beacon_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/tr.h"
#include "net/address.h"

#define GROUP_IP4 "239.255.91.156"
#define GROUP_IP6 "ff12::f1ca:5b9c"

/* ---- sockets ---- */

static void set_flag(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

static int socket_new(int family)
{
    int fd = socket(family, SOCK_DGRAM, 0);
    if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)) {
        close(fd);
        return -1;
    }
    if (fd >= 0) {
        set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
#if defined(SO_REUSEPORT) && !defined(__linux__)
        set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 1); /* BSD: what Linux does with SO_REUSEADDR */
#endif
    }
    return fd;
}

/* Binds to the port that all share or, where another program keeps it to itself, to any: then this
 * node is heard by others, and they dial. */
static int socket_bind(int fd, struct sockaddr *any, socklen_t size, in_port_t *port)
{
    if (fd < 0 || bind(fd, any, size) == 0) {
        return fd;
    }
    *port = 0;
    if (bind(fd, any, size) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

static int open_ip4(uint16_t port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket_new(AF_INET);
    if (fd >= 0) {
        unsigned char one = 1; /* the BSDs take these two as a byte only, Linux as both */
        set_flag(fd, SOL_SOCKET, SO_BROADCAST, 1);
        set_flag(fd, IPPROTO_IP, IP_TTL, 1);
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &one, sizeof one);
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &one, sizeof one);
#ifdef IP_PKTINFO
        set_flag(fd, IPPROTO_IP, IP_PKTINFO, 1);
#endif
    }
    return socket_bind(fd, (struct sockaddr *)&any, sizeof any, &any.sin_port);
}

static int open_ip6(uint16_t port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket_new(AF_INET6);
    if (fd >= 0) {
        set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set_flag(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1);
        set_flag(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
        set_flag(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
    return socket_bind(fd, (struct sockaddr *)&any, sizeof any, &any.sin6_port);
}

/* ---- interfaces ---- */

/* Joins or leaves the group there. Failures are let pass: the group may be joined already (two
 * addresses of one interface), or the system allows no more, and broadcast carries it. */
static void member(const struct beacon *beacon, const struct interface *row, bool join)
{
    if (row->family == AF_INET && beacon->ip4 >= 0) {
        struct ip_mreq request = {.imr_multiaddr = beacon->group4, .imr_interface = row->address};
        setsockopt(beacon->ip4, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
                   sizeof request);
    } else if (row->family == AF_INET6 && beacon->ip6 >= 0 && interface_is_link_local(row)) {
        struct ipv6_mreq request = {.ipv6mr_multiaddr = beacon->group6,
                                    .ipv6mr_interface = row->index};
        setsockopt(beacon->ip6, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
                   sizeof request);
    }
}

static const struct way *find(const struct way *ways, size_t count, const struct interface *row)
{
    for (size_t i = 0; i < count; i++) {
        if (interface_equal(&ways[i].from, row)) {
            return &ways[i];
        }
    }
    return NULL;
}

/* Reads the interfaces anew; true when they are other than before. What the counters say of the
 * ones that stay is kept. */
static bool refresh(struct beacon *beacon)
{
    struct interface rows[INTERFACES_MAX];
    struct way ways[BEACON_WAYS_MAX];
    size_t count = interfaces_read(rows, INTERFACES_MAX), kept = 0;
    memset(ways, 0, sizeof ways);
    for (size_t i = 0; i < count; i++) {
        const struct way *old = find(beacon->ways, beacon->count, &rows[i]);
        if (old != NULL) {
            ways[i] = *old;
            kept++;
        } else {
            ways[i].from = rows[i];
        }
    }
    if (kept == count && kept == beacon->count) {
        return false;
    }
    for (size_t i = 0; i < beacon->count; i++) {
        if (find(ways, count, &beacon->ways[i].from) == NULL) {
            member(beacon, &beacon->ways[i].from, false);
        }
    }
    for (size_t i = 0; i < count; i++) {
        member(beacon, &ways[i].from, true);
    }
    memcpy(beacon->ways, ways, sizeof ways);
    beacon->count = count;
    return true;
}

/* True while an address is there that could not be sent from yet: IPv6 ones are looked at by their
 * neighbours for a second or two before they may be used. */
static bool is_settling(const struct beacon *beacon)
{
    for (size_t i = 0; i < beacon->count; i++) {
        if (beacon->ways[i].error == EADDRNOTAVAIL && beacon->ways[i].sent == 0) {
            return true;
        }
    }
    return false;
}

void beacon_watch(struct beacon *beacon)
{
    bool spoke = interfaces_spoke(beacon->watch);
    if (spoke && (refresh(beacon) || is_settling(beacon))) {
        beacon->changed = true;
    }
}

/* ---- the beacon ---- */

struct beacon *beacon_open(const uint8_t network_secret[32], const struct beacon_card *self,
                           uint16_t udp_port, struct error *error)
{
    struct beacon *beacon = calloc(1, sizeof *beacon);
    if (beacon == NULL) {
        error_set(error, ERROR_MEMORY, _("beacon"));
        return NULL;
    }
    beacon->self = *self;
    beacon->udp_port = udp_port;
    beacon->key = sodium_malloc(32);
    CHECK(beacon->key != NULL);
    beacon_key(beacon->key, network_secret);
    inet_pton(AF_INET, GROUP_IP4, &beacon->group4);
    inet_pton(AF_INET6, GROUP_IP6, &beacon->group6);
    beacon->ip4 = open_ip4(udp_port);
    int os = errno;
    beacon->ip6 = open_ip6(udp_port);
    beacon->watch = interfaces_watch();
    if (beacon->ip4 < 0 && beacon->ip6 < 0) {
        error_set_os(error, ERROR_SOCKET, "UDP", os);
        beacon_close(beacon);
        return NULL;
    }
    refresh(beacon);
    return beacon;
}

void beacon_close(struct beacon *beacon)
{
    if (beacon == NULL) {
        return;
    }
    const int fds[] = {beacon->ip4, beacon->ip6, beacon->watch};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    sodium_free(beacon->key);
    free(beacon);
}

size_t beacon_poll(struct beacon *beacon, struct pollfd *items)
{
    const int fds[BEACON_POLL_MAX] = {beacon->ip4, beacon->ip6, beacon->watch};
    size_t count = 0;
    for (size_t i = 0; i < BEACON_POLL_MAX; i++) {
        if (fds[i] >= 0) {
            items[count++] = (struct pollfd){.fd = fds[i], .events = POLLIN};
        }
    }
    return count;
}

static bool send_to(struct way *way, int fd, const uint8_t *packet, const void *to, socklen_t size)
{
    if (sendto(fd, packet, BEACON_BYTES, 0, to, size) == BEACON_BYTES) {
        return true;
    }
    way->error = errno;
    return false;
}

static bool send_ip4(const struct beacon *beacon, struct way *way, const uint8_t *packet)
{
    const struct interface *from = &way->from;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(beacon->udp_port)};
    bool sent = false;
    uint32_t hosts = ~ntohl(from->mask.s_addr);
    if ((from->broadcast || from->loopback) && hosts > 1) { /* not in a /31 or /32 */
        to.sin_addr.s_addr = from->address.s_addr | ~from->mask.s_addr;
        sent = send_to(way, beacon->ip4, packet, &to, sizeof to);
    }
    if (from->multicast || from->loopback) {
        to.sin_addr = beacon->group4;
        setsockopt(beacon->ip4, IPPROTO_IP, IP_MULTICAST_IF, &from->address, sizeof from->address);
        sent = send_to(way, beacon->ip4, packet, &to, sizeof to) || sent;
    }
    return sent;
}

static bool send_ip6(const struct beacon *beacon, struct way *way, const uint8_t *packet)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                              .sin6_port = htons(beacon->udp_port),
                              .sin6_addr = beacon->group6,
                              .sin6_scope_id = way->from.index};
    return send_to(way, beacon->ip6, packet, &to, sizeof to);
}

void beacon_send(struct beacon *beacon)
{
    uint8_t packet[BEACON_BYTES], nonce[24];
    randombytes_buf(nonce, sizeof nonce);
    beacon_seal(packet, &beacon->self, beacon->key, nonce);
    beacon_watch(beacon);
    if (beacon->watch < 0 && refresh(beacon)) {
        beacon->changed = true;
    }
    for (size_t i = 0; i < beacon->count; i++) {
        struct way *way = &beacon->ways[i];
        bool four = way->from.family == AF_INET;
        bool use =
            four ? beacon->ip4 >= 0
                 : beacon->ip6 >= 0 && way->from.multicast && interface_is_link_local(&way->from);
        if (!use) {
            continue;
        }
        if (four ? send_ip4(beacon, way, packet) : send_ip6(beacon, way, packet)) {
            way->sent++;
        } else {
            way->failed++;
        }
    }
}

static void send_one(struct beacon *beacon, int fd, const void *to, socklen_t size)
{
    uint8_t packet[BEACON_BYTES], nonce[24];
    if (fd < 0)
        return;
    randombytes_buf(nonce, sizeof nonce);
    beacon_seal(packet, &beacon->self, beacon->key, nonce);
    (void)sendto(fd, packet, sizeof packet, 0, to, size);
}

void beacon_ask(struct beacon *beacon, struct in_addr address)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(beacon->udp_port), .sin_addr = address};
    send_one(beacon, beacon->ip4, &to, sizeof to);
}

void beacon_answer(struct beacon *beacon, const struct address *address)
{
    struct sockaddr_storage to;
    socklen_t size;
    if (!address_to_sockaddr(address, &to, &size))
        return;
    if (to.ss_family == AF_INET)
        ((struct sockaddr_in *)(void *)&to)->sin_port = htons(beacon->udp_port);
    else
        ((struct sockaddr_in6 *)(void *)&to)->sin6_port = htons(beacon->udp_port);
    send_one(beacon, to.ss_family == AF_INET ? beacon->ip4 : beacon->ip6, &to, size);
}

/* ---- what is asked of it ---- */

bool beacon_changed(struct beacon *beacon)
{
    beacon_watch(beacon);
    bool changed = beacon->changed;
    beacon->changed = false;
    return changed;
}

bool beacon_way(const struct beacon *beacon, size_t index, struct beacon_way *way)
{
    if (index >= beacon->count) {
        return false;
    }
    const struct way *from = &beacon->ways[index];
    memset(way, 0, sizeof *way);
    strncpy(way->name, from->from.name, sizeof way->name - 1);
    way->ip6 = from->from.family == AF_INET6;
    way->sent = from->sent;
    way->failed = from->failed;
    way->error = from->error;
    way->heard = from->heard;
    way->loopback = from->from.loopback;
    return true;
}

bool beacon_way_leads(const struct beacon *beacon, size_t index, const struct address *address)
{
    struct sockaddr_storage to;
    socklen_t size;
    return index < beacon->count && address_to_sockaddr(address, &to, &size) &&
           beacon_leads(&beacon->ways[index], &to);
}
