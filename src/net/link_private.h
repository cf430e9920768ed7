/* What the files of the link module share: the table of links and the tools they all use. Nothing
 * but src/net/{link,dial,punch,listen,inbound,guard,zap,queue,socket}.c and their unit test includes it.
 * link.c's top has the whole picture. */
#pragma once

#include <netinet/in.h>

#include "net/guard.h"
#include "net/link.h"

/* Frames held by libzmq, one way, for one connection: enough to keep its thread busy between two
 * turns of ours, few enough that a peer that stalls costs little. */
#define LINK_SEND_FRAMES    64
#define LINK_RECEIVE_FRAMES 32
/* A CURVE handshake takes a few round trips; the dialler's own deadline comes first. */
#define LINK_HANDSHAKE_MS 3500
/* A hang-up lets what is queued go out for this long; then, when all was handed to libzmq, it
 * still gives that the short time to reach the wire. */
#define LINK_HANG_UP_MS     500
#define LINK_LAST_WORDS_MS  100
#define LINK_RETRY_FIRST_MS 1
#define LINK_RETRY_LAST_MS  50
/* The most inbound links at one time, those that are on their way out included. */
#define LINK_INBOUND_MAX (LIMIT_LINKS + LIMIT_INBOUND_WAITING)
/* And outgoing: connected ones, as many on their way out, and dials that were one too many. */
#define LINK_OUTBOUND_MAX (4 * LIMIT_LINKS)
#define LINK_MAX          (LINK_INBOUND_MAX + LINK_OUTBOUND_MAX)
/* Connections that can make us hold anything: those of links, those that wait, one too many. */
#define WATCH_MAX (LINK_MAX + LIMIT_INBOUND_WAITING + 1)

enum net_link_state {
    NET_DIALING, /* outgoing: no handshake yet */
    NET_OPEN,
    NET_CLOSING, /* the core has forgotten it; what was queued goes out, or its end is awaited */
};

/* What the core has still to be told of a link, in this order. */
enum link_news { NEWS_UP = 1, NEWS_DRAINED = 2, NEWS_CLOSED = 4 };

/* Frames that libzmq did not take yet: a ring that grows to LIMIT_LINK_QUEUE_COUNT. */
struct link_queue {
    zmq_msg_t *frames;
    size_t room, first, count;
    size_t bytes;
};

/* One link as the sockets see it; the core has its own idea of it (core/link.h). */
struct net_link {
    bool used;
    uint64_t number;
    enum net_link_state state;
    struct address address;
    struct id client_key;
    struct link_queue queue;
    bool owed;   /* a frame was dropped: the core waits for DRAINED */
    bool broken; /* the connection is gone: CLOSED follows when all that it sent was read */
    unsigned news;
    enum link_why why;
    uint64_t deadline_ms; /* DIALING, CLOSING: the end of it */
    uint64_t retry_ms;    /* when libzmq is asked again to take the queue */
    uint32_t retry_gap_ms;
    bool inbound;
    void *dealer, *monitor; /* outgoing */
    int tunnel;             /* outgoing, through a proxy, until it is connected; else -1 */
    uint16_t
        near_port; /* outgoing, where it left this machine; 0: not known, or of no use to others */
    /* Outgoing, and the other end dials, too (punch.c): */
    uint16_t port; /* ours; 0: it is not so */
    bool server;   /* the other end is the CURVE client ... */
    bool met;      /* ... and its first frame came */
    uint8_t tries;
    uint64_t began_ms, again_ms; /* the next try; UINT64_MAX: none is planned */
    struct watch *watch;         /* outgoing, while it is connected; else NULL */
    int fd;                      /* inbound; -1 when it is gone */
    uint8_t routing_id_size;
    uint8_t routing_id[255];
};

/* One accepted connection, at its descriptor's place in the table. */
struct connection {
    enum {
        CONNECTION_NONE,
        CONNECTION_WAITING,
        CONNECTION_LINKED,
        CONNECTION_SHUT,
        CONNECTION_ENDED
    } state;
    struct sockaddr_in6 peer; /* as getpeername gave it, IPv4 mapped; family 0 when it was gone */
    uint64_t since_ms;        /* 0 until the next tick */
    struct watch *watch;      /* WAITING and LINKED, where bytes are counted; else NULL */
    int older, newer;         /* the waiting ones, in order; -1 at the ends */
};

struct inbound {
    void *router, *monitor, *zap;
    uint16_t port;
    char endpoint[128];
    struct connection *connections; /* by descriptor */
    size_t connection_room;
    int oldest, newest;
    int ended; /* the one whose last frames are being read, or -1 */
    size_t waiting;
    bool unstamped; /* a waiting one has no time yet */
    size_t drain;   /* invariant 3: frames to read, at most, before the monitor goes on; 0: none */
    uint64_t numbers; /* the last odd number given */
};

struct guard {
    int epoll; /* -1 without it */
    struct watch watches[WATCH_MAX];
    size_t watch_room; /* all used ones are below it */
    uint64_t next_ms;  /* the earliest look, at the latest */
};

struct links {
    void *context;
    struct links_ways ways;
    int tunnels[2]; /* a pipe whose writing end each tunnel holds; -1 without a proxy */
    uint8_t server_key[32], server_secret[32];
    struct inbound inbound;
    struct guard guard;
    struct net_link pool[LINK_MAX];
    struct net_link *all[LINK_MAX];
    size_t count, inbound_count;
    size_t dialed_count, closing_count; /* outgoing, and of these CLOSING */
    size_t news;                        /* links that have news */
    size_t queued;                      /* links that have a queue */
    uint64_t now_ms;                    /* the last that we were told */
    zmq_msg_t frame;                    /* what the last FRAME event borrows from */
    bool has_frame;
    bool reading;  /* as the last links_poll was told */
    uint64_t held; /* not 0: `frame` is this link's first, and its LINK_IN went out before it */
    size_t turn, burst; /* whose frames are read: 0 the ROUTER, then all[turn - 1] */
    size_t unattended;  /* frames given since the other sockets were looked at */
};

/* link.c */
struct net_link *links_add(struct links *links, uint64_t number, bool inbound);
/* Frees it; its sockets or connection are the caller's business. */
void links_remove(struct links *links, struct net_link *link);
/* The live link with this number, or NULL. */
struct net_link *links_find(const struct links *links, uint64_t number);
void links_tell(struct links *links, struct net_link *link, unsigned news);
/* Ends it for the core's eyes: CLOSED with this reason, unless one is on its way. */
void links_end(struct links *links, struct net_link *link, enum link_why why);
/* Offers a frame to libzmq: false when it has no room now, or never again (then the link's end is
 * on its way). */
bool links_offer(struct links *links, struct net_link *link, zmq_msg_t *frame);
/* The CURVE server's key pair of a network: the X25519 pair whose seed is BLAKE2b-256 of the
 * network's secret, personalised "fika-curve-v1". */
void links_server_keys(uint8_t public_key[32], uint8_t secret_key[32],
                       const uint8_t network_secret[32]);

/* queue.c */
/* Takes the frame over; false when the queue is full. */
bool queue_put(struct links *links, struct net_link *link, zmq_msg_t *frame);
void queue_drop(struct links *links, struct net_link *link);
/* Hands the queue to libzmq as far as it goes. */
void queue_flush(struct links *links, struct net_link *link);
/* The same when retry_ms has come. */
void queue_tick(struct links *links, struct net_link *link);

/* socket.c */
/* zmq_msg_recv and zmq_msg_send, never waiting, not disturbed by signals. */
int socket_receive(zmq_msg_t *message, void *socket);
int socket_send(zmq_msg_t *message, void *socket, int flags);
/* Reads what is left of a message of many parts, to drop it. */
void socket_skip_parts(void *socket);
/* A frame is 1 to LIMIT_FRAME bytes. */
bool socket_frame_ok(const zmq_msg_t *frame);
/* Sets an int option. */
void socket_option(void *socket, int option, int value);
/* The options that every socket with foreign bytes has: its bounds. */
void socket_bound(void *socket);
/* A PAIR at the monitor of `socket`; NULL when there is no room for more sockets. */
void *socket_monitor(struct links *links, void *socket, int events);
void socket_monitor_stop(void *socket, void *monitor);
/* The next event of a monitor and its value; false when there is none. */
bool socket_monitor_next(void *monitor, unsigned *event, unsigned *value);

/* dial.c */
/* A new outgoing link; it has come to its end already where there are too many. */
struct net_link *dial_add(struct links *links, uint64_t number, const struct address *address,
                          uint64_t now_ms);
/* Makes its sockets and begins to connect. */
bool dial_connect(struct links *links, struct net_link *link, const char *endpoint);
/* Closes its sockets, giving what libzmq holds linger_ms to go out. */
void dial_close(struct net_link *link, int linger_ms);
/* Looks at the monitors of the outgoing links. */
void dial_attend(struct links *links);
/* Reads the next frame of one into links->frame. */
bool dial_read(struct links *links, struct net_link *link);
void dial_tick(struct links *links, struct net_link *link);
void dial_hang_up(struct links *links, struct net_link *link);
/* Its connection holds more than it may: its end. */
void dial_overrun(struct links *links, struct net_link *link);
/* Closes its sockets, giving what libzmq holds linger_ms to go out, and removes it. */
void dial_end(struct links *links, struct net_link *link, int linger_ms);

/* punch.c */
/* What is due of it, while it is dialling. */
void punch_tick(struct links *links, struct net_link *link);
/* A try came to nothing: plans the next, or ends the link. */
void punch_refused(struct links *links, struct net_link *link, enum link_why why);
/* Gives its dealer the keys of a server. */
void punch_keys(struct links *links, const struct net_link *link);
/* The first frame of its client, in links->frame; false when that has no key. */
bool punch_meet(struct links *links, struct net_link *link);

/* listen.c */
enum error_code inbound_open(struct links *links, const uint8_t secret_key[32], uint16_t port,
                             bool fixed, struct error *error);
void inbound_close(struct links *links, int linger_ms);

/* inbound.c */
/* True while the monitor and ZAP must wait for frames to be read first (invariant 3). */
bool inbound_paused(const struct links *links);
/* Looks at the monitor and at ZAP. */
void inbound_attend(struct links *links);
/* Reads the next frame into links->frame, and whose it is. */
struct net_link *inbound_read(struct links *links);
/* True when the descriptor is a connection to our port. */
bool inbound_owns(const struct links *links, int fd);
/* Ends the connection behind a link. */
void inbound_shut(struct links *links, struct net_link *link);
/* The connection holds more than it may: its end, and that of its link. */
void inbound_overrun(struct links *links, int fd);
void inbound_hang_up(struct links *links, struct net_link *link);
void inbound_tick_link(struct links *links, struct net_link *link);
void inbound_tick(struct links *links);
/* How long a connection may take to say HELLO, and a dial to be answered. */
uint64_t links_hello_ms(const struct links *links);
uint64_t inbound_deadline(const struct links *links);

/* zap.c */
#define ZAP_DOMAIN "fika"
/* Binds the handler in the context; NULL when another one is there. */
void *zap_open(void *context);
void zap_close(void *zap);
/* Answers one request; false when there was none. */
bool zap_answer(void *zap);
