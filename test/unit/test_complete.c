/* Complete: what stands in the place of a word is a thing that can be typed there, and no name for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/complete.h"
#include "ui/help.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(help_offers_each_topic_and_command)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
