/* Passline: a line of text in which a few bytes lie sealed under a passphrase:
 *
 *     MARK SALT OPERATIONS MEMORY NONCE SEALED
 *
 * numbers in decimal, the rest in hex. SEALED is the bytes, sealed by XChaCha20-Poly1305 with what Argon2id makes of the
 * passphrase; all in front of NONCE is sealed along. */
#pragma once

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define PASSLINE_MOST 72 /* bytes that are sealed */
#define PASSLINE_ROOM 512

struct passline {
    const char *mark; /* with a blank at its end */
    size_t size;      /* of what is sealed, at most PASSLINE_MOST */
    uint8_t salt[crypto_pwhash_SALTBYTES];
    unsigned long long operations, memory;
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t sealed[PASSLINE_MOST + crypto_aead_xchacha20poly1305_ietf_ABYTES];
};

/* Whether the text begins with such a line, of that mark and size, with numbers that this program would take. *rest: what
 * stands behind it, and behind a blank. */
bool passline_read(struct passline *line, const char *mark, size_t size, const char *text,
                   const char **rest);
/* Takes bytes in hex off the front, and the blank behind them; false when there are not just so many. */
bool passline_bytes(const char **at, uint8_t *out, size_t size);
/* Writes it, without an end; returns its length. */
size_t passline_write(const struct passline *line, char out[PASSLINE_ROOM]);
/* Seals with new random bytes, under what this program thinks hard enough: half a second of work and 256 MB. */
enum error_code passline_seal(struct passline *line, const char *mark, const uint8_t *plain,
                              size_t size, const char *passphrase, struct error *error);
/* False when the passphrase is another, or (an error then, in *code and error) there is no memory for it. plain: room for
 * line->size. */
bool passline_open(const struct passline *line, const char *passphrase, uint8_t *plain,
                   enum error_code *code, struct error *error);
