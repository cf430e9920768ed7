/* Core: private channels: secrets that are missing, and come. */
#include "private_help.h"

/* A secret that was told, of an epoch that nobody has said: its author could tell each another one. */
static void a_secret_without_an_epoch(void **state)
{
    (void)state;
    struct loose_key key = {{9, 9, 9}, {5}};
    create();
    let_in(0, 1, false, false);
    node_says(world, 1, "#plans", "one");
    struct node *node = &world->nodes[0];
    struct id id = node_channel(world, node, "#plans");
    struct error error;
    assert_int_equal(
        store_key_put(node->store, &id, (struct bytes){(uint8_t *)&key, sizeof key}, &error),
        ERROR_NONE);
    node_stop(world, node);
    node_start(world, node);
    world_link(world, 1, 0);
    struct liar liar = liar_of(1, 1);
    memcpy(liar.epoch, key.epoch, sizeof liar.epoch);
    memcpy(liar.secret, key.secret, sizeof liar.secret);
    struct entry entry = line_after(&liar, 0, 1000, "under nothing");
    push(1, 0, &entry);
    assert_true(store_holds(node->store, &id, &entry.author, entry.seq, &entry.id));
    assert_int_equal(node_saw(world, 0, "under nothing"), 0);
    assert_false(node_has(world, 0, "#plans", "under nothing"));
}

/* Two are removed by two who do not hear one another; whoever speaks next makes a secret that neither knows. */
static void concurrent_removals_heal(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, true);
    let_in(1, 2, false, false);
    let_in(1, 3, false, false);
    node_says(world, 2, "#plans", "two is here");
    node_says(world, 3, "#plans", "so is three");
    node_stop(world, &world->nodes[2]);
    node_stop(world, &world->nodes[3]);
    node_stop(world, &world->nodes[1]);
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n2", false, false);
    node_stop(world, &world->nodes[0]);
    node_start(world, &world->nodes[1]);
    node_does(world, 1, REQUEST_REMOVE, "#plans", "n3", false, false);
    node_start(world, &world->nodes[0]);
    world_link(world, 1, 0);
    world_run(world, 500);
    node_says(world, 0, "#plans", "for the two of us");
    node_start(world, &world->nodes[2]);
    node_start(world, &world->nodes[3]);
    world_link_all(world);
    world_run(world, 10000);
    assert_true(node_has(world, 1, "#plans", "for the two of us"));
    assert_false(node_has(world, 2, "#plans", "for the two of us"));
    assert_false(node_has(world, 3, "#plans", "for the two of us"));
    assert_false(node_disk_has(world, 2, "for the two", 11));
    assert_false(node_disk_has(world, 3, "for the two", 11));
}

/* Whose row cannot be opened asks, and is told. */
static void a_secret_is_asked_for(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_stop(world, &world->nodes[1]);
    node_says(world, 2, "#plans", "under the old one");
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n3", false, false); /* a new secret */
    node_says(world, 2, "#plans", "under the new one");
    /* 1 has lost his keys meanwhile. */
    sqlite3_lose_keys(world->nodes[1].path);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    world_link(world, 1, 2);
    world_run(world, 20000);
    assert_true(node_has(world, 1, "#plans", "under the old one"));
    assert_true(node_has(world, 1, "#plans", "under the new one"));
}

/* Who made the secret is who lost it, and whose line it is has left: anybody else who is in can tell. */
static void a_secret_is_asked_of_others(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_stop(world, &world->nodes[0]);
    node_says(world, 2, "#plans", "before he left");
    node_does(world, 2, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    assert_int_equal(node_saw_kind(world, 1, SHOW_REMOVED), 1);
    node_stop(world, &world->nodes[2]);
    sqlite3_lose_keys(world->nodes[0].path);
    node_start(world, &world->nodes[0]);
    world_link(world, 0, 1);
    world_run(world, 20000);
    assert_true(node_has(world, 0, "#plans", "before he left"));
}

/* What was said to him alone came when its key was gone: the invitation is said again; also where the program ended before he could
 * ask for it. */
static void an_invitation_to_a_key_that_is_gone(void **state)
{
    (void)state;
    create();
    let_in(0, 2, false, false);
    let_in(0, 1, false, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    node_stop(world, &world->nodes[1]);
    node_says(world, 0, "#plans", "before");
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", true, false);
    sqlite3_lose_keys(world->nodes[1].path);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    world_run(world, 1000); /* it is here, and not asked for yet */
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 1); /* the first one */
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    world_run(world, 20000);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 2);
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false);
    world_run(world, 1000);
    assert_true(node_has(world, 1, "#plans", "before"));
}

/* Lines came before the act by which they are one's own to read; who made their secret is gone, and who invites has lost it. */
static void history_comes_late(void **state)
{
    (void)state;
    create();
    let_in(0, 2, true, true);
    let_in(0, 3, true, false);
    let_in(0, 1, false, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    node_says(world, 3, "#plans", "a new secret");
    node_does(world, 3, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    node_stop(world, &world->nodes[0]);
    node_stop(world, &world->nodes[2]);
    node_stop(world, &world->nodes[3]);
    sqlite3_lose_keys(world->nodes[2].path);
    node_start(world, &world->nodes[2]);
    world->strips[1] = ENTRY_ADMIT;
    world_link(world, 2, 1);
    let_in(2, 1, true, false);
    assert_false(node_has(world, 1, "#plans", "a new secret"));
    node_start(world, &world->nodes[0]);
    world_link(world, 0, 1);
    world_run(world, 10000);
    world->strips[1] = 0;
    world_run(world, 60000);
    assert_true(node_has(world, 1, "#plans", "a new secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_secret_without_an_epoch),   test(concurrent_removals_heal),
        test(a_secret_is_asked_for),       test(an_invitation_to_a_key_that_is_gone),
        test(a_secret_is_asked_of_others), test(history_comes_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
