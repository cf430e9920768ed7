/* Names: host names to addresses, by a process of its own where there is one: looking them up needs sockets
 * of other programs (name service caches, mDNS), and reads what name servers say, with libc's code. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define NAMES_HOST_MAX 255
#define NAMES_MAX      16 /* addresses of a host; further ones are left out */

struct names_found {
    int code; /* 0, or what getaddrinfo gave */
    int os;   /* errno, with EAI_SYSTEM */
    size_t count;
    struct sockaddr_storage at[NAMES_MAX];
};

/* Makes that process, in which `give_up` is called first. To be called before there is a second thread or an
 * open file that it should not hold. Without it, names are looked up in this process. */
void names_begin(void (*give_up)(void));
/* Waits for as long as name servers like. May be called by several threads at once. */
void names_look_up(const char *host, struct names_found *found);
