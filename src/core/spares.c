/* Spares: a small list, looked through from end to end.
 *
 * 1. Anybody can make as many identities as he likes, each with a record that holds. So one link may
 *    fill a quarter of the list at most, and what is full gives way slowly: to every second record.
 *    At once goes what others have by now, or who had no room: records wander rather than multiply, and those of
 *    the first nodes of all do not fill every list.
 *    Kin stays, half of the list at most.
 * 2. A signature costs 55 us, so they are looked at out of a bucket: SPARES_CHECKS at once, then
 *    SPARES_CHECKS_S a second; and only of what is not known.
 */
#include "core/spares.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void spares_release(struct spares *spares)
{
    for (size_t i = 0; i < spares->count; i++)
        free(spares->list[i].bytes);
    free(spares->list);
    *spares = (struct spares){0};
}

size_t spares_bytes(const struct spares *spares)
{
    size_t bytes = spares->room * sizeof *spares->list;
    for (size_t i = 0; i < spares->count; i++)
        bytes += spares->list[i].size;
    return bytes;
}

struct spare *spares_find(struct spares *spares, const struct id *node)
{
    for (size_t i = 0; i < spares->count; i++)
        if (id_equal(&spares->list[i].node, node))
            return &spares->list[i];
    return NULL;
}

struct spare *spares_by_link(struct spares *spares, uint64_t link)
{
    for (size_t i = 0; i < spares->count; i++)
        if (spares->list[i].link == link && link != 0)
            return &spares->list[i];
    return NULL;
}

void spares_remove(struct spares *spares, struct spare *spare)
{
    free(spare->bytes);
    *spare = spares->list[--spares->count];
}

static void refill(struct spares *spares, uint64_t now_ms)
{
    uint64_t more = (now_ms - spares->bucket_ms) * SPARES_CHECKS_S / 1000;
    if (spares->bucket_ms == 0 || more >= SPARES_CHECKS - spares->checks_left) {
        spares->checks_left = SPARES_CHECKS;
        spares->bucket_ms = now_ms;
    } else if (more > 0) {
        spares->checks_left += (uint32_t)more;
        spares->bucket_ms += more * 1000 / SPARES_CHECKS_S;
    }
}

bool spares_wants(struct spares *spares, const struct record *record, uint64_t now_ms,
                  uint64_t wall_ms)
{
    const struct spare *spare = spares_find(spares, &record->node);
    refill(spares, now_ms);
    if ((spare != NULL && spare->number >= record->number) || !record_holds(record, wall_ms) ||
        spares->checks_left == 0)
        return false;
    spares->checks_left--;
    return true;
}

static struct spare *grow(struct spares *spares)
{
    if (spares->count == LIMIT_RECORDS)
        return NULL;
    if (spares->count == spares->room) {
        spares->room = spares->room == 0 ? 5 : 2 * spares->room; /* 5, 10, 20, LIMIT_RECORDS */
        spares->list = realloc(spares->list, spares->room * sizeof *spares->list);
        CHECK(spares->list != NULL);
    }
    struct spare *spare = &spares->list[spares->count++];
    memset(spare, 0, sizeof *spare);
    return spare;
}

/* A place for a record that this link brings; NULL when it is to have none. */
static struct spare *place(struct spares *spares, struct prng *prng, uint64_t via, uint64_t wall_ms,
                           bool kin)
{
    struct spare *worst = NULL, *its = NULL, *any = NULL;
    size_t from_it = 0, all_kin = 0;
    uint32_t seen = 0;
    for (size_t i = 0; i < spares->count; i++) {
        struct spare *spare = &spares->list[i];
        from_it += spare->via == via;
        all_kin += spare->kin;
        if (spare->link != 0)
            continue;
        if (spare->ends_wall_ms <= wall_ms) {
            worst = spare;
            continue;
        }
        if (spare->kin)
            continue;
        if ((spare->fails > 0 || spare->full || spare->told) && worst == NULL)
            worst = spare;
        if (spare->via == via && (its == NULL || prng_below(prng, 4) == 0))
            its = spare;
        if (prng_below(prng, ++seen) == 0)
            any = spare;
    }
    if (from_it >= LIMIT_RECORDS / 4)
        return its;
    if (spares->count < LIMIT_RECORDS)
        return grow(spares);
    if (worst == NULL && ((kin && all_kin < LIMIT_RECORDS / 2) || prng_below(prng, 2) == 0))
        worst = any;
    return worst;
}

void spares_put(struct spares *spares, struct prng *prng, const struct record *record, uint64_t via,
                uint64_t wall_ms, bool kin)
{
    struct spare *spare = spares_find(spares, &record->node);
    if (spare == NULL) {
        spare = place(spares, prng, via, wall_ms, kin);
        if (spare == NULL)
            return;
        free(spare->bytes);
        *spare = (struct spare){.node = record->node, .via = via, .kin = kin};
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

struct address spares_address(const struct spare *spare)
{
    struct record record;
    struct address address = {""};
    struct reader r = reader_of((struct bytes){spare->bytes, spare->size});
    CHECK(record_read(&r, &record));
    struct bytes text = record.addresses[spare->fails % record.count];
    memcpy(address.text, text.at, text.size);
    return address;
}
