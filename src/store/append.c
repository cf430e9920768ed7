/* Append: runs into the tables, where the core says.
 *
 * 1. A run becomes one row, ending at its signature. What other rows of its branch have of the same
 *    entries is cut from them: a row wholly inside goes, one that reaches above the run begins
 *    above it from now on, and where one reaches up into the run from below, the run begins there.
 *    A row keeps its end, so its signature stays right.
 * 2. A body that is held is not lost to a run that comes without it.
 * 3. What was forgotten stays so: a FORGET is written down by (author, seq, id), and the body is
 *    dropped wherever it is, or comes.
 *
 * 4. What a branch has up to its base, another branch has, or is given by its bodies: where the core
 *    gives a branch a base in the middle of what it has (PUT), the rest of the row stands on that.
 *
 * It checks no signature and no chain: the core has done both, and has decided the place.
 */
#include <string.h>

#include "base/check.h"
#include "store/inside.h"

/* The branch's row, as it was before; a new one has key 0. */
static bool log_at(struct store *store, int64_t channel, const struct log_load *after,
                   struct kept_log *kept)
{
    const struct kept_log *known = &store->appended;
    if (known->key != 0 && known->channel == channel && known->load.branch == after->branch &&
        id_equal(&known->load.author, &after->author)) {
        *kept = *known;
        return true;
    }
    if (!store_log_find(store, channel, &after->author, after->branch, kept)) {
        memset(kept, 0, sizeof *kept);
        kept->channel = channel;
        kept->load.author = after->author;
        kept->load.branch = after->branch;
    }
    return store_works(store);
}

/* ---- what is forgotten ---- */

/* All that is held beside an entry, but for its body. */
void store_let_go(struct store *store, const struct kept_log *kept, const struct entry *entry)
{
    struct entry line = *entry;
    struct arena arena;
    arena_init(&arena);
    opened_read(store, kept->channel, &line, &arena);
    if (store->search != NULL)
        search_drop(store->search, kept, &line, true);
    reactions_drop(store, kept->channel, &line);
    if (line.kind != entry->kind)
        store_wipe(store);
    opened_drop(store, kept->channel, entry);
    arena_release(&arena);
}

static void forget_in(struct store *store, const struct kept_log *kept, const struct id *channel,
                      uint64_t seq, const struct id *id)
{
    struct row row;
    if (!row_covering(store, kept->key, seq, &row))
        return;
    if (row_decode(store, &row, channel, &kept->load.author, NULL)) {
        struct entry *entry = &store->entries[seq - row.first];
        if (id_equal(&entry->id, id))
            store_let_go(store, kept, entry);
        if (id_equal(&entry->id, id) && (entry_drop_body(entry) || row.missing))
            row_write(store, kept, store->entries, (size_t)(row.last - row.first) + 1,
                      &row.signature, row.hangs);
    }
    row_done(store);
}

/* Writes down what the run's FORGETs take back, and what else in it is about other lines. */
static bool forgets_note(struct store *store, int64_t channel, const struct run *run,
                         const struct entry *lines)
{
    bool any = false;
    for (size_t i = 0; i < run->count; i++) {
        uint64_t seq;
        struct id id;
        if (!entry_forgets(&run->entries[i], &seq, &id) || seq < 1 || seq > LIMIT_SEQ)
            continue;
        sqlite3_stmt *add = store_statement(store, STATEMENT_FORGOTTEN_ADD);
        sqlite3_bind_int64(add, 1, channel);
        bind_id(add, 2, &run->entries[0].author);
        bind_number(add, 3, seq);
        bind_id(add, 4, &id);
        store_run(store, add);
        store->forgotten_any = any = true;
        edits_forget(store, channel, &run->entries[0].author, seq, &id);
        reactions_forget(store, channel, &run->entries[0].author, seq, &id);
    }
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *line = lines != NULL ? &lines[i] : &run->entries[i];
        any = edits_note(store, channel, line) || any;
        reactions_note(store, channel, line);
        nicks_note(store, channel, line);
        devices_note(store, channel, line);
        if (lines != NULL)
            opened_note(store, channel, &run->entries[i], line);
    }
    return any;
}

/* What an entry takes back: with a line what changes it, and with what comes too late, itself. */
static void forget_held(struct store *store, const struct kept_log *branches, size_t count,
                        const struct id *channel, uint64_t seq, const struct id *id)
{
    uint64_t by_seq;
    struct id by_id;
    for (size_t k = 0; k < count && store_works(store); k++)
        forget_in(store, &branches[k], channel, seq, id);
    if (count == 0 || !store->edited_any)
        return;
    sqlite3_stmt *edits =
        edits_begin(store, branches[0].channel, &branches[0].load.author, seq, id);
    while (store_works(store) && edits_of(store, edits, &by_seq, &by_id))
        for (size_t k = 0; k < count && store_works(store); k++)
            forget_in(store, &branches[k], channel, by_seq, &by_id);
    sqlite3_reset(edits);
}

/* And drops it where it is held. */
static void forgets_held(struct store *store, int64_t channel, const struct run *run,
                         const struct entry *lines)
{
    struct kept_log branches[LIMIT_BRANCHES];
    size_t count = store_branches(store, channel, &run->entries[0].author, branches);
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *entry = &run->entries[i];
        uint64_t seq;
        struct id id;
        if (entry_forgets(entry, &seq, &id) && seq >= 1 && seq <= LIMIT_SEQ)
            forget_held(store, branches, count, &entry->channel, seq, &id);
        else if (edits_note(store, channel, lines != NULL ? &lines[i] : entry))
            forget_held(store, branches, count, &entry->channel, entry->seq, &entry->id);
    }
}

static void forgotten_drop(struct store *store, int64_t channel, struct entry *entries,
                           size_t count)
{
    bool forgotten[LIMIT_RUN_ENTRIES];
    if (!entries_forgotten(store, channel, entries, count, forgotten))
        return;
    for (size_t i = 0; i < count; i++)
        if (forgotten[i])
            entry_drop_body(&entries[i]);
}

bool store_note_forgets(struct store *store, int64_t channel, const struct run *run,
                        const struct entry *lines)
{
    bool any = store_works(store) && forgets_note(store, channel, run, lines);
    if (any && store_works(store))
        forgets_held(store, channel, run, lines);
    return any;
}

/* ---- rows that overlap ---- */

/* Gives the run the bodies that it lacks and the row has. */
static void bodies_keep(struct store *store, const struct row *row, struct entry *entries,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &entries[i];
        if (entry->body.at != NULL || entry->seq < row->first || entry->seq > row->last)
            continue;
        const struct entry *held = &store->entries[entry->seq - row->first];
        if (held->body.at == NULL || !id_equal(&held->id, &entry->id))
            continue;
        entry->body.at = arena_copy(&store->arena, held->body.at, held->body.size);
        entry->body.size = held->body.size;
    }
}

static void row_raise(struct store *store, const struct kept_log *kept, const struct row *row,
                      uint64_t last)
{
    row_write(store, kept, &store->entries[last + 1 - row->first], (size_t)(row->last - last),
              &row->signature, false); /* what is below it is the run */
}

/* Cuts from the rows what entries[*first..count) have, and moves *first above what a row from below
 * has; the entries are an own copy. */
static void rows_cut(struct store *store, const struct kept_log *kept, struct entry *entries,
                     size_t count, size_t *first)
{
    struct row row;
    struct id below;
    bool joined = false; /* `below` is the end of the row before, which may be gone */
    uint64_t from = entries[0].seq, last = entries[count - 1].seq;
    const struct id *channel = &entries[0].channel;
    while (from <= last) {
        sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, from, LIMIT_SEQ);
        if (!row_step(store, rows, &row) || row.first > last ||
            !row_decode(store, &row, channel, &kept->load.author,
                        joined && row.first == from && !row.hangs ? &below : NULL))
            break;
        bodies_keep(store, &row, entries, count);
        from = row.last + 1;
        below = row.tip;
        joined = true;
        if (row.first < entries[0].seq)
            *first = (size_t)((row.last < last ? row.last : last) + 1 - entries[0].seq);
        else if (row.last > last)
            row_raise(store, kept, &row, last);
        else if (row.last < last) { /* one that ends where the run ends is replaced by it */
            row_done(store);
            sqlite3_stmt *drop = store_statement(store, STATEMENT_ROWS_DROP);
            sqlite3_bind_int64(drop, 1, row.key);
            sqlite3_bind_int64(drop, 2, row.key);
            store_run(store, drop);
        }
    }
    row_done(store);
}

/* Others have these entries of the branch: to them their bodies go. */
static void bodies_give(struct store *store, const struct kept_log *kept, size_t count)
{
    struct kept_log branches[LIMIT_BRANCHES];
    bool filled[LIMIT_RUN_ENTRIES];
    arena_reset(&store->arena);
    struct run run = {
        arena_copy(&store->arena, store->entries, count * sizeof *run.entries), count, {{0}}};
    for (size_t i = 0; i < count; i++) {
        struct bytes *body = &run.entries[i].body;
        if (body->at != NULL)
            body->at = arena_copy(&store->arena, body->at, body->size);
    }
    size_t others = store_branches(store, kept->channel, &kept->load.author, branches);
    for (size_t i = 0; i < others && store_works(store); i++)
        if (branches[i].key != kept->key)
            store_fill_branch(store, &branches[i], &run, NULL, filled);
}

/* What the branch has up to its base, others have: it goes, and the rest stands on the base. */
static void rows_trim(struct store *store, const struct kept_log *kept, const struct id *channel)
{
    struct row row;
    struct id below;
    bool cut = false; /* `below` is the end of the row that is gone */
    uint64_t base = kept->load.rootless ? 0 : kept->load.base_seq;
    while (base != 0 && store_works(store)) {
        sqlite3_stmt *rows = rows_between(store, STATEMENT_ROWS_UP, kept->key, 1, LIMIT_SEQ);
        if (!row_step(store, rows, &row) || row.first > base ||
            !row_decode(store, &row, channel, &kept->load.author,
                        cut && !row.hangs ? &below : NULL))
            break;
        below = row.tip;
        cut = true;
        size_t count = (size_t)((row.last < base ? row.last : base) + 1 - row.first);
        if (row.last > base)
            row_write(store, kept, &store->entries[count], (size_t)(row.last - base),
                      &row.signature, true);
        else
            store_run(store, rows_between(store, STATEMENT_ROWS_DROP, kept->key, 1, row.last));
        bodies_give(store, kept, count);
    }
    row_done(store);
    if (!cut)
        return;
    sqlite3_stmt *hang = store_statement(store, STATEMENT_ROW_HANG);
    sqlite3_bind_int64(hang, 1, row_key(kept->key, base + 1));
    bind_id(hang, 2, &kept->load.base);
    sqlite3_bind_int64(hang, 3, row_key(kept->key, LIMIT_SEQ));
    store_run(store, hang);
}

/* True when the entry's prev is the end of a row of its branch. */
static bool joins_row(struct store *store, const struct kept_log *before, const struct entry *first)
{
    struct row row;
    const struct log_load *load = &before->load;
    if (first->seq == load->seq + 1 && load->seq > load->base_seq)
        return id_equal(&first->prev, &load->tip);
    if (load->span_from != 0 && first->seq == load->span_to + 1)
        return id_equal(&first->prev, &load->span_tip);
    return first->seq > 1 && row_ends(store, before->key, first->seq - 1, &row) &&
           row.last == first->seq - 1 && id_equal(&row.tip, &first->prev);
}

/* before: what the branch held without the run. */
static void run_add(struct store *store, const struct kept_log *before, const struct run *run)
{
    const struct entry *first = &run->entries[0];
    struct entry entries[LIMIT_RUN_ENTRIES];
    size_t skipped = 0;
    uint64_t top = before->load.span_from != 0 ? before->load.span_to : before->load.seq;
    if (first->seq > top && !store->forgotten_any) { /* nearly always */
        row_write(store, before, run->entries, run->count, &run->signature,
                  first->seq > 1 && !joins_row(store, before, first));
        return;
    }
    memcpy(entries, run->entries, run->count * sizeof *entries);
    arena_reset(&store->arena);
    if (first->seq <= top)
        rows_cut(store, before, entries, run->count, &skipped);
    if (store->forgotten_any)
        forgotten_drop(store, before->channel, entries, run->count);
    if (skipped < run->count && store_works(store))
        row_write(store, before, entries + skipped, run->count - skipped, &run->signature,
                  entries[skipped].seq > 1 && !joins_row(store, before, &entries[skipped]));
}

enum error_code store_append(struct store *store, const struct channel_name *channel,
                             const struct log_load *after, const struct run *run,
                             const struct entry *lines, struct error *error)
{
    CHECK(run->count >= 1 && run->count <= LIMIT_RUN_ENTRIES && after->branch < LIMIT_BRANCHES);
    const struct entry *first = &run->entries[0];
    struct kept_log before, kept;
    if (!store_begin(store))
        return store_report(store, error);
    int64_t key = store_channel_put(store, &first->channel, channel);
    if (key == 0 || !log_at(store, key, after, &before))
        return store_report(store, error);
    kept = before;
    kept.load = *after;
    if (first->seq <= kept.floor) {
        kept.floor = first->seq - 1; /* what comes below is to be looked at */
        kept.floor_wall = 0;
    }
    store->appended.key = 0;
    if (!store_log_put(store, &kept))
        return store_report(store, error);
    before.key = kept.key;
    bool forgets = forgets_note(store, key, run, lines);
    if (store_works(store))
        run_add(store, &before, run);
    if (forgets && store_works(store))
        forgets_held(store, key, run, lines);
    if (store_works(store))
        store->appended = kept;
    return store_report(store, error);
}

enum error_code store_put(struct store *store, const struct channel_name *channel,
                          const struct id *channel_id, const struct log_load *load,
                          struct error *error)
{
    struct kept_log kept;
    if (!store_begin(store))
        return store_report(store, error);
    int64_t key = store_channel_put(store, channel_id, channel);
    store->appended.key = 0;
    if (key != 0 && log_at(store, key, load, &kept)) {
        kept.load = *load;
        if (store_log_put(store, &kept))
            rows_trim(store, &kept, channel_id);
    }
    return store_report(store, error);
}

enum error_code store_split(struct store *store, const struct channel_name *channel,
                            const struct id *channel_id, const struct log_load *keeps,
                            const struct log_load *gets, uint64_t seq, struct error *error)
{
    struct kept_log from, to;
    CHECK(keeps->branch != gets->branch);
    if (!store_begin(store))
        return store_report(store, error);
    int64_t key = store_channel_put(store, channel_id, channel);
    store->appended.key = 0;
    if (key == 0 || !log_at(store, key, keeps, &from) || !log_at(store, key, gets, &to))
        return store_report(store, error);
    from.load = *keeps;
    to.load = *gets;
    if (seq == gets->span_from)
        to.floor = from.floor >= seq ? from.floor : 0;
    from.floor = from.floor >= seq ? seq - 1 : from.floor;
    from.floor_wall = to.floor_wall = 0;
    if (!store_log_put(store, &from) || !store_log_put(store, &to))
        return store_report(store, error);
    sqlite3_stmt *move = rows_between(store, STATEMENT_ROWS_MOVE, from.key, seq, LIMIT_SEQ);
    sqlite3_bind_int64(move, 3, (to.key - from.key) * ((int64_t)1 << 40));
    sqlite3_stmt *hang = store_statement(store, STATEMENT_ROW_HANG);
    sqlite3_bind_int64(hang, 1, row_key(to.key, gets->span_from));
    bind_id(hang, 2, &gets->span_prev);
    sqlite3_bind_int64(hang, 3, row_key(to.key, LIMIT_SEQ));
    if (store_run(store, move) && seq == gets->span_from)
        store_run(store, hang);
    return store_report(store, error);
}
