/* Spoil: frames between a core and its cables, where a sabotage changes them on their way. */
#pragma once

#include "sim/world.h"

/* A frame arrived: event is its EVENT_FRAME. */
void spoil_arrives(struct world *world, struct machine *machine, struct event event);
/* The core's SEND. */
void spoil_send(struct world *world, struct machine *machine, uint64_t link, struct bytes frame);
