/* Carry: channels that linked nodes ask for and this one is no member of (PROTOCOL.md section 6.9): so that A and B,
 * who cannot reach each other or are never here together, talk by C, who is not in the channel.
 *
 *     somebody asks --CARRY_DELAY_MS--> carried: listed in our JOIN, with the most hops that are asked for less one
 *     nobody asks any more -----------> kept: on disk and here, listed with one hop for CARRY_OFFER_MS, until ...
 *     there is no room ---------------> let go, whole
 *
 * 1. To its neighbours a carried channel is one like any other (heads, WANTs, pushes, notes); to the user it is not
 *    there: what is shown, counted or said asks for `joined`, what goes between nodes for `hops`.
 * 2. What we ask for is less than what somebody asks of us, so it dies out when the members are gone: two
 *    carriers do not keep each other asking. What is kept asks nobody to carry it: one hop says that it is here, to
 *    somebody who never heard of a direct channel that was begun with him while he was away.
 * 3. Whole channels are let go of, not old bodies: of a short line the header, hash and signature take more than its text, and
 *    what is half held helps nobody who comes to catch up. First goes what nobody asks for, the one asked for longest ago;
 *    then the largest, which is not carried again for an hour, then for two, four ...
 * 4. A channel counts against the node that asked for it first. Nobody has more than CARRY_SHARE of the places, and if one has more than
 *    half of all bytes (or logs), one of his goes: so nobody pushes out what others asked for. Nor further on: CARRY_FURTHER of his
 *    at most are listed with two hops.
 * 5. A channel that the user left may be carried, too, but is his: nothing of it is let go of. It counts with what was stored
 *    since, and is not carried any further when it would have to go.
 * 6. Our JOIN changes by this CARRY_CHANGES times in JOINS_MS at most, however often those of others do.
 */
#include <string.h>

#include "base/check.h"
#include "core/state.h"

/* ---- what is asked for ---- */

struct asked {
    struct id channel, node; /* the first who asks */
    uint8_t hops;            /* the most that are asked for; 2 at least */
};

struct asking {
    struct table places; /* channel: its index */
    struct asked *list;
    size_t count;
};

static void gather_link(struct asking *asking, const struct link *link)
{
    for (size_t i = 0; i < link->takes_count; i++) {
        const struct taken *taken = &link->takes[i];
        uint32_t at = table_get(&asking->places, &taken->channel);
        if (taken->hops < 2)
            continue;
        if (at == TABLE_NONE) {
            at = (uint32_t)asking->count++;
            asking->list[at] = (struct asked){.channel = taken->channel, .node = link->node};
            table_put(&asking->places, &taken->channel, at);
        }
        if (taken->hops > asking->list[at].hops)
            asking->list[at].hops = taken->hops;
    }
}

static void gather(struct core *core, struct asking *asking)
{
    size_t room = 1;
    *asking = (struct asking){.count = 0};
    table_init(&asking->places, core->channels.table_key);
    for (size_t i = 0; i < core->links.room; i++)
        room += core->links.list[i].takes_count;
    asking->list = arena_take(&core->arena, room * sizeof *asking->list);
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP)
            gather_link(asking, &core->links.list[i]);
}

/* ---- one channel ---- */

static bool is_nameless(const struct channel *channel)
{
    return channel->name.text[0] == '\0';
}

static void note(struct core *core, struct channel *channel)
{
    channel->carried.asked_wall_ms = core->wall_ms;
    if (!is_nameless(channel))
        return;
    struct effect *effect = emit_in(core, EFFECT_CARRY, channel);
    effect->node = channel->carried.asker;
    effect->number = channel->carried.bytes;
    effect->asked_wall_ms = core->wall_ms;
}

/* Nobody asks for it any more, but somebody may who comes and does not know of it yet. */
static bool is_offered(const struct core *core, const struct channel *channel)
{
    uint64_t asked_wall_ms = channel->carried.asked_wall_ms;
    return is_nameless(channel) && channel->log_count > 0 && core->carry.most_bytes > 0 &&
           (asked_wall_ms >= core->wall_ms || core->wall_ms - asked_wall_ms < CARRY_OFFER_MS);
}

/* Nothing of it is asked of anybody any more. */
void carry_rest(struct channel *channel)
{
    for (size_t i = 0; i < channel->log_count; i++) {
        channel->logs[i].source_count = 0;
        channel->logs[i].asked_link = 0;
        channel->logs[i].ask_at_ms = UINT64_MAX;
        channel->logs[i].announce = false;
    }
    channel->announce = false;
}

static void not_before(uint64_t *at_ms, uint64_t least_ms)
{
    if (*at_ms < least_ms)
        *at_ms = least_ms;
}

/* True when our JOIN is another by it. */
static bool set_hops(struct core *core, struct channel *channel, uint8_t hops)
{
    uint8_t was = channel->hops;
    if (hops == was)
        return false;
    channel->hops = hops;
    if (hops == 0)
        carry_rest(channel);
    if (was == 0) { /* what was due is from before it was left */
        channel->carried.begins = channel->carried.wanted;
        not_before(&channel->ask_at_ms, core->now_ms + 1);
        not_before(&channel->bodies.at_ms, core->now_ms + 1);
        not_before(&channel->bodies.by_ms, core->now_ms + 1);
    }
    return true;
}

/* Written down when it changes, and now and then, since a program may end while it is asked for. */
static void set_wanted(struct core *core, struct channel *channel, bool wanted)
{
    bool old = wanted && core->wall_ms - channel->carried.asked_wall_ms >= CARRY_NOTED_MS;
    if (channel->carried.wanted == wanted && !old)
        return;
    channel->carried.begins = wanted && !channel->carried.wanted;
    channel->carried.wanted = wanted;
    note(core, channel);
}

/* Links spoke of authors of whom no entry was seen: they may speak of others. */
static void forgive(struct core *core, const struct channel *channel)
{
    for (size_t i = 0; i < channel->log_count; i++) {
        struct link *link = link_table_find(&core->links, channel->logs[i].announced_by);
        if (link != NULL && link->announced > 0)
            link->announced--;
    }
}

static void let_go(struct core *core, struct channel *channel)
{
    struct carried *carried = &channel->carried;
    bool listed = channel->hops > 0;
    carry_rest(channel);
    channel->hops = 0;
    if (listed)
        core->carry.changed = true;
    if (is_nameless(channel))
        emit_in(core, EFFECT_DROP, channel);
    carried->bytes = 0;
    if (!is_nameless(channel)) {
        carried->again_ms = UINT64_MAX;
        return;
    }
    forgive(core, channel);
    if (!carried->wanted) {
        channel_remove(&core->channels, channel);
        return;
    }
    carried->wait_ms = carried->wait_ms == 0 ? CARRY_AGAIN_MS : 2 * carried->wait_ms;
    if (carried->wait_ms > CARRY_LAST_MS)
        carried->wait_ms = CARRY_LAST_MS;
    carried->again_ms = core->now_ms + carried->wait_ms;
    channel_empty(channel, core->channels.table_key);
}

/* ---- room ---- */

/* Of those that nobody asks for (and this node asked for first, unless NULL) the one that was asked for longest ago. */
static struct channel *longest_idle(struct core *core, const struct id *asker)
{
    struct channel *best = NULL;
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (!is_nameless(channel) || channel->carried.wanted ||
            (asker != NULL && !id_equal(&channel->carried.asker, asker)))
            continue;
        if (best == NULL || channel->carried.asked_wall_ms < best->carried.asked_wall_ms)
            best = channel;
    }
    return best;
}

/* How many are taken. */
static size_t places(const struct core *core)
{
    size_t count = 0;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        count += !channel->joined && (is_nameless(channel) || channel->hops > 0);
    }
    return count;
}

/* A place for one more of what this node asks for; false when there is none. */
static bool make_place(struct core *core, const struct id *asker)
{
    size_t his = 0;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        his += is_nameless(channel) && id_equal(&channel->carried.asker, asker);
    }
    if (places(core) < LIMIT_CARRIED && his < CARRY_SHARE)
        return true;
    struct channel *victim = longest_idle(core, his < CARRY_SHARE ? NULL : asker);
    if (victim != NULL)
        let_go(core, victim);
    return victim != NULL;
}

static uint64_t weight(const struct channel *channel, bool of_logs)
{
    if (channel->joined || (of_logs && !is_nameless(channel)))
        return 0;
    return of_logs ? channel->log_count : channel->carried.bytes;
}

static uint64_t weight_of(const struct core *core, const struct id *asker, bool of_logs)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (asker == NULL || id_equal(&channel->carried.asker, asker))
            sum += weight(channel, of_logs);
    }
    return sum;
}

/* Who has more than half of all that there may be; NULL: nobody has. */
static const struct id *too_heavy(const struct core *core, bool of_logs, uint64_t most)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct id *asker = &core->channels.list[i].carried.asker;
        if (!id_is_zero(asker) && weight_of(core, asker, of_logs) > most / 2)
            return asker;
    }
    return NULL;
}

static bool goes_first(const struct channel *a, const struct channel *b, bool of_logs)
{
    if (a->carried.wanted != b->carried.wanted)
        return !a->carried.wanted;
    if (!a->carried.wanted && a->carried.asked_wall_ms != b->carried.asked_wall_ms)
        return a->carried.asked_wall_ms < b->carried.asked_wall_ms;
    return weight(a, of_logs) > weight(b, of_logs);
}

/* One channel less, as long as there is more than there may be. */
static void bound(struct core *core, bool of_logs, uint64_t most)
{
    while (weight_of(core, NULL, of_logs) > most) {
        const struct id *asker = too_heavy(core, of_logs, most);
        struct channel *victim = NULL;
        for (size_t i = 0; i < core->channels.count; i++) {
            struct channel *channel = &core->channels.list[i];
            if (weight(channel, of_logs) > 0 &&
                (asker == NULL || id_equal(&channel->carried.asker, asker)) &&
                (victim == NULL || goes_first(channel, victim, of_logs)))
                victim = channel;
        }
        if (victim == NULL)
            return; /* never: who weighs too much has a channel */
        let_go(core, victim);
    }
}

static void let_all_go(struct core *core)
{
    for (size_t i = core->channels.count; i-- > 0;) {
        struct channel *channel = &core->channels.list[i];
        channel->carried.wanted = false;
        if (!channel->joined && (is_nameless(channel) || channel->hops > 0))
            let_go(core, channel);
    }
}

/* ---- looking ---- */

static bool may_carry(const struct core *core, const struct channel *channel)
{
    bool has_place = is_nameless(channel) || channel->hops > 0 || places(core) < LIMIT_CARRIED;
    return core->carry.most_bytes > 0 && channel->carried.again_ms <= core->now_ms && has_place;
}

/* With how many hops we list it, where so many are asked for: what one node asks for does not fill the places of
 * our neighbours, who take all that we list for our own wish. */
static uint8_t hops_below(const struct core *core, const struct channel *channel, uint8_t asked)
{
    size_t further = 0;
    if (asked < CARRY_HOPS || id_is_zero(&channel->carried.asker))
        return asked - 1;
    for (const struct channel *other = core->channels.list; other < channel; other++)
        further += !other->joined && other->hops == CARRY_HOPS - 1 &&
                   id_equal(&other->carried.asker, &channel->carried.asker);
    return further < CARRY_FURTHER ? asked - 1 : 1;
}

/* The channels that are known: asked for, or not any more. */
static void look_known(struct core *core, const struct asking *asking)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        uint32_t at = table_get(&asking->places, &channel->id);
        if (channel->joined)
            continue;
        set_wanted(core, channel, at != TABLE_NONE);
        uint8_t hops = is_offered(core, channel);
        if (at != TABLE_NONE)
            hops = may_carry(core, channel) ? hops_below(core, channel, asking->list[at].hops) : 0;
        if (set_hops(core, channel, hops))
            core->carry.changed = true;
        if (channel->carried.wanted && channel->carried.again_ms > core->now_ms &&
            channel->carried.again_ms < core->carry.at_ms)
            core->carry.at_ms = channel->carried.again_ms;
    }
}

/* And those that are not. */
static void look_new(struct core *core, const struct asking *asking)
{
    for (size_t i = 0; i < asking->count && core->carry.most_bytes > 0; i++) {
        const struct asked *asked = &asking->list[i];
        if (channel_by_id(&core->channels, &asked->channel) != NULL ||
            !make_place(core, &asked->node))
            continue;
        struct channel *channel = channel_add_id(&core->channels, &asked->channel);
        channel->carried.asker = asked->node;
        set_wanted(core, channel, true);
        set_hops(core, channel, hops_below(core, channel, asked->hops));
        core->carry.changed = true;
    }
}

/* Our JOIN first, so that what is said of the channels is listened to. */
static void say_changes(struct core *core)
{
    if (core->now_ms - core->carry.from_ms >= JOINS_MS) {
        core->carry.from_ms = core->now_ms;
        core->carry.changes = 0;
    }
    core->carry.changes++;
    core->carry.changed = false;
    core_say_join(core);
}

/* Now it is compared with all who take it. */
static void begin_to_carry(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        for (size_t k = 0; channel->hops > 0 && channel->carried.begins && k < core->links.room;
             k++)
            if (link_hears(&core->links.list[k], &channel->id)) {
                heads_meet(core, &core->links.list[k], channel);
                notes_tell(core, &core->links.list[k], channel);
            }
        channel->carried.begins = false;
    }
}

/* What was carried, and is the user's own now. */
static void claim(struct core *core)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (!channel->joined)
            continue;
        if (!id_is_zero(&channel->carried.asker))
            emit_in(core, EFFECT_NAME, channel);
        channel->carried = (struct carried){.bytes = 0};
    }
}

void carry_asked(struct core *core)
{
    uint64_t at_ms = core->now_ms + CARRY_DELAY_MS, full_ms = core->carry.from_ms + JOINS_MS;
    if (core->carry.changes >= CARRY_CHANGES && at_ms < full_ms)
        at_ms = full_ms;
    if (at_ms < core->carry.at_ms)
        core->carry.at_ms = at_ms;
}

void carry_stored(struct core *core, struct channel *channel, const struct run *run,
                  struct effect *effect)
{
    if (channel->joined || run->count == 0)
        return;
    channel->carried.bytes += wire_entry_bytes(run); /* about what a row of it takes */
    effect->number = channel->carried.bytes;
    carry_bound(core);
    set_wanted(core, channel, channel->carried.wanted); /* the effect may be elsewhere after this */
}

void carry_bound(struct core *core)
{
    core->carry.grown = true;
}

void carry_work(struct core *core)
{
    if (core->unwritable || core->stopping)
        return; /* what is decided here is written down */
    if (core->carry.grown) {
        core->carry.grown = false;
        claim(core);
        if (core->carry.most_bytes == 0)
            let_all_go(core);
        bound(core, false, core->carry.most_bytes);
        bound(core, true, LIMIT_CARRIED_LOGS);
        if (core->carry.changed)
            carry_asked(core);
    }
    if (core->carry.at_ms > core->now_ms)
        return;
    struct asking asking;
    core->carry.at_ms = UINT64_MAX;
    gather(core, &asking);
    look_known(core, &asking);
    look_new(core, &asking);
    table_release(&asking.places);
    if (core->carry.changed)
        say_changes(core);
    begin_to_carry(core);
}

uint64_t carry_deadline(const struct core *core)
{
    if (core->unwritable || core->stopping)
        return UINT64_MAX;
    return core->carry.grown ? core->now_ms : core->carry.at_ms;
}

struct core_carried core_carried(const struct core *core)
{
    struct core_carried carried = {.kept = places(core), .most_bytes = core->carry.most_bytes};
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        carried.now += !channel->joined && channel->carried.wanted && channel->hops > 0;
        carried.bytes += weight(channel, false);
    }
    return carried;
}
