/* What oracle.c, judge.c and judgedisk.c share. */
#pragma once

#include "sim/ledger.h"
#include "sim/oracle.h"

struct seen { /* by one process */
    uint64_t *bits;
    size_t room;
    uint64_t lamport[WORLD_CHANNELS]; /* the highest shown, adrift ones left out */
    bool was_in[WORLD_CHANNELS];      /* ever */
};

struct busy {
    uint64_t at_us, second_us;
    uint32_t still, ticks;
};

struct oracle {
    struct ledger ledger;
    struct seen seen[WORLD_MACHINES];
    struct busy busy[WORLD_MACHINES];
    struct arena arena;
    uint64_t confirmed;
    size_t effects_most;
    size_t core_new; /* the bytes of a core that knows nothing */
    char verdict[400];
};

/* The channel's number; -1 when it is none of the world's. */
int oracle_channel(const struct world *world, const struct id *channel);
/* True when the machine's user is in the channel now. */
bool oracle_is_in(const struct world *world, const struct machine *machine, int channel);
bool oracle_seen(const struct seen *seen, uint32_t number);
/* All disks of honest nodes: judgedisk.c. */
void oracle_judge_disks(struct world *world);
