/* Punched: the table of the nodes that are asked to dial us as we dial them, or that asked it, and who gets into it: those that
 * are known, by notes and records, and not linked. punch.c has what is said and heard.
 *
 *   IDLE --at_ms, ASK--> ASKED --READY--> DIALS --link up--> LINKED
 *     ^ \--ASK heard--> READY --at_ms-------^                  |
 *     +----------- failed, the link ended -----------------------+
 *
 * 1. The table has LIMIT_PUNCHED places; at the bound who was longest of no use is forgotten.
 * 2. What is begun, as who asks or is asked, comes out of one bucket.
 * 3. Among many nodes nobody has to be linked to all: what is known by record alone is left alone there.
 * 4. A note does not say over how many nodes it came. So who is two nodes off is asked by one who has no link to him, in vain: a
 *    frame, PUNCH_TRIES times, and then rarely.
 */
#include <stdlib.h>

#include "base/check.h"
#include "core/state.h"

/* ---- the table ---- */

struct punched *punched_find(const struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->punches.count; i++)
        if (id_equal(&core->punches.list[i].node, node))
            return &core->punches.list[i];
    return NULL;
}

struct punched *punched_by_link(const struct core *core, uint64_t link)
{
    for (size_t i = 0; i < core->punches.count; i++)
        if (core->punches.list[i].link == link && link != 0)
            return &core->punches.list[i];
    return NULL;
}

/* Who was longest of no use; NULL when all are in use. */
static struct punched *oldest(struct punches *punches)
{
    struct punched *found = NULL;
    for (size_t i = 0; i < punches->count; i++) {
        struct punched *punched = &punches->list[i];
        if (punched->state == PUNCHED_IDLE && (found == NULL || punched->use_ms < found->use_ms))
            found = punched;
    }
    return found;
}

struct punched *punched_place(struct core *core, const struct id *node)
{
    struct punches *punches = &core->punches;
    struct punched *punched = punched_find(core, node);
    if (punched != NULL)
        return punched;
    if (punches->count == punches->room && punches->room < LIMIT_PUNCHED) {
        punches->room = punches->room == 0 ? 2 : punches->room * 2;
        punches->list = realloc(punches->list, punches->room * sizeof *punches->list);
        CHECK(punches->list != NULL);
    }
    punched = punches->count < punches->room ? &punches->list[punches->count++] : oldest(punches);
    if (punched != NULL)
        *punched = (struct punched){.node = *node, .at_ms = UINT64_MAX, .use_ms = core->now_ms};
    return punched;
}

void punch_release(struct core *core)
{
    free(core->punches.list);
    core->punches.list = NULL;
    core->punches.count = core->punches.room = 0;
}

bool punched_begins(const struct core *core, const struct id *node)
{
    return id_compare(&core->config.identity.node, node) < 0;
}

void punched_failed(const struct core *core, struct punched *punched)
{
    punched->state = PUNCHED_IDLE;
    punched->link = 0;
    punched->worked = false;
    punched->use_ms = core->now_ms;
    if (punched->fails < UINT8_MAX)
        punched->fails++;
    punched->at_ms =
        !punched_begins(core, &punched->node)
            ? UINT64_MAX
            : core->now_ms + (punched->fails < PUNCH_TRIES ? PUNCH_AGAIN_MS : PUNCH_RARE_MS);
}

uint64_t punched_refill_ms(struct punches *punches, uint64_t now_ms)
{
    while (punches->left < PUNCH_BURST && now_ms - punches->bucket_ms >= PUNCH_REFILL_MS) {
        punches->left++;
        punches->bucket_ms += PUNCH_REFILL_MS;
    }
    if (punches->left == PUNCH_BURST)
        punches->bucket_ms = now_ms;
    return punches->left > 0 ? now_ms : punches->bucket_ms + PUNCH_REFILL_MS;
}

/* ---- whom ---- */

/* A note of a channel that is only carried for others is none of this node's business. */
static bool counts(struct core *core, const struct noted *noted)
{
    const struct channel *channel = channel_by_id(&core->channels, &noted->note.channel);
    return channel != NULL && channel->joined && presence_holds(noted, core->now_ms);
}

uint64_t punched_known_by(struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->presence.count; i++) {
        const struct noted *noted = &core->presence.list[i];
        if (id_equal(&noted->note.node, node) && counts(core, noted))
            return noted->via;
    }
    const struct punched *punched = punched_find(core, node);
    const struct link *via =
        punched != NULL && punched->worked ? link_table_find(&core->links, punched->via) : NULL;
    if (via != NULL && via->state == LINK_UP)
        return via->number;
    const struct spare *spare = core->many ? NULL : spares_find(&core->spares, node);
    return spare != NULL && spare->fails > 0 ? spare->via : 0;
}

bool punched_may_link(struct core *core, const struct id *node)
{
    return link_table_to(&core->links, node, NULL) == NULL &&
           !overlay_shunned(&core->overlay, node) && !block_refuses(core, node) &&
           (choice_wants_more(core) || kin_is_wanted(core, node));
}

void punched_consider(struct core *core, const struct id *node)
{
    if (!punched_begins(core, node) || !punched_may_link(core, node))
        return;
    struct punched *punched = punched_place(core, node);
    if (punched != NULL && punched->state == PUNCHED_IDLE && punched->at_ms == UINT64_MAX)
        punched->at_ms = core->now_ms + PUNCH_AFTER_MS;
}

void punched_look(struct core *core)
{
    struct punches *punches = &core->punches;
    size_t idle = 0;
    for (size_t i = 0; i < punches->count; i++)
        idle += punches->list[i].state == PUNCHED_IDLE;
    if (core->many && idle == punches->count)
        punch_release(core);
    punches->look_ms = UINT64_MAX;
    for (size_t i = 0; i < core->presence.count; i++)
        if (counts(core, &core->presence.list[i]))
            punched_consider(core, &core->presence.list[i].note.node);
    for (size_t i = 0; !core->many && i < core->spares.count; i++)
        if (core->spares.list[i].fails > 0)
            punched_consider(core, &core->spares.list[i].node);
}
