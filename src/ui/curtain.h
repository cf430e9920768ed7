/* Curtain: what \lock draws over the whole screen, until the passphrase is typed, or any key where there
 * is none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/cells.h"

#define CURTAIN_BYTES 1024 /* of what is typed; more is not taken */

struct curtain {
    bool down;
    bool asks;  /* for the passphrase */
    bool wrong; /* the last one was */
    char typed[CURTAIN_BYTES];
    size_t size;
};

void curtain_drop(struct curtain *curtain, bool asks);
/* A key while it is down. True when it is to rise, or, where it asks, when what is in `typed`, ended by a
 * zero, is to be looked at: then curtain_answer(). */
bool curtain_key(struct curtain *curtain, uint32_t key);
void curtain_answer(struct curtain *curtain, bool right);
/* Paints all of the picture; where the cursor is to stand. */
void curtain_paint(const struct curtain *curtain, struct cell *cells, int width, int height,
                   int *cursor_row, int *cursor_column);
