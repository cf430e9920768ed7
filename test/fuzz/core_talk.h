/* What happens in and around direct channels in fuzz_core.c: people who use them, sybils who have one with a
 * node and really seal, or say they do; cards of all kinds; days that pass. */
#pragma once

#include "core_script.h"

#define POOL 200000

static struct id between[PEOPLE][PEOPLE];
static uint8_t shared_by[PEOPLE][PEOPLE][32];
static struct prekey sybil_keys[PEOPLE][2];
static uint8_t pool[POOL]; /* bodies that sybils sealed */
static size_t pool_used;
static uint64_t sealed_count;

static void talk_begin(void)
{
    pool_used = 0;
    sealed_count = 0;
    if (!id_is_zero(&between[0][1])) /* the same in every run, and dear */
        return;
    for (size_t a = 0; a < PEOPLE; a++)
        for (size_t b = 0; b < PEOPLE; b++)
            if (seal_shared(shared_by[a][b], &authors[a], &authors[b].node))
                between[a][b] =
                    direct_id(&network, &authors[a].node, &authors[b].node, shared_by[a][b]);
    for (size_t a = 0; a < PEOPLE; a++)
        for (size_t k = 0; k < 2; k++)
            sybil_keys[a][k] =
                prekey_of((const uint8_t[32]){(uint8_t)(100 + a), (uint8_t)k}, 1 + k);
}

/* ---- people ---- */

static struct channel_name some_direct_name(void)
{
    static const char *const NAMES_OF[] = {"@a", "@b", "@sybil", "@far", "@anna", "@n7", "", "@"};
    struct channel_name name = {""};
    uint8_t what = next();
    const struct id *node = &authors[what % PEOPLE].node;
    char digits[ID_HEX_SIZE];
    hex_of(digits, node->b, sizeof node->b);
    if (what < 128)
        strcpy(name.text, NAMES_OF[what % 8]);
    else if (what < 192)
        snprintf(name.text, sizeof name.text, "@%.8s", digits);
    else
        snprintf(name.text, sizeof name.text, "@%s~%.4s", what & 8 ? "sybil" : "a", digits);
    return name;
}

/* An own entry of a direct channel, as the node would find it in its store. */
static void name_own_line(int which, struct request *request)
{
    const struct node *node = &nodes[which];
    for (size_t i = node->held_count; i-- > 0 && request->seq == 0;) {
        const struct entry *entry = &node->held[i].entry;
        if (entry->kind != ENTRY_SEALED ||
            !id_equal(&entry->author, &authors[AUTHORS + which].node))
            continue;
        request->seq = entry->seq;
        request->id = entry->id;
        request->author = entry->author;
    }
}

static void ask_direct(int which)
{
    static const enum request_kind KINDS[] = {
        REQUEST_DIRECT, REQUEST_SAY,  REQUEST_DIRECT, REQUEST_LEAVE, REQUEST_EDIT, REQUEST_REACT,
        REQUEST_FORGET, REQUEST_JOIN, REQUEST_WHO,    REQUEST_HELD,  REQUEST_READ};
    static const size_t SIZES[] = {0, 1, 20, 58, 300, 1100, 5000, SEAL_BODY_MOST - 40, LIMIT_TEXT};
    static uint8_t text[LIMIT_TEXT];
    struct request request = {.channel = some_direct_name()};
    uint8_t kind = next(), what = next();
    bool named = request.channel.text[0] == '@'; /* the current one may be one for all */
    request.kind = KINDS[kind % (sizeof KINDS / sizeof KINDS[0])];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = named ? (uint8_t)SECRET[i % (sizeof SECRET - 1)] : 'x';
    request.text = (struct bytes){text, SIZES[what % (sizeof SIZES / sizeof SIZES[0])]};
    request.action = (what & 32) != 0;
    request.put = (what & 64) != 0;
    request.lamport = what & 64 ? UINT64_MAX : what % 8;
    if (request.kind == REQUEST_EDIT || request.kind == REQUEST_REACT ||
        request.kind == REQUEST_FORGET)
        name_own_line(which, &request);
    step(which, (struct event){.kind = EVENT_REQUEST, .request = request});
}

/* The wall's clock goes on alone, so that links stay. */
static void pass_days(void)
{
    wall_ms += (1 + (uint64_t)next() % 16) * 86400000u;
    now_us += (uint64_t)(PREKEY_LOOK_MS + 1) * 1000;
    for (int i = 0; i < NODES; i++)
        step(i, (struct event){.kind = EVENT_TICK});
}

/* ---- liars ---- */

/* One's own, somebody else's (who was copied, or has no say in it), one with a key that is none. */
static void lie_card(void)
{
    struct wire *wire = some_wire();
    uint8_t who = next() % PEOPLE, what = next(), number = next();
    struct keycard card = {.number = what & 1 ? wall_ms + number : number};
    card.prekey = sybil_keys[who][what >> 1 & 1].key;
    if ((what & 12) == 12)
        memset(card.prekey.b, what >> 7, sizeof card.prekey.b);
    if ((what & 15) == 8)
        card.number = UINT64_MAX - number % 2;
    card_sign(&card, &network, &authors[who]);
    card.signature.b[what % 64] ^= (what & 48) == 48;
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_keycard(&w, &card);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

static void lie_seek(void)
{
    struct wire *wire = some_wire();
    uint8_t who = next();
    struct id nobody = {{who}};
    struct writer w = writer_of(frame_room, sizeof frame_room);
    struct seek seek = {who < 200 ? authors[who % PEOPLE].node : nobody,
                        (uint8_t)(1 + who % CARRY_HOPS)};
    wire_write_seek(&w, &seek);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

/* Lists direct channels: those with the node that hears it, and those of others. */
static void lie_direct_join(void)
{
    struct wire *wire = some_wire();
    struct join join = {.generation = next(), .nick = {(const uint8_t *)"sybil", 5}};
    uint8_t with = next(), others = next();
    join.channels[join.count] = channel_ids[0];
    join.hops[join.count++] = CARRY_HOPS;
    for (size_t i = 0; i < 8; i++)
        if ((i < AUTHORS ? with : others) >> i & 1) {
            size_t a = i % AUTHORS, b = i < AUTHORS ? AUTHORS + (with >> 7) : (a + 1) % PEOPLE;
            join.hops[join.count] = (uint8_t)(1 + (with >> 4) % CARRY_HOPS);
            join.channels[join.count++] = between[a][b];
        }
    if (others & 1) {
        join.hops[join.count] = CARRY_HOPS;
        join.channels[join.count++] = between[AUTHORS][AUTHORS + 1];
    }
    struct writer w = writer_of(frame_room, sizeof frame_room);
    wire_write_join(&w, &join);
    if (wire != NULL)
        step_frame(wire, frame_room, w.size);
}

/* The body of an entry by that author to that one, which seals this; what says to which key. */
static struct bytes seal_between(size_t who, size_t to, uint8_t what, uint8_t kind,
                                 struct bytes plain)
{
    static const uint8_t RANDOM[32] = {5};
    const struct direct *direct = to >= AUTHORS ? &nodes[to - AUTHORS].core->direct : NULL;
    uint8_t *out = pool + pool_used;
    struct id key = sybil_keys[to][0].key;
    if (pool_used + LIMIT_BODY > POOL)
        return (struct bytes){0};
    if (direct != NULL && direct->own_count > 0 && (what & 0x60) != 0x60)
        key = direct->own[what & 0x20 ? 0 : direct->own_count - 1].prekey.key;
    struct seal_terms terms = {authors[who].node, authors[to].node, between[who][to], {0}};
    memcpy(terms.shared, shared_by[who][to], sizeof terms.shared);
    size_t size =
        seal_write(out, &terms, &key, RANDOM, ++sealed_count, (enum entry_kind)kind, plain);
    pool_used += size;
    return (struct bytes){out, size};
}

/* Of the inner kind and text that the script says. */
static struct bytes sealed_body(size_t who, size_t to, uint8_t what)
{
    static const uint8_t KINDS[] = {ENTRY_TEXT,     ENTRY_TEXT,   ENTRY_ACTION, ENTRY_EDIT,
                                    ENTRY_REACTION, ENTRY_FORGET, ENTRY_SEALED, 0};
    uint8_t plain[300], kind = KINDS[what % 8];
    size_t size = next();
    if (kind == 0)
        kind = next();
    if (what & 0x80) { /* formed well */
        size = entry_write_text(plain, "sybil", "psst", 4);
    } else {
        for (size_t i = 0; i < size; i++)
            plain[i] = next();
    }
    return seal_between(who, to, what, kind, (struct bytes){plain, size});
}

/* A sybil's next entry in the channel with a node (or with another sybil, for which the node carries), sealed or
 * in the open; and the run that ends with it. */
static void say_between(const struct wire *wire, size_t who, size_t to, struct bytes body,
                        uint8_t kind, uint8_t how)
{
    const struct entry *prev = NULL;
    struct entry *entry = &made[who][made_count[who]];
    if (made_count[who] == MADE_MAX || body.size == 0)
        return;
    for (size_t i = 0; i < made_count[who]; i++)
        if (id_equal(&made[who][i].channel, &between[who][to]))
            prev = &made[who][i];
    *entry = (struct entry){.version = ENTRY_VERSION,
                            .kind = kind,
                            .channel = between[who][to],
                            .author = authors[who].node,
                            .seq = prev != NULL ? prev->seq + 1 : 1,
                            .lamport = prev != NULL ? prev->lamport + 1 : 1,
                            .body = body};
    if (prev != NULL)
        entry->prev = prev->id;
    if (how % 16 == 3)
        pool[pool_used - 1 - how % entry->body.size] ^= 1;
    entry_finish(entry);
    made_count[who]++;
    struct bytes frame = made_run(who, entry, 1 + how % 4, (enum entry_part)(how / 4 % 3), true);
    step_frame(wire, frame.at, frame.size);
}

static void lie_sealed(void)
{
    const struct wire *wire = some_wire();
    size_t who = next() % AUTHORS, to = next() % PEOPLE;
    uint8_t what = next(), how = next();
    if (made_count[who] == MADE_MAX || who == to || wire == NULL)
        return;
    say_between(wire, who, to, sealed_body(who, to, what),
                how % 8 == 7 ? (uint8_t)(1 + how / 8 % 8) : ENTRY_SEALED, how);
}

/* Somebody's lines out of a file, as the shell gives them: they can be read, and the signature holds. */
static void import_made(int which)
{
    struct arena arena;
    struct run run;
    enum entry_part part;
    size_t who = next() % AUTHORS;
    uint8_t at = next();
    if (made_count[who] == 0)
        return;
    const struct entry *last = &made[who][at % made_count[who]];
    struct bytes frame = made_run(who, last, 1 + at % 8, PART_PUSH, true);
    arena_init(&arena);
    bool good = wire_read_entry(frame, &arena, &run, &part);
    arena_release(&arena);
    if (good)
        step(which, (struct event){.kind = EVENT_IMPORT, .frame = frame});
}

static void act_in_talk(int which)
{
    switch (next() % 8) {
    case 0: lie_card(); break;
    case 1: lie_seek(); break;
    case 2: lie_direct_join(); break;
    case 3: lie_sealed(); break;
    case 4: pass_days(); break;
    case 5: import_made(which); break;
    default: ask_direct(which); break;
    }
}

/* ---- after a crash ---- */

static void load_waiting(int which, const struct id *channel, const struct channel_name *name)
{
    const struct direct_disk *disk = &nodes[which].direct;
    for (size_t k = 0; k < disk->waiting_count; k++)
        if (id_equal(&disk->waiting[k].channel, channel))
            step(which, (struct event){.kind = EVENT_LOAD_WAITING,
                                       .channel = *name,
                                       .number = disk->waiting[k].kind,
                                       .frame = {disk->waiting[k].body, disk->waiting[k].size}});
}

/* What the disk has, in the order in which the shell gives it. */
static void load_direct(int which)
{
    struct direct_disk *disk = &nodes[which].direct;
    for (size_t i = 0; i < disk->prekey_count; i++)
        step(which, (struct event){.kind = EVENT_LOAD_PREKEY,
                                   .prekey = disk->prekeys[i].prekey,
                                   .number = disk->prekeys[i].replaced_ms});
    for (size_t i = 0; i < disk->card_count; i++)
        step(which, (struct event){.kind = EVENT_LOAD_KNOWN, .node = disk->cards[i].node});
    for (size_t i = 0; i < disk->channel_count; i++) {
        const struct kept_direct *kept = &disk->channels[i];
        const struct keycard *card = kept_card(disk, &kept->peer);
        struct event event = {.kind = EVENT_LOAD_DIRECT,
                              .channel = kept->name,
                              .node = kept->peer,
                              .held = kept->shown};
        if (card != NULL)
            event.card = *card;
        step(which, event);
        load_waiting(which, &kept->channel, &kept->name);
    }
}
