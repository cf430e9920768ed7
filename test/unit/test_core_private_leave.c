/* Core: private channels: who leaves, declines, comes back, and by which name he joins; and what he says before he is in. */
#include "private_help.h"

static size_t kept_as(int who, enum group_state state)
{
    struct group_kept kept;
    size_t count = 0;
    for (size_t i = 0; store_group(world->nodes[who].store, &world->network, i, &kept); i++)
        count += kept.state == state;
    return count;
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
    assert_true(row->show.n2 > 0); /* of the time before; acts are no lines */
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

/* The digits are a private channel's: nobody lands in an open one by them, unless he says so. */
static void digits_of_no_invitation(void **state)
{
    (void)state;
    node_does(world, 1, REQUEST_JOIN, "#plans~12ab", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_NO_INVITATION), 1);
    assert_int_equal(node_told(world, 1, TOLD_JOINED), 0);
    node_does(world, 1, REQUEST_JOIN, "#plans~nobody", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_JOINED), 1);
    node_asks(world, 1,
              (struct request){.kind = REQUEST_JOIN, .channel = {"#plans~12ab"}, .open = true});
    assert_int_equal(node_told(world, 1, TOLD_JOINED), 2);
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
    assert_int_equal(node_last(world, 1, SHOW_REMOVED)->show.n3, 0);
    node_does(world, 1, REQUEST_REMOVE, "#plans", "n2", false, false);
    assert_int_equal(node_told(world, 1, TOLD_NOT_ABOVE), 1);
    node_does(world, 2, REQUEST_ADMIT, "#plans", "n3", false, false);
    assert_int_equal(node_told(world, 2, TOLD_NOT_INVITER), 1);
    node_does(world, 2, REQUEST_ROLES, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 2, TOLD_FOUNDER_LEFT), 1);
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

/* Nobody can be let in any more, and that is said: when he leaves, and where it is asked for. */
static void nobody_may_invite(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_does(world, 1, REQUEST_ROLES, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_FOUNDER_LEFT), 0);
    node_does(world, 0, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    assert_int_equal(node_last(world, 1, SHOW_REMOVED)->show.n3, 1);
    node_does(world, 1, REQUEST_ROLES, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_NOBODY_INVITES), 1);
    node_does(world, 1, REQUEST_ADMIT, "#plans", "n3", false, false);
    assert_int_equal(node_told(world, 1, TOLD_NOT_INVITER), 0);
    assert_int_equal(node_told(world, 1, TOLD_NO_INVITER), 1);
    node_does(world, 2, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    assert_int_equal(node_last(world, 1, SHOW_REMOVED)->show.n3, 0);
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

/* Nothing was said there: there is nothing to be handed over, and nothing is said any more. */
static void the_founder_leaves_in_silence(void **state)
{
    (void)state;
    struct node *node = &world->nodes[0];
    struct request request = {.kind = REQUEST_DEVICE, .channel = {"#plans"}};
    create();
    struct id id = node_channel(world, node, "#plans");
    node_does(world, 0, REQUEST_LEAVE, "#plans", NULL, false, false);
    request.text = (struct bytes){(const uint8_t *)"\1", 1};
    node_asks(world, 0, request);
    assert_int_equal(kept_as(0, GROUP_GONE), 1);
    struct log_load load;
    assert_false(store_log(node->store, &id, 0, &load));
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
    assert_int_equal(node_told(world, 1, TOLD_WAITING), 2); /* with what they say */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(who_leaves),
        test(invited_again),
        test(declined_again),
        test(digits_of_no_invitation),
        test(the_founder_leaves),
        test(nobody_may_invite),
        test(the_founder_leaves_alone),
        test(the_founder_leaves_in_silence),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
