/* Anew: lines that a machine's core judges anew (AGAIN), a few at a time, with other events in between. */
#pragma once

#include "sim/world.h"

#define PASSES_MOST 256

struct pass { /* through lines of an author, or under an epoch */
    struct id channel, author;
    bool by_epoch;
    uint8_t epoch[ACT_SHORT];
    uint64_t from;  /* above this seq */
    uint64_t above; /* the last that was looked at, of this: */
    size_t log;     /* of the disk; or, by epoch, of the vault's lines */
};

struct passes {
    struct pass list[PASSES_MOST];
    size_t count;
    bool planned;
};

/* An AGAIN is begun; some of its lines go to the core. */
void anew_begin(struct world *world, struct machine *machine, const struct effect *effect);
void anew_goes_on(struct world *world, struct machine *machine);
/* True while lines are gone through. */
bool anew_is_busy(const struct world *world, const struct machine *machine);
