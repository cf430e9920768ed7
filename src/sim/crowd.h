/* Crowd: the people at the machines. They know some addresses, speak, leave channels and come back.
 */
#pragma once

#include "sim/world.h"

/* Who is in which channel, who typed whose address, and when each line will be said. */
void crowd_gather(struct world *world);
/* One of them speaks, or pastes some lines. */
void crowd_says(struct world *world, struct machine *machine, size_t lines);
/* One of them leaves a channel for a while. */
void crowd_roams(struct world *world, struct machine *machine);
/* All are back where they belong. */
void crowd_returns(struct world *world);
