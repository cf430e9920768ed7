/* Interface: the addresses that this machine has now, one row each. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define INTERFACES_MAX 128

struct interface {
    char name[IF_NAMESIZE];
    unsigned index;
    int family; /* AF_INET or AF_INET6 */
    bool loopback;
    bool multicast;
    bool broadcast;
    struct in_addr address;   /* IPv4 */
    struct in_addr mask;      /* IPv4 */
    struct in_addr peer;      /* IPv4, point-to-point: the other end; else zero */
    struct in6_addr address6; /* IPv6 */
};

/* Fills rows with the addresses of all interfaces that are up and have a carrier, in the system's
 * order, at most `room`. Returns how many. */
size_t interfaces_read(struct interface *rows, size_t room);
/* A descriptor that is readable when interfaces or addresses change; -1 where the system has none. */
int interfaces_watch(void);
/* Takes what it says; true when it said anything. What changed is to be seen with interfaces_read(). */
bool interfaces_spoke(int watch);
bool interface_equal(const struct interface *a, const struct interface *b);
/* The whole row as a socket address with port 0 (and its zone, where IPv6 needs one). */
struct sockaddr_storage interface_sockaddr(const struct interface *row);
/* 169.254.0.0/16 and fe80::/10. */
bool interface_is_link_local(const struct interface *row);
