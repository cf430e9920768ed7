/* Eavesdrop: the lies of a node that carries what two others say to each other. */
#pragma once

#include "sim/world.h"

struct entry;

/* One of its lies, as a frame in `room` (LIMIT_FRAME bytes), and what it is; an empty frame: none now. *seq and *tip: its log
 * in their channel. */
struct bytes eavesdrop_lie(struct world *world, const struct machine *machine, uint64_t *seq,
                           struct id *tip, uint8_t *room, const char **what);
/* True when it keeps this frame back, which it should pass on. */
bool eavesdrop_withholds(struct world *world, struct bytes frame);
