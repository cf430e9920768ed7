/* Themes: what a text says, what it may leave out, what a small terminal makes of it; and that those
 * which come with the program are understood to the last word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/theme.h"

static struct theme theme;

static unsigned read(const char *text)
{
    char taken[THEME_BYTES];
    snprintf(taken, sizeof taken, "%s", text);
    return theme_read(&theme, taken);
}

static void a_text_says_what_it_changes(void **state)
{
    (void)state;
    theme_mono(&theme);
    read("# no = red\nnew = yellow on 17 bold underline\n mention=bright-red\ncode = plain\nnicks "
         "= 33 red");
    assert_int_equal(theme.parts[COLOUR_NEW].front, 3);
    assert_int_equal(theme.parts[COLOUR_NEW].back, 17);
    assert_int_equal(theme.parts[COLOUR_NEW].styles, STYLE_BOLD | STYLE_UNDERLINE);
    assert_int_equal(theme.parts[COLOUR_MENTION].front, 9);
    assert_int_equal(theme.parts[COLOUR_LINK].front, THEME_DEFAULT);
    assert_int_equal(theme_nick(&theme, 0, 256), 33);
    assert_int_equal(theme_nick(&theme, 3, 256), 1);
}

static void what_is_not_understood_costs_its_line(void **state)
{
    (void)state;
    theme_mono(&theme);
    unsigned wrong = read("# a theme\n\n  new = red\nnew = mauve\nlink = blue\n");
    assert_int_equal(wrong, 4);
    static const char *const nonsense[] = {
        "error = 256",      "= red",          "red",
        "nothing = red",    "text new = red", "link = red on on blue",
        "nicks = 33 mauve", "dim = loud"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        assert_int_equal(read(nonsense[i]), 1);
    assert_int_equal(read(""), 0);
    theme_mono(&theme);
    read("new = mauve\nerror = 256\n= red\nred\nlink = red on on blue\n\n\xFF = red\ncode = green");
    assert_int_equal(theme.parts[COLOUR_NEW].front, THEME_DEFAULT);
    assert_int_equal(theme.parts[COLOUR_ERROR].front, THEME_DEFAULT);
    assert_int_equal(theme.parts[COLOUR_CODE].front, 2);
}

static void small_terminals_get_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(theme_colour(214, 256), 214);
    assert_int_equal(theme_colour(9, 8), 1);
    assert_int_equal(theme_colour(196, 8), 1);
    assert_int_equal(theme_colour(21, 8), 4);
    assert_int_equal(theme_colour(231, 8), 7);
    assert_int_equal(theme_colour(THEME_DEFAULT, 8), THEME_DEFAULT);
    for (int i = 0; i < 256; i++)
        assert_in_range(theme_colour(i, 8), 0, 7);
    theme_default(&theme);
    for (uint8_t i = 0; i < PALETTE_SIZE; i++) {
        assert_in_range(theme_nick(&theme, i, 8), 2, 6);
        assert_in_range(theme_nick(&theme, i, 256), 16, 231);
    }
    theme_mono(&theme);
    assert_int_equal(theme_nick(&theme, 0, 256), THEME_DEFAULT);
}

/* Each line must change something from an impossible start. */
static void the_ones_that_come_along_are_understood(void **state)
{
    (void)state;
    static const char *const names[] = {"dark", "light", "mono", "contrast"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64], line[200];
        snprintf(path, sizeof path, "themes/%s", names[i]);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        while (fgets(line, sizeof line, file) != NULL) {
            struct theme before;
            memset(&theme, 0x5A, sizeof theme);
            before = theme;
            if (line[0] == '#' || strchr(line, '=') == NULL)
                continue;
            read(line);
            assert_memory_not_equal(&before, &theme, sizeof theme);
        }
        fclose(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_says_what_it_changes),
        cmocka_unit_test(what_is_not_understood_costs_its_line),
        cmocka_unit_test(small_terminals_get_the_nearest),
        cmocka_unit_test(the_ones_that_come_along_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
