/* Remember: where others were met, from one start to the next.
 *
 * Written a moment after it changed, so that a burst of links is one write, and at the end. What
 * cannot be written is no trouble to the user: others are found by the other ways. With discovery
 * off nothing is dialled that was not typed, but what is typed is remembered for a later start; not
 * what was met through a proxy, which a later start may do without. */
#include <string.h>

#include "app/node_private.h"

#define WRITE_AFTER_MS 1000
#define AGAIN_AFTER_MS 60000 /* where it could not be written */

/* Other fikas on this machine take a free port each time; a tunnel's end (ssh -L) stays. */
static bool is_passing(const struct effect *effect)
{
    bool here = strncmp(effect->address.text, "127.", 4) == 0 ||
                strncmp(effect->address.text, "[::1]", 5) == 0;
    return here && effect->found != FOUND_TYPED;
}

void node_met(struct node *node, const struct effect *effect)
{
    const struct id *network = &node->core_config.network;
    struct known_row row = {.network = *network,
                            .node = effect->node,
                            .address = effect->address,
                            .wall_ms = node->wall_ms,
                            .worked = effect->found != FOUND_LIKELY};
    if (effect->kind == EFFECT_PARTED)
        known_forget(&node->known, network, &effect->node, &effect->address);
    else if (!is_passing(effect) && node->config.ways.proxy[0] == '\0')
        known_met(&node->known, &row);
    if (node->known.changed && node->known_at_ms == 0)
        node->known_at_ms = node->now_us / 1000 + WRITE_AFTER_MS;
}

void node_recall(struct node *node)
{
    struct known_row rows[KNOWN_NETWORK_MAX];
    if (!node->config.discovery)
        return;
    size_t count = known_of(&node->known, &node->core_config.network, rows);
    for (size_t i = 0; i < count; i++) {
        struct event event = {.kind = EVENT_FOUND,
                              .found = rows[i].worked ? FOUND_REMEMBERED : FOUND_LIKELY,
                              .node = rows[i].node,
                              .address = rows[i].address};
        node_step(node, &event);
    }
}

void node_remember(struct node *node, bool all)
{
    struct error error;
    uint64_t now_ms = node->now_us / 1000;
    if (node->known_at_ms == 0 || (node->known_at_ms > now_ms && !all))
        return;
    bool written = known_save(&node->known, &error) == ERROR_NONE;
    node->known_at_ms = written ? 0 : now_ms + AGAIN_AFTER_MS;
}
