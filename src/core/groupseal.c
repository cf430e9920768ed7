/* Groupseal: lines under an epoch's secret, and that secret sealed to each member.
 *
 *      line:   0  version 2    1  epoch 8    9  nonce 24    33  encrypted, and its tag 16
 *      row:    0  the secret, encrypted, and its tag 16
 *
 * 1. A line's key is its author's, in his term, in that channel: so what is copied elsewhere does not open. Its nonce is
 *    a hash over a secret of this process, a count and what is sealed, as a one-time key is in seal.c.
 * 2. A row's key is made of the epoch's pair and the reader's prekey, and of the two identities: it serves that row
 *    alone, so its nonce is zeros.
 * 3. A secret is known to be its epoch's by `check`, whoever tells it: so nobody can give two members two of them.
 * 4. All that is secret is wiped before a function returns.
 */
#include "core/groupseal.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

static const char DOMAIN_GROUP[16] = "fika-group-v1";
static const char DOMAIN_EPOCH[16] = "fika-epoch-v1";
static const char DOMAIN_CHECK[16] = "fika-check-v1";
static const char DOMAIN_ONCE[16] = "fika-once-v1";
static const char DOMAIN_DRAW[16] = "fika-draw-v1";
static const uint8_t NONCE[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];

static void keyed(uint8_t out[32], const char domain[16], struct bytes key, struct bytes over)
{
    CHECK(crypto_generichash_blake2b_salt_personal(out, 32, over.at, over.size, key.at, key.size,
                                                   NULL, (const unsigned char *)domain) == 0);
}

struct id private_id(const struct id *network, const struct id *founder, const uint8_t nonce[16])
{
    static const char DOMAIN[16] = "fika-private-v1";
    uint8_t bytes[2 * 32 + 16];
    struct writer w = writer_of(bytes, sizeof bytes);
    write_id(&w, network);
    write_id(&w, founder);
    write_copy(&w, nonce, 16);
    return domain_hash(DOMAIN, bytes, sizeof bytes);
}

/* ---- lines ---- */

static void line_key(uint8_t key[32], const struct groupseal_terms *terms, const uint8_t secret[32])
{
    uint8_t bytes[2 * 32 + 2];
    struct writer w = writer_of(bytes, sizeof bytes);
    write_id(&w, &terms->channel);
    write_id(&w, &terms->author);
    write_u16(&w, terms->term);
    keyed(key, DOMAIN_GROUP, (struct bytes){secret, 32}, written(&w));
}

static void make_nonce(uint8_t nonce[24], const uint8_t random[32], uint64_t count,
                       const struct id *channel, const uint8_t key[32], struct bytes plain)
{
    uint8_t bytes[8 + 2 * 32 + SEAL_PLAIN_MOST], hash[32];
    struct writer w = writer_of(bytes, sizeof bytes);
    write_u64(&w, count);
    write_id(&w, channel);
    write_copy(&w, key, 32);
    write_copy(&w, plain.at, plain.size);
    CHECK(!w.full);
    keyed(hash, DOMAIN_ONCE, (struct bytes){random, 32}, written(&w));
    memcpy(nonce, hash, 24);
    sodium_memzero(bytes, w.size);
}

size_t groupseal_write(uint8_t out[LIMIT_BODY], const struct groupseal_terms *terms,
                       const uint8_t epoch[ACT_SHORT], const uint8_t secret[32],
                       const uint8_t random[32], uint64_t count, enum entry_kind kind,
                       struct bytes body)
{
    uint8_t plain[SEAL_PLAIN_MOST], key[32], nonce[24];
    struct bytes whole = {plain, seal_plain_write(plain, kind, body)};
    struct writer w = writer_of(out, LIMIT_BODY);
    line_key(key, terms, secret);
    make_nonce(nonce, random, count, &terms->channel, key, whole);
    write_u8(&w, GROUPSEAL_VERSION);
    write_copy(&w, epoch, ACT_SHORT);
    write_copy(&w, nonce, sizeof nonce);
    CHECK(w.size == GROUPSEAL_HEAD && w.room >= GROUPSEAL_MORE + whole.size);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + w.size, NULL, whole.at, whole.size, out,
                                               GROUPSEAL_HEAD, NULL, nonce, key);
    sodium_memzero(key, sizeof key);
    sodium_memzero(plain, whole.size);
    return GROUPSEAL_MORE + whole.size;
}

bool groupseal_epoch(struct bytes sealed, uint8_t epoch[ACT_SHORT])
{
    struct reader r = reader_of(sealed);
    uint8_t version = read_u8(&r);
    read_copy(&r, epoch, ACT_SHORT);
    return !r.bad && version == GROUPSEAL_VERSION && sealed.size > GROUPSEAL_MORE &&
           sealed.size <= GROUPSEAL_MORE + SEAL_PLAIN_MOST;
}

bool groupseal_open(struct bytes sealed, const struct groupseal_terms *terms,
                    const uint8_t secret[32], uint8_t plain[SEAL_PLAIN_MOST], uint8_t *kind,
                    struct bytes *body)
{
    uint8_t epoch[ACT_SHORT], key[32];
    if (!groupseal_epoch(sealed, epoch))
        return false;
    line_key(key, terms, secret);
    bool works = crypto_aead_xchacha20poly1305_ietf_decrypt(
                     plain, NULL, NULL, sealed.at + GROUPSEAL_HEAD, sealed.size - GROUPSEAL_HEAD,
                     sealed.at, GROUPSEAL_HEAD, sealed.at + 1 + ACT_SHORT, key) == 0;
    sodium_memzero(key, sizeof key);
    return works &&
           seal_plain_read((struct bytes){plain, sealed.size - GROUPSEAL_MORE}, kind, body);
}

/* ---- epochs ---- */

void groupseal_draw(uint8_t secret[32], uint8_t pair[32], const uint8_t random[32], uint64_t count,
                    struct bytes what)
{
    uint8_t bytes[8 + 1 + 32];
    struct id over = domain_hash(DOMAIN_DRAW, what.at, what.size);
    for (uint8_t which = 0; which < 2; which++) {
        struct writer w = writer_of(bytes, sizeof bytes);
        write_u64(&w, count);
        write_u8(&w, which);
        write_id(&w, &over);
        keyed(which == 0 ? secret : pair, DOMAIN_DRAW, (struct bytes){random, 32}, written(&w));
    }
}

static void make_check(uint8_t check[ACT_CHECK], const struct groupseal_epoch *epoch,
                       const uint8_t secret[32])
{
    uint8_t bytes[3 * 32], hash[32];
    struct writer w = writer_of(bytes, sizeof bytes);
    write_id(&w, &epoch->channel);
    write_id(&w, &epoch->maker);
    write_id(&w, &epoch->e);
    keyed(hash, DOMAIN_CHECK, (struct bytes){secret, 32}, written(&w));
    memcpy(check, hash, ACT_CHECK);
}

void groupseal_begin(struct groupseal_epoch *epoch, const uint8_t secret[32],
                     const uint8_t pair[32])
{
    CHECK(crypto_scalarmult_base(epoch->e.b, pair) == 0);
    make_check(epoch->check, epoch, secret);
}

bool groupseal_is(const struct groupseal_epoch *epoch, const uint8_t secret[32])
{
    uint8_t check[ACT_CHECK];
    make_check(check, epoch, secret);
    return sodium_memcmp(check, epoch->check, sizeof check) == 0;
}

static void row_key(uint8_t key[32], const struct groupseal_epoch *epoch, const struct id *reader,
                    const struct id *prekey, const uint8_t once[32], const uint8_t shared[32])
{
    uint8_t secrets[64], bytes[5 * 32];
    struct writer w = writer_of(bytes, sizeof bytes);
    memcpy(secrets, once, 32);
    memcpy(secrets + 32, shared, 32);
    write_id(&w, &epoch->channel);
    write_id(&w, &epoch->maker);
    write_id(&w, reader);
    write_id(&w, prekey);
    write_id(&w, &epoch->e);
    keyed(key, DOMAIN_EPOCH, (struct bytes){secrets, sizeof secrets}, written(&w));
    sodium_memzero(secrets, sizeof secrets);
}

/* e and check: what the rows have in common. */
static void write_data(uint8_t data[32 + ACT_CHECK], const struct groupseal_epoch *epoch)
{
    memcpy(data, epoch->e.b, 32);
    memcpy(data + 32, epoch->check, ACT_CHECK);
}

bool groupseal_row(uint8_t sealed[ACT_SEALED], const struct groupseal_epoch *epoch,
                   const uint8_t secret[32], const uint8_t pair[32], const struct id *reader,
                   const struct id *prekey, const uint8_t shared[32])
{
    uint8_t once[32], key[32], data[32 + ACT_CHECK];
    if (!seal_dh(once, pair, prekey->b))
        return false;
    row_key(key, epoch, reader, prekey, once, shared);
    write_data(data, epoch);
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, secret, 32, data, sizeof data, NULL,
                                              NONCE, key);
    sodium_memzero(once, sizeof once);
    sodium_memzero(key, sizeof key);
    return true;
}

bool groupseal_row_open(uint8_t secret[32], const struct groupseal_epoch *epoch,
                        const uint8_t sealed[ACT_SEALED], const struct id *reader,
                        const struct prekey *prekey, const uint8_t shared[32])
{
    uint8_t once[32], key[32], data[32 + ACT_CHECK];
    if (!seal_dh(once, prekey->secret, epoch->e.b))
        return false;
    row_key(key, epoch, reader, &prekey->key, once, shared);
    write_data(data, epoch);
    bool works = crypto_aead_chacha20poly1305_ietf_decrypt(secret, NULL, NULL, sealed, ACT_SEALED,
                                                           data, sizeof data, NONCE, key) == 0;
    sodium_memzero(once, sizeof once);
    sodium_memzero(key, sizeof key);
    return works && groupseal_is(epoch, secret);
}
