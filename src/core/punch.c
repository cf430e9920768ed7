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
 *    connection that it has, never by who asks. So nobody can name another's address. Each dials by the port that its link to
 *    the middle leaves by, so the port, too, is what its router makes of it.
 * 2. A frame is passed on once: it comes without an address, from `from` itself, and goes on with one. What
 *    has one is for its hearer.
 * 3. Each frame costs a signature check, or two, so one link may send PUNCH_CHECKS of them in PUNCH_AGAIN_MS;
 *    and each ASK that is answered some packets to a foreign address: PUNCH_BURST at once, then one in
 *    PUNCH_REFILL_MS, own ones among them.
 * 4. An ASK that does not have a higher number than all before of its node is passed over; who was let go of the
 *    table (punched.c) may be shown an old one once more, within 3.
 */
#include "core/punch.h"

#include <sodium.h>
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

/* ---- when ---- */

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

/* The port that the link to the one in the middle leaves by: what a router makes of it he sees, and so it is at most routers
 * whoever it goes to. Where he dialled, any. */
static uint16_t port_by(struct core *core, const struct link *link)
{
    return link->near_port != 0 ? link->near_port
                                : (uint16_t)(PORT_FIRST + prng_below(&core->prng, PORT_COUNT));
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
    uint64_t by = punched_known_by(core, &punched->node);
    if (by == 0)
        punched->fails = 0; /* who comes back may be elsewhere */
    if (by == 0 || !punched_may_link(core, &punched->node)) {
        punched->at_ms = UINT64_MAX;
        return;
    }
    punched->at_ms = punched_refill_ms(punches, core->now_ms);
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
    punched->port = port_by(core, link);
    punched->state = PUNCHED_ASKED;
    punched->at_ms = core->now_ms + PUNCH_ANSWER_MS;
    punched->use_ms = core->now_ms;
    say(core, link, punched, PUNCH_ASK, punched->asked);
}

/* Who is bigger is dialled, as far as HELLO goes. */
static void dial(struct core *core, struct punched *punched)
{
    uint64_t number = core->links.next_number + 2;
    bool client = punched_begins(core, &punched->node);
    struct link *link =
        core->links.up >= LIMIT_LINKS
            ? NULL
            : link_table_add(&core->links, number, client, &punched->address, core->now_ms);
    if (link == NULL) {
        punched_failed(core, punched);
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

/* Others may be there: it is no name, has no zone, and is not this machine itself. */
static bool is_usable(const struct address *address)
{
    struct bytes text = {(const uint8_t *)address->text, strlen(address->text)};
    return !begins_with(address->text, "127.") && !begins_with(address->text, "0.") &&
           !begins_with(address->text, "[::1]") && record_address_ok(text) &&
           strstr(address->text, ".onion:") == NULL;
}

static bool set_port(struct address *address, uint16_t port)
{
    char *colon = strrchr(address->text, ':');
    char digits[6];
    size_t count = 0;
    for (uint32_t left = port; left > 0; left /= 10)
        digits[count++] = (char)('0' + left % 10);
    if (colon == NULL || (size_t)(colon + 1 - address->text) + count > LIMIT_ADDRESS)
        return false;
    for (size_t i = 0; i < count; i++)
        colon[1 + i] = digits[count - 1 - i];
    colon[1 + count] = '\0';
    return true;
}

/* Where the link's node is as seen from here. If it dialled, it will leave by that port again; else by the one that it says.
 * False where nobody else can use it. */
static bool seen_at(const struct link *link, uint16_t port, struct address *address)
{
    *address = link->address;
    bool dialled_us = !link->outbound || link->punched;
    return (dialled_us || set_port(address, port)) && is_usable(address);
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
    if (punch->address.size == 0)
        return false;
    punched->address = (struct address){{0}};
    memcpy(punched->address.text, punch->address.at, punch->address.size);
    return is_usable(&punched->address);
}

static void take_ask(struct core *core, struct link *link, const struct punch *punch)
{
    struct punches *punches = &core->punches;
    struct punched *punched = punched_find(core, &punch->from);
    if (punched_begins(core, &punch->from) ||
        (punched != NULL && punch->number <= punched->heard) ||
        !punched_may_link(core, &punch->from) || too_many(core, link) || !holds(core, link, punch))
        return;
    punched = punched_place(core, &punch->from);
    if (punched == NULL)
        return;
    punched->heard = punch->number;
    if (punched->state != PUNCHED_IDLE || !take_address(punched, punch) ||
        punched_refill_ms(punches, core->now_ms) > core->now_ms)
        return;
    uint64_t delay_ms = ((uint64_t)punch->rtt_us + link->rtt_us) / 2000;
    punches->left--;
    punched->port = port_by(core, link);
    punched->state = PUNCHED_READY;
    punched->use_ms = core->now_ms;
    punched->at_ms = core->now_ms + (delay_ms < DELAY_MOST_MS ? delay_ms : DELAY_MOST_MS);
    say(core, link, punched, PUNCH_READY, punch->number);
}

static void take_ready(struct core *core, struct link *link, const struct punch *punch)
{
    struct punched *punched = punched_find(core, &punch->from);
    if (punched == NULL || punched->state != PUNCHED_ASKED || punched->asked != punch->number ||
        punched->via != link->number || too_many(core, link) || !holds(core, link, punch))
        return;
    if (take_address(punched, punch) && punched_may_link(core, &punched->node))
        dial(core, punched);
    else
        punched_failed(core, punched);
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
    struct punched *punched = punched_by_link(core, link->number);
    if (punched == NULL)
        return;
    punched->state = PUNCHED_LINKED;
    punched->worked = true;
    punched->fails = 0;
}

void punch_link_gone(struct core *core, const struct link *was, enum link_why why)
{
    struct punched *punched = punched_by_link(core, was->number);
    punch_soon(core);
    if (punched == NULL)
        return;
    punched_failed(core, punched);
    if (was->state != LINK_UP)
        return;
    punched->fails = 0;
    punched->worked = why == WHY_LOST; /* its notes count for nothing until it says another */
    punched->at_ms = UINT64_MAX;
    punched_consider(core, &punched->node);
}

static void work_one(struct core *core, struct punched *punched)
{
    switch (punched->state) {
    case PUNCHED_IDLE: ask(core, punched); break;
    case PUNCHED_ASKED: punched_failed(core, punched); break;
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
        punched_look(core);
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
    bool known = punched_known_by(core, &punched->node) != 0;
    struct link *via = link_table_find(&core->links, punched_known_by(core, &punched->node));
    *out = (struct core_punch){.node = punched->node, .linked = punched->state == PUNCHED_LINKED};
    out->failed =
        known && punched->fails > 0 && link_table_to(&core->links, &punched->node, NULL) == NULL;
    out->nick = nick_of(core, &punched->node);
    if (via != NULL && via->state == LINK_UP)
        out->via = via->nick;
    return true;
}
