/* QR: the picture is as large as the code it draws, both ways of drawing it are each other's opposite,
 * and where there is no room there is none. That it can be read is shown on a screen (test_invite.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ui/qr.h"

#define LARGEST 154

static char text[LARGEST + 2];

static void text_of(size_t size)
{
    memset(text, 'a', sizeof text);
    text[size] = '\0';
}

static size_t lines_of(const char *picture)
{
    size_t lines = 0;
    for (const char *line = picture; *line != '\0'; lines++) {
        assert_int_equal(qr_columns(line), qr_columns(picture));
        line += strcspn(line, "\n") + 1;
    }
    return lines;
}

static void fits_a_small_screen(void **state)
{
    (void)state;
    char picture[QR_ROOM];
    text_of(LARGEST);
    assert_int_equal(qr_write(text, QR_DARK, 21, picture), 21);
    assert_int_equal(lines_of(picture), 21);
    assert_int_equal(qr_columns(picture), 37 + 4);
    assert_int_equal(qr_write(text, QR_DARK, 20, picture), 20); /* with a smaller margin */
    assert_int_equal(qr_columns(picture), 37 + 2);
    assert_int_equal(qr_write(text, QR_DARK, 19, picture), 0);
    assert_string_equal(picture, "");
    text_of(LARGEST + 1);
    assert_int_equal(qr_write(text, QR_DARK, 21, picture), 0);
}

static const char *turned(const char *letter)
{
    static const char *const pairs[][2] = {{" ", "\u2588"}, {"\u2580", "\u2584"}};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++)
            if (strncmp(letter, pairs[i][k], strlen(pairs[i][k])) == 0)
                return pairs[i][!k];
    assert_int_equal(*letter, '\n');
    return "\n";
}

static void light_is_dark_turned(void **state)
{
    (void)state;
    char dark[QR_ROOM], light[QR_ROOM];
    text_of(60);
    assert_true(qr_write(text, QR_DARK, 100, dark) > 0);
    assert_int_equal(qr_write(text, QR_LIGHT, 100, light), (int)lines_of(dark));
    const char *at = light;
    for (const char *letter = dark; *letter != '\0';) {
        const char *other = turned(letter);
        assert_memory_equal(at, other, strlen(other));
        at += strlen(other);
        letter += strlen(turned(other));
    }
    assert_int_equal(*at, '\0');
}

static void what_cannot_be_drawn(void **state)
{
    (void)state;
    char picture[QR_ROOM], large[8000];
    memset(large, 'A', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_int_equal(qr_write(large, QR_DARK, 1000, picture), 0); /* no code is so large */
    large[4000] = '\0';
    assert_int_equal(qr_write(large, QR_DARK, 1000, picture), 0); /* no room */
    assert_int_equal(qr_write("", QR_DARK, 1000, picture), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_a_small_screen),
        cmocka_unit_test(light_is_dark_turned),
        cmocka_unit_test(what_cannot_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
