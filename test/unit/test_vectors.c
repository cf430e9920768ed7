/* The golden vectors (test/vectors/entry.txt, whose top says how it is written): what others
 * computed is what this program computes, byte for byte, and what must be refused is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/groupseal.h"
#include "core/hello.h"
#include "core/holding.h"
#include "core/persons.h"
#include "core/presence.h"
#include "core/punch.h"
#include "net/beacon.h"
#include "net/invite.h"
#include "net/link_private.h"

#define VECTORS_PATH "test/vectors/entry.txt"
#define VECTORS_MAX  512
#define VALUE_MAX    200000

struct vector {
    char key[64];
    uint8_t *at;
    size_t size;
};

static struct vector vectors[VECTORS_MAX];
static size_t vector_count;

/* ---- the file ---- */

static void add_bytes(struct vector *vector, const uint8_t *from, size_t size, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        assert_true(vector->size + size <= VALUE_MAX);
        memcpy(vector->at + vector->size, from, size);
        vector->size += size;
    }
}

/* Hex digits, in parts between spaces; "*N" behind a part takes it N times. */
static void add_digits(struct vector *vector, char *text)
{
    static uint8_t unit[VALUE_MAX];
    text[strcspn(text, "#")] = '\0';
    for (char *part = strtok(text, " \n"); part != NULL; part = strtok(NULL, " \n")) {
        char *star = strchr(part, '*');
        unsigned long times = star == NULL ? 1 : strtoul(star + 1, NULL, 10);
        if (star != NULL)
            *star = '\0';
        size_t size = strlen(part) / 2;
        if (!hex_read(unit, size, part))
            fail_msg("%s: not hex: %s", vector->key, part);
        add_bytes(vector, unit, size, times);
    }
}

static int read_file(void **state)
{
    (void)state;
    static char line[4096];
    FILE *file = fopen(VECTORS_PATH, "r");
    if (file == NULL) {
        print_error("%s is not there: run this from the project's root\n", VECTORS_PATH);
        return -1;
    }
    struct vector *vector = NULL;
    while (fgets(line, sizeof line, file) != NULL) {
        char *digits = line;
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (line[0] != ' ') {
            assert_true(vector_count < VECTORS_MAX);
            vector = &vectors[vector_count++];
            vector->at = malloc(VALUE_MAX);
            digits = strchr(line, '=');
            assert_non_null(digits);
            assert_int_equal(sscanf(line, "%63s", vector->key), 1);
            digits++;
        }
        assert_non_null(vector);
        add_digits(vector, digits);
    }
    fclose(file);
    for (size_t i = 0; i < vector_count; i++) { /* to its size, so that a read beyond is seen */
        vectors[i].at = realloc(vectors[i].at, vectors[i].size + (vectors[i].size == 0));
        assert_non_null(vectors[i].at);
    }
    return 0;
}

static int forget_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++)
        free(vectors[i].at);
    return 0;
}

static struct bytes value(const char *key)
{
    for (size_t i = 0; i < vector_count; i++)
        if (strcmp(vectors[i].key, key) == 0)
            return (struct bytes){vectors[i].at, vectors[i].size};
    fail_msg("%s is not in %s", key, VECTORS_PATH);
    return (struct bytes){NULL, 0};
}

static void copy_value(void *to, size_t size, const char *key)
{
    struct bytes bytes = value(key);
    assert_int_equal(bytes.size, size);
    memcpy(to, bytes.at, size);
}

static void is_value(const void *at, size_t size, const char *key)
{
    struct bytes bytes = value(key);
    assert_int_equal(bytes.size, size);
    if (memcmp(bytes.at, at, size) != 0)
        fail_msg("%s is not what the file says", key);
}

static struct identity identity_of(const char *name)
{
    char key[32];
    uint8_t seed[32];
    snprintf(key, sizeof key, "%s.seed", name);
    copy_value(seed, sizeof seed, key);
    return identity_from_seed(seed);
}

/* ---- names, entries ---- */

static void names(void **state)
{
    (void)state;
    uint8_t secret[32];
    struct identity anna = identity_of("anna"), bo = identity_of("bo");
    is_value(anna.node.b, 32, "anna.id");
    is_value(bo.node.b, 32, "bo.id");
    copy_value(secret, sizeof secret, "network.secret");
    struct id network = network_id(secret);
    is_value(network.b, 32, "network.id");
    for (int i = 1; i <= 3; i++) {
        char key[32], name[LIMIT_CHANNEL + 1] = {0};
        const char *number = i == 1 ? "" : i == 2 ? "2" : "3";
        snprintf(key, sizeof key, "channel%s.name", number);
        struct bytes bytes = value(key);
        assert_true(bytes.size <= LIMIT_CHANNEL);
        memcpy(name, bytes.at, bytes.size);
        struct id channel = channel_id(&network, name);
        snprintf(key, sizeof key, "channel%s.id", number);
        is_value(channel.b, 32, key);
    }
}

static void entry_is(int number, struct id *prev)
{
    char key[32];
    uint8_t header[ENTRY_HEADER_BYTES], again[ENTRY_HEADER_BYTES];
    struct entry entry, made;
    struct identity anna = identity_of("anna");
    snprintf(key, sizeof key, "entry%d.header", number);
    copy_value(header, sizeof header, key);
    assert_true(entry_read_header(&entry, header));
    entry_header(&entry, again);
    assert_memory_equal(again, header, sizeof header);
    assert_true(id_equal(&entry.prev, prev));
    assert_true(id_equal(&entry.author, &anna.node));
    snprintf(key, sizeof key, "entry%d.id", number);
    is_value(entry.id.b, 32, key);

    made = entry;
    snprintf(key, sizeof key, "entry%d.body", number);
    made.body = value(key);
    memset(&made.body_hash, 0, sizeof made.body_hash);
    memset(&made.id, 0, sizeof made.id);
    made.body_bytes = 0;
    entry_finish(&made);
    assert_true(id_equal(&made.id, &entry.id));
    assert_int_equal(made.body_bytes, made.body.size);

    struct signature signature = entry_sign(&entry, &anna);
    snprintf(key, sizeof key, "entry%d.signature", number);
    is_value(signature.b, sizeof signature.b, key);
    assert_true(entry_verify(&entry, &signature));
    *prev = entry.id;
}

static void entries(void **state)
{
    (void)state;
    struct id prev = {{0}};
    for (int i = 1; i <= 3; i++)
        entry_is(i, &prev);
    struct bytes nick, text;
    struct entry entry = {.kind = ENTRY_TEXT, .body = value("entry2.body")};
    assert_true(entry_text(&entry, &nick, &text));
    assert_int_equal(nick.size, 4);
    assert_memory_equal(text.at, "fika? \xe2\x98\x95", text.size);
}

static void what_is_about_others(void **state)
{
    (void)state;
    struct bytes nick, text;
    struct id id;
    uint64_t seq;
    struct reaction reaction;
    struct entry edit = {.kind = ENTRY_EDIT, .seq = 2, .body = value("edit.body")};
    struct entry reacts = {.kind = ENTRY_REACTION, .body = value("reaction.body")};
    assert_true(entry_edits(&edit, &seq, &id, &nick, &text));
    assert_int_equal(seq, 1);
    is_value(id.b, 32, "entry1.id");
    assert_memory_equal(text.at, "hello", text.size);
    assert_true(entry_reacts(&reacts, &reaction));
    assert_int_equal(reaction.seq, 2);
    is_value(reaction.id.b, 32, "entry2.id");
    is_value(reaction.author.b, 32, "anna.id");
    assert_true(reaction.put);
    assert_memory_equal(reaction.nick.at, "bo", reaction.nick.size);
    assert_memory_equal(reaction.sign.at, "\xF0\x9F\x91\x8D", reaction.sign.size);
    uint8_t again[REACTION_BODY_MAX];
    size_t size = reaction_write(again, &reaction);
    is_value(again, size, "reaction.body");
}

static void a_header_of_another_version_is_refused(void **state)
{
    (void)state;
    uint8_t header[ENTRY_HEADER_BYTES];
    struct entry entry;
    copy_value(header, sizeof header, "entry1.header");
    header[0] = 2;
    assert_false(entry_read_header(&entry, header));
    header[0] = 0;
    assert_false(entry_read_header(&entry, header));
}

/* ---- frames ---- */

/* Reads a frame as the kind that its key names, and writes it again. False when it is refused. */
static bool again(const char *kind, struct bytes frame, struct arena *arena, struct writer *w)
{
    union {
        struct hello1 hello1;
        struct hello2 hello2;
        struct join join;
        struct have have;
        struct buckets buckets;
        struct want want;
        struct lack lack;
        struct ease ease;
        struct peers peers;
        struct note note;
        struct keycard keycard;
        struct seek seek;
        struct punch punch;
        struct holding holding;
        struct certificate certificate;
        struct ping ping;
        struct nonce nonce;
        uint8_t why;
    } as;
    if (strcmp(kind, "HELLO0") == 0) {
        uint8_t version;
        if (!wire_read_hello0(frame, &version, &as.nonce) || version != WIRE_VERSION)
            return false;
        wire_write_hello0(w, &as.nonce);
    } else if (strcmp(kind, "HELLO1") == 0) {
        if (!wire_read_hello1(frame, &as.hello1))
            return false;
        wire_write_hello1(w, &as.hello1);
    } else if (strcmp(kind, "HELLO2") == 0) {
        if (!wire_read_hello2(frame, &as.hello2))
            return false;
        wire_write_hello2(w, &as.hello2);
    } else if (strcmp(kind, "JOIN") == 0) {
        if (!wire_read_join(frame, &as.join))
            return false;
        wire_write_join(w, &as.join);
    } else if (strcmp(kind, "HAVE") == 0) {
        if (!wire_read_have(frame, &as.have))
            return false;
        wire_write_have(w, &as.have);
    } else if (strcmp(kind, "WANT") == 0 || strcmp(kind, "BODIES") == 0) {
        if (!wire_read_want(frame, &as.want) || as.want.bodies != (kind[0] == 'B'))
            return false;
        wire_write_want(w, &as.want);
    } else if (strcmp(kind, "LACK") == 0) {
        if (!wire_read_lack(frame, &as.lack))
            return false;
        wire_write_lack(w, &as.lack);
    } else if (strcmp(kind, "WHO") == 0) {
        if (!wire_read_who(frame))
            return false;
        wire_write_who(w);
    } else if (strcmp(kind, "NOTE") == 0) {
        struct id network;
        if (!wire_read_note(frame, &as.note))
            return false;
        copy_value(network.b, sizeof network.b, "network.id");
        assert_true(note_verify(&as.note, &network));
        wire_write_note(w, &as.note);
    } else if (strcmp(kind, "CARD") == 0) {
        struct id network;
        if (!wire_read_keycard(frame, &as.keycard))
            return false;
        copy_value(network.b, sizeof network.b, "network.id");
        assert_true(card_verify(&as.keycard, &network));
        wire_write_keycard(w, &as.keycard);
    } else if (strcmp(kind, "WHOSE") == 0) {
        if (!wire_read_whose(frame, &as.certificate))
            return false;
        wire_write_whose(w, &as.certificate);
    } else if (strcmp(kind, "SEEK") == 0) {
        if (!wire_read_seek(frame, &as.seek))
            return false;
        wire_write_seek(w, &as.seek);
    } else if (strcmp(kind, "HELD") == 0) {
        if (!wire_read_holding(frame, &as.holding))
            return false;
        wire_write_holding(w, &as.holding);
    } else if (strcmp(kind, "PUNCH") == 0) {
        if (!wire_read_punch(frame, &as.punch))
            return false;
        wire_write_punch(w, &as.punch);
    } else if (strcmp(kind, "EAGER") == 0 || strcmp(kind, "LAZY") == 0) {
        if (!wire_read_ease(frame, &as.ease) ||
            (frame_kind(frame) == FRAME_EAGER) != (kind[0] == 'E'))
            return false;
        wire_write_ease(w, frame_kind(frame), &as.ease);
    } else if (strcmp(kind, "PEERS") == 0) {
        struct bytes records[LIMIT_PEERS];
        if (!wire_read_peers(frame, &as.peers))
            return false;
        for (size_t i = 0; i < as.peers.count; i++)
            records[i] = as.peers.records[i].whole;
        wire_write_peers(w, records, as.peers.count);
    } else if (strcmp(kind, "BUCKETS") == 0) {
        if (!wire_read_buckets(frame, &as.buckets))
            return false;
        wire_write_buckets(w, &as.buckets);
    } else if (strcmp(kind, "PING") == 0 || strcmp(kind, "PONG") == 0) {
        if (!wire_read_ping(frame, &as.ping))
            return false;
        wire_write_ping(w, frame_kind(frame), &as.ping);
    } else if (strcmp(kind, "BYE") == 0) {
        if (!wire_read_bye(frame, &as.why))
            return false;
        wire_write_bye(w, as.why);
    } else {
        struct run run;
        enum entry_part part;
        assert_string_equal(kind, "ENTRY");
        if (!wire_read_entry(frame, arena, &run, &part))
            return false;
        assert_int_equal(wire_entry_bytes(&run), frame.size);
        wire_write_entry(w, &run, part);
        if (part == PART_PUSH)
            wire_set_hops(w, wire_entry_hops(frame));
    }
    return true;
}

static bool beacon_again(struct bytes packet, struct writer *w)
{
    struct beacon_card card;
    uint8_t key[32], secret[32], out[BEACON_BYTES];
    copy_value(secret, sizeof secret, "network.secret");
    beacon_key(key, secret);
    if (!beacon_unseal(&card, packet.at, packet.size, key))
        return false;
    beacon_seal(out, &card, key, packet.at);
    write_copy(w, out, sizeof out);
    return true;
}

/* What anna seals to bo. */
static struct seal_terms terms_of_anna(struct prekey *prekey)
{
    struct identity anna = identity_of("anna"), bo = identity_of("bo");
    struct seal_terms terms = {.writer = anna.node, .reader = bo.node};
    uint8_t secret[32];
    copy_value(terms.channel.b, 32, "direct.id");
    copy_value(terms.shared, 32, "direct.shared");
    copy_value(secret, sizeof secret, "prekey.secret");
    *prekey = prekey_of(secret, 1);
    return terms;
}

/* A sealed body is written by who has its one-time key alone; so it is only opened here. */
static bool sealed_again(struct bytes sealed, struct writer *w)
{
    uint8_t plain[SEAL_PLAIN_MOST], kind;
    struct bytes body;
    struct prekey prekey;
    struct seal_terms terms = terms_of_anna(&prekey);
    if (!seal_open(sealed, &terms, &prekey, plain, &kind, &body))
        return false;
    assert_int_equal(kind, ENTRY_TEXT);
    assert_int_equal(body.size, 5);
    assert_memory_equal(body.at, "hello", 5);
    write_copy(w, sealed.at, sealed.size);
    return true;
}

static bool device_again(struct bytes body, struct writer *w)
{
    struct revocation revocation;
    uint8_t out[DEVICE_BODY_MAX];
    enum device_form form = device_read(body, &revocation);
    if (form == DEVICE_NONE)
        return false;
    write_copy(w, out,
               form == DEVICE_CERTIFICATE ? certificate_write(out, &revocation.certificate)
                                          : revocation_write(out, &revocation));
    return true;
}

/* Likewise; what anna says in her private channel, in her term 1. */
static bool line_again(struct bytes sealed, struct writer *w)
{
    uint8_t plain[SEAL_PLAIN_MOST], secret[32], kind;
    struct bytes body;
    struct groupseal_terms terms = {.author = identity_of("anna").node, .term = 1};
    copy_value(terms.channel.b, 32, "private.id");
    copy_value(secret, 32, "epoch.secret");
    if (!groupseal_open(sealed, &terms, secret, plain, &kind, &body))
        return false;
    assert_int_equal(body.size, 5);
    assert_memory_equal(body.at, "hello", 5);
    write_copy(w, sealed.at, sealed.size);
    return true;
}

static bool act_again(uint8_t kind, struct bytes body, struct writer *w)
{
    uint8_t out[LIMIT_BODY];
    struct act act;
    struct entry entry = {.kind = kind, .author = identity_of("anna").node, .body = body};
    if (!act_read(&entry, &act))
        return false;
    write_copy(w, out, act_write(out, &act));
    return true;
}

/* The kind of "KIND.WAY.NAME" when it is of this way; false else. */
static bool is_way(const struct vector *vector, const char *way, char kind[8])
{
    const char *dot = strchr(vector->key, '.');
    if (dot == NULL || strncmp(dot + 1, way, strlen(way)) != 0 || dot[1 + strlen(way)] != '.')
        return false;
    assert_true(dot - vector->key < 8);
    memcpy(kind, vector->key, (size_t)(dot - vector->key));
    kind[dot - vector->key] = '\0';
    return true;
}

/* Every frame of one way; returns how many there were. */
static size_t each(const char *way, bool taken)
{
    static uint8_t room[LIMIT_FRAME];
    size_t count = 0;
    char kind[8];
    for (size_t i = 0; i < vector_count; i++) {
        const struct vector *vector = &vectors[i];
        struct bytes frame = {vector->at, vector->size};
        struct writer w = writer_of(room, sizeof room);
        struct arena arena;
        if (!is_way(vector, way, kind) || strcmp(kind, "INVITE") == 0)
            continue;
        arena_init(&arena);
        bool was = strcmp(kind, "BEACON") == 0   ? beacon_again(frame, &w)
                   : strcmp(kind, "SEALED") == 0 ? sealed_again(frame, &w)
                   : strcmp(kind, "DEVICE") == 0 ? device_again(frame, &w)
                   : strcmp(kind, "LINE") == 0   ? line_again(frame, &w)
                   : strcmp(kind, "ADMIT") == 0  ? act_again(ENTRY_ADMIT, frame, &w)
                   : strcmp(kind, "REMOVE") == 0 ? act_again(ENTRY_REMOVE, frame, &w)
                   : strcmp(kind, "EPOCH") == 0  ? act_again(ENTRY_EPOCH, frame, &w)
                                                 : again(kind, frame, &arena, &w);
        if (was != taken)
            fail_msg("%s was %s", vector->key, was ? "taken" : "refused");
        if (taken && (w.full || w.size != frame.size || memcmp(room, frame.at, w.size) != 0))
            fail_msg("%s comes out of its writer as something else", vector->key);
        arena_release(&arena);
        count++;
    }
    return count;
}

static void direct_channels(void **state)
{
    (void)state;
    struct identity anna = identity_of("anna"), bo = identity_of("bo");
    struct prekey prekey;
    struct seal_terms terms = terms_of_anna(&prekey);
    struct id network;
    uint8_t shared[32], random[32];
    copy_value(network.b, sizeof network.b, "network.id");
    copy_value(random, sizeof random, "once.random");
    assert_true(seal_shared(shared, &anna, &bo.node));
    is_value(shared, sizeof shared, "direct.shared");
    assert_true(seal_shared(shared, &bo, &anna.node));
    is_value(shared, sizeof shared, "direct.shared");
    struct id id = direct_id(&network, &anna.node, &bo.node, shared);
    is_value(id.b, sizeof id.b, "direct.id");
    id = direct_id(&network, &bo.node, &anna.node, shared);
    is_value(id.b, sizeof id.b, "direct.id");
    is_value(prekey.key.b, sizeof prekey.key.b, "prekey.public");
    for (int i = 1; i <= 6; i++) {
        char key[32];
        uint8_t sealed[LIMIT_BODY], plain[SEAL_PLAIN_MOST], kind, opened;
        struct bytes body;
        snprintf(key, sizeof key, "sealed%d.kind", i);
        copy_value(&kind, 1, key);
        snprintf(key, sizeof key, "sealed%d.body", i);
        struct bytes said = value(key);
        size_t size = seal_write(sealed, &terms, &prekey.key, random, (uint64_t)i,
                                 (enum entry_kind)kind, said);
        snprintf(key, sizeof key, "sealed%d.sealed", i);
        is_value(sealed, size, key);
        assert_true(
            seal_open((struct bytes){sealed, size}, &terms, &prekey, plain, &opened, &body));
        assert_int_equal(opened, kind);
        assert_int_equal(body.size, said.size);
        if (said.size > 0)
            assert_memory_equal(body.at, said.at, said.size);
    }
}

static void private_channels(void **state)
{
    (void)state;
    struct identity anna = identity_of("anna"), bo = identity_of("bo");
    struct groupseal_epoch epoch = {.maker = anna.node};
    struct prekey prekey;
    struct id network;
    uint8_t nonce[16], secret[32], opened[32], pair[32], shared[32], row[ACT_SEALED], short_id[8],
        random[32];
    terms_of_anna(&prekey);
    copy_value(network.b, 32, "network.id");
    copy_value(nonce, sizeof nonce, "private.nonce");
    copy_value(secret, 32, "epoch.secret");
    copy_value(pair, 32, "epoch.pair");
    copy_value(shared, 32, "direct.shared");
    copy_value(short_id, sizeof short_id, "epoch.id");
    copy_value(random, 32, "once.random");
    epoch.channel = private_id(&network, &anna.node, nonce);
    is_value(epoch.channel.b, 32, "private.id");
    groupseal_begin(&epoch, secret, pair);
    is_value(epoch.e.b, 32, "epoch.e");
    is_value(epoch.check, sizeof epoch.check, "epoch.check");
    assert_true(groupseal_row(row, &epoch, secret, pair, &bo.node, &prekey.key, shared));
    is_value(row, sizeof row, "epoch.row");
    assert_true(groupseal_row_open(opened, &epoch, row, &bo.node, &prekey, shared));
    assert_memory_equal(opened, secret, 32);
    assert_false(groupseal_row_open(opened, &epoch, row, &anna.node, &prekey, shared));
    epoch.check[0] ^= 1;
    assert_false(groupseal_row_open(opened, &epoch, row, &bo.node, &prekey, shared));
    struct groupseal_terms terms = {epoch.channel, anna.node, 1};
    for (int i = 1; i <= 5; i++) {
        char key[32];
        uint8_t sealed[LIMIT_BODY], plain[SEAL_PLAIN_MOST], kind, was;
        struct bytes body;
        snprintf(key, sizeof key, "line%d.kind", i);
        copy_value(&kind, 1, key);
        snprintf(key, sizeof key, "line%d.body", i);
        struct bytes said = value(key);
        size_t size = groupseal_write(sealed, &terms, short_id, secret, random, (uint64_t)i,
                                      (enum entry_kind)kind, said);
        snprintf(key, sizeof key, "line%d.sealed", i);
        is_value(sealed, size, key);
        assert_true(
            groupseal_open((struct bytes){sealed, size}, &terms, secret, plain, &was, &body));
        assert_int_equal(was, kind);
        assert_int_equal(body.size, said.size);
    }
}

static void what_must_be_taken(void **state)
{
    (void)state;
    assert_int_equal(each("accept", true), 78);
}

static void what_must_be_refused(void **state)
{
    (void)state;
    assert_int_equal(each("refuse", false), 194);
}

static size_t each_invite(const char *way, bool taken)
{
    size_t count = 0;
    char kind[8], text[INVITE_TEXT_MAX];
    for (size_t i = 0; i < vector_count; i++) {
        const struct vector *vector = &vectors[i];
        struct invite invite;
        if (!is_way(vector, way, kind) || strcmp(kind, "INVITE") != 0)
            continue;
        count++;
        bool was = invite_read(&invite, (const char *)vector->at, vector->size) == INVITE_GOOD;
        if (was != taken)
            fail_msg("%s was %s", vector->key, was ? "taken" : "refused");
        if (!taken)
            continue;
        invite_write(&invite, text);
        if (strlen(text) != vector->size || memcmp(text, vector->at, vector->size) != 0)
            fail_msg("%s comes out of its writer as %s", vector->key, text);
    }
    return count;
}

static void invites(void **state)
{
    (void)state;
    assert_int_equal(each_invite("accept", true), 5);
    assert_int_equal(each_invite("refuse", false), 20);
}

/* ---- signatures ---- */

static struct hello_terms terms(void)
{
    struct hello_terms made = {.client = identity_of("anna").node,
                               .server = identity_of("bo").node};
    copy_value(made.network.b, 32, "network.id");
    copy_value(made.client_key.b, 32, "hello.client-key");
    copy_value(made.client_nonce.b, 32, "hello.client-nonce");
    copy_value(made.server_nonce.b, 32, "hello.server-nonce");
    return made;
}

/* True when the signature of this ENTRY, HELLO1 or HELLO2 holds. */
static bool holds(const char *kind, struct bytes frame)
{
    struct hello_terms with = terms();
    if (strcmp(kind, "HELLO1") == 0) {
        struct hello1 hello;
        assert_true(wire_read_hello1(frame, &hello));
        return hello1_verify(&hello, &with);
    }
    if (strcmp(kind, "HELLO2") == 0) {
        struct hello2 hello;
        assert_true(wire_read_hello2(frame, &hello));
        return hello2_verify(&hello, &with, value("HELLO1.accept.bo"));
    }
    if (strcmp(kind, "CARD") == 0) {
        struct keycard card;
        assert_true(wire_read_keycard(frame, &card));
        return card_verify(&card, &with.network);
    }
    if (strcmp(kind, "HELD") == 0) {
        struct holding holding;
        assert_true(wire_read_holding(frame, &holding));
        return holding_verify(&holding, &with.network);
    }
    if (strcmp(kind, "PUNCH") == 0) {
        struct punch punch;
        assert_true(wire_read_punch(frame, &punch));
        return punch_verify(&punch, &with.network);
    }
    if (strcmp(kind, "DEVICE") == 0) {
        struct id channel, device, bo = identity_of("bo").node;
        enum device_form form;
        uint64_t number;
        copy_value(channel.b, 32, "channel.id");
        return persons_holds(&channel, &bo, frame, &form, &device, &number);
    }
    struct run run;
    struct arena arena;
    enum entry_part part;
    assert_string_equal(kind, "ENTRY");
    arena_init(&arena);
    assert_true(wire_read_entry(frame, &arena, &run, &part));
    bool good = entry_verify(&run.entries[run.count - 1], &run.signature);
    arena_release(&arena);
    return good;
}

static void what_is_forged(void **state)
{
    (void)state;
    size_t count = 0;
    char kind[8];
    for (size_t i = 0; i < vector_count; i++) {
        if (!is_way(&vectors[i], "forged", kind))
            continue;
        count++;
        if (holds(kind, (struct bytes){vectors[i].at, vectors[i].size}))
            fail_msg("%s was believed", vectors[i].key);
    }
    assert_int_equal(count, 32);
}

/* Those whose author is known to have signed them. */
static void what_is_signed(void **state)
{
    (void)state;
    char kind[8];
    for (size_t i = 0; i < vector_count; i++)
        if (strcmp(vectors[i].key, "HELLO1.accept.nick-of-32") != 0 &&
            strcmp(vectors[i].key, "HELLO2.accept.nick-of-32") != 0 &&
            is_way(&vectors[i], "accept", kind) &&
            (strcmp(kind, "ENTRY") == 0 || strcmp(kind, "HELLO1") == 0 ||
             strcmp(kind, "HELLO2") == 0 || strcmp(kind, "PUNCH") == 0 ||
             strcmp(kind, "HELD") == 0 || strcmp(kind, "DEVICE") == 0) &&
            !holds(kind, (struct bytes){vectors[i].at, vectors[i].size}))
            fail_msg("%s was not believed", vectors[i].key);
}

static void the_handshake_signs_what_the_file_says(void **state)
{
    (void)state;
    struct identity anna = identity_of("anna"), bo = identity_of("bo");
    struct hello_terms with = terms();
    struct bytes frame = value("HELLO1.accept.bo"), signs = value("hello1.signs");
    struct hello1 hello1;
    struct hello2 hello2;
    assert_true(wire_read_hello1(frame, &hello1));
    assert_memory_equal(hello1.card.nick.at, "bo", 2);
    assert_int_equal(hello1.card.port, 0);
    memset(&hello1.signature, 0, sizeof hello1.signature);
    hello1_sign(&hello1, &with, &bo);
    is_value(hello1.signature.b, 64, "hello1.signature");
    assert_int_equal(
        crypto_sign_verify_detached(hello1.signature.b, signs.at, signs.size, bo.node.b), 0);

    signs = value("hello2.signs");
    assert_true(wire_read_hello2(value("HELLO2.accept.anna"), &hello2));
    assert_int_equal(hello2.card.port, 23452);
    memset(&hello2.signature, 0, sizeof hello2.signature);
    hello2_sign(&hello2, &with, frame, &anna);
    is_value(hello2.signature.b, 64, "hello2.signature");
    assert_int_equal(
        crypto_sign_verify_detached(hello2.signature.b, signs.at, signs.size, anna.node.b), 0);
}

static void keys_of_the_network(void **state)
{
    (void)state;
    uint8_t secret[32], open_key[32], secret_key[32], key[32], nonce[24], out[BEACON_BYTES];
    struct beacon_card card = {.node = identity_of("anna").node, .port = 23452};
    copy_value(secret, sizeof secret, "network.secret");
    links_server_keys(open_key, secret_key, secret);
    is_value(open_key, 32, "curve.public");
    is_value(secret_key, 32, "curve.secret");
    beacon_key(key, secret);
    is_value(key, 32, "beacon.key");
    for (uint8_t i = 0; i < 8; i++)
        card.process.b[i] = (uint8_t)(0xa0 + i);
    copy_value(nonce, sizeof nonce, "beacon.nonce");
    beacon_seal(out, &card, key, nonce);
    is_value(out, sizeof out, "BEACON.accept.anna");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(entries),
        cmocka_unit_test(what_is_about_others),
        cmocka_unit_test(a_header_of_another_version_is_refused),
        cmocka_unit_test(direct_channels),
        cmocka_unit_test(private_channels),
        cmocka_unit_test(what_must_be_taken),
        cmocka_unit_test(what_must_be_refused),
        cmocka_unit_test(invites),
        cmocka_unit_test(what_is_forged),
        cmocka_unit_test(what_is_signed),
        cmocka_unit_test(the_handshake_signs_what_the_file_says),
        cmocka_unit_test(keys_of_the_network),
    };
    return cmocka_run_group_tests(tests, read_file, forget_file);
}
