/* Edit: the line that a person types, as data. UTF-8 of at most LIMIT_TEXT bytes, a cursor that
 * stands between graphemes, a history. No terminal in it. */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"
#include "ui/cells.h"

#define EDIT_HISTORY_MAX 100 /* lines; the oldest is let go */

struct edit;

/* One for each thing a key can do that inserts nothing. */
enum edit_action {
    EDIT_LEFT,
    EDIT_RIGHT,
    EDIT_WORD_LEFT,
    EDIT_WORD_RIGHT,
    EDIT_HOME,
    EDIT_END,
    EDIT_BACKSPACE,
    EDIT_DELETE,
    EDIT_KILL_TO_END, /* what is killed can be yanked */
    EDIT_KILL_TO_START,
    EDIT_KILL_WORD_LEFT,
    EDIT_KILL_WORD_RIGHT,
    EDIT_YANK,
    EDIT_TRANSPOSE, /* the graphemes before and at the cursor change places */
    EDIT_HISTORY_UP,
    EDIT_HISTORY_DOWN,
    EDIT_CLEAR,
};

struct edit *edit_new(void);
void edit_free(struct edit *edit);

/* False when there was nothing to do. */
bool edit_do(struct edit *edit, enum edit_action action);
/* Inserts one code point at the cursor; false when there is no room or it may not be typed. */
bool edit_insert(struct edit *edit, uint32_t code);
/* Inserts foreign bytes, tamed, with their line breaks kept as '\n'. False when not all of it found
 * room; then as many whole code points as fit are there. */
bool edit_paste(struct edit *edit, const char *text, size_t size);
/* Puts text in place of all from byte `from` (a boundary) to the end, and the cursor behind it. */
void edit_replace_from(struct edit *edit, size_t from, const char *text, size_t size);

/* What is typed so far, ended by a zero; valid until the next change. */
const char *edit_text(const struct edit *edit, size_t *size);
/* In bytes. */
size_t edit_cursor(const struct edit *edit);
/* Copies the line without line breaks at its end to out (LIMIT_TEXT + 1 bytes), keeps it in the
 * history and empties it; returns its size. */
size_t edit_take(struct edit *edit, char *out);

/* Draws a row of `width` cells: the prompt, then the part of the line around the cursor. Returns
 * the cursor's column, below width. */
int edit_paint(struct edit *edit, const char *prompt, struct cell *row, int width);
