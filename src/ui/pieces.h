/* Pieces: what sentences are put together from, as text for people: names, numbers, lists. Each is
 * tamed to one line and ends with a NUL. */
#pragma once

#include "ui/label.h"
#include "ui/words.h"

#define PIECE_MAX        1024
#define PIECE_NUMBER_MAX 64 /* room for any number, with what stands between its digits */
#define PIECE_SIGN_MAX   (3 * LIMIT_REACTION + 4)

void piece_tame(struct bytes bytes, char *out, size_t room);
struct bytes piece_bytes(const char *text);
/* "512 B", "3.4 kB", "1.2 MB" */
void piece_size(uint64_t count, char out[PIECE_NUMBER_MAX]);
/* "0.71 ms", "34 ms" */
void piece_round_trip(uint64_t us, char out[PIECE_NUMBER_MAX]);
/* "1,204" */
void piece_number(uint64_t count, char out[PIECE_NUMBER_MAX]);
/* Each of the lines of a text, with ", " between them; false when there is none. */
bool piece_list(struct bytes left, char *out, size_t room);
/* The first of a line that a sentence repeats, no character in two. */
#define PIECE_CUT_BYTES 300
struct bytes piece_cut(struct bytes text);
/* The sign of a reaction, without what stands between signs; "?" for an empty one. */
void piece_sign(struct bytes sign, char out[PIECE_SIGN_MAX]);

/* What the sentences of words_row() are made from: the names and numbers of a show, tamed. */
struct pieces {
    char nick[WORDS_NICK_MAX], channel[LABEL_MAX], address[3 * LIMIT_ADDRESS + 4];
    char a[PIECE_MAX], n[PIECE_NUMBER_MAX];
};
void pieces_of(const struct show *show, struct pieces *pieces);
