/* Seal: what two nodes say so that nobody else can read it.
 *
 *      0  version 1    1  prekey id 8    9  one-time public key 32    41  encrypted, and its tag 16
 *
 *      0  kind 1       1  size 2         3  body        then zeros, up to the next of six sizes
 *
 * 1. A key serves one entry: it is made of a one-time key and the reader's prekey, of the two
 *    identities, and of who writes to whom in which channel. So the nonce is zeros, and what was copied elsewhere
 *    does not open.
 * 2. The secret half of the one-time key is a hash over a secret of this process, a count, and what
 *    is sealed: were the first two ever the same again, two texts would still have two keys.
 * 3. All that is secret is wiped before a function returns.
 *
 * That a key is the one that the other side wants is card.c's affair, who may write the channel's. */
#include "core/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

static const char DOMAIN_DIRECT[16] = "fika-direct-v1";
static const char DOMAIN_SEAL[16] = "fika-seal-v1";
static const char DOMAIN_ONCE[16] = "fika-once-v1";
static const uint8_t NONCE[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];

/* What a plaintext is filled up to. */
static const uint16_t SIZES[] = {64, 256, 1024, 4096, 8192, SEAL_PLAIN_MOST};

static size_t padded(size_t size)
{
    size_t i = 0;
    while (i + 1 < sizeof SIZES / sizeof SIZES[0] && SIZES[i] < size)
        i++;
    return SIZES[i];
}

bool seal_dh(uint8_t out[32], const uint8_t secret[32], const uint8_t key[32])
{
    return crypto_scalarmult(out, secret, key) == 0 && !sodium_is_zero(out, 32);
}

bool seal_shared(uint8_t shared[32], const struct identity *self, const struct id *peer)
{
    uint8_t secret[32], key[32];
    bool works = !id_equal(&self->node, peer) &&
                 crypto_sign_ed25519_pk_to_curve25519(key, peer->b) == 0 &&
                 crypto_sign_ed25519_sk_to_curve25519(secret, self->secret) == 0 &&
                 seal_dh(shared, secret, key);
    sodium_memzero(secret, sizeof secret);
    return works;
}

struct id direct_id(const struct id *network, const struct id *a, const struct id *b,
                    const uint8_t shared[32])
{
    uint8_t bytes[4 * 32];
    bool sorted = id_compare(a, b) < 0;
    struct writer w = writer_of(bytes, sizeof bytes);
    write_id(&w, network);
    write_copy(&w, shared, 32);
    write_id(&w, sorted ? a : b);
    write_id(&w, sorted ? b : a);
    struct id id = domain_hash(DOMAIN_DIRECT, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return id;
}

struct prekey prekey_of(const uint8_t secret[32], uint64_t number)
{
    struct prekey prekey = {.number = number};
    memcpy(prekey.secret, secret, sizeof prekey.secret);
    CHECK(crypto_scalarmult_base(prekey.key.b, secret) == 0);
    return prekey;
}

/* once: the other half of the one-time pair and the prekey, made one. */
static void make_key(uint8_t key[32], const struct seal_terms *terms, const struct id *prekey,
                     const uint8_t ephemeral[32], const uint8_t once[32])
{
    uint8_t secrets[64], bytes[5 * 32];
    struct writer w = writer_of(bytes, sizeof bytes);
    memcpy(secrets, once, 32);
    memcpy(secrets + 32, terms->shared, 32);
    write_id(&w, &terms->writer);
    write_id(&w, &terms->reader);
    write_id(&w, &terms->channel);
    write_id(&w, prekey);
    write_copy(&w, ephemeral, 32);
    CHECK(crypto_generichash_blake2b_salt_personal(key, 32, bytes, sizeof bytes, secrets,
                                                   sizeof secrets, NULL,
                                                   (const unsigned char *)DOMAIN_SEAL) == 0);
    sodium_memzero(secrets, sizeof secrets);
}

static void make_once(uint8_t secret[32], const uint8_t random[32], uint64_t count,
                      const struct seal_terms *terms, const struct id *prekey, struct bytes plain)
{
    uint8_t bytes[8 + 2 * 32 + SEAL_PLAIN_MOST];
    struct writer w = writer_of(bytes, sizeof bytes);
    write_u64(&w, count);
    write_id(&w, &terms->channel);
    write_id(&w, prekey);
    write_copy(&w, plain.at, plain.size);
    CHECK(!w.full &&
          crypto_generichash_blake2b_salt_personal(secret, 32, bytes, w.size, random, 32, NULL,
                                                   (const unsigned char *)DOMAIN_ONCE) == 0);
    sodium_memzero(bytes, sizeof bytes);
}

static bool seal_plain(struct writer *w, const struct seal_terms *terms, const struct id *prekey,
                       const uint8_t once[32], struct bytes plain)
{
    uint8_t ephemeral[32], shared[32], key[32];
    bool works = crypto_scalarmult_base(ephemeral, once) == 0 && seal_dh(shared, once, prekey->b);
    if (works) {
        make_key(key, terms, prekey, ephemeral, shared);
        write_u8(w, SEAL_VERSION);
        write_copy(w, prekey->b, SEAL_PREKEY_ID);
        write_copy(w, ephemeral, sizeof ephemeral);
        CHECK(w->size == SEAL_HEAD && w->room >= SEAL_MORE + plain.size);
        crypto_aead_chacha20poly1305_ietf_encrypt(w->at + w->size, NULL, plain.at, plain.size,
                                                  w->at, SEAL_HEAD, NULL, NONCE, key);
        w->size += plain.size + SEAL_MORE - SEAL_HEAD;
    }
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(key, sizeof key);
    return works;
}

size_t seal_plain_write(uint8_t out[SEAL_PLAIN_MOST], enum entry_kind kind, struct bytes body)
{
    struct writer w = writer_of(out, SEAL_PLAIN_MOST);
    write_u8(&w, (uint8_t)kind);
    write_u16(&w, (uint16_t)body.size);
    write_copy(&w, body.at, body.size);
    CHECK(!w.full);
    size_t size = padded(w.size);
    memset(out + w.size, 0, size - w.size);
    return size;
}

size_t seal_write(uint8_t out[LIMIT_BODY], const struct seal_terms *terms, const struct id *prekey,
                  const uint8_t random[32], uint64_t count, enum entry_kind kind, struct bytes body)
{
    uint8_t plain[SEAL_PLAIN_MOST], once[32];
    struct writer sealed = writer_of(out, LIMIT_BODY);
    struct bytes whole = {plain, seal_plain_write(plain, kind, body)};
    make_once(once, random, count, terms, prekey, whole);
    bool works = seal_plain(&sealed, terms, prekey, once, whole);
    sodium_memzero(once, sizeof once);
    sodium_memzero(plain, whole.size);
    return works ? sealed.size : 0;
}

bool seal_to(struct bytes sealed, uint8_t prekey_id[SEAL_PREKEY_ID])
{
    struct reader r = reader_of(sealed);
    uint8_t version = read_u8(&r);
    read_copy(&r, prekey_id, SEAL_PREKEY_ID);
    return !r.bad && version == SEAL_VERSION && sealed.size > SEAL_MORE &&
           sealed.size <= LIMIT_BODY;
}

bool seal_plain_read(struct bytes plain, uint8_t *kind, struct bytes *body)
{
    struct reader r = reader_of(plain);
    *kind = read_u8(&r);
    *body = read_bytes(&r, read_u16(&r));
    return !r.bad && plain.size == padded(3 + body->size) && sodium_is_zero(r.at, r.left);
}

bool seal_open(struct bytes sealed, const struct seal_terms *terms, const struct prekey *prekey,
               uint8_t plain[SEAL_PLAIN_MOST], uint8_t *kind, struct bytes *body)
{
    uint8_t id[SEAL_PREKEY_ID], shared[32], key[32];
    if (!seal_to(sealed, id) || memcmp(id, prekey->key.b, sizeof id) != 0)
        return false;
    const uint8_t *ephemeral = sealed.at + 1 + SEAL_PREKEY_ID;
    bool works = seal_dh(shared, prekey->secret, ephemeral);
    if (works) {
        make_key(key, terms, &prekey->key, ephemeral, shared);
        works = crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed.at + SEAL_HEAD,
                                                          sealed.size - SEAL_HEAD, sealed.at,
                                                          SEAL_HEAD, NONCE, key) == 0;
    }
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(key, sizeof key);
    return works && seal_plain_read((struct bytes){plain, sealed.size - SEAL_MORE}, kind, body);
}
