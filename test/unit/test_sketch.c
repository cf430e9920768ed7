/* Sketches: whatever becomes of a line, of what is known beside it, and of the width, a sketch is what
 * drawing the line gives; also where another line lies in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "ui/sketch.h"

#define LINES 100 /* more than are kept */
#define STEPS 20000
#define WIDE  100
#define ROWS  200

static struct prng prng;
static struct view_line *lines[LINES];

static uint32_t below(uint32_t bound)
{
    return prng_below(&prng, bound);
}

static struct view_line *some_line(void)
{
    static const char *const texts[] = {"hi", "ada: \u65E5\u672C *bold* `code` https://example.org",
                                        "words that fill a row and then some more of the next one",
                                        "a\n\nb\n\nc\n\nd\n\ne", ""};
    const char *text = texts[below(sizeof texts / sizeof *texts)];
    struct show show = {.kind = SHOW_MESSAGE, .wall_ms = 1700000000000 + below(3) * 60000};
    memcpy(show.nick.text, "anna", 4);
    show.id.b[0] = (uint8_t)(1 + below(3));
    show.seq = show.lamport = 1 + below(9);
    show.own = below(3) == 0;
    show.action = below(4) == 0;
    show.text = (struct bytes){(const uint8_t *)text, strlen(text)};
    return view_line_said(&show);
}

static void change(struct view_line *line)
{
    switch (below(8)) {
    case 0: line->held = (uint16_t)below(4); break;
    case 1: line->read = !line->read; break;
    case 2: line->late = !line->late; break;
    case 3: line->mention = !line->mention; break;
    case 4: line->edited = !line->edited; break;
    case 5: line->history = !line->history; break;
    case 6: line->marks ^= PERSON_VERIFIED; break;
    default:
        if (line->text_size > 0)
            line->bytes[line->nick_size] = (char)('a' + below(26));
    }
}

static void assert_same(const struct sketch *sketch, const struct view_line *line,
                        const struct sight *sight, int width)
{
    static struct cell cells[WIDE * ROWS];
    int from, to, rows = view_line_rows(line, sight, width);
    assert_int_equal(sketch->rows, rows);
    bool has_nick = view_line_nick(line, sight, width, &from, &to);
    assert_int_equal(sketch->has_nick, has_nick);
    if (has_nick) {
        assert_int_equal(sketch->nick_from, from);
        assert_int_equal(sketch->nick_to, to);
    }
    cells_blank(cells, (size_t)(rows * width), STYLE_PLAIN);
    view_line_draw(line, sight, width, 0, rows, cells);
    assert_memory_equal(sketch->cells, cells, (size_t)(rows * width) * sizeof *cells);
}

static void a_sketch_is_the_line(void **state)
{
    (void)state;
    static const uint8_t seed[32] = {5};
    static const char *const suffixes[] = {"", "3f2a"}, *const names[] = {"ada\n", "code\nada\n"};
    struct sketches *sketches = sketches_new();
    struct sight sight = {.names = names[0], .suffix = ""};
    int width = 80, kept = 0;
    prng_init(&prng, seed);
    for (int i = 0; i < LINES; i++)
        lines[i] = some_line();
    for (int i = 0; i < STEPS; i++) {
        uint32_t at = below(5) == 0 ? below(LINES) : below(20);
        if (below(10) == 0)
            width = below(4) == 0 ? 1 + (int)below(WIDE) : 80;
        if (below(20) == 0)
            sight.suffix = suffixes[below(2)];
        if (below(50) == 0)
            sight.names = names[below(2)];
        if (below(200) == 0)
            sketches_fit(sketches, (int)below(100));
        if (below(50) == 0)
            sight.plain = !sight.plain;
        if (below(6) == 0)
            change(lines[at]);
        if (below(20) == 0) { /* the next has its place, often */
            free(lines[at]);
            lines[at] = some_line();
        }
        const struct sketch *sketch = sketch_of(sketches, lines[at], &sight, width);
        kept += sketch != NULL;
        if (sketch != NULL)
            assert_same(sketch, lines[at], &sight, width);
    }
    assert_true(kept > STEPS / 2);
    assert_null(sketch_of(NULL, lines[0], &sight, 80));
    for (int i = 0; i < LINES; i++)
        free(lines[i]);
    sketches_free(sketches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_sketch_is_the_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
