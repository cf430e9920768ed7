/* Channel: a named conversation, its logs and its clock. */
#pragma once

#include "base/table.h"
#include "core/log.h"
#include "core/receipts.h"

struct channel {
    struct channel_name name;
    struct id id;
    bool joined;
    uint64_t lamport; /* the highest adopted (invariant 5) */
    struct log *logs;
    size_t log_count, log_room;
    struct table by_author;
    uint64_t said_from;       /* own head when this process began: what is above was said by it */
    uint64_t received;        /* the highest own seq that another node has announced to hold */
    uint64_t told_ms;         /* when the user was last told how much is coming; 0: never */
    uint64_t ask_at_ms;       /* the earliest of its logs' ask_at and answer_by */
    bool held_back;           /* a question waits until its link has answered others */
    bool announce;            /* some log's head moved */
    struct receipts receipts; /* who holds how much of our own log */
};

/* All channels that this node knows, joined or not: one that was left keeps its logs' heads. */
struct channels {
    struct channel *list;
    size_t count, room;
    size_t joined;
    struct channel_name current; /* where lines go; empty: nowhere */
    uint8_t table_key[16];
};

void channels_init(struct channels *channels, const uint8_t table_key[16]);
void channels_release(struct channels *channels);
/* NULL when there is none such. */
struct channel *channel_by_name(struct channels *channels, const char *name);
struct channel *channel_by_id(struct channels *channels, const struct id *id);
/* Finds or makes it, not joined. */
struct channel *channel_add(struct channels *channels, const struct channel_name *name,
                            const struct id *network);
/* Marks it joined and makes it current if none is; false at LIMIT_CHANNELS. */
bool channel_join(struct channels *channels, struct channel *channel);
/* Marks it left; another joined one becomes current if it was. */
void channel_leave(struct channels *channels, struct channel *channel);

/* The author's log; NULL when there is none. Valid until the next channel_log_add() of this
 * channel. */
struct log *channel_log(struct channel *channel, const struct id *author);
/* Finds or makes it; NULL at LIMIT_LOGS. Proved: an entry of the author is at hand, or it is our
 * own; then logs that were only announced, by anybody, make room. */
struct log *channel_log_add(struct channel *channel, const struct id *author, bool proved);
/* Lets go of logs of which nothing is held and nobody holds anything, when the channel is full. */
void channel_sweep(struct channel *channel);
/* Adopts a clock, unless it is adrift: at or above max(2^40, wall time in us since 2020). */
void channel_adopt(struct channel *channel, uint64_t lamport, uint64_t wall_ms);
/* Lines said by this process that no other node has announced to hold. */
uint64_t channel_unreceived(const struct channel *channel, const struct id *self);
