/* Shell: the same rules as app/perform.c, app/serve.c and app/node.c, on virtual things.
 *
 * 1. Entries are appended when STORE comes and committed before the first SEND, SERVE or own SHOW
 * behind it. A crash may come between any two of these (crash_in).
 * 2. When a write fails the rest of the step is not performed; the core is made anew from what is
 * on the disk, and told that it cannot write until a retry succeeds.
 *
 * Here are the sabotages of the disk and of the reader, too.
 */
#include "sim/shell.h"

#include <string.h>

#include "sim/cable.h"
#include "sim/liar.h"
#include "sim/oracle.h"
#include "sim/trace.h"

#define DISK_RETRY_US  2000000
#define SERVE_EVERY_US 500
#define SERVE_PIECES   16
#define EPOCH_MS       1577836800000ull /* 2020-01-01 */
#define EARLY_COMMIT   125              /* of a thousand steps, with the sabotage */

/* ---- start ---- */

static uint64_t adrift_from(uint64_t wall_ms)
{
    uint64_t least = (uint64_t)1 << 40;
    return wall_ms > EPOCH_MS && (wall_ms - EPOCH_MS) * 1000 > least ? (wall_ms - EPOCH_MS) * 1000
                                                                     : least;
}

static void load(struct world *world, struct machine *machine)
{
    const struct disk *disk = &machine->disk;
    uint64_t adrift = adrift_from(machine_wall_ms(world, machine));
    for (int c = 0; c < WORLD_CHANNELS; c++) {
        struct event event = {.kind = EVENT_LOAD_CHANNEL, .channel = world->channels[c]};
        event.lamport = disk_clock(disk, &world->channel_ids[c], adrift);
        bool any = false;
        if (machine->liar != NULL && liar_clock(machine->liar) > event.lamport) {
            event.lamport = liar_clock(machine->liar);
            machine_step(world, machine, event);
            any = true;
        }
        for (size_t i = 0; i < disk->log_count; i++) {
            const struct disk_log *log = &disk->logs[i];
            if (log->count == 0 || !id_equal(&log->channel_id, &world->channel_ids[c]))
                continue;
            if (!any)
                machine_step(world, machine, event);
            any = true;
            struct event one = {
                .kind = EVENT_LOAD_LOG, .channel = log->channel, .load = disk_load(log)};
            machine_step(world, machine, one);
        }
    }
}

static void type_addresses(struct world *world, struct machine *machine)
{
    for (int i = 0; i < world->machine_count && machine->core != NULL; i++) {
        if (!machine->types[i])
            continue;
        struct event event = {.kind = EVENT_FOUND, .found = FOUND_TYPED};
        snprintf(event.address.text, sizeof event.address.text, "%s:1", world->machines[i].name);
        machine_step(world, machine, event);
    }
}

void shell_start(struct world *world, struct machine *machine)
{
    prng_bytes(&world->prng, machine->config.seed, sizeof machine->config.seed);
    prng_bytes(&world->prng, machine->config.process.b, sizeof machine->config.process.b);
    memset(machine->answers, 0, sizeof machine->answers);
    machine->answer_count = 0;
    machine->life++;
    machine->serve_planned = false;
    machine->tick_at_us = UINT64_MAX;
    machine->core = core_new(&machine->config);
    oracle_process(world, machine);
    load(world, machine);
    type_addresses(world, machine);
}

static void start_over(struct world *world, struct machine *machine)
{
    machine->store_failed = false;
    cable_close_all(world, machine);
    core_free(machine->core);
    shell_start(world, machine);
    if (machine->core == NULL)
        return;
    machine_step(world, machine, (struct event){.kind = EVENT_STORE, .writable = false});
    world_fly(world,
              (struct flight){.kind = FLY_WRITE, .machine = machine->index, .life = machine->life},
              DISK_RETRY_US);
}

void shell_retry_disk(struct world *world, struct machine *machine)
{
    if (machine->disk_bad_until_us > world->now_us) {
        world_fly(
            world,
            (struct flight){.kind = FLY_WRITE, .machine = machine->index, .life = machine->life},
            DISK_RETRY_US);
        return;
    }
    trace(world, "%s: the disk is back\n", machine->name);
    machine_step(world, machine, (struct event){.kind = EVENT_STORE, .writable = true});
}

/* ---- effects ---- */

/* False when the process died just now. */
static bool survives(struct world *world, struct machine *machine)
{
    if (machine->crash_in == 0 || --machine->crash_in > 0)
        return true;
    machine_crash(world, machine, machine->down_us);
    return false;
}

/* False when the disk does not take it. */
static bool write_works(struct world *world, struct machine *machine)
{
    if (machine->disk_bad_until_us <= world->now_us)
        return true;
    trace(world, "%s: the disk fails\n", machine->name);
    world->count.failed++;
    machine->store_failed = true;
    disk_crash(&machine->disk);
    return false;
}

static bool commit(struct world *world, struct machine *machine)
{
    if (!machine->disk.pending || world->plan.sabotage == SABOTAGE_LYING_DISK)
        return true;
    if (!write_works(world, machine))
        return false;
    disk_commit(&machine->disk);
    return survives(world, machine);
}

static bool needs_commit(const struct world *world, const struct effect *effect)
{
    enum sabotage sabotage = world->plan.sabotage;
    if (sabotage == SABOTAGE_SEND_EARLY)
        return false;
    if (sabotage == SABOTAGE_HAVE_EARLY && effect->kind == EFFECT_SEND &&
        frame_kind(effect->frame) == FRAME_HAVE)
        return false;
    return effect->kind == EFFECT_SEND || effect->kind == EFFECT_SERVE ||
           (effect->kind == EFFECT_SHOW && effect->show.kind == SHOW_MESSAGE && effect->show.own);
}

static void take_question(struct world *world, struct machine *machine, const struct effect *effect)
{
    struct answer *place = NULL;
    size_t asked = 0;
    for (size_t i = 0; i < LIMIT_LINKS * LIMIT_WANTS; i++) {
        asked += machine->answers[i].link == effect->link;
        if (machine->answers[i].link == 0 && place == NULL)
            place = &machine->answers[i];
    }
    if (place == NULL || asked >= LIMIT_WANTS) {
        trace(world, "%s: a question too many\n", machine->name);
        return;
    }
    *place = (struct answer){.link = effect->link, .want = effect->want};
    machine->answer_count++;
    shell_plan_answers(world, machine);
}

static void send_beacon(struct world *world, struct machine *machine)
{
    for (int i = 0; i < world->machine_count && world->beacons; i++) {
        const struct machine *other = &world->machines[i];
        if (i == machine->index || world->blocked_until_us[machine->index][i] > world->now_us ||
            (!world->calm && world->plan.weather > 0 && world_chance(world, 200)))
            continue;
        world_fly(world,
                  (struct flight){
                      .kind = FLY_FOUND, .machine = i, .from = machine->index, .life = other->life},
                  world->latency_us[machine->index][i]);
    }
}

static void keep(struct machine *machine)
{
    struct core_config kept;
    core_keep(machine->core, &kept);
    machine->config.nick = kept.nick;
    memcpy(machine->config.channels, kept.channels, sizeof kept.channels);
    machine->config.channel_count = kept.channel_count;
}

/* False when the rest of the step is not to be performed. */
static bool perform(struct world *world, struct machine *machine, const struct effect *effect)
{
    if (!survives(world, machine))
        return false;
    if (needs_commit(world, effect) && !commit(world, machine))
        return false;
    switch (effect->kind) {
    case EFFECT_STORE:
        if (!write_works(world, machine))
            return false;
        trace_run(world, machine, &effect->run);
        oracle_stored(world, machine, &effect->run);
        disk_append(&machine->disk, &effect->channel, &effect->run);
        break;
    case EFFECT_SEND: cable_send(world, machine, effect->link, effect->frame); break;
    case EFFECT_SERVE: take_question(world, machine, effect); break;
    case EFFECT_DIAL: cable_dial(world, machine, effect->link, &effect->address); break;
    case EFFECT_HANG_UP:
        shell_forget(machine, effect->link);
        cable_hang_up(world, machine, effect->link);
        break;
    case EFFECT_BEACON: send_beacon(world, machine); break;
    case EFFECT_SHOW:
        trace_show(world, machine, &effect->show);
        oracle_shown(world, machine, &effect->show);
        break;
    case EFFECT_KEEP: keep(machine); break;
    case EFFECT_LOG:
        trace(world, "%s logs: %.*s\n", machine->name, (int)effect->text.size,
              (const char *)effect->text.at);
        break;
    case EFFECT_STOP: break;
    }
    return true;
}

void shell_perform(struct world *world, struct machine *machine)
{
    const struct effect *effect;
    uint32_t life = machine->life;
    size_t count = 0;
    while ((effect = core_next(machine->core)) != NULL) {
        count++;
        if (!perform(world, machine, effect))
            break;
    }
    if (machine->core == NULL || machine->life != life)
        return;
    oracle_stepped(world, machine, count);
    if (machine->store_failed)
        start_over(world, machine);
    else if (world->plan.sabotage == SABOTAGE_SEND_EARLY && world_chance(world, EARLY_COMMIT))
        disk_commit(&machine->disk);
}

/* ---- answers ---- */

void shell_forget(struct machine *machine, uint64_t link)
{
    for (size_t i = 0; i < LIMIT_LINKS * LIMIT_WANTS; i++)
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
    if (!disk_read(&machine->disk, want, want->to, &world->arena, &run) &&
        !disk_read(&machine->disk, want, UINT64_MAX, &world->arena, &run)) {
        trace(world, "%s cannot answer %llu-%llu\n", machine->name, (unsigned long long)want->from,
              (unsigned long long)want->to);
        answer->link = 0;
        machine->answer_count--;
        return;
    }
    size_t bytes = wire_entry_bytes(&run);
    want->from = run.entries[run.count - 1].seq + 1;
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
    while (machine->answer_count > 0 && idle < LIMIT_LINKS * LIMIT_WANTS && pieces < SERVE_PIECES) {
        struct answer *answer = &machine->answers[machine->answer_next];
        machine->answer_next = (machine->answer_next + 1) % (LIMIT_LINKS * LIMIT_WANTS);
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

/* ---- what arrives ---- */

/* The sabotaged reader: as if the core looked at no signature, or at no prev. What it must not
 * accept is made such that it does. */
static struct bytes spoil(struct world *world, struct machine *machine, struct bytes frame)
{
    static uint8_t room[LIMIT_FRAME];
    struct run run;
    enum entry_part part;
    arena_reset(&world->arena);
    if (frame_kind(frame) != FRAME_ENTRY || !wire_read_entry(frame, &world->arena, &run, &part))
        return frame;
    struct entry *last = &run.entries[run.count - 1];
    int author = world_whose(world, &last->author);
    bool holds = entry_verify(last, &run.signature);
    if (author < 0 || holds != (world->plan.sabotage == SABOTAGE_SKIP_PREV))
        return frame;
    if (world->plan.sabotage == SABOTAGE_SKIP_PREV) {
        const struct disk_log *log = disk_log(&machine->disk, &last->channel, &last->author);
        if (log == NULL || run.entries[0].seq != log->live.seq + 1)
            return frame;
        run.entries[0].prev = log->live.tip;
        for (size_t i = 0; i < run.count; i++) {
            if (i > 0)
                run.entries[i].prev = run.entries[i - 1].id;
            entry_finish(&run.entries[i]);
        }
    }
    run.signature = entry_sign(last, &world->machines[author].config.identity);
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, part);
    return w.full ? frame : written(&w);
}

void shell_frame(struct world *world, struct machine *machine, struct event event)
{
    enum sabotage sabotage = world->plan.sabotage;
    if (machine->liar == NULL &&
        (sabotage == SABOTAGE_SKIP_SIGNATURE || sabotage == SABOTAGE_SKIP_PREV))
        event.frame = spoil(world, machine, event.frame);
    machine_step(world, machine, event);
}
