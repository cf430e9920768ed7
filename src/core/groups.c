/* Groups: the tables of private channels. group.c and the files beside it decide what happens with them.
 *
 * 1. An act stands once in a group, whoever brought it; who is in is computed anew when it is asked for after
 *    one came.
 * 2. Two epochs may have one short name (their maker can look for such): all of that name are tried.
 */
#include "core/groups.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/grown.h"

/* ---- one group ---- */

struct group *group_new(const struct group_kept *kept, const uint8_t table_key[16])
{
    struct group *group = calloc(1, sizeof *group);
    CHECK(group != NULL);
    group->kept = *kept;
    group->changed = true;
    group->own = UINT32_MAX;
    group->tell_at_ms = group->compare_at_ms = group->ask_at_ms = group->seek_at_ms = UINT64_MAX;
    table_init(&group->act_ids, table_key);
    return group;
}

void group_free(struct group *group)
{
    if (group == NULL)
        return;
    for (size_t i = 0; i < group->epoch_count; i++)
        free(group->epochs[i].rows);
    guarded_free(group->epochs);
    guarded_free(group->keys);
    grown_free(group->acts, group->act_count * sizeof *group->acts);
    free(group->cuts);
    table_release(&group->act_ids);
    members_release(&group->members);
    sodium_memzero(group, sizeof *group);
    free(group);
}

size_t group_bytes(const struct group *group)
{
    size_t bytes = sizeof *group + group->act_room * sizeof *group->acts +
                   table_bytes(&group->act_ids) + members_bytes(&group->members) +
                   group->epoch_room * sizeof *group->epochs +
                   group->key_room * sizeof *group->keys + group->cut_count * sizeof *group->cuts;
    for (size_t i = 0; i < group->epoch_count; i++)
        bytes += group->epochs[i].count * (size_t)ACT_SHORT;
    return bytes;
}

const struct members *group_members(struct group *group)
{
    if (group->changed) {
        members_compute(&group->members, &group->kept.founder, group->acts, group->act_count);
        group->current_known = false;
    }
    group->changed = false;
    return &group->members;
}

bool group_add_act(struct group *group, const struct act *act, uint32_t *added)
{
    bool founder = id_equal(&act->author, &group->kept.founder);
    size_t most = founder ? LIMIT_ACTS : LIMIT_ACTS - LIMIT_ACTS_KEPT, of_author = 0;
    if (table_get(&group->act_ids, &act->id) != TABLE_NONE || group->act_count >= most)
        return false;
    for (size_t i = 0; !founder && group->act_count >= LIMIT_ACTS_BY && i < group->act_count; i++)
        of_author += id_equal(&group->acts[i].author, &act->author);
    if (of_author >= LIMIT_ACTS_BY)
        return false;
    group->acts = grown(group->acts, group->act_count, &group->act_room, sizeof *group->acts);
    *added = (uint32_t)group->act_count;
    table_put(&group->act_ids, &act->id, *added);
    group->acts[group->act_count] = *act;
    group->acts[group->act_count++].rows = NULL;
    group->changed = true;
    return true;
}

struct epoch *group_add_epoch(struct group *group, uint32_t index, const struct act *act)
{
    group->epochs =
        grown_guarded(group->epochs, group->epoch_count, &group->epoch_room, sizeof *group->epochs);
    struct epoch *epoch = &group->epochs[group->epoch_count++];
    *epoch = (struct epoch){.act = index, .e = act->e, .count = act->count};
    memcpy(epoch->check, act->check, sizeof epoch->check);
    epoch->rows = calloc(act->count + (size_t)1, sizeof *epoch->rows);
    CHECK(epoch->rows != NULL);
    for (size_t i = 0; i < act->count; i++)
        memcpy(epoch->rows[i], act->rows + i * ACT_ROW, ACT_SHORT);
    return epoch;
}

const struct act *group_act(const struct group *group, const struct epoch *epoch)
{
    return &group->acts[epoch->act];
}

struct epoch *group_epoch(struct group *group, const uint8_t name[ACT_SHORT],
                          const struct epoch *after)
{
    size_t i = after == NULL ? 0 : (size_t)(after - group->epochs) + 1;
    for (; i < group->epoch_count; i++)
        if (memcmp(group->acts[group->epochs[i].act].id.b, name, ACT_SHORT) == 0)
            return &group->epochs[i];
    return NULL;
}

bool group_add_key(struct group *group, const struct loose_key *key)
{
    if (group->key_count == LIMIT_GROUP_KEYS)
        return false;
    for (size_t i = 0; i < group->key_count; i++)
        if (memcmp(&group->keys[i], key, sizeof *key) == 0)
            return false;
    group->keys =
        grown_guarded(group->keys, group->key_count, &group->key_room, sizeof *group->keys);
    group->keys[group->key_count++] = *key;
    return true;
}

struct groupseal_epoch group_terms(const struct group *group, const struct epoch *epoch)
{
    struct groupseal_epoch terms = {
        .channel = group->kept.channel, .maker = group->acts[epoch->act].author, .e = epoch->e};
    memcpy(terms.check, epoch->check, sizeof terms.check);
    return terms;
}

/* ---- epochs ---- */

static int compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, ACT_SHORT);
}

static bool is_listed(const struct epoch *epoch, const struct id *member)
{
    return bsearch(member->b, epoch->rows, epoch->count, ACT_SHORT, compare_rows) != NULL;
}

/* History is given by who has it: from seat to seat, up to one who was there when the epoch was made. */
static bool seat_knows(const struct group *group, const struct epoch *epoch,
                       const struct seat *seat, uint64_t adrift)
{
    const struct members *members = &group->members;
    const struct act *act = &group->acts[epoch->act];
    for (;;) {
        if (id_equal(&act->author, &seat->member) || is_listed(epoch, &seat->member))
            return true;
        if (!seat->history || seat->admit_lamport <= act->lamport ||
            seat->admit_lamport >= adrift || seat->above == SEAT_NONE)
            return false;
        seat = &members->seats[seat->above];
    }
}

bool group_knows(const struct group *group, const struct epoch *epoch, const struct seat *seat,
                 uint64_t adrift)
{
    size_t count;
    const struct members *members = &group->members;
    const uint32_t *seats = members_seats(members, &seat->member, seat->term, &count);
    for (size_t i = 0; i < count; i++) {
        const struct seat *each = &members->seats[seats[i]];
        if (each->cut == seat->cut && seat_knows(group, epoch, each, adrift))
            return true;
    }
    return false;
}

/* All who are in know it, and it is for nobody else. */
static bool suits(struct group *group, const struct epoch *epoch)
{
    const struct members *members = group_members(group);
    size_t listed = 0;
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        if (!seat->in)
            continue;
        if (!group_knows(group, epoch, seat, UINT64_MAX))
            return false;
        listed += is_listed(epoch, &seat->member);
    }
    return listed == epoch->count;
}

/* What removals ask of an epoch: to be above the clock of each, and that nobody who is out knows it: not by history that he was given
 * above it, and not where a removal's clock is adrift, which no epoch of an honest node is above (or anybody could
 * leave so, and silence all). */
struct removals {
    uint64_t lamport, adrift;
    uint64_t history; /* the highest clock by which a seat that is cut was given history */
    bool any_adrift;
};

static struct removals removals_of(const struct members *members, uint64_t wall_ms)
{
    struct removals removals = {.adrift = adrift_from(wall_ms)};
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        if (!seat->cut)
            continue;
        if (seat->out_lamport >= removals.adrift)
            removals.any_adrift = true;
        else if (seat->out_lamport > removals.lamport)
            removals.lamport = seat->out_lamport;
        if (seat->history && seat->admit_lamport < removals.adrift &&
            seat->admit_lamport > removals.history)
            removals.history = seat->admit_lamport;
    }
    return removals;
}

static bool keeps_out(const struct group *group, const struct epoch *epoch,
                      const struct removals *removals)
{
    const struct members *members = &group->members;
    uint64_t lamport = group_act(group, epoch)->lamport;
    if (lamport <= removals->lamport)
        return false;
    if (!removals->any_adrift && lamport >= removals->history)
        return true;
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        if (seat->cut && members_in(members, &seat->member) == NULL &&
            group_knows(group, epoch, seat, removals->adrift))
            return false;
    }
    return true;
}

static bool fits(struct group *group, const struct epoch *epoch, const struct removals *removals)
{
    const struct members *members = group_members(group);
    const struct act *act = group_act(group, epoch);
    return members->counts[epoch->act] && members_whole(members, &act->author, act->term) != NULL &&
           keeps_out(group, epoch, removals) && suits(group, epoch);
}

bool group_keeps_out(struct group *group, const struct epoch *epoch, uint64_t wall_ms)
{
    struct removals removals = removals_of(group_members(group), wall_ms);
    return keeps_out(group, epoch, &removals);
}

struct epoch *group_current(struct group *group, uint64_t wall_ms)
{
    struct epoch *best = NULL;
    if (group->current_known && !group->changed)
        return group->current == UINT32_MAX ? NULL : &group->epochs[group->current];
    struct removals removals = removals_of(group_members(group), wall_ms);
    for (size_t i = 0; i < group->epoch_count; i++) {
        struct epoch *epoch = &group->epochs[i];
        const struct act *act = group_act(group, epoch);
        if (!epoch->known)
            continue;
        if (best != NULL) {
            const struct act *other = group_act(group, best);
            int order = act->lamport < other->lamport   ? -1
                        : act->lamport > other->lamport ? 1
                                                        : id_compare(&act->author, &other->author);
            if (order < 0 || (order == 0 && id_compare(&act->id, &other->id) < 0))
                continue;
        }
        if (fits(group, epoch, &removals))
            best = epoch;
    }
    group->current_known = true;
    group->current = best == NULL ? UINT32_MAX : (uint32_t)(best - group->epochs);
    return best;
}

void group_know(struct group *group, struct epoch *epoch, const uint8_t secret[32])
{
    epoch->known = true;
    memcpy(epoch->secret, secret, sizeof epoch->secret);
    group->current_known = false;
}

void group_unlearn(struct group *group)
{
    for (size_t i = 0; i < group->epoch_count; i++) {
        group->epochs[i].known = false;
        sodium_memzero(group->epochs[i].secret, sizeof group->epochs[i].secret);
    }
    guarded_free(group->keys);
    group->keys = NULL;
    group->key_count = group->key_room = 0;
    group->has_made = false;
    sodium_memzero(group->made, sizeof group->made);
    group->current_known = false;
    group->own = UINT32_MAX;
}

/* ---- all of them ---- */

void groups_init(struct groups *groups, const uint8_t table_key[16])
{
    memset(groups, 0, sizeof *groups);
    table_init(&groups->by_node, table_key);
}

void groups_release(struct groups *groups)
{
    for (size_t i = 0; i < groups->invitation_count; i++)
        guarded_free(groups->invitations[i].keys);
    grown_free(groups->invitations, groups->invitation_count * sizeof *groups->invitations);
    guarded_free(groups->people);
    free(groups->asked);
    table_release(&groups->by_node);
    memset(groups, 0, sizeof *groups);
}

size_t groups_bytes(const struct groups *groups)
{
    size_t bytes = groups->invitation_room * sizeof *groups->invitations +
                   groups->person_room * sizeof *groups->people + table_bytes(&groups->by_node) +
                   (groups->asked != NULL ? LIMIT_GROUP_ASKED * sizeof *groups->asked : 0);
    for (size_t i = 0; i < groups->invitation_count; i++)
        bytes += groups->invitations[i].key_room * sizeof(struct loose_key);
    return bytes;
}

struct person *groups_person(struct groups *groups, const struct id *node)
{
    uint32_t at = table_get(&groups->by_node, node);
    return at == TABLE_NONE ? NULL : &groups->people[at];
}

struct person *groups_meet(struct groups *groups, const struct id *node)
{
    struct person *person = groups_person(groups, node);
    if (person != NULL || groups->person_count == LIMIT_PEOPLE)
        return person;
    groups->people = grown_guarded(groups->people, groups->person_count, &groups->person_room,
                                   sizeof *groups->people);
    table_put(&groups->by_node, node, (uint32_t)groups->person_count);
    person = &groups->people[groups->person_count++];
    *person = (struct person){.node = *node};
    return person;
}

struct invitation *groups_add_invitation(struct groups *groups, const struct group_kept *kept)
{
    groups->invitations = grown(groups->invitations, groups->invitation_count,
                                &groups->invitation_room, sizeof *groups->invitations);
    struct invitation *added = &groups->invitations[groups->invitation_count++];
    *added = (struct invitation){.kept = *kept};
    return added;
}

bool groups_add_key(struct invitation *invitation, const struct loose_key *key)
{
    if (invitation->key_count == LIMIT_GROUP_KEYS)
        return false;
    invitation->keys = grown_guarded(invitation->keys, invitation->key_count, &invitation->key_room,
                                     sizeof *invitation->keys);
    invitation->keys[invitation->key_count++] = *key;
    return true;
}

struct invitation *groups_invitation(struct groups *groups, const struct id *channel)
{
    for (size_t i = 0; i < groups->invitation_count; i++)
        if (id_equal(&groups->invitations[i].kept.channel, channel))
            return &groups->invitations[i];
    return NULL;
}

void groups_drop_invitation(struct groups *groups, struct invitation *invitation)
{
    size_t at = (size_t)(invitation - groups->invitations);
    guarded_free(invitation->keys);
    groups->invitation_count--;
    memmove(invitation, invitation + 1, (groups->invitation_count - at) * sizeof *invitation);
}
