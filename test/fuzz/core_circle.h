/* What happens in and around private channels in fuzz_core.c: people who make them, let each other and sybils in, say something
 * there and go; and what sybils hear of it, who are of one mind: what one of them is told in a direct channel, or can open in an epoch, all
 * know.
 *
 * 17. An honest node tells a sybil no secret but those of epochs that he may know, by an act that it holds. */
#pragma once

#include "core_talk.h"

#define CIRCLES_MOST 12
#define TOLD_MOST    48
#define HEARD_MOST   256

struct circle {
    struct id channel, founder;
    uint8_t nonce[16];
    struct channel_name name;
};

static struct circle circles[CIRCLES_MOST];
static size_t circle_count;
static struct kept_key told[TOLD_MOST]; /* what sybils know */
static size_t told_count;
static struct id heard
    [HEARD_MOST]; /* entries; one may come back to a node that lost it, and the act it goes by */
static size_t heard_count;

static void circles_begin(void)
{
    circle_count = told_count = heard_count = 0;
}

static bool is_new(const struct id *entry)
{
    for (size_t i = 0; i < heard_count; i++)
        if (id_equal(&heard[i], entry))
            return false;
    if (heard_count == HEARD_MOST)
        return false;
    heard[heard_count++] = *entry;
    return true;
}

static void learn_circle(const struct circle *circle)
{
    for (size_t i = 0; i < circle_count; i++)
        if (id_equal(&circles[i].channel, &circle->channel))
            return;
    if (circle_count < CIRCLES_MOST)
        circles[circle_count++] = *circle;
}

static void learn_key(const struct id *channel, const uint8_t epoch[ACT_SHORT],
                      const uint8_t secret[32])
{
    if (told_count == TOLD_MOST)
        return;
    struct kept_key *key = &told[told_count++];
    key->channel = *channel;
    memcpy(key->key.epoch, epoch, ACT_SHORT);
    memcpy(key->key.secret, secret, 32);
}

/* ---- what sybils hear ---- */

static void may_be_told(struct group *group, const struct id *who, const struct loose_key *key)
{
    const struct epoch *epoch = NULL;
    const struct members *members = group_members(group);
    bool may = false, held = false;
    while ((epoch = group_epoch(group, key->epoch, epoch)) != NULL)
        for (size_t i = 0; i < members->seat_count; i++) {
            const struct seat *seat = &members->seats[i];
            held = true;
            may = may ||
                  (id_equal(&seat->member, who) && group_knows(group, epoch, seat, UINT64_MAX));
        }
    CHECK(may && held);
}

static void hear_keys(const struct node *node, const struct id *who, struct bytes body)
{
    struct circle circle = {.name = {""}};
    struct loose_key key;
    struct reader r = reader_of(body);
    CHECK(read_u8(&r) == 1);
    circle.channel = read_id(&r);
    struct group *group = group_at(node, &circle.channel);
    if (read_u8(&r) == 1) {
        circle.founder = read_id(&r);
        read_copy(&r, circle.nonce, sizeof circle.nonce);
        struct bytes name = read_bytes(&r, read_u8(&r));
        CHECK(!r.bad && name.size < sizeof circle.name.text);
        memcpy(circle.name.text, name.at, name.size);
        read_id(&r);
        learn_circle(&circle);
    }
    uint16_t count = read_u16(&r);
    CHECK(!r.bad && r.left == count * sizeof key && group != NULL);
    for (size_t i = 0; i < count; i++) {
        read_copy(&r, key.epoch, sizeof key.epoch);
        read_copy(&r, key.secret, sizeof key.secret);
        may_be_told(group, who, &key);
        learn_key(&circle.channel, key.epoch, key.secret);
    }
}

static void hear_line(const struct node *node, size_t who, const struct entry *entry)
{
    static uint8_t plain[SEAL_PLAIN_MOST];
    struct seal_terms terms = {entry->author, authors[who].node, entry->channel, {0}};
    struct bytes body;
    uint8_t to[SEAL_PREKEY_ID], kind;
    memcpy(terms.shared, shared_by[who][AUTHORS + (node - nodes)], sizeof terms.shared);
    for (size_t i = 0; i < 2 && seal_to(entry->body, to); i++)
        if (memcmp(sybil_keys[who][i].key.b, to, sizeof to) == 0 &&
            seal_open(entry->body, &terms, &sybil_keys[who][i], plain, &kind, &body) &&
            kind == ENTRY_KEYS)
            hear_keys(node, &authors[who].node, body);
}

static void hear_epoch(const struct node *node, const struct entry *entry)
{
    size_t maker = AUTHORS + (size_t)(node - nodes);
    struct act act;
    uint8_t secret[32];
    if (!act_read(entry, &act))
        return;
    struct groupseal_epoch terms = {.channel = entry->channel, .maker = act.author, .e = act.e};
    memcpy(terms.check, act.check, sizeof terms.check);
    for (size_t i = 0; i < act.count; i++)
        for (size_t who = 0; who < AUTHORS; who++) {
            const uint8_t *row = act.rows + i * ACT_ROW;
            if (memcmp(row, authors[who].node.b, ACT_SHORT) != 0)
                continue;
            for (size_t k = 0; k < 2; k++)
                if (memcmp(row + ACT_SHORT, sybil_keys[who][k].key.b, ACT_PREKEY) == 0 &&
                    groupseal_row_open(secret, &terms, row + ACT_SHORT + ACT_PREKEY,
                                       &authors[who].node, &sybil_keys[who][k],
                                       shared_by[who][maker]))
                    learn_key(&entry->channel, entry->id.b, secret);
        }
}

static void overhear(const struct node *node, const struct run *run)
{
    const struct entry *entry = &run->entries[run->count - 1];
    size_t self = AUTHORS + (size_t)(node - nodes);
    bool tells = entry->kind == ENTRY_EPOCH || entry->kind == ENTRY_SEALED;
    if (!id_equal(&entry->author, &authors[self].node) || entry->body.at == NULL || !tells ||
        !is_new(&entry->id))
        return;
    if (entry->kind == ENTRY_EPOCH)
        hear_epoch(node, entry);
    for (size_t who = 0; entry->kind == ENTRY_SEALED && who < AUTHORS; who++)
        if (id_equal(&between[who][self], &entry->channel))
            hear_line(node, who, entry);
}

/* ---- people ---- */

static struct channel_name some_private_name(int which, uint8_t what)
{
    const struct core *core = nodes[which].core;
    struct channel_name name = {"#p"};
    if (what % 4 == 1)
        strcpy(name.text, "#q");
    for (size_t i = 0; what % 4 == 2 && i < core->channels.count; i++)
        if (core->channels.list[i].group != NULL)
            name = core->channels.list[i].name;
    if (what % 4 == 3 && core->groups.invitation_count > 0)
        name = core->groups.invitations[core->groups.invitation_count - 1].kept.name;
    return name;
}

/* The last line of the channel, or the last own one, as the node would find it in its store. */
static void name_line(int which, struct request *request)
{
    const struct node *node = &nodes[which];
    const struct channel *channel = channel_by_name(&node->core->channels, request->channel.text);
    for (size_t i = node->held_count; channel != NULL && i-- > 0 && request->seq == 0;) {
        const struct entry *entry = &node->held[i].entry;
        if (entry->kind != ENTRY_SEALED || !id_equal(&entry->channel, &channel->id) ||
            (request->kind != REQUEST_REACT &&
             !id_equal(&entry->author, &authors[AUTHORS + which].node)))
            continue;
        request->seq = entry->seq;
        request->id = entry->id;
        request->author = entry->author;
    }
}

static void ask_private(int which)
{
    static const enum request_kind KINDS[] = {
        REQUEST_CREATE, REQUEST_ADMIT, REQUEST_REMOVE,      REQUEST_LEAVE,
        REQUEST_JOIN,   REQUEST_SAY,   REQUEST_EDIT,        REQUEST_REACT,
        REQUEST_FORGET, REQUEST_ROLES, REQUEST_ADMIT,       REQUEST_SAY,
        REQUEST_JOIN,   REQUEST_WHO,   REQUEST_INVITATIONS, REQUEST_HELD};
    static const char *const NICKS[] = {"a", "b", "sybil", "far"};
    static const size_t SIZES[] = {20, 1, 0, 58, 300, 1100, SEAL_BODY_MOST - 40, LIMIT_TEXT};
    static uint8_t text[LIMIT_TEXT];
    char digits[ID_HEX_SIZE];
    uint8_t kind = next(), whom = next(), what = next();
    struct request request = {.kind = KINDS[kind % (sizeof KINDS / sizeof KINDS[0])],
                              .channel = some_private_name(which, what),
                              .history = (what & 16) != 0,
                              .inviter = (what & 32) != 0,
                              .open = (what & 192) == 192,
                              .put = (what & 64) != 0,
                              .action = (what & 128) != 0};
    bool secret = core_is_private(nodes[which].core, &request.channel);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = secret ? (uint8_t)SECRET[i % (sizeof SECRET - 1)] : 'x';
    hex_of(digits, authors[whom % PEOPLE].node.b, 32);
    request.text = (struct bytes){text, SIZES[whom % (sizeof SIZES / sizeof SIZES[0])]};
    if (request.kind == REQUEST_ADMIT || request.kind == REQUEST_REMOVE)
        request.text =
            whom < 200 ? (struct bytes){(const uint8_t *)digits, 16}
                       : (struct bytes){(const uint8_t *)NICKS[whom % 4], strlen(NICKS[whom % 4])};
    bool of_person =
        (request.kind == REQUEST_ADMIT || request.kind == REQUEST_REMOVE) && whom >= 224;
    if (request.kind == REQUEST_ADMIT || request.kind == REQUEST_REMOVE)
        request.put = of_person;
    if (of_person) { /* the node has found whose devices they are */
        memcpy(text, authors[whom % PEOPLE].node.b, 32);
        memcpy(text + 32, authors[what % PEOPLE].node.b, 32);
        request.text = (struct bytes){text, 64};
        strcpy(request.nick.text, "far");
    }
    if (request.kind == REQUEST_JOIN && (what & 128) == 0)
        core_inviter(nodes[which].core, &request.channel, what >> 4 & 1, &request.id);
    if (request.kind == REQUEST_EDIT || request.kind == REQUEST_REACT ||
        request.kind == REQUEST_FORGET)
        name_line(which, &request);
    step(which, (struct event){.kind = EVENT_REQUEST, .request = request});
}
