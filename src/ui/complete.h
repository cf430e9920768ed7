/* Complete: what the word before the cursor may become: a command, what a command takes, a channel,
 * a nick, a :picture:, a file. */
#pragma once

#include <stdbool.h>

#include "ui/company.h"

#define COMPLETE_MAX   100 /* candidates; there are more where it is full */
#define COMPLETE_BYTES 288

struct candidate {
    char text[COMPLETE_BYTES]; /* goes in place of the word */
    char label[80];            /* how the list shows it; "": as the text */
    const char *behind;        /* what follows the word then: " ", ": " or "" */
};

enum complete_kind {
    COMPLETE_NONE,
    COMPLETE_COMMAND,
    COMPLETE_CHANNEL,
    COMPLETE_NICK,
    COMPLETE_PICTURE,
    COMPLETE_FILE,
    COMPLETE_WORD,
};

struct completion {
    enum complete_kind kind; /* of the first candidate */
    size_t from, to;         /* the word, in bytes */
    size_t count;
    struct candidate list[COMPLETE_MAX];
};

/* Finds the candidates for the word that ends at the cursor of a text. */
void complete_find(struct completion *found, const char *text, size_t cursor,
                   const struct company *company, const char *channel);
/* The channels that have `part` in their names, in the order of the list. */
void complete_channels(struct completion *found, const char *part, const struct company *company);
/* The picture that :name: is of, in UTF-8, and its size; NULL when there is none. */
const char *picture_named(const char *name, size_t *size);
/* How many bytes all candidates have in common with the first, counted from their start. */
size_t complete_common(const struct completion *found);
