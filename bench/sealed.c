/* Bench: what it costs that a line is sealed: to open one, to seal one, and to find whom a direct channel is with; and in
 * private channels, to join one with many lines, and to remove somebody where many are. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/core.h"
#include "figures.h"
#include "store/store.h"

#define LINES 2000

static void terms_of(struct seal_terms *terms, const struct identity *writer,
                     const struct identity *reader)
{
    struct id network = {{1}};
    check(seal_shared(terms->shared, writer, &reader->node), "no key");
    terms->writer = writer->node;
    terms->reader = reader->node;
    terms->channel = direct_id(&network, &writer->node, &reader->node, terms->shared);
}

static uint64_t median(struct figures *figures)
{
    uint64_t us = at_share(figures, 0.5);
    figures->count = 0;
    return us;
}

/* ---- private channels ---- */

#define JOINED_LINES 10000
#define PEOPLE       200
#define RUN_LINES    96 /* of a run: its bytes are bound, too */

/* A founder's log, made by hand. */
struct founder {
    struct identity identity;
    struct group_kept kept;
    struct id network, last, last_act;
    uint64_t seq;
};

static struct founder founder_new(void)
{
    static const uint8_t SEED[32] = {7}, SECRET[32] = {8};
    struct founder founder = {.identity = identity_from_seed(SEED), .network = network_id(SECRET)};
    struct group_kept *kept = &founder.kept;
    kept->founder = founder.identity.node;
    kept->channel = private_id(&founder.network, &kept->founder, kept->nonce);
    memcpy(kept->called.text, "#plans", 7);
    kept->name = kept->called;
    kept->state = GROUP_IN;
    return founder;
}

/* Its next entry; the body is not copied. */
static struct entry next(struct founder *founder, uint8_t kind, struct bytes body)
{
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = kind,
                          .channel = founder->kept.channel,
                          .author = founder->identity.node,
                          .process = {{1}},
                          .seq = ++founder->seq,
                          .lamport = founder->seq,
                          .wall_ms = 1700000000000ull,
                          .prev = founder->last,
                          .body = body};
    entry_finish(&entry);
    founder->last = entry.id;
    if (act_is(kind))
        founder->last_act = entry.id;
    return entry;
}

static struct entry admit(struct founder *founder, const struct id *member,
                          uint8_t body[LIMIT_BODY])
{
    struct act act = {
        .kind = ENTRY_ADMIT, .member = *member, .history = true, .last = founder->last_act};
    return next(founder, ENTRY_ADMIT, (struct bytes){body, act_write(body, &act)});
}

static struct core *core_of(const struct founder *founder, const struct identity *identity)
{
    static struct core_config config;
    config.identity = *identity;
    config.network = founder->network;
    return core_new(&config);
}

static void step(struct core *core, struct event event)
{
    event.now_us = 1000000;
    event.wall_ms = 1700000000000ull;
    core_step(core, &event);
}

/* What a member who comes is sent, in runs, goes through his core and into his store. */
static void join_many(void)
{
    static uint8_t frame[LIMIT_FRAME], bodies[LIMIT_RUN_ENTRIES][512], body[LIMIT_BODY];
    static uint8_t first[LIMIT_BODY], second[LIMIT_BODY];
    static struct entry entries[LIMIT_RUN_ENTRIES];
    static const uint8_t SEED[32] = {9}, SECRET[32] = {10}, PAIR[32] = {11}, RANDOM[32] = {12};
    char path[] = "/tmp/fika-bench-XXXXXX", database[64], aside[100], remove[80];
    struct founder founder = founder_new();
    struct identity member = identity_from_seed(SEED);
    struct groupseal_epoch terms = {.channel = founder.kept.channel,
                                    .maker = founder.identity.node};
    struct groupseal_terms line = {founder.kept.channel, founder.identity.node, 0};
    struct error error;
    uint64_t took_us = 0;
    check(mkdtemp(path) != NULL, "no directory");
    snprintf(database, sizeof database, "%s/history.db", path);
    struct store *store = store_open(database, aside, sizeof aside, &error);
    check(store != NULL, "no store");
    struct core *core = core_of(&founder, &member);
    step(core, (struct event){.kind = EVENT_LOAD_GROUP, .group = founder.kept});
    groupseal_begin(&terms, SECRET, PAIR);
    struct act epoch = {.kind = ENTRY_EPOCH, .e = terms.e, .rows = body};
    memcpy(epoch.check, terms.check, sizeof epoch.check);
    entries[0] = admit(&founder, &member.node, first);
    epoch.last = founder.last_act;
    entries[1] = next(&founder, ENTRY_EPOCH, (struct bytes){second, act_write(second, &epoch)});
    struct loose_key key;
    memcpy(key.epoch, entries[1].id.b, sizeof key.epoch);
    memcpy(key.secret, SECRET, sizeof key.secret);
    step(core, (struct event){.kind = EVENT_LOAD_KEY,
                              .channel_id = founder.kept.channel,
                              .frame = {(const uint8_t *)&key, sizeof key}});
    size_t opened = 0, runs = 0;
    for (size_t count = 2, said = 0; said < JOINED_LINES; count = 0) {
        uint8_t text[BODY_BYTES] = {NICK_BYTES};
        for (; count < RUN_LINES && said < JOINED_LINES; count++, said++) {
            size_t size = groupseal_write(bodies[count], &line, key.epoch, SECRET, RANDOM, said,
                                          ENTRY_TEXT, (struct bytes){text, sizeof text});
            entries[count] = next(&founder, ENTRY_SEALED, (struct bytes){bodies[count], size});
        }
        struct run run = {entries, count, entry_sign(&entries[count - 1], &founder.identity)};
        struct writer w = writer_of(frame, sizeof frame);
        wire_write_entry(&w, &run, PART_ANSWER);
        uint64_t began = now_us();
        step(core, (struct event){.kind = EVENT_IMPORT, .frame = written(&w)});
        for (const struct effect *effect; (effect = core_next(core)) != NULL;) {
            if (effect->kind == EFFECT_ACT)
                store_act_put(store, &effect->channel_id, effect->text, &error);
            if (effect->kind == EFFECT_KEY)
                store_key_put(store, &effect->channel_id, effect->text, &error);
            if (effect->kind != EFFECT_STORE)
                continue;
            check(store_append(store, &effect->channel, &effect->load, &effect->run, effect->lines,
                               &error) == ERROR_NONE,
                  "not stored");
            for (size_t i = 0; i < effect->run.count; i++)
                opened += effect->lines[i].kind == ENTRY_TEXT;
        }
        /* One commit serves what an answer to a WANT brings. */
        if (++runs % (LIMIT_WANT_BYTES / LIMIT_RUN_BYTES) == 0 || said == JOINED_LINES)
            check(store_commit(store, &error) == ERROR_NONE, "not committed");
        took_us += now_us() - began;
    }
    check(opened == JOINED_LINES, "not all were opened");
    row("10,000 lines of a private channel, joined", (double)took_us / 1000, "ms", paced(1000), 0,
        NULL);
    store_close(store);
    core_free(core);
    snprintf(remove, sizeof remove, "rm -rf %s", path);
    check(system(remove) == 0, "not removed");
}

/* The processor's time of this program: of work, not of waiting for others' turns. */
static uint64_t work_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* One of many is removed: two entries, of which the second has a secret for each of the others. */
static void remove_one(void)
{
    static uint8_t body[LIMIT_BODY], bytes[ENTRY_HEADER_BYTES + LIMIT_BODY];
    struct founder founder = founder_new();
    struct core *core = core_of(&founder, &founder.identity);
    struct identity people[PEOPLE];
    step(core, (struct event){.kind = EVENT_LOAD_GROUP, .group = founder.kept});
    for (size_t i = 1; i < PEOPLE; i++) {
        uint8_t seed[32] = {13, (uint8_t)i};
        people[i] = identity_from_seed(seed);
        struct entry entry = admit(&founder, &people[i].node, body);
        entry_header(&entry, bytes);
        memcpy(bytes + ENTRY_HEADER_BYTES, body, entry.body.size);
        step(core, (struct event){.kind = EVENT_LOAD_ACT,
                                  .channel_id = founder.kept.channel,
                                  .frame = {bytes, ENTRY_HEADER_BYTES + entry.body.size}});
    }
    step(core, (struct event){.kind = EVENT_LOAD_CHANNEL, .channel = founder.kept.name});
    step(core, (struct event){.kind = EVENT_LOAD_LOG,
                              .channel = founder.kept.name,
                              .load = {.author = founder.identity.node,
                                       .seq = founder.seq,
                                       .tip = founder.last,
                                       .lamport = founder.seq}});
    step(core, (struct event){.kind = EVENT_TICK});
    for (size_t i = 1; i < PEOPLE; i++) {
        uint8_t secret[32] = {14, (uint8_t)i};
        struct event event = {.kind = EVENT_CARD, .node = people[i].node};
        event.card = (struct keycard){.number = 1, .prekey = prekey_of(secret, 1).key};
        card_sign(&event.card, &founder.network, &people[i]);
        step(core, event);
    }
    char digits[17];
    hex_of(digits, people[1].node.b, 8);
    size_t size = 0, entries = 0;
    uint64_t began = work_us();
    step(core, (struct event){.kind = EVENT_REQUEST,
                              .request = {.kind = REQUEST_REMOVE,
                                          .channel = founder.kept.name,
                                          .text = {(const uint8_t *)digits, 16}}});
    uint64_t took_us = work_us() - began;
    for (const struct effect *effect; (effect = core_next(core)) != NULL;)
        if (effect->kind == EFFECT_STORE) {
            size += wire_entry_bytes(&effect->run);
            entries += effect->run.count;
        }
    check(entries == 2, "a removal and an epoch are two entries");
    row("a removal among 200, of work", (double)took_us / 1000, "ms", paced(50), 0, NULL);
    row("a removal among 200, on the wire", (double)size / 1000, "kB", 20, 0, NULL);
    core_free(core);
}

/* A line of a private channel, sealed and opened. */
static void group_lines(void)
{
    static struct figures opening, sealing;
    static uint8_t sealed[LIMIT_BODY], plain[SEAL_PLAIN_MOST];
    static const uint8_t SECRET[32] = {10}, RANDOM[32] = {12}, EPOCH[ACT_SHORT] = {1};
    struct groupseal_terms terms = {{{1}}, {{2}}, 0};
    uint8_t line[BODY_BYTES] = {NICK_BYTES}, kind;
    struct bytes body;
    for (uint64_t i = 0; i < LINES; i++) {
        uint64_t began = now_us();
        size_t size = groupseal_write(sealed, &terms, EPOCH, SECRET, RANDOM, i, ENTRY_TEXT,
                                      (struct bytes){line, sizeof line});
        uint64_t sealed_us = now_us();
        check(groupseal_open((struct bytes){sealed, size}, &terms, SECRET, plain, &kind, &body),
              "a line does not open");
        figure_add(&sealing, sealed_us - began);
        figure_add(&opening, now_us() - sealed_us);
    }
    row("a line of a private channel, opened", (double)median(&opening), "us", paced(100), 0, NULL);
    row("a line of a private channel, sealed", (double)median(&sealing), "us", 0, 0, NULL);
}

int main(void)
{
    static struct figures opening, sealing, finding;
    static uint8_t sealed[LIMIT_BODY], plain[SEAL_PLAIN_MOST];
    static const uint8_t A[32] = {1}, B[32] = {2}, SECRET[32] = {64}, RANDOM[32] = {4};
    struct identity anna = identity_from_seed(A), bo = identity_from_seed(B);
    struct prekey prekey = prekey_of(SECRET, 1);
    struct seal_terms terms;
    terms_of(&terms, &anna, &bo);
    uint8_t line[BODY_BYTES] = {NICK_BYTES}, kind;
    struct bytes body;
    for (uint64_t i = 0; i < LINES; i++) {
        uint64_t began = now_us();
        size_t size = seal_write(sealed, &terms, &prekey.key, RANDOM, i, ENTRY_TEXT,
                                 (struct bytes){line, sizeof line});
        uint64_t sealed_us = now_us();
        check(seal_open((struct bytes){sealed, size}, &terms, &prekey, plain, &kind, &body),
              "a line does not open");
        uint64_t opened_us = now_us();
        struct seal_terms again;
        terms_of(&again, &bo, &anna);
        figure_add(&sealing, sealed_us - began);
        figure_add(&opening, opened_us - sealed_us);
        figure_add(&finding, now_us() - opened_us);
    }
    row("a sealed line, opened", (double)median(&opening), "us", paced(100), 0, NULL);
    row("a line, sealed", (double)median(&sealing), "us", 0, 0, NULL);
    row("the id of a channel of two", (double)median(&finding), "us", 0, 0, NULL);
    group_lines();
    join_many();
    remove_one();
    return verdict();
}
