/* Known: addresses that are kept over restarts. */
#include "profile_help.h"
#include "store/known.h"

#define T0 1700000000000

static char path[600];
static struct known known;

static struct id id_of(int number)
{
    return (struct id){{7, (uint8_t)number, (uint8_t)(number >> 8)}};
}

static void met(int network, int node, int address, uint64_t wall_ms, bool worked)
{
    struct known_row row = {
        .network = id_of(network), .node = id_of(node), .wall_ms = wall_ms, .worked = worked};
    snprintf(row.address.text, sizeof row.address.text, "[fe80::%x%%eth0]:1", address);
    known_met(&known, &row);
}

static void again(void)
{
    assert_int_equal(known_save(&known, NULL), ERROR_NONE);
    known_open(&known, path);
}

static int begin(void **state)
{
    if (home_make(state) != 0)
        return 1;
    snprintf(path, sizeof path, "%s/addresses", home);
    known_open(&known, path);
    return 0;
}

static void test_kept_by_network_the_best_first(void **state)
{
    (void)state;
    struct known_row rows[KNOWN_NETWORK_MAX];
    struct id network = id_of(1), node = id_of(12);
    assert_int_equal(known.count, 0);
    met(1, 10, 0xa, T0 + 1000, true);
    met(1, 11, 0xb, T0 + 3999, false);
    met(1, 12, 0xc, T0 + 2000, true);
    met(2, 12, 0xd, T0 + 4000, true);
    again();
    assert_int_equal(known.count, 4);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(known_of(&known, &network, rows), 3);
    assert_string_equal(rows[0].address.text, "[fe80::c%eth0]:1");
    assert_true(id_equal(&rows[0].node, &node));
    assert_true(rows[0].worked && rows[1].worked && !rows[2].worked);
    assert_string_equal(rows[1].address.text, "[fe80::a%eth0]:1");
    assert_true(rows[2].wall_ms == T0 + 3000);
}

/* A write costs two fsyncs: none for what is known and was met lately. */
static void test_nothing_new_is_not_written(void **state)
{
    (void)state;
    met(1, 10, 1, T0, true);
    again();
    met(1, 10, 1, T0 + 3600000, true);
    met(1, 10, 1, T0 + 3600000, false); /* it worked once */
    assert_false(known.changed);
    met(1, 10, 1, T0 + 25 * 3600000, false);
    assert_true(known.changed && known.rows[0].worked);
    again();
    met(1, 11, 1, T0 + 25 * 3600000, false); /* another is there now */
    assert_true(known.changed && !known.rows[0].worked);
    assert_int_equal(known.count, 1);
}

static void test_bounds(void **state)
{
    (void)state;
    struct known_row rows[KNOWN_NETWORK_MAX];
    struct id network = id_of(0);
    for (int i = 0; i < 10; i++)
        met(0, 1, i, T0 + 1000 * i, true);
    assert_int_equal(known_of(&known, &network, rows), KNOWN_NODE_MAX);
    assert_string_equal(rows[KNOWN_NODE_MAX - 1].address.text, "[fe80::6%eth0]:1");
    for (int i = 0; i < 100; i++)
        met(0, i, 100 + i, T0 + 100000 + 1000 * i, true);
    assert_int_equal(known_of(&known, &network, rows), KNOWN_NETWORK_MAX);
    for (int i = 0; i < 1000; i++)
        met(1 + i % 20, i, 1000 + i, T0 + 1000000 + 1000 * i, true);
    assert_int_equal(known.count, KNOWN_MAX);
    again();
    assert_int_equal(known.count, KNOWN_MAX);
}

static void test_forgotten(void **state)
{
    (void)state;
    struct id network = id_of(1), node = id_of(10), nobody = {{0}};
    struct address address = {"[fe80::3%eth0]:1"}, none = {{0}};
    met(1, 10, 1, T0, true);
    met(1, 10, 2, T0, true);
    met(1, 11, 3, T0, true);
    met(2, 10, 1, T0, true);
    known_forget(&known, &network, &node, &none);
    assert_int_equal(known.count, 2);
    known_forget(&known, &network, &nobody, &address);
    assert_int_equal(known.count, 1);
    again();
    assert_int_equal(known.count, 1);
    assert_true(id_equal(&known.rows[0].network, &(struct id){{7, 2}}));
}

static void test_lines_that_are_none(void **state)
{
    (void)state;
    char text[4096], id[65];
    memset(id, 'a', 64);
    id[64] = 0;
    snprintf(text, sizeof text,
             "\n# addresses\n%s %s 17 dialled\n%s %s 17 dialled 1.2.3.4:1 more\n%s x 17 came 1:1\n"
             "%s %s 17x came 1.2.3.4:1\n%s %s 99999999999 came 1.2.3.4:1\n%s %s 1 came \x1b[31m\n"
             "%s %s 17 came 1.2.3.4:5\n%s %s 1 came 6.7.8.9:%080d",
             id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, 7);
    put_file(path, text);
    known_open(&known, path);
    assert_int_equal(known.count, 1);
    assert_string_equal(known.rows[0].address.text, "1.2.3.4:5");
    put_file(path, "");
    known_open(&known, path);
    assert_int_equal(known.count, 0);
}

static void test_what_cannot_be_written_is_tried_again(void **state)
{
    (void)state;
    met(1, 1, 1, T0, true);
    snprintf(known.path, sizeof known.path, "%s/none/addresses", home);
    assert_int_not_equal(known_save(&known, NULL), ERROR_NONE);
    assert_true(known.changed);
    snprintf(known.path, sizeof known.path, "%s", path);
    assert_int_equal(known_save(&known, NULL), ERROR_NONE);
    assert_false(known.changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_by_network_the_best_first, begin, home_remove),
        cmocka_unit_test_setup_teardown(test_nothing_new_is_not_written, begin, home_remove),
        cmocka_unit_test_setup_teardown(test_bounds, begin, home_remove),
        cmocka_unit_test_setup_teardown(test_forgotten, begin, home_remove),
        cmocka_unit_test_setup_teardown(test_lines_that_are_none, begin, home_remove),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_written_is_tried_again, begin,
                                        home_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
