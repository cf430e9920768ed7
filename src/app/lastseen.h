/* Last seen: the file in the profile that keeps over restarts up to where each channel was seen. */
#pragma once

#include <stdint.h>

#include "store/profile.h"
#include "ui/seen.h"

/* Reads it. What cannot be read is no error: then nothing is marked as new. */
void last_seen_load(const struct profile *profile, struct seen *seen);
/* Writes it when it has changed, at most once in two seconds; at once with now_ms UINT64_MAX. Returns
 * when it is to be called again, by the same clock; UINT64_MAX when nothing waits. */
uint64_t last_seen_keep(const struct profile *profile, struct seen *seen, uint64_t *kept_ms,
                        uint64_t now_ms);
