/* Disconnect: whom or what the user means, and all that is to end by it: links, addresses that are dialled, a channel. */
#include <string.h>

#include "core/state.h"

/* A target is a nick, a whole address, its host, or a port alone. */
static bool is_target(const char *address, const char *nick, struct bytes target)
{
    const char *text = (const char *)target.at;
    size_t size = strlen(address);
    if (strlen(nick) == target.size && memcmp(nick, text, target.size) == 0)
        return true;
    if (size == target.size)
        return memcmp(address, text, size) == 0;
    if (target.size == 0 || target.size > size)
        return false;
    return (memcmp(address, text, target.size) == 0 && address[target.size] == ':') ||
           (memcmp(address + size - target.size, text, target.size) == 0 &&
            address[size - target.size - 1] == ':');
}

static bool end_links_to(struct core *core, struct bytes target)
{
    bool found = false;
    for (size_t i = 0; i < core->links.room; i++) {
        struct link *link = &core->links.list[i];
        if (link->number == 0 || !is_target(link->address.text, link->nick.text, target))
            continue;
        found = true;
        emit_told(core, TOLD_DISCONNECTED, link->address.text, NULL, 0);
        overlay_remove_node(&core->overlay, &link->node, link->number);
        emit_parted(core, &link->node, &link->address);
        if (link->state == LINK_UP)
            overlay_shun(&core->overlay, &link->node);
        core_end_link(core, link, WHY_ASKED);
    }
    return found;
}

static bool forget_addresses(struct core *core, struct bytes target, bool tell)
{
    bool found = false;
    for (size_t i = core->overlay.count; i-- > 0;) {
        struct address address = core->overlay.list[i].address;
        if (core->overlay.list[i].state != CANDIDATE_IDLE || !is_target(address.text, "", target))
            continue;
        emit_parted(core, &core->overlay.list[i].node, &address);
        overlay_remove(&core->overlay, &address);
        if (tell)
            emit_told(core, TOLD_DISCONNECTED, address.text, NULL, 0);
        found = true;
    }
    return found;
}

/* A channel's name without its # is meant when it is no address and nobody's nick. */
static bool leave_named(struct core *core, struct bytes target)
{
    struct channel_name name = {"#"};
    if (target.size > LIMIT_CHANNEL - 1)
        return false;
    memcpy(name.text + 1, target.at, target.size);
    const struct channel *channel = channel_by_name(&core->channels, name.text);
    if (channel == NULL || !channel->joined)
        return false;
    request_leave(core, &name);
    return true;
}

void request_disconnect(struct core *core, struct bytes target)
{
    bool ended = target.size > 0 && end_links_to(core, target);
    bool forgot = target.size > 0 && forget_addresses(core, target, !ended);
    if (ended || forgot || (target.size > 0 && leave_named(core, target)))
        return;
    struct writer w = frame_writer(core, target.size + 1);
    if (target.size > 0)
        write_copy(&w, target.at, target.size);
    write_u8(&w, 0);
    emit_told(core, TOLD_NO_SUCH, (const char *)w.at, NULL, 0);
}
