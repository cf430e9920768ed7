/* Perform: what the core asks, done in its order.
 *
 * 1. Entries are appended when STORE comes and committed before the first SEND, or SHOW of an own
 *    line, behind it (invariants 7 and 8). Several steps may share a commit: nothing leaves before
 *    it.
 * 2. When the store fails, the rest of the step's effects are not performed: the core they come
 *    from is given up (node_store_failed).
 */
#include <string.h>

#include "app/node_private.h"

static bool commit(struct node *node)
{
    struct error error;
    if (!store_pending(node->store))
        return true;
    if (store_commit(node->store, &error) == ERROR_NONE)
        return true;
    node_store_failed(node, &error);
    return false;
}

static bool append(struct node *node, const struct effect *effect)
{
    struct error error;
    if (store_append(node->store, &effect->channel, &effect->run, &error) == ERROR_NONE)
        return true;
    node_store_failed(node, &error);
    return false;
}

static void show(struct node *node, const struct effect *effect)
{
    struct show shown = effect->show, row;
    if (shown.kind == SHOW_TOLD && shown.told == TOLD_NO_LINKS &&
        classic_row(node->classic, 0, &row))
        return; /* classic ones follow */
    node_show(node, &shown);
    if (shown.kind == SHOW_MESSAGE && shown.own && shown.via == VIA_LINK)
        classic_say(node->classic, &shown.channel, &shown.nick, shown.text, shown.action);
    if (shown.kind == SHOW_TOLD && shown.told == TOLD_JOINED) {
        struct channel_name channel = {{0}};
        memcpy(channel.text, shown.a.at,
               shown.a.size < LIMIT_CHANNEL ? shown.a.size : LIMIT_CHANNEL);
        node_show_last(node, &channel);
    }
}

void node_keep(struct node *node)
{
    struct core_config kept;
    struct error error;
    core_keep(node->core, &kept);
    node->core_config.nick = kept.nick;
    memcpy(node->core_config.channels, kept.channels, sizeof kept.channels);
    node->core_config.channel_count = kept.channel_count;
    classic_channels(node->classic, kept.channels, kept.channel_count);
    if (profile_keep(node->config.profile, &kept, &error) != ERROR_NONE) {
        char sentence[512];
        error_text(&error, sentence, sizeof sentence);
        node_tell(node, TOLD_WORLD, sentence, NULL, 0);
    }
}

static bool needs_commit(const struct effect *effect)
{
    return effect->kind == EFFECT_SEND || effect->kind == EFFECT_SERVE ||
           (effect->kind == EFFECT_SHOW && effect->show.kind == SHOW_MESSAGE && effect->show.own);
}

/* False when the rest of the step is not to be performed. */
static bool perform(struct node *node, const struct effect *effect)
{
    if (needs_commit(effect) && !commit(node))
        return false;
    switch (effect->kind) {
    case EFFECT_STORE: return append(node, effect);
    case EFFECT_SEND: links_send(node->links, effect->link, effect->frame); break;
    case EFFECT_SERVE: serving_add(&node->serving, effect->link, &effect->want); break;
    case EFFECT_DIAL:
        links_dial(node->links, effect->link, &effect->address, node->now_us / 1000);
        break;
    case EFFECT_HANG_UP:
        serving_forget(&node->serving, effect->link);
        links_hang_up(node->links, effect->link, node->now_us / 1000);
        break;
    case EFFECT_BEACON:
        if (node->beacon != NULL)
            beacon_send(node->beacon);
        break;
    case EFFECT_SHOW: show(node, effect); break;
    case EFFECT_KEEP: node_keep(node); break;
    case EFFECT_LOG: logfile_line(&node->log, effect->text); break;
    case EFFECT_STOP: node->stopped = true; break;
    }
    return true;
}

void node_perform(struct node *node)
{
    const struct effect *effect;
    while ((effect = core_next(node->core)) != NULL)
        if (!perform(node, effect))
            return;
    if (node->stopped)
        commit(node);
}
