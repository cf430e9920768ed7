/* Memory: what a core has in it, looked through as by somebody who has taken its machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/core.h"

/* True when the core's structs, its lists or its arena have these bytes. */
bool memory_has(const struct core *core, const char *bytes, size_t size);
