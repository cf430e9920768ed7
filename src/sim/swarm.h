/* Swarm: very many cores and one virtual clock, for what only shows among many: how entries spread, and
 * how the links mend when half of the nodes die. Beside world.h it has no weather, no liars and no
 * disks of its own: one pool holds every entry once, and a node's disk is how far it holds each log. */
#pragma once

#include "base/prng.h"
#include "base/table.h"
#include "core/core.h"

#define SWARM_LEAST   100 /* nodes */
#define SWARM_AUTHORS 16  /* of the nodes so many speak */
#define SWARM_ROOMS   8   /* small channels ... */
#define SWARM_ROOM    5   /* ... of so many members each */
#define SWARM_LOGS    (SWARM_AUTHORS + SWARM_ROOMS * SWARM_ROOM)

struct swarm_plan {
    uint64_t seed;
    uint32_t nodes;
    bool never_prune; /* a bug, planted: no LAZY arrives */
    bool rooms;       /* some nodes are in small channels, too (swarm_rooms.c) */
};

/* Runs one swarm and says what it measured, as TAP; true when all held. */
bool swarm_run(const struct swarm_plan *plan);

/* ---- inside: swarm.c has time and cables, swarm_shell.c a node's machine ---- */

struct wire; /* a cable */

struct hand { /* a link, as a node's machine holds it */
    uint64_t number;
    struct wire *wire;
    int side;
};

struct swarm_want {
    uint64_t link;
    struct want want;
};

struct held { /* of one author's log */
    uint32_t whole, span_from, span_to;
};

struct swarm_node {
    struct core *core; /* NULL: dead, or not born */
    struct core_config config;
    uint64_t tick_at_us, next_number;
    struct hand *hands;
    size_t hand_count, hand_room;
    struct swarm_want *wants;
    size_t want_count, want_room;
    bool serves; /* an answer is on its way */
    struct held held[SWARM_LOGS];
    uint8_t room; /* the small channel that it is in, and 1; 0: none */
    struct id room_id;
    uint8_t *hops; /* by entry: over how many links it came first; 255: it did not */
};

/* What was said, once for all nodes. */
struct pooled {
    struct entry entry;
    struct signature signature;
    bool is_signed;
    uint32_t number; /* over all authors */
    uint64_t said_us;
};

struct pool {
    struct pooled **at; /* by seq - 1 */
    uint32_t count, room;
};

struct swarm_count {
    uint64_t steps, frames, copies, delivered, pushed, asked, kinds[32];
    uint64_t by_mates; /* lines of a small channel that a member sent to another first */
    uint32_t hops_most;
};

struct swarm {
    struct swarm_plan plan;
    struct prng prng;
    uint64_t now_us, order;
    struct id network, channel_id;
    struct channel_name channel;
    struct swarm_node *nodes;
    uint32_t node_count;
    struct pool pools[SWARM_LOGS];
    uint32_t pool_count, said;
    struct table authors;
    struct spark *heap;
    size_t heap_count, heap_room;
    struct arena arena;
    struct swarm_count count;
};

enum spark_kind {
    SPARK_TICK,
    SPARK_FRAME,
    SPARK_REACH,
    SPARK_OPEN,
    SPARK_END,
    SPARK_SERVE,
    SPARK_BOOT
};

/* Something that will happen. */
struct spark {
    uint64_t at_us, order;
    enum spark_kind kind;
    uint32_t node;
    struct wire *wire;
    uint8_t *bytes;
    uint32_t size;
    uint8_t side; /* of the wire: who sent it */
    uint8_t why;
};

/* Makes the nodes, who start in the first seconds; ends all of it. */
void swarm_new(struct swarm *swarm, const struct swarm_plan *plan);
void swarm_release(struct swarm *swarm);
struct channel_name swarm_room(unsigned room);
/* The last rows of a run: small channels among the nodes. */
bool swarm_rooms(const struct swarm_plan *plan, bool (*say)(bool good, const char *what));
/* The nodes to which this one has a link; room for as many as there are. */
size_t swarm_linked(const struct swarm *swarm, uint32_t node, uint32_t *out);

/* The longest of the shortest ways from the first node that lives to another, in links. */
uint32_t swarm_across(const struct swarm *swarm);
void swarm_spark(struct swarm *swarm, struct spark spark, uint64_t after_us);
void swarm_until(struct swarm *swarm, uint64_t until_us);
void swarm_step(struct swarm *swarm, uint32_t node, struct event event);
struct address swarm_address(uint32_t node, unsigned port);

/* The node's process ends: by a crash, which its peers see at once, or silently, with its machine. */
void swarm_kill(struct swarm *swarm, uint32_t node, bool silently);
void swarm_dial(struct swarm *swarm, uint32_t node, uint64_t link, const struct address *address);
void swarm_send(struct swarm *swarm, uint32_t node, uint64_t link, struct bytes frame);
void swarm_hang_up(struct swarm *swarm, uint32_t node, uint64_t link);

void swarm_boot(struct swarm *swarm, uint32_t node);
void swarm_perform(struct swarm *swarm, uint32_t node);
void swarm_serve(struct swarm *swarm, uint32_t node);
/* Says a line, in the large channel or in this one; returns its number. */
uint32_t swarm_say(struct swarm *swarm, uint32_t node, const struct channel_name *channel);
/* An ENTRY arrives: counts it. True when its signature holds. */
bool swarm_arrives(struct swarm *swarm, uint32_t from, uint32_t to, struct bytes frame);
