/* Judge, of what is on each disk: each entry was made, stands where it should, is signed well and was shown; and a branch
 * is what it says. */
#include <string.h>

#include "sim/circle.h"
#include "sim/oracle_private.h"
#include "sim/pair.h"

static void judge_signature(struct world *world, const struct machine *machine,
                            const struct kept *kept, struct said *said)
{
    if (!kept->is_signed || (said->is_verified && memcmp(said->verified.b, kept->signature.b,
                                                         sizeof kept->signature.b) == 0))
        return;
    said->verified = kept->signature;
    said->is_verified = entry_verify(&kept->entry, &kept->signature);
    if (!said->is_verified)
        oracle_fail(world, "%s holds %llu of n%d with a wrong signature", machine->name,
                    (unsigned long long)said->seq, said->author);
}

/* The entry stands on the one below it, or on its branch's base, or on what its branch says stands at
 * the end of the hole. */
static bool fits_below(const struct disk *disk, const struct disk_log *log, size_t at)
{
    const struct log_load *load = &log->load;
    const struct entry *entry = &log->live.at[at]->entry;
    const struct entry *below = at > 0 ? &log->live.at[at - 1]->entry : NULL;
    if (below != NULL && below->seq + 1 == entry->seq)
        return id_equal(&entry->prev, &below->id) && entry->lamport > below->lamport;
    if (entry->seq == load->span_from)
        return id_equal(&entry->prev, &load->span_prev);
    if (load->rootless || entry->seq != load->base_seq + 1)
        return false; /* a hole in the whole part, or two entries in one place */
    if (load->base_seq == 0)
        return true;
    const struct kept *base =
        disk_holds(disk, &log->channel_id, &log->author, load->base_seq, &load->base);
    return base != NULL && id_equal(&entry->prev, &load->base) &&
           entry->lamport > base->entry.lamport;
}

/* It is within what its branch says to hold, and on no other branch. */
static bool has_one_place(const struct disk *disk, const struct disk_log *log,
                          const struct entry *entry)
{
    const struct log_load *load = &log->load;
    bool whole = !load->rootless && entry->seq > load->base_seq && entry->seq <= load->seq;
    if (!whole && (entry->seq < load->span_from || entry->seq > load->span_to))
        return false;
    for (const struct disk_log *other = NULL;
         (other = disk_branch(disk, &log->channel_id, &log->author, other)) != NULL;) {
        size_t at = layer_find(&other->live, entry->seq);
        if (other != log && at < other->live.count &&
            id_equal(&other->live.at[at]->entry.id, &entry->id))
            return false;
    }
    return true;
}

/* False when something was wrong. */
static bool judge_entry(struct world *world, const struct machine *machine,
                        const struct disk_log *log, size_t at)
{
    struct ledger *ledger = &world->oracle->ledger;
    const struct kept *kept = log->live.at[at];
    const struct entry *entry = &kept->entry;
    uint32_t number = ledger_by_id(ledger, &entry->id);
    if (number == LEDGER_NONE) {
        oracle_fail(world, "%s holds %llu of n%d, which was never made", machine->name,
                    (unsigned long long)entry->seq, world_whose(world, &entry->author));
        return false;
    }
    struct said *said = &ledger->list[number];
    judge_signature(world, machine, kept, said);
    if (!fits_below(&machine->disk, log, at))
        oracle_fail(world, "%s holds %llu of n%d, which does not fit the one below", machine->name,
                    (unsigned long long)entry->seq, said->author);
    if (!has_one_place(&machine->disk, log, entry))
        oracle_fail(world, "%s holds %llu of n%d in no place, or in two", machine->name,
                    (unsigned long long)entry->seq, said->author);
    if (entry->body.at != NULL && disk_forgets(&machine->disk, entry) &&
        entry->kind != ENTRY_FORGET)
        oracle_fail(world, "%s keeps %llu of n%d, which was taken back", machine->name,
                    (unsigned long long)entry->seq, said->author);
    if ((entry->kind == ENTRY_TEXT || entry->kind == ENTRY_ACTION) && entry->body.at != NULL &&
        oracle_is_in(world, machine, said->channel) &&
        !oracle_seen(&world->oracle->seen[machine->index], number))
        oracle_fail(world, "%s holds %llu of n%d and never showed it", machine->name,
                    (unsigned long long)entry->seq, said->author);
    return oracle_verdict(world) == NULL;
}

/* The same of what only some can read: it stands where it should. */
static bool judge_sealed(struct world *world, const struct machine *machine,
                         const struct disk_log *log, size_t at)
{
    const struct kept *kept = log->live.at[at];
    bool fits = fits_below(&machine->disk, log, at);
    /* Where there is no room what is held above a hole cannot make place for what comes below it. */
    bool alone = has_one_place(&machine->disk, log, &kept->entry) ||
                 disk_is_full(&machine->disk, &log->channel_id, &log->author);
    bool verified = !kept->is_signed || entry_verify(&kept->entry, &kept->signature);
    if (!fits || !alone || !verified)
        oracle_fail(world, "%s holds sealed %llu of n%d, which %s", machine->name,
                    (unsigned long long)kept->entry.seq, world_whose(world, &log->author),
                    !fits    ? "does not fit the one below"
                    : !alone ? "is in no place, or in two"
                             : "is signed wrong");
    return fits && alone && verified;
}

/* What a branch says of itself is what stands on it. */
static bool judge_branch(struct world *world, const struct machine *machine,
                         const struct disk_log *log)
{
    const struct log_load *load = &log->load;
    const struct layer *live = &log->live;
    uint64_t whole = load->rootless ? 0 : load->seq - load->base_seq;
    uint64_t above = load->span_from == 0 ? 0 : load->span_to - load->span_from + 1;
    const struct kept *end = whole > 0 && whole <= live->count ? live->at[whole - 1] : NULL;
    const struct kept *last = live->count > 0 ? live->at[live->count - 1] : NULL;
    if (live->count != whole + above ||
        (end != NULL && (!id_equal(&end->entry.id, &load->tip) || !end->is_signed)) ||
        (above > 0 && (!id_equal(&last->entry.id, &load->span_tip) || !last->is_signed))) {
        oracle_fail(world, "%s: branch %u of n%d is not what it says", machine->name, load->branch,
                    world_whose(world, &log->author));
        return false;
    }
    for (size_t at = 0; at < live->count && circle_is(world, &log->channel_id); at++)
        if (!judge_sealed(world, machine, log, at))
            return false;
    if (pair_is(world, &log->channel_id) || circle_is(world, &log->channel_id))
        return true;
    for (size_t at = 0; at < live->count; at++)
        if (!judge_entry(world, machine, log, at))
            return false;
    return true;
}

void oracle_judge_disks(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        if (machine->liar != NULL || machine->burned)
            continue;
        for (size_t k = 0; k < machine->disk.log_count; k++)
            if (!judge_branch(world, machine, &machine->disk.logs[k]))
                return;
    }
}
