/* Epochs: the secrets of private channels (PROTOCOL.md section 12.4): found where an epoch comes, by the row that is for us or
 * by what was told; and made, sealed to each who is in.
 */
#include "core/group.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/talk.h"

/* What the user shares with somebody, computed once. */
static bool shared_with(struct core *core, struct person *person)
{
    if (!person->has_shared)
        person->has_shared = seal_shared(person->shared, &core->config.identity, &person->node);
    return person->has_shared;
}

static void keep_key(struct core *core, const struct channel *channel, const struct epoch *epoch)
{
    uint8_t bytes[ACT_SHORT + 32];
    memcpy(bytes, group_act(channel->group, epoch)->id.b, ACT_SHORT);
    memcpy(bytes + ACT_SHORT, epoch->secret, 32);
    struct effect *effect = emit_in(core, EFFECT_KEY, channel);
    effect->text = (struct bytes){arena_copy(&core->arena, bytes, sizeof bytes), sizeof bytes};
    sodium_memzero(bytes, sizeof bytes);
}

/* By the row that is for us. */
static bool open_row(struct core *core, const struct group *group, const struct epoch *epoch,
                     const struct act *act, uint8_t secret[32])
{
    const struct id *self = &core->config.identity.node;
    struct groupseal_epoch terms = group_terms(group, epoch);
    struct person *maker = groups_meet(&core->groups, &act->author);
    const struct direct *direct = &core->direct;
    const uint8_t *row = NULL;
    for (size_t i = 0; act->rows != NULL && i < act->count; i++)
        if (memcmp(act->rows + i * ACT_ROW, self->b, ACT_SHORT) == 0)
            row = act->rows + i * ACT_ROW;
    if (row == NULL || maker == NULL || !shared_with(core, maker))
        return false;
    for (size_t i = direct->own_count; i-- > 0;)
        if (memcmp(direct->own[i].prekey.key.b, row + ACT_SHORT, ACT_PREKEY) == 0 &&
            groupseal_row_open(secret, &terms, row + ACT_SHORT + ACT_PREKEY, self,
                               &direct->own[i].prekey, maker->shared))
            return true;
    return false;
}

static bool among_keys(const struct group *group, const struct epoch *epoch, uint8_t secret[32])
{
    struct groupseal_epoch terms = group_terms(group, epoch);
    for (size_t i = 0; i < group->key_count; i++)
        if (memcmp(group->keys[i].epoch, group_act(group, epoch)->id.b, ACT_SHORT) == 0 &&
            groupseal_is(&terms, group->keys[i].secret)) {
            memcpy(secret, group->keys[i].secret, 32);
            return true;
        }
    return false;
}

static void ask_soon(struct core *core, struct group *group)
{
    if (group->ask_at_ms > core->now_ms + KEYS_WAIT_MS)
        group->ask_at_ms = core->now_ms + KEYS_WAIT_MS;
}

/* An epoch is held from now on: is its secret at hand? */
void group_take_epoch(struct core *core, struct channel *channel, struct epoch *epoch,
                      const struct act *act, bool loads)
{
    struct group *group = channel->group;
    struct groupseal_epoch terms = group_terms(group, epoch);
    uint8_t secret[32];
    if (group->kept.state != GROUP_IN)
        return; /* he has left, and keeps none */
    if (group->has_made && groupseal_is(&terms, group->made)) {
        memcpy(secret, group->made, sizeof secret);
        group->has_made = false;
        sodium_memzero(group->made, sizeof group->made);
    } else if (!among_keys(group, epoch, secret) &&
               (loads || !open_row(core, group, epoch, act, secret))) {
        ask_soon(core, group);
        if (!loads && group->closed > 0) /* is it the user's? */
            group_judge_epoch(core, channel, act->id.b);
        return;
    }
    group_know(group, epoch, secret);
    sodium_memzero(secret, sizeof secret);
    if (!loads) {
        keep_key(core, channel, epoch);
        group_judge_epoch(core, channel, act->id.b);
    }
}

bool group_take_key(struct core *core, struct channel *channel, const struct loose_key *key)
{
    struct group *group = channel->group;
    struct epoch *epoch = NULL;
    bool held = false;
    while ((epoch = group_epoch(group, key->epoch, epoch)) != NULL) {
        struct groupseal_epoch terms = group_terms(group, epoch);
        held = true;
        if (epoch->known || !groupseal_is(&terms, key->secret))
            continue;
        group_know(group, epoch, key->secret);
        keep_key(core, channel, epoch);
        group_judge_epoch(core, channel, key->epoch);
        return true;
    }
    if (held || !group_add_key(group, key))
        return false;
    struct effect *effect = emit_in(core, EFFECT_KEY, channel);
    effect->text = (struct bytes){arena_copy(&core->arena, key, sizeof *key), sizeof *key};
    return true;
}

void group_load_key(struct core *core, const struct event *event)
{
    struct channel *channel = channel_by_id(&core->channels, &event->channel_id);
    struct invitation *invitation = groups_invitation(&core->groups, &event->channel_id);
    struct loose_key key;
    if (event->frame.size != sizeof key)
        return;
    memcpy(&key, event->frame.at, sizeof key);
    if (channel != NULL && channel->group != NULL && channel->group->kept.state == GROUP_IN) {
        struct epoch *epoch = NULL;
        group_add_key(channel->group, &key);
        while ((epoch = group_epoch(channel->group, key.epoch, epoch)) != NULL) {
            struct groupseal_epoch terms = group_terms(channel->group, epoch);
            if (!epoch->known && groupseal_is(&terms, key.secret))
                group_know(channel->group, epoch, key.secret);
        }
    } else if (invitation != NULL) {
        groups_add_key(invitation, &key);
    }
    sodium_memzero(&key, sizeof key);
}

/* ---- making an epoch ---- */

static int compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, ACT_SHORT);
}

/* All others who are in, by name alone, sorted; returns how many. */
static uint16_t name_rows(const struct core *core, const struct members *members,
                          const struct id *const **who, uint8_t *rows, struct arena *arena)
{
    const struct id **list = arena_take(arena, (LIMIT_MEMBERS + 1) * sizeof *list);
    uint16_t count = 0, kept = 0;
    for (size_t i = 0; i < members->seat_count && count < LIMIT_MEMBERS; i++) {
        const struct seat *seat = &members->seats[i];
        if (seat->in && !id_equal(&seat->member, &core->config.identity.node))
            list[count++] = &seat->member;
    }
    for (uint16_t i = 0; i < count; i++) { /* by insertion: they come nearly sorted by nothing */
        const struct id *one = list[i];
        uint16_t at = i;
        for (; at > 0 && memcmp(list[at - 1]->b, one->b, 32) > 0; at--)
            list[at] = list[at - 1];
        list[at] = one;
    }
    for (uint16_t i = 0; i < count; i++) {
        if (kept > 0 && compare_rows(rows + (kept - 1) * ACT_ROW, list[i]->b) == 0)
            continue; /* one name of two: he asks for the secret */
        memcpy(rows + kept * ACT_ROW, list[i]->b, ACT_SHORT);
        list[kept++] = list[i];
    }
    *who = list;
    return kept;
}

struct epoch *group_make_epoch(struct core *core, struct channel *channel)
{
    struct group *group = channel->group;
    const struct id *self = &core->config.identity.node, *const * who;
    uint8_t secret[32], pair[32], *body = arena_take(&core->arena, LIMIT_BODY);
    uint8_t *rows = arena_take(&core->arena, LIMIT_MEMBERS * ACT_ROW);
    struct act act = {.kind = ENTRY_EPOCH, .rows = rows};
    struct groupseal_epoch terms = {.channel = channel->id, .maker = *self};
    const struct log *log = channel_highest(channel, self);
    struct entry said;
    memset(rows, 0, LIMIT_MEMBERS * ACT_ROW);
    act.count = name_rows(core, group_members(group), &who, rows, &core->arena);
    act.last = group_last_act(group, self, UINT64_MAX);
    for (size_t i = 0; i < act.count; i++) {
        const struct person *person = groups_person(&core->groups, who[i]);
        if (person != NULL && person->card.version != 0)
            memcpy(rows + i * ACT_ROW + ACT_SHORT, person->card.prekey.b, ACT_PREKEY);
    }
    struct writer w = frame_writer(core, 3 * 32 + 8 + (size_t)act.count * ACT_ROW);
    write_id(&w, &channel->id);
    write_id(&w, &act.last);
    write_id(&w, log != NULL ? &log->tip : self);
    write_u64(&w, core->wall_ms);
    write_copy(&w, rows, (size_t)act.count * ACT_ROW);
    groupseal_draw(secret, pair, core->direct.random, ++core->direct.drawn, written(&w));
    groupseal_begin(&terms, secret, pair);
    for (size_t i = 0; i < act.count; i++) {
        uint8_t *row = rows + i * ACT_ROW;
        struct person *person = groups_person(&core->groups, who[i]);
        bool sealed = person != NULL && person->card.version != 0 && shared_with(core, person) &&
                      groupseal_row(row + ACT_SHORT + ACT_PREKEY, &terms, secret, pair, who[i],
                                    &person->card.prekey, person->shared);
        if (!sealed)
            memset(row + ACT_SHORT, 0, ACT_ROW - ACT_SHORT);
    }
    act.e = terms.e;
    memcpy(act.check, terms.check, sizeof act.check);
    memcpy(group->made, secret, sizeof secret);
    group->has_made = true;
    size_t size = act_write(body, &act);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(pair, sizeof pair);
    if (!own_say_act(core, channel, ENTRY_EPOCH, (struct bytes){body, size}, &said))
        return NULL;
    for (size_t i = group->epoch_count; i-- > 0;)
        if (id_equal(&group_act(group, &group->epochs[i])->id, &said.id)) {
            group->own = (uint32_t)i;
            return &group->epochs[i];
        }
    return NULL;
}

struct epoch *group_writing(struct core *core, struct channel *channel)
{
    struct group *group = channel->group;
    struct epoch *epoch = group_current(group, core->wall_ms);
    /* More may be in than an epoch has room for, if somebody who may let in means harm: then none is fit, and a new one
     * would be no better. */
    if (epoch == NULL && group->own != UINT32_MAX &&
        group_keeps_out(group, &group->epochs[group->own], core->wall_ms))
        return &group->epochs[group->own];
    return epoch != NULL ? epoch : group_make_epoch(core, channel);
}
