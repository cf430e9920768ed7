/* Outcast: what a member, or one who was removed, can do: go on under an old secret, at the end of his log or beside it, with a
 * clock of before; speak in a term that he lets himself have; let friends in, and others' guests, so that their seats hang below
 * his; remove whom he likes; take back acts; make epochs whose secret is another in some rows; tell wrong secrets.
 *
 * All of it is well signed, and the oracle is told what was made: what of it counts is for the acts to say.
 */
#include "sim/outcast.h"

#include <string.h>

#include "sim/circle.h"
#include "sim/oracle.h"

#define FORKS_FROM 6 /* own entries beside which something may stand */
#define FORKS_MOST 5 /* there is no room for more than 16 branches of anybody */

struct lie {
    struct world *world;
    const struct machine *machine;
    struct entry last; /* what it stands on; seq 0: nothing */
    struct id last_act;
    struct loose_key key;
    uint8_t *body; /* LIMIT_BODY */
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return prng_below(&world->circle->prng, bound);
}

static const struct machine *anyone(struct world *world)
{
    return &world->machines[below(world, (uint32_t)world->machine_count)];
}

/* A secret that it was told; false: none. */
static bool pick_key(struct world *world, const struct machine *machine, struct loose_key *key)
{
    const struct vault *vault = vault_of(world, machine);
    if (vault->key_count == 0)
        return false;
    *key = vault->keys[below(world, (uint32_t)vault->key_count)].key;
    return true;
}

/* The end of its log there; or, beside whatever came after, one of the first few. */
static struct entry pick_last(struct world *world, const struct machine *machine,
                              const struct id *channel, bool forks)
{
    struct entry none = {.channel = *channel, .author = machine->config.identity.node};
    const struct disk_log *log =
        disk_highest(&machine->disk, channel, &machine->config.identity.node);
    if (log == NULL || log->load.base_seq > 0 || log->load.seq == 0 || log->live.count == 0)
        return none;
    size_t at = (size_t)log->load.seq - 1;
    if (forks && at > 0)
        at = below(world, at < FORKS_FROM ? (uint32_t)at : FORKS_FROM);
    return at < log->live.count ? log->live.at[at]->entry : none;
}

/* Of the acts below that entry, and at it, the last. */
static struct id act_below(const struct machine *machine, const struct entry *last)
{
    struct id id = {{0}};
    const struct disk_log *log = disk_highest(&machine->disk, &last->channel, &last->author);
    for (size_t i = 0; log != NULL && i < log->live.count; i++)
        if (log->live.at[i]->entry.seq <= last->seq && act_is(log->live.at[i]->entry.kind))
            id = log->live.at[i]->entry.id;
    return id;
}

static struct entry after(const struct lie *lie, uint8_t kind, uint16_t term, size_t size)
{
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = kind,
                          .flags = term,
                          .channel = lie->last.channel,
                          .author = lie->last.author,
                          .process = {{0x66}},
                          .seq = lie->last.seq + 1,
                          .lamport = lie->last.lamport + 1 + below(lie->world, 3),
                          .wall_ms = WORLD_WALL_MS,
                          .prev = lie->last.id,
                          .body = {lie->body, size}};
    entry_finish(&entry);
    return entry;
}

/* ---- the lies ---- */

static struct entry line(const struct lie *lie, uint16_t term)
{
    struct world *world = lie->world;
    static uint8_t plain[LIMIT_BODY];
    uint8_t random[32];
    char text[64];
    struct groupseal_terms terms = {lie->last.channel, lie->last.author, term};
    int size = snprintf(text, sizeof text, CIRCLE_CANARY "%llu of %s.",
                        (unsigned long long)circle_number(world, lie->machine), lie->machine->name);
    struct entry said = {.kind = ENTRY_TEXT};
    said.body.at = plain;
    said.body.size = entry_write_text(plain, lie->machine->name, text, (size_t)size);
    prng_bytes(&world->circle->prng, random, sizeof random);
    size_t sealed = groupseal_write(lie->body, &terms, lie->key.epoch, lie->key.secret, random, 1,
                                    ENTRY_TEXT, said.body);
    struct entry entry = after(lie, ENTRY_SEALED, term, sealed);
    circle_lied(world, lie->machine, &entry, &said, NULL);
    return entry;
}

static struct entry act(const struct lie *lie, uint8_t kind, uint16_t term, bool of_self)
{
    struct world *world = lie->world;
    const struct machine *whom = of_self ? lie->machine : anyone(world);
    struct act made = {.kind = kind,
                       .member = whom->config.identity.node,
                       .member_term = (uint16_t)(of_self ? term + 1u : below(world, 3)),
                       .may_invite = below(world, 2) == 0,
                       .history = true,
                       .last = lie->last_act};
    for (size_t i = 0; i < world->circle->act_count; i++) { /* where it sits, if it does */
        const struct act *admit = &world->circle->acts[i];
        if (admit->kind == ENTRY_ADMIT && id_equal(&admit->member, &lie->last.author) &&
            (admit->member_term == term || below(world, 4) == 0))
            made.by = admit->id;
    }
    if (below(world, 4) == 0)
        memset(&made.last, 0, sizeof made.last);
    struct entry entry = after(lie, kind, term, act_write(lie->body, &made));
    circle_lied(world, lie->machine, &entry, NULL, NULL);
    return entry;
}

static struct entry take_back(const struct lie *lie)
{
    struct writer w = writer_of(lie->body, LIMIT_BODY);
    bool act = !id_is_zero(&lie->last_act);
    uint64_t seq = lie->last.seq;
    const struct disk_log *log =
        disk_highest(&lie->machine->disk, &lie->last.channel, &lie->last.author);
    for (size_t i = 0; act && log != NULL && i < log->live.count; i++)
        if (id_equal(&log->live.at[i]->entry.id, &lie->last_act))
            seq = log->live.at[i]->entry.seq;
    write_u64(&w, seq);
    write_id(&w, act ? &lie->last_act : &lie->last.id);
    struct entry entry = after(lie, ENTRY_FORGET, lie->last.flags, w.size);
    circle_lied(lie->world, lie->machine, &entry, NULL, NULL);
    return entry;
}

/* An epoch for all whose cards it has; in some rows there is another secret. */
static struct entry epoch(const struct lie *lie)
{
    struct world *world = lie->world;
    const struct vault *vault = vault_of(world, lie->machine);
    const struct identity *self = &lie->machine->config.identity;
    uint8_t secret[32], other[32], pair[32], shared[32], rows[WORLD_MACHINES * ACT_ROW] = {0};
    struct groupseal_epoch terms = {.channel = lie->last.channel, .maker = self->node};
    struct act made = {.kind = ENTRY_EPOCH, .last = lie->last_act, .rows = rows};
    int order[WORLD_MACHINES], count = 0;
    prng_bytes(&world->circle->prng, secret, sizeof secret);
    prng_bytes(&world->circle->prng, other, sizeof other);
    prng_bytes(&world->circle->prng, pair, sizeof pair);
    groupseal_begin(&terms, secret, pair);
    for (int i = 0; i < world->machine_count; i++) {
        int at = count;
        if (i == lie->machine->index || vault->prekeys.cards[i].version == 0 ||
            below(world, 5) == 0)
            continue;
        for (; at > 0 && id_compare(&vault->prekeys.cards[order[at - 1]].node,
                                    &vault->prekeys.cards[i].node) > 0;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
        count++;
    }
    for (int i = 0; i < count; i++) {
        const struct keycard *card = &vault->prekeys.cards[order[i]];
        uint8_t *row = rows + (size_t)i * ACT_ROW;
        memcpy(row, card->node.b, ACT_SHORT);
        memcpy(row + ACT_SHORT, card->prekey.b, ACT_PREKEY);
        if (seal_shared(shared, self, &card->node))
            groupseal_row(row + ACT_SHORT + ACT_PREKEY, &terms,
                          below(world, 2) == 0 ? other : secret, pair, &card->node, &card->prekey,
                          shared);
    }
    made.e = terms.e;
    made.count = (uint16_t)count;
    memcpy(made.check, terms.check, sizeof made.check);
    struct entry entry = after(lie, ENTRY_EPOCH, lie->last.flags, act_write(lie->body, &made));
    circle_lied(world, lie->machine, &entry, NULL, secret);
    return entry;
}

/* A wrong secret, or none at all, for a true epoch, over the channel of two. seq 0: it knows nobody's card. */
static struct entry wrong_keys(struct lie *lie)
{
    struct world *world = lie->world;
    const struct identity *self = &lie->machine->config.identity;
    const struct machine *whom = anyone(world);
    const struct keycard *card = &vault_of(world, lie->machine)->prekeys.cards[whom->index];
    uint8_t keys[1 + 32 + 1 + 2 + ACT_SHORT + 32], random[32];
    struct seal_terms terms = {.writer = self->node, .reader = whom->config.identity.node};
    if (whom == lie->machine || card->version == 0 ||
        !seal_shared(terms.shared, self, &terms.reader))
        return (struct entry){.seq = 0};
    terms.channel = direct_id(&world->network, &self->node, &terms.reader, terms.shared);
    struct writer w = writer_of(keys, sizeof keys);
    write_u8(&w, 1);
    write_id(&w, &lie->last.channel);
    write_u8(&w, 0);
    write_u16(&w, 1);
    write_copy(&w, lie->key.epoch, ACT_SHORT);
    prng_bytes(&world->circle->prng, random, sizeof random);
    write_copy(&w, random, 32);
    prng_bytes(&world->circle->prng, random, sizeof random);
    size_t size = seal_write(lie->body, &terms, &card->prekey, random, 1, ENTRY_KEYS, written(&w));
    lie->last = pick_last(world, lie->machine, &terms.channel, false);
    return after(lie, ENTRY_SEALED, 0, size);
}

struct bytes outcast_lie(struct world *world, const struct machine *machine, uint8_t *room,
                         const char **what)
{
    static const char *const WHATS[] = {
        "a line under an old secret",  "a line beside its log",
        "a line in a term of its own", "to let somebody in",
        "to let in beside its log",    "to let itself in again",
        "to remove somebody",          "to take back what it did",
        "an epoch of two secrets",     "a wrong secret",
    };
    static uint8_t body[LIMIT_BODY];
    struct lie lie = {.world = world, .machine = machine, .body = body};
    uint32_t which = world->circle == NULL ? 0 : below(world, sizeof WHATS / sizeof WHATS[0]);
    struct entry entry = {.seq = 0};
    *what = WHATS[which];
    if (world->circle == NULL || !world->circle->made || !pick_key(world, machine, &lie.key))
        return (struct bytes){room, 0};
    struct lied *lied = &world->circle->lied[machine->index];
    bool forks = (which == 1 || which == 4) && lied->forks++ < FORKS_MOST;
    lie.last = pick_last(world, machine, &world->circle->channel, forks);
    lie.last_act = act_below(machine, &lie.last);
    if (!forks && lied->last.seq >= lie.last.seq && lied->last.seq > 0) {
        lie.last = lied->last; /* it goes on from there, though its core has not heard of it yet */
        lie.last_act = lied->act;
    }
    uint16_t term = lie.last.flags;
    switch (which) {
    case 0:
    case 1: entry = line(&lie, term); break;
    case 2: entry = line(&lie, (uint16_t)(term + 1)); break;
    case 3:
    case 4: entry = act(&lie, ENTRY_ADMIT, term, false); break;
    case 5: entry = act(&lie, ENTRY_ADMIT, term, true); break;
    case 6: entry = act(&lie, ENTRY_REMOVE, term, false); break;
    case 7:
        if (lie.last.seq > 0)
            entry = take_back(&lie);
        break;
    case 8: entry = epoch(&lie); break;
    default: entry = wrong_keys(&lie); break;
    }
    if (entry.seq == 0)
        return (struct bytes){room, 0};
    if (!forks && id_equal(&entry.channel, &world->circle->channel)) {
        lied->last = entry;
        lied->last.body.at = NULL;
        lied->act = act_is(entry.kind) ? entry.id : lie.last_act;
    }
    struct run run = {&entry, 1, entry_sign(&entry, &machine->config.identity)};
    struct writer w = writer_of(room, LIMIT_FRAME);
    wire_write_entry(&w, &run, PART_PUSH);
    return written(&w);
}
