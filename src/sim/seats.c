/* Seats: by the letter, and without any haste: no list is sorted, nothing is found but by looking through all. */
#include "sim/seats.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/circle.h"

struct looking {
    struct seats *seats;
    const struct act *acts;
    size_t count;
};

const struct place *seats_in(const struct seats *seats, const struct id *member)
{
    const struct place *in = NULL;
    for (size_t i = 0; i < seats->count; i++)
        if (seats->list[i].in && id_equal(&seats->list[i].member, member) &&
            (in == NULL || seats->list[i].role > in->role))
            in = &seats->list[i];
    return in;
}

static bool hangs_below(const struct seats *seats, const struct place *place,
                        const struct place *other)
{
    for (int at = place->above; at >= 0; at = seats->list[at].above)
        if (&seats->list[at] == other)
            return true;
    return false;
}

static const struct act *act_of(const struct looking *looking, const struct id *id)
{
    for (size_t i = 0; i < looking->count; i++)
        if (id_equal(&looking->acts[i].id, id))
            return &looking->acts[i];
    return NULL;
}

/* True when the act is `last`, or stands before that in the chain. */
static bool is_in_chain(const struct looking *looking, const struct act *act, const struct id *last)
{
    const struct act *at = act_of(looking, last);
    for (size_t steps = 0; at != NULL && steps <= looking->count; steps++) {
        if (!id_equal(&at->author, &act->author))
            return false;
        if (at == act)
            return true;
        at = act_of(looking, &at->last);
    }
    return false;
}

static bool is_of(const struct place *place, const struct act *act)
{
    return act->term == place->term && id_equal(&act->author, &place->member);
}

static bool is_by(const struct place *place, const struct act *act)
{
    return is_of(place, act) && id_equal(&act->by, &place->admit);
}

static bool leaves(const struct act *act)
{
    return act->kind == ENTRY_REMOVE && id_equal(&act->member, &act->author);
}

/* Rule 1. */
static void cut_from_above(const struct looking *looking, struct place *place)
{
    const struct seats *seats = looking->seats;
    const struct act *lowest = NULL;
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *act = &looking->acts[i];
        bool above = false;
        for (size_t k = 0; k < seats->count && !above; k++)
            above = is_by(&seats->list[k], act) && hangs_below(seats, place, &seats->list[k]);
        if (act->kind != ENTRY_REMOVE || !seats->counts[i] || leaves(act) || !above ||
            !id_equal(&act->member, &place->member) || act->member_term < place->term)
            continue;
        if (lowest == NULL || act->cut_seq < lowest->cut_seq ||
            (act->cut_seq == lowest->cut_seq && id_compare(&act->id, &lowest->id) < 0))
            lowest = act;
    }
    if (lowest == NULL)
        return;
    place->cut = true;
    place->cut_seq = lowest->cut_seq;
    place->cut_tip = lowest->cut_tip;
    place->his = lowest->cut_last;
}

static bool stands(const struct looking *looking, const struct place *place, const struct act *act)
{
    return is_of(place, act) && (!place->cut || is_in_chain(looking, act, &place->his));
}

/* Rules 2 and 3. */
static void count_acts(const struct looking *looking, struct place *place)
{
    const struct act *first = NULL;
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *act = &looking->acts[i];
        if (leaves(act) && act->member_term >= place->term && stands(looking, place, act) &&
            (first == NULL || act->seq < first->seq ||
             (act->seq == first->seq && id_compare(&act->id, &first->id) < 0)))
            first = act;
    }
    if (first != NULL) {
        place->cut = true;
        place->cut_seq = first->seq;
        place->cut_tip = place->his = first->id;
    }
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *act = &looking->acts[i];
        bool any = act->kind == ENTRY_EPOCH || leaves(act);
        if (stands(looking, place, act) && (any || id_equal(&act->by, &place->admit)))
            looking->seats->counts[i] = true;
    }
}

static size_t removals_of(const struct looking *looking, const struct id *member)
{
    size_t count = 0;
    for (size_t i = 0; i < looking->count; i++)
        count +=
            looking->acts[i].kind == ENTRY_REMOVE && id_equal(&looking->acts[i].member, member);
    return count;
}

/* Rule 4. */
static void seat_by(const struct looking *looking, size_t above)
{
    struct seats *seats = looking->seats;
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *act = &looking->acts[i];
        const struct place *place = &seats->list[above];
        if (act->kind != ENTRY_ADMIT || !seats->counts[i] || place->role == ROLE_MEMBER ||
            !is_by(place, act) ||
            (act->member_term == 0 && id_equal(&act->member, &seats->list[0].member)) ||
            act->member_term > removals_of(looking, &act->member))
            continue;
        CHECK(seats->count < SEATS_MOST);
        seats->list[seats->count++] =
            (struct place){.member = act->member,
                           .admit = act->id,
                           .term = act->member_term,
                           .above = (int)above,
                           .level = place->level + 1,
                           .role = act->may_invite ? ROLE_INVITER : ROLE_MEMBER,
                           .history = act->history,
                           .lamport = act->lamport};
    }
}

/* Of two seats of one member: the lower term, the higher role, the older. */
static bool comes_before(const struct place *a, const struct place *b)
{
    if (!id_equal(&a->member, &b->member))
        return false;
    if (a->term != b->term)
        return a->term < b->term;
    if ((a->role == ROLE_MEMBER) != (b->role == ROLE_MEMBER))
        return b->role == ROLE_MEMBER;
    return a->lamport != b->lamport ? a->lamport < b->lamport
                                    : id_compare(&a->admit, &b->admit) < 0;
}

void seats_find(struct seats *seats, const struct id *founder, const struct act *acts, size_t count)
{
    struct looking looking = {seats, acts, count};
    seats->list = calloc(SEATS_MOST, sizeof *seats->list);
    seats->counts = calloc(count + 1, sizeof *seats->counts);
    CHECK(seats->list != NULL && seats->counts != NULL);
    seats->list[0] =
        (struct place){.member = *founder, .above = -1, .role = ROLE_FOUNDER, .history = true};
    seats->count = 1;
    for (size_t from = 0, to = 1; from < to; from = to, to = seats->count) {
        for (size_t i = from; i < to; i++) {
            if (i > 0)
                cut_from_above(&looking, &seats->list[i]);
            count_acts(&looking, &seats->list[i]);
        }
        for (size_t i = from; i < to; i++)
            seat_by(&looking, i);
    }
    for (size_t i = 0; i < seats->count; i++) {
        struct place *place = &seats->list[i];
        place->in = !place->cut;
        for (size_t k = 0; k < seats->count; k++)
            place->in = place->in && !(!seats->list[k].cut && comes_before(&seats->list[k], place));
    }
}

void seats_release(struct seats *seats)
{
    free(seats->list);
    free(seats->counts);
}

bool seats_knows(const struct seats *seats, const struct act *epoch, const struct place *place,
                 uint64_t adrift)
{
    bool knows = id_equal(&epoch->author, &place->member);
    for (size_t i = 0; i < epoch->count && !knows; i++)
        knows = memcmp(epoch->rows + i * ACT_ROW, place->member.b, ACT_SHORT) == 0;
    return knows ||
           (place->history && place->lamport > epoch->lamport && place->lamport < adrift &&
            place->above >= 0 && seats_knows(seats, epoch, &seats->list[place->above], adrift));
}

bool seats_member_knows(const struct seats *seats, const struct act *epoch, const struct id *member)
{
    for (size_t i = 0; i < seats->count; i++)
        if (seats->list[i].in && id_equal(&seats->list[i].member, member) &&
            seats_knows(seats, epoch, &seats->list[i], UINT64_MAX))
            return true;
    return false;
}

/* By one seat of his, of that term. */
static enum part part_by(const struct place *place, const struct disk *disk,
                         const struct entry *entry)
{
    if (!place->cut || id_equal(&entry->id, &place->cut_tip))
        return PART_IN;
    if (entry->seq >= place->cut_seq)
        return PART_OUT;
    struct id id = place->cut_tip;
    for (uint64_t seq = place->cut_seq; seq > entry->seq; seq--) {
        const struct kept *kept = disk_find(disk, &entry->channel, &entry->author, seq, &id);
        if (kept == NULL)
            return PART_OPEN;
        id = kept->entry.prev;
    }
    return id_equal(&id, &entry->id) ? PART_IN : PART_OUT;
}

enum part seats_part(const struct seats *seats, const struct disk *disk, const struct entry *entry)
{
    enum part part = PART_OUT;
    for (size_t i = 0; i < seats->count && part != PART_IN; i++) {
        const struct place *place = &seats->list[i];
        if (place->term != entry->flags || !id_equal(&place->member, &entry->author))
            continue;
        enum part by = part_by(place, disk, entry);
        part = by == PART_OUT ? part : by;
    }
    return part;
}

static bool is_among(const struct act *acts, size_t count, const struct id *id)
{
    for (size_t i = 0; i < count; i++)
        if (id_equal(&acts[i].id, id))
            return true;
    return false;
}

/* Those on its disk; and those that are at hand when a channel that was left was let go of. */
size_t seats_acts(const struct world *world, const struct machine *machine, struct act **acts)
{
    const struct disk *disk = &machine->disk;
    const struct vault *vault = vault_of(world, machine);
    const struct id *channel = &world->circle->channel;
    size_t count = 0, most = vault->act_count;
    for (size_t i = 0; i < disk->log_count; i++)
        most += disk->logs[i].live.count;
    *acts = calloc(most + 1, sizeof **acts);
    CHECK(*acts != NULL);
    for (size_t i = 0; i < disk->log_count; i++) {
        const struct disk_log *log = &disk->logs[i];
        for (size_t k = 0;
             !log->dropped && id_equal(&log->channel_id, channel) && k < log->live.count; k++)
            count += act_read(&log->live.at[k]->entry, &(*acts)[count]);
    }
    for (size_t i = 0; i < vault->act_count; i++) {
        const struct vault_act *kept = &vault->acts[i];
        struct entry entry;
        if (!id_equal(&kept->channel, channel) || is_among(*acts, count, &kept->id) ||
            !entry_read_header(&entry, kept->entry->at))
            continue;
        entry.body = (struct bytes){kept->entry->at + ENTRY_HEADER_BYTES,
                                    kept->entry->size - ENTRY_HEADER_BYTES};
        entry_finish(&entry);
        count += act_read(&entry, &(*acts)[count]);
    }
    return count;
}
