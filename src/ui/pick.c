/* Pick: what of the lines of the current channel can be taken elsewhere, links and texts, and which
 * can be answered with a sign. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ui/markup.h"
#include "ui/view_private.h"

static bool is_said(const struct view_line *line)
{
    return (line->kind == LINE_SAID || line->kind == LINE_ACTION) && !line->taken_back &&
           !view_line_hides(line);
}

static const char *text_of(const struct view_line *line)
{
    return line->bytes + line->nick_size;
}

/* The nth last line that was said, or (0) the last one that another said. */
static const struct view_line *said_line(const struct view *view, size_t n)
{
    const struct window *window = view->current;
    for (size_t i = window->count; i > 0; i--) {
        const struct view_line *line = window->lines[i - 1];
        bool passed = n == 0 ? line->own || line->classic : is_said(line) && --n > 0;
        if (is_said(line) && !passed)
            return line;
    }
    return NULL;
}

const char *view_text(const struct view *view, size_t n, size_t *size)
{
    const struct view_line *line = n > 0 ? said_line(view, n) : NULL;
    if (line == NULL)
        return NULL;
    *size = line->text_size;
    return text_of(line);
}

bool view_reach(struct view *view)
{
    return window_reach(view->current);
}

bool view_is_whole(const struct view *view)
{
    return view->current->name[0] == '\0' || window_is_begun(view->current);
}

bool view_choose(const struct view *view, size_t n, struct place *place)
{
    const struct view_line *line = said_line(view, n);
    if (line == NULL || line->classic)
        return false;
    *place = view_line_place(line);
    return true;
}

/* The link that holds byte `at`, or (SIZE_MAX) the nth last; *n is less by those passed over. What
 * stands in code is none, as on the screen. */
static const char *find_link(const struct view_line *line, size_t at, size_t *n, size_t *size)
{
    const char *text = text_of(line), *found = NULL;
    size_t all = line->text_size, count = 0;
    if (!is_said(line) || !markup_any(text, all))
        return NULL;
    uint8_t *marks = malloc(all);
    size_t *starts = calloc(all, sizeof *starts);
    CHECK(marks != NULL && starts != NULL);
    markup(text, all, "", marks);
    for (size_t i = 0; i < all; i++) {
        size_t link = (marks[i] & MARKUP_LINK) != 0 ? markup_link(text, all, i) : 0;
        if (link == 0)
            continue;
        starts[count++] = i;
        if (at >= i && at < i + link)
            found = text + i;
        i += link - 1;
    }
    if (at == SIZE_MAX && *n > 0 && *n <= count)
        found = text + starts[count - *n];
    else if (at == SIZE_MAX)
        *n -= count;
    if (found != NULL)
        *size = markup_link(text, all, (size_t)(found - text));
    free(marks);
    free(starts);
    return found;
}

const char *view_link(const struct view *view, size_t n, size_t *size)
{
    const struct window *window = view->current;
    const char *found = NULL;
    for (size_t i = window->count; i > 0 && found == NULL && n > 0; i--)
        found = find_link(window->lines[i - 1], SIZE_MAX, &n, size);
    return found;
}

const char *view_link_at(const struct view *view, int x, int y, size_t *size)
{
    size_t at, byte, n = 0;
    int row;
    const struct window *window = view->current;
    if (!view_line_under(view, y, &at, &row) || x < view->left)
        return NULL;
    char suffix[ROSTER_SUFFIX_MAX];
    struct sight sight = window_sight(window, at, suffix);
    if (!view_line_byte(window->lines[at], &sight, view->width, row, x - view->left, &byte))
        return NULL;
    return find_link(window->lines[at], byte, &n, size);
}
