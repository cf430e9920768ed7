/* Sealed: small files under the key of an open vault, as files.c writes them there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SEALED_MARK       "fika-sealed-1\n"
#define SEALED_MARK_BYTES (sizeof SEALED_MARK - 1)
/* A record's size (4 bytes), its nonce (24), what is sealed, its tag (16). */
#define SEALED_HEAD       28
#define SEALED_OVER       (SEALED_HEAD + 16)
#define SEALED_RECORD_MAX ((size_t)16 << 20) /* of text */

/* Seals one record; `out` has room for size + SEALED_OVER. `name`: of the file, within the profile. */
void sealed_record(unsigned char *out, const char *text, size_t size, const char *name);
/* Opens one: `in` is what stands behind its head. */
bool sealed_open(char *out, const unsigned char head[SEALED_HEAD], const unsigned char *in,
                 const char *name);
/* Of how much text a record's head speaks; more than SEALED_RECORD_MAX: it is none. */
size_t sealed_size(const unsigned char head[SEALED_HEAD]);
