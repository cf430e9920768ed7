/* Devices: whose device is whose, while the node runs: what is heard of it, what is said of it, and \devices and \revoke.
 *
 * 1. Entries keep their authors, and the order theirs. Only what is shown of them names the person: the root's nick, as soon as the
 *    root itself was met, else the device's own.
 * 2. A revocation is on disk (store/papers.h) before it is said, and is said in each channel until the history has it there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/node_private.h"

#define TOLD_EVERY_MS ((uint64_t)60 * 60 * 1000)
#include "app/who.h"
#include "base/check.h"
#include "store/papers.h"

#define DEVICES_IN   16   /* of one person, that are let in by themselves; revoked ones count */
#define REVOKED_MOST 1024 /* channels, in one revocation */

static const struct id *self_of(const struct node *node)
{
    return &node->core_config.identity.node;
}

/* ---- at the start ---- */

void node_devices_load(struct node *node)
{
    struct error error = {0};
    char sentence[512];
    bool certified = false;
    struct certificate own;
    persons_release(&node->persons);
    arena_reset(&node->arena);
    if (who_load(&node->persons, node->store, node->config.profile->path, self_of(node),
                 &node->arena, &own, &certified, &error) != ERROR_NONE) {
        error_text(&error, sentence, sizeof sentence);
        node_tell(node, TOLD_WORLD, sentence, NULL, 0);
    }
    node->certificate_size = certified ? certificate_write(node->certificate, &own) : 0;
    node->core_config.certificate = (struct bytes){node->certificate, node->certificate_size};
    node->people.persons = &node->persons;
    node->people.decisions++;
}

void node_devices_refuse(struct node *node)
{
    for (size_t i = 0; i < node->persons.count; i++) {
        struct event event = {.kind = EVENT_REFUSE,
                              .node = node->persons.list[i].certificate.device};
        if (node->persons.list[i].revoked)
            node_step(node, &event);
    }
}

/* In a direct channel it may wait for the other's key. */
static bool is_said(struct node *node, const struct id *channel, struct bytes body)
{
    struct arena arena;
    struct bytes waiting;
    uint8_t kind;
    bool waits = false;
    arena_init(&arena);
    for (size_t i = 0; !waits && store_waiting(node->store, channel, i, &arena, &kind, &waiting);
         i++)
        waits = kind == ENTRY_DEVICE && waiting.size == body.size &&
                memcmp(waiting.at, body.at, body.size) == 0;
    arena_release(&arena);
    return waits || store_said(node->store, channel, body);
}

void node_devices_begin(struct node *node)
{
    const struct device *device = persons_device(&node->persons, self_of(node));
    if (device != NULL && device->revoked)
        node_tell(node, TOLD_SELF_REVOKED, NULL, NULL, 0);
    node_devices_say(node);
}

void node_devices_channel(struct node *node, const struct channel_name *name, const struct id *id)
{
    struct event event = {.kind = EVENT_LOAD_CERTIFIED, .channel = *name};
    if (node->certificate_size > 0 && is_said(node, id, node->core_config.certificate))
        node_step(node, &event);
}

/* ---- what is to be said ---- */

static const struct paper *paper_for(const struct paper *papers, size_t count, size_t at,
                                     const struct id *channel)
{
    const struct paper *general = &papers[at];
    for (size_t i = 0; i < count; i++)
        if (id_equal(&papers[i].channel, channel) && id_equal(&papers[i].device, &general->device))
            return &papers[i];
    return general;
}

static void say_in(struct node *node, const struct channel_name *name, const struct paper *papers,
                   size_t count)
{
    struct id channel = node_channel_id(node, name);
    for (size_t i = 0; i < count; i++) {
        if (!id_is_zero(&papers[i].channel))
            continue; /* there is one for all channels beside it */
        const struct paper *paper = paper_for(papers, count, i, &channel);
        if (is_said(node, &channel, (struct bytes){paper->body, paper->size}))
            continue;
        uint8_t *body = malloc(paper->size);
        CHECK(body != NULL);
        memcpy(body, paper->body, paper->size);
        struct event *event = node_later(node, 0);
        event->kind = EVENT_REQUEST;
        event->frame = (struct bytes){body, paper->size}; /* is freed with the event */
        event->request.kind = REQUEST_DEVICE;
        event->request.channel = *name;
        event->request.text = event->frame;
    }
}

/* After this step: it may be in the middle of one. */
void node_devices_say(struct node *node)
{
    struct channel_name names[LIMIT_CHANNELS];
    struct paper *papers;
    size_t count, channels = node->core_config.channel_count;
    if (papers_revoked(node->config.profile->path, &papers, &count, NULL) != ERROR_NONE ||
        count == 0)
        return;
    memcpy(names, node->core_config.channels, sizeof names);
    for (size_t i = 0; i < channels; i++)
        say_in(node, &names[i], papers, count);
    free(papers);
}

/* ---- what is heard ---- */

static void show_device(struct node *node, enum show_kind kind, const struct device *device,
                        bool quiet)
{
    const struct certificate *certificate = &device->certificate;
    struct show show = {.kind = kind,
                        .id = certificate->device,
                        .person = certificate->root,
                        .nick = people_nick(&node->people, &certificate->root),
                        .marks = device->revoked ? PERSON_REVOKED : 0,
                        .up = !device->revoked,
                        .own = id_equal(&certificate->device, self_of(node)),
                        .wall_ms = node->wall_ms,
                        .n = certificate->number,
                        .n3 = quiet};
    if (id_equal(&certificate->root, self_of(node)))
        show.nick = node->core_config.nick;
    show.text = (struct bytes){(const uint8_t *)certificate->label, strlen(certificate->label)};
    node_show(node, &show);
}

/* The devices of the person that are in the channel now. */
static uint64_t here(struct node *node, const struct channel_name *channel, const struct id *root)
{
    const struct device *device;
    uint64_t count = core_is_here(node->core, channel, root);
    for (size_t i = 0; (device = persons_at(&node->persons, root, i)) != NULL; i++)
        count += !device->revoked && core_is_here(node->core, channel, &device->certificate.device);
    return count;
}

/* How many of the person's devices are in each channel, now that it is known whose this one is. */
static void show_counts(struct node *node, const struct device *device)
{
    struct show show = {.kind = SHOW_DEVICE,
                        .id = device->certificate.device,
                        .person = device->certificate.root,
                        .up = !device->revoked};
    for (size_t i = 0; i < node->core_config.channel_count; i++) {
        show.channel = node->core_config.channels[i];
        show.n2 = here(node, &show.channel, &device->certificate.root);
        node_show(node, &show);
    }
}

static void is_revoked(struct node *node, const struct id *device)
{
    struct event *event = node_later(node, 0);
    event->kind = EVENT_REFUSE;
    event->node = *device;
    if (id_equal(device, self_of(node)))
        node_tell(node, TOLD_SELF_REVOKED, NULL, NULL, 0);
}

static void is_one_more(struct node *node, const struct id *device, const struct id *other)
{
    struct event *event = node_later(node, 0);
    event->kind = EVENT_DEVICE;
    event->node = *device;
    event->head.author = *other;
}

/* Who is in a private channel is so with his devices, but not with any number of them, since anybody may make as many as he likes. */
static void comes_in(struct node *node, const struct id *device, const struct id *root)
{
    const struct device *other;
    size_t count = 0;
    while (persons_at(&node->persons, root, count) != NULL)
        count++;
    if (count > DEVICES_IN)
        return;
    is_one_more(node, device, root);
    for (size_t i = 0; (other = persons_at(&node->persons, root, i)) != NULL; i++)
        if (!other->revoked && !id_equal(&other->certificate.device, device))
            is_one_more(node, device, &other->certificate.device);
}

/* Who is blocked is so with all his devices. */
static void is_certified(struct node *node, const struct id *device)
{
    const struct id *root = persons_root(&node->persons, device);
    comes_in(node, device, root);
    if ((people_marks(&node->people, root) & PERSON_BLOCKED) == 0)
        return;
    struct event *event = node_later(node, 0);
    event->kind = EVENT_BLOCK;
    event->node = *device;
    event->held = true;
}

/* The device that the entry is about was revoked before. */
static bool is_lost(const struct node *node, const struct entry *entry)
{
    struct revocation said;
    const struct device *device = device_read(entry->body, &said) == DEVICE_NONE
                                      ? NULL
                                      : persons_device(&node->persons, &said.certificate.device);
    return device != NULL && device->revoked;
}

/* What was known of the device; zeros: nothing. */
static struct device known_before(const struct node *node, const struct entry *entry)
{
    struct revocation said;
    const struct device *device = device_read(entry->body, &said) == DEVICE_NONE
                                      ? NULL
                                      : persons_device(&node->persons, &said.certificate.device);
    return device != NULL ? *device : (struct device){.revoked = false};
}

/* The same as before: no news. */
static bool says_the_same(const struct device *before, const struct device *now)
{
    return id_equal(&before->certificate.root, &now->certificate.root) &&
           strcmp(before->certificate.label, now->certificate.label) == 0;
}

/* A device may say as many certificates as it likes: of what is new in them the user is told once in an hour. */
static bool is_told_lately(const struct node *node, const struct device *before)
{
    return before->told_ms != 0 && node->wall_ms >= before->told_ms &&
           node->wall_ms - before->told_ms < TOLD_EVERY_MS;
}

void node_device(struct node *node, const struct entry *entry)
{
    struct id device;
    if (entry->kind != ENTRY_DEVICE || entry->body.at == NULL)
        return;
    bool was = is_lost(node, entry);
    struct device known = known_before(node, entry);
    enum person_news news =
        persons_take(&node->persons, &entry->channel, &entry->author, entry->body, &device);
    if (news == NEWS_NONE)
        return;
    if (news == NEWS_REVOKED && was)
        return; /* in another channel, say */
    node->people.decisions++;
    if (news == NEWS_REVOKED)
        is_revoked(node, &device);
    else
        is_certified(node, &device);
    const struct device *now = persons_device(&node->persons, &device);
    bool quiet = news == NEWS_CERTIFIED && is_told_lately(node, &known);
    if (news == NEWS_CERTIFIED && says_the_same(&known, now))
        return;
    if (!quiet)
        persons_told(&node->persons, &device, node->wall_ms);
    show_device(node, SHOW_DEVICE, now, quiet);
    show_counts(node, now);
}

void node_whose(struct node *node, const struct id *who, struct bytes body)
{
    struct entry entry = {.kind = ENTRY_DEVICE, .author = *who, .body = body};
    node_device(node, &entry);
}

/* ---- what is shown ---- */

void node_devices_mark(struct node *node, const struct entry *entry, struct show *show)
{
    if (!who_is_good(&node->persons, node->store, entry))
        show->marks |= PERSON_REVOKED;
}

bool node_devices_change(struct node *node, const struct entry *edit, const struct show *show)
{
    struct show changed = {.marks = 0};
    if ((show->marks & PERSON_REVOKED) == 0)
        node_devices_mark(node, edit, &changed);
    return changed.marks == 0;
}

void node_devices_name(const struct node *node, const struct id *person, struct nick *nick)
{
    struct nick known = people_nick_own(&node->people, person);
    if (id_equal(person, self_of(node)))
        *nick = node->core_config.nick;
    else if (known.text[0] != '\0')
        *nick = known;
}

void node_devices_person(struct node *node, struct show *show)
{
    bool line = show->kind == SHOW_MESSAGE || show->kind == SHOW_EDITED || show->kind == SHOW_FOUND;
    bool revoked = (show->marks & PERSON_REVOKED) != 0;
    const struct id *person = line && !revoked ? persons_once(&node->persons, &show->id)
                                               : persons_root(&node->persons, &show->id);
    show->person = *person;
    if (show->kind == SHOW_REACTION) {
        const struct id *who = persons_root(&node->persons, &show->who);
        if (!id_equal(who, &show->who))
            node_devices_name(node, who, &show->who_nick);
    }
    if (!id_equal(person, &show->id) && !show->own && show->nick.text[0] != '\0')
        node_devices_name(node, person, &show->nick);
    if (show->kind == SHOW_MEMBER)
        show->n = here(node, &show->channel, person);
    if (show->kind == SHOW_MEMBER ? show->up : show->via == VIA_LINK && line)
        node_device_seen(node, &show->id);
}

/* ---- where a person was seen last ---- */

void node_device_seen(struct node *node, const struct id *id)
{
    const struct device *device = persons_device(&node->persons, id);
    size_t at = 0;
    if (device == NULL && persons_at(&node->persons, id, 0) == NULL)
        return;
    for (size_t i = 0; i < DEVICES_SEEN; i++) {
        if (id_equal(&node->seen[i].id, id)) {
            at = i;
            break;
        }
        if (node->seen[i].at_us < node->seen[at].at_us)
            at = i;
    }
    node->seen[at].id = *id;
    node->seen[at].at_us = node->now_us;
}

static uint64_t seen_us(const struct node *node, const struct id *id)
{
    for (size_t i = 0; i < DEVICES_SEEN; i++)
        if (id_equal(&node->seen[i].id, id))
            return node->seen[i].at_us;
    return 0;
}

static bool is_here(struct node *node, const struct id *id)
{
    for (size_t i = 0; i < node->core_config.channel_count; i++)
        if (core_is_here(node->core, &node->core_config.channels[i], id))
            return true;
    return false;
}

/* Those that are here before those that are not; of these who was seen last. */
static bool is_nearer(struct node *node, const struct id *one, const struct id *other)
{
    bool here_one = is_here(node, one), here_other = is_here(node, other);
    return here_one != here_other ? here_one : seen_us(node, one) > seen_us(node, other);
}

/* \msg goes to one device of a person: the core knows each by its own nick and digits. */
void node_devices_direct(struct node *node, struct request *request)
{
    struct id found[PEOPLE_FOUND_MAX], best;
    const struct device *device;
    char digits[9];
    const char *typed = request->channel.text + 1;
    struct id id, peer;
    size_t count =
        people_find(&node->people, (struct bytes){(const uint8_t *)typed, strlen(typed)}, found);
    if (count != 1 || persons_at(&node->persons, &found[0], 0) == NULL ||
        core_channel(node->core, &request->channel, &id, &peer))
        return;
    best = found[0];
    for (size_t i = 0; (device = persons_at(&node->persons, &found[0], i)) != NULL; i++)
        if (!device->revoked && !id_equal(&device->certificate.device, self_of(node)) &&
            is_nearer(node, &device->certificate.device, &best))
            best = device->certificate.device;
    struct nick nick = people_nick_own(&node->people, &best);
    hex_of(digits, best.b, 4);
    if (nick.text[0] != '\0')
        snprintf(request->channel.text, sizeof request->channel.text, "@%s~%s", nick.text, digits);
}

/* \invite and \remove are about the person: all nodes that are known to be his. */
void node_devices_all(struct node *node, struct request *request,
                      struct id nodes[LIMIT_PERSON_NODES])
{
    struct id found[PEOPLE_FOUND_MAX];
    const struct device *device;
    size_t count = 0;
    if (people_find(&node->people, request->text, found) != 1 ||
        persons_at(&node->persons, &found[0], 0) == NULL)
        return;
    struct nick nick = people_nick(&node->people, &found[0]);
    if (strlen(nick.text) != request->text.size ||
        memcmp(nick.text, request->text.at, request->text.size) != 0)
        return; /* one node is meant, by its digits, or the core knows who */
    if (people_nick_own(&node->people, &found[0]).text[0] != '\0') /* it is a node, too */
        nodes[count++] = found[0];
    for (size_t i = 0; (device = persons_at(&node->persons, &found[0], i)) != NULL; i++)
        if ((request->kind == REQUEST_REMOVE || !device->revoked) && count < LIMIT_PERSON_NODES &&
            id_equal(persons_once(&node->persons, &device->certificate.device), &found[0]))
            nodes[count++] = device->certificate.device;
    if (count == 0)
        return;
    request->put = true;
    request->nick = nick;
    request->text = (struct bytes){nodes[0].b, count * sizeof nodes[0]};
}

/* ---- \devices, \revoke ---- */

const struct id *node_self(const struct node *node)
{
    return persons_root(&node->persons, self_of(node));
}

void node_devices(struct node *node)
{
    const struct id *root = persons_once(&node->persons, self_of(node));
    const struct device *device;
    struct show show = {.kind = SHOW_DEVICE_ROW,
                        .id = *root,
                        .person = *root,
                        .own = id_equal(root, self_of(node)),
                        .wall_ms = node->wall_ms};
    node_show(node, &show);
    for (size_t i = 0; (device = persons_at(&node->persons, root, i)) != NULL; i++)
        show_device(node, SHOW_DEVICE_ROW, device, false);
}

static void revoke_device(struct node *node, const struct device *device)
{
    struct revocation *made = calloc(REVOKED_MOST, sizeof *made);
    uint8_t body[DEVICE_BODY_MAX];
    struct error error;
    char sentence[512];
    CHECK(made != NULL);
    size_t count = who_revokes(node->store, device, &node->config.profile->identity, node->wall_ms,
                               made, REVOKED_MOST);
    enum error_code code = papers_revoke(node->config.profile->path, made, count, &error);
    for (size_t i = 0; code == ERROR_NONE && i < count; i++) {
        struct entry entry = {.kind = ENTRY_DEVICE,
                              .channel = made[i].channel,
                              .author = *self_of(node),
                              .body = {body, revocation_write(body, &made[i])}};
        node_device(node, &entry);
    }
    free(made);
    if (code != ERROR_NONE) {
        error_text(&error, sentence, sizeof sentence);
        node_tell(node, TOLD_WORLD, sentence, NULL, 0);
        return;
    }
    node_devices_say(node);
    node_step(node, &(struct event){.kind = EVENT_TICK});
}

void node_revoke(struct node *node, const struct request *request)
{
    char name[ID_HEX_SIZE];
    size_t count,
        size = request->text.size < sizeof name - 1 ? request->text.size : sizeof name - 1;
    memcpy(name, request->text.at, size);
    name[size] = '\0';
    if (!id_equal(persons_once(&node->persons, self_of(node)), self_of(node))) {
        node_tell(node, TOLD_NOT_ROOT, NULL, NULL, 0);
        return;
    }
    const struct device *device = who_device(&node->persons, self_of(node), name, &count);
    if (device == NULL)
        node_tell(node, TOLD_NO_DEVICE, name, NULL, count);
    else if (device->revoked)
        node_tell(node, TOLD_DEVICE_REVOKED, who_label(&device->certificate).text, NULL, 0);
    else
        revoke_device(node, device);
}
