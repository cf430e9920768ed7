/* Tr: the one file that calls gettext. */
#include "base/tr.h"

#include <libintl.h>
#include <stdlib.h>

#define DOMAIN "fika"

void tr_open(const char *directory)
{
    bindtextdomain(DOMAIN, directory);
    /* The node speaks UTF-8 whatever the locale says, as do the lines that others wrote. */
    bind_textdomain_codeset(DOMAIN, "UTF-8");
}

const char *tr(const char *text)
{
    /* The empty text is the key of a catalogue's own head. */
    return text[0] == '\0' ? text : dgettext(DOMAIN, text);
}

const char *tr_plural(const char *one, const char *many, uint64_t n)
{
    /* No rule looks at more than the last six digits. */
    unsigned long small = (unsigned long)(n < 1000000 ? n : n % 1000000 + 1000000);
    return dngettext(DOMAIN, one, many, small);
}

unsigned tr_form(uint64_t n)
{
    /* No text: which form of {n|one|many} in other texts goes with a number. msgstr[0] is "0",
     * msgstr[1] is "1", and so on, for as many forms as the language has. */
    return (unsigned)strtoul(tr_plural("0", "1", n), NULL, 10);
}
