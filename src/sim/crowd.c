/* Crowd: every line is unlike all others, so that who shows it says where it came from.
 *
 * Without beacons the typed addresses alone link the machines: a random tree over the honest ones,
 * and some more; liars know some of the honest and are known by some. */
#include "sim/crowd.h"

#include <string.h>

#include "sim/liar.h"
#include "sim/trace.h"

#define BURST_MOST 40
#define TEXT_MOST  15000

static bool is_in(const struct machine *machine, const struct channel_name *channel)
{
    for (size_t i = 0; i < machine->config.channel_count; i++)
        if (strcmp(machine->config.channels[i].text, channel->text) == 0)
            return true;
    return false;
}

static void know_addresses(struct world *world, int index)
{
    struct machine *machine = &world->machines[index];
    int honest = world->machine_count - (int)world->plan.liars;
    if (index > 0 && index < honest)
        machine->types[world_below(world, (uint32_t)index)] = true;
    for (int more = (int)world_below(world, 3); more > 0; more--) {
        int other = (int)world_below(world, (uint32_t)world->machine_count);
        if (other != index)
            machine->types[other] = true;
    }
    if (index >= honest && honest > 0)
        machine->types[world_below(world, (uint32_t)honest)] = true;
}

static int speaker(struct world *world)
{
    int honest = world->machine_count - (int)world->plan.liars;
    int index = (int)world_below(world, (uint32_t)world->machine_count);
    const struct liar *liar = world->machines[index].liar;
    return liar == NULL || liar_keeps_one_log(liar) ? index
                                                    : (int)world_below(world, (uint32_t)honest);
}

void crowd_gather(struct world *world)
{
    uint64_t lasts_us = world->calm_us - world->now_us;
    for (int i = 0; i < world->machine_count; i++) {
        struct machine *machine = &world->machines[i];
        struct core_config *config = &machine->config;
        for (int c = 0; c < WORLD_CHANNELS; c++) {
            machine->homes[c] = c == 0 || machine->liar != NULL || world_chance(world, 500);
            if (machine->homes[c])
                config->channels[config->channel_count++] = world->channels[c];
        }
        if (!world->beacons || world_chance(world, 300))
            know_addresses(world, i);
        for (int other = 0; other < world->machine_count; other++)
            if (machine->types[other])
                trace(world, "%s knows n%d\n", machine->name, other);
        for (int c = 0; c < WORLD_CHANNELS; c++)
            if (machine->homes[c])
                trace(world, "%s is at home in %s\n", machine->name, world->channels[c].text);
        if (world->plan.weather > 0 && machine->liar == NULL)
            world_fly(world, (struct flight){.kind = FLY_ROAM, .machine = i},
                      world_below(world, (uint32_t)lasts_us));
    }
    for (uint32_t left = world->plan.entries; left > 0;) {
        uint32_t burst = world_chance(world, 100) ? 1 + world_below(world, BURST_MOST) : 1;
        burst = burst < left ? burst : left;
        left -= burst;
        struct flight flight = {.kind = FLY_SAY, .machine = speaker(world), .size = burst};
        world_fly(world, flight, world_below(world, (uint32_t)lasts_us));
    }
}

static void say(struct world *world, struct machine *machine, int channel)
{
    static char text[TEXT_MOST + 64];
    size_t size = (size_t)snprintf(text, sizeof text, "line %llu of the world, said by %s",
                                   (unsigned long long)++world->said, machine->name);
    size_t more =
        world_chance(world, 950) ? world_below(world, 120) : world_below(world, TEXT_MOST - 64);
    memset(text + size, '.', more);
    struct event event = {.kind = EVENT_REQUEST};
    event.request.kind = REQUEST_SAY;
    event.request.channel = world->channels[channel];
    event.request.action = world_chance(world, 50);
    event.request.text = (struct bytes){(const uint8_t *)text, size + more};
    machine_step(world, machine, event);
}

/* False when it is in none of its channels now. */
static bool pick_channel(struct world *world, const struct machine *machine, int *channel)
{
    int first = (int)world_below(world, WORLD_CHANNELS);
    for (int i = 0; i < WORLD_CHANNELS; i++) {
        *channel = (first + i) % WORLD_CHANNELS;
        if (is_in(machine, &world->channels[*channel]))
            return true;
    }
    return false;
}

void crowd_says(struct world *world, struct machine *machine, size_t lines)
{
    int channel;
    if (world->calm)
        return;
    if (machine->core == NULL || !pick_channel(world, machine, &channel)) {
        if (!machine->burned)
            world_fly(world,
                      (struct flight){.kind = FLY_SAY, .machine = machine->index, .size = lines},
                      1000000);
        return;
    }
    uint32_t life = machine->life;
    for (; lines > 0 && machine->core != NULL && machine->life == life; lines--)
        say(world, machine, channel);
}

static void request(struct world *world, struct machine *machine, enum request_kind kind,
                    int channel)
{
    struct event event = {.kind = EVENT_REQUEST};
    event.request.kind = kind;
    event.request.channel = world->channels[channel];
    machine_step(world, machine, event);
}

static void rename_self(struct world *world, struct machine *machine)
{
    struct event event = {.kind = EVENT_REQUEST};
    event.request.kind = REQUEST_NICK;
    snprintf(event.request.nick.text, sizeof event.request.nick.text, "%s-%u", machine->name,
             world_below(world, 100));
    machine_step(world, machine, event);
}

/* Takes back a line of its own that it has shown. */
static void take_back(struct world *world, struct machine *machine, int channel)
{
    const struct disk_log *log =
        disk_highest(&machine->disk, &world->channel_ids[channel], &machine->config.identity.node);
    if (log == NULL || log->safe.count == 0)
        return;
    const struct kept *kept = log->safe.at[world_below(world, (uint32_t)log->safe.count)];
    if (kept->entry.kind == ENTRY_FORGET)
        return;
    struct event event = {.kind = EVENT_REQUEST};
    event.request.kind = REQUEST_FORGET;
    event.request.channel = world->channels[channel];
    event.request.seq = kept->entry.seq;
    event.request.id = kept->entry.id;
    trace(world, "%s takes back its %llu\n", machine->name, (unsigned long long)kept->entry.seq);
    machine_step(world, machine, event);
}

/* True when one was joined again. */
static bool come_back(struct world *world, struct machine *machine)
{
    for (int c = 0; c < WORLD_CHANNELS; c++)
        if (machine->homes[c] && !is_in(machine, &world->channels[c])) {
            trace(world, "%s comes back to %s\n", machine->name, world->channels[c].text);
            request(world, machine, REQUEST_JOIN, c);
            return true;
        }
    return false;
}

void crowd_roams(struct world *world, struct machine *machine)
{
    int channel;
    if (world->calm)
        return;
    if (machine->core != NULL && !come_back(world, machine)) {
        if (world_chance(world, 300)) {
            rename_self(world, machine);
        } else if (world_chance(world, 400) && pick_channel(world, machine, &channel)) {
            take_back(world, machine, channel);
        } else if (pick_channel(world, machine, &channel)) {
            trace(world, "%s leaves %s\n", machine->name, world->channels[channel].text);
            request(world, machine, REQUEST_LEAVE, channel);
        }
    }
    world_fly(world, (struct flight){.kind = FLY_ROAM, .machine = machine->index},
              world_between(world, 1000000, 15000000));
}

void crowd_returns(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        struct machine *machine = &world->machines[i];
        struct core_config *config = &machine->config;
        for (int c = 0; c < WORLD_CHANNELS && machine->core == NULL; c++)
            if (machine->homes[c] && !is_in(machine, &world->channels[c]))
                config->channels[config->channel_count++] = world->channels[c];
        while (machine->core != NULL && come_back(world, machine))
            continue;
    }
}
