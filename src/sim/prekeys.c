/* Prekeys: an own one is there until it is destroyed; of each other the newest card. */
#include "sim/prekeys.h"

#include "base/check.h"

static void put(struct prekeys *prekeys, const struct own_prekey *own, bool keep)
{
    size_t at = 0;
    while (at < prekeys->own_count && !id_equal(&prekeys->own[at].prekey.key, &own->prekey.key))
        at++;
    if (keep) {
        CHECK(at < LIMIT_PREKEYS);
        prekeys->own[at] = *own;
        prekeys->own_count += at == prekeys->own_count;
    } else if (at < prekeys->own_count) {
        prekeys->own[at] = prekeys->own[--prekeys->own_count];
    }
}

static void put_card(struct prekeys *prekeys, const struct world *world, const struct keycard *card)
{
    int whose = world_whose(world, &card->node);
    if (whose >= 0 &&
        (prekeys->cards[whose].version == 0 || card_is_newer(card, &prekeys->cards[whose])))
        prekeys->cards[whose] = *card;
}

bool prekeys_write(struct prekeys *prekeys, const struct world *world, const struct effect *effect)
{
    struct own_prekey own = {.prekey = effect->prekey, .replaced_ms = effect->number};
    if (effect->kind == EFFECT_CARD)
        put_card(prekeys, world, &effect->card);
    else if (effect->kind == EFFECT_PREKEY || effect->kind == EFFECT_UNKEY)
        put(prekeys, &own, effect->kind == EFFECT_PREKEY);
    else
        return false;
    return true;
}

void prekeys_load(const struct prekeys *prekeys, struct world *world, struct machine *machine)
{
    for (size_t i = 0; i < prekeys->own_count; i++)
        machine_step(world, machine,
                     (struct event){.kind = EVENT_LOAD_PREKEY,
                                    .prekey = prekeys->own[i].prekey,
                                    .number = prekeys->own[i].replaced_ms});
    for (int i = 0; i < world->machine_count; i++)
        if (prekeys->cards[i].version != 0)
            machine_step(world, machine,
                         (struct event){.kind = EVENT_LOAD_KNOWN, .node = prekeys->cards[i].node});
}

void prekeys_card(const struct prekeys *prekeys, const struct world *world, struct event *event)
{
    int whose = world_whose(world, &event->node);
    if (whose >= 0)
        event->card = prekeys->cards[whose];
}
