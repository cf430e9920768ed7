/* Channel: the set of channels, and the set of logs in each.
 *
 * 1. A log once known stays for the life of the process, joined or not: who forgot his own head
 *    would begin his log again at 1, which is a lie in his own hand (invariant 6).
 * 2. A log that was only announced, of which nothing is held, is the exception: anybody can
 *    announce anything, so it makes room for an author who has proved to be one.
 *    Another is a channel that was only carried for others, which is let go of whole (carry.c).
 * 3. `joined` channels are at most LIMIT_CHANNELS, logs in one at most LIMIT_LOGS.
 */
#include "core/channel.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/grown.h"
#include "core/groups.h"

void channels_init(struct channels *channels, const uint8_t table_key[16])
{
    memset(channels, 0, sizeof *channels);
    memcpy(channels->table_key, table_key, sizeof channels->table_key);
}

static void let_go(struct channel *channel)
{
    free(channel->logs);
    receipts_release(&channel->receipts);
    table_release(&channel->by_author);
    sodium_memzero(channel->shared, sizeof channel->shared);
    group_free(channel->group);
}

void channels_release(struct channels *channels)
{
    for (size_t i = 0; i < channels->count; i++)
        let_go(&channels->list[i]);
    grown_free(channels->list, channels->count * sizeof *channels->list);
    memset(channels, 0, sizeof *channels);
}

struct channel *channel_by_name(struct channels *channels, const char *name)
{
    for (size_t i = 0; name[0] != '\0' && i < channels->count; i++)
        if (strcmp(channels->list[i].name.text, name) == 0)
            return &channels->list[i];
    return NULL;
}

struct channel *channel_by_id(struct channels *channels, const struct id *id)
{
    for (size_t i = 0; i < channels->count; i++)
        if (id_equal(&channels->list[i].id, id))
            return &channels->list[i];
    return NULL;
}

static void begin(struct channel *channel, const uint8_t table_key[16])
{
    channel->ask_at_ms = channel->coming_at_ms = channel->gap_at_ms = UINT64_MAX;
    channel->recheck_at_ms = channel->bodies.at_ms = UINT64_MAX;
    channel->bodies.again_ms = BODIES_AGAIN_MS;
    table_init(&channel->by_author, table_key);
}

struct channel *channel_add_id(struct channels *channels, const struct id *id)
{
    struct channel *channel = channel_by_id(channels, id);
    if (channel != NULL)
        return channel;
    channels->list =
        grown(channels->list, channels->count, &channels->room, sizeof *channels->list);
    channel = &channels->list[channels->count++];
    memset(channel, 0, sizeof *channel);
    channel->id = *id;
    begin(channel, channels->table_key);
    return channel;
}

struct channel *channel_add(struct channels *channels, const struct channel_name *name,
                            const struct id *network)
{
    struct id id = channel_id(network, name->text);
    struct channel *channel = channel_by_name(channels, name->text);
    if (channel == NULL)
        channel = channel_add_id(channels, &id);
    channel->name = *name;
    return channel;
}

void channel_make_direct(struct channel *channel, const struct channel_name *name,
                         const struct id *peer, const uint8_t shared[32])
{
    channel->name = *name;
    channel->peer = *peer;
    channel->quiet = true;
    memcpy(channel->shared, shared, sizeof channel->shared);
}

bool channel_is_direct(const struct channel *channel)
{
    return !id_is_zero(&channel->peer);
}

bool channel_allows(const struct channel *channel, const struct id *self, const struct id *author)
{
    if (channel->group != NULL)
        return members_in(group_members(channel->group), author) != NULL;
    return !channel_is_direct(channel) || id_equal(author, self) ||
           id_equal(author, &channel->peer);
}

bool channel_shows(const struct channel *channel, const struct id *self)
{
    return !channel->quiet &&
           (channel->group == NULL || !members_out(group_members(channel->group), self));
}

void channel_remove(struct channels *channels, struct channel *channel)
{
    CHECK(!channel->joined);
    let_go(channel);
    *channel = channels->list[--channels->count];
}

void channel_empty(struct channel *channel, const uint8_t table_key[16])
{
    struct channel empty = {.name = channel->name,
                            .id = channel->id,
                            .joined = channel->joined,
                            .hops = channel->hops,
                            .carried = channel->carried};
    let_go(channel);
    *channel = empty;
    begin(channel, table_key);
}

bool channel_take(struct channels *channels, struct channel *channel)
{
    if (!channel->joined) {
        if (channels->joined == LIMIT_CHANNELS)
            return false;
        channel->joined = true;
        channel->hops = CARRY_HOPS;
        channels->joined++;
    }
    return true;
}

bool channel_join(struct channels *channels, struct channel *channel)
{
    if (!channel_take(channels, channel))
        return false;
    if (channels->current.text[0] == '\0')
        channels->current = channel->name;
    return true;
}

void channel_leave(struct channels *channels, struct channel *channel)
{
    if (!channel->joined)
        return;
    channel->joined = false;
    channel->hops = 0;
    channels->joined--;
    channels_move_on(channels, channel);
}

void channels_move_on(struct channels *channels, const struct channel *channel)
{
    if (strcmp(channels->current.text, channel->name.text) != 0)
        return;
    memset(&channels->current, 0, sizeof channels->current);
    for (size_t i = 0; i < channels->count; i++)
        if (channels->list[i].joined && !channels->list[i].quiet) {
            channels->current = channels->list[i].name;
            return;
        }
}

struct log *channel_log(struct channel *channel, const struct id *author)
{
    uint32_t index = table_get(&channel->by_author, author);
    return index == TABLE_NONE ? NULL : &channel->logs[index];
}

struct log *channel_next_branch(struct channel *channel, const struct log *log)
{
    return log->next == LOG_NONE ? NULL : &channel->logs[log->next];
}

struct log *channel_branch(struct channel *channel, const struct id *author, uint32_t branch)
{
    struct log *log = channel_log(channel, author);
    while (log != NULL && log->branch != branch)
        log = channel_next_branch(channel, log);
    return log;
}

struct log *channel_highest(struct channel *channel, const struct id *author)
{
    struct log *first = channel_log(channel, author), *best = first;
    for (struct log *log = first; log != NULL; log = channel_next_branch(channel, log)) {
        if (!log_has_head(log) || log == best)
            continue;
        if (!log_has_head(best) || log->seq > best->seq ||
            (log->seq == best->seq && id_compare(&log->tip, &best->tip) > 0))
            best = log;
    }
    return best;
}

/* Hangs the log at this index behind the author's other branches. */
static void chain(struct channel *channel, uint32_t index)
{
    struct log *log = channel_log(channel, &channel->logs[index].author);
    channel->logs[index].next = LOG_NONE;
    if (log == NULL) {
        table_put(&channel->by_author, &channel->logs[index].author, index);
        return;
    }
    while (log->next != LOG_NONE)
        log = &channel->logs[log->next];
    log->next = index;
}

/* Lets go of the logs of which no entry is held; if with_sources, also of those that somebody
 * announces. */
static void sweep(struct channel *channel, bool with_sources)
{
    uint8_t key[16];
    size_t kept = 0;
    memcpy(key, channel->by_author.key, sizeof key);
    table_release(&channel->by_author);
    table_init(&channel->by_author, key);
    for (size_t i = 0; i < channel->log_count; i++) {
        if (!channel->logs[i].proved && (with_sources || channel->logs[i].source_count == 0))
            continue;
        channel->logs[kept] = channel->logs[i];
        chain(channel, (uint32_t)kept);
        kept++;
    }
    channel->log_count = kept;
}

void channel_sweep(struct channel *channel)
{
    if (channel->log_count == LIMIT_LOGS)
        sweep(channel, false);
}

/* NULL at LIMIT_LOGS. */
static struct log *add(struct channel *channel, const struct id *author, bool proved)
{
    if (channel->log_count == LIMIT_LOGS && proved)
        sweep(channel, true);
    if (channel->log_count == LIMIT_LOGS)
        return NULL;
    if (channel->log_count == channel->log_room) {
        channel->log_room = channel->log_room == 0 ? 4 : channel->log_room * 2;
        channel->logs = realloc(channel->logs, channel->log_room * sizeof *channel->logs);
        CHECK(channel->logs != NULL);
    }
    struct log *log = &channel->logs[channel->log_count++];
    log_init(log, author);
    log->proved = proved;
    chain(channel, (uint32_t)(log - channel->logs));
    return log;
}

struct log *channel_branch_add(struct channel *channel, const struct id *of)
{
    struct id author = *of; /* it may be a log's own, which moves */
    uint32_t taken = 0, number = 0;
    for (struct log *log = channel_log(channel, &author); log != NULL;
         log = channel_next_branch(channel, log)) {
        taken |= (uint32_t)1 << log->branch;
        if (!log->rootless || log->above_from != 0 || log->source_count > 0)
            continue;
        uint32_t next = log->next, branch = log->branch;
        log_init(log, &author);
        log->next = next;
        log->branch = branch;
        log->rootless = log->proved = true;
        return log;
    }
    while (number < LIMIT_BRANCHES && (taken >> number & 1) != 0)
        number++;
    struct log *log = number == LIMIT_BRANCHES ? NULL : add(channel, &author, true);
    if (log != NULL) {
        log->branch = number;
        log->rootless = true;
    }
    return log;
}

struct log *channel_log_add(struct channel *channel, const struct id *author, bool proved)
{
    struct log *log = channel_log(channel, author);
    if (log != NULL) {
        log->proved = log->proved || proved;
        return log;
    }
    return add(channel, author, proved);
}

void channel_adopt(struct channel *channel, uint64_t lamport, uint64_t wall_ms)
{
    if (lamport < adrift_from(wall_ms) && lamport > channel->lamport)
        channel->lamport = lamport;
}

uint64_t channel_unreceived(struct channel *channel, const struct id *self)
{
    const struct log *own = channel_highest(channel, self);
    if (own == NULL)
        return 0;
    uint64_t handed =
        channel->received > channel->said_from ? channel->received : channel->said_from;
    return own->seq > handed ? own->seq - handed : 0;
}
