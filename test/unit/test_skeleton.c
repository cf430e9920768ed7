/* Names that a person cannot tell apart are found, and others are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/skeleton.h"
#include "base/text.h"

static bool alike(const char *a, const char *b)
{
    struct skeleton x = skeleton_of(a, strlen(a)), y = skeleton_of(b, strlen(b));
    assert_int_equal(skeleton_looks_like(&x, &y), skeleton_looks_like(&y, &x));
    return skeleton_looks_like(&x, &y);
}

static bool same(const char *a, const char *b)
{
    struct skeleton x = skeleton_of(a, strlen(a)), y = skeleton_of(b, strlen(b));
    return skeleton_same_name(&x, &y);
}

static void look_alike(void **state)
{
    static const char *const pairs[][2] = {
        {"anna", "\u0430nna"},                /* Cyrillic a */
        {"anna", "\U0001D41Anna"},            /* a mathematical bold a */
        {"anna", "\uFF41nna"},                /* full width */
        {"anna", "an\u200Dna"},               /* a joiner that nobody sees */
        {"anna", "anna\uFE0F"},               /* and a selector */
        {"anna", "a\u3164nna"},               /* a filler */
        {"Paul", "PauI"},                     /* a capital i */
        {"paul", "pau1"},                     /* a digit */
        {"bob", "b\u043Eb"},                  /* Cyrillic o */
        {"mark", "rnark"},                    /* two letters for one */
        {"ren\u00E9", "rene\u0301"},          /* put together, or not */
        {"\u0391\u039D\u039D\u0391", "ANNA"}, /* Greek capitals */
        {"\u0391\u039D\u039D\u0391", "anna"},
        {"o0", "oO"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (!alike(pairs[i][0], pairs[i][1]))
            fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
}

static void do_not_look_alike(void **state)
{
    (void)state;
    assert_false(alike("anna", "hanna"));
    assert_false(alike("anna", "ann"));
    assert_false(alike("anna", "\u00E5nna"));
    assert_false(alike("rene", "ren\u00E9"));
    assert_false(alike("\u91D1", "\u9280"));
    assert_false(alike("", "a"));
}

static void the_same_but_for_case(void **state)
{
    (void)state;
    assert_true(same("anna", "ANNA"));
    assert_true(same("\u00C5sa", "\u00E5sa"));
    assert_true(same("ren\u00E9", "rene\u0301"));
    assert_false(same("anna", "\u0430nna"));
    assert_false(same("paul", "pauI"));
}

/* Every code point, and whatever bytes: within bounds, and alike with itself. */
static void anything(void **state)
{
    char text[SKELETON_BYTES * 2];
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        char encoded[4];
        size_t size = utf8_encode(encoded, code);
        if (code % 7 != 0 && code > 0x3000)
            continue;
        for (size_t i = 0; i + size <= SKELETON_BYTES; i += size)
            memcpy(text + i, encoded, size);
        struct skeleton a = skeleton_of(text, SKELETON_BYTES / size * size), b = a;
        assert_true(skeleton_looks_like(&a, &b));
    }
    srand(1);
    for (int i = 0; i < 2000; i++) {
        for (size_t k = 0; k < sizeof text; k++)
            text[k] = (char)rand();
        skeleton_of(text, (size_t)rand() % sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_alike),
        cmocka_unit_test(do_not_look_alike),
        cmocka_unit_test(the_same_but_for_case),
        cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
