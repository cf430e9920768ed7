/* Core: private channels: invitations that were not followed, and what is seen of who is let in and removed. */
#include "private_help.h"

static void admit(int by, int who, bool history)
{
    char nick[8];
    snprintf(nick, sizeof nick, "n%d", who);
    node_does(world, by, REQUEST_ADMIT, "#plans", nick, history, false);
    world_run(world, 500);
}

static void remove_him(int by, int who)
{
    char nick[8];
    snprintf(nick, sizeof nick, "n%d", who);
    node_does(world, by, REQUEST_REMOVE, "#plans", nick, false, false);
    world_run(world, 500);
}

static void join(int who)
{
    node_does(world, who, REQUEST_JOIN, "#plans", NULL, false, false);
    world_run(world, 500);
}

/* He has no invitation any more, whatever became of it, and was never seen there. */
static void invited_once_more(void **state)
{
    (void)state;
    create();
    node_says(world, 0, "#plans", "before");
    admit(0, 1, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_DECLINED), 1);
    node_says(world, 0, "#plans", "since");
    admit(0, 1, false);
    assert_int_equal(node_told(world, 0, TOLD_IN_ALREADY), 0);
    assert_int_equal(node_told(world, 0, TOLD_INVITED_AGAIN), 1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 2);
    join(1);
    assert_int_equal(node_saw(world, 1, "since"), 1);
    assert_int_equal(node_saw(world, 1, "before"), 0);
    node_says(world, 1, "#plans", "here");
    assert_int_equal(node_saw(world, 0, "here"), 1);
    admit(0, 1, false);
    assert_int_equal(node_told(world, 0, TOLD_IN_ALREADY), 1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 2);
}

/* Whoever is in, and away, was seen there: he has said something. One who joined and said nothing loses nothing by it. */
static void only_who_was_never_seen(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    node_says(world, 1, "#plans", "here");
    node_stop(world, &world->nodes[1]);
    node_stop(world, &world->nodes[2]);
    admit(0, 1, false);
    assert_int_equal(node_told(world, 0, TOLD_IN_ALREADY), 1);
    admit(0, 2, false);
    assert_int_equal(node_told(world, 0, TOLD_INVITED_AGAIN), 1);
    node_start(world, &world->nodes[2]);
    world_link(world, 2, 0);
    assert_int_equal(node_saw_kind(world, 2, SHOW_INVITATION), 1);
    node_says(world, 2, "#plans", "silent so far");
    assert_int_equal(node_saw(world, 0, "silent so far"), 1);
}

/* In each of his terms anew: what he said in the one before says nothing of this one. */
static void invited_once_more_after_a_removal(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    node_says(world, 1, "#plans", "the first time");
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    admit(0, 1, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    assert_int_equal(node_told(world, 1, TOLD_DECLINED), 1);
    admit(0, 1, false);
    assert_int_equal(node_told(world, 0, TOLD_INVITED_AGAIN), 1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 3);
    join(1);
    node_says(world, 1, "#plans", "after all");
    assert_int_equal(node_saw(world, 0, "after all"), 1);
}

/* Whoever may let in may do so for one who is away, and gives no more than he was let in to. */
static void another_invites_once_more(void **state)
{
    (void)state;
    create();
    let_in(0, 2, true, true);
    node_says(world, 0, "#plans", "before");
    admit(0, 1, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    node_stop(world, &world->nodes[0]);
    node_says(world, 2, "#plans", "since");
    admit(2, 1, true);
    assert_int_equal(node_told(world, 2, TOLD_INVITED_AGAIN), 1);
    assert_memory_equal(&node_last(world, 1, SHOW_INVITATION)->show.who,
                        &world->nodes[2].config.identity.node, sizeof(struct id));
    join(1);
    assert_int_equal(node_saw(world, 1, "since"), 1);
    assert_int_equal(node_saw(world, 1, "before"), 0);
}

/* He may do more from now on, and hears of it by the invitation that he has not followed. */
static void may_invite_before_he_joins(void **state)
{
    (void)state;
    create();
    admit(0, 1, false);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    node_does(world, 0, REQUEST_ADMIT, "#plans", "n1", false, true);
    world_run(world, 500);
    assert_int_equal(node_told(world, 0, TOLD_MAY_INVITE), 1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_INVITATION), 2);
    join(1);
    admit(1, 2, false);
    assert_int_equal(node_told(world, 1, TOLD_INVITED), 1);
}

/* The channel's acts say so, and nothing else: an invitation that is out is followed, and then it is known. */
static void removed_before_he_joined(void **state)
{
    (void)state;
    create();
    admit(0, 1, false);
    remove_him(0, 1);
    join(1);
    assert_int_equal(node_told(world, 1, TOLD_JOINED_PRIVATE), 1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_ADMITTED), 0);
    assert_int_equal(node_saw_kind(world, 1, SHOW_REMOVED), 1);
    const struct shown *shown = node_last(world, 1, SHOW_REMOVED);
    assert_true(shown->show.own);
    assert_memory_equal(&shown->show.who, &world->nodes[0].config.identity.node, sizeof(struct id));
    node_says(world, 1, "#plans", "am I in?");
    assert_int_equal(node_told(world, 1, TOLD_OUT), 1);
    admit(0, 1, false);
    assert_int_equal(node_saw_kind(world, 1, SHOW_ADMITTED), 1);
    node_says(world, 1, "#plans", "in again");
    assert_int_equal(node_saw(world, 0, "in again"), 1);
}

/* The same where they are here already: he was in before, and stays linked to one who carries it. */
static void removed_before_he_joined_again(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    remove_him(0, 1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_REMOVED), 1);
    node_does(world, 1, REQUEST_LEAVE, "#plans", NULL, false, false);
    world_run(world, 1000);
    admit(0, 1, false);
    remove_him(0, 1);
    join(1);
    assert_int_equal(node_saw_kind(world, 1, SHOW_REMOVED), 2);
    assert_int_equal(node_told(world, 1, TOLD_OUT), 0);
}

/* ---- who is there ---- */

static size_t members_shown(int at, int who, bool here)
{
    size_t count = 0;
    for (size_t i = 0; i < world->nodes[at].shown_count; i++) {
        const struct show *show = &world->nodes[at].shown[i].show;
        count += show->kind == SHOW_MEMBER && strcmp(show->channel.text, "#plans") == 0 &&
                 id_equal(&show->id, &world->nodes[who].config.identity.node) && show->up == here;
    }
    return count;
}

static bool is_listed(int at, int who)
{
    size_t from = world->nodes[at].shown_count;
    bool listed = false;
    node_does(world, at, REQUEST_WHO, "#plans", NULL, false, false);
    for (size_t i = from; i < world->nodes[at].shown_count; i++) {
        const struct show *show = &world->nodes[at].shown[i].show;
        listed = listed || (show->kind == SHOW_WHO_ROW &&
                            id_equal(&show->id, &world->nodes[who].config.identity.node));
    }
    return listed;
}

/* His window stays open all the time. */
static void out_and_in_again(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    assert_true(is_listed(2, 1));
    for (int a = 0; a < 3; a++) /* who was there before, too, and each once */
        for (int b = 0; b < 3; b++)
            assert_int_equal(members_shown(a, b, true), a != b);
    size_t up = members_shown(2, 1, true);
    remove_him(0, 1);
    assert_false(is_listed(2, 1));
    assert_int_equal(members_shown(2, 1, false), 1);
    assert_int_equal(members_shown(1, 2, false), 1); /* who is out is there with nobody */
    admit(0, 1, false);
    assert_true(is_listed(2, 1));
    assert_int_equal(members_shown(2, 1, true), up + 1);
    assert_int_equal(members_shown(0, 1, false), 1);
    assert_int_equal(members_shown(1, 2, true), 2);
    assert_int_equal(members_shown(1, 2, false), 1);
}

/* 1 has a link to 0 alone. */
static void stand_between(void)
{
    for (int i = 0; i < 4; i++)
        world->cut[1][i] = world->cut[i][1] = i != 0;
    node_stop(world, &world->nodes[1]);
    node_start(world, &world->nodes[1]);
    world_link(world, 1, 0);
    world_run(world, 3000);
}

/* The same beyond a node that stands between. */
static void out_and_in_again_beyond(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    stand_between();
    assert_true(is_listed(2, 1));
    remove_him(0, 1);
    assert_false(is_listed(2, 1));
    admit(0, 1, false);
    world_run(world, 5000);
    assert_true(is_listed(2, 1));
}

/* An invitation goes over a direct channel, which has no window: nobody comes or goes there. */
static void nobody_comes_where_no_window_is(void **state)
{
    (void)state;
    stand_between();
    node_does(world, 2, REQUEST_CREATE, "#plans", NULL, false, false);
    let_in(2, 1, false, false);
    world_run(world, 5000);
    assert_true(is_listed(2, 1));
    node_stop(world, &world->nodes[1]);
    world_run(world, 400000);
    for (int who = 1; who <= 2; who++)
        for (size_t i = 0; i < world->nodes[who].shown_count; i++)
            assert_false(world->nodes[who].shown[i].show.kind == SHOW_MEMBER &&
                         world->nodes[who].shown[i].show.channel.text[0] == '@');
}

/* Who put it out has no link to it any more, and another heard of it by notes only. */
static void a_lost_device_is_not_there(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    let_in(0, 2, false, false);
    world_step(world, &world->nodes[0],
               (struct event){.kind = EVENT_REFUSE, .node = world->nodes[1].config.identity.node});
    world_run(world, 500);
    assert_false(is_listed(0, 1));
    assert_false(is_listed(2, 1));
    assert_int_equal(members_shown(0, 1, false), 1);
    assert_int_equal(members_shown(2, 1, false), 1);
}

/* ---- what is counted ---- */

static uint32_t held(int who, uint64_t seq)
{
    const struct channel_name name = {"#plans"};
    return core_held(world->nodes[who].core, &name, seq);
}

static uint64_t seq_of(int who, const char *text)
{
    for (size_t i = 0; i < world->nodes[who].shown_count; i++)
        if (world->nodes[who].shown[i].show.kind == SHOW_MESSAGE &&
            strcmp(world->nodes[who].shown[i].text, text) == 0)
            return world->nodes[who].shown[i].show.seq;
    fail();
    return 0;
}

static void restart(int who)
{
    node_stop(world, &world->nodes[who]);
    node_start(world, &world->nodes[who]);
    for (int i = 0; i < 4; i++)
        if (i != who)
            world_link(world, who, i);
    world_run(world, 500);
}

/* Who holds a line that he cannot read is none of those who have it. */
static void only_who_can_read_is_counted(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, true);
    node_says(world, 0, "#plans", "to one");
    node_says(world, 1, "#plans", "by one");
    let_in(0, 2, false, false);
    node_says(world, 0, "#plans", "to two");
    node_says(world, 1, "#plans", "by one, too");
    let_in(1, 3, true, false);
    world_run(world, 1000);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(held(0, seq_of(0, "to one")), 2); /* 1, and 3 by history */
        assert_int_equal(held(0, seq_of(0, "to two")), 3);
        assert_int_equal(held(1, seq_of(1, "by one")), 2);
        assert_int_equal(held(1, seq_of(1, "by one, too")), 3);
        if (i == 0) {
            restart(0);
            restart(1);
        }
    }
    /* It was said live, too, of which lines that is so. */
    for (size_t i = 0; i < world->nodes[0].shown_count; i++) {
        const struct show *show = &world->nodes[0].shown[i].show;
        if (show->kind == SHOW_HELD && show->seq <= seq_of(0, "to one"))
            assert_true(show->n <= 2);
    }
}

/* He has no more history than who gave it. */
static void counted_by_what_was_given(void **state)
{
    (void)state;
    create();
    let_in(0, 1, false, false);
    node_says(world, 0, "#plans", "first");
    let_in(0, 2, false, true);
    node_says(world, 0, "#plans", "second");
    let_in(2, 3, true, false);
    world_run(world, 1000);
    assert_int_equal(held(0, seq_of(0, "first")), 1);
    assert_int_equal(held(0, seq_of(0, "second")), 3);
    assert_int_equal(node_saw(world, 3, "first"), 0);
    assert_int_equal(node_saw(world, 3, "second"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(invited_once_more),
        test(only_who_was_never_seen),
        test(invited_once_more_after_a_removal),
        test(another_invites_once_more),
        test(may_invite_before_he_joins),
        test(removed_before_he_joined),
        test(removed_before_he_joined_again),
        test(out_and_in_again),
        test(out_and_in_again_beyond),
        test(nobody_comes_where_no_window_is),
        test(a_lost_device_is_not_there),
        test(only_who_can_read_is_counted),
        test(counted_by_what_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
