/* Doctor: what stands between this node and others, leg by leg, out of what each rung of the ladder has
 * kept (the beacon its ways, the core its addresses and how each dial ended) and of what can be asked
 * now: whether a TCP connection comes about, to this machine's own port and to every address that is
 * known and not linked.
 *
 *   DOCTOR --wait_ms--> probes and a beacon go out --all came back, or LOOK_MS--> FINDINGs (examine.c)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/doctor_private.h"
#include "base/check.h"

#define LEAST_MS      800  /* beacons have to come back, too */
#define LOOK_MS       1500 /* what has not come by then is not waited for */
#define LOOK_EVERY_MS 50

/* ---- what is noted as it comes ---- */

struct acquainted *doctor_acquaint(struct node *node, const struct id *id)
{
    for (size_t i = 0; i < node->acquainted_count; i++)
        if (id_equal(&node->acquainted[i].node, id))
            return &node->acquainted[i];
    struct acquainted *one = &node->acquainted[node->acquainted_next];
    node->acquainted_next = (node->acquainted_next + 1) % ACQUAINTED_MAX;
    node->acquainted_count += node->acquainted_count < ACQUAINTED_MAX;
    *one = (struct acquainted){.node = *id};
    return one;
}

void node_heard(struct node *node, const struct id *id)
{
    doctor_acquaint(node, id)->heard = true;
}

void node_clock(struct node *node, const struct id *id, uint64_t wall_ms)
{
    struct acquainted *one = doctor_acquaint(node, id);
    one->has_clock = true;
    one->ahead_ms = (int64_t)(wall_ms - node->wall_ms);
}

/* ---- its course ---- */

void doctor_port_text(const struct node *node, char text[8])
{
    snprintf(text, 8, "%u", (unsigned)links_port(node->links));
}

bool doctor_is_linked(const struct doctor *doctor, const struct core_address *of)
{
    for (size_t i = 0; i < doctor->link_count; i++)
        if (id_equal(&doctor->links[i].node, &of->node))
            return true;
    return of->linked;
}

void node_doctor(struct node *node, const struct request *request)
{
    if (node->doctor != NULL)
        return; /* its answer comes in a moment */
    node->doctor = calloc(1, sizeof *node->doctor);
    CHECK(node->doctor != NULL);
    probes_begin(&node->doctor->probes);
    node->doctor->begin_ms = node->now_us / 1000 + request->wait_ms;
    node_tell(node, TOLD_DOCTOR, NULL, NULL, 0);
}

/* This machine's own port, at its addresses as others would type them. */
static void probe_own(struct node *node)
{
    struct doctor *doctor = node->doctor;
    char list[sizeof node->addresses + 16], *save = NULL;
    char port[8];
    doctor_port_text(node, port);
    if (node->config.ways.listen == LISTEN_NOWHERE)
        return;
    snprintf(list, sizeof list, "127.0.0.1\n%s",
             node->config.ways.listen == LISTEN_LOOPBACK ? "" : node->addresses);
    for (char *host = strtok_r(list, "\n", &save); host != NULL && doctor->own_count < OWN_MAX;
         host = strtok_r(NULL, "\n", &save)) {
        struct address *own = &doctor->own[doctor->own_count++];
        snprintf(own->text, sizeof own->text, strchr(host, ':') != NULL ? "[%.65s]:%s" : "%.65s:%s",
                 host, port);
        probes_add(&doctor->probes, own);
    }
}

static void list_links(struct node *node)
{
    struct event links = {.kind = EVENT_REQUEST, .request = {.kind = REQUEST_LINKS}};
    node_settle(node);
    node->doctor->listing = true;
    node->doctor->link_count = 0;
    node_step(node, &links);
    node_settle(node);
    node->doctor->listing = false;
}

bool node_doctor_takes(struct node *node, const struct show *show)
{
    struct doctor *doctor = node->doctor;
    if (doctor == NULL || !doctor->listing)
        return false;
    if (show->kind == SHOW_TOLD && show->told == TOLD_NO_LINKS)
        return true;
    if (show->kind != SHOW_LINK_ROW)
        return false;
    if (!id_is_zero(&show->id) && show->n != 0 && doctor->link_count < LIMIT_LINKS)
        doctor->links[doctor->link_count++] =
            (struct doctor_link){.address = show->address, .node = show->id, .nick = show->nick};
    return true;
}

static void begin(struct node *node)
{
    struct doctor *doctor = node->doctor;
    struct core_address of;
    uint64_t now_ms = node->now_us / 1000;
    doctor->begun = true;
    doctor->begin_ms = now_ms;
    doctor->end_ms = now_ms + LOOK_MS;
    node_refresh_addresses(node);
    list_links(node);
    probe_own(node);
    for (size_t i = 0; core_address(node->core, i, &of); i++)
        if (!of.self && !doctor_is_linked(doctor, &of) && node->config.ways.proxy[0] == '\0')
            probes_add(&doctor->probes, &of.address);
    if (node->beacon != NULL)
        beacon_send(node->beacon);
}

void node_doctor_on(struct node *node)
{
    struct doctor *doctor = node->doctor;
    uint64_t now_ms = node->now_us / 1000;
    if (doctor == NULL || doctor->begin_ms > now_ms)
        return;
    if (!doctor->begun)
        begin(node);
    bool over = doctor->end_ms <= now_ms;
    bool done = probes_look(&doctor->probes, over);
    doctor->look_ms = now_ms + LOOK_EVERY_MS;
    if (!over && !(done && now_ms >= doctor->begin_ms + LEAST_MS))
        return;
    list_links(node);
    examine(node);
    node_doctor_free(node);
}

uint64_t node_doctor_deadline(const struct node *node)
{
    if (node->doctor == NULL)
        return UINT64_MAX;
    return node->doctor->begun ? node->doctor->look_ms : node->doctor->begin_ms;
}

void node_doctor_free(struct node *node)
{
    if (node->doctor != NULL)
        probes_end(&node->doctor->probes);
    free(node->doctor);
    node->doctor = NULL;
}
