/* What fuzz_core.c knows of private channels: what a node's disk keeps for them, and what must hold:
 *
 * 11. What is said in a private channel leaves sealed, and no epoch's secret leaves in the clear.
 * 12. What an honest node says there is under an epoch that it knows, whose rows name nobody who is out; so are those of an
 *     epoch that it makes.
 * 13. The disk knows of the channel, has the acts that the core counts by, and the secrets that the core knows, and no
 *     others; of what the user has left it has none.
 * 14. After a start the same people are in, and the same is known.
 * 15. What was judged is so by all acts and secrets that are at hand: nothing is open that is no part of the talk.
 * 16. An entry reads the same for both honest nodes, if it does for both; and an own line as it was said.
 *
 * What is to be judged again is gone through as app/again.c does it. */
#pragma once

#include "core_node.h"

static struct group *group_at(const struct node *node, const struct id *id)
{
    const struct channel *channel = channel_by_id(&node->core->channels, id);
    return channel == NULL ? NULL : channel->group;
}

/* ---- what is written ---- */

static struct group_kept *kept_group(struct vault *vault, const struct id *channel)
{
    for (size_t i = 0; i < vault->group_count; i++)
        if (id_equal(&vault->groups[i].channel, channel))
            return &vault->groups[i];
    return NULL;
}

static void drop_keys(struct vault *vault, const struct id *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < vault->key_count; i++)
        if (!id_equal(&vault->keys[i].channel, channel))
            vault->keys[count++] = vault->keys[i];
    vault->key_count = count;
}

static void keep_group(struct vault *vault, const struct effect *effect)
{
    const struct group_kept *group = &effect->group;
    struct group_kept *kept = kept_group(vault, &group->channel);
    CHECK(channel_name_ok(group->name.text) && channel_name_ok(group->called.text));
    CHECK(!group->unread || group->state == GROUP_IN);
    if (kept == NULL && effect->number != 1) {
        CHECK(vault->group_count < VAULT_GROUPS);
        kept = &vault->groups[vault->group_count++];
    }
    if (effect->number == 1 && kept != NULL)
        *kept = vault->groups[--vault->group_count];
    else if (kept != NULL)
        *kept = *group;
    if (effect->number == 1 || group->state == GROUP_LEFT || group->state == GROUP_GONE)
        drop_keys(vault, &group->channel);
}

static void keep_act(struct node *node, const struct effect *effect)
{
    struct vault *vault = &node->vault;
    struct entry entry;
    CHECK(effect->text.size >= ENTRY_HEADER_BYTES && entry_read_header(&entry, effect->text.at));
    for (size_t i = 0; i < vault->act_count; i++)
        if (id_equal(&vault->acts[i].id, &entry.id))
            return;
    if (vault->act_count == VAULT_ACTS) {
        node->overflowed = true;
        return;
    }
    struct kept_act *kept = &vault->acts[vault->act_count++];
    *kept = (struct kept_act){effect->channel_id, entry.id, malloc(effect->text.size),
                              effect->text.size};
    CHECK(kept->entry != NULL);
    memcpy(kept->entry, effect->text.at, effect->text.size);
}

static bool has_key(const struct vault *vault, const struct id *channel, const void *key)
{
    for (size_t i = 0; i < vault->key_count; i++)
        if (id_equal(&vault->keys[i].channel, channel) &&
            memcmp(&vault->keys[i].key, key, sizeof vault->keys[i].key) == 0)
            return true;
    return false;
}

static void keep_key(struct node *node, const struct effect *effect)
{
    struct vault *vault = &node->vault;
    CHECK(effect->text.size == sizeof vault->keys[0].key);
    if (has_key(vault, &effect->channel_id, effect->text.at))
        return;
    if (vault->key_count == VAULT_KEYS) {
        node->overflowed = true;
        return;
    }
    struct kept_key *kept = &vault->keys[vault->key_count++];
    kept->channel = effect->channel_id;
    memcpy(&kept->key, effect->text.at, sizeof kept->key);
}

static void empty_vault(struct vault *vault)
{
    for (size_t i = 0; i < vault->act_count; i++)
        free(vault->acts[i].entry);
    vault->group_count = vault->act_count = vault->key_count = vault->pass_count = 0;
}

/* ---- how lines read ---- */

static void let_go_of_line(struct held *held)
{
    free(held->line_body);
    held->line_body = NULL;
    held->line.kind = 0;
}

/* line: what it says, or of which kind it is instead. */
static void keep_private_line(struct node *node, const struct entry *entry,
                              const struct entry *line)
{
    const struct held *theirs = held_entry(&nodes[node == nodes], &entry->id);
    struct held *held = (struct held *)held_entry(node, &entry->id);
    if (held == NULL || entry->kind != ENTRY_SEALED || entry->body.at == NULL ||
        held->line.kind != 0)
        return;
    held->why = line->kind == ENTRY_SEALED     ? CLOSED_WAITS
                : line->kind == ENTRY_LEFT_OUT ? CLOSED_OUT
                : line->kind == ENTRY_NOT_OURS ? CLOSED_BEFORE
                                               : CLOSED_NOT;
    if (held->why != CLOSED_NOT)
        return;
    held->line = *line;
    held->line_body = malloc(line->body.size + 1);
    CHECK(held->line_body != NULL);
    memcpy(held->line_body, line->body.at, line->body.size);
    held->line.body.at = held->line_body;
    if (theirs != NULL && theirs->line.kind != 0)
        CHECK(theirs->line.kind == line->kind && theirs->line.body.size == line->body.size &&
              memcmp(theirs->line.body.at, line->body.at, line->body.size) == 0);
}

static void do_line(struct node *node, const struct effect *effect)
{
    struct held *held = (struct held *)held_entry(node, &effect->run.entries[0].id);
    CHECK(effect->run.count == 1 && (held != NULL || node->overflowed));
    if (held == NULL)
        return;
    if (effect->kind == EFFECT_OPENED) {
        CHECK(effect->lines[0].kind < ENTRY_INNER && effect->lines[0].kind != ENTRY_SEALED);
        keep_private_line(node, &held->entry, &effect->lines[0]);
    } else {
        let_go_of_line(held);
        held->why = (enum why_closed)effect->number;
    }
}

static uint64_t lines_that_wait(const struct node *node, const struct id *channel)
{
    uint64_t count = 0;
    for (size_t i = 0; i < node->held_count; i++)
        count += node->held[i].line.kind == 0 && node->held[i].why == CLOSED_WAITS &&
                 id_equal(&node->held[i].entry.channel, channel);
    return count;
}

/* ---- lines that are judged again ---- */

static void add_pass(struct node *node, const struct effect *effect)
{
    struct vault *vault = &node->vault;
    struct pass pass = {.channel = effect->channel_id,
                        .author = effect->node,
                        .by_epoch = effect->text.size == ACT_SHORT};
    if (pass.by_epoch)
        memcpy(pass.epoch, effect->text.at, ACT_SHORT);
    for (size_t i = 0; i < vault->pass_count; i++)
        if (memcmp(&vault->passes[i], &pass, sizeof pass) == 0)
            return;
    CHECK(vault->pass_count < VAULT_PASSES);
    vault->passes[vault->pass_count++] = pass;
}

static bool pass_meets(const struct pass *pass, const struct held *held)
{
    uint8_t epoch[ACT_SHORT] = {0};
    if (held->entry.kind != ENTRY_SEALED || held->entry.body.at == NULL ||
        !id_equal(&held->entry.channel, &pass->channel))
        return false;
    if (!pass->by_epoch)
        return id_equal(&held->entry.author, &pass->author);
    groupseal_epoch(held->entry.body, epoch);
    return held->line.kind == 0 && (held->why == CLOSED_WAITS || held->why == CLOSED_BEFORE) &&
           memcmp(epoch, pass->epoch, ACT_SHORT) == 0;
}

static bool leads_down(const struct node *node, const struct id *tip, const struct entry *entry)
{
    const struct held *held = held_entry(node, tip);
    while (held != NULL && held->entry.seq > entry->seq)
        held = held_entry(node, &held->entry.prev);
    return held != NULL && id_equal(&held->entry.id, &entry->id);
}

/* The branch that has it, in its whole part or not; UINT32_MAX: none. */
static uint32_t branch_with(const struct node *node, const struct entry *entry, bool whole)
{
    struct channel *channel = channel_by_id(&node->core->channels, &entry->channel);
    const struct log *log = channel == NULL ? NULL : channel_log(channel, &entry->author);
    for (; log != NULL; log = channel_next_branch(channel, log))
        if ((!log->rootless && entry->seq > log->base_seq && entry->seq <= log->seq &&
             leads_down(node, &log->tip, entry)) ||
            (!whole && log->above_from != 0 && entry->seq >= log->above_from &&
             entry->seq <= log->above_to && leads_down(node, &log->above_tip, entry)))
            return log->branch;
    return UINT32_MAX;
}

static struct event again_of(const struct entry *entry)
{
    size_t size = ENTRY_HEADER_BYTES + entry->body.size;
    uint8_t *frame = malloc(size);
    CHECK(frame != NULL);
    entry_header(entry, frame);
    memcpy(frame + ENTRY_HEADER_BYTES, entry->body.at, entry->body.size);
    return (struct event){
        .kind = EVENT_AGAIN, .channel_id = entry->channel, .frame = {frame, size}};
}

/* True when the effect was one of these. */
static bool do_private(struct node *node, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_GROUP: keep_group(&node->vault, effect); break;
    case EFFECT_ACT: keep_act(node, effect); break;
    case EFFECT_KEY: keep_key(node, effect); break;
    case EFFECT_OPENED:
    case EFFECT_CLOSE: do_line(node, effect); break;
    case EFFECT_AGAIN: add_pass(node, effect); return true;
    default: return false;
    }
    CHECK(!node->unwritable);
    return true;
}

/* ---- what must hold ---- */

static bool has_bytes(struct bytes in, const uint8_t *bytes, size_t size)
{
    const uint8_t *at = in.at, *end = in.at + in.size;
    while ((size_t)(end - at) >= size &&
           (at = memchr(at, bytes[0], (size_t)(end - at) - size + 1)) != NULL) {
        if (memcmp(at, bytes, size) == 0)
            return true;
        at++;
    }
    return false;
}

/* A sybil's, who may choose one that stands in an id of his as well. */
static bool is_poor(const uint8_t secret[32])
{
    size_t zeros = 0;
    for (size_t i = 0; i < 32; i++)
        zeros += secret[i] == 0;
    return zeros > 24;
}

static bool tells_secret(const struct node *node, struct bytes frame)
{
    for (size_t i = 0; i < node->vault.key_count; i++)
        if (!is_poor(node->vault.keys[i].key.secret) &&
            has_bytes(frame, node->vault.keys[i].key.secret, 32))
            return true;
    return false;
}

/* Of a run that leaves, or is stored. */
static void run_is_private(const struct node *node, const struct run *run, bool stored)
{
    if (group_at(node, &run->entries[0].channel) == NULL)
        return;
    CHECK(!stored || kept_group((struct vault *)&node->vault, &run->entries[0].channel) != NULL);
    for (size_t i = 0; i < run->count; i++)
        CHECK(!is_open(run->entries[i].kind));
}

static bool is_in_by_short(const struct members *members, const uint8_t name[ACT_SHORT])
{
    for (size_t i = 0; i < members->seat_count; i++)
        if (members->seats[i].in && memcmp(members->seats[i].member.b, name, ACT_SHORT) == 0)
            return true;
    return false;
}

/* If it was said just now, by the node itself. */
static void may_be_said(const struct node *node, const struct entry *entry)
{
    struct group *group = group_at(node, &entry->channel);
    uint8_t name[ACT_SHORT];
    if (group == NULL || !id_equal(&entry->author, &node->core->config.identity.node) ||
        memcmp(&entry->process, &node->core->config.process, sizeof entry->process) != 0 ||
        (entry->kind != ENTRY_SEALED && entry->kind != ENTRY_EPOCH))
        return;
    if (entry->kind == ENTRY_EPOCH)
        memcpy(name, entry->id.b, ACT_SHORT);
    else
        CHECK(groupseal_epoch(entry->body, name));
    const struct members *members = group_members(group);
    const struct epoch *epoch = group_epoch(group, name, NULL);
    CHECK(epoch != NULL && epoch->known);
    CHECK(members_in(members, &group_act(group, epoch)->author) != NULL);
    for (size_t i = 0; i < epoch->count; i++)
        CHECK(is_in_by_short(members, epoch->rows[i]));
}

static void secrets_are_kept(const struct node *node, struct group *group)
{
    const struct id *channel = &group->kept.channel;
    for (size_t i = 0; i < group->epoch_count; i++) {
        const struct epoch *epoch = &group->epochs[i];
        struct groupseal_epoch terms = group_terms(group, epoch);
        struct loose_key key;
        CHECK(epoch->act < group->act_count && group_act(group, epoch)->kind == ENTRY_EPOCH);
        if (!epoch->known)
            continue;
        memcpy(key.epoch, group_act(group, epoch)->id.b, ACT_SHORT);
        memcpy(key.secret, epoch->secret, sizeof key.secret);
        CHECK(groupseal_is(&terms, epoch->secret) && has_key(&node->vault, channel, &key));
    }
    for (size_t i = 0; i < node->vault.key_count; i++) {
        const struct loose_key *key = &node->vault.keys[i].key;
        bool found = false;
        if (!id_equal(&node->vault.keys[i].channel, channel))
            continue;
        if (groups_invitation(&node->core->groups, channel) != NULL)
            break; /* they came with it */
        for (size_t k = 0; k < group->key_count && !found; k++)
            found = memcmp(&group->keys[k], key, sizeof *key) == 0;
        for (size_t k = 0; k < group->epoch_count && !found; k++)
            found = group->epochs[k].known &&
                    memcmp(group->epochs[k].secret, key->secret, sizeof key->secret) == 0;
        CHECK(found);
    }
    bool any = false;
    for (size_t i = 0; i < group->epoch_count; i++)
        any = any || group->epochs[i].known;
    CHECK(group->kept.state == GROUP_IN || (group->key_count == 0 && !any));
}

static bool is_invited(const struct group_kept *kept)
{
    return kept->state == GROUP_INVITED || kept->state == GROUP_LEFT_INVITED ||
           kept->state == GROUP_GONE_INVITED;
}

/* The state of its channel, whether the user is invited again or not. */
static enum group_state kept_state(const struct group_kept *kept)
{
    return kept->state == GROUP_LEFT_INVITED   ? GROUP_LEFT
           : kept->state == GROUP_GONE_INVITED ? GROUP_GONE
                                               : kept->state;
}

static void group_is_sound(const struct node *node, struct group *group)
{
    const struct members *members = group_members(group);
    const struct group_kept *kept = kept_group((struct vault *)&node->vault, &group->kept.channel);
    size_t acts = 0;
    CHECK(kept != NULL && strcmp(kept->name.text, group->kept.name.text) == 0);
    CHECK(kept_state(kept) == group->kept.state);
    CHECK(group->act_count <= LIMIT_ACTS && group->epoch_count <= group->act_count);
    CHECK(group->key_count <= LIMIT_GROUP_KEYS && members->seat_count <= group->act_count + 1);
    CHECK(group->cut_count <= members->seat_count && !group->has_made);
    CHECK(!group->current_known || group->current == UINT32_MAX ||
          (group->current < group->epoch_count && group->epochs[group->current].known));
    CHECK(group->own == UINT32_MAX || group->own < group->epoch_count);
    for (size_t i = 0; i < node->vault.act_count; i++)
        acts += id_equal(&node->vault.acts[i].channel, &group->kept.channel);
    CHECK(acts == group->act_count);
    for (size_t i = 0; i < group->act_count; i++)
        CHECK(held_entry(node, &group->acts[i].id) != NULL);
    /* Until the next start it may be one too many: for a line that waited above a hole, and comes once more in a run that shows it to be out. */
    CHECK(group->closed >= lines_that_wait(node, &group->kept.channel));
    secrets_are_kept(node, group);
}

static void private_is_sound(const struct node *node)
{
    const struct groups *groups = &node->core->groups;
    size_t invited = 0;
    CHECK(groups->invitation_count <= LIMIT_INVITATIONS && groups->person_count <= LIMIT_PEOPLE &&
          groups->asked_count <= LIMIT_GROUP_ASKED);
    for (size_t i = 0; i < node->core->channels.count && !node->overflowed; i++)
        if (node->core->channels.list[i].group != NULL)
            group_is_sound(node, node->core->channels.list[i].group);
    for (size_t i = 0; i < node->vault.group_count; i++)
        invited += is_invited(&node->vault.groups[i]);
    CHECK(invited == groups->invitation_count);
    for (size_t i = 0; i < invited; i++)
        CHECK(groups->invitations[i].key_count <= LIMIT_GROUP_KEYS &&
              is_invited(
                  kept_group((struct vault *)&node->vault, &groups->invitations[i].kept.channel)));
}

/* Is it below that end in the log? Where something between is not held that is not known, and may be. */
static bool may_lead_down(const struct node *node, const struct id *end, const struct entry *entry)
{
    const struct held *held = held_entry(node, end);
    while (held != NULL && held->entry.seq > entry->seq)
        held = held_entry(node, &held->entry.prev);
    return held == NULL || id_equal(&held->entry.id, &entry->id);
}

/* By any seat of its term, cut or not. */
static bool may_stand(const struct node *node, const struct members *members,
                      const struct entry *entry)
{
    size_t count;
    const uint32_t *seats = members_seats(members, &entry->author, entry->flags, &count);
    for (size_t i = 0; i < count; i++) {
        const struct seat *seat = &members->seats[seats[i]];
        if (!seat->cut ||
            (entry->seq <= seat->cut_seq && may_lead_down(node, &seat->cut_tip, entry)))
            return true;
    }
    return false;
}

/* By a secret that the node knows. */
static bool can_be_opened(struct group *group, const struct entry *entry)
{
    static uint8_t plain[SEAL_PLAIN_MOST];
    struct groupseal_terms terms = {entry->channel, entry->author, entry->flags};
    const struct epoch *epoch = NULL;
    struct bytes body;
    uint8_t name[ACT_SHORT], kind;
    while (groupseal_epoch(entry->body, name) && (epoch = group_epoch(group, name, epoch)) != NULL)
        if (epoch->known && groupseal_open(entry->body, &terms, epoch->secret, plain, &kind, &body))
            return true;
    return false;
}

/* When nothing is left to be judged again. */
static void line_is_settled(const struct node *node, struct group *group, const struct held *held)
{
    const struct members *members = group_members(group);
    bool in = members_whole(members, &held->entry.author, held->entry.flags) != NULL;
    bool right = held->line.kind != 0        ? may_stand(node, members, &held->entry)
                 : held->why == CLOSED_OUT   ? !in
                 : held->why == CLOSED_WAITS ? !can_be_opened(group, &held->entry)
                                             : held->why == CLOSED_BEFORE;
    CHECK(right || branch_with(node, &held->entry, false) == UINT32_MAX);
}

static void lines_are_settled(const struct node *node)
{
    for (size_t i = 0; i < node->held_count && !node->overflowed; i++) {
        const struct held *held = &node->held[i];
        bool sealed = held->entry.kind == ENTRY_SEALED && held->entry.body.at != NULL;
        struct group *group = sealed ? group_at(node, &held->entry.channel) : NULL;
        if (group != NULL && group->kept.state == GROUP_IN)
            line_is_settled(node, group, held);
    }
}

/* Of a core and the one that was made anew from its disk. */
static void same_is_known(struct core *old, const struct node *node)
{
    for (size_t i = 0; i < old->channels.count; i++) {
        struct group *was = old->channels.list[i].group, *is;
        if (was == NULL)
            continue;
        is = group_at(node, &was->kept.channel);
        CHECK(is != NULL && is->act_count == was->act_count);
        const struct members *before = group_members(was), *after = group_members(is);
        CHECK(before->seat_count == after->seat_count);
        for (size_t k = 0; k < before->seat_count; k++)
            CHECK(before->seats[k].in == after->seats[k].in &&
                  id_equal(&before->seats[k].admit, &after->seats[k].admit));
        for (size_t k = 0; k < was->epoch_count; k++)
            for (const struct epoch *epoch =
                     group_epoch(is, group_act(was, &was->epochs[k])->id.b, NULL);
                 was->epochs[k].known && epoch != NULL;
                 epoch = group_epoch(is, group_act(was, &was->epochs[k])->id.b, epoch))
                CHECK(epoch->known || memcmp(epoch->check, was->epochs[k].check, ACT_CHECK) != 0);
    }
}
