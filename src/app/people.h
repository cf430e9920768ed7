/* People: whom this node has met under which nicks, and what its user decided of them; kept over restarts. */
#pragma once

#include "base/error.h"
#include "base/skeleton.h"
#include "base/table.h"
#include "core/face.h"
#include "core/persons.h"

#define PEOPLE_MAX       4096 /* at the bound who comes new is not kept, but for ... */
#define PEOPLE_SPARE     512  /* ... so many of whom something is decided */
#define PEOPLE_NAMES_OF  16   /* of one person; further ones are not kept */
#define PEOPLE_NAMES_MAX 8192 /* of all, likewise */
#define PEOPLE_FOUND_MAX 8

struct person_name {
    struct nick nick;
    struct skeleton skeleton;
    uint32_t whose, next; /* the person's next one; TABLE_NONE */
    uint32_t judged;      /* people.decisions, when it was; 0: not yet */
    enum clash clash;
    uint32_t like; /* with which name */
};

struct acquaintance {
    struct id id;
    uint8_t marks;          /* enum person_mark */
    uint32_t first, latest; /* names */
    uint32_t names;         /* how many */
};

struct people {
    char path[600];
    struct table table; /* by id */
    struct acquaintance *list;
    size_t count, room;
    struct person_name *names;
    size_t name_count, name_room;
    uint32_t decisions; /* how often a mark changed, and one more */
    struct id self;
    const struct persons *persons; /* whose device is whose; NULL: each is his own */
    bool changed;                  /* since it was read or written */
};

/* Reads the file, if it is there. Lines that are none are passed over. */
void people_open(struct people *people, const char *path, const struct id *self);
void people_release(struct people *people);
/* The identity was met under this nick; now: it is what it is called now, not only what it once was. */
void people_meet(struct people *people, const struct id *id, const struct nick *nick, bool now);
/* What was decided of it: enum person_mark. */
uint8_t people_marks(const struct people *people, const struct id *id);
/* Whether another was met under this nick before, or is verified, or looks like it: then *like is the other's. */
enum clash people_judge(struct people *people, const struct id *id, const struct nick *nick,
                        struct nick *like);
/* Who is meant by "nick", "nick digits" or "digits" (8 at least), digits being how an id begins: who is called so
 * now, else who once was. A device's person is found for it. Returns how many, and fills at most PEOPLE_FOUND_MAX. */
size_t people_find(const struct people *people, struct bytes typed,
                   struct id found[PEOPLE_FOUND_MAX]);
/* True when that, typed so, is this node itself, which is called `own`; whether others are as well is
 * people_find()'s to say. */
bool people_is_self(const struct people *people, struct bytes typed, const struct nick *own);
/* What it is called; of a root that was never met itself, what one of its devices is. */
struct nick people_nick(const struct people *people, const struct id *id);
/* What itself is called; "" when it was never met. */
struct nick people_nick_own(const struct people *people, const struct id *id);
/* Sets and takes away marks; false when there is no room for one more. */
bool people_mark(struct people *people, const struct id *id, uint8_t set, uint8_t unset);
/* By index, those with one of these marks; false past the end. */
bool people_marked(const struct people *people, size_t index, uint8_t marks, struct id *id);
/* Writes the file, if anything changed; decided: and waits for the disk. */
enum error_code people_save(struct people *people, bool decided, struct error *error);
