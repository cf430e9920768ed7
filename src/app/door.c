/* Door: requests and shows, many in one message.
 *
 * A message between threads costs about a microsecond at both ends together, whatever is in it; a
 * line costs little more than that in all. So what is said in one turn travels together:
 *
 *     message:  item item item ...             at most LIMIT_DOOR_BYTES, or one item that is larger
 *     item:     fixed part | its strings       the fixed part has the size of all and of each string
 *
 * 1. Order is kept: `out` is a queue of whole items. What does not fit into the socket's queue stays
 *    in it, and what is said later stands behind that.
 * 2. The node never waits for a face. The socket's queue holds LIMIT_DOOR_QUEUE messages; while more
 *    than one further message waits in `out` the node reads no links, so `out` never outgrows that
 *    by more than what a few steps can show.
 * 3. A face does not wait either: `out` takes one message's worth of its requests, and what finds
 *    that full it keeps itself, and reads no more input meanwhile.
 * 4. Both ends are one program: sizes are checked, with CHECK(), but bytes are the machine's own. A
 *    door on ipc:// for other programs will want a format of its own, and gets it here.
 */
#include "app/door.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define DOOR_ENDPOINT "inproc://door"
#define OUT_KEEPS     (4 * LIMIT_DOOR_BYTES) /* room beyond this is given back when it is empty */

struct door {
    void *socket;
    zmq_msg_t in; /* the last one taken: what was handed out points into it */
    size_t in_at; /* of it: what was not yet handed out */
    uint8_t *out; /* whole items that were not yet sent */
    size_t out_size, out_room;
    bool refused; /* the last request */
};

struct packed_show {
    uint32_t size; /* of this and its strings */
    uint8_t kind, via, told, finding;
    uint8_t channel_size, nick_size, who_size, address_size;
    uint8_t like_size, marks, clash;
    bool up, own, action, read, group, sealed, edited, adrift, liar, folded;
    uint16_t port;
    uint32_t a_size, b_size, text_size;
    uint64_t seq, lamport, wall_ms, n, n2, n3, n4, n5;
    struct id id, who, peer, person;
};

struct packed_request {
    uint32_t size;
    uint8_t kind, channel_size, nick_size, verdict;
    bool action, after, put, mends, once, history, inviter, open;
    uint32_t wait_ms, wait_link_ms, count, minutes, text_size;
    uint64_t bytes;
    uint64_t lamport, seq;
    struct id id, author;
};

static struct door *open_end(void *context, int (*attach)(void *, const char *))
{
    struct door *door = calloc(1, sizeof *door);
    int queue = LIMIT_DOOR_QUEUE / 2; /* an inproc pair holds what both ends allow */
    CHECK(door != NULL);
    zmq_msg_init(&door->in);
    door->socket = zmq_socket(context, ZMQ_PAIR);
    if (door->socket == NULL) {
        free(door);
        return NULL;
    }
    zmq_setsockopt(door->socket, ZMQ_SNDHWM, &queue, sizeof queue);
    zmq_setsockopt(door->socket, ZMQ_RCVHWM, &queue, sizeof queue);
    if (attach(door->socket, DOOR_ENDPOINT) != 0) {
        zmq_close(door->socket);
        free(door);
        return NULL;
    }
    return door;
}

struct door *door_open_node(void *context)
{
    return open_end(context, zmq_bind);
}

struct door *door_open_face(void *context)
{
    return open_end(context, zmq_connect);
}

void door_close(struct door *door, int linger_ms)
{
    if (door == NULL)
        return;
    door_flush(door);
    zmq_setsockopt(door->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_msg_close(&door->in);
    zmq_close(door->socket);
    free(door->out);
    free(door);
}

static int events_of(const struct door *door)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(door->socket, ZMQ_EVENTS, &events, &size) == 0 ? events : 0;
}

zmq_pollitem_t door_poll(const struct door *door)
{
    bool sends = door->out_size > 0 || door->refused;
    return (zmq_pollitem_t){.socket = door->socket,
                            .events = (short)(ZMQ_POLLIN | (sends ? ZMQ_POLLOUT : 0))};
}

int door_descriptor(const struct door *door)
{
    int fd = -1;
    size_t size = sizeof fd;
    CHECK(zmq_getsockopt(door->socket, ZMQ_FD, &fd, &size) == 0);
    return fd;
}

bool door_is_ready(const struct door *door)
{
    return door_has_more(door) || (events_of(door) & door_poll(door).events) != 0;
}

/* ---- out ---- */

/* How many bytes from `at` on go into one message: whole items, and one at least. */
static size_t message_size(const struct door *door, size_t at)
{
    size_t size = 0;
    while (at + size < door->out_size) {
        uint32_t item;
        memcpy(&item, door->out + at + size, sizeof item);
        if (size > 0 && size + item > LIMIT_DOOR_BYTES)
            break;
        size += item;
    }
    CHECK(at + size <= door->out_size);
    return size;
}

/* Asked first, so that nothing is copied in vain. */
static bool has_room(const struct door *door)
{
    return (events_of(door) & ZMQ_POLLOUT) != 0;
}

bool door_flush(struct door *door)
{
    size_t sent = 0;
    while (sent < door->out_size && has_room(door)) {
        size_t size = message_size(door, sent);
        if (zmq_send(door->socket, door->out + sent, size, ZMQ_DONTWAIT) < 0)
            break;
        sent += size;
    }
    if (sent == 0)
        return false;
    door->out_size -= sent;
    memmove(door->out, door->out + sent, door->out_size);
    if (door->out_size == 0 && door->out_room > OUT_KEEPS) {
        free(door->out);
        door->out = NULL;
        door->out_room = 0;
    }
    return true;
}

/* Room for one item behind the others. */
static uint8_t *add(struct door *door, size_t size)
{
    size_t needed = door->out_size + size;
    if (needed > door->out_room) {
        door->out_room = 2 * needed > LIMIT_DOOR_BYTES ? 2 * needed : LIMIT_DOOR_BYTES;
        door->out = realloc(door->out, door->out_room);
        CHECK(door->out != NULL);
    }
    uint8_t *at = door->out + door->out_size;
    door->out_size = needed;
    return at;
}

static uint8_t *put(uint8_t *at, const void *from, size_t size)
{
    if (size > 0)
        memcpy(at, from, size);
    return at + size;
}

/* A message is full: it need not wait for the end of the turn. */
static bool makes_way(struct door *door, size_t size)
{
    if (door->out_size + size > LIMIT_DOOR_BYTES)
        door_flush(door);
    return door->out_size == 0 || door->out_size + size <= LIMIT_DOOR_BYTES;
}

void door_show(struct door *door, const struct show *show)
{
    struct packed_show packed = {
        .kind = (uint8_t)show->kind,
        .via = (uint8_t)show->via,
        .told = (uint8_t)show->told,
        .finding = (uint8_t)show->finding,
        .channel_size = (uint8_t)strlen(show->channel.text),
        .nick_size = (uint8_t)strlen(show->nick.text),
        .who_size = (uint8_t)strlen(show->who_nick.text),
        .address_size = (uint8_t)strlen(show->address.text),
        .like_size = (uint8_t)strlen(show->like.text),
        .marks = show->marks,
        .clash = (uint8_t)show->clash,
        .up = show->up,
        .own = show->own,
        .action = show->action,
        .read = show->read,
        .group = show->group,
        .sealed = show->sealed,
        .edited = show->edited,
        .adrift = show->adrift,
        .liar = show->liar,
        .folded = show->folded,
        .port = show->port,
        .a_size = (uint32_t)show->a.size,
        .b_size = (uint32_t)show->b.size,
        .text_size = (uint32_t)show->text.size,
        .seq = show->seq,
        .lamport = show->lamport,
        .wall_ms = show->wall_ms,
        .n = show->n,
        .n2 = show->n2,
        .n3 = show->n3,
        .n4 = show->n4,
        .n5 = show->n5,
        .id = show->id,
        .who = show->who,
        .peer = show->peer,
        .person = show->person,
    };
    size_t size = sizeof packed + packed.channel_size + packed.nick_size + packed.who_size +
                  packed.address_size + packed.like_size + show->a.size + show->b.size +
                  show->text.size;
    CHECK(size <= UINT32_MAX);
    packed.size = (uint32_t)size;
    makes_way(door, size); /* or it is kept */
    uint8_t *at = put(add(door, size), &packed, sizeof packed);
    at = put(at, show->channel.text, packed.channel_size);
    at = put(at, show->nick.text, packed.nick_size);
    at = put(at, show->who_nick.text, packed.who_size);
    at = put(at, show->address.text, packed.address_size);
    at = put(at, show->like.text, packed.like_size);
    at = put(at, show->a.at, show->a.size);
    at = put(at, show->b.at, show->b.size);
    put(at, show->text.at, show->text.size);
}

bool door_full(const struct door *door)
{
    return door->out_size > LIMIT_DOOR_BYTES;
}

bool door_request(struct door *door, const struct request *request)
{
    struct packed_request packed = {
        .kind = (uint8_t)request->kind,
        .verdict = (uint8_t)request->verdict,
        .channel_size = (uint8_t)strlen(request->channel.text),
        .nick_size = (uint8_t)strlen(request->nick.text),
        .action = request->action,
        .after = request->after,
        .put = request->put,
        .mends = request->mends,
        .once = request->once,
        .history = request->history,
        .inviter = request->inviter,
        .open = request->open,
        .minutes = request->minutes,
        .wait_ms = request->wait_ms,
        .wait_link_ms = request->wait_link_ms,
        .count = request->count,
        .bytes = request->bytes,
        .text_size = (uint32_t)request->text.size,
        .lamport = request->lamport,
        .seq = request->seq,
        .id = request->id,
        .author = request->author,
    };
    size_t size = sizeof packed + packed.channel_size + packed.nick_size + request->text.size;
    CHECK(size <= UINT32_MAX);
    packed.size = (uint32_t)size;
    door->refused = !makes_way(door, size);
    if (door->refused)
        return false;
    uint8_t *at = put(add(door, size), &packed, sizeof packed);
    at = put(at, request->channel.text, packed.channel_size);
    at = put(at, request->nick.text, packed.nick_size);
    put(at, request->text.at, request->text.size);
    return true;
}

/* ---- in ---- */

bool door_has_more(const struct door *door)
{
    return door->in_at < zmq_msg_size(&door->in);
}

/* The fixed part of the next item, out of the last message or another one. Returns where its
 * strings begin; NULL when there is none. */
static const uint8_t *next(struct door *door, void *packed, size_t packed_size)
{
    uint32_t size;
    if (!door_has_more(door)) {
        if (zmq_msg_recv(&door->in, door->socket, ZMQ_DONTWAIT) < 0)
            return NULL;
        door->in_at = 0;
    }
    size_t left = zmq_msg_size(&door->in) - door->in_at;
    const uint8_t *at = (const uint8_t *)zmq_msg_data(&door->in) + door->in_at;
    CHECK(left >= packed_size);
    memcpy(packed, at, packed_size);
    memcpy(&size, packed, sizeof size);
    CHECK(size >= packed_size && size <= left);
    door->in_at += size;
    return at + packed_size;
}

static const uint8_t *take_text(const uint8_t *at, char *text, size_t size, size_t room)
{
    CHECK(size < room);
    memcpy(text, at, size);
    return at + size;
}

static const uint8_t *take_bytes(const uint8_t *at, struct bytes *bytes, size_t size)
{
    *bytes = (struct bytes){at, size};
    return at + size;
}

bool door_next_request(struct door *door, struct request *request)
{
    struct packed_request packed;
    const uint8_t *begin = next(door, &packed, sizeof packed), *at = begin;
    if (at == NULL)
        return false;
    *request = (struct request){
        .kind = packed.kind,
        .verdict = packed.verdict,
        .action = packed.action,
        .after = packed.after,
        .put = packed.put,
        .mends = packed.mends,
        .once = packed.once,
        .history = packed.history,
        .inviter = packed.inviter,
        .open = packed.open,
        .minutes = packed.minutes,
        .wait_ms = packed.wait_ms,
        .wait_link_ms = packed.wait_link_ms,
        .lamport = packed.lamport,
        .seq = packed.seq,
        .id = packed.id,
        .author = packed.author,
        .count = packed.count,
        .bytes = packed.bytes,
    };
    at = take_text(at, request->channel.text, packed.channel_size, sizeof request->channel.text);
    at = take_text(at, request->nick.text, packed.nick_size, sizeof request->nick.text);
    at = take_bytes(at, &request->text, packed.text_size);
    CHECK((size_t)(at - begin) == packed.size - sizeof packed);
    return true;
}

bool door_next_show(struct door *door, struct show *show)
{
    struct packed_show packed;
    const uint8_t *begin = next(door, &packed, sizeof packed), *at = begin;
    if (at == NULL)
        return false;
    *show = (struct show){
        .kind = packed.kind,
        .id = packed.id,
        .who = packed.who,
        .peer = packed.peer,
        .person = packed.person,
        .up = packed.up,
        .own = packed.own,
        .action = packed.action,
        .read = packed.read,
        .group = packed.group,
        .sealed = packed.sealed,
        .edited = packed.edited,
        .adrift = packed.adrift,
        .liar = packed.liar,
        .folded = packed.folded,
        .marks = packed.marks,
        .clash = packed.clash,
        .via = packed.via,
        .told = packed.told,
        .finding = packed.finding,
        .port = packed.port,
        .seq = packed.seq,
        .lamport = packed.lamport,
        .wall_ms = packed.wall_ms,
        .n = packed.n,
        .n2 = packed.n2,
        .n3 = packed.n3,
        .n4 = packed.n4,
        .n5 = packed.n5,
    };
    at = take_text(at, show->channel.text, packed.channel_size, sizeof show->channel.text);
    at = take_text(at, show->nick.text, packed.nick_size, sizeof show->nick.text);
    at = take_text(at, show->who_nick.text, packed.who_size, sizeof show->who_nick.text);
    at = take_text(at, show->address.text, packed.address_size, sizeof show->address.text);
    at = take_text(at, show->like.text, packed.like_size, sizeof show->like.text);
    at = take_bytes(at, &show->a, packed.a_size);
    at = take_bytes(at, &show->b, packed.b_size);
    at = take_bytes(at, &show->text, packed.text_size);
    CHECK((size_t)(at - begin) == packed.size - sizeof packed);
    return true;
}
