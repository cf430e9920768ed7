/* The view and what the reader wants to be told of: muted channels, watched words, counts for the
 * title; the first minute; errors that come where he does not look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "ui/heed.h"
#include "ui/title.h"
#include "ui/view.h"

#define WIDTH  100
#define HEIGHT 12

static struct view *view;
static struct heed heed;
static struct cell cells[WIDTH * 30];

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static void status(const char *addresses, const char *looking)
{
    struct show show = {.kind = SHOW_STATUS, .nick = {"ada"}, .port = 23452};
    show.id.b[0] = 9;
    show.text = bytes_of(addresses);
    show.a = bytes_of(looking);
    view_show(view, &show, 0);
}

static int setup(void **state)
{
    (void)state;
    struct show show = {.kind = SHOW_CURRENT, .channel = {"#fika"}};
    memset(&heed, 0, sizeof heed);
    view = view_new();
    view_heed(view, &heed);
    show.text = bytes_of("#fika\n#tea");
    view_show(view, &show, 0);
    status("192.0.2.2\nfd00::2\nfe80::1%eth0", "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

static void say(const char *channel, uint64_t lamport, const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE, .lamport = lamport, .seq = 1, .nick = {"bo"}};
    snprintf(show.channel.text, sizeof show.channel.text, "%s", channel);
    show.id.b[0] = 1;
    show.text = bytes_of(text);
    view_show(view, &show, 0);
}

static void paint(int width, int height)
{
    memset(cells, 0xEE, sizeof cells);
    view_paint(view, cells, width, height);
}

static const char *row(int y, int width)
{
    static char text[WIDTH * CELL_BYTES + 1];
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

static const char *screen(int width, int height)
{
    static char text[HEIGHT * (WIDTH * CELL_BYTES + 2)];
    text[0] = '\0';
    for (int y = 0; y < height; y++) {
        strcat(text, row(y, width));
        strcat(text, "\n");
    }
    return text;
}

static void a_watched_word_is_a_mention(void **state)
{
    (void)state;
    say("#tea", 1, "the kettle");
    assert_int_equal(view_mentions(view, "#tea"), 0);
    heed_watch(&heed, bytes_of("kettle"));
    view_heed(view, &heed);
    say("#tea", 2, "a Kettle!");
    say("#tea", 3, "ada?");
    say("#tea", 4, "kettles");
    assert_int_equal(view_mentions(view, "#tea"), 2);
    assert_true(view_names(view, bytes_of("a kettle")));
    assert_false(view_names(view, bytes_of("a pot")));
    say("#fika", 5, "one kettle");
    paint(60, 6);
    assert_non_null(strstr(screen(60, 6), "! <bo> one kettle"));
    int bold = 0;
    for (int x = 0; x < 60; x++)
        bold += (cells[4 * 60 + x].style & STYLE_BOLD) != 0 && cells[4 * 60 + x].text[0] != ' ';
    assert_int_equal(bold, 7); /* the mark and the word */
}

static void muted_channels_have_a_dot(void **state)
{
    (void)state;
    size_t mentions;
    char title[TITLE_ROOM];
    say("#tea", 1, "ada!");
    assert_int_equal(view_unread_all(view, &mentions), 1);
    assert_int_equal(mentions, 1);
    paint(WIDTH, HEIGHT);
    assert_non_null(strstr(screen(WIDTH, HEIGHT), " #tea        1 !1"));
    heed_set_muted(&heed, "#tea", true);
    view_heed(view, &heed);
    assert_int_equal(view_unread_all(view, &mentions), 0);
    assert_int_equal(mentions, 0);
    paint(WIDTH, HEIGHT);
    assert_non_null(strstr(screen(WIDTH, HEIGHT), " #tea           \u00B7"));
    assert_null(strstr(screen(WIDTH, HEIGHT), "!1"));
    paint(60, HEIGHT); /* no room for the list: nothing in the status */
    assert_null(strstr(screen(60, HEIGHT), "#tea"));
    assert_false(view_next_new(view));
    title_text("#fika", 3, 0, title);
    assert_string_equal(title, "fika #fika (3)");
    title_text("", 3, 1, title);
    assert_string_equal(title, "fika (3 !1)");
}

static void titles(void **state)
{
    (void)state;
    char title[TITLE_ROOM], bytes[TITLE_ROOM + 8];
    title_text("#a\033]0;b\a\n", 0, 0, title);
    assert_string_equal(title, "fika #a\uFFFD]0;b\uFFFD ");
    title_write(title, false, bytes);
    assert_string_equal(bytes, "\033]2;fika #a\uFFFD]0;b\uFFFD \033\\");
    title_write("fika #t\u00e5", true, bytes);
    assert_string_equal(bytes, "\033]2;fika #t??\033\\");
    assert_true(title_fits("xterm-256color") && title_fits("tmux-256color") && title_fits("foot"));
    assert_false(title_fits("linux") || title_fits("vt100") || title_fits("dumb") ||
                 title_fits(""));
    assert_false(title_fits(NULL));
}

static void what_the_reader_reads(void **state)
{
    (void)state;
    assert_true(view_reads(view, "#fika"));
    assert_false(view_reads(view, "#tea") || view_reads(view, "#none"));
    view_focus(view, false);
    assert_false(view_reads(view, "#fika"));
    view_focus(view, true);
    view_cover(view, true);
    assert_false(view_reads(view, "#fika"));
    say("#fika", 1, "below the page");
    assert_int_equal(view_unread(view, "#fika"), 1);
    view_cover(view, false);
    assert_true(view_reads(view, "#fika"));
    assert_int_equal(view_unread(view, "#fika"), 0);
}

static void the_first_minute(void **state)
{
    (void)state;
    struct show told = {.kind = SHOW_TOLD, .told = TOLD_WELCOME}, member = {.kind = SHOW_MEMBER};
    view_welcome(view);
    told.a = bytes_of("192.0.2.2");
    view_show(view, &told, 0);
    status("192.0.2.2\nfd00::2\nfe80::1%eth0", "eth0");
    paint(60, HEIGHT);
    assert_string_equal(screen(60, HEIGHT - 1),
                        "you are ada, in #fika\n"
                        "to talk from another machine, type there:\n"
                        "    fika 192.0.2.2:23452\n"
                        "    this machine's other addresses: fd00::2, fe80::1%eth0\n"
                        "who is here: nobody else yet; looking for others on eth0\n"
                        "what you type is said here when you press Enter\n"
                        "\\doctor tells why nobody comes, \\help the rest, \\quit leaves\n"
                        "\n\n\n\n");
    paint(20, 4); /* what fits, the first things first */
    assert_string_equal(row(0, 20), "you are ada, in");
    member.up = true;
    strcpy(member.channel.text, "#fika");
    strcpy(member.nick.text, "bo\033[2J");
    member.id.b[0] = 1;
    view_show(view, &member, 0);
    paint(60, HEIGHT);
    assert_non_null(strstr(screen(60, HEIGHT), "who is here: bo\uFFFD[2J\n"));
    for (int i = 0; i < HEIGHT; i++)
        view_note(view, "an error is never covered", true, 0);
    paint(60, HEIGHT);
    assert_null(strstr(screen(60, HEIGHT), "you are ada"));
    paint(60, HEIGHT);
    paint(60, 30);
    assert_string_equal(row(0, 60), "you are ada, in #fika");
    say("#tea", 1, "hi");
    paint(60, HEIGHT);
    assert_null(strstr(screen(60, HEIGHT), "you are ada"));
    view_show(view, &told, 0); /* from now on it is a word like others */
    paint(60, HEIGHT);
    assert_non_null(strstr(screen(60, HEIGHT), "-- to talk from another machine"));
}

static void errors_are_seen(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        say("#fika", (uint64_t)i + 1, "line");
    paint(60, HEIGHT);
    view_note(view, "seen anyway", true, 0);
    assert_string_equal(view_alert(view), "");
    view_scroll(view, 1);
    paint(60, HEIGHT);
    view_note(view, "only a notice", false, 0);
    assert_string_equal(view_alert(view), "");
    view_note(view, "the disk is full\033[2J", true, 0);
    assert_string_equal(view_alert(view), "the disk is full\uFFFD[2J");
    view_follow(view);
    assert_string_equal(view_alert(view), "");
    view_cover(view, true);
    view_note(view, "the disk is full", true, 0);
    assert_string_equal(view_alert(view), "the disk is full");
    view_cover(view, false);
    assert_string_equal(view_alert(view), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_watched_word_is_a_mention), TEST(muted_channels_have_a_dot), TEST(titles),
        TEST(what_the_reader_reads),       TEST(the_first_minute),          TEST(errors_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
