/* Guard: what one connection may make libzmq hold for us. guard.c says why and how. Only the files
 * of the link module include it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct links;
struct net_link;

/* One connection as the guard sees it. */
struct watch {
    bool used;
    bool stirred; /* bytes came: it is looked at every gap_ms; else it sleeps until epoll tells */
    bool fresh;   /* stirred, and not yet looked at */
    bool settles; /* asleep again as soon as all that came was taken */
    int fd;       /* libzmq's; -1 when there is nothing more to see */
    struct net_link *link; /* outgoing: whose connection it is; NULL: an inbound one */
    struct sockaddr_storage peer;
    uint64_t allowance;
    uint64_t taken; /* bytes, as they were on the wire, that were taken off the socket: at most */
    uint64_t read;  /* bytes that libzmq had read, at the last look */
    uint64_t rest;  /* what it held when it went to sleep: handshakes, no frames */
    uint64_t slept_ms, look_ms;
    uint64_t taken_then; /* at the last look */
    uint32_t gap_ms;
};

/* A connection that a monitor told of; NULL when it is gone already. */
struct watch *guard_watch(struct links *links, struct net_link *link, int fd);
/* NULL is allowed. */
void guard_release(struct links *links, struct watch *watch);
/* A frame of this size came off its socket. NULL is allowed. */
void guard_took(struct links *links, struct watch *watch, size_t frame_bytes);

/* Without it (out of descriptors) the guard looks once a second. */
void guard_open(struct links *links);
void guard_close(struct links *links);
/* What to poll for reading, or -1. */
int guard_descriptor(const struct links *links);
/* Learns which connections stirred. */
void guard_attend(struct links *links);
uint64_t guard_deadline(const struct links *links);
/* Looks at those whose time has come, and ends what went too far: inbound_overrun(),
 * dial_overrun(). */
void guard_tick(struct links *links);
