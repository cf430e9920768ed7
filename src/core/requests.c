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

/* True while others are being asked for lines of our own that we lack. */
static bool adopts(struct channel *channel, const struct id *self)
{
    for (const struct log *log = channel_log(channel, self); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->source_count > 0 && (log->asked_link != 0 || log->ask_at_ms != UINT64_MAX))
            return true;
    return false;
}

uint64_t request_seal_ms(const struct core *core)
{
    if (core->unwritable)
        return UINT64_MAX;
    return core->adopting ? core->saying.since_ms + ADOPT_WAIT_MS : core->now_ms;
}

static void note_line(struct channel *channel, const struct run *run, const struct entry *lines)
{
    channel->own_all = channel->own_all || run->entries[0].seq == 1;
    for (size_t i = 0; i < run->count; i++)
        if (lines[i].kind == ENTRY_TEXT || lines[i].kind == ENTRY_ACTION)
            channel->own_line = run->entries[i].seq;
}

/* Stores, sends and shows a run of our own, which follows the end of the log; lines: what it says, where
 * that is sealed, else NULL. */
static void said(struct core *core, struct channel *channel, struct log *log, const struct run *run,
                 const struct entry *lines)
{
    size_t first;
    if (log_fit(log, run) == FIT_SPLITS)
        log = branch_split(core, channel, log);
    if (log_fit(log, run) != FIT_JOINS) { /* 16 branches of our own: this identity runs elsewhere */
        emit_told(core, TOLD_SAME_IDENTITY, "", NULL, 0);
        return;
    }
    log_place(log, run, &first);
    log->nick = core->config.nick;
    place_sort_sources(core, channel, log); /* own lines of before a backup, say */
    channel->lamport = run->entries[run->count - 1].lamport;
    channel->digest_known = false;
    note_line(channel, run, lines != NULL ? lines : run->entries);
    if (channel->group != NULL)
        group_take(core, channel, run, true);
    struct effect *effect = emit_in(core, EFFECT_STORE, channel);
    effect->run = *run;
    effect->lines = lines;
    effect->load = log_save(log);
    if (!tree_push(core, channel, log, run, 0))
        heads_moved(core, channel, log);
    effect = emit_in(core, EFFECT_SHOW_RUN, channel);
    effect->run = *run;
    if (lines != NULL)
        effect->run.entries = arena_copy(&core->arena, lines, run->count * sizeof *lines);
    effect->via = VIA_LINK;
    effect->nick = core->config.nick;
}

/* So many more entries have a place behind the own log. It may end at a clock, or a seq, above which there is none: who has a copy of the
 * key can say something there. */
static bool has_place(struct core *core, const struct channel *channel, const struct log *log,
                      size_t count)
{
    uint64_t clock = log->lamport > channel->lamport ? log->lamport : channel->lamport;
    if (log->seq + count <= LIMIT_SEQ && clock <= INT64_MAX - count)
        return true;
    emit_told(core, TOLD_LOG_ENDS, channel->name.text, NULL, 0);
    return false;
}

static void seal(struct core *core)
{
    struct channel *channel = channel_by_id(&core->channels, &core->saying.channel);
    CHECK(channel != NULL);
    struct log *log = channel_highest(channel, &core->config.identity.node);
    CHECK(log != NULL && !log->rootless);
    if (!has_place(core, channel, log, core->saying.count)) {
        core->saying.count = 0;
        return;
    }
    saying_follow(&core->saying, log, channel->lamport);
    struct run run = saying_seal(&core->saying, &core->config.identity);
    said(core, channel, log, &run, NULL);
}

bool request_adopts(struct core *core)
{
    struct channel *channel = channel_by_id(&core->channels, &core->saying.channel);
    if (core->saying.count > 0 && core->unwritable)
        return true; /* it waits for the disk */
    return core->saying.count > 0 && !core->stopping &&
           adopts(channel, &core->config.identity.node) &&
           core->now_ms < core->saying.since_ms + ADOPT_WAIT_MS;
}

void request_seal(struct core *core)
{
    core->adopting = request_adopts(core);
    if (!core->adopting && core->saying.count > 0)
        seal(core);
}

void request_say_own(struct core *core, struct channel *channel, enum entry_kind kind,
                     struct bytes body);

/* A device says whose it is before its first line in a channel. */
static void certify(struct core *core, struct channel *channel)
{
    if (channel->certified || core->certificate_size == 0)
        return;
    channel->certified = true;
    request_say_own(core, channel, ENTRY_DEVICE,
                    (struct bytes){core->certificate, core->certificate_size});
}

void request_say_own(struct core *core, struct channel *channel, enum entry_kind kind,
                     struct bytes body)
{
    if (channel->group == NULL || group_own(core, channel) != NULL)
        certify(core, channel);
    if (channel->group != NULL) {
        group_say(core, channel, kind, body);
        return;
    }
    if (channel_is_direct(channel)) {
        sealing_say(core, channel, kind, body);
        return;
    }
    if (!saying_fits(&core->saying, &channel->id, body.size))
        seal(core);
    const struct log *log = NULL; /* what is gathered follows its own last entry */
    if (core->saying.count == 0) {
        if (channel_log_add(channel, &core->config.identity.node, true) == NULL) {
            emit_told(core, TOLD_FULL_CHANNEL, channel->name.text, NULL, LIMIT_LOGS);
            return;
        }
        log = channel_highest(channel, &core->config.identity.node);
        core->saying.since_ms = core->now_ms;
    }
    struct entry like = {
        .kind = (uint8_t)kind,
        .channel = channel->id,
        .author = core->config.identity.node,
        .process = core->config.process,
        .lamport = channel->lamport + 1,
        .wall_ms = core->wall_ms < INT64_MAX ? core->wall_ms : 0, /* a clock before 1970 */
    };
    saying_add(&core->saying, log, &like, body);
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
    request_say_own(core, channel, request->action ? ENTRY_ACTION : ENTRY_TEXT,
                    (struct bytes){body, size});
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

/* What our entries have in flags. */
static uint16_t own_term(const struct core *core, struct channel *channel)
{
    const struct seat *own = channel->group == NULL ? NULL : group_own(core, channel);
    return own == NULL ? 0 : own->term;
}

/* Says at once an entry of our own; line: what it says, if it is sealed, else NULL; *made (unless NULL): it. False, and told: there is no
 * place for it. */
static bool say_now(struct core *core, struct channel *channel, struct log *log,
                    enum entry_kind kind, struct bytes body, const struct entry *line,
                    struct entry *made)
{
    uint64_t lamport = channel->lamport > log->lamport ? channel->lamport : log->lamport;
    if (!has_place(core, channel, log, 1))
        return false;
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = (uint8_t)kind,
                          .flags = own_term(core, channel),
                          .channel = channel->id,
                          .author = core->config.identity.node,
                          .process = core->config.process,
                          .seq = log->seq + 1,
                          .lamport = lamport + 1,
                          .wall_ms = core->wall_ms < INT64_MAX ? core->wall_ms : 0,
                          .prev = log->tip,
                          .body = body};
    entry_finish(&entry);
    entry.body.at = arena_copy(&core->arena, body.at, body.size);
    if (made != NULL)
        *made = entry;
    struct run run = {arena_copy(&core->arena, &entry, sizeof entry), 1,
                      entry_sign(&entry, &core->config.identity)};
    if (line != NULL) {
        entry.kind = line->kind;
        entry.body = line->body;
    }
    said(core, channel, log, &run,
         line != NULL ? arena_copy(&core->arena, &entry, sizeof entry) : NULL);
    return true;
}

void request_say_sealed(struct core *core, struct channel *channel, struct bytes sealed,
                        const struct entry *line)
{
    request_seal(core);
    if (channel_log_add(channel, &core->config.identity.node, true) == NULL)
        return;
    struct log *log = channel_highest(channel, &core->config.identity.node);
    say_now(core, channel, log, ENTRY_SEALED, sealed, line, NULL);
}

bool request_say_act(struct core *core, struct channel *channel, enum entry_kind kind,
                     struct bytes body, struct entry *said)
{
    request_seal(core);
    if (channel_log_add(channel, &core->config.identity.node, true) == NULL)
        return false;
    struct log *log = channel_highest(channel, &core->config.identity.node);
    if (log->rootless)
        return false;
    return say_now(core, channel, log, kind, body, NULL, said);
}

/* Says at once what is no line of its own, but about one. */
static bool say_about(struct core *core, struct channel *channel, enum entry_kind kind,
                      struct bytes body)
{
    if (channel_log(channel, &core->config.identity.node) != NULL &&
        (channel->group == NULL || group_own(core, channel) != NULL))
        certify(core, channel);
    request_seal(core);
    struct log *log = channel_highest(channel, &core->config.identity.node);
    if (log == NULL || log->rootless || log->seq == 0) {
        emit_told(core, TOLD_NOTHING_OWN, channel->name.text, NULL, 0);
        return false;
    }
    if (channel->group != NULL && kind != ENTRY_FORGET)
        group_say(core, channel, kind, body);
    else if (channel_is_direct(channel) && kind != ENTRY_FORGET)
        sealing_say(core, channel, kind, body);
    else
        say_now(core, channel, log, kind, body, NULL, NULL);
    return true;
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
        request_say_own(core, channel, ENTRY_DEVICE, request->text);
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
    if (say_about(core, channel, ENTRY_FORGET, written(&w)))
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
    say_about(core, channel, ENTRY_EDIT, written(&w));
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
    request_say_own(core, channel, ENTRY_REACTION,
                    (struct bytes){body, reaction_write(body, &reaction)});
}

static void stop(struct core *core, const struct request *request)
{
    core->stopping = true;
    core->stop_wait_ms = request->wait_ms;
    core->stop_link_by_ms = core->now_ms + request->wait_link_ms;
    core->stop_by_ms = UINT64_MAX;
    request_seal(core);
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
