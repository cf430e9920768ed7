/* Edit: the text that a person types.
 *
 * It is one flat buffer: at 16 kB a memmove costs less than a keystroke is noticed. What a person
 * moves over, deletes and sees are graphemes, so each change ends in snap(): typing or deleting may
 * join what stood on both sides of the cursor into one.
 *
 * 1. The text is valid UTF-8 of at most LIMIT_TEXT bytes, without anything text_is_unsafe() names
 *    but '\n' and '\t'.
 * 2. The cursor is at a grapheme boundary.
 * 3. All that alters the text goes through change(), which writes down how to take it back; undoing
 *    everything gives the text that was begun with.
 *
 * Keys are keys.c's, and rows on a screen are field.c's. */
#include "ui/edit.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/check.h"
#include "base/text.h"
#include "core/limits.h"
#include "ui/killring.h"
#include "ui/undo.h"

enum done { DONE_OTHER, DONE_KILL, DONE_YANK };

struct edit {
    size_t size, cursor;
    enum done last; /* what the last action was: kills that follow one another are one piece */
    size_t yanked_from, yanked_to;
    struct killring ring;
    struct undo undo;
    char text[LIMIT_TEXT + 1];
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
    killring_clear(&edit->ring);
    undo_clear(&edit->undo);
    free(edit);
}

/* ---- boundaries ---- */

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
}

/* ASCII that is no letter or digit parts words; all beyond ASCII belongs to them. */
static bool in_word(unsigned char byte)
{
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte == '_';
}

static size_t word_left(const struct edit *edit, size_t at)
{
    while (at > 0 && !in_word((unsigned char)edit->text[at - 1]))
        at--;
    while (at > 0 && in_word((unsigned char)edit->text[at - 1]))
        at--;
    return boundary_at_or_after(edit, at);
}

static size_t word_right(const struct edit *edit, size_t at)
{
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

static size_t line_start(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && edit->text[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at < edit->size && edit->text[at] != '\n')
        at++;
    return at;
}

/* ---- changes ---- */

static void put_in_place(struct edit *edit, size_t from, size_t to, const char *text, size_t size)
{
    CHECK(from <= to && to <= edit->size && size <= LIMIT_TEXT - (edit->size - (to - from)));
    memmove(edit->text + from + size, edit->text + to, edit->size - to);
    if (size > 0)
        memcpy(edit->text + from, text, size);
    edit->size = edit->size - (to - from) + size;
    edit->text[edit->size] = '\0';
}

/* Puts text in place of from..to, the cursor behind it. It has room. */
static void change(struct edit *edit, size_t from, size_t to, const char *text, size_t size,
                   bool typed)
{
    struct change made = {.at = from,
                          .put = size,
                          .taken = edit->text + from,
                          .taken_size = to - from,
                          .cursor = edit->cursor,
                          .typed = typed};
    if (size == 0 && from == to)
        return;
    undo_add(&edit->undo, &made);
    put_in_place(edit, from, to, text, size);
    edit->cursor = from + size;
    snap(edit);
}

bool edit_has_room(const struct edit *edit, size_t from, size_t to, size_t size)
{
    return size <= LIMIT_TEXT - (edit->size - (to - from));
}

static bool undo(struct edit *edit)
{
    struct change made;
    if (!undo_take(&edit->undo, &made))
        return false;
    put_in_place(edit, made.at, made.at + made.put, made.taken, made.taken_size);
    free(made.taken);
    edit->cursor = made.cursor;
    return true;
}

static bool undo_all(struct edit *edit)
{
    bool any = false;
    while (undo(edit))
        any = true;
    return any;
}

static bool move_to(struct edit *edit, size_t to)
{
    bool moved = to != edit->cursor;
    edit->cursor = to;
    return moved;
}

static bool cut(struct edit *edit, size_t from, size_t to)
{
    change(edit, from, to, NULL, 0, false);
    return from < to;
}

static bool kill_range(struct edit *edit, size_t from, size_t to, enum done before)
{
    enum kill how = before != DONE_KILL   ? KILL_NEW
                    : from < edit->cursor ? KILL_BEFORE
                                          : KILL_BEHIND;
    if (from == to)
        return false;
    killring_add(&edit->ring, how, edit->text + from, to - from);
    edit->last = DONE_KILL;
    return cut(edit, from, to);
}

static bool kill_to_end(struct edit *edit, enum done before)
{
    size_t end = line_end(edit);
    if (end == edit->cursor && end < edit->size)
        end = boundary_after(edit, end);
    return kill_range(edit, edit->cursor, end, before);
}

static bool yank_over(struct edit *edit, size_t from, size_t to)
{
    const struct piece *piece = killring_piece(&edit->ring);
    if (piece == NULL || !edit_has_room(edit, from, to, piece->size))
        return false;
    change(edit, from, to, piece->text, piece->size, false);
    edit->yanked_from = from;
    edit->yanked_to = from + piece->size;
    edit->last = DONE_YANK;
    return true;
}

static bool yank_pop(struct edit *edit, enum done before)
{
    if (before != DONE_YANK)
        return false;
    killring_turn(&edit->ring);
    return yank_over(edit, edit->yanked_from, edit->yanked_to);
}

/* Two pieces, and what stands between them, change places. */
static void swap(struct edit *edit, size_t a, size_t a_end, size_t b, size_t b_end)
{
    char *both = malloc(b_end - a);
    CHECK(both != NULL);
    size_t at = 0;
    memcpy(both, edit->text + b, b_end - b);
    at += b_end - b;
    memcpy(both + at, edit->text + a_end, b - a_end);
    at += b - a_end;
    memcpy(both + at, edit->text + a, a_end - a);
    change(edit, a, b_end, both, b_end - a, false);
    free(both);
}

static bool transpose(struct edit *edit)
{
    if (edit->cursor == 0 || boundary_after(edit, 0) == edit->size)
        return false;
    size_t middle = edit->cursor;
    if (middle == edit->size)
        middle = boundary_before(edit, middle);
    swap(edit, boundary_before(edit, middle), middle, middle, boundary_after(edit, middle));
    return true;
}

/* The word at or before the cursor, and the one before it. */
static bool transpose_words(struct edit *edit)
{
    size_t b = word_left(edit, word_right(edit, edit->cursor)), b_end = word_right(edit, b);
    size_t a = word_left(edit, b), a_end = word_right(edit, a);
    if (a == b || b < a_end || a_end == a)
        return false;
    swap(edit, a, a_end, b, b_end);
    return true;
}

static bool set_case(struct edit *edit, enum edit_action action)
{
    size_t from = edit->cursor, to = word_right(edit, from), size = 0;
    char *text = malloc(4 * (to - from) + 4);
    bool first = true;
    CHECK(text != NULL);
    for (size_t at = from; at < to;) {
        uint32_t code;
        bool part = in_word((unsigned char)edit->text[at]);
        bool upper = action == EDIT_UPCASE || (action == EDIT_CAPITALISE && first);
        at += utf8_decode(edit->text + at, to - at, &code);
        first = first && !part;
        utf8proc_int32_t other = upper ? utf8proc_toupper((utf8proc_int32_t)code)
                                       : utf8proc_tolower((utf8proc_int32_t)code);
        size += utf8_encode(text + size, (uint32_t)other);
    }
    bool done = from < to && edit_has_room(edit, from, to, size);
    if (done)
        change(edit, from, to, text, size, false);
    free(text);
    return done;
}

bool edit_do(struct edit *edit, enum edit_action action)
{
    size_t at = edit->cursor, size = edit->size;
    enum done before = edit->last;
    edit->last = DONE_OTHER;
    switch (action) {
    case EDIT_LEFT: return move_to(edit, at > 0 ? boundary_before(edit, at) : 0);
    case EDIT_RIGHT: return move_to(edit, boundary_after(edit, at));
    case EDIT_WORD_LEFT: return move_to(edit, word_left(edit, at));
    case EDIT_WORD_RIGHT: return move_to(edit, word_right(edit, at));
    case EDIT_HOME: return move_to(edit, line_start(edit));
    case EDIT_END: return move_to(edit, line_end(edit));
    case EDIT_BACKSPACE: return at > 0 && cut(edit, boundary_before(edit, at), at);
    case EDIT_DELETE: return cut(edit, at, boundary_after(edit, at));
    case EDIT_KILL_TO_END: return kill_to_end(edit, before);
    case EDIT_KILL_TO_START: return kill_range(edit, line_start(edit), at, before);
    case EDIT_KILL_BLANK_LEFT: return kill_range(edit, blank_left(edit), at, before);
    case EDIT_KILL_WORD_LEFT: return kill_range(edit, word_left(edit, at), at, before);
    case EDIT_KILL_WORD_RIGHT: return kill_range(edit, at, word_right(edit, at), before);
    case EDIT_YANK: return yank_over(edit, at, at);
    case EDIT_YANK_POP: return yank_pop(edit, before);
    case EDIT_TRANSPOSE: return transpose(edit);
    case EDIT_TRANSPOSE_WORDS: return transpose_words(edit);
    case EDIT_UPCASE:
    case EDIT_DOWNCASE:
    case EDIT_CAPITALISE: return set_case(edit, action);
    case EDIT_UNDO: return undo(edit);
    case EDIT_UNDO_ALL: return undo_all(edit);
    case EDIT_NEW_LINE: return edit_insert(edit, '\n');
    case EDIT_CLEAR: return cut(edit, 0, size);
    case EDIT_ACTIONS: break;
    }
    return false;
}

bool edit_insert(struct edit *edit, uint32_t code)
{
    char encoded[4];
    edit->last = DONE_OTHER;
    if (code != '\n' && code != '\t' && (text_is_unsafe(code) || code > 0x10FFFF))
        return false;
    size_t size = utf8_encode(encoded, code);
    if (!edit_has_room(edit, edit->cursor, edit->cursor, size))
        return false;
    change(edit, edit->cursor, edit->cursor, encoded, size, true);
    return true;
}

bool edit_replace(struct edit *edit, size_t from, size_t to, const char *text, size_t size)
{
    /* Taming may make three bytes of one, and a dotted circle before a mark. */
    size_t room = 4 * LIMIT_TEXT + 8;
    char *tame = malloc(room);
    CHECK(tame != NULL);
    bool all = size <= LIMIT_TEXT + 4;
    size_t given = all ? size : LIMIT_TEXT + 4;
    size_t length = text_tame(tame, room, text, given, TAME_LINES);
    size_t fit = length;
    if (!edit_has_room(edit, from, to, fit)) {
        fit = LIMIT_TEXT - (edit->size - (to - from));
        while (fit > 0 && ((unsigned char)tame[fit] & 0xC0) == 0x80)
            fit--;
    }
    change(edit, from, to, tame, fit, false);
    edit->last = DONE_OTHER;
    free(tame);
    return all && fit == length;
}

bool edit_paste(struct edit *edit, const char *text, size_t size)
{
    return edit_replace(edit, edit->cursor, edit->cursor, text, size);
}

void edit_move(struct edit *edit, size_t at)
{
    edit->cursor = at < edit->size ? at : edit->size;
    edit->last = DONE_OTHER;
    snap(edit);
}

void edit_begin(struct edit *edit, const char *text, size_t size, size_t cursor)
{
    edit_replace(edit, 0, edit->size, text, size);
    undo_clear(&edit->undo);
    edit_move(edit, cursor);
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

bool edit_undo_whole(const struct edit *edit)
{
    return !edit->undo.cut;
}

size_t edit_take(struct edit *edit, char *out)
{
    size_t size = edit->size;
    while (size > 0 && edit->text[size - 1] == '\n')
        size--;
    memcpy(out, edit->text, size);
    out[size] = '\0';
    edit_begin(edit, "", 0, 0);
    return size;
}
