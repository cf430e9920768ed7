/* A profile under a passphrase: what its files hold, what is refused, and what a crash leaves. */
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "profile_help.h"
#include "store/convert.h"
#include "store/files.h"
#include "store/pages.h"
#include "store/vault.h"

#define CANARY "a canary that sings"

static char directory[128];

static void path_in(char out[256], const char *name)
{
    snprintf(out, 256, "%s/%s", directory, name);
}

static void shell(const char *format, ...)
{
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

/* Whether the bytes stand in any file of the profile, or of another directory. */
static bool lies_in(const char *where, const char *text)
{
    char command[512];
    snprintf(command, sizeof command, "grep -rqaF -e '%s' '%s'", text, where);
    return system(command) == 0;
}

static void change_byte(const char *path, long at)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
}

static int set_up(void **state)
{
    if (home_make(state) != 0)
        return -1;
    snprintf(directory, sizeof directory, "%s/p", home);
    return mkdir(directory, 0700);
}

static int tear_down(void **state)
{
    vault_close();
    return home_remove(state);
}

/* ---- small files ---- */

static void test_small_files(void **state)
{
    (void)state;
    char path[256], other[256], text[200];
    bool found;
    path_in(path, "settings");
    path_in(other, "screen");
    vault_make(directory);
    assert_int_equal(file_replace(path, CANARY, strlen(CANARY), NULL), ERROR_NONE);
    assert_false(lies_in(directory, "canary"));
    assert_int_equal(file_read(path, text, sizeof text, &found, NULL), ERROR_NONE);
    assert_true(found);
    assert_string_equal(text, CANARY);
    /* One file does not stand in for another, nor does one in clear, nor one that was changed. */
    shell("cp '%s' '%s'", path, other);
    assert_int_equal(file_read(other, text, sizeof text, &found, NULL), ERROR_SEALED);
    assert_string_equal(text, "");
    put_file(other, "in clear");
    assert_int_equal(file_read(other, text, sizeof text, &found, NULL), ERROR_SEALED);
    put_file(other, "");
    assert_int_equal(file_read(other, text, sizeof text, &found, NULL), ERROR_SEALED);
    change_byte(path, 60);
    assert_int_equal(file_read(path, text, sizeof text, &found, NULL), ERROR_SEALED);
    /* What lies elsewhere is none of its business. */
    snprintf(other, sizeof other, "%s/elsewhere", home);
    assert_int_equal(file_replace(other, CANARY, strlen(CANARY), NULL), ERROR_NONE);
    assert_true(lies_in(other, "canary"));
    assert_int_equal(file_replace(path, CANARY, strlen(CANARY), NULL), ERROR_NONE);
    vault_close();
    assert_int_equal(file_read(path, text, sizeof text, &found, NULL), ERROR_SEALED);
}

static void test_what_is_added_to_a_file(void **state)
{
    (void)state;
    char path[256], text[200];
    bool found;
    struct stat status;
    path_in(path, "typed");
    vault_make(directory);
    file_add(path, "one\n", 4);
    file_add(path, "two\n", 4);
    file_add(path, CANARY, strlen(CANARY));
    assert_false(lies_in(directory, "canary"));
    assert_int_equal(file_read(path, text, sizeof text, &found, NULL), ERROR_NONE);
    assert_string_equal(text, "one\ntwo\n" CANARY);
    /* A small room gets what fits into it whole. */
    assert_int_equal(file_read(path, text, 10, &found, NULL), ERROR_NONE);
    assert_string_equal(text, "one\ntwo\n");
    /* A crash in the middle of the last. */
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size - 5), 0);
    assert_int_equal(file_read(path, text, sizeof text, &found, NULL), ERROR_NONE);
    assert_string_equal(text, "one\ntwo\n");
}

/* ---- a database ---- */

static int database_code(const char *path, sqlite3 **db)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    *db = NULL;
    int code = sqlite3_open_v2(path, db, flags, pages_vfs());
    code = code == SQLITE_OK ? pages_prepare(*db) : code;
    sqlite3_exec(*db, "PRAGMA locking_mode = EXCLUSIVE", 0, 0, 0);
    return code & 0xff;
}

static sqlite3 *database(const char *path)
{
    sqlite3 *db;
    assert_int_equal(database_code(path, &db), SQLITE_OK);
    return db;
}

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *ask;
    int64_t is = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &ask, NULL) != SQLITE_OK)
        return -1;
    if (sqlite3_step(ask) == SQLITE_ROW)
        is = sqlite3_column_int64(ask, 0);
    sqlite3_finalize(ask);
    return is;
}

static bool is_sound(sqlite3 *db)
{
    return number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1;
}

#define MANY                                                                          \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) " \
    "INSERT INTO t SELECT NULL, '" CANARY " ' || i || hex(randomblob(100)) FROM n"

static void fill(sqlite3 *db)
{
    assert_int_equal(run(db, "PRAGMA journal_mode = WAL"), SQLITE_OK);
    assert_int_equal(run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)"), SQLITE_OK);
    assert_int_equal(run(db, "CREATE VIRTUAL TABLE f USING fts5(text)"), SQLITE_OK);
    assert_int_equal(run(db, "INSERT INTO f VALUES('" CANARY "')"), SQLITE_OK);
    assert_int_equal(run(db, MANY), SQLITE_OK);
}

static void test_a_database_and_its_log(void **state)
{
    (void)state;
    char path[256], copy[256];
    vault_make(directory);
    path_in(path, "history.db");
    sqlite3 *db = database(path);
    fill(db);
    assert_false(lies_in(directory, "canary"));
    assert_false(lies_in(directory, "SQLite"));
    /* Transactions that are larger than the cache write pages of the log again; some are taken back. */
    assert_int_equal(run(db, "PRAGMA cache_size = 10; BEGIN; UPDATE t SET text = text || 'x'; "
                             "SAVEPOINT s; UPDATE t SET text = 'gone'; ROLLBACK TO s; "
                             "UPDATE t SET text = text || 'y'; COMMIT"),
                     SQLITE_OK);
    assert_int_equal(run(db, "BEGIN; UPDATE t SET text = 'gone'; ROLLBACK"), SQLITE_OK);
    /* A crash: what lies there now is all that is left. */
    snprintf(copy, sizeof copy, "%s/after", home);
    shell("cp -r '%s' '%s'", directory, copy);
    assert_true(is_sound(db));
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE text LIKE '%canary%xy'"), 2000);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_false(lies_in(directory, "canary"));
    snprintf(copy, sizeof copy, "%s/after/history.db", home);
    db = database(copy);
    assert_true(is_sound(db));
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE text LIKE '%canary%xy'"), 2000);
    assert_int_equal(number(db, "SELECT count(*) FROM f('sings')"), 1);
    sqlite3_close(db);
    db = database(path);
    assert_true(is_sound(db));
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 2000);
    assert_int_equal(run(db, "VACUUM; CREATE INDEX i ON t(text)"), SQLITE_OK);
    assert_true(is_sound(db));
    assert_false(lies_in(directory, "canary"));
    sqlite3_close(db);
}

/* A log that ends in the middle of a frame, or in one that rotted, ends before that. */
static void test_a_torn_log(void **state)
{
    (void)state;
    char path[256], copy[256];
    struct stat status;
    vault_make(directory);
    path_in(path, "history.db");
    sqlite3 *db = database(path);
    fill(db);
    assert_int_equal(run(db, "PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
    assert_int_equal(run(db, "UPDATE t SET text = 'first' WHERE id = 1"), SQLITE_OK);
    assert_int_equal(run(db, "UPDATE t SET text = 'second' WHERE id = 1"), SQLITE_OK);
    for (int i = 0; i < 2; i++) {
        snprintf(copy, sizeof copy, "%s/torn%d", home, i);
        shell("cp -r '%s' '%s'", directory, copy);
        snprintf(copy, sizeof copy, "%s/torn%d/history.db-wal", home, i);
        assert_int_equal(stat(copy, &status), 0);
        if (i == 0)
            assert_int_equal(truncate(copy, status.st_size - 100), 0);
        else
            change_byte(copy, status.st_size - 100);
    }
    sqlite3_close(db);
    for (int i = 0; i < 2; i++) {
        snprintf(copy, sizeof copy, "%s/torn%d/history.db", home, i);
        db = database(copy);
        assert_true(is_sound(db));
        assert_int_equal(number(db, "SELECT count(*) FROM t WHERE text = 'first'"), 1);
        sqlite3_close(db);
    }
}

static void test_pages_that_are_not_in_their_place(void **state)
{
    (void)state;
    char path[256], other[256];
    vault_make(directory);
    path_in(path, "history.db");
    path_in(other, "search.db");
    sqlite3 *db = database(path);
    fill(db);
    sqlite3_close(db);
    /* Of the index, it does not open as the history, though the key comes from the same one. */
    shell("cp '%s' '%s'", path, other);
    assert_int_equal(database_code(other, &db), SQLITE_CORRUPT);
    sqlite3_close(db);
    shell("cp '%s' '%s.kept'", path, path);
    /* Page 8 in the place of page 9. */
    shell("dd if='%s' of='%s.page' bs=4096 count=1 skip=8 2>/dev/null && "
          "dd if='%s.page' of='%s' bs=4096 seek=9 conv=notrunc 2>/dev/null && rm '%s.page'",
          path, path, path, path, path);
    database_code(path, &db); /* which may find it already */
    assert_int_equal(run(db, "SELECT sum(length(text)) FROM t") & 0xff, SQLITE_CORRUPT);
    sqlite3_close(db);
    shell("cp '%s.kept' '%s'", path, path);
    change_byte(path, 4096 * 12 + 17);
    database_code(path, &db); /* which may find it already */
    assert_int_equal(run(db, "SELECT sum(length(text)) FROM t") & 0xff, SQLITE_CORRUPT);
    sqlite3_close(db);
    /* Under another key nothing opens. */
    shell("cp '%s.kept' '%s'", path, path);
    vault_make(directory);
    assert_int_equal(database_code(path, &db), SQLITE_CORRUPT);
    sqlite3_close(db);
}

/* ---- all of a profile ---- */

static void make_profile(void)
{
    char path[256];
    shell("rm -rf '%s' && mkdir -m 700 -p '%s/networks'", directory, directory);
    path_in(path, "identity");
    put_file(path, "fika-identity-1 " CANARY "\n");
    path_in(path, "networks/work.key");
    put_file(path, CANARY "\n");
    path_in(path, "history.db.damaged-1");
    put_file(path, CANARY "\n");
    path_in(path, "log");
    put_file(path, CANARY "\n");
    path_in(path, "search.db");
    put_file(path, CANARY "\n");
    path_in(path, "history.db");
    sqlite3 *db = database(path);
    fill(db);
    sqlite3_close(db);
}

/* What a profile must say, whatever happened to its files. */
static void check_profile(void)
{
    char path[256], text[200];
    bool found;
    static const char *const names[] = {"identity", "networks/work.key", "history.db.damaged-1"};
    for (size_t i = 0; i < 3; i++) {
        path_in(path, names[i]);
        assert_int_equal(file_read(path, text, sizeof text, &found, NULL), ERROR_NONE);
        assert_true(found && strstr(text, CANARY) != NULL);
    }
    path_in(path, "history.db");
    sqlite3 *db = database(path);
    assert_true(is_sound(db));
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE text LIKE '%canary%'"), 2000);
    sqlite3_close(db);
}

static enum error_code open_with(const char *passphrase)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(write(ends[1], passphrase, strlen(passphrase)) > 0);
    close(ends[1]);
    vault_ask_by(ends[0]);
    enum error_code code = vault_open(directory, "p", NULL);
    close(ends[0]);
    vault_ask_by(-1);
    return code;
}

static void test_sealed_and_in_clear_again(void **state)
{
    (void)state;
    struct error error;
    char path[256];
    make_profile();
    assert_int_equal(convert_seal(directory, "the first words", &error), ERROR_NONE);
    check_profile();
    assert_false(lies_in(directory, "canary"));
    assert_false(lies_in(directory, "SQLite"));
    path_in(path, "log");
    assert_int_equal(access(path, F_OK), -1);
    /* Another passphrase changes one small file. */
    shell("cp -r '%s' '%s.before'", directory, directory);
    assert_int_equal(vault_write("some other words", &error), ERROR_NONE);
    shell("cd '%s' && for file in $(find . -type f ! -name passphrase); do "
          "cmp \"$file\" '%s.before'/\"$file\" || exit 1; done",
          directory, directory);
    assert_true(vault_opens("some other words"));
    assert_false(vault_opens("the first words"));
    vault_close();
    assert_int_equal(open_with("the first words\n"), ERROR_PASSPHRASE);
    assert_false(vault_is_open());
    assert_int_equal(open_with("some other words\n"), ERROR_NONE);
    check_profile();
    assert_int_equal(convert_clear(directory, &error), ERROR_NONE);
    assert_false(vault_is_open() || vault_has(directory));
    check_profile();
}

/* Both ends of a change, and every mixture of them that a crash can leave. */
static void test_a_crash_at_every_step(void **state)
{
    (void)state;
    struct error error;
    char clear[160], sealed[160];
    snprintf(clear, sizeof clear, "%s.clear", directory);
    snprintf(sealed, sizeof sealed, "%s.sealed", directory);
    make_profile();
    shell("cp -r '%s' '%s'", directory, clear);
    assert_int_equal(convert_seal(directory, "the first words", &error), ERROR_NONE);
    shell("cp -r '%s' '%s'", directory, sealed);
    static const char *const names = "identity networks/work.key history.db history.db.damaged-1";
    for (int renamed = 0; renamed <= 4; renamed++) {
        /* Sealing: the passphrase is there, and so many files are in their place; the next one was
         * written over already. */
        shell("rm -rf '%s' && cp -r '%s' '%s' && cp '%s/passphrase' '%s' && cd '%s' && n=0 && "
              "for f in %s; do n=$((n + 1)); if [ $n -le %d ]; then cp '%s'/$f $f; else "
              "cp '%s'/$f $f.locked; fi; [ $n = %d ] && [ -e $f.locked ] && "
              "head -c 4096 /dev/zero >$f; :; done",
              directory, clear, directory, sealed, directory, directory, names, renamed, sealed,
              sealed, renamed + 1);
        convert_settle(directory);
        check_profile();
        if (renamed < 4) /* there was something to finish */
            assert_false(lies_in(directory, "canary"));
    }
    /* Sealing, before the passphrase: it never was. */
    shell("rm -rf '%s' && cp -r '%s' '%s' && cd '%s' && for f in %s; do cp '%s'/$f $f.locked; done",
          directory, clear, directory, directory, names, sealed);
    convert_settle(directory);
    vault_close();
    check_profile();
    shell("! find '%s' -name '*.locked' | grep -q .", directory);
    /* Taking it away, after the passphrase went. */
    shell("rm -rf '%s' && cp -r '%s' '%s' && cd '%s' && rm passphrase && for f in %s; do "
          "cp '%s'/$f $f.plain; done",
          directory, sealed, directory, directory, names, clear);
    convert_settle(directory);
    check_profile();
    /* And before: it is still there, and what was in clear is gone. */
    shell("rm -rf '%s' && cp -r '%s' '%s' && cd '%s' && for f in %s; do cp '%s'/$f $f.plain; done",
          directory, sealed, directory, directory, names, clear);
    convert_settle(directory);
    assert_false(lies_in(directory, "canary"));
    assert_int_equal(open_with("the first words\n"), ERROR_NONE);
    check_profile();
}

/* Whoever writes the disk cannot make the program work for hours, or guesses cheap. */
static void test_a_passphrase_file_that_was_changed(void **state)
{
    (void)state;
    struct error error;
    char path[256];
    make_profile();
    assert_int_equal(convert_seal(directory, "the first words", &error), ERROR_NONE);
    vault_close();
    path_in(path, "passphrase");
    shell("cp '%s' '%s'", path, home);
    static const char *const changes[] = {
        "s/^fika-vault-1/fika-vault-2/",
        "s/ 268435456 / 8796093022208 /",
        "s/ 3 / 4000000000 /",
        "s/ 3 / 0 /",
        "s/ 3 / -3 /",
        "s/.$//",
        "s/^\\(.*\\) [^ ]*$/\\1/",
        "s/.*//",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        shell("sed '%s' '%s/passphrase' >'%s'", changes[i], home, path);
        assert_int_equal(open_with("the first words\n"), ERROR_VAULT_DAMAGED);
    }
    shell("sed 's/ 268435456 / 8192 /' '%s/passphrase' >'%s'", home, path);
    assert_int_equal(open_with("the first words\n"), ERROR_PASSPHRASE);
    shell("cp '%s/passphrase' '%s'", home, path);
    assert_int_equal(open_with("\n"), ERROR_LOCKED);
    assert_int_equal(open_with("the first words\n"), ERROR_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_small_files),
        TEST(test_what_is_added_to_a_file),
        TEST(test_a_database_and_its_log),
        TEST(test_a_torn_log),
        TEST(test_pages_that_are_not_in_their_place),
        TEST(test_sealed_and_in_clear_again),
        TEST(test_a_crash_at_every_step),
        TEST(test_a_passphrase_file_that_was_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
