/* Verdict: what must be so of the private channel when the calm has passed.
 *
 * 1. Who is in is what seats.c finds in the acts that a machine holds: so all that hold the same agree.
 * 2. What the acts leave out nobody reads; what they do not leave out is not left out.
 * 3. Who is in reads all that he holds and may read, if somebody whom he would ask can tell him.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/circle.h"
#include "sim/oracle.h"
#include "sim/seats.h"
#include "sim/trace.h"

struct holds { /* what one machine has of the channel */
    struct world *world;
    struct machine *machine;
    struct act *acts;
    size_t act_count;
    struct seats seats;
    const struct place *own; /* NULL: it is not in */
};

static bool takes_part(const struct world *world, const struct machine *machine)
{
    return machine->liar == NULL && !machine->burned && machine->core != NULL &&
           circle_takes(world, machine);
}

static struct holds holds_of(struct world *world, struct machine *machine)
{
    struct holds holds = {.world = world, .machine = machine};
    holds.act_count = seats_acts(world, machine, &holds.acts);
    seats_find(&holds.seats, &world->machines[0].config.identity.node, holds.acts, holds.act_count);
    holds.own = seats_in(&holds.seats, &machine->config.identity.node);
    return holds;
}

static void release(struct holds *holds)
{
    seats_release(&holds->seats);
    free(holds->acts);
}

/* The epoch's entry, if it is held. */
static const struct act *epoch_of(const struct holds *holds, const uint8_t name[ACT_SHORT])
{
    for (size_t i = 0; i < holds->act_count; i++)
        if (holds->acts[i].kind == ENTRY_EPOCH && memcmp(holds->acts[i].id.b, name, ACT_SHORT) == 0)
            return &holds->acts[i];
    return NULL;
}

/* True when a machine has the secret of that epoch on its disk. */
static bool has_secret(const struct world *world, const struct machine *machine,
                       const struct known_epoch *epoch)
{
    const struct vault *vault = vault_of(world, machine);
    for (size_t i = 0; i < vault->key_count && epoch->has_secret; i++)
        if (memcmp(vault->keys[i].key.secret, epoch->secret, 32) == 0)
            return true;
    return false;
}

/* Somebody who is in, is there, is honest and knows it can tell it. */
static bool can_be_told(const struct holds *holds, const struct act *epoch,
                        const struct known_epoch *known)
{
    struct world *world = holds->world;
    for (int i = 0; i < world->machine_count; i++) {
        struct machine *other = &world->machines[i];
        if (other != holds->machine && takes_part(world, other) &&
            seats_member_knows(&holds->seats, epoch, &other->config.identity.node) &&
            has_secret(world, other, known))
            return true;
    }
    return false;
}

/* It is to be read by this machine: its epoch is held, and known, or can be. */
static bool is_to_read(const struct holds *holds, const struct uttered *uttered)
{
    const struct act *act =
        uttered == NULL || uttered->body == NULL ? NULL : epoch_of(holds, uttered->epoch);
    struct known_epoch *epoch =
        act == NULL ? NULL : circle_epoch(holds->world->circle, uttered->epoch);
    if (epoch == NULL || holds->own == NULL)
        return false;
    if (has_secret(holds->world, holds->machine, epoch))
        return true;
    return seats_member_knows(&holds->seats, act, &holds->own->member) &&
           can_be_told(holds, act, epoch);
}

/* ---- lines ---- */

static void explain(const struct holds *holds, const struct entry *entry,
                    const struct vault_line *line)
{
    const struct known_epoch *epoch =
        line == NULL ? NULL : circle_epoch(holds->world->circle, line->epoch);
    trace(holds->world, "it is %02x%02x above %02x%02x, closed since %d, under an epoch of n%d\n",
          entry->id.b[0], entry->id.b[1], entry->prev.b[0], entry->prev.b[1],
          line == NULL ? -1 : (int)line->why,
          epoch == NULL ? -1 : world_whose(holds->world, &epoch->act.author));
    for (size_t i = 0; i < holds->seats.count; i++) {
        const struct place *place = &holds->seats.list[i];
        if (place->term == entry->flags && id_equal(&place->member, &entry->author))
            trace(holds->world, "a seat of his is %s at %llu %02x%02x\n",
                  place->cut ? "cut" : "whole", (unsigned long long)place->cut_seq,
                  place->cut_tip.b[0], place->cut_tip.b[1]);
    }
}

/* False where it is not as it should be; reading: what is only to come is wrong, too. */
static bool judge_line(const struct holds *holds, const struct kept *kept, bool reading, bool fails)
{
    struct world *world = holds->world;
    const struct entry *entry = &kept->entry;
    enum part part = seats_part(&holds->seats, &holds->machine->disk, entry);
    const struct vault_line *line = vault_line(vault_of(world, holds->machine), &entry->id);
    const struct uttered *uttered = circle_uttered(world->circle, &entry->id);
    bool reads = line != NULL && line->kind != 0;
    if (disk_is_full(&holds->machine->disk, &entry->channel, &entry->author))
        part = PART_OPEN; /* the end of his cut may be declined, or above a hole for good */
    const char *why = NULL;
    if (line == NULL)
        why = "has nothing to say of";
    else if (part == PART_OUT && reads)
        why = "reads, though it is no part of the talk,";
    else if (part == PART_IN && line->why == CLOSED_OUT && !reads)
        why = "leaves out, though it is part of the talk,";
    else if (part == PART_IN && !reads && reading && is_to_read(holds, uttered))
        why = "cannot read";
    if (why == NULL)
        return true;
    if (fails)
        explain(holds, entry, line);
    if (fails)
        oracle_fail(world, "%s %s %llu of n%d in term %u", holds->machine->name, why,
                    (unsigned long long)entry->seq, world_whose(world, &entry->author),
                    entry->flags);
    return false;
}

static bool judge_lines(const struct holds *holds, bool reading, bool fails)
{
    const struct disk *disk = &holds->machine->disk;
    for (size_t i = 0; i < disk->log_count; i++) {
        const struct disk_log *log = &disk->logs[i];
        if (log->dropped || !id_equal(&log->channel_id, &holds->world->circle->channel))
            continue;
        for (size_t k = 0; k < log->live.count; k++) {
            const struct kept *kept = log->live.at[k];
            if (kept->entry.kind == ENTRY_SEALED && kept->entry.body.at != NULL &&
                !judge_line(holds, kept, reading, fails))
                return false;
        }
    }
    return true;
}

bool circle_reads(struct world *world)
{
    bool good = true;
    for (int i = 0; world->circle != NULL && i < world->machine_count && good; i++) {
        struct machine *machine = &world->machines[i];
        if (!takes_part(world, machine))
            continue;
        struct holds holds = holds_of(world, machine);
        good = !anew_is_busy(world, machine) && judge_lines(&holds, true, false);
        release(&holds);
    }
    return good;
}

/* ---- bodies ---- */

static bool lacks_body(const struct world *world, const struct machine *machine,
                       const struct kept *kept)
{
    const struct entry *entry = &kept->entry;
    for (int i = 0; i < world->machine_count && !kept->forgotten && entry->body.at == NULL; i++) {
        const struct machine *other = &world->machines[i];
        const struct kept *held =
            other == machine || !takes_part(world, other)
                ? NULL
                : disk_holds(&other->disk, &entry->channel, &entry->author, entry->seq, &entry->id);
        if (held != NULL && held->entry.body.at != NULL)
            return true;
    }
    return false;
}

bool circle_is_whole(struct world *world)
{
    for (int i = 0; world->circle != NULL && i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        const struct disk *disk = &machine->disk;
        for (size_t l = 0; takes_part(world, machine) && l < disk->log_count; l++) {
            const struct disk_log *log = &disk->logs[l];
            for (size_t k = 0;
                 !log->dropped && id_equal(&log->channel_id, &world->circle->channel) &&
                 k < log->live.count;
                 k++)
                if (lacks_body(world, machine, log->live.at[k]))
                    return false;
        }
    }
    return true;
}

/* ---- who is in ---- */

static void judge_roles(const struct holds *holds)
{
    struct world *world = holds->world;
    struct circle *circle = world->circle;
    const struct group_kept *group = vault_group(vault_of(world, holds->machine), &circle->channel);
    struct event event = {.kind = EVENT_REQUEST};
    size_t count = 0;
    event.request.kind = REQUEST_ROLES;
    event.request.channel = group->name;
    circle->row_count = 0;
    machine_step(world, holds->machine, event);
    for (size_t i = 0; i < holds->seats.count; i++) {
        const struct place *place = &holds->seats.list[i];
        bool found = false;
        if (place != seats_in(&holds->seats, &place->member))
            continue;
        count++;
        for (size_t k = 0; k < circle->row_count; k++)
            found = found || (id_equal(&circle->rows[k].id, &place->member) &&
                              circle->rows[k].n == place->role);
        if (!found)
            oracle_fail(world, "%s has not n%d in, with role %d, as the acts say",
                        holds->machine->name, world_whose(world, &place->member), (int)place->role);
    }
    if (count != circle->row_count)
        oracle_fail(world, "%s has %zu in, where %zu are", holds->machine->name, circle->row_count,
                    count);
}

void circle_judge(struct world *world)
{
    size_t readers = 0;
    if (world->circle == NULL)
        return;
    for (int i = 0; i < world->machine_count; i++) {
        struct machine *machine = &world->machines[i];
        circle_look_into(world, machine);
        if (!takes_part(world, machine))
            continue;
        struct holds holds = holds_of(world, machine);
        judge_roles(&holds);
        judge_lines(&holds, true, true);
        readers += holds.own != NULL;
        release(&holds);
    }
    trace(world, "of the private channel: %zu are in, %llu lines were said, %zu acts, %zu epochs\n",
          readers, (unsigned long long)world->circle->said, world->circle->act_count,
          world->circle->epoch_count);
}
