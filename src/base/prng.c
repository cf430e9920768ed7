/* Prng: the ChaCha20 key stream of the seed with an all-zero nonce, in blocks of 64 bytes numbered
 * from 0 (RFC 8439; the number runs on in 64 bits, which is the same stream below 2^32 blocks).
 *
 * 1. Every call begins at a new block and throws away what it does not use, so what one call gives
 *    depends on the blocks drawn before it, not on their sizes in bytes.*/
#include "base/prng.h"

#include <string.h>

#include <sodium.h>

#include "base/bytes.h"
#include "base/check.h"

#define BLOCK_BYTES 64

void prng_init(struct prng *prng, const uint8_t seed[32])
{
    memcpy(prng->seed, seed, sizeof prng->seed);
    prng->count = 0;
}

void prng_bytes(struct prng *prng, void *to, size_t size)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    if (size == 0)
        return;
    memset(to, 0, size);
    crypto_stream_chacha20_xor_ic(to, to, size, nonce, prng->count, prng->seed);
    prng->count += (size + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

uint32_t prng_below(struct prng *prng, uint32_t bound)
{
    CHECK(bound > 0);
    uint8_t drawn[8];
    prng_bytes(prng, drawn, sizeof drawn);
    /* Read in one fixed order, or a replay on another machine would take other turns. */
    struct reader r = reader_of((struct bytes){.at = drawn, .size = sizeof drawn});
    return (uint32_t)(read_u64(&r) % bound);
}
