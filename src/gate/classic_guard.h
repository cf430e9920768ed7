/* Guard: what a connection of libzmq's may make us hold. A high-water mark counts whole messages,
 * so a message of parts without end, or subscriptions without end, are bounded by nothing in
 * libzmq. The guard watches the bytes that TCP took in, and ends a connection that goes too far. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define GUARD_MAX 64 /* connections of one socket; those beyond are ended at once */

struct guarded {
    int fd; /* libzmq's; its peer's address tells whether it is still the same connection */
    struct sockaddr_storage peer;
    uint64_t taken_before; /* bytes taken off the socket before this connection was there */
    uint64_t since_ms;
};

struct guard {
    uint64_t allowance; /* bytes that one connection may be ahead of what was taken from it */
    size_t count;
    struct guarded connections[GUARD_MAX];
};

/* A connection that a monitor reported. False when it was ended, for there are too many. */
bool guard_add(struct guard *guard, int fd, uint64_t taken, uint64_t now_ms);
void guard_remove(struct guard *guard, int fd);
/* Ends what went too far; returns how many. taken: all bytes taken off the socket until now. */
size_t guard_check(struct guard *guard, uint64_t taken, uint64_t now_ms);
