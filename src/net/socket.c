/* Socket: libzmq's calls as the link files use them. None waits, none is disturbed by a signal, and
 * an option that our own code set wrongly ends the program (CHECK), since a socket without its
 * bounds must not live.
 *
 * A monitor is a PAIR of libzmq's that tells what becomes of a socket's connections. libzmq's
 * thread writes it with a blocking call while it holds the lock that stopping the monitor needs:
 * hence the order in socket_monitor_stop(), and link.c's invariant 5. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "net/link_private.h"

/* libzmq compares ZMQ_MAXMSGSIZE with what is on the wire: CURVE's command name, nonce, box and
 * flags are 33 bytes more than the frame. */
#define CURVE_OVERHEAD 33
#define MONITOR_QUEUE  1000

int socket_receive(zmq_msg_t *message, void *socket)
{
    int rc;
    do
        rc = zmq_msg_recv(message, socket, ZMQ_DONTWAIT);
    while (rc == -1 && errno == EINTR);
    return rc;
}

int socket_send(zmq_msg_t *message, void *socket, int flags)
{
    int rc;
    do
        rc = zmq_msg_send(message, socket, flags | ZMQ_DONTWAIT);
    while (rc == -1 && errno == EINTR);
    return rc;
}

void socket_skip_parts(void *socket)
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    while (socket_receive(&part, socket) != -1 && zmq_msg_more(&part))
        ;
    zmq_msg_close(&part);
}

bool socket_frame_ok(const zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(frame);
    return size > 0 && size <= LIMIT_FRAME;
}

void socket_option(void *socket, int option, int value)
{
    CHECK(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}

void socket_bound(void *socket)
{
    int64_t frame_bytes = LIMIT_FRAME + CURVE_OVERHEAD;
    CHECK(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_bytes, sizeof frame_bytes) == 0);
    socket_option(socket, ZMQ_LINGER, 0);
    socket_option(socket, ZMQ_SNDHWM, LINK_SEND_FRAMES);
    socket_option(socket, ZMQ_RCVHWM, LINK_RECEIVE_FRAMES);
    socket_option(socket, ZMQ_HANDSHAKE_IVL, LINK_HANDSHAKE_MS);
}

void *socket_monitor(struct links *links, void *socket, int events)
{
    char endpoint[64];
    /* Drawn, since libzmq frees an old name some time after its socket was closed. */
    snprintf(endpoint, sizeof endpoint, "inproc://fika-monitor-%08x%08x", randombytes_random(),
             randombytes_random());
    void *monitor = zmq_socket(links->context, ZMQ_PAIR);
    if (!monitor)
        return NULL;
    socket_option(monitor, ZMQ_LINGER, 0);
    socket_option(monitor, ZMQ_RCVHWM, MONITOR_QUEUE);
    if (zmq_socket_monitor(socket, endpoint, events) == 0 && zmq_connect(monitor, endpoint) == 0)
        return monitor;
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
    return NULL;
}

void socket_monitor_stop(void *socket, void *monitor)
{
    unsigned event, value;
    while (socket_monitor_next(monitor, &event, &value))
        ;
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
}

bool socket_monitor_next(void *monitor, unsigned *event, unsigned *value)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    bool got = socket_receive(&message, monitor) != -1;
    if (got) {
        CHECK(zmq_msg_size(&message) == 6 && zmq_msg_more(&message));
        const uint8_t *at = zmq_msg_data(&message);
        uint16_t event16;
        uint32_t value32;
        memcpy(&event16, at, sizeof event16);
        memcpy(&value32, at + sizeof event16, sizeof value32);
        *event = event16;
        *value = value32;
        socket_skip_parts(monitor);
    }
    zmq_msg_close(&message);
    return got;
}
