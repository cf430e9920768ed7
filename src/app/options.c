/* Options. getopt_long reads by the table (optiontable.c), --help is printed from it, and each refusal is one sentence
 * that says what is allowed. Nothing is opened or looked up here: whether a port is free or a
 * network exists is found out by those who use it. */
#include "app/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "app/options_private.h"
#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"

bool options_refuse(struct taking *taking, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(taking->why, OPTIONS_WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

struct quoted options_quoted(const char *typed)
{
    struct quoted quoted;
    text_tame(quoted.text, sizeof quoted.text, typed, strlen(typed), TAME_LINE);
    return quoted;
}

static const struct option_row *row_of(int letter)
{
    size_t count;
    const struct option_row *rows = options_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

/* Fills what getopt_long wants from the table. */
static void tables_of(struct option longs[OPTIONS_ROWS_MAX + 1],
                      char letters[3 * OPTIONS_ROWS_MAX + 2])
{
    size_t count;
    const struct option_row *rows = options_rows(&count);
    char *end = letters;
    *end++ = ':'; /* a missing value is told from an unknown option */
    for (size_t i = 0; i < count; i++) {
        bool valued = rows[i].value != NULL;
        longs[i] = (struct option){.name = rows[i].name,
                                   .has_arg = valued ? required_argument : no_argument,
                                   .val = rows[i].letter};
        if (rows[i].letter >= OPTIONS_NO_LETTER)
            continue;
        *end++ = (char)rows[i].letter;
        if (valued)
            *end++ = ':';
    }
    *end = 0;
    longs[count] = (struct option){0};
}

/* The sentence for what getopt_long did not take: `found` is ':' or '?', `word` the argument. */
static bool refuse_option(struct taking *taking, int found, const char *word)
{
    const struct option_row *row = row_of(optopt);
    if (found == ':' && row != NULL)
        return options_refuse(taking, _("--%s needs a value: --%s %s"), row->name, row->name,
                              tr(row->value));
    if (row != NULL)
        return options_refuse(taking, _("--%s takes no value"), row->name);
    if (optopt != 0)
        return options_refuse(taking, _("there is no option -%c; fika --help lists them"),
                              isgraph(optopt) ? optopt : '?');
    return options_refuse(taking, _("there is no option %s; fika --help lists them"),
                          options_quoted(word).text);
}

/* getopt keeps its place in globals; each libc has its own word to begin anew. */
static void begin_anew(void)
{
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
    optreset = 1;
    optind = 1;
#else
    optind = 0;
#endif
    opterr = 0;
}

bool options_read(struct options *options, int argc, char **argv, char *why)
{
    struct option longs[OPTIONS_ROWS_MAX + 1];
    char letters[3 * OPTIONS_ROWS_MAX + 2];
    struct taking taking = {.options = options, .why = why};
    *options = (struct options){0};
    *why = 0;
    tables_of(longs, letters);
    begin_anew();
    int found;
    while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (found == ':' || found == '?')
            return refuse_option(&taking, found, argv[optind - 1]);
        const struct option_row *row = row_of(found);
        CHECK(row != NULL);
        taking.value = optarg;
        if (!row->take(&taking))
            return false;
        if (options->help || options->version)
            return true;
    }
    return options_take_operands(&taking, argc - optind, argv + optind);
}

/* One row of --help, its further lines set in. */
static void print_row(FILE *out, const struct option_row *row)
{
    char left[64];
    if (row->letter < OPTIONS_NO_LETTER)
        snprintf(left, sizeof left, "-%c, --%s %s", row->letter, row->name,
                 row->value != NULL ? tr(row->value) : "");
    else
        snprintf(left, sizeof left, "    --%s %s", row->name,
                 row->value != NULL ? tr(row->value) : "");
    fprintf(out, "  %-20s ", left);
    for (const char *c = tr(row->help); *c != 0; c++) {
        fputc(*c, out);
        if (*c == '\n')
            fprintf(out, "%23s", "");
    }
    fputc('\n', out);
}

void options_help(FILE *out)
{
    size_t count;
    const struct option_row *rows = options_rows(&count);
    fputs(_("usage: fika [OPTION]... [ADDRESS|INVITE]...\n"
            "       fika export [-P PROFILE] [-c CHANNEL]... [--json]\n"
            "       fika import [-P PROFILE] [-c CHANNEL]...\n"
            "       fika doctor [OPTION]... [ADDRESS]...\n"
            "       fika identity [backup|restore|revoke DEVICE] [-P PROFILE] [--file FILE]\n"
            "Chat in the terminal between two or more computers, with no server.\n"
            "ADDRESS: HOST, HOST:PORT, [IPV6]:PORT, or PORT of this machine.\n"
            "INVITE: what \\invite shows, in quotes: 'fika:...'\n\n"),
          out);
    for (size_t i = 0; i < count; i++)
        print_row(out, &rows[i]);
    fputs(_("\nInside, \\help lists the commands. The manual is fika(1).\n"), out);
}
