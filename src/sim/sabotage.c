/* Sabotage: the names. What each does stands where it does it: shell.c and cable.c. */
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
