/* Arena memory is zeroed, aligned and stays; the prng is ChaCha20 and repeats; errors become
 * sentences; a failed CHECK ends the program. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/error.h"
#include "base/grown.h"
#include "base/prng.h"

static void arena_memory_is_zeroed_aligned_and_stays(void **state)
{
    (void)state;
    struct arena arena;
    uint8_t *taken[200];
    arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        size_t used = 0;
        for (size_t i = 0; i < 200; i++) {
            size_t size = i * 7;
            taken[i] = arena_take(&arena, size);
            used += size;
            assert_int_equal((uintptr_t)taken[i] % alignof(max_align_t), 0);
            for (size_t j = 0; j < size; j++)
                assert_int_equal(taken[i][j], 0);
            memset(taken[i], (int)i, size);
        }
        assert_int_equal(arena.used, used);
        for (size_t i = 0; i < 200; i++)
            for (size_t j = 0; j < i * 7; j++)
                assert_int_equal(taken[i][j], i);
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_release(&arena);
}

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define GIVEN_BACK(at, size) \
    ASAN_UNPOISON_MEMORY_REGION(at, size) /* it is still there: in quarantine */
#else
#define GIVEN_BACK(at, size) ((void)(at), (void)(size))
#endif

static bool is_wiped(const volatile uint8_t *at, size_t size)
{
    bool zeros = true;
    GIVEN_BACK((const void *)at, size);
    for (size_t i = 32; i < size; i++) /* before that the allocator may have its own */
        zeros = zeros && at[i] == 0;
    return zeros;
}

static void lists_that_grow_leave_nothing_behind(void **state)
{
    (void)state;
    struct item {
        uint8_t bytes[40];
    } *list = NULL;
    size_t room = 0, count = 0;
    for (; count < 20; count++) {
        struct item *before = list;
        size_t bytes = count * sizeof *list;
        list = grown(list, count, &room, sizeof *list);
        assert_true(list == before || before == NULL || is_wiped((uint8_t *)before, bytes));
        memset(&list[count], (int)count + 1, sizeof *list);
    }
    assert_int_equal(room, 32);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(list[i].bytes[39], i + 1);
    struct item *last = list;
    grown_free(list, count * sizeof *list);
    assert_true(is_wiped((uint8_t *)last, count * sizeof *last));
    grown_free(NULL, 0);
}

static void a_guarded_list_grows(void **state)
{
    (void)state;
    uint8_t *list = NULL;
    size_t room = 0;
    assert_true(sodium_init() >= 0);
    for (size_t count = 0; count < 5000; count++) {
        list = grown_guarded(list, count, &room, sizeof *list);
        list[count] = (uint8_t)count;
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(list[i], (uint8_t)i);
    guarded_free(list);
    guarded_free(NULL);
}

/* What a step held is not there when the next one begins. */
static void an_arena_that_is_reset_is_wiped(void **state)
{
    (void)state;
    static const char CANARY[] = "a secret of some length";
    struct arena arena;
    arena_init(&arena);
    const volatile uint8_t *at = arena_copy(&arena, CANARY, sizeof CANARY);
    arena_reset(&arena);
    GIVEN_BACK((const void *)at, sizeof CANARY);
    for (size_t i = 0; i < sizeof CANARY; i++)
        assert_int_equal(at[i], 0);
    arena_release(&arena);
}

static void arena_takes_what_is_larger_than_a_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *large = arena_take(&arena, 3000000);
    large[2999999] = 'x';
    char *copy = arena_copy(&arena, "small", 6);
    assert_string_equal(copy, "small");
    assert_int_equal(large[2999999], 'x');
    assert_non_null(arena_copy(&arena, NULL, 0));
    arena_reset(&arena);
    large = arena_take(&arena, 3000000);
    assert_int_equal(large[2999999], 0);
    arena_release(&arena);
    arena_release(&arena);
}

static void arena_lets_go_of_what_is_large_for_long(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_take(&arena, 100000);
    arena_reset(&arena);
    assert_true(arena_bytes(&arena) > 100000);
    for (int round = 0; round < 200; round++) {
        arena_take(&arena, round % 20 == 0 ? 60000 : 100); /* it is of use now and then */
        arena_reset(&arena);
    }
    assert_true(arena_bytes(&arena) > 100000);
    for (int round = 0; round < 200; round++) {
        arena_take(&arena, 100);
        arena_reset(&arena);
    }
    assert_in_range(arena_bytes(&arena), 100, 5000);
    arena_release(&arena);
}

/* RFC 8439, A.1: test vectors 1 and 2 (zero key and nonce, blocks 0 and 1). */
static void prng_is_chacha20(void **state)
{
    (void)state;
    static const uint8_t zero[32];
    uint8_t expected[128], drawn[128];
    struct prng prng;
    assert_true(hex_read(expected, 128,
                         "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
                         "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
                         "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
                         "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"));
    prng_init(&prng, zero);
    prng_bytes(&prng, drawn, sizeof drawn);
    assert_memory_equal(drawn, expected, sizeof drawn);
    assert_int_equal(prng.count, 2);

    prng_init(&prng, zero);
    prng_bytes(&prng, drawn, 1);
    prng_bytes(&prng, drawn, 0);
    prng_bytes(&prng, drawn, 1);
    assert_int_equal(drawn[0], expected[64]);
}

static void prng_below_stays_below_and_reaches_all(void **state)
{
    (void)state;
    static const uint8_t seed[32] = "a seed that is known";
    struct prng prng, again;
    unsigned seen = 0;
    prng_init(&prng, seed);
    prng_init(&again, seed);
    for (int i = 0; i < 1000; i++) {
        uint32_t number = prng_below(&prng, 7);
        assert_true(number < 7);
        assert_int_equal(number, prng_below(&again, 7));
        seen |= 1u << number;
    }
    assert_int_equal(seen, 0x7f);
    assert_int_equal(prng_below(&prng, 1), 0);
}

static void errors_become_sentences(void **state)
{
    (void)state;
    struct error error;
    char text[512];
    assert_int_equal(error_set(&error, ERROR_DISK_FULL, "/home/a%sb"), ERROR_DISK_FULL);
    error_text(&error, text, sizeof text);
    assert_string_equal(text, "the disk that holds /home/a%sb is full; make some room there");

    assert_int_equal(error_set_os(&error, ERROR_FILE, "/x", ENOENT), ERROR_FILE);
    error_text(&error, text, sizeof text);
    assert_string_equal(text, "/x: No such file or directory; fika needs to read and write there");

    assert_int_equal(error_set(NULL, ERROR_MEMORY, "x"), ERROR_MEMORY);
    assert_int_equal(error_set_os(NULL, ERROR_MEMORY, "x", ENOMEM), ERROR_MEMORY);
}

static void every_error_has_one_place_for_what_it_is_about(void **state)
{
    (void)state;
    static const char *const texts[] = {
#define X(name, text) text,
        ERRORS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *gap = strchr(texts[i], '%');
        assert_non_null(gap);
        assert_int_equal(gap[1], 's');
        assert_null(strchr(gap + 1, '%'));
    }
}

static void long_abouts_are_cut(void **state)
{
    (void)state;
    struct error error;
    char about[1000], text[20];
    memset(about, 'x', sizeof about);
    about[sizeof about - 1] = '\0';
    error_set(&error, ERROR_FILE, about);
    assert_int_equal(strlen(error.about), sizeof error.about - 1);
    error_text(&error, text, sizeof text);
    assert_int_equal(strlen(text), sizeof text - 1);
}

static void a_failed_check_ends_the_program(void **state)
{
    (void)state;
    int ends[2], status;
    char said[256] = {0};
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], 2);
        CHECK(1 + 1 == 3);
        _exit(0);
    }
    close(ends[1]);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_non_null(strstr(said, "1 + 1 == 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_stays),
        cmocka_unit_test(arena_lets_go_of_what_is_large_for_long),
        cmocka_unit_test(lists_that_grow_leave_nothing_behind),
        cmocka_unit_test(a_guarded_list_grows),
        cmocka_unit_test(an_arena_that_is_reset_is_wiped),
        cmocka_unit_test(arena_takes_what_is_larger_than_a_block),
        cmocka_unit_test(prng_is_chacha20),
        cmocka_unit_test(prng_below_stays_below_and_reaches_all),
        cmocka_unit_test(errors_become_sentences),
        cmocka_unit_test(every_error_has_one_place_for_what_it_is_about),
        cmocka_unit_test(long_abouts_are_cut),
        cmocka_unit_test(a_failed_check_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
