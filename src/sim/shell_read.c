/* Shell's readers of the disk: what its own core asks of the store, and what its peers want. */
#include "sim/shell.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/cable.h"
#include "sim/circle.h"
#include "sim/pair.h"
#include "sim/trace.h"

#define SERVE_EVERY_US 500
#define SERVE_PIECES   16

/* ---- what the core asks of the store ---- */

struct query {
    enum event_kind kind; /* LOOKED, SIFTED, BARE ...; AGAIN: of an act */
    uint64_t link;
    struct id channel;
    struct head head;
    struct id node;       /* SEEK */
    struct log_load load; /* BARE: of which branch */
    uint64_t number;      /* of BARE: above it; of SIFT: given back */
    uint8_t *frame;
    size_t size;
};

void shell_drop_queries(struct machine *machine)
{
    for (size_t i = 0; i < machine->query_count; i++)
        free(machine->queries[i].frame);
    free(machine->queries);
    machine->queries = NULL;
    machine->query_count = machine->query_room = 0;
}

static struct query *add_query(struct machine *machine)
{
    if (machine->query_count == machine->query_room) {
        machine->query_room = machine->query_room == 0 ? 16 : machine->query_room * 2;
        machine->queries =
            realloc(machine->queries, machine->query_room * sizeof *machine->queries);
        CHECK(machine->queries != NULL);
    }
    return &machine->queries[machine->query_count++];
}

void shell_take_act(struct machine *machine, const struct entry *entry)
{
    struct query *query = add_query(machine);
    *query = (struct query){.kind = EVENT_AGAIN, .channel = entry->channel};
    query->size = ENTRY_HEADER_BYTES + entry->body.size;
    query->frame = malloc(query->size);
    CHECK(query->frame != NULL);
    entry_header(entry, query->frame);
    memcpy(query->frame + ENTRY_HEADER_BYTES, entry->body.at, entry->body.size);
}

void shell_take_query(struct machine *machine, const struct effect *effect)
{
    struct query *query = add_query(machine);
    *query = (struct query){.kind = effect->kind == EFFECT_LOOK     ? EVENT_LOOKED
                                    : effect->kind == EFFECT_SIFT   ? EVENT_SIFTED
                                    : effect->kind == EFFECT_SEEK   ? EVENT_CARD
                                    : effect->kind == EFFECT_RECALL ? EVENT_RECALLED
                                                                    : EVENT_BARE,
                            .link = effect->link,
                            .node = effect->node,
                            .load = effect->load,
                            .number = effect->number,
                            .channel = effect->channel_id,
                            .head = effect->head};
    if (effect->kind != EFFECT_SIFT)
        return;
    query->size = effect->frame.size;
    query->frame = malloc(query->size + 1);
    CHECK(query->frame != NULL);
    memcpy(query->frame, effect->frame.at, query->size);
}

static void look(const struct machine *machine, struct event *event)
{
    uint32_t branch = 0;
    event->held = disk_branch_with(&machine->disk, &event->channel_id, &event->head, true, &branch);
    event->number = branch;
}

static void sift(struct world *world, const struct machine *machine, struct event *event,
                 uint64_t number)
{
    struct run run;
    enum entry_part part;
    arena_reset(&world->arena);
    CHECK(wire_read_entry(event->frame, &world->arena, &run, &part));
    event->number = number;
    event->sifted = disk_sift(&machine->disk, &run);
    if (world->plan.sabotage == SABOTAGE_NO_SIFT)
        event->sifted.based = false;
    trace_sifted(world, machine, &run, &event->sifted);
}

static bool recall(struct world *world, const struct machine *machine, struct event *event)
{
    return world->vaults != NULL ? vault_recall(world, machine, event)
                                 : pair_recall(world, machine, event);
}

/* Answers them all, and those that come of the answers. */
void shell_answer_queries(struct world *world, struct machine *machine)
{
    uint32_t life = machine->life;
    if (machine->answering)
        return;
    machine->answering = true;
    for (size_t i = 0; machine->core != NULL && machine->life == life && i < machine->query_count;
         i++) {
        struct query query = machine->queries[i];
        struct event event = {.kind = query.kind,
                              .link = query.link,
                              .channel_id = query.channel,
                              .head = query.head,
                              .node = query.node,
                              .load = query.load,
                              .number = query.kind == EVENT_CARD ? query.number : 0,
                              .frame = {query.frame, query.size}};
        machine->queries[i].frame = NULL;
        if (query.kind == EVENT_RECALLED && !recall(world, machine, &event))
            continue;
        if (query.kind == EVENT_LOOKED)
            look(machine, &event);
        else if (query.kind == EVENT_CARD && world->vaults != NULL)
            prekeys_card(&vault_of(world, machine)->prekeys, world, &event);
        else if (query.kind == EVENT_CARD)
            pair_card(machine, world, &event);
        else if (query.kind == EVENT_RECALLED || query.kind == EVENT_AGAIN)
            ; /* it is answered */
        else if (query.kind == EVENT_BARE)
            disk_bare(&machine->disk, &event.channel_id, &event.load, query.number, &event.number,
                      &event.head);
        else
            sift(world, machine, &event, query.number);
        machine_step(world, machine, event);
        free(query.frame);
    }
    machine->answering = false;
    if (machine->life == life)
        shell_drop_queries(machine);
}

/* ---- answers ---- */

void shell_forget(struct machine *machine, uint64_t link)
{
    for (size_t i = 0; i < LIMIT_LINKS * LIMIT_ANSWERS; i++)
        if (machine->answers[i].link == link && link != 0) {
            machine->answers[i].link = 0;
            machine->answer_count--;
        }
}

void shell_plan_answers(struct world *world, struct machine *machine)
{
    if (machine->answer_count == 0 || machine->serve_planned)
        return;
    machine->serve_planned = true;
    world_fly(world,
              (struct flight){.kind = FLY_SERVE, .machine = machine->index, .life = machine->life},
              SERVE_EVERY_US);
}

static void send_piece(struct world *world, struct machine *machine, struct answer *answer)
{
    static uint8_t room[LIMIT_FRAME];
    struct want *want = &answer->want;
    struct run run;
    uint64_t link = answer->link;
    arena_reset(&world->arena);
    if (!disk_read(&machine->disk, want, &world->arena, &run, &want->from)) {
        trace(world, "%s cannot answer %llu-%llu\n", machine->name, (unsigned long long)want->from,
              (unsigned long long)want->to);
        struct lack lack = {want->channel, want->author, want->from, want->to, want->tip};
        struct writer w = writer_of(room, sizeof room);
        wire_write_lack(&w, &lack);
        cable_send(world, machine, link, written(&w));
        answer->link = 0;
        machine->answer_count--;
        return;
    }
    size_t bytes = wire_entry_bytes(&run);
    want->credit = want->credit > bytes ? want->credit - (uint32_t)bytes : 0;
    bool more = want->credit > 0 && want->from <= want->to;
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, more ? PART_ANSWER : PART_ANSWER_END);
    if (w.full || !cable_send(world, machine, link, written(&w)) || !more) {
        answer->link = 0;
        machine->answer_count--;
    }
}

void shell_answer(struct world *world, struct machine *machine)
{
    size_t pieces = 0, idle = 0;
    machine->serve_planned = false;
    while (machine->answer_count > 0 && idle < LIMIT_LINKS * LIMIT_ANSWERS &&
           pieces < SERVE_PIECES) {
        struct answer *answer = &machine->answers[machine->answer_next];
        machine->answer_next = (machine->answer_next + 1) % (LIMIT_LINKS * LIMIT_ANSWERS);
        if (answer->link == 0 || !cable_has_room(world, machine, answer->link)) {
            idle++;
            continue;
        }
        idle = 0;
        pieces++;
        send_piece(world, machine, answer);
    }
    if (pieces == SERVE_PIECES)
        shell_plan_answers(world, machine);
}
