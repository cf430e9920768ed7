/* Core: the devices of a person in private channels: they come in together, and a lost one goes. 0 makes the channel. */
#include "private_help.h"

static struct id id_of(int who)
{
    return world->nodes[who].config.identity.node;
}

/* All nodes of a person whom others call anna, as the shell names them: n1 and n2. */
static void ask_for_anna(int by, enum request_kind kind, bool history)
{
    struct id nodes[2] = {id_of(1), id_of(2)};
    struct request request = {.kind = kind, .put = true, .history = history};
    strcpy(request.channel.text, "#plans");
    strcpy(request.nick.text, "anna");
    request.text = (struct bytes){nodes[0].b, sizeof nodes};
    node_asks(world, by, request);
    world_run(world, 500);
}

static void is_one(int at, int device, int other)
{
    struct event event = {.kind = EVENT_DEVICE, .node = id_of(device)};
    event.head.author = id_of(other);
    world_step(world, &world->nodes[at], event);
    world_run(world, 500);
}

static void is_lost(int at, int device)
{
    world_step(world, &world->nodes[at],
               (struct event){.kind = EVENT_REFUSE, .node = id_of(device)});
    world_run(world, 500);
}

static void join(int who)
{
    node_does(world, who, REQUEST_JOIN, "#plans", NULL, false, false);
    world_run(world, 500);
    assert_int_equal(node_told(world, who, TOLD_JOINED_PRIVATE), 1);
}

static size_t count_in(int at)
{
    size_t before = node_saw_kind(world, at, SHOW_ROLE_ROW);
    node_does(world, at, REQUEST_ROLES, "#plans", NULL, false, false);
    return node_saw_kind(world, at, SHOW_ROLE_ROW) - before;
}

static size_t epochs_made(int by)
{
    struct node *node = &world->nodes[by];
    struct id id = node_channel(world, node, "#plans"), at = {{0}};
    struct arena arena;
    struct bytes bytes;
    size_t count = 0;
    arena_init(&arena);
    while (store_act_next(node->store, &id, &at, &arena, &bytes)) {
        struct entry entry;
        assert_true(entry_read_header(&entry, bytes.at));
        count += entry.kind == ENTRY_EPOCH && id_equal(&entry.author, &node->config.identity.node);
    }
    arena_release(&arena);
    return count;
}

static void all_of_a_person_come_in_and_go(void **state)
{
    (void)state;
    create();
    ask_for_anna(0, REQUEST_ADMIT, false);
    assert_int_equal(node_told(world, 0, TOLD_INVITED), 1);
    assert_string_equal(node_last(world, 0, SHOW_TOLD)->a, "anna");
    assert_int_equal(epochs_made(0), 1);
    assert_int_equal(count_in(0), 3);
    join(1);
    join(2);
    node_says(world, 0, "#plans", "to both");
    assert_int_equal(node_saw(world, 1, "to both"), 1);
    assert_int_equal(node_saw(world, 2, "to both"), 1);
    ask_for_anna(0, REQUEST_ADMIT, false);
    assert_int_equal(node_told(world, 0, TOLD_IN_ALREADY), 1);
    ask_for_anna(0, REQUEST_REMOVE, false);
    assert_int_equal(node_told(world, 0, TOLD_REMOVED), 1);
    assert_int_equal(epochs_made(0), 2);
    node_says(world, 0, "#plans", "to nobody");
    assert_false(node_disk_has(world, 1, "to nobody", 9));
    assert_false(node_disk_has(world, 2, "to nobody", 9));
    assert_int_equal(count_in(0), 1);
}

/* One of her nodes is in already: the other comes, and it is said that she is invited. */
static void the_rest_of_a_person(void **state)
{
    (void)state;
    create();
    let_in(0, 1, true, false);
    ask_for_anna(0, REQUEST_ADMIT, true);
    assert_int_equal(node_told(world, 0, TOLD_IN_ALREADY), 0);
    assert_int_equal(node_told(world, 0, TOLD_INVITED_HISTORY), 2);
    assert_int_equal(count_in(0), 3);
}

static void a_device_comes_in_as_its_person_did(void **state)
{
    (void)state;
    create();
    node_says(world, 0, "#plans", "before");
    let_in(0, 1, true, true);
    is_one(0, 2, 1);
    assert_int_equal(node_told(world, 0, TOLD_INVITED_DEVICE), 1);
    join(2);
    assert_true(node_has(world, 2, "#plans", "before"));
    let_in(2, 3, false, false); /* as it may, too */
    is_one(0, 2, 1);            /* nothing new */
    assert_int_equal(node_told(world, 0, TOLD_INVITED_DEVICE), 1);
    assert_int_equal(count_in(0), 4);
}

/* Only who let in the person lets in the device; nobody, where that was removed before; and nobody for whom he may not. */
static void who_lets_a_device_in(void **state)
{
    (void)state;
    create();
    let_in(0, 1, true, true);
    let_in(0, 2, true, true);
    is_one(2, 3, 1); /* he may, and is not who did */
    assert_int_equal(count_in(2), 3);
    is_one(1, 3, 1); /* her own */
    assert_int_equal(count_in(0), 4);
    node_does(world, 1, REQUEST_REMOVE, "#plans", "n3", false, false);
    world_run(world, 500);
    assert_int_equal(count_in(0), 3);
    is_one(1, 3, 1);
    is_one(0, 3, 1);
    assert_int_equal(count_in(0), 3);
}

static void a_member_lets_nobody_in(void **state)
{
    (void)state;
    create();
    let_in(0, 1, true, false);
    is_one(1, 2, 1);
    assert_int_equal(count_in(0), 2);
    is_one(0, 2, 3); /* who is not in himself */
    assert_int_equal(count_in(0), 2);
}

static void a_lost_device_is_out(void **state)
{
    (void)state;
    create();
    ask_for_anna(0, REQUEST_ADMIT, true);
    join(1);
    join(2);
    let_in(0, 3, true, false);
    is_lost(3, 2); /* a member cannot do it */
    assert_int_equal(count_in(0), 4);
    is_lost(0, 2);
    assert_int_equal(node_told(world, 0, TOLD_REMOVED_DEVICE), 1);
    assert_int_equal(count_in(0), 3);
    node_says(world, 1, "#plans", "without the thief");
    assert_int_equal(node_saw(world, 3, "without the thief"), 1);
    assert_false(node_disk_has(world, 2, "without the thief", 17));
    is_one(0, 2, 1); /* it does not come back */
    ask_for_anna(0, REQUEST_ADMIT, true);
    assert_int_equal(count_in(0), 3);
    assert_int_equal(node_told(world, 0, TOLD_REMOVED_DEVICE), 1);
}

/* It was let in by somebody who had not heard of it: the founder removes it, who has; whatever he hears first. */
static void a_lost_device_that_somebody_lets_in(void **state)
{
    (void)state;
    create();
    let_in(0, 1, true, true);
    is_lost(0, 2);
    node_does(world, 1, REQUEST_ADMIT, "#plans", "n2", true, false);
    world_run(world, 500);
    assert_int_equal(node_told(world, 0, TOLD_REMOVED_DEVICE), 1);
    assert_int_equal(count_in(0), 2);
    assert_int_equal(count_in(1), 2);
}

/* Heard of before the channel is there: at a start. */
static void a_lost_device_at_a_start(void **state)
{
    (void)state;
    create();
    ask_for_anna(0, REQUEST_ADMIT, true);
    node_stop(world, &world->nodes[0]);
    node_start(world, &world->nodes[0]);
    is_lost(0, 2);
    assert_int_equal(count_in(0), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(all_of_a_person_come_in_and_go),
        test(the_rest_of_a_person),
        test(a_device_comes_in_as_its_person_did),
        test(who_lets_a_device_in),
        test(a_member_lets_nobody_in),
        test(a_lost_device_is_out),
        test(a_lost_device_that_somebody_lets_in),
        test(a_lost_device_at_a_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
