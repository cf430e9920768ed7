/* Shell: the same rules as app/perform.c, app/serve.c and app/node.c, on virtual things.
 *
 * 1. Entries are appended when STORE comes and committed before the first SEND, SERVE or own line
 * shown behind it. A crash may come between any two of these (crash_in).
 * 2. When a write fails the rest of the step is not performed; the core is made anew from what is
 * on the disk, and told that it cannot write until a retry succeeds.
 * 3. What the core asks of the store (LOOK, SIFT) is answered when the step's effects are all
 * performed, in the order asked, out of what was appended, committed or not. A process that ends
 * takes its questions with it.
 *
 * Here are the sabotages of the disk and of what lies between it and the core; those of frames are
 * in spoil.c.
 */
#include "sim/shell.h"

#include <string.h>

#include "base/check.h"
#include "sim/cable.h"
#include "sim/circle.h"
#include "sim/oracle.h"
#include "sim/pair.h"
#include "sim/spoil.h"
#include "sim/trace.h"

#define EARLY_COMMIT 125 /* of a thousand steps, with the sabotage */

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
    pair_crash(world, machine);
    vault_crash(world, machine);
    return false;
}

static bool commit(struct world *world, struct machine *machine)
{
    if (!machine->disk.pending || world->plan.sabotage == SABOTAGE_LYING_DISK)
        return true;
    if (!write_works(world, machine))
        return false;
    oracle_commits(world, machine);
    disk_commit(&machine->disk);
    pair_commit(world, machine);
    vault_commit(world, machine);
    return survives(world, machine);
}

static bool needs_commit(const struct world *world, const struct machine *machine,
                         const struct effect *effect)
{
    enum sabotage sabotage = world->plan.sabotage;
    if (sabotage == SABOTAGE_SEND_EARLY)
        return false;
    if (sabotage == SABOTAGE_HAVE_EARLY && effect->kind == EFFECT_SEND &&
        frame_kind(effect->frame) == FRAME_HAVE)
        return false;
    if (effect->kind == EFFECT_SHOW_RUN && sabotage != SABOTAGE_LATE_OWN)
        return effect->via == VIA_LINK &&
               id_equal(&effect->run.entries[0].author, &machine->config.identity.node);
    return effect->kind == EFFECT_SEND || effect->kind == EFFECT_SERVE;
}

static void take_question(struct world *world, struct machine *machine, const struct effect *effect)
{
    struct answer *place = NULL;
    size_t asked = 0;
    for (size_t i = 0; i < LIMIT_LINKS * LIMIT_ANSWERS; i++) {
        asked += machine->answers[i].link == effect->link;
        if (machine->answers[i].link == 0 && place == NULL)
            place = &machine->answers[i];
    }
    if (place == NULL || asked >= LIMIT_ANSWERS) {
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
    memcpy(machine->config.is_private, kept.is_private, sizeof kept.is_private);
    machine->config.channel_count = kept.channel_count;
}

/* It is about no channel that all may be in. */
static bool is_of_circle(const struct world *world, const struct show *shown)
{
    bool known = shown->channel.text[0] == '\0';
    for (int c = 0; c < WORLD_CHANNELS; c++)
        known = known || strcmp(shown->channel.text, world->channels[c].text) == 0;
    return !known;
}

static void show(struct world *world, struct machine *machine, const struct show *shown)
{
    trace_show(world, machine, shown);
    if (shown->channel.text[0] == '@') {
        pair_shown(world, machine, shown);
        return;
    }
    if (world->circle != NULL && is_of_circle(world, shown)) {
        circle_shown(world, machine, shown);
        return;
    }
    oracle_shown(world, machine, shown);
    for (int c = 0; shown->kind == SHOW_TOLD && shown->told == TOLD_JOINED && c < WORLD_CHANNELS;
         c++)
        if (shown->a.size == strlen(world->channels[c].text) &&
            memcmp(shown->a.at, world->channels[c].text, shown->a.size) == 0)
            oracle_joined(world, machine, c);
}

static void show_run(struct world *world, struct machine *machine, const struct effect *effect)
{
    for (size_t i = 0; i < effect->run.count; i++) {
        struct show shown;
        if (show_entry(&shown, &effect->channel, &effect->run.entries[i],
                       &machine->config.identity.node, effect->via,
                       machine_wall_ms(world, machine)))
            show(world, machine, &shown);
    }
}

static void sealed_stored(struct world *world, struct machine *machine, const struct effect *effect)
{
    circle_stored(world, machine, effect);
    vault_store(world, machine, effect);
}

/* False when the disk does not take it. */
static bool fill(struct world *world, struct machine *machine, const struct effect *effect)
{
    bool filled[LIMIT_RUN_ENTRIES];
    if (!write_works(world, machine))
        return false;
    disk_fill(&machine->disk, &effect->run, filled);
    if (pair_is(world, &effect->channel_id))
        pair_stored(world, machine, effect);
    if (circle_is(world, &effect->channel_id))
        sealed_stored(world, machine, effect);
    if (effect->channel.text[0] == '\0')
        disk_carried_bytes(&machine->disk, &effect->channel_id, effect->number);
    for (size_t i = 0; i < effect->run.count; i++) {
        struct effect one = *effect;
        one.run.entries = &effect->run.entries[i];
        one.run.count = 1;
        if (filled[i] && !effect->quiet)
            show_run(world, machine, &one);
        if (filled[i] && act_is(one.run.entries->kind) && world->vaults != NULL)
            shell_take_act(machine, one.run.entries);
    }
    return true;
}

/* What is written: false when the disk does not take it. */
static bool write(struct world *world, struct machine *machine, const struct effect *effect)
{
    if (!write_works(world, machine))
        return false;
    if (effect->kind == EFFECT_CARRY) {
        disk_carry(&machine->disk, &effect->channel_id,
                   &(struct disk_carried){.channel = effect->channel_id,
                                          .asker = effect->node,
                                          .asked_wall_ms = effect->asked_wall_ms,
                                          .bytes = effect->number});
    } else if (effect->kind == EFFECT_NAME) {
        disk_carry(&machine->disk, &effect->channel_id, NULL);
    } else if (effect->kind == EFFECT_DROP) {
        oracle_dropped(world, machine, &effect->channel_id);
        disk_drop(&machine->disk, &effect->channel_id);
        if (world->vaults != NULL)
            vault_drop(world, machine, &effect->channel_id);
    } else if (effect->kind == EFFECT_RECEIPT) {
        if (effect->number > 0) /* else it says only from where on there may be one */
            oracle_received(world, machine, &effect->channel_id, &effect->node, effect->number);
        disk_receipt(&machine->disk, &effect->channel_id, &effect->node, effect->number,
                     effect->head.seq);
    } else if (effect->kind == EFFECT_PUT) {
        disk_put(&machine->disk, &effect->channel_id, &effect->load);
    } else if (effect->kind == EFFECT_SPLIT) {
        oracle_split(world, machine, &effect->load, &effect->load2);
        trace(world, "%s splits %s n%d: %u from %u\n", machine->name, effect->channel.text,
              world_whose(world, &effect->load.author), effect->load2.branch, effect->load.branch);
        disk_split(&machine->disk, &effect->channel_id, &effect->load, &effect->load2,
                   effect->number);
    } else {
        trace_stored(world, machine, effect);
        if (pair_is(world, &effect->channel_id))
            pair_stored(world, machine, effect);
        else if (circle_is(world, &effect->channel_id))
            sealed_stored(world, machine, effect);
        else
            oracle_stored(world, machine, &effect->run);
        if (world->plan.sabotage != SABOTAGE_LOSE_BRANCH || effect->load.branch == 0) {
            struct run run = effect->run;
            if (world->plan.sabotage == SABOTAGE_OPEN_TALK && effect->lines != NULL)
                run.entries =
                    arena_copy(&world->arena, effect->lines, run.count * sizeof *run.entries);
            struct entry *entries =
                arena_copy(&world->arena, run.entries, run.count * sizeof *run.entries);
            if (world->plan.sabotage == SABOTAGE_PLAIN_ON_DISK &&
                pair_is(world, &effect->channel_id)) {
                pair_spoil(world, machine, entries, run.count);
                run.entries = entries;
            }
            disk_append(&machine->disk, &effect->channel_id, &effect->load, &run);
        }
        if (effect->channel.text[0] == '\0')
            disk_carried_bytes(&machine->disk, &effect->channel_id, effect->number);
    }
    return true;
}

/* The same, of what is kept of a private channel beside its entries. */
static bool write_sealed(struct world *world, struct machine *machine, const struct effect *effect)
{
    CHECK(world->vaults != NULL);
    if (!write_works(world, machine))
        return false;
    vault_write(world, machine, effect);
    if (effect->kind == EFFECT_OPENED || effect->kind == EFFECT_CLOSE)
        trace(world, "%s %s %llu of n%d: %llu\n", machine->name,
              effect->kind == EFFECT_CLOSE ? "closes" : "opens",
              (unsigned long long)effect->run.entries[0].seq,
              world_whose(world, &effect->run.entries[0].author),
              (unsigned long long)effect->number);
    if (effect->kind == EFFECT_KEY)
        circle_key(world, machine, effect);
    if (effect->kind == EFFECT_OPENED)
        circle_opened(world, machine, effect);
    return true;
}

/* False when the rest of the step is not to be performed. */
static bool perform(struct world *world, struct machine *machine, const struct effect *effect)
{
    if (!survives(world, machine))
        return false;
    if (needs_commit(world, machine, effect) && !commit(world, machine))
        return false;
    switch (effect->kind) {
    case EFFECT_STORE:
    case EFFECT_SPLIT:
    case EFFECT_PUT:
    case EFFECT_CARRY:
    case EFFECT_NAME:
    case EFFECT_DROP:
    case EFFECT_RECEIPT: return write(world, machine, effect);
    case EFFECT_LOOK:
    case EFFECT_BARE:
    case EFFECT_SEEK:
    case EFFECT_RECALL:
    case EFFECT_SIFT: shell_take_query(machine, effect); break;
    case EFFECT_OPEN:
        if (!write_works(world, machine))
            return false;
        if (pair_is(world, &effect->channel_id))
            pair_open(world, machine, effect->lines);
        if (world->vaults != NULL)
            vault_write(world, machine, effect);
        break;
    case EFFECT_FILL: return fill(world, machine, effect);
    case EFFECT_SEND: spoil_send(world, machine, effect->link, effect->frame); break;
    case EFFECT_SERVE: take_question(world, machine, effect); break;
    case EFFECT_DIAL: cable_dial(world, machine, effect->link, &effect->address); break;
    case EFFECT_PUNCH:
        cable_punch(world, machine, effect->link, &effect->address, effect->server);
        break;
    case EFFECT_HANG_UP:
        shell_forget(machine, effect->link);
        cable_hang_up(world, machine, effect->link);
        break;
    case EFFECT_WHOSE: break; /* there are no persons here */
    case EFFECT_BEACON: send_beacon(world, machine); break;
    case EFFECT_SHOW: show(world, machine, &effect->show); break;
    case EFFECT_SHOW_RUN: show_run(world, machine, effect); break;
    case EFFECT_KEEP: keep(machine); break;
    case EFFECT_PREKEY:
    case EFFECT_UNKEY:
    case EFFECT_DIRECT:
    case EFFECT_CARD:
    case EFFECT_WAITING:
    case EFFECT_WAITED:
        if ((world->pair != NULL || world->vaults != NULL) && !write_works(world, machine))
            return false;
        pair_write(world, machine, effect);
        if (world->vaults != NULL)
            vault_write(world, machine, effect);
        break;
    case EFFECT_GROUP:
    case EFFECT_ACT:
    case EFFECT_KEY:
    case EFFECT_OPENED:
    case EFFECT_CLOSE: return write_sealed(world, machine, effect);
    case EFFECT_AGAIN: anew_begin(world, machine, effect); break;
    case EFFECT_MET:
    case EFFECT_PARTED: break; /* in the simulator nobody remembers addresses */
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
    pair_stepped(world, machine);
    circle_stepped(world, machine);
    if (machine->store_failed) {
        shell_start_over(world, machine);
        return;
    }
    if (world->plan.sabotage == SABOTAGE_SEND_EARLY && world_chance(world, EARLY_COMMIT)) {
        oracle_commits(world, machine);
        disk_commit(&machine->disk);
        pair_commit(world, machine);
        vault_commit(world, machine);
    }
    shell_answer_queries(world, machine);
}
