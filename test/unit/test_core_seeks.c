/* Core: cards that are looked for, by this node and by others. Node 1 is the other of a direct channel; all are called "peer". */
#include "core/seal.h"
#include "core_help.h"

static struct bench *bench;
static struct id key = {{0x51}};

static int setup(void **state)
{
    (void)state;
    bench = bench_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(bench);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void peer_card(uint64_t link, const struct identity *self, uint64_t number)
{
    uint8_t room[WIRE_CARD_BYTES];
    struct keycard card = {.number = number, .prekey = key};
    card_sign(&card, &bench->config.network, self);
    struct writer w = writer_of(room, sizeof room);
    wire_write_keycard(&w, &card);
    peer_frame(bench, link, written(&w));
}

/* The direct channel of this node and that one. */
static struct id with(const struct identity *who)
{
    uint8_t shared[32];
    assert_true(seal_shared(shared, &bench->config.identity, &who->node));
    return direct_id(&bench->config.network, &bench->config.identity.node, &who->node, shared);
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

/* All these links live, and what was counted in a while is counted anew. */
static void a_while(const uint64_t *links, size_t count)
{
    for (uint64_t ms = 0; ms < 2 * CARD_CHECKS_MS; ms += 5000) {
        for (size_t i = 0; i < count; i++)
            peer_pings(bench, links[i]);
        bench_pass(bench, 5000);
    }
}

static void a_card_is_sought_for_others(void **state)
{
    (void)state;
    uint8_t room[64];
    uint64_t link = peer_up(bench, 1);
    struct identity third = bench_identity(3);
    struct writer w = writer_of(room, sizeof room);
    wire_write_seek(&w, &(struct seek){third.node, 1});
    peer_frame(bench, link, written(&w));
    assert_int_equal(last_effect(bench, EFFECT_SEEK)->link, link);
    bench_step(bench, (struct event){.kind = EVENT_CARD, .link = link, .node = third.node});
    size_t sent = count_sent(bench, link, FRAME_CARD);
    uint64_t late = peer_up(bench, 3);
    peer_card(late, &third, 1);
    assert_int_equal(count_sent(bench, link, FRAME_CARD), sent + 1);
}

/* Asked for by one of node 1, 2 or 3, with so many hops; the store has no card of his. */
static void peer_seeks(uint64_t link, const struct id *node, uint8_t hops)
{
    uint8_t room[WIRE_SEEK_BYTES];
    struct writer w = writer_of(room, sizeof room);
    wire_write_seek(&w, &(struct seek){*node, hops});
    peer_frame(bench, link, written(&w));
    const struct seen *asked = last_effect(bench, EFFECT_SEEK);
    assert_int_equal(asked->number, hops);
    bench_step(
        bench,
        (struct event){.kind = EVENT_CARD, .link = link, .node = *node, .number = asked->number});
}

static void a_question_is_passed_on(void **state)
{
    (void)state;
    struct identity fourth = bench_identity(4);
    struct seek seek;
    uint64_t from = peer_up(bench, 1), also = peer_up(bench, 2), behind = peer_up(bench, 3);
    peer_seeks(from, &fourth.node, 3);
    assert_int_equal(count_sent(bench, from, FRAME_SEEK), 0);
    assert_true(wire_read_seek(last_sent(bench, behind, FRAME_SEEK), &seek));
    assert_true(id_equal(&seek.node, &fourth.node));
    assert_int_equal(seek.hops, 2);
    /* Asked once, however many ask; a newcomer is asked, too. */
    peer_seeks(also, &fourth.node, 3);
    peer_seeks(also, &fourth.node, 3);
    assert_int_equal(count_sent(bench, behind, FRAME_SEEK), 1);
    uint64_t late = peer_up(bench, 5);
    assert_int_equal(count_sent(bench, late, FRAME_SEEK), 1);
    /* The answer goes back to all who asked, and nobody else. */
    size_t sent = count_sent(bench, behind, FRAME_CARD);
    size_t of_from = count_sent(bench, from, FRAME_CARD),
           of_also = count_sent(bench, also, FRAME_CARD);
    peer_card(late, &fourth, 1);
    assert_int_equal(count_sent(bench, from, FRAME_CARD), of_from + 1);
    assert_int_equal(count_sent(bench, also, FRAME_CARD), of_also + 1);
    assert_int_equal(count_sent(bench, behind, FRAME_CARD), sent);
    peer_card(late, &fourth, 2); /* nobody asks any more */
    assert_int_equal(count_sent(bench, from, FRAME_CARD), of_from + 1);
}

static void no_further_than_its_hops_and_not_without_end(void **state)
{
    (void)state;
    uint64_t from = peer_up(bench, 1), behind = peer_up(bench, 2);
    uint64_t askers[] = {peer_up(bench, 20), peer_up(bench, 21), peer_up(bench, 22)};
    struct identity unknown = bench_identity(9);
    peer_seeks(from, &unknown.node, 1);
    assert_int_equal(count_sent(bench, behind, FRAME_SEEK), 0);
    for (uint32_t i = 0; i < 3 * LIMIT_SEEKS; i++) {
        unknown = bench_identity(100 + i);
        peer_seeks(askers[i / LIMIT_SEEKS], &unknown.node, 3);
    }
    assert_int_equal(count_sent(bench, behind, FRAME_SEEK), SEEKS_PASSED);
}

/* Somebody behind a node asks by it for many whom nobody knows: its own question has a place all the same. */
static void what_is_passed_on_takes_no_place_of_its_own(void **state)
{
    (void)state;
    uint64_t links[] = {peer_up(bench, 1), peer_up(bench, 2)};
    for (uint32_t i = 0; i < LIMIT_SEEKS + 4; i++) {
        struct identity nobody = bench_identity(100 + i);
        peer_seeks(links[0], &nobody.node, 2);
    }
    a_while(links, 2);
    size_t asked = count_sent(bench, links[1], FRAME_SEEK);
    struct identity wanted = bench_identity(4);
    peer_seeks(links[0], &wanted.node, 3);
    assert_int_equal(count_sent(bench, links[1], FRAME_SEEK), asked + 1);
    size_t cards = count_sent(bench, links[0], FRAME_CARD);
    peer_card(links[1], &wanted, 1);
    assert_int_equal(count_sent(bench, links[0], FRAME_CARD), cards + 1);
}

/* However its questions change from others' to its own. */
static void a_link_has_its_places_and_no_more(void **state)
{
    (void)state;
    uint64_t links[] = {peer_up(bench, 1), peer_up(bench, 2)};
    for (uint32_t i = 0; i < 4 * LIMIT_SEEKS; i++) {
        struct identity nobody = bench_identity(100 + i);
        peer_seeks(links[0], &nobody.node, 1);
        peer_seeks(links[0], &nobody.node, 3);
        if (i % 8 == 7)
            a_while(links, 2);
    }
    size_t cards = count_sent(bench, links[0], FRAME_CARD);
    for (uint32_t i = 0; i < 4 * LIMIT_SEEKS;
         i++) { /* the last of them alone are still asked for */
        struct identity nobody = bench_identity(100 + i);
        peer_card(links[1], &nobody, 1);
        if (i % 8 == 7)
            a_while(links, 2);
    }
    assert_int_equal(count_sent(bench, links[0], FRAME_CARD), cards + LIMIT_SEEKS);
}

static void who_asks_further_is_heard(void **state)
{
    (void)state;
    uint64_t from = peer_up(bench, 1), behind = peer_up(bench, 2);
    struct identity wanted = bench_identity(4);
    peer_seeks(from, &wanted.node, 1);
    assert_int_equal(count_sent(bench, behind, FRAME_SEEK), 0);
    peer_seeks(from, &wanted.node, 3);
    assert_int_equal(count_sent(bench, behind, FRAME_SEEK), 1);
}

/* A question that could not be passed on does not stand in the way of one that can. */
static void what_was_not_passed_on_hides_nothing(void **state)
{
    (void)state;
    uint64_t links[] = {peer_up(bench, 20), peer_up(bench, 21), peer_up(bench, 2),
                        peer_up(bench, 1)};
    struct identity wanted = bench_identity(4);
    for (uint32_t i = 0; i < SEEKS_PASSED; i++) {
        struct identity nobody = bench_identity(100 + i);
        peer_seeks(links[0], &nobody.node, 3);
    }
    peer_seeks(links[1], &wanted.node, 3);
    assert_int_equal(count_sent(bench, links[2], FRAME_SEEK), SEEKS_PASSED);
    a_while(links, 4);
    peer_seeks(links[3], &wanted.node, 3);
    assert_int_equal(count_sent(bench, links[2], FRAME_SEEK), SEEKS_PASSED + 1);
}

/* Who asks for somebody whom he made up, and answers that himself, fills no disk. */
static void what_others_look_for_is_not_kept(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    for (uint32_t i = 0; i < LIMIT_SEEKS; i++) {
        struct identity made_up = bench_identity(100 + i);
        peer_seeks(link, &made_up.node, 1);
        peer_card(link, &made_up, 1);
    }
    assert_int_equal(count_effects(bench, EFFECT_CARD), 0);
    struct identity self = bench_identity(1);
    peer_card(link, &self, 1);
    assert_int_equal(count_effects(bench, EFFECT_CARD), 1);
}

/* The store may have let go of it. */
static void a_card_in_memory_is_given(void **state)
{
    (void)state;
    uint8_t room[WIRE_SEEK_BYTES];
    struct identity other = bench_identity(1);
    struct id channel = with(&other);
    uint64_t link = peer_up(bench, 1), asks = peer_up(bench, 2);
    peer_takes(link, 2, &channel);
    peer_card(link, &other, 1);
    size_t cards = count_sent(bench, asks, FRAME_CARD);
    struct writer w = writer_of(room, sizeof room);
    wire_write_seek(&w, &(struct seek){other.node, 3});
    peer_frame(bench, asks, written(&w));
    assert_int_equal(count_sent(bench, asks, FRAME_CARD), cards + 1);
}

/* An invitation, say, to somebody who is away: others who begin channels do not push it out. */
static void what_waits_keeps_its_channel(void **state)
{
    (void)state;
    struct identity away = bench_identity(77);
    struct channel_name name = {"@away"};
    uint8_t body[64] = {1};
    bench_step(bench,
               (struct event){.kind = EVENT_LOAD_DIRECT, .node = away.node, .channel = name});
    bench_step(bench, (struct event){.kind = EVENT_LOAD_WAITING,
                                     .channel = name,
                                     .number = ENTRY_KEYS,
                                     .frame = {body, sizeof body}});
    for (uint32_t i = 0; i < LIMIT_DIRECT_QUIET + 2; i++) {
        struct identity each = bench_identity(200 + i);
        struct id channel = with(&each);
        uint64_t link = peer_up(bench, 200 + i);
        peer_takes(link, 2, &channel);
        bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    }
    uint64_t link = peer_up(bench, 77);
    peer_card(link, &away, 1);
    bench_pass(bench, 1000);
    assert_int_equal(count_effects(bench, EFFECT_WAITED), 1);
}

/* However many are known: who is linked can begin a direct channel. */
static void who_is_linked_is_known(void **state)
{
    (void)state;
    struct identity other = bench_identity(1);
    struct id channel = with(&other);
    struct join join;
    for (uint32_t i = 0; i < LIMIT_ACQUAINTED; i++) {
        struct event known = {.kind = EVENT_LOAD_KNOWN, .node = {{7, 7}}};
        memcpy(known.node.b + 2, &i, sizeof i);
        bench_step(bench, known);
    }
    uint64_t link = peer_up(bench, 1);
    peer_takes(link, 2, &channel);
    bench_pass(bench, 1000);
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &join));
    assert_int_equal(join.count, 3); /* with #fika and #tea */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_card_is_sought_for_others),
        test(a_question_is_passed_on),
        test(no_further_than_its_hops_and_not_without_end),
        test(what_is_passed_on_takes_no_place_of_its_own),
        test(a_link_has_its_places_and_no_more),
        test(who_asks_further_is_heard),
        test(what_was_not_passed_on_hides_nothing),
        test(what_others_look_for_is_not_kept),
        test(a_card_in_memory_is_given),
        test(what_waits_keeps_its_channel),
        test(who_is_linked_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
