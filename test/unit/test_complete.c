/* Complete: what stands in the place of a word is a thing that can be typed there, and no name for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/complete.h"
#include "ui/help.h"
#include "ui/settings.h"

static struct company company;
static struct completion found;

static void find(const char *text)
{
    complete_find(&found, text, strlen(text), &company, "#fika");
}

static bool offers(const char *text)
{
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.list[i].text, text) == 0)
            return true;
    return false;
}

static void help_offers_each_topic_and_command(void **state)
{
    (void)state;
    const struct help_topic *topic;
    find("\\help ");
    for (size_t i = 0; (topic = help_topic_at(i)) != NULL; i++)
        assert_true(offers(topic->name));
    assert_true(offers("join"));
    assert_false(offers("topic"));
    assert_false(offers("command"));
    find("\\help to");
    assert_int_equal(found.count, 0);
    find("\\help netw");
    assert_int_equal(found.count, 1);
    assert_string_equal(found.list[0].text, "network");
}

static void list_themes(char *out, size_t room)
{
    assert_true((size_t)snprintf(out, room, "dark Nord my-own b\xC3\xA5t") < room);
}

static void settings_offer_what_they_can_be(void **state)
{
    (void)state;
    find("\\set theme ");
    assert_int_equal(found.count, 1); /* who knows no more */
    assert_string_equal(found.list[0].text, "default");
    settings_know_themes(list_themes);
    find("\\set theme ");
    assert_int_equal(found.count, 4);
    assert_true(offers("default") && offers("dark") && offers("Nord") && offers("my-own"));
    find("\\set theme d");
    assert_int_equal(found.count, 2);
    find("\\set theme nord");
    assert_true(offers("Nord"));
    find("\\set carry ");
    assert_int_equal(found.count, 2);
    assert_true(offers("auto") && offers("off"));
    find("\\set nothing ");
    assert_int_equal(found.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(help_offers_each_topic_and_command),
                                       cmocka_unit_test(settings_offer_what_they_can_be)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
