/* Log: where every kind of run goes, and that the order in which runs come does not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "core/log.h"

#define CHAIN_MAX 400

/* One author's chain; entry i stands at seq i. Ids are made up: a log only compares them. */
static struct entry chain[CHAIN_MAX + 1], branch[CHAIN_MAX + 1];

static void make_chain(struct entry *entries, uint8_t mark)
{
    memset(entries, 0, sizeof chain);
    for (uint32_t i = 1; i <= CHAIN_MAX; i++) {
        entries[i].seq = i;
        entries[i].lamport = 100 + i;
        memcpy(entries[i].id.b, &i, sizeof i);
        entries[i].id.b[31] = mark;
        if (i > 1)
            entries[i].prev = entries[i - 1].id;
    }
}

static int setup(void **state)
{
    (void)state;
    make_chain(chain, 1);
    make_chain(branch, 2);
    return 0;
}

static struct log fresh(void)
{
    struct log log;
    struct id author = {{5}};
    log_init(&log, &author);
    return log;
}

static enum placed place(struct log *log, struct entry *entries, uint64_t from, uint64_t to)
{
    struct run run = {&entries[from], (size_t)(to - from + 1), {{0}}};
    size_t first;
    enum placed placed = log_place(log, &run, &first);
    if (placed == PLACED_NEW)
        assert_true(first < run.count);
    return placed;
}

/* As place, and where the new part begins. */
static size_t first_new(struct log *log, uint64_t from, uint64_t to)
{
    struct run run = {&chain[from], (size_t)(to - from + 1), {{0}}};
    size_t first = 999;
    assert_int_equal(log_place(log, &run, &first), PLACED_NEW);
    return first;
}

static void log_is(const struct log *log, uint64_t seq, uint64_t above_from, uint64_t above_to)
{
    assert_true(log->seq == seq);
    assert_true(log->above_from == above_from);
    assert_true(log->above_to == above_to);
    assert_true(log_top(log) == (above_from != 0 ? above_to : seq));
    if (seq > 0) {
        assert_true(id_equal(&log->tip, &chain[seq].id));
        assert_true(log->lamport == chain[seq].lamport);
    }
    if (above_from != 0) {
        assert_true(id_equal(&log->above_prev, &chain[above_from].prev));
        assert_true(id_equal(&log->above_tip, &chain[above_to].id));
        assert_true(log->above_lamport == chain[above_to].lamport);
    }
    for (uint64_t i = 0; i <= CHAIN_MAX; i++)
        assert_int_equal(log_holds(log, i),
                         (i >= 1 && i <= seq) ||
                             (above_from != 0 && i >= above_from && i <= above_to));
    assert_false(log_holds(log, UINT64_MAX));
}

static void a_new_log_is_empty(void **state)
{
    (void)state;
    struct log log = fresh();
    struct id author = {{5}};
    log_is(&log, 0, 0, 0);
    assert_true(id_equal(&log.author, &author));
    assert_true(log.ask_at_ms == UINT64_MAX);
    assert_int_equal(log.source_count, 0);
}

static void new_at_the_head(void **state)
{
    (void)state;
    struct log log = fresh();
    assert_int_equal(first_new(&log, 1, 1), 0);
    log_is(&log, 1, 0, 0);
    assert_int_equal(first_new(&log, 2, 5), 0);
    log_is(&log, 5, 0, 0);
}

static void known(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 10);
    assert_int_equal(place(&log, chain, 1, 10), PLACED_KNOWN);
    assert_int_equal(place(&log, chain, 3, 10), PLACED_KNOWN);
    assert_int_equal(place(&log, chain, 3, 7), PLACED_KNOWN);
    place(&log, chain, 20, 30);
    assert_int_equal(place(&log, chain, 20, 30), PLACED_KNOWN);
    assert_int_equal(place(&log, chain, 22, 25), PLACED_KNOWN);
    log_is(&log, 10, 20, 30);
}

static void overlap(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    assert_int_equal(first_new(&log, 3, 8), 3); /* 3, 4, 5 are held */
    log_is(&log, 8, 0, 0);
    assert_int_equal(first_new(&log, 1, 9), 8);
    log_is(&log, 9, 0, 0);
}

static void above_a_hole(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    assert_int_equal(first_new(&log, 8, 10), 0);
    log_is(&log, 5, 8, 10);
    log = fresh();
    assert_int_equal(first_new(&log, 2, 2), 0);
    log_is(&log, 0, 2, 2);
}

static void carried_on_above(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 10, 12);
    assert_int_equal(place(&log, chain, 13, 15), PLACED_NEW); /* on top */
    log_is(&log, 0, 10, 15);
    assert_int_equal(place(&log, chain, 7, 9), PLACED_NEW); /* below, meeting */
    log_is(&log, 0, 7, 15);
    assert_int_equal(place(&log, chain, 5, 8), PLACED_NEW); /* below, overlapping */
    log_is(&log, 0, 5, 15);
    assert_int_equal(place(&log, chain, 12, 18), PLACED_NEW); /* on top, overlapping */
    log_is(&log, 0, 5, 18);
    assert_int_equal(place(&log, chain, 3, 20), PLACED_NEW); /* around it */
    log_is(&log, 0, 3, 20);
}

static void closed_from_below(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 10);
    assert_int_equal(place(&log, chain, 6, 6), PLACED_NEW);
    log_is(&log, 6, 8, 10);
    assert_int_equal(place(&log, chain, 7, 7), PLACED_NEW);
    log_is(&log, 10, 0, 0);
}

static void closed_from_above(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    place(&log, chain, 9, 10);
    assert_int_equal(place(&log, chain, 7, 8), PLACED_NEW); /* grows downwards */
    log_is(&log, 5, 7, 10);
    assert_int_equal(place(&log, chain, 6, 9), PLACED_NEW); /* the last of the hole, and more */
    log_is(&log, 10, 0, 0);
}

static void one_run_over_both(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 10);
    assert_int_equal(first_new(&log, 4, 12), 2);
    log_is(&log, 12, 0, 0);
    log = fresh();
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 20);
    assert_int_equal(first_new(&log, 4, 12), 2); /* it ends within the run above */
    log_is(&log, 20, 0, 0);
}

static void no_room(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    place(&log, chain, 20, 25);
    assert_int_equal(place(&log, chain, 27, 30), PLACED_NO_ROOM);
    assert_int_equal(place(&log, chain, 10, 18), PLACED_NO_ROOM);
    log_is(&log, 5, 20, 25);
    assert_int_equal(place(&log, chain, 10, 19), PLACED_NEW); /* it meets after all */
    log_is(&log, 5, 10, 25);
}

/* A run of `branch` that hangs on `chain` at seq `at`. */
static void graft(uint64_t at)
{
    make_chain(branch, 2);
    branch[at + 1].prev = chain[at].id;
}

static void conflict_at_the_head(void **state)
{
    (void)state;
    struct log log = fresh(), before;
    place(&log, chain, 1, 5);
    before = log;
    assert_int_equal(place(&log, branch, 6, 8), PLACED_CONFLICT); /* prev is another 5 */
    assert_int_equal(place(&log, branch, 3, 8), PLACED_CONFLICT); /* its own 5 is another */
    assert_int_equal(place(&log, branch, 5, 5), PLACED_CONFLICT);
    assert_memory_equal(&log, &before, sizeof log);
    graft(4); /* shares 1 to 4 */
    assert_int_equal(place(&log, branch, 5, 8), PLACED_CONFLICT);
    assert_memory_equal(&log, &before, sizeof log);
    make_chain(branch, 2);
}

static void conflict_above(void **state)
{
    (void)state;
    struct log log = fresh(), before;
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 10);
    before = log;
    assert_int_equal(place(&log, branch, 11, 12), PLACED_CONFLICT); /* on top: another 10 */
    assert_int_equal(place(&log, branch, 9, 12), PLACED_CONFLICT);
    assert_int_equal(place(&log, branch, 7, 7), PLACED_CONFLICT); /* above hangs on another 7 */
    assert_int_equal(place(&log, branch, 6, 9), PLACED_CONFLICT);
    graft(5); /* it fits below, and is not what the run above hangs on */
    assert_int_equal(place(&log, branch, 6, 7), PLACED_CONFLICT);
    assert_int_equal(place(&log, branch, 6, 20), PLACED_CONFLICT);
    assert_memory_equal(&log, &before, sizeof log);
    assert_int_equal(place(&log, branch, 6, 6), PLACED_NEW); /* nothing says otherwise yet */
    assert_int_equal(place(&log, chain, 7, 7), PLACED_CONFLICT);
    make_chain(branch, 2);
}

/* A clock is greater than its prev's also where one run ends and the next begins: else a run of
 * both, which an honest node may send, would be no chain. */
static void lamport_grows_over_the_seam(void **state)
{
    (void)state;
    struct log log = fresh(), before;
    place(&log, chain, 1, 5);
    place(&log, chain, 10, 12);
    before = log;
    uint64_t was = chain[6].lamport;
    chain[6].lamport = chain[5].lamport; /* at the head */
    assert_int_equal(place(&log, chain, 6, 6), PLACED_CONFLICT);
    chain[6].lamport = was;
    was = chain[13].lamport;
    chain[13].lamport = chain[12].lamport; /* on top of the run above */
    assert_int_equal(place(&log, chain, 13, 13), PLACED_CONFLICT);
    chain[13].lamport = was;
    assert_memory_equal(&log, &before, sizeof log);
}

static void lamport_grows_into_the_run_above(void **state)
{
    (void)state;
    struct log log = fresh(), before;
    place(&log, chain, 1, 5);
    place(&log, chain, 10, 12);
    before = log;
    uint64_t was = chain[9].lamport;
    chain[9].lamport = chain[10].lamport;
    assert_int_equal(place(&log, chain, 8, 9), PLACED_CONFLICT); /* meets it from below */
    assert_int_equal(place(&log, chain, 6, 9), PLACED_CONFLICT); /* closes the hole */
    assert_memory_equal(&log, &before, sizeof log);
    chain[9].lamport = was;
    assert_int_equal(place(&log, chain, 6, 9), PLACED_NEW);
    log_is(&log, 12, 0, 0);
}

/* A run that goes on past the hole with another branch closes it with what is held, if clocks grow
 * there too. */
static void lamport_grows_under_a_branch(void **state)
{
    (void)state;
    struct log log = fresh(), before;
    graft(6); /* shares 1 to 6 */
    struct entry run_of[3] = {chain[5], chain[6], branch[7]};
    struct run run = {run_of, 3, {{0}}};
    size_t first;
    place(&log, chain, 1, 5);
    place(&log, chain, 7, 9);
    before = log;
    log.above_first_lamport = chain[6].lamport; /* as if 7 had been made so */
    assert_int_equal(log_place(&log, &run, &first), PLACED_CONFLICT);
    log = before;
    assert_int_equal(log_place(&log, &run, &first), PLACED_NEW);
    log_is(&log, 9, 0, 0);
    make_chain(branch, 2);
}

static void largest_seqs(void **state)
{
    (void)state;
    struct log log = fresh();
    struct entry last[2] = {{.seq = INT64_MAX - 1, .lamport = 1, .id = {{1}}, .prev = {{9}}},
                            {.seq = INT64_MAX, .lamport = 2, .id = {{2}}, .prev = {{1}}}};
    struct run run = {last, 2, {{0}}};
    size_t first;
    place(&log, chain, 1, 3);
    assert_int_equal(log_place(&log, &run, &first), PLACED_NEW);
    assert_true(log_top(&log) == INT64_MAX);
    assert_true(log_holds(&log, INT64_MAX));
    assert_int_equal(log_place(&log, &run, &first), PLACED_KNOWN);
    assert_int_equal(place(&log, chain, 4, 9), PLACED_NEW);
    assert_int_equal(place(&log, chain, 11, 12), PLACED_NO_ROOM);
}

static void loaded_as_the_store_holds_it(void **state)
{
    (void)state;
    struct log log = fresh();
    struct log_load load = {.seq = 5, .tip = chain[5].id, .lamport = chain[5].lamport};
    log_load(&log, &load);
    log_is(&log, 5, 0, 0);
    assert_int_equal(place(&log, chain, 6, 7), PLACED_NEW);
    log = fresh();
    load.span_from = 8;
    load.span_to = 10;
    load.span_prev = chain[7].id;
    load.span_tip = chain[10].id;
    load.span_first_lamport = chain[8].lamport;
    load.span_lamport = chain[10].lamport;
    log_load(&log, &load);
    log_is(&log, 5, 8, 10);
    assert_int_equal(place(&log, branch, 7, 7), PLACED_CONFLICT);
    assert_int_equal(place(&log, chain, 6, 7), PLACED_NEW);
    log_is(&log, 10, 0, 0);
}

/* ---- against a model that only remembers which seqs it holds ---- */

struct model {
    bool holds[CHAIN_MAX + 2];
};

static uint64_t whole(const struct model *model)
{
    uint64_t seq = 0;
    while (model->holds[seq + 1])
        seq++;
    return seq;
}

/* The one run above the hole; from is 0 when there is none. */
static void above(const struct model *model, uint64_t *from, uint64_t *to)
{
    uint64_t seq = whole(model) + 1;
    while (seq <= CHAIN_MAX && !model->holds[seq])
        seq++;
    *from = *to = 0;
    if (seq > CHAIN_MAX)
        return;
    *from = *to = seq;
    while (model->holds[*to + 1])
        (*to)++;
}

/* The rule of the one hole: what is new fits if it meets the whole part or the run above, or there
 * is no run above yet. */
static enum placed model_place(struct model *model, uint64_t from, uint64_t to)
{
    uint64_t above_from, above_to;
    bool news = false;
    above(model, &above_from, &above_to);
    for (uint64_t seq = from; seq <= to; seq++)
        news = news || !model->holds[seq];
    if (!news)
        return PLACED_KNOWN;
    if (from > whole(model) + 1 && above_from != 0 && (from > above_to + 1 || to + 1 < above_from))
        return PLACED_NO_ROOM;
    for (uint64_t seq = from; seq <= to; seq++)
        model->holds[seq] = true;
    return PLACED_NEW;
}

static void any_order_ends_whole(void **state)
{
    (void)state;
    for (uint8_t round = 0; round < 60; round++) {
        struct prng prng;
        uint8_t seed[32] = {77, round};
        struct model model = {{false}};
        struct log log = fresh();
        int steps = 0, refused = 0;
        prng_init(&prng, seed);
        uint32_t length = 1 + prng_below(&prng, CHAIN_MAX);
        uint32_t longest = 1 + prng_below(&prng, round % 2 ? 8 : 60);
        while (whole(&model) < length) {
            assert_true(++steps < 100000);
            uint64_t from = 1 + prng_below(&prng, length);
            /* Half of the time what is asked for: else the last holes would take for ever. */
            if (prng_below(&prng, 2))
                from = whole(&model) + 1 - (whole(&model) > 0 ? prng_below(&prng, 2) : 0);
            uint64_t to = from + prng_below(&prng, longest);
            if (to > length)
                to = length;
            bool lie = prng_below(&prng, 16) == 0 && from > 1;
            if (lie) { /* another's run, which must change nothing wherever it meets ours */
                struct log before = log;
                enum placed placed = place(&log, branch, from, to);
                bool meets = from - 1 == whole(&model) || to == whole(&model);
                assert_true(!meets || placed == PLACED_CONFLICT);
                log = before;
                refused++;
                continue;
            }
            enum placed expected = model_place(&model, from, to);
            assert_int_equal(place(&log, chain, from, to), expected);
            uint64_t above_from, above_to;
            above(&model, &above_from, &above_to);
            log_is(&log, whole(&model), above_from, above_to);
        }
        log_is(&log, length, 0, 0);
        assert_true(refused < steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_log_is_empty),
        cmocka_unit_test(new_at_the_head),
        cmocka_unit_test(known),
        cmocka_unit_test(overlap),
        cmocka_unit_test(above_a_hole),
        cmocka_unit_test(carried_on_above),
        cmocka_unit_test(closed_from_below),
        cmocka_unit_test(closed_from_above),
        cmocka_unit_test(one_run_over_both),
        cmocka_unit_test(no_room),
        cmocka_unit_test(conflict_at_the_head),
        cmocka_unit_test(conflict_above),
        cmocka_unit_test(lamport_grows_over_the_seam),
        cmocka_unit_test(lamport_grows_into_the_run_above),
        cmocka_unit_test(lamport_grows_under_a_branch),
        cmocka_unit_test(largest_seqs),
        cmocka_unit_test(loaded_as_the_store_holds_it),
        cmocka_unit_test(any_order_ends_whole),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
