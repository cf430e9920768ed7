/* Burst: the keys that came at once, looked at together where a terminal does not say what is pasted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BURST_KEYS 4096 /* a terminal holds no more for its reader */

/* Empty: all zero. */
struct burst {
    uint32_t keys[BURST_KEYS]; /* as keys.h numbers them */
    size_t count, next;        /* those before `next` were given out */
    size_t bytes;              /* that they came as */
    size_t lines;              /* ends of lines among them */
    bool open;                 /* text stands behind the last of these */
    bool tab, other;           /* one is among them; some key is none that types text */
};

/* True for what types text, and for an end of a line. */
bool burst_is_text(uint32_t key);
/* Takes one more; false when there is no room. */
bool burst_add(struct burst *burst, uint32_t key);
/* True when the keys are the text of a paste: three lines at least, or two of which one has a tab, and
 * nothing but text. What begins with a command, into an empty input, is typed. */
bool burst_is_paste(const struct burst *burst, bool into_empty);
/* True when these may be the beginning of one: more than one key, and no paste yet. */
bool burst_may_go_on(const struct burst *burst, bool into_empty);
/* The next of the keys that were taken; false when there is none left, and it is empty again. */
bool burst_next(struct burst *burst, uint32_t *key);
