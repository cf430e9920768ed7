/* Resolver: getaddrinfo may hang for as long as a name server likes, so each lookup has a thread of
 * its own, and nobody ever waits for it.
 *
 * A lookup's thread owns one heap block (what was asked, and a descriptor: its copy of the sending
 * end of a socket pair) and frees it. It sends one datagram, the whole answer, and ends. The
 * resolver owns the receiving end. So nothing is shared, and there is nothing to lock or to cancel:
 *
 * 1. A lookup that outlives its resolver finds the receiving end closed; its answer goes nowhere.
 * 2. At most RESOLVER_LOOKUPS_MAX answers are owed at a time, and the pair holds that many, so no
 *    sender waits. What needs no lookup (localhost, numeric hosts) is answered through the same
 *    pair at once.
 *
 * It does not cache and does not try again: the caller knows when the network changed. */
#include "net/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/tr.h"
#include "net/helper.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* the threads block SIGPIPE, and the resolver's own end stays open */
#endif

struct resolver {
    int receiving;
    int sending;
    size_t owed; /* asked and not yet taken */
};

struct lookup {
    int sending;
    struct target target;
};

static bool descriptor_set(int fd)
{
    int room = 2 * RESOLVER_LOOKUPS_MAX * (int)sizeof(struct resolved);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

struct resolver *resolver_new(void)
{
    int pair[2];
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
        free(resolver);
        return NULL;
    }
    resolver->receiving = pair[0];
    resolver->sending = pair[1];
    if (!descriptor_set(pair[0]) || !descriptor_set(pair[1])) {
        resolver_free(resolver);
        return NULL;
    }
    return resolver;
}

void resolver_free(struct resolver *resolver)
{
    if (resolver != NULL) {
        close(resolver->receiving);
        close(resolver->sending);
        free(resolver);
    }
}

int resolver_fd(const struct resolver *resolver)
{
    return resolver->receiving;
}

/* While it is worked on, an answer's port is the one to dial. */
static void answer_begin(struct resolved *answer, const struct target *target)
{
    memset(answer, 0, sizeof *answer); /* its padding is sent, too */
    answer->target.kind = target->kind;
    answer->target.port = target->port != 0 ? target->port : DEFAULT_PORT;
    snprintf(answer->target.host, sizeof answer->target.host, "%s", target->host);
}

static bool answer_send(int fd, struct resolved *answer, const struct target *target, int flags)
{
    answer->target.port = target->port;
    return send(fd, answer, sizeof *answer, MSG_NOSIGNAL | flags) == (ssize_t)sizeof *answer;
}

static void answer_add(struct resolved *answer, const struct address *address)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (strcmp(answer->addresses[i].text, address->text) == 0) {
            return;
        }
    }
    if (answer->count < RESOLVED_MAX) {
        answer->addresses[answer->count++] = *address;
    }
}

static void answer_add_text(struct resolved *answer, const char *host)
{
    struct address address = {{0}};
    snprintf(address.text, sizeof address.text, "%.70s:%u", host, (unsigned)answer->target.port);
    answer_add(answer, &address);
}

/* True when no lookup is needed: the answer is filled. */
static bool answer_at_once(struct resolved *answer)
{
    const char *host = answer->target.host;
    struct in_addr ip4;
    if (host[0] == 0 || strcasecmp(host, "localhost") == 0) {
        answer_add_text(answer, "127.0.0.1");
        answer_add_text(answer, "[::1]");
        return true;
    }
    if (inet_pton(AF_INET, host, &ip4) == 1) {
        answer_add_text(answer, host);
        return true;
    }
    if (strchr(host, ':') == NULL) {
        return false;
    }
    struct address address;
    struct sockaddr_storage to;
    socklen_t size;
    snprintf(address.text, sizeof address.text, "[%.68s]:%u", host, (unsigned)answer->target.port);
    if (!address_to_sockaddr(&address, &to, &size)) {
        snprintf(answer->why, sizeof answer->why, _("this machine has no interface of that name"));
    } else if (IN6_IS_ADDR_LINKLOCAL(&((struct sockaddr_in6 *)(void *)&to)->sin6_addr) &&
               ((struct sockaddr_in6 *)(void *)&to)->sin6_scope_id == 0) {
        snprintf(answer->why, sizeof answer->why,
                 _("a link-local address needs its interface, such as %.60s%%eth0"), host);
    } else if (address_from_sockaddr(&address, (const void *)&to, answer->target.port)) {
        answer_add(answer, &address);
    }
    return true;
}

static void say_why(struct resolved *answer, int code, int os)
{
    const char *why = gai_strerror(code);
    if (code == EAI_NONAME) {
        why = _("no such host");
    } else if (code == EAI_AGAIN) {
        why = _("the name server does not answer");
    } else if (code == EAI_SYSTEM && strerror_r(os, answer->why, sizeof answer->why) == 0) {
        return;
    }
    snprintf(answer->why, sizeof answer->why, "%s", why);
}

static void look_up(struct resolved *answer)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    int code = getaddrinfo(answer->target.host, NULL, &hints, &all);
    if (code != 0) {
        say_why(answer, code, errno);
        return;
    }
    for (const struct addrinfo *at = all; at != NULL; at = at->ai_next) {
        struct address address;
        if (address_from_sockaddr(&address, at->ai_addr, answer->target.port)) {
            answer_add(answer, &address);
        }
    }
    freeaddrinfo(all);
    if (answer->count == 0) {
        snprintf(answer->why, sizeof answer->why, _("the host has no address"));
    }
}

static void *lookup_main(void *argument)
{
    struct lookup *lookup = argument;
    struct resolved answer;
    answer_begin(&answer, &lookup->target);
    look_up(&answer);
    answer_send(lookup->sending, &answer, &lookup->target, 0);
    close(lookup->sending);
    free(lookup);
    return NULL;
}

static bool lookup_new(const struct resolver *resolver, const struct target *target)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL) {
        return false;
    }
    lookup->target = *target;
    lookup->sending = fcntl(resolver->sending, F_DUPFD_CLOEXEC, 0);
    if (lookup->sending >= 0 && helper_start(lookup_main, lookup)) {
        return true;
    }
    if (lookup->sending >= 0) {
        close(lookup->sending);
    }
    free(lookup);
    return false;
}

bool resolver_ask(struct resolver *resolver, const struct target *target)
{
    if (resolver->owed >= RESOLVER_LOOKUPS_MAX) {
        return false;
    }
    resolver->owed++;
    struct resolved answer;
    answer_begin(&answer, target);
    if (!answer_at_once(&answer)) {
        if (lookup_new(resolver, target)) {
            return true;
        }
        snprintf(answer.why, sizeof answer.why, _("this machine is too busy to look it up"));
    }
    if (!answer_send(resolver->sending, &answer, target, MSG_DONTWAIT)) {
        resolver->owed--;
        return false;
    }
    return true;
}

bool resolver_next(struct resolver *resolver, struct resolved *resolved)
{
    ssize_t size = recv(resolver->receiving, resolved, sizeof *resolved, MSG_DONTWAIT);
    if (size != (ssize_t)sizeof *resolved) {
        return false;
    }
    resolver->owed--;
    return true;
}
