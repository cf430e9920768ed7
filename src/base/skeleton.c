/* Skeleton: UTS #39's, of which only a hash is kept.
 *
 *     pаul (a Cyrillic а) --decomposed, what is invisible left out--> --each code point as what it looks like--> paul
 *
 * 1. Case is a mask, too: "PauI" with a capital i looks like "Paul" only before it is put in lower case, and
 *    "ANNA" like "anna" only after it. So there are two skeletons, and names look alike when either agrees.
 * 2. What each code point looks like is a table made by scripts/lookalikes.py.
 *
 * The hashes are not keyed: who finds two names with one hash has two names that are said to look alike. */
#include "base/skeleton.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/check.h"

struct lookalike {
    uint32_t code;
    uint16_t at;
    uint8_t size;
};

#include "base/lookalike_table.h"

#define LOOKALIKES_COUNT (sizeof LOOKALIKES / sizeof *LOOKALIKES)
#define CODES_MAX        (SKELETON_BYTES * 4) /* a code point decomposes into four at most, by canon */
#define LOOKS_MAX        (CODES_MAX * 33)     /* the longest row of the table */

static const struct lookalike *find(uint32_t code)
{
    size_t from = 0, to = LOOKALIKES_COUNT;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (LOOKALIKES[middle].code < code)
            from = middle + 1;
        else
            to = middle;
    }
    return from < LOOKALIKES_COUNT && LOOKALIKES[from].code == code ? &LOOKALIKES[from] : NULL;
}

static size_t put(uint8_t *out, utf8proc_int32_t code)
{
    utf8proc_ssize_t size = utf8proc_encode_char(code, out);
    return size > 0 ? (size_t)size : 0;
}

static size_t put_looks(uint8_t *out, utf8proc_int32_t code)
{
    const struct lookalike *row = find((uint32_t)code);
    size_t size = 0;
    if (row == NULL)
        return put(out, utf8proc_tolower(code));
    for (size_t i = 0; i < row->size;) {
        utf8proc_int32_t like;
        utf8proc_ssize_t taken = utf8proc_iterate(LOOKS + row->at + i, row->size - i, &like);
        CHECK(taken > 0);
        size += put(out + size, utf8proc_tolower(like));
        i += (size_t)taken;
    }
    return size;
}

static uint64_t hash(const uint8_t *text, size_t size)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES];
    uint64_t made;
    _Static_assert(sizeof made == crypto_shorthash_BYTES, "it fits");
    crypto_shorthash((uint8_t *)&made, text, size, key);
    return made;
}

struct skeleton skeleton_of(const char *text, size_t size)
{
    utf8proc_int32_t codes[CODES_MAX];
    uint8_t out[LOOKS_MAX];
    struct skeleton made;
    size_t name = 0, as_is = 0, lower = 0;
    if (size > SKELETON_BYTES)
        size = SKELETON_BYTES;
    utf8proc_ssize_t count =
        utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, codes, CODES_MAX,
                           UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE);
    if (count < 0 || count > CODES_MAX)
        count = 0; /* no valid UTF-8, or cut in a character */
    for (utf8proc_ssize_t i = 0; i < count; i++)
        name += put(out + name, utf8proc_tolower(codes[i]));
    made.name = hash(out, name);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        as_is += put_looks(out + as_is, codes[i]);
    made.looks[0] = hash(out, as_is);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        lower += put_looks(out + lower, utf8proc_tolower(codes[i]));
    made.looks[1] = hash(out, lower);
    return made;
}

bool skeleton_same_name(const struct skeleton *a, const struct skeleton *b)
{
    return a->name == b->name;
}

bool skeleton_looks_like(const struct skeleton *a, const struct skeleton *b)
{
    return a->name == b->name || a->looks[0] == b->looks[0] || a->looks[1] == b->looks[1];
}
