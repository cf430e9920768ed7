/* Wait: a socket of libzmq has a descriptor that is readable when something may have changed since
 * its ZMQ_EVENTS were asked for. zmq_poll() asks for these of each socket twice before it waits, and
 * once more when it wakes: two system calls each. Once before is enough: what woke us is to be read at
 * once, and reading finds out.
 */
#include "app/wait.h"

#include <limits.h>
#include <poll.h>

#include "base/check.h"

/* What to wait for, and what there is already. */
static bool ask(zmq_pollitem_t *item, struct pollfd *fd)
{
    int events = 0, descriptor = item->fd;
    size_t size = sizeof events, descriptor_size = sizeof descriptor;
    item->revents = 0;
    if (item->socket != NULL &&
        (zmq_getsockopt(item->socket, ZMQ_FD, &descriptor, &descriptor_size) != 0 ||
         zmq_getsockopt(item->socket, ZMQ_EVENTS, &events, &size) != 0))
        events = item->events; /* to be found out by who reads it */
    item->revents = (short)(events & item->events);
    *fd = (struct pollfd){.fd = descriptor, .events = POLLIN};
    return item->revents != 0;
}

bool wait_for(zmq_pollitem_t *items, size_t count, long wait_ms)
{
    struct pollfd fds[WAIT_ITEMS];
    bool ready = false;
    CHECK(count <= WAIT_ITEMS);
    for (size_t i = 0; i < count; i++)
        ready = ask(&items[i], &fds[i]) || ready;
    int wait = wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
    bool failed = poll(fds, count, ready ? 0 : wait) < 0; /* by a signal */
    for (size_t i = 0; i < count; i++) {
        if (failed || fds[i].revents != 0)
            items[i].revents = items[i].events;
        ready = ready || items[i].revents != 0;
    }
    return ready;
}
