/* Core: private channels, between nodes with stores of their own. 0 makes the channel. */
#include "group_help.h"

#include <sqlite3.h>

#include "core/certificate.h"
#include "core/group.h"

static struct world *world;

/* His prekeys are gone, and the secrets of epochs. */
static void sqlite3_lose_keys(const char *path)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM prekeys; DELETE FROM group_keys", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

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
    assert_memory_equal(node_last(world, who, SHOW_INVITATION)->show.channel.text, "#plans~", 7);
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

/* Whoever left is invited again, and starts anew before he joins: all that he has of before is still there. */
static void invited_again(void **state)
{
    (void)state;
    create();
    let_in(0, 1, true, false);
    node_says(world, 1, "#plans", "before");
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", true, false);
    world_run(world, 500);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 2);
    node_stop(world, &world->nodes[1]);
    for (int i = 0; i < 4; i++)
        world->cut[1][i] = world->cut[i][1] = true;
    node_start(world, &world->nodes[1]);
    node_does(world, 1, REQUEST_INVITATIONS, "", NULL, false, false);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 3);
    struct event join = {.kind = EVENT_REQUEST,
                         .request = {.kind = REQUEST_JOIN, .channel = {"#plans"}}};
    core_inviter(world->nodes[1].core, &join.request.channel, 0, &join.request.id);
    world_step(world, &world->nodes[1], join);
    node_does(world, 1, REQUEST_CHANNELS, "", NULL, false, false);
    const struct shown *row = node_last(world, 1, SHOW_CHANNEL_ROW);
    assert_string_equal(row->show.channel.text, "#plans");
    assert_true(row->show.n2 > 2); /* of the time before */
}

/* Of an invitation that is declined nothing stays but that the user has left. */
static void declined_again(void **state)
{
    (void)state;
    create();
    let_in(0, 1, true, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", true, false);
    world_run(world, 500);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_DECLINED), 1);
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    node_does(world, 1, REQUEST_CHANNELS, "", NULL, false, false);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 2);
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n1", false, false);
    let_in(0, 1, false, false);
    node_says(world, 1, "#plans", "after all");
    assert_int_equal(node_saw(world, 0, "after all"), 1);
    assert_int_equal(node_told(world, 1, TOLD_BRANCH), 0);
}

/* The others go on without him, and he may be let in again, as anybody. */
static void the_founder_leaves(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, true);
    let_in(0, 2, false, false);
    node_says(world, 0, "#plans", "all three");
    node_does(world, 0, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 0, TOLD_LEFT_PRIVATE), 1);
    world_run(world, 1000);
    assert_int_equal(node_saw_kind(world, 1, SHOW_REMOVED), 1);
    assert_int_equal(node_last(world, 1, SHOW_REMOVED)->show.n, ROLE_FOUNDER);
    node_says(world, 1, "#plans", "without him");
    assert_int_equal(node_saw(world, 2, "without him"), 1);
    assert_false(node_disk_has(world, 0, "without him", 11));
    node_does(world, 1, REQUEST_REMOVE, "#plans", "n2", false, false);
    assert_int_equal(node_told(world, 1, TOLD_NOT_ABOVE), 1);
    node_does(world, 1, REQUEST_ADMIT, "#plans", "n0", false, false);
    world_run(world, 500);
    struct channel_name name = node_last(world, 0, SHOW_INVITATION)->show.channel;
    node_does(world, 0, REQUEST_JOIN, name.text, NULL, false, false);
    world_run(world, 500);
    node_says(world, 0, "#plans", "here again");
    assert_int_equal(node_saw(world, 2, "here again"), 1);
    node_does(world, 1, REQUEST_REMOVE, "#plans", "n0", false, false);
    assert_int_equal(node_told(world, 1, TOLD_REMOVED), 1);
    node_says(world, 0, "#plans", "once more");
    assert_int_equal(node_told(world, 0, TOLD_OUT), 1);
}

/* Where nobody else is in, there is nobody to tell. */
static void the_founder_leaves_alone(void **state)
{
    (void)state;
    create();
    node_says(world, 0, "#plans", "alone");
    node_does(world, 0, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    node_does(world, 0, REQUEST_CREATE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 0, TOLD_CREATED), 2);
}

/* Who has left keeps what he read, and no secret. */
static void who_leaves_keeps_no_secret(void **state)
{
    (void)state;
    static struct loose_key keys[64];
    size_t count = 0;
    struct node *node = &world->nodes[1];
    create();
    let_in(0, 1, false, false);
    struct id id = node_channel(world, node, "#plans");
    for (int i = 0; i < 12; i++) {
        node_does(world, 0, REQUEST_ADMIT, "#plans", "n2", false, false);
        node_says(world, 0, "#plans", "to read");
        node_does(world, 0, REQUEST_REMOVE, "#plans", "n2", false, false);
        world_run(world, 500);
    }
    for (; count < 64 && store_key(node->store, &id, count, &keys[count]); count++)
        assert_true(node_disk_has(world, 1, keys[count].secret, 32));
    assert_in_range(count, 20, 64);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    for (size_t i = 0; i < count; i++)
        assert_false(node_disk_has(world, 1, keys[i].secret, 32));
    node_says(world, 2, "#fika", "on");
    node_says(world, 0, "#plans", "he is gone");
    world_run(world, 1000);
    assert_false(store_key(node->store, &id, 0, &keys[0]));
    assert_true(node_disk_has(world, 1, "to read", 7));
    let_in(0, 1, true, false); /* with history, which he gets anew */
    assert_true(node_has(world, 1, "#plans", "he is gone"));
}

/* What came while he was out is read when he is in again; also where the program ended before it had gone through that. */
static void what_was_carried_is_read_later(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    node_says(world, 1, "#plans", "one");
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    node_says(world, 0, "#plans", "while he was out");
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", true, false);
    world_run(world, 1000);
    assert_false(node_has(world, 1, "#plans", "while he was out"));
    world->hurried = true;
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false);
    node_stop(world, &world->nodes[1]);
    world->hurried = false;
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    world_run(world, 1000);
    assert_true(node_has(world, 1, "#plans", "while he was out"));
    struct group_kept kept;
    assert_true(store_group(world->nodes[1].store, &world->network, 0, &kept));
    assert_int_equal(kept.state, GROUP_IN);
    assert_false(kept.unread); /* it is not gone through at each start */
}

/* 1 is let in, has joined, and nobody is there who has the act. */
static void join_before_the_act(void)
{
    create();
    node_says(world, 0, "#plans", "hello");
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 100);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 1);
    for (int i = 0; i < 4; i++)
        if (i != 1)
            node_stop(world, &world->nodes[i]);
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 1);
    node_says(world, 1, "#plans", "is anybody there?");
    node_says(world, 1, "#plans", "well, then");
    world_run(world, 3000);
    assert_int_equal(node_told(world, 1, TOLD_NOT_IN_YET), 0);
    assert_int_equal(node_told(world, 1, TOLD_PRIVATE_WAITS), 1);
    assert_int_equal(node_last(world, 1, SHOW_TOLD)->show.n, 2);
}

/* What he says before the act comes is said as soon as it does, also after a start. */
static void said_before_the_act_comes(void **state)
{
    (void)state;
    join_before_the_act();
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    node_start(world, &world->nodes[0]);
    world_link(world, 1, 0);
    world_run(world, 1000);
    assert_true(node_has(world, 0, "#plans", "is anybody there?"));
    assert_true(node_has(world, 0, "#plans", "well, then"));
    assert_true(node_has(world, 1, "#plans", "well, then"));
    node_stop(world, &world->nodes[1]); /* and once */
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    world_run(world, 1000);
    assert_int_equal(node_saw(world, 0, "well, then"), 1);
}

/* He was removed meanwhile; or leaves. */
static void said_before_the_act_and_never(void **state)
{
    (void)state;
    char digits[ID_HEX_SIZE];
    join_before_the_act();
    node_start(world, &world->nodes[0]);
    hex_of(digits, world->nodes[1].config.identity.node.b, 32);
    node_does(world, 0, REQUEST_REMOVE, "#plans", digits, false, false);
    world_link(world, 1, 0);
    world_run(world, 1000);
    assert_int_equal(node_told(world, 1, TOLD_OUT), 1);
    assert_false(node_has(world, 0, "#plans", "well, then"));
    assert_int_equal(world->nodes[1].core->direct.waiting_count, 0);
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    assert_int_equal(world->nodes[1].core->direct.waiting_count, 0);
}

static void said_before_the_act_and_left(void **state)
{
    (void)state;
    join_before_the_act();
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(world->nodes[1].core->direct.waiting_count, 0);
    node_start(world, &world->nodes[0]);
    world_link(world, 1, 0);
    world_run(world, 1000);
    assert_false(node_has(world, 0, "#plans", "well, then"));
    assert_false(node_disk_has(world, 1, "well, then", 10));
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

/* Anybody can call his channel as another is called: by that name one gets there only if one knows who invites. */
static void a_stranger_gets_no_name(void **state)
{
    (void)state;
    struct request request = {.kind = REQUEST_JOIN, .channel = {"#plans"}};
    create();
    node_does(world, 2, REQUEST_JOIN, "#plans", NULL, false, false);
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 500);
    node_asks(world, 1, request);
    assert_int_equal(node_told(world, 1, TOLD_TWO_NAMED), 1);
    request.id = world->nodes[2].config.identity.node; /* whom he knows has not invited him */
    node_asks(world, 1, request);
    assert_int_equal(node_told(world, 1, TOLD_TWO_NAMED), 2);
    assert_int_equal(node_told(world, 1, TOLD_JOINED), 0);
    request.open = true;
    node_asks(world, 1, request);
    assert_int_equal(node_told(world, 1, TOLD_JOINED), 1);
    request.open = false;
    node_asks(world, 1, request); /* it is there already */
    assert_int_equal(node_told(world, 1, TOLD_TWO_NAMED), 2);
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 0);
    request.channel = node_last(world, 1, SHOW_INVITATION)->show.channel;
    node_asks(world, 1, request);
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 1);
    request = (struct request){.kind = REQUEST_JOIN, .channel = {"#plans"}, .open = true};
    node_asks(world, 0, request); /* a private one has it */
    assert_int_equal(node_told(world, 0, TOLD_NAME_TAKEN), 1);
}

/* Where nobody is in an open one, and one invites alone, there is nothing else that could be meant. */
static void a_name_that_is_one_s_alone(void **state)
{
    (void)state;
    create();
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 500);
    node_asks(world, 1, (struct request){.kind = REQUEST_JOIN, .channel = {"#plans"}});
    assert_int_equal(node_told(world, 1, TOLD_TWO_NAMED), 0);
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 1);
}

/* Where the user is in one called so himself, another's does not get the name. */
static void a_name_that_is_one_s_own(void **state)
{
    (void)state;
    create();
    node_does(world, 1, REQUEST_CREATE, "#plans", NULL, false, false);
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 500);
    node_asks(world, 1, (struct request){.kind = REQUEST_JOIN, .channel = {"#plans"}});
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 0);
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

static void disk_takes(int who, bool writable)
{
    world_step(world, &world->nodes[who],
               (struct event){.kind = EVENT_STORE, .writable = writable});
}

static size_t kept_as(int who, enum group_state state)
{
    struct group_kept kept;
    size_t count = 0;
    for (size_t i = 0; store_group(world->nodes[who].store, &world->network, i, &kept); i++)
        count += kept.state == state;
    return count;
}

/* He has left, though what he had been let in to was not gone through yet. */
static void left_at_once(void **state)
{
    (void)state;
    struct event join = {.kind = EVENT_REQUEST,
                         .request = {.kind = REQUEST_JOIN, .channel = {"#plans"}}};
    create();
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", true, false);
    world_run(world, 500);
    core_inviter(world->nodes[1].core, &join.request.channel, 0, &join.request.id);
    node_raw_step(world, &world->nodes[1], join);
    assert_int_equal(kept_as(1, GROUP_IN), 1);
    join.request.kind = REQUEST_LEAVE;
    node_raw_step(world, &world->nodes[1], join);
    assert_int_equal(kept_as(1, GROUP_IN), 0);
}

/* What would have to be kept is not done: it would not be so any more after a start. */
static void the_disk_takes_nothing(void **state)
{
    (void)state;
    create();
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 500);
    disk_takes(1, false);
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_STORE_FULL), 2);
    assert_int_equal(kept_as(1, GROUP_INVITED), 1);
    disk_takes(1, true);
    node_does(world, 1, REQUEST_JOIN, "#plans", NULL, false, false);
    world_run(world, 500);
    node_stop(world, &world->nodes[2]);
    node_stop(world, &world->nodes[3]);
    node_stop(world, &world->nodes[0]);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(kept_as(1, GROUP_LEFT), 1);
    disk_takes(1, false);
    node_start(world, &world->nodes[0]);
    world_link(world, 0, 1);
    world_run(world, 1000);
    assert_int_equal(node_saw_kind(world, 0, SHOW_REMOVED), 1); /* he has it, and says so */
    assert_int_equal(kept_as(1, GROUP_LEFT), 1);
    disk_takes(1, true);
    world_run(world, 1000);
    assert_int_equal(kept_as(1, GROUP_GONE), 1);
}

/* ---- who lies ---- */

/* What a removed member's program, which is not ours, signs and pushes: 1 takes its own part in the
 * channel by hand. */
struct liar {
    struct entry last;
    uint8_t secret[32], epoch[ACT_SHORT];
};

/* The act that let him in, or the last that did. */
static struct id admit_of(int who)
{
    struct node *node = &world->nodes[0];
    struct id id = node_channel(world, node, "#plans"), at = {{0}}, found = {{0}};
    struct arena arena;
    struct bytes bytes;
    struct act act;
    uint64_t lamport = 0;
    arena_init(&arena);
    while (store_act_next(node->store, &id, &at, &arena, &bytes)) {
        struct entry entry;
        assert_true(entry_read_header(&entry, bytes.at));
        entry.body = (struct bytes){bytes.at + ENTRY_HEADER_BYTES, bytes.size - ENTRY_HEADER_BYTES};
        entry_finish(&entry);
        if (!act_read(&entry, &act) || act.kind != ENTRY_ADMIT || act.lamport < lamport ||
            !id_equal(&act.member, &world->nodes[who].config.identity.node))
            continue;
        lamport = act.lamport;
        found = act.id;
    }
    arena_release(&arena);
    assert_false(id_is_zero(&found));
    return found;
}

/* An entry of his in his log, and the newest secret that he has. */
static struct liar liar_of(int who, uint64_t seq)
{
    struct liar liar;
    struct node *node = &world->nodes[who];
    struct id id = node_channel(world, node, "#plans");
    struct arena arena;
    struct run run;
    struct loose_key key;
    uint64_t above = 0;
    bool found = false;
    arena_init(&arena);
    while (!found &&
           store_run_at(node->store, &id, &node->config.identity.node, 0, above, &arena, &run)) {
        above = run.entries[run.count - 1].seq;
        for (size_t i = 0; i < run.count; i++)
            if (run.entries[i].seq == seq) {
                liar.last = run.entries[i];
                found = true;
            }
    }
    assert_true(found);
    arena_release(&arena);
    for (size_t i = 0; store_key(node->store, &id, i, &key); i++) {
        memcpy(liar.secret, key.secret, sizeof liar.secret);
        memcpy(liar.epoch, key.epoch, sizeof liar.epoch);
    }
    return liar;
}

static void push(int from, int to, const struct entry *entry)
{
    static uint8_t frame[LIMIT_FRAME];
    struct node *node = &world->nodes[from];
    struct run run = {(struct entry *)entry, 1, entry_sign(entry, &node->config.identity)};
    struct writer w = writer_of(frame, sizeof frame);
    wire_write_entry(&w, &run, PART_PUSH);
    for (uint64_t link = 0; link < 256; link++)
        if (node->open[link] && node->peer[link] == to) {
            node_send(world, node, link, written(&w));
            break;
        }
    world_run(world, 500);
}

/* The next entry of his log, or one beside it, as he likes. */
static struct entry after(const struct liar *liar, uint8_t kind, uint16_t term, uint64_t lamport,
                          struct bytes body)
{
    struct entry entry = {.version = ENTRY_VERSION,
                          .kind = kind,
                          .flags = term,
                          .channel = liar->last.channel,
                          .author = liar->last.author,
                          .process = {{0x66}},
                          .seq = liar->last.seq + 1,
                          .lamport = lamport,
                          .wall_ms = 1700000000000ull,
                          .prev = liar->last.id,
                          .body = body};
    entry_finish(&entry);
    return entry;
}

static struct entry line_after(const struct liar *liar, uint16_t term, uint64_t lamport,
                               const char *text)
{
    static uint8_t sealed[LIMIT_BODY];
    static const uint8_t RANDOM[32] = {0x77};
    static uint64_t count;
    uint8_t body[LIMIT_BODY];
    struct groupseal_terms terms = {liar->last.channel, liar->last.author, term};
    size_t size = entry_write_text(body, "liar", text, strlen(text));
    size = groupseal_write(sealed, &terms, liar->epoch, liar->secret, RANDOM, ++count, ENTRY_TEXT,
                           (struct bytes){body, size});
    return after(liar, ENTRY_SEALED, term, lamport, (struct bytes){sealed, size});
}

/* 0 has let in 1 and 2; 1 said three lines, the last of which is seq 3, and is out. */
static void remove_one(void)
{
    create();
    let_in(0, 1, false, true);
    let_in(0, 2, false, false);
    node_says(world, 1, "#plans", "one");
    node_says(world, 1, "#plans", "two");
    node_says(world, 1, "#plans", "three");
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n1", false, false);
    world_run(world, 500);
    assert_int_equal(node_saw_kind(world, 2, SHOW_REMOVED), 1);
}

static void the_removed_goes_on(void **state)
{
    (void)state;
    remove_one();
    struct liar liar = liar_of(1, 3);
    struct entry entry = line_after(&liar, 0, 1000, "I am still here");
    push(1, 0, &entry);
    assert_true(store_holds(world->nodes[0].store, &entry.channel, &entry.author, entry.seq,
                            &entry.id)); /* kept, and passed on */
    assert_true(
        store_holds(world->nodes[2].store, &entry.channel, &entry.author, entry.seq, &entry.id));
    assert_int_equal(node_saw(world, 0, "I am still here"), 0);
    assert_int_equal(node_saw(world, 2, "I am still here"), 0);
    assert_false(node_has(world, 2, "#plans", "I am still here"));
    assert_true(node_has(world, 2, "#plans", "three"));
    /* In a term that nobody gave him; in the term of another. */
    entry = line_after(&liar, 1, 1001, "in another term");
    push(1, 0, &entry);
    assert_false(node_has(world, 0, "#plans", "in another term"));
}

/* What he said before he was removed comes without its bodies first. */
static void the_removed_is_filled_in(void **state)
{
    (void)state;
    remove_one();
    world->strips[3] = ENTRY_SEALED;
    let_in(0, 3, true, false);
    assert_false(node_has(world, 3, "#plans", "one"));
    world->strips[3] = 0;
    world_run(world, 60000);
    assert_true(node_has(world, 3, "#plans", "one"));
    assert_true(node_has(world, 3, "#plans", "three"));
}

/* The program ended after an act was kept, and before the lines it is about were gone through: the next start does that. */
static void what_was_not_gone_through(void **state)
{
    (void)state;
    struct error error;
    struct arena arena;
    struct run run;
    remove_one();
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, false);
    world_run(world, 500);
    struct id id = node_channel(world, &world->nodes[0], "#plans");
    const struct id *author = &world->nodes[1].config.identity.node;
    arena_init(&arena);
    assert_true(store_run_at(world->nodes[0].store, &id, author, 0, 0, &arena, &run));
    struct entry *line = run.entries;
    while (line->kind != ENTRY_SEALED)
        line++;
    assert_int_equal(store_close_line(world->nodes[0].store, line, CLOSED_OUT, &error), ERROR_NONE);
    arena_release(&arena);
    assert_false(node_has(world, 0, "#plans", "one"));
    node_stop(world, &world->nodes[0]);
    node_start(world, &world->nodes[0]);
    world_run(world, 500);
    assert_true(node_has(world, 0, "#plans", "one"));
}

static void the_removed_forks_below(void **state)
{
    (void)state;
    remove_one();
    struct liar liar = liar_of(1, 1);
    struct entry entry = line_after(&liar, 0, liar.last.lamport + 1, "backdated");
    push(1, 0, &entry);
    assert_true(
        store_holds(world->nodes[0].store, &entry.channel, &entry.author, entry.seq, &entry.id));
    assert_int_equal(node_saw(world, 0, "backdated"), 0);
    assert_false(node_has(world, 0, "#plans", "backdated"));
    assert_true(node_has(world, 0, "#plans", "one"));
    assert_true(node_has(world, 0, "#plans", "two"));
    assert_true(node_has(world, 0, "#plans", "three"));
    /* One who comes later sees the same. */
    let_in(0, 3, true, false);
    assert_false(node_has(world, 3, "#plans", "backdated"));
    assert_true(node_has(world, 3, "#plans", "two"));
    assert_true(node_has(world, 3, "#plans", "three"));
}

static void the_removed_lets_friends_in(void **state)
{
    (void)state;
    remove_one();
    struct liar liar = liar_of(1, 3);
    struct act act = {
        .kind = ENTRY_ADMIT, .member = world->nodes[3].config.identity.node, .by = admit_of(1)};
    uint8_t body[LIMIT_BODY];
    size_t size = act_write(body, &act);
    struct entry entry = after(&liar, ENTRY_ADMIT, 0, 1000, (struct bytes){body, size});
    push(1, 0, &entry);
    node_says(world, 0, "#plans", "not for him");
    node_does(world, 0, REQUEST_ROLES, "#plans", NULL, false, false);
    assert_int_equal(node_saw_kind(world, 0, SHOW_ROLE_ROW), 2);
    assert_false(node_disk_has(world, 3, "not for him", 11));
}

/* One who may let others in, and whose program is not ours: he lets in whom another let in, as if long before, or in the last of all
 * terms, and removes him. */
static void nobody_is_taken_over(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, true);
    let_in(0, 2, false, true);
    let_in(2, 3, false, false);
    node_says(world, 1, "#plans", "one");
    node_says(world, 3, "#plans", "two");
    struct liar liar = liar_of(1, 1);
    struct act act = {
        .kind = ENTRY_ADMIT, .member = world->nodes[3].config.identity.node, .by = admit_of(1)};
    uint8_t body[LIMIT_BODY];
    struct entry entry;
    for (int i = 0; i < 2; i++) {
        entry = after(&liar, ENTRY_ADMIT, 0, 1, (struct bytes){body, act_write(body, &act)});
        push(1, 0, &entry);
        liar.last = entry;
        act.last = entry.id;
        act.member_term = UINT16_MAX;
    }
    act.kind = ENTRY_REMOVE;
    act.member_term = 0;
    entry = after(&liar, ENTRY_REMOVE, 0, 1000, (struct bytes){body, act_write(body, &act)});
    push(1, 0, &entry);
    assert_int_equal(node_saw_kind(world, 0, SHOW_REMOVED), 0);
    node_says(world, 3, "#plans", "I am still here");
    assert_int_equal(node_saw(world, 0, "I am still here"), 1);
    assert_int_equal(node_saw(world, 2, "I am still here"), 1);
    assert_true(node_has(world, 0, "#plans", "two"));
    node_does(world, 2, REQUEST_REMOVE, "#plans", "n3", false, false); /* who let him in can */
    assert_int_equal(node_told(world, 2, TOLD_REMOVED), 1);
    node_says(world, 3, "#plans", "and now");
    assert_int_equal(node_told(world, 3, TOLD_OUT), 1);
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n3", false, false); /* and he can come back */
    world_run(world, 500);
    node_says(world, 3, "#plans", "back again");
    assert_int_equal(node_saw(world, 0, "back again"), 1);
}

/* Any member can leave, and put any clock on it. */
static void who_leaves_with_a_clock_that_is_none(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_says(world, 1, "#plans", "one");
    struct liar liar = liar_of(1, 1);
    struct act act = {.kind = ENTRY_REMOVE, .member = world->nodes[1].config.identity.node};
    uint8_t body[LIMIT_BODY];
    size_t size = act_write(body, &act);
    struct entry entry = after(&liar, ENTRY_REMOVE, 0, INT64_MAX, (struct bytes){body, size});
    push(1, 0, &entry);
    assert_int_equal(node_saw_kind(world, 2, SHOW_REMOVED), 1);
    node_says(world, 0, "#plans", "he is gone");
    node_says(world, 0, "#plans", "still");
    node_says(world, 0, "#plans", "and now");
    node_says(world, 2, "#plans", "good");
    assert_int_equal(node_saw(world, 2, "and now"), 1);
    assert_int_equal(node_saw(world, 0, "good"), 1);
    assert_false(node_disk_has(world, 1, "he is gone", 10));
    struct id id = node_channel(world, &world->nodes[0], "#plans"), act_id = {{0}};
    struct arena arena;
    struct bytes held;
    size_t epochs = 0;
    arena_init(&arena);
    while (store_act_next(world->nodes[0].store, &id, &act_id, &arena, &held)) {
        struct entry each;
        assert_true(entry_read_header(&each, held.at));
        epochs += each.kind == ENTRY_EPOCH &&
                  id_equal(&each.author, &world->nodes[0].config.identity.node);
    }
    arena_release(&arena);
    assert_int_equal(epochs, 3); /* for each who came in, and one when he was gone */
}

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

/* A removal may name an end that nobody has. What the removed says then does not have all his lines looked through. */
static void an_end_that_nobody_has(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_says(world, 1, "#plans", "one");
    node_says(world, 1, "#plans", "two");
    node_says(world, 0, "#plans", "three");
    struct node *node = &world->nodes[2];
    struct liar from = liar_of(0, 5), liar = liar_of(1, 2);
    struct act act = {.kind = ENTRY_REMOVE, .member = world->nodes[1].config.identity.node};
    act.cut_seq = 1000;
    act.cut_tip.b[0] = 1;
    uint8_t body[LIMIT_BODY];
    size_t size = act_write(body, &act);
    struct entry entry = after(&from, ENTRY_REMOVE, 0, 100, (struct bytes){body, size});
    push(0, 2, &entry);
    assert_int_equal(node_saw_kind(world, 2, SHOW_REMOVED), 1);
    for (int i = 0; i < 5; i++) {
        size_t passed = node->passed;
        entry = line_after(&liar, 0, 1000 + (uint64_t)i, "and on");
        push(1, 2, &entry);
        liar.last = entry;
        if (i > 0)
            assert_int_equal(node->passed, passed);
    }
    assert_int_equal(node_saw(world, 2, "and on"), 0);
}

/* Lines that were shown go, when a removal is heard of later that leaves them out. */
static void a_late_removal_takes_lines_away(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_says(world, 1, "#plans", "early");
    /* 0 and 2 do not hear one another, nor does 0 hear 1. */
    node_stop(world, &world->nodes[0]);
    node_says(world, 1, "#plans", "late");
    assert_true(node_has(world, 2, "#plans", "late"));
    node_stop(world, &world->nodes[1]);
    node_stop(world, &world->nodes[2]);
    node_stop(world, &world->nodes[3]);
    node_start(world, &world->nodes[0]);
    node_does(world, 0, REQUEST_REMOVE, "#plans", "n1", false, false);
    node_start(world, &world->nodes[2]);
    world_link(world, 2, 0);
    world_run(world, 1000);
    assert_true(node_has(world, 2, "#plans", "early"));
    assert_false(node_has(world, 2, "#plans", "late"));
    assert_int_equal(node_saw_kind(world, 2, SHOW_LEFT_OUT), 1);
    assert_true(node_has(world, 0, "#plans", "early"));
    assert_false(node_has(world, 0, "#plans", "late"));
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

static uint64_t last_seq_of_the_founder(void)
{
    struct node *founder = &world->nodes[0];
    struct id id = node_channel(world, founder, "#plans");
    struct log_load load;
    uint64_t seq = 0;
    for (size_t i = 0; store_log(founder->store, &id, i, &load); i++)
        if (id_equal(&load.author, &founder->config.identity.node))
            seq = load.seq;
    return seq;
}

/* Who may let in lets in more than an epoch has room for. */
static void more_than_there_is_room_for(void **state)
{
    (void)state;
    static struct entry entries[100];
    static uint8_t bodies[100][LIMIT_BODY], frame[LIMIT_FRAME];
    struct node *node = &world->nodes[1];
    create();
    let_in(0, 1, false, true);
    node_says(world, 1, "#plans", "one");
    struct liar liar = liar_of(1, 1);
    uint64_t number = 0;
    for (int round = 0; round < 3; round++) {
        struct run run = {entries, 100, {{0}}};
        for (int i = 0; i < 100; i++) {
            struct act act = {.kind = ENTRY_ADMIT,
                              .member = {{1, (uint8_t)round, (uint8_t)i}},
                              .by = admit_of(1)};
            size_t size = act_write(bodies[i], &act);
            entries[i] =
                after(&liar, ENTRY_ADMIT, 0, 1000 + ++number, (struct bytes){bodies[i], size});
            liar.last = entries[i];
        }
        run.signature = entry_sign(&entries[99], &node->config.identity);
        struct writer w = writer_of(frame, sizeof frame);
        wire_write_entry(&w, &run, PART_PUSH);
        for (uint64_t link = 0; link < 256; link++)
            if (node->open[link] && node->peer[link] == 0)
                node_send(world, node, link, written(&w));
        world_run(world, 500);
    }
    uint64_t before = last_seq_of_the_founder();
    for (int i = 0; i < 5; i++)
        node_says(world, 0, "#plans", "on");
    assert_int_equal(last_seq_of_the_founder(), before + 6); /* one epoch, not five */
}

/* The founder says something: under an epoch that he makes for it? */
static bool makes_an_epoch(const char *text)
{
    uint64_t before = last_seq_of_the_founder();
    node_says(world, 0, "#plans", text);
    return last_seq_of_the_founder() == before + 2;
}

/* Who may let in, on two branches, gives history to somebody whom he removes: he does not know what is said from then on. */
static void who_is_let_in_and_out_at_once(bool in_first)
{
    static uint8_t in[LIMIT_BODY], out[LIMIT_BODY];
    create();
    let_in(0, 1, false, true);
    node_says(world, 1, "#plans", "one");
    struct liar liar = liar_of(1, 1);
    struct act act = {.kind = ENTRY_ADMIT,
                      .member = {{1, 2, 3}},
                      .member_term = 1,
                      .history = true,
                      .by = admit_of(1)};
    struct entry admit =
        after(&liar, ENTRY_ADMIT, 0, 1000, (struct bytes){in, act_write(in, &act)});
    act.kind = ENTRY_REMOVE;
    struct entry removal = after(&liar, ENTRY_REMOVE, 0, in_first ? 1001 : 50,
                                 (struct bytes){out, act_write(out, &act)});
    makes_an_epoch("two"); /* if any is wanted for the two who are in */
    assert_false(makes_an_epoch("three"));
    push(1, 0, in_first ? &admit : &removal);
    bool made = makes_an_epoch("four");
    push(1, 0, in_first ? &removal : &admit);
    assert_true(makes_an_epoch("five"));
    assert_false(makes_an_epoch("six"));
    assert_false(in_first && made); /* no term of his is there yet */
}

static void out_after_in_on_another_branch(void **state)
{
    (void)state;
    who_is_let_in_and_out_at_once(true);
}

static void in_above_out_on_another_branch(void **state)
{
    (void)state;
    who_is_let_in_and_out_at_once(false);
}

/* Whoever has a direct channel can invite, to as many channels as he likes. */
static void invitations_without_end(void **state)
{
    (void)state;
    struct node *node = &world->nodes[0];
    const struct id *inviter = &world->nodes[1].config.identity.node;
    size_t told = 0;
    for (uint8_t i = 0; i < 100; i++) {
        uint8_t body[200], nonce[16] = {i};
        struct writer w = writer_of(body, sizeof body);
        struct id id = private_id(&world->network, inviter, nonce);
        write_u8(&w, 1);
        write_id(&w, &id);
        write_u8(&w, 1);
        write_id(&w, inviter);
        write_copy(&w, nonce, sizeof nonce);
        write_u8(&w, 6);
        write_copy(&w, "#plans", 6);
        write_id(&w, &id);
        write_u16(&w, 0);
        keys_take(node->core, inviter, ENTRY_KEYS, written(&w));
    }
    for (size_t i = 0; i < node->core->effect_count; i++)
        told += node->core->effects[i].kind == EFFECT_SHOW &&
                node->core->effects[i].show.kind == SHOW_INVITATION;
    assert_in_range(told, 1, 8);
    assert_int_equal(node->core->groups.invitation_count, 8);
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

/* An answer is an entry that is kept; so who asks without end is not answered so. */
static void requests_without_end(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    struct node *node = &world->nodes[0];
    struct id id = node_channel(world, node, "#plans"), direct = node_channel(world, node, "@n1");
    struct loose_key key;
    uint8_t body[64];
    struct writer w = writer_of(body, sizeof body);
    struct log_load load;
    assert_true(store_key(node->store, &id, 0, &key));
    write_u8(&w, 1);
    write_id(&w, &id);
    write_u16(&w, 1);
    write_copy(&w, key.epoch, sizeof key.epoch);
    for (int i = 0; i < 300; i++) {
        keys_take(node->core, &world->nodes[1].config.identity.node, ENTRY_KEY_REQUEST,
                  written(&w));
        world_step(world, node, (struct event){.kind = EVENT_TICK});
    }
    uint64_t said = 0;
    for (size_t i = 0; store_log(node->store, &direct, i, &load); i++)
        if (id_equal(&load.author, &node->config.identity.node))
            said = load.seq;
    assert_in_range(said, 100, 200);
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
        test(who_leaves),
        test(invited_again),
        test(declined_again),
        test(restarts),
        test(the_founder_leaves),
        test(the_founder_leaves_alone),
        test(who_leaves_keeps_no_secret),
        test(what_was_carried_is_read_later),
        test(said_before_the_act_comes),
        test(said_before_the_act_and_never),
        test(said_before_the_act_and_left),
        test(an_open_namesake),
        test(a_stranger_gets_no_name),
        test(a_name_that_is_one_s_alone),
        test(a_name_that_is_one_s_own),
        test(declined),
        test(the_disk_takes_nothing),
        test(left_at_once),
        test(the_removed_goes_on),
        test(the_removed_is_filled_in),
        test(what_was_not_gone_through),
        test(the_removed_forks_below),
        test(the_removed_lets_friends_in),
        test(nobody_is_taken_over),
        test(who_leaves_with_a_clock_that_is_none),
        test(a_secret_without_an_epoch),
        test(an_end_that_nobody_has),
        test(a_late_removal_takes_lines_away),
        test(concurrent_removals_heal),
        test(a_secret_is_asked_for),
        test(an_invitation_to_a_key_that_is_gone),
        test(a_secret_is_asked_of_others),
        test(history_comes_late),
        test(requests_without_end),
        test(more_than_there_is_room_for),
        test(out_after_in_on_another_branch),
        test(in_above_out_on_another_branch),
        test(invitations_without_end),
        test(who_is_out_says_no_device),
        test(a_device_says_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
