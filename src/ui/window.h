/* Window: the lines of one channel, their order, where the reader is in them, and what more of them
 * the store has. Part of the view; it knows no cells. */
#pragma once

#include "ui/view.h"
#include "ui/viewline.h"

#define WINDOW_AWAY_MAX 32  /* gaps above or below what is held; the oldest is let go */
#define WINDOW_PAGE     200 /* lines that are asked for at once */

enum page_asked { PAGE_NONE, PAGE_OLDER, PAGE_NEWEST };

struct window {
    char name[LIMIT_CHANNEL + 1];
    struct view_line **lines;
    size_t count, room;
    size_t bytes; /* of the lines */
    size_t unread;
    uint64_t coming; /* lines that others hold and that are on their way */

    bool follows;
    size_t bottom;     /* when it does not follow */
    int hidden;        /* rows of the bottom line below the edge */
    int width, height; /* of the screen, as it was last settled; 0: never */

    struct view_line *away[WINDOW_AWAY_MAX]; /* gaps that stand outside of what is held */
    size_t away_count;

    bool floored; /* from `floor` on nothing of the store is left out; below it something may be */
    struct place floor;
    bool cut;     /* the newest were let go: it does not end at the newest */
    size_t below; /* lines that were let go or not taken since */
    size_t words; /* lines without a clock that came since: they stand at its end */
    bool wishes;  /* the reader came near the top */
    enum page_asked asked;
    bool lost_top; /* since a page was asked for, the oldest line was let go */
};

struct window *window_new(const char *name);
void window_free(struct window *window);
/* Lets all lines go; gaps are kept away when `gaps_stay`. */
void window_empty(struct window *window, bool gaps_stay);

/* Takes the line over and puts it in its place, or frees it: a message that is there already (its
 * held count is taken), or one that is newer than all that a cut window holds. */
void window_add(struct window *window, struct view_line *line, bool stored);
/* Lets one line go, at the end that is farther from the reader. */
void window_let_go(struct window *window);
/* Own lines of seq `from` to `to` are held by so many nodes. */
void window_held(struct window *window, const struct id *own, uint64_t from, uint64_t to,
                 uint64_t by);
/* The author's line with this seq becomes "(taken back)". */
void window_forgotten(struct window *window, const struct id *author, uint64_t seq);
/* Takes over the line of a gap from seq `from` to `to`, instead of those of the same author that
 * overlap it. NULL: that is filled; all of the author's when `to` is 0. */
void window_gap(struct window *window, const struct id *author, uint64_t from, uint64_t to,
                struct view_line *line);

/* True once when lines are to be asked for, with the request. */
bool window_wants(struct window *window, struct request *request);
/* The answer is complete; up: there are older ones. */
void window_paged(struct window *window, bool up);

/* Scrolling, in scroll.c: by rows at this width, on a screen of so many rows. */
void window_scroll(struct window *window, int rows, int width, int height);
void window_follow(struct window *window);
/* Before each painting: after a change of size the top line is where it was, no more rows are hidden
 * than there are, and the screen is full. */
void window_settle(struct window *window, int width, int height);
