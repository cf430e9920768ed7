/* What a window shows beside what was said: who holds it, what came late, what is missing, what is
 * older; and that none of it moves what is being read. */
#include "window_help.h"

/* ---- marks ---- */

static void own_lines_say_who_holds_them(void **state)
{
    (void)state;
    say_own(1, 0, "a");
    say_own(2, 3, "b");
    say_own(3, 0, "c");
    say_own(4, 64, "d");
    say(VIA_LINK, 5, "e");
    static const char *const before[] = {"\u2026  <me> a", "\u27133 <me> b", "\u2026  <me> c",
                                         "\u2713+ <me> d", "<anna> e"};
    assert_rows(before, BOTTOM - 4, 5);
    assert_int_equal(cells[(BOTTOM - 4) * WIDTH].style, STYLE_DIM);
    held(1, 2, 1); /* never less than was known */
    held(3, UINT64_MAX, 9);
    static const char *const after[] = {"\u2713  <me> a", "\u27133 <me> b", "\u27139 <me> c",
                                        "\u2713+ <me> d", "<anna> e"};
    assert_rows(after, BOTTOM - 4, 5);
    view_paint(view, cells, 80, HEIGHT); /* the text hangs behind the mark */
    assert_string_equal(row_of(BOTTOM - 4, 80) + 5, " \u2713  <me> a");
}

/* Another's line with the same seq, and what came over a classic link, are no own entries. */
static void only_own_entries_are_marked(void **state)
{
    (void)state;
    say(VIA_LINK, 1, "hers");
    struct show classic = message(VIA_CLASSIC, 1, 9, "mine");
    classic.own = true;
    view_show(view, &classic, 0);
    held(1, 1, 2);
    static const char *const rows[] = {"<anna> hers", "(classic) <me> mine"};
    assert_rows(rows, BOTTOM - 1, 2);
}

static void a_mark_that_changes_moves_nothing(void **state)
{
    (void)state;
    static char before[HEIGHT - 1][200];
    say_own(1, 0, "words that fill some more than a single row of this screen, and then another");
    for (uint64_t by = 0; by < 40; by++) {
        held(1, 1, by);
        paint();
        for (int y = 0; y < HEIGHT - 1; y++) {
            const char *text = y == BOTTOM - 2 ? strchr(row(y), '<') : row(y);
            if (by > 0)
                assert_string_equal(text, before[y]);
            snprintf(before[y], sizeof before[y], "%.199s", text);
        }
    }
}

static void late_lines_are_marked_and_stored_ones_not(void **state)
{
    (void)state;
    say(VIA_STORED, 10, "ten");
    say(VIA_STORED, 5, "five");
    paint();
    say(VIA_HISTORY, 7, "seven");
    say(VIA_LINK, 8, "eight");
    say(VIA_HISTORY, 12, "twelve");
    static const char *const rows[] = {"<anna> five",
                                       "\u00BB <anna> seven",
                                       "\u00BB <anna> eight",
                                       "<anna> ten",
                                       "---- new ------------------------------",
                                       "<anna> twelve"};
    assert_rows(rows, BOTTOM - 5, 6);
    assert_int_equal(cells[(BOTTOM - 2) * WIDTH + 7].style, STYLE_DIM);
}

/* On a first join, say: author by author, in any order. */
static void what_comes_in_one_go_is_not_late(void **state)
{
    (void)state;
    uint64_t now_ms = 1700000000000;
    struct show show = message(VIA_HISTORY, 10, 1, "ten");
    view_show(view, &show, now_ms);
    paint();
    show = message(VIA_HISTORY, 5, 1, "five");
    view_show(view, &show, now_ms + 9000);
    paint();
    show = message(VIA_HISTORY, 4, 1, "four");
    view_show(view, &show, now_ms + 18000);
    paint();
    show = message(VIA_HISTORY, 7, 1, "seven");
    view_show(view, &show, now_ms + 60000);
    static const char *const rows[] = {"<anna> four", "<anna> five", "\u00BB <anna> seven",
                                       "<anna> ten"};
    assert_rows(rows, BOTTOM - 3, 4);
}

static void adrift_and_liars_are_marked(void **state)
{
    (void)state;
    say(VIA_LINK, 10, "ten");
    struct show show = message(VIA_LINK, (uint64_t)1 << 50, 2, "adrift");
    show.adrift = true;
    view_show(view, &show, 0);
    view_show(view, &show, 0); /* once */
    say(VIA_LINK, 11, "eleven");
    show = message(VIA_LINK, 12, 3, "one thing");
    show.liar = true;
    view_show(view, &show, 0);
    show.text = bytes_of("another");
    view_show(view, &show, 0);
    static const char *const rows[] = {"<anna> ten", "(clock adrift) <p2> adrift", "<anna> eleven",
                                       "(!) <p3> another", "(!) <p3> one thing"};
    assert_rows(rows, BOTTOM - 4, 5);
}

static void a_line_is_there_once(void **state)
{
    (void)state;
    say_own(3, 0, "mine");
    struct show again = message(VIA_STORED, 3, 9, "mine");
    again.own = true;
    again.n = 2;
    view_show(view, &again, 0);
    assert_int_equal(view_count(view, "#fika"), 1);
    paint();
    assert_string_equal(row(BOTTOM), "\u27132 <me> mine");
}

static void taken_back_lines_lose_their_text(void **state)
{
    (void)state;
    say(VIA_LINK, 1, "keep");
    say(VIA_LINK, 2, "something said in haste that is longer than what stands there afterwards");
    struct show show = {.kind = SHOW_FORGOTTEN, .channel = {"#fika"}, .seq = 2};
    memset(&show.id, 2, sizeof show.id);
    view_show(view, &show, 0); /* another's */
    paint();
    assert_non_null(strstr(row(BOTTOM - 2), "said in haste"));
    memset(&show.id, 1, sizeof show.id);
    view_show(view, &show, 0);
    view_show(view, &show, 0);
    static const char *const rows[] = {"<anna> keep", "<anna> (taken back)"};
    assert_rows(rows, BOTTOM - 1, 2);
    assert_int_equal(cells[BOTTOM * WIDTH + 8].style, STYLE_DIM);
}

static void edited(uint8_t author, uint64_t seq, const char *text)
{
    struct show show = {.kind = SHOW_EDITED, .channel = {"#fika"}, .seq = seq, .edited = true};
    memset(&show.id, author, sizeof show.id);
    show.text = bytes_of(text);
    view_show(view, &show, 0);
}

static void edited_lines_say_so(void **state)
{
    (void)state;
    say(VIA_LINK, 1, "keep");
    say(VIA_LINK, 2, "teh cat");
    edited(2, 2, "another's"); /* and so nobody's */
    edited(1, 3, "no such line");
    paint();
    assert_string_equal(row(BOTTOM), "<anna> teh cat");
    edited(1, 2, "the \x1b[1mcat");
    paint();
    assert_null(strchr(row(BOTTOM), '\x1b'));
    assert_non_null(strstr(row(BOTTOM), "cat (edited)"));
    assert_string_equal(row(BOTTOM - 1), "<anna> keep");
    edited(1, 2, "the dog");
    /* A page has it as it is now: it is no other line. */
    struct show again = message(VIA_STORED, 2, 1, "the bird");
    again.edited = true;
    view_show(view, &again, 0);
    assert_int_equal(view_count(view, "#fika"), 2);
    paint();
    static const char *const rows[] = {"<anna> keep", "<anna> the dog (edited)"};
    assert_rows(rows, BOTTOM - 1, 2);
    struct show gone = {.kind = SHOW_FORGOTTEN, .channel = {"#fika"}, .seq = 2};
    memset(&gone.id, 1, sizeof gone.id);
    view_show(view, &gone, 0);
    edited(1, 2, "and back");
    paint();
    assert_string_equal(row(BOTTOM), "<anna> (taken back)");
}

static struct bytes behind(uint8_t list[REACTIONS_BYTES], const char *sign, uint32_t count)
{
    struct writer w = writer_of(list, REACTIONS_BYTES);
    if (count > 0)
        reactions_add(&w, &(struct reactions_row){bytes_of(sign), count, true});
    return written(&w);
}

static void reacted(uint64_t lamport, const char *sign, uint32_t count)
{
    uint8_t list[REACTIONS_BYTES];
    struct show show = message(VIA_LINK, lamport, 1, "");
    show.kind = SHOW_REACTION;
    show.b = behind(list, sign, count);
    view_show(view, &show, 0);
}

static void signs_stand_behind_a_line(void **state)
{
    (void)state;
    say(VIA_LINK, 1, "keep");
    say(VIA_LINK, 2, "teh cat");
    reacted(3, "+1", 2); /* no such line */
    reacted(2, "+1", 2);
    paint();
    static const char *const first[] = {"<anna> keep", "<anna> teh cat (+1 2*)"};
    assert_rows(first, BOTTOM - 1, 2);
    edited(1, 2, "the cat");
    reacted(2, "a\x1b[1m", 3);
    paint();
    assert_null(strchr(row(BOTTOM), '\x1b'));
    assert_non_null(strstr(row(BOTTOM), "<anna> the cat (edited) (a"));
    reacted(2, "", 0);
    paint();
    assert_string_equal(row(BOTTOM), "<anna> the cat (edited)");
    reacted(2, "+1", 4);
    struct show gone = {.kind = SHOW_FORGOTTEN, .channel = {"#fika"}, .seq = 2};
    memset(&gone.id, 1, sizeof gone.id);
    view_show(view, &gone, 0);
    reacted(2, "+1", 5);
    paint();
    assert_string_equal(row(BOTTOM), "<anna> (taken back)");
    /* A page has them, too. */
    uint8_t list[REACTIONS_BYTES];
    struct show stored = message(VIA_STORED, 3, 1, "again");
    stored.b = behind(list, "+1", 1);
    view_show(view, &stored, 0);
    paint();
    assert_string_equal(row(BOTTOM), "<anna> again (+1 1*)");
}

/* ---- gaps ---- */

static void a_gap_stands_above_what_follows_it(void **state)
{
    (void)state;
    say(VIA_LINK, 10, "ten");
    say(VIA_LINK, 20, "twenty");
    say(VIA_LINK, 30, "thirty");
    paint();
    gap(1, 20, 11, 19, 9);
    say(VIA_HISTORY, 15, "fifteen");
    static const char *const rows[] = {"<anna> ten", "\u00BB <anna> fifteen",
                                       "-- 9 lines missing from bo, asking cy", "<anna> twenty",
                                       "<anna> thirty"};
    assert_rows(rows, BOTTOM - 4, 5);
    gap(1, 20, 19, 19, 1);
    paint();
    assert_string_equal(row(BOTTOM - 2), "-- 1 line missing from bo, asking cy");
    assert_string_equal(row(BOTTOM - 3), "\u00BB <anna> fifteen");
    gap(2, 20, 0, 0, 0);   /* another's */
    gap(1, 20, 20, 21, 0); /* not this one */
    assert_int_equal(view_count(view, "#fika"), 5);
    gap(1, 20, 19, 19, 0);
    assert_int_equal(view_count(view, "#fika"), 4);
    paint();
    assert_string_equal(row(BOTTOM - 2), "\u00BB <anna> fifteen");
}

/* It waits until there is something on both sides, goes with what is let go, and comes back. */
static void a_gap_is_shown_where_it_is_or_not_at_all(void **state)
{
    (void)state;
    gap(1, 20, 11, 19, 9);
    assert_int_equal(view_count(view, "#fika"), 0);
    say(VIA_LINK, 20, "twenty");
    assert_int_equal(view_count(view, "#fika"), 2);
    stored_count = 1000;
    jump(1); /* which lets all of these go */
    serve_all();
    view_follow(view);
    stored_count = 0;
    serve_all();
    say(VIA_LINK, 30, "thirty");
    say(VIA_STORED, 20, "twenty");
    static const char *const rows[] = {"-- 9 lines missing from bo, asking cy", "<anna> twenty",
                                       "<anna> thirty"};
    assert_rows(rows, BOTTOM - 2, 3);
    for (uint64_t i = 0; i < 1000; i++) /* more than are kept */
        gap(3, 1, i, i, 1);
    gap(1, 20, 11, 19, 0);
    assert_int_equal(view_count(view, "#fika"), 3); /* and that there is nothing older */
}

static void filling_a_gap_moves_nothing_below_it(void **state)
{
    (void)state;
    for (uint64_t i = 100; i < 150; i++)
        say_number(VIA_LINK, i);
    gap(1, 110, 105, 109, 5);
    gap(1, 145, 143, 144, 2);
    view_scroll(view, 2);
    paint();
    uint64_t top = number_at(0);
    assert_true(top > 110);
    gap(1, 110, 105, 109, 0);
    gap(1, 0, 0, 0, 0);
    paint();
    assert_int_equal(number_at(0), top);
    assert_int_equal(number_at(BOTTOM), top + BOTTOM);
}

static void what_is_coming_is_said_in_the_status(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_COMING, .channel = {"#fika"}, .n = 1204};
    view_show(view, &show, 0);
    view_paint(view, cells, 80, 3);
    assert_non_null(strstr(row_of(2, 80), "#fika  1,204 older lines are still coming  0 links"));
    show.n = 1;
    view_show(view, &show, 0);
    view_paint(view, cells, 80, 3);
    assert_non_null(strstr(row_of(2, 80), "1 older line is still coming"));
    show.n = 0;
    view_show(view, &show, 0);
    view_paint(view, cells, 80, 3);
    assert_null(strstr(row_of(2, 80), "coming"));
    assert_int_equal(view_count(view, "#fika"), 0);
}

/* ---- pages ---- */

static void a_page_is_asked_for_once_near_the_top(void **state)
{
    (void)state;
    struct request request;
    begin_with(1000);
    for (uint64_t i = 1001; i <= 1040; i++)
        say_number(VIA_LINK, i);
    paint();
    assert_false(view_wants(view, &request));
    view_scroll(view, 1); /* there are pages left above */
    assert_false(view_wants(view, &request));
    view_scroll(view, 4);
    assert_true(view_wants(view, &request));
    assert_int_equal(request.kind, REQUEST_PAGE);
    assert_string_equal(request.channel.text, "#fika");
    assert_int_equal(request.lamport, 981);
    assert_int_equal(request.seq, 981);
    assert_int_equal(request.id.b[0], 1);
    assert_int_equal(request.count, 200);
    view_scroll(view, 1);
    assert_false(view_wants(view, &request)); /* not before the answer */
    answer(&request);
    assert_false(view_wants(view, &request)); /* not unasked */
    assert_int_equal(view_count(view, "#fika"), 260);
}

static void a_short_window_is_filled_by_page_up(void **state)
{
    (void)state;
    stored_count = 100;
    for (uint64_t i = 98; i <= 100; i++)
        say_number(VIA_STORED, i);
    paint();
    assert_true(turn(1));
    assert_int_equal(number_at(BOTTOM), 100);
    assert_int_equal(number_at(0), 91);
    view_clear(view);
    turn(1);
    assert_int_equal(number_at(BOTTOM), 100);
}

/* Up through the whole store: each line is seen in its place, and nothing jumps. */
static void paging_up_shows_every_line(void **state)
{
    (void)state;
    begin_with(5000);
    uint64_t top = number_at(0);
    for (int i = 0; i < 1000 && top > 1; i++) {
        turn(1);
        uint64_t now = number_at(0) > 0 ? number_at(0) : number_at(1);
        assert_true(now <= top && now + BOTTOM >= top);
        for (int y = 2; y <= BOTTOM; y++)
            assert_int_equal(number_at(y), number_at(1) + (uint64_t)y - 1);
        top = now;
    }
    assert_int_equal(top, 1);
    turn(1);
    assert_string_equal(row(0), "-- there is nothing older");
    assert_int_equal(number_at(1), 1);
    turn(1);
    assert_string_equal(row(0), "-- there is nothing older");
    assert_int_equal(number_at(1), 1); /* said once */
    assert_int_equal(view_count(view, "#fika"), VIEW_LINES_MAX);
}

/* And down again: each line is seen in its place, down to the newest and those that come. */
static void paging_down_shows_every_line(void **state)
{
    (void)state;
    begin_with(5000);
    for (int i = 0; i < 1000 && number_at(1) != 1; i++)
        turn(1);
    uint64_t top = number_at(1);
    say_number(VIA_LINK, 5001);
    stored_count = 5001;
    paint();
    assert_int_equal(number_at(1), top);
    view_paint(view, cells, 80, HEIGHT);
    assert_non_null(strstr(row_of(HEIGHT - 1, 80), "more below"));
    paint();
    uint64_t last = number_at(BOTTOM), pages = 0;
    for (int i = 0; i < 1000 && last < 5000; i++) {
        pages += turn(-1);
        uint64_t now = number_at(BOTTOM);
        assert_true(now >= last && now <= last + BOTTOM + 1);
        for (int y = 2; y <= BOTTOM && now < 5000; y++)
            assert_int_equal(number_at(y), number_at(1) + (uint64_t)y - 1);
        last = now;
    }
    assert_true(pages >= 3000 / 200 && pages <= 5000 / 200);
    for (int i = 0; i < 3; i++)
        turn(-1);
    assert_int_equal(number_at(BOTTOM), 5001);
    assert_string_equal(row(BOTTOM - 1), "---- new ------------------------------");
    say_number(VIA_LINK, 5002);
    paint();
    assert_int_equal(number_at(BOTTOM), 5002); /* it follows */
    view_paint(view, cells, 80, HEIGHT);
    assert_null(strstr(row_of(HEIGHT - 1, 80), "more below"));
}

/* The end that was let go is loaded anew for who goes there at once. */
static void the_newest_come_back_at_the_end(void **state)
{
    (void)state;
    begin_with(5000);
    for (int i = 0; i < 400; i++)
        turn(1);
    uint64_t top = number_at(1);
    say_number(VIA_LINK, 5001);
    stored_count = 5001;
    paint();
    assert_int_equal(number_at(1), top);
    view_paint(view, cells, 80, HEIGHT);
    assert_non_null(strstr(row_of(HEIGHT - 1, 80), "3,601 more below"));
    view_follow(view);
    turn(0);
    assert_int_equal(number_at(BOTTOM), 5001);
    assert_int_equal(number_at(0), 4993); /* what came meanwhile has a mark above it */
    assert_string_equal(row(BOTTOM - 1), "---- new ------------------------------");
    assert_int_equal(view_count(view, "#fika"), 200);
    say_number(VIA_LINK, 5002);
    paint();
    assert_int_equal(number_at(BOTTOM), 5002);
}

static void typing_leads_back_to_the_newest(void **state)
{
    (void)state;
    struct request request;
    begin_with(3000);
    for (int i = 0; i < 300; i++)
        turn(1);
    view_note(view, "a word meanwhile", false, 0);
    view_follow(view);
    assert_true(view_wants(view, &request));
    assert_true(request.lamport == UINT64_MAX);
    assert_int_equal(request.count, 200);
    assert_false(view_wants(view, &request));
    say_own(3001, 0, "said just now"); /* shown before the page that has it */
    answer(&request);
    say_own(3001, 0, "said just now");
    paint();
    assert_int_equal(number_at(BOTTOM - 2), 3000);
    assert_string_equal(row(BOTTOM - 1), "-- a word meanwhile");
    assert_string_equal(row(BOTTOM), "\u2026  <me> said just now");
    assert_false(view_wants(view, &request));
}

/* An older page that is still on its way does not end up below the newest. */
static void pages_that_cross_are_taken_one_by_one(void **state)
{
    (void)state;
    struct request older, newest;
    begin_with(5000);
    for (int i = 0; i < 300; i++)
        turn(1);
    do
        view_scroll(view, 1);
    while (!view_wants(view, &older));
    view_follow(view);
    assert_false(view_wants(view, &newest));
    answer(&older);
    assert_true(view_wants(view, &newest));
    answer(&newest);
    paint();
    assert_int_equal(number_at(BOTTOM), 5000);
    assert_int_equal(view_count(view, "#fika"), 200);
    view_scroll(view, 25);
    assert_true(view_wants(view, &older));
    assert_int_equal(older.lamport, 4801);
}

/* What was said long ago and came late stands above stored lines that are not loaded yet. */
static void late_lines_leave_no_hole(void **state)
{
    (void)state;
    begin_with(1000);
    struct show late = message(VIA_HISTORY, 500, 0, "late");
    view_show(view, &late, 0);
    paint();
    for (int i = 0; i < 200 && number_at(0) != 495; i++)
        if (turn(1) && number_at(0) > 500)
            assert_int_equal(number_at(BOTTOM), number_at(0) + BOTTOM);
    for (uint64_t i = 0; number_at(0) != 495 && i < 20; i++)
        turn(-1);
    while (number_at(0) < 495)
        turn(-1);
    int y = 0;
    while (y < BOTTOM && strstr(row(y), "late") == NULL)
        y++;
    assert_true(y < BOTTOM && y > 0);
    assert_int_equal(number_at(y - 1), 499);
    assert_int_equal(number_at(y + 1), 500);
}

/* The rows on the screen stay the same while pages come above and lines below. */
static void nothing_moves_under_the_reader(void **state)
{
    (void)state;
    static struct cell before[WIDTH * (HEIGHT - 2)]; /* in the last row, what is new is counted */
    struct request request;
    begin_with(4000);
    for (int i = 0; i < 250; i++) {
        view_scroll(view, 1);
        bool asked = view_wants(view, &request);
        paint();
        memcpy(before, cells, sizeof before);
        if (asked)
            answer(&request);
        say_number(VIA_LINK, stored_count + 1);
        stored_count++;
        view_note(view, "a word", false, 0);
        paint();
        assert_memory_equal(before, cells, sizeof before);
        assert_true(view_count(view, "#fika") <= VIEW_LINES_MAX);
    }
}

/* ---- jumps ---- */

static void a_jump_shows_the_line_in_its_place(void **state)
{
    (void)state;
    static const uint64_t places[] = {500000, 999000, 250, 3, 1, 1000000, 999996, 250};
    begin_with(1000000);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        jump(places[i]);
        int pages = serve_all();
        assert_true(pages <= 2);
        int y = marked_row();
        assert_true(y >= 0);
        assert_int_equal(number_at(y), places[i]);
        bool in_the_middle = places[i] > 5 && places[i] < 999990;
        if (in_the_middle)
            assert_true(y == BOTTOM / 2 || y == BOTTOM / 2 + 1);
        for (int row = 1; row <= BOTTOM; row++)
            if (number_at(row - 1) != 0)
                assert_int_equal(number_at(row), number_at(row - 1) + 1);
        assert_true(view_count(view, "#fika") <= VIEW_LINES_MAX);
    }
    view_look_up(view);
    paint();
    assert_int_equal(marked_row(), -1);
    view_follow(view);
    assert_int_equal(serve_all(), 1);
    assert_int_equal(number_at(BOTTOM), 1000000);
}

/* What is there needs nobody. */
static void a_jump_to_what_is_held_asks_for_nothing(void **state)
{
    (void)state;
    begin_with(1000);
    for (int i = 0; i < 40; i++)
        turn(1);
    view_follow(view);
    jump(900);
    assert_int_equal(serve_all(), 0);
    assert_int_equal(number_at(marked_row()), 900);
    jump(998);
    assert_int_equal(serve_all(), 0);
    assert_int_equal(number_at(BOTTOM), 1000);
    say_number(VIA_LINK, 1001);
    view_follow(view);
    paint();
    assert_int_equal(number_at(BOTTOM), 1001);
}

/* From a jump on, both ways, with lines that come meanwhile. */
static void around_a_jump_both_ways_go_on(void **state)
{
    (void)state;
    begin_with(3000);
    jump(1500);
    serve_all();
    view_look_up(view);
    say_number(VIA_LINK, 3001);
    stored_count = 3001;
    uint64_t top = number_at(0);
    for (int i = 0; i < 60; i++) {
        turn(1);
        assert_true(number_at(0) <= top && number_at(0) + BOTTOM >= top);
        assert_int_equal(number_at(BOTTOM), number_at(0) + BOTTOM);
        top = number_at(0);
    }
    assert_true(top < 1000);
    uint64_t last = number_at(BOTTOM);
    for (int i = 0; i < 300 && last < 3000; i++) {
        turn(-1);
        assert_true(number_at(BOTTOM) >= last && number_at(BOTTOM) <= last + BOTTOM + 1);
        last = number_at(BOTTOM);
    }
    turn(-1);
    turn(-1);
    assert_int_equal(number_at(BOTTOM), 3001);
    say_number(VIA_LINK, 3002);
    paint();
    assert_int_equal(number_at(BOTTOM), 3002);
    assert_int_equal(number_at(BOTTOM - 1), 3001);
}

static void a_jump_given_up_leads_to_the_newest(void **state)
{
    (void)state;
    struct request request, newest;
    begin_with(3000);
    jump(1000);
    assert_true(view_wants(view, &request));
    assert_true(request.after);
    view_follow(view);
    answer(&request);
    assert_true(view_wants(view, &newest));
    assert_false(newest.after);
    assert_true(newest.lamport == UINT64_MAX);
    answer(&newest);
    paint();
    assert_int_equal(number_at(BOTTOM), 3000);
    assert_int_equal(marked_row(), -1);
    jump(1000); /* and one that is overtaken by another */
    assert_true(view_wants(view, &request));
    jump(2000);
    answer(&request);
    serve_all();
    assert_int_equal(number_at(marked_row()), 2000);
}

/* The line is gone, or all below it is: what is next to it is shown, and nothing breaks. */
static void a_jump_to_nowhere_is_harmless(void **state)
{
    (void)state;
    begin_with(300);
    jump(5000);
    serve_all();
    assert_int_equal(number_at(BOTTOM), 300);
    struct channel_name other = {"#other"};
    struct place place = {.lamport = 1, .seq = 1};
    assert_false(view_jump(view, &other, &place));
    struct channel_name none = {""};
    assert_false(view_jump(view, &none, &place));
    jump(50);
    struct request request;
    assert_true(view_wants(view, &request));
    view_clear(view);
    answer(&request);
    paint();
    view_follow(view);
    serve_all();
    assert_int_equal(number_at(BOTTOM), 300);
}

/* A page that holds more than the window may: what does not fit is left for the next. */
static void huge_pages_downwards_leave_no_hole(void **state)
{
    (void)state;
    struct request request;
    char *text = malloc(LIMIT_TEXT + 1);
    memset(text, '\xFF', LIMIT_TEXT);
    text[LIMIT_TEXT] = '\0';
    begin_with(5000);
    jump(1);
    uint64_t from = 1;
    for (int i = 0; i < 40; i++) {
        if (!view_wants(view, &request)) {
            view_scroll(view, -100000);
            continue;
        }
        if (!request.after) {
            struct show page = {.kind = SHOW_PAGE, .channel = {"#fika"}};
            view_show(view, &page, 0);
            continue;
        }
        uint64_t now = request.lamport + (request.seq >= request.lamport);
        assert_true(now >= from && now <= from + VIEW_BYTES_MAX / (3 * LIMIT_TEXT));
        from = now;
        for (uint64_t j = from; j < from + 500; j++)
            say(VIA_STORED, j, text);
        struct show page = {.kind = SHOW_PAGE, .channel = {"#fika"}, .n = 500, .up = true};
        view_show(view, &page, 0);
        assert_true(view_count(view, "#fika") <= VIEW_BYTES_MAX / (3 * LIMIT_TEXT));
        paint();
    }
    assert_true(from > 400);
    free(text);
}

static void huge_lines_are_bounded_both_ways(void **state)
{
    (void)state;
    struct request request;
    char *text = malloc(LIMIT_TEXT + 1);
    memset(text, '\xFF', LIMIT_TEXT);
    text[LIMIT_TEXT] = '\0';
    for (uint64_t i = 900; i < 1000; i++)
        say(VIA_STORED, i, text);
    paint();
    for (int i = 0; i < 20; i++) {
        view_scroll(view, 10000);
        if (!view_wants(view, &request))
            continue;
        for (uint64_t j = request.lamport - 20; j < request.lamport; j++)
            say(VIA_STORED, j, text);
        struct show page = {.kind = SHOW_PAGE, .channel = {"#fika"}, .n = 20, .up = true};
        view_show(view, &page, 0);
        assert_true(view_count(view, "#fika") <= VIEW_BYTES_MAX / (3 * LIMIT_TEXT));
        paint();
    }
    assert_true(request.lamport < 800);
    free(text);
}

static void stored_lines_are_no_news(void **state)
{
    (void)state;
    struct show show = message(VIA_STORED, 1, 1, "x");
    strcpy(show.channel.text, "#other");
    view_show(view, &show, 0);
    assert_int_equal(view_unread(view, "#other"), 0);
    show.via = VIA_HISTORY;
    show.seq = 2;
    view_show(view, &show, 0);
    assert_int_equal(view_unread(view, "#other"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(own_lines_say_who_holds_them),
        TEST(only_own_entries_are_marked),
        TEST(a_mark_that_changes_moves_nothing),
        TEST(late_lines_are_marked_and_stored_ones_not),
        TEST(what_comes_in_one_go_is_not_late),
        TEST(adrift_and_liars_are_marked),
        TEST(a_line_is_there_once),
        TEST(taken_back_lines_lose_their_text),
        TEST(edited_lines_say_so),
        TEST(signs_stand_behind_a_line),
        TEST(a_gap_stands_above_what_follows_it),
        TEST(a_gap_is_shown_where_it_is_or_not_at_all),
        TEST(filling_a_gap_moves_nothing_below_it),
        TEST(what_is_coming_is_said_in_the_status),
        TEST(a_page_is_asked_for_once_near_the_top),
        TEST(a_short_window_is_filled_by_page_up),
        TEST(paging_up_shows_every_line),
        TEST(paging_down_shows_every_line),
        TEST(the_newest_come_back_at_the_end),
        TEST(a_jump_shows_the_line_in_its_place),
        TEST(a_jump_to_what_is_held_asks_for_nothing),
        TEST(around_a_jump_both_ways_go_on),
        TEST(a_jump_given_up_leads_to_the_newest),
        TEST(a_jump_to_nowhere_is_harmless),
        TEST(huge_pages_downwards_leave_no_hole),
        TEST(typing_leads_back_to_the_newest),
        TEST(pages_that_cross_are_taken_one_by_one),
        TEST(late_lines_leave_no_hole),
        TEST(nothing_moves_under_the_reader),
        TEST(huge_lines_are_bounded_both_ways),
        TEST(stored_lines_are_no_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
