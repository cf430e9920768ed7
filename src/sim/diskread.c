/* Disk, as its readers see it: what was appended counts, committed or not, but where it says so.
 *
 * An entry is *whole* on a branch that is not rootless, above its base and up to load.seq; whatever
 * else the branch has stands above a hole.
 */
#include <string.h>

#include "sim/disk.h"

size_t layer_find(const struct layer *layer, uint64_t seq)
{
    size_t low = 0, high = layer->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (layer->at[middle]->entry.seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct kept *layer_entry(const struct layer *layer, uint64_t seq, const struct id *id)
{
    for (size_t at = layer_find(layer, seq); at < layer->count && layer->at[at]->entry.seq == seq;
         at++)
        if (id_equal(&layer->at[at]->entry.id, id))
            return layer->at[at];
    return NULL;
}

const struct disk_log *disk_branch(const struct disk *disk, const struct id *channel,
                                   const struct id *author, const struct disk_log *after)
{
    size_t i = after == NULL ? 0 : (size_t)(after - disk->logs) + 1;
    for (; i < disk->log_count; i++)
        if (!disk->logs[i].dropped && id_equal(&disk->logs[i].author, author) &&
            id_equal(&disk->logs[i].channel_id, channel))
            return &disk->logs[i];
    return NULL;
}

bool disk_is_full(const struct disk *disk, const struct id *channel, const struct id *author)
{
    size_t count = 0;
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, channel, author, log)) != NULL;)
        count++;
    return count >= LIMIT_BRANCHES;
}

static bool is_whole(const struct log_load *load, uint64_t seq)
{
    return !load->rootless && seq > load->base_seq && seq <= load->seq;
}

const struct disk_log *disk_highest(const struct disk *disk, const struct id *channel,
                                    const struct id *author)
{
    const struct disk_log *highest = NULL;
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, channel, author, log)) != NULL;)
        if (is_whole(&log->load, log->load.seq) &&
            (highest == NULL || log->load.seq > highest->load.seq))
            highest = log;
    return highest;
}

bool disk_branch_with(const struct disk *disk, const struct id *channel, const struct head *head,
                      bool whole, uint32_t *branch)
{
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, channel, &head->author, log)) != NULL;)
        if ((!whole || is_whole(&log->load, head->seq)) &&
            layer_entry(&log->live, head->seq, &head->tip) != NULL) {
            *branch = log->load.branch;
            return true;
        }
    return false;
}

const struct kept *disk_find(const struct disk *disk, const struct id *channel,
                             const struct id *author, uint64_t seq, const struct id *id)
{
    const struct kept *kept = NULL;
    for (const struct disk_log *log = NULL;
         kept == NULL && (log = disk_branch(disk, channel, author, log)) != NULL;)
        kept = layer_entry(&log->live, seq, id);
    return kept;
}

const struct kept *disk_holds(const struct disk *disk, const struct id *channel,
                              const struct id *author, uint64_t seq, const struct id *id)
{
    const struct kept *kept = NULL;
    for (const struct disk_log *log = NULL;
         kept == NULL && (log = disk_branch(disk, channel, author, log)) != NULL;)
        if (is_whole(&log->load, seq))
            kept = layer_entry(&log->live, seq, id);
    return kept;
}

bool disk_holds_safe(const struct disk *disk, const struct id *channel, const struct head *head)
{
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, channel, &head->author, log)) != NULL;)
        if (log->exists_safe && is_whole(&log->load, head->seq) &&
            is_whole(&log->safe_load, head->seq) &&
            layer_entry(&log->safe, head->seq, &head->tip) != NULL)
            return true;
    return false;
}

/* True when another entry of the same process stands where this one would. */
static bool lies(const struct disk *disk, const struct entry *entry)
{
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, &entry->channel, &entry->author, log)) != NULL;)
        for (size_t at = layer_find(&log->live, entry->seq);
             at < log->live.count && log->live.at[at]->entry.seq == entry->seq; at++) {
            const struct entry *beside = &log->live.at[at]->entry;
            if (id_equal(&beside->prev, &entry->prev) && !id_equal(&beside->id, &entry->id) &&
                memcmp(beside->process.b, entry->process.b, sizeof entry->process.b) == 0)
                return true;
        }
    return false;
}

bool disk_forgets(const struct disk *disk, const struct entry *entry)
{
    for (const struct disk_log *log = NULL;
         disk->forgets && (log = disk_branch(disk, &entry->channel, &entry->author, log)) != NULL;)
        for (size_t at = 0; at < log->live.count; at++) {
            uint64_t seq;
            struct id id;
            if (entry_forgets(&log->live.at[at]->entry, &seq, &id) && seq == entry->seq &&
                id_equal(&id, &entry->id))
                return true;
        }
    return false;
}

static bool is_bare(const struct kept *kept)
{
    return kept->entry.body.at == NULL && !kept->forgotten;
}

bool disk_lacks_bodies(const struct disk_log *log)
{
    for (size_t at = 0; at < log->live.count; at++)
        if (is_bare(log->live.at[at]))
            return true;
    return false;
}

void disk_bare(const struct disk *disk, const struct id *channel, const struct log_load *which,
               uint64_t above, uint64_t *from, struct head *top)
{
    memset(top, 0, sizeof *top);
    for (size_t i = 0; i < disk->log_count; i++) {
        const struct disk_log *log = &disk->logs[i];
        if (log->dropped || log->load.branch != which->branch ||
            !id_equal(&log->author, &which->author) || !id_equal(&log->channel_id, channel))
            continue;
        for (size_t at = layer_find(&log->live, above + 1); at < log->live.count; at++) {
            const struct kept *kept = log->live.at[at];
            if (!is_bare(kept) && top->seq != 0)
                break;
            if (!is_bare(kept))
                continue;
            if (top->seq == 0)
                *from = kept->entry.seq;
            *top = (struct head){log->author, kept->entry.seq, kept->entry.id};
        }
    }
}

/* How far the run is the same as what branches have above their holes. */
static void compare(const struct disk *disk, const struct run *run, struct sifted *sifted)
{
    const struct entry *first = &run->entries[0];
    for (const struct disk_log *log = NULL;
         (log = disk_branch(disk, &first->channel, &first->author, log)) != NULL;)
        for (size_t i = 0; i < run->count; i++) {
            const struct entry *entry = &run->entries[i];
            if (log->load.span_from != 0 && entry->seq >= log->load.span_from &&
                entry->seq <= log->load.span_to &&
                layer_entry(&log->live, entry->seq, &entry->id) != NULL)
                sifted->same_to[log->load.branch] = entry->seq;
        }
}

struct sifted disk_sift(const struct disk *disk, const struct run *run)
{
    struct sifted sifted = {0};
    const struct entry *entry = &run->entries[0];
    compare(disk, run, &sifted);
    while (sifted.held < run->count &&
           disk_holds(disk, &entry->channel, &entry->author, entry->seq, &entry->id) != NULL) {
        sifted.held++;
        entry++;
    }
    if (sifted.held == run->count)
        return sifted;
    sifted.below = entry->prev;
    sifted.lie = lies(disk, entry);
    if (entry->seq == 1) {
        sifted.based = true;
        return sifted;
    }
    const struct kept *below =
        disk_holds(disk, &entry->channel, &entry->author, entry->seq - 1, &entry->prev);
    sifted.based = below != NULL;
    sifted.lamport = below != NULL ? below->entry.lamport : 0;
    return sifted;
}

/* The branch on which want->from is to be read, and up to where on it: from the one with the tip
 * down. NULL when the tip is not held. */
static const struct disk_log *way_down(const struct disk *disk, const struct want *want,
                                       uint64_t *to)
{
    const struct disk_log *log = NULL;
    *to = want->to;
    while ((log = disk_branch(disk, &want->channel, &want->author, log)) != NULL &&
           layer_entry(&log->live, want->to, &want->tip) == NULL)
        continue;
    while (log != NULL && !log->load.rootless && log->load.base_seq != 0 &&
           want->from <= log->load.base_seq) {
        const struct log_load *load = &log->load;
        const struct disk_log *below = NULL;
        *to = load->base_seq;
        while ((below = disk_branch(disk, &want->channel, &want->author, below)) != NULL &&
               (!is_whole(&below->load, load->base_seq) ||
                layer_entry(&below->live, load->base_seq, &load->base) == NULL))
            continue;
        log = below;
    }
    return log;
}

/* Entries from..to of one branch, ending at a signature. */
static bool read_layer(const struct layer *layer, uint64_t from, uint64_t to, struct run *run)
{
    size_t bytes = 0, count = 0;
    run->count = 0;
    for (size_t at = layer_find(layer, from); at < layer->count; at++, count++) {
        const struct kept *held = layer->at[at];
        bytes += ENTRY_HEADER_BYTES + held->entry.body_bytes;
        bool follows = held->entry.seq == from + count &&
                       (count == 0 || memcmp(held->entry.process.b, run->entries[0].process.b,
                                             sizeof held->entry.process.b) == 0);
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

bool disk_read(const struct disk *disk, const struct want *want, struct arena *arena,
               struct run *run, uint64_t *next)
{
    uint64_t to;
    const struct disk_log *log = way_down(disk, want, &to);
    if (log == NULL)
        return false;
    *run = (struct run){arena_take(arena, LIMIT_RUN_ENTRIES * sizeof *run->entries), 0, {{0}}};
    uint64_t from = want->from;
    for (size_t at = layer_find(&log->live, from);
         want->bodies && at < log->live.count && log->live.at[at]->entry.body.at == NULL; at++)
        from = log->live.at[at]->entry.seq + 1;
    if (from > to)
        return false;
    if (!read_layer(&log->live, from, to, run) && !read_layer(&log->live, from, UINT64_MAX, run))
        return false;
    uint64_t last = run->entries[run->count - 1].seq;
    *next = (last < to ? last : to) + 1;
    return true;
}

uint64_t disk_clock(const struct disk *disk, const struct id *channel, uint64_t adrift)
{
    uint64_t clock = 0;
    for (size_t i = 0; i < disk->log_count; i++) {
        const struct disk_log *log = &disk->logs[i];
        if (log->dropped || !id_equal(&log->channel_id, channel))
            continue;
        for (size_t k = log->live.count; k-- > 0;)
            if (log->live.at[k]->entry.lamport < adrift) {
                if (log->live.at[k]->entry.lamport > clock)
                    clock = log->live.at[k]->entry.lamport;
                break;
            }
    }
    return clock;
}
