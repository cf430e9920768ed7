/* Proxy: one TCP connection, with a delay each way: bytes leave DELAY_US after they came, however
 * many. It counts bytes, and ZMTP's frames, whose sizes are not encrypted. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "bench.h"

#define DELAY_US    50000
#define PIECE_BYTES 65536
#define PIECES_MAX  4096 /* on their way; then it reads no more */

/* One way. The counts are read by who started the proxy. */
struct way {
    _Atomic uint64_t bytes, frames; /* frames: messages, without ZMTP's own commands */
    _Atomic uint64_t last_us;       /* when the last message began to come */
};

struct proxy_view {
    _Atomic uint16_t port;
    struct way out, back; /* out: from who dialled */
};

struct piece {
    struct piece *next;
    uint64_t due_us;
    size_t size, sent;
    uint8_t bytes[];
};

struct pipe_way {
    struct way *view;
    int from, to;
    struct piece *first, *last;
    size_t pieces;
    /* ZMTP: a greeting of 64 bytes, then flags, size, body; skip: of the body still to come. */
    uint64_t skip, size;
    int need; /* bytes of the size still to come; -1: flags are next */
    uint8_t flags;
    bool ended;
};

static inline void count_zmtp(struct pipe_way *way, const uint8_t *at, size_t size)
{
    atomic_fetch_add(&way->view->bytes, size);
    while (size > 0) {
        if (way->skip > 0) {
            size_t part = way->skip < size ? (size_t)way->skip : size;
            way->skip -= part;
            at += part;
            size -= part;
            continue;
        }
        uint8_t byte = *at++;
        size--;
        if (way->need < 0) {
            way->flags = byte;
            way->need = (byte & 2) != 0 ? 8 : 1;
            way->size = 0;
            if ((byte & 4) == 0) {
                atomic_fetch_add(&way->view->frames, 1);
                atomic_store(&way->view->last_us, now_us());
            }
            continue;
        }
        way->size = way->size << 8 | byte;
        if (--way->need == 0) {
            way->skip = way->size;
            way->need = -1;
        }
    }
}

static inline void take_piece(struct pipe_way *way)
{
    struct piece *piece = malloc(sizeof *piece + PIECE_BYTES);
    check(piece != NULL, "no memory");
    ssize_t size = read(way->from, piece->bytes, PIECE_BYTES);
    if (size <= 0) {
        way->ended = size == 0 || errno != EAGAIN;
        free(piece);
        return;
    }
    piece = realloc(piece, sizeof *piece + (size_t)size);
    check(piece != NULL, "no memory");
    piece->next = NULL;
    piece->due_us = now_us() + DELAY_US;
    piece->size = (size_t)size;
    piece->sent = 0;
    count_zmtp(way, piece->bytes, piece->size);
    if (way->first == NULL)
        way->first = piece;
    else
        way->last->next = piece;
    way->last = piece;
    way->pieces++;
}

/* Returns when the next is due; UINT64_MAX for never. */
static inline uint64_t give_pieces(struct pipe_way *way)
{
    while (way->first != NULL && way->first->due_us <= now_us()) {
        struct piece *piece = way->first;
        ssize_t size = write(way->to, piece->bytes + piece->sent, piece->size - piece->sent);
        if (size < 0 && errno == EAGAIN)
            return now_us() + 1000;
        if (size < 0) {
            way->ended = true;
            return UINT64_MAX;
        }
        piece->sent += (size_t)size;
        if (piece->sent < piece->size)
            continue;
        way->first = piece->next;
        way->pieces--;
        free(piece);
    }
    return way->first != NULL ? way->first->due_us : UINT64_MAX;
}

static inline void set_socket(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

static inline void carry(struct pipe_way ways[2])
{
    while (!ways[0].ended && !ways[1].ended) {
        uint64_t next = UINT64_MAX, now;
        struct pollfd items[2];
        for (int i = 0; i < 2; i++) {
            uint64_t due = give_pieces(&ways[i]);
            next = due < next ? due : next;
            items[i] = (struct pollfd){ways[i].from, ways[i].pieces < PIECES_MAX ? POLLIN : 0, 0};
        }
        now = now_us();
        /* The last part of a millisecond is spun away. */
        poll(items, 2, next == UINT64_MAX ? -1 : next > now ? (int)((next - now) / 1000) : 0);
        for (int i = 0; i < 2; i++)
            if (items[i].revents != 0)
                take_piece(&ways[i]);
    }
}

struct proxy_terms {
    struct proxy_view *view;
    uint16_t target;
};

/* Ends when its one connection does. */
static inline void proxy_child(struct child *parent, const void *argument)
{
    const struct proxy_terms *terms = argument;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in target = own;
    socklen_t size = sizeof own;
    int listener = socket(AF_INET, SOCK_STREAM, 0), far = socket(AF_INET, SOCK_STREAM, 0);
    target.sin_port = htons(terms->target);
    check(bind(listener, (struct sockaddr *)&own, sizeof own) == 0 && listen(listener, 1) == 0 &&
              getsockname(listener, (struct sockaddr *)&own, &size) == 0,
          "no TCP on loopback");
    uint16_t port = ntohs(own.sin_port);
    tell(parent->to, &port, sizeof port);
    int near = accept(listener, NULL, NULL);
    check(near >= 0 && connect(far, (struct sockaddr *)&target, sizeof target) == 0,
          "no TCP on loopback");
    set_socket(near);
    set_socket(far);
    struct pipe_way ways[2] = {
        {.view = &terms->view->out, .from = near, .to = far, .skip = 64, .need = -1},
        {.view = &terms->view->back, .from = far, .to = near, .skip = 64, .need = -1},
    };
    carry(ways);
    close(near);
    close(far);
    close(listener);
}

static inline struct proxy_view *proxy_view_new(void)
{
    struct proxy_view *view =
        mmap(NULL, sizeof *view, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(view != MAP_FAILED, "no memory");
    return view;
}
