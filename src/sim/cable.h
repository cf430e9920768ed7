/* Cable: one connection between two machines, as net/ would hold it: a queue with a bound in each
 * direction, delay, bandwidth, and an end that each side learns of in its own time. */
#pragma once

#include "sim/world.h"

/* The core's DIAL, PUNCH, SEND and HANG_UP. */
void cable_dial(struct world *world, struct machine *machine, uint64_t link,
                const struct address *address);
void cable_punch(struct world *world, struct machine *machine, uint64_t link,
                 const struct address *address, bool server);
/* False when the queue is full: the frame is dropped, LINK_DRAINED follows. */
bool cable_send(struct world *world, struct machine *machine, uint64_t link, struct bytes frame);
bool cable_has_room(struct world *world, struct machine *machine, uint64_t link);
void cable_hang_up(struct world *world, struct machine *machine, uint64_t link);
/* The machine's process is gone, and all its ends with it; what is under way may be lost. */
void cable_close_all(struct world *world, struct machine *machine);
/* It breaks: nothing more arrives, both ends learn of it. */
void cable_cut(struct world *world, struct cable *cable);
/* Sends what no core said: from this end. */
bool cable_put(struct world *world, struct cable *cable, int side, struct bytes frame);
/* A flight of a cable lands: FLY_FRAME, FLY_REACH, FLY_OPEN, FLY_END. */
void cable_land(struct world *world, const struct flight *flight);
/* The machine that it flies to. */
int cable_target(const struct flight *flight);
