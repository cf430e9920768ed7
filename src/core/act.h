/* Act: what is done to a private channel's membership, as entries say it (PROTOCOL.md section 12.1). */
#pragma once

#include "core/entry.h"

#define ACT_SHORT  8  /* of a member's key, or an epoch's id */
#define ACT_PREKEY 4  /* of a prekey */
#define ACT_CHECK  16 /* by which a secret is that of its epoch */
#define ACT_SEALED (32 + 16)
#define ACT_ROW    (ACT_SHORT + ACT_PREKEY + ACT_SEALED)

struct act {
    uint8_t kind;  /* ENTRY_ADMIT, ENTRY_REMOVE, ENTRY_EPOCH */
    uint16_t term; /* of its author */
    struct id id, author;
    uint64_t seq, lamport, wall_ms;
    struct id last; /* his act before this one; zeros: none */
    /* ADMIT, REMOVE: */
    struct id member;
    uint16_t member_term;
    struct id
        by; /* his own seat for it: the act that lets him in; zeros: he is the founder, or leaves */
    bool may_invite, history; /* ADMIT */
    uint64_t cut_seq;         /* REMOVE: the last entry that counts, and the last act up to there */
    struct id cut_tip, cut_last;
    /* EPOCH: */
    struct id e;
    uint8_t check[ACT_CHECK];
    uint16_t count;
    const uint8_t *rows; /* borrowed: count * ACT_ROW bytes */
};

bool act_is(uint8_t kind);
/* False for any other kind, a body that was dropped, and one that is not formed so. */
bool act_read(const struct entry *entry, struct act *act);
/* The body; returns its size. */
size_t act_write(uint8_t out[LIMIT_BODY], const struct act *act);
