/* Lately: the texts and links that were said last, for a face that has no lines to look back at. */
#pragma once

#include <stddef.h>

#include "core/face.h"

#define LATELY_MAX        20   /* texts, and links; the oldest is let go */
#define LATELY_LINK_BYTES 2048 /* longer ones are passed over */

struct lately;

struct lately *lately_new(void);
void lately_free(struct lately *lately);
/* Takes in what the node shows: a message and its links, in whatever channel. */
void lately_show(struct lately *lately, const struct show *show);
/* The nth newest, from 1 on, tamed; NULL when there are not so many. Valid until the next message. */
const char *lately_link(const struct lately *lately, size_t n);
/* Likewise of the texts. */
const char *lately_text(const struct lately *lately, size_t n);
