/* Links, told to the core: what happened on them and the frames that came, an event at a time, with each socket in its turn. What
 * must hold of the order stands in link.c (invariants 1 and 3). */
#include "net/link_private.h"

#define ATTEND_EVERY 64 /* frames between two looks at the other sockets */
#define BURST        32 /* frames of one socket before the next one's turn */
#define ROUNDS       8  /* of attending and reading in one links_next */

static bool carries_frames(const struct links *links, const void *socket)
{
    bool carries = socket == links->inbound.router;
    for (size_t i = 0; socket != NULL && !carries && i < links->count; i++)
        carries = !links->all[i]->inbound && links->all[i]->dealer == socket;
    return carries;
}

void links_woken(struct links *links, const zmq_pollitem_t *items, size_t count)
{
    bool other = links->queued > 0 || inbound_paused(links);
    for (size_t i = 0; i < count && !other; i++)
        other = items[i].revents != 0 && !carries_frames(links, items[i].socket);
    if (!other && links->unattended == 0)
        links->unattended = 1;
}

/* Every socket that carries no frames, and the queues. */
static void attend(struct links *links)
{
    inbound_attend(links);
    dial_attend(links);
    guard_attend(links);
    for (size_t i = 0; links->queued > 0 && i < links->count; i++)
        queue_flush(links, links->all[i]);
    links->unattended = 1;
}

static void release_frame(struct links *links)
{
    if (!links->has_frame)
        return;
    zmq_msg_close(&links->frame);
    zmq_msg_init(&links->frame);
    links->has_frame = false;
    links->held = 0;
}

static bool tell_frame(struct links *links, uint64_t number, struct event *event)
{
    *event = (struct event){.kind = EVENT_FRAME, .link = number};
    event->frame.at = zmq_msg_data(&links->frame);
    event->frame.size = zmq_msg_size(&links->frame);
    return true;
}

/* The core was told of the end: what is left of the link is ours alone. */
static void forget(struct links *links, struct net_link *link)
{
    if (links->held == link->number)
        release_frame(links);
    if (!link->inbound) {
        dial_end(links, link, 0);
    } else if (link->broken) {
        links_remove(links, link);
    } else {
        link->state = NET_CLOSING;
        inbound_shut(links, link);
    }
}

static void tell(struct links *links, struct net_link *link, struct event *event)
{
    *event = (struct event){.link = link->number};
    unsigned news = link->news & -link->news;
    link->news &= ~news;
    if (!link->news)
        links->news--;
    if (news == NEWS_UP) {
        event->kind = link->inbound ? EVENT_LINK_IN : EVENT_LINK_OUT;
        event->address = link->address;
        event->client_key = link->client_key;
        event->number = link->near_port;
    } else if (news == NEWS_DRAINED) {
        event->kind = EVENT_LINK_DRAINED;
    } else {
        event->kind = EVENT_LINK_CLOSED;
        event->why = link->why;
        forget(links, link);
    }
}

static bool tell_news(struct links *links, struct event *event)
{
    for (size_t i = 0; links->news > 0 && i < links->count; i++)
        if (links->all[i]->news) {
            tell(links, links->all[i], event);
            return true;
        }
    return false;
}

/* A first frame that waited for its LINK_IN to be told. */
static bool tell_held(struct links *links, struct event *event)
{
    const struct net_link *link = links->held ? links_find(links, links->held) : NULL;
    if (!link || link->news & NEWS_UP)
        return false;
    links->held = 0;
    return tell_frame(links, link->number, event);
}

static struct net_link *read_turn(struct links *links)
{
    if (links->turn == 0)
        return inbound_read(links);
    struct net_link *link = links->all[links->turn - 1];
    return !link->inbound && dial_read(links, link) ? link : NULL;
}

/* One frame, from whoever has one, in turns. */
static struct net_link *read_frame(struct links *links)
{
    for (size_t idle = 0; idle <= links->count; idle++) {
        if (links->turn > links->count)
            links->turn = 0;
        struct net_link *link = read_turn(links);
        if (link && ++links->burst < BURST)
            return link;
        links->turn++;
        links->burst = 0;
        if (link)
            return link;
    }
    return NULL;
}

bool links_next(struct links *links, bool reading, struct event *event)
{
    if (!links->held || !links_find(links, links->held))
        release_frame(links);
    for (int round = 0; round < ROUNDS; round++) {
        if (links->unattended == 0 || links->unattended > ATTEND_EVERY)
            attend(links);
        if (reading && tell_held(links, event))
            return true;
        if (tell_news(links, event))
            return true;
        if (!reading || links->held)
            break;
        bool paused = inbound_paused(links);
        struct net_link *link = read_frame(links);
        if (link) {
            links->unattended++;
            if (!(link->news & NEWS_UP))
                return tell_frame(links, link->number, event);
            links->held = link->number;
        } else if (!paused && links->news == 0) {
            break;
        } else {
            links->unattended = 0;
        }
    }
    links->unattended = 0;
    return false;
}
