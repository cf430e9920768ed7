/* Read: what the core and its peers ask: is an entry held, how does a run stand to what is held,
 * the frames that answer a WANT.
 *
 * 1. Held is what is in the whole part of a branch, with all below it: the branch's own entries
 *    above its base, the base's branch below. So an author's branches are looked through, each for
 *    its own part.
 * 2. What is given out is computed again, up to the tip of its row (rows.c); frames are rows one
 *    behind the other, byte for byte, so what is served costs the hashes and a copy.
 * 3. A row that `logs` says is there and is not, is damage: what a node announces it must hold.
 *
 * A read that fails gives nothing; when the reason is damage, store_damaged() says so from then on.
 */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

#define FRAME_HEAD      (1 + 1 + 1 + 32 + 32 + 8 + 8 + 32 + 2)
#define FRAME_SIGNATURE 64
#define BARE_SKIPPED    256 /* rows without bodies, in one look for some */

/* All that an author has in a channel. */
struct author_logs {
    struct store *store;
    const struct id *channel, *author;
    enum error_code before;
    size_t count;
    struct kept_log branches[LIMIT_BRANCHES];
};

static void author_logs(struct store *store, const struct id *channel, const struct id *author,
                        struct author_logs *logs)
{
    logs->store = store;
    logs->channel = channel;
    logs->author = author;
    logs->before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    logs->count = key == 0 ? 0 : store_branches(store, key, author, logs->branches);
}

static bool has_whole(const struct log_load *load, uint64_t seq)
{
    return !load->rootless && seq > load->base_seq && seq <= load->seq;
}

/* True when the branch's whole part has that entry. */
static bool branch_holds(struct author_logs *logs, const struct kept_log *kept, uint64_t seq,
                         const struct id *id)
{
    struct store *store = logs->store;
    struct row row;
    if (!has_whole(&kept->load, seq))
        return false;
    if (seq == kept->load.seq)
        return id_equal(&kept->load.tip, id);
    if (!row_ends(store, kept->key, seq, &row)) {
        store_missing(store, logs->before);
        return false;
    }
    if (row.last == seq)
        return id_equal(&row.tip, id);
    bool held = row_covering(store, kept->key, seq, &row) &&
                row_decode(store, &row, logs->channel, logs->author, NULL) &&
                id_equal(&store->entries[seq - row.first].id, id);
    row_done(store);
    return held;
}

/* The branch whose whole part has that entry; NULL when none has. */
static const struct kept_log *holder(struct author_logs *logs, uint64_t seq, const struct id *id)
{
    for (size_t i = 0; i < logs->count; i++)
        if (branch_holds(logs, &logs->branches[i], seq, id))
            return &logs->branches[i];
    return NULL;
}

bool store_holds(struct store *store, const struct id *channel, const struct id *author,
                 uint64_t seq, const struct id *id)
{
    struct author_logs logs;
    author_logs(store, channel, author, &logs);
    bool held = seq >= 1 && seq <= LIMIT_SEQ && holder(&logs, seq, id) != NULL;
    return store_read_ends(store, logs.before, held);
}

/* ---- sift ---- */

/* How many of the run's first entries the branch has in the part low..high: where one is, all of that
 * part below it are. */
static size_t branch_sift(struct author_logs *logs, const struct kept_log *kept,
                          const struct run *run, uint64_t low, uint64_t high)
{
    struct store *store = logs->store;
    uint64_t from = run->entries[0].seq, to = run->entries[run->count - 1].seq;
    size_t held = 0;
    from = from > low ? from : low;
    to = to < high ? to : high;
    if (from > to)
        return 0;
    struct row row;
    sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, from, high);
    while (from <= to && row_step(store, rows, &row) && row.first <= from &&
           row_decode(store, &row, logs->channel, logs->author, NULL)) {
        for (; from <= to && from <= row.last; from++) {
            size_t at = (size_t)(from - run->entries[0].seq);
            if (!id_equal(&store->entries[from - row.first].id, &run->entries[at].id))
                break;
            held = at + 1;
        }
        if (from <= row.last)
            break;
    }
    sqlite3_reset(rows);
    return held;
}

/* Finds the entry at seq on a branch, whole part or not, in store->entries; NULL when there is
 * none. Its body is not to be used. */
static const struct entry *branch_entry(struct author_logs *logs, const struct kept_log *kept,
                                        uint64_t seq)
{
    struct row row;
    const struct entry *entry = NULL;
    if (row_covering(logs->store, kept->key, seq, &row) &&
        row_decode(logs->store, &row, logs->channel, logs->author, NULL))
        entry = &logs->store->entries[seq - row.first];
    row_done(logs->store);
    return entry;
}

/* In which of a branch's two parts the seq lies: 1 the whole one, 2 what is above a hole, 0 neither. */
static int part_of(const struct log_load *load, uint64_t seq)
{
    if (seq > load->base_seq && seq <= load->seq)
        return 1;
    return load->span_from != 0 && seq >= load->span_from && seq <= load->span_to ? 2 : 0;
}

static bool branch_has(struct author_logs *logs, const struct kept_log *kept, uint64_t seq,
                       const struct id *id)
{
    const struct entry *entry =
        part_of(&kept->load, seq) != 0 ? branch_entry(logs, kept, seq) : NULL;
    return entry != NULL && id_equal(&entry->id, id);
}

bool store_below(struct store *store, const struct entry *entry, uint64_t head_seq,
                 const struct id *head)
{
    struct author_logs logs;
    struct id at = *head;
    bool below = false;
    if (entry->seq > head_seq)
        return false;
    if (entry->seq == head_seq)
        return id_equal(&entry->id, head);
    author_logs(store, &entry->channel, &entry->author, &logs);
    for (size_t step = 0; step <= logs.count && !below; step++) {
        const struct kept_log *kept = NULL;
        for (size_t i = 0; i < logs.count && kept == NULL; i++)
            if (branch_has(&logs, &logs.branches[i], head_seq, &at))
                kept = &logs.branches[i];
        if (kept == NULL)
            break;
        int part = part_of(&kept->load, head_seq);
        if (part == part_of(&kept->load, entry->seq)) {
            below = branch_has(&logs, kept, entry->seq, &entry->id);
            break;
        }
        if (part == 2 || kept->load.rootless || entry->seq > kept->load.base_seq)
            break; /* nothing shows it yet */
        head_seq = kept->load.base_seq;
        at = kept->load.base;
    }
    return store_read_ends(store, logs.before, below);
}

/* True when another entry of the same process stands directly above the same one. */
static bool stands_beside(struct author_logs *logs, const struct entry *fresh,
                          const struct id *below)
{
    for (size_t i = 0; i < logs->count; i++) {
        const struct entry *other = branch_entry(logs, &logs->branches[i], fresh->seq);
        if (other != NULL && id_equal(&other->prev, below) && !id_equal(&other->id, &fresh->id) &&
            memcmp(&other->process, &fresh->process, sizeof fresh->process) == 0)
            return true;
    }
    return false;
}

/* The entry below the run's first: is it held, and with which clock? */
static bool base_of(struct author_logs *logs, const struct run *run, struct sifted *sifted)
{
    const struct entry *first = &run->entries[0];
    sifted->below = first->prev;
    sifted->lamport = 0;
    if (first->seq == 1)
        return true;
    const struct kept_log *kept = holder(logs, first->seq - 1, &first->prev);
    if (kept == NULL)
        return false;
    const struct entry *below = branch_entry(logs, kept, first->seq - 1);
    sifted->lamport = below != NULL ? below->lamport : 0;
    return below != NULL;
}

void store_sift(struct store *store, const struct run *run, struct sifted *sifted)
{
    struct author_logs logs;
    author_logs(store, &run->entries[0].channel, &run->entries[0].author, &logs);
    memset(sifted, 0, sizeof *sifted);
    for (size_t i = 0; i < logs.count; i++) {
        const struct kept_log *kept = &logs.branches[i];
        const struct log_load *load = &kept->load;
        size_t held =
            load->rootless ? 0 : branch_sift(&logs, kept, run, load->base_seq + 1, load->seq);
        sifted->held = held > sifted->held ? held : sifted->held;
        held = load->span_from == 0 ? 0
                                    : branch_sift(&logs, kept, run, load->span_from, load->span_to);
        if (held > 0)
            sifted->same_to[load->branch] = run->entries[held - 1].seq;
    }
    if (sifted->held > 0) {
        sifted->based = true;
        sifted->below = run->entries[sifted->held - 1].id;
        sifted->lamport = run->entries[sifted->held - 1].lamport;
    } else {
        sifted->based = base_of(&logs, run, sifted);
    }
    if (sifted->held < run->count)
        sifted->lie = stands_beside(&logs, &run->entries[sifted->held], &sifted->below);
    if (!store_read_ends(store, logs.before, store_works(store)))
        *sifted = (struct sifted){.unread = true};
}

/* ---- frames ---- */

/* A frame that is being filled. */
struct filling {
    struct writer w;
    struct entry first;
    struct signature signature;
    struct id tip;       /* of the last row taken */
    size_t count, bytes; /* entries, and their headers and bodies */
    uint64_t last;
};

/* Takes a row, from the entry `from` on; false when the frame is full without it. */
static bool frame_take(struct store *store, struct filling *filling, const struct row *row,
                       uint64_t from)
{
    size_t count = (size_t)(row->last - row->first) + 1, skip = (size_t)(from - row->first);
    size_t at = 0, bytes = filling->bytes;
    for (size_t i = 0; i < skip; i++)
        at += entry_row_bytes(&store->entries[i]);
    for (size_t i = skip; i < count; i++)
        bytes += ENTRY_HEADER_BYTES + store->entries[i].body_bytes;
    if (filling->count > 0 &&
        (filling->count + count - skip > LIMIT_RUN_ENTRIES || bytes > LIMIT_RUN_BYTES))
        return false;
    if (filling->count == 0)
        filling->first = store->entries[skip];
    write_copy(&filling->w, row->entries.at + at, row->entries.size - at);
    filling->count += count - skip;
    filling->bytes = bytes;
    filling->signature = row->signature;
    filling->tip = row->tip;
    filling->last = row->last;
    return true;
}

/* Fills it with rows of the branch from the seq on, until one reaches `limit`. */
static void frame_fill(struct author_logs *logs, const struct kept_log *kept, uint64_t from,
                       uint64_t limit, bool bodies, struct filling *filling)
{
    struct store *store = logs->store;
    struct row row;
    sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, from, kept->load.seq);
    while (filling->last < limit && filling->count < LIMIT_RUN_ENTRIES) {
        bool fits = row_step(store, rows, &row);
        if (!fits || row.first > from || (filling->count > 0 && row.first != from)) {
            store_missing(store, logs->before);
            break;
        }
        /* A row of another process, or one that would not fit, is not worth its hashes. */
        if (bodies && row.missing)
            break;
        if (filling->count > 0 &&
            (memcmp(&row.process, &filling->first.process, sizeof row.process) != 0 ||
             filling->count + (size_t)(row.last - row.first) >= LIMIT_RUN_ENTRIES))
            break;
        if (!row_decode(store, &row, logs->channel, logs->author,
                        filling->count > 0 ? &filling->tip : NULL) ||
            !frame_take(store, filling, &row, from))
            break;
        from = row.last + 1;
    }
    sqlite3_reset(rows);
}

/* The first entry from the seq on that is in a row with its bodies; above `limit`, or of rows that are
 * not looked at yet, when there is none: what is below it has none. */
static uint64_t first_with_bodies(struct author_logs *logs, const struct kept_log *kept,
                                  uint64_t from, uint64_t limit, bool *found)
{
    struct row row;
    *found = false;
    from = from > kept->floor ? from : kept->floor + 1;
    sqlite3_stmt *rows =
        rows_between(logs->store, STATEMENT_ROWS_UP, kept->key, from, kept->load.seq);
    for (int i = 0; i < BARE_SKIPPED && from <= limit && !*found; i++) {
        if (!row_step(logs->store, rows, &row) || row.first > from) {
            store_missing(logs->store, logs->before);
            break;
        }
        *found = !row.missing;
        from = *found ? from : row.last + 1;
    }
    sqlite3_reset(rows);
    return from;
}

size_t store_frame(struct store *store, const struct want *want, enum entry_part part,
                   uint8_t frame[LIMIT_FRAME], uint64_t *last)
{
    struct author_logs logs;
    struct filling filling = {.w = writer_of(frame + FRAME_HEAD, LIMIT_FRAME - FRAME_HEAD)};
    uint64_t limit = *last = want->to;
    if (want->from < 1 || want->from > want->to || want->to > LIMIT_SEQ)
        return 0;
    author_logs(store, &want->channel, &want->author, &logs);
    const struct kept_log *kept = holder(&logs, limit, &want->tip);
    /* Down the parents to the one that has `from`; each base is lower than the one before. */
    while (kept != NULL && want->from <= kept->load.base_seq) {
        limit = kept->load.base_seq;
        kept = holder(&logs, limit, &kept->load.base);
    }
    uint64_t from = want->from;
    bool found = kept != NULL;
    if (found && want->bodies)
        from = first_with_bodies(&logs, kept, from, limit, &found);
    if (found)
        frame_fill(&logs, kept, from, limit, want->bodies, &filling);
    else if (kept != NULL)
        *last = from - 1;
    if (!store_read_ends(store, logs.before, filling.count > 0))
        return 0;
    write_copy(&filling.w, filling.signature.b, FRAME_SIGNATURE);
    struct writer head = writer_of(frame, FRAME_HEAD);
    wire_write_entry_head(&head, &filling.first, filling.count, part);
    CHECK(!filling.w.full && !head.full && head.size == FRAME_HEAD);
    *last = filling.last < limit ? filling.last : limit;
    return FRAME_HEAD + filling.w.size;
}

/* ---- all there is ---- */

bool store_run_at(struct store *store, const struct id *channel, const struct id *author,
                  uint32_t branch, uint64_t above, struct arena *arena, struct run *run)
{
    struct kept_log kept;
    struct row row;
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    if (key == 0 || above >= LIMIT_SEQ || !store_log_find(store, key, author, branch, &kept))
        return store_read_ends(store, before, false);
    sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept.key, above + 1, LIMIT_SEQ);
    bool found = row_step(store, rows, &row) && row_decode(store, &row, channel, author, NULL);
    if (found) {
        run->count = (size_t)(row.last - row.first) + 1;
        run->signature = row.signature;
        run->entries = arena_copy(arena, store->entries, run->count * sizeof *run->entries);
        for (size_t i = 0; i < run->count; i++) {
            struct bytes *body = &run->entries[i].body;
            if (body->at != NULL)
                body->at = arena_copy(arena, body->at, body->size);
        }
    }
    sqlite3_reset(rows);
    return store_read_ends(store, before, found);
}
