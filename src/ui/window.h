/* Window: the lines of one channel, their order, where the reader is in them, and what more of them
 * the store has. Part of the view; it knows no cells. */
#pragma once

#include "ui/fold.h"
#include "ui/roster.h"
#include "ui/sketch.h"
#include "ui/view.h"
#include "ui/viewline.h"

#define WINDOW_AWAY_MAX 32  /* gaps above or below what is held; the oldest is let go */
#define WINDOW_PAGE     200 /* lines that are asked for at once */

/* PLACE: from the target of a jump on, in place of all that is held. */
enum page_asked { PAGE_NONE, PAGE_OLDER, PAGE_NEWER, PAGE_NEWEST, PAGE_PLACE };

/* Who floods, and the line that says how much of it was folded. */
#define WINDOW_FLOODS_MAX 8 /* at the bound the oldest is let go: its line stays */
struct window_flood {
    struct id author;
    uint64_t count;
    bool calm;
};

struct window {
    const char *names;         /* what is a mention, one a line; the view's */
    struct sketches *sketches; /* the view's, too; NULL: lines are drawn anew each time */
    char name[LIMIT_CHANNEL + 1];
    struct view_line **lines;
    size_t count, room;
    size_t bytes;            /* of the lines */
    size_t unread;           /* messages that came since the reader saw its end */
    size_t mentions;         /* of them, those that name the reader */
    bool marked;             /* there is an unread line, above the message of this place */
    bool fresh;              /* it is from since the reader left */
    struct place mark, left; /* of the mark; of the last message seen when the reader left */
    struct place seen;       /* of the last message that was on the screen; all zero: none */
    struct place had;        /* likewise, when what comes as history now began to come */
    uint64_t caught_ms;      /* when some of that came last, by this machine's clock; 0: never */
    uint64_t read_lamport;   /* of the last line of which the node was told that it was read */
    bool begun;              /* something came that is not out of the store, or was asked of it */
    struct fold fold;
    struct roster roster;
    struct window_flood floods[WINDOW_FLOODS_MAX];
    size_t flood_count;
    uint64_t coming; /* lines that others hold and that are on their way */
    uint64_t closed; /* lines that wait for a key */
    bool group;      /* it is a private channel */
    bool out;        /* and the reader is not in it any more */

    bool plain;    /* its lines are drawn as they were typed */
    bool unfolded; /* and those of who is ignored, too */

    bool follows;
    size_t bottom;     /* when it does not follow */
    int hidden;        /* rows of the bottom line below the edge */
    int width, height; /* of the screen, as it was last settled; 0: never */
    size_t cleared;    /* while it follows, the first lines, so many, are not on the screen */

    struct view_line *away[WINDOW_AWAY_MAX]; /* gaps that stand outside of what is held */
    size_t away_count;

    bool floored; /* from `floor` on nothing of the store is left out; below it something may be */
    struct place floor;
    bool cut;          /* the newest were let go: it does not end at the newest */
    size_t below;      /* lines that were let go or not taken since */
    bool far;          /* there are more below than those: how many is not known */
    size_t words;      /* lines without a clock that came since: they stand at its end */
    bool wishes;       /* the reader came near the top */
    bool wishes_newer; /* or near the end of a cut window */
    enum page_asked asked;
    bool lost_top;    /* since a page was asked for, the oldest line was let go */
    bool lost_bottom; /* or the newest */

    struct place target; /* of the last jump */
    bool jumps;          /* it is to be asked for */
    bool going;          /* its page has not come yet, and the reader has not gone elsewhere */
    bool centres;        /* it is kept in the middle, until the reader moves */
    bool tops;           /* he goes to the oldest line there is, and stays there until he moves */
    bool points;         /* it is marked */
};

struct window *window_new(const char *name, const char *names);
void window_free(struct window *window);
/* Lets all lines go; gaps are kept away when `gaps_stay`. */
void window_empty(struct window *window, bool gaps_stay);

/* Takes the line over and puts it in its place, or frees it: a message that is there already (its
 * held count is taken), or one that is newer than all that a cut window holds. */
void window_add(struct window *window, struct view_line *line, bool stored);
/* The last ordered message; NULL for none. */
const struct view_line *window_last(const struct window *window);
/* Puts a line that stands at `at` anew; what is on the screen does not move. */
void window_replace(struct window *window, size_t at, struct view_line *line);
/* Where the line of who came and went is that still may grow: only words about links stand below it;
 * `count` for nowhere. */
size_t window_fold(const struct window *window);
/* Takes back the word that a link to that identity came to be (or ended), when nothing was said since. */
void window_drop_link(struct window *window, const struct id *id, bool up);
/* Lets one line go, at the end that is farther from the reader. */
void window_let_go(struct window *window);
/* Own lines of seq `from` to `to` are held by so many nodes. */
void window_held(struct window *window, const struct id *own, uint64_t from, uint64_t to,
                 uint64_t by);
/* The author's line with this seq becomes "(taken back)". */
void window_forgotten(struct window *window, const struct id *author, uint64_t seq);
/* The author's lines from seq `from` to `to` are no part of the talk: they go. */
void window_left_out(struct window *window, const struct id *author, uint64_t from, uint64_t to);
/* What signs are behind it now (a show's b). */
void window_reacted(struct window *window, const struct id *author, uint64_t seq, uint64_t lamport,
                    struct bytes list);
/* Its author changed it: what it says now. */
void window_read(struct window *window, const struct id *own, uint64_t to);
void window_edited(struct window *window, const struct id *author, uint64_t seq, struct bytes text);
/* Takes over the line of a gap from seq `from` to `to`, instead of those of the same author that
 * overlap it. NULL: that is filled; all of the author's when `to` is 0. */
void window_gap(struct window *window, const struct id *author, uint64_t from, uint64_t to,
                struct view_line *line);

/* True once when lines are to be asked for, with the request. */
bool window_wants(struct window *window, struct request *request);
/* The answer is complete; up: there are older ones. */
void window_paged(struct window *window, bool up);

/* Where the reader left off, in marks.c. The reader looks away (or goes elsewhere); or said
 * something, and has read. */
void window_left(struct window *window, bool elsewhere);
void window_answered(struct window *window);
/* The end is in sight. */
void window_seen(struct window *window);
/* It was painted, and seen: true when that was more than had been seen before. */
bool window_painted(struct window *window);
/* Up to there the reader had seen it when the program ended. */
void window_resume(struct window *window, const struct place *seen);
/* A message comes next; call one of these before window_add(): one of others while the reader does
 * not see the end; one that they said before, before his eyes; or one out of the store. */
void window_unseen(struct window *window, struct view_line *line);
void window_caught_up(struct window *window, struct view_line *line);
void window_stored(struct window *window, struct view_line *line, bool sees);
/* Something comes as history: what comes in one go is late only among what was seen before that. */
void window_catches_up(struct window *window, uint64_t wall_ms);
/* True when the reader had seen what stands below the line's place. */
bool window_is_late(const struct window *window, const struct view_line *line);
/* A message that is held again may be the one below the mark. */
void window_mark_again(const struct window *window, struct view_line *line);

/* Its author is so now; what was folded may be shown, and the other way round. In changes.c. */
/* A DEVICE: lines of it are of that person from now on. */
void window_device(struct window *window, const struct show *show);
void window_judged(struct window *window, const struct id *author, uint8_t marks);
/* One more line of somebody who floods is folded: it is counted in a line, which is the last one as long as he does not
 * calm. And he has: what comes now begins another. In flood.c. */
void window_flood(struct window *window, const struct id *author, const struct nick *nick,
                  uint64_t wall_ms);
void window_calm(struct window *window, const struct id *author);
/* All that was folded is to come from the store. */
void window_unfold(struct window *window);
/* True when nothing of it is drawn: one of its author stands above it and says how many there are. In marks.c. */
bool window_hides(const struct window *window, size_t at);

/* What is known beside a line; how many rows stand on top of it (a day, the mark); all its rows with
 * these, and drawing them: as view_line_rows() and view_line_draw(). In marks.c. */
struct sight window_sight(const struct window *window, size_t at, char suffix[ROSTER_SUFFIX_MAX]);
int window_head(const struct window *window, size_t at);
int window_rows(const struct window *window, size_t at, int width);
void window_draw(const struct window *window, size_t at, int width, int from, int to,
                 struct cell *cells);

/* A page of older lines is wanted, as far as all of them are still kept then. False when there is none. */
bool window_reach(struct window *window);
/* True when it begins with the oldest line that the store has. */
bool window_is_begun(const struct window *window);
/* Scrolling, in scroll.c: by rows at this width, on a screen of so many rows. */
void window_scroll(struct window *window, int rows, int width, int height);
void window_follow(struct window *window);
/* The screen is emptied: lines stand above it, until the reader scrolls up. */
void window_clear(struct window *window);
/* The first line that may be on the screen. */
size_t window_shown_from(const struct window *window);
/* To the oldest line: where it is not held, pages of the store lead there. */
void window_top(struct window *window, int width, int height);
/* To a place, wherever in the history: what is not held is wished for. */
void window_jump(struct window *window, const struct place *place, int width, int height);
/* True for the line that a jump led to, while it is marked. */
bool window_points(const struct window *window, const struct view_line *line);
/* Before each painting: after a change of size the top line is where it was, no more rows are hidden
 * than there are, and the screen is full. */
void window_settle(struct window *window, int width, int height);
