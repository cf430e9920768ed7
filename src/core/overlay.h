/* Overlay: whom to link to. Addresses that may be dialled, when each is due, whom not to link to,
 * and when to send a beacon. */
#pragma once

#include "base/prng.h"
#include "core/event.h"

enum candidate_state { CANDIDATE_IDLE, CANDIDATE_DIALING, CANDIDATE_LINKED };

struct candidate {
    struct address address;
    enum found found;
    enum candidate_state state;
    struct id node;      /* who was last met there; zero: not known */
    uint32_t fails;      /* since it last worked */
    uint32_t host_fails; /* of all addresses of its host, since one of them last worked */
    uint64_t dial_at_ms;
    uint64_t link; /* while dialling or linked */
    bool tried;    /* at least once, and it ended so: */
    enum link_why why;
    bool self;   /* our own address: never dialled */
    bool worked; /* somebody was met there: it is never given up, only tried more rarely */
    bool wanted; /* its node is, though there are links enough; the caller's */
    bool told;   /* the user need not be told (again) that it does not answer */
};

struct overlay {
    struct prng *prng;
    struct candidate *list;
    size_t count, room;
    struct id *shunned; /* who was told to go; at LIMIT_SHUNNED the oldest is forgotten first */
    size_t shunned_count;
    uint32_t dials_left; /* unasked ones: a bucket */
    uint64_t bucket_ms;
    bool enough; /* there are links enough: only what was typed is dialled; the caller's */
    bool beacons;
    uint32_t beacons_sent; /* since start or the last change of interfaces */
    uint64_t beacon_at_ms, beacon_last_ms;
    struct process
        heard[LIMIT_LINKS]; /* who was heard lately: newcomers are answered by a beacon */
    size_t heard_next;
    struct address answer; /* of the newest newcomer, for the next beacon; or empty */
    bool changed;          /* the network; not acted on yet */
    uint32_t changes;      /* lately: a bucket */
    uint64_t changes_ms;
};

void overlay_init(struct overlay *overlay, struct prng *prng, bool beacons);
void overlay_release(struct overlay *overlay);

/* An address may hold a node. One typed is dialled at once; true when it is not known to be in use
 * already. `fresh`: a process is heard there that was not before, so it is due at once, too. */
bool overlay_found(struct overlay *overlay, const struct address *address, enum found found,
                   const struct id *node, bool fresh, uint64_t now_ms);
/* The next candidate that is due, now counted as being dialled by link; NULL when there is none. */
struct candidate *overlay_dial(struct overlay *overlay, uint64_t link, uint64_t now_ms);
/* Whose this link is; NULL for an inbound one. */
struct candidate *overlay_by_link(struct overlay *overlay, uint64_t link);
/* True when a person typed the address that this link was dialled at. */
bool overlay_asked_for(struct overlay *overlay, uint64_t link);
/* The link is up, with this node. */
void overlay_linked(struct overlay *overlay, uint64_t link, const struct id *node);
/* The link ended or could not be made. True when the user should be told now. */
bool overlay_ended(struct overlay *overlay, uint64_t link, enum link_why why, uint64_t now_ms);
/* A node listens there, though it dialled us: try it if the link is lost and it does not come back.
 */
void overlay_remember(struct overlay *overlay, const struct address *address, const struct id *node,
                      uint64_t now_ms);
/* Removes the address; false when there was none. */
bool overlay_remove(struct overlay *overlay, const struct address *address);
/* Removes every idle address of this node, and the one that this link uses. */
void overlay_remove_node(struct overlay *overlay, const struct id *node, uint64_t link);
/* The last link to this node is lost: its other addresses are due soon. */
void overlay_lost(struct overlay *overlay, const struct id *node, uint64_t now_ms);
/* Puts off dialling an idle candidate whose node is linked already. */
void overlay_put_off(struct candidate *candidate, uint64_t now_ms);

void overlay_shun(struct overlay *overlay, const struct id *node);
void overlay_pardon(struct overlay *overlay, const struct id *node);
bool overlay_shunned(const struct overlay *overlay, const struct id *node);

/* A beacon of this process was heard: a newcomer (true) is answered soon. */
bool overlay_heard(struct overlay *overlay, const struct process *process,
                   const struct address *address, uint64_t now_ms);
/* Interfaces changed, or the machine woke up. */
void overlay_changed(struct overlay *overlay);
/* True when that is to be acted on now, at most CHANGES_MAX times and then once in CHANGES_MS: it
 * beacons quickly again and dials again what is idle, and the caller asks its links whether they
 * are there. */
bool overlay_moved(struct overlay *overlay, uint64_t now_ms);
/* True when a beacon is to be sent now, and to that address (or "") as well; counts it as sent. */
bool overlay_beacon(struct overlay *overlay, struct address *answer, uint64_t now_ms);
/* When a beacon or, if dials are made, a dial is due. */
uint64_t overlay_deadline(const struct overlay *overlay, bool dials);
