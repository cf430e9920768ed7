/* What beacon.c and beacon_hear.c share. Nobody else includes it. */
#pragma once

#include <netinet/in.h>

#include "net/beacon.h"
#include "net/interface.h"

_Static_assert(BEACON_WAYS_MAX == INTERFACES_MAX, "a way for each address");

struct way {
    struct interface from;
    uint64_t sent, failed, heard;
    int error;
};

struct beacon {
    struct beacon_card self;
    uint8_t *key; /* 32 bytes in guarded memory */
    uint16_t udp_port;
    int ip4, ip6;   /* sockets, -1 for none */
    int watch;      /* netlink, -1 for none */
    bool changed;   /* not yet told */
    bool ip6_turn;  /* which socket is read first */
    bool alone;     /* the packet that was read last was for this machine alone */
    size_t packets; /* read since beacon_next said false */
    uint64_t total; /* read ever */
    struct in_addr group4;
    struct in6_addr group6;
    struct way ways[BEACON_WAYS_MAX];
    size_t count;
};

/* Looks whether interfaces have changed. */
void beacon_watch(struct beacon *beacon);
/* Is the other on the network of this way? Not for own addresses. */
bool beacon_leads(const struct way *way, const struct sockaddr_storage *to);
