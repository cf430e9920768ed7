/* Weather: what the world does to the machines and their cables. */
#pragma once

#include "sim/world.h"

enum weather { WEATHER_CALM, WEATHER_RAIN, WEATHER_STORM, WEATHER_COUNT };

const char *weather_name(int weather);
/* False when there is none of that name. */
bool weather_named(const char *name, int *weather);

/* Sets when the calm begins, and the first act. */
void weather_begin(struct world *world);
/* One act of it, and when the next is due. */
void weather_acts(struct world *world);
/* Everything works again: what was wrong with clocks stays. */
void weather_ends(struct world *world);
/* Those who had ended links, or blocked each other, call whom they called at first. */
void weather_call(struct world *world);
