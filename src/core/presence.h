/* Presence: who takes a channel, beyond one's own links. A node that is asked to (WHO) says of itself, in
 * a signed note for each channel, that it is there; who hears a note that is new passes it on
 * (PROTOCOL.md section 6.8). Links know of each other by JOIN: between two nodes no note is sent. */
#pragma once

#include "core/wire.h"

/* Somebody of whom a note was heard. */
struct noted {
    struct note note; /* its nick points nowhere: `nick` has it */
    uint8_t nick[LIMIT_NICK];
    uint64_t until_ms;  /* then it has run out, if no newer one came */
    uint64_t via;       /* the link that it came by */
    uint64_t window_ms; /* notes are counted from here ... */
    uint32_t changes;   /* ... so many, since then */
};

struct presence {
    struct noted *list;
    size_t count, room; /* at most LIMIT_NOTES */
    uint64_t number;    /* of our own last note */
    uint64_t own_at_ms; /* when the next is due; UINT64_MAX: nobody wants one */
    uint64_t said_ms;   /* when it was last said to all */
    uint64_t again_ms; /* when it is said once more, since a link was lost; UINT64_MAX: it is not */
    uint64_t next_ms;  /* when something runs out */
};

void presence_init(struct presence *presence);
void presence_release(struct presence *presence);
/* The newest that was heard of this node in the channel, run out or gone as it may be; NULL: none. */
struct noted *presence_find(const struct presence *presence, const struct id *channel,
                            const struct id *node);
/* True when it says that the node is there. */
bool presence_holds(const struct noted *noted, uint64_t now_ms);
/* Its place among the noted: its own, or a free one; NULL when there is no room, which no link fills
 * alone. */
struct noted *presence_place(struct presence *presence, const struct note *note, uint64_t via);
void presence_keep(struct presence *presence, struct noted *noted, const struct note *note,
                   uint64_t via, uint64_t now_ms);
/* Lets go of what has run out. */
void presence_sweep(struct presence *presence, uint64_t now_ms);

void note_sign(struct note *note, const struct id *network, const struct identity *self);
bool note_verify(const struct note *note, const struct id *network);
