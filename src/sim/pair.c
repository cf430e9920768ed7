/* Pair: direct channels in the simulator.
 *
 * 1. What is said has a word in it that is in nothing else (CANARY). No frame of anybody, and no disk but those of
 *    the two, ever has it; nobody else shows it.
 *    Nor has anybody else's memory, as far as that is looked through (memory.c).
 * 2. What one of the two stores of the other he has opened, as it was said, unless he lost a key: a backup took him
 *    back, or his clock ran ahead and he destroyed it. Then he asks, and what he is given is what was said.
 * 3. Where the two can link, each has in the end all that the other's disk has of his own.
 *
 * 4. An own prekey is committed before a card with it leaves.
 *
 * What a profile keeps of keys, cards and lines that wait is kept here, as of now (`live`) and as of the last commit
 * (`safe`), as disk.c has it of entries.
 */
#include "sim/pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/memory.h"
#include "sim/oracle.h"
#include "sim/prekeys.h"
#include "sim/trace.h"

#define CANARY     "canary"
#define OPENED_MAX 4096
#define BODY_MOST  128
#define GAP_US     300000 /* between two lines, on the average */
#define LOOK_EVERY 128    /* steps of the world, between two looks into memory */

struct kept_waiting {
    uint8_t kind, body[BODY_MOST];
    size_t size;
};

struct pair_disk {
    struct prekeys prekeys;
    struct channel_name name; /* of the channel, if it has it */
    bool shown;
    struct kept_waiting waiting[LIMIT_WAITING];
    size_t waiting_count;
    struct id opened[OPENED_MAX];
    size_t opened_count;
};

/* What an own line says; his store has it beside the sealed one. */
struct said {
    struct id id;
    uint8_t kind;
    uint8_t *body;
    size_t size;
};

struct pair {
    struct prng prng;
    struct id channel;
    uint64_t said;
    struct said *lines;
    size_t line_count, line_room;
    uint64_t asked, again; /* lines that were asked for, and came so */
    bool lost_key[2];      /* he may be unable to open some */
    struct pair_disk live[WORLD_MACHINES], safe[WORLD_MACHINES], backup[WORLD_MACHINES];
};

static void look_into(struct world *world, const struct machine *machine);

static bool is_of_two(const struct machine *machine)
{
    return machine->index < 2;
}

static bool has_canary(struct bytes bytes)
{
    size_t size = strlen(CANARY);
    for (size_t i = 0; i + size <= bytes.size; i++)
        if (memcmp(bytes.at + i, CANARY, size) == 0)
            return true;
    return false;
}

void pair_begin(struct world *world)
{
    uint8_t seed[32] = {'p', 'a', 'i', 'r'}, shared[32];
    if (!world->plan.pair || world->plan.machines - world->plan.liars < 2)
        return;
    struct pair *pair = world->pair = calloc(1, sizeof *pair);
    CHECK(pair != NULL);
    memcpy(seed + 8, &world->plan.seed, sizeof world->plan.seed);
    prng_init(&pair->prng, seed);
    const struct identity *one = &world->machines[0].config.identity;
    const struct id *other = &world->machines[1].config.identity.node;
    CHECK(seal_shared(shared, one, other));
    pair->channel = direct_id(&world->network, &one->node, other, shared);
    world_fly(world, (struct flight){.kind = FLY_PAIR}, 4 * GAP_US);
}

void pair_free(struct world *world)
{
    for (size_t i = 0; world->pair != NULL && i < world->pair->line_count; i++)
        free(world->pair->lines[i].body);
    if (world->pair != NULL)
        free(world->pair->lines);
    free(world->pair);
}

const struct id *pair_channel(const struct world *world)
{
    return world->pair != NULL ? &world->pair->channel : NULL;
}

bool pair_is(const struct world *world, const struct id *channel)
{
    return world->pair != NULL && id_equal(&world->pair->channel, channel);
}

/* By the beginning of his id, which is the same whatever he is called. */
void pair_says(struct world *world)
{
    struct pair *pair = world->pair;
    int who = (int)prng_below(&pair->prng, 2);
    struct machine *machine = &world->machines[who];
    char text[64];
    if (world->calm)
        return;
    world_fly(world, (struct flight){.kind = FLY_PAIR}, 1 + prng_below(&pair->prng, 2 * GAP_US));
    struct event event = {.kind = EVENT_REQUEST};
    event.request.kind = REQUEST_DIRECT;
    event.request.channel.text[0] = '@';
    hex_of(event.request.channel.text + 1, world->machines[1 - who].config.identity.node.b, 8);
    int size = snprintf(text, sizeof text, CANARY " %llu", (unsigned long long)++pair->said);
    event.request.text = (struct bytes){(const uint8_t *)text, (size_t)size};
    machine_step(world, machine, event);
    if (world->plan.sabotage == SABOTAGE_PLAIN_IN_MEMORY && world->machine_count > 2) {
        event = (struct event){.kind = EVENT_REQUEST, .request = {.kind = REQUEST_JOIN}};
        snprintf(event.request.channel.text, sizeof event.request.channel.text, "%s", text);
        machine_step(world, &world->machines[2], event); /* there is no such channel */
        look_into(world, &world->machines[2]);
    }
}

/* ---- what is kept ---- */

/* Now and then one of the two has been away for weeks, and his keys are gone. */
void pair_start(struct world *world, struct machine *machine)
{
    struct pair *pair = world->pair;
    if (pair == NULL)
        return;
    prng_bytes(&pair->prng, machine->config.random, sizeof machine->config.random);
    if (!is_of_two(machine) || world->calm || prng_below(&pair->prng, 3) != 0)
        return;
    pair->live[machine->index].prekeys.own_count = 0;
    pair->safe[machine->index].prekeys.own_count = 0;
    pair->lost_key[machine->index] = true;
    trace(world, "%s has lost its keys\n", machine->name);
}

bool pair_load(struct world *world, struct machine *machine, struct channel_name *name)
{
    if (world->pair == NULL)
        return false;
    struct pair_disk disk = world->pair->safe[machine->index];
    if (world->plan.sabotage == SABOTAGE_LOSE_KEYS)
        disk.prekeys.own_count = 0;
    prekeys_load(&disk.prekeys, world, machine);
    if (disk.name.text[0] == '\0')
        return false;
    *name = disk.name;
    int other = 1 - machine->index;
    machine_step(world, machine,
                 (struct event){.kind = EVENT_LOAD_DIRECT,
                                .channel = disk.name,
                                .node = world->machines[other].config.identity.node,
                                .held = disk.shown,
                                .card = disk.prekeys.cards[other]});
    for (size_t i = 0; i < disk.waiting_count; i++)
        machine_step(world, machine,
                     (struct event){.kind = EVENT_LOAD_WAITING,
                                    .channel = disk.name,
                                    .number = disk.waiting[i].kind,
                                    .frame = {disk.waiting[i].body, disk.waiting[i].size}});
    return true;
}

void pair_write(struct world *world, struct machine *machine, const struct effect *effect)
{
    if (world->pair == NULL)
        return;
    struct pair_disk *disk = &world->pair->live[machine->index];
    if (world->plan.sabotage != SABOTAGE_EARLY_CARD)
        machine->disk.pending = true;
    if (prekeys_write(&disk->prekeys, world, effect)) {
        if (effect->kind == EFFECT_UNKEY && is_of_two(machine))
            world->pair->lost_key[machine->index] = true;
    } else if (effect->kind == EFFECT_DIRECT) {
        if (!is_of_two(machine) && machine->liar == NULL && pair_is(world, &effect->channel_id))
            oracle_fail(world, "%s takes a channel of two others", machine->name);
        if (!pair_is(world, &effect->channel_id))
            return;
        disk->name = effect->channel;
        disk->shown = effect->shown;
    } else if (effect->kind == EFFECT_WAITING && disk->waiting_count < LIMIT_WAITING) {
        struct kept_waiting *waiting = &disk->waiting[disk->waiting_count++];
        CHECK(effect->text.size <= BODY_MOST);
        *waiting =
            (struct kept_waiting){.kind = (uint8_t)effect->number, .size = effect->text.size};
        memcpy(waiting->body, effect->text.at, effect->text.size);
    } else if (effect->kind == EFFECT_WAITED) {
        disk->waiting_count = 0;
    }
}

void pair_card(const struct machine *machine, const struct world *world, struct event *event)
{
    if (world->pair != NULL)
        prekeys_card(&world->pair->live[machine->index].prekeys, world, event);
}

void pair_commit(struct world *world, struct machine *machine)
{
    if (world->pair != NULL)
        world->pair->safe[machine->index] = world->pair->live[machine->index];
}

void pair_crash(struct world *world, struct machine *machine)
{
    if (world->pair != NULL)
        world->pair->live[machine->index] = world->pair->safe[machine->index];
}

void pair_backup(struct world *world, struct machine *machine)
{
    if (world->pair != NULL)
        world->pair->backup[machine->index] = world->pair->safe[machine->index];
}

void pair_restore(struct world *world, struct machine *machine)
{
    if (world->pair == NULL)
        return;
    world->pair->live[machine->index] = world->pair->safe[machine->index] =
        world->pair->backup[machine->index];
    if (is_of_two(machine))
        world->pair->lost_key[0] = world->pair->lost_key[1] =
            true; /* own lines, too, come back sealed */
}

/* ---- what is stored, sent, shown ---- */

static bool is_opened(const struct pair_disk *disk, const struct id *id)
{
    for (size_t i = disk->opened_count; i-- > 0;)
        if (id_equal(&disk->opened[i], id))
            return true;
    return false;
}

static const struct said *said_as(const struct pair *pair, const struct id *id)
{
    for (size_t i = pair->line_count; i-- > 0;)
        if (id_equal(&pair->lines[i].id, id))
            return &pair->lines[i];
    return NULL;
}

static void note_said(struct pair *pair, const struct entry *entry, const struct entry *line)
{
    if (said_as(pair, &entry->id) != NULL)
        return;
    if (pair->line_count == pair->line_room) {
        pair->line_room = pair->line_room == 0 ? 64 : pair->line_room * 2;
        pair->lines = realloc(pair->lines, pair->line_room * sizeof *pair->lines);
        CHECK(pair->lines != NULL);
    }
    struct said *said = &pair->lines[pair->line_count++];
    *said = (struct said){entry->id, line->kind, malloc(line->body.size + 1), line->body.size};
    CHECK(said->body != NULL);
    memcpy(said->body, line->body.at, line->body.size);
}

static bool is_said(const struct pair *pair, const struct id *id, const struct entry *line)
{
    const struct said *said = said_as(pair, id);
    return said != NULL && said->kind == line->kind && said->size == line->body.size &&
           memcmp(said->body, line->body.at, said->size) == 0;
}

bool pair_recall(struct world *world, const struct machine *machine, struct event *event)
{
    struct pair *pair = world->pair;
    const struct said *said = pair != NULL ? said_as(pair, &event->head.tip) : NULL;
    if (said == NULL || !is_opened(&pair->live[machine->index], &said->id))
        return false;
    event->number = said->kind;
    event->asked_wall_ms = UINT64_MAX; /* clocks are wrong by years here */
    event->frame = (struct bytes){said->body, said->size};
    if (world->plan.sabotage == SABOTAGE_OTHER_AGAIN && said->size > 0)
        said->body[said->size - 1]++;
    pair->asked++;
    return true;
}

void pair_open(struct world *world, struct machine *machine, const struct entry *line)
{
    struct pair *pair = world->pair;
    struct pair_disk *disk = &pair->live[machine->index];
    const struct said *said = said_as(pair, &line->id);
    if (!is_of_two(machine) ||
        disk_find(&machine->disk, &line->channel, &line->author, line->seq, &line->id) == NULL)
        return;
    if (said == NULL || said->kind != line->kind ||
        (kind_is_said(line->kind) && !is_said(pair, &line->id, line)))
        oracle_fail(world, "%s is told another thing than was said", machine->name);
    if (is_opened(disk, &line->id))
        return;
    machine->disk.pending = true;
    CHECK(disk->opened_count < OPENED_MAX);
    disk->opened[disk->opened_count++] = line->id;
    pair->again++;
}

void pair_spoil(const struct world *world, const struct machine *machine, struct entry *entries,
                size_t count)
{
    for (size_t i = 0; i < count && !is_of_two(machine); i++) {
        const struct said *said = said_as(world->pair, &entries[i].id);
        if (said != NULL)
            entries[i].body = (struct bytes){said->body, said->size};
    }
}

static void note_opened(struct world *world, struct machine *machine, const struct entry *entry,
                        const struct entry *line)
{
    struct pair_disk *disk = &world->pair->live[machine->index];
    if (line->kind == ENTRY_SEALED || is_opened(disk, &entry->id))
        return;
    if (id_equal(&entry->author, &machine->config.identity.node))
        note_said(world->pair, entry, line);
    else if (!is_said(world->pair, &entry->id, line))
        oracle_fail(world, "%s opens what was never said", machine->name);
    CHECK(disk->opened_count < OPENED_MAX);
    disk->opened[disk->opened_count++] = entry->id;
}

void pair_stored(struct world *world, struct machine *machine, const struct effect *effect)
{
    for (size_t i = 0; i < effect->run.count; i++) {
        const struct entry *entry = &effect->run.entries[i];
        int author = world_whose(world, &entry->author);
        if (has_canary(entry->body) ||
            (entry->kind != ENTRY_SEALED && effect->lines != NULL && is_of_two(machine)))
            oracle_fail(world, "%s stores in the open what two said", machine->name);
        if (!is_of_two(machine) && effect->lines != NULL && effect->lines[i].kind != entry->kind)
            oracle_fail(world, "%s opens what two others said", machine->name);
        if (!is_of_two(machine))
            continue;
        if (author != 0 && author != 1 && effect->lines != NULL)
            oracle_fail(world, "%s takes a third in a channel of two", machine->name);
        if (effect->lines !=
            NULL) /* else it is carried, by one who does not know yet whose it is */
            note_opened(world, machine, entry, &effect->lines[i]);
    }
}

void pair_shown(struct world *world, struct machine *machine, const struct show *show)
{
    if (show->kind == SHOW_MESSAGE && !show->sealed && !is_of_two(machine) && machine->liar == NULL)
        oracle_fail(world, "%s shows what two others said", machine->name);
}

static void sends_card(struct world *world, const struct machine *machine, struct bytes frame)
{
    const struct pair_disk *disk = &world->pair->safe[machine->index];
    struct keycard card;
    bool kept = false;
    if (!wire_read_keycard(frame, &card) || !id_equal(&card.node, &machine->config.identity.node))
        return;
    for (size_t i = 0; i < disk->prekeys.own_count; i++)
        kept = kept || id_equal(&disk->prekeys.own[i].prekey.key, &card.prekey);
    if (!kept)
        oracle_fail(world, "%s gives a key that is not on its disk", machine->name);
}

void pair_sent(struct world *world, const struct machine *machine, struct bytes frame)
{
    if (world->pair == NULL)
        return;
    if (has_canary(frame))
        oracle_fail(world, "%s sends in the open what two said", machine->name);
    if (frame_kind(frame) == FRAME_CARD && machine->liar == NULL &&
        world->plan.sabotage != SABOTAGE_LYING_DISK && world->plan.sabotage != SABOTAGE_SEND_EARLY)
        sends_card(world, machine, frame);
}

/* Liars, too: they have what they were sent. */
static void look_into(struct world *world, const struct machine *machine)
{
    if (machine->core != NULL && !is_of_two(machine) &&
        memory_has(machine->core, CANARY, strlen(CANARY)))
        oracle_fail(world, "%s has in memory what two others said", machine->name);
    for (size_t i = 0; world->calm && !is_of_two(machine) && i < machine->disk.log_count; i++) {
        const struct disk_log *log = &machine->disk.logs[i];
        for (size_t k = 0; k < log->live.count; k++)
            if (has_canary(log->live.at[k]->entry.body))
                oracle_fail(world, "%s has on its disk what two others said", machine->name);
    }
}

void pair_stepped(struct world *world, const struct machine *machine)
{
    if (world->pair != NULL && world->count.steps % LOOK_EVERY == 0)
        look_into(world, machine);
}

/* ---- the end ---- */

/* Through two routers only by way of others, and as far as those keep it. */
static bool may_link(const struct world *world)
{
    const struct machine *one = &world->machines[0], *other = &world->machines[1];
    bool meet = !(one->behind_router && other->behind_router) || world->carry_bytes >= CARRY_BYTES;
    return meet && world->machine_count <= LINKS_MESH &&
           (world->beacons || one->types[1] || other->types[0]);
}

/* Own lines of `who` that the other lacks. */
static size_t lacking(const struct world *world, int who)
{
    const struct machine *own = &world->machines[who], *other = &world->machines[1 - who];
    size_t count = 0;
    for (size_t i = 0; i < own->disk.log_count; i++) {
        const struct disk_log *log = &own->disk.logs[i];
        if (log->dropped || !id_equal(&log->channel_id, &world->pair->channel) ||
            !id_equal(&log->author, &own->config.identity.node))
            continue;
        for (size_t k = 0; k < log->safe.count; k++) {
            const struct entry *entry = &log->safe.at[k]->entry;
            count += disk_find(&other->disk, &log->channel_id, &entry->author, entry->seq,
                               &entry->id) == NULL;
        }
    }
    return count;
}

bool pair_agrees(const struct world *world)
{
    if (world->pair == NULL || world->machines[0].burned || world->machines[1].burned ||
        !may_link(world))
        return true;
    return lacking(world, 0) == 0 && lacking(world, 1) == 0 &&
           world->pair->live[0].waiting_count == 0 && world->pair->live[1].waiting_count == 0;
}

/* What he cannot read of what he holds. */
static size_t closed(const struct world *world, int who)
{
    const struct disk *disk = &world->machines[who].disk;
    size_t count = 0;
    for (size_t i = 0; i < disk->log_count; i++) {
        const struct disk_log *log = &disk->logs[i];
        /* A liar's lies there are carried by whoever does not know yet that it is his own channel. */
        if (log->dropped || !id_equal(&log->channel_id, &world->pair->channel) ||
            (!id_equal(&log->author, &world->machines[0].config.identity.node) &&
             !id_equal(&log->author, &world->machines[1].config.identity.node)))
            continue;
        for (size_t k = 0; k < log->live.count; k++)
            count += log->live.at[k]->entry.kind == ENTRY_SEALED &&
                     log->live.at[k]->entry.body.at != NULL &&
                     !is_opened(&world->pair->live[who], &log->live.at[k]->entry.id);
    }
    return count;
}

void pair_judge(struct world *world)
{
    if (world->pair == NULL)
        return;
    for (int i = 0; i < world->machine_count; i++)
        look_into(world, &world->machines[i]);
    for (int i = 0; i < 2; i++) {
        if (world->machines[i].burned)
            continue;
        size_t count = closed(world, i);
        if (count > 0 && !world->pair->lost_key[i])
            oracle_fail(world, "n%d cannot read %zu of what it holds of two", i, count);
    }
    if (!pair_agrees(world))
        oracle_fail(world, "of two, n1 lacks %zu of n0, n0 lacks %zu of n1, and %zu and %zu wait",
                    lacking(world, 0), lacking(world, 1), world->pair->live[0].waiting_count,
                    world->pair->live[1].waiting_count);
    trace(world, "of two: %zu and %zu lines were opened; %llu were asked for, %llu came again\n",
          world->pair->live[0].opened_count, world->pair->live[1].opened_count,
          (unsigned long long)world->pair->asked, (unsigned long long)world->pair->again);
}
