/* Log: one branch of an author's entries in one channel, as the core keeps it: not the entries, but
 * up to where it is whole, one verified run above a hole, and who is known to hold more. An author
 * has one branch nearly always; channel.h chains those of one author. */
#pragma once

#include "core/event.h"
#include "core/quota.h"

#define LOG_NONE UINT32_MAX

/* A link that announced more of this log than is held here. */
struct source {
    uint64_t link;
    uint64_t seq;
    struct id tip;
    uint64_t not_before_ms; /* when it may be asked (again) */
    uint8_t far;            /* over so many nodes a push from there would come; 0: not known */
    bool doubtful;          /* it left questions unanswered lately: asked when nobody else can be */
    bool
        direct; /* it gave nothing below the run above the hole, which may be another branch's: it is
                    asked for what leads to its own head */
};

/* The end that the branch had after some run. */
struct passed {
    uint64_t seq;
    struct id id;
};

struct log {
    struct id author;
    uint32_t branch, next; /* its number; the index of the author's next branch, LOG_NONE */
    uint64_t base_seq;     /* it begins above this entry, which is on another branch; 0: at seq 1 */
    struct id base;
    uint32_t
        base_branch; /* the branch that the base is on, where somebody had to know; LOG_NONE: not known */
    bool rootless; /* where it begins is not known: nothing of it is whole, seq is 0 */
    bool liar;     /* the author said two things in one place */
    struct nick nick;
    uint64_t seq; /* whole from above the base to here; base_seq: nothing yet */
    struct id tip;
    uint64_t lamport;
    /* One run above a hole: verified, kept and shown, but in no head (invariants 2 and 8). */
    uint64_t above_from, above_to;                /* 0: none */
    struct id above_prev, above_first, above_tip; /* first: zeros when not known */
    uint64_t above_first_lamport, above_lamport;
    /* While a run is in hand that lies over it, and that the store was asked about. */
    bool compared;
    uint64_t same_to; /* up to there the two are the same; 0: nowhere */
    struct passed passed[LIMIT_PASSED];
    size_t passed_next;
    /* What is known of others; sync.c uses these. */
    struct source sources[LIMIT_SOURCES];
    size_t source_count;
    uint64_t late_link, late_by_ms; /* who was asked, and his answer is not waited for any more */
    bool climbing;
    uint64_t probe, probe_step; /* rootless: from where it is asked, and how far down next */
    bool proved;                /* an entry of its author was seen, or it is our own: it is kept */
    uint64_t announced_by; /* the link that spoke of it first, until an entry is held; else 0 */
    uint64_t asked_ms;     /* when */
    uint64_t asked_seq, asked_top; /* the whole part, and the top, when it was asked */
    uint64_t asked_from;           /* the bottom of the run above a hole, then */
    uint64_t asked_first;          /* the first entry that was asked for */
    uint64_t ask_at_ms;            /* when to ask; UINT64_MAX: nothing to ask */
    uint64_t asked_link;           /* who was asked; 0: nobody now */
    uint64_t answer_by_ms;
    uint64_t gap_since_ms;     /* since when there is a hole; 0: none */
    uint64_t gap_told;         /* how many are missing, as last told; 0: nothing was told */
    uint64_t gap_from, gap_to; /* which, then */
    bool gap_hopeless;         /* and that nobody here has them */
    bool catching_up;          /* what comes by WANT is history, not talk */
    bool announce;             /* the head moved since it was last announced */
    bool owed;                 /* ... since it was last said to its author by HELD */
    uint64_t from_link;        /* who pushed the newest of it; 0: it came otherwise */
    uint64_t from_ms;          /* when */
    uint8_t from_hops;         /* over how many nodes */
    uint8_t nearer_far;        /* over so few it would come ... */
    uint64_t nearer_seq;       /* ... by one who was asked to push it, when this came */
    uint8_t lazy[(LIMIT_LINKS + LIMIT_INBOUND_WAITING) / 8]; /* by the link's place: where it is
                                                                announced, not pushed */
    struct quota
        quota; /* of its author's lines that are shown; of an author's branches, the first's */
    bool bare; /* some of its entries came without their bodies: bodies.c */
    uint8_t bare_asked[(LIMIT_LINKS + LIMIT_INBOUND_WAITING) / 8]; /* by the link's place */
};

/* How a run (a checked chain) stands to a branch. */
enum fit {
    FIT_KNOWN,  /* its end is held */
    FIT_ABOVE,  /* it is a part of the run above the hole */
    FIT_JOINS,  /* it carries the whole part or the run above the hole on */
    FIT_SPLITS, /* it carries the whole part on, and contradicts the run above the hole; or the other
                   way round: what is above belongs to another branch */
    FIT_LOOSE,  /* above a hole, where there is nothing yet */
    FIT_FAR,    /* above a second hole */
    FIT_OTHER,  /* it lies beside what is held, or below, where only the store knows */
    FIT_REFUSED, /* its clocks do not grow over the seam: nobody may take it */
};

void log_init(struct log *log, const struct id *author);
/* Takes what the store holds of it, and gives what the store is to hold. */
void log_load(struct log *log, const struct log_load *load);
struct log_load log_save(const struct log *log);
enum fit log_fit(const struct log *log, const struct run *run);
/* Takes in a run that JOINS or is LOOSE. Entries below index *first are held already; of those from
 * it on, log_holds() as it was before says which are new. */
void log_place(struct log *log, const struct run *run, size_t *first);
/* True when the run and what is above the hole lie over each other, and only the store can say how far
 * they are the same: what is known of it, its ends, does not tell. */
bool log_is_unclear(const struct log *log, const struct run *run);
/* The store said so, and it counts until log_forget_same(). */
void log_compare(struct log *log, const struct run *run, uint64_t same_to);
void log_forget_same(struct log *log);
/* The last entry that such a run shares with what is above the hole, where it goes on otherwise; 0: it
 * shares none, or does not leave it. */
uint64_t log_leaves(const struct log *log, const struct run *run);
/* What is above the hole and not above that entry is another branch's: it stands on it. */
void log_trim(struct log *log, const struct entry *base);
/* True when the run ends where the branch's run above the hole begins, or is a part of it: what the
 * run joins owns that, too. */
bool log_leads_to(const struct log *log, const struct run *run);
/* Moves the run above the hole to another branch, which has none. */
void log_hand_over(struct log *log, struct log *other);
/* True when what is above the hole of `high` stands right on what is above that of `low`. */
bool log_stands_on(const struct log *high, const struct log *low);
/* Then that is low's, too. */
void log_join_spans(struct log *low, struct log *high);
/* What is above the hole of `other` lies over what `log` holds, and is the same where it does: it is
 * log's, with what it has above and below that. */
void log_overlay(struct log *log, struct log *other);
/* Moves the run above the hole to another branch, which is new and rootless. */
void log_split(struct log *log, struct log *other);
/* Gives a rootless branch its base; its run above the hole may then be its whole part. */
void log_root(struct log *log, uint64_t base_seq, const struct id *base, uint64_t lamport);
/* The run above the hole may stand right on the tip: then there is no hole. */
void log_close(struct log *log);
/* True when the entry with this seq is held on this branch itself. */
bool log_holds(const struct log *log, uint64_t seq);
/* True when this is, or was lately, an end of its whole part. */
bool log_knows(const struct log *log, uint64_t seq, const struct id *id);
/* The highest seq held, above the hole or not. */
uint64_t log_top(const struct log *log);
/* True when it has a head: something of it is whole. */
bool log_has_head(const struct log *log);
