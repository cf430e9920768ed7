/* What window.c (lines in order, within bounds) and stretch.c (those that are asked of the store) share. Nobody
 * else includes this. */
#pragma once

#include "ui/window.h"

/* Puts a line, which is the window's then, before the one at `at`. */
void window_insert(struct window *window, size_t at, struct view_line *line);
/* Takes a line out; it is the caller's then. */
struct view_line *window_take_out(struct window *window, size_t at);
/* What was taken out: freed, or put away when it is of a gap. */
void window_dispose(struct window *window, struct view_line *line);
/* The first ordered message; NULL for none. */
const struct view_line *window_first(const struct window *window);
/* Lets a line go where there is one too many. */
void window_keep_bound(struct window *window);

/* The newest page takes the place of what is held; the words of meanwhile stay behind it. */
void window_renew(struct window *window);
/* What a jump leads to takes the place of all: the words between lines have no place there. */
void window_begin_anew(struct window *window);
