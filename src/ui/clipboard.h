/* Clipboard: the sequence (OSC 52) by which a terminal is asked to put a text on its clipboard, where
 * the person is, however many machines away. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CLIPBOARD_MAX 65536 /* bytes of a text; of a longer one nothing is made */

/* What the sequence has to get through. */
struct clipboard_way {
    bool tmux, screen;
};

/* What TMUX and STY say. */
struct clipboard_way clipboard_way(void);
/* Makes it, in memory that the caller frees; NULL when the text is too long. Nothing of the text is
 * in it as itself. */
char *clipboard_sequence(const char *text, size_t size, struct clipboard_way way,
                         size_t *sequence_size);
