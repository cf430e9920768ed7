/* Nicks: who spoke under which nick in a channel, and when last, so that a nick that was somebody
 * else's is known to be, however long ago and whether or not those lines are still held.
 *
 * A pair of author and nick is a row. When its author speaks again, `met` follows in steps of ten
 * minutes, so that not each line costs a page more; and when he was silent for an hour, `before`
 * keeps when he had been met until then: who had the nick between `before` and `met` had it last.
 *
 * 1. At most NICKS_OF_ONE rows an author, those that he was met under last; so nobody can push out
 *    others by calling himself many things, and a channel has LIMIT_LOGS times as many at most.
 * 2. What an author says of the time is believed up to now, by this machine's clock.
 * 3. A nick stands in lower case; who wrote it how is shown by the entries.
 */
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "store/inside.h"

#define NICKS_OF_ONE 32
#define STEP_MS      ((uint64_t)10 * 60 * 1000)
#define AWAY_MS      ((uint64_t)60 * 60 * 1000)
#define LOWER_ROOM   (4 * LIMIT_NICK)

static size_t lower(const struct nick *nick, char out[LOWER_ROOM])
{
    size_t size = 0, all = strlen(nick->text);
    for (size_t at = 0; at < all;) {
        uint32_t code;
        at += utf8_decode(nick->text + at, all - at, &code);
        size += utf8_encode(out + size, text_lower(code));
    }
    return size;
}

static void bind_nick(sqlite3_stmt *statement, int64_t channel, const char *nick, size_t size,
                      const struct id *author)
{
    sqlite3_bind_int64(statement, 1, channel);
    sqlite3_bind_blob(statement, 2, nick, (int)size, SQLITE_TRANSIENT);
    bind_id(statement, 3, author);
}

/* False when there is none yet. */
static bool row_of(struct store *store, int64_t channel, const char *nick, size_t size,
                   const struct id *author, uint64_t *met, uint64_t *before)
{
    sqlite3_stmt *row = store_statement(store, STATEMENT_NICK_MET);
    bind_nick(row, channel, nick, size, author);
    bool found = store_row(store, row);
    *met = found ? column_number(row, 0) : 0;
    *before = found ? column_number(row, 1) : 0;
    sqlite3_reset(row);
    return found;
}

static void let_go_beyond(struct store *store, int64_t channel, const struct id *author)
{
    sqlite3_stmt *beyond = store_statement(store, STATEMENT_NICKS_BEYOND);
    sqlite3_bind_int64(beyond, 1, channel);
    bind_id(beyond, 2, author);
    sqlite3_bind_int(beyond, 3, NICKS_OF_ONE);
    store_run(store, beyond);
}

static void write_down(struct store *store, struct noted_nick *noted, uint64_t wall_ms)
{
    char nick[LOWER_ROOM];
    uint64_t met, before;
    size_t size = lower(&noted->nick, nick);
    bool found = row_of(store, noted->channel, nick, size, &noted->author, &met, &before);
    noted->until_ms = (wall_ms > met ? wall_ms : met) + STEP_MS;
    if (found && wall_ms < met + STEP_MS) {
        noted->until_ms = met + STEP_MS;
        return;
    }
    sqlite3_stmt *put = store_statement(store, STATEMENT_NICK_PUT);
    bind_nick(put, noted->channel, nick, size, &noted->author);
    bind_number(put, 4, wall_ms);
    bind_number(put, 5, found && wall_ms >= met + AWAY_MS ? met : before);
    if (store_run(store, put) && !found)
        let_go_beyond(store, noted->channel, &noted->author);
}

static void note(struct store *store, int64_t channel, const struct id *author,
                 const struct nick *nick, uint64_t wall_ms)
{
    struct noted_nick *noted = &store->noted[author->b[0] % NOTED_NICKS];
    uint64_t now_ms = (uint64_t)time(NULL) * 1000;
    wall_ms = wall_ms < now_ms ? wall_ms : now_ms;
    bool known = noted->channel == channel && id_equal(&noted->author, author) &&
                 strcmp(noted->nick.text, nick->text) == 0;
    if ((known && wall_ms < noted->until_ms) || !store_works(store))
        return;
    *noted = (struct noted_nick){.channel = channel, .author = *author, .nick = *nick};
    write_down(store, noted, wall_ms);
}

void nicks_note(struct store *store, int64_t channel, const struct entry *entry)
{
    struct bytes said, text;
    if (!entry_text(entry, &said, &text))
        return;
    struct nick nick = nick_from_peer(said);
    note(store, channel, &entry->author, &nick, entry->wall_ms);
}

void nicks_note_row(struct store *store, const struct kept_log *kept, const struct row *row)
{
    struct reader r = reader_of(row->entries);
    while (!r.bad && r.left > 0) {
        struct entry entry = {.kind = read_u8(&r), .author = kept->load.author};
        read_u16(&r);
        read_u64(&r);
        entry.wall_ms = read_u64(&r);
        uint32_t size = read_u32(&r);
        bool dropped = (size & ROW_BODY_DROPPED) != 0;
        entry.body = read_bytes(&r, dropped ? sizeof(struct id) : size);
        if (!dropped && !r.bad)
            nicks_note(store, kept->channel, &entry);
    }
}

void nicks_forget_noted(struct store *store)
{
    memset(store->noted, 0, sizeof store->noted);
}

bool store_namesake(struct store *store, const struct id *channel, const struct nick *nick,
                    const struct id *author, size_t n, struct namesake *namesake)
{
    char name[LOWER_ROOM];
    size_t size = lower(nick, name);
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    if (key == 0)
        return store_read_ends(store, before, false);
    sqlite3_stmt *row = store_statement(store, STATEMENT_NICK_OTHER);
    bind_nick(row, key, name, size, author);
    bind_number(row, 4, n);
    bool found = store_row(store, row);
    if (found) {
        column_copy(store, row, 0, namesake->other.b, sizeof namesake->other.b);
        namesake->met_ms = column_number(row, 1);
        sqlite3_reset(row);
        row_of(store, key, name, size, author, &namesake->own_met_ms, &namesake->own_before_ms);
    }
    return store_read_ends(store, before, found);
}
