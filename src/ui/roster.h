/* Roster: who was met in a channel, by identity: who is there, and which nicks more than one had. */
#pragma once

#include "core/face.h"

#define ROSTER_MAX        256 /* who is there and who spoke; who was met longest ago is let go */
#define ROSTER_SUFFIX_MAX 20

/* An identity under one of its nicks. */
struct person {
    struct id id;
    struct nick nick;
    uint64_t met_ms; /* wall time of when it was met last */
    bool here;       /* a member now, under this nick */
    bool own;
    uint8_t marks;   /* enum person_mark */
    uint8_t devices; /* so many of his are here; 0: not told */
    bool shared;     /* another identity has, or had, this nick */
};

struct roster {
    struct person *list;
    size_t count, room;
    size_t shared;   /* persons that are */
    size_t verified; /* likewise */
};

void roster_release(struct roster *roster);
/* Whoever has this identity was met under this nick. True when that is new. */
bool roster_meet(struct roster *roster, const struct id *id, const struct nick *nick,
                 uint64_t wall_ms);
/* It came, or went. */
void roster_here(struct roster *roster, const struct id *id, bool here);
/* So many devices of the person are here. */
void roster_devices(struct roster *roster, const struct id *id, uint64_t count);
/* The device is that person's: what was met of it was of him. */
void roster_join(struct roster *roster, const struct id *device, const struct id *person,
                 const struct nick *nick);
/* What was decided of it. */
void roster_mark(struct roster *roster, const struct id *id, uint8_t marks);
/* The reader's own identity: always there. */
void roster_own(struct roster *roster, const struct id *id, const struct nick *nick,
                uint64_t wall_ms);
/* A NAMESAKE: another was met under that nick, perhaps long ago. */
void roster_namesake(struct roster *roster, const struct show *show);
/* The other identity that was met last under the same nick; NULL for none. */
const struct person *roster_other(const struct roster *roster, const struct id *id,
                                  const struct nick *nick);
/* The digits that tell this identity from others with its nick, "" where there are none. */
void roster_suffix(const struct roster *roster, const struct id *id, const char *nick,
                   size_t nick_size, char out[ROSTER_SUFFIX_MAX]);
/* Those that are here in the order of their nicks, at most `room`; returns how many there are. */
size_t roster_members(const struct roster *roster, const struct person **out, size_t room);
