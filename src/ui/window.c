/* Window: lines in order, within bounds, as a stretch of what the store has.
 *
 * 1. Ordered lines (messages with a clock, gaps) stand by view_line_compare(), whatever the order
 *    in which they came; the others stand where they arrived. None is there twice.
 * 2. When it follows, its bottom is its last line; else bottom < count. What is added or let go
 *    above or below the bottom line moves nothing on the screen.
 * 3. At its bound it lets go of the end that is farther from the reader. When that was the newest
 *    (`cut`), newer messages are only counted, until the reader scrolls down to them by pages, or
 *    goes back to the end: then the newest page takes the place of all. So does the page of a jump.
 * 4. What came late may stand above `floor`, with stored lines left out below it: so a page is
 *    asked for from the floor, not from the first line.
 * 5. One line at most is `first_unread`: the message of the place `mark`, while it is held.
 * 6. What was cleared off the screen is held as before: it can be answered, copied, scrolled to. `cleared` says where
 *    the screen begins while it follows; who scrolls up sees all.
 * 7. A gap has its line only while messages on both sides of it, or the one above it, are held;
 *    otherwise it waits in `away`. */
#include "ui/window_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

struct window *window_new(const char *name, const char *names)
{
    struct window *window = calloc(1, sizeof *window);
    CHECK(window != NULL);
    snprintf(window->name, sizeof window->name, "%s", name);
    window->follows = true;
    window->names = names;
    return window;
}

static void put_away(struct window *window, struct view_line *gap)
{
    if (window->away_count == WINDOW_AWAY_MAX) {
        size_t oldest = 0;
        for (size_t i = 1; i < window->away_count; i++)
            if (view_line_compare(window->away[i], window->away[oldest]) < 0)
                oldest = i;
        free(window->away[oldest]);
        window->away[oldest] = window->away[--window->away_count];
    }
    window->away[window->away_count++] = gap;
}

void window_dispose(struct window *window, struct view_line *line)
{
    if (line->kind == LINE_GAP)
        put_away(window, line);
    else
        free(line);
}

void window_empty(struct window *window, bool gaps_stay)
{
    for (size_t i = 0; i < window->count; i++)
        window_dispose(window, window->lines[i]);
    free(window->lines);
    window->lines = NULL;
    window->count = window->room = window->bytes = window->unread = window->mentions = 0;
    window->marked = window->fresh = window->fold.open = false;
    window->below = window->words = 0;
    window->hidden = 0;
    window->cleared = 0;
    window->follows = true;
    window->floored = window->cut = window->wishes = window->wishes_newer = false;
    window->far = window->jumps = window->going = window->centres = window->points = false;
    window->tops = false;
    while (!gaps_stay && window->away_count > 0)
        free(window->away[--window->away_count]);
}

void window_free(struct window *window)
{
    window_empty(window, false);
    roster_release(&window->roster);
    free(window);
}

static bool is_ordered_message(const struct view_line *line)
{
    return view_line_ordered(line) && line->kind != LINE_GAP;
}

const struct view_line *window_first(const struct window *window)
{
    for (size_t i = 0; i < window->count; i++)
        if (is_ordered_message(window->lines[i]))
            return window->lines[i];
    return NULL;
}

const struct view_line *window_last(const struct window *window)
{
    for (size_t i = window->count; i > 0; i--)
        if (is_ordered_message(window->lines[i - 1]))
            return window->lines[i - 1];
    return NULL;
}

void window_insert(struct window *window, size_t at, struct view_line *line)
{
    if (window->count == window->room) {
        window->room = window->room == 0 ? 32 : window->room * 2;
        struct view_line **grown = realloc(window->lines, window->room * sizeof *grown);
        CHECK(grown != NULL);
        window->lines = grown;
    }
    memmove(window->lines + at + 1, window->lines + at,
            (window->count - at) * sizeof *window->lines);
    window->lines[at] = line;
    window->count++;
    window->bytes += view_line_bytes(line);
    window->cleared += at < window->cleared;
    if (!window->follows && at <= window->bottom)
        window->bottom++;
}

struct view_line *window_take_out(struct window *window, size_t at)
{
    struct view_line *line = window->lines[at];
    window->count--;
    memmove(window->lines + at, window->lines + at + 1,
            (window->count - at) * sizeof *window->lines);
    window->bytes -= view_line_bytes(line);
    window->cleared -= at < window->cleared;
    if (window->follows)
        return line;
    if (at == window->bottom)
        window->hidden = 0;
    if (at <= window->bottom && window->bottom > 0)
        window->bottom--;
    window->follows = window->count == 0;
    return line;
}

/* Of a bottom line that grows below the edge, more rows are hidden. */
void window_replace(struct window *window, size_t at, struct view_line *line)
{
    int before = 0;
    bool bottom = !window->follows && at == window->bottom && window->width > 0;
    if (bottom)
        before = window_rows(window, at, window->width);
    window->bytes += view_line_bytes(line);
    window->bytes -= view_line_bytes(window->lines[at]);
    free(window->lines[at]);
    window->lines[at] = line;
    if (bottom)
        window->hidden += window_rows(window, at, window->width) - before;
    if (window->hidden < 0)
        window->hidden = 0;
}

static void let_oldest_go(struct window *window)
{
    struct view_line *line = window_take_out(window, 0);
    bool message = is_ordered_message(line);
    window_dispose(window, line);
    window->lost_top = true;
    window->words -= window->words > window->count;
    const struct view_line *next = message ? window_first(window) : NULL;
    if (next == NULL)
        return;
    struct place place = view_line_place(next);
    if (!window->floored || place_compare(&window->floor, &place) < 0)
        window->floor = place;
    window->floored = true;
}

/* Words that came since the first cut are spared while there is anything else below the reader: the
 * store does not have them. */
static void let_newest_go(struct window *window)
{
    size_t last = window->count - 1;
    if (window->words <= last && last - window->words > window->bottom)
        last -= window->words;
    else
        window->words -= window->words > 0;
    struct view_line *line = window_take_out(window, last);
    window->cut = window->cut || is_ordered_message(line);
    window->lost_bottom = true;
    window->below += line->kind != LINE_GAP;
    window_dispose(window, line);
}

void window_let_go(struct window *window)
{
    CHECK(window->count > 0);
    if (!window->follows && window->bottom < window->count / 2)
        let_newest_go(window);
    else
        let_oldest_go(window);
}

void window_keep_bound(struct window *window)
{
    if (window->count > VIEW_LINES_MAX)
        window_let_go(window);
}

/* Where an ordered line belongs: right before the first one that comes after it; right behind the
 * one before it when it is out of the store, since the words between (of joins, of this start) are
 * younger than that. */
static size_t find_place(const struct window *window, const struct view_line *line, bool stored,
                         struct view_line **same)
{
    size_t at = window->count;
    for (size_t i = window->count; i > 0; i--) {
        struct view_line *other = window->lines[i - 1];
        if (!view_line_ordered(other))
            continue;
        int order = view_line_compare(other, line);
        *same = order == 0 ? other : NULL;
        if (order <= 0)
            return stored ? i : at;
        at = i - 1;
    }
    if (!stored)
        return at;
    return window->count > 0 && window->lines[0]->kind == LINE_BEGIN;
}

/* Gaps come back when what they stand in is held. */
static void gaps_return(struct window *window)
{
    if (window->away_count == 0)
        return;
    const struct view_line *first = window_first(window), *last = window_last(window);
    if (first == NULL)
        return;
    struct place from = view_line_place(first), to = view_line_place(last);
    for (size_t i = window->away_count; i > 0; i--) {
        struct view_line *gap = window->away[i - 1], *same = NULL;
        struct place place = view_line_place(gap);
        if (place_compare(&place, &from) < 0 || place_compare(&place, &to) > 0)
            continue;
        window->away[i - 1] = window->away[--window->away_count];
        window_insert(window, find_place(window, gap, false, &same), gap);
    }
    while (window->count > VIEW_LINES_MAX)
        window_let_go(window);
}

static void sink_floor(struct window *window, const struct view_line *line)
{
    struct place place = view_line_place(line);
    if (!window->floored || place_compare(&place, &window->floor) < 0)
        window->floor = place;
    window->floored = true;
}

void window_unfold(struct window *window)
{
    window->cut = window->cut || window->flood_count > 0;
    window->flood_count = 0;
}

/* A full window makes room first: the word itself must not be what is let go. */
static void add_word(struct window *window, struct view_line *line)
{
    while (window->count >= VIEW_LINES_MAX)
        window_let_go(window);
    window_insert(window, window->count, line);
    window->words += window->cut;
}

/* A message that is there already came again: as it was, or, where it could not be opened, with its text. */
static void take_over(struct window *window, struct view_line *same, struct view_line *line)
{
    line->held = same->held = line->held > same->held ? line->held : same->held;
    line->first_unread = same->first_unread = same->first_unread || line->first_unread;
    line->read = same->read = line->read || same->read;
    line->late = same->late;
    for (size_t i = window->count; same->closed && !line->closed && i > 0; i--)
        if (window->lines[i - 1] == same) {
            window_replace(window, i - 1, line);
            return;
        }
    free(line);
}

static void add_ordered(struct window *window, struct view_line *line, bool stored)
{
    struct view_line *same = NULL;
    bool first = stored && window->asked == PAGE_PLACE;
    if (stored && window->cut && window->asked == PAGE_NEWEST)
        window_renew(window);
    if (first)
        window_begin_anew(window);
    if (stored)
        sink_floor(window, line);
    size_t at = find_place(window, line, stored, &same);
    if (same != NULL) {
        take_over(window, same, line);
        return;
    }
    const struct view_line *last = window_last(window);
    bool above = last != NULL && view_line_compare(line, last) < 0;
    if (window->cut && !above && (!stored || window->asked != PAGE_NEWER || window->lost_bottom)) {
        window->below++;
        free(line);
        return;
    }
    if (window->cut && !above)
        window->below -= window->below > 0;
    line->late = above && !stored && window_is_late(window, line);
    window_mark_again(window, line);
    window_insert(window, at, line);
    if (!stored && at < window->cleared)
        window->cleared = at; /* nobody has seen it */
    if (first && (window->going || window->tops)) {
        window->follows = false;
        window->bottom = at;
    }
    gaps_return(window);
}

static struct view_line *find_adrift(const struct window *window, const struct view_line *line)
{
    for (size_t i = window->count; line->adrift && i > 0; i--)
        if (window->lines[i - 1]->adrift && view_line_compare(window->lines[i - 1], line) == 0)
            return window->lines[i - 1];
    return NULL;
}

void window_add(struct window *window, struct view_line *line, bool stored)
{
    struct view_line *same = find_adrift(window, line);
    if (same != NULL) {
        take_over(window, same, line);
    } else if (view_line_ordered(line)) {
        add_ordered(window, line, stored);
    } else {
        add_word(window, line);
    }
    window_keep_bound(window);
}

size_t window_fold(const struct window *window)
{
    for (size_t i = window->count; window->fold.open && i > 0; i--) {
        if (window->lines[i - 1]->kind == LINE_FOLD)
            return i - 1;
        if (window->lines[i - 1]->kind != LINE_FAINT)
            break;
    }
    return window->count;
}

void window_drop_link(struct window *window, const struct id *id, bool up)
{
    for (size_t i = window->count; i > 0; i--) {
        const struct view_line *line = window->lines[i - 1];
        if (line->kind != LINE_FAINT && line->kind != LINE_FOLD && line->kind != LINE_NOTICE)
            break;
        if (line->kind != LINE_FAINT || line->up != up || !id_equal(&line->author, id))
            continue;
        free(window_take_out(window, i - 1));
        window->words -= window->words > 0;
        break;
    }
}

/* The mark goes to the next message there is. */
static void mark_next(struct window *window, size_t at)
{
    while (at < window->count && !is_ordered_message(window->lines[at]))
        at++;
    window->marked = at < window->count;
    if (!window->marked)
        return;
    window->lines[at]->first_unread = true;
    window->mark = view_line_place(window->lines[at]);
}

void window_left_out(struct window *window, const struct id *author, uint64_t from, uint64_t to)
{
    for (size_t i = window->count; i > 0; i--) {
        struct view_line *line = window->lines[i - 1];
        if (!view_line_is_entry(line) || !id_equal(&line->author, author) || line->seq < from ||
            line->seq > to)
            continue;
        struct place place = view_line_place(line);
        bool news = window->marked && place_compare(&place, &window->mark) >= 0;
        window->unread -= news && window->unread > 0;
        window->mentions -= news && line->mention && window->mentions > 0;
        bool marked = line->first_unread;
        free(window_take_out(window, i - 1));
        if (marked)
            mark_next(window, i - 1);
    }
}

static bool is_gap_in(const struct view_line *line, const struct id *author, uint64_t from,
                      uint64_t to)
{
    return line->kind == LINE_GAP && id_equal(&line->author, author) &&
           (to == 0 || (line->from <= to && line->seq > from));
}

void window_gap(struct window *window, const struct id *author, uint64_t from, uint64_t to,
                struct view_line *line)
{
    for (size_t i = window->away_count; i > 0; i--)
        if (is_gap_in(window->away[i - 1], author, from, to)) {
            free(window->away[i - 1]);
            window->away[i - 1] = window->away[--window->away_count];
        }
    for (size_t i = window->count; i > 0; i--) {
        struct view_line *other = window->lines[i - 1];
        if (!is_gap_in(other, author, from, to))
            continue;
        if (line != NULL && view_line_compare(line, other) == 0) {
            window_replace(window, i - 1, line); /* in its place, so that nothing moves */
            line = NULL;
        } else {
            free(window_take_out(window, i - 1));
        }
    }
    if (line == NULL)
        return;
    put_away(window, line);
    gaps_return(window);
}
