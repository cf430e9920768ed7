/* Fuzz: a sealed body, and what is in it. The bytes are opened as they are; and sealed as a line, to be
 * opened again, whole and with one byte changed. */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "core/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t sealed[LIMIT_BODY], plain[SEAL_PLAIN_MOST];

static void opens(size_t size, const struct seal_terms *terms, const struct prekey *prekey,
                  const uint8_t *data, size_t said)
{
    uint8_t kind;
    struct bytes body;
    CHECK(seal_open((struct bytes){sealed, size}, terms, prekey, plain, &kind, &body));
    CHECK(kind == data[0] && body.size == said && memcmp(body.at, data, said) == 0);
    sealed[(data[0] | data[said - 1] << 8) % size] ^= 1;
    CHECK(!seal_open((struct bytes){sealed, size}, terms, prekey, plain, &kind, &body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t SECRET[32] = {7}, RANDOM[32] = {9};
    struct seal_terms terms = {.writer = {{1}}, .reader = {{2}}, .channel = {{3}}};
    struct prekey prekey = prekey_of(SECRET, 1);
    uint8_t kind;
    struct bytes body;
    seal_open((struct bytes){data, size}, &terms, &prekey, plain, &kind, &body);
    if (size == 0 || size > SEAL_BODY_MOST)
        return 0;
    size_t taken = seal_write(sealed, &terms, &prekey.key, RANDOM, size, (enum entry_kind)data[0],
                              (struct bytes){data, size});
    CHECK(taken > size && taken <= LIMIT_BODY);
    opens(taken, &terms, &prekey, data, size);
    return 0;
}
