/* Listen: the ROUTER that inbound.c reads, from its opening at a port to its close. */
#include "net/link_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
#define INBOUND_EVENTS   (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED)
#define UNBIND_MAX_TURNS 100

static int bind_at(struct inbound *in, bool loopback, uint16_t port)
{
    const char *where = loopback ? "127.0.0.1" : "*";
    snprintf(in->endpoint, sizeof in->endpoint, port ? "tcp://%s:%u" : "tcp://%s:*", where, port);
    int failed = 0;
    for (int v6 = 1; v6 >= 0; v6--) {
        socket_option(in->router, ZMQ_IPV6, v6);
        if (zmq_bind(in->router, in->endpoint) == 0)
            return 0;
        failed = zmq_errno();
        if (failed == EADDRINUSE || failed == EACCES)
            break;
    }
    return failed;
}

static enum error_code bind_router(struct inbound *in, bool loopback, uint16_t port, bool fixed,
                                   struct error *error)
{
    char text[8];
    snprintf(text, sizeof text, "%u", port);
    int failed = bind_at(in, loopback, port);
    if (failed && !fixed && port)
        failed = bind_at(in, loopback, 0);
    if (failed == EADDRINUSE)
        return error_set(error, ERROR_PORT_TAKEN, text);
    if (failed == EACCES)
        return error_set(error, ERROR_PORT_DENIED, text);
    if (failed)
        return error_set(error, ERROR_SOCKET, zmq_strerror(failed));
    size_t size = sizeof in->endpoint;
    CHECK(zmq_getsockopt(in->router, ZMQ_LAST_ENDPOINT, in->endpoint, &size) == 0);
    in->port = (uint16_t)strtoul(strrchr(in->endpoint, ':') + 1, NULL, 10);
    return ERROR_NONE;
}

enum error_code inbound_open(struct links *links, const uint8_t secret_key[32], uint16_t port,
                             bool fixed, struct error *error)
{
    struct inbound *in = &links->inbound;
    in->oldest = in->newest = in->ended = -1;
    in->numbers = UINT64_MAX; /* so that the first is 1 */
    /* libzmq looks for the ZAP handler when a connection comes: it must be there before. */
    in->zap = zap_open(links->context);
    /* A ROUTER names its peers by a counter that starts at rand(), which libzmq 4.3.4 never seeds,
     * and aborts when a peer has chosen the next name for itself: any stranger could end us. Nobody
     * outside can see the names, so from a random start they cannot be guessed but by trying. */
    srand(randombytes_random());
    in->router = in->zap ? zmq_socket(links->context, ZMQ_ROUTER) : NULL;
    if (!in->router)
        return error_set(error, ERROR_SOCKET, zmq_strerror(zmq_errno()));
    socket_bound(in->router);
    socket_option(in->router, ZMQ_ROUTER_MANDATORY, 1);
    socket_option(in->router, ZMQ_CURVE_SERVER, 1);
    if (links->ways.proxy[0] != '\0')
        socket_option(in->router, ZMQ_HANDSHAKE_IVL, HELLO_FAR_MS);
    /* Without a handler nobody is let in. Older headers know the option as a draft only, and older
     * libraries may not know it: then first_frame() still refuses who has no User-Id. */
    int enforce = 1;
    zmq_setsockopt(in->router, ZMQ_ZAP_ENFORCE_DOMAIN, &enforce, sizeof enforce);
    CHECK(zmq_setsockopt(in->router, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) == 0);
    CHECK(zmq_setsockopt(in->router, ZMQ_CURVE_SECRETKEY, secret_key, 32) == 0);
    in->monitor = socket_monitor(links, in->router, INBOUND_EVENTS);
    if (!in->monitor)
        return error_set(error, ERROR_SOCKET, zmq_strerror(zmq_errno()));
    if (links->ways.listen == LISTEN_NOWHERE)
        return ERROR_NONE;
    return bind_router(in, links->ways.listen == LISTEN_LOOPBACK, port, fixed, error);
}

/* Link.c's invariant 5: no more events may come when the monitor ends, so the listener goes first
 * (its CLOSED is the last of a flood). */
static void unbind(struct inbound *in)
{
    unsigned event = 0, value;
    if (!in->port || zmq_unbind(in->router, in->endpoint) != 0)
        return;
    for (int i = 0; i < UNBIND_MAX_TURNS && event != ZMQ_EVENT_CLOSED;) {
        if (socket_monitor_next(in->monitor, &event, &value))
            continue;
        zmq_pollitem_t item = {.socket = in->monitor, .events = ZMQ_POLLIN};
        zmq_poll(&item, 1, 1);
        i++;
    }
}

void inbound_close(struct links *links, int linger_ms)
{
    struct inbound *in = &links->inbound;
    if (in->monitor) {
        unbind(in);
        socket_monitor_stop(in->router, in->monitor);
    }
    if (in->router) {
        socket_option(in->router, ZMQ_LINGER, linger_ms);
        zmq_close(in->router);
    }
    zap_close(in->zap);
    free(in->connections);
}
