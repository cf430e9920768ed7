/* The links that were said last: the newest first, within bounds, tamed, none out of code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/lately.h"

static struct lately *lately;

static int setup(void **state)
{
    (void)state;
    lately = lately_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lately_free(lately);
    return 0;
}

static void say(const char *text)
{
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#fika"}};
    show.text = (struct bytes){(const uint8_t *)text, strlen(text)};
    lately_show(lately, &show);
}

static void the_newest_comes_first(void **state)
{
    (void)state;
    assert_null(lately_link(lately, 1));
    say("no link here");
    say("see https://a.example/x and (http://b.example/y_(z)).");
    say("`https://code.example` is none");
    assert_string_equal(lately_link(lately, 1), "http://b.example/y_(z)");
    assert_string_equal(lately_link(lately, 2), "https://a.example/x");
    assert_null(lately_link(lately, 3));
    assert_null(lately_link(lately, 0));
    assert_string_equal(lately_text(lately, 1), "`https://code.example` is none");
    assert_string_equal(lately_text(lately, 3), "no link here");
    assert_null(lately_text(lately, 4));
}

static void the_oldest_is_let_go(void **state)
{
    char text[64];
    (void)state;
    for (int i = 0; i < LATELY_MAX + 5; i++) {
        snprintf(text, sizeof text, "https://a.example/%d", i);
        say(text);
    }
    assert_string_equal(lately_link(lately, 1), "https://a.example/24");
    assert_string_equal(lately_link(lately, LATELY_MAX), "https://a.example/5");
    assert_null(lately_link(lately, LATELY_MAX + 1));
}

static void what_a_peer_sends_is_tame(void **state)
{
    static char text[LIMIT_TEXT + 1];
    (void)state;
    say("https://a.example/\033[2Jx\007");
    assert_null(strpbrk(lately_link(lately, 1), "\033\007"));
    assert_null(strpbrk(lately_text(lately, 1), "\033\007"));
    memset(text, 'x', LIMIT_TEXT);
    memcpy(text, "https://", 8);
    say(text); /* too long for one */
    assert_null(lately_link(lately, 2));
    memset(text, '\377', LIMIT_TEXT);
    memcpy(text, "http://a.b ", 11);
    say(text);
    assert_string_equal(lately_link(lately, 1), "http://a.b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(the_newest_comes_first),
        TEST(the_oldest_is_let_go),
        TEST(what_a_peer_sends_is_tame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
