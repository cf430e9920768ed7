/* Interface: one call of getifaddrs, turned into rows that can be compared and copied.
 *
 * Only interfaces that are up and have a carrier count, so a cable plugged in or a wireless network
 * joined is a row that appears. Rows are filled from zero: two reads of an unchanged machine are
 * equal in every member. */
#include "net/interface.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#endif

#define READS_MAX 64

static bool fill(struct interface *row, const struct ifaddrs *from)
{
    unsigned up = IFF_UP | IFF_RUNNING;
    if (from->ifa_addr == NULL || (from->ifa_flags & up) != up) {
        return false;
    }
    memset(row, 0, sizeof *row);
    row->family = from->ifa_addr->sa_family;
    if (row->family == AF_INET) {
        memcpy(&row->address, &((const struct sockaddr_in *)(const void *)from->ifa_addr)->sin_addr,
               sizeof row->address);
        if (from->ifa_netmask != NULL) {
            const struct sockaddr_in *mask = (const void *)from->ifa_netmask;
            row->mask = mask->sin_addr;
        }
        if ((from->ifa_flags & IFF_POINTOPOINT) != 0 && from->ifa_dstaddr != NULL) {
            const struct sockaddr_in *peer = (const void *)from->ifa_dstaddr;
            row->peer = peer->sin_addr;
        }
    } else if (row->family == AF_INET6) {
        const struct sockaddr_in6 *address = (const void *)from->ifa_addr;
        row->address6 = address->sin6_addr;
    } else {
        return false;
    }
    strncpy(row->name, from->ifa_name, sizeof row->name - 1);
    row->index = if_nametoindex(from->ifa_name);
    row->loopback = (from->ifa_flags & IFF_LOOPBACK) != 0;
    row->multicast = (from->ifa_flags & IFF_MULTICAST) != 0;
    row->broadcast = (from->ifa_flags & IFF_BROADCAST) != 0;
    return row->index != 0; /* 0: it went away between the two calls */
}

size_t interfaces_read(struct interface *rows, size_t room)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) {
        return 0;
    }
    size_t count = 0;
    for (const struct ifaddrs *at = all; at != NULL && count < room; at = at->ifa_next) {
        if (fill(&rows[count], at)) {
            count++;
        }
    }
    freeifaddrs(all);
    return count;
}

int interfaces_watch(void)
{
#ifdef __linux__
    struct sockaddr_nl local = {.nl_family = AF_NETLINK,
                                .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&local, sizeof local) != 0) {
        close(fd);
        return -1;
    }
    return fd;
#else
    return -1;
#endif
}

bool interfaces_spoke(int watch)
{
    uint8_t skipped[8192];
    bool spoke = false;
    for (int i = 0; watch >= 0 && i < READS_MAX; i++) {
        ssize_t size = recv(watch, skipped, sizeof skipped, 0);
        if (size < 0 && errno != ENOBUFS) { /* ENOBUFS: it said more than was listened to */
            break;
        }
        spoke = true;
    }
    return spoke;
}

bool interface_equal(const struct interface *a, const struct interface *b)
{
    return a->index == b->index && a->family == b->family && a->loopback == b->loopback &&
           a->multicast == b->multicast && a->broadcast == b->broadcast &&
           a->address.s_addr == b->address.s_addr && a->mask.s_addr == b->mask.s_addr &&
           a->peer.s_addr == b->peer.s_addr && strcmp(a->name, b->name) == 0 &&
           memcmp(&a->address6, &b->address6, sizeof a->address6) == 0;
}

struct sockaddr_storage interface_sockaddr(const struct interface *row)
{
    struct sockaddr_storage out = {0};
    if (row->family == AF_INET) {
        struct sockaddr_in *in = (void *)&out;
        in->sin_family = AF_INET;
        in->sin_addr = row->address;
    } else {
        struct sockaddr_in6 *in6 = (void *)&out;
        in6->sin6_family = AF_INET6;
        in6->sin6_addr = row->address6;
        in6->sin6_scope_id = interface_is_link_local(row) ? row->index : 0;
    }
    return out;
}

bool interface_is_link_local(const struct interface *row)
{
    if (row->family == AF_INET) {
        return ntohl(row->address.s_addr) >> 16 == 0xA9FE;
    }
    return IN6_IS_ADDR_LINKLOCAL(&row->address6);
}
