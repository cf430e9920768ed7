/* A bench for one core: events in, all effects kept and counted, and peers made of nothing but
 * their keys, who go through HELLO and then send what a test wants. After every step the deadline
 * must be ahead of now, and every frame such that a reader takes it.
 *
 * It has a store in memory, of what STORE effects brought and of what a test puts there, which
 * answers LOOK and SIFT by events after the step, as the shell does. An entry is whole when all
 * below it are there, down to seq 1: that is all it knows, and nothing of branches. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../spans.h"
#include "core/core.h"
#include "core/hello.h"

#define BENCH_WALL_MS 1700000000000ull
#define SEEN_MAX      8192
#define STORED_ROOM   32768
#define LATER_MAX     1024

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
    uint64_t number; /* BARE: above which */
    uint64_t seq;    /* STORE: the first entry's */
    size_t count;
    struct log_load load, load2; /* STORE, SPLIT */
    struct head head;            /* LOOK */
    struct id channel_id, node;  /* CARRY, NAME, DROP */
    bool server;                 /* PUNCH */
    bool bulk;                   /* of a SHOW_RUN, which is kept as the shows that it makes */
};

/* What is known of an entry on the disk. */
struct stored {
    bool taken;
    struct id id, prev, author;
    struct process process;
    uint64_t seq, lamport;
};

struct bench {
    struct core *core;
    struct core_config config;
    uint64_t now_ms;
    uint64_t wall_ms;
    uint64_t next_link;
    struct seen *seen;
    size_t seen_count;
    struct stored *stored; /* open addressing by id */
    size_t stored_count;
    struct spans spans;
    struct event later[LATER_MAX]; /* answers of the store */
    size_t later_count;
    bool store_is_slow; /* they wait for bench_answer() */
};

/* One author's chain in #fika. */
struct author {
    struct identity identity;
    struct entry entries[420]; /* the first is seq 1 */
    size_t count;
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

/* ---- the store ---- */

static inline struct stored *bench_stored(const struct bench *bench, const struct id *id)
{
    uint64_t hash;
    memcpy(&hash, id->b + 3, sizeof hash);
    for (size_t i = hash % STORED_ROOM;; i = (i + 1) % STORED_ROOM)
        if (!bench->stored[i].taken || id_equal(&bench->stored[i].id, id))
            return &bench->stored[i];
}

static inline void bench_store(struct bench *bench, const struct entry *entry)
{
    struct stored *stored = bench_stored(bench, &entry->id);
    assert_true(++bench->stored_count < STORED_ROOM / 2);
    *stored = (struct stored){true,           entry->id,  entry->prev,   entry->author,
                              entry->process, entry->seq, entry->lamport};
}

static inline bool bench_holds(const struct bench *bench, const struct id *id)
{
    return bench_stored(bench, id)->taken;
}

static inline bool bench_is_whole(const struct bench *bench, const struct id *id)
{
    for (struct id at = *id;;) {
        const struct stored *stored = bench_stored(bench, &at);
        if (!stored->taken)
            return false;
        if (stored->seq == 1)
            return true;
        at = stored->prev;
    }
}

/* Another of this author and process stands on the same entry. */
static inline bool bench_is_lie(const struct bench *bench, const struct entry *entry)
{
    for (size_t i = 0; i < STORED_ROOM; i++) {
        const struct stored *stored = &bench->stored[i];
        if (stored->taken && stored->seq == entry->seq &&
            id_equal(&stored->author, &entry->author) && id_equal(&stored->prev, &entry->prev) &&
            memcmp(&stored->process, &entry->process, sizeof entry->process) == 0 &&
            !id_equal(&stored->id, &entry->id))
            return true;
    }
    return false;
}

static inline const struct id *bench_below(const void *held, const struct id *id)
{
    const struct stored *stored = bench_stored(held, id);
    return stored->taken ? &stored->prev : NULL;
}

static inline struct sifted bench_sift(const struct bench *bench, const struct run *run)
{
    struct sifted sifted = {0};
    spans_sift(&bench->spans, run, bench_below, bench, &sifted);
    while (sifted.held < run->count && bench_is_whole(bench, &run->entries[sifted.held].id))
        sifted.held++;
    if (sifted.held == run->count)
        return sifted;
    const struct entry *first = &run->entries[sifted.held];
    sifted.based = first->seq == 1 || bench_is_whole(bench, &first->prev);
    if (!sifted.based)
        return sifted;
    sifted.below = first->prev;
    sifted.lamport = first->seq == 1 ? 0 : bench_stored(bench, &first->prev)->lamport;
    sifted.lie = bench_is_lie(bench, first);
    return sifted;
}

/* What the store says to a LOOK or SIFT, to be told after the step. */
static inline void bench_question(struct bench *bench, const struct effect *effect)
{
    struct event event = {
        .link = effect->link, .channel_id = effect->channel_id, .head = effect->head};
    assert_true(bench->later_count < LATER_MAX);
    if (effect->kind == EFFECT_LOOK) {
        event.kind = EVENT_LOOKED;
        event.held = bench_is_whole(bench, &effect->head.tip);
    } else {
        struct arena arena;
        struct run run;
        enum entry_part part;
        uint8_t *copy = malloc(effect->frame.size);
        assert_non_null(copy);
        memcpy(copy, effect->frame.at, effect->frame.size);
        event.kind = EVENT_SIFTED;
        event.number = effect->number;
        event.frame = (struct bytes){copy, effect->frame.size};
        arena_init(&arena);
        assert_true(wire_read_entry(event.frame, &arena, &run, &part));
        event.sifted = bench_sift(bench, &run);
        arena_release(&arena);
    }
    bench->later[bench->later_count++] = event;
}

/* ---- effects ---- */

static inline struct seen *bench_see(struct bench *bench, enum effect_kind kind)
{
    static struct seen lost;
    struct seen *seen = bench->seen_count == SEEN_MAX ? &lost : &bench->seen[bench->seen_count++];
    memset(seen, 0, sizeof *seen);
    seen->kind = kind;
    return seen;
}

/* As app/perform.c makes them. */
static inline void bench_keep_run(struct bench *bench, const struct effect *effect)
{
    for (size_t i = 0; i < effect->run.count; i++) {
        const struct entry *entry = &effect->run.entries[i];
        struct show show = {.kind = SHOW_FORGOTTEN, .channel = effect->channel};
        struct id id;
        show.id = entry->author;
        assert_true(bench_holds(bench, &entry->id)); /* stored before it is shown */
        if (!entry_forgets(entry, &show.seq, &id) &&
            !show_entry(&show, &effect->channel, entry, &bench->config.identity.node, effect->via,
                        bench->wall_ms + bench->now_ms))
            continue;
        struct seen *seen = bench_see(bench, EFFECT_SHOW);
        seen->show = show;
        seen->show.liar = effect->liar;
        seen->show.folded = effect->folded;
        seen->bulk = effect->bulk;
    }
}

static inline void bench_keep(struct bench *bench, const struct effect *effect)
{
    if (effect->kind == EFFECT_SHOW_RUN) {
        bench_keep_run(bench, effect);
        return;
    }
    if (effect->kind == EFFECT_LOOK || effect->kind == EFFECT_SIFT)
        bench_question(bench, effect);
    spans_note(&bench->spans, effect);
    for (size_t i = 0; effect->kind == EFFECT_STORE && i < effect->run.count; i++)
        bench_store(bench, &effect->run.entries[i]);
    if (bench->seen_count == SEEN_MAX)
        return;
    struct seen *seen = bench_see(bench, effect->kind);
    bool shows = effect->kind == EFFECT_SHOW || effect->kind == EFFECT_STOP;
    seen->head = effect->head;
    seen->number = effect->number;
    seen->channel_id = effect->channel_id;
    seen->node = effect->node;
    seen->server = effect->server;
    seen->link = effect->link;
    seen->address = effect->address;
    if (effect->kind == EFFECT_SERVE)
        seen->want = effect->want;
    if (effect->kind == EFFECT_STORE || effect->kind == EFFECT_SPLIT ||
        effect->kind == EFFECT_PUT || effect->kind == EFFECT_BARE) {
        seen->load = effect->load;
        seen->load2 = effect->load2;
    }
    if (shows) {
        seen->show = effect->show;
        bench_text(seen->a, effect->show.a);
        bench_text(seen->b, effect->show.b);
    }
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

/* One event, and what it makes the core do; nothing of what the store has to say to it. */
static inline void bench_bare_step(struct bench *bench, struct event event)
{
    const struct effect *effect;
    bool stopped = false;
    event.now_us = bench->now_ms * 1000;
    event.wall_ms = bench->wall_ms + bench->now_ms;
    core_step(bench->core, &event);
    while ((effect = core_next(bench->core)) != NULL) {
        bench_keep(bench, effect);
        stopped = stopped || effect->kind == EFFECT_STOP;
    }
    if (stopped)
        assert_true(core_deadline(bench->core) == UINT64_MAX);
}

/* The store answers all that it was asked, and what it is asked meanwhile. */
static inline void bench_answer(struct bench *bench)
{
    for (size_t i = 0; i < bench->later_count; i++) {
        struct event event = bench->later[i];
        bench_bare_step(bench, event);
        free((void *)event.frame.at);
    }
    bench->later_count = 0;
}

static inline void bench_step(struct bench *bench, struct event event)
{
    bench_bare_step(bench, event);
    if (!bench->store_is_slow)
        bench_answer(bench);
    if (core_deadline(bench->core) <= bench->now_ms) { /* lines are gathered until then */
        bench_bare_step(bench, (struct event){.kind = EVENT_TICK});
        if (!bench->store_is_slow)
            bench_answer(bench);
    }
    assert_true(core_deadline(bench->core) > bench->now_ms);
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
    bench->stored = calloc(STORED_ROOM, sizeof *bench->stored);
    assert_true(bench->seen != NULL && bench->stored != NULL);
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
    for (size_t i = 0; i < bench->later_count; i++)
        free((void *)bench->later[i].frame.at);
    core_free(bench->core);
    spans_release(&bench->spans);
    free(bench->seen);
    free(bench->stored);
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

/* digest: of what the peer holds of the channel; NULL: one that nobody has. */
/* channels: names with blanks between them, or NULL; the digest is that of the first. */
static inline void peer_join_with(struct bench *bench, uint64_t link, uint32_t generation,
                                  const char *nick, const char *channels,
                                  const struct digest *digest)
{
    static uint8_t room[4096];
    char names[128], *rest = names;
    struct join join = {.generation = generation, .nick = {(const uint8_t *)nick, strlen(nick)}};
    if (digest != NULL)
        join.digests[0] = *digest;
    snprintf(names, sizeof names, "%s", channels != NULL ? channels : "");
    for (char *name; (name = strtok_r(rest, " ", &rest)) != NULL;) {
        join.hops[join.count] = CARRY_HOPS;
        join.channels[join.count++] = bench_channel(bench, name);
    }
    struct writer w = writer_of(room, sizeof room);
    wire_write_join(&w, &join);
    peer_frame(bench, link, written(&w));
}

static inline void peer_join(struct bench *bench, uint64_t link, uint32_t generation,
                             const char *nick, const char *channel)
{
    peer_join_with(bench, link, generation, nick, channel, NULL);
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

/* Fills entries from..to of the chain, which is whole below. */
static inline void author_write(const struct bench *bench, struct author *author, uint64_t from,
                                uint64_t to, uint8_t mark, uint8_t process)
{
    assert_true(to <= sizeof author->entries / sizeof author->entries[0]);
    author->count = to;
    for (uint64_t seq = from; seq <= to; seq++) {
        struct entry *entry = &author->entries[seq - 1];
        memset(entry, 0, sizeof *entry);
        entry->version = ENTRY_VERSION;
        entry->kind = ENTRY_TEXT;
        entry->flags = mark;
        entry->channel = bench_channel(bench, "#fika");
        entry->author = author->identity.node;
        entry->process.b[0] = process;
        entry->seq = seq;
        entry->lamport = seq > 1 ? entry[-1].lamport + 1 : 1;
        entry->wall_ms = BENCH_WALL_MS;
        entry->body = (struct bytes){author->body, 8};
        if (seq > 1)
            entry->prev = entry[-1].id;
        entry_finish(entry);
    }
}

/* A chain of count entries of #fika; `mark` makes another chain of the same author. */
static inline struct author *author_new(const struct bench *bench, uint32_t number, size_t count,
                                        uint8_t mark)
{
    struct author *author = calloc(1, sizeof *author);
    assert_non_null(author);
    author->identity = bench_identity(number);
    memcpy(author->body, "\4peerhej", 8);
    author_write(bench, author, 1, count, mark, 2);
    return author;
}

/* Another branch of the same author, which stands on his entry `at` and ends at `to`. */
static inline struct author *author_fork(const struct bench *bench, const struct author *from,
                                         uint64_t at, uint64_t to, uint8_t mark, uint8_t process)
{
    struct author *author = malloc(sizeof *author);
    assert_non_null(author);
    *author = *from;
    author_write(bench, author, at + 1, to, mark, process);
    for (uint64_t seq = 1; seq <= at; seq++)
        author->entries[seq - 1].body.at = author->body;
    return author;
}

/* The disk holds these entries, as from an earlier process. */
static inline void bench_hold(struct bench *bench, const struct author *author, uint64_t from,
                              uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++)
        bench_store(bench, &author->entries[seq - 1]);
}

/* And this process learns so, at its start. */
static inline void bench_load(struct bench *bench, const struct author *author, uint64_t to)
{
    const struct entry *last = &author->entries[to - 1];
    bench_hold(bench, author, 1, to);
    bench_step(
        bench,
        (struct event){.kind = EVENT_LOAD_CHANNEL, .channel = {"#fika"}, .lamport = last->lamport});
    bench_step(bench, (struct event){.kind = EVENT_LOAD_LOG,
                                     .channel = {"#fika"},
                                     .load = {.author = last->author,
                                              .nick = {"peer"},
                                              .seq = to,
                                              .tip = last->id,
                                              .lamport = last->lamport}});
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

/* ---- a peer who answers questions ---- */

struct library {
    struct author *authors[8];
    size_t count;
    uint64_t run; /* entries below one signature */
    size_t asked; /* questions answered so far */
    struct want last;
};

static inline const struct author *library_find(const struct library *library,
                                                const struct want *want)
{
    for (size_t i = 0; i < library->count; i++) {
        const struct author *author = library->authors[i];
        if (id_equal(&author->identity.node, &want->author) && author->count >= want->to &&
            id_equal(author_tip(author, want->to), &want->tip))
            return author;
    }
    return NULL;
}

static inline bool library_is_end(const struct library *library, const struct author *author,
                                  uint64_t seq)
{
    return seq % library->run == 0 || seq == author->count ||
           memcmp(&author->entries[seq].process, &author->entries[seq - 1].process,
                  sizeof(struct process)) != 0;
}

/* Answers this question as PROTOCOL.md 6.3 has it. */
static inline void library_serve(struct bench *bench, struct library *library, uint64_t link,
                                 const struct want *want)
{
    struct author *author = (struct author *)library_find(library, want);
    size_t sent = 0;
    if (author == NULL) {
        uint8_t room[256];
        struct writer w = writer_of(room, sizeof room);
        wire_write_lack(
            &w, &(struct lack){want->channel, want->author, want->from, want->to, want->tip});
        peer_frame(bench, link, written(&w));
        return;
    }
    for (uint64_t from = want->from; from <= want->to && (sent == 0 || sent < want->credit);) {
        uint64_t to = from;
        while (!library_is_end(library, author, to))
            to++;
        sent += 200 + (to - from + 1) * 40;
        bool last = to >= want->to || sent >= want->credit;
        peer_entries(bench, link, author, from, to, last ? PART_ANSWER_END : PART_ANSWER);
        from = to + 1;
    }
}

/* Answers the questions that the link got since the bench last forgot, until there are no more.
 * Returns how many. */
static inline size_t library_answer(struct bench *bench, struct library *library, uint64_t link)
{
    size_t answered = 0;
    for (size_t i = 0; i < bench->seen_count && answered < 200; i++) {
        struct want want;
        if (!is_frame(&bench->seen[i], link, FRAME_WANT))
            continue;
        assert_true(
            wire_read_want((struct bytes){bench->seen[i].frame, bench->seen[i].frame_size}, &want));
        library->last = want;
        answered++;
        library_serve(bench, library, link, &want);
    }
    assert_true(answered < 200); /* else it is asked for ever */
    library->asked += answered;
    return answered;
}
