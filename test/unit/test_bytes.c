/* Readers stop at the end, writers at their room; integers are little-endian; hex is exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

static void integers_are_little_endian(void **state)
{
    (void)state;
    uint8_t at[15];
    struct writer w = writer_of(at, sizeof at);
    write_u8(&w, 0x01);
    write_u16(&w, 0x0302);
    write_u32(&w, 0x07060504);
    write_u64(&w, 0x0f0e0d0c0b0a0908);
    assert_false(w.full);
    assert_int_equal(written(&w).size, 15);
    for (size_t i = 0; i < sizeof at; i++)
        assert_int_equal(at[i], i + 1);

    struct reader r = reader_of(written(&w));
    assert_int_equal(read_u8(&r), 0x01);
    assert_int_equal(read_u16(&r), 0x0302);
    assert_int_equal(read_u32(&r), 0x07060504);
    assert_false(read_done(&r));
    assert_true(read_u64(&r) == 0x0f0e0d0c0b0a0908);
    assert_true(read_done(&r));
}

static void a_short_reader_gives_zeroes_and_stays_bad(void **state)
{
    (void)state;
    const uint8_t at[] = {1, 2, 3};
    struct reader r = reader_of((struct bytes){.at = at, .size = sizeof at});
    assert_int_equal(read_u32(&r), 0);
    assert_true(r.bad);
    assert_int_equal(read_u8(&r), 0);
    assert_int_equal(read_bytes(&r, 0).size, 0);
    assert_false(read_done(&r));

    r = reader_of((struct bytes){.at = at, .size = sizeof at});
    struct id id = read_id(&r);
    assert_true(id_is_zero(&id));
    assert_true(r.bad);

    r = reader_of((struct bytes){.at = at, .size = sizeof at});
    assert_null(read_bytes(&r, SIZE_MAX).at);
    assert_true(r.bad);
}

static void bytes_are_borrowed_in_order(void **state)
{
    (void)state;
    const uint8_t at[] = {1, 2, 3};
    struct reader r = reader_of((struct bytes){.at = at, .size = sizeof at});
    assert_ptr_equal(read_bytes(&r, 2).at, at);
    assert_ptr_equal(read_bytes(&r, 1).at, at + 2);
    assert_int_equal(read_bytes(&r, 0).size, 0);
    assert_true(read_done(&r));

    r = reader_of((struct bytes){0});
    assert_true(read_done(&r));
}

static void a_full_writer_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t at[4] = {0, 0, 0, 9};
    struct writer w = writer_of(at, 3);
    write_u16(&w, 0x0201);
    write_u16(&w, 0x0403);
    assert_true(w.full);
    write_u8(&w, 5);
    assert_int_equal(written(&w).size, 2);
    assert_int_equal(at[2], 0);
    assert_int_equal(at[3], 9);

    w = writer_of(at, 3);
    write_copy(&w, at, SIZE_MAX);
    assert_true(w.full);
    w = writer_of(NULL, 0);
    write_copy(&w, NULL, 0);
    assert_false(w.full);
}

static void ids_compare_as_bytes(void **state)
{
    (void)state;
    struct id a = {{0}}, b = {{0}};
    assert_true(id_equal(&a, &b));
    assert_true(id_is_zero(&a));
    b.b[31] = 1;
    assert_false(id_equal(&a, &b));
    assert_false(id_is_zero(&b));
    assert_true(id_compare(&a, &b) < 0);
    a.b[0] = 0xff;
    assert_true(id_compare(&a, &b) > 0);

    uint8_t at[32];
    struct writer w = writer_of(at, sizeof at);
    write_id(&w, &a);
    struct reader r = reader_of(written(&w));
    b = read_id(&r);
    assert_true(id_equal(&a, &b));
}

static void hex_goes_there_and_back(void **state)
{
    (void)state;
    const uint8_t from[] = {0x00, 0x9a, 0xff};
    char text[7];
    uint8_t to[3];
    hex_of(text, from, sizeof from);
    assert_string_equal(text, "009aff");
    assert_true(hex_read(to, 3, text));
    assert_memory_equal(to, from, 3);
    assert_true(hex_read(to, 3, "009AfF"));
    assert_memory_equal(to, from, 3);
}

static void hex_of_another_form_is_refused(void **state)
{
    (void)state;
    uint8_t to[3];
    const char *const refused[] = {"",       "009af",  "009aff0", "009aff00",
                                   "009afg", " 09aff", "0x9aff"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(hex_read(to, 3, refused[i]));
    assert_true(hex_read(to, 0, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(a_short_reader_gives_zeroes_and_stays_bad),
        cmocka_unit_test(bytes_are_borrowed_in_order),
        cmocka_unit_test(a_full_writer_writes_nothing_more),
        cmocka_unit_test(ids_compare_as_bytes),
        cmocka_unit_test(hex_goes_there_and_back),
        cmocka_unit_test(hex_of_another_form_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
