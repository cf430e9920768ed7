/* Settings: what \set takes, what it says of the rest, and what is kept; and the mouse's reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/mouse.h"
#include "ui/settings.h"

static struct settings settings;
static enum setting which;
static char why[256];

static int setup(void **state)
{
    (void)state;
    settings_init(&settings);
    return 0;
}

static bool take(const char *text)
{
    return settings_take(&settings, text, strlen(text), &which, why, sizeof why);
}

static void what_the_table_has_is_taken(void **state)
{
    (void)state;
    assert_true(settings_is(&settings, SETTING_MOUSE, "on"));
    assert_true(settings_is(&settings, SETTING_CHANNELS, "auto"));
    assert_true(take("mouse off"));
    assert_int_equal(which, SETTING_MOUSE);
    assert_true(settings_is(&settings, SETTING_MOUSE, "off"));
    assert_true(take(" MEMBERS  On "));
    assert_true(settings_is(&settings, SETTING_MEMBERS, "on"));
    assert_true(settings_is(&settings, SETTING_MEMBERS_WIDTH, "17"));
    assert_true(take("members-width 60"));
    assert_true(take("members-width 8"));
    assert_true(settings_is(&settings, SETTING_MEMBERS_WIDTH, "8"));
    assert_true(take("theme night-sky"));
    assert_true(settings_is(&settings, SETTING_THEME, "night-sky"));
    assert_true(take("theme Default"));
    assert_true(settings_is(&settings, SETTING_THEME, "default"));
}

static void what_it_has_not_is_explained(void **state)
{
    (void)state;
    struct settings before = settings;
    assert_false(take("mice off"));
    assert_string_equal(why, "there is nothing to set called mice; \\set alone lists what is");
    assert_false(take("mouse perhaps"));
    assert_string_equal(why, "type it so: \\set mouse on|off");
    assert_false(take("mouse"));
    assert_false(take("mouse on off"));
    static const char *const widths[] = {"7",  "61",   "0",           "08", "-9",
                                         "9x", "8-60", "99999999999", "on"};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        char line[64];
        snprintf(line, sizeof line, "channels-width %s", widths[i]);
        assert_false(take(line));
        assert_string_equal(why, "type it so: \\set channels-width 17|8-60");
    }
    assert_false(take("theme ../secret"));
    assert_false(take("theme .hidden"));
    assert_false(take("theme NAME/x"));
    assert_false(take("x\033[2J on"));
    assert_null(strchr(why, '\033'));
    assert_memory_equal(&before, &settings, sizeof before);
}

static void what_is_set_is_kept_and_read_back(void **state)
{
    (void)state;
    char text[SETTINGS_TEXT_BYTES];
    struct settings again;
    assert_int_equal(settings_write(&settings, text, sizeof text), 0);
    take("mouse off");
    take("theme dark");
    size_t size = settings_write(&settings, text, sizeof text);
    assert_int_equal(size, strlen(text));
    assert_string_equal(text, "mouse off\ntheme dark\n");
    settings_init(&again);
    settings_read(&again, "nonsense\n\nmouse off\nmembers\ntheme dark");
    for (int i = 0; i < SETTINGS; i++)
        assert_string_equal(again.values[i], settings.values[i]);
}

static void carry_is_megabytes(void **state)
{
    (void)state;
    assert_int_equal(settings_carry(&settings, 7), 7);
    assert_true(take("carry 20"));
    assert_int_equal(settings_carry(&settings, 7), 20000000);
    assert_true(take("carry off"));
    assert_int_equal(settings_carry(&settings, 7), 0);
    assert_false(take("carry 0"));
    assert_false(take("carry 10000"));
    assert_false(take("carry 5MB"));
    assert_true(take("carry auto"));
    assert_int_equal(settings_carry(&settings, 7), 7);
}

static void every_setting_has_a_line(void **state)
{
    (void)state;
    char line[256];
    for (size_t i = 0; i < SETTINGS; i++) {
        assert_true(settings_line(&settings, i, line, sizeof line));
        assert_int_equal(strncmp(line, settings_name(i), strlen(settings_name(i))), 0);
        assert_non_null(strstr(line, settings_values(settings_name(i), strlen(settings_name(i)))));
    }
    assert_false(settings_line(&settings, SETTINGS, line, sizeof line));
    assert_null(settings_name(SETTINGS));
}

/* ---- the mouse ---- */

static struct mouse_reader reader;
static struct mouse mouse;

static enum mouse_read report(const char *bytes)
{
    enum mouse_read read = MOUSE_MORE;
    for (; *bytes != '\0' && read == MOUSE_MORE; bytes++)
        read = mouse_take(&reader, (uint8_t)*bytes, &mouse);
    assert_true(*bytes == '\0');
    return read;
}

static void buttons_and_the_wheel_are_told(void **state)
{
    (void)state;
    assert_int_equal(report("0;12;3M"), MOUSE_READ);
    assert_int_equal(mouse.kind, MOUSE_CLICK);
    assert_int_equal(mouse.x, 11);
    assert_int_equal(mouse.y, 2);
    assert_int_equal(report("0;12;3m"), MOUSE_READ);
    assert_int_equal(mouse.kind, MOUSE_RELEASE);
    assert_int_equal(report("32;13;3M"), MOUSE_READ);
    assert_int_equal(mouse.kind, MOUSE_DRAG);
    assert_int_equal(mouse.x, 12);
    assert_int_equal(report("34;13;3M"), MOUSE_READ); /* with another button */
    assert_int_equal(mouse.kind, MOUSE_OTHER);
    assert_int_equal(report("2;13;3m"), MOUSE_READ);
    assert_int_equal(mouse.kind, MOUSE_OTHER);
    assert_int_equal(report("64;1;1M"), MOUSE_READ);
    assert_int_equal(mouse.kind, MOUSE_WHEEL_UP);
    assert_int_equal(report("81;1;1M"), MOUSE_READ); /* with Ctrl */
    assert_int_equal(mouse.kind, MOUSE_WHEEL_DOWN);
    assert_int_equal(report("35;1;1M"), MOUSE_READ);
    assert_int_equal(mouse.kind, MOUSE_OTHER);
}

static void a_broken_report_ends_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const broken[] = {"M",        "0;1M",     "0;0;1M",          "0;1;1x",
                                         "0;1;1;1M", "0;1;\033", "0;99999999999;1M"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        assert_int_equal(report(broken[i]), MOUSE_BROKEN);
        assert_int_equal(report("0;1;1M"), MOUSE_READ);
    }
    assert_int_equal(mouse_take(&reader, '0', &mouse), MOUSE_MORE);
    assert_int_equal(report(";5;6M"), MOUSE_READ); /* in two reads */
    assert_int_equal(mouse.x, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_the_table_has_is_taken, setup),
        cmocka_unit_test_setup(what_it_has_not_is_explained, setup),
        cmocka_unit_test_setup(what_is_set_is_kept_and_read_back, setup),
        cmocka_unit_test_setup(carry_is_megabytes, setup),
        cmocka_unit_test_setup(every_setting_has_a_line, setup),
        cmocka_unit_test(buttons_and_the_wheel_are_told),
        cmocka_unit_test(a_broken_report_ends_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
