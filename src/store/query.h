/* Query: what a person types to search for, as the index takes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/face.h"

#define QUERY_MATCH_MAX 4096

struct query {
    char match[QUERY_MATCH_MAX]; /* an FTS5 expression over text and nick; empty: any text */
    struct channel_name channel; /* in:; empty: all */
    uint64_t from_ms, to_ms;     /* wall clocks, both included */
};

/* Reads `word word* "a phrase" -word from:nick in:#channel before:DATE after:DATE`, where DATE is
 * YYYY, YYYY-MM or YYYY-MM-DD in local time; before: ends where the date begins, after: begins there. A
 * word of three letters or more also finds what begins with it. False, with a sentence in why, when
 * nothing can be looked for by it. Whatever is in text, match is a well-formed expression. */
bool query_read(struct query *query, const char *text, size_t size, char *why, size_t room);
