/* Scroll: where the reader is in a window: the line at the bottom of the screen, and how many of
 * its rows are hidden below the edge. It wraps anew what it passes, and no more than that. */
#include "ui/window.h"

static void scroll_up(struct window *window, int rows, int width)
{
    if (window->follows) {
        window->follows = false;
        window->bottom = window->count - 1;
        window->hidden = 0;
    }
    window->hidden += rows;
    while (window->bottom > 0) {
        int all = window_rows(window, window->bottom, width);
        if (window->hidden < all)
            break;
        window->hidden -= all;
        window->bottom--;
    }
}

static void scroll_down(struct window *window, int rows, int width)
{
    window->hidden -= rows;
    while (!window->follows && window->hidden < 0) {
        if (window->cut && window->bottom + 1 == window->count) {
            window->hidden = 0;
            break; /* newer ones are below it: they are wished for */
        }
        window->follows = ++window->bottom == window->count;
        if (!window->follows)
            window->hidden += window_rows(window, window->bottom, width);
    }
    bool end = window->hidden == 0 && window->bottom + 1 == window->count && !window->cut;
    if (window->follows || end) {
        window->follows = true;
        window->hidden = 0;
    }
}

/* The bottom may not be so high that rows above the first line would show. */
static void keep_full(struct window *window, int width, int height)
{
    int above = -window->hidden;
    for (size_t i = window->bottom + 1; i-- > 0 && above < height;)
        above += window_rows(window, i, width);
    if (above < height)
        scroll_down(window, height - above, width);
}

/* The screen has another size: the line that was at its top stays there. */
static void keep_top(struct window *window, int width, int height)
{
    size_t top = window->bottom + 1;
    int above = -window->hidden;
    while (top > 0 && above < window->height)
        above += window_rows(window, --top, window->width);
    int cut = above > window->height ? above - window->height : 0;
    int all = window_rows(window, top, width);
    int rows = all - (cut < all ? cut : all - 1);
    while (rows < height && top + 1 < window->count)
        rows += window_rows(window, ++top, width);
    window->bottom = top;
    window->hidden = rows > height ? rows - height : 0;
}

/* The first line that is not before the target; the last when there is none. */
static size_t find_target(const struct window *window)
{
    for (size_t i = 0; i < window->count; i++) {
        const struct view_line *line = window->lines[i];
        struct place place = view_line_place(line);
        if (line->kind != LINE_GAP && view_line_ordered(line) &&
            place_compare(&place, &window->target) >= 0)
            return i;
    }
    return window->count - 1;
}

/* Of a line that is higher than the screen, the top is what is shown. */
static void centre(struct window *window, int width, int height)
{
    size_t at = find_target(window);
    int own = window_rows(window, at, width);
    int wanted = own < height ? height - (height - own) / 2 : height;
    int rows = own;
    while (rows < wanted && at + 1 < window->count)
        rows += window_rows(window, ++at, width);
    window->follows = false;
    window->bottom = at;
    window->hidden = rows > wanted ? rows - wanted : 0;
}

/* The oldest line is at the top, whatever came above the one that was. */
static void settle_top(struct window *window, int width, int height)
{
    int rows = window_rows(window, 0, width);
    window->follows = false;
    window->bottom = 0;
    window->hidden = rows > height ? rows - height : 0;
}

size_t window_shown_from(const struct window *window)
{
    return window->follows ? window->cleared : 0;
}

/* What was let go of at the other end is not held: such a window begins anew. */
void window_clear(struct window *window)
{
    window_follow(window);
    if (window->cut)
        window_empty(window, true);
    window->cleared = window->count;
    window->fold.open = false;
    window_answered(window);
}

/* What was cleared comes back, from the bottom up; returns how many of the rows are left to scroll by. */
static int uncover(struct window *window, int rows, int width, int height)
{
    int shown = 0;
    size_t from = window->cleared;
    window->cleared = 0;
    for (size_t i = window->count; i > from && shown < height; i--)
        shown += window_rows(window, i - 1, width);
    int empty = height > shown ? height - shown : 0;
    return rows > empty ? rows - empty : 0;
}

void window_settle(struct window *window, int width, int height)
{
    if (height <= 0)
        return;
    bool other = window->width != width || window->height != height;
    if (window->tops && window->count > 0)
        settle_top(window, width, height);
    else if (window->centres && window->count > 0)
        centre(window, width, height);
    else if (!window->follows && window->height > 0 && other)
        keep_top(window, width, height);
    window->width = width;
    window->height = height;
    if (window->follows)
        return;
    window->cleared = 0; /* he went up to where he is */
    while (window->bottom > 0 && window_hides(window, window->bottom)) {
        window->bottom--;
        window->hidden = 0;
    }
    int all = window_rows(window, window->bottom, width);
    if (window->hidden >= all)
        window->hidden = all - 1;
    keep_full(window, width, height);
    scroll_down(window, 0, width);
    if (window->follows && window_is_begun(window))
        window->tops = false; /* all of it is on the screen */
}

/* Whether less than a screen of what the store has is held above the screen. */
static bool near_top(const struct window *window, int width, int height)
{
    size_t next = window->follows ? window->count : window->bottom + 1;
    int rows = window->follows ? 0 : -window->hidden;
    while (next > 0 && rows < 2 * height) {
        const struct view_line *line = window->lines[--next];
        struct place place = view_line_place(line);
        if (window->floored && view_line_ordered(line) && place_compare(&place, &window->floor) < 0)
            return true;
        rows += window_rows(window, next, width);
    }
    return rows < 2 * height;
}

/* Whether less than two screens of what is held lie below the screen. */
static bool near_bottom(const struct window *window, int width, int height)
{
    int rows = window->hidden;
    for (size_t i = window->bottom + 1; i < window->count && rows < 2 * height; i++)
        rows += window_rows(window, i, width);
    return !window->follows && window->cut && rows < 2 * height;
}

void window_scroll(struct window *window, int rows, int width, int height)
{
    bool up = rows > 0;
    if (up && window->follows && window->cleared > 0)
        rows = uncover(window, rows, width, height);
    if (rows > 0 && window->count > 0) {
        scroll_up(window, rows, width);
        keep_full(window, width, height);
    } else if (!window->follows) {
        scroll_down(window, -rows, width);
    }
    window->centres = window->tops = false;
    window->wishes = up && near_top(window, width, height);
    window->wishes_newer = rows < 0 && near_bottom(window, width, height);
}

void window_follow(struct window *window)
{
    window->follows = true;
    window->hidden = 0;
    window->wishes = window->wishes_newer = false;
    window->jumps = window->going = window->centres = window->points = window->tops = false;
}

void window_top(struct window *window, int width, int height)
{
    if (window->jumps || window->going)
        window_follow(window); /* he goes elsewhere now */
    window->centres = window->points = false;
    window->tops = true;
    window->wishes = !window_is_begun(window);
    window_settle(window, width, height);
}

/* What came late may be held with lines left out around it: then it does not count as held. */
static bool is_held(const struct window *window)
{
    const struct view_line *line = window->count > 0 ? window->lines[find_target(window)] : NULL;
    if (line == NULL || !view_line_is_entry(line))
        return false;
    struct place place = view_line_place(line);
    return place_compare(&place, &window->target) == 0 &&
           (!window->floored || place_compare(&place, &window->floor) >= 0);
}

void window_jump(struct window *window, const struct place *place, int width, int height)
{
    window->target = *place;
    window->points = true;
    window->tops = false;
    if (!is_held(window)) {
        window->jumps = window->going = true;
        return;
    }
    window->jumps = window->going = false;
    window->centres = true;
    centre(window, width, height);
    window->wishes = near_top(window, width, height);
    window->wishes_newer = near_bottom(window, width, height);
}

bool window_points(const struct window *window, const struct view_line *line)
{
    struct place place = view_line_place(line);
    return window->points && view_line_is_entry(line) &&
           place_compare(&place, &window->target) == 0;
}
