/* Groups: what a node keeps for private channels beside their entries (PROTOCOL.md section 12): the acts, the
 * epochs and their secrets, invitations, and the cards of members. */
#pragma once

#include "base/table.h"
#include "core/card.h"
#include "core/groupseal.h"
#include "core/members.h"

/* How the user stands to a private channel. */
enum group_state {
    GROUP_INVITED, /* nothing of it is taken */
    GROUP_IN,      /* it has a window, whether he is still a member or not */
    GROUP_LEFT,    /* he left, and it is taken until somebody holds the entry that says so */
    GROUP_GONE,
    /* On disk, and nowhere else: the same, and he is invited again. */
    GROUP_LEFT_INVITED,
    GROUP_GONE_INVITED,
};

/* What makes it that channel, as it is kept. */
struct group_kept {
    struct id channel, founder;
    uint8_t nonce[16];
    struct channel_name called; /* by its members */
    struct channel_name name; /* here: that, or with digits of its id, where another is called so */
    enum group_state state;
    bool unread; /* IN: lines that were held before may not have been gone through yet */
    struct id inviter, admit; /* ..INVITED */
    uint64_t wall_ms;         /* when that came */
};

struct epoch {
    uint32_t act; /* its index */
    struct id e;
    uint8_t check[ACT_CHECK];
    bool known;
    bool ours; /* it is not known, and the user may know it: what is under it was looked at since */
    uint8_t secret[32];
    uint8_t tries;        /* of who made it */
    uint64_t asked_ms[2]; /* for its secret: who made it; another who is in. 0: not yet */
    struct id
        wrote; /* who said something under it, the last that was met; zeros: nobody. One's own line, too */
    struct id asked; /* the last other; zeros: nobody */
    uint32_t others; /* so many were */
    uint16_t count;
    uint8_t (*rows)[ACT_SHORT]; /* its own: for whom it is, sorted */
};

/* A secret whose epoch is not held, or was told under a wrong name. */
struct loose_key {
    uint8_t epoch[ACT_SHORT], secret[32];
};

/* Where the end of a seat that was cut stands: what leads to it is in. Seats with one end have one. */
struct cutting {
    struct id author;
    uint16_t term;
    uint64_t seq;
    struct id tip;
    uint32_t branch; /* that has it in its whole part; UINT32_MAX: not known */
    bool asked;      /* the store */
    bool undecided;  /* some of his lines wait for that */
};

struct group {
    struct group_kept kept;
    struct act *acts; /* without rows */
    size_t act_count, act_room;
    struct table act_ids; /* their indices */
    bool changed;         /* since members was computed */
    bool judge_again;     /* it was loaded */
    bool lost;            /* devices that were revoked may be in */
    struct members members;
    struct epoch *epochs;
    size_t epoch_count, epoch_room;
    struct loose_key *keys;
    size_t key_count, key_room;
    struct cutting *cuts; /* by (author, term, end) */
    size_t cut_count;
    uint32_t current; /* the epoch to write under, if current_known; UINT32_MAX: none */
    bool current_known;
    uint32_t own;     /* the user's newest epoch, if nobody came or went since; UINT32_MAX: none */
    uint8_t made[32]; /* the secret of the epoch that is being said */
    bool has_made;
    uint64_t closed, closed_told; /* lines that wait for a key */
    uint64_t tell_at_ms, compare_at_ms, ask_at_ms, seek_at_ms;
    uint64_t say_at_ms; /* not before that is said what was typed before the user was let in */
    size_t seek_next;
    uint32_t seek_wait_ms; /* until the next question for cards: longer each time */
};

struct invitation {
    struct group_kept kept;
    struct loose_key *keys;
    size_t key_count, key_room;
};

/* A member of some private channel. */
struct person {
    struct id node;
    struct keycard card; /* version 0: not known */
    uint8_t shared[32];
    bool has_shared, sought;
    uint64_t answered_ms; /* since when his requests for keys are counted */
    uint32_t answers;
    uint64_t retold_ms;  /* when he was last told all again; 0: never */
    uint64_t invited_ms; /* likewise, his invitations that the user was told of */
    uint32_t invitations;
};

/* A request that is answered once the step has done what it does. */
struct asked_for {
    struct id node, channel;
    uint16_t count;
    uint8_t epochs[LIMIT_KEYS_ASKED][ACT_SHORT];
};

struct groups {
    struct invitation *invitations;
    size_t invitation_count, invitation_room;
    struct person *people;
    size_t person_count, person_room;
    struct table by_node;
    struct asked_for *asked; /* room for LIMIT_GROUP_ASKED */
    size_t asked_count;
};

void groups_init(struct groups *groups, const uint8_t table_key[16]);
void groups_release(struct groups *groups);
size_t groups_bytes(const struct groups *groups);

struct group *group_new(const struct group_kept *kept, const uint8_t table_key[16]);
void group_free(struct group *group);
size_t group_bytes(const struct group *group);
/* The members, as the acts are now. */
const struct members *group_members(struct group *group);
/* Takes one in; false when it is there, or there is no room. *added: its index. */
bool group_add_act(struct group *group, const struct act *act, uint32_t *added);
/* The epoch of that act, which is one, is there from now on. */
struct epoch *group_add_epoch(struct group *group, uint32_t index, const struct act *act);
const struct act *group_act(const struct group *group, const struct epoch *epoch);
/* The next epoch of that short name behind `after` (NULL: the first); NULL: there is none. */
struct epoch *group_epoch(struct group *group, const uint8_t name[ACT_SHORT],
                          const struct epoch *after);
/* Keeps a secret; false when it is there, or there is no room. */
bool group_add_key(struct group *group, const struct loose_key *key);
struct groupseal_epoch group_terms(const struct group *group, const struct epoch *epoch);
/* True when the member of that seat, in its term, knows the epoch's secret, or may: by any of his seats of the term (that are cut, if it
 * is). No admit with a clock from `adrift` on opens what came before it. */
bool group_knows(const struct group *group, const struct epoch *epoch, const struct seat *seat,
                 uint64_t adrift);
/* True when no removal is younger than it, and nobody who is out knows it. wall_ms: by which a clock is adrift. */
bool group_keeps_out(struct group *group, const struct epoch *epoch, uint64_t wall_ms);
/* Its secret is known from now on. */
void group_know(struct group *group, struct epoch *epoch, const uint8_t secret[32]);
/* All secrets are wiped. */
void group_unlearn(struct group *group);
/* The epoch to write under; NULL: one must be made. wall_ms: by which a clock is adrift. */
struct epoch *group_current(struct group *group, uint64_t wall_ms);

struct person *groups_person(struct groups *groups, const struct id *node);
/* Finds or makes him; NULL when there is no room. */
struct person *groups_meet(struct groups *groups, const struct id *node);
struct invitation *groups_invitation(struct groups *groups, const struct id *channel);
/* The caller holds LIMIT_INVITATIONS. */
struct invitation *groups_add_invitation(struct groups *groups, const struct group_kept *kept);
/* Keeps a secret with it; false when there is no room. */
bool groups_add_key(struct invitation *invitation, const struct loose_key *key);
void groups_drop_invitation(struct groups *groups, struct invitation *invitation);
