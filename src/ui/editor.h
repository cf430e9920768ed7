/* Editor: another program that works on the text for a while, in a private file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct editor {
    bool runs;
    char path[600];
};

/* Where the text lies meanwhile: $XDG_RUNTIME_DIR/fika, made when it is missing; false where there is no
 * such directory. */
bool editor_directory(char *out, size_t room);
/* Writes the text to a file (mode 0600) in there, or in `directory` where that cannot be, and starts $VISUAL, $EDITOR or vi on it. The terminal must have been given. False with a
 * sentence in *why. */
bool editor_start(struct editor *editor, const char *directory, const char *text, size_t size,
                  const char **why);
/* True when it has ended; then the file is gone, and *text (to be freed) is what it left, NULL with
 * a sentence in *why when it failed. Never waits. */
bool editor_ended(struct editor *editor, char **text, size_t *size, const char **why);
/* Ends it, and takes its file away. */
void editor_stop(struct editor *editor);
