/* Face: all that a face may ask of its node (struct request) and be told by it (struct show). The
 * door carries both; see app/door.h. Texts from peers are raw bytes here: every face tames them. */
#pragma once

#include "core/entry.h"

struct nick {
    char text[LIMIT_NICK + 1];
};
struct channel_name {
    char text[LIMIT_CHANNEL + 1];
};
struct address {
    char text[LIMIT_ADDRESS + 1]; /* "192.168.1.2:23452", "[fe80::1%eth0]:23452", "zmq://..." */
};

/* A nick: 1 to LIMIT_NICK bytes, no space, control or any of #<>\/ at its start; a channel: # and 1
 * or more bytes, no space, control or comma. Both valid UTF-8. */
bool nick_ok(const char *text);
bool channel_name_ok(const char *text);
/* A direct channel's local name: @, and the nick of the other, or it and ~ and digits of his id. */
bool direct_name_ok(const char *text);
/* Either. */
bool window_name_ok(const char *text);
/* What a peer calls itself, made to keep the rules: what may not be in a nick becomes _, none at
 * all becomes ?. The result is nick_ok(). */
struct nick nick_from_peer(struct bytes said);

enum request_kind {
    REQUEST_SAY,        /* text, action; channel or empty for the current one */
    REQUEST_JOIN,       /* channel */
    REQUEST_LEAVE,      /* channel, or empty for the current one */
    REQUEST_CHANNEL,    /* channel: where to write */
    REQUEST_DIRECT,     /* channel: @ and whom it is with; text: what is said there, if anything */
    REQUEST_NICK,       /* nick */
    REQUEST_CONNECT,    /* target: as typed */
    REQUEST_DISCONNECT, /* target: an address or a nick (channels become REQUEST_LEAVE) */
    REQUEST_WHO,        /* channel, or empty */
    REQUEST_CHANNELS,
    REQUEST_LINKS,
    REQUEST_DOCTOR, /* what stands between this node and others; wait_ms: not before that */
    REQUEST_SCAN,   /* asks every address of this machine's own subnets */
    REQUEST_PAGE, /* channel, lamport, id, seq, count: stored lines before that place in the order; of
                     `after`, those after it */
    REQUEST_SEARCH, /* text: what to look for (store/query.h); count: at most so many, 0: as many as
                       there may be */
    REQUEST_READ, /* channel, a direct one, lamport: its newest line that the reader has really seen */
    REQUEST_HELD,   /* channel, or empty: who holds the last own line */
    REQUEST_FORGET, /* channel, or empty; seq, id: the own line to be taken back. The node finds it:
                       count is which of the last own ones, from 1 */
    REQUEST_EDIT, /* channel, or empty; seq, id: the own line that is to say `text` from now on; the
                       node finds it, by count. Without text it is shown, to be changed (EDITING) */
    REQUEST_INVITE, /* once, minutes: shows one to this network */
    REQUEST_REACT, /* channel, or empty; text: a sign, for the line that author, seq and lamport name;
                      where seq is 0, for the countth last one, or (0) the last of another. The node
                      finds its id, and whether it is put or, where it stands already, taken away */
    /* text: "nick", "nick digits" of an identity, or its digits; without any, who is marked so is listed: */
    REQUEST_VERIFY, /* shows what both read aloud; verdict: what the reader says of it, or code: what the other
                       side shows */
    REQUEST_IGNORE, /* put: from now on, else no longer; likewise BLOCK */
    REQUEST_BLOCK,
    /* Private channels (PROTOCOL.md section 12). A channel that is none, or somebody who may not do it, is answered
     * by a TOLD. */
    REQUEST_CREATE, /* channel: a new private one, called so; lines go there */
    REQUEST_ADMIT, /* channel, or empty; text: whom, as typed (nick, nick~digits, digits); history: he may read what
                       was said before; inviter: he may invite others. Of one who is in: he may invite, too */
    REQUEST_REMOVE, /* channel, or empty; text: whom. (LEAVE is for good in a private channel; of one that the user is
                       only invited to it declines that) */
    REQUEST_ROLES,       /* channel, or empty: who is in, as ROLE_ROWs */
    REQUEST_INVITATIONS, /* those that are open, as INVITATIONs; the node asks at its start */
    REQUEST_CARRY,       /* bytes: so much is kept of channels of others from now on; 0: nothing */
    REQUEST_DEVICES,     /* lists this person's devices */
    REQUEST_REVOKE,      /* text: which of them, by label or digits: it is lost */
    REQUEST_DEVICE, /* the node's own: channel, text: the body of an entry of kind 7 that is to be said */
    REQUEST_STOP, /* wait_ms: how long own lines may still be handed over */
};

/* What the reader says of the words of a VERIFY. */
enum verdict { VERDICT_NONE, VERDICT_YES, VERDICT_NO, VERDICT_CODE };

struct request {
    enum request_kind kind;
    enum verdict verdict; /* VERIFY; CODE: channel is none, and id is the code */
    struct channel_name channel;
    struct nick nick;
    bool action;
    bool after;
    bool once;        /* INVITE: for one machine */
    uint32_t minutes; /* INVITE: how long it is good; 0: for ever, or while the node runs if once */
    bool
        put; /* REACT, IGNORE, BLOCK: not taken away; ADMIT, REMOVE: text is all nodes of one person, nick, 32 bytes each */
    bool history, inviter; /* ADMIT */
    bool
        open; /* JOIN: the open one, whatever private one is called so; else id: an inviter whom the user knows */
    bool mends;       /* SAY: the text is s/old/new/, for the last own line, where that has `old` */
    uint32_t wait_ms; /* STOP: for receipts of own lines */
    uint32_t wait_link_ms; /* STOP: before that, for a first link */
    uint64_t lamport, seq;
    struct id id;
    struct id author; /* REACT: whose line it is for */
    uint32_t count;
    uint64_t bytes;
    struct bytes text; /* SAY: the text; CONNECT, DISCONNECT: the target */
};

/* LINK: said just now; HISTORY: said before, and new here; STORED: out of this node's own store. */
enum via { VIA_LINK, VIA_HISTORY, VIA_CLASSIC, VIA_STORED };

/* What the user decided of an identity. */
enum person_mark {
    PERSON_VERIFIED = 1,
    PERSON_IGNORED = 2,
    PERSON_BLOCKED = 4,
    PERSON_REVOKED = 8, /* nobody's decision here: said by a device that was revoked, since then */
};
/* What one is in a private channel. */
enum role { ROLE_MEMBER, ROLE_INVITER, ROLE_FOUNDER };
/* What its nick is: another was met under it before, or under one that looks the same; or somebody who is
 * verified is called so, or looks so, and this is not him. */
enum clash { CLASH_NONE, CLASH_HELD, CLASH_LOOKS, CLASH_VERIFIED };

/* Sentences that a node says. The texts stand in ui/words.c, one row each, in this order of
 * arguments: a, b (strings), n (number). */
enum told {
    TOLD_JOINED,       /* a channel */
    TOLD_LEFT,         /* a channel */
    TOLD_DIRECT,       /* a channel: of two, now open */
    TOLD_DIRECT_NEW,   /* a channel: the other (id) has begun it, or goes on after it was left */
    TOLD_DIRECT_WAITS, /* a channel, n: lines that wait there until the other's key is known */
    TOLD_WAITING,      /* a channel, a line that waits there: after DIRECT_WAITS or PRIVATE_WAITS */
    TOLD_PRIVATE_WAITS, /* a channel, n: lines that wait there until the act has come that lets the user in */
    TOLD_WRITING,        /* a channel: where lines go now */
    TOLD_NICK,           /* a: own new nick */
    TOLD_NICK_OTHER,     /* a: old, b: new */
    TOLD_ALREADY,        /* a: address: a link there is up or being made already */
    TOLD_NO_LINKS,       /* the answer of \links when there is none */
    TOLD_LOOKING_UP,     /* a: host name */
    TOLD_DIALING,        /* a: address */
    TOLD_DIAL_FAILED,    /* a: address, b: why; will be tried again */
    TOLD_DIAL_SELF,      /* a: address: that is this fika itself */
    TOLD_DISCONNECTED,   /* a: nick or address */
    TOLD_SAME_IDENTITY,  /* a: address: another fika runs with this identity */
    TOLD_HISTORY_COMING, /* a: channel, n: how many lines */
    TOLD_NOBODY,         /* a: channel: nobody else is in it yet */
    TOLD_NOT_HANDED,     /* n: lines that nobody has yet; they stay stored */
    TOLD_CLASSIC_UP,     /* a: address */
    TOLD_CLASSIC_DOWN,   /* a: address */
    TOLD_STORE_BACK,     /* the disk can be written again */
    TOLD_PORT,           /* a: default port, b: the free one that was taken */
    TOLD_NETWORK_MADE,   /* a: name, b: path of the secret's file */
    TOLD_NETWORK_JOINED, /* a: name: an invite to it was followed */
    TOLD_MAPPED,         /* a: outer address, b: by what: the router passes the port on */
    TOLD_UNMAPPED,       /* a: outer address, b: why not any longer */
    TOLD_GUEST,          /* a: address: an invite that ends was used from there */
    TOLD_PROXY,          /* a: its address */
    TOLD_STORE_ASIDE,    /* a: path where the damaged history was put */
    TOLD_WELCOME,        /* a: own address to type elsewhere */
    TOLD_FORGOTTEN,      /* an own line was taken back, here and wherever it is heard */
    TOLD_DOCTOR,         /* the report comes in a moment */
    TOLD_SCAN,           /* a: subnets, n: addresses that are asked now */
    TOLD_SCAN_GOES,      /* a: addresses asked, of n; b: links made since */
    TOLD_SCAN_FOUND,     /* the end: likewise */
    TOLD_SCAN_NOBODY,    /* the end: likewise, and there is no new link */
    TOLD_VERIFIED,       /* a: nick */
    TOLD_UNVERIFIED,     /* a: nick */
    TOLD_IGNORED,        /* a: nick */
    TOLD_UNIGNORED,      /* a: nick */
    TOLD_BLOCKED,        /* a: nick */
    TOLD_UNBLOCKED,      /* a: nick */
    TOLD_NOBODY_MARKED,  /* n: enum person_mark: nobody is; the answer of a list */
    TOLD_WORDS_COME,     /* a: nick: to be read aloud, in a moment */
    TOLD_DEVICE_REVOKED, /* a: its label */
    TOLD_CREATED,        /* a: channel: a private one is made, and lines go there */
    TOLD_JOINED_PRIVATE, /* a: channel: the user is in it now, as he was invited; b: as the invitation called it */
    TOLD_INVITED, /* a: nick, b: channel: he is in from now on, and hears of it when he is met */
    TOLD_INVITED_HISTORY, /* likewise, and may read what was said before */
    TOLD_INVITED_AGAIN, /* a: nick, b: channel: he was let in before, and was not seen there: he is told of it again */
    TOLD_MAY_INVITE, /* a: nick, b: channel: he was in, and may invite others from now on */
    TOLD_REMOVED, /* a: nick, b: channel: what is said from now on he cannot read; what he had he keeps */
    TOLD_INVITED_DEVICE, /* a: nick, b: channel: another device of his (id) is in, too */
    TOLD_REMOVED_DEVICE, /* a: nick, b: channel: a device of his (id) was revoked, and is out */
    TOLD_FOUNDER_LEFT, /* a: channel: whom he let in nobody can remove; who may invite does, still */
    TOLD_NOBODY_INVITES, /* a: channel: he has left, and nobody who is in may: so it stays */
    TOLD_LEFT_PRIVATE,   /* a: channel: for good; to come back takes an invitation */
    TOLD_DECLINED,       /* a: channel: the invitation to it is forgotten */
    TOLD_BRANCH,         /* a: channel: own lines were said elsewhere meanwhile (a restored backup):
                            all are kept */
    /* Errors: */
    TOLD_ERRORS_FROM,
    TOLD_NOT_JOINED = TOLD_ERRORS_FROM, /* a: channel */
    TOLD_NO_CHANNEL,                    /* no channel to write to */
    TOLD_BAD_CHANNEL,                   /* a: name */
    TOLD_DIRECT_NONE,                   /* a: nick: nobody of that name is known */
    TOLD_DIRECT_SELF,                   /* a: nick: it is the user's own */
    TOLD_DIRECT_SEVERAL,    /* a: nick, b: what to type for each who is called so, between commas */
    TOLD_DIRECT_FULL,       /* n: lines wait already, and no more can */
    TOLD_BAD_NICK,          /* a: nick */
    TOLD_TOO_LONG,          /* n: bytes allowed */
    TOLD_TOO_MANY_CHANNELS, /* n: allowed */
    TOLD_FULL_CHANNEL,      /* a: channel, n: authors allowed */
    TOLD_OF_TWO, /* a: channel: it is a direct one: nobody is invited to it, or removed */
    TOLD_NO_INVITATION, /* a: name with digits, as private channels have it: there is no invitation to it */
    TOLD_NOT_PRIVATE, /* a: channel: it is open to all: nobody is invited to it, or removed */
    TOLD_NOT_INVITER, /* a: channel: others decide who comes in */
    TOLD_NO_INVITER, /* a: channel: nobody does: the founder has left, and nobody who is in may invite */
    TOLD_NOT_ABOVE, /* a: nick, b: channel: only who let him in, or the founder, or one between, can */
    TOLD_NOT_IN,    /* a: nick, b: channel: he is not in it */
    TOLD_IN_ALREADY, /* a: nick, b: channel */
    TOLD_OUT,        /* a: channel: one was removed, or has left: nothing can be said there */
    TOLD_NOT_IN_YET, /* a: channel: joined, but the act by which the user is in has not come yet */
    TOLD_MEMBERS_FULL, /* a: channel, n: people that can be in at once */
    TOLD_NAME_TAKEN,   /* a: channel: one called so is here */
    TOLD_TWO_NAMED,    /* a: name, b: as a private one is called that somebody unknown invites to */
    TOLD_ACTS_FULL, /* a: channel: so many were let in and removed that there is no room for more */
    TOLD_LOG_ENDS, /* a: channel: nothing has a place behind the own log: somebody else has the key */
    TOLD_NO_SUCH,       /* a: address or nick that is not linked */
    TOLD_BAD_ADDRESS,   /* a: as typed */
    TOLD_NO_HOST,       /* a: host name, b: why */
    TOLD_PROXY_CLASSIC, /* a: address: it would be dialled beside the proxy */
    TOLD_NOWHERE,     /* nobody can call here, so an invite to the open network would say nothing */
    TOLD_INVITE_OPEN, /* to the open network none ends */
    TOLD_NO_DOOR,     /* an invite that ends must be asked for where nobody can call */
    TOLD_BAD_INVITE,  /* a: a whole sentence */
    TOLD_INVITE_OTHER,  /* it is to another network than this one */
    TOLD_SCAN_OFF,      /* discovery is off */
    TOLD_SCAN_NONE,     /* this machine is in no subnet */
    TOLD_SCAN_RUNS,     /* one is going on */
    TOLD_CLASSIC_FULL,  /* a: address, n: classic peers allowed */
    TOLD_NOTHING_OWN,   /* a: channel: there is no own line to take back, or to ask of */
    TOLD_NOTHING_THERE, /* a: channel: there is no such line to put a sign behind */
    TOLD_NOBODY_CALLED, /* a: as typed */
    TOLD_WHO_OF_THEM,   /* a: nick, b: "nick digits", between commas, n: so many are called so */
    TOLD_PEOPLE_FULL,   /* n: people of whom something can be decided */
    TOLD_IS_BLOCKED,    /* a: nick: it is not called */
    TOLD_NO_DEVICE,     /* a: as typed, n: so many are called so */
    TOLD_NOT_ROOT,      /* only the first machine, or the 24 words, revoke a device */
    TOLD_SELF_REVOKED,  /* this node is a device that was revoked */
    TOLD_WORDS_FIRST,   /* a: nick: its words were not shown yet */
    TOLD_WORDS_DIFFER,  /* a: nick: its code is another */
    TOLD_NO_WORDS,      /* they could not be made: no memory */
    TOLD_LIAR,          /* a: nick, b: channel: said two things in one place */
    TOLD_STORE_FULL,    /* a line was not said, since the disk does not take it */
    TOLD_STORE_FAILED,  /* a: a whole sentence */
    TOLD_WORLD,         /* a: a whole sentence out of base/error.h */
    TOLD_COUNT,
};

/* What \doctor finds; the sentences, and what to do, stand in ui/findings.c. a, b, n, n2 as said. */
enum finding {
    FINDING_ADDRESS, /* a: own address, b: interface */
    FINDING_NO_ADDRESS,
    FINDING_PORT,            /* a: the port */
    FINDING_PORT_OTHER,      /* a: the port, b: the one that was wanted */
    FINDING_PORT_SHUT,       /* a: the port, b: own address */
    FINDING_BEACONS_HEARD,   /* a: interface, n: sent, n2: heard */
    FINDING_BEACONS_ALONE,   /* a: interface, n: sent */
    FINDING_BEACONS_DROPPED, /* a: interface, b: nick of who is linked there */
    FINDING_BEACONS_STUCK,   /* a: interface, b: why */
    FINDING_BEACONS_OFF,
    FINDING_NO_PROXY,     /* a: its address */
    FINDING_PROXY,        /* a: its address */
    FINDING_LINKED,       /* a: address, b: nick */
    FINDING_PUNCHED,      /* likewise: through both routers */
    FINDING_UNPUNCHED,    /* a: by whom lines go, b: nick: that did not come about */
    FINDING_CLOCK_AHEAD,  /* b: nick, n: seconds */
    FINDING_CLOCK_BEHIND, /* likewise */
    FINDING_REFUSED,      /* a: address; likewise all of these */
    FINDING_NO_ANSWER,
    FINDING_NO_WAY, /* b: why */
    FINDING_OTHER_NETWORK,
    FINDING_SILENT,
    FINDING_VERSION,
    FINDING_FULL,
    FINDING_REACHED,
    FINDING_NO_NAME, /* a: host name, b: why */
    FINDING_NO_PEERS,
    FINDING_BLOCKED,  /* b: nick of whom the user blocks */
    FINDING_PUBLIC,   /* a: own address */
    FINDING_NAT,      /* a: own address */
    FINDING_MAPPED,   /* a: outer address, b: by what */
    FINDING_UNMAPPED, /* a: port, b: why */
    FINDING_CARRIED, /* a: stored of channels of others, b: at most so much; n, n2: such channels, and those
                        of them that are asked for now */
    FINDING_CARRIES_NOTHING,
    FINDING_UFW, /* a: port */
    FINDING_FIREWALLD,
    FINDING_NFT,
    FINDING_SANDBOX,
    FINDING_SANDBOX_PART,
    FINDING_SANDBOX_NONE,
    FINDING_SANDBOX_OFF,
    FINDING_TALKING, /* n: links */
    FINDING_ALONE,
    FINDING_CUT_OFF,
    FINDING_COUNT,
};

enum show_kind {
    SHOW_READY,   /* id, nick, a: profile, b: network, port, text: addresses, one a line */
    SHOW_MESSAGE, /* all of the message fields, b: the signs behind it (reactions_next()); a PAIR peer's bare line may have no nick */
    SHOW_HELD,    /* channel, id: own, seq to n2: entries that n nodes hold now */
    SHOW_READ, /* channel, nick, id: own, seq to n2: the other has read these; up: there is no line after them */
    SHOW_GAP,    /* channel, id, nick: author; seq to n2 are missing, n of them; a: whom is asked;
                     lamport: of the entry above them, before which they belong. n 0: filled */
    SHOW_COMING, /* channel, n: lines said elsewhere that are still to come; 0: none, and all are
                     here, unless up: then nobody here has the rest */
    SHOW_FORGOTTEN, /* channel, id: author, seq: this line was taken back by who said it */
    SHOW_EDITED,    /* channel, id: author, seq: this line was changed by who said it; the rest as a
                       MESSAGE: what it says now, and when that was said */
    SHOW_REACTION,  /* as the MESSAGE of a line: who put a sign behind it (up), or took it away; a:
                       the sign, b: all that are there now, own: it is this node's own */
    SHOW_EDITING,   /* channel, text: the own line that is to be changed, as it is */
    SHOW_PAGE, /* channel, n: lines that a PAGE brought, before this; up: there are older ones, or newer where it was `after` */
    SHOW_LINK, /* up, nick, id, address, a: why (closed) */
    SHOW_MEMBER, /* channel, nick, id, up: here; n: so many devices of the person are, then; n2: 1, a REMOVED said so */
    SHOW_NAMESAKE, /* channel, id, nick: who is met, before what he says or that he came; who: another
                      who had that nick, n: wall ms when last (0: not known); up: he had it last, so
                      that it is news; via, lamport, n2: the place before what is said, 0: none */
    SHOW_TOLD,     /* told, a, b, n */
    SHOW_CURRENT, /* channel: where lines go; joined: every channel, text: names, one a line; a: those of them that
                     are private, likewise */
    SHOW_STATUS, /* nick, id: own, n: links up, port, text: own addresses, one a line; a: the
                     interfaces on which others are looked for, between commas, or empty */
    SHOW_FOUND, /* what a SEARCH found, the newest last: as MESSAGE, and n: which it is, the newest 1 */
    SHOW_FOUND_END, /* n: so many; up: there are more; text: what was looked for; n2 of n3 lines that
                       are held are not in the index yet */
    /* Rows of the answers to \who, \channels, \links. */
    SHOW_HELD_ROW, /* channel, seq, n: nodes, text: their nicks, one a line; the answer to HELD */
    SHOW_WHO_ROW, /* channel, nick, id, a: "you", address or ""; b: by whom he is known, if there is no
                      link to him */
    SHOW_CHANNEL_ROW, /* channel, n: members here, n2: lines held, up: current */
    SHOW_LINK_ROW, /* address, nick, id, a: state, n: up since wall ms, n2: round trip in us (0: not
                      known), n3: bytes sent, n4: bytes received, n5: refused */
    SHOW_INVITE, /* text: the invite, a: its network; up: it is for one machine; n: it is good until that
                      wall ms (0: no end); both false: as long as the network */
    SHOW_FINDING,      /* finding, a, b, n, n2 */
    SHOW_FINDINGS_END, /* up: talking is possible, or may be */
    SHOW_WORDS,        /* nick, id: to be verified; a: six words, b: the same in full, as a code */
    SHOW_PERSON,       /* nick, id: marks are so now; at the start of all that have any */
    SHOW_DEVICE, /* id, person, nick: up: from now on it is a device of that person; else it was revoked; text:
                    its label, n: since wall ms; n3: 1, of no news, as the user was told of it lately. With a channel: n2 of the person's are there now, and no more */
    SHOW_DEVICE_ROW, /* likewise, own: it is this one; the answer to DEVICES. Of the root itself id is person */
    SHOW_PERSON_ROW, /* likewise, n: the mark that was asked for: the answer to VERIFY, IGNORE, BLOCK without a
                          nick */
    /* Private channels. id, nick: of whom it is; who, who_nick: by whom; wall_ms, lamport: said when. */
    SHOW_INVITATION, /* channel: what it is called here, to be joined; who, who_nick: who invites. up: it came now (else: it is still
                        open, at a start, or the answer to CHANNELS) */
    SHOW_ADMITTED, /* channel: he is in from now on; n: enum role; n2: 1, with history; n3: 1, he was in already, and only his role is new; own: it is the user
                      himself. up: it is news, and not history that comes; text: where it is a device that certified itself, its label; so in the next
                      two */
    SHOW_REMOVED, /* channel: he is out from now on; the same as who: he left; own, up: likewise; n: role that he had; n3: 1, with him the last went who may invite */
    SHOW_ROLE_ROW, /* channel: one who is in; n: enum role, n2: likewise, up: here now, own; wall_ms: let in when. The
                      founder comes first, with no who */
    SHOW_CLOSED, /* channel, n: lines that wait for a key that others have; 0: none any more. Such a line is not
                      shown before */
    SHOW_LEFT_OUT, /* channel: lines of him (id, nick), seq to n2, are no part of the talk: they were said after he was
                      removed. n: so many; whatever is shown of them goes */
    SHOW_STOPPED, /* n: lines not handed over; after it the node is gone */
};

struct show {
    enum show_kind kind;
    struct channel_name channel;
    struct nick nick;
    struct id id;     /* the node or author it is about */
    struct id person; /* whose device id is: his root, or id itself; zeros: id. See show_whose() */
    struct id peer;   /* of whatever has a channel, if that is a direct one: the other */
    struct id who;    /* REACTION: whose it is, and what he was called */
    struct nick who_nick;
    struct address address;
    bool up;
    bool own; /* MESSAGE: n is by how many nodes it is held */
    bool action;
    bool read;        /* MESSAGE, HELD_ROW: own: the other of a direct channel has read it */
    bool group;       /* of whatever has a channel: it is a private one */
    bool sealed;      /* MESSAGE: it cannot be opened, and has no text and no nick */
    bool edited;      /* it was changed by who said it, and this is what it says now */
    bool adrift;      /* its clock is no clock: it has no place in the order */
    bool liar;        /* its author said two different things in one place */
    bool folded;      /* MESSAGE: its author, or who passes it on, floods the channel */
    uint8_t marks;    /* of id, or (REACTION, INVITATION) of who: enum person_mark */
    enum clash clash; /* of nick and id (INVITATION: of who); like: the other's nick */
    struct nick like;
    enum via via;
    enum told told;
    enum finding finding;
    uint16_t port;
    uint64_t seq;
    uint64_t lamport;
    uint64_t wall_ms;
    uint64_t n, n2, n3, n4, n5;
    struct bytes a, b;
    struct bytes text;
};

/* The identity that stands for whoever the show is about. */
const struct id *show_whose(const struct show *show);

/* Signs behind a line, in b of its show: each with how often it is there, and whether one of them is
 * this node's own. */
struct reactions_row {
    struct bytes sign; /* a peer's; 1 to LIMIT_REACTION bytes */
    uint32_t count;
    bool own;
};
#define REACTIONS_BYTES (LIMIT_REACTIONS_SHOWN * (1 + 4 + 1 + LIMIT_REACTION))
void reactions_add(struct writer *w, const struct reactions_row *row);
/* Takes the next one off the front of the list; false at its end. */
bool reactions_next(struct bytes *list, struct reactions_row *row);

/* Makes the MESSAGE of an entry, as the node `self` shows it; its text borrows from the entry's
 * body. wall_ms: this node's, by which a clock is adrift. False for kinds that are not shown,
 * dropped bodies, and bodies that are not formed so. */
bool show_entry(struct show *show, const struct channel_name *channel, const struct entry *entry,
                const struct id *self, enum via via, uint64_t wall_ms);
/* From here on a clock is adrift (invariant 5): max(2^40, microseconds since 2020). */
uint64_t adrift_from(uint64_t wall_ms);
