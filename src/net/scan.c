/* Scan: what \scan asks, when. It sends nothing itself.
 *
 * 1. It stays inside the subnets that this machine is in, and in at most a /22 of each.
 * 2. By a moment t after its begin it has asked for no more than t seconds' worth of
 *    SCAN_PER_SECOND, however long the pauses between two calls.
 * 3. The network's own address, its broadcast address and one's own are left out. */
#include "net/scan.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BURST 10 /* at most so many at once after a pause */

static bool is_planned(const struct scan *scan, uint32_t first)
{
    for (size_t i = 0; i < scan->range_count; i++)
        if (scan->ranges[i].first == first)
            return true;
    return false;
}

uint32_t scan_begin(struct scan *scan, const struct interface *rows, size_t count, uint64_t now_ms)
{
    memset(scan, 0, sizeof *scan);
    scan->began_ms = now_ms;
    for (size_t i = 0; i < count && scan->range_count < SCAN_RANGES_MAX; i++) {
        const struct interface *row = &rows[i];
        uint32_t mask = ntohl(row->mask.s_addr), self = ntohl(row->address.s_addr);
        if (row->family != AF_INET || row->loopback || row->peer.s_addr != 0 || !row->broadcast)
            continue;
        if (~mask >= 1u << SCAN_RANGE_BITS)
            mask = ~((1u << SCAN_RANGE_BITS) - 1);
        if (~mask < 3 || is_planned(scan, self & mask))
            continue;
        size_t at = scan->range_count++;
        scan->ranges[at].first = self & mask;
        scan->ranges[at].count = ~mask + 1;
        scan->ranges[at].self = self;
        memcpy(scan->ranges[at].name, row->name, sizeof row->name);
        for (uint32_t left = mask; left != 0; left <<= 1)
            scan->ranges[at].bits++;
        scan->total += ~mask + 1 - 3;
    }
    return scan->total;
}

bool scan_done(const struct scan *scan)
{
    return scan->range >= scan->range_count;
}

bool scan_next(struct scan *scan, uint64_t now_ms, struct in_addr *address)
{
    uint64_t due = (now_ms - scan->began_ms) * SCAN_PER_SECOND / 1000;
    if (due > scan->asked + BURST) /* a pause is not made good for: that would be a flood */
        scan->began_ms = now_ms - (uint64_t)(scan->asked + BURST) * 1000 / SCAN_PER_SECOND;
    while (!scan_done(scan) && scan->asked <= due) {
        uint32_t at = ++scan->at, first = scan->ranges[scan->range].first;
        uint32_t self = scan->ranges[scan->range].self;
        if (at + 1 >= scan->ranges[scan->range].count) {
            scan->range++;
            scan->at = 0;
        } else if (first + at != self) {
            address->s_addr = htonl(first + at);
            scan->asked++;
            return true;
        }
    }
    return false;
}

uint64_t scan_deadline(const struct scan *scan)
{
    if (scan_done(scan))
        return UINT64_MAX;
    return scan->began_ms + (uint64_t)scan->asked * 1000 / SCAN_PER_SECOND;
}

void scan_text(const struct scan *scan, char *out, size_t room)
{
    size_t size = 0;
    out[0] = 0;
    for (size_t i = 0; i < scan->range_count && size < room; i++) {
        struct in_addr first = {htonl(scan->ranges[i].first)};
        char text[INET_ADDRSTRLEN] = "";
        inet_ntop(AF_INET, &first, text, sizeof text);
        size += (size_t)snprintf(out + size, room - size, "%s%s/%u", i > 0 ? ", " : "", text,
                                 scan->ranges[i].bits);
    }
}
