/* Node: the loop.
 *
 *     poll -> requests, links, beacons, names, classic lines -> core_step -> perform -> poll
 *
 * One thread owns all of it: core, sockets, history. Nothing in it waits but the poll, and a commit
 * for the disk.
 *
 * When the store fails (disk full, disk gone), what the core believes is no longer what is on disk.
 * The node then does what it would do after a crash: it drops its links, makes the core anew from
 * what is on disk, and goes on, telling the core that nothing can be written until a probe every
 * STORE_RETRY_MS succeeds.
 */
#include "app/node.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/node_private.h"
#include "base/check.h"
#include "base/tr.h"

#define STORE_RETRY_MS  2000
#define LINGER_MS       150
#define SLEEP_MS        1000 /* the machine was suspended so long: it was asleep */
#define LATE_MS         8000 /* so much later than asked for: this process was stopped */
#define UNMAP_MS        300  /* for the router to take a mapping back */
#define PAGE_MOST       1000
#define RETAIN_EVERY_MS 3600000 /* old bodies are looked for */
#define RETAIN_AGAIN_MS 100     /* when there are more */
#define SWEEP_AGAIN_MS  20      /* likewise, of what was let go of whole */
#define POLL_ROOM       (1 + LINKS_POLL_MAX + BEACON_POLL_MAX + 4 + GUESTS_POLL_MAX + CLASSIC_POLL_MAX)

/* ---- what the faces see ---- */

void node_show(struct node *node, struct show *show)
{
    if (node_doctor_takes(node, show))
        return;
    if (show->kind == SHOW_MESSAGE && show->via == VIA_LINK && !show->own)
        node_clock(node, &show->id, show->wall_ms);
    struct id id;
    if (show->channel.text[0] == '@')
        core_channel(node->core, &show->channel, &id, &show->peer);
    node_judge(node, show);
    if ((show->kind == SHOW_MESSAGE && show->via != VIA_CLASSIC) ||
        (show->kind == SHOW_MEMBER && show->up))
        node_introduce(node, show);
    node->told_stopped = node->told_stopped || show->kind == SHOW_STOPPED;
    node->links_made += show->kind == SHOW_LINK && show->up;
    if (show->kind == SHOW_STATUS) {
        show->text = (struct bytes){(uint8_t *)node->addresses, strlen(node->addresses)};
        show->a = (struct bytes){(uint8_t *)node->looking, strlen(node->looking)};
        node->status = *show;
    }
    door_show(node->door, show);
}

void node_tell(struct node *node, enum told told, const char *a, const char *b, uint64_t n)
{
    struct show show = {.kind = SHOW_TOLD, .told = told, .n = n, .wall_ms = node->wall_ms};
    if (a != NULL)
        show.a = (struct bytes){(const uint8_t *)a, strlen(a)};
    if (b != NULL)
        show.b = (struct bytes){(const uint8_t *)b, strlen(b)};
    node_show(node, &show);
}

static bool is_named(const char *list, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += size)
        if ((at == list || at[-1] == ' ') && (at[size] == '\0' || at[size] == ','))
            return true;
    return false;
}

/* "eth0, lo", each once, where beacons can leave. */
static void refresh_looking(struct node *node)
{
    struct beacon_way way;
    size_t size = 0;
    node->looking[0] = '\0';
    for (size_t i = 0; node->beacon != NULL && beacon_way(node->beacon, i, &way); i++) {
        bool works = way.sent > 0 || way.failed == 0;
        if (works && !is_named(node->looking, way.name) &&
            size + strlen(way.name) + 3 < sizeof node->looking)
            size += (size_t)snprintf(node->looking + size, sizeof node->looking - size, "%s%s",
                                     size > 0 ? ", " : "", way.name);
    }
}

void node_refresh_addresses(struct node *node)
{
    node->addresses[0] = '\0';
    if (node->config.ways.listen == LISTEN_EVERYWHERE)
        local_addresses(node->addresses, sizeof node->addresses);
    refresh_looking(node);
    if (node->status.kind == SHOW_STATUS)
        node_show(node, &node->status);
}

/* The page that the store has gathered; returns how many lines. */
static size_t show_stored(struct node *node, const struct channel_name *channel)
{
    struct entry entry;
    size_t count = 0;
    arena_reset(&node->arena);
    for (; store_last_next(node->store, &node->arena, &entry); count++)
        node_show_entry(node, channel, &entry, VIA_STORED,
                        core_is_liar(node->core, channel, &entry.author), false, false);
    return count;
}

void node_show_last(struct node *node, const struct channel_name *channel)
{
    struct id id = node_channel_id(node, channel);
    if (node->config.last == 0)
        return;
    store_last(node->store, &id, node->config.last);
    show_stored(node, channel);
}

void node_show_page(struct node *node, const struct request *request)
{
    struct id id = node_channel_id(node, &request->channel);
    struct show show = {.kind = SHOW_PAGE, .channel = request->channel};
    uint32_t most = request->count < PAGE_MOST ? request->count : PAGE_MOST;
    if (request->after)
        store_after(node->store, &id, most, request->lamport, &request->id, request->seq);
    else
        store_before(node->store, &id, most, request->lamport, &request->id, request->seq);
    show.n = show_stored(node, &request->channel);
    show.up = store_more(node->store);
    node_show(node, &show);
}

/* What to type elsewhere, at the first start. */
static void welcome(struct node *node, uint16_t port)
{
    char address[LIMIT_ADDRESS + 8];
    int size = (int)strcspn(node->addresses, "\n");
    bool ip6 = memchr(node->addresses, ':', (size_t)size) != NULL;
    if (size == 0 || strncmp(node->addresses, "127.", 4) == 0)
        return;
    if (port == DEFAULT_PORT)
        snprintf(address, sizeof address, "%.*s", size, node->addresses);
    else
        snprintf(address, sizeof address, ip6 ? "[%.*s]:%u" : "%.*s:%u", size, node->addresses,
                 port);
    node_tell(node, TOLD_WELCOME, address, NULL, 0);
}

static void show_ready(struct node *node)
{
    const struct profile *profile = node->config.profile;
    const char *network = node->config.network_name;
    char port[8], wanted[8];
    struct show show = {.kind = SHOW_READY,
                        .id = node->core_config.identity.node,
                        .nick = node->core_config.nick,
                        .port = links_port(node->links),
                        .wall_ms = node->wall_ms};
    show.a = (struct bytes){(const uint8_t *)profile->name, strlen(profile->name)};
    show.b = (struct bytes){(const uint8_t *)network, strlen(network)};
    show.text = (struct bytes){(uint8_t *)node->addresses, strlen(node->addresses)};
    node_show(node, &show);
    if (node->config.ways.proxy[0] != '\0')
        node_tell(node, TOLD_PROXY, node->config.ways.proxy, NULL, 0);
    if (node->config.port != 0 && show.port != 0 && show.port != node->config.port) {
        snprintf(wanted, sizeof wanted, "%u", node->config.port);
        snprintf(port, sizeof port, "%u", show.port);
        node_tell(node, TOLD_PORT, wanted, port, 0);
    }
    if (node->config.profile->fresh && strcmp(network, "open") == 0) /* elsewhere \invite says it */
        welcome(node, show.port);
    if (node->config.network_made)
        node_tell(node, TOLD_NETWORK_MADE, network, node->config.network_path, 0);
    else if (node->config.network_joined)
        node_tell(node, TOLD_NETWORK_JOINED, network, NULL, 0);
}

/* ---- the core ---- */

void node_step(struct node *node, struct event *event)
{
    struct event again;
    if (node->store_failed)
        return; /* this core is given up: start_over() makes another */
    event->now_us = node->now_us;
    event->wall_ms = node->wall_ms;
    core_step(node->core, event);
    node_perform(node);
    while (!node->store_failed && node_next_later(node, &again)) {
        again.now_us = node->now_us;
        again.wall_ms = node->wall_ms;
        core_step(node->core, &again);
        free((void *)again.frame.at); /* the core has copied it */
        node_perform(node);
    }
}

void node_say_own(struct node *node)
{
    struct address own[16];
    struct event event = {.kind = EVENT_OWN, .own = own};
    uint16_t port = links_port(node->links);
    const char *line = node->addresses;
    bool found = node->core_config.beacons && node->config.ways.proxy[0] == '\0';
    if (found && node_outer(node)[0] != '\0')
        snprintf(own[event.own_count++].text, sizeof own[0].text, "%s", node_outer(node));
    while (found && *line != '\0' && event.own_count < 16) {
        int size = (int)strcspn(line, "\n");
        bool ip6 = memchr(line, ':', (size_t)size) != NULL;
        bool loopback = strncmp(line, "127.", 4) == 0 || strncmp(line, "::1", (size_t)size) == 0;
        if (!loopback && size + 9 < (int)sizeof own[0].text)
            snprintf(own[event.own_count++].text, sizeof own[0].text, ip6 ? "[%.*s]:%u" : "%.*s:%u",
                     size, line, port);
        line += size + (line[size] == '\n');
    }
    node_step(node, &event);
}

struct id node_channel_id(struct node *node, const struct channel_name *name)
{
    struct id id = {{0}}, peer;
    if (!core_channel(node->core, name, &id, &peer))
        store_channel_id(node->store, &node->core_config.network, name, &id);
    return id;
}

/* Keys, whom this node knows by a card, and with whom it has a channel of two. */
static void load_direct(struct node *node)
{
    const struct id *network = &node->core_config.network;
    struct event event = {.kind = EVENT_LOAD_PREKEY};
    struct kept_direct direct;
    for (size_t i = 0; store_prekey(node->store, network, i, &event.prekey, &event.number); i++)
        node_step(node, &event);
    sodium_memzero(&event, sizeof event);
    event.kind = EVENT_LOAD_KNOWN;
    arena_reset(&node->arena);
    struct id *known = arena_take(&node->arena, LIMIT_ACQUAINTED * sizeof *known);
    size_t count = store_card_nodes(node->store, network, known, LIMIT_ACQUAINTED);
    for (size_t i = 0; i < count; i++) {
        event.node = known[i];
        node_step(node, &event);
    }
    for (size_t i = 0; store_direct(node->store, network, i, &direct); i++) {
        struct event load = {.kind = EVENT_LOAD_DIRECT,
                             .channel = direct.name,
                             .node = direct.peer,
                             .held = direct.shown};
        store_card(node->store, network, &direct.peer, &load.card);
        node_step(node, &load);
        struct event waiting = {.kind = EVENT_LOAD_WAITING, .channel = direct.name};
        uint8_t kind;
        arena_reset(&node->arena);
        for (size_t k = 0;
             store_waiting(node->store, &direct.channel, k, &node->arena, &kind, &waiting.frame);
             k++) {
            waiting.number = kind;
            node_step(node, &waiting);
        }
    }
}

/* What is kept for others, of this network. */
static void load_carried(struct node *node)
{
    struct store_carried carried;
    for (size_t i = 0; store_carried_at(node->store, i, &carried); i++) {
        if (!id_equal(&carried.network, &node->core_config.network))
            continue;
        struct event event = {.kind = EVENT_LOAD_CHANNEL,
                              .channel_id = carried.channel,
                              .node = carried.asker,
                              .number = carried.bytes,
                              .asked_wall_ms = carried.asked_wall_ms};
        event.lamport = store_clock(node->store, &carried.channel, adrift_from(node->wall_ms));
        node_step(node, &event);
        struct event log = {.kind = EVENT_LOAD_LOG, .channel_id = carried.channel};
        for (size_t k = 0; store_log(node->store, &carried.channel, k, &log.load); k++)
            node_step(node, &log);
        struct event receipt = {.kind = EVENT_LOAD_RECEIPT, .channel_id = carried.channel};
        for (size_t k = 0;
             store_receipt_at(node->store, &carried.channel, k, &receipt.node, &receipt.number);
             k++)
            node_step(node, &receipt);
    }
}

void node_load(struct node *node, bool writable)
{
    struct event event = {.kind = EVENT_LOAD_CHANNEL};
    struct id id;
    const struct id *network = &node->core_config.network;
    node->core = core_new(&node->core_config);
    struct event store = {.kind = EVENT_STORE, .writable = false};
    if (!writable)
        node_step(node, &store);
    load_direct(node);
    for (size_t i = 0; store_channel(node->store, i, &event.channel, &id, &event.lamport); i++) {
        struct id expected;
        if (!store_channel_id(node->store, network, &event.channel, &expected) ||
            !id_equal(&id, &expected))
            continue; /* of another network */
        node_step(node, &event);
        struct event log = {.kind = EVENT_LOAD_LOG, .channel = event.channel};
        for (size_t k = 0; store_log(node->store, &id, k, &log.load); k++) {
            node_met_before(node, &log.load);
            node_step(node, &log);
        }
        struct event receipt = {.kind = EVENT_LOAD_RECEIPT, .channel = event.channel};
        for (size_t k = 0; store_receipt_at(node->store, &id, k, &receipt.node, &receipt.number);
             k++)
            node_step(node, &receipt);
    }
    node_trust_load(node);
    load_carried(node);
    struct core_config kept;
    core_keep(node->core, &kept); /* with the direct channels */
    memcpy(node->core_config.channels, kept.channels, sizeof kept.channels);
    node->core_config.channel_count = kept.channel_count;
    node_say_own(node);
}

static void show_current(struct node *node)
{
    struct show show = {.kind = SHOW_CURRENT};
    char names[LIMIT_CHANNELS * (LIMIT_CHANNEL + 2)];
    size_t size = 0;
    for (size_t i = 0; i < node->core_config.channel_count; i++)
        size += (size_t)snprintf(names + size, sizeof names - size, "%s%s", i > 0 ? "\n" : "",
                                 node->core_config.channels[i].text);
    if (node->core_config.channel_count > 0)
        show.channel = node->core_config.channels[0];
    show.text = (struct bytes){(uint8_t *)names, size};
    node_show(node, &show);
    show = (struct show){.kind = SHOW_STATUS,
                         .nick = node->core_config.nick,
                         .id = node->core_config.identity.node,
                         .port = links_port(node->links)};
    node_show(node, &show);
}

/* ---- the store ---- */

static bool open_store(struct node *node, struct error *error)
{
    char path[600], aside[700];
    struct id network = network_id(node->config.network_secret);
    snprintf(path, sizeof path, "%s/history.db", node->config.profile->path);
    node->store = store_open(path, aside, sizeof aside, error);
    if (node->store != NULL && aside[0] != '\0')
        node_tell(node, TOLD_STORE_ASIDE, aside, NULL, 0);
    snprintf(path, sizeof path, "%s/search.db", node->config.profile->path);
    if (node->store != NULL)
        node->search = search_open(path, node->store, &network);
    node->index_at_ms = 0;
    return node->store != NULL;
}

static bool open_links(struct node *node, struct error *error)
{
    uint16_t port = node->links != NULL ? links_port(node->links) : node->config.port;
    bool fixed = node->links != NULL || node->config.port_fixed;
    if (node->links != NULL)
        links_close_all(node->links, 0);
    node->links = links_open_by(node->config.context, node->config.network_secret, port, fixed,
                                &node->config.ways, error);
    return node->links != NULL;
}

void node_store_failed(struct node *node, const struct error *error)
{
    char sentence[512];
    struct error why;
    error_text(error, sentence, sizeof sentence);
    node_tell(node, TOLD_STORE_FAILED, sentence, NULL, 0);
    logfile_line(&node->log, (struct bytes){(uint8_t *)sentence, strlen(sentence)});
    node->store_failed = true;
    store_rollback(node->store);
    if (store_damaged(node->store)) {
        search_close(node->search);
        node->search = NULL;
        store_close(node->store);
        if (!open_store(node, &why)) {
            error_text(&why, sentence, sizeof sentence);
            node_tell(node, TOLD_WORLD, sentence, NULL, 0);
            node->stopped = true;
            return;
        }
    }
}

/* After the step that failed: everything as after a crash. */
static void start_over(struct node *node)
{
    struct error error;
    bool unsaid = core_unsaid(node->core) > 0 ||
                  deferred_says(&node->deferred, &node->core_config.identity.node);
    node->store_failed = false;
    node->serving.count = 0;
    deferred_release(&node->deferred);
    node_forget_later(node);
    if (!open_links(node, &error)) {
        char sentence[512];
        error_text(&error, sentence, sizeof sentence);
        node_tell(node, TOLD_WORLD, sentence, NULL, 0);
        node->stopped = true;
        return;
    }
    core_free(node->core);
    randombytes_buf(node->core_config.seed, sizeof node->core_config.seed);
    randombytes_buf(node->core_config.random, sizeof node->core_config.random);
    randombytes_buf(node->core_config.process.b, sizeof node->core_config.process.b);
    node_load(node, false);
    show_current(node);
    if (unsaid)
        node_tell(node, TOLD_STORE_FULL, NULL, NULL, 0);
    for (size_t i = 0; i < node->typed_count; i++) {
        struct event found = {
            .kind = EVENT_FOUND, .found = FOUND_TYPED_ALSO, .address = node->typed[i]};
        node_step(node, &found);
    }
    node_recall(node);
    node->retry_store_ms = node->now_us / 1000 + STORE_RETRY_MS;
}

void node_retry_store(struct node *node)
{
    struct error error;
    if (store_probe(node->store, &error) != ERROR_NONE) {
        node->retry_store_ms = node->now_us / 1000 + STORE_RETRY_MS;
        return;
    }
    struct event event = {.kind = EVENT_STORE, .writable = true};
    node->retry_store_ms = 0;
    node_step(node, &event);
}

/* ---- the loop ---- */

static size_t gather_guests(const struct node *node, zmq_pollitem_t *items)
{
    struct pollfd fds[GUESTS_POLL_MAX];
    size_t guests = node->guests != NULL ? guests_poll(node->guests, fds) : 0, count = 0;
    for (; count < guests; count++)
        items[count] = (zmq_pollitem_t){NULL, fds[count].fd, ZMQ_POLLIN, 0};
    if (node->door_map != NULL)
        items[count++] = (zmq_pollitem_t){NULL, portmap_fd(node->door_map), ZMQ_POLLIN, 0};
    return count;
}

static size_t gather(struct node *node, zmq_pollitem_t *items)
{
    struct pollfd fds[BEACON_POLL_MAX];
    bool full = door_full(node->door);
    size_t count = 0;
    items[count++] = door_poll(node->door);
    count += links_poll(node->links, items + count, !full);
    bool rests = node->rest_ms > node->now_us / 1000;
    size_t beacons = node->beacon != NULL && !rests ? beacon_poll(node->beacon, fds) : 0;
    for (size_t i = 0; i < beacons; i++)
        items[count++] = (zmq_pollitem_t){NULL, fds[i].fd, ZMQ_POLLIN, 0};
    items[count++] = (zmq_pollitem_t){NULL, resolver_fd(node->resolver), ZMQ_POLLIN, 0};
    items[count++] = (zmq_pollitem_t){NULL, vouching_fd(node->vouching), ZMQ_POLLIN, 0};
    if (node->watch >= 0)
        items[count++] = (zmq_pollitem_t){NULL, node->watch, ZMQ_POLLIN, 0};
    if (node->portmap != NULL)
        items[count++] = (zmq_pollitem_t){NULL, portmap_fd(node->portmap), ZMQ_POLLIN, 0};
    count += gather_guests(node, items + count);
    if (!full)
        count += classic_poll(node->classic, items + count);
    return count;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static long wait_ms(const struct node *node)
{
    uint64_t deadline = earlier(core_deadline(node->core), links_deadline(node->links));
    if (!door_full(node->door))
        deadline = earlier(deadline, classic_deadline(node->classic));
    if (node->retry_store_ms != 0)
        deadline = earlier(deadline, node->retry_store_ms);
    if (node->portmap != NULL)
        deadline = earlier(deadline, portmap_deadline(node->portmap));
    deadline = earlier(deadline, node_guests_deadline(node));
    deadline = earlier(deadline, earlier(node->retain_at_ms, node->sweep_at_ms));
    if (node->search != NULL && node->retry_store_ms == 0)
        deadline = earlier(deadline, node->index_at_ms);
    deadline = earlier(deadline, node_scan_deadline(node));
    deadline = earlier(deadline, node_doctor_deadline(node));
    if (node->known_at_ms != 0)
        deadline = earlier(deadline, node->known_at_ms);
    if (node->people_at_ms != 0)
        deadline = earlier(deadline, node->people_at_ms);
    uint64_t now_ms = node->now_us / 1000;
    if (node->rest_ms > now_ms)
        deadline = earlier(deadline, node->rest_ms);
    if (node->serve_more || door_has_more(node->door))
        return 0;
    if (deadline == UINT64_MAX)
        return -1;
    return deadline <= now_ms ? 0 : (long)earlier(deadline - now_ms, 60000);
}

static void read_clock(struct node *node)
{
    node->now_us = clock_now_us();
    node->wall_ms = clock_wall_ms();
}

/* After a sleep (the lid was shut, or this process was stopped) links may be gone without a word, and the
 * network may be another. */
static void wake(struct node *node, uint64_t slept_ms, uint64_t waited_ms, long asked_ms)
{
    bool slept = slept_ms > node->slept_ms + SLEEP_MS;
    bool late = asked_ms >= 0 && waited_ms > (uint64_t)asked_ms + LATE_MS;
    node->slept_ms = slept_ms;
    if (!slept && !late)
        return;
    struct event event = {.kind = EVENT_NETWORK};
    node_refresh_addresses(node);
    node_step(node, &event);
}

/* Lets go of bodies that the configuration does not keep, a slice at a time. */
static void retain(struct node *node)
{
    const struct config *config = &node->config.profile->config;
    struct error error;
    uint64_t now_ms = node->now_us / 1000;
    if (node->retain_at_ms > now_ms || node->store_failed || node->retry_store_ms != 0)
        return;
    uint64_t before = config->keep_ms != 0 && config->keep_ms < node->wall_ms
                          ? node->wall_ms - config->keep_ms
                          : 0;
    bool more = store_retain(node->store, before, config->keep_bytes, &error);
    node->retain_at_ms = now_ms + (more ? RETAIN_AGAIN_MS : RETAIN_EVERY_MS);
    if (store_pending(node->store) && store_commit(node->store, &error) != ERROR_NONE)
        node_store_failed(node, &error);
}

static void tick(struct node *node)
{
    struct event event = {.kind = EVENT_TICK};
    if (!node->stopped && core_deadline(node->core) <= node->now_us / 1000)
        node_step(node, &event);
}

/* The same with what was carried and is let go of. */
static void sweep(struct node *node)
{
    struct error error;
    uint64_t now_ms = node->now_us / 1000;
    if (node->sweep_at_ms > now_ms || node->store_failed || node->retry_store_ms != 0)
        return;
    bool more = store_sweep(node->store, &error);
    node->sweep_at_ms = more ? now_ms + SWEEP_AGAIN_MS : UINT64_MAX;
    if (error.code != ERROR_NONE ||
        (store_pending(node->store) && store_commit(node->store, &error) != ERROR_NONE))
        node_store_failed(node, &error);
}

static void turn(struct node *node)
{
    zmq_pollitem_t items[POLL_ROOM];
    door_flush(node->door);
    read_clock(node);
    uint64_t began_us = node->now_us;
    long wait = wait_ms(node);
    bool busy = zmq_poll(items, (int)gather(node, items), wait) > 0;
    read_clock(node);
    wake(node, clock_slept_ms(), (node->now_us - began_us) / 1000, wait);
    node_take_requests(node);
    tick(node); /* what was just said goes before anything else is looked at */
    if (node->deferred.count > 0)
        node_settle(node);
    node_take_links(node);
    node_take_beacons(node);
    node_take_changes(node);
    node_take_resolved(node);
    node_take_vouched(node);
    node_take_outer(node);
    node_take_guests(node);
    if (!door_full(node->door))
        node_take_classic(node);
    node_settle(node);
    if (node->stopped)
        return;
    door_flush(node->door); /* what this turn brought is not to wait for answers to others */
    node->serve_more =
        !node->store_failed && serving_turn(&node->serving, node->store, node->links);
    links_tick(node->links, node->now_us / 1000);
    tick(node);
    node_settle(node);
    retain(node);
    sweep(node);
    node_remember(node, false);
    node_trust_on(node, false);
    node_scan_on(node);
    node_doctor_on(node);
    node_index(node, busy);
    if (node->retry_store_ms != 0 && node->retry_store_ms <= node->now_us / 1000)
        node_retry_store(node);
    if (node->store_failed && !node->stopped)
        start_over(node);
}

static void node_free(struct node *node)
{
    node_remember(node, true);
    node_trust_on(node, true);
    people_release(&node->people);
    vouching_free(node->vouching);
    node_doctor_free(node);
    portmap_free(node->door_map, UNMAP_MS / 2);
    portmap_free(node->portmap, UNMAP_MS);
    guests_free(node->guests);
    if (node->links != NULL)
        links_close_all(node->links, LINGER_MS);
    search_close(node->search);
    if (node->store != NULL)
        store_close(node->store);
    core_free(node->core);
    beacon_close(node->beacon);
    if (node->watch >= 0)
        close(node->watch);
    resolver_free(node->resolver);
    classic_free(node->classic);
    logfile_close(&node->log);
    arena_release(&node->arena);
    arena_release(&node->frames);
    verifier_free(node->verifier);
    deferred_release(&node->deferred);
    arena_release(&node->deferred.arena);
    node_forget_later(node);
    free(node->later);
    node_introduced_free(node);
    door_close(node->door, LINGER_MS);
    sodium_memzero(node, sizeof *node);
    free(node);
}

static void begin(struct node *node)
{
    const struct options *options = node->config.options;
    read_clock(node);
    node->slept_ms = clock_slept_ms();
    show_ready(node);
    show_current(node);
    node_trust_begin(node);
    bool kept =
        options->nick.text[0] != '\0' || options->channel_count > 0 || node->config.profile->fresh;
    if (kept && options->act != ACT_DOCTOR)
        node_keep(node);
    for (size_t i = 0; i < node->core_config.channel_count; i++)
        node_show_last(node, &node->core_config.channels[i]);
    node_call_host(node, node->config.invited, node->config.invited_count);
    for (size_t i = 0; i < options->address_count; i++)
        node_connect(node, (struct bytes){(const uint8_t *)options->addresses[i],
                                          strlen(options->addresses[i])});
    node_recall(node);
}

void *node_run(void *argument)
{
    struct node *node = argument;
    begin(node);
    while (!node->stopped)
        turn(node);
    /* A store that could not be made anew, or a port that is gone, ends it without the core's word.
     */
    struct show stopped = {.kind = SHOW_STOPPED, .up = true};
    if (!node->told_stopped)
        node_show(node, &stopped);
    node_free(node);
    return NULL;
}

static void configure_core(struct node *node)
{
    struct core_config *core = &node->core_config;
    const struct profile *profile = node->config.profile;
    const struct options *options = node->config.options;
    core->identity = profile->identity;
    core->network = network_id(node->config.network_secret);
    randombytes_buf(core->process.b, sizeof core->process.b);
    randombytes_buf(core->seed, sizeof core->seed);
    randombytes_buf(core->random, sizeof core->random);
    core->carry_bytes = node->config.carry_bytes;
    core->far = node->config.ways.proxy[0] != '\0';
    core->port =
        core->far ? 0 : links_port(node->links); /* nobody is told of what is behind a proxy */
    core->nick = options->nick.text[0] != '\0' ? options->nick : profile->nick;
    for (size_t i = 0; i < options->channel_count; i++)
        core->channels[core->channel_count++] = options->channels[i];
    for (size_t i = 0; options->channel_count == 0 && i < profile->channel_count; i++)
        core->channels[core->channel_count++] = profile->channels[i];
    if (options->act == ACT_DOCTOR)
        core->channel_count = 0; /* it comes to look, not to talk */
    else if (core->channel_count == 0)
        core->channels[core->channel_count++] = (struct channel_name){"#fika"};
}

static bool open_discovery(struct node *node)
{
    struct beacon_card card = {.node = node->core_config.identity.node,
                               .process = node->core_config.process,
                               .port = links_port(node->links)};
    struct error error;
    if (!node->config.discovery)
        return false;
    node->beacon = beacon_open(node->config.network_secret, &card, BEACON_PORT, &error);
    return node->beacon != NULL;
}

static void open_known(struct node *node)
{
    char path[600];
    snprintf(path, sizeof path, "%s/addresses", node->config.profile->path);
    known_open(&node->known, path);
}

static bool open_classic(struct node *node, struct error *error)
{
    const struct options *options = node->config.options;
    node->classic = classic_new(node->config.context);
    for (size_t i = 0; i < options->classic_count; i++)
        if (classic_bind(node->classic, options->classic[i].pair, options->classic[i].port,
                         error) != ERROR_NONE)
            return false;
    return true;
}

struct node *node_new(const struct node_config *config, struct error *error)
{
    struct node *node = calloc(1, sizeof *node);
    CHECK(node != NULL);
    node->config = *config;
    node->watch = -1;
    arena_init(&node->arena);
    arena_init(&node->deferred.arena);
    arena_init(&node->frames);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    node->verifier = processors > 1 ? verifier_new((unsigned)processors - 1) : NULL;
    read_clock(node);
    node->door = door_open_node(config->context);
    node->resolver = resolver_new();
    node->vouching = vouching_new();
    if (node->door == NULL || node->resolver == NULL || node->vouching == NULL)
        error_set(error, ERROR_SOCKET, _("too few descriptors"));
    else if (open_links(node, error) && open_classic(node, error) && open_store(node, error)) {
        logfile_open(&node->log, config->profile->path);
        configure_core(node);
        open_known(node);
        node_trust_open(node);
        node->core_config.beacons = open_discovery(node);
        if (node->beacon == NULL)
            node->watch = interfaces_watch();
        node_refresh_addresses(node);
        node_open_outer(node);
        node_load(node, true);
        node_keep_classic(node);
        return node;
    }
    node_free(node);
    return NULL;
}
