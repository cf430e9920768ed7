/* Core: who is there beyond one's links. Nodes 1 and 2 are linked; 5 is somewhere behind them. */
#include "core/seal.h"
#include "core/state.h"
#include "core_help.h"

static struct bench *bench;
static uint64_t one, two;

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

static void link_both(void)
{
    one = peer_up(bench, 1);
    two = peer_up(bench, 2);
}

/* Time passes, and both go on being heard. */
static void pass(uint64_t ms)
{
    for (uint64_t done = 0; done < ms; done += PING_EVERY_MS) {
        bench_pass(bench, ms - done < PING_EVERY_MS ? ms - done : PING_EVERY_MS);
        peer_pings(bench, one);
        if (two != 0)
            peer_pings(bench, two);
    }
}

static void peer_who(uint64_t link)
{
    uint8_t frame = FRAME_WHO;
    peer_frame(bench, link, (struct bytes){&frame, 1});
}

static struct note note_of(uint32_t number, uint64_t at, bool here)
{
    return (struct note){.channel = bench_channel(bench, "#fika"),
                         .node = bench_identity(number).node,
                         .number = at,
                         .here = here,
                         .nick = {(const uint8_t *)"far", 3},
                         .left_s = NOTE_LIFE_MS / 1000};
}

static void peer_note_as(uint64_t link, uint32_t number, struct note note)
{
    uint8_t room[256];
    struct identity self = bench_identity(number);
    struct writer w = writer_of(room, sizeof room);
    note_sign(&note, &bench->config.network, &self);
    wire_write_note(&w, &note);
    peer_frame(bench, link, written(&w));
}

static void peer_note(uint64_t link, uint32_t number, uint64_t at, bool here)
{
    peer_note_as(link, number, note_of(number, at, here));
}

static struct note last_note(uint64_t link)
{
    struct note note;
    struct bytes frame = last_sent(bench, link, FRAME_NOTE);
    assert_non_null(frame.at);
    assert_true(wire_read_note(frame, &note) && note_verify(&note, &bench->config.network));
    return note;
}

static bool is_shown(bool here)
{
    const struct seen *seen = last_show(bench, SHOW_MEMBER);
    struct id far = bench_identity(5).node;
    return seen != NULL && id_equal(&seen->show.id, &far) && seen->show.up == here;
}

static void two_nodes_need_no_notes(void **state)
{
    (void)state;
    one = peer_up(bench, 1);
    two = 0;
    pass(2 * NOTE_EVERY_MS);
    assert_int_equal(count_sent(bench, one, FRAME_WHO), 0);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 0);
}

static void who_has_two_links_asks_both(void **state)
{
    (void)state;
    link_both();
    assert_int_equal(count_sent(bench, one, FRAME_WHO), 1);
    assert_int_equal(count_sent(bench, two, FRAME_WHO), 1);
    peer_up(bench, 3);
    assert_int_equal(count_sent(bench, one, FRAME_WHO), 1);
}

static void who_is_asked_says_it_again_and_again(void **state)
{
    (void)state;
    link_both();
    peer_who(one);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 1); /* of #fika, which both take */
    struct note note = last_note(one);
    assert_true(note.here && id_equal(&note.node, &bench->config.identity.node));
    peer_who(one);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 1);
    pass(NOTE_EVERY_MS + 1000);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 2);
    assert_true(last_note(one).number > note.number);
    assert_int_equal(count_sent(bench, two, FRAME_NOTE), 0);
    bench_ask(bench, REQUEST_LEAVE, "#fika");
    assert_false(last_note(one).here);
}

static void a_note_is_shown_and_passed_on(void **state)
{
    (void)state;
    link_both();
    peer_note(one, 5, 1, true);
    assert_true(is_shown(true));
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 0);
    assert_int_equal(count_sent(bench, two, FRAME_NOTE), 1);
    size_t members = count_shown(bench, SHOW_MEMBER);
    peer_note(two, 5, 1, true); /* the same, by another way */
    assert_int_equal(count_shown(bench, SHOW_MEMBER), members);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 0);
    bench_ask(bench, REQUEST_WHO, "#fika");
    assert_int_equal(count_shown(bench, SHOW_WHO_ROW), 4); /* we, two links, and it */
    uint64_t late = peer_up(bench, 3);                     /* who comes later is told */
    assert_int_equal(count_sent(bench, late, FRAME_NOTE), 1);
    peer_note(two, 5, 2, false);
    assert_true(is_shown(false));
    assert_false(last_note(one).here);
    peer_note(one, 5, 1, true); /* an older one brings nobody back */
    assert_true(is_shown(false));
}

static void a_note_runs_out(void **state)
{
    (void)state;
    link_both();
    struct note note = note_of(5, 1, true);
    note.left_s = 60;
    peer_note_as(one, 5, note);
    assert_in_range(last_note(two).left_s, 59, 60);
    pass(59000);
    assert_true(is_shown(true));
    pass(2000);
    assert_true(is_shown(false));
    note.number = 2;
    note.left_s = UINT16_MAX; /* no longer than anybody's */
    peer_note_as(one, 5, note);
    pass(NOTE_LIFE_MS + 1000);
    assert_true(is_shown(false));
}

static void whom_a_link_shows_no_note_shows_again(void **state)
{
    (void)state;
    link_both();
    peer_note(one, 5, 1, true);
    size_t members = count_shown(bench, SHOW_MEMBER);
    uint64_t far = peer_up(bench, 5);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), members);
    peer_note(one, 5, 2, true);
    assert_int_equal(count_shown(bench, SHOW_MEMBER), members);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = far, .why = WHY_LOST});
    assert_true(is_shown(false)); /* he fell silent */
    peer_note(two, 5, 2, true);
    assert_true(is_shown(false));
    peer_note(two, 5, 3, true); /* but he lives */
    assert_true(is_shown(true));
}

static void a_link_that_was_ended_leaves_him_there(void **state)
{
    (void)state;
    link_both();
    peer_note(one, 5, 1, true);
    uint64_t far = peer_up(bench, 5);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = far, .why = WHY_FULL});
    assert_true(is_shown(true));
}

static void forgers_and_strangers(void **state)
{
    (void)state;
    uint8_t room[256];
    link_both();
    size_t members = count_shown(bench, SHOW_MEMBER);
    struct note note = note_of(5, 1, true);
    struct identity liar = bench_identity(6);
    note_sign(&note, &bench->config.network, &liar);
    for (int i = 0; i < 16; i++) {
        assert_false(was_hung_up(bench, one));
        struct writer w = writer_of(room, sizeof room);
        wire_write_note(&w, &note);
        peer_frame(bench, one, written(&w));
    }
    assert_true(was_hung_up(bench, one));
    note = note_of(5, 1, true);
    note.channel = bench_channel(bench, "#elsewhere");
    peer_note_as(two, 5, note);
    peer_note(two, 0, 1, true);                                     /* of ourselves */
    assert_int_equal(count_shown(bench, SHOW_MEMBER), members + 1); /* one is gone */
}

/* He who lost a link is there, which the other end may not know, nor those behind it. */
static void who_loses_a_link_says_that_he_lives(void **state)
{
    (void)state;
    link_both();
    uint64_t three = peer_up(bench, 3);
    peer_who(one);
    pass(NOTE_GAP_MS);
    peer_pings(bench, three);
    uint64_t number = last_note(one).number;
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 1);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = three, .why = WHY_LOST});
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 2);
    assert_true(last_note(one).here && last_note(one).number > number);
    three = peer_up(bench, 3);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = three, .why = WHY_LOST});
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 2); /* not so soon */
    pass(NOTE_GAP_MS);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 3);
    pass(LINK_SILENCE_MS + PING_EVERY_MS); /* as long as the other end may take */
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 4);
    pass(NOTE_EVERY_MS / 2);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 4);
}

static void among_many_there_are_no_notes(void **state)
{
    (void)state;
    link_both();
    peer_who(one);
    for (uint32_t i = 0; i < NOTES_NODES - 1; i++)
        peer_note(i % 2 == 0 ? one : two, 100 + i, 1, true);
    bench_ask(bench, REQUEST_WHO, "#fika");
    assert_int_equal(count_shown(bench, SHOW_WHO_ROW), 3 + NOTES_NODES - 1);
    bench_forget(bench);
    peer_note(one, 99, 1, true);
    bench_ask(bench, REQUEST_WHO, "#fika");
    assert_int_equal(count_shown(bench, SHOW_WHO_ROW), 3); /* we, and the links */
    bench_forget(bench);
    peer_who(two);
    peer_note(one, 98, 1, true);
    assert_int_equal(count_sent(bench, two, FRAME_NOTE), 0);
    pass(NOTE_EVERY_MS);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 0);
    uint64_t three = peer_up(bench, 3);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 0);
    bench_step(bench, (struct event){.kind = EVENT_LINK_CLOSED, .link = three, .why = WHY_LOST});
    pass(CROWD_MS);
    peer_up(bench, 3); /* it is looked at again; no records are known */
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 1);
    assert_int_equal(count_sent(bench, two, FRAME_NOTE), 1);
}

/* Of nodes so many that there is a crowd; they are in #fika, as the links are, and say nothing of it. */
static void crowd(void)
{
    for (uint32_t i = 0; i < NOTES_NODES; i++)
        peer_note(i % 2 == 0 ? one : two, 100 + i, 1, true);
    bench_forget(bench);
}

/* What few take is spoken of, though there are many nodes. */
static void in_a_small_channel_there_are(void **state)
{
    (void)state;
    link_both();
    peer_who(one);
    peer_who(two);
    crowd();
    bench_ask(bench, REQUEST_JOIN, "#small");
    bench_forget(bench);
    peer_join(bench, one, 2, "peer", "#fika #small");
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 1); /* we, of #small */
    struct id small = bench_channel(bench, "#small");
    struct note said = last_note(one);
    assert_true(id_equal(&said.channel, &small));
    struct note note = note_of(5, 1, true);
    note.channel = small;
    peer_note_as(one, 5, note);
    bench_ask(bench, REQUEST_WHO, "#small");
    assert_int_equal(count_shown(bench, SHOW_WHO_ROW), 3); /* we, the link, and 5 */
    peer_join(bench, two, 2, "peer", "#fika #small");      /* now all are in it: large */
    bench_forget(bench);
    note.number = 2;
    peer_note_as(one, 5, note);
    bench_ask(bench, REQUEST_WHO, "#small");
    assert_int_equal(count_shown(bench, SHOW_WHO_ROW), 3); /* we, and the links */
    assert_int_equal(count_sent(bench, two, FRAME_NOTE), 0);
}

static void floods_are_bounded(void **state)
{
    (void)state;
    char name[8] = "#a";
    link_both();
    for (char c = 'a'; c <= 'j'; c++) {
        name[1] = c;
        bench_ask(bench, REQUEST_JOIN, name);
        for (uint32_t i = 0; i < NOTES_NODES - 2; i++) { /* many by one link */
            struct note note = note_of(100 + i, 1, true);
            note.channel = bench_channel(bench, name);
            peer_note_as(one, 100 + i, note);
        }
        pass(NOTE_CHECKS_MS);
    }
    assert_int_equal(bench->core->presence.count, LIMIT_NOTES / 2);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), 0);
    for (uint32_t i = 0; i < 3 * NOTE_CHANGES; i++) /* one that comes and goes without end */
        peer_note(two, 5, 1 + i, i % 2 == 0);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), NOTE_CHANGES);
    pass(NOTE_EVERY_MS);
    peer_note(two, 5, 1000, true);
    assert_int_equal(count_sent(bench, one, FRAME_NOTE), NOTE_CHANGES + 1);
}

/* The channel that node 5 and this one have alone. */
static struct id direct_with_far(void)
{
    uint8_t shared[32];
    struct id far = bench_identity(5).node;
    assert_true(seal_shared(shared, &bench->config.identity, &far));
    return direct_id(&bench->config.network, &bench->config.identity.node, &far, shared);
}

static void link_lists(uint64_t link, uint32_t generation, const struct id *id)
{
    static uint8_t frame[4096];
    struct join join = {.generation = generation, .nick = {(const uint8_t *)"peer", 4}, .count = 2};
    struct writer w = writer_of(frame, sizeof frame);
    join.channels[0] = bench_channel(bench, "#fika");
    join.hops[0] = CARRY_HOPS;
    join.channels[1] = *id;
    join.hops[1] = 1; /* it carries that for another */
    wire_write_join(&w, &join);
    peer_frame(bench, link, written(&w));
}

static bool we_list(uint64_t link, const struct id *id)
{
    struct join join;
    struct bytes frame = last_sent(bench, link, FRAME_JOIN);
    if (frame.at == NULL || !wire_read_join(frame, &join))
        return false;
    for (size_t i = 0; i < join.count; i++)
        if (id_equal(&join.channels[i], id) && join.hops[i] == CARRY_HOPS)
            return true;
    return false;
}

/* Whoever is heard of by a note alone may begin a direct channel; whichever comes first. */
static void who_is_heard_of_may_begin_a_direct_channel(void **state)
{
    (void)state;
    struct id id = direct_with_far();
    link_both();
    peer_note(one, 5, 1, true);
    link_lists(one, 2, &id);
    bench_pass(bench, 100);
    assert_true(we_list(one, &id));
}

static void and_so_he_may_where_the_channel_is_heard_of_first(void **state)
{
    (void)state;
    struct id id = direct_with_far();
    link_both();
    link_lists(one, 2, &id);
    bench_pass(bench, 100);
    assert_false(we_list(one, &id));
    peer_note(one, 5, 1, true);
    bench_pass(bench, 100);
    assert_true(we_list(one, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(two_nodes_need_no_notes),
        test(who_has_two_links_asks_both),
        test(who_is_asked_says_it_again_and_again),
        test(a_note_is_shown_and_passed_on),
        test(a_note_runs_out),
        test(whom_a_link_shows_no_note_shows_again),
        test(a_link_that_was_ended_leaves_him_there),
        test(forgers_and_strangers),
        test(who_loses_a_link_says_that_he_lives),
        test(among_many_there_are_no_notes),
        test(in_a_small_channel_there_are),
        test(floods_are_bounded),
        test(who_is_heard_of_may_begin_a_direct_channel),
        test(and_so_he_may_where_the_channel_is_heard_of_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
