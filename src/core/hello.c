/* Hello: what the two signatures are over.
 *
 *   A, the client, has dialled B, the server; K is the CURVE client key of this connection,
 *   fresh and held by A alone.
 *
 *   A -> B  HELLO0  nA
 *   B -> A  HELLO1  B, nB, card_B, Sig_B("fika-hello1" | network | B | K | nA | nB | card_B)
 *   A -> B  HELLO2  A, card_A, Sig_A("fika-hello2" | network | A | B | K | nB |
 *                                    hash(HELLO1) | card_A)
 *
 * 1. Both signatures hold K, so a relay in the middle, which has to use another K, can pass neither
 *    on.
 * 2. Both hold a nonce of the other side, so neither can be replayed.
 * 3. A names B in what it signs, so B cannot show A's signature to a third node as meant for it.
 * 4. The card (process, port, nick) is inside, so none of it can be swapped on the way.
 *
 * Who refuses: the caller. Nothing else is accepted on a link before HELLO2, and HELLO_DEADLINE_MS
 * stands over all three.
 */
#include "core/hello.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

#define TERMS_ROOM (16 + 6 * 32 + 8 + 2 + 1 + LIMIT_NICK)

static void write_domain(struct writer *w, const char *domain)
{
    char padded[16] = {0};
    memcpy(padded, domain, strlen(domain));
    write_copy(w, padded, sizeof padded);
}

static struct bytes hello1_terms(uint8_t room[TERMS_ROOM], const struct hello1 *hello,
                                 const struct hello_terms *terms)
{
    struct writer w = writer_of(room, TERMS_ROOM);
    write_domain(&w, "fika-hello1");
    write_id(&w, &terms->network);
    write_id(&w, &hello->node);
    write_id(&w, &terms->client_key);
    write_copy(&w, terms->client_nonce.b, sizeof terms->client_nonce.b);
    write_copy(&w, hello->nonce.b, sizeof hello->nonce.b);
    wire_write_card(&w, &hello->card);
    CHECK(!w.full);
    return written(&w);
}

static struct bytes hello2_terms(uint8_t room[TERMS_ROOM], const struct hello2 *hello,
                                 const struct hello_terms *terms, struct bytes hello1_frame)
{
    struct id answered;
    crypto_generichash_blake2b(answered.b, sizeof answered.b, hello1_frame.at, hello1_frame.size,
                               NULL, 0);
    struct writer w = writer_of(room, TERMS_ROOM);
    write_domain(&w, "fika-hello2");
    write_id(&w, &terms->network);
    write_id(&w, &hello->node);
    write_id(&w, &terms->server);
    write_id(&w, &terms->client_key);
    write_copy(&w, terms->server_nonce.b, sizeof terms->server_nonce.b);
    write_id(&w, &answered);
    wire_write_card(&w, &hello->card);
    CHECK(!w.full);
    return written(&w);
}

void hello1_sign(struct hello1 *hello, const struct hello_terms *terms, const struct identity *self)
{
    uint8_t room[TERMS_ROOM];
    struct bytes signs = hello1_terms(room, hello, terms);
    crypto_sign_detached(hello->signature.b, NULL, signs.at, signs.size, self->secret);
}

bool hello1_verify(const struct hello1 *hello, const struct hello_terms *terms)
{
    uint8_t room[TERMS_ROOM];
    struct bytes signs = hello1_terms(room, hello, terms);
    return crypto_sign_verify_detached(hello->signature.b, signs.at, signs.size, hello->node.b) ==
           0;
}

void hello2_sign(struct hello2 *hello, const struct hello_terms *terms, struct bytes hello1_frame,
                 const struct identity *self)
{
    uint8_t room[TERMS_ROOM];
    struct bytes signs = hello2_terms(room, hello, terms, hello1_frame);
    crypto_sign_detached(hello->signature.b, NULL, signs.at, signs.size, self->secret);
}

bool hello2_verify(const struct hello2 *hello, const struct hello_terms *terms,
                   struct bytes hello1_frame)
{
    uint8_t room[TERMS_ROOM];
    struct bytes signs = hello2_terms(room, hello, terms, hello1_frame);
    return crypto_sign_verify_detached(hello->signature.b, signs.at, signs.size, hello->node.b) ==
           0;
}
