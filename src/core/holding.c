/* Holding: HELD, said, passed on and heard.
 *
 *     A  ---- line ---->  C (carries it)  ---- line ---->  B (a member)
 *       <---- HELD ----                  <---- HELD ----     signed by B: "A's log, up to seq, tip"
 *
 * 1. A member who came to hold more of an author's log, and has no link to him, says so: HOLDING_AT_ONCE logs at once, one
 *    round in HOLDING_EVERY_MS; what was not said stays owed. It is on his disk by then, as what HAVE says is (invariant 8).
 * 2. It goes the way back: to the author's own link, or to the one by which his newest entry was pushed, or his newest note
 *    came. Where there is none it is owed again as soon as a note of the author comes. So nothing is sent to who is not there.
 * 3. Each node passes on what is higher than all before of this member and log, by the same rule, never to where it came
 *    from. So it ends, wherever the ways lead.
 * 4. It costs who takes it a signature check: HOLDING_CHECKS of one link in HOLDING_CHECKS_MS, the rest is dropped. What is no
 *    news is dropped before.
 * 5. Identities cost nothing: those who are far take half of the places among an author's receipts at most. In a direct
 *    channel only the other one's counts.
 * 6. In channels that are a crowd nobody says any: there are links to members there, and thousands would be too many.
 */
#include "core/holding.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define HOLDING_TERMS       (16 + 4 * 32 + 8 + 32)
#define HOLDING_REFUSED_MAX 16

/* ---- what is signed ---- */

static struct bytes terms(uint8_t room[HOLDING_TERMS], const struct holding *holding,
                          const struct id *network)
{
    static const char DOMAIN[16] = "fika-held-v1";
    struct writer w = writer_of(room, HOLDING_TERMS);
    write_copy(&w, DOMAIN, sizeof DOMAIN);
    write_id(&w, network);
    write_id(&w, &holding->channel);
    write_id(&w, &holding->node);
    write_id(&w, &holding->head.author);
    write_u64(&w, holding->head.seq);
    write_id(&w, &holding->head.tip);
    CHECK(!w.full);
    return written(&w);
}

void holding_sign(struct holding *holding, const struct id *network, const struct identity *self)
{
    uint8_t room[HOLDING_TERMS];
    struct bytes signs = terms(room, holding, network);
    crypto_sign_detached(holding->signature.b, NULL, signs.at, signs.size, self->secret);
}

bool holding_verify(const struct holding *holding, const struct id *network)
{
    uint8_t room[HOLDING_TERMS];
    struct bytes signs = terms(room, holding, network);
    return crypto_sign_verify_detached(holding->signature.b, signs.at, signs.size,
                                       holding->node.b) == 0;
}

/* ---- the way back ---- */

static struct link *usable(struct core *core, const struct channel *channel, uint64_t number,
                           const struct link *but)
{
    struct link *link = link_table_find(&core->links, number);
    return link != NULL && link != but && link_hears(link, &channel->id) ? link : NULL;
}

/* NULL when there is none. */
static struct link *way_to(struct core *core, struct channel *channel, const struct id *author,
                           const struct link *but)
{
    struct link *link = link_table_to(&core->links, author, but);
    const struct log *log = channel_highest(channel, author);
    const struct noted *noted = presence_find(&core->presence, &channel->id, author);
    if (link != NULL && link_hears(link, &channel->id))
        return link;
    link = log != NULL ? usable(core, channel, log->from_link, but) : NULL;
    if (link == NULL && presence_holds(noted, core->now_ms))
        link = usable(core, channel, noted->via, but);
    return link;
}

static void send(struct core *core, struct link *link, const struct holding *holding)
{
    struct writer w = frame_writer(core, WIRE_HOLDING_BYTES);
    wire_write_holding(&w, holding);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

/* ---- said ---- */

void holding_owe(struct core *core, const struct channel *channel, struct log *log)
{
    uint64_t at_ms = core->holdings.said_ms + HOLDING_EVERY_MS;
    const struct link *link = link_table_to(&core->links, &log->author, NULL);
    const struct id *self = &core->config.identity.node;
    if (!channel->joined || id_equal(&log->author, self) || !log_has_head(log) ||
        notes_crowded(core, channel) || (link != NULL && link_hears(link, &channel->id)))
        return;
    log->owed = true;
    if (core->holdings.said_ms == 0 || at_ms < core->now_ms)
        at_ms = core->now_ms;
    if (at_ms < core->holdings.at_ms)
        core->holdings.at_ms = at_ms;
}

void holding_noted(struct core *core, struct channel *channel, const struct id *author)
{
    struct log *log = channel_highest(channel, author);
    if (log != NULL)
        holding_owe(core, channel, log);
}

static bool say(struct core *core, struct channel *channel, const struct id *author)
{
    const struct log *log = channel_highest(channel, author);
    struct link *link = way_to(core, channel, author, NULL);
    if (link == NULL || id_equal(&link->node, author) || !log_has_head(log))
        return false; /* to himself HAVE says it */
    struct holding holding = {.channel = channel->id,
                              .node = core->config.identity.node,
                              .head = {log->author, log->seq, log->tip}};
    holding_sign(&holding, &core->config.network, &core->config.identity);
    send(core, link, &holding);
    return true;
}

void holding_work(struct core *core)
{
    struct holdings *holdings = &core->holdings;
    size_t said = 0;
    if (holdings->at_ms > core->now_ms)
        return;
    holdings->at_ms = UINT64_MAX;
    holdings->said_ms = core->now_ms;
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        for (size_t k = 0; channel->joined && k < channel->log_count; k++) {
            if (!channel->logs[k].owed)
                continue;
            if (said == HOLDING_AT_ONCE) {
                holdings->at_ms = core->now_ms + HOLDING_EVERY_MS;
                return;
            }
            channel->logs[k].owed = false;
            said += say(core, channel, &channel->logs[k].author);
        }
    }
}

/* ---- heard ---- */

static struct relayed *find(const struct holdings *holdings, const struct holding *holding)
{
    for (size_t i = 0; i < holdings->count; i++) {
        struct relayed *relayed = &holdings->list[i];
        if (id_equal(&relayed->node, &holding->node) &&
            id_equal(&relayed->author, &holding->head.author) &&
            id_equal(&relayed->channel, &holding->channel))
            return relayed;
    }
    return NULL;
}

/* A place for one more by this link: who has half of them takes his own that was longest of no use, else anybody's. */
static struct relayed *place(struct holdings *holdings, uint64_t via)
{
    struct relayed *oldest = NULL, *its = NULL;
    size_t by_it = 0;
    for (size_t i = 0; i < holdings->count; i++) {
        struct relayed *relayed = &holdings->list[i];
        if (oldest == NULL || relayed->use_ms < oldest->use_ms)
            oldest = relayed;
        if (relayed->via != via)
            continue;
        by_it++;
        if (its == NULL || relayed->use_ms < its->use_ms)
            its = relayed;
    }
    if (by_it >= LIMIT_RELAYED / 2)
        return its;
    if (holdings->count == LIMIT_RELAYED)
        return oldest;
    if (holdings->count == holdings->room) {
        holdings->room = holdings->room == 0 ? 4 : holdings->room * 2;
        holdings->list = realloc(holdings->list, holdings->room * sizeof *holdings->list);
        CHECK(holdings->list != NULL);
    }
    return &holdings->list[holdings->count++];
}

static bool too_many(const struct core *core, struct link *link)
{
    if (core->now_ms - link->holdings_from_ms >= HOLDING_CHECKS_MS) {
        link->holdings_from_ms = core->now_ms;
        link->holdings = 0;
    }
    return ++link->holdings > HOLDING_CHECKS;
}

static bool holds(struct core *core, struct link *link, const struct holding *holding)
{
    if (too_many(core, link))
        return false;
    if (holding_verify(holding, &core->config.network))
        return true;
    emit_log(core, "a HELD refused: its signature does not hold", link);
    if (++link->refused >= HOLDING_REFUSED_MAX)
        core_end_link(core, link, WHY_RULES);
    return false;
}

/* Of our own log. */
static void receive(struct core *core, struct link *link, struct channel *channel,
                    const struct holding *holding)
{
    if (heads_is_received(channel, &holding->node, holding->head.seq) ||
        !heads_is_own(core, channel, &holding->head) || !holds(core, link, holding))
        return;
    if (receipts_has_room(&channel->receipts, &holding->node, LIMIT_RECEIPTS / 2))
        heads_received(core, channel, &holding->node, holding->head.seq);
}

static void pass_on(struct core *core, struct link *link, struct channel *channel,
                    const struct holding *holding)
{
    struct relayed *relayed = find(&core->holdings, holding);
    struct link *to = way_to(core, channel, &holding->head.author, link);
    if (to == NULL || (relayed != NULL && holding->head.seq <= relayed->seq) ||
        !holds(core, link, holding))
        return;
    if (relayed == NULL)
        relayed = place(&core->holdings, link->number);
    *relayed = (struct relayed){.channel = holding->channel,
                                .author = holding->head.author,
                                .node = holding->node,
                                .seq = holding->head.seq,
                                .use_ms = core->now_ms,
                                .via = link->number};
    send(core, to, holding);
}

void holding_take(struct core *core, struct link *link, struct bytes frame)
{
    struct holding holding;
    const struct id *self = &core->config.identity.node;
    if (!wire_read_holding(frame, &holding)) {
        frame_breaks_rules(core, link, "a HELD that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &holding.channel);
    if (channel == NULL || channel->hops == 0 || !link_takes(link, &holding.channel) ||
        id_equal(&holding.node, self) || block_is(core, &holding.node) ||
        !channel_allows(channel, self, &holding.node))
        return;
    if (id_equal(&holding.head.author, self))
        receive(core, link, channel, &holding);
    else if (!notes_crowded(core, channel))
        pass_on(core, link, channel, &holding);
}
