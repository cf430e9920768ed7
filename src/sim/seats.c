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

static bool is_seat(const struct place *place, const struct id *member, uint16_t term)
{
    return place->term == term && id_equal(&place->member, member);
}

const struct place *seats_of(const struct seats *seats, const struct id *member, uint16_t term)
{
    for (size_t i = 0; i < seats->count; i++)
        if (is_seat(&seats->list[i], member, term))
            return &seats->list[i];
    return NULL;
}

const struct place *seats_in(const struct seats *seats, const struct id *member)
{
    for (size_t i = 0; i < seats->count; i++)
        if (seats->list[i].in && id_equal(&seats->list[i].member, member))
            return &seats->list[i];
    return NULL;
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

/* Rule 1. */
static void cut_from_above(const struct looking *looking, struct place *place)
{
    const struct act *lowest = NULL;
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *act = &looking->acts[i];
        const struct place *his = seats_of(looking->seats, &act->author, act->term);
        if (act->kind != ENTRY_REMOVE || !looking->seats->counts[i] || his == NULL ||
            !id_equal(&act->member, &place->member) || act->member_term < place->term ||
            !hangs_below(looking->seats, place, his))
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

/* Rule 3, as far as rule 1 goes; then rule 2, and 3 again. */
static void count_acts(const struct looking *looking, struct place *place)
{
    const struct act *leaves = NULL;
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *act = &looking->acts[i];
        if (!is_seat(place, &act->author, act->term))
            continue;
        looking->seats->counts[i] = !place->cut || is_in_chain(looking, act, &place->his);
        if (place->above >= 0 && looking->seats->counts[i] && act->kind == ENTRY_REMOVE &&
            id_equal(&act->member, &act->author) && act->member_term >= place->term &&
            (leaves == NULL || act->seq < leaves->seq ||
             (act->seq == leaves->seq && id_compare(&act->id, &leaves->id) < 0)))
            leaves = act;
    }
    if (leaves == NULL)
        return;
    place->cut = true;
    place->cut_seq = leaves->seq;
    place->cut_tip = place->his = leaves->id;
    for (size_t i = 0; i < looking->count; i++)
        if (is_seat(place, &looking->acts[i].author, looking->acts[i].term))
            looking->seats->counts[i] = is_in_chain(looking, &looking->acts[i], &place->his);
}

static bool is_before(const struct act *a, const struct act *b)
{
    if (a->lamport != b->lamport)
        return a->lamport < b->lamport;
    int order = id_compare(&a->author, &b->author);
    if (order != 0)
        return order < 0;
    return a->seq != b->seq ? a->seq < b->seq : id_compare(&a->id, &b->id) < 0;
}

/* An admit of that level that counts. */
static bool admits(const struct looking *looking, size_t index, uint32_t level)
{
    const struct act *act = &looking->acts[index];
    const struct place *his = seats_of(looking->seats, &act->author, act->term);
    return act->kind == ENTRY_ADMIT && looking->seats->counts[index] && his != NULL &&
           his->level == level && his->role != ROLE_MEMBER &&
           !id_equal(&act->member, &looking->seats->list[0].member);
}

/* Rule 4. */
static void seat_by(const struct looking *looking, const struct act *act, uint32_t level)
{
    struct seats *seats = looking->seats;
    const struct act *first = act;
    struct place place = {.member = act->member, .term = act->member_term, .level = level + 1};
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *other = &looking->acts[i];
        if (admits(looking, i, level) && is_seat(&place, &other->member, other->member_term) &&
            is_before(other, first))
            first = other;
    }
    const struct place *above = seats_of(seats, &first->author, first->term);
    place.above = (int)(above - seats->list);
    place.lamport = first->lamport;
    for (size_t i = 0; i < looking->count; i++) {
        const struct act *other = &looking->acts[i];
        if (!admits(looking, i, level) || !is_seat(&place, &other->member, other->member_term) ||
            !is_seat(above, &other->author, other->term))
            continue;
        place.role = other->may_invite ? ROLE_INVITER : place.role;
        place.history = place.history || other->history;
    }
    CHECK(seats->count < SEATS_MOST);
    seats->list[seats->count++] = place;
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
        uint32_t level = seats->list[from].level;
        for (size_t i = from; i < to; i++) {
            if (i > 0)
                cut_from_above(&looking, &seats->list[i]);
            count_acts(&looking, &seats->list[i]);
        }
        for (size_t i = 0; i < count; i++)
            if (admits(&looking, i, level) &&
                seats_of(seats, &acts[i].member, acts[i].member_term) == NULL)
                seat_by(&looking, &acts[i], level);
    }
    for (size_t i = 0; i < seats->count; i++) {
        struct place *place = &seats->list[i];
        place->in = !place->cut;
        for (size_t k = 0; k < seats->count; k++)
            place->in = place->in && !(!seats->list[k].cut && seats->list[k].term < place->term &&
                                       id_equal(&seats->list[k].member, &place->member));
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

enum part seats_part(const struct seats *seats, const struct disk *disk, const struct entry *entry)
{
    const struct place *place = seats_of(seats, &entry->author, entry->flags);
    if (place == NULL)
        return PART_OUT;
    if (!place->cut || id_equal(&entry->id, &place->cut_tip))
        return PART_IN;
    if (entry->seq >= place->cut_seq)
        return PART_OUT;
    uint64_t seq = place->cut_seq;
    struct id id = place->cut_tip;
    for (; seq > entry->seq; seq--) {
        const struct kept *kept = disk_find(disk, &entry->channel, &entry->author, seq, &id);
        if (kept == NULL)
            return PART_OPEN;
        id = kept->entry.prev;
    }
    return id_equal(&id, &entry->id) ? PART_IN : PART_OUT;
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
