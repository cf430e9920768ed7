/* Direct: what a node keeps for channels of two, beside the channels themselves (PROTOCOL.md section
 * 10): its own prekeys, whom it knows, and what waits. */
#pragma once

#include "base/table.h"
#include "core/card.h"
#include "core/face.h"

/* An own prekey, and when its successor was first given to somebody; 0: not yet. */
struct own_prekey {
    struct prekey prekey;
    uint64_t replaced_ms;
};

/* Somebody with whom there may be a direct channel. */
struct acquainted {
    struct id node;
    struct id channel; /* zeros: there can be none */
    bool computed;
};

/* A card that a link asked for, and that is not held. */
struct sought {
    uint64_t link;
    struct id node;
    uint8_t hops; /* as it was asked, if it was passed on */
    bool own;     /* of who asks, not of others behind him */
};

/* A line that waits until the other's card is known. */
struct waiting {
    struct id channel;
    uint8_t kind;
    bool told;     /* the user knows */
    uint8_t *body; /* its own */
    size_t size;
};

/* A line that cannot be opened, since its key is gone. */
struct closed {
    struct id channel, id;
    uint64_t seq;
};

struct direct {
    uint8_t random[32];
    uint64_t drawn;                       /* keys that were made of it */
    struct own_prekey own[LIMIT_PREKEYS]; /* the newest last */
    size_t own_count;
    uint64_t look_at_ms; /* when their age is looked at */
    struct acquainted *known;
    size_t known_count, known_room;
    size_t computed;         /* of them, from the first on */
    struct table by_channel; /* the indices of those that were computed */
    uint64_t compute_at_ms;  /* when it goes on; UINT64_MAX: nothing is looked for */
    struct sought *sought;   /* room for LIMIT_SEEKS_ALL */
    size_t sought_count;
    uint64_t passed_from_ms; /* SEEKs that were passed on: since when they are counted */
    uint32_t passed;
    struct waiting *waiting; /* room for LIMIT_WAITING */
    size_t waiting_count;
    uint64_t tell_at_ms;   /* when the user is told that they wait */
    struct closed *closed; /* room for LIMIT_CLOSED */
    size_t closed_count;
    uint64_t ask_at_ms; /* when it is looked at what is to be asked for */
};

void direct_init(struct direct *direct, const uint8_t random[32], const uint8_t table_key[16]);
void direct_release(struct direct *direct);
size_t direct_bytes(const struct direct *direct);
/* A secret that nobody else knows, and that comes once. */
void direct_draw(struct direct *direct, uint8_t secret[32]);
/* The own prekey with this id; NULL when there is none (any more). */
const struct prekey *direct_prekey(const struct direct *direct,
                                   const uint8_t prekey_id[SEAL_PREKEY_ID]);
/* Takes one in, by its number; the oldest makes room. */
void direct_add_prekey(struct direct *direct, const struct own_prekey *own);
/* His index among those who are known; TABLE_NONE: he is not. Looks at all: it is asked when somebody is met. */
uint32_t direct_known(const struct direct *direct, const struct id *node);
/* Somebody is known from now on; nothing happens at LIMIT_ACQUAINTED. */
void direct_acquaint(struct direct *direct, const struct id *node);
