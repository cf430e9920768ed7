/* Liar: a node that takes part with a core of its own, and sends what it should not. */
#pragma once

#include "sim/world.h"

struct cable;

/* Makes the last plan.liars machines liars. */
void liars_gather(struct world *world);
void liars_free(struct world *world);
/* Its core sends a frame: false when it is not to be sent as it is. */
bool liar_sends(struct world *world, struct machine *machine, struct cable *cable, int side,
                struct bytes frame);
/* A frame came to it. */
void liar_hears(struct world *world, struct machine *machine, struct bytes frame);
/* It does what it came for, now and then. */
void liar_acts(struct world *world, struct machine *machine);
/* True when what it says as an author is one log, served to all alike. */
bool liar_keeps_one_log(const struct liar *liar);
/* False when what it says hangs above what nobody has. */
bool liar_has_base(const struct liar *liar);
/* The clock that it begins with; 0: an honest one. */
uint64_t liar_clock(const struct liar *liar);
/* What it is, in a word. */
const char *liar_name(const struct liar *liar);
