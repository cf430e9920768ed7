/* A bench for one core: events in, all effects kept and counted, and peers made of nothing but
 * their keys, who go through HELLO and then send what a test wants. After every step the deadline
 * must be ahead of now, and every frame such that a reader takes it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/core.h"
#include "core/hello.h"

#define BENCH_WALL_MS 1700000000000ull
#define SEEN_MAX      4096

/* One effect, with copies of what a test looks at. */
struct seen {
    enum effect_kind kind;
    uint64_t link;
    uint8_t *frame;
    size_t frame_size;
    struct address address;
    struct want want;
    struct show show; /* its bytes are not valid any more */
    char a[128], b[128];
    uint64_t seq; /* STORE: the first entry's */
    size_t count;
};

struct bench {
    struct core *core;
    struct core_config config;
    uint64_t now_ms;
    uint64_t wall_ms;
    uint64_t next_link;
    struct seen *seen;
    size_t seen_count;
};

/* One author's chain in #fika. */
struct author {
    struct identity identity;
    struct entry entries[420]; /* the first is seq 1 */
    uint8_t body[8];
};

static inline void bench_forget(struct bench *bench)
{
    for (size_t i = 0; i < bench->seen_count; i++)
        free(bench->seen[i].frame);
    bench->seen_count = 0;
}

static inline void bench_text(char out[128], struct bytes from)
{
    size_t size = from.size < 127 ? from.size : 127;
    if (size > 0)
        memcpy(out, from.at, size);
    out[size] = '\0';
}

static inline void bench_keep(struct bench *bench, const struct effect *effect)
{
    if (bench->seen_count == SEEN_MAX)
        return;
    struct seen *seen = &bench->seen[bench->seen_count++];
    memset(seen, 0, sizeof *seen);
    seen->kind = effect->kind;
    seen->link = effect->link;
    seen->address = effect->address;
    seen->want = effect->want;
    seen->show = effect->show;
    bench_text(seen->a, effect->show.a);
    bench_text(seen->b, effect->show.b);
    if (effect->kind == EFFECT_LOG)
        bench_text(seen->a, effect->text);
    if (effect->kind == EFFECT_STORE) {
        seen->seq = effect->run.entries[0].seq;
        seen->count = effect->run.count;
    }
    if (effect->kind == EFFECT_SEND) {
        assert_in_range(effect->frame.size, 1, LIMIT_FRAME);
        seen->frame = malloc(effect->frame.size);
        assert_non_null(seen->frame);
        memcpy(seen->frame, effect->frame.at, effect->frame.size);
        seen->frame_size = effect->frame.size;
    }
}

static inline void bench_step(struct bench *bench, struct event event)
{
    const struct effect *effect;
    bool stopped = false;
    bool line = event.kind == EVENT_REQUEST && event.request.kind == REQUEST_SAY;
    event.now_us = bench->now_ms * 1000;
    event.wall_ms = bench->wall_ms + bench->now_ms;
    core_step(bench->core, &event);
    while ((effect = core_next(bench->core)) != NULL) {
        bench_keep(bench, effect);
        stopped = stopped || effect->kind == EFFECT_STOP;
    }
    if (line && core_deadline(bench->core) <= bench->now_ms) { /* lines are gathered until then */
        bench_step(bench, (struct event){.kind = EVENT_TICK});
        return;
    }
    assert_true(core_deadline(bench->core) > bench->now_ms);
    if (stopped)
        assert_true(core_deadline(bench->core) == UINT64_MAX);
}

/* Lets time pass, with a tick whenever the core asks for one. */
static inline void bench_pass(struct bench *bench, uint64_t ms)
{
    uint64_t until = bench->now_ms + ms;
    while (core_deadline(bench->core) <= until) {
        bench->now_ms = core_deadline(bench->core);
        bench_step(bench, (struct event){.kind = EVENT_TICK});
    }
    bench->now_ms = until;
}

static inline struct identity bench_identity(uint32_t number)
{
    uint8_t seed[32] = {99};
    memcpy(seed + 4, &number, sizeof number);
    return identity_from_seed(seed);
}

/* Joined to #fika and #b; nobody is linked. */
static inline struct bench *bench_new(void)
{
    uint8_t secret[32] = {7};
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->seen = calloc(SEEN_MAX, sizeof *bench->seen);
    assert_non_null(bench->seen);
    bench->config.identity = bench_identity(0);
    bench->config.network = network_id(secret);
    bench->config.process.b[0] = 1;
    bench->config.seed[0] = 1;
    bench->config.port = 23452;
    strcpy(bench->config.nick.text, "anna");
    strcpy(bench->config.channels[0].text, "#fika");
    strcpy(bench->config.channels[1].text, "#b");
    bench->config.channel_count = 2;
    bench->core = core_new(&bench->config);
    bench->now_ms = 1000;
    bench->wall_ms = BENCH_WALL_MS;
    bench->next_link = 1001;
    return bench;
}

static inline void bench_free(struct bench *bench)
{
    bench_forget(bench);
    core_free(bench->core);
    free(bench->seen);
    free(bench);
}

static inline struct id bench_channel(const struct bench *bench, const char *name)
{
    return channel_id(&bench->config.network, name);
}

/* ---- requests ---- */

static inline void bench_request(struct bench *bench, struct request request)
{
    bench_step(bench, (struct event){.kind = EVENT_REQUEST, .request = request});
}

static inline void bench_say(struct bench *bench, const char *text)
{
    bench_request(bench, (struct request){.kind = REQUEST_SAY,
                                          .text = {(const uint8_t *)text, strlen(text)}});
}

static inline void bench_ask(struct bench *bench, enum request_kind kind, const char *channel)
{
    struct request request = {.kind = kind};
    snprintf(request.channel.text, sizeof request.channel.text, "%s", channel);
    bench_request(bench, request);
}

static inline void bench_find(struct bench *bench, const char *address, enum found found,
                              const struct id *node)
{
    struct event event = {.kind = EVENT_FOUND, .found = found};
    snprintf(event.address.text, sizeof event.address.text, "%s", address);
    if (node != NULL)
        event.node = *node;
    event.process.b[0] = 9;
    bench_step(bench, event);
}

/* ---- what was seen ---- */

static inline size_t count_told(const struct bench *bench, enum told told)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->seen_count; i++)
        count += bench->seen[i].kind == EFFECT_SHOW && bench->seen[i].show.kind == SHOW_TOLD &&
                 bench->seen[i].show.told == told;
    return count;
}

static inline size_t count_shown(const struct bench *bench, enum show_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->seen_count; i++)
        count += bench->seen[i].kind == EFFECT_SHOW && bench->seen[i].show.kind == kind;
    return count;
}

static inline size_t count_effects(const struct bench *bench, enum effect_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->seen_count; i++)
        count += bench->seen[i].kind == kind;
    return count;
}

/* The newest of a kind; NULL when there was none. */
static inline const struct seen *last_effect(const struct bench *bench, enum effect_kind kind)
{
    for (size_t i = bench->seen_count; i-- > 0;)
        if (bench->seen[i].kind == kind)
            return &bench->seen[i];
    return NULL;
}

static inline const struct seen *last_show(const struct bench *bench, enum show_kind kind)
{
    for (size_t i = bench->seen_count; i-- > 0;)
        if (bench->seen[i].kind == EFFECT_SHOW && bench->seen[i].show.kind == kind)
            return &bench->seen[i];
    return NULL;
}

static inline bool is_frame(const struct seen *seen, uint64_t link, enum frame_kind kind)
{
    return seen->kind == EFFECT_SEND && (link == 0 || seen->link == link) &&
           frame_kind((struct bytes){seen->frame, seen->frame_size}) == kind;
}

/* link 0: any. */
static inline size_t count_sent(const struct bench *bench, uint64_t link, enum frame_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < bench->seen_count; i++)
        count += is_frame(&bench->seen[i], link, kind);
    return count;
}

static inline struct bytes last_sent(const struct bench *bench, uint64_t link, enum frame_kind kind)
{
    for (size_t i = bench->seen_count; i-- > 0;)
        if (is_frame(&bench->seen[i], link, kind))
            return (struct bytes){bench->seen[i].frame, bench->seen[i].frame_size};
    return (struct bytes){NULL, 0};
}

static inline struct want last_want(const struct bench *bench, uint64_t link)
{
    struct want want = {0};
    struct bytes frame = last_sent(bench, link, FRAME_WANT);
    if (frame.at != NULL)
        assert_true(wire_read_want(frame, &want));
    return want;
}

static inline bool was_hung_up(const struct bench *bench, uint64_t link)
{
    for (size_t i = 0; i < bench->seen_count; i++)
        if (bench->seen[i].kind == EFFECT_HANG_UP && bench->seen[i].link == link)
            return true;
    return false;
}

/* The code of the BYE that went to this link; -1 when none did. */
static inline int bye_code(const struct bench *bench, uint64_t link)
{
    uint8_t why;
    struct bytes frame = last_sent(bench, link, FRAME_BYE);
    return frame.at != NULL && wire_read_bye(frame, &why) ? why : -1;
}

/* Links that \links would show as up. */
static inline size_t links_up(struct bench *bench)
{
    size_t up = 0, before = bench->seen_count;
    bench_request(bench, (struct request){.kind = REQUEST_LINKS});
    for (size_t i = before; i < bench->seen_count; i++)
        up += bench->seen[i].kind == EFFECT_SHOW && bench->seen[i].show.kind == SHOW_LINK_ROW &&
              strcmp(bench->seen[i].a, "up") == 0;
    return up;
}

/* ---- peers ---- */

static inline void peer_frame(struct bench *bench, uint64_t link, struct bytes frame)
{
    bench_step(bench, (struct event){.kind = EVENT_FRAME, .link = link, .frame = frame});
}

static inline struct id peer_key(uint64_t link)
{
    struct id key = {{1}};
    memcpy(key.b + 8, &link, sizeof link);
    return key;
}

static inline uint64_t peer_connects(struct bench *bench)
{
    struct event event = {.kind = EVENT_LINK_IN, .link = bench->next_link += 2};
    snprintf(event.address.text, sizeof event.address.text, "10.0.0.1:%d",
             (int)(event.link % 60000));
    event.client_key = peer_key(event.link);
    bench_step(bench, event);
    return event.link;
}

static inline void peer_hello0(struct bench *bench, uint64_t link)
{
    uint8_t room[64];
    struct writer w = writer_of(room, sizeof room);
    wire_write_hello0(&w, &(struct nonce){{5}});
    peer_frame(bench, link, written(&w));
}

/* HELLO0 and HELLO2: the link then awaits its JOIN. False when the core did not answer. */
static inline bool peer_hello(struct bench *bench, uint64_t link, const struct identity *self,
                              uint8_t process)
{
    uint8_t room[256];
    struct hello1 hello1;
    peer_hello0(bench, link);
    struct bytes answered = last_sent(bench, link, FRAME_HELLO1);
    if (answered.at == NULL || !wire_read_hello1(answered, &hello1))
        return false;
    struct hello_terms terms = {.network = bench->config.network,
                                .server = hello1.node,
                                .client_key = peer_key(link),
                                .client_nonce = {{5}},
                                .server_nonce = hello1.nonce};
    assert_true(hello1_verify(&hello1, &terms));
    struct hello2 hello2 = {
        .node = self->node,
        .card = {.process = {{process}}, .port = 1, .nick = {(const uint8_t *)"peer", 4}}};
    hello2_sign(&hello2, &terms, answered, self);
    struct writer w = writer_of(room, sizeof room);
    wire_write_hello2(&w, &hello2);
    peer_frame(bench, link, written(&w));
    return true;
}

static inline void peer_join(struct bench *bench, uint64_t link, uint32_t generation,
                             const char *nick, const char *channel)
{
    static uint8_t room[4096];
    struct join join = {.generation = generation, .nick = {(const uint8_t *)nick, strlen(nick)}};
    if (channel != NULL)
        join.channels[join.count++] = bench_channel(bench, channel);
    struct writer w = writer_of(room, sizeof room);
    wire_write_join(&w, &join);
    peer_frame(bench, link, written(&w));
}

/* A whole inbound link of this identity, up and in #fika. */
static inline uint64_t peer_up_as(struct bench *bench, const struct identity *self, uint8_t process)
{
    uint64_t link = peer_connects(bench);
    if (peer_hello(bench, link, self, process))
        peer_join(bench, link, 1, "peer", "#fika");
    return link;
}

static inline uint64_t peer_up(struct bench *bench, uint32_t number)
{
    struct identity self = bench_identity(number);
    return peer_up_as(bench, &self, 2);
}

static inline void peer_pings(struct bench *bench, uint64_t link)
{
    uint8_t room[16];
    struct writer w = writer_of(room, sizeof room);
    wire_write_ping(&w, FRAME_PING, &(struct ping){.token = 1});
    peer_frame(bench, link, written(&w));
}

static inline void peer_have_in(struct bench *bench, uint64_t link, const char *channel, bool all,
                                const struct id *author, uint64_t seq, const struct id *tip)
{
    static struct have have;
    uint8_t room[256];
    have = (struct have){.channel = bench_channel(bench, channel), .all = all, .count = 1};
    have.heads[0] = (struct head){.author = *author, .seq = seq};
    if (tip != NULL)
        have.heads[0].tip = *tip;
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    peer_frame(bench, link, written(&w));
}

static inline void peer_have(struct bench *bench, uint64_t link, bool all, const struct id *author,
                             uint64_t seq, const struct id *tip)
{
    peer_have_in(bench, link, "#fika", all, author, seq, tip);
}

/* ---- authors ---- */

/* A chain of count entries of #fika; `mark` makes another chain of the same author. */
static inline struct author *author_new(const struct bench *bench, uint32_t number, size_t count,
                                        uint8_t mark)
{
    struct author *author = calloc(1, sizeof *author);
    assert_non_null(author);
    assert_true(count <= sizeof author->entries / sizeof author->entries[0]);
    author->identity = bench_identity(number);
    memcpy(author->body, "\4peerhej", 8);
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &author->entries[i];
        entry->version = ENTRY_VERSION;
        entry->kind = ENTRY_TEXT;
        entry->flags = mark;
        entry->channel = bench_channel(bench, "#fika");
        entry->author = author->identity.node;
        entry->process.b[0] = 2;
        entry->seq = i + 1;
        entry->lamport = i + 1;
        entry->wall_ms = BENCH_WALL_MS;
        entry->body = (struct bytes){author->body, 8};
        if (i > 0)
            entry->prev = author->entries[i - 1].id;
        entry_finish(entry);
    }
    return author;
}

static inline const struct id *author_tip(const struct author *author, uint64_t seq)
{
    return &author->entries[seq - 1].id;
}

/* A run from..to of this author, by this link. */
static inline void peer_entries(struct bench *bench, uint64_t link, struct author *author,
                                uint64_t from, uint64_t to, enum entry_part part)
{
    static uint8_t room[LIMIT_FRAME];
    struct run run = {&author->entries[from - 1], (size_t)(to - from + 1), {{0}}};
    run.signature = entry_sign(&author->entries[to - 1], &author->identity);
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, part);
    assert_false(w.full);
    peer_frame(bench, link, written(&w));
}
