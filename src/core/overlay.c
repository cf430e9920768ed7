/* Overlay: the table of addresses and the schedule of beacons.
 *
 *   IDLE --dial_at_ms--> DIALING --link up--> LINKED
 *     ^                     |                    |
 *     +---- later ----------+--------------------+
 *
 * 1. An address that the user typed is tried for as long as the program runs, at growing distances
 *    up to REDIAL_LAST_MS, and one where somebody was met, up to REDIAL_RARE_MS; one that was only
 *    heard of is let go after DIAL_GIVE_UP failures (it will be heard again).
 * 2. What nobody asked for is dialled out of a bucket: DIAL_BURST at once, then one a second, so
 *    that forged beacons cannot make this node a cannon.
 *    Of those that are due the one goes first whose host failed least, then the one that waits
 *    longest: so a host that is full of lies delays no other.
 * 3. Every wait has jitter, so that two nodes that lost each other do not dial in step for ever.
 * 4. Own addresses are learned by meeting oneself, and are not dialled again.
 */
#include "core/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const uint32_t BEACON_AFTER_MS[] = {0, 200, 400, 1000, 3000, 10000, 30000};
#define CHANGED_FAILS 2 /* at most, after a change: a new network may take some seconds to be one */
#define QUIT_FAILS    8 /* as if so many had failed: the next waits are a minute, two, four ... */
#define BEACON_QUICK  (sizeof BEACON_AFTER_MS / sizeof BEACON_AFTER_MS[0])

void overlay_init(struct overlay *overlay, struct prng *prng, bool beacons)
{
    memset(overlay, 0, sizeof *overlay);
    overlay->prng = prng;
    overlay->beacons = beacons;
    overlay->dials_left = DIAL_BURST;
    overlay->beacon_at_ms = beacons ? 0 : UINT64_MAX;
}

void overlay_release(struct overlay *overlay)
{
    free(overlay->list);
    free(overlay->shunned);
    overlay->list = NULL;
    overlay->shunned = NULL;
    overlay->count = overlay->room = overlay->shunned_count = 0;
}

static bool is_typed(const struct candidate *candidate)
{
    return candidate->found == FOUND_TYPED || candidate->found == FOUND_TYPED_ALSO;
}

static struct candidate *by_address(struct overlay *overlay, const struct address *address)
{
    for (size_t i = 0; i < overlay->count; i++)
        if (strcmp(overlay->list[i].address.text, address->text) == 0)
            return &overlay->list[i];
    return NULL;
}

static bool same_host(const struct address *a, const struct address *b)
{
    const char *end_a = strrchr(a->text, ':'), *end_b = strrchr(b->text, ':');
    return end_a != NULL && end_b != NULL && end_a - a->text == end_b - b->text &&
           memcmp(a->text, b->text, (size_t)(end_a - a->text)) == 0;
}

/* Counts one more failure of the host, or (worked) forgets all of them. */
static void judge_host(struct overlay *overlay, const struct address *address, bool worked)
{
    for (size_t i = 0; i < overlay->count; i++) {
        struct candidate *candidate = &overlay->list[i];
        if (same_host(&candidate->address, address))
            candidate->host_fails = worked ? 0 : candidate->host_fails + 1;
    }
}

static bool is_worse(const struct candidate *candidate, const struct candidate *worst)
{
    if (candidate->state != CANDIDATE_IDLE || is_typed(candidate) || worst == NULL)
        return candidate->state == CANDIDATE_IDLE && !is_typed(candidate);
    return candidate->worked != worst->worked ? worst->worked : candidate->fails > worst->fails;
}

/* Room for one more: a new place, or that of the idle unasked one that failed most; for a beacon from
 * a host that has enough places, one of its own, and likewise for one of a kind of which there are enough. */
static struct candidate *take_place(struct overlay *overlay, const struct address *address,
                                    enum found found, uint32_t *host_fails)
{
    struct candidate *worst = NULL, *worst_there = NULL, *worst_likely = NULL;
    size_t there = 0, likely = 0;
    *host_fails = 0;
    for (size_t i = 0; i < overlay->count; i++) {
        struct candidate *candidate = &overlay->list[i];
        if (is_worse(candidate, worst))
            worst = candidate;
        likely += candidate->found == FOUND_LIKELY;
        if (candidate->found == FOUND_LIKELY && is_worse(candidate, worst_likely))
            worst_likely = candidate;
        if (!same_host(&candidate->address, address))
            continue;
        *host_fails = candidate->host_fails;
        there += candidate->found == FOUND_BEACON;
        if (candidate->found == FOUND_BEACON && is_worse(candidate, worst_there))
            worst_there = candidate;
    }
    if (found == FOUND_BEACON && there >= LIMIT_HOST_ADDRESSES)
        return worst_there;
    if (found == FOUND_LIKELY && likely >= LIMIT_LIKELY)
        return worst_likely;
    if (overlay->count == overlay->room && overlay->room < LIMIT_ADDRESSES) {
        overlay->room += 8;
        overlay->list = realloc(overlay->list, overlay->room * sizeof *overlay->list);
        CHECK(overlay->list != NULL);
        return &overlay->list[overlay->count++];
    }
    return overlay->count < overlay->room ? &overlay->list[overlay->count++] : worst;
}

static struct candidate *add(struct overlay *overlay, const struct address *address,
                             enum found found, const struct id *node)
{
    uint32_t host_fails;
    struct candidate *candidate = take_place(overlay, address, found, &host_fails);
    if (candidate == NULL)
        return NULL;
    memset(candidate, 0, sizeof *candidate);
    candidate->host_fails = host_fails;
    candidate->address = *address;
    candidate->found = found;
    candidate->node = *node;
    candidate->worked = found == FOUND_REMEMBERED;
    candidate->dial_at_ms = UINT64_MAX;
    return candidate;
}

bool overlay_found(struct overlay *overlay, const struct address *address, enum found found,
                   const struct id *node, bool fresh, uint64_t now_ms)
{
    struct candidate *candidate = by_address(overlay, address);
    if (candidate == NULL)
        candidate = add(overlay, address, found, node);
    if (candidate == NULL)
        return false;
    bool typed = found == FOUND_TYPED || found == FOUND_TYPED_ALSO;
    if (typed) { /* asked for: told again, tried at once, for ever */
        candidate->found = found;
        candidate->told = found == FOUND_TYPED_ALSO;
        candidate->fails = 0;
    }
    if (candidate->state != CANDIDATE_IDLE)
        return false;
    if (candidate->self && !typed)
        return false;
    candidate->self = false;
    if (!id_is_zero(node))
        candidate->node = *node;
    if (typed || fresh || candidate->dial_at_ms == UINT64_MAX)
        candidate->dial_at_ms = now_ms;
    else if (found == FOUND_BEACON && candidate->dial_at_ms > now_ms + DIAL_HEARD_MS)
        candidate->dial_at_ms = now_ms + DIAL_HEARD_MS;
    return true;
}

static void refill(struct overlay *overlay, uint64_t now_ms)
{
    while (overlay->dials_left < DIAL_BURST && now_ms - overlay->bucket_ms >= 1000) {
        overlay->dials_left++;
        overlay->bucket_ms += 1000;
    }
    if (overlay->dials_left == DIAL_BURST)
        overlay->bucket_ms = now_ms; /* a full one gathers nothing more */
}

/* The better of two that are due. */
static bool goes_first(const struct candidate *a, const struct candidate *b)
{
    if (b == NULL || is_typed(a) != is_typed(b))
        return b == NULL || is_typed(a);
    if (a->wanted != b->wanted)
        return a->wanted;
    if (a->host_fails != b->host_fails)
        return a->host_fails < b->host_fails;
    return a->dial_at_ms < b->dial_at_ms;
}

struct candidate *overlay_dial(struct overlay *overlay, uint64_t link, uint64_t now_ms)
{
    struct candidate *first = NULL;
    refill(overlay, now_ms);
    for (size_t i = 0; i < overlay->count; i++) {
        struct candidate *candidate = &overlay->list[i];
        bool due = candidate->state == CANDIDATE_IDLE && candidate->dial_at_ms <= now_ms &&
                   (is_typed(candidate) ||
                    (overlay->dials_left > 0 && (!overlay->enough || candidate->wanted)));
        if (due && goes_first(candidate, first))
            first = candidate;
    }
    if (first == NULL)
        return NULL;
    overlay->dials_left -= !is_typed(first);
    first->state = CANDIDATE_DIALING;
    first->link = link;
    return first;
}

struct candidate *overlay_by_link(struct overlay *overlay, uint64_t link)
{
    for (size_t i = 0; i < overlay->count; i++)
        if (overlay->list[i].state != CANDIDATE_IDLE && overlay->list[i].link == link)
            return &overlay->list[i];
    return NULL;
}

bool overlay_asked_for(struct overlay *overlay, uint64_t link)
{
    const struct candidate *candidate = overlay_by_link(overlay, link);
    return candidate != NULL && is_typed(candidate);
}

void overlay_linked(struct overlay *overlay, uint64_t link, const struct id *node)
{
    struct candidate *candidate = overlay_by_link(overlay, link);
    if (candidate == NULL)
        return;
    candidate->state = CANDIDATE_LINKED;
    candidate->node = *node;
    candidate->worked = true;
    candidate->fails = 0;
    judge_host(overlay, &candidate->address, true);
    candidate->told = candidate->found == FOUND_TYPED_ALSO;
}

static uint64_t backoff_ms(struct overlay *overlay, uint32_t fails, uint64_t last_ms)
{
    uint64_t wait = REDIAL_FIRST_MS;
    for (uint32_t i = 1; i < fails && wait < last_ms; i++)
        wait *= 2;
    if (wait > last_ms)
        wait = last_ms;
    return wait / 2 + prng_below(overlay->prng, (uint32_t)wait);
}

static void drop(struct overlay *overlay, struct candidate *candidate)
{
    *candidate = overlay->list[--overlay->count];
}

bool overlay_ended(struct overlay *overlay, uint64_t link, enum link_why why, uint64_t now_ms)
{
    struct candidate *candidate = overlay_by_link(overlay, link);
    if (candidate == NULL)
        return false;
    bool typed = is_typed(candidate);
    bool was_linked = candidate->state == CANDIDATE_LINKED;
    candidate->state = CANDIDATE_IDLE;
    candidate->link = 0;
    candidate->tried = true;
    candidate->why = why;
    if (why == WHY_SELF) {
        candidate->self = true;
        candidate->dial_at_ms = UINT64_MAX;
        return typed;
    }
    if (why == WHY_DUPLICATE) { /* its node is linked by another way: look again later */
        candidate->fails = 0;
        overlay_put_off(candidate, now_ms);
        return false;
    }
    if (why == WHY_ASKED || why == WHY_ASKED_PEER) {
        drop(overlay, candidate);
        return false;
    }
    candidate->fails++;
    if (why == WHY_QUIT && !typed) { /* who left comes back by himself, if he can */
        candidate->fails = QUIT_FAILS;
        overlay_put_off(candidate, now_ms + prng_below(overlay->prng, REDIAL_LAST_MS));
        return false;
    }
    judge_host(overlay, &candidate->address, false);
    if (!typed && candidate->fails >= DIAL_GIVE_UP && !candidate->worked) {
        drop(overlay, candidate);
        return false;
    }
    candidate->dial_at_ms =
        now_ms + backoff_ms(overlay, candidate->fails, typed ? REDIAL_LAST_MS : REDIAL_RARE_MS);
    bool tell = typed && !was_linked && !candidate->told;
    candidate->told = candidate->told || tell;
    return tell;
}

void overlay_remember(struct overlay *overlay, const struct address *address, const struct id *node,
                      uint64_t now_ms)
{
    struct candidate *candidate = by_address(overlay, address);
    if (candidate == NULL)
        candidate = add(overlay, address, FOUND_LIKELY, node);
    if (candidate == NULL || candidate->state != CANDIDATE_IDLE || candidate->self)
        return;
    candidate->node = *node;
    candidate->fails = 0;
    overlay_put_off(candidate, now_ms);
}

void overlay_put_off(struct candidate *candidate, uint64_t now_ms)
{
    candidate->dial_at_ms = now_ms + REDIAL_LAST_MS;
}

void overlay_lost(struct overlay *overlay, const struct id *node, uint64_t now_ms)
{
    for (size_t i = 0; i < overlay->count; i++) {
        struct candidate *candidate = &overlay->list[i];
        uint64_t soon = now_ms + backoff_ms(overlay, 2, REDIAL_LAST_MS);
        if (candidate->state == CANDIDATE_IDLE && !candidate->self &&
            id_equal(&candidate->node, node) && soon < candidate->dial_at_ms)
            candidate->dial_at_ms = soon;
    }
}

bool overlay_remove(struct overlay *overlay, const struct address *address)
{
    struct candidate *candidate = by_address(overlay, address);
    if (candidate == NULL)
        return false;
    drop(overlay, candidate);
    return true;
}

void overlay_remove_node(struct overlay *overlay, const struct id *node, uint64_t link)
{
    for (size_t i = overlay->count; i-- > 0;) {
        struct candidate *candidate = &overlay->list[i];
        bool same = !id_is_zero(node) && id_equal(&candidate->node, node);
        if (candidate->state == CANDIDATE_IDLE ? same : candidate->link == link)
            drop(overlay, candidate);
    }
}

bool overlay_shunned(const struct overlay *overlay, const struct id *node)
{
    for (size_t i = 0; i < overlay->shunned_count; i++)
        if (id_equal(&overlay->shunned[i], node))
            return true;
    return false;
}

void overlay_pardon(struct overlay *overlay, const struct id *node)
{
    for (size_t i = overlay->shunned_count; i-- > 0;)
        if (id_equal(&overlay->shunned[i], node))
            overlay->shunned[i] = overlay->shunned[--overlay->shunned_count];
}

void overlay_shun(struct overlay *overlay, const struct id *node)
{
    if (overlay_shunned(overlay, node))
        return;
    if (overlay->shunned == NULL)
        overlay->shunned = calloc(LIMIT_SHUNNED, sizeof *overlay->shunned);
    CHECK(overlay->shunned != NULL);
    if (overlay->shunned_count == LIMIT_SHUNNED)
        memmove(&overlay->shunned[0], &overlay->shunned[1],
                --overlay->shunned_count * sizeof overlay->shunned[0]);
    overlay->shunned[overlay->shunned_count++] = *node;
}

static void beacon_by(struct overlay *overlay, uint64_t at_ms)
{
    if (!overlay->beacons)
        return;
    uint64_t earliest = overlay->beacon_last_ms + BEACON_GAP_MS;
    if (at_ms < earliest && overlay->beacon_last_ms != 0)
        at_ms = earliest;
    if (at_ms < overlay->beacon_at_ms)
        overlay->beacon_at_ms = at_ms;
}

bool overlay_heard(struct overlay *overlay, const struct process *process,
                   const struct address *address, uint64_t now_ms)
{
    for (size_t i = 0; i < LIMIT_LINKS; i++)
        if (memcmp(overlay->heard[i].b, process->b, sizeof process->b) == 0)
            return false;
    overlay->heard[overlay->heard_next] = *process;
    overlay->heard_next = (overlay->heard_next + 1) % LIMIT_LINKS;
    overlay->answer = *address;
    beacon_by(overlay, now_ms + prng_below(overlay->prng, 50));
    return true;
}

void overlay_changed(struct overlay *overlay)
{
    overlay->changed = true;
}

/* Some machines' interfaces come and go all day (containers): that is not to keep the others busy. */
static uint64_t moved_at(const struct overlay *overlay)
{
    if (!overlay->changed)
        return UINT64_MAX;
    return overlay->changes < CHANGES_MAX ? 0 : overlay->changes_ms + CHANGES_MS;
}

bool overlay_moved(struct overlay *overlay, uint64_t now_ms)
{
    if (moved_at(overlay) > now_ms)
        return false;
    while (overlay->changes > 0 && now_ms - overlay->changes_ms >= CHANGES_MS) {
        overlay->changes--;
        overlay->changes_ms += CHANGES_MS;
    }
    if (overlay->changes++ == 0)
        overlay->changes_ms = now_ms;
    overlay->changed = false;
    overlay->beacons_sent = 0;
    beacon_by(overlay, now_ms);
    for (size_t i = 0; i < overlay->count; i++) {
        struct candidate *candidate = &overlay->list[i];
        if (candidate->state != CANDIDATE_IDLE || candidate->self)
            continue;
        candidate->dial_at_ms = now_ms + prng_below(overlay->prng, REDIAL_FIRST_MS);
        if (candidate->fails > CHANGED_FAILS)
            candidate->fails = CHANGED_FAILS;
    }
    return true;
}

bool overlay_beacon(struct overlay *overlay, struct address *answer, uint64_t now_ms)
{
    if (now_ms < overlay->beacon_at_ms)
        return false;
    *answer = overlay->answer;
    overlay->answer.text[0] = '\0';
    overlay->beacon_last_ms = now_ms;
    overlay->beacons_sent++;
    if (overlay->beacons_sent < BEACON_QUICK)
        overlay->beacon_at_ms = now_ms + BEACON_AFTER_MS[overlay->beacons_sent];
    else
        overlay->beacon_at_ms =
            now_ms + BEACON_IDLE_MS * 3 / 4 + prng_below(overlay->prng, BEACON_IDLE_MS / 2);
    return true;
}

uint64_t overlay_deadline(const struct overlay *overlay, bool dials)
{
    uint64_t deadline = overlay->beacon_at_ms, moved_ms = moved_at(overlay);
    if (moved_ms < deadline)
        deadline = moved_ms;
    for (size_t i = 0; dials && i < overlay->count; i++) {
        const struct candidate *candidate = &overlay->list[i];
        if (candidate->state != CANDIDATE_IDLE ||
            (overlay->enough && !candidate->wanted && !is_typed(candidate)))
            continue;
        uint64_t at = candidate->dial_at_ms;
        if (!is_typed(candidate) && overlay->dials_left == 0 && at < overlay->bucket_ms + 1000)
            at = overlay->bucket_ms + 1000;
        if (at < deadline)
            deadline = at;
    }
    return deadline;
}
