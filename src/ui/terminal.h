/* Terminal: taking it for the full screen, and giving it back as it was; what its keys are. */
#pragma once

#include <stdbool.h>
#include <wchar.h>

#include <curses.h>

struct terminal;

/* Sequences that terminfo does not name get a number of their own. */
enum {
    SEQUENCE_FIRST = KEY_MAX + 1,
    SEQUENCE_PASTE = SEQUENCE_FIRST,
    SEQUENCE_PASTE_END,
    SEQUENCE_HOME,
    SEQUENCE_END,
    SEQUENCE_WORD_LEFT,
    SEQUENCE_WORD_RIGHT,
    SEQUENCE_KILL_RIGHT,
    SEQUENCE_KILL_LEFT,
};

/* Takes the terminal of stdin and stdout. NULL, nothing written and a sentence in *why when TERM
 * cannot do it. */
struct terminal *terminal_open(const char **why);
void terminal_close(struct terminal *terminal);
/* The next key that waits: a character, or one that curses or the list above names. False: none. */
bool terminal_key(struct terminal *terminal, wint_t *key, bool *named);
/* True when nothing can come from it any more. Never waits. */
bool terminal_gone(void);
/* Takes over the size that the terminal has now, and sets what another program may have changed. */
void terminal_resize(const struct terminal *terminal);
