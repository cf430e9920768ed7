/* Doctor, private: what doctor.c gathers and examine.c makes findings of. */
#pragma once

#include "app/node_private.h"
#include "net/probe.h"

#define OWN_MAX 8 /* own addresses whose port is tried */

struct doctor_link {
    struct address address;
    struct id node;
    struct nick nick;
};

struct doctor {
    uint64_t begin_ms, end_ms, look_ms;
    bool begun, listing;
    struct probes probes;
    struct address own[OWN_MAX];
    size_t own_count;
    struct doctor_link links[LIMIT_LINKS];
    size_t link_count;
    bool blocked; /* something on this machine is in the way of everything */
};

/* What is noted of the node as it comes; its place is another's after ACQUAINTED_MAX newer ones. */
struct acquainted *doctor_acquaint(struct node *node, const struct id *id);
void doctor_port_text(const struct node *node, char text[8]);
/* True when there is a link to that address, or to the node that was met there. */
bool doctor_is_linked(const struct doctor *doctor, const struct core_address *of);
/* Says each leg, and how it all stands. */
void examine(struct node *node);
