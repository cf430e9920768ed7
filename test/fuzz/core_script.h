/* The script of fuzz_core.c: bytes that say what happens next, and what sybils have made so far. */
#pragma once

#include "core_world.h"

#define MADE_MAX 48

static const uint8_t *script;
static size_t script_left;
static struct entry made[AUTHORS][MADE_MAX];
static size_t made_count[AUTHORS];

static uint8_t next(void)
{
    if (script_left == 0)
        return 0;
    script_left--;
    return *script++;
}

static struct wire *some_wire(void)
{
    return wire_count == 0 ? NULL : &wires[next() % wire_count];
}

/* The entry before this one, of those that its author made; NULL: there is none. */
static const struct entry *made_before(size_t who, const struct entry *entry)
{
    for (size_t i = 0; i < made_count[who]; i++)
        if (id_equal(&made[who][i].id, &entry->prev))
            return &made[who][i];
    return NULL;
}

/* A run of at most 8 that ends at the entry, as a frame. */
static struct bytes made_run(size_t who, const struct entry *entry, size_t most,
                             enum entry_part part, bool is_signed)
{
    struct entry run_of[8];
    size_t count = 0;
    for (; count < most && entry != NULL; count++) {
        run_of[7 - count] = *entry;
        entry = made_before(who, entry);
    }
    struct run run = {run_of + 8 - count, count, {{0}}};
    if (is_signed)
        run.signature = entry_sign(&run.entries[count - 1], &authors[who]);
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_entry(&w, &run, part);
    return written(&w);
}
