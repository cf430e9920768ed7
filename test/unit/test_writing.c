/* The input: drafts, lines typed before, searching, completing, pastes that wait, and how all of it
 * is painted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "core/face.h"
#include "ui/wrap.h"
#include "ui/writing.h"

#define WIDTH  40
#define HEIGHT 12

static struct writing *writing;
static struct cell cells[WIDTH * HEIGHT];
static int row, column;

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static void go(const char *channel)
{
    struct show show = {.kind = SHOW_CURRENT, .text = bytes_of("#fika\n#other\n#office")};
    strcpy(show.channel.text, channel);
    writing_show(writing, &show);
}

static void says(const char *nick, uint64_t lamport)
{
    struct show show = {.kind = SHOW_MESSAGE, .lamport = lamport, .channel = {"#fika"}};
    strcpy(show.nick.text, nick);
    writing_show(writing, &show);
}

static int setup(void **state)
{
    (void)state;
    writing = writing_new();
    go("#fika");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    writing_free(writing);
    return 0;
}

static enum wish act(int action)
{
    return writing_do(writing, action, 0);
}

static void type(const char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_decode(text + at, size - at, &code);
        assert_int_equal(writing_do(writing, ACTION_NONE, code), WISH_NONE);
    }
}

static void expect(const char *text)
{
    size_t size;
    assert_string_equal(edit_text(writing_edit(writing), &size), text);
}

static void sends(const char *text)
{
    size_t size;
    assert_int_equal(act(ACTION_SEND), WISH_SEND);
    assert_string_equal(writing_taken(writing, &size), text);
    assert_int_equal(size, strlen(text));
}

static void say(const char *text)
{
    type(text);
    sends(text);
}

/* Row y of the painted screen, without blanks at its end. */
static const char *painted(int y)
{
    static char text[WIDTH * 8];
    size_t size = 0;
    int rows = writing_rows(writing, WIDTH, HEIGHT);
    cells_blank(cells, WIDTH * HEIGHT, STYLE_PLAIN);
    writing_paint(writing, cells, WIDTH, HEIGHT, rows, &row, &column);
    assert_in_range(row, HEIGHT - rows, HEIGHT - 1);
    assert_in_range(column, 0, WIDTH - 1);
    for (int x = 0; x < WIDTH; x++) {
        const struct cell *cell = &cells[y * WIDTH + x];
        memcpy(text + size, cell->text, cell->size);
        size += cell->size;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    text[size] = '\0';
    return text;
}

static void lines_come_back_with_their_channel(void **state)
{
    (void)state;
    say("first");
    say("second");
    type("draft");
    act(ACTION_OLDER);
    expect("second");
    act(ACTION_OLDER);
    expect("first");
    act(ACTION_OLDER);
    expect("first");
    act(ACTION_NEWER);
    act(ACTION_NEWER);
    expect("draft");
    act(ACTION_NEWER);
    expect("draft");
    act(ACTION_OLDER);
    act(EDIT_UNDO); /* going back is a change, too */
    expect("draft");
    go("#other");
    act(ACTION_OLDER);
    expect("");
    say("elsewhere");
    go("#fika");
    expect("draft");
}

static void a_draft_stays_with_its_channel(void **state)
{
    (void)state;
    type("for fika");
    act(EDIT_HOME);
    go("#other");
    expect("");
    type("for other");
    go("#fika");
    expect("for fika");
    type("> ");
    expect("> for fika");
    go("#other");
    expect("for other");
    act(EDIT_CLEAR);
    go("#fika");
    go("#other");
    expect("");
    go("#fika");
    expect("> for fika");
}

static void what_is_typed_ahead_goes_to_the_new_channel(void **state)
{
    (void)state;
    say("\\channel other");
    type("hello");
    go("#other");
    expect("hello");
    act(EDIT_CLEAR);
    say("\\who");
    type("hello");
    go("#fika");
    expect("");
}

static void told(void)
{
    struct show show = {.kind = SHOW_TOLD, .told = TOLD_NO_CHANNEL};
    writing_show(writing, &show);
}

static void what_is_typed_stays_where_nothing_was_moved(void **state)
{
    (void)state;
    say("\\leave #nosuch");
    told(); /* there is none */
    type("for fika");
    go("#other");
    expect("");
    go("#fika");
    expect("for fika");
    act(EDIT_CLEAR);
    say("\\leave #office");
    go("#fika"); /* where it was already */
    told();
    type("for fika");
    go("#other");
    expect("");
    go("#fika");
    act(EDIT_CLEAR);
    go("#other");
    say("\\channel office");
    type("for other");
    writing_go(writing, &(struct channel_name){"#fika"}); /* a key, before the answer comes */
    expect("");
    go("#other");
    expect("for other");
}

static void what_is_typed_ahead_of_several_goes_on(void **state)
{
    (void)state;
    say("\\join other");
    say("\\join office");
    type("hello");
    go("#other");
    told();
    told();
    expect("hello");
    go("#office");
    expect("hello");
    go("#fika");
    expect("");
}

static void commands_with_a_typing_error_do_not_last(void **state)
{
    (void)state;
    size_t size;
    say("\\invte SECRET");
    act(ACTION_OLDER);
    expect("\\invte SECRET");
    sends("\\invte SECRET");
    say("\\who");
    char *kept = recall_fresh(writing_recall(writing), &size);
    assert_string_equal(kept, "#fika \\\\who\n");
    free(kept);
}

static void searches_what_was_typed(void **state)
{
    (void)state;
    say("one fish");
    say("two fishes");
    say("red");
    type("dr");
    act(ACTION_SEARCH);
    type("fish");
    assert_string_equal(painted(HEIGHT - 1), "typed \"fish\": two fishes");
    assert_int_equal(column, 18);
    act(ACTION_SEARCH);
    assert_string_equal(painted(HEIGHT - 1), "typed \"fish\": one fish");
    act(ACTION_SEARCH);
    assert_string_equal(painted(HEIGHT - 1), "nothing has \"fish\": one fish");
    act(ACTION_NEWER);
    assert_string_equal(painted(HEIGHT - 1), "typed \"fish\": two fishes");
    act(ACTION_FIND_CHANNEL); /* Ctrl-G */
    expect("dr");
    act(ACTION_SEARCH);
    type("on\xC3\xA5");
    act(EDIT_BACKSPACE);
    act(ACTION_CLOSE);
    expect("one fish");
    assert_int_equal(edit_cursor(writing_edit(writing)), 0);
    act(EDIT_UNDO);
    expect("dr");
    act(ACTION_SEARCH);
    type("red");
    act(EDIT_END); /* any other key goes on from there */
    type("!");
    expect("red!");
    act(EDIT_CLEAR);
    act(ACTION_SEARCH);
    type("two");
    sends("two fishes");
}

static void a_paste_of_lines_waits(void **state)
{
    (void)state;
    assert_true(writing_paste(writing, "one line\n", 9));
    expect("one line");
    assert_string_equal(painted(HEIGHT - 3), "");
    act(EDIT_CLEAR);
    type("see ");
    assert_true(writing_paste(writing, "first\r\nsecond\rthird\n", 20));
    expect("see first\nsecond\nthird");
    assert_string_equal(painted(HEIGHT - 6), "3 lines, 18 bytes: Enter sends as one");
    assert_string_equal(painted(HEIGHT - 5), "message, Esc keeps it in the input");
    assert_string_equal(painted(HEIGHT - 3), "[#fika] see first\xE2\x86\xB5");
    assert_string_equal(painted(HEIGHT - 1), "        third");
    assert_int_equal(act(ACTION_CLOSE), WISH_NONE);
    expect("see first\nsecond\nthird");
    assert_string_equal(painted(HEIGHT - 5), "");
    act(EDIT_UNDO);
    expect("see ");
    assert_true(writing_paste(writing, "a\nb", 3));
    sends("see a\nb");
    assert_true(writing_paste(writing, "\n\n", 2));
    expect("");
    assert_int_equal(act(ACTION_SEND), WISH_NONE);
}

static void tab_completes_nicks_latest_first(void **state)
{
    (void)state;
    says("anna", 5);
    says("Anders", 9);
    says("bo", 7);
    says("anna", 4); /* an old line, from a page */
    type("an");
    act(ACTION_COMPLETE);
    expect("Anders: ");
    act(ACTION_COMPLETE);
    expect("anna: ");
    act(ACTION_COMPLETE);
    expect("Anders: ");
    act(ACTION_COMPLETE_BACK);
    expect("anna: ");
    act(EDIT_UNDO); /* one change, however many were looked at */
    expect("an");
    act(ACTION_COMPLETE);
    act(ACTION_CLOSE);
    expect("an");
    act(ACTION_COMPLETE);
    assert_int_equal(act(ACTION_SEND), WISH_NONE); /* takes the choice, and sends nothing */
    type("hi b");
    act(ACTION_COMPLETE);
    expect("Anders: hi bo ");
    sends("Anders: hi bo ");
}

static void tab_completes_commands_and_what_they_take(void **state)
{
    (void)state;
    says("anna", 1);
    type("\\conn");
    act(ACTION_COMPLETE);
    expect("\\connect ");
    act(EDIT_CLEAR);
    type("\\add");
    act(ACTION_COMPLETE);
    type("se");
    act(ACTION_COMPLETE);
    expect("\\add_topic send ");
    type("ot");
    act(ACTION_COMPLETE);
    expect("\\add_topic send #other ");
    act(EDIT_CLEAR);
    type("\\disconnect a");
    act(ACTION_COMPLETE);
    expect("\\disconnect anna ");
    act(EDIT_CLEAR);
    type("\\invite on");
    act(ACTION_COMPLETE);
    expect("\\invite once ");
    act(EDIT_CLEAR);
    type("\\help joi");
    act(ACTION_COMPLETE);
    expect("\\help join ");
    act(EDIT_CLEAR);
    type("\\me likes an");
    act(ACTION_COMPLETE);
    expect("\\me likes anna ");
    act(EDIT_CLEAR);
    type("\\nick a");
    act(ACTION_COMPLETE);
    expect("\\nick a");
    act(EDIT_CLEAR);
    type("\\\\conn");
    act(ACTION_COMPLETE);
    expect("\\\\conn");
}

static void typing_narrows_the_list(void **state)
{
    (void)state;
    type("in #");
    act(ACTION_COMPLETE);
    assert_string_equal(painted(HEIGHT - 5), "           #fika");
    assert_string_equal(painted(HEIGHT - 3), "           #office");
    type("o");
    assert_string_equal(painted(HEIGHT - 5), "");
    assert_string_equal(painted(HEIGHT - 4), "           #other");
    act(EDIT_BACKSPACE);
    type("of");
    assert_string_equal(painted(HEIGHT - 3), "           #office");
    act(ACTION_COMPLETE);
    expect("in #office ");
    assert_string_equal(painted(HEIGHT - 3), "         > #office");
    type("x");
    expect("in #office x");
    assert_string_equal(painted(HEIGHT - 3), "");
    act(EDIT_CLEAR);
    type("#");
    act(ACTION_COMPLETE);
    type(" "); /* another word: nothing to choose from */
    assert_string_equal(painted(HEIGHT - 3), "");
}

static void tab_completes_pictures(void **state)
{
    (void)state;
    type("well :rocke");
    act(ACTION_COMPLETE);
    expect("well \U0001F680 ");
    type(":thumbs");
    act(ACTION_COMPLETE);
    assert_string_equal(painted(HEIGHT - 4), "                \U0001F44E :thumbsdown:");
    act(ACTION_COMPLETE);
    act(ACTION_COMPLETE);
    expect("well \U0001F680 \U0001F44D ");
    act(EDIT_CLEAR);
    type(":nosuchpicture");
    act(ACTION_COMPLETE);
    expect(":nosuchpicture");
}

static void finds_a_channel_by_a_part_of_its_name(void **state)
{
    (void)state;
    size_t size;
    type("draft");
    act(ACTION_FIND_CHANNEL);
    assert_string_equal(painted(HEIGHT - 1), "go to:");
    type("THE");
    assert_string_equal(painted(HEIGHT - 3), "     > #other");
    assert_int_equal(act(ACTION_SEND), WISH_FIND);
    assert_string_equal(writing_taken(writing, &size), "#other");
    expect("draft");
    act(ACTION_FIND_CHANNEL);
    type("f");
    act(ACTION_COMPLETE);
    assert_string_equal(painted(HEIGHT - 3), "     > #office");
    act(ACTION_CLOSE);
    assert_string_equal(painted(HEIGHT - 1), "[#fika] draft");
    act(ACTION_FIND_CHANNEL);
    type("zzz");
    assert_string_equal(painted(HEIGHT - 3), "no channel of yours has that in its name");
    go("#other"); /* whatever is open, the channel may change */
    expect("");
}

static void the_input_grows_to_a_third(void **state)
{
    (void)state;
    type("thirty-two letters fill the row.");
    assert_int_equal(writing_rows(writing, WIDTH, HEIGHT), 2); /* the cursor needs a place */
    assert_string_equal(painted(HEIGHT - 1), "");
    assert_int_equal(column, 8);
    type(" \u65E5\u672C");
    assert_string_equal(painted(HEIGHT - 1), "         \u65E5\u672C");
    for (int i = 0; i < 5; i++)
        act(EDIT_NEW_LINE);
    type("end");
    assert_int_equal(writing_rows(writing, WIDTH, HEIGHT), 4);
    assert_string_equal(painted(HEIGHT - 1), "        end");
    assert_string_equal(painted(HEIGHT - 2), "        \xE2\x86\xB5");
    for (int i = 0; i < 6; i++)
        act(ACTION_OLDER);
    assert_string_equal(painted(HEIGHT - 4), "[#fika] thirty-two letters fill the row.");
    assert_int_equal(row, HEIGHT - 4);
    act(ACTION_NEWER);
    painted(0);
    assert_int_equal(row, HEIGHT - 3);
    assert_int_equal(writing_rows(writing, 3, 1), 1);
    assert_int_equal(writing_rows(writing, 1, 5), 2);
}

/* As wide as in the lines, and where it reaches the end of a row, what follows is in the next one. */
static void a_tab_goes_to_the_next_stop(void **state)
{
    (void)state;
    static const char text[] = "a\tb\n\tc\td\n12345678\te\n\t\t\t\tf\tg";
    struct cell lines[WIDTH * 6];
    assert_true(writing_paste(writing, text, strlen(text)));
    act(ACTION_CLOSE); /* it stays in the input */
    int rows = writing_rows(writing, WIDTH, 2 * HEIGHT);
    assert_int_equal(rows, 5);
    struct cell high[WIDTH * 2 * HEIGHT];
    cells_blank(high, WIDTH * 2 * HEIGHT, STYLE_PLAIN);
    writing_paint(writing, high, WIDTH, 2 * HEIGHT, rows, &row, &column);
    assert_int_equal(row, 2 * HEIGHT - 1);
    assert_int_equal(column, 8 + 8 + 1);
    cells_blank(lines, WIDTH * 6, STYLE_PLAIN);
    struct pen pen = {
        .cells = lines, .width = WIDTH, .to = 6, .indent = 8, .column = 8}; /* "[#fika] " */
    pen_text(&pen, text, strlen(text));
    assert_int_equal(pen.row, 4);
    for (int y = 0; y < rows; y++)
        for (int x = 8; x < WIDTH; x++) {
            const struct cell *cell = &high[(2 * HEIGHT - rows + y) * WIDTH + x];
            const struct cell *line = &lines[y * WIDTH + x];
            if (memcmp(cell->text, "\u21B5", 3) != 0) /* the sign of a line's end */
                assert_memory_equal(cell->text, line->text, CELL_BYTES);
        }
}

/* A candidate that has no room is not put in, and what was done before it stays done. */
static void a_list_without_room(void **state)
{
    (void)state;
    static char text[LIMIT_TEXT + 1];
    size_t size;
    says("anna", 1);
    says("anders", 2);
    memset(text, 'x', LIMIT_TEXT);
    text[LIMIT_TEXT - 1] = ' '; /* behind it stands any nick */
    type("before ");
    act(EDIT_HOME);
    act(EDIT_KILL_TO_END);
    assert_true(writing_paste(writing, text, LIMIT_TEXT));
    for (int i = 0; i < 5; i++) {
        act(ACTION_COMPLETE);
        edit_text(writing_edit(writing), &size);
        assert_int_equal(size, LIMIT_TEXT);
    }
    act(ACTION_CLOSE);
    edit_text(writing_edit(writing), &size);
    assert_int_equal(size, LIMIT_TEXT);
}

/* A list is of the words that it was opened at; other text in their place closes it. */
static void a_list_goes_with_its_text(void **state)
{
    (void)state;
    says("anna", 1);
    says("anders", 2);
    type("words in front of an");
    act(ACTION_COMPLETE);
    expect("words in front of anders ");
    assert_true(writing_replace(writing, "x", 1));
    act(ACTION_COMPLETE);
    act(ACTION_COMPLETE_BACK);
    expect("x");
    act(EDIT_UNDO);
    expect("words in front of anders ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_come_back_with_their_channel, setup, teardown),
        cmocka_unit_test_setup_teardown(a_draft_stays_with_its_channel, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_typed_stays_where_nothing_was_moved, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_typed_ahead_of_several_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_typed_ahead_goes_to_the_new_channel, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(commands_with_a_typing_error_do_not_last, setup, teardown),
        cmocka_unit_test_setup_teardown(searches_what_was_typed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_paste_of_lines_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(tab_completes_nicks_latest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(tab_completes_commands_and_what_they_take, setup, teardown),
        cmocka_unit_test_setup_teardown(typing_narrows_the_list, setup, teardown),
        cmocka_unit_test_setup_teardown(tab_completes_pictures, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_a_channel_by_a_part_of_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(the_input_grows_to_a_third, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tab_goes_to_the_next_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_without_room, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_goes_with_its_text, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
