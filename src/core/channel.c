/* Channel: the set of channels, and the set of logs in each.
 *
 * 1. A log once known stays for the life of the process, joined or not: who forgot his own head
 *    would begin his log again at 1, which is a lie in his own hand (invariant 6).
 * 2. A log that was only announced, of which nothing is held, is the exception: anybody can
 *    announce anything, so it makes room for an author who has proved to be one.
 * 3. `joined` channels are at most LIMIT_CHANNELS, logs in one at most LIMIT_LOGS.
 */
#include "core/channel.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* 2020-01-01 in ms since 1970. */
#define CLOCK_EPOCH_MS 1577836800000ull

void channels_init(struct channels *channels, const uint8_t table_key[16])
{
    memset(channels, 0, sizeof *channels);
    memcpy(channels->table_key, table_key, sizeof channels->table_key);
}

void channels_release(struct channels *channels)
{
    for (size_t i = 0; i < channels->count; i++) {
        free(channels->list[i].logs);
        table_release(&channels->list[i].by_author);
    }
    free(channels->list);
    memset(channels, 0, sizeof *channels);
}

struct channel *channel_by_name(struct channels *channels, const char *name)
{
    for (size_t i = 0; i < channels->count; i++)
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

struct channel *channel_add(struct channels *channels, const struct channel_name *name,
                            const struct id *network)
{
    struct channel *channel = channel_by_name(channels, name->text);
    if (channel != NULL)
        return channel;
    if (channels->count == channels->room) {
        channels->room = channels->room == 0 ? 4 : channels->room * 2;
        channels->list = realloc(channels->list, channels->room * sizeof *channels->list);
        CHECK(channels->list != NULL);
    }
    channel = &channels->list[channels->count++];
    memset(channel, 0, sizeof *channel);
    channel->name = *name;
    channel->id = channel_id(network, name->text);
    channel->ask_at_ms = UINT64_MAX;
    table_init(&channel->by_author, channels->table_key);
    return channel;
}

bool channel_join(struct channels *channels, struct channel *channel)
{
    if (!channel->joined) {
        if (channels->joined == LIMIT_CHANNELS)
            return false;
        channel->joined = true;
        channels->joined++;
    }
    if (channels->current.text[0] == '\0')
        channels->current = channel->name;
    return true;
}

void channel_leave(struct channels *channels, struct channel *channel)
{
    if (!channel->joined)
        return;
    channel->joined = false;
    channels->joined--;
    if (strcmp(channels->current.text, channel->name.text) != 0)
        return;
    memset(&channels->current, 0, sizeof channels->current);
    for (size_t i = 0; i < channels->count; i++)
        if (channels->list[i].joined) {
            channels->current = channels->list[i].name;
            return;
        }
}

struct log *channel_log(struct channel *channel, const struct id *author)
{
    uint32_t index = table_get(&channel->by_author, author);
    return index == TABLE_NONE ? NULL : &channel->logs[index];
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
        table_put(&channel->by_author, &channel->logs[kept].author, (uint32_t)kept);
        kept++;
    }
    channel->log_count = kept;
}

void channel_sweep(struct channel *channel)
{
    if (channel->log_count == LIMIT_LOGS)
        sweep(channel, false);
}

struct log *channel_log_add(struct channel *channel, const struct id *author, bool proved)
{
    struct log *log = channel_log(channel, author);
    if (log != NULL) {
        log->proved = log->proved || proved;
        return log;
    }
    if (channel->log_count == LIMIT_LOGS && proved)
        sweep(channel, true);
    if (channel->log_count == LIMIT_LOGS)
        return NULL;
    if (channel->log_count == channel->log_room) {
        channel->log_room = channel->log_room == 0 ? 4 : channel->log_room * 2;
        channel->logs = realloc(channel->logs, channel->log_room * sizeof *channel->logs);
        CHECK(channel->logs != NULL);
    }
    table_put(&channel->by_author, author, (uint32_t)channel->log_count);
    log = &channel->logs[channel->log_count++];
    log_init(log, author);
    log->proved = proved;
    return log;
}

void channel_adopt(struct channel *channel, uint64_t lamport, uint64_t wall_ms)
{
    uint64_t bound = (uint64_t)1 << 40;
    if (wall_ms > CLOCK_EPOCH_MS && (wall_ms - CLOCK_EPOCH_MS) > bound / 1000)
        bound = (wall_ms - CLOCK_EPOCH_MS) * 1000;
    if (lamport < bound && lamport > channel->lamport)
        channel->lamport = lamport;
}

uint64_t channel_unreceived(const struct channel *channel, const struct id *self)
{
    uint32_t index = table_get(&channel->by_author, self);
    if (index == TABLE_NONE)
        return 0;
    uint64_t handed =
        channel->received > channel->said_from ? channel->received : channel->said_from;
    uint64_t seq = channel->logs[index].seq;
    return seq > handed ? seq - handed : 0;
}
