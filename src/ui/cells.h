/* Cells: the screen form of a text, the parts of it that every terminal draws alike. Layout counts
 * by it and painting draws it, so what is measured is what is drawn. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CELL_BYTES 20 /* a base and four marks, the most that curses takes */
#define CELLS_MAX  16 /* of one grapheme */
#define CELLS_TAB  8  /* columns from one tab stop to the next, counted from where a text begins */

enum cell_style {
    STYLE_PLAIN = 0,
    STYLE_DIM = 1,
    STYLE_BOLD = 2,
    STYLE_REVERSE = 4,
    STYLE_ITALIC = 8,
    STYLE_UNDERLINE = 16,
    STYLE_ALL = 31,
};

/* What a cell is, for the theme to give a colour: from COLOUR_NICK on one for each of the palette. */
enum cell_colour {
    COLOUR_NONE,
    COLOUR_ERROR,
    COLOUR_NEW,     /* the line where the reader left off, and what is unread */
    COLOUR_MENTION, /* what names the reader */
    COLOUR_LINK,
    COLOUR_CODE,
    COLOUR_STATUS,
    COLOUR_LIST, /* channels and members beside the lines */
    COLOUR_QR,   /* the squares of a QR code, and its ground */
    COLOUR_NICK,
};

/* One place on the screen: what stands there in UTF-8 (no end mark) and how many columns it takes.
 * The second column of a wide one is a cell of its own with columns 0. */
struct cell {
    char text[CELL_BYTES];
    uint8_t size;
    uint8_t columns;
    uint8_t style;
    uint8_t colour;
};

/* The cells (each of 1 or 2 columns) of the grapheme at the start of s; *count may be 0. Returns
 * the bytes it took: a whole grapheme, or its beginning where it has more than CELLS_MAX; 0 only
 * when size is 0. A control character gives U+FFFD. */
size_t cells_of(const char *s, size_t size, struct cell cells[CELLS_MAX], size_t *count);
/* Columns of a whole string in its screen form. */
int cells_columns(const char *s, size_t size);
/* Makes `count` cells blank. */
void cells_blank(struct cell *cells, size_t count, uint8_t style);
/* Draws s into a row of `width` cells from `column` on, as many whole graphemes as fit; returns the
 * column behind them. */
int cells_draw(struct cell *row, int width, int column, const char *s, size_t size, uint8_t style,
               uint8_t colour);
/* Puts one cell at `column` of a row, with its second column when it is wide; the caller has seen
 * that it fits. */
void cells_put(struct cell *row, int column, const struct cell *cell);
