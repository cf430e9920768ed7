/* Spoil: as if the core had a bug, made out of what comes in and goes out. A liar's core is left as it
 * is; without a sabotage so is everybody's. */
#include "sim/spoil.h"

#include "sim/cable.h"

/* As if the core looked at no signature, or at no prev: what it must not accept is made such that it
 * does. */
static struct bytes spoil_entry(struct world *world, struct machine *machine, struct bytes frame)
{
    static uint8_t room[LIMIT_FRAME];
    struct run run;
    enum entry_part part;
    arena_reset(&world->arena);
    if (frame_kind(frame) != FRAME_ENTRY || !wire_read_entry(frame, &world->arena, &run, &part))
        return frame;
    struct entry *last = &run.entries[run.count - 1];
    int author = world_whose(world, &last->author);
    bool holds = entry_verify(last, &run.signature);
    if (author < 0 || holds != (world->plan.sabotage == SABOTAGE_SKIP_PREV))
        return frame;
    if (world->plan.sabotage == SABOTAGE_SKIP_PREV) {
        const struct disk_log *log = disk_highest(&machine->disk, &last->channel, &last->author);
        if (log == NULL || run.entries[0].seq != log->load.seq + 1)
            return frame;
        run.entries[0].prev = log->load.tip;
        for (size_t i = 0; i < run.count; i++) {
            if (i > 0)
                run.entries[i].prev = run.entries[i - 1].id;
            entry_finish(&run.entries[i]);
        }
    }
    run.signature = entry_sign(last, &world->machines[author].config.identity);
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, part);
    return w.full ? frame : written(&w);
}

void spoil_arrives(struct world *world, struct machine *machine, struct event event)
{
    enum sabotage sabotage = world->plan.sabotage;
    if (machine->liar == NULL &&
        (sabotage == SABOTAGE_SKIP_SIGNATURE || sabotage == SABOTAGE_SKIP_PREV))
        event.frame = spoil_entry(world, machine, event.frame);
    machine_step(world, machine, event);
}

static struct bytes one_more(struct bytes frame)
{
    static uint8_t room[LIMIT_FRAME];
    static struct have have;
    if (frame_kind(frame) != FRAME_HAVE || !wire_read_have(frame, &have) || have.count == 0)
        return frame;
    have.heads[0].seq++;
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    return w.full ? frame : written(&w);
}

static struct bytes all_members(struct bytes frame)
{
    static uint8_t room[LIMIT_FRAME];
    static struct join join;
    if (frame_kind(frame) != FRAME_JOIN || !wire_read_join(frame, &join))
        return frame;
    for (size_t i = 0; i < join.count; i++)
        join.hops[i] = CARRY_HOPS;
    struct writer w = writer_of(room, sizeof room);
    wire_write_join(&w, &join);
    return w.full ? frame : written(&w);
}

void spoil_send(struct world *world, struct machine *machine, uint64_t link, struct bytes frame)
{
    enum sabotage sabotage = world->plan.sabotage;
    if (machine->liar == NULL && sabotage == SABOTAGE_STALE_HAVE)
        frame = one_more(frame);
    if (machine->liar == NULL && sabotage == SABOTAGE_CARRIER_COUNTS)
        frame = all_members(frame);
    if (machine->liar == NULL && sabotage == SABOTAGE_FORGET_WANT && machine->link_ended &&
        frame_kind(frame) == FRAME_WANT)
        return;
    if (machine->liar == NULL && sabotage == SABOTAGE_NO_BODIES &&
        frame_kind(frame) == FRAME_BODIES)
        return;
    cable_send(world, machine, link, frame);
}
