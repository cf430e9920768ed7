/* Phrase: 32 secret bytes as 24 words, just as BIP 39 writes 256 bits of entropy: so any tool that knows BIP 39 gives the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHRASE_WORDS  24
#define PHRASE_SECRET 32
#define PHRASE_ROOM   (PHRASE_WORDS * 9) /* words have 8 letters at most */

enum phrase_fault {
    PHRASE_GOOD,
    PHRASE_COUNT, /* these are not 24 words; `at`: how many */
    PHRASE_UNKNOWN, /* `word`, the `at`th from 1, is none of the list; `near`: what may be meant, or NULL */
    PHRASE_CHECK, /* each is a word, and they do not belong together */
};

struct phrase_told {
    size_t at;
    char word[24]; /* tamed and cut */
    const char *near;
};

/* The words, between single spaces; the caller wipes it. */
void phrase_write(const uint8_t secret[PHRASE_SECRET], char out[PHRASE_ROOM]);
/* Words between spaces, tabs and line ends, in any case. On a fault the secret is zeroed. */
enum phrase_fault phrase_read(const char *text, uint8_t secret[PHRASE_SECRET],
                              struct phrase_told *told);
