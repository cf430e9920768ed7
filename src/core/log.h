/* Log: one author's entries in one channel, as the core keeps it: not the entries, but up to where
 * it is whole, one verified run above a hole, and who is known to hold more. */
#pragma once

#include "core/event.h"

/* A link that announced more of this log than is held here. */
struct source {
    uint64_t link;
    uint64_t seq;
    struct id tip;
    uint64_t not_before_ms; /* when it may be asked (again) */
    bool doubtful;          /* it left questions unanswered lately: asked when nobody else can be */
};

struct log {
    struct id author;
    uint64_t seq; /* whole from 1 to here; 0: nothing yet */
    struct id tip;
    uint64_t lamport;
    /* One run above a hole: verified, kept and shown, but in no head (invariants 2 and 8). */
    uint64_t above_from, above_to; /* 0: none */
    struct id above_prev, above_tip;
    uint64_t above_first_lamport, above_lamport;
    /* What is known of others; sync.c uses these. */
    struct source sources[LIMIT_SOURCES];
    size_t source_count;
    bool proved;           /* an entry of its author was seen, or it is our own: it is kept */
    uint64_t announced_by; /* the link that spoke of it first, until an entry is held; else 0 */
    uint64_t asked_ms;     /* when */
    uint64_t asked_seq, asked_top; /* the whole part, and the top, when it was asked */
    uint64_t ask_at_ms;            /* when to ask; UINT64_MAX: nothing to ask */
    uint64_t asked_link;           /* who was asked; 0: nobody now */
    uint64_t answer_by_ms;
    bool catching_up; /* what comes by WANT is history, not talk */
    bool announce;    /* the head moved since it was last announced */
};

enum placed {
    PLACED_NEW,      /* some or all of it is new: store and show from *first on */
    PLACED_KNOWN,    /* all of it is held */
    PLACED_CONFLICT, /* it does not fit what is held: another branch */
    PLACED_NO_ROOM,  /* above a second hole: it is asked for later */
};

void log_init(struct log *log, const struct id *author);
/* Takes what the store holds of it. */
void log_load(struct log *log, const struct log_load *load);
/* Places a run (a checked chain with a verified signature) and moves the head. Entries below index
 * *first are held already; of those from it on, log_holds() as it was before says which are new. */
enum placed log_place(struct log *log, const struct run *run, size_t *first);
/* True when the entry with this seq is held. */
bool log_holds(const struct log *log, uint64_t seq);
/* The highest seq held, above the hole or not. */
uint64_t log_top(const struct log *log);
