/* Group, shown: who was let in, and who was removed, out of two states of the same acts. */
#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

static struct show *show_person(struct core *core, const struct channel *channel,
                                enum show_kind kind, const struct id *of, const struct id *by,
                                bool live)
{
    struct show *show = emit_show(core, kind);
    show->channel = channel->name;
    show->id = *of;
    show->nick = whom_nick(core, of);
    show->who = *by;
    show->who_nick = whom_nick(core, by);
    show->own = id_equal(of, &core->config.identity.node);
    if (show->own)
        show->nick = core->config.nick;
    if (id_equal(by, &core->config.identity.node))
        show->who_nick = core->config.nick;
    show->up = live;
    return show;
}

static struct show *show_in(struct core *core, const struct channel *channel,
                            const struct members *members, const struct seat *seat, bool live)
{
    const struct seat *above = seat->above == SEAT_NONE ? seat : &members->seats[seat->above];
    struct show *show =
        show_person(core, channel, SHOW_ADMITTED, &seat->member, &above->member, live);
    show->n = seat->role;
    show->n2 = seat->history;
    show->lamport = seat->admit_lamport;
    show->wall_ms = seat->wall_ms;
    return show;
}

bool group_is_to_come(const struct core *core, struct channel *channel)
{
    const struct group *group = channel->group;
    return group_own(core, channel) == NULL && !id_is_zero(&group->kept.admit) &&
           table_get(&group->act_ids, &group->kept.admit) == TABLE_NONE;
}

void group_tell_out(struct core *core, struct channel *channel)
{
    bool comes = group_is_to_come(core, channel);
    emit_told(core, comes ? TOLD_NOT_IN_YET : TOLD_OUT, channel->name.text, NULL, 0);
}

static void show_out(struct core *core, const struct channel *channel, const struct seat *seat,
                     bool live)
{
    const struct group *group = channel->group;
    struct show *show =
        show_person(core, channel, SHOW_REMOVED, &seat->member, &seat->cut_by, live);
    uint32_t act = table_get(&group->act_ids, &seat->cut_act);
    CHECK(act < group->act_count);
    show->lamport = group->acts[act].lamport;
    show->wall_ms = group->acts[act].wall_ms;
    show->seq = seat->cut_seq;
    show->n = seat->role;
    show->n3 = seat->role != ROLE_MEMBER && !members_open(group_members(channel->group));
}

/* Of his seats of that term the one that was cut last. */
static const struct seat *last_cut(const struct members *members, const struct id *member,
                                   uint16_t term)
{
    size_t count;
    const uint32_t *seats = members_seats(members, member, term, &count);
    const struct seat *last = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct seat *seat = &members->seats[seats[i]];
        if (seat->cut && (last == NULL || seat->out_lamport > last->out_lamport))
            last = seat;
    }
    return last;
}

/* The seat that the act makes; NULL: it does nothing, or is not held. */
static const struct seat *seat_by(const struct members *members, const struct id *admit)
{
    for (size_t i = 0; i < members->seat_count; i++)
        if (members->seats[i].above != SEAT_NONE && id_equal(&members->seats[i].admit, admit))
            return &members->seats[i];
    return NULL;
}

void group_show_own(struct core *core, struct channel *channel)
{
    const struct members *members = group_members(channel->group);
    const struct seat *own = group_own(core, channel);
    const struct seat *invited = seat_by(members, &channel->group->kept.admit);
    if (own != NULL && own->above != SEAT_NONE)
        show_in(core, channel, members, own, true);
    else if (own == NULL && invited != NULL && invited->cut)
        show_out(core, channel, invited, true);
}

/* He joined what he had been removed from before: what he is told of it comes with the act that lets him in. */
static void show_invited_in_vain(struct core *core, struct channel *channel,
                                 const struct members *before, bool live)
{
    const struct members *members = group_members(channel->group);
    const struct id *self = &core->config.identity.node, *admit = &channel->group->kept.admit;
    const struct seat *invited = seat_by(members, admit);
    if (invited != NULL && invited->cut && seat_by(before, admit) == NULL &&
        members_in(before, self) == NULL && members_in(members, self) == NULL)
        show_out(core, channel, invited, live);
}

/* He takes the channel, and is one of those who are seen there no more. */
static void show_gone(struct core *core, const struct channel *channel, const struct id *member)
{
    const struct link *link = link_table_to(&core->links, member, NULL);
    bool was =
        (link != NULL && link_has_joined(link, &channel->id)) || notes_know(core, channel, member);
    notes_silence(core, channel, member);
    if (!was)
        return;
    struct show *show = emit_show(core, SHOW_MEMBER);
    show->channel = channel->name;
    show->nick = whom_nick(core, member);
    show->id = *member;
    show->n2 = 1;
}

void group_show_presence(struct core *core, struct channel *channel, const struct members *before)
{
    const struct members *members = group_members(channel->group);
    const struct id *self = &core->config.identity.node;
    bool was = members_in(before, self) != NULL, is = members_in(members, self) != NULL;
    bool back = is && members_out(before, self);
    for (size_t i = 0; i < before->seat_count; i++) { /* who is out himself is there with nobody */
        const struct id *member = &before->seats[i].member;
        if (before->seats[i].in && !id_equal(member, self) &&
            (members_in(members, member) == NULL || (was && !is)))
            show_gone(core, channel, member);
    }
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct id *member = &members->seats[i].member;
        const struct link *link = link_table_to(&core->links, member, NULL);
        if (link != NULL && link_has_joined(link, &channel->id) && members->seats[i].in &&
            (back || members_in(before, member) == NULL))
            emit_member(core, channel, link, true);
    }
}

void group_show_changes(struct core *core, struct channel *channel, const struct members *before,
                        bool live)
{
    const struct members *members = group_members(channel->group);
    const struct id *shown = NULL;
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i], *out;
        const struct seat *was = members_in(before, &seat->member);
        if (seat->in && seat->above != SEAT_NONE &&
            (was == NULL || was->role != seat->role || was->term != seat->term))
            show_in(core, channel, members, seat, live)->n3 =
                was != NULL && was->term == seat->term;
        if (was == NULL || was->term != seat->term || !seat->cut ||
            (shown != NULL && id_equal(shown, &seat->member)) ||
            members_in(members, &seat->member) != NULL)
            continue;
        out = last_cut(members, &seat->member, seat->term);
        if (seat == out)
            show_out(core, channel, seat, live);
        shown = &seat->member;
    }
    show_invited_in_vain(core, channel, before, live);
}
