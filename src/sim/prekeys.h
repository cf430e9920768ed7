/* Prekeys: what a machine's disk keeps of keys for direct channels: its own prekeys, and the cards of others. Who has a pair (pair.c)
 * keeps it, and who has a vault (vault.c). */
#pragma once

#include "core/direct.h"
#include "sim/world.h"

struct prekeys {
    struct own_prekey own[LIMIT_PREKEYS];
    size_t own_count;
    struct keycard cards[WORLD_MACHINES]; /* version 0: there is none */
};

/* PREKEY, UNKEY, CARD; false for another effect. */
bool prekeys_write(struct prekeys *prekeys, const struct world *world, const struct effect *effect);
/* A process begins: the core is given its own, and hears whose cards there are. */
void prekeys_load(const struct prekeys *prekeys, struct world *world, struct machine *machine);
/* The card that a SEEK asks for. */
void prekeys_card(const struct prekeys *prekeys, const struct world *world, struct event *event);
