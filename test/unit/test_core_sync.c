/* Core: catching up, and those who would make it stand still, run hot or fill up. */
#include "sync_help.h"

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
    struct author *silent[LIMIT_WANTS + 5];
    for (uint32_t i = 0; i < LIMIT_WANTS + 5; i++) {
        silent[i] = author_new(bench, 100 + i, 1, 0);
        peer_have(bench, link, true, &silent[i]->identity.node, 1, author_tip(silent[i], 1));
    }
    assert_int_equal(count_sent(bench, link, FRAME_WANT), LIMIT_WANTS);
    for (uint32_t i = 0; i < LIMIT_WANTS + 5; i++) { /* each answer makes room for one */
        size_t asked = LIMIT_WANTS + i < LIMIT_WANTS + 5 ? LIMIT_WANTS + i : LIMIT_WANTS + 5;
        assert_int_equal(count_sent(bench, link, FRAME_WANT), asked);
        peer_entries(bench, link, silent[i], 1, 1, PART_ANSWER_END);
        free(silent[i]);
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
    peer_have(bench, link, true, who(), HISTORY_TOLD_LEAST - 1, NULL);
    assert_int_equal(count_told(bench, TOLD_HISTORY_COMING), 0); /* they are here at once */
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

/* Who has a copy of the key has said what is the last that has a place: nothing comes behind it, and nothing ends by that. */
static void the_last_place_of_a_log(void **state)
{
    (void)state;
    for (int by = 0; by < 2; by++) {
        struct bench *fresh = bench_new();
        bench_free(bench);
        bench = fresh;
        free(author);
        author = author_new(bench, 0, 1, 0);
        author->entries[0].lamport = INT64_MAX - 1;
        entry_finish(&author->entries[0]);
        uint64_t link = peer_up(bench, 1);
        if (by == 0)
            peer_entries(bench, link, author, 1, 1, PART_PUSH);
        else
            bench_step(bench, (struct event){.kind = EVENT_LOAD_LOG,
                                             .channel = {"#fika"},
                                             .load = {.author = *who(),
                                                      .seq = LIMIT_SEQ - 1,
                                                      .tip = author->entries[0].id,
                                                      .lamport = 1}});
        size_t before = stored();
        bench_say(bench, "the last");
        assert_int_equal(stored(), before + 1);
        bench_say(bench, "one too many");
        assert_int_equal(stored(), before + 1);
        assert_int_equal(count_told(bench, TOLD_LOG_ENDS), 1);
    }
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
        test(the_last_place_of_a_log),
        test(forgers_are_dropped),
        test(clocks_adrift_are_not_adopted),
        test(any_events_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
