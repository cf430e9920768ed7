/* Scan: every address of one's own IPv4 subnets, each once, at a steady pace. */
#pragma once

#include <netinet/in.h>

#include "net/interface.h"

#define SCAN_PER_SECOND 200
#define SCAN_RANGES_MAX 4
#define SCAN_RANGE_BITS 10 /* a /22: of a larger subnet the part around one's own address */

struct scan {
    struct {
        uint32_t first, count, self; /* host order */
        char name[IF_NAMESIZE];
        unsigned bits; /* of the prefix */
    } ranges[SCAN_RANGES_MAX];
    size_t range_count;
    uint32_t total, asked;
    uint64_t began_ms;
    size_t range;
    uint32_t at;
};

/* Plans it: no loopback, no point-to-point interface, no subnet twice, at most SCAN_RANGES_MAX.
 * Returns how many addresses are to be asked. */
uint32_t scan_begin(struct scan *scan, const struct interface *rows, size_t count, uint64_t now_ms);
/* The next address that is due; false when none is, now or (scan_done) any more. */
bool scan_next(struct scan *scan, uint64_t now_ms, struct in_addr *address);
bool scan_done(const struct scan *scan);
/* When the next one is due; UINT64_MAX when it is done. */
uint64_t scan_deadline(const struct scan *scan);
/* "192.168.1.0/24, 10.0.4.0/22" */
void scan_text(const struct scan *scan, char *out, size_t room);
