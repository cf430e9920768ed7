/* Places are filled in any order and by number; nothing that is put in is a template, and no
 * template, out of whatever file, does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/tr.h"
#include "ui/template.h"

static void assert_filled(const char *template, uint64_t n, const char *expected)
{
    char out[64];
    struct writer w = writer_of(out, sizeof out - 1);
    TEMPLATE(&w, template, {"nick", "{n} %s", 0}, {"n", NULL, n}, {"all", "1,204", 1204});
    out[w.size] = '\0';
    assert_string_equal(out, expected);
}

static void places_are_filled(void **state)
{
    (void)state;
    assert_filled("", 0, "");
    assert_filled("{n} of {all} from {nick}", 3, "3 of 1,204 from {n} %s");
    assert_filled("{nick}{n}{nick}", 7, "{n} %s7{n} %s");
    assert_filled("%s {n}", 18446744073709551615u, "%s 18,446,744,073,709,551,615");
}

static void forms_go_by_the_number(void **state)
{
    (void)state;
    assert_filled("{n|line|lines}", 1, "line");
    assert_filled("{n|line|lines}", 0, "lines");
    assert_filled("{n|line|lines}", 2, "lines");
    assert_filled("{n|it stays|they stay} {all|here|there}", 1, "it stays there");
    assert_filled("{n|always}", 5, "always");
    assert_filled("{n||s}", 1, "");
    assert_int_equal(tr_form(1), 0);
    assert_int_equal(tr_form(1000001), 1);
    assert_int_equal(tr_form(UINT64_MAX), 1);
}

static void odd_templates_stay_as_they_are(void **state)
{
    (void)state;
    assert_filled("{", 1, "{");
    assert_filled("{n", 1, "{n");
    assert_filled("}{}{ n}{N}", 1, "}{}{ n}{N}");
    assert_filled("{nic}{nicks}{who|a|b}", 1, "{nic}{nicks}{who|a|b}");
    assert_filled("{{n}", 1, "{1");
}

static void a_full_room_ends_at_a_whole_letter(void **state)
{
    (void)state;
    char out[8];
    struct writer w = writer_of(out, 4);
    TEMPLATE(&w, "r\xC3\xA4{nick}x", {"nick", "\xC3\xA4", 0});
    assert_int_equal(w.size, 3);
    assert_memory_equal(out, "r\xC3\xA4", 3);
    assert_true(w.full);
}

static void texts_without_a_catalogue(void **state)
{
    (void)state;
    assert_string_equal(tr(""), ""); /* not the head of a catalogue */
    assert_string_equal(tr("no channel"), "no channel");
    tr_open("/nonexistent");
    assert_string_equal(tr("no channel"), "no channel");
    assert_string_equal(tr_plural("a link", "links", 1), "a link");
    assert_string_equal(tr_plural("a link", "links", UINT64_MAX), "links");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_filled),
        cmocka_unit_test(forms_go_by_the_number),
        cmocka_unit_test(odd_templates_stay_as_they_are),
        cmocka_unit_test(a_full_room_ends_at_a_whole_letter),
        cmocka_unit_test(texts_without_a_catalogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
