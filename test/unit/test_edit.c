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
    expect("one \u00E5tv\u00E5 fyra", 15); /* cut one right behind the other: one piece */
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

static void kills_that_follow_one_another_are_one(void **state)
{
    (void)state;
    type("one two three four");
    times(2, EDIT_KILL_WORD_LEFT);
    expect("one two ", 8);
    times(1, EDIT_YANK);
    expect("one two three four", 18);
    times(1, EDIT_HOME);
    times(2, EDIT_KILL_WORD_RIGHT);
    times(1, EDIT_KILL_TO_END);
    expect("", 0);
    times(1, EDIT_YANK);
    expect("one two three four", 18);
    times(1, EDIT_KILL_BLANK_LEFT);
    times(1, EDIT_LEFT);
    times(1, EDIT_KILL_BLANK_LEFT); /* the cursor moved in between: two pieces */
    times(1, EDIT_YANK);
    expect("one two three ", 13);
}

static void yanks_what_was_cut_before(void **state)
{
    (void)state;
    type("a b c");
    times(1, EDIT_KILL_BLANK_LEFT);
    times(1, EDIT_LEFT);
    times(1, EDIT_RIGHT);
    times(1, EDIT_KILL_BLANK_LEFT);
    expect("a ", 2);
    assert_false(edit_do(edit, EDIT_YANK_POP)); /* there was no yank */
    times(1, EDIT_YANK);
    expect("a b ", 4);
    times(1, EDIT_YANK_POP);
    expect("a c", 3);
    times(1, EDIT_YANK_POP); /* behind the oldest comes the last */
    expect("a b ", 4);
    for (int i = 0; i < 12; i++) {
        times(1, EDIT_CLEAR);
        edit_insert(edit, (uint32_t)('a' + i));
        times(1, EDIT_KILL_TO_START);
    }
    times(1, EDIT_YANK);
    times(9, EDIT_YANK_POP);
    expect("c", 1); /* ten are kept */
    times(1, EDIT_YANK_POP);
    expect("l", 1);
}

static void transposes_words(void **state)
{
    (void)state;
    type("one, two  ");
    times(1, EDIT_TRANSPOSE_WORDS);
    expect("two, one  ", 8);
    times(1, EDIT_HOME);
    assert_false(edit_do(edit, EDIT_TRANSPOSE_WORDS));
    times(1, EDIT_CLEAR);
    assert_false(edit_do(edit, EDIT_TRANSPOSE_WORDS));
    type("\u00E5 \u00F6");
    times(1, EDIT_TRANSPOSE_WORDS);
    expect("\u00F6 \u00E5", 5);
}

static void changes_case(void **state)
{
    (void)state;
    type("\u00E5sa och BO");
    times(1, EDIT_HOME);
    times(1, EDIT_CAPITALISE);
    expect("\u00C5sa och BO", 4);
    times(1, EDIT_UPCASE);
    expect("\u00C5sa OCH BO", 8);
    times(1, EDIT_DOWNCASE);
    expect("\u00C5sa OCH bo", 11);
    assert_false(edit_do(edit, EDIT_UPCASE));
}

static void undo_takes_typed_letters_back_together(void **state)
{
    (void)state;
    assert_false(edit_do(edit, EDIT_UNDO));
    type("twenty letters at one");
    times(1, EDIT_UNDO);
    expect("twenty letters at on", 20);
    times(1, EDIT_UNDO);
    expect("", 0);
    type("one two");
    times(1, EDIT_KILL_WORD_LEFT);
    type("x");
    times(1, EDIT_BACKSPACE);
    times(1, EDIT_UNDO);
    expect("one x", 5);
    times(2, EDIT_UNDO);
    expect("one two", 7);
    times(1, EDIT_HOME);
    type("a");
    times(1, EDIT_UNDO);
    expect("one two", 0);
    times(1, EDIT_KILL_TO_END);
    times(1, EDIT_YANK);
    times(1, EDIT_TRANSPOSE);
    assert_true(edit_undo_whole(edit));
    times(1, EDIT_UNDO_ALL);
    expect("", 0);
}

static void undo_is_bounded(void **state)
{
    (void)state;
    size_t size;
    for (int i = 0; i < 600; i++) {
        type("x");
        times(1, EDIT_BACKSPACE);
    }
    type("end");
    assert_false(edit_undo_whole(edit));
    times(1, EDIT_UNDO_ALL);
    edit_text(edit, &size);
    assert_true(size <= 1);
    assert_false(edit_do(edit, EDIT_UNDO));
}

static void lines_have_ends_of_their_own(void **state)
{
    (void)state;
    type("one");
    times(1, EDIT_NEW_LINE);
    type("two");
    expect("one\ntwo", 7);
    times(1, EDIT_HOME);
    assert_int_equal(edit_cursor(edit), 4);
    times(1, EDIT_LEFT);
    times(1, EDIT_KILL_TO_END); /* the break itself */
    expect("onetwo", 3);
    times(1, EDIT_UNDO);
    times(1, EDIT_HOME);
    times(1, EDIT_KILL_TO_END);
    expect("\ntwo", 0);
}

static void a_replacement_is_one_change(void **state)
{
    (void)state;
    type("hello an");
    assert_true(edit_replace(edit, 6, 8, "anna ", 5));
    expect("hello anna ", 11);
    times(1, EDIT_UNDO);
    expect("hello an", 8);
    edit_begin(edit, "draft", 5, 2);
    expect("draft", 2);
    assert_false(edit_do(edit, EDIT_UNDO));
    edit_begin(edit, "a" FAMILY, 19, 4); /* inside a grapheme: behind it */
    expect("a" FAMILY, 19);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(moves_by_grapheme, setup, teardown),
        cmocka_unit_test_setup_teardown(deletes_by_grapheme, setup, teardown),
        cmocka_unit_test_setup_teardown(cursor_leaves_a_grapheme_that_forms_around_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(moves_and_kills_by_word, setup, teardown),
        cmocka_unit_test_setup_teardown(kills_that_follow_one_another_are_one, setup, teardown),
        cmocka_unit_test_setup_teardown(yanks_what_was_cut_before, setup, teardown),
        cmocka_unit_test_setup_teardown(transposes_graphemes, setup, teardown),
        cmocka_unit_test_setup_teardown(transposes_words, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_case, setup, teardown),
        cmocka_unit_test_setup_teardown(undo_takes_typed_letters_back_together, setup, teardown),
        cmocka_unit_test_setup_teardown(undo_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_have_ends_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_replacement_is_one_change, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_may_not_be_typed, setup, teardown),
        cmocka_unit_test_setup_teardown(paste_is_tamed_and_keeps_its_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(never_longer_than_a_message, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
