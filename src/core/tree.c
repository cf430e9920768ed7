/* Tree: along which links new entries spread. For each author and link a push is EAGER or LAZY, as in Plumtree
 * (Leitao, Pereira, Rodrigues 2007); what is not pushed is announced, by the HAVE that goes to all.
 *
 *     a link comes up ---------------------> EAGER    for all authors
 *     a push that was here already --LAZY--> LAZY     at who sent it
 *     an announcement that no push followed
 *       in LAZY_WANT_MS --EAGER, WANT-----> EAGER     at who announced it
 *     frames were dropped -----------------> LAZY     for the whole channel, until an EAGER comes
 *
 * 1. What is pushed on is what was stored just now: whole down to 1, its end's signature verified here
 *    (invariants 2, 3, 7); behind STORE, so it is committed before it leaves.
 * 2. Each author has a tree of his own: the way by which he was first heard. Where all are linked to all that is a
 *    star, one hop and one copy each; the author's own link is kept even where another was faster once.
 *    One tree for all authors would cost no copies for their first lines, but it is deep, and what
 *    is good for one author is undone for the next.
 * 3. So the first line of an author goes over every link, once. To guess his tree from another's saved those copies, but no
 *    guess was the same at all nodes: half of them heard nothing, and had to ask, one behind the other.
 * 4. Nothing depends on these flags: they only decide what comes twice, and what comes late.
 */
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define HOPS_MOST 250 /* more are not counted */

/* ---- the flags ---- */

static size_t place_of(const struct core *core, const struct link *link)
{
    return (size_t)(link - core->links.list);
}

static bool is_lazy_for(const struct core *core, const struct link *link, const struct log *log)
{
    size_t place = place_of(core, link);
    return (log->lazy[place / 8] >> place % 8 & 1) != 0;
}

static void set_lazy_for(const struct core *core, const struct link *link, struct log *log,
                         bool lazy)
{
    size_t place = place_of(core, link);
    uint8_t bit = (uint8_t)(1u << place % 8);
    log->lazy[place / 8] = lazy ? log->lazy[place / 8] | bit : log->lazy[place / 8] & ~bit;
}

void tree_link_up(struct core *core, const struct link *link)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        for (size_t k = 0; k < channel->log_count; k++)
            set_lazy_for(core, link, &channel->logs[k], false);
    }
}

void tree_overflowed(struct link *link)
{
    for (size_t i = 0; i < link->takes_count; i++)
        link->takes[i].lazy = true;
}

/* ---- pushing ---- */

bool tree_push(struct core *core, const struct channel *channel, const struct log *log,
               const struct run *run, uint64_t from)
{
    struct bytes frame = {NULL, 0};
    bool all = true;
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == from || !link_hears(link, &channel->id))
            continue;
        if (link_taken(link, &channel->id)->lazy || is_lazy_for(core, link, log)) {
            all = false;
            continue;
        }
        if (frame.at == NULL) {
            struct writer w = frame_writer(core, wire_entry_bytes(run));
            wire_write_entry(&w, run, PART_PUSH);
            wire_set_hops(&w, from == 0 ? 0 : log->from_hops + 1);
            CHECK(!w.full);
            frame = written(&w);
        }
        emit_send(core, link, frame);
    }
    return all;
}

void tree_came(const struct core *core, struct log *log, uint64_t link)
{
    log->from_link = link;
    log->from_ms = core->now_ms;
    log->from_hops = core->hops < HOPS_MOST ? core->hops : HOPS_MOST;
}

/* ---- what comes ---- */

uint8_t tree_far(const struct log *log, const struct link *link)
{
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].link == link->number && log->sources[i].far != 0)
            return log->sources[i].far;
    return HOPS_DEEP;
}

static void send_ease(struct core *core, struct link *link, enum frame_kind kind,
                      const struct channel *channel, const struct id *author)
{
    struct writer w = frame_writer(core, 80);
    wire_write_ease(&w, kind, &(struct ease){channel->id, *author});
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

bool tree_expects(const struct core *core, const struct channel *channel, const struct link *but)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (&core->links.list[i] != but && link_hears(&core->links.list[i], &channel->id))
            return true;
    return false;
}

/* For less than that a tree is not changed: it is the ends of long ways that are to come nearer. */
static uint8_t worth(uint8_t hops)
{
    return hops >= HOPS_FAR ? 1 : 2;
}

/* Of two pushes of one entry: true when the later one is to be kept. */
static bool is_worth_waiting(const struct core *core, const struct log *log,
                             const struct entry *last)
{
    return log->seq == last->seq && core->hops + worth(log->from_hops) <= log->from_hops &&
           core->now_ms - log->from_ms <= (uint64_t)(log->from_hops - core->hops) * HOP_WORTH_MS;
}

void tree_decline(struct core *core, struct link *link, const struct channel *channel,
                  const struct id *author)
{
    send_ease(core, link, FRAME_LAZY, channel, author);
}

void tree_duplicate(struct core *core, struct link *link, struct channel *channel,
                    const struct entry *last)
{
    struct log *log = channel_log(channel, &last->author);
    if (log == NULL || log->from_link == 0 || log->from_link == link->number ||
        link->number == LINK_IMPORT)
        return;
    struct link *first = link_table_find(&core->links, log->from_link);
    if (first == NULL || !link_hears(first, &channel->id))
        return; /* the other way is gone */
    bool better = id_equal(&link->node, &last->author) || is_worth_waiting(core, log, last);
    send_ease(core, better ? first : link, FRAME_LAZY, channel, &last->author);
    if (better) {
        log->from_link = link->number;
        log->from_hops = core->hops;
    }
}

void tree_graft(struct core *core, struct link *link, struct channel *channel,
                const struct id *author)
{
    send_ease(core, link, FRAME_EAGER, channel, author);
}

void tree_compare(struct core *core, const struct link *link, struct channel *channel,
                  struct log *log, const struct entry *last)
{
    const struct source *nearest = NULL;
    for (size_t i = 0; core->hops >= HOPS_DEEP && i < log->source_count; i++) {
        const struct source *source = &log->sources[i];
        if (source->seq == last->seq && source->far != 0 && source->link != link->number &&
            source->far + worth(core->hops) <= core->hops &&
            (nearest == NULL || source->far < nearest->far))
            nearest = source;
    }
    struct link *other = nearest != NULL ? link_table_find(&core->links, nearest->link) : NULL;
    if (other == NULL || !link_hears(other, &channel->id))
        return;
    log->nearer_seq = last->seq;
    log->nearer_far = nearest->far;
    tree_graft(core, other, channel, &log->author);
}

void tree_heard(struct core *core, struct link *link, struct channel *channel,
                const struct head *head, uint8_t far)
{
    struct log *log = channel_log(channel, &head->author);
    if (log == NULL || far == 0 || log->from_link == 0 || log->from_link == link->number ||
        log->seq != head->seq || log->from_hops < HOPS_DEEP ||
        far + worth(log->from_hops) > log->from_hops ||
        (log->nearer_seq == head->seq && log->nearer_far <= far))
        return; /* or one who is as near is tried already */
    log->nearer_seq = head->seq;
    log->nearer_far = far;
    tree_graft(core, link, channel, &head->author);
}

void tree_take(struct core *core, struct link *link, struct bytes frame)
{
    struct ease ease;
    if (!wire_read_ease(frame, &ease)) {
        frame_breaks_rules(core, link, "an EAGER or LAZY that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &ease.channel);
    struct taken *taken = link_taken(link, &ease.channel);
    bool lazy = frame_kind(frame) == FRAME_LAZY;
    if (channel == NULL || channel->hops == 0 || taken == NULL)
        return;
    for (struct log *log = channel_log(channel, &ease.author); log != NULL;
         log = channel_next_branch(channel, log))
        set_lazy_for(core, link, log, lazy);
    taken->lazy = taken->lazy && lazy;
}
