/* Anew: the same rules as app/again.c, in memory. What is gone through is the machine's entries of an author, by seq, or its closed
 * lines under an epoch; what comes meanwhile is looked at, too. A process that ends takes what is left with it. */
#include "sim/anew.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/trace.h"
#include "sim/vault.h"

#define PASS_LINES    4 /* at once */
#define PASS_EVERY_US 700

static bool same(const struct pass *a, const struct pass *b)
{
    return a->by_epoch == b->by_epoch && id_equal(&a->channel, &b->channel) &&
           (a->by_epoch ? memcmp(a->epoch, b->epoch, ACT_SHORT) == 0
                        : id_equal(&a->author, &b->author));
}

static void plan_pass(struct world *world, struct machine *machine)
{
    struct passes *passes = vault_passes(world, machine);
    if (passes->planned || passes->count == 0)
        return;
    passes->planned = true;
    world_fly(world,
              (struct flight){.kind = FLY_AGAIN, .machine = machine->index, .life = machine->life},
              PASS_EVERY_US);
}

void anew_begin(struct world *world, struct machine *machine, const struct effect *effect)
{
    struct passes *passes = vault_passes(world, machine);
    struct pass pass = {.channel = effect->channel_id,
                        .author = effect->node,
                        .from = effect->number,
                        .by_epoch = effect->text.size == ACT_SHORT};
    size_t at = 0;
    if (pass.by_epoch)
        memcpy(pass.epoch, effect->text.at, ACT_SHORT);
    trace(world, "%s judges anew: %s n%d above %llu\n", machine->name,
          pass.by_epoch ? "an epoch" : "lines of", world_whose(world, &pass.author),
          (unsigned long long)pass.from);
    while (at < passes->count && !same(&passes->list[at], &pass))
        at++;
    CHECK(at < PASSES_MOST);
    passes->list[at] = pass; /* from the beginning, if it was there */
    passes->count += at == passes->count;
    plan_pass(world, machine);
}

bool anew_is_busy(const struct world *world, const struct machine *machine)
{
    return vault_passes(world, machine)->count > 0;
}

static void tell(struct world *world, struct machine *machine, const struct entry *entry,
                 uint32_t branch)
{
    const struct vault_line *line = vault_line(vault_of(world, machine), &entry->id);
    uint8_t *frame = malloc(ENTRY_HEADER_BYTES + entry->body.size);
    struct event event = {.kind = EVENT_AGAIN, .channel_id = entry->channel};
    CHECK(frame != NULL);
    entry_header(entry, frame);
    memcpy(frame + ENTRY_HEADER_BYTES, entry->body.at, entry->body.size);
    event.frame = (struct bytes){frame, ENTRY_HEADER_BYTES + entry->body.size};
    event.load.branch = branch;
    event.held = line != NULL && line->kind != 0;
    event.number = line == NULL ? CLOSED_NOT : line->why;
    machine_step(world, machine, event);
    free(frame);
}

static void tell_end(struct world *world, struct machine *machine, const struct id *channel)
{
    const struct passes *passes = vault_passes(world, machine);
    for (size_t i = 0; i < passes->count; i++)
        if (id_equal(&passes->list[i].channel, channel))
            return;
    machine_step(world, machine, (struct event){.kind = EVENT_AGAIN, .channel_id = *channel});
}

/* The next of an author's; NULL when there is none. */
static const struct kept *next_of(const struct machine *machine, struct pass *pass,
                                  uint32_t *branch)
{
    for (; pass->log < machine->disk.log_count; pass->log++, pass->above = 0) {
        const struct disk_log *log = &machine->disk.logs[pass->log];
        if (log->dropped || !id_equal(&log->channel_id, &pass->channel) ||
            !id_equal(&log->author, &pass->author))
            continue;
        uint64_t above = pass->above > pass->from ? pass->above : pass->from;
        for (size_t at = layer_find(&log->live, above + 1); at < log->live.count; at++) {
            const struct kept *kept = log->live.at[at];
            pass->above = kept->entry.seq;
            *branch = log->load.branch;
            if (kept->entry.kind == ENTRY_SEALED && kept->entry.body.at != NULL)
                return kept;
        }
    }
    return NULL;
}

/* The next that is closed, under an epoch. */
static const struct kept *next_under(const struct vault *vault, const struct machine *machine,
                                     struct pass *pass, uint32_t *branch)
{
    while (pass->log < vault->line_count) {
        const struct vault_line *line = &vault->lines[pass->log++];
        struct head head = {line->author, line->seq, line->id};
        if (line->kind != 0 || line->why == CLOSED_OUT ||
            memcmp(line->epoch, pass->epoch, ACT_SHORT) != 0 ||
            !id_equal(&line->channel, &pass->channel))
            continue;
        const struct kept *kept =
            disk_find(&machine->disk, &line->channel, &line->author, line->seq, &line->id);
        if (kept != NULL && kept->entry.body.at != NULL &&
            disk_branch_with(&machine->disk, &line->channel, &head, false, branch))
            return kept;
    }
    return NULL;
}

void anew_goes_on(struct world *world, struct machine *machine)
{
    struct passes *passes = vault_passes(world, machine);
    uint32_t life = machine->life;
    passes->planned = false;
    for (int lines = 0; lines < PASS_LINES && passes->count > 0; lines++) {
        struct pass *pass = &passes->list[0];
        uint32_t branch = 0;
        const struct kept *kept = pass->by_epoch
                                      ? next_under(vault_of(world, machine), machine, pass, &branch)
                                      : next_of(machine, pass, &branch);
        if (kept != NULL) {
            struct entry entry = kept->entry;
            tell(world, machine, &entry, branch);
        } else {
            struct id channel = pass->channel;
            memmove(pass, pass + 1, --passes->count * sizeof *pass);
            tell_end(world, machine, &channel);
        }
        if (machine->core == NULL || machine->life != life)
            return;
    }
    plan_pass(world, machine);
}
