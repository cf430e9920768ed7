/* Wrap: a pen that lays a text out in rows of cells: breaks between words, hangs the rows after the
 * first, never writes past a row's end, never takes a grapheme apart that fits in a row. */
#pragma once

#include <stdbool.h>

#include "ui/cells.h"

struct pen {
    struct cell *cells; /* rows from..to-1, each `width` cells, blank before; may be NULL when
                           from == to: then it only measures */
    int width;          /* at least 1 */
    int from, to;       /* the rows that are written */
    int row, column;    /* where it stands; starts at 0, 0 */
    int indent;         /* where the rows after a break begin */
    uint8_t style, colour;
    const uint8_t *marks; /* markup.h's, for each byte of the next text; NULL: none */
    uint8_t mark;         /* of where it stands */

    bool seeks; /* what stands in this place is wanted: `sought` points to it in its text */
    int seek_row, seek_column;
    const char *sought;
};

/* Draws valid UTF-8; a line feed begins a row, a tab goes to the next eighth column. */
void pen_text(struct pen *pen, const char *s, size_t size);
