/* Readers: who of those who hold the user's own lines of a private channel can read them: a receipt of another is none.
 *
 * 1. A line is sealed so that all can read it of whom is known, then, that they are in. So who comes later reads what is said from
 *    the moment on in which it is known here, whatever his act's clock says; with history, what he reads who gave it.
 * 2. Who was removed, and is let in again, is taken for one who comes: of what he had read before nothing is counted any more. That is too
 *    little, and never too much.
 */
#include "core/group.h"

/* Up to which own entry he cannot read. head: the last. */
static uint64_t hidden_from(const struct core *core, struct channel *channel,
                            const struct seat *seat, uint64_t head)
{
    const struct members *members = group_members(channel->group);
    if (!seat->history)
        return head;
    const struct id *by = &members->seats[seat->above].member;
    return id_equal(by, &core->config.identity.node) ? 0 : receipts_below(&channel->receipts, by);
}

void readers_come(struct core *core, struct channel *channel, const struct members *before)
{
    const struct members *members = group_members(channel->group);
    const struct id *self = &core->config.identity.node;
    const struct log *log = channel_highest(channel, self);
    uint64_t head = log != NULL && log_has_head(log) ? log->seq : 0;
    for (size_t i = 0; head > 0 && i < members->seat_count; i++) { /* who gave it stands before */
        const struct seat *seat = &members->seats[i];
        if (!seat->in || seat->above == SEAT_NONE || id_equal(&seat->member, self) ||
            members_in(before, &seat->member) != NULL)
            continue;
        uint64_t below = hidden_from(core, channel, seat, head);
        if (below == receipts_below(&channel->receipts, &seat->member) ||
            !receipts_hide(&channel->receipts, &seat->member, below))
            continue;
        struct effect *effect = emit_in(core, EFFECT_RECEIPT, channel);
        effect->node = seat->member;
        effect->number = receipts_of(&channel->receipts, &seat->member);
        effect->head.seq = below;
    }
}
