/* Beacon, the packet: which node listens where, readable for the holders of a network's secret and
 * for nobody else (docs/PROTOCOL.md section 7).
 *
 *   byte  0       24        25       27       29       61           69      85
 *         | nonce | version | port   | zero   | node   | process    | MAC   |
 *         | 24    | 1 (=1)  | 2, LE  | 2 (=0) | 32     | 8          | 16    |
 *         | plain | sealed ---------------------------------------- |       |
 *
 *   key = BLAKE2b-256(network secret, personal "fika-beacon-v1" filled up with zeros, no salt)
 *   XChaCha20-Poly1305 (IETF), no additional data, a random nonce for every beacon.
 *
 * The packet has one length and no constant byte, so whoever does not hold the secret cannot tell
 * it from noise. (The open network's secret is public; there it only keeps other programs out.)
 *
 * It refuses any other length, a MAC that does not fit, another version, a zero that is none, and
 * port 0. A beacon proves that its sender held the secret once, no more: it can be replayed. It is
 * a hint where to dial; HELLO says who is there. */
#include "net/beacon.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

#define VERSION     1
#define PLAIN_BYTES 45

_Static_assert(BEACON_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + PLAIN_BYTES +
                                   crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "the layout above");

void beacon_key(uint8_t key[32], const uint8_t network_secret[32])
{
    static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "fika-beacon-v1";
    int rc = crypto_generichash_blake2b_salt_personal(key, 32, network_secret, 32, NULL, 0, NULL,
                                                      personal);
    CHECK(rc == 0);
}

void beacon_seal(uint8_t out[BEACON_BYTES], const struct beacon_card *card, const uint8_t key[32],
                 const uint8_t nonce[24])
{
    uint8_t plain[PLAIN_BYTES];
    struct writer w = writer_of(plain, sizeof plain);
    write_u8(&w, VERSION);
    write_u16(&w, card->port);
    write_u16(&w, 0);
    write_id(&w, &card->node);
    write_copy(&w, card->process.b, sizeof card->process.b);
    CHECK(!w.full && w.size == sizeof plain);
    memcpy(out, nonce, 24);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + 24, NULL, plain, sizeof plain, NULL, 0, NULL,
                                               nonce, key);
}

bool beacon_unseal(struct beacon_card *card, const uint8_t *packet, size_t size,
                   const uint8_t key[32])
{
    uint8_t plain[PLAIN_BYTES];
    struct beacon_card read;
    memset(&read, 0, sizeof read);
    if (size != BEACON_BYTES ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, packet + 24, size - 24, NULL,
                                                   0, packet, key) != 0) {
        return false;
    }
    struct reader r = reader_of((struct bytes){plain, sizeof plain});
    uint8_t version = read_u8(&r);
    read.port = read_u16(&r);
    uint16_t zero = read_u16(&r);
    read.node = read_id(&r);
    read_copy(&r, read.process.b, sizeof read.process.b);
    if (!read_done(&r) || version != VERSION || zero != 0 || read.port == 0) {
        return false;
    }
    *card = read;
    return true;
}
