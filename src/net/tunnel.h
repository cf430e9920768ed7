/* Tunnel: one connection through a SOCKS5 proxy, which resolves names, brought to a port of this machine
 * where libzmq takes it. */
#pragma once

#include "core/face.h"

enum tunnel_end {
    TUNNEL_OPEN,      /* port: connect to 127.0.0.1 there, then call tunnel_claim() */
    TUNNEL_REFUSED,   /* nobody listens there */
    TUNNEL_NO_ANSWER, /* the proxy could not reach it */
    TUNNEL_NO_PROXY,  /* the proxy is not there, or is none */
};

/* What became of it. */
struct tunnel_answer {
    enum tunnel_end end;
    uint16_t port;
};

/* Begins it: `to` is "host:port", the host a name or numeric. Returns a descriptor that is readable when
 * the answer is there; closing it ends a tunnel that was not claimed. `alive` is written by nobody: it
 * is closed when the tunnel has ended. -1 when the system gives no descriptors, threads or memory. */
int tunnel_open(const struct address *proxy, const struct address *to, int alive);
/* Takes the answer; false when there is none yet. */
bool tunnel_take(int tunnel, struct tunnel_answer *answer);
/* The connection to the tunnel's port that is ours, by its descriptor: any other is sent away. Then the
 * tunnel lives until one of its ends is closed, whatever becomes of this descriptor, which it closes. */
void tunnel_claim(int tunnel, int connection);
