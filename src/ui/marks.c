/* Marks: what stands between the lines of a window: where a day begins, and where the reader left
 * off.
 *
 *   ---- Fri 27 Nov 2026 -----------
 *   12:34 <anna> seen
 *   ---- new -----------------------
 *   12:40 <bo> not seen yet
 *
 * They are no lines of their own but rows on top of the line below, so that they need no place in
 * the order, and come and go with what they speak of.
 *
 * 1. The mark stands above the first message that came while the reader did not see the end: was
 *    elsewhere, had left the terminal, or had scrolled up; first in the order, as catching up
 *    brings the newest first. What comes late to a place among what he had seen does not move it.
 * 2. It stays while the reader is there, and goes when he says something or goes elsewhere having
 *    seen all; a new one takes its place only when something new came.
 * 3. Who starts the program has left the channel where he saw it last (`seen`, kept over restarts):
 *    what the store has behind that place is new, and so is what others bring. While a channel is
 *    being caught up with, nothing more of it counts as seen.
 * 4. What was said before and comes before the reader's eyes has a mark, too: he was elsewhere when
 *    it was said, even if the program was there. */
#include <stdlib.h>
#include <string.h>

#include "base/tr.h"
#include "ui/window.h"
#include "ui/words.h"

#define CATCH_UP_MS \
    10000 /* without anything that comes as history, and the next is another catching up */

#define RULE     "---- "
#define NEW_WORD _("new")

static void mark_none(struct window *window)
{
    for (size_t i = 0; i < window->count; i++)
        window->lines[i]->first_unread = false;
    window->marked = false;
}

void window_left(struct window *window, bool elsewhere)
{
    if (window->unread > 0)
        return;
    window->fresh = false;
    if (elsewhere)
        mark_none(window);
}

void window_answered(struct window *window)
{
    mark_none(window);
    window_seen(window);
    window->fresh = false;
}

void window_seen(struct window *window)
{
    window->unread = window->mentions = 0;
}

static void mark_above(struct window *window, struct view_line *line)
{
    mark_none(window);
    line->first_unread = true;
    window->marked = true;
    window->mark = view_line_place(line);
}

/* True when a line stands behind the last one seen, and above the mark. */
static bool goes_first(const struct window *window, const struct view_line *line,
                       const struct place *seen)
{
    struct place place = view_line_place(line);
    return view_line_ordered(line) && place_compare(&place, seen) > 0 &&
           !(window->marked && place_compare(&window->mark, seen) > 0 &&
             place_compare(&place, &window->mark) >= 0);
}

bool window_painted(struct window *window)
{
    const struct view_line *last = window_last(window);
    if (last == NULL || window->coming > 0)
        return false;
    struct place place = view_line_place(last);
    if (place_compare(&place, &window->seen) <= 0)
        return false;
    window->seen = place;
    return true;
}

void window_catches_up(struct window *window, uint64_t wall_ms)
{
    if (window->caught_ms == 0 || wall_ms > window->caught_ms + CATCH_UP_MS)
        window->had = window->seen;
    window->caught_ms = wall_ms;
}

bool window_is_late(const struct window *window, const struct view_line *line)
{
    const struct place *seen = line->history ? &window->had : &window->seen;
    struct place place = view_line_place(line);
    return place_compare(&place, seen) < 0;
}

void window_resume(struct window *window, const struct place *seen)
{
    window->seen = window->left = *seen;
    window->fresh = true;
}

/* The reader leaves now. The newest of what he saw may not be held any more. */
static void leave(struct window *window)
{
    const struct view_line *last = window_last(window);
    struct place place = last != NULL ? view_line_place(last) : (struct place){0};
    window->left = place_compare(&place, &window->seen) > 0 ? place : window->seen;
    window->fresh = true;
}

void window_unseen(struct window *window, struct view_line *line)
{
    bool first = !window->fresh || (!window->marked && !line->history);
    window->unread++;
    window->mentions += line->mention;
    window->begun = true;
    if (!window->fresh)
        leave(window);
    if (first || goes_first(window, line, &window->left))
        mark_above(window, line);
}

void window_caught_up(struct window *window, struct view_line *line)
{
    const struct place *left = window->fresh ? &window->left : &window->seen;
    window->begun = true;
    if (left->lamport > 0 && goes_first(window, line, left))
        mark_above(window, line);
}

/* What comes of the store later was counted when it was heard. Own lines were said through another
 * face: then the reader had seen what stands above them. */
void window_stored(struct window *window, struct view_line *line, bool sees)
{
    struct place place = view_line_place(line);
    if (!window->fresh || window->left.lamport == 0 || place_compare(&place, &window->left) <= 0)
        return;
    if (line->own && !window->begun) {
        mark_none(window);
        window_seen(window);
        window->left = window->seen = place;
    }
    if (line->own)
        return;
    window->unread += !window->begun && !sees;
    window->mentions += !window->begun && !sees && line->mention;
    if (goes_first(window, line, &window->left))
        mark_above(window, line);
}

void window_mark_again(const struct window *window, struct view_line *line)
{
    struct place place = view_line_place(line);
    if (window->marked && view_line_is_entry(line) && place_compare(&place, &window->mark) == 0)
        line->first_unread = true;
}

static bool begins_day(const struct window *window, size_t at)
{
    uint32_t day = window->lines[at]->day;
    if (day == 0)
        return false;
    while (at-- > window_shown_from(window))
        if (window->lines[at]->day != 0 && !window_hides(window, at))
            return window->lines[at]->day != day;
    return true;
}

static bool is_folded(const struct window *window, size_t at)
{
    return !window->unfolded && view_line_hides(window->lines[at]);
}

bool window_hides(const struct window *window, size_t at)
{
    return is_folded(window, at) && at > 0 && is_folded(window, at - 1) &&
           id_equal(&window->lines[at]->author, &window->lines[at - 1]->author);
}

/* What stands for a line and those of its author that follow it. */
static struct view_line *fold_of(const struct window *window, size_t at)
{
    const struct view_line *line = window->lines[at];
    char sentence[WORDS_MAX];
    uint64_t count = 1;
    while (at + 1 < window->count && window_hides(window, at + 1)) {
        count++;
        at++;
    }
    words_folded(line->bytes, line->nick_size, count, sentence, sizeof sentence);
    return view_line_sentence(LINE_FOLD, sentence, line->wall_ms);
}

int window_head(const struct window *window, size_t at)
{
    if (window_hides(window, at))
        return 0;
    return begins_day(window, at) + window->lines[at]->first_unread;
}

struct sight window_sight(const struct window *window, size_t at, char suffix[ROSTER_SUFFIX_MAX])
{
    const struct view_line *line = window->lines[at];
    suffix[0] = '\0';
    if (line->nick_size > 0 && !line->classic)
        roster_suffix(&window->roster, &line->person, line->bytes, line->nick_size, suffix);
    return (struct sight){.names = window->names, .suffix = suffix, .plain = window->plain};
}

int window_rows(const struct window *window, size_t at, int width)
{
    char suffix[ROSTER_SUFFIX_MAX];
    if (window_hides(window, at))
        return 0;
    struct sight sight = window_sight(window, at, suffix);
    if (is_folded(window, at)) {
        struct view_line *fold = fold_of(window, at);
        int rows = view_line_rows(fold, &sight, width);
        free(fold);
        return window_head(window, at) + rows;
    }
    const struct view_line *line = window->lines[at];
    const struct sketch *sketch = sketch_of(window->sketches, line, &sight, width);
    return window_head(window, at) +
           (sketch != NULL ? sketch->rows : view_line_rows(line, &sight, width));
}

static void draw_rule(struct cell *row, int width, const char *word, uint8_t style, uint8_t colour)
{
    int column = cells_draw(row, width, 0, RULE, strlen(RULE), style, colour);
    column = cells_draw(row, width, column, word, strlen(word), style, colour);
    column = cells_draw(row, width, column, " ", 1, style, colour);
    while (column < width)
        column = cells_draw(row, width, column, "-", 1, style, colour);
}

void window_draw(const struct window *window, size_t at, int width, int from, int to,
                 struct cell *cells)
{
    const struct view_line *line = window->lines[at];
    bool day = begins_day(window, at);
    int head = window_head(window, at);
    char words[WORDS_DAY_MAX], suffix[ROSTER_SUFFIX_MAX];
    for (; from < to && from < head; from++, cells += width) {
        if (day && from == 0) {
            words_day(line->wall_ms, words);
            draw_rule(cells, width, words, STYLE_DIM, COLOUR_NONE);
        } else {
            draw_rule(cells, width, NEW_WORD, STYLE_BOLD, COLOUR_NEW);
        }
    }
    struct sight sight = window_sight(window, at, suffix);
    if (from >= to)
        return;
    if (is_folded(window, at)) {
        struct view_line *fold = fold_of(window, at);
        view_line_draw(fold, &sight, width, from - head, to - head, cells);
        free(fold);
        return;
    }
    const struct sketch *sketch = sketch_of(window->sketches, line, &sight, width);
    int behind = sketch != NULL && to - head > sketch->rows ? sketch->rows : to - head;
    if (sketch == NULL)
        view_line_draw(line, &sight, width, from - head, to - head, cells);
    else if (behind > from - head)
        memcpy(cells, sketch->cells + (size_t)(from - head) * (size_t)width,
               (size_t)(behind - (from - head)) * (size_t)width * sizeof *cells);
    for (int i = 0; window_points(window, line) && i < (to - from) * width; i++)
        cells[i].style ^= STYLE_REVERSE;
}
