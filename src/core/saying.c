/* Saying: a line of one's own, or a sign behind another's, costs a signature (25 µs), a commit and a frame; a hundred pasted
 * ones need not cost a hundred. So a line is gathered first, and sealed by whatever comes next that
 * is no line: another event, a full run, or the tick that core_deadline() asks for at once.
 *
 * 1. Nothing of what is gathered is in the log, stored, shown or sent. All of that happens when it
 *    is sealed, to all of it.
 * 2. What was sealed stays as it is until the next seal: its effects point into it, and the line
 *    that made it full is gathered before they are performed.
 * 3. While others hold older lines of our own that we lack (a restored backup), what is gathered
 *    waits for them, ADOPT_WAIT_MS at most, and then follows the log's end as it is.
 * 4. It is one channel's, and is a run: bounds and chain as in run_is_chain().
 */
#include "core/saying.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define ENTRIES_FIRST 1
#define BODIES_FIRST  128

struct gathered {
    struct entry *entries; /* grows up to LIMIT_RUN_ENTRIES */
    size_t entry_room;
    uint8_t *bodies; /* grows up to LIMIT_RUN_BYTES */
    size_t bodies_size, bodies_room;
};

void saying_release(struct saying *saying)
{
    for (int i = 0; i < 2; i++) {
        if (saying->gathered[i] != NULL) {
            free(saying->gathered[i]->entries);
            free(saying->gathered[i]->bodies);
        }
        free(saying->gathered[i]);
    }
    memset(saying, 0, sizeof *saying);
}

bool saying_fits(const struct saying *saying, const struct id *channel, size_t size)
{
    return saying->count == 0 ||
           (id_equal(&saying->channel, channel) && saying->count < LIMIT_RUN_ENTRIES &&
            saying->bytes + ENTRY_HEADER_BYTES + size <= LIMIT_RUN_BYTES);
}

/* Room for one more entry and its body. */
static void grow(struct gathered *gathered, size_t count, size_t body_size)
{
    if (count == gathered->entry_room) {
        gathered->entry_room = count == 0 ? ENTRIES_FIRST : 2 * count;
        gathered->entries =
            realloc(gathered->entries, gathered->entry_room * sizeof *gathered->entries);
        CHECK(gathered->entries != NULL);
    }
    size_t needed = gathered->bodies_size + body_size;
    if (gathered->bodies != NULL && needed <= gathered->bodies_room)
        return;
    while (gathered->bodies_room == 0 || needed > gathered->bodies_room)
        gathered->bodies_room =
            gathered->bodies_room == 0 ? BODIES_FIRST : 2 * gathered->bodies_room;
    gathered->bodies = realloc(gathered->bodies, gathered->bodies_room);
    CHECK(gathered->bodies != NULL);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) { /* they may have moved */
        gathered->entries[i].body.at = gathered->bodies + at;
        at += gathered->entries[i].body.size;
    }
}

size_t saying_bytes(const struct saying *saying)
{
    size_t bytes = 0;
    for (int i = 0; i < 2; i++)
        if (saying->gathered[i] != NULL)
            bytes += sizeof(struct gathered) + saying->gathered[i]->bodies_room +
                     saying->gathered[i]->entry_room * sizeof(struct entry);
    return bytes;
}

void saying_add(struct saying *saying, const struct log *log, const struct entry *like,
                struct bytes body)
{
    struct gathered *gathered = saying->gathered[saying->now];
    if (gathered == NULL)
        gathered = saying->gathered[saying->now] = calloc(1, sizeof *gathered);
    CHECK(gathered != NULL && saying_fits(saying, &like->channel, body.size));
    if (saying->count == 0) {
        saying->bytes = gathered->bodies_size = 0;
        saying->channel = like->channel;
    }
    grow(gathered, saying->count, body.size);
    const struct entry *last = saying->count > 0 ? &gathered->entries[saying->count - 1] : NULL;
    struct entry *entry = &gathered->entries[saying->count++];
    uint64_t lamport = last != NULL ? last->lamport + 1 : log->lamport + 1;
    *entry = *like;
    entry->version = ENTRY_VERSION;
    entry->seq = last != NULL ? last->seq + 1 : log->seq + 1;
    entry->prev = last != NULL ? last->id : log->tip;
    entry->lamport = lamport > like->lamport ? lamport : like->lamport;
    memcpy(gathered->bodies + gathered->bodies_size, body.at, body.size);
    entry->body = (struct bytes){gathered->bodies + gathered->bodies_size, body.size};
    gathered->bodies_size += body.size;
    saying->bytes += ENTRY_HEADER_BYTES + body.size;
    entry_finish(entry);
}

void saying_follow(struct saying *saying, const struct log *log, uint64_t lamport)
{
    struct entry *entries = saying->gathered[saying->now]->entries;
    if (entries[0].seq == log->seq + 1 && id_equal(&entries[0].prev, &log->tip) &&
        entries[0].lamport > lamport)
        return;
    uint64_t clock = lamport > log->lamport ? lamport : log->lamport;
    for (size_t i = 0; i < saying->count; i++) {
        entries[i].seq = log->seq + 1 + i;
        entries[i].prev = i == 0 ? log->tip : entries[i - 1].id;
        entries[i].lamport = clock + 1 + i;
        entry_finish(&entries[i]);
    }
}

struct run saying_seal(struct saying *saying, const struct identity *identity)
{
    CHECK(saying->count > 0);
    struct run run = {.entries = saying->gathered[saying->now]->entries, .count = saying->count};
    run.signature = entry_sign(&run.entries[run.count - 1], identity);
    CHECK(run_is_chain(&run));
    saying->count = 0;
    saying->now = !saying->now;
    return run;
}
