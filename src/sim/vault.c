/* Vault: the same rules as app/recover.c and store/closed.c, in memory.
 *
 * 1. What was told to be kept is there at once, and after a crash if it was committed.
 * 2. A sealed line is opened, or closed for a reason, from the STORE or FILL in which it came. Only the core changes that.
 */
#include "sim/vault.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/grown.h"

struct vaults {
    struct vault live[WORLD_MACHINES], safe[WORLD_MACHINES], backup[WORLD_MACHINES];
    bool dirty[WORLD_MACHINES];
    struct passes passes[WORLD_MACHINES];
    struct blob *blobs;
};

void vaults_begin(struct world *world)
{
    world->vaults = calloc(1, sizeof *world->vaults);
    CHECK(world->vaults != NULL);
}

static void empty(struct vault *vault)
{
    free(vault->lines);
    free(vault->acts);
    free(vault->keys);
    memset(vault, 0, sizeof *vault);
}

void vaults_free(struct world *world)
{
    if (world->vaults == NULL)
        return;
    for (int i = 0; i < WORLD_MACHINES; i++) {
        empty(&world->vaults->live[i]);
        empty(&world->vaults->safe[i]);
        empty(&world->vaults->backup[i]);
    }
    for (struct blob *blob = world->vaults->blobs; blob != NULL;) {
        struct blob *next = blob->next;
        free(blob);
        blob = next;
    }
    free(world->vaults);
}

const struct vault *vault_of(const struct world *world, const struct machine *machine)
{
    return &world->vaults->live[machine->index];
}

struct passes *vault_passes(const struct world *world, const struct machine *machine)
{
    return &world->vaults->passes[machine->index];
}

const struct blob *vault_blob(struct world *world, struct bytes bytes)
{
    struct blob *blob = malloc(sizeof *blob + bytes.size + 1);
    CHECK(blob != NULL);
    blob->next = world->vaults->blobs;
    blob->size = bytes.size;
    if (bytes.size > 0)
        memcpy(blob->at, bytes.at, bytes.size);
    world->vaults->blobs = blob;
    return blob;
}

static struct bytes of_blob(const struct blob *blob)
{
    return (struct bytes){blob->at, blob->size};
}

/* The vault, which is another than what was committed from now on. */
static struct vault *to_write(struct world *world, struct machine *machine)
{
    world->vaults->dirty[machine->index] = true;
    if (world->plan.sabotage != SABOTAGE_EARLY_CARD)
        machine->disk.pending = true;
    return &world->vaults->live[machine->index];
}

/* ---- what is kept ---- */

const struct group_kept *vault_group(const struct vault *vault, const struct id *channel)
{
    for (size_t i = 0; i < vault->group_count; i++)
        if (id_equal(&vault->groups[i].channel, channel))
            return &vault->groups[i];
    return NULL;
}

const struct vault_line *vault_line(const struct vault *vault, const struct id *id)
{
    for (size_t i = vault->line_count; i-- > 0;)
        if (id_equal(&vault->lines[i].id, id))
            return &vault->lines[i];
    return NULL;
}

static void put_direct(struct world *world, struct vault *vault, const struct effect *effect)
{
    int other = world_whose(world, &effect->node);
    if (other >= 0)
        vault->directs[other] =
            (struct vault_direct){effect->channel_id, effect->channel, effect->shown};
}

static void put_waiting(struct world *world, struct vault *vault, const struct effect *effect)
{
    if (vault->waiting_count < LIMIT_WAITING)
        vault->waiting[vault->waiting_count++] = (struct vault_waiting){
            effect->channel_id, (uint8_t)effect->number, vault_blob(world, effect->text)};
}

static void drop_waiting(struct vault *vault, const struct id *channel)
{
    size_t kept = 0;
    for (size_t i = 0; i < vault->waiting_count; i++)
        if (!id_equal(&vault->waiting[i].channel, channel))
            vault->waiting[kept++] = vault->waiting[i];
    vault->waiting_count = kept;
}

static void drop_keys(struct vault *vault, const struct id *channel)
{
    size_t kept = 0;
    for (size_t i = 0; i < vault->key_count; i++)
        if (!id_equal(&vault->keys[i].channel, channel))
            vault->keys[kept++] = vault->keys[i];
    vault->key_count = kept;
}

/* Who leaves keeps no secret of it. */
static void put_group(struct vault *vault, const struct effect *effect)
{
    size_t at = 0;
    while (at < vault->group_count && !id_equal(&vault->groups[at].channel, &effect->group.channel))
        at++;
    if (effect->number == 1 || effect->group.state == GROUP_LEFT ||
        effect->group.state == GROUP_GONE)
        drop_keys(vault, &effect->group.channel);
    if (effect->number != 1) {
        CHECK(at < VAULT_GROUPS);
        vault->groups[at] = effect->group;
        vault->group_count += at == vault->group_count;
    } else if (at < vault->group_count) {
        vault->groups[at] = vault->groups[--vault->group_count];
    }
}

static void put_act(struct world *world, struct vault *vault, const struct effect *effect)
{
    struct entry act;
    CHECK(entry_read_header(&act, effect->text.at));
    for (size_t i = 0; i < vault->act_count; i++)
        if (id_equal(&vault->acts[i].id, &act.id))
            return;
    vault->acts = grown(vault->acts, vault->act_count, &vault->act_room, sizeof *vault->acts);
    vault->acts[vault->act_count++] =
        (struct vault_act){effect->channel_id, act.id, vault_blob(world, effect->text)};
}

static void put_key(struct vault *vault, const struct effect *effect)
{
    struct vault_key key = {.channel = effect->channel_id};
    CHECK(effect->text.size == sizeof key.key);
    memcpy(&key.key, effect->text.at, sizeof key.key);
    for (size_t i = 0; i < vault->key_count; i++)
        if (memcmp(&vault->keys[i], &key, sizeof key) == 0)
            return;
    vault->keys = grown(vault->keys, vault->key_count, &vault->key_room, sizeof *vault->keys);
    vault->keys[vault->key_count++] = key;
}

/* line: what it says, or of which kind it is instead. */
static void put_line(struct world *world, struct vault *vault, const struct entry *entry,
                     const struct entry *line)
{
    struct vault_line put = {
        .channel = entry->channel, .author = entry->author, .id = entry->id, .seq = entry->seq};
    size_t at = 0;
    groupseal_epoch(entry->body, put.epoch);
    if (line->kind == ENTRY_SEALED) {
        put.why = CLOSED_WAITS;
    } else if (line->kind == ENTRY_LEFT_OUT || line->kind == ENTRY_NOT_OURS) {
        put.why = line->kind == ENTRY_LEFT_OUT ? CLOSED_OUT : CLOSED_BEFORE;
    } else {
        put.kind = line->kind;
        put.body = vault_blob(world, line->body);
    }
    while (at < vault->line_count && !id_equal(&vault->lines[at].id, &entry->id))
        at++;
    vault->lines = grown(vault->lines, at, &vault->line_room, sizeof *vault->lines);
    vault->lines[at] = put;
    vault->line_count += at == vault->line_count;
}

/* The sabotage: what the entry says, if a secret of its machine opens it. */
static void open_by_force(struct world *world, const struct vault *vault, const struct entry *entry,
                          struct entry *line)
{
    static uint8_t plain[SEAL_PLAIN_MOST];
    struct groupseal_terms terms = {entry->channel, entry->author, entry->flags};
    if (world->plan.sabotage != SABOTAGE_READ_LEFT_OUT || line->kind != ENTRY_LEFT_OUT)
        return;
    for (size_t i = 0; i < vault->key_count && line->kind == ENTRY_LEFT_OUT; i++)
        groupseal_open(entry->body, &terms, vault->keys[i].key.secret, plain, &line->kind,
                       &line->body);
}

void vault_store(struct world *world, struct machine *machine, const struct effect *effect)
{
    for (size_t i = 0; effect->lines != NULL && i < effect->run.count; i++) {
        const struct entry *entry = &effect->run.entries[i];
        if (entry->kind != ENTRY_SEALED || entry->body.at == NULL)
            continue;
        struct vault *vault = to_write(world, machine);
        const struct vault_line *before = vault_line(vault, &entry->id);
        struct entry line = effect->lines[i];
        open_by_force(world, vault, entry, &line);
        if (before == NULL || before->kind == 0)
            put_line(world, vault, entry, &line);
    }
}

void vault_drop(struct world *world, struct machine *machine, const struct id *channel)
{
    struct vault *vault = to_write(world, machine);
    size_t kept = 0;
    for (size_t i = 0; i < vault->line_count; i++)
        if (!id_equal(&vault->lines[i].channel, channel))
            vault->lines[kept++] = vault->lines[i];
    vault->line_count = kept;
}

/* A line of a channel of two that could not be opened reads now. */
static void open_line(struct world *world, struct machine *machine, struct vault *vault,
                      const struct entry *line)
{
    const struct kept *kept =
        disk_find(&machine->disk, &line->channel, &line->author, line->seq, &line->id);
    if (kept != NULL && kept->entry.kind == ENTRY_SEALED && kept->entry.body.at != NULL)
        put_line(world, vault, &kept->entry, line);
}

void vault_write(struct world *world, struct machine *machine, const struct effect *effect)
{
    struct vault *vault = to_write(world, machine);
    struct entry closed;
    switch (effect->kind) {
    case EFFECT_PREKEY:
    case EFFECT_UNKEY:
    case EFFECT_CARD: prekeys_write(&vault->prekeys, world, effect); break;
    case EFFECT_DIRECT: put_direct(world, vault, effect); break;
    case EFFECT_WAITING: put_waiting(world, vault, effect); break;
    case EFFECT_WAITED: drop_waiting(vault, &effect->channel_id); break;
    case EFFECT_GROUP: put_group(vault, effect); break;
    case EFFECT_ACT: put_act(world, vault, effect); break;
    case EFFECT_KEY: put_key(vault, effect); break;
    case EFFECT_OPENED:
        if (world->plan.sabotage != SABOTAGE_STAY_CLOSED)
            put_line(world, vault, &effect->run.entries[0], &effect->lines[0]);
        break;
    case EFFECT_CLOSE:
        closed = effect->run.entries[0];
        closed.kind = effect->number == CLOSED_WAITS ? ENTRY_SEALED
                      : effect->number == CLOSED_OUT ? ENTRY_LEFT_OUT
                                                     : ENTRY_NOT_OURS;
        put_line(world, vault, &effect->run.entries[0], &closed);
        break;
    case EFFECT_OPEN: open_line(world, machine, vault, effect->lines); break;
    default: CHECK(!"an effect of sealed channels");
    }
}

bool vault_recall(const struct world *world, const struct machine *machine, struct event *event)
{
    const struct vault_line *line = vault_line(vault_of(world, machine), &event->head.tip);
    if (line == NULL || line->kind == 0)
        return false;
    event->number = line->kind;
    event->asked_wall_ms = UINT64_MAX; /* clocks are wrong by years here */
    event->frame = of_blob(line->body);
    return true;
}

/* ---- a process begins ---- */

static void load_waiting(struct world *world, struct machine *machine, const struct vault *vault,
                         const struct id *channel, const struct channel_name *name)
{
    for (size_t k = 0; k < vault->waiting_count; k++)
        if (id_equal(&vault->waiting[k].channel, channel))
            machine_step(world, machine,
                         (struct event){.kind = EVENT_LOAD_WAITING,
                                        .channel = *name,
                                        .number = vault->waiting[k].kind,
                                        .frame = of_blob(vault->waiting[k].body)});
}

static void load_talk(struct world *world, struct machine *machine, const struct vault *vault)
{
    prekeys_load(&vault->prekeys, world, machine);
    for (int i = 0; i < world->machine_count; i++) {
        const struct vault_direct *direct = &vault->directs[i];
        if (direct->name.text[0] == '\0')
            continue;
        machine_step(world, machine,
                     (struct event){.kind = EVENT_LOAD_DIRECT,
                                    .channel = direct->name,
                                    .node = world->machines[i].config.identity.node,
                                    .held = direct->shown,
                                    .card = vault->prekeys.cards[i]});
        load_waiting(world, machine, vault, &direct->channel, &direct->name);
    }
}

/* The sabotage. */
static bool is_forgotten(const struct world *world, const struct machine *machine,
                         const struct vault_act *act)
{
    struct entry entry;
    return world->plan.sabotage == SABOTAGE_FORGET_REMOVALS && machine->liar == NULL &&
           entry_read_header(&entry, act->entry->at) && entry.kind == ENTRY_REMOVE;
}

static void load_group(struct world *world, struct machine *machine, const struct vault *vault,
                       const struct group_kept *group)
{
    struct event event = {.kind = EVENT_LOAD_GROUP, .group = *group};
    for (size_t i = 0; i < vault->line_count; i++)
        event.number += id_equal(&vault->lines[i].channel, &group->channel) &&
                        vault->lines[i].kind == 0 && vault->lines[i].why == CLOSED_WAITS;
    machine_step(world, machine, event);
    for (size_t i = 0; i < vault->act_count; i++)
        if (id_equal(&vault->acts[i].channel, &group->channel) &&
            !is_forgotten(world, machine, &vault->acts[i]))
            machine_step(world, machine,
                         (struct event){.kind = EVENT_LOAD_ACT,
                                        .channel_id = group->channel,
                                        .frame = of_blob(vault->acts[i].entry)});
    for (size_t i = 0; i < vault->key_count; i++)
        if (id_equal(&vault->keys[i].channel, &group->channel))
            machine_step(world, machine,
                         (struct event){.kind = EVENT_LOAD_KEY,
                                        .channel_id = group->channel,
                                        .frame = {(const uint8_t *)&vault->keys[i].key,
                                                  sizeof vault->keys[i].key}});
    load_waiting(world, machine, vault, &group->channel, &group->name);
}

/* What the core says while it is loaded may be written into the lists that are read here: so their count is of before, and they
 * are only added to. */
void vault_load(struct world *world, struct machine *machine)
{
    const struct vault *vault = vault_of(world, machine);
    world->vaults->passes[machine->index] = (struct passes){.count = 0};
    load_talk(world, machine, vault);
    for (size_t i = 0; i < vault->group_count; i++)
        load_group(world, machine, vault, &vault->groups[i]);
}

size_t vault_names(const struct world *world, const struct machine *machine,
                   struct channel_name *names, size_t room)
{
    const struct vault *vault = vault_of(world, machine);
    size_t count = 0;
    for (int i = 0; i < world->machine_count; i++)
        if (vault->directs[i].name.text[0] != '\0' && count < room)
            names[count++] = vault->directs[i].name;
    for (size_t i = 0; i < vault->group_count && count < room; i++)
        if (vault->groups[i].state != GROUP_INVITED)
            names[count++] = vault->groups[i].name;
    return count;
}

/* ---- what becomes of it ---- */

static void *copy_list(void *to, const void *from, size_t count, size_t *room, size_t size)
{
    if (*room < count) {
        *room = count;
        to = realloc(to, count * size);
        CHECK(to != NULL);
    }
    if (count > 0)
        memcpy(to, from, count * size);
    return to;
}

static void copy(struct vault *to, const struct vault *from)
{
    struct vault was = *to;
    *to = *from;
    to->lines =
        copy_list(was.lines, from->lines, from->line_count, &was.line_room, sizeof *from->lines);
    to->acts = copy_list(was.acts, from->acts, from->act_count, &was.act_room, sizeof *from->acts);
    to->keys = copy_list(was.keys, from->keys, from->key_count, &was.key_room, sizeof *from->keys);
    to->line_room = was.line_room;
    to->act_room = was.act_room;
    to->key_room = was.key_room;
}

void vault_commit(struct world *world, struct machine *machine)
{
    int i = machine->index;
    if (world->vaults == NULL || !world->vaults->dirty[i])
        return;
    copy(&world->vaults->safe[i], &world->vaults->live[i]);
    world->vaults->dirty[i] = false;
}

void vault_crash(struct world *world, struct machine *machine)
{
    int i = machine->index;
    if (world->vaults == NULL)
        return;
    copy(&world->vaults->live[i], &world->vaults->safe[i]);
    world->vaults->dirty[i] = false;
    world->vaults->passes[i] = (struct passes){.count = 0};
}

void vault_backup(struct world *world, struct machine *machine)
{
    if (world->vaults != NULL)
        copy(&world->vaults->backup[machine->index], &world->vaults->safe[machine->index]);
}

void vault_restore(struct world *world, struct machine *machine)
{
    int i = machine->index;
    if (world->vaults == NULL)
        return;
    copy(&world->vaults->live[i], &world->vaults->backup[i]);
    copy(&world->vaults->safe[i], &world->vaults->backup[i]);
}
