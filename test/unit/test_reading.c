/* Where a reader is: what is new, where he left off, who is who, which channel he goes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/view.h"

#define WIDTH 60
#define DAY   ((uint64_t)86400000)
#define NOON  ((uint64_t)1700049600000) /* Wed 15 Nov 2023 12:00 UTC */

static struct view *view;
static struct cell cells[200 * 60];
static uint64_t lamport;
static int width, height;

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void current(const char *channel)
{
    struct show show = {.kind = SHOW_CURRENT, .text = bytes_of("#fika\n#other\n#third")};
    strcpy(show.channel.text, channel);
    view_show(view, &show, NOON);
}

static int setup(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    lamport = 0;
    view = view_new();
    struct show show = {
        .kind = SHOW_STATUS, .nick = {"ada"}, .id = {{9}}, .a = bytes_of("eth0, lo")};
    view_show(view, &show, NOON);
    current("#fika");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

static void say_at(const char *channel, uint8_t author, const char *nick, const char *text,
                   uint64_t wall_ms)
{
    struct show show = {.kind = SHOW_MESSAGE, .text = bytes_of(text), .wall_ms = wall_ms};
    strcpy(show.channel.text, channel);
    strcpy(show.nick.text, nick);
    show.id.b[0] = author;
    show.own = author == 9;
    show.lamport = show.seq = ++lamport;
    view_show(view, &show, wall_ms);
}

static void say(const char *channel, const char *text)
{
    say_at(channel, 1, "bo", text, NOON);
}

static void member(uint8_t who, const char *nick, bool up)
{
    struct show show = {.kind = SHOW_MEMBER, .channel = {"#fika"}, .up = up};
    strcpy(show.nick.text, nick);
    show.id.b[0] = who;
    view_show(view, &show, NOON);
}

static void paint(int columns, int rows)
{
    width = columns;
    height = rows;
    view_paint(view, cells, width, height);
}

static const char *row(int y)
{
    static char text[200 * CELL_BYTES + 1];
    size_t size = 0;
    for (int x = 0; x < width; x++) {
        memcpy(text + size, cells[y * width + x].text, cells[y * width + x].size);
        size += cells[y * width + x].size;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    text[size] = '\0';
    return text;
}

/* The row that holds this, -1 for none. */
static int find(const char *text)
{
    for (int y = 0; y < height; y++)
        if (strstr(row(y), text) != NULL)
            return y;
    return -1;
}

static const struct cell *cell_of(const char *text)
{
    int y = find(text);
    assert_true(y >= 0);
    for (int x = 0; x < width; x++)
        if (cells[y * width + x].text[0] == text[0])
            return &cells[y * width + x];
    return NULL;
}

/* ---- the unread line ---- */

static void the_mark_stands_where_the_reader_left_off(void **state)
{
    (void)state;
    say("#fika", "seen");
    current("#other");
    say("#fika", "one");
    say("#fika", "two");
    assert_int_equal(view_unread(view, "#fika"), 2);
    current("#fika");
    assert_int_equal(view_unread(view, "#fika"), 0);
    paint(WIDTH, 12);
    int mark = find("---- new ---");
    assert_int_equal(find("> seen"), mark - 1);
    assert_int_equal(find("> one"), mark + 1);
    say("#fika", "three"); /* it stays while the reader is there */
    paint(WIDTH, 12);
    assert_int_equal(find("> one"), find("---- new ---") + 1);
    assert_int_equal(cells[find("---- new ---") * WIDTH].style, STYLE_BOLD);
    say_at("#fika", 9, "ada", "mine", NOON); /* who answers has read */
    paint(WIDTH, 12);
    assert_int_equal(find("---- new"), -1);
}

static void the_mark_goes_with_who_has_seen_all(void **state)
{
    (void)state;
    say("#fika", "seen");
    current("#other");
    say("#fika", "one");
    current("#fika");
    current("#other");
    current("#fika");
    paint(WIDTH, 12);
    assert_int_equal(find("---- new"), -1);
}

static void a_terminal_without_the_readers_eyes_is_left(void **state)
{
    (void)state;
    say("#fika", "seen");
    view_focus(view, false);
    paint(WIDTH, 12);
    say("#fika", "one");
    say("#fika", "two");
    paint(WIDTH, 12);
    assert_int_equal(view_unread(view, "#fika"), 2);
    view_focus(view, true);
    assert_int_equal(view_unread(view, "#fika"), 0);
    paint(WIDTH, 12);
    assert_int_equal(find("> one"), find("---- new ---") + 1);
    view_focus(view, false); /* nothing came: the mark is not taken away */
    view_focus(view, true);
    paint(WIDTH, 12);
    assert_int_equal(find("> one"), find("---- new ---") + 1);
    view_focus(view, false);
    say("#fika", "three");
    paint(WIDTH, 12);
    assert_int_equal(find("> three"), find("---- new ---") + 1);
}

/* Catching up brings the newest first. */
static void the_mark_moves_up_to_the_first_of_what_is_new(void **state)
{
    (void)state;
    lamport = 9;
    say("#fika", "seen");
    current("#other");
    lamport = 30;
    say("#fika", "newest");
    lamport = 20;
    say("#fika", "older");
    lamport = 4;
    say("#fika", "late");
    current("#fika");
    paint(WIDTH, 12);
    assert_int_equal(find("> older"), find("---- new ---") + 1);
    assert_int_equal(view_unread(view, "#fika"), 0);
}

static void new_lines_below_are_counted_and_lead_back(void **state)
{
    (void)state;
    char text[16];
    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof text, "n%02d", i);
        say("#fika", text);
    }
    paint(WIDTH, 12);
    view_scroll_lines(view, 3);
    paint(WIDTH, 12);
    assert_int_equal(find("n36"), 10);
    assert_int_equal(find("new below"), -1);
    say("#fika", "fresh");
    say("#fika", "ada: fresh");
    paint(WIDTH, 12);
    assert_int_equal(find("n36"), 10);
    assert_int_equal(find("2 new below"), 10);
    struct view_hit hit = view_click(view, WIDTH - 3, 10);
    assert_int_equal(hit.kind, HIT_NEW);
    paint(WIDTH, 12);
    assert_int_equal(find("ada: fresh"), 10);
    assert_int_equal(find("> fresh"), find("---- new") + 1);
    assert_int_equal(view_unread(view, "#fika"), 0);
    view_top(view);
    paint(WIDTH, 12);
    assert_true(find("n00") >= 0);
}

static void days_are_parted(void **state)
{
    (void)state;
    say_at("#fika", 1, "bo", "today", NOON);
    say_at("#fika", 1, "bo", "later", NOON + 3600000);
    say_at("#fika", 1, "bo", "tomorrow", NOON + DAY);
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"bo"}};
    show.lamport = show.seq = ++lamport;
    show.text = bytes_of("far off");
    show.id.b[0] = 1;
    show.wall_ms = NOON + 3000 * DAY;
    view_show(view, &show, NOON + DAY);
    paint(WIDTH, 12);
    assert_int_equal(find("> today"), find("---- Wed 15 Nov 2023 ----") + 1);
    assert_int_equal(find("> tomorrow"), find("---- Thu 16 Nov 2023 ----") + 1);
    assert_int_equal(find("> far off"), find("> tomorrow") + 1);
}

/* ---- who is who ---- */

static void mentions_are_seen_and_counted(void **state)
{
    (void)state;
    say("#fika", "hello Ada, how are you?");
    say("#fika", "canada");
    paint(WIDTH, 12);
    assert_true(find("12:00 ! <bo> hello Ada") >= 0);
    assert_true(find("12:00 <bo> canada") >= 0);
    const struct cell *word = cell_of("Ada");
    assert_int_equal(word->colour, COLOUR_MENTION);
    assert_int_equal(word->style, STYLE_BOLD);
    say("#other", "ADA");
    say("#other", "and so on");
    assert_int_equal(view_mentions(view, "#other"), 1);
    paint(80, 12);
    assert_true(find("#other 2 !1") >= 0);
    current("#other");
    assert_int_equal(view_mentions(view, "#other"), 0);
}

static void namesake(uint8_t author, uint8_t other, const char *nick, uint64_t met_ms, bool news)
{
    struct show show = {.kind = SHOW_NAMESAKE, .channel = {"#fika"}, .n = met_ms, .up = news};
    show.id.b[0] = author;
    show.who.b[0] = other;
    snprintf(show.nick.text, sizeof show.nick.text, "%s", nick);
    view_show(view, &show, NOON);
}

/* Of whom nothing is loaded, and who is not here. */
static void a_nick_that_was_anothers_is_told(void **state)
{
    (void)state;
    namesake(2, 1, "Bo", NOON - 700 * DAY, false);
    say_at("#fika", 2, "Bo", "one of two", NOON);
    paint(100, 12);
    assert_true(find("<Bo 0200> one of two") >= 0);
    assert_true(find("is not the") < 0);
    namesake(3, 4, "cy", 0, true);
    say_at("#fika", 3, "cy", "another", NOON);
    paint(100, 12);
    assert_int_equal(find("this cy (03000000) is another than cy (04000000)") + 1,
                     find("<cy 0300> another"));
}

static void one_nick_of_two_is_told_apart(void **state)
{
    (void)state;
    say_at("#fika", 1, "bo", "I am bo", NOON - DAY);
    paint(WIDTH, 12);
    assert_true(find("<bo> I am bo") >= 0);
    namesake(2, 1, "Bo", NOON - DAY, true);
    say_at("#fika", 2, "Bo", "so am I", NOON);
    paint(100, 12);
    assert_true(find("<bo 0100> I am bo") >= 0);
    assert_true(find("<Bo 0200> so am I") >= 0);
    assert_true(find("this Bo (02000000) is not the Bo of Tue 14 Nov 2023 12:00 (01000000)") >= 0);
    say_at("#fika", 2, "Bo", "again", NOON);
    say_at("#fika", 3, "cy", "nobody else", NOON);
    paint(100, 12);
    assert_true(find("<cy> nobody else") >= 0);
    int said = 0;
    for (int y = 0; y < height; y++)
        said += strstr(row(y), "is not the") != NULL;
    assert_int_equal(said, 1);
}

static void comings_and_goings_are_one_line(void **state)
{
    (void)state;
    member(1, "anna", true);
    member(2, "bo", true);
    paint(WIDTH, 6);
    assert_true(find("-- anna, bo came") >= 0);
    member(3, "p", true);
    member(4, "q", true);
    member(5, "r", true);
    member(6, "s", true);
    member(1, "anna", false);
    member(8, "cy", false);
    paint(WIDTH, 6);
    assert_true(find("-- bo, p +3 came; cy went; anna came and went") >= 0);
    say("#fika", "hi");
    member(2, "bo", false);
    member(2, "bo", true);
    paint(WIDTH, 6);
    assert_true(find("-- bo came back") > find("<bo> hi"));
}

static void link_to(uint8_t who, const char *nick, bool up)
{
    struct show show = {.kind = SHOW_LINK, .up = up};
    strcpy(show.nick.text, nick);
    show.id.b[0] = who;
    view_show(view, &show, NOON);
}

static int count_rows(const char *text)
{
    int count = 0;
    for (int y = 0; y < height; y++)
        count += strstr(row(y), text) != NULL;
    return count;
}

static void a_link_beside_a_member_is_one_line(void **state)
{
    (void)state;
    link_to(1, "bo", true);
    link_to(2, "cy", true);
    member(1, "bo", true);
    paint(WIDTH, 12);
    assert_int_equal(count_rows("-- bo"), 1);
    assert_true(find("-- bo came") >= 0);
    assert_true(find("-- cy is here") >= 0); /* who takes no channel of ours */
    member(1, "bo", false);
    link_to(1, "bo", false);
    paint(WIDTH, 12);
    assert_int_equal(find("bo is gone"), -1);
    assert_true(find("-- bo came and went") >= 0);
    link_to(2, "cy", false);
    paint(WIDTH, 12);
    assert_true(find("-- cy is gone") >= 0);
    say("#fika", "hello");
    link_to(3, "dan", true);
    say("#fika", "and on");
    member(3, "dan", true); /* something was said since: nothing moves */
    paint(WIDTH, 12);
    assert_int_equal(count_rows("-- dan"), 2);
}

static void signs_look_like_what_they_mean(void **state)
{
    (void)state;
    say("#fika", "a *fat* word, see http://a.b/c. `x`");
    paint(WIDTH, 6);
    assert_true(find("a *fat* word, see http://a.b/c. `x`") >= 0);
    assert_int_equal(cell_of("*fat*")->style, STYLE_BOLD);
    assert_int_equal(cell_of("http")->style, STYLE_UNDERLINE);
    assert_int_equal(cell_of("http")->colour, COLOUR_LINK);
    assert_int_equal(cell_of("`x`")->colour, COLOUR_CODE);
    view_plain(view);
    assert_true(view_changed(view));
    paint(WIDTH, 6);
    static const char *const parts[] = {"*fat*", "http", "`x`"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_int_equal(cell_of(parts[i])->style, STYLE_PLAIN);
        assert_int_equal(cell_of(parts[i])->colour, COLOUR_NONE);
    }
    assert_true(find("plain text") >= 0);
    current("#other"); /* everywhere */
    say("#other", "*here* too");
    paint(WIDTH, 6);
    assert_int_equal(cell_of("*here*")->style, STYLE_PLAIN);
    view_plain(view);
    paint(WIDTH, 6);
    assert_int_equal(cell_of("*here*")->style, STYLE_BOLD);
}

/* ---- moving ---- */

static void expect_wish(const char *name)
{
    struct request request;
    assert_true(view_wishes(view));
    assert_true(view_wants(view, &request));
    assert_int_equal(request.kind, REQUEST_CHANNEL);
    assert_string_equal(request.channel.text, name);
    assert_false(view_wishes(view));
    current(name);
    struct show told = {.kind = SHOW_TOLD, .told = TOLD_WRITING, .a = bytes_of(name)};
    size_t lines = view_count(view, name);
    view_show(view, &told, NOON); /* which says nothing new */
    assert_int_equal(view_count(view, name), lines);
}

/* Keys come faster than the node's answers. */
static void channels_are_stepped_through_quickly(void **state)
{
    (void)state;
    struct request request;
    const char *const steps[] = {"#other", "#third"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(view_step(view, 1));
        assert_true(view_wants(view, &request));
        assert_string_equal(request.channel.text, steps[i]);
    }
    assert_false(view_go(view, 3)); /* one is on the way there */
    for (size_t i = 0; i < 2; i++) {
        struct show told = {.kind = SHOW_TOLD, .told = TOLD_WRITING, .a = bytes_of(steps[i])};
        current(steps[i]);
        size_t lines = view_count(view, steps[i]);
        view_show(view, &told, NOON);
        assert_int_equal(view_count(view, steps[i]), lines);
    }
    assert_true(view_step(view, 1));
    expect_wish("#fika");
}

static void channels_are_wished_for(void **state)
{
    (void)state;
    assert_true(view_go(view, 2));
    expect_wish("#other");
    assert_false(view_go(view, 2));
    assert_false(view_go(view, 0));
    assert_false(view_go(view, 4));
    assert_true(view_step(view, 1));
    assert_true(view_step(view, 1)); /* before the node has answered */
    expect_wish("#fika");
    assert_true(view_step(view, -1));
    expect_wish("#third");
    assert_true(view_find(view, "OT"));
    expect_wish("#other");
    assert_true(view_find(view, "ka"));
    expect_wish("#fika");
    assert_false(view_find(view, "nothing like it"));
    assert_false(view_next_new(view));
    say("#other", "x");
    say("#third", "ada: x");
    assert_true(view_next_new(view));
    expect_wish("#third");
    assert_true(view_next_new(view));
    expect_wish("#other");
    assert_string_equal(view_channel_at(view, 1), "#fika");
    assert_null(view_channel_at(view, 4));
}

static void panels_come_with_room_and_by_wish(void **state)
{
    (void)state;
    member(1, "bo", true);
    say("#other", "ada: x");
    say("#other", "y");
    paint(120, 10);
    assert_memory_equal(row(0), ">#fika", 6);
    assert_memory_equal(row(1), " #other      2 !1", 17);
    assert_non_null(strstr(row(0), " 2 here"));
    assert_non_null(strstr(row(1), " ada"));
    assert_non_null(strstr(row(2), " bo"));
    assert_int_equal(view_click(view, 104, 2).kind, HIT_NICK);
    assert_string_equal(view_click(view, 104, 2).name, "bo");
    assert_int_equal(view_click(view, 3, 1).kind, HIT_CHANNEL);
    expect_wish("#other");
    current("#fika");
    paint(80, 10);
    assert_int_equal(find(">#fika"), -1);
    view_toggle(view, VIEW_CHANNELS);
    paint(80, 10);
    assert_int_equal(find(">#fika"), 0);
    assert_int_equal(find("2 here"), -1);
    assert_null(
        view_toggle(view, VIEW_MEMBERS)); /* no room for both is no reason to hide this one */
    paint(40, 10);
    assert_int_equal(find(">#fika"), -1);
    assert_string_equal(view_toggle(view, VIEW_CHANNELS),
                        "this window is too narrow for that; it comes when it is wider");
    paint(120, 10);
    view_toggle(view, VIEW_CHANNELS);
    paint(120, 10);
    assert_int_equal(find(">#fika"), -1);
    assert_true(find("2 here") >= 0);
}

/* What stands in a column, in each row of the lines; '*' where that differs. */
static char down(int x)
{
    char first = cells[x].text[0];
    for (int y = 1; y < height - 1; y++)
        if (cells[y * width + x].text[0] != first)
            return '*';
    return first;
}

static void dividers_are_dragged(void **state)
{
    (void)state;
    const char bar = "\u2502"[0];
    member(1, "bo", true);
    paint(120, 10);
    assert_int_equal(down(17), bar);
    assert_int_equal(down(102), bar);
    struct view_hit hit = view_click(view, 17, 4);
    assert_int_equal(hit.kind, HIT_DIVIDER);
    assert_int_equal(hit.panel, VIEW_CHANNELS);
    assert_int_equal(view_click(view, 17, 9).kind, HIT_NOTHING); /* the status */
    assert_int_equal(view_click(view, 16, 4).kind, HIT_NOTHING);
    view_drag(view, VIEW_CHANNELS, 25);
    paint(120, 10);
    assert_int_equal(down(25), bar);
    assert_int_equal(down(102), bar);
    assert_int_equal(view_columns(view, VIEW_CHANNELS), 25);
    view_drag(view, VIEW_MEMBERS, 90);
    paint(120, 10);
    assert_int_equal(down(90), bar);
    assert_int_equal(view_click(view, 90, 0).panel, VIEW_MEMBERS);
    assert_int_equal(view_columns(view, VIEW_MEMBERS), 29);
    view_drag(view, VIEW_CHANNELS, -1); /* not out of sight */
    paint(120, 10);
    assert_int_equal(down(8), bar);
    view_drag(view, VIEW_CHANNELS, 119); /* and the lines keep room */
    paint(120, 10);
    assert_int_equal(view_columns(view, VIEW_CHANNELS), 59);
    assert_int_equal(down(59), bar);
    assert_int_equal(down(90), bar);
    view_set_columns(view, VIEW_CHANNELS, 1000);
    assert_int_equal(view_columns(view, VIEW_CHANNELS), VIEW_PANEL_MOST);
}

/* Where there is less room the panels are narrower than was wanted, or hidden, and come back. */
static void wide_panels_leave_room_for_lines(void **state)
{
    (void)state;
    const char bar = "\u2502"[0];
    view_set_columns(view, VIEW_CHANNELS, 60);
    view_set_columns(view, VIEW_MEMBERS, 60);
    paint(120, 10);
    assert_int_equal(down(60), bar);
    assert_int_equal(down(91), bar);
    paint(88, 10);
    assert_int_equal(down(57), bar);
    paint(80, 10);
    for (int x = 0; x < 80; x++)
        assert_int_not_equal(down(x), bar);
    view_drag(view, VIEW_CHANNELS, 20); /* what is hidden is not dragged */
    assert_int_equal(view_columns(view, VIEW_CHANNELS), 60);
    paint(200, 10);
    assert_int_equal(down(60), bar);
    assert_int_equal(down(139), bar);
    paint(1, 1);
}

static void a_nick_can_be_clicked(void **state)
{
    (void)state;
    say("#fika", "hi");
    paint(WIDTH, 6);
    int y = find("<bo> hi");
    assert_int_equal(view_click(view, 8, y).kind, HIT_NICK);
    assert_string_equal(view_click(view, 8, y).name, "bo");
    assert_int_equal(view_click(view, 12, y).kind, HIT_NOTHING);
}

static void the_status_says_where_it_looks(void **state)
{
    (void)state;
    paint(80, 4);
    assert_true(find(" ada  #fika  looking on eth0, lo: nobody yet") == 3);
    struct show show = {.kind = SHOW_STATUS, .nick = {"ada"}, .n = 2, .id = {{9}}};
    view_show(view, &show, NOON);
    paint(80, 4);
    assert_true(find(" ada  #fika  2 links") == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(the_mark_stands_where_the_reader_left_off),
        TEST(the_mark_goes_with_who_has_seen_all),
        TEST(a_terminal_without_the_readers_eyes_is_left),
        TEST(the_mark_moves_up_to_the_first_of_what_is_new),
        TEST(new_lines_below_are_counted_and_lead_back),
        TEST(days_are_parted),
        TEST(mentions_are_seen_and_counted),
        TEST(one_nick_of_two_is_told_apart),
        TEST(a_nick_that_was_anothers_is_told),
        TEST(comings_and_goings_are_one_line),
        TEST(signs_look_like_what_they_mean),
        TEST(channels_are_wished_for),
        TEST(channels_are_stepped_through_quickly),
        TEST(panels_come_with_room_and_by_wish),
        TEST(dividers_are_dragged),
        TEST(wide_panels_leave_room_for_lines),
        TEST(a_link_beside_a_member_is_one_line),
        TEST(a_nick_can_be_clicked),
        TEST(the_status_says_where_it_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
