/* Sabotage: bugs planted into the shell on purpose, to see that the oracle finds them. */
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
    SABOTAGE_COUNT,
};

/* Its name for the command line. */
const char *sabotage_name(enum sabotage sabotage);
/* False when there is none of that name. */
bool sabotage_named(const char *name, enum sabotage *sabotage);
