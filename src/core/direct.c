/* Direct: the tables that channels of two need. What happens with them stands in talk.c and its
 * neighbours.
 *
 * 1. A drawn secret is a keyed hash over a count: of 32 random bytes that the shell gave, which
 *    nothing else is made of and which are never written down.
 * 2. Own prekeys stand in the order of their numbers.
 */
#include "core/direct.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void direct_init(struct direct *direct, const uint8_t random[32], const uint8_t table_key[16])
{
    memset(direct, 0, sizeof *direct);
    memcpy(direct->random, random, sizeof direct->random);
    table_init(&direct->by_channel, table_key);
    direct->look_at_ms = direct->compute_at_ms = UINT64_MAX;
    direct->tell_at_ms = direct->ask_at_ms = UINT64_MAX;
}

void direct_release(struct direct *direct)
{
    for (size_t i = 0; i < direct->waiting_count; i++) {
        sodium_memzero(direct->waiting[i].body, direct->waiting[i].size);
        free(direct->waiting[i].body);
    }
    free(direct->known);
    free(direct->sought);
    free(direct->waiting);
    free(direct->closed);
    table_release(&direct->by_channel);
    sodium_memzero(direct, sizeof *direct);
}

size_t direct_bytes(const struct direct *direct)
{
    size_t bytes = direct->known_room * sizeof *direct->known + table_bytes(&direct->by_channel) +
                   (direct->sought != NULL ? LIMIT_SEEKS_ALL * sizeof *direct->sought : 0) +
                   (direct->closed != NULL ? LIMIT_CLOSED * sizeof *direct->closed : 0) +
                   (direct->waiting != NULL ? LIMIT_WAITING * sizeof *direct->waiting : 0);
    for (size_t i = 0; i < direct->waiting_count; i++)
        bytes += direct->waiting[i].size;
    return bytes;
}

void direct_draw(struct direct *direct, uint8_t secret[32])
{
    static const char DOMAIN[16] = "fika-draw-v1";
    uint8_t count[8];
    struct writer w = writer_of(count, sizeof count);
    write_u64(&w, ++direct->drawn);
    CHECK(crypto_generichash_blake2b_salt_personal(secret, 32, count, sizeof count, direct->random,
                                                   sizeof direct->random, NULL,
                                                   (const unsigned char *)DOMAIN) == 0);
}

const struct prekey *direct_prekey(const struct direct *direct,
                                   const uint8_t prekey_id[SEAL_PREKEY_ID])
{
    for (size_t i = direct->own_count; i-- > 0;)
        if (memcmp(direct->own[i].prekey.key.b, prekey_id, SEAL_PREKEY_ID) == 0)
            return &direct->own[i].prekey;
    return NULL;
}

void direct_add_prekey(struct direct *direct, const struct own_prekey *own)
{
    size_t at = direct->own_count;
    if (at == LIMIT_PREKEYS) {
        memmove(direct->own, direct->own + 1, (LIMIT_PREKEYS - 1) * sizeof *direct->own);
        at = --direct->own_count;
    }
    while (at > 0 && direct->own[at - 1].prekey.number > own->prekey.number) {
        direct->own[at] = direct->own[at - 1];
        at--;
    }
    direct->own[at] = *own;
    direct->own_count++;
}

uint32_t direct_known(const struct direct *direct, const struct id *node)
{
    for (size_t i = 0; i < direct->known_count; i++)
        if (id_equal(&direct->known[i].node, node))
            return (uint32_t)i;
    return TABLE_NONE;
}

void direct_acquaint(struct direct *direct, const struct id *node)
{
    if (direct->known_count == LIMIT_ACQUAINTED || direct_known(direct, node) != TABLE_NONE)
        return;
    if (direct->known_count == direct->known_room) {
        direct->known_room += 16;
        direct->known = realloc(direct->known, direct->known_room * sizeof *direct->known);
        CHECK(direct->known != NULL);
    }
    direct->known[direct->known_count++] = (struct acquainted){.node = *node};
}
