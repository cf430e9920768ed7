/* Trust: whom the user knows, and whom he wants nothing of: \verify, \ignore and \block, and what each line shows of
 * its author by them (people.c).
 *
 * A decision is about an identity, never about a name: so a name that several have is asked after, and "yes" counts only
 * for the identity whose words were shown. */
#include <stdio.h>
#include <string.h>

#include "app/node_private.h"
#include "base/check.h"

#define WRITE_AFTER_MS 30000 /* what is met; what is decided is written at once */
#define AGAIN_AFTER_MS 60000

/* ---- the file ---- */

static void save(struct node *node, bool decided)
{
    struct error error;
    char sentence[512];
    bool written = people_save(&node->people, decided, &error) == ERROR_NONE;
    node->people_at_ms = written ? 0 : node->now_us / 1000 + AGAIN_AFTER_MS;
    if (written || !decided)
        return;
    error_text(&error, sentence, sizeof sentence);
    node_tell(node, TOLD_WORLD, sentence, NULL, 0);
}

static void save_later(struct node *node)
{
    if (node->people.changed && node->people_at_ms == 0)
        node->people_at_ms = node->now_us / 1000 + WRITE_AFTER_MS;
}

void node_trust_open(struct node *node)
{
    char path[600];
    snprintf(path, sizeof path, "%s/people", node->config.profile->path);
    people_open(&node->people, path, &node->core_config.identity.node);
    node->people.persons = &node->persons;
}

void node_trust_on(struct node *node, bool all)
{
    if (node->people_at_ms != 0 && (all || node->people_at_ms <= node->now_us / 1000))
        save(node, false);
}

/* ---- what is shown ---- */

static void show_person(struct node *node, const struct id *id, enum show_kind kind, uint8_t mark)
{
    struct show show = {.kind = kind,
                        .id = *id,
                        .nick = people_nick(&node->people, id),
                        .marks = people_marks(&node->people, id),
                        .n = mark,
                        .wall_ms = node->wall_ms};
    node_show(node, &show);
}

void node_trust_begin(struct node *node)
{
    struct id id;
    for (size_t i = 0; people_marked(&node->people, i, UINT8_MAX, &id); i++)
        show_person(node, &id, SHOW_PERSON, 0);
}

/* With all devices of his. */
static void block_person(struct node *node, const struct id *root, bool held)
{
    struct event event = {.kind = EVENT_BLOCK, .node = *root, .held = held};
    const struct device *device;
    node_step(node, &event);
    for (size_t i = 0; (device = persons_at(&node->persons, root, i)) != NULL; i++) {
        event.node = device->certificate.device;
        if (!device->revoked)
            node_step(node, &event);
    }
}

void node_trust_load(struct node *node)
{
    struct id id;
    for (size_t i = 0; people_marked(&node->people, i, PERSON_BLOCKED, &id); i++)
        block_person(node, &id, true);
}

void node_met_before(struct node *node, const struct log_load *load)
{
    people_meet(&node->people, &load->author, &load->nick, false);
}

/* What was decided of a device before it was known whose it is holds as well. */
static uint8_t marks_of(const struct node *node, const struct id *id, const struct id *person)
{
    uint8_t marks = people_marks(&node->people, person);
    return marks | (people_marks(&node->people, id) & (PERSON_IGNORED | PERSON_BLOCKED));
}

bool node_ignores(const struct node *node, const struct id *id)
{
    return (marks_of(node, id, persons_root(&node->persons, id)) & PERSON_IGNORED) != 0;
}

bool node_knows(struct node *node, const struct id *id)
{
    const struct id *self = &node->core_config.identity.node;
    struct kept_direct direct;
    struct id of;
    uint64_t seq;
    if ((marks_of(node, id, persons_root(&node->persons, id)) & PERSON_VERIFIED) != 0)
        return true;
    for (size_t i = 0; store_direct(node->store, &node->core_config.network, i, &direct); i++)
        if (id_equal(&direct.peer, id))
            return store_own(node->store, &direct.channel, self, 1, &seq, &of);
    return false;
}

/* What one who is not here, and has said nothing that is held, was called when he was met: as the channel with
 * him alone is. Empty: that is not known. */
static struct nick nick_of_direct(struct node *node, const struct id *id)
{
    struct kept_direct direct;
    struct nick nick = people_nick_own(&node->people, id);
    char digits[9];
    hex_of(digits, id->b, 4);
    for (size_t i = 0;
         nick.text[0] == '\0' && store_direct(node->store, &node->core_config.network, i, &direct);
         i++) {
        const char *name = direct.name.text + 1, *tilde = strrchr(name, '~');
        bool apart = tilde != NULL && strncmp(tilde + 1, digits, strlen(digits)) == 0;
        size_t size = apart ? (size_t)(tilde - name) : strlen(name);
        if (id_equal(&direct.peer, id) && strcmp(name, digits) != 0)
            nick = nick_from_peer((struct bytes){(const uint8_t *)name, size});
    }
    return nick;
}

/* Of somebody who is only spoken of: he was not met by it. */
static void judge_only(struct node *node, struct show *show, const struct id *id, struct nick *nick)
{
    const struct id *person = show->kind == SHOW_REMOVED ? persons_once(&node->persons, id)
                                                         : persons_root(&node->persons, id);
    const struct device *device = persons_device(&node->persons, id);
    if (id == &show->id)
        show->person = *person;
    if (id == &show->id && device != NULL && show->kind != SHOW_LEFT_OUT)
        show->text = (struct bytes){(const uint8_t *)device->certificate.label,
                                    strlen(device->certificate.label)};
    if (!id_equal(person, id))
        node_devices_name(node, person, nick);
    show->marks = marks_of(node, id, person);
    if (nick->text[0] != '\0')
        show->clash = people_judge(&node->people, person, nick, &show->like);
}

/* A sentence about a device names whose it is, or was. */
static void judge_told(struct node *node, struct show *show)
{
    const struct id *person = persons_once(&node->persons, &show->id);
    if (id_is_zero(&show->id) || id_equal(person, &show->id))
        return;
    node_devices_name(node, person, &show->nick);
    if (show->nick.text[0] != '\0')
        show->a = (struct bytes){(const uint8_t *)show->nick.text, strlen(show->nick.text)};
}

void node_judge(struct node *node, struct show *show)
{
    struct nick said = show->nick;
    uint8_t revoked = show->marks & PERSON_REVOKED;
    bool line = show->kind == SHOW_MESSAGE || show->kind == SHOW_EDITED || show->kind == SHOW_FOUND;
    bool is = show->kind == SHOW_MEMBER || show->kind == SHOW_WHO_ROW ||
              show->kind == SHOW_LINK_ROW || show->kind == SHOW_LINK;
    bool told = show->kind == SHOW_ADMITTED || show->kind == SHOW_REMOVED ||
                show->kind == SHOW_ROLE_ROW || show->kind == SHOW_LEFT_OUT;
    if (show->kind == SHOW_TOLD)
        judge_told(node, show);
    if (told)
        judge_only(node, show, &show->id, &show->nick);
    if (show->kind == SHOW_INVITATION && show->who_nick.text[0] == '\0')
        show->who_nick = nick_of_direct(node, &show->who);
    if (show->kind == SHOW_INVITATION)
        judge_only(node, show, &show->who, &show->who_nick);
    if (show->kind == SHOW_REACTION)
        show->marks =
            marks_of(node, &show->who, persons_root(&node->persons, &show->who)) | revoked;
    if (show->kind == SHOW_NAMESAKE &&
        (people_marks(&node->people, &show->id) & (PERSON_IGNORED | PERSON_BLOCKED)) != 0)
        show->up = false; /* nobody wants to know */
    if (line || is || show->kind == SHOW_REACTION || show->kind == SHOW_STATUS ||
        show->kind == SHOW_READY)
        node_devices_person(node, show);
    if ((!line && !is) || id_is_zero(&show->id) || show->via == VIA_CLASSIC)
        return;
    bool now = show->via == VIA_LINK && show->kind != SHOW_FOUND && show->nick.text[0] != '\0';
    struct judged *last = &node->judged;
    bool same = last->decisions == node->people.decisions && last->now == now &&
                last->revoked == revoked && id_equal(&last->id, &show->id) &&
                strcmp(last->nick.text, said.text) == 0;
    if (!same) {
        if (line || now)
            people_meet(&node->people, &show->id, &said, now);
        *last = (struct judged){.decisions = node->people.decisions,
                                .now = now,
                                .id = show->id,
                                .nick = said,
                                .revoked = revoked,
                                .marks = marks_of(node, &show->id, &show->person)};
        last->clash = people_judge(&node->people, &show->person, &show->nick, &last->like);
        save_later(node);
    }
    show->marks = last->marks | revoked;
    show->clash = last->clash;
    if (last->clash != CLASH_NONE)
        show->like = last->like;
}

/* ---- whom is meant ---- */

static void text_of(struct bytes bytes, char *out, size_t room)
{
    size_t size = bytes.size < room - 1 ? bytes.size : room - 1;
    memcpy(out, bytes.at, size);
    out[size] = '\0';
}

/* True when that was decided of the person, or of a device before it was known whose it is. */
static bool is_marked(const struct node *node, const struct id *person, uint8_t mark)
{
    const struct device *device;
    uint8_t marks = people_marks(&node->people, person);
    for (size_t i = 0; (device = persons_at(&node->persons, person, i)) != NULL; i++)
        marks |= people_marks(&node->people, &device->certificate.device);
    return (marks & mark) != 0;
}

/* Of several those of whom that was decided, if there are any. */
static size_t keep_marked(const struct node *node, uint8_t mark, struct id found[PEOPLE_FOUND_MAX],
                          size_t count)
{
    size_t kept = 0, listed = count < PEOPLE_FOUND_MAX ? count : PEOPLE_FOUND_MAX;
    for (size_t i = 0; i < listed; i++)
        if (is_marked(node, &found[i], mark))
            found[kept++] = found[i];
    return kept > 0 ? kept : count;
}

/* One, or the user is told why not; mark: he is to be one of whom that was decided; 0: anybody. */
static bool find(struct node *node, struct bytes typed, uint8_t mark, struct id *id)
{
    struct id found[PEOPLE_FOUND_MAX];
    char text[LIMIT_NICK + ID_HEX_SIZE + 2], list[PEOPLE_FOUND_MAX * (LIMIT_NICK + 12)];
    size_t count = people_find(&node->people, typed, found), size = 0;
    text_of(typed, text, sizeof text);
    if (count > 1 && mark != 0)
        count = keep_marked(node, mark, found, count);
    bool own = mark == 0 && count == 1 && id_equal(&found[0], node_self(node));
    if (count == 1 && !own) {
        *id = found[0];
        return true;
    }
    if (count < 2) {
        own = own || people_is_self(&node->people, typed, &node->core_config.nick);
        node_tell(node, own ? TOLD_DIRECT_SELF : TOLD_NOBODY_CALLED, text, NULL, 0);
        return false;
    }
    for (size_t i = 0; i < count && i < PEOPLE_FOUND_MAX; i++) {
        char digits[9];
        struct nick nick = people_nick(&node->people, &found[i]);
        hex_of(digits, found[i].b, 4);
        size += (size_t)snprintf(list + size, sizeof list - size, "%s%s %s", i > 0 ? ", " : "",
                                 nick.text, digits);
    }
    node_tell(node, TOLD_WHO_OF_THEM, text, list, count);
    return false;
}

bool node_is_only_self(struct node *node, struct bytes typed)
{
    struct id found[PEOPLE_FOUND_MAX];
    char text[LIMIT_NICK + ID_HEX_SIZE + 2];
    if (!people_is_self(&node->people, typed, &node->core_config.nick) ||
        people_find(&node->people, typed, found) > 0)
        return false;
    text_of(typed, text, sizeof text);
    node_tell(node, TOLD_DIRECT_SELF, text, NULL, 0);
    return true;
}

size_t node_list_people(struct node *node, uint8_t mark)
{
    struct id id;
    size_t i = 0;
    for (; people_marked(&node->people, i, mark, &id); i++)
        show_person(node, &id, SHOW_PERSON_ROW, mark);
    return i;
}

static void list(struct node *node, uint8_t mark)
{
    if (node_list_people(node, mark) == 0)
        node_tell(node, TOLD_NOBODY_MARKED, NULL, NULL, mark);
}

/* Decides, keeps it and tells; false when there is no room. */
static bool decide(struct node *node, const struct id *id, uint8_t set, uint8_t unset,
                   enum told told)
{
    struct nick nick = people_nick(&node->people, id);
    const struct device *device;
    for (size_t i = 0; unset != 0 && (device = persons_at(&node->persons, id, i)) != NULL; i++)
        if ((people_marks(&node->people, &device->certificate.device) & unset) != 0)
            people_mark(&node->people, &device->certificate.device, 0, unset);
    if (!people_mark(&node->people, id, set, unset)) {
        node_tell(node, TOLD_PEOPLE_FULL, NULL, NULL, PEOPLE_SPARE);
        return false;
    }
    show_person(node, id, SHOW_PERSON, 0);
    node_tell(node, told, nick.text, NULL, 0);
    save(node, true);
    return true;
}

/* ---- \ignore, \block ---- */

void node_ignore(struct node *node, const struct request *request)
{
    struct id id;
    if (request->text.size == 0)
        list(node, PERSON_IGNORED);
    else if (find(node, request->text, request->put ? 0 : PERSON_IGNORED, &id))
        decide(node, &id, request->put ? PERSON_IGNORED : 0, PERSON_IGNORED,
               request->put ? TOLD_IGNORED : TOLD_UNIGNORED);
}

static bool may_block(const struct node *node)
{
    struct id id;
    return !people_marked(&node->people, LIMIT_BLOCKED - 1, PERSON_BLOCKED, &id);
}

void node_block(struct node *node, const struct request *request)
{
    struct id id;
    if (request->text.size == 0) {
        list(node, PERSON_BLOCKED);
    } else if (find(node, request->text, request->put ? 0 : PERSON_BLOCKED, &id)) {
        if (request->put && !may_block(node))
            node_tell(node, TOLD_PEOPLE_FULL, NULL, NULL, LIMIT_BLOCKED);
        else if (decide(node, &id, request->put ? PERSON_BLOCKED : 0, PERSON_BLOCKED,
                        request->put ? TOLD_BLOCKED : TOLD_UNBLOCKED))
            block_person(node, &id, request->put);
    }
}

/* ---- \verify ---- */

static void show_words(struct node *node, const struct vouched *vouched)
{
    struct id pair = vouch_pair(node_self(node), &vouched->other);
    struct show show = {.kind = SHOW_WORDS,
                        .id = vouched->other,
                        .nick = people_nick(&node->people, &vouched->other),
                        .marks = people_marks(&node->people, &vouched->other),
                        .wall_ms = node->wall_ms};
    char code[VOUCH_CODE_ROOM];
    vouch_code(&pair, code);
    show.a = (struct bytes){(const uint8_t *)vouched->words, strlen(vouched->words)};
    show.b = (struct bytes){(const uint8_t *)code, strlen(code)};
    node_show(node, &show);
}

static const struct vouched *made(const struct node *node, const struct id *id)
{
    for (size_t i = 0; i < VOUCHED_KEPT; i++)
        if (node->vouched[i].made && id_equal(&node->vouched[i].other, id))
            return &node->vouched[i];
    return NULL;
}

/* One at a time; of several that are asked for meanwhile, the last. */
static void ask(struct node *node)
{
    if (id_is_zero(&node->vouch_next) ||
        !vouching_ask(node->vouching, node_self(node), &node->vouch_next))
        return;
    node->vouch_made = node->vouch_next;
    node->vouch_next = (struct id){{0}};
}

void node_take_vouched(struct node *node)
{
    struct vouched vouched;
    while (vouching_next(node->vouching, &vouched)) {
        node->vouch_made = (struct id){{0}};
        if (vouched.made) {
            node->vouched[node->vouched_at++ % VOUCHED_KEPT] = vouched;
            show_words(node, &vouched);
        } else {
            node_tell(node, TOLD_NO_WORDS, NULL, NULL, 0);
        }
        ask(node);
    }
}

static void say_verdict(struct node *node, const struct request *request, const struct id *id)
{
    struct nick nick = people_nick(&node->people, id);
    struct id pair = vouch_pair(node_self(node), id);
    if (request->verdict == VERDICT_NO)
        decide(node, id, 0, PERSON_VERIFIED, TOLD_UNVERIFIED);
    else if (request->verdict == VERDICT_CODE && !id_equal(&request->id, &pair))
        node_tell(node, TOLD_WORDS_DIFFER, nick.text, NULL, 0);
    else if (request->verdict == VERDICT_YES && made(node, id) == NULL)
        node_tell(node, id_equal(&node->vouch_made, id) ? TOLD_WORDS_COME : TOLD_WORDS_FIRST,
                  nick.text, NULL, 0);
    else
        decide(node, id, PERSON_VERIFIED, 0, TOLD_VERIFIED);
}

void node_verify(struct node *node, const struct request *request)
{
    struct id id;
    if (request->text.size == 0) {
        list(node, PERSON_VERIFIED);
    } else if (find(node, request->text, 0, &id)) {
        const struct vouched *vouched = made(node, &id);
        struct nick nick = people_nick(&node->people, &id);
        if (request->verdict != VERDICT_NONE) {
            say_verdict(node, request, &id);
        } else if (vouched != NULL) {
            show_words(node, vouched);
        } else {
            node->vouch_next = id;
            node_tell(node, TOLD_WORDS_COME, nick.text, NULL, 0);
            ask(node);
        }
    }
}
