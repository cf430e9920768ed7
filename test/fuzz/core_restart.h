/* A node of fuzz_core.c that crashes, and comes back with what its disk holds; or with what an old backup of it does. */
#pragma once

#include "core_member.h"

/* Of this author nothing is held in the channel but the chain that ends at tip. */
static void forget_all_but(struct node *node, const struct id *channel, const struct id *author,
                           const struct id *tip)
{
    for (size_t i = node->held_count; i-- > 0;) {
        const struct entry *entry = &node->held[i].entry;
        const struct held *on = held_entry(node, tip);
        while (on != NULL && on != &node->held[i])
            on = held_entry(node, &on->entry.prev);
        if (on != NULL || !id_equal(&entry->author, author) || !id_equal(&entry->channel, channel))
            continue;
        free_held(&node->held[i]);
        node->held[i] = node->held[--node->held_count];
    }
}

static struct core_config configs[NODES]; /* what each began with */
static struct log_load backups[LIMIT_CHANNELS + LIMIT_CARRIED + 64];

/* The author's log as an old backup has it: `back` fewer; seq 0: there is nothing of it. */
static void log_of_backup(struct node *node, struct channel *channel, const struct id *author,
                          uint64_t back, struct log_load *load)
{
    const struct log *log = channel_highest(channel, author);
    const struct id none = {{0}};
    const struct held *tip = log != NULL && log_has_head(log) ? held_entry(node, &log->tip) : NULL;
    for (; tip != NULL && back > 0; back--)
        tip = held_entry(node, &tip->entry.prev);
    struct id id = tip != NULL ? tip->entry.id : none; /* it moves in memory */
    if (tip != NULL)
        *load = (struct log_load){
            .author = *author, .seq = tip->entry.seq, .tip = id, .lamport = tip->entry.lamport};
    forget_all_but(node, &channel->id, author, &id);
}

/* A backup has its own verdicts on its lines: they are found anew, when the acts that it has are loaded. */
static void judge_anew(struct node *node, const struct id *channel)
{
    for (size_t i = 0; i < PEOPLE; i++)
        add_pass(node, &(struct effect){.channel_id = *channel, .node = authors[i].node});
}

/* Acts that a backup does not have. */
static void forget_acts(struct node *node)
{
    struct vault *vault = &node->vault;
    size_t count = 0;
    for (size_t i = 0; i < vault->act_count; i++)
        if (held_entry(node, &vault->acts[i].id) != NULL) {
            vault->acts[count++] = vault->acts[i];
        } else {
            judge_anew(node, &vault->acts[i].channel);
            free(vault->acts[i].entry);
        }
    vault->act_count = count;
}

static void load_private(int which)
{
    const struct node *node = &nodes[which];
    const struct vault *vault = &node->vault;
    for (size_t i = 0; i < vault->group_count; i++) {
        const struct id channel = vault->groups[i].channel;
        step(which, (struct event){.kind = EVENT_LOAD_GROUP,
                                   .group = vault->groups[i],
                                   .number = lines_that_wait(node, &channel)});
        for (size_t k = 0; k < vault->act_count; k++)
            if (id_equal(&vault->acts[k].channel, &channel))
                step(which, (struct event){.kind = EVENT_LOAD_ACT,
                                           .channel_id = channel,
                                           .frame = {vault->acts[k].entry, vault->acts[k].size}});
        for (size_t k = 0; k < vault->key_count; k++)
            if (id_equal(&vault->keys[k].channel, &channel))
                step(which, (struct event){.kind = EVENT_LOAD_KEY,
                                           .channel_id = channel,
                                           .frame = {(const uint8_t *)&vault->keys[k].key,
                                                     sizeof vault->keys[k].key}});
        load_waiting(which, &channel, &vault->groups[i].name);
    }
}

/* As the store gives them: by author, his branches by rising number. */
static void load_branches(struct node *node, struct channel *channel, const struct log *first)
{
    for (uint32_t number = 0; number < LIMIT_BRANCHES; number++)
        for (const struct log *log = first; log != NULL; log = channel_next_branch(channel, log))
            if (log->branch == number && (log_has_head(log) || log->above_from != 0))
                step((int)(node - nodes), (struct event){.kind = EVENT_LOAD_LOG,
                                                         .channel = channel->name,
                                                         .channel_id = channel->id,
                                                         .load = log_save(log)});
}

/* Goes back to a backup, which has so many of its own entries fewer. */
static void go_back(struct node *node, struct core *old, uint64_t back)
{
    const struct id *self = &old->config.identity.node;
    CHECK(old->channels.count <= sizeof backups / sizeof backups[0]);
    memset(backups, 0, sizeof backups);
    for (size_t i = 0; back > 0 && i < old->channels.count; i++)
        log_of_backup(node, &old->channels.list[i], self, back, &backups[i]);
    forget_acts(node);
}

static void load_logs(struct node *node, struct core *old, bool is_backup)
{
    int which = (int)(node - nodes);
    const struct id *self = &old->config.identity.node;
    for (size_t i = 0; i < old->channels.count; i++) {
        struct channel *channel = &old->channels.list[i];
        if (channel_is_direct(channel) && kept_channel(&node->direct, &channel->id) == NULL)
            continue; /* the disk does not know of it, nor of any run in it */
        const struct group_kept *kept = kept_group(&node->vault, &channel->id);
        if (channel->group != NULL && (kept == NULL || kept->state == GROUP_INVITED))
            continue; /* it is not what the channel of that name is */
        step(which, (struct event){.kind = EVENT_LOAD_CHANNEL,
                                   .channel = channel->name,
                                   .channel_id = channel->id,
                                   .node = channel->carried.asker,
                                   .number = channel->carried.bytes,
                                   .asked_wall_ms = channel->carried.asked_wall_ms,
                                   .lamport = channel->lamport});
        for (size_t k = 0; k < channel->log_count; k++) {
            const struct log *log = &channel->logs[k];
            if (channel_log(channel, &log->author) != log)
                continue;
            struct event event = {
                .kind = EVENT_LOAD_LOG, .channel = channel->name, .channel_id = channel->id};
            event.load = backups[i];
            if (!is_backup || !id_equal(&log->author, self))
                load_branches(node, channel, log);
            else if (event.load.seq > 0)
                step(which, event);
        }
    }
}

static void restart(int which)
{
    struct node *node = &nodes[which];
    struct core *old = node->core;
    struct core_config config = configs[which];
    uint8_t how = next(), back = how % 8 < 4 ? 0 : how / 8;
    if (node->stopped || node->overflowed)
        return;
    for (size_t i = 0; i < wire_count; i++) {
        if (wires[i].node != which)
            continue;
        if (wires[i].open && wires[i].peer >= 0)
            fly(wires[i].peer, EVENT_LINK_CLOSED, NULL, 0);
        wires[i].open = false;
        wires[i].number = UINT64_MAX - i; /* the new core counts from the start */
    }
    forget_later(node);
    node->unwritable = false;
    config.process.b[7]++;
    config.seed[7]++;
    config.random[7]++;
    configs[which] = config;
    config.nick = node->kept.nick;
    config.channel_count = node->kept.channel_count;
    memcpy(config.channels, node->kept.channels, sizeof config.channels);
    memcpy(config.is_private, node->kept.is_private, sizeof config.is_private);
    node->core = core_new(&config);
    node->loading = true;
    go_back(node, old, back);
    load_direct(which);
    load_private(which);
    load_logs(node, old, back > 0);
    node->loading = false;
    if (back == 0)
        same_is_known(old, node);
    core_free(old);
    for (size_t i = 0; i < PEOPLE; i++)
        if (node->refused[i])
            step(which, (struct event){.kind = EVENT_REFUSE, .node = authors[i].node});
    step(which, (struct event){.kind = EVENT_TICK});
}
