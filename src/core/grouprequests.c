/* Grouprequests: what a face asks of private channels: to make one, to join and to leave. Who lets in and removes: admit.c. */
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

/* A name with digits behind it, as a private channel has that is to be told from others. */
static bool has_digits(const char *name)
{
    const char *tilde = strrchr(name, '~');
    size_t digits = tilde == NULL ? 0 : strlen(tilde + 1);
    return digits >= 4 && strspn(tilde + 1, "0123456789abcdef") == digits;
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
    if (invitation == NULL && held == NULL && has_digits(name->text) &&
        !is_open_here(core, name->text)) {
        emit_told(core, TOLD_NO_INVITATION, name->text, NULL, 0);
        return true; /* it was declined, or mistyped: what is said there is not for all */
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
    kept.unread = true; /* it may have been carried, or taken once */
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
        if (!group_say_removal(core, channel, &core->config.identity.node, own->term, NULL))
            break;
        own = group_own(core, channel);
    }
    channel->group->kept.state = GROUP_LEFT;
    channel->group->kept.unread = false;
    sealing_drop_waiting(core, channel);
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

struct channel *group_meant(struct core *core, const struct channel_name *name)
{
    struct channel *channel = request_meant(core, name);
    if (channel == NULL || channel->group != NULL)
        return channel;
    emit_told(core, channel_is_direct(channel) ? TOLD_OF_TWO : TOLD_NOT_PRIVATE, channel->name.text,
              NULL, 0);
    return NULL;
}

/* Who founded it is the first, and has left: of what nobody can do any more, and of what may still be done. */
static void tell_founder_left(struct core *core, struct channel *channel)
{
    const struct members *members = group_members(channel->group);
    if (members->seats[0].cut)
        emit_told(core, members_open(members) ? TOLD_FOUNDER_LEFT : TOLD_NOBODY_INVITES,
                  channel->name.text, NULL, 0);
}

static void roles(struct core *core, const struct request *request)
{
    struct channel *channel = group_meant(core, &request->channel);
    if (channel == NULL)
        return;
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
    tell_founder_left(core, channel);
}

void group_request(struct core *core, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_CREATE: create(core, &request->channel); break;
    case REQUEST_ADMIT: group_admit(core, request); break;
    case REQUEST_REMOVE: group_remove(core, request); break;
    default: roles(core, request); break;
    }
}
