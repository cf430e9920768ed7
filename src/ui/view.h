/* View: what the user sees, as data: a window of lines for each channel, where it is scrolled to,
 * what is unread, the status. It knows no terminal; it paints into cells. */
#pragma once

#include "core/face.h"
#include "ui/cells.h"

#define VIEW_LINES_MAX 2000              /* a window's lines; see window.h which one is let go */
#define VIEW_BYTES_MAX (4 * 1024 * 1024) /* all lines; the fullest window lets one go */

struct view;

struct view *view_new(void);
void view_free(struct view *view);

/* Takes in what the node shows; wall_ms is the time of arrival. */
void view_show(struct view *view, const struct show *show, uint64_t wall_ms);
/* A line of the face's own, in the current window. */
void view_note(struct view *view, const char *text, bool error, uint64_t wall_ms);
/* Lets the current window's lines go. */
void view_clear(struct view *view);
/* Scrolls by pages as last painted: above 0 towards older lines. */
void view_scroll(struct view *view, int pages);
/* True when the reader came near the top of what the current window holds, or back to an end whose
 * newest lines were let go: then *request asks the node for a page. Once until its SHOW_PAGE came;
 * to be called before each painting. */
bool view_wants_page(struct view *view, struct request *request);
/* To the newest line; new ones are followed again. */
void view_follow(struct view *view);

/* The current channel's name, "" when there is none. */
const char *view_channel(const struct view *view);
/* Lines held and lines unread of a channel; 0 for an unknown one. */
size_t view_count(const struct view *view, const char *channel);
size_t view_unread(const struct view *view, const char *channel);
/* True when something changed since the last painting. */
bool view_changed(const struct view *view);

/* Paints width * height cells, row by row: the end of the current window, and in the last row the
 * status. Both at least 1. */
void view_paint(struct view *view, struct cell *cells, int width, int height);
