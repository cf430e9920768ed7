/* Channels that are carried for others: without a name until the user joins one, let go of whole, swept in slices. */
#include "store_help.h"

#include "store/query.h"
#include "store/search.h"

#include <sqlite3.h>

static struct store_carried carried_as(const char *channel, uint8_t asker, uint64_t bytes)
{
    struct store_carried carried = {
        .channel = test_channel(channel), .asked_wall_ms = 1700000000000u, .bytes = bytes};
    memset(carried.network.b, 7, sizeof carried.network.b);
    memset(carried.asker.b, asker, sizeof carried.asker.b);
    return carried;
}

static void carry(struct place *place, const char *channel, uint8_t asker, uint64_t bytes)
{
    struct store_carried carried = carried_as(channel, asker, bytes);
    assert_int_equal(store_carry(place->store, &carried, NULL), ERROR_NONE);
}

static void drop(struct place *place, const char *channel)
{
    struct id id = test_channel(channel);
    assert_int_equal(store_drop(place->store, &id, NULL), ERROR_NONE);
}

static void name(struct place *place, const char *channel)
{
    struct id id = test_channel(channel);
    struct channel_name called = {{0}};
    snprintf(called.text, sizeof called.text, "%s", channel);
    assert_int_equal(store_name(place->store, &id, &called, NULL), ERROR_NONE);
}

static size_t sweep(struct place *place)
{
    struct error error;
    size_t slices = 1;
    while (store_sweep(place->store, &error)) {
        assert_int_equal(error.code, ERROR_NONE);
        commit(place);
        slices++;
    }
    assert_int_equal(error.code, ERROR_NONE);
    commit(place);
    return slices;
}

static int64_t count(struct place *place, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    store_close(place->store); /* it has the file for itself */
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    place->store = open_at(place);
    return number;
}

static bool is_listed(struct place *place, const char *channel)
{
    struct channel_name name;
    struct id id;
    uint64_t lamport;
    for (size_t i = 0; store_channel(place->store, i, &name, &id, &lamport); i++)
        if (strcmp(name.text, channel) == 0)
            return true;
    return false;
}

static void test_it_is_kept_without_a_name(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#x");
    struct run run = author_run(&anna, 20, &place->arena), back;
    struct store_carried carried;
    struct log_load load;
    uint64_t last;
    carry(place, "#x", 3, 0);
    append(place, "", &run);
    assert_int_equal(store_carried_bytes(place->store, &anna.channel, 1234, NULL), ERROR_NONE);
    commit(place);
    reopen(place);
    assert_true(store_carried_at(place->store, 0, &carried));
    assert_false(store_carried_at(place->store, 1, &carried));
    assert_memory_equal(carried.channel.b, anna.channel.b, 32);
    assert_int_equal(carried.asker.b[0], 3);
    assert_int_equal(carried.network.b[31], 7);
    assert_int_equal(carried.bytes, 1234);
    assert_int_equal(store_clock(place->store, &anna.channel, 1u << 30), 20);
    assert_false(is_listed(place, ""));
    assert_true(store_log(place->store, &anna.channel, 0, &load));
    assert_int_equal(load.seq, 20);
    /* Who asks is answered. */
    struct want want = want_of(&run.entries[19], 1);
    assert_true(serve(place, &want, &back, &last));
    assert_int_equal(back.count, 20);
}

static void test_joined_it_has_its_name(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#x");
    struct run run = author_run(&anna, 20, &place->arena);
    struct store_carried carried;
    carry(place, "#x", 3, 0);
    append(place, "", &run);
    commit(place);
    name(place, "#x");
    drop(place, "#x"); /* which it is not, any more */
    commit(place);
    reopen(place);
    assert_true(is_listed(place, "#x"));
    assert_false(store_carried_at(place->store, 0, &carried));
    assert_int_equal(sweep(place), 1);
    assert_true(
        store_holds(place->store, &anna.channel, &anna.identity.node, 20, &run.entries[19].id));
}

static void test_what_is_dropped_is_gone_at_once_and_swept(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#x"), bo = author_of(2, "#x"), mine = author_of(3, "#mine");
    struct run own = author_run(&mine, 5, &place->arena), run = {0}, again;
    append(place, "#mine", &own);
    carry(place, "#x", 3, 0);
    for (int i = 0; i < 1500; i++) {
        run = author_run(&anna, 1, &place->arena);
        append(place, "", &run);
    }
    struct run his = author_run(&bo, 3, &place->arena);
    append(place, "", &his);
    struct run taken = forget_run(&bo, &his.entries[1], &place->arena);
    append(place, "", &taken);
    commit(place);
    drop(place, "#x");
    commit(place);
    assert_false(
        store_holds(place->store, &anna.channel, &anna.identity.node, 1500, &run.entries[0].id));
    struct log_load load;
    assert_false(store_log(place->store, &anna.channel, 0, &load));
    /* It comes anew, before the old is swept, and keeps its own. */
    struct author fresh = author_of(1, "#x");
    again = author_run(&fresh, 2, &place->arena);
    carry(place, "#x", 4, 0);
    append(place, "", &again);
    commit(place);
    reopen(place);
    struct error error; /* letting go of old bodies passes over it */
    store_retain(place->store, UINT64_MAX, 0, &error);
    assert_int_equal(error.code, ERROR_NONE);
    commit(place);
    assert_false(store_damaged(place->store));
    sweep(place);
    assert_true(
        store_holds(place->store, &anna.channel, &anna.identity.node, 2, &again.entries[1].id));
    assert_true(store_holds(place->store, &mine.channel, &mine.identity.node, 5, &mine.tip));
    assert_int_equal(count(place, "SELECT count(*) FROM runs"), 2);
    assert_int_equal(count(place, "SELECT count(*) FROM logs"), 2);
    assert_int_equal(count(place, "SELECT count(*) FROM channels"), 2);
    assert_int_equal(count(place, "SELECT count(*) FROM forgotten"), 0);
    assert_int_equal(count(place, "SELECT count(*) FROM nicks WHERE channel NOT IN "
                                  "(SELECT id FROM channels)"),
                     0);
}

/* Wherever a sweep ends, the next start takes the file for whole. */
static void test_a_sweep_may_end_anywhere(void **state)
{
    struct place *place = *state;
    carry(place, "#x", 3, 0);
    for (uint8_t i = 1; i <= 40; i++) {
        struct author author = author_of(i, "#x");
        for (int k = 0; k < 30; k++) {
            struct run run = author_run(&author, 1, &place->arena);
            append(place, "", &run);
        }
    }
    commit(place);
    drop(place, "#x");
    commit(place);
    struct error error;
    for (bool more = true; more;) {
        more = store_sweep(place->store, &error);
        assert_int_equal(error.code, ERROR_NONE);
        commit(place);
        reopen(place);
        assert_false(store_damaged(place->store));
    }
    assert_int_equal(count(place, "SELECT count(*) FROM channels"), 0);
}

static void test_it_is_not_searched(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#x"), mine = author_of(3, "#mine");
    struct run run = author_run(&anna, 20, &place->arena),
               own = author_run(&mine, 2, &place->arena);
    char path[400];
    uint64_t done, all;
    struct id network = {{0}};
    append(place, "#mine", &own);
    carry(place, "#x", 3, 0);
    append(place, "", &run);
    commit(place);
    snprintf(path, sizeof path, "%s/search.db", place->directory);
    struct search *search = search_open(path, place->store, &network);
    assert_non_null(search);
    while (search_slice(search, 5000))
        continue;
    search_progress(search, &done, &all);
    assert_int_equal(all, 2);
    assert_int_equal(done, 2);
    name(place, "#x");
    commit(place);
    while (search_slice(search, 5000))
        continue;
    search_progress(search, &done, &all);
    assert_int_equal(done, 22);
    search_close(search);
}

static void test_version_6(void **state)
{
    struct place *place = *state;
    struct author mine = author_of(3, "#mine");
    struct run own = author_run(&mine, 2, &place->arena);
    append(place, "#mine", &own);
    commit(place);
    reopen_from(place, 6);
    assert_true(is_listed(place, "#mine"));
    carry(place, "#x", 3, 0);
    commit(place);
    assert_int_equal(count(place, "SELECT count(*) FROM carried"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_is_kept_without_a_name),
        TEST(test_joined_it_has_its_name),
        TEST(test_what_is_dropped_is_gone_at_once_and_swept),
        TEST(test_a_sweep_may_end_anywhere),
        TEST(test_it_is_not_searched),
        TEST(test_version_6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
