/* Field: a text laid out in rows.
 *
 *     [#fika] what is typed goes on
 *             in the next row, and a↵
 *             line break has a sign
 *
 * 1. Every boundary of the text has a place below `width`, so the cursor can stand there: that of
 *    the letter behind it, and at the end one more, in a new row where the last is full.
 * 2. Nothing is drawn past a row's end; what is wider than a row is left out. */
#include "ui/field.h"

#include <string.h>

#include "base/text.h"

#define LINE_BREAK_SIGN "\xE2\x86\xB5" /* U+21B5 */

struct walk {
    const struct field *field;
    const char *text;
    size_t size, at; /* the grapheme at `at`, of `taken` bytes, stands at `spot` */
    size_t taken;
    struct spot spot;
    const char *sign; /* what is drawn for it */
    size_t sign_size;
    int columns;
};

/* A tab goes to the next stop, as in the lines, or to the end of its row. */
static int tab_columns(struct walk *walk)
{
    const struct field *field = walk->field;
    if (walk->spot.column >= field->width)
        walk->spot = (struct spot){walk->spot.row + 1, field->indent};
    int begins = walk->spot.row == 0 ? field->start : field->indent;
    int columns = CELLS_TAB - (walk->spot.column - begins) % CELLS_TAB;
    int room = field->width - walk->spot.column;
    return columns < room ? columns : room;
}

/* A letter that is a cell by itself, as most are: what is behind it cannot belong to it. */
static bool is_plain(const struct walk *walk)
{
    const char *at = walk->text + walk->at;
    return walk->at < walk->size && *at >= ' ' && *at < 0x7F &&
           (walk->at + 1 == walk->size || (unsigned char)at[1] < 0x80);
}

/* Finds the sign and the columns of what stands at `at`. */
static void look_at(struct walk *walk)
{
    walk->sign = walk->text + walk->at;
    walk->taken = walk->sign_size = 1;
    walk->columns = 1;
    if (is_plain(walk))
        return;
    walk->taken = walk->sign_size = grapheme_size(walk->sign, walk->size - walk->at);
    bool tab = walk->at < walk->size && *walk->sign == '\t';
    if (walk->at < walk->size && *walk->sign == '\n') {
        walk->sign = LINE_BREAK_SIGN;
        walk->sign_size = strlen(LINE_BREAK_SIGN);
    } else if (tab) {
        walk->sign = " ";
    }
    walk->columns = walk->at == walk->size ? 1
                    : tab                  ? tab_columns(walk)
                                           : cells_columns(walk->sign, walk->sign_size);
}

/* Finds the place of what stands at `at`; of the end, too. */
static void place(struct walk *walk)
{
    const struct field *field = walk->field;
    look_at(walk);
    if (walk->columns > field->width - field->indent)
        walk->columns = field->width - field->indent;
    if (walk->spot.column + walk->columns > field->width ||
        (walk->columns == 0 && walk->spot.column == field->width))
        walk->spot = (struct spot){walk->spot.row + 1, field->indent};
}

static struct walk walk_begin(const struct field *field, const struct edit *edit)
{
    struct walk walk = {.field = field, .spot = {0, field->start}};
    walk.text = edit_text(edit, &walk.size);
    place(&walk);
    return walk;
}

static bool walk_next(struct walk *walk)
{
    if (walk->at == walk->size)
        return false;
    bool breaks = walk->text[walk->at] == '\n';
    walk->spot.column += walk->columns;
    if (breaks)
        walk->spot = (struct spot){walk->spot.row + 1, walk->field->indent};
    walk->at += walk->taken;
    place(walk);
    return true;
}

static void lay_out(struct field *field, const char *prompt, int width)
{
    int columns = cells_columns(prompt, strlen(prompt));
    field->width = width;
    field->start = columns <= width / 2 ? columns : width / 2;
    field->indent = columns <= width / 3 ? columns : 0;
}

int field_rows(struct field *field, const struct edit *edit, const char *prompt, int width,
               int most)
{
    lay_out(field, prompt, width);
    struct walk walk = walk_begin(field, edit);
    while (walk_next(&walk) && walk.spot.row < most)
        ;
    return walk.spot.row < most ? walk.spot.row + 1 : most;
}

/* Scrolls as little as needed for the cursor to show, and shows no empty rows for want of it. */
static struct spot settle(struct field *field, const struct edit *edit, int rows)
{
    struct walk walk = walk_begin(field, edit);
    struct spot cursor = walk.spot;
    do
        if (walk.at <= edit_cursor(edit))
            cursor = walk.spot;
    while (walk_next(&walk));
    if (field->top > walk.spot.row + 1 - rows)
        field->top = walk.spot.row + 1 - rows;
    if (field->top > cursor.row || field->top < 0)
        field->top = cursor.row;
    if (field->top < cursor.row + 1 - rows)
        field->top = cursor.row + 1 - rows;
    return cursor;
}

struct spot field_paint(struct field *field, const struct edit *edit, const char *prompt,
                        struct cell *cells, int width, int rows)
{
    cells_blank(cells, (size_t)width * (size_t)rows, STYLE_PLAIN);
    lay_out(field, prompt, width);
    struct spot cursor = settle(field, edit, rows);
    if (field->top == 0)
        cells_draw(cells, field->start, 0, prompt, strlen(prompt), STYLE_BOLD, COLOUR_NONE);
    struct walk walk = walk_begin(field, edit);
    do {
        int row = walk.spot.row - field->top;
        uint8_t style = walk.at < walk.size && walk.text[walk.at] == '\n' ? STYLE_DIM : STYLE_PLAIN;
        if (row >= 0 && row < rows && walk.at < walk.size)
            cells_draw(cells + (size_t)row * (size_t)width, width, walk.spot.column, walk.sign,
                       walk.sign_size, style, COLOUR_NONE);
    } while (walk_next(&walk));
    return (struct spot){cursor.row - field->top, cursor.column};
}

int field_column(const struct field *field, const struct edit *edit, size_t at)
{
    struct walk walk = walk_begin(field, edit);
    while (walk.at < at && walk_next(&walk))
        ;
    return walk.spot.column;
}

bool field_move(const struct field *field, struct edit *edit, int by)
{
    if (field->width < 1)
        return false; /* nothing was laid out yet */
    struct spot cursor = {0, 0};
    struct walk walk = walk_begin(field, edit);
    do
        if (walk.at <= edit_cursor(edit))
            cursor = walk.spot;
    while (walk_next(&walk));
    size_t found = 0;
    bool any = false;
    walk = walk_begin(field, edit);
    do
        if (walk.spot.row == cursor.row + by && (!any || walk.spot.column <= cursor.column)) {
            found = walk.at;
            any = true;
        }
    while (walk_next(&walk));
    if (any)
        edit_move(edit, found);
    return any;
}
