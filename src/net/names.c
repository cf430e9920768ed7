/* Names: a child that gets each question along with a socket for its answer.
 *
 *     this process                                     the child
 *     a thread makes a pair of sockets,
 *     sends the host and one of the two    ------->    a thread of its own for each: getaddrinfo,
 *     waits at the other                   <-------    the answer, whole, and the end
 *
 * 1. An end without an answer (the child is gone) is EAI_AGAIN, as a name server that does not answer.
 * 2. What comes back is a struct of numbers and socket addresses, of which the count is looked at; it is
 *    judged by who asked (resolver.c), as what libc says is.
 * 3. The child was made before any secret was there. It ends when the last end of its socket is closed. */
#include "net/names.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FDS_MAX     1024         /* of those that may have been handed over */
#define STACK_BYTES (512 * 1024) /* name service modules of libc keep buffers there */

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

struct question {
    int answer; /* where it goes */
    char host[NAMES_HOST_MAX + 1];
};

static int near_end = -1;

static void here(const char *host, struct names_found *found)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    memset(found, 0, sizeof *found);
    found->code = getaddrinfo(host, NULL, &hints, &all);
    found->os = errno;
    for (const struct addrinfo *at = all; found->code == 0 && at != NULL; at = at->ai_next)
        if (found->count < NAMES_MAX && at->ai_addrlen <= sizeof found->at[0])
            memcpy(&found->at[found->count++], at->ai_addr, at->ai_addrlen);
    if (found->code == 0)
        freeaddrinfo(all);
}

/* ---- the child ---- */

static void *look_up(void *argument)
{
    struct question *question = argument;
    struct names_found found;
    here(question->host, &found);
    send(question->answer, &found, sizeof found, MSG_NOSIGNAL);
    close(question->answer);
    free(question);
    return NULL;
}

static void begin(struct question *question)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (pthread_create(&thread, &attributes, look_up, question) != 0) {
        close(question->answer);
        free(question);
    }
    pthread_attr_destroy(&attributes);
}

union control {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
};

/* NULL at the end. */
static struct question *hear(int far_end)
{
    struct question *question = calloc(1, sizeof *question);
    if (question == NULL)
        return NULL;
    union control control;
    struct iovec part = {question->host, NAMES_HOST_MAX};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t size;
    while ((size = recvmsg(far_end, &message, 0)) < 0 && errno == EINTR)
        ;
    const struct cmsghdr *head = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head == NULL || head->cmsg_type != SCM_RIGHTS) {
        free(question);
        return NULL;
    }
    memcpy(&question->answer, CMSG_DATA(head), sizeof question->answer);
    return question;
}

static void serve(int far_end)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGALRM};
    struct question *question;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    while ((question = hear(far_end)) != NULL)
        begin(question);
    _exit(0);
}

void names_begin(void (*give_up)(void))
{
    int ends[2], nothing;
#ifdef SOCK_SEQPACKET
    if (near_end >= 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
        return; /* where there are none, names are looked up here */
#else
    return;
#endif
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 3; fd < FDS_MAX; fd++) /* a passphrase's, say */
            if (fd != ends[1])
                close(fd);
        /* Nothing of the terminal's, nor of a pipe whose end somebody waits for. */
        nothing = open("/dev/null", O_RDWR);
        for (int fd = 0; fd <= 2 && nothing >= 0; fd++)
            dup2(nothing, fd);
        give_up();
        serve(ends[1]);
    }
    close(ends[1]);
    if (child > 0)
        near_end = ends[0];
    else
        close(ends[0]);
}

/* ---- this process ---- */

static bool ask(const char *host, int answer)
{
    union control control = {.room = {0}};
    struct iovec part = {(void *)(uintptr_t)host, strlen(host)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof answer);
    memcpy(CMSG_DATA(head), &answer, sizeof answer);
    ssize_t put;
    while ((put = sendmsg(near_end, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return put == (ssize_t)strlen(host);
}

void names_look_up(const char *host, struct names_found *found)
{
    int ends[2];
    if (near_end < 0) {
        here(host, found);
        return;
    }
    memset(found, 0, sizeof *found);
    found->code = EAI_AGAIN;
    if (host[0] == '\0' || strlen(host) > NAMES_HOST_MAX ||
        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
        return;
    bool asked = ask(host, ends[1]);
    close(ends[1]);
    ssize_t size = -1;
    while (asked && (size = recv(ends[0], found, sizeof *found, 0)) < 0 && errno == EINTR)
        ;
    close(ends[0]);
    if (size != (ssize_t)sizeof *found || found->count > NAMES_MAX)
        *found = (struct names_found){.code = EAI_AGAIN};
}
