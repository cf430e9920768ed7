/* Record: where a node may be reached, said and signed by itself, passed on by others. */
#pragma once

#include "core/face.h"

struct record {
    struct id node;
    uint64_t number;  /* grows: of two records of a node the one with the higher number counts */
    uint32_t lasts_s; /* number is also its wall time in ms when it was made: so long it holds */
    size_t count;     /* 1 to LIMIT_RECORD_ADDRESSES */
    struct bytes addresses[LIMIT_RECORD_ADDRESSES];
    struct signature signature;
    struct bytes whole; /* as it stands in a frame; borrowed, as the addresses are */
};

/* "1.2.3.4:5", "[fd00::1]:5" or "(56 of a-z2-7).onion:5": no name that a resolver must be asked for, and no
 * zone, which means nothing elsewhere. */
bool record_address_ok(struct bytes text);
/* Writes a record of this node, signed. */
void record_write(struct writer *w, const struct identity *self, const struct id *network,
                  uint64_t number, const struct address *addresses, size_t count);
/* Takes the next record; its bounds are looked at, its signature is not. */
bool record_read(struct reader *r, struct record *record);
bool record_verify(const struct record *record, const struct id *network);
/* True while it holds, by this node's own wall clock; one from the future, a day at most, does. */
bool record_holds(const struct record *record, uint64_t wall_ms);
