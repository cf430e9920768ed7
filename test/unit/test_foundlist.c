/* Found list: gathered from an answer, moved through, painted so that the chosen one is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/foundlist.h"
#include "ui/keys.h"

#define WIDTH 60

static struct foundlist *list;
static struct cell cells[WIDTH * 40];

static int setup(void **state)
{
    (void)state;
    list = foundlist_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    foundlist_free(list);
    return 0;
}

/* An answer of so many lines: "line 1" is the oldest. */
static bool answer(int count, bool more)
{
    for (int i = 1; i <= count; i++) {
        char text[32];
        int size = snprintf(text, sizeof text, "line %d\033[2J", i);
        struct show show = {.kind = SHOW_FOUND, .channel = {"#fika"}, .nick = {"anna"}};
        show.lamport = show.seq = (uint64_t)i;
        show.wall_ms = 1764000000000;
        show.text = (struct bytes){(uint8_t *)text, (size_t)size};
        assert_true(foundlist_show(list, &show));
    }
    struct show end = {.kind = SHOW_FOUND_END, .n = (uint64_t)count, .up = more};
    return foundlist_show(list, &end);
}

static const char *row(int y)
{
    static char text[WIDTH * CELL_BYTES + 1];
    size_t size = 0;
    for (int x = 0; x < WIDTH; x++) {
        memcpy(text + size, cells[y * WIDTH + x].text, cells[y * WIDTH + x].size);
        size += cells[y * WIDTH + x].size;
    }
    text[size] = '\0';
    return text;
}

static bool shows(int y, const char *part)
{
    return strstr(row(y), part) != NULL;
}

static void paint(int rows)
{
    cells_blank(cells, sizeof cells / sizeof *cells, STYLE_PLAIN);
    foundlist_paint(list, cells, WIDTH, rows);
}

static void the_newest_is_chosen_first(void **state)
{
    (void)state;
    assert_true(answer(3, false));
    assert_true(foundlist_is_open(list));
    paint(10);
    assert_true(shows(8, "> ") && shows(8, "line 3") && shows(6, "line 1"));
    assert_true(shows(9, "3 lines found; Enter goes there"));
    assert_false(shows(6, ">  "));
    assert_true(strspn(row(5), " ") == WIDTH);
    for (int y = 0; y < 10; y++)
        assert_null(strchr(row(y), '\033'));
    assert_int_equal(foundlist_chosen(list)->place.lamport, 3);
    assert_string_equal(foundlist_chosen(list)->channel.text, "#fika");
}

/* What was said matters more than when, and than how many there are. */
static void a_small_screen_shows_what_was_said(void **state)
{
    (void)state;
    answer(30, true);
    cells_blank(cells, sizeof cells / sizeof *cells, STYLE_PLAIN);
    foundlist_paint(list, cells, 30, 6);
    char text[31] = "";
    for (int x = 0; x < 30; x++)
        text[x] = cells[3 * 30 + x].text[0];
    assert_memory_equal(text, "> #fika <anna> line 30", 22);
    assert_true((cells[4 * 30].style & STYLE_REVERSE) != 0);
    assert_memory_equal(cells[4 * 30].text, "3", 1); /* 30 found ... in two rows */
}

static void it_moves_and_stays_in_sight(void **state)
{
    (void)state;
    answer(20, true);
    paint(7);
    assert_true(shows(6, "Enter") || shows(6, "Escape"));
    for (int i = 0; i < 25; i++) {
        assert_int_equal(foundlist_do(list, ACTION_OLDER), FOUNDLIST_STAY);
        paint(7);
        bool seen = false;
        for (int y = 0; y < 7; y++)
            seen = seen || strncmp(row(y), "> ", 2) == 0;
        assert_true(seen);
    }
    assert_int_equal(foundlist_chosen(list)->place.lamport, 1);
    foundlist_do(list, ACTION_PAGE_DOWN);
    assert_true(foundlist_chosen(list)->place.lamport > 2);
    foundlist_do(list, ACTION_BOTTOM);
    foundlist_do(list, ACTION_NEWER);
    assert_int_equal(foundlist_chosen(list)->place.lamport, 20);
    foundlist_do(list, ACTION_TOP);
    assert_int_equal(foundlist_chosen(list)->place.lamport, 1);
    paint(1);
    assert_true(shows(0, "> ") && shows(0, "line 1"));
    paint(0);
}

static void it_ends_by_a_choice_or_without(void **state)
{
    (void)state;
    answer(2, false);
    assert_int_equal(foundlist_do(list, ACTION_CLOSE), FOUNDLIST_SHUT);
    assert_false(foundlist_is_open(list));
    answer(2, false);
    foundlist_do(list, ACTION_OLDER);
    assert_int_equal(foundlist_do(list, ACTION_SEND), FOUNDLIST_GO);
    assert_int_equal(foundlist_chosen(list)->place.lamport, 1);
    answer(2, false);
    assert_int_equal(foundlist_do(list, ACTION_NONE), FOUNDLIST_CLOSE);
    paint(10);
    assert_true(strspn(row(9), " ") == WIDTH);
}

static void a_click_chooses(void **state)
{
    (void)state;
    answer(3, false);
    paint(10);
    assert_false(foundlist_click(list, 5));
    assert_false(foundlist_click(list, 9));
    assert_true(foundlist_click(list, 6));
    assert_int_equal(foundlist_chosen(list)->place.lamport, 1);
}

static void nothing_found_is_said_elsewhere(void **state)
{
    (void)state;
    assert_false(answer(0, false));
    assert_false(foundlist_is_open(list));
    answer(5, false);
    assert_false(answer(0, false));
    assert_false(foundlist_is_open(list));
    answer(FOUNDLIST_MAX + 7, false);
    assert_int_equal(foundlist_chosen(list)->place.lamport, FOUNDLIST_MAX + 7);
    foundlist_do(list, ACTION_TOP);
    assert_int_equal(foundlist_chosen(list)->place.lamport, 8);
    struct show other = {.kind = SHOW_MESSAGE};
    assert_false(foundlist_show(list, &other));
}

static void two_of_one_nick_are_told_apart(void **state)
{
    (void)state;
    for (uint8_t i = 1; i <= 3; i++) {
        struct show show = {
            .kind = SHOW_FOUND, .channel = {"#anna"}, .nick = {"anna"}, .action = i == 2};
        strcpy(show.nick.text, i == 3 ? "bo" : "anna");
        memset(&show.id, 0x10 * i, sizeof show.id);
        show.lamport = show.seq = i;
        show.text = (struct bytes){(const uint8_t *)"it is anna", 10};
        assert_true(foundlist_show(list, &show));
    }
    struct show end = {.kind = SHOW_FOUND_END, .n = 3};
    assert_true(foundlist_show(list, &end));
    paint(10);
    assert_true(shows(6, "#anna <anna 1010> it is anna "));
    assert_true(shows(7, "#anna * anna 2020 it is anna "));
    assert_true(shows(8, "#anna <bo> it is anna "));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(two_of_one_nick_are_told_apart),     TEST(the_newest_is_chosen_first),
        TEST(a_small_screen_shows_what_was_said), TEST(it_moves_and_stays_in_sight),
        TEST(it_ends_by_a_choice_or_without),     TEST(a_click_chooses),
        TEST(nothing_found_is_said_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
