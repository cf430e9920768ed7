/* Palette: how many colours of nicks there are; which they are is the theme's. */
#include "ui/palette.h"

uint8_t palette_of(const struct id *id)
{
    /* A public key's first bytes are as good as random. */
    return (uint8_t)((id->b[0] | id->b[1] << 8) % PALETTE_SIZE);
}
