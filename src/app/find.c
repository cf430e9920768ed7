/* Find: searching, and the index that it needs, which is filled in slices while nothing else happens. */
#include <string.h>

#include "app/node_private.h"
#include "base/tr.h"

#define INDEX_IDLE_MS  500  /* without anything to do, before the index goes on */
#define INDEX_PAUSE_MS 5    /* between two slices */
#define INDEX_SLICE_US 5000 /* of one */
#define FOUND_MOST     100

void node_index(struct node *node, bool busy)
{
    uint64_t now_ms = node->now_us / 1000;
    if (node->search == NULL || node->store_failed || node->retry_store_ms != 0)
        return;
    if (busy) {
        if (node->index_at_ms != UINT64_MAX)
            node->index_at_ms = now_ms + INDEX_IDLE_MS;
    } else if (node->index_at_ms <= now_ms) {
        bool more = search_slice(node->search, INDEX_SLICE_US);
        node->index_at_ms = more ? now_ms + INDEX_PAUSE_MS : UINT64_MAX;
    }
}

void node_search(struct node *node, const struct request *request)
{
    static struct found_line lines[FOUND_MOST];
    struct query query;
    struct show show = {.kind = SHOW_FOUND_END, .text = request->text};
    char why[256];
    if (!query_read(&query, (const char *)request->text.at, request->text.size, why, sizeof why)) {
        node_tell(node, TOLD_WORLD, why, NULL, 0);
        return;
    }
    if (node->search == NULL) {
        node_tell(node, TOLD_WORLD,
                  _("the index of what was said cannot be written, so it cannot be "
                    "searched; is there room on the disk?"),
                  NULL, 0);
        return;
    }
    search_slice(node->search, INDEX_SLICE_US); /* what came just now */
    arena_reset(&node->arena);
    uint64_t done, all;
    size_t most = request->count > 0 && request->count < FOUND_MOST ? request->count : FOUND_MOST;
    size_t count = search_find(node->search, &query, most, &node->arena, lines, &show.up);
    for (size_t i = count; i-- > 0;) { /* the newest last, as in a channel */
        struct show found;
        if (!show_entry(&found, &lines[i].channel, &lines[i].entry,
                        &node->core_config.identity.node, VIA_STORED, node->wall_ms))
            continue;
        struct entry edit;
        uint8_t list[REACTIONS_BYTES];
        found.b = (struct bytes){list, store_reactions(node->store, &lines[i].entry,
                                                       &node->core_config.identity.node, list)};
        node_devices_mark(node, &lines[i].entry, &found);
        node_edited(node, &lines[i].entry, &node->arena, &edit, &found);
        found.kind = SHOW_FOUND;
        found.n = i + 1;
        node_show(node, &found);
    }
    search_progress(node->search, &done, &all);
    show.n = count;
    show.n2 = all - done;
    show.n3 = all;
    node_show(node, &show);
}
