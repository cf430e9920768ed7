/* Sealing: what is said in direct channels: sealed, opened, and kept until it can be sealed.
 *
 *     a line --> is the other's card known? --> sealed, said
 *                                         no --> it waits; SEEK
 *
 * What is opened goes to the store in the same step as the sealed entry: after its prekey is gone nobody
 * could open it again.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

/* It goes to the private channel that it is about (keys.c). */
static bool kind_is_secret(uint8_t kind)
{
    return kind == ENTRY_KEYS || kind == ENTRY_KEY_REQUEST;
}

const struct entry *sealing_lines(struct core *core, struct channel *channel, const struct log *log,
                                  const struct run *run)
{
    if (channel->group != NULL)
        return group_lines(core, channel, log, run);
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
        if (kind_is_secret(kind)) {
            keys_take(core, &channel->peer, kind, body);
            sodium_memzero(plain, body.size + 3);
            body.size = 0; /* it is kept where it belongs */
        }
        line->kind = kind;
        line->body = body;
    }
    sodium_memzero(&terms, sizeof terms);
    return lines;
}

bool sealing_accepts(const struct core *core, const struct channel *channel, const struct run *run)
{
    if (!channel_is_direct(channel) && channel->group == NULL)
        return true;
    bool open = false;
    for (size_t i = 0; i < run->count; i++)
        open = open || kind_is_said(run->entries[i].kind);
    return !open && (channel->group != NULL ||
                     channel_allows(channel, &core->config.identity.node, &run->entries[0].author));
}

void sealing_now(struct core *core, struct channel *channel, enum entry_kind kind,
                 struct bytes body)
{
    struct seal_terms terms = {
        .writer = core->config.identity.node, .reader = channel->peer, .channel = channel->id};
    uint8_t *sealed = arena_take(&core->arena, LIMIT_BODY);
    memcpy(terms.shared, channel->shared, sizeof terms.shared);
    size_t size = seal_write(sealed, &terms, &channel->card.prekey, core->direct.random,
                             ++core->direct.drawn, kind, body);
    sodium_memzero(&terms, sizeof terms);
    struct entry line = {.kind = (uint8_t)kind, .body = {(const uint8_t *)"", 0}};
    if (!kind_is_secret(kind)) /* else it is kept where it belongs */
        line.body = (struct bytes){arena_copy(&core->arena, body.at, body.size), body.size};
    if (size == 0)
        emit_told(core, TOLD_DIRECT_WAITS, channel->name.text, NULL, 1); /* his card has no key */
    else
        own_say_sealed(core, channel, (struct bytes){sealed, size}, &line);
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
    *waiting = (struct waiting){
        .channel = channel->id, .kind = kind, .body = malloc(body.size + 1), .size = body.size};
    CHECK(waiting->body != NULL);
    memcpy(waiting->body, body.at, body.size);
    if (direct->tell_at_ms == UINT64_MAX && kind < ENTRY_INNER)
        direct->tell_at_ms = core->now_ms + WAITING_TOLD_MS;
    return true;
}

bool sealing_wait(struct core *core, const struct channel *channel, enum entry_kind kind,
                  struct bytes body)
{
    if (!add_waiting(core, channel, (uint8_t)kind, body)) {
        emit_told(core, TOLD_DIRECT_FULL, NULL, NULL, LIMIT_WAITING);
        return false;
    }
    struct effect *effect = emit_in(core, EFFECT_WAITING, channel);
    effect->number = kind;
    effect->text = (struct bytes){arena_copy(&core->arena, body.at, body.size), body.size};
    return true;
}

void sealing_load_waiting(struct core *core, const struct event *event)
{
    const struct channel *channel = channel_by_name(&core->channels, event->channel.text);
    if (channel != NULL)
        add_waiting(core, channel, (uint8_t)event->number, event->frame);
}

void sealing_say(struct core *core, struct channel *channel, enum entry_kind kind,
                 struct bytes body)
{
    if (body.size > SEAL_SAID_MOST) {
        emit_told(core, TOLD_TOO_LONG, NULL, NULL, SEAL_SAID_MOST - (LIMIT_BODY - LIMIT_TEXT));
        return;
    }
    if (channel->card.version != 0) {
        sealing_now(core, channel, kind, body);
        return;
    }
    if (sealing_wait(core, channel, kind, body))
        seeks_begin(core, channel); /* CARD goes on */
}

bool sealing_waits(const struct core *core, const struct channel *channel)
{
    for (size_t i = 0; i < core->direct.waiting_count; i++)
        if (id_equal(&core->direct.waiting[i].channel, &channel->id))
            return true;
    return false;
}

/* Lines alone. */
static size_t waiting_in(const struct core *core, const struct channel *channel)
{
    size_t count = 0;
    for (size_t i = 0; i < core->direct.waiting_count; i++)
        count += id_equal(&core->direct.waiting[i].channel, &channel->id) &&
                 core->direct.waiting[i].kind < ENTRY_INNER;
    return count;
}

/* What he said stands nowhere else until then. */
static void tell_line(struct core *core, const struct channel *channel, struct waiting *waiting)
{
    struct entry line = {.kind = waiting->kind, .body = {waiting->body, waiting->size}};
    struct bytes nick, text;
    waiting->told = true;
    if (!entry_text(&line, &nick, &text))
        return;
    char *copy = arena_take(&core->arena, text.size + 1);
    memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    emit_told(core, TOLD_WAITING, channel->name.text, copy, 0);
}

bool sealing_tell_of(struct core *core, const struct channel *channel, bool anew)
{
    struct direct *direct = &core->direct;
    size_t count = waiting_in(core, channel);
    if (count > 0)
        emit_told(core, channel->group != NULL ? TOLD_PRIVATE_WAITS : TOLD_DIRECT_WAITS,
                  channel->name.text, NULL, count);
    for (size_t i = 0; i < direct->waiting_count; i++)
        if (id_equal(&direct->waiting[i].channel, &channel->id) &&
            (anew || !direct->waiting[i].told))
            tell_line(core, channel, &direct->waiting[i]);
    return count > 0;
}

void sealing_tell(struct core *core)
{
    core->direct.tell_at_ms = UINT64_MAX;
    for (size_t i = 0; i < core->channels.count; i++)
        sealing_tell_of(core, &core->channels.list[i], false);
}

/* Takes out of the list what waits in the channel; says it, or not. */
static void end_waiting(struct core *core, struct channel *channel, bool say)
{
    struct direct *direct = &core->direct;
    struct id id = channel->id;
    size_t kept = 0;
    emit_in(core, EFFECT_WAITED, channel);
    for (size_t k = 0; k < direct->waiting_count; k++) {
        struct waiting *each = &direct->waiting[k];
        struct bytes body = {each->body, each->size};
        if (!id_equal(&each->channel, &id)) {
            direct->waiting[kept++] = *each;
            continue;
        }
        if (say && channel->group != NULL)
            own_say(core, channel, (enum entry_kind)each->kind, body);
        else if (say)
            sealing_now(core, channel, (enum entry_kind)each->kind, body);
        sodium_memzero(each->body, each->size);
        free(each->body);
    }
    direct->waiting_count = kept;
}

/* Or it never can. */
static bool can_be_said(const struct core *core, struct channel *channel)
{
    if (channel->group == NULL)
        return channel->card.version != 0;
    return !group_is_to_come(core, channel) && channel->group->say_at_ms <= core->now_ms;
}

void sealing_say_waiting(struct core *core)
{
    const struct direct *direct = &core->direct;
    for (size_t i = 0; i < direct->waiting_count && !core->unwritable; i++) {
        struct channel *channel = channel_by_id(&core->channels, &direct->waiting[i].channel);
        if (channel == NULL || !can_be_said(core, channel))
            continue;
        bool out = channel->group != NULL && group_own(core, channel) == NULL;
        end_waiting(core, channel, !out);
        if (out)
            group_tell_out(core, channel);
        return; /* of another channel in the next step */
    }
}

void sealing_drop_waiting(struct core *core, struct channel *channel)
{
    if (waiting_in(core, channel) > 0)
        end_waiting(core, channel, false);
}
