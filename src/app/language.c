/* Language: gettext has its catalogues by locale, and the C locale has none; it is all that a small
 * machine has, and what a login without LANG gets. Who names a language all the same, in LANGUAGE or
 * by a locale that is not installed, gets it: any other locale will do for gettext to look. */
#include "app/language.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tr.h"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool is_plain(const char *locale)
{
    return strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0;
}

static void choose_locale(void)
{
    static const char *const any[] = {"en_US.UTF-8", "C.UTF-8"};
    setlocale(LC_CTYPE, "");
    const char *locale = setlocale(LC_MESSAGES, "");
    if (locale != NULL && !is_plain(locale) && strncmp(locale, "C.", 2) != 0)
        return;
    const char *named = variable("LC_ALL");
    named = named != NULL ? named : variable("LC_MESSAGES");
    named = named != NULL ? named : variable("LANG");
    if (named != NULL && is_plain(named))
        return; /* who asks for C means it */
    if (locale == NULL && named != NULL && variable("LANGUAGE") == NULL)
        setenv("LANGUAGE", named, 1);
    for (size_t i = 0; i < sizeof any / sizeof *any && variable("LANGUAGE") != NULL; i++)
        if (setlocale(LC_MESSAGES, any[i]) != NULL)
            break;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void language_open(const char *name)
{
    static const char *const places[] = {"../share/locale", "locale", "../locale"};
    char program[512], path[600];
    choose_locale();
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size > 0)
        program[size] = '\0';
    else
        snprintf(program, sizeof program, "%s", name != NULL ? name : "");
    char *end = strrchr(program, '/');
    if (end != NULL)
        *end = '\0';
    for (size_t i = 0; end != NULL && i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s/%s", program, places[i]);
        if (is_directory(path)) {
            tr_open(path);
            return;
        }
    }
    tr_open("/usr/local/share/locale");
}
