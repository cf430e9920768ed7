/* Foreign bytes become text that no terminal obeys, and its width is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "core/face.h"

#define REPLACED "\xEF\xBF\xBD"

static void every_code_point_goes_there_and_back(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char encoded[4];
        uint32_t back;
        size_t size = utf8_encode(encoded, code);
        assert_int_equal(utf8_decode(encoded, size, &back), size);
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(back, surrogate ? TEXT_REPLACEMENT : code);
        assert_true(utf8_valid(encoded, size));
    }
    char encoded[4];
    assert_int_equal(utf8_encode(encoded, 0x110000), 3);
    assert_memory_equal(encoded, REPLACED, 3);
}

struct malformed {
    const char *bytes;
    size_t taken[4]; /* what decoding takes, step by step */
};

static void malformed_sequences_are_taken_to_where_they_broke(void **state)
{
    (void)state;
    static const struct malformed cases[] = {
        {"\x80", {1}},                      /* a tail alone */
        {"\xC0\x80", {1, 1}},               /* overlong NUL */
        {"\xC1\xBF", {1, 1}},               /* overlong */
        {"\xE0\x80\x80", {1, 1, 1}},        /* overlong */
        {"\xE0\x9F\xBF", {1, 1, 1}},        /* overlong */
        {"\xF0\x80\x80\x80", {1, 1, 1, 1}}, /* overlong */
        {"\xED\xA0\x80", {1, 1, 1}},        /* surrogate */
        {"\xF4\x90\x80\x80", {1, 1, 1, 1}}, /* above U+10FFFF */
        {"\xF5\x80", {1, 1}},               /* no such start */
        {"\xFF", {1}},                      /* no such start */
        {"\xE2\x82", {2}},                  /* ends too early */
        {"\xF0\x9F\x98", {3}},              /* ends too early */
        {"\xE2\x82\xC3", {2, 1}},           /* broken by another start */
        {"\xF1\x80\x80\xE1", {3, 1}},       /* the standard's own example */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *s = cases[i].bytes;
        size_t size = strlen(s);
        assert_false(utf8_valid(s, size));
        for (size_t step = 0; size > 0; step++) {
            uint32_t code = 0;
            assert_int_equal(utf8_decode(s, size, &code), cases[i].taken[step]);
            assert_int_equal(code, TEXT_REPLACEMENT);
            s += cases[i].taken[step];
            size -= cases[i].taken[step];
        }
    }
    uint32_t code;
    assert_int_equal(utf8_decode("", 0, &code), 0);
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid(REPLACED, 3));
    assert_int_equal(utf8_decode("\xE2"
                                 "A",
                                 2, &code),
                     1);
}

static void unsafe_code_points_are_known(void **state)
{
    (void)state;
    static const uint32_t unsafe[] = {
        0,      7,       0x1B,     0x1F,    0x7F,    0x80,    0x9B,     0x9F,
        0x61C,  0x200E,  0x200F,   0x2028,  0x2029,  0x202A,  0x202E,   0x2066,
        0x2069, 0xD800,  0xDFFF,   0xFFF9,  0xFFFB,  0xFDD0,  0xFDEF,   0xFFFE,
        0xFFFF, 0x1FFFE, 0x10FFFF, 0xE0001, 0xE0020, 0xE007F, 0x110000,
    };
    static const uint32_t safe[] = {' ',    '~',    0xA0,   0xE9,    0x61B,   0x61D,  0x200D,
                                    0x2027, 0x202F, 0x2065, 0x2070,  0xFE0F,  0xFFFC, 0xFFFD,
                                    0xFDCF, 0xFDF0, 0xD7FF, 0x1F600, 0xE0100, 0x10000};
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        assert_true(text_is_unsafe(unsafe[i]));
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        assert_false(text_is_unsafe(safe[i]));
}

static void assert_tamed(const char *in, enum tame how, const char *expected)
{
    char out[256];
    size_t size = text_tame(out, sizeof out, in, strlen(in), how);
    assert_string_equal(out, expected);
    assert_int_equal(size, strlen(expected));
}

static void nothing_that_a_terminal_obeys_is_left(void **state)
{
    (void)state;
    assert_tamed("a\x1b[2Jb", TAME_LINE, "a" REPLACED "[2Jb");
    assert_tamed("a\x07\x08\x7f", TAME_LINE, "a" REPLACED REPLACED REPLACED);
    assert_tamed("a\xC2\x9B"
                 "2J",
                 TAME_LINE, "a" REPLACED "2J");
    assert_tamed("a\x9b"
                 "2J\xff",
                 TAME_LINE, "a" REPLACED "2J" REPLACED);
    assert_tamed("a\xE2\x80\xAE"
                 "b\xE2\x81\xA6"
                 "c",
                 TAME_LINE, "abc"); /* U+202E, U+2066 */
    assert_tamed("\xEF\xBB\xBF"
                 "a",
                 TAME_LINE, "a"); /* byte order mark */
    /* The flag of England is a black flag and tags; the tags vanish. */
    assert_tamed("\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF", TAME_LINE, "\xF0\x9F\x8F\xB4");
    assert_tamed("h\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x98\x80", TAME_LINE,
                 "h\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x98\x80");
}

static void lines_are_joined_or_kept(void **state)
{
    (void)state;
    assert_tamed("a\nb\tc\r\nd\re", TAME_LINE, "a b c d e");
    assert_tamed("a\nb\tc\r\nd\re", TAME_LINES, "a\nb\tc\nd\ne");
    assert_tamed("a\xE2\x80\xA8"
                 "b\xC2\x85"
                 "c",
                 TAME_LINE, "a b c");
    assert_tamed("a\xE2\x80\xA9"
                 "b\x0b",
                 TAME_LINES, "a\nb" REPLACED);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part))) {
        text += strlen(part);
        count++;
    }
    return count;
}

static void a_pile_of_marks_is_cut(void **state)
{
    (void)state;
    char in[2003] = "o", out[4096];
    for (size_t i = 0; i < 1000; i++)
        memcpy(in + 1 + 2 * i, "\xCC\x81", 2);
    in[2001] = 'z';
    text_tame(out, sizeof out, in, strlen(in), TAME_LINE);
    assert_int_equal(count_of(out, "\xCC\x81"), TEXT_MARKS_MAX);
    assert_int_equal(out[1 + 2 * TEXT_MARKS_MAX], 'z');
    /* Skin tones and joined pictures make a long grapheme too. */
    for (size_t i = 0; i < 100; i++)
        memcpy(in + 4 * i, "\xF0\x9F\x8F\xBB", 4);
    size_t size = text_tame(out, sizeof out, in, 400, TAME_LINE);
    assert_true(grapheme_size(out, size) <= 4 * 32);
    for (size_t i = 0; i < 100; i++)
        memcpy(in + 7 * i, "\xF0\x9F\x91\xA9\xE2\x80\x8D", 7);
    size = text_tame(out, sizeof out, in, 700, TAME_LINE);
    for (size_t i = 0; i < size; i += grapheme_size(out + i, size - i))
        assert_true(grapheme_size(out + i, size - i) <= 4 * 32);
}

static void what_combines_has_a_base(void **state)
{
    (void)state;
    assert_tamed("\xE2\x80\x8D"
                 "a",
                 TAME_LINE, "a"); /* ZWJ at the start */
    assert_tamed("\xEF\xB8\x8F"
                 "a",
                 TAME_LINE, "a"); /* VS16 at the start */
    assert_tamed("a \xE2\x80\x8D"
                 "b",
                 TAME_LINE, "a b"); /* behind a space */
    assert_tamed("a\xE2\x80\x8D\xE2\x80\x8D"
                 "b",
                 TAME_LINE,
                 "a\xE2\x80\x8D"
                 "b");
    assert_tamed("\xCC\x81"
                 "a",
                 TAME_LINE,
                 "\xE2\x97\x8C\xCC\x81"
                 "a"); /* a mark at the start */
    assert_tamed("a\n\xCC\x81", TAME_LINES, "a\n\xE2\x97\x8C\xCC\x81");
    /* A heart on fire keeps VS16 and ZWJ; a Persian word keeps its ZWNJ. */
    const char *heart = "\xE2\x9D\xA4\xEF\xB8\x8F\xE2\x80\x8D\xF0\x9F\x94\xA5";
    assert_tamed(heart, TAME_LINE, heart);
    const char *persian = "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE";
    assert_tamed(persian, TAME_LINE, persian);
}

static void taming_cuts_at_a_code_point_and_ends_with_zero(void **state)
{
    (void)state;
    const char *in = "a\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x98\x80z";
    for (size_t room = 1; room < 16; room++) {
        char out[16];
        memset(out, 'x', sizeof out);
        size_t size = text_tame(out, room, in, strlen(in), TAME_LINE);
        assert_true(size < room);
        assert_int_equal(strlen(out), size);
        assert_true(utf8_valid(out, size));
        assert_memory_equal(out, in, size);
    }
    char out[1] = {'x'};
    assert_int_equal(text_tame(out, 0, "a", 1, TAME_LINE), 0);
    assert_int_equal(out[0], 'x');
}

struct width {
    const char *text;
    int columns;
};

static void graphemes_have_their_columns(void **state)
{
    (void)state;
    static const struct width cases[] = {
        {"a", 1},
        {"\xC3\xA9", 1},
        {"e\xCC\x81", 1},                        /* e and an accent */
        {"\xE6\xBC\xA2", 2},                     /* CJK */
        {"\xEA\xB0\x80", 2},                     /* Hangul syllable */
        {"\xE1\x84\x80\xE1\x85\xA1", 2},         /* the same in parts */
        {"\xF0\x9F\x98\x80", 2},                 /* grinning face */
        {"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", 2}, /* thumb with a skin tone */
        {"\xE2\x9D\xA4", 1},                     /* heart as text */
        {"\xE2\x9D\xA4\xEF\xB8\x8F", 2},         /* heart as emoji */
        {"1\xEF\xB8\x8F\xE2\x83\xA3", 2},        /* keycap */
        {"a\xEF\xB8\x8F", 1},                    /* no emoji to be had */
        {"\xF0\x9F\x87\xB8\xF0\x9F\x87\xAA", 2}, /* flag of Sweden */
        {"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7\xE2\x80\x8D"
         "\xF0\x9F\x91\xA6",
         2},                 /* family of four */
        {"\xEF\xBD\xB1", 1}, /* half-width katakana */
        {REPLACED, 1},
        {"\xE2\x80\x8B", 0}, /* zero width space */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = strlen(cases[i].text);
        assert_int_equal(grapheme_size(cases[i].text, size), size);
        assert_int_equal(grapheme_columns(cases[i].text, size), cases[i].columns);
    }
    assert_int_equal(grapheme_size("", 0), 0);
    assert_int_equal(grapheme_columns("", 0), 0);
}

static void a_string_is_the_sum_of_its_graphemes(void **state)
{
    (void)state;
    /* a, e with accent, a CJK sign, a family, z */
    const char *text = "ae\xCC\x81\xE6\xBC\xA2\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA7z";
    size_t size = strlen(text);
    assert_int_equal(text_columns(text, size), 1 + 1 + 2 + 2 + 1);
    assert_int_equal(text_fit(text, size, 0), 0);
    assert_int_equal(text_fit(text, size, 1), 1);
    assert_int_equal(text_fit(text, size, 2), 4);
    assert_int_equal(text_fit(text, size, 3), 4);
    assert_int_equal(text_fit(text, size, 4), 7);
    assert_int_equal(text_fit(text, size, 5), 7);
    assert_int_equal(text_fit(text, size, 6), size - 1);
    assert_int_equal(text_fit(text, size, 7), size);
    assert_int_equal(text_fit(text, size, 80), size);
    /* A letter before an accent is not taken without it. */
    assert_int_equal(grapheme_size("e\xCC\x81"
                                   "a",
                                   4),
                     3);
}

static void names_are_one_visible_word(void **state)
{
    (void)state;
    const char *const nicks[] = {"anna",
                                 "\xC3\x85sa",
                                 "a",
                                 "\xF0\x9F\x98\x80",
                                 "a#b",
                                 "a/b",
                                 "12345678901234567890123456789012"};
    const char *const no_nicks[] = {"",
                                    "a b",
                                    "#a",
                                    "/a",
                                    "\\a",
                                    "<a",
                                    "a>",
                                    "a\n",
                                    "a\x1b",
                                    "\xff",
                                    "a\xC2\xA0"
                                    "b",
                                    "\xE2\x80\x8B",
                                    "a\xE2\x80\xAE",
                                    "\xE2\x80\x8D"
                                    "a",
                                    "\xE3\x85\xA4",
                                    "123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof nicks / sizeof *nicks; i++)
        assert_true(nick_ok(nicks[i]));
    for (size_t i = 0; i < sizeof no_nicks / sizeof *no_nicks; i++)
        assert_false(nick_ok(no_nicks[i]));

    const char *const channels[] = {"#fika", "#a", "##", "#\xC3\xA5\xC3\xA4"};
    const char *const no_channels[] = {"", "#", "fika", "#a b", "#a,b", "#a\n", "#\xff", "#\x9b"};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        assert_true(channel_name_ok(channels[i]));
    for (size_t i = 0; i < sizeof no_channels / sizeof *no_channels; i++)
        assert_false(channel_name_ok(no_channels[i]));
    char name[LIMIT_CHANNEL + 2];
    memset(name, 'x', sizeof name);
    name[0] = '#';
    name[LIMIT_CHANNEL + 1] = '\0';
    assert_false(channel_name_ok(name));
    name[LIMIT_CHANNEL] = '\0';
    assert_true(channel_name_ok(name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_goes_there_and_back),
        cmocka_unit_test(malformed_sequences_are_taken_to_where_they_broke),
        cmocka_unit_test(unsafe_code_points_are_known),
        cmocka_unit_test(nothing_that_a_terminal_obeys_is_left),
        cmocka_unit_test(lines_are_joined_or_kept),
        cmocka_unit_test(a_pile_of_marks_is_cut),
        cmocka_unit_test(what_combines_has_a_base),
        cmocka_unit_test(taming_cuts_at_a_code_point_and_ends_with_zero),
        cmocka_unit_test(graphemes_have_their_columns),
        cmocka_unit_test(a_string_is_the_sum_of_its_graphemes),
        cmocka_unit_test(names_are_one_visible_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
