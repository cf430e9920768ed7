/* Cable: how a connection lives.
 *
 *     DIAL --delay--> REACH at the listener --> OPEN at who dialled --frames--> END
 *
 * 1. Frames of one direction arrive in the order they were sent, each once, or not at all from some
 * point on; END comes after the last of them.
 * 2. The listener's core hears of it (LINK_IN) just before the first frame.
 * 3. A direction that weather.c blocks holds its frames back until the block ends, as TCP does;
 * what is sent meanwhile fills the queue, whose bound drops frames (invariant 10).
 * 4. A machine that reads slowly gives who sends to it a narrow lane and a short queue.
 */
#include "sim/cable.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/liar.h"
#include "sim/oracle.h"
#include "sim/shell.h"
#include "sim/spoil.h"
#include "sim/trace.h"

#define BYTES_A_MS      20000
#define BYTES_A_MS_SLOW 1
#define PORT_FIRST      20000
#define SYN_AGAIN_US    1000000

static struct cable *find(const struct machine *machine, uint64_t link, int *side)
{
    for (size_t i = 0; i < machine->cable_count; i++)
        for (int s = 0; s < 2; s++) {
            const struct end *end = &machine->cables[i]->ends[s];
            if (end->machine == machine->index && end->number == link && end->open) {
                *side = s;
                return machine->cables[i];
            }
        }
    return NULL;
}

static void shut(struct world *world, struct cable *cable, int side)
{
    struct machine *machine = &world->machines[cable->ends[side].machine];
    cable->ends[side].open = false;
    for (size_t i = machine->cable_count; i-- > 0;)
        if (machine->cables[i] == cable)
            machine->cables[i] = machine->cables[--machine->cable_count];
}

static void fly_end(struct world *world, struct cable *cable, int side, enum link_why why)
{
    struct lane *lane = &cable->lanes[side];
    uint64_t at = world->now_us + cable->latency_us;
    if (at <= lane->last_us)
        at = lane->last_us + 1;
    lane->last_us = at;
    world_fly(world, (struct flight){.kind = FLY_END, .cable = cable, .side = side, .why = why},
              at - world->now_us);
}

/* An address is NAME:PORT, and a machine's name is n and its number; in records, 10.0.0.NUMBER:PORT. */
static int whose_address(const struct world *world, const struct address *address)
{
    static const char record[] = "10.0.0.";
    bool recorded = strncmp(address->text, record, sizeof record - 1) == 0;
    int number = atoi(address->text + (recorded ? sizeof record - 1 : 1));
    return (recorded || address->text[0] == 'n') && number >= 0 && number < world->machine_count
               ? number
               : -1;
}

static struct cable *dial(struct world *world, struct machine *machine, uint64_t link,
                          const struct address *address)
{
    int to = whose_address(world, address);
    CHECK(to >= 0 && machine->cable_count < WORLD_CABLES);
    struct cable *cable = calloc(1, sizeof *cable);
    CHECK(cable != NULL);
    cable->next = world->cables;
    world->cables = cable;
    cable->latency_us = world->latency_us[machine->index][to];
    cable->ends[0] = (struct end){.machine = machine->index,
                                  .life = machine->life,
                                  .number = link,
                                  .open = true,
                                  .known = true};
    cable->ends[1] = (struct end){.machine = to};
    prng_bytes(&world->prng, cable->client_key.b, sizeof cable->client_key.b);
    machine->cables[machine->cable_count++] = cable;
    world_fly(world, (struct flight){.kind = FLY_REACH, .cable = cable}, cable->latency_us);
    return cable;
}

void cable_dial(struct world *world, struct machine *machine, uint64_t link,
                const struct address *address)
{
    dial(world, machine, link, address);
}

/* Who is dialled waits for the other's first packet, which is said again until it is let in. */
void cable_punch(struct world *world, struct machine *machine, uint64_t link,
                 const struct address *address, bool server)
{
    int to = whose_address(world, address);
    if (to < 0 || machine->cable_count == WORLD_CABLES)
        return; /* a liar's address: what is sent there comes to nothing */
    trace(world, "%s calls n%d, which calls it%s\n", machine->name, to,
          server ? ", as who is dialled" : "");
    if (server)
        machine->punches[to] = link;
    else
        dial(world, machine, link, address)->through = true;
}

static bool blocked(const struct world *world, int from, int to)
{
    return world->blocked_until_us[from][to] > world->now_us;
}

static void reach(struct world *world, struct cable *cable)
{
    struct end *from = &cable->ends[0], *to = &cable->ends[1];
    struct machine *listener = &world->machines[to->machine];
    if (!from->open)
        return;
    if (blocked(world, from->machine, to->machine) || blocked(world, to->machine, from->machine) ||
        (listener->behind_router && !cable->through)) {
        world_fly(world,
                  (struct flight){.kind = FLY_END, .cable = cable, .side = 1, .why = WHY_NO_ANSWER},
                  (uint64_t)HELLO_DEADLINE_MS * 1000);
        return;
    }
    if (listener->core == NULL || listener->cable_count == WORLD_CABLES) {
        fly_end(world, cable, 1, WHY_REFUSED);
        return;
    }
    if (cable->through && listener->punches[from->machine] == 0) {
        world_fly(world, (struct flight){.kind = FLY_REACH, .cable = cable}, SYN_AGAIN_US);
        return;
    }
    to->life = listener->life;
    to->number = cable->through ? listener->punches[from->machine] : (listener->next_number += 2);
    if (cable->through) {
        listener->punches[from->machine] = 0;
        trace(world, "n%d and n%d got through\n", from->machine, to->machine);
    }
    to->open = true;
    listener->cables[listener->cable_count++] = cable;
    world_fly(world, (struct flight){.kind = FLY_OPEN, .cable = cable}, 2 * cable->latency_us);
    world->count.links++;
}

bool cable_put(struct world *world, struct cable *cable, int side, struct bytes frame)
{
    struct lane *lane = &cable->lanes[side];
    const struct machine *to = &world->machines[cable->ends[1 - side].machine];
    bool slow = to->slow_until_us > world->now_us;
    if (lane->frames >= (slow ? QUEUE_SLOW_FRAMES : LIMIT_LINK_QUEUE_COUNT) ||
        lane->bytes + frame.size > LIMIT_LINK_QUEUE_BYTES) {
        lane->owes = true;
        world->count.drops++;
        return false;
    }
    lane->frames++;
    lane->bytes += frame.size;
    if (lane->free_us < world->now_us)
        lane->free_us = world->now_us;
    lane->free_us += 1 + frame.size * 1000 / (slow ? BYTES_A_MS_SLOW : BYTES_A_MS);
    uint64_t at = lane->free_us + cable->latency_us;
    if (world->plan.weather > 0)
        at += world_below(world, (uint32_t)(cable->latency_us / 2 + 1));
    if (at <= lane->last_us)
        at = lane->last_us + 1;
    lane->last_us = at;
    uint8_t *copy = malloc(frame.size + 1);
    CHECK(copy != NULL);
    memcpy(copy, frame.at, frame.size);
    world_fly(
        world,
        (struct flight){
            .kind = FLY_FRAME, .cable = cable, .side = side, .bytes = copy, .size = frame.size},
        at - world->now_us);
    world->count.frames++;
    world->count.bytes += frame.size;
    /* cppcheck-suppress memleak ; the flight owns it */
    return true;
}

bool cable_send(struct world *world, struct machine *machine, uint64_t link, struct bytes frame)
{
    int side;
    struct cable *cable = find(machine, link, &side);
    if (cable == NULL)
        return true;
    trace_frame(world, machine->index, cable->ends[1 - side].machine, frame);
    oracle_sent(world, machine, frame);
    if (frame_kind(frame) == FRAME_JOIN)
        cable->ends[side].joined = true;
    if (machine->liar != NULL && !liar_sends(world, machine, cable, side, frame))
        return true;
    return cable_put(world, cable, side, frame);
}

bool cable_has_room(struct world *world, struct machine *machine, uint64_t link)
{
    int side;
    struct cable *cable = find(machine, link, &side);
    if (cable == NULL)
        return true; /* so that what waits for it is thrown away */
    const struct machine *to = &world->machines[cable->ends[1 - side].machine];
    if (to->slow_until_us > world->now_us)
        return cable->lanes[side].frames < QUEUE_SLOW_FRAMES / 2;
    return cable->lanes[side].bytes < LIMIT_WANT_BYTES;
}

void cable_hang_up(struct world *world, struct machine *machine, uint64_t link)
{
    int side;
    struct cable *cable = find(machine, link, &side);
    for (int i = 0; i < WORLD_MACHINES; i++)
        if (machine->punches[i] == link)
            machine->punches[i] = 0;
    if (cable == NULL)
        return;
    shut(world, cable, side);
    fly_end(world, cable, side, WHY_LOST);
}

void cable_close_all(struct world *world, struct machine *machine)
{
    while (machine->cable_count > 0) {
        struct cable *cable = machine->cables[machine->cable_count - 1];
        int side = cable->ends[0].machine == machine->index ? 0 : 1;
        cable->lanes[side].lost = world_chance(world, 500);
        shut(world, cable, side);
        fly_end(world, cable, side, WHY_LOST);
    }
}

void cable_cut(struct world *world, struct cable *cable)
{
    for (int side = 0; side < 2; side++) {
        cable->lanes[side].lost = true;
        fly_end(world, cable, side, WHY_LOST);
    }
}

static struct event event_at(const struct cable *cable, int side, enum event_kind kind)
{
    struct event event = {.kind = kind, .link = cable->ends[side].number};
    event.client_key = cable->client_key;
    snprintf(event.address.text, sizeof event.address.text, "10.0.0.%d:%d",
             cable->ends[1 - side].machine, PORT_FIRST + (int)(cable->ends[1].number % 10000));
    return event;
}

/* The end's machine has lost the connection. */
static void tell_end(struct world *world, struct cable *cable, int side, enum link_why why)
{
    struct machine *machine = &world->machines[cable->ends[side].machine];
    struct event event = event_at(cable, side, EVENT_LINK_CLOSED);
    shut(world, cable, side);
    event.why = why;
    shell_forget(machine, event.link);
    machine->link_ended = true;
    if (cable->ends[side].known)
        machine_step(world, machine, event);
}

static void drained(struct world *world, struct cable *cable, int side)
{
    struct end *end = &cable->ends[side];
    struct machine *machine = &world->machines[end->machine];
    if (!end->open || end->life != machine->life)
        return;
    if (cable->lanes[side].frames == 0 && cable->lanes[side].owes) {
        cable->lanes[side].owes = false;
        struct event event = event_at(cable, side, EVENT_LINK_DRAINED);
        if (world->plan.sabotage != SABOTAGE_FORGET_DRAINED)
            machine_step(world, machine, event);
    }
    shell_plan_answers(world, machine);
}

static void land_frame(struct world *world, const struct flight *flight)
{
    struct cable *cable = flight->cable;
    int to_side = 1 - flight->side;
    struct lane *lane = &cable->lanes[flight->side];
    struct end *end = &cable->ends[to_side];
    struct machine *machine = &world->machines[end->machine];
    lane->frames--;
    lane->bytes -= flight->size;
    if (end->open && !lane->lost && end->life == machine->life) {
        if (!end->known) {
            end->known = true;
            machine_step(world, machine,
                         event_at(cable, to_side, cable->through ? EVENT_LINK_OUT : EVENT_LINK_IN));
        }
        if (machine->liar != NULL)
            liar_hears(world, machine, (struct bytes){flight->bytes, flight->size});
        if (flight->size == 0 || flight->size > LIMIT_FRAME) {
            fly_end(world, cable, to_side, WHY_LOST);
            tell_end(world, cable, to_side, WHY_RULES);
        } else {
            struct event event = event_at(cable, to_side, EVENT_FRAME);
            event.frame = (struct bytes){flight->bytes, flight->size};
            spoil_arrives(world, machine, event);
        }
    }
    drained(world, cable, flight->side);
}

/* The sabotage: the core believes in a link whose other end is gone, for something still pings. */
static void pretend(struct world *world, struct cable *cable, int side)
{
    uint8_t room[16];
    struct writer w = writer_of(room, sizeof room);
    wire_write_ping(&w, FRAME_PING, &(struct ping){.token = 1});
    struct event event = event_at(cable, side, EVENT_FRAME);
    event.frame = written(&w);
    machine_step(world, &world->machines[cable->ends[side].machine], event);
    cable->lanes[1 - side].last_us = world->now_us + (uint64_t)PING_EVERY_MS * 1000;
    fly_end(world, cable, 1 - side, WHY_LOST);
}

int cable_target(const struct flight *flight)
{
    switch (flight->kind) {
    case FLY_FRAME:
    case FLY_END: return flight->cable->ends[1 - flight->side].machine;
    case FLY_OPEN: return flight->cable->ends[0].machine;
    default: return -1;
    }
}

void cable_land(struct world *world, const struct flight *flight)
{
    struct cable *cable = flight->cable;
    int other = 1 - flight->side;
    if (flight->kind == FLY_REACH) {
        reach(world, cable);
    } else if (flight->kind == FLY_OPEN) {
        if (cable->ends[0].open)
            machine_step(world, &world->machines[cable->ends[0].machine],
                         event_at(cable, 0, EVENT_LINK_OUT));
    } else if (flight->kind == FLY_FRAME) {
        land_frame(world, flight);
    } else if (cable->ends[other].open) {
        if (world->plan.sabotage == SABOTAGE_DEAF_TO_LOSS && cable->ends[other].joined &&
            cable->ends[flight->side].joined)
            pretend(world, cable, other);
        else
            tell_end(world, cable, other, flight->why);
    }
}
