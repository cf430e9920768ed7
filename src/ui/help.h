/* Help: what \help says, by topic, in one table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct help_topic {
    const char *name;
    const char *title; /* one line, as it stands in the list of topics */
    const char *text;  /* lines; "" when all of it is made elsewhere */
};

/* The table, by index; NULL past the end. */
const struct help_topic *help_topic_at(size_t index);
/* The topic of that name, whatever its case; NULL for none. */
const struct help_topic *help_find(const char *name, size_t size);
/* Writes what is said of a topic, else of a command, else (both NULL) the lists of topics and
 * commands: lines, the first of which is a title. */
#define HELP_TEXT_MAX 32768
struct command;
struct keys;
void help_write(const struct help_topic *topic, const struct command *command,
                const struct keys *keys, char out[HELP_TEXT_MAX]);
/* Writes what each key does as they are bound. */
void help_keys(const struct keys *keys, char out[HELP_TEXT_MAX]);
