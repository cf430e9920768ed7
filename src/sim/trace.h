/* Trace: what happens in a world, line by line, for a person. Nothing is written without --trace;
 * but all of it goes into the world's digest, so that two runs can be compared. */
#pragma once

#include "sim/world.h"

__attribute__((format(printf, 2, 3))) void trace(struct world *world, const char *format, ...);
void trace_frame(struct world *world, int from, int to, struct bytes frame);
void trace_stored(struct world *world, const struct machine *machine, const struct effect *effect);
void trace_sifted(struct world *world, const struct machine *machine, const struct run *run,
                  const struct sifted *sifted);
void trace_show(struct world *world, const struct machine *machine, const struct show *show);
