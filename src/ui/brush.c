/* Brush: moving, styles, colours, and scrolling, in the terminal's own sequences.
 *
 * 1. Between two drawings there are no styles and the text's colours, as curses leaves it and finds
 *    it: so it can draw all anew at any time, and need not know what was drawn meanwhile.
 * 2. After the last column of a row nobody knows where the cursor is: it is placed anew. */
#include "ui/brush.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ui/cells.h"
#include "ui/theme.h"

/* Behind all others: its macros are plain words. */
#include <curses.h>
#include <term.h>
#undef columns

#define BYTES        8192
#define PART         128 /* the longest that is added at once, and more */
#define SEQUENCE     24
#define STYLES       5
#define NOBODY_KNOWS (-1)
#define CUP          "\033[%i%p1%d;%p2%dH"
#define REGION       "\033[%i%p1%d;%p2%dr"
#define ERASE_LINE   "\033[K"

struct brush {
    void (*put)(const void *bytes, size_t size);
    char bytes[BYTES];
    size_t size;
    int row, column; /* of the cursor; row may be NOBODY_KNOWS */
    uint8_t style;   /* of what is drawn next */
    int pair;        /* likewise; may be NOBODY_KNOWS */
    bool empties;
    char plain[SEQUENCE];
    char styles[STYLES][SEQUENCE]; /* "" where the terminal has none */
    char pairs[BRUSH_PAIRS][2 * SEQUENCE];
};

/* A sequence of the terminal's; false when it is too long, or must be waited for. */
static bool take(char room[SEQUENCE], const char *sequence)
{
    room[0] = '\0';
    if (sequence == NULL || sequence == (const char *)-1)
        return true;
    if (strlen(sequence) >= SEQUENCE || strstr(sequence, "$<") != NULL)
        return false;
    memcpy(room, sequence, strlen(sequence) + 1);
    return true;
}

static bool is(const char *name, const char *sequence)
{
    const char *own = tigetstr(name);
    return own != NULL && own != (const char *)-1 && strcmp(own, sequence) == 0;
}

static bool fits(struct brush *brush)
{
    /* By the bits of enum cell_style. */
    static const char *const names[STYLES] = {"dim", "bold", "rev", "sitm", "smul"};
    bool taken = take(brush->plain, tigetstr("sgr0")) && brush->plain[0] != '\0';
    for (size_t i = 0; i < STYLES; i++)
        taken = taken && take(brush->styles[i], tigetstr(names[i]));
    brush->empties = is("el", ERASE_LINE) && is("csr", REGION) && is("ind", "\n");
    /* Styles that colours undo, or that take a place; moving in a style, the last column. */
    return taken && is("cup", CUP) && tigetnum("ncv") <= 0 && tigetnum("xmc") <= 0 &&
           tigetflag("msgr") == 1 && tigetflag("xenl") == 1;
}

struct brush *brush_new(void (*put)(const void *bytes, size_t size))
{
    struct brush *brush = calloc(1, sizeof *brush);
    CHECK(brush != NULL);
    brush->put = put;
    if (fits(brush))
        return brush;
    free(brush);
    return NULL;
}

void brush_free(struct brush *brush)
{
    free(brush);
}

static size_t colour(const char *name, int number, char room[SEQUENCE])
{
    const char *sequence = number == THEME_DEFAULT ? NULL : tigetstr(name);
    if (sequence == NULL || sequence == (const char *)-1 ||
        !take(room, tparm(sequence, number, 0, 0, 0, 0, 0, 0, 0, 0)))
        room[0] = '\0';
    return strlen(room);
}

void brush_pair(struct brush *brush, int pair, int front, int back)
{
    CHECK(pair >= 0 && pair < BRUSH_PAIRS);
    char *at = brush->pairs[pair];
    at += colour("setaf", front, at);
    colour("setab", back, at);
}

/* ---- out ---- */

static void add(struct brush *brush, const char *bytes, size_t size)
{
    if (brush->size + size > BYTES) {
        brush->put(brush->bytes, brush->size);
        brush->size = 0;
    }
    memcpy(brush->bytes + brush->size, bytes, size);
    brush->size += size;
}

static void add_sequence(struct brush *brush, const char *sequence)
{
    add(brush, sequence, strlen(sequence));
}

static void move_to(struct brush *brush, int row, int column)
{
    char bytes[PART];
    if (brush->row != row || brush->column != column)
        add(brush, bytes,
            (size_t)snprintf(bytes, sizeof bytes, "\033[%d;%dH", row + 1, column + 1));
    brush->row = row;
    brush->column = column;
}

static void look(struct brush *brush, uint8_t style, int pair)
{
    if (brush->style == style && brush->pair == pair)
        return;
    add_sequence(brush, brush->plain);
    for (size_t i = 0; i < STYLES; i++)
        if ((style & (1u << i)) != 0)
            add_sequence(brush, brush->styles[i]);
    add_sequence(brush, brush->pairs[pair]);
    brush->style = style;
    brush->pair = pair;
}

void brush_take_over(struct brush *brush, int row, int column)
{
    brush->row = row;
    brush->column = column;
    brush->pair = NOBODY_KNOWS;
}

void brush_put(struct brush *brush, int row, int column, const char *text, size_t size, int columns,
               uint8_t style, int pair)
{
    move_to(brush, row, column);
    look(brush, style, pair);
    add(brush, text, size);
    brush->column += columns;
}

bool brush_empties(const struct brush *brush)
{
    return brush->empties && brush->pairs[0][0] == '\0';
}

void brush_empty(struct brush *brush, int row, int column)
{
    look(brush, STYLE_PLAIN, 0);
    move_to(brush, row, column);
    add_sequence(brush, ERASE_LINE);
}

void brush_scroll(struct brush *brush, int from, int to, int by, int height)
{
    char bytes[PART];
    look(brush, STYLE_PLAIN, 0);
    add(brush, bytes,
        (size_t)snprintf(bytes, sizeof bytes, "\033[%d;%dr\033[%d;1H", from + 1, to + 1, to + 1));
    for (int i = 0; i < by; i++)
        add_sequence(brush, "\n");
    add(brush, bytes, (size_t)snprintf(bytes, sizeof bytes, "\033[1;%dr", height));
    brush->row = NOBODY_KNOWS;
}

void brush_end(struct brush *brush, int row, int column)
{
    look(brush, STYLE_PLAIN, 0);
    move_to(brush, row, column);
    if (brush->size > 0)
        brush->put(brush->bytes, brush->size);
    brush->size = 0;
}
