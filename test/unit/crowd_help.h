/* A bench among many nodes: whom records tell of, and who answers when he is dialled. */
#pragma once

#include "core/state.h"
#include "core_help.h"

/* PEERS with records of so many nodes from `first` on; `spoiled`: their signatures do not hold. */
static inline void peer_peers(struct bench *bench, uint64_t link, uint32_t first, uint32_t count,
                              bool spoiled)
{
    static uint8_t room[LIMIT_FRAME], records[LIMIT_PEERS][LIMIT_RECORD];
    struct bytes list[LIMIT_PEERS];
    for (uint32_t i = 0; i < count; i++) {
        struct identity self = bench_identity(first + i);
        struct address address;
        struct writer w = writer_of(records[i], LIMIT_RECORD);
        snprintf(address.text, sizeof address.text, "10.1.%u.%u:1", (first + i) / 256,
                 (first + i) % 256);
        record_write(&w, &self, &bench->config.network, bench->wall_ms, &address, 1);
        list[i] = written(&w);
        records[i][w.size - 1] ^= spoiled;
    }
    struct writer w = writer_of(room, sizeof room);
    wire_write_peers(&w, list, count);
    peer_frame(bench, link, written(&w));
}

/* The node looks for others, and says where it is. */
static inline void bench_looks(struct bench *bench)
{
    static const struct address own = {"10.0.0.1:23452"};
    core_free(bench->core);
    bench->config.beacons = true;
    bench->core = core_new(&bench->config);
    bench_step(bench, (struct event){.kind = EVENT_OWN, .own = &own, .own_count = 1});
}

/* All links are heard of. */
static inline void bench_pings(struct bench *bench)
{
    for (size_t i = 0; i < bench->core->links.room; i++)
        if (bench->core->links.list[i].number != 0 && bench->core->links.list[i].state == LINK_UP)
            peer_pings(bench, bench->core->links.list[i].number);
}

/* The node that was dialled by this link answers, and is up. */
static inline void peer_answers(struct bench *bench, uint64_t link, uint32_t number,
                                const char *channels)
{
    uint8_t room[256], version;
    struct identity server = bench_identity(number);
    struct hello1 hello = {
        .node = server.node,
        .nonce = {{8}},
        .card = {.process = {{2}}, .port = 1, .nick = {(const uint8_t *)"server", 6}}};
    struct hello_terms terms = {.network = bench->config.network, .client_key = peer_key(link)};
    bench_step(bench,
               (struct event){.kind = EVENT_LINK_OUT, .link = link, .client_key = peer_key(link)});
    assert_true(
        wire_read_hello0(last_sent(bench, link, FRAME_HELLO0), &version, &terms.client_nonce));
    hello1_sign(&hello, &terms, &server);
    struct writer w = writer_of(room, sizeof room);
    wire_write_hello1(&w, &hello);
    peer_frame(bench, link, written(&w));
    peer_join(bench, link, 1, "server", channels);
}
