/* What the user sees: order, wrapping, scrolling, unread, status; and that no foreign byte, however
 * wide or hostile, leaves its row or reaches the screen as it came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "ui/palette.h"
#include "ui/view.h"

#define FAMILY "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"

static struct view *view;
static struct cell cells[200 * 60];

static void current(const char *channel, const char *joined)
{
    struct show show = {.kind = SHOW_CURRENT};
    strcpy(show.channel.text, channel);
    show.text = (struct bytes){(const uint8_t *)joined, strlen(joined)};
    view_show(view, &show, 0);
}

static int setup(void **state)
{
    (void)state;
    view = view_new();
    current("#fika", "#fika\n#other");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

static struct show message(const char *channel, uint64_t lamport, uint8_t author, const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE, .lamport = lamport, .seq = 1};
    strcpy(show.channel.text, channel);
    strcpy(show.nick.text, "anna");
    memset(&show.id, author, sizeof show.id);
    show.text = (struct bytes){(const uint8_t *)text, strlen(text)};
    return show;
}

static void say(const char *channel, uint64_t lamport, const char *text)
{
    struct show show = message(channel, lamport, 1, text);
    view_show(view, &show, 0);
}

static void stored(const char *channel, uint64_t lamport, const char *text)
{
    struct show show = message(channel, lamport, 1, text);
    show.via = VIA_STORED;
    view_show(view, &show, 0);
}

/* Row y of the last painting, without the blanks at its end. */
static const char *row(int y, int width)
{
    static char text[200 * CELL_BYTES + 1];
    size_t size = 0;
    for (int x = 0; x < width; x++) {
        const struct cell *cell = &cells[y * width + x];
        memcpy(text + size, cell->text, cell->size);
        size += cell->size;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    text[size] = '\0';
    return text;
}

/* Each column belongs to one cell, no cell ends outside its row, none holds what a terminal obeys,
 * each begins with a base that has the cell's width. */
static void check_cells(int width, int height)
{
    for (int y = 0; y < height; y++) {
        int covered = 0;
        for (int x = 0; x < width; x++) {
            const struct cell *cell = &cells[y * width + x];
            assert_int_equal(cell->columns == 0, covered > 0);
            covered = cell->columns == 0 ? covered - 1 : cell->columns - 1;
            assert_true(utf8_valid(cell->text, cell->size));
            assert_true((cell->columns == 0) == (cell->size == 0));
            for (size_t at = 0; at < cell->size;) {
                uint32_t code;
                at += utf8_decode(cell->text + at, cell->size - at, &code);
                assert_false(text_is_unsafe(code));
                assert_int_not_equal(code, 0x200D);
            }
        }
        assert_int_equal(covered, 0);
    }
}

static void paint(int width, int height)
{
    memset(cells, 0xEE, sizeof cells);
    view_paint(view, cells, width, height);
    check_cells(width, height);
    assert_int_equal((uint8_t)cells[width * height].text[0], 0xEE);
    assert_false(view_changed(view));
}

/* The row that begins so, among the first `rows`. */
static int row_with(const char *text, int width, int rows)
{
    for (int y = 0; y < rows; y++)
        if (strncmp(row(y, width), text, strlen(text)) == 0)
            return y;
    fail_msg("no row begins with %s", text);
    return -1;
}

static void lines_stand_by_clock_then_author(void **state)
{
    (void)state;
    say("#fika", 5, "five");
    paint(39, 7); /* what is above what was seen is late */
    say("#fika", 3, "three");
    say("#fika", 9, "nine");
    view_note(view, "a note", false, 0);
    struct show low = message("#fika", 5, 0, "five of a lower author");
    view_show(view, &low, 0);
    say("#fika", 10, "ten");
    paint(39, 7);
    assert_string_equal(row(0, 39), "\u00BB <anna> three");
    assert_string_equal(row(1, 39), "\u00BB <anna> five of a lower author");
    assert_string_equal(row(2, 39), "<anna> five");
    assert_string_equal(row(3, 39), "<anna> nine");
    assert_string_equal(row(4, 39), "-- a note");
    assert_string_equal(row(5, 39), "<anna> ten");
}

static void a_closed_line_reads_when_it_comes_open(void **state)
{
    (void)state;
    struct show closed = message("#fika", 3, 1, "(a line that cannot be opened)");
    closed.sealed = true;
    view_show(view, &closed, 0);
    say("#fika", 5, "five");
    say("#fika", 3, "three");
    say("#fika", 5, "another five"); /* a line that reads is as it came first */
    view_show(view, &closed, 0);
    paint(39, 4);
    assert_string_equal(row(0, 39), "<anna> three");
    assert_string_equal(row(1, 39), "<anna> five");
}

static void any_order_of_arrival_gives_one_screen(void **state)
{
    (void)state;
    static struct cell first[40 * 12];
    static const uint8_t orders[3][6] = {
        {1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1}, {3, 6, 1, 5, 2, 4}};
    for (int i = 0; i < 3; i++) {
        teardown(NULL);
        setup(NULL);
        for (int j = 0; j < 6; j++) {
            char text[2] = {(char)('a' + orders[i][j]), 0};
            stored("#fika", orders[i][j], text);
        }
        paint(40, 12);
        if (i == 0)
            memcpy(first, cells, sizeof first);
        assert_memory_equal(first, cells, sizeof first);
    }
}

static void a_window_is_bounded(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < VIEW_LINES_MAX + 5; i++)
        say("#fika", 10 + i, "x");
    assert_int_equal(view_count(view, "#fika"), VIEW_LINES_MAX);
    say("#fika", 1, "older than all that is held");
    assert_int_equal(view_count(view, "#fika"), VIEW_LINES_MAX);
    view_scroll(view, 10000);
    paint(39, 5);
    assert_string_equal(row(0, 39), "<anna> x");
}

static void all_windows_together_are_bounded(void **state)
{
    (void)state;
    char *text = malloc(LIMIT_TEXT + 1);
    memset(text, '\xFF', LIMIT_TEXT);
    text[LIMIT_TEXT] = '\0';
    say("#other", 1, "small and kept");
    for (uint64_t i = 0; i < 200; i++)
        say("#fika", 10 + i, text);
    assert_true(view_count(view, "#fika") <= VIEW_BYTES_MAX / (3 * LIMIT_TEXT));
    assert_true(view_count(view, "#fika") > 80);
    assert_int_equal(view_count(view, "#other"), 1);
    free(text);
}

static void wraps_at_words_and_hangs(void **state)
{
    (void)state;
    say("#fika", 1, "one two three four five six seven eight nine ten eleven twelve");
    paint(40, 5);
    /* The clock is this machine's local time. */
    assert_string_equal(row(1, 40) + 5, " <anna> one two three four five six");
    assert_string_equal(row(2, 40), "             seven eight nine ten eleven");
    assert_string_equal(row(3, 40), "             twelve");
    paint(20, 8);
    assert_string_equal(row(3, 20), "<anna> one two three");
    assert_string_equal(row(4, 20), "  four five six");
}

static void breaks_long_words_and_cjk(void **state)
{
    (void)state;
    say("#fika", 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    say("#fika", 2, "\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5");
    paint(20, 5);
    assert_string_equal(row(0, 20), "<anna> aaaaaaaaaaaaa");
    assert_string_equal(row(1, 20), "  aaaaaaaaaaaaaaaaa");
    assert_string_equal(row(2, 20), "<anna> \u65E5\u672C\u8A9E\u65E5\u672C\u8A9E");
    assert_string_equal(row(3, 20), "  \u65E5\u672C\u8A9E\u65E5");
    say("#fika", 3, "\u65E5\u672C\u8A9E\u65E5word and more");
    paint(20, 3);
    assert_string_equal(row(0, 20), "<anna> \u65E5\u672C\u8A9E\u65E5word");
    assert_string_equal(row(1, 20), "  and more");
    say("#fika", 4, "\u65E5\u672C\u8A9E\u65E5\u672Cwords");
    paint(20, 3);
    assert_string_equal(row(1, 20), "  words");
}

static void line_breaks_and_tabs_are_kept(void **state)
{
    (void)state;
    say("#fika", 1, "a\n\n\tb\r\nc");
    paint(20, 6);
    assert_string_equal(row(1, 20), "<anna> a");
    assert_string_equal(row(2, 20), "");
    assert_string_equal(row(3, 20), "          b");
    assert_string_equal(row(4, 20), "  c");
}

static void expect_form(const char *text, const char *form, int columns)
{
    struct cell drawn[40];
    char out[400];
    size_t size = 0;
    cells_blank(drawn, 40, STYLE_PLAIN);
    int end = cells_draw(drawn, 40, 0, text, strlen(text), STYLE_PLAIN, COLOUR_NONE);
    for (int i = 0; i < end; i++) {
        memcpy(out + size, drawn[i].text, drawn[i].size);
        size += drawn[i].size;
    }
    out[size] = '\0';
    assert_string_equal(out, form);
    assert_int_equal(end, columns);
    assert_int_equal(cells_columns(text, strlen(text)), columns);
}

static void draws_only_what_terminals_agree_on(void **state)
{
    (void)state;
    expect_form(FAMILY, "\U0001F468\U0001F469\U0001F467\U0001F466", 8);
    expect_form("\U0001F44D\U0001F3FD", "\U0001F44D", 2);
    expect_form("\U0001F3FD", "\uFFFD", 1);
    expect_form("\U0001F1F8\U0001F1EA", "SE", 2);
    expect_form("\u2764\uFE0F", "\u2764", 1);
    expect_form("1\uFE0F\u20E3", "1", 1);
    expect_form("e\u0301", "\u00E9", 1);
    expect_form("\u1112\u1161\u11AB", "\uD55C", 2);
    expect_form("\u0E01\u0E33", "\u0E01\u0E33", 2);
    expect_form("\u0915\u093F", "\u0915\u093F", 2);
    expect_form("a\u200Db\u200B\u00ADc\uFEFF", "abc", 3);
    expect_form("x\u0316\u0317\u0318\u0319\u031C\u031D", "x\u0316\u0317\u0318\u0319", 1);
    expect_form("a\x1B[m\xC2\x9B\u202E", "a\uFFFD[m\uFFFD", 5);
    expect_form("\u3164\u0378", "\uFFFD\uFFFD", 2);
}

static void foreign_bytes_are_tamed_everywhere(void **state)
{
    (void)state;
    struct show evil = message("#fika", 1, 1, "\x1B]0;t\x07\xC2\x9B\xFF\u202E\x7F " FAMILY);
    strcpy(evil.nick.text, "\x1B[2J\u202E\xF0\x9F");
    view_show(view, &evil, 0);
    struct show member = {.kind = SHOW_MEMBER, .channel = evil.channel, .nick = evil.nick};
    view_show(view, &member, 0);
    struct show status = {.kind = SHOW_STATUS, .nick = evil.nick};
    view_show(view, &status, 0);
    for (int width = 1; width < 100; width++)
        paint(width, 6);
    paint(80, 4);
    assert_non_null(strstr(row(1, 80), "<\uFFFD[2J\uFFFD> \uFFFD]0;t\uFFFD\uFFFD\uFFFD\uFFFD "));
}

static void new_lines_do_not_move_what_is_read(void **state)
{
    (void)state;
    char text[8] = "l00";
    for (uint64_t i = 0; i < 50; i++) {
        text[1] = (char)('0' + i / 10);
        text[2] = (char)('0' + i % 10);
        say("#fika", 100 + i, text);
    }
    paint(39, 11);
    assert_string_equal(row(9, 39), "<anna> l49");
    view_scroll(view, 2);
    paint(39, 11);
    assert_string_equal(row(0, 39), "<anna> l22");
    assert_string_equal(row(9, 39), "<anna> l31");
    say("#fika", 200, "new");
    say("#fika", 1, "older, above");
    paint(39, 11);
    assert_string_equal(row(0, 39), "<anna> l22");
    assert_non_null(strstr(row(10, 39), "19 more below"));
    view_scroll(view, 100);
    paint(39, 11);
    assert_string_equal(row(0, 39), "\u00BB <anna> older, above");
    view_scroll(view, -100);
    paint(39, 11);
    assert_string_equal(row(9, 39), "<anna> new");
    say("#fika", 201, "newer");
    paint(39, 11);
    assert_string_equal(row(9, 39), "<anna> newer");
}

static void scrolls_by_row_inside_a_long_line(void **state)
{
    (void)state;
    say("#fika", 1, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12");
    paint(20, 4);
    assert_string_equal(row(2, 20), "  12");
    view_scroll(view, 1);
    paint(20, 4);
    assert_string_equal(row(2, 20), "  10");
    view_scroll(view, 9);
    paint(20, 4);
    assert_string_equal(row(0, 20), "<anna> 1");
    paint(80, 20); /* larger: it fits again */
    assert_string_equal(row(18, 80) + 13, "12");
}

static void other_channels_only_count(void **state)
{
    (void)state;
    say("#other", 1, "psst");
    say("#other", 2, "psst");
    struct show own = message("#other", 3, 2, "mine");
    own.own = true;
    strcpy(own.nick.text, "me");
    view_show(view, &own, 0);
    stored("#other", 4, "from the disk");
    assert_int_equal(view_unread(view, "#other"), 2);
    paint(80, 3);
    assert_string_equal(row(0, 80), "");
    assert_non_null(strstr(row(2, 80), "#other 2"));
    current("#other", "#fika\n#other");
    assert_int_equal(view_unread(view, "#other"), 0);
    paint(39, 4);
    assert_string_equal(row(1, 39), "\u2026  <me> mine");
    assert_null(strstr(row(3, 39), "#fika"));
    struct show caught_up = message("#fika", 4, 2, "caught up");
    caught_up.via = VIA_HISTORY;
    view_show(view, &caught_up, 0);
    assert_int_equal(view_unread(view, "#fika"), 1);
}

static void a_left_channel_is_forgotten(void **state)
{
    (void)state;
    say("#fika", 1, "x");
    current("#other", "#other");
    assert_int_equal(view_count(view, "#fika"), 0);
    current("", "");
    assert_string_equal(view_channel(view), "");
    view_note(view, "nowhere", false, 0);
    current("#new", "#new");
    paint(20, 3); /* what was said meanwhile came along */
    assert_string_equal(row(1, 20), "-- nowhere");
}

static void channels_are_bounded(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < 3 * LIMIT_CHANNELS; i++) {
        snprintf(name, sizeof name, "#c%d", i);
        say(name, 1, "x");
    }
    assert_int_equal(view_count(view, "#c0"), 1);
    assert_int_equal(view_count(view, name), 0);
}

static void status_keeps_what_matters_on_small_screens(void **state)
{
    (void)state;
    struct show status = {.kind = SHOW_STATUS, .n = 1, .port = 23452};
    strcpy(status.nick.text, "bo");
    static const char addresses[] = "192.168.1.2\nfe80::1%eth0";
    status.text = (struct bytes){(const uint8_t *)addresses, sizeof addresses - 1};
    view_show(view, &status, 0);
    say("#other", 1, "x");
    paint(80, 2);
    assert_string_equal(row(1, 80), " bo  #fika  #other 1  1 link  192.168.1.2:23452");
    paint(20, 2);
    assert_string_equal(row(1, 20), " bo  #fika  #other 1");
    paint(12, 1);
    assert_string_equal(row(0, 12), " bo  #fika");
    status.text = (struct bytes){(const uint8_t *)"fe80::1", 7};
    view_show(view, &status, 0);
    paint(80, 1);
    assert_non_null(strstr(row(0, 80), "[fe80::1]:23452"));
}

static void kinds_look_different(void **state)
{
    (void)state;
    struct show show = message("#fika", 1, 1, "waves");
    show.action = true;
    view_show(view, &show, 0);
    show = message("#fika", 0, 0, "hi");
    show.via = VIA_CLASSIC;
    view_show(view, &show, 0);
    show.nick.text[0] = '\0';
    view_show(view, &show, 0);
    show = message("#fika", 2, 1, "before");
    show.via = VIA_HISTORY;
    view_show(view, &show, 0);
    paint(39, 5);
    assert_string_equal(row(0, 39), "* anna waves");
    assert_string_equal(row(1, 39), "(classic) <anna> hi");
    assert_string_equal(row(2, 39), "(classic) hi");
    assert_string_equal(row(3, 39), "<anna> before");
    assert_int_equal(cells[3 * 39 + 7].style, STYLE_DIM);
}

static void a_nicks_colour_is_its_identitys(void **state)
{
    (void)state;
    struct id one = {{1}}, two = {{2}};
    assert_int_not_equal(palette_of(&one), palette_of(&two));
    say("#fika", 1, "x");
    struct show other = message("#fika", 2, 2, "x"); /* the same nick */
    view_show(view, &other, 0);
    paint(39, 8);
    int first = row_with("<anna 0101> x", 39, 7), second = row_with("<anna 0202> x", 39, 7);
    assert_true(first < second);
    assert_true(cells[first * 39 + 1].colour >= COLOUR_NICK);
    assert_int_not_equal(cells[first * 39 + 1].colour, cells[second * 39 + 1].colour);
}

/* A window that grows has nothing left below, and follows again; one that turns wide hides no rows
 * that are not there. */
static void growing_leads_back_to_the_end(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 60; i++)
        say("#fika", 100 + i,
            "some words that take a few rows in a narrow window, and one in a wide one");
    paint(20, 5);
    view_scroll(view, 1);
    paint(20, 5);
    paint(100, 30);
    assert_null(strstr(row(29, 100), "below"));
    say("#fika", 200, "the newest");
    paint(100, 30);
    assert_non_null(strstr(row(28, 100), "<anna> the newest"));
    assert_null(strstr(row(29, 100), "below"));
}

/* Scrolled up, the line at the top stays there whatever the size becomes. */
static void resizing_keeps_the_top_line_in_place(void **state)
{
    (void)state;
    static const int sizes[][2] = {{60, 9}, {20, 9}, {39, 4}, {100, 12}, {20, 5}, {39, 11}};
    char text[100];
    for (uint64_t i = 0; i < 80; i++) {
        snprintf(text, sizeof text, "line %02u and words that take a few rows where it is narrow",
                 (unsigned)i);
        say("#fika", 100 + i, text);
    }
    paint(100, 11);
    view_scroll(view, 3);
    paint(100, 11);
    const char *top = strstr(row(0, 100), "line ");
    assert_non_null(top);
    snprintf(text, sizeof text, "%.7s", top);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        paint(sizes[i][0], sizes[i][1]);
        assert_non_null(strstr(row(0, sizes[i][0]), text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(lines_stand_by_clock_then_author),
        TEST(a_closed_line_reads_when_it_comes_open),
        TEST(any_order_of_arrival_gives_one_screen),
        TEST(a_window_is_bounded),
        TEST(all_windows_together_are_bounded),
        TEST(wraps_at_words_and_hangs),
        TEST(breaks_long_words_and_cjk),
        TEST(line_breaks_and_tabs_are_kept),
        TEST(draws_only_what_terminals_agree_on),
        TEST(foreign_bytes_are_tamed_everywhere),
        TEST(new_lines_do_not_move_what_is_read),
        TEST(growing_leads_back_to_the_end),
        TEST(resizing_keeps_the_top_line_in_place),
        TEST(scrolls_by_row_inside_a_long_line),
        TEST(other_channels_only_count),
        TEST(a_left_channel_is_forgotten),
        TEST(channels_are_bounded),
        TEST(status_keeps_what_matters_on_small_screens),
        TEST(kinds_look_different),
        TEST(a_nicks_colour_is_its_identitys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
