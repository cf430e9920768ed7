/* Core: the flow. An event comes in; meet.c, frames.c and requests.c take theirs; then work.c does what is
 * due: it ends what is too late, pings, asks, announces, dials, beacons, stops. Everything is
 * decided here and in those four files; the other files of this layer know things and do nothing by
 * themselves.
 *
 * 1. The effects of one step are performed in their order, and each STORE is committed before the
 *    first SEND or own SHOW behind it (invariant 7): so a node's own entry is on disk before a byte
 *    of it leaves.
 * 2. What is announced was stored in an earlier step, or earlier in this one (invariant 8).
 * 3. No step loops over more than the tables of limits.h allow, and none waits.
 * 4. Time comes in with the event; core_deadline() is never in the past after a step, unless a tick
 *    would do something.
 */
#include "core/core.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

struct core *core_new(const struct core_config *config)
{
    uint8_t table_key[16];
    CHECK(sodium_init() >= 0); /* nothing of it decides anything here: it guards memory */
    struct core *core = sodium_malloc(sizeof *core); /* it holds the identity's secret */
    CHECK(core != NULL);
    memset(core, 0, sizeof *core);
    core->config = (struct self){.identity = config->identity,
                                 .network = config->network,
                                 .process = config->process,
                                 .port = config->port,
                                 .nick = config->nick};
    CHECK(config->certificate.size <= sizeof core->certificate);
    core->certificate_size = config->certificate.size;
    if (core->certificate_size > 0)
        memcpy(core->certificate, config->certificate.at, core->certificate_size);
    prng_init(&core->prng, config->seed);
    prng_bytes(&core->prng, table_key, sizeof table_key);
    channels_init(&core->channels, table_key);
    presence_init(&core->presence);
    direct_init(&core->direct, config->random, table_key);
    groups_init(&core->groups, table_key);
    overlay_init(&core->overlay, &core->prng, config->beacons);
    core->punches = (struct punches){
        .off = config->far || !config->beacons, .look_ms = UINT64_MAX, .left = PUNCH_BURST};
    core->holdings.at_ms = UINT64_MAX;
    core->links.hello_ms = config->far ? HELLO_FAR_MS : HELLO_DEADLINE_MS;
    arena_init(&core->arena);
    core->generation = 1;
    core->have_at_ms = core->choice.at_ms = core->choice.peers_at_ms = UINT64_MAX;
    core->choice.change_at_ms = core->choice.kin_at_ms = UINT64_MAX;
    core->carry =
        (struct carry){.most_bytes = config->carry_bytes, .at_ms = UINT64_MAX, .grown = true};
    if (config->channel_count > 0)
        core->channels.current = config->channels[0];
    for (size_t i = 0; i < config->channel_count; i++)
        if (channel_name_ok(config->channels[i].text) &&
            !config->is_private[i]) /* others are loaded */
            channel_join(&core->channels,
                         channel_add(&core->channels, &config->channels[i], &config->network));
    return core;
}

void core_free(struct core *core)
{
    if (core == NULL)
        return;
    saying_release(&core->saying);
    free(core->blocked);
    free(core->refused);
    channels_release(&core->channels);
    presence_release(&core->presence);
    direct_release(&core->direct);
    groups_release(&core->groups);
    link_table_release(&core->links);
    overlay_release(&core->overlay);
    spares_release(&core->spares);
    punch_release(core);
    free(core->holdings.list);
    arena_release(&core->arena);
    free(core->effects);
    sodium_free(core);
}

const struct effect *core_next(struct core *core)
{
    if (core->effect_next < core->effect_count)
        return &core->effects[core->effect_next++];
    effects_reset(core);
    return NULL;
}

/* The channel that an event names. */
static struct channel *channel_of(struct core *core, const struct event *event)
{
    return id_is_zero(&event->channel_id) ? channel_by_name(&core->channels, event->channel.text)
                                          : channel_by_id(&core->channels, &event->channel_id);
}

static void found(struct core *core, const struct event *event)
{
    bool linked =
        !id_is_zero(&event->node) && link_table_to(&core->links, &event->node, NULL) != NULL;
    bool newcomer = false;
    if (block_refuses(core, &event->node))
        return;
    if (event->found == FOUND_BEACON) {
        if (id_equal(&event->node, &core->config.identity.node))
            return;
        newcomer = overlay_heard(&core->overlay, &event->process, &event->address, core->now_ms);
        if (linked || overlay_shunned(&core->overlay, &event->node))
            return;
    }
    bool fresh = overlay_found(&core->overlay, &event->address, event->found, &event->node,
                               newcomer, core->now_ms);
    choice_found(core);
    if (event->found == FOUND_TYPED)
        emit_told(core, fresh ? TOLD_DIALING : TOLD_ALREADY, event->address.text, NULL, 0);
}

/* Frames were dropped: what they said is said again. The generation grows, so that the JOIN is read
 * though nothing else in it is new. */
static void drained(struct core *core, struct link *link)
{
    tree_overflowed(link);
    core->generation++;
    core_send_join(core, link);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (channel->hops > 0 && link_takes(link, &channel->id))
            heads_compare(core, link, channel);
    }
}

static void store_state(struct core *core, bool writable)
{
    if (core->unwritable && writable)
        emit_told(core, TOLD_STORE_BACK, NULL, NULL, 0);
    core->unwritable = !writable;
    carry_bound(core);
    if (writable)
        talk_writable(core);
    for (size_t i = 0; i < core->channels.count; i++)
        core->channels.list[i].ask_at_ms = writable ? core->now_ms : UINT64_MAX;
}

static void looked(struct core *core, struct link *link, const struct event *event)
{
    struct channel *channel = channel_of(core, event);
    if (event->link == 0 && channel != NULL && channel->group != NULL) {
        group_looked(core, channel, event);
        return;
    }
    if (link != NULL && link->state == LINK_UP && channel != NULL && channel->hops > 0)
        heads_looked(core, link, channel, &event->head, event->held);
}

static void bare(struct core *core, const struct event *event)
{
    struct channel *channel = channel_of(core, event);
    if (channel != NULL && channel->hops > 0)
        bodies_bare(core, channel, &event->load.author, event->load.branch, &event->head,
                    event->number);
}

/* As from a link that is gone at once: nothing is asked of a file. */
static struct link *import_link(struct core *core)
{
    core->import = (struct link){.number = LINK_IMPORT, .state = LINK_UP};
    return &core->import;
}

static void import(struct core *core, struct bytes frame)
{
    runs_take(core, import_link(core), frame);
    core_forget_source(core, LINK_IMPORT);
}

static void sifted(struct core *core, struct link *link, const struct event *event)
{
    bool imported = event->link == LINK_IMPORT;
    if (imported)
        link = import_link(core);
    if (link != NULL && link->state == LINK_UP)
        runs_sifted(core, link, event->frame, event->number, &event->sifted);
    if (imported)
        core_forget_source(core, LINK_IMPORT);
}

static bool is_load(enum event_kind kind)
{
    return kind == EVENT_LOAD_CHANNEL || kind == EVENT_LOAD_LOG || kind == EVENT_LOAD_RECEIPT ||
           kind == EVENT_OWN || kind == EVENT_LOAD_PREKEY || kind == EVENT_LOAD_DIRECT ||
           kind == EVENT_LOAD_WAITING || kind == EVENT_LOAD_READ || kind == EVENT_LOAD_KNOWN ||
           kind == EVENT_LOAD_CERTIFIED || kind == EVENT_LOAD_GROUP || kind == EVENT_LOAD_ACT ||
           kind == EVENT_LOAD_KEY;
}

static void take(struct core *core, const struct event *event)
{
    struct link *link = link_table_find(&core->links, event->link);
    switch (event->kind) {
    case EVENT_TICK: break;
    case EVENT_REQUEST: request_take(core, &event->request); break;
    case EVENT_FOUND: found(core, event); break;
    case EVENT_NETWORK:
        overlay_changed(&core->overlay);
        punch_changed(core);
        break;
    case EVENT_OWN: choice_own(core, event->own, event->own_count); break;
    case EVENT_LINK_IN: meet_link_in(core, event); break;
    case EVENT_LINK_OUT:
        if (link != NULL && link->state == LINK_CONNECTING) {
            link->terms.client_key = event->client_key;
            link->near_port = (uint16_t)event->number;
            link->deadline_ms =
                link->punched ? core->now_ms + HELLO_DEADLINE_MS : link->deadline_ms;
            if (link->outbound)
                meet_begin(core, link);
            else
                link->state = LINK_AWAITS_0;
        }
        break;
    case EVENT_FRAME:
        if (link != NULL)
            frame_take(core, link, event->frame);
        break;
    case EVENT_LINK_CLOSED:
        if (link != NULL)
            core_link_gone(core, link, event->why);
        break;
    case EVENT_LINK_DRAINED:
        if (link != NULL && link->state == LINK_UP)
            drained(core, link);
        break;
    case EVENT_STORE: store_state(core, event->writable); break;
    case EVENT_LOAD_CHANNEL: load_channel(core, event); break;
    case EVENT_LOAD_LOG: load_log(core, event); break;
    case EVENT_LOAD_RECEIPT: load_receipt(core, event); break;
    case EVENT_LOAD_PREKEY: cards_load_prekey(core, event); break;
    case EVENT_LOAD_DIRECT: talk_load(core, event); break;
    case EVENT_LOAD_WAITING: sealing_load_waiting(core, event); break;
    case EVENT_LOAD_READ: reading_load(core, event); break;
    case EVENT_LOAD_KNOWN: acquaint_know(core, &event->node); break;
    case EVENT_LOAD_CERTIFIED: load_certified(core, event); break;
    case EVENT_LOAD_GROUP: group_load(core, event); break;
    case EVENT_LOAD_ACT: group_load_act(core, event); break;
    case EVENT_LOAD_KEY: group_load_key(core, event); break;
    case EVENT_AGAIN: group_again(core, event); break;
    case EVENT_CARD: seeks_answer(core, event); break;
    case EVENT_RECALLED: reseal_recalled(core, event); break;
    case EVENT_LOOKED: looked(core, link, event); break;
    case EVENT_SIFTED: sifted(core, link, event); break;
    case EVENT_BARE: bare(core, event); break;
    case EVENT_BLOCK: block_set(core, &event->node, event->held); break;
    case EVENT_DEVICE: group_device(core, &event->node, &event->head.author); break;
    case EVENT_REFUSE: block_refuse(core, &event->node); break;
    case EVENT_IMPORT: import(core, event->frame); break;
    }
}

void core_step(struct core *core, const struct event *event)
{
    arena_reset(&core->arena);
    effects_reset(core);
    link_table_shrink(&core->links);
    core->now_us = event->now_us;
    core->now_ms = event->now_us / 1000;
    core->wall_ms = event->wall_ms;
    core->verified = event->kind == EVENT_FRAME && event->verified;
    if (core->stopped)
        return;
    /* What was said is sealed before anything else happens, but not sent to a link that is gone. */
    bool line = event->kind == EVENT_REQUEST && event->request.kind == REQUEST_SAY;
    bool gone = event->kind == EVENT_LINK_CLOSED;
    if (!line && !gone)
        own_seal(core);
    take(core, event);
    if (gone)
        own_seal(core);
    core->adopting = core->adopting && own_adopts(core);
    /* Lines come in floods, and make nothing due but the tick that seals them. */
    if (!line && !is_load(event->kind))
        core_work(core);
}
