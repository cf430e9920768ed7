/* Roster: devices of one person are one in the list, with their number, and others of that nick are told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/roster.h"

static const struct id ROOT = {{1}}, PHONE = {{2}}, OTHER = {{3}};
static const struct nick ANNA = {"anna"}, BEA = {"bea"};

static struct roster roster;

static int begin(void **state)
{
    (void)state;
    roster = (struct roster){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    roster_release(&roster);
    return 0;
}

static void comes(const struct id *id, const struct nick *nick)
{
    roster_meet(&roster, id, nick, 10);
    roster_here(&roster, id, true);
}

static size_t members(const struct person *out[4])
{
    return roster_members(&roster, out, 4);
}

static void a_device_is_its_persons(void **state)
{
    (void)state;
    const struct person *here[4];
    comes(&ROOT, &ANNA);
    comes(&PHONE, &BEA);
    assert_int_equal(members(here), 2);
    roster_join(&roster, &PHONE, &ROOT, &ANNA);
    roster_devices(&roster, &ROOT, 2);
    assert_int_equal(members(here), 1);
    assert_string_equal(here[0]->nick.text, "anna");
    assert_int_equal(here[0]->devices, 2);
    roster_join(&roster, &PHONE, &ROOT, &ANNA); /* it is known by now */
    assert_int_equal(members(here), 1);
}

static void who_is_here_by_a_device_is_here(void **state)
{
    (void)state;
    const struct person *here[4];
    roster_meet(&roster, &ROOT, &ANNA, 5);
    comes(&PHONE, &BEA);
    roster_join(&roster, &PHONE, &ROOT, &ANNA);
    assert_int_equal(members(here), 1);
    assert_memory_equal(&here[0]->id, &ROOT, sizeof ROOT);
    roster_here(&roster, &ROOT, false);
    assert_int_equal(members(here), 0);
}

static void one_nick_of_one_person_has_no_digits(void **state)
{
    (void)state;
    char suffix[ROSTER_SUFFIX_MAX];
    comes(&ROOT, &ANNA);
    comes(&PHONE, &ANNA);
    roster_suffix(&roster, &ROOT, "anna", 4, suffix);
    assert_string_equal(suffix, "0100");
    roster_join(&roster, &PHONE, &ROOT, &ANNA);
    roster_suffix(&roster, &ROOT, "anna", 4, suffix);
    assert_string_equal(suffix, "");
    comes(&OTHER, &ANNA); /* and another's has */
    roster_suffix(&roster, &ROOT, "anna", 4, suffix);
    assert_string_equal(suffix, "0100");
    roster_suffix(&roster, &OTHER, "anna", 4, suffix);
    assert_string_equal(suffix, "0300");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_device_is_its_persons, begin, end),
        cmocka_unit_test_setup_teardown(who_is_here_by_a_device_is_here, begin, end),
        cmocka_unit_test_setup_teardown(one_nick_of_one_person_has_no_digits, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
