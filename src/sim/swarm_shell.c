/* Swarm's shell: a node's machine around its core, as shell.c, with the one pool for a disk. All writes
 * work and are committed at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/swarm.h"

#define SERVE_US 500
#define KNOWN    2 /* so many others a node knows at its start */

/* ---- the pool ---- */

/* The author's log in the channel. */
static uint32_t pool_of(struct swarm *swarm, const struct id *channel, const struct id *author)
{
    struct id key = *author;
    for (size_t i = 0; i < sizeof key.b; i++)
        key.b[i] ^= channel->b[i];
    uint32_t index = table_get(&swarm->authors, &key);
    if (index != TABLE_NONE)
        return index;
    CHECK(swarm->pool_count < SWARM_LOGS);
    index = swarm->pool_count++;
    table_put(&swarm->authors, &key, index);
    return index;
}

static void pool_add(struct swarm *swarm, struct pool *pool, const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        if (pool->count == pool->room) {
            pool->room = pool->room == 0 ? 64 : pool->room * 2;
            pool->at = realloc(pool->at, pool->room * sizeof(struct pooled *));
            CHECK(pool->at != NULL);
        }
        const struct entry *entry = &run->entries[i];
        struct pooled *pooled = calloc(1, sizeof *pooled + entry->body.size);
        CHECK(pooled != NULL && entry->seq == pool->count + 1);
        pooled->entry = *entry;
        memcpy(pooled + 1, entry->body.at, entry->body.size);
        pooled->entry.body.at = (uint8_t *)(pooled + 1);
        pooled->is_signed = i + 1 == run->count;
        pooled->signature = run->signature;
        pooled->number = swarm->said++;
        pooled->said_us = swarm->now_us;
        pool->at[pool->count++] = pooled;
    }
}

static const struct pooled *pooled(const struct pool *pool, uint64_t seq)
{
    return seq >= 1 && seq <= pool->count ? pool->at[seq - 1] : NULL;
}

static bool is_held(const struct held *held, uint64_t seq)
{
    return seq <= held->whole ||
           (held->span_from != 0 && seq >= held->span_from && seq <= held->span_to);
}

/* ---- what arrives ---- */

bool swarm_arrives(struct swarm *swarm, uint32_t from, uint32_t to, struct bytes frame)
{
    struct run run;
    enum entry_part part;
    if (frame_kind(frame) != FRAME_ENTRY)
        return false;
    arena_reset(&swarm->arena);
    CHECK(wire_read_entry(frame, &swarm->arena, &run, &part));
    const struct entry *last = &run.entries[run.count - 1];
    const struct pool *pool = &swarm->pools[pool_of(swarm, &last->channel, &last->author)];
    const struct pooled *known = pooled(pool, last->seq);
    CHECK(known != NULL && id_equal(&known->entry.id, &last->id));
    for (size_t i = 0; i < run.count; i++) {
        uint32_t number = pooled(pool, run.entries[i].seq)->number;
        uint8_t *hops = &swarm->nodes[to].hops[number];
        swarm->count.copies++;
        swarm->count.asked += part != PART_PUSH;
        if (*hops != 255)
            continue;
        *hops = swarm->nodes[from].hops[number] + 1;
        swarm->count.delivered++;
        swarm->count.by_mates += swarm->nodes[to].room != 0 &&
                                 swarm->nodes[to].room == swarm->nodes[from].room &&
                                 id_equal(&last->channel, &swarm->nodes[to].room_id);
        if (*hops > swarm->count.hops_most)
            swarm->count.hops_most = *hops;
    }
    return memcmp(&known->signature, &run.signature, sizeof run.signature) == 0;
}

/* ---- the store ---- */

static void store(struct swarm *swarm, uint32_t index, const struct effect *effect)
{
    struct swarm_node *node = &swarm->nodes[index];
    uint32_t which = pool_of(swarm, &effect->channel_id, &effect->load.author);
    CHECK(effect->load.branch == 0 && !effect->load.rootless);
    if (effect->kind == EFFECT_STORE &&
        id_equal(&effect->load.author, &node->config.identity.node)) {
        uint32_t first = swarm->said;
        pool_add(swarm, &swarm->pools[which], &effect->run);
        memset(node->hops + first, 0, swarm->said - first);
    }
    node->held[which] = (struct held){.whole = (uint32_t)effect->load.seq,
                                      .span_from = (uint32_t)effect->load.span_from,
                                      .span_to = (uint32_t)effect->load.span_to};
}

static void look(struct swarm *swarm, uint32_t index, const struct effect *effect)
{
    uint32_t which = pool_of(swarm, &effect->channel_id, &effect->head.author);
    struct event event = {.kind = EVENT_LOOKED,
                          .link = effect->link,
                          .channel = effect->channel,
                          .channel_id = effect->channel_id,
                          .head = effect->head};
    event.held = effect->head.seq <= swarm->nodes[index].held[which].whole;
    swarm_step(swarm, index, event);
}

static void sift(struct swarm *swarm, uint32_t index, const struct effect *effect)
{
    struct run run;
    enum entry_part part;
    struct bytes frame = effect->frame;
    struct event event = {
        .kind = EVENT_SIFTED, .link = effect->link, .frame = frame, .number = effect->number};
    arena_reset(&swarm->arena);
    CHECK(wire_read_entry(frame, &swarm->arena, &run, &part));
    uint32_t which = pool_of(swarm, &run.entries[0].channel, &run.entries[0].author);
    const struct held *held = &swarm->nodes[index].held[which];
    while (event.sifted.held < run.count && run.entries[event.sifted.held].seq <= held->whole)
        event.sifted.held++;
    if (event.sifted.held < run.count) {
        uint64_t below = run.entries[event.sifted.held].seq - 1;
        event.sifted.based = below <= held->whole;
        const struct pooled *base = pooled(&swarm->pools[which], below);
        if (base != NULL && event.sifted.based) {
            event.sifted.below = base->entry.id;
            event.sifted.lamport = base->entry.lamport;
        }
    }
    uint64_t from = run.entries[0].seq, to = run.entries[run.count - 1].seq;
    if (held->span_from != 0 && from <= held->span_to && to >= held->span_from)
        event.sifted.same_to[0] = to < held->span_to ? to : held->span_to; /* nobody forks here */
    swarm_step(swarm, index, event);
}

/* ---- answers ---- */

static void lack(struct swarm *swarm, uint32_t index, const struct swarm_want *ask)
{
    uint8_t room[128];
    struct writer w = writer_of(room, sizeof room);
    struct lack lack = {ask->want.channel, ask->want.author, ask->want.from, ask->want.to,
                        ask->want.tip};
    wire_write_lack(&w, &lack);
    swarm_send(swarm, index, ask->link, written(&w));
}

/* One frame of an answer; false when that was the last. */
static bool answer(struct swarm *swarm, uint32_t index, struct swarm_want *ask)
{
    static uint8_t room[LIMIT_FRAME];
    static struct entry entries[LIMIT_RUN_ENTRIES];
    struct run run = {.entries = entries};
    uint32_t which = pool_of(swarm, &ask->want.channel, &ask->want.author);
    const struct held *held = &swarm->nodes[index].held[which];
    bool is_signed = false;
    for (uint64_t seq = ask->want.from; run.count < LIMIT_RUN_ENTRIES && is_held(held, seq);
         seq++) {
        const struct pooled *one = pooled(&swarm->pools[which], seq);
        CHECK(one != NULL);
        entries[run.count++] = one->entry;
        run.signature = one->signature;
        is_signed = one->is_signed;
        if (is_signed && (seq >= ask->want.to || run.count >= LIMIT_RUN_ENTRIES / 2))
            break;
    }
    if (!is_signed || ask->want.bodies) {
        lack(swarm, index, ask);
        return false;
    }
    struct writer w = writer_of(room, sizeof room);
    ask->want.from += run.count;
    bool more = ask->want.from <= ask->want.to;
    wire_write_entry(&w, &run, more ? PART_ANSWER : PART_ANSWER_END);
    CHECK(!w.full);
    swarm_send(swarm, index, ask->link, written(&w));
    return more;
}

static void plan_answer(struct swarm *swarm, uint32_t index)
{
    struct swarm_node *node = &swarm->nodes[index];
    if (node->serves || node->want_count == 0)
        return;
    node->serves = true;
    swarm_spark(swarm, (struct spark){.kind = SPARK_SERVE, .node = index}, SERVE_US);
}

void swarm_serve(struct swarm *swarm, uint32_t index)
{
    struct swarm_node *node = &swarm->nodes[index];
    node->serves = false;
    if (node->core == NULL || node->want_count == 0)
        return;
    struct swarm_want ask = node->wants[0];
    memmove(node->wants, node->wants + 1, --node->want_count * sizeof ask);
    if (answer(swarm, index, &ask))
        node->wants[node->want_count++] = ask;
    plan_answer(swarm, index);
}

static void take_want(struct swarm *swarm, uint32_t index, const struct effect *effect)
{
    struct swarm_node *node = &swarm->nodes[index];
    if (node->want_count == node->want_room) {
        node->want_room = node->want_room == 0 ? 4 : node->want_room * 2;
        node->wants = realloc(node->wants, node->want_room * sizeof *node->wants);
        CHECK(node->wants != NULL);
    }
    node->wants[node->want_count++] =
        (struct swarm_want){.link = effect->link, .want = effect->want};
    plan_answer(swarm, index);
}

/* ---- effects ---- */

struct question { /* what the core asks of the store: it is answered after the step */
    struct effect effect;
    uint8_t *frame;
};

static struct question question_of(const struct effect *effect)
{
    struct question question = {.effect = *effect};
    if (effect->kind != EFFECT_SIFT)
        return question;
    question.frame = malloc(effect->frame.size);
    CHECK(question.frame != NULL);
    memcpy(question.frame, effect->frame.at, effect->frame.size);
    question.effect.frame.at = question.frame;
    return question;
}

static void answer_question(struct swarm *swarm, uint32_t index, const struct question *question)
{
    const struct effect *effect = &question->effect;
    if (effect->kind == EFFECT_LOOK)
        look(swarm, index, effect);
    else if (effect->kind == EFFECT_SIFT)
        sift(swarm, index, effect);
    else
        swarm_step(swarm, index,
                   (struct event){.kind = EVENT_BARE,
                                  .channel = effect->channel,
                                  .channel_id = effect->channel_id,
                                  .load = effect->load,
                                  .number = effect->number});
    free(question->frame);
}

#define QUESTIONS 64 /* of one step */

void swarm_perform(struct swarm *swarm, uint32_t index)
{
    struct swarm_node *node = &swarm->nodes[index];
    struct question questions[QUESTIONS];
    size_t count = 0;
    const struct effect *effect;
    while ((effect = core_next(node->core)) != NULL)
        switch (effect->kind) {
        case EFFECT_STORE:
        case EFFECT_PUT: store(swarm, index, effect); break;
        case EFFECT_LOOK:
        case EFFECT_SIFT:
        case EFFECT_BARE:
            CHECK(count < QUESTIONS);
            questions[count++] = question_of(effect);
            break;
        case EFFECT_SEND: swarm_send(swarm, index, effect->link, effect->frame); break;
        case EFFECT_SERVE: take_want(swarm, index, effect); break;
        case EFFECT_DIAL: swarm_dial(swarm, index, effect->link, &effect->address); break;
        case EFFECT_HANG_UP: swarm_hang_up(swarm, index, effect->link); break;
        case EFFECT_SPLIT: CHECK(!"nobody forks here"); break;
        default: break; /* what is shown or kept */
        }
    for (size_t i = 0; i < count; i++)
        answer_question(swarm, index, &questions[i]);
}

void swarm_boot(struct swarm *swarm, uint32_t index)
{
    struct swarm_node *node = &swarm->nodes[index];
    node->core = core_new(&node->config);
    struct address own = swarm_address(index, 1);
    swarm_step(swarm, index, (struct event){.kind = EVENT_OWN, .own = &own, .own_count = 1});
    for (int i = 0; i < KNOWN && index > 0; i++)
        swarm_step(swarm, index,
                   (struct event){.kind = EVENT_FOUND,
                                  .found = FOUND_REMEMBERED,
                                  .address = swarm_address(prng_below(&swarm->prng, index), 1)});
    swarm_step(swarm, index, (struct event){.kind = EVENT_TICK});
}

uint32_t swarm_say(struct swarm *swarm, uint32_t index, const struct channel_name *channel)
{
    char text[64];
    uint32_t number = swarm->said;
    struct event event = {.kind = EVENT_REQUEST};
    snprintf(text, sizeof text, "line %u of the swarm", number + 1);
    event.request.kind = REQUEST_SAY;
    event.request.channel = *channel;
    event.request.text = (struct bytes){(const uint8_t *)text, strlen(text)};
    swarm_step(swarm, index, event);
    return number;
}
