/* What node.c (the loop), perform.c (effects) and intake.c (what arrives) share. Nobody else
 * includes this. */
#pragma once

#include "app/deferred.h"
#include "app/logfile.h"
#include "app/node.h"
#include "app/people.h"
#include "app/serve.h"
#include "app/verify.h"
#include "app/vouch.h"
#include "core/persons.h"
#include "gate/classic.h"
#include "net/beacon.h"
#include "net/guest.h"
#include "net/link.h"
#include "net/portmap.h"
#include "net/resolver.h"
#include "net/scan.h"
#include "store/known.h"
#include "store/search.h"
#include "store/store.h"

#define TYPED_KEPT   32
#define VOUCHED_KEPT 8 /* words that were shown since the start */

/* Of one channel: the oldest place in the order that the face was shown. */
struct shown_from {
    struct channel_name channel;
    uint64_t lamport;
};

/* Whom the faces have heard of in this run, by channel and nick. */
#define INTRODUCED_MAX 512
struct introduced {
    struct channel_name channel;
    struct id id;
    struct nick nick;
    uint64_t met_ms;
    bool told; /* whether the nick was another's */
};

struct scanning {
    struct scan scan;
    uint64_t say_ms, end_ms; /* end 0: there is none going on */
    uint64_t links;          /* links_made, when it began */
};

/* Who was heard by beacon, and how far each author's clock is from ours. */
#define ACQUAINTED_MAX 256
struct acquainted {
    struct id node;
    bool heard, has_clock;
    int64_t ahead_ms;
};

/* What was found of somebody last: lines of one come in floods. */
struct judged {
    uint32_t decisions; /* people.decisions, then; 0: nobody was */
    bool now;
    struct id id;
    struct nick nick, like;
    uint8_t marks, revoked;
    enum clash clash;
};

/* Where a person who has several devices was met last. */
#define DEVICES_SEEN 256
struct device_seen {
    struct id id;
    uint64_t at_us;
};

/* Lines that the core judges anew: again.c. */
struct again {
    uint64_t serial;
    struct id channel;
    bool by_epoch;
    uint8_t epoch[ACT_SHORT];
    struct id author; /* whose; by_epoch: where it is, with above and id */
    uint64_t above;
    struct id id;
    size_t log; /* of an author: where it is */
    uint64_t at;
};

struct node {
    struct node_config config;
    struct core_config core_config;
    struct core *core;
    struct door *door;
    struct links *links;
    struct beacon *beacon;            /* NULL: discovery is off, or there is no network */
    int watch;                        /* without a beacon, of interfaces; else -1 */
    uint64_t flood_ms, flood_packets; /* beacons are counted from here ... */
    uint64_t rest_ms;                 /* ... and, where there are too many, not looked at before */
    struct known known;               /* addresses where nodes were met */
    uint64_t known_at_ms;             /* when the file is written; 0: nothing is to be written */
    struct people people;             /* whom this node has met, and what the user decided */
    uint64_t people_at_ms;            /* as known_at_ms */
    struct judged judged;
    struct persons persons; /* whose device is whose */
    uint8_t certificate
        [DEVICE_BODY_MAX]; /* this node's own; certificate_size 0: it is nobody's device */
    size_t certificate_size;
    struct device_seen seen[DEVICES_SEEN];
    struct vouching *vouching;
    struct vouched vouched[VOUCHED_KEPT];
    size_t vouched_at;
    struct id vouch_next; /* whose words are to be made; zero: nobody's */
    struct id vouch_made; /* whose are being made; likewise */
    struct scanning scanning;
    struct acquainted acquainted[ACQUAINTED_MAX];
    size_t acquainted_count, acquainted_next;
    struct introduced *introduced;
    uint64_t *introduced_keys; /* what to look for, of each */
    size_t introduced_count, introduced_next;
    struct doctor *doctor; /* NULL: nobody asked lately */
    struct target no_name; /* the newest name that was not found, and why */
    char no_name_why[128];
    uint64_t links_made; /* since the start */
    struct resolver *resolver;
    struct portmap *portmap;  /* NULL: there is no router to be asked, or it is not to be */
    struct guests *guests;    /* NULL: nobody was invited by a ticket */
    struct portmap *door_map; /* for their port, where the router passes ours on, too */
    struct request inviting;  /* waits for door_map until then; 0: none does */
    uint64_t inviting_by_ms;
    struct in_addr way_out; /* from where the router was asked; 0: there was no way out */
    struct classic *classic;
    struct store *store;
    struct search *search;     /* NULL: its file cannot be made */
    uint64_t index_at_ms;      /* when it goes on taking up what was said */
    struct verifier *verifier; /* NULL: there is one processor */
    struct arena frames;       /* of one batch that was taken from the links */
    struct serving serving;
    struct deferred deferred; /* effects that wait for a commit */
    struct event *later;      /* what LOOK and SIFT brought, for the next steps */
    size_t later_count, later_room, later_next;
    struct again *again; /* the first is gone through */
    size_t again_count, again_room;
    uint64_t again_serial;
    struct shown_from shown[LIMIT_CHANNELS];
    size_t shown_count;
    uint64_t retain_at_ms; /* when old bodies are looked for */
    uint64_t
        sweep_at_ms; /* when what was carried and let go of is looked for; UINT64_MAX: there is none */
    bool serve_more; /* answers wait for nothing but their turn */
    struct logfile log;
    struct arena arena; /* what is read from the store in one go */
    char addresses[2048];
    char looking[128];  /* interfaces that beacons leave by, between commas */
    struct show status; /* the last one shown */
    uint64_t now_us, wall_ms;
    uint64_t slept_ms;       /* as clock_slept_ms() was in the last turn */
    uint64_t retry_store_ms; /* 0: the store is well */
    bool store_failed;       /* in the step being performed */
    bool stopped, told_stopped;
    struct address
        typed[TYPED_KEPT]; /* what was asked for: dialled again when the core is made anew */
    size_t typed_count;
};

/* Gives the core one event, with the time, and performs what it asks. */
void node_step(struct node *node, struct event *event);
/* Tells the core where others may reach this node, where it is to be found at all. */
void node_say_own(struct node *node);

/* showing.c */
/* A sentence of the node's own. */
void node_tell(struct node *node, enum told told, const char *a, const char *b, uint64_t n);
void node_show(struct node *node, struct show *show);
/* The newest lines of a channel, out of the store. */
void node_show_last(struct node *node, const struct channel_name *channel);
/* The answer to PAGE. */
void node_show_page(struct node *node, const struct request *request);
/* Where this machine is now, and where it looks for others; the faces are told what changed. */
void node_refresh_addresses(struct node *node);
/* That the node is ready; and, when the core is made anew, where lines go. */
void node_show_ready(struct node *node);
void node_show_current(struct node *node);

/* recover.c */
/* Opens the history, and the sockets that links come by, anew if they are open. */
bool node_open_store(struct node *node, struct error *error);
bool node_open_links(struct node *node, struct error *error);
/* Makes the core from what is on disk; it is told first whether the disk takes anything now. */
void node_load(struct node *node, bool writable);
/* The store failed: says so, takes back what was not committed. */
void node_store_failed(struct node *node, const struct error *error);
/* After the step in which it did: everything as after a crash. */
void node_start_over(struct node *node);
/* Tries whether the disk takes entries again. */
void node_retry_store(struct node *node);

/* later.c */
/* The next event that a step left; false when there is none. Its frame is the caller's to free. */
bool node_next_later(struct node *node, struct event *event);
void node_forget_later(struct node *node);
/* One more such event, of this link, to be filled in. */
struct event *node_later(struct node *node, uint64_t link);
/* What LOOK, SIFT, BARE, SEEK and RECALL ask of the store. */
void node_look(struct node *node, const struct effect *effect);
void node_sift(struct node *node, const struct effect *effect);
void node_bare(struct node *node, const struct effect *effect);
void node_find_card(struct node *node, const struct effect *effect);
void node_fetch(struct node *node, const struct effect *effect);

/* perform.c */
void node_perform(struct node *node);
/* Commits what was stored and performs what waited for that. */
void node_settle(struct node *node);
/* An entry as a message, if it is to be shown. */
void node_show_entry(struct node *node, const struct channel_name *channel,
                     const struct entry *entry, enum via via, bool liar, bool bulk, bool folded);
/* Gives the MESSAGE of an entry the text that it has by its newest edit, if there is one: *edit, with
 * its body in the arena. */
void node_edited(struct node *node, const struct entry *entry, struct arena *arena,
                 struct entry *edit, struct show *show);
/* Tells the profile and the classic links the nick, the joined channels and the current one. */
void node_keep(struct node *node);
/* Only the classic links, and only of open channels. */
void node_keep_classic(struct node *node);
/* The id of the channel that has this name here; zeros when there is none. */
struct id node_channel_id(struct node *node, const struct channel_name *name);

/* again.c */
/* The core judges lines anew; and an act has got its body. */
void node_again(struct node *node, const struct effect *effect);
void node_again_act(struct node *node, const struct entry *entry);
/* Goes on with that, for a few ms. */
void node_again_on(struct node *node);

/* remember.c */
/* MET and PARTED. */
void node_met(struct node *node, const struct effect *effect);
/* Tells the core of the addresses that are remembered. */
void node_recall(struct node *node);
/* Writes what is remembered, when that is due; all: at once. */
void node_remember(struct node *node, bool all);

/* trust.c */
/* Reads the file of people; tells the core whom the user blocks, and the faces of whom he decided anything. */
void node_trust_open(struct node *node);
void node_trust_load(struct node *node);
void node_trust_begin(struct node *node);
/* True when the user wants to hear nothing of him. */
bool node_ignores(const struct node *node, const struct id *id);
/* A log of the store's: its author was met under that nick. */
void node_met_before(struct node *node, const struct log_load *load);
/* Fills in what a show says of somebody: marks, clash, like. */
void node_judge(struct node *node, struct show *show);
/* True when the user has verified him, or has said something to him alone. */
bool node_knows(struct node *node, const struct id *id);
/* True, and told, when that names this node itself and nobody else. */
bool node_is_only_self(struct node *node, struct bytes typed);
/* VERIFY, IGNORE, BLOCK; and words that were made. */
void node_verify(struct node *node, const struct request *request);
void node_ignore(struct node *node, const struct request *request);
void node_block(struct node *node, const struct request *request);
/* A row for each who is marked so; returns how many. */
size_t node_list_people(struct node *node, uint8_t mark);
void node_take_vouched(struct node *node);
/* Writes the file, when that is due; all: at once. */
void node_trust_on(struct node *node, bool all);

/* devices.c */
/* Reads whose device is whose; before the core is made. Then, as it is loaded: whom it is to refuse, and that this node has said
 * its certificate in a channel. */
void node_devices_load(struct node *node);
void node_devices_refuse(struct node *node);
void node_devices_channel(struct node *node, const struct channel_name *name, const struct id *id);
/* When the faces are there: says what is to be said. */
void node_devices_begin(struct node *node);
/* Says revocations in the channels where they are to be said. */
void node_devices_say(struct node *node);
/* An entry of kind 7 was heard. */
void node_device(struct node *node, const struct entry *entry);
/* The body of such an entry, said on a link by the node at its end. */
void node_whose(struct node *node, const struct id *who, struct bytes body);
/* Marks the show of an entry that is not among those that a revocation names. */
void node_devices_mark(struct node *node, const struct entry *entry, struct show *show);
/* False when a line that is good (as marked by the above) would be changed by an edit that is not. */
bool node_devices_change(struct node *node, const struct entry *edit, const struct show *show);
/* Fills in whose it is, and by which name; of a MEMBER, how many of his devices are there. */
void node_devices_person(struct node *node, struct show *show);
void node_device_seen(struct node *node, const struct id *id);
/* A DIRECT to a person goes to the device that was seen last. */
void node_devices_direct(struct node *node, struct request *request);
/* The nick becomes that of the person, where he has one. */
void node_devices_name(const struct node *node, const struct id *person, struct nick *nick);
/* The request, which is ADMIT or REMOVE, names all nodes of the person, if several are known; they stand in nodes. */
void node_devices_all(struct node *node, struct request *request,
                      struct id nodes[LIMIT_PERSON_NODES]);
/* Whose device this node is, or itself. */
const struct id *node_self(const struct node *node);
/* DEVICES, REVOKE. */
void node_devices(struct node *node);
void node_revoke(struct node *node, const struct request *request);

/* doctor.c */
/* DOCTOR; and what is due of it. */
void node_doctor(struct node *node, const struct request *request);
void node_doctor_on(struct node *node);
uint64_t node_doctor_deadline(const struct node *node);
/* True when the show was asked for by the doctor, and is not the faces'. */
bool node_doctor_takes(struct node *node, const struct show *show);
void node_doctor_free(struct node *node);
/* A beacon of the node was heard; one of its lines was said just now. */
void node_heard(struct node *node, const struct id *id);
void node_clock(struct node *node, const struct id *id, uint64_t wall_ms);

/* namesake.c */
/* Before a show that somebody says something, or came: who else had his nick. */
void node_introduce(struct node *node, const struct show *show);
void node_introduced_free(struct node *node);

/* scanning.c */
/* SCAN; and what is due of it. */
void node_scan(struct node *node);
void node_scan_on(struct node *node);
uint64_t node_scan_deadline(const struct node *node);

/* find.c */
/* The answer to SEARCH. */
void node_search(struct node *node, const struct request *request);
/* Takes up more of the history when it is time to; busy: something else happened in this turn. */
void node_index(struct node *node, bool busy);

/* outer.c */
/* Begins to ask the router, or asks it again where the way out is another one. */
void node_open_outer(struct node *node);
/* What it answered, and what is due. */
void node_take_outer(struct node *node);
/* Where others can call from outside; "" when that is not known. */
const char *node_outer(const struct node *node);
void node_tell_outer(struct node *node);

/* invite.c */
/* The answer to INVITE. */
void node_invite(struct node *node, const struct request *request);
/* Guests who come with a ticket, and an invite that waits for the router. */
void node_take_guests(struct node *node);
uint64_t node_guests_deadline(const struct node *node);
/* Calls whom an invite names: his addresses are tried together, and the first is spoken of. */
void node_call_host(struct node *node, const struct address *addresses, size_t count);
/* What was typed as an address may be an invite: then it is followed, or the person told why not, and
 * this says true. */
bool node_follow(struct node *node, struct bytes typed);

/* intake.c: each takes all that has arrived, or a bounded part of it. */
void node_take_requests(struct node *node);
void node_take_links(struct node *node);
void node_take_beacons(struct node *node);
void node_take_changes(struct node *node);
void node_take_resolved(struct node *node);
void node_take_classic(struct node *node);
/* An address that was asked for is dialled, and again until it works. */
void node_dial_typed(struct node *node, const struct address *address, enum found found);
/* A typed address: as REQUEST_CONNECT. */
void node_connect(struct node *node, struct bytes typed);
