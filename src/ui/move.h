/* Moving: from channel to channel, and within one. What keys call of the view. */
#pragma once

#include <stdbool.h>

struct view;

enum move_list { MOVE_CHANNELS, MOVE_MEMBERS };

/* To the nth channel of the list, from 1. */
void view_go(struct view *view, int n);
/* To the next channel (1), or the one before (-1). */
void view_step(struct view *view, int by);
/* To the next channel with something new. */
void view_next_new(struct view *view);
/* To the channel whose name has this in it; false when there is none. */
bool view_find(struct view *view, const char *text);
/* Shows or hides a list at the side. */
void view_toggle(struct view *view, enum move_list which);
/* Scrolls by rows: above 0 towards older lines. */
void view_scroll_lines(struct view *view, int rows);
/* To the oldest line that is here. */
void view_top(struct view *view);
