/* Table: what was put is found, whatever the ids are, through every growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "base/table.h"

static const uint8_t KEY[16] = {1, 2, 3};

static struct id id_of(uint32_t number)
{
    struct id id = {{0}};
    memcpy(id.b + 28, &number, sizeof number);
    return id;
}

static void an_empty_table_holds_nothing(void **state)
{
    (void)state;
    struct table table;
    struct id id = id_of(0);
    table_init(&table, KEY);
    assert_int_equal(table_get(&table, &id), TABLE_NONE);
    table_release(&table);
}

/* Ids that differ in their last bytes only, and by thousands. */
static void all_are_found(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, KEY);
    for (uint32_t i = 0; i < 5000; i++) {
        struct id id = id_of(i);
        assert_int_equal(table_get(&table, &id), TABLE_NONE);
        table_put(&table, &id, i * 3);
        assert_int_equal(table.count, i + 1);
        assert_true(table.count * 2 <= table.room);
        assert_int_equal(table_get(&table, &id), i * 3);
    }
    for (uint32_t i = 0; i < 6000; i++) {
        struct id id = id_of(i);
        assert_int_equal(table_get(&table, &id), i < 5000 ? i * 3 : TABLE_NONE);
    }
    table_release(&table);
}

static void a_value_is_replaced(void **state)
{
    (void)state;
    struct table table;
    struct id id = id_of(7);
    table_init(&table, KEY);
    table_put(&table, &id, 1);
    table_put(&table, &id, 0);
    assert_int_equal(table.count, 1);
    assert_int_equal(table_get(&table, &id), 0);
    table_release(&table);
}

/* Where an id falls depends on the key, so nobody outside can choose it. */
static void the_key_scatters(void **state)
{
    (void)state;
    struct prng prng;
    uint8_t seed[32] = {9};
    prng_init(&prng, seed);
    for (int round = 0; round < 50; round++) {
        struct table table;
        uint8_t key[16];
        prng_bytes(&prng, key, sizeof key);
        table_init(&table, key);
        for (uint32_t i = 0; i < 100; i++) {
            struct id id;
            prng_bytes(&prng, id.b, sizeof id.b);
            table_put(&table, &id, i);
            assert_int_equal(table_get(&table, &id), i);
        }
        table_release(&table);
    }
}

static void released_it_begins_anew(void **state)
{
    (void)state;
    struct table table;
    struct id id = id_of(7);
    table_init(&table, KEY);
    table_put(&table, &id, 1);
    table_release(&table);
    assert_int_equal(table.count, 0);
    table_init(&table, KEY);
    assert_int_equal(table_get(&table, &id), TABLE_NONE);
    table_put(&table, &id, 2);
    assert_int_equal(table_get(&table, &id), 2);
    table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_holds_nothing), cmocka_unit_test(all_are_found),
        cmocka_unit_test(a_value_is_replaced),          cmocka_unit_test(the_key_scatters),
        cmocka_unit_test(released_it_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
