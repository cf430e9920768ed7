/* Label: a channel's name as it is shown: a private one with a lock in front, where no name gets, since
 * each begins with # or @. */
#pragma once

#include "core/face.h"

#define LABEL_LOCK      "\U0001F512" /* two columns */
#define LABEL_LOCK_CODE 0x1F512
#define LABEL_MAX       (3 * LIMIT_CHANNEL + 12 + LABEL_BESIDE)

#define LABEL_BESIDE 32 /* of LABEL_MAX */

/* Tamed, on one line; returns its size. */
size_t label_channel(const char *name, bool group, char out[LABEL_MAX]);
/* The same of an open channel beside which there is a private one that its members call so. */
size_t label_beside(const char *name, char out[LABEL_MAX]);
/* True when a private channel that is called `name` here is called `open` by its members. */
bool label_is_namesake(const char *name, const char *open);
