/* Perform: what the core asks, done in its order.
 *
 * 1. Entries are appended when STORE comes, and nothing that could tell of them happens before they
 *    are committed (invariants 7 and 8): what comes behind them waits in a list (deferred.c), with
 *    all that follows it, until node_settle() commits. Several steps share a commit.
 * 2. When the store fails, what waits is not performed, nor the rest of the step: the core they come
 *    from is given up (node_store_failed).
 * 3. What the core asks of the store is answered by events that follow the step, in order: later.c.
 */
#include <stdlib.h>
#include <string.h>

#include "app/node_private.h"
#include "base/check.h"

static bool works(struct node *node, enum error_code code, const struct error *error)
{
    if (code != ERROR_NONE)
        node_store_failed(node, error);
    return code == ERROR_NONE;
}

/* ---- what is carried for others ---- */

/* Notes how much is stored of a channel that has no name here. */
static bool weigh(struct node *node, const struct effect *effect)
{
    struct error error;
    if (effect->channel.text[0] != '\0')
        return true;
    return works(node,
                 store_carried_bytes(node->store, &effect->channel_id, effect->number, &error),
                 &error);
}

static bool carry(struct node *node, const struct effect *effect)
{
    struct error error;
    struct store_carried carried = {.channel = effect->channel_id,
                                    .network = node->core_config.network,
                                    .asker = effect->node,
                                    .asked_wall_ms = effect->asked_wall_ms,
                                    .bytes = effect->number};
    if (effect->kind == EFFECT_CARRY)
        return works(node, store_carry(node->store, &carried, &error), &error);
    if (effect->kind == EFFECT_NAME) {
        node->index_at_ms = 0; /* its lines are to be found from now on */
        return works(node, store_name(node->store, &effect->channel_id, &effect->channel, &error),
                     &error);
    }
    node->sweep_at_ms = 0;
    return works(node, store_drop(node->store, &effect->channel_id, &error), &error);
}

static bool write(struct node *node, const struct effect *effect)
{
    struct error error;
    if (effect->kind == EFFECT_STORE)
        node->index_at_ms = 0; /* there is something to be taken up, once nothing else happens */
    const struct id *network = &node->core_config.network;
    const struct id id = effect->channel_id;
    struct kept_direct direct = {effect->node, id, effect->channel, effect->shown};
    enum error_code code;
    switch (effect->kind) {
    case EFFECT_PREKEY:
        code = store_prekey_put(node->store, network, &effect->prekey, effect->number, &error);
        return works(node, code, &error);
    case EFFECT_UNKEY:
        code = store_prekey_drop(node->store, network, &effect->prekey, &error);
        return works(node, code, &error);
    case EFFECT_DIRECT:
        return works(node, store_direct_put(node->store, network, &direct, &error), &error);
    case EFFECT_CARD:
        code = store_card_put(node->store, network, &effect->card, node->wall_ms, &error);
        return works(node, code, &error);
    case EFFECT_WAITING:
        code = store_waiting_put(node->store, &id, (uint8_t)effect->number, effect->text, &error);
        return works(node, code, &error);
    case EFFECT_WAITED: return works(node, store_waiting_drop(node->store, &id, &error), &error);
    case EFFECT_GROUP:
        code = effect->number == 1
                   ? store_group_drop(node->store, network, &effect->group.channel, &error)
                   : store_group_put(node->store, network, &effect->group, &error);
        return works(node, code, &error);
    case EFFECT_ACT:
        return works(node, store_act_put(node->store, &id, effect->text, &error), &error);
    case EFFECT_KEY:
        return works(node, store_key_put(node->store, &id, effect->text, &error), &error);
    case EFFECT_OPENED:
        node->index_at_ms = 0;
        code = store_opened(node->store, &effect->run.entries[0], &effect->lines[0], &error);
        return works(node, code, &error);
    case EFFECT_CLOSE:
        code = store_close_line(node->store, &effect->run.entries[0],
                                (enum why_closed)effect->number, &error);
        return works(node, code, &error);
    case EFFECT_STORE:
        code = store_append(node->store, &effect->channel, &effect->load, &effect->run,
                            effect->lines, &error);
        return works(node, code, &error) && weigh(node, effect);
    case EFFECT_CARRY:
    case EFFECT_NAME:
    case EFFECT_DROP: return carry(node, effect);
    case EFFECT_PUT:
        return works(node, store_put(node->store, &effect->channel, &id, &effect->load, &error),
                     &error);
    case EFFECT_SPLIT:
        return works(node,
                     store_split(node->store, &effect->channel, &id, &effect->load, &effect->load2,
                                 effect->number, &error),
                     &error);
    default:
        return works(node,
                     store_receipt(node->store, &id, &effect->node, effect->number,
                                   effect->head.seq, &error),
                     &error);
    }
}

/* ---- shows ---- */

/* The oldest place in the order that a face which pages has been shown of the channel. */
static struct shown_from *shown_from(struct node *node, const struct channel_name *channel)
{
    for (size_t i = 0; i < node->shown_count; i++)
        if (strcmp(node->shown[i].channel.text, channel->text) == 0)
            return &node->shown[i];
    struct shown_from *from = &node->shown[node->shown_count % LIMIT_CHANNELS];
    node->shown_count += node->shown_count < LIMIT_CHANNELS;
    *from = (struct shown_from){.channel = *channel, .lamport = UINT64_MAX};
    return from;
}

void node_edited(struct node *node, const struct entry *entry, struct arena *arena,
                 struct entry *edit, struct show *show)
{
    struct bytes nick;
    struct id id;
    uint64_t seq;
    if (store_edited(node->store, &entry->channel, &entry->author, entry->seq, &entry->id, arena,
                     edit))
        show->edited = node_devices_change(node, edit, show) &&
                       entry_edits(edit, &seq, &id, &nick, &show->text);
}

void node_show_entry(struct node *node, const struct channel_name *channel,
                     const struct entry *entry, enum via via, bool liar, bool bulk, bool folded)
{
    struct show show;
    struct entry edit;
    struct arena arena;
    uint8_t list[REACTIONS_BYTES];
    const struct id *self = &node->core_config.identity.node;
    if (!show_entry(&show, channel, entry, self, via, node->wall_ms))
        return;
    if (node->config.pages && !show.adrift) {
        struct shown_from *from = shown_from(node, channel);
        if (bulk && show.lamport < from->lamport)
            return; /* it comes from the store when the reader gets there */
        if (show.lamport < from->lamport)
            from->lamport = show.lamport;
    }
    node_devices_mark(node, entry, &show);
    show.liar = liar;
    if (show.sealed)
        show.nick = show.own ? node->core_config.nick
                             : nick_from_peer((struct bytes){(const uint8_t *)channel->text + 1,
                                                             strlen(channel->text + 1)});
    show.folded = folded;
    if (show.own)
        show.n = core_held(node->core, channel, show.seq);
    show.read = show.own && core_read(node->core, channel, show.seq);
    show.b = (struct bytes){list, store_reactions(node->store, entry, self, list)};
    arena_init(&arena);
    node_edited(node, entry, &arena, &edit, &show);
    node_show(node, &show);
    if (show.own && via == VIA_LINK && channel_name_ok(show.channel.text) &&
        !core_is_private(node->core, channel))
        classic_say(node->classic, &show.channel, &show.nick, show.text, show.action);
    arena_release(&arena);
}

static void show_forgotten(struct node *node, const struct effect *effect,
                           const struct entry *entry)
{
    struct show show = {.kind = SHOW_FORGOTTEN,
                        .channel = effect->channel,
                        .nick = effect->nick,
                        .id = entry->author,
                        .wall_ms = node->wall_ms};
    struct id id;
    if (!entry_forgets(entry, &show.seq, &id))
        return;
    node_show(node, &show);
}

/* Only what the line says now: an edit that comes late, or of a line that was taken back, is none. */
static void show_edited(struct node *node, const struct effect *effect, const struct entry *entry)
{
    struct show show = {.kind = SHOW_EDITED,
                        .channel = effect->channel,
                        .id = entry->author,
                        .via = effect->via,
                        .own = id_equal(&entry->author, &node->core_config.identity.node),
                        .edited = true,
                        .lamport = entry->lamport,
                        .adrift = entry->lamport >= adrift_from(node->wall_ms),
                        .wall_ms = entry->wall_ms};
    struct entry line, newest;
    struct arena arena;
    struct bytes nick, text;
    struct id id;
    if (!entry_edits(entry, &show.seq, &id, &nick, &show.text))
        return;
    show.nick = nick_from_peer(nick);
    arena_init(&arena);
    if (store_entry(node->store, &entry->channel, &entry->author, show.seq, &id, &arena, &line) &&
        entry_text(&line, &nick, &text) &&
        store_edited(node->store, &entry->channel, &entry->author, show.seq, &id, &arena,
                     &newest) &&
        id_equal(&newest.id, &entry->id)) {
        show.action = line.kind == ENTRY_ACTION;
        node_devices_mark(node, &line, &show);
        if (node_devices_change(node, entry, &show))
            node_show(node, &show);
    }
    arena_release(&arena);
}

/* Only what is so now, of a line that is held. */
static void show_reaction(struct node *node, const struct effect *effect, const struct entry *entry)
{
    const struct id *self = &node->core_config.identity.node;
    struct reaction reaction;
    struct entry line, edit;
    struct show show;
    struct arena arena;
    struct id by;
    uint8_t list[REACTIONS_BYTES];
    if (!entry_reacts(entry, &reaction))
        return;
    arena_init(&arena);
    bool put = store_reacts(node->store, &entry->channel, &entry->author, &reaction, &by);
    if (id_equal(&by, &entry->id) &&
        store_entry(node->store, &entry->channel, &reaction.author, reaction.seq, &reaction.id,
                    &arena, &line) &&
        show_entry(&show, &effect->channel, &line, self, effect->via, node->wall_ms)) {
        node_edited(node, &line, &arena, &edit, &show);
        show.kind = SHOW_REACTION;
        show.who = entry->author;
        show.who_nick = nick_from_peer(reaction.nick);
        show.own = id_equal(&entry->author, self);
        show.up = put;
        show.folded = effect->folded;
        show.a = reaction.sign;
        show.b = (struct bytes){list, store_reactions(node->store, &line, self, list)};
        node_show(node, &show);
    }
    arena_release(&arena);
}

static void show_run(struct node *node, const struct effect *effect)
{
    bool liar =
        effect->liar || core_is_liar(node->core, &effect->channel, &effect->run.entries[0].author);
    for (size_t i = 0; i < effect->run.count; i++) {
        const struct entry *entry = &effect->run.entries[i];
        if (entry->kind == ENTRY_FORGET)
            show_forgotten(node, effect, entry);
        else if (entry->kind == ENTRY_DEVICE)
            node_device(node, entry);
        else if (entry->kind == ENTRY_EDIT)
            show_edited(node, effect, entry);
        else if (entry->kind == ENTRY_REACTION)
            show_reaction(node, effect, entry);
        else
            node_show_entry(node, &effect->channel, entry, effect->via, liar, effect->bulk,
                            effect->folded);
    }
}

/* Bodies that were missing go to the store, and what was given one is shown. */
static void fill(struct node *node, const struct effect *effect)
{
    bool filled[LIMIT_RUN_ENTRIES];
    struct error error;
    if (!works(node, store_fill(node->store, &effect->run, effect->lines, filled, &error),
               &error) ||
        !weigh(node, effect))
        return;
    for (size_t i = 0; i < effect->run.count && !effect->quiet; i++) {
        struct effect one = *effect;
        struct entry line = effect->lines != NULL ? effect->lines[i] : effect->run.entries[i];
        one.run = (struct run){&line, 1, effect->run.signature};
        if (filled[i])
            show_run(node, &one);
    }
    for (size_t i = 0; i < effect->run.count; i++)
        if (filled[i] && act_is(effect->run.entries[i].kind))
            node_again_act(node, &effect->run.entries[i]);
}

/* A line that could not be opened reads now. */
static void open_line(struct node *node, const struct effect *effect)
{
    struct effect one = *effect;
    struct arena arena;
    struct entry entry;
    struct error error;
    bool opened;
    arena_init(&arena);
    if (works(node, store_open_line(node->store, effect->lines, &arena, &entry, &opened, &error),
              &error) &&
        opened) {
        one.run = (struct run){&entry, 1, {{0}}};
        one.via = VIA_HISTORY;
        one.bulk = true;
        show_run(node, &one);
    }
    arena_release(&arena);
}

/* What this says gives a channel a window, to be filled with what was said before. A talk that the other goes on
 * with is shown by the line that does so, which is stored behind this. */
static bool opens_window(const struct show *shown)
{
    return shown->kind == SHOW_TOLD &&
           (shown->told == TOLD_JOINED || shown->told == TOLD_DIRECT ||
            shown->told == TOLD_DIRECT_NEW || shown->told == TOLD_JOINED_PRIVATE);
}

static void show(struct node *node, const struct effect *effect)
{
    struct show shown = effect->show, row;
    if (shown.kind == SHOW_TOLD && shown.told == TOLD_NO_LINKS &&
        classic_row(node->classic, 0, &row))
        return; /* classic ones follow */
    bool ignored =
        shown.kind == SHOW_TOLD && shown.told == TOLD_DIRECT_NEW && node_ignores(node, &shown.id);
    if (!ignored)
        node_show(node, &shown);
    if (opens_window(&shown)) {
        struct channel_name channel = {{0}};
        memcpy(channel.text, shown.a.at,
               shown.a.size < LIMIT_CHANNEL ? shown.a.size : LIMIT_CHANNEL);
        node_show_last(node, &channel);
        if (shown.told != TOLD_DIRECT_NEW)
            node_devices_say(node);
    }
}

void node_keep_classic(struct node *node)
{
    struct channel_name open[LIMIT_CHANNELS];
    size_t count = 0;
    for (size_t i = 0; i < node->core_config.channel_count; i++)
        if (channel_name_ok(node->core_config.channels[i].text) &&
            !node->core_config.is_private[i]) /* nothing else is theirs */
            open[count++] = node->core_config.channels[i];
    classic_channels(node->classic, open, count);
}

void node_keep(struct node *node)
{
    struct core_config kept;
    struct error error;
    core_keep(node->core, &kept);
    node->core_config.nick = kept.nick;
    memcpy(node->core_config.channels, kept.channels, sizeof kept.channels);
    memcpy(node->core_config.is_private, kept.is_private, sizeof kept.is_private);
    node->core_config.channel_count = kept.channel_count;
    node_keep_classic(node);
    if (profile_keep(node->config.profile, &kept, &error) != ERROR_NONE) {
        char sentence[512];
        error_text(&error, sentence, sizeof sentence);
        node_tell(node, TOLD_WORLD, sentence, NULL, 0);
    }
}

/* ---- all effects ---- */

static void perform(struct node *node, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SEND: links_send(node->links, effect->link, effect->frame); break;
    case EFFECT_SERVE: serving_add(&node->serving, effect->link, &effect->want); break;
    case EFFECT_DIAL:
        links_dial(node->links, effect->link, &effect->address, node->now_us / 1000);
        break;
    case EFFECT_PUNCH:
        links_punch(node->links, effect->link, (uint16_t)effect->number, &effect->address,
                    effect->server, node->now_us / 1000);
        break;
    case EFFECT_HANG_UP:
        serving_forget(&node->serving, effect->link);
        links_hang_up(node->links, effect->link, node->now_us / 1000);
        break;
    case EFFECT_BEACON:
        if (node->beacon != NULL)
            beacon_send(node->beacon);
        if (node->beacon != NULL && effect->address.text[0] != '\0')
            beacon_answer(node->beacon, &effect->address);
        break;
    case EFFECT_SHOW: show(node, effect); break;
    case EFFECT_SHOW_RUN: show_run(node, effect); break;
    case EFFECT_KEEP: node_keep(node); break;
    case EFFECT_MET:
    case EFFECT_PARTED: node_met(node, effect); break;
    case EFFECT_LOG: logfile_line(&node->log, effect->text); break;
    case EFFECT_STOP: node->stopped = true; break;
    default: CHECK(!"an effect that does not wait");
    }
}

/* What tells nobody of what is not yet committed. */
static bool is_at_once(enum effect_kind kind)
{
    return (kind >= EFFECT_GROUP && kind <= EFFECT_KEY) || kind == EFFECT_OPENED ||
           kind == EFFECT_CLOSE || kind == EFFECT_STORE || kind == EFFECT_SPLIT ||
           kind == EFFECT_PUT || kind == EFFECT_RECEIPT || kind == EFFECT_CARRY ||
           kind == EFFECT_NAME || kind == EFFECT_DROP ||
           (kind >= EFFECT_PREKEY && kind <= EFFECT_CARD) || kind == EFFECT_WAITING ||
           kind == EFFECT_WAITED;
}

static bool needs_commit(const struct node *node, const struct effect *effect)
{
    bool own = effect->kind == EFFECT_SHOW_RUN && effect->via == VIA_LINK &&
               id_equal(&effect->run.entries[0].author, &node->core_config.identity.node);
    return effect->kind == EFFECT_SEND || effect->kind == EFFECT_SERVE ||
           effect->kind == EFFECT_STOP || own;
}

void node_settle(struct node *node)
{
    struct error error;
    const struct effect *effect;
    if (node->store_failed)
        return;
    if (node->deferred.count == 0 && !node->stopped)
        return;
    if (store_pending(node->store) && !works(node, store_commit(node->store, &error), &error))
        return;
    while ((effect = deferred_take(&node->deferred)) != NULL)
        perform(node, effect);
}

void node_perform(struct node *node)
{
    const struct effect *effect;
    while ((effect = core_next(node->core)) != NULL && !node->store_failed) {
        switch (effect->kind) {
        case EFFECT_LOOK: node_look(node, effect); continue;
        case EFFECT_SIFT: node_sift(node, effect); continue;
        case EFFECT_BARE: node_bare(node, effect); continue;
        case EFFECT_SEEK: node_find_card(node, effect); continue;
        case EFFECT_WHOSE: node_whose(node, &effect->node, effect->text); continue;
        case EFFECT_FILL: fill(node, effect); continue;
        case EFFECT_AGAIN: node_again(node, effect); continue;
        case EFFECT_RECALL: node_fetch(node, effect); continue;
        case EFFECT_OPEN: open_line(node, effect); continue;
        default: break;
        }
        if (is_at_once(effect->kind))
            write(node, effect);
        else if (node->deferred.count > 0 ||
                 (store_pending(node->store) && needs_commit(node, effect)))
            deferred_add(&node->deferred, effect);
        else
            perform(node, effect);
    }
    if (deferred_full(&node->deferred))
        node_settle(node);
}
