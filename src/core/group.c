/* Group: private channels, the flow (PROTOCOL.md section 12): acts come, and change who is in; whoever is in has the
 * newest secret, or is told it.
 *
 *     an act is held --> who is in, anew --> shown; whose entries are taken: heads are compared anew
 *                                        --> who is cut: his lines are judged anew (grouplines.c)
 *                                        --> an epoch: its row for us is opened, or its secret asked for (keys.c)
 *     a line ---------> the epoch to write under, or a new one --> sealed, said
 *
 * 1. What is decided here follows from the acts that are held and from nothing else: neither from when they came, nor by whom.
 * 2. An act counts once it is verified and stored (STORE), above a hole or not.
 * 3. An epoch's secret goes to disk in the step in which it is known.
 */
#include "core/group.h"

#include <string.h>

#include "base/check.h"
#include "core/talk.h"

/* ---- what is kept ---- */

void group_keep(struct core *core, const struct channel *channel)
{
    const struct invitation *invitation = groups_invitation(&core->groups, &channel->id);
    struct effect *effect = emit_in(core, EFFECT_GROUP, channel);
    effect->group = channel->group->kept;
    if (invitation == NULL)
        return;
    effect->group.state =
        effect->group.state == GROUP_LEFT ? GROUP_LEFT_INVITED : GROUP_GONE_INVITED;
    effect->group.inviter = invitation->kept.inviter;
    effect->group.admit = invitation->kept.admit;
    effect->group.wall_ms = invitation->kept.wall_ms;
}

/* It is called so here, also on disk, from now on. */
static void group_name(struct core *core, struct channel *channel, const struct channel_name *name)
{
    bool other = channel->name.text[0] != '\0' && strcmp(channel->name.text, name->text) != 0;
    channel->name = channel->group->kept.name = *name;
    if (other)
        emit_in(core, EFFECT_NAME, channel);
}

struct channel *group_made(struct core *core, const struct group_kept *kept)
{
    struct channel *channel = channel_by_id(&core->channels, &kept->channel);
    if (channel != NULL && channel->group == NULL &&
        (channel->log_count > 0 || !id_is_zero(&channel->carried.asker))) {
        /* It was carried, and what is held of it was not looked into: it comes again. */
        emit_in(core, EFFECT_DROP, channel);
        channel->carried = (struct carried){.bytes = 0};
        channel_empty(channel, core->channels.table_key);
    }
    channel = channel_add_id(&core->channels, &kept->channel);
    if (channel->group == NULL)
        channel->group = group_new(kept, core->channels.table_key);
    channel->group->kept = *kept;
    group_name(core, channel, &kept->name);
    return channel;
}

/* Those whose cards a new epoch needs. */
static void meet_members(struct core *core, struct channel *channel)
{
    const struct members *members = group_members(channel->group);
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        if (!seat->in || id_equal(&seat->member, &core->config.identity.node))
            continue;
        struct person *person = groups_meet(&core->groups, &seat->member);
        if (person == NULL || person->sought)
            continue;
        person->sought = true;
        emit(core, EFFECT_SEEK)->node = seat->member; /* the store; links are asked in time */
        if (channel->group->seek_at_ms == UINT64_MAX)
            channel->group->seek_at_ms = core->now_ms;
    }
}

static void load_invitation(struct core *core, const struct group_kept *kept)
{
    struct groups *groups = &core->groups;
    if (groups->invitation_count == LIMIT_INVITATIONS)
        groups_drop_invitation(groups, &groups->invitations[0]);
    groups_add_invitation(groups, kept)->kept.state = GROUP_INVITED;
}

void group_load(struct core *core, const struct event *event)
{
    struct group_kept kept = event->group;
    if (kept.state == GROUP_INVITED) {
        load_invitation(core, &kept);
        return;
    }
    if (kept.state == GROUP_LEFT_INVITED || kept.state == GROUP_GONE_INVITED) {
        kept.name = keys_name(core, &kept, true);
        load_invitation(core, &kept);
        kept = event->group;
        kept.state = kept.state == GROUP_LEFT_INVITED ? GROUP_LEFT : GROUP_GONE;
    }
    struct channel *channel = group_made(core, &kept);
    channel->group->closed = channel->group->closed_told = event->number;
    channel->group->ask_at_ms = event->number > 0 ? core->now_ms + KEYS_WAIT_MS : UINT64_MAX;
    channel->group->seek_at_ms = core->now_ms;
    channel->group->judge_again = channel->group->lost = true;
    channel->quiet = kept.state == GROUP_LEFT;
    if (kept.state != GROUP_GONE)
        channel_take(&core->channels, channel);
}

/* ---- acts ---- */

/* False when it is none, or is here already. */
static bool add_act(struct core *core, struct channel *channel, const struct entry *entry,
                    bool loads)
{
    struct act act;
    uint32_t index;
    if (!act_read(entry, &act) || !group_add_act(channel->group, &act, &index))
        return false;
    if (!loads) {
        struct writer w = frame_writer(core, ENTRY_HEADER_BYTES + entry->body.size);
        entry_header(entry, w.at);
        w.size = ENTRY_HEADER_BYTES;
        write_copy(&w, entry->body.at, entry->body.size);
        CHECK(!w.full);
        emit_in(core, EFFECT_ACT, channel)->text = written(&w);
    }
    if (act.kind == ENTRY_EPOCH)
        group_take_epoch(core, channel, group_add_epoch(channel->group, index, &act), &act, loads);
    return true;
}

void group_load_act(struct core *core, const struct event *event)
{
    struct channel *channel = channel_by_id(&core->channels, &event->channel_id);
    struct entry entry;
    if (channel == NULL || channel->group == NULL || event->frame.size < ENTRY_HEADER_BYTES ||
        !entry_read_header(&entry, event->frame.at))
        return;
    entry.body = (struct bytes){event->frame.at + ENTRY_HEADER_BYTES,
                                event->frame.size - ENTRY_HEADER_BYTES};
    entry_finish(&entry);
    add_act(core, channel, &entry, true);
}

struct id group_last_act(const struct group *group, const struct id *author, uint64_t seq)
{
    const struct act *last = NULL;
    const struct id none = {{0}};
    for (size_t i = 0; i < group->act_count; i++) {
        const struct act *act = &group->acts[i];
        if (id_equal(&act->author, author) && act->seq <= seq &&
            (last == NULL || act->seq > last->seq))
            last = act;
    }
    return last == NULL ? none : last->id;
}

/* ---- what follows ---- */

static bool shows(const struct channel *channel)
{
    return channel->joined && !channel->quiet;
}

/* What may be read from now on, and was put aside as nothing for the user, is looked at again: so it is asked for. */
static void judge_ours(struct core *core, struct channel *channel)
{
    struct group *group = channel->group;
    const struct seat *own = group_own(core, channel);
    for (size_t i = 0; i < group->epoch_count; i++) {
        struct epoch *epoch = &group->epochs[i];
        bool was = epoch->ours;
        epoch->ours = !epoch->known && own != NULL && group_knows(group, epoch, own, UINT64_MAX);
        if (epoch->ours && !was)
            group_judge_epoch(core, channel, group_act(group, epoch)->id.b);
    }
}

/* What they make of his seats of that term is the same. */
static bool same_seats(const struct members *one, const struct members *other,
                       const struct id *member, uint16_t term)
{
    size_t count, others;
    const uint32_t *of_one = members_seats(one, member, term, &count);
    const uint32_t *of_other = members_seats(other, member, term, &others);
    bool whole = members_whole(one, member, term) != NULL;
    if (whole || members_whole(other, member, term) != NULL)
        return whole && members_whole(other, member, term) != NULL;
    bool same = count == others;
    for (size_t i = 0; i < count && same; i++)
        same = id_equal(&one->seats[of_one[i]].cut_act, &other->seats[of_other[i]].cut_act);
    return same;
}

/* Whoever has, or had, seats that are others now is judged anew. */
static void judge_changed(struct core *core, struct channel *channel, const struct members *from,
                          const struct members *to)
{
    const struct id *judged = NULL;
    for (size_t i = 0; i < from->ordered; i++) {
        const struct seat *seat = &from->seats[from->order[i]];
        bool again = judged != NULL && id_equal(judged, &seat->member);
        if (again || same_seats(from, to, &seat->member, seat->term))
            continue;
        judged = &seat->member;
        if (channel_log(channel, &seat->member) != NULL)
            group_judge_author(core, channel, &seat->member);
    }
}

static bool same_who_are_in(const struct members *one, const struct members *other)
{
    if (members_count(one) != members_count(other))
        return false;
    for (size_t i = 0; i < one->seat_count; i++) {
        const struct seat *seat = &one->seats[i];
        const struct seat *in = seat->in ? members_in(other, &seat->member) : NULL;
        if (seat->in && (in == NULL || in->term != seat->term))
            return false;
    }
    return true;
}

/* Acts came: what follows from who is in now. */
static void settle(struct core *core, struct channel *channel, const struct members *before,
                   bool live)
{
    struct group *group = channel->group;
    const struct members *members = group_members(group);
    if (shows(channel)) {
        group_show_changes(core, channel, before, live);
        group_show_presence(core, channel, before);
    }
    if (members->taken_count != before->taken_count &&
        group->compare_at_ms > core->now_ms + GROUP_COMPARE_MS)
        group->compare_at_ms = core->now_ms + GROUP_COMPARE_MS;
    meet_members(core, channel);
    readers_come(core, channel, before);
    if (!same_who_are_in(before, members)) {
        group->own = UINT32_MAX;
        group->lost = true;
    }
    const struct id *self = &core->config.identity.node;
    if (members_in(before, self) == NULL && members_in(members, self) != NULL) {
        group->say_at_ms = core->now_ms + GROUP_SAY_MS;
        notes_say_by(core, group->say_at_ms); /* those before it were nobody's to hear */
    }
    judge_changed(core, channel, members, before);
    judge_changed(core, channel, before, members); /* who has a seat no more */
    judge_ours(core, channel);
    group_cut(core, channel);
}

void group_take(struct core *core, struct channel *channel, const struct run *run, bool live)
{
    struct group *group = channel->group;
    bool any = false;
    for (size_t i = 0; i < run->count; i++)
        any = any || act_is(run->entries[i].kind);
    if (!any)
        return;
    struct members before = *group_members(group);
    before.seats = arena_copy(&core->arena, before.seats, before.seat_count * sizeof *before.seats);
    before.order = arena_copy(&core->arena, before.order, before.ordered * sizeof *before.order);
    any = false;
    for (size_t i = 0; i < run->count; i++)
        any = add_act(core, channel, &run->entries[i], false) || any;
    if (any)
        settle(core, channel, &before, live);
}

bool group_takes(struct channel *channel, const struct id *author)
{
    return channel->group == NULL || members_takes(group_members(channel->group), author);
}

const struct seat *group_own(const struct core *core, struct channel *channel)
{
    if (channel->group->kept.state != GROUP_IN)
        return NULL; /* also who left alone, and so said nothing of it */
    return members_in(group_members(channel->group), &core->config.identity.node);
}

/* Not one that somebody else gave him later, who could take away what was done by it. */
const struct seat *group_inviting(const struct core *core, struct channel *channel)
{
    const struct seat *own = group_own(core, channel), *best = own;
    const struct members *members = group_members(channel->group);
    size_t count = 0;
    if (own == NULL || own->role == ROLE_MEMBER)
        return NULL;
    const uint32_t *seats = members_seats(members, &own->member, own->term, &count);
    for (size_t i = 0; i < count; i++) {
        const struct seat *seat = &members->seats[seats[i]];
        if (!seat->cut && seat->role != ROLE_MEMBER &&
            id_equal(&seat->admit, &channel->group->kept.admit))
            best = seat;
    }
    return best;
}

/* ---- what is due ---- */

/* Heads of all, whoever was let in. */
static void compare(struct core *core, struct channel *channel)
{
    for (size_t i = 0; channel->hops > 0 && i < core->links.room; i++)
        if (link_hears(&core->links.list[i], &channel->id))
            heads_compare(core, &core->links.list[i], channel);
}

/* Some of those whose cards are not known, of all links, in turn. */
static void seek_cards(struct core *core, struct channel *channel)
{
    struct group *group = channel->group;
    const struct members *members = group_members(group);
    size_t asked = 0;
    meet_members(core, channel);
    for (size_t i = 0; i < members->seat_count && asked < GROUP_SEEKS; i++) {
        size_t at = (group->seek_next + i) % members->seat_count;
        const struct person *person = groups_person(&core->groups, &members->seats[at].member);
        if (!members->seats[at].in || person == NULL || person->card.version != 0)
            continue;
        seeks_ask(core, &person->node);
        asked++;
    }
    group->seek_next += GROUP_SEEKS;
    /* Who was asked answers when he has it; so it is asked again rarely, and when somebody else comes. */
    group->seek_wait_ms = group->seek_wait_ms == 0 ? GROUP_SEEK_MS : 2 * group->seek_wait_ms;
    if (group->seek_wait_ms > GROUP_SEEK_LAST_MS)
        group->seek_wait_ms = GROUP_SEEK_LAST_MS;
    group->seek_at_ms = asked > 0 ? core->now_ms + group->seek_wait_ms : UINT64_MAX;
}

void group_link_up(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct group *group = core->channels.list[i].group;
        if (group == NULL || group->kept.state != GROUP_IN)
            continue;
        group->seek_wait_ms = 0;
        if (group->seek_at_ms > core->now_ms + KEYS_WAIT_MS)
            group->seek_at_ms = core->now_ms + KEYS_WAIT_MS;
    }
}

static void tell_closed(struct core *core, struct channel *channel)
{
    struct group *group = channel->group;
    group->tell_at_ms = UINT64_MAX;
    group->closed_told = group->closed;
    if (!shows(channel))
        return;
    struct show *show = emit_show(core, SHOW_CLOSED);
    show->channel = channel->name;
    show->n = group->closed;
}

/* He has left, and somebody holds the entry that says so. */
static void leave_for_good(struct core *core, struct channel *channel)
{
    const struct log *log = channel_highest(channel, &core->config.identity.node);
    if (log != NULL && channel->received < log->seq)
        return;
    struct channel_name name = keys_name(core, &channel->group->kept, true);
    channel->group->kept.state = GROUP_GONE;
    channel->group->kept.unread = false;
    group_name(core, channel, &name); /* another may be called so again */
    group_keep(core, channel);
    channel_leave(&core->channels, channel);
    carry_rest(channel);
    carry_asked(core);
    notes_left(core, channel);
    core_announce_self(core);
}

/* He has been let in once, and is in: nothing of his is left out, or ever was. */
static bool is_plain(const struct members *members, const struct id *author)
{
    const struct seat *last = members_last(members, author);
    size_t count = 0;
    const uint32_t *seats = members_seats(members, author, 0, &count);
    bool cut = last == NULL || last->term > 0;
    for (size_t i = 0; i < count; i++)
        cut = cut || members->seats[seats[i]].cut;
    return !cut;
}

/* At a start: what may not have been gone through when the program ended. */
static void judge_again(struct core *core, struct channel *channel)
{
    struct group *group = channel->group;
    const struct members *members = group_members(group);
    group->judge_again = false;
    for (size_t i = 0; group->closed > 0 && i < group->epoch_count; i++)
        if (group->epochs[i].known)
            group_judge_epoch(core, channel, group_act(group, &group->epochs[i])->id.b);
    judge_ours(core, channel);
    for (size_t i = 0; i < channel->log_count; i++) {
        const struct log *log = &channel->logs[i];
        if (channel_log(channel, &log->author) == log &&
            (group->kept.unread || !is_plain(members, &log->author)))
            group_judge_author(core, channel, &log->author);
    }
    group_cut(core, channel);
}

void group_work(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        struct group *group = channel->group;
        if (group == NULL)
            continue;
        if (group->judge_again)
            judge_again(core, channel);
        if (group->lost)
            group_put_out_lost(core, channel);
        if (group->compare_at_ms <= core->now_ms) {
            group->compare_at_ms = UINT64_MAX;
            compare(core, channel);
        }
        if (group->seek_at_ms <= core->now_ms)
            seek_cards(core, channel);
        if (group->closed != group->closed_told && group->tell_at_ms == UINT64_MAX)
            group->tell_at_ms = core->now_ms + GROUP_TELL_MS;
        if (group->tell_at_ms <= core->now_ms)
            tell_closed(core, channel);
        if (group->kept.state == GROUP_LEFT && channel->joined && !core->unwritable)
            leave_for_good(core, channel);
    }
    keys_answer(core);
    for (size_t i = 0; i < core->channels.count; i++) /* it may make direct channels: by index */
        if (!core->unwritable && core->channels.list[i].group != NULL &&
            core->channels.list[i].group->ask_at_ms <= core->now_ms)
            keys_work(core, &core->channels.list[i]);
}

uint64_t group_deadline(const struct core *core)
{
    bool writes = !core->unwritable; /* what is said goes to disk */
    uint64_t deadline = core->groups.asked_count > 0 && writes ? core->now_ms : UINT64_MAX;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct group *group = core->channels.list[i].group;
        if (group == NULL)
            continue;
        uint64_t due[] = {group->compare_at_ms, group->seek_at_ms, group->tell_at_ms,
                          writes ? group->ask_at_ms : UINT64_MAX,
                          group->say_at_ms > core->now_ms ? group->say_at_ms : UINT64_MAX};
        for (size_t k = 0; k < sizeof due / sizeof due[0]; k++)
            deadline = due[k] < deadline ? due[k] : deadline;
    }
    return deadline;
}
