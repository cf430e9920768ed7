/* Memory: what a core has in it, looked through as by somebody who has taken its machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/core.h"

/* Gives each stretch of the core's structs, its lists and its arena to `look`, until that says true; returns whether it did. */
bool memory_walk(const struct core *core, bool (*look)(void *with, const void *at, size_t size),
                 void *with);
/* True when one of them has these bytes. */
bool memory_has(const struct core *core, const char *bytes, size_t size);
