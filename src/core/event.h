/* The core's whole boundary: every event in, every effect out. core.h has the calls.
 *
 * When a store fails, nothing since the last commit is on disk, and what the core believes is no
 * longer so. The shell then makes the core anew from what is on disk, as after a crash, and says
 * with EVENT_STORE that it cannot write (app/node.c). */
#pragma once

#include "core/face.h"
#include "core/groups.h"
#include "core/wire.h"

enum event_kind {
    EVENT_TICK,     /* time passed; also due when core_deadline() says so */
    EVENT_REQUEST,  /* request: from a face */
    EVENT_FOUND,    /* address, found: where a node may be; FOUND_BEACON also node, process */
    EVENT_LINK_IN,  /* link, address, client_key: somebody's first frame arrived */
    EVENT_LINK_OUT, /* link, client_key, number (the local port that it leaves by, 0: not known): the connection that DIAL asked for is encrypted and open; or
                       that of a PUNCH, if this node is the server after its first frame arrived */
    EVENT_FRAME,    /* link, frame */
    EVENT_LINK_CLOSED,  /* link, why: the connection is gone (or could not be made) */
    EVENT_LINK_DRAINED, /* link: its queue is empty again after a send was dropped */
    EVENT_NETWORK,      /* interfaces or addresses changed */
    EVENT_OWN,          /* own, own_count: addresses where others may reach this node now */
    EVENT_STORE, /* writable: whether the disk takes entries; until it does none is accepted */
    EVENT_LOAD_CHANNEL, /* at start, before the first other event: channel, lamport; or, of one that
                           was carried, channel_id, lamport, node, number, asked_wall_ms as in CARRY */
    EVENT_LOAD_LOG,     /* then its logs: channel, load; each author's branches by rising number */
    EVENT_LOAD_RECEIPT, /* and who held how much of our own: channel, node, number; head.seq: up to there he cannot read it */
    EVENT_LOAD_PREKEY, /* before all channels: prekey, number: wall ms when its successor was first given, or 0 */
    EVENT_LOAD_DIRECT, /* then direct channels: channel, node: the other, held: it has a window */
    EVENT_LOAD_WAITING, /* a line that waits for the other's card: channel, entry kind in number, frame: its body */
    EVENT_LOAD_READ, /* after its LOAD_DIRECT: channel, number: the other has read own lines up to there, lamport: up to
                        which seq of his he was told that they were read */
    EVENT_LOAD_KNOWN, /* node: somebody whose card is held */
    EVENT_LOAD_GROUP, /* before all named channels: group; number: lines of it that wait for a key */
    EVENT_LOAD_ACT,   /* then, of each: channel_id, frame: an act's header and body */
    EVENT_LOAD_KEY,   /* channel_id, frame: an epoch's short name (8) and its secret (32) */
    EVENT_AGAIN, /* channel_id, frame: header and body of an entry that is held in load.branch; held: it was opened;
                    number: enum why_closed. After an AGAIN; or it is an act, which was given its body by FILL. Without a frame: all that
                    AGAIN asked for in the channel has been gone through */
    EVENT_CARD,   /* the answer to SEEK: link, node, number, card (version 0: there is none) */
    EVENT_LOOKED, /* the answer to LOOK: link, channel, head, held, number: in which branch */
    EVENT_RECALLED, /* the answer to RECALL, if there is one: channel_id, head, number: its kind, frame: its body,
                       asked_wall_ms: when it was said */
    EVENT_SIFTED, /* the answer to SIFT: link, frame, number, sifted */
    EVENT_BARE, /* the answer to BARE: channel, load (author, branch); the lowest stretch is number to
                   head (seq, tip); seq 0: there is none */
    EVENT_BLOCK,          /* node, held: the user wants nothing of him, or (not held) does again */
    EVENT_LOAD_CERTIFIED, /* at start: channel: this node's certificate was said there */
    EVENT_DEVICE,         /* node: it is one more device of the person whose node head.author is */
    EVENT_REFUSE, /* node: it is a device that was revoked: no link with it is made or stays, and it is let into nothing */
    EVENT_IMPORT, /* frame: an ENTRY out of a file, whose signature holds */
};

enum found {
    FOUND_TYPED,
    FOUND_TYPED_ALSO, /* a further address of the same name: tried as long, not spoken of */
    FOUND_BEACON,
    FOUND_REMEMBERED, /* it worked before */
    FOUND_LIKELY,     /* a node that dialled this one says that it listens there */
};

/* Why a link ended; the word a person reads stands in link_why_text(). */
enum link_why {
    WHY_QUIT,       /* the other side said that it leaves */
    WHY_ASKED,      /* \disconnect here */
    WHY_ASKED_PEER, /* \disconnect there */
    WHY_LOST,       /* the connection broke or fell silent */
    WHY_REFUSED,    /* nobody listens there */
    WHY_NO_ANSWER,  /* nothing came back in time */
    WHY_NOT_FIKA,   /* something answers, but it is no fika of this network */
    WHY_VERSION,    /* it speaks another version */
    WHY_DUPLICATE,  /* a better link to the same node is up */
    WHY_SELF,
    WHY_SAME_IDENTITY,
    WHY_RULES, /* it broke the protocol */
    WHY_FULL,  /* no room for more links */
    WHY_PROXY, /* the proxy is not there */
    WHY_COUNT,
};
const char *link_why_text(enum link_why why);

/* One branch of a log as the store holds it: whole from above its base to seq, plus one verified
 * run above a hole (0 when none). */
struct log_load {
    struct id author;
    uint32_t branch;   /* below LIMIT_BRANCHES; nearly always 0 */
    uint64_t base_seq; /* the entry below its first one, on another branch; 0: it begins at 1 */
    struct id base;
    bool rootless;    /* its base is not known: nothing of it is whole */
    bool liar;        /* its author said two different things in one place (invariant 6) */
    bool bare;        /* some of its entries came without their bodies; the store's to say */
    struct nick nick; /* of its author, lately */
    uint64_t seq;
    struct id tip;
    uint64_t lamport;            /* at seq */
    uint64_t span_from, span_to; /* the run above a hole */
    struct id span_prev, span_tip;
    uint64_t span_first_lamport, span_lamport; /* at span_from and span_to */
};

/* What the store says of a run that fits no branch's end. */
struct sifted {
    size_t held;      /* so many of its first entries are held, in whole parts */
    bool based;       /* so is the entry below the first that is not (or there is none: seq 1) */
    bool lie;         /* it stands beside another of the same process there */
    bool unread;      /* nothing is known of it: the store could not be read */
    struct id below;  /* the id of that entry */
    uint64_t lamport; /* and its clock; 0 at seq 1 */
    /* By number of branch: up to which seq what it has above its hole is the same as the run, where
       both lie; 0: nowhere. */
    uint64_t same_to[LIMIT_BRANCHES];
};

/* The link that SIFT and SIFTED name for what was imported. */
#define LINK_IMPORT UINT64_MAX

/* Why a line of a private channel was not opened. */
enum why_closed {
    CLOSED_NOT,
    CLOSED_WAITS,  /* for its epoch's secret */
    CLOSED_OUT,    /* it is no part of the talk */
    CLOSED_BEFORE, /* its secret is none of the user's */
};

struct event {
    enum event_kind kind;
    uint64_t now_us;  /* monotonic; never goes back */
    uint64_t wall_ms; /* since 1970; may jump */
    uint64_t link;    /* inbound links have odd numbers (the shell's), outbound even (the core's) */
    struct bytes frame;
    bool
        verified; /* FRAME: it is an ENTRY whose signature was found to hold; else the core looks */
    struct address address;
    enum found found;
    struct id node;
    struct process process;
    struct id client_key;
    enum link_why why;
    bool writable;
    struct request request;
    struct channel_name channel;
    struct id channel_id; /* of LOAD_*, LOOKED, BARE: where it is zero, the channel's name counts */
    uint64_t lamport;
    uint64_t number;
    uint64_t asked_wall_ms;
    struct log_load load;
    struct head head;
    bool held;
    struct sifted sifted;
    const struct address *own; /* borrowed for the call */
    size_t own_count;
    struct prekey prekey;
    struct keycard card;
    struct group_kept group;
};

enum effect_kind {
    EFFECT_STORE, /* channel, run, load: the run's entries are new, and load is their branch with
                       them; commit before the next SEND, SERVE or own SHOW is performed. lines, unless NULL:
                       what they say, where they are sealed */
    EFFECT_SPLIT, /* channel, load, load2, number: what load held from `number` on is load2's */
    EFFECT_PUT, /* channel, load: the branch is so now, and no entry is new; what it held up to its base
                       another branch has been given */
    EFFECT_RECEIPT, /* channel, node, number: node holds our own log up to there; head.seq: and cannot read it up to there; may be lost */
    EFFECT_LOOK,    /* link, channel, head: is this entry held? LOOKED follows, after this step */
    EFFECT_SIFT, /* link, frame, number: how much of this ENTRY is held? SIFTED follows, likewise */
    EFFECT_BARE, /* channel, load (author, branch): which of the branch's entries above `number` lack
                    bodies that may be had? BARE follows, likewise */
    EFFECT_FILL, /* channel, run, lines, via, liar, nick: gives bodies to entries that are held without; those
                    that were given one are shown */
    EFFECT_PREKEY, /* prekey, number: wall ms when its successor was first given, or 0: to be kept */
    EFFECT_UNKEY,  /* prekey: to be destroyed */
    EFFECT_DIRECT, /* channel, node: the other, shown: to be kept */
    EFFECT_CARD,   /* card: to be kept, if it is newer than what is held of its node */
    EFFECT_SEEK, /* link (0: it is for us), node, number: its hops; CARD follows, after this step */
    EFFECT_WHOSE, /* node: at the end of a link, text: the body of an entry of kind 7, a certificate of it; its
                     signatures were not looked at */
    EFFECT_WAITING, /* channel, number: entry kind, text: a body that waits for the other's card: to be kept */
    EFFECT_WAITED, /* channel: none of it waits any more */
    EFFECT_GROUP, /* group: a private channel, to be kept as it is now; number 1: to be forgotten, with its secrets */
    EFFECT_ACT,   /* channel, text: header and body of an act: to be kept at hand */
    EFFECT_KEY,   /* channel, text: an epoch's short name and its secret: to be kept */
    EFFECT_AGAIN, /* channel; node: all sealed entries of this author; or text: those that wait for the key of this epoch:
                     an AGAIN for each, a few at a time, after this step */
    EFFECT_OPENED, /* channel, run (one entry), lines: it reads so from now on */
    EFFECT_CLOSE, /* channel, run (one entry), number: enum why_closed: it does not read any more, or for another reason */
    EFFECT_RECALL, /* channel, head: what does this own sealed entry say? RECALLED follows, likewise */
    EFFECT_OPEN, /* channel, lines: one; the entry (author, seq, id) that is held sealed says this; then it is
                       shown */
    EFFECT_SEND,  /* link, frame */
    EFFECT_SERVE, /* link, channel, want: read these entries and send them in ENTRY frames */
    EFFECT_DIAL,  /* link, address */
    EFFECT_PUNCH, /* link, address, number: the local port, server: the other one's HELLO comes first.
                       Both dial now; ends in LINK_OUT or LINK_CLOSED, within PUNCH_MS */
    EFFECT_HANG_UP, /* link: let what is queued out, then close */
    EFFECT_BEACON, /* send one beacon on every interface; and to the address, if there is one: who came
                        just now may be where broadcast does not get */
    EFFECT_SHOW, /* show: to every face */
    EFFECT_SHOW_RUN, /* channel, run, via, bulk, liar, folded, nick: its entries as messages; show_entry()
                        makes them */
    EFFECT_CARRY, /* channel_id, node, number, asked_wall_ms: the channel is carried, in which node asked for
                     it first, number bytes are stored, and it was last asked for at that wall ms */
    EFFECT_NAME, /* channel: it is the user's own from now on */
    EFFECT_DROP, /* channel_id: nothing of the channel is to be kept; all effects before count */
    EFFECT_KEEP, /* the nick, joined channels or current channel changed: core_keep() has them */
    EFFECT_MET, /* node, address, found (TYPED, REMEMBERED, LIKELY): it is there; to be tried at the next start */
    EFFECT_PARTED, /* node or zero, address: the user wants no link there: not to be tried */
    EFFECT_LOG,    /* text: a line for the log file */
    EFFECT_STOP,   /* the node is done; n in show is what was not handed over */
};

struct effect {
    enum effect_kind kind;
    uint64_t link;
    struct bytes frame;
    enum found found;
    struct channel_name channel; /* "" where it has none here: it is only carried */
    struct id channel_id;        /* beside channel, always */
    struct run run;
    const struct entry *lines; /* as many as the run has entries; the same but for kind and body */
    struct id node;
    bool shown;
    uint64_t
        number; /* of STORE and FILL in a carried channel: the bytes that are stored of it by then */
    uint64_t asked_wall_ms;
    enum via via;
    bool quiet; /* FILL: nothing of it is shown */
    bool
        bulk; /* SHOW_RUN: far below the newest, filling a hole; a face that pages need not have it */
    bool liar;
    bool server;
    bool folded; /* SHOW_RUN: more than its author may have shown now */
    struct bytes text;
    union { /* no kind has two of them */
        struct {
            struct log_load load, load2;
        };
        struct nick nick; /* the author's, lately */
        struct address address;
        struct head head;
        struct want want;
        struct prekey prekey;
        struct keycard card;
        struct group_kept group;
        struct show show;
    };
};
