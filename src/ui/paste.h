/* Paste: what comes between the two marks of a bracketed paste, gathered to go in at once: its keys are
 * characters again. It knows no terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"

#define PASTE_MAX (LIMIT_TEXT + 8) /* bytes; what is behind them is left out */

/* Empty: all zero. */
struct paste {
    bool open;
    size_t size;
    char text[PASTE_MAX];
};

/* Takes a key as keys.h numbers them; one that types nothing is passed over. */
void paste_key(struct paste *paste, uint32_t key);
