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

static enum fit fit(const struct log *log, struct entry *entries, uint64_t from, uint64_t to)
{
    struct run run = {&entries[from], (size_t)(to - from + 1), {{0}}};
    return log_fit(log, &run);
}

/* Takes it in if it fits as it is. */
static enum fit place(struct log *log, struct entry *entries, uint64_t from, uint64_t to)
{
    struct run run = {&entries[from], (size_t)(to - from + 1), {{0}}};
    size_t first;
    enum fit fit = log_fit(log, &run);
    if (fit == FIT_JOINS || fit == FIT_LOOSE) {
        log_place(log, &run, &first);
        assert_true(first < run.count);
    }
    return fit;
}

/* As place, and where the new part begins. */
static size_t first_new(struct log *log, uint64_t from, uint64_t to)
{
    struct run run = {&chain[from], (size_t)(to - from + 1), {{0}}};
    size_t first = 999;
    enum fit fit = log_fit(log, &run);
    assert_true(fit == FIT_JOINS || fit == FIT_LOOSE);
    log_place(log, &run, &first);
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
    assert_int_equal(place(&log, chain, 1, 10), FIT_KNOWN);
    assert_int_equal(place(&log, chain, 3, 10), FIT_KNOWN);
    assert_int_equal(place(&log, chain, 3, 7), FIT_OTHER); /* ids below the end are the store's */
    assert_int_equal(place(&log, branch, 3, 7), FIT_OTHER);
    place(&log, chain, 20, 30);
    assert_int_equal(place(&log, chain, 20, 30), FIT_ABOVE);
    assert_int_equal(place(&log, chain, 22, 30), FIT_ABOVE);
    assert_int_equal(place(&log, chain, 22, 25), FIT_ABOVE);
    log_is(&log, 10, 20, 30);
}

/* Ends that it had lately are known, so that what is heard late is not asked of the store. */
static void known_lately(void **state)
{
    (void)state;
    struct log log = fresh();
    for (uint64_t seq = 1; seq <= LIMIT_PASSED + 2; seq++)
        place(&log, chain, seq, seq);
    for (uint64_t seq = 1; seq <= LIMIT_PASSED + 2; seq++) {
        assert_int_equal(log_knows(&log, seq, &chain[seq].id), seq > 1);
        assert_false(log_knows(&log, seq, &branch[seq].id));
        assert_int_equal(fit(&log, chain, seq, seq), seq > 1 ? FIT_KNOWN : FIT_OTHER);
    }
    struct id zero = {{0}};
    assert_false(log_knows(&log, 0, &zero));
    log = fresh();
    assert_false(log_knows(&log, 0, &zero));
    place(&log, chain, 5, 6); /* above a hole there is no head */
    assert_false(log_knows(&log, 6, &chain[6].id));
    place(&log, chain, 1, 2);
    place(&log, chain, 3, 4); /* two ends at once: the one is passed as the hole closes */
    assert_true(log_knows(&log, 6, &chain[6].id));
    assert_true(log_knows(&log, 4, &chain[4].id));
    assert_true(log_knows(&log, 2, &chain[2].id));
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
    assert_int_equal(place(&log, chain, 13, 15), FIT_JOINS); /* on top */
    log_is(&log, 0, 10, 15);
    assert_int_equal(place(&log, chain, 7, 9), FIT_JOINS); /* below, meeting */
    log_is(&log, 0, 7, 15);
    assert_int_equal(place(&log, chain, 5, 8), FIT_JOINS); /* below, overlapping */
    log_is(&log, 0, 5, 15);
    assert_int_equal(place(&log, chain, 12, 18), FIT_JOINS); /* on top, overlapping */
    log_is(&log, 0, 5, 18);
    assert_int_equal(place(&log, chain, 3, 20), FIT_JOINS); /* around it */
    log_is(&log, 0, 3, 20);
}

static void closed_from_below(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 10);
    assert_int_equal(place(&log, chain, 6, 6), FIT_JOINS);
    log_is(&log, 6, 8, 10);
    assert_int_equal(place(&log, chain, 7, 7), FIT_JOINS);
    log_is(&log, 10, 0, 0);
}

static void closed_from_above(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    place(&log, chain, 9, 10);
    assert_int_equal(place(&log, chain, 7, 8), FIT_JOINS); /* grows downwards */
    log_is(&log, 5, 7, 10);
    assert_int_equal(place(&log, chain, 6, 9), FIT_JOINS); /* the last of the hole, and more */
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

static void a_second_hole_is_far(void **state)
{
    (void)state;
    struct log log = fresh();
    place(&log, chain, 1, 5);
    assert_int_equal(fit(&log, chain, 20, 25), FIT_LOOSE);
    place(&log, chain, 20, 25);
    assert_int_equal(place(&log, chain, 27, 30), FIT_FAR);
    assert_int_equal(place(&log, chain, 10, 18), FIT_FAR);
    log_is(&log, 5, 20, 25);
    assert_int_equal(place(&log, chain, 10, 19), FIT_JOINS); /* it meets after all */
    log_is(&log, 5, 10, 25);
}

/* A run of `branch` that hangs on `chain` at seq `at`. */
static void graft(uint64_t at)
{
    make_chain(branch, 2);
    branch[at + 1].prev = chain[at].id;
}

static void beside_the_head(void **state)
{
    (void)state;
    struct log log = fresh(), before;
    place(&log, chain, 1, 5);
    before = log;
    assert_int_equal(place(&log, branch, 6, 8), FIT_OTHER); /* prev is another 5 */
    assert_int_equal(place(&log, branch, 3, 8), FIT_OTHER); /* its own 5 is another */
    assert_int_equal(place(&log, branch, 5, 5), FIT_OTHER);
    assert_int_equal(place(&log, branch, 1, 2), FIT_OTHER);
    assert_memory_equal(&log, &before, sizeof log);
    graft(4); /* shares 1 to 4 */
    assert_int_equal(place(&log, branch, 5, 8), FIT_OTHER);
    assert_memory_equal(&log, &before, sizeof log);
    make_chain(branch, 2);
}

static void beside_what_is_above(void **state)
{
    (void)state;
    struct log log = fresh(), before;
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 10);
    before = log;
    assert_int_equal(place(&log, branch, 11, 12), FIT_OTHER); /* on top: another 10 */
    assert_int_equal(place(&log, branch, 9, 12), FIT_OTHER);
    assert_int_equal(place(&log, branch, 7, 7), FIT_OTHER); /* above hangs on another 7 */
    assert_int_equal(place(&log, branch, 8, 8), FIT_OTHER);
    assert_int_equal(place(&log, branch, 9, 10), FIT_OTHER);
    assert_int_equal(place(&log, branch, 6, 9), FIT_OTHER);
    assert_memory_equal(&log, &before, sizeof log);
}

/* What carries the whole part on and is not what the run above hangs on: the run above is another
 * branch's. */
static void splits_from_below(void **state)
{
    (void)state;
    struct log log = fresh(), other = fresh(), before;
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 10);
    before = log;
    graft(5);
    assert_int_equal(place(&log, branch, 6, 7), FIT_SPLITS);
    assert_int_equal(place(&log, branch, 6, 20), FIT_SPLITS);
    assert_memory_equal(&log, &before, sizeof log);
    assert_int_equal(fit(&log, branch, 6, 6), FIT_JOINS); /* nothing says otherwise yet */
    log.liar = true;
    strcpy(log.nick.text, "bo");
    log_split(&log, &other);
    log_is(&log, 5, 0, 0);
    assert_true(other.rootless && other.proved && other.liar);
    assert_string_equal(other.nick.text, "bo");
    assert_false(log_has_head(&other));
    assert_true(other.above_from == 8 && other.above_to == 10 && log_top(&other) == 10);
    assert_true(id_equal(&other.above_prev, &chain[7].id));
    assert_true(id_equal(&other.above_tip, &chain[10].id));
    assert_true(other.above_first_lamport == chain[8].lamport);
    assert_true(other.above_lamport == chain[10].lamport);
    assert_int_equal(place(&log, branch, 6, 20), FIT_JOINS);
    assert_int_equal(place(&other, chain, 7, 7), FIT_JOINS);
    make_chain(branch, 2);
}

/* And the other way round: it leads up to the run above, and is not what the whole part says. */
static void splits_from_above(void **state)
{
    (void)state;
    struct log log = fresh();
    graft(5);
    place(&log, chain, 1, 5);
    place(&log, chain, 8, 10);
    assert_int_equal(place(&log, branch, 6, 6), FIT_JOINS);
    assert_int_equal(fit(&log, chain, 7, 7), FIT_SPLITS); /* its 6 is another */
    assert_int_equal(fit(&log, chain, 6, 7), FIT_SPLITS);
    assert_int_equal(fit(&log, chain, 2, 7), FIT_SPLITS);
    assert_int_equal(fit(&log, chain, 5, 10), FIT_SPLITS);
    make_chain(branch, 2);
}

/* A run that leads up to the run above, and ends inside it as another: both hang on one entry, and
 * are never one chain. */
static void two_above_one_hole(void **state)
{
    (void)state;
    graft(7); /* shares 1 to 7 */
    struct entry run_of[] = {chain[6], chain[7], chain[8], chain[9]};
    struct run run = {run_of, 4, {{0}}};
    struct log log = fresh(), below = fresh();
    place(&log, branch, 8, 12);
    assert_int_not_equal(log_fit(&log, &run), FIT_JOINS); /* from below */
    place(&below, chain, 1, 5);
    place(&below, branch, 8, 12);
    assert_int_equal(log_fit(&below, &run), FIT_SPLITS); /* it carries the whole part on */
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
    assert_int_equal(place(&log, chain, 6, 6), FIT_REFUSED);
    chain[6].lamport = was;
    was = chain[13].lamport;
    chain[13].lamport = chain[12].lamport; /* on top of the run above */
    assert_int_equal(place(&log, chain, 13, 13), FIT_REFUSED);
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
    assert_int_equal(place(&log, chain, 8, 9), FIT_REFUSED); /* meets it from below */
    assert_int_equal(place(&log, chain, 6, 9), FIT_SPLITS);  /* what is above is no member */
    assert_memory_equal(&log, &before, sizeof log);
    chain[9].lamport = was;
    assert_int_equal(place(&log, chain, 6, 9), FIT_JOINS);
    log_is(&log, 12, 0, 0);
}

/* ---- branches ---- */

static struct log rootless(uint64_t from, uint64_t to)
{
    struct log whole = fresh(), other = fresh();
    place(&whole, chain, from, to);
    log_split(&whole, &other);
    return other;
}

static void a_rootless_branch_grows_at_its_run(void **state)
{
    (void)state;
    struct log log = rootless(10, 12);
    assert_int_equal(fit(&log, chain, 1, 2), FIT_OTHER); /* also what would begin a log */
    assert_int_equal(fit(&log, chain, 5, 6), FIT_OTHER);
    assert_int_equal(fit(&log, chain, 20, 21), FIT_OTHER);
    assert_int_equal(fit(&log, branch, 13, 14), FIT_OTHER);
    assert_int_equal(fit(&log, branch, 8, 9), FIT_OTHER);
    assert_int_equal(fit(&log, chain, 10, 12), FIT_ABOVE);
    assert_int_equal(place(&log, chain, 13, 14), FIT_JOINS);
    assert_int_equal(place(&log, chain, 8, 9), FIT_JOINS);
    assert_true(log.above_from == 8 && log.above_to == 14 && log.seq == 0 && log.rootless);
    assert_false(log_has_head(&log));
    assert_false(log_knows(&log, 14, &chain[14].id));
    struct log nothing = fresh();
    nothing.rootless = true;
    assert_int_equal(fit(&nothing, chain, 1, 2), FIT_OTHER);
    assert_int_equal(fit(&nothing, chain, 5, 6), FIT_OTHER);
}

static void a_root_is_given(void **state)
{
    (void)state;
    struct log log = rootless(10, 12);
    log_root(&log, 6, &chain[6].id, chain[6].lamport);
    assert_true(!log.rootless && log.base_seq == 6 && log.seq == 6);
    assert_false(log_has_head(&log)); /* nothing of it is whole yet */
    assert_false(log_holds(&log, 6)); /* that is the other branch's */
    assert_false(log_holds(&log, 3));
    assert_true(log_holds(&log, 10));
    assert_int_equal(place(&log, chain, 7, 8), FIT_JOINS);
    assert_true(log_has_head(&log) && log_knows(&log, 8, &chain[8].id));
    assert_false(log_knows(&log, 6, &chain[6].id)); /* it never ended there */
    assert_int_equal(place(&log, chain, 9, 9), FIT_JOINS);
    assert_true(log.seq == 12 && log.above_from == 0 && log.base_seq == 6);
    assert_true(id_equal(&log.base, &chain[6].id));
    assert_false(log_holds(&log, 6));
    assert_true(log_holds(&log, 7) && log_holds(&log, 12));
}

/* A second root: the author began twice. */
static void a_root_at_the_beginning(void **state)
{
    (void)state;
    struct log log = fresh();
    struct id none = {{0}};
    log.rootless = true;
    log_root(&log, 0, &none, 0);
    assert_false(log_has_head(&log));
    assert_int_equal(place(&log, chain, 1, 3), FIT_JOINS);
    log_is(&log, 3, 0, 0);
}

/* Given a base, it holds nothing new in a run that ends there. */
static void a_run_that_ends_at_the_base(void **state)
{
    (void)state;
    struct log log = rootless(10, 12);
    log_root(&log, 6, &chain[6].id, chain[6].lamport);
    assert_int_not_equal(fit(&log, chain, 6, 6), FIT_JOINS);
    assert_int_not_equal(fit(&log, chain, 2, 6), FIT_JOINS);
    assert_int_equal(fit(&log, chain, 2, 7), FIT_JOINS);
}

static void clocks_grow_over_the_root(void **state)
{
    (void)state;
    struct log log = rootless(10, 12);
    log_root(&log, 6, &chain[6].id, chain[7].lamport);
    assert_int_equal(fit(&log, chain, 7, 8), FIT_REFUSED);
    log.lamport--;
    assert_int_equal(fit(&log, chain, 7, 8), FIT_JOINS);
}

static void largest_seqs(void **state)
{
    (void)state;
    struct log log = fresh();
    struct entry last[2] = {{.seq = LIMIT_SEQ - 1, .lamport = 1, .id = {{1}}, .prev = {{9}}},
                            {.seq = LIMIT_SEQ, .lamport = 2, .id = {{2}}, .prev = {{1}}}};
    struct run run = {last, 2, {{0}}};
    size_t first;
    place(&log, chain, 1, 3);
    assert_int_equal(log_fit(&log, &run), FIT_LOOSE);
    log_place(&log, &run, &first);
    assert_true(log_top(&log) == LIMIT_SEQ);
    assert_true(log_holds(&log, LIMIT_SEQ));
    assert_int_equal(log_fit(&log, &run), FIT_ABOVE);
    assert_int_equal(place(&log, chain, 4, 9), FIT_JOINS);
    assert_int_equal(place(&log, chain, 11, 12), FIT_FAR);
}

static void loaded_as_the_store_holds_it(void **state)
{
    (void)state;
    struct log log = fresh();
    struct log_load load = {.seq = 5, .tip = chain[5].id, .lamport = chain[5].lamport};
    log_load(&log, &load);
    log_is(&log, 5, 0, 0);
    assert_int_equal(place(&log, chain, 6, 7), FIT_JOINS);
    log = fresh();
    load.span_from = 8;
    load.span_to = 10;
    load.span_prev = chain[7].id;
    load.span_tip = chain[10].id;
    load.span_first_lamport = chain[8].lamport;
    load.span_lamport = chain[10].lamport;
    log_load(&log, &load);
    log_is(&log, 5, 8, 10);
    assert_int_equal(place(&log, branch, 7, 7), FIT_OTHER);
    assert_int_equal(place(&log, chain, 6, 7), FIT_JOINS);
    log_is(&log, 10, 0, 0);
}

/* What is given to the store is what makes it again. */
static void saved_and_loaded(void **state)
{
    (void)state;
    struct log log = rootless(10, 12), again;
    log.branch = 3;
    log.liar = true;
    strcpy(log.nick.text, "bo");
    for (int step = 0; step < 3; step++) {
        if (step == 1)
            log_root(&log, 6, &chain[6].id, chain[6].lamport);
        if (step == 2)
            place(&log, chain, 7, 8);
        struct log_load load = log_save(&log), back;
        log_init(&again, &log.author);
        log_load(&again, &load);
        back = log_save(&again);
        assert_memory_equal(&back.author, &load.author, sizeof load.author);
        assert_true(again.branch == 3 && again.liar && again.rootless == log.rootless);
        assert_true(again.base_seq == log.base_seq && id_equal(&again.base, &log.base));
        assert_string_equal(again.nick.text, "bo");
        assert_true(again.seq == log.seq && id_equal(&again.tip, &log.tip));
        assert_true(again.lamport == log.lamport);
        assert_true(again.above_from == log.above_from && again.above_to == log.above_to);
        assert_true(id_equal(&again.above_prev, &log.above_prev));
        assert_true(id_equal(&again.above_tip, &log.above_tip));
        assert_true(again.above_first_lamport == log.above_first_lamport);
        assert_true(again.above_lamport == log.above_lamport);
        assert_int_equal(fit(&again, chain, 9, 9), fit(&log, chain, 9, 9));
    }
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
static enum fit model_fit(const struct model *model, uint64_t from, uint64_t to)
{
    uint64_t above_from, above_to;
    bool news = false;
    above(model, &above_from, &above_to);
    for (uint64_t seq = from; seq <= to; seq++)
        news = news || !model->holds[seq];
    if (!news)
        return FIT_KNOWN; /* or FIT_ABOVE; or FIT_OTHER, below where ends are remembered */
    if (from > whole(model) + 1 && above_from == 0)
        return FIT_LOOSE;
    if (from > whole(model) + 1 && (from > above_to + 1 || to + 1 < above_from))
        return FIT_FAR;
    return FIT_JOINS;
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
            if (lie) { /* another's run, which joins ours nowhere */
                enum fit as = fit(&log, branch, from, to);
                bool meets = from - 1 == whole(&model) || to == whole(&model);
                assert_true(as == FIT_OTHER || as == FIT_LOOSE || as == FIT_FAR ||
                            (as == FIT_ABOVE && from > log.above_from && to < log.above_to));
                assert_true(!meets || whole(&model) == 0 || as == FIT_OTHER);
                refused++;
                continue;
            }
            enum fit expected = model_fit(&model, from, to), as = place(&log, chain, from, to);
            if (expected == FIT_KNOWN)
                assert_true(as == FIT_KNOWN || as == FIT_ABOVE ||
                            (as == FIT_OTHER && from <= whole(&model)));
            else
                assert_int_equal(as, expected);
            if (as == FIT_JOINS || as == FIT_LOOSE)
                for (uint64_t seq = from; seq <= to; seq++)
                    model.holds[seq] = true;
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
        cmocka_unit_test(known_lately),
        cmocka_unit_test(overlap),
        cmocka_unit_test(above_a_hole),
        cmocka_unit_test(carried_on_above),
        cmocka_unit_test(closed_from_below),
        cmocka_unit_test(closed_from_above),
        cmocka_unit_test(one_run_over_both),
        cmocka_unit_test(a_second_hole_is_far),
        cmocka_unit_test(beside_the_head),
        cmocka_unit_test(beside_what_is_above),
        cmocka_unit_test(splits_from_below),
        cmocka_unit_test(splits_from_above),
        cmocka_unit_test(two_above_one_hole),
        cmocka_unit_test(lamport_grows_over_the_seam),
        cmocka_unit_test(lamport_grows_into_the_run_above),
        cmocka_unit_test(a_rootless_branch_grows_at_its_run),
        cmocka_unit_test(a_root_is_given),
        cmocka_unit_test(a_root_at_the_beginning),
        cmocka_unit_test(a_run_that_ends_at_the_base),
        cmocka_unit_test(clocks_grow_over_the_root),
        cmocka_unit_test(largest_seqs),
        cmocka_unit_test(loaded_as_the_store_holds_it),
        cmocka_unit_test(saved_and_loaded),
        cmocka_unit_test(any_order_ends_whole),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
