/* Opener: gives a link to the desktop (xdg-open), when there is one where the person is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* True for http, https, ftp and mailto, with nothing in it that is no part of a link. */
bool opener_takes(const char *link, size_t size);
/* True when a desktop is at hand: not over ssh, and a display is named. */
bool opener_here(void);
/* Starts it, on its own; waits no longer than that takes. False when there is no xdg-open, or no
 * process could be made. */
bool opener_start(const char *link);
