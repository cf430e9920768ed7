/* Go: how the reader moves, within a channel and between them.
 *
 * Where lines are said is the node's to know, so a change of channel is a wish until the node says
 * SHOW_CURRENT; it answers within a turn of its loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/markup.h"
#include "ui/view_private.h"

void view_look(struct view *view)
{
    if (view_sees(view, view->current))
        window_seen(view->current);
    if (view->current->follows && !view->covered)
        view->alert[0] = '\0';
    view->changed = true;
}

void view_focus(struct view *view, bool here)
{
    if (view->away && here) {
        view->away = false;
        view_look(view);
    } else if (!view->away && !here) {
        window_left(view->current, false);
        view->away = true;
    }
}

void view_cover(struct view *view, bool covered)
{
    if (covered == view->covered)
        return;
    if (covered)
        window_left(view->current, false);
    view->covered = covered;
    view_look(view);
}

/* ---- within a channel ---- */

void view_follow(struct view *view)
{
    window_follow(view->current);
    view_look(view);
}

void view_scroll_lines(struct view *view, int rows)
{
    window_scroll(view->current, rows, view->width, view->rows);
    view_look(view);
}

void view_scroll(struct view *view, int pages)
{
    view_scroll_lines(view, pages * (view->rows > 2 ? view->rows - 1 : 1));
}

void view_top(struct view *view)
{
    window_top(view->current, view->width, view->rows);
    view_look(view);
}

/* More may be new above the mark than what is held: then the last line that was seen says where. */
bool view_first_new(struct view *view)
{
    struct window *window = view->current;
    bool known = window->fresh && window->left.lamport > 0;
    if (!window->marked)
        return false;
    window_jump(window, known ? &window->left : &window->mark, view->width, view->rows);
    view_look(view);
    return true;
}

/* ---- between them ---- */

/* Where the reader is, or will be when what he wished, or asked the node for, comes true. */
static const char *bound_for(const struct view *view)
{
    return view->wish.text[0] != '\0'    ? view->wish.text
           : view->asked.text[0] != '\0' ? view->asked.text
                                         : view->current->name;
}

static bool wish(struct view *view, const struct window *window)
{
    if (window == NULL || window->name[0] == '\0' || strcmp(bound_for(view), window->name) == 0)
        return false;
    memcpy(view->wish.text, window->name, sizeof window->name);
    return true;
}

static size_t here(const struct view *view)
{
    const char *name = bound_for(view);
    for (size_t i = 1; i < view->count; i++)
        if (strcmp(view->windows[i]->name, name) == 0)
            return i;
    return 0;
}

bool view_wishes(const struct view *view)
{
    return view->wish.text[0] != '\0';
}

bool view_go(struct view *view, size_t n)
{
    if (n == 0 || n >= view->count)
        return false;
    return wish(view, view->windows[n]);
}

bool view_step(struct view *view, int by)
{
    int count = (int)view->count - 1, at = (int)here(view) - 1;
    if (count < 1)
        return false;
    at = (at < 0 && by < 0 ? 0 : at) + by % count;
    return wish(view, view->windows[1 + (at + count) % count]);
}

bool view_next_new(struct view *view)
{
    size_t from = here(view), count = view->count - 1;
    for (int mentions = 1; mentions >= 0; mentions--)
        for (size_t i = 0; i < count; i++) {
            const struct window *window = view->windows[1 + (from + i) % count];
            if (window != view->current && !heed_muted(view->heed, window->name) &&
                (mentions ? window->mentions : window->unread) > 0)
                return wish(view, window);
        }
    return false;
}

static bool begins(const char *name, const char *part)
{
    size_t size = strlen(part);
    char head[LIMIT_CHANNEL + 1];
    if (size > strlen(name))
        return false;
    memcpy(head, name, size);
    head[size] = '\0';
    return markup_same_name(head, part);
}

static bool contains(const char *name, const char *part)
{
    for (; *name != '\0'; name++)
        if (begins(name, part))
            return true;
    return false;
}

bool view_find(struct view *view, const char *part)
{
    size_t from = here(view), count = view->count - 1;
    if (part[0] == '\0')
        return false;
    for (int inside = 0; inside <= 1; inside++)
        for (size_t i = 0; i < count; i++) {
            const struct window *window = view->windows[1 + (from + i) % count];
            const char *name = window->name;
            if (inside ? contains(name, part) : begins(name, part) || begins(name + 1, part))
                return wish(view, window);
        }
    return false;
}

bool view_jump(struct view *view, const struct channel_name *channel, const struct place *place)
{
    struct window *window = channel->text[0] != '\0' ? view_window(view, channel->text) : NULL;
    if (window == NULL)
        return false;
    wish(view, window);
    window_jump(window, place, view->width, view->rows);
    view->changed = true;
    return true;
}

void view_look_up(struct view *view)
{
    view->changed = view->changed || view->current->points;
    view->current->points = false;
}

const char *view_channel_at(const struct view *view, size_t n)
{
    return n > 0 && n < view->count ? view->windows[n]->name : NULL;
}

bool view_wants(struct view *view, struct request *request)
{
    if (!view_wishes(view))
        return window_wants(view->current, request);
    *request = (struct request){.kind = REQUEST_CHANNEL, .channel = view->wish};
    view->asked = view->wish;
    view->wish = (struct channel_name){{0}};
    return true;
}

bool view_read(struct view *view, struct request *request)
{
    struct window *window = view->current;
    if (window->name[0] != '@' || !view_sees(view, window) || view->rows == 0 ||
        window->seen.lamport <= window->read_lamport)
        return false;
    *request = (struct request){.kind = REQUEST_READ, .lamport = window->seen.lamport};
    snprintf(request->channel.text, sizeof request->channel.text, "%s", window->name);
    window->read_lamport = window->seen.lamport;
    return true;
}

bool view_arrived(struct view *view, const struct show *told)
{
    size_t size = strlen(view->asked.text);
    if (size == 0)
        return false;
    if (told->a.size == size && memcmp(told->a.at, view->asked.text, size) == 0)
        view->asked = (struct channel_name){{0}};
    return true; /* or it is on the way there */
}

/* ---- by a click ---- */

struct view_hit view_click(struct view *view, int x, int y)
{
    for (size_t i = 0; i < view->spot_count; i++) {
        const struct spot *spot = &view->spots[i];
        if (spot->row != y || x < spot->from || x >= spot->to)
            continue;
        if (spot->hit.kind == HIT_CHANNEL)
            wish(view, view_window(view, spot->hit.name));
        else if (spot->hit.kind == HIT_NEW)
            view_follow(view);
        return spot->hit;
    }
    enum view_panel panel = y < view->rows ? view_divider(view, x) : VIEW_PANELS;
    return (struct view_hit){.kind = panel < VIEW_PANELS ? HIT_DIVIDER : HIT_NOTHING,
                             .panel = panel};
}

void view_unfold(struct view *view)
{
    view->unfolded = !view->unfolded;
    for (size_t i = 0; view->unfolded && i < view->count; i++)
        window_unfold(view->windows[i]);
    view->changed = true;
}

void view_plain(struct view *view)
{
    view->plain = !view->plain;
    view->changed = true;
}
