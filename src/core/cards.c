/* Cards: to which key others seal, of oneself and of others (PROTOCOL.md section 10.1): own prekeys are made,
 * given and destroyed; cards come, and are kept for others. What is asked of them stands in seeks.c.
 *
 * 1. An own prekey is on disk before its card leaves (STORE's rule, for PREKEY).
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/talk.h"

#define CARD_REFUSED_MAX 16

/* ---- own prekeys ---- */

void cards_load_prekey(struct core *core, const struct event *event)
{
    struct own_prekey own = {event->prekey, event->number};
    direct_add_prekey(&core->direct, &own);
    core->direct.look_at_ms = core->now_ms;
}

static void keep_prekey(struct core *core, const struct own_prekey *own)
{
    struct effect *effect = emit(core, EFFECT_PREKEY);
    effect->prekey = own->prekey;
    effect->number = own->replaced_ms;
}

static void make_prekey(struct core *core, uint64_t above)
{
    struct direct *direct = &core->direct;
    uint8_t secret[32];
    uint64_t number = core->wall_ms > above ? core->wall_ms : above + 1;
    direct_draw(direct, secret);
    struct own_prekey own = {prekey_of(secret, number), 0};
    sodium_memzero(secret, sizeof secret);
    if (direct->own_count == LIMIT_PREKEYS)
        emit(core, EFFECT_UNKEY)->prekey = direct->own[0].prekey;
    direct_add_prekey(direct, &own);
    keep_prekey(core, &own);
    sodium_memzero(&own, sizeof own);
}

/* The newest; a new one where there is none, or it is old. NULL: there is none, and none can be kept. */
static const struct prekey *newest_prekey(struct core *core)
{
    struct direct *direct = &core->direct;
    const struct own_prekey *newest =
        direct->own_count > 0 ? &direct->own[direct->own_count - 1] : NULL;
    uint64_t number = newest != NULL ? newest->prekey.number : 0;
    bool old = core->wall_ms > number && core->wall_ms - number >= PREKEY_RENEW_MS;
    /* Of a clock that was far ahead: its age is that of its predecessor's end. */
    if (number > core->wall_ms && number - core->wall_ms > PREKEY_RENEW_MS)
        old = direct->own_count == 1;
    if ((newest == NULL || old) && !core->unwritable)
        make_prekey(core, number);
    if (direct->own_count == 0)
        return NULL;
    if (direct->look_at_ms == UINT64_MAX)
        direct->look_at_ms = core->now_ms + PREKEY_LOOK_MS;
    return &direct->own[direct->own_count - 1].prekey;
}

/* The newest is given to somebody now: from here on those before it have not long to live. */
static void note_given(struct core *core)
{
    struct direct *direct = &core->direct;
    for (size_t i = 0; i + 1 < direct->own_count && !core->unwritable; i++)
        if (direct->own[i].replaced_ms == 0) {
            direct->own[i].replaced_ms = core->wall_ms > 0 ? core->wall_ms : 1;
            keep_prekey(core, &direct->own[i]);
        }
}

static void destroy_old(struct core *core)
{
    struct direct *direct = &core->direct;
    for (size_t i = direct->own_count; i-- > 0 && !core->unwritable;) {
        struct own_prekey *own = &direct->own[i];
        if (own->replaced_ms == 0 || core->wall_ms < own->replaced_ms ||
            core->wall_ms - own->replaced_ms < PREKEY_GONE_MS)
            continue;
        emit(core, EFFECT_UNKEY)->prekey = own->prekey;
        direct->own_count--;
        memmove(own, own + 1, (direct->own_count - i) * sizeof *own);
        sodium_memzero(&direct->own[direct->own_count], sizeof *own);
    }
}

/* ---- cards ---- */

void cards_send(struct core *core, struct link *link, const struct keycard *card)
{
    struct writer w = frame_writer(core, WIRE_CARD_BYTES);
    wire_write_keycard(&w, card);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

bool cards_own(struct core *core, struct keycard *card)
{
    const struct prekey *prekey = newest_prekey(core);
    if (prekey == NULL)
        return false;
    *card = (struct keycard){.number = prekey->number, .prekey = prekey->key};
    card_sign(card, &core->config.network, &core->config.identity);
    note_given(core);
    return true;
}

void cards_send_own(struct core *core, struct link *link)
{
    struct keycard card;
    if (cards_own(core, &card))
        cards_send(core, link, &card);
}

void cards_note(struct core *core, const struct keycard *card)
{
    struct person *person = groups_person(&core->groups, &card->node);
    if (person != NULL && (person->card.version == 0 || card_is_newer(card, &person->card)))
        person->card = *card;
}

/* A card that holds, of a node that this one has to do with. */
static void take_card(struct core *core, const struct keycard *card)
{
    struct channel *channel = talk_with(core, &card->node);
    bool ours = channel != NULL || groups_person(&core->groups, &card->node) != NULL ||
                link_table_to(&core->links, &card->node, NULL) != NULL;
    if (ours && !core->unwritable) /* what others look for passes by: made up nodes fill no disk */
        emit(core, EFFECT_CARD)->card = *card;
    if (channel != NULL && (channel->card.version == 0 || card_is_newer(card, &channel->card)))
        channel->card = *card;
    cards_note(core, card);
    seeks_found(core, card);
    reseal_soon(core);
}

bool cards_heard(struct core *core, struct channel *channel, const struct keycard *card)
{
    const struct keycard *held = &channel->card;
    if (held->version != 0 && !card_is_newer(card, held))
        return true; /* nothing comes of it */
    if (!card_verify(card, &core->config.network))
        return false;
    take_card(core, card);
    return true;
}

static void tell_own_card(struct core *core)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP)
            cards_send_own(core, &core->links.list[i]);
}

/* One's own, heard from others: after a backup was restored it may be newer than all that are held. A number that
 * no clock gives would leave no room above it. */
static void own_card_heard(struct core *core, const struct keycard *card)
{
    struct direct *direct = &core->direct;
    const struct prekey *newest = newest_prekey(core);
    if (newest == NULL || card->number < newest->number || card->number > INT64_MAX ||
        direct_prekey(direct, card->prekey.b) != NULL || core->unwritable)
        return;
    make_prekey(core, card->number);
    tell_own_card(core);
}

void cards_renew(struct core *core)
{
    const struct prekey *newest = newest_prekey(core);
    if (newest == NULL || core->unwritable || core->wall_ms < newest->number ||
        core->wall_ms - newest->number < PREKEY_FRESH_MS)
        return;
    make_prekey(core, newest->number);
    tell_own_card(core);
}

bool cards_too_many(const struct core *core, struct link *link)
{
    if (core->now_ms - link->cards_from_ms >= CARD_CHECKS_MS) {
        link->cards_from_ms = core->now_ms;
        link->cards = 0;
    }
    return ++link->cards > CARD_CHECKS;
}

void cards_take(struct core *core, struct link *link, struct bytes frame)
{
    struct keycard card;
    if (!wire_read_keycard(frame, &card)) {
        frame_breaks_rules(core, link, "a CARD that does not parse");
        return;
    }
    bool own = id_equal(&card.node, &core->config.identity.node);
    const struct channel *channel = talk_with(core, &card.node);
    bool wanted = channel != NULL || groups_person(&core->groups, &card.node) != NULL ||
                  seeks_have(core, &card.node);
    if ((!own && !wanted && !id_equal(&card.node, &link->node)) || cards_too_many(core, link))
        return;
    if (channel != NULL && channel->card.version != 0 && !card_is_newer(&card, &channel->card)) {
        /* He may not know any more that there was a newer one, and lacks its key. */
        if (id_equal(&card.node, &link->node) && card_is_newer(&channel->card, &card))
            cards_send(core, link, &channel->card);
        return;
    }
    if (!card_verify(&card, &core->config.network)) {
        emit_log(core, "a card refused: its signature does not hold", link);
        if (++link->refused >= CARD_REFUSED_MAX)
            core_end_link(core, link, WHY_RULES);
        return;
    }
    if (own)
        own_card_heard(core, &card);
    else
        take_card(core, &card);
}

void cards_work(struct core *core)
{
    struct direct *direct = &core->direct;
    direct->look_at_ms = core->now_ms + PREKEY_LOOK_MS;
    size_t count = direct->own_count;
    newest_prekey(core);
    if (direct->own_count != count && !core->unwritable)
        tell_own_card(core);
    destroy_old(core);
}
