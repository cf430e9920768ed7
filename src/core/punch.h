/* Punch: a link between two nodes that no dial brings together, since a router stands before each.
 * Both dial at one moment, from ports that they told each other by way of a third node, which is linked
 * to both (PROTOCOL.md section 6.11): each one's first packet opens its router for the other's. */
#pragma once

#include "core/wire.h"

enum punched_state {
    PUNCHED_IDLE,
    PUNCHED_ASKED,  /* ASK went out */
    PUNCHED_READY,  /* READY went out; a moment later it dials */
    PUNCHED_DIALS,  /* by `link` */
    PUNCHED_LINKED, /* likewise */
};

/* A node with which this is tried, or was. */
struct punched {
    struct id node;
    enum punched_state state;
    uint64_t
        at_ms; /* IDLE: of the next try, UINT64_MAX for none; ASKED: of its end; READY: when it dials */
    uint64_t link;
    uint64_t via;           /* the link by which it was asked */
    uint64_t asked;         /* the number of our last ASK to it */
    uint64_t heard;         /* and of its last to us: what is not above is a replay */
    uint64_t use_ms;        /* when it was last of use: the oldest gives way to another */
    uint16_t port;          /* ours */
    bool worked;            /* it was linked, and is not known to be gone */
    uint8_t fails;          /* since it last worked, or since the network changed */
    struct address address; /* where it is, by the word of the node in the middle */
};

struct punches {
    struct punched *list; /* grows up to LIMIT_PUNCHED */
    size_t count, room;
    bool off;         /* nothing is punched: no discovery, or all goes through a proxy */
    uint64_t look_ms; /* when it is looked at whom there is */
    uint64_t number;  /* of our own last ASK */
    uint32_t left;    /* tries that may be begun: a bucket */
    uint64_t bucket_ms;
};

void punch_sign(struct punch *punch, const struct id *network, const struct identity *self);
bool punch_verify(const struct punch *punch, const struct id *network);
