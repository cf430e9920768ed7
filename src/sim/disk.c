/* Disk: branches of entries. Each has two states: `live`, with all that was appended, and `safe`, as
 * of the last commit; a crash makes live what safe is, and takes back what was not committed.
 *
 * 1. The core alone says to which branch an entry goes; the disk does as it is told, and does not
 *    check whether that is right: the oracle does.
 * 2. What is safe is never changed or taken away but by disk_release().
 * 3. A kept entry may stand in a live layer and in a safe one, of the same branch or, after a
 *    split, of two; all are on the disk's one list, which owns them.
 */
#include "sim/disk.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/grown.h"

void disk_release(struct disk *disk)
{
    for (size_t i = 0; i < disk->log_count; i++) {
        free(disk->logs[i].live.at);
        free(disk->logs[i].safe.at);
    }
    for (struct kept *kept = disk->all; kept != NULL;) {
        struct kept *next = kept->next;
        free(kept);
        kept = next;
    }
    free(disk->logs);
    free(disk->receipts);
    memset(disk, 0, sizeof *disk);
}

static struct disk_log *add_log(struct disk *disk, const struct id *channel_id,
                                const struct log_load *load)
{
    for (size_t i = 0; i < disk->log_count; i++) {
        struct disk_log *log = &disk->logs[i];
        if (!log->dropped && log->load.branch == load->branch &&
            id_equal(&log->author, &load->author) && id_equal(&log->channel_id, channel_id))
            return log;
    }
    CHECK(load->branch < LIMIT_BRANCHES);
    disk->logs = grown(disk->logs, disk->log_count, &disk->log_room, sizeof *disk->logs);
    struct disk_log *log = &disk->logs[disk->log_count++];
    memset(log, 0, sizeof *log);
    log->channel_id = *channel_id;
    log->author = load->author;
    return log;
}

static struct kept *make_kept(struct disk *disk, const struct entry *entry)
{
    size_t size = entry->body.at != NULL ? entry->body.size : 0;
    struct kept *kept = calloc(1, sizeof *kept + size + 1);
    CHECK(kept != NULL);
    kept->entry = *entry;
    if (entry->body.at != NULL) {
        memcpy(kept + 1, entry->body.at, size);
        kept->entry.body.at = (const uint8_t *)(kept + 1);
    }
    kept->next = disk->all;
    disk->all = kept;
    return kept;
}

static void layer_put(struct layer *layer, size_t at, struct kept *kept)
{
    layer->at = grown(layer->at, layer->count, &layer->room, sizeof(struct kept *));
    memmove(layer->at + at + 1, layer->at + at, (layer->count - at) * sizeof(struct kept *));
    layer->at[at] = kept;
    layer->count++;
}

static void layer_copy(struct layer *to, const struct layer *from)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        layer_put(to, i, from->at[i]);
}

/* In place of what stands there, which a safe layer may still need. */
static struct kept *give_body(struct disk *disk, struct disk_log *log, size_t at, struct bytes body)
{
    const struct kept *was = log->live.at[at];
    struct entry entry = was->entry;
    entry.body = body;
    struct kept *kept = make_kept(disk, &entry);
    kept->signature = was->signature;
    kept->is_signed = was->is_signed;
    kept->safe = was->safe; /* the entry is; its body is not yet */
    kept->signed_safe = was->signed_safe;
    log->live.at[at] = kept;
    log->dirty = disk->pending = true;
    return kept;
}

/* Where the entry stands on the branch; count when it does not. */
static size_t find_at(const struct layer *live, const struct entry *entry)
{
    size_t at = layer_find(live, entry->seq);
    while (at < live->count && live->at[at]->entry.seq == entry->seq &&
           !id_equal(&live->at[at]->entry.id, &entry->id))
        at++;
    return at < live->count && live->at[at]->entry.seq == entry->seq ? at : live->count;
}

/* What those who come later need: it is kept. */
static bool is_needed(uint8_t kind)
{
    return kind == ENTRY_FORGET || kind == ENTRY_DEVICE || act_is(kind);
}

/* Drops what a FORGET that is held now takes back. */
static void forget(struct disk *disk, const struct entry *entry)
{
    struct entry target = {.channel = entry->channel, .author = entry->author};
    if (!entry_forgets(entry, &target.seq, &target.id))
        return;
    disk->forgets = true;
    for (size_t i = 0; i < disk->log_count; i++) {
        struct disk_log *log = &disk->logs[i];
        if (log->dropped || !id_equal(&log->author, &target.author) ||
            !id_equal(&log->channel_id, &target.channel))
            continue;
        size_t at = find_at(&log->live, &target);
        if (at < log->live.count && !is_needed(log->live.at[at]->entry.kind))
            give_body(disk, log, at, (struct bytes){0})->forgotten = true;
    }
}

/* One that is there already may get its signature, or its body, only now. */
static void keep(struct disk *disk, struct disk_log *log, const struct entry *entry,
                 const struct signature *signature)
{
    struct layer *live = &log->live;
    size_t at = find_at(live, entry);
    if (at == live->count) {
        struct entry taken = *entry;
        bool forgotten = !is_needed(entry->kind) && disk_forgets(disk, entry);
        if (forgotten)
            taken.body = (struct bytes){0};
        for (at = layer_find(live, entry->seq);
             at < live->count && live->at[at]->entry.seq == entry->seq; at++)
            continue;
        layer_put(live, at, make_kept(disk, &taken));
        live->at[at]->forgotten = forgotten;
        forget(disk, entry);
    } else if (live->at[at]->entry.body.at == NULL && entry->body.at != NULL &&
               !live->at[at]->forgotten) {
        give_body(disk, log, at, entry->body);
        forget(disk, entry);
    }
    struct kept *held = live->at[at];
    if (signature != NULL && !held->is_signed) {
        held->signature = *signature;
        held->is_signed = true;
    }
}

void disk_append(struct disk *disk, const struct id *channel, const struct log_load *load,
                 const struct run *run)
{
    struct disk_log *log = add_log(disk, channel, load);
    log->load = *load;
    log->dirty = disk->pending = true;
    for (size_t i = 0; i < run->count; i++)
        keep(disk, log, &run->entries[i], i == run->count - 1 ? &run->signature : NULL);
}

/* What the branch has up to its base, others have: to them bodies go. */
static void trim(struct disk *disk, struct disk_log *log)
{
    uint64_t base = log->load.rootless ? 0 : log->load.base_seq;
    struct layer *live = &log->live;
    size_t count = layer_find(live, base + 1);
    bool filled[LIMIT_RUN_ENTRIES];
    for (size_t at = 0; at < count; at++)
        disk_fill(disk, &(struct run){&live->at[at]->entry, 1, {{0}}}, filled);
    memmove(live->at, live->at + count, (live->count - count) * sizeof *live->at);
    live->count -= count;
}

void disk_put(struct disk *disk, const struct id *channel, const struct log_load *load)
{
    struct disk_log *log = add_log(disk, channel, load);
    log->load = *load;
    log->dirty = disk->pending = true;
    trim(disk, log);
}

void disk_split(struct disk *disk, const struct id *channel, const struct log_load *keeps,
                const struct log_load *gets, uint64_t seq)
{
    add_log(disk, channel, keeps); /* so that the next cannot move the other */
    struct disk_log *to = add_log(disk, channel, gets);
    struct disk_log *from = add_log(disk, channel, keeps);
    size_t first = layer_find(&from->live, seq);
    for (size_t at = first; at < from->live.count; at++) {
        struct kept *kept = from->live.at[at];
        layer_put(&to->live, layer_find(&to->live, kept->entry.seq), kept);
    }
    from->live.count = first;
    from->load = *keeps;
    to->load = *gets;
    from->dirty = to->dirty = disk->pending = true;
}

void disk_fill(struct disk *disk, const struct run *run, bool filled[LIMIT_RUN_ENTRIES])
{
    memset(filled, 0, LIMIT_RUN_ENTRIES * sizeof *filled);
    for (size_t i = 0; i < disk->log_count; i++) {
        struct disk_log *log = &disk->logs[i];
        if (log->dropped || !id_equal(&log->author, &run->entries[0].author) ||
            !id_equal(&log->channel_id, &run->entries[0].channel))
            continue;
        for (size_t k = 0; k < run->count; k++) {
            const struct entry *entry = &run->entries[k];
            size_t at = find_at(&log->live, entry);
            if (at == log->live.count || log->live.at[at]->entry.body.at != NULL ||
                log->live.at[at]->forgotten || entry->body.at == NULL)
                continue;
            give_body(disk, log, at, entry->body);
            filled[k] = true;
            forget(disk, entry);
        }
    }
}

void disk_receipt(struct disk *disk, const struct id *channel, const struct id *node,
                  uint64_t number, uint64_t below)
{
    size_t i = 0;
    while (i < disk->receipt_count && !(id_equal(&disk->receipts[i].node, node) &&
                                        id_equal(&disk->receipts[i].channel, channel)))
        i++;
    if (i == disk->receipt_count) {
        disk->receipts = grown(disk->receipts, i, &disk->receipt_room, sizeof *disk->receipts);
        disk->receipts[disk->receipt_count++] =
            (struct disk_receipt){.channel = *channel, .node = *node};
    }
    disk->receipts[i].number = number;
    disk->receipts[i].below = below;
    disk->pending = true;
}

/* ---- what is carried ---- */

static struct disk_carried *carried_of(struct disk *disk, const struct id *channel)
{
    for (size_t i = 0; i < disk->carried.count; i++)
        if (id_equal(&disk->carried.list[i].channel, channel))
            return &disk->carried.list[i];
    return NULL;
}

void disk_carry(struct disk *disk, const struct id *channel, const struct disk_carried *carried)
{
    struct disk_carried *old = carried_of(disk, channel);
    disk->pending = true;
    if (old == NULL && carried == NULL)
        return;
    if (carried == NULL) {
        *old = disk->carried.list[--disk->carried.count];
        return;
    }
    CHECK(old != NULL || disk->carried.count < DISK_CARRIED);
    old = old != NULL ? old : &disk->carried.list[disk->carried.count++];
    *old = *carried;
}

void disk_carried_bytes(struct disk *disk, const struct id *channel, uint64_t bytes)
{
    struct disk_carried *carried = carried_of(disk, channel);
    if (carried != NULL)
        carried->bytes = bytes;
}

void disk_drop(struct disk *disk, const struct id *channel)
{
    disk_carry(disk, channel, NULL);
    for (size_t i = 0; i < disk->log_count; i++)
        if (id_equal(&disk->logs[i].channel_id, channel))
            disk->logs[i].dropped = true;
}

static void sweep(struct disk *disk)
{
    size_t count = 0;
    for (size_t i = 0; i < disk->log_count; i++) {
        if (!disk->logs[i].dropped) {
            disk->logs[count++] = disk->logs[i];
            continue;
        }
        free(disk->logs[i].live.at);
        free(disk->logs[i].safe.at);
    }
    disk->log_count = count;
}

void disk_commit(struct disk *disk)
{
    if (!disk->pending)
        return;
    sweep(disk);
    disk->safe_carried = disk->carried;
    for (size_t i = 0; i < disk->log_count; i++) {
        struct disk_log *log = &disk->logs[i];
        if (!log->dirty)
            continue;
        for (size_t k = 0; k < log->live.count; k++) {
            log->live.at[k]->safe = true;
            log->live.at[k]->signed_safe = log->live.at[k]->is_signed;
        }
        layer_copy(&log->safe, &log->live);
        log->safe_load = log->load;
        log->exists_safe = true;
        log->dirty = false;
    }
    for (size_t i = 0; i < disk->receipt_count; i++) {
        disk->receipts[i].safe_number = disk->receipts[i].number;
        disk->receipts[i].safe_below = disk->receipts[i].below;
    }
    disk->pending = false;
}

void disk_crash(struct disk *disk)
{
    size_t count = 0;
    for (size_t i = 0; i < disk->log_count; i++) {
        struct disk_log log = disk->logs[i];
        log.dropped = false;
        if (!log.exists_safe) {
            free(log.live.at);
            free(log.safe.at);
            continue;
        }
        if (log.dirty) {
            layer_copy(&log.live, &log.safe);
            for (size_t k = 0; k < log.live.count; k++)
                log.live.at[k]->is_signed = log.live.at[k]->signed_safe;
            log.load = log.safe_load;
            log.dirty = false;
        }
        disk->logs[count++] = log;
    }
    disk->log_count = count;
    disk->carried = disk->safe_carried;
    for (size_t i = 0; i < disk->receipt_count; i++) {
        disk->receipts[i].number = disk->receipts[i].safe_number;
        disk->receipts[i].below = disk->receipts[i].safe_below;
    }
    disk->pending = false;
}

void disk_copy(struct disk *copy, const struct disk *disk)
{
    for (size_t i = 0; i < disk->log_count; i++) {
        const struct disk_log *from = &disk->logs[i];
        if (!from->exists_safe)
            continue;
        struct disk_log *to = add_log(copy, &from->channel_id, &from->safe_load);
        to->load = from->safe_load;
        to->dirty = true;
        for (size_t k = 0; k < from->safe.count; k++) {
            const struct kept *kept = from->safe.at[k];
            keep(copy, to, &kept->entry, kept->signed_safe ? &kept->signature : NULL);
        }
    }
    for (size_t i = 0; i < disk->receipt_count; i++)
        if (disk->receipts[i].safe_number != 0 || disk->receipts[i].safe_below != 0)
            disk_receipt(copy, &disk->receipts[i].channel, &disk->receipts[i].node,
                         disk->receipts[i].safe_number, disk->receipts[i].safe_below);
    copy->carried = disk->safe_carried;
    copy->pending = true;
    disk_commit(copy);
}
