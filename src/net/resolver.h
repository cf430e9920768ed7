/* Resolver: names to numeric addresses, off the node's thread. */
#pragma once

#include "net/address.h"

#define RESOLVED_MAX         16
#define RESOLVER_LOOKUPS_MAX 8

struct resolver;

/* One answer: the target asked for and its numeric addresses, each to be tried; count 0 with `why`
 * (half a sentence) on failure. "localhost" and the empty host give 127.0.0.1 and ::1. */
struct resolved {
    struct target target;
    struct address addresses[RESOLVED_MAX];
    size_t count;
    char why[128];
};

/* NULL when the system gives no descriptors or memory. */
struct resolver *resolver_new(void);
/* Never waits for a lookup that hangs; its answer goes nowhere. NULL is allowed. */
void resolver_free(struct resolver *resolver);
/* Readable when an answer is there. */
int resolver_fd(const struct resolver *resolver);
/* Starts a lookup; false when RESOLVER_LOOKUPS_MAX answers are still owed. Never waits. */
bool resolver_ask(struct resolver *resolver, const struct target *target);
/* Takes one answer; false when there is none yet. */
bool resolver_next(struct resolver *resolver, struct resolved *resolved);
