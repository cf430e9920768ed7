/* Heads: what two nodes say to each other of what they hold of a channel.
 *
 *     JOIN (a digest of all heads) --they differ--> BUCKETS --some differ--> HAVE of those
 *     a head moved --HAVE_DELAY_MS--> HAVE of it
 *
 * 1. A digest, or a bucket's hash, is over the heads sorted by author, seq and tip: equal hashes,
 *    equal heads; equal heads, equal history, since a head's id covers all below it.
 * 2. So an equal digest is a receipt for all that we hold of our own, as a HAVE is (invariant 8), from a member; and so is
 *    an equal bucket with our own head in it, or those whose digests never agree (who declines some author, say) would
 *    never hear of one.
 * 3. A digest may be old when it is compared. So who gets BUCKETS that differ, and has sent none
 *    himself since that JOIN, sends his: either side's news are seen by at least one of them.
 *    All heads of one author go together, so that a HAVE says which branches there are.
 * 4. A head that no branch here ends at is asked for, when it lies above all of them; else the store
 *    is asked whether the entry is held (LOOK), for it may be one that was passed long ago, or the
 *    end of another branch.
 * 5. Buckets are few bits, so they are keyed with both nonces of the HELLO: two heads that look
 *    alike on one link do not on the next.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"

#define HEAD_BYTES     72
#define HEADS_A_BUCKET 2
#define DOMAIN_SIZE    16
static const char DOMAIN_DIGEST[DOMAIN_SIZE] = "fika-heads-v1";
static const char DOMAIN_BUCKET[DOMAIN_SIZE] = "fika-bucket-v1";

/* ---- digests ---- */

static int compare_heads(const void *a, const void *b)
{
    const struct log *x = *(const struct log *const *)a, *y = *(const struct log *const *)b;
    int order = id_compare(&x->author, &y->author);
    if (order != 0)
        return order;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return id_compare(&x->tip, &y->tip);
}

/* Every log with a head, in order; count of them. */
static const struct log **sorted(struct core *core, const struct channel *channel, size_t *count)
{
    const struct log **logs = arena_take(&core->arena, channel->log_count * sizeof *logs + 1);
    *count = 0;
    for (size_t i = 0; i < channel->log_count; i++)
        if (log_has_head(&channel->logs[i]))
            logs[(*count)++] = &channel->logs[i];
    qsort(logs, *count, sizeof *logs, compare_heads);
    return logs;
}

static void write_head(struct writer *w, const struct log *log)
{
    write_id(w, &log->author);
    write_u64(w, log->seq);
    write_id(w, &log->tip);
}

struct digest heads_digest(struct core *core, struct channel *channel)
{
    if (channel->digest_known)
        return channel->digest;
    size_t count;
    const struct log **logs = sorted(core, channel, &count);
    struct writer w = frame_writer(core, count * HEAD_BYTES + 1);
    for (size_t i = 0; i < count; i++)
        write_head(&w, logs[i]);
    struct id all = domain_hash(DOMAIN_DIGEST, w.at, w.size);
    memcpy(channel->digest.b, all.b, sizeof channel->digest.b);
    channel->digest_known = true;
    return channel->digest;
}

static uint32_t bucket_of(const struct id *author, uint8_t order)
{
    return (author->b[0] | (uint32_t)author->b[1] << 8) & (((uint32_t)1 << order) - 1);
}

static void fill_buckets(struct core *core, const struct link *link, const struct channel *channel,
                         struct buckets *buckets)
{
    size_t count, room = (size_t)1 << buckets->order;
    const struct log **logs = sorted(core, channel, &count);
    struct writer w = frame_writer(core, 2 * sizeof(struct nonce) + count * HEAD_BYTES);
    uint32_t *next = arena_take(&core->arena, (count + 1) * sizeof *next);
    uint32_t *first = arena_take(&core->arena, room * sizeof *first);
    buckets->channel = channel->id;
    for (size_t i = count; i-- > 0;) { /* chains of those in one bucket, in order */
        uint32_t bucket = bucket_of(&logs[i]->author, buckets->order);
        next[i] = first[bucket];
        first[bucket] = (uint32_t)i + 1;
    }
    for (size_t bucket = 0; bucket < room; bucket++) {
        w.size = 0;
        write_copy(&w, link->terms.client_nonce.b, sizeof(struct nonce));
        write_copy(&w, link->terms.server_nonce.b, sizeof(struct nonce));
        for (uint32_t i = first[bucket]; i != 0; i = next[i - 1])
            write_head(&w, logs[i - 1]);
        CHECK(!w.full);
        struct id hash = domain_hash(DOMAIN_BUCKET, w.at, w.size);
        memcpy(&buckets->hashes[bucket], hash.b, sizeof buckets->hashes[bucket]);
    }
}

static void receipt(struct core *core, const struct link *link, struct channel *channel,
                    uint64_t seq);

static bool *compared(struct link *link, const struct channel *channel)
{
    struct taken *taken = link_taken(link, &channel->id);
    CHECK(taken != NULL);
    return &taken->compared;
}

void heads_compare(struct core *core, struct link *link, struct channel *channel)
{
    if (!channel->joined && !channel->carried.wanted)
        return; /* what nobody asks for is not gathered: two who keep it would compare it at each JOIN */
    *compared(link, channel) = true;
    struct buckets buckets = {.order = 0};
    size_t heads = 0;
    for (size_t i = 0; i < channel->log_count; i++)
        heads += log_has_head(&channel->logs[i]);
    while (buckets.order < LIMIT_BUCKETS_ORDER && (HEADS_A_BUCKET << buckets.order) < (int)heads)
        buckets.order++;
    fill_buckets(core, link, channel, &buckets);
    struct writer w = frame_writer(core, 34 + ((size_t)4 << buckets.order));
    wire_write_buckets(&w, &buckets);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

void heads_meet(struct core *core, struct link *link, struct channel *channel)
{
    const struct taken *taken = link_taken(link, &channel->id);
    struct digest own = heads_digest(core, channel);
    if (taken == NULL)
        return;
    bodies_met(core, link, channel);
    if (memcmp(&taken->digest, &own, sizeof own) != 0) {
        heads_compare(core, link, channel);
        return;
    }
    const struct log *log = channel_highest(channel, &core->config.identity.node);
    if (log != NULL && log_has_head(log))
        receipt(core, link, channel, log->seq);
}

/* ---- saying what is held ---- */

static void send_have(struct core *core, struct link *link, struct channel *channel,
                      struct have *have)
{
    if (have->count == 0)
        return;
    struct writer w = frame_writer(core, 36 + have->count * HEAD_BYTES);
    wire_write_have(&w, have);
    CHECK(!w.full);
    if (link != NULL)
        emit_send(core, link, written(&w));
    else
        core_send_to_all(core, channel, written(&w));
    have->count = 0;
}

/* All heads of the author whose first branch this is. */
static void add_author(struct core *core, struct link *link, struct channel *channel,
                       struct log *first, struct have *have)
{
    if (have->count + LIMIT_BRANCHES > LIMIT_HAVE_HEADS)
        send_have(core, link, channel, have);
    for (struct log *log = first; log != NULL; log = channel_next_branch(channel, log))
        if (log_has_head(log))
            have->heads[have->count++] =
                (struct head){.author = log->author, .seq = log->seq, .tip = log->tip};
}

static bool is_first(struct channel *channel, const struct log *log)
{
    return channel_log(channel, &log->author) == log;
}

void heads_announce(struct core *core, struct channel *channel)
{
    struct have have = {.channel = channel->id};
    size_t authors = 0;
    for (size_t i = 0; channel->announce && i < channel->log_count; i++) {
        struct log *first = &channel->logs[i];
        bool moved = false;
        if (!is_first(channel, first))
            continue;
        for (struct log *log = first; log != NULL; log = channel_next_branch(channel, log)) {
            moved = moved || log->announce;
            log->announce = false;
        }
        if (!moved)
            continue;
        authors++;
        holding_owe(core, channel, first);
        have.far = authors == 1 && first->next == LOG_NONE && first->from_link != 0
                       ? first->from_hops + 1
                       : 0;
        add_author(core, NULL, channel, first, &have);
    }
    send_have(core, NULL, channel, &have);
    channel->announce = false;
}

void heads_moved(struct core *core, struct channel *channel, struct log *log)
{
    log->announce = channel->announce = true;
    channel->digest_known = false;
    if (core->have_at_ms > core->now_ms + HAVE_DELAY_MS)
        core->have_at_ms = core->now_ms + HAVE_DELAY_MS;
}

void heads_recheck(const struct core *core, struct channel *channel)
{
    if (channel->recheck_at_ms > core->now_ms + RECHECK_MS)
        channel->recheck_at_ms = core->now_ms + RECHECK_MS;
}

void heads_work(struct core *core, struct channel *channel)
{
    bool unsettled = false;
    if (channel->recheck_at_ms > core->now_ms)
        return;
    channel->recheck_at_ms = UINT64_MAX;
    for (size_t i = 0; i < channel->log_count; i++) {
        const struct log *log = &channel->logs[i];
        if (block_is(core, &log->author))
            continue;
        unsettled = unsettled || log->above_from != 0 || (log->rootless && log->source_count > 0);
    }
    if (!unsettled || channel->hops == 0)
        return;
    heads_recheck(core, channel);
    for (size_t i = 0; i < core->links.room; i++)
        if (link_hears(&core->links.list[i], &channel->id))
            heads_compare(core, &core->links.list[i], channel);
}

void heads_take_buckets(struct core *core, struct link *link, struct bytes frame)
{
    struct buckets room[2], *theirs = &room[0], *own = &room[1];
    if (!wire_read_buckets(frame, theirs) || meet_too_much(core, link)) {
        frame_breaks_rules(core, link, "a BUCKETS that does not parse, or too many");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &theirs->channel);
    if (channel == NULL || channel->hops == 0 || !link_takes(link, &theirs->channel))
        return;
    struct have have = {.channel = channel->id, .all = true};
    bool differ = false;
    own->order = theirs->order;
    fill_buckets(core, link, channel, own);
    for (size_t i = 0; i < (size_t)1 << own->order; i++)
        differ = differ || own->hashes[i] != theirs->hashes[i];
    if (differ && !*compared(link, channel))
        heads_compare(core, link, channel);
    const struct log *said = channel_highest(channel, &core->config.identity.node);
    if (said != NULL && log_has_head(said)) {
        uint32_t bucket = bucket_of(&said->author, own->order);
        if (own->hashes[bucket] == theirs->hashes[bucket])
            receipt(core, link, channel, said->seq);
    }
    for (size_t i = 0; i < channel->log_count; i++) {
        struct log *log = &channel->logs[i];
        uint32_t bucket = bucket_of(&log->author, own->order);
        if (own->hashes[bucket] != theirs->hashes[bucket] && is_first(channel, log))
            add_author(core, link, channel, log, &have);
    }
    send_have(core, link, channel, &have);
}

/* ---- hearing what others hold ---- */

bool heads_is_received(const struct channel *channel, const struct id *node, uint64_t seq)
{
    return receipts_of(&channel->receipts, node) >= seq;
}

void heads_received(struct core *core, struct channel *channel, const struct id *node, uint64_t seq)
{
    struct held_range held[LIMIT_HELD_RANGES];
    size_t count = receipts_note(&channel->receipts, node, seq, 0, held);
    if (seq > channel->received)
        channel->received = seq;
    for (size_t i = 0; channel->joined && !channel->quiet && i < count; i++) {
        struct show *show = emit_show(core, SHOW_HELD);
        show->channel = channel->name;
        show->id = core->config.identity.node;
        show->seq = held[i].from;
        show->n2 = held[i].to;
        show->n = held[i].by;
        show->n3 = channel->said_from;
    }
    if (count == 0)
        return;
    struct effect *effect = emit_in(core, EFFECT_RECEIPT, channel);
    effect->node = *node;
    effect->number = seq;
    effect->head.seq = receipts_below(&channel->receipts, node);
}

/* The link's node holds our own log up to seq. */
static void receipt(struct core *core, const struct link *link, struct channel *channel,
                    uint64_t seq)
{
    if (seq > channel->received)
        channel->received = seq;
    if (link_has_joined(link, &channel->id) && /* who carries it has not read it */
        channel_allows(channel, &core->config.identity.node, &link->node))
        heads_received(core, channel, &link->node, seq);
}

bool heads_is_own(const struct core *core, struct channel *channel, const struct head *head)
{
    if (!id_equal(&head->author, &core->config.identity.node))
        return false;
    const struct log *log = channel_highest(channel, &head->author);
    bool alone = log != NULL && channel_log(channel, &head->author)->next == LOG_NONE;
    return log != NULL && (alone ? head->seq <= log->seq : log_knows(log, head->seq, &head->tip));
}

/* The link holds this entry, and so do we: for one of our own it is a receipt, where the log goes on
 * from it. */
static void known_head(struct core *core, struct link *link, struct channel *channel,
                       const struct head *head)
{
    if (heads_is_own(core, channel, head))
        receipt(core, link, channel, head->seq);
}

/* The log of an author whom nobody has proved yet: each link may speak of so many. */
static struct log *announced_log(struct core *core, struct link *link, struct channel *channel,
                                 const struct id *author)
{
    struct log *log = channel_log(channel, author);
    uint32_t most = channel->joined ? LIMIT_ANNOUNCED : LIMIT_ANNOUNCED / 4;
    if (log != NULL || link->announced >= most)
        return log;
    log = channel_log_add(channel, author, false);
    if (log != NULL) {
        log->announced_by = link->number;
        link->announced++;
        carry_bound(core);
    }
    return log;
}

/* Of the author's branches the one that this link was noted to hold more of, by this very head. */
static bool is_noted(struct channel *channel, const struct link *link, const struct head *head)
{
    for (struct log *log = channel_log(channel, &head->author); log != NULL;
         log = channel_next_branch(channel, log))
        for (size_t i = 0; i < log->source_count; i++)
            if (log->sources[i].link == link->number && log->sources[i].seq == head->seq &&
                id_equal(&log->sources[i].tip, &head->tip))
                return true;
    return false;
}

bool heads_is_known(struct channel *channel, const struct head *head)
{
    for (struct log *log = channel_log(channel, &head->author); log != NULL;
         log = channel_next_branch(channel, log))
        if (log_knows(log, head->seq, &head->tip))
            return true;
    return false;
}

void heads_learn(struct core *core, struct link *link, struct channel *channel, struct log *log,
                 const struct head *head, uint32_t wait_ms)
{
    sync_learn(log, link->number, head, link->doubted_ms > core->now_ms, core->now_ms + wait_ms);
    if (sync_deadline(log) < channel->ask_at_ms)
        channel->ask_at_ms = sync_deadline(log);
}

/* Returns how many more entries are known to exist by it. */
static uint64_t take_head(struct core *core, struct link *link, struct channel *channel,
                          const struct head *head, const struct have *have, bool alone)
{
    if (block_is(core, &head->author))
        return 0;
    struct log *log = announced_log(core, link, channel, &head->author);
    if (log == NULL || is_noted(channel, link, head))
        return 0;
    if (heads_is_known(channel, head)) {
        tree_heard(core, link, channel, head, have->far);
        known_head(core, link, channel, head);
        return 0;
    }
    log = channel_highest(channel, &head->author);
    if (head->seq <= log->seq || !alone) {
        struct effect *effect = emit_in(core, EFFECT_LOOK, channel);
        effect->link = link->number;
        effect->head = *head;
        return 0;
    }
    uint64_t before = sync_missing(log);
    bool pushed = !have->all && tree_expects(core, channel, link);
    if (have->all)
        log->catching_up = true;
    heads_learn(core, link, channel, log, head, pushed ? LAZY_WANT_MS : 0);
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].link == link->number)
            log->sources[i].far = have->far;
    uint64_t after = sync_missing(log);
    return after > before ? after - before : 0;
}

/* Anybody can announce anything, so this is said rarely. */
static void tell_coming(struct core *core, struct channel *channel, uint64_t coming)
{
    if (channel->coming_at_ms > core->now_ms + COMING_EVERY_MS)
        channel->coming_at_ms = core->now_ms;
    if (channel->told_ms != 0 && core->now_ms - channel->told_ms < HISTORY_TOLD_MS)
        return;
    channel->told_ms = core->now_ms;
    emit_told(core, TOLD_HISTORY_COMING, channel->name.text, NULL, coming);
}

void heads_take_have(struct core *core, struct link *link, struct bytes frame)
{
    struct have have;
    if (!wire_read_have(frame, &have)) {
        frame_breaks_rules(core, link, "a HAVE that does not parse");
        return;
    }
    struct channel *channel = channel_by_id(&core->channels, &have.channel);
    if (channel == NULL || channel->hops == 0)
        return;
    uint64_t coming = 0;
    for (size_t i = 0; i < have.count; i++) {
        bool first = i == 0 || !id_equal(&have.heads[i].author, &have.heads[i - 1].author);
        if (channel->group != NULL
                ? !group_takes(channel, &have.heads[i].author)
                : !channel_allows(channel, &core->config.identity.node, &have.heads[i].author))
            continue;
        bodies_heard(core, link, channel, &have.heads[i].author);
        coming += take_head(core, link, channel, &have.heads[i], &have, first);
    }
    if (have.all && coming >= HISTORY_TOLD_LEAST && channel->joined && !channel->quiet)
        tell_coming(core, channel, coming);
}

void heads_looked(struct core *core, struct link *link, struct channel *channel,
                  const struct head *head, bool held)
{
    if (held)
        known_head(core, link, channel, head);
    else if (!block_is(core, &head->author) && !is_noted(channel, link, head) &&
             !heads_is_known(channel, head))
        branch_seek(core, link, channel, head, head->seq);
}
