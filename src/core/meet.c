/* Meet: the three HELLOs and the JOIN that bring a link up, and every JOIN after it: who is there, which of two
 * links to him is kept, which channels he takes.
 *
 * 1. What a HELLO or JOIN says is believed only when hello.c's signatures hold.
 * 2. A link is up once, and a node comes and leaves once, whatever happens to the links that lead to it.
 */
#include <string.h>

#include "base/check.h"
#include "core/talk.h"

static struct card own_card(const struct core *core)
{
    return (struct card){
        .process = core->config.process,
        .port = core->config.port,
        .nick = {(const uint8_t *)core->config.nick.text, strlen(core->config.nick.text)},
    };
}

static void set_card(struct link *link, const struct id *node, const struct card *card)
{
    link->node = *node;
    link->process = card->process;
    link->port = card->port;
    link->nick = nick_from_peer(card->nick);
}

/* Inbound links that are not through HELLO are few; the oldest of them makes room for one more. */
static void bound_strangers(struct core *core)
{
    struct link *oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || link->outbound || link->punched || link->state == LINK_UP)
            continue;
        count++;
        if (oldest == NULL || link->deadline_ms < oldest->deadline_ms)
            oldest = link;
    }
    if (count >= LIMIT_INBOUND_WAITING)
        core_end_link(core, oldest, WHY_FULL);
}

void meet_link_in(struct core *core, const struct event *event)
{
    bound_strangers(core);
    struct link *link =
        link_table_add(&core->links, event->link, false, &event->address, core->now_ms);
    if (link == NULL) {
        emit(core, EFFECT_HANG_UP)->link = event->link;
        return;
    }
    link->terms.client_key = event->client_key;
}

void meet_begin(struct core *core, struct link *link)
{
    prng_bytes(&core->prng, &link->terms.client_nonce, sizeof link->terms.client_nonce);
    struct writer w = frame_writer(core, 64);
    wire_write_hello0(&w, &link->terms.client_nonce);
    emit_send(core, link, written(&w));
    link->state = LINK_AWAITS_1;
}

void meet_hello0(struct core *core, struct link *link, struct bytes frame)
{
    uint8_t version;
    bool whole = wire_read_hello0(frame, &version, &link->terms.client_nonce);
    if (frame.size >= 2 && version != WIRE_VERSION) { /* it may have another length, too */
        core_end_link(core, link, WHY_VERSION);
        return;
    }
    if (!whole) {
        frame_breaks_rules(core, link, "a HELLO0 that does not parse");
        return;
    }
    prng_bytes(&core->prng, &link->terms.server_nonce, sizeof link->terms.server_nonce);
    link->terms.network = core->config.network;
    link->terms.server = core->config.identity.node;
    struct hello1 hello = {.node = core->config.identity.node,
                           .nonce = link->terms.server_nonce,
                           .card = own_card(core)};
    hello1_sign(&hello, &link->terms, &core->config.identity);
    struct writer w = frame_writer(core, 256);
    wire_write_hello1(&w, &hello);
    CHECK(!w.full);
    link_keep_hello1(link, written(&w));
    link->state = LINK_AWAITS_2;
    emit_send(core, link, written(&w));
}

/* A device says it before it is a member of anything. */
static void say_whose(struct core *core, struct link *link)
{
    if (core->certificate_size == 0)
        return;
    struct writer w = frame_writer(core, 1 + core->certificate_size);
    write_u8(&w, FRAME_WHOSE);
    write_copy(&w, core->certificate, core->certificate_size);
    emit_send(core, link, written(&w));
}

void meet_hello1(struct core *core, struct link *link, struct bytes frame)
{
    struct hello1 hello;
    link->terms.network = core->config.network;
    if (!wire_read_hello1(frame, &hello) || !hello1_verify(&hello, &link->terms)) {
        frame_breaks_rules(core, link, "a HELLO1 that does not hold");
        return;
    }
    bool same_identity = id_equal(&hello.node, &core->config.identity.node);
    if (same_identity &&
        memcmp(hello.card.process.b, core->config.process.b, sizeof hello.card.process.b) == 0) {
        core_end_link(core, link, WHY_SELF);
        return;
    }
    if (same_identity) /* said at both ends: the other side learns it from HELLO2 */
        emit_told(core, TOLD_SAME_IDENTITY, link->address.text, NULL, 0);
    if (block_refuses(core, &hello.node)) {
        struct nick nick = nick_from_peer(hello.card.nick);
        if (overlay_asked_for(&core->overlay, link->number))
            emit_told(core, TOLD_IS_BLOCKED, nick.text, NULL, 0);
        overlay_remove_node(&core->overlay, &hello.node, link->number);
        core_end_link(core, link, WHY_ASKED);
        return;
    }
    if (overlay_asked_for(&core->overlay, link->number))
        overlay_pardon(&core->overlay, &hello.node);
    if (overlay_shunned(&core->overlay, &hello.node)) {
        core_end_link(core, link, WHY_ASKED);
        return;
    }
    set_card(link, &hello.node, &hello.card);
    link->terms.server = hello.node;
    link->terms.server_nonce = hello.nonce;
    struct hello2 answer = {.node = core->config.identity.node, .card = own_card(core)};
    hello2_sign(&answer, &link->terms, frame, &core->config.identity);
    struct writer w = frame_writer(core, 256);
    wire_write_hello2(&w, &answer);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
    link->state = LINK_AWAITS_JOIN;
    say_whose(core, link);
    core_send_join(core, link);
}

/* Strangers who come may not take the places of those whom we dial. */
static bool no_room(struct core *core, const struct link *link)
{
    size_t inbound = 0;
    for (size_t i = 0; i < core->links.room; i++)
        inbound += core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP &&
                   !core->links.list[i].outbound;
    return core->links.up >= LIMIT_LINKS ||
           (!link->outbound && (inbound >= LIMIT_INBOUND || !choice_has_room(core, &link->node)));
}

void meet_hello2(struct core *core, struct link *link, struct bytes frame)
{
    struct hello2 hello;
    if (!wire_read_hello2(frame, &hello) || !hello2_verify(&hello, &link->terms, link->hello1)) {
        frame_breaks_rules(core, link, "a HELLO2 that does not hold");
        return;
    }
    set_card(link, &hello.node, &hello.card);
    link_keep_hello1(link, (struct bytes){NULL, 0});
    if (id_equal(&hello.node, &core->config.identity.node)) {
        emit_told(core, TOLD_SAME_IDENTITY, link->address.text, NULL, 0);
        core_end_link(core, link, WHY_SAME_IDENTITY);
    } else if (overlay_shunned(&core->overlay, &hello.node) || block_refuses(core, &hello.node)) {
        core_end_link(core, link, WHY_ASKED);
    } else if (no_room(core, link)) {
        choice_tell_peers(core, link); /* who may have some */
        core_end_link(core, link, WHY_FULL);
    } else {
        link->state = LINK_AWAITS_JOIN;
        say_whose(core, link);
        core_send_join(core, link);
    }
}

/* Once on a link; the shell looks at the signatures. */
void meet_whose(struct core *core, struct link *link, struct bytes frame)
{
    struct certificate certificate;
    if (!wire_read_whose(frame, &certificate) || !id_equal(&certificate.device, &link->node)) {
        frame_breaks_rules(core, link, "a WHOSE that is not formed so, or of another");
        return;
    }
    if (link->whose)
        return;
    link->whose = true;
    struct effect *effect = emit(core, EFFECT_WHOSE);
    effect->node = link->node;
    effect->text =
        (struct bytes){arena_copy(&core->arena, frame.at + 1, frame.size - 1), frame.size - 1};
}

/* ---- JOIN ---- */

/* before: the link as it was. */
static void take_channels(struct link *link, const struct join *join, const struct link *before)
{
    link->generation = join->generation;
    link_take(link, join->count);
    for (size_t i = 0; i < join->count; i++) {
        struct taken *taken = &link->takes[i];
        const struct taken *was = link_taken(before, &join->channels[i]);
        taken->channel = join->channels[i];
        taken->digest = join->digests[i];
        taken->hops = join->hops[i];
        taken->lazy = was != NULL && was->lazy;
    }
}

/* Where a node can be dialled again; an inbound link's at its address with the port it listens on. */
static void remember_address(struct core *core, const struct link *link)
{
    struct address address = link->address;
    char *colon = strrchr(address.text, ':');
    char digits[6];
    size_t count = 0;
    bool typed = overlay_asked_for(&core->overlay, link->number);
    if (link->punched)
        return;
    if (link->outbound)
        emit_met(core, &link->node, &link->address, typed ? FOUND_TYPED : FOUND_REMEMBERED);
    if (link->outbound || link->port == 0 || colon == NULL)
        return;
    for (uint32_t port = link->port; port > 0; port /= 10)
        digits[count++] = (char)('0' + port % 10);
    if ((size_t)(colon + 1 - address.text) + count > LIMIT_ADDRESS)
        return;
    for (size_t i = 0; i < count; i++)
        colon[1 + i] = digits[count - 1 - i];
    colon[1 + count] = '\0';
    overlay_remember(&core->overlay, &address, &link->node, core->now_ms);
    emit_met(core, &link->node, &address, FOUND_LIKELY);
}

/* Of two links to one node one is kept. True when this one is. The other's last frames may be lost
 * with it, so the one that stays compares heads afresh. */
static bool settle_duplicate(struct core *core, struct link *link, struct link *other)
{
    if (memcmp(link->process.b, other->process.b, sizeof link->process.b) != 0) {
        /* Another process: its machine went down without a word and is back, if the other link has
         * been silent; else two copies of one identity, which would push each other out for ever.
         */
        bool restarted = core->now_ms - other->heard_ms > PING_EVERY_MS + PING_LATE_MS;
        core_end_link(core, restarted ? other : link, restarted ? WHY_LOST : WHY_SAME_IDENTITY);
        return restarted;
    }
    /* Who dials when a link is up has found that it is none: the dials that begin together are over
     * after HELLO_DEADLINE_MS. */
    bool again = core->now_ms - other->up_ms > HELLO_DEADLINE_MS;
    if (again || link_is_better(link, other, &core->config.identity.node)) {
        core_end_link(core, other, WHY_DUPLICATE);
        return true;
    }
    core_end_link(core, link, WHY_DUPLICATE);
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (channel->hops > 0 && link_takes(other, &channel->id))
            heads_compare(core, other, channel);
    }
    return false;
}

static void bring_up(struct core *core, struct link *link)
{
    struct link *other = link_table_to(&core->links, &link->node, link);
    if (other == NULL && !link->outbound)
        choice_make_room(core);
    link->state = LINK_UP;
    core->links.up++;
    link->up_wall_ms = core->wall_ms;
    link->up_ms = core->now_ms;
    link->ping_at_ms = core->now_ms + prng_below(&core->prng, 1000);
    overlay_linked(&core->overlay, link->number, &link->node);
    punch_link_up(core, link);
    tree_link_up(core, link);
    if (other != NULL) {
        if (settle_duplicate(core, link, other))
            remember_address(core, link);
        return;
    }
    remember_address(core, link);
    choice_link_up(core, link);
    if (link->heir)
        return; /* whom it leads to never left */
    struct show *show = emit_show(core, SHOW_LINK);
    show->up = true;
    show->nick = link->nick;
    show->id = link->node;
    show->address = link->address;
    emit_status(core);
}

/* What its JOIN changed, against what was known of the node before; anew: by another link, with which notes may
 * have been lost. */
static void compare_joined(struct core *core, struct link *link, const struct link *before,
                           bool anew)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (channel->hops == 0)
            continue;
        bool took = before != NULL && link_takes(before, &channel->id);
        bool was = before != NULL && link_has_joined(before, &channel->id);
        bool is = link_has_joined(link, &channel->id);
        bool noted = notes_know(core, channel, &link->node);
        if (!is)
            notes_silence(core, channel, &link->node);
        if ((was || noted) != is && channel->joined)
            emit_member(core, channel, link, is);
        if (link_takes(link, &channel->id) && (!took || anew))
            notes_tell(core, link, channel);
    }
}

static void compare_heads(struct core *core, struct link *link)
{
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].hops > 0)
            heads_meet(core, link, &core->channels.list[i]);
}

/* Who has left a channel answers nothing in it. */
static void forget_left(struct core *core, const struct link *link, const struct link *before)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (!link_takes(before, &channel->id) || link_takes(link, &channel->id))
            continue;
        for (size_t k = 0; k < channel->log_count; k++)
            sync_forget(&channel->logs[k], link->number, core->now_ms);
        bodies_link_gone(core, channel, link->number);
        channel->ask_at_ms = core->now_ms;
    }
}

/* before: the link as it was until this JOIN. */
static void first_join(struct core *core, struct link *link, const struct link *before)
{
    uint64_t number = link->number;
    struct link *other = link_table_to(&core->links, &link->node, link);
    struct link was;
    if (other != NULL)
        was = link_copy(&core->arena, other);
    bring_up(core, link);
    if (link_table_find(&core->links, number) == NULL)
        return; /* it was the worse of two */
    talk_link_up(core, link);
    acquaint_look(core, link);
    compare_joined(core, link, other != NULL ? &was : link->heir ? before : NULL, true);
    link->heir = false;
    notes_ask(core);
    compare_heads(core, link);
    carry_asked(core);
    kin_news(core);
}

/* Each JOIN may cost others a line on their screen, and each BUCKETS is answered at length. */
bool meet_too_much(const struct core *core, struct link *link)
{
    if (core->now_ms - link->joins_from_ms >= JOINS_MS) {
        link->joins_from_ms = core->now_ms;
        link->joins = 0;
    }
    return ++link->joins > JOINS_MAX;
}

void meet_join(struct core *core, struct link *link, struct bytes frame)
{
    struct join join;
    if (!wire_read_join(frame, &join)) {
        frame_breaks_rules(core, link, "a JOIN that does not parse");
        return;
    }
    struct link before = link_copy(&core->arena, link);
    if (meet_too_much(core, link)) {
        frame_breaks_rules(core, link, "JOINs without end");
        return;
    }
    if (link->state == LINK_UP && join.generation <= link->generation)
        return;
    if (link->state != LINK_UP && no_room(core, link)) {
        core_end_link(core, link, WHY_FULL);
        return;
    }
    link->nick = nick_from_peer(join.nick);
    take_channels(link, &join, &before);
    if (before.state != LINK_UP) {
        first_join(core, link, &before);
        return;
    }
    if (strcmp(before.nick.text, link->nick.text) != 0)
        emit_told(core, TOLD_NICK_OTHER, before.nick.text, link->nick.text, 0);
    acquaint_look(core, link);
    compare_joined(core, link, &before, false);
    forget_left(core, link, &before);
    compare_heads(core, link);
    carry_asked(core);
    choice_found(core);
    kin_news(core);
}

void core_send_join(struct core *core, struct link *link)
{
    struct join join = {.generation = core->generation};
    join.nick =
        (struct bytes){(const uint8_t *)core->config.nick.text, strlen(core->config.nick.text)};
    for (size_t i = 0; i < core->channels.count; i++)
        if (core->channels.list[i].hops > 0 && join.count < LIMIT_TAKES) {
            join.digests[join.count] = heads_digest(core, &core->channels.list[i]);
            join.hops[join.count] = core->channels.list[i].hops;
            join.channels[join.count++] = core->channels.list[i].id;
        }
    struct writer w = frame_writer(core, 8 + LIMIT_NICK + JOIN_ITEM_BYTES * join.count);
    wire_write_join(&w, &join);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

void core_say_join(struct core *core)
{
    core->generation++;
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number != 0 && link->state >= LINK_AWAITS_JOIN)
            core_send_join(core, link);
    }
}

void core_announce_self(struct core *core)
{
    core_say_join(core);
    notes_self(core);
}
