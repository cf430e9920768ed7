/* Core: private channels, between nodes with stores of their own: talk, history, roles, removals, devices, starts. 0 makes the channel. */
#include "private_help.h"

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

/* Nobody gives away what he may not read himself: he could let himself in a second time so. */
static void no_more_history_than_ones_own(void **state)
{
    (void)state;
    create();
    node_says(world, 0, "#plans", "before them");
    let_in(0, 1, false, true);
    node_says(world, 0, "#plans", "among two");
    let_in(1, 2, true, false);
    node_says(world, 0, "#plans", "among three");
    world_run(world, 60000); /* what lacks is asked for */
    assert_true(node_has(world, 2, "#plans", "among two"));
    assert_true(node_has(world, 2, "#plans", "among three"));
    assert_false(node_has(world, 1, "#plans", "before them"));
    assert_false(node_has(world, 2, "#plans", "before them"));
    assert_false(node_disk_has(world, 2, "before them", 11));
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

/* A revocation is to be said in each channel; where the user is out there is nothing to be told. */
static void who_is_out_says_no_device(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_REQUEST, .request = {.kind = REQUEST_DEVICE}};
    struct node *node = &world->nodes[1];
    create();
    let_in(0, 1, false, false);
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n1", false, false);
    world_run(world, 500);
    size_t told = node_told(world, 1, TOLD_OUT);
    snprintf(event.request.channel.text, sizeof event.request.channel.text, "#plans");
    event.request.text = (struct bytes){(const uint8_t *)"x", 1};
    world_step(world, node, event);
    assert_int_equal(node_told(world, 1, TOLD_OUT), told);
}

/* A device says whose it is before its first line: sealed, as all that is said. */
static void a_device_says_whose_it_is(void **state)
{
    (void)state;
    struct node *node = &world->nodes[1], *other = &world->nodes[0];
    uint8_t seed[32] = {9, 9}, body[DEVICE_BODY_MAX];
    struct identity root = identity_from_seed(seed);
    struct certificate made = {
        .root = root.node, .device = node->config.identity.node, .number = 1, .label = "phone"};
    struct said_device *list;
    struct arena arena;
    certificate_sign_root(&made, &root);
    certificate_sign_device(&made, &node->config.identity);
    node_stop(world, node);
    node->config.certificate = (struct bytes){body, certificate_write(body, &made)};
    node_start(world, node);
    world_link(world, 1, 0);
    world_link(world, 1, 2);
    create();
    let_in(0, 1, false, false);
    node_says(world, 1, "#plans", "one");
    node_says(world, 1, "#plans", "two");
    assert_int_equal(node_saw(world, 0, "two"), 1);
    arena_init(&arena);
    size_t count = store_devices(other->store, &arena, &list);
    struct id id = node_channel(world, other, "#plans");
    assert_int_equal(count, 1);
    assert_memory_equal(list[0].channel.b, id.b, sizeof id.b);
    assert_memory_equal(list[0].author.b, node->config.identity.node.b, sizeof id.b);
    assert_int_equal(store_devices(world->nodes[2].store, &arena, &list), 0); /* who carries it */
    arena_release(&arena);
}

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
        test(two_talk),
        test(with_history),
        test(no_more_history_than_ones_own),
        test(who_is_removed_reads_no_more),
        test(one_is_away),
        test(who_may),
        test(restarts),
        test(who_is_out_says_no_device),
        test(a_device_says_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
