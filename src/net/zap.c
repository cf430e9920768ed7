/* ZAP: the handler that libzmq asks about every connection that finished its CURVE handshake (RFC
 * 27). It admits all and gives each the hex of its client key as User-Id, which libzmq then hands
 * out with every message: HELLO signs that key, and so ties the connection to an identity.
 *
 * It refuses nobody who proved to hold a key: a dialler that ZAP turns away with 400 becomes a
 * zombie that never learns why. Who may stay is the core's to say, after HELLO. Any program in this
 * process could ask; what is not formed as RFC 27 says is answered with 500. */
#include <string.h>

#include "net/link_private.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"

enum zap_part {
    ZAP_VERSION,
    ZAP_REQUEST,
    ZAP_DOMAIN_PART,
    ZAP_ADDRESS,
    ZAP_IDENTITY,
    ZAP_MECHANISM,
    ZAP_KEY,
    ZAP_PARTS
};

void *zap_open(void *context)
{
    void *zap = zmq_socket(context, ZMQ_REP);
    if (!zap)
        return NULL;
    socket_option(zap, ZMQ_LINGER, 0);
    if (zmq_bind(zap, ZAP_ENDPOINT) == 0)
        return zap;
    zmq_close(zap);
    return NULL;
}

void zap_close(void *zap)
{
    if (!zap)
        return;
    /* The name is free for the next at once; by zmq_close alone only some time later. */
    zmq_unbind(zap, ZAP_ENDPOINT);
    zmq_close(zap);
}

static bool part_is(zmq_msg_t *part, const char *text)
{
    size_t size = strlen(text);
    return zmq_msg_size(part) == size && memcmp(zmq_msg_data(part), text, size) == 0;
}

static void send_text(void *zap, const char *text, int flags)
{
    zmq_msg_t message;
    if (zmq_msg_init_size(&message, strlen(text)) != 0)
        zmq_msg_init(&message);
    else
        memcpy(zmq_msg_data(&message), text, strlen(text));
    socket_send(&message, zap, flags);
    zmq_msg_close(&message);
}

static void reply(void *zap, zmq_msg_t *request, bool admitted, const char *user)
{
    send_text(zap, "1.0", ZMQ_SNDMORE);
    socket_send(request, zap, ZMQ_SNDMORE);
    send_text(zap, admitted ? "200" : "500", ZMQ_SNDMORE);
    send_text(zap, admitted ? "OK" : "malformed request", ZMQ_SNDMORE);
    send_text(zap, user, ZMQ_SNDMORE);
    send_text(zap, "", 0);
}

bool zap_answer(void *zap)
{
    zmq_msg_t parts[ZAP_PARTS];
    for (size_t i = 0; i < ZAP_PARTS; i++)
        zmq_msg_init(&parts[i]);
    bool got = socket_receive(&parts[0], zap) != -1;
    if (got) {
        size_t count = 1;
        while (count < ZAP_PARTS && zmq_msg_more(&parts[count - 1]))
            if (socket_receive(&parts[count], zap) == -1)
                break;
            else
                count++;
        bool whole = count == ZAP_PARTS && !zmq_msg_more(&parts[ZAP_KEY]);
        if (count == ZAP_PARTS && !whole)
            socket_skip_parts(zap);
        bool admitted = whole && part_is(&parts[ZAP_VERSION], "1.0") &&
                        part_is(&parts[ZAP_DOMAIN_PART], ZAP_DOMAIN) &&
                        part_is(&parts[ZAP_MECHANISM], "CURVE") &&
                        zmq_msg_size(&parts[ZAP_KEY]) == sizeof(struct id);
        char user[ID_HEX_SIZE] = "";
        if (admitted)
            hex_of(user, zmq_msg_data(&parts[ZAP_KEY]), sizeof(struct id));
        reply(zap, &parts[ZAP_REQUEST], admitted, user);
    }
    for (size_t i = 0; i < ZAP_PARTS; i++)
        zmq_msg_close(&parts[i]);
    return got;
}
