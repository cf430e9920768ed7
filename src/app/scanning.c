/* Scanning: what \scan does, said as it goes.
 *
 * Each address of one's own subnets is sent one beacon, to the port where every fika listens for
 * them. Who hears it answers in kind and dials: so it works where broadcast is dropped, and only
 * between those who could also have typed each other's address. */
#include <arpa/inet.h>
#include <string.h>

#include "app/node_private.h"
#include "ui/pieces.h"

#define SAY_EVERY_MS 2000
#define ANSWERS_MS   3000 /* after the last question: a dial's deadline */

void node_scan(struct node *node)
{
    struct interface rows[INTERFACES_MAX];
    struct scanning *scanning = &node->scanning;
    uint64_t now_ms = node->now_us / 1000;
    char where[160];
    if (node->beacon == NULL) {
        node_tell(node, TOLD_SCAN_OFF, NULL, NULL, 0);
        return;
    }
    if (scanning->end_ms != 0) {
        node_tell(node, TOLD_SCAN_RUNS, NULL, NULL, 0);
        return;
    }
    size_t count = interfaces_read(rows, INTERFACES_MAX);
    if (scan_begin(&scanning->scan, rows, count, now_ms) == 0) {
        node_tell(node, TOLD_SCAN_NONE, NULL, NULL, 0);
        return;
    }
    scanning->links = node->links_made;
    scanning->say_ms = now_ms + SAY_EVERY_MS;
    scanning->end_ms = UINT64_MAX;
    scan_text(&scanning->scan, where, sizeof where);
    node_tell(node, TOLD_SCAN, where, NULL, scanning->scan.total);
}

static void say(struct node *node, enum told told)
{
    struct scanning *scanning = &node->scanning;
    char asked[PIECE_NUMBER_MAX], found[PIECE_NUMBER_MAX];
    piece_number(scanning->scan.asked, asked);
    piece_number(node->links_made - scanning->links, found);
    node_tell(node, told, asked, found, scanning->scan.total);
}

void node_scan_on(struct node *node)
{
    struct scanning *scanning = &node->scanning;
    uint64_t now_ms = node->now_us / 1000;
    struct in_addr address;
    if (scanning->end_ms == 0)
        return;
    while (scan_next(&scanning->scan, now_ms, &address))
        beacon_ask(node->beacon, address);
    if (scan_done(&scanning->scan) && scanning->end_ms == UINT64_MAX)
        scanning->end_ms = now_ms + ANSWERS_MS;
    bool found = node->links_made > scanning->links;
    if (scanning->end_ms <= now_ms || (found && scanning->end_ms != UINT64_MAX)) {
        scanning->end_ms = 0;
        say(node, found ? TOLD_SCAN_FOUND : TOLD_SCAN_NOBODY);
    } else if (scanning->say_ms <= now_ms && !scan_done(&scanning->scan)) {
        scanning->say_ms = now_ms + SAY_EVERY_MS;
        say(node, TOLD_SCAN_GOES);
    }
}

uint64_t node_scan_deadline(const struct node *node)
{
    const struct scanning *scanning = &node->scanning;
    if (scanning->end_ms == 0)
        return UINT64_MAX;
    uint64_t deadline = scan_deadline(&scanning->scan);
    return deadline < scanning->end_ms ? deadline : scanning->end_ms;
}
