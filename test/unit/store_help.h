/* What the store's tests share: a directory of their own, authors, and runs as an author makes
 * them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "store/store.h"

/* What takes a file of each version back to the one before, newest first. */
static const struct undo {
    int to;
    const char *sql;
} store_undos[] = {
    {10, "ALTER TABLE receipts DROP COLUMN below;"},
    {9, "DROP TABLE groups; DROP TABLE acts; DROP TABLE group_keys; DROP TABLE closed;"},
    {8, "DROP TABLE devices;"},
    {7, "DROP TABLE opened; DROP TABLE direct; DROP TABLE prekeys; DROP TABLE cards;"
        "DROP TABLE waiting;"},
    {6, "DROP TABLE carried; ALTER TABLE channels DROP COLUMN gone;"},
    {5, "DROP TABLE nicks;"},
    {4, "DROP TABLE reactions;"},
    {3, "DROP TABLE edits;"},
    {2, "DROP INDEX runs_missing; ALTER TABLE runs DROP COLUMN missing;"},
};

/* An author's log, as its own node has it: the next run follows on. */
struct author {
    struct identity identity;
    struct process process;
    struct id channel;
    uint64_t seq;
    uint64_t lamport;
    struct id tip;
};

static inline struct id test_channel(const char *name)
{
    uint8_t secret[32] = {1};
    struct id network = network_id(secret);
    return channel_id(&network, name);
}

static inline struct author author_of(uint8_t number, const char *channel)
{
    uint8_t seed[32] = {number};
    struct author author = {.identity = identity_from_seed(seed), .channel = test_channel(channel)};
    memset(author.process.b, number, sizeof author.process.b);
    return author;
}

/* The author's next entry, with a text body; lamport rises by `clock`. All in the arena. */
static inline struct entry author_entry(struct author *author, uint64_t clock, struct arena *arena)
{
    uint8_t body[LIMIT_BODY];
    char text[64];
    snprintf(text, sizeof text, "line %llu", (unsigned long long)(author->seq + 1));
    size_t size = entry_write_text(body, "anna", text, strlen(text));
    author->lamport += clock;
    author->seq++;
    struct entry entry = {
        .version = ENTRY_VERSION,
        .kind = ENTRY_TEXT,
        .flags = (uint16_t)(author->seq * 257),
        .channel = author->channel,
        .author = author->identity.node,
        .process = author->process,
        .seq = author->seq,
        .lamport = author->lamport,
        .wall_ms = 1700000000000u + author->seq,
        .prev = author->tip,
        .body = {arena_copy(arena, body, size), size},
    };
    entry_finish(&entry);
    author->tip = entry.id;
    return entry;
}

static inline struct run author_run(struct author *author, size_t count, struct arena *arena)
{
    struct run run = {arena_take(arena, count * sizeof *run.entries), count, {{0}}};
    for (size_t i = 0; i < count; i++)
        run.entries[i] = author_entry(author, 1, arena);
    run.signature = entry_sign(&run.entries[count - 1], &author->identity);
    assert_true(run_is_chain(&run));
    return run;
}

/* The author's next entry takes another one back. */
static inline struct run forget_run(struct author *author, const struct entry *taken,
                                    struct arena *arena)
{
    struct run run = {arena_take(arena, sizeof *run.entries), 1, {{0}}};
    uint8_t *body = arena_take(arena, 40);
    struct writer w = writer_of(body, 40);
    run.entries[0] = author_entry(author, 1, arena);
    write_u64(&w, taken->seq);
    write_id(&w, &taken->id);
    run.entries[0].kind = ENTRY_FORGET;
    run.entries[0].body = written(&w);
    entry_finish(&run.entries[0]);
    author->tip = run.entries[0].id;
    run.signature = entry_sign(&run.entries[0], &author->identity);
    return run;
}

/* A part of a run that is signed again at its end. */
static inline struct run part_of(const struct author *author, const struct run *run, size_t from,
                                 size_t count)
{
    struct run part = {run->entries + from, count, {{0}}};
    part.signature = entry_sign(&part.entries[count - 1], &author->identity);
    return part;
}

static inline void assert_same_entry(const struct entry *a, const struct entry *b)
{
    uint8_t header_a[ENTRY_HEADER_BYTES], header_b[ENTRY_HEADER_BYTES];
    entry_header(a, header_a);
    entry_header(b, header_b);
    assert_memory_equal(header_a, header_b, sizeof header_a);
    assert_memory_equal(a->id.b, b->id.b, 32);
    assert_int_equal(a->body.size, b->body.size);
    if (a->body.size > 0)
        assert_memory_equal(a->body.at, b->body.at, a->body.size);
}

/* A test's directory, its database, and an open store. */
struct place {
    char directory[64];
    char path[96];
    struct store *store;
    struct arena arena;
};

static inline struct store *open_at(struct place *place)
{
    char aside[256];
    struct error error = {0};
    struct store *store = store_open(place->path, aside, sizeof aside, &error);
    if (!store)
        fail_msg("store_open: code %d, %s", (int)error.code, error.about);
    assert_string_equal(aside, "");
    return store;
}

static inline void reopen(struct place *place)
{
    store_close(place->store);
    place->store = open_at(place);
}

/* The file as a program of that version left it, opened by this one. */
static inline void reopen_from(struct place *place, int version)
{
    sqlite3 *db;
    char set[64];
    store_close(place->store);
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof store_undos / sizeof *store_undos; i++)
        if (store_undos[i].to >= version)
            assert_int_equal(sqlite3_exec(db, store_undos[i].sql, NULL, NULL, NULL), SQLITE_OK);
    snprintf(set, sizeof set, "PRAGMA user_version = %d", version);
    assert_int_equal(sqlite3_exec(db, set, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    place->store = open_at(place);
}

/* The branch as the file has it; a new one is empty. */
static inline struct log_load load_of(struct store *store, const struct id *channel,
                                      const struct id *author, uint32_t branch)
{
    struct log_load load;
    for (size_t i = 0; store_log(store, channel, i, &load); i++)
        if (load.branch == branch && id_equal(&load.author, author))
            return load;
    return (struct log_load){.author = *author, .branch = branch};
}

static inline void load_close_hole(struct log_load *load)
{
    if (load->rootless || load->span_from == 0 || load->seq + 1 < load->span_from)
        return;
    if (load->span_to > load->seq) {
        load->seq = load->span_to;
        load->tip = load->span_tip;
        load->lamport = load->span_lamport;
    }
    load->span_from = load->span_to = 0;
}

/* What the core would say of the branch with the run in it. */
static inline void load_place(struct log_load *load, const struct run *run)
{
    const struct entry *first = &run->entries[0], *last = &run->entries[run->count - 1];
    if (!load->rootless && first->seq <= load->seq + 1) {
        if (last->seq > load->seq) {
            load->seq = last->seq;
            load->tip = last->id;
            load->lamport = last->lamport;
        }
        load_close_hole(load);
        return;
    }
    if (load->span_from == 0 || first->seq < load->span_from) {
        load->span_from = first->seq;
        load->span_prev = first->prev;
        load->span_first_lamport = first->lamport;
    }
    if (last->seq > load->span_to) {
        load->span_to = last->seq;
        load->span_tip = last->id;
        load->span_lamport = last->lamport;
    }
}

static inline void append_to(struct place *place, const char *channel, uint32_t branch,
                             const struct run *run)
{
    struct channel_name name;
    const struct entry *first = &run->entries[0];
    struct log_load load = load_of(place->store, &first->channel, &first->author, branch);
    load_place(&load, run);
    snprintf(name.text, sizeof name.text, "%s", channel);
    assert_int_equal(store_append(place->store, &name, &load, run, NULL, NULL), ERROR_NONE);
}

static inline void append(struct place *place, const char *channel, const struct run *run)
{
    append_to(place, channel, 0, run);
}

/* Makes an empty branch above an entry of another one, with the run in it. */
static inline void append_branch(struct place *place, const char *channel, uint32_t branch,
                                 const struct entry *base, const struct run *run)
{
    struct channel_name name;
    struct log_load load = {.author = base->author,
                            .branch = branch,
                            .base_seq = base->seq,
                            .base = base->id,
                            .seq = base->seq,
                            .tip = base->id,
                            .lamport = base->lamport};
    load_place(&load, run);
    snprintf(name.text, sizeof name.text, "%s", channel);
    assert_int_equal(store_append(place->store, &name, &load, run, NULL, NULL), ERROR_NONE);
}

static inline struct want want_of(const struct entry *tip, uint64_t from)
{
    return (struct want){.channel = tip->channel,
                         .author = tip->author,
                         .from = from,
                         .to = tip->seq,
                         .tip = tip->id,
                         .credit = LIMIT_WANT_BYTES};
}

/* The frame that answers, as its receiver reads it: verified; false when there is none. */
static inline bool serve(struct place *place, const struct want *want, struct run *run,
                         uint64_t *last)
{
    uint8_t *frame = arena_take(&place->arena, LIMIT_FRAME);
    enum entry_part part;
    size_t size = store_frame(place->store, want, PART_ANSWER_END, frame, last);
    if (size == 0)
        return false;
    assert_true(wire_read_entry((struct bytes){frame, size}, &place->arena, run, &part));
    assert_int_equal(part, PART_ANSWER_END);
    assert_true(entry_verify(&run->entries[run->count - 1], &run->signature));
    return true;
}

static inline void commit(struct place *place)
{
    assert_int_equal(store_commit(place->store, NULL), ERROR_NONE);
}

static inline int place_make(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place || sodium_init() < 0)
        return -1;
    snprintf(place->directory, sizeof place->directory, "/tmp/fika-test-XXXXXX");
    if (!mkdtemp(place->directory))
        return -1;
    snprintf(place->path, sizeof place->path, "%s/history.db", place->directory);
    arena_init(&place->arena);
    place->store = open_at(place);
    *state = place;
    return 0;
}

static inline int place_remove(void **state)
{
    struct place *place = *state;
    char command[128];
    store_close(place->store);
    arena_release(&place->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", place->directory);
    int result = system(command);
    free(place);
    return result;
}
