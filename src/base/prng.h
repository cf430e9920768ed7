/* A deterministic stream of bytes out of a 32-byte seed (ChaCha20, RFC 8439). With a secret seed it
 * is fit for nonces; with a known one a run can be replayed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct prng {
    uint8_t seed[32];
    uint64_t count; /* blocks drawn */
};

void prng_init(struct prng *prng, const uint8_t seed[32]);
void prng_bytes(struct prng *prng, void *to, size_t size);
/* A number below `bound` (bound > 0), bias under 2^-32. */
uint32_t prng_below(struct prng *prng, uint32_t bound);
