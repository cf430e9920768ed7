/* Oracle: what must be true of every honest node, whatever the weather and the liars do.
 *
 * While it runs, at each effect:
 * 1. A HAVE names only what is committed, in a whole part, on the sender's disk (invariant 8), and an
 * own entry is committed before it leaves or is shown (invariant 7).
 * 2. What is stored or shown was made by its author, to the last bit, and is or was on its author's
 * disk; no process says two things in one place, and no author whose disk was never replaced by a
 * backup says another thing where one was confirmed; nothing is shown twice by one process, or
 * again after it was loaded.
 * 3. An entry's clock is above all that its author's process had shown in that channel: causes
 * come before effects in the order on screen.
 * 4. No frame, run or step is larger than its bound; ticks do not come without time passing, nor
 * by the hundred a second (core_deadline makes no busy loop).
 *
 * When the calm has passed (judge.c):
 * 5. What its author saw confirmed, and some honest node committed and never lost with its disk, is
 * there still: on the disks that took it, and whole on every node of the channel that they reach.
 * 6. What one of those nodes has a body of, all have, but what its author took back, which none has that
 * knows of it.
 * 7. All honest nodes that reach each other in a channel hold the same branches of all authors, so the
 * same order, and equal digests.
 * 8. Every entry on a disk fits the one below it, down to its branch's base and through the bases to
 * seq 1, stands on one branch, and is shown or was loaded.
 * 9. A core's memory is bounded by the authors, branches and links it knows, not by what was said.
 */
#include "sim/oracle.h"
#include "core/holding.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/circle.h"
#include "sim/oracle_private.h"
#include "sim/pair.h"
#include "sim/trace.h"

#define TICKS_STILL_MAX  64                  /* ticks at one point in time */
#define TICKS_SECOND_MAX 300                 /* in one second, besides one for each other event */
#define EFFECTS_MAX      8192                /* of one step */
#define CLOCK_SURE       ((uint64_t)1 << 40) /* below it every node adopts a clock */

struct oracle *oracle_new(struct world *world)
{
    (void)world;
    struct oracle *oracle = calloc(1, sizeof *oracle);
    CHECK(oracle != NULL);
    ledger_init(&oracle->ledger);
    arena_init(&oracle->arena);
    return oracle;
}

void oracle_free(struct oracle *oracle)
{
    ledger_release(&oracle->ledger);
    arena_release(&oracle->arena);
    for (int i = 0; i < WORLD_MACHINES; i++)
        free(oracle->seen[i].bits);
    free(oracle);
}

void oracle_fail(struct world *world, const char *format, ...)
{
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    trace(world, "WRONG: %s\n", text);
    if (world->oracle->verdict[0] == '\0')
        snprintf(world->oracle->verdict, sizeof world->oracle->verdict, "at %llu.%06llu: %s",
                 (unsigned long long)world->now_us / 1000000,
                 (unsigned long long)world->now_us % 1000000, text);
}

const char *oracle_verdict(const struct world *world)
{
    return world->oracle->verdict[0] != '\0' ? world->oracle->verdict : NULL;
}

uint64_t oracle_confirmed(const struct world *world)
{
    return world->oracle->confirmed;
}

int oracle_channel(const struct world *world, const struct id *channel)
{
    for (int i = 0; i < WORLD_CHANNELS; i++)
        if (id_equal(&world->channel_ids[i], channel))
            return i;
    return -1;
}

/* ---- what a process has shown ---- */

/* A bit for each number of the ledger. */
bool oracle_seen(const struct seen *seen, uint32_t number)
{
    return number / 64 < seen->room && (seen->bits[number / 64] >> number % 64 & 1) != 0;
}

/* False when it was there. */
static bool see(struct seen *seen, uint32_t number)
{
    if (oracle_seen(seen, number))
        return false;
    if (number / 64 >= seen->room) {
        size_t room = number / 64 + 64;
        seen->bits = realloc(seen->bits, room * sizeof *seen->bits);
        CHECK(seen->bits != NULL);
        memset(seen->bits + seen->room, 0, (room - seen->room) * sizeof *seen->bits);
        seen->room = room;
    }
    seen->bits[number / 64] |= (uint64_t)1 << number % 64;
    return true;
}

void oracle_process(struct world *world, struct machine *machine)
{
    struct oracle *oracle = world->oracle;
    struct seen *seen = &oracle->seen[machine->index];
    const struct disk *disk = &machine->disk;
    free(seen->bits);
    seen->bits = NULL;
    seen->room = 0;
    oracle->core_new = core_bytes(machine->core);
    for (int c = 0; c < WORLD_CHANNELS; c++) {
        seen->lamport[c] = disk_clock(disk, &world->channel_ids[c], CLOCK_SURE);
        seen->was_in[c] = seen->was_in[c] || oracle_is_in(world, machine, c);
    }
    for (size_t i = 0; i < disk->log_count; i++)
        for (size_t k = 0; k < disk->logs[i].live.count; k++) {
            const struct kept *kept = disk->logs[i].live.at[k];
            uint32_t number = ledger_by_id(&oracle->ledger, &kept->entry.id);
            if (number != LEDGER_NONE && (kept->entry.body.at != NULL || kept->forgotten))
                see(seen, number);
        }
}

bool oracle_is_in(const struct world *world, const struct machine *machine, int channel)
{
    for (size_t i = 0; i < machine->config.channel_count; i++)
        if (strcmp(machine->config.channels[i].text, world->channels[channel].text) == 0)
            return true;
    return false;
}

void oracle_joined(struct world *world, struct machine *machine, int channel)
{
    struct oracle *oracle = world->oracle;
    struct seen *seen = &oracle->seen[machine->index];
    const struct disk *disk = &machine->disk;
    uint64_t clock = disk_clock(disk, &world->channel_ids[channel], CLOCK_SURE);
    seen->was_in[channel] = true;
    if (clock > seen->lamport[channel])
        seen->lamport[channel] = clock;
    for (size_t i = 0; i < disk->log_count; i++)
        for (size_t k = 0; k < disk->logs[i].live.count; k++) {
            const struct kept *kept = disk->logs[i].live.at[k];
            uint32_t number = ledger_by_id(&oracle->ledger, &kept->entry.id);
            if (!disk->logs[i].dropped && number != LEDGER_NONE &&
                id_equal(&disk->logs[i].channel_id, &world->channel_ids[channel]) &&
                (kept->entry.body.at != NULL || kept->forgotten))
                see(seen, number);
        }
}

void oracle_dropped(struct world *world, const struct machine *machine, const struct id *channel)
{
    struct ledger *ledger = &world->oracle->ledger;
    int which = oracle_channel(world, channel);
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->list[i].channel == which)
            ledger->list[i].held &= ~((uint64_t)1 << machine->index);
}

/* True when the receipt's node holds that, or did, until its disk burned. */
static bool is_received(struct world *world, const struct machine *machine, int channel, int who,
                        uint64_t seq)
{
    const struct ledger *ledger = &world->oracle->ledger;
    uint32_t number = ledger_slot(ledger, machine->index, channel, seq);
    if (machine->restored > 0 || number == LEDGER_NONE)
        return true; /* which of the lines that it said there is meant, nobody knows */
    return (ledger->list[number].ever >> who & 1) != 0;
}

void oracle_received(struct world *world, const struct machine *machine, const struct id *channel,
                     const struct id *node, uint64_t seq)
{
    int which = oracle_channel(world, channel), who = world_whose(world, node);
    if (machine->liar != NULL || which < 0 || who < 0 || world->machines[who].liar != NULL)
        return;
    if (!world->oracle->seen[who].was_in[which])
        oracle_fail(world, "%s counts n%d, who never was in %s", machine->name, who,
                    world->channels[which].text);
    if (!is_received(world, machine, which, who, seq))
        oracle_fail(world, "%s counts n%d for its %llu, which it does not hold", machine->name, who,
                    (unsigned long long)seq);
}

/* ---- what is on disks ---- */

static void note_held(struct world *world, const struct machine *machine, const struct entry *entry)
{
    struct ledger *ledger = &world->oracle->ledger;
    uint32_t number = ledger_by_id(ledger, &entry->id);
    if (number == LEDGER_NONE)
        return;
    struct said *said = &ledger->list[number];
    if (said->author == machine->index)
        said->committed = true;
    if (machine->liar == NULL)
        said->held |= (uint64_t)1 << machine->index;
    said->ever |= said->held;
}

void oracle_commits(struct world *world, struct machine *machine)
{
    const struct disk *disk = &machine->disk;
    for (size_t i = 0; i < disk->log_count; i++)
        for (size_t k = 0;
             disk->logs[i].dirty && !disk->logs[i].dropped && k < disk->logs[i].live.count; k++)
            if (!disk->logs[i].live.at[k]->safe)
                note_held(world, machine, &disk->logs[i].live.at[k]->entry);
}

void oracle_disk_changed(struct world *world, struct machine *machine)
{
    struct ledger *ledger = &world->oracle->ledger;
    const struct disk *disk = &machine->disk;
    for (size_t i = 0; i < ledger->count; i++)
        ledger->list[i].held &= ~((uint64_t)1 << machine->index);
    for (size_t i = 0; i < disk->log_count && !machine->burned; i++)
        for (size_t k = 0; k < disk->logs[i].safe.count; k++)
            note_held(world, machine, &disk->logs[i].safe.at[k]->entry);
}

/* ---- what is stored, sent, shown ---- */

static bool is_safe(const struct machine *machine, const struct id *channel,
                    const struct id *author, uint64_t seq, const struct id *id)
{
    const struct kept *kept = disk_find(&machine->disk, channel, author, seq, id);
    return kept != NULL && kept->safe;
}

static void says(struct world *world, struct machine *machine, const struct entry *entry,
                 int channel)
{
    struct ledger *ledger = &world->oracle->ledger;
    uint32_t before = ledger_slot(ledger, machine->index, channel, entry->seq), beside;
    if (before != LEDGER_NONE && ledger->list[before].confirmed && machine->restored == 0)
        oracle_fail(world, "%s says another thing at %llu than it had confirmed", machine->name,
                    (unsigned long long)entry->seq);
    uint64_t shown = world->oracle->seen[machine->index].lamport[channel];
    if (entry->lamport <= shown)
        oracle_fail(world, "%s says %llu at clock %llu, after it showed clock %llu", machine->name,
                    (unsigned long long)entry->seq, (unsigned long long)entry->lamport,
                    (unsigned long long)shown);
    ledger_add(ledger, machine->index, channel, entry, machine->liar == NULL, &beside);
    if (beside != LEDGER_NONE && machine->liar == NULL)
        oracle_fail(world, "%s says two things at %llu in one process", machine->name,
                    (unsigned long long)entry->seq);
}

void oracle_stored(struct world *world, struct machine *machine, const struct run *run)
{
    size_t bytes = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct entry *entry = &run->entries[i];
        int channel = oracle_channel(world, &entry->channel);
        bytes += ENTRY_HEADER_BYTES + entry->body_bytes;
        if (ledger_by_id(&world->oracle->ledger, &entry->id) != LEDGER_NONE)
            continue;
        if (id_equal(&entry->author, &machine->config.identity.node))
            says(world, machine, entry, channel);
        else if (machine->liar == NULL)
            oracle_fail(world, "%s stores %llu of n%d, which n%d did not make", machine->name,
                        (unsigned long long)entry->seq, world_whose(world, &entry->author),
                        world_whose(world, &entry->author));
    }
    if (run->count == 0 || run->count > LIMIT_RUN_ENTRIES || bytes > LIMIT_RUN_BYTES)
        oracle_fail(world, "%s stores a run of %zu entries, %zu bytes", machine->name, run->count,
                    bytes);
}

void oracle_split(struct world *world, struct machine *machine, const struct log_load *keeps,
                  const struct log_load *gets)
{
    if (!id_equal(&keeps->author, &gets->author) || keeps->branch == gets->branch)
        oracle_fail(world, "%s splits a log of n%d in favour of n%d", machine->name,
                    world_whose(world, &keeps->author), world_whose(world, &gets->author));
}

void oracle_lied(struct world *world, int author, const struct entry *entry)
{
    struct ledger *ledger = &world->oracle->ledger;
    uint32_t before;
    if (ledger_by_id(ledger, &entry->id) == LEDGER_NONE)
        ledger_add(ledger, author, oracle_channel(world, &entry->channel), entry, false, &before);
}

static void sends_have(struct world *world, struct machine *machine, struct bytes frame)
{
    struct have have;
    if (!wire_read_have(frame, &have)) {
        oracle_fail(world, "%s sends a HAVE that cannot be read", machine->name);
        return;
    }
    for (size_t i = 0; i < have.count; i++) {
        const struct head *head = &have.heads[i];
        if (!disk_holds_safe(&machine->disk, &have.channel, head))
            oracle_fail(world, "%s announces n%d %llu, which is not on its disk", machine->name,
                        world_whose(world, &head->author), (unsigned long long)head->seq);
    }
}

/* Its own word is true; another's is whole. */
static void sends_held(struct world *world, struct machine *machine, struct bytes frame)
{
    struct holding holding;
    if (!wire_read_holding(frame, &holding) || !holding_verify(&holding, &world->network)) {
        oracle_fail(world, "%s sends a HELD that nobody takes", machine->name);
        return;
    }
    if (id_equal(&holding.node, &machine->config.identity.node) &&
        !disk_holds_safe(&machine->disk, &holding.channel, &holding.head))
        oracle_fail(world, "%s says to hold n%d %llu, which is not on its disk", machine->name,
                    world_whose(world, &holding.head.author), (unsigned long long)holding.head.seq);
}

void oracle_sent(struct world *world, struct machine *machine, struct bytes frame)
{
    struct oracle *oracle = world->oracle;
    struct run run;
    enum entry_part part;
    pair_sent(world, machine, frame);
    circle_sent(world, machine, frame);
    if (machine->liar != NULL)
        return;
    if (frame.size == 0 || frame.size > LIMIT_FRAME)
        oracle_fail(world, "%s sends a frame of %zu bytes", machine->name, frame.size);
    if (frame_kind(frame) == FRAME_HAVE)
        sends_have(world, machine, frame);
    if (frame_kind(frame) == FRAME_HELD)
        sends_held(world, machine, frame);
    if (frame_kind(frame) != FRAME_ENTRY)
        return;
    arena_reset(&oracle->arena);
    if (!wire_read_entry(frame, &oracle->arena, &run, &part)) {
        oracle_fail(world, "%s sends an ENTRY that cannot be read", machine->name);
        return;
    }
    for (size_t i = 0; i < run.count; i++) {
        const struct entry *entry = &run.entries[i];
        if (id_equal(&entry->author, &machine->config.identity.node) &&
            !is_safe(machine, &entry->channel, &entry->author, entry->seq, &entry->id))
            oracle_fail(world, "%s sends its own %llu, which is not on its disk", machine->name,
                        (unsigned long long)entry->seq);
    }
}

static void confirm(struct world *world, struct machine *machine, struct said *said)
{
    if (!is_safe(machine, &world->channel_ids[said->channel], &machine->config.identity.node,
                 said->seq, &said->id))
        oracle_fail(world, "%s confirms its %llu, which is not on its disk", machine->name,
                    (unsigned long long)said->seq);
    if (!said->confirmed)
        world->oracle->confirmed++;
    said->confirmed = true;
}

void oracle_shown(struct world *world, struct machine *machine, const struct show *show)
{
    struct oracle *oracle = world->oracle;
    if (show->kind != SHOW_MESSAGE || machine->liar != NULL)
        return;
    int channel = 0, author = world_whose(world, &show->id);
    while (channel < WORLD_CHANNELS &&
           strcmp(world->channels[channel].text, show->channel.text) != 0)
        channel++;
    struct bytes nick = {(const uint8_t *)show->nick.text, strlen(show->nick.text)};
    struct id content = ledger_content(&show->id, channel, show->seq, show->lamport, show->wall_ms,
                                       show->action, nick, show->text);
    uint32_t number = ledger_by_content(&oracle->ledger, &content);
    if (number == LEDGER_NONE || author < 0 || channel == WORLD_CHANNELS) {
        oracle_fail(world, "%s shows %llu of n%d, which n%d did not say", machine->name,
                    (unsigned long long)show->seq, author, author);
        return;
    }
    struct said *said = &oracle->ledger.list[number];
    if (!oracle_is_in(world, machine, channel) &&
        !show->own) /* which may have waited (ADOPT_WAIT_MS) */
        oracle_fail(world, "%s shows %llu of n%d in %s, where it is not", machine->name,
                    (unsigned long long)show->seq, author, world->channels[channel].text);
    if (world->machines[author].liar == NULL && !said->committed)
        oracle_fail(world, "%s shows %llu of n%d, which was never on the disk of n%d",
                    machine->name, (unsigned long long)show->seq, author, author);
    struct seen *seen = &oracle->seen[machine->index];
    if (!see(seen, number))
        oracle_fail(world, "%s shows %llu of n%d twice", machine->name,
                    (unsigned long long)show->seq, author);
    if (show->lamport < CLOCK_SURE && show->lamport > seen->lamport[channel])
        seen->lamport[channel] = show->lamport;
    if (show->own && author == machine->index && show->via == VIA_LINK)
        confirm(world, machine, said);
}

/* ---- bounds ---- */

void oracle_stepped(struct world *world, struct machine *machine, size_t effects)
{
    if (effects > world->oracle->effects_most)
        world->oracle->effects_most = effects;
    if (effects > EFFECTS_MAX)
        oracle_fail(world, "%s: one step with %zu effects", machine->name, effects);
}

void oracle_ticked(struct world *world, struct machine *machine)
{
    struct busy *busy = &world->oracle->busy[machine->index];
    busy->still = busy->at_us == world->now_us ? busy->still + 1 : 0;
    busy->at_us = world->now_us;
    if (world->now_us - busy->second_us >= 1000000) {
        busy->second_us = world->now_us;
        busy->ticks = 0;
        machine->events = 0;
    }
    busy->ticks++;
    if (busy->still > TICKS_STILL_MAX || busy->ticks > TICKS_SECOND_MAX + machine->events)
        oracle_fail(world, "%s: ticks in a busy loop", machine->name);
}
