/* What parts of a text look like: each case is a text and, below it, a sign for each of its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "base/text.h"
#include "ui/markup.h"

static char sign_of(uint8_t mark)
{
    if (mark & MARKUP_CODE)
        return 'c';
    if (mark & MARKUP_LINK)
        return 'l';
    if (mark & MARKUP_MENTION)
        return 'm';
    bool bold = mark & STYLE_BOLD, italic = mark & STYLE_ITALIC;
    return bold && italic ? 'x' : bold ? 'b' : italic ? 'i' : '-';
}

static void expect(const char *text, const char *signs)
{
    uint8_t marks[300];
    char out[300];
    size_t size = strlen(text);
    markup(text, size, "Ada", marks);
    for (size_t i = 0; i < size; i++)
        out[i] = sign_of(marks[i]);
    out[size] = '\0';
    assert_string_equal(out, signs);
}

static void emphasis(void **state)
{
    (void)state;
    expect("a *b c* d", "--bbbbb--");
    expect("_a b_, c", "iiiii---");
    expect("*a _b_ c*", "bbbxxxbbb");
    expect("snake_case_name 2*3*4", "---------------------");
    expect("* a * b", "-------");
    expect("*a\nb*", "-----");
    expect("** __ *", "-------");
    expect("(*a*)", "-bbb-");
}

static void code(void **state)
{
    (void)state;
    expect("a `b *c*` d", "--ccccccc--");
    expect("`a\nb`", "-----");
    expect("``", "--");
    expect("```\n*a*\n``` b", "ccccccccccc--");
    expect("```x", "cccc");
}

static void links(void **state)
{
    (void)state;
    expect("see http://a.b/c_d_e.", "----llllllllllllllll-");
    expect("(https://a/(b)) x", "-lllllllllllll---");
    expect("<http://a>", "-llllllll-");
    expect("xhttp://a http:// HTTP://a", "------------------llllllll");
    assert_int_equal(markup_link("mailto:a@b, c", 13, 0), 10);
}

static void mentions(void **state)
{
    (void)state;
    expect("ada: hi", "mmm----");
    expect("hi ADA", "---mmm");
    expect("canada adam \xC3\xA5"
           "ada ada_",
           "----------------------");
    assert_true(markup_mentions("\xC3\x96ZG\xC3\x9CR!", 8, "\xC3\xB6zg\xC3\xBCr"));
    assert_false(markup_mentions("x", 1, ""));
    assert_true(markup_mentions("the Kettle!", 11, "ada\nkettle\n"));
    assert_false(markup_mentions("kettles, adas", 13, "ada\nkettle\n"));
    assert_true(markup_mentions("c++, then", 9, "\nc++"));
    assert_true(markup_same_name("Bo", "bO"));
    assert_false(markup_same_name("Bo", "Bob"));
    assert_false(markup_same_name("Bob", "Bo"));
}

/* Any bytes that are text: no mark ends inside of a code point. */
static void any_text(void **state)
{
    (void)state;
    static const char *const parts[] = {"*", "_",   "`",        "```",         "\n",
                                        " ", "ada", "http://a", ")",           "(",
                                        ".", "x",   "\xC3\xA5", "\xE6\x97\xA5"};
    struct prng prng;
    uint8_t seed[32] = {3}, marks[300];
    prng_init(&prng, seed);
    for (int i = 0; i < 20000; i++) {
        char text[300] = "";
        for (uint32_t k = prng_below(&prng, 24); k > 0; k--)
            strcat(text, parts[prng_below(&prng, sizeof parts / sizeof *parts)]);
        size_t size = strlen(text);
        markup(text, size, "ada", marks);
        for (size_t k = 1; k < size; k++)
            if (((unsigned char)text[k] & 0xC0) == 0x80)
                assert_int_equal(marks[k], marks[k - 1]);
        markup_mentions(text, size, "\xC3\xA5");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emphasis), cmocka_unit_test(code),     cmocka_unit_test(links),
        cmocka_unit_test(mentions), cmocka_unit_test(any_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
