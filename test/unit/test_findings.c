/* Findings: each has a leg, a level, a name of its own, and a sentence; and a report of them is text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/findings.h"

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static struct show finding(enum finding which)
{
    return (struct show){.kind = SHOW_FINDING,
                         .finding = which,
                         .a = bytes_of("A A"),
                         .b = bytes_of("B B"),
                         .n = 1,
                         .n2 = 2};
}

static void every_one_is_said(void **state)
{
    (void)state;
    char text[1024], advice[1024];
    for (int i = 0; i < FINDING_COUNT; i++) {
        struct show show = finding(i);
        finding_text(&show, text, sizeof text, advice, sizeof advice);
        assert_true(text[0] != '\0');
        assert_null(strchr(text, '{'));
        assert_null(strchr(advice, '{'));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(finding_name(i), finding_name(k));
        bool good = strcmp(finding_level_name(i), "good") == 0;
        if (good)
            assert_string_equal(advice, "");
        else if (strcmp(finding_level_name(i), "bad") == 0)
            assert_true(advice[0] != '\0'); /* what is wrong comes with what to do */
    }
}

static void foreign_bytes_are_tamed(void **state)
{
    (void)state;
    char text[1024], advice[1024];
    struct show show = finding(FINDING_BEACONS_DROPPED);
    show.b = bytes_of("e\x1b[31m\nvil{n}");
    finding_text(&show, text, sizeof text, advice, sizeof advice);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\n'));
    assert_non_null(strstr(text, "vil{n} is linked"));
}

static void a_report(void **state)
{
    (void)state;
    static struct findings findings;
    findings_begin(&findings);
    const enum finding all[] = {FINDING_ADDRESS, FINDING_ADDRESS, FINDING_BEACONS_ALONE};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct show show = finding(all[i]);
        findings_add(&findings, &show);
    }
    assert_string_equal(
        findings.text,
        "What stands between this fika and others\n\nThis machine\n  ok  A A on B B\n  ok  A A on "
        "B B\n"
        "\nBeacons, by which those on one network find each other\n"
        "  --  1 beacon left A A, none returned: nobody else is here, or this network drops "
        "broadcast\n"
        "      if somebody is here, type \\connect with the address in their status bar, or try "
        "\\scan");
    for (int i = 0; i < 2000; i++) { /* what does not fit is left out */
        struct show show = finding(FINDING_NO_ANSWER);
        findings_add(&findings, &show);
    }
    assert_true(findings.size < sizeof findings.text && strlen(findings.text) == findings.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_one_is_said),
        cmocka_unit_test(foreign_bytes_are_tamed),
        cmocka_unit_test(a_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
