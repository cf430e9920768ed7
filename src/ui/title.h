/* Title: what the terminal's title says, and the bytes that set it and give back the one before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TITLE_ROOM 400

/* Puts the title that there is on the terminal's stack, and takes it back from there; where there
 * is no such stack it ends up empty, which terminals replace by their own name. */
#define TITLE_KEEP "\033[22;2t"
#define TITLE_BACK "\033]2;\033\\\033[23;2t"

/* True for a TERM (NULL: none) that is known to take titles, or to let them pass unseen. */
bool title_fits(const char *term);
/* "fika #tea (3)", "fika #tea (3 !1)" when one of the unread lines is a mention; tamed. */
void title_text(const char *channel, size_t unread, size_t mentions, char out[TITLE_ROOM]);
/* The bytes that set it, ended with a zero; ascii: the terminal takes no UTF-8. */
void title_write(const char *text, bool ascii, char out[TITLE_ROOM + 8]);
