/* Seal: entries that only the two of a direct channel can read (PROTOCOL.md section 10). */
#pragma once

#include "core/entry.h"

#define SEAL_VERSION    1
#define SEAL_PREKEY_ID  8
#define SEAL_HEAD       (1 + SEAL_PREKEY_ID + 32) /* before what is encrypted */
#define SEAL_MORE       (SEAL_HEAD + 16)          /* a sealed body, more than its plaintext */
#define SEAL_PLAIN_MOST (LIMIT_BODY - SEAL_MORE)
#define SEAL_BODY_MOST  (SEAL_PLAIN_MOST - 3) /* what can be sealed */
#define SEAL_SAID_MOST  (SEAL_BODY_MOST - 41) /* ... and sealed again, as an AGAIN */

/* A pair of X25519 keys that others seal to for a week. */
struct prekey {
    uint64_t number; /* of its card */
    struct id key;
    uint8_t secret[32];
};

/* What all lines of one direction have in common. */
struct seal_terms {
    struct id writer, reader, channel;
    uint8_t shared[32];
};

/* What the two identities share, and nobody else; false with a peer with whom nothing can be shared:
 * his key is none, or the node's own. */
bool seal_shared(uint8_t shared[32], const struct identity *self, const struct id *peer);
/* The id of the direct channel of these two. */
struct id direct_id(const struct id *network, const struct id *a, const struct id *b,
                    const uint8_t shared[32]);
/* The pair that a secret gives. */
struct prekey prekey_of(const uint8_t secret[32], uint64_t number);

/* Writes the body of an entry of kind SEALED; body.size is at most SEAL_BODY_MOST. `random`: 32
 * bytes that nobody else knows; count: another one each time. Returns its size, 0 when nothing can be sealed to
 * that prekey. */
size_t seal_write(uint8_t out[LIMIT_BODY], const struct seal_terms *terms, const struct id *prekey,
                  const uint8_t random[32], uint64_t count, enum entry_kind kind,
                  struct bytes body);
/* The id of the prekey that a body is sealed to; false for other versions and what is no such body. */
bool seal_to(struct bytes sealed, uint8_t prekey_id[SEAL_PREKEY_ID]);
/* What was sealed: *body points into plain. False when it cannot be opened by this prekey, or is not
 * formed so. */
bool seal_open(struct bytes sealed, const struct seal_terms *terms, const struct prekey *prekey,
               uint8_t plain[SEAL_PLAIN_MOST], uint8_t *kind, struct bytes *body);
