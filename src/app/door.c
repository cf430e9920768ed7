/* Door: requests and shows as messages.
 *
 * 1. A message is the struct's fixed part, whole, followed by its strings; both ends are one
 *    program, so nothing is gained by packing it. A door on ipc:// for other programs will want a
 *    format of its own, and gets it here.
 * 2. The node never waits for a face. Its queue holds LIMIT_DOOR_QUEUE shows; what one step shows
 *    beyond that is kept in `kept`, and while there is any the node reads no links: so `kept` never
 *    outgrows what a few steps can show.
 * 3. A face does not wait either: what finds the queue full it keeps, and reads no more input
 *    meanwhile.
 */
#include "app/door.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define DOOR_ENDPOINT "inproc://door"

struct door {
    void *socket;
    zmq_msg_t message; /* the last one taken: what was handed out points into it */
    zmq_msg_t *kept;
    size_t kept_count, kept_room;
};

static struct door *open_end(void *context, int option)
{
    struct door *door = calloc(1, sizeof *door);
    int queue = LIMIT_DOOR_QUEUE / 2; /* an inproc pair holds what both ends allow */
    CHECK(door != NULL);
    zmq_msg_init(&door->message);
    door->socket = zmq_socket(context, ZMQ_PAIR);
    if (door->socket == NULL) {
        free(door);
        return NULL;
    }
    zmq_setsockopt(door->socket, ZMQ_SNDHWM, &queue, sizeof queue);
    zmq_setsockopt(door->socket, ZMQ_RCVHWM, &queue, sizeof queue);
    int rc = option == 0 ? zmq_bind(door->socket, DOOR_ENDPOINT)
                         : zmq_connect(door->socket, DOOR_ENDPOINT);
    if (rc != 0) {
        zmq_close(door->socket);
        free(door);
        return NULL;
    }
    return door;
}

struct door *door_open_node(void *context)
{
    return open_end(context, 0);
}

struct door *door_open_face(void *context)
{
    return open_end(context, 1);
}

void door_close(struct door *door, int linger_ms)
{
    if (door == NULL)
        return;
    for (size_t i = 0; i < door->kept_count; i++)
        zmq_msg_close(&door->kept[i]);
    free(door->kept);
    zmq_setsockopt(door->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_msg_close(&door->message);
    zmq_close(door->socket);
    free(door);
}

void *door_socket(struct door *door)
{
    return door->socket;
}

/* One message of a fixed part and strings behind it. */
static void pack(zmq_msg_t *message, const void *fixed, size_t fixed_size,
                 const struct bytes *strings, size_t count)
{
    size_t size = fixed_size;
    for (size_t i = 0; i < count; i++)
        size += strings[i].size;
    CHECK(zmq_msg_init_size(message, size) == 0);
    uint8_t *at = zmq_msg_data(message);
    memcpy(at, fixed, fixed_size);
    at += fixed_size;
    for (size_t i = 0; i < count; i++) {
        if (strings[i].size > 0)
            memcpy(at, strings[i].at, strings[i].size);
        at += strings[i].size;
    }
}

/* Takes the next message; points the strings, whose sizes stand in the fixed part, into it. */
static bool unpack(struct door *door, void *fixed, size_t fixed_size)
{
    if (zmq_msg_recv(&door->message, door->socket, ZMQ_DONTWAIT) < 0)
        return false;
    CHECK(zmq_msg_size(&door->message) >= fixed_size);
    memcpy(fixed, zmq_msg_data(&door->message), fixed_size);
    return true;
}

static void point(struct door *door, size_t *offset, struct bytes *string)
{
    CHECK(*offset + string->size <= zmq_msg_size(&door->message));
    string->at = (const uint8_t *)zmq_msg_data(&door->message) + *offset;
    *offset += string->size;
}

static bool send_now(struct door *door, zmq_msg_t *message)
{
    return zmq_msg_send(message, door->socket, ZMQ_DONTWAIT) >= 0;
}

void door_show(struct door *door, const struct show *show)
{
    zmq_msg_t message;
    pack(&message, show, sizeof *show, (struct bytes[]){show->a, show->b, show->text}, 3);
    if (door->kept_count == 0 && send_now(door, &message))
        return;
    if (door->kept_count == door->kept_room) {
        door->kept_room = door->kept_room == 0 ? 64 : door->kept_room * 2;
        door->kept = realloc(door->kept, door->kept_room * sizeof *door->kept);
        CHECK(door->kept != NULL);
    }
    zmq_msg_init(&door->kept[door->kept_count]);
    zmq_msg_move(&door->kept[door->kept_count++], &message);
    zmq_msg_close(&message);
}

bool door_full(const struct door *door)
{
    return door->kept_count > 0;
}

void door_flush(struct door *door)
{
    size_t sent = 0;
    while (sent < door->kept_count && send_now(door, &door->kept[sent]))
        sent++;
    if (sent == 0)
        return;
    door->kept_count -= sent;
    for (size_t i = 0; i < door->kept_count; i++) {
        zmq_msg_init(&door->kept[i]);
        zmq_msg_move(&door->kept[i], &door->kept[i + sent]);
    }
}

bool door_next_request(struct door *door, struct request *request)
{
    size_t offset = sizeof *request;
    if (!unpack(door, request, sizeof *request))
        return false;
    point(door, &offset, &request->text);
    return true;
}

bool door_request(struct door *door, const struct request *request)
{
    zmq_msg_t message;
    pack(&message, request, sizeof *request, &request->text, 1);
    if (send_now(door, &message))
        return true;
    zmq_msg_close(&message);
    return false;
}

bool door_next_show(struct door *door, struct show *show)
{
    size_t offset = sizeof *show;
    if (!unpack(door, show, sizeof *show))
        return false;
    point(door, &offset, &show->a);
    point(door, &offset, &show->b);
    point(door, &offset, &show->text);
    return true;
}
