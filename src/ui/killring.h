/* Kill ring: the last pieces that were cut out of a text, to be put back. */
#pragma once

#include <stddef.h>

#define KILLRING_MAX 10 /* pieces; the oldest is let go */

enum kill { KILL_NEW, KILL_BEHIND, KILL_BEFORE }; /* a piece of its own, or joined to the last */

struct killring {
    struct piece {
        char *text; /* owned */
        size_t size;
    } pieces[KILLRING_MAX];
    size_t count;
    size_t shown; /* how many before the last one is the current one */
};

/* Keeps a piece, which is then the current one. */
void killring_add(struct killring *ring, enum kill how, const char *text, size_t size);
/* The current piece; NULL when nothing was cut yet. */
const struct piece *killring_piece(const struct killring *ring);
/* The one before becomes the current one; behind the oldest comes the last. */
void killring_turn(struct killring *ring);
void killring_clear(struct killring *ring);
