/* Brush: what changed on the screen, as bytes that go to the terminal in one write, on terminals that
 * are alike enough: nearly all. Curses looks at the whole screen again for each letter, and writes a
 * line in several pieces. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRUSH_PAIRS 64

struct brush;

/* After newterm(), in a UTF-8 locale; NULL where the terminal is another kind: curses draws there.
 * put takes what is to be written. */
struct brush *brush_new(void (*put)(const void *bytes, size_t size));
void brush_free(struct brush *brush);
/* Colours are numbers of the terminal's, or THEME_DEFAULT; pair 0 is the text's. */
void brush_pair(struct brush *brush, int pair, int front, int back);
/* Curses has drawn, and left the cursor there. */
void brush_take_over(struct brush *brush, int row, int column);
/* Draws something of so many columns there, in styles of cells.h. */
void brush_put(struct brush *brush, int row, int column, const char *text, size_t size, int columns,
               uint8_t style, int pair);
/* True when it can empty rows, and those that come into the screen from below are empty. */
bool brush_empties(const struct brush *brush);
/* Empties a row from a column on. */
void brush_empty(struct brush *brush, int row, int column);
/* Moves the rows from..to up, the first `by` of them out of the screen; height is the screen's. */
void brush_scroll(struct brush *brush, int from, int to, int by, int height);
/* Leaves the cursor there, and writes all of it. */
void brush_end(struct brush *brush, int row, int column);
