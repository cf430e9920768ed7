/* Standing: what stands in front of a nick about who that is: verified, or another than one might think. */
#pragma once

#include "core/face.h"

#define STANDING_MAX 256

/* "(v) ", "(another) ", "(looks like anna) ", "(not the verified anna) ", or ""; tamed. Returns its size. */
size_t standing_text(uint8_t marks, enum clash clash, const struct nick *like,
                     char out[STANDING_MAX]);
/* What he says is not shown: he is ignored or blocked. */
bool standing_hides(uint8_t marks);
