/* TCP: libzmq tells its connections' descriptors, and no more of them. This asks the system the
 * rest. It never reads, writes or closes a descriptor: it is not ours.
 *
 * Of base, only this file speaks with the system; the core may not include it. Linux counts the
 * bytes of a connection (TCP_INFO, since 4.1); others are not asked. */
#include "base/tcp.h"

#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <linux/tcp.h>
#include <netinet/in.h>
#endif

bool tcp_peer(int fd, struct sockaddr_storage *peer)
{
    socklen_t size = sizeof *peer;
    memset(peer, 0, sizeof *peer);
    return getpeername(fd, (struct sockaddr *)peer, &size) == 0;
}

bool tcp_is_peer(int fd, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage now;
    return tcp_peer(fd, &now) && memcmp(&now, peer, sizeof now) == 0;
}

bool tcp_received(int fd, uint64_t *read, uint64_t *unread)
{
    *read = *unread = 0;
#ifdef __linux__
    struct tcp_info info;
    socklen_t size = sizeof info;
    int waiting = 0;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received ||
        ioctl(fd, FIONREAD, &waiting) != 0 || waiting < 0)
        return false;
    *unread = (uint64_t)waiting;
    if (info.tcpi_bytes_received > *unread)
        *read = info.tcpi_bytes_received - *unread;
    return true;
#else
    (void)fd;
    return false;
#endif
}
