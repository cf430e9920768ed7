/* Sketches: lines as they were drawn last. When one line comes, all others on the screen look as
 * before, in another row. */
#pragma once

#include "ui/viewline.h"

struct sketches;

struct sketch {
    int rows;
    bool has_nick; /* in its first row, in these columns */
    int nick_from, nick_to;
    const struct cell *cells; /* `rows` rows, as wide as was asked */
};

struct sketches *sketches_new(void);
void sketches_free(struct sketches *sketches);
/* For a screen of so many rows: of its lines as many are kept, 8 to 64. */
void sketches_fit(struct sketches *sketches, int rows);
/* What viewline.h's functions tell of the line, valid until the next call; NULL when it is too long to
 * be kept, or there are no sketches: then they are to be asked. */
const struct sketch *sketch_of(struct sketches *sketches, const struct view_line *line,
                               const struct sight *sight, int width);
