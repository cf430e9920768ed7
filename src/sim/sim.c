/* Sim: the simulator's command line. One world a seed: its people talk while the weather lasts,
 * then a calm comes, in which all nodes must come to hold the same within a bound (heal()); then
 * the oracle judges. The last line is a summary; a failure ends with the one command that replays it.
 *
 *     fika-sim --seed 7 --nodes 8 --entries 200 --weather storm --liars 2 --trace /tmp/trace
 *     fika-sim --mix 200            200 worlds of mixed sizes and weathers, from --seed on, as TAP;
 *                                   with a sabotage: as many, until one goes wrong
 *     fika-sim --mix 10 --down 600  likewise, small, and one machine has no link for ten minutes
 *     fika-sim --mix 25 --private yes  likewise, and some talk in a private channel (circle.h)
 *     fika-sim --sabotage list      the bugs that can be planted
 *     fika-sim --swarm 1000         very many nodes in fair weather (swarm_run.c), as TAP
 */
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/circle.h"
#include "sim/crowd.h"
#include "sim/oracle.h"
#include "sim/swarm.h"
#include "sim/weather.h"
#include "sim/world.h"

#define SECOND_US UINT64_C(1000000)
/* From the last fault to the same history everywhere: so many round trips over the slowest cable of
 * the world, beside what is waited for whatever the cables do: a dial that was put off, a link that
 * must be found silent, and HELLOs and WANTs that had no answer. Measured: at most half of it. */
#define HEAL_TRIPS 50
#define HEAL_FIXED_US \
    (((uint64_t)REDIAL_LAST_MS + LINK_SILENCE_MS + HELLO_DEADLINE_MS + WANT_DEADLINE_MS) * 1000)
#define READ_HOURS 3
#define LOOK_US    (SECOND_US / 4) /* how often that is looked at */
#define SETTLE_US  (5 * SECOND_US) /* for so long it must stay so */

struct options {
    struct plan plan;
    const char *trace_path;
    uint32_t mix, swarm;
    bool never_prune;
};

struct outcome {
    bool good;
    uint64_t digest, healed_us, bound_us; /* within which it was to heal */
    size_t memory;                        /* of the largest core */
    char why[400];
};

/* What replays the world that runs now; printed when a CHECK ends the program, too. */
static char replay[256];

static void on_abort(int signal_number)
{
    static const char says[] = "\nreplay: ";
    (void)signal_number;
    if (write(STDOUT_FILENO, says, sizeof says - 1) < 0 ||
        write(STDOUT_FILENO, replay, strlen(replay)) < 0 || write(STDOUT_FILENO, "\n", 1) < 0)
        _exit(2);
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void say_replay(const struct plan *plan)
{
    int size = snprintf(replay, sizeof replay,
                        "build/fika-sim --seed %" PRIu64 " --nodes %" PRIu32 " --entries %" PRIu32
                        " --weather %s --liars %" PRIu32 "%s",
                        plan->seed, plan->machines, plan->entries, weather_name(plan->weather),
                        plan->liars,
                        plan->circle ? " --private yes"
                        : plan->pair ? " --pair yes"
                                     : "");
    if (plan->down_s > 0)
        size +=
            snprintf(replay + size, sizeof replay - (size_t)size, " --down %" PRIu32, plan->down_s);
    if (plan->sabotage != SABOTAGE_NONE)
        snprintf(replay + size, sizeof replay - (size_t)size, " --sabotage %s",
                 sabotage_name(plan->sabotage));
}

static uint64_t slowest_trip_us(const struct world *world)
{
    uint64_t slowest = 0;
    for (int a = 0; a < world->machine_count; a++)
        for (int b = 0; b < a; b++)
            if (world->latency_us[a][b] > slowest)
                slowest = world->latency_us[a][b];
    return 2 * (slowest + slowest / 2); /* with what it wavers (cable_put) */
}

/* True while the last faults still go on: some machine is down or asleep. */
static bool is_hurt(const struct world *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        if (!machine->burned &&
            (machine->core == NULL || machine->paused_until_us >= world->now_us))
            return true;
    }
    return false;
}

/* Runs until all have agreed for SETTLE_US, and notes how long it took them, from when the last one
 * was back. */
static void heal(struct world *world, struct outcome *outcome)
{
    uint64_t begun = world->now_us, since = begun;
    bool called = false;
    outcome->bound_us = HEAL_FIXED_US + HEAL_TRIPS * slowest_trip_us(world);
    while (oracle_verdict(world) == NULL && world->now_us - since < SETTLE_US &&
           world->now_us - begun < outcome->bound_us + SETTLE_US) {
        world_run(world, world->now_us + LOOK_US);
        /* Whoever called while a link that was ended at the other side was not silent yet, is not called by it: so they
         * call once more. */
        if (!called && world->now_us - begun > LINK_SILENCE_MS * UINT64_C(1000)) {
            called = true;
            weather_call(world);
        }
        if (is_hurt(world))
            begun = since = world->now_us;
        else if (!oracle_agrees(world))
            since = world->now_us;
    }
    outcome->healed_us = since - begun;
    if (oracle_verdict(world) == NULL && outcome->healed_us > outcome->bound_us)
        oracle_judge(world); /* says who differs */
    if (oracle_verdict(world) == NULL && outcome->healed_us > outcome->bound_us)
        oracle_fail(world, "healed only in %" PRIu64 " ms", outcome->healed_us / 1000);
}

/* Keys that are lost are asked for, once an hour: each of those who may have them. */
static void read_on(struct world *world)
{
    uint64_t until = world->now_us + READ_HOURS * 3600 * SECOND_US;
    while (oracle_verdict(world) == NULL && world->now_us < until && !circle_reads(world))
        world_run(world, world->now_us + 2 * SECOND_US);
}

static struct outcome run_world(const struct plan *plan, bool loud)
{
    struct outcome outcome = {0};
    say_replay(plan);
    struct world *world = world_new(plan);
    world_run(world, world->calm_us);
    weather_ends(world);
    crowd_returns(world);
    circle_returns(world);
    heal(world, &outcome);
    read_on(world);
    if (oracle_verdict(world) == NULL)
        oracle_judge(world);
    if (plan->down_s > 0 && oracle_verdict(world) == NULL &&
        (world->said != plan->entries || oracle_confirmed(world) != plan->entries))
        oracle_fail(world, "%" PRIu64 " of %" PRIu32 " lines are said, %" PRIu64 " confirmed",
                    world->said, plan->entries, oracle_confirmed(world));
    const char *verdict = oracle_verdict(world);
    outcome.memory = oracle_memory(world);
    outcome.good = verdict == NULL;
    outcome.digest = world->digest;
    snprintf(outcome.why, sizeof outcome.why, "%s", verdict != NULL ? verdict : "");
    if (loud)
        printf("%" PRIu64 " steps, %" PRIu64 " frames, %" PRIu64 " bytes; %" PRIu64
               " links, %" PRIu64 " crashes, %" PRIu64 " cuts, %" PRIu64 " partitions, %" PRIu64
               " pauses, %" PRIu64 " failed writes, %" PRIu64 " frames dropped; %" PRIu64
               " lines said, %" PRIu64 " confirmed; %" PRIu64
               " backups, %zu bytes in the largest core\n",
               world->count.steps, world->count.frames, world->count.bytes, world->count.links,
               world->count.crashes, world->count.cuts, world->count.partitions,
               world->count.pauses, world->count.failed, world->count.drops, world->said,
               oracle_confirmed(world), world->count.restored, outcome.memory);
    world_free(world);
    return outcome;
}

static int run_one(const struct options *options)
{
    struct plan plan = options->plan;
    if (options->trace_path != NULL) {
        plan.trace = fopen(options->trace_path, "w");
        if (plan.trace == NULL) {
            perror(options->trace_path);
            return 2;
        }
    }
    struct outcome outcome = run_world(&plan, true);
    if (plan.trace != NULL)
        fclose(plan.trace);
    if (!outcome.good)
        printf("WRONG %s\nreplay: %s --trace trace.txt\n", outcome.why, replay);
    printf("seed %" PRIu64 ": %s, healed in %" PRIu64 " of %" PRIu64 " ms, digest %016" PRIx64 "\n",
           plan.seed, outcome.good ? "good" : "BAD", outcome.healed_us / 1000,
           outcome.bound_us / 1000, outcome.digest);
    return outcome.good ? 0 : 1;
}

/* Sizes and weather out of the seed itself. */
static struct plan mixed(const struct plan *base, uint64_t seed)
{
    struct plan plan = *base;
    uint8_t drawn[16], from[8];
    for (int i = 0; i < 8; i++)
        from[i] = (uint8_t)(seed >> (8 * i));
    crypto_generichash(drawn, sizeof drawn, from, sizeof from, NULL, 0);
    plan.seed = seed;
    plan.machines = 2 + drawn[0] % 7u;
    plan.entries = 20 + (drawn[1] | (uint32_t)drawn[2] << 8) % 180u;
    plan.weather = drawn[3] % 8u == 0 ? WEATHER_CALM : drawn[3] % 2u ? WEATHER_RAIN : WEATHER_STORM;
    if (drawn[6] % 32u == 0) { /* a large one now and then */
        plan.machines += drawn[7] % 16u;
        plan.entries *= 6;
    }
    plan.pair = plan.pair || (drawn[8] % 3u == 0 && plan.down_s == 0) ||
                (plan.sabotage >= SABOTAGE_LOSE_KEYS && plan.sabotage < SABOTAGE_FORGET_REMOVALS);
    plan.circle = plan.circle || plan.sabotage >= SABOTAGE_FORGET_REMOVALS;
    plan.liars = 0;
    if (plan.circle) {
        plan.machines = 4 + drawn[0] % 5u;
        plan.entries = 20;
        plan.pair = false;
    }
    if (plan.down_s > 0) { /* nothing else goes wrong, so each of the lines is to be everywhere */
        plan.machines = 2 + drawn[0] % 3u;
        plan.entries = 20;
        plan.weather = WEATHER_CALM;
        return plan;
    }
    if (drawn[4] % 2u == 1 && plan.machines >= 3)
        plan.liars = 1 + drawn[5] % ((plan.machines - 1) / 2);
    bool needs_liar =
        plan.sabotage == SABOTAGE_SKIP_SIGNATURE || plan.sabotage == SABOTAGE_SKIP_PREV;
    if (needs_liar && plan.liars == 0)
        plan.liars = 1;
    return plan;
}

static int run_mix(const struct options *options)
{
    uint32_t bad = 0;
    uint64_t healed_most = 0;
    printf("1..%" PRIu32 "\n", options->mix);
    bool until_bad = options->plan.sabotage != SABOTAGE_NONE;
    for (uint32_t i = 0; i < options->mix && !(until_bad && bad > 0); i++) {
        struct plan plan = mixed(&options->plan, options->plan.seed + i);
        struct outcome outcome = run_world(&plan, false);
        if (outcome.healed_us > healed_most)
            healed_most = outcome.healed_us;
        printf("%s %" PRIu32 " seed %" PRIu64 ": %" PRIu32 " nodes, %s, %" PRIu32
               " liars, healed in %" PRIu64 " of %" PRIu64 " ms, %zu KiB, digest %016" PRIx64 "\n",
               outcome.good ? "ok" : "not ok", i + 1, plan.seed, plan.machines,
               weather_name(plan.weather), plan.liars, outcome.healed_us / 1000,
               outcome.bound_us / 1000, outcome.memory / 1024, outcome.digest);
        if (!outcome.good) {
            bad++;
            printf("# WRONG %s\n# replay: %s --trace trace.txt\n", outcome.why, replay);
        }
        fflush(stdout);
    }
    if (until_bad) {
        printf("# %s: %s\n", sabotage_name(options->plan.sabotage),
               bad > 0 ? "found" : "NOT FOUND");
        return bad > 0;
    }
    printf("# seeds %" PRIu64 " to %" PRIu64 ": %" PRIu32 " of %" PRIu32
           " good, healed in at most %" PRIu64 " ms; the bound is %d round trips and %" PRIu64
           " ms\n",
           options->plan.seed, options->plan.seed + options->mix - 1, options->mix - bad,
           options->mix, healed_most / 1000, HEAL_TRIPS, HEAL_FIXED_US / 1000);
    return bad > 0;
}

/* ---- the command line ---- */

static int usage(void)
{
    fputs("usage: fika-sim [--seed N] [--nodes N] [--entries N] [--weather calm|rain|storm]\n"
          "                [--liars K] [--down SECONDS] [--trace FILE] [--sabotage NAME|list]\n"
          "                [--mix COUNT] [--pair yes] [--private yes]\n"
          "       fika-sim --swarm N [--seed N] [--plant never-prune]\n",
          stderr);
    return 2;
}

static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number <= most;
}

static bool read_option(struct options *options, const char *name, const char *value)
{
    struct plan *plan = &options->plan;
    uint64_t number = 0;
    if (strcmp(name, "--plant") == 0) {
        options->never_prune = strcmp(value, "never-prune") == 0;
        return options->never_prune;
    }
    if (strcmp(name, "--weather") == 0)
        return weather_named(value, &plan->weather);
    if (strcmp(name, "--sabotage") == 0)
        return sabotage_named(value, &plan->sabotage);
    if (strcmp(name, "--pair") == 0)
        return plan->pair = strcmp(value, "yes") == 0;
    if (strcmp(name, "--private") == 0)
        return plan->circle = strcmp(value, "yes") == 0;
    if (strcmp(name, "--trace") == 0) {
        options->trace_path = value;
        return true;
    }
    if (strcmp(name, "--seed") == 0)
        return read_number(value, UINT64_MAX, &plan->seed);
    if (!read_number(value, 1000000, &number))
        return false;
    if (strcmp(name, "--nodes") == 0)
        plan->machines = (uint32_t)number;
    else if (strcmp(name, "--entries") == 0)
        plan->entries = (uint32_t)number;
    else if (strcmp(name, "--liars") == 0)
        plan->liars = (uint32_t)number;
    else if (strcmp(name, "--down") == 0)
        plan->down_s = (uint32_t)number;
    else if (strcmp(name, "--mix") == 0)
        options->mix = (uint32_t)number;
    else if (strcmp(name, "--swarm") == 0)
        options->swarm = (uint32_t)number;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.plan = {.seed = 1, .machines = 3, .entries = 50}};
    if (argc == 3 && strcmp(argv[1], "--sabotage") == 0 && strcmp(argv[2], "list") == 0) {
        for (int i = SABOTAGE_NONE + 1; i < SABOTAGE_COUNT; i++)
            puts(sabotage_name((enum sabotage)i));
        return 0;
    }
    for (int i = 1; i < argc; i += 2)
        if (i + 1 == argc || !read_option(&options, argv[i], argv[i + 1]))
            return usage();
    const struct plan *plan = &options.plan;
    if (options.swarm > 0 && options.swarm < SWARM_LEAST)
        return usage();
    if (plan->machines < 1 || plan->machines > WORLD_MACHINES || plan->liars >= plan->machines)
        return usage();
    if (sodium_init() < 0)
        return 2;
    if (options.swarm > 0)
        return swarm_run(
                   &(struct swarm_plan){plan->seed, options.swarm, options.never_prune, false})
                   ? 0
                   : 1;
    signal(SIGABRT, on_abort);
    return options.mix > 0 ? run_mix(&options) : run_one(&options);
}
