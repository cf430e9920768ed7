/* Guest: an invite that ends cannot hold the network's secret, which does not end. It holds a ticket, and
 * the public key of the door; who has it asks there, once:
 *
 *     guest                                             door, key pair D, new for each process
 *     key pair g, new
 *       -- seal(D, ticket 16 | g 32) 96 ------------->  knows the ticket?
 *       <- nonce 24 | box(D to g, u8 answer | text) --  text: an invite with the secret, filled up with
 *                                                       zeros to INVITE_TEXT_MAX
 *
 * Both are libsodium's (crypto_box_seal, crypto_box). It is TCP of its own and not a CURVE link, since a
 * ROUTER has one server key, that of the network, which a guest is not to have; and what strangers can
 * make it hold is small and counted.
 *
 * 1. A ticket for one machine belongs to the first g that showed it; the same g is answered again (his
 *    connection may have been lost), another is told that it was used.
 * 2. The door says nothing to who does not know D: it closes. A scan learns that a port is open.
 * 3. It listens while a ticket is good, and LINGER_MS longer, for those who come too late to be told so.
 * 4. Tickets are in memory alone: with the node they end. */
#include "net/guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "net/tunnel.h"

#define ASK_BYTES    (crypto_box_SEALBYTES + INVITE_TICKET_BYTES + crypto_box_PUBLICKEYBYTES)
#define PLAIN_BYTES  (1 + INVITE_TEXT_MAX)
#define ANSWER_BYTES (crypto_box_NONCEBYTES + crypto_box_MACBYTES + PLAIN_BYTES)
#define WAIT_MS      5000 /* what one connection may take */
#define LINGER_MS    600000
#define FAR_MS       HELLO_FAR_MS

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

struct ticket {
    bool known, once, used;
    uint8_t ticket[INVITE_TICKET_BYTES];
    uint8_t guest[crypto_box_PUBLICKEYBYTES];
    uint64_t until_wall_ms;
};

struct visitor {
    int fd;              /* -1: no visitor */
    struct address from; /* without port */
    uint64_t number;     /* the order in which they came */
    uint64_t until_ms;
    size_t got;
    uint8_t asked[ASK_BYTES];
};

struct guests {
    int listener;
    uint16_t port;
    uint8_t key[crypto_box_PUBLICKEYBYTES], *secret_key; /* in guarded memory */
    struct ticket tickets[GUESTS_TICKETS_MAX];
    size_t next; /* the place that is taken next */
    struct visitor visitors[GUESTS_WAITING_MAX];
    uint64_t next_number;
    uint64_t dead_ms; /* since when no ticket is good; 0: one is */
};

struct guests *guests_new(void)
{
    struct guests *guests = calloc(1, sizeof *guests);
    if (guests == NULL || sodium_init() < 0) {
        free(guests);
        return NULL;
    }
    guests->listener = -1;
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++)
        guests->visitors[i].fd = -1;
    guests->secret_key = sodium_malloc(crypto_box_SECRETKEYBYTES);
    CHECK(guests->secret_key != NULL);
    crypto_box_keypair(guests->key, guests->secret_key);
    return guests;
}

static void send_away(struct visitor *visitor)
{
    if (visitor->fd >= 0)
        close(visitor->fd);
    *visitor = (struct visitor){.fd = -1};
}

static void stop_listening(struct guests *guests)
{
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++)
        send_away(&guests->visitors[i]);
    if (guests->listener >= 0)
        close(guests->listener);
    guests->listener = -1;
    guests->port = 0;
}

void guests_free(struct guests *guests)
{
    if (guests == NULL)
        return;
    stop_listening(guests);
    sodium_free(guests->secret_key);
    sodium_memzero(guests, sizeof *guests);
    free(guests);
}

/* ---- listening ---- */

static bool listen_on(struct guests *guests, int family)
{
    int off = 0;
    struct sockaddr_in6 at = {.sin6_family = AF_INET6};
    struct sockaddr_in at4 = {.sin_family = AF_INET};
    bool six = family == AF_INET6;
    socklen_t size = six ? sizeof at : sizeof at4;
    int fd = socket(family, SOCK_STREAM, 0);
    if (fd < 0)
        return false;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (six)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    struct sockaddr *where = six ? (struct sockaddr *)&at : (struct sockaddr *)&at4;
    if (bind(fd, where, size) != 0 || listen(fd, GUESTS_WAITING_MAX) != 0 ||
        getsockname(fd, where, &size) != 0) {
        close(fd);
        return false;
    }
    guests->listener = fd;
    guests->port = ntohs(six ? at.sin6_port : at4.sin_port);
    return true;
}

uint16_t guests_add(struct guests *guests, bool once, uint64_t until_wall_ms, struct invite *invite)
{
    if (guests->listener < 0 && !listen_on(guests, AF_INET6) && !listen_on(guests, AF_INET))
        return 0;
    struct ticket *ticket = &guests->tickets[guests->next++ % GUESTS_TICKETS_MAX];
    *ticket = (struct ticket){.known = true, .once = once, .until_wall_ms = until_wall_ms};
    randombytes_buf(ticket->ticket, sizeof ticket->ticket);
    invite->kind = INVITE_TICKET;
    memcpy(invite->secret, guests->key, sizeof invite->secret);
    memcpy(invite->ticket, ticket->ticket, sizeof invite->ticket);
    guests->dead_ms = 0;
    return guests->port;
}

uint16_t guests_port(const struct guests *guests)
{
    return guests->port;
}

size_t guests_poll(const struct guests *guests, struct pollfd *items)
{
    size_t count = 0;
    if (guests->listener < 0)
        return 0;
    items[count++] = (struct pollfd){.fd = guests->listener, .events = POLLIN};
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++)
        if (guests->visitors[i].fd >= 0)
            items[count++] = (struct pollfd){.fd = guests->visitors[i].fd, .events = POLLIN};
    return count;
}

uint64_t guests_deadline(const struct guests *guests)
{
    uint64_t deadline =
        guests->listener >= 0 && guests->dead_ms != 0 ? guests->dead_ms + LINGER_MS : UINT64_MAX;
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++)
        if (guests->visitors[i].fd >= 0 && guests->visitors[i].until_ms < deadline)
            deadline = guests->visitors[i].until_ms;
    return deadline;
}

/* ---- visitors ---- */

static bool is_over(const struct ticket *ticket, uint64_t wall_ms)
{
    return ticket->until_wall_ms != 0 && wall_ms >= ticket->until_wall_ms;
}

static enum guest_answer judge(struct guests *guests, const uint8_t *shown, const uint8_t *guest,
                               uint64_t wall_ms)
{
    for (size_t i = 0; i < GUESTS_TICKETS_MAX; i++) {
        struct ticket *ticket = &guests->tickets[i];
        if (!ticket->known || sodium_memcmp(ticket->ticket, shown, INVITE_TICKET_BYTES) != 0)
            continue;
        bool again = ticket->used && memcmp(ticket->guest, guest, sizeof ticket->guest) == 0;
        if (is_over(ticket, wall_ms))
            return GUEST_EXPIRED;
        if (ticket->once && ticket->used && !again)
            return GUEST_USED;
        ticket->used = true;
        memcpy(ticket->guest, guest, sizeof ticket->guest);
        return GUEST_WELCOME;
    }
    return GUEST_UNKNOWN;
}

/* Answers what was asked whole; true when the guest was given the text. */
static bool answer(struct guests *guests, const struct visitor *visitor, uint64_t wall_ms,
                   const char *text)
{
    uint8_t asked[INVITE_TICKET_BYTES + crypto_box_PUBLICKEYBYTES], plain[PLAIN_BYTES] = {0};
    uint8_t sealed[ANSWER_BYTES];
    const uint8_t *guest = asked + INVITE_TICKET_BYTES;
    if (crypto_box_seal_open(asked, visitor->asked, ASK_BYTES, guests->key, guests->secret_key) !=
        0)
        return false;
    plain[0] = (uint8_t)judge(guests, asked, guest, wall_ms);
    if (plain[0] == GUEST_WELCOME)
        memcpy(plain + 1, text, strlen(text));
    randombytes_buf(sealed, crypto_box_NONCEBYTES);
    bool good = crypto_box_easy(sealed + crypto_box_NONCEBYTES, plain, sizeof plain, sealed, guest,
                                guests->secret_key) == 0;
    bool welcome = plain[0] == GUEST_WELCOME;
    sodium_memzero(plain, sizeof plain);
    /* It is the first that is sent, and less than any send buffer. */
    return good && send(visitor->fd, sealed, sizeof sealed, MSG_NOSIGNAL) == ANSWER_BYTES &&
           welcome;
}

static size_t from_there(const struct guests *guests, const struct address *from)
{
    size_t count = 0;
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++)
        count +=
            guests->visitors[i].fd >= 0 && strcmp(guests->visitors[i].from.text, from->text) == 0;
    return count;
}

/* A free place, or that of the oldest of those from the address that has most: a stranger with many
 * connections pushes out his own. */
static struct visitor *place_for_visitor(struct guests *guests)
{
    struct visitor *worst = &guests->visitors[0];
    size_t most = 0;
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++) {
        struct visitor *visitor = &guests->visitors[i];
        if (visitor->fd < 0)
            return visitor;
        size_t same = from_there(guests, &visitor->from);
        if (same > most || (same == most && visitor->number < worst->number)) {
            worst = visitor;
            most = same;
        }
    }
    send_away(worst);
    return worst;
}

static void let_in(struct guests *guests, uint64_t now_ms)
{
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++) {
        struct sockaddr_storage peer = {0};
        socklen_t size = sizeof peer;
        int fd = accept(guests->listener, (struct sockaddr *)&peer, &size);
        if (fd < 0)
            return;
        fcntl(fd, F_SETFL, O_NONBLOCK);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        struct visitor *visitor = place_for_visitor(guests);
        *visitor = (struct visitor){
            .fd = fd, .until_ms = now_ms + WAIT_MS, .number = guests->next_number++};
        if (address_from_sockaddr(&visitor->from, (const struct sockaddr *)&peer, 0))
            *strrchr(visitor->from.text, ':') = '\0';
    }
}

/* True when the visitor was given the text. */
static bool hear(struct guests *guests, struct visitor *visitor, uint64_t now_ms, uint64_t wall_ms,
                 const char *text, struct address *from)
{
    ssize_t got = recv(visitor->fd, visitor->asked + visitor->got, ASK_BYTES - visitor->got, 0);
    if (got > 0)
        visitor->got += (size_t)got;
    bool ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (visitor->got < ASK_BYTES && !ended && now_ms < visitor->until_ms)
        return false;
    bool welcome = visitor->got == ASK_BYTES && answer(guests, visitor, wall_ms, text);
    *from = visitor->from;
    send_away(visitor);
    return welcome;
}

static void look_at_tickets(struct guests *guests, uint64_t now_ms, uint64_t wall_ms)
{
    bool good = false;
    for (size_t i = 0; i < GUESTS_TICKETS_MAX; i++) {
        const struct ticket *ticket = &guests->tickets[i];
        good =
            good || (ticket->known && !is_over(ticket, wall_ms) && !(ticket->once && ticket->used));
    }
    if (good)
        guests->dead_ms = 0;
    else if (guests->dead_ms == 0)
        guests->dead_ms = now_ms;
    else if (now_ms >= guests->dead_ms + LINGER_MS)
        stop_listening(guests);
}

bool guests_next(struct guests *guests, uint64_t now_ms, uint64_t wall_ms, const char *text,
                 struct address *from)
{
    if (guests->listener < 0)
        return false;
    CHECK(strlen(text) < INVITE_TEXT_MAX);
    let_in(guests, now_ms);
    for (size_t i = 0; i < GUESTS_WAITING_MAX; i++)
        if (guests->visitors[i].fd >= 0 &&
            hear(guests, &guests->visitors[i], now_ms, wall_ms, text, from))
            return true;
    look_at_tickets(guests, now_ms, wall_ms);
    return false;
}

/* ---- the guest ---- */

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, uint64_t until_ms)
{
    struct pollfd item = {.fd = fd, .events = events};
    uint64_t now_ms = clock_ms();
    return now_ms < until_ms && (poll(&item, 1, (int)(until_ms - now_ms)) > 0 || errno == EINTR);
}

/* A connection to a numeric address, or one that failed: -1. */
static int call(const struct address *address, uint64_t until_ms)
{
    struct sockaddr_storage to;
    socklen_t size, failed_size = sizeof(int);
    int failed = 0;
    if (!address_to_sockaddr(address, &to, &size))
        return -1;
    int fd = socket(to.ss_family, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (connect(fd, (const struct sockaddr *)&to, size) == 0 ||
        (errno == EINPROGRESS && wait_for(fd, POLLOUT, until_ms) &&
         getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &failed_size) == 0 && failed == 0))
        return fd;
    close(fd);
    return -1;
}

/* The same through a proxy. */
static int call_through(const struct address *proxy, const struct address *address,
                        uint64_t until_ms)
{
    struct tunnel_answer answer = {.end = TUNNEL_NO_ANSWER};
    struct address near = {{0}};
    int tunnel = tunnel_open(proxy, address, -1), fd = -1;
    if (tunnel < 0)
        return -1;
    if (wait_for(tunnel, POLLIN, until_ms) && tunnel_take(tunnel, &answer) &&
        answer.end == TUNNEL_OPEN) {
        snprintf(near.text, sizeof near.text, "127.0.0.1:%u", answer.port);
        fd = call(&near, until_ms);
    }
    if (fd >= 0)
        tunnel_claim(tunnel, fd);
    else
        close(tunnel);
    return fd;
}

static bool receive(int fd, uint8_t *at, size_t size, uint64_t until_ms)
{
    while (size > 0) {
        ssize_t got = recv(fd, at, size, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (got < 0 && !wait_for(fd, POLLIN, until_ms))
            return false;
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

struct guest_keys {
    uint8_t key[crypto_box_PUBLICKEYBYTES], secret_key[crypto_box_SECRETKEYBYTES];
};

static enum guest_answer talk(int fd, const struct invite *ticket, const struct guest_keys *keys,
                              uint64_t until_ms, char text[INVITE_TEXT_MAX])
{
    uint8_t plain[PLAIN_BYTES], ask[ASK_BYTES], sealed[ANSWER_BYTES];
    memcpy(plain, ticket->ticket, INVITE_TICKET_BYTES);
    memcpy(plain + INVITE_TICKET_BYTES, keys->key, sizeof keys->key);
    if (crypto_box_seal(ask, plain, INVITE_TICKET_BYTES + sizeof keys->key, ticket->secret) != 0 ||
        send(fd, ask, sizeof ask, MSG_NOSIGNAL) != ASK_BYTES ||
        !receive(fd, sealed, sizeof sealed, until_ms) ||
        crypto_box_open_easy(plain, sealed + crypto_box_NONCEBYTES,
                             sizeof sealed - crypto_box_NONCEBYTES, sealed, ticket->secret,
                             keys->secret_key) != 0 ||
        plain[0] > GUEST_USED)
        return GUEST_NO_ANSWER;
    memcpy(text, plain + 1, INVITE_TEXT_MAX);
    text[INVITE_TEXT_MAX - 1] = '\0';
    sodium_memzero(plain + 1, INVITE_TEXT_MAX);
    return (enum guest_answer)plain[0];
}

enum guest_answer guest_ask(const struct invite *ticket, const struct address *proxy,
                            char text[INVITE_TEXT_MAX])
{
    struct guest_keys keys;
    enum guest_answer answer = GUEST_NO_ANSWER;
    bool far = proxy->text[0] != '\0';
    crypto_box_keypair(keys.key, keys.secret_key);
    text[0] = '\0';
    for (size_t i = 0; i < ticket->count && answer == GUEST_NO_ANSWER; i++) {
        uint64_t until_ms = clock_ms() + (far ? FAR_MS : WAIT_MS);
        int fd = far ? call_through(proxy, &ticket->addresses[i], until_ms)
                     : call(&ticket->addresses[i], until_ms);
        if (fd >= 0)
            answer = talk(fd, ticket, &keys, until_ms, text);
        if (fd >= 0)
            close(fd);
    }
    sodium_memzero(&keys, sizeof keys);
    return answer;
}
