/* Sabotage: the names. What each does stands where it does it: shell.c, spoil.c and cable.c. */
#include "sim/sabotage.h"

#include <string.h>

static const char *const NAMES[SABOTAGE_COUNT] = {
    [SABOTAGE_NONE] = "none",
    [SABOTAGE_SEND_EARLY] = "send-before-commit",
    [SABOTAGE_HAVE_EARLY] = "have-before-commit",
    [SABOTAGE_DEAF_TO_LOSS] = "deaf-to-loss",
    [SABOTAGE_SKIP_SIGNATURE] = "skip-signature",
    [SABOTAGE_SKIP_PREV] = "skip-prev",
    [SABOTAGE_FORGET_DRAINED] = "forget-drained",
    [SABOTAGE_LYING_DISK] = "lying-disk",
    [SABOTAGE_FORGET_WANT] = "forget-want",
    [SABOTAGE_LATE_OWN] = "late-own",
    [SABOTAGE_LOSE_BRANCH] = "lose-branch",
    [SABOTAGE_STALE_HAVE] = "stale-have",
    [SABOTAGE_NO_SIFT] = "no-sift",
    [SABOTAGE_NO_BODIES] = "no-bodies",
    [SABOTAGE_CARRIER_COUNTS] = "carrier-counts",
    [SABOTAGE_LOSE_KEYS] = "lose-keys",
    [SABOTAGE_OPEN_TALK] = "open-talk",
    [SABOTAGE_PLAIN_ON_DISK] = "plain-on-disk",
    [SABOTAGE_PLAIN_IN_MEMORY] = "plain-in-memory",
    [SABOTAGE_EARLY_CARD] = "early-card",
    [SABOTAGE_OTHER_AGAIN] = "other-again",
    [SABOTAGE_FORGET_REMOVALS] = "forget-removals",
    [SABOTAGE_READ_LEFT_OUT] = "read-left-out",
    [SABOTAGE_STAY_CLOSED] = "stay-closed",
    [SABOTAGE_TELL_REMOVED] = "tell-removed",
};

const char *sabotage_name(enum sabotage sabotage)
{
    return NAMES[sabotage];
}

bool sabotage_named(const char *name, enum sabotage *sabotage)
{
    for (int i = 0; i < SABOTAGE_COUNT; i++)
        if (strcmp(NAMES[i], name) == 0) {
            *sabotage = (enum sabotage)i;
            return true;
        }
    return false;
}
