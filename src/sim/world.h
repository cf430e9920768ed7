/* World: many nodes, each a real core with a machine of its own around it, one virtual clock, and
 * cables between them. What happens is a heap of flights, taken in the order of (time, order): the
 * same seed gives the same world. */
#pragma once

#include <stdio.h>

#include "base/prng.h"
#include "core/core.h"
#include "sim/disk.h"
#include "sim/sabotage.h"

#define WORLD_MACHINES    48
#define WORLD_CHANNELS    2
#define WORLD_BEGIN_US    1000000ull
#define WORLD_WALL_MS     1790000000000ull /* the wall clock when the world begins */
#define WORLD_CABLES      1024             /* of one machine, at once */
#define QUEUE_SLOW_FRAMES 3                /* what waits for a slow reader */

struct world;
struct oracle;
struct liar;

/* One direction of a cable. */
struct lane {
    uint64_t free_us; /* when what was sent has left */
    uint64_t last_us; /* when the last of it arrives */
    size_t frames, bytes;
    bool owes; /* a frame was dropped: LINK_DRAINED is due when it is empty */
    bool lost; /* what is still under way does not arrive */
};

struct end {
    int machine;
    uint32_t life; /* of the machine's process */
    uint64_t number;
    bool open;
    bool known;  /* the core was told of it */
    bool joined; /* it sent its JOIN */
};

struct cable {
    struct end ends[2];   /* 0: who dialled; 1: who listens */
    struct lane lanes[2]; /* what that end sends */
    struct id client_key;
    uint64_t latency_us;
    bool through;       /* both dialled: the one who is dialled had a number for it before */
    struct cable *next; /* all that were made */
};

enum flight_kind {
    FLY_TICK,
    FLY_FRAME,   /* cable, side: the end that sent it */
    FLY_REACH,   /* cable: the dial reaches the listener */
    FLY_OPEN,    /* cable: encrypted and open, to who dialled */
    FLY_END,     /* cable, side: the end that is gone; why */
    FLY_FOUND,   /* from: whose beacon is heard */
    FLY_SERVE,   /* answers to WANTs */
    FLY_WRITE,   /* the disk is tried again */
    FLY_BOOT,    /* the machine's process starts */
    FLY_CRASH,   /* it ends without a word, if it has not yet */
    FLY_SAY,     /* crowd.c */
    FLY_ROAM,    /* crowd.c */
    FLY_WEATHER, /* weather.c */
    FLY_LIE,     /* liar.c */
    FLY_PAIR,    /* pair.c */
    FLY_AGAIN,   /* anew.c */
    FLY_CIRCLE,  /* circle.c; side: what */
};

struct flight {
    uint64_t at_us, order;
    enum flight_kind kind;
    int machine, from;
    uint32_t life;
    struct cable *cable;
    int side;
    enum link_why why;
    uint8_t *bytes;
    size_t size;
};

struct answer {
    uint64_t link; /* 0: a free place */
    struct want want;
};

struct machine {
    int index;
    char name[16];
    struct core_config config;
    struct core *core; /* NULL: it is down */
    uint32_t life;     /* processes so far */
    struct disk disk;
    struct disk backup; /* of some time before; restore: with it the next process begins */
    bool has_backup, restore;
    uint32_t restored;  /* times that it did */
    struct liar *liar;  /* NULL: honest */
    bool burned;        /* the disk is destroyed: it does not come back */
    bool behind_router; /* nobody can dial it, unless it dials him, too */
    bool homes[WORLD_CHANNELS];
    bool types[WORLD_MACHINES]; /* whose address its user typed */
    bool shuns[WORLD_MACHINES]; /* whom he blocks now */
    /* Clocks: */
    int64_t wall_shift_ms, drift_ppm;
    uint64_t mono_us; /* added to the world's time */
    uint64_t tick_at_us, paused_until_us;
    uint64_t asleep_us; /* of that pause its clock saw nothing */
    /* Faults: */
    uint64_t disk_bad_until_us, slow_until_us;
    uint32_t crash_in; /* effects until it dies; 0: none planned */
    uint64_t down_us;  /* how long it stays down then */
    bool store_failed;
    /* The shell's: */
    struct answer answers[LIMIT_LINKS * LIMIT_ANSWERS];
    size_t answer_count, answer_next;
    bool serve_planned;
    struct query *queries; /* shell.c */
    size_t query_count, query_room;
    bool answering;  /* one of them */
    bool link_ended; /* of this process */
    uint64_t next_number;
    struct cable *cables[WORLD_CABLES];
    size_t cable_count;
    uint64_t
        punches[WORLD_MACHINES]; /* links that it waits for as who is dialled, by who dials; or 0 */
    uint32_t events;             /* in this second, ticks left out; the oracle's */
};

struct plan { /* the command line */
    uint64_t seed;
    uint32_t machines, entries, liars;
    int weather;     /* enum weather */
    uint32_t down_s; /* for so long one of the machines has no link; 0: all is up to the weather */
    enum sabotage sabotage;
    bool pair;   /* two talk alone, too */
    bool circle; /* some talk in a private channel, instead */
    FILE *trace;
};

struct world {
    struct plan plan;
    struct prng prng;
    uint64_t now_us, order;
    struct id network;
    struct channel_name channels[WORLD_CHANNELS];
    struct id channel_ids[WORLD_CHANNELS];
    struct machine machines[WORLD_MACHINES];
    int machine_count;
    bool beacons;         /* all hear each other; else only typed addresses link them */
    bool records;         /* nodes say where they may be reached */
    uint64_t carry_bytes; /* that each keeps for others; 0: none is kept */
    bool grudges;         /* users block one another for a while */
    bool calm;            /* no more faults */
    uint64_t calm_us;     /* when that begins */
    uint64_t blocked_until_us[WORLD_MACHINES][WORLD_MACHINES]; /* from, to */
    uint64_t latency_us[WORLD_MACHINES][WORLD_MACHINES];
    struct flight *flights;
    size_t flight_count, flight_room;
    struct cable *cables;
    struct arena arena;
    struct oracle *oracle;
    struct pair *pair;     /* NULL: there is none */
    struct circle *circle; /* likewise */
    struct vaults *vaults; /* likewise */
    uint64_t said;         /* lines that the crowd said */
    uint64_t digest;       /* of all that happened */
    struct {
        uint64_t steps, frames, bytes, links, crashes, cuts, partitions, pauses, drops, failed,
            restored;
    } count;
};

struct world *world_new(const struct plan *plan);
void world_free(struct world *world);
/* Runs until this time has come. */
void world_run(struct world *world, uint64_t until_us);

uint32_t world_below(struct world *world, uint32_t bound);
/* True so many times of a thousand. */
bool world_chance(struct world *world, uint32_t of_thousand);
/* Between low and high, both included. */
uint64_t world_between(struct world *world, uint64_t low, uint64_t high);
void world_fly(struct world *world, struct flight flight, uint64_t after_us);
uint64_t machine_wall_ms(const struct world *world, const struct machine *machine);

/* Gives the machine's core an event and performs what it asks. */
void machine_step(struct world *world, struct machine *machine, struct event event);
/* Ends its process without a word, to start again after down_us; burn: never. */
void machine_crash(struct world *world, struct machine *machine, uint64_t down_us);
void machine_boot(struct world *world, struct machine *machine);
/* The machine whose identity this is; -1: none. */
int world_whose(const struct world *world, const struct id *node);
