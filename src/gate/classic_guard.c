/* Guard: an eye on libzmq's connections from outside.
 *
 * libzmq gives a message to its socket when the last part is in; until then the parts lie in the
 * pipe and no bound counts them (300 MB of parts sent, 296 MB of memory taken). The monitor gives
 * each connection's descriptor, and Linux counts the bytes it received:
 *
 *     held = received - still in the kernel - taken off the socket
 *
 * Beyond the allowance the connection is shut down; libzmq sees its end, and lets go of the parts.
 * Who stays connected for hours may send a little all the time (KEEP_BYTES a second), for a PUB
 * takes off nothing that we could count.
 *
 * Invariants:
 * 1. A descriptor is only ever asked or shut down when its peer is the one that it was added with:
 *    libzmq closes it in its own thread, and the number may be somebody else's by now.
 * 2. No more than GUARD_MAX connections of a socket are open for longer than it takes to see them.
 *
 * On systems that do not count bytes it keeps the second only. */
#include "gate/classic_guard.h"

#include "base/tcp.h"

#define KEEP_BYTES 64

bool guard_add(struct guard *guard, int fd, uint64_t taken, uint64_t now_ms)
{
    struct guarded one = {.fd = fd, .taken_before = taken, .since_ms = now_ms};
    if (!tcp_peer(fd, &one.peer))
        return true; /* gone already */
    if (guard->count == GUARD_MAX) {
        shutdown(fd, SHUT_RDWR);
        return false;
    }
    guard->connections[guard->count++] = one;
    return true;
}

static void forget(struct guard *guard, size_t index)
{
    guard->connections[index] = guard->connections[--guard->count];
}

void guard_remove(struct guard *guard, int fd)
{
    for (size_t i = guard->count; i-- > 0;)
        if (guard->connections[i].fd == fd)
            forget(guard, i);
}

size_t guard_check(struct guard *guard, uint64_t taken, uint64_t now_ms)
{
    size_t ended = 0;
    for (size_t i = guard->count; i-- > 0;) {
        const struct guarded *one = &guard->connections[i];
        uint64_t read, unread;
        if (!tcp_is_peer(one->fd, &one->peer)) {
            forget(guard, i);
            continue;
        }
        uint64_t allowed = guard->allowance + (taken - one->taken_before) +
                           (now_ms - one->since_ms) / 1000 * KEEP_BYTES;
        if (tcp_received(one->fd, &read, &unread) && read > allowed) {
            shutdown(one->fd, SHUT_RDWR);
            forget(guard, i);
            ended++;
        }
    }
    return ended;
}
