/* Panels: how the view becomes a picture.
 *
 *    #fika    |12:34 <anna> hi                        | 3 here
 *   >#other 2 |12:35 <bo> who is there?               | anna
 *             |                         12 new below  | bo
 *    ada  #fika  1 link  192.168.1.2:23452
 *
 * 1. Nothing is told by a colour or a style alone: the current channel has a >, unread ones their
 *    number, mentions a !; private ones have a lock; muted ones have a dot, and no place in the status.
 * 2. Where something can be clicked is noted while it is painted (spots). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/tr.h"
#include "ui/palette.h"
#include "ui/pieces.h"
#include "ui/template.h"
#include "ui/view_private.h"
#include "ui/words.h"

#define BAR       "\u2502"
#define MUTED_DOT "\u00B7"

#define COUNTS_MAX (2 * PIECE_NUMBER_MAX + 4)
#define COUNT_ROOM 96 /* a word or two with a number */

/* A rectangle of the picture. */
struct area {
    struct cell *cells;
    int stride; /* columns of the picture */
    int left, columns, rows;
};

static struct cell *row_of(const struct area *area, int y)
{
    return area->cells + (size_t)y * (size_t)area->stride + area->left;
}

static void spot_add(struct view *view, int row, int from, int to, enum view_hit_kind kind,
                     const char *name)
{
    if (view->spot_count == SPOTS_MAX)
        return;
    struct spot *spot = &view->spots[view->spot_count++];
    *spot = (struct spot){.row = row, .from = from, .to = to, .hit.kind = kind};
    snprintf(spot->hit.name, sizeof spot->hit.name, "%s", name);
}

/* "3", or "3 !1" when one of them names the reader; a dot where the channel is muted; "" for none. */
static void counts(const struct view *view, const struct window *window, char out[COUNTS_MAX])
{
    char unread[PIECE_NUMBER_MAX], mentions[PIECE_NUMBER_MAX];
    piece_number(window->unread, unread);
    piece_number(window->mentions, mentions);
    out[0] = '\0';
    if (heed_muted(view->heed, window->name))
        snprintf(out, COUNTS_MAX, "%s", window->unread > 0 ? MUTED_DOT : "");
    else if (window->unread > 0 || window->mentions > 0)
        snprintf(out, COUNTS_MAX, "%s%s%s", unread, window->mentions > 0 ? " !" : "",
                 window->mentions > 0 ? mentions : "");
}

/* ---- lines ---- */

static void note_nick(struct view *view, const struct window *window, size_t at, int y)
{
    char suffix[ROSTER_SUFFIX_MAX], nick[LIMIT_NICK + 1];
    const struct view_line *line = window->lines[at];
    struct sight sight = window_sight(window, at, suffix);
    int from, to;
    if (line->nick_size > LIMIT_NICK || (!window->unfolded && view_line_hides(line)))
        return;
    const struct sketch *sketch = sketch_of(window->sketches, line, &sight, view->width);
    if (sketch != NULL) {
        from = sketch->nick_from;
        to = sketch->nick_to;
    }
    if (sketch != NULL ? !sketch->has_nick : !view_line_nick(line, &sight, view->width, &from, &to))
        return;
    memcpy(nick, line->bytes, line->nick_size);
    nick[line->nick_size] = '\0';
    spot_add(view, y, from, to, HIT_NICK, nick);
}

/* Returns how many rows at the top stay empty. */
static int paint_lines(struct view *view, struct cell *cells)
{
    const struct window *window = view->current;
    size_t next = window->follows ? window->count : window->bottom + 1;
    int hidden = window->follows ? 0 : window->hidden;
    int left = view->rows;
    while (left > 0 && next > window_shown_from(window)) {
        int all = window_rows(window, --next, view->width);
        if (all == 0)
            continue; /* it is in the fold above it */
        int own = all - window_head(window, next);
        int to = all - (hidden < all ? hidden : all - 1);
        int from = to > left ? to - left : 0;
        left -= to - from;
        window_draw(window, next, view->width, from, to,
                    cells + (size_t)left * (size_t)view->width);
        if (all - own >= from && all - own < to)
            note_nick(view, window, next, left + all - own - from);
        hidden = 0;
    }
    return left;
}

bool view_line_under(const struct view *view, int y, size_t *at, int *row)
{
    const struct window *window = view->current;
    size_t next = window->follows ? window->count : window->bottom + 1;
    int hidden = window->follows ? 0 : window->hidden, left = view->rows;
    while (left > y && next > window_shown_from(window)) {
        int all = window_rows(window, --next, view->width);
        if (all == 0)
            continue;
        left -= all - (hidden < all ? hidden : all - 1);
        hidden = 0;
    }
    *at = next;
    *row = left <= y && next < window->count ? y - left - window_head(window, next) : -1;
    return *row >= 0 && y < view->rows;
}

/* Over the end of the last row, so that it moves nothing. */
static void paint_new_below(struct view *view, struct cell *row)
{
    char words[COUNT_ROOM];
    const struct window *window = view->current;
    if (window->follows || window->unread == 0 || view->rows < 1)
        return;
    size_t bytes = template_number(words, sizeof words, _(" {n} new below "), window->unread);
    int size = cells_columns(words, bytes), from = view->width > size ? view->width - size : 0;
    if (from > 0 && row[from].columns == 0) /* the second half of a wide one */
        cells_blank(row + from - 1, 1, STYLE_PLAIN);
    int to =
        cells_draw(row, view->width, from, words, bytes, STYLE_REVERSE | STYLE_BOLD, COLOUR_NEW);
    if (to < view->width && row[to].columns == 0)
        cells_blank(row + to, 1, STYLE_PLAIN);
    spot_add(view, view->rows - 1, from, to, HIT_NEW, "");
}

static void paint_middle(struct view *view, const struct area *area)
{
    size_t count = (size_t)area->columns * (size_t)area->rows;
    struct cell *cells = area->cells;
    size_t first_spot = view->spot_count;
    if (area->rows < 1)
        return;
    if (area->columns != area->stride) {
        if (view->canvas_room < count) {
            free(view->canvas);
            view->canvas = malloc(count * sizeof *view->canvas);
            CHECK(view->canvas != NULL);
            view->canvas_room = count;
        }
        cells = view->canvas;
        cells_blank(cells, count, STYLE_PLAIN);
    }
    view_paint_welcome(view, cells, paint_lines(view, cells));
    paint_new_below(view, cells + (size_t)(area->rows - 1) * (size_t)area->columns);
    if (cells == area->cells)
        return;
    for (int y = 0; y < area->rows; y++)
        memcpy(row_of(area, y), cells + (size_t)y * (size_t)area->columns,
               (size_t)area->columns * sizeof *cells);
    for (; first_spot < view->spot_count; first_spot++) {
        view->spots[first_spot].from += area->left;
        view->spots[first_spot].to += area->left;
    }
}

/* ---- panels ---- */

static void paint_bar(const struct area *area, int column)
{
    for (int y = 0; y < area->rows; y++)
        cells_draw(area->cells + (size_t)y * (size_t)area->stride, area->stride, column, BAR,
                   strlen(BAR), STYLE_DIM, COLOUR_LIST);
}

static void paint_channel(struct view *view, const struct area *area, int y,
                          const struct window *window)
{
    char number[COUNTS_MAX], label[LABEL_MAX];
    bool current = window == view->current, muted = heed_muted(view->heed, window->name);
    uint8_t style = muted                             ? STYLE_DIM
                    : current || window->mentions > 0 ? STYLE_BOLD
                    : window->unread > 0              ? STYLE_PLAIN
                                                      : STYLE_DIM;
    counts(view, window, number);
    size_t bytes = strlen(number);
    int size = current ? 0 : cells_columns(number, bytes), columns = area->columns;
    int room = size > 0 ? columns - size - 1 : columns;
    struct cell *row = row_of(area, y);
    cells_draw(row, columns, 0, current ? ">" : " ", 1, STYLE_BOLD, COLOUR_LIST);
    cells_draw(row, room, 1, label, view_window_label(view, window, label), style, COLOUR_LIST);
    if (size > 0)
        cells_draw(row, columns, columns - size, number, bytes, muted ? STYLE_DIM : STYLE_BOLD,
                   muted                  ? COLOUR_LIST
                   : window->mentions > 0 ? COLOUR_MENTION
                                          : COLOUR_NEW);
    spot_add(view, y, area->left, area->left + columns, HIT_CHANNEL, window->name);
}

/* How many there are in a list, and rows for them. */
static size_t list_count(const struct view *view, enum view_panel panel)
{
    const struct person *members[ROSTER_MAX];
    return panel == VIEW_CHANNELS ? view->count - 1
                                  : roster_members(&view->current->roster, members, ROSTER_MAX);
}

static size_t list_rows(const struct view *view, enum view_panel panel)
{
    int rows = panel == VIEW_CHANNELS ? view->rows : view->rows - 1; /* below how many are here */
    return rows > 0 ? (size_t)rows : 0;
}

static size_t index_of_current(const struct view *view)
{
    size_t at = 0;
    for (size_t i = 1; i < view->count; i++)
        if (view->windows[i] == view->current)
            at = i - 1;
    return at;
}

/* The lists stay where the wheel left them until the reader goes to another channel, which is in sight then. */
static void settle_lists(struct view *view)
{
    size_t rows = list_rows(view, VIEW_CHANNELS), at = index_of_current(view);
    if (view->listed_rows != view->rows || strcmp(view->listed, view->current->name) != 0) {
        view->first[VIEW_CHANNELS] = at >= rows ? at + 1 - rows : 0;
        view->first[VIEW_MEMBERS] = 0;
        view->listed_rows = view->rows;
        snprintf(view->listed, sizeof view->listed, "%s", view->current->name);
    }
    for (enum view_panel i = 0; i < VIEW_PANELS; i++) {
        size_t count = list_count(view, i), fits = list_rows(view, i);
        size_t last = count > fits ? count - fits : 0;
        view->first[i] = view->first[i] < last ? view->first[i] : last;
    }
}

bool view_wheel(struct view *view, int x, int y, int rows)
{
    enum view_panel panel = view_panel_at(view, x);
    if (panel == VIEW_PANELS || y < 0 || y >= view->rows ||
        list_count(view, panel) <= list_rows(view, panel))
        return false;
    size_t *first = &view->first[panel], up = (size_t)(rows < 0 ? -rows : 0);
    *first = rows > 0 ? *first + (size_t)rows : *first > up ? *first - up : 0;
    settle_lists(view);
    view->changed = true;
    return true;
}

static void paint_channels(struct view *view, const struct area *area)
{
    size_t first = 1 + view->first[VIEW_CHANNELS], rows = list_rows(view, VIEW_CHANNELS);
    for (size_t i = first; i < view->count && i - first < rows; i++)
        paint_channel(view, area, (int)(i - first), view->windows[i]);
}

static void paint_member(struct view *view, const struct area *area, int y,
                         const struct person *person)
{
    char suffix[ROSTER_SUFFIX_MAX + 8];
    const char *nick = person->nick.text;
    struct cell *row = row_of(area, y);
    roster_suffix(&view->current->roster, &person->id, nick, strlen(nick), suffix);
    if (person->devices > 1) /* behind a space, too, which no nick has */
        snprintf(suffix + strlen(suffix), sizeof suffix - strlen(suffix), "%sx%u",
                 suffix[0] != '\0' ? " " : "", (unsigned)person->devices);
    /* The last column is the mark's alone, where there is any: no nick can look as if it had one. */
    int columns = view->current->roster.verified > 0 ? area->columns - 2 : area->columns;
    int room = suffix[0] != '\0' ? columns - (int)strlen(suffix) - 1 : columns;
    int column =
        cells_draw(row, room, 1, nick, strlen(nick), person->own ? STYLE_BOLD : STYLE_PLAIN,
                   (uint8_t)(COLOUR_NICK + palette_of(&person->id)));
    if (suffix[0] != '\0')
        column =
            cells_draw(row, columns, column + 1, suffix, strlen(suffix), STYLE_DIM, COLOUR_LIST);
    if ((person->marks & PERSON_VERIFIED) != 0)
        cells_draw(row, area->columns, area->columns - 1, "v", 1, STYLE_BOLD, COLOUR_LIST);
    spot_add(view, y, area->left, area->left + column, HIT_NICK, nick);
}

static void paint_members(struct view *view, const struct area *area)
{
    const struct person *members[ROSTER_MAX];
    size_t count = roster_members(&view->current->roster, members, ROSTER_MAX);
    size_t rows = list_rows(view, VIEW_MEMBERS), first = view->first[VIEW_MEMBERS];
    size_t left = count - first, shown = left;
    char words[COUNT_ROOM];
    if (left > rows)
        shown = rows > 0 ? rows - 1 : 0;
    template_number(words, sizeof words, _(" {n} here"), count);
    if (area->rows > 0)
        cells_draw(row_of(area, 0), area->columns, 0, words, strlen(words), STYLE_DIM, COLOUR_LIST);
    for (size_t i = 0; i < shown; i++)
        paint_member(view, area, 1 + (int)i, members[first + i]);
    template_number(words, sizeof words, _(" +{n} more"), left - shown);
    if (shown < left && rows > 0)
        cells_draw(row_of(area, (int)rows), area->columns, 0, words, strlen(words), STYLE_DIM,
                   COLOUR_LIST);
}

/* ---- status ---- */

struct status {
    struct view *view;
    struct cell *row;
    int y, width, column;
};

/* One item, when it fits whole; to be clicked when it is a channel. */
static void item(struct status *status, const char *text, uint8_t style, const char *channel)
{
    int gap = status->column == 0 ? 1 : 2, from = status->column + gap;
    if (text[0] == '\0' || from + cells_columns(text, strlen(text)) > status->width)
        return;
    status->column =
        cells_draw(status->row, status->width, from, text, strlen(text), style, COLOUR_STATUS);
    if (channel != NULL)
        spot_add(status->view, status->y, from, status->column, HIT_CHANNEL, channel);
}

static void paint_unread(struct status *status)
{
    char text[LABEL_MAX + COUNTS_MAX], number[COUNTS_MAX], label[LABEL_MAX];
    for (size_t i = 1; i < status->view->count; i++) {
        const struct window *other = status->view->windows[i];
        if (other->unread == 0 || other == status->view->current ||
            heed_muted(status->view->heed, other->name))
            continue;
        counts(status->view, other, number);
        view_window_label(status->view, other, label);
        snprintf(text, sizeof text, "%s %s", label, number);
        item(status, text, STYLE_REVERSE | STYLE_BOLD, other->name);
    }
}

/* Those of which the edge hides all, or the last rows. */
static size_t lines_below(const struct window *window)
{
    return window->count - 1 - window->bottom + (window->hidden > 0) + window->below;
}

/* What matters most stands first, so that it stays on a narrow screen. */
static void paint_status(struct view *view, struct cell *row, int y, int width)
{
    char text[LABEL_MAX + 256];
    const struct window *window = view->current;
    const uint8_t loud = STYLE_REVERSE | STYLE_BOLD;
    struct status status = {.view = view, .row = row, .y = y, .width = width};
    cells_blank(row, (size_t)width, STYLE_REVERSE);
    for (int x = 0; x < width; x++)
        row[x].colour = COLOUR_STATUS;
    item(&status, view->nick.text, STYLE_REVERSE, NULL);
    view_label(view, text);
    item(&status, text[0] == '\0' ? _("no channel") : text, loud, NULL);
    if (window->out)
        item(&status, _("you are out"), loud, NULL);
    if (view->network[0] != '\0' && strcmp(view->network, "open") != 0)
        item(&status, view->network, STYLE_REVERSE, NULL);
    if (!window->follows) {
        size_t below = lines_below(window);
        if (window->far || below == 0)
            snprintf(text, sizeof text, _("more below"));
        else
            template_number(text, sizeof text, _("{n} more below"), below);
        item(&status, text, loud, NULL);
    }
    if (view->plain)
        item(&status, _("plain text"), STYLE_REVERSE, NULL);
    if (view->unfolded)
        item(&status, _("unfolded"), STYLE_REVERSE, NULL);
    if (window->coming > 0) {
        words_coming(window->coming, text, sizeof text);
        item(&status, text, STYLE_REVERSE, NULL);
    }
    if (window->closed > 0) {
        words_closed(window->closed, text, sizeof text);
        item(&status, text, STYLE_REVERSE, NULL);
    }
    bool all = view->painted[VIEW_CHANNELS] != 0 && view->count <= (size_t)view->rows + 1;
    if (!all) /* what stands in no panel */
        paint_unread(&status);
    if (view->links == 0 && view->status_known && view->looking[0] != '\0')
        words_looking(view->looking, text, sizeof text);
    else
        template_number(text, sizeof text, _("{n} {n|link|links}"), view->links);
    item(&status, text, STYLE_REVERSE, NULL);
    item(&status, view->address.text, STYLE_REVERSE, NULL);
}

/* ---- all ---- */

static void look(struct view *view)
{
    struct window *window = view->current;
    window_seen(window);
    if (view->rows > 0 && window_painted(window))
        seen_note(&view->seen, view->network, window->name, &window->seen);
}

void view_paint(struct view *view, struct cell *cells, int width, int height)
{
    CHECK(width > 0 && height > 0);
    view_lay_out(view, width);
    view->rows = height - 1;
    sketches_fit(view->sketches, height);
    view->spot_count = 0;
    cells_blank(cells, (size_t)width * (size_t)height, STYLE_PLAIN);
    view->current->plain = view->plain;
    view->current->unfolded = view->unfolded;
    window_settle(view->current, view->width, view->rows);
    if (view_sees(view, view->current))
        look(view);
    struct area area = {cells, width, 0, view->width, view->rows};
    settle_lists(view);
    int channels = view->painted[VIEW_CHANNELS], members = view->painted[VIEW_MEMBERS];
    if (channels > 0) {
        struct area left = {cells, width, 0, channels, view->rows};
        paint_channels(view, &left);
        paint_bar(&left, channels);
        area.left = channels + 1;
    }
    if (members > 0) {
        struct area right = {cells, width, width - members, members, view->rows};
        paint_members(view, &right);
        paint_bar(&right, width - members - 1);
    }
    view->left = area.left;
    paint_middle(view, &area);
    paint_status(view, cells + (size_t)width * (size_t)(height - 1), height - 1, width);
    view->changed = false;
}
