/* Palette: a nick's colour comes from its identity, not from its name, so that who takes another's
 * nick does not take the colour with it. */
#pragma once

#include "base/bytes.h"

#define PALETTE_SIZE 12

/* Which of the palette's colours is this identity's: 0 to PALETTE_SIZE - 1. */
uint8_t palette_of(const struct id *id);
