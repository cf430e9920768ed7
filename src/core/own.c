/* Own: what this node says. Lines are gathered into a run while they come in one piece, sealed, signed, stored and
 * sent in that order; what is sealed, or decides something, is said at once.
 *
 * 1. Own lines that others hold and this node lacks (a backup was restored) are waited for, for ADOPT_WAIT_MS: what is
 *    said follows them.
 */
#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

/* True while others are being asked for lines of our own that we lack. */
static bool adopts(struct channel *channel, const struct id *self)
{
    for (const struct log *log = channel_log(channel, self); log != NULL;
         log = channel_next_branch(channel, log))
        if (log->source_count > 0 && (log->asked_link != 0 || log->ask_at_ms != UINT64_MAX))
            return true;
    return false;
}

uint64_t own_seal_ms(const struct core *core)
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

bool own_adopts(struct core *core)
{
    struct channel *channel = channel_by_id(&core->channels, &core->saying.channel);
    if (core->saying.count > 0 && core->unwritable)
        return true; /* it waits for the disk */
    return core->saying.count > 0 && !core->stopping &&
           adopts(channel, &core->config.identity.node) &&
           core->now_ms < core->saying.since_ms + ADOPT_WAIT_MS;
}

void own_seal(struct core *core)
{
    core->adopting = own_adopts(core);
    if (!core->adopting && core->saying.count > 0)
        seal(core);
}

/* A device says whose it is before its first line in a channel. */
static void certify(struct core *core, struct channel *channel)
{
    if (channel->certified || core->certificate_size == 0)
        return;
    channel->certified = true;
    own_say(core, channel, ENTRY_DEVICE, (struct bytes){core->certificate, core->certificate_size});
}

void own_say(struct core *core, struct channel *channel, enum entry_kind kind, struct bytes body)
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

void own_say_sealed(struct core *core, struct channel *channel, struct bytes sealed,
                    const struct entry *line)
{
    own_seal(core);
    if (channel_log_add(channel, &core->config.identity.node, true) == NULL)
        return;
    struct log *log = channel_highest(channel, &core->config.identity.node);
    say_now(core, channel, log, ENTRY_SEALED, sealed, line, NULL);
}

bool own_say_act(struct core *core, struct channel *channel, enum entry_kind kind,
                 struct bytes body, struct entry *said)
{
    own_seal(core);
    if (channel_log_add(channel, &core->config.identity.node, true) == NULL)
        return false;
    struct log *log = channel_highest(channel, &core->config.identity.node);
    if (log->rootless)
        return false;
    return say_now(core, channel, log, kind, body, NULL, said);
}

bool own_say_about(struct core *core, struct channel *channel, enum entry_kind kind,
                   struct bytes body)
{
    if (channel_log(channel, &core->config.identity.node) != NULL &&
        (channel->group == NULL || group_own(core, channel) != NULL))
        certify(core, channel);
    own_seal(core);
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
