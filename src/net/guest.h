/* Guest: tickets, which are good for one machine or until some hour, and the door where the node that
 * made them gives the network's secret for one (PROTOCOL.md section 9.1). */
#pragma once

#include <poll.h>

#include "net/invite.h"

#define GUESTS_TICKETS_MAX 16 /* at the bound the oldest is forgotten */
#define GUESTS_WAITING_MAX 8  /* connections; at the bound one is closed, of who has most */
#define GUESTS_POLL_MAX    (1 + GUESTS_WAITING_MAX)

struct guests;

/* NULL when the system gives no memory. Nothing listens before the first ticket. */
struct guests *guests_new(void);
/* NULL is allowed. */
void guests_free(struct guests *guests);
/* Makes a ticket for one machine (`once`) or any number, until that wall time (0: as long as this
 * runs), and listens on a free port; fills kind, secret and ticket of *invite. Returns the port; 0 when
 * there is none to be had. */
uint16_t guests_add(struct guests *guests, bool once, uint64_t until_wall_ms,
                    struct invite *invite);
/* The port, while it listens; else 0. */
uint16_t guests_port(const struct guests *guests);
/* Fills items (room for GUESTS_POLL_MAX) and returns how many. */
size_t guests_poll(const struct guests *guests, struct pollfd *items);
uint64_t guests_deadline(const struct guests *guests);
/* Takes what has come, and closes what waits too long. True for each guest that was given `text`, an
 * invite with the secret; then *from is where he is: call again until false. */
bool guests_next(struct guests *guests, uint64_t now_ms, uint64_t wall_ms, const char *text,
                 struct address *from);

enum guest_answer {
    GUEST_WELCOME,
    GUEST_UNKNOWN, /* the node was started anew, or has forgotten it */
    GUEST_EXPIRED,
    GUEST_USED,     /* by another machine */
    GUEST_NO_ANSWER /* nobody is there, or somebody else */
};
/* Asks at each of the invite's addresses, through `proxy` if that is not empty, for the invite with the
 * secret. Waits for up to some seconds an address. */
enum guest_answer guest_ask(const struct invite *ticket, const struct address *proxy,
                            char text[INVITE_TEXT_MAX]);
