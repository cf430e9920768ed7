/* Itself: what the view is told of the node itself: which channels it has, each with a window, what it is called, and where
 * others find it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/view_private.h"

/* True when name is one of the lines of a list. */
static bool list_holds(struct bytes list, const char *name)
{
    size_t size = strlen(name);
    for (size_t at = 0; at < list.size;) {
        const uint8_t *end = memchr(list.at + at, '\n', list.size - at);
        size_t line = end == NULL ? list.size - at : (size_t)(end - (list.at + at));
        if (line == size && memcmp(list.at + at, name, size) == 0)
            return true;
        at += line + 1;
    }
    return false;
}

static void move_lines(struct view *view, struct window *from, struct window *to)
{
    size_t count = from->count;
    from->count = from->bytes = 0;
    from->fold.open = false;
    for (size_t i = 0; i < count; i++)
        view_add(view, to, from->lines[i], false);
    window_empty(from, false);
}

/* Windows for all that are joined, in the order in which they are named. */
static void make_joined(struct view *view, struct bytes list)
{
    char name[LIMIT_CHANNEL + 1];
    for (size_t at = 0; at < list.size;) {
        const uint8_t *end = memchr(list.at + at, '\n', list.size - at);
        size_t size = end == NULL ? list.size - at : (size_t)(end - (list.at + at));
        if (size > 0 && size < sizeof name) {
            memcpy(name, list.at + at, size);
            name[size] = '\0';
            view_window_make(view, name);
        }
        at += size + 1;
    }
}

static void drop_left(struct view *view, const struct show *show)
{
    size_t kept = 1;
    for (size_t i = 1; i < view->count; i++) {
        struct window *window = view->windows[i];
        if (list_holds(show->text, window->name) || strcmp(window->name, show->channel.text) == 0) {
            view->windows[kept++] = window;
            continue;
        }
        if (window == view->current)
            view->current = view->windows[0];
        window_free(window);
    }
    view->count = kept;
}

void view_show_current(struct view *view, const struct show *show)
{
    struct window *home = view->windows[0];
    drop_left(view, show);
    make_joined(view, show->text);
    for (size_t i = 1; i < view->count; i++)
        view->windows[i]->group = list_holds(show->a, view->windows[i]->name);
    struct window *before = view->current, *now = view_window_make(view, show->channel.text);
    if (now == NULL || now == before)
        return;
    window_left(before, true);
    view->current = now;
    if (before == home)
        move_lines(view, home, now);
    view_look(view);
}

/* What stands behind the first of the lines. */
static void keep_others(struct view *view, struct bytes lines)
{
    const uint8_t *end = lines.size > 0 ? memchr(lines.at, '\n', lines.size) : NULL;
    size_t size = end == NULL ? 0 : lines.size - (size_t)(end + 1 - lines.at), to = 0;
    char tame[sizeof view->addresses];
    view->addresses[0] = '\0';
    if (size == 0)
        return;
    size = text_tame(tame, sizeof tame, (const char *)end + 1, size, TAME_LINES);
    while (size > 0 && tame[size - 1] == '\n')
        size--;
    for (size_t i = 0; i < size && to + 3 < sizeof view->addresses; i++) {
        if (tame[i] == '\n')
            view->addresses[to++] = ',';
        view->addresses[to++] = tame[i] == '\n' ? ' ' : tame[i];
    }
    view->addresses[to] = '\0';
}

/* The first of the node's addresses with its port, as a person would type it elsewhere. */
void view_show_status(struct view *view, const struct show *show)
{
    view->nick = show->nick;
    view->id = *show_whose(show);
    heed_names(view->heed, view->nick.text, view->names);
    view->port = show->port;
    for (size_t i = 0; i < view->count; i++)
        roster_own(&view->windows[i]->roster, &view->id, &view->nick, 0);
    if (show->kind == SHOW_READY)
        text_tame(view->network, sizeof view->network, (const char *)show->b.at, show->b.size,
                  TAME_LINE);
    if (show->kind == SHOW_STATUS)
        view->links = (size_t)show->n;
    if (show->kind == SHOW_STATUS)
        text_tame(view->looking, sizeof view->looking, (const char *)show->a.at, show->a.size,
                  TAME_LINE);
    view->status_known = view->status_known || show->kind == SHOW_STATUS;
    keep_others(view, show->text);
    const uint8_t *end = show->text.size > 0 ? memchr(show->text.at, '\n', show->text.size) : NULL;
    size_t size = end == NULL ? show->text.size : (size_t)(end - show->text.at);
    char host[LIMIT_ADDRESS + 1] = "";
    if (size >= sizeof host)
        size = sizeof host - 1;
    if (size > 0)
        memcpy(host, show->text.at, size);
    bool bracket = host[0] != '[' && strchr(host, ':') != strrchr(host, ':');
    bool whole = strchr(host, ':') != NULL && !bracket; /* it has its port already */
    if (whole || host[0] == '\0')
        memcpy(view->address.text, host, sizeof host);
    else
        snprintf(view->address.text, sizeof view->address.text, bracket ? "[%.70s]:%u" : "%.72s:%u",
                 host, (unsigned)show->port);
}
