/* Core: direct channels. Node 1 is the other of one, 2 and 3 are others; all are called "peer". */
#include "core/group.h"
#include "core/holding.h"
#include "core/seal.h"
#include "core_help.h"

static struct bench *bench;
static struct identity other;
static struct seal_terms to_other, to_us;
static struct prekey prekey; /* the other's */
static struct id channel;

static int setup(void **state)
{
    (void)state;
    static const uint8_t SECRET[32] = {0x51};
    bench = bench_new();
    other = bench_identity(1);
    prekey = prekey_of(SECRET, 1000);
    const struct id *self = &bench->config.identity.node;
    assert_true(seal_shared(to_other.shared, &bench->config.identity, &other.node));
    channel = direct_id(&bench->config.network, self, &other.node, to_other.shared);
    to_other.writer = *self;
    to_other.reader = other.node;
    to_other.channel = channel;
    to_us = to_other;
    to_us.writer = other.node;
    to_us.reader = *self;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(bench);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* ---- what peers do ---- */

static void peer_card_as(uint64_t link, const struct identity *self, const struct id *key,
                         uint64_t number, bool forged)
{
    uint8_t room[256];
    struct keycard card = {.number = number, .prekey = *key};
    card_sign(&card, &bench->config.network, self);
    card.prekey.b[3] ^= forged;
    struct writer w = writer_of(room, sizeof room);
    wire_write_keycard(&w, &card);
    peer_frame(bench, link, written(&w));
}

static void peer_takes(uint64_t link, uint32_t generation, const struct id *id)
{
    static uint8_t room[4096];
    struct join join = {.generation = generation, .nick = {(const uint8_t *)"peer", 4}};
    join.channels[join.count] = bench_channel(bench, "#fika");
    join.hops[join.count++] = CARRY_HOPS;
    join.channels[join.count] = *id;
    join.hops[join.count++] = CARRY_HOPS;
    struct writer w = writer_of(room, sizeof room);
    wire_write_join(&w, &join);
    peer_frame(bench, link, written(&w));
}

static void peer_says_as(uint64_t link, const struct identity *self, uint64_t seq, uint8_t kind,
                         struct bytes body, const struct id *prev)
{
    static uint8_t room[LIMIT_FRAME];
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = kind,
                          .channel = channel,
                          .author = self->node,
                          .process = {{9}},
                          .seq = seq,
                          .lamport = seq,
                          .wall_ms = BENCH_WALL_MS,
                          .body = body};
    if (prev != NULL)
        entry.prev = *prev;
    entry_finish(&entry);
    struct run run = {&entry, 1, entry_sign(&entry, self)};
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, PART_PUSH);
    peer_frame(bench, link, written(&w));
}

/* The newest own card that a link was sent. */
static struct keycard own_card(uint64_t link)
{
    struct keycard card;
    assert_true(wire_read_keycard(last_sent(bench, link, FRAME_CARD), &card));
    assert_true(card_verify(&card, &bench->config.network));
    return card;
}

static struct bytes sealed_as(const struct id *key, enum entry_kind kind, struct bytes body)
{
    static uint8_t out[LIMIT_BODY];
    static const uint8_t RANDOM[32] = {0x33};
    static uint64_t count;
    size_t size = seal_write(out, &to_us, key, RANDOM, ++count, kind, body);
    assert_true(size > 0);
    return (struct bytes){out, size};
}

static struct bytes sealed_to_us(const struct id *key, const char *text)
{
    uint8_t body[LIMIT_BODY];
    size_t size = entry_write_text(body, "peer", text, strlen(text));
    return sealed_as(key, ENTRY_TEXT, (struct bytes){body, size});
}

/* As one is told to type where several have a nick. */
static struct channel_name name_of(const struct identity *who)
{
    struct channel_name name = {"@peer~"};
    hex_of(name.text + strlen(name.text), who->node.b, 4);
    return name;
}

static void open_with_text(const char *text)
{
    bench_request(bench, (struct request){.kind = REQUEST_DIRECT,
                                          .channel = name_of(&other),
                                          .text = {(const uint8_t *)text, strlen(text)}});
}

/* The last ENTRY that was sent there, as the other reads it by this prekey; false when he cannot. */
static bool read_by_other(uint64_t link, const struct prekey *with, struct entry *entry)
{
    static uint8_t plain[SEAL_PLAIN_MOST];
    struct arena arena;
    struct run run;
    enum entry_part part;
    struct bytes frame = last_sent(bench, link, FRAME_ENTRY);
    if (frame.at == NULL)
        return false;
    arena_init(&arena);
    assert_true(wire_read_entry(frame, &arena, &run, &part));
    *entry = run.entries[0];
    assert_true(id_equal(&entry->channel, &channel));
    assert_int_equal(entry->kind, ENTRY_SEALED);
    bool opened =
        seal_open(run.entries[0].body, &to_other, with, plain, &entry->kind, &entry->body);
    arena_release(&arena);
    return opened;
}

static bool says_to_other(uint64_t link, const struct prekey *with, const char *text)
{
    struct entry entry;
    return read_by_other(link, with, &entry) && entry.body.size == 5 + strlen(text) &&
           memcmp(entry.body.at + 5, text, strlen(text)) == 0;
}

static bool shows(const char *text)
{
    const struct seen *seen = last_show(bench, SHOW_MESSAGE);
    return seen != NULL && seen->show.text.size == strlen(text) &&
           memcmp(seen->show.text.at, text, strlen(text)) == 0;
}

/* ---- the tests ---- */

static void both_ways(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    open_with_text("hello");
    peer_card_as(link, &other, &prekey.key, 1000, false);
    assert_true(shows("hello"));
    assert_string_equal(last_show(bench, SHOW_MESSAGE)->show.channel.text, "@peer");
    assert_null(last_sent(bench, link, FRAME_ENTRY).at); /* he does not take it yet */
    peer_takes(link, 2, &channel);
    bench_say(bench, "again");
    assert_true(says_to_other(link, &prekey, "again"));
    struct keycard card = own_card(link);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_to_us(&card.prekey, "and back"), NULL);
    assert_true(shows("and back"));
    assert_false(last_show(bench, SHOW_MESSAGE)->show.own);
}

/* Who is begun with takes it without a word, and has a window with the first line. */
static void the_other_begins(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_takes(link, 2, &channel);
    struct join join;
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &join));
    bool listed = false;
    for (size_t i = 0; i < join.count; i++)
        listed = listed || (id_equal(&join.channels[i], &channel) && join.hops[i] == CARRY_HOPS);
    assert_true(listed);
    assert_int_equal(count_shown(bench, SHOW_CURRENT), 0);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), 0);
}

static void the_first_line_opens_a_window(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    struct keycard card = own_card(link);
    peer_takes(link, 2, &channel);
    assert_int_equal(count_told(bench, TOLD_DIRECT_NEW), 0);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_to_us(&card.prekey, "knock"), NULL);
    assert_int_equal(count_told(bench, TOLD_DIRECT_NEW), 1);
    assert_string_equal(last_show(bench, SHOW_MESSAGE)->show.channel.text, "@peer");
    /* Left, it has none until the next line. */
    bench_request(bench, (struct request){.kind = REQUEST_LEAVE, .channel = {"@peer"}});
    assert_int_equal(count_told(bench, TOLD_LEFT), 1);
    bench_request(bench, (struct request){.kind = REQUEST_SAY,
                                          .channel = {"@peer"},
                                          .text = {(const uint8_t *)"x", 1}});
    assert_int_equal(count_told(bench, TOLD_NOT_JOINED), 1);
}

/* Of a channel that the disk does not know of nothing may be stored. */
static void what_opens_no_window_is_kept(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    assert_int_equal(count_effects(bench, EFFECT_DIRECT), 0);
    peer_says_as(link, &other, 1, ENTRY_DEVICE, (struct bytes){(const uint8_t *)"x", 1}, NULL);
    const struct seen *kept = last_effect(bench, EFFECT_DIRECT);
    assert_non_null(kept);
    assert_true(kept < last_effect(bench, EFFECT_STORE));
    assert_int_equal(count_told(bench, TOLD_DIRECT_NEW), 0);
}

static void somebody_elses_channel_is_not_taken(void **state)
{
    (void)state;
    uint8_t shared[32];
    struct identity second = bench_identity(2);
    assert_true(seal_shared(shared, &second, &other.node));
    struct id theirs = direct_id(&bench->config.network, &second.node, &other.node, shared);
    uint64_t link = peer_up(bench, 1);
    peer_up(bench, 2);
    bench_forget(bench);
    peer_takes(link, 2, &theirs);
    bench_pass(bench, 5);
    struct bytes frame = last_sent(bench, link, FRAME_JOIN);
    struct join join;
    if (frame.at == NULL)
        return;
    assert_true(wire_read_join(frame, &join)); /* it may be carried */
    for (size_t i = 0; i < join.count; i++)
        assert_false(id_equal(&join.channels[i], &theirs) && join.hops[i] == CARRY_HOPS);
}

/* Liars: a third who writes, the other who writes in the open, a line from elsewhere. */
static void what_is_not_of_the_two_is_refused(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    struct keycard card = own_card(link);
    struct identity third = bench_identity(3);
    peer_takes(link, 2, &channel);
    size_t stored = count_effects(bench, EFFECT_STORE);
    struct bytes sealed = sealed_to_us(&card.prekey, "psst");
    peer_says_as(link, &third, 1, ENTRY_SEALED, sealed, NULL);
    peer_says_as(link, &other, 1, ENTRY_TEXT, (struct bytes){(const uint8_t *)"\4peerhi", 7}, NULL);
    peer_says_as(link, &other, 1, ENTRY_EDIT, sealed, NULL);
    assert_int_equal(count_effects(bench, EFFECT_STORE), stored);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
    struct id tip = {{7}};
    peer_have_in(bench, link, "#fika", false, &third.node, 1, &tip);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed, NULL);
    assert_true(shows("psst"));
}

static void a_line_that_cannot_be_opened_is_shown_as_one(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_to_us(&prekey.key, "for nobody here"), NULL);
    const struct seen *seen = last_show(bench, SHOW_MESSAGE);
    assert_non_null(seen);
    assert_true(seen->show.sealed);
    assert_int_equal(seen->show.text.size, 0);
}

static void a_window_that_was_never_open_does_not_own_a_nick(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1), second = peer_up(bench, 2);
    peer_takes(link, 2, &channel); /* so there is a quiet channel by now */
    (void)second;
    bench_request(bench, (struct request){.kind = REQUEST_DIRECT, .channel = {"@peer"}});
    assert_int_equal(count_told(bench, TOLD_DIRECT_SEVERAL), 1);
    assert_int_equal(count_told(bench, TOLD_DIRECT), 0);
    open_with_text("only you");
    assert_int_equal(count_told(bench, TOLD_DIRECT), 1);
    bench_request(bench, (struct request){.kind = REQUEST_DIRECT, .channel = {"@peer"}});
    assert_int_equal(count_told(bench, TOLD_DIRECT_SEVERAL), 1); /* it is open by now */
}

static void a_line_waits_for_a_card(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1), second = peer_up(bench, 2);
    (void)second;
    peer_takes(link, 2, &channel);
    bench_forget(bench);
    bench_request(bench, (struct request){.kind = REQUEST_DIRECT, .channel = name_of(&other)});
    bench_say(bench, "patience");
    assert_int_equal(count_effects(bench, EFFECT_WAITING), 1);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
    assert_int_equal(count_sent(bench, link, FRAME_ENTRY), 0);
    bench_pass(bench, WAITING_TOLD_MS);
    assert_int_equal(count_told(bench, TOLD_DIRECT_WAITS), 1);
    assert_int_equal(count_told(bench, TOLD_WAITING), 1);
    bench_say(bench, "and more");
    bench_pass(bench, WAITING_TOLD_MS);
    assert_int_equal(count_told(bench, TOLD_WAITING), 2); /* of each line once */
    bench_request(bench, (struct request){.kind = REQUEST_HELD});
    assert_int_equal(count_told(bench, TOLD_DIRECT_WAITS), 3);
    assert_int_equal(count_told(bench, TOLD_WAITING), 4);
    assert_int_equal(count_told(bench, TOLD_NOTHING_OWN), 0);
    peer_card_as(link, &other, &prekey.key, 1, false);
    assert_true(shows("and more"));
    assert_int_equal(count_effects(bench, EFFECT_WAITED), 1);
    assert_true(says_to_other(link, &prekey, "and more"));
}

/* Liars: a forged card, an old one that is shown again, one with another's key by another's link. */
static void only_the_newest_card_that_holds_counts(void **state)
{
    (void)state;
    static const uint8_t SECRET[32] = {0x68}, EVIL[32] = {0x78};
    struct prekey newer = prekey_of(SECRET, 2000), evil = prekey_of(EVIL, 3000);
    struct identity second = bench_identity(2);
    uint64_t link = peer_up(bench, 1), liar = peer_up(bench, 2);
    peer_takes(link, 2, &channel);
    peer_card_as(link, &other, &newer.key, 2000, false);
    peer_card_as(link, &other, &prekey.key, 1000, false); /* old */
    peer_card_as(liar, &other, &evil.key, 3000, true);    /* forged */
    peer_card_as(liar, &second, &evil.key, 4000, false);  /* his own */
    size_t cards = count_effects(bench, EFFECT_CARD);
    struct identity third = bench_identity(3);
    peer_card_as(liar, &third, &evil.key, 1, false); /* nobody asked for it */
    assert_int_equal(count_effects(bench, EFFECT_CARD), cards);
    bench_request(bench, (struct request){.kind = REQUEST_JOIN, .channel = {"@peer~0000"}});
    assert_int_equal(count_told(bench, TOLD_DIRECT_NONE), 1);
    open_with_text("to whom?"); /* it is open already, by the name that it has */
    assert_false(says_to_other(link, &evil, "to whom?"));
    assert_true(says_to_other(link, &newer, "to whom?"));
}

static void two_of_one_name_are_asked_for(void **state)
{
    (void)state;
    peer_up(bench, 1);
    peer_up(bench, 2);
    bench_request(bench, (struct request){.kind = REQUEST_DIRECT, .channel = {"@peer"}});
    assert_int_equal(count_told(bench, TOLD_DIRECT_SEVERAL), 1);
    char name[LIMIT_CHANNEL + 1] = "@peer~";
    hex_of(name + 6, other.node.b, 4);
    struct request request = {.kind = REQUEST_DIRECT};
    strcpy(request.channel.text, name);
    bench_request(bench, request);
    assert_int_equal(count_told(bench, TOLD_DIRECT), 1);
}

/* A new key after a week; the old one is destroyed a week after the new one was given. */
static void keys_change_by_the_week(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    struct keycard first = own_card(link);
    peer_takes(link, 2, &channel);
    bench->wall_ms += PREKEY_RENEW_MS;
    bench_pass(bench, PREKEY_LOOK_MS);
    link = peer_up_as(bench, &other, 3);
    peer_takes(link, 2, &channel);
    struct keycard newer = own_card(link);
    assert_true(newer.number > first.number);
    assert_false(id_equal(&newer.prekey, &first.prekey));
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_to_us(&first.prekey, "late"), NULL);
    assert_true(shows("late"));
    assert_int_equal(count_effects(bench, EFFECT_UNKEY), 0);
    bench->wall_ms += PREKEY_GONE_MS + PREKEY_LOOK_MS;
    bench_pass(bench, 2 * PREKEY_LOOK_MS);
    assert_true(count_effects(bench, EFFECT_UNKEY) >= 1);
    link = peer_up_as(bench, &other, 4);
    peer_takes(link, 2, &channel);
    struct id tip = last_effect(bench, EFFECT_STORE)->load.tip;
    peer_says_as(link, &other, 2, ENTRY_SEALED, sealed_to_us(&first.prekey, "too late"), &tip);
    assert_true(last_show(bench, SHOW_MESSAGE)->show.sealed);
}

/* After a backup was restored others hold a card that is newer than all that are here. */
static void an_own_card_from_elsewhere_is_outdone(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    struct keycard card = own_card(link);
    peer_card_as(link, &bench->config.identity, &prekey.key, card.number + 5, false);
    assert_true(own_card(link).number > card.number + 5);
}

/* A clock that was years ahead at the first start gave a number that is never old by the right one. */
static void keys_change_after_a_clock_was_ahead(void **state)
{
    (void)state;
    uint64_t right_ms = bench->wall_ms;
    bench->wall_ms += 400 * PREKEY_RENEW_MS;
    uint64_t link = peer_up(bench, 1);
    struct keycard first = own_card(link);
    bench->wall_ms = right_ms;
    bench_pass(bench, PREKEY_LOOK_MS);
    struct keycard second = own_card(peer_up_as(bench, &other, 3));
    assert_true(second.number == first.number + 1);
    bench_pass(bench, PREKEY_LOOK_MS); /* not one each time */
    assert_int_equal(own_card(peer_up_as(bench, &other, 4)).number, second.number);
    bench->wall_ms += PREKEY_GONE_MS;
    bench_pass(bench, 3 * PREKEY_LOOK_MS);
    assert_true(own_card(peer_up_as(bench, &other, 5)).number == second.number + 1);
}

/* Opened while the disk is full, it is kept as soon as that takes something. */
static void a_channel_is_kept_when_the_disk_is_back(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = false});
    bench_request(bench, (struct request){.kind = REQUEST_DIRECT, .channel = {"@peer"}});
    assert_int_equal(count_effects(bench, EFFECT_DIRECT), 0);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = true});
    assert_int_equal(count_effects(bench, EFFECT_DIRECT), 1);
    bench_request(bench, (struct request){.kind = REQUEST_DIRECT, .channel = {"#fika"}});
    assert_int_equal(count_effects(bench, EFFECT_DIRECT), 1);
    assert_int_equal(count_told(bench, TOLD_BAD_CHANNEL), 1);
}

/* What was carried is let go of when it is known for whom it is, but not while the disk takes nothing. */
static void what_is_carried_stays_while_the_disk_is_full(void **state)
{
    (void)state;
    bench_request(bench, (struct request){.kind = REQUEST_CARRY, .bytes = CARRY_BYTES});
    bench_step(bench, (struct event){.kind = EVENT_LOAD_CHANNEL,
                                     .channel_id = channel,
                                     .node = bench_identity(2).node,
                                     .number = 4000,
                                     .asked_wall_ms = BENCH_WALL_MS - 5000});
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = false});
    peer_takes(peer_up(bench, 1), 2, &channel);
    bench_pass(bench, 100);
    assert_int_equal(count_effects(bench, EFFECT_DROP), 0);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = true});
    assert_int_equal(count_effects(bench, EFFECT_DROP), 1);
}

/* ---- lines that are asked for again ---- */

/* The branch of an author as it was last stored. */
static struct log_load stored_of(const struct id *author)
{
    for (size_t i = bench->seen_count; i-- > 0;)
        if (bench->seen[i].kind == EFFECT_STORE && id_equal(&bench->seen[i].load.author, author))
            return bench->seen[i].load;
    return (struct log_load){.seq = 0};
}

/* The other's last entry, so that his next can follow it. */
static struct id tip(void)
{
    return stored_of(&other.node).tip;
}

static void a_closed_line_is_asked_for(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    struct keycard card = own_card(link);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_to_us(&prekey.key, "what?"), NULL);
    struct id first = tip();
    assert_true(last_show(bench, SHOW_MESSAGE)->show.sealed);
    bench_pass(bench, RESEAL_GATHER_MS);
    assert_null(last_sent(bench, link, FRAME_ENTRY).at); /* there is no key to seal it to */
    peer_card_as(link, &other, &prekey.key, 1, false);
    bench_pass(bench, RESEAL_GATHER_MS);
    struct entry entry;
    assert_true(read_by_other(link, &prekey, &entry));
    assert_int_equal(entry.kind, ENTRY_ASK);
    struct reader r = reader_of(entry.body);
    assert_int_equal(read_u64(&r), card.number);
    struct id key = read_id(&r);
    assert_true(id_equal(&key, &card.prekey));
    read_bytes(&r, 64);
    assert_int_equal(read_u64(&r), 1);
    key = read_id(&r);
    assert_true(read_done(&r) && id_equal(&key, &first));
    assert_int_equal(count_told(bench, TOLD_DIRECT_WAITS), 0);
    /* Once. */
    size_t sent = count_sent(bench, link, FRAME_ENTRY);
    bench_pass(bench, 2 * RESEAL_EVERY_MS);
    assert_int_equal(count_sent(bench, link, FRAME_ENTRY), sent);
}

static struct bytes again_body(uint64_t seq, const struct id *id, const char *text)
{
    static uint8_t body[300];
    struct writer w = writer_of(body, sizeof body);
    write_u64(&w, seq);
    write_id(&w, id);
    write_u8(&w, ENTRY_TEXT);
    write_u8(&w, 4);
    write_copy(&w, "peer", 4);
    write_copy(&w, text, strlen(text));
    return written(&w);
}

static void what_was_sealed_again_is_opened(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    struct keycard card = own_card(link);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_to_us(&prekey.key, "what?"), NULL);
    struct id first = tip();
    size_t shown = count_shown(bench, SHOW_MESSAGE);
    struct bytes body = again_body(1, &first, "so");
    peer_says_as(link, &other, 2, ENTRY_SEALED, sealed_as(&card.prekey, ENTRY_AGAIN, body), &first);
    assert_int_equal(count_effects(bench, EFFECT_OPEN), 1);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), shown); /* it is no line */
    struct id second = tip();
    /* Of what is above it, or of itself, it says nothing. */
    body = again_body(3, &second, "no");
    peer_says_as(link, &other, 3, ENTRY_SEALED, sealed_as(&card.prekey, ENTRY_AGAIN, body),
                 &second);
    assert_int_equal(count_effects(bench, EFFECT_OPEN), 1);
    peer_card_as(link, &other, &prekey.key, 1, false); /* it need not be asked for any more */
    bench_pass(bench, 2 * RESEAL_GATHER_MS);
    assert_null(last_sent(bench, link, FRAME_ENTRY).at);
}

static struct bytes ask_body(const struct keycard *card, uint64_t seq, const struct id *id)
{
    static uint8_t body[300];
    struct writer w = writer_of(body, sizeof body);
    write_u64(&w, card->number);
    write_id(&w, &card->prekey);
    write_copy(&w, card->signature.b, 64);
    write_u64(&w, seq);
    write_id(&w, id);
    return written(&w);
}

/* Who is asked seals to the card in the ASK, and not to one that does not hold. */
static void who_is_asked_seals_again(void **state)
{
    (void)state;
    static const uint8_t SECRET[32] = {0x68};
    struct prekey newer = prekey_of(SECRET, 2000);
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    struct keycard own = own_card(link), card = {.number = 2000, .prekey = newer.key};
    peer_card_as(link, &other, &prekey.key, 1, false);
    open_with_text("hello");
    struct id said = stored_of(&bench->config.identity.node).tip;
    card_sign(&card, &bench->config.network, &other);
    card.signature.b[5] ^= 1;
    struct bytes body = ask_body(&card, 1, &said);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_as(&own.prekey, ENTRY_ASK, body), NULL);
    assert_int_equal(count_effects(bench, EFFECT_RECALL), 0);
    struct id first = tip();
    card.signature.b[5] ^= 1;
    body = ask_body(&card, 1, &said);
    peer_says_as(link, &other, 2, ENTRY_SEALED, sealed_as(&own.prekey, ENTRY_ASK, body), &first);
    assert_int_equal(count_effects(bench, EFFECT_RECALL), 1);
    assert_int_equal(last_effect(bench, EFFECT_RECALL)->head.seq, 1);
    bench_step(bench, (struct event){.kind = EVENT_RECALLED,
                                     .channel_id = channel,
                                     .head = last_effect(bench, EFFECT_RECALL)->head,
                                     .number = ENTRY_TEXT,
                                     .asked_wall_ms = BENCH_WALL_MS,
                                     .frame = {(const uint8_t *)"\2mehello", 8}});
    struct entry entry;
    uint64_t seq;
    struct id id;
    uint8_t kind;
    assert_false(read_by_other(link, &prekey, &entry));
    assert_true(read_by_other(link, &newer, &entry));
    assert_true(entry_again(&entry, &seq, &id, &kind, &body));
    assert_true(seq == 1 && id_equal(&id, &said) && kind == ENTRY_TEXT && body.size == 8);
    assert_memory_equal(body.at, "\2mehello", 8);
    /* Not what is old: whoever stole the other's identity may ask. */
    uint64_t seq_said = stored_of(&bench->config.identity.node).seq;
    bench_step(bench, (struct event){.kind = EVENT_RECALLED,
                                     .channel_id = channel,
                                     .head = last_effect(bench, EFFECT_RECALL)->head,
                                     .number = ENTRY_TEXT,
                                     .asked_wall_ms = BENCH_WALL_MS - RESEAL_AGE_MS - 60000,
                                     .frame = {(const uint8_t *)"\2mehello", 8}});
    assert_int_equal(stored_of(&bench->config.identity.node).seq, seq_said);
}

/* Two who cannot open each other's asks come to an end. */
static void asking_ends(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    peer_card_as(link, &other, &prekey.key, 1, false);
    for (uint64_t seq = 1; seq <= 8; seq++) {
        struct id below = tip();
        peer_says_as(link, &other, seq, ENTRY_SEALED, sealed_to_us(&prekey.key, "?"),
                     seq > 1 ? &below : NULL);
        bench_pass(bench, RESEAL_EVERY_MS + RESEAL_GATHER_MS);
        link = peer_up_as(bench, &other, 10 + seq);
        peer_takes(link, 2, &channel);
    }
    const struct id *self = &bench->config.identity.node;
    assert_int_equal(stored_of(&other.node).seq, 8);
    assert_int_equal(stored_of(self).seq, RESEAL_TRIES);
    /* Until something can be opened. */
    struct id below = tip();
    struct keycard card = own_card(link);
    struct bytes sealed = sealed_to_us(&card.prekey, "!");
    peer_says_as(link, &other, 9, ENTRY_SEALED, sealed, &below);
    bench_pass(bench, RESEAL_EVERY_MS);
    assert_int_equal(stored_of(self).seq, RESEAL_TRIES + 1);
}

/* ---- read marks ---- */

static void look(uint64_t lamport)
{
    bench_request(bench,
                  (struct request){.kind = REQUEST_READ, .channel = {"@peer"}, .lamport = lamport});
}

/* One of the newest line, at most once in READ_EVERY_MS, and of nothing twice. */
static void what_was_read_is_said(void **state)
{
    (void)state;
    const struct id *self = &bench->config.identity.node;
    uint64_t link = peer_up(bench, 1);
    struct keycard card = own_card(link);
    peer_takes(link, 2, &channel);
    peer_card_as(link, &other, &prekey.key, 1, false);
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed_to_us(&card.prekey, "one"), NULL);
    assert_int_equal(stored_of(self).seq, 0); /* it is not asked for */
    look(0);
    assert_int_equal(stored_of(self).seq, 0); /* what came after what was seen is not read */
    look(1);
    assert_int_equal(stored_of(self).seq, 1);
    struct entry entry;
    uint64_t seq;
    struct id id, first = tip();
    assert_true(read_by_other(link, &prekey, &entry));
    assert_true(entry_reads(&entry, &seq, &id) && seq == 1 && id_equal(&id, &first));
    for (uint64_t i = 2; i <= 4; i++) {
        struct id below = tip();
        struct bytes sealed = sealed_to_us(&card.prekey, "more");
        peer_says_as(link, &other, i, ENTRY_SEALED, sealed, &below);
        look(i);
        look(i);
    }
    assert_int_equal(stored_of(self).seq, 1);
    bench_pass(bench, READ_EVERY_MS);
    assert_int_equal(stored_of(self).seq, 2);
    assert_true(read_by_other(link, &prekey, &entry));
    assert_true(entry_reads(&entry, &seq, &id) && seq == 4);
    look(9);
    bench_pass(bench, READ_EVERY_MS);
    assert_int_equal(stored_of(self).seq, 2);
}

static struct bytes read_body(uint64_t seq, const struct id *id)
{
    static uint8_t body[40];
    struct writer w = writer_of(body, sizeof body);
    write_u64(&w, seq);
    write_id(&w, id);
    return written(&w);
}

static void what_the_other_read_is_told(void **state)
{
    (void)state;
    const struct channel_name name = {"@peer"};
    uint64_t link = peer_up(bench, 1);
    struct keycard card = own_card(link);
    peer_takes(link, 2, &channel);
    peer_card_as(link, &other, &prekey.key, 1, false);
    open_with_text("one");
    open_with_text("two");
    struct id own = stored_of(&bench->config.identity.node).tip;
    /* Above what was said, or of another entry there: nobody can have read it. */
    struct bytes sealed = sealed_as(&card.prekey, ENTRY_READ, read_body(3, &own));
    peer_says_as(link, &other, 1, ENTRY_SEALED, sealed, NULL);
    struct id below = tip();
    sealed = sealed_as(&card.prekey, ENTRY_READ, read_body(2, &below));
    peer_says_as(link, &other, 2, ENTRY_SEALED, sealed, &below);
    assert_int_equal(count_shown(bench, SHOW_READ), 0);
    below = tip();
    sealed = sealed_as(&card.prekey, ENTRY_READ, read_body(1, &own));
    peer_says_as(link, &other, 3, ENTRY_SEALED, sealed, &below);
    assert_int_equal(count_shown(bench, SHOW_READ), 1);
    assert_false(last_show(bench, SHOW_READ)->show.up);
    assert_true(core_read(bench->core, &name, 1) && !core_read(bench->core, &name, 2));
    below = tip();
    sealed = sealed_as(&card.prekey, ENTRY_READ, read_body(2, &own));
    peer_says_as(link, &other, 4, ENTRY_SEALED, sealed, &below);
    assert_true(last_show(bench, SHOW_READ)->show.up);
    assert_int_equal(last_show(bench, SHOW_READ)->show.n2, 2);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 2); /* it is no line */
    bench_request(bench, (struct request){.kind = REQUEST_HELD, .channel = name});
    assert_true(last_show(bench, SHOW_HELD_ROW)->show.read);
}

static void who_carries_is_no_receipt(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1), carrier = peer_up(bench, 2);
    peer_takes(link, 2, &channel);
    peer_card_as(link, &other, &prekey.key, 1, false);
    peer_takes(carrier, 2, &channel); /* it says that it is in it */
    bench_request(bench, (struct request){.kind = REQUEST_JOIN, .channel = name_of(&other)});
    bench_say(bench, "who has it?");
    struct id tip = last_effect(bench, EFFECT_STORE)->load.tip;
    static struct have have;
    static uint8_t room[256];
    have = (struct have){.channel = channel, .count = 1};
    have.heads[0] = (struct head){bench->config.identity.node, 1, tip};
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    peer_frame(bench, carrier, written(&w));
    assert_int_equal(core_held(bench->core, &(struct channel_name){"@peer"}, 1), 0);
    peer_frame(bench, link, written(&w));
    assert_int_equal(core_held(bench->core, &(struct channel_name){"@peer"}, 1), 1);
}

/* A HELD that came by who carries the channel. */
static void peer_held(uint64_t link, const struct identity *by, const struct head *head)
{
    uint8_t room[WIRE_HOLDING_BYTES];
    struct holding holding = {.channel = channel, .node = by->node, .head = *head};
    struct writer w = writer_of(room, sizeof room);
    holding_sign(&holding, &bench->config.network, by);
    wire_write_holding(&w, &holding);
    peer_frame(bench, link, written(&w));
}

static void over_a_carrier_only_the_readers_word_counts(void **state)
{
    (void)state;
    struct identity third = bench_identity(3);
    uint64_t link = peer_up(bench, 1);
    open_with_text("hello");
    peer_card_as(link, &other, &prekey.key, 1000, false);
    peer_takes(link, 2, &channel);
    bench_say(bench, "again");
    struct arena arena;
    struct run run;
    enum entry_part part;
    arena_init(&arena);
    assert_true(wire_read_entry(last_sent(bench, link, FRAME_ENTRY), &arena, &run, &part));
    const struct entry *last = &run.entries[run.count - 1];
    struct head head = {last->author, last->seq, last->id};
    arena_release(&arena);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    uint64_t carrier = peer_up(bench, 2);
    peer_takes(carrier, 2, &channel);
    peer_held(carrier, &third, &head);
    assert_int_equal(core_held(bench->core, &(struct channel_name){"@peer"}, head.seq), 0);
    peer_held(carrier, &other, &head);
    assert_int_equal(core_held(bench->core, &(struct channel_name){"@peer"}, head.seq), 1);
}

/* A body that comes later may hold secrets by the hundred, each of which is an effect of its own. */
static void keys_may_come_in_a_late_body(void **state)
{
    (void)state;
    static uint8_t room[LIMIT_FRAME], keys[SEAL_BODY_MOST], nonce[16] = {5};
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    peer_card_as(link, &other, &prekey.key, 1, false);
    struct id mine = own_card(link).prekey, admit = {{8}};
    struct id plans = private_id(&bench->config.network, &other.node, nonce);
    struct writer k = writer_of(keys, sizeof keys);
    write_u8(&k, 1);
    write_id(&k, &plans);
    write_u8(&k, 1);
    write_id(&k, &other.node);
    write_copy(&k, nonce, sizeof nonce);
    write_u8(&k, 6);
    write_copy(&k, "#plans", 6);
    write_id(&k, &admit);
    write_u16(&k, 300);
    for (uint32_t i = 0; i < 300 * 10; i++)
        write_u32(&k, i);
    assert_false(k.full);
    struct bytes body = sealed_as(&mine, ENTRY_KEYS, written(&k));
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = ENTRY_SEALED,
                          .channel = channel,
                          .author = other.node,
                          .process = {{9}},
                          .seq = 1,
                          .lamport = 1,
                          .wall_ms = BENCH_WALL_MS,
                          .body = body};
    entry_finish(&entry);
    entry.body.at = NULL;
    struct run run = {&entry, 1, entry_sign(&entry, &other)};
    struct writer w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, PART_PUSH);
    peer_frame(bench, link, written(&w));
    struct event bare = {.kind = EVENT_BARE, .channel_id = channel, .number = 1};
    for (int i = 0; count_effects(bench, EFFECT_BARE) == 0; i++) {
        assert_true(i < 5);
        peer_pings(bench, link);
        bench_pass(bench, 5000);
    }
    bare.load.author = other.node;
    bare.head = (struct head){.seq = 1, .tip = entry.id};
    bench_step(bench, bare);
    assert_int_equal(count_sent(bench, link, FRAME_BODIES), 1);
    entry.body = body;
    w = writer_of(room, sizeof room);
    wire_write_entry(&w, &run, PART_ANSWER_END);
    peer_frame(bench, link, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_FILL), 1);
    assert_int_equal(count_effects(bench, EFFECT_KEY), 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(both_ways),
        test(the_other_begins),
        test(the_first_line_opens_a_window),
        test(what_opens_no_window_is_kept),
        test(somebody_elses_channel_is_not_taken),
        test(what_is_not_of_the_two_is_refused),
        test(a_line_that_cannot_be_opened_is_shown_as_one),
        test(a_window_that_was_never_open_does_not_own_a_nick),
        test(a_line_waits_for_a_card),
        test(only_the_newest_card_that_holds_counts),
        test(two_of_one_name_are_asked_for),
        test(keys_change_by_the_week),
        test(an_own_card_from_elsewhere_is_outdone),
        test(keys_change_after_a_clock_was_ahead),
        test(a_channel_is_kept_when_the_disk_is_back),
        test(what_is_carried_stays_while_the_disk_is_full),
        test(a_closed_line_is_asked_for),
        test(what_was_sealed_again_is_opened),
        test(who_is_asked_seals_again),
        test(asking_ends),
        test(what_was_read_is_said),
        test(what_the_other_read_is_told),
        test(who_carries_is_no_receipt),
        test(over_a_carrier_only_the_readers_word_counts),
        test(keys_may_come_in_a_late_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
