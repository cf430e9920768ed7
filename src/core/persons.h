/* Persons: which nodes are devices of one person, and which are so no more. It knows no names. */
#pragma once

#include "base/table.h"
#include "core/certificate.h"

#define PERSONS_MAX    4096 /* devices; at the bound further ones are not kept */
#define PERSON_DEVICES 64   /* of one root, likewise */
#define PERSON_REVOKED_AT \
    1024 /* revocations: one for a device in a channel; at the bound the oldest of those goes whose device was never met */

struct device {
    struct certificate certificate;
    bool revoked;
    bool met;         /* it has said so itself; else it is known by a revocation alone */
    uint32_t next;    /* of the same root; TABLE_NONE: that was the last */
    uint64_t told_ms; /* its owner's: when its user was last told of it; 0: never */
};

struct persons {
    uint8_t key[16];
    struct table table; /* by device */
    struct table roots; /* the first device of each */
    struct device *list;
    size_t count, room;
    struct revocation *revocations;
    size_t revocation_count, revocation_room;
};

/* What a body told that was not known. */
enum person_news { NEWS_NONE, NEWS_CERTIFIED, NEWS_REVOKED };

/* key: 16 secret bytes, as for a table. */
void persons_init(struct persons *persons, const uint8_t key[16]);
void persons_release(struct persons *persons);
/* Takes the body of an entry of kind 7 that the author said in the channel; *device: whom it is about. What is not
 * formed so, or whose signatures do not hold, or is older than what is known, tells nothing. */
enum person_news persons_take(struct persons *persons, const struct id *channel,
                              const struct id *author, struct bytes body, struct id *device);
/* True when such a body counts wherever it is said so, whatever else is known; *number: of two, the higher one does. */
bool persons_holds(const struct id *channel, const struct id *author, struct bytes body,
                   enum device_form *form, struct id *device, uint64_t *number);
/* Who the node is a device of; itself, where it is nobody's, or no more. */
const struct id *persons_root(const struct persons *persons, const struct id *node);
/* The same for a line that was good when the device was revoked. */
const struct id *persons_once(const struct persons *persons, const struct id *node);
/* Devices of one person, or that were: what a lost one says since is marked as that. */
bool persons_same(const struct persons *persons, const struct id *one, const struct id *other);
/* NULL: no device that is known. */
const struct device *persons_device(const struct persons *persons, const struct id *node);
/* The user is told of it at that time. */
void persons_told(struct persons *persons, const struct id *node, uint64_t now_ms);
/* What is said of the device's lines in the channel: NULL when nothing is. */
const struct revocation *persons_revocation(const struct persons *persons, const struct id *node,
                                            const struct id *channel);
/* By index, the devices of a root, also those that were revoked; NULL past the end. */
const struct device *persons_at(const struct persons *persons, const struct id *root, size_t index);
