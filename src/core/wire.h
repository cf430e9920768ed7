/* Wire: frames to and from bytes (PROTOCOL.md section 4). Each reader accepts exactly the bytes
 * that its writer makes: another length, a count out of bounds or a byte left over refuses the
 * frame. What a reader gives borrows from the frame, or from the arena where it says so. */
#pragma once

#include "base/arena.h"
#include "core/card.h"
#include "core/certificate.h"
#include "core/record.h"

#define WIRE_VERSION 7

/* Why an ENTRY comes: said just now, or in answer to a WANT, whose last frame says so. */
enum entry_part { PART_PUSH, PART_ANSWER, PART_ANSWER_END };

enum frame_kind {
    FRAME_HELLO0 = 1,
    FRAME_HELLO1,
    FRAME_HELLO2,
    FRAME_JOIN, /* who I am and every channel that I take, or carry for others */
    FRAME_HAVE, /* heads of a channel: all of them, or those that changed */
    FRAME_WANT,
    FRAME_ENTRY, /* one run */
    FRAME_PING,
    FRAME_PONG,
    FRAME_BYE,
    FRAME_BUCKETS,   /* hashes of a channel's heads, in buckets by author */
    FRAME_BODIES,    /* a WANT for bodies that are missing */
    FRAME_LACK,      /* what a WANT or BODIES asked for cannot be given */
    FRAME_EAGER,     /* push what is new of an author to me */
    FRAME_LAZY,      /* only announce it */
    FRAME_PEERS,     /* where other nodes may be reached, by their own word */
    FRAME_WHO,       /* notes are wanted from now on */
    FRAME_NOTE,      /* somebody, near or far, takes a channel, by his own word */
    FRAME_PUNCH,     /* let us dial each other, by way of one who is linked to both */
    FRAME_CARD,      /* to which key what is said to a node may be sealed, by its own word */
    FRAME_SEEK,      /* a node's card is wanted */
    FRAME_WHOSE,     /* whose device who is at the end of the link is, by the word of both */
    FRAME_HELD = 26, /* a member holds so much of an author's log, by his own word */
    FRAME_KINDS,
};

struct nonce {
    uint8_t b[32];
};

/* What a node says of itself, inside the signed part of its HELLO. */
struct card {
    struct process process;
    uint16_t port; /* where it listens */
    struct bytes nick;
};

struct hello1 {
    struct id node;
    struct nonce nonce;
    struct card card;
    struct signature signature;
};

struct hello2 {
    struct id node;
    struct card card;
    struct signature signature;
};

/* Of all heads of a channel: equal digests, equal history. */
struct digest {
    uint8_t b[16];
};

#define JOIN_ITEM_BYTES 49
struct join {
    uint32_t generation; /* grows with every change; an older one is ignored */
    struct bytes nick;
    size_t count; /* at most LIMIT_TAKES */
    struct id channels[LIMIT_TAKES];
    struct digest digests[LIMIT_TAKES]; /* of what the sender holds of each */
    uint8_t hops[LIMIT_TAKES]; /* CARRY_HOPS: he is a member; 1 and more, below: he carries it */
};

struct head {
    struct id author;
    uint64_t seq;
    struct id tip;
};

struct buckets {
    struct id channel;
    uint8_t order; /* 2^order of them, at most LIMIT_BUCKETS_ORDER */
    uint32_t hashes[1u << LIMIT_BUCKETS_ORDER];
};

struct have {
    struct id channel;
    bool all; /* what is held since before: the answer to BUCKETS; else heads that moved just now */
    uint8_t far; /* then: a push from here would come over so many nodes; 0: not said */
    size_t count;
    struct head heads[LIMIT_HAVE_HEADS]; /* all heads of one author stand together */
};

struct want {
    bool bodies; /* of entries whose headers are held: BODIES, else WANT */
    struct id channel;
    struct id author;
    uint64_t from, to; /* both asked for */
    struct id tip;     /* the id at `to` */
    uint32_t credit;   /* bytes of ENTRY frames that may answer */
};

/* What cannot be given of what was asked: `from` to `to` of the branch that has `tip` where the
 * question ended. */
struct lack {
    struct id channel;
    struct id author;
    uint64_t from, to;
    struct id tip;
};

/* A node's own word that it takes a channel, or does no more; the newest is the one with the
 * highest number. */
struct note {
    struct id channel;
    struct id node;
    uint64_t number;
    bool here;
    struct bytes nick;
    uint16_t left_s; /* how long it still counts; not signed */
    struct signature signature;
};

/* A member's own word that he holds an author's log up to here. */
struct holding {
    struct id channel, node;
    struct head head;
    struct signature signature;
};

/* PUNCH: one asks the other to dial it at the same moment, and the other is ready to. */
enum punch_step { PUNCH_ASK = 1, PUNCH_READY };
struct punch {
    enum punch_step step;
    struct id to, from;
    uint64_t
        number;    /* an ASK's is higher than all before of its sender; READY has that of its ASK */
    uint16_t port; /* from which `from` dials; not 0 */
    uint32_t rtt_us; /* between `from` and the node in the middle; 0: not known */
    struct signature signature;
    struct bytes
        address; /* where `from` is, by the word of the node in the middle; empty before it */
};

/* EAGER, LAZY: of one author in a channel. */
struct ease {
    struct id channel, author;
};

/* SEEK: whose card is asked for, and over how many nodes at most. */
struct seek {
    struct id node;
    uint8_t hops; /* 1 (of whom is asked alone) to CARRY_HOPS */
};

struct peers {
    size_t count; /* at most LIMIT_PEERS */
    struct record records[LIMIT_PEERS];
};

struct ping {
    uint64_t token;
    uint32_t rtt_us; /* what the sender measured last, 0 before */
};

/* The kind of a frame; 0 for an empty or unknown one. */
enum frame_kind frame_kind(struct bytes frame);
/* A reader past the kind; bad from the start when the frame is of another kind. */
struct reader wire_open(struct bytes frame, enum frame_kind kind);
/* Its size, 1 to LIMIT_NICK, and the nick, which is not looked into. */
struct bytes wire_read_nick(struct reader *r);
void wire_write_nick(struct writer *w, struct bytes nick);

bool wire_read_hello0(struct bytes frame, uint8_t *version, struct nonce *nonce);
bool wire_read_hello1(struct bytes frame, struct hello1 *hello);
bool wire_read_hello2(struct bytes frame, struct hello2 *hello);
bool wire_read_join(struct bytes frame, struct join *join);
bool wire_read_have(struct bytes frame, struct have *have);
bool wire_read_buckets(struct bytes frame, struct buckets *buckets);
bool wire_read_want(struct bytes frame, struct want *want); /* WANT and BODIES */
bool wire_read_lack(struct bytes frame, struct lack *lack);
/* Over how many nodes besides its author an ENTRY came, of a push: 0 for what its author pushed himself. Nobody
 * signs it. */
uint8_t wire_entry_hops(struct bytes frame);
bool wire_read_ease(struct bytes frame, struct ease *ease);    /* EAGER and LAZY */
bool wire_read_peers(struct bytes frame, struct peers *peers); /* no signature is looked at */
/* The entries are made in the arena, their bodies borrow from the frame; ids are computed, the
 * chain is checked (run_is_chain), the signature is not. */
bool wire_read_entry(struct bytes frame, struct arena *arena, struct run *run,
                     enum entry_part *part);
bool wire_read_who(struct bytes frame);
bool wire_read_note(struct bytes frame, struct note *note);    /* the signature is not looked at */
bool wire_read_punch(struct bytes frame, struct punch *punch); /* likewise */
bool wire_read_holding(struct bytes frame, struct holding *holding);       /* likewise */
bool wire_read_whose(struct bytes frame, struct certificate *certificate); /* likewise */
/* Likewise; other versions are refused. */
bool wire_read_keycard(struct bytes frame, struct keycard *card);
bool wire_read_seek(struct bytes frame, struct seek *seek);
bool wire_read_ping(struct bytes frame, struct ping *ping); /* PING and PONG */
bool wire_read_bye(struct bytes frame, uint8_t *why);

void wire_write_hello0(struct writer *w, const struct nonce *nonce);
void wire_write_hello1(struct writer *w, const struct hello1 *hello);
void wire_write_hello2(struct writer *w, const struct hello2 *hello);
void wire_write_join(struct writer *w, const struct join *join);
void wire_write_have(struct writer *w, const struct have *have);
void wire_write_buckets(struct writer *w, const struct buckets *buckets);
void wire_write_want(struct writer *w, const struct want *want);
void wire_write_lack(struct writer *w, const struct lack *lack);
/* Makes a push that was written so one that came over so many nodes. */
void wire_set_hops(struct writer *w, uint8_t hops);
void wire_write_ease(struct writer *w, enum frame_kind kind, const struct ease *ease);
void wire_write_peers(struct writer *w, const struct bytes *records, size_t count);
void wire_write_entry(struct writer *w, const struct run *run, enum entry_part part);
void wire_write_who(struct writer *w);
void wire_write_note(struct writer *w, const struct note *note);
void wire_write_punch(struct writer *w, const struct punch *punch);
#define WIRE_HOLDING_BYTES (1 + 3 * 32 + 8 + 32 + 64)
void wire_write_holding(struct writer *w, const struct holding *holding);
void wire_write_whose(struct writer *w, const struct certificate *certificate);
#define WIRE_CARD_BYTES (1 + 1 + 32 + 8 + 32 + 64)
void wire_write_keycard(struct writer *w, const struct keycard *card);
#define WIRE_SEEK_BYTES (1 + 32 + 1)
void wire_write_seek(struct writer *w, const struct seek *seek);
void wire_write_ping(struct writer *w, enum frame_kind kind, const struct ping *ping);
void wire_write_bye(struct writer *w, uint8_t why);
/* The bytes that wire_write_entry would take. */
size_t wire_entry_bytes(const struct run *run);
/* The part of an ENTRY that stands between count and signature, which is also how the store keeps a
 * run: its entries without what they have in common. The reader takes `count` of them; first has
 * version, channel, author, process, seq and prev; false when they are not formed so. */
void wire_write_entries(struct writer *w, const struct entry *entries, size_t count);
bool wire_read_entries(struct reader *r, const struct entry *first, struct entry *entries,
                       size_t count);
/* The part before, and the whole around it: for who has the entries as bytes already. */
void wire_write_entry_head(struct writer *w, const struct entry *first, size_t count,
                           enum entry_part part);
/* The card alone, as a HELLO carries and signs it. */
void wire_write_card(struct writer *w, const struct card *card);
