/* JSON: the face for programs. One object a line; the man page fika(1) lists the keys.
 * The caller flushes. */
#pragma once

#include <stdio.h>

#include "core/face.h"

/* Writes a string with its quotes: valid UTF-8 as it is, what a terminal could obey and what is
 * malformed as \u escapes (malformed: U+FFFD). Returns the length; out needs 6 * size + 3. */
size_t json_string(char *out, const void *text, size_t size);
void json_show(FILE *out, const struct show *show, const char *names);
/* {"event":"notice"|"error","text"} */
void json_note(FILE *out, const char *text, bool error);
