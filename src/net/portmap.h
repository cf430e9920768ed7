/* Portmap: asking the router between this machine and the world to pass a port on, by NAT-PMP or UPnP.
 * The asking is done off the node's thread. */
#pragma once

#include <netinet/in.h>

#include "core/face.h"

enum portmap_way { PORTMAP_NONE, PORTMAP_NATPMP, PORTMAP_UPNP };

/* How it stands: while way is NONE nothing is passed on, and `why` (half a sentence, translated, or
 * empty while nothing was tried) says why. */
struct portmap_state {
    enum portmap_way way;
    char outer[LIMIT_ADDRESS + 1]; /* "198.51.100.7:23452": where others can call */
    char why[96];
};

struct portmap;

/* True when an address is one that a router stands in front of: private (RFC 1918), or shared (100.64/10). */
bool portmap_is_inner(struct in_addr address);

/* For a TCP port of this machine. Nothing is asked before portmap_tick(). NULL when the system gives no
 * descriptors or memory. */
struct portmap *portmap_new(uint16_t port);
/* Takes the mapping back, waiting for that at most wait_ms. NULL is allowed. */
void portmap_free(struct portmap *portmap, int wait_ms);
/* Readable when an answer is there. */
int portmap_fd(const struct portmap *portmap);
/* Takes the answer, if there is one: true when what is in the state has changed. */
bool portmap_take(struct portmap *portmap, uint64_t now_ms);
/* Asks, renews, or does nothing, as it is time to. */
void portmap_tick(struct portmap *portmap, uint64_t now_ms);
uint64_t portmap_deadline(const struct portmap *portmap);
/* The network is another one: asks at once, whatever was known. */
void portmap_again(struct portmap *portmap, uint64_t now_ms);
const struct portmap_state *portmap_state(const struct portmap *portmap);
