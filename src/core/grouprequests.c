/* Grouprequests: what a face asks of private channels: to make one, to let somebody in, to remove him, to join and
 * to leave. Whoever asks for what he may not do is told so, and nothing is said: others would not count it. */
#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

/* ---- making one ---- */

static void create(struct core *core, const struct channel_name *name)
{
    struct group_kept kept = {.founder = core->config.identity.node,
                              .called = *name,
                              .name = *name,
                              .state = GROUP_IN,
                              .wall_ms = core->wall_ms};
    uint8_t drawn[32];
    if (!channel_name_ok(name->text)) {
        emit_told(core, TOLD_BAD_CHANNEL, name->text, NULL, 0);
        return;
    }
    if (core->unwritable) {
        emit_told(core, TOLD_STORE_FULL, NULL, NULL, 0);
        return;
    }
    bool taken = channel_by_name(&core->channels, name->text) != NULL;
    for (size_t i = 0; i < core->groups.invitation_count; i++)
        taken = taken || strcmp(core->groups.invitations[i].kept.name.text, name->text) == 0;
    if (taken || core->channels.joined == LIMIT_CHANNELS) {
        if (taken)
            emit_told(core, TOLD_NAME_TAKEN, name->text, NULL, 0);
        else
            emit_told(core, TOLD_TOO_MANY_CHANNELS, NULL, NULL, LIMIT_CHANNELS);
        return;
    }
    direct_draw(&core->direct, drawn);
    memcpy(kept.nonce, drawn, sizeof kept.nonce);
    sodium_memzero(drawn, sizeof drawn);
    kept.channel = private_id(&core->config.network, &kept.founder, kept.nonce);
    struct channel *channel = group_made(core, &kept);
    group_keep(core, channel);
    request_joined(core, channel, TOLD_CREATED, NULL);
}

/* ---- who is meant ---- */

/* The channel, if it is a private one in which the user is; NULL, and told, else. */
static struct channel *meant(struct core *core, const struct channel_name *name,
                             const struct seat **own)
{
    struct channel *channel = request_meant(core, name);
    if (channel == NULL)
        return NULL;
    if (channel->group == NULL) {
        emit_told(core, TOLD_NOT_PRIVATE, channel->name.text, NULL, 0);
        return NULL;
    }
    *own = group_own(core, channel);
    if (*own == NULL || core->unwritable) {
        if (*own == NULL)
            group_tell_out(core, channel);
        else
            emit_told(core, TOLD_STORE_FULL, NULL, NULL, 0);
        return NULL;
    }
    size_t kept = (*own)->role == ROLE_FOUNDER ? 0 : LIMIT_ACTS_KEPT;
    if (channel->group->act_count + 2 + kept > LIMIT_ACTS) {
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
static bool find_person(struct core *core, struct channel *channel, struct bytes typed, bool in,
                        struct id *node, char nick[LIMIT_CHANNEL + 1])
{
    struct id found[WHOM_SEVERAL];
    const struct members *members = group_members(channel->group);
    size_t size = typed.size < LIMIT_CHANNEL ? typed.size : LIMIT_CHANNEL, fitting = 0;
    memset(nick, 0, LIMIT_CHANNEL + 1);
    if (size > 0)
        memcpy(nick, typed.at, size);
    size_t count = size == 0 ? 0 : whom_find(core, nick, found);
    if (count == 0 && size > 0)
        count = by_digits(members, nick, found);
    for (size_t i = 0; i < count; i++) {
        if ((members_in(members, &found[i]) != NULL) != in)
            continue;
        fitting++;
        *node = found[i];
    }
    if (fitting == 1)
        return true;
    if (count == 1) {
        *node = found[0];
        return true;
    }
    if (count == 0)
        emit_told(core, TOLD_NOBODY_CALLED, nick, NULL, 0);
    else
        whom_tell_several(core, nick, found, count);
    return false;
}

/* ---- letting in ---- */

static bool say_admit(struct core *core, struct channel *channel, const struct id *who,
                      uint16_t term, const struct seat *by, const struct request *request,
                      struct id *id)
{
    uint8_t body[LIMIT_BODY];
    struct entry said;
    struct act act = {.kind = ENTRY_ADMIT,
                      .member = *who,
                      .member_term = term,
                      .by = by->admit,
                      .may_invite = request->inviter,
                      .history = request->history};
    act.last = group_last_act(channel->group, &core->config.identity.node, UINT64_MAX);
    size_t size = act_write(body, &act);
    if (!request_say_act(core, channel, ENTRY_ADMIT, (struct bytes){body, size}, &said))
        return false;
    *id = said.id;
    return true;
}

static void admit(struct core *core, const struct request *request)
{
    const struct seat *own = NULL;
    struct channel *channel = meant(core, &request->channel, &own);
    struct id who, id, channel_id;
    char nick[LIMIT_CHANNEL + 1];
    if (channel == NULL)
        return;
    const char *name = channel->name.text;
    if (own->role == ROLE_MEMBER) {
        emit_told(core, TOLD_NOT_INVITER, name, NULL, 0);
        return;
    }
    if (!find_person(core, channel, request->text, false, &who, nick))
        return;
    struct group *group = channel->group;
    const struct members *members = group_members(group);
    const struct seat *seat = members_in(members, &who), *last = members_last(members, &who);
    if (seat != NULL && (!request->inviter || seat->role != ROLE_MEMBER ||
                         members_above(members, &own->member, seat) == NULL)) {
        emit_told(core, TOLD_IN_ALREADY, nick, name, 0);
        return;
    }
    if (seat == NULL && members_count(members) >= LIMIT_MEMBERS) {
        emit_told(core, TOLD_MEMBERS_FULL, name, NULL, LIMIT_MEMBERS);
        return;
    }
    bool rises = seat != NULL;
    uint16_t term = rises ? seat->term : last == NULL ? 0 : (uint16_t)(last->term + 1);
    channel_id = channel->id;
    if (!rises && !keys_reach(core, &who)) {
        emit_told(core, TOLD_TOO_MANY_CHANNELS, NULL, NULL, LIMIT_CHANNELS);
        return;
    }
    channel = channel_by_id(&core->channels, &channel_id); /* it may have moved */
    /* He may have been removed from that term already, by who had let him in to it unheard of here. */
    for (int i = 0;; i++) {
        if (!say_admit(core, channel, &who, term, group_inviting(core, channel), request, &id))
            return;
        if (rises || members_in(group_members(channel->group), &who) != NULL)
            break;
        size_t seats = 0;
        members_seats(group_members(channel->group), &who, term, &seats);
        if (i == 3 || seats == 0 || term == UINT16_MAX) {
            emit_told(core, TOLD_NOT_IN, nick, channel->name.text, 0);
            return;
        }
        term++;
    }
    emit_told(core,
              rises              ? TOLD_MAY_INVITE
              : request->history ? TOLD_INVITED_HISTORY
                                 : TOLD_INVITED,
              nick, channel->name.text, 0);
    if (rises)
        return;
    const struct epoch *only = NULL;
    if (!request->history) {
        only = group_make_epoch(core, channel);
        if (only == NULL)
            return;
    } else {
        group_writing(core, channel); /* so that there is one */
    }
    keys_invite(core, channel, &who, &id, only);
}

/* ---- removing ---- */

/* Says that he is out, beyond what is held of him; of oneself (by no seat in particular), beyond this. */
static bool say_remove(struct core *core, struct channel *channel, const struct id *who,
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
    return request_say_act(core, channel, ENTRY_REMOVE, (struct bytes){body, size}, &said);
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

static void remove_member(struct core *core, const struct request *request)
{
    const struct id self = core->config.identity.node;
    const struct seat *own = NULL;
    struct channel *channel = meant(core, &request->channel, &own);
    struct id who;
    char nick[LIMIT_CHANNEL + 1];
    if (channel == NULL || !find_person(core, channel, request->text, true, &who, nick))
        return;
    const struct members *members = group_members(channel->group);
    const struct seat *seat = members_in(members, &who), *by = NULL;
    if (seat == NULL) {
        emit_told(core, TOLD_NOT_IN, nick, channel->name.text, 0);
        return;
    }
    if (stays_in(members, &self, seat) || highest_below(members, own, &who, &by) == NULL) {
        emit_told(core, TOLD_NOT_ABOVE, nick, channel->name.text, 0);
        return;
    }
    /* Whoever else let him in, below, in a term of its own, or by another seat, has done so in vain. */
    for (int i = 0; i < 4 && (own = group_own(core, channel)) != NULL; i++) {
        seat = highest_below(group_members(channel->group), own, &who, &by);
        if (seat == NULL)
            break;
        if (!say_remove(core, channel, &who, seat->term, by))
            return;
    }
    emit_told(core, TOLD_REMOVED, nick, channel->name.text, 0);
    group_make_epoch(core, channel);
}

/* ---- joining and leaving ---- */

/* By its name here, or by that which its members use. */
static struct invitation *invitation_called(struct core *core, const char *name)
{
    struct groups *groups = &core->groups;
    for (int by = 0; by < 2; by++)
        for (size_t i = 0; i < groups->invitation_count; i++) {
            const struct group_kept *kept = &groups->invitations[i].kept;
            if (strcmp(by == 0 ? kept->name.text : kept->called.text, name) == 0)
                return &groups->invitations[i];
        }
    return NULL;
}

bool core_inviter(const struct core *core, const struct channel_name *name, size_t index,
                  struct id *inviter)
{
    for (size_t i = 0; i < core->groups.invitation_count; i++) {
        const struct group_kept *kept = &core->groups.invitations[i].kept;
        if (strcmp(kept->called.text, name->text) != 0 || index-- > 0)
            continue;
        *inviter = kept->inviter;
        return true;
    }
    return false;
}

/* Anybody may call his channel as another is called. So where there is another the name alone leads to those of whom the user
 * knows, and to others the digits behind it. */
static struct invitation *invitation_meant(struct core *core, const char *name,
                                           const struct id *inviter)
{
    struct groups *groups = &core->groups;
    struct invitation *by_name = NULL;
    for (size_t i = 0; i < groups->invitation_count; i++) {
        const struct group_kept *kept = &groups->invitations[i].kept;
        if (strcmp(kept->name.text, name) == 0)
            return &groups->invitations[i];
        if (strcmp(kept->called.text, name) == 0 && id_equal(&kept->inviter, inviter))
            by_name = &groups->invitations[i];
    }
    return by_name;
}

/* Could the open channel of that name be meant? Somebody who is linked takes it, or something is held of it. */
static bool is_open_here(struct core *core, const char *name)
{
    struct id id = channel_id(&core->config.network, name);
    bool open = channel_by_id(&core->channels, &id) != NULL;
    for (size_t i = 0; i < core->links.room && !open; i++)
        open = link_hears(&core->links.list[i], &id);
    return open;
}

static size_t count_called(const struct groups *groups, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < groups->invitation_count; i++)
        count += strcmp(groups->invitations[i].kept.called.text, name) == 0;
    return count;
}

bool group_join(struct core *core, const struct channel_name *name, const struct id *inviter)
{
    struct invitation *invitation = invitation_meant(core, name->text, inviter);
    struct invitation *other = invitation_called(core, name->text);
    const struct channel *held = channel_by_name(&core->channels, name->text);
    bool here = held != NULL && held->joined && !held->quiet;
    if (invitation == NULL && other != NULL && held == NULL &&
        count_called(&core->groups, name->text) == 1 && !is_open_here(core, name->text))
        invitation = other; /* there is nothing else that could be meant */
    if (invitation == NULL && other != NULL && !here) {
        emit_told(core, TOLD_TWO_NAMED, name->text, other->kept.name.text, 0);
        return true;
    }
    if (invitation == NULL && held != NULL && held->group != NULL && !here) {
        emit_told(core, TOLD_OUT, name->text, NULL, 0);
        return true;
    }
    if (invitation == NULL)
        return false;
    if (core->unwritable) {
        emit_told(core, TOLD_STORE_FULL, NULL, NULL, 0);
        return true;
    }
    if (core->channels.joined == LIMIT_CHANNELS) {
        emit_told(core, TOLD_TOO_MANY_CHANNELS, NULL, NULL, LIMIT_CHANNELS);
        return true;
    }
    struct group_kept kept = invitation->kept;
    const struct channel_name invited_as = kept.name;
    kept.state = GROUP_IN;
    kept.name = keys_name(core, &kept, false);
    struct channel *channel = group_made(core, &kept);
    channel->quiet = false;
    for (size_t i = 0; i < invitation->key_count; i++)
        group_take_key(core, channel, &invitation->keys[i]);
    groups_drop_invitation(&core->groups, invitation);
    group_keep(core, channel);
    for (size_t i = 0; i < channel->log_count; i++) /* of the time before */
        group_judge_author(core, channel, &channel->logs[i].author);
    request_joined(core, channel, TOLD_JOINED_PRIVATE, invited_as.text);
    group_show_own(core, channel_by_id(&core->channels, &kept.channel));
    return true;
}

bool group_leave(struct core *core, const struct channel_name *name)
{
    const struct channel_name *which = name->text[0] != '\0' ? name : &core->channels.current;
    struct channel *channel = channel_by_name(&core->channels, which->text);
    struct invitation *invitation = invitation_called(core, which->text);
    if (channel == NULL && invitation != NULL && core->unwritable) {
        emit_told(core, TOLD_STORE_FULL, NULL, NULL, 0);
        return true;
    }
    if (channel == NULL && invitation != NULL) {
        emit_told(core, TOLD_DECLINED, invitation->kept.name.text, NULL, 0);
        group_forget(core, invitation);
        return true;
    }
    if (channel == NULL || channel->group == NULL || !channel->joined || channel->quiet)
        return false;
    const struct seat *own = group_own(core, channel);
    if (core->unwritable) {
        emit_told(core, TOLD_STORE_FULL, NULL, NULL, 0);
        return true;
    }
    bool alone = members_count(group_members(channel->group)) < 2, says = own != NULL && !alone;
    channel->quiet = true; /* before what is said, which is of no news here */
    for (int i = 0; says && i < 4 && own != NULL;
         i++) { /* he may have been let in more than once */
        if (!say_remove(core, channel, &core->config.identity.node, own->term, NULL))
            break;
        own = group_own(core, channel);
    }
    channel->group->kept.state = GROUP_LEFT;
    group_unlearn(channel->group);
    if (!says) { /* there is nothing to be handed over */
        const struct log *log = channel_highest(channel, &core->config.identity.node);
        channel->received =
            log != NULL && log->seq > channel->received ? log->seq : channel->received;
    }
    group_keep(core, channel);
    channels_move_on(&core->channels, channel);
    emit_current(core);
    emit_told(core, TOLD_LEFT_PRIVATE, channel->name.text, NULL, 0);
    return true;
}

/* ---- showing ---- */

void group_forget(struct core *core, struct invitation *invitation)
{
    const struct channel *channel = channel_by_id(&core->channels, &invitation->kept.channel);
    const struct group_kept kept = invitation->kept;
    groups_drop_invitation(&core->groups, invitation);
    if (channel != NULL && channel->group != NULL) { /* he has left it, still */
        group_keep(core, channel);
        return;
    }
    struct effect *effect = emit(core, EFFECT_GROUP);
    effect->group = kept;
    effect->number = 1;
}

void group_tell_invitation(struct core *core, const struct invitation *invitation, bool news)
{
    struct show *show = emit_show(core, SHOW_INVITATION);
    show->channel = invitation->kept.name;
    show->who = invitation->kept.inviter;
    show->who_nick = whom_nick(core, &invitation->kept.inviter);
    show->wall_ms = invitation->kept.wall_ms;
    show->group = true;
    show->up = news;
}

void group_list(struct core *core)
{
    for (size_t i = 0; i < core->groups.invitation_count; i++)
        group_tell_invitation(core, &core->groups.invitations[i], false);
}

static void roles(struct core *core, const struct request *request)
{
    struct channel *channel = request_meant(core, &request->channel);
    if (channel == NULL)
        return;
    if (channel->group == NULL) {
        emit_told(core, TOLD_NOT_PRIVATE, channel->name.text, NULL, 0);
        return;
    }
    const struct members *members = group_members(channel->group);
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        bool own = id_equal(&seat->member, &core->config.identity.node);
        const struct link *link = link_table_to(&core->links, &seat->member, NULL);
        if (!seat->in)
            continue;
        struct show *show = emit_show(core, SHOW_ROLE_ROW);
        show->channel = channel->name;
        show->id = seat->member;
        show->nick = own ? core->config.nick : whom_nick(core, &seat->member);
        show->own = own;
        show->up = own || (link != NULL && link_has_joined(link, &channel->id)) ||
                   notes_know(core, channel, &seat->member);
        show->n = seat->role;
        show->n2 = seat->history;
        show->wall_ms = seat->wall_ms;
        if (seat->above == SEAT_NONE)
            continue;
        show->who = members->seats[seat->above].member;
        show->who_nick = id_equal(&show->who, &core->config.identity.node)
                             ? core->config.nick
                             : whom_nick(core, &show->who);
    }
}

void group_request(struct core *core, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_CREATE: create(core, &request->channel); break;
    case REQUEST_ADMIT: admit(core, request); break;
    case REQUEST_REMOVE: remove_member(core, request); break;
    default: roles(core, request); break;
    }
}
