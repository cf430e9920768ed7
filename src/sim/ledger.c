/* Ledger: a list that grows, two tables into it, and for each honest log what stands at each seq.
 */
#include "sim/ledger.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void ledger_init(struct ledger *ledger)
{
    static const uint8_t key[16] = {1};
    memset(ledger, 0, sizeof *ledger);
    table_init(&ledger->by_id, key);
    table_init(&ledger->by_content, key);
    table_init(&ledger->by_place, key);
}

void ledger_release(struct ledger *ledger)
{
    for (int i = 0; i < WORLD_MACHINES; i++)
        for (int c = 0; c < WORLD_CHANNELS; c++)
            free(ledger->slots[i][c].at);
    table_release(&ledger->by_id);
    table_release(&ledger->by_content);
    table_release(&ledger->by_place);
    free(ledger->list);
}

struct id ledger_content(const struct id *author, int channel, uint64_t seq, uint64_t lamport,
                         uint64_t wall_ms, bool action, struct bytes nick, struct bytes text)
{
    uint8_t room[32 + 2 + 3 * 8 + LIMIT_BODY + 1];
    struct id content;
    struct writer w = writer_of(room, sizeof room);
    write_id(&w, author);
    write_u8(&w, (uint8_t)channel);
    write_u8(&w, action);
    write_u64(&w, seq);
    write_u64(&w, lamport);
    write_u64(&w, wall_ms);
    write_u8(&w, (uint8_t)nick.size);
    write_copy(&w, nick.at, nick.size);
    write_copy(&w, text.at, text.size);
    CHECK(!w.full);
    crypto_generichash(content.b, sizeof content.b, room, w.size, NULL, 0);
    return content;
}

/* Where an entry stands, whatever it says. */
static struct id place_of(const struct entry *entry)
{
    uint8_t room[3 * 32];
    struct id place;
    struct writer w = writer_of(room, sizeof room);
    write_id(&w, &entry->author);
    write_id(&w, &entry->channel);
    write_copy(&w, entry->process.b, sizeof entry->process.b);
    write_u64(&w, entry->seq);
    crypto_generichash(place.b, sizeof place.b, room, w.size, NULL, 0);
    return place;
}

static void put_slot(struct slots *slots, uint64_t seq, uint32_t number)
{
    if (seq > UINT32_MAX)
        return;
    size_t at = (size_t)seq - 1;
    while (slots->room <= at) {
        slots->room = slots->room == 0 ? 64 : slots->room * 2;
        uint32_t *more = realloc(slots->at, slots->room * sizeof *more);
        CHECK(more != NULL);
        slots->at = more;
    }
    while (slots->count <= at)
        slots->at[slots->count++] = LEDGER_NONE;
    slots->at[at] = number;
}

uint32_t ledger_add(struct ledger *ledger, int author, int channel, const struct entry *entry,
                    bool slot, uint32_t *before)
{
    struct bytes nick = {0}, text = {0};
    if (ledger->count == ledger->room) {
        ledger->room = ledger->room == 0 ? 256 : ledger->room * 2;
        ledger->list = realloc(ledger->list, ledger->room * sizeof *ledger->list);
        CHECK(ledger->list != NULL);
    }
    uint32_t number = (uint32_t)ledger->count;
    struct said *said = &ledger->list[ledger->count++];
    memset(said, 0, sizeof *said);
    said->author = author;
    said->channel = channel;
    said->seq = entry->seq;
    said->id = entry->id;
    entry_text(entry, &nick, &text);
    said->content = ledger_content(&entry->author, channel, entry->seq, entry->lamport,
                                   entry->wall_ms, entry->kind == ENTRY_ACTION, nick, text);
    table_put(&ledger->by_id, &said->id, number);
    table_put(&ledger->by_content, &said->content, number);
    struct id place = place_of(entry);
    *before = table_get(&ledger->by_place, &place);
    table_put(&ledger->by_place, &place, number);
    if (slot)
        put_slot(&ledger->slots[author][channel], said->seq, number);
    return number;
}

uint32_t ledger_by_id(const struct ledger *ledger, const struct id *id)
{
    return table_get(&ledger->by_id, id);
}

uint32_t ledger_by_content(const struct ledger *ledger, const struct id *content)
{
    return table_get(&ledger->by_content, content);
}

uint32_t ledger_slot(const struct ledger *ledger, int author, int channel, uint64_t seq)
{
    if (seq == 0 || seq > ledger->slots[author][channel].count)
        return LEDGER_NONE;
    return ledger->slots[author][channel].at[seq - 1];
}
