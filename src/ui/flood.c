/* Flood: lines of somebody who says too much just now are counted, not kept: so that they push out nobody else's. The store
 * has them: they are there when the reader unfolds, and when he comes back to them as to older lines. */
#include <string.h>

#include "ui/window.h"

static struct window_flood *find(struct window *window, const struct id *author)
{
    for (size_t i = 0; i < window->flood_count; i++)
        if (id_equal(&window->floods[i].author, author))
            return &window->floods[i];
    return NULL;
}

static struct window_flood *begin(struct window *window, const struct id *author)
{
    if (window->flood_count == WINDOW_FLOODS_MAX)
        memmove(&window->floods[0], &window->floods[1],
                --window->flood_count * sizeof window->floods[0]);
    struct window_flood *flood = &window->floods[window->flood_count++];
    *flood = (struct window_flood){.author = *author};
    return flood;
}

/* Where its line is; count when it is gone. */
static size_t line_of(const struct window *window, const struct id *author)
{
    for (size_t i = window->count; i > 0; i--)
        if (window->lines[i - 1]->kind == LINE_FLOOD &&
            id_equal(&window->lines[i - 1]->author, author))
            return i - 1;
    return window->count;
}

void window_flood(struct window *window, const struct id *author, const struct nick *nick,
                  uint64_t wall_ms)
{
    struct window_flood *flood = find(window, author);
    size_t at = flood == NULL || flood->calm ? window->count : line_of(window, author);
    if (flood == NULL)
        flood = begin(window, author);
    if (at == window->count)
        flood->count = 0;
    flood->calm = false;
    struct view_line *line = view_line_flood(author, nick, ++flood->count, wall_ms);
    if (at < window->count)
        window_replace(window, at, line);
    else
        window_add(window, line, false);
}

void window_calm(struct window *window, const struct id *author)
{
    struct window_flood *flood = find(window, author);
    if (flood != NULL)
        flood->calm = true;
}
