/* Wait: what zmq_poll() does, with a third of its system calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

#define WAIT_ITEMS 256

/* Waits up to wait_ms (below 0: for ever) until there is something; revents says of each item whether
 * it is to be looked at: of a socket that may be in vain. True when one is. Events are ZMQ_POLLIN of a
 * descriptor, and of a socket any. */
bool wait_for(zmq_pollitem_t *items, size_t count, long wait_ms);
