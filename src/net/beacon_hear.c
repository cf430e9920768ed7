/* Beacon's ears: what comes in at its sockets, where from, and whose it is. The invariants stand in beacon.c. */
#include "net/beacon_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "net/address.h"

enum source { SOURCE_ELSEWHERE, SOURCE_LINK, SOURCE_OWN };

static enum source source_ip4(const struct beacon *beacon, struct in_addr address)
{
    enum source source = SOURCE_ELSEWHERE;
    for (size_t i = 0; i < beacon->count; i++) {
        const struct interface *row = &beacon->ways[i].from;
        if (row->family != AF_INET) {
            continue;
        }
        if (row->address.s_addr == address.s_addr) {
            return SOURCE_OWN;
        }
        if (((row->address.s_addr ^ address.s_addr) & row->mask.s_addr) == 0 ||
            (row->peer.s_addr != 0 && row->peer.s_addr == address.s_addr)) {
            source = row->loopback ? SOURCE_OWN : SOURCE_LINK;
        }
    }
    return source;
}

/* Two interfaces of one machine may be on one wire: then its own address comes in with the zone of
 * the other. Addresses that were drawn or made from a MAC belong to one machine only; those that
 * people choose (fe80::1) belong to as many as like them, and count on their own interface alone.
 */
static bool is_own_ip6(const struct interface *row, const struct sockaddr_in6 *from)
{
    static const uint8_t chosen[4] = {0};
    return row->family == AF_INET6 &&
           memcmp(&row->address6, &from->sin6_addr, sizeof row->address6) == 0 &&
           (row->index == from->sin6_scope_id ||
            memcmp(&row->address6.s6_addr[8], chosen, sizeof chosen) != 0);
}

static enum source source_ip6(const struct beacon *beacon, const struct sockaddr_in6 *from)
{
    if (!IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr)) {
        return SOURCE_ELSEWHERE;
    }
    for (size_t i = 0; i < beacon->count; i++) {
        if (is_own_ip6(&beacon->ways[i].from, from)) {
            return SOURCE_OWN;
        }
    }
    return SOURCE_LINK;
}

static enum source source_of(const struct beacon *beacon, const struct sockaddr_storage *from)
{
    if (from->ss_family == AF_INET) {
        return source_ip4(beacon, ((const struct sockaddr_in *)(const void *)from)->sin_addr);
    }
    return source_ip6(beacon, (const void *)from);
}

static bool is_own_ip4(const struct beacon *beacon, struct in_addr address)
{
    for (size_t i = 0; i < beacon->count; i++)
        if (beacon->ways[i].from.family == AF_INET &&
            beacon->ways[i].from.address.s_addr == address.s_addr)
            return true;
    return false;
}

/* Was it sent to one of this machine's addresses, rather than to all? (Where the system does not say:
 * no.) */
static bool came_alone(const struct beacon *beacon, struct msghdr *message)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
#ifdef IP_PKTINFO
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof info);
            return is_own_ip4(beacon, info.ipi_addr);
        }
#endif
        if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
            struct in6_addr to; /* what RFC 3542 has first in struct in6_pktinfo */
            memcpy(&to, CMSG_DATA(at), sizeof to);
            return !IN6_IS_ADDR_MULTICAST(&to);
        }
    }
    return false;
}

/* One packet from either socket, the one whose turn it is first; its size in *size (one too many
 * stands for all that are too long). False when both are empty. */
static bool receive(struct beacon *beacon, uint8_t packet[BEACON_BYTES + 1], ssize_t *size,
                    struct sockaddr_storage *from)
{
    for (int i = 0; i < 2; i++) {
        int fd = beacon->ip6_turn ? beacon->ip6 : beacon->ip4;
        beacon->ip6_turn = !beacon->ip6_turn;
        union {
            struct cmsghdr align;
            uint8_t bytes[256];
        } control;
        struct iovec part = {.iov_base = packet, .iov_len = BEACON_BYTES + 1};
        struct msghdr message = {.msg_name = from,
                                 .msg_namelen = sizeof *from,
                                 .msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        if (fd < 0) {
            continue;
        }
        memset(from, 0, sizeof *from);
        *size = recvmsg(fd, &message, 0);
        beacon->alone = *size >= 0 && came_alone(beacon, &message);
        if (*size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
            return true;
        }
    }
    return false;
}

bool beacon_leads(const struct way *way, const struct sockaddr_storage *to)
{
    if (way->from.family != to->ss_family || way->from.loopback)
        return false;
    if (to->ss_family == AF_INET) {
        uint32_t other = ((const struct sockaddr_in *)(const void *)to)->sin_addr.s_addr;
        return other != way->from.address.s_addr &&
               (((way->from.address.s_addr ^ other) & way->from.mask.s_addr) == 0 ||
                (way->from.peer.s_addr != 0 && way->from.peer.s_addr == other));
    }
    const struct sockaddr_in6 *six = (const void *)to;
    return interface_is_link_local(&way->from) && IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr) &&
           way->from.index == six->sin6_scope_id;
}

static void count_heard(struct beacon *beacon, const struct sockaddr_storage *from)
{
    for (size_t i = 0; i < beacon->count; i++)
        if (beacon_leads(&beacon->ways[i], from))
            beacon->ways[i].heard++;
}

static bool take(const struct beacon *beacon, const uint8_t *packet, ssize_t size,
                 const struct sockaddr_storage *from, struct address *address,
                 struct beacon_card *card)
{
    if (size != BEACON_BYTES) {
        return false;
    }
    enum source source = source_of(beacon, from);
    if (source == SOURCE_ELSEWHERE || !beacon_unseal(card, packet, (size_t)size, beacon->key) ||
        memcmp(card->process.b, beacon->self.process.b, sizeof card->process.b) == 0) {
        return false;
    }
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return address_from_sockaddr(
        address, source == SOURCE_OWN ? (const void *)&local : (const void *)from, card->port);
}

bool beacon_next(struct beacon *beacon, struct address *address, struct beacon_card *card)
{
    uint8_t packet[BEACON_BYTES + 1];
    struct sockaddr_storage from;
    ssize_t size;
    beacon_watch(beacon);
    while (beacon->packets < BEACON_PACKETS_MAX && receive(beacon, packet, &size, &from)) {
        beacon->packets++;
        beacon->total++;
        if (take(beacon, packet, size, &from, address, card)) {
            if (source_of(beacon, &from) == SOURCE_LINK && !beacon->alone) {
                count_heard(beacon, &from);
            }
            return true;
        }
    }
    beacon->packets = 0;
    return false;
}

bool beacon_was_alone(const struct beacon *beacon)
{
    return beacon->alone;
}

uint64_t beacon_packets(const struct beacon *beacon)
{
    return beacon->total;
}
