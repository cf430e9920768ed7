/* Lines typed before: by channel, searched, within bounds, and the same after a way through a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/limits.h"
#include "ui/recall.h"

static struct recall *recall;

static int setup(void **state)
{
    (void)state;
    recall = recall_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    recall_free(recall);
    return 0;
}

static void goes_back_and_forth_in_one_channel(void **state)
{
    (void)state;
    size_t number = SIZE_MAX;
    assert_null(recall_older(recall, "#a", &number));
    recall_add(recall, "#a", "one", true);
    recall_add(recall, "#b", "elsewhere", true);
    recall_add(recall, "#a", "two", false);
    recall_add(recall, "#a", "two", true); /* again: once */
    recall_add(recall, "#a", "", true);
    assert_string_equal(recall_older(recall, "#a", &number), "two");
    assert_string_equal(recall_older(recall, "#a", &number), "one");
    assert_null(recall_older(recall, "#a", &number));
    assert_string_equal(recall_newer(recall, "#a", &number), "two");
    assert_null(recall_newer(recall, "#a", &number));
    number = SIZE_MAX;
    assert_null(recall_newer(recall, "#a", &number));
    assert_string_equal(recall_older(recall, "#b", &number), "elsewhere");
}

static void searches_all_channels(void **state)
{
    (void)state;
    size_t number = SIZE_MAX;
    recall_add(recall, "#a", "the first one", true);
    recall_add(recall, "#b", "the second", true);
    recall_add(recall, "#a", "another", true);
    assert_string_equal(recall_search(recall, "the", &number), "another");
    assert_string_equal(recall_search(recall, "the", &number), "the second");
    assert_string_equal(recall_search(recall, "one", &number), "the first one");
    assert_null(recall_search(recall, "the", &number));
    assert_string_equal(recall_search_newer(recall, "another", &number), "another");
}

static void is_bounded(void **state)
{
    (void)state;
    char line[32];
    size_t number = SIZE_MAX, count = 0;
    for (int i = 0; i < RECALL_LINES_MAX + 7; i++) {
        snprintf(line, sizeof line, "line %d", i);
        recall_add(recall, "#a", line, true);
    }
    const char *found, *last = NULL;
    for (; (found = recall_older(recall, "#a", &number)) != NULL; count++)
        last = found;
    assert_int_equal(count, RECALL_LINES_MAX);
    assert_string_equal(last, "line 7");
    assert_string_equal(recall_newer(recall, "#a", &number), "line 8");
    char *large = malloc(LIMIT_TEXT + 2);
    memset(large, 'x', LIMIT_TEXT + 1);
    large[LIMIT_TEXT + 1] = '\0';
    recall_add(recall, "#a", large, true); /* no message is that long */
    large[LIMIT_TEXT] = '\0';
    for (int i = 0; i < 30; i++) {
        large[0] = (char)('a' + i % 26);
        recall_add(recall, "#a", large, true);
    }
    number = SIZE_MAX;
    for (count = 0; recall_older(recall, "#a", &number) != NULL; count++)
        ;
    assert_int_equal(count, RECALL_BYTES_MAX / (LIMIT_TEXT + 4));
    free(large);
}

static void comes_back_from_its_file(void **state)
{
    (void)state;
    size_t size, number = SIZE_MAX;
    recall_add(recall, "", "\\join a", true);
    recall_add(recall, "#a", "two\nlines \\n and a \\", true);
    recall_add(recall, "#a", "\\invte mistyped", false);
    char *fresh = recall_fresh(recall, &size);
    assert_string_equal(fresh, "- \\\\join a\n#a two\\nlines \\\\n and a \\\\\n");
    assert_int_equal(size, strlen(fresh));
    assert_null(recall_fresh(recall, &size));
    recall_add(recall, "#a", "more", true);
    char *more = recall_fresh(recall, &size);
    assert_string_equal(more, "#a more\n");
    struct recall *other = recall_new();
    recall_read(other, fresh, strlen(fresh));
    recall_read(other, more, strlen(more));
    assert_null(recall_fresh(other, &size));
    assert_string_equal(recall_older(other, "#a", &number), "more");
    assert_string_equal(recall_older(other, "#a", &number), "two\nlines \\n and a \\");
    assert_null(recall_older(other, "#a", &number));
    number = SIZE_MAX;
    assert_string_equal(recall_older(other, "", &number), "\\join a");
    char *whole = recall_write(other, &size);
    assert_int_equal(size, strlen(fresh) + strlen(more));
    recall_free(other);
    free(fresh);
    free(more);
    free(whole);
}

static void a_damaged_line_costs_that_line(void **state)
{
    (void)state;
    static const char text[] =
        "#a good\n\nnonsense\n#a ends in \\\nx y\n #a\n#b zero\0byte\n#a last";
    size_t number = SIZE_MAX;
    recall_read(recall, text, sizeof text - 1);
    assert_string_equal(recall_older(recall, "#a", &number), "last");
    assert_string_equal(recall_older(recall, "#a", &number), "good");
    assert_null(recall_older(recall, "#a", &number));
    number = SIZE_MAX;
    assert_null(recall_older(recall, "#b", &number));
    assert_null(recall_older(recall, "", &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_back_and_forth_in_one_channel, setup, teardown),
        cmocka_unit_test_setup_teardown(searches_all_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(comes_back_from_its_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_line_costs_that_line, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
