/* Found: what the index finds, looked up in the history. What is not there any more, or is another
 * line, is left out (search.c, 2); so is what a line said before it was changed, and of several
 * changes all but the one that holds, so that each line is found once, and by what it says now. */
#include <stdio.h>
#include <string.h>

#include "store/search_private.h"

#define LOOKED_UP_MAX 4 /* times `most`: places that are tried */

/* The history may have channels of several networks. */
static bool in_network(const struct search *search, const struct id *channel,
                       const struct channel_name *name)
{
    struct id own;
    return store_channel_id(search->store, &search->network, name, &own) && id_equal(channel, &own);
}

/* The line that the entry changed, when it is the newest to do so. */
static bool changed(struct store *store, const struct entry *edit, struct arena *arena,
                    struct entry *line)
{
    struct bytes nick, text;
    struct entry newest;
    struct id id;
    uint64_t seq;
    return entry_edits(edit, &seq, &id, &nick, &text) &&
           store_entry(store, &edit->channel, &edit->author, seq, &id, arena, line) &&
           entry_text(line, &nick, &text) &&
           store_edited(store, &edit->channel, &edit->author, seq, &id, arena, &newest) &&
           id_equal(&newest.id, &edit->id);
}

/* The entry that was found becomes the line that it stands for; false when that says something else
 * by now. */
static bool is_so_now(struct store *store, struct arena *arena, struct entry *entry)
{
    struct entry edit = *entry;
    if (entry->kind == ENTRY_EDIT)
        return changed(store, &edit, arena, entry);
    return !store_edited(store, &entry->channel, &entry->author, entry->seq, &entry->id, arena,
                         &edit);
}

/* The entry as the history has it; false when it is not there, or another. */
static bool look_up(struct search *search, int64_t place, int64_t log, uint64_t seq,
                    struct arena *arena, struct found_line *line)
{
    struct store *store = search->store;
    struct kept_log kept;
    struct id channel;
    struct row row;
    bool found = log > 0 && log < STORE_LOGS_MAX && store_log_at(store, log, &kept) &&
                 store_channel_at(store, kept.channel, &channel, &line->channel) &&
                 in_network(search, &channel, &line->channel) &&
                 row_covering(store, log, seq, &row) &&
                 row_decode(store, &row, &channel, &kept.load.author, NULL);
    if (found) {
        line->entry = store->entries[seq - row.first];
        found =
            line->entry.body.at != NULL && search_place_of(log, seq, line->entry.wall_ms) == place;
    }
    if (found)
        line->entry.body.at = arena_copy(arena, line->entry.body.at, line->entry.body.size);
    row_done(store);
    if (found)
        opened_read(store, kept.channel, &line->entry, arena);
    return found;
}

/* The expression, bound to one channel; false when nothing of it is held. */
static bool bind_query(struct search *search, sqlite3_stmt *find, const struct query *query,
                       char match[QUERY_MATCH_MAX + 64])
{
    uint64_t from = query->from_ms, to = query->to_ms;
    int used = snprintf(match, QUERY_MATCH_MAX + 64, "%s", query->match);
    if (query->channel.text[0] != '\0') {
        struct id channel;
        int64_t key = store_channel_id(search->store, &search->network, &query->channel, &channel)
                          ? store_channel_key(search->store, &channel)
                          : 0;
        if (key == 0)
            return false;
        snprintf(match + used, QUERY_MATCH_MAX + 64 - (size_t)used, "%schannel : \"c%llx\"",
                 used > 0 ? " AND " : "", (unsigned long long)key);
    }
    if (match[0] != '\0')
        sqlite3_bind_text(find, 1, match, -1, SQLITE_STATIC);
    sqlite3_bind_int64(find, 2, search_place_at(from));
    sqlite3_bind_int64(find, 3, search_place_at(to) | ((1 << PLACE_BITS) - 1));
    return true;
}

size_t search_find(struct search *search, const struct query *query, size_t most,
                   struct arena *arena, struct found_line *lines, bool *more)
{
    char match[QUERY_MATCH_MAX + 64];
    size_t count = 0, tried = 0, tries = most * LOOKED_UP_MAX;
    bool any = query->match[0] == '\0' && query->channel.text[0] == '\0';
    *more = false;
    if (search->failed || search->db == NULL)
        return 0;
    sqlite3_stmt *find = search_statement(search, any ? SEARCH_FIND_ANY : SEARCH_FIND);
    enum error_code before = store_read_begins(search->store);
    if (bind_query(search, find, query, match)) {
        sqlite3_bind_int64(find, 4, (int64_t)tries);
        while (search_step(search, find)) {
            tried++;
            if (count == most) {
                *more = true;
                break;
            }
            count += look_up(search, sqlite3_column_int64(find, 0), sqlite3_column_int64(find, 1),
                             (uint64_t)sqlite3_column_int64(find, 2), arena, &lines[count]) &&
                     is_so_now(search->store, arena, &lines[count].entry);
        }
        sqlite3_reset(find);
    }
    *more = *more || tried == tries;
    if (!store_read_ends(search->store, before, true))
        return 0;
    return count;
}
