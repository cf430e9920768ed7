/* Table: linear probing, at most half full, grown by doubling. Nothing is ever taken out one by
 * one, since nothing here needs it: logs and channels stay for the life of a process. */
#include "base/table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

struct table_slot {
    struct id id;
    uint32_t value; /* TABLE_NONE: empty */
};

void table_init(struct table *table, const uint8_t key[16])
{
    memset(table, 0, sizeof *table);
    memcpy(table->key, key, sizeof table->key);
}

void table_release(struct table *table)
{
    free(table->slots);
    memset(table, 0, sizeof *table);
}

static struct table_slot *find(const struct table *table, const struct id *id)
{
    uint8_t digest[8];
    crypto_shorthash(digest, id->b, sizeof id->b, table->key);
    size_t at = 0;
    for (size_t i = 0; i < sizeof digest; i++)
        at = at << 8 | digest[i];
    for (at &= table->room - 1;; at = (at + 1) & (table->room - 1)) {
        struct table_slot *slot = &table->slots[at];
        if (slot->value == TABLE_NONE || id_equal(&slot->id, id))
            return slot;
    }
}

static void grow(struct table *table)
{
    struct table old = *table;
    table->room = old.room == 0 ? 16 : old.room * 2;
    table->slots = malloc(table->room * sizeof *table->slots);
    CHECK(table->slots != NULL);
    for (size_t i = 0; i < table->room; i++)
        table->slots[i].value = TABLE_NONE;
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].value != TABLE_NONE)
            *find(table, &old.slots[i].id) = old.slots[i];
    free(old.slots);
}

uint32_t table_get(const struct table *table, const struct id *id)
{
    return table->count == 0 ? TABLE_NONE : find(table, id)->value;
}

void table_put(struct table *table, const struct id *id, uint32_t value)
{
    CHECK(value != TABLE_NONE);
    if ((table->count + 1) * 2 > table->room)
        grow(table);
    struct table_slot *slot = find(table, id);
    if (slot->value == TABLE_NONE)
        table->count++;
    *slot = (struct table_slot){.id = *id, .value = value};
}

size_t table_bytes(const struct table *table)
{
    return table->room * sizeof *table->slots;
}
