/* Core: private channels, between nodes with stores of their own. 0 makes the channel. */
#include "group_help.h"

static struct world *world;

static int setup(void **state)
{
    (void)state;
    world = world_new(4);
    world_link_all(world);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_free(world);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void create(void)
{
    node_does(world, 0, REQUEST_CREATE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 0, TOLD_CREATED), 1);
}

static void let_in(int by, int who, bool history, bool inviter)
{
    char nick[8];
    snprintf(nick, sizeof nick, "n%d", who);
    size_t before = node_saw_kind(world, who, SHOW_INVITATION);
    node_does(world, by, REQUEST_ADMIT, "#plans", nick, history, inviter);
    world_run(world, 500);
    assert_int_equal(node_saw_kind(world, who, SHOW_INVITATION), before + 1);
    assert_string_equal(node_last(world, who, SHOW_INVITATION)->show.channel.text, "#plans");
    node_does(world, who, REQUEST_JOIN, "#plans", NULL, false, false);
    world_run(world, 500);
}

static void two_talk(void **state)
{
    (void)state;
    create();
    node_says(world, 0, "#plans", "before");
    let_in(0, 1, false, false);
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 1);
    node_says(world, 0, "#plans", "hello");
    node_says(world, 1, "#plans", "and back");
    assert_int_equal(node_saw(world, 1, "hello"), 1);
    assert_int_equal(node_saw(world, 0, "and back"), 1);
    assert_int_equal(node_saw(world, 1, "before"), 0); /* from now on */
    assert_false(node_has(world, 1, "#plans", "before"));
    assert_true(node_has(world, 1, "#plans", "hello"));
    /* Others carry it, and have nothing of it. */
    assert_int_equal(node_saw(world, 2, "hello"), 0);
    assert_false(node_disk_has(world, 2, "and back", 8));
    assert_true(node_disk_has(world, 0, "and back", 8));
}

static void with_history(void **state)
{
    (void)state;
    create();
    node_says(world, 0, "#plans", "one");
    node_says(world, 0, "#plans", "two");
    let_in(0, 1, true, false);
    assert_int_equal(node_saw(world, 1, "one"), 1);
    assert_true(node_has(world, 1, "#plans", "two"));
}

static void who_is_removed_reads_no_more(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_says(world, 2, "#plans", "all three");
    assert_int_equal(node_saw(world, 1, "all three"), 1);
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n2", false, false);
    assert_int_equal(node_told(world, 0, TOLD_REMOVED), 1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_REMOVED), 1);
    assert_true(node_last(world, 2, SHOW_REMOVED)->show.own);
    node_says(world, 0, "#plans", "without him");
    node_says(world, 1, "#plans", "me too");
    assert_int_equal(node_saw(world, 1, "without him"), 1);
    assert_int_equal(node_saw(world, 2, "without him"), 0);
    assert_false(node_disk_has(world, 2, "without him", 11));
    assert_false(node_disk_has(world, 2, "me too", 6));
    assert_true(node_has(world, 2, "#plans", "all three")); /* what he had he keeps */
    node_says(world, 2, "#plans", "still here?");
    assert_int_equal(node_told(world, 2, TOLD_OUT), 1);
    /* And let in again, with nothing to be joined. */
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n2", false, false);
    world_run(world, 500);
    assert_true(node_last(world, 2, SHOW_ADMITTED)->show.own);
    node_says(world, 2, "#plans", "back again");
    assert_int_equal(node_saw(world, 0, "back again"), 1);
    assert_int_equal(node_saw(world, 1, "back again"), 1);
    node_says(world, 1, "#plans", "good");
    assert_int_equal(node_saw(world, 2, "good"), 1);
    assert_false(node_has(world, 2, "#plans", "without him"));
}

/* One who was away all the time comes back, and reads all. */
static void one_is_away(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_stop(world, &world->nodes[1]);
    node_says(world, 0, "#plans", "first");
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n2", false, false);
    node_says(world, 0, "#plans", "second");
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    world_run(world, 1000);
    assert_true(node_has(world, 1, "#plans", "first"));
    assert_true(node_has(world, 1, "#plans", "second"));
    assert_int_equal(node_saw_kind(world, 1, SHOW_REMOVED), 1);
}

/* Roles: who may invite does, others do not; a removal from beside is none. */
static void who_may(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, true);
    let_in(1, 2, false, false);
    node_says(world, 2, "#plans", "by another");
    assert_int_equal(node_saw(world, 0, "by another"), 1);
    node_does(world, 2, REQUEST_ADMIT, "#plans", "n3", false, false);
    assert_int_equal(node_told(world, 2, TOLD_NOT_INVITER), 1);
    node_does(world, 2, REQUEST_REMOVE, "#plans", "n1", false, false);
    assert_int_equal(node_told(world, 2, TOLD_NOT_ABOVE), 1);
    node_does(world, 1, REQUEST_ADMIT, "#plans", "n2", false, false);
    assert_int_equal(node_told(world, 1, TOLD_IN_ALREADY), 1);
    node_does(world, 0, REQUEST_ROLES, "#plans", NULL, false, false);
    assert_int_equal(node_saw_kind(world, 0, SHOW_ROLE_ROW), 3);
    assert_int_equal(node_last(world, 0, SHOW_ROLE_ROW)->show.n, ROLE_MEMBER);
    assert_string_equal(node_last(world, 0, SHOW_ROLE_ROW)->show.who_nick.text, "n1");
    node_does(world, 1, REQUEST_REMOVE, "#plans", "n2", false, false);
    assert_int_equal(node_saw_kind(world, 0, SHOW_REMOVED), 1);
    node_does(world, 0, REQUEST_ADMIT, "#fika", "n2", false, false);
    assert_int_equal(node_told(world, 0, TOLD_NOT_PRIVATE), 1);
}

static void who_leaves(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_LEFT_PRIVATE), 1);
    world_run(world, 1000);
    assert_int_equal(node_saw_kind(world, 0, SHOW_REMOVED), 1);
    node_says(world, 2, "#plans", "he is gone");
    assert_int_equal(node_saw(world, 0, "he is gone"), 1);
    assert_false(node_disk_has(world, 1, "he is gone", 10));
    let_in(0, 1, false, false);
    node_says(world, 1, "#plans", "hello again");
    assert_int_equal(node_saw(world, 2, "hello again"), 1);
}

/* An open channel may be called so, too: what came second has digits. */
static void an_open_namesake(void **state)
{
    (void)state;
    create();
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false);
    node_says(world, 1, "#plans", "in the open");
    assert_int_equal(node_saw(world, 0, "in the open"), 0);
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 500);
    struct channel_name name = node_last(world, 1, SHOW_INVITATION)->show.channel;
    assert_memory_equal(name.text, "#plans~", 7);
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false); /* what one is invited to */
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 1);
    node_says(world, 0, "#plans", "among us");
    assert_int_equal(node_saw(world, 1, "among us"), 1);
    assert_true(node_has(world, 1, name.text, "among us"));
    assert_false(node_has(world, 1, "#plans", "among us"));
    node_does(world, 0, REQUEST_CREATE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 0, TOLD_NAME_TAKEN), 1);
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    node_says(world, 0, "#plans", "still");
    assert_true(node_has(world, 1, name.text, "still"));
    node_says(world, 1, "#plans", "open still");
    assert_true(node_has(world, 1, "#plans", "open still"));
    assert_int_equal(node_saw(world, 0, "open still"), 0);
}

static void declined(void **state)
{
    (void)state;
    create();
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 500);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_DECLINED), 1);
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false); /* an open one, now */
    assert_int_equal(node_told(world, 1, TOLD_JOINED), 1);
}

/* All comes back after a restart: invitations, secrets, who is in. */
static void restarts(void **state)
{
    (void)state;
    create();
    node_says(world, 0, "#plans", "old");
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", true, false);
    world_run(world, 500);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 1);
    node_stop(world, &world->nodes[0]);
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[0]);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    node_does(world, 1, REQUEST_CHANNELS, "", NULL, false, false);
    assert_false(node_last(world, 1, SHOW_INVITATION)->show.up);
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false);
    world_run(world, 500);
    assert_true(node_has(world, 1, "#plans", "old"));
    node_says(world, 1, "#plans", "new");
    assert_int_equal(node_saw(world, 0, "new"), 1);
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    node_says(world, 0, "#plans", "newer");
    assert_int_equal(node_saw(world, 1, "newer"), 1);
    node_says(world, 1, "#plans", "newest");
    assert_int_equal(node_saw(world, 0, "newest"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(two_talk),    test(with_history),     test(who_is_removed_reads_no_more),
        test(one_is_away), test(who_may),          test(who_leaves),
        test(restarts),    test(an_open_namesake), test(declined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
