/* Channel: a named conversation, its logs and its clock. */
#pragma once

#include "base/table.h"
#include "core/bodies.h"
#include "core/log.h"
#include "core/receipts.h"

/* What carry.c keeps of a channel that is none of the user's own. */
struct carried {
    struct id asker;        /* the node that asked for it first: it counts against his share */
    uint64_t asked_wall_ms; /* when somebody asked for it last */
    uint64_t bytes;         /* about what is stored of it */
    uint64_t
        again_ms; /* it was let go of though it is asked for: not carried before; 0: it may be */
    uint64_t wait_ms; /* how long that was */
    bool wanted;      /* some linked node asks for it */
    bool begins;      /* from now on */
};

/* What the two of a direct channel have read of each other: reading.c. */
struct reading {
    uint64_t by;            /* the other has read own lines up to there */
    uint64_t said, said_ms; /* up to which line of his he was told; when; 0: not by this process */
    uint64_t seq;           /* up to where it was read */
    struct id tip;
    struct head line; /* his last one, of those that came to this process */
    uint64_t lamport; /* its clock */
};

struct channel {
    struct channel_name
        name; /* empty: it is only carried, and nobody here knows what it is called */
    struct id id;
    bool joined;
    uint8_t
        hops; /* as our JOIN lists it: CARRY_HOPS: joined; less: carried for others; 0: not at all */
    struct carried carried;
    uint64_t lamport; /* the highest adopted (invariant 5) */
    struct log *logs;
    size_t log_count, log_room;
    struct table by_author;
    uint64_t said_from;      /* own head when this process began: what is above was said by it */
    uint64_t own_line;       /* the last line that this process said; 0: none yet */
    bool own_all;            /* all own entries are of this process */
    uint64_t received;       /* the highest own seq that another node has announced to hold */
    uint64_t told_ms;        /* when the user was last told how much is coming; 0: never */
    uint64_t coming;         /* how many lines were last said to be coming */
    uint64_t coming_at_ms;   /* when they are counted again; UINT64_MAX: when more are heard of */
    uint64_t recheck_at_ms;  /* when heads are compared anew, while something is unsettled */
    uint64_t gap_at_ms;      /* when holes are looked at; UINT64_MAX: none is new */
    uint64_t ask_at_ms;      /* the earliest of its logs' ask_at and answer_by */
    bool crowd;              /* large: among many nodes nobody says notes in it ... */
    uint64_t crowd_until_ms; /* ... for so long at least */
    bool held_back;          /* a question waits until its link has answered others */
    bool announce;           /* some log's head moved */
    bool branch_told;        /* that our own log has branches */
    bool digest_known;       /* digest is that of the heads as they are */
    struct digest digest;
    struct receipts receipts; /* who holds how much of our own log */
    struct bodies bodies;     /* what is asked of bodies that are missing */
    bool certified;           /* whose device this node is was said here */
    struct group *group;      /* of a private channel: group.h */
    /* Of a direct channel, else zeros: */
    struct id peer;
    uint8_t shared[32];  /* seal.h */
    struct keycard card; /* the other's newest; version 0: not known */
    bool quiet;          /* taken, and without a window: nothing was said yet, or it was left */
    struct reading reading;
    bool unkept;        /* what is on disk of it is old */
    bool stale;         /* the last line of the other's was sealed to an old key */
    uint8_t asks;       /* since a line of his could be opened */
    uint64_t asked_ms;  /* the last of them; 0: never */
    uint64_t card_said; /* the number of the own card that he was told by that */
    uint64_t again_ms;  /* from when on lines that were sealed again are counted */
    uint32_t again;
};

/* All channels that this node knows, joined or not: one that was left keeps its logs' heads, and one that was
 * carried, until it is let go of. */
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
/* Finds or makes it, not joined; one that had no name has this one from now on. */
struct channel *channel_add(struct channels *channels, const struct channel_name *name,
                            const struct id *network);
/* Makes it the direct channel with that node, without a window. */
void channel_make_direct(struct channel *channel, const struct channel_name *name,
                         const struct id *peer, const uint8_t shared[32]);
bool channel_is_direct(const struct channel *channel);
/* True when who is there is shown: it has a window, and the user was not put out. */
bool channel_shows(const struct channel *channel, const struct id *self);
/* True when the author may write in it, and is there if he is linked. */
bool channel_allows(const struct channel *channel, const struct id *self, const struct id *author);
/* Finds or makes one without a name. */
struct channel *channel_add_id(struct channels *channels, const struct id *id);
/* Forgets it; the last one takes its place. Forgets all that is held of it, and keeps the channel. */
void channel_remove(struct channels *channels, struct channel *channel);
void channel_empty(struct channel *channel, const uint8_t table_key[16]);
/* Marks it joined; false at LIMIT_CHANNELS. */
bool channel_take(struct channels *channels, struct channel *channel);
/* Marks it joined and makes it current if none is; false at LIMIT_CHANNELS. */
bool channel_join(struct channels *channels, struct channel *channel);
/* If it is the current one, another becomes that. */
void channels_move_on(struct channels *channels, const struct channel *channel);
/* Marks it left; another joined one becomes current if it was. */
void channel_leave(struct channels *channels, struct channel *channel);

/* The author's first branch; NULL when there is none. Valid until the next channel_log_add() or
 * channel_branch_add() of this channel. */
struct log *channel_log(struct channel *channel, const struct id *author);
/* The next branch of the same author; NULL past the last. */
struct log *channel_next_branch(struct channel *channel, const struct log *log);

/* Of that number. NULL when there is none. */
struct log *channel_branch(struct channel *channel, const struct id *author, uint32_t branch);
/* A further branch, rootless, with nothing in it; NULL at LIMIT_BRANCHES or LIMIT_LOGS. One of which
 * nothing is held and nobody speaks any more is taken first. */
struct log *channel_branch_add(struct channel *channel, const struct id *of);
/* Where the author's log goes on: of his branches that have a head the highest (by seq, then tip);
 * the first where none has one. NULL when there is none. */
struct log *channel_highest(struct channel *channel, const struct id *author);
/* Finds or makes it; NULL at LIMIT_LOGS. Proved: an entry of the author is at hand, or it is our
 * own; then logs that were only announced, by anybody, make room. */
struct log *channel_log_add(struct channel *channel, const struct id *author, bool proved);
/* Lets go of logs of which nothing is held and nobody holds anything, when the channel is full. */
void channel_sweep(struct channel *channel);
/* Adopts a clock, unless it is adrift: at or above max(2^40, wall time in us since 2020). */
void channel_adopt(struct channel *channel, uint64_t lamport, uint64_t wall_ms);
/* Lines said by this process that no other node has announced to hold. */
uint64_t channel_unreceived(struct channel *channel, const struct id *self);
