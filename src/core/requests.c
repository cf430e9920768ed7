/* Requests: what a face asks of its node. Each request that a person made is answered by at least
 * one thing shown, so that nobody wonders whether it worked. */
#include <string.h>

#include "base/check.h"
#include "core/state.h"

/* The channel that is meant: the named one, or the current one. NULL, and the person told, when it
 * is not joined. */
static struct channel *meant(struct core *core, const struct channel_name *name)
{
    const struct channel_name *which = name->text[0] != '\0' ? name : &core->channels.current;
    if (which->text[0] == '\0') {
        emit_told(core, TOLD_NO_CHANNEL, NULL, NULL, 0);
        return NULL;
    }
    struct channel *channel = channel_by_name(&core->channels, which->text);
    if (channel == NULL || !channel->joined) {
        emit_told(core, TOLD_NOT_JOINED, which->text, NULL, 0);
        return NULL;
    }
    return channel;
}

static void push(struct core *core, const struct channel *channel, const struct run *run)
{
    if (!core_somebody_hears(core, channel))
        return;
    struct writer w = frame_writer(core, wire_entry_bytes(run));
    wire_write_entry(&w, run, PART_PUSH);
    CHECK(!w.full);
    core_send_to_all(core, channel, written(&w));
}

/* Stores, sends and shows what was gathered. */
void request_seal(struct core *core)
{
    struct channel *channel = channel_by_id(&core->channels, &core->saying.channel);
    size_t first;
    if (core->saying.count == 0)
        return;
    CHECK(channel != NULL);
    struct log *log = channel_log(channel, &core->config.identity.node);
    struct run run = saying_seal(&core->saying, &core->config.identity);
    if (log_place(log, &run, &first) != PLACED_NEW) { /* our own later lines came back first */
        emit_told(core, TOLD_SAME_IDENTITY, "", NULL, 0);
        return;
    }
    channel->lamport = run.entries[run.count - 1].lamport;
    struct effect *effect = emit(core, EFFECT_STORE);
    effect->channel = channel->name;
    effect->run = run;
    push(core, channel, &run);
    for (size_t i = 0; i < run.count; i++)
        emit_message(core, channel, &run.entries[i], VIA_LINK);
}

static void say(struct core *core, const struct request *request)
{
    struct channel *channel = meant(core, &request->channel);
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
    if (!saying_fits(&core->saying, &channel->id, request->text.size))
        request_seal(core);
    struct log *log = channel_log_add(channel, &core->config.identity.node, true);
    if (log == NULL) {
        emit_told(core, TOLD_FULL_CHANNEL, channel->name.text, NULL, LIMIT_LOGS);
        return;
    }
    struct entry like = {
        .kind = request->action ? ENTRY_ACTION : ENTRY_TEXT,
        .channel = channel->id,
        .author = core->config.identity.node,
        .process = core->config.process,
        .lamport = channel->lamport + 1,
        .wall_ms = core->wall_ms < INT64_MAX ? core->wall_ms : 0, /* a clock before 1970 */
    };
    saying_add(&core->saying, log, &like, core->config.nick.text, request->text);
}

static void join(struct core *core, const struct channel_name *name)
{
    struct channel *channel = channel_add(&core->channels, name, &core->config.network);
    bool was_joined = channel->joined;
    if (!channel_join(&core->channels, channel)) {
        emit_told(core, TOLD_TOO_MANY_CHANNELS, NULL, NULL, LIMIT_CHANNELS);
        return;
    }
    core->channels.current = channel->name;
    emit_current(core); /* first, so that what follows is said in the channel's own window */
    if (was_joined) {
        emit_told(core, TOLD_WRITING, name->text, NULL, 0);
        return;
    }
    bool anybody = false;
    emit_told(core, TOLD_JOINED, name->text, NULL, 0);
    core_announce_self(core);
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &core->links.list[i];
        if (!link_hears(link, &channel->id))
            continue;
        anybody = true;
        emit_member(core, channel, link, true);
        core_send_heads(core, link, channel);
    }
    if (!anybody)
        emit_told(core, TOLD_NOBODY, name->text, NULL, 0);
}

static void leave(struct core *core, const struct channel_name *name)
{
    struct channel *channel = meant(core, name);
    if (channel == NULL)
        return;
    channel_leave(&core->channels, channel);
    for (size_t i = 0; i < channel->log_count; i++) {
        channel->logs[i].source_count = 0;
        channel->logs[i].asked_link = 0;
        channel->logs[i].ask_at_ms = UINT64_MAX;
    }
    emit_current(core);
    emit_told(core, TOLD_LEFT, channel->name.text, NULL, 0);
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

/* A target is a nick, a whole address, its host, or a port alone. */
static bool is_target(const char *address, const char *nick, struct bytes target)
{
    const char *text = (const char *)target.at;
    size_t size = strlen(address);
    if (strlen(nick) == target.size && memcmp(nick, text, target.size) == 0)
        return true;
    if (size == target.size)
        return memcmp(address, text, size) == 0;
    if (target.size == 0 || target.size > size)
        return false;
    return (memcmp(address, text, target.size) == 0 && address[target.size] == ':') ||
           (memcmp(address + size - target.size, text, target.size) == 0 &&
            address[size - target.size - 1] == ':');
}

static bool end_links_to(struct core *core, struct bytes target)
{
    bool found = false;
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || !is_target(link->address.text, link->nick.text, target))
            continue;
        found = true;
        emit_told(core, TOLD_DISCONNECTED, link->address.text, NULL, 0);
        overlay_remove_node(&core->overlay, &link->node, link->number);
        if (link->state == LINK_UP)
            overlay_shun(&core->overlay, &link->node);
        core_end_link(core, link, WHY_ASKED);
    }
    return found;
}

static bool forget_addresses(struct core *core, struct bytes target, bool tell)
{
    bool found = false;
    for (size_t i = core->overlay.count; i-- > 0;) {
        struct address address = core->overlay.list[i].address;
        if (core->overlay.list[i].state != CANDIDATE_IDLE || !is_target(address.text, "", target))
            continue;
        overlay_remove(&core->overlay, &address);
        if (tell)
            emit_told(core, TOLD_DISCONNECTED, address.text, NULL, 0);
        found = true;
    }
    return found;
}

/* A channel's name without its # is meant when it is no address and nobody's nick. */
static bool leave_named(struct core *core, struct bytes target)
{
    struct channel_name name = {"#"};
    if (target.size > LIMIT_CHANNEL - 1)
        return false;
    memcpy(name.text + 1, target.at, target.size);
    const struct channel *channel = channel_by_name(&core->channels, name.text);
    if (channel == NULL || !channel->joined)
        return false;
    leave(core, &name);
    return true;
}

static void disconnect(struct core *core, struct bytes target)
{
    bool ended = target.size > 0 && end_links_to(core, target);
    bool forgot = target.size > 0 && forget_addresses(core, target, !ended);
    if (ended || forgot || (target.size > 0 && leave_named(core, target)))
        return;
    struct writer w = frame_writer(core, target.size + 1);
    if (target.size > 0)
        write_copy(&w, target.at, target.size);
    write_u8(&w, 0);
    emit_told(core, TOLD_NO_SUCH, (const char *)w.at, NULL, 0);
}

static void show_who(struct core *core, const struct channel_name *name)
{
    struct channel *channel = meant(core, name);
    if (channel == NULL)
        return;
    struct show *show = emit_show(core, SHOW_WHO_ROW);
    show->channel = channel->name;
    show->nick = core->config.nick;
    show->id = core->config.identity.node;
    show->own = true;
    show->a = arena_string(core, "you");
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        const struct link *link = &core->links.list[i];
        if (!link_hears(link, &channel->id))
            continue;
        show = emit_show(core, SHOW_WHO_ROW);
        show->channel = channel->name;
        show->nick = link->nick;
        show->id = link->node;
        show->a = arena_string(core, link->address.text);
    }
}

static void show_channels(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        uint64_t members = 1, lines = 0;
        if (!channel->joined)
            continue;
        for (size_t k = 0; k < LINKS_ROOM; k++)
            members += link_hears(&core->links.list[k], &channel->id);
        for (size_t k = 0; k < channel->log_count; k++) {
            const struct log *log = &channel->logs[k];
            lines += log->seq;
            if (log->above_from != 0)
                lines += log->above_to - log->above_from + 1;
        }
        struct show *show = emit_show(core, SHOW_CHANNEL_ROW);
        show->channel = channel->name;
        show->n = members;
        show->n2 = lines;
        show->up = strcmp(core->channels.current.text, channel->name.text) == 0;
    }
    if (core->channels.joined == 0)
        emit_told(core, TOLD_NO_CHANNEL, NULL, NULL, 0);
}

static void show_links(struct core *core)
{
    static const char *const STATE[] = {
        [LINK_CONNECTING] = "connecting", [LINK_AWAITS_0] = "greeting",
        [LINK_AWAITS_1] = "greeting",     [LINK_AWAITS_2] = "greeting",
        [LINK_AWAITS_JOIN] = "greeting",  [LINK_UP] = "up",
    };
    bool any = false;
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        const struct link *link = &core->links.list[i];
        if (link->number == 0)
            continue;
        any = true;
        struct show *show = emit_show(core, SHOW_LINK_ROW);
        show->address = link->address;
        show->nick = link->nick;
        show->id = link->node;
        show->a = arena_string(core, STATE[link->state]);
        show->n = link->up_wall_ms;
        show->n2 = link->rtt_us;
        show->n3 = link->bytes_out;
        show->n4 = link->bytes_in;
        show->n5 = link->refused;
    }
    for (size_t i = 0; i < core->overlay.count; i++) {
        const struct candidate *candidate = &core->overlay.list[i];
        if (candidate->state != CANDIDATE_IDLE || candidate->found != FOUND_TYPED ||
            candidate->self)
            continue;
        any = true;
        struct show *show = emit_show(core, SHOW_LINK_ROW);
        show->address = candidate->address;
        show->a = arena_string(core, "will be tried again");
    }
    if (!any)
        emit_told(core, TOLD_NO_LINKS, NULL, NULL, 0);
}

static void stop(struct core *core, const struct request *request)
{
    core->stopping = true;
    core->stop_wait_ms = request->wait_ms;
    core->stop_link_by_ms = core->now_ms + request->wait_link_ms;
    core->stop_by_ms = UINT64_MAX;
}

void request_take(struct core *core, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_SAY: say(core, request); break;
    case REQUEST_JOIN:
    case REQUEST_CHANNEL:
        if (channel_name_ok(request->channel.text))
            join(core, &request->channel);
        else
            emit_told(core, TOLD_BAD_CHANNEL, request->channel.text, NULL, 0);
        break;
    case REQUEST_LEAVE: leave(core, &request->channel); break;
    case REQUEST_NICK: change_nick(core, &request->nick); break;
    case REQUEST_CONNECT: break; /* names are resolved by the shell, which then says EVENT_FOUND */
    case REQUEST_DISCONNECT: disconnect(core, request->text); break;
    case REQUEST_WHO: show_who(core, &request->channel); break;
    case REQUEST_CHANNELS: show_channels(core); break;
    case REQUEST_LINKS: show_links(core); break;
    case REQUEST_STOP: stop(core, request); break;
    }
}
