/* The world of fuzz_core.c: two cores, their disks, the links between them and to strangers. core_sound.h says what must hold
 * after every step.
 *
 * The disk (core_disk.h) answers LOOK and SIFT, and goes through lines again, after the step, or when the script says so.
 *
 * It looks into core/state.h, since most of what can go wrong does not show outside at once. */
#pragma once

#include "core_disk.h"

static void fly(int wire, enum event_kind kind, const uint8_t *at, size_t size)
{
    if (flight_count == FLIGHTS_MAX)
        return; /* lost, as behind a full queue */
    struct flight *flight = &flights[flight_count++];
    *flight = (struct flight){.wire = wire, .kind = kind, .size = size};
    if (size > 0) {
        flight->bytes = malloc(size);
        CHECK(flight->bytes != NULL);
        memcpy(flight->bytes, at, size);
    }
}

static void do_send(struct node *node, const struct effect *effect)
{
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    frame_may_leave(node, effect->frame);
    if (frame_kind(effect->frame) == FRAME_HELLO1) {
        memcpy(node->hello1, effect->frame.at, effect->frame.size);
        node->hello1_size = effect->frame.size;
    }
    CHECK(wire != NULL && wire->open);
    if (wire->peer >= 0)
        fly(wire->peer, EVENT_FRAME, effect->frame.at, effect->frame.size);
}

static void do_serve(struct node *node, const struct effect *effect)
{
    struct entry run_of[8];
    const struct held *chain[HELD_MAX];
    size_t count = 0, sent = 0;
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    CHECK(wire != NULL && wire->open);
    CHECK(effect->want.from >= 1 && effect->want.from <= effect->want.to);
    const struct held *held = held_entry(node, &effect->want.tip);
    for (; held != NULL && held->entry.seq >= effect->want.from;
         held = held_entry(node, &held->entry.prev))
        chain[count++] = held;
    while (count > 0 && wire->peer >= 0) {
        struct run run = {run_of, 0, {{0}}};
        do {
            held = chain[--count];
            run_of[run.count++] = held->entry;
        } while (!held->is_signed && count > 0 && run.count < 8);
        run.signature = held->signature;
        if (!held->is_signed || !run_is_chain(&run))
            return;
        bool more = count > 0 && (sent += 400) < effect->want.credit;
        struct writer w = writer_of(frame_room, sizeof frame_room);
        wire_write_entry(&w, &run, more ? PART_ANSWER : PART_ANSWER_END);
        CHECK(!w.full);
        fly(wire->peer, EVENT_FRAME, frame_room, w.size);
        if (!more)
            return;
    }
}

static struct wire *wire_add(int node, uint64_t number)
{
    if (wire_count == LINKS_MAX)
        return NULL;
    struct wire *wire = &wires[wire_count++];
    *wire = (struct wire){.node = node, .number = number, .open = true, .peer = -1};
    memset(wire->client_key.b, (int)(wire_count & 0xff), 32);
    return wire;
}

/* "a:1" is the first node, "b:1" the second; nobody else listens. */
static void do_dial(struct node *node, const struct effect *effect)
{
    int from = (int)(node - nodes), to = effect->address.text[0] - 'a';
    CHECK(effect->link % 2 == 0 && wire_of(from, effect->link) == NULL);
    struct wire *dialer = wire_add(from, effect->link);
    if (dialer == NULL)
        return;
    int here = (int)(dialer - wires);
    if (to < 0 || to >= NODES || strcmp(effect->address.text + 1, ":1") != 0 || nodes[to].stopped ||
        wire_count == LINKS_MAX) {
        fly(here, EVENT_LINK_CLOSED, NULL, 0);
        return;
    }
    struct wire *server = wire_add(to, next_inbound += 2);
    server->client_key = dialer->client_key;
    server->peer = here;
    dialer->peer = (int)(server - wires);
    fly(dialer->peer, EVENT_LINK_IN, NULL, 0);
    fly(here, EVENT_LINK_OUT, NULL, 0);
}

/* It gets through now and then; somebody else is there. */
static void do_punch(struct node *node, const struct effect *effect)
{
    int from = (int)(node - nodes);
    CHECK(effect->link % 2 == 0 && wire_of(from, effect->link) == NULL);
    CHECK(effect->number >= 1024 && effect->number <= UINT16_MAX);
    struct wire *wire = wire_add(from, effect->link);
    if (wire != NULL)
        fly((int)(wire - wires), effect->number % 2 == 0 ? EVENT_LINK_OUT : EVENT_LINK_CLOSED, NULL,
            0);
}

static void do_hang_up(struct node *node, const struct effect *effect)
{
    struct wire *wire = wire_of((int)(node - nodes), effect->link);
    CHECK(wire != NULL && wire->open);
    wire->open = false;
    if (wire->peer >= 0)
        fly(wire->peer, EVENT_LINK_CLOSED, NULL, 0);
}

static void do_show(const struct show *show)
{
    CHECK(show->kind <= SHOW_STOPPED);
    if (show->kind == SHOW_TOLD)
        CHECK(show->told < TOLD_COUNT);
    CHECK(show->kind != SHOW_MESSAGE);
    if (show->kind == SHOW_GAP)
        CHECK(show->n == 0 || (show->seq >= 1 && show->n == show->n2 - show->seq + 1));
    if (show->kind == SHOW_COMING)
        CHECK(show->n <= (uint64_t)LIMIT_LOGS * LIMIT_SEQ);
}

static void do_show_run(const struct node *node, const struct effect *effect)
{
    CHECK(window_name_ok(effect->channel.text)); /* nothing of what is carried is shown */
    CHECK(effect->run.count >= 1 && effect->run.count <= LIMIT_RUN_ENTRIES);
    for (size_t i = 0; i < effect->run.count && !node->overflowed; i++)
        CHECK(held_entry(node, &effect->run.entries[i].id) != NULL);
}

static void load_is_sound(const struct node *node, const struct log_load *load)
{
    struct log log;
    log_init(&log, &load->author);
    log_load(&log, load);
    if (!node->overflowed)
        branch_is_held(node, &log);
}

static void bare_step(int which, struct event event)
{
    struct node *node = &nodes[which];
    const struct effect *effect;
    struct log_load split = {.branch = UINT32_MAX}; /* with the run, which is stored behind it */
    if (node->stopped)
        return;
    event.now_us = now_us;
    event.wall_ms = wall_ms;
    if (event.kind == EVENT_STORE && event.writable)
        node->unwritable = false;
    core_step(node->core, &event);
    while ((effect = core_next(node->core)) != NULL) {
        switch (effect->kind) {
        case EFFECT_STORE:
            CHECK(!node->unwritable);
            do_store(node, effect);
            load_is_sound(node, &effect->load);
            if (split.branch != UINT32_MAX)
                load_is_sound(node, &split);
            split.branch = UINT32_MAX;
            break;
        case EFFECT_SPLIT:
            load_is_sound(node, &effect->load);
            split = effect->load2;
            break;
        case EFFECT_SEND: do_send(node, effect); break;
        case EFFECT_SERVE: do_serve(node, effect); break;
        case EFFECT_DIAL: do_dial(node, effect); break;
        case EFFECT_PUNCH: do_punch(node, effect); break;
        case EFFECT_HANG_UP: do_hang_up(node, effect); break;
        case EFFECT_SHOW: do_show(&effect->show); break;
        case EFFECT_SHOW_RUN: do_show_run(node, effect); break;
        case EFFECT_LOOK:
        case EFFECT_BARE:
        case EFFECT_SEEK:
        case EFFECT_RECALL:
        case EFFECT_SIFT: do_question(node, effect); break;
        case EFFECT_CARRY:
        case EFFECT_NAME: CHECK(!node->unwritable); break;
        case EFFECT_DROP:
            CHECK(!node->unwritable);
            do_drop(node, &effect->channel_id);
            break;
        case EFFECT_FILL:
            CHECK(!node->unwritable);
            do_fill(node, effect);
            break;
        case EFFECT_KEEP: core_keep(node->core, &node->kept); break;
        case EFFECT_OPEN: open_line(node, effect->lines); break;
        case EFFECT_LOG: CHECK(!has_secret(effect->text)); break;
        case EFFECT_STOP: node->stopped = true; break;
        default:
            CHECK(do_private(node, effect) || !do_direct(&node->direct, effect, &network) ||
                  !node->unwritable);
            break;
        }
    }
    if (split.branch != UINT32_MAX)
        load_is_sound(node, &split);
    if (event.kind == EVENT_STORE && !event.writable)
        node->unwritable = true;
    if (node->stopped)
        CHECK(core_deadline(node->core) == UINT64_MAX);
    else if (node->loading)
        CHECK(node->later_count == 0); /* an answer would make it work before it knows all */
    else
        core_is_sound(node);
}

/* Lines that are to be judged again, one after the other. */
static void go_through(int which)
{
    struct node *node = &nodes[which];
    struct pass pass = node->vault.passes[0];
    memmove(node->vault.passes, node->vault.passes + 1,
            --node->vault.pass_count * sizeof *node->vault.passes);
    for (size_t i = 0; i < node->held_count; i++) {
        const struct held *held = &node->held[i];
        if (!pass_meets(&pass, held))
            continue;
        struct event event = again_of(&held->entry);
        event.load.branch = branch_with(node, &held->entry, false);
        event.held = held->line.kind != 0;
        event.number = held->why;
        if (event.load.branch != UINT32_MAX)
            bare_step(which, event);
        free((void *)event.frame.at);
    }
    for (size_t i = 0; i < node->vault.pass_count; i++)
        if (id_equal(&node->vault.passes[i].channel, &pass.channel))
            return;
    bare_step(which, (struct event){.kind = EVENT_AGAIN, .channel_id = pass.channel});
}

static bool judges(const struct node *node)
{
    return node->vault.pass_count > 0 && !node->unwritable && !node->stopped && !node->loading;
}

static void answer_later(int which)
{
    struct node *node = &nodes[which];
    size_t rounds = 0;
    do {
        for (size_t i = 0; i < node->later_count; i++) {
            struct event event = node->later[i];
            bare_step(which, event);
            free((void *)event.frame.at);
        }
        node->later_count = 0;
        if (judges(node))
            go_through(which);
        CHECK(++rounds < TALK_MAX);
    } while (node->later_count > 0 || judges(node));
    if (!node->unwritable && !node->stopped && !node->loading)
        lines_are_settled(node);
}

static void forget_later(struct node *node)
{
    for (size_t i = 0; i < node->later_count; i++)
        free((void *)node->later[i].frame.at);
    node->later_count = node->vault.pass_count = 0;
}

static void step(int which, struct event event)
{
    bare_step(which, event);
    if (!nodes[which].slow)
        answer_later(which);
}

static void step_frame(const struct wire *wire, const uint8_t *at, size_t size)
{
    if (wire->open)
        step(wire->node,
             (struct event){.kind = EVENT_FRAME, .link = wire->number, .frame = {at, size}});
}

static void close_wire(struct wire *wire, enum link_why why)
{
    if (!wire->open)
        return;
    wire->open = false;
    step(wire->node, (struct event){.kind = EVENT_LINK_CLOSED, .link = wire->number, .why = why});
}

static void open_in(const struct wire *wire)
{
    struct event event = {.kind = EVENT_LINK_IN, .link = wire->number};
    event.client_key = wire->client_key;
    snprintf(event.address.text, sizeof event.address.text, "10.0.0.%d:99",
             (int)(wire - wires) % 256);
    step(wire->node, event);
}

static void land(struct flight *flight)
{
    struct wire *wire = &wires[flight->wire];
    if (wire->open) {
        switch (flight->kind) {
        case EVENT_LINK_IN: open_in(wire); break;
        case EVENT_LINK_OUT:
            step(wire->node, (struct event){.kind = EVENT_LINK_OUT,
                                            .link = wire->number,
                                            .client_key = wire->client_key});
            break;
        case EVENT_FRAME: step_frame(wire, flight->bytes, flight->size); break;
        default: close_wire(wire, WHY_LOST); break;
        }
    }
    free(flight->bytes);
}

/* The oldest flight; frames of one link keep their order. */
static struct flight take_flight(void)
{
    struct flight flight = flights[0];
    memmove(&flights[0], &flights[1], --flight_count * sizeof flights[0]);
    return flight;
}

static void deliver_all(void)
{
    for (int i = 0; flight_count > 0; i++) {
        struct flight flight = take_flight();
        CHECK(i < TALK_MAX);
        land(&flight);
    }
}
