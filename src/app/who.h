/* Who: what a profile and its history say of the person's devices, for `fika identity` and \devices. */
#pragma once

#include "core/persons.h"
#include "store/profile.h"
#include "store/store.h"

struct who {
    struct persons persons;
    struct store *store;
    struct arena arena;
    bool certified;         /* this identity is a device: */
    struct certificate own; /* its certificate */
    struct id root;         /* the person's; this identity, where it is nobody's device */
    char root_nick[16];     /* its first digits */
    bool spoke;             /* there are own lines */
    uint64_t since_ms;      /* when the identity was made, or spoke first */
};

/* Opens the history of a profile that is open. */
enum error_code who_open(struct who *who, const struct profile *profile, struct error *error);
void who_close(struct who *who);
/* Says it on stdout. */
enum error_code who_show(const struct profile *profile, const struct who *who, bool json,
                         struct error *error);

/* Fills persons with what the store and the profile know: papers, and what was said. */
enum error_code who_load(struct persons *persons, struct store *store, const char *directory,
                         const struct id *self, struct arena *arena, struct certificate *own,
                         bool *certified, struct error *error);
/* False for an entry of a device that was revoked, unless its revocation names it, or what stands on it. */
bool who_is_good(const struct persons *persons, struct store *store, const struct entry *entry);
/* The device of the root that is called so, or whose id begins so (4 digits at least); *count: how many. NULL
 * unless it is one. */
const struct device *who_device(const struct persons *persons, const struct id *root,
                                const char *name, size_t *count);
/* True when the id begins with these digits, 4 at least. */
bool who_names(const struct id *id, const char *digits);
/* Signs that the device is revoked: for each channel with a name in which it spoke, up to what is held of it there, and for all
 * others. Returns how many, at most `most`, which is 1 at least. */
size_t who_revokes(struct store *store, const struct device *device, const struct identity *root,
                   uint64_t wall_ms, struct revocation *made, size_t most);

struct who_text {
    char text[ID_HEX_SIZE];
};
struct who_text who_hex(const struct id *id);
/* Tamed. */
struct who_text who_label(const struct certificate *certificate);
