/* Sketches: a ring of the newest, found by where the line lies.
 *
 * 1. A sketch is drawn of nothing but a line's bytes, what is known beside it, and the width; it is
 *    good as long as all of these are the same, byte by byte. So nobody has to say that a line changed,
 *    or is no more. */
#include "ui/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ui/heed.h"
#include "ui/roster.h"

#define SKETCHES   64 /* more lines than most screens have */
#define LEAST      8
#define LINE_BYTES 768
#define ROWS       6

/* What it was drawn of. */
struct drawn_of {
    const void *line; /* only to be found by: it may be another now */
    size_t size;
    int width;
    bool plain;
    char suffix[ROSTER_SUFFIX_MAX];
    char bytes[LINE_BYTES];
};

struct slot {
    struct drawn_of of;
    struct sketch sketch;
    struct cell *cells;
    size_t room;
};

struct sketches {
    struct slot slots[SKETCHES];
    char names[HEED_NAMES_MAX]; /* what was a mention in all of them */
    size_t count;               /* of the slots that are used */
    size_t next, last;
};

struct sketches *sketches_new(void)
{
    struct sketches *sketches = calloc(1, sizeof *sketches);
    CHECK(sketches != NULL);
    sketches->count = LEAST;
    return sketches;
}

static void forget_all(struct sketches *sketches)
{
    for (size_t i = 0; i < SKETCHES; i++) {
        free(sketches->slots[i].cells);
        sketches->slots[i] = (struct slot){0};
    }
}

void sketches_fit(struct sketches *sketches, int rows)
{
    size_t count = rows < LEAST ? LEAST : rows > SKETCHES ? SKETCHES : (size_t)rows;
    if (sketches == NULL || count == sketches->count)
        return;
    forget_all(sketches);
    sketches->count = count;
    sketches->next = sketches->last = 0;
}

void sketches_free(struct sketches *sketches)
{
    if (sketches != NULL)
        forget_all(sketches);
    free(sketches);
}

/* Lines are asked for one behind the other, upwards and downwards. */
static struct slot *find(struct sketches *sketches, const struct view_line *line)
{
    for (size_t i = 0; i < sketches->count; i++) {
        size_t up = (sketches->last + i) % sketches->count,
               down = (sketches->last + sketches->count - i) % sketches->count;
        size_t at = sketches->slots[up].of.line == line ? up : down;
        if (sketches->slots[at].of.line != line)
            continue;
        sketches->last = at;
        return &sketches->slots[at];
    }
    sketches->last = sketches->next++ % sketches->count;
    return &sketches->slots[sketches->last];
}

static bool is_of(const struct drawn_of *of, const struct view_line *line,
                  const struct sight *sight, size_t size, int width)
{
    return of->line == line && of->size == size && of->width == width &&
           of->plain == sight->plain && strcmp(of->suffix, sight->suffix) == 0 &&
           memcmp(of->bytes, line, size) == 0;
}

static void draw(struct slot *slot, const struct view_line *line, const struct sight *sight,
                 int width)
{
    struct sketch *sketch = &slot->sketch;
    sketch->rows = view_line_rows(line, sight, width);
    sketch->has_nick = view_line_nick(line, sight, width, &sketch->nick_from, &sketch->nick_to);
    if (sketch->rows > ROWS)
        return;
    size_t count = (size_t)sketch->rows * (size_t)width;
    if (slot->room < count) {
        free(slot->cells);
        slot->cells = malloc(count * sizeof *slot->cells);
        CHECK(slot->cells != NULL);
        slot->room = count;
    }
    sketch->cells = slot->cells;
    cells_blank(slot->cells, count, STYLE_PLAIN);
    view_line_draw(line, sight, width, 0, sketch->rows, slot->cells);
}

const struct sketch *sketch_of(struct sketches *sketches, const struct view_line *line,
                               const struct sight *sight, int width)
{
    size_t size = view_line_bytes(line);
    if (sketches == NULL || size > LINE_BYTES || strlen(sight->suffix) >= ROSTER_SUFFIX_MAX)
        return NULL;
    if (strcmp(sketches->names, sight->names) != 0) {
        forget_all(sketches);
        memcpy(sketches->names, sight->names, strlen(sight->names) + 1);
    }
    struct slot *slot = find(sketches, line);
    if (!is_of(&slot->of, line, sight, size, width)) {
        draw(slot, line, sight, width);
        slot->of.line = line;
        slot->of.size = size;
        slot->of.width = width;
        slot->of.plain = sight->plain;
        memcpy(slot->of.suffix, sight->suffix, strlen(sight->suffix) + 1);
        memcpy(slot->of.bytes, line, size);
    }
    return slot->sketch.rows <= ROWS ? &slot->sketch : NULL;
}
