/* Tr: texts that a person reads, in the reader's language. The text in the code is English, and the
 * key under which gettext finds the other. Tables mark theirs with N_(), and who takes one out of a
 * table gives it to _(). The core may mark texts, and never translates one: its events and effects
 * are the same in every language, and the face translates what it shows. */
#pragma once

#include <stdint.h>

#define N_(text) text
#define _(text)  tr(text)

#if defined(__GNUC__)
#define TR_FORMAT(n) __attribute__((format_arg(n)))
#else
#define TR_FORMAT(n)
#endif

/* From now on texts come out of the catalogues in this directory (LANGUAGE/LC_MESSAGES/fika.mo), in
 * the language of the locale, as UTF-8. Without it, or without the catalogue, they stay English. */
void tr_open(const char *directory);
/* The text in the reader's language, or as it is; lives as long as the program. */
const char *tr(const char *text) TR_FORMAT(1);
/* The form that goes with n. */
const char *tr_plural(const char *one, const char *many, uint64_t n) TR_FORMAT(1) TR_FORMAT(2);
/* Which of the language's forms goes with n: 0 for one and 1 for many in English. */
unsigned tr_form(uint64_t n);
