/* Ledger: every entry that was ever made in a world, by its author, found by its id and by what is
 * shown of it. */
#pragma once

#include "base/table.h"
#include "sim/world.h"

struct said {
    int author, channel;
    uint64_t seq;
    struct id id, content;
    bool confirmed; /* its author's own screen showed it */
    bool committed; /* by its author, at some time */
    uint64_t held; /* by which machines: committed, and not lost with the disk since (a bit each) */
    uint64_t ever; /* the same, lost or not */
    struct signature verified;
    bool is_verified;
};

/* What one honest author said in one channel: by seq, what he said last there. A restored backup
 * makes him say several things at one seq, in several processes. */
struct slots {
    uint32_t *at;
    size_t count, room;
};

struct ledger {
    struct said *list;
    size_t count, room;
    struct table by_id, by_content, by_place;
    struct slots slots[WORLD_MACHINES][WORLD_CHANNELS];
};

#define LEDGER_NONE TABLE_NONE

void ledger_init(struct ledger *ledger);
void ledger_release(struct ledger *ledger);
/* What a person sees of an entry, as one id. */
struct id ledger_content(const struct id *author, int channel, uint64_t seq, uint64_t lamport,
                         uint64_t wall_ms, bool action, struct bytes nick, struct bytes text);
/* Adds it and returns its number; slot: the author is honest. *before: what its process said in its
 * place before, LEDGER_NONE for nothing. */
uint32_t ledger_add(struct ledger *ledger, int author, int channel, const struct entry *entry,
                    bool slot, uint32_t *before);
uint32_t ledger_by_id(const struct ledger *ledger, const struct id *id);
uint32_t ledger_by_content(const struct ledger *ledger, const struct id *content);
/* What an honest author said at seq, last; LEDGER_NONE when nothing. */
uint32_t ledger_slot(const struct ledger *ledger, int author, int channel, uint64_t seq);
