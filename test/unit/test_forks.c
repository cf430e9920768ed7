/* A core and its store take runs of an author who forks wherever he likes, in any order: at any time each entry stands on
 * one branch, is shown once, and is what it was; and when all has come from below, all of it is whole. */
#include "base/prng.h"
#include "core/core.h"
#include "core/log.h"
#include "store_help.h"

#define WORLDS  100
#define ENTRIES 48
#define LEAVES  7
#define LONGEST 12
#define RUNS    90

struct world {
    struct place *place;
    struct prng prng;
    struct core *core;
    struct channel_name name;
    struct id network, channel;
    struct identity author;
    struct entry entries[ENTRIES]; /* each stands on an earlier one */
    int below[ENTRIES];            /* which; -1: on none */
    int leaves[LEAVES];
    size_t leaf_count;
    bool shown[ENTRIES];
    uint64_t now_ms, number;
};

static int find(const struct world *world, const struct id *id)
{
    for (int i = 0; i < ENTRIES; i++)
        if (id_equal(&world->entries[i].id, id))
            return i;
    return -1;
}

/* ---- the author ---- */

static void grow(struct world *world)
{
    bool liar = prng_below(&world->prng, 3) != 0; /* else forks are those of restored backups */
    for (int i = 0; i < ENTRIES; i++) {
        struct entry *entry = &world->entries[i];
        size_t leaf = prng_below(&world->prng, (uint32_t)world->leaf_count + 1);
        int on = leaf < world->leaf_count ? world->leaves[leaf] : -1;
        bool forks = i > 0 && world->leaf_count < LEAVES && prng_below(&world->prng, 6) == 0;
        if (i > 0 && (forks || leaf == world->leaf_count)) {
            leaf =
                forks ? world->leaf_count++ : prng_below(&world->prng, (uint32_t)world->leaf_count);
            on = forks ? (int)prng_below(&world->prng, (uint32_t)i + 1) - 1 : world->leaves[leaf];
        }
        if (i == 0)
            world->leaf_count = 1;
        char text[32];
        uint8_t body[LIMIT_BODY];
        snprintf(text, sizeof text, "line %d", i);
        size_t size = entry_write_text(body, "anna", text, strlen(text));
        *entry = (struct entry){.version = ENTRY_VERSION,
                                .kind = ENTRY_TEXT,
                                .channel = world->channel,
                                .author = world->author.node,
                                .seq = 1,
                                .lamport = 1 + prng_below(&world->prng, 3),
                                .wall_ms = 1700000000000u,
                                .body = {arena_copy(&world->place->arena, body, size), size}};
        if (on >= 0) {
            entry->seq += world->entries[on].seq;
            entry->lamport += world->entries[on].lamport;
            entry->prev = world->entries[on].id;
            entry->process = world->entries[on].process;
        }
        if (on < 0 || (forks && !liar))
            entry->process.b[0] = (uint8_t)(1 + i);
        entry_finish(entry);
        world->below[i] = on;
        world->leaves[leaf] = i;
    }
}

/* Up to so many entries down from that one, of one process. */
static struct run run_to(struct world *world, int last, size_t most)
{
    struct run run = {.entries = arena_take(&world->place->arena, most * sizeof *run.entries)};
    int at = last;
    while (run.count < most && at >= 0 &&
           memcmp(&world->entries[at].process, &world->entries[last].process,
                  sizeof(struct process)) == 0) {
        run.entries[most - ++run.count] = world->entries[at];
        at = world->below[at];
    }
    run.entries += most - run.count;
    run.signature = entry_sign(&world->entries[last], &world->author);
    return run;
}

/* ---- the shell ---- */

static void perform(struct world *world, const struct effect *effect, struct event *later)
{
    struct store *store = world->place->store;
    struct run run;
    enum entry_part part;
    enum error_code code = ERROR_NONE;
    switch (effect->kind) {
    case EFFECT_STORE:
        code = store_append(store, &effect->channel, &effect->load, &effect->run, NULL, NULL);
        break;
    case EFFECT_SPLIT:
        code = store_split(store, &effect->channel, &effect->channel_id, &effect->load,
                           &effect->load2, effect->number, NULL);
        break;
    case EFFECT_PUT:
        code = store_put(store, &effect->channel, &effect->channel_id, &effect->load, NULL);
        break;
    case EFFECT_SIFT:
        *later =
            (struct event){.kind = EVENT_SIFTED, .link = effect->link, .number = effect->number};
        later->frame =
            (struct bytes){arena_copy(&world->place->arena, effect->frame.at, effect->frame.size),
                           effect->frame.size};
        assert_true(wire_read_entry(later->frame, &world->place->arena, &run, &part));
        store_sift(store, &run, &later->sifted);
        break;
    case EFFECT_SHOW_RUN:
        for (size_t i = 0; i < effect->run.count; i++) {
            int which = find(world, &effect->run.entries[i].id);
            assert_true(which >= 0 && !world->shown[which]);
            world->shown[which] = true;
        }
        break;
    default: break;
    }
    assert_int_equal(code, ERROR_NONE);
}

static void give(struct world *world, struct event event)
{
    for (bool more = true; more;) {
        struct event later = {.kind = EVENT_TICK};
        const struct effect *effect;
        event.now_us = world->now_ms++ * 1000;
        event.wall_ms = 1700000000000u + world->now_ms;
        core_step(world->core, &event);
        while ((effect = core_next(world->core)) != NULL)
            perform(world, effect, &later);
        more = later.kind == EVENT_SIFTED;
        event = later;
    }
}

static void boot(struct world *world)
{
    static uint8_t seed[32] = {77};
    struct core_config config = {.identity = identity_from_seed(seed), .network = world->network};
    struct event event = {.kind = EVENT_LOAD_CHANNEL, .channel = world->name};
    struct event log = {.kind = EVENT_LOAD_LOG, .channel = world->name};
    if (world->core != NULL)
        core_free(world->core);
    config.process.b[0] = (uint8_t)++world->number;
    world->core = core_new(&config);
    if (world->number > 1)
        give(world, event);
    for (size_t i = 0; store_log(world->place->store, &world->channel, i, &log.load); i++)
        give(world, log);
    give(world, (struct event){.kind = EVENT_REQUEST,
                               .request = {.kind = REQUEST_JOIN, .channel = world->name}});
}

static void import(struct world *world, const struct run *run)
{
    uint8_t *frame = arena_take(&world->place->arena, LIMIT_FRAME);
    struct writer w = writer_of(frame, LIMIT_FRAME);
    wire_write_entry(&w, run, PART_PUSH);
    assert_false(w.full);
    give(world, (struct event){.kind = EVENT_IMPORT, .frame = written(&w)});
}

/* ---- what must be so ---- */

/* One part of a branch: from above `from` to `to`, in rows that stand on each other. */
static void check_part(struct world *world, const struct log_load *load, uint64_t from, uint64_t to,
                       const struct id *below, const struct id *tip, bool found[ENTRIES])
{
    struct run run;
    struct id at = *below;
    while (from < to) {
        assert_true(store_run_at(world->place->store, &world->channel, &load->author, load->branch,
                                 from, &world->place->arena, &run));
        for (size_t i = 0; i < run.count; i++) {
            int which = find(world, &run.entries[i].id);
            assert_true(which >= 0 && !found[which]);
            found[which] = true;
            assert_int_equal(run.entries[i].seq, ++from);
            assert_memory_equal(run.entries[i].prev.b, at.b, sizeof at);
            at = run.entries[i].id;
        }
    }
    assert_int_equal(from, to);
    assert_memory_equal(at.b, tip->b, sizeof at);
}

static void check(struct world *world)
{
    struct log_load load;
    bool found[ENTRIES] = {false};
    for (size_t i = 0; store_log(world->place->store, &world->channel, i, &load); i++) {
        if (!load.rootless && load.seq > load.base_seq)
            check_part(world, &load, load.base_seq, load.seq, &load.base, &load.tip, found);
        if (!load.rootless && load.base_seq != 0)
            assert_true(store_holds(world->place->store, &world->channel, &load.author,
                                    load.base_seq, &load.base));
        if (load.span_from != 0)
            check_part(world, &load, load.span_from - 1, load.span_to, &load.span_prev,
                       &load.span_tip, found);
    }
    assert_false(store_damaged(world->place->store));
    for (int i = 0; i < ENTRIES; i++)
        assert_int_equal(found[i], world->shown[i]);
}

static void check_all_is_served(struct world *world)
{
    for (size_t i = 0; i < world->leaf_count; i++) {
        const struct entry *tip = &world->entries[world->leaves[i]];
        struct want want = want_of(tip, 1);
        struct run run;
        uint64_t last;
        while (want.from <= want.to) {
            assert_true(serve(world->place, &want, &run, &last));
            assert_int_equal(run.entries[0].seq, want.from);
            want.from = last + 1;
        }
    }
}

/* Each leaf's lines from below. */
static void give_all(struct world *world)
{
    for (size_t i = 0; i < world->leaf_count; i++) {
        int path[ENTRIES];
        size_t count = 0;
        for (int at = world->leaves[i]; at >= 0; at = world->below[at])
            path[count++] = at;
        while (count-- > 0) {
            struct run run = run_to(world, path[count], 1);
            import(world, &run);
        }
    }
}

static void run_world(struct place *place, uint32_t seed)
{
    static struct world world;
    uint8_t secret[32] = {1}, key[32] = {5}, number[32] = {0};
    memcpy(number, &seed, sizeof seed);
    world = (struct world){.place = place, .network = network_id(secret)};
    prng_init(&world.prng, number);
    snprintf(world.name.text, sizeof world.name.text, "#world%u", seed);
    world.channel = channel_id(&world.network, world.name.text);
    world.author = identity_from_seed(key);
    world.now_ms = 1000;
    grow(&world);
    boot(&world);
    for (int i = 0; i < RUNS; i++) {
        struct run run = run_to(&world, (int)prng_below(&world.prng, ENTRIES),
                                1 + prng_below(&world.prng, LONGEST));
        import(&world, &run);
        check(&world);
        if (prng_below(&world.prng, 20) == 0)
            boot(&world);
    }
    give_all(&world);
    check(&world);
    for (int i = 0; i < ENTRIES; i++)
        if (!store_holds(place->store, &world.channel, &world.author.node, world.entries[i].seq,
                         &world.entries[i].id))
            fail_msg("world %u: line %d is not whole", seed, i);
    check_all_is_served(&world);
    core_free(world.core);
    commit(place);
}

static void test_forks(void **state)
{
    struct place *place = *state;
    const char *only = getenv("WORLD"); /* one alone, or from one on: "7-" */
    uint32_t seed = only == NULL ? 1 : (uint32_t)atoi(only);
    uint32_t last = only == NULL ? WORLDS : strchr(only, '-') == NULL ? seed : seed + 5000;
    for (; seed <= last; seed++) {
        run_world(place, seed);
        arena_reset(&place->arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forks, place_make, place_remove),
    };
    return cmocka_run_group_tests_name("forks", tests, NULL, NULL);
}
