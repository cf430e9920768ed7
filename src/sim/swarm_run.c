/* Swarm's run: it gathers, warms up, talks; half of it dies at once, some of them silently; it mends,
 * and talks again. What is measured of each:
 *
 * 1. Every entry reaches every node that lives.
 * 2. Copies that a node receives of an entry; over how many links it came; how many had to be asked for.
 * 3. After the deaths: when all survivors held again all that any of them held.
 * 4. Memory of the largest core, with the heads of all authors (about 1 KB each), which may be counted as entries, in it; steps for a
 *    delivered entry, beside those of a swarm of a quarter.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "sim/swarm.h"

#define SECOND_US UINT64_C(1000000)
#define GATHER_S  40
#define WARM      96 /* entries said before anything is counted */
#define TALK      64
#define MEND      40 /* said while it mends */
#define ENTRIES   (2 * (WARM + TALK) + MEND)
#define EVERY_US  (SECOND_US / 4)

#define COPIES_MOST 1.3
#define HOPS_MOST   11
#define ASKED_MOST  0.05
#define MEND_MOST_S 30
#define MEMORY_MOST (64 * 1024)
#define GROWTH_MOST 1.25

struct channel_name swarm_room(unsigned room)
{
    struct channel_name name = {""};
    snprintf(name.text, sizeof name.text, "#room%u", room);
    return name;
}

/* The members of a small channel are far from each other, as far as starting goes. */
static void enter_room(struct swarm *swarm, uint32_t index)
{
    struct swarm_node *node = &swarm->nodes[index];
    uint32_t every = swarm->node_count / (SWARM_ROOMS * SWARM_ROOM);
    node->config.carry_bytes = CARRY_BYTES;
    if (index % every != 0 || index / every >= SWARM_ROOMS * SWARM_ROOM)
        return;
    node->room = (uint8_t)(index / every % SWARM_ROOMS + 1);
    struct channel_name name = swarm_room(node->room);
    node->room_id = channel_id(&swarm->network, name.text);
    node->config.channels[node->config.channel_count++] = name;
}

void swarm_new(struct swarm *swarm, const struct swarm_plan *plan)
{
    uint8_t seed[32] = {'s', 'w', 'a', 'r', 'm'}, secret[32] = {9}, key[16] = {1};
    memset(swarm, 0, sizeof *swarm);
    memcpy(seed + 8, &plan->seed, sizeof plan->seed);
    swarm->plan = *plan;
    prng_init(&swarm->prng, seed);
    arena_init(&swarm->arena);
    table_init(&swarm->authors, key);
    swarm->network = network_id(secret);
    snprintf(swarm->channel.text, sizeof swarm->channel.text, "#swarm");
    swarm->channel_id = channel_id(&swarm->network, swarm->channel.text);
    swarm->node_count = plan->nodes;
    swarm->nodes = calloc(plan->nodes, sizeof *swarm->nodes);
    CHECK(swarm->nodes != NULL);
    for (uint32_t i = 0; i < plan->nodes; i++) {
        struct swarm_node *node = &swarm->nodes[i];
        struct core_config *config = &node->config;
        prng_bytes(&swarm->prng, seed, sizeof seed);
        config->identity = identity_from_seed(seed);
        config->network = swarm->network;
        config->port = 1;
        config->beacons = true;
        prng_bytes(&swarm->prng, config->seed, sizeof config->seed);
        prng_bytes(&swarm->prng, &config->process, sizeof config->process);
        snprintf(config->nick.text, sizeof config->nick.text, "n%" PRIu32, i);
        config->channels[config->channel_count++] = swarm->channel;
        if (plan->rooms)
            enter_room(swarm, i);
        node->tick_at_us = UINT64_MAX;
        node->next_number = 1;
        node->hops = malloc(ENTRIES);
        CHECK(node->hops != NULL);
        memset(node->hops, 255, ENTRIES);
        swarm_spark(swarm, (struct spark){.kind = SPARK_BOOT, .node = i},
                    (uint64_t)i * 20 * SECOND_US / plan->nodes);
    }
}

void swarm_release(struct swarm *swarm)
{
    for (uint32_t i = 0; i < swarm->node_count; i++) {
        struct swarm_node *node = &swarm->nodes[i];
        swarm_kill(swarm, i, false);
        free(node->hands);
        free(node->wants);
        free(node->hops);
    }
    swarm_until(swarm, UINT64_MAX - 1); /* what flies lets go of its wire */
    for (uint32_t i = 0; i < swarm->pool_count; i++) {
        for (uint32_t k = 0; k < swarm->pools[i].count; k++)
            free(swarm->pools[i].at[k]);
        free(swarm->pools[i].at);
    }
    free(swarm->nodes);
    free(swarm->heap);
    table_release(&swarm->authors);
    arena_release(&swarm->arena);
}

/* ---- looking ---- */

static bool all_whole(const struct swarm *swarm)
{
    uint32_t most[SWARM_LOGS] = {0};
    for (int twice = 0; twice < 2; twice++)
        for (uint32_t i = 0; i < swarm->node_count; i++)
            for (uint32_t a = 0; swarm->nodes[i].core != NULL && a < swarm->pool_count; a++) {
                uint32_t whole = swarm->nodes[i].held[a].whole;
                if (twice == 0 && whole > most[a])
                    most[a] = whole;
                if (twice == 1 && whole < most[a])
                    return false;
            }
    return true;
}

static uint32_t living(const struct swarm *swarm)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < swarm->node_count; i++)
        count += swarm->nodes[i].core != NULL;
    return count;
}

static size_t memory_most(const struct swarm *swarm)
{
    size_t most = 0;
    for (uint32_t i = 0; i < swarm->node_count; i++)
        if (swarm->nodes[i].core != NULL && core_bytes(swarm->nodes[i].core) > most)
            most = core_bytes(swarm->nodes[i].core);
    return most;
}

static void say_links(const struct swarm *swarm)
{
    size_t least = SIZE_MAX, most = 0, all = 0;
    for (uint32_t i = 0; i < swarm->node_count; i++) {
        size_t count = swarm->nodes[i].hand_count;
        if (swarm->nodes[i].core == NULL)
            continue;
        all += count;
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    printf("# links of a node: %zu to %zu, %.1f on average; across %u\n", least, most,
           (double)all / living(swarm), swarm_across(swarm));
}

/* ---- talking ---- */

/* One of the first authors that live, all over the swarm. */
static uint32_t speaker(struct swarm *swarm)
{
    for (;;) {
        uint32_t which = prng_below(&swarm->prng, SWARM_AUTHORS);
        uint32_t index =
            (uint32_t)((uint64_t)which * swarm->node_count / SWARM_AUTHORS) % swarm->node_count;
        if (swarm->nodes[index].core != NULL)
            return index;
    }
}

static void talk(struct swarm *swarm, int entries, uint64_t every_us)
{
    for (int i = 0; i < entries; i++) {
        swarm_say(swarm, speaker(swarm), &swarm->channel);
        swarm_until(swarm,
                    swarm->now_us + every_us / 2 + prng_below(&swarm->prng, (uint32_t)every_us));
    }
}

struct measured {
    double copies, asked, steps, us;
    uint32_t hops;
    bool whole;
};

static struct measured measure(struct swarm *swarm)
{
    struct measured measured = {0};
    talk(swarm, WARM, EVERY_US);
    swarm_until(swarm, swarm->now_us + 5 * SECOND_US);
    memset(&swarm->count, 0, sizeof swarm->count);
    clock_t begun = clock();
    talk(swarm, TALK, EVERY_US);
    swarm_until(swarm, swarm->now_us + 5 * SECOND_US);
    double due = (double)TALK * (living(swarm) - 1), steps = (double)swarm->count.steps;
    measured.us = (double)(clock() - begun) * 1e6 / CLOCKS_PER_SEC / due;
    measured.copies = (double)swarm->count.copies / due;
    measured.asked = (double)swarm->count.asked / due;
    measured.steps = steps / due;
    measured.hops = swarm->count.hops_most;
    measured.whole = all_whole(swarm) && swarm->count.delivered == (uint64_t)due;
    printf("# %" PRIu32 " nodes, %d entries: %.3f copies, %.3f asked for, %" PRIu32
           " hops at most; %.1f steps and %.1f us a delivered entry\n",
           living(swarm), TALK, measured.copies, measured.asked, measured.hops, measured.steps,
           measured.us);
    printf("# frames:");
    for (int i = 0; i < 32; i++)
        if (swarm->count.kinds[i] != 0)
            printf(" %d:%.2f", i, (double)swarm->count.kinds[i] / due);
    printf("\n");
    return measured;
}

/* Half of the nodes, each second of them silently; the first stays. */
static void kill_half(struct swarm *swarm)
{
    uint32_t left = swarm->node_count / 2;
    while (left > 0) {
        uint32_t index = 1 + prng_below(&swarm->prng, swarm->node_count - 1);
        if (swarm->nodes[index].core == NULL)
            continue;
        swarm_kill(swarm, index, left % 2 == 0);
        left--;
    }
}

/* How long it takes until all is whole again, in ms; people go on talking for half of the time. */
static uint64_t mend(struct swarm *swarm)
{
    uint64_t begun = swarm->now_us, since = begun;
    kill_half(swarm);
    while (swarm->now_us < begun + 2 * MEND_MOST_S * SECOND_US) {
        bool talks = swarm->now_us < begun + MEND_MOST_S / 2 * SECOND_US;
        if (talks)
            swarm_say(swarm, speaker(swarm), &swarm->channel);
        swarm_until(swarm, swarm->now_us + MEND_MOST_S / 2 * SECOND_US / MEND);
        if (talks || !all_whole(swarm))
            since = swarm->now_us;
    }
    return (since - begun) / 1000;
}

/* ---- the verdict ---- */

static int number;

static bool say(bool good, const char *what)
{
    printf("%s %d swarm: %s\n", good ? "ok" : "not ok", ++number, what);
    fflush(stdout);
    return good;
}

static bool judge(const struct measured *measured, const char *when)
{
    char what[100];
    snprintf(what, sizeof what, "%s, every entry reaches every node", when);
    bool good = say(measured->whole, what);
    snprintf(what, sizeof what, "%s, under %.1f copies of an entry", when, COPIES_MOST);
    good &= say(measured->copies < COPIES_MOST, what);
    snprintf(what, sizeof what, "%s, under %d hops", when, HOPS_MOST + 1);
    good &= say(measured->hops <= HOPS_MOST, what);
    snprintf(what, sizeof what, "%s, under %.0f %% asked for", when, ASKED_MOST * 100);
    good &= say(measured->asked < ASKED_MOST, what);
    return good;
}

bool swarm_run(const struct swarm_plan *plan)
{
    clock_t begun = clock();
    struct swarm swarm;
    struct swarm_plan quarter = *plan;
    quarter.nodes = plan->nodes / 4;
    number = 0;
    printf("1..14\n");
    swarm_new(&swarm, &quarter);
    swarm_until(&swarm, GATHER_S * SECOND_US);
    struct measured small = measure(&swarm);
    swarm_release(&swarm);
    swarm_new(&swarm, plan);
    swarm_until(&swarm, GATHER_S * SECOND_US);
    say_links(&swarm);
    struct measured before = measure(&swarm);
    bool good = judge(&before, "at first");
    size_t memory = memory_most(&swarm);
    printf("# %zu bytes in the largest core\n", memory);
    good &= say(memory < MEMORY_MOST, "a core is under 64 KiB");
    good &= say(before.steps < small.steps * GROWTH_MOST,
                "the work for a delivered entry does not grow with the nodes");
    uint64_t mended_ms = mend(&swarm);
    printf("# whole again after %" PRIu64 " ms, %d of them talking\n", mended_ms,
           MEND_MOST_S * 500);
    say_links(&swarm);
    good &= say(mended_ms < MEND_MOST_S * 1000, "half of it dies: whole again within 30 s");
    struct measured after = measure(&swarm);
    good &= judge(&after, "with the other half");
    swarm_release(&swarm);
    good &= swarm_rooms(plan, say);
    printf("# %.0f s of a processor\n", (double)(clock() - begun) / CLOCKS_PER_SEC);
    return good;
}
