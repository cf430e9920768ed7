/* What is pasted into a terminal that does not mark it, told from what is typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/burst.h"
#include "ui/keys.h"

static struct burst burst;

static uint32_t key_of(char byte)
{
    return byte == '\r'   ? KEYS_ENTER
           : byte == '\n' ? ('j' | KEYS_CTRL)
           : byte == '\t' ? KEYS_TAB
                          : (uint32_t)(unsigned char)byte;
}

static bool is_paste(const char *keys, bool into_empty)
{
    memset(&burst, 0, sizeof burst);
    for (const char *at = keys; *at != '\0'; at++)
        assert_true(burst_add(&burst, key_of(*at)));
    assert_int_equal(burst.bytes, strlen(keys));
    return burst_is_paste(&burst, into_empty);
}

static void lines_that_come_at_once(void **state)
{
    (void)state;
    assert_true(is_paste("one\rtwo\rthree", true));
    assert_true(is_paste("one\rtwo\rthree\r", true));
    assert_true(is_paste("if x:\r\tpass\r", true));
    assert_true(is_paste("if x:\r\tpass", true));
    assert_true(is_paste("one\ntwo\nthree\n", true));
    assert_true(is_paste("\r\r\r", true));
    assert_true(is_paste("rest of one\r/two\rthree\r", false));
    assert_true(is_paste("/usr/bin\r/etc\r/var\r", false)); /* behind what is in the input */
}

static void what_is_typed(void **state)
{
    (void)state;
    assert_false(is_paste("", true));
    assert_false(is_paste("a line\r", true));
    assert_false(is_paste("one\rtwo", true));
    assert_false(is_paste("one\rtwo\r", true));
    assert_false(is_paste("\r\r", true));
    assert_false(is_paste("Ad\thello\r", true));               /* a nick, completed */
    assert_false(is_paste("\\join #tea\rhello\rall\r", true)); /* a program does that */
    assert_false(is_paste("/quit\r/quit\r/quit\r", true));
    is_paste("one\rtwo\rthree\r", true);
    burst_add(&burst, KEYS_UP);
    assert_false(burst_is_paste(&burst, true));
    is_paste("one\rtwo\rthree\r", true);
    burst_add(&burst, 'a' | KEYS_CTRL);
    assert_false(burst_is_paste(&burst, true));
    is_paste("one\rtwo\rthree\r", true);
    burst_add(&burst, 'b' | KEYS_ALT);
    assert_false(burst_is_paste(&burst, true));
}

static void keys_are_given_out_in_order(void **state)
{
    (void)state;
    uint32_t key;
    memset(&burst, 0, sizeof burst);
    assert_false(burst_next(&burst, &key));
    for (uint32_t i = 0; i < BURST_KEYS; i++)
        assert_true(burst_add(&burst, 0x80 + i % 1000)); /* two bytes or three */
    assert_false(burst_add(&burst, 'x'));
    assert_true(burst.bytes > 2 * BURST_KEYS - 200);
    for (uint32_t i = 0; i < BURST_KEYS; i++) {
        assert_true(burst_next(&burst, &key));
        assert_int_equal(key, 0x80 + i % 1000);
    }
    assert_false(burst_next(&burst, &key));
    assert_int_equal(burst.bytes, 0);
    assert_true(burst_add(&burst, KEYS_ENTER));
    assert_int_equal(burst.lines, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_come_at_once),
        cmocka_unit_test(what_is_typed),
        cmocka_unit_test(keys_are_given_out_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
