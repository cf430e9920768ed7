/* Vouch: what two people read to each other to know that each has the other's identity: six words, and a code. */
#pragma once

#include "core/face.h"

#define VOUCH_WORDS      6
#define VOUCH_WORDS_ROOM 64 /* "abandon ability able about above absent" */
#define VOUCH_CODE_ROOM  80 /* "fika-verify:" and 64 digits */

/* What stands for the two, whichever is which. */
struct id vouch_pair(const struct id *one, const struct id *other);
/* As it is shown as a QR code, and typed. */
void vouch_code(const struct id *pair, char out[VOUCH_CODE_ROOM]);
/* The words: made slowly (about a second, 256 MiB). False when there is not so much memory. */
bool vouch_words(const struct id *pair, char out[VOUCH_WORDS_ROOM]);

/* The same in a thread of its own. */
struct vouching;
struct vouched {
    struct id other;
    bool made;
    char words[VOUCH_WORDS_ROOM];
};
struct vouching *vouching_new(void);
void vouching_free(struct vouching *vouching);
int vouching_fd(const struct vouching *vouching); /* readable when there is an answer */
/* Asks for the words with another; one question at a time. False when one is out, or no thread can be made. */
bool vouching_ask(struct vouching *vouching, const struct id *self, const struct id *other);
/* Takes the answer; false when it is not there. */
bool vouching_next(struct vouching *vouching, struct vouched *vouched);
