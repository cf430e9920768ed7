/* What is not to be kept goes, the oldest first, and nothing else; ids, heads and chains stay; and the
 * setting that says how much is kept. */
#include <sys/stat.h>

#include "store/config.h"
#include "store_help.h"

#define WALL 1700000000000u /* of seq 0, as author_entry() dates */

static void retain(struct place *place, uint64_t before_ms, uint64_t most_bytes)
{
    struct error error;
    size_t calls = 0;
    bool more = true;
    while (more) {
        more = store_retain(place->store, before_ms, most_bytes, &error);
        assert_int_equal(error.code, ERROR_NONE);
        commit(place);
        assert_true(++calls < 20000);
    }
}

/* How many of the first entries have lost their bodies: those, and none above. */
static uint64_t dropped(struct place *place, const struct run *made, uint32_t branch)
{
    struct run run;
    const struct entry *first = &made->entries[0];
    uint64_t above = first->seq - 1, lost = 0, kept = 0;
    while (store_run_at(place->store, &first->channel, &first->author, branch, above, &place->arena,
                        &run)) {
        for (size_t i = 0; i < run.count; i++) {
            const struct entry *entry = &run.entries[i];
            assert_memory_equal(entry->id.b, made->entries[entry->seq - first->seq].id.b, 32);
            assert_true(entry->body.at != NULL || kept == 0);
            lost += entry->body.at == NULL;
            kept += entry->body.at != NULL;
        }
        assert_true(entry_verify(&run.entries[run.count - 1], &run.signature));
        above = run.entries[run.count - 1].seq;
    }
    assert_int_equal(lost + kept, made->count);
    return lost;
}

static struct run long_log(struct place *place, struct author *author, size_t runs)
{
    struct run all = {arena_take(&place->arena, runs * 100 * sizeof *all.entries), 0, {{0}}};
    for (size_t i = 0; i < runs; i++) {
        struct run run = author_run(author, 100, &place->arena);
        append(place, "#fika", &run);
        memcpy(all.entries + all.count, run.entries, 100 * sizeof *all.entries);
        all.count += 100;
    }
    commit(place);
    return all;
}

static void test_by_age(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct run a = long_log(place, &anna, 5), b = long_log(place, &bo, 2), run;
    struct log_load before = load_of(place->store, &anna.channel, &anna.identity.node, 0);
    uint64_t last;
    retain(place, WALL + 1, 0);
    assert_int_equal(dropped(place, &a, 0), 0);
    retain(place, WALL + 151, 0);
    assert_int_equal(dropped(place, &a, 0), 150);
    assert_int_equal(dropped(place, &b, 0), 150);
    retain(place, WALL + 151, 0);
    retain(place, WALL + 301, 0);
    assert_int_equal(dropped(place, &a, 0), 300);
    assert_int_equal(dropped(place, &b, 0), 200);
    reopen(place);
    struct log_load after = load_of(place->store, &anna.channel, &anna.identity.node, 0);
    assert_memory_equal(&after, &before, sizeof after);
    struct want want = want_of(&a.entries[499], 1); /* and it can still be served */
    while (want.from <= want.to) {
        assert_true(serve(place, &want, &run, &last));
        want.from = last + 1;
    }
    /* Pages have what is left, to the start. */
    struct entry entry;
    size_t count = 0;
    store_last(place->store, &anna.channel, 1000);
    while (store_last_next(place->store, &place->arena, &entry))
        count++;
    assert_int_equal(count, 200);
    assert_false(store_more(place->store));
    struct run next = author_run(&bo, 10, &place->arena); /* what comes later is looked at */
    append(place, "#fika", &next);
    retain(place, WALL + 206, 0);
    assert_true(
        store_run_at(place->store, &bo.channel, &bo.identity.node, 0, 200, &place->arena, &run));
    assert_null(run.entries[4].body.at);
    assert_non_null(run.entries[5].body.at);
}

/* A hole that fills below what was looked at, a branch, and an entry without a date. */
static void test_by_age_wherever_it_is(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika"), fork;
    struct run all = author_run(&author, 60, &place->arena);
    struct run low = part_of(&author, &all, 0, 10), high = part_of(&author, &all, 30, 30);
    struct run hole = part_of(&author, &all, 10, 20);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    fork = author;
    fork.process.b[0] = 99;
    struct run side = author_run(&fork, 20, &place->arena);
    append_branch(place, "#fika", 1, &all.entries[59], &side);
    retain(place, WALL + 41, 0);
    append(place, "#fika", &hole);
    retain(place, WALL + 41, 0);
    assert_int_equal(dropped(place, &all, 0), 40);
    retain(place, WALL + 66, 0);
    assert_int_equal(dropped(place, &all, 0), 60);
    assert_int_equal(dropped(place, &side, 1), 5);
    struct author undated = author_of(2, "#fika");
    struct run none = author_run(&undated, 1, &place->arena);
    none.entries[0].wall_ms = 0;
    entry_finish(&none.entries[0]);
    none.signature = entry_sign(&none.entries[0], &undated.identity);
    append(place, "#fika", &none);
    retain(place, 1, 1);
    assert_int_equal(dropped(place, &none, 0), 1);
}

static uint64_t file_bytes(const struct place *place)
{
    struct stat status;
    return stat(place->path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static void test_by_size(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#fika");
    struct run runs[30], all = {arena_take(&place->arena, 3000 * sizeof *all.entries), 3000, {{0}}};
    for (size_t k = 0; k < 30; k++) { /* bodies of 1000 bytes */
        runs[k] = author_run(&anna, 40, &place->arena);
        for (size_t i = 0; i < 40; i++) {
            struct entry *entry = &runs[k].entries[i];
            entry->body = (struct bytes){arena_take(&place->arena, 1000), 1000};
            entry->prev = i > 0   ? runs[k].entries[i - 1].id
                          : k > 0 ? runs[k - 1].entries[39].id
                                  : entry->prev;
            entry_finish(entry);
        }
        anna.tip = runs[k].entries[39].id;
        runs[k].signature = entry_sign(&runs[k].entries[39], &anna.identity);
        append(place, "#fika", &runs[k]);
        memcpy(all.entries + 40 * k, runs[k].entries, 40 * sizeof *all.entries);
    }
    all.count = 1200;
    bo.seq = 0;
    struct run b = long_log(place, &bo, 3);
    reopen(place);
    uint64_t whole = file_bytes(place);
    assert_true(whole > 1200000);
    retain(place, 0, 2 * whole);
    assert_int_equal(dropped(place, &all, 0), 0);
    retain(place, 0, whole / 2);
    uint64_t first = dropped(place, &all, 0);
    assert_true(first > 500 && first < 800);
    assert_int_equal(dropped(place, &b, 0), 100); /* as old; all but the newest 200 */
    retain(place, 0, 1);
    assert_int_equal(dropped(place, &all, 0), 1000);
    assert_int_equal(dropped(place, &b, 0), 100);
    /* The room is used again. */
    reopen(place);
    for (int i = 0; i < 20; i++) {
        struct run more = author_run(&bo, 100, &place->arena);
        append(place, "#fika", &more);
    }
    commit(place);
    reopen(place);
    assert_int_equal(file_bytes(place), whole);
}

/* ---- the setting ---- */

static struct config config_of(struct place *place, const char *line)
{
    char path[160];
    struct config config;
    snprintf(path, sizeof path, "%s/fika", place->directory);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/fika/config", place->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "nick = anna\n%s\n", line);
    fclose(file);
    setenv("XDG_CONFIG_HOME", place->directory, 1);
    config_load(&config);
    assert_string_equal(config.nick.text, "anna");
    return config;
}

static void test_the_setting(void **state)
{
    struct place *place = *state;
    const uint64_t day = 86400000;
    const struct {
        const char *line;
        uint64_t ms, bytes;
    } rows[] = {
        {"", 0, 0},
        {"keep = all", 0, 0},
        {"keep = 90 days", 90 * day, 0},
        {"keep = 1 day", day, 0},
        {"keep = 2 weeks", 14 * day, 0},
        {"keep=3 months", 90 * day, 0},
        {"keep = 2 years", 730 * day, 0},
        {"keep = 500 MB", 0, 500000000},
        {"keep = 90days,  2 GB", 90 * day, 2000000000},
        {"keep = 500 MB, 1 week", 7 * day, 500000000},
        {"keep = 5 days\nkeep = all", 0, 0},
        {"keep = 5 days\nkeep = 6 furlongs", 5 * day, 0},
        {"keep = 90", 0, 0},
        {"keep = days", 0, 0},
        {"keep = 0 days", 0, 0},
        {"keep = -1 days", 0, 0},
        {"keep = 1.5 GB", 0, 0},
        {"keep = 5 days, 6 days", 0, 0},
        {"keep = 5 days,", 0, 0},
        {"keep = 5 days 6 MB", 0, 0},
        {"keep = 99999999999999999999 days", 0, 0},
        {"keep = all, 5 days", 0, 0},
        {"keep =", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config config = config_of(place, rows[i].line);
        if (config.keep_ms != rows[i].ms || config.keep_bytes != rows[i].bytes)
            fail_msg("%s: %llu ms, %llu bytes", rows[i].line, (unsigned long long)config.keep_ms,
                     (unsigned long long)config.keep_bytes);
    }
}

static void test_what_is_carried(void **state)
{
    struct place *place = *state;
    const struct {
        const char *line;
        uint64_t bytes;
    } rows[] = {
        {"", 64000000},
        {"carry = 64 MB", 64000000},
        {"carry=1GB", 1000000000},
        {"carry = off", 0},
        {"carry = 0", 0},
        {"carry = 5 MB\ncarry = 5 days", 5000000},
        {"carry = 5", 64000000},
        {"carry = -5 MB", 64000000},
        {"carry = 5 MB, 6 MB", 64000000},
        {"carry =", 64000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config config = config_of(place, rows[i].line);
        if (config.carry_bytes != rows[i].bytes)
            fail_msg("%s: %llu bytes", rows[i].line, (unsigned long long)config.carry_bytes);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_by_age),      TEST(test_by_age_wherever_it_is), TEST(test_by_size),
        TEST(test_the_setting), TEST(test_what_is_carried),
    };
    return cmocka_run_group_tests_name("store_retain", tests, NULL, NULL);
}
