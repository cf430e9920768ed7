/* Door: the one way between a face and its node, a pair of sockets inside the process. Requests go
 * in, shows come out; neither side ever sees the other's memory.
 *
 * What an end says within one turn of its loop is gathered and goes in few messages: so each end
 * calls door_flush() before it polls, and does not wait in the poll while door_has_more(). */
#pragma once

#include <zmq.h>

#include "core/face.h"

struct door;

/* The node's end first, then the face's; each is used by one thread. NULL when sockets cannot be
 * made. */
struct door *door_open_node(void *context);
struct door *door_open_face(void *context);
/* The node's end waits up to linger_ms for the face to take what is left. */
void door_close(struct door *door, int linger_ms);

/* What to poll for: what comes and, while something could not be sent, room for it. */
zmq_pollitem_t door_poll(const struct door *door);
/* The same for poll(2): the descriptor is readable once that may have come since door_is_ready()
 * last said false; who does anything else with the door asks again before he waits. */
int door_descriptor(const struct door *door);
bool door_is_ready(const struct door *door);
/* True when a message that came is not yet taken whole: the socket does not tell of its rest. */
bool door_has_more(const struct door *door);
/* Sends what was gathered, as far as the other end has room; true when something went. Never waits. */
bool door_flush(struct door *door);

/* The node's end. What finds no room is kept, in order, and goes out with a later door_flush(). */
void door_show(struct door *door, const struct show *show);
/* True while more than LIMIT_DOOR_BYTES are kept: the node then takes nothing from links. */
bool door_full(const struct door *door);
/* The next request, valid until the next call; false when there is none. */
bool door_next_request(struct door *door, struct request *request);

/* The face's end. False when there is no room: nothing was taken then, and door_poll() ends when it
 * is time to try again. */
bool door_request(struct door *door, const struct request *request);
/* The next show, valid until the next call; false when there is none. */
bool door_next_show(struct door *door, struct show *show);
