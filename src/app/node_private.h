/* What node.c (the loop), perform.c (effects) and intake.c (what arrives) share. Nobody else
 * includes this. */
#pragma once

#include "app/deferred.h"
#include "app/logfile.h"
#include "app/node.h"
#include "app/serve.h"
#include "app/verify.h"
#include "gate/classic.h"
#include "net/beacon.h"
#include "net/link.h"
#include "net/resolver.h"
#include "store/search.h"
#include "store/store.h"

#define TYPED_KEPT 32

/* Of one channel: the oldest place in the order that the face was shown. */
struct shown_from {
    struct channel_name channel;
    uint64_t lamport;
};

struct node {
    struct node_config config;
    struct core_config core_config;
    struct core *core;
    struct door *door;
    struct links *links;
    struct beacon *beacon; /* NULL: discovery is off, or there is no network */
    struct resolver *resolver;
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
    struct shown_from shown[LIMIT_CHANNELS];
    size_t shown_count;
    uint64_t retain_at_ms; /* when old bodies are looked for */
    bool serve_more;       /* answers wait for nothing but their turn */
    struct logfile log;
    struct arena arena; /* what is read from the store in one go */
    char addresses[2048];
    char looking[128];  /* interfaces that beacons leave by, between commas */
    struct show status; /* the last one shown */
    uint64_t now_us, wall_ms;
    uint64_t retry_store_ms; /* 0: the store is well */
    bool store_failed;       /* in the step being performed */
    bool stopped, told_stopped;
    struct address
        typed[TYPED_KEPT]; /* what was asked for: dialled again when the core is made anew */
    size_t typed_count;
};

/* Gives the core one event, with the time, and performs what it asks. */
void node_step(struct node *node, struct event *event);
/* Makes the core from what is on disk. */
void node_load(struct node *node);
/* A sentence of the node's own. */
void node_tell(struct node *node, enum told told, const char *a, const char *b, uint64_t n);
void node_show(struct node *node, struct show *show);
/* The newest lines of a channel, out of the store. */
void node_show_last(struct node *node, const struct channel_name *channel);
/* The answer to PAGE. */
void node_show_page(struct node *node, const struct request *request);
/* Where this machine is now, and where it looks for others; the faces are told what changed. */
void node_refresh_addresses(struct node *node);
/* Tells the core where others may reach this node, where it is to be found at all. */
void node_say_own(struct node *node);
/* The store failed: says so, takes back what was not committed, makes the core anew. */
void node_store_failed(struct node *node, const struct error *error);
/* Tries whether the disk takes entries again. */
void node_retry_store(struct node *node);

/* perform.c */
void node_perform(struct node *node);
/* Commits what was stored and performs what waited for that. */
void node_settle(struct node *node);
/* The next event that a step left; false when there is none. Its frame is the caller's to free. */
bool node_next_later(struct node *node, struct event *event);
void node_forget_later(struct node *node);
/* An entry as a message, if it is to be shown. */
void node_show_entry(struct node *node, const struct channel_name *channel,
                     const struct entry *entry, enum via via, bool liar, bool bulk);
/* Gives the MESSAGE of an entry the text that it has by its newest edit, if there is one: *edit, with
 * its body in the arena. */
void node_edited(struct node *node, const struct entry *entry, struct arena *arena,
                 struct entry *edit, struct show *show);
/* Tells the profile and the classic links the nick, the joined channels and the current one. */
void node_keep(struct node *node);

/* find.c */
/* The answer to SEARCH. */
void node_search(struct node *node, const struct request *request);
/* Takes up more of the history when it is time to; busy: something else happened in this turn. */
void node_index(struct node *node, bool busy);

/* intake.c: each takes all that has arrived, or a bounded part of it. */
void node_take_requests(struct node *node);
void node_take_links(struct node *node);
void node_take_beacons(struct node *node);
void node_take_resolved(struct node *node);
void node_take_classic(struct node *node);
/* A typed address: as REQUEST_CONNECT. */
void node_connect(struct node *node, struct bytes typed);
