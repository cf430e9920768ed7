/* Disk: logs of entries. Each log has two states: `live`, with all that was appended, and `safe`,
 * as of the last commit; a crash makes live what safe is, and takes back what was not committed.
 *
 * 1. A run is placed by log_place(), as the real store does it, so core and disk cannot disagree.
 * 2. What is safe is never changed or taken away but by disk_release().
 */
#include "sim/disk.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void disk_release(struct disk *disk)
{
    for (size_t i = 0; i < disk->log_count; i++) {
        for (size_t k = 0; k < disk->logs[i].count; k++)
            free(disk->logs[i].kept[k]);
        free(disk->logs[i].kept);
    }
    free(disk->logs);
    memset(disk, 0, sizeof *disk);
}

static size_t find_log(const struct disk *disk, const struct id *channel, const struct id *author)
{
    size_t i = 0;
    while (i < disk->log_count && !(id_equal(&disk->logs[i].live.author, author) &&
                                    id_equal(&disk->logs[i].channel_id, channel)))
        i++;
    return i;
}

const struct disk_log *disk_log(const struct disk *disk, const struct id *channel,
                                const struct id *author)
{
    size_t at = find_log(disk, channel, author);
    return at < disk->log_count ? &disk->logs[at] : NULL;
}

/* Where the entry with this seq is, or would be. */
static size_t find_seq(const struct disk_log *log, uint64_t seq)
{
    size_t low = 0, high = log->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->kept[middle]->entry.seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct kept *disk_entry(const struct disk_log *log, uint64_t seq)
{
    size_t at = find_seq(log, seq);
    return at < log->count && log->kept[at]->entry.seq == seq ? log->kept[at] : NULL;
}

static struct disk_log *add_log(struct disk *disk, const struct channel_name *channel,
                                const struct entry *entry)
{
    size_t at = find_log(disk, &entry->channel, &entry->author);
    if (at < disk->log_count)
        return &disk->logs[at];
    if (disk->log_count == disk->log_room) {
        disk->log_room = disk->log_room == 0 ? 8 : disk->log_room * 2;
        disk->logs = realloc(disk->logs, disk->log_room * sizeof *disk->logs);
        CHECK(disk->logs != NULL);
    }
    struct disk_log *log = &disk->logs[disk->log_count++];
    memset(log, 0, sizeof *log);
    log->channel = *channel;
    log->channel_id = entry->channel;
    log_init(&log->live, &entry->author);
    log->safe = log->live;
    return log;
}

static void keep(struct disk_log *log, const struct entry *entry, const struct signature *signature)
{
    size_t at = find_seq(log, entry->seq);
    if (at < log->count && log->kept[at]->entry.seq == entry->seq) {
        struct kept *held = log->kept[at];
        if (signature != NULL && !held->is_signed && id_equal(&held->entry.id, &entry->id)) {
            held->signature = *signature;
            held->is_signed = true;
        }
        return;
    }
    if (log->count == log->room) {
        log->room = log->room == 0 ? 16 : log->room * 2;
        log->kept = realloc(log->kept, log->room * sizeof(struct kept *));
        CHECK(log->kept != NULL);
    }
    struct kept *kept = calloc(1, sizeof *kept + entry->body.size);
    CHECK(kept != NULL);
    kept->entry = *entry;
    memcpy(kept + 1, entry->body.at, entry->body.size);
    kept->entry.body.at = (const uint8_t *)(kept + 1);
    if (signature != NULL) {
        kept->signature = *signature;
        kept->is_signed = true;
    }
    memmove(log->kept + at + 1, log->kept + at, (log->count - at) * sizeof(struct kept *));
    log->kept[at] = kept;
    log->count++;
}

void disk_append(struct disk *disk, const struct channel_name *channel, const struct run *run)
{
    struct disk_log *log = add_log(disk, channel, &run->entries[0]);
    struct log was = log->live;
    size_t first;
    enum placed placed = log_place(&log->live, run, &first);
    if (placed == PLACED_CONFLICT || placed == PLACED_NO_ROOM) {
        log->live = was;
        return;
    }
    log->dirty = disk->pending = true;
    for (size_t i = placed == PLACED_NEW ? first : run->count - 1; i < run->count; i++)
        keep(log, &run->entries[i], i == run->count - 1 ? &run->signature : NULL);
}

void disk_commit(struct disk *disk)
{
    if (!disk->pending)
        return;
    for (size_t i = 0; i < disk->log_count; i++) {
        struct disk_log *log = &disk->logs[i];
        if (!log->dirty)
            continue;
        for (size_t k = log->count; k-- > 0;) {
            log->kept[k]->safe = true;
            log->kept[k]->signed_safe = log->kept[k]->is_signed;
        }
        log->safe = log->live;
        log->dirty = false;
    }
    disk->pending = false;
}

void disk_crash(struct disk *disk)
{
    for (size_t i = 0; i < disk->log_count; i++) {
        struct disk_log *log = &disk->logs[i];
        size_t kept = 0;
        for (size_t k = 0; k < log->count; k++) {
            struct kept *held = log->kept[k];
            if (!held->safe) {
                free(held);
                continue;
            }
            held->is_signed = held->signed_safe;
            log->kept[kept++] = held;
        }
        log->count = kept;
        log->live = log->safe;
        log->dirty = false;
    }
    disk->pending = false;
}

bool disk_read(const struct disk *disk, const struct want *want, uint64_t to, struct arena *arena,
               struct run *run)
{
    const struct disk_log *log = disk_log(disk, &want->channel, &want->author);
    size_t bytes = 0;
    if (log == NULL)
        return false;
    *run = (struct run){arena_take(arena, LIMIT_RUN_ENTRIES * sizeof *run->entries), 0, {{0}}};
    size_t count = 0;
    for (size_t at = find_seq(log, want->from); at < log->count; at++, count++) {
        const struct kept *held = log->kept[at];
        bytes += ENTRY_HEADER_BYTES + held->entry.body.size;
        bool follows = count == 0 ? held->entry.seq == want->from
                                  : memcmp(held->entry.process.b, run->entries[0].process.b,
                                           sizeof held->entry.process.b) == 0 &&
                                        held->entry.seq == want->from + count;
        if (held->entry.seq > to || !follows || count == LIMIT_RUN_ENTRIES ||
            bytes > LIMIT_RUN_BYTES)
            break;
        run->entries[count] = held->entry;
        if (held->is_signed) {
            run->count = count + 1;
            run->signature = held->signature;
        }
    }
    return run->count > 0;
}

uint64_t disk_clock(const struct disk *disk, const struct id *channel, uint64_t adrift)
{
    uint64_t clock = 0;
    for (size_t i = 0; i < disk->log_count; i++) {
        const struct disk_log *log = &disk->logs[i];
        if (!id_equal(&log->channel_id, channel))
            continue;
        for (size_t k = log->count; k-- > 0;)
            if (log->kept[k]->entry.lamport < adrift) {
                if (log->kept[k]->entry.lamport > clock)
                    clock = log->kept[k]->entry.lamport;
                break;
            }
    }
    return clock;
}

struct log_load disk_load(const struct disk_log *log)
{
    const struct log *safe = &log->safe;
    return (struct log_load){
        .author = safe->author,
        .seq = safe->seq,
        .tip = safe->tip,
        .lamport = safe->lamport,
        .span_from = safe->above_from,
        .span_to = safe->above_to,
        .span_prev = safe->above_prev,
        .span_tip = safe->above_tip,
        .span_first_lamport = safe->above_first_lamport,
        .span_lamport = safe->above_lamport,
    };
}
