/* Commands: what a person types, by one table that also gives help, completion, aliases and the man
 * page's list. */
#pragma once

#include "ui/heeding.h"
#include "ui/help.h"

enum typed_kind {
    TYPED_NOTHING, /* an empty line */
    TYPED_REQUEST, /* request is filled; its text borrows from the line or is a constant */
    TYPED_HELP,    /* topic or command or both: what to explain; both NULL for all */
    TYPED_KEYS,    /* the list of keys */
    TYPED_OPEN,    /* request.count: which link, from the newest */
    TYPED_COPY,    /* request.count: which line, from the last */
    TYPED_CLEAR,
    TYPED_SET,     /* request.text: what is to be set, empty for a list */
    TYPED_HEEDING, /* heeding is filled; its text borrows from the line */
    TYPED_QUIT,
    TYPED_ERROR, /* text: a sentence */
};

struct command {
    const char *name;      /* without the mark */
    const char *aliases;   /* other names, a space between them, or "" */
    const char *arguments; /* "[host][:port]": completion reads what is taken off it; a line that
                              takes a secret, an invite or a passphrase is not remembered */
    const char *help;      /* what it does, as it follows the name */
    enum typed_kind typed;
    enum request_kind request;
};

/* How long a typed line is remembered, for going back to it. */
enum command_memory { MEMORY_NONE, MEMORY_RUN, MEMORY_LASTING };

struct typed {
    enum typed_kind kind;
    struct request request;
    struct heeding heeding;
    const struct command *command;
    const struct help_topic *topic;
    char text[256];
};

/* Reads one typed line (valid UTF-8 or not, without line end). A line that begins with \ or / is a
 * command;
 * \\ or // says a line that begins with one. An unknown command names the nearest. */
struct typed command_read(const char *line, size_t size);
/* The table, by index; NULL past the end. */
const struct command *command_at(size_t index);
/* The nth name that can be typed: each command's own, then its aliases. False past the end. */
bool command_name_at(size_t n, struct bytes *name);
/* The one of that name or alias, upper and lower case alike; NULL when there is none. */
const struct command *command_find(struct bytes word);
/* Lines of help, one at a time by index: all commands, or (command not NULL) one of them. False
 * past the end. */
bool command_help_line(const struct command *command, size_t index, char *out, size_t room);
/* The nth completion of the word that ends the line: a command's name, mark included, or behind
 * \help without one. False past the end. */
bool command_complete(const char *line, size_t size, size_t n, char *out, size_t room);
/* What a command takes in the place of the word that ends the line, as its row says it:
 * "[#channel]". False when the line is no command's, or nothing is taken there. */
bool command_argument(const char *line, size_t size, char *out, size_t room);
/* A line with an invite, or a command with a secret, is not remembered at all; one that does not
 * exist, and so may be one with a secret mistyped, not beyond the end of the program. */
enum command_memory command_memory(const char *line, size_t size);
