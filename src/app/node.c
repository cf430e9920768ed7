/* Node: the loop.
 *
 *     poll -> requests, links, beacons, names, classic lines -> core_step -> perform -> poll
 *
 * One thread owns all of it: core, sockets, history. Nothing in it waits but the poll, and a commit
 * for the disk.
 */
#include "app/node.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/node_private.h"
#include "app/turns.h"
#include "app/wait.h"
#include "base/check.h"
#include "base/tr.h"

#define LINGER_MS       150
#define SLEEP_MS        1000    /* the machine was suspended so long: it was asleep */
#define LATE_MS         8000    /* so much later than asked for: this process was stopped */
#define UNMAP_MS        300     /* for the router to take a mapping back */
#define RETAIN_EVERY_MS 3600000 /* old bodies are looked for */
#define RETAIN_AGAIN_MS 100     /* when there are more */
#define SWEEP_AGAIN_MS  20      /* likewise, of what was let go of whole */
#define POLL_ROOM       (1 + LINKS_POLL_MAX + BEACON_POLL_MAX + 4 + GUESTS_POLL_MAX + CLASSIC_POLL_MAX)

_Static_assert(POLL_ROOM <= WAIT_ITEMS, "all that is waited for has room");

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

/* The door's is the first; the links' follow, *links of them. */
static size_t gather(struct node *node, zmq_pollitem_t *items, size_t *links)
{
    struct pollfd fds[BEACON_POLL_MAX];
    bool full = door_full(node->door);
    size_t count = 0;
    items[count++] = door_poll(node->door);
    *links = links_poll(node->links, items + count, !full);
    count += *links;
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
    bool again = node->again_count > 0 && node->retry_store_ms == 0;
    if (node->serve_more || again || door_has_more(node->door))
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
    size_t links, count = gather(node, items, &links);
    bool busy = wait_for(items, count, wait);
    read_clock(node);
    wake(node, clock_slept_ms(), (node->now_us - began_us) / 1000, wait);
    if (items[0].revents != 0 || door_has_more(node->door))
        node_take_requests(node);
    tick(node); /* what was just said goes before anything else is looked at */
    if (node->deferred.count > 0)
        node_settle(node);
    links_woken(node->links, items + 1, links);
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
    node_again_on(node);
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
        node_start_over(node);
}

static void node_free(struct node *node)
{
    node_remember(node, true);
    node_trust_on(node, true);
    people_release(&node->people);
    persons_release(&node->persons);
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
    free(node->again);
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
    node_show_ready(node);
    node_show_current(node);
    node_trust_begin(node);
    bool kept =
        options->nick.text[0] != '\0' || options->channel_count > 0 || node->config.profile->fresh;
    if (kept && options->act != ACT_DOCTOR)
        node_keep(node);
    for (size_t i = 0; i < node->core_config.channel_count; i++)
        node_show_last(node, &node->core_config.channels[i]);
    node_step(node,
              &(struct event){.kind = EVENT_REQUEST, .request = {.kind = REQUEST_INVITATIONS}});
    node_call_host(node, node->config.invited, node->config.invited_count);
    for (size_t i = 0; i < options->address_count; i++)
        node_connect(node, (struct bytes){(const uint8_t *)options->addresses[i],
                                          strlen(options->addresses[i])});
    node_recall(node);
    if (options->act == ACT_TALK)
        node_devices_begin(node);
    node_step(node, &(struct event){.kind = EVENT_TICK});
}

void *node_run(void *argument)
{
    struct node *node = argument;
    turns_take(TURN_NODE);
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
    core->identity.node = profile->identity.node;
    core->network = network_id(node->config.network_secret);
    randombytes_buf(core->process.b, sizeof core->process.b);
    randombytes_buf(core->seed, sizeof core->seed);
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
    turns_take(TURN_SOCKETS); /* libzmq's thread is made with the first socket */
    node->door = door_open_node(config->context);
    node->resolver = resolver_new();
    node->vouching = vouching_new();
    if (node->door == NULL || node->resolver == NULL || node->vouching == NULL)
        error_set(error, ERROR_SOCKET, _("too few descriptors"));
    else if (node_open_links(node, error) && open_classic(node, error) &&
             node_open_store(node, error)) {
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
