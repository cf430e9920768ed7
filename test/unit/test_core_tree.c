/* Core: along which links new entries go, and whom to link to when there are many. */
#include "core/state.h"
#include "crowd_help.h"

static struct bench *bench;
static struct author *author;

static int setup(void **state)
{
    (void)state;
    bench = bench_new();
    author = author_new(bench, 50, 9, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(author);
    bench_free(bench);
    return 0;
}

static const struct id *who(void)
{
    return &author->identity.node;
}

static size_t pushes(uint64_t link)
{
    return count_sent(bench, link, FRAME_ENTRY);
}

static void ease(uint64_t link, enum frame_kind kind, const struct id *of)
{
    uint8_t room[80];
    struct writer w = writer_of(room, sizeof room);
    wire_write_ease(&w, kind, &(struct ease){bench_channel(bench, "#fika"), *of});
    peer_frame(bench, link, written(&w));
}

/* ---- along which links ---- */

static void what_is_new_is_pushed_on(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1), b = peer_up(bench, 2);
    bench_forget(bench);
    peer_entries(bench, a, author, 1, 1, PART_PUSH);
    assert_int_equal(pushes(a), 0);
    assert_int_equal(pushes(b), 1);
    assert_int_equal(wire_entry_hops(last_sent(bench, b, FRAME_ENTRY)), 1);
    bool stored = false; /* before it leaves */
    for (size_t i = 0; i < bench->seen_count; i++) {
        stored = stored || bench->seen[i].kind == EFFECT_STORE;
        assert_true(stored || !is_frame(&bench->seen[i], b, FRAME_ENTRY));
    }
    peer_entries(bench, a, author, 3, 3,
                 PART_PUSH); /* above a hole: it is asked for, not passed on */
    assert_int_equal(pushes(b), 1);
}

static void history_is_not_pushed_on(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1), b = peer_up(bench, 2);
    bench_forget(bench);
    peer_have(bench, a, true, who(), 4, author_tip(author, 4));
    assert_int_equal(count_sent(bench, a, FRAME_EAGER), 0);
    peer_entries(bench, a, author, 1, 4, PART_ANSWER_END);
    assert_int_equal(pushes(b), 0);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(count_sent(bench, b, FRAME_HAVE), 1);
}

static void who_sends_it_twice_is_told(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1), b = peer_up(bench, 2);
    peer_entries(bench, a, author, 1, 1, PART_PUSH);
    bench_forget(bench);
    peer_entries(bench, a, author, 1, 1, PART_PUSH);
    assert_int_equal(count_sent(bench, a, FRAME_LAZY), 0); /* there is no other way */
    peer_entries(bench, b, author, 1, 1, PART_PUSH);
    assert_int_equal(count_sent(bench, b, FRAME_LAZY), 1);
    assert_int_equal(count_shown(bench, SHOW_MESSAGE), 0);
}

/* Where all are linked to all, each line comes from who said it. */
static void the_authors_own_link_is_kept(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1), his = peer_up(bench, 50);
    peer_entries(bench, a, author, 1, 1, PART_PUSH);
    bench_forget(bench);
    peer_entries(bench, his, author, 1, 1, PART_PUSH);
    assert_int_equal(count_sent(bench, his, FRAME_LAZY), 0);
    assert_int_equal(count_sent(bench, a, FRAME_LAZY), 1);
}

static void lazy_is_announced_until_eager(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1), b = peer_up(bench, 2);
    struct author *other = author_new(bench, 51, 1, 1);
    peer_entries(bench, a, author, 1, 1, PART_PUSH);
    ease(b, FRAME_LAZY, who());
    bench_pass(bench, HAVE_DELAY_MS);
    bench_forget(bench);
    peer_entries(bench, a, author, 2, 2, PART_PUSH);
    assert_int_equal(pushes(b), 0);
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(count_sent(bench, b, FRAME_HAVE), 1);
    peer_entries(bench, b, other, 1, 1, PART_PUSH); /* another author by another link */
    assert_int_equal(pushes(a), 1);
    ease(b, FRAME_EAGER, who());
    peer_entries(bench, a, author, 3, 3, PART_PUSH);
    assert_int_equal(pushes(b), 1);
    free(other);
}

static void a_push_that_does_not_come_is_asked_for(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1), b = peer_up(bench, 2);
    peer_entries(bench, a, author, 1, 1, PART_PUSH);
    bench_forget(bench);
    peer_have(bench, b, false, who(), 2, author_tip(author, 2));
    bench_pass(bench, LAZY_WANT_MS - 1);
    assert_int_equal(count_sent(bench, b, FRAME_WANT), 0);
    bench_pass(bench, 1);
    assert_int_equal(count_sent(bench, b, FRAME_WANT), 1);
    assert_int_equal(count_sent(bench, b, FRAME_EAGER), 1);
    bench_forget(bench);
    peer_entries(bench, b, author, 2, 2, PART_ANSWER_END);
    assert_int_equal(pushes(a), 1); /* others wait for it, too */
}

/* What was lost with a full queue is not lost again at once. */
static void after_an_overflow_it_is_announced(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1), b = peer_up(bench, 2);
    bench_step(bench, (struct event){.kind = EVENT_LINK_DRAINED, .link = a});
    bench_forget(bench);
    bench_say(bench, "one");
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(pushes(a), 0);
    assert_int_equal(count_sent(bench, a, FRAME_HAVE), 1);
    assert_int_equal(pushes(b), 1);
    ease(a, FRAME_EAGER, &bench->config.identity.node);
    bench_say(bench, "two");
    bench_pass(bench, HAVE_DELAY_MS);
    assert_int_equal(pushes(a), 1);
}

/* ---- whom to link to ---- */

static void records_are_dialled_one_a_second(void **state)
{
    (void)state;
    bench_looks(bench);
    uint64_t a = peer_up(bench, 1);
    assert_int_equal(count_sent(bench, a, FRAME_PEERS), 1); /* our own */
    bench_forget(bench);
    peer_peers(bench, a, 200, 8, false);
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 1);
    for (int s = 1; s < 5; s++) {
        bench_pass(bench, SPARE_EVERY_MS - 1);
        assert_int_equal(count_effects(bench, EFFECT_DIAL), s);
        bench_pass(bench, 1);
        assert_int_equal(count_effects(bench, EFFECT_DIAL), s + 1);
        peer_pings(bench, a);
    }
}

static void forged_records_are_nothing(void **state)
{
    (void)state;
    bench_looks(bench);
    uint64_t a = peer_up(bench, 1);
    bench_forget(bench);
    for (uint32_t i = 0; i < 20; i++) {
        peer_peers(bench, a, 200 + 12 * i, 12, true);
        bench_pass(bench, PEERS_GAP_MS);
        peer_pings(bench, a);
    }
    assert_int_equal(count_effects(bench, EFFECT_DIAL), 0);
    assert_false(was_hung_up(bench, a));
}

/* One who makes identities without end fills a part of the list, and has one dial a second made. */
static void a_flood_of_records_is_bounded(void **state)
{
    (void)state;
    bench_looks(bench);
    uint64_t a = peer_up(bench, 1);
    size_t before = core_bytes(bench->core);
    bench_forget(bench);
    uint64_t begun = bench->now_ms;
    for (uint32_t i = 0; i < 30; i++) {
        for (uint32_t k = 0; k < 6; k++) /* of these one is taken */
            peer_peers(bench, a, 1000 + 12 * (6 * i + k), 12, false);
        bench_pass(bench, PEERS_GAP_MS);
        peer_pings(bench, a);
    }
    assert_in_range(count_effects(bench, EFFECT_DIAL), 1, (bench->now_ms - begun) / 1000 + 1);
    assert_true(core_bytes(bench->core) < before + 60 * 1024);
    assert_false(was_hung_up(bench, a));
}

/* So many that not all are linked to all. */
static void be_many(void)
{
    bench_looks(bench);
    uint64_t a = peer_up(bench, 1);
    peer_peers(bench, a, 200, 12, false);
    assert_int_equal(links_up(bench), 1);
    for (uint32_t i = 2; i <= LINKS_MOST; i++)
        peer_up(bench, i);
    assert_int_equal(links_up(bench), LINKS_MOST);
    bench_forget(bench);
}

static void one_who_comes_too_many_is_told_of_others(void **state)
{
    (void)state;
    be_many();
    uint64_t late = peer_up(bench, 20);
    assert_int_equal(bye_code(bench, late), WHY_FULL);
    assert_int_equal(count_sent(bench, late, FRAME_PEERS), 1);
    assert_int_equal(links_up(bench), LINKS_MOST);
    struct peers told;
    assert_true(wire_read_peers(last_sent(bench, late, FRAME_PEERS), &told));
    assert_int_equal(told.count, PEERS_MANY);
}

/* Those who come at once and go hold no memory of this node when they are gone. */
static void a_crowd_leaves_no_tables_behind(void **state)
{
    (void)state;
    uint64_t a = peer_up(bench, 1);
    bench_pass(bench, 1);
    size_t before = core_bytes(bench->core);
    for (int i = 0; i < LIMIT_INBOUND_WAITING; i++)
        bench_step(bench, (struct event){.kind = EVENT_LINK_IN, .link = 1001 + 2 * (uint64_t)i});
    assert_true(core_bytes(bench->core) > before + LIMIT_INBOUND_WAITING / 2 * sizeof(struct link));
    bench_pass(bench, HELLO_DEADLINE_MS);
    peer_pings(bench, a);
    bench_pass(bench, 1);
    assert_in_range(core_bytes(bench->core), 0, before + 8 * sizeof(struct link));
    assert_int_equal(links_up(bench), 1);
}

static void who_came_gives_way_after_a_while(void **state)
{
    (void)state;
    be_many();
    for (uint64_t ms = 0; ms < LINKS_TENURE_MS; ms += 1000) {
        bench_pass(bench, 1000);
        for (size_t i = 0; i < bench->core->links.room; i++)
            if (bench->core->links.list[i].state == LINK_UP)
                peer_pings(bench, bench->core->links.list[i].number);
    }
    uint64_t late = peer_up(bench, 20);
    assert_false(was_hung_up(bench, late));
    assert_int_equal(links_up(bench), LINKS_MOST);
    for (size_t i = 0; i < bench->core->links.room; i++) /* as if this node had dialled them */
        bench->core->links.list[i].outbound = bench->core->links.list[i].state == LINK_UP;
    bench_pass(bench, 2000);
    uint64_t later = peer_up(bench, 21);
    assert_int_equal(bye_code(bench, later), WHY_FULL);
}

static void a_link_is_changed_now_and_then(void **state)
{
    (void)state;
    be_many();
    uint64_t dialled[2];
    for (size_t i = 0, count = 0; count < 2; i++) { /* as if this node had dialled them */
        struct link *link = &bench->core->links.list[i];
        if (link->state != LINK_UP)
            continue;
        link->outbound = true;
        dialled[count++] = link->number;
    }
    for (uint64_t ms = 0; ms < LINKS_CHANGE_MS; ms += 5000) {
        assert_int_equal(count_effects(bench, EFFECT_DIAL), 0);
        bench_pass(bench, 5000);
        bench_pings(bench);
        bench_forget(bench);
        if (bench->core->choice.changing != 0)
            break;
    }
    assert_int_equal(links_up(bench), LINKS_MOST);
    uint64_t fresh = bench->core->choice.changing;
    assert_int_not_equal(fresh, 0);
    peer_answers(bench, fresh, 300, "#fika");
    assert_int_equal(links_up(bench), LINKS_MOST);
    assert_false(was_hung_up(bench, fresh));
    assert_true(was_hung_up(bench, dialled[0]) != was_hung_up(bench, dialled[1]));
    assert_int_equal(bench->core->choice.changing, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_link_is_changed_now_and_then),
        test(a_crowd_leaves_no_tables_behind),
        test(what_is_new_is_pushed_on),
        test(history_is_not_pushed_on),
        test(who_sends_it_twice_is_told),
        test(the_authors_own_link_is_kept),
        test(lazy_is_announced_until_eager),
        test(a_push_that_does_not_come_is_asked_for),
        test(after_an_overflow_it_is_announced),
        test(records_are_dialled_one_a_second),
        test(forged_records_are_nothing),
        test(a_flood_of_records_is_bounded),
        test(one_who_comes_too_many_is_told_of_others),
        test(who_came_gives_way_after_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
