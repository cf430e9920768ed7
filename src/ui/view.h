/* View: what the user sees, as data: a window of lines for each channel, where it is scrolled to,
 * what is unread, who is there, the status. It knows no terminal; it paints into cells. */
#pragma once

#include "core/face.h"
#include "ui/cells.h"
#include "ui/label.h"
#include "ui/seen.h"
#include "ui/viewline.h"

#define VIEW_LINES_MAX 2000              /* a window's lines; see window.h which one is let go */
#define VIEW_BYTES_MAX (4 * 1024 * 1024) /* all lines; the fullest window lets one go */

struct view;

/* What stands beside the lines, where there is room. */
enum view_panel { VIEW_CHANNELS, VIEW_MEMBERS, VIEW_PANELS };

/* Whether it does: where there is much room, until the reader decides. */
enum view_wanted { WANTED_AUTO, WANTED_YES, WANTED_NO };

enum view_hit_kind {
    HIT_NOTHING,
    HIT_CHANNEL, /* name: the view wants to go there now */
    HIT_NICK,    /* name: whose nick it is */
    HIT_NEW,     /* the mark of what is new below: the end is shown now */
    HIT_DIVIDER, /* panel: whose edge it is */
};
struct view_hit {
    enum view_hit_kind kind;
    enum view_panel panel;
    char name[LIMIT_CHANNEL + 1];
};

struct view *view_new(void);
void view_free(struct view *view);
/* What the reader wants to be told of, which outlives the view: words that are mentions, channels
 * that are muted. To be called again when it has changed. */
struct heed;
void view_heed(struct view *view, const struct heed *heed);

/* Up to where the channels were seen: to be filled before anything is shown, and kept. */
struct seen *view_seen(struct view *view);

/* Takes in what the node shows; wall_ms is the time of arrival. */
void view_show(struct view *view, const struct show *show, uint64_t wall_ms);
/* A line of the face's own, in the current window. */
void view_note(struct view *view, const char *text, bool error, uint64_t wall_ms);
/* The first minute: where the reader is, and what to type on another machine, stands above the lines
 * until something is said or heard, in place of the node's words about it. */
void view_welcome(struct view *view);
/* Empties the current window's screen; its lines are held on, above that. */
void view_clear(struct view *view);
/* The terminal got or lost the reader's eyes: what comes meanwhile is unread. */
void view_focus(struct view *view, bool here);

/* Something lies over the lines, or no longer: what comes meanwhile is unread. */
void view_cover(struct view *view, bool covered);
/* An error that came while the end was not in sight, "" for none: it is shown in the last row of the
 * lines until the reader goes there. */
const char *view_alert(const struct view *view);

/* Scrolls by pages as last painted, or by rows: above 0 towards older lines. */
void view_scroll(struct view *view, int pages);
void view_scroll_lines(struct view *view, int rows);
/* To the oldest line there is: from what is held to the front of what the store has. */
void view_top(struct view *view);
/* To where the reader left off. False when no line of the current channel is marked so. */
bool view_first_new(struct view *view);
/* To the newest line; new ones are followed again. */
void view_follow(struct view *view);

/* To the n-th channel from 1 on, or by so many channels further, around the ends; to the next one
 * with something unread, mentions first; to the first whose name begins with, or else contains, the
 * part. False when there is none, or it is the current one. The view then wishes to be there:
 * view_wants() hands it out. */
bool view_go(struct view *view, size_t n);
bool view_step(struct view *view, int by);
bool view_next_new(struct view *view);
bool view_find(struct view *view, const char *part);
/* To a place in a channel, which the view wishes to be in, too; its line is marked. False when the
 * channel is none of ours. */
bool view_jump(struct view *view, const struct channel_name *channel, const struct place *place);
/* The reader has seen the mark. */
void view_look_up(struct view *view);
/* True while a change of channel waits to be handed out: what is typed behind it belongs there. */
bool view_wishes(const struct view *view);
/* What a click on this place of the last painting meant; it is done already. */
struct view_hit view_click(struct view *view, int x, int y);
/* The wheel turned by so many rows (above 0: down) at that place: a list there that is longer than the screen is
 * scrolled. False when there is none. */
bool view_wheel(struct view *view, int x, int y, int rows);
/* The nth newest link of the current channel's lines that are held, from 1 on, and the link in that
 * place of the last painting; the text of the nth last line that was said. Tamed; NULL for none;
 * valid until the view changes. */
const char *view_link(const struct view *view, size_t n, size_t *size);
const char *view_link_at(const struct view *view, int x, int y, size_t *size);
const char *view_text(const struct view *view, size_t n, size_t *size);
/* Wishes for older lines, for these to look through. False when there are none, or there is no room for more. */
bool view_reach(struct view *view);
/* True when the oldest line there is is held. */
bool view_is_whole(const struct view *view);
/* The place of that nth last line, or (0) of the last one that another said. False for none, and for
 * one of a classic link. */
bool view_choose(const struct view *view, size_t n, struct place *place);
/* Shows lines as they were typed, without a look for what their signs mean; or with it again. */
void view_plain(struct view *view);
/* Shows what was folded (lines of who is ignored or blocked, or floods), or folds it again. */
void view_unfold(struct view *view);
/* Shows a panel or hides it. Where the window is too narrow it is hidden whatever was wanted. Returns a
 * sentence that says why when it is to be shown and cannot be, else NULL. */
const char *view_toggle(struct view *view, enum view_panel panel);
void view_want(struct view *view, enum view_panel panel, enum view_wanted wanted);
/* How many columns it has, within VIEW_PANEL_LEAST and _MOST; on the screen at most so many that the lines
 * keep room. To be dragged: its edge is to be in that column, as far as that goes. */
#define VIEW_PANEL_LEAST 8
#define VIEW_PANEL_MOST  60
void view_set_columns(struct view *view, enum view_panel panel, int columns);
int view_columns(const struct view *view, enum view_panel panel);
void view_drag(struct view *view, enum view_panel panel, int x);

/* What the view wants of the node: true with a request, a change of channel or a page of stored
 * lines (older or newer ones, those of a jump, or the newest again). Each once; to be called until false, before
 * each painting. */
bool view_wants(struct view *view, struct request *request);
/* The same, of what the reader has seen in a direct channel since it said so last. */
bool view_read(struct view *view, struct request *request);

/* The current channel's name, "" when there is none; the n-th one's from 1 on, NULL past the end. */
const char *view_channel(const struct view *view);
/* As it is shown: a private one with a lock, an open one that has a namesake with a word. */
void view_label(const struct view *view, char out[LABEL_MAX]);
const char *view_channel_at(const struct view *view, size_t n);
/* Lines held, lines unread of a channel, and those of them that name the reader; 0 for an unknown
 * one. */
size_t view_count(const struct view *view, const char *channel);
size_t view_unread(const struct view *view, const char *channel);
size_t view_mentions(const struct view *view, const char *channel);
/* Lines unread of all channels but muted ones, and of them those that name the reader. */
size_t view_unread_all(const struct view *view, size_t *mentions);
/* True when the reader has the end of the channel before his eyes. */
bool view_reads(const struct view *view, const char *channel);
/* True when the text names the reader, or a word that he watches. */
bool view_names(const struct view *view, struct bytes text);
/* True when something changed since the last painting. */
bool view_changed(const struct view *view);

/* Paints width * height cells, row by row: the end of the current window with its panels, and in
 * the last row the status. Both at least 1. */
void view_paint(struct view *view, struct cell *cells, int width, int height);
