/* Seeks: cards that somebody looks for (PROTOCOL.md section 10.1).
 *
 *     a line waits for a key --> SEEK to all who are linked --> held there: CARD
 *                                                           --> not held: kept there, and asked of those behind him
 *                                CARD <-- passed back to whom it was kept for <-- CARD
 *
 * 1. Who passes on a question asks it with one hop less, once, however many ask him: and of all together SEEKS_PASSED in
 *    CARD_CHECKS_MS. What a link asks for itself (with the most hops) has places of its own: so somebody who asks for many whom
 *    nobody knows takes none from those who pass that on.
 * 2. A card that was asked for by others alone goes back, and is not kept: made up nodes fill no disk.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/talk.h"

static bool is_up(const struct link *link)
{
    return link->number != 0 && link->state == LINK_UP;
}

/* ---- asking ---- */

static void ask(struct core *core, struct link *link, const struct id *node, uint8_t hops)
{
    struct writer w = frame_writer(core, WIRE_SEEK_BYTES);
    if (id_equal(&link->node, node))
        return; /* he has said it */
    wire_write_seek(&w, &(struct seek){*node, hops});
    emit_send(core, link, written(&w));
}

void seeks_ask(struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (is_up(&core->links.list[i]))
            ask(core, &core->links.list[i], node, CARRY_HOPS);
}

void seeks_begin(struct core *core, const struct channel *channel)
{
    emit(core, EFFECT_SEEK)->node = channel->peer;
    seeks_ask(core, &channel->peer);
}

/* ---- those of others ---- */

/* The most hops with which some link that is up asks for him; 0: none does. */
static uint8_t asked_for(struct core *core, const struct id *node)
{
    const struct direct *direct = &core->direct;
    uint8_t most = 0;
    for (size_t i = 0; i < direct->sought_count; i++) {
        const struct sought *sought = &direct->sought[i];
        if (id_equal(&sought->node, node) && sought->hops > most &&
            link_table_find(&core->links, sought->link) != NULL)
            most = sought->hops;
    }
    return most;
}

bool seeks_have(struct core *core, const struct id *node)
{
    return asked_for(core, node) > 0;
}

static bool may_pass(struct core *core)
{
    struct direct *direct = &core->direct;
    if (core->now_ms - direct->passed_from_ms >= CARD_CHECKS_MS) {
        direct->passed_from_ms = core->now_ms;
        direct->passed = 0;
    }
    return ++direct->passed <= SEEKS_PASSED;
}

/* What could not be passed on now claims nothing further: who asks later may have it passed on. */
static void pass_on(struct core *core, struct sought *sought)
{
    if (sought->hops < 2)
        return;
    if (!may_pass(core)) {
        sought->hops = 1;
        return;
    }
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (is_up(link) && link->number != sought->link)
            ask(core, link, &sought->node, sought->hops - 1);
    }
}

static void drop(struct direct *direct, size_t at)
{
    direct->sought_count--;
    memmove(&direct->sought[at], &direct->sought[at + 1],
            (direct->sought_count - at) * sizeof *direct->sought);
}

/* It was asked for others, and is asked for himself now: it takes a place of that kind. */
static bool becomes_other(const struct sought *sought, const struct sought *asked)
{
    return sought->link == asked->link && id_equal(&sought->node, &asked->node) &&
           asked->hops > sought->hops && sought->own != (asked->hops == CARRY_HOPS);
}

/* Those of links that are gone go; and of more than there may be the link's oldest of that kind: what it passes on pushes out
 * nothing of its own. NULL: there is no room. */
static struct sought *place(struct core *core, const struct sought *asked)
{
    struct direct *direct = &core->direct;
    bool own = asked->hops == CARRY_HOPS;
    size_t of_kind = 0, oldest = 0;
    for (size_t i = direct->sought_count; i-- > 0;)
        if (link_table_find(&core->links, direct->sought[i].link) == NULL ||
            becomes_other(&direct->sought[i], asked))
            drop(direct, i);
    for (size_t i = direct->sought_count; i-- > 0;) {
        struct sought *sought = &direct->sought[i];
        if (sought->link != asked->link)
            continue;
        if (id_equal(&sought->node, &asked->node))
            return sought;
        if (sought->own == own) {
            of_kind++;
            oldest = i;
        }
    }
    if (of_kind == LIMIT_SEEKS)
        drop(direct, oldest);
    if (direct->sought_count == LIMIT_SEEKS_ALL)
        return NULL;
    direct->sought[direct->sought_count] =
        (struct sought){.link = asked->link, .node = asked->node, .own = own};
    return &direct->sought[direct->sought_count++];
}

/* Keeps the question, if there is room, and asks on. */
static void keep(struct core *core, const struct sought *asked)
{
    struct direct *direct = &core->direct;
    uint8_t before = asked_for(core, &asked->node);
    if (direct->sought == NULL)
        direct->sought = calloc(LIMIT_SEEKS_ALL, sizeof *direct->sought);
    CHECK(direct->sought != NULL);
    struct sought *sought = place(core, asked);
    if (sought == NULL || asked->hops <= sought->hops)
        return;
    sought->hops = asked->hops;
    if (asked->hops > before)
        pass_on(core, sought);
}

/* A card that needs no file; NULL: there is none. */
static const struct keycard *held(struct core *core, const struct id *node)
{
    const struct channel *channel = talk_with(core, node);
    const struct person *person = groups_person(&core->groups, node);
    if (channel != NULL && channel->card.version != 0)
        return &channel->card;
    return person != NULL && person->card.version != 0 ? &person->card : NULL;
}

void seeks_take(struct core *core, struct link *link, struct bytes frame)
{
    struct seek seek;
    if (!wire_read_seek(frame, &seek)) {
        frame_breaks_rules(core, link, "a SEEK that does not parse");
        return;
    }
    if (cards_too_many(core, link))
        return;
    if (id_equal(&seek.node, &core->config.identity.node)) {
        cards_send_own(core, link);
        return;
    }
    const struct keycard *card = held(core, &seek.node);
    if (card != NULL) {
        cards_send(core, link, card);
        return;
    }
    struct effect *effect = emit(core, EFFECT_SEEK);
    effect->link = link->number;
    effect->node = seek.node;
    effect->number = seek.hops;
}

void seeks_answer(struct core *core, const struct event *event)
{
    struct link *link = link_table_find(&core->links, event->link);
    if (link != NULL && link->state == LINK_UP) {
        if (event->card.version != 0)
            cards_send(core, link, &event->card);
        else
            keep(core, &(struct sought){.link = event->link,
                                        .node = event->node,
                                        .hops = (uint8_t)event->number});
        return;
    }
    if (event->link == 0 && event->card.version != 0)
        cards_note(core, &event->card);
    struct channel *channel = event->link == 0 ? talk_with(core, &event->node) : NULL;
    if (channel == NULL)
        return;
    if (event->card.version != 0 &&
        (channel->card.version == 0 || card_is_newer(&event->card, &channel->card)))
        channel->card = event->card;
    reseal_soon(core);
}

void seeks_found(struct core *core, const struct keycard *card)
{
    struct direct *direct = &core->direct;
    for (size_t i = direct->sought_count; i-- > 0;) {
        if (!id_equal(&direct->sought[i].node, &card->node))
            continue;
        struct link *link = link_table_find(&core->links, direct->sought[i].link);
        if (link != NULL && link->state == LINK_UP)
            cards_send(core, link, card);
        drop(direct, i);
    }
}

/* Of those that ask as far for the same node. */
static bool is_first(const struct direct *direct, size_t at)
{
    const struct sought *sought = &direct->sought[at];
    for (size_t i = 0; i < at; i++)
        if (direct->sought[i].hops == sought->hops &&
            id_equal(&direct->sought[i].node, &sought->node))
            return false;
    return true;
}

void seeks_link_up(struct core *core, struct link *link)
{
    const struct direct *direct = &core->direct;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (channel_is_direct(channel) && channel->joined && channel->card.version == 0)
            ask(core, link, &channel->peer, CARRY_HOPS);
    }
    for (size_t i = 0; i < direct->sought_count; i++) {
        const struct sought *sought = &direct->sought[i];
        if (sought->hops > 1 && is_first(direct, i) &&
            asked_for(core, &sought->node) == sought->hops && may_pass(core))
            ask(core, link, &sought->node, sought->hops - 1);
    }
}
