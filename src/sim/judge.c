/* Judge: the oracle's part after the calm; oracle.c has the list of what it judges. */
#include <stdlib.h>
#include <string.h>

#include "core/link.h"
#include "sim/circle.h"
#include "sim/liar.h"
#include "sim/oracle_private.h"
#include "sim/pair.h"

#define CORE_ROOM  16 /* what a list has room for at first */
#define SLOT_BYTES (2 * sizeof(struct id) + 16)
#define STEP_MOST  ((size_t)2 * 1024 * 1024) /* what one step may take, and is kept for the next */

/* Who must agree in a channel: parties[i] is the least number of those that i reaches over honest
 * members, and over those who carry; -1: it is not in it. */
struct parties {
    int of[WORLD_MACHINES];
};

/* The channels that nodes agree on: beside those that are open the private one. */
static int channel_count(const struct world *world)
{
    return WORLD_CHANNELS + (world->circle != NULL && world->circle->made);
}

static const struct id *channel_at(const struct world *world, int channel)
{
    return channel < WORLD_CHANNELS ? &world->channel_ids[channel] : &world->circle->channel;
}

static bool takes_part(const struct world *world, const struct machine *machine, int channel)
{
    return machine->liar == NULL && !machine->burned && machine->core != NULL &&
           (channel < WORLD_CHANNELS ? oracle_is_in(world, machine, channel)
                                     : circle_takes(world, machine));
}

static bool may_link(const struct world *world, int a, int b)
{
    const struct machine *one = &world->machines[a], *other = &world->machines[b];
    return (world->beacons || one->types[b] || other->types[a]) &&
           !(one->behind_router && other->behind_router);
}

/* Those who are no members, and so near to one that they carry for him. */
static void add_carriers(const struct world *world, struct parties *parties)
{
    for (int hops = CARRY_HOPS; hops > 1; hops--) {
        struct parties before = *parties;
        for (int a = 0; a < world->machine_count; a++) {
            const struct machine *machine = &world->machines[a];
            bool near = false;
            for (int b = 0; b < world->machine_count; b++)
                near = near || (before.of[b] >= 0 && may_link(world, a, b));
            if (near && parties->of[a] < 0 && machine->liar == NULL && !machine->burned &&
                machine->core != NULL)
                parties->of[a] = a;
        }
    }
}

static struct parties parties_of(const struct world *world, int channel)
{
    struct parties parties;
    for (int i = 0; i < world->machine_count; i++)
        parties.of[i] = takes_part(world, &world->machines[i], channel) ? i : -1;
    /* Where there are more not all are linked that may be. */
    if (world->carry_bytes >= CARRY_BYTES && world->machine_count <= LINKS_MESH)
        add_carriers(world, &parties);
    for (bool changed = true; changed;) {
        changed = false;
        for (int a = 0; a < world->machine_count; a++)
            for (int b = 0; b < world->machine_count; b++)
                if (parties.of[a] >= 0 && parties.of[b] > parties.of[a] && may_link(world, a, b)) {
                    parties.of[b] = parties.of[a];
                    changed = true;
                }
    }
    /* What a party must agree on is what its members hold: a carrier neither stands for it nor is in it. */
    struct parties members = parties;
    for (int i = 0; i < world->machine_count; i++) {
        int first = 0;
        while (first < i && (parties.of[first] != parties.of[i] ||
                             !takes_part(world, &world->machines[first], channel)))
            first++;
        members.of[i] = takes_part(world, &world->machines[i], channel) ? first : -1;
    }
    return members;
}

/* ---- agreement ---- */

struct leaves { /* of an author's branches on one node, sorted: what its digest is made of */
    struct head at[LIMIT_BRANCHES];
    size_t count;
    bool full;   /* there is no room for a further branch */
    bool gaping; /* a hole, of which some of the party holds the end */
};

/* True when another branch goes on from the end of this one. */
static bool goes_on(const struct disk *disk, const struct disk_log *end)
{
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, &end->channel_id, &end->author, log)) != NULL;)
        if (log != end && !log->load.rootless && log->load.seq > log->load.base_seq &&
            log->load.base_seq == end->load.seq && id_equal(&log->load.base, &end->load.tip))
            return true;
    return false;
}

static bool party_holds(const struct world *world, const struct parties *parties, int party,
                        const struct disk_log *log)
{
    for (int i = 0; i < world->machine_count; i++)
        if (parties->of[i] == party &&
            disk_holds(&world->machines[i].disk, &log->channel_id, &log->author,
                       log->load.span_from - 1, &log->load.span_prev) != NULL)
            return true;
    return false;
}

static struct leaves leaves_of(const struct world *world, const struct parties *parties, int who,
                               int channel, int author)
{
    struct leaves leaves = {0};
    const struct disk *disk = &world->machines[who].disk;
    const struct id *id = &world->machines[author].config.identity.node;
    size_t branches = 0;
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, channel_at(world, channel), id, log)) != NULL;) {
        const struct log_load *load = &log->load;
        branches++;
        /* What was below a hole may be nowhere: burned, taken back by a backup, or a lie. */
        if (load->span_from > 1 && party_holds(world, parties, parties->of[who], log))
            leaves.gaping = true;
        if (load->rootless || load->seq <= load->base_seq || goes_on(disk, log) ||
            leaves.count == LIMIT_BRANCHES)
            continue;
        size_t at = leaves.count++;
        for (; at > 0 && memcmp(leaves.at[at - 1].tip.b, load->tip.b, sizeof load->tip.b) > 0; at--)
            leaves.at[at] = leaves.at[at - 1];
        leaves.at[at] = (struct head){.author = *id, .seq = load->seq, .tip = load->tip};
    }
    leaves.full = branches >= LIMIT_BRANCHES;
    return leaves;
}

static bool same_leaves(const struct leaves *one, const struct leaves *two)
{
    if (one->full || two->full) /* what else there is was declined */
        return true;
    if (one->gaping || two->gaping || one->count != two->count)
        return false;
    for (size_t i = 0; i < one->count; i++)
        if (one->at[i].seq != two->at[i].seq || !id_equal(&one->at[i].tip, &two->at[i].tip))
            return false;
    return true;
}

static bool must_agree_on(const struct world *world, int author)
{
    const struct liar *liar = world->machines[author].liar;
    return liar == NULL || liar_has_base(liar);
}

/* The first difference: channel, author and the two who differ. */
static bool differs(struct world *world, int found[4])
{
    for (int c = 0; c < channel_count(world); c++) {
        struct parties parties = parties_of(world, c);
        for (int author = 0; author < world->machine_count; author++) {
            struct leaves first = {0};
            int of = -1;
            for (int b = 0; b < world->machine_count && must_agree_on(world, author); b++) {
                int a = parties.of[b];
                if (a < 0)
                    continue;
                if (of != a)
                    first = leaves_of(world, &parties, a, c, author);
                of = a;
                struct leaves other = leaves_of(world, &parties, b, c, author);
                if (!same_leaves(&first, &other)) {
                    int difference[4] = {c, author, a, b};
                    memcpy(found, difference, sizeof difference);
                    return true;
                }
            }
        }
    }
    return false;
}

static const struct kept *whole_at(const struct world *world, const struct said *said, int who)
{
    return disk_holds(&world->machines[who].disk, &world->channel_ids[said->channel],
                      &world->machines[said->author].config.identity.node, said->seq, &said->id);
}

/* True when somebody of the party has heard that its author took it back: who held a FORGET above a
 * hole may be the only one, when a backup has undone it for its author. */
static bool is_taken_back(const struct world *world, const struct parties *parties,
                          const struct said *said, int party)
{
    for (int i = 0; i < world->machine_count; i++) {
        const struct kept *kept = parties->of[i] != party ? NULL : whole_at(world, said, i);
        if (kept != NULL && kept->forgotten)
            return true;
    }
    return false;
}

/* Of what was said, the first of which a node of a party lacks the body that another of it has; -1:
 * none. */
static long lacks_body(const struct world *world, int *lacks, int *has)
{
    const struct ledger *ledger = &world->oracle->ledger;
    for (int c = 0; c < WORLD_CHANNELS; c++) {
        struct parties parties = parties_of(world, c);
        for (size_t n = 0; n < ledger->count; n++) {
            const struct said *said = &ledger->list[n];
            int holders[WORLD_MACHINES];
            memset(holders, -1, sizeof holders);
            for (int twice = 0; twice < 2 && said->channel == c; twice++)
                for (int i = 0; i < world->machine_count; i++) {
                    int party = parties.of[i];
                    const struct kept *kept = party < 0 ? NULL : whole_at(world, said, i);
                    if (kept == NULL || kept->forgotten)
                        continue;
                    if (kept->entry.body.at != NULL)
                        holders[party] = i;
                    else if (holders[party] >= 0 && !is_taken_back(world, &parties, said, party)) {
                        *lacks = i;
                        *has = holders[party];
                        return (long)n;
                    }
                }
        }
    }
    return -1;
}

bool oracle_agrees(struct world *world)
{
    int difference[4], lacks, has;
    for (int i = 0; i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        bool away = machine->core == NULL || machine->paused_until_us >= world->now_us;
        if (away && !machine->burned)
            return false;
    }
    return !differs(world, difference) && lacks_body(world, &lacks, &has) < 0 &&
           pair_agrees(world) && circle_is_whole(world);
}

static size_t say_leaves(const struct leaves *leaves, char *out, size_t room)
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < leaves->count && i < 6; i++)
        size += (size_t)snprintf(out + size, room - size, " %llu:%02x%02x",
                                 (unsigned long long)leaves->at[i].seq, leaves->at[i].tip.b[0],
                                 leaves->at[i].tip.b[1]);
    if (leaves->gaping)
        size += (size_t)snprintf(out + size, room - size, " and a hole");
    return size;
}

static void judge_agreement(struct world *world)
{
    int found[4];
    char one[120], two[120];
    if (!differs(world, found))
        return;
    struct parties parties = parties_of(world, found[0]);
    struct leaves leaves = leaves_of(world, &parties, found[2], found[0], found[1]);
    say_leaves(&leaves, one, sizeof one);
    leaves = leaves_of(world, &parties, found[3], found[0], found[1]);
    say_leaves(&leaves, two, sizeof two);
    oracle_fail(world, "%s: of n%d, n%d has%s, n%d has%s",
                found[0] < WORLD_CHANNELS ? world->channels[found[0]].text : "#plans", found[1],
                found[2], one, found[3], two);
}

/* ---- what was confirmed ---- */

/* Where one of a party holds it whole, all do; but where there was no room for so many branches. */
static void judge_party(struct world *world, const struct parties *parties, const struct said *said)
{
    int holds[WORLD_MACHINES];
    for (int i = 0; i < world->machine_count; i++)
        holds[i] = -1;
    for (int i = 0; i < world->machine_count; i++)
        if (parties->of[i] >= 0 && whole_at(world, said, i) != NULL)
            holds[parties->of[i]] = i;
    for (int i = 0; i < world->machine_count; i++) {
        if (parties->of[i] < 0 || holds[parties->of[i]] < 0 || whole_at(world, said, i) != NULL)
            continue;
        struct leaves leaves = leaves_of(world, parties, i, said->channel, said->author);
        if (!leaves.full)
            oracle_fail(world, "n%d lacks %llu of n%d, which n%d holds", i,
                        (unsigned long long)said->seq, said->author, holds[parties->of[i]]);
    }
}

static void judge_confirmed(struct world *world)
{
    const struct ledger *ledger = &world->oracle->ledger;
    struct parties parties[WORLD_CHANNELS];
    for (int c = 0; c < WORLD_CHANNELS; c++)
        parties[c] = parties_of(world, c);
    for (size_t n = 0; n < ledger->count && oracle_verdict(world) == NULL; n++) {
        const struct said *said = &ledger->list[n];
        const struct machine *author = &world->machines[said->author];
        for (int i = 0; i < world->machine_count; i++)
            if ((said->held >> i & 1) != 0 &&
                disk_find(&world->machines[i].disk, &world->channel_ids[said->channel],
                          &author->config.identity.node, said->seq, &said->id) == NULL)
                oracle_fail(world, "n%d had %llu of n%d on its disk and lost it", i,
                            (unsigned long long)said->seq, said->author);
        if (!said->confirmed)
            continue;
        if (!author->burned && author->restored == 0 && whole_at(world, said, said->author) == NULL)
            oracle_fail(world, "%s had %llu confirmed and lost it", author->name,
                        (unsigned long long)said->seq);
        judge_party(world, &parties[said->channel], said);
    }
}

static void judge_bodies(struct world *world)
{
    int lacks, has;
    long n = lacks_body(world, &lacks, &has);
    if (n >= 0)
        oracle_fail(world, "n%d lacks the body of %llu of n%d, which n%d has", lacks,
                    (unsigned long long)world->oracle->ledger.list[n].seq,
                    world->oracle->ledger.list[n].author, has);
}

/* ---- the end ---- */

size_t oracle_memory(const struct world *world)
{
    size_t most = 0;
    for (int i = 0; i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        if (machine->core != NULL && machine->liar == NULL && core_bytes(machine->core) > most)
            most = core_bytes(machine->core);
    }
    return most;
}

/* Lists may be twice as long as what is in them. Liars may have spoken of as many authors as a
 * channel takes. */
static void judge_memory(struct world *world)
{
    const struct oracle *oracle = world->oracle;
    for (int i = 0; i < world->machine_count; i++) {
        const struct machine *machine = &world->machines[i];
        if (machine->core == NULL || machine->liar != NULL)
            continue;
        size_t logs = machine->disk.log_count + WORLD_CHANNELS * (size_t)world->machine_count;
        if (world->plan.liars > 0)
            logs += WORLD_CHANNELS * LIMIT_LOGS;
        size_t most = oracle->core_new + 2 * logs * (sizeof(struct log) + SLOT_BYTES) +
                      2 * (oracle->effects_most + CORE_ROOM) * sizeof(struct effect) +
                      LINKS_ROOM * sizeof(struct link) + STEP_MOST;
        if (core_bytes(machine->core) > most)
            oracle_fail(world, "n%d: a core of %zu bytes, where %zu would do", i,
                        core_bytes(machine->core), most);
    }
}

void oracle_judge(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++)
        if (world->machines[i].core == NULL && !world->machines[i].burned)
            oracle_fail(world, "n%d is down at the end", i);
    judge_agreement(world);
    judge_confirmed(world);
    judge_bodies(world);
    oracle_judge_disks(world);
    judge_memory(world);
    pair_judge(world);
    circle_judge(world);
    if (world->plan.weather == 0 && world->plan.liars == 0 &&
        world->oracle->confirmed != world->said)
        oracle_fail(world, "%llu lines were said and %llu confirmed",
                    (unsigned long long)world->said, (unsigned long long)world->oracle->confirmed);
}
