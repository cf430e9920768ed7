/* Language: which language the texts are in, and where its catalogue is. */
#pragma once

/* Takes the language from LANGUAGE, LC_ALL, LC_MESSAGES and LANG, and the catalogues from where the
 * program is: it works installed anywhere, and out of build/. `name` is argv[0], for a system that
 * does not say where a program came from. Before any thread is started. Only letters and messages
 * follow the locale: how numbers and times are written for programs does not change with it. */
void language_open(const char *name);
