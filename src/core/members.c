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
 * 4. Whose entries are taken is found without removals, so it only grows with the acts.
 * 5. A term is no higher than there are removals of its member: so nobody can use up all terms.
 * 6. All of it is done anew with each act that comes, and members may mean harm: so nothing here takes the third power of
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
    uint32_t *by;     /* by act that counts: the seat by which it is done */
    bool *stands;     /* by act: as far as the seat goes that is looked at */
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

/* The first removal of him, or of whoever comes after him, or where it would be. */
static size_t removal_at(const struct work *work, const struct id *member, bool after)
{
    size_t low = 0, high = work->removal_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id_compare(&work->by_member[middle]->member, member) < after)
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

static uint32_t index_of(const struct work *work, const struct act *act)
{
    return (uint32_t)(act - work->acts);
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
    size_t at = removal_at(work, member, false);
    bool any = false;
    for (; at < work->removal_count && id_equal(&work->by_member[at]->member, member); at++) {
        const struct act *act = work->by_member[at];
        uint32_t index = index_of(work, act);
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

/* What stands in the chain from this act down. */
static void mark_chain(const struct work *work, const struct seat *seat, const struct id *from)
{
    const struct act *act = find(work, from);
    if (act == NULL || !id_equal(&act->author, &seat->member))
        return;
    uint32_t at = index_of(work, act);
    for (size_t steps = 0; at != SEAT_NONE && steps <= work->count; steps++) {
        work->stands[at] = true;
        at = work->before[at];
    }
}

/* Which of its member's acts in its term the seat lets stand: all, or those in the chain from one. */
static void mark(const struct work *work, const struct seat *seat, bool all, const struct id *from)
{
    size_t at = first_by(work, &seat->member, seat->term);
    for (; at < work->count && is_of(seat, work->by_author[at]); at++)
        work->stands[index_of(work, work->by_author[at])] = all;
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
    size_t at = first_by(work, &seat->member, seat->term);
    for (; at < work->count && is_of(seat, work->by_author[at]); at++) {
        const struct act *act = work->by_author[at];
        if (leaves(act) && work->stands[index_of(work, act)] && act->member_term >= seat->term)
            return act;
    }
    return NULL;
}

/* Those that stand count, where they are done by this seat, or by none in particular. */
static void count_acts(const struct work *work, const struct seat *seat)
{
    size_t at = first_by(work, &seat->member, seat->term);
    for (; at < work->count && is_of(seat, work->by_author[at]); at++) {
        const struct act *act = work->by_author[at];
        uint32_t index = index_of(work, act);
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
    return act->member_term <=
           removal_at(work, &act->member, true) - removal_at(work, &act->member, false);
}

/* The founder has his first term by himself. */
static bool has_first_seat(const struct work *work, const struct act *act)
{
    return act->member_term == 0 && id_equal(&act->member, &work->members->founder);
}

static void gather_admits(struct work *work, const struct seat *seat)
{
    size_t at = first_by(work, &seat->member, seat->term);
    for (; at < work->count && is_of(seat, work->by_author[at]); at++) {
        const struct act *act = work->by_author[at];
        uint32_t index = index_of(work, act);
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
        uint32_t above = work->by[index_of(work, act)];
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
    work->stands = room_for(work->count, sizeof *work->stands);
    for (size_t i = 0; i < work->count; i++) {
        const struct act *act = &work->acts[i];
        const struct act *before = id_is_zero(&act->last) ? NULL : find(work, &act->last);
        if (before != NULL && id_equal(&before->author, &act->author))
            work->before[i] = index_of(work, before);
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
    free(work.stands);
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
    return is_among(members->taken, members->taken_count, member);
}

const struct seat *members_above(const struct members *members, const struct id *member,
                                 const struct seat *seat)
{
    for (uint32_t at = seat->above; at != SEAT_NONE; at = members->seats[at].above)
        if (!members->seats[at].cut && id_equal(&members->seats[at].member, member))
            return &members->seats[at];
    return NULL;
}

size_t members_count(const struct members *members)
{
    size_t count = 0;
    for (size_t i = 0; i < members->seat_count; i++)
        count += members->seats[i].in;
    return count;
}
