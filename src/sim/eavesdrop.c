/* Eavesdrop: what a carrier can do about what two others say, without the key of either: cards in their names, its own again and
 * again, old ones; to be in their channel; entries there, sealed to nobody, in its own name and in theirs; and to keep
 * back what it should pass on.
 *
 * Cards are kept as they come, so that the old ones are shown again.
 */
#include "sim/eavesdrop.h"

#include <stdio.h>
#include <string.h>

#include "sim/pair.h"

static const struct identity *victim(struct world *world)
{
    return &world->machines[world_below(world, 2)].config.identity;
}

static void card(struct world *world, const struct machine *machine, struct writer *w, bool forged)
{
    struct keycard card = {.number =
                               machine_wall_ms(world, machine) + world_below(world, 1u << 30)};
    prng_bytes(&world->prng, card.prekey.b, sizeof card.prekey.b);
    card_sign(&card, &world->network, &machine->config.identity);
    if (forged)
        card.node = victim(world)->node;
    wire_write_keycard(w, &card);
}

static void claim(struct world *world, const struct machine *machine, struct writer *w)
{
    static struct join join;
    memset(&join, 0, sizeof join);
    join.generation = (1u << 30) + world_below(world, 1u << 30);
    join.nick = (struct bytes){(const uint8_t *)machine->name, strlen(machine->name)};
    join.count = 2;
    join.channels[0] = world->channel_ids[0];
    join.channels[1] = *pair_channel(world);
    join.hops[0] = join.hops[1] = CARRY_HOPS;
    wire_write_join(w, &join);
}

static void garbage(struct world *world, const struct identity *author, bool own, uint64_t *seq,
                    struct id *tip, const struct identity *signer, struct writer *w)
{
    static uint8_t body[SEAL_MORE + 64];
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = ENTRY_SEALED,
                          .channel = *pair_channel(world),
                          .author = author->node,
                          .process = {{7}},
                          .seq = own ? *seq + 1 : 1 + world_below(world, 20),
                          .lamport = own ? *seq + 1 : 1 + world_below(world, 1000),
                          .body = {body, sizeof body}};
    prng_bytes(&world->prng, body, sizeof body);
    body[0] = SEAL_VERSION;
    if (own && *seq > 0)
        entry.prev = *tip;
    else if (entry.seq > 1)
        prng_bytes(&world->prng, entry.prev.b, sizeof entry.prev.b);
    entry_finish(&entry);
    if (own) {
        *seq = entry.seq;
        *tip = entry.id;
    }
    struct run run = {&entry, 1, entry_sign(&entry, signer)};
    wire_write_entry(w, &run, PART_PUSH);
}

struct bytes eavesdrop_lie(struct world *world, const struct machine *machine, uint64_t *seq,
                           struct id *tip, uint8_t *room, const char **what)
{
    static const char *const WHATS[] = {"a card in another's name", "a card of its own",
                                        "to be one of two", "garbage among two",
                                        "garbage in the name of one of two"};
    const struct identity *self = &machine->config.identity;
    struct writer w = writer_of(room, LIMIT_FRAME);
    uint32_t which = world_below(world, 5);
    *what = WHATS[which];
    if (pair_channel(world) == NULL)
        return (struct bytes){room, 0};
    switch (which) {
    case 0: card(world, machine, &w, true); break;
    case 1: card(world, machine, &w, false); break;
    case 2: claim(world, machine, &w); break;
    case 3: garbage(world, self, true, seq, tip, self, &w); break;
    default: garbage(world, victim(world), false, seq, tip, self, &w); break;
    }
    return written(&w);
}

bool eavesdrop_withholds(struct world *world, struct bytes frame)
{
    struct arena arena;
    struct run run;
    enum entry_part part;
    if (frame_kind(frame) != FRAME_ENTRY || pair_channel(world) == NULL)
        return false;
    arena_init(&arena);
    bool theirs = wire_read_entry(frame, &arena, &run, &part) &&
                  id_equal(&run.entries[0].channel, pair_channel(world));
    arena_release(&arena);
    return theirs && world_chance(world, 500);
}
