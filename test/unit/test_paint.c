/* Painting: whatever is shown, typed, resized and scrolled, in any order, what curses was brought to
 * step by step is what a fresh painting of the same state gives; on good terminals and poor ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curses.h>
#include <locale.h>

#include "base/text.h"
#include "ui/draw.h"
#include "ui/view.h"
#include "ui/wrap.h"

#include "walk_help.h"

#define STEPS       1000 /* on each of four terminals */
#define WIDTH_MOST  130
#define HEIGHT_MOST 45

static struct view *view;
static struct draw *draw;
static void give(const struct show *show)
{
    view_show(view, show, clock_now);
}

/* ---- steps ---- */

static void resize(void)
{
    int rows = 1 + (int)below(below(4) == 0 ? 6 : HEIGHT_MOST - 1);
    int columns = 1 + (int)below(below(4) == 0 ? 20 : WIDTH_MOST - 1);
    resizeterm(rows, columns);
    draw_resize(draw);
}

static void move_about(void)
{
    switch (below(9)) {
    case 0: view_focus(view, below(2)); break;
    case 1: view_toggle(view, (enum view_panel)below(VIEW_PANELS)); break;
    case 2: view_go(view, below(CHANNELS + 2)); break;
    case 3: view_step(view, (int)below(5) - 2); break;
    case 4: view_next_new(view); break;
    case 5: view_find(view, texts[below(sizeof texts / sizeof *texts)]); break;
    case 6: view_click(view, (int)below(WIDTH_MOST), (int)below(HEIGHT_MOST)); break;
    case 7: view_top(view); break;
    case 8:
        if (below(4) == 0)
            view_clear(view);
        break;
    }
}

static void step(void)
{
    struct request request;
    clock_now += below(20) == 0 ? 40000000 : below(5000);
    switch (below(20)) {
    case 0: resize(); break;
    case 1: view_scroll(view, (int)below(7) - 3); break;
    case 2: view_scroll_lines(view, (int)below(9) - 4); break;
    case 3: view_follow(view); break;
    case 4: show_current(); break;
    case 5: view_note(view, texts[below(sizeof texts / sizeof *texts)], below(2), clock_now); break;
    case 6:
    case 7:
    case 8:
    case 9: show_word(); break;
    case 10: view_wants(view, &request); break;
    case 11: move_about(); break;
    default: show_message(); break;
    }
}

/* ---- what is on the screen ---- */

/* The picture as it must be: no cell out of its row, none that a terminal obeys. */
static void check_cells(const struct cell *cells, int width, int height)
{
    for (int y = 0; y < height; y++) {
        int covered = 0;
        for (int x = 0; x < width; x++) {
            const struct cell *cell = &cells[y * width + x];
            assert_int_equal(cell->columns == 0, covered > 0);
            covered = cell->columns == 0 ? covered - 1 : cell->columns - 1;
            for (size_t at = 0; at < cell->size;) {
                uint32_t code;
                at += utf8_decode(cell->text + at, cell->size - at, &code);
                assert_false(text_is_unsafe(code));
            }
        }
        assert_int_equal(covered, 0);
    }
}

static void paint(void)
{
    int width = draw_width(draw), lines = draw_height(draw) - 1;
    struct cell *cells = draw_cells(draw);
    bool changed = view_changed(view);
    if (lines > 0) {
        view_paint(view, cells, width, lines);
        check_cells(cells, width, lines);
        assert_false(view_changed(view));
    }
    cells_blank(cells + lines * width, (size_t)width, STYLE_PLAIN);
    cells_draw(cells + lines * width, width, 0, "[#fika] x", 9, STYLE_BOLD, COLOUR_NONE);
    draw_show(draw, changed ? 0 : lines, lines, 0);
}

static void assert_same_screen(const cchar_t *a, const cchar_t *b)
{
    wchar_t text[2][CCHARW_MAX + 1];
    attr_t style[2];
    short pair[2];
    for (int i = 0; i < COLS * LINES; i++) {
        memset(text, 0, sizeof text);
        getcchar(&a[i], text[0], &style[0], &pair[0], NULL);
        getcchar(&b[i], text[1], &style[1], &pair[1], NULL);
        assert_memory_equal(text[0], text[1], sizeof text[0]);
        assert_int_equal(style[0], style[1]);
        assert_int_equal(pair[0], pair[1]);
    }
}

static void a_fresh_painting_is_the_same(void)
{
    cchar_t *before = taken();
    draw_again(draw);
    paint();
    cchar_t *fresh = taken();
    assert_same_screen(before, fresh);
    free(before);
    free(fresh);
}

static void walk(const char *term)
{
    uint8_t seed[32] = {0};
    struct theme theme;
    FILE *out = fopen("/dev/null", "w"), *in = fopen("/dev/null", "r");
    SCREEN *screen = newterm(term, out, in);
    assert_non_null(screen);
    memcpy(seed, term, strlen(term));
    prng_init(&prng, seed);
    theme_default(&theme);
    draw = draw_new(&theme, NULL);
    view = view_new();
    clock_now = 1700000000000;
    show_current();
    for (int i = 0; i < STEPS; i++) {
        step();
        paint();
        a_fresh_painting_is_the_same();
    }
    view_free(view);
    draw_free(draw);
    endwin();
    delscreen(screen);
    fclose(out);
    fclose(in);
}

static void a_random_walk_on_each_terminal(void **state)
{
    (void)state;
    static const char *const terms[] = {"xterm-256color", "screen", "linux", "vt100"};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        walk(terms[i]);
}

/* ---- graphemes ---- */

/* Takes the cells of the grapheme at s off the front of a row; false when they are not all there. */
static bool take_grapheme(const struct cell **row, const struct cell *end, const char *s,
                          size_t size)
{
    struct cell cells[CELLS_MAX];
    const struct cell *at = *row;
    size_t count;
    cells_of(s, size, cells, &count);
    for (size_t i = 0; i < count; i++) {
        if (at >= end || at->size != cells[i].size || memcmp(at->text, cells[i].text, at->size))
            return false;
        at += cells[i].columns;
    }
    *row = at;
    return true;
}

/* Without spaces, so that all of the text is drawn; each grapheme must be whole in one row. */
static void graphemes_are_never_split(void **state)
{
    (void)state;
    static const char *const parts[] = {"a",
                                        "\u65E5",
                                        "e\u0301",
                                        "\U0001F1F8\U0001F1EA",
                                        "\U0001F468\u200D\U0001F469\u200D\U0001F467",
                                        "\uD55C",
                                        "\u0E01\u0E33",
                                        "\U0001F44D\U0001F3FD",
                                        "\u0915\u093F"};
    static struct cell cells[400 * 40];
    uint8_t seed[32] = {7};
    prng_init(&prng, seed);
    for (int i = 0; i < 2000; i++) {
        char text[1200];
        size_t size = 0, at = 0;
        int width = 10 + (int)below(30), count = 1 + (int)below(40);
        struct pen pen = {.cells = cells, .width = width, .to = 400, .indent = (int)below(4)};
        for (int k = 0; k < count; k++) {
            size += (size_t)sprintf(text + size, "%s", parts[below(sizeof parts / sizeof *parts)]);
        }
        cells_blank(cells, 400 * 40, STYLE_PLAIN);
        pen_text(&pen, text, size);
        for (int y = 0; y <= pen.row; y++) {
            const struct cell *end = cells + (y + 1) * width;
            const struct cell *row = cells + y * width + (y > 0 ? pen.indent : 0);
            while (at < size && take_grapheme(&row, end, text + at, size - at))
                at += grapheme_size(text + at, size - at);
        }
        assert_int_equal(at, size);
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_walk_on_each_terminal),
        cmocka_unit_test(graphemes_are_never_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
