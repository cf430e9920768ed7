/* Error: a code and what it is about, made into the sentence of the table in error.h.
 *
 * The table's sentences are data, never a format: the one "%s" is found and filled by hand, so what
 * an error is about (a path, a host) may hold any character. It does not tame what it is about:
 * that comes from this machine's user, not from a peer. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/tr.h"

enum error_code error_set(struct error *error, enum error_code code, const char *about)
{
    if (error) {
        error->code = code;
        snprintf(error->about, sizeof error->about, "%s", about ? about : "");
    }
    return code;
}

enum error_code error_set_os(struct error *error, enum error_code code, const char *about, int os)
{
    if (error) {
        error->code = code;
        snprintf(error->about, sizeof error->about, "%s: %s", about ? about : "", strerror(os));
    }
    return code;
}

static const char *error_sentence(enum error_code code)
{
    switch (code) {
#define X(name, text) \
    case name: return text;
        ERRORS(X)
#undef X
    }
    return "%s";
}

void error_text(const struct error *error, char *out, size_t room)
{
    const char *sentence = tr(error_sentence(error->code));
    const char *gap = strstr(sentence, "%s");
    if (!gap)
        snprintf(out, room, "%s", sentence);
    else
        snprintf(out, room, "%.*s%s%s", (int)(gap - sentence), sentence, error->about, gap + 2);
}
