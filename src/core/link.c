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
 * What is above an arrow comes in, what is below it is sent. core.c and frames.c perform these; a
 * link that is not UP by deadline_ms is ended.
 */
#include "core/link.h"

#include <string.h>

struct link *link_table_find(struct link_table *table, uint64_t number)
{
    if (number == 0)
        return NULL;
    for (size_t i = 0; i < LINKS_ROOM; i++)
        if (table->list[i].number == number)
            return &table->list[i];
    return NULL;
}

struct link *link_table_add(struct link_table *table, uint64_t number, bool outbound,
                            const struct address *address, uint64_t now_ms)
{
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &table->list[i];
        if (link->number != 0)
            continue;
        memset(link, 0, sizeof *link);
        link->number = number;
        link->state = outbound ? LINK_CONNECTING : LINK_AWAITS_0;
        link->outbound = outbound;
        link->address = *address;
        link->deadline_ms = now_ms + table->hello_ms;
        return link;
    }
    return NULL;
}

void link_table_remove(struct link_table *table, struct link *link)
{
    if (link->state == LINK_UP)
        table->up--;
    link->number = 0;
}

struct link *link_table_to(struct link_table *table, const struct id *node,
                           const struct link *except)
{
    for (size_t i = 0; i < LINKS_ROOM; i++) {
        struct link *link = &table->list[i];
        if (link->number != 0 && link->state == LINK_UP && link != except &&
            id_equal(&link->node, node))
            return link;
    }
    return NULL;
}

bool link_takes(const struct link *link, const struct id *channel)
{
    for (size_t i = 0; i < link->takes_count; i++)
        if (id_equal(&link->takes[i], channel))
            return true;
    return false;
}

const struct digest *link_digest(const struct link *link, const struct id *channel)
{
    for (size_t i = 0; i < link->takes_count; i++)
        if (id_equal(&link->takes[i], channel))
            return &link->digests[i];
    return NULL;
}

bool link_hears(const struct link *link, const struct id *channel)
{
    return link->number != 0 && link->state == LINK_UP && link_takes(link, channel);
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
