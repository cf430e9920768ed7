/* Opener: a process that is nobody's child, without the terminal (outside.c starts it).
 *
 * No shell sees the link: it is one argument, and begins with its scheme, so it is no option. */
#include "ui/opener.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ui/outside.h"

bool opener_takes(const char *link, size_t size)
{
    static const char *const schemes[] = {"http://", "https://", "ftp://", "mailto:"};
    bool known = false;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t scheme = strlen(schemes[i]);
        known = known || (size > scheme && strncasecmp(link, schemes[i], scheme) == 0);
    }
    for (size_t i = 0; i < size; i++)
        known = known && (unsigned char)link[i] > ' ' && link[i] != 0x7F && link[i] != '"' &&
                link[i] != '<' && link[i] != '>';
    return known;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0';
}

bool opener_here(void)
{
    return !is_set("SSH_CONNECTION") && !is_set("SSH_TTY") &&
           (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"));
}

bool opener_start(const char *link)
{
    return opener_takes(link, strlen(link)) && outside_open(link);
}
