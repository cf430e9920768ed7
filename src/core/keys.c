/* Keys: secrets of private channels, as they go over direct channels (PROTOCOL.md section 12.5): to who is let in,
 * and to who lacks one and asks.
 *
 *     let in --KEYS, invites--> an invitation: nothing of the channel is taken before its user joins
 *     a secret lacks --KEYS_WAIT_MS--> REQUEST to who made the epoch, to who wrote under it, then to others --> KEYS
 *
 * 1. A secret is believed by the epoch's own word (groupseal_is); an invitation where the channel's id is that of the
 *    founder and nonce in it.
 * 2. Who asks is answered only with what he may know, by the acts that are held here: so nobody who was removed, and nobody who
 *    came later, is told anything by one who has heard of it. Who has not heard of a removal yet has no later secret that
 *    names him either.
 * 3. What is said is read at once, and answered at the end of the step: an answer may make a channel.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/group.h"
#include "core/talk.h"

#define KEYS_VERSION   1
#define INVITATIONS_BY 8 /* of one inviter, that were not answered; and that are told in an hour */

/* ---- saying ---- */

/* The direct channel with him, taken; NULL when there can be none. */
static struct channel *direct_with(struct core *core, const struct id *peer)
{
    struct channel *direct = talk_made(core, peer, NULL);
    if (direct == NULL)
        return NULL;
    if (!direct->joined && core->channels.joined == LIMIT_CHANNELS)
        acquaint_make_room(core);
    if (!talk_take(core, direct))
        return NULL;
    talk_keep(core, direct);
    return direct;
}

bool keys_reach(struct core *core, const struct id *peer)
{
    return direct_with(core, peer) != NULL;
}

static void write_key(struct writer *w, const struct group *group, const struct epoch *epoch)
{
    write_copy(w, group_act(group, epoch)->id.b, ACT_SHORT);
    write_copy(w, epoch->secret, 32);
}

static void say_keys(struct core *core, struct channel *direct, struct writer *w, size_t count_at,
                     uint16_t count)
{
    w->at[count_at] = (uint8_t)count;
    w->at[count_at + 1] = (uint8_t)(count >> 8);
    CHECK(!w->full);
    sealing_say(core, direct, ENTRY_KEYS, written(w));
    sodium_memzero(w->at, w->size);
}

static void begin_keys(struct writer *w, const struct group *group, const struct id *admit,
                       size_t *count_at)
{
    const struct group_kept *kept = &group->kept;
    size_t name_size = strlen(kept->called.text);
    write_u8(w, KEYS_VERSION);
    write_id(w, &kept->channel);
    write_u8(w, admit != NULL);
    if (admit != NULL) {
        write_id(w, &kept->founder);
        write_copy(w, kept->nonce, sizeof kept->nonce);
        write_u8(w, (uint8_t)name_size);
        write_copy(w, kept->called.text, name_size);
        write_id(w, admit);
    }
    *count_at = w->size;
    write_u16(w, 0);
}

/* knows: no secrets but those that who has that seat may know; NULL: all. */
static bool invite(struct core *core, struct channel *channel, const struct id *peer,
                   const struct id *admit, const struct epoch *only, const struct seat *knows)
{
    struct group *group = channel->group; /* the channel may move */
    struct channel *direct = direct_with(core, peer);
    struct writer w = frame_writer(core, SEAL_BODY_MOST);
    size_t count_at;
    uint16_t count = 0;
    if (direct == NULL)
        return false;
    begin_keys(&w, group, admit, &count_at);
    for (size_t i = 0; i < group->epoch_count; i++) {
        if (!group->epochs[i].known || (only != NULL && only != &group->epochs[i]) ||
            (knows != NULL &&
             !group_knows(group, &group->epochs[i], knows, adrift_from(core->wall_ms))))
            continue;
        if (count == KEYS_ONCE || w.size + ACT_SHORT + 32 > SEAL_BODY_MOST) {
            say_keys(core, direct, &w, count_at, count);
            w.size = count = 0;
            begin_keys(&w, group, NULL, &count_at);
        }
        write_key(&w, group, &group->epochs[i]);
        count++;
    }
    say_keys(core, direct, &w, count_at, count);
    return true;
}

bool keys_invite(struct core *core, struct channel *channel, const struct id *peer,
                 const struct id *admit, const struct epoch *only)
{
    return invite(core, channel, peer, admit, only, NULL);
}

/* The invitation waits for his key already. */
static bool waits(struct core *core, const struct id *channel, const struct id *peer)
{
    const struct channel *direct = talk_with(core, peer);
    for (size_t i = 0; direct != NULL && i < core->direct.waiting_count; i++) {
        const struct waiting *waiting = &core->direct.waiting[i];
        if (id_equal(&waiting->channel, &direct->id) && waiting->kind == ENTRY_KEYS &&
            waiting->size > sizeof channel->b &&
            memcmp(waiting->body + 1, channel->b, sizeof channel->b) == 0)
            return true;
    }
    return false;
}

bool keys_invite_again(struct core *core, struct channel *channel, const struct id *peer)
{
    const struct seat *seat = members_in(group_members(channel->group), peer);
    if (waits(core, &channel->id, peer))
        return true;
    return seat != NULL && invite(core, channel, peer, &seat->admit, NULL, seat);
}

/* ---- asking ---- */

/* Of the others who are in and know it one, each time another: first whoever said something under it. *count: so many there
 * are. False: nobody. */
static bool another(const struct core *core, struct group *group, const struct epoch *epoch,
                    struct id *node, size_t *count)
{
    const struct members *members = group_members(group);
    const struct id *first = NULL, *next = NULL;
    bool begins = id_is_zero(&epoch->asked);
    *count = 0;
    for (size_t i = 0; i < members->seat_count; i++) {
        const struct seat *seat = &members->seats[i];
        const struct id *member = &seat->member;
        if (!seat->in || id_equal(member, &core->config.identity.node) ||
            id_equal(member, &group_act(group, epoch)->author) ||
            !group_knows(group, epoch, seat, UINT64_MAX))
            continue;
        ++*count;
        if (first == NULL || id_compare(member, first) < 0)
            first = member;
        bool later = begins ? id_equal(member, &epoch->wrote)
                            : id_compare(member, &epoch->asked) > 0 &&
                                  (next == NULL || id_compare(member, next) < 0);
        if (later)
            next = member;
    }
    if (first != NULL)
        *node = next != NULL ? *next : *first;
    return first != NULL;
}

/* Whom to ask for it now: `which` 0: who made it, 1: another, where there is something to read under it. False: nobody. */
static bool asks(const struct core *core, struct group *group, const struct epoch *epoch, int which,
                 struct id *node)
{
    const struct members *members = group_members(group);
    const struct id *self = &core->config.identity.node;
    uint64_t asked_ms = epoch->asked_ms[which], wait_ms = KEYS_AGAIN_MS;
    size_t count;
    if (epoch->known || !group_knows(group, epoch, members_in(members, self), UINT64_MAX))
        return false;
    *node = group_act(group, epoch)->author;
    if (which == 0 && (id_equal(node, self) || members_in(members, node) == NULL))
        return false;
    if (which == 0 && epoch->tries < KEYS_TRIES) /* he may have been away, or not heard of us yet */
        wait_ms = (uint64_t)KEYS_SOON_MS << epoch->tries;
    if (which == 1) {
        if (id_is_zero(&epoch->wrote) || !another(core, group, epoch, node, &count))
            return false;
        if (epoch->others % count != 0)
            wait_ms = KEYS_NEXT_MS;
    }
    return asked_ms == 0 || core->now_ms - asked_ms >= wait_ms;
}

static bool whom(const struct core *core, struct group *group, int which, struct id *node)
{
    for (size_t i = 0; i < group->epoch_count; i++)
        if (asks(core, group, &group->epochs[i], which, node))
            return true;
    return false;
}

static void ask(struct core *core, struct group *group, int which, const struct id *node)
{
    struct writer w = frame_writer(core, 64 + LIMIT_KEYS_ASKED * ACT_SHORT);
    struct id his;
    uint16_t count = 0;
    write_u8(&w, KEYS_VERSION);
    write_id(&w, &group->kept.channel);
    size_t count_at = w.size;
    write_u16(&w, 0);
    for (size_t i = 0; i < group->epoch_count && count < LIMIT_KEYS_ASKED; i++) {
        struct epoch *epoch = &group->epochs[i];
        if (!asks(core, group, epoch, which, &his) || !id_equal(&his, node))
            continue;
        epoch->asked_ms[which] = core->now_ms > 0 ? core->now_ms : 1;
        epoch->tries = (uint8_t)(epoch->tries + (which == 0 && epoch->tries < KEYS_TRIES));
        if (which == 1) {
            epoch->asked = *node;
            epoch->others++;
        }
        write_copy(&w, group_act(group, epoch)->id.b, ACT_SHORT);
        count++;
    }
    struct channel *direct = count > 0 ? direct_with(core, node) : NULL;
    if (direct == NULL)
        return;
    w.at[count_at] = (uint8_t)count;
    CHECK(!w.full);
    sealing_say(core, direct, ENTRY_KEY_REQUEST, written(&w));
}

void keys_work(struct core *core, struct channel *channel)
{
    struct group *group = channel->group; /* the channel moves when a direct one is made */
    struct id node;
    bool lacks = false, soon = false;
    group->ask_at_ms = UINT64_MAX;
    if (core->unwritable || members_in(group_members(group), &core->config.identity.node) == NULL)
        return;
    for (int which = 0; which < 2; which++)
        for (int i = 0; i < 4 && whom(core, group, which, &node); i++)
            ask(core, group, which, &node);
    for (size_t i = 0; i < group->epoch_count; i++) {
        lacks = lacks || !group->epochs[i].known;
        soon = soon || (!group->epochs[i].known && group->epochs[i].tries > 0 &&
                        group->epochs[i].tries < KEYS_TRIES);
    }
    bool more = whom(core, group, 0, &node) || whom(core, group, 1, &node);
    if (lacks)
        group->ask_at_ms = core->now_ms + (more   ? KEYS_WAIT_MS
                                           : soon ? KEYS_SOON_MS
                                                  : KEYS_NEXT_MS);
}

/* ---- answering ---- */

static void take_request(struct core *core, const struct id *peer, struct reader *r)
{
    struct groups *groups = &core->groups;
    struct asked_for asked = {.node = *peer, .channel = read_id(r)};
    asked.count = read_u16(r);
    if (r->bad || asked.count > LIMIT_KEYS_ASKED || asked.count == 0)
        return;
    for (size_t i = 0; i < asked.count; i++)
        read_copy(r, asked.epochs[i], ACT_SHORT);
    if (!read_done(r) || groups->asked_count == LIMIT_GROUP_ASKED)
        return;
    if (groups->asked == NULL)
        groups->asked = calloc(LIMIT_GROUP_ASKED, sizeof *groups->asked);
    CHECK(groups->asked != NULL);
    groups->asked[groups->asked_count++] = asked;
}

/* By the acts that are held here. An admit with a clock that is none does not open what came before it. */
static bool may_have(struct core *core, struct group *group, const struct epoch *epoch,
                     const struct id *node)
{
    const struct seat *seat = members_in(group_members(group), node);
    return seat != NULL && group_knows(group, epoch, seat, adrift_from(core->wall_ms));
}

/* Counts one more within the hour that began at *since_ms; true when it is beyond `most`. */
static bool is_beyond(const struct core *core, uint64_t *since_ms, uint32_t *count, uint32_t most)
{
    if (*count == 0 || core->now_ms - *since_ms >= KEYS_AGAIN_MS) {
        *since_ms = core->now_ms;
        *count = 0;
    }
    return ++*count > most;
}

/* An answer is an entry, which both keep for good. */
static bool too_many(struct core *core, const struct id *node)
{
    struct person *person = groups_meet(&core->groups, node);
    return person == NULL || is_beyond(core, &person->answered_ms, &person->answers, KEYS_ANSWERS);
}

static void answer(struct core *core, const struct asked_for *asked)
{
    struct channel *channel = channel_by_id(&core->channels, &asked->channel);
    struct group *group = channel == NULL ? NULL : channel->group;
    struct writer w = frame_writer(core, SEAL_BODY_MOST);
    size_t count_at;
    uint16_t count = 0;
    if (group == NULL)
        return;
    begin_keys(&w, group, NULL, &count_at);
    for (size_t i = 0; i < asked->count; i++) {
        struct epoch *epoch = NULL;
        while ((epoch = group_epoch(group, asked->epochs[i], epoch)) != NULL) {
            if (!epoch->known || !may_have(core, group, epoch, &asked->node) || count == KEYS_ONCE)
                continue;
            write_key(&w, group, epoch);
            count++;
        }
    }
    bool says = count > 0 && !too_many(core, &asked->node);
    struct channel *direct = says ? direct_with(core, &asked->node) : NULL;
    if (direct != NULL)
        say_keys(core, direct, &w, count_at, count);
    sodium_memzero(w.at, w.size);
}

void keys_again(struct core *core, const struct id *peer)
{
    struct person *person = groups_meet(&core->groups, peer);
    if (person == NULL ||
        (person->retold_ms != 0 && core->now_ms - person->retold_ms < KEYS_SOON_MS))
        return; /* he asks for several at once */
    person->retold_ms = core->now_ms > 0 ? core->now_ms : 1;
    for (size_t i = 0; i < core->channels.count; i++) { /* by index: they may move */
        struct channel *channel = &core->channels.list[i];
        struct group *group = channel->group;
        if (group == NULL || group->kept.state != GROUP_IN || group_own(core, channel) == NULL)
            continue;
        const struct members *members = group_members(group);
        const struct seat *seat = members_in(members, peer);
        bool ours = seat != NULL && seat->above != SEAT_NONE &&
                    id_equal(&members->seats[seat->above].member, &core->config.identity.node);
        if (seat == NULL || too_many(core, peer))
            continue;
        invite(core, channel, peer, ours ? &seat->admit : NULL, NULL, seat);
    }
}

void keys_answer(struct core *core)
{
    struct groups *groups = &core->groups;
    if (core->unwritable || groups->asked_count == 0)
        return;
    struct asked_for asked = groups->asked[--groups->asked_count];
    answer(core, &asked);
}

/* ---- hearing ---- */

static void add_key(struct core *core, struct invitation *invitation, const struct loose_key *key)
{
    for (size_t i = 0; i < invitation->key_count; i++)
        if (memcmp(&invitation->keys[i], key, sizeof *key) == 0)
            return;
    if (!groups_add_key(invitation, key))
        return;
    struct effect *effect = emit(core, EFFECT_KEY);
    effect->channel_id = invitation->kept.channel;
    effect->text = (struct bytes){arena_copy(&core->arena, key, sizeof *key), sizeof *key};
}

/* What it is called here: as its members call it, or with digits where another is called so. */
struct channel_name keys_name(struct core *core, const struct group_kept *kept, bool digits_only)
{
    struct channel_name name = kept->called;
    for (size_t digits = 4; digits <= 12; digits += 4) {
        const struct channel *other = channel_by_name(&core->channels, name.text);
        bool taken = (other != NULL && !id_equal(&other->id, &kept->channel)) ||
                     (digits_only && digits == 4);
        for (size_t i = 0; i < core->groups.invitation_count; i++)
            taken = taken || (strcmp(core->groups.invitations[i].kept.name.text, name.text) == 0 &&
                              !id_equal(&core->groups.invitations[i].kept.channel, &kept->channel));
        if (!taken)
            break;
        char hex[25];
        size_t size = strlen(kept->called.text);
        hex_of(hex, kept->channel.b, digits / 2);
        memset(&name, 0, sizeof name);
        if (size + 1 + digits > LIMIT_CHANNEL)
            size = LIMIT_CHANNEL - 1 - digits;
        while (((uint8_t)kept->called.text[size] & 0xC0) == 0x80)
            size--; /* whole letters */
        memcpy(name.text, kept->called.text, size);
        name.text[size] = '~';
        memcpy(name.text + size + 1, hex, digits);
    }
    return name;
}

/* Nobody's invitations push out those of others: of his own the oldest goes. */
static void make_place(struct core *core, const struct id *inviter)
{
    struct groups *groups = &core->groups;
    struct invitation *oldest = NULL;
    size_t his = 0;
    for (size_t i = groups->invitation_count; i-- > 0;)
        if (id_equal(&groups->invitations[i].kept.inviter, inviter)) {
            oldest = &groups->invitations[i];
            his++;
        }
    if (his >= INVITATIONS_BY)
        group_forget(core, oldest);
}

/* What is told of his invitations in an hour, that is: each may be of another channel, and no flood folds them. */
static bool is_loud(struct core *core, const struct id *inviter)
{
    struct person *person = groups_meet(&core->groups, inviter);
    return person == NULL ||
           is_beyond(core, &person->invited_ms, &person->invitations, INVITATIONS_BY);
}

static void invited(struct core *core, const struct group_kept *kept)
{
    struct groups *groups = &core->groups;
    struct channel *channel = channel_by_id(&core->channels, &kept->channel);
    if (channel != NULL && channel->group != NULL && channel->group->kept.state == GROUP_IN)
        return; /* let in again, and never away */
    struct invitation *held = groups_invitation(groups, &kept->channel);
    bool news = held == NULL || !id_equal(&held->kept.admit, &kept->admit);
    if (held == NULL) {
        make_place(core, &kept->inviter);
        if (groups->invitation_count == LIMIT_INVITATIONS)
            group_forget(core, &groups->invitations[0]);
        held = groups_add_invitation(groups, kept);
        held->kept.name = keys_name(core, kept, true);
    }
    held->kept.inviter = kept->inviter;
    held->kept.admit = kept->admit;
    held->kept.wall_ms = kept->wall_ms;
    if (channel != NULL && channel->group != NULL)
        group_keep(core, channel);
    else
        emit(core, EFFECT_GROUP)->group = held->kept;
    if (news && !is_loud(core, &kept->inviter))
        group_tell_invitation(core, held, true);
}

static bool read_invitation(struct core *core, struct reader *r, struct group_kept *kept)
{
    kept->founder = read_id(r);
    read_copy(r, kept->nonce, sizeof kept->nonce);
    struct bytes name = read_bytes(r, read_u8(r));
    kept->admit = read_id(r);
    if (r->bad || name.size > LIMIT_CHANNEL)
        return false;
    memcpy(kept->called.text, name.at, name.size);
    struct id id = private_id(&core->config.network, &kept->founder, kept->nonce);
    return channel_name_ok(kept->called.text) && strlen(kept->called.text) == name.size &&
           id_equal(&id, &kept->channel);
}

static void take_keys(struct core *core, const struct id *peer, struct reader *r)
{
    struct group_kept kept = {
        .state = GROUP_INVITED, .inviter = *peer, .channel = read_id(r), .wall_ms = core->wall_ms};
    uint8_t invites = read_u8(r);
    if (invites > 1 || (invites == 1 && !read_invitation(core, r, &kept)))
        return;
    uint16_t count = read_u16(r);
    if (r->bad || r->left != (size_t)count * sizeof(struct loose_key) || block_is(core, peer))
        return;
    if (invites == 1)
        invited(core, &kept);
    struct channel *channel = channel_by_id(&core->channels, &kept.channel);
    struct invitation *invitation = groups_invitation(&core->groups, &kept.channel);
    for (size_t i = 0; i < count; i++) {
        struct loose_key key;
        read_copy(r, key.epoch, sizeof key.epoch);
        read_copy(r, key.secret, sizeof key.secret);
        if (invitation != NULL && id_equal(&invitation->kept.inviter, peer))
            add_key(core, invitation, &key);
        else if (channel != NULL && channel->group != NULL &&
                 channel->group->kept.state == GROUP_IN &&
                 members_takes(group_members(channel->group), peer))
            group_take_key(core, channel, &key);
        sodium_memzero(&key, sizeof key);
    }
}

void keys_take(struct core *core, const struct id *peer, uint8_t kind, struct bytes body)
{
    struct reader r = reader_of(body);
    if (read_u8(&r) != KEYS_VERSION)
        return;
    if (kind == ENTRY_KEYS)
        take_keys(core, peer, &r);
    else if (kind == ENTRY_KEY_REQUEST)
        take_request(core, peer, &r);
}
