/* Keys: what the table binds, how a configuration binds anew, and the sentences for what it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/keys.h"

static struct keys keys;

static int setup(void **state)
{
    (void)state;
    keys_init(&keys);
    return 0;
}

static void expect(const char *name, int action)
{
    uint32_t key;
    assert_true(keys_read(name, strlen(name), &key));
    assert_int_equal(keys_action(&keys, 0, key), action);
}

static void the_table_binds_what_it_says(void **state)
{
    (void)state;
    expect("Ctrl-A", EDIT_HOME);
    expect("Home", EDIT_HOME);
    expect("Alt-Y", EDIT_YANK_POP);
    expect("Ctrl-_", EDIT_UNDO);
    expect("Enter", ACTION_SEND);
    expect("Alt-Enter", EDIT_NEW_LINE);
    expect("Alt-9", ACTION_CHANNEL_9);
    expect("Alt->", ACTION_BOTTOM);
    expect("Shift-Tab", ACTION_COMPLETE_BACK);
    expect("x", ACTION_NONE);
    expect("F1", ACTION_NONE);
    uint32_t first = 'x' | KEYS_CTRL, second = 'e' | KEYS_CTRL;
    assert_true(keys_begins(&keys, first));
    assert_false(keys_begins(&keys, second));
    assert_int_equal(keys_action(&keys, 0, first), ACTION_NONE);
    assert_int_equal(keys_action(&keys, first, second), ACTION_EDITOR);
    assert_int_equal(keys_action(&keys, first, 'z'), ACTION_NONE);
}

static void names_lead_to_keys_and_back(void **state)
{
    (void)state;
    static const char *const names[] = {"Ctrl-X",
                                        "Alt-Left",
                                        "Ctrl-Alt-Delete",
                                        "Shift-Up",
                                        "F12",
                                        "Alt-,",
                                        "\xC3\xA5",
                                        "Alt-\xC3\xA5",
                                        "Ctrl-Space",
                                        "Alt--",
                                        "Ctrl-Alt-Shift-PageUp"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint32_t key;
        char out[64];
        assert_true(keys_read(names[i], strlen(names[i]), &key));
        keys_write(key, out, sizeof out);
        assert_string_equal(out, names[i]);
    }
    static const char *const wrong[] = {"", "Ctrl-", "Hyper-X", "F13", "xx", "Shift-a", "\x01"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint32_t key;
        assert_false(keys_read(wrong[i], strlen(wrong[i]), &key));
    }
    uint32_t lower, upper;
    assert_true(keys_read("ctrl-x", 6, &lower) && keys_read("CTRL-X", 6, &upper));
    assert_int_equal(lower, upper);
}

static void a_configuration_binds_anew(void **state)
{
    (void)state;
    char why[256] = "";
    assert_true(keys_bind(&keys, "Ctrl-T next-channel", why, sizeof why));
    expect("Ctrl-T", ACTION_NEXT_CHANNEL);
    expect("Alt-Right", ACTION_NEXT_CHANNEL);
    assert_true(keys_bind(&keys, "  F2   F3  empty ", why, sizeof why));
    assert_int_equal(keys_action(&keys, KEYS_F1 + 1, KEYS_F1 + 2), EDIT_CLEAR);
    assert_true(keys_bind(&keys, "Ctrl-T none", why, sizeof why));
    expect("Ctrl-T", ACTION_NONE);
    /* A key of its own takes the pairs that it began. */
    assert_true(keys_bind(&keys, "Ctrl-X undo", why, sizeof why));
    expect("Ctrl-X", EDIT_UNDO);
    assert_false(keys_begins(&keys, 'x' | KEYS_CTRL));
    assert_true(keys_bind(&keys, "Ctrl-X Ctrl-E editor", why, sizeof why));
    expect("Ctrl-X", ACTION_NONE);
    assert_string_equal(why, "");
}

static void refuse(const char *line, const char *sentence)
{
    char why[256];
    struct keys before = keys;
    assert_false(keys_bind(&keys, line, why, sizeof why));
    assert_string_equal(why, sentence);
    assert_memory_equal(&before, &keys, sizeof keys);
}

static void what_cannot_be_bound_is_said(void **state)
{
    (void)state;
    refuse("Ctrl-T next-chanel",
           "bind: there is no action next-chanel; \\keys lists them, and none "
           "takes a key's away");
    refuse("Ctl-T next-channel", "bind: Ctl-T is no key; write it like Ctrl-X, Alt-Left or F5, one "
                                 "or two of them, and behind them the action");
    refuse("next-channel", "bind: what stands before the action is no key; write it like Ctrl-X, "
                           "Alt-Left or F5, one or two of them, and behind them the action");
    refuse("F1 F2 F3 undo", "bind: F3 is no key; write it like Ctrl-X, Alt-Left or F5, one or two "
                            "of them, and behind them the action");
    refuse("", "bind: there is no action ; \\keys lists them, and none takes a key's away");
    refuse("F1 \x1B[2J", "bind: there is no action \xEF\xBF\xBD[2J; \\keys lists them, and none "
                         "takes a key's away");
    char line[64];
    for (int i = 0; i < 400; i++) { /* letters of other scripts, until it is full */
        snprintf(line, sizeof line, "\xE4%c%c undo", 0xB8 + i / 64, 0x80 + i % 64);
        keys_bind(&keys, line, NULL, 0);
    }
    assert_int_equal(keys.count, KEYS_BINDINGS_MAX);
    refuse("F11 undo", "bind: there are 256 keys bound already");
}

static void every_action_is_listed(void **state)
{
    (void)state;
    char line[KEYS_HELP_MAX], all[16384] = "";
    size_t listed = 0;
    for (; keys_help_line(&keys, listed, line, sizeof line); listed++) {
        assert_true(strlen(line) < sizeof line - 1);
        strcat(strcat(all, line), "\n");
    }
    for (int i = 0; i < ACTION_COUNT; i++)
        if (i <= ACTION_CHANNEL_1 || i > ACTION_CHANNEL_9)
            assert_non_null(strstr(all, keys_action_name(i)));
    assert_non_null(strstr(all, "Ctrl-X Ctrl-E"));
    assert_non_null(strstr(all, "Left, Ctrl-B"));
    assert_null(keys_action_name(ACTION_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_table_binds_what_it_says, setup),
        cmocka_unit_test_setup(names_lead_to_keys_and_back, setup),
        cmocka_unit_test_setup(a_configuration_binds_anew, setup),
        cmocka_unit_test_setup(what_cannot_be_bound_is_said, setup),
        cmocka_unit_test_setup(every_action_is_listed, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
