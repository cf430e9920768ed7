/* World: the heap of flights, the machines' clocks, their processes' beginnings and ends.
 *
 * 1. One flight lands at a time, in the order of (at_us, order); order is given when it starts, so
 * nothing depends on addresses in memory or on the heap's ways.
 * 2. A flight to a process that is no more (another life) does not land. One to a paused machine
 * lands when the pause ends, in the same order.
 * 3. All that is random comes from the plan's seed.
 * 4. A core is ticked when core_deadline() says so, never earlier.
 */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/cable.h"
#include "sim/circle.h"
#include "sim/crowd.h"
#include "sim/liar.h"
#include "sim/oracle.h"
#include "sim/pair.h"
#include "sim/shell.h"
#include "sim/trace.h"
#include "sim/weather.h"

#define MONO_BEGINS_US 3600000000ull /* above all that a machine may sleep */

/* ---- the heap ---- */

static bool is_before(const struct flight *a, const struct flight *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void heap_put(struct world *world, struct flight flight)
{
    if (world->flight_count == world->flight_room) {
        world->flight_room = world->flight_room == 0 ? 1024 : world->flight_room * 2;
        world->flights = realloc(world->flights, world->flight_room * sizeof *world->flights);
        CHECK(world->flights != NULL);
    }
    size_t at = world->flight_count++;
    for (; at > 0 && is_before(&flight, &world->flights[(at - 1) / 2]); at = (at - 1) / 2)
        world->flights[at] = world->flights[(at - 1) / 2];
    world->flights[at] = flight;
}

static struct flight heap_take(struct world *world)
{
    struct flight first = world->flights[0], last = world->flights[--world->flight_count];
    size_t at = 0, count = world->flight_count;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && is_before(&world->flights[child + 1], &world->flights[child]))
            child++;
        if (child >= count || is_before(&last, &world->flights[child]))
            break;
        world->flights[at] = world->flights[child];
        at = child;
    }
    world->flights[at] = last;
    return first;
}

void world_fly(struct world *world, struct flight flight, uint64_t after_us)
{
    flight.at_us = world->now_us + after_us;
    flight.order = ++world->order;
    heap_put(world, flight);
}

/* ---- chance ---- */

uint32_t world_below(struct world *world, uint32_t bound)
{
    return prng_below(&world->prng, bound);
}

bool world_chance(struct world *world, uint32_t of_thousand)
{
    return prng_below(&world->prng, 1000) < of_thousand;
}

uint64_t world_between(struct world *world, uint64_t low, uint64_t high)
{
    return low + prng_below(&world->prng, (uint32_t)(high - low + 1));
}

/* ---- machines ---- */

int world_whose(const struct world *world, const struct id *node)
{
    for (int i = 0; i < world->machine_count; i++)
        if (id_equal(&world->machines[i].config.identity.node, node))
            return i;
    return -1;
}

uint64_t machine_wall_ms(const struct world *world, const struct machine *machine)
{
    int64_t passed_ms = (int64_t)(world->now_us / 1000);
    int64_t wall = (int64_t)WORLD_WALL_MS + passed_ms + passed_ms * machine->drift_ppm / 1000000 +
                   machine->wall_shift_ms;
    return wall < 0 ? 0 : (uint64_t)wall;
}

static void plan_tick(struct world *world, struct machine *machine)
{
    uint64_t deadline = core_deadline(machine->core);
    uint64_t at = UINT64_MAX;
    if (deadline < UINT64_MAX / 1000) {
        at = deadline * 1000 > machine->mono_us ? deadline * 1000 - machine->mono_us : 0;
        at = at < world->now_us ? world->now_us : at;
    }
    if (at == machine->tick_at_us)
        return;
    machine->tick_at_us = at;
    if (at != UINT64_MAX)
        world_fly(
            world,
            (struct flight){.kind = FLY_TICK, .machine = machine->index, .life = machine->life},
            at - world->now_us);
}

/* A machine that slept does not know that time passed; one that is woken before does. */
static void wake(const struct world *world, struct machine *machine)
{
    if (machine->asleep_us > 0 && world->now_us >= machine->paused_until_us)
        machine->mono_us -= machine->asleep_us;
    machine->asleep_us = 0;
}

void machine_step(struct world *world, struct machine *machine, struct event event)
{
    if (machine->core == NULL)
        return;
    wake(world, machine);
    uint32_t life = machine->life;
    event.now_us = world->now_us + machine->mono_us;
    event.wall_ms = machine_wall_ms(world, machine);
    world->count.steps++;
    if (event.kind != EVENT_TICK)
        machine->events++;
    core_step(machine->core, &event);
    shell_perform(world, machine);
    if (machine->core != NULL && (machine->life == life || machine->tick_at_us == UINT64_MAX))
        plan_tick(world, machine);
}

void machine_boot(struct world *world, struct machine *machine)
{
    if (machine->core != NULL || machine->burned)
        return;
    machine->mono_us = MONO_BEGINS_US + world_below(world, 1000000);
    machine->asleep_us = 0;
    machine->store_failed = false;
    trace(world, "%s starts\n", machine->name);
    shell_start(world, machine);
    if (machine->core != NULL)
        plan_tick(world, machine);
}

/* What is on the disk is gone; the backup is there instead. */
static void restore(struct world *world, struct machine *machine)
{
    trace(world, "%s comes back with a backup\n", machine->name);
    disk_release(&machine->disk);
    machine->disk = machine->backup;
    memset(&machine->backup, 0, sizeof machine->backup);
    machine->has_backup = machine->restore = false;
    machine->restored++;
    pair_restore(world, machine);
    vault_restore(world, machine);
    world->count.restored++;
    oracle_disk_changed(world, machine);
}

void machine_crash(struct world *world, struct machine *machine, uint64_t down_us)
{
    machine->crash_in = 0;
    if (machine->core == NULL)
        return;
    trace(world, "%s dies\n", machine->name);
    world->count.crashes++;
    cable_close_all(world, machine);
    core_free(machine->core);
    machine->core = NULL;
    shell_drop_queries(machine);
    disk_crash(&machine->disk);
    pair_crash(world, machine);
    vault_crash(world, machine);
    if (machine->restore)
        restore(world, machine);
    if (machine->burned)
        oracle_disk_changed(world, machine);
    if (!machine->burned)
        world_fly(world, (struct flight){.kind = FLY_BOOT, .machine = machine->index}, down_us);
}

static void tick(struct world *world, struct machine *machine, uint64_t at_us)
{
    if (at_us != machine->tick_at_us)
        return; /* another was planned since */
    machine->tick_at_us = UINT64_MAX;
    machine_step(world, machine, (struct event){.kind = EVENT_TICK});
    oracle_ticked(world, machine);
}

static void hear_beacon(struct world *world, struct machine *machine, int from)
{
    const struct machine *sender = &world->machines[from];
    if (sender->core == NULL)
        return;
    struct event event = {.kind = EVENT_FOUND,
                          .found = FOUND_BEACON,
                          .node = sender->config.identity.node,
                          .process = sender->config.process};
    snprintf(event.address.text, sizeof event.address.text, "%s:1", sender->name);
    machine_step(world, machine, event);
}

/* ---- time ---- */

/* When it may land instead; 0: now. */
static uint64_t held_until(const struct world *world, const struct flight *flight)
{
    uint64_t until = 0;
    int to = flight->cable != NULL ? cable_target(flight) : flight->machine;
    if (flight->kind == FLY_BOOT || flight->kind == FLY_WEATHER || to < 0)
        return 0;
    if (flight->kind == FLY_FRAME || flight->kind == FLY_END) {
        until = world->blocked_until_us[flight->cable->ends[flight->side].machine][to];
        if (flight->cable->lanes[flight->side].lost && flight->kind == FLY_FRAME)
            until = 0;
    }
    if (world->machines[to].paused_until_us > until)
        until = world->machines[to].paused_until_us;
    return until > world->now_us ? until : 0;
}

static void land(struct world *world, struct flight *flight)
{
    struct machine *machine = &world->machines[flight->machine];
    bool lives = machine->core != NULL && machine->life == flight->life;
    switch (flight->kind) {
    case FLY_TICK:
        if (lives)
            tick(world, machine, flight->at_us);
        break;
    case FLY_FRAME:
    case FLY_REACH:
    case FLY_OPEN:
    case FLY_END: cable_land(world, flight); break;
    case FLY_FOUND:
        if (lives)
            hear_beacon(world, machine, flight->from);
        break;
    case FLY_SERVE:
        if (lives)
            shell_answer(world, machine);
        break;
    case FLY_WRITE:
        if (lives)
            shell_retry_disk(world, machine);
        break;
    case FLY_BOOT: machine_boot(world, machine); break;
    case FLY_CRASH:
        if (lives && machine->crash_in > 0)
            machine_crash(world, machine, machine->down_us);
        break;
    case FLY_SAY: crowd_says(world, machine, flight->size); break;
    case FLY_ROAM: crowd_roams(world, machine); break;
    case FLY_WEATHER: weather_acts(world); break;
    case FLY_LIE: liar_acts(world, machine); break;
    case FLY_PAIR: pair_says(world); break;
    case FLY_AGAIN:
        if (lives)
            anew_goes_on(world, machine);
        break;
    case FLY_CIRCLE: circle_acts(world, machine, flight->side); break;
    }
}

void world_run(struct world *world, uint64_t until_us)
{
    while (world->flight_count > 0 && world->flights[0].at_us <= until_us) {
        struct flight flight = heap_take(world);
        world->now_us = flight.at_us;
        uint64_t held = held_until(world, &flight);
        if (held != 0) {
            if (flight.kind == FLY_TICK &&
                flight.at_us == world->machines[flight.machine].tick_at_us)
                world->machines[flight.machine].tick_at_us = held;
            flight.at_us = held;
            heap_put(world, flight);
            continue;
        }
        land(world, &flight);
        free(flight.bytes);
    }
    world->now_us = until_us;
}

/* ---- begin and end ---- */

static void make_machine(struct world *world, int index)
{
    struct machine *machine = &world->machines[index];
    struct core_config *config = &machine->config;
    uint8_t seed[32];
    machine->index = index;
    machine->next_number = 1;
    machine->tick_at_us = UINT64_MAX;
    snprintf(machine->name, sizeof machine->name, "n%d", index);
    prng_bytes(&world->prng, seed, sizeof seed);
    config->identity = identity_from_seed(seed);
    config->network = world->network;
    config->port = 1;
    config->beacons = world->beacons;
    /* In every second world two are: they are linked when both dial. */
    machine->behind_router = world->beacons && !world->plan.circle && world->plan.seed % 2 == 0 &&
                             index < 2 && world->plan.machines >= world->plan.liars + 3;
    config->carry_bytes = world->carry_bytes;
    snprintf(config->nick.text, sizeof config->nick.text, "n%d", index);
}

static void lay_latency(struct world *world)
{
    for (int a = 0; a < world->machine_count; a++)
        for (int b = 0; b < a; b++) {
            uint32_t most = world_chance(world, 500) ? 2000 : 80000;
            uint64_t latency = world->plan.weather == 0 ? 500 : 100 + world_below(world, most);
            world->latency_us[a][b] = world->latency_us[b][a] = latency;
        }
}

struct world *world_new(const struct plan *plan)
{
    struct world *world = calloc(1, sizeof *world);
    uint8_t seed[32] = {'f', 'i', 'k', 'a'}, secret[32] = {7};
    CHECK(world != NULL && plan->machines <= WORLD_MACHINES);
    for (int i = 0; i < 8; i++)
        seed[8 + i] = (uint8_t)(plan->seed >> (8 * i));
    world->plan = *plan;
    world->now_us = WORLD_BEGIN_US;
    world->network = network_id(secret);
    world->digest = 0xcbf29ce484222325ull;
    prng_init(&world->prng, seed);
    arena_init(&world->arena);
    for (int i = 0; i < WORLD_CHANNELS; i++) {
        snprintf(world->channels[i].text, sizeof world->channels[i].text, "#%c", 'a' + i);
        world->channel_ids[i] = channel_id(&world->network, world->channels[i].text);
    }
    world->machine_count = (int)plan->machines;
    world->beacons = world_chance(world, 500) || plan->circle;
    world->records = world_chance(world, 500);
    static const uint64_t carry[] = {CARRY_BYTES, CARRY_BYTES, 20000, 0};
    world->carry_bytes = carry[plan->seed % (sizeof carry / sizeof carry[0])];
    if (world->machine_count > LINKS_MESH) /* then members may have no link to each other */
        world->carry_bytes = CARRY_BYTES;
    for (int i = 0; i < world->machine_count; i++)
        make_machine(world, i);
    lay_latency(world);
    world->oracle = oracle_new(world);
    liars_gather(world);
    weather_begin(world);
    crowd_gather(world);
    pair_begin(world);
    circle_begin(world);
    for (int i = 0; i < world->machine_count; i++)
        world_fly(world, (struct flight){.kind = FLY_BOOT, .machine = i},
                  world_below(world, 2000000));
    return world;
}

void world_free(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        core_free(world->machines[i].core);
        shell_drop_queries(&world->machines[i]);
        disk_release(&world->machines[i].disk);
        disk_release(&world->machines[i].backup);
    }
    for (size_t i = 0; i < world->flight_count; i++)
        free(world->flights[i].bytes);
    free(world->flights);
    for (struct cable *cable = world->cables; cable != NULL;) {
        struct cable *next = cable->next;
        free(cable);
        cable = next;
    }
    liars_free(world);
    pair_free(world);
    circle_free(world);
    oracle_free(world->oracle);
    arena_release(&world->arena);
    free(world);
}
