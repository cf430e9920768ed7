/* Pick: links and texts of the lines, by number and by a click; the clipboard's sequences; which links
 * the desktop is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/clipboard.h"
#include "ui/opener.h"
#include "ui/view.h"

#define WIDTH  50
#define HEIGHT 12

static struct view *view;
static struct cell cells[WIDTH * HEIGHT];
static uint64_t lamport;

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static int setup(void **state)
{
    (void)state;
    view = view_new();
    lamport = 0;
    struct show show = {.kind = SHOW_CURRENT, .channel = {"#fika"}, .text = bytes_of("#fika")};
    view_show(view, &show, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    view_free(view);
    return 0;
}

static void say(const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"anna"}};
    show.lamport = show.seq = ++lamport;
    memset(&show.id, 1, sizeof show.id);
    show.text = bytes_of(text);
    view_show(view, &show, 0);
}

static void assert_picked(const char *found, size_t size, const char *expected)
{
    if (expected == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(found, expected, size);
}

static void links_are_counted_from_the_newest(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "https://d.example/?q=(x)",
        "http://c.example",
        "https://b.example/b",
        "http://a.example",
        NULL,
    };
    say("see http://a.example, or <https://b.example/b>.");
    say("not a link: `https://code.example`");
    view_note(view, "https://note.example", false, 0);
    say("http://c.example and https://d.example/?q=(x)");
    say("nothing: here");
    for (size_t n = 1; n <= 5; n++) {
        size_t size = 0;
        const char *found = view_link(view, n, &size);
        assert_picked(found, size, expected[n - 1]);
    }
    size_t size;
    assert_null(view_link(view, 0, &size));
}

static void texts_are_counted_from_the_last(void **state)
{
    (void)state;
    size_t size = 0;
    assert_null(view_text(view, 1, &size));
    say("first");
    say("*two*\nrows");
    view_note(view, "a word", false, 0);
    const char *text = view_text(view, 1, &size);
    assert_picked(text, size, "*two*\nrows");
    text = view_text(view, 2, &size);
    assert_picked(text, size, "first");
    assert_null(view_text(view, 3, &size));
    assert_null(view_text(view, 0, &size));
}

/* Each column of each row of the screen: what is drawn as a link is one, and nothing else. */
static void a_click_finds_what_is_drawn_as_a_link(void **state)
{
    (void)state;
    static const char link[] = "https://a.example/a/path/that/is/longer/than/a/row/of/the/screen";
    char text[256];
    snprintf(text, sizeof text, "https: look \xE6\x97\xA5\xE6\x9C\xAC at %s, and here", link);
    say(text);
    say("none");
    for (int scrolled = 0; scrolled < 2; scrolled++) {
        view_paint(view, cells, WIDTH, HEIGHT);
        int drawn = 0;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                size_t size = 0;
                const char *found = view_link_at(view, x, y, &size);
                bool is_link = cells[y * WIDTH + x].colour == COLOUR_LINK;
                assert_picked(found, size, is_link ? link : NULL);
                drawn += is_link;
            }
        assert_int_equal(drawn, (int)strlen(link));
        for (int i = 0; i < 20; i++)
            say("more below");
        view_scroll_lines(view, 21);
    }
}

/* ---- the clipboard ---- */

static void assert_sequence(const char *text, struct clipboard_way way, const char *expected)
{
    size_t size = 0;
    char *made = clipboard_sequence(text, strlen(text), way, &size);
    assert_picked(made, size, expected);
    free(made);
}

static void a_text_becomes_a_sequence(void **state)
{
    (void)state;
    struct clipboard_way bare = {0}, tmux = {.tmux = true}, screen = {.screen = true};
    assert_sequence("", bare, "\033]52;c;\a");
    assert_sequence("f", bare, "\033]52;c;Zg==\a");
    assert_sequence("fi", bare, "\033]52;c;Zmk=\a");
    assert_sequence("fik", bare, "\033]52;c;Zmlr\a");
    assert_sequence("\xC3\xA5\033]", bare, "\033]52;c;w6UbXQ==\a");
    assert_sequence("fik", tmux, "\033Ptmux;\033\033]52;c;Zmlr\a\033\\\033]52;c;Zmlr\a");
    assert_sequence("fik", screen, "\033P\033]52;c;Zmlr\a\033\\");
    size_t size;
    char *large = calloc(1, CLIPBOARD_MAX + 1);
    assert_null(clipboard_sequence(large, CLIPBOARD_MAX + 1, bare, &size));
    char *made = clipboard_sequence(large, CLIPBOARD_MAX, screen, &size);
    assert_non_null(made);
    for (size_t i = 0, began = 0; i + 1 < size; i++) { /* no piece is too long for it */
        if (made[i] == '\033' && made[i + 1] == 'P')
            began = i;
        assert_true(i - began < 768);
    }
    free(made);
    free(large);
}

static void only_links_of_the_web_and_mail_are_opened(void **state)
{
    (void)state;
    static const char *const good[] = {"http://a", "HTTPS://a.b/?c=d&e", "ftp://a", "mailto:a@b"};
    static const char *const bad[] = {"",           "http://",         "file:///etc/passwd",
                                      "ssh://a",    "javascript:a",    "--help",
                                      "http://a b", "http://a\033[2J", "xhttp://a"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(opener_takes(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(opener_takes(bad[i], strlen(bad[i])));
        assert_false(opener_start(bad[i]));
    }
    setenv("DISPLAY", ":0", 1);
    unsetenv("SSH_CONNECTION");
    unsetenv("SSH_TTY");
    assert_true(opener_here());
    setenv("SSH_TTY", "/dev/pts/1", 1);
    assert_false(opener_here());
    unsetenv("SSH_TTY");
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    assert_false(opener_here());
    setenv("PATH", "/nonexistent", 1);
    assert_false(opener_start("http://a"));
}

static void lines_are_chosen_by_number(void **state)
{
    (void)state;
    struct place place;
    assert_false(view_choose(view, 0, &place));
    assert_false(view_choose(view, 1, &place));
    say("one");
    say("two");
    struct show own = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"me"}, .own = true};
    own.lamport = own.seq = ++lamport;
    own.text = bytes_of("three");
    view_show(view, &own, 0);
    view_note(view, "no line", false, 0);
    assert_true(view_choose(view, 0, &place));
    assert_int_equal(place.seq, 2);
    assert_int_equal(place.author.b[0], 1);
    assert_true(view_choose(view, 1, &place));
    assert_int_equal(place.seq, 3);
    assert_true(view_choose(view, 3, &place));
    assert_int_equal(place.lamport, 1);
    assert_false(view_choose(view, 4, &place));
    struct show classic = {.kind = SHOW_MESSAGE, .channel = {"#fika"}, .nick = {"old"}};
    classic.via = VIA_CLASSIC;
    classic.text = bytes_of("four");
    view_show(view, &classic, 0);
    assert_false(view_choose(view, 1, &place));
    assert_true(view_choose(view, 0, &place));
    assert_int_equal(place.seq, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(links_are_counted_from_the_newest),
        TEST(lines_are_chosen_by_number),
        TEST(texts_are_counted_from_the_last),
        TEST(a_click_finds_what_is_drawn_as_a_link),
        cmocka_unit_test(a_text_becomes_a_sequence),
        cmocka_unit_test(only_links_of_the_web_and_mail_are_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
