/* Devices: what entries of kind 7 say, beside the history, so that whose device a node is need not be looked for in logs.
 *
 * A row for each channel in which it was said: so a channel that is let go of takes its rows along, and a device knows where it
 * has said its certificate.
 *
 * 1. What stands here holds: its signatures were looked at. Of two for one device the one counts that persons.c would take.
 * 2. Bodies of this kind are not dropped by age (rows.c), and rows stay whatever is.
 * 3. A channel has at most REVOKED_MOST revocations here; certificates are bounded by its authors, who say their own.
 */
#include <string.h>

#include "base/check.h"
#include "core/persons.h"
#include "store/inside.h"

#define REVOKED_MOST 1024

/* Of all channels, and of one, there may be one each. */
enum row_form { ROW_CERTIFICATE = 1, ROW_REVOKED_HERE, ROW_REVOKED };

static enum row_form form_of(enum device_form form, struct bytes body)
{
    struct revocation revocation;
    if (form == DEVICE_CERTIFICATE)
        return ROW_CERTIFICATE;
    device_read(body, &revocation);
    return id_is_zero(&revocation.channel) ? ROW_REVOKED : ROW_REVOKED_HERE;
}

/* Signatures are slow, and what is older is said by nobody but who means harm. *held: there is one. */
static bool is_newer(struct store *store, int64_t channel, enum row_form form,
                     const struct revocation *said, bool *held)
{
    struct revocation before;
    sqlite3_stmt *find = store_statement(store, STATEMENT_DEVICE_NUMBER);
    sqlite3_bind_int64(find, 1, channel);
    bind_id(find, 2, &said->certificate.device);
    sqlite3_bind_int(find, 3, form);
    *held = store_row(store, find);
    struct bytes body = {NULL, 0};
    if (*held)
        body = (struct bytes){sqlite3_column_blob(find, 1), (size_t)sqlite3_column_bytes(find, 1)};
    bool read = body.at != NULL && device_read(body, &before) != DEVICE_NONE;
    sqlite3_reset(find);
    bool newer = !read || (form == ROW_CERTIFICATE
                               ? certificate_counts_more(&said->certificate, &before.certificate)
                               : revocation_counts_more(said, &before));
    return newer && store_works(store);
}

static uint64_t count_of(struct store *store, enum statement which, int64_t channel,
                         const struct id *device)
{
    sqlite3_stmt *count = store_statement(store, which);
    sqlite3_bind_int64(count, 1, channel);
    if (device != NULL)
        bind_id(count, 2, device);
    uint64_t found = store_row(store, count) ? column_number(count, 0) : UINT64_MAX;
    sqlite3_reset(count);
    return found;
}

/* There is room, or it is made, as in persons.c: a device that has no log here may be made up. */
static bool make_room(struct store *store, int64_t channel, const struct revocation *said)
{
    if (count_of(store, STATEMENT_DEVICES_REVOKED, channel, NULL) < REVOKED_MOST)
        return true;
    bool met = count_of(store, STATEMENT_REVOKED_MET, channel, &said->certificate.device) > 0;
    sqlite3_stmt *least = store_statement(store, STATEMENT_REVOKED_LEAST);
    struct id device;
    int form = 0;
    sqlite3_bind_int64(least, 1, channel);
    if (store_row(store, least) && (met || column_number(least, 2) < said->number)) {
        column_copy(store, least, 0, device.b, sizeof device.b);
        form = sqlite3_column_int(least, 1);
    }
    sqlite3_reset(least);
    if (form == 0)
        return false;
    sqlite3_stmt *drop = store_statement(store, STATEMENT_REVOKED_DROP);
    sqlite3_bind_int64(drop, 1, channel);
    bind_id(drop, 2, &device);
    sqlite3_bind_int(drop, 3, form);
    store_run(store, drop);
    return store_works(store);
}

void devices_note(struct store *store, int64_t channel, const struct entry *entry)
{
    struct revocation said;
    struct id device;
    enum device_form form;
    uint64_t number;
    bool held;
    if (entry->kind != ENTRY_DEVICE || entry->body.at == NULL)
        return;
    form = device_read(entry->body, &said);
    if (form == DEVICE_NONE)
        return;
    enum row_form row = form_of(form, entry->body);
    if (!is_newer(store, channel, row, &said, &held) ||
        !persons_holds(&entry->channel, &entry->author, entry->body, &form, &device, &number) ||
        (form == DEVICE_REVOCATION && !held && !make_room(store, channel, &said)))
        return;
    sqlite3_stmt *put = store_statement(store, STATEMENT_DEVICE_PUT);
    sqlite3_bind_int64(put, 1, channel);
    bind_id(put, 2, &device);
    sqlite3_bind_int(put, 3, row);
    bind_number(put, 4, number);
    bind_id(put, 5, &entry->author);
    sqlite3_bind_blob(put, 6, entry->body.at, (int)entry->body.size, SQLITE_TRANSIENT);
    store_run(store, put);
}

size_t store_devices(struct store *store, struct arena *arena, struct said_device **list)
{
    enum error_code before = store_read_begins(store);
    size_t count = 0, room = 0;
    sqlite3_stmt *rows = store_statement(store, STATEMENT_DEVICES);
    *list = NULL;
    while (store_row(store, rows)) {
        if (count == room) {
            struct said_device *grown = arena_take(arena, (room * 2 + 16) * sizeof *grown);
            if (count > 0)
                memcpy(grown, *list, count * sizeof *grown);
            room = room * 2 + 16;
            *list = grown;
        }
        struct said_device *said = &(*list)[count++];
        column_copy(store, rows, 0, said->channel.b, sizeof said->channel.b);
        column_copy(store, rows, 1, said->author.b, sizeof said->author.b);
        size_t size = (size_t)sqlite3_column_bytes(rows, 2);
        const void *body = sqlite3_column_blob(rows, 2);
        said->body = (struct bytes){body != NULL ? arena_copy(arena, body, size) : NULL, size};
    }
    return store_read_ends(store, before, true) ? count : 0;
}

bool store_said(struct store *store, const struct id *channel, struct bytes body)
{
    struct revocation said;
    enum device_form form = device_read(body, &said);
    enum error_code before = store_read_begins(store);
    int64_t key = store_channel_key(store, channel);
    sqlite3_stmt *find = store_statement(store, STATEMENT_DEVICE_NUMBER);
    sqlite3_bind_int64(find, 1, key);
    bind_id(find, 2, &said.certificate.device);
    sqlite3_bind_int(find, 3, form == DEVICE_NONE ? 0 : form_of(form, body));
    uint64_t number = form == DEVICE_CERTIFICATE ? said.certificate.number : said.number;
    bool found = key != 0 && store_row(store, find) && column_number(find, 0) >= number;
    sqlite3_reset(find);
    return store_read_ends(store, before, found);
}
