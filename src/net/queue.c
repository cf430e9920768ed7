/* Queue: the frames of one link that libzmq did not take yet.
 *
 * A ring of messages that doubles from 16 up to LIMIT_LINK_QUEUE_COUNT, and is freed when it is
 * empty again, so an idle link has none. Beyond the bounds a frame is refused, the link owes the
 * core a DRAINED, and gets it told when the queue is empty. While libzmq takes nothing it is asked
 * again after 1 ms, 2 ms, ... LINK_RETRY_LAST_MS, and at every turn that happens for another
 * reason.
 *
 * 1. links->queued is the number of links whose queue is not empty; retry_ms is UINT64_MAX for all
 *    others.
 * 2. A frame leaves from the front only, and once.*/
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "net/link_private.h"

static zmq_msg_t *queue_at(const struct link_queue *queue, size_t index)
{
    return &queue->frames[(queue->first + index) % queue->room];
}

static bool queue_grow(struct link_queue *queue)
{
    size_t room = queue->room ? queue->room * 2 : 16;
    zmq_msg_t *frames = malloc(room * sizeof *frames);
    if (!frames)
        return false;
    for (size_t i = 0; i < queue->count; i++) {
        zmq_msg_init(&frames[i]);
        zmq_msg_move(&frames[i], queue_at(queue, i));
    }
    free(queue->frames);
    queue->frames = frames;
    queue->room = room;
    queue->first = 0;
    return true;
}

bool queue_put(struct links *links, struct net_link *link, zmq_msg_t *frame)
{
    struct link_queue *queue = &link->queue;
    size_t bytes = zmq_msg_size(frame);
    if (queue->count >= LIMIT_LINK_QUEUE_COUNT || queue->bytes + bytes > LIMIT_LINK_QUEUE_BYTES)
        return false;
    if (queue->count == queue->room && !queue_grow(queue))
        return false;
    if (queue->count == 0) {
        links->queued++;
        link->retry_gap_ms = LINK_RETRY_FIRST_MS;
        link->retry_ms = links->now_ms + link->retry_gap_ms;
    }
    zmq_msg_t *place = queue_at(queue, queue->count++);
    zmq_msg_init(place);
    queue->bytes += bytes;
    zmq_msg_move(place, frame);
    return true;
}

static void queue_emptied(struct links *links, struct net_link *link)
{
    links->queued--;
    link->retry_ms = UINT64_MAX;
    /* A burst's memory is given back; the next stall makes it again. */
    free(link->queue.frames);
    link->queue = (struct link_queue){0};
}

void queue_drop(struct links *links, struct net_link *link)
{
    if (link->queue.count == 0)
        return;
    for (size_t i = 0; i < link->queue.count; i++)
        zmq_msg_close(queue_at(&link->queue, i));
    queue_emptied(links, link);
}

void queue_flush(struct links *links, struct net_link *link)
{
    struct link_queue *queue = &link->queue;
    size_t before = queue->count;
    while (queue->count > 0) {
        size_t bytes = zmq_msg_size(queue_at(queue, 0));
        if (!links_offer(links, link, queue_at(queue, 0)))
            break;
        zmq_msg_close(queue_at(queue, 0));
        queue->first = (queue->first + 1) % queue->room;
        queue->count--;
        queue->bytes -= bytes;
    }
    if (before == 0)
        return;
    if (queue->count == 0) {
        queue_emptied(links, link);
        if (link->owed && link->state == NET_OPEN)
            links_tell(links, link, NEWS_DRAINED);
        link->owed = false;
    } else if (queue->count < before) {
        link->retry_gap_ms = LINK_RETRY_FIRST_MS;
        link->retry_ms = links->now_ms + link->retry_gap_ms;
    }
}

void queue_tick(struct links *links, struct net_link *link)
{
    if (link->retry_ms > links->now_ms)
        return;
    link->retry_gap_ms *= 2;
    if (link->retry_gap_ms > LINK_RETRY_LAST_MS)
        link->retry_gap_ms = LINK_RETRY_LAST_MS;
    link->retry_ms = links->now_ms + link->retry_gap_ms;
    queue_flush(links, link);
}

bool links_has_room(struct links *links, uint64_t number)
{
    struct net_link *link = links_find(links, number);
    return link != NULL && link->queue.count == 0;
}
