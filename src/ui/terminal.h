/* Terminal: taking it for the full screen, and giving it back as it was; what its keys are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ui/mouse.h"

struct terminal;

/* Takes the terminal of stdin and stdout. NULL, nothing written and a sentence in *why when TERM
 * cannot do it. */
struct terminal *terminal_open(const char **why);
void terminal_close(struct terminal *terminal);
/* The next key that waits, as keys.h numbers them. False: none. */
bool terminal_key(struct terminal *terminal, uint32_t *key);
/* What the last KEYS_MOUSE was. */
struct mouse terminal_mouse(const struct terminal *terminal);
/* Whether clicks and the wheel are ours; not, at first. */
void terminal_take_mouse(struct terminal *terminal, bool taken);
/* True when nothing can come from it any more. Never waits. */
bool terminal_gone(void);
/* Takes over the size that the terminal has now, and sets what another program may have changed. */
void terminal_resize(const struct terminal *terminal);
/* Gives it to another program for a while, and takes it back. */
void terminal_give(const struct terminal *terminal);
void terminal_retake(const struct terminal *terminal);
/* Makes it fit for a shell again when the program ends in the middle of anything; a signal handler may
 * call it, whether there is an open one or not. The line discipline is the caller's. */
void terminal_abandon(void);
