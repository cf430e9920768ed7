/* Core: private channels: what a member whose program is not ours does, removed or not. */
#include "private_help.h"

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

/* A line that nothing opens waits for no key. */
static void a_spoiled_line_waits_for_nothing(void **state)
{
    (void)state;
    struct node *node = &world->nodes[0];
    create();
    let_in(0, 1, false, true);
    node_says(world, 1, "#plans", "one");
    struct liar liar = liar_of(1, 1);
    struct id id = node_channel(world, node, "#plans");
    struct entry entry = line_after(&liar, 0, 1000, "spoiled");
    uint8_t body[LIMIT_BODY];
    memcpy(body, entry.body.at, entry.body.size);
    body[entry.body.size - 1] ^= 1;
    entry.body.at = body;
    entry_finish(&entry);
    push(1, 0, &entry);
    assert_true(store_holds(node->store, &id, &entry.author, entry.seq, &entry.id));
    assert_int_equal(channel_by_id(&node->core->channels, &id)->group->closed, 0);
    assert_int_equal(store_closed_count(node->store, &id), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_removed_goes_on),
        test(the_removed_is_filled_in),
        test(what_was_not_gone_through),
        test(the_removed_forks_below),
        test(the_removed_lets_friends_in),
        test(nobody_is_taken_over),
        test(who_leaves_with_a_clock_that_is_none),
        test(an_end_that_nobody_has),
        test(a_late_removal_takes_lines_away),
        test(requests_without_end),
        test(a_spoiled_line_waits_for_nothing),
        test(more_than_there_is_room_for),
        test(out_after_in_on_another_branch),
        test(in_above_out_on_another_branch),
        test(invitations_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
