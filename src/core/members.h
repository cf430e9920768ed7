/* Members: who is in a private channel: a function of the acts in it, and of nothing else (PROTOCOL.md
 * section 12.2). */
#pragma once

#include "core/act.h"
#include "core/face.h"

#define SEAT_NONE UINT32_MAX

/* A member in one of his terms, as one act lets him in: others who let him in, too, give him seats of their own. */
struct seat {
    struct id member;
    uint16_t term;
    uint32_t above; /* the seat below which it hangs; SEAT_NONE: it is the founder's */
    uint32_t level;
    enum role role;
    bool history;
    struct id admit; /* the act that makes it; zeros: the founder's */
    uint64_t admit_lamport, wall_ms;
    bool
        in; /* the one by which its member is in: of those of his lowest term with one that is not cut */
    bool cut;
    uint64_t cut_seq; /* his last entry that counts; 0: none */
    struct id cut_tip;
    struct id cut_by; /* whose removal that is, and the act */
    struct id cut_act;
    uint64_t out_lamport; /* of the removals that count, the lowest clock */
};

struct members {
    struct id founder;
    struct seat *seats; /* level by level: the founder's is the first */
    size_t seat_count, seat_room;
    uint32_t *order; /* their indices by (member, term), those of one by index */
    size_t ordered;
    bool *counts; /* by the act's index: it does something, or would, if it were not too late */
    size_t count_room;
    struct id *taken; /* whose entries are taken: sorted */
    size_t taken_count;
};

/* What these acts make. *members is empty (zeros), or was made before and is made anew. An EPOCH's place in its
 * author's chain is looked at, and nothing else of it. */
void members_compute(struct members *members, const struct id *founder, const struct act *acts,
                     size_t count);
void members_release(struct members *members);
size_t members_bytes(const struct members *members);
/* His seats of that term, as indices; *count: how many. */
const uint32_t *members_seats(const struct members *members, const struct id *member, uint16_t term,
                              size_t *count);
/* His seat of that term that is not cut; NULL: he has none. */
const struct seat *members_whole(const struct members *members, const struct id *member,
                                 uint16_t term);
/* The seat in which he is in; NULL: he is not. */
const struct seat *members_in(const struct members *members, const struct id *member);
/* His highest seat, cut or not; NULL: he has none. */
const struct seat *members_last(const struct members *members, const struct id *member);
/* True when his entries are taken, whether he is in or not. */
bool members_takes(const struct members *members, const struct id *member);
/* The seat of `member`, not cut, below which `seat` hangs; NULL: there is none. */
const struct seat *members_above(const struct members *members, const struct id *member,
                                 const struct seat *seat);
/* True when he was in, and is not. */
bool members_out(const struct members *members, const struct id *member);
/* True when somebody who is in may let others in. False: the founder has left. */
bool members_open(const struct members *members);
/* How many are in. */
size_t members_count(const struct members *members);
