/* Added: what a line that is signed, checked and on disk must cost beside one that is not, on this machine and now: one signature and its check, one
 * commit, and the wake-ups of three threads more, each with caches as cold as where people talk. */
#pragma once

#include <poll.h>
#include <sqlite3.h>
#include <sys/eventfd.h>

#include "bench.h"
#include "figures.h"

#define ADDED_ROUNDS  60
#define ADDED_WAKES   3
#define ADDED_WAIT_MS 5

static inline uint64_t added_signature(const uint8_t key[32], const uint8_t secret[64])
{
    uint8_t text[48] = {1}, signature[crypto_sign_BYTES];
    uint64_t began = now_us();
    crypto_sign_detached(signature, NULL, text, sizeof text, secret);
    check(crypto_sign_verify_detached(signature, text, sizeof text, key) == 0,
          "a signature does not hold");
    return now_us() - began;
}

static inline void added_do(sqlite3 *db, const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "SQLite does not do that");
}

static inline uint64_t added_commit(sqlite3 *db, sqlite3_stmt *insert)
{
    uint64_t began = now_us();
    added_do(db, "BEGIN");
    check(sqlite3_step(insert) == SQLITE_DONE, "no row");
    sqlite3_reset(insert);
    added_do(db, "COMMIT");
    return now_us() - began;
}

struct added_wake {
    int there, back;
};

static inline void added_pass(int fd, bool give)
{
    uint64_t one = 1;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (!give)
        check(poll(&wait, 1, -1) == 1, "nobody comes");
    check((give ? write(fd, &one, sizeof one) : read(fd, &one, sizeof one)) == sizeof one,
          "no wake-up");
}

static inline void *added_echo(void *argument)
{
    struct added_wake *wake = argument;
    for (int i = 0; i < ADDED_ROUNDS; i++) {
        added_pass(wake->there, false);
        added_pass(wake->back, true);
    }
    return NULL;
}

/* In us, the median of each, added up. directory: where the commits go. */
static inline double added_us(const char *directory)
{
    static struct figures signatures, commits, wakes;
    uint8_t key[32], secret[64], seed[32] = {7};
    char path[96];
    sqlite3 *db;
    sqlite3_stmt *insert;
    pthread_t thread;
    struct added_wake wake = {eventfd(0, 0), eventfd(0, 0)};
    crypto_sign_seed_keypair(key, secret, seed);
    snprintf(path, sizeof path, "%s/added.db", directory);
    check(sqlite3_open(path, &db) == SQLITE_OK, "no database");
    added_do(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                 "CREATE TABLE runs (key INTEGER PRIMARY KEY, run BLOB)");
    check(sqlite3_prepare_v2(db, "INSERT INTO runs (run) VALUES (zeroblob(300))", -1, &insert,
                             NULL) == SQLITE_OK,
          "no statement");
    check(wake.there >= 0 && wake.back >= 0 &&
              pthread_create(&thread, NULL, added_echo, &wake) == 0,
          "no thread");
    for (int i = 0; i < ADDED_ROUNDS; i++) {
        pause_ms(ADDED_WAIT_MS);
        figure_add(&signatures, added_signature(key, secret));
        figure_add(&commits, added_commit(db, insert));
        uint64_t began = now_us();
        added_pass(wake.there, true);
        added_pass(wake.back, false);
        figure_add(&wakes, now_us() - began);
    }
    pthread_join(thread, NULL);
    close(wake.there);
    close(wake.back);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return (double)(at_share(&signatures, 0.5) + at_share(&commits, 0.5)) +
           ADDED_WAKES * (double)at_share(&wakes, 0.5) / 2;
}
