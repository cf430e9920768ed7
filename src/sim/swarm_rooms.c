/* Swarm's rooms: small channels, whose few members are anywhere among very many nodes. By chance nearly none of them
 * would be linked to another; carriers bring what they say, and notes, and then they find each other.
 *
 * Of more nodes than NODES_MOST five could be further from each other than carriers reach (four in a row), and hear nothing.
 *
 * 1. Each member has a link to another one, or more; and along such links alone all of a room are reached.
 * 2. What one says comes to all others of the room within SETTLED_US; most of it straight from other members.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/swarm.h"

#define SECOND_US  UINT64_C(1000000)
#define NODES_MOST 1000
#define FIND_S     120 /* from the first start until it is looked at */
#define LINES      40
#define LINE_US    (SECOND_US / 2)
#define SETTLED_US (2 * SECOND_US) /* after the last line */

/* How many of the node's links lead to others of its room. */
static size_t mates(const struct swarm *swarm, uint32_t index, uint32_t *out)
{
    uint32_t linked[256];
    size_t count = 0;
    CHECK(swarm->nodes[index].hand_count <= sizeof linked / sizeof linked[0]);
    size_t links = swarm_linked(swarm, index, linked);
    for (size_t i = 0; i < links; i++)
        if (swarm->nodes[linked[i]].room == swarm->nodes[index].room)
            out[count++] = linked[i];
    return count;
}

/* How many of its room are reached from the node along links of members, itself included. */
static size_t reached(const struct swarm *swarm, uint32_t from)
{
    uint32_t queue[SWARM_ROOM] = {from}, near[256];
    size_t head = 0, tail = 1;
    while (head < tail) {
        size_t count = mates(swarm, queue[head++], near);
        for (size_t i = 0; i < count; i++) {
            bool known = false;
            for (size_t k = 0; k < tail; k++)
                known = known || queue[k] == near[i];
            if (!known)
                queue[tail++] = near[i];
        }
    }
    return tail;
}

struct meeting {
    size_t members, linked, whole, links;
};

static struct meeting look(const struct swarm *swarm)
{
    struct meeting found = {0};
    uint32_t near[256];
    for (uint32_t i = 0; i < swarm->node_count; i++) {
        if (swarm->nodes[i].room == 0)
            continue;
        size_t count = mates(swarm, i, near);
        found.members++;
        found.links += count;
        found.linked += count > 0;
        found.whole += reached(swarm, i) == SWARM_ROOM;
    }
    return found;
}

/* Each room in turn says lines; returns how many of the members who should have one have it. */
static size_t talk(struct swarm *swarm, size_t *due)
{
    uint32_t lines[LINES];
    uint8_t rooms[LINES];
    size_t come = 0;
    *due = 0;
    for (int i = 0; i < LINES; i++) {
        uint32_t index = 0;
        rooms[i] = (uint8_t)(i % SWARM_ROOMS + 1);
        while (swarm->nodes[index].room != rooms[i])
            index = prng_below(&swarm->prng, swarm->node_count);
        struct channel_name name = swarm_room(rooms[i]);
        lines[i] = swarm_say(swarm, index, &name);
        swarm_until(swarm, swarm->now_us + LINE_US);
    }
    swarm_until(swarm, swarm->now_us + SETTLED_US);
    for (uint32_t n = 0; n < swarm->node_count; n++)
        for (int i = 0; i < LINES; i++)
            if (swarm->nodes[n].room == rooms[i]) {
                *due += 1;
                come += swarm->nodes[n].hops[lines[i]] != 255;
            }
    return come;
}

bool swarm_rooms(const struct swarm_plan *plan, bool (*say)(bool good, const char *what))
{
    struct swarm swarm;
    struct swarm_plan with = *plan;
    with.rooms = true;
    with.nodes = plan->nodes < NODES_MOST ? plan->nodes : NODES_MOST;
    swarm_new(&swarm, &with);
    struct meeting found = {0};
    for (int s = 30; s <= FIND_S; s += 30) {
        swarm_until(&swarm, (uint64_t)s * SECOND_US);
        found = look(&swarm);
        printf("# after %d s %zu of %zu members are linked to one of their room (%.1f links), %zu "
               "to all "
               "by such links\n",
               s, found.linked, found.members, (double)found.links / (double)found.members,
               found.whole);
    }
    /* By chance it is hardly any of them. One may be out of reach of the others' notes, and hears them by carriers. */
    bool good = say(found.linked * 10 >= found.members * 9,
                    "small channels: nine of ten members have a link to another");
    good &= say(found.whole * 10 >= found.members * 8,
                "small channels: eight of ten are reached by such links alone");
    size_t due, come = talk(&swarm, &due);
    printf("# %zu of %zu lines came, %" PRIu64 " of them first by a member\n", come, due,
           swarm.count.by_mates);
    good &= say(come == due && due == (size_t)LINES * SWARM_ROOM,
                "small channels: every line comes to all of its room, at once");
    swarm_release(&swarm);
    return good;
}
