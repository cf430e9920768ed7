/* Entries: which chains are chains, what a signature is over, how a text body is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/entry.h"

#define RUN_MAX (LIMIT_RUN_ENTRIES + 1)

static const uint8_t SEED[32] = {1};
static uint8_t body[LIMIT_BODY + 1];
static struct entry entries[RUN_MAX];

/* A chain of count entries from seq on, each with a body of body_bytes. */
static struct run chain(uint64_t seq, size_t count, size_t body_bytes)
{
    struct identity anna = identity_from_seed(SEED);
    struct id prev = {{0}};
    if (seq > 1)
        prev.b[0] = 1;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &entries[i];
        memset(entry, 0, sizeof *entry);
        entry->version = ENTRY_VERSION;
        entry->kind = ENTRY_TEXT;
        entry->channel.b[0] = 7;
        entry->author = anna.node;
        entry->seq = seq + i;
        entry->lamport = seq + i;
        entry->prev = prev;
        entry->body = (struct bytes){body, body_bytes};
        entry_finish(entry);
        prev = entry->id;
    }
    return (struct run){entries, count, entry_sign(&entries[count - 1], &anna)};
}

static void a_chain(void **state)
{
    (void)state;
    struct run run = chain(1, 1, 0);
    assert_true(run_is_chain(&run));
    run = chain(1, LIMIT_RUN_ENTRIES, 10);
    assert_true(run_is_chain(&run));
    run = chain(5, 3, 10);
    assert_true(run_is_chain(&run));
    run = chain(LIMIT_SEQ, 1, 0);
    assert_true(run_is_chain(&run));
    run = chain(LIMIT_SEQ, 2, 0);
    assert_false(run_is_chain(&run));
}

static void a_run_is_bounded(void **state)
{
    (void)state;
    struct run run = chain(1, LIMIT_RUN_ENTRIES + 1, 0);
    assert_false(run_is_chain(&run));
    run.count = 0;
    assert_false(run_is_chain(&run));
    run = chain(1, 1, LIMIT_BODY);
    assert_true(run_is_chain(&run));
    run = chain(1, 1, LIMIT_BODY + 1);
    assert_false(run_is_chain(&run));
    size_t quarter = LIMIT_RUN_BYTES / 4 - ENTRY_HEADER_BYTES;
    run = chain(1, 4, quarter);
    assert_true(run_is_chain(&run));
    entries[3].body.size++; /* one byte more, in the last */
    entry_finish(&entries[3]);
    assert_false(run_is_chain(&run));
}

/* Each field that may break a chain, on the second of three. */
static void what_breaks_a_chain(void **state)
{
    (void)state;
    for (int what = 0; what < 9; what++) {
        struct run run = chain(4, 3, 5);
        struct entry *entry = &entries[1];
        switch (what) {
        case 0: entry->channel.b[31] ^= 1; break;
        case 1: entry->author.b[31] ^= 1; break;
        case 2: entry->process.b[7] ^= 1; break;
        case 3: entry->prev.b[31] ^= 1; break;
        case 4: entry->seq++; break;
        case 5: entry->lamport = entries[0].lamport; break;
        case 6: entry->version = 2; break;
        case 7: entry->wall_ms = (uint64_t)INT64_MAX + 1; break;
        case 8: entry->seq--; break;
        }
        /* The third follows the second as it now is. */
        entry->body_bytes = 5;
        entry_finish(entry);
        entries[2].prev = entry->id;
        entry_finish(&entries[2]);
        if (run_is_chain(&run))
            fail_msg("case %d is taken for a chain", what);
    }
}

static void bounds_of_one(void **state)
{
    (void)state;
    struct run run = chain(1, 1, 0);
    entries[0].prev.b[0] = 1; /* something before the first */
    assert_false(run_is_chain(&run));
    run = chain(2, 1, 0);
    memset(&entries[0].prev, 0, sizeof entries[0].prev);
    assert_false(run_is_chain(&run));
    run = chain(1, 1, 0);
    entries[0].seq = 0;
    assert_false(run_is_chain(&run));
    run = chain(1, 1, 0);
    entries[0].lamport = 0;
    assert_false(run_is_chain(&run));
    entries[0].lamport = INT64_MAX;
    assert_true(run_is_chain(&run));
    entries[0].lamport++;
    assert_false(run_is_chain(&run));
    run = chain(2, 1, 0);
    entries[0].seq = LIMIT_SEQ + 1;
    assert_false(run_is_chain(&run));
}

/* A body that was dropped is the same entry: the id and the signature hold, and it counts as long
 * as it was, so that a run is cut alike with and without it. */
static void a_body_may_be_dropped(void **state)
{
    (void)state;
    size_t quarter = LIMIT_RUN_BYTES / 4 - ENTRY_HEADER_BYTES;
    struct run run = chain(1, 4, quarter);
    struct id id = entries[3].id, hash = entries[1].body_hash;
    entries[1].body = entries[3].body = (struct bytes){NULL, 0};
    entry_finish(&entries[1]);
    entry_finish(&entries[3]);
    assert_true(id_equal(&entries[3].id, &id));
    assert_true(id_equal(&entries[1].body_hash, &hash));
    assert_int_equal(entries[1].body_bytes, quarter);
    assert_true(run_is_chain(&run));
    assert_true(entry_verify(&entries[3], &run.signature));
    entries[1].body_bytes++;
    entry_finish(&entries[1]);
    entries[2].prev = entries[1].id;
    entry_finish(&entries[2]);
    entries[3].prev = entries[2].id;
    entry_finish(&entries[3]);
    assert_false(run_is_chain(&run)); /* a byte too long, though none of it is there */
}

static bool forgets(const uint8_t *at, size_t size, uint8_t kind, uint64_t *seq, struct id *id)
{
    struct entry entry = {.kind = kind, .body = {at, size}};
    return entry_forgets(&entry, seq, id);
}

static void forget_bodies(void **state)
{
    (void)state;
    uint8_t bytes[41] = {5, 1};
    uint64_t seq;
    struct id id;
    bytes[8] = 77;
    bytes[39] = 78;
    assert_true(forgets(bytes, 40, ENTRY_FORGET, &seq, &id));
    assert_int_equal(seq, 256 + 5);
    assert_int_equal(id.b[0], 77);
    assert_int_equal(id.b[31], 78);
    assert_false(forgets(bytes, 39, ENTRY_FORGET, &seq, &id));
    assert_false(forgets(bytes, 41, ENTRY_FORGET, &seq, &id));
    assert_false(forgets(bytes, 40, ENTRY_TEXT, &seq, &id));
    assert_false(forgets(bytes, 40, 4, &seq, &id));
    assert_false(forgets(NULL, 40, ENTRY_FORGET, &seq, &id)); /* dropped */
}

static bool edits(const uint8_t *at, size_t size, uint8_t kind, uint64_t own_seq)
{
    struct entry entry = {.kind = kind, .seq = own_seq, .body = {at, size}};
    struct bytes nick, text;
    struct id id;
    uint64_t seq;
    if (!entry_edits(&entry, &seq, &id, &nick, &text))
        return false;
    assert_int_equal(seq, 5);
    assert_int_equal(id.b[31], 78);
    assert_int_equal(nick.size, 2);
    assert_memory_equal(nick.at, "bo", 2);
    assert_int_equal(text.size, size - 43);
    return true;
}

static void edit_bodies(void **state)
{
    (void)state;
    uint8_t bytes[100] = {5};
    bytes[39] = 78;
    bytes[40] = 2;
    memcpy(bytes + 41, "bohej", 5);
    assert_true(edits(bytes, 46, ENTRY_EDIT, 6));
    assert_true(edits(bytes, 44, ENTRY_EDIT, 6));
    assert_false(edits(bytes, 43, ENTRY_EDIT, 6)); /* without a text */
    assert_false(edits(bytes, 42, ENTRY_EDIT, 6));
    assert_false(edits(bytes, 40, ENTRY_EDIT, 6));
    assert_false(edits(bytes, 46, ENTRY_EDIT, 5)); /* not of an earlier one */
    assert_false(edits(bytes, 46, ENTRY_TEXT, 6));
    assert_false(edits(NULL, 46, ENTRY_EDIT, 6)); /* dropped */
    bytes[40] = LIMIT_NICK + 1;
    assert_false(edits(bytes, 100, ENTRY_EDIT, 6));
    bytes[40] = 2;
    bytes[0] = 0;
    assert_false(edits(bytes, 46, ENTRY_EDIT, 6));
}

static bool reacts(const uint8_t *at, size_t size, uint8_t kind, struct reaction *reaction)
{
    struct entry entry = {.kind = kind, .body = {at, size}};
    return entry_reacts(&entry, reaction);
}

static void reaction_bodies(void **state)
{
    (void)state;
    uint8_t bytes[200] = {5};
    struct reaction reaction;
    bytes[8] = 77;
    bytes[71] = 78;
    bytes[72] = 1;
    bytes[73] = 2;
    memcpy(bytes + 74, "bo+1", 4);
    assert_true(reacts(bytes, 78, ENTRY_REACTION, &reaction));
    assert_int_equal(reaction.seq, 5);
    assert_int_equal(reaction.id.b[0], 77);
    assert_int_equal(reaction.author.b[31], 78);
    assert_true(reaction.put);
    assert_memory_equal(reaction.nick.at, "bo", reaction.nick.size);
    assert_memory_equal(reaction.sign.at, "+1", reaction.sign.size);
    assert_false(reacts(bytes, 78, ENTRY_EDIT, &reaction));
    assert_false(reacts(NULL, 78, ENTRY_REACTION, &reaction));  /* dropped */
    assert_false(reacts(bytes, 76, ENTRY_REACTION, &reaction)); /* without a sign */
    assert_false(reacts(bytes, 73, ENTRY_REACTION, &reaction));
    assert_true(reacts(bytes, 76 + LIMIT_REACTION, ENTRY_REACTION, &reaction));
    assert_false(reacts(bytes, 77 + LIMIT_REACTION, ENTRY_REACTION, &reaction));
    bytes[72] = 0;
    assert_true(reacts(bytes, 78, ENTRY_REACTION, &reaction));
    assert_false(reaction.put);
    bytes[72] = 2;
    assert_false(reacts(bytes, 78, ENTRY_REACTION, &reaction));
    bytes[72] = 1;
    bytes[73] = LIMIT_NICK + 1;
    assert_false(reacts(bytes, 110, ENTRY_REACTION, &reaction));
    bytes[73] = 2;
    bytes[0] = 0;
    assert_false(reacts(bytes, 78, ENTRY_REACTION, &reaction));
}

/* A changed bit anywhere in the header is another id, and the signature is for one id. */
static void every_header_bit_counts(void **state)
{
    (void)state;
    struct run run = chain(3, 1, 9);
    uint8_t header[ENTRY_HEADER_BYTES];
    struct entry other;
    assert_true(entry_verify(&entries[0], &run.signature));
    for (size_t i = 0; i < sizeof header; i++) {
        entry_header(&entries[0], header);
        header[i] ^= 0x10;
        bool known = entry_read_header(&other, header);
        assert_int_equal(known, i != 0);
        assert_false(id_equal(&other.id, &entries[0].id));
        assert_false(entry_verify(&other, &run.signature));
    }
}

static void every_signature_bit_counts(void **state)
{
    (void)state;
    struct run run = chain(1, 1, 9);
    for (size_t i = 0; i < sizeof run.signature.b; i++) {
        struct signature spoiled = run.signature;
        spoiled.b[i] ^= 1;
        assert_false(entry_verify(&entries[0], &spoiled));
    }
}

static void the_id_covers_the_body(void **state)
{
    (void)state;
    chain(1, 1, 9);
    struct id before = entries[0].id;
    body[8] ^= 1;
    entry_finish(&entries[0]);
    body[8] ^= 1;
    assert_false(id_equal(&before, &entries[0].id));
}

/* One value hashed for two purposes gives two values. */
static void domains_differ(void **state)
{
    (void)state;
    uint8_t secret[32] = {9};
    struct id network = network_id(secret), other;
    secret[31] = 1;
    other = network_id(secret);
    assert_false(id_equal(&network, &other));
    struct id a = channel_id(&network, "#a"), b = channel_id(&other, "#a"),
              c = channel_id(&network, "#b");
    assert_false(id_equal(&a, &b));
    assert_false(id_equal(&a, &c));
    assert_false(id_equal(&a, &network));
}

static bool text_of(const char *bytes, size_t size, struct bytes *nick, struct bytes *text)
{
    struct entry entry = {.kind = ENTRY_TEXT, .body = {(const uint8_t *)bytes, size}};
    return entry_text(&entry, nick, text);
}

static void text_bodies(void **state)
{
    (void)state;
    struct bytes nick, text;
    assert_true(text_of("\4annahej", 8, &nick, &text));
    assert_int_equal(nick.size, 4);
    assert_memory_equal(nick.at, "anna", 4);
    assert_int_equal(text.size, 3);
    assert_memory_equal(text.at, "hej", 3);
    assert_true(text_of("\4anna", 5, &nick, &text)); /* no text */
    assert_int_equal(text.size, 0);
    assert_true(text_of("\0hej", 4, &nick, &text)); /* no nick */
    assert_int_equal(nick.size, 0);
    assert_false(text_of("\5anna", 5, &nick, &text)); /* the nick runs out */
    assert_false(text_of("", 0, &nick, &text));
    char long_nick[64] = {33};
    assert_false(text_of(long_nick, sizeof long_nick, &nick, &text));
    long_nick[0] = 32;
    assert_true(text_of(long_nick, sizeof long_nick, &nick, &text));
}

static void other_kinds_are_no_text(void **state)
{
    (void)state;
    struct bytes nick, text;
    struct entry entry = {.kind = ENTRY_ACTION, .body = {(const uint8_t *)"\1axx", 4}};
    assert_true(entry_text(&entry, &nick, &text));
    entry.kind = 3;
    assert_false(entry_text(&entry, &nick, &text));
    entry.kind = 0;
    assert_false(entry_text(&entry, &nick, &text));
    entry.kind = ENTRY_TEXT;
    entry.body = (struct bytes){NULL, 4}; /* dropped */
    assert_false(entry_text(&entry, &nick, &text));
}

static void the_longest_text_fits(void **state)
{
    (void)state;
    static uint8_t out[LIMIT_BODY];
    static char words[LIMIT_TEXT];
    memset(words, 'x', sizeof words);
    struct bytes nick, text;
    size_t size = entry_write_text(out, "0123456789abcdef0123456789abcdef", words, sizeof words);
    assert_int_equal(size, LIMIT_BODY);
    assert_true(text_of((const char *)out, size, &nick, &text));
    assert_int_equal(nick.size, LIMIT_NICK);
    assert_int_equal(text.size, LIMIT_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain),
        cmocka_unit_test(a_run_is_bounded),
        cmocka_unit_test(what_breaks_a_chain),
        cmocka_unit_test(bounds_of_one),
        cmocka_unit_test(a_body_may_be_dropped),
        cmocka_unit_test(forget_bodies),
        cmocka_unit_test(edit_bodies),
        cmocka_unit_test(reaction_bodies),
        cmocka_unit_test(every_header_bit_counts),
        cmocka_unit_test(every_signature_bit_counts),
        cmocka_unit_test(the_id_covers_the_body),
        cmocka_unit_test(domains_differ),
        cmocka_unit_test(text_bodies),
        cmocka_unit_test(other_kinds_are_no_text),
        cmocka_unit_test(the_longest_text_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
