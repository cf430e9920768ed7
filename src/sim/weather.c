/* Weather: now and then one thing out of a table happens to one or two machines.
 *
 * Calm has none of it. Rain breaks cables, blocks ways, pauses and slows machines, and rarely ends
 * a process. In a storm it comes ten times as often, disks fail, clocks jump, now and then a machine comes
 * back with a backup of its disk, and one disk in a while burns: that machine does not come back,
 * for its log would begin again at 1.
 *
 * Instead of all that, one machine may be without a link for as long as the plan says.
 */
#include "sim/weather.h"

#include <string.h>

#include "sim/cable.h"
#include "sim/circle.h"
#include "sim/crowd.h"
#include "sim/pair.h"
#include "sim/shell.h"
#include "sim/trace.h"

#define SECOND_US 1000000ull
#define WEEK_S    604800

static const char *const NAMES[WEATHER_COUNT] = {"calm", "rain", "storm"};

const char *weather_name(int weather)
{
    return NAMES[weather];
}

bool weather_named(const char *name, int *weather)
{
    for (int i = 0; i < WEATHER_COUNT; i++)
        if (strcmp(NAMES[i], name) == 0) {
            *weather = i;
            return true;
        }
    return false;
}

static struct machine *anyone(struct world *world)
{
    return &world->machines[world_below(world, (uint32_t)world->machine_count)];
}

/* ---- what may happen ---- */

static void cut(struct world *world)
{
    struct machine *machine = anyone(world);
    if (machine->cable_count == 0)
        return;
    struct cable *cable = machine->cables[world_below(world, (uint32_t)machine->cable_count)];
    trace(world, "the cable of n%d and n%d breaks\n", cable->ends[0].machine,
          cable->ends[1].machine);
    world->count.cuts++;
    cable_cut(world, cable);
}

/* The machines are parted in two; asymmetric: only one way is blocked. */
static void part(struct world *world)
{
    uint64_t until = world->now_us + world_between(world, SECOND_US / 10, 25 * SECOND_US);
    bool both = world_chance(world, 500);
    if (until > world->calm_us) /* what is held back until then keeps its order */
        until = world->calm_us;
    uint8_t side[WORLD_MACHINES];
    bool one_alone = world_chance(world, 500);
    int alone = (int)world_below(world, (uint32_t)world->machine_count);
    for (int i = 0; i < world->machine_count; i++)
        side[i] = one_alone ? i == alone : world_chance(world, 500);
    for (int a = 0; a < world->machine_count; a++)
        for (int b = 0; b < world->machine_count; b++)
            if (side[a] != side[b] && (both || side[a] == 1) &&
                world->blocked_until_us[a][b] < until)
                world->blocked_until_us[a][b] = until;
    trace(world, "a partition%s until %llu s\n", both ? "" : " one way",
          (unsigned long long)(until / SECOND_US));
    world->count.partitions++;
}

static void crash(struct world *world)
{
    struct machine *machine = anyone(world);
    if (machine->core == NULL || machine->crash_in > 0)
        return;
    machine->crash_in = 1 + world_below(world, 30);
    machine->down_us = world_between(world, SECOND_US / 100, 8 * SECOND_US);
    world_fly(world,
              (struct flight){.kind = FLY_CRASH, .machine = machine->index, .life = machine->life},
              2 * SECOND_US);
}

/* Asleep with its clock (a laptop closed), or only busy. */
static void pause(struct world *world)
{
    struct machine *machine = anyone(world);
    uint64_t pause_us = world_between(world, SECOND_US / 20, 20 * SECOND_US);
    if (machine->paused_until_us > world->now_us)
        return;
    machine->paused_until_us = world->now_us + pause_us;
    machine->asleep_us = world_chance(world, 500) ? pause_us : 0;
    trace(world, "%s pauses for %llu ms\n", machine->name, (unsigned long long)(pause_us / 1000));
    world->count.pauses++;
}

static void slow(struct world *world)
{
    struct machine *machine = anyone(world);
    machine->slow_until_us = world->now_us + world_between(world, SECOND_US, 25 * SECOND_US);
    if (machine->slow_until_us > world->calm_us)
        machine->slow_until_us = world->calm_us;
    trace(world, "%s reads slowly\n", machine->name);
}

static void shift_clock(struct world *world)
{
    struct machine *machine = anyone(world);
    static const int64_t MOST_S[] = {2, 3600, 2 * WEEK_S, 60ll * 52 * WEEK_S};
    int64_t most_s = MOST_S[world_below(world, 4)];
    int64_t shift_s = (int64_t)prng_below(&world->prng, (uint32_t)(2 * most_s)) - most_s;
    if (world_chance(world, 300))
        machine->drift_ppm = (int64_t)world_below(world, 200000) - 100000;
    else
        machine->wall_shift_ms += shift_s * 1000;
    trace(world, "%s: the clock is wrong\n", machine->name);
}

static void spoil_disk(struct world *world)
{
    struct machine *machine = anyone(world);
    machine->disk_bad_until_us =
        world->now_us + world_between(world, SECOND_US / 10, 5 * SECOND_US);
    trace(world, "%s: the disk takes nothing\n", machine->name);
}

static void burn(struct world *world)
{
    struct machine *machine = anyone(world);
    int left = 0;
    for (int i = 0; i < world->machine_count; i++)
        left += !world->machines[i].burned && world->machines[i].liar == NULL;
    if (left <= 3 || machine->burned || machine->core == NULL)
        return;
    trace(world, "%s burns\n", machine->name);
    machine->burned = true;
    machine_crash(world, machine, 0);
}

/* A copy of the disk is taken, or one that was taken comes back in its place. */
static void backup(struct world *world)
{
    struct machine *machine = anyone(world);
    if (machine->core == NULL || machine->liar != NULL)
        return;
    if (!machine->has_backup) {
        trace(world, "%s: a backup is taken\n", machine->name);
        disk_copy(&machine->backup, &machine->disk);
        pair_backup(world, machine);
        vault_backup(world, machine);
        machine->has_backup = true;
        return;
    }
    machine->restore = true;
    machine_crash(world, machine, world_between(world, SECOND_US / 100, 8 * SECOND_US));
}

/* One user blocks another, or has him back. Not by the world's dice, so that other worlds are as they were. */
static void bear_a_grudge(struct world *world)
{
    uint64_t dice = world->order * 0x9E3779B97F4A7C15u >> 32;
    struct machine *machine = &world->machines[dice % (uint64_t)world->machine_count];
    int other = (int)(dice / 64 % (uint64_t)world->machine_count);
    if (dice / 4096 % 3 != 0 || machine->liar != NULL || machine->burned || other == machine->index)
        return;
    machine->shuns[other] = !machine->shuns[other];
    trace(world, "%s %s n%d\n", machine->name, machine->shuns[other] ? "blocks" : "has back",
          other);
    if (machine->core != NULL)
        shell_block(world, machine, other, machine->shuns[other]);
}

void weather_call(struct world *world)
{
    for (int i = 0; world->grudges && i < world->machine_count; i++)
        shell_type_addresses(world, &world->machines[i]);
}

/* All are friends again: each calls whom he called at first. */
static void forgive(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        struct machine *machine = &world->machines[i];
        for (int k = 0; k < world->machine_count; k++) {
            if (machine->shuns[k] && machine->core != NULL)
                shell_block(world, machine, k, false);
            machine->shuns[k] = false;
        }
    }
    weather_call(world);
}

static const struct {
    void (*act)(struct world *world);
    uint32_t share[WEATHER_COUNT]; /* of all acts */
} ACTS[] = {
    {cut, {0, 30, 30}},      {part, {0, 10, 10}}, {crash, {0, 5, 20}},
    {pause, {0, 10, 10}},    {slow, {0, 20, 15}}, {shift_clock, {0, 3, 5}},
    {spoil_disk, {0, 2, 5}}, {burn, {0, 0, 1}},   {backup, {0, 0, 8}},
};
#define ACT_COUNT (sizeof ACTS / sizeof ACTS[0])

/* One machine's cable is out, in mid-talk, until the calm begins. */
static void take_down(struct world *world)
{
    int down = (int)world_below(world, (uint32_t)world->machine_count);
    trace(world, "n%d has no link for %u s\n", down, world->plan.down_s);
    for (int i = 0; i < world->machine_count; i++)
        if (i != down)
            world->blocked_until_us[i][down] = world->blocked_until_us[down][i] = world->calm_us;
    world->count.partitions++;
}

void weather_acts(struct world *world)
{
    int weather = world->plan.weather;
    uint32_t all = 0;
    if (world->now_us >= world->calm_us)
        return;
    if (world->plan.down_s > 0) {
        take_down(world);
        return;
    }
    for (size_t i = 0; i < ACT_COUNT; i++)
        all += ACTS[i].share[weather];
    uint32_t pick = world_below(world, all);
    size_t act = 0;
    for (; pick >= ACTS[act].share[weather]; act++)
        pick -= ACTS[act].share[weather];
    ACTS[act].act(world);
    if (world->grudges)
        bear_a_grudge(world);
    uint64_t most = weather == WEATHER_STORM ? SECOND_US : 4 * SECOND_US;
    world_fly(world, (struct flight){.kind = FLY_WEATHER}, world_between(world, most / 10, most));
}

void weather_begin(struct world *world)
{
    static const uint64_t LASTS_S[WEATHER_COUNT] = {10, 40, 60};
    world->calm_us = world->now_us + LASTS_S[world->plan.weather] * SECOND_US;
    world->grudges =
        world->plan.weather != WEATHER_CALM && world->plan.down_s == 0 && world->plan.seed % 4 == 3;
    if (world->plan.down_s > 0) {
        world_fly(world, (struct flight){.kind = FLY_WEATHER}, world->calm_us - world->now_us);
        world->calm_us += world->plan.down_s * SECOND_US;
    } else if (world->plan.weather != WEATHER_CALM)
        world_fly(world, (struct flight){.kind = FLY_WEATHER}, 2 * SECOND_US);
}

void weather_ends(struct world *world)
{
    trace(world, "the calm begins\n");
    world->calm = true;
    for (int i = 0; i < world->machine_count; i++) {
        struct machine *machine = &world->machines[i];
        machine->disk_bad_until_us = 0;
        machine->crash_in = 0;
    }
    if (world->grudges)
        forgive(world);
}
