/* What fuzz_core.c knows of direct channels: what a node's disk keeps for them, and what must hold:
 *
 * 7. An own prekey is on disk before a card that names it leaves; the core has those that are on disk.
 * 8. What is said in a direct channel leaves sealed: no frame has the words, and none of its runs is
 *    open.
 * 9. What one of the honest two says there the other reads, if he has the key that it is sealed to.
 * 10. Nobody but the two is in its logs, and the disk knows of the channel before it is told of a run.
 *
 * core_world.h includes this. */
#pragma once

#include "core/talk.h"

#define AUTHORS   4
#define NODES     2
#define PEOPLE    (AUTHORS + NODES) /* the last ones are the nodes themselves */
#define SECRET    "what only two may read. "
#define KEPT_MOST 16

struct kept_direct {
    struct id channel, peer;
    struct channel_name name;
    bool shown;
};

struct kept_waiting {
    struct id channel;
    uint8_t kind;
    uint8_t *body;
    size_t size;
};

struct direct_disk {
    struct own_prekey prekeys[KEPT_MOST];
    size_t prekey_count;
    struct keycard cards[PEOPLE];
    size_t card_count;
    struct kept_direct channels[KEPT_MOST];
    size_t channel_count;
    struct kept_waiting waiting[LIMIT_WAITING];
    size_t waiting_count;
};

static bool has_secret(struct bytes bytes)
{
    const uint8_t *at = bytes.at;
    size_t left = bytes.size, size = sizeof SECRET - 1;
    while (left >= size && (at = memchr(bytes.at + (bytes.size - left), 'w', left - size + 1))) {
        if (memcmp(at, SECRET, size) == 0)
            return true;
        left = bytes.size - (size_t)(at + 1 - bytes.at);
    }
    return false;
}

/* ---- what is written ---- */

static struct own_prekey *kept_prekey(struct direct_disk *disk, const struct id *key)
{
    for (size_t i = 0; i < disk->prekey_count; i++)
        if (id_equal(&disk->prekeys[i].prekey.key, key))
            return &disk->prekeys[i];
    return NULL;
}

static void keep_prekey(struct direct_disk *disk, const struct own_prekey *own)
{
    struct own_prekey *kept = kept_prekey(disk, &own->prekey.key);
    if (kept == NULL) {
        CHECK(disk->prekey_count < LIMIT_PREKEYS);
        kept = &disk->prekeys[disk->prekey_count++];
    }
    *kept = *own;
}

static void drop_prekey(struct direct_disk *disk, const struct id *key)
{
    struct own_prekey *kept = kept_prekey(disk, key);
    CHECK(kept != NULL);
    *kept = disk->prekeys[--disk->prekey_count];
}

static struct keycard *kept_card(struct direct_disk *disk, const struct id *node)
{
    for (size_t i = 0; i < disk->card_count; i++)
        if (id_equal(&disk->cards[i].node, node))
            return &disk->cards[i];
    return NULL;
}

static void keep_card(struct direct_disk *disk, const struct keycard *card)
{
    struct keycard *kept = kept_card(disk, &card->node);
    if (kept == NULL) {
        CHECK(disk->card_count < PEOPLE);
        disk->cards[disk->card_count++] = *card;
    } else if (card_is_newer(card, kept)) {
        *kept = *card;
    }
}

static struct kept_direct *kept_channel(struct direct_disk *disk, const struct id *channel)
{
    for (size_t i = 0; i < disk->channel_count; i++)
        if (id_equal(&disk->channels[i].channel, channel))
            return &disk->channels[i];
    return NULL;
}

static void keep_channel(struct direct_disk *disk, const struct effect *effect)
{
    struct kept_direct *kept = kept_channel(disk, &effect->channel_id);
    CHECK(direct_name_ok(effect->channel.text));
    if (kept == NULL) {
        CHECK(disk->channel_count < KEPT_MOST);
        kept = &disk->channels[disk->channel_count++];
    }
    *kept = (struct kept_direct){effect->channel_id, effect->node, effect->channel, effect->shown};
}

static void keep_waiting(struct direct_disk *disk, const struct effect *effect)
{
    CHECK(disk->waiting_count < LIMIT_WAITING && effect->text.size > 0);
    struct kept_waiting *kept = &disk->waiting[disk->waiting_count++];
    *kept = (struct kept_waiting){effect->channel_id, (uint8_t)effect->number,
                                  malloc(effect->text.size), effect->text.size};
    CHECK(kept->body != NULL);
    memcpy(kept->body, effect->text.at, effect->text.size);
}

static void drop_waiting(struct direct_disk *disk, const struct id *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < disk->waiting_count; i++) {
        if (id_equal(&disk->waiting[i].channel, channel))
            free(disk->waiting[i].body);
        else
            disk->waiting[count++] = disk->waiting[i];
    }
    disk->waiting_count = count;
}

static void empty_direct_disk(struct direct_disk *disk)
{
    for (size_t i = 0; i < disk->waiting_count; i++)
        free(disk->waiting[i].body);
    memset(disk, 0, sizeof *disk);
}

/* True when the effect was one of these. */
static bool do_direct(struct direct_disk *disk, const struct effect *effect,
                      const struct id *network_of)
{
    struct own_prekey own = {.replaced_ms = effect->number};
    switch (effect->kind) {
    case EFFECT_PREKEY:
        own.prekey = effect->prekey;
        keep_prekey(disk, &own);
        return true;
    case EFFECT_UNKEY: drop_prekey(disk, &effect->prekey.key); return true;
    case EFFECT_DIRECT: keep_channel(disk, effect); return true;
    case EFFECT_CARD:
        CHECK(card_verify(&effect->card, network_of));
        keep_card(disk, &effect->card);
        return true;
    case EFFECT_WAITING: keep_waiting(disk, effect); return true;
    case EFFECT_WAITED: drop_waiting(disk, &effect->channel_id); return true;
    default: return false;
    }
}

/* ---- what must hold ---- */

static void card_may_leave(const struct core *core, struct direct_disk *disk,
                           const struct keycard *card)
{
    if (!id_equal(&card->node, &core->config.identity.node))
        return;
    const struct own_prekey *own = kept_prekey(disk, &card->prekey);
    CHECK(own != NULL && own->prekey.number == card->number);
}

static bool is_open(uint8_t kind)
{
    return kind == ENTRY_TEXT || kind == ENTRY_ACTION || kind == ENTRY_EDIT ||
           kind == ENTRY_REACTION;
}

/* Of a run that leaves, or is stored. */
static void run_is_of_two(struct core *core, struct direct_disk *disk, const struct run *run,
                          bool stored)
{
    const struct channel *channel = channel_by_id(&core->channels, &run->entries[0].channel);
    if (channel == NULL || !channel_is_direct(channel))
        return;
    CHECK(!stored || kept_channel(disk, &channel->id) != NULL);
    for (size_t i = 0; i < run->count; i++) {
        CHECK(channel_allows(channel, &core->config.identity.node, &run->entries[i].author));
        CHECK(!is_open(run->entries[i].kind));
    }
}

/* said: what the other honest one wrote there, and how it reads; NULL: he did not, or that is not known. */
static void line_is_read(const struct core *core, const struct entry *entry,
                         const struct entry *line, const struct entry *said)
{
    uint8_t key[SEAL_PREKEY_ID];
    CHECK(id_equal(&line->id, &entry->id) && line->seq == entry->seq);
    if (entry->kind != ENTRY_SEALED || entry->body.at == NULL) {
        CHECK(line->kind == entry->kind);
        return;
    }
    if (said == NULL || !seal_to(entry->body, key) || direct_prekey(&core->direct, key) == NULL)
        return;
    CHECK(line->kind == said->kind && line->body.size == said->body.size);
    CHECK(memcmp(line->body.at, said->body.at, said->body.size) == 0);
}

static void channel_of_two_is_sound(struct core *core, const struct channel *channel)
{
    const struct id *self = &core->config.identity.node;
    CHECK(direct_name_ok(channel->name.text) && !id_equal(&channel->peer, self));
    CHECK(channel_by_name(&core->channels, channel->name.text) == channel);
    CHECK(channel->card.version == 0 || id_equal(&channel->card.node, &channel->peer));
    for (size_t i = 0; i < channel->log_count; i++)
        CHECK(channel_allows(channel, self, &channel->logs[i].author));
}

static void direct_is_sound(struct core *core, struct direct_disk *disk)
{
    const struct direct *direct = &core->direct;
    size_t waiting = 0, quiet = 0;
    CHECK(direct->own_count == disk->prekey_count && direct->own_count <= LIMIT_PREKEYS);
    for (size_t i = 0; i < direct->own_count; i++) {
        const struct own_prekey *own = &direct->own[i];
        const struct own_prekey *kept = kept_prekey(disk, &own->prekey.key);
        CHECK(i == 0 || own->prekey.number >= direct->own[i - 1].prekey.number);
        CHECK(kept != NULL && kept->replaced_ms == own->replaced_ms);
    }
    CHECK(direct->sought_count <= LIMIT_SEEKS_ALL && direct->computed <= direct->known_count);
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        for (size_t k = 0; k < direct->waiting_count; k++)
            waiting += id_equal(&direct->waiting[k].channel, &channel->id) &&
                       (channel_is_direct(channel) || channel->group != NULL);
        if (!channel_is_direct(channel))
            continue;
        channel_of_two_is_sound(core, channel);
        quiet += channel->joined && channel->quiet && channel->log_count == 0;
    }
    CHECK(quiet <= LIMIT_DIRECT_QUIET);
    CHECK(waiting == direct->waiting_count && waiting == disk->waiting_count);
}
