/* Where a reader goes in a window, beside page by page: to the oldest line of all, and away from what was cleared. */
#include "window_help.h"

static const char *status(void)
{
    view_paint(view, cells, 80, HEIGHT);
    const char *text = row_of(HEIGHT - 1, 80);
    return text;
}

/* Not to the oldest of those that are held. */
static void the_top_is_the_oldest_line_of_all(void **state)
{
    (void)state;
    begin_with(1000000);
    view_top(view);
    assert_int_equal(serve_all(), 3); /* the next page, the first of all, and nothing before that */
    assert_string_equal(row(0), "-- there is nothing older");
    assert_int_equal(number_at(1), 1);
    assert_int_equal(number_at(BOTTOM), BOTTOM);
    say_number(VIA_LINK, ++stored_count); /* he reads on */
    paint();
    assert_int_equal(number_at(1), 1);
    assert_non_null(strstr(status(), "more below"));
    assert_int_equal(serve_all(), 0);
    for (uint64_t last = BOTTOM; last < 500;) {
        turn(-1);
        assert_true(number_at(BOTTOM) > last && number_at(BOTTOM) < last + HEIGHT);
        last = number_at(BOTTOM);
    }
    view_top(view); /* all is held now */
    assert_int_equal(serve_all(), 0);
    assert_int_equal(number_at(1), 1);
    view_follow(view);
    serve_all();
    assert_int_equal(number_at(BOTTOM), stored_count);
}

/* The words between the lines are in no store: they stay, where a page is enough. */
static void a_page_away_nothing_is_let_go(void **state)
{
    (void)state;
    begin_with(100);
    view_note(view, "a word", false, 0);
    view_top(view);
    assert_int_equal(serve_all(), 1);
    assert_string_equal(row(0), "-- there is nothing older");
    assert_int_equal(number_at(1), 1);
    assert_int_equal(view_count(view, "#fika"), 102);
    view_follow(view);
    paint();
    assert_string_equal(row(BOTTOM), "-- a word");
    view_top(view);
    assert_int_equal(serve_all(), 0);
    assert_int_equal(number_at(1), 1);
}

/* What fits is at its top and its end at once, and goes on being followed. */
static void a_short_channel_is_followed_on(void **state)
{
    (void)state;
    begin_with(3);
    view_top(view);
    serve_all();
    assert_int_equal(number_at(BOTTOM), 3);
    for (uint64_t i = 4; i < 40; i++)
        say_number(VIA_LINK, i);
    paint();
    assert_int_equal(number_at(BOTTOM), 39);
    view_free(view); /* and an empty one */
    setup(state);
    stored_count = 0;
    view_top(view);
    assert_int_equal(serve_all(), 1);
    say_number(VIA_LINK, 1);
    paint();
    assert_int_equal(number_at(BOTTOM), 1);
}

static void whoever_goes_elsewhere_is_let_go(void **state)
{
    (void)state;
    struct request request;
    begin_with(5000);
    view_top(view);
    assert_true(view_wants(view, &request));
    view_follow(view);
    answer(&request);
    assert_int_equal(serve_all(), 0);
    assert_int_equal(number_at(BOTTOM), 5000);
    view_top(view);
    assert_true(view_wants(view, &request));
    jump(2500);
    answer(&request);
    serve_all();
    assert_int_equal(number_at(marked_row()), 2500);
    jump(4000); /* and the other way round, whatever is under way */
    assert_true(view_wants(view, &request));
    view_top(view);
    answer(&request);
    serve_all();
    assert_int_equal(number_at(1), 1);
    view_scroll(view, -1);
    paint();
    assert_true(number_at(0) > 1);
}

/* Of a line of which some rows are below the edge, there is more. */
static void what_is_below_is_never_none(void **state)
{
    (void)state;
    for (uint64_t i = 3; i < 20; i++)
        say_number(VIA_LINK, i);
    say(VIA_LINK, 20,
        "words that fill some more than two whole rows of a screen that has eighty of them, as "
        "this one has, and then a third, by which one can be scrolled up, and a fourth");
    status();
    view_scroll_lines(view, 1);
    assert_non_null(strstr(status(), " 1 more below"));
    view_scroll_lines(view, 2);
    assert_non_null(strstr(status(), "1 more below"));
    view_scroll_lines(view, 1);
    assert_non_null(strstr(status(), "2 more below"));
    view_scroll_lines(view, -9);
    assert_null(strstr(status(), "below"));
}

/* ---- a screen that is cleared ---- */

static void assert_blank(int rows)
{
    paint();
    for (int y = 0; y < rows; y++)
        assert_string_equal(row(y), "");
}

/* It is the screen that is, and what was there is a key away, words and all. */
static void what_is_cleared_stands_above_the_screen(void **state)
{
    (void)state;
    struct place place;
    size_t size;
    begin_with(300);
    view_note(view, "a word", false, 0);
    view_clear(view);
    assert_blank(HEIGHT - 1);
    assert_memory_equal(view_text(view, 1, &size), "n00300", 6);
    assert_true(view_choose(view, 0, &place));
    assert_int_equal(place.seq, 300);
    say_number(VIA_LINK, 301);
    view_note(view, "another", false, 0);
    assert_blank(HEIGHT - 3);
    assert_int_equal(number_at(BOTTOM - 1), 301);
    assert_string_equal(row(BOTTOM), "-- another");
    assert_null(strstr(status(), "below"));
    turn(1); /* by a page less one row, and of that eight were empty */
    assert_int_equal(number_at(BOTTOM), 301);
    assert_string_equal(row(BOTTOM - 1), "-- a word");
    assert_int_equal(number_at(BOTTOM - 2), 300);
    assert_int_equal(number_at(0), 293);
    view_follow(view); /* and there it is again */
    paint();
    assert_int_equal(number_at(BOTTOM - 3), 300);
    view_clear(view);
    view_scroll_lines(view, 3);
    paint();
    assert_string_equal(row(BOTTOM), "-- another");
    view_clear(view);
    view_top(view);
    serve_all();
    assert_int_equal(number_at(1), 1);
}

/* What comes in between is not lost above it, and pages that come do not show. */
static void nothing_new_hides_above_a_cleared_screen(void **state)
{
    (void)state;
    begin_with(300);
    view_clear(view);
    assert_true(view_reach(view));
    assert_int_equal(serve_all(), 1);
    assert_blank(HEIGHT - 1);
    struct show late = message(VIA_HISTORY, 298, 0, "late");
    view_show(view, &late, 0);
    paint();
    assert_non_null(strstr(row(BOTTOM - 3), "late"));
    assert_int_equal(number_at(BOTTOM), 300);
    assert_string_equal(row(BOTTOM - 4), "");
}

static void a_cleared_window_keeps_its_bounds(void **state)
{
    (void)state;
    begin_with(300);
    view_clear(view);
    for (uint64_t i = 301; i <= 5000; i++) {
        say_number(VIA_LINK, i);
        if (i % 1999 == 0)
            view_clear(view);
    }
    paint();
    assert_int_equal(number_at(BOTTOM), 5000);
    stored_count = 5000;
    jump(1000); /* which lets go of the end: it comes again, when that is cleared */
    serve_all();
    view_clear(view);
    assert_blank(HEIGHT - 1);
    assert_int_equal(view_count(view, "#fika"), 0);
    assert_true(view_reach(view));
    serve_all();
    size_t size;
    assert_memory_equal(view_text(view, 1, &size), "n05000", 6);
}

/* ---- lists beside the lines ---- */

static void joined(size_t count, const char *current)
{
    static char names[64 * 8];
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(names + size, sizeof names - size, "%s#c%02u", i > 0 ? "\n" : "",
                                 (unsigned)i);
    struct show show = {.kind = SHOW_CURRENT, .text = {(const uint8_t *)names, size}};
    strcpy(show.channel.text, current);
    view_show(view, &show, 0);
}

static void comes(uint8_t who)
{
    struct show show = {.kind = SHOW_MEMBER, .channel = {"#c05"}, .up = true};
    snprintf(show.nick.text, sizeof show.nick.text, "p%02u", who);
    show.id.b[0] = who;
    view_show(view, &show, 0);
}

#define WIDE 120

static bool shows(const char *text)
{
    view_paint(view, cells, WIDE, HEIGHT);
    for (int y = 0; y < HEIGHT - 1; y++)
        if (strstr(row_of(y, WIDE), text) != NULL)
            return true;
    return false;
}

/* And the lines stay where they are; a click is for what stands there now. */
static void the_wheel_scrolls_the_list_that_it_is_over(void **state)
{
    (void)state;
    joined(30, "#c05");
    for (uint8_t i = 1; i <= 40; i++)
        comes(i);
    for (uint64_t i = 1; i < 50; i++) {
        struct show show = message(VIA_LINK, i, 1, "word");
        strcpy(show.channel.text, "#c05");
        view_show(view, &show, 0);
    }
    assert_true(shows("#c00") && !shows("#c10"));
    assert_true(view_wheel(view, 3, 2, 3));
    assert_true(shows("#c03") && shows("#c12") && !shows("#c02"));
    for (int i = 0; i < 20; i++)
        assert_true(view_wheel(view, 3, 2, 3)); /* as far as it goes */
    assert_true(shows("#c20") && shows("#c29") && !shows("#c19"));
    assert_int_equal(view_click(view, 3, 0).kind, HIT_CHANNEL);
    assert_string_equal(view_click(view, 3, 0).name, "#c20");
    assert_true(view_wheel(view, 3, 2, -3));
    assert_true(shows("#c17"));
    joined(30, "#c05"); /* nothing new */
    assert_true(shows("#c17") && !shows("#c05"));
    assert_true(shows("p01") && shows(" +") && !shows("p30"));
    for (int i = 0; i < 20; i++)
        assert_true(view_wheel(view, WIDE - 2, 4, 3));
    assert_true(shows("here") && !shows("p01") && shows("p40") && !shows(" +"));
    assert_true(view_wheel(view, WIDE - 2, 4, -3));
    assert_true(shows(" +"));
    assert_false(view_wheel(view, 50, 4, 3)); /* between them */
    assert_false(view_wheel(view, 3, HEIGHT - 1, 3));
    assert_null(strstr(row_of(HEIGHT - 1, WIDE), "below"));
    joined(30, "#c12"); /* where one goes is in sight */
    assert_true(shows(">#c12") && shows("#c03"));
    assert_false(view_wheel(view, WIDE - 2, 4, 3)); /* nobody is there */
    joined(5, "#c03");
    assert_true(shows("#c00"));
    assert_false(view_wheel(view, 3, 2, 3)); /* all are in sight */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(the_top_is_the_oldest_line_of_all),
        TEST(a_page_away_nothing_is_let_go),
        TEST(a_short_channel_is_followed_on),
        TEST(whoever_goes_elsewhere_is_let_go),
        TEST(what_is_below_is_never_none),
        TEST(what_is_cleared_stands_above_the_screen),
        TEST(nothing_new_hides_above_a_cleared_screen),
        TEST(a_cleared_window_keeps_its_bounds),
        TEST(the_wheel_scrolls_the_list_that_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
