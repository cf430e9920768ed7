/* Vault: what each machine's disk has, beside entries, of channels that are sealed: prekeys, cards, what private channels
 * there are, their acts and secrets, and what sealed lines say. In worlds with a private channel (circle.h); who has a
 * direct one alone keeps less (pair.h).
 *
 * As of disk.h there are two states, as of now (`live`) and as of the last commit (`safe`). */
#pragma once

#include "sim/anew.h"
#include "sim/prekeys.h"

#define VAULT_GROUPS 8

/* Bytes that were kept once: those who keep them share them. */
struct blob {
    struct blob *next; /* all that there are */
    size_t size;
    uint8_t at[];
};

struct vault_direct {
    struct id channel;
    struct channel_name name; /* "": there is none */
    bool shown;
};

struct vault_waiting {
    struct id channel;
    uint8_t kind;
    const struct blob *body;
};

/* What a sealed entry says. */
struct vault_line {
    struct id channel, author, id;
    uint64_t seq;
    uint8_t kind;        /* 0: it is closed ... */
    enum why_closed why; /* ... since */
    uint8_t epoch[ACT_SHORT];
    const struct blob *body;
};

struct vault_act {
    struct id channel, id;
    const struct blob *entry;
};

struct vault_key {
    struct id channel;
    struct loose_key key;
};

struct vault {
    struct prekeys prekeys;
    struct vault_direct directs[WORLD_MACHINES];
    struct vault_waiting waiting[LIMIT_WAITING];
    size_t waiting_count;
    struct group_kept groups[VAULT_GROUPS];
    size_t group_count;
    struct vault_line *lines;
    size_t line_count, line_room;
    struct vault_act *acts;
    size_t act_count, act_room;
    struct vault_key *keys;
    size_t key_count, key_room;
};

void vaults_begin(struct world *world);
void vaults_free(struct world *world);
const struct vault *vault_of(const struct world *world, const struct machine *machine);
/* What its core judges anew: anew.c. */
struct passes *vault_passes(const struct world *world, const struct machine *machine);
const struct blob *vault_blob(struct world *world, struct bytes bytes);
/* The private channel, as it is kept; NULL: it is not. */
const struct group_kept *vault_group(const struct vault *vault, const struct id *channel);
const struct vault_line *vault_line(const struct vault *vault, const struct id *id);

/* A process begins: all that the core is given before its channels. The names of the channels that are sealed, then: */
void vault_load(struct world *world, struct machine *machine);
size_t vault_names(const struct world *world, const struct machine *machine,
                   struct channel_name *names, size_t room);
/* PREKEY to CLOSE, OPEN; the lines of a STORE or FILL; a DROP. */
void vault_write(struct world *world, struct machine *machine, const struct effect *effect);
void vault_store(struct world *world, struct machine *machine, const struct effect *effect);
void vault_drop(struct world *world, struct machine *machine, const struct id *channel);
/* The answer to a RECALL; false when there is none. */
bool vault_recall(const struct world *world, const struct machine *machine, struct event *event);
/* What becomes of what was written. */
void vault_commit(struct world *world, struct machine *machine);
void vault_crash(struct world *world, struct machine *machine);
void vault_backup(struct world *world, struct machine *machine);
void vault_restore(struct world *world, struct machine *machine);
