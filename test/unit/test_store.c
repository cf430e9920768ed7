/* The store: what goes in comes out bit-exact, once, signed at its end; what overlaps is cut, what is
 * split moves, what was forgotten stays so. */
#include "store_help.h"

static const struct channel_name fika = {"#fika"};

/* All runs of a branch as they are stored: chained, verified, and equal to what was made. Returns
 * how many there are. */
static size_t assert_rows(struct place *place, const struct run *made, uint32_t branch,
                          uint64_t from, uint64_t to)
{
    struct run run;
    size_t rows = 0;
    const struct entry *first = &made->entries[0];
    uint64_t above = from - 1;
    while (store_run_at(place->store, &first->channel, &first->author, branch, above, &place->arena,
                        &run)) {
        assert_int_equal(run.entries[0].seq, above + 1);
        assert_true(run_is_chain(&run));
        assert_true(entry_verify(&run.entries[run.count - 1], &run.signature));
        for (size_t i = 0; i < run.count; i++)
            assert_same_entry(&run.entries[i], &made->entries[above - (first->seq - 1) + i]);
        above = run.entries[run.count - 1].seq;
        rows++;
        if (above == to)
            break;
    }
    assert_int_equal(above, to);
    assert_false(store_damaged(place->store));
    return rows;
}

static struct log_load only_log(struct place *place, const struct author *author)
{
    struct log_load load, more;
    assert_true(store_log(place->store, &author->channel, 0, &load));
    assert_false(store_log(place->store, &author->channel, 1, &more));
    assert_memory_equal(load.author.b, author->identity.node.b, 32);
    return load;
}

static void test_round_trip(void **state)
{
    struct place *place = *state;
    struct author author = author_of(7, "#fika");
    struct run made = author_run(&author, 128, &place->arena);
    append(place, "#fika", &made);
    assert_true(store_pending(place->store));
    assert_int_equal(assert_rows(place, &made, 0, 1, 128), 1); /* at once */
    commit(place);
    assert_false(store_pending(place->store));
    reopen(place);
    assert_int_equal(assert_rows(place, &made, 0, 1, 128), 1); /* and after a restart */
}

static void test_extreme_values(void **state)
{
    struct place *place = *state;
    struct author author = author_of(7, "#fika");
    struct run run = author_run(&author, 2, &place->arena), back;
    for (size_t i = 0; i < 2; i++) { /* the largest that a chain allows; an empty and a full body */
        struct entry *entry = &run.entries[i];
        entry->kind = 255;
        entry->flags = 65535;
        entry->lamport = (uint64_t)INT64_MAX - 1 + i;
        entry->wall_ms = INT64_MAX;
        entry->body.size = i == 0 ? 0 : LIMIT_BODY;
        entry->body.at = arena_take(&place->arena, LIMIT_BODY);
        if (i > 0)
            entry->prev = run.entries[i - 1].id;
        entry_finish(entry);
    }
    run.signature = entry_sign(&run.entries[1], &author.identity);
    assert_true(run_is_chain(&run));
    append(place, "#fika", &run);
    commit(place);
    assert_rows(place, &run, 0, 1, 2);
    assert_true(store_run_at(place->store, &author.channel, &author.identity.node, 0, 0,
                             &place->arena, &back));
    assert_non_null(back.entries[0].body.at);
}

/* The highest seq of all, and what the row of a branch keeps. */
static void test_the_branch_comes_back_as_it_was_given(void **state)
{
    struct place *place = *state;
    struct author author = author_of(7, "#fika");
    author.seq = LIMIT_SEQ - 5;
    memset(author.tip.b, 9, 32);
    struct run run = author_run(&author, 5, &place->arena);
    struct log_load load = {.author = author.identity.node,
                            .branch = LIMIT_BRANCHES - 1,
                            .base_seq = 7,
                            .base = {{1}},
                            .liar = true,
                            .nick = {"anna"},
                            .seq = 9,
                            .tip = {{2}},
                            .lamport = 3};
    load_place(&load, &run);
    assert_int_equal(load.span_to, LIMIT_SEQ);
    assert_int_equal(store_append(place->store, &fika, &load, &run, NULL, NULL), ERROR_NONE);
    commit(place);
    reopen(place);
    struct log_load back = only_log(place, &author);
    assert_int_equal(back.branch, load.branch);
    assert_int_equal(back.base_seq, 7);
    assert_memory_equal(back.base.b, load.base.b, 32);
    assert_true(back.liar && !back.rootless);
    assert_string_equal(back.nick.text, "anna");
    assert_int_equal(back.seq, 9);
    assert_memory_equal(back.tip.b, load.tip.b, 32);
    assert_int_equal(back.span_from, LIMIT_SEQ - 4);
    assert_memory_equal(back.span_prev.b, load.span_prev.b, 32);
    assert_memory_equal(back.span_tip.b, author.tip.b, 32);
    assert_int_equal(back.span_first_lamport, 1);
    assert_int_equal(back.span_lamport, 5);
    assert_rows(place, &run, load.branch, LIMIT_SEQ - 4, LIMIT_SEQ);
}

static void test_rows_are_cut(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 100, &place->arena);
    struct run low = part_of(&author, &all, 0, 10), high = part_of(&author, &all, 30, 10);
    struct run higher = part_of(&author, &all, 40, 10), over = part_of(&author, &all, 20, 25);
    struct run hole = part_of(&author, &all, 10, 10), same = part_of(&author, &all, 0, 50);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    append(place, "#fika", &higher);
    commit(place);
    assert_int_equal(assert_rows(place, &all, 0, 31, 50), 2);
    append(place, "#fika", &over); /* 21..45: 31..40 goes, 41..50 becomes 46..50 */
    assert_int_equal(only_log(place, &author).span_from, 21);
    assert_int_equal(assert_rows(place, &all, 0, 21, 50), 2);
    append(place, "#fika", &hole);
    assert_int_equal(only_log(place, &author).seq, 50);
    assert_int_equal(only_log(place, &author).span_from, 0);
    commit(place);
    reopen(place);
    assert_int_equal(assert_rows(place, &all, 0, 1, 50), 4);
    append(place, "#fika", &same); /* replaces them all */
    assert_int_equal(assert_rows(place, &all, 0, 1, 50), 1);
    struct run beyond = part_of(&author, &all, 40, 40);
    append(place, "#fika", &beyond); /* begins within the row below: stored from 51 */
    assert_int_equal(assert_rows(place, &all, 0, 1, 80), 2);
    struct run inside = part_of(&author, &all, 20, 10);
    append(place, "#fika", &inside);
    assert_int_equal(assert_rows(place, &all, 0, 1, 80), 2);
    commit(place);
}

static void test_a_split_moves_what_is_above(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 60, &place->arena), run;
    struct run low = part_of(&author, &all, 0, 10), high = part_of(&author, &all, 30, 10);
    struct run higher = part_of(&author, &all, 40, 20);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    append(place, "#fika", &higher);
    commit(place);
    struct log_load keeps = only_log(place, &author), gets = keeps;
    keeps.span_from = keeps.span_to = 0;
    gets.branch = 1;
    gets.rootless = true;
    gets.seq = gets.lamport = 0;
    memset(&gets.tip, 0, sizeof gets.tip);
    assert_int_equal(
        store_split(place->store, &fika, &author.channel, &keeps, &gets, gets.span_from, NULL),
        ERROR_NONE);
    commit(place);
    reopen(place);
    assert_rows(place, &all, 0, 1, 10);
    assert_false(store_run_at(place->store, &author.channel, &author.identity.node, 0, 10,
                              &place->arena, &run));
    assert_int_equal(assert_rows(place, &all, 1, 31, 60), 2);
    struct log_load back = load_of(place->store, &author.channel, &author.identity.node, 1);
    assert_true(back.rootless);
    assert_int_equal(back.span_from, 31);
    assert_int_equal(load_of(place->store, &author.channel, &author.identity.node, 0).span_from, 0);
    struct run middle = part_of(&author, &all, 10, 20);
    append(place, "#fika", &middle); /* each goes on by itself */
    assert_rows(place, &all, 0, 1, 30);
}

/* What stands above one branch's hole is found to stand on what is above another's. */
static void test_a_split_joins(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 60, &place->arena), run;
    struct run low = part_of(&author, &all, 0, 10), middle = part_of(&author, &all, 30, 10);
    struct run high = part_of(&author, &all, 40, 20);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    struct log_load gets = {.author = author.identity.node, .branch = 1, .rootless = true};
    load_place(&gets, &middle);
    assert_int_equal(store_append(place->store, &fika, &gets, &middle, NULL, NULL), ERROR_NONE);
    commit(place);
    struct log_load keeps = load_of(place->store, &author.channel, &author.identity.node, 0);
    gets.span_to = keeps.span_to;
    gets.span_tip = keeps.span_tip;
    gets.span_lamport = keeps.span_lamport;
    keeps.span_from = keeps.span_to = 0;
    assert_int_equal(store_split(place->store, &fika, &author.channel, &keeps, &gets, 41, NULL),
                     ERROR_NONE);
    commit(place);
    reopen(place);
    assert_rows(place, &all, 0, 1, 10);
    assert_false(store_run_at(place->store, &author.channel, &author.identity.node, 0, 10,
                              &place->arena, &run));
    assert_rows(place, &all, 1, 31, 60);
}

/* What stands above one branch's hole lies over the run that another takes, and is moved first. */
static void test_a_split_lies_over_a_run(void **state)
{
    struct place *place = *state;
    const struct {
        struct channel_name channel;
        size_t over_from, over_count, from, count, whole_to, span_from;
    } cases[] = {
        {{"#a"}, 20, 10, 14, 26, 10, 15}, /* within a run that leads up to the own hole's */
        {{"#b"}, 12, 10, 18, 22, 10, 13}, /* and begins below it */
        {{"#c"}, 20, 10, 10, 15, 30, 41}, /* and goes on above one that carries the whole part on */
        {{"#d"}, 20, 20, 10, 15, 60, 0},  /* up to what stands above the own hole */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct channel_name *channel = &cases[i].channel;
        struct author author = author_of(1, channel->text);
        struct run all = author_run(&author, 60, &place->arena), run;
        struct run low = part_of(&author, &all, 0, 10), high = part_of(&author, &all, 40, 20);
        struct run over = part_of(&author, &all, cases[i].over_from, cases[i].over_count);
        struct run around = part_of(&author, &all, cases[i].from, cases[i].count);
        append(place, channel->text, &low);
        append(place, channel->text, &high);
        struct log_load keeps = {.author = author.identity.node, .branch = 1, .rootless = true};
        load_place(&keeps, &over);
        assert_int_equal(store_append(place->store, channel, &keeps, &over, NULL, NULL),
                         ERROR_NONE);
        commit(place);
        struct log_load gets = load_of(place->store, &author.channel, &author.identity.node, 0);
        load_place(&gets, &around);
        load_place(&gets, &over);
        assert_int_equal(gets.seq, cases[i].whole_to);
        assert_int_equal(gets.span_from, cases[i].span_from);
        keeps.span_from = keeps.span_to = 0;
        assert_int_equal(store_split(place->store, channel, &author.channel, &keeps, &gets,
                                     over.entries[0].seq, NULL),
                         ERROR_NONE);
        assert_int_equal(store_append(place->store, channel, &gets, &around, NULL, NULL),
                         ERROR_NONE);
        commit(place);
        reopen(place);
        assert_rows(place, &all, 0, 1, cases[i].whole_to);
        if (cases[i].span_from != 0)
            assert_rows(place, &all, 0, cases[i].span_from, 60);
        assert_false(store_run_at(place->store, &author.channel, &author.identity.node, 1, 0,
                                  &place->arena, &run));
    }
}

/* ---- forgotten ---- */

/* Whether the entry's body is there; the rest of it must be. */
static bool has_body(struct place *place, const struct entry *made, uint32_t branch)
{
    struct run run;
    assert_true(store_run_at(place->store, &made->channel, &made->author, branch, made->seq - 1,
                             &place->arena, &run));
    const struct entry *entry = &run.entries[made->seq - run.entries[0].seq];
    assert_memory_equal(entry->id.b, made->id.b, 32);
    assert_int_equal(entry->body_bytes, made->body_bytes);
    return entry->body.at != NULL;
}

static void test_forgotten_after(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run run = author_run(&author, 20, &place->arena);
    struct run forget = forget_run(&author, &run.entries[6], &place->arena);
    append(place, "#fika", &run);
    append(place, "#fika", &forget);
    commit(place);
    reopen(place);
    assert_false(has_body(place, &run.entries[6], 0));
    assert_true(has_body(place, &run.entries[5], 0));
    assert_true(has_body(place, &run.entries[7], 0));
    assert_true(has_body(place, &forget.entries[0], 0));
    struct run again = part_of(&author, &run, 0, 20); /* comes once more, with the body */
    append(place, "#fika", &again);
    assert_false(has_body(place, &run.entries[6], 0));
    /* Another id in that place, another author's, and a FORGET itself are left alone. */
    struct entry wrong = run.entries[8];
    wrong.id.b[0] ^= 1;
    struct run miss = forget_run(&author, &wrong, &place->arena);
    append(place, "#fika", &miss);
    assert_true(has_body(place, &run.entries[8], 0));
    struct run undo = forget_run(&author, &forget.entries[0], &place->arena);
    append(place, "#fika", &undo);
    assert_true(has_body(place, &forget.entries[0], 0));
    struct author other = author_of(2, "#fika");
    struct run foreign = forget_run(&other, &run.entries[9], &place->arena);
    append(place, "#fika", &foreign);
    assert_true(has_body(place, &run.entries[9], 0));
}

static void test_forgotten_before(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run run = author_run(&author, 20, &place->arena);
    struct run forget = forget_run(&author, &run.entries[6], &place->arena);
    append(place, "#fika", &forget); /* above a hole */
    commit(place);
    reopen(place);
    append(place, "#fika", &run);
    commit(place);
    assert_false(has_body(place, &run.entries[6], 0));
    assert_true(has_body(place, &run.entries[7], 0));
    assert_int_equal(only_log(place, &author).seq, 21);
}

/* In one run with what it takes back, and on another branch than that. */
static void test_forgotten_within_and_beside(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika"), fork;
    struct run first = author_run(&author, 10, &place->arena);
    append(place, "#fika", &first);
    fork = author;
    fork.process.b[0] = 99;
    struct run above = author_run(&author, 5, &place->arena);
    append(place, "#fika", &above);
    struct run line = author_run(&fork, 1, &place->arena);
    struct run forget = forget_run(&fork, &line.entries[0], &place->arena), both = {0};
    both.entries = arena_take(&place->arena, 2 * sizeof *both.entries);
    both.count = 2;
    both.entries[0] = line.entries[0];
    both.entries[1] = forget.entries[0];
    both.signature = forget.signature;
    append_branch(place, "#fika", 1, &first.entries[9], &both);
    assert_false(has_body(place, &line.entries[0], 1));
    assert_true(has_body(place, &above.entries[0], 0));
    struct run beside = forget_run(&fork, &above.entries[0], &place->arena);
    append_to(place, "#fika", 1, &beside);
    assert_false(has_body(place, &above.entries[0], 0));
}

static void test_a_body_is_not_lost_to_a_run_without_it(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 20, &place->arena);
    struct run high = part_of(&author, &all, 10, 5), over = part_of(&author, &all, 0, 20);
    append(place, "#fika", &high);
    struct run bare = over;
    bare.entries = arena_copy(&place->arena, all.entries, 20 * sizeof *all.entries);
    for (size_t i = 0; i < 20; i++)
        bare.entries[i].body = (struct bytes){0};
    append(place, "#fika", &bare);
    commit(place);
    assert_false(has_body(place, &all.entries[9], 0));
    assert_true(has_body(place, &all.entries[10], 0));
    assert_true(has_body(place, &all.entries[14], 0));
    assert_false(has_body(place, &all.entries[15], 0));
}

/* ---- receipts ---- */

static void test_receipts(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct id nodes[3] = {{{1}}, {{2}}, {{3}}}, node, unknown = {{9}};
    uint64_t seq, below;
    assert_int_equal(store_receipt(place->store, &author.channel, &nodes[0], 5, 0, NULL),
                     ERROR_NONE);
    assert_false(store_receipt_at(place->store, &author.channel, 0, &node, &seq, &below));
    struct run run = author_run(&author, 9, &place->arena);
    append(place, "#fika", &run);
    commit(place);
    store_receipt(place->store, &author.channel, &nodes[1], 5, 0, NULL);
    store_receipt(place->store, &author.channel, &nodes[0], 7, 0, NULL);
    store_receipt(place->store, &author.channel, &nodes[1], 9, 0, NULL);
    store_receipt(place->store, &author.channel, &nodes[1], 8, 0, NULL);
    assert_false(store_pending(place->store)); /* worth no commit */
    assert_true(store_receipt_at(place->store, &author.channel, 1, &node, &seq, &below));
    assert_memory_equal(node.b, nodes[1].b, 32);
    assert_int_equal(seq, 9);
    run = author_run(&author, 1, &place->arena);
    append(place, "#fika", &run);
    store_receipt(place->store, &author.channel, &nodes[0], 6, 0, NULL);
    store_receipt(place->store, &author.channel, &nodes[2], 10, 4, NULL);
    commit(place);
    store_receipt(place->store, &author.channel, &nodes[0], 10, 0, NULL);
    store_receipt(place->store, &author.channel, &nodes[1], 9, 3, NULL);
    store_receipt(place->store, &author.channel, &nodes[1], 0, 7, NULL); /* the last counts */
    reopen(place);
    for (size_t i = 0; i < 3; i++) {
        assert_true(store_receipt_at(place->store, &author.channel, i, &node, &seq, &below));
        assert_memory_equal(node.b, nodes[i].b, 32);
        assert_int_equal(seq, i == 1 ? 9 : 10);
        assert_int_equal(below, i == 1 ? 7 : i == 2 ? 4 : 0);
    }
    assert_false(store_receipt_at(place->store, &author.channel, 3, &node, &seq, &below));
    reopen_from(place, 10); /* where nothing was known of what cannot be read */
    assert_true(store_receipt_at(place->store, &author.channel, 1, &node, &seq, &below));
    assert_int_equal(seq, 9);
    assert_int_equal(below, 0);
    assert_false(store_receipt_at(place->store, &unknown, 0, &node, &seq, &below));
}

static void test_rollback_takes_all_back(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run first = author_run(&author, 5, &place->arena);
    struct run second = author_run(&author, 5, &place->arena);
    struct id channel;
    struct channel_name name;
    uint64_t lamport;
    append(place, "#fika", &first);
    store_rollback(place->store);
    assert_false(store_pending(place->store));
    assert_false(store_channel(place->store, 0, &name, &channel, &lamport));
    assert_string_equal(name.text, "");
    append(place, "#fika", &first);
    commit(place);
    append(place, "#fika", &second);
    store_rollback(place->store);
    assert_int_equal(only_log(place, &author).seq, 5);
    append(place, "#fika", &second);
    store_close(place->store); /* without a commit */
    place->store = open_at(place);
    assert_int_equal(only_log(place, &author).seq, 5);
}

static void test_channels_and_logs_by_index(void **state)
{
    struct place *place = *state;
    struct channel_name name;
    struct id id;
    uint64_t lamport;
    struct log_load load;
    static const char *const names[] = {"#fika", "#b", "#c"};
    for (uint8_t c = 0; c < 3; c++) {
        for (uint8_t i = 20; i > 0; i--) {
            struct author author = author_of((uint8_t)((i + 1) / 2), names[c]);
            struct run run = author_run(&author, (size_t)i + c, &place->arena);
            append_to(place, names[c], (uint32_t)(i + 1) % 2, &run);
        }
    }
    commit(place);
    for (int round = 0; round < 2; round++) {
        for (size_t c = 0; c < 3; c++) {
            struct id seen[20];
            assert_true(store_channel(place->store, c, &name, &id, &lamport));
            assert_string_equal(name.text, names[c]);
            assert_int_equal(lamport, 20 + c);
            for (size_t i = 0; i < 20; i++) {
                assert_true(store_log(place->store, &id, i, &load));
                seen[i] = load.author;
                assert_int_equal(load.branch, i % 2);
                assert_true(i == 0 || id_compare(&seen[i - 1], &seen[i]) < (int)(i % 2));
            }
            assert_false(store_log(place->store, &id, 20, &load));
            assert_true(store_log(place->store, &id, 11, &load)); /* out of turn */
            assert_true(id_equal(&load.author, &seen[11]));
        }
        assert_false(store_channel(place->store, 3, &name, &id, &lamport));
        reopen(place);
    }
    struct id unknown = {{9}};
    assert_false(store_log(place->store, &unknown, 0, &load));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_extreme_values),
        TEST(test_the_branch_comes_back_as_it_was_given),
        TEST(test_rows_are_cut),
        TEST(test_a_split_moves_what_is_above),
        TEST(test_a_split_joins),
        TEST(test_a_split_lies_over_a_run),
        TEST(test_forgotten_after),
        TEST(test_forgotten_before),
        TEST(test_forgotten_within_and_beside),
        TEST(test_a_body_is_not_lost_to_a_run_without_it),
        TEST(test_receipts),
        TEST(test_rollback_takes_all_back),
        TEST(test_channels_and_logs_by_index),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
