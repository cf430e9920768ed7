/* Recover: the core as it is made from what is on disk: at the start, and again when the store failed.
 *
 * When the store fails (disk full, disk gone), what the core believes is no longer what is on disk.
 * The node then does what it would do after a crash: it drops its links, makes the core anew from
 * what is on disk, and goes on, telling the core that nothing can be written until a probe every
 * STORE_RETRY_MS succeeds.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/node_private.h"

#define STORE_RETRY_MS 2000

/* Lines that could not be said yet. */
static void load_waiting(struct node *node, const struct id *channel,
                         const struct channel_name *name)
{
    struct event waiting = {.kind = EVENT_LOAD_WAITING, .channel = *name};
    uint8_t kind;
    arena_reset(&node->arena);
    for (size_t k = 0; store_waiting(node->store, channel, k, &node->arena, &kind, &waiting.frame);
         k++) {
        waiting.number = kind;
        node_step(node, &waiting);
    }
}

/* Keys, whom this node knows by a card, and with whom it has a channel of two. */
static void load_direct(struct node *node)
{
    const struct id *network = &node->core_config.network;
    struct event event = {.kind = EVENT_LOAD_PREKEY};
    struct kept_direct direct;
    for (size_t i = 0; store_prekey(node->store, network, i, &event.prekey, &event.number); i++)
        node_step(node, &event);
    sodium_memzero(&event, sizeof event);
    event.kind = EVENT_LOAD_KNOWN;
    arena_reset(&node->arena);
    struct id *known = arena_take(&node->arena, LIMIT_ACQUAINTED * sizeof *known);
    size_t count = store_card_nodes(node->store, network, known, LIMIT_ACQUAINTED);
    for (size_t i = 0; i < count; i++) {
        event.node = known[i];
        node_step(node, &event);
    }
    for (size_t i = 0; store_direct(node->store, network, i, &direct); i++) {
        struct event load = {.kind = EVENT_LOAD_DIRECT,
                             .channel = direct.name,
                             .node = direct.peer,
                             .held = direct.shown};
        store_card(node->store, network, &direct.peer, &load.card);
        node_step(node, &load);
        struct event read = {.kind = EVENT_LOAD_READ, .channel = direct.name};
        const struct id *self = &node->config.profile->identity.node;
        read.number = store_read_mark(node->store, &direct.channel, &direct.peer);
        read.lamport = store_read_mark(node->store, &direct.channel, self);
        node_step(node, &read);
        load_waiting(node, &direct.channel, &direct.name);
    }
}

/* What is at hand of private channels. */
static void load_groups(struct node *node)
{
    const struct id *network = &node->core_config.network;
    struct event event = {.kind = EVENT_LOAD_GROUP};
    for (size_t i = 0; store_group(node->store, network, i, &event.group); i++) {
        const struct id channel = event.group.channel;
        event.number = store_closed_count(node->store, &channel);
        node_step(node, &event);
        struct event act = {.kind = EVENT_LOAD_ACT, .channel_id = channel};
        struct id id = {{0}};
        arena_reset(&node->arena);
        while (store_act_next(node->store, &channel, &id, &node->arena, &act.frame)) {
            node_step(node, &act);
            arena_reset(&node->arena);
        }
        struct loose_key key;
        struct event load = {.kind = EVENT_LOAD_KEY,
                             .channel_id = channel,
                             .frame = {(const uint8_t *)&key, sizeof key}};
        for (size_t k = 0; store_key(node->store, &channel, k, &key); k++)
            node_step(node, &load);
        sodium_memzero(&key, sizeof key);
        load_waiting(node, &channel, &event.group.name);
    }
}

/* What is kept for others, of this network. */
static void load_carried(struct node *node)
{
    struct store_carried carried;
    for (size_t i = 0; store_carried_at(node->store, i, &carried); i++) {
        if (!id_equal(&carried.network, &node->core_config.network))
            continue;
        struct event event = {.kind = EVENT_LOAD_CHANNEL,
                              .channel_id = carried.channel,
                              .node = carried.asker,
                              .number = carried.bytes,
                              .asked_wall_ms = carried.asked_wall_ms};
        event.lamport = store_clock(node->store, &carried.channel, adrift_from(node->wall_ms));
        node_step(node, &event);
        struct event log = {.kind = EVENT_LOAD_LOG, .channel_id = carried.channel};
        for (size_t k = 0; store_log(node->store, &carried.channel, k, &log.load); k++)
            node_step(node, &log);
        struct event receipt = {.kind = EVENT_LOAD_RECEIPT, .channel_id = carried.channel};
        for (size_t k = 0; store_receipt_at(node->store, &carried.channel, k, &receipt.node,
                                            &receipt.number, &receipt.head.seq);
             k++)
            node_step(node, &receipt);
    }
}

/* Of the newest lines of direct channels those that could not be opened: they are asked for again, as when they came. */
static void ask_for_closed(struct node *node)
{
    struct kept_direct direct;
    struct entry entry;
    for (size_t i = 0; store_direct(node->store, &node->core_config.network, i, &direct); i++) {
        arena_reset(&node->arena);
        store_last(node->store, &direct.channel, LIMIT_CLOSED);
        while (store_last_next(node->store, &node->arena, &entry))
            if (entry.kind == ENTRY_SEALED && entry.body.at != NULL)
                node_again_act(node, &entry);
    }
}

void node_load(struct node *node, bool writable)
{
    struct event event = {.kind = EVENT_LOAD_CHANNEL};
    struct id id;
    struct core_config *config = &node->core_config, kept;
    /* The core keeps these in guarded memory; what its next one is made of does not. */
    config->identity = node->config.profile->identity;
    randombytes_buf(config->random, sizeof config->random);
    node_devices_load(node);
    for (size_t i = 0; i < config->channel_count; i++)
        config->is_private[i] =
            store_group_named(node->store, &config->network, &config->channels[i], &id);
    node->core = core_new(config);
    sodium_memzero(config->identity.secret, sizeof config->identity.secret);
    sodium_memzero(config->random, sizeof config->random);
    struct event store = {.kind = EVENT_STORE, .writable = false};
    if (!writable)
        node_step(node, &store);
    node->again_count = 0; /* what is left of it is asked for again */
    load_direct(node);
    load_groups(node);
    for (size_t i = 0; store_channel(node->store, i, &event.channel, &id, &event.lamport); i++) {
        struct id expected;
        if (!store_channel_id(node->store, &config->network, &event.channel, &expected) ||
            !id_equal(&id, &expected))
            continue; /* of another network */
        node_step(node, &event);
        node_devices_channel(node, &event.channel, &id);
        struct event log = {.kind = EVENT_LOAD_LOG, .channel = event.channel};
        for (size_t k = 0; store_log(node->store, &id, k, &log.load); k++) {
            node_met_before(node, &log.load);
            node_step(node, &log);
        }
        struct event receipt = {.kind = EVENT_LOAD_RECEIPT, .channel = event.channel};
        for (size_t k = 0; store_receipt_at(node->store, &id, k, &receipt.node, &receipt.number,
                                            &receipt.head.seq);
             k++)
            node_step(node, &receipt);
    }
    load_carried(node);
    /* With any other event the core works, and says things: it must know by then what it has said. */
    node_trust_load(node);
    node_devices_refuse(node);
    ask_for_closed(node);
    core_keep(node->core, &kept); /* with the direct channels */
    memcpy(config->channels, kept.channels, sizeof kept.channels);
    memcpy(config->is_private, kept.is_private, sizeof kept.is_private);
    config->channel_count = kept.channel_count;
    node_say_own(node);
}

bool node_open_store(struct node *node, struct error *error)
{
    char path[600], aside[700];
    struct id network = network_id(node->config.network_secret);
    snprintf(path, sizeof path, "%s/history.db", node->config.profile->path);
    node->store = store_open(path, aside, sizeof aside, error);
    if (node->store != NULL && aside[0] != '\0')
        node_tell(node, TOLD_STORE_ASIDE, aside, NULL, 0);
    snprintf(path, sizeof path, "%s/search.db", node->config.profile->path);
    if (node->store != NULL)
        node->search = search_open(path, node->store, &network);
    node->index_at_ms = 0;
    return node->store != NULL;
}

bool node_open_links(struct node *node, struct error *error)
{
    uint16_t port = node->links != NULL ? links_port(node->links) : node->config.port;
    bool fixed = node->links != NULL || node->config.port_fixed;
    if (node->links != NULL)
        links_close_all(node->links, 0);
    node->links = links_open_by(node->config.context, node->config.network_secret, port, fixed,
                                &node->config.ways, error);
    return node->links != NULL;
}

void node_store_failed(struct node *node, const struct error *error)
{
    char sentence[512];
    struct error why;
    error_text(error, sentence, sizeof sentence);
    node_tell(node, TOLD_STORE_FAILED, sentence, NULL, 0);
    logfile_line(&node->log, (struct bytes){(uint8_t *)sentence, strlen(sentence)});
    node->store_failed = true;
    store_rollback(node->store);
    if (store_damaged(node->store)) {
        search_close(node->search);
        node->search = NULL;
        store_close(node->store);
        if (!node_open_store(node, &why)) {
            error_text(&why, sentence, sizeof sentence);
            node_tell(node, TOLD_WORLD, sentence, NULL, 0);
            node->stopped = true;
            return;
        }
    }
}

/* After the step that failed: everything as after a crash. */
void node_start_over(struct node *node)
{
    struct error error;
    bool unsaid = core_unsaid(node->core) > 0 ||
                  deferred_says(&node->deferred, &node->core_config.identity.node);
    node->store_failed = false;
    node->serving.count = 0;
    deferred_release(&node->deferred);
    node_forget_later(node);
    if (!node_open_links(node, &error)) {
        char sentence[512];
        error_text(&error, sentence, sizeof sentence);
        node_tell(node, TOLD_WORLD, sentence, NULL, 0);
        node->stopped = true;
        return;
    }
    core_free(node->core);
    randombytes_buf(node->core_config.seed, sizeof node->core_config.seed);
    randombytes_buf(node->core_config.process.b, sizeof node->core_config.process.b);
    node_load(node, false);
    node_show_current(node);
    if (unsaid)
        node_tell(node, TOLD_STORE_FULL, NULL, NULL, 0);
    for (size_t i = 0; i < node->typed_count; i++) {
        struct event found = {
            .kind = EVENT_FOUND, .found = FOUND_TYPED_ALSO, .address = node->typed[i]};
        node_step(node, &found);
    }
    node_recall(node);
    node->retry_store_ms = node->now_us / 1000 + STORE_RETRY_MS;
}

void node_retry_store(struct node *node)
{
    struct error error;
    if (store_probe(node->store, &error) != ERROR_NONE) {
        node->retry_store_ms = node->now_us / 1000 + STORE_RETRY_MS;
        return;
    }
    struct event event = {.kind = EVENT_STORE, .writable = true};
    node->retry_store_ms = 0;
    node_step(node, &event);
}
