/* Who had a nick before: known over the whole history, over restarts, and for files that knew nothing
 * of it. */
#include "store_help.h"

#include <sqlite3.h>
#include <time.h>

#define HOUR ((uint64_t)3600 * 1000)
#define T0   ((uint64_t)1700000000000)

/* The author says something under a nick at a time, and it is stored. */
static void says_as(struct place *place, struct author *author, const char *nick, uint64_t wall_ms)
{
    struct run run = {arena_take(&place->arena, sizeof *run.entries), 1, {{0}}};
    uint8_t body[LIMIT_BODY];
    run.entries[0] = author_entry(author, 1, &place->arena);
    size_t size = entry_write_text(body, nick, "hi", 2);
    run.entries[0].body = (struct bytes){arena_copy(&place->arena, body, size), size};
    run.entries[0].wall_ms = wall_ms;
    entry_finish(&run.entries[0]);
    author->tip = run.entries[0].id;
    run.signature = entry_sign(&run.entries[0], &author->identity);
    append(place, "#fika", &run);
}

static bool ask(struct place *place, const struct author *author, const char *nick,
                struct namesake *answer)
{
    struct nick name = {{0}};
    snprintf(name.text, sizeof name.text, "%s", nick);
    *answer = (struct namesake){{{0}}, 0, 0, 0};
    return store_namesake(place->store, &author->channel, &name, &author->identity.node, 0, answer);
}

static void assert_answer(struct place *place, const struct author *author, const char *nick,
                          const struct author *other, uint64_t met, uint64_t before)
{
    struct namesake answer;
    assert_true(ask(place, author, nick, &answer));
    assert_memory_equal(answer.other.b, other->identity.node.b, 32);
    assert_int_equal(answer.met_ms, met);
    assert_int_equal(answer.own_before_ms, before);
}

static void test_who_had_it_last(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct author tea = author_of(3, "#tea");
    struct namesake answer;
    assert_false(ask(place, &anna, "anna", &answer)); /* no such channel */
    says_as(place, &anna, "anna", T0);
    assert_false(ask(place, &anna, "anna", &answer));
    assert_answer(place, &bo, "Anna", &anna, T0, 0);
    says_as(place, &bo, "ANNA", T0 + HOUR);
    assert_answer(place, &bo, "anna", &anna, T0, 0);
    assert_answer(place, &anna, "anna", &bo, T0 + HOUR, 0);
    /* She comes back: until then it was his. */
    says_as(place, &anna, "anna", T0 + 2 * HOUR);
    assert_true(ask(place, &anna, "anna", &answer));
    assert_int_equal(answer.own_met_ms, T0 + 2 * HOUR);
    assert_answer(place, &anna, "anna", &bo, T0 + HOUR, T0);
    commit(place);
    reopen(place);
    assert_answer(place, &anna, "anna", &bo, T0 + HOUR, T0);
    assert_false(ask(place, &tea, "anna", &answer)); /* elsewhere nobody had it */
    assert_false(ask(place, &bo, "bo", &answer));
}

/* Letters of other alphabets are alike in both cases, too; a nick that no peer may have is shown, and
 * so kept, as what is made of it. */
static void test_how_it_is_written(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    says_as(place, &anna, "\u00C5SA", T0);
    assert_answer(place, &bo, "\u00E5sa", &anna, T0, 0);
    says_as(place, &anna, "a<b", T0);
    assert_answer(place, &bo, "a_b", &anna, T0, 0);
    says_as(place, &anna, "", T0);
    assert_answer(place, &bo, "?", &anna, T0, 0);
    /* Letters that are longer in lower case. */
    static const char longest[] = "\u023A\u023A\u023A\u023A\u023A\u023A\u023A\u023A"
                                  "\u023A\u023A\u023A\u023A\u023A\u023A\u023A\u023A";
    says_as(place, &anna, longest, T0);
    assert_answer(place, &bo, longest, &anna, T0, 0);
    says_as(place, &anna, "\u023A", T0);
    assert_answer(place, &bo, "\u2C65", &anna, T0, 0);
}

/* What came late, or from a clock that is ahead, makes nobody newer than he is. */
static void test_times(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct namesake answer;
    says_as(place, &anna, "anna", T0);
    says_as(place, &anna, "anna", T0 - 48 * HOUR);
    assert_answer(place, &bo, "anna", &anna, T0, 0);
    says_as(place, &anna, "anna", T0 + 60 * 1000); /* not each line is written down ... */
    assert_answer(place, &bo, "anna", &anna, T0, 0);
    says_as(place, &anna, "anna", T0 + 20 * 60 * 1000); /* ... but some of them are */
    assert_answer(place, &bo, "anna", &anna, T0 + 20 * 60 * 1000, 0);
    says_as(place, &anna, "anna", UINT64_MAX);
    assert_true(ask(place, &bo, "anna", &answer));
    assert_true(answer.met_ms <= (uint64_t)time(NULL) * 1000);
}

static int64_t rows_of(struct place *place)
{
    sqlite3 *db;
    sqlite3_stmt *count;
    commit(place);
    store_close(place->store);
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM nicks", -1, &count, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(count), SQLITE_ROW);
    int64_t rows = sqlite3_column_int64(count, 0);
    sqlite3_finalize(count);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    place->store = open_at(place);
    return rows;
}

/* Who calls himself many things is remembered by the last of them, and pushes out nobody else. */
static void test_bound(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct namesake answer;
    char nick[16];
    says_as(place, &anna, "anna", T0);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(nick, sizeof nick, "bo%u", i);
        says_as(place, &bo, nick, T0 + i * 1000);
    }
    assert_answer(place, &bo, "anna", &anna, T0, 0);
    assert_answer(place, &anna, "bo99", &bo, T0 + 99 * 1000, 0);
    assert_answer(place, &anna, "bo68", &bo, T0 + 68 * 1000, 0);
    assert_false(ask(place, &anna, "bo67", &answer));
    assert_int_equal(rows_of(place), 33);
}

/* What was taken back with its transaction is written down again when it comes again. */
static void test_rollback(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika"), again;
    struct namesake answer;
    says_as(place, &bo, "bo", T0);
    commit(place);
    again = anna;
    says_as(place, &anna, "anna", T0);
    store_rollback(place->store);
    assert_false(ask(place, &bo, "anna", &answer));
    says_as(place, &again, "anna", T0);
    assert_answer(place, &bo, "anna", &again, T0, 0);
}

static void test_version_5(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct namesake answer;
    says_as(place, &anna, "anna", T0);
    says_as(place, &anna, "Ann", T0 + HOUR);
    says_as(place, &anna, "ann", T0 + 3 * HOUR);
    says_as(place, &bo, "anna", T0 + 2 * HOUR);
    struct run taken = author_run(&bo, 1, &place->arena); /* under "anna", at T0 and a bit */
    append(place, "#fika", &taken);
    struct run forget = forget_run(&bo, &taken.entries[0], &place->arena);
    append(place, "#fika", &forget);
    commit(place);
    reopen_from(place, 5);
    assert_answer(place, &anna, "anna", &bo, T0 + 2 * HOUR, 0);
    assert_answer(place, &bo, "anna", &anna, T0, 0);
    assert_answer(place, &bo, "ann", &anna, T0 + 3 * HOUR, 0);
    assert_false(ask(place, &bo, "bo", &answer));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_who_had_it_last), TEST(test_how_it_is_written), TEST(test_times),
        TEST(test_bound),           TEST(test_rollback),          TEST(test_version_5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
