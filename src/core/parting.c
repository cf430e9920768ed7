/* Parting: what follows when a link ends, whichever side ended it: what was asked of it is asked of others, its node is
 * gone or is seen by another way, the faces are told, and it is dialled again or not. */
#include "base/check.h"
#include "base/tr.h"
#include "core/state.h"

const char *link_why_text(enum link_why why)
{
    static const char *const TEXT[WHY_COUNT] = {
        [WHY_QUIT] = N_("they left"),
        [WHY_ASKED] = N_("disconnected here"),
        [WHY_ASKED_PEER] = N_("disconnected there"),
        [WHY_LOST] = N_("the connection was lost"),
        [WHY_REFUSED] = N_("nobody listens there"),
        [WHY_NO_ANSWER] = N_("no answer"),
        [WHY_NOT_FIKA] = N_("something answers, but it is no fika of this network"),
        [WHY_VERSION] = N_("it speaks another version of fika's protocol"),
        [WHY_DUPLICATE] = N_("a better link is up"),
        [WHY_SELF] = N_("that is this fika itself"),
        [WHY_SAME_IDENTITY] = N_("it runs with the same identity"),
        [WHY_RULES] = N_("it broke the protocol"),
        [WHY_FULL] = N_("there is no room for more links"),
        [WHY_PROXY] = N_("the proxy does not answer"),
    };
    return why < WHY_COUNT ? TEXT[why] : N_("unknown");
}

void core_forget_source(struct core *core, uint64_t link)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        for (size_t k = 0; k < channel->log_count; k++)
            sync_forget(&channel->logs[k], link, core->now_ms);
        bodies_link_gone(core, channel, link);
        channel_sweep(channel);
        channel->ask_at_ms = core->now_ms;
        channel->gap_at_ms = core->now_ms;
        if (channel->coming > 0)
            channel->coming_at_ms = core->now_ms;
    }
}

/* The better link to the same node may not be up yet: then nobody left, and when it is up nobody
 * came. */
static bool bequeath(struct core *core, const struct link *was)
{
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || link->state != LINK_AWAITS_JOIN ||
            !id_equal(&link->node, &was->node))
            continue;
        link->heir = true;
        link_take(link, was->takes_count);
        for (size_t k = 0; k < was->takes_count; k++) {
            link->takes[k].channel = was->takes[k].channel;
            link->takes[k].hops = was->takes[k].hops;
        }
        return true;
    }
    return false;
}

/* Who left, or fell silent, is gone; else others may still see him. */
static void members_gone(struct core *core, const struct link *was, enum link_why why)
{
    for (size_t i = 0; i < core->channels.count; i++) {
        struct channel *channel = &core->channels.list[i];
        if (channel->hops == 0 || !link_has_joined(was, &channel->id))
            continue;
        if (why == WHY_QUIT || why == WHY_LOST)
            notes_silence(core, channel, &was->node);
        if (channel->joined && !notes_know(core, channel, &was->node))
            emit_member(core, channel, was, false);
    }
}

void core_link_gone(struct core *core, struct link *link, enum link_why why)
{
    struct link was = link_copy(&core->arena, link);
    bool was_up = was.state == LINK_UP;
    link_table_remove(&core->links, link);
    choice_link_gone(core, &was, why);
    punch_link_gone(core, &was, why);
    bool tell = overlay_ended(&core->overlay, was.number, why, core->now_ms);
    bool others = link_table_to(&core->links, &was.node, NULL) != NULL;
    if (why == WHY_DUPLICATE &&
        !others) /* of the better one only the other end knows, or thinks so */
        overlay_lost(&core->overlay, &was.node, core->now_ms);
    if (tell && why == WHY_SELF)
        emit_told(core, TOLD_DIAL_SELF, was.address.text, NULL, 0);
    else if (tell)
        emit_told(core, TOLD_DIAL_FAILED, was.address.text, link_why_text(why), 0);
    if (!was_up && !was.heir)
        return;
    if (was_up)
        core_forget_source(core, was.number);
    carry_asked(core);
    if (others)
        return; /* another link carries on */
    if (why == WHY_DUPLICATE && bequeath(core, &was))
        return;
    if (why == WHY_ASKED_PEER) {
        overlay_remove_node(&core->overlay, &was.node, was.number);
        emit_parted(core, &was.node, &was.address);
    }
    if (why == WHY_LOST) {
        overlay_lost(&core->overlay, &was.node, core->now_ms);
        notes_link_lost(core);
    }
    members_gone(core, &was, why);
    struct show *show = emit_show(core, SHOW_LINK);
    show->nick = was.nick;
    show->id = was.node;
    show->address = was.address;
    show->a = arena_string(core, link_why_text(why));
    emit_status(core);
}

void core_say_bye(struct core *core, struct link *link, enum link_why why)
{
    if (link->state != LINK_CONNECTING) {
        struct writer w = frame_writer(core, 2);
        wire_write_bye(&w, (uint8_t)why);
        emit_send(core, link, written(&w));
    }
    emit(core, EFFECT_HANG_UP)->link = link->number;
}

void core_end_link(struct core *core, struct link *link, enum link_why why)
{
    core_say_bye(core, link, why);
    core_link_gone(core, link, why);
}
