/* Edit: the line that a person types.
 *
 * The text is one flat buffer: at 16 kB a memmove costs less than a keystroke is noticed. What a
 * person moves over, deletes and sees are graphemes, so each change ends in snap(): typing or
 * deleting may join what stood on both sides of the cursor into one.
 *
 * 1. The text is valid UTF-8 of at most LIMIT_TEXT bytes, without anything text_is_unsafe() names
 *    but '\n' and '\t'.
 * 2. The cursor is at a grapheme boundary, and so is `first`, where the visible part begins.
 * 3. history[0..count) is oldest first, none empty, none like the one before; `browsed` is the one
 *    shown, count for the line being typed, which waits in `draft`.
 *
 * Keys are not known here: tui.c has the table. */
#include "ui/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "core/limits.h"

#define LINE_BREAK_SIGN "\xE2\x86\xB5" /* U+21B5 */

struct edit {
    size_t size, cursor, first;
    size_t killed;
    size_t count, browsed;
    char *history[EDIT_HISTORY_MAX];
    char *draft;
    char text[LIMIT_TEXT + 1];
    char kill[LIMIT_TEXT + 1];
};

struct edit *edit_new(void)
{
    struct edit *edit = calloc(1, sizeof *edit);
    CHECK(edit != NULL);
    return edit;
}

void edit_free(struct edit *edit)
{
    if (edit == NULL)
        return;
    for (size_t i = 0; i < edit->count; i++)
        free(edit->history[i]);
    free(edit->draft);
    free(edit);
}

static size_t boundary_after(const struct edit *edit, size_t at)
{
    return at + grapheme_size(edit->text + at, edit->size - at);
}

/* The last boundary before byte `at`: found from the line's start, because what a boundary is may
 * depend on all before it (flags). */
static size_t boundary_before(const struct edit *edit, size_t at)
{
    size_t boundary = 0;
    for (size_t next; (next = boundary_after(edit, boundary)) < at;)
        boundary = next;
    return boundary;
}

static size_t boundary_at_or_after(const struct edit *edit, size_t at)
{
    size_t boundary = 0;
    while (boundary < at)
        boundary = boundary_after(edit, boundary);
    return boundary;
}

static void snap(struct edit *edit)
{
    if (edit->cursor < edit->size)
        edit->cursor = boundary_at_or_after(edit, edit->cursor);
    if (edit->first > edit->cursor)
        edit->first = edit->cursor;
    edit->first = boundary_at_or_after(edit, edit->first);
}

static void cut(struct edit *edit, size_t from, size_t to)
{
    memmove(edit->text + from, edit->text + to, edit->size - to);
    edit->size -= to - from;
    edit->text[edit->size] = '\0';
    edit->cursor = from;
    snap(edit);
}

static bool put(struct edit *edit, const char *text, size_t size)
{
    if (size > LIMIT_TEXT - edit->size)
        return false;
    memmove(edit->text + edit->cursor + size, edit->text + edit->cursor, edit->size - edit->cursor);
    memcpy(edit->text + edit->cursor, text, size);
    edit->size += size;
    edit->text[edit->size] = '\0';
    edit->cursor += size;
    snap(edit);
    return true;
}

static bool kill_range(struct edit *edit, size_t from, size_t to)
{
    if (from == to)
        return false;
    edit->killed = to - from;
    memcpy(edit->kill, edit->text + from, edit->killed);
    cut(edit, from, to);
    return true;
}

/* ASCII that is no letter or digit parts words; all beyond ASCII belongs to them. */
static bool in_word(unsigned char byte)
{
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte == '_';
}

static size_t word_left(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && !in_word((unsigned char)edit->text[at - 1]))
        at--;
    while (at > 0 && in_word((unsigned char)edit->text[at - 1]))
        at--;
    return boundary_at_or_after(edit, at);
}

static size_t word_right(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at < edit->size && !in_word((unsigned char)edit->text[at]))
        at++;
    while (at < edit->size && in_word((unsigned char)edit->text[at]))
        at++;
    return boundary_at_or_after(edit, at);
}

/* For Ctrl-W, as a shell does it: back to a space. */
static size_t blank_left(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && strchr(" \n\t", edit->text[at - 1]) != NULL)
        at--;
    while (at > 0 && strchr(" \n\t", edit->text[at - 1]) == NULL)
        at--;
    return boundary_at_or_after(edit, at);
}

static bool move_to(struct edit *edit, size_t to)
{
    bool moved = to != edit->cursor;
    edit->cursor = to;
    return moved;
}

static bool transpose(struct edit *edit)
{
    if (edit->cursor == 0 || boundary_after(edit, 0) == edit->size)
        return false;
    size_t middle = edit->cursor;
    if (middle == edit->size)
        middle = boundary_before(edit, middle);
    size_t left = boundary_before(edit, middle), right = boundary_after(edit, middle);
    size_t left_size = middle - left, right_size = right - middle;
    char *both = malloc(right - left);
    CHECK(both != NULL);
    memcpy(both, edit->text + middle, right_size);
    memcpy(both + right_size, edit->text + left, left_size);
    memcpy(edit->text + left, both, right - left);
    free(both);
    edit->cursor = right;
    snap(edit);
    return true;
}

void edit_replace_from(struct edit *edit, size_t from, const char *text, size_t size)
{
    CHECK(from <= edit->size);
    edit->size = edit->cursor = from;
    edit->text[from] = '\0';
    edit_paste(edit, text, size);
}

static bool browse(struct edit *edit, size_t to)
{
    if (to == edit->browsed)
        return false;
    if (edit->browsed == edit->count) {
        free(edit->draft);
        edit->draft = strdup(edit->text);
        CHECK(edit->draft != NULL);
    }
    edit->browsed = to;
    const char *line = to == edit->count ? edit->draft : edit->history[to];
    edit_replace_from(edit, 0, line, strlen(line));
    return true;
}

bool edit_do(struct edit *edit, enum edit_action action)
{
    size_t at = edit->cursor, size = edit->size;
    switch (action) {
    case EDIT_LEFT: return move_to(edit, at > 0 ? boundary_before(edit, at) : 0);
    case EDIT_RIGHT: return move_to(edit, boundary_after(edit, at));
    case EDIT_WORD_LEFT: return move_to(edit, word_left(edit));
    case EDIT_WORD_RIGHT: return move_to(edit, word_right(edit));
    case EDIT_HOME: return move_to(edit, 0);
    case EDIT_END: return move_to(edit, size);
    case EDIT_BACKSPACE:
        if (at > 0)
            cut(edit, boundary_before(edit, at), at);
        return at > 0;
    case EDIT_DELETE:
        if (at < size)
            cut(edit, at, boundary_after(edit, at));
        return at < size;
    case EDIT_KILL_TO_END: return kill_range(edit, at, size);
    case EDIT_KILL_TO_START: return kill_range(edit, 0, at);
    case EDIT_KILL_WORD_LEFT: return kill_range(edit, blank_left(edit), at);
    case EDIT_KILL_WORD_RIGHT: return kill_range(edit, at, word_right(edit));
    case EDIT_YANK: return edit->killed > 0 && put(edit, edit->kill, edit->killed);
    case EDIT_TRANSPOSE: return transpose(edit);
    case EDIT_HISTORY_UP: return edit->browsed > 0 && browse(edit, edit->browsed - 1);
    case EDIT_HISTORY_DOWN: return edit->browsed < edit->count && browse(edit, edit->browsed + 1);
    case EDIT_CLEAR: edit_replace_from(edit, 0, "", 0); return size > 0;
    }
    return false;
}

bool edit_insert(struct edit *edit, uint32_t code)
{
    char encoded[4];
    if (code != '\n' && code != '\t' && (text_is_unsafe(code) || code > 0x10FFFF))
        return false;
    return put(edit, encoded, utf8_encode(encoded, code));
}

bool edit_paste(struct edit *edit, const char *text, size_t size)
{
    /* Taming may make three bytes of one, and a dotted circle before a mark. */
    size_t room = 4 * LIMIT_TEXT + 8;
    char *tame = malloc(room);
    CHECK(tame != NULL);
    bool all = size <= LIMIT_TEXT + 4;
    size_t given = all ? size : LIMIT_TEXT + 4;
    size_t length = text_tame(tame, room, text, given, TAME_LINES);
    size_t fits = length;
    if (fits > LIMIT_TEXT - edit->size) {
        fits = LIMIT_TEXT - edit->size;
        while (fits > 0 && ((unsigned char)tame[fits] & 0xC0) == 0x80)
            fits--;
    }
    put(edit, tame, fits);
    free(tame);
    return all && fits == length;
}

const char *edit_text(const struct edit *edit, size_t *size)
{
    *size = edit->size;
    return edit->text;
}

size_t edit_cursor(const struct edit *edit)
{
    return edit->cursor;
}

static void remember(struct edit *edit, const char *line)
{
    size_t count = edit->count;
    if (count > 0 && strcmp(edit->history[count - 1], line) == 0)
        return;
    if (count == EDIT_HISTORY_MAX) {
        free(edit->history[0]);
        memmove(edit->history, edit->history + 1, --count * sizeof *edit->history);
    }
    edit->history[count] = strdup(line);
    CHECK(edit->history[count] != NULL);
    edit->count = count + 1;
}

size_t edit_take(struct edit *edit, char *out)
{
    size_t size = edit->size;
    while (size > 0 && edit->text[size - 1] == '\n')
        size--;
    memcpy(out, edit->text, size);
    out[size] = '\0';
    if (size > 0)
        remember(edit, out);
    edit->browsed = edit->count;
    edit->size = edit->cursor = edit->first = 0;
    edit->text[0] = '\0';
    return size;
}

/* One grapheme of the line as it is drawn: a line break has a sign of its own. */
static size_t drawn(const struct edit *edit, size_t at, const char **sign, size_t *sign_size)
{
    size_t taken = boundary_after(edit, at) - at;
    bool breaks = edit->text[at] == '\n';
    *sign = breaks ? LINE_BREAK_SIGN : edit->text[at] == '\t' ? " " : edit->text + at;
    *sign_size = breaks ? strlen(LINE_BREAK_SIGN) : edit->text[at] == '\t' ? 1 : taken;
    return taken;
}

/* Columns from byte `from` to `to`, both boundaries, counted no further than `enough`. */
static int columns_of(const struct edit *edit, size_t from, size_t to, int enough)
{
    int columns = 0;
    const char *sign;
    size_t sign_size;
    while (from < to && columns < enough) {
        from += drawn(edit, from, &sign, &sign_size);
        columns += cells_columns(sign, sign_size);
    }
    return columns;
}

/* Moves `first` as little as needed for the cursor, and a column for it behind the end, to show. */
static void scroll(struct edit *edit, int room)
{
    if (columns_of(edit, 0, edit->size, room) < room)
        edit->first = 0;
    if (edit->first > edit->cursor)
        edit->first = edit->cursor;
    int columns = columns_of(edit, edit->first, edit->cursor, 1 << 20);
    const char *sign;
    size_t sign_size;
    while (columns >= room && edit->first < edit->cursor) {
        edit->first += drawn(edit, edit->first, &sign, &sign_size);
        columns -= cells_columns(sign, sign_size);
    }
}

int edit_paint(struct edit *edit, const char *prompt, struct cell *row, int width)
{
    cells_blank(row, (size_t)width, STYLE_PLAIN);
    int start = cells_draw(row, width > 1 ? width / 2 : 0, 0, prompt, strlen(prompt), STYLE_BOLD,
                           COLOUR_NONE);
    scroll(edit, width - start);
    int column = start, cursor = start;
    for (size_t at = edit->first; at < edit->size;) {
        const char *sign;
        size_t sign_size, taken = drawn(edit, at, &sign, &sign_size);
        if (column + cells_columns(sign, sign_size) > width)
            break;
        uint8_t style = edit->text[at] == '\n' ? STYLE_DIM : STYLE_PLAIN;
        column = cells_draw(row, width, column, sign, sign_size, style, COLOUR_NONE);
        at += taken;
        if (at <= edit->cursor)
            cursor = column;
    }
    return cursor < width ? cursor : width - 1;
}
