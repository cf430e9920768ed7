/* Liar: each has one lie, out of a table. It has its identity's key and nobody else's, so what it
 * signs is its own; entries that it makes outside its core are told to the oracle, which lets them
 * be stored and shown, and asks the same agreement about its branches as about anybody's, but for
 * lies that never have a base: each honest node keeps of those what room it had for.
 */
#include "sim/liar.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/holding.h"
#include "sim/cable.h"
#include "sim/eavesdrop.h"
#include "sim/oracle.h"
#include "sim/outcast.h"
#include "sim/trace.h"

#define HEARD_MOST   16
#define CLOCK_HIGH   ((uint64_t)1 << 62)            /* adrift for everybody */
#define CLOCK_BELOW  (((uint64_t)1 << 40) - 100000) /* not yet adrift */
#define LIE_EVERY_US 400000

struct chain { /* a log that it makes by hand */
    uint64_t seq, lamport;
    struct id tip;
};

struct liar {
    int lie;
    struct chain chains[2];
    struct entry held_back[2]; /* of a run that was sent with a bad signature */
    struct signature held_signature;
    char bodies[2][64];
    uint8_t *heard[HEARD_MOST]; /* frames of others, to be played again */
    size_t heard_size[HEARD_MOST], heard_count;
    uint32_t generation; /* of its false JOINs */
    uint8_t hello2[512];
    size_t hello2_size;
};

struct place { /* where a lie goes: its cable, seen from it */
    struct cable *cable;
    int side, to;
};

/* ---- what lies are made of ---- */

static bool pick_place(struct world *world, struct machine *machine, struct place *place)
{
    if (machine->cable_count == 0)
        return false;
    place->cable = machine->cables[world_below(world, (uint32_t)machine->cable_count)];
    place->side = place->cable->ends[0].machine == machine->index ? 0 : 1;
    place->to = place->cable->ends[1 - place->side].machine;
    return place->cable->ends[0].joined && place->cable->ends[1].joined;
}

static void put(struct world *world, const struct machine *machine, const struct place *place,
                const char *what, struct bytes frame)
{
    trace(world, "%s lies to n%d: %s\n", machine->name, place->to, what);
    cable_put(world, place->cable, place->side, frame);
}

static void put_run(struct world *world, const struct machine *machine, const struct place *place,
                    const char *what, const struct run *run)
{
    static uint8_t room[LIMIT_FRAME];
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, run, PART_PUSH);
    put(world, machine, place, what, written(&w));
}

/* The next entry of a chain, in #a; text is kept by the caller. */
static struct entry next_entry(struct world *world, const struct machine *machine,
                               struct chain *chain, char text[64])
{
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = ENTRY_TEXT,
                          .channel = world->channel_ids[0],
                          .author = machine->config.identity.node,
                          .process = machine->config.process,
                          .seq = ++chain->seq,
                          .prev = chain->tip};
    chain->lamport += 1 + world_below(world, 50);
    entry.lamport = chain->lamport;
    entry.wall_ms = machine_wall_ms(world, machine);
    memset(entry.process.b, 9, sizeof entry.process.b);
    entry.body.at = (const uint8_t *)text;
    entry.body.size = (size_t)snprintf(text, 64, "%c%s lie %u", (char)strlen(machine->name),
                                       machine->name, world_below(world, 1u << 30));
    entry_finish(&entry);
    chain->tip = entry.id;
    oracle_lied(world, machine->index, &entry);
    return entry;
}

static struct machine *honest_one(struct world *world)
{
    uint32_t honest = (uint32_t)world->machine_count - world->plan.liars;
    return &world->machines[world_below(world, honest)];
}

/* ---- the lies ---- */

/* Somebody else's next entry, under the liar's signature. */
static void forge(struct world *world, struct machine *machine, const struct place *place)
{
    const struct machine *victim = honest_one(world);
    const struct disk_log *log =
        disk_highest(&machine->disk, &world->channel_ids[0], &victim->config.identity.node);
    char text[64];
    struct chain chain = {0, world_below(world, 100), {{0}}};
    struct entry entry;
    if (log != NULL)
        chain = (struct chain){log->load.seq, log->load.lamport, log->load.tip};
    entry = (struct entry){.version = ENTRY_VERSION,
                           .kind = ENTRY_TEXT,
                           .channel = world->channel_ids[0],
                           .author = victim->config.identity.node,
                           .process = victim->config.process,
                           .seq = chain.seq + 1,
                           .lamport = chain.lamport + 1,
                           .prev = chain.tip};
    entry.body.at = (const uint8_t *)text;
    entry.body.size = (size_t)snprintf(text, sizeof text, "%c%s forged", (char)strlen(victim->name),
                                       victim->name);
    entry_finish(&entry);
    struct run run = {&entry, 1, entry_sign(&entry, &machine->config.identity)};
    put_run(world, machine, place, "an entry in another's name", &run);
}

/* Two logs, one for each half of the world. */
static void equivocate(struct world *world, struct machine *machine, const struct place *place)
{
    char text[64];
    struct entry entry = next_entry(world, machine, &machine->liar->chains[place->to % 2], text);
    struct run run = {&entry, 1, entry_sign(&entry, &machine->config.identity)};
    put_run(world, machine, place, "one of two logs", &run);
}

/* A run with a bad signature, then its good successor; the run itself well signed to another. */
static void spoil_run(struct world *world, struct machine *machine, const struct place *place)
{
    struct liar *liar = machine->liar;
    char text[64];
    if (world_chance(world, 500) && liar->held_back[1].seq != 0) {
        struct run run = {liar->held_back, 2, liar->held_signature};
        put_run(world, machine, place, "what it held back", &run);
        return;
    }
    for (int i = 0; i < 2; i++)
        liar->held_back[i] = next_entry(world, machine, &liar->chains[0], liar->bodies[i]);
    struct run run = {liar->held_back, 2, {{0}}};
    liar->held_signature = entry_sign(&liar->held_back[1], &machine->config.identity);
    run.signature = liar->held_signature;
    run.signature.b[5] ^= 1;
    put_run(world, machine, place, "a run with a bad signature", &run);
    struct entry after = next_entry(world, machine, &liar->chains[0], text);
    struct run good = {&after, 1, entry_sign(&after, &machine->config.identity)};
    put_run(world, machine, place, "its good successor", &good);
}

/* The newest of a log whose rest nobody ever gets. */
static void withhold(struct world *world, struct machine *machine, const struct place *place)
{
    char text[64];
    struct chain *chain = &machine->liar->chains[0];
    for (int i = 0; i < 4; i++)
        next_entry(world, machine, chain, text);
    struct entry last = next_entry(world, machine, chain, text);
    struct run run = {&last, 1, entry_sign(&last, &machine->config.identity)};
    put_run(world, machine, place, "the end of a log", &run);
}

/* An entry whose prev is nothing that was ever said. */
static void fork_log(struct world *world, struct machine *machine, const struct place *place)
{
    char text[64];
    struct chain *chain = &machine->liar->chains[0];
    if (chain->seq > 0)
        prng_bytes(&world->prng, chain->tip.b, sizeof chain->tip.b);
    struct entry entry = next_entry(world, machine, chain, text);
    struct run run = {&entry, 1, entry_sign(&entry, &machine->config.identity)};
    put_run(world, machine, place, "an entry with another prev", &run);
}

/* To hold what nobody ever said. */
/* That an honest one holds what another said; he signs it, who has no part in it. */
static void boast_for(struct world *world, struct machine *machine, const struct place *place)
{
    uint8_t room[WIRE_HOLDING_BYTES];
    const struct machine *author = honest_one(world);
    struct holding holding = {.channel = world->channel_ids[world_below(world, WORLD_CHANNELS)],
                              .node = honest_one(world)->config.identity.node};
    const struct disk_log *log =
        disk_highest(&author->disk, &holding.channel, &author->config.identity.node);
    holding.head = (struct head){author->config.identity.node, 1, {{0}}};
    if (log != NULL && log->load.seq > 0)
        holding.head = (struct head){log->load.author, log->load.seq, log->load.tip};
    holding_sign(&holding, &world->network, &machine->config.identity);
    struct writer w = writer_of(room, sizeof room);
    wire_write_holding(&w, &holding);
    put(world, machine, place, "another's HELD", written(&w));
}

static void boast(struct world *world, struct machine *machine, const struct place *place)
{
    static uint8_t room[LIMIT_FRAME];
    struct have have = {.channel = world->channel_ids[world_below(world, WORLD_CHANNELS)]};
    if (world_chance(world, 300)) {
        boast_for(world, machine, place);
        return;
    }
    have.all = world_chance(world, 500);
    have.count = 1 + world_below(world, LIMIT_HAVE_HEADS);
    for (size_t i = 0; i < have.count; i++) {
        struct head *head = &have.heads[i];
        prng_bytes(&world->prng, head, sizeof *head);
        head->seq = 1 + world_below(world, 1u << 30);
        if (world_chance(world, 500))
            head->author = honest_one(world)->config.identity.node;
    }
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    put(world, machine, place, "a false HAVE", written(&w));
}

static void flood(struct world *world, struct machine *machine, const struct place *place)
{
    uint8_t room[256];
    for (int i = 0; i < 40; i++) {
        struct want want = {.channel = world->channel_ids[0],
                            .author = honest_one(world)->config.identity.node,
                            .from = 1 + world_below(world, 20),
                            .credit = LIMIT_WANT_BYTES};
        want.to = want.from + world_below(world, 1u << 30);
        struct writer w = writer_of(room, sizeof room);
        wire_write_want(&w, &want);
        put(world, machine, place, "one WANT of many", written(&w));
    }
}

static void deform(struct world *world, struct machine *machine, const struct place *place)
{
    static uint8_t room[LIMIT_FRAME + 1];
    struct liar *liar = machine->liar;
    size_t size = sizeof room;
    if (world_chance(world, 200)) {
        put(world, machine, place, "a giant frame", (struct bytes){room, size});
        return;
    }
    if (liar->heard_count > 0) {
        size_t which = world_below(world, (uint32_t)liar->heard_count);
        size = liar->heard_size[which];
        memcpy(room, liar->heard[which], size);
        if (world_chance(world, 500))
            size = world_below(world, (uint32_t)size + 1);
        else
            room[world_below(world, (uint32_t)size)] ^= (uint8_t)(1 + world_below(world, 255));
    } else {
        size = 1 + world_below(world, 200);
        prng_bytes(&world->prng, room, size);
    }
    put(world, machine, place, "a frame out of shape", (struct bytes){room, size});
}

static void replay(struct world *world, struct machine *machine, const struct place *place)
{
    const struct liar *liar = machine->liar;
    if (liar->heard_count == 0)
        return;
    size_t which = world_below(world, (uint32_t)liar->heard_count);
    put(world, machine, place, "what it heard",
        (struct bytes){liar->heard[which], liar->heard_size[which]});
}

static void eavesdrop(struct world *world, struct machine *machine, const struct place *place)
{
    static uint8_t room[LIMIT_FRAME];
    const char *what;
    if (world_chance(world, 250)) { /* cards that were newer once, too */
        replay(world, machine, place);
        return;
    }
    struct chain *chain = &machine->liar->chains[0];
    struct bytes frame = eavesdrop_lie(world, machine, &chain->seq, &chain->tip, room, &what);
    if (frame.size > 0)
        put(world, machine, place, what, frame);
}

/* To all at once, so that what comes next has a base. */
static void go_on(struct world *world, struct machine *machine, const struct place *place)
{
    static uint8_t room[LIMIT_FRAME];
    const char *what;
    struct bytes frame = outcast_lie(world, machine, room, &what);
    struct place each = *place;
    for (size_t i = 0; i < machine->cable_count && frame.size > 0; i++) {
        each.cable = machine->cables[i];
        each.side = each.cable->ends[0].machine == machine->index ? 0 : 1;
        each.to = each.cable->ends[1 - each.side].machine;
        if (each.cable->ends[0].joined && each.cable->ends[1].joined)
            put(world, machine, &each, what, frame);
    }
}

/* To take each channel in some way, with what it does not hold. */
static void hop(struct world *world, struct machine *machine, const struct place *place)
{
    static uint8_t room[LIMIT_FRAME];
    static struct join join;
    memset(&join, 0, sizeof join);
    machine->liar->generation += 1u << 16;
    join.generation = machine->liar->generation;
    join.nick = (struct bytes){(const uint8_t *)"hop", 3};
    join.count = WORLD_CHANNELS + world_below(world, 40);
    for (size_t i = 0; i < join.count; i++) {
        if (i < WORLD_CHANNELS)
            join.channels[i] = world->channel_ids[i];
        else
            prng_bytes(&world->prng, join.channels[i].b, sizeof join.channels[i].b);
        prng_bytes(&world->prng, join.digests[i].b, sizeof join.digests[i].b);
        join.hops[i] = (uint8_t)(1 + world_below(world, CARRY_HOPS));
    }
    struct writer w = writer_of(room, sizeof room);
    wire_write_join(&w, &join);
    put(world, machine, place, "what it takes", written(&w));
}

static const struct lie {
    const char *name;
    void (*act)(struct world *world, struct machine *machine, const struct place *place);
    uint64_t clock;
    bool mute;        /* it announces, and answers no WANT */
    bool strips;      /* it passes entries on without their bodies */
    bool borrows;     /* another's HELLO2 instead of its own, at times */
    bool is_one_log;  /* of what it says as an author */
    bool is_baseless; /* what it says hangs above what nobody has */
} LIES[] = {
    {"forger", forge, 0, false, false, false, true, false},
    {"equivocator", equivocate, 0, false, false, false, false, false},
    {"clock poisoner", NULL, CLOCK_HIGH, false, false, false, true, false},
    {"clock pusher", NULL, CLOCK_BELOW, false, false, false, true, false},
    {"bad signer", spoil_run, 0, false, false, false, false, false},
    {"withholder", withhold, 0, false, false, false, false, true},
    {"forker", fork_log, 0, false, false, false, false, true},
    {"boaster", boast, 0, false, false, false, false, true},
    {"mute", NULL, 0, true, false, false, true, true},
    {"flooder", flood, 0, false, false, false, true, false},
    {"deformer", deform, 0, false, false, false, true, false},
    {"replayer", replay, 0, false, false, true, true, false},
    {"stripper", NULL, 0, false, true, false, true, false},
    {"false carrier", hop, 0, false, false, false, true, false},
    /* Where two talk alone: */
    {"eavesdropper", eavesdrop, 0, false, false, false, true, false},
    /* Where there is a private channel: */
    {"outcast", go_on, 0, false, false, false, true, false},
};
#define LIE_COUNT (sizeof LIES / sizeof LIES[0] - 2) /* of those that are everywhere */

/* ---- how it lives ---- */

static int lie_of(void (*act)(struct world *, struct machine *, const struct place *))
{
    int lie = 0;
    while (LIES[lie].act != act)
        lie++;
    return lie;
}

/* Where a bug is planted, the liar who would profit by it is among them. */
void liars_gather(struct world *world)
{
    CHECK(world->plan.liars < world->plan.machines);
    for (uint32_t i = 0; i < world->plan.liars; i++) {
        struct machine *machine = &world->machines[world->machine_count - 1 - (int)i];
        machine->liar = calloc(1, sizeof *machine->liar);
        CHECK(machine->liar != NULL);
        machine->liar->lie = (int)world_below(world, LIE_COUNT);
        if (i == 0 && world->plan.sabotage == SABOTAGE_SKIP_SIGNATURE)
            machine->liar->lie = lie_of(forge);
        if (i == 0 && world->plan.sabotage == SABOTAGE_SKIP_PREV)
            machine->liar->lie = lie_of(fork_log);
        if (i == 0 && world->plan.pair && world->plan.seed % 2 == 0 &&
            world->plan.sabotage == SABOTAGE_NONE)
            machine->liar->lie = lie_of(eavesdrop);
        if (world->plan.circle && i % 2 == 0 &&
            (world->plan.sabotage == SABOTAGE_NONE ||
             world->plan.sabotage >= SABOTAGE_FORGET_REMOVALS))
            machine->liar->lie = lie_of(go_on);
        trace(world, "%s is a liar: %s\n", machine->name, liar_name(machine->liar));
        world_fly(world, (struct flight){.kind = FLY_LIE, .machine = machine->index}, LIE_EVERY_US);
    }
}

void liars_free(struct world *world)
{
    for (int i = 0; i < world->machine_count; i++) {
        struct liar *liar = world->machines[i].liar;
        for (size_t k = 0; liar != NULL && k < liar->heard_count; k++)
            free(liar->heard[k]);
        free(liar);
    }
}

const char *liar_name(const struct liar *liar)
{
    return LIES[liar->lie].name;
}

bool liar_keeps_one_log(const struct liar *liar)
{
    return LIES[liar->lie].is_one_log && !LIES[liar->lie].mute;
}

bool liar_has_base(const struct liar *liar)
{
    return !LIES[liar->lie].is_baseless;
}

uint64_t liar_clock(const struct liar *liar)
{
    return LIES[liar->lie].clock;
}

/* True when it is an ENTRY, and went without its bodies. */
static bool strip(struct world *world, struct machine *machine, struct cable *cable, int side,
                  struct bytes frame)
{
    static uint8_t room[LIMIT_FRAME + 128 * sizeof(struct id)];
    struct run run;
    enum entry_part part;
    struct arena arena;
    bool stripped = false;
    if (frame_kind(frame) != FRAME_ENTRY)
        return false;
    arena_init(&arena);
    if (wire_read_entry(frame, &arena, &run, &part)) {
        for (size_t i = 0; i < run.count; i++)
            run.entries[i].body = (struct bytes){0};
        struct writer w = writer_of(room, sizeof room);
        wire_write_entry(&w, &run, part);
        stripped = !w.full && w.size <= LIMIT_FRAME;
        if (stripped)
            cable_put(world, cable, side, written(&w));
    }
    arena_release(&arena);
    trace(world, "%s strips a run\n", machine->name);
    return stripped;
}

bool liar_sends(struct world *world, struct machine *machine, struct cable *cable, int side,
                struct bytes frame)
{
    const struct liar *liar = machine->liar;
    enum frame_kind kind = frame_kind(frame);
    if (LIES[liar->lie].mute && kind == FRAME_ENTRY)
        return false;
    if (LIES[liar->lie].act == eavesdrop && eavesdrop_withholds(world, frame))
        return false;
    if (LIES[liar->lie].strips && strip(world, machine, cable, side, frame))
        return false;
    if (LIES[liar->lie].borrows && kind == FRAME_HELLO2 && liar->hello2_size > 0 &&
        world_chance(world, 300)) {
        trace(world, "%s borrows a HELLO2\n", machine->name);
        cable_put(world, cable, side, (struct bytes){liar->hello2, liar->hello2_size});
        return false;
    }
    return true;
}

void liar_hears(struct world *world, struct machine *machine, struct bytes frame)
{
    struct liar *liar = machine->liar;
    if (frame_kind(frame) == FRAME_HELLO2 && frame.size <= sizeof liar->hello2) {
        memcpy(liar->hello2, frame.at, frame.size);
        liar->hello2_size = frame.size;
    }
    if (frame.size == 0 || !world_chance(world, 100))
        return;
    size_t which =
        liar->heard_count < HEARD_MOST ? liar->heard_count++ : world_below(world, HEARD_MOST);
    free(liar->heard[which]);
    liar->heard[which] = malloc(frame.size);
    CHECK(liar->heard[which] != NULL);
    memcpy(liar->heard[which], frame.at, frame.size);
    liar->heard_size[which] = frame.size;
}

void liar_acts(struct world *world, struct machine *machine)
{
    struct place place;
    const struct lie *lie = &LIES[machine->liar->lie];
    if (world->calm || lie->act == NULL)
        return;
    if (machine->core != NULL && pick_place(world, machine, &place))
        lie->act(world, machine, &place);
    world_fly(world, (struct flight){.kind = FLY_LIE, .machine = machine->index},
              world_between(world, LIE_EVERY_US / 4, 2 * LIE_EVERY_US));
}
