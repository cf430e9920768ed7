/* Theme: which colours and styles the parts of the picture have, out of a text that a person can
 * write; docs/config.example explains it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/cells.h"
#include "ui/palette.h"

#define THEME_BYTES   4096 /* a longer text is no theme */
#define THEME_DEFAULT (-1) /* the terminal's own colour */

/* Of one part: of 256 colours, or THEME_DEFAULT; and styles (cells.h) on top of what it has. */
struct theme_look {
    int16_t front, back;
    uint8_t styles;
};

struct theme {
    struct theme_look text; /* all that has no part of its own */
    struct theme_look parts[COLOUR_NICK];
    struct theme_look dim; /* of what is dim and has no part: in place of dimness, when dim_given */
    bool dim_given;
    uint8_t nicks[PALETTE_SIZE], nicks8[PALETTE_SIZE]; /* with 256 colours, with 8 */
    size_t nick_count, nick8_count;                    /* 0: nicks have no colour */
};

/* The one that is built in, and the one without colours. */
void theme_default(struct theme *theme);
void theme_mono(struct theme *theme);
/* Reads "part = colour on colour style ..." lines over what *theme is, by which a text need not say
 * all; a line that cannot be understood costs that line. Takes the text apart. Returns the number of the
 * first such line, from 1 on; 0: there is none. */
unsigned theme_read(struct theme *theme, char *text);
/* The number of a colour on a terminal that has so many. */
int theme_colour(int colour, int colours);
/* The colour of the palette's index: THEME_DEFAULT where nicks have none. */
int theme_nick(const struct theme *theme, uint8_t index, int colours);
