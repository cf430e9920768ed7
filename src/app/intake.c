/* Intake: what arrives from faces, links, beacons, lookups and classic links, each turned into an
 * event. Each source gets a bounded share of a turn, so that none starves the others. */
#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "app/node_private.h"
#include "base/tr.h"

#define REQUESTS_A_TURN  256
#define REQUESTS_MOST    1024 /* while they are cheap, as lines are that become runs (core/saying.c) */
#define REQUESTS_TURN_US 4000
#define BATCH_EVENTS     64
#define BATCH_BYTES      (512 * 1024)
#define FRAMES_A_TURN    256
#define CLASSIC_A_TURN   256
#define FLOOD_PACKETS    250 /* in a second: beacons come so thick in no honest network ... */
#define FLOOD_REST_MS    50 /* ... and are then looked at so often only; the kernel drops the rest */
#define LAST_OF_ANOTHER  200 /* lines among which one of another is looked for */

/* ---- requests ---- */

static void text_of(struct bytes bytes, char *out, size_t room)
{
    size_t size = bytes.size < room - 1 ? bytes.size : room - 1;
    if (size > 0)
        memcpy(out, bytes.at, size);
    out[size] = '\0';
}

/* True when it takes a lookup, which may take seconds. */
static bool is_name(const char *host)
{
    return host[0] != '\0' && strcmp(host, "localhost") != 0 && strchr(host, ':') == NULL &&
           strspn(host, "0123456789.") != strlen(host);
}

void node_dial_typed(struct node *node, const struct address *address, enum found found)
{
    struct event event = {.kind = EVENT_FOUND, .found = found, .address = *address};
    if (node->typed_count < TYPED_KEPT)
        node->typed[node->typed_count++] = *address;
    node_step(node, &event);
}

/* The proxy looks names up; here nothing is. */
static void connect_through(struct node *node, const struct target *target, const char *typed)
{
    struct address address = {{0}};
    const char *host = target->host[0] != '\0' ? target->host : "localhost";
    int size =
        snprintf(address.text, sizeof address.text, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                 host, (unsigned)(target->port != 0 ? target->port : DEFAULT_PORT));
    if (target->kind != TARGET_LINK)
        node_tell(node, TOLD_PROXY_CLASSIC, typed, NULL, 0);
    else if (size >= (int)sizeof address.text)
        node_tell(node, TOLD_BAD_ADDRESS, typed, NULL, 0);
    else
        node_dial_typed(node, &address, FOUND_TYPED);
}

void node_connect(struct node *node, struct bytes typed)
{
    struct target target;
    char text[300];
    if (node_follow(node, typed))
        return;
    text_of(typed, text, sizeof text);
    if (typed.size >= sizeof text || !target_read(&target, text))
        node_tell(node, TOLD_BAD_ADDRESS, text, NULL, 0);
    else if (node->config.ways.proxy[0] != '\0')
        connect_through(node, &target, text);
    else if (!resolver_ask(node->resolver, &target))
        node_tell(node, TOLD_NO_HOST, text, _("too many names are being looked up; try again"), 0);
    else if (is_name(target.host))
        node_tell(node, TOLD_LOOKING_UP, target.host, NULL, 0);
}

/* A typed target in the form that links are shown in: localhost is 127.0.0.1. */
static void disconnect(struct node *node, const struct request *request)
{
    struct address address = {{0}};
    struct target target;
    struct event event = {.kind = EVENT_REQUEST, .request = *request};
    char text[300];
    text_of(request->text, text, sizeof text);
    text_of(request->text, address.text, sizeof address.text);
    if (strstr(text, "://") != NULL) {
        if (target_read(&target, text)) {
            bool here = target.host[0] == '\0' || strcmp(target.host, "localhost") == 0;
            snprintf(address.text, sizeof address.text,
                     strchr(target.host, ':') != NULL ? "[%.60s]:%u" : "%.60s:%u",
                     here ? "127.0.0.1" : target.host, target.port);
        }
        if (classic_disconnect(node->classic, &address))
            node_tell(node, TOLD_DISCONNECTED, text, NULL, 0);
        else
            node_tell(node, TOLD_NO_SUCH, text, NULL, 0);
        return;
    }
    if (strncmp(text, "localhost:", 10) == 0) {
        snprintf(address.text, sizeof address.text, "127.0.0.1:%.60s", text + 10);
        event.request.text = (struct bytes){(uint8_t *)address.text, strlen(address.text)};
    }
    node_step(node, &event);
}

static void show_classic_rows(struct node *node)
{
    struct show row;
    for (size_t i = 0; classic_row(node->classic, i, &row); i++)
        node_show(node, &row);
}

/* The channel that a request means. */
static const struct channel_name *meant(const struct node *node, const struct request *request)
{
    return request->channel.text[0] == '\0' && node->core_config.channel_count > 0
               ? &node->core_config.channels[0]
               : &request->channel;
}

/* ---- own lines that are changed ---- */

/* The nth last own line of the channel, and what it says now, in the arena; false when there is
 * none. */
static bool own_line(struct node *node, const struct channel_name *name, struct request *request,
                     struct arena *arena, struct bytes *text)
{
    struct id channel = node_channel_id(node, name), of;
    const struct id *self = &node->core_config.identity.node;
    struct entry line, edit;
    struct bytes nick;
    uint64_t of_seq;
    node_step(node, &(struct event){.kind = EVENT_TICK}); /* what was just said is a line, too */
    if (!store_own(node->store, &channel, self, request->count, &request->seq, &request->id) ||
        !store_entry(node->store, &channel, self, request->seq, &request->id, arena, &line) ||
        !entry_text(&line, &nick, text)) {
        request->seq = 0;
        return false;
    }
    if (store_edited(node->store, &channel, self, request->seq, &request->id, arena, &edit))
        entry_edits(&edit, &of_seq, &of, &nick, text);
    return true;
}

/* s/old/new/ becomes what the line says with the first `old` replaced; false when it has none, or
 * nothing would be left of it. */
static bool mended(struct bytes line, struct bytes typed, struct arena *arena, struct bytes *text)
{
    const uint8_t *old = typed.at + 2, *end = memchr(old, '/', typed.size - 2), *found = NULL;
    if (end == NULL || end >= typed.at + typed.size - 1)
        return false; /* the face sends none of another shape */
    size_t size = (size_t)(end - old), put = typed.size - 4 - size;
    for (size_t i = 0; found == NULL && i + size <= line.size; i++)
        if (memcmp(line.at + i, old, size) == 0)
            found = line.at + i;
    if (found == NULL || line.size - size + put == 0)
        return false;
    struct writer w = writer_of(arena_take(arena, line.size - size + put), line.size - size + put);
    write_copy(&w, line.at, (size_t)(found - line.at));
    write_copy(&w, end + 1, put);
    write_copy(&w, found + size, (size_t)(line.at + line.size - found) - size);
    *text = written(&w);
    return true;
}

/* Changes the last own line, or shows it to be changed. What mends nothing is said as it is. */
static void take_edit(struct node *node, const struct request *request)
{
    struct event event = {.kind = EVENT_REQUEST, .request = *request};
    struct show show = {.kind = SHOW_EDITING};
    struct arena arena;
    const struct channel_name *name = meant(node, request);
    arena_init(&arena);
    event.request.count = 1;
    bool found = own_line(node, name, &event.request, &arena, &show.text);
    if (request->kind == REQUEST_EDIT && request->text.size == 0 && found) {
        show.channel = *name;
        node_show(node, &show);
    } else {
        if (request->kind == REQUEST_SAY && found &&
            mended(show.text, request->text, &arena, &event.request.text))
            event.request.kind = REQUEST_EDIT;
        node_step(node, &event);
    }
    arena_release(&arena);
}

/* ---- signs behind lines ---- */

static bool is_line(const struct entry *entry)
{
    struct bytes nick, text;
    return entry_text(entry, &nick, &text);
}

/* The countth last line of the channel, or (0) the last of another; without its body. */
static bool last_line(struct node *node, const struct id *channel, uint32_t count,
                      struct entry *line)
{
    const struct id *self = &node->core_config.identity.node;
    struct arena arena;
    struct entry next;
    size_t found = 0;
    arena_init(&arena);
    store_last(node->store, channel, count == 0 ? LAST_OF_ANOTHER : count);
    while (store_last_next(node->store, &arena, &next)) {
        bool fits = is_line(&next) && (count > 0 || !id_equal(&next.author, self));
        if (fits && (count == 0 || found == 0))
            *line = next;
        found += fits;
        arena_reset(&arena);
    }
    arena_release(&arena);
    return found > 0 && found >= count;
}

/* The line that is meant. */
static bool find_line(struct node *node, const struct id *channel, const struct request *request,
                      struct entry *line)
{
    struct arena arena;
    if (request->seq == 0)
        return last_line(node, channel, request->count, line);
    arena_init(&arena);
    bool found = store_at(node->store, channel, &request->author, request->seq, request->lamport,
                          &arena, line) &&
                 is_line(line);
    arena_release(&arena);
    return found;
}

/* Finds the line, and whether the sign is put or taken away. */
static void take_reaction(struct node *node, const struct request *request)
{
    struct event event = {.kind = EVENT_REQUEST, .request = *request};
    const struct id *self = &node->core_config.identity.node;
    struct id channel = node_channel_id(node, meant(node, request));
    struct entry line;
    node_step(node, &(struct event){.kind = EVENT_TICK}); /* what was just said is a line, too */
    event.request.seq = 0;
    if (find_line(node, &channel, request, &line)) {
        struct reaction reaction = {
            .author = line.author, .seq = line.seq, .id = line.id, .sign = request->text};
        event.request.author = line.author;
        event.request.seq = line.seq;
        event.request.id = line.id;
        event.request.put = !store_reacts(node->store, &channel, self, &reaction, NULL);
    }
    node_step(node, &event);
}

static void take_request(struct node *node, const struct request *request)
{
    struct event event = {.kind = EVENT_REQUEST, .request = *request};
    struct id channel, nodes[LIMIT_PERSON_NODES];
    switch (request->kind) {
    case REQUEST_EDIT: take_edit(node, request); return;
    case REQUEST_REACT: take_reaction(node, request); return;
    case REQUEST_SAY:
        if (!request->mends)
            break;
        take_edit(node, request);
        return;
    case REQUEST_PAGE: node_show_page(node, request); return;
    case REQUEST_SEARCH: node_search(node, request); return;
    case REQUEST_FORGET:
        channel = node_channel_id(node, meant(node, request));
        if (!store_own(node->store, &channel, &node->core_config.identity.node, request->count,
                       &event.request.seq, &event.request.id))
            event.request.seq = 0;
        break;
    case REQUEST_JOIN:
    case REQUEST_CHANNEL:
        node_step(node, &(struct event){.kind = EVENT_TICK}); /* what was just said counts */
        event.request.id = (struct id){{0}};
        for (size_t i = 0; core_inviter(node->core, &request->channel, i, &channel); i++)
            if (node_knows(node, &channel))
                event.request.id = channel;
        break;
    case REQUEST_CARRY: node->core_config.carry_bytes = request->bytes; break;
    case REQUEST_DOCTOR: node_doctor(node, request); return;
    case REQUEST_SCAN: node_scan(node); return;
    case REQUEST_VERIFY: node_verify(node, request); return;
    case REQUEST_IGNORE: node_ignore(node, request); return;
    case REQUEST_BLOCK: node_block(node, request); return;
    case REQUEST_DIRECT: node_devices_direct(node, &event.request); break;
    case REQUEST_ADMIT:
    case REQUEST_REMOVE:
        if (node_is_only_self(node, request->text))
            return;
        node_devices_all(node, &event.request, nodes);
        break;
    case REQUEST_DEVICES: node_devices(node); return;
    case REQUEST_REVOKE: node_revoke(node, request); return;
    case REQUEST_DEVICE: return; /* no face's */
    case REQUEST_INVITE: node_invite(node, request); return;
    case REQUEST_CONNECT: node_connect(node, request->text); return;
    case REQUEST_DISCONNECT: disconnect(node, request); return;
    default: break;
    }
    node_step(node, &event);
    if (request->kind == REQUEST_LINKS) {
        show_classic_rows(node);
        node_list_people(node, PERSON_BLOCKED);
        node_tell_outer(node);
    }
}

void node_take_requests(struct node *node)
{
    struct request request;
    uint64_t until_us = clock_now_us() + REQUESTS_TURN_US;
    for (int i = 0; i < REQUESTS_MOST; i++) {
        if (i >= REQUESTS_A_TURN && clock_now_us() >= until_us)
            return;
        if (node->stopped || node->store_failed || !door_next_request(node->door, &request))
            return;
        take_request(node, &request);
    }
}

/* ---- links, beacons, names ---- */

static bool takes(void *of, const struct id *channel)
{
    return core_takes(of, channel);
}

/* Takes what has arrived, up to BATCH_EVENTS and about BATCH_BYTES; returns how much. */
static size_t gather(struct node *node, struct event *events)
{
    size_t count = 0;
    arena_reset(&node->frames);
    while (count < BATCH_EVENTS && node->frames.used < BATCH_BYTES) {
        struct event *event = &events[count];
        memset(event, 0, sizeof *event);
        if (!links_next(node->links, !door_full(node->door), event))
            break;
        if (event->frame.size > 0) /* it is the links' until the next one */
            event->frame.at = arena_copy(&node->frames, event->frame.at, event->frame.size);
        count++;
    }
    return count;
}

/* In batches, whose signatures are checked together. */
void node_take_links(struct node *node)
{
    static struct event events[BATCH_EVENTS];
    for (size_t taken = 0, count = 1; count > 0 && taken < FRAMES_A_TURN; taken += count) {
        count = gather(node, events);
        verifier_check(node->verifier, events, count, takes, node->core);
        for (size_t i = 0; i < count && !node->stopped; i++) {
            if (events[i].kind == EVENT_LINK_CLOSED)
                serving_forget(&node->serving, events[i].link);
            node_step(node, &events[i]);
        }
        if (node->stopped)
            return;
        door_flush(node->door); /* what others said is painted while this thread looks for more */
    }
}

/* Every packet that wakes this thread costs a turn of the loop, far more than to read it. */
static void rest_from_beacons(struct node *node)
{
    uint64_t now_ms = node->now_us / 1000, packets = beacon_packets(node->beacon);
    if (packets - node->flood_packets > FLOOD_PACKETS)
        node->rest_ms = now_ms + FLOOD_REST_MS;
    if (now_ms - node->flood_ms >= 1000) {
        node->flood_ms = now_ms;
        node->flood_packets = packets;
    }
}

void node_take_beacons(struct node *node)
{
    struct beacon_card card;
    struct event event;
    if (node->beacon == NULL || node->rest_ms > node->now_us / 1000)
        return;
    memset(&event, 0, sizeof event);
    while (!node->stopped && beacon_next(node->beacon, &event.address, &card)) {
        if (!beacon_was_alone(node->beacon))
            node_heard(node, &card.node);
        event.kind = EVENT_FOUND;
        event.found = FOUND_BEACON;
        event.node = card.node;
        event.process = card.process;
        node_step(node, &event);
    }
    rest_from_beacons(node);
    if (!node->stopped && beacon_changed(node->beacon)) {
        struct event changed = {.kind = EVENT_NETWORK};
        node_refresh_addresses(node);
        node_open_outer(node);
        node_say_own(node);
        node_step(node, &changed);
    }
}

/* The same where no beacon watches. */
void node_take_changes(struct node *node)
{
    char before[sizeof node->addresses];
    if (node->stopped || node->watch < 0 || !interfaces_spoke(node->watch))
        return;
    memcpy(before, node->addresses, sizeof before);
    node_refresh_addresses(node);
    if (strcmp(before, node->addresses) != 0)
        node_step(node, &(struct event){.kind = EVENT_NETWORK});
}

static void take_classic_target(struct node *node, const struct resolved *resolved)
{
    bool pair = resolved->target.kind == TARGET_CLASSIC_PAIR;
    if (!classic_connect(node->classic, pair, resolved->addresses, resolved->count))
        node_tell(node, TOLD_CLASSIC_FULL, resolved->addresses[0].text, NULL, CLASSIC_PEERS_MAX);
    else
        node_tell(node, TOLD_DIALING, resolved->addresses[0].text, NULL, 0);
}

void node_take_resolved(struct node *node)
{
    struct resolved resolved;
    while (!node->stopped && resolver_next(node->resolver, &resolved)) {
        if (resolved.count == 0) {
            node->no_name = resolved.target;
            memcpy(node->no_name_why, resolved.why, sizeof node->no_name_why);
            node_tell(node, TOLD_NO_HOST, resolved.target.host, resolved.why, 0);
            continue;
        }
        if (resolved.target.kind != TARGET_LINK) {
            take_classic_target(node, &resolved);
            continue;
        }
        for (size_t i = 0; i < resolved.count; i++)
            node_dial_typed(node, &resolved.addresses[i], i == 0 ? FOUND_TYPED : FOUND_TYPED_ALSO);
    }
}

void node_take_classic(struct node *node)
{
    struct show show;
    for (int i = 0; i < CLASSIC_A_TURN && !node->stopped; i++) {
        if (!classic_next(node->classic, &show))
            return;
        for (size_t k = 0; show.kind == SHOW_MESSAGE && show.channel.text[0] == '\0' &&
                           k < node->core_config.channel_count;
             k++)
            if (channel_name_ok(node->core_config.channels[k].text)) /* no direct one */
                show.channel = node->core_config.channels[k];
        if (show.wall_ms == 0)
            show.wall_ms = node->wall_ms;
        node_show(node, &show);
    }
}
