/* Receipts: each entry's count is how many nodes reach it, and what grew is said once, in ranges of
 * one count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/receipts.h"

static struct held_range held[LIMIT_HELD_RANGES];

static struct id node(uint32_t number)
{
    struct id id = {{0}};
    memcpy(id.b, &number, sizeof number);
    return id;
}

static size_t note(struct receipts *receipts, uint32_t number, uint64_t seq, uint64_t from)
{
    struct id id = node(number);
    return receipts_note(receipts, &id, seq, from, held);
}

static void is(size_t index, uint64_t from, uint64_t to, uint32_t by)
{
    assert_int_equal(held[index].from, from);
    assert_int_equal(held[index].to, to);
    assert_int_equal(held[index].by, by);
}

static void grows_in_steps(void **state)
{
    (void)state;
    struct receipts receipts = {.count = 0};
    assert_int_equal(note(&receipts, 1, 5, 0), 1);
    is(0, 1, 5, 1);
    assert_int_equal(note(&receipts, 2, 8, 0), 2);
    is(0, 1, 5, 2);
    is(1, 6, 8, 1);
    assert_int_equal(note(&receipts, 1, 8, 0), 1);
    is(0, 6, 8, 2);
    assert_int_equal(note(&receipts, 3, 9, 0), 2);
    is(0, 1, 8, 3);
    is(1, 9, 9, 1);
    assert_int_equal(receipts_count(&receipts, 8), 3);
    assert_int_equal(receipts_count(&receipts, 9), 1);
    assert_int_equal(receipts_count(&receipts, 10), 0);
    receipts_release(&receipts);
}

static void says_nothing_twice(void **state)
{
    (void)state;
    struct receipts receipts = {.count = 0};
    note(&receipts, 1, 5, 0);
    assert_int_equal(note(&receipts, 1, 5, 0), 0);
    assert_int_equal(note(&receipts, 1, 4, 0), 0);
    assert_int_equal(receipts_count(&receipts, 5), 1);
    receipts_release(&receipts);
}

/* What was said before this process began is not spoken of, and is counted. */
static void from_a_floor(void **state)
{
    (void)state;
    struct receipts receipts = {.count = 0};
    assert_int_equal(note(&receipts, 1, 10, 10), 0);
    assert_int_equal(note(&receipts, 1, 12, 10), 1);
    is(0, 11, 12, 1);
    assert_int_equal(receipts_count(&receipts, 3), 1);
    receipts_release(&receipts);
}

/* Who was let in later holds what was said before, and cannot read it. */
static void what_cannot_be_read_is_not_counted(void **state)
{
    (void)state;
    struct receipts receipts = {.count = 0};
    struct id id = node(2);
    note(&receipts, 1, 5, 0);
    assert_true(receipts_hide(&receipts, &id, 5));
    assert_int_equal(receipts_below(&receipts, &id), 5);
    assert_int_equal(receipts_of(&receipts, &id), 0);
    assert_int_equal(note(&receipts, 2, 5, 0), 0);
    assert_int_equal(receipts_count(&receipts, 5), 1);
    assert_int_equal(note(&receipts, 2, 7, 0), 1);
    is(0, 6, 7, 1);
    assert_int_equal(note(&receipts, 1, 7, 0), 1);
    is(0, 6, 7, 2);
    assert_int_equal(note(&receipts, 3, 7, 0), 2); /* a step where the other begins */
    is(0, 1, 5, 2);
    is(1, 6, 7, 3);
    receipts_release(&receipts);
}

/* Who has no place any more is not counted: not for what he cannot read either. */
static void what_cannot_be_read_is_not_forgotten(void **state)
{
    (void)state;
    struct receipts receipts = {.count = 0};
    for (uint32_t i = 0; i < LIMIT_RECEIPTS; i++) {
        struct id id = node(i);
        assert_true(receipts_hide(&receipts, &id, 5));
    }
    struct id more = node(LIMIT_RECEIPTS);
    assert_false(receipts_hide(&receipts, &more, 5));
    assert_int_equal(note(&receipts, LIMIT_RECEIPTS, 9, 0), 0);
    assert_int_equal(note(&receipts, 0, 9, 0), 1);
    assert_int_equal(receipts_count(&receipts, 5), 0);
    assert_int_equal(receipts_count(&receipts, 6), 1);
    receipts_release(&receipts);
}

static void is_bounded(void **state)
{
    (void)state;
    struct receipts receipts = {.count = 0};
    for (uint32_t i = 0; i < LIMIT_RECEIPTS + 10; i++)
        note(&receipts, i, 1000 - i, 0);
    assert_int_equal(receipts.count, LIMIT_RECEIPTS);
    assert_int_equal(receipts_count(&receipts, 1), LIMIT_RECEIPTS);
    /* One that rises over all others gives as many steps as there are receipts. */
    assert_in_range(note(&receipts, LIMIT_RECEIPTS - 1, 2000, 0), 1, LIMIT_RECEIPTS);
    receipts_release(&receipts);
}

/* Against counting by hand, for a thousand random receipts. */
static void as_counted_by_hand(void **state)
{
    (void)state;
    struct receipts receipts = {.count = 0};
    uint64_t reached[8] = {0}, below[8] = {0}, random = 1;
    uint32_t told[64] = {0};
    for (int i = 0; i < 1000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint32_t who = (uint32_t)(random >> 60) % 8;
        uint64_t seq = (random >> 33) % 64;
        if (reached[who] == 0 && i % 3 == 0) { /* once, before its first */
            struct id id = node(who);
            below[who] = seq / 2;
            receipts_hide(&receipts, &id, below[who]);
        }
        size_t count = note(&receipts, who, seq, 0);
        if (seq > reached[who])
            reached[who] = seq;
        for (size_t k = 0; k < count; k++)
            for (uint64_t s = held[k].from; s <= held[k].to; s++) {
                assert_int_equal(held[k].by, told[s] + 1); /* it grew by this one */
                told[s] = held[k].by;
            }
        for (uint64_t s = 1; s < 64; s++) {
            uint32_t by = 0;
            for (size_t k = 0; k < 8; k++)
                by += reached[k] >= s && below[k] < s;
            assert_int_equal(told[s], by);
        }
    }
    receipts_release(&receipts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_in_steps),
        cmocka_unit_test(says_nothing_twice),
        cmocka_unit_test(from_a_floor),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(as_counted_by_hand),
        cmocka_unit_test(what_cannot_be_read_is_not_counted),
        cmocka_unit_test(what_cannot_be_read_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
