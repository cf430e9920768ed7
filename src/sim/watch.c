/* Watch: what nobody may do in a private channel, at each effect.
 *
 * 1. A line says something that is in nothing else (CIRCLE_CANARY). No frame has it, and no disk or memory but of those who may
 *    know the secret of its epoch; nor is that secret anywhere else. Who may: who made the epoch, whom it names, and whoever was let in with
 *    history later, by one of those.
 * 2. When an honest one says something he is in, by all that he holds; and nobody who is not knows the secret it is
 *    sealed under.
 * 3. What is opened was said so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/grown.h"
#include "sim/circle.h"
#include "sim/memory.h"
#include "sim/oracle.h"
#include "sim/seats.h"
#include "sim/trace.h"

#define LOOK_EVERY 400 /* steps of the world, between two looks into memory */

const struct uttered *circle_uttered(const struct circle *circle, const struct id *id)
{
    for (size_t i = circle->uttered_count; i-- > 0;)
        if (id_equal(&circle->uttered[i].id, id))
            return &circle->uttered[i];
    return NULL;
}

struct known_epoch *circle_epoch(struct circle *circle, const uint8_t name[ACT_SHORT])
{
    for (size_t i = 0; i < circle->epoch_count; i++)
        if (memcmp(circle->epochs[i].act.id.b, name, ACT_SHORT) == 0)
            return &circle->epochs[i];
    return NULL;
}

/* ---- who may know what ---- */

static bool is_listed(const struct act *epoch, const struct id *node)
{
    for (size_t i = 0; i < epoch->count; i++)
        if (memcmp(epoch->rows + i * ACT_ROW, node->b, ACT_SHORT) == 0)
            return true;
    return id_equal(&epoch->author, node);
}

static uint64_t find_may(const struct world *world, const struct act *epoch)
{
    const struct circle *circle = world->circle;
    uint64_t may = 0, before;
    for (int i = 0; i < world->machine_count; i++)
        if (is_listed(epoch, &world->machines[i].config.identity.node))
            may |= (uint64_t)1 << i;
    do {
        before = may;
        for (size_t i = 0; i < circle->act_count; i++) {
            const struct act *act = &circle->acts[i];
            int by = world_whose(world, &act->author), whom = world_whose(world, &act->member);
            if (act->kind == ENTRY_ADMIT && act->history && act->lamport > epoch->lamport &&
                by >= 0 && whom >= 0 && (may >> by & 1) != 0)
                may |= (uint64_t)1 << whom;
        }
    } while (may != before);
    return may;
}

uint64_t circle_may(struct world *world, struct known_epoch *epoch)
{
    struct circle *circle = world->circle;
    for (size_t i = 0; circle->stale && i < circle->epoch_count; i++)
        circle->epochs[i].may = find_may(world, &circle->epochs[i].act);
    circle->stale = false;
    return epoch->may;
}

/* The line with that canary: who may know what it says. */
static uint64_t may_read(struct world *world, uint64_t number)
{
    struct circle *circle = world->circle;
    uint64_t may = 0;
    if (number >= 1 && number <= circle->said)
        may = (uint64_t)1 << circle->speakers[number - 1];
    for (size_t i = 0; i < circle->uttered_count; i++) {
        struct known_epoch *epoch = circle->uttered[i].number != number
                                        ? NULL
                                        : circle_epoch(circle, circle->uttered[i].epoch);
        if (epoch != NULL)
            may |= circle_may(world, epoch);
    }
    return may;
}

/* ---- what was made ---- */

static uint64_t canary_of(struct bytes body)
{
    size_t size = strlen(CIRCLE_CANARY);
    for (size_t i = 0; i + size < body.size; i++)
        if (memcmp(body.at + i, CIRCLE_CANARY, size) == 0)
            return strtoull((const char *)body.at + i + size, NULL, 10);
    return 0;
}

static void note_act(struct world *world, const struct entry *entry)
{
    struct circle *circle = world->circle;
    struct act act;
    if (!act_read(entry, &act))
        return;
    if (act.kind == ENTRY_EPOCH) {
        struct bytes rows = {act.rows, (size_t)act.count * ACT_ROW};
        circle->epochs =
            grown(circle->epochs, circle->epoch_count, &circle->epoch_room, sizeof *circle->epochs);
        act.rows = vault_blob(world, rows)->at;
        circle->epochs[circle->epoch_count++] = (struct known_epoch){.act = act};
    }
    circle->acts = grown(circle->acts, circle->act_count, &circle->act_room, sizeof *circle->acts);
    circle->acts[circle->act_count] = act;
    circle->acts[circle->act_count++].rows = NULL;
    circle->stale = true;
}

/* line: what it says, if it is sealed; NULL: nothing. */
static void utter(struct world *world, const struct machine *machine, const struct entry *entry,
                  const struct entry *line)
{
    struct circle *circle = world->circle;
    struct uttered uttered = {.id = entry->id,
                              .author = machine->index,
                              .kind = entry->kind,
                              .honest = machine->liar == NULL};
    if (circle_uttered(circle, &entry->id) != NULL)
        return;
    note_act(world, entry);
    if (entry->kind == ENTRY_SEALED && entry->body.at != NULL)
        groupseal_epoch(entry->body, uttered.epoch);
    if (line != NULL && line->kind != ENTRY_SEALED && line->kind < ENTRY_NOT_OURS) {
        uttered.says = line->kind;
        uttered.body = vault_blob(world, line->body);
        uttered.number = canary_of(line->body);
    }
    circle->uttered = grown(circle->uttered, circle->uttered_count, &circle->uttered_room,
                            sizeof *circle->uttered);
    circle->uttered[circle->uttered_count++] = uttered;
}

static void know_secret(struct circle *circle, struct known_epoch *epoch, const uint8_t secret[32])
{
    unsigned first = (unsigned)secret[0] << 8 | secret[1];
    epoch->has_secret = true;
    memcpy(epoch->secret, secret, 32);
    circle->filter[first / 8] |= (uint8_t)(1u << first % 8);
}

void circle_lied(struct world *world, const struct machine *machine, const struct entry *entry,
                 const struct entry *line, const uint8_t *secret)
{
    utter(world, machine, entry, line);
    struct known_epoch *epoch =
        entry->kind == ENTRY_EPOCH ? circle_epoch(world->circle, entry->id.b) : NULL;
    if (epoch != NULL && secret != NULL)
        know_secret(world->circle, epoch, secret);
}

/* ---- what is said ---- */

/* He is in; and whom he knows to be out does not know what he seals under. */
static void judge_said(struct world *world, const struct machine *machine,
                       const struct entry *entry)
{
    uint8_t name[ACT_SHORT];
    struct act *acts;
    struct seats seats;
    uint64_t adrift = adrift_from(machine_wall_ms(world, machine));
    size_t count = seats_acts(world, machine, &acts);
    struct known_epoch *epoch =
        groupseal_epoch(entry->body, name) ? circle_epoch(world->circle, name) : NULL;
    seats_find(&seats, &world->machines[0].config.identity.node, acts, count);
    const struct place *own = seats_in(&seats, &entry->author);
    if (own == NULL || own->term != entry->flags)
        oracle_fail(world, "%s says %llu in the private channel, and is not in", machine->name,
                    (unsigned long long)entry->seq);
    if (epoch == NULL)
        oracle_fail(world, "%s seals under an epoch that nobody made", machine->name);
    for (size_t i = 0; epoch != NULL && i < seats.count; i++) {
        const struct place *place = &seats.list[i];
        if (seats_in(&seats, &place->member) == NULL &&
            seats_knows(&seats, &epoch->act, place, adrift))
            oracle_fail(world, "%s seals %llu under what n%d, who is out, knows", machine->name,
                        (unsigned long long)entry->seq, world_whose(world, &place->member));
    }
    for (int i = 0; epoch != NULL && i < world->machine_count; i++) {
        const struct id *node = &world->machines[i].config.identity.node;
        if (seats_in(&seats, node) == NULL && is_listed(&epoch->act, node))
            oracle_fail(world, "%s seals %llu for n%d, who is not in", machine->name,
                        (unsigned long long)entry->seq, i);
    }
    seats_release(&seats);
    free(acts);
}

static bool is_as_said(const struct uttered *uttered, const struct entry *line)
{
    return uttered != NULL && uttered->body != NULL && uttered->says == line->kind &&
           uttered->body->size == line->body.size &&
           memcmp(uttered->body->at, line->body.at, line->body.size) == 0;
}

/* The machine reads this from now on. */
static void judge_opened(struct world *world, const struct machine *machine,
                         const struct entry *entry, const struct entry *line)
{
    const struct uttered *uttered = circle_uttered(world->circle, &entry->id);
    if (line->kind == ENTRY_SEALED || line->kind >= ENTRY_NOT_OURS || machine->liar != NULL)
        return;
    world->circle->opened++;
    if (!is_as_said(uttered, line))
        oracle_fail(world, "%s reads another thing than n%d said", machine->name,
                    world_whose(world, &entry->author));
    struct known_epoch *epoch =
        uttered == NULL ? NULL : circle_epoch(world->circle, uttered->epoch);
    if (epoch != NULL && (circle_may(world, epoch) >> machine->index & 1) == 0 &&
        !id_equal(&entry->author, &machine->config.identity.node))
        oracle_fail(world, "%s reads %llu of n%d, which is not for it", machine->name,
                    (unsigned long long)entry->seq, world_whose(world, &entry->author));
}

void circle_stored(struct world *world, struct machine *machine, const struct effect *effect)
{
    struct circle *circle = world->circle;
    bool stores = effect->kind == EFFECT_STORE;
    if (!circle->made && machine->index == 0)
        return; /* nothing is said in it yet */
    for (size_t i = 0; i < effect->run.count; i++) {
        const struct entry *entry = &effect->run.entries[i];
        const struct entry *line = effect->lines != NULL ? &effect->lines[i] : NULL;
        if (!id_equal(&entry->channel, &circle->channel))
            continue;
        bool own = id_equal(&entry->author, &machine->config.identity.node);
        if (own && stores && circle_uttered(circle, &entry->id) == NULL) {
            utter(world, machine, entry, line);
            if (entry->kind == ENTRY_SEALED && machine->liar == NULL)
                judge_said(world, machine, entry);
        } else if (circle_uttered(circle, &entry->id) == NULL && machine->liar == NULL) {
            oracle_fail(world, "%s stores %llu of n%d, which n%d did not make", machine->name,
                        (unsigned long long)entry->seq, world_whose(world, &entry->author),
                        world_whose(world, &entry->author));
        }
        if (line != NULL && entry->kind == ENTRY_SEALED && entry->body.at != NULL)
            judge_opened(world, machine, entry, line);
    }
}

void circle_opened(struct world *world, struct machine *machine, const struct effect *effect)
{
    judge_opened(world, machine, &effect->run.entries[0], &effect->lines[0]);
}

/* The sabotage. */
static void tell_the_others(struct world *world, struct known_epoch *epoch, struct bytes key)
{
    for (int i = 0; i < world->machine_count; i++)
        if ((circle_may(world, epoch) >> i & 1) == 0)
            machine_step(world, &world->machines[i],
                         (struct event){.kind = EVENT_LOAD_KEY,
                                        .channel_id = world->circle->channel,
                                        .frame = key});
}

/* A secret goes to the machine's disk. One that is no epoch's is a liar's word. */
void circle_key(struct world *world, const struct machine *machine, const struct effect *effect)
{
    struct loose_key key;
    memcpy(&key, effect->text.at, sizeof key);
    for (size_t i = 0; i < world->circle->epoch_count; i++) {
        struct known_epoch *epoch = &world->circle->epochs[i];
        struct groupseal_epoch terms = {
            .channel = world->circle->channel, .maker = epoch->act.author, .e = epoch->act.e};
        memcpy(terms.check, epoch->act.check, sizeof terms.check);
        if (!groupseal_is(&terms, key.secret))
            continue;
        if (!epoch->has_secret) {
            know_secret(world->circle, epoch, key.secret);
            if (world->plan.sabotage == SABOTAGE_TELL_REMOVED)
                tell_the_others(world, epoch, (struct bytes){(const uint8_t *)&key, sizeof key});
        }
        if ((circle_may(world, epoch) >> machine->index & 1) == 0)
            oracle_fail(world, "%s is given a secret of n%d that is not for it", machine->name,
                        world_whose(world, &epoch->act.author));
    }
}

void circle_shown(struct world *world, struct machine *machine, const struct show *show)
{
    struct circle *circle = world->circle;
    if (show->kind == SHOW_INVITATION && show->up)
        world_fly(world, (struct flight){.kind = FLY_CIRCLE, .machine = machine->index, .side = 1},
                  1 + prng_below(&circle->prng, world->calm ? 100000 : 900000));
    if (show->kind == SHOW_ROLE_ROW &&
        circle->row_count < sizeof circle->rows / sizeof circle->rows[0])
        circle->rows[circle->row_count++] = *show;
}

/* ---- where it must not be ---- */

struct look {
    struct world *world;
    const struct machine *machine;
    const char *where;
};

static void judge_canary(const struct look *look, uint64_t number)
{
    if ((may_read(look->world, number) >> look->machine->index & 1) == 0)
        oracle_fail(look->world, "%s has %s line %llu of the private channel", look->machine->name,
                    look->where, (unsigned long long)number);
}

static void judge_secret(const struct look *look, const uint8_t *at)
{
    struct circle *circle = look->world->circle;
    for (size_t i = 0; i < circle->epoch_count; i++) {
        struct known_epoch *epoch = &circle->epochs[i];
        if (epoch->has_secret && memcmp(epoch->secret, at, 32) == 0 &&
            (circle_may(look->world, epoch) >> look->machine->index & 1) == 0)
            oracle_fail(look->world, "%s has %s a secret of n%d that is not for it",
                        look->machine->name, look->where,
                        world_whose(look->world, &epoch->act.author));
    }
}

/* False of what is left of two lines, one over the other. */
static bool is_whole(const struct world *world, uint64_t number, const uint8_t *at, size_t size)
{
    const struct circle *circle = world->circle;
    char rest[32];
    if (number < 1 || number > circle->said)
        return false;
    int length = snprintf(rest, sizeof rest, " of n%d.", circle->speakers[number - 1]);
    return (size_t)length <= size && memcmp(at, rest, (size_t)length) == 0;
}

static bool look_at(void *with, const void *at, size_t size)
{
    const struct look *look = with;
    const uint8_t *bytes = at;
    const uint8_t *filter = look->world->circle->filter;
    size_t canary = strlen(CIRCLE_CANARY);
    for (size_t i = 0; i + 1 < size; i++) {
        unsigned first = (unsigned)bytes[i] << 8 | bytes[i + 1];
        if ((filter[first / 8] >> first % 8 & 1) != 0 && i + 32 <= size)
            judge_secret(look, bytes + i);
        if (bytes[i] == CIRCLE_CANARY[0] && i + canary + 1 < size &&
            memcmp(bytes + i, CIRCLE_CANARY, canary) == 0) {
            uint64_t number = 0;
            size_t k = i + canary;
            for (; k < size && bytes[k] >= '0' && bytes[k] <= '9'; k++)
                number = number * 10 + (uint64_t)(bytes[k] - '0');
            if (is_whole(look->world, number, bytes + k, size - k))
                judge_canary(look, number);
        }
    }
    return false;
}

void circle_sent(struct world *world, const struct machine *machine, struct bytes frame)
{
    static const struct machine NOBODY = {.index = WORLD_MACHINES + 1, .name = "somebody"};
    struct look look = {world, &NOBODY, "in a frame"};
    (void)machine;
    if (world->circle != NULL)
        look_at(&look, frame.at, frame.size);
}

void circle_look_into(struct world *world, const struct machine *machine)
{
    struct look look = {world, machine, "in memory"};
    if (machine->core != NULL)
        memory_walk(machine->core, look_at, &look);
    look.where = "on its disk";
    for (size_t i = 0; world->calm && i < machine->disk.log_count; i++) {
        const struct disk_log *log = &machine->disk.logs[i];
        for (size_t k = 0; k < log->live.count; k++)
            look_at(&look, log->live.at[k]->entry.body.at,
                    log->live.at[k]->entry.body.at != NULL ? log->live.at[k]->entry.body.size : 0);
    }
    const struct vault *vault = vault_of(world, machine);
    for (size_t i = 0; world->calm && i < vault->line_count; i++)
        if (vault->lines[i].body != NULL)
            look_at(&look, vault->lines[i].body->at, vault->lines[i].body->size);
    for (size_t i = 0; world->calm && i < vault->waiting_count; i++)
        look_at(&look, vault->waiting[i].body->at, vault->waiting[i].body->size);
    for (size_t i = 0; world->calm && i < vault->key_count; i++)
        look_at(&look, &vault->keys[i].key, sizeof vault->keys[i].key);
}

void circle_stepped(struct world *world, const struct machine *machine)
{
    if (world->circle != NULL && world->count.steps % LOOK_EVERY == 0)
        circle_look_into(world, machine);
}
