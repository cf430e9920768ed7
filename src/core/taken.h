/* Taken: whose entries are taken in a private channel: the founder, and whomever one of these let in who might, be he
 * removed since or not (PROTOCOL.md section 12.3). */
#pragma once

#include "core/acts.h"

/* Sorted, each once; freed by the caller. */
struct id *taken_list(const struct acts *acts, const struct id *founder, size_t *count);
/* True when he is in such a list. */
bool taken_has(const struct id *list, size_t count, const struct id *id);
