/* Guard: an eye on libzmq's connections from outside.
 *
 * A high-water mark counts whole messages. The parts of a message without end lie in libzmq's pipe,
 * counted by nothing and told to nobody: 300 MB of parts sent were 300 MB of memory taken. The
 * monitors give each connection's descriptor, and Linux counts the bytes that came by it:
 *
 *     held = read by libzmq - taken off the socket by us
 *
 * Beyond ALLOWANCE, which the frames of a full pipe cannot reach, the connection is ended. This
 * holds however slowly we read, for libzmq stops to read where its pipe is full. A stranger, none
 * of whose frames was taken yet, has less, for strangers are many.
 *
 *                bytes came (epoll, once)
 *     asleep ----------------------------------> stirred: a look every LOOK_MS
 *       ^                                           |
 *       `-------------------------------------------'
 *         nothing came since the last look; or all that came was taken, once in SETTLE_MS
 *
 * So a link with nothing to say wakes nobody, and a lone ping wakes the node once more than it
 * would have: for the bytes, and then for the frame, with which all is taken. Of a link that talks,
 * only the looks are added.
 *
 * Invariants:
 * 1. The descriptor is libzmq's. It is never read here, and only looked at while its peer is the
 *    one that it had when it was watched: libzmq closes it in its own thread, and the number may be
 *    another's by now. (A closed descriptor leaves epoll by itself.)
 * 2. A sleeping watch's descriptor is armed, or there is no epoll.
 * 3. `taken` is never below what was taken: every frame counts the most that it can have been. Nor
 *    above what came: each look lowers it to that, so that a peer saves nothing up for later. What
 *    is no frame (a handshake, heartbeats that we never ask for) counts as held.
 * 4. Where a connection's bytes wait in the kernel and neither more come nor any are taken, libzmq
 *    does not read it, for its pipe is full: then the looks become rarer, up to LAZY_LOOK_MS, until
 *    a frame is taken.
 *
 * Where bytes are not counted there is nothing to see, and no watch. Where they are but there is no
 * epoll, a sleeping connection is looked at every LAZY_LOOK_MS. */
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

#include "base/check.h"
#include "base/tcp.h"
#include "net/link_private.h"

#define WIRE_OVERHEAD (9 + 33) /* ZMTP's longest frame header, and what CURVE adds */
/* A full pipe; one frame that libzmq could not put there, one that it is reading, one that a ROUTER
 * took ahead; and a few more, for what a later libzmq may do. */
#define ALLOWANCE ((LINK_RECEIVE_FRAMES + 16) * (uint64_t)(LIMIT_FRAME + WIRE_OVERHEAD))
/* Who dialled us says one frame and waits for the answer to it. */
#define ALLOWANCE_FIRST (4 * (uint64_t)(LIMIT_FRAME + WIRE_OVERHEAD))
#define LOOK_MS         20
#define LAZY_LOOK_MS    1000
#define SETTLE_MS       1000
#define EVENTS_MAX      32

/* epoll. */

#ifdef __linux__
static int epoll_new(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

static bool arm(const struct guard *guard, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
    return epoll_ctl(guard->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
           epoll_ctl(guard->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static size_t armed_that_fired(const struct guard *guard, int fds[EVENTS_MAX])
{
    struct epoll_event events[EVENTS_MAX];
    int count = guard->epoll < 0 ? 0 : epoll_wait(guard->epoll, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++)
        fds[i] = events[i].data.fd;
    return count > 0 ? (size_t)count : 0;
}
#else
static int epoll_new(void)
{
    return -1;
}

static bool arm(const struct guard *guard, int fd)
{
    (void)guard;
    (void)fd;
    return false;
}

static size_t armed_that_fired(const struct guard *guard, int fds[EVENTS_MAX])
{
    (void)guard;
    (void)fds;
    return 0;
}
#endif

void guard_open(struct links *links)
{
    links->guard.epoll = epoll_new();
    links->guard.next_ms = UINT64_MAX;
}

void guard_close(struct links *links)
{
    if (links->guard.epoll >= 0)
        close(links->guard.epoll);
    links->guard.epoll = -1;
}

int guard_descriptor(const struct links *links)
{
    return links->guard.epoll;
}

/* Asleep and awake. */

static void look_at(struct guard *guard, struct watch *watch, uint64_t when_ms)
{
    watch->look_ms = when_ms;
    if (when_ms < guard->next_ms)
        guard->next_ms = when_ms;
}

static void stir(struct guard *guard, struct watch *watch)
{
    if (watch->stirred || watch->fd < 0)
        return;
    watch->stirred = watch->fresh = true;
    watch->gap_ms = LOOK_MS;
    look_at(guard, watch, 0);
}

static void sleep_on(struct guard *guard, struct watch *watch, uint64_t now_ms)
{
    watch->rest = watch->read - watch->taken;
    watch->slept_ms = now_ms;
    watch->stirred = watch->fresh = watch->settles = false;
    if (arm(guard, watch->fd))
        return;
    watch->stirred = true;
    look_at(guard, watch, now_ms + LAZY_LOOK_MS);
}

static void close_eye(struct watch *watch)
{
    watch->fd = -1;
    watch->stirred = false;
}

struct watch *guard_watch(struct links *links, struct net_link *link, int fd)
{
    struct guard *guard = &links->guard;
    struct sockaddr_storage peer;
    uint64_t read, unread;
    if (!tcp_peer(fd, &peer) || !tcp_received(fd, &read, &unread))
        return NULL;
    size_t at = 0;
    while (at < WATCH_MAX && guard->watches[at].used)
        at++;
    CHECK(at < WATCH_MAX);
    if (at == guard->watch_room)
        guard->watch_room++;
    struct watch *watch = &guard->watches[at];
    *watch = (struct watch){.used = true, .fd = fd, .link = link, .peer = peer};
    watch->allowance = link ? ALLOWANCE : ALLOWANCE_FIRST;
    stir(guard, watch);
    return watch;
}

void guard_release(struct links *links, struct watch *watch)
{
    struct guard *guard = &links->guard;
    if (!watch)
        return;
    *watch = (struct watch){.fd = -1};
    while (guard->watch_room > 0 && !guard->watches[guard->watch_room - 1].used)
        guard->watch_room--;
}

void guard_took(struct links *links, struct watch *watch, size_t frame_bytes)
{
    if (!watch)
        return;
    watch->taken += frame_bytes + WIRE_OVERHEAD;
    watch->allowance = ALLOWANCE;
    if (watch->stirred && (watch->settles || watch->gap_ms > LOOK_MS))
        look_at(&links->guard, watch, 0);
}

void guard_attend(struct links *links)
{
    struct guard *guard = &links->guard;
    int fds[EVENTS_MAX];
    size_t count = armed_that_fired(guard, fds);
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < guard->watch_room; at++)
            if (guard->watches[at].fd == fds[i])
                stir(guard, &guard->watches[at]);
}

/* Looking. */

static void overrun(struct links *links, struct watch *watch)
{
    int fd = watch->fd;
    close_eye(watch);
    if (watch->link)
        dial_overrun(links, watch->link);
    else
        inbound_overrun(links, fd);
}

static void look(struct links *links, struct watch *watch)
{
    uint64_t now_ms = links->now_ms, read, unread;
    if (!tcp_is_peer(watch->fd, &watch->peer) || !tcp_received(watch->fd, &read, &unread)) {
        close_eye(watch);
        return;
    }
    if (watch->taken > read)
        watch->taken = read;
    if (read - watch->taken > watch->allowance) {
        overrun(links, watch);
        return;
    }
    bool came = read != watch->read, took = watch->taken != watch->taken_then;
    watch->read = read;
    watch->taken_then = watch->taken;
    if (watch->fresh)
        watch->settles = now_ms - watch->slept_ms >= SETTLE_MS;
    if (unread == 0 && (!came || (watch->settles && read - watch->taken <= watch->rest))) {
        sleep_on(&links->guard, watch, now_ms);
        return;
    }
    watch->settles = watch->settles && watch->fresh;
    watch->fresh = false;
    watch->gap_ms = came || took || unread == 0 ? LOOK_MS : watch->gap_ms * 2;
    if (watch->gap_ms > LAZY_LOOK_MS)
        watch->gap_ms = LAZY_LOOK_MS;
    look_at(&links->guard, watch, now_ms + watch->gap_ms);
}

uint64_t guard_deadline(const struct links *links)
{
    return links->guard.next_ms;
}

void guard_tick(struct links *links)
{
    struct guard *guard = &links->guard;
    if (links->now_ms < guard->next_ms)
        return;
    guard->next_ms = UINT64_MAX;
    for (size_t at = 0; at < guard->watch_room; at++) {
        struct watch *watch = &guard->watches[at];
        if (!watch->used || !watch->stirred)
            continue;
        if (watch->look_ms <= links->now_ms)
            look(links, watch);
        else
            look_at(guard, watch, watch->look_ms);
    }
}
