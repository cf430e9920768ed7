/* Sabotage: bugs planted on purpose, to see that the oracle finds them: into the shell, and, by what
 * is changed on its way over the core's boundary, as if into the core. */
#pragma once

#include <stdbool.h>

enum sabotage {
    SABOTAGE_NONE,
    SABOTAGE_SEND_EARLY,     /* what leaves is not committed before */
    SABOTAGE_HAVE_EARLY,     /* only HAVE is not */
    SABOTAGE_DEAF_TO_LOSS,   /* links end and the core is not told */
    SABOTAGE_SKIP_SIGNATURE, /* any signature is taken for a good one */
    SABOTAGE_SKIP_PREV,      /* a run is taken whatever its prev says */
    SABOTAGE_FORGET_DRAINED, /* nothing is said anew after frames were dropped */
    SABOTAGE_LYING_DISK,     /* a commit says yes and does nothing */
    /* As if the core's: */
    SABOTAGE_FORGET_WANT,     /* once a link ended, no question is asked any more */
    SABOTAGE_LATE_OWN,        /* an own line is shown before it is committed */
    SABOTAGE_LOSE_BRANCH,     /* what is beside an author's first branch is not stored */
    SABOTAGE_STALE_HAVE,      /* one more is announced than is held */
    SABOTAGE_NO_SIFT,         /* no base of a branch is ever found */
    SABOTAGE_NO_BODIES,       /* bodies that are missing are not asked for */
    SABOTAGE_CARRIER_COUNTS,  /* who carries a channel says that he is a member */
    SABOTAGE_LOSE_KEYS,       /* own prekeys do not come back at a start */
    SABOTAGE_OPEN_TALK,       /* what is sealed is sent as it reads */
    SABOTAGE_PLAIN_ON_DISK,   /* who carries what two say has it on his disk as it reads */
    SABOTAGE_PLAIN_IN_MEMORY, /* ... in his memory */
    SABOTAGE_EARLY_CARD,      /* an own prekey is given before it is committed */
    SABOTAGE_OTHER_AGAIN,     /* what is sealed again is another line */
    /* Of private channels: */
    SABOTAGE_FORGET_REMOVALS, /* acts that remove do not come back at a start */
    SABOTAGE_READ_LEFT_OUT,   /* what the acts leave out is opened all the same */
    SABOTAGE_STAY_CLOSED,     /* a line that its secret opens later stays closed */
    SABOTAGE_TELL_REMOVED,    /* a new secret is told to those whom it is not for */
    SABOTAGE_COUNT,
};

/* Its name for the command line. */
const char *sabotage_name(enum sabotage sabotage);
/* False when there is none of that name. */
bool sabotage_named(const char *name, enum sabotage *sabotage);
