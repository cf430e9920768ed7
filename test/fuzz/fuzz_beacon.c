/* Fuzz: beacon packets. As they come (a stranger's), and as the sealed part of one from a holder of
 * the secret, since no fuzzer guesses a MAC. What is taken must seal to a packet that says the
 * same. */
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "net/beacon.h"

#define PLAIN_BYTES 45

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const uint8_t *packet, size_t size, const uint8_t key[32])
{
    struct beacon_card card, again;
    uint8_t out[BEACON_BYTES];
    if (!beacon_unseal(&card, packet, size, key)) {
        return;
    }
    CHECK(size == BEACON_BYTES && card.port != 0);
    beacon_seal(out, &card, key, packet);
    CHECK(memcmp(out, packet, size) == 0); /* one card, one form */
    CHECK(beacon_unseal(&again, out, sizeof out, key));
    CHECK(id_equal(&again.node, &card.node) && again.port == card.port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[32] = {1};
    uint8_t key[32], packet[BEACON_BYTES] = {0}, plain[PLAIN_BYTES] = {0};
    beacon_key(key, secret);
    take(data, size, key);
    memcpy(plain, data, size < sizeof plain ? size : sizeof plain);
    crypto_aead_xchacha20poly1305_ietf_encrypt(packet + 24, NULL, plain, sizeof plain, NULL, 0,
                                               NULL, packet, key);
    take(packet, sizeof packet, key);
    return 0;
}
