/* Pair: n0 and n1 talk alone, too (--pair), by way of whoever there is; and who else comes to hold or show
 * what they say is wrong. */
#pragma once

#include "sim/world.h"

struct pair;

/* Called for every machine, whether there is a pair or not. */
void pair_begin(struct world *world);
void pair_free(struct world *world);
/* The next line is due. */
void pair_says(struct world *world);
/* A process begins: what is random; then, before its other channels, what it keeps. True when it has the channel
 * of the two, whose logs come next. */
void pair_start(struct world *world, struct machine *machine);
bool pair_load(struct world *world, struct machine *machine, struct channel_name *name);
/* PREKEY to WAITED. */
void pair_write(struct world *world, struct machine *machine, const struct effect *effect);
/* The card that a SEEK asks for. */
void pair_card(const struct machine *machine, const struct world *world, struct event *event);
/* The answer to a RECALL: number, frame; false when there is none. An OPEN. */
bool pair_recall(struct world *world, const struct machine *machine, struct event *event);
void pair_open(struct world *world, struct machine *machine, const struct entry *line);
/* A bug: entries of theirs, as they go to the disk of another, read. */
void pair_spoil(const struct world *world, const struct machine *machine, struct entry *entries,
                size_t count);
/* Their channel; NULL: there is none. */
const struct id *pair_channel(const struct world *world);
/* True when this is theirs: STORE and FILL; a show. */
bool pair_is(const struct world *world, const struct id *channel);
void pair_stored(struct world *world, struct machine *machine, const struct effect *effect);
void pair_shown(struct world *world, struct machine *machine, const struct show *show);
/* No frame has what was said. */
void pair_sent(struct world *world, const struct machine *machine, struct bytes frame);
/* Now and then the machine's memory is looked through, if it is none of the two. */
void pair_stepped(struct world *world, const struct machine *machine);
/* What becomes of what was written. */
void pair_commit(struct world *world, struct machine *machine);
void pair_crash(struct world *world, struct machine *machine);
void pair_backup(struct world *world, struct machine *machine);
void pair_restore(struct world *world, struct machine *machine);
/* True when each has all that the other has said, and can read it. */
bool pair_agrees(const struct world *world);
void pair_judge(struct world *world);
