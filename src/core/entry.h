/* Entry: one signed message, the unit that is stored and exchanged (PROTOCOL.md section 3). */
#pragma once

#include "base/bytes.h"
#include "core/limits.h"

#define ENTRY_VERSION      1
#define ENTRY_HEADER_BYTES 168

enum entry_kind {
    ENTRY_TEXT = 1,   /* body: nick length (1 byte), nick, text */
    ENTRY_ACTION = 2, /* the same, for \me */
    ENTRY_FORGET = 3, /* body: seq (8), id (32) of an entry of the same author that is taken back */
    ENTRY_EDIT = 4,   /* body: seq (8), id (32) of an earlier text of the same author, nick length
                         (1), nick, text: what it says now */
    ENTRY_REACTION = 5, /* body: seq (8), id (32), author (32) of a text, 1 or 0 (1): put or taken
                           away, nick length (1), nick, the sign */
    ENTRY_SEALED =
        6, /* body: one of the above that only its reader can open: seal.h, groupseal.h */
    ENTRY_DEVICE =
        7, /* body: whose device its author is, or that one is so no more: certificate.h */
    /* Acts in a private channel: act.h */
    ENTRY_ADMIT = 8,
    ENTRY_REMOVE = 9,
    ENTRY_EPOCH = 10,
    /* No entry's, where lines stand beside entries: of one that is no part of the talk; of one that is not
     * for the user. */
    ENTRY_LEFT_OUT = 255,
    ENTRY_NOT_OURS = 254,
    /* Inside sealed ones only. Private channels', over direct ones, shown to nobody: */
    ENTRY_INNER = 16,
    ENTRY_KEYS = 16,
    ENTRY_KEY_REQUEST = 17,
    ENTRY_READ =
        18, /* body: seq (8), id (32) of the other's entry up to which his lines were read */
    ENTRY_ASK = 19, /* body: a card's number (8), prekey (32), signature (64); then seq (8), id (32)
                        of each line that is asked for */
    ENTRY_AGAIN = 20, /* body: seq (8), id (32) of an earlier entry of the same author, kind (1) and
                         body: what that one says */
};

struct process {
    uint8_t b[8]; /* a random number of the process that made it (invariant 6) */
};

struct signature {
    uint8_t b[64];
};

struct entry {
    uint8_t version;
    uint8_t kind;
    uint16_t flags; /* in a private channel: its author's term; elsewhere 0 */
    struct id channel;
    struct id author;
    struct process process;
    uint64_t seq; /* 1, 2, 3 ... */
    uint64_t lamport;
    uint64_t wall_ms; /* since 1970; shown, never trusted */
    struct id prev;   /* zero at seq 1 */
    uint32_t body_bytes;
    struct id body_hash;
    /* Not in the header: */
    struct id id;
    struct bytes body; /* borrowed; at == NULL when it was dropped: body_hash stands for it */
};

/* Entries that follow one another in one log and one process; the signature is the last one's. */
struct run {
    struct entry *entries;
    size_t count; /* 1 to LIMIT_RUN_ENTRIES */
    struct signature signature;
};

/* An identity: the public key is the node's id. */
struct identity {
    struct id node;
    uint8_t secret[64];
};

/* BLAKE2b-256 with the domain as its personal field; no other hash is used (PROTOCOL.md 1). */
struct id domain_hash(const char domain[16], const void *at, size_t size);
struct identity identity_from_seed(const uint8_t seed[32]);
/* The network's id, and a channel's id in it: hashes, each with its domain. */
struct id network_id(const uint8_t secret[32]);
struct id channel_id(const struct id *network, const char *name);

/* Fills body_bytes and body_hash from body, unless it was dropped, then id. */
void entry_finish(struct entry *entry);
/* Writes the canonical header bytes. */
void entry_header(const struct entry *entry, uint8_t out[ENTRY_HEADER_BYTES]);
/* Reads a header back (the store's and the vectors' form); false for any other version. */
bool entry_read_header(struct entry *entry, const uint8_t in[ENTRY_HEADER_BYTES]);
struct signature entry_sign(const struct entry *entry, const struct identity *identity);
/* True when signature is the author's over the entry's id. */
bool entry_verify(const struct entry *entry, const struct signature *signature);
/* True when each entry follows the one before (author, channel, process, prev, seq; a greater
 * clock), sizes are within bounds, and seq, lamport and wall_ms are below 2^63. Takes the ids as
 * computed. */
bool run_is_chain(const struct run *run);

/* A text body's two parts, borrowed; false when it is not formed so. */
bool entry_text(const struct entry *entry, struct bytes *nick, struct bytes *text);
/* What a FORGET takes back; false when it is none, or not formed so. */
bool entry_forgets(const struct entry *entry, uint64_t *seq, struct id *id);
/* What an EDIT replaces, and by what, borrowed; false when it is none, or not formed so. That the
 * entry which it names is a text is not looked at. */
bool entry_edits(const struct entry *entry, uint64_t *seq, struct id *id, struct bytes *nick,
                 struct bytes *text);
/* An AGAIN: which entry it stands for, and what that says (of no line: only its kind), borrowed; false when
 * it is none, or not formed so. */
bool entry_again(const struct entry *entry, uint64_t *seq, struct id *id, uint8_t *kind,
                 struct bytes *body);
/* What a READ names; false when it is none, or not formed so. */
bool entry_reads(const struct entry *entry, uint64_t *seq, struct id *id);
/* True of the kinds that say something to a person. */
bool kind_is_said(uint8_t kind);
/* A REACTION: which sign is put behind which line, or taken away. */
struct reaction {
    struct id author; /* of the line */
    uint64_t seq;
    struct id id;
    bool put;
    struct bytes nick, sign; /* borrowed */
};
#define REACTION_BODY_MAX (8 + 32 + 32 + 1 + 1 + LIMIT_NICK + LIMIT_REACTION)
/* False when the entry is none, or not formed so. That what it names is a text is not looked at. */
bool entry_reacts(const struct entry *entry, struct reaction *reaction);
size_t reaction_write(uint8_t out[REACTION_BODY_MAX], const struct reaction *reaction);
/* Writes a text body; returns its size. The caller keeps the limits. */
size_t entry_write_text(uint8_t out[LIMIT_BODY], const char *nick, const char *text, size_t size);
