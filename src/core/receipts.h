/* Receipts: which nodes have announced to hold how much of one's own log in a channel (invariant 8). */
#pragma once

#include "base/bytes.h"
#include "core/limits.h"

/* Of a private channel, the node's user may have been let in later than lines were said: he holds them, and cannot read them. */
struct receipt {
    struct id node;
    uint64_t below; /* what is up to there he cannot read; it is no receipt for that */
    uint64_t seq;   /* 0: none yet */
};

/* A step lies at each end of each. */
#define LIMIT_HELD_RANGES (2 * LIMIT_RECEIPTS)

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
 * spoken of), lowest first; returns how many. At LIMIT_RECEIPTS nodes further ones are not counted. */
size_t receipts_note(struct receipts *receipts, const struct id *node, uint64_t seq, uint64_t from,
                     struct held_range held[LIMIT_HELD_RANGES]);
/* What it holds, and will, it cannot read up to `below`; false where there is no place for that. */
bool receipts_hide(struct receipts *receipts, const struct id *node, uint64_t below);
uint64_t receipts_below(const struct receipts *receipts, const struct id *node);
/* True when it is one for that entry. */
bool receipt_reaches(const struct receipt *receipt, uint64_t seq);
/* Up to which seq the node holds it; 0: nothing is known of it. */
uint64_t receipts_of(const struct receipts *receipts, const struct id *node);
/* True when the node has a place, or may have one of the first `most`. */
bool receipts_has_room(const struct receipts *receipts, const struct id *node, size_t most);
/* How many nodes hold the entry. */
uint32_t receipts_count(const struct receipts *receipts, uint64_t seq);
