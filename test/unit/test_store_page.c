/* Pages: from the newest back to the start, each entry once and in order, whatever the branches,
 * holes, dropped bodies and clocks. */
#include <time.h>

#include "store_help.h"

/* Ten authors whose clocks interleave; every third entry is of an unknown kind. */
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

static int in_order(const struct entry *a, const struct entry *b)
{
    if (a->lamport != b->lamport)
        return a->lamport < b->lamport ? -1 : 1;
    int order = id_compare(&a->author, &b->author);
    if (order == 0 && a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    return order != 0 ? order : id_compare(&a->id, &b->id);
}

static size_t take_page(struct place *place, struct entry *entries, size_t room)
{
    size_t count = 0;
    while (store_last_next(place->store, &place->arena, &entries[count]))
        assert_true(++count < room);
    for (size_t i = 1; i < count; i++)
        assert_true(in_order(&entries[i - 1], &entries[i]) < 0);
    assert_false(store_damaged(place->store));
    return count;
}

/* Pages of `most` from the end back: put together they must be the whole order. */
static void assert_pages(struct place *place, const struct id *channel, size_t most,
                         const struct entry *all, size_t count)
{
    struct entry *page = calloc(count + 64, sizeof *page);
    size_t left = count;
    assert_non_null(page);
    store_last(place->store, channel, most);
    for (;;) {
        bool more = store_more(place->store);
        size_t got = take_page(place, page, count + 64);
        assert_true(got <= left && (got > 0 || left == 0));
        left -= got;
        for (size_t i = 0; i < got; i++)
            assert_same_entry(&page[i], &all[left + i]);
        assert_int_equal(more, left > 0);
        if (left == 0)
            break;
        store_before(place->store, channel, most, page[0].lamport, &page[0].author, page[0].seq);
    }
    free(page);
}

/* The same upwards, from before the first on. */
static void assert_pages_up(struct place *place, const struct id *channel, size_t most,
                            const struct entry *all, size_t count)
{
    struct entry *page = calloc(count + 64, sizeof *page);
    struct id nobody = {{0}};
    size_t done = 0;
    assert_non_null(page);
    store_after(place->store, channel, most, 0, &nobody, 0);
    for (;;) {
        bool more = store_more(place->store);
        size_t got = take_page(place, page, count + 64);
        assert_true(got <= count - done && (got > 0 || done == count));
        for (size_t i = 0; i < got; i++)
            assert_same_entry(&page[i], &all[done + i]);
        done += got;
        assert_int_equal(more, done < count);
        if (done == count)
            break;
        const struct entry *last = &page[got - 1];
        store_after(place->store, channel, most, last->lamport, &last->author, last->seq);
    }
    free(page);
}

static void test_last_is_the_newest_page_in_order(void **state)
{
    struct place *place = *state;
    struct author authors[10];
    struct entry entry, all[400] = {{0}};
    struct id channel = test_channel("#fika"), unknown = {{9}};
    fill_page(place, authors, 30);
    store_last(place->store, &channel, 1000);
    size_t count = take_page(place, all, 400);
    assert_int_equal(count, 200); /* of 300, a third of an unknown kind */
    assert_false(store_more(place->store));
    for (size_t most = 0; most < 60; most += 7) {
        size_t got = 0;
        store_last(place->store, &channel, most);
        assert_true(store_more(place->store));
        for (; store_last_next(place->store, &place->arena, &entry); got++)
            assert_same_entry(&entry, &all[count - most + got]);
        assert_int_equal(got, most);
    }
    for (size_t most = 1; most < 250; most += 31) {
        assert_pages(place, &channel, most, all, count);
        assert_pages_up(place, &channel, most, all, count);
    }
    store_last(place->store, &unknown, 10);
    assert_false(store_more(place->store));
    assert_false(store_last_next(place->store, &place->arena, &entry));
}

static int compare_entries(const void *a, const void *b)
{
    return in_order(a, b);
}

/* Three authors, runs of any length, with a fork whose clocks meet the trunk's, a hole, and what is
 * dropped and not shown. */
static void test_pages_back_to_the_start(void **state)
{
    struct place *place = *state;
    struct author authors[3], fork;
    static struct entry all[3000];
    size_t count = 0;
    for (uint8_t i = 0; i < 3; i++)
        authors[i] = author_of((uint8_t)(i + 1), "#fika");
    for (size_t n = 0; n < 60; n++) {
        struct author *author = &authors[n * 5 % 3];
        if (n % 7 == 0) /* in step again */
            author->lamport =
                authors[0].lamport > author->lamport ? authors[0].lamport : author->lamport;
        struct run run = author_run(author, 1 + n * 11 % 40, &place->arena);
        bool hole = author == &authors[2] && n > 40 && n < 50;
        if (!hole) {
            append(place, "#fika", &run);
            memcpy(&all[count], run.entries, run.count * sizeof *run.entries);
            count += run.count;
        }
        if (n == 30) {
            fork = *author;
            fork.process.b[0] = 99;
            struct run side = author_run(&fork, 35, &place->arena);
            append_branch(place, "#fika", 1, &run.entries[run.count - 1], &side);
            memcpy(&all[count], side.entries, side.count * sizeof *side.entries);
            count += side.count;
        }
    }
    commit(place);
    reopen(place);
    qsort(all, count, sizeof *all, compare_entries);
    struct id channel = test_channel("#fika");
    assert_true(count > 500);
    for (size_t most = 1; most < 2 * count; most += 1 + most / 2) {
        assert_pages(place, &channel, most, all, count);
        assert_pages_up(place, &channel, most, all, count);
    }
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
    struct entry first = author_entry(&liar, 7, &place->arena);
    struct run sane = {&first, 1, entry_sign(&first, &liar.identity)};
    append(place, "#fika", &sane);
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
    struct entry page[20];
    store_before(place->store, &author.channel, 20, (uint64_t)1 << 62, &id, 1);
    assert_int_equal(take_page(place, page, 20), 16); /* 5, 10, and what the liar said before */
    store_before(place->store, &author.channel, 20, 8, &author.identity.node, 1);
    assert_int_equal(take_page(place, page, 20), 6);
    assert_memory_equal(page[5].id.b, first.id.b, 32);
    store_after(place->store, &author.channel, 20, 7, &liar.identity.node, 0);
    assert_int_equal(take_page(place, page, 20), 11); /* the liar's, and 10 above the hole */
    assert_memory_equal(page[0].id.b, first.id.b, 32);
    assert_false(store_more(place->store));
    store_after(place->store, &author.channel, 20, 30, &author.identity.node, 30);
    assert_int_equal(take_page(place, page, 20), 0);
    store_after(place->store, &author.channel, 20, (uint64_t)1 << 62, &id, 1);
    assert_int_equal(take_page(place, page, 20), 0);
    assert_false(store_more(place->store));
}

/* From any place, whether an entry stands there or not, both ways meet. */
static void test_after_and_before_a_place_are_all(void **state)
{
    struct place *place = *state;
    struct author authors[10];
    struct entry all[400] = {{0}}, page[420];
    struct id channel = test_channel("#fika"), unknown = {{9}};
    fill_page(place, authors, 20);
    store_last(place->store, &channel, 1000);
    size_t count = take_page(place, all, 400);
    for (size_t i = 0; i < count; i++) {
        const struct entry *at = &all[i];
        store_after(place->store, &channel, 500, at->lamport, &at->author, at->seq - 1);
        assert_int_equal(take_page(place, page, 420), count - i);
        assert_memory_equal(page[0].id.b, at->id.b, 32);
        store_after(place->store, &channel, 3, at->lamport, &at->author, at->seq);
        assert_int_equal(store_more(place->store), count - i - 1 > 3);
        assert_int_equal(take_page(place, page, 420), count - i - 1 < 3 ? count - i - 1 : 3);
        store_before(place->store, &channel, 500, at->lamport, &at->author, at->seq);
        assert_int_equal(take_page(place, page, 420), i);
    }
    store_after(place->store, &channel, 0, 0, &unknown, 0);
    assert_true(store_more(place->store));
    assert_int_equal(take_page(place, page, 420), 0);
    store_after(place->store, &unknown, 10, 0, &unknown, 0);
    assert_false(store_more(place->store));
    assert_int_equal(take_page(place, page, 420), 0);
}

static void test_what_is_not_shown_is_stepped_over_upwards(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct entry page[20];
    struct run all = author_run(&author, 60, &place->arena);
    for (size_t i = 10; i < 50; i++)
        all.entries[i].body = (struct bytes){0}; /* dropped */
    append(place, "#fika", &all);
    commit(place);
    store_after(place->store, &author.channel, 4, all.entries[7].lamport, &author.identity.node, 8);
    assert_true(store_more(place->store));
    assert_int_equal(take_page(place, page, 20), 4);
    assert_int_equal(page[1].seq, 10);
    assert_int_equal(page[2].seq, 51);
}

/* A run above a hole may have lower clocks than what is whole: each part has its own order. */
static void test_a_hole_where_clocks_go_back(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika"), other = author_of(1, "#fika");
    struct entry all[20], page[40];
    author.lamport = 1000;
    struct run low = author_run(&author, 10, &place->arena);
    other.seq = 50;
    memset(other.tip.b, 3, 32);
    struct run high = author_run(&other, 10, &place->arena);
    append(place, "#fika", &low);
    append(place, "#fika", &high);
    memcpy(all, high.entries, 10 * sizeof *all);
    memcpy(all + 10, low.entries, 10 * sizeof *all);
    assert_pages(place, &author.channel, 3, all, 20);
    assert_pages_up(place, &author.channel, 3, all, 20);
    store_last(place->store, &author.channel, 40);
    assert_int_equal(take_page(place, page, 40), 20);
}

static void test_appending_while_a_page_is_read(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika");
    struct run all = author_run(&author, 60, &place->arena);
    struct run high = part_of(&author, &all, 20, 20), over = part_of(&author, &all, 10, 20);
    struct entry entry;
    uint64_t expected = 21;
    append(place, "#fika", &high);
    store_last(place->store, &author.channel, 20);
    for (; store_last_next(place->store, &place->arena, &entry); expected++) {
        assert_same_entry(&entry, &all.entries[expected - 1]);
        if (expected == 25)
            append(place, "#fika", &over); /* the row is cut meanwhile */
    }
    assert_int_equal(expected, 41);
}

static void test_own_lines(void **state)
{
    struct place *place = *state;
    struct author author = author_of(1, "#fika"), other = author_of(2, "#fika"), fork;
    struct run all = author_run(&author, 10, &place->arena);
    uint64_t seq = 0;
    struct id id;
    all.entries[8].body = (struct bytes){0}; /* dropped */
    struct run noise = author_run(&other, 30, &place->arena);
    append(place, "#fika", &all);
    append(place, "#fika", &noise);
    fork = author;
    struct run side = author_run(&fork, 1, &place->arena);
    append_branch(place, "#fika", 1, &all.entries[9], &side);
    static const uint64_t expected[] = {11, 10, 8, 7, 6, 5, 4, 3, 2, 1};
    for (size_t nth = 1; nth <= 10; nth++) {
        assert_true(
            store_own(place->store, &author.channel, &author.identity.node, nth, &seq, &id));
        assert_int_equal(seq, expected[nth - 1]);
        assert_memory_equal(id.b, (seq == 11 ? &side.entries[0] : &all.entries[seq - 1])->id.b, 32);
    }
    assert_false(store_own(place->store, &author.channel, &author.identity.node, 11, &seq, &id));
    assert_false(store_own(place->store, &author.channel, &author.identity.node, 0, &seq, &id));
    struct id nobody = {{9}};
    assert_false(store_own(place->store, &author.channel, &nobody, 1, &seq, &id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_last_is_the_newest_page_in_order),
        TEST(test_pages_back_to_the_start),
        TEST(test_last_shows_a_run_above_a_hole_and_leaves_adrift_out),
        TEST(test_after_and_before_a_place_are_all),
        TEST(test_what_is_not_shown_is_stepped_over_upwards),
        TEST(test_a_hole_where_clocks_go_back),
        TEST(test_appending_while_a_page_is_read),
        TEST(test_own_lines),
    };
    return cmocka_run_group_tests_name("store_page", tests, NULL, NULL);
}
