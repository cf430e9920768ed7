/* Effects: what a step asks of the shell, gathered in order. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/state.h"

#define EFFECTS_KEPT 4

void effects_reset(struct core *core)
{
    core->effect_count = core->effect_next = 0;
    if (core->effect_room <= EFFECTS_KEPT)
        return;
    free(core->effects);
    core->effects = NULL;
    core->effect_room = 0;
}

struct effect *emit(struct core *core, enum effect_kind kind)
{
    if (core->effect_count == core->effect_room) {
        core->effect_room += core->effect_room < 64 ? EFFECTS_KEPT : core->effect_room;
        core->effects = realloc(core->effects, core->effect_room * sizeof *core->effects);
        CHECK(core->effects != NULL);
    }
    struct effect *effect = &core->effects[core->effect_count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    core->changes += kind <= EFFECT_PUT;
    return effect;
}

struct effect *emit_in(struct core *core, enum effect_kind kind, const struct channel *channel)
{
    struct effect *effect = emit(core, kind);
    effect->channel = channel->name;
    effect->channel_id = channel->id;
    return effect;
}

struct bytes arena_string(struct core *core, const char *text)
{
    size_t size = strlen(text);
    return (struct bytes){arena_copy(&core->arena, text, size), size};
}

struct writer frame_writer(struct core *core, size_t room)
{
    return writer_of(arena_take(&core->arena, room), room);
}

void emit_send(struct core *core, struct link *link, struct bytes frame)
{
    CHECK(frame.size > 0 && frame.size <= LIMIT_FRAME);
    struct effect *effect = emit(core, EFFECT_SEND);
    effect->link = link->number;
    effect->frame = frame;
    link->bytes_out += frame.size;
}

bool core_somebody_hears(const struct core *core, const struct channel *channel)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (link_hears(&core->links.list[i], &channel->id))
            return true;
    return false;
}

void core_send_to_all(struct core *core, const struct channel *channel, struct bytes frame)
{
    for (size_t i = 0; i < core->links.room; i++)
        if (link_hears(&core->links.list[i], &channel->id))
            emit_send(core, &core->links.list[i], frame);
}

void emit_met(struct core *core, const struct id *node, const struct address *address,
              enum found found)
{
    struct effect *effect = emit(core, EFFECT_MET);
    effect->node = *node;
    effect->address = *address;
    effect->found = found;
}

void emit_parted(struct core *core, const struct id *node, const struct address *address)
{
    struct effect *effect = emit(core, EFFECT_PARTED);
    effect->node = *node;
    effect->address = *address;
}

void emit_split(struct core *core, const struct channel *channel, const struct log *keeps,
                const struct log *gets, uint64_t from)
{
    struct effect *effect = emit_in(core, EFFECT_SPLIT, channel);
    effect->load = log_save(keeps);
    effect->load2 = log_save(gets);
    effect->number = from;
}

struct show *emit_show(struct core *core, enum show_kind kind)
{
    struct show *show = &emit(core, EFFECT_SHOW)->show;
    show->kind = kind;
    show->wall_ms = core->wall_ms;
    return show;
}

void emit_told(struct core *core, enum told told, const char *a, const char *b, uint64_t n)
{
    struct show *show = emit_show(core, SHOW_TOLD);
    show->told = told;
    show->n = n;
    if (a != NULL)
        show->a = arena_string(core, a);
    if (b != NULL)
        show->b = arena_string(core, b);
}

void emit_log(struct core *core, const char *what, const struct link *link)
{
    static const char from[] = ", from ";
    struct writer w = frame_writer(core, 512);
    char node[ID_HEX_SIZE];
    hex_of(node, link->node.b, 8);
    write_copy(&w, what, strlen(what));
    write_copy(&w, from, sizeof from - 1);
    write_copy(&w, link->address.text, strlen(link->address.text));
    if (!id_is_zero(&link->node)) {
        write_u8(&w, ' ');
        write_copy(&w, node, strlen(node));
    }
    CHECK(!w.full);
    emit(core, EFFECT_LOG)->text = written(&w);
}

void emit_current(struct core *core)
{
    struct writer w = frame_writer(core, LIMIT_CHANNELS * (LIMIT_CHANNEL + 1));
    struct writer private = frame_writer(core, LIMIT_CHANNELS * (LIMIT_CHANNEL + 1));
    for (size_t i = 0; i < core->channels.count; i++) {
        const struct channel *channel = &core->channels.list[i];
        if (!channel->joined || channel->quiet)
            continue;
        if (w.size > 0)
            write_u8(&w, '\n');
        write_copy(&w, channel->name.text, strlen(channel->name.text));
        if (channel->group == NULL)
            continue;
        if (private.size > 0)
            write_u8(&private, '\n');
        write_copy(&private, channel->name.text, strlen(channel->name.text));
    }
    CHECK(!w.full && !private.full);
    struct show *show = emit_show(core, SHOW_CURRENT);
    show->channel = core->channels.current;
    show->text = written(&w);
    show->a = written(&private);
    emit(core, EFFECT_KEEP);
}

void emit_status(struct core *core)
{
    struct show *show = emit_show(core, SHOW_STATUS);
    show->nick = core->config.nick;
    show->id = core->config.identity.node;
    show->port = core->config.port;
    show->n = core->links.up;
}

void emit_member(struct core *core, const struct channel *channel, const struct link *link,
                 bool here)
{
    if (!channel_shows(channel, &core->config.identity.node) ||
        !channel_allows(channel, &core->config.identity.node, &link->node))
        return;
    struct show *show = emit_show(core, SHOW_MEMBER);
    show->channel = channel->name;
    show->nick = link->nick;
    show->id = link->node;
    show->address = link->address;
    show->up = here;
}
