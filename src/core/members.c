/* Members: seats in a tree, level by level from the founder down.
 *
 *     founder ─── anna (0) ─── bo (0)            a removal cuts a seat: what its member does in that
 *             └── cleo (0)     bo (1)            term counts up to there
 *
 * 1. What cuts a seat comes from seats above it, or from its own member; what makes a seat comes from the level before. So when a level
 *    is looked at, all that decides it is decided.
 * 2. Nothing depends on the order of the acts in the list: they are sorted before they are looked at, and of two that
 *    could both decide something the smaller by what is signed does.
 * 3. Whose entries are taken is found without removals, so it only grows with the acts.
 * 4. All of it is done anew with each act that comes, and members may mean harm: so nothing here takes the third power of
 *    their number, and the second only of steps along a list of indices.
 */
#include "core/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

struct work {
    struct members *members;
    const struct act *acts;
    size_t count;
    const struct act **by_author; /* (author, term, seq, id) */
    const struct act **by_member; /* removals */
    size_t removal_count;
    const struct act **by_id;
    const struct act **admits; /* of one level */
    size_t admit_count;
    uint32_t *before; /* by act: the one before it in its author's chain; SEAT_NONE: none */
    uint32_t *by;     /* by act that counts: the seat whose it is */
    uint32_t *above;  /* by seat */
    uint32_t *removes,
        *next; /* by seat: its first removal of who is looked at; by act: the next one */
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_author(const void *a, const void *b)
{
    const struct act *x = *(const struct act *const *)a, *y = *(const struct act *const *)b;
    int order = id_compare(&x->author, &y->author);
    if (order == 0)
        order = compare_numbers(x->term, y->term);
    if (order == 0)
        order = compare_numbers(x->seq, y->seq);
    return order != 0 ? order : id_compare(&x->id, &y->id);
}

static int by_member(const void *a, const void *b)
{
    const struct act *x = *(const struct act *const *)a, *y = *(const struct act *const *)b;
    return id_compare(&x->member, &y->member);
}

static int by_id(const void *a, const void *b)
{
    return id_compare(&(*(const struct act *const *)a)->id, &(*(const struct act *const *)b)->id);
}

/* Admits of one seat together, the one that decides first. */
static int by_seat(const void *a, const void *b)
{
    const struct act *x = *(const struct act *const *)a, *y = *(const struct act *const *)b;
    int order = id_compare(&x->member, &y->member);
    if (order == 0)
        order = compare_numbers(x->member_term, y->member_term);
    if (order == 0)
        order = compare_numbers(x->lamport, y->lamport);
    if (order == 0)
        order = id_compare(&x->author, &y->author);
    if (order == 0)
        order = compare_numbers(x->seq, y->seq);
    return order != 0 ? order : id_compare(&x->id, &y->id);
}

static void *room_for(size_t count, size_t size)
{
    void *room = calloc(count + 1, size);
    CHECK(room != NULL);
    return room;
}

/* His first act of that term or a higher one, or where it would be. */
static size_t first_by(const struct work *work, const struct id *author, uint16_t term)
{
    size_t low = 0, high = work->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct act *act = work->by_author[middle];
        int order = id_compare(&act->author, author);
        if (order < 0 || (order == 0 && act->term < term))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first removal of him, or where it would be. */
static size_t first_removal(const struct work *work, const struct id *member)
{
    size_t low = 0, high = work->removal_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id_compare(&work->by_member[middle]->member, member) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct act *find(const struct work *work, const struct id *id)
{
    struct act key = {.id = *id};
    const struct act *at = &key;
    const struct act **found = bsearch(&at, work->by_id, work->count, sizeof *work->by_id, by_id);
    return found == NULL ? NULL : *found;
}

static bool *counts(const struct work *work, const struct act *act)
{
    return &work->members->counts[act - work->acts];
}

/* ---- seats ---- */

/* Where in the order that seat is, or would be. */
static size_t order_at(const struct members *members, const struct id *member, uint32_t term)
{
    size_t low = 0, high = members->ordered;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct seat *seat = &members->seats[members->order[middle]];
        int order = id_compare(&seat->member, member);
        if (order < 0 || (order == 0 && seat->term < term))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct seat *seat_of(const struct members *members, const struct id *member, uint16_t term)
{
    size_t at = order_at(members, member, term);
    if (at == members->ordered)
        return NULL;
    struct seat *seat = &members->seats[members->order[at]];
    return seat->term == term && id_equal(&seat->member, member) ? seat : NULL;
}

static struct seat *seat_add(struct members *members, const struct id *member, uint16_t term)
{
    if (members->seat_count == members->seat_room) {
        members->seat_room = members->seat_room == 0 ? 8 : 2 * members->seat_room;
        members->seats = realloc(members->seats, members->seat_room * sizeof *members->seats);
        members->order = realloc(members->order, members->seat_room * sizeof *members->order);
        CHECK(members->seats != NULL && members->order != NULL);
    }
    size_t at = order_at(members, member, term);
    memmove(members->order + at + 1, members->order + at,
            (members->ordered - at) * sizeof *members->order);
    members->order[at] = (uint32_t)members->seat_count;
    members->ordered++;
    struct seat *seat = &members->seats[members->seat_count++];
    memset(seat, 0, sizeof *seat);
    seat->member = *member;
    seat->term = term;
    seat->above = SEAT_NONE;
    seat->out_lamport = UINT64_MAX;
    return seat;
}

static void cut_by(struct seat *seat, const struct act *act, bool leaves)
{
    seat->cut = true;
    seat->cut_seq = leaves ? act->seq : act->cut_seq;
    seat->cut_tip = leaves ? act->id : act->cut_tip;
    seat->cut_by = act->author;
    seat->cut_act = act->id;
}

static void note_out(struct seat *seat, const struct act *act)
{
    if (act->lamport < seat->out_lamport)
        seat->out_lamport = act->lamport;
}

/* The removals of him that count are at hand by the seat whose they are, or are not any more; false: there are none. */
static bool gather_removals(const struct work *work, const struct id *member, bool on)
{
    size_t at = first_removal(work, member);
    bool any = false;
    for (; at < work->removal_count && id_equal(&work->by_member[at]->member, member); at++) {
        const struct act *act = work->by_member[at];
        uint32_t index = (uint32_t)(act - work->acts);
        if (!work->members->counts[index] || id_equal(&act->author, member))
            continue;
        work->next[index] = on ? work->removes[work->by[index]] : SEAT_NONE;
        work->removes[work->by[index]] = on ? index : SEAT_NONE;
        any = true;
    }
    return any;
}

static bool is_lower(const struct act *act, const struct act *other)
{
    int order = compare_numbers(act->cut_seq, other->cut_seq);
    return order != 0 ? order < 0 : id_compare(&act->id, &other->id) < 0;
}

/* By who is above. Returns the last of the member's acts that still counts; zeros: none. */
static struct id cut_from_above(const struct work *work, struct seat *seat)
{
    const struct act *lowest = NULL;
    for (uint32_t at = seat->above; at != SEAT_NONE; at = work->above[at])
        for (uint32_t i = work->removes[at]; i != SEAT_NONE; i = work->next[i]) {
            const struct act *act = &work->acts[i];
            if (act->member_term < seat->term)
                continue;
            if (lowest == NULL || is_lower(act, lowest))
                lowest = act;
            note_out(seat, act);
        }
    if (lowest == NULL)
        return (struct id){{0}};
    cut_by(seat, lowest, false);
    return lowest->cut_last;
}

static bool is_of(const struct seat *seat, const struct act *act)
{
    return act->term == seat->term && id_equal(&act->author, &seat->member);
}

static void mark(const struct work *work, const struct seat *seat, uint32_t act, bool value)
{
    work->members->counts[act] = value;
    work->by[act] = (uint32_t)(seat - work->members->seats);
}

/* Marks what stands in the chain from this act down, of this seat; true is counted, false is not any more. */
static void mark_chain(const struct work *work, const struct seat *seat, const struct id *from,
                       bool value)
{
    const struct act *act = find(work, from);
    if (act == NULL || !id_equal(&act->author, &seat->member))
        return;
    uint32_t at = (uint32_t)(act - work->acts);
    for (size_t steps = 0; at != SEAT_NONE && steps <= work->count; steps++) {
        if (work->acts[at].term == seat->term)
            mark(work, seat, at, value);
        at = work->before[at];
    }
}

static void mark_all(const struct work *work, const struct seat *seat, bool value)
{
    size_t at = first_by(work, &seat->member, seat->term);
    for (; at < work->count && is_of(seat, work->by_author[at]); at++)
        mark(work, seat, (uint32_t)(work->by_author[at] - work->acts), value);
}

/* Of those that still count, his first removal of himself. */
static const struct act *leaving(const struct work *work, const struct seat *seat)
{
    size_t at = first_by(work, &seat->member, seat->term);
    for (; at < work->count && is_of(seat, work->by_author[at]); at++) {
        const struct act *act = work->by_author[at];
        if (act->kind == ENTRY_REMOVE && *counts(work, act) &&
            id_equal(&act->member, &act->author) && act->member_term >= seat->term)
            return act;
    }
    return NULL;
}

static void judge_seat(const struct work *work, struct seat *seat, bool removed)
{
    bool founder = seat->above == SEAT_NONE;
    struct id last = {{0}};
    if (removed && !founder)
        last = cut_from_above(work, seat);
    if (seat->cut)
        mark_chain(work, seat, &last, true);
    else
        mark_all(work, seat, true);
    const struct act *leaves = founder ? NULL : leaving(work, seat);
    if (leaves == NULL)
        return;
    cut_by(seat, leaves, true);
    note_out(seat, leaves);
    mark_all(work, seat, false);
    mark_chain(work, seat, &leaves->id, true);
}

/* ---- levels ---- */

static void gather_admits(struct work *work, const struct seat *seat)
{
    size_t at = first_by(work, &seat->member, seat->term);
    for (; at < work->count && is_of(seat, work->by_author[at]); at++) {
        const struct act *act = work->by_author[at];
        if (act->kind == ENTRY_ADMIT && *counts(work, act) &&
            !id_equal(&act->member, &work->members->founder) &&
            seat_of(work->members, &act->member, act->member_term) == NULL)
            work->admits[work->admit_count++] = act;
    }
}

/* The seat that these admits make: all name the same one. */
static void seat_by(const struct work *work, const struct act **admits, size_t count)
{
    struct members *members = work->members;
    const struct act *first = admits[0];
    const struct seat *above = seat_of(members, &first->author, first->term);
    uint32_t index = (uint32_t)(above - members->seats), level = above->level + 1;
    struct seat *seat = seat_add(members, &first->member, first->member_term);
    seat->above = work->above[members->seat_count - 1] = index;
    seat->level = level;
    seat->admit = first->id;
    seat->admit_lamport = first->lamport;
    seat->wall_ms = first->wall_ms;
    for (size_t i = 0; i < count; i++) {
        if (admits[i]->term != first->term || !id_equal(&admits[i]->author, &first->author))
            continue;
        if (admits[i]->may_invite)
            seat->role = ROLE_INVITER;
        seat->history = seat->history || admits[i]->history;
    }
}

static void seat_level(struct work *work)
{
    qsort(work->admits, work->admit_count, sizeof *work->admits, by_seat);
    for (size_t i = 0, next; i < work->admit_count; i = next) {
        next = i + 1;
        while (next < work->admit_count &&
               work->admits[next]->member_term == work->admits[i]->member_term &&
               id_equal(&work->admits[next]->member, &work->admits[i]->member))
            next++;
        seat_by(work, work->admits + i, next - i);
    }
}

static void seat_all(struct work *work)
{
    struct members *members = work->members;
    struct seat *founder = seat_add(members, &members->founder, 0);
    founder->role = ROLE_FOUNDER;
    founder->history = true;
    for (size_t from = 0; from < members->seat_count;) {
        size_t to = members->seat_count;
        work->admit_count = 0;
        for (size_t i = from, next; i < to; i = next) { /* those of one member stand together */
            const struct id *member = &members->seats[i].member;
            bool removed = gather_removals(work, member, true);
            for (next = i; next < to && id_equal(&members->seats[next].member, member); next++)
                judge_seat(work, &members->seats[next], removed);
            gather_removals(work, member, false);
        }
        for (size_t i = from; i < to; i++)
            if (members->seats[i].role != ROLE_MEMBER)
                gather_admits(work, &members->seats[i]);
        seat_level(work);
        from = to;
    }
}

/* Of each member's seats the lowest that is not cut: who may let in can add higher ones to whomever he likes, and does
 * not get above him so. */
static void mark_in(struct members *members)
{
    const struct seat *first = NULL;
    for (size_t at = 0; at < members->ordered; at++) {
        struct seat *seat = &members->seats[members->order[at]];
        bool has = first != NULL && id_equal(&first->member, &seat->member);
        seat->in = !seat->cut && !has;
        if (seat->in)
            first = seat;
    }
}

/* ---- whose entries are taken ---- */

static int compare_ids(const void *a, const void *b)
{
    return id_compare(a, b);
}

static bool is_among(const struct id *list, size_t count, const struct id *id)
{
    return bsearch(id, list, count, sizeof *list, compare_ids) != NULL;
}

static size_t sorted_once(struct id *list, size_t count)
{
    size_t kept = 0;
    qsort(list, count, sizeof *list, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !id_equal(&list[kept - 1], &list[i]))
            list[kept++] = list[i];
    return kept;
}

/* Where his acts begin, if he has any and is not among those who may let in yet. */
static void add_inviter(const struct work *work, const struct id *who, bool *among, size_t *stack,
                        size_t *depth)
{
    size_t at = first_by(work, who, 0);
    if (at == work->count || among[at] || !id_equal(&work->by_author[at]->author, who))
        return;
    among[at] = true;
    stack[(*depth)++] = at;
}

/* Who may let in, if nobody is removed: the founder, and so on. Then whoever they let in. */
static void take_all(const struct work *work)
{
    struct members *members = work->members;
    bool *among = room_for(work->count, sizeof *among);
    size_t *stack = room_for(work->count, sizeof *stack), depth = 0;
    free(members->taken);
    members->taken = room_for(work->count + 1, sizeof *members->taken);
    members->taken[0] = members->founder;
    members->taken_count = 1;
    add_inviter(work, &members->founder, among, stack, &depth);
    while (depth > 0) {
        size_t at = stack[--depth];
        const struct id *author = &work->by_author[at]->author;
        for (; at < work->count && id_equal(&work->by_author[at]->author, author); at++) {
            const struct act *act = work->by_author[at];
            if (act->kind != ENTRY_ADMIT)
                continue;
            members->taken[members->taken_count++] = act->member;
            if (act->may_invite)
                add_inviter(work, &act->member, among, stack, &depth);
        }
    }
    members->taken_count = sorted_once(members->taken, members->taken_count);
    free(among);
    free(stack);
}

/* ---- all of it ---- */

static void sort_acts(struct work *work)
{
    work->by_author = room_for(work->count, sizeof *work->by_author);
    work->by_member = room_for(work->count, sizeof *work->by_member);
    work->by_id = room_for(work->count, sizeof *work->by_id);
    work->admits = room_for(work->count, sizeof *work->admits);
    for (size_t i = 0; i < work->count; i++) {
        work->by_author[i] = work->by_id[i] = &work->acts[i];
        if (work->acts[i].kind == ENTRY_REMOVE)
            work->by_member[work->removal_count++] = &work->acts[i];
    }
    qsort(work->by_author, work->count, sizeof *work->by_author, by_author);
    qsort(work->by_member, work->removal_count, sizeof *work->by_member, by_member);
    qsort(work->by_id, work->count, sizeof *work->by_id, by_id);
}

static uint32_t *no_indices(size_t count)
{
    uint32_t *indices = room_for(count, sizeof *indices);
    for (size_t i = 0; i <= count; i++)
        indices[i] = SEAT_NONE;
    return indices;
}

static void link_acts(struct work *work)
{
    work->before = no_indices(work->count);
    work->by = no_indices(work->count);
    work->next = no_indices(work->count);
    work->above =
        no_indices(work->count); /* there are no more seats than acts, and the founder's */
    work->removes = no_indices(work->count);
    for (size_t i = 0; i < work->count; i++) {
        const struct act *act = &work->acts[i];
        const struct act *before = id_is_zero(&act->last) ? NULL : find(work, &act->last);
        if (before != NULL && id_equal(&before->author, &act->author))
            work->before[i] = (uint32_t)(before - work->acts);
    }
}

void members_compute(struct members *members, const struct id *founder, const struct act *acts,
                     size_t count)
{
    struct work work = {.members = members, .acts = acts, .count = count};
    if (members->count_room < count || members->counts == NULL) {
        free(members->counts);
        members->counts = room_for(count, sizeof *members->counts);
        members->count_room = count;
    }
    memset(members->counts, 0, count * sizeof *members->counts);
    members->founder = *founder;
    members->seat_count = members->ordered = 0;
    sort_acts(&work);
    link_acts(&work);
    seat_all(&work);
    mark_in(members);
    take_all(&work);
    free(work.by_author);
    free(work.by_member);
    free(work.by_id);
    free(work.admits);
    free(work.before);
    free(work.by);
    free(work.next);
    free(work.above);
    free(work.removes);
}

void members_release(struct members *members)
{
    free(members->seats);
    free(members->order);
    free(members->counts);
    free(members->taken);
    memset(members, 0, sizeof *members);
}

size_t members_bytes(const struct members *members)
{
    return members->seat_room * (sizeof *members->seats + sizeof *members->order) +
           members->count_room + 1 + members->taken_count * sizeof *members->taken;
}

const struct seat *members_seat(const struct members *members, const struct id *member,
                                uint16_t term)
{
    return seat_of(members, member, term);
}

const struct seat *members_in(const struct members *members, const struct id *member)
{
    for (size_t at = order_at(members, member, 0); at < members->ordered; at++) {
        const struct seat *seat = &members->seats[members->order[at]];
        if (!id_equal(&seat->member, member))
            return NULL;
        if (seat->in)
            return seat;
    }
    return NULL;
}

const struct seat *members_last(const struct members *members, const struct id *member)
{
    size_t at = order_at(members, member, UINT16_MAX + 1u);
    if (at == 0)
        return NULL;
    const struct seat *seat = &members->seats[members->order[at - 1]];
    return id_equal(&seat->member, member) ? seat : NULL;
}

bool members_takes(const struct members *members, const struct id *member)
{
    return is_among(members->taken, members->taken_count, member);
}

bool members_is_above(const struct members *members, const struct id *member,
                      const struct seat *seat)
{
    for (uint32_t at = seat->above; at != SEAT_NONE; at = members->seats[at].above)
        if (!members->seats[at].cut && id_equal(&members->seats[at].member, member))
            return true;
    return false;
}

size_t members_count(const struct members *members)
{
    size_t count = 0;
    for (size_t i = 0; i < members->seat_count; i++)
        count += members->seats[i].in;
    return count;
}
