/* Markup: what parts of a text look like, by the few signs that people use in chats, and by what
 * they are. The signs stay in the text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/face.h"
#include "ui/cells.h"

/* Beyond the styles of cells.h, for each byte of a text. */
enum markup {
    MARKUP_CODE = 32,
    MARKUP_MENTION = 64,
    MARKUP_LINK = 128,
};

/* False when nothing in the text can be marked up: a cheap look. */
bool markup_any(const char *text, size_t size);
/* Fills `marks`, one for each byte of valid UTF-8; names: what is a mention, one a line, "" for
 * nothing. */
void markup(const char *text, size_t size, const char *names, uint8_t *marks);
/* True when one of the names stands in the text as a whole word, whatever its case. */
/* True when another's line is meant for the reader: it names him, or is in a direct channel. */
bool markup_mentions_reader(const struct show *show, const char *names);
bool markup_mentions(const char *text, size_t size, const char *names);
/* The bytes of the link that begins at `at`, 0 for none. */
size_t markup_link(const char *text, size_t size, size_t at);
/* True when two names differ in case at most. */
bool markup_same_name(const char *a, const char *b);
