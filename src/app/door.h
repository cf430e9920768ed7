/* Door: the one way between a face and its node, a pair of sockets inside the process. Requests go
 * in, shows come out; neither side ever sees the other's memory. */
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
/* For zmq_poll; use ZMQ_POLLIN, and ZMQ_POLLOUT while door_full(). */
void *door_socket(struct door *door);

/* The node's end. A show that finds the queue full is kept and goes out with door_flush(). */
void door_show(struct door *door, const struct show *show);
/* True while shows are kept back: the node then takes nothing from links. */
bool door_full(const struct door *door);
void door_flush(struct door *door);
/* The next request, valid until the next call; false when there is none. */
bool door_next_request(struct door *door, struct request *request);

/* The face's end. Never waits: false when the queue is full. ZMQ_POLLOUT says when to try again. */
bool door_request(struct door *door, const struct request *request);
/* The next show, valid until the next call; false when there is none. */
bool door_next_show(struct door *door, struct show *show);
