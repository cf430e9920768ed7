/* The input line: what each key does to text and cursor, and that neither ever leaves its bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "core/limits.h"
#include "ui/edit.h"

#define FAMILY "\U0001F468\u200D\U0001F469\u200D\U0001F467"
#define FLAG   "\U0001F1F8\U0001F1EA"

static struct edit *edit;

static int setup(void **state)
{
    (void)state;
    edit = edit_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    edit_free(edit);
    return 0;
}

static void type(const char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_decode(text + at, size - at, &code);
        assert_true(edit_insert(edit, code));
    }
}

static void expect(const char *text, size_t cursor)
{
    size_t size;
    assert_string_equal(edit_text(edit, &size), text);
    assert_int_equal(size, strlen(text));
    assert_int_equal(edit_cursor(edit), cursor);
}

static void times(int count, enum edit_action action)
{
    while (count-- > 0)
        edit_do(edit, action);
}

static void moves_by_grapheme(void **state)
{
    (void)state;
    type("a" FAMILY "e\u0301" FLAG "x");
    expect("a" FAMILY "e\u0301" FLAG "x", 1 + 18 + 3 + 8 + 1);
    times(1, EDIT_LEFT);
    times(1, EDIT_LEFT);
    assert_int_equal(edit_cursor(edit), 1 + 18 + 3);
    times(2, EDIT_LEFT);
    assert_int_equal(edit_cursor(edit), 1);
    times(1, EDIT_RIGHT);
    assert_int_equal(edit_cursor(edit), 1 + 18);
    times(1, EDIT_HOME);
    assert_false(edit_do(edit, EDIT_LEFT));
    times(1, EDIT_END);
    assert_false(edit_do(edit, EDIT_RIGHT));
}

static void deletes_by_grapheme(void **state)
{
    (void)state;
    type("a" FAMILY "b");
    times(1, EDIT_LEFT);
    times(1, EDIT_BACKSPACE);
    expect("ab", 1);
    times(1, EDIT_DELETE);
    expect("a", 1);
    assert_false(edit_do(edit, EDIT_DELETE));
    times(1, EDIT_BACKSPACE);
    assert_false(edit_do(edit, EDIT_BACKSPACE));
    expect("", 0);
}

static void cursor_leaves_a_grapheme_that_forms_around_it(void **state)
{
    (void)state;
    type("x\u0301");
    times(1, EDIT_HOME);
    type("a");
    expect("ax\u0301", 1);
    times(1, EDIT_CLEAR);
    type(FLAG FLAG);
    times(1, EDIT_HOME);
    type("\U0001F1F3"); /* pairs anew: the cursor stands behind the new first flag */
    assert_int_equal(edit_cursor(edit), 8);
}

static void moves_and_kills_by_word(void **state)
{
    (void)state;
    type("one \u00E5tv\u00E5 tre.fyra");
    times(1, EDIT_WORD_LEFT);
    assert_int_equal(edit_cursor(edit), 15);
    times(1, EDIT_KILL_WORD_LEFT);
    expect("one \u00E5tv\u00E5 fyra", 11);
    times(2, EDIT_WORD_LEFT);
    assert_int_equal(edit_cursor(edit), 0);
    times(1, EDIT_WORD_RIGHT);
    assert_int_equal(edit_cursor(edit), 3);
    times(1, EDIT_KILL_WORD_RIGHT);
    expect("one fyra", 3);
    times(1, EDIT_YANK);
    expect("one \u00E5tv\u00E5 fyra", 10);
    times(1, EDIT_KILL_TO_START);
    expect(" fyra", 0);
    times(1, EDIT_KILL_TO_END);
    expect("", 0);
    assert_false(edit_do(edit, EDIT_KILL_TO_END));
    times(1, EDIT_YANK);
    expect(" fyra", 5);
}

static void transposes_graphemes(void **state)
{
    (void)state;
    type("ab" FAMILY);
    times(1, EDIT_TRANSPOSE);
    expect("a" FAMILY "b", 20);
    times(2, EDIT_LEFT);
    times(1, EDIT_TRANSPOSE);
    expect(FAMILY "ab", 19);
    times(1, EDIT_CLEAR);
    assert_false(edit_do(edit, EDIT_TRANSPOSE));
    type("a");
    assert_false(edit_do(edit, EDIT_TRANSPOSE));
}

static void take(const char *line)
{
    char out[LIMIT_TEXT + 1];
    type(line);
    assert_int_equal(edit_take(edit, out), strlen(line));
    assert_string_equal(out, line);
    expect("", 0);
}

static void history_goes_back_and_returns_to_the_draft(void **state)
{
    (void)state;
    assert_false(edit_do(edit, EDIT_HISTORY_UP));
    take("first");
    take("second");
    take("second");
    type("dra");
    times(1, EDIT_HISTORY_UP);
    expect("second", 6);
    times(1, EDIT_HISTORY_UP);
    expect("first", 5);
    assert_false(edit_do(edit, EDIT_HISTORY_UP));
    times(2, EDIT_HISTORY_DOWN);
    expect("dra", 3);
    assert_false(edit_do(edit, EDIT_HISTORY_DOWN));
}

static void history_is_bounded(void **state)
{
    (void)state;
    char line[8] = "l000";
    for (int i = 0; i < EDIT_HISTORY_MAX + 7; i++) {
        line[1] = (char)('0' + i / 100);
        line[2] = (char)('0' + i / 10 % 10);
        line[3] = (char)('0' + i % 10);
        take(line);
    }
    times(EDIT_HISTORY_MAX + 50, EDIT_HISTORY_UP);
    expect("l007", 4);
}

static void refuses_what_may_not_be_typed(void **state)
{
    (void)state;
    static const uint32_t refused[] = {0, 7, 27, 0x7F, 0x9B, 0x202E, 0x2066, 0xD800, 0x110000};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(edit_insert(edit, refused[i]));
    expect("", 0);
}

static void paste_is_tamed_and_keeps_its_lines(void **state)
{
    (void)state;
    static const char pasted[] = "one\r\ntwo\r\x1B[31m\xFF\u202E";
    assert_true(edit_paste(edit, pasted, sizeof pasted - 1));
    expect("one\ntwo\n\uFFFD[31m\uFFFD", 18);
    times(1, EDIT_CLEAR);
    char out[LIMIT_TEXT + 1];
    assert_true(edit_paste(edit, "line\n\n", 6));
    assert_int_equal(edit_take(edit, out), 4);
    assert_string_equal(out, "line");
}

static void never_longer_than_a_message(void **state)
{
    (void)state;
    size_t much = LIMIT_TEXT + 100, size;
    char *text = malloc(much);
    memset(text, 'a', much);
    memcpy(text + LIMIT_TEXT - 1, "\u00E5", 2);
    assert_false(edit_paste(edit, text, much));
    edit_text(edit, &size);
    assert_int_equal(size, LIMIT_TEXT - 1); /* a whole code point or none */
    assert_true(edit_insert(edit, 'x'));
    assert_false(edit_insert(edit, 'x'));
    times(1, EDIT_HOME);
    times(1, EDIT_KILL_TO_END);
    times(1, EDIT_YANK);
    assert_false(edit_do(edit, EDIT_YANK));
    edit_text(edit, &size);
    assert_int_equal(size, LIMIT_TEXT);
    free(text);
}

/* The row as text; the second half of a wide cell adds nothing. */
static const char *row_text(const struct cell *row, int width)
{
    static char text[1024];
    size_t size = 0;
    for (int x = 0; x < width; x++) {
        memcpy(text + size, row[x].text, row[x].size);
        size += row[x].size;
    }
    text[size] = '\0';
    return text;
}

static void paints_around_the_cursor(void **state)
{
    (void)state;
    struct cell row[20];
    assert_int_equal(edit_paint(edit, "[#a] ", row, 20), 5);
    assert_string_equal(row_text(row, 20), "[#a]                ");
    type("abcdefghijklmno");
    assert_int_equal(edit_paint(edit, "[#a] ", row, 20), 19);
    assert_string_equal(row_text(row, 20), "[#a] bcdefghijklmno ");
    times(1, EDIT_HOME);
    assert_int_equal(edit_paint(edit, "[#a] ", row, 20), 5);
    assert_string_equal(row_text(row, 20), "[#a] abcdefghijklmno");
}

static void paints_wide_and_broken_lines(void **state)
{
    (void)state;
    struct cell row[12];
    assert_true(edit_paste(edit, "\u65E5\u672C\n\u8A9E\u65E5", 13));
    assert_int_equal(edit_paint(edit, "> ", row, 12), 11);
    assert_string_equal(row_text(row, 12), "> \u65E5\u672C\u21B5\u8A9E\u65E5 ");
    type("x");
    assert_int_equal(edit_paint(edit, "> ", row, 12), 10);
    assert_string_equal(row_text(row, 12), "> \u672C\u21B5\u8A9E\u65E5x  ");
    times(1, EDIT_CLEAR);
    type("\u65E5\u65E5\u65E5\u65E5\u65E5\u65E5");
    assert_int_equal(edit_paint(edit, "> ", row, 12), 10);
    assert_string_equal(row_text(row, 12), "> \u65E5\u65E5\u65E5\u65E5  ");
    assert_int_equal(edit_paint(edit, "[#long] ", row, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(moves_by_grapheme, setup, teardown),
        cmocka_unit_test_setup_teardown(deletes_by_grapheme, setup, teardown),
        cmocka_unit_test_setup_teardown(cursor_leaves_a_grapheme_that_forms_around_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(moves_and_kills_by_word, setup, teardown),
        cmocka_unit_test_setup_teardown(transposes_graphemes, setup, teardown),
        cmocka_unit_test_setup_teardown(history_goes_back_and_returns_to_the_draft, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(history_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_may_not_be_typed, setup, teardown),
        cmocka_unit_test_setup_teardown(paste_is_tamed_and_keeps_its_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(never_longer_than_a_message, setup, teardown),
        cmocka_unit_test_setup_teardown(paints_around_the_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(paints_wide_and_broken_lines, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
