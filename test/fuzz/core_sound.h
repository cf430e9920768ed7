/* What must hold in fuzz_core.c after every step:
 *
 * 1. A core sends only what a reader takes, to links that are open, and hangs up each once.
 * 2. Own entries are stored before a byte of them leaves or is shown; what is in a head is stored.
 * 3. The deadline is ahead of now: no busy loop.
 * 4. Every table is within limits.h and agrees with itself.
 * 5. While no time passes two honest cores come to an end of talking: nothing is asked in a loop.
 * 6. A branch is a chain, whole from its base to its end, and its base is whole; a head that is
 *    announced is whole.
 *
 * What must hold of direct channels stands in core_direct.h, of private ones in core_vault.h. */
#pragma once

#include "core_vault.h"

/* From the entry `tip` at `to` down to the one above `base` at `from` all is held, as one chain. */
static void chain_is_held(const struct node *node, const struct id *tip, uint64_t to,
                          const struct id *base, uint64_t from, uint64_t lamport)
{
    const struct id *at = tip;
    for (uint64_t seq = to; seq > from; seq--) {
        const struct held *held = held_entry(node, at);
        CHECK(held != NULL && held->entry.seq == seq);
        CHECK(seq != to || held->entry.lamport == lamport);
        at = &held->entry.prev;
    }
    CHECK(id_equal(at, base));
}

static void branch_is_held(const struct node *node, const struct log *log)
{
    if (log->rootless) {
        CHECK(log->seq == 0 && log->base_seq == 0);
    } else {
        CHECK(log->seq >= log->base_seq);
        CHECK(log->base_seq == 0 ? id_is_zero(&log->base) : is_whole(node, &log->base));
        chain_is_held(node, &log->tip, log->seq, &log->base, log->base_seq, log->lamport);
    }
    if (log->above_from != 0)
        chain_is_held(node, &log->above_tip, log->above_to, &log->above_prev, log->above_from - 1,
                      log->above_lamport);
}

static void log_is_sound(const struct node *node, const struct channel *channel,
                         const struct log *log)
{
    const struct core *core = node->core;
    CHECK(log->source_count <= LIMIT_SOURCES && log->branch < LIMIT_BRANCHES);
    CHECK(log->seq <= LIMIT_SEQ && log->above_to <= LIMIT_SEQ);
    CHECK(log->above_from == 0 || log->rootless || log->above_from > log->seq + 1);
    CHECK(log->above_to >= log->above_from);
    for (size_t i = 0; channel->joined && i < log->source_count; i++) {
        const struct link *link =
            link_table_find(&((struct core *)core)->links, log->sources[i].link);
        CHECK(link != NULL && link->state == LINK_UP);
    }
    CHECK(log->asked_link == 0 ||
          link_table_find(&((struct core *)core)->links, log->asked_link) != NULL);
    if (!node->overflowed)
        branch_is_held(node, log);
}

/* The id that is held at that seq below the tip at `to`. */
static const struct id *id_at(const struct node *node, const struct id *tip, uint64_t to,
                              uint64_t seq)
{
    const struct held *held;
    for (; to > seq && (held = held_entry(node, tip)) != NULL; to--)
        tip = &held->entry.prev;
    return tip;
}

/* No entry stands in two parts: two that lie over each other would share the lowest. */
static void parts_are_apart(const struct node *node, const struct log *a, const struct log *b)
{
    struct part {
        uint64_t from, to;
        const struct id *tip;
    } parts[2][2] = {{{a->base_seq + 1, a->rootless ? 0 : a->seq, &a->tip},
                      {a->above_from, a->above_to, &a->above_tip}},
                     {{b->base_seq + 1, b->rootless ? 0 : b->seq, &b->tip},
                      {b->above_from, b->above_to, &b->above_tip}}};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            const struct part *x = &parts[0][i], *y = &parts[1][k];
            uint64_t low = x->from > y->from ? x->from : y->from;
            if (low != 0 && low <= x->to && low <= y->to)
                CHECK(!id_equal(id_at(node, x->tip, x->to, low), id_at(node, y->tip, y->to, low)));
        }
}

/* Each log is in its author's chain of branches, once, with a number of its own; and of his branches
 * one at most is asked of each link. */
static void branches_are_sound(const struct node *node, struct channel *channel,
                               const struct log *log)
{
    uint32_t numbers = 0;
    size_t found = 0, count = 0;
    for (struct log *one = channel_log(channel, &log->author); one != NULL;
         one = channel_next_branch(channel, one)) {
        CHECK(id_equal(&one->author, &log->author) && ++count <= LIMIT_BRANCHES);
        CHECK((numbers >> one->branch & 1) == 0);
        numbers |= (uint32_t)1 << one->branch;
        found += one == log;
        CHECK(one == log || one->asked_link == 0 || one->asked_link != log->asked_link);
        if (one != log && !node->overflowed)
            parts_are_apart(node, one, log);
    }
    CHECK(found == 1);
}

static void punches_are_sound(struct core *core)
{
    const struct punches *punches = &core->punches;
    CHECK(punches->left <= PUNCH_BURST && (!punches->off || punches->count == 0));
    CHECK(punches->count <= punches->room && punches->room <= LIMIT_PUNCHED);
    for (size_t i = 0; i < punches->count; i++) {
        const struct punched *punched = &punches->list[i];
        bool dials = punched->state == PUNCHED_DIALS || punched->state == PUNCHED_LINKED;
        const struct link *link = link_table_find(&core->links, punched->link);
        CHECK(dials == (link != NULL) && (link == NULL || link->punched));
        for (size_t k = 0; k < i; k++)
            CHECK(!id_equal(&punches->list[k].node, &punched->node));
    }
}

static void core_is_sound(const struct node *node)
{
    struct core *core = node->core;
    size_t up = 0, joined = 0, strangers = 0;
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        if (link->number == 0)
            continue;
        up += link->state == LINK_UP;
        strangers += link->state != LINK_UP && !link->outbound && !link->punched;
        CHECK(link->takes_count <= LIMIT_CHANNELS);
        CHECK(link_table_find(&core->links, link->number) == link);
        const struct wire *wire = wire_of((int)(node - nodes), link->number);
        CHECK(wire == NULL || wire->open);
    }
    CHECK(up == core->links.up && up <= LIMIT_LINKS && core->links.room <= LINKS_ROOM &&
          strangers <= LIMIT_INBOUND_WAITING);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        joined += channel->joined;
        CHECK(channel->log_count <= LIMIT_LOGS);
        for (size_t k = 0; k < channel->log_count; k++) {
            branches_are_sound(node, channel, &channel->logs[k]);
            log_is_sound(node, channel, &channel->logs[k]);
        }
    }
    CHECK(joined == core->channels.joined && joined <= LIMIT_CHANNELS);
    CHECK(core->overlay.count <= LIMIT_ADDRESSES);
    punches_are_sound(core);
    CHECK(core->overlay.shunned_count <= LIMIT_SHUNNED);
    direct_is_sound(core, (struct direct_disk *)&node->direct);
    private_is_sound(node);
    bool answers = core->groups.asked_count > 0 && !core->unwritable; /* one in each step */
    CHECK((core->saying.count > 0 && !core->adopting) || answers ||
          core_deadline(core) > now_us / 1000);
}

static void entry_may_leave(const struct node *node, struct bytes frame)
{
    struct arena arena;
    struct run run;
    enum entry_part part;
    arena_init(&arena);
    CHECK(wire_read_entry(frame, &arena, &run, &part));
    for (size_t i = 0; i < run.count; i++)
        CHECK(node->overflowed || held_entry(node, &run.entries[i].id) != NULL);
    run_is_of_two(node->core, (struct direct_disk *)&node->direct, &run, false);
    run_is_private(node, &run, false);
    arena_release(&arena);
}

static void have_may_leave(const struct node *node, const struct have *have)
{
    CHECK(have->count > 0);
    for (size_t i = 0; i < have->count && !node->overflowed; i++) {
        const struct held *held = held_entry(node, &have->heads[i].tip);
        CHECK(held != NULL && held->entry.seq == have->heads[i].seq);
        CHECK(id_equal(&held->entry.author, &have->heads[i].author));
        CHECK(is_whole(node, &have->heads[i].tip));
    }
}

static void frame_may_leave(const struct node *node, struct bytes frame)
{
    static struct join join;
    static struct have have;
    static struct buckets buckets;
    struct hello1 hello1;
    struct hello2 hello2;
    struct nonce nonce;
    struct want want;
    struct lack lack;
    struct ease ease;
    struct peers peers;
    struct note note;
    struct punch punch;
    struct holding holding;
    struct keycard card;
    struct seek seek;
    struct ping ping;
    uint8_t byte;
    CHECK(frame.size >= 1 && frame.size <= LIMIT_FRAME && !has_secret(frame) &&
          !tells_secret(node, frame));
    switch (frame_kind(frame)) {
    case FRAME_HELLO0: CHECK(wire_read_hello0(frame, &byte, &nonce)); break;
    case FRAME_HELLO1: CHECK(wire_read_hello1(frame, &hello1)); break;
    case FRAME_HELLO2: CHECK(wire_read_hello2(frame, &hello2)); break;
    case FRAME_JOIN: CHECK(wire_read_join(frame, &join)); break;
    case FRAME_HAVE:
        CHECK(wire_read_have(frame, &have));
        have_may_leave(node, &have);
        break;
    case FRAME_BUCKETS: CHECK(wire_read_buckets(frame, &buckets)); break;
    case FRAME_WANT:
    case FRAME_BODIES: CHECK(wire_read_want(frame, &want)); break;
    case FRAME_LACK: CHECK(wire_read_lack(frame, &lack)); break;
    case FRAME_EAGER:
    case FRAME_LAZY: CHECK(wire_read_ease(frame, &ease)); break;
    case FRAME_PEERS: CHECK(wire_read_peers(frame, &peers)); break;
    case FRAME_WHO: CHECK(wire_read_who(frame)); break;
    case FRAME_NOTE: CHECK(wire_read_note(frame, &note)); break;
    case FRAME_PUNCH:
        CHECK(wire_read_punch(frame, &punch) && punch_verify(&punch, &network));
        break;
    case FRAME_HELD:
        CHECK(wire_read_holding(frame, &holding) && holding_verify(&holding, &network));
        have.count = 1;
        have.channel = holding.channel;
        have.heads[0] = holding.head;
        if (id_equal(&holding.node, &node->core->config.identity.node))
            have_may_leave(node, &have);
        break;
    case FRAME_CARD:
        CHECK(wire_read_keycard(frame, &card) && card_verify(&card, &network));
        card_may_leave(node->core, (struct direct_disk *)&node->direct, &card);
        break;
    case FRAME_SEEK: CHECK(wire_read_seek(frame, &seek)); break;
    case FRAME_ENTRY: entry_may_leave(node, frame); break;
    case FRAME_PING:
    case FRAME_PONG: CHECK(wire_read_ping(frame, &ping)); break;
    case FRAME_BYE: CHECK(wire_read_bye(frame, &byte)); break;
    default: CHECK(!"a frame without a kind");
    }
}
