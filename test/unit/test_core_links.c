/* Core: links: how they begin and end, who is at the other side, how many there may be. */
#include "core_help.h"

static struct bench *bench;

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

/* ---- how links begin ---- */

static void hello_in_time(void **state)
{
    (void)state;
    uint64_t silent = peer_connects(bench);
    bench_pass(bench, 100);
    uint64_t half = peer_connects(bench);
    peer_hello0(bench, half);
    assert_int_equal(count_sent(bench, half, FRAME_HELLO1), 1);
    bench_pass(bench, HELLO_DEADLINE_MS - 101);
    assert_false(was_hung_up(bench, silent));
    bench_pass(bench, 1);
    assert_true(was_hung_up(bench, silent));
    assert_false(was_hung_up(bench, half));
    bench_pass(bench, 100); /* its deadline is for all of HELLO */
    assert_true(was_hung_up(bench, half));
    assert_int_equal(count_shown(bench, SHOW_LINK), 0); /* nobody hears of strangers */
}

static void join_in_time(void **state)
{
    (void)state;
    struct identity self = bench_identity(1);
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &self, 2));
    bench_pass(bench, HELLO_DEADLINE_MS);
    assert_true(was_hung_up(bench, link));
}

static void a_dial_in_time(void **state)
{
    (void)state;
    bench_find(bench, "10.0.0.7:1", FOUND_TYPED, NULL);
    const struct seen *dial = last_effect(bench, EFFECT_DIAL);
    assert_non_null(dial);
    assert_string_equal(dial->address.text, "10.0.0.7:1");
    assert_int_equal(dial->link % 2, 0);
    uint64_t link = dial->link;
    bench_step(bench, (struct event){.kind = EVENT_LINK_OUT, .link = link});
    assert_int_equal(count_sent(bench, link, FRAME_HELLO0), 1);
    bench_pass(bench, HELLO_DEADLINE_MS);
    assert_true(was_hung_up(bench, link));
    assert_int_equal(count_told(bench, TOLD_DIAL_FAILED), 1);
    bench_pass(bench, REDIAL_FIRST_MS * 2);
    assert_int_not_equal(last_effect(bench, EFFECT_DIAL)->link, link); /* tried again */
}

static void versions(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) { /* a later HELLO0 may have another length */
        uint8_t frame[36] = {FRAME_HELLO0, WIRE_VERSION + 1};
        uint64_t link = peer_connects(bench);
        peer_frame(bench, link, (struct bytes){frame, 34u + (size_t)more});
        assert_int_equal(bye_code(bench, link), WHY_VERSION);
        assert_true(was_hung_up(bench, link));
    }
}

static void a_wrong_signature_in_hello(void **state)
{
    (void)state;
    struct identity self = bench_identity(1), other = bench_identity(2);
    uint64_t link = peer_connects(bench);
    memcpy(self.secret, other.secret, sizeof self.secret); /* says to be 1, signs as 2 */
    assert_true(peer_hello(bench, link, &self, 2));
    assert_int_equal(bye_code(bench, link), WHY_RULES);
    assert_int_equal(count_sent(bench, link, FRAME_JOIN), 0);
}

static void nothing_before_join(void **state)
{
    (void)state;
    struct identity self = bench_identity(1);
    struct author *author = author_new(bench, 1, 1, 0);
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &self, 2));
    peer_entries(bench, link, author, 1, 1, PART_PUSH);
    assert_int_equal(bye_code(bench, link), WHY_RULES);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 0);
    free(author);
}

/* ---- how links end ---- */

static void silence(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    for (int i = 0; i < 5; i++) {
        bench_pass(bench, LINK_SILENCE_MS - 1);
        peer_pings(bench, link);
        assert_int_equal(count_sent(bench, link, FRAME_PONG), i + 1);
    }
    bench_pass(bench, LINK_SILENCE_MS - 1);
    assert_false(was_hung_up(bench, link));
    bench_pass(bench, 1);
    assert_true(was_hung_up(bench, link));
    assert_string_equal(last_show(bench, SHOW_LINK)->a, link_why_text(WHY_LOST));
    assert_int_equal(last_show(bench, SHOW_STATUS)->show.n, 0);
}

static void what_bye_says(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        enum link_why shown;
    } CASE[] = {
        {WHY_QUIT, WHY_QUIT}, {WHY_ASKED, WHY_ASKED_PEER}, {WHY_RULES, WHY_RULES},
        {WHY_FULL, WHY_FULL}, {WHY_COUNT, WHY_LOST},       {255, WHY_LOST},
        {WHY_SELF, WHY_LOST}, /* a peer cannot say who we are */
    };
    for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
        uint8_t frame[2] = {FRAME_BYE, CASE[i].code};
        uint64_t link = peer_up(bench, 1);
        bench_forget(bench);
        peer_frame(bench, link, (struct bytes){frame, 2});
        assert_true(was_hung_up(bench, link));
        assert_int_equal(count_sent(bench, link, FRAME_BYE), 0); /* no BYE for a BYE */
        assert_string_equal(last_show(bench, SHOW_LINK)->a, link_why_text(CASE[i].shown));
        assert_false(last_show(bench, SHOW_MEMBER)->show.up);
    }
}

static void broken_frames_end_a_link(void **state)
{
    (void)state;
    for (int kind = 0; kind <= FRAME_BUCKETS; kind++) {
        if (kind == FRAME_BYE)
            continue;
        uint8_t frame[2] = {(uint8_t)kind, 0};
        uint64_t link = peer_up(bench, 1);
        bench_forget(bench);
        peer_frame(bench, link, (struct bytes){frame, 2});
        assert_int_equal(bye_code(bench, link), WHY_RULES);
        assert_int_equal(count_effects(bench, EFFECT_LOG), 1);
        peer_pings(bench, link); /* it is nobody's any more */
        assert_int_equal(count_sent(bench, link, FRAME_PONG), 0);
    }
}

/* ---- identities ---- */

static void the_same_identity_dials_us(void **state)
{
    (void)state;
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &bench->config.identity, 9));
    assert_int_equal(count_told(bench, TOLD_SAME_IDENTITY), 1);
    assert_int_equal(bye_code(bench, link), WHY_SAME_IDENTITY);
    assert_int_equal(links_up(bench), 0);
}

/* The answer of a server with this identity to our dial; its HELLO1 stands in the last link. */
static uint64_t dial_one(const struct identity *server, uint8_t process, enum found found,
                         const struct id *node)
{
    uint8_t room[256];
    uint8_t version;
    struct hello1 hello = {
        .node = server->node,
        .nonce = {{8}},
        .card = {.process = {{process}}, .port = 1, .nick = {(const uint8_t *)"server", 6}}};
    static int place;
    char address[32];
    snprintf(address, sizeof address, "10.9.0.%d:1", ++place);
    bench_find(bench, address, found, node);
    const struct seen *dial = last_effect(bench, EFFECT_DIAL);
    assert_non_null(dial);
    uint64_t link = dial->link;
    struct hello_terms terms = {.network = bench->config.network, .client_key = peer_key(link)};
    bench_step(bench,
               (struct event){.kind = EVENT_LINK_OUT, .link = link, .client_key = peer_key(link)});
    assert_true(
        wire_read_hello0(last_sent(bench, link, FRAME_HELLO0), &version, &terms.client_nonce));
    hello1_sign(&hello, &terms, server);
    struct writer w = writer_of(room, sizeof room);
    wire_write_hello1(&w, &hello);
    peer_frame(bench, link, written(&w));
    return link;
}

static void we_dial_the_same_identity(void **state)
{
    (void)state;
    dial_one(&bench->config.identity, 9, FOUND_TYPED, NULL);
    assert_int_equal(count_told(bench, TOLD_SAME_IDENTITY), 1);
}

static void we_dial_ourselves(void **state)
{
    (void)state;
    uint64_t link = dial_one(&bench->config.identity, 1, FOUND_TYPED, NULL);
    assert_int_equal(count_told(bench, TOLD_DIAL_SELF), 1);
    assert_int_equal(count_told(bench, TOLD_SAME_IDENTITY), 0);
    assert_true(was_hung_up(bench, link));
    bench_forget(bench);
    bench_pass(bench, 600000);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 0);
}

/* Who was sent away may not come back under an address that nobody asked for; who types it may. */
static void shunned_stays_out(void **state)
{
    (void)state;
    struct identity bo = bench_identity(1);
    struct id alias = {{77}};
    peer_up(bench, 1);
    bench_request(
        bench, (struct request){.kind = REQUEST_DISCONNECT, .text = {(const uint8_t *)"peer", 4}});
    uint64_t link = dial_one(&bo, 3, FOUND_BEACON, &alias);
    assert_int_equal(count_sent(bench, link, FRAME_HELLO2), 0);
    assert_int_equal(bye_code(bench, link), WHY_ASKED);
    link = dial_one(&bo, 3, FOUND_TYPED, NULL);
    assert_int_equal(count_sent(bench, link, FRAME_HELLO2), 1);
    peer_join(bench, link, 1, "bo", "#fika");
    assert_int_equal(links_up(bench), 1);
}

/* Two copies of one profile do not push each other out of a third node for ever. */
static void copies_do_not_flap(void **state)
{
    (void)state;
    struct identity bo = bench_identity(1);
    uint64_t first = peer_up_as(bench, &bo, 2), second;
    for (int i = 0; i < 10; i++) {
        bench_pass(bench, 1000);
        peer_pings(bench, first);
        second = peer_up_as(bench, &bo, 3);
        assert_true(was_hung_up(bench, second));
        assert_false(was_hung_up(bench, first));
    }
    assert_int_equal(links_up(bench), 1);
    /* A machine that went down without a word and is back is another matter. */
    bench_pass(bench, LINK_SILENCE_MS - 1000);
    second = peer_up_as(bench, &bo, 3);
    assert_true(was_hung_up(bench, first));
    assert_false(was_hung_up(bench, second));
    assert_int_equal(links_up(bench), 1);
}

/* Of two links of one process one stays, and the user sees neither go. */
static void one_of_two_links_is_kept(void **state)
{
    (void)state;
    uint64_t first = peer_up(bench, 1);
    bench_forget(bench);
    uint64_t second = peer_up(bench, 1);
    assert_int_equal(was_hung_up(bench, first) + was_hung_up(bench, second), 1);
    assert_int_equal(bye_code(bench, was_hung_up(bench, first) ? first : second), WHY_DUPLICATE);
    assert_int_equal(count_shown(bench, SHOW_LINK), 0);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), 0);
    assert_int_equal(links_up(bench), 1);
}

/* A node that dials once more has lost the other link, whatever it looks like from here. */
static void a_later_link_takes_over(void **state)
{
    (void)state;
    for (int i = 0; i < 8;
         i++) { /* client keys are random, and the rule for two at once knows them */
        uint64_t first = peer_up(bench, 1);
        bench_pass(bench, HELLO_DEADLINE_MS + 1);
        bench_forget(bench);
        uint64_t second = peer_up(bench, 1);
        assert_true(was_hung_up(bench, first));
        assert_false(was_hung_up(bench, second));
        assert_int_equal(count_shown(bench, SHOW_LINK), 0);
        uint8_t bye[2] = {FRAME_BYE, WHY_QUIT};
        peer_frame(bench, second, (struct bytes){bye, 2});
    }
}

/* After a change of network each link is asked whether it is there, and has a moment to say so. */
static void a_change_of_network_finds_dead_links(void **state)
{
    (void)state;
    uint64_t lives = peer_up(bench, 1), dead = peer_up(bench, 2);
    bench_pass(bench, LINK_SILENCE_MS - 1); /* as after a sleep: that was no silence */
    bench_step(bench, (struct event){.kind = EVENT_NETWORK});
    assert_int_equal(count_sent(bench, lives, FRAME_PING), 1);
    assert_int_equal(count_sent(bench, dead, FRAME_PING), 1);
    bench_pass(bench, SUSPECT_MS - 1);
    bench_step(bench, (struct event){.kind = EVENT_NETWORK}); /* and again: no more time for that */
    peer_pings(bench, lives);
    assert_false(was_hung_up(bench, dead));
    bench_pass(bench, 1);
    assert_true(was_hung_up(bench, dead));
    assert_string_equal(last_show(bench, SHOW_LINK)->a, link_why_text(WHY_LOST));
    bench_pass(bench, LINK_SILENCE_MS - 2);
    assert_false(was_hung_up(bench, lives));
}

/* ---- bounds of links ---- */

static void inbound_strangers_are_bounded(void **state)
{
    (void)state;
    uint64_t first = 0, last = 0;
    for (int i = 0; i < 3 * LIMIT_INBOUND_WAITING; i++) {
        last = peer_connects(bench);
        first = first == 0 ? last : first;
    }
    assert_int_equal(count_effects(bench, EFFECT_HANG_UP), 2 * LIMIT_INBOUND_WAITING);
    assert_true(was_hung_up(bench, first)); /* the oldest first */
    assert_false(was_hung_up(bench, last));
    bench_find(bench, "10.0.0.7:1", FOUND_TYPED, NULL); /* there is a place for our own */
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 1);
    peer_up(bench, 1); /* and for who comes through HELLO */
    assert_int_equal(links_up(bench), 1);
}

static void no_more_links_than_allowed(void **state)
{
    (void)state;
    uint64_t waiting[16];
    for (uint32_t i = 0; i < LINKS_MESH - 1; i++)
        peer_up(bench, 100 + i);
    bench_forget(bench);
    assert_int_equal(links_up(bench), LINKS_MESH - 1);
    for (uint32_t i = 0; i < 16; i++) { /* all through HELLO while there is one place */
        struct identity self = bench_identity(500 + i);
        waiting[i] = peer_connects(bench);
        assert_true(peer_hello(bench, waiting[i], &self, 2));
    }
    for (uint32_t i = 0; i < 16; i++)
        peer_join(bench, waiting[i], 1, "peer", "#fika");
    bench_forget(bench);
    assert_int_equal(links_up(bench), LINKS_MESH);
    uint64_t late = peer_up(bench, 900);
    assert_int_equal(bye_code(bench, late), WHY_FULL);
    bench_find(bench, "10.0.0.7:1", FOUND_TYPED, NULL); /* for whom we dial there is a place */
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 1);
}

/* A person may join all channels one after the other. */
static void joining_every_channel_is_no_offence(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    for (uint32_t i = 2; i <= LIMIT_CHANNELS + 2; i++) {
        bench_pass(bench, 5);
        peer_join(bench, link, i, "peer", "#fika");
    }
    assert_false(was_hung_up(bench, link));
    for (uint32_t i = 100; i < 10000 && !was_hung_up(bench, link); i++) /* but not for ever */
        peer_join(bench, link, i, i % 2 ? "peer" : "reep", "#fika");
    assert_true(was_hung_up(bench, link));
}

static void a_join_from_the_past_is_ignored(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_join(bench, link, 5, "five", "#fika");
    bench_forget(bench);
    peer_join(bench, link, 5, "other", NULL);
    peer_join(bench, link, 4, "other", NULL);
    assert_int_equal(count_told(bench, TOLD_NICK_OTHER), 0);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), 0);
    assert_false(was_hung_up(bench, link));
}

/* What a peer calls itself stands between spaces and in "<nick>" as what a person chose does: it
 * cannot look like the end of a nick, a command or a channel, in a JOIN and in an entry alike. */
static void nicks_of_peers_keep_the_rules(void **state)
{
    (void)state;
    static const char *const BAD[] = {"bo> hi <eve", "a b", "#x", "/quit", "\x1b[2J", "\xff"};
    uint64_t link = peer_up(bench, 1);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct author *author = author_new(bench, (uint32_t)(10 + i), 1, 0);
        uint8_t body[LIMIT_BODY];
        author->entries[0].body = (struct bytes){body, entry_write_text(body, BAD[i], "hej", 3)};
        entry_finish(&author->entries[0]);
        peer_join(bench, link, (uint32_t)(2 + i), BAD[i], i % 2 ? NULL : "#fika");
        peer_entries(bench, link, author, 1, 1, PART_PUSH);
        free(author);
        if (!nick_ok(last_show(bench, SHOW_MESSAGE)->show.nick.text))
            fail_msg("an entry's nick %s is shown as %s", BAD[i],
                     last_show(bench, SHOW_MESSAGE)->show.nick.text);
        if (!nick_ok(last_show(bench, SHOW_MEMBER)->show.nick.text) ||
            !nick_ok(last_show(bench, SHOW_TOLD)->b))
            fail_msg("a peer's nick %s is shown as %s", BAD[i],
                     last_show(bench, SHOW_MEMBER)->show.nick.text);
    }
}

/* Behind a queue that was full anything may have been lost, our JOIN too. */
static void drained_link_gets_join(void **state)
{
    (void)state;
    struct join before, after;
    uint64_t link = peer_up(bench, 1);
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &before));
    bench_say(bench, "hej");
    bench_forget(bench);
    bench_step(bench, (struct event){.kind = EVENT_LINK_DRAINED, .link = link});
    assert_int_equal(count_sent(bench, link, FRAME_JOIN), 1);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 1); /* #fika; it is not in #b */
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &after));
    assert_true(after.generation > before.generation); /* else it would not be read */
    assert_memory_not_equal(&after.digests[0], &before.digests[0], sizeof(struct digest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(hello_in_time),
        test(join_in_time),
        test(a_dial_in_time),
        test(versions),
        test(a_wrong_signature_in_hello),
        test(nothing_before_join),
        test(silence),
        test(what_bye_says),
        test(broken_frames_end_a_link),
        test(the_same_identity_dials_us),
        test(we_dial_the_same_identity),
        test(we_dial_ourselves),
        test(shunned_stays_out),
        test(copies_do_not_flap),
        test(one_of_two_links_is_kept),
        test(a_later_link_takes_over),
        test(a_change_of_network_finds_dead_links),
        test(inbound_strangers_are_bounded),
        test(no_more_links_than_allowed),
        test(joining_every_channel_is_no_offence),
        test(a_join_from_the_past_is_ignored),
        test(nicks_of_peers_keep_the_rules),
        test(drained_link_gets_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
