/* Draw: cells to the terminal.
 *
 *     view.c, edit.c -> cells -> what differs from `drawn` -> brush.c -> the terminal
 *                             -> all, or no brush for it   -> curses  -> what differs on the terminal
 *
 * Curses draws the whole screen, and all of it on terminals that brush.c does not know. Whatever it
 * is given costs a conversion to wide characters and a look at the whole screen; most paintings
 * change a row or two, or move all rows up by one.
 *
 * 1. A cell goes to curses only when libc agrees on its columns, since curses counts by libc: else
 *    question marks fill its place (plainer marks that of the view's own ones). In a locale that is
 *    not UTF-8 this does the right thing too.
 * 2. `drawn` is what is on the terminal, cell by cell, unless `anew`. A wide cell is drawn whole or
 *    not at all: what is drawn of a row begins at a base and ends behind one.
 * 3. What curses believes of the terminal may be old where there is a brush: it only ever draws all
 *    anew then. */
#include "ui/draw.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/brush.h"
#include "ui/label.h"

/* Behind all others: its macros are plain words, this one a field of ours. */
#include <term.h>
#undef columns

#define DIM_PAIR  (COLOUR_NICK + PALETTE_SIZE)
#define GAP       8      /* columns that stay: to jump over them is shorter than to draw them */
#define MOVED     8      /* rows by which lines go up at most, for the terminal to move them */
#define WORTH_IT  3      /* rows that need not be drawn then */
#define HELD_MARK 0x2713 /* which the fonts of the Linux console do not have, nor the lock */

struct draw {
    struct cell *cells, *drawn;
    struct brush *brush; /* NULL: curses draws */
    int width, height;
    bool anew;
    bool colour; /* pairs are those of cells.h */
    bool plain;  /* its letters are few: plainer marks */
    struct theme theme;
};

/* Where curses does not know the terminal's own colours, they are taken for white on black. */
static void settle_pair(const struct draw *draw, bool own, int pair, int front, int back)
{
    if (!own && front == THEME_DEFAULT)
        front = COLOR_WHITE;
    if (!own && back == THEME_DEFAULT)
        back = COLOR_BLACK;
    init_pair((short)pair, (short)front, (short)back);
    if (draw->brush != NULL)
        brush_pair(draw->brush, pair, front, back);
}

/* Pair 0 is the text's; of the others each part has its own, on the text's ground. */
static void settle_colours(struct draw *draw)
{
    const struct theme *theme = &draw->theme;
    int ground = theme_colour(theme->text.back, COLORS);
    bool own = use_default_colors() == OK;
    if (own)
        assume_default_colors(theme_colour(theme->text.front, COLORS), ground);
    if (draw->brush != NULL)
        brush_pair(draw->brush, 0, own ? theme_colour(theme->text.front, COLORS) : THEME_DEFAULT,
                   own ? ground : THEME_DEFAULT);
    for (int i = 1; i < COLOUR_NICK; i++) {
        const struct theme_look *look = &theme->parts[i];
        int back = look->back != THEME_DEFAULT ? theme_colour(look->back, COLORS) : ground;
        int front = look->front != THEME_DEFAULT ? look->front : theme->text.front;
        settle_pair(draw, own, i, theme_colour(front, COLORS), back);
    }
    for (uint8_t i = 0; i < PALETTE_SIZE; i++)
        settle_pair(draw, own, COLOUR_NICK + i, theme_nick(theme, i, COLORS), ground);
    settle_pair(draw, own, DIM_PAIR, theme_colour(theme->dim.front, COLORS), ground);
}

static bool has_colours(void)
{
    const char *refused = getenv("NO_COLOR");
    return (refused == NULL || refused[0] == '\0') && has_colors() && start_color() == OK;
}

/* What was on its way while the size changed may have left a region for scrolling that is not the
 * whole screen: a line feed would then move its last row instead of the cursor. */
static void scroll_whole_screen(int height)
{
    const char *region = tigetstr("csr");
    if (region == NULL || region == (char *)-1 || !isatty(STDOUT_FILENO))
        return;
    putp(tparm(region, 0, height - 1));
    fflush(stdout); /* curses writes past it */
}

void draw_again(struct draw *draw)
{
    scroll_whole_screen(draw->height);
    clearok(curscr, TRUE);
    draw->anew = true;
}

void draw_theme(struct draw *draw, const struct theme *theme)
{
    if (draw->colour) {
        draw->theme = *theme;
        settle_colours(draw);
    } else {
        theme_mono(&draw->theme);
    }
    draw_again(draw);
}

struct draw *draw_new(const struct theme *theme, void (*put)(const void *bytes, size_t size))
{
    struct draw *draw = calloc(1, sizeof *draw);
    CHECK(draw != NULL);
    const char *term = getenv("TERM");
    draw->colour = has_colours();
    draw->plain = term != NULL && strcmp(term, "linux") == 0;
    draw->brush = put != NULL ? brush_new(put) : NULL;
    draw_resize(draw);
    draw_theme(draw, theme);
    return draw;
}

void draw_free(struct draw *draw)
{
    if (draw == NULL)
        return;
    brush_free(draw->brush);
    free(draw->cells);
    free(draw->drawn);
    free(draw);
}

void draw_resize(struct draw *draw)
{
    getmaxyx(stdscr, draw->height, draw->width);
    size_t count = (size_t)draw->width * (size_t)draw->height;
    free(draw->cells);
    free(draw->drawn);
    draw->cells = calloc(count, sizeof *draw->cells);
    draw->drawn = calloc(count, sizeof *draw->drawn);
    CHECK(draw->cells != NULL && draw->drawn != NULL);
    cells_blank(draw->cells, count, STYLE_PLAIN);
    draw_again(draw);
}

int draw_width(const struct draw *draw)
{
    return draw->width;
}

bool draw_has_ground(const struct draw *draw, enum cell_colour colour)
{
    return draw->colour && draw->theme.parts[colour].back != THEME_DEFAULT;
}

int draw_height(const struct draw *draw)
{
    return draw->height;
}

struct cell *draw_cells(struct draw *draw)
{
    return draw->cells;
}

/* What the theme makes of a cell's style. What has a ground of its own needs no reverse. */
static uint8_t style_of(const struct draw *draw, const struct cell *cell)
{
    const struct theme *theme = &draw->theme;
    uint8_t style = cell->style;
    if ((style & STYLE_DIM) != 0 && theme->dim_given)
        style = (uint8_t)((style & ~STYLE_DIM) | theme->dim.styles);
    if (cell->colour == COLOUR_NONE || cell->colour >= COLOUR_NICK)
        return style;
    const struct theme_look *look = &theme->parts[cell->colour];
    if (look->back != THEME_DEFAULT)
        style = (uint8_t)(style & ~STYLE_REVERSE);
    return style | look->styles;
}

static short pair_of(const struct draw *draw, const struct cell *cell)
{
    if (!draw->colour)
        return 0;
    bool dim = cell->colour == COLOUR_NONE && (cell->style & STYLE_DIM) != 0;
    if (dim && draw->theme.dim_given && draw->theme.dim.front != THEME_DEFAULT)
        return DIM_PAIR;
    return cell->colour;
}

static attr_t attributes(uint8_t style)
{
    static const struct {
        uint8_t style;
        attr_t attribute;
    } table[] = {{STYLE_DIM, A_DIM},
                 {STYLE_BOLD, A_BOLD},
                 {STYLE_REVERSE, A_REVERSE},
                 {STYLE_ITALIC, A_ITALIC},
                 {STYLE_UNDERLINE, A_UNDERLINE}};
    attr_t attribute = A_NORMAL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if ((style & table[i].style) != 0)
            attribute |= table[i].attribute;
    return attribute;
}

/* What stands for a mark of the view's where the locale has no such letter. */
static wchar_t stand_in(wchar_t mark)
{
    switch (mark) {
    case 0x2026: return L'.'; /* waiting */
    case HELD_MARK: return L'+';
    case 0x00A0: return L' '; /* between digits */
    case 0x00BB: return L'>'; /* late */
    case 0x2502: return L'|'; /* beside the panels */
    case 0x00B7: return L'.'; /* muted, and something is new */
    case LABEL_LOCK_CODE: return L'*';
    default: return L'?';
    }
}

/* True when libc agrees on what is in it: wide, ended by a zero; else what stands in for it is *instead. */
static bool cell_letters(const struct draw *draw, const struct cell *cell,
                         wchar_t wide[CCHARW_MAX + 1], wchar_t *instead)
{
    size_t count = 0;
    for (size_t at = 0; at < cell->size && count < CCHARW_MAX;) {
        uint32_t code;
        at += utf8_decode(cell->text + at, cell->size - at, &code);
        if (count == 0 || wcwidth((wchar_t)code) == 0)
            wide[count++] = (wchar_t)code;
    }
    wide[count] = L'\0';
    bool lacks = draw->plain && (wide[0] == HELD_MARK || wide[0] == LABEL_LOCK_CODE);
    *instead = stand_in(wide[0]);
    return wcwidth(wide[0]) == cell->columns && !lacks;
}

static void draw_cell(const struct draw *draw, int y, int x, const struct cell *cell)
{
    wchar_t wide[CCHARW_MAX + 1], instead[2] = {0};
    bool agreed = cell_letters(draw, cell, wide, &instead[0]);
    attr_t attribute = attributes(style_of(draw, cell));
    short pair = pair_of(draw, cell);
    cchar_t drawn;
    for (int i = 0; i < (agreed ? 1 : cell->columns); i++) {
        setcchar(&drawn, agreed ? wide : instead, attribute, pair, NULL);
        /* The last place of the screen gives ERR, with the cell in it all the same. */
        mvadd_wch(y, x + i, &drawn);
    }
}

static bool same(const struct cell *a, const struct cell *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void draw_row(struct draw *draw, int y)
{
    size_t first = (size_t)y * (size_t)draw->width;
    const struct cell *now = draw->cells + first;
    struct cell *before = draw->drawn + first;
    size_t bytes = (size_t)draw->width * sizeof *now;
    int from = 0, to = draw->width;
    if (!draw->anew) {
        if (memcmp(now, before, bytes) == 0)
            return;
        while (from < to && same(&now[from], &before[from]))
            from++;
        while (to > from && same(&now[to - 1], &before[to - 1]))
            to--;
    }
    while (from > 0 && from < to && now[from].columns == 0)
        from--;
    for (int x = from; x < to; x++)
        if (now[x].columns > 0)
            draw_cell(draw, y, x, &now[x]);
    memcpy(before, now, bytes);
}

/* ---- with the brush ---- */

static void brush_cell(const struct draw *draw, int y, int x, const struct cell *cell)
{
    uint8_t style = style_of(draw, cell);
    int pair = pair_of(draw, cell);
    wchar_t wide[CCHARW_MAX + 1], instead = 0;
    char text[CELL_BYTES];
    size_t size = 0;
    if (cell->size == 1) {
        brush_put(draw->brush, y, x, cell->text, 1, 1, style, pair);
    } else if (cell_letters(draw, cell, wide, &instead)) {
        for (size_t i = 0; wide[i] != L'\0' && size + 4 <= sizeof text; i++)
            size += utf8_encode(text + size, (uint32_t)wide[i]);
        brush_put(draw->brush, y, x, text, size, cell->columns, style, pair);
    } else {
        size = utf8_encode(text, (uint32_t)instead);
        for (int i = 0; i < cell->columns; i++)
            brush_put(draw->brush, y, x + i, text, size, 1, style, pair);
    }
}

static bool is_empty(const struct cell *cell)
{
    static const struct cell empty = {.text = {' '}, .size = 1, .columns = 1};
    return same(cell, &empty);
}

/* The column from which a row is empty, as far as the terminal can make it so. */
static int empty_from(const struct draw *draw, const struct cell *row)
{
    int from = draw->width;
    while (brush_empties(draw->brush) && from > 0 && is_empty(&row[from - 1]))
        from--;
    return from;
}

/* From x on the next column to be drawn: what stays is jumped over where it is wide enough. */
static int next_drawn(const struct cell *now, const struct cell *before, int x, int end)
{
    int at = x;
    while (at < end && same(&now[at], &before[at]))
        at++;
    if (at < end && x > 0 && at - x < GAP)
        return x;
    while (at < end && now[at].columns == 0)
        at--;
    return at;
}

static void brush_row(struct draw *draw, int y)
{
    size_t first = (size_t)y * (size_t)draw->width;
    const struct cell *now = draw->cells + first;
    struct cell *before = draw->drawn + first;
    size_t bytes = (size_t)draw->width * sizeof *now;
    if (memcmp(now, before, bytes) == 0)
        return;
    int empty = empty_from(draw, now), end = draw->width;
    while (same(&now[end - 1], &before[end - 1]))
        end--;
    bool empties = empty < end - GAP;
    if (empties)
        end = empty;
    for (int x = next_drawn(now, before, 0, end); x < end; x = next_drawn(now, before, x, end)) {
        brush_cell(draw, y, x, &now[x]);
        x += now[x].columns;
    }
    if (empties)
        brush_empty(draw->brush, y, empty);
    memcpy(before, now, bytes);
}

/* Rows that are those that stood `by` below them, by the most of them that then need not be drawn. */
struct moved {
    int from, count, by, saved;
};

static void find_moved(const struct draw *draw, int by, struct moved *most)
{
    size_t columns = (size_t)draw->width, bytes = columns * sizeof(struct cell);
    struct moved moved = {.by = by};
    for (int y = 0; y + by < draw->height; y++) {
        const struct cell *now = draw->cells + (size_t)y * columns;
        const struct cell *before = draw->drawn + (size_t)y * columns;
        if (memcmp(now, before + (size_t)by * columns, bytes) != 0) {
            moved.saved = 0;
            continue;
        }
        if (moved.saved == 0)
            moved.from = y;
        moved.saved += memcmp(now, before, bytes) != 0;
        moved.count = y + 1 - moved.from;
        if (moved.saved > most->saved)
            *most = moved;
    }
}

/* Lets the terminal move what only moved. */
static void move_rows(struct draw *draw)
{
    struct moved most = {0};
    size_t columns = (size_t)draw->width;
    if (!brush_empties(draw->brush))
        return;
    for (int by = 1; by <= MOVED && most.saved < WORTH_IT; by++)
        find_moved(draw, by, &most);
    if (most.saved < WORTH_IT)
        return;
    int empty = most.from + most.count;
    struct cell *to = draw->drawn + (size_t)most.from * columns;
    brush_scroll(draw->brush, most.from, empty + most.by - 1, most.by, draw->height);
    memmove(to, to + (size_t)most.by * columns, (size_t)most.count * columns * sizeof *to);
    cells_blank(draw->drawn + (size_t)empty * columns, (size_t)most.by * columns, STYLE_PLAIN);
}

static void brush_all(struct draw *draw, int from)
{
    if (from == 0)
        move_rows(draw);
    for (int y = from; y < draw->height; y++)
        brush_row(draw, y);
}

/* Curses ignores SIGTSTP while it writes; one that comes then waits, since it is blocked. */
static void write_out(void)
{
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    pthread_sigmask(SIG_BLOCK, &stop, &before);
    refresh();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void draw_show(struct draw *draw, int from, int cursor_row, int cursor_column)
{
    if (draw->brush != NULL && !draw->anew) {
        brush_all(draw, from);
        brush_end(draw->brush, cursor_row, cursor_column);
    } else {
        if (draw->anew)
            erase();
        for (int y = draw->anew ? 0 : from; y < draw->height; y++)
            draw_row(draw, y);
        draw->anew = false;
        move(cursor_row, cursor_column);
        write_out();
        if (draw->brush != NULL)
            brush_take_over(draw->brush, cursor_row, cursor_column);
    }
}
