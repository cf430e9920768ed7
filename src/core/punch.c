/* Punch: the core's part. A and B know of each other by notes or records, and are linked to C.
 *
 *     A (the smaller key)                    C                         B
 *       ASK number, port  ------------->  checks, puts in  ------->  picks a port
 *                         <-------------  where it sees who  <-----  READY number, port
 *       dials as who dials                sends it                   dials (rtt A-C + rtt B-C) / 2 later,
 *                                                                    as who is dialled
 *
 * So both begin at one moment, as nearly as round trips tell. How often each side tries then is
 * net/punch.c's business; what comes of it is a link like any other, whose HELLO proves who is there.
 *
 * 1. Nothing of a PUNCH is believed but where to try; and that is said by the node in the middle, out of the
 *    connection that it has, never by who asks. So nobody can name another's address.
 * 2. A frame is passed on once: it comes without an address, from `from` itself, and goes on with one. What
 *    has one is for its hearer.
 * 3. Each frame costs a signature check, or two, so one link may send PUNCH_CHECKS of them in PUNCH_AGAIN_MS;
 *    and each ASK that is answered some packets to a foreign address: PUNCH_BURST at once, then one in
 *    PUNCH_REFILL_MS, own ones among them.
 * 4. An ASK that does not have a higher number than all before of its node is passed over. The table has
 *    LIMIT_PUNCHED places; who was let go of may be shown an old ASK once more, within 3.
 * 5. Among many nodes nobody has to be linked to all: what is known by record alone is left alone there.
 */
#include "core/punch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define PUNCH_TERMS       (16 + 3 * 32 + 1 + 8 + 2 + 4)
#define PUNCH_REFUSED_MAX 16
#define PORT_FIRST        49152
#define PORT_COUNT        16384
#define DELAY_MOST_MS     1000

/* ---- what is signed ---- */

static struct bytes terms(uint8_t room[PUNCH_TERMS], const struct punch *punch,
                          const struct id *network)
{
    static const char DOMAIN[16] = "fika-punch-v1";
    struct writer w = writer_of(room, PUNCH_TERMS);
    write_copy(&w, DOMAIN, sizeof DOMAIN);
    write_id(&w, network);
    write_u8(&w, (uint8_t)punch->step);
    write_id(&w, &punch->to);
    write_id(&w, &punch->from);
    write_u64(&w, punch->number);
    write_u16(&w, punch->port);
    write_u32(&w, punch->rtt_us);
    CHECK(!w.full);
    return written(&w);
}

void punch_sign(struct punch *punch, const struct id *network, const struct identity *self)
{
    uint8_t room[PUNCH_TERMS];
    struct bytes signs = terms(room, punch, network);
    crypto_sign_detached(punch->signature.b, NULL, signs.at, signs.size, self->secret);
}

bool punch_verify(const struct punch *punch, const struct id *network)
{
    uint8_t room[PUNCH_TERMS];
    struct bytes signs = terms(room, punch, network);
    return crypto_sign_verify_detached(punch->signature.b, signs.at, signs.size, punch->from.b) ==
           0;
}

/* ---- the table ---- */

static struct punched *find(const struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->punches.count; i++)
        if (id_equal(&core->punches.list[i].node, node))
            return &core->punches.list[i];
    return NULL;
}

static struct punched *by_link(const struct core *core, uint64_t link)
{
    for (size_t i = 0; i < core->punches.count; i++)
        if (core->punches.list[i].link == link && link != 0)
            return &core->punches.list[i];
    return NULL;
}

/* Who was longest of no use; NULL when all are in use. */
static struct punched *oldest(struct punches *punches)
{
    struct punched *found = NULL;
    for (size_t i = 0; i < punches->count; i++) {
        struct punched *punched = &punches->list[i];
        if (punched->state == PUNCHED_IDLE && (found == NULL || punched->use_ms < found->use_ms))
            found = punched;
    }
    return found;
}

/* The node's place; NULL when there is none to be had. Others may move in memory. */
static struct punched *place(struct core *core, const struct id *node)
{
    struct punches *punches = &core->punches;
    struct punched *punched = find(core, node);
    if (punched != NULL)
        return punched;
    if (punches->count == punches->room && punches->room < LIMIT_PUNCHED) {
        punches->room = punches->room == 0 ? 2 : punches->room * 2;
        punches->list = realloc(punches->list, punches->room * sizeof *punches->list);
        CHECK(punches->list != NULL);
    }
    punched = punches->count < punches->room ? &punches->list[punches->count++] : oldest(punches);
    if (punched != NULL)
        *punched = (struct punched){.node = *node, .at_ms = UINT64_MAX, .use_ms = core->now_ms};
    return punched;
}

void punch_release(struct core *core)
{
    free(core->punches.list);
    core->punches.list = NULL;
    core->punches.count = core->punches.room = 0;
}

static bool begins(const struct core *core, const struct id *node)
{
    return id_compare(&core->config.identity.node, node) < 0;
}

/* The try is over. */
static void failed(const struct core *core, struct punched *punched)
{
    punched->state = PUNCHED_IDLE;
    punched->link = 0;
    punched->worked = false;
    punched->use_ms = core->now_ms;
    if (punched->fails < UINT8_MAX)
        punched->fails++;
    punched->at_ms =
        !begins(core, &punched->node)
            ? UINT64_MAX
            : core->now_ms + (punched->fails < PUNCH_TRIES ? PUNCH_AGAIN_MS : PUNCH_RARE_MS);
}

static uint64_t refilled_ms(struct punches *punches, uint64_t now_ms)
{
    while (punches->left < PUNCH_BURST && now_ms - punches->bucket_ms >= PUNCH_REFILL_MS) {
        punches->left++;
        punches->bucket_ms += PUNCH_REFILL_MS;
    }
    if (punches->left == PUNCH_BURST)
        punches->bucket_ms = now_ms;
    return punches->left > 0 ? now_ms : punches->bucket_ms + PUNCH_REFILL_MS;
}

/* ---- whom ---- */

/* A note of a channel that is only carried for others is none of this node's business. */
static bool counts(struct core *core, const struct noted *noted)
{
    const struct channel *channel = channel_by_id(&core->channels, &noted->note.channel);
    return channel != NULL && channel->joined && presence_holds(noted, core->now_ms);
}

/* By which link the node is known of, though there is none to it; 0: it is not known. */
static uint64_t known_by(struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->presence.count; i++) {
        const struct noted *noted = &core->presence.list[i];
        if (id_equal(&noted->note.node, node) && counts(core, noted))
            return noted->via;
    }
    const struct punched *punched = find(core, node);
    const struct link *via =
        punched != NULL && punched->worked ? link_table_find(&core->links, punched->via) : NULL;
    if (via != NULL && via->state == LINK_UP)
        return via->number;
    const struct spare *spare = core->many ? NULL : spares_find(&core->spares, node);
    return spare != NULL && spare->fails > 0 ? spare->via : 0;
}

static bool may_link(struct core *core, const struct id *node)
{
    return link_table_to(&core->links, node, NULL) == NULL &&
           !overlay_shunned(&core->overlay, node) && !block_is(core, node) &&
           (choice_wants_more(core) || kin_is_wanted(core, node));
}

static void consider(struct core *core, const struct id *node)
{
    if (!begins(core, node) || !may_link(core, node))
        return;
    struct punched *punched = place(core, node);
    if (punched != NULL && punched->state == PUNCHED_IDLE && punched->at_ms == UINT64_MAX)
        punched->at_ms = core->now_ms + PUNCH_AFTER_MS;
}

static void look(struct core *core)
{
    struct punches *punches = &core->punches;
    size_t idle = 0;
    for (size_t i = 0; i < punches->count; i++)
        idle += punches->list[i].state == PUNCHED_IDLE;
    if (core->many && idle == punches->count)
        punch_release(core);
    punches->look_ms = UINT64_MAX;
    for (size_t i = 0; i < core->presence.count; i++)
        if (counts(core, &core->presence.list[i]))
            consider(core, &core->presence.list[i].note.node);
    for (size_t i = 0; !core->many && i < core->spares.count; i++)
        if (core->spares.list[i].fails > 0)
            consider(core, &core->spares.list[i].node);
}

void punch_soon(struct core *core)
{
    if (!core->punches.off)
        core->punches.look_ms = core->now_ms;
}

void punch_changed(struct core *core)
{
    for (size_t i = 0; i < core->punches.count; i++) {
        struct punched *punched = &core->punches.list[i];
        punched->fails = 0;
        if (punched->state == PUNCHED_IDLE && punched->at_ms != UINT64_MAX)
            punched->at_ms = core->now_ms + PUNCH_AFTER_MS;
    }
}

/* ---- said ---- */

static uint16_t fresh_port(struct core *core)
{
    return (uint16_t)(PORT_FIRST + prng_below(&core->prng, PORT_COUNT));
}

static void send(struct core *core, struct link *link, struct punch *punch)
{
    struct writer w = frame_writer(core, 256);
    wire_write_punch(&w, punch);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

static void say(struct core *core, struct link *link, const struct punched *punched,
                enum punch_step step, uint64_t number)
{
    struct punch punch = {.step = step,
                          .to = punched->node,
                          .from = core->config.identity.node,
                          .number = number,
                          .port = punched->port,
                          .rtt_us = link->rtt_us};
    punch_sign(&punch, &core->config.network, &core->config.identity);
    send(core, link, &punch);
}

/* The link by which the node is known, or, after that was in vain, any. */
static struct link *whom_to_ask(struct core *core, const struct punched *punched, uint64_t by)
{
    struct link *chosen = link_table_find(&core->links, by);
    uint32_t seen = 0;
    if (punched->fails == 0 && chosen != NULL && chosen->state == LINK_UP)
        return chosen;
    chosen = NULL;
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP &&
            prng_below(&core->prng, ++seen) == 0)
            chosen = &core->links.list[i];
    return chosen;
}

static void ask(struct core *core, struct punched *punched)
{
    struct punches *punches = &core->punches;
    uint64_t by = known_by(core, &punched->node);
    if (by == 0)
        punched->fails = 0; /* who comes back may be elsewhere */
    if (by == 0 || !may_link(core, &punched->node)) {
        punched->at_ms = UINT64_MAX;
        return;
    }
    punched->at_ms = refilled_ms(punches, core->now_ms);
    if (punched->at_ms > core->now_ms)
        return;
    struct link *link = whom_to_ask(core, punched, by);
    if (link == NULL) {
        punched->at_ms = UINT64_MAX;
        return;
    }
    punches->left--;
    punches->number = core->wall_ms > punches->number ? core->wall_ms : punches->number + 1;
    punched->asked = punches->number;
    punched->via = link->number;
    punched->port = fresh_port(core);
    punched->state = PUNCHED_ASKED;
    punched->at_ms = core->now_ms + PUNCH_ANSWER_MS;
    punched->use_ms = core->now_ms;
    say(core, link, punched, PUNCH_ASK, punched->asked);
}

/* Who is bigger is dialled, as far as HELLO goes. */
static void dial(struct core *core, struct punched *punched)
{
    uint64_t number = core->links.next_number + 2;
    bool client = begins(core, &punched->node);
    struct link *link =
        core->links.up >= LIMIT_LINKS
            ? NULL
            : link_table_add(&core->links, number, client, &punched->address, core->now_ms);
    if (link == NULL) {
        failed(core, punched);
        return;
    }
    core->links.next_number = number;
    link->state = LINK_CONNECTING;
    link->punched = true;
    link->deadline_ms = core->now_ms + PUNCH_MS;
    punched->state = PUNCHED_DIALS;
    punched->link = number;
    punched->at_ms = UINT64_MAX;
    struct effect *effect = emit(core, EFFECT_PUNCH);
    effect->link = number;
    effect->address = punched->address;
    effect->number = punched->port;
    effect->server = !client;
}

/* ---- heard ---- */

static bool too_many(struct core *core, struct link *link)
{
    if (core->now_ms - link->punches_from_ms >= PUNCH_AGAIN_MS) {
        link->punches_from_ms = core->now_ms;
        link->punches = 0;
    }
    return ++link->punches > PUNCH_CHECKS;
}

static bool holds(struct core *core, struct link *link, const struct punch *punch)
{
    if (punch_verify(punch, &core->config.network))
        return true;
    emit_log(core, "a PUNCH refused: its signature does not hold", link);
    if (++link->refused >= PUNCH_REFUSED_MAX)
        core_end_link(core, link, WHY_RULES);
    return false;
}

static bool begins_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Where the link's node is as seen from here, with that port. False where nobody else can use it: a host
 * of its own zone, this machine itself, behind a proxy. */
static bool seen_at(const struct link *link, uint16_t port, struct address *address)
{
    *address = link->address;
    char *colon = strrchr(address->text, ':');
    char digits[6];
    size_t count = 0;
    if (colon == NULL || begins_with(address->text, "127.") || begins_with(address->text, "0.") ||
        begins_with(address->text, "[::1]"))
        return false;
    for (uint32_t left = port; left > 0; left /= 10)
        digits[count++] = (char)('0' + left % 10);
    if ((size_t)(colon + 1 - address->text) + count > LIMIT_ADDRESS)
        return false;
    for (size_t i = 0; i < count; i++)
        colon[1 + i] = digits[count - 1 - i];
    colon[1 + count] = '\0';
    return record_address_ok(
               (struct bytes){(const uint8_t *)address->text, strlen(address->text)}) &&
           strstr(address->text, ".onion:") == NULL;
}

static void pass_on(struct core *core, struct link *link, struct punch *punch)
{
    struct link *to = link_table_to(&core->links, &punch->to, link);
    struct address address;
    if (to == NULL || !id_equal(&punch->from, &link->node) || punch->address.size != 0 ||
        !seen_at(link, punch->port, &address) || too_many(core, link) || !holds(core, link, punch))
        return;
    punch->address = (struct bytes){(const uint8_t *)address.text, strlen(address.text)};
    send(core, to, punch);
}

/* Where the other one is; false when it is nowhere to dial. */
static bool take_address(struct punched *punched, const struct punch *punch)
{
    struct link seen = {.address = {""}};
    if (punch->address.size == 0)
        return false;
    memcpy(seen.address.text, punch->address.at, punch->address.size);
    return seen_at(&seen, punch->port, &punched->address);
}

static void take_ask(struct core *core, struct link *link, const struct punch *punch)
{
    struct punches *punches = &core->punches;
    struct punched *punched = find(core, &punch->from);
    if (begins(core, &punch->from) || (punched != NULL && punch->number <= punched->heard) ||
        !may_link(core, &punch->from) || too_many(core, link) || !holds(core, link, punch))
        return;
    punched = place(core, &punch->from);
    if (punched == NULL)
        return;
    punched->heard = punch->number;
    if (punched->state != PUNCHED_IDLE || !take_address(punched, punch) ||
        refilled_ms(punches, core->now_ms) > core->now_ms)
        return;
    uint64_t delay_ms = ((uint64_t)punch->rtt_us + link->rtt_us) / 2000;
    punches->left--;
    punched->port = fresh_port(core);
    punched->state = PUNCHED_READY;
    punched->use_ms = core->now_ms;
    punched->at_ms = core->now_ms + (delay_ms < DELAY_MOST_MS ? delay_ms : DELAY_MOST_MS);
    say(core, link, punched, PUNCH_READY, punch->number);
}

static void take_ready(struct core *core, struct link *link, const struct punch *punch)
{
    struct punched *punched = find(core, &punch->from);
    if (punched == NULL || punched->state != PUNCHED_ASKED || punched->asked != punch->number ||
        punched->via != link->number || too_many(core, link) || !holds(core, link, punch))
        return;
    if (take_address(punched, punch) && may_link(core, &punched->node))
        dial(core, punched);
    else
        failed(core, punched);
}

void punch_take(struct core *core, struct link *link, struct bytes frame)
{
    struct punch punch;
    const struct id *self = &core->config.identity.node;
    if (!wire_read_punch(frame, &punch)) {
        frame_breaks_rules(core, link, "a PUNCH that does not parse");
        return;
    }
    if (!id_equal(&punch.to, self))
        pass_on(core, link, &punch);
    else if (core->punches.off || core->stopping || id_equal(&punch.from, self))
        return;
    else if (punch.step == PUNCH_ASK)
        take_ask(core, link, &punch);
    else
        take_ready(core, link, &punch);
}

/* ---- what becomes of it ---- */

void punch_link_up(struct core *core, const struct link *link)
{
    struct punched *punched = by_link(core, link->number);
    if (punched == NULL)
        return;
    punched->state = PUNCHED_LINKED;
    punched->worked = true;
    punched->fails = 0;
}

void punch_link_gone(struct core *core, const struct link *was, enum link_why why)
{
    struct punched *punched = by_link(core, was->number);
    punch_soon(core);
    if (punched == NULL)
        return;
    failed(core, punched);
    if (was->state != LINK_UP)
        return;
    punched->fails = 0;
    punched->worked = why == WHY_LOST; /* its notes count for nothing until it says another */
    punched->at_ms = UINT64_MAX;
    consider(core, &punched->node);
}

static void work_one(struct core *core, struct punched *punched)
{
    switch (punched->state) {
    case PUNCHED_IDLE: ask(core, punched); break;
    case PUNCHED_ASKED: failed(core, punched); break;
    case PUNCHED_READY: dial(core, punched); break;
    default: break;
    }
}

void punch_work(struct core *core)
{
    struct punches *punches = &core->punches;
    if (punches->off || core->stopping)
        return;
    if (punches->look_ms <= core->now_ms)
        look(core);
    for (size_t i = 0; i < punches->count; i++)
        if (punches->list[i].at_ms <= core->now_ms)
            work_one(core, &punches->list[i]);
}

uint64_t punch_deadline(const struct core *core)
{
    const struct punches *punches = &core->punches;
    uint64_t deadline = punches->look_ms;
    if (punches->off || core->stopping)
        return UINT64_MAX;
    for (size_t i = 0; i < punches->count; i++)
        if (punches->list[i].at_ms < deadline)
            deadline = punches->list[i].at_ms;
    return deadline;
}

/* ---- for the doctor ---- */

/* What the node is called: by a note, a link, or else by the beginning of its name. */
static struct nick nick_of(struct core *core, const struct id *node)
{
    const struct link *link = link_table_to(&core->links, node, NULL);
    char hex[ID_HEX_SIZE];
    if (link != NULL)
        return link->nick;
    for (size_t i = 0; i < core->presence.count; i++)
        if (id_equal(&core->presence.list[i].note.node, node))
            return notes_nick(&core->presence.list[i]);
    hex_of(hex, node->b, 4);
    return nick_from_peer((struct bytes){(const uint8_t *)hex, 8});
}

bool core_punch(struct core *core, size_t index, struct core_punch *out)
{
    if (index >= core->punches.count)
        return false;
    const struct punched *punched = &core->punches.list[index];
    bool known = known_by(core, &punched->node) != 0;
    struct link *via = link_table_find(&core->links, known_by(core, &punched->node));
    *out = (struct core_punch){.node = punched->node, .linked = punched->state == PUNCHED_LINKED};
    out->failed =
        known && punched->fails > 0 && link_table_to(&core->links, &punched->node, NULL) == NULL;
    out->nick = nick_of(core, &punched->node);
    if (via != NULL && via->state == LINK_UP)
        out->via = via->nick;
    return true;
}
