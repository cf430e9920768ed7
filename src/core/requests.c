/* Requests: what a face asks of its node. Each request that a person made is answered by at least
 * one thing shown, so that nobody wonders whether it worked. */
#include <string.h>

#include "base/check.h"
#include "base/tr.h"
#include "core/group.h"
#include "core/talk.h"

struct channel *request_meant(struct core *core, const struct channel_name *name)
{
    const struct channel_name *which = name->text[0] != '\0' ? name : &core->channels.current;
    if (which->text[0] == '\0') {
        emit_told(core, TOLD_NO_CHANNEL, NULL, NULL, 0);
        return NULL;
    }
    struct channel *channel = channel_by_name(&core->channels, which->text);
    if (channel == NULL || !channel->joined || channel->quiet) {
        emit_told(core, TOLD_NOT_JOINED, which->text, NULL, 0);
        return NULL;
    }
    return channel;
}

static void say(struct core *core, const struct request *request)
{
    uint8_t body[LIMIT_BODY];
    struct channel *channel = request_meant(core, &request->channel);
    if (channel == NULL || request->text.size == 0)
        return;
    if (core->unwritable) {
        emit_told(core, TOLD_STORE_FULL, NULL, NULL, 0);
        return;
    }
    if (request->text.size > LIMIT_TEXT) {
        emit_told(core, TOLD_TOO_LONG, NULL, NULL, LIMIT_TEXT);
        return;
    }
    size_t size = entry_write_text(body, core->config.nick.text, (const char *)request->text.at,
                                   request->text.size);
    own_say(core, channel, request->action ? ENTRY_ACTION : ENTRY_TEXT, (struct bytes){body, size});
}

static void direct(struct core *core, const struct request *request)
{
    struct request line = *request;
    if (!direct_name_ok(request->channel.text)) {
        emit_told(core, TOLD_BAD_CHANNEL, request->channel.text, NULL, 0);
        return;
    }
    const struct channel *channel = talk_open(core, &request->channel);
    if (channel == NULL || request->text.size == 0)
        return;
    line.channel = channel->name;
    say(core, &line);
}

void request_joined(struct core *core, struct channel *channel, enum told told, const char *as)
{
    bool anybody = false;
    channel_join(&core->channels, channel);
    core->channels.current = channel->name;
    emit_current(core); /* first, so that what follows is said in the channel's own window */
    channel->gap_at_ms = channel->coming_at_ms =
        core->now_ms; /* of what was carried nothing was told */
    carry_bound(core);
    emit_told(core, told, channel->name.text, as, 0);
    core_announce_self(core);
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (!link_hears(link, &channel->id))
            continue;
        if (link_has_joined(link, &channel->id)) {
            anybody = true;
            emit_member(core, channel, link, true);
        }
        heads_compare(core, link, channel); /* its last digest may be from long ago */
        bodies_met(core, link, channel);
    }
    anybody = notes_show(core, channel) || anybody;
    if (!anybody && channel->group == NULL)
        emit_told(core, TOLD_NOBODY, channel->name.text, NULL, 0);
}

static void join(struct core *core, const struct request *request)
{
    const struct channel_name *name = &request->channel;
    if (!request->open && group_join(core, name, &request->id))
        return;
    struct channel *channel = channel_by_name(&core->channels, name->text);
    if (channel != NULL && channel->group != NULL && request->open) {
        emit_told(core, TOLD_NAME_TAKEN, name->text, NULL, 0);
        return;
    }
    bool was_joined = channel != NULL && channel->joined;
    if (!was_joined && core->channels.joined == LIMIT_CHANNELS) {
        emit_told(core, TOLD_TOO_MANY_CHANNELS, NULL, NULL, LIMIT_CHANNELS);
        return;
    }
    channel = channel_add(&core->channels, name, &core->config.network);
    if (!was_joined) {
        request_joined(core, channel, TOLD_JOINED, NULL);
        return;
    }
    core->channels.current = channel->name;
    emit_current(core);
    emit_told(core, TOLD_WRITING, name->text, NULL, 0);
}

void request_leave(struct core *core, const struct channel_name *name)
{
    if (group_leave(core, name))
        return;
    struct channel *channel = request_meant(core, name);
    if (channel == NULL)
        return;
    if (channel_is_direct(channel)) {
        talk_leave(core, channel);
        return;
    }
    channel_leave(&core->channels, channel);
    carry_rest(channel);
    carry_asked(core); /* it may be carried from now on */
    emit_current(core);
    emit_told(core, TOLD_LEFT, channel->name.text, NULL, 0);
    notes_left(core, channel);
    core_announce_self(core);
}

static void change_nick(struct core *core, const struct nick *nick)
{
    if (!nick_ok(nick->text)) {
        emit_told(core, TOLD_BAD_NICK, nick->text, NULL, 0);
        return;
    }
    core->config.nick = *nick;
    emit_told(core, TOLD_NICK, nick->text, NULL, 0);
    core_announce_self(core);
    emit_status(core);
    emit(core, EFFECT_KEEP);
}

/* The channel of the entry (seq, id) that the node has found in the store; NULL when it found none,
 * or nothing can be said. */
static struct channel *about(struct core *core, const struct request *request)
{
    struct channel *channel = request_meant(core, &request->channel);
    if (channel == NULL || (request->seq != 0 && !core->unwritable))
        return channel;
    emit_told(core, request->seq == 0 ? TOLD_NOTHING_OWN : TOLD_STORE_FULL, channel->name.text,
              NULL, 0);
    return NULL;
}

/* That one of this person's devices is revoked; its own certificate a device says by itself. */
static void say_device(struct core *core, const struct request *request)
{
    struct channel *channel = channel_by_name(&core->channels, request->channel.text);
    if (channel != NULL && channel->joined && !core->unwritable &&
        request->text.size <= DEVICE_BODY_MAX &&
        (channel->group == NULL || group_own(core, channel) != NULL))
        own_say(core, channel, ENTRY_DEVICE, request->text);
}

static void forget(struct core *core, const struct request *request)
{
    uint8_t body[8 + sizeof request->id.b];
    struct channel *channel = about(core, request);
    if (channel == NULL)
        return;
    struct writer w = writer_of(body, sizeof body);
    write_u64(&w, request->seq);
    write_id(&w, &request->id);
    if (own_say_about(core, channel, ENTRY_FORGET, written(&w)))
        emit_told(core, TOLD_FORGOTTEN, NULL, NULL, 0);
}

static void edit(struct core *core, const struct request *request)
{
    uint8_t body[LIMIT_BODY];
    const char *nick = core->config.nick.text;
    struct channel *channel = about(core, request);
    if (channel == NULL)
        return;
    if (request->text.size == 0 || request->text.size > LIMIT_EDIT) {
        emit_told(core, TOLD_TOO_LONG, NULL, NULL, LIMIT_EDIT);
        return;
    }
    struct writer w = writer_of(body, sizeof body);
    write_u64(&w, request->seq);
    write_id(&w, &request->id);
    write_u8(&w, (uint8_t)strlen(nick));
    write_copy(&w, nick, strlen(nick));
    write_copy(&w, request->text.at, request->text.size);
    CHECK(!w.full);
    own_say_about(core, channel, ENTRY_EDIT, written(&w));
}

static void react(struct core *core, const struct request *request)
{
    uint8_t body[REACTION_BODY_MAX];
    const char *nick = core->config.nick.text;
    struct channel *channel = request_meant(core, &request->channel);
    if (channel == NULL)
        return;
    if (request->seq == 0 || core->unwritable) {
        emit_told(core, request->seq == 0 ? TOLD_NOTHING_THERE : TOLD_STORE_FULL,
                  channel->name.text, NULL, 0);
        return;
    }
    if (request->text.size == 0 || request->text.size > LIMIT_REACTION) {
        emit_told(core, TOLD_TOO_LONG, NULL, NULL, LIMIT_REACTION);
        return;
    }
    struct reaction reaction = {.author = request->author,
                                .seq = request->seq,
                                .id = request->id,
                                .put = request->put,
                                .nick = {(const uint8_t *)nick, strlen(nick)},
                                .sign = request->text};
    own_say(core, channel, ENTRY_REACTION, (struct bytes){body, reaction_write(body, &reaction)});
}

static void stop(struct core *core, const struct request *request)
{
    core->stopping = true;
    core->stop_wait_ms = request->wait_ms;
    core->stop_link_by_ms = core->now_ms + request->wait_link_ms;
    core->stop_by_ms = UINT64_MAX;
    own_seal(core);
}

void request_take(struct core *core, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_SAY: say(core, request); break;
    case REQUEST_DIRECT: direct(core, request); break;
    case REQUEST_JOIN:
    case REQUEST_CHANNEL:
        if (direct_name_ok(request->channel.text))
            talk_open(core, &request->channel);
        else if (channel_name_ok(request->channel.text))
            join(core, request);
        else
            emit_told(core, TOLD_BAD_CHANNEL, request->channel.text, NULL, 0);
        break;
    case REQUEST_LEAVE: request_leave(core, &request->channel); break;
    case REQUEST_NICK: change_nick(core, &request->nick); break;
    case REQUEST_CONNECT: break; /* names are resolved by the shell, which then says EVENT_FOUND */
    case REQUEST_DISCONNECT: request_disconnect(core, request->text); break;
    case REQUEST_WHO: list_who(core, &request->channel); break;
    case REQUEST_CHANNELS: list_channels(core); break;
    case REQUEST_LINKS: list_links(core); break;
    case REQUEST_SEARCH:
    case REQUEST_INVITE:
    case REQUEST_SCAN:
    case REQUEST_DOCTOR:
    case REQUEST_VERIFY:
    case REQUEST_IGNORE:
    case REQUEST_BLOCK:
    case REQUEST_DEVICES:
    case REQUEST_REVOKE:
    case REQUEST_PAGE: break; /* the shell's, which has the store and the sockets */
    case REQUEST_READ: reading_looked(core, request); break;
    case REQUEST_CREATE:
    case REQUEST_ADMIT:
    case REQUEST_REMOVE:
    case REQUEST_ROLES: group_request(core, request); break;
    case REQUEST_INVITATIONS: group_list(core); break;
    case REQUEST_HELD: list_held(core, &request->channel); break;
    case REQUEST_FORGET: forget(core, request); break;
    case REQUEST_EDIT: edit(core, request); break;
    case REQUEST_REACT: react(core, request); break;
    case REQUEST_DEVICE: say_device(core, request); break;
    case REQUEST_CARRY:
        core->carry.most_bytes = request->bytes;
        carry_bound(core);
        carry_asked(core);
        break;
    case REQUEST_STOP: stop(core, request); break;
    }
}
