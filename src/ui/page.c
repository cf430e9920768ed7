/* Page: the text is laid out anew at each painting, so that it always fits the width.
 *
 *   The title
 *   \join #channel      takes part in a channel and
 *                       writes there                  a row hangs where the text began,
 *     indented text, whose rows                       or where the line did
 *     hang below it
 *    1-3 of 9   Page Down, Page Up; Escape closes
 *
 * 1. The last row says where one is and how to go on, where there is more than fits; with one row only, the text has it. */
#include "ui/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/keys.h"
#include "ui/popup.h"
#include "ui/template.h"
#include "ui/wrap.h"

struct page {
    bool open;
    int picture;     /* lines of it at the top */
    int top;         /* rows above the screen */
    int all, screen; /* rows of the text, and of the screen for it, as last painted */
    char text[PAGE_TEXT_MAX];
};

struct page *page_new(void)
{
    struct page *page = calloc(1, sizeof *page);
    CHECK(page != NULL);
    return page;
}

void page_free(struct page *page)
{
    free(page);
}

void page_open(struct page *page, const char *text)
{
    text_tame(page->text, sizeof page->text, text, strlen(text), TAME_LINES);
    page->open = true;
    page->top = page->all = page->screen = page->picture = 0;
}

void page_open_picture(struct page *page, const char *text, int rows)
{
    page_open(page, text);
    page->picture = rows;
}

void page_close(struct page *page)
{
    page->open = false;
}

bool page_is_open(const struct page *page)
{
    return page->open;
}

void page_scroll(struct page *page, int rows)
{
    int last = page->all > page->screen ? page->all - page->screen : 0;
    page->top = rows > last - page->top ? last : page->top + rows;
    page->top = page->top < 0 ? 0 : page->top;
}

bool page_do(struct page *page, int action, bool empty)
{
    int screen = page->screen > 1 ? page->screen - 1 : 1;
    if (!page->open)
        return false;
    switch (action) {
    case ACTION_OLDER:
    case ACTION_LINE_UP: page_scroll(page, -1); return true;
    case ACTION_NEWER:
    case ACTION_LINE_DOWN: page_scroll(page, 1); return true;
    case ACTION_PAGE_UP: page_scroll(page, -screen); return true;
    case ACTION_PAGE_DOWN: page_scroll(page, screen); return true;
    case ACTION_TOP: page_scroll(page, -page->all); return true;
    case ACTION_BOTTOM: page_scroll(page, page->all); return true;
    case ACTION_CLOSE: page_close(page); return true;
    case ACTION_SEND: page_close(page); return empty;
    default: return false;
    }
}

/* Where the rows after a line's first begin: behind the first gap of two spaces or more. */
static int hang(const char *line, size_t size, int width)
{
    size_t lead = 0, at;
    while (lead < size && line[lead] == ' ')
        lead++;
    for (at = lead; at + 1 < size && !(line[at] == ' ' && line[at + 1] == ' '); at++)
        ;
    size_t gap = at;
    while (at < size && line[at] == ' ')
        at++;
    int column = text_columns(line, at);
    if (gap + 1 < size && column <= width / 2)
        return column;
    int indent = (int)lead + (gap + 1 < size ? 2 : 0);
    return indent <= width / 2 ? indent : 0;
}

/* Draws rows from..to-1 of the whole text; returns how many there are. */
static int lay_out(const struct page *page, struct cell *cells, int width, int from, int to)
{
    int row = 0, number = 0;
    for (const char *line = page->text; line != NULL; number++) {
        const char *end = strchr(line, '\n');
        size_t size = end != NULL ? (size_t)(end - line) : strlen(line);
        struct pen measure = {.width = width, .indent = hang(line, size, width)};
        pen_text(&measure, line, size);
        int rows = measure.row + 1, first = row < from ? from - row : 0;
        int last = row + rows > to ? to - row : rows;
        if (first < last) {
            struct pen pen = {.cells = cells + (size_t)(row + first - from) * (size_t)width,
                              .width = width,
                              .from = first,
                              .to = last,
                              .indent = measure.indent,
                              .style = number == 0 && page->picture == 0 ? STYLE_BOLD : STYLE_PLAIN,
                              .colour = number < page->picture ? COLOUR_QR : COLOUR_NONE};
            pen_text(&pen, line, size);
        }
        row += rows;
        line = end != NULL ? end + 1 : NULL;
    }
    return row;
}

#define FOOT_ROOM 160

static void write_foot(const struct page *page, const char *template, char out[FOOT_ROOM])
{
    int last = page->top + page->screen < page->all ? page->top + page->screen : page->all;
    struct writer w = writer_of(out, FOOT_ROOM - 1);
    TEMPLATE(&w, template, {"from", NULL, (uint64_t)page->top + 1}, {"to", NULL, (uint64_t)last},
             {"n", NULL, (uint64_t)page->all});
    out[w.size] = '\0';
}

/* How to close it matters most: on a narrow screen the rest is left out. */
static void paint_foot(const struct page *page, struct cell *row, int width)
{
    char long_foot[FOOT_ROOM], foot[FOOT_ROOM], short_foot[FOOT_ROOM];
    const char *whole[] = {_(" Escape closes this"), _(" Esc closes"), NULL};
    const char *part[] = {long_foot, foot, short_foot, _(" Esc closes"), NULL};
    write_foot(page, _(" {from}-{to} of {n}  Page Up, Page Down; Escape closes"), long_foot);
    write_foot(page, _(" {from}-{to} of {n}  Escape closes"), foot);
    write_foot(page, _(" {from}-{to}/{n} Esc closes"), short_foot);
    const char *words = popup_fitting(page->all <= page->screen ? whole : part, width, 1);
    cells_blank(row, (size_t)width, STYLE_REVERSE);
    for (int x = 0; x < width; x++)
        row[x].colour = COLOUR_STATUS;
    cells_draw(row, width, 0, words, strlen(words), STYLE_REVERSE, COLOUR_STATUS);
}

void page_paint(struct page *page, struct cell *cells, int width, int rows)
{
    if (!page->open || rows < 1)
        return;
    page->screen = rows > 1 ? rows - 1 : 1;
    page->all = lay_out(page, NULL, width, 0, 0);
    page_scroll(page, 0); /* a wider screen may have less below */
    cells_blank(cells, (size_t)width * (size_t)rows, STYLE_PLAIN);
    lay_out(page, cells, width, page->top, page->top + page->screen);
    if (rows > 1)
        paint_foot(page, cells + (size_t)(rows - 1) * (size_t)width, width);
}
