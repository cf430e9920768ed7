/* Card: what its signature is over. Like a note it is believed by its signature, whoever brings it, and the
 * newest counts, so an old one that is shown again does nothing. */
#include "core/card.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

#define TERMS_ROOM (16 + 32 + 1 + 32 + 8 + 32)

static struct bytes terms_of(uint8_t room[TERMS_ROOM], const struct keycard *card,
                             const struct id *network)
{
    static const char DOMAIN[16] = "fika-card-v1";
    struct writer w = writer_of(room, TERMS_ROOM);
    write_copy(&w, DOMAIN, sizeof DOMAIN);
    write_id(&w, network);
    write_u8(&w, card->version);
    write_id(&w, &card->node);
    write_u64(&w, card->number);
    write_id(&w, &card->prekey);
    CHECK(!w.full && w.size == TERMS_ROOM);
    return written(&w);
}

void card_sign(struct keycard *card, const struct id *network, const struct identity *self)
{
    uint8_t room[TERMS_ROOM];
    card->version = CARD_VERSION;
    card->node = self->node;
    struct bytes terms = terms_of(room, card, network);
    crypto_sign_detached(card->signature.b, NULL, terms.at, terms.size, self->secret);
}

bool card_verify(const struct keycard *card, const struct id *network)
{
    uint8_t room[TERMS_ROOM];
    struct bytes terms = terms_of(room, card, network);
    return crypto_sign_verify_detached(card->signature.b, terms.at, terms.size, card->node.b) == 0;
}

bool card_is_newer(const struct keycard *a, const struct keycard *b)
{
    if (a->number != b->number)
        return a->number > b->number;
    return id_compare(&a->prekey, &b->prekey) > 0;
}
