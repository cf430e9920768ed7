/* Admit: who is let in to a private channel, and who is removed: the nodes of a person together, as far as they are known. Whoever
 * asks for what he may not do is told so, and nothing is said: others would not count it.
 *
 * 1. A device that is heard of later is let in by who let in the person, as he did that; where it is the user's own, by the user, if he may.
 * 2. A device that was revoked is removed by who let it in, and by the founder, as soon as they hear of that.
 * 3. Whoever was let in and was never seen there may have declined, or nothing came to him: the invitation goes to him again, by the act
 *    that stands, each time that the user asks for it. */
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

#define TOLD_BEFORE TOLD_COUNT /* what stood in the way was told where it was met */

/* ---- who is meant ---- */

/* The nodes of one person, or one that was named. */
struct meant {
    struct id nodes[LIMIT_PERSON_NODES];
    size_t count;
    char nick[LIMIT_CHANNEL + 1];
};

/* For two more acts of this member; the founder has some to himself. */
static bool has_room(const struct channel *channel, const struct seat *own)
{
    size_t kept = own->role == ROLE_FOUNDER ? 0 : LIMIT_ACTS_KEPT;
    return channel->group->act_count + 2 + kept <= LIMIT_ACTS;
}

/* The channel, if it is a private one in which the user is; NULL, and told, else. */
static struct channel *private_meant(struct core *core, const struct channel_name *name,
                                     const struct seat **own)
{
    struct channel *channel = group_meant(core, name);
    if (channel == NULL)
        return NULL;
    *own = group_own(core, channel);
    if (*own == NULL || core->unwritable) {
        if (*own == NULL)
            group_tell_out(core, channel);
        else
            emit_told(core, TOLD_STORE_FULL, NULL, NULL, 0);
        return NULL;
    }
    if (!has_room(channel, *own)) {
        emit_told(core, TOLD_ACTS_FULL, channel->name.text, NULL, 0);
        return NULL;
    }
    return channel;
}

/* Of those who have, or had, a seat, whose ids begin so: "nick~digits", or digits alone. */
static size_t by_digits(const struct members *members, const char *typed,
                        struct id found[WHOM_SEVERAL])
{
    const char *tilde = strrchr(typed, '~'), *digits = tilde != NULL ? tilde + 1 : typed;
    size_t size = strlen(digits), count = 0;
    char hex[ID_HEX_SIZE];
    if (size < 4 || (tilde == NULL && size < 8) || strspn(digits, "0123456789abcdef") != size)
        return 0;
    for (size_t i = 0; i < members->seat_count && count < WHOM_SEVERAL; i++) {
        const struct id *member = &members->seats[members->order[i]].member;
        hex_of(hex, member->b, sizeof member->b);
        if (strncmp(hex, digits, size) == 0 && (count == 0 || !id_equal(&found[count - 1], member)))
            found[count++] = *member;
    }
    return count;
}

/* Of those that are called so the one that is meant: the only one, or the only one that is in (or not). */
static bool find_named(struct core *core, struct channel *channel, bool in, struct meant *meant)
{
    struct id found[WHOM_SEVERAL];
    const struct members *members = group_members(channel->group);
    size_t fitting = 0, count = meant->nick[0] == '\0' ? 0 : whom_find(core, meant->nick, found);
    if (count == 0 && meant->nick[0] != '\0')
        count = by_digits(members, meant->nick, found);
    meant->count = 1;
    for (size_t i = 0; i < count; i++) {
        if ((members_in(members, &found[i]) != NULL) != in)
            continue;
        fitting++;
        meant->nodes[0] = found[i];
    }
    if (fitting == 1)
        return true;
    if (count == 1) {
        meant->nodes[0] = found[0];
        return true;
    }
    if (count == 0)
        emit_told(core, TOLD_NOBODY_CALLED, meant->nick, NULL, 0);
    else
        whom_tell_several(core, meant->nick, found, count);
    return false;
}

/* in: who is in rather than who is not. False: nobody, and that is told. */
static bool find_meant(struct core *core, struct channel *channel, const struct request *request,
                       bool in, struct meant *meant)
{
    struct bytes text = request->text;
    memset(meant, 0, sizeof *meant);
    if (!request->put) {
        if (text.size > 0)
            memcpy(meant->nick, text.at, text.size < LIMIT_CHANNEL ? text.size : LIMIT_CHANNEL);
        return find_named(core, channel, in, meant);
    }
    memcpy(meant->nick, request->nick.text, strlen(request->nick.text));
    for (; text.size >= 32 && meant->count < LIMIT_PERSON_NODES; text.size -= 32, text.at += 32)
        memcpy(meant->nodes[meant->count++].b, text.at, 32);
    return meant->count > 0;
}

/* ---- letting in ---- */

/* As what the user lets somebody in. */
struct terms {
    bool inviter, history;
};

static bool say_admit(struct core *core, struct channel *channel, const struct id *who,
                      uint16_t term, const struct seat *by, const struct terms *terms,
                      struct id *id)
{
    uint8_t body[LIMIT_BODY];
    struct entry said;
    struct act act = {.kind = ENTRY_ADMIT,
                      .member = *who,
                      .member_term = term,
                      .by = by->admit,
                      .may_invite = terms->inviter,
                      .history = terms->history};
    act.last = group_last_act(channel->group, &core->config.identity.node, UINT64_MAX);
    size_t size = act_write(body, &act);
    if (!own_say_act(core, channel, ENTRY_ADMIT, (struct bytes){body, size}, &said))
        return false;
    *id = said.id;
    return true;
}

/* He takes the channel now, or has said something there since he was last removed. */
static bool was_seen(struct core *core, struct channel *channel, const struct id *who)
{
    const struct members *members = group_members(channel->group);
    const struct log *log = channel_highest(channel, who);
    uint64_t before = 0;
    if (id_equal(who, &core->config.identity.node) || core_is_here(core, &channel->name, who))
        return true;
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        if (id_equal(&seat->member, who) && seat->cut && seat->cut_seq > before)
            before = seat->cut_seq;
    }
    return log != NULL && log_has_head(log) && log->seq > before;
}

/* The invitation goes to one who is in and was not seen. What is told of it: `told`, or what stands in the way. */
static enum told invite_again(struct core *core, const struct id *channel_id, const struct id *who,
                              enum told told)
{
    struct channel *channel = channel_by_id(&core->channels, channel_id);
    if (was_seen(core, channel, who))
        return told;
    return keys_invite_again(core, channel, who) ? told : TOLD_TOO_MANY_CHANNELS;
}

/* Says that the node is in; *id: by which act, and the channel may have moved. What is told of it: INVITED, or what stands
 * in the way. */
static enum told let_in(struct core *core, const struct id *channel_id, const struct id *who,
                        const struct terms *terms, struct id *id)
{
    struct channel *channel = channel_by_id(&core->channels, channel_id);
    const struct members *members = group_members(channel->group);
    const struct seat *own = group_own(core, channel);
    const struct seat *seat = members_in(members, who), *last = members_last(members, who);
    bool rises = seat != NULL;
    if (own == NULL || block_is_lost(core, who))
        return TOLD_NOT_IN;
    if (rises && (!terms->inviter || seat->role != ROLE_MEMBER ||
                  members_above(members, &own->member, seat) == NULL))
        return was_seen(core, channel, who) ? TOLD_IN_ALREADY : TOLD_INVITED_AGAIN;
    if (!rises && members_count(members) >= LIMIT_MEMBERS)
        return TOLD_MEMBERS_FULL;
    if (!has_room(channel, own))
        return TOLD_ACTS_FULL;
    uint16_t term = rises ? seat->term : last == NULL ? 0 : (uint16_t)(last->term + 1);
    if (!rises && !keys_reach(core, who))
        return TOLD_TOO_MANY_CHANNELS;
    channel = channel_by_id(&core->channels, channel_id);
    /* He may have been removed from that term already, by who had let him in to it unheard of here. */
    for (int i = 0;; i++) {
        if (!say_admit(core, channel, who, term, group_inviting(core, channel), terms, id))
            return TOLD_BEFORE;
        if (rises)
            return TOLD_MAY_INVITE;
        if (members_in(group_members(channel->group), who) != NULL)
            return TOLD_INVITED;
        size_t seats = 0;
        members_seats(group_members(channel->group), who, term, &seats);
        if (i == 3 || seats == 0 || term == UINT16_MAX)
            return TOLD_NOT_IN;
        term++;
    }
}

/* Of a device, which the shell calls by its person's name. */
static void tell_device(struct core *core, enum told told, const struct id *device,
                        const char *nick, const char *name)
{
    struct show *show = emit_show(core, SHOW_TOLD);
    show->told = told;
    show->id = *device;
    show->a = arena_string(core, nick);
    show->b = arena_string(core, name);
}

static void tell_let_in(struct core *core, enum told told, const char *nick, const char *name)
{
    if (told == TOLD_MEMBERS_FULL)
        emit_told(core, told, name, NULL, LIMIT_MEMBERS);
    else if (told == TOLD_TOO_MANY_CHANNELS)
        emit_told(core, told, NULL, NULL, LIMIT_CHANNELS);
    else if (told == TOLD_ACTS_FULL)
        emit_told(core, told, name, NULL, 0);
    else if (told != TOLD_BEFORE)
        emit_told(core, told, nick, name, 0);
}

/* All nodes of the person; what is told is told once. device: they are more of one who is in. */
static void let_in_all(struct core *core, const struct id channel_id, const struct meant *meant,
                       const struct terms *terms, bool device)
{
    struct id in[LIMIT_PERSON_NODES], by[LIMIT_PERSON_NODES], id;
    enum told told = TOLD_BEFORE;
    size_t count = 0;
    for (size_t i = 0; i < meant->count; i++) {
        enum told one = let_in(core, &channel_id, &meant->nodes[i], terms, &id);
        if (one == TOLD_INVITED_AGAIN || one == TOLD_MAY_INVITE)
            one = invite_again(core, &channel_id, &meant->nodes[i], one);
        if (told == TOLD_BEFORE || one < TOLD_ERRORS_FROM)
            told = told == TOLD_INVITED ? told : one;
        if (one != TOLD_INVITED)
            continue;
        in[count] = meant->nodes[i];
        by[count++] = id;
    }
    struct channel *channel = channel_by_id(&core->channels, &channel_id);
    if (told == TOLD_INVITED && terms->history && !device)
        told = TOLD_INVITED_HISTORY;
    if (told == TOLD_INVITED && device)
        tell_device(core, TOLD_INVITED_DEVICE, &in[0], meant->nick, channel->name.text);
    else
        tell_let_in(core, told, meant->nick, channel->name.text);
    if (count == 0)
        return;
    const struct epoch *only = NULL;
    if (!terms->history) {
        only = group_make_epoch(core, channel);
        if (only == NULL)
            return;
    } else {
        group_writing(core, channel); /* so that there is one */
    }
    for (size_t i = 0; i < count; i++)
        keys_invite(core, channel_by_id(&core->channels, &channel_id), &in[i], &by[i], only);
}

void group_admit(struct core *core, const struct request *request)
{
    const struct seat *own = NULL;
    const struct terms terms = {.inviter = request->inviter, .history = request->history};
    struct channel *channel = private_meant(core, &request->channel, &own);
    struct meant meant;
    if (channel == NULL)
        return;
    if (own->role == ROLE_MEMBER)
        emit_told(core,
                  members_open(group_members(channel->group)) ? TOLD_NOT_INVITER : TOLD_NO_INVITER,
                  channel->name.text, NULL, 0);
    else if (find_meant(core, channel, request, false, &meant))
        let_in_all(core, channel->id, &meant, &terms, false);
}

/* ---- removing ---- */

bool group_say_removal(struct core *core, struct channel *channel, const struct id *who,
                       uint16_t term, const struct seat *by)
{
    uint8_t body[LIMIT_BODY];
    struct entry said;
    struct act act = {.kind = ENTRY_REMOVE, .member = *who, .member_term = term};
    if (by != NULL)
        act.by = by->admit;
    act.last = group_last_act(channel->group, &core->config.identity.node, UINT64_MAX);
    const struct log *log = channel_highest(channel, who);
    if (!id_equal(who, &core->config.identity.node) && log != NULL && log_has_head(log)) {
        act.cut_seq = log->seq;
        act.cut_tip = log->tip;
        act.cut_last = group_last_act(channel->group, who, log->seq);
    }
    size_t size = act_write(body, &act);
    return own_say_act(core, channel, ENTRY_REMOVE, (struct bytes){body, size}, &said);
}

/* His highest seat that is not cut and hangs below one of that member, in his term: to remove him from it does so from all lower ones
 * there, too. */
static const struct seat *highest_below(const struct members *members, const struct seat *own,
                                        const struct id *who, const struct seat **by)
{
    const struct seat *highest = NULL;
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        if (seat->cut || !id_equal(&seat->member, who) ||
            (highest != NULL && seat->term <= highest->term))
            continue;
        const struct seat *above = members_above(members, &own->member, seat);
        if (above == NULL || above->term != own->term)
            continue;
        highest = seat;
        *by = above;
    }
    return highest;
}

/* Others whom he is not below let him in, too, in the term in which he is in. */
static bool stays_in(const struct members *members, const struct id *self, const struct seat *in)
{
    size_t count;
    const uint32_t *seats = members_seats(members, &in->member, in->term, &count);
    for (size_t i = 0; i < count; i++) {
        const struct seat *seat = &members->seats[seats[i]];
        if (!seat->cut && members_above(members, self, seat) == NULL)
            return true;
    }
    return false;
}

/* REMOVED, or what stands in the way. */
static enum told put_out(struct core *core, struct channel *channel, const struct id *who)
{
    const struct seat *own = group_own(core, channel), *by = NULL;
    const struct members *members = group_members(channel->group);
    const struct seat *seat = members_in(members, who);
    if (seat == NULL || own == NULL)
        return TOLD_NOT_IN;
    if (stays_in(members, &own->member, seat) || highest_below(members, own, who, &by) == NULL)
        return TOLD_NOT_ABOVE;
    /* Whoever else let him in, below, in a term of its own, or by another seat, has done so in vain. */
    for (int i = 0; i < 4 && (own = group_own(core, channel)) != NULL; i++) {
        seat = highest_below(group_members(channel->group), own, who, &by);
        if (seat == NULL)
            break;
        if (!group_say_removal(core, channel, who, seat->term, by))
            return TOLD_BEFORE;
    }
    return TOLD_REMOVED;
}

void group_remove(struct core *core, const struct request *request)
{
    const struct seat *own = NULL;
    struct channel *channel = private_meant(core, &request->channel, &own);
    struct meant meant;
    enum told told = TOLD_BEFORE;
    bool any = false;
    if (channel == NULL || !find_meant(core, channel, request, true, &meant))
        return;
    for (size_t i = 0; i < meant.count; i++) {
        enum told one = put_out(core, channel, &meant.nodes[i]);
        any = any || one == TOLD_REMOVED;
        if (told == TOLD_BEFORE || told == TOLD_NOT_IN || one == TOLD_NOT_ABOVE)
            told = one; /* one of his that stays is what is to be known */
    }
    if (told != TOLD_BEFORE)
        emit_told(core, told, meant.nick, channel->name.text, 0);
    if (any)
        group_make_epoch(core, channel);
}

/* ---- devices ---- */

/* The user's own, or one whom he let in himself: of those who may, one does. */
static const struct seat *let_in_by_us(const struct core *core, struct channel *channel,
                                       const struct id *node)
{
    const struct members *members = group_members(channel->group);
    const struct id *self = &core->config.identity.node;
    const struct seat *seat = members_in(members, node);
    bool ours = seat != NULL &&
                (id_equal(node, self) ||
                 (seat->above != SEAT_NONE && id_equal(&members->seats[seat->above].member, self)));
    return ours ? seat : NULL;
}

void group_device(struct core *core, const struct id *device, const struct id *other)
{
    const struct id *self = &core->config.identity.node;
    if (core->unwritable || id_equal(device, self))
        return;
    for (size_t i = 0; i < core->channels.count; i++) { /* by index: a direct one may be made */
        struct channel *channel = &core->channels.list[i];
        if (channel->group == NULL || channel->group->kept.state != GROUP_IN)
            continue;
        const struct seat *seat = let_in_by_us(core, channel, other);
        if (seat == NULL || group_inviting(core, channel) == NULL ||
            members_last(group_members(channel->group), device) != NULL)
            continue; /* who was removed once stays so */
        struct terms terms = {.inviter = seat->role != ROLE_MEMBER,
                              .history = seat->history || id_equal(other, self)};
        struct meant meant = {.nodes = {*device}, .count = 1};
        struct nick nick = id_equal(other, self) ? core->config.nick : whom_nick(core, other);
        memcpy(meant.nick, nick.text, strlen(nick.text));
        let_in_all(core, channel->id, &meant, &terms, true);
    }
}

void group_put_out_lost(struct core *core, struct channel *channel)
{
    const struct seat *own = group_own(core, channel);
    bool any = false;
    if (core->unwritable)
        return;
    channel->group->lost = false;
    for (size_t i = 0; i < core->refused_count && own != NULL; i++) {
        const struct id *device = &core->refused[i];
        if (own->role != ROLE_FOUNDER && let_in_by_us(core, channel, device) == NULL)
            continue;
        if (put_out(core, channel, device) != TOLD_REMOVED)
            continue;
        any = true;
        struct nick nick = whom_nick(core, device);
        tell_device(core, TOLD_REMOVED_DEVICE, device, nick.text, channel->name.text);
        own = group_own(core, channel);
    }
    if (any)
        group_make_epoch(core, channel);
}
