/* Frame: what this machine can do with the same bytes when nobody chats: the figures that the
 * others are set beside, in the same run. All in MB/s of what is moved. */
#pragma once

#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/socket.h>

#include "bench.h"

static inline double mb_s(uint64_t bytes, uint64_t us)
{
    return (double)bytes / (double)(us > 0 ? us : 1);
}

static inline double frame_memcpy(size_t bytes)
{
    uint8_t *from = malloc(bytes), *to = malloc(bytes);
    check(from != NULL && to != NULL, "no memory");
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    uint64_t began = now_us();
    memcpy(to, from, bytes);
    uint64_t us = now_us() - began;
    check(to[bytes / 2] == 1, "memcpy");
    free(from);
    free(to);
    return mb_s(bytes, us);
}

struct flow {
    size_t frame, count;
    uint16_t port;
    uint8_t server_key[32];
};

static inline void tcp_sender(struct child *parent, const void *argument)
{
    const struct flow *flow = argument;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(flow->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    uint8_t *frame = calloc(1, flow->frame);
    (void)parent;
    check(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "no TCP on loopback");
    for (size_t i = 0; i < flow->count; i++)
        check(write(fd, frame, flow->frame) == (ssize_t)flow->frame, "TCP broke");
    close(fd);
    free(frame);
}

static inline double frame_tcp(size_t frame, size_t count)
{
    static uint8_t chunk[65536];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    uint64_t bytes = 0;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(listener, 1) == 0 &&
              getsockname(listener, (struct sockaddr *)&address, &size) == 0,
          "no TCP on loopback");
    struct flow flow = {.frame = frame, .count = count, .port = ntohs(address.sin_port)};
    struct child *sender = child_start("tcp", tcp_sender, &flow);
    int fd = accept(listener, NULL, NULL);
    uint64_t began = now_us();
    for (ssize_t part; (part = read(fd, chunk, sizeof chunk)) > 0;)
        bytes += (uint64_t)part;
    uint64_t us = now_us() - began;
    check(bytes == frame * count, "TCP broke");
    child_await(sender);
    close(fd);
    close(listener);
    return mb_s(bytes, us);
}

static inline void curve_sender(struct child *parent, const void *argument)
{
    const struct flow *flow = argument;
    uint8_t public_key[32], secret_key[32], *frame = calloc(1, flow->frame);
    char endpoint[64];
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_DEALER);
    (void)parent;
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", flow->port);
    crypto_box_keypair(public_key, secret_key);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, flow->server_key, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret_key, 32);
    check(zmq_connect(socket, endpoint) == 0, "no CURVE link");
    for (size_t i = 0; i < flow->count; i++)
        check(zmq_send(socket, frame, flow->frame, 0) == (int)flow->frame, "no CURVE link");
    zmq_close(socket);
    zmq_ctx_term(context);
    free(frame);
}

/* Frames of one size through one CURVE link, in frames a second. */
static inline double frame_curve(size_t frame, size_t count)
{
    struct flow flow = {.frame = frame, .count = count};
    uint8_t secret[32];
    char endpoint[64];
    size_t size = sizeof endpoint;
    int on = 1;
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_ROUTER);
    crypto_box_keypair(flow.server_key, secret);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, 32);
    check(zmq_bind(socket, "tcp://127.0.0.1:*") == 0 &&
              zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0,
          "no CURVE link");
    flow.port = (uint16_t)atoi(strrchr(endpoint, ':') + 1);
    struct child *sender = child_start("curve", curve_sender, &flow);
    uint64_t began = 0;
    for (size_t i = 0; i < count; i++) {
        zmq_msg_t id, body;
        zmq_msg_init(&id);
        zmq_msg_init(&body);
        check(zmq_msg_recv(&id, socket, 0) >= 0 && zmq_msg_recv(&body, socket, 0) >= 0 &&
                  zmq_msg_size(&body) == frame,
              "the CURVE link broke");
        zmq_msg_close(&id);
        zmq_msg_close(&body);
        if (i == 0)
            began = now_us();
    }
    uint64_t us = now_us() - began;
    child_await(sender);
    zmq_close(socket);
    zmq_ctx_term(context);
    return (double)(count - 1) * 1e6 / (double)us;
}

/* Rows of one size into a table with the store's settings, 256 a commit. */
static inline double frame_sqlite(size_t blob, size_t count)
{
    char path[96];
    sqlite3 *db;
    sqlite3_stmt *insert;
    uint8_t *bytes = malloc(blob);
    snprintf(path, sizeof path, "%s/frame.db", bench_home);
    randombytes_buf(bytes, blob);
    check(sqlite3_open(path, &db) == SQLITE_OK &&
              sqlite3_exec(db,
                           "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                           "CREATE TABLE t(log, seq, body, PRIMARY KEY(log, seq)) WITHOUT ROWID",
                           NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?1, ?2, ?3)", -1, &insert, NULL) ==
                  SQLITE_OK,
          "no SQLite");
    uint64_t began = now_us();
    for (size_t i = 0; i < count; i++) {
        if (i % 256 == 0)
            sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
        sqlite3_bind_int64(insert, 1, (int64_t)(i % 50));
        sqlite3_bind_int64(insert, 2, (int64_t)(i / 50));
        sqlite3_bind_blob(insert, 3, bytes, (int)blob, SQLITE_STATIC);
        check(sqlite3_step(insert) == SQLITE_DONE, "SQLite takes no row");
        sqlite3_reset(insert);
        if (i % 256 == 255 || i + 1 == count)
            check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "no commit");
    }
    uint64_t us = now_us() - began;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    remove(path);
    free(bytes);
    return mb_s(blob * count, us);
}

/* The hashes that make an entry sure, two an entry, and a signature a run; entries a second. */
static inline double frame_crypto(size_t entries)
{
    static uint8_t seed[32] = {9};
    struct identity identity = identity_from_seed(seed);
    uint8_t body[BODY_BYTES] = {0};
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = ENTRY_TEXT,
                          .author = identity.node,
                          .seq = 1,
                          .body = {body, sizeof body}};
    entry_finish(&entry);
    struct signature signature = entry_sign(&entry, &identity);
    uint64_t began = now_us();
    for (size_t i = 0; i < entries; i++) {
        entry_finish(&entry);
        if (i % RUN_ENTRIES == 0)
            check(entry_verify(&entry, &signature), "a signature does not hold");
    }
    return (double)entries * 1e6 / (double)(now_us() - began);
}

/* Signatures alone, a second: of one thread. */
static inline double frame_sign(size_t count, bool verify)
{
    static uint8_t seed[32] = {9};
    struct identity identity = identity_from_seed(seed);
    struct entry entry = {.author = identity.node};
    struct signature signature = entry_sign(&entry, &identity);
    uint64_t began = now_us();
    for (size_t i = 0; i < count; i++)
        if (verify)
            check(entry_verify(&entry, &signature), "a signature does not hold");
        else
            signature = entry_sign(&entry, &identity);
    return (double)count * 1e6 / (double)(now_us() - began);
}
