/* TCP: what may be asked of a connection that another library holds by its descriptor. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Who is at the other end now; false, with all zero, when the descriptor is no connection. */
bool tcp_peer(int fd, struct sockaddr_storage *peer);
/* True while the descriptor is a connection to the peer that tcp_peer gave. Its owner may have
 * closed it, and the number be somebody else's. */
bool tcp_is_peer(int fd, const struct sockaddr_storage *peer);
/* The bytes that its owner has read since it was opened, and those that wait in the kernel; false
 * on systems that do not count them. What is read meanwhile may be missing in `read`, never too
 * much in it. */
bool tcp_received(int fd, uint64_t *read, uint64_t *unread);
