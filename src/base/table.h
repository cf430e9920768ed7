/* Table: from a 32-byte id to a small number. Open addressing over a keyed hash, so that nobody who
 * chooses ids can choose where they fall. */
#pragma once

#include "base/bytes.h"

struct table_slot;
struct table {
    struct table_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
    uint8_t key[16];
};

#define TABLE_NONE UINT32_MAX

/* key: 16 secret bytes. */
void table_init(struct table *table, const uint8_t key[16]);
void table_release(struct table *table);
/* The memory that its slots hold. */
size_t table_bytes(const struct table *table);
/* The number put for id, or TABLE_NONE. */
uint32_t table_get(const struct table *table, const struct id *id);
/* Puts or replaces; value is not TABLE_NONE. The caller keeps the count within its bound. */
void table_put(struct table *table, const struct id *id, uint32_t value);
