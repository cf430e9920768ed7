/* Receipts: which nodes have announced to hold how much of one's own log in a channel (invariant 8). */
#pragma once

#include "base/bytes.h"
#include "core/limits.h"

struct receipt {
    struct id node;
    uint64_t seq;
};

struct receipts {
    struct receipt *list;
    size_t count, room;
};

/* Own entries that are now held by `by` nodes: from..to. */
struct held_range {
    uint64_t from, to;
    uint32_t by;
};

void receipts_release(struct receipts *receipts);
/* The node holds the log up to seq. Fills held with what grew above `from` (entries below are not
 * spoken of), lowest first, room for LIMIT_RECEIPTS; returns how many. At LIMIT_RECEIPTS nodes
 * further ones are not counted. */
size_t receipts_note(struct receipts *receipts, const struct id *node, uint64_t seq, uint64_t from,
                     struct held_range held[LIMIT_RECEIPTS]);
/* Up to which seq the node holds it; 0: nothing is known of it. */
uint64_t receipts_of(const struct receipts *receipts, const struct id *node);
/* True when the node has a place, or may have one of the first `most`. */
bool receipts_has_room(const struct receipts *receipts, const struct id *node, size_t most);
/* How many nodes hold the entry. */
uint32_t receipts_count(const struct receipts *receipts, uint64_t seq);
