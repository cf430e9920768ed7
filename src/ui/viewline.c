/* View line: how one line is kept and how it looks.
 *
 *   12:34 <anna> what she said, and the rows after     wide: the rows after hang under the text
 *                the first
 *   <anna> what                                         narrow: no clock, two columns
 *     she said
 *
 * Marks stand between the clock and the nick, so that the text hangs as ever:
 *
 *   12:34 …  <me> hi               own, and nobody else holds it yet
 *   12:34 ✓3 <me> hi               own, held by three nodes (✓ by one, ✓+ by more than nine)
 *   12:34 » <anna> hi              it came late, to a place above what was there
 *   12:34 (clock adrift) <anna> hi
 *   12:34 (v) <anna> hi            she is verified
 *   12:34 (another) <anna> hi this is not the one who was met under that name before (standing.c)
 *   12:34 (!) <anna> hi            she said two different things in one place
 *
 *   12:34 <anna> hi (edited)       she said something else at first
 *   12:34 <anna> hi (+1 2*)        two have put a sign behind it, the reader one of them
 *   12:34 ! <anna> bo: hi          she names the reader, bo
 *   12:34 <anna 3f2a> hi           another was called anna here, too: the suffix is her identity's
 *
 * The mark of an own line has one width whatever it says: when it changes, nothing moves.
 *
 * What came over a classic link says so in front of the nick, and wears no identity's colour:
 * nobody has proven it. A line is kept tamed but otherwise as it came; its screen form is made
 * whenever it is drawn (a screenful costs less than keeping it would). */
#include "ui/viewline.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/markup.h"
#include "ui/palette.h"
#include "ui/standing.h"
#include "ui/words.h"

#define NARROW_COLUMNS 40
#define NARROW_INDENT  2
#define CLASSIC_MARK   _("(classic) ")
#define NOTICE_MARK    "-- "
#define LATE_MARK      "\u00BB "
#define ADRIFT_MARK    _("(clock adrift) ")
#define LIAR_MARK      "(!) "
#define MENTION_MARK   "! "
#define EDITED_MARK    _(" (edited)")
#define HELD_MANY      9

/* Taming may make three bytes of one; a line's size fits in 16 bits all the same. */
#define TAMED_MAX (3 * LIMIT_TEXT + 64)
_Static_assert(TAMED_MAX <= UINT16_MAX, "text_size is too small");
_Static_assert(3 * LIMIT_NICK + 16 <= UINT8_MAX, "nick_size is too small");

/* The signs are tamed already. */
static struct view_line *line_new(const char *nick, size_t nick_size, struct bytes text,
                                  struct bytes signs)
{
    size_t given = text.size < LIMIT_TEXT ? text.size : LIMIT_TEXT;
    char *tame = malloc(TAMED_MAX);
    CHECK(tame != NULL);
    size_t size = text_tame(tame, TAMED_MAX, (const char *)text.at, given, TAME_LINES);
    struct view_line *line = malloc(sizeof *line + nick_size + size + signs.size);
    CHECK(line != NULL);
    *line = (struct view_line){.text_size = (uint16_t)size,
                               .signs_size = (uint16_t)signs.size,
                               .nick_size = (uint8_t)nick_size};
    memcpy(line->bytes, nick, nick_size);
    memcpy(line->bytes + nick_size, tame, size);
    if (signs.size > 0)
        memcpy(line->bytes + nick_size + size, signs.at, signs.size);
    free(tame);
    return line;
}

static struct bytes signs_of(const struct view_line *line)
{
    return (struct bytes){(const uint8_t *)line->bytes + line->nick_size + line->text_size,
                          line->signs_size};
}

/* The line with another text or other signs. */
static struct view_line *line_again(const struct view_line *line, struct bytes text,
                                    struct bytes signs)
{
    struct view_line *now = line_new(line->bytes, line->nick_size, text, signs);
    uint16_t text_size = now->text_size, signs_size = now->signs_size;
    memcpy(now, line, offsetof(struct view_line, bytes));
    now->text_size = text_size;
    now->signs_size = signs_size;
    return now;
}

struct view_line *view_line_said(const struct show *show)
{
    char signs[WORDS_REACTIONS_MAX];
    char nick[3 * LIMIT_NICK + 16];
    size_t nick_size =
        text_tame(nick, sizeof nick, show->nick.text, strlen(show->nick.text), TAME_LINE);
    struct bytes behind = {(const uint8_t *)signs, words_reactions(show->b, signs)};
    struct view_line *line = line_new(nick, nick_size, show->text, behind);
    line->kind = show->action ? LINE_ACTION : LINE_SAID;
    line->wall_ms = show->wall_ms;
    line->day = show->wall_ms > 0 ? words_day_number(show->wall_ms) : 0;
    line->author = show->id;
    line->person = *show_whose(show);
    line->own = show->own;
    line->history = show->via == VIA_HISTORY || show->via == VIA_STORED;
    line->classic = show->via == VIA_CLASSIC;
    line->liar = show->liar;
    line->marks = show->marks;
    line->clash = (uint8_t)show->clash;
    line->like = show->like;
    line->edited = show->edited;
    line->closed = show->sealed;
    line->read = show->read;
    if (line->classic)
        return line;
    line->held = show->own ? view_line_count(show->n) : 0;
    line->adrift = show->adrift;
    line->lamport = show->lamport;
    line->seq = show->seq;
    return line;
}

struct view_line *view_line_gap(const struct show *show)
{
    char sentence[WORDS_MAX];
    words_row(show, sentence, sizeof sentence);
    struct view_line *line = view_line_sentence(LINE_GAP, sentence, 0);
    line->lamport = show->lamport;
    line->author = show->id;
    line->person = *show_whose(show);
    line->from = show->seq;
    line->seq = show->n2 < UINT64_MAX ? show->n2 + 1 : show->n2;
    return line;
}

struct view_line *view_line_flood(const struct id *author, const struct nick *nick, uint64_t n,
                                  uint64_t wall_ms)
{
    char sentence[WORDS_MAX];
    words_flood(nick, n, sentence, sizeof sentence);
    struct view_line *line = view_line_sentence(LINE_FLOOD, sentence, wall_ms);
    line->author = line->person = *author;
    return line;
}

bool view_line_hides(const struct view_line *line)
{
    return line->kind <= LINE_ACTION && standing_hides(line->marks);
}

struct view_line *view_line_taken_back(const struct view_line *line)
{
    const char *text = _("(taken back)");
    struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    struct view_line *left = line_again(line, bytes, (struct bytes){0});
    left->taken_back = true;
    return left;
}

struct view_line *view_line_edited(const struct view_line *line, struct bytes text)
{
    struct view_line *now = line_again(line, text, signs_of(line));
    now->edited = true;
    return now;
}

struct view_line *view_line_reacted(const struct view_line *line, struct bytes list)
{
    char signs[WORDS_REACTIONS_MAX];
    struct bytes behind = {(const uint8_t *)signs, words_reactions(list, signs)};
    size_t size = sizeof *line + line->nick_size + line->text_size;
    struct view_line *now = malloc(size + behind.size);
    CHECK(now != NULL);
    memcpy(now, line, size);
    memcpy(now->bytes + line->nick_size + line->text_size, signs, behind.size);
    now->signs_size = (uint16_t)behind.size;
    return now;
}

uint16_t view_line_count(uint64_t nodes)
{
    return nodes < UINT16_MAX ? (uint16_t)nodes : UINT16_MAX;
}

struct view_line *view_line_sentence(enum view_line_kind kind, const char *text, uint64_t wall_ms)
{
    struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    struct view_line *line = line_new("", 0, bytes, (struct bytes){0});
    line->kind = (uint8_t)kind;
    line->wall_ms = wall_ms;
    line->day = wall_ms > 0 ? words_day_number(wall_ms) : 0;
    return line;
}

size_t view_line_bytes(const struct view_line *line)
{
    return sizeof *line + line->nick_size + line->text_size + line->signs_size;
}

bool view_line_ordered(const struct view_line *line)
{
    return !line->adrift && (line->lamport != 0 || line->seq != 0);
}

bool view_line_is_entry(const struct view_line *line)
{
    return line->kind <= LINE_ACTION && !line->classic;
}

int place_compare(const struct place *a, const struct place *b)
{
    int order = number_compare(a->lamport, b->lamport);
    if (order == 0)
        order = id_compare(&a->author, &b->author);
    return order != 0 ? order : number_compare(a->seq, b->seq);
}

struct place view_line_place(const struct view_line *line)
{
    return (struct place){.lamport = line->lamport, .seq = line->seq, .author = line->author};
}

/* Two entries in one place (of a liar, or a restored backup) are told apart by what they hold, as long
 * as they hold what they held at first. */
static int content_compare(const struct view_line *a, const struct view_line *b)
{
    int order = number_compare(a->wall_ms, b->wall_ms);
    if (order != 0 || a->taken_back || b->taken_back || a->edited || b->edited || a->closed ||
        b->closed)
        return order;
    order = number_compare(a->text_size, b->text_size);
    return order != 0 ? order
                      : memcmp(a->bytes + a->nick_size, b->bytes + b->nick_size, a->text_size);
}

int view_line_compare(const struct view_line *a, const struct view_line *b)
{
    struct place place = view_line_place(a), other = view_line_place(b);
    int order = place_compare(&place, &other);
    if (order != 0)
        return order;
    bool gap = a->kind == LINE_GAP, other_gap = b->kind == LINE_GAP;
    if (gap || other_gap)
        return other_gap - gap;
    return content_compare(a, b);
}

static void pen_say(struct pen *pen, const char *s, size_t size, uint8_t style, uint8_t colour)
{
    pen->style = style;
    pen->colour = colour;
    pen_text(pen, s, size);
}

static void draw_held(const struct view_line *line, struct pen *pen)
{
    char mark[16];
    if (line->read)
        snprintf(mark, sizeof mark, "\u2713\u2713 ");
    else if (line->held == 0)
        snprintf(mark, sizeof mark, "\u2026  ");
    else if (line->held == 1)
        snprintf(mark, sizeof mark, "\u2713  ");
    else if (line->held <= HELD_MANY)
        snprintf(mark, sizeof mark, "\u2713%u ", (unsigned)line->held);
    else
        snprintf(mark, sizeof mark, "\u2713+ ");
    pen_say(pen, mark, strlen(mark), STYLE_DIM, COLOUR_NONE);
}

static void draw_standing(const struct view_line *line, struct pen *pen)
{
    char standing[STANDING_MAX];
    size_t size = standing_text(line->marks, (enum clash)line->clash, &line->like, standing);
    if (size > 0)
        pen_say(pen, standing, size, STYLE_BOLD,
                line->clash == CLASH_NONE ? COLOUR_NONE : COLOUR_ERROR);
}

static void draw_marks(const struct view_line *line, struct pen *pen)
{
    if (line->own && !line->classic)
        draw_held(line, pen);
    if (line->late)
        pen_say(pen, LATE_MARK, strlen(LATE_MARK), STYLE_DIM, COLOUR_NONE);
    if (line->adrift)
        pen_say(pen, ADRIFT_MARK, strlen(ADRIFT_MARK), STYLE_DIM, COLOUR_NONE);
    if (line->liar)
        pen_say(pen, LIAR_MARK, strlen(LIAR_MARK), STYLE_BOLD, COLOUR_NONE);
    draw_standing(line, pen);
    if (line->mention)
        pen_say(pen, MENTION_MARK, strlen(MENTION_MARK), STYLE_BOLD, COLOUR_MENTION);
    if (line->classic)
        pen_say(pen, CLASSIC_MARK, strlen(CLASSIC_MARK), STYLE_DIM, COLOUR_NONE);
}

static void draw_nick(const struct view_line *line, const struct sight *sight, struct pen *pen,
                      uint8_t style)
{
    uint8_t colour = COLOUR_NONE;
    if (!id_is_zero(&line->author) && !line->classic)
        colour = (uint8_t)(COLOUR_NICK + palette_of(&line->person));
    uint8_t nick_style = (uint8_t)(style | (line->own ? STYLE_BOLD : STYLE_PLAIN));
    draw_marks(line, pen);
    if (line->kind == LINE_ACTION)
        pen_say(pen, "* ", 2, style, COLOUR_NONE);
    if (line->nick_size == 0)
        return;
    if (line->kind == LINE_SAID)
        pen_say(pen, "<", 1, STYLE_DIM, COLOUR_NONE);
    pen_say(pen, line->bytes, line->nick_size, nick_style, colour);
    if (sight->suffix[0] != '\0') {
        pen_say(pen, " ", 1, STYLE_DIM, COLOUR_NONE);
        pen_say(pen, sight->suffix, strlen(sight->suffix), STYLE_DIM, COLOUR_NONE);
    }
    if (line->kind == LINE_SAID)
        pen_say(pen, "> ", 2, STYLE_DIM, COLOUR_NONE);
    else
        pen_say(pen, " ", 1, style, COLOUR_NONE);
}

/* What stands in a place of its own has no time of its own. */
static void draw_clock(const struct view_line *line, struct pen *pen)
{
    char clock[6] = "     ";
    bool drawn = pen->from < pen->to; /* else it is as wide as any */
    if (drawn && line->kind != LINE_GAP && line->kind != LINE_BEGIN)
        words_clock(line->wall_ms, clock);
    pen_say(pen, clock, strlen(clock), STYLE_DIM, COLOUR_NONE);
    pen_say(pen, " ", 1, STYLE_DIM, COLOUR_NONE);
}

static bool is_dim(const struct view_line *line)
{
    return line->history || line->taken_back || line->kind == LINE_FAINT ||
           line->kind == LINE_FOLD || line->kind == LINE_GAP || line->kind == LINE_BEGIN;
}

/* Only what is drawn is looked through for marks: they are as wide as what they mark. */
static void draw_text(const struct view_line *line, const struct sight *sight, struct pen *pen,
                      uint8_t style, uint8_t colour)
{
    const char *text = line->bytes + line->nick_size;
    bool said = (line->kind == LINE_SAID || line->kind == LINE_ACTION) && !line->taken_back;
    uint8_t *marks = NULL;
    if (said && !sight->plain && pen->from < pen->to &&
        (line->mention || markup_any(text, line->text_size))) {
        marks = malloc((size_t)line->text_size + 1);
        CHECK(marks != NULL);
        markup(text, line->text_size, line->mention ? sight->names : "", marks);
    }
    pen->marks = marks;
    pen_say(pen, text, line->text_size, style, colour);
    pen->marks = NULL;
    free(marks);
}

static void draw(const struct view_line *line, const struct sight *sight, struct pen *pen)
{
    bool narrow = pen->width < NARROW_COLUMNS;
    pen->indent = pen->width >= 4 * NARROW_INDENT ? NARROW_INDENT : 0;
    if (!narrow)
        draw_clock(line, pen);
    uint8_t style = is_dim(line) ? STYLE_DIM : STYLE_PLAIN;
    uint8_t colour = line->kind == LINE_ERROR ? COLOUR_ERROR : COLOUR_NONE;
    if (line->kind == LINE_SAID || line->kind == LINE_ACTION)
        draw_nick(line, sight, pen, style);
    else
        pen_say(pen, NOTICE_MARK, strlen(NOTICE_MARK), STYLE_DIM, colour);
    if (!narrow && pen->row == 0 && pen->column <= pen->width / 2)
        pen->indent = pen->column;
    draw_text(line, sight, pen, style, colour);
    if (line->edited && !line->taken_back)
        pen_say(pen, EDITED_MARK, strlen(EDITED_MARK), STYLE_DIM, COLOUR_NONE);
    struct bytes signs = signs_of(line);
    if (signs.size == 0 || line->taken_back)
        return;
    pen_say(pen, " ", 1, STYLE_PLAIN, COLOUR_NONE);
    pen_say(pen, (const char *)signs.at, signs.size, STYLE_PLAIN, COLOUR_NONE);
}

bool view_line_nick(const struct view_line *line, const struct sight *sight, int width, int *from,
                    int *to)
{
    struct pen pen = {.width = width};
    if (line->nick_size == 0 || line->kind > LINE_ACTION)
        return false;
    if (width >= NARROW_COLUMNS)
        draw_clock(line, &pen);
    *from = pen.column;
    draw_nick(line, sight, &pen, STYLE_PLAIN);
    *to = pen.column;
    return pen.row == 0 && *to > *from;
}

bool view_line_byte(const struct view_line *line, const struct sight *sight, int width, int row,
                    int column, size_t *at)
{
    struct pen pen = {.width = width, .seeks = true, .seek_row = row, .seek_column = column};
    const char *text = line->bytes + line->nick_size;
    draw(line, sight, &pen);
    /* What was sought may stand in front of the text, in bytes that are not the line's. */
    if ((uintptr_t)pen.sought < (uintptr_t)text ||
        (uintptr_t)pen.sought >= (uintptr_t)(text + line->text_size))
        return false;
    *at = (size_t)(pen.sought - text);
    return true;
}

int view_line_rows(const struct view_line *line, const struct sight *sight, int width)
{
    struct pen pen = {.width = width};
    draw(line, sight, &pen);
    return pen.row + 1;
}

void view_line_draw(const struct view_line *line, const struct sight *sight, int width, int from,
                    int to, struct cell *cells)
{
    struct pen pen = {.cells = cells, .width = width, .from = from, .to = to};
    draw(line, sight, &pen);
}
