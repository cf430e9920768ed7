/* Wrap: how a text becomes rows.
 *
 * A row may be broken behind a space and on either side of a wide character (CJK and emoji have no
 * spaces). A word that is wider than a row is broken between graphemes, and only a grapheme that is
 * wider than a row between its cells. The spaces at a break are not drawn.
 *
 * 1. 0 <= column <= width at all times, and no cell is written outside rows from..to-1.
 * 2. The rows do not depend on from and to: measuring and drawing agree.*/
#include "ui/wrap.h"

#include "ui/markup.h"

static void pen_break(struct pen *pen)
{
    pen->row++;
    pen->column = pen->indent;
}

/* Writes a cell where the pen stands, when its row is one of those that are wanted. */
static void pen_put(struct pen *pen, const struct cell *cell)
{
    if (pen->row < pen->from || pen->row >= pen->to)
        return;
    struct cell drawn = *cell;
    drawn.style = pen->style | (pen->mark & STYLE_ALL);
    drawn.colour = pen->mark & MARKUP_MENTION ? COLOUR_MENTION
                   : pen->mark & MARKUP_LINK  ? COLOUR_LINK
                   : pen->mark & MARKUP_CODE  ? COLOUR_CODE
                                              : pen->colour;
    cells_put(pen->cells + (size_t)(pen->row - pen->from) * (size_t)pen->width, pen->column,
              &drawn);
}

static void pen_cell(struct pen *pen, const struct cell *cell)
{
    if (pen->column + cell->columns > pen->width)
        pen_break(pen);
    if (pen->column + cell->columns > pen->width)
        return; /* a wide one on a screen of one column */
    pen_put(pen, cell);
    pen->column += cell->columns;
}

/* A letter that is a cell by itself, as most are: what is behind it cannot belong to it. */
static bool is_plain(const char *s, size_t at, size_t size)
{
    return s[at] > ' ' && s[at] < 0x7F && (at + 1 == size || (unsigned char)s[at + 1] < 0x80);
}

/* How many of them follow one another. */
static size_t plain_run(const char *s, size_t at, size_t size)
{
    size_t from = at;
    while (at < size && is_plain(s, at, size))
        at++;
    return at - from;
}

static void pen_grapheme(struct pen *pen, const struct cell *cells, size_t count)
{
    int columns = 0;
    for (size_t i = 0; i < count; i++)
        columns += cells[i].columns;
    if (pen->column > pen->indent && pen->column + columns > pen->width &&
        pen->indent + columns <= pen->width)
        pen_break(pen);
    for (size_t i = 0; i < count; i++)
        pen_cell(pen, &cells[i]);
}

/* Whether what was just drawn covers the place that is sought. */
static bool stands_there(const struct pen *pen, const struct cell *cells, size_t count)
{
    int columns = 0;
    for (size_t i = 0; i < count; i++)
        columns += cells[i].columns;
    return pen->row == pen->seek_row && pen->column > pen->seek_column &&
           pen->column - columns <= pen->seek_column;
}

static void pen_space(struct pen *pen, int columns)
{
    static const struct cell space = {.text = {' '}, .size = 1, .columns = 1};
    while (columns-- > 0 && pen->column < pen->width)
        pen_cell(pen, &space);
}

/* Letters that are a cell each: as pen_grapheme(), without looking at each twice. */
static void pen_plain(struct pen *pen, const char *s, size_t count, const uint8_t *marks)
{
    bool measures = pen->from >= pen->to && !pen->seeks;
    if (measures && pen->column + (int)count <= pen->width) {
        pen->column += (int)count;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct cell cell = {.text = {s[i]}, .size = 1, .columns = 1};
        if (marks != NULL)
            pen->mark = marks[i];
        pen_cell(pen, &cell);
        if (pen->seeks && stands_there(pen, &cell, 1))
            pen->sought = s + i;
    }
}

/* Columns of the word at the start of s, counted no further than `enough`. */
static int word_columns(const char *s, size_t size, int enough)
{
    struct cell cells[CELLS_MAX];
    int columns = 0;
    for (size_t at = 0, count; at < size && columns < enough;) {
        if (s[at] == ' ' || s[at] == '\n' || s[at] == '\t')
            break;
        size_t run = plain_run(s, at, size);
        if (run > 0) {
            columns += (int)run;
            at += run;
            continue;
        }
        size_t taken = cells_of(s + at, size - at, cells, &count);
        if (count > 0 && cells[0].columns == 2 && at > 0)
            break;
        at += taken;
        for (size_t i = 0; i < count; i++)
            columns += cells[i].columns;
        if (count > 0 && cells[0].columns == 2)
            break;
    }
    return columns;
}

void pen_text(struct pen *pen, const char *s, size_t size)
{
    struct cell cells[CELLS_MAX];
    bool word = false; /* inside one whose room was looked at */
    for (size_t at = 0, count; at < size;) {
        pen->mark = pen->marks != NULL ? pen->marks[at] : 0;
        if (s[at] == '\n') {
            pen_break(pen);
        } else if (s[at] == '\t') {
            pen_space(pen, CELLS_TAB - (pen->column - pen->indent) % CELLS_TAB);
        } else if (s[at] == ' ') {
            pen_space(pen, 1);
        } else {
            size_t taken = plain_run(s, at, size);
            bool plain = taken > 0;
            if (!plain)
                taken = cells_of(s + at, size - at, cells, &count);
            bool wide = !plain && count > 0 && cells[0].columns == 2;
            if (!word || wide) {
                int room = pen->width - pen->indent;
                int columns = word_columns(s + at, size - at, room + 1);
                if (pen->column > pen->indent && pen->column + columns > pen->width &&
                    columns <= room)
                    pen_break(pen);
            }
            if (plain)
                pen_plain(pen, s + at, taken, pen->marks != NULL ? pen->marks + at : NULL);
            else
                pen_grapheme(pen, cells, count);
            if (!plain && pen->seeks && stands_there(pen, cells, count))
                pen->sought = s + at;
            word = !wide;
            at += taken;
            continue;
        }
        word = false;
        at++;
    }
    pen->mark = 0;
}
