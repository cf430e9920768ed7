/* Field: the rows at the foot of the screen in which a text that is typed is shown, with its prompt
 * in front and a cursor in it. It breaks between graphemes, and scrolls when there are more rows
 * than it may have. */
#pragma once

#include "ui/cells.h"
#include "ui/edit.h"

struct field {
    int width, start, indent; /* as laid out last: where the first row begins, and the others */
    int top;                  /* the first row that is shown */
};

struct spot {
    int row, column;
};

/* Lays the text out for `width` columns and returns how many rows it wants, at most `most`. */
int field_rows(struct field *field, const struct edit *edit, const char *prompt, int width,
               int most);
/* Draws `rows` rows of `width` cells; returns where the cursor is in them. */
struct spot field_paint(struct field *field, const struct edit *edit, const char *prompt,
                        struct cell *cells, int width, int rows);
/* The column where byte `at` stands, as laid out last. */
int field_column(const struct field *field, const struct edit *edit, size_t at);
/* Puts the cursor a row up (-1) or down (1), as laid out last; false when there is none. */
bool field_move(const struct field *field, struct edit *edit, int by);
