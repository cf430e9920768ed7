/* Sybils in private channels in fuzz_core.c, who are let in or made them: they say acts, epochs and lines as members do, or lie in
 * them; and KEYS, and REQUESTs for them, over direct channels. */
#pragma once

#include "core_circle.h"

/* A sybil's channel. */
static void found_circle(void)
{
    uint8_t who = next();
    struct circle circle = {.founder = authors[who % AUTHORS].node,
                            .nonce = {who, (uint8_t)circle_count},
                            .name = {"#p"}};
    circle.channel = private_id(&network, &circle.founder, circle.nonce);
    learn_circle(&circle);
}

/* Made or met: the acts of nodes that are in are seen by all who carry them. */
static const struct circle *some_circle(void)
{
    uint8_t at = next();
    for (int i = 0; i < NODES; i++)
        for (size_t k = 0; k < nodes[i].core->channels.count; k++) {
            const struct group *group = nodes[i].core->channels.list[k].group;
            struct circle circle;
            if (group == NULL)
                continue;
            circle.channel = group->kept.channel;
            circle.founder = group->kept.founder;
            circle.name = group->kept.called;
            memcpy(circle.nonce, group->kept.nonce, sizeof circle.nonce);
            learn_circle(&circle);
        }
    return circle_count == 0 ? NULL : &circles[at % circle_count];
}

static struct group *view_of(const struct circle *circle, uint8_t from)
{
    struct group *group = group_at(&nodes[from % NODES], &circle->channel);
    return group != NULL ? group : group_at(&nodes[(from + 1) % NODES], &circle->channel);
}

static struct wire *open_wire(void)
{
    uint8_t at = next();
    for (size_t i = 0; i < wire_count; i++) {
        struct wire *wire = &wires[(at + i) % wire_count];
        if (wire->open && wire->peer < 0)
            return wire;
    }
    return NULL;
}

/* Lists private channels, and direct ones with both nodes. */
static void lie_circle_join(void)
{
    struct wire *wire = open_wire();
    struct join join = {.generation = next(), .nick = {(const uint8_t *)"sybil", 5}};
    uint8_t what = next();
    some_circle();
    join.channels[join.count] = channel_ids[0];
    join.hops[join.count++] = CARRY_HOPS;
    for (size_t i = 0; i < circle_count && i < 6; i++)
        if (what >> i & 1) {
            join.hops[join.count] = what & 128 ? 1 : CARRY_HOPS;
            join.channels[join.count++] = circles[i].channel;
        }
    for (size_t i = 0; what & 64 && i < AUTHORS * NODES; i++) {
        join.hops[join.count] = CARRY_HOPS;
        join.channels[join.count++] = between[i % AUTHORS][AUTHORS + i / AUTHORS];
    }
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_join(&w, &join);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

/* The sybil's next entry, without body. how >> 4: honest up to 9; then lies: 10 a fork, 11 an adrift clock, 12 a low one, 13
 * another term. */
static struct entry *next_in_circle(size_t who, const struct circle *circle, uint8_t kind,
                                    uint8_t how)
{
    const struct entry *prev = NULL;
    struct group *group = view_of(circle, how);
    const struct channel *seen =
        channel_by_id(&nodes[how % NODES].core->channels, &circle->channel);
    const struct seat *seat =
        group == NULL ? NULL : members_last(group_members(group), &authors[who].node);
    if (made_count[who] == MADE_MAX || pool_used + LIMIT_BODY > POOL)
        return NULL;
    for (size_t i = 0; i < made_count[who]; i++)
        if (id_equal(&made[who][i].channel, &circle->channel))
            prev = &made[who][i];
    if (prev != NULL && how >> 4 == 10)
        prev = made_before(who, prev);
    struct entry *entry = &made[who][made_count[who]];
    *entry = (struct entry){.version = ENTRY_VERSION,
                            .kind = kind,
                            .channel = circle->channel,
                            .author = authors[who].node,
                            .process = {{how >> 4 == 10}},
                            .seq = prev != NULL ? prev->seq + 1 : 1,
                            .lamport = prev != NULL ? prev->lamport + 1 : 1,
                            .flags = seat != NULL ? seat->term : 0,
                            .wall_ms = wall_ms};
    if (prev != NULL)
        entry->prev = prev->id;
    if (seen != NULL && how >> 4 != 12 && seen->lamport >= entry->lamport)
        entry->lamport = seen->lamport + 1;
    if (how >> 4 == 11 && entry->lamport < INT64_MAX / 2)
        entry->lamport = INT64_MAX / 2 + made_count[who];
    entry->flags = (uint16_t)(entry->flags + (how >> 4 == 13));
    return entry;
}

static void say_in_circle(size_t who, struct entry *entry, struct bytes body, uint8_t how)
{
    struct wire *wire = open_wire();
    entry->body = body;
    pool_used += body.size;
    entry_finish(entry);
    made_count[who]++;
    struct bytes frame =
        made_run(who, entry, 1 + how % 8, how & 8 ? PART_ANSWER_END : PART_PUSH, true);
    if (wire != NULL)
        step_frame(wire, frame.at, frame.size);
}

/* The last act on the way down from there. */
static struct id last_act_of(size_t who, const struct entry *entry)
{
    const struct entry *at = made_before(who, entry);
    while (at != NULL && !act_is(at->kind))
        at = made_before(who, at);
    return at == NULL ? (struct id){{0}} : at->id;
}

/* Whoever is cut off is so where the node's log of him ends, or lower, or nowhere. */
static void cut_somewhere(struct act *act, const struct circle *circle, uint8_t how)
{
    struct channel *channel = channel_by_id(&nodes[how % NODES].core->channels, &circle->channel);
    const struct log *log = channel == NULL ? NULL : channel_highest(channel, &act->member);
    uint8_t where = next();
    if (log == NULL || !log_has_head(log) || where >= 240)
        return;
    act->cut_seq = log->seq;
    act->cut_tip = log->tip;
    for (const struct held *held = held_entry(&nodes[how % NODES], &log->tip);
         held != NULL && where % 8 > 0 && held->entry.seq > 1; where--) {
        act->cut_tip = held->entry.prev;
        act->cut_seq = held->entry.seq - 1;
        held = held_entry(&nodes[how % NODES], &held->entry.prev);
    }
    act->cut_tip.b[0] ^= where >= 200;
    if (channel->group != NULL)
        act->cut_last = group_last_act(channel->group, &act->member, act->cut_seq);
}

/* how: as in next_in_circle(); 14: another's `by`, 15: another `last`. */
static void lie_act(void)
{
    const struct circle *circle = some_circle();
    size_t who = next() % AUTHORS, member = next();
    uint8_t what = next(), how = next();
    if (circle == NULL || member % PEOPLE == who)
        what |= 1; /* who leaves */
    struct entry *entry =
        circle == NULL ? NULL
                       : next_in_circle(who, circle, what & 1 ? ENTRY_REMOVE : ENTRY_ADMIT, how);
    if (entry == NULL)
        return;
    struct group *group = view_of(circle, how);
    const struct members *members = group == NULL ? NULL : group_members(group);
    const struct id *of = &authors[member % PEOPLE].node;
    const struct seat *seat = group == NULL ? NULL : members_last(members, &authors[who].node);
    const struct seat *his = group == NULL ? NULL : members_last(members, of);
    struct act act = {.kind = entry->kind,
                      .member = *of,
                      .author = entry->author,
                      .may_invite = (what & 2) != 0,
                      .history = (what & 4) != 0,
                      .last = last_act_of(who, entry)};
    if (seat != NULL)
        act.by = seat->admit;
    if (his != NULL)
        act.member_term = (uint16_t)(his->term + ((what & 1) == 0 && his->cut));
    act.member_term = (uint16_t)(act.member_term + (what >> 6 == 3));
    if ((what & 1) != 0 && member % PEOPLE != who)
        cut_somewhere(&act, circle, how);
    if (how >> 4 == 14 && his != NULL)
        act.by = his->admit;
    if (how >> 4 == 15)
        act.last = made_count[who] > 0 ? made[who][what % made_count[who]].id : *of;
    if (member % PEOPLE == who)
        memset(&act.by, 0, sizeof act.by);
    uint8_t *out = pool + pool_used;
    say_in_circle(who, entry, (struct bytes){out, act_write(out, &act)}, how);
}

/* The prekey that an epoch, or a line, is sealed to. */
static struct id prekey_for(size_t who)
{
    const struct direct *direct = who < AUTHORS ? NULL : &nodes[who - AUTHORS].core->direct;
    return direct != NULL && direct->own_count > 0 ? direct->own[direct->own_count - 1].prekey.key
                                                   : sybil_keys[who][0].key;
}

/* For those that are in, as a node sees it; what: bits of whom it leaves out, or names all the same. */
static void lie_epoch(void)
{
    const struct circle *circle = some_circle();
    size_t who = next() % AUTHORS, order[PEOPLE], count = 0;
    uint8_t what = next(), how = next(), secret[32] = {0}, pair[32] = {0};
    static uint8_t rows[PEOPLE * ACT_ROW];
    struct entry *entry = circle == NULL ? NULL : next_in_circle(who, circle, ENTRY_EPOCH, how);
    if (entry == NULL)
        return;
    struct group *group = view_of(circle, how);
    struct act act = {.kind = ENTRY_EPOCH,
                      .author = entry->author,
                      .last = last_act_of(who, entry),
                      .rows = rows};
    struct groupseal_epoch terms = {.channel = circle->channel, .maker = entry->author};
    sealed_count++;
    memcpy(secret, &sealed_count, sizeof sealed_count);
    memcpy(pair, &sealed_count, sizeof sealed_count);
    secret[31] = pair[30] = 1;
    groupseal_begin(&terms, secret, pair);
    act.e = terms.e;
    memcpy(act.check, terms.check, sizeof act.check);
    act.check[0] ^= how >> 4 == 14;
    for (size_t i = 0; i < PEOPLE; i++) {
        bool in = group != NULL && members_in(group_members(group), &authors[i].node) != NULL;
        if (i == who || in == (what >> i & 1))
            continue;
        size_t at = count++;
        for (; at > 0 && id_compare(&authors[order[at - 1]].node, &authors[i].node) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (; act.count < count; act.count++) {
        uint8_t *row = rows + act.count * ACT_ROW;
        const struct id *reader = &authors[order[act.count]].node;
        struct id prekey = prekey_for(order[act.count]);
        memset(row, 0, ACT_ROW);
        memcpy(row, reader->b, ACT_SHORT);
        if (how >> 4 == 15)
            continue; /* he has no card of anybody */
        memcpy(row + ACT_SHORT, prekey.b, ACT_PREKEY);
        groupseal_row(row + ACT_SHORT + ACT_PREKEY, &terms, secret, pair, reader, &prekey,
                      shared_by[who][order[act.count]]);
    }
    uint8_t *out = pool + pool_used;
    say_in_circle(who, entry, (struct bytes){out, act_write(out, &act)}, how);
    learn_key(&circle->channel, entry->id.b, secret);
}

/* A line under a secret that sybils know. */
static void lie_line(void)
{
    static const uint8_t KINDS[] = {ENTRY_TEXT,     ENTRY_TEXT,   ENTRY_ACTION, ENTRY_EDIT,
                                    ENTRY_REACTION, ENTRY_FORGET, ENTRY_KEYS,   ENTRY_ADMIT};
    static const uint8_t RANDOM[32] = {6};
    const struct circle *circle = some_circle();
    size_t who = next() % AUTHORS, at = next();
    uint8_t what = next(), how = next(), plain[64];
    const struct kept_key *key = NULL;
    for (size_t i = 0; circle != NULL && i < told_count; i++)
        if (id_equal(&told[(at + i) % told_count].channel, &circle->channel))
            key = &told[(at + i) % told_count];
    struct entry *entry =
        key == NULL
            ? NULL
            : next_in_circle(who, circle, what >= 248 ? KINDS[what % 8] : ENTRY_SEALED, how);
    if (entry == NULL)
        return;
    size_t size = entry_write_text(plain, "sybil", "psst", 4);
    struct groupseal_terms terms = {circle->channel, entry->author, entry->flags};
    uint8_t *out = pool + pool_used;
    size = groupseal_write(out, &terms, key->key.epoch, key->key.secret, RANDOM, ++sealed_count,
                           (enum entry_kind)KINDS[what % 8], (struct bytes){plain, size});
    out[how >> 4 == 14 ? 1 : 40] ^= how >> 4 >= 14; /* of no epoch; or spoiled */
    say_in_circle(who, entry, (struct bytes){out, size}, how);
}

/* What is said over the direct channel with a node. how: 64, it is sealed to a key that the node has not. */
static void tell(const struct wire *wire, size_t who, size_t to, enum entry_kind kind,
                 struct bytes body, uint8_t how)
{
    say_between(wire, who, to, seal_between(who, to, how & 64 ? 0x60 : 0, (uint8_t)kind, body),
                ENTRY_SEALED, how & 0x3f);
}

/* Asks for all again that the node has said to him, since he has another card. */
static void lie_ask(const struct wire *wire, size_t who, size_t to, uint8_t how)
{
    static uint8_t body[8 + 32 + 64 + HELD_MAX * 40];
    const struct node *node = &nodes[to - AUTHORS];
    struct writer w = writer_of(body, sizeof body);
    struct keycard card = {.number = wall_ms, .prekey = sybil_keys[who][1].key};
    card_sign(&card, &network, &authors[who]);
    write_u64(&w, card.number);
    write_id(&w, &card.prekey);
    write_copy(&w, card.signature.b, sizeof card.signature.b);
    for (size_t i = 0; i < node->held_count; i++)
        if (id_equal(&node->held[i].entry.channel, &between[who][to]) &&
            id_equal(&node->held[i].entry.author, &authors[to].node)) {
            write_u64(&w, node->held[i].entry.seq);
            write_id(&w, &node->held[i].entry.id);
        }
    if (w.size <= SEAL_BODY_MOST)
        tell(wire, who, to, ENTRY_ASK, written(&w), how);
}

/* KEYS or a REQUEST for them. */
static void lie_keys(void)
{
    static uint8_t body[SEAL_BODY_MOST];
    const struct circle *circle = some_circle();
    size_t who = next() % AUTHORS, to = AUTHORS + next() % NODES;
    uint8_t what = next(), how = next();
    struct wire *wire = open_wire();
    struct writer w = writer_of(body, sizeof body);
    bool asks = (what & 1) != 0, invites = !asks && (what & 2) != 0;
    if (wire != NULL && (what & 3) == 3)
        lie_ask(wire, who, to, how);
    if (circle == NULL || wire == NULL || (what & 3) == 3)
        return;
    struct group *group = view_of(circle, how);
    const struct seat *seat =
        group == NULL ? NULL : members_in(group_members(group), &authors[to].node);
    write_u8(&w, what >> 3 == 31 ? 2 : 1);
    write_id(&w, &circle->channel);
    if (!asks)
        write_u8(&w, what >> 3 == 30 ? 2 : invites);
    if (invites) {
        size_t name = strlen(circle->name.text);
        const struct entry *last = made_count[who] > 0 ? &made[who][made_count[who] - 1] : NULL;
        write_id(&w, what >> 3 == 29 ? &authors[who].node : &circle->founder);
        write_copy(&w, circle->nonce, sizeof circle->nonce);
        write_u8(&w, (uint8_t)name);
        write_copy(&w, circle->name.text, name);
        write_id(&w, seat != NULL ? &seat->admit : last != NULL ? &last->id : &circle->channel);
    }
    size_t count_at = w.size;
    uint16_t count = 0;
    write_u16(&w, 0);
    for (size_t i = 0; asks && group != NULL && i < group->epoch_count && count < 40; i++, count++)
        write_copy(&w, group_act(group, &group->epochs[i])->id.b, ACT_SHORT);
    for (size_t i = 0; !asks && i < told_count; i++)
        if (id_equal(&told[i].channel, &circle->channel) || (what & 4) != 0) {
            write_copy(&w, &told[i].key, sizeof told[i].key);
            count++;
        }
    body[count_at] = (uint8_t)(count + (what >> 3 == 28));
    if (what >> 3 == 27)
        body[w.size - 1] ^= 1;
    tell(wire, who, to, asks ? ENTRY_KEY_REQUEST : ENTRY_KEYS, written(&w), how);
}

/* The shell has seen certificates: one is a device of another's person, or was revoked. */
static void devices(int which)
{
    uint8_t what = next();
    size_t device = what % PEOPLE;
    if ((what & 128) != 0 && device != AUTHORS + (size_t)which) {
        nodes[which].refused[device] = true;
        step(which, (struct event){.kind = EVENT_REFUSE, .node = authors[device].node});
    } else {
        step(which, (struct event){.kind = EVENT_DEVICE,
                                   .node = authors[device].node,
                                   .head = {.author = authors[what / PEOPLE % PEOPLE].node}});
    }
}

static void act_in_circle(int which)
{
    switch (next() % 10) {
    case 0: found_circle(); break;
    case 1: lie_act(); break;
    case 2: lie_epoch(); break;
    case 3: lie_line(); break;
    case 4: lie_keys(); break;
    case 5: lie_circle_join(); break;
    case 9: devices(which); break;
    default: ask_private(which); break;
    }
}
