/* What options.c (the reading), optiontable.c (each option) and operands.c (what stands behind them) share. Nobody else
 * includes this. */
#pragma once

#include "app/options.h"

#define OPTIONS_ROWS_MAX  32
#define OPTIONS_NO_LETTER 1000

/* A value that is being taken, and where the sentence goes when it will not do. */
struct taking {
    struct options *options;
    char *value; /* in argv */
    char *why;
};

struct option_row {
    int letter; /* from OPTIONS_NO_LETTER on: it has none */
    const char *name;
    const char *value; /* NULL: takes none */
    const char *help;
    bool (*take)(struct taking *taking);
};

/* Sets the sentence; always false. */
bool options_refuse(struct taking *taking, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What was typed, fit to be shown: short, and nothing in it that a terminal obeys. */
struct quoted {
    char text[100];
};
struct quoted options_quoted(const char *typed);

/* ---- optiontable.c ---- */

/* All options, as --help lists them; at most OPTIONS_ROWS_MAX. */
const struct option_row *options_rows(size_t *count);

/* ---- operands.c ---- */

/* What stands behind the options, and whether all of it goes together. False with the sentence when it will not do. */
bool options_take_operands(struct taking *taking, int count, char **words);
