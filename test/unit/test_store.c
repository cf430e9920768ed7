/* The store: what goes in comes out bit-exact, in order, once, signed at its end; what fits nothing
 * changes nothing. */
#include "store_help.h"

static bool read_run(struct place *place, const struct author *author, uint64_t from, uint64_t to,
                     size_t bytes, struct run *run)
{
    return store_read(place->store, &author->channel, &author->identity.node, from, to, bytes,
                      &place->arena, run);
}

/* The run that is read is a chain, verified by its signature, and equal to what was made. */
static void assert_reads(struct place *place, const struct author *author, const struct run *made,
                         uint64_t from, uint64_t to, uint64_t expected_to)
{
    struct run run;
    assert_true(read_run(place, author, from, to, LIMIT_RUN_BYTES, &run));
    assert_int_equal(run.entries[0].seq, from);
    assert_int_equal(run.entries[run.count - 1].seq, expected_to);
    assert_true(run_is_chain(&run));
    assert_true(entry_verify(&run.entries[run.count - 1], &run.signature));
    for (size_t i = 0; i < run.count; i++)
        assert_same_entry(&run.entries[i], &made->entries[from - made->entries[0].seq + i]);
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
    assert_reads(place, &author, &made, 1, 128, 128); /* at once */
    commit(place);
    assert_false(store_pending(place->store));
    reopen(place);
    assert_reads(place, &author, &made, 1, 128, 128); /* and after a restart */
    assert_reads(place, &author, &made, 77, 128, 128);
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
    assert_true(read_run(place, &author, 1, 2, LIMIT_RUN_BYTES, &back));
    assert_int_equal(back.count, 2);
    assert_same_entry(&back.entries[0], &run.entries[0]);
    assert_same_entry(&back.entries[1], &run.entries[1]);
    assert_non_null(back.entries[0].body.at);
}

static void test_appending_twice_changes_nothing(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 30, &place->arena);
    struct run first = part_of(&author, &all, 0, 20), middle = part_of(&author, &all, 5, 10);
    struct run over = part_of(&author, &all, 10, 20);
    append(place, "#fika", &first);
    append(place, "#fika", &first);
    append(place, "#fika", &middle); /* adds a signature at 15, no row */
    assert_reads(place, &author, &all, 1, 19, 15);
    append(place, "#fika", &over);
    commit(place);
    assert_int_equal(only_log(place, &author).seq, 30);
    assert_memory_equal(only_log(place, &author).tip.b, author.tip.b, 32);
    assert_int_equal(only_log(place, &author).lamport, 30);
    assert_reads(place, &author, &all, 1, 30, 30);
}

static void test_read_ends_at_a_signature(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 100, &place->arena), run;
    for (size_t i = 0; i < 100; i += 10) {
        struct run ten = part_of(&author, &all, i, 10);
        append(place, "#fika", &ten);
    }
    commit(place);
    assert_reads(place, &author, &all, 1, 100, 100);
    assert_reads(place, &author, &all, 1, 99, 90);
    assert_reads(place, &author, &all, 4, 25, 20);
    assert_reads(place, &author, &all, 10, 10, 10);
    assert_reads(place, &author, &all, 95, 1000, 100);
    assert_reads(place, &author, &all, 11, 19, 20); /* none in the range: on to the next */
    assert_false(read_run(place, &author, 101, 200, LIMIT_RUN_BYTES, &run));
    assert_false(read_run(place, &author, 0, 10, LIMIT_RUN_BYTES, &run));
    assert_false(read_run(place, &author, 9, 8, LIMIT_RUN_BYTES, &run));
    assert_false(read_run(place, &author, 1, 10, 0, &run));
    /* So many bytes that 25 entries fit: the signature at 20 is the last below. */
    size_t one = ENTRY_HEADER_BYTES + all.entries[20].body.size;
    assert_true(read_run(place, &author, 1, 100, 25 * one, &run));
    assert_int_equal(run.count, 20);
    struct author nobody = author_of(99, "#fika");
    assert_false(read_run(place, &nobody, 1, 10, LIMIT_RUN_BYTES, &run));
    struct author elsewhere = author_of(1, "#elsewhere");
    assert_false(read_run(place, &elsewhere, 1, 10, LIMIT_RUN_BYTES, &run));
}

static void test_read_is_bounded(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run run;
    for (int i = 0; i < 300; i++) {
        struct run one = author_run(&author, 1, &place->arena);
        append(place, "#fika", &one);
    }
    assert_true(read_run(place, &author, 1, 300, SIZE_MAX, &run));
    assert_int_equal(run.count, LIMIT_RUN_ENTRIES);
    assert_true(run_is_chain(&run));
    /* Large bodies: what lies below one signature is bounded in bytes too, whatever is asked. */
    struct author large = author_of(2, "#fika");
    for (int i = 0; i < 5; i++) {
        struct entry entry = author_entry(&large, 1, &place->arena);
        entry.body = (struct bytes){arena_take(&place->arena, 16000), 16000};
        entry_finish(&entry);
        large.tip = entry.id;
        struct run one = {&entry, 1, entry_sign(&entry, &large.identity)};
        append(place, "#fika", &one);
    }
    assert_true(read_run(place, &large, 1, 5, SIZE_MAX, &run));
    assert_int_equal(run.count, 3);
    assert_true(run_is_chain(&run));
}

static void test_read_ends_with_the_process(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run before = author_run(&author, 5, &place->arena), run;
    author.process.b[0] ^= 1;
    struct run after = author_run(&author, 5, &place->arena);
    append(place, "#fika", &before);
    append(place, "#fika", &after);
    assert_true(read_run(place, &author, 1, 10, LIMIT_RUN_BYTES, &run));
    assert_int_equal(run.count, 5);
    assert_true(read_run(place, &author, 6, 10, LIMIT_RUN_BYTES, &run));
    assert_int_equal(run.count, 5);
    assert_memory_equal(run.entries[0].prev.b, before.entries[4].id.b, 32);
}

static void test_a_run_above_a_hole(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 60, &place->arena), run;
    struct run low = part_of(&author, &all, 0, 10), high = part_of(&author, &all, 30, 10);
    struct run higher = part_of(&author, &all, 40, 10), hole = part_of(&author, &all, 10, 20);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    append(place, "#fika", &higher);
    commit(place);
    reopen(place);
    struct log_load load = only_log(place, &author);
    assert_int_equal(load.seq, 10);
    assert_memory_equal(load.tip.b, all.entries[9].id.b, 32);
    assert_int_equal(load.span_from, 31);
    assert_int_equal(load.span_to, 50);
    assert_memory_equal(load.span_prev.b, all.entries[29].id.b, 32);
    assert_memory_equal(load.span_tip.b, all.entries[49].id.b, 32);
    assert_reads(place, &author, &all, 31, 60, 50); /* its first prev is right, from the row */
    assert_reads(place, &author, &all, 35, 60, 50);
    assert_reads(place, &author, &all, 1, 60, 10); /* and the hole ends the run below it */
    assert_false(read_run(place, &author, 30, 60, LIMIT_RUN_BYTES, &run));
    assert_false(read_run(place, &author, 12, 60, LIMIT_RUN_BYTES, &run));
    append(place, "#fika", &hole);
    commit(place);
    load = only_log(place, &author);
    assert_int_equal(load.seq, 50);
    assert_int_equal(load.span_from, 0);
    assert_int_equal(load.lamport, 50);
    assert_memory_equal(load.tip.b, all.entries[49].id.b, 32);
    assert_reads(place, &author, &all, 1, 60, 50);
}

static void test_a_log_that_begins_above_a_hole(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 20, &place->arena);
    struct run high = part_of(&author, &all, 10, 10), mid = part_of(&author, &all, 5, 10);
    struct run low = part_of(&author, &all, 0, 5);
    append(place, "#fika", &high);
    assert_int_equal(only_log(place, &author).seq, 0);
    append(place, "#fika", &mid); /* joins from below, over some rows that are there */
    assert_int_equal(only_log(place, &author).span_from, 6);
    assert_reads(place, &author, &all, 6, 15, 15); /* the signature in its middle is added */
    append(place, "#fika", &low);
    assert_int_equal(only_log(place, &author).seq, 20);
    assert_reads(place, &author, &all, 1, 20, 20);
}

static void test_what_does_not_fit_changes_nothing(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika"), branch;
    struct run low = author_run(&author, 10, &place->arena);
    append(place, "#fika", &low);
    branch = author_of(1, "#fika"); /* the same author, after a restored backup */
    branch.process.b[0] = 99;
    struct run other = author_run(&branch, 20, &place->arena);
    struct run beyond = part_of(&branch, &other, 10, 10), same = part_of(&branch, &other, 2, 3);
    append(place, "#fika", &other);
    append(place, "#fika", &beyond);
    append(place, "#fika", &same);
    commit(place);
    assert_int_equal(only_log(place, &author).seq, 10);
    assert_int_equal(only_log(place, &author).span_from, 0);
    assert_memory_equal(only_log(place, &author).tip.b, author.tip.b, 32);
    assert_reads(place, &author, &low, 1, 20, 10);
    /* The other branch's signature at 5 is not put on this one's entry. */
    assert_reads(place, &author, &low, 1, 9, 10);
}

static void test_a_fork_inside_a_span(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 9, &place->arena);
    struct author fork = author;
    fork.process.b[0] = 0x55;
    struct run high = author_run(&author, 10, &place->arena), run; /* 10..19 */
    struct run low = part_of(&author, &all, 0, 8), mid = {0}, joined = {0};
    /* 9 with the same prev and process as before, 10' and 11' beside the span's. */
    struct run lie = author_run(&fork, 2, &place->arena);
    joined.entries = arena_take(&place->arena, 3 * sizeof *joined.entries);
    joined.count = 3;
    joined.entries[0] = all.entries[8];
    joined.entries[1] = lie.entries[0];
    joined.entries[2] = lie.entries[1];
    joined.signature = lie.signature;
    mid = part_of(&author, &all, 8, 1);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    append(place, "#fika", &joined); /* 9 closes the hole; 10' and 11' are another branch */
    append(place, "#fika", &mid);
    commit(place);
    assert_int_equal(only_log(place, &author).seq, 19);
    assert_true(read_run(place, &author, 1, 19, LIMIT_RUN_BYTES, &run));
    assert_int_equal(run.count, 19);
    assert_true(run_is_chain(&run));
    assert_true(entry_verify(&run.entries[18], &run.signature));
    assert_false(store_damaged(place->store));
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
        for (uint8_t i = 1; i <= 20; i++) {
            struct author author = author_of(i, names[c]);
            struct run run = author_run(&author, (size_t)i + c, &place->arena);
            append(place, names[c], &run);
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
                assert_true(i == 0 || id_compare(&seen[i - 1], &seen[i]) < 0);
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

/* Ten authors whose clocks interleave; every third author's entries are of an unknown kind. */
static void fill_page(struct place *place, struct author authors[10], size_t rounds)
{
    for (uint8_t i = 0; i < 10; i++)
        authors[i] = author_of((uint8_t)(i + 1), "#fika");
    for (size_t n = 0; n < rounds * 10; n++) {
        struct author *author = &authors[(n * 7 + n / 13) % 10];
        struct entry entry = author_entry(author, 1 + n % 3 + (n > 10 ? 5 : 0), &place->arena);
        if (n % 3 == 2) {
            entry.kind = 77;
            entry_finish(&entry);
            author->tip = entry.id;
        }
        struct run run = {&entry, 1, entry_sign(&entry, &author->identity)};
        append(place, "#fika", &run);
    }
    commit(place);
}

static void test_last_is_the_newest_page_in_order(void **state)
{
    struct place *place = *state;
    struct author authors[10];
    struct entry entry, all[400] = {{0}};
    size_t count = 0;
    struct id channel = test_channel("#fika");
    fill_page(place, authors, 30);
    store_last(place->store, &channel, 1000);
    while (store_last_next(place->store, &place->arena, &entry)) {
        assert_true(count < 400);
        all[count++] = entry;
    }
    assert_int_equal(count, 200); /* of 300, a third of an unknown kind */
    for (size_t i = 1; i < count; i++) {
        bool later = all[i].lamport > all[i - 1].lamport ||
                     (all[i].lamport == all[i - 1].lamport &&
                      id_compare(&all[i].author, &all[i - 1].author) > 0);
        assert_true(later);
        assert_int_equal(all[i].kind, ENTRY_TEXT);
    }
    for (size_t most = 0; most < 60; most += 7) {
        size_t got = 0;
        store_last(place->store, &channel, most);
        for (; store_last_next(place->store, &place->arena, &entry); got++)
            assert_same_entry(&entry, &all[count - most + got]);
        assert_int_equal(got, most);
    }
    struct id unknown = {{9}};
    store_last(place->store, &unknown, 10);
    assert_false(store_last_next(place->store, &place->arena, &entry));
}

static void test_last_shows_a_run_above_a_hole_and_leaves_adrift_out(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika"), liar = author_of(2, "#fika");
    struct run all = author_run(&author, 30, &place->arena);
    struct run low = part_of(&author, &all, 0, 5), high = part_of(&author, &all, 20, 10);
    struct entry entry;
    struct channel_name name;
    struct id id;
    uint64_t lamport, expected = 29;
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    for (int i = 0; i < 3; i++) {
        struct entry lie = author_entry(&liar, (uint64_t)1 << 60, &place->arena);
        struct run run = {&lie, 1, entry_sign(&lie, &liar.identity)};
        append(place, "#fika", &run);
    }
    commit(place);
    assert_true(store_channel(place->store, 0, &name, &id, &lamport));
    assert_int_equal(lamport, 30); /* not the liar's */
    store_last(place->store, &author.channel, 2);
    while (store_last_next(place->store, &place->arena, &entry))
        assert_int_equal(entry.seq, expected++);
    assert_int_equal(expected, 31);
}

/* A range that ends between two signatures is read on to the next one. */
static void test_a_range_without_a_signature(void **state)
{
    struct place *place = *state;
    struct author anna = author_of(1, "#fika");
    struct run run = author_run(&anna, 10, &place->arena), back;
    append(place, "#fika", &run); /* caught up: one signature, at 10 */
    commit(place);
    assert_true(store_read(place->store, &anna.channel, &anna.identity.node, 1, 7, LIMIT_RUN_BYTES,
                           &place->arena, &back));
    assert_true(back.count >= 7 && back.count <= 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_a_range_without_a_signature),
        TEST(test_round_trip),
        TEST(test_extreme_values),
        TEST(test_appending_twice_changes_nothing),
        TEST(test_read_ends_at_a_signature),
        TEST(test_read_is_bounded),
        TEST(test_read_ends_with_the_process),
        TEST(test_a_run_above_a_hole),
        TEST(test_a_log_that_begins_above_a_hole),
        TEST(test_what_does_not_fit_changes_nothing),
        TEST(test_a_fork_inside_a_span),
        TEST(test_rollback_takes_all_back),
        TEST(test_channels_and_logs_by_index),
        TEST(test_last_is_the_newest_page_in_order),
        TEST(test_last_shows_a_run_above_a_hole_and_leaves_adrift_out),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
