/* Overlay: when each address is dialled, which are let go, who is shunned, when a beacon goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/overlay.h"

#define T0 1000000u

static struct prng prng;
static struct overlay overlay;
static uint64_t next_link;
static const struct id NOBODY;
static const struct address NOWHERE;
static struct address answer;

static int setup(void **state)
{
    (void)state;
    uint8_t seed[32] = {4};
    prng_init(&prng, seed);
    overlay_release(&overlay);
    overlay_init(&overlay, &prng, true);
    next_link = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    overlay_release(&overlay);
    return 0;
}

static struct address at(int number)
{
    struct address address = {{0}};
    snprintf(address.text, sizeof address.text, "10.0.%d.%d:1", number / 256, number % 256);
    return address;
}

static struct id node(int number)
{
    struct id id = {{1, (uint8_t)number, (uint8_t)(number >> 8)}};
    return id;
}

static bool found(int number, enum found how, uint64_t now_ms)
{
    struct address address = at(number);
    struct id id = how == FOUND_TYPED || how == FOUND_TYPED_ALSO ? NOBODY : node(number);
    return overlay_found(&overlay, &address, how, &id, false, now_ms);
}

/* Dials what is due; 0 when nothing is. */
static uint64_t dial(uint64_t now_ms)
{
    next_link += 2;
    return overlay_dial(&overlay, next_link, now_ms) != NULL ? next_link : 0;
}

static struct candidate *candidate(int number)
{
    struct address address = at(number);
    for (size_t i = 0; i < overlay.count; i++)
        if (strcmp(overlay.list[i].address.text, address.text) == 0)
            return &overlay.list[i];
    return NULL;
}

static void typed_is_dialled_at_once(void **state)
{
    (void)state;
    assert_int_equal(dial(T0), 0);
    assert_true(found(1, FOUND_TYPED, T0));
    assert_int_equal(overlay_deadline(&overlay, false), 0); /* the first beacon */
    uint64_t link = dial(T0);
    assert_int_not_equal(link, 0);
    assert_int_equal(dial(T0), 0);
    assert_ptr_equal(overlay_by_link(&overlay, link), candidate(1));
    assert_true(overlay_asked_for(&overlay, link));
    assert_false(found(1, FOUND_TYPED, T0)); /* being made already */
    struct id id = node(9);
    overlay_linked(&overlay, link, &id);
    assert_false(found(1, FOUND_TYPED, T0)); /* up already */
    assert_true(id_equal(&candidate(1)->node, &id));
    assert_int_equal(overlay.count, 1);
    assert_null(overlay_by_link(&overlay, link + 2));
    assert_false(overlay_asked_for(&overlay, link + 2));
}

/* 500 ms doubling up to a minute, each between half and one and a half of that. */
static void backoff_grows_to_its_bound(void **state)
{
    (void)state;
    uint64_t now = T0, wait = REDIAL_FIRST_MS;
    bool differ = false;
    uint64_t first = 0;
    found(1, FOUND_TYPED, now);
    for (int fails = 1; fails < 60; fails++) {
        uint64_t link = dial(now);
        assert_int_not_equal(link, 0);
        assert_int_equal(overlay_ended(&overlay, link, WHY_REFUSED, now), fails == 1);
        uint64_t due = candidate(1)->dial_at_ms;
        assert_in_range(due - now, wait / 2, wait * 3 / 2);
        if (wait == REDIAL_LAST_MS) {
            differ = differ || (first != 0 && due - now != first);
            first = due - now;
        }
        assert_int_equal(dial(due - 1), 0);
        now = due;
        wait = wait * 2 < REDIAL_LAST_MS ? wait * 2 : REDIAL_LAST_MS;
    }
    assert_true(differ);           /* there is jitter */
    assert_non_null(candidate(1)); /* a typed one is never let go */
}

static void typed_is_told_once_until_it_works(void **state)
{
    (void)state;
    uint64_t now = T0;
    struct id id = node(1);
    found(1, FOUND_TYPED, now);
    assert_true(overlay_ended(&overlay, dial(now), WHY_NO_ANSWER, now));
    now += 2 * REDIAL_LAST_MS;
    assert_false(overlay_ended(&overlay, dial(now), WHY_NO_ANSWER, now));
    assert_true(found(1, FOUND_TYPED, now)); /* asked again: told again */
    assert_true(overlay_ended(&overlay, dial(now), WHY_NO_ANSWER, now));
    now += 2 * REDIAL_LAST_MS;
    uint64_t link = dial(now);
    overlay_linked(&overlay, link, &id);
    assert_false(overlay_ended(&overlay, link, WHY_LOST, now)); /* the link's end is told as such */
    assert_int_equal(candidate(1)->fails, 1);
    now += 2 * REDIAL_LAST_MS;
    assert_true(overlay_ended(&overlay, dial(now), WHY_REFUSED, now));
}

static void further_addresses_of_a_name_are_not_spoken_of(void **state)
{
    (void)state;
    assert_true(found(1, FOUND_TYPED_ALSO, T0));
    uint64_t link = dial(T0);
    assert_true(overlay_asked_for(&overlay, link));
    for (uint64_t now = T0; now < T0 + 100 * REDIAL_LAST_MS; now += 2 * REDIAL_LAST_MS) {
        assert_int_not_equal(link, 0);
        assert_false(overlay_ended(&overlay, link, WHY_REFUSED, now));
        link = dial(now + 2 * REDIAL_LAST_MS);
    }
    assert_non_null(candidate(1)); /* tried for ever all the same */
}

static void heard_is_let_go(void **state)
{
    (void)state;
    static const enum found HOW[] = {FOUND_BEACON, FOUND_LIKELY};
    for (int how = 0; how < 2; how++) {
        uint64_t now = T0;
        assert_true(found(how, HOW[how], now));
        for (int fails = 1; fails <= DIAL_GIVE_UP; fails++) {
            assert_non_null(candidate(how));
            uint64_t link = dial(now);
            assert_false(overlay_asked_for(&overlay, link));
            assert_false(overlay_ended(&overlay, link, WHY_NO_ANSWER, now));
            now += REDIAL_LAST_MS;
        }
        assert_null(candidate(how));
        setup(NULL);
    }
}

/* It is tried for ever, at last once an hour, give or take half of one. */
static void what_worked_is_tried_more_and_more_rarely(void **state)
{
    (void)state;
    uint64_t now = T0, wait = REDIAL_FIRST_MS;
    assert_true(found(1, FOUND_REMEMBERED, now));
    for (int fails = 1; fails < 100; fails++) {
        uint64_t link = dial(now);
        assert_int_not_equal(link, 0);
        assert_false(overlay_ended(&overlay, link, WHY_NO_ANSWER, now));
        assert_in_range(candidate(1)->dial_at_ms - now, wait / 2, wait * 3 / 2);
        now = candidate(1)->dial_at_ms;
        wait = wait * 2 < REDIAL_RARE_MS ? wait * 2 : REDIAL_RARE_MS;
    }
    assert_int_equal(wait, REDIAL_RARE_MS);
    /* A beacon from there brings it forward: of a process that was not there before to this moment. */
    struct address address = at(1);
    struct id id = node(1);
    overlay_ended(&overlay, dial(now), WHY_NO_ANSWER, now);
    overlay_found(&overlay, &address, FOUND_BEACON, &id, false, now);
    assert_int_equal(candidate(1)->dial_at_ms, now + DIAL_HEARD_MS);
    overlay_found(&overlay, &address, FOUND_BEACON, &id, false, now + 100);
    assert_int_equal(candidate(1)->dial_at_ms, now + DIAL_HEARD_MS);
    overlay_found(&overlay, &address, FOUND_BEACON, &id, true, now + 200);
    assert_int_equal(candidate(1)->dial_at_ms, now + 200);
}

/* One that worked once is given as many tries again. */
static void a_lost_link_is_tried_again(void **state)
{
    (void)state;
    struct id id = node(1);
    found(1, FOUND_BEACON, T0);
    uint64_t link = dial(T0);
    overlay_linked(&overlay, link, &id);
    assert_false(overlay_ended(&overlay, link, WHY_LOST, T0));
    assert_in_range(candidate(1)->dial_at_ms, T0 + REDIAL_FIRST_MS / 2,
                    T0 + REDIAL_FIRST_MS * 3 / 2);
}

static void why_it_ended_counts(void **state)
{
    (void)state;
    static const struct {
        enum found found;
        enum link_why why;
        bool stays;
        uint64_t earliest, latest;
    } CASE[] = {
        {FOUND_TYPED, WHY_QUIT, true, 1, REDIAL_LAST_MS},
        {FOUND_BEACON, WHY_QUIT, true, REDIAL_LAST_MS, 2 * REDIAL_LAST_MS},
        {FOUND_TYPED, WHY_ASKED, false, 0, 0},
        {FOUND_BEACON, WHY_ASKED, false, 0, 0},
        {FOUND_TYPED, WHY_ASKED_PEER, false, 0, 0},
        {FOUND_TYPED, WHY_DUPLICATE, true, REDIAL_LAST_MS, REDIAL_LAST_MS},
        {FOUND_BEACON, WHY_DUPLICATE, true, REDIAL_LAST_MS, REDIAL_LAST_MS},
        {FOUND_BEACON, WHY_LOST, true, 1, REDIAL_LAST_MS},
        {FOUND_BEACON, WHY_RULES, true, 1, REDIAL_LAST_MS},
    };
    for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
        struct id id = node(1);
        setup(NULL);
        found(1, CASE[i].found, T0);
        uint64_t link = dial(T0);
        overlay_linked(&overlay, link, &id);
        assert_false(overlay_ended(&overlay, link, CASE[i].why, T0));
        if (!CASE[i].stays) {
            if (candidate(1) != NULL)
                fail_msg("case %zu is kept", i);
            continue;
        }
        assert_in_range(candidate(1)->dial_at_ms - T0, CASE[i].earliest, CASE[i].latest);
    }
    assert_false(overlay_ended(&overlay, 4711, WHY_LOST, T0)); /* nobody's */
}

static void oneself_is_dialled_once(void **state)
{
    (void)state;
    found(1, FOUND_BEACON, T0);
    assert_false(overlay_ended(&overlay, dial(T0), WHY_SELF, T0)); /* nobody asked */
    assert_true(candidate(1)->self);
    assert_false(found(1, FOUND_BEACON, T0 + 1));
    overlay_changed(&overlay);
    assert_true(overlay_moved(&overlay, T0 + 2));
    assert_int_equal(dial(T0 + 100 * REDIAL_LAST_MS), 0);
    assert_true(found(1, FOUND_TYPED, T0 + 3)); /* who types it is told */
    assert_true(overlay_ended(&overlay, dial(T0 + 3), WHY_SELF, T0 + 3));
}

static void unasked_dials_come_out_of_a_bucket(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_true(found(i, FOUND_BEACON, T0));
    int dialled = 0;
    while (dial(T0) != 0)
        dialled++;
    assert_int_equal(dialled, DIAL_BURST);
    overlay_beacon(&overlay, &answer, T0);
    assert_int_equal(overlay_deadline(&overlay, true),
                     overlay.beacon_at_ms < T0 + 1000 ? overlay.beacon_at_ms : T0 + 1000);
    assert_true(found(500, FOUND_TYPED, T0)); /* what is asked for does not wait for it */
    assert_int_not_equal(dial(T0), 0);
    assert_int_equal(dial(T0 + 999), 0);
    for (int second = 1; second <= 20; second++) {
        assert_int_not_equal(dial(T0 + 1000 * second), 0);
        assert_int_equal(dial(T0 + 1000 * second), 0);
    }
    dialled = 0;
    while (dial(T0 + 3600 * 1000) != 0)
        dialled++;
    assert_int_equal(dialled, DIAL_BURST); /* an hour fills it, no more */
}

/* A candidate that waits for the bucket is in no deadline of the past. */
static void the_deadline_waits_for_the_bucket(void **state)
{
    (void)state;
    overlay_init(&overlay, &prng, false);
    for (int i = 0; i < 50; i++)
        found(i, FOUND_BEACON, T0);
    uint64_t now = T0;
    for (int i = 0; i < 42; i++) {
        while (dial(now) != 0)
            ;
        assert_true(overlay_deadline(&overlay, true) > now);
        assert_true(overlay_deadline(&overlay, false) == UINT64_MAX);
        now = overlay_deadline(&overlay, true);
    }
    while (dial(now) != 0)
        ;
    assert_true(overlay_deadline(&overlay, true) == UINT64_MAX);
}

static void a_full_table(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_ADDRESSES; i++)
        assert_true(found(i, FOUND_REMEMBERED, T0));
    candidate(100)->fails = 2; /* it failed longest */
    assert_true(found(1000, FOUND_BEACON, T0));
    assert_null(candidate(100));
    assert_non_null(candidate(1000));
    assert_int_equal(overlay.count, LIMIT_ADDRESSES);
    for (int i = 0; i < LIMIT_ADDRESSES; i++)
        assert_true(found(2000 + i, FOUND_TYPED, T0));
    assert_int_equal(overlay.count, LIMIT_ADDRESSES);
    assert_false(found(5000, FOUND_TYPED, T0)); /* all were asked for: none is let go */
    assert_false(found(5001, FOUND_BEACON, T0));
    struct address address = at(5002);
    struct id id = node(1);
    overlay_remember(&overlay, &address, &id, T0);
    assert_null(candidate(5002));
    assert_int_equal(overlay.count, LIMIT_ADDRESSES);
}

/* Many come and say where they listen: that does not fill the table with them. */
static void likely_addresses_are_few(void **state)
{
    (void)state;
    struct id id = node(1);
    assert_true(found(1, FOUND_REMEMBERED, T0));
    for (int i = 2; i < 4 * LIMIT_LIKELY; i++) {
        struct address address = at(i);
        overlay_remember(&overlay, &address, &id, T0);
        assert_non_null(candidate(i));
    }
    assert_int_equal(overlay.count, LIMIT_LIKELY + 1);
    assert_non_null(candidate(1));
    assert_true(found(5000, FOUND_BEACON, T0)); /* others go on beside them */
    assert_int_equal(overlay.count, LIMIT_LIKELY + 2);
}

/* What is dialled or linked keeps its place, however full the table. */
static void links_keep_their_place(void **state)
{
    (void)state;
    found(1, FOUND_BEACON, T0);
    uint64_t link = dial(T0);
    for (int i = 2; i < 3 * LIMIT_ADDRESSES; i++)
        found(i, FOUND_BEACON, T0);
    assert_non_null(candidate(1));
    assert_ptr_equal(overlay_by_link(&overlay, link), candidate(1));
}

static void removed(void **state)
{
    (void)state;
    struct address first = at(1);
    found(1, FOUND_TYPED, T0), found(2, FOUND_BEACON, T0), found(3, FOUND_BEACON, T0);
    candidate(3)->node = node(2); /* another address of node 2 */
    assert_true(overlay_remove(&overlay, &first));
    assert_false(overlay_remove(&overlay, &first));
    assert_null(candidate(1));
    uint64_t link = dial(T0);
    struct id two = node(2);
    overlay_linked(&overlay, link, &two);
    found(4, FOUND_TYPED, T0); /* its node is not known */
    overlay_remove_node(&overlay, &two, link);
    assert_null(candidate(2));
    assert_null(candidate(3));
    assert_non_null(candidate(4));
    overlay_remove_node(&overlay, &NOBODY, 4711); /* nobody's addresses are not "nobody's" */
    assert_non_null(candidate(4));
}

static void remembered(void **state)
{
    (void)state;
    struct address address = at(1);
    struct id id = node(1);
    overlay_remember(&overlay, &address, &id, T0);
    assert_int_equal(dial(T0), 0); /* it dialled us: it is linked now */
    assert_int_equal(candidate(1)->dial_at_ms, T0 + REDIAL_LAST_MS);
    overlay_lost(&overlay, &id, T0 + 5);
    assert_true(candidate(1)->dial_at_ms < T0 + 5 + 4 * REDIAL_FIRST_MS);
    assert_int_not_equal(dial(T0 + 5 + 4 * REDIAL_FIRST_MS), 0);
    uint64_t due = candidate(1)->dial_at_ms;
    overlay_remember(&overlay, &address, &id, T0 + 9000); /* being dialled: left alone */
    assert_int_equal(candidate(1)->dial_at_ms, due);
}

static void shunned_are_bounded(void **state)
{
    (void)state;
    struct id first = node(0), second = node(1), last = node(LIMIT_SHUNNED);
    for (int i = 0; i < LIMIT_SHUNNED; i++) {
        struct id id = node(i);
        overlay_shun(&overlay, &id);
        overlay_shun(&overlay, &id); /* twice is once */
        assert_true(overlay_shunned(&overlay, &id));
    }
    assert_int_equal(overlay.shunned_count, LIMIT_SHUNNED);
    assert_true(overlay_shunned(&overlay, &first));
    overlay_shun(&overlay, &last);
    assert_int_equal(overlay.shunned_count, LIMIT_SHUNNED);
    assert_false(overlay_shunned(&overlay, &first)); /* the oldest is forgotten */
    assert_true(overlay_shunned(&overlay, &second));
    assert_true(overlay_shunned(&overlay, &last));
    overlay_pardon(&overlay, &second);
    assert_false(overlay_shunned(&overlay, &second));
    assert_true(overlay_shunned(&overlay, &last));
    overlay_pardon(&overlay, &second);
    assert_int_equal(overlay.shunned_count, LIMIT_SHUNNED - 1);
}

/* ---- beacons ---- */

static void beacons_quick_then_idle(void **state)
{
    (void)state;
    uint64_t now = T0, last = 0;
    int in_two_minutes = 0;
    assert_true(overlay_beacon(&overlay, &answer, now));
    for (int i = 0; i < 30; i++) {
        assert_false(overlay_beacon(&overlay, &answer, now));
        last = now;
        now = overlay_deadline(&overlay, true);
        assert_true(now - last >= BEACON_GAP_MS);
        assert_true(now - last <= BEACON_IDLE_MS * 5 / 4);
        if (i >= 6)
            assert_true(now - last >= BEACON_IDLE_MS * 3 / 4);
        in_two_minutes += now - T0 < 120000;
        assert_false(overlay_beacon(&overlay, &answer, now - 1));
        assert_true(overlay_beacon(&overlay, &answer, now));
    }
    assert_in_range(in_two_minutes, 5, 10);
}

static void none_when_discovery_is_off(void **state)
{
    (void)state;
    struct process process = {{1}};
    overlay_init(&overlay, &prng, false);
    assert_true(overlay_deadline(&overlay, true) == UINT64_MAX);
    assert_false(overlay_beacon(&overlay, &answer, T0));
    overlay_changed(&overlay);
    assert_true(overlay_moved(&overlay, T0));
    overlay_heard(&overlay, &process, &NOWHERE, T0);
    assert_true(overlay_deadline(&overlay, true) == UINT64_MAX);
    assert_false(overlay_beacon(&overlay, &answer, T0 + 1000000));
}

static void a_newcomer_is_answered(void **state)
{
    (void)state;
    uint64_t now = T0;
    struct process one = {{1}};
    for (int i = 0; i < 10; i++) {
        overlay_beacon(&overlay, &answer, now);
        now = overlay_deadline(&overlay, true);
    }
    overlay_beacon(&overlay, &answer, now);
    now += 1000;
    assert_true(overlay_deadline(&overlay, true) > now + 10000);
    overlay_heard(&overlay, &one, &NOWHERE, now);
    assert_in_range(overlay_deadline(&overlay, true), now, now + 50);
    now = overlay_deadline(&overlay, true);
    assert_true(overlay_beacon(&overlay, &answer, now));
    overlay_heard(&overlay, &one, &NOWHERE, now + 1000); /* no newcomer any more */
    assert_true(overlay_deadline(&overlay, true) > now + 10000);
}

/* Forged newcomers without end bring one beacon a gap, no more. */
static void the_gap_holds_under_a_flood(void **state)
{
    (void)state;
    uint64_t last = 0;
    int sent = 0;
    for (uint64_t now = T0; now < T0 + 10000; now++) {
        struct process process = {{0}};
        memcpy(process.b, &now, sizeof process.b);
        overlay_heard(&overlay, &process, &NOWHERE, now);
        if (now % 100 == 0)
            overlay_changed(&overlay);
        overlay_moved(&overlay, now);
        if (!overlay_beacon(&overlay, &answer, now))
            continue;
        assert_true(last == 0 || now - last >= BEACON_GAP_MS);
        last = now;
        sent++;
    }
    assert_in_range(sent, 10, 10000 / BEACON_GAP_MS + 1);
}

static void a_change_of_interfaces(void **state)
{
    (void)state;
    uint64_t now = T0;
    struct id id = node(1);
    found(1, FOUND_BEACON, now);
    found(2, FOUND_TYPED, now);
    found(3, FOUND_BEACON, now);
    for (int i = 0; i < 6; i++) { /* 2 fails far into its backoff, 1 is linked */
        uint64_t link;
        while ((link = dial(now)) != 0) {
            if (overlay_by_link(&overlay, link) == candidate(1))
                overlay_linked(&overlay, link, &id);
            else
                overlay_ended(&overlay, link, WHY_NO_ANSWER, now);
        }
        now += REDIAL_LAST_MS * 2;
    }
    for (int i = 0; i < 10; i++)
        overlay_beacon(&overlay, &answer, now);
    overlay_ended(&overlay, dial(now), WHY_NO_ANSWER, now);
    overlay_changed(&overlay);
    assert_true(overlay_moved(&overlay, now));
    assert_in_range(candidate(2)->dial_at_ms, now, now + REDIAL_FIRST_MS);
    assert_int_equal(candidate(1)->state, CANDIDATE_LINKED);
    assert_in_range(overlay.beacon_at_ms, now, now + BEACON_GAP_MS);
    int beacons = 0;
    for (uint64_t end = now + 5000; now < end; now++)
        beacons += overlay_beacon(&overlay, &answer, now);
    assert_in_range(beacons, 4, 6); /* quick again */
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Interfaces that come and go all the time are acted on for a while, then now and then. */
static void changes_come_out_of_a_bucket(void **state)
{
    (void)state;
    int acted = 0;
    for (uint64_t now = T0; now < T0 + 60000; now += 100) {
        overlay_changed(&overlay);
        acted += overlay_moved(&overlay, now);
    }
    assert_in_range(acted, CHANGES_MAX + 60000 / CHANGES_MS - 2,
                    CHANGES_MAX + 60000 / CHANGES_MS + 1);
    overlay_changed(&overlay);
    assert_true(overlay_deadline(&overlay, true) <= T0 + 60000 + CHANGES_MS);
    assert_true(
        overlay_moved(&overlay, T0 + 60000 + CHANGES_MS)); /* the last one is not forgotten */
    assert_false(overlay_moved(&overlay, T0 + 60000 + 9 * CHANGES_MS));
}

/* Whatever one host says of itself, others keep their places and go first once it failed. */
static void one_host_does_not_fill_the_table(void **state)
{
    (void)state;
    uint64_t now = T0;
    for (int port = 1; port <= 1000; port++) {
        struct address address = {{0}};
        struct id liar = node(port);
        snprintf(address.text, sizeof address.text, "10.9.9.9:%d", port);
        overlay_found(&overlay, &address, FOUND_BEACON, &liar, false, now);
    }
    assert_int_equal(overlay.count, LIMIT_HOST_ADDRESSES);
    overlay_ended(&overlay, dial(now), WHY_REFUSED, now);
    assert_true(found(1, FOUND_BEACON, now + 1));
    uint64_t link = dial(now + 1);
    assert_ptr_equal(overlay_by_link(&overlay, link), candidate(1));
    struct address address = {"10.9.9.9:2000"}; /* what is new there has failed, too */
    struct id liar = node(2000);
    assert_true(overlay_found(&overlay, &address, FOUND_BEACON, &liar, false, now));
    assert_int_equal(overlay.count, LIMIT_HOST_ADDRESSES + 1);
    assert_true(found(2, FOUND_BEACON, now + 2));
    assert_ptr_equal(overlay_by_link(&overlay, dial(now + 2)), candidate(2));
    /* What was typed or remembered of that host is not bounded so. */
    struct address typed = {"10.9.9.9:3000"};
    assert_true(overlay_found(&overlay, &typed, FOUND_TYPED, &NOBODY, false, now));
    assert_int_equal(overlay.count, LIMIT_HOST_ADDRESSES + 3);
}

/* Of equals the one that waits longest. */
static void first_heard_first_dialled(void **state)
{
    (void)state;
    found(1, FOUND_BEACON, T0 + 2);
    found(2, FOUND_BEACON, T0 + 1);
    found(3, FOUND_BEACON, T0 + 3);
    assert_ptr_equal(overlay_by_link(&overlay, dial(T0 + 9)), candidate(2));
    assert_ptr_equal(overlay_by_link(&overlay, dial(T0 + 9)), candidate(1));
    found(4, FOUND_TYPED, T0 + 9);
    assert_ptr_equal(overlay_by_link(&overlay, dial(T0 + 9)), candidate(4));
    assert_ptr_equal(overlay_by_link(&overlay, dial(T0 + 9)), candidate(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(typed_is_dialled_at_once),
        test(backoff_grows_to_its_bound),
        test(typed_is_told_once_until_it_works),
        test(further_addresses_of_a_name_are_not_spoken_of),
        test(heard_is_let_go),
        test(what_worked_is_tried_more_and_more_rarely),
        test(a_lost_link_is_tried_again),
        test(why_it_ended_counts),
        test(oneself_is_dialled_once),
        test(unasked_dials_come_out_of_a_bucket),
        test(the_deadline_waits_for_the_bucket),
        test(a_full_table),
        test(likely_addresses_are_few),
        test(links_keep_their_place),
        test(removed),
        test(remembered),
        test(shunned_are_bounded),
        test(beacons_quick_then_idle),
        test(none_when_discovery_is_off),
        test(a_newcomer_is_answered),
        test(the_gap_holds_under_a_flood),
        test(a_change_of_interfaces),
        test(changes_come_out_of_a_bucket),
        test(one_host_does_not_fill_the_table),
        test(first_heard_first_dialled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
