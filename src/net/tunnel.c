/* Tunnel: libzmq 4.3.4 speaks SOCKS5 itself (ZMQ_SOCKS_PROXY), but ends the process when the socket of a
 * connection that failed is closed: it takes a descriptor out of its epoll set twice ("Bad file descriptor
 * (src/epoll.cpp:113)", measured with a name that the proxy does not know). So this does it, with a thread
 * for each connection, which owns one heap block and shares nothing (as in resolver.c):
 *
 *     thread              node
 *     connects to the proxy, asks it
 *     listens on 127.0.0.1
 *        ---- answer ---->
 *                         libzmq connects there, and says by which descriptor
 *        <---- claim -----
 *     takes that connection, and no other
 *     copies both ways until either end closes
 *
 * 1. The proxy's answer is read to its last byte and no further: what follows is the other side's.
 * 2. What the proxy says is foreign: any byte out of place ends it.
 * 3. While it is asked for nothing but the proxy's own port, nothing leaves this machine but by the proxy:
 *    the name goes there as it is. */
#include "net/tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address.h"
#include "net/helper.h"

#define COPY_BYTES 16384
#define CLAIM_MS   3000
#define STRANGERS  16 /* connections to our port that are not ours, before it is given up */

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

struct tunnel {
    int node; /* our end of the pair: the answer goes out, the claim comes in, its end is the end */
    int alive;
    int far, listener, near;
    struct sockaddr_storage proxy;
    socklen_t proxy_size;
    struct target to;
};

/* ---- waiting ---- */

/* Waits until fd is ready for `events`; false when the node gave the tunnel up. */
static bool ready(const struct tunnel *tunnel, int fd, short events, int wait_ms)
{
    struct pollfd items[2] = {{.fd = fd, .events = events}, {.fd = tunnel->node, .events = 0}};
    int count;
    do
        count = poll(items, 2, wait_ms);
    while (count < 0 && errno == EINTR);
    return count > 0 && items[1].revents == 0 && items[0].revents != 0;
}

static bool give(const struct tunnel *tunnel, const uint8_t *at, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(tunnel->far, at, size, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!ready(tunnel, tunnel->far, POLLOUT, -1))
                return false;
            continue;
        }
        if (sent < 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Exactly so many bytes. */
static bool take(const struct tunnel *tunnel, uint8_t *at, size_t size)
{
    while (size > 0) {
        ssize_t got = recv(tunnel->far, at, size, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!ready(tunnel, tunnel->far, POLLIN, -1))
                return false;
            continue;
        }
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* ---- SOCKS5 (RFC 1928) ---- */

static void set_up(int fd)
{
    int on = 1;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool connect_proxy(struct tunnel *tunnel)
{
    int failed = 0;
    socklen_t size = sizeof failed;
    tunnel->far = socket(tunnel->proxy.ss_family, SOCK_STREAM, 0);
    if (tunnel->far < 0)
        return false;
    set_up(tunnel->far);
    if (connect(tunnel->far, (const struct sockaddr *)&tunnel->proxy, tunnel->proxy_size) == 0)
        return true;
    return errno == EINPROGRESS && ready(tunnel, tunnel->far, POLLOUT, -1) &&
           getsockopt(tunnel->far, SOL_SOCKET, SO_ERROR, &failed, &size) == 0 && failed == 0;
}

static size_t write_request(const struct target *to, uint8_t request[300])
{
    size_t size = 4, name = strlen(to->host);
    memcpy(request, (const uint8_t[]){5, 1, 0}, 3);
    if (inet_pton(AF_INET, to->host, request + 4) == 1) {
        request[3] = 1;
        size += 4;
    } else if (inet_pton(AF_INET6, to->host, request + 4) == 1) {
        request[3] = 4;
        size += 16;
    } else {
        request[3] = 3;
        request[size++] = (uint8_t)name;
        memcpy(request + size, to->host, name);
        size += name;
    }
    request[size++] = (uint8_t)(to->port >> 8);
    request[size++] = (uint8_t)to->port;
    return size;
}

/* The rest of the proxy's answer: an address that is of no use here, and a port. */
static bool skip_bound(const struct tunnel *tunnel, uint8_t kind)
{
    uint8_t skipped[257 + 2], size = 0;
    if (kind == 1)
        return take(tunnel, skipped, 4 + 2);
    if (kind == 4)
        return take(tunnel, skipped, 16 + 2);
    return kind == 3 && take(tunnel, &size, 1) && take(tunnel, skipped, (size_t)size + 2);
}

static enum tunnel_end ask_proxy(struct tunnel *tunnel)
{
    uint8_t request[300], choice[2], answer[4];
    if (!connect_proxy(tunnel) || !give(tunnel, (const uint8_t[]){5, 1, 0}, 3) ||
        !take(tunnel, choice, sizeof choice) || choice[0] != 5 || choice[1] != 0)
        return TUNNEL_NO_PROXY;
    if (!give(tunnel, request, write_request(&tunnel->to, request)) ||
        !take(tunnel, answer, sizeof answer))
        return TUNNEL_NO_ANSWER; /* some proxies just hang up */
    if (answer[0] != 5)
        return TUNNEL_NO_PROXY;
    if (answer[1] != 0)
        return answer[1] == 5 ? TUNNEL_REFUSED : TUNNEL_NO_ANSWER;
    return skip_bound(tunnel, answer[3]) ? TUNNEL_OPEN : TUNNEL_NO_PROXY;
}

/* ---- the near end ---- */

static uint16_t port_of(int fd, int (*ask)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    if (ask(fd, (struct sockaddr *)&at, &size) != 0)
        return 0;
    return at.ss_family == AF_INET
               ? ntohs(((const struct sockaddr_in *)(const void *)&at)->sin_port)
               : 0;
}

static uint16_t open_near(struct tunnel *tunnel)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    tunnel->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (tunnel->listener < 0)
        return 0;
    set_up(tunnel->listener);
    if (bind(tunnel->listener, (const struct sockaddr *)&here, sizeof here) != 0 ||
        listen(tunnel->listener, STRANGERS) != 0)
        return 0;
    return port_of(tunnel->listener, getsockname);
}

/* The connection that the node claims, among those that whoever is on this machine may have made. */
static bool take_near(struct tunnel *tunnel)
{
    uint16_t ours = 0;
    struct pollfd item = {.fd = tunnel->node, .events = POLLIN};
    if (poll(&item, 1, CLAIM_MS) <= 0 ||
        recv(tunnel->node, &ours, sizeof ours, 0) != (ssize_t)sizeof ours)
        return false;
    for (int i = 0; i < STRANGERS; i++) {
        item = (struct pollfd){.fd = tunnel->listener, .events = POLLIN};
        if (poll(&item, 1, CLAIM_MS) <= 0)
            return false;
        tunnel->near = accept(tunnel->listener, NULL, NULL);
        if (tunnel->near >= 0 && port_of(tunnel->near, getpeername) == ours) {
            set_up(tunnel->near);
            return true;
        }
        if (tunnel->near >= 0)
            close(tunnel->near);
        tunnel->near = -1;
    }
    return false;
}

/* ---- copying ---- */

struct way {
    int from, to;
    size_t at, size;
    bool ended; /* nothing more comes */
    uint8_t bytes[COPY_BYTES];
};

/* False when it is over: all that came was handed on and no more comes, or nobody takes it. */
static bool copy(struct way *way)
{
    if (way->size == 0 && !way->ended) {
        ssize_t got = recv(way->from, way->bytes, sizeof way->bytes, 0);
        way->ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
        way->at = 0;
        way->size = got > 0 ? (size_t)got : 0;
    }
    if (way->size > 0) {
        ssize_t sent = send(way->to, way->bytes + way->at, way->size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        way->at += sent > 0 ? (size_t)sent : 0;
        way->size -= sent > 0 ? (size_t)sent : 0;
    }
    return way->size > 0 || !way->ended;
}

static void copy_both(const struct tunnel *tunnel)
{
    struct way *ways = calloc(2, sizeof *ways);
    if (ways == NULL)
        return;
    ways[0].from = ways[1].to = tunnel->far;
    ways[1].from = ways[0].to = tunnel->near;
    while (copy(&ways[0]) && copy(&ways[1])) {
        struct pollfd items[2] = {{.fd = tunnel->far}, {.fd = tunnel->near}};
        for (int i = 0; i < 2; i++) {
            items[i].events |= ways[i].size == 0 ? POLLIN : 0;
            items[i].events |= ways[!i].size > 0 ? POLLOUT : 0;
            if (items[i].events == 0)
                items[i].fd = -1; /* its end would be told again and again */
        }
        if (poll(items, 2, -1) < 0 && errno != EINTR)
            break;
    }
    free(ways);
}

/* ---- the thread ---- */

static void close_all(const struct tunnel *tunnel)
{
    const int all[] = {tunnel->node, tunnel->far, tunnel->listener, tunnel->near, tunnel->alive};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] >= 0)
            close(all[i]);
}

static void *tunnel_main(void *argument)
{
    struct tunnel *tunnel = argument;
    struct tunnel_answer answer = {.end = ask_proxy(tunnel)};
    if (answer.end == TUNNEL_OPEN)
        answer.port = open_near(tunnel);
    if (answer.end == TUNNEL_OPEN && answer.port == 0)
        answer.end = TUNNEL_NO_ANSWER;
    bool heard = send(tunnel->node, &answer, sizeof answer, MSG_NOSIGNAL) == (ssize_t)sizeof answer;
    if (heard && answer.end == TUNNEL_OPEN && take_near(tunnel)) {
        close(tunnel->listener);
        close(tunnel->node);
        tunnel->listener = tunnel->node = -1;
        copy_both(tunnel);
    }
    close_all(tunnel);
    free(tunnel);
    return NULL;
}

/* ---- the node's side ---- */

int tunnel_open(const struct address *proxy, const struct address *to, int alive)
{
    int pair[2];
    struct tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (tunnel == NULL)
        return -1;
    tunnel->node = tunnel->far = tunnel->listener = tunnel->near = tunnel->alive = -1;
    if (address_to_sockaddr(proxy, &tunnel->proxy, &tunnel->proxy_size) &&
        target_read(&tunnel->to, to->text) && tunnel->to.port != 0 &&
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) { /* it tells of its other end's end */
        fcntl(pair[0], F_SETFD, FD_CLOEXEC);
        fcntl(pair[1], F_SETFD, FD_CLOEXEC);
        tunnel->node = pair[1];
        tunnel->alive = alive >= 0 ? fcntl(alive, F_DUPFD_CLOEXEC, 0) : -1;
        if (helper_start(tunnel_main, tunnel))
            return pair[0];
        close(pair[0]);
    }
    close_all(tunnel);
    free(tunnel);
    return -1;
}

bool tunnel_take(int tunnel, struct tunnel_answer *answer)
{
    return recv(tunnel, answer, sizeof *answer, MSG_DONTWAIT) == (ssize_t)sizeof *answer;
}

void tunnel_claim(int tunnel, int connection)
{
    uint16_t port = port_of(connection, getsockname);
    /* Where it does not come the tunnel ends by itself. */
    if (port != 0)
        send(tunnel, &port, sizeof port, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(tunnel);
}
