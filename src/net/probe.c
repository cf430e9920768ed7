/* Probe: non-blocking connects, looked at with poll(2) of no duration. The caller keeps the time. */
#include "net/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address.h"

void probes_begin(struct probes *probes)
{
    probes->count = 0;
}

static enum probe_state state_of(int error)
{
    switch (error) {
    case 0: return PROBE_REACHED;
    case EINPROGRESS: return PROBE_WAITS;
    case ECONNREFUSED:
    case ECONNRESET: return PROBE_REFUSED;
    case ETIMEDOUT: return PROBE_SILENT;
    default: return PROBE_NO_WAY;
    }
}

static void settle(struct probes *probes, size_t i, int error)
{
    probes->list[i].state = state_of(error);
    probes->list[i].error = error;
    if (probes->list[i].state == PROBE_WAITS || probes->list[i].fd < 0)
        return;
    close(probes->list[i].fd);
    probes->list[i].fd = -1;
}

bool probes_add(struct probes *probes, const struct address *address)
{
    struct sockaddr_storage to;
    socklen_t size;
    for (size_t i = 0; i < probes->count; i++)
        if (strcmp(probes->list[i].address.text, address->text) == 0)
            return true;
    if (probes->count == PROBES_MAX)
        return false;
    size_t at = probes->count++;
    probes->list[at].address = *address;
    probes->list[at].fd = -1;
    if (!address_to_sockaddr(address, &to, &size)) {
        settle(probes, at, ENODEV); /* the interface of its zone is gone */
        return true;
    }
    int fd = socket(to.ss_family, SOCK_STREAM, 0);
    probes->list[at].fd = fd;
    if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        settle(probes, at, errno);
    else
        settle(probes, at, connect(fd, (struct sockaddr *)&to, size) == 0 ? 0 : errno);
    return true;
}

bool probes_look(struct probes *probes, bool over)
{
    bool waits = false;
    for (size_t i = 0; i < probes->count; i++) {
        struct pollfd item = {.fd = probes->list[i].fd, .events = POLLOUT};
        int error = 0;
        socklen_t size = sizeof error;
        if (probes->list[i].state != PROBE_WAITS)
            continue;
        if (poll(&item, 1, 0) == 1 && getsockopt(item.fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0)
            settle(probes, i, error);
        else if (over)
            settle(probes, i, ETIMEDOUT);
        else
            waits = true;
    }
    return !waits;
}

enum probe_state probes_of(const struct probes *probes, const struct address *address, int *error)
{
    for (size_t i = 0; i < probes->count; i++)
        if (strcmp(probes->list[i].address.text, address->text) == 0) {
            *error = probes->list[i].error;
            return probes->list[i].state;
        }
    *error = 0;
    return PROBE_WAITS;
}

void probes_end(struct probes *probes)
{
    probes_look(probes, true);
}
