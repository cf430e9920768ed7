/* Seats: who is in a private channel, found a second time: from the text of PROTOCOL.md section 12.2 and .4, one rule after
 * the other, as slowly as it reads. What core/members.c makes of the same acts is held against it. */
#pragma once

#include "core/act.h"
#include "core/face.h"
#include "sim/world.h"

#define SEATS_MOST 2048

struct place {               /* a member in one of his terms, by one admit */
    struct id member, admit; /* zeros: it is the founder's */
    uint16_t term;
    int above; /* -1: the founder's */
    uint32_t level;
    enum role role;
    bool history, in, cut; /* in: it is one of those by which he is */
    uint64_t lamport;      /* of the admit */
    uint64_t cut_seq;
    struct id cut_tip, his; /* the last of his acts that stands; zeros: none */
};

struct seats {
    struct place *list;
    size_t count;
    bool *counts; /* by act */
};

void seats_find(struct seats *seats, const struct id *founder, const struct act *acts,
                size_t count);
void seats_release(struct seats *seats);
/* Of those by which he is in the one with the highest role; NULL: he is not. */
const struct place *seats_in(const struct seats *seats, const struct id *member);
/* True when who has that seat knows the epoch by it; rows are at hand; admits with clocks from `adrift` on open nothing. */
bool seats_knows(const struct seats *seats, const struct act *epoch, const struct place *place,
                 uint64_t adrift);
/* True when the member, who is in, knows it. */
bool seats_member_knows(const struct seats *seats, const struct act *epoch,
                        const struct id *member);

/* Is the entry, which the disk holds, part of the talk? */
enum part { PART_IN, PART_OUT, PART_OPEN /* what would tell is not held */ };
enum part seats_part(const struct seats *seats, const struct disk *disk, const struct entry *entry);
/* The acts that the machine holds, rows and all (borrowed); *acts is malloc'ed. */
size_t seats_acts(const struct world *world, const struct machine *machine, struct act **acts);
