/* Addresses: what a person types, what sockets take, and what this machine has. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "core/face.h"

#define DEFAULT_PORT 23452

/* A typed address taken apart: host (empty: localhost; an IPv6 one without brackets), port (0: the
 * default). */
struct target {
    enum { TARGET_LINK, TARGET_CLASSIC_SUB, TARGET_CLASSIC_PAIR } kind;
    char host[256];
    uint16_t port;
};

/* "5556", "host", "host:port", ":port", "1.2.3.4", "fe80::1%eth0", "[::1]:5556", "zmq://host:port",
 * "pair://host:port" (these two need a port). False, with target untouched, when it is none of
 * these: an empty text, a space, port 0, "host:", an IPv4 address of other than four parts. */
bool target_read(struct target *target, const char *text);
/* "ip:port" or "[ip6%zone]:port"; an IPv4 address mapped into IPv6 is written as IPv4. False for
 * other families. */
bool address_from_sockaddr(struct address *address, const struct sockaddr *from, uint16_t port);
/* True and filled when the address is of the form above: numeric, with a port and, if it has a
 * zone, the zone of an interface that exists. */
bool address_to_sockaddr(const struct address *address, struct sockaddr_storage *to,
                         socklen_t *size);

/* The address that a packet to the world would leave from by IPv4; false when there is no way out. */
bool local_way_out(struct in_addr *source);
/* This machine's own addresses that others may reach, without port, best first (the interface of
 * the default route, then others, then those of containers and virtual machines; IPv4 before IPv6;
 * link-local last; loopback only when there is nothing else). One a line, with no line end behind
 * the last; what does not fit in `room` is left out. Returns how many lines. */
size_t local_addresses(char *out, size_t room);
