/* Ring: a notice as bytes for a terminal: the bell, and the sequences by which terminals show
 * notices of their own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum ring_way { RING_BELL = 1, RING_OSC9 = 2, RING_OSC777 = 4, RING_OSC99 = 8 };

/* What stands between here and the terminal, and takes sequences only in a wrapping of its own. */
enum ring_within { WITHIN_NOTHING, WITHIN_TMUX, WITHIN_SCREEN };

struct ring {
    unsigned ways; /* of enum ring_way; 0: none */
    enum ring_within within;
    bool ascii; /* the terminal takes no UTF-8 */
};

#define RING_ROOM 8192 /* room for whatever a notice becomes */

/* Reads "bell, osc9" or "none"; false, and nothing changed, when there is another word in it. */
bool ring_read(const char *asked, unsigned *ways);
/* What can be told of a terminal by its environment (variable: as getenv): where it is, and in
 * which way it shows notices; the bell where nothing is known. */
struct ring ring_choose(char *(*variable)(const char *name));
/* Writes the notice in each of the ways, with no byte in it that a terminal obeys but those that are
 * meant. Returns the bytes, below RING_ROOM; no end mark. */
size_t ring_write(const struct ring *ring, const char *title, const char *body,
                  char out[RING_ROOM]);
