/* Swarm: the heap of sparks, the nodes' ticks, and the wires between them.
 *
 * 1. One spark at a time, by (at_us, order): the same seed gives the same swarm.
 * 2. A wire keeps the order of what is sent on it; its end comes last.
 * 3. Who dies silently leaves his wires as they are: nothing comes back, and nobody is told. Who dials
 *    him has no answer.
 */
#include "sim/swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define MONO_BEGINS_US 3600000000ull
#define WALL_MS        1790000000000ull
#define LATENCY_LEAST  10000 /* us, one way */
#define LATENCY_MOST   50000

struct wire {
    uint32_t node[2]; /* 0: who dialled */
    uint64_t number[2];
    bool open[2], known;
    bool dead; /* an end died silently */
    struct id client_key;
    uint32_t latency_us;
    uint64_t last_us[2];
    uint32_t flying; /* sparks that name it */
};

/* ---- the heap ---- */

static bool is_before(const struct spark *a, const struct spark *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void swarm_spark(struct swarm *swarm, struct spark spark, uint64_t after_us)
{
    spark.at_us = swarm->now_us + after_us;
    spark.order = ++swarm->order;
    if (spark.wire != NULL)
        spark.wire->flying++;
    if (swarm->heap_count == swarm->heap_room) {
        swarm->heap_room = swarm->heap_room == 0 ? 4096 : swarm->heap_room * 2;
        swarm->heap = realloc(swarm->heap, swarm->heap_room * sizeof *swarm->heap);
        CHECK(swarm->heap != NULL);
    }
    size_t at = swarm->heap_count++;
    for (; at > 0 && is_before(&spark, &swarm->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swarm->heap[at] = swarm->heap[(at - 1) / 2];
    swarm->heap[at] = spark;
}

static struct spark take_first(struct swarm *swarm)
{
    struct spark first = swarm->heap[0], last = swarm->heap[--swarm->heap_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < swarm->heap_count &&
            is_before(&swarm->heap[child + 1], &swarm->heap[child]))
            child++;
        if (child >= swarm->heap_count || is_before(&last, &swarm->heap[child]))
            break;
        swarm->heap[at] = swarm->heap[child];
        at = child;
    }
    swarm->heap[at] = last;
    return first;
}

/* ---- nodes ---- */

struct address swarm_address(uint32_t node, unsigned port)
{
    struct address address = {""};
    snprintf(address.text, sizeof address.text, "10.%u.%u.%u:%u", node >> 16 & 255, node >> 8 & 255,
             node & 255, port);
    return address;
}

static void plan_tick(struct swarm *swarm, uint32_t index)
{
    struct swarm_node *node = &swarm->nodes[index];
    uint64_t deadline = core_deadline(node->core), at = UINT64_MAX;
    if (deadline < UINT64_MAX / 1000)
        at = deadline * 1000 > MONO_BEGINS_US + swarm->now_us ? deadline * 1000 - MONO_BEGINS_US
                                                              : swarm->now_us;
    if (at >= node->tick_at_us)
        return; /* an earlier one is under way, and plans the next */
    node->tick_at_us = at;
    swarm_spark(swarm, (struct spark){.kind = SPARK_TICK, .node = index}, at - swarm->now_us);
}

void swarm_step(struct swarm *swarm, uint32_t index, struct event event)
{
    struct swarm_node *node = &swarm->nodes[index];
    if (node->core == NULL)
        return;
    event.now_us = MONO_BEGINS_US + swarm->now_us;
    event.wall_ms = WALL_MS + swarm->now_us / 1000;
    swarm->count.steps++;
    core_step(node->core, &event);
    swarm_perform(swarm, index);
    if (node->core != NULL)
        plan_tick(swarm, index);
}

static void tick(struct swarm *swarm, const struct spark *spark)
{
    struct swarm_node *node = &swarm->nodes[spark->node];
    if (node->core == NULL || node->tick_at_us != spark->at_us)
        return;
    node->tick_at_us = UINT64_MAX;
    uint64_t deadline = core_deadline(node->core);
    if (deadline != UINT64_MAX && deadline * 1000 > MONO_BEGINS_US + swarm->now_us)
        plan_tick(swarm, spark->node); /* it was put off since */
    else
        swarm_step(swarm, spark->node, (struct event){.kind = EVENT_TICK});
}

/* ---- wires ---- */

static void let_go(struct wire *wire)
{
    if (wire->flying == 0 && !wire->open[0] && !wire->open[1])
        free(wire);
}

static void hold(struct swarm *swarm, struct wire *wire, int side)
{
    struct swarm_node *node = &swarm->nodes[wire->node[side]];
    if (node->hand_count == node->hand_room) {
        node->hand_room = node->hand_room == 0 ? 8 : node->hand_room * 2;
        node->hands = realloc(node->hands, node->hand_room * sizeof *node->hands);
        CHECK(node->hands != NULL);
    }
    wire->open[side] = true;
    node->hands[node->hand_count++] =
        (struct hand){.number = wire->number[side], .wire = wire, .side = side};
}

static void drop(struct swarm *swarm, struct wire *wire, int side)
{
    struct swarm_node *node = &swarm->nodes[wire->node[side]];
    wire->open[side] = false;
    for (size_t i = node->hand_count; i-- > 0;)
        if (node->hands[i].wire == wire)
            node->hands[i] = node->hands[--node->hand_count];
    for (size_t i = node->want_count; i-- > 0;)
        if (node->wants[i].link == wire->number[side])
            node->wants[i] = node->wants[--node->want_count];
}

static struct hand *hand_of(struct swarm_node *node, uint64_t link)
{
    for (size_t i = 0; i < node->hand_count; i++)
        if (node->hands[i].number == link)
            return &node->hands[i];
    return NULL;
}

static void fly(struct swarm *swarm, struct wire *wire, int side, struct spark spark)
{
    uint64_t at =
        swarm->now_us + wire->latency_us + prng_below(&swarm->prng, wire->latency_us / 8 + 1);
    if (at <= wire->last_us[side])
        at = wire->last_us[side] + 1;
    wire->last_us[side] = at;
    spark.wire = wire;
    spark.side = (uint8_t)side;
    swarm_spark(swarm, spark, at - swarm->now_us);
}

void swarm_dial(struct swarm *swarm, uint32_t node, uint64_t link, const struct address *address)
{
    unsigned a, b, c, port;
    CHECK(sscanf(address->text, "10.%u.%u.%u:%u", &a, &b, &c, &port) == 4);
    struct wire *wire = calloc(1, sizeof *wire);
    CHECK(wire != NULL);
    wire->node[0] = node;
    wire->node[1] = a << 16 | b << 8 | c;
    wire->number[0] = link;
    wire->latency_us = LATENCY_LEAST + prng_below(&swarm->prng, LATENCY_MOST - LATENCY_LEAST);
    prng_bytes(&swarm->prng, wire->client_key.b, sizeof wire->client_key.b);
    hold(swarm, wire, 0);
    fly(swarm, wire, 0, (struct spark){.kind = SPARK_REACH});
}

void swarm_send(struct swarm *swarm, uint32_t node, uint64_t link, struct bytes frame)
{
    const struct hand *hand = hand_of(&swarm->nodes[node], link);
    if (hand == NULL || hand->wire->dead)
        return;
    uint8_t *copy = malloc(frame.size);
    CHECK(copy != NULL);
    memcpy(copy, frame.at, frame.size);
    swarm->count.frames++;
    fly(swarm, hand->wire, hand->side,
        (struct spark){.kind = SPARK_FRAME, .bytes = copy, .size = (uint32_t)frame.size});
    /* cppcheck-suppress memleak ; the spark owns it */
}

static void end_wire(struct swarm *swarm, struct wire *wire, int side, enum link_why why)
{
    drop(swarm, wire, side);
    if (!wire->dead)
        fly(swarm, wire, side, (struct spark){.kind = SPARK_END, .why = (uint8_t)why});
    let_go(wire);
}

void swarm_hang_up(struct swarm *swarm, uint32_t node, uint64_t link)
{
    const struct hand *hand = hand_of(&swarm->nodes[node], link);
    if (hand != NULL)
        end_wire(swarm, hand->wire, hand->side, WHY_LOST);
}

void swarm_kill(struct swarm *swarm, uint32_t index, bool silently)
{
    struct swarm_node *node = &swarm->nodes[index];
    core_free(node->core);
    node->core = NULL;
    node->config.port = silently ? 0 : 1;
    while (node->hand_count > 0) {
        struct hand hand = node->hands[node->hand_count - 1];
        hand.wire->dead = hand.wire->dead || silently;
        end_wire(swarm, hand.wire, hand.side, WHY_LOST);
    }
}

static struct event event_at(const struct wire *wire, int side, enum event_kind kind)
{
    struct event event = {.kind = kind, .link = wire->number[side]};
    event.client_key = wire->client_key;
    event.address = swarm_address(wire->node[1 - side],
                                  side == 1 ? 40000 + (unsigned)wire->number[0] % 20000 : 1);
    return event;
}

static void reach(struct swarm *swarm, struct wire *wire)
{
    struct swarm_node *to = &swarm->nodes[wire->node[1]];
    if (!wire->open[0])
        return;
    if (to->core == NULL && to->config.port == 0) {
        wire->dead = true; /* nothing comes back */
        return;
    }
    if (to->core == NULL) {
        fly(swarm, wire, 1, (struct spark){.kind = SPARK_END, .why = WHY_REFUSED});
        return;
    }
    wire->number[1] = to->next_number += 2;
    hold(swarm, wire, 1);
    fly(swarm, wire, 1, (struct spark){.kind = SPARK_OPEN});
}

static void arrive(struct swarm *swarm, const struct spark *spark)
{
    struct wire *wire = spark->wire;
    int side = 1 - spark->side;
    if (!wire->open[side])
        return;
    if (side == 1 && !wire->known) {
        wire->known = true;
        swarm_step(swarm, wire->node[1], event_at(wire, 1, EVENT_LINK_IN));
    }
    if (swarm->plan.never_prune && spark->bytes[0] == FRAME_LAZY)
        return;
    struct event event = event_at(wire, side, EVENT_FRAME);
    event.frame = (struct bytes){spark->bytes, spark->size};
    swarm->count.kinds[spark->bytes[0] & 31]++;
    event.verified = swarm_arrives(swarm, wire->node[1 - side], wire->node[side], event.frame);
    swarm_step(swarm, wire->node[side], event);
}

static void ended(struct swarm *swarm, struct wire *wire, int side, enum link_why why)
{
    if (!wire->open[side])
        return;
    bool known = side == 0 || wire->known;
    struct event event = event_at(wire, side, EVENT_LINK_CLOSED);
    uint32_t node = wire->node[side];
    event.why = why;
    drop(swarm, wire, side);
    if (known)
        swarm_step(swarm, node, event);
}

static void land(struct swarm *swarm, struct spark *spark)
{
    struct wire *wire = spark->wire;
    switch (spark->kind) {
    case SPARK_TICK: tick(swarm, spark); break;
    case SPARK_BOOT: swarm_boot(swarm, spark->node); break;
    case SPARK_SERVE: swarm_serve(swarm, spark->node); break;
    case SPARK_REACH: reach(swarm, wire); break;
    case SPARK_OPEN:
        if (wire->open[0])
            swarm_step(swarm, wire->node[0], event_at(wire, 0, EVENT_LINK_OUT));
        break;
    case SPARK_FRAME: arrive(swarm, spark); break;
    case SPARK_END: ended(swarm, wire, 1 - spark->side, (enum link_why)spark->why); break;
    }
    free(spark->bytes);
    if (wire != NULL) {
        wire->flying--;
        let_go(wire);
    }
}

void swarm_until(struct swarm *swarm, uint64_t until_us)
{
    while (swarm->heap_count > 0 && swarm->heap[0].at_us <= until_us) {
        struct spark spark = take_first(swarm);
        swarm->now_us = spark.at_us;
        land(swarm, &spark);
    }
    swarm->now_us = until_us;
}

size_t swarm_linked(const struct swarm *swarm, uint32_t node, uint32_t *out)
{
    const struct swarm_node *one = &swarm->nodes[node];
    for (size_t i = 0; i < one->hand_count; i++)
        out[i] = one->hands[i].wire->node[1 - one->hands[i].side];
    return one->hand_count;
}

/* The longest of the shortest ways from the first node that lives to another, in links. */
uint32_t swarm_across(const struct swarm *swarm)
{
    uint32_t *queue = calloc(swarm->node_count, sizeof *queue),
             *far = calloc(swarm->node_count, sizeof *far);
    CHECK(queue != NULL && far != NULL);
    uint32_t head = 0, tail = 0, most = 0;
    for (uint32_t i = 0; tail == 0 && i < swarm->node_count; i++)
        if (swarm->nodes[i].core != NULL) {
            queue[tail++] = i;
            far[i] = 1;
        }
    while (head < tail) {
        uint32_t at = queue[head++];
        most = far[at] - 1;
        for (size_t i = 0; i < swarm->nodes[at].hand_count; i++) {
            const struct wire *wire = swarm->nodes[at].hands[i].wire;
            uint32_t other = wire->node[1 - swarm->nodes[at].hands[i].side];
            if (far[other] == 0 && swarm->nodes[other].core != NULL) {
                far[other] = far[at] + 1;
                queue[tail++] = other;
            }
        }
    }
    free(queue);
    free(far);
    return most;
}
