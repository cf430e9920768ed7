/* Groupseal: what all members of a private channel can read, and nobody else (PROTOCOL.md section 12.4). */
#pragma once

#include "core/act.h"
#include "core/seal.h"

#define GROUPSEAL_VERSION 2
#define GROUPSEAL_HEAD    (1 + ACT_SHORT + 24)
#define GROUPSEAL_MORE    (GROUPSEAL_HEAD + 16) /* a sealed body, more than its plaintext */

/* The id of the private channel that this founder made with that nonce. */
struct id private_id(const struct id *network, const struct id *founder, const uint8_t nonce[16]);

/* Whose line it is. */
struct groupseal_terms {
    struct id channel, author;
    uint16_t term;
};

/* Writes the body of an entry of kind SEALED, under an epoch; body.size is at most SEAL_BODY_MOST. random, count: as
 * in seal_write(). Returns its size. */
size_t groupseal_write(uint8_t out[LIMIT_BODY], const struct groupseal_terms *terms,
                       const uint8_t epoch[ACT_SHORT], const uint8_t secret[32],
                       const uint8_t random[32], uint64_t count, enum entry_kind kind,
                       struct bytes body);
/* The epoch that a body is sealed under; false for other versions and what is no such body. */
bool groupseal_epoch(struct bytes sealed, uint8_t epoch[ACT_SHORT]);
/* What was sealed: *body points into plain. False when it cannot be opened by this secret, or is not
 * formed so. */
bool groupseal_open(struct bytes sealed, const struct groupseal_terms *terms,
                    const uint8_t secret[32], uint8_t plain[SEAL_PLAIN_MOST], uint8_t *kind,
                    struct bytes *body);

/* An epoch's entry, to each of whose rows these belong. */
struct groupseal_epoch {
    struct id channel, maker, e;
    uint8_t check[ACT_CHECK];
};

/* Draws an epoch's secret and the secret half of its pair, out of what nobody else knows, a count, and all that is
 * to be sealed. */
void groupseal_draw(uint8_t secret[32], uint8_t pair[32], const uint8_t random[32], uint64_t count,
                    struct bytes what);
/* Fills in e and check. */
void groupseal_begin(struct groupseal_epoch *epoch, const uint8_t secret[32],
                     const uint8_t pair[32]);
/* True when the secret is this epoch's. */
bool groupseal_is(const struct groupseal_epoch *epoch, const uint8_t secret[32]);
/* One row, for `reader`, who shares that with the maker; false when nothing can be sealed to the prekey. */
bool groupseal_row(uint8_t sealed[ACT_SEALED], const struct groupseal_epoch *epoch,
                   const uint8_t secret[32], const uint8_t pair[32], const struct id *reader,
                   const struct id *prekey, const uint8_t shared[32]);
/* Opens a row; false when it is not for this prekey, or its secret not the epoch's. */
bool groupseal_row_open(uint8_t secret[32], const struct groupseal_epoch *epoch,
                        const uint8_t sealed[ACT_SEALED], const struct id *reader,
                        const struct prekey *prekey, const uint8_t shared[32]);
