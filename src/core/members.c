/* Members: seats in a tree, level by level from the founder down.
 *
 *     founder ─── anna (0) ─── bo (0) by anna            a removal cuts a seat: what its member does in that
 *             └── cleo (0) ─── bo (0) by cleo, bo (1)    term, by that seat, counts up to there
 *
 * 1. Each act that lets in makes a seat of its own, and each act names the seat of its author by which he does it. So nobody gets
 *    above anybody by letting him in once more: what hangs below a seat only its own member put there.
 * 2. What cuts a seat comes from seats above it, or from its own member; what makes a seat comes from the level before. So when a level
 *    is looked at, all that decides it is decided.
 * 3. Nothing depends on the order of the acts in the list: they are sorted before they are looked at, and of two that
 *    could both decide something the smaller by what is signed does.
 * 4. A term is no higher than there are removals of its member: so nobody can use up all terms.
 * 5. All of it is done anew with each act that comes, and members may mean harm: so nothing here takes the third power of
 *    their number, and the second only of steps along a list of indices.
 */
#include "core/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/taken.h"

struct work {
    struct members *members;
    struct acts acts;
    const struct act **admits; /* of one level */
    size_t admit_count;
    uint32_t *by;    /* by act that counts: the seat by which it is done */
    bool *stands;    /* by act: as far as the seat goes that is looked at */
    uint32_t *above; /* by seat */
    uint32_t *removes,
        *next; /* by seat: its first removal of who is looked at; by act: the next one */
};

/* Admits of one seat together, the one that decides first. */
static int by_seat(const void *a, const void *b)
{
    const struct act *x = *(const struct act *const *)a, *y = *(const struct act *const *)b;
    int order = id_compare(&x->member, &y->member);
    if (order == 0)
        order = number_compare(x->member_term, y->member_term);
    if (order == 0)
        order = number_compare(x->lamport, y->lamport);
    if (order == 0)
        order = id_compare(&x->author, &y->author);
    if (order == 0)
        order = number_compare(x->seq, y->seq);
    return order != 0 ? order : id_compare(&x->id, &y->id);
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

static struct seat *seat_add(struct members *members, const struct id *member, uint16_t term)
{
    if (members->seat_count == members->seat_room) {
        members->seat_room = members->seat_room == 0 ? 8 : 2 * members->seat_room;
        members->seats = realloc(members->seats, members->seat_room * sizeof *members->seats);
        members->order = realloc(members->order, members->seat_room * sizeof *members->order);
        CHECK(members->seats != NULL && members->order != NULL);
    }
    size_t at = order_at(members, member, term + 1u); /* behind those of that term */
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
    size_t at = acts_removal(&work->acts, member, false);
    bool any = false;
    for (; at < work->acts.removal_count && id_equal(&work->acts.by_member[at]->member, member);
         at++) {
        const struct act *act = work->acts.by_member[at];
        uint32_t index = acts_index(&work->acts, act);
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
    int order = number_compare(act->cut_seq, other->cut_seq);
    return order != 0 ? order < 0 : id_compare(&act->id, &other->id) < 0;
}

/* By who is above. Returns the last of the member's acts that still counts; zeros: none. */
static struct id cut_from_above(const struct work *work, struct seat *seat)
{
    const struct act *lowest = NULL;
    for (uint32_t at = seat->above; at != SEAT_NONE; at = work->above[at])
        for (uint32_t i = work->removes[at]; i != SEAT_NONE; i = work->next[i]) {
            const struct act *act = &work->acts.list[i];
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

/* What stands in the chain from this act down. */
static void mark_chain(const struct work *work, const struct seat *seat, const struct id *from)
{
    const struct act *act = acts_find(&work->acts, from);
    if (act == NULL || !id_equal(&act->author, &seat->member))
        return;
    uint32_t at = acts_index(&work->acts, act);
    for (size_t steps = 0; at != SEAT_NONE && steps <= work->acts.count; steps++) {
        work->stands[at] = true;
        at = work->acts.before[at];
    }
}

/* Which of its member's acts in its term the seat lets stand: all, or those in the chain from one. */
static void mark(const struct work *work, const struct seat *seat, bool all, const struct id *from)
{
    size_t at = acts_first_by(&work->acts, &seat->member, seat->term);
    for (; at < work->acts.count && is_of(seat, work->acts.by_author[at]); at++)
        work->stands[acts_index(&work->acts, work->acts.by_author[at])] = all;
    if (!all)
        mark_chain(work, seat, from);
}

static bool leaves(const struct act *act)
{
    return act->kind == ENTRY_REMOVE && id_equal(&act->member, &act->author);
}

/* Of those that stand, his first removal of himself. */
static const struct act *leaving(const struct work *work, const struct seat *seat)
{
    size_t at = acts_first_by(&work->acts, &seat->member, seat->term);
    for (; at < work->acts.count && is_of(seat, work->acts.by_author[at]); at++) {
        const struct act *act = work->acts.by_author[at];
        if (leaves(act) && work->stands[acts_index(&work->acts, act)] &&
            act->member_term >= seat->term)
            return act;
    }
    return NULL;
}

/* Those that stand count, where they are done by this seat, or by none in particular. */
static void count_acts(const struct work *work, const struct seat *seat)
{
    size_t at = acts_first_by(&work->acts, &seat->member, seat->term);
    for (; at < work->acts.count && is_of(seat, work->acts.by_author[at]); at++) {
        const struct act *act = work->acts.by_author[at];
        uint32_t index = acts_index(&work->acts, act);
        bool any = act->kind == ENTRY_EPOCH || leaves(act);
        if (!work->stands[index] || !(any || id_equal(&act->by, &seat->admit)))
            continue;
        work->members->counts[index] = true;
        work->by[index] = (uint32_t)(seat - work->members->seats);
    }
}

static void judge_seat(const struct work *work, struct seat *seat, bool removed)
{
    bool founder = seat->above == SEAT_NONE;
    struct id last = {{0}};
    if (removed && !founder)
        last = cut_from_above(work, seat);
    mark(work, seat, !seat->cut, &last);
    const struct act *leave = leaving(work, seat);
    if (leave != NULL) {
        cut_by(seat, leave, true);
        note_out(seat, leave);
        mark(work, seat, false, &leave->id);
    }
    count_acts(work, seat);
}

/* ---- levels ---- */

/* As many terms as he was removed, and one. */
static bool term_fits(const struct work *work, const struct act *act)
{
    return act->member_term <= acts_removal(&work->acts, &act->member, true) -
                                   acts_removal(&work->acts, &act->member, false);
}

/* The founder has his first term by himself. */
static bool has_first_seat(const struct work *work, const struct act *act)
{
    return act->member_term == 0 && id_equal(&act->member, &work->members->founder);
}

static void gather_admits(struct work *work, const struct seat *seat)
{
    size_t at = acts_first_by(&work->acts, &seat->member, seat->term);
    for (; at < work->acts.count && is_of(seat, work->acts.by_author[at]); at++) {
        const struct act *act = work->acts.by_author[at];
        uint32_t index = acts_index(&work->acts, act);
        if (act->kind == ENTRY_ADMIT && work->members->counts[index] &&
            work->by[index] == (uint32_t)(seat - work->members->seats) &&
            !has_first_seat(work, act) && term_fits(work, act))
            work->admits[work->admit_count++] = act;
    }
}

static void seat_level(struct work *work)
{
    struct members *members = work->members;
    qsort(work->admits, work->admit_count, sizeof *work->admits, by_seat);
    for (size_t i = 0; i < work->admit_count; i++) {
        const struct act *act = work->admits[i];
        uint32_t above = work->by[acts_index(&work->acts, act)];
        struct seat *seat = seat_add(members, &act->member, act->member_term);
        seat->above = work->above[members->seat_count - 1] = above;
        seat->level = members->seats[above].level + 1;
        seat->admit = act->id;
        seat->admit_lamport = act->lamport;
        seat->wall_ms = act->wall_ms;
        seat->role = act->may_invite ? ROLE_INVITER : ROLE_MEMBER;
        seat->history = act->history;
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

/* Of two of one term: the one by which more may be done, then the older. */
static bool is_better(const struct seat *seat, const struct seat *than)
{
    if ((seat->role == ROLE_MEMBER) != (than->role == ROLE_MEMBER))
        return than->role == ROLE_MEMBER;
    if (seat->admit_lamport != than->admit_lamport)
        return seat->admit_lamport < than->admit_lamport;
    return id_compare(&seat->admit, &than->admit) < 0;
}

/* Of each member's seats that are not cut those of the lowest term: who may let in can add higher ones to whomever he
 * likes, and does not get above him so. */
static void mark_in(struct members *members)
{
    struct seat *first = NULL;
    for (size_t at = 0; at < members->ordered; at++) {
        struct seat *seat = &members->seats[members->order[at]];
        bool has = first != NULL && id_equal(&first->member, &seat->member);
        if (seat->cut || (has && (seat->term != first->term || !is_better(seat, first))))
            continue;
        if (has)
            first->in = false;
        seat->in = true;
        first = seat;
    }
}

/* ---- all of it ---- */

static void work_init(struct work *work, struct members *members, const struct act *acts,
                      size_t count)
{
    *work = (struct work){.members = members};
    acts_init(&work->acts, acts, count);
    work->admits = acts_room(count, sizeof *work->admits);
    work->by = acts_indices(count);
    work->next = acts_indices(count);
    work->above = acts_indices(count); /* there are no more seats than acts, and the founder's */
    work->removes = acts_indices(count);
    work->stands = acts_room(count, sizeof *work->stands);
}

static void work_release(struct work *work)
{
    acts_release(&work->acts);
    free(work->admits);
    free(work->by);
    free(work->next);
    free(work->above);
    free(work->removes);
    free(work->stands);
}

void members_compute(struct members *members, const struct id *founder, const struct act *acts,
                     size_t count)
{
    struct work work;
    if (members->count_room < count || members->counts == NULL) {
        free(members->counts);
        members->counts = acts_room(count, sizeof *members->counts);
        members->count_room = count;
    }
    memset(members->counts, 0, count * sizeof *members->counts);
    members->founder = *founder;
    members->seat_count = members->ordered = 0;
    work_init(&work, members, acts, count);
    seat_all(&work);
    mark_in(members);
    free(members->taken);
    members->taken = taken_list(&work.acts, founder, &members->taken_count);
    work_release(&work);
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

const uint32_t *members_seats(const struct members *members, const struct id *member, uint16_t term,
                              size_t *count)
{
    size_t at = order_at(members, member, term);
    *count = order_at(members, member, term + 1u) - at;
    return members->order + at;
}

const struct seat *members_whole(const struct members *members, const struct id *member,
                                 uint16_t term)
{
    size_t count;
    const uint32_t *seats = members_seats(members, member, term, &count);
    for (size_t i = 0; i < count; i++)
        if (!members->seats[seats[i]].cut)
            return &members->seats[seats[i]];
    return NULL;
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
    return taken_has(members->taken, members->taken_count, member);
}

const struct seat *members_above(const struct members *members, const struct id *member,
                                 const struct seat *seat)
{
    for (uint32_t at = seat->above; at != SEAT_NONE; at = members->seats[at].above)
        if (!members->seats[at].cut && id_equal(&members->seats[at].member, member))
            return &members->seats[at];
    return NULL;
}

bool members_out(const struct members *members, const struct id *member)
{
    bool cut = false;
    for (size_t i = 0; i < members->seat_count; i++)
        cut = cut || (members->seats[i].cut && id_equal(&members->seats[i].member, member));
    return cut && members_in(members, member) == NULL;
}

bool members_open(const struct members *members)
{
    for (size_t i = 0; i < members->seat_count; i++)
        if (members->seats[i].in && members->seats[i].role != ROLE_MEMBER)
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
