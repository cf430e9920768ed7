/* Shell's beginnings: a core made from what is on the disk, as app/recover.c has it, at the start of a process and after a write
 * that failed; and what its user does then. */
#include "sim/shell.h"

#include <string.h>

#include "sim/cable.h"
#include "sim/circle.h"
#include "sim/liar.h"
#include "sim/oracle.h"
#include "sim/pair.h"
#include "sim/trace.h"

#define DISK_RETRY_US 2000000

/* named: of a channel that has its name on this disk. */
static void load_log(struct world *world, struct machine *machine, const struct disk_log *log,
                     const struct channel_name *channel)
{
    struct event event = {.kind = EVENT_LOAD_LOG,
                          .channel = *channel,
                          .channel_id = log->channel_id,
                          .load = log->safe_load};
    event.load.bare = disk_lacks_bodies(log);
    machine_step(world, machine, event);
}

static void load_logs(struct world *world, struct machine *machine, const struct id *id,
                      const struct channel_name *channel)
{
    const struct disk *disk = &machine->disk;
    for (uint32_t branch = 0; branch < LIMIT_BRANCHES; branch++)
        for (size_t i = 0; i < disk->log_count; i++) {
            const struct disk_log *log = &disk->logs[i];
            if (log->safe_load.branch == branch && id_equal(&log->channel_id, id))
                load_log(world, machine, log, channel);
        }
    for (size_t i = 0; i < disk->receipt_count; i++) {
        const struct disk_receipt *receipt = &disk->receipts[i];
        if ((receipt->safe_number != 0 || receipt->safe_below != 0) &&
            id_equal(&receipt->channel, id))
            machine_step(world, machine,
                         (struct event){.kind = EVENT_LOAD_RECEIPT,
                                        .channel = *channel,
                                        .channel_id = *id,
                                        .node = receipt->node,
                                        .number = receipt->safe_number,
                                        .head = {.seq = receipt->safe_below}});
    }
}

static bool is_carried(const struct disk *disk, const struct id *channel)
{
    for (size_t i = 0; i < disk->carried.count; i++)
        if (id_equal(&disk->carried.list[i].channel, channel))
            return true;
    return false;
}

static void load_carried(struct world *world, struct machine *machine, uint64_t adrift)
{
    const struct disk_carrying carrying = machine->disk.carried;
    const struct channel_name nameless = {""};
    for (size_t i = 0; i < carrying.count; i++) {
        const struct disk_carried *carried = &carrying.list[i];
        machine_step(
            world, machine,
            (struct event){.kind = EVENT_LOAD_CHANNEL,
                           .channel_id = carried->channel,
                           .lamport = disk_clock(&machine->disk, &carried->channel, adrift),
                           .node = carried->asker,
                           .number = carried->bytes,
                           .asked_wall_ms = carried->asked_wall_ms});
        load_logs(world, machine, &carried->channel, &nameless);
    }
}

static void load_sealed(struct world *world, struct machine *machine,
                        const struct channel_name *name, uint64_t adrift)
{
    struct event event = {.kind = EVENT_LOAD_CHANNEL, .channel = *name};
    struct id id, peer;
    if (machine->core == NULL || !core_channel(machine->core, name, &id, &peer))
        return;
    event.lamport = disk_clock(&machine->disk, &id, adrift);
    machine_step(world, machine, event);
    load_logs(world, machine, &id, name);
}

static void load(struct world *world, struct machine *machine)
{
    const struct disk *disk = &machine->disk;
    uint64_t adrift = adrift_from(machine_wall_ms(world, machine));
    struct channel_name name;
    if (pair_load(world, machine, &name))
        load_sealed(world, machine, &name, adrift);
    if (world->vaults != NULL) {
        struct channel_name names[WORLD_MACHINES + VAULT_GROUPS];
        vault_load(world, machine);
        size_t count = vault_names(world, machine, names, sizeof names / sizeof names[0]);
        for (size_t i = 0; i < count; i++)
            load_sealed(world, machine, &names[i], adrift);
    }
    for (int c = 0; c < WORLD_CHANNELS; c++) {
        struct event event = {.kind = EVENT_LOAD_CHANNEL, .channel = world->channels[c]};
        event.lamport = disk_clock(disk, &world->channel_ids[c], adrift);
        bool any = false;
        for (size_t i = 0; i < disk->log_count; i++)
            any = any || id_equal(&disk->logs[i].channel_id, &world->channel_ids[c]);
        if (machine->liar != NULL && liar_clock(machine->liar) > event.lamport) {
            event.lamport = liar_clock(machine->liar);
            any = true;
        }
        if (!any || is_carried(disk, &world->channel_ids[c]))
            continue;
        machine_step(world, machine, event);
        load_logs(world, machine, &world->channel_ids[c], &world->channels[c]);
    }
    load_carried(world, machine, adrift);
}

void shell_type_addresses(struct world *world, struct machine *machine)
{
    for (int i = 0; i < world->machine_count && machine->core != NULL; i++) {
        if (!machine->types[i])
            continue;
        struct event event = {.kind = EVENT_FOUND, .found = FOUND_TYPED};
        snprintf(event.address.text, sizeof event.address.text, "%s:1", world->machines[i].name);
        machine_step(world, machine, event);
    }
}

void shell_block(struct world *world, struct machine *machine, int other, bool on)
{
    struct event event = {.kind = EVENT_BLOCK, .held = on};
    event.node = world->machines[other].config.identity.node;
    machine_step(world, machine, event);
}

/* writable: whether its disk takes anything, which the core hears before it does anything. */
static void start(struct world *world, struct machine *machine, bool writable)
{
    prng_bytes(&world->prng, machine->config.seed, sizeof machine->config.seed);
    prng_bytes(&world->prng, machine->config.process.b, sizeof machine->config.process.b);
    pair_start(world, machine);
    circle_start(world, machine);
    memset(machine->answers, 0, sizeof machine->answers);
    machine->answer_count = 0;
    memset(machine->punches, 0, sizeof machine->punches);
    shell_drop_queries(machine);
    machine->link_ended = false;
    machine->life++;
    machine->serve_planned = false;
    machine->tick_at_us = UINT64_MAX;
    machine->core = core_new(&machine->config);
    oracle_process(world, machine);
    if (machine->core != NULL && !writable)
        machine_step(world, machine, (struct event){.kind = EVENT_STORE, .writable = false});
    load(world, machine);
    if (machine->core != NULL && world->records) {
        struct address own;
        snprintf(own.text, sizeof own.text, "10.0.0.%d:1", machine->index);
        machine_step(world, machine,
                     (struct event){.kind = EVENT_OWN, .own = &own, .own_count = 1});
    }
    for (int i = 0; i < world->machine_count && machine->core != NULL; i++)
        if (machine->shuns[i])
            shell_block(world, machine, i, true);
    shell_type_addresses(world, machine);
}

void shell_start(struct world *world, struct machine *machine)
{
    start(world, machine, true);
}

void shell_start_over(struct world *world, struct machine *machine)
{
    machine->store_failed = false;
    cable_close_all(world, machine);
    core_free(machine->core);
    start(world, machine, false);
    if (machine->core == NULL)
        return;
    world_fly(world,
              (struct flight){.kind = FLY_WRITE, .machine = machine->index, .life = machine->life},
              DISK_RETRY_US);
}

void shell_retry_disk(struct world *world, struct machine *machine)
{
    if (machine->disk_bad_until_us > world->now_us) {
        world_fly(
            world,
            (struct flight){.kind = FLY_WRITE, .machine = machine->index, .life = machine->life},
            DISK_RETRY_US);
        return;
    }
    trace(world, "%s: the disk is back\n", machine->name);
    machine_step(world, machine, (struct event){.kind = EVENT_STORE, .writable = true});
}
