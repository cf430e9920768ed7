/* Link: the table of links. Ninety-six places at most, looked through one by one: that costs less
 * than a frame's signature, and needs no care.
 *
 *             DIAL              LINK_OUT            HELLO1                 JOIN
 *   dialled  ------> CONNECTING --------> AWAITS_1 --------> AWAITS_JOIN ------> UP
 *                               < HELLO0            < HELLO2, JOIN
 *
 *             LINK_IN           HELLO0              HELLO2                 JOIN
 *   inbound  --------> AWAITS_0 --------> AWAITS_2 --------> AWAITS_JOIN ------> UP
 *                               < HELLO1            < JOIN
 *
 *   punched is as dialled, where this side has the smaller key; else CONNECTING, LINK_OUT, AWAITS_0, and on
 *   as inbound.
 *
 * What is above an arrow comes in, what is below it is sent. core.c and frames.c perform these; a
 * link that is not UP by deadline_ms is ended.
 */
#include "core/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define PLACES_MORE 4

struct link *link_table_find(struct link_table *table, uint64_t number)
{
    if (number == 0)
        return NULL;
    for (size_t i = 0; i < table->room; i++)
        if (table->list[i].number == number)
            return &table->list[i];
    return NULL;
}

/* The first free place; NULL when there is none and may be none. */
static struct link *place(struct link_table *table)
{
    for (size_t i = 0; i < table->room; i++)
        if (table->list[i].number == 0)
            return &table->list[i];
    size_t was = table->room, room = was + PLACES_MORE;
    room = room < LINKS_ROOM ? room : LINKS_ROOM;
    if (room == was)
        return NULL;
    table->list = realloc(table->list, room * sizeof *table->list);
    CHECK(table->list != NULL);
    memset(table->list + was, 0, (room - was) * sizeof *table->list);
    table->room = room;
    return &table->list[was];
}

struct link *link_table_add(struct link_table *table, uint64_t number, bool outbound,
                            const struct address *address, uint64_t now_ms)
{
    struct link *link = place(table);
    if (link == NULL)
        return NULL;
    memset(link, 0, sizeof *link);
    link->number = number;
    link->state = outbound ? LINK_CONNECTING : LINK_AWAITS_0;
    link->outbound = outbound;
    link->address = *address;
    link->deadline_ms = now_ms + table->hello_ms;
    return link;
}

static void let_go(struct link *link)
{
    link_keep_hello1(link, (struct bytes){NULL, 0});
    link_take(link, 0);
}

void link_table_remove(struct link_table *table, struct link *link)
{
    if (link->state == LINK_UP)
        table->up--;
    let_go(link);
    link->number = 0;
}

void link_table_release(struct link_table *table)
{
    for (size_t i = 0; i < table->room; i++)
        let_go(&table->list[i]);
    free(table->list);
    *table = (struct link_table){0};
}

void link_table_shrink(struct link_table *table)
{
    size_t room = table->room;
    while (room > 0 && table->list[room - 1].number == 0)
        room--;
    if (table->room - room < 2 * PLACES_MORE)
        return;
    table->room = room + PLACES_MORE;
    table->list = realloc(table->list, table->room * sizeof *table->list);
    CHECK(table->list != NULL);
}

struct link link_copy(struct arena *arena, const struct link *link)
{
    struct link copy = *link;
    copy.takes = arena_copy(arena, link->takes, link->takes_count * sizeof *link->takes);
    copy.hello1 = (struct bytes){NULL, 0};
    return copy;
}

void link_take(struct link *link, size_t count)
{
    free(link->takes);
    link->takes = count == 0 ? NULL : calloc(count, sizeof *link->takes);
    CHECK(count == 0 || link->takes != NULL);
    link->takes_count = count;
}

void link_keep_hello1(struct link *link, struct bytes frame)
{
    free((void *)link->hello1.at);
    link->hello1 = (struct bytes){NULL, 0};
    if (frame.size == 0)
        return;
    uint8_t *kept = malloc(frame.size);
    CHECK(kept != NULL);
    memcpy(kept, frame.at, frame.size);
    link->hello1.at = kept;
    link->hello1.size = frame.size;
}

struct link *link_table_to(struct link_table *table, const struct id *node,
                           const struct link *except)
{
    for (size_t i = 0; i < table->room; i++) {
        struct link *link = &table->list[i];
        if (link->number != 0 && link->state == LINK_UP && link != except &&
            id_equal(&link->node, node))
            return link;
    }
    return NULL;
}

struct taken *link_taken(const struct link *link, const struct id *channel)
{
    for (size_t i = 0; i < link->takes_count; i++)
        if (id_equal(&link->takes[i].channel, channel))
            return &link->takes[i];
    return NULL;
}

bool link_takes(const struct link *link, const struct id *channel)
{
    return link_taken(link, channel) != NULL;
}

bool link_hears(const struct link *link, const struct id *channel)
{
    return link->number != 0 && link->state == LINK_UP && link_takes(link, channel);
}

bool link_has_joined(const struct link *link, const struct id *channel)
{
    const struct taken *taken = link_taken(link, channel);
    return taken != NULL && taken->hops == CARRY_HOPS;
}

bool link_is_better(const struct link *a, const struct link *b, const struct id *self)
{
    bool we_are_smaller = id_compare(self, &a->node) < 0;
    if (a->outbound != b->outbound)
        return a->outbound == we_are_smaller;
    return id_compare(&a->terms.client_key, &b->terms.client_key) < 0;
}

uint64_t link_deadline(const struct link *link)
{
    if (link->number == 0)
        return UINT64_MAX;
    if (link->state != LINK_UP)
        return link->deadline_ms;
    uint64_t silent = link->heard_ms + LINK_SILENCE_MS;
    if (link->suspect_ms != 0 && link->suspect_ms < silent)
        silent = link->suspect_ms;
    return link->outbound && link->ping_at_ms < silent ? link->ping_at_ms : silent;
}
