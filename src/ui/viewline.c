/* View line: how one line is kept and how it looks.
 *
 *   12:34 <anna> what she said, and the rows after     wide: the rows after hang under the text
 *                the first
 *   <anna> what                                         narrow: no clock, two columns
 *     she said
 *
 * What came over a classic link says so in front of the nick, and wears no identity's colour:
 * nobody has proven it. A line is kept tamed but otherwise as it came; its screen form is made
 * whenever it is drawn (a screenful costs less than keeping it would). */
#include "ui/viewline.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/palette.h"
#include "ui/words.h"

#define NARROW_COLUMNS 40
#define NARROW_INDENT  2
#define CLASSIC_MARK   "(classic) "
#define NOTICE_MARK    "-- "

/* Taming may make three bytes of one; a line's size fits in 16 bits all the same. */
#define TAMED_MAX (3 * LIMIT_TEXT + 64)
_Static_assert(TAMED_MAX <= UINT16_MAX, "text_size is too small");
_Static_assert(3 * LIMIT_NICK + 16 <= UINT8_MAX, "nick_size is too small");

static struct view_line *line_new(const char *nick, size_t nick_size, struct bytes text)
{
    size_t given = text.size < LIMIT_TEXT ? text.size : LIMIT_TEXT;
    char *tame = malloc(TAMED_MAX);
    CHECK(tame != NULL);
    size_t size = text_tame(tame, TAMED_MAX, (const char *)text.at, given, TAME_LINES);
    struct view_line *line = malloc(sizeof *line + nick_size + size);
    CHECK(line != NULL);
    *line = (struct view_line){.text_size = (uint16_t)size, .nick_size = (uint8_t)nick_size};
    memcpy(line->bytes, nick, nick_size);
    memcpy(line->bytes + nick_size, tame, size);
    free(tame);
    return line;
}

struct view_line *view_line_said(const struct show *show)
{
    char nick[3 * LIMIT_NICK + 16];
    size_t nick_size =
        text_tame(nick, sizeof nick, show->nick.text, strlen(show->nick.text), TAME_LINE);
    struct view_line *line = line_new(nick, nick_size, show->text);
    line->kind = show->action ? LINE_ACTION : LINE_SAID;
    line->wall_ms = show->wall_ms;
    line->author = show->id;
    line->own = show->own;
    line->history = show->via == VIA_HISTORY;
    line->classic = show->via == VIA_CLASSIC;
    if (!line->classic) {
        line->lamport = show->lamport;
        line->seq = show->seq;
    }
    return line;
}

struct view_line *view_line_sentence(enum view_line_kind kind, const char *text, uint64_t wall_ms)
{
    struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    struct view_line *line = line_new("", 0, bytes);
    line->kind = (uint8_t)kind;
    line->wall_ms = wall_ms;
    return line;
}

size_t view_line_bytes(const struct view_line *line)
{
    return sizeof *line + line->nick_size + line->text_size;
}

bool view_line_ordered(const struct view_line *line)
{
    return line->lamport != 0 || line->seq != 0;
}

int view_line_compare(const struct view_line *a, const struct view_line *b)
{
    if (a->lamport != b->lamport)
        return a->lamport < b->lamport ? -1 : 1;
    int authors = id_compare(&a->author, &b->author);
    if (authors != 0)
        return authors;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static void pen_say(struct pen *pen, const char *s, size_t size, uint8_t style, uint8_t colour)
{
    pen->style = style;
    pen->colour = colour;
    pen_text(pen, s, size);
}

static void draw_nick(const struct view_line *line, struct pen *pen, uint8_t style)
{
    uint8_t colour = COLOUR_NONE;
    if (!id_is_zero(&line->author) && !line->classic)
        colour = (uint8_t)(COLOUR_NICK + palette_of(&line->author));
    uint8_t nick_style = (uint8_t)(style | (line->own ? STYLE_BOLD : STYLE_PLAIN));
    if (line->classic)
        pen_say(pen, CLASSIC_MARK, strlen(CLASSIC_MARK), STYLE_DIM, COLOUR_NONE);
    if (line->kind == LINE_ACTION)
        pen_say(pen, "* ", 2, style, COLOUR_NONE);
    if (line->nick_size == 0)
        return;
    if (line->kind == LINE_SAID)
        pen_say(pen, "<", 1, STYLE_DIM, COLOUR_NONE);
    pen_say(pen, line->bytes, line->nick_size, nick_style, colour);
    if (line->kind == LINE_SAID)
        pen_say(pen, "> ", 2, STYLE_DIM, COLOUR_NONE);
    else
        pen_say(pen, " ", 1, style, COLOUR_NONE);
}

static void draw(const struct view_line *line, struct pen *pen)
{
    bool narrow = pen->width < NARROW_COLUMNS;
    pen->indent = pen->width >= 4 * NARROW_INDENT ? NARROW_INDENT : 0;
    if (!narrow) {
        char clock[6];
        words_clock(line->wall_ms, clock);
        pen_say(pen, clock, strlen(clock), STYLE_DIM, COLOUR_NONE);
        pen_say(pen, " ", 1, STYLE_DIM, COLOUR_NONE);
    }
    uint8_t style = line->history || line->kind == LINE_FAINT ? STYLE_DIM : STYLE_PLAIN;
    uint8_t colour = line->kind == LINE_ERROR ? COLOUR_ERROR : COLOUR_NONE;
    if (line->kind == LINE_SAID || line->kind == LINE_ACTION)
        draw_nick(line, pen, style);
    else
        pen_say(pen, NOTICE_MARK, strlen(NOTICE_MARK), STYLE_DIM, colour);
    if (!narrow && pen->row == 0 && pen->column <= pen->width / 2)
        pen->indent = pen->column;
    pen_say(pen, line->bytes + line->nick_size, line->text_size, style, colour);
}

int view_line_rows(const struct view_line *line, int width)
{
    struct pen pen = {.width = width};
    draw(line, &pen);
    return pen.row + 1;
}

void view_line_draw(const struct view_line *line, int width, int from, int to, struct cell *cells)
{
    struct pen pen = {.cells = cells, .width = width, .from = from, .to = to};
    draw(line, &pen);
}
