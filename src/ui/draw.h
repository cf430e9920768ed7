/* Draw: a picture of cells, brought to the terminal. It keeps what was drawn last, and draws only what
 * differs. */
#pragma once

#include <stdbool.h>

#include "ui/theme.h"

struct draw;

/* After terminal_open(). Without colours where the terminal has none, or NO_COLOR is set. put takes what
 * is written past curses; NULL: curses draws everything. */
struct draw *draw_new(const struct theme *theme, void (*put)(const void *bytes, size_t size));
void draw_free(struct draw *draw);
/* Takes another theme; all is drawn the next time. */
void draw_theme(struct draw *draw, const struct theme *theme);
/* Takes over the size that curses has now; all is drawn the next time. */
void draw_resize(struct draw *draw);
/* The next time the terminal is cleared, and all is drawn. */
void draw_again(struct draw *draw);
/* True when this has a ground of its own on the screen. */
bool draw_has_ground(const struct draw *draw, enum cell_colour colour);
int draw_width(const struct draw *draw);
int draw_height(const struct draw *draw);
/* The picture, row by row, for the caller to fill. */
struct cell *draw_cells(struct draw *draw);
/* Sends what changed since the last time in the rows from `from` on, and leaves the cursor there: a
 * key is not to wait until all of a large picture has been compared. */
void draw_show(struct draw *draw, int from, int cursor_row, int cursor_column);
