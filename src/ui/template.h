/* Template: a sentence with named places in it, so that a translation may put them in another
 * order: "{nick} joined {channel}". A place with forms in it, "{n|line|lines}", becomes the form
 * that goes with the number n in the reader's language; all of them stand in the template. */
#pragma once

#include "base/bytes.h"

struct blank {
    const char *name;
    const char *text; /* tamed; NULL: the number n, as piece_number() has it */
    uint64_t n;       /* what forms go by */
};

/* Adds text, cut before a whole code point where there is no room. */
void template_add(struct writer *w, const char *text);
/* Adds the template, filled; blanks end with one without a name. What is put in is never read as a
 * template. A place that no blank names stays as it is. */
void template_fill(struct writer *w, const char *template, const struct blank *blanks);
#define TEMPLATE(w, template, ...) \
    template_fill(w, template, (const struct blank[]){__VA_ARGS__, {NULL, NULL, 0}})
/* A sentence with one number in it, {n}; returns its size. */
size_t template_number(char *out, size_t room, const char *template, uint64_t n);
