/* Oracle: knows all that was said, watches what every honest node sends and shows, and judges at
 * the end what the protocol promises. oracle.c says what that is. */
#pragma once

#include "sim/world.h"

struct oracle *oracle_new(struct world *world);
void oracle_free(struct oracle *oracle);

/* What a machine did, as it does it: */
void oracle_process(struct world *world, struct machine *machine); /* a process began */
void oracle_stored(struct world *world, struct machine *machine, const struct run *run);
void oracle_split(struct world *world, struct machine *machine, const struct log_load *keeps,
                  const struct log_load *gets);
void oracle_commits(struct world *world, struct machine *machine); /* about to */
/* It burned, or came back with a backup. */
void oracle_disk_changed(struct world *world, struct machine *machine);
void oracle_sent(struct world *world, struct machine *machine, struct bytes frame);
void oracle_shown(struct world *world, struct machine *machine, const struct show *show);
/* It came into a channel: what it carried of it is there, and shown. */
void oracle_joined(struct world *world, struct machine *machine, int channel);
/* It lets go of a channel that it carried; it counts a node as one who holds its own lines. */
void oracle_dropped(struct world *world, const struct machine *machine, const struct id *channel);
void oracle_received(struct world *world, const struct machine *machine, const struct id *channel,
                     const struct id *node, uint64_t seq);
void oracle_stepped(struct world *world, struct machine *machine, size_t effects);
void oracle_ticked(struct world *world, struct machine *machine);
/* A liar made this entry, well signed: it may be stored and shown. */
void oracle_lied(struct world *world, int author, const struct entry *entry);

/* True when all honest nodes that can reach each other hold the same. */
bool oracle_agrees(struct world *world);
/* Looks at everything, when the calm has passed. */
void oracle_judge(struct world *world);
__attribute__((format(printf, 2, 3))) void oracle_fail(struct world *world, const char *format,
                                                       ...);
/* The first thing that was wrong; NULL when nothing was. */
const char *oracle_verdict(const struct world *world);
/* The most that a core of an honest node held at the end, in bytes. */
size_t oracle_memory(const struct world *world);
/* How many lines were said and confirmed. */
uint64_t oracle_confirmed(const struct world *world);
