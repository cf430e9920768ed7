/* Link: one connection to one node, from its first frame to its end, as the core sees it. */
#pragma once

#include "core/channel.h"
#include "core/hello.h"

enum link_state {
    LINK_CONNECTING,  /* dialled, or punched; the shell has not said LINK_OUT yet */
    LINK_AWAITS_0,    /* inbound: HELLO0 is due */
    LINK_AWAITS_1,    /* outbound: HELLO0 is sent */
    LINK_AWAITS_2,    /* inbound: HELLO1 is sent */
    LINK_AWAITS_JOIN, /* who it is is proved; its JOIN makes it up */
    LINK_UP,
};

/* A channel that the node at a link's end has joined, or carries for others. */
struct taken {
    struct id channel;
    uint8_t hops;         /* CARRY_HOPS: its node is a member; less: it only carries it */
    struct digest digest; /* of it, as the last JOIN had it */
    bool compared;        /* BUCKETS of it were sent since that JOIN */
    bool lazy;            /* its queue was full: entries are announced there, not pushed */
};

struct link {
    uint64_t number; /* 0: a free place */
    enum link_state state;
    bool outbound;
    bool punched; /* through two routers: both sides dialled, and it cannot be dialled again */
    struct address address;
    uint64_t deadline_ms; /* until it is up: HELLO_DEADLINE_MS after it began */
    struct hello_terms terms;
    struct bytes hello1; /* inbound: our own HELLO1 as sent, until HELLO2 came; its own */
    /* Since HELLO: */
    struct id node;
    struct process process;
    struct nick nick;
    uint16_t port;      /* where the node listens */
    uint16_t near_port; /* outbound: where it leaves this machine; 0: not known */
    uint32_t generation;
    struct taken *takes; /* its own */
    size_t takes_count;
    /* Since up: */
    uint64_t up_wall_ms, up_ms;
    uint64_t heard_ms;   /* when the last frame came */
    uint64_t suspect_ms; /* the network changed: it ends then, if nothing comes; 0: it is trusted */
    uint64_t ping_at_ms, ping_token, ping_sent_us;
    uint32_t rtt_us;
    uint64_t bytes_in, bytes_out;
    bool heir; /* it takes over from a link that has ended; takes is that one's until its JOIN */
    uint32_t asked;         /* core.c's count of unanswered WANTs */
    uint64_t answered_ms;   /* when it last sent a part of an answer */
    uint64_t doubted_ms;    /* until then it is a doubtful source */
    uint32_t announced;     /* authors it spoke of whom no entry shows */
    uint64_t peers_ms;      /* when a PEERS of it was last taken */
    uint64_t joins_from_ms; /* JOINs are counted from here */
    uint32_t joins;
    bool wants_notes, asked_notes; /* WHO came, or went */
    uint64_t notes_from_ms;        /* NOTEs are counted from here */
    uint32_t notes;
    uint64_t cards_from_ms; /* CARDs and SEEKs are counted from here */
    uint32_t cards;
    uint64_t punches_from_ms; /* PUNCHes likewise */
    uint32_t punches;
    uint64_t holdings_from_ms; /* HELDs likewise */
    uint32_t holdings;
    bool whose;             /* its WHOSE was heard */
    struct quota newcomers; /* lines shown of those who said little yet */
    uint64_t refused;       /* entries and frames that were wrong */
};

#define LINKS_ROOM (LIMIT_LINKS + LIMIT_INBOUND_WAITING)
struct link_table {
    struct link *list; /* grows up to LINKS_ROOM; a link keeps its index */
    size_t room;
    size_t up;
    uint64_t next_number; /* outbound numbers are even */
    uint64_t hello_ms;    /* how long a link may take to come up */
};

void link_table_release(struct link_table *table);
/* NULL when there is none with that number. */
struct link *link_table_find(struct link_table *table, uint64_t number);
/* A new place; NULL when all are taken. Links may move in memory. */
struct link *link_table_add(struct link_table *table, uint64_t number, bool outbound,
                            const struct address *address, uint64_t now_ms);
/* Gives back the places at the end that many who came at once have left. Links may move in memory, so
 * it is for between two steps. */
void link_table_shrink(struct link_table *table);
void link_table_remove(struct link_table *table, struct link *link);
/* The link as it is now: what it owns is copied into the arena. */
struct link link_copy(struct arena *arena, const struct link *link);
/* Makes room for the channels of a JOIN, all zeros, in place of those before. */
void link_take(struct link *link, size_t count);
/* Keeps our HELLO1 until it is forgotten, by an empty one. */
void link_keep_hello1(struct link *link, struct bytes frame);
/* What it takes of the channel; NULL when it does not. */
struct taken *link_taken(const struct link *link, const struct id *channel);
/* The link that is up to this node, other than `except`; NULL when there is none. */
struct link *link_table_to(struct link_table *table, const struct id *node,
                           const struct link *except);
/* True when the node at its end has joined this channel, or carries it. */
bool link_takes(const struct link *link, const struct id *channel);
/* True when the place is taken by a link that is up and whose node has joined this channel, or carries it. */
bool link_hears(const struct link *link, const struct id *channel);
/* True when the node at its end is a member of this channel: it is there, and what it holds is received. */
bool link_has_joined(const struct link *link, const struct id *channel);
/* Of two links to one node and process: true when both ends keep a rather than b. The rule uses
 * what both ends know: first the link that the smaller identity dialled, then the one with the
 * smaller client key. */
bool link_is_better(const struct link *a, const struct link *b, const struct id *self);
/* When something about it is due. */
uint64_t link_deadline(const struct link *link);
