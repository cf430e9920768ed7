/* A file of version 1 opens as one of this version: every entry is there, with its id, below a
 * signature, and what was damaged is put aside. */
#include <sqlite3.h>

#include "store_help.h"

/* As version 1 made it. */
#define OLD_TABLES                                                                              \
    "PRAGMA journal_mode = WAL;"                                                                \
    "CREATE TABLE channels(id INTEGER PRIMARY KEY, channel BLOB NOT NULL UNIQUE,"               \
    " name TEXT NOT NULL);"                                                                     \
    "CREATE TABLE logs(id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, author BLOB NOT NULL," \
    " seq INTEGER NOT NULL, tip BLOB NOT NULL, lamport INTEGER NOT NULL,"                       \
    " above_from INTEGER NOT NULL, above_to INTEGER NOT NULL, above_prev BLOB NOT NULL,"        \
    " above_tip BLOB NOT NULL, above_first INTEGER NOT NULL, above_lamport INTEGER NOT NULL,"   \
    " UNIQUE(channel, author));"                                                                \
    "CREATE TABLE entries(log INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL,"   \
    " flags INTEGER NOT NULL, lamport INTEGER NOT NULL, wall INTEGER NOT NULL,"                 \
    " process BLOB NOT NULL, id BLOB NOT NULL, prev BLOB, signature BLOB, body BLOB,"           \
    " PRIMARY KEY(log, seq)) WITHOUT ROWID;"                                                    \
    "PRAGMA application_id = 1718184801; PRAGMA user_version = 1;"

struct old {
    sqlite3 *db;
    sqlite3_int64 logs;
};

static void run_sql(struct old *old, const char *sql)
{
    char *said = NULL;
    if (sqlite3_exec(old->db, sql, NULL, NULL, &said) != SQLITE_OK)
        fail_msg("%s: %s", sql, said);
}

static void old_channel(struct old *old, int key, const char *name)
{
    sqlite3_stmt *add;
    struct id id = test_channel(name);
    assert_int_equal(
        sqlite3_prepare_v2(old->db, "INSERT INTO channels VALUES(?, ?, ?)", -1, &add, NULL),
        SQLITE_OK);
    sqlite3_bind_int(add, 1, key);
    sqlite3_bind_blob(add, 2, id.b, 32, SQLITE_STATIC);
    sqlite3_bind_text(add, 3, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(add), SQLITE_DONE);
    sqlite3_finalize(add);
}

static void old_log(struct old *old, int channel, const struct log_load *load)
{
    sqlite3_stmt *add;
    assert_int_equal(
        sqlite3_prepare_v2(old->db, "INSERT INTO logs VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           -1, &add, NULL),
        SQLITE_OK);
    sqlite3_bind_int64(add, 1, ++old->logs);
    sqlite3_bind_int(add, 2, channel);
    sqlite3_bind_blob(add, 3, load->author.b, 32, SQLITE_STATIC);
    sqlite3_bind_int64(add, 4, (sqlite3_int64)load->seq);
    sqlite3_bind_blob(add, 5, load->tip.b, 32, SQLITE_STATIC);
    sqlite3_bind_int64(add, 6, (sqlite3_int64)load->lamport);
    sqlite3_bind_int64(add, 7, (sqlite3_int64)load->span_from);
    sqlite3_bind_int64(add, 8, (sqlite3_int64)load->span_to);
    sqlite3_bind_blob(add, 9, load->span_prev.b, 32, SQLITE_STATIC);
    sqlite3_bind_blob(add, 10, load->span_tip.b, 32, SQLITE_STATIC);
    sqlite3_bind_int64(add, 11, (sqlite3_int64)load->span_first_lamport);
    sqlite3_bind_int64(add, 12, (sqlite3_int64)load->span_lamport);
    assert_int_equal(sqlite3_step(add), SQLITE_DONE);
    sqlite3_finalize(add);
}

/* Rows of a run, as append.c of version 1 made them: one signature, at its end. */
static void old_rows(struct old *old, const struct run *run, bool hangs)
{
    sqlite3_stmt *add;
    assert_int_equal(
        sqlite3_prepare_v2(old->db, "INSERT INTO entries VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           -1, &add, NULL),
        SQLITE_OK);
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *entry = &run->entries[i];
        sqlite3_bind_int64(add, 1, old->logs);
        sqlite3_bind_int64(add, 2, (sqlite3_int64)entry->seq);
        sqlite3_bind_int(add, 3, entry->kind);
        sqlite3_bind_int(add, 4, entry->flags);
        sqlite3_bind_int64(add, 5, (sqlite3_int64)entry->lamport);
        sqlite3_bind_int64(add, 6, (sqlite3_int64)entry->wall_ms);
        sqlite3_bind_blob(add, 7, entry->process.b, 8, SQLITE_STATIC);
        sqlite3_bind_blob(add, 8, entry->id.b, 32, SQLITE_STATIC);
        if (hangs && i == 0)
            sqlite3_bind_blob(add, 9, entry->prev.b, 32, SQLITE_STATIC);
        else
            sqlite3_bind_null(add, 9);
        if (i == run->count - 1)
            sqlite3_bind_blob(add, 10, run->signature.b, 64, SQLITE_STATIC);
        else
            sqlite3_bind_null(add, 10);
        sqlite3_bind_blob(add, 11, entry->body.at, (int)entry->body.size, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(add), SQLITE_DONE);
        sqlite3_reset(add);
    }
    sqlite3_finalize(add);
}

static struct old old_file(struct place *place)
{
    struct old old = {0};
    store_close(place->store);
    place->store = NULL;
    unlink(place->path);
    assert_int_equal(sqlite3_open(place->path, &old.db), SQLITE_OK);
    run_sql(&old, OLD_TABLES);
    old_channel(&old, 4, "#fika");
    old_channel(&old, 9, "#tea");
    return old;
}

/* Every entry of the made ones in from..to is in a run of the file, verified. */
static size_t assert_kept(struct place *place, const struct entry *made, uint64_t from, uint64_t to)
{
    struct run run;
    size_t rows = 0;
    uint64_t above = from - 1;
    while (above < to) {
        assert_true(store_run_at(place->store, &made->channel, &made->author, 0, above,
                                 &place->arena, &run));
        assert_true(run_is_chain(&run));
        assert_true(entry_verify(&run.entries[run.count - 1], &run.signature));
        assert_int_equal(run.entries[0].seq, above + 1);
        for (size_t i = 0; i < run.count; i++)
            assert_same_entry(&run.entries[i], &made[above + i]);
        above = run.entries[run.count - 1].seq;
        rows++;
    }
    assert_int_equal(above, to);
    return rows;
}

/* An author's log: 100 under one signature, 60 single ones, 100 in another process, large ones;
 * then a hole, and 40 above it. */
static struct run make_log(struct author *author, struct arena *arena)
{
    struct run all = {arena_take(arena, 400 * sizeof *all.entries), 0, {{0}}};
    for (size_t i = 0; i < 330; i++) {
        if (i == 160)
            author->process.b[0] ^= 1;
        struct entry *entry = &all.entries[all.count++];
        *entry = author_entry(author, 1, arena);
        if (i < 260 || i >= 270)
            continue;
        entry->body = (struct bytes){arena_take(arena, 9000), 9000};
        entry_finish(entry);
        author->tip = entry->id;
    }
    return all;
}

static void rows_of_log(struct old *old, const struct author *author, const struct run *all)
{
    struct run part = part_of(author, all, 0, 100);
    old_rows(old, &part, false);
    for (size_t i = 100; i < 160; i++) {
        part = part_of(author, all, i, 1);
        old_rows(old, &part, false);
    }
    part = part_of(author, all, 160, 100);
    old_rows(old, &part, false);
    for (size_t i = 260; i < 270; i++) {
        part = part_of(author, all, i, 1);
        old_rows(old, &part, false);
    }
    part = part_of(author, all, 290, 30);
    old_rows(old, &part, true);
    part = part_of(author, all, 320, 10);
    old_rows(old, &part, false);
}

static void test_every_entry_is_kept(void **state)
{
    struct place *place = *state;
    struct old old = old_file(place);
    struct author anna = author_of(1, "#fika"), bo = author_of(2, "#tea");
    struct run all = make_log(&anna, &place->arena), few = author_run(&bo, 3, &place->arena);
    struct run low = {all.entries, 270, {{0}}}, high = {all.entries + 290, 40, {{0}}};
    struct log_load load = {.author = anna.identity.node}, back;
    load_place(&load, &low);
    load_place(&load, &high);
    old_log(&old, 4, &load);
    rows_of_log(&old, &anna, &all);
    struct log_load other = {.author = bo.identity.node};
    load_place(&other, &few);
    old_log(&old, 9, &other);
    old_rows(&old, &few, false);
    sqlite3_close(old.db);

    for (int round = 0; round < 2; round++) {
        place->store = open_at(place);
        /* 100 + 28, 32, 100 and what fits of the large, the rest of them by five. */
        assert_int_equal(assert_kept(place, all.entries, 1, 270), 5);
        assert_int_equal(assert_kept(place, all.entries, 291, 330), 1);
        assert_int_equal(assert_kept(place, few.entries, 1, 3), 1);
        back = load_of(place->store, &anna.channel, &anna.identity.node, 0);
        snprintf(load.nick.text, sizeof load.nick.text, "anna");
        assert_int_equal(back.seq, 270);
        assert_memory_equal(&back, &load, sizeof back);
        store_close(place->store);
    }
    place->store = open_at(place);
    struct run hole = part_of(&anna, &all, 270, 20), run;
    uint64_t last;
    append(place, "#fika", &hole); /* and it goes on */
    commit(place);
    struct want want = want_of(&all.entries[329], 1);
    while (want.from <= want.to) {
        assert_true(serve(place, &want, &run, &last));
        want.from = last + 1;
    }
    assert_false(store_damaged(place->store));
}

static void test_an_empty_one(void **state)
{
    struct place *place = *state;
    struct old old = old_file(place);
    struct channel_name name;
    struct id id;
    uint64_t lamport;
    run_sql(&old, "DELETE FROM channels");
    sqlite3_close(old.db);
    place->store = open_at(place);
    assert_false(store_channel(place->store, 0, &name, &id, &lamport));
    struct author author = author_of(1, "#fika");
    struct run run = author_run(&author, 3, &place->arena);
    append(place, "#fika", &run);
    commit(place);
    reopen(place);
    assert_kept(place, run.entries, 1, 3);
}

static void test_a_damaged_one_is_put_aside(void **state)
{
    struct place *place = *state;
    static const char *const damage[] = {
        "UPDATE entries SET body = x'04616e6e61206869' WHERE seq = 50",
        "UPDATE entries SET lamport = lamport + 1 WHERE seq = 150",
        "DELETE FROM entries WHERE seq = 50",
        "DELETE FROM entries WHERE seq = 330",
        "UPDATE entries SET signature = NULL WHERE seq = 330",
        "DELETE FROM channels WHERE id = 4",
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        struct old old = old_file(place);
        struct author anna = author_of(1, "#fika");
        struct run all = make_log(&anna, &place->arena);
        struct run low = {all.entries, 270, {{0}}}, high = {all.entries + 290, 40, {{0}}};
        struct log_load load = {.author = anna.identity.node};
        char aside[256];
        struct error error;
        load_place(&load, &low);
        load_place(&load, &high);
        old_log(&old, 4, &load);
        rows_of_log(&old, &anna, &all);
        run_sql(&old, damage[i]);
        sqlite3_close(old.db);
        place->store = store_open(place->path, aside, sizeof aside, &error);
        assert_non_null(place->store);
        assert_true(aside[0] != 0);
        assert_int_equal(sqlite3_open(aside, &old.db), SQLITE_OK); /* as it was */
        run_sql(&old, "SELECT seq FROM entries");
        sqlite3_close(old.db);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_every_entry_is_kept),
        TEST(test_an_empty_one),
        TEST(test_a_damaged_one_is_put_aside),
    };
    return cmocka_run_group_tests_name("store_migrate", tests, NULL, NULL);
}
