/* Entry: header, id, signature.
 *
 * The header is 168 bytes, little-endian, fixed fields in this order:
 *
 *      0  version 1      1  kind 1         2  flags 2
 *      4  channel 32    36  author 32     68  process 8
 *     76  seq 8         84  lamport 8     92  wall_ms 8
 *    100  prev 32      132  body_bytes 4  136  body_hash 32
 *
 * Invariant 1: the id is the hash of these bytes; the body is in it by its hash, so that a body can
 * be dropped while the chain stays whole; the signature is over the id and no part of it. Invariant
 * 2: a run is accepted by the signature of its last entry and the hashes of the others, which is
 * why run_is_chain() and entry_verify() are two functions: the one is cheap, the other is not.
 *
 * Each hash and each signature has a domain of its own, so that no value of one kind can be taken
 * for another. It refuses nothing itself but what is not a chain; who may speak is the channel's
 * affair.
 */
#include "core/entry.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

#define DOMAIN_SIZE 16
static const char DOMAIN_ENTRY[DOMAIN_SIZE] = "fika-entry-v1";
static const char DOMAIN_BODY[DOMAIN_SIZE] = "fika-body-v1";
static const char DOMAIN_SIGN[DOMAIN_SIZE] = "fika-sign-v1";
static const char DOMAIN_NETWORK[DOMAIN_SIZE] = "fika-network-v1";
static const char DOMAIN_CHANNEL[DOMAIN_SIZE] = "fika-channel-v1";

struct id domain_hash(const char domain[DOMAIN_SIZE], const void *at, size_t size)
{
    struct id out;
    crypto_generichash_blake2b_salt_personal(out.b, sizeof out.b, at, size, NULL, 0, NULL,
                                             (const unsigned char *)domain);
    return out;
}

struct identity identity_from_seed(const uint8_t seed[32])
{
    struct identity identity;
    crypto_sign_seed_keypair(identity.node.b, identity.secret, seed);
    return identity;
}

struct id network_id(const uint8_t secret[32])
{
    return domain_hash(DOMAIN_NETWORK, secret, 32);
}

struct id channel_id(const struct id *network, const char *name)
{
    uint8_t bytes[32 + LIMIT_CHANNEL];
    size_t size = strlen(name);
    CHECK(size <= LIMIT_CHANNEL);
    memcpy(bytes, network->b, 32);
    memcpy(bytes + 32, name, size);
    return domain_hash(DOMAIN_CHANNEL, bytes, 32 + size);
}

void entry_header(const struct entry *entry, uint8_t out[ENTRY_HEADER_BYTES])
{
    struct writer w = writer_of(out, ENTRY_HEADER_BYTES);
    write_u8(&w, entry->version);
    write_u8(&w, entry->kind);
    write_u16(&w, entry->flags);
    write_id(&w, &entry->channel);
    write_id(&w, &entry->author);
    write_copy(&w, entry->process.b, sizeof entry->process.b);
    write_u64(&w, entry->seq);
    write_u64(&w, entry->lamport);
    write_u64(&w, entry->wall_ms);
    write_id(&w, &entry->prev);
    write_u32(&w, entry->body_bytes);
    write_id(&w, &entry->body_hash);
    CHECK(!w.full && w.size == ENTRY_HEADER_BYTES);
}

static void compute_id(struct entry *entry)
{
    uint8_t header[ENTRY_HEADER_BYTES];
    entry_header(entry, header);
    entry->id = domain_hash(DOMAIN_ENTRY, header, sizeof header);
}

bool entry_read_header(struct entry *entry, const uint8_t in[ENTRY_HEADER_BYTES])
{
    struct reader r = reader_of((struct bytes){in, ENTRY_HEADER_BYTES});
    memset(entry, 0, sizeof *entry);
    entry->version = read_u8(&r);
    entry->kind = read_u8(&r);
    entry->flags = read_u16(&r);
    entry->channel = read_id(&r);
    entry->author = read_id(&r);
    read_copy(&r, entry->process.b, sizeof entry->process.b);
    entry->seq = read_u64(&r);
    entry->lamport = read_u64(&r);
    entry->wall_ms = read_u64(&r);
    entry->prev = read_id(&r);
    entry->body_bytes = read_u32(&r);
    entry->body_hash = read_id(&r);
    compute_id(entry);
    return read_done(&r) && entry->version == ENTRY_VERSION;
}

void entry_finish(struct entry *entry)
{
    if (entry->body.at != NULL) {
        entry->body_bytes = (uint32_t)entry->body.size;
        entry->body_hash = domain_hash(DOMAIN_BODY, entry->body.at, entry->body.size);
    }
    compute_id(entry);
}

struct signature entry_sign(const struct entry *entry, const struct identity *identity)
{
    struct signature signature;
    uint8_t message[DOMAIN_SIZE + 32];
    memcpy(message, DOMAIN_SIGN, DOMAIN_SIZE);
    memcpy(message + DOMAIN_SIZE, entry->id.b, 32);
    crypto_sign_detached(signature.b, NULL, message, sizeof message, identity->secret);
    return signature;
}

bool entry_verify(const struct entry *entry, const struct signature *signature)
{
    uint8_t message[DOMAIN_SIZE + 32];
    memcpy(message, DOMAIN_SIGN, DOMAIN_SIZE);
    memcpy(message + DOMAIN_SIZE, entry->id.b, 32);
    return crypto_sign_verify_detached(signature->b, message, sizeof message, entry->author.b) == 0;
}

static bool follows(const struct entry *entry, const struct entry *before)
{
    return id_equal(&entry->channel, &before->channel) &&
           id_equal(&entry->author, &before->author) &&
           memcmp(entry->process.b, before->process.b, sizeof entry->process.b) == 0 &&
           entry->seq == before->seq + 1 && id_equal(&entry->prev, &before->id) &&
           entry->lamport > before->lamport;
}

bool run_is_chain(const struct run *run)
{
    size_t bytes = 0;
    if (run->count < 1 || run->count > LIMIT_RUN_ENTRIES)
        return false;
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *entry = &run->entries[i];
        bytes += ENTRY_HEADER_BYTES + entry->body_bytes;
        if (entry->version != ENTRY_VERSION || entry->seq == 0 || entry->body_bytes > LIMIT_BODY ||
            bytes > LIMIT_RUN_BYTES)
            return false;
        /* Nothing comes before 1, and all else has something before it. */
        if ((entry->seq == 1) != id_is_zero(&entry->prev) || entry->lamport == 0)
            return false;
        if (entry->seq > LIMIT_SEQ || entry->lamport > INT64_MAX || entry->wall_ms > INT64_MAX)
            return false;
        if (i > 0 && !follows(entry, &run->entries[i - 1]))
            return false;
    }
    return true;
}

bool entry_text(const struct entry *entry, struct bytes *nick, struct bytes *text)
{
    if ((entry->kind != ENTRY_TEXT && entry->kind != ENTRY_ACTION) || entry->body.at == NULL)
        return false;
    struct reader r = reader_of(entry->body);
    size_t nick_size = read_u8(&r);
    if (nick_size > LIMIT_NICK)
        return false;
    *nick = read_bytes(&r, nick_size);
    *text = (struct bytes){r.at, r.left};
    return !r.bad;
}

bool entry_forgets(const struct entry *entry, uint64_t *seq, struct id *id)
{
    if (entry->kind != ENTRY_FORGET || entry->body.at == NULL)
        return false;
    struct reader r = reader_of(entry->body);
    *seq = read_u64(&r);
    *id = read_id(&r);
    return read_done(&r);
}

bool entry_edits(const struct entry *entry, uint64_t *seq, struct id *id, struct bytes *nick,
                 struct bytes *text)
{
    if (entry->kind != ENTRY_EDIT || entry->body.at == NULL)
        return false;
    struct reader r = reader_of(entry->body);
    *seq = read_u64(&r);
    *id = read_id(&r);
    size_t nick_size = read_u8(&r);
    if (nick_size > LIMIT_NICK)
        return false;
    *nick = read_bytes(&r, nick_size);
    *text = (struct bytes){r.at, r.left};
    return !r.bad && *seq >= 1 && *seq < entry->seq && text->size > 0;
}

bool kind_is_said(uint8_t kind)
{
    return kind == ENTRY_TEXT || kind == ENTRY_ACTION || kind == ENTRY_EDIT ||
           kind == ENTRY_REACTION;
}

bool entry_reads(const struct entry *entry, uint64_t *seq, struct id *id)
{
    if (entry->kind != ENTRY_READ || entry->body.at == NULL)
        return false;
    struct reader r = reader_of(entry->body);
    *seq = read_u64(&r);
    *id = read_id(&r);
    return read_done(&r) && *seq >= 1 && *seq <= LIMIT_SEQ;
}

bool entry_again(const struct entry *entry, uint64_t *seq, struct id *id, uint8_t *kind,
                 struct bytes *body)
{
    if (entry->kind != ENTRY_AGAIN || entry->body.at == NULL)
        return false;
    struct reader r = reader_of(entry->body);
    *seq = read_u64(&r);
    *id = read_id(&r);
    *kind = read_u8(&r);
    *body = (struct bytes){r.at, r.left};
    return !r.bad && *seq >= 1 && *seq < entry->seq &&
           (kind_is_said(*kind) ||
            (*kind > ENTRY_SEALED && *kind != ENTRY_AGAIN && body->size == 0));
}

bool entry_reacts(const struct entry *entry, struct reaction *reaction)
{
    if (entry->kind != ENTRY_REACTION || entry->body.at == NULL)
        return false;
    struct reader r = reader_of(entry->body);
    reaction->seq = read_u64(&r);
    reaction->id = read_id(&r);
    reaction->author = read_id(&r);
    uint8_t put = read_u8(&r);
    size_t nick_size = read_u8(&r);
    if (nick_size > LIMIT_NICK)
        return false;
    reaction->nick = read_bytes(&r, nick_size);
    reaction->sign = (struct bytes){r.at, r.left};
    reaction->put = put == 1;
    return !r.bad && put <= 1 && reaction->seq >= 1 && reaction->seq <= LIMIT_SEQ &&
           reaction->sign.size >= 1 && reaction->sign.size <= LIMIT_REACTION;
}

size_t reaction_write(uint8_t out[REACTION_BODY_MAX], const struct reaction *reaction)
{
    struct writer w = writer_of(out, REACTION_BODY_MAX);
    write_u64(&w, reaction->seq);
    write_id(&w, &reaction->id);
    write_id(&w, &reaction->author);
    write_u8(&w, reaction->put);
    write_u8(&w, (uint8_t)reaction->nick.size);
    write_copy(&w, reaction->nick.at, reaction->nick.size);
    write_copy(&w, reaction->sign.at, reaction->sign.size);
    CHECK(!w.full);
    return w.size;
}

size_t entry_write_text(uint8_t out[LIMIT_BODY], const char *nick, const char *text, size_t size)
{
    struct writer w = writer_of(out, LIMIT_BODY);
    write_u8(&w, (uint8_t)strlen(nick));
    write_copy(&w, nick, strlen(nick));
    write_copy(&w, text, size);
    CHECK(!w.full);
    return w.size;
}
