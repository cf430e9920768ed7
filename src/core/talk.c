/* Talk: direct channels, the flow (PROTOCOL.md section 10): they are begun here or by the other, lines
 * are sealed and opened, cards go and come, prekeys are made and destroyed.
 *
 *     \msg --> the channel is taken, JOIN lists it --> the other sees an id that he does not know,
 *              computes those he shares with whom he knows, and takes it, too
 *     a line --> is the other's card known? --> sealed, said
 *                                         no --> it waits; SEEK
 *
 * 1. A channel that the other began has no window (it is `quiet`) until there is an entry in it; so has
 *    one that was left. Both stay taken, or what is said there would not come.
 * 2. An own prekey is on disk before its card leaves (STORE's rule, for PREKEY).
 * 3. What is opened goes to the store in the same step as the sealed entry: after its prekey is gone
 *    nobody could open it again.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define CARD_REFUSED_MAX 16
#define SEVERAL_MAX      8

/* ---- own prekeys ---- */

void talk_load_prekey(struct core *core, const struct event *event)
{
    struct own_prekey own = {event->prekey, event->number};
    direct_add_prekey(&core->direct, &own);
    core->direct.look_at_ms = core->now_ms;
}

static void keep_prekey(struct core *core, const struct own_prekey *own)
{
    struct effect *effect = emit(core, EFFECT_PREKEY);
    effect->prekey = own->prekey;
    effect->number = own->replaced_ms;
}

static void make_prekey(struct core *core, uint64_t above)
{
    struct direct *direct = &core->direct;
    uint8_t secret[32];
    uint64_t number = core->wall_ms > above ? core->wall_ms : above + 1;
    direct_draw(direct, secret);
    struct own_prekey own = {prekey_of(secret, number), 0};
    sodium_memzero(secret, sizeof secret);
    if (direct->own_count == LIMIT_PREKEYS)
        emit(core, EFFECT_UNKEY)->prekey = direct->own[0].prekey;
    direct_add_prekey(direct, &own);
    keep_prekey(core, &own);
    sodium_memzero(&own, sizeof own);
}

/* The newest; a new one where there is none, or it is old. NULL: there is none, and none can be kept. */
static const struct prekey *newest_prekey(struct core *core)
{
    struct direct *direct = &core->direct;
    const struct own_prekey *newest =
        direct->own_count > 0 ? &direct->own[direct->own_count - 1] : NULL;
    uint64_t number = newest != NULL ? newest->prekey.number : 0;
    bool old = core->wall_ms > number && core->wall_ms - number >= PREKEY_RENEW_MS;
    if ((newest == NULL || old) && !core->unwritable)
        make_prekey(core, number);
    if (direct->own_count == 0)
        return NULL;
    if (direct->look_at_ms == UINT64_MAX)
        direct->look_at_ms = core->now_ms + PREKEY_LOOK_MS;
    return &direct->own[direct->own_count - 1].prekey;
}

/* The newest is given to somebody now: from here on those before it have not long to live. */
static void note_given(struct core *core)
{
    struct direct *direct = &core->direct;
    for (size_t i = 0; i + 1 < direct->own_count && !core->unwritable; i++)
        if (direct->own[i].replaced_ms == 0) {
            direct->own[i].replaced_ms = core->wall_ms > 0 ? core->wall_ms : 1;
            keep_prekey(core, &direct->own[i]);
        }
}

static void destroy_old(struct core *core)
{
    struct direct *direct = &core->direct;
    for (size_t i = direct->own_count; i-- > 0 && !core->unwritable;) {
        struct own_prekey *own = &direct->own[i];
        if (own->replaced_ms == 0 || core->wall_ms < own->replaced_ms ||
            core->wall_ms - own->replaced_ms < PREKEY_GONE_MS)
            continue;
        emit(core, EFFECT_UNKEY)->prekey = own->prekey;
        direct->own_count--;
        memmove(own, own + 1, (direct->own_count - i) * sizeof *own);
        sodium_memzero(&direct->own[direct->own_count], sizeof *own);
    }
}

/* ---- cards ---- */

static void send_card(struct core *core, struct link *link, const struct keycard *card)
{
    struct writer w = frame_writer(core, WIRE_CARD_BYTES);
    wire_write_keycard(&w, card);
    CHECK(!w.full);
    emit_send(core, link, written(&w));
}

static void send_own_card(struct core *core, struct link *link)
{
    const struct prekey *prekey = newest_prekey(core);
    if (prekey == NULL)
        return;
    struct keycard card = {.number = prekey->number, .prekey = prekey->key};
    card_sign(&card, &core->config.network, &core->config.identity);
    note_given(core);
    send_card(core, link, &card);
}

static void seek(struct core *core, struct link *link, const struct id *node)
{
    struct writer w = frame_writer(core, 33);
    wire_write_seek(&w, node);
    emit_send(core, link, written(&w));
}

/* Asks the store, and then everybody, for the card of the other. */
static void seek_everywhere(struct core *core, const struct channel *channel)
{
    emit(core, EFFECT_SEEK)->node = channel->peer;
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number != 0 && link->state == LINK_UP && !id_equal(&link->node, &channel->peer))
            seek(core, link, &channel->peer);
    }
}

static struct channel *channel_with(struct core *core, const struct id *peer)
{
    for (size_t i = 0; i < core->channels.count; i++)
        if (channel_is_direct(&core->channels.list[i]) &&
            id_equal(&core->channels.list[i].peer, peer))
            return &core->channels.list[i];
    return NULL;
}

/* A card that holds, of a node that this one has to do with. */
static void take_card(struct core *core, const struct keycard *card)
{
    struct direct *direct = &core->direct;
    struct channel *channel = channel_with(core, &card->node);
    if (!core->unwritable)
        emit(core, EFFECT_CARD)->card = *card;
    if (channel != NULL && (channel->card.version == 0 || card_is_newer(card, &channel->card)))
        channel->card = *card;
    for (size_t i = direct->sought_count; i-- > 0;) {
        if (!id_equal(&direct->sought[i].node, &card->node))
            continue;
        struct link *link = link_table_find(&core->links, direct->sought[i].link);
        if (link != NULL && link->state == LINK_UP)
            send_card(core, link, card);
        direct->sought[i] = direct->sought[--direct->sought_count];
    }
}

/* One's own, heard from others: after a backup was restored it may be newer than all that are held. */
static void own_card_heard(struct core *core, const struct keycard *card)
{
    struct direct *direct = &core->direct;
    const struct prekey *newest = newest_prekey(core);
    if (newest == NULL || card->number < newest->number || card->number == UINT64_MAX ||
        direct_prekey(direct, card->prekey.b) != NULL || core->unwritable)
        return;
    make_prekey(core, card->number);
    for (size_t i = 0; i < core->links.room; i++)
        if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP)
            send_own_card(core, &core->links.list[i]);
}

static bool too_many(const struct core *core, struct link *link)
{
    if (core->now_ms - link->cards_from_ms >= CARD_CHECKS_MS) {
        link->cards_from_ms = core->now_ms;
        link->cards = 0;
    }
    return ++link->cards > CARD_CHECKS;
}

void talk_take_card(struct core *core, struct link *link, struct bytes frame)
{
    struct keycard card;
    if (!wire_read_keycard(frame, &card)) {
        frame_breaks_rules(core, link, "a CARD that does not parse");
        return;
    }
    bool own = id_equal(&card.node, &core->config.identity.node);
    const struct channel *channel = channel_with(core, &card.node);
    if ((!own && channel == NULL && !id_equal(&card.node, &link->node)) || too_many(core, link))
        return;
    if (channel != NULL && channel->card.version != 0 && !card_is_newer(&card, &channel->card))
        return;
    if (!card_verify(&card, &core->config.network)) {
        emit_log(core, "a card refused: its signature does not hold", link);
        if (++link->refused >= CARD_REFUSED_MAX)
            core_end_link(core, link, WHY_RULES);
        return;
    }
    if (own)
        own_card_heard(core, &card);
    else
        take_card(core, &card);
}

void talk_take_seek(struct core *core, struct link *link, struct bytes frame)
{
    struct id node;
    if (!wire_read_seek(frame, &node)) {
        frame_breaks_rules(core, link, "a SEEK that does not parse");
        return;
    }
    if (too_many(core, link))
        return;
    if (id_equal(&node, &core->config.identity.node)) {
        send_own_card(core, link);
        return;
    }
    struct effect *effect = emit(core, EFFECT_SEEK);
    effect->link = link->number;
    effect->node = node;
}

/* Keeps the question, if there is room. */
static void keep_sought(struct core *core, uint64_t link, const struct id *node)
{
    struct direct *direct = &core->direct;
    size_t of_link = 0;
    if (direct->sought == NULL)
        direct->sought = calloc(LIMIT_SEEKS_ALL, sizeof *direct->sought);
    CHECK(direct->sought != NULL);
    for (size_t i = direct->sought_count; i-- > 0;) {
        if (link_table_find(&core->links, direct->sought[i].link) == NULL) {
            direct->sought[i] = direct->sought[--direct->sought_count];
            continue;
        }
        of_link += direct->sought[i].link == link;
        if (direct->sought[i].link == link && id_equal(&direct->sought[i].node, node))
            return;
    }
    if (of_link < LIMIT_SEEKS && direct->sought_count < LIMIT_SEEKS_ALL)
        direct->sought[direct->sought_count++] = (struct sought){link, *node};
}

static size_t waiting_in(const struct core *core, const struct channel *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < core->direct.waiting_count; i++)
        count += id_equal(&core->direct.waiting[i].channel, &channel->id);
    return count;
}

void talk_carded(struct core *core, const struct event *event)
{
    struct link *link = link_table_find(&core->links, event->link);
    if (link != NULL && link->state == LINK_UP) {
        if (event->card.version != 0)
            send_card(core, link, &event->card);
        else
            keep_sought(core, event->link, &event->node);
        return;
    }
    struct channel *channel = event->link == 0 ? channel_with(core, &event->node) : NULL;
    if (channel == NULL)
        return;
    if (event->card.version != 0 &&
        (channel->card.version == 0 || card_is_newer(&event->card, &channel->card)))
        channel->card = event->card;
}

/* ---- finding a channel ---- */

/* The nick of a node, as somebody said it who may be believed; empty when nobody did. */
static struct nick nick_of(struct core *core, const struct id *node)
{
    const struct link *link = link_table_to(&core->links, node, NULL);
    struct nick none = {{0}};
    if (link != NULL)
        return link->nick;
    for (size_t i = 0; i < core->presence.count; i++)
        if (id_equal(&core->presence.list[i].note.node, node))
            return notes_nick(&core->presence.list[i]);
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct log *log = channel_log(&core->channels.list[i], node);
        if (log != NULL && log->nick.text[0] != '\0')
            return log->nick;
    }
    return none;
}

static void append(char *to, size_t room, const char *text)
{
    size_t at = strlen(to), size = strlen(text);
    CHECK(at + size < room);
    memcpy(to + at, text, size + 1);
}

/* "@nick", or with digits of the id where another has that name, or there is no nick. */
static struct channel_name name_for(struct core *core, const struct id *peer,
                                    const struct nick *nick)
{
    struct channel_name name = {"@"};
    char digits[9];
    size_t room = sizeof name.text;
    hex_of(digits, peer->b, 4);
    append(name.text, room, nick->text[0] != '\0' ? nick->text : digits);
    for (char *at = name.text; *at != '\0'; at++)
        if (*at == ',')
            *at = '_';
    if (channel_by_name(&core->channels, name.text) != NULL) {
        append(name.text, room, "~");
        append(name.text, room, digits);
    }
    for (size_t i = 4; channel_by_name(&core->channels, name.text) != NULL && i < 12; i++) {
        hex_of(digits, peer->b + i, 1);
        append(name.text, room, digits);
    }
    return name;
}

static void keep_direct(struct core *core, const struct channel *channel)
{
    if (core->unwritable)
        return; /* it is kept when something more happens in it */
    struct effect *effect = emit_in(core, EFFECT_DIRECT, channel);
    effect->node = channel->peer;
    effect->shown = !channel->quiet;
}

/* It was carried for others before it was known for whom. What is held of it was not opened, so it comes
 * again. */
static void fetch_anew(struct core *core, struct channel *channel)
{
    emit_in(core, EFFECT_DROP, channel);
    channel->carried = (struct carried){.bytes = 0};
    channel_empty(channel, core->channels.table_key);
}

/* The channel with that node, made if there is none; NULL when there can be none. */
static struct channel *channel_made(struct core *core, const struct id *peer,
                                    const struct channel_name *name)
{
    struct channel *channel = channel_with(core, peer);
    uint8_t shared[32];
    if (channel != NULL || !seal_shared(shared, &core->config.identity, peer))
        return channel;
    struct nick nick = nick_of(core, peer);
    struct channel_name made = name != NULL ? *name : name_for(core, peer, &nick);
    struct id id = direct_id(&core->config.network, &core->config.identity.node, peer, shared);
    channel = channel_add_id(&core->channels, &id);
    if (channel->log_count > 0 || !id_is_zero(&channel->carried.asker))
        fetch_anew(core, channel);
    channel_make_direct(channel, &made, peer, shared);
    sodium_memzero(shared, sizeof shared);
    return channel;
}

void talk_load(struct core *core, const struct event *event)
{
    struct channel *channel = channel_made(core, &event->node, &event->channel);
    if (channel == NULL || channel->joined)
        return;
    channel_take(&core->channels, channel);
    channel->quiet = !event->held;
    channel->card = event->card;
}

/* All that follows from taking a channel, but that it is shown. */
static void taken_now(struct core *core, struct channel *channel)
{
    core_announce_self(core);
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (!link_hears(link, &channel->id))
            continue;
        emit_member(core, channel, link, true);
        heads_compare(core, link, channel);
        bodies_met(core, link, channel);
    }
    if (channel->card.version == 0)
        seek_everywhere(core, channel);
}

static bool take_channel(struct core *core, struct channel *channel)
{
    if (channel->joined)
        return true;
    if (!channel_take(&core->channels, channel))
        return false;
    taken_now(core, channel);
    return true;
}

/* Nothing was said in it, nobody asked for it here, and its node is not linked. */
static bool is_idle(struct core *core, const struct channel *channel)
{
    return channel_is_direct(channel) && channel->quiet && channel->log_count == 0 &&
           link_table_to(&core->links, &channel->peer, NULL) == NULL;
}

static bool has_room_for_quiet(struct core *core)
{
    size_t count = 0;
    for (size_t i = 0; i < core->channels.count; i++)
        count += channel_is_direct(&core->channels.list[i]) && core->channels.list[i].quiet &&
                 core->channels.list[i].log_count == 0;
    for (size_t i = 0; count >= LIMIT_DIRECT_QUIET && i < core->channels.count; i++)
        if (is_idle(core, &core->channels.list[i])) {
            channel_leave(&core->channels, &core->channels.list[i]);
            channel_remove(&core->channels, &core->channels.list[i]);
            return true;
        }
    return count < LIMIT_DIRECT_QUIET;
}

/* The other has begun it. */
static void begun_by(struct core *core, const struct id *peer)
{
    if (channel_with(core, peer) == NULL && !has_room_for_quiet(core))
        return;
    struct channel *channel = channel_made(core, peer, NULL);
    if (channel != NULL)
        take_channel(core, channel);
}

static bool is_listed(const struct core *core, const struct id *id)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (link_hears(&core->links.list[i], id))
            return true;
    return false;
}

static bool is_new(struct core *core, const struct id *id)
{
    const struct channel *channel = channel_by_id(&core->channels, id);
    return channel == NULL || !channel->joined;
}

static void compute(struct core *core, uint32_t index)
{
    struct acquainted *known = &core->direct.known[index];
    uint8_t shared[32];
    if (known->computed)
        return;
    known->computed = true;
    if (!seal_shared(shared, &core->config.identity, &known->node))
        return;
    known->channel =
        direct_id(&core->config.network, &core->config.identity.node, &known->node, shared);
    table_put(&core->direct.by_channel, &known->channel, index);
    sodium_memzero(shared, sizeof shared);
}

/* Computes some more ids, and takes those channels that are listed somewhere. */
static void look_on(struct core *core)
{
    struct direct *direct = &core->direct;
    for (int i = 0; i < DIRECT_A_TICK && direct->computed < direct->known_count; i++) {
        uint32_t at = (uint32_t)direct->computed++;
        compute(core, at);
        struct acquainted known = direct->known[at];
        if (is_listed(core, &known.channel) && is_new(core, &known.channel))
            begun_by(core, &known.node);
    }
    direct->compute_at_ms = direct->computed < direct->known_count ? core->now_ms : UINT64_MAX;
}

void talk_look(struct core *core, struct link *link)
{
    struct direct *direct = &core->direct;
    bool unknown = false;
    uint32_t at = table_get(&direct->by_node, &link->node);
    for (size_t i = 0; i < link->takes_count; i++) {
        struct id id = link->takes[i].channel;
        if (!is_new(core, &id))
            continue;
        if (at != TABLE_NONE)
            compute(core, at); /* who is nearest is the likeliest */
        uint32_t by = table_get(&direct->by_channel, &id);
        if (by != TABLE_NONE)
            begun_by(core, &direct->known[by].node);
        unknown = unknown || by == TABLE_NONE;
    }
    if (unknown && direct->computed < direct->known_count)
        direct->compute_at_ms = core->now_ms;
}

void talk_know(struct core *core, const struct id *node)
{
    if (!id_equal(node, &core->config.identity.node))
        direct_acquaint(&core->direct, node);
}

void talk_link_up(struct core *core, struct link *link)
{
    talk_know(core, &link->node);
    send_own_card(core, link);
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (channel_is_direct(channel) && channel->joined && channel->card.version == 0 &&
            !id_equal(&channel->peer, &link->node))
            seek(core, link, &channel->peer);
    }
}

/* ---- sealing and opening ---- */

const struct entry *talk_lines(struct core *core, const struct channel *channel,
                               const struct run *run)
{
    if (!channel_is_direct(channel))
        return NULL;
    struct seal_terms terms = {
        .writer = channel->peer, .reader = core->config.identity.node, .channel = channel->id};
    struct entry *lines = arena_copy(&core->arena, run->entries, run->count * sizeof *lines);
    uint8_t id[SEAL_PREKEY_ID];
    memcpy(terms.shared, channel->shared, sizeof terms.shared);
    for (size_t i = 0; i < run->count; i++) {
        struct entry *line = &lines[i];
        if (line->kind != ENTRY_SEALED || line->body.at == NULL ||
            !id_equal(&line->author, &channel->peer) || !seal_to(line->body, id))
            continue;
        const struct prekey *prekey = direct_prekey(&core->direct, id);
        uint8_t *plain = arena_take(&core->arena, line->body.size);
        uint8_t kind;
        struct bytes body;
        if (prekey == NULL || !seal_open(line->body, &terms, prekey, plain, &kind, &body) ||
            kind == ENTRY_SEALED || kind == ENTRY_FORGET)
            continue;
        line->kind = kind;
        line->body = body;
    }
    sodium_memzero(&terms, sizeof terms);
    return lines;
}

bool talk_accepts(const struct core *core, const struct channel *channel, const struct run *run)
{
    if (!channel_is_direct(channel))
        return true;
    bool open = false;
    for (size_t i = 0; i < run->count; i++) {
        uint8_t kind = run->entries[i].kind;
        open = open || kind == ENTRY_TEXT || kind == ENTRY_ACTION || kind == ENTRY_EDIT ||
               kind == ENTRY_REACTION;
    }
    return !open && channel_allows(channel, &core->config.identity.node, &run->entries[0].author);
}

/* Gives it a window. */
static void show_channel(struct core *core, struct channel *channel)
{
    channel->quiet = false;
    keep_direct(core, channel);
    emit_current(core);
}

void talk_heard(struct core *core, struct channel *channel, const struct entry *line)
{
    struct bytes nick, text;
    if (!channel->quiet)
        return;
    if (channel->log_count <= 1 && entry_text(line, &nick, &text)) {
        struct nick said = nick_from_peer(nick);
        memset(&channel->name, 0, sizeof channel->name);
        channel->name = name_for(core, &channel->peer, &said);
    }
    show_channel(core, channel);
    emit_told(core, TOLD_DIRECT_NEW, channel->name.text, NULL, 0);
    for (size_t i = 0; i < core->links.room; i++)
        if (link_hears(&core->links.list[i], &channel->id))
            emit_member(core, channel, &core->links.list[i], true);
}

static void seal_now(struct core *core, struct channel *channel, enum entry_kind kind,
                     struct bytes body)
{
    struct seal_terms terms = {
        .writer = core->config.identity.node, .reader = channel->peer, .channel = channel->id};
    uint8_t *sealed = arena_take(&core->arena, LIMIT_BODY);
    memcpy(terms.shared, channel->shared, sizeof terms.shared);
    size_t size = seal_write(sealed, &terms, &channel->card.prekey, core->direct.random,
                             ++core->direct.drawn, kind, body);
    sodium_memzero(&terms, sizeof terms);
    struct entry line = {.kind = (uint8_t)kind,
                         .body = {arena_copy(&core->arena, body.at, body.size), body.size}};
    if (size == 0)
        emit_told(core, TOLD_DIRECT_WAITS, channel->name.text, NULL, 1); /* his card has no key */
    else
        request_say_sealed(core, channel, (struct bytes){sealed, size}, &line);
}

static bool add_waiting(struct core *core, const struct channel *channel, uint8_t kind,
                        struct bytes body)
{
    struct direct *direct = &core->direct;
    if (direct->waiting_count == LIMIT_WAITING)
        return false;
    if (direct->waiting == NULL)
        direct->waiting = calloc(LIMIT_WAITING, sizeof *direct->waiting);
    CHECK(direct->waiting != NULL);
    struct waiting *waiting = &direct->waiting[direct->waiting_count++];
    *waiting = (struct waiting){channel->id, kind, malloc(body.size + 1), body.size};
    CHECK(waiting->body != NULL);
    memcpy(waiting->body, body.at, body.size);
    if (direct->tell_at_ms == UINT64_MAX)
        direct->tell_at_ms = core->now_ms + WAITING_TOLD_MS;
    return true;
}

void talk_load_waiting(struct core *core, const struct event *event)
{
    const struct channel *channel = channel_by_name(&core->channels, event->channel.text);
    if (channel != NULL)
        add_waiting(core, channel, (uint8_t)event->number, event->frame);
}

void talk_say(struct core *core, struct channel *channel, enum entry_kind kind, struct bytes body)
{
    if (body.size > SEAL_BODY_MOST) {
        emit_told(core, TOLD_TOO_LONG, NULL, NULL, SEAL_BODY_MOST - (LIMIT_BODY - LIMIT_TEXT));
        return;
    }
    if (channel->card.version != 0) {
        seal_now(core, channel, kind, body);
        return;
    }
    if (!add_waiting(core, channel, (uint8_t)kind, body)) {
        emit_told(core, TOLD_DIRECT_FULL, NULL, NULL, LIMIT_WAITING);
        return;
    }
    struct effect *effect = emit_in(core, EFFECT_WAITING, channel);
    effect->number = kind;
    effect->text = (struct bytes){arena_copy(&core->arena, body.at, body.size), body.size};
    seek_everywhere(core, channel); /* CARD goes on */
}

static void tell_waiting(struct core *core)
{
    core->direct.tell_at_ms = UINT64_MAX;
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        size_t count = channel_is_direct(channel) ? waiting_in(core, channel) : 0;
        if (count > 0)
            emit_told(core, TOLD_DIRECT_WAITS, channel->name.text, NULL, count);
    }
}

/* What waits for a card that is known now is said. */
static void say_waiting(struct core *core)
{
    struct direct *direct = &core->direct;
    for (size_t i = 0; i < direct->waiting_count && !core->unwritable; i++) {
        struct waiting *waiting = &direct->waiting[i];
        struct channel *channel = channel_by_id(&core->channels, &waiting->channel);
        if (channel == NULL || channel->card.version == 0)
            continue;
        emit_in(core, EFFECT_WAITED, channel);
        struct id id = channel->id;
        size_t kept = 0;
        for (size_t k = 0; k < direct->waiting_count; k++) {
            struct waiting *each = &direct->waiting[k];
            if (!id_equal(&each->channel, &id)) {
                direct->waiting[kept++] = *each;
                continue;
            }
            seal_now(core, channel, (enum entry_kind)each->kind,
                     (struct bytes){each->body, each->size});
            sodium_memzero(each->body, each->size);
            free(each->body);
        }
        direct->waiting_count = kept;
        return; /* of another channel in the next step */
    }
}

/* ---- whom a person means ---- */

static void add_named(struct core *core, const struct id *node, const char *nick,
                      const char *wanted, struct id found[SEVERAL_MAX], size_t *count)
{
    char digits[ID_HEX_SIZE];
    const char *tilde = strrchr(wanted, '~');
    size_t nick_size = tilde != NULL ? (size_t)(tilde - wanted) : strlen(wanted);
    hex_of(digits, node->b, sizeof node->b);
    bool named = strcmp(nick, wanted) == 0;
    if (tilde != NULL && strlen(tilde + 1) >= 4)
        named = named || (strlen(nick) == nick_size && memcmp(nick, wanted, nick_size) == 0 &&
                          strncmp(digits, tilde + 1, strlen(tilde + 1)) == 0);
    if (strlen(wanted) >= 8 && strspn(wanted, "0123456789abcdef") == strlen(wanted))
        named = named || strncmp(digits, wanted, strlen(wanted)) == 0;
    if (!named || id_equal(node, &core->config.identity.node))
        return;
    for (size_t i = 0; i < *count; i++)
        if (id_equal(&found[i], node))
            return;
    if (*count < SEVERAL_MAX)
        found[(*count)++] = *node;
}

static size_t find_named(struct core *core, const char *wanted, struct id found[SEVERAL_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < core->links.room; i++) {
        const struct link *link = &core->links.list[i];
        if (link->number != 0 && link->state == LINK_UP)
            add_named(core, &link->node, link->nick.text, wanted, found, &count);
    }
    for (size_t i = 0; i < core->presence.count; i++) {
        struct nick nick = notes_nick(&core->presence.list[i]);
        add_named(core, &core->presence.list[i].note.node, nick.text, wanted, found, &count);
    }
    for (size_t i = 0; i < core->channels.count; i++)
        for (size_t k = 0; k < core->channels.list[i].log_count; k++) {
            const struct log *log = &core->channels.list[i].logs[k];
            if (log->proved)
                add_named(core, &log->author, log->nick.text, wanted, found, &count);
        }
    return count;
}

static void tell_several(struct core *core, const char *nick, const struct id *found, size_t count)
{
    char names[SEVERAL_MAX * (LIMIT_CHANNEL + 12)] = "";
    for (size_t i = 0; i < count; i++) {
        char digits[9];
        hex_of(digits, found[i].b, 4);
        append(names, sizeof names, i > 0 ? ", " : "");
        append(names, sizeof names, nick);
        append(names, sizeof names, "~");
        append(names, sizeof names, digits);
    }
    emit_told(core, TOLD_DIRECT_SEVERAL, nick, names, 0);
}

struct channel *talk_open(struct core *core, const struct channel_name *name)
{
    struct id found[SEVERAL_MAX];
    struct channel *channel = channel_by_name(&core->channels, name->text);
    if (channel == NULL) {
        size_t count = find_named(core, name->text + 1, found);
        if (count == 1)
            channel = channel_made(core, &found[0], NULL);
        else if (count > 1)
            tell_several(core, name->text + 1, found, count);
        if (count > 1)
            return NULL;
    }
    if (channel == NULL) {
        emit_told(core, TOLD_DIRECT_NONE, name->text + 1, NULL, 0);
        return NULL;
    }
    bool was = channel->joined && !channel->quiet;
    if (!channel->joined && core->channels.joined == LIMIT_CHANNELS) {
        emit_told(core, TOLD_TOO_MANY_CHANNELS, NULL, NULL, LIMIT_CHANNELS);
        return NULL;
    }
    channel->quiet = false;
    core->channels.current = channel->name;
    keep_direct(core, channel);
    emit_current(core);
    emit_told(core, was ? TOLD_WRITING : TOLD_DIRECT, channel->name.text, NULL, 0);
    take_channel(core, channel);
    return channel;
}

void talk_leave(struct core *core, struct channel *channel)
{
    channel->quiet = true;
    channels_move_on(&core->channels, channel);
    keep_direct(core, channel);
    emit_current(core);
    emit_told(core, TOLD_LEFT, channel->name.text, NULL, 0);
}

/* ---- what is due ---- */

void talk_work(struct core *core)
{
    struct direct *direct = &core->direct;
    if (direct->waiting_count > 0)
        say_waiting(core);
    if (direct->tell_at_ms <= core->now_ms)
        tell_waiting(core);
    if (direct->compute_at_ms <= core->now_ms)
        look_on(core);
    if (direct->look_at_ms > core->now_ms)
        return;
    direct->look_at_ms = core->now_ms + PREKEY_LOOK_MS;
    size_t count = direct->own_count;
    newest_prekey(core);
    if (direct->own_count != count && !core->unwritable)
        for (size_t i = 0; i < core->links.room; i++)
            if (core->links.list[i].number != 0 && core->links.list[i].state == LINK_UP)
                send_own_card(core, &core->links.list[i]);
    destroy_old(core);
}

uint64_t talk_deadline(const struct core *core)
{
    const struct direct *direct = &core->direct;
    uint64_t deadline =
        direct->look_at_ms < direct->compute_at_ms ? direct->look_at_ms : direct->compute_at_ms;
    return direct->tell_at_ms < deadline ? direct->tell_at_ms : deadline;
}
