/* Outcast: what somebody who is, or was, in a private channel can do with his own key, and with secrets that he was told. */
#pragma once

#include "sim/world.h"

/* A frame of one such lie, in room (LIMIT_FRAME); empty: he has nothing to lie with. *what: which it is. */
struct bytes outcast_lie(struct world *world, const struct machine *machine, uint8_t *room,
                         const char **what);
