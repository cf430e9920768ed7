/* Core: catching up, and those who would make it stand still, run hot or fill up. */
#include "base/prng.h"
#include "core_help.h"

static struct bench *bench;
static struct author *author, *other;

static int setup(void **state)
{
    (void)state;
    bench = bench_new();
    author = author_new(bench, 5, 400, 0);
    other = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(author);
    free(other);
    bench_free(bench);
    return 0;
}

static const struct id *who(void)
{
    return &author->identity.node;
}

static uint64_t stored(void)
{
    uint64_t count = 0;
    for (size_t i = 0; i < bench->seen_count; i++)
        if (bench->seen[i].kind == EFFECT_STORE)
            count += bench->seen[i].count;
    return count;
}

/* ---- in good order ---- */

static void a_head_is_asked_for(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_have(bench, link, true, who(), 3, author_tip(author, 3));
    struct want want = last_want(bench, link);
    assert_int_equal(want.from, 1);
    assert_int_equal(want.to, 3);
    assert_true(id_equal(&want.author, who()));
    assert_true(id_equal(&want.tip, author_tip(author, 3)));
    peer_entries(bench, link, author, 1, 3, PART_ANSWER_END);
    assert_int_equal(stored(), 3);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 3);
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.via, VIA_HISTORY);
    bench_pass(bench, 8000);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1); /* and not again */
    assert_int_equal(count_sent(bench, link, FRAME_HAVE), 1); /* the receipt */
}

static void a_push_shows_its_hole(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 1, PART_PUSH);
    peer_entries(bench, link, author, 4, 4, PART_PUSH);
    assert_int_equal(stored(), 2);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 2);
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.via, VIA_LINK);
    bench_pass(bench, LAZY_WANT_MS - 1);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 0);
    bench_pass(bench, 1);
    assert_int_equal(last_want(bench, link).from, 2);
    assert_int_equal(last_want(bench, link).to, 3);
    struct have have;
    assert_true(wire_read_have(last_sent(bench, link, FRAME_HAVE), &have));
    assert_int_equal(have.heads[0].seq, 1); /* what hangs above a hole is in no head */
    peer_entries(bench, link, author, 2, 3, PART_ANSWER_END);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_true(wire_read_have(last_sent(bench, link, FRAME_HAVE), &have));
    assert_int_equal(have.heads[0].seq, 4);
}

static void twice_is_once(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    peer_entries(bench, one, author, 1, 5, PART_PUSH);
    peer_entries(bench, two, author, 1, 5, PART_PUSH);
    peer_entries(bench, two, author, 3, 6, PART_PUSH);
    assert_int_equal(stored(), 6);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 6);
}

static void the_next_source_is_asked(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    peer_have(bench, one, true, who(), 9, author_tip(author, 9));
    peer_have(bench, two, true, who(), 8, author_tip(author, 8));
    assert_int_equal(count_sent(bench, two, FRAME_WANT), 0);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = one, .why = WHY_LOST});
    assert_int_equal(count_sent(bench, two, FRAME_WANT), 1);
    assert_int_equal(last_want(bench, two).to, 8);
}

static void silence_is_given_up(void **state)
{
    (void)state;
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    peer_have(bench, one, true, who(), 9, author_tip(author, 9));
    peer_have(bench, two, true, who(), 8, author_tip(author, 8));
    bench_pass(bench, WANT_DEADLINE_MS - 1);
    assert_int_equal(count_sent(bench, two, FRAME_WANT), 0);
    bench_pass(bench, 1);
    assert_int_equal(count_sent(bench, two, FRAME_WANT), 1);
}

static void questions_are_bounded(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    struct author *many[LIMIT_WANTS + 5];
    for (uint32_t i = 0; i < LIMIT_WANTS + 5; i++) {
        many[i] = author_new(bench, 100 + i, 1, 0);
        peer_have(bench, link, true, &many[i]->identity.node, 1, author_tip(many[i], 1));
    }
    assert_int_equal(count_sent(bench, link, FRAME_WANT), LIMIT_WANTS);
    for (uint32_t i = 0; i < LIMIT_WANTS + 5; i++) { /* each answer makes room for one */
        size_t asked = LIMIT_WANTS + i < LIMIT_WANTS + 5 ? LIMIT_WANTS + i : LIMIT_WANTS + 5;
        assert_int_equal(count_sent(bench, link, FRAME_WANT), asked);
        peer_entries(bench, link, many[i], 1, 1, PART_ANSWER_END);
        free(many[i]);
    }
    assert_int_equal(stored(), LIMIT_WANTS + 5);
}

/* ---- who asks us ---- */

static void want_is(bool served, uint64_t link, const char *channel)
{
    uint8_t room[160];
    struct writer w = writer_of(room, sizeof room);
    struct want want = {.channel = bench_channel(bench, channel),
                        .author = bench->config.identity.node,
                        .from = 1,
                        .to = 1};
    bench_forget(bench);
    wire_write_want(&w, &want);
    peer_frame(bench, link, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_SERVE), served);
    assert_false(was_hung_up(bench, link));
}

static void served_is_who_joined(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    want_is(true, link, "#fika");
    want_is(false, link, "#b");      /* we are in it, they are not */
    want_is(false, link, "#nobody"); /* not known here */
    bench_ask(bench, REQUEST_LEAVE, "#fika");
    want_is(false, link, "#fika"); /* left: its traffic stops */
}

static void heads_of_other_channels_are_ignored(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    bench_ask(bench, REQUEST_LEAVE, "#fika");
    bench_forget(bench);
    peer_have_in(bench, link, "#fika", true, who(), 3, author_tip(author, 3));
    peer_have_in(bench, link, "#nobody", true, who(), 3, author_tip(author, 3));
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    bench_pass(bench, 1000);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 0);
    assert_int_equal(stored(), 0);
    assert_false(was_hung_up(bench, link));
}

/* ---- what could run hot ---- */

/* How many questions go out when each is answered at once, for a while. */
static size_t questions(uint64_t link, uint64_t from, uint64_t to, struct author *with)
{
    size_t before = count_sent(bench, link, FRAME_WANT);
    for (int i = 0; i < 50; i++) {
        size_t asked = count_sent(bench, link, FRAME_WANT);
        peer_entries(bench, link, with, from, to, PART_ANSWER_END);
        bench_pass(bench, 1);
        if (count_sent(bench, link, FRAME_WANT) == asked)
            break;
    }
    return count_sent(bench, link, FRAME_WANT) - before;
}

/* A restored backup: the same author on another branch, of which only the top is ever shown. Both
 * nodes are honest. It is looked for down to 1, and not for ever. */
static void a_lone_top_is_not_asked_for_for_ever(void **state)
{
    (void)state;
    other = author_new(bench, 5, 20, 1);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_have(bench, link, true, who(), 12, author_tip(other, 12));
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1);
    assert_in_range(questions(link, 11, 12, other), 0, 6);
    assert_int_equal(stored(), 10);
    assert_false(was_hung_up(bench, link));
}

/* What does not fit is not waited for to its end: another source is asked at once. */
static void conflict_asks_another(void **state)
{
    (void)state;
    other = author_new(bench, 5, 20, 1);
    uint64_t link = peer_up(bench, 1), good = peer_up(bench, 2);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_have(bench, link, true, who(), 13, author_tip(other, 13));
    peer_have(bench, good, true, who(), 12, author_tip(author, 12));
    assert_int_equal(count_sent(bench, good, FRAME_WANT), 0);
    peer_entries(bench, link, other, 11, 12, PART_ANSWER);
    assert_int_equal(count_sent(bench, good, FRAME_WANT), 1);
    peer_entries(bench, good, author, 11, 12, PART_ANSWER_END);
    assert_int_equal(stored(), 12);
}

static void answer_without_news_is_not_asked_again(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_have(bench, link, true, who(), 12, author_tip(author, 12));
    assert_in_range(questions(link, 5, 10, author), 0, 3);
    assert_int_equal(stored(), 10);
}

/* ---- what could stand still ---- */

/* Twenty logs, of which a link leaves all questions unanswered: none is forgotten over it. */
static void more_than_eight_silent_logs(void **state)
{
    (void)state;
    uint64_t liar = peer_up(bench, 1), good = peer_up(bench, 2);
    for (uint32_t i = 0; i < 20; i++) {
        struct id id = bench_identity(100 + i).node;
        peer_have(bench, liar, true, &id, 90, NULL);
        peer_have(bench, good, true, &id, 80, NULL);
    }
    bench_forget(bench);
    /* The good one answers each question with one true run. */
    for (int i = 0; i < 60; i++) {
        bench_pass(bench, 1000);
        peer_pings(bench, liar);
        peer_pings(bench, good);
    }
    size_t asked = 0;
    for (uint32_t i = 0; i < 20; i++) {
        struct id id = bench_identity(100 + i).node;
        bool was = false;
        for (size_t k = 0; k < bench->seen_count; k++) {
            struct want want;
            if (is_frame(&bench->seen[k], good, FRAME_WANT)) {
                assert_true(wire_read_want(
                    (struct bytes){bench->seen[k].frame, bench->seen[k].frame_size}, &want));
                was = was || id_equal(&want.author, &id);
            }
        }
        asked += was;
    }
    assert_int_equal(asked, 20);
}

/* A slow link: pieces of the answer come every two seconds. Nobody else holds the rest. */
static void slow_answer_is_waited_for(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_have(bench, link, true, who(), 300, author_tip(author, 300));
    for (uint64_t from = 1; from <= 201; from += 50) {
        bench_pass(bench, 2000);
        peer_pings(bench, link);
        peer_entries(bench, link, author, from, from + 49,
                     from == 201 ? PART_ANSWER_END : PART_ANSWER);
    }
    assert_int_equal(stored(), 250);
    bench_pass(bench, 10);
    assert_int_equal(last_want(bench, link).from, 251);
    assert_int_equal(last_want(bench, link).to, 300);
}

/* One who claims the most, answers nothing, and claims again. */
static void liar_does_not_starve(void **state)
{
    (void)state;
    uint64_t liar = peer_up(bench, 1), good = peer_up(bench, 2);
    peer_have(bench, liar, true, who(), LIMIT_SEQ, NULL);
    peer_have(bench, good, true, who(), 9, author_tip(author, 9));
    for (int i = 0; i < 20; i++) {
        bench_pass(bench, 500);
        peer_pings(bench, good);
        peer_have(bench, liar, true, who(), LIMIT_SEQ, NULL);
    }
    assert_int_not_equal(count_sent(bench, good, FRAME_WANT), 0);
    peer_entries(bench, good, author, 1, 9, PART_ANSWER_END);
    assert_int_equal(stored(), 9);
}

/* Four of them, who fill the places for sources. */
static void liars_do_not_push_out(void **state)
{
    (void)state;
    uint64_t liars[LIMIT_SOURCES], good = peer_up(bench, 9);
    for (uint32_t i = 0; i < LIMIT_SOURCES; i++) {
        liars[i] = peer_up(bench, 1 + i);
        peer_have(bench, liars[i], true, who(), LIMIT_SEQ, NULL);
    }
    for (int i = 0; i < 60; i++) {
        bench_pass(bench, 500);
        peer_have(bench, good, false, who(), 9, author_tip(author, 9));
        for (uint32_t k = 0; k < LIMIT_SOURCES; k++)
            peer_have(bench, liars[k], true, who(), LIMIT_SEQ, NULL);
    }
    assert_int_not_equal(count_sent(bench, good, FRAME_WANT), 0);
}

/* One who keeps busy with old entries instead of an answer. */
static void a_liar_who_keeps_busy(void **state)
{
    (void)state;
    uint64_t liar = peer_up(bench, 1), good = peer_up(bench, 2);
    other = author_new(bench, 6, 1, 0);
    peer_entries(bench, liar, other, 1, 1, PART_PUSH);
    peer_have(bench, liar, true, who(), LIMIT_SEQ, NULL);
    peer_have(bench, good, true, who(), 9, author_tip(author, 9));
    for (int i = 0; i < 60; i++) {
        bench_pass(bench, 1000);
        peer_pings(bench, good);
        peer_entries(bench, liar, other, 1, 1, PART_ANSWER);
    }
    assert_int_not_equal(count_sent(bench, good, FRAME_WANT), 0);
}

/* And with new ones of his own making, so that he does bring news, of somebody. */
static void a_liar_who_talks_on(void **state)
{
    (void)state;
    uint64_t liar = peer_up(bench, 1), good = peer_up(bench, 2);
    other = author_new(bench, 6, 100, 0);
    peer_have(bench, liar, true, who(), LIMIT_SEQ, NULL);
    peer_have(bench, good, true, who(), 9, author_tip(author, 9));
    for (uint64_t i = 1; i <= 90; i++) {
        bench_pass(bench, 1000);
        peer_pings(bench, good);
        peer_entries(bench, liar, other, i, i, PART_ANSWER);
    }
    assert_int_not_equal(count_sent(bench, good, FRAME_WANT), 0);
}

/* ---- what could fill up ---- */

static void announce_many(uint64_t link, uint64_t mark)
{
    static struct have have;
    static uint8_t room[LIMIT_FRAME];
    have = (struct have){
        .channel = bench_channel(bench, "#fika"), .all = true, .count = LIMIT_HAVE_HEADS};
    for (size_t i = 0; i < have.count; i++) {
        uint64_t number = mark * LIMIT_HAVE_HEADS + i;
        have.heads[i] = (struct head){.author = {{3}}, .seq = 1 + i};
        memcpy(have.heads[i].author.b + 8, &number, sizeof number);
    }
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    peer_frame(bench, link, written(&w));
}

/* Whoever announces authors that are none takes no one's place: who speaks is heard, and we too. */
static void announced_authors_do_not_fill_a_channel(void **state)
{
    (void)state;
    uint64_t liar = peer_up(bench, 1), good = peer_up(bench, 2);
    for (uint64_t i = 0; i < 2 * LIMIT_LOGS / LIMIT_HAVE_HEADS; i++)
        announce_many(liar, i);
    peer_entries(bench, good, author, 1, 1, PART_PUSH);
    assert_int_equal(stored(), 1);
    for (uint64_t i = 100; i < 100 + 2 * LIMIT_LOGS / LIMIT_HAVE_HEADS; i++)
        announce_many(liar, i);
    bench_say(bench, "hej");
    assert_int_equal(count_told(bench, TOLD_FULL_CHANNEL), 0);
    assert_int_equal(stored(), 2);
}

/* Nor does he who went leave his lies behind. */
static void the_announced_go_with_who_announced(void **state)
{
    (void)state;
    uint64_t liar = peer_up(bench, 1);
    for (uint64_t i = 0; i < 2 * LIMIT_LOGS / LIMIT_HAVE_HEADS; i++)
        announce_many(liar, i);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = liar, .why = WHY_LOST});
    uint64_t good = peer_up(bench, 2);
    peer_have(bench, good, true, who(), 9, author_tip(author, 9));
    bench_pass(bench, 100);
    assert_int_equal(count_sent(bench, good, FRAME_WANT), 1);
}

/* A first line that waits for its seal keeps its log, whatever is let go meanwhile. */
static void a_waiting_line_keeps_its_log(void **state)
{
    (void)state;
    uint64_t liars[4];
    for (uint32_t i = 0; i < 4; i++)
        liars[i] = peer_up(bench, 10 + i);
    for (uint64_t i = 0; i < LIMIT_LOGS / LIMIT_HAVE_HEADS; i++)
        announce_many(liars[i % 4], i);
    struct event say = {.kind = EVENT_REQUEST,
                        .now_us = bench->now_ms * 1000,
                        .wall_ms = BENCH_WALL_MS,
                        .request = {.kind = REQUEST_SAY, .text = {(const uint8_t *)"hej", 3}}};
    core_step(bench->core, &say);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = liars[0], .why = WHY_LOST});
    assert_int_equal(stored(), 1);
}

/* True authors beyond the bound are refused, and nothing else happens. */
static void true_authors_are_bounded(void **state)
{
    (void)state;
    static uint8_t room[1024];
    uint64_t link = peer_up(bench, 1);
    for (uint32_t i = 0; i < LIMIT_LOGS + 20; i++) {
        struct identity self = bench_identity(1000 + i);
        struct entry entry = author->entries[0];
        entry.author = self.node;
        entry_finish(&entry);
        struct run run = {&entry, 1, entry_sign(&entry, &self)};
        struct writer w = writer_of(room, sizeof room);
        wire_write_entry(&w, &run, PART_PUSH);
        peer_frame(bench, link, written(&w));
        if (i % 500 == 0) {
            assert_int_equal(count_effects(bench, EFFECT_STORE), i == 0 ? 1 : 500);
            bench_forget(bench);
        }
    }
    assert_false(was_hung_up(bench, link));
    bench_request(bench, (struct request){.kind = REQUEST_LINKS});
    assert_int_equal(last_show(bench, SHOW_LINK_ROW)->show.n5, 20); /* counted as refused */
}

/* ---- what is said to the user ---- */

static void history_coming_never_wraps(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_have(bench, link, true, who(), 100, author_tip(author, 100));
    assert_int_equal(count_told(bench, TOLD_HISTORY_COMING), 1);
    bench_pass(bench, HISTORY_TOLD_MS + 1);
    peer_have(bench, link, true, who(), 50, author_tip(author, 50)); /* less than it said */
    for (size_t i = 0; i < bench->seen_count; i++)
        if (bench->seen[i].show.told == TOLD_HISTORY_COMING)
            assert_true(bench->seen[i].show.n <= 100);
    for (uint64_t i = 0; i < 500; i++)
        peer_have(bench, link, true, who(), 1000 + i, NULL);
    assert_in_range(count_told(bench, TOLD_HISTORY_COMING), 1, 3);
}

/* Own lines that a peer brings back are held by somebody. */
static void own_lines_from_a_peer_are_received(void **state)
{
    (void)state;
    free(author);
    author = author_new(bench, 0, 5, 0); /* this node's own, from before its disk was lost */
    uint64_t link = peer_up(bench, 1);
    peer_have(bench, link, true, who(), 5, author_tip(author, 5));
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1);
    peer_entries(bench, link, author, 1, 5, PART_ANSWER_END);
    assert_int_equal(stored(), 5);
    bench_request(bench, (struct request){.kind = REQUEST_STOP, .wait_ms = 1000});
    assert_int_equal(count_effects(bench, EFFECT_STOP), 1);
    assert_int_equal(last_show(bench, SHOW_STOPPED)->show.n, 0);
}

/* And the next line goes on from there. */
static void own_lines_go_on_from_what_came_back(void **state)
{
    (void)state;
    free(author);
    author = author_new(bench, 0, 5, 0);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 5, PART_PUSH);
    bench_say(bench, "hej");
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 6);
}

/* ---- signatures ---- */

static void forgers_are_dropped(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    author->identity.secret[0] ^= 1;
    int sent = 0;
    while (!was_hung_up(bench, link) && sent < 100) {
        peer_entries(bench, link, author, 1, 1, PART_PUSH);
        sent++;
    }
    assert_int_equal(sent, 16);
    assert_int_equal(bye_code(bench, link), WHY_RULES);
    assert_int_equal(stored(), 0);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
}

/* A clock far ahead is shown as it is, and moves nobody else's. */
static void clocks_adrift_are_not_adopted(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    author->entries[0].lamport = INT64_MAX;
    entry_finish(&author->entries[0]);
    peer_entries(bench, link, author, 1, 1, PART_PUSH);
    assert_int_equal(stored(), 1);
    bench_say(bench, "hej");
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.lamport, 1);
    free(author);
    author = author_new(bench, 6, 1, 0);
    author->entries[0].lamport = 1000;
    entry_finish(&author->entries[0]);
    peer_entries(bench, link, author, 1, 1, PART_PUSH);
    bench_say(bench, "hej");
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.lamport, 1001);
}

/* ---- branches: a backup was restored, or an author lies ---- */

/* The heads that were announced last, to this link. */
static size_t last_heads(uint64_t link, struct have *have)
{
    struct bytes frame = last_sent(bench, link, FRAME_HAVE);
    assert_non_null(frame.at);
    assert_true(wire_read_have(frame, have));
    return have->count;
}

static bool announces(const struct have *have, const struct author *of, uint64_t seq)
{
    for (size_t i = 0; i < have->count; i++)
        if (have->heads[i].seq == seq && id_equal(&have->heads[i].tip, author_tip(of, seq)))
            return true;
    return false;
}

/* The base is held: the store says so, and the branch is kept beside the other. */
static void a_fork_is_kept(void **state)
{
    (void)state;
    struct have have;
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_SIFT), 1);
    assert_int_equal(stored(), 15);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 15);
    const struct seen *store = last_effect(bench, EFFECT_STORE);
    assert_int_equal(store->load.branch, 1);
    assert_int_equal(store->load.base_seq, 7);
    assert_int_equal(store->load.seq, 12);
    assert_true(id_equal(&store->load.base, author_tip(author, 7)));
    assert_false(store->load.rootless);
    assert_int_equal(count_told(bench, TOLD_LIAR), 0); /* another process */
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2); /* both, in one frame */
    assert_true(announces(&have, author, 10) && announces(&have, other, 12));
    peer_entries(bench, link, author, 11, 14, PART_PUSH); /* either goes on */
    peer_entries(bench, link, other, 8, 12, PART_PUSH);   /* and twice is once */
    assert_int_equal(stored(), 19);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2);
    assert_true(announces(&have, author, 14) && announces(&have, other, 12));
}

/* A run may begin with what is held: only its rest is new. */
static void a_fork_within_a_run(void **state)
{
    (void)state;
    author_write(bench, author, 1, 10, 0, 2);
    other = author_fork(bench, author, 7, 12, 1, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_entries(bench, link, other, 3, 12, PART_PUSH);
    assert_int_equal(stored(), 15);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->seq, 8);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.base_seq, 7);
}

/* An author who began twice. */
static void two_roots(void **state)
{
    (void)state;
    struct have have;
    other = author_new(bench, 5, 20, 1);
    author_write(bench, other, 1, 20, 1, 3);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    peer_entries(bench, link, other, 1, 2, PART_PUSH);
    assert_int_equal(stored(), 5);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.base_seq, 0);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.branch, 1);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(last_heads(link, &have), 2);
    assert_true(announces(&have, author, 3) && announces(&have, other, 2));
    peer_entries(bench, link, other, 3, 9, PART_PUSH);
    assert_int_equal(stored(), 12);
}

/* One process that says two things in one place: told once, and its messages are marked. */
static void a_lie_is_told_once(void **state)
{
    (void)state;
    struct author *third = author_fork(bench, author, 3, 9, 2, 2);
    other = author_fork(bench, author, 7, 12, 1, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    assert_false(last_show(bench, SHOW_MESSAGE)->show.liar);
    peer_entries(bench, link, other, 8, 9, PART_PUSH);
    assert_int_equal(count_told(bench, TOLD_LIAR), 1);
    assert_true(last_show(bench, SHOW_MESSAGE)->show.liar);
    assert_true(last_effect(bench, EFFECT_STORE)->load.liar);
    peer_entries(bench, link, other, 10, 12, PART_PUSH);
    peer_entries(bench, link, third, 4, 9, PART_PUSH);
    assert_int_equal(count_told(bench, TOLD_LIAR), 1);
    peer_entries(bench, link, author, 11, 11, PART_PUSH);
    assert_int_equal(count_told(bench, TOLD_LIAR), 1);
    assert_true(last_show(bench, SHOW_MESSAGE)->show.liar);
    assert_int_equal(stored(), 22);
    free(third);
}

/* Runs of `cut` entries; 350 are held; the other branch stands on `at` and ends at 400. */
static void probe_from(uint64_t at, uint64_t cut)
{
    struct have have;
    struct library library = {.count = 1, .run = cut};
    struct author *fork = author_fork(bench, author, at, 400, 1, 3);
    bench_free(bench);
    bench = bench_new();
    bench_load(bench, author, 350);
    library.authors[0] = fork;
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, who(), 400, author_tip(fork, 400));
    library_answer(bench, &library, link);
    bench_pass(bench, HAVE_DELAY_MS);
    if (stored() != 400 - at)
        fail_msg("fork at %d, runs of %d: %d of %d came, after %d questions, the last %d to %d",
                 (int)at, (int)cut, (int)stored(), (int)(400 - at), (int)library.asked,
                 (int)library.last.from, (int)library.last.to);
    assert_int_equal(last_heads(link, &have), 2);
    if (!announces(&have, author, 350) || !announces(&have, fork, 400) || library.asked > 40)
        fail_msg("fork at %d, runs of %d: %d questions, heads %d and %d", (int)at, (int)cut,
                 (int)library.asked, (int)have.heads[0].seq, (int)have.heads[1].seq);
    assert_int_equal(count_told(bench, TOLD_LIAR), 0);
    bench_forget(bench); /* and then all is said */
    bench_pass(bench, 8000);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 0);
    free(fork);
}

static void a_deep_fork_is_found(void **state)
{
    (void)state;
    static const uint64_t CUT[] = {100, 10, 3};
    static const uint64_t AT[] = {349, 340, 330, 300, 200, 100, 37, 5, 1};
    for (size_t i = 0; i < sizeof CUT / sizeof CUT[0]; i++)
        for (size_t k = 0; k < sizeof AT / sizeof AT[0]; k++)
            probe_from(AT[k], CUT[i]);
}

/* Each line signed by itself, as talk is. */
static void a_deep_fork_of_single_lines_is_found(void **state)
{
    (void)state;
    static const uint64_t AT[] = {349, 340, 330, 300, 200, 100, 37, 5, 1};
    for (size_t k = 0; k < sizeof AT / sizeof AT[0]; k++)
        probe_from(AT[k], 1);
}

/* It is asked from lower and lower, always with the same end. */
static void probes_go_down(void **state)
{
    (void)state;
    uint64_t before = 351;
    other = author_fork(bench, author, 300, 400, 1, 3);
    bench_load(bench, author, 350);
    struct library library = {.authors = {other}, .count = 1, .run = 1};
    uint64_t link = peer_up(bench, 1);
    peer_have(bench, link, true, who(), 400, author_tip(other, 400));
    struct want want = last_want(bench, link);
    assert_int_equal(want.from, 351);
    for (int i = 0; before > 300; i++) {
        assert_true(i < 4);
        bench_forget(bench);
        library_serve(bench, &library, link, &want);
        want = last_want(bench, link);
        assert_true(want.from < before);
        if (want.from > 300) /* still on the branch: none of it is kept */
            assert_int_equal(stored(), 0);
        assert_int_equal(want.to, 400);
        assert_true(id_equal(&want.tip, author_tip(other, 400)));
        before = want.from;
    }
}

/* The newest lines of a fork came first, above a hole that is no hole of this branch. */
static void a_fork_whose_tail_came_first(void **state)
{
    (void)state;
    static const uint64_t CUT[] = {1, 7, 100};
    for (size_t i = 0; i < sizeof CUT / sizeof CUT[0]; i++) {
        struct have have;
        struct library library = {.count = 1, .run = CUT[i]};
        struct author *fork = author_fork(bench, author, 5, 400, 1, 3);
        bench_free(bench);
        bench = bench_new();
        bench_load(bench, author, 10);
        library.authors[0] = fork;
        uint64_t link = peer_up(bench, 1);
        bench_forget(bench);
        peer_have(bench, link, true, who(), 400, author_tip(fork, 400));
        assert_true(last_want(bench, link).from > 300);
        library_answer(bench, &library, link);
        bench_pass(bench, HAVE_DELAY_MS);
        if (stored() < 395)
            fail_msg("runs of %d: %d of 395 came, after %d questions, the last %d to %d",
                     (int)CUT[i], (int)stored(), (int)library.asked, (int)library.last.from,
                     (int)library.last.to);
        assert_int_equal(count_shown(bench, SHOW_MESSAGE), 395); /* once each */
        assert_int_equal(last_heads(link, &have), 2);
        assert_true(announces(&have, author, 10) && announces(&have, fork, 400));
        bench_pass(bench, 2 * GAP_TOLD_MS);
        peer_pings(bench, link);
        const struct seen *gap = last_show(bench, SHOW_GAP);
        assert_true(gap == NULL || gap->show.n == 0);
        free(fork);
    }
}

/* Two forks of one author at one link: one question after the other, since answers name authors. */
static void one_question_an_author_and_link(void **state)
{
    (void)state;
    struct author *third = author_fork(bench, author, 4, 20, 2, 4);
    other = author_fork(bench, author, 7, 20, 1, 3);
    struct library library = {.authors = {author, other, third}, .count = 3, .run = 5};
    author_write(bench, author, 1, 22, 0, 2);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    bench_forget(bench);
    static struct have have;
    uint8_t room[512];
    have = (struct have){.channel = bench_channel(bench, "#fika"), .all = true, .count = 3};
    have.heads[0] = (struct head){*who(), 22, *author_tip(author, 22)};
    have.heads[1] = (struct head){*who(), 20, *author_tip(other, 20)};
    have.heads[2] = (struct head){*who(), 20, *author_tip(third, 20)};
    struct writer w = writer_of(room, sizeof room);
    wire_write_have(&w, &have);
    peer_frame(bench, link, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_LOOK), 2);
    assert_int_equal(count_sent(bench, link, FRAME_WANT), 1);
    for (size_t i = 0; i < bench->seen_count; i++) {
        struct want want;
        if (!is_frame(&bench->seen[i], link, FRAME_WANT))
            continue;
        assert_true(
            wire_read_want((struct bytes){bench->seen[i].frame, bench->seen[i].frame_size}, &want));
        size_t before = count_sent(bench, link, FRAME_WANT);
        library_serve(bench, &library, link, &want);
        assert_in_range(count_sent(bench, link, FRAME_WANT), before, before + 1);
    }
    assert_int_equal(stored(), 12 + 13 + 16);
    free(third);
}

/* Branches of one author are bounded; who makes more is no reason to fall out with who brings
 * them. */
static void branches_are_bounded(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    for (uint8_t i = 0; i < LIMIT_BRANCHES + 3; i++) {
        struct author *one = author_new(bench, 5, 3, (uint8_t)(100 + i));
        author_write(bench, one, 1, 3, (uint8_t)(100 + i), (uint8_t)(10 + i));
        peer_entries(bench, link, one, 1, 3, PART_PUSH);
        assert_int_equal(stored(), 3 * (i < LIMIT_BRANCHES ? i + 1u : LIMIT_BRANCHES));
        free(one);
    }
    assert_false(was_hung_up(bench, link));
    peer_have(bench, link, true, who(), 9, author_tip(author, 9)); /* nor are they asked for */
    peer_entries(bench, link, author, 4, 9, PART_ANSWER_END);
    bench_pass(bench, 1000);
    assert_int_equal(stored(), 3 * LIMIT_BRANCHES);
    struct have have;
    assert_int_equal(last_heads(link, &have), LIMIT_BRANCHES);
}

/* A HAVE is a frame, and what is asked of the store for it no more than what stands in it. */
static void looks_are_bounded(void **state)
{
    (void)state;
    static struct have have;
    static uint8_t room[LIMIT_FRAME];
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    have = (struct have){
        .channel = bench_channel(bench, "#fika"), .all = true, .count = LIMIT_HAVE_HEADS};
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < have.count; i++) {
            have.heads[i] = (struct head){.author = *who(), .seq = 1 + i};
            have.heads[i].tip.b[0] = (uint8_t)i;
            have.heads[i].tip.b[1] = (uint8_t)(1 + round);
        }
        struct writer w = writer_of(room, sizeof room);
        wire_write_have(&w, &have);
        bench_forget(bench);
        peer_frame(bench, link, written(&w));
        assert_in_range(count_effects(bench, EFFECT_LOOK), 1, LIMIT_HAVE_HEADS);
        assert_in_range(count_sent(bench, link, FRAME_WANT), 0, 1);
    }
    assert_false(was_hung_up(bench, link));
    peer_entries(bench, link, author, 11, 20, PART_PUSH);
    assert_int_equal(stored(), 10); /* and talk goes on */
}

/* ---- what the store says late ---- */

static void two_answers_of_the_store_to_one_run(void **state)
{
    (void)state;
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t one = peer_up(bench, 1), two = peer_up(bench, 2);
    peer_entries(bench, one, author, 1, 10, PART_PUSH);
    bench->store_is_slow = true;
    peer_entries(bench, one, other, 8, 12, PART_PUSH);
    peer_entries(bench, two, other, 8, 12, PART_PUSH);
    assert_int_equal(count_effects(bench, EFFECT_SIFT), 2);
    assert_int_equal(stored(), 10);
    bench_answer(bench);
    assert_int_equal(stored(), 15);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 15);
}

static void an_answer_of_the_store_for_a_link_that_is_gone(void **state)
{
    (void)state;
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    bench->store_is_slow = true;
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    peer_have(bench, link, true, who(), 9, author_tip(other, 9));
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    bench_answer(bench);
    assert_int_equal(stored(), 10);
    bench->store_is_slow = false;
    link = peer_up(bench, 2); /* it is not held against anybody */
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    assert_int_equal(stored(), 15);
    bench->store_is_slow = true;
    struct author *third = author_fork(bench, author, 7, 12, 2, 4);
    peer_entries(bench, link, third, 8, 12, PART_PUSH);
    bench_ask(bench, REQUEST_LEAVE, "#fika");
    bench_answer(bench);
    assert_int_equal(stored(), 15);
    free(third);
}

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

/* ---- digests and buckets ---- */

static int compare_heads(const void *a, const void *b)
{
    const struct head *x = a, *y = b;
    int order = memcmp(x->author.b, y->author.b, 32);
    if (order == 0)
        order = x->seq < y->seq ? -1 : x->seq > y->seq;
    return order != 0 ? order : memcmp(x->tip.b, y->tip.b, 32);
}

static void write_heads(struct writer *w, struct head *heads, size_t count)
{
    if (count > 1)
        qsort(heads, count, sizeof *heads, compare_heads);
    for (size_t i = 0; i < count; i++) {
        write_id(w, &heads[i].author);
        write_u64(w, heads[i].seq);
        write_id(w, &heads[i].tip);
    }
}

/* As PROTOCOL.md 6.1 has it. */
static struct digest digest_of(struct head *heads, size_t count)
{
    static uint8_t room[72 * 1024];
    static const char domain[16] = "fika-heads-v1";
    struct writer w = writer_of(room, sizeof room);
    struct digest digest;
    write_heads(&w, heads, count);
    struct id all = domain_hash(domain, room, w.size);
    memcpy(digest.b, all.b, sizeof digest.b);
    return digest;
}

static struct digest told_digest(uint64_t link)
{
    struct join join;
    assert_true(wire_read_join(last_sent(bench, link, FRAME_JOIN), &join));
    for (size_t i = 0; i < join.count; i++) {
        struct id channel = bench_channel(bench, "#fika");
        if (id_equal(&join.channels[i], &channel))
            return join.digests[i];
    }
    fail_msg("#fika is not in the JOIN");
    return join.digests[0];
}

static void the_digest_is_of_all_heads(void **state)
{
    (void)state;
    struct author *third = author_new(bench, 77, 9, 0);
    other = author_fork(bench, author, 7, 12, 1, 3);
    uint64_t link = peer_up(bench, 1);
    struct digest none = digest_of(NULL, 0), told = told_digest(link);
    assert_memory_equal(&told, &none, sizeof none);
    peer_entries(bench, link, author, 1, 10, PART_PUSH);
    peer_entries(bench, link, other, 8, 12, PART_PUSH);
    peer_entries(bench, link, third, 1, 4, PART_PUSH);
    peer_entries(bench, link, third, 6, 9, PART_PUSH); /* above a hole: in no head */
    struct head heads[] = {{third->identity.node, 4, *author_tip(third, 4)},
                           {*who(), 12, *author_tip(other, 12)},
                           {*who(), 10, *author_tip(author, 10)}};
    struct digest digest = digest_of(heads, 3);
    link = peer_up(bench, 2);
    told = told_digest(link);
    assert_memory_equal(&told, &digest, sizeof digest);
    free(third);
}

/* Two nodes with equal history say JOIN to each other, and that is all: it is a receipt. */
static void equal_digests_end_it(void **state)
{
    (void)state;
    struct identity self = bench_identity(1);
    bench_say(bench, "hej");
    bench_say(bench, "hej");
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &self, 2));
    struct digest digest = told_digest(link);
    bench_forget(bench);
    peer_join_with(bench, link, 1, "peer", "#fika", &digest);
    bench_pass(bench, 1000);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 0);
    assert_int_equal(count_sent(bench, link, FRAME_HAVE), 0);
    assert_int_equal(last_show(bench, SHOW_HELD)->show.n2, 2);
    assert_int_equal(last_show(bench, SHOW_HELD)->show.n, 1);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 1);
    assert_int_equal(core_held(bench->core, &(struct channel_name){"#fika"}, 2), 1);
    digest.b[3] ^= 1; /* a later JOIN says that it differs */
    bench_forget(bench);
    peer_join_with(bench, link, 2, "peer", "#fika", &digest);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 1);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0);
}

/* Of nothing there is no receipt. */
static void equal_and_empty(void **state)
{
    (void)state;
    struct identity self = bench_identity(1);
    struct digest digest = digest_of(NULL, 0);
    uint64_t link = peer_connects(bench);
    assert_true(peer_hello(bench, link, &self, 2));
    peer_join_with(bench, link, 1, "peer", "#fika", &digest);
    assert_int_equal(count_sent(bench, link, FRAME_BUCKETS), 0);
    assert_int_equal(count_effects(bench, EFFECT_RECEIPT), 0);
    assert_int_equal(count_shown(bench, SHOW_HELD), 0);
}

#define MANY 300
static struct author *many[MANY];

static void make_many(size_t count)
{
    for (uint32_t i = 0; i < count; i++)
        many[i] = author_new(bench, 1000 + i, 1, 0);
}

static void free_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(many[i]);
}

static void fill_heads(struct head *heads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        heads[i] = (struct head){many[i]->identity.node, 1, *author_tip(many[i], 1)};
}

static uint32_t bucket_of(const struct head *head, uint8_t order)
{
    return (head->author.b[0] + 256u * head->author.b[1]) % (1u << order);
}

/* As PROTOCOL.md 6.2 has it; HELLO1 to this link must still be seen. */
static void peer_buckets(uint64_t link, struct head *heads, size_t count, uint8_t order)
{
    static uint8_t room[72 * 1024], frame[LIMIT_FRAME];
    static const char domain[16] = "fika-bucket-v1";
    static struct buckets buckets;
    struct hello1 hello;
    assert_true(wire_read_hello1(last_sent(bench, link, FRAME_HELLO1), &hello));
    buckets.channel = bench_channel(bench, "#fika");
    buckets.order = order;
    for (uint32_t bucket = 0; bucket < 1u << order; bucket++) {
        struct writer w = writer_of(room, sizeof room);
        struct head in[MANY];
        struct nonce peer = {{5}};
        size_t inside = 0;
        for (size_t i = 0; i < count; i++)
            if (bucket_of(&heads[i], order) == bucket)
                in[inside++] = heads[i];
        write_copy(&w, peer.b, sizeof peer.b);
        write_copy(&w, hello.nonce.b, sizeof hello.nonce.b);
        write_heads(&w, in, inside);
        struct id hash = domain_hash(domain, room, w.size);
        struct reader r = reader_of((struct bytes){hash.b, 4});
        buckets.hashes[bucket] = read_u32(&r);
    }
    struct writer w = writer_of(frame, sizeof frame);
    wire_write_buckets(&w, &buckets);
    peer_frame(bench, link, written(&w));
}

static void only_buckets_that_differ(void **state)
{
    (void)state;
    static struct head heads[MANY];
    static struct have have;
    uint64_t link = peer_up(bench, 1);
    make_many(MANY);
    for (size_t i = 0; i < MANY; i++)
        peer_entries(bench, link, many[i], 1, 1, PART_PUSH);
    bench_pass(bench, HAVE_DELAY_MS);
    for (uint8_t order = 0; order <= LIMIT_BUCKETS_ORDER; order++) {
        fill_heads(heads, MANY);
        size_t before = count_sent(bench, link, FRAME_HAVE);
        peer_buckets(link, heads, MANY, order);
        assert_int_equal(count_sent(bench, link, FRAME_HAVE), before); /* all is equal */
        uint32_t differs = bucket_of(&heads[7], order);
        size_t in_it = 0;
        for (size_t i = 0; i < MANY; i++)
            in_it += bucket_of(&heads[i], order) == differs;
        memmove(&heads[7], &heads[8], (MANY - 8) * sizeof heads[0]); /* which the peer lacks */
        peer_buckets(link, heads, MANY - 1, order);
        size_t said = 0;
        for (size_t i = 0; i < bench->seen_count; i++) {
            if (!is_frame(&bench->seen[i], link, FRAME_HAVE) || before-- > 0)
                continue;
            assert_true(wire_read_have(
                (struct bytes){bench->seen[i].frame, bench->seen[i].frame_size}, &have));
            assert_true(have.all);
            for (size_t k = 0; k < have.count; k++)
                assert_int_equal(bucket_of(&have.heads[k], order), differs);
            said += have.count;
            before = 0;
        }
        assert_int_equal(said, in_it);
    }
    free_many(MANY);
}

/* The order that is chosen grows with the heads. */
static void buckets_of_two_heads(void **state)
{
    (void)state;
    static struct buckets buckets;
    uint64_t link = peer_up(bench, 1);
    assert_true(wire_read_buckets(last_sent(bench, link, FRAME_BUCKETS), &buckets));
    assert_int_equal(buckets.order, 0);
    make_many(MANY);
    for (size_t i = 0; i < MANY; i++)
        peer_entries(bench, link, many[i], 1, 1, PART_PUSH);
    link = peer_up(bench, 2);
    assert_true(wire_read_buckets(last_sent(bench, link, FRAME_BUCKETS), &buckets));
    assert_in_range(buckets.order, 7, 8);
    free_many(MANY);
}

static void buckets_without_end(void **state)
{
    (void)state;
    struct head none[1];
    uint64_t link = peer_up(bench, 1);
    int sent = 0;
    while (!was_hung_up(bench, link) && sent < 1000) {
        peer_buckets(link, none, 0, 10);
        sent++;
    }
    assert_in_range(sent, 200, JOINS_MAX + 1);
    assert_int_equal(bye_code(bench, link), WHY_RULES);
}

static void buckets_of_other_channels_are_ignored(void **state)
{
    (void)state;
    uint8_t room[64];
    struct buckets buckets = {.channel = bench_channel(bench, "#b")};
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    struct writer w = writer_of(room, sizeof room);
    wire_write_buckets(&w, &buckets);
    peer_frame(bench, link, written(&w)); /* it is not in #b */
    buckets.channel.b[0] ^= 1;
    w = writer_of(room, sizeof room);
    wire_write_buckets(&w, &buckets);
    peer_frame(bench, link, written(&w));
    assert_int_equal(count_effects(bench, EFFECT_SEND), 0);
}

/* ---- much that is missing ---- */

/* Hundreds of authors: all are asked for, LIMIT_WANTS at a time, and all come. */
static void hundreds_of_authors(void **state)
{
    (void)state;
    static struct have have;
    static uint8_t room[LIMIT_FRAME];
    size_t answered = 0;
    uint64_t link = peer_up(bench, 1);
    make_many(MANY);
    bench_forget(bench);
    for (size_t from = 0; from < MANY; from += 150) {
        have = (struct have){.channel = bench_channel(bench, "#fika"), .all = true, .count = 150};
        for (size_t i = 0; i < 150; i++)
            have.heads[i] =
                (struct head){many[from + i]->identity.node, 1, *author_tip(many[from + i], 1)};
        struct writer w = writer_of(room, sizeof room);
        wire_write_have(&w, &have);
        peer_frame(bench, link, written(&w));
    }
    assert_int_equal(count_sent(bench, link, FRAME_WANT), LIMIT_WANTS);
    for (size_t i = 0; i < bench->seen_count; i++) {
        struct want want;
        if (!is_frame(&bench->seen[i], link, FRAME_WANT))
            continue;
        assert_true(
            wire_read_want((struct bytes){bench->seen[i].frame, bench->seen[i].frame_size}, &want));
        for (size_t k = 0; k < MANY; k++)
            if (id_equal(&many[k]->identity.node, &want.author))
                peer_entries(bench, link, many[k], 1, 1, PART_ANSWER_END);
        answered++;
        assert_in_range(count_sent(bench, link, FRAME_WANT), answered, answered + LIMIT_WANTS);
    }
    assert_int_equal(answered, MANY);
    assert_int_equal(stored(), MANY);
    bench_pass(bench, 2 * COMING_EVERY_MS);
    assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 0);
    free_many(MANY);
}

static void the_newest_first_then_the_hole(void **state)
{
    (void)state;
    struct library library = {.authors = {author}, .count = 1, .run = 1};
    uint64_t link = peer_up(bench, 1);
    bench_forget(bench);
    peer_have(bench, link, true, who(), 400, author_tip(author, 400));
    struct want want = last_want(bench, link);
    assert_int_equal(want.from, 400 - TAIL_MOST + 1);
    assert_int_equal(want.to, 400);
    library_serve(bench, &library, link, &want);
    assert_int_equal(stored(), TAIL_MOST);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), TAIL_MOST);
    assert_false(last_show(bench, SHOW_MESSAGE)->bulk);
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.seq, 400);
    want = last_want(bench, link);
    assert_int_equal(want.from, 1);
    assert_int_equal(want.to, 400 - TAIL_MOST);
    assert_true(id_equal(&want.tip, author_tip(author, want.to)));
    library_serve(bench, &library, link, &want);
    assert_int_equal(stored(), 400);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 400);
    assert_true(last_show(bench, SHOW_MESSAGE)->bulk);
    assert_int_equal(last_show(bench, SHOW_MESSAGE)->show.via, VIA_HISTORY);
    assert_int_equal(last_effect(bench, EFFECT_STORE)->load.seq, 400);
}

/* A hole that is filled at once is not spoken of; one that stays is, then again when it is gone. */
static void a_gap_is_told_when_it_stays(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    peer_entries(bench, link, author, 7, 8, PART_PUSH);
    bench_pass(bench, GAP_TOLD_MS - 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 0);
    bench_pass(bench, 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 1);
    const struct seen *gap = last_show(bench, SHOW_GAP);
    assert_int_equal(gap->show.seq, 4);
    assert_int_equal(gap->show.n2, 6);
    assert_int_equal(gap->show.n, 3);
    assert_int_equal(gap->show.lamport, 7);
    assert_string_equal(gap->show.nick.text, "peer");
    assert_string_equal(gap->a, "peer");
    assert_true(id_equal(&gap->show.id, who()));
    peer_entries(bench, link, author, 4, 4, PART_PUSH); /* it fills */
    bench_pass(bench, GAP_TOLD_MS);
    assert_int_equal(count_shown(bench, SHOW_GAP), 2);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 2);
    peer_entries(bench, link, author, 5, 6, PART_ANSWER_END);
    assert_int_equal(count_shown(bench, SHOW_GAP), 3);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 0);
    bench_pass(bench, 3 * GAP_TOLD_MS);
    assert_int_equal(count_shown(bench, SHOW_GAP), 3);
}

static void a_gap_that_closes_soon_is_not_told(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 1, 3, PART_PUSH);
    peer_entries(bench, link, author, 7, 8, PART_PUSH);
    bench_pass(bench, GAP_TOLD_MS / 2);
    peer_entries(bench, link, author, 4, 6, PART_ANSWER_END);
    bench_pass(bench, 3 * GAP_TOLD_MS);
    assert_int_equal(count_shown(bench, SHOW_GAP), 0);
}

/* Each hole has a time of its own, whatever closes meanwhile. */
static void gaps_of_several_authors(void **state)
{
    (void)state;
    struct author *third = author_new(bench, 77, 9, 0);
    other = author_new(bench, 66, 9, 0);
    uint64_t link = peer_up(bench, 1);
    peer_entries(bench, link, author, 3, 3, PART_PUSH);
    bench_pass(bench, GAP_TOLD_MS / 2);
    peer_entries(bench, link, other, 3, 3, PART_PUSH);
    peer_entries(bench, link, third, 3, 3, PART_PUSH);
    peer_entries(bench, link, author, 1, 2, PART_PUSH); /* the first is filled */
    bench_pass(bench, GAP_TOLD_MS - 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 0);
    bench_pass(bench, 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 2);
    free(third);
}

/* A hole that was on disk when the process began. */
static void a_loaded_gap_is_told(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_LOAD_CHANNEL, .channel = {"#fika"}, .lamport = 8};
    bench_hold(bench, author, 1, 3);
    bench_hold(bench, author, 7, 8);
    bench_step(bench, event);
    event.kind = EVENT_LOAD_LOG;
    event.load = (struct log_load){.author = *who(),
                                   .nick = {"peer"},
                                   .seq = 3,
                                   .tip = *author_tip(author, 3),
                                   .lamport = 3,
                                   .span_from = 7,
                                   .span_to = 8,
                                   .span_prev = *author_tip(author, 6),
                                   .span_tip = *author_tip(author, 8),
                                   .span_first_lamport = 7,
                                   .span_lamport = 8};
    bench_step(bench, event);
    bench_step(bench, (struct event){.kind = EVENT_TICK});
    bench_pass(bench, GAP_TOLD_MS + 1);
    assert_int_equal(count_shown(bench, SHOW_GAP), 1);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 3);
    uint64_t link = peer_up(bench, 1); /* and it is filled */
    peer_have(bench, link, true, who(), 8, author_tip(author, 8));
    assert_int_equal(last_want(bench, link).from, 4);
    assert_int_equal(last_want(bench, link).to, 6);
    peer_entries(bench, link, author, 4, 6, PART_ANSWER_END);
    assert_int_equal(last_show(bench, SHOW_GAP)->show.n, 0);
}

/* How many lines are to come is said while they come, and 0 at the end. */
static void coming_goes_to_nothing(void **state)
{
    (void)state;
    uint64_t link = peer_up(bench, 1), before = 100;
    peer_have(bench, link, true, who(), 100, author_tip(author, 100));
    assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 100);
    for (uint64_t from = 1; from <= 100; from += 20) {
        peer_entries(bench, link, author, from, from + 19,
                     from == 81 ? PART_ANSWER_END : PART_ANSWER);
        bench_pass(bench, COMING_EVERY_MS);
        uint64_t now = last_show(bench, SHOW_COMING)->show.n;
        assert_true(now < before);
        before = now;
    }
    assert_int_equal(before, 0);
    size_t said = count_shown(bench, SHOW_COMING);
    assert_in_range(said, 2, 7);
    bench_pass(bench, 5000);
    assert_int_equal(count_shown(bench, SHOW_COMING), said);
}

/* Also when who holds them leaves, or has nothing after all. */
static void coming_goes_with_who_holds_it(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        uint64_t link = peer_up(bench, 1);
        bench_pass(bench, HISTORY_TOLD_MS);
        peer_pings(bench, link);
        bench_forget(bench);
        peer_have(bench, link, true, who(), 100, author_tip(author, 100));
        assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 100 - (how > 0));
        if (how == 0) {
            peer_entries(bench, link, author, 1, 1, PART_ANSWER_END);
            peer_entries(bench, link, author, 1, 1, PART_ANSWER_END); /* nothing new */
        } else if (how == 1) {
            bench_step(bench,
                       (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
        } else {
            bench_ask(bench, REQUEST_LEAVE, "#fika");
        }
        /* An answer that ends below what was asked ends nothing: it is waited for. */
        bench_pass(bench, (how == 0 ? WANT_DEADLINE_MS : 0) + 8 * COMING_EVERY_MS);
        assert_int_equal(last_show(bench, SHOW_COMING)->show.n, 0);
        bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = link, .why = WHY_LOST});
    }
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

/* ---- anything in any order ---- */

static uint64_t some_link(struct prng *prng, const uint64_t *links, size_t count)
{
    return count == 0 ? 1 : links[prng_below(prng, (uint32_t)count)];
}

static void anything(struct prng *prng, uint64_t links[64], size_t *count)
{
    uint64_t link = some_link(prng, links, *count), from = 1 + prng_below(prng, 300);
    struct author *speaks = prng_below(prng, 4) == 0 ? other : author;
    switch (prng_below(prng, 12)) {
    case 0:
        if (*count < 64)
            links[(*count)++] = peer_up(bench, 1 + prng_below(prng, 8));
        break;
    case 1:
        peer_have(bench, link, prng_below(prng, 2), who(), from, author_tip(author, from));
        break;
    case 2: peer_have(bench, link, true, who(), LIMIT_SEQ - from, NULL); break;
    case 3:
        peer_entries(bench, link, speaks, from, from + prng_below(prng, 90), PART_ANSWER);
        break;
    case 4: peer_entries(bench, link, speaks, from, from, PART_ANSWER_END); break;
    case 5: bench_say(bench, "hej"); break;
    case 6: bench_ask(bench, prng_below(prng, 2) ? REQUEST_JOIN : REQUEST_LEAVE, "#fika"); break;
    case 7: bench_find(bench, "10.0.0.7:1", (enum found)prng_below(prng, 4), NULL); break;
    case 8:
        bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED,
                                         .link = prng_below(prng, 3) ? 4 : link,
                                         .why = WHY_LOST});
        break;
    case 9: bench_step(bench, (struct event){.kind = EVENT_LINK_DRAINED, .link = link}); break;
    case 10:
        bench_step(bench,
                   (struct event){.kind = EVENT_STORE, .writable = prng_below(prng, 4) != 0});
        break;
    default: bench_pass(bench, 1u << prng_below(prng, 13)); break;
    }
}

/* Whatever comes, the deadline stays ahead of now (bench_step looks after every step), and when
 * nothing comes any more all is at rest. */
static void any_events_in_any_order(void **state)
{
    (void)state;
    other = author_new(bench, 5, 400, 1);
    for (uint8_t round = 0; round < 30; round++) {
        struct prng prng;
        uint8_t seed[32] = {13, round};
        uint64_t links[64];
        size_t count = 0;
        prng_init(&prng, seed);
        for (int i = 0; i < 300; i++)
            anything(&prng, links, &count);
        bench_forget(bench);
        bench_pass(bench, 2 * LINK_SILENCE_MS + DOUBT_MS);
        assert_int_equal(links_up(bench), 0);
        bench_forget(bench);
        bench_pass(bench, 3600 * 1000);
        assert_int_equal(count_sent(bench, 0, FRAME_WANT), 0);
        assert_in_range(count_effects(bench, EFFECT_DIAL), 0, 150); /* of the one typed address */
    }
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_head_is_asked_for),
        test(a_push_shows_its_hole),
        test(twice_is_once),
        test(the_next_source_is_asked),
        test(silence_is_given_up),
        test(questions_are_bounded),
        test(served_is_who_joined),
        test(heads_of_other_channels_are_ignored),
        test(a_lone_top_is_not_asked_for_for_ever),
        test(conflict_asks_another),
        test(answer_without_news_is_not_asked_again),
        test(more_than_eight_silent_logs),
        test(slow_answer_is_waited_for),
        test(liar_does_not_starve),
        test(liars_do_not_push_out),
        test(a_liar_who_keeps_busy),
        test(a_liar_who_talks_on),
        test(announced_authors_do_not_fill_a_channel),
        test(the_announced_go_with_who_announced),
        test(a_waiting_line_keeps_its_log),
        test(true_authors_are_bounded),
        test(history_coming_never_wraps),
        test(own_lines_from_a_peer_are_received),
        test(own_lines_go_on_from_what_came_back),
        test(forgers_are_dropped),
        test(clocks_adrift_are_not_adopted),
        test(a_fork_is_kept),
        test(a_fork_within_a_run),
        test(two_roots),
        test(a_lie_is_told_once),
        test(a_deep_fork_is_found),
        test(a_deep_fork_of_single_lines_is_found),
        test(probes_go_down),
        test(a_fork_whose_tail_came_first),
        test(one_question_an_author_and_link),
        test(branches_are_bounded),
        test(looks_are_bounded),
        test(two_answers_of_the_store_to_one_run),
        test(an_answer_of_the_store_for_a_link_that_is_gone),
        test(own_lines_wait_for_older_ones),
        test(own_lines_do_not_wait_for_ever),
        test(own_lines_wait_for_nobody_who_left),
        test(what_waits_is_not_lost),
        test(receipts_are_for_one_branch),
        test(the_digest_is_of_all_heads),
        test(equal_digests_end_it),
        test(equal_and_empty),
        test(only_buckets_that_differ),
        test(buckets_of_two_heads),
        test(buckets_without_end),
        test(buckets_of_other_channels_are_ignored),
        test(hundreds_of_authors),
        test(the_newest_first_then_the_hole),
        test(a_gap_is_told_when_it_stays),
        test(a_gap_that_closes_soon_is_not_told),
        test(gaps_of_several_authors),
        test(a_loaded_gap_is_told),
        test(coming_goes_to_nothing),
        test(coming_goes_with_who_holds_it),
        test(forget_by_request),
        test(nothing_to_forget),
        test(forget_by_a_peer),
        test(who_holds_the_last_line),
        test(receipts_are_loaded),
        test(any_events_in_any_order),
        test(nobody_takes_our_own_log),
        test(forget_where_nothing_is_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
