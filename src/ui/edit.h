/* Edit: the text that a person types, as data. UTF-8 of at most LIMIT_TEXT bytes, a cursor that
 * stands between graphemes, what was cut, what can be undone. No terminal in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edit;

/* One for each thing a key can do to the text. */
enum edit_action {
    EDIT_LEFT,
    EDIT_RIGHT,
    EDIT_WORD_LEFT,
    EDIT_WORD_RIGHT,
    EDIT_HOME, /* of the line, where the text has several */
    EDIT_END,
    EDIT_BACKSPACE,
    EDIT_DELETE,
    EDIT_KILL_TO_END, /* what is killed can be yanked; at the line's end, its break */
    EDIT_KILL_TO_START,
    EDIT_KILL_BLANK_LEFT, /* back to a space */
    EDIT_KILL_WORD_LEFT,
    EDIT_KILL_WORD_RIGHT,
    EDIT_YANK,
    EDIT_YANK_POP,  /* right behind a yank: the piece that was cut before, in its place */
    EDIT_TRANSPOSE, /* the graphemes before and at the cursor change places */
    EDIT_TRANSPOSE_WORDS,
    EDIT_UPCASE, /* from the cursor to the end of the word */
    EDIT_DOWNCASE,
    EDIT_CAPITALISE,
    EDIT_UNDO,
    EDIT_UNDO_ALL,
    EDIT_NEW_LINE,
    EDIT_CLEAR,
    EDIT_ACTIONS, /* how many */
};

struct edit *edit_new(void);
void edit_free(struct edit *edit);

/* False when there was nothing to do. */
bool edit_do(struct edit *edit, enum edit_action action);
/* Inserts one code point at the cursor; false when there is no room or it may not be typed. */
bool edit_insert(struct edit *edit, uint32_t code);
/* True when so many bytes have room in the place of those. */
bool edit_has_room(const struct edit *edit, size_t from, size_t to, size_t size);
/* Inserts foreign bytes, tamed, with their line breaks kept as '\n'. False when not all of it found
 * room; then as many whole code points as fit are there. */
bool edit_paste(struct edit *edit, const char *text, size_t size);
/* The same in place of bytes `from` to `to` (boundaries), as one change. */
bool edit_replace(struct edit *edit, size_t from, size_t to, const char *text, size_t size);
/* Puts the cursor at byte `at`, or the next boundary behind it. */
void edit_move(struct edit *edit, size_t at);
/* Takes over another text: nothing of before can be undone. */
void edit_begin(struct edit *edit, const char *text, size_t size, size_t cursor);

/* What is typed so far, ended by a zero; valid until the next change. */
const char *edit_text(const struct edit *edit, size_t *size);
/* In bytes. */
size_t edit_cursor(const struct edit *edit);
/* True when undoing leads back to the text that was begun with: none of the changes was let go. */
bool edit_undo_whole(const struct edit *edit);
/* Copies the text without line breaks at its end to out (LIMIT_TEXT + 1 bytes) and empties it;
 * returns its size. */
size_t edit_take(struct edit *edit, char *out);
