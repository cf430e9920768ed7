/* Judge: the oracle's part after the calm; oracle.c has the list of what it judges. */
#include <stdlib.h>
#include <string.h>

#include "sim/liar.h"
#include "sim/oracle_private.h"

/* Who must agree in a channel: parties[i] is the least number of those that i reaches over honest
 * members; -1: it is not in it. */
struct parties {
    int of[WORLD_MACHINES];
};

static bool takes_part(const struct world *world, const struct machine *machine, int channel)
{
    if (machine->liar != NULL || machine->burned || machine->core == NULL)
        return false;
    for (size_t i = 0; i < machine->config.channel_count; i++)
        if (strcmp(machine->config.channels[i].text, world->channels[channel].text) == 0)
            return true;
    return false;
}

static bool may_link(const struct world *world, int a, int b)
{
    return world->beacons || world->machines[a].types[b] || world->machines[b].types[a];
}

static struct parties parties_of(const struct world *world, int channel)
{
    struct parties parties;
    for (int i = 0; i < world->machine_count; i++)
        parties.of[i] = takes_part(world, &world->machines[i], channel) ? i : -1;
    for (bool changed = true; changed;) {
        changed = false;
        for (int a = 0; a < world->machine_count; a++)
            for (int b = 0; b < world->machine_count; b++)
                if (parties.of[a] >= 0 && parties.of[b] > parties.of[a] && may_link(world, a, b)) {
                    parties.of[b] = parties.of[a];
                    changed = true;
                }
    }
    return parties;
}

/* Of one author's log, what two nodes must have in common. */
static bool same_log(const struct world *world, int channel, int author, int a, int b)
{
    const struct id *id = &world->machines[author].config.identity.node;
    const struct disk_log *one =
        disk_log(&world->machines[a].disk, &world->channel_ids[channel], id);
    const struct disk_log *two =
        disk_log(&world->machines[b].disk, &world->channel_ids[channel], id);
    uint64_t seq_one = one != NULL ? one->live.seq : 0, seq_two = two != NULL ? two->live.seq : 0;
    /* What was below a hole may have burned with its author. */
    bool hole =
        (one != NULL && one->live.above_from != 0) || (two != NULL && two->live.above_from != 0);
    if (seq_one != seq_two || (hole && !world->machines[author].burned))
        return false;
    return seq_one == 0 || id_equal(&one->live.tip, &two->live.tip);
}

static bool must_agree_on(const struct world *world, int author)
{
    const struct liar *liar = world->machines[author].liar;
    return liar == NULL || liar_keeps_one_log(liar);
}

/* Calls it for the first difference: channel, author and the two who differ. */
static bool differs(struct world *world, int found[4])
{
    for (int c = 0; c < WORLD_CHANNELS; c++) {
        struct parties parties = parties_of(world, c);
        for (int b = 0; b < world->machine_count; b++) {
            int a = parties.of[b];
            for (int author = 0; a >= 0 && author < world->machine_count; author++)
                if (must_agree_on(world, author) && !same_log(world, c, author, a, b)) {
                    int difference[4] = {c, author, a, b};
                    memcpy(found, difference, sizeof difference);
                    return true;
                }
        }
    }
    return false;
}

bool oracle_agrees(struct world *world)
{
    int difference[4];
    for (int i = 0; i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        bool away = machine->core == NULL || machine->paused_until_us >= world->now_us;
        if (away && !machine->burned)
            return false;
    }
    return !differs(world, difference);
}

static uint64_t seq_held(const struct world *world, int channel, int author, int who)
{
    const struct disk_log *log = disk_log(&world->machines[who].disk, &world->channel_ids[channel],
                                          &world->machines[author].config.identity.node);
    return log != NULL ? log->live.seq : 0;
}

static void judge_agreement(struct world *world)
{
    int found[4];
    if (differs(world, found))
        oracle_fail(world, "%s: n%d has %llu of n%d, n%d has %llu", world->channels[found[0]].text,
                    found[2], (unsigned long long)seq_held(world, found[0], found[1], found[2]),
                    found[1], found[3],
                    (unsigned long long)seq_held(world, found[0], found[1], found[3]));
}

/* What was confirmed is on its author's disk. */
static void judge_confirmed(struct world *world)
{
    const struct ledger *ledger = &world->oracle->ledger;
    for (size_t i = 0; i < ledger->count; i++) {
        const struct said *said = &ledger->list[i];
        const struct machine *author = &world->machines[said->author];
        if (!said->confirmed || author->burned)
            continue;
        const struct disk_log *log = disk_log(&author->disk, &world->channel_ids[said->channel],
                                              &author->config.identity.node);
        const struct kept *kept = log != NULL ? disk_entry(log, said->seq) : NULL;
        if (kept == NULL || !id_equal(&kept->entry.id, &said->id)) {
            oracle_fail(world, "%s had %llu confirmed and lost it", author->name,
                        (unsigned long long)said->seq);
            return;
        }
    }
}

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

/* False when something was wrong. */
static bool judge_entry(struct world *world, const struct machine *machine,
                        const struct disk_log *log, size_t at)
{
    struct ledger *ledger = &world->oracle->ledger;
    const struct kept *kept = log->kept[at], *below = at > 0 ? log->kept[at - 1] : NULL;
    const struct entry *entry = &kept->entry;
    uint32_t number = ledger_by_id(ledger, &entry->id);
    if (number == LEDGER_NONE) {
        oracle_fail(world, "%s holds %llu of n%d, which was never made", machine->name,
                    (unsigned long long)entry->seq, world_whose(world, &entry->author));
        return false;
    }
    struct said *said = &ledger->list[number];
    judge_signature(world, machine, kept, said);
    if (below != NULL && below->entry.seq + 1 == entry->seq &&
        (!id_equal(&entry->prev, &below->entry.id) || entry->lamport <= below->entry.lamport))
        oracle_fail(world, "%s holds %llu of n%d, which does not fit the one below", machine->name,
                    (unsigned long long)entry->seq, said->author);
    if (entry->seq <= log->live.seq && at + 1 != entry->seq)
        oracle_fail(world, "%s announces a log of n%d with a hole", machine->name, said->author);
    if ((entry->kind == ENTRY_TEXT || entry->kind == ENTRY_ACTION) &&
        !oracle_seen(&world->oracle->seen[machine->index], said->author, said->channel, entry->seq))
        oracle_fail(world, "%s holds %llu of n%d and never showed it", machine->name,
                    (unsigned long long)entry->seq, said->author);
    return oracle_verdict(world) == NULL;
}

static void judge_disks(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        if (machine->liar != NULL || machine->burned)
            continue;
        for (size_t k = 0; k < machine->disk.log_count; k++)
            for (size_t at = 0; at < machine->disk.logs[k].count; at++)
                if (!judge_entry(world, machine, &machine->disk.logs[k], at))
                    return;
    }
}

void oracle_judge(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++)
        if (world->machines[i].core == NULL && !world->machines[i].burned)
            oracle_fail(world, "n%d is down at the end", i);
    judge_agreement(world);
    judge_confirmed(world);
    judge_disks(world);
    if (world->plan.weather == 0 && world->plan.liars == 0 &&
        world->oracle->confirmed != world->said)
        oracle_fail(world, "%llu lines were said and %llu confirmed",
                    (unsigned long long)world->said, (unsigned long long)world->oracle->confirmed);
}
