/* Choice: whom to link to when there are many, and PEERS, by which nodes hear of others.
 *
 *     up to LINKS_MESH nodes that are known   all are linked to all
 *     more                                    LINKS_LEAST to LINKS_MOST links each, of which none that this node
 *                                             dialled gives way to one who comes
 *
 * 1. A link that is lost is replaced at once, by a node out of the spares; then by one a second, while it is
 *    too few: that is all that records of strangers can make this node dial.
 * 2. One who comes where there are LINKS_MOST takes the place of one who came before, who finds another; or,
 *    where there is no such, is told of others and sent away. An address that the user typed is dialled in
 *    any case, and a link to its node does not give way.
 *    A node that is not to look for others (no discovery) dials none of them.
 * 3. Now and then (LINKS_CHANGE_MS) a link that this node dialled gives way to one to a node by chance: so who came
 *    together does not stay among themselves, and no part of the network comes to hang by one link.
 *    Those that are of use for what is said in small channels (kin.c) stay, and come first.
 * 4. PEERS goes out when a link comes up, and to one link a minute: our own record, and some by chance.
 */
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define SPARE_GIVE_UP  3
#define SPARE_AGAIN_MS 30000

static void soon(struct core *core, uint64_t at_ms)
{
    if (at_ms < core->choice.at_ms)
        core->choice.at_ms = at_ms;
}

/* ---- how many there are ---- */

static bool is_linked(struct core *core, const struct id *node)
{
    return link_table_to(&core->links, node, NULL) != NULL;
}

/* True when the candidate's node may be one more. */
static bool counts(struct core *core, size_t index)
{
    const struct candidate *candidate = &core->overlay.list[index];
    if (id_is_zero(&candidate->node) || candidate->self || candidate->fails > 0 ||
        is_linked(core, &candidate->node))
        return false;
    for (size_t i = 0; i < index; i++)
        if (id_equal(&core->overlay.list[i].node, &candidate->node))
            return false;
    return true;
}

static bool is_candidate(const struct core *core, const struct id *node)
{
    for (size_t i = 0; i < core->overlay.count; i++)
        if (id_equal(&core->overlay.list[i].node, node))
            return true;
    return false;
}

/* This node and the others that it knows of; no more are counted than matter. */
static size_t known(struct core *core)
{
    size_t count = 1 + core->links.up;
    for (size_t i = 0; i < core->overlay.count && count <= LINKS_MESH; i++)
        count += counts(core, i);
    for (size_t i = 0; i < core->spares.count && count <= LINKS_MESH; i++) {
        const struct spare *spare = &core->spares.list[i];
        count += spare->fails == 0 && spare->ends_wall_ms > core->wall_ms &&
                 !is_linked(core, &spare->node) && !is_candidate(core, &spare->node);
    }
    return count;
}

static void judge_many(struct core *core)
{
    size_t nodes = known(core);
    core->many = nodes > LINKS_MESH || (core->many && nodes > LINKS_MESH - 2);
}

/* ---- dialling ---- */

static size_t up_or_coming(const struct core *core)
{
    size_t count = core->links.up;
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        count += link->number != 0 && link->outbound && link->state != LINK_UP;
    }
    return count;
}

bool choice_wants_more(const struct core *core)
{
    return up_or_coming(core) < (core->many ? LINKS_LEAST : LIMIT_LINKS);
}

static bool is_dialled(const struct core *core, const struct address *address)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 &&
            strcmp(core->links.list[i].address.text, address->text) == 0)
            return true;
    return false;
}

static bool may_dial(struct core *core, const struct spare *spare)
{
    return spare->link == 0 && spare->ends_wall_ms > core->wall_ms &&
           !overlay_shunned(&core->overlay, &spare->node) && !block_refuses(core, &spare->node) &&
           !is_linked(core, &spare->node);
}

/* One by chance of those that may be dialled, or of those that are wanted; NULL, and when one may be, when
 * none may now. */
static struct spare *pick(struct core *core, bool wanted, uint64_t *later_ms)
{
    size_t count = core->spares.count;
    size_t from = count > 0 ? prng_below(&core->prng, (uint32_t)count) : 0;
    for (size_t i = 0; i < count; i++) {
        struct spare *spare = &core->spares.list[(from + i) % count];
        if (!may_dial(core, spare) || (wanted && !spare->wanted))
            continue;
        struct address address = spares_address(spare);
        if (spare->not_before_ms <= core->now_ms && !is_dialled(core, &address))
            return spare;
        if (spare->not_before_ms > core->now_ms && spare->not_before_ms < *later_ms)
            *later_ms = spare->not_before_ms;
    }
    return NULL;
}

static void dial(struct core *core, struct spare *spare)
{
    struct address address = spares_address(spare);
    uint64_t number = core->links.next_number + 2;
    if (link_table_add(&core->links, number, true, &address, core->now_ms) == NULL)
        return;
    core->links.next_number = number;
    core->choice.dialled_ms = core->now_ms;
    spare->link = number;
    struct effect *effect = emit(core, EFFECT_DIAL);
    effect->link = number;
    effect->address = address;
}

static void dial_spare(struct core *core)
{
    uint64_t next_ms = core->choice.dialled_ms + SPARE_EVERY_MS, later_ms = UINT64_MAX;
    if (core->choice.dialled_ms != 0 && next_ms > core->now_ms) {
        soon(core, next_ms);
        return;
    }
    struct spare *spare = pick(core, true, &later_ms);
    if (spare == NULL && choice_wants_more(core))
        spare = pick(core, false, &later_ms);
    if (spare != NULL)
        dial(core, spare);
    soon(core, spare != NULL ? core->now_ms + SPARE_EVERY_MS : later_ms);
}

/* One link more, for a moment: when it is up another ends. */
static void begin_change(struct core *core, bool dials)
{
    struct choice *choice = &core->choice;
    uint64_t later_ms = UINT64_MAX;
    choice->change_at_ms =
        core->now_ms + LINKS_CHANGE_MS / 2 + prng_below(&core->prng, LINKS_CHANGE_MS);
    if (!core->many || !dials || !core->overlay.beacons || core->links.up < LINKS_LEAST)
        return;
    struct spare *spare = pick(core, false, &later_ms);
    if (spare == NULL)
        return;
    dial(core, spare);
    choice->changing = spare->link;
}

/* ---- giving way ---- */

static bool is_typed(const struct core *core, const struct link *link)
{
    for (size_t i = 0; i < core->overlay.count; i++) {
        const struct candidate *candidate = &core->overlay.list[i];
        if ((candidate->found == FOUND_TYPED || candidate->found == FOUND_TYPED_ALSO) &&
            (id_equal(&candidate->node, &link->node) ||
             (candidate->state != CANDIDATE_IDLE && candidate->link == link->number)))
            return true;
    }
    return false;
}

static bool gives_way(const struct core *core, const struct link *link, bool outbound)
{
    return link->number != 0 && link->state == LINK_UP && link->outbound == outbound &&
           core->now_ms - link->up_ms >= LINKS_TENURE_MS && !is_typed(core, link) &&
           !kin_is_needed(core, link);
}

static bool somebody_gives_way(const struct core *core)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (gives_way(core, &core->links.list[i], false) ||
            gives_way(core, &core->links.list[i], true))
            return true;
    return false;
}

/* True when a link may be made to one who is wanted, though there are enough. */
static bool has_room_for_kin(const struct core *core)
{
    size_t count = up_or_coming(core);
    return core->many && (count < LINKS_MOST || (count == LINKS_MOST && somebody_gives_way(core)));
}

/* One by chance. */
static struct link *who_gives_way(struct core *core, bool outbound)
{
    struct link *chosen = NULL;
    uint32_t seen = 0;
    for (size_t i = 0; i < core->links.room; i++)
        if (gives_way(core, &core->links.list[i], outbound) && prng_below(&core->prng, ++seen) == 0)
            chosen = &core->links.list[i];
    return chosen;
}

static bool is_full(const struct core *core)
{
    return core->many && core->links.up >= LINKS_MOST;
}

bool choice_has_room(struct core *core, const struct id *node)
{
    return !is_full(core) || (core->links.up == LINKS_MOST && kin_is_wanted(core, node)) ||
           (core->now_ms - core->choice.gave_way_ms >= SPARE_EVERY_MS &&
            who_gives_way(core, false) != NULL);
}

void choice_make_room(struct core *core)
{
    struct link *link = is_full(core) ? who_gives_way(core, false) : NULL;
    if (link == NULL)
        return;
    core->choice.gave_way_ms = core->now_ms;
    choice_tell_peers(core, link);
    core_end_link(core, link, WHY_FULL);
}

/* There were few, and all were linked to all; now there are many. */
static void trim(struct core *core)
{
    struct link *link = who_gives_way(core, false);
    if (link == NULL)
        link = who_gives_way(core, true);
    if (link != NULL)
        core_end_link(core, link, WHY_FULL);
    soon(core, core->now_ms + SPARE_EVERY_MS + prng_below(&core->prng, 2 * SPARE_EVERY_MS));
}

static void end_change(struct core *core)
{
    struct link *link = who_gives_way(core, true);
    core->choice.changing = 0;
    if (link != NULL && core->links.up > LINKS_LEAST)
        core_end_link(core, link, WHY_FULL);
}

/* ---- PEERS ---- */

/* Our own record, made anew when it is no more true or grows old. */
static struct bytes own_record(struct core *core)
{
    struct choice *choice = &core->choice;
    if (choice->own_count == 0)
        return (struct bytes){NULL, 0};
    if (choice->record_size == 0 || core->now_ms - choice->signed_ms >= RECORD_RENEW_MS) {
        struct writer w = writer_of(choice->record, sizeof choice->record);
        uint64_t number = core->wall_ms > choice->number ? core->wall_ms : choice->number + 1;
        record_write(&w, &core->config.identity, &core->config.network, number, choice->own,
                     choice->own_count);
        CHECK(!w.full);
        choice->number = number;
        choice->signed_ms = core->now_ms;
        choice->record_size = w.size;
    }
    return (struct bytes){choice->record, choice->record_size};
}

static bool is_among(const struct kin_list *kin, const struct spare *spare)
{
    for (size_t i = 0; i < kin->count; i++)
        if (kin->spares[i] == spare)
            return true;
    return false;
}

void choice_tell_peers(struct core *core, struct link *link)
{
    struct bytes records[LIMIT_PEERS];
    size_t count = 0, all = core->spares.count;
    size_t from = all > 0 ? prng_below(&core->prng, (uint32_t)all) : 0;
    records[count] = own_record(core);
    count += records[count].size > 0;
    size_t most = core->many ? PEERS_MANY : LIMIT_PEERS;
    struct kin_list kin;
    kin_of(core, link, &kin);
    size_t first = kin.count > 0 ? prng_below(&core->prng, (uint32_t)kin.count) : 0;
    for (size_t i = 0; i < kin.count && count < most - 1; i++) { /* and one of the others */
        struct spare *spare = kin.spares[(first + i) % kin.count];
        records[count++] = (struct bytes){spare->bytes, spare->size};
    }
    for (size_t i = 0; i < all && count < most; i++) {
        struct spare *spare = &core->spares.list[(from + i) % all];
        if (!is_among(&kin, spare) && spare->fails == 0 && !spare->full &&
            spare->ends_wall_ms > core->wall_ms && spare->via != link->number &&
            !id_equal(&spare->node, &link->node)) {
            records[count++] = (struct bytes){spare->bytes, spare->size};
            spare->told = true;
        }
    }
    if (count == 0)
        return;
    size_t room = 2;
    for (size_t i = 0; i < count; i++)
        room += records[i].size;
    struct writer w = frame_writer(core, room);
    wire_write_peers(&w, records, count);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

void choice_take_peers(struct core *core, struct link *link, struct bytes frame)
{
    struct peers *peers = arena_take(&core->arena, sizeof *peers);
    if (!wire_read_peers(frame, peers) || meet_too_much(core, link)) {
        frame_breaks_rules(core, link, "a PEERS that does not parse, or too many");
        return;
    }
    if (link->peers_ms != 0 && core->now_ms - link->peers_ms < PEERS_GAP_MS)
        return;
    link->peers_ms = core->now_ms;
    for (size_t i = 0; i < peers->count; i++) {
        const struct record *record = &peers->records[i];
        if (id_equal(&record->node, &core->config.identity.node) ||
            !spares_wants(&core->spares, record, core->now_ms, core->wall_ms))
            continue;
        if (record_verify(record, &core->config.network))
            spares_put(&core->spares, &core->prng, record, link->number, core->wall_ms,
                       kin_is(core, &record->node));
        else
            link->refused++;
    }
    soon(core, core->now_ms);
}

static struct link *anyone(struct core *core)
{
    struct link *chosen = NULL;
    uint32_t seen = 0;
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP &&
            prng_below(&core->prng, ++seen) == 0)
            chosen = &core->links.list[i];
    return chosen;
}

static void gossip(struct core *core)
{
    struct link *link = anyone(core);
    if (link != NULL)
        choice_tell_peers(core, link);
    core->choice.peers_at_ms =
        core->now_ms + PEERS_EVERY_MS / 2 + prng_below(&core->prng, PEERS_EVERY_MS);
}

/* ---- what happens ---- */

void choice_own(struct core *core, const struct address *own, size_t count)
{
    struct choice *choice = &core->choice;
    bool same = count == choice->own_count;
    for (size_t i = 0; same && i < count; i++)
        same = strcmp(own[i].text, choice->own[i].text) == 0;
    if (same)
        return;
    choice->own_count = 0;
    choice->record_size = 0;
    for (size_t i = 0; i < count && choice->own_count < LIMIT_RECORD_ADDRESSES; i++)
        if (record_address_ok((struct bytes){(const uint8_t *)own[i].text, strlen(own[i].text)}))
            choice->own[choice->own_count++] = own[i];
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP)
            choice_tell_peers(core, &core->links.list[i]);
}

void choice_link_up(struct core *core, struct link *link)
{
    struct spare *spare = spares_find(&core->spares, &link->node);
    if (spare != NULL) {
        spare->fails = 0;
        spare->full = false;
        spare->not_before_ms = 0;
    }
    choice_tell_peers(core, link);
    if (core->choice.peers_at_ms == UINT64_MAX) {
        core->choice.peers_at_ms = core->now_ms + PEERS_EVERY_MS / 2;
        core->choice.change_at_ms = core->now_ms + LINKS_CHANGE_MS;
    }
    if (core->choice.changing == link->number)
        end_change(core);
    soon(core, core->now_ms);
}

void choice_link_gone(struct core *core, const struct link *was, enum link_why why)
{
    struct spare *spare = spares_by_link(&core->spares, was->number);
    soon(core, core->now_ms);
    if (spare == NULL)
        return;
    spare->link = 0;
    spare->fails += why != WHY_FULL && why != WHY_DUPLICATE;
    spare->not_before_ms = core->now_ms + SPARE_AGAIN_MS;
    spare->full = why == WHY_FULL;
    if (spare->fails >= SPARE_GIVE_UP || why == WHY_ASKED_PEER || why == WHY_QUIT)
        spares_remove(&core->spares, spare);
}

void choice_found(struct core *core)
{
    soon(core, core->now_ms);
}

void choice_work(struct core *core, bool dials)
{
    if (core->choice.peers_at_ms <= core->now_ms)
        gossip(core);
    if (core->choice.change_at_ms <= core->now_ms)
        begin_change(core, dials);
    kin_work(core);
    if (core->choice.at_ms > core->now_ms)
        return;
    core->choice.at_ms = UINT64_MAX;
    judge_many(core);
    notes_judge(core);
    kin_look(core, has_room_for_kin(core));
    if (dials && core->overlay.beacons && (choice_wants_more(core) || core->many))
        dial_spare(core);
    if (core->many && core->links.up > LINKS_MOST)
        trim(core);
}

uint64_t choice_deadline(const struct core *core)
{
    const struct choice *choice = &core->choice;
    uint64_t at_ms = choice->at_ms < choice->peers_at_ms ? choice->at_ms : choice->peers_at_ms;
    at_ms = choice->kin_at_ms < at_ms ? choice->kin_at_ms : at_ms;
    return choice->change_at_ms < at_ms ? choice->change_at_ms : at_ms;
}
