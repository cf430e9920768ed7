/* What tests of private channels share: a world of four, 0's channel, and a member who takes his part by hand. */
#pragma once

#include "group_help.h"

#include <sqlite3.h>

#include "core/certificate.h"
#include "core/group.h"

static struct world *world;

/* His prekeys are gone, and the secrets of epochs. */
static inline void sqlite3_lose_keys(const char *path)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM prekeys; DELETE FROM group_keys", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline int setup(void **state)
{
    (void)state;
    world = world_new(4);
    world_link_all(world);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    world_free(world);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static inline void create(void)
{
    node_does(world, 0, REQUEST_CREATE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 0, TOLD_CREATED), 1);
}

static inline void let_in(int by, int who, bool history, bool inviter)
{
    char nick[8];
    snprintf(nick, sizeof nick, "n%d", who);
    size_t before = node_saw_kind(world, who, SHOW_INVITATION);
    node_does(world, by, REQUEST_ADMIT, "#plans", nick, history, inviter);
    world_run(world, 500);
    assert_int_equal(node_saw_kind(world, who, SHOW_INVITATION), before + 1);
    assert_memory_equal(node_last(world, who, SHOW_INVITATION)->show.channel.text, "#plans~", 7);
    node_does(world, who, REQUEST_JOIN, "#plans", NULL, false, false);
    world_run(world, 500);
}

/* What a removed member's program, which is not ours, signs and pushes: 1 takes its own part in the
 * channel by hand. */
struct liar {
    struct entry last;
    uint8_t secret[32], epoch[ACT_SHORT];
};

/* The act that let him in, or the last that did. */
static inline struct id admit_of(int who)
{
    struct node *node = &world->nodes[0];
    struct id id = node_channel(world, node, "#plans"), at = {{0}}, found = {{0}};
    struct arena arena;
    struct bytes bytes;
    struct act act;
    uint64_t lamport = 0;
    arena_init(&arena);
    while (store_act_next(node->store, &id, &at, &arena, &bytes)) {
        struct entry entry;
        assert_true(entry_read_header(&entry, bytes.at));
        entry.body = (struct bytes){bytes.at + ENTRY_HEADER_BYTES, bytes.size - ENTRY_HEADER_BYTES};
        entry_finish(&entry);
        if (!act_read(&entry, &act) || act.kind != ENTRY_ADMIT || act.lamport < lamport ||
            !id_equal(&act.member, &world->nodes[who].config.identity.node))
            continue;
        lamport = act.lamport;
        found = act.id;
    }
    arena_release(&arena);
    assert_false(id_is_zero(&found));
    return found;
}

/* An entry of his in his log, and the newest secret that he has. */
static inline struct liar liar_of(int who, uint64_t seq)
{
    struct liar liar;
    struct node *node = &world->nodes[who];
    struct id id = node_channel(world, node, "#plans");
    struct arena arena;
    struct run run;
    struct loose_key key;
    uint64_t above = 0;
    bool found = false;
    arena_init(&arena);
    while (!found &&
           store_run_at(node->store, &id, &node->config.identity.node, 0, above, &arena, &run)) {
        above = run.entries[run.count - 1].seq;
        for (size_t i = 0; i < run.count; i++)
            if (run.entries[i].seq == seq) {
                liar.last = run.entries[i];
                found = true;
            }
    }
    assert_true(found);
    arena_release(&arena);
    for (size_t i = 0; store_key(node->store, &id, i, &key); i++) {
        memcpy(liar.secret, key.secret, sizeof liar.secret);
        memcpy(liar.epoch, key.epoch, sizeof liar.epoch);
    }
    return liar;
}

static inline void push(int from, int to, const struct entry *entry)
{
    static uint8_t frame[LIMIT_FRAME];
    struct node *node = &world->nodes[from];
    struct run run = {(struct entry *)entry, 1, entry_sign(entry, &node->config.identity)};
    struct writer w = writer_of(frame, sizeof frame);
    wire_write_entry(&w, &run, PART_PUSH);
    for (uint64_t link = 0; link < 256; link++)
        if (node->open[link] && node->peer[link] == to) {
            node_send(world, node, link, written(&w));
            break;
        }
    world_run(world, 500);
}

/* The next entry of his log, or one beside it, as he likes. */
static inline struct entry after(const struct liar *liar, uint8_t kind, uint16_t term,
                                 uint64_t lamport, struct bytes body)
{
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = kind,
                          .flags = term,
                          .channel = liar->last.channel,
                          .author = liar->last.author,
                          .process = {{0x66}},
                          .seq = liar->last.seq + 1,
                          .lamport = lamport,
                          .wall_ms = 1700000000000ull,
                          .prev = liar->last.id,
                          .body = body};
    entry_finish(&entry);
    return entry;
}

static inline struct entry line_after(const struct liar *liar, uint16_t term, uint64_t lamport,
                                      const char *text)
{
    static uint8_t sealed[LIMIT_BODY];
    static const uint8_t RANDOM[32] = {0x77};
    static uint64_t count;
    uint8_t body[LIMIT_BODY];
    struct groupseal_terms terms = {liar->last.channel, liar->last.author, term};
    size_t size = entry_write_text(body, "liar", text, strlen(text));
    size = groupseal_write(sealed, &terms, liar->epoch, liar->secret, RANDOM, ++count, ENTRY_TEXT,
                           (struct bytes){body, size});
    return after(liar, ENTRY_SEALED, term, lamport, (struct bytes){sealed, size});
}

/* 0 has let in 1 and 2; 1 said three lines, the last of which is seq 3, and is out. */
static inline void remove_one(void)
{
    create();
    let_in(0, 1, false, true);
    let_in(0, 2, false, false);
    node_says(world, 1, "#plans", "one");
    node_says(world, 1, "#plans", "two");
    node_says(world, 1, "#plans", "three");
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n1", false, false);
    world_run(world, 500);
    assert_int_equal(node_saw_kind(world, 2, SHOW_REMOVED), 1);
}
