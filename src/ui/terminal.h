/* Terminal: taking it for the full screen, and giving it back as it was; what its keys are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/mouse.h"

struct terminal;

/* Takes the terminal of stdin and stdout. NULL, nothing written and a sentence in *why when TERM
 * cannot do it. */
struct terminal *terminal_open(const char **why);
void terminal_close(struct terminal *terminal);
/* The next key that waits, as keys.h numbers them. False: none. */
bool terminal_key(struct terminal *terminal, uint32_t *key);
/* How many bytes of it wait to be read. */
size_t terminal_waits(void);
/* The same, once some do, or so much time has passed. */
size_t terminal_more(int ms);
/* True when the terminal is of a kind that says what is pasted (bracketed paste). */
bool terminal_marks_pastes(const struct terminal *terminal);
/* What the last KEYS_MOUSE was. */
struct mouse terminal_mouse(const struct terminal *terminal);
/* Sends a whole sequence, when the terminal takes such; false when it does not. */
bool terminal_send(const struct terminal *terminal, const char *sequence, size_t size);
/* Whether clicks and the wheel are ours; not, at first. */
void terminal_take_mouse(struct terminal *terminal, bool taken);
/* True when nothing can come from it any more. Never waits. */
bool terminal_gone(void);
/* Takes over the size that the terminal has now, and sets what another program may have changed. */
void terminal_resize(const struct terminal *terminal);
/* Sets its title (see title.h), which goes with all else that is given back; nothing where the
 * terminal is not known to have one. */
void terminal_title(const struct terminal *terminal, const char *text);
/* True when what it is sent may be UTF-8. */
bool terminal_utf8(void);
/* The same of stdout where no full screen is open; false, too, when it is no terminal. */
bool terminal_out_ansi(void);
/* True when it takes sequences at all, and not only the bell. */
bool terminal_ansi(const struct terminal *terminal);
/* Writes bytes past curses, all of them whatever signals come: whole sequences that leave the screen as it is. */
void terminal_put(const void *bytes, size_t size);
/* Gives it to another program for a while, and takes it back. */
void terminal_give(const struct terminal *terminal);
void terminal_retake(const struct terminal *terminal);
/* From now on a process that is made by fork() knows, too, how the terminal is given back; to be called before. */
void terminal_share(void);
/* In such a process, when the one that had the full screen is gone: gives the terminal back, if that was not done. */
void terminal_outlive(void);
/* Makes it fit for a shell again when the program ends in the middle of anything; a signal handler may
 * call it, whether there is an open one or not. False when there was none; else the line discipline is the
 * caller's to put back. */
bool terminal_abandon(void);
