/* Search, inside: what search.c (the file), takeup.c, which takes lines up, and found.c, which finds them,
 * share. */
#pragma once

#include "store/inside.h"

#define PLACE_BITS     20 /* of a place, behind its milliseconds */
#define PLACE_LOG_BITS 10 /* of these, at the end, a hash of the log */
#define MOVED_MAX      64
#define GATHERED_MAX   (2 * LIMIT_RUN_ENTRIES) /* lines, before they are written */

enum search_statement {
    SEARCH_BEGIN,
    SEARCH_COMMIT,
    SEARCH_PLACE_ADD,
    SEARCH_PLACE_DROP,
    SEARCH_LINE_ADD,
    SEARCH_LINE_DROP,
    SEARCH_MERGE,
    SEARCH_MARK,
    SEARCH_MARKS,
    SEARCH_FIND,
    SEARCH_FIND_ANY,
    SEARCH_STATEMENTS,
};

struct mark {
    uint64_t seq;
    struct id tip;
    bool checked; /* the history has that id there */
};

/* A line that is to be taken up. */
struct line {
    int64_t place, log;
    uint64_t seq;
    int64_t channel;
    struct bytes nick, text; /* in the arena */
};

struct search {
    char path[STORE_PATH_ROOM + 16];
    sqlite3 *db;
    sqlite3_stmt *statements[SEARCH_STATEMENTS];
    struct store *store;
    struct id network;
    struct mark *marks; /* by log key */
    size_t mark_room;
    bool pending;
    int cleaning; /* what was forgotten is still in old parts: -1 to begin, 1 going on, 0 none */
    bool failed;  /* it is thrown away at the next slice */
    int64_t log;  /* where the last slice ended */
    struct line *lines;
    size_t line_count;
    int64_t moved[MOVED_MAX]; /* logs whose marks are to be written with the lines */
    size_t moved_count;
    struct arena arena;
};

/* The prepared statement, fresh. */
sqlite3_stmt *search_statement(struct search *search, enum search_statement which);
/* Up to where a log was taken up. */
struct mark *search_mark(struct search *search, int64_t log);
/* Opens the file again, made anew where it is torn; false when that does not help. */
bool search_anew(struct search *search);
/* True on a row; a failure marks the index as failed. */
bool search_step(struct search *search, sqlite3_stmt *which);
/* The first place at that time; and the place of a line. */
int64_t search_place_at(uint64_t wall_ms);
int64_t search_place_of(int64_t log, uint64_t seq, uint64_t wall_ms);
