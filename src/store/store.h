/* Store: entries on disk (SQLite, WAL, synchronous=FULL). One thread. What was appended is there
 * for readers at once and on disk after store_commit. store.c has the schema's why. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "core/event.h"

struct store;

/* Opens or makes the file. A damaged one is moved aside (its new path to `aside`, else an empty
 * string) and an empty one made. */
struct store *store_open(const char *path, char *aside, size_t aside_room, struct error *error);
void store_close(struct store *store);

/* Appends a run whose signature was verified, all or nothing, placed as log_place() does: entries
 * that are there already are left alone, and so is all when it fits nothing that is held (a
 * conflict, a second hole). Begins a transaction when none is open. ERROR_NONE, or what failed:
 * then every append and commit fails with the same until store_rollback. */
enum error_code store_append(struct store *store, const struct channel_name *channel,
                             const struct run *run, struct error *error);
/* Makes all since the last commit durable (fsync). No-op when there is nothing. ERROR_STORE_DAMAGED
 * also when a read found the damage: close the store then, and store_open moves the file aside. */
enum error_code store_commit(struct store *store, struct error *error);
/* Takes back all since the last commit. After it the store can be written again, unless the file is
 * damaged. */
void store_rollback(struct store *store);
/* Tries whether the disk takes writes again, after a failure; changes nothing. */
enum error_code store_probe(struct store *store, struct error *error);
bool store_pending(const struct store *store);
/* True once any call found that the file is damaged: close it and open it anew. */
bool store_damaged(const struct store *store);

/* At start: the channels held (name "" past the end), then each one's logs, by index from 0, in
 * rising order. lamport: the channel's clock, of what is not adrift (core invariant 5). */
bool store_channel(struct store *store, size_t index, struct channel_name *channel, struct id *id,
                   uint64_t *lamport);
bool store_log(struct store *store, const struct id *channel, size_t index, struct log_load *load);

/* Reads entries from..to of one author, oldest first, at most `bytes` of headers and bodies (and
 * LIMIT_RUN_BYTES) and LIMIT_RUN_ENTRIES, ending at one whose signature is held: the last that the
 * bounds allow, and only where there is none in the range the first above it. False when there is
 * none. All in the arena. */
bool store_read(struct store *store, const struct id *channel, const struct id *author,
                uint64_t from, uint64_t to, size_t bytes, struct arena *arena, struct run *run);

/* The newest `count` text entries of a channel in (lamport, author, seq) order, oldest first: call
 * store_last, then store_last_next until it is false. Bodies are in the arena. Adrift ones are left
 * out. Appending in between is allowed. */
void store_last(struct store *store, const struct id *channel, size_t count);
bool store_last_next(struct store *store, struct arena *arena, struct entry *entry);
