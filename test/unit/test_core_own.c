/* Core: own lines: those that others hold and we lack, those that are taken back, and who holds them. */
#include "sync_help.h"

/* ---- a restored backup of our own ---- */

static struct author *own_backup(uint64_t held, uint64_t theirs)
{
    struct author *own = author_new(bench, 0, held, 0);
    struct author *longer = author_fork(bench, own, held, theirs, 0, 7);
    bench_load(bench, own, held);
    free(own);
    return longer;
}

/* What others hold of our own is waited for, and what is said goes on from it: no branch. */
static void own_lines_wait_for_older_ones(void **state)
{
    (void)state;
    struct author *own = own_backup(3, 5);
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, &own->identity.node, 5, author_tip(own, 5));
    assert_int_equal(last_want(bench, link).from, 4);
    bench_say(bench, "one");
    bench_say(bench, "two");
    assert_int_equal(stored(), 0);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
    bench_pass(bench, ADOPT_WAIT_MS / 2);
    assert_int_equal(stored(), 0);
    peer_entries(bench, link, own, 4, 5, PART_ANSWER_END);
    assert_int_equal(stored(), 4);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 2);
    const struct seen *store = last_effect(bench, EFFECT_STORE);
    assert_int_equal(store->seq, 6);
    assert_int_equal(store->count, 2);
    assert_int_equal(store->load.branch, 0);
    assert_int_equal(count_told(bench, TOLD_BRANCH), 0);
    struct arena arena;
    struct run run;
    enum entry_part part;
    arena_init(&arena);
    assert_true(wire_read_entry(last_sent(bench, link, FRAME_ENTRY), &arena, &run, &part));
    assert_true(id_equal(&run.entries[0].prev, author_tip(own, 5)));
    assert_true(run.entries[0].lamport > own->entries[4].lamport);
    assert_true(entry_verify(&run.entries[1], &run.signature));
    arena_release(&arena);
    bench_say(bench, "three"); /* and nothing waits any more */
    assert_int_equal(stored(), 5);
    free(own);
}

/* They wait no longer than ADOPT_WAIT_MS; then there is a branch, and both are kept. */
static void own_lines_do_not_wait_for_ever(void **state)
{
    (void)state;
    struct have have;
    struct author *own = own_backup(3, 5);
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, &own->identity.node, 5, author_tip(own, 5));
    bench_pass(bench, 1000);
    bench_say(bench, "one");
    bench_pass(bench, ADOPT_WAIT_MS - 1);
    assert_int_equal(stored(), 0);
    bench_pass(bench, 1);
    assert_int_equal(stored(), 1);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 4);
    peer_pings(bench, link);
    peer_entries(bench, link, own, 4, 5, PART_ANSWER_END); /* after all */
    assert_int_equal(stored(), 3);
    assert_int_equal(count_told(bench, TOLD_BRANCH), 1);
    assert_int_equal(count_told(bench, TOLD_LIAR), 0);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2);
    bench_say(bench, "two"); /* where it is highest */
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 6);
    assert_int_equal(count_told(bench, TOLD_BRANCH), 1);
    free(own);
}

/* Nor when nobody who holds them is left. */
static void own_lines_wait_for_nobody_who_left(void **state)
{
    (void)state;
    struct author *own = own_backup(3, 5);
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, &own->identity.node, 5, author_tip(own, 5));
    bench_say(bench, "one");
    assert_int_equal(stored(), 0);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    assert_int_equal(stored(), 1);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 4);
    free(own);
}

/* What waits is not lost when more is said than fits a run, or another channel is spoken in. */
static void what_waits_is_not_lost(void **state)
{
    (void)state;
    struct author *own = own_backup(3, 5);
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, &own->identity.node, 5, author_tip(own, 5));
    for (int i = 0; i < LIMIT_RUN_ENTRIES + 10; i++)
        bench_say(bench, "x");
    bench_request(bench, (struct request){.kind = REQUEST_SAY,
                                          .channel = {"#b"},
                                          .text = {(const uint8_t *)"hej", 3}});
    peer_entries(bench, link, own, 4, 5, PART_ANSWER_END);
    bench_pass(bench, ADOPT_WAIT_MS);
    peer_pings(bench, link);
    assert_int_equal(stored(), LIMIT_RUN_ENTRIES + 10 + 1 + 2);
    free(own);
}

/* A head of the lower of two own branches is no receipt for the lines of the higher. */
static void receipts_are_for_one_branch(void **state)
{
    (void)state;
    struct author *own = author_new(bench, 0, 6, 0);
    struct author *fork = author_fork(bench, own, 3, 8, 1, 7);
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    peer_entries(bench, one, own, 1, 6, PART_PUSH);
    peer_entries(bench, one, fork, 4, 8, PART_PUSH);
    assert_int_equal(stored(), 11);
    bench_forget(bench);
    peer_have(bench, two, false, &own->identity.node, 6, author_tip(own, 6)); /* holds 1 to 6 */
    const struct seen *held = last_effect(bench, EFFECT_RECEIPT);
    assert_null(held);
    assert_int_equal(core_held(bench->core, &(struct channel_name){"#fika"}, 6), 0);
    peer_have(bench, two, false, &own->identity.node, 8, author_tip(fork, 8));
    assert_int_equal(core_held(bench->core, &(struct channel_name){"#fika"}, 8), 1);
    free(own);
    free(fork);
}

/* ---- lines taken back ---- */

static void forget_by_request(void **state)
{
    (void)state;
    struct arena arena;
    struct run run;
    enum entry_part part;
    uint64_t link = peer_up(bench, 1), seq;
    bench_say(bench, "oops");
    struct id oops = last_effect(bench, EFFECT_STORE)->load.tip, id;
    bench_say(bench, "well");
    bench_forget(bench);
    bench_request(bench, (struct request){.kind = REQUEST_FORGET, .seq = 1, .id = oops});
    assert_int_equal(count_told(bench, TOLD_FORGOTTEN), 1);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 3);
    assert_int_equal(last_show(bench, SHOW_FORGOTTEN)->show.seq, 1);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
    arena_init(&arena);
    assert_true(wire_read_entry(last_sent(bench, link, FRAME_ENTRY), &arena, &run, &part));
    assert_true(entry_forgets(&run.entries[0], &seq, &id));
    assert_int_equal(seq, 1);
    assert_true(id_equal(&id, &oops));
    assert_true(entry_verify(&run.entries[0], &run.signature));
    arena_release(&arena);
    bench_say(bench, "and on");
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 4);
}

static void edit_by_request(void **state)
{
    (void)state;
    struct arena arena;
    struct run run;
    enum entry_part part;
    struct bytes nick, text;
    uint64_t link = peer_up(bench, 1), seq;
    static uint8_t longer[LIMIT_EDIT + 1];
    bench_say(bench, "teh cat");
    struct id cat = last_effect(bench, EFFECT_STORE)->load.tip, id;
    struct request request = {.kind = REQUEST_EDIT, .seq = 1, .id = cat};
    memset(longer, 'x', sizeof longer);
    bench_forget(bench);
    request.text = (struct bytes){longer, sizeof longer};
    bench_request(bench, request);
    assert_int_equal(count_told(bench, TOLD_TOO_LONG), 1);
    request.seq = 0;
    bench_request(bench, request);
    assert_int_equal(count_told(bench, TOLD_NOTHING_OWN), 1);
    assert_null(last_effect(bench, EFFECT_STORE));
    request.seq = 1;
    request.text.size--;
    bench_request(bench, request);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 2);
    arena_init(&arena);
    assert_true(wire_read_entry(last_sent(bench, link, FRAME_ENTRY), &arena, &run, &part));
    assert_true(entry_edits(&run.entries[0], &seq, &id, &nick, &text));
    assert_int_equal(seq, 1);
    assert_true(id_equal(&id, &cat));
    assert_int_equal(text.size, LIMIT_EDIT);
    assert_true(entry_verify(&run.entries[0], &run.signature));
    arena_release(&arena);
}

static void react_by_request(void **state)
{
    (void)state;
    struct arena arena;
    struct run run;
    enum entry_part part;
    struct reaction reaction;
    uint64_t link = peer_up(bench, 1);
    static uint8_t longer[LIMIT_REACTION + 1];
    struct request request = {.kind = REQUEST_REACT, .seq = 3, .put = true};
    memset(longer, 'x', sizeof longer);
    memset(&request.author, 7, sizeof request.author);
    memset(&request.id, 8, sizeof request.id);
    request.text = (struct bytes){longer, sizeof longer};
    bench_request(bench, request);
    assert_int_equal(count_told(bench, TOLD_TOO_LONG), 1);
    request.text.size--;
    request.seq = 0;
    bench_request(bench, request);
    assert_int_equal(count_told(bench, TOLD_NOTHING_THERE), 1);
    assert_null(last_effect(bench, EFFECT_STORE));
    request.seq = 3;
    bench_request(bench, request); /* nothing of ours need be there before */
    bench_pass(bench, 0);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 1);
    arena_init(&arena);
    assert_true(wire_read_entry(last_sent(bench, link, FRAME_ENTRY), &arena, &run, &part));
    assert_true(entry_reacts(&run.entries[0], &reaction));
    assert_int_equal(reaction.seq, 3);
    assert_int_equal(reaction.author.b[31], 7);
    assert_int_equal(reaction.id.b[31], 8);
    assert_true(reaction.put);
    assert_int_equal(reaction.sign.size, LIMIT_REACTION);
    assert_true(entry_verify(&run.entries[0], &run.signature));
    arena_release(&arena);
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = false});
    bench_request(bench, request);
    assert_int_equal(count_told(bench, TOLD_STORE_FULL), 1);
}

/* The node found no own line, or the disk takes nothing. */
static void nothing_to_forget(void **state)
{
    (void)state;
    bench_request(bench, (struct request){.kind = REQUEST_FORGET});
    assert_int_equal(count_told(bench, TOLD_NOTHING_OWN), 1);
    bench_request(bench, (struct request){.kind = REQUEST_FORGET, .channel = {"#c"}, .seq = 1});
    assert_int_equal(count_told(bench, TOLD_NOT_JOINED), 1);
    bench_say(bench, "hej");
    bench_step(bench, (struct event){.kind = EVENT_STORE, .writable = false});
    bench_request(bench, (struct request){.kind = REQUEST_FORGET, .seq = 1});
    assert_int_equal(count_told(bench, TOLD_STORE_FULL), 1);
    assert_int_equal(count_told(bench, TOLD_FORGOTTEN), 0);
}

/* A face may ask it where nothing of ours is: that is answered, and no more. */
static void forget_where_nothing_is_own(void **state)
{
    (void)state;
    bench_request(bench, (struct request){.kind = REQUEST_FORGET, .seq = 1});
    assert_int_equal(count_told(bench, TOLD_NOTHING_OWN), 1);
    assert_int_equal(count_effects(bench, EFFECT_STORE), 0);
}

static void forget_by_a_peer(void **state)
{
    (void)state;
    uint8_t body[40];
    struct writer w = writer_of(body, sizeof body);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    write_u64(&w, 2);
    write_id(&w, author_tip(author, 2));
    author->entries[3].kind = ENTRY_FORGET;
    author->entries[3].body = (struct bytes){body, sizeof body};
    entry_finish(&author->entries[3]);
    bench_forget(bench);
    peer_entries(bench, link, author, 4, 4, PART_PUSH);
    assert_int_equal(stored(), 1);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
    assert_int_equal(last_show(bench, SHOW_FORGOTTEN)->show.seq, 2);
    assert_true(id_equal(&last_show(bench, SHOW_FORGOTTEN)->show.id, who()));
}

static void who_holds_the_last_line(void **state)
{
    (void)state;
    bench_ask(bench, REQUEST_HELD, "");
    assert_int_equal(count_told(bench, TOLD_NOTHING_OWN), 1);
    uint64_t link = peer_up(bench, 1);
    bench_say(bench, "hej");
    bench_ask(bench, REQUEST_HELD, "");
    assert_int_equal(last_show(bench, SHOW_HELD_ROW)->show.n, 0);
    struct id tip = last_effect(bench, EFFECT_STORE)->load.tip;
    peer_have(bench, link, false, &bench->config.identity.node, 1, &tip);
    bench_ask(bench, REQUEST_HELD, "#fika");
    assert_int_equal(last_show(bench, SHOW_HELD_ROW)->show.n, 1);
    assert_int_equal(last_show(bench, SHOW_HELD_ROW)->show.seq, 1);
    bench_say(bench, "hej");
    bench_ask(bench, REQUEST_HELD, "");
    assert_int_equal(last_show(bench, SHOW_HELD_ROW)->show.n, 0);
    assert_int_equal(last_show(bench, SHOW_HELD_ROW)->show.seq, 2);
}

/* What the disk knew of who holds our own is known again. */
static void receipts_are_loaded(void **state)
{
    (void)state;
    struct author *own = author_new(bench, 0, 5, 0);
    bench_load(bench, own, 5);
    bench_step(bench, (struct event){.kind = EVENT_LOAD_RECEIPT,
                                     .channel = {"#fika"},
                                     .node = bench_identity(1).node,
                                     .number = 4});
    assert_int_equal(core_held(bench->core, &(struct channel_name){"#fika"}, 4), 1);
    assert_int_equal(core_held(bench->core, &(struct channel_name){"#fika"}, 5), 0);
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, false, &own->identity.node, 4, author_tip(own, 4));
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0); /* nothing new */
    peer_have(bench, link, false, &own->identity.node, 5, author_tip(own, 5));
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 1);
    assert_int_equal(core_held(bench->core, &(struct channel_name){"#fika"}, 5), 1);
    free(own);
}

/* A peer that announces branches of our own where we have said nothing, in a channel that others
 * have filled, does not keep us from speaking. */
static void nobody_takes_our_own_log(void **state)
{
    (void)state;
    static struct have have;
    static uint8_t room[LIMIT_FRAME];
    uint64_t liars[5];
    for (uint32_t i = 0; i < 5; i++)
        liars[i] = peer_up(bench, 10 + i);
    const struct id *own = &bench->config.identity.node;
    peer_have(bench, liars[0], true, own, 1, &(struct id){{1}});
    peer_have(bench, liars[0], true, who(), 1, &(struct id){{1}});
    for (uint64_t i = 0; i < LIMIT_LOGS / LIMIT_HAVE_HEADS; i++)
        announce_many(liars[i % 5], i);
    have = (struct have){.channel = bench_channel(bench, "#fika"), .all = true, .count = 4};
    for (uint8_t i = 0; i < 4; i++) {
        have.heads[i] = (struct head){i < 2 ? *who() : *own, 2, {{(uint8_t)(2 + i)}}};
    }
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    peer_frame(bench, liars[4], written(&w));
    bench_forget(bench);
    bench_say(bench, "hej");
    bench_pass(bench, ADOPT_WAIT_MS);
    assert_int_equal(stored(), 1);
}

/* What is no line, a sign behind one say, is not spoken of as the last line. */
static void held_is_asked_of_the_last_line(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    struct request react = {
        .kind = REQUEST_REACT, .seq = 3, .put = true, .text = {(const uint8_t *)"+", 1}};
    struct request held = {.kind = REQUEST_HELD};
    memset(&react.author, 7, sizeof react.author);
    memset(&react.id, 8, sizeof react.id);
    bench_request(bench, react);
    bench_request(bench, held);
    assert_int_equal(count_told(bench, TOLD_NOTHING_OWN), 1);
    bench_say(bench, "hello");
    bench_pass(bench, 0);
    struct log_load said = last_effect(bench, EFFECT_STORE)->load;
    peer_have_in(bench, link, "#fika", false, &bench->config.identity.node, said.seq, &said.tip);
    bench_request(bench, react);
    bench_request(bench, held);
    assert_int_equal(last_show(bench, SHOW_HELD_ROW)->show.seq, 2);
    assert_int_equal(last_show(bench, SHOW_HELD_ROW)->show.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(own_lines_wait_for_older_ones),
        test(own_lines_do_not_wait_for_ever),
        test(own_lines_wait_for_nobody_who_left),
        test(what_waits_is_not_lost),
        test(receipts_are_for_one_branch),
        test(forget_by_request),
        test(edit_by_request),
        test(react_by_request),
        test(held_is_asked_of_the_last_line),
        test(nothing_to_forget),
        test(forget_by_a_peer),
        test(who_holds_the_last_line),
        test(receipts_are_loaded),
        test(nobody_takes_our_own_log),
        test(forget_where_nothing_is_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
