/* Core: what requests are answered, in which order effects come, and how it stops. test_core_links.c has
 * links, test_core_sync.c and its neighbours catching up. */
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

/* The entry with which our own log ends, as it was stored last. */
static const struct id *own_tip(void)
{
    static struct id tip;
    const struct seen *store = last_effect(bench, EFFECT_STORE);
    assert_non_null(store);
    tip = store->load.tip;
    return &tip;
}

/* ---- requests ---- */

static void bad_channel_names(void **state)
{
    (void)state;
    static const char *const BAD[] = {"", "fika", "#", "#a b", "#a,b", "#\x1b[2J", "#\xff"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        bench_forget(bench);
        bench_ask(bench, REQUEST_JOIN, BAD[i]);
        assert_int_equal(count_told(bench, TOLD_BAD_CHANNEL), 1);
        assert_int_equal(count_effects(bench, EFFECT_KEEP), 0);
    }
}

static void too_many_channels(void **state)
{
    (void)state;
    char name[16];
    for (int i = 2; i < LIMIT_CHANNELS; i++) {
        snprintf(name, sizeof name, "#%d", i);
        bench_ask(bench, REQUEST_JOIN, name);
    }
    assert_int_equal(count_told(bench, TOLD_TOO_MANY_CHANNELS), 0);
    bench_forget(bench);
    bench_ask(bench, REQUEST_JOIN, "#more");
    assert_int_equal(count_told(bench, TOLD_TOO_MANY_CHANNELS), 1);
    struct core_config keep;
    core_keep(bench->core, &keep);
    assert_int_equal(keep.channel_count, LIMIT_CHANNELS);
    bench_ask(bench, REQUEST_LEAVE, "#7");
    bench_ask(bench, REQUEST_JOIN, "#more");
    core_keep(bench->core, &keep);
    assert_string_equal(keep.channels[0].text, "#more"); /* the current one first */
}

static void not_joined(void **state)
{
    (void)state;
    bench_request(bench, (struct request){.kind = REQUEST_SAY,
                                          .channel = {"#c"},
                                          .text = {(const uint8_t *)"hej", 3}});
    assert_int_equal(count_told(bench, TOLD_NOT_JOINED), 1);
    bench_ask(bench, REQUEST_LEAVE, "#c");
    assert_int_equal(count_told(bench, TOLD_NOT_JOINED), 2);
    bench_ask(bench, REQUEST_WHO, "#c");
    assert_int_equal(count_told(bench, TOLD_NOT_JOINED), 3);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 0);
}

static void no_channel_at_all(void **state)
{
    (void)state;
    bench_ask(bench, REQUEST_LEAVE, "#fika");
    bench_ask(bench, REQUEST_LEAVE, ""); /* the current one */
    assert_int_equal(count_told(bench, TOLD_LEFT), 2);
    bench_say(bench, "hej");
    bench_ask(bench, REQUEST_LEAVE, "");
    bench_ask(bench, REQUEST_CHANNELS, "");
    assert_int_equal(count_told(bench, TOLD_NO_CHANNEL), 3);
}

static void texts_are_bounded(void **state)
{
    (void)state;
    static uint8_t text[LIMIT_TEXT + 1];
    memset(text, 'x', sizeof text);
    bench_request(bench, (struct request){.kind = REQUEST_SAY, .text = {text, LIMIT_TEXT}});
    assert_int_equal(count_effects(bench, EFFECT_STORE), 1);
    bench_request(bench, (struct request){.kind = REQUEST_SAY, .text = {text, LIMIT_TEXT + 1}});
    assert_int_equal(count_effects(bench, EFFECT_STORE), 1);
    assert_int_equal(count_told(bench, TOLD_TOO_LONG), 1);
}

static void unwritable(void **state)
{
    (void)state;
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = false});
    bench_say(bench, "hej");
    assert_int_equal(count_told(bench, TOLD_STORE_FULL), 1);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 0);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = true});
    assert_int_equal(count_told(bench, TOLD_STORE_BACK), 1);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = true});
    assert_int_equal(count_told(bench, TOLD_STORE_BACK), 1);
    bench_say(bench, "hej");
    assert_int_equal(count_effects(bench, EFFECT_STORE), 1);
}

/* While the disk is full nothing is asked for; what was announced is, once it is not. */
static void unwritable_asks_for_nothing(void **state)
{
    (void)state;
    struct author *author = author_new(bench, 5, 3, 0);
    uint64_t link = peer_up(bench, 1);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = false});
    peer_have(bench, link, true, &author->identity.node, 3, author_tip(author, 3));
    bench_pass(bench, 1000);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 0);
    peer_entries(bench, link, author, 3, 3, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 0);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = true});
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1);
    assert_int_equal(last_want(bench, link).to, 3);
    free(author);
}

static void nicks(void **state)
{
    (void)state;
    struct request request = {.kind = REQUEST_NICK, .nick = {"a b"}};
    bench_request(bench, request);
    assert_int_equal(count_told(bench, TOLD_BAD_NICK), 1);
    assert_int_equal(count_effects(bench, EFFECT_KEEP), 0);
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    strcpy(request.nick.text, "anders");
    bench_request(bench, request);
    struct join join;
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &join));
    assert_int_equal(join.nick.size, 6);
    assert_int_equal(count_effects(bench, EFFECT_KEEP), 1);
    struct core_config keep;
    core_keep(bench->core, &keep);
    assert_string_equal(keep.nick.text, "anders");
}

static void disconnecting_nobody(void **state)
{
    (void)state;
    peer_connects(bench); /* its nick is not known yet: no target names it */
    static const char *const NOBODY[] = {"", "peer", "10.0.0.9", "1.1.1.1:1", "0.0.0.1"};
    for (size_t i = 0; i < sizeof NOBODY / sizeof NOBODY[0]; i++) {
        bench_forget(bench);
        bench_request(bench,
                      (struct request){.kind = REQUEST_DISCONNECT,
                                       .text = {(const uint8_t *)NOBODY[i], strlen(NOBODY[i])}});
        assert_int_equal(count_told(bench, TOLD_NO_SUCH), 1);
        assert_int_equal(count_effects(bench, EFFECT_HANG_UP), 0);
    }
    bench_request(bench, (struct request){.kind = REQUEST_DISCONNECT}); /* no bytes at all */
    assert_int_equal(count_effects(bench, EFFECT_HANG_UP), 0);
}

static void disconnecting_a_nick(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    bench_request(
        bench, (struct request){.kind = REQUEST_DISCONNECT, .text = {(const uint8_t *)"peer", 4}});
    assert_int_equal(bye_code(bench, link), WHY_ASKED);
    assert_true(was_hung_up(bench, link));
    assert_false(last_show(bench, SHOW_LINK)->show.up);
    bench_forget(bench);
    link = peer_connects(bench); /* and it is not let in again */
    struct identity self = bench_identity(1);
    peer_hello(bench, link, &self, 2);
    assert_int_equal(bye_code(bench, link), WHY_ASKED);
    assert_int_equal(links_up(bench), 0);
}

/* ---- effects ---- */

/* Stored, then sent, then shown. */
static void the_order_of_an_own_line(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    bench_forget(bench);
    bench_say(bench, "hej");
    size_t store = SIZE_MAX, send = SIZE_MAX, show = SIZE_MAX;
    for (size_t i = bench->seen_count; i-- > 0;) {
        const struct seen *seen = &bench->seen[i];
        if (seen->kind == EFFECT_STORE)
            store = i;
        if (is_frame(seen, 0, FRAME_ENTRY))
            send = i;
        if (seen->kind == EFFECT_SHOW && seen->show.kind == SHOW_MESSAGE)
            show = i;
    }
    assert_true(store < send && send < show && show != SIZE_MAX);
    assert_int_equal(count_sent(bench, one, FRAME_ENTRY), 1);
    assert_int_equal(count_sent(bench, two, FRAME_ENTRY), 1);
    assert_true(bench->seen[show].show.own);
    assert_int_equal(bench->seen[show].show.seq, 1);
}

/* Only who joined a channel gets what is said in it. */
static void pushed_to_who_joined(void **state)
{
    (void)state;
    struct identity self = bench_identity(1);
    uint64_t in = peer_up(bench, 2), out = peer_connects(bench);
    assert_true(peer_hello(bench, out, &self, 2));
    peer_join(bench, out, 1, "out", NULL);
    bench_forget(bench);
    bench_say(bench, "hej");
    assert_int_equal(count_sent(bench, in, FRAME_ENTRY), 1);
    assert_int_equal(count_sent(bench, out, FRAME_ENTRY), 0);
    peer_join(bench, in, 2, "in", NULL); /* it left */
    bench_say(bench, "hej");
    assert_int_equal(count_sent(bench, in, FRAME_ENTRY), 1);
}

/* What was said is a chain, over a restart too. */
static void own_lines_are_a_chain(void **state)
{
    (void)state;
    struct arena arena;
    struct run run;
    enum entry_part part;
    uint64_t link = peer_up(bench, 1);
    struct id prev = {{0}};
    arena_init(&arena);
    for (uint64_t seq = 1; seq <= 5; seq++) {
        bench_say(bench, "hej");
        assert_true(wire_read_entry(last_sent(bench, link, FRAME_ENTRY), &arena, &run, &part));
        assert_int_equal(part, PART_PUSH);
        assert_int_equal(run.entries[0].seq, seq);
        assert_true(id_equal(&run.entries[0].prev, &prev));
        assert_true(entry_verify(&run.entries[0], &run.signature));
        prev = run.entries[0].id;
    }
    core_free(bench->core);
    bench->core = core_new(&bench->config);
    bench_step(bench,
               (struct event){.kind = EVENT_LOAD_CHANNEL, .channel = {"#fika"}, .lamport = 50});
    bench_step(
        bench,
        (struct event){
            .kind = EVENT_LOAD_LOG,
            .channel = {"#fika"},
            .load = {.author = bench->config.identity.node, .seq = 5, .tip = prev, .lamport = 5}});
    link = peer_up(bench, 1);
    bench_say(bench, "hej");
    assert_true(wire_read_entry(last_sent(bench, link, FRAME_ENTRY), &arena, &run, &part));
    assert_int_equal(run.entries[0].seq, 6);
    assert_int_equal(run.entries[0].lamport, 51);
    assert_true(id_equal(&run.entries[0].prev, &prev));
    arena_release(&arena);
}

/* A wall clock of nonsense is nobody's fault, and no reason to end. */
static void insane_wall_clocks(void **state)
{
    (void)state;
    static const uint64_t WALL[] = {0, 1, UINT64_MAX - 100000, (uint64_t)INT64_MAX};
    for (size_t i = 0; i < sizeof WALL / sizeof WALL[0]; i++) {
        bench->wall_ms = WALL[i];
        bench_forget(bench);
        bench_say(bench, "hej");
        assert_int_equal(count_effects(bench, EFFECT_STORE), 1);
    }
}

/* ---- stopping ---- */

static void stop_at_once(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 1000});
    assert_int_equal(count_effects(bench, EFFECT_STOP), 1); /* nothing was said */
    assert_int_equal(bye_code(bench, link), WHY_QUIT);
    assert_int_equal(last_show(bench, SHOW_STOPPED)->show.n, 0);
    bench_forget(bench);
    bench_say(bench, "too late");
    assert_int_equal(bench->seen_count, 0);
}

static void stop_waits_for_receipts(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    bench_say(bench, "hej");
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 1000});
    bench_pass(bench, 500);
    assert_int_equal(count_effects(bench, EFFECT_STOP), 0);
    peer_have(bench, link, false, &bench->config.identity.node, 1, own_tip());
    assert_int_equal(count_effects(bench, EFFECT_STOP), 1);
    assert_int_equal(last_show(bench, SHOW_STOPPED)->show.n, 0);
}

/* Who holds something else at that place holds nothing of ours. */
static void a_head_of_another_tip_is_no_receipt(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    bench_say(bench, "hej");
    peer_have(bench, link, false, &bench->config.identity.node, 1, &(struct id){{9}});
    assert_int_equal(count_shown(bench, SHOW_HELD), 0);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0);
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 1000});
    assert_int_equal(count_effects(bench, EFFECT_STOP), 0);
    bench_pass(bench, 1000);
    assert_int_equal(last_show(bench, SHOW_STOPPED)->show.n, 1);
}

/* A line that waits for older own ones is not lost by stopping. */
static void stop_seals_what_waits(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_have(bench, link, true, &bench->config.identity.node, 5, &(struct id){{9}});
    bench_say(bench, "hej");
    assert_int_equal(count_effects(bench, EFFECT_STORE), 0);
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 1000});
    assert_int_equal(count_effects(bench, EFFECT_STORE), 1);
    bench_pass(bench, 1000);
    assert_int_equal(last_show(bench, SHOW_STOPPED)->show.n, 1);
}

static void stop_waits_no_longer(void **state)
{
    (void)state;
    peer_up(bench, 1);
    bench_say(bench, "hej");
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 1000});
    bench_pass(bench, 999);
    assert_int_equal(count_effects(bench, EFFECT_STOP), 0);
    bench_pass(bench, 1);
    assert_int_equal(count_effects(bench, EFFECT_STOP), 1);
    assert_int_equal(last_show(bench, SHOW_STOPPED)->show.n, 1);
}

/* An address that becomes due while we stop is no reason to spin (bench_step looks). */
static void deadline_while_stopping(void **state)
{
    (void)state;
    peer_up(bench, 1);
    bench_find(bench, "10.0.0.7:1", FOUND_TYPED, NULL);
    uint64_t link = last_effect(bench, EFFECT_DIAL)->link;
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_REFUSED});
    bench_say(bench, "hej");
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 5000});
    bench_pass(bench, 4000);
    bench_pass(bench, 1000);
    assert_int_equal(count_effects(bench, EFFECT_STOP), 1);
}

static void stop_waits_for_a_first_link(void **state)
{
    (void)state;
    bench_say(bench, "hej");
    bench_request(bench,
                  (struct request){.kind = REQUEST_STOP, .wait_ms = 1000, .wait_link_ms = 3000});
    bench_pass(bench, 2000);
    assert_int_equal(count_effects(bench, EFFECT_STOP), 0);
    uint64_t link = peer_up(bench, 1);
    assert_int_equal(count_effects(bench, EFFECT_STOP), 0);
    peer_have(bench, link, false, &bench->config.identity.node, 1, own_tip());
    assert_int_equal(count_effects(bench, EFFECT_STOP), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(bad_channel_names),
        test(too_many_channels),
        test(not_joined),
        test(no_channel_at_all),
        test(texts_are_bounded),
        test(unwritable),
        test(unwritable_asks_for_nothing),
        test(nicks),
        test(disconnecting_nobody),
        test(disconnecting_a_nick),
        test(the_order_of_an_own_line),
        test(pushed_to_who_joined),
        test(own_lines_are_a_chain),
        test(insane_wall_clocks),
        test(stop_at_once),
        test(stop_waits_for_receipts),
        test(a_head_of_another_tip_is_no_receipt),
        test(stop_seals_what_waits),
        test(stop_waits_no_longer),
        test(deadline_while_stopping),
        test(stop_waits_for_a_first_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
