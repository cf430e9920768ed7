/* Circle: a private channel in the simulator (--private): n0 makes it, lets some in and removes some in mid-talk; some
 * leave, some come again, one is away all the time and back; one never is in it. What each may hold is known here. */
#pragma once

#include "sim/vault.h"

#define CIRCLE_CANARY "canary "

/* What was said in it, by whose core or hand. */
struct uttered {
    struct id id;
    int author;
    uint8_t kind;             /* of the entry */
    bool honest;              /* an honest core made it */
    uint64_t number;          /* of its canary; 0: none */
    uint8_t epoch[ACT_SHORT]; /* SEALED: under which it is */
    uint8_t says;             /* ... of which kind it is inside ... */
    const struct blob *body;  /* ... and what it says; NULL: nothing that can be opened */
};

/* An epoch, with all who may know its secret. */
struct known_epoch {
    struct act act; /* rows in a blob */
    bool has_secret;
    uint8_t secret[32];
    uint64_t may; /* which machines, a bit each; found when acts have come */
};

struct circle {
    struct prng prng;
    struct id channel;
    bool made;
    int away; /* -1: nobody is */
    uint64_t said;
    int *speakers; /* by number of a canary - 1 */
    size_t speaker_room;
    struct uttered *uttered;
    size_t uttered_count, uttered_room;
    struct act *acts; /* all that were ever made; without rows */
    size_t act_count, act_room;
    struct known_epoch *epochs;
    size_t epoch_count, epoch_room;
    bool stale;                           /* `may` is to be found anew */
    uint8_t filter[8192];                 /* which two bytes a secret may begin with, a bit each */
    struct show rows[WORLD_MACHINES * 2]; /* the answer to the ROLES that is asked for now */
    size_t row_count;
    uint64_t opened; /* lines, by all */
    struct lied {    /* by hand, by whom: */
        struct entry last;
        struct id act;
        uint32_t forks;
    } lied[WORLD_MACHINES];
};

/* Called for every world, whether there is one or not. */
void circle_begin(struct world *world);
void circle_free(struct world *world);
/* The next thing that somebody does. */
void circle_acts(struct world *world, struct machine *machine, int what);
/* Its next line has this number. */
uint64_t circle_number(struct world *world, const struct machine *machine);
/* The calm has begun: who is invited joins. */
void circle_returns(struct world *world);
/* A process begins: what is random, and which channels it has. */
void circle_start(struct world *world, struct machine *machine);
/* True when this is none of the channels that all may be in. */
bool circle_is(const struct world *world, const struct id *channel);
/* True when its user takes the private channel. */
bool circle_takes(const struct world *world, const struct machine *machine);

/* watch.c: what a machine does, as it does it. */
/* STORE and FILL in a sealed channel; OPENED and KEY; a show; a frame that leaves. */
void circle_stored(struct world *world, struct machine *machine, const struct effect *effect);
void circle_opened(struct world *world, struct machine *machine, const struct effect *effect);
void circle_key(struct world *world, const struct machine *machine, const struct effect *effect);
void circle_shown(struct world *world, struct machine *machine, const struct show *show);
void circle_sent(struct world *world, const struct machine *machine, struct bytes frame);
/* Now and then a machine's memory is looked through. */
void circle_stepped(struct world *world, const struct machine *machine);
void circle_look_into(struct world *world, const struct machine *machine);
/* A liar made this by hand: line, unless NULL, is what it says, sealed; secret: an epoch's. */
void circle_lied(struct world *world, const struct machine *machine, const struct entry *entry,
                 const struct entry *line, const uint8_t *secret);
const struct uttered *circle_uttered(const struct circle *circle, const struct id *id);
/* The epoch of that name; NULL: nobody made it. */
struct known_epoch *circle_epoch(struct circle *circle, const uint8_t name[ACT_SHORT]);
/* Who may know its secret: a bit for each machine. */
uint64_t circle_may(struct world *world, struct known_epoch *epoch);

/* verdict.c: what must be so in the end. */
/* True when what one has the body of all have, who take it. */
bool circle_is_whole(struct world *world);
/* True when those who may read all that they hold can. */
bool circle_reads(struct world *world);
void circle_judge(struct world *world);
