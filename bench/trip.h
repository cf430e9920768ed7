/* Trip: there and back on this machine when nobody chats: raw TCP, and a CURVE link with nothing around
 * it. What fika's own times are set beside, in the same run. */
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bench.h"
#include "figures.h"

static inline void *echo_tcp(void *argument)
{
    int listener = *(int *)argument, on = 1;
    char byte[64];
    int fd = accept(listener, NULL, NULL);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (ssize_t size; (size = read(fd, byte, sizeof byte)) > 0;)
        if (write(fd, byte, (size_t)size) != size)
            break;
    close(fd);
    return NULL;
}

static inline void measure_tcp(struct figures *figures, int rounds)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    pthread_t thread;
    char byte[64] = {0};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&thread, NULL, echo_tcp, &listener) != 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        give_up("no TCP on loopback");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (int i = 0; i < rounds; i++) {
        uint64_t start = now_us();
        if (write(fd, byte, sizeof byte) != sizeof byte || read(fd, byte, sizeof byte) <= 0)
            give_up("TCP broke");
        figure_add(figures, now_us() - start);
    }
    close(fd);
    pthread_join(thread, NULL);
    close(listener);
}

static inline void *echo_curve(void *server)
{
    for (;;) {
        char id[16], body[256];
        int id_size = zmq_recv(server, id, sizeof id, 0);
        int size = zmq_recv(server, body, sizeof body, 0);
        if (id_size < 0 || size <= 0)
            return NULL;
        zmq_send(server, id, (size_t)id_size, ZMQ_SNDMORE);
        zmq_send(server, body, (size_t)size, 0);
    }
}

static inline void measure_curve(struct figures *figures, int rounds)
{
    uint8_t server_public[32], server_secret[32], client_public[32], client_secret[32];
    char endpoint[64], body[228] = {1};
    size_t size = sizeof endpoint;
    int on = 1, timeout = 5000;
    void *context = zmq_ctx_new();
    void *server = zmq_socket(context, ZMQ_ROUTER), *client = zmq_socket(context, ZMQ_DEALER);
    pthread_t thread;
    crypto_box_keypair(server_public, server_secret);
    crypto_box_keypair(client_public, client_secret);
    zmq_setsockopt(server, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, server_secret, 32);
    zmq_setsockopt(server, ZMQ_RCVTIMEO, &timeout, sizeof timeout);
    zmq_setsockopt(client, ZMQ_RCVTIMEO, &timeout, sizeof timeout);
    zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, server_public, 32);
    zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, client_public, 32);
    zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, client_secret, 32);
    if (zmq_bind(server, "tcp://127.0.0.1:*") != 0 ||
        zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0 ||
        zmq_connect(client, endpoint) != 0 ||
        pthread_create(&thread, NULL, echo_curve, server) != 0)
        give_up("no CURVE link");
    for (int i = -20; i < rounds; i++) {
        uint64_t start = now_us();
        zmq_send(client, body, sizeof body, 0);
        if (zmq_recv(client, body, sizeof body, 0) != sizeof body)
            give_up("the CURVE link broke");
        if (i >= 0)
            figure_add(figures, now_us() - start);
    }
    zmq_send(client, "", 0, 0); /* ends the echo */
    pthread_join(thread, NULL);
    zmq_close(client);
    zmq_close(server);
    zmq_ctx_term(context);
}
