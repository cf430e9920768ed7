/* Roster: a small list, looked through from end to end.
 *
 * 1. Anybody can make as many identities as he likes, each with a record that holds. So one link may
 *    fill a quarter of the list at most, and what is full gives way slowly: to every second record.
 * 2. A signature costs 55 us, so they are looked at out of a bucket: ROSTER_CHECKS at once, then
 *    ROSTER_CHECKS_S a second; and only of what is not known.
 */
#include "core/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void roster_release(struct roster *roster)
{
    for (size_t i = 0; i < roster->count; i++)
        free(roster->list[i].bytes);
    free(roster->list);
    *roster = (struct roster){0};
}

size_t roster_bytes(const struct roster *roster)
{
    size_t bytes = roster->room * sizeof *roster->list;
    for (size_t i = 0; i < roster->count; i++)
        bytes += roster->list[i].size;
    return bytes;
}

struct spare *roster_find(struct roster *roster, const struct id *node)
{
    for (size_t i = 0; i < roster->count; i++)
        if (id_equal(&roster->list[i].node, node))
            return &roster->list[i];
    return NULL;
}

struct spare *roster_by_link(struct roster *roster, uint64_t link)
{
    for (size_t i = 0; i < roster->count; i++)
        if (roster->list[i].link == link && link != 0)
            return &roster->list[i];
    return NULL;
}

void roster_remove(struct roster *roster, struct spare *spare)
{
    free(spare->bytes);
    *spare = roster->list[--roster->count];
}

static void refill(struct roster *roster, uint64_t now_ms)
{
    uint64_t more = (now_ms - roster->bucket_ms) * ROSTER_CHECKS_S / 1000;
    if (roster->bucket_ms == 0 || more >= ROSTER_CHECKS - roster->checks_left) {
        roster->checks_left = ROSTER_CHECKS;
        roster->bucket_ms = now_ms;
    } else if (more > 0) {
        roster->checks_left += (uint32_t)more;
        roster->bucket_ms += more * 1000 / ROSTER_CHECKS_S;
    }
}

bool roster_wants(struct roster *roster, const struct record *record, uint64_t now_ms,
                  uint64_t wall_ms)
{
    const struct spare *spare = roster_find(roster, &record->node);
    refill(roster, now_ms);
    if ((spare != NULL && spare->number >= record->number) || !record_holds(record, wall_ms) ||
        roster->checks_left == 0)
        return false;
    roster->checks_left--;
    return true;
}

static struct spare *grow(struct roster *roster)
{
    if (roster->count == LIMIT_RECORDS)
        return NULL;
    if (roster->count == roster->room) {
        roster->room = roster->room == 0 ? 6 : 2 * roster->room;
        roster->list = realloc(roster->list, roster->room * sizeof *roster->list);
        CHECK(roster->list != NULL);
    }
    struct spare *spare = &roster->list[roster->count++];
    memset(spare, 0, sizeof *spare);
    return spare;
}

/* A place for a record that this link brings; NULL when it is to have none. */
static struct spare *place(struct roster *roster, struct prng *prng, uint64_t via, uint64_t wall_ms)
{
    struct spare *worst = NULL, *its = NULL;
    size_t from_it = 0;
    for (size_t i = 0; i < roster->count; i++) {
        struct spare *spare = &roster->list[i];
        from_it += spare->via == via;
        if (spare->link != 0)
            continue;
        if (spare->ends_wall_ms <= wall_ms || (spare->fails > 0 && worst == NULL))
            worst = spare;
        if (spare->via == via && (its == NULL || prng_below(prng, 4) == 0))
            its = spare;
    }
    if (from_it >= LIMIT_RECORDS / 4)
        return its;
    if (roster->count < LIMIT_RECORDS)
        return grow(roster);
    if (worst == NULL && prng_below(prng, 2) == 0)
        worst = &roster->list[prng_below(prng, LIMIT_RECORDS)];
    return worst != NULL && worst->link == 0 ? worst : NULL;
}

void roster_put(struct roster *roster, struct prng *prng, const struct record *record, uint64_t via,
                uint64_t wall_ms)
{
    struct spare *spare = roster_find(roster, &record->node);
    if (spare == NULL) {
        spare = place(roster, prng, via, wall_ms);
        if (spare == NULL)
            return;
        free(spare->bytes);
        *spare = (struct spare){.node = record->node, .via = via};
    } else {
        free(spare->bytes);
    }
    spare->number = record->number;
    spare->ends_wall_ms = record->number + (uint64_t)record->lasts_s * 1000;
    spare->size = (uint16_t)record->whole.size;
    spare->bytes = malloc(spare->size);
    CHECK(spare->bytes != NULL);
    memcpy(spare->bytes, record->whole.at, spare->size);
}

struct address roster_address(const struct spare *spare)
{
    struct record record;
    struct address address = {""};
    struct reader r = reader_of((struct bytes){spare->bytes, spare->size});
    CHECK(record_read(&r, &record));
    struct bytes text = record.addresses[spare->fails % record.count];
    memcpy(address.text, text.at, text.size);
    return address;
}
