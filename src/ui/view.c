/* View: what the user sees, as data.
 *
 * Each joined channel has a window (window.c); "" names the one for words that come while no
 * channel is current, whose lines move to the first channel that becomes it.
 *
 * 1. No window holds more than VIEW_LINES_MAX lines, all together no more than VIEW_BYTES_MAX.
 * 2. A window other than the current one gets its channel's messages, gaps, joins and leaves, and
 *    nothing else; only messages count as unread, and none that comes out of the store.
 *
 * It does not know colours, keys or curses, and it wraps anew at each painting: only lines that are
 * on the screen cost anything. */
#include "ui/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/window.h"
#include "ui/words.h"

#define WINDOWS_MAX    (LIMIT_CHANNELS + 1)
#define SENTENCE_BYTES 1024

struct view {
    struct window *windows[WINDOWS_MAX]; /* [0] is "" */
    size_t count;
    struct window *current;
    bool changed;
    int width, rows; /* of the lines, as last painted */
    struct nick nick;
    size_t links;
    uint16_t port;
    struct address address;
    char network[64]; /* "open": not spoken of */
};

static struct window *window_find(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->count; i++)
        if (strcmp(view->windows[i]->name, name) == 0)
            return view->windows[i];
    return NULL;
}

/* NULL at the bound: then there is no such channel joined. */
static struct window *window_make(struct view *view, const char *name)
{
    struct window *window = window_find(view, name);
    if (window != NULL || view->count == WINDOWS_MAX)
        return window;
    window = window_new(name);
    view->windows[view->count++] = window;
    return window;
}

static size_t all_bytes(const struct view *view)
{
    size_t bytes = 0;
    for (size_t i = 0; i < view->count; i++)
        bytes += view->windows[i]->bytes;
    return bytes;
}

static void keep_bound(struct view *view)
{
    while (all_bytes(view) > VIEW_BYTES_MAX) {
        struct window *fullest = view->windows[0];
        for (size_t i = 1; i < view->count; i++)
            if (view->windows[i]->bytes > fullest->bytes)
                fullest = view->windows[i];
        window_let_go(fullest);
    }
}

static void add(struct view *view, struct window *window, struct view_line *line, bool stored)
{
    window_add(window, line, stored);
    keep_bound(view);
    view->changed = true;
}

struct view *view_new(void)
{
    struct view *view = calloc(1, sizeof *view);
    CHECK(view != NULL);
    view->width = 80;
    view->rows = 22;
    view->current = window_make(view, "");
    view->changed = true;
    return view;
}

void view_free(struct view *view)
{
    if (view == NULL)
        return;
    for (size_t i = 0; i < view->count; i++)
        window_free(view->windows[i]);
    free(view);
}

void view_note(struct view *view, const char *text, bool error, uint64_t wall_ms)
{
    enum view_line_kind kind = error ? LINE_ERROR : LINE_NOTICE;
    add(view, view->current, view_line_sentence(kind, text, wall_ms), false);
}

/* In the window of its channel, or the current one when it is about none. */
static void show_faint(struct view *view, const char *channel, const char *text, uint64_t wall_ms)
{
    struct window *window = channel[0] == '\0' ? view->current : window_find(view, channel);
    if (window != NULL)
        add(view, window, view_line_sentence(LINE_FAINT, text, wall_ms), false);
}

static void show_message(struct view *view, const struct show *show)
{
    struct window *window = view->current;
    if (show->channel.text[0] != '\0')
        window = window_make(view, show->channel.text);
    if (window == NULL)
        return;
    add(view, window, view_line_said(show), show->via == VIA_STORED);
    if (window != view->current && !show->own && show->via != VIA_STORED)
        window->unread++;
}

static void show_gap(struct view *view, const struct show *show)
{
    struct window *window = window_make(view, show->channel.text);
    if (window == NULL)
        return;
    struct view_line *line = show->n > 0 ? view_line_gap(show) : NULL;
    window_gap(window, &show->id, show->seq, show->n2, line);
    keep_bound(view);
}

static void show_coming(struct view *view, const struct show *show)
{
    struct window *window = window_make(view, show->channel.text);
    if (window != NULL)
        window->coming = show->n;
}

/* What changes lines that are there already. */
static void show_change(struct view *view, const struct show *show)
{
    struct window *window = window_find(view, show->channel.text);
    if (window == NULL)
        return;
    if (show->kind == SHOW_HELD)
        window_held(window, &show->id, show->seq, show->n2, show->n);
    else if (show->kind == SHOW_FORGOTTEN)
        window_forgotten(window, &show->id, show->seq);
    else
        window_paged(window, show->up);
}

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
    for (size_t i = 0; i < count; i++)
        add(view, to, from->lines[i], false);
    window_empty(from, false);
}

static void show_current(struct view *view, const struct show *show)
{
    struct window *before = view->current, *home = view->windows[0];
    size_t kept = 1;
    for (size_t i = 1; i < view->count; i++) {
        struct window *window = view->windows[i];
        if (list_holds(show->text, window->name) || strcmp(window->name, show->channel.text) == 0) {
            view->windows[kept++] = window;
            continue;
        }
        if (window == before)
            before = home;
        window_free(window);
    }
    view->count = kept;
    view->current = window_make(view, show->channel.text);
    if (view->current == NULL)
        view->current = before;
    if (before == home && view->current != home)
        move_lines(view, home, view->current);
    view->current->unread = 0;
}

/* The first of the node's addresses with its port, as a person would type it elsewhere. */
static void show_status(struct view *view, const struct show *show)
{
    view->nick = show->nick;
    view->port = show->port;
    if (show->kind == SHOW_READY)
        text_tame(view->network, sizeof view->network, (const char *)show->b.at, show->b.size,
                  TAME_LINE);
    if (show->kind == SHOW_STATUS)
        view->links = (size_t)show->n;
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

void view_show(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    view->changed = true;
    switch (show->kind) {
    case SHOW_MESSAGE: show_message(view, show); break;
    case SHOW_CURRENT: show_current(view, show); break;
    case SHOW_STATUS: show_status(view, show); break;
    case SHOW_TOLD:
        words_told(show, sentence, sizeof sentence);
        view_note(view, sentence, show->told >= TOLD_ERRORS_FROM, wall_ms);
        break;
    case SHOW_MEMBER:
    case SHOW_LINK:
        words_row(show, sentence, sizeof sentence);
        show_faint(view, show->channel.text, sentence, wall_ms);
        break;
    case SHOW_READY:
        show_status(view, show);
        /* fall through */
    case SHOW_HELD_ROW:
    case SHOW_WHO_ROW:
    case SHOW_CHANNEL_ROW:
    case SHOW_LINK_ROW:
        words_row(show, sentence, sizeof sentence);
        view_note(view, sentence, false, wall_ms);
        break;
    case SHOW_GAP: show_gap(view, show); break;
    case SHOW_COMING: show_coming(view, show); break;
    case SHOW_HELD:
    case SHOW_FORGOTTEN:
    case SHOW_PAGE: show_change(view, show); break;
    case SHOW_STOPPED: break;
    }
}

void view_clear(struct view *view)
{
    window_empty(view->current, true);
    view->changed = true;
}

void view_follow(struct view *view)
{
    window_follow(view->current);
    view->changed = true;
}

void view_scroll(struct view *view, int pages)
{
    int step = view->rows > 2 ? view->rows - 1 : 1;
    view->changed = true;
    window_scroll(view->current, pages * step, view->width, view->rows);
}

bool view_wants_page(struct view *view, struct request *request)
{
    return window_wants(view->current, request);
}

const char *view_channel(const struct view *view)
{
    return view->current->name;
}

size_t view_count(const struct view *view, const char *channel)
{
    const struct window *window = window_find(view, channel);
    return window == NULL ? 0 : window->count;
}

size_t view_unread(const struct view *view, const char *channel)
{
    const struct window *window = window_find(view, channel);
    return window == NULL ? 0 : window->unread;
}

bool view_changed(const struct view *view)
{
    return view->changed;
}

static void paint_lines(const struct view *view, struct cell *cells)
{
    const struct window *window = view->current;
    size_t next = window->follows ? window->count : window->bottom + 1;
    int hidden = window->follows ? 0 : window->hidden;
    int left = view->rows;
    while (left > 0 && next > 0) {
        const struct view_line *line = window->lines[--next];
        int all = view_line_rows(line, view->width);
        int to = all - (hidden < all ? hidden : all - 1);
        int from = to > left ? to - left : 0;
        left -= to - from;
        view_line_draw(line, view->width, from, to, cells + (size_t)left * (size_t)view->width);
        hidden = 0;
    }
}

/* One item of the status, when it fits whole. */
static void status_item(struct cell *row, int width, int *column, const char *text, uint8_t style)
{
    int gap = *column == 0 ? 1 : 2;
    if (text[0] == '\0' || *column + gap + cells_columns(text, strlen(text)) > width)
        return;
    *column = cells_draw(row, width, *column + gap, text, strlen(text), style, COLOUR_NONE);
}

/* What matters most stands first, so that it stays on a narrow screen. */
static void paint_status(const struct view *view, struct cell *row)
{
    char item[LIMIT_CHANNEL + 32];
    int column = 0, width = view->width;
    const struct window *window = view->current;
    const uint8_t loud = STYLE_REVERSE | STYLE_BOLD;
    cells_blank(row, (size_t)width, STYLE_REVERSE);
    status_item(row, width, &column, view->nick.text, STYLE_REVERSE);
    status_item(row, width, &column, window->name[0] == '\0' ? "no channel" : window->name, loud);
    if (view->network[0] != '\0' && strcmp(view->network, "open") != 0)
        status_item(row, width, &column, view->network, STYLE_REVERSE);
    if (!window->follows) {
        size_t below = window->count - 1 - window->bottom + window->below;
        snprintf(item, sizeof item, "%zu more below", below);
        status_item(row, width, &column, item, loud);
    }
    if (window->coming > 0) {
        words_coming(window->coming, item, sizeof item);
        status_item(row, width, &column, item, STYLE_REVERSE);
    }
    for (size_t i = 1; i < view->count; i++) {
        const struct window *other = view->windows[i];
        if (other->unread == 0)
            continue;
        snprintf(item, sizeof item, "%s %zu", other->name, other->unread);
        status_item(row, width, &column, item, loud);
    }
    snprintf(item, sizeof item, "%zu link%s", view->links, view->links == 1 ? "" : "s");
    status_item(row, width, &column, item, STYLE_REVERSE);
    status_item(row, width, &column, view->address.text, STYLE_REVERSE);
}

void view_paint(struct view *view, struct cell *cells, int width, int height)
{
    CHECK(width > 0 && height > 0);
    view->width = width;
    view->rows = height - 1;
    cells_blank(cells, (size_t)width * (size_t)height, STYLE_PLAIN);
    window_settle(view->current, width, view->rows);
    paint_lines(view, cells);
    paint_status(view, cells + (size_t)width * (size_t)(height - 1));
    view->changed = false;
}
