/* The store when the world fails: damaged files are put aside and told, a newer file is left alone,
 * a full or read-only disk is said, and writing goes on when there is room again. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/types.h>
#ifdef __linux__
#include <sys/mount.h>
#endif

#include "store_help.h"

static const struct channel_name fika = {"#fika"};

static void fill(struct place *place, struct author *author, size_t runs)
{
    for (size_t i = 0; i < runs; i++) {
        struct run run = author_run(author, 100, &place->arena);
        append(place, "#fika", &run);
        commit(place);
        arena_reset(&place->arena);
    }
}

static size_t file_size(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (size_t)status.st_size : 0;
}

static void overwrite(const char *path, size_t at, size_t size, int value)
{
    int fd = open(path, O_WRONLY);
    char bytes[512];
    memset(bytes, value, sizeof bytes);
    assert_true(fd >= 0);
    for (size_t done = 0; done < size; done += sizeof bytes)
        assert_true(pwrite(fd, bytes, size - done < 512 ? size - done : 512, (off_t)(at + done)) >
                    0);
    close(fd);
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* The same, as a killed program leaves it: in the WAL alone. */
static void leave_in_wal(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Opens a file that is damaged: it must be moved to .damaged-N, and the new one must work. */
static void assert_put_aside(struct place *place, int n)
{
    char aside[256] = "", expected[256];
    struct error error;
    struct author author = author_of(3, "#fika");
    struct run run = author_run(&author, 3, &place->arena), back;
    uint64_t last;
    snprintf(expected, sizeof expected, "%s.damaged-%d", place->path, n);
    place->store = store_open(place->path, aside, sizeof aside, &error);
    assert_non_null(place->store);
    assert_string_equal(aside, expected);
    assert_true(file_size(aside) > 0);
    append(place, "#fika", &run);
    commit(place);
    reopen(place);
    struct want want = want_of(&run.entries[2], 1);
    assert_true(serve(place, &want, &back, &last));
    assert_int_equal(back.count, 3);
}

static void test_garbage_is_put_aside(void **state)
{
    struct place *place = *state;
    int n = 1;
    static const size_t sizes[] = {1, 100, 5000, 100000};
    for (int value = 0; value < 256; value += 85) {
        for (size_t i = 0; i < 4; i++) {
            store_close(place->store);
            unlink(place->path);
            close(open(place->path, O_WRONLY | O_CREAT, 0600));
            overwrite(place->path, 0, sizes[i], value);
            assert_put_aside(place, n++);
        }
    }
}

static void test_torn_roots_are_put_aside(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    for (int page = 0; page < 8; page++) { /* the header and the root of every table */
        author = author_of(1, "#fika");
        fill(place, &author, 3);
        struct id node = {{1}};
        store_receipt(place->store, &author.channel, &node, 5, 0, NULL);
        store_close(place->store);
        assert_true(file_size(place->path) > 8 * 4096);
        overwrite(place->path, (size_t)page * 4096, 4096, 0xa5);
        assert_put_aside(place, page + 1);
        store_close(place->store);
        unlink(place->path);
        place->store = open_at(place);
    }
}

static void test_a_cut_file_is_put_aside(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    fill(place, &author, 5);
    store_close(place->store);
    assert_int_equal(truncate(place->path, 5000), 0);
    assert_put_aside(place, 1);
}

static void test_another_programs_file_is_put_aside(void **state)
{
    struct place *place = *state;
    store_close(place->store);
    unlink(place->path);
    execute(place->path, "CREATE TABLE theirs(a); INSERT INTO theirs VALUES(1)");
    assert_put_aside(place, 1);
}

/* Damage in the middle is found by the read that meets it, said from then on, and the next start
 * puts the file aside. */
static void test_damage_found_in_use(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run run, next = {0};
    struct error error;
    struct log_load load;
    uint64_t last = 0;
    bool whole = true;
    fill(place, &author, 50);
    store_close(place->store);
    overwrite(place->path, file_size(place->path) / 2 / 4096 * 4096, 4096, 0x5a);
    place->store = open_at(place); /* nothing is seen yet */
    assert_true(store_log(place->store, &author.channel, 0, &load));
    struct want want = {.channel = author.channel,
                        .author = load.author,
                        .from = 1,
                        .to = load.seq,
                        .tip = load.tip};
    while (want.from <= want.to && whole) {
        whole = serve(place, &want, &run, &last);
        want.from = last + 1;
    }
    assert_false(whole);
    assert_true(store_damaged(place->store));
    next = author_run(&author, 1, &place->arena);
    load_place(&load, &next);
    assert_int_equal(store_append(place->store, &fika, &load, &next, NULL, &error),
                     ERROR_STORE_DAMAGED);
    assert_int_equal(store_receipt(place->store, &author.channel, &load.author, 1, 0, &error),
                     ERROR_STORE_DAMAGED);
    assert_false(store_retain(place->store, 1, 1, &error));
    assert_int_equal(error.code, ERROR_STORE_DAMAGED);
    assert_int_equal(store_commit(place->store, &error), ERROR_STORE_DAMAGED);
    assert_string_equal(error.about, place->path);
    store_rollback(place->store);
    assert_int_equal(store_commit(place->store, &error), ERROR_STORE_DAMAGED);
    store_close(place->store);
    assert_put_aside(place, 1);
}

/* Flips one bit of a run's row. */
static void flip_bit(const char *path, const char *column, int at)
{
    char sql[256];
    sqlite3 *db;
    sqlite3_stmt *read, *write;
    uint8_t bytes[65536];
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "SELECT id, %s FROM runs ORDER BY id LIMIT 1", column);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &read, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(read), SQLITE_ROW);
    int size = sqlite3_column_bytes(read, 1);
    memcpy(bytes, sqlite3_column_blob(read, 1), (size_t)size);
    bytes[at % size] ^= 0x10;
    snprintf(sql, sizeof sql, "UPDATE runs SET %s = ?2 WHERE id = ?1", column);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &write, NULL), SQLITE_OK);
    sqlite3_bind_int64(write, 1, sqlite3_column_int64(read, 0));
    sqlite3_bind_blob(write, 2, bytes, size, SQLITE_STATIC);
    sqlite3_finalize(read);
    assert_int_equal(sqlite3_step(write), SQLITE_DONE);
    sqlite3_finalize(write);
    sqlite3_close(db);
}

static void test_a_flipped_bit_is_found(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *column;
        int at;
    } flips[] = {{"entries", 0},    {"entries", 5},    {"entries", 22},  {"entries", 40},
                 {"entries", 3000}, {"entries", 3600}, {"process", 3},   {"tip", 31},
                 {"entries", 20},   {"entries", 21},   {"entries", 3691}};
    int n = 1;
    for (size_t i = 0; i < sizeof flips / sizeof flips[0]; i++) {
        for (int page = 0; page < 2; page++) {
            struct author author = author_of(1, "#fika");
            struct run run;
            struct entry entry;
            uint64_t last;
            store_close(place->store);
            unlink(place->path);
            place->store = open_at(place);
            fill(place, &author, 2);
            struct log_load load;
            assert_true(store_log(place->store, &author.channel, 0, &load));
            struct want want = {.channel = author.channel,
                                .author = load.author,
                                .from = 150,
                                .to = load.seq,
                                .tip = load.tip};
            store_close(place->store);
            flip_bit(place->path, flips[i].column, flips[i].at);
            place->store = open_at(place);
            if (page == 0) {
                if (strcmp(flips[i].column, "tip") != 0) {         /* what the row above hangs on */
                    assert_true(serve(place, &want, &run, &last)); /* that row is whole */
                    assert_false(store_damaged(place->store));
                }
                want.from = 50;
                assert_false(serve(place, &want, &run, &last));
            } else {
                store_last(place->store, &author.channel, 150);
                while (store_last_next(place->store, &place->arena, &entry))
                    assert_true(entry.seq > 100);
            }
            assert_true(store_damaged(place->store));
            store_close(place->store);
            assert_put_aside(place, n++);
        }
    }
}

static void test_a_missing_row_is_found(void **state)
{
    struct place *place = *state;
    static const char *const lost[] = {"DELETE FROM runs WHERE first = 101",
                                       "DELETE FROM runs WHERE first = 201", "DELETE FROM logs"};
    for (int i = 0; i < 3; i++) {
        struct author author = author_of(1, "#fika");
        struct entry entry;
        struct run run;
        uint64_t last;
        store_close(place->store);
        unlink(place->path);
        place->store = open_at(place);
        fill(place, &author, 3);
        struct log_load load;
        assert_true(store_log(place->store, &author.channel, 0, &load));
        struct want want = {.channel = author.channel,
                            .author = load.author,
                            .from = 140,
                            .to = load.seq,
                            .tip = load.tip};
        store_close(place->store);
        execute(place->path, lost[i]);
        if (i < 2) {
            place->store = open_at(place);
            store_last(place->store, &author.channel, 1); /* finds that the newest is not there */
            assert_false(store_last_next(place->store, &place->arena, &entry));
            assert_true(store_damaged(place->store)); /* or what it hangs on */
            assert_false(serve(place, &want, &run, &last));
            store_close(place->store);
        }
        assert_put_aside(place, i + 1);
    }
}

static void test_a_newer_file_is_left_alone(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    char aside[256], wal[128], *before, *after;
    struct error error;
    fill(place, &author, 1);
    store_close(place->store);
    leave_in_wal(place->path, "PRAGMA user_version = 99");
    snprintf(wal, sizeof wal, "%s-wal", place->path);
    size_t wal_size = file_size(wal);
    assert_true(wal_size > 0);
    size_t size = file_size(place->path);
    before = malloc(size);
    after = malloc(size);
    int fd = open(place->path, O_RDONLY);
    assert_int_equal(read(fd, before, size), size);
    close(fd);
    place->store = store_open(place->path, aside, sizeof aside, &error);
    assert_null(place->store);
    assert_int_equal(error.code, ERROR_STORE_NEWER);
    assert_string_equal(error.about, place->path);
    assert_string_equal(aside, "");
    assert_int_equal(file_size(place->path), size);
    fd = open(place->path, O_RDONLY);
    assert_int_equal(read(fd, after, size), size);
    close(fd);
    assert_memory_equal(before, after, size);
    assert_int_equal(file_size(wal), wal_size);
    free(before);
    free(after);
}

static void test_a_killed_process_loses_nothing_committed(void **state)
{
    struct place *place = *state;
    struct place copy = *place;
    struct author author = author_of(1, "#fika");
    struct log_load load;
    char command[512];
    fill(place, &author, 3);
    struct run run = author_run(&author, 5, &place->arena);
    append(place, "#fika", &run); /* not committed */
    /* What a dead process leaves: the files as they are now. */
    snprintf(copy.path, sizeof copy.path, "%s/copy.db", place->directory);
    snprintf(command, sizeof command, "cp %s %s && cp %s-wal %s-wal", place->path, copy.path,
             place->path, copy.path);
    assert_int_equal(system(command), 0);
    copy.store = open_at(&copy);
    assert_true(store_log(copy.store, &author.channel, 0, &load));
    assert_int_equal(load.seq, 300);
    store_close(copy.store);
}

static void test_a_store_in_use_is_said(void **state)
{
    struct place *place = *state;
    char aside[256];
    struct error error;
    assert_null(store_open(place->path, aside, sizeof aside, &error));
    assert_int_equal(error.code, ERROR_STORE);
    assert_string_equal(aside, "");
}

static void test_no_directory(void **state)
{
    struct place *place = *state;
    char path[160], aside[256];
    struct error error;
    snprintf(path, sizeof path, "%s/no/history.db", place->directory);
    assert_null(store_open(path, aside, sizeof aside, &error));
    assert_int_equal(error.code, ERROR_FILE);
}

#ifdef __linux__
/* A small file system of the test's own at DIRECTORY/disk; skips when it cannot be had. */
static void mount_small(struct place *place, struct place *small)
{
    *small = *place;
    arena_init(&small->arena);
    snprintf(small->directory, sizeof small->directory, "%.40s/disk", place->directory);
    snprintf(small->path, sizeof small->path, "%s/history.db", small->directory);
    assert_int_equal(mkdir(small->directory, 0700), 0);
    if (mount("none", small->directory, "tmpfs", 0, "size=1m") != 0) {
        print_message("skipped: a small file system cannot be mounted here (%s)\n",
                      strerror(errno));
        skip();
    }
}

static void test_a_full_disk(void **state)
{
    struct place *place = *state, small;
    struct author author = author_of(1, "#fika");
    struct author at_commit = author;
    struct error error = {0};
    enum error_code code = ERROR_NONE;
    char ballast[160], block[4096] = {1};
    struct log_load load;
    mount_small(place, &small);
    small.store = open_at(&small);
    fill(&small, &author, 2);
    snprintf(ballast, sizeof ballast, "%s/ballast", small.directory);
    int fd = open(ballast, O_WRONLY | O_CREAT, 0600);
    while (write(fd, block, sizeof block) > 0)
        continue;
    close(fd);
    for (int i = 0; i < 200 && code == ERROR_NONE; i++) {
        at_commit = author;
        struct run run = author_run(&author, 100, &place->arena);
        assert_true(store_log(small.store, &author.channel, 0, &load));
        load_place(&load, &run);
        code = store_append(small.store, &fika, &load, &run, NULL, &error);
        if (code == ERROR_NONE)
            code = store_commit(small.store, &error);
    }
    assert_int_equal(code, ERROR_DISK_FULL);
    assert_string_equal(error.about, small.path);
    assert_int_equal(store_commit(small.store, NULL), ERROR_DISK_FULL); /* until the rollback */
    store_rollback(small.store);
    assert_true(store_log(small.store, &author.channel, 0, &load)); /* reading goes on */
    assert_int_equal(load.seq, at_commit.seq);
    assert_int_equal(store_probe(small.store, &error), ERROR_DISK_FULL);
    assert_string_equal(error.about, small.path);
    assert_int_equal(unlink(ballast), 0);
    assert_int_equal(store_probe(small.store, &error), ERROR_NONE);
    author = at_commit; /* what was not committed is said again */
    fill(&small, &author, 2);
    reopen(&small);
    assert_true(store_log(small.store, &author.channel, 0, &load));
    assert_int_equal(load.seq, at_commit.seq + 200);
    assert_false(store_damaged(small.store));
    store_close(small.store);
    arena_release(&small.arena);
}

static void test_a_read_only_disk(void **state)
{
    struct place *place = *state, small;
    struct author author = author_of(1, "#fika");
    struct error error = {0};
    char aside[256];
    mount_small(place, &small);
    small.store = open_at(&small);
    fill(&small, &author, 1);
    store_close(small.store);
    arena_release(&small.arena);
    assert_int_equal(mount("none", small.directory, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"), 0);
    assert_null(store_open(small.path, aside, sizeof aside, &error));
    assert_int_equal(error.code, ERROR_READ_ONLY);
    assert_string_equal(aside, "");
}

static int disk_remove(void **state)
{
    struct place *place = *state;
    char disk[96];
    snprintf(disk, sizeof disk, "%s/disk", place->directory);
    umount2(disk, MNT_DETACH); /* there is none when the test was skipped */
    return place_remove(state);
}
#endif

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_garbage_is_put_aside),
        TEST(test_torn_roots_are_put_aside),
        TEST(test_a_cut_file_is_put_aside),
        TEST(test_another_programs_file_is_put_aside),
        TEST(test_damage_found_in_use),
        TEST(test_a_flipped_bit_is_found),
        TEST(test_a_missing_row_is_found),
        TEST(test_a_newer_file_is_left_alone),
        TEST(test_a_killed_process_loses_nothing_committed),
        TEST(test_a_store_in_use_is_said),
        TEST(test_no_directory),
#ifdef __linux__
        cmocka_unit_test_setup_teardown(test_a_full_disk, place_make, disk_remove),
        cmocka_unit_test_setup_teardown(test_a_read_only_disk, place_make, disk_remove),
#endif
    };
    return cmocka_run_group_tests_name("store_world", tests, NULL, NULL);
}
