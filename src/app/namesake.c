/* Namesake: whose nick was somebody else's before. The faces are told once a run, before what he says
 * or that he came; the store knows who spoke under which nick, however long ago, and a list here who
 * is there without having spoken.
 *
 * 1. The list holds INTRODUCED_MAX; who was introduced longest ago is let go of, and may be introduced
 *    again.
 * 2. Who is there by his note alone is judged where he speaks: a device has not said yet whose it is.
 * 3. What is out of the store is no news: then the faces are told, so that they tell both apart, and
 *    again with what is new. */
#include <stdlib.h>
#include <string.h>

#include "app/node_private.h"
#include "base/check.h"
#include "ui/markup.h"

#define LOOKED_AT_MAX 16 /* who had one nick last */

#define FNV_START 0xCBF29CE484222325u
#define FNV_PRIME 0x100000001B3u

static uint64_t mixed(uint64_t key, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        key = (key ^ ((const uint8_t *)bytes)[i]) * FNV_PRIME;
    return key;
}

static uint64_t key_of(const struct show *show)
{
    uint64_t key = mixed(FNV_START, show->id.b, sizeof show->id.b);
    key = mixed(key, show->channel.text, strlen(show->channel.text) + 1);
    return mixed(key, show->nick.text, strlen(show->nick.text));
}

static struct introduced *find(struct node *node, const struct show *show, uint64_t key)
{
    for (size_t i = 0; i < node->introduced_count; i++) {
        struct introduced *one = &node->introduced[i];
        if (node->introduced_keys[i] == key && id_equal(&one->id, &show->id) &&
            strcmp(one->channel.text, show->channel.text) == 0 &&
            strcmp(one->nick.text, show->nick.text) == 0)
            return one;
    }
    return NULL;
}

static struct introduced *add(struct node *node, const struct show *show, uint64_t key)
{
    if (node->introduced == NULL) {
        node->introduced = calloc(INTRODUCED_MAX, sizeof *node->introduced);
        node->introduced_keys = calloc(INTRODUCED_MAX, sizeof *node->introduced_keys);
        CHECK(node->introduced != NULL && node->introduced_keys != NULL);
    }
    size_t at = node->introduced_next++ % INTRODUCED_MAX;
    node->introduced_count += node->introduced_count < INTRODUCED_MAX;
    node->introduced_keys[at] = key;
    node->introduced[at] =
        (struct introduced){.channel = show->channel, .id = show->id, .nick = show->nick};
    return &node->introduced[at];
}

void node_introduced_free(struct node *node)
{
    free(node->introduced);
    free(node->introduced_keys);
}

/* The reader himself, who is called otherwise by now: nobody took that name from another, or has it. */
static bool is_own_past(const struct node *node, const struct show *show, const struct id *other)
{
    return persons_same(&node->persons, other, &node->core_config.identity.node) &&
           !markup_same_name(node->core_config.nick.text, show->nick.text);
}

/* Who had it last counts, and the reader's own past only where nobody else has it. */
static void consider(const struct node *node, const struct show *show, const struct namesake *each,
                     struct namesake *best)
{
    if (persons_same(&node->persons, &each->other, &show->id)) /* it has the name by right */
        return;
    bool own = is_own_past(node, show, &each->other);
    bool best_is_own = is_own_past(node, show, &best->other);
    bool counts_more = own == best_is_own ? each->met_ms > best->met_ms : best_is_own;
    if (!id_is_zero(&best->other) && !counts_more)
        return;
    best->other = each->other;
    best->met_ms = each->met_ms;
}

/* The one that was met last of all others with that nick, as a NAMESAKE; false when there is none. */
static bool other_of(struct node *node, const struct show *show, struct namesake *other)
{
    const struct id *self = &node->core_config.identity.node;
    struct id channel = node_channel_id(node, &show->channel);
    struct namesake each;
    *other = (struct namesake){{{0}}, 0, 0, 0};
    for (size_t n = 0; n < LOOKED_AT_MAX &&
                       store_namesake(node->store, &channel, &show->nick, &show->id, n, &each);
         n++) {
        other->own_met_ms = each.own_met_ms;
        other->own_before_ms = each.own_before_ms;
        consider(node, show, &each, other);
    }
    for (size_t i = 0; i < node->introduced_count; i++) {
        const struct introduced *one = &node->introduced[i];
        each = (struct namesake){.other = one->id, .met_ms = one->met_ms};
        if (strcmp(one->channel.text, show->channel.text) == 0 &&
            markup_same_name(one->nick.text, show->nick.text))
            consider(node, show, &each, other);
    }
    /* Who calls himself as this node does meets it here, whether it has spoken or not. */
    if (!persons_same(&node->persons, self, &show->id) && !id_equal(self, &other->other) &&
        markup_same_name(node->core_config.nick.text, show->nick.text)) {
        other->other = *self;
        other->met_ms = 0;
    }
    return !id_is_zero(&other->other);
}

/* True when the other had the nick after the one that is met, and before now. */
static bool is_taken_over(const struct node *node, const struct show *show,
                          const struct namesake *other)
{
    if (persons_same(&node->persons, &show->id, &node->core_config.identity.node) ||
        is_own_past(node, show, &other->other))
        return false;
    if (other->met_ms == 0)
        return true;
    if (show->kind == SHOW_MEMBER)
        return other->met_ms > other->own_met_ms;
    return other->met_ms > other->own_before_ms &&
           (show->via != VIA_HISTORY || other->met_ms <= show->wall_ms);
}

void node_introduce(struct node *node, const struct show *show)
{
    bool said = show->kind == SHOW_MESSAGE, live = !said || show->via != VIA_STORED;
    uint64_t key = key_of(show), wall_ms = node->wall_ms;
    struct namesake other;
    if (show->nick.text[0] == '\0' || id_is_zero(&show->id) || node->store == NULL)
        return;
    if (!said && show->address.text[0] == '\0')
        return; /* by a note alone: whose device it is comes with a link, or before its first line */
    if (said && show->wall_ms < wall_ms)
        wall_ms = show->wall_ms;
    struct introduced *one = find(node, show, key);
    bool first = one == NULL;
    if (!first && one->met_ms < wall_ms)
        one->met_ms = wall_ms;
    if (!first && (one->told || !live))
        return;
    if (first)
        one = add(node, show, key);
    one->told = live;
    one->met_ms = one->met_ms < wall_ms ? wall_ms : one->met_ms;
    if (!other_of(node, show, &other))
        return;
    struct show namesake = {.kind = SHOW_NAMESAKE,
                            .channel = show->channel,
                            .id = show->id,
                            .nick = show->nick,
                            .who = other.other,
                            .via = show->via,
                            .up = live && is_taken_over(node, show, &other),
                            .wall_ms = said ? show->wall_ms : node->wall_ms,
                            .n = other.met_ms};
    if (said && !show->adrift) {
        namesake.lamport = show->lamport;
        namesake.n2 = show->seq - 1;
    }
    if (first || namesake.up)
        node_show(node, &namesake);
}
