/* Act: bodies of the kinds 8 to 10, to and from structs. A reader takes exactly what a writer makes. */
#include "core/act.h"

#include <string.h>

#include "base/check.h"

bool act_is(uint8_t kind)
{
    return kind >= ENTRY_ADMIT && kind <= ENTRY_EPOCH;
}

static void read_admit(struct reader *r, struct act *act)
{
    act->member = read_id(r);
    act->member_term = read_u16(r);
    uint8_t role = read_u8(r), history = read_u8(r);
    act->by = read_id(r);
    act->last = read_id(r);
    act->may_invite = role == 1;
    act->history = history == 1;
    r->bad = r->bad || role > 1 || history > 1 || id_equal(&act->member, &act->author);
}

static void read_remove(struct reader *r, struct act *act)
{
    act->member = read_id(r);
    act->member_term = read_u16(r);
    act->cut_seq = read_u64(r);
    act->cut_tip = read_id(r);
    act->cut_last = read_id(r);
    act->by = read_id(r);
    act->last = read_id(r);
    bool leaves = id_equal(&act->member, &act->author);
    bool nothing = act->cut_seq == 0;
    r->bad = r->bad || act->cut_seq > LIMIT_SEQ || nothing != id_is_zero(&act->cut_tip) ||
             (nothing && !id_is_zero(&act->cut_last)) ||
             (leaves && !(nothing && id_is_zero(&act->by)));
}

/* Sorted, none twice. */
static bool rows_are_sorted(const uint8_t *rows, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (memcmp(rows + (i - 1) * ACT_ROW, rows + i * ACT_ROW, ACT_SHORT) >= 0)
            return false;
    return true;
}

static void read_epoch(struct reader *r, struct act *act)
{
    act->e = read_id(r);
    read_copy(r, act->check, sizeof act->check);
    act->last = read_id(r);
    act->count = read_u16(r);
    struct bytes rows = read_bytes(r, (size_t)act->count * ACT_ROW);
    act->rows = rows.at;
    r->bad = r->bad || act->count > LIMIT_MEMBERS || !rows_are_sorted(act->rows, act->count);
}

bool act_read(const struct entry *entry, struct act *act)
{
    if (!act_is(entry->kind) || entry->body.at == NULL)
        return false;
    struct reader r = reader_of(entry->body);
    *act = (struct act){.kind = entry->kind,
                        .term = entry->flags,
                        .id = entry->id,
                        .author = entry->author,
                        .seq = entry->seq,
                        .lamport = entry->lamport,
                        .wall_ms = entry->wall_ms};
    switch (act->kind) {
    case ENTRY_ADMIT: read_admit(&r, act); break;
    case ENTRY_REMOVE: read_remove(&r, act); break;
    default: read_epoch(&r, act); break;
    }
    return !r.bad && r.left == 0;
}

size_t act_write(uint8_t out[LIMIT_BODY], const struct act *act)
{
    struct writer w = writer_of(out, LIMIT_BODY);
    switch (act->kind) {
    case ENTRY_ADMIT:
        write_id(&w, &act->member);
        write_u16(&w, act->member_term);
        write_u8(&w, act->may_invite);
        write_u8(&w, act->history);
        write_id(&w, &act->by);
        write_id(&w, &act->last);
        break;
    case ENTRY_REMOVE:
        write_id(&w, &act->member);
        write_u16(&w, act->member_term);
        write_u64(&w, act->cut_seq);
        write_id(&w, &act->cut_tip);
        write_id(&w, &act->cut_last);
        write_id(&w, &act->by);
        write_id(&w, &act->last);
        break;
    default:
        write_id(&w, &act->e);
        write_copy(&w, act->check, sizeof act->check);
        write_id(&w, &act->last);
        write_u16(&w, act->count);
        write_copy(&w, act->rows, (size_t)act->count * ACT_ROW);
        break;
    }
    CHECK(!w.full);
    return w.size;
}
