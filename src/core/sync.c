/* Sync: one question at a time for each log.
 *
 *   idle --HAVE of more--> waiting (ask_at_ms) --time--> asked (asked_link, answer_by_ms)
 *     ^                        ^                            |
 *     +------ nothing lacks ---+---- answered, link gone, or overdue: next source
 *
 * 1. A source is kept only while it says to hold more than log->seq; so every source is worth
 *    asking.
 * 2. At most one question a log is out. A link whose answer brings nothing is no source any more
 *    until it announces again; one that does not answer in time is asked again after ASK_AGAIN_MS,
 *    since much may happen to an answer that is nobody's fault. So neither is asked in a loop, and
 *    neither is forgotten for ever.
 * 3. Nothing is asked that is held: a question runs from above the whole part to below the run
 *    above the hole, when there is one, and the id it must end at is known before (invariant 9).
 *    Of a rootless branch what lies further and further down is asked.
 * 4. Anybody can say that he holds much. Who left questions unanswered lately is doubtful: asked
 *    after all others, and never remembered in place of another.
 * 5. Where much is missing the newest lines are asked for first, which leaves a hole; then the rest,
 *    oldest first, so that it joins.
 */
#include "core/sync.h"

#include <string.h>

#include "base/check.h"

static void drop_source(struct log *log, size_t index)
{
    log->sources[index] = log->sources[--log->source_count];
}

static void drop_useless(struct log *log)
{
    for (size_t i = log->source_count; i-- > 0;)
        if (log->sources[i].seq <= log->seq)
            drop_source(log, i);
}

static void settle(struct log *log)
{
    drop_useless(log);
    if (log->source_count == 0) {
        log->ask_at_ms = UINT64_MAX;
        log->asked_link = 0;
        log->catching_up = false;
    }
}

static struct source *source_of(struct log *log, uint64_t link)
{
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].link == link)
            return &log->sources[i];
    return NULL;
}

/* True when a is the one to ask rather than b. */
static bool is_better(const struct source *a, const struct source *b)
{
    return a->doubtful != b->doubtful ? b->doubtful : a->seq > b->seq;
}

void sync_learn(struct log *log, uint64_t link, const struct head *head, bool doubtful,
                uint64_t ask_at_ms)
{
    struct source fresh = {.link = link, .seq = head->seq, .tip = head->tip, .doubtful = doubtful};
    if (head->seq <= log->seq)
        return;
    /* Who ends beside what is above the hole has another branch, and nothing to fill that hole. */
    fresh.direct = log->above_from != 0 && head->seq == log->above_to &&
                   !id_equal(&head->tip, &log->above_tip);
    struct source *source = source_of(log, link);
    if (source == NULL && log->source_count < LIMIT_SOURCES)
        source = &log->sources[log->source_count++];
    if (source == NULL) { /* no room: it takes the place of the worst */
        source = &log->sources[0];
        for (size_t i = 1; i < log->source_count; i++)
            if (is_better(source, &log->sources[i]))
                source = &log->sources[i];
        if (!is_better(&fresh, source))
            return;
    }
    *source = fresh;
    if (log->asked_link == 0 && ask_at_ms < log->ask_at_ms)
        log->ask_at_ms = ask_at_ms;
}

void sync_forget(struct log *log, uint64_t link, uint64_t now_ms)
{
    for (size_t i = log->source_count; i-- > 0;)
        if (log->sources[i].link == link)
            drop_source(log, i);
    if (log->asked_link == link) {
        log->asked_link = 0;
        log->late_link = link;
        log->late_by_ms = now_ms + WANT_LAST_MS;
        log->ask_at_ms = now_ms;
    }
    settle(log);
}

void sync_drop(struct log *log, uint64_t link, const struct head *head, uint64_t now_ms)
{
    const struct source *source = source_of(log, link); /* a link is one source of a log */
    if (source != NULL && source->seq == head->seq && id_equal(&source->tip, &head->tip))
        sync_forget(log, link, now_ms);
}

/* The lowest that is held or asked above the hole: it goes down as a rootless branch is explored. */
static uint64_t bottom(const struct log *log)
{
    return log->rootless ? log->probe : log->above_from;
}

/* True when the source is asked for what is missing below the run above the hole, by that run's prev
 * and not by its own head. */
static bool fills_hole(const struct log *log, const struct source *source)
{
    return !log->rootless && log->above_from != 0 && log->above_from <= source->seq &&
           !source->direct;
}

bool sync_answered(struct log *log, uint64_t link, uint64_t now_ms)
{
    if (log->asked_link != link)
        return true;
    bool news = log->seq != log->asked_seq || log_top(log) != log->asked_top ||
                bottom(log) != log->asked_from;
    struct source *source = source_of(log, link);
    if (!news && source != NULL && fills_hole(log, source)) {
        source->direct = true; /* its head may be on another branch */
        log->asked_link = log->late_link = 0;
        log->ask_at_ms = now_ms;
        return true;
    }
    if (!news) {
        /* The last source is not let go while anything is missing: who else would be asked? But a
         * rootless branch that holds a run asks below that run, and who has nothing there may hold
         * another branch by the head that he told of: it is sought when he tells of it again. */
        if (log->source_count > 1 || (log->rootless && log->above_from != 0))
            sync_forget(log, link, now_ms);
        else
            sync_doubt(log, link, now_ms);
        log->late_link = 0;
        return false;
    }
    log->asked_link = 0;
    log->ask_at_ms = now_ms;
    settle(log);
    return true;
}

void sync_doubt(struct log *log, uint64_t link, uint64_t now_ms)
{
    struct source *source = source_of(log, link);
    if (source != NULL) {
        source->doubtful = true;
        source->direct = !source->direct;
        source->not_before_ms = now_ms + ASK_AGAIN_MS;
    }
    log->asked_link = 0;
    log->ask_at_ms = now_ms;
    settle(log);
}

uint64_t sync_overdue(const struct log *log, uint64_t now_ms)
{
    return log->asked_link != 0 && now_ms >= log->answer_by_ms ? log->asked_link : 0;
}

void sync_wait(struct log *log, uint64_t until_ms)
{
    uint64_t last_ms = log->asked_ms + WANT_LAST_MS;
    log->answer_by_ms = until_ms < last_ms ? until_ms : last_ms;
}

uint64_t sync_whom(struct log *log, uint64_t now_ms)
{
    const struct source *best = NULL;
    uint64_t later_ms = UINT64_MAX;
    if (log->asked_link != 0)
        return 0;
    settle(log);
    if (log->ask_at_ms > now_ms)
        return 0;
    for (size_t i = 0; i < log->source_count; i++) {
        const struct source *source = &log->sources[i];
        if (source->not_before_ms > now_ms) {
            if (source->not_before_ms < later_ms)
                later_ms = source->not_before_ms;
        } else if (best == NULL || is_better(source, best)) {
            best = source;
        }
    }
    if (best == NULL)
        log->ask_at_ms = later_ms;
    return best != NULL ? best->link : 0;
}

/* Of a rootless branch: what lies below its run, or, where nothing of it is held, from where the
 * other branches may be met. */
static void explore(struct log *log, struct want *want)
{
    if (log->above_from != 0) {
        want->to = log->above_from - 1;
        want->tip = log->above_prev;
    }
    want->from = log->probe < want->to ? log->probe : want->to;
}

bool sync_wants_tail(const struct log *log, uint64_t tail)
{
    uint64_t top = log->seq;
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].seq > top)
            top = log->sources[i].seq;
    return !log->rootless && log->above_from == 0 && top - log->seq > 2 * tail;
}

void sync_ask(struct log *log, uint64_t link, uint64_t now_ms, uint64_t tail, struct want *want)
{
    const struct source *source = source_of(log, link);
    CHECK(source != NULL);
    *want = (struct want){.author = log->author,
                          .from = log->seq + 1,
                          .to = source->seq,
                          .tip = source->tip,
                          .credit = LIMIT_WANT_BYTES};
    if (log->rootless) {
        explore(log, want);
    } else if (log->above_from == 0 && source->seq - log->seq > 2 * tail) {
        want->from = source->seq - tail + 1;
    } else if (fills_hole(log, source)) {
        want->to = log->above_from - 1;
        want->tip = log->above_prev;
    }
    log->asked_link = link;
    log->asked_ms = now_ms;
    log->asked_seq = log->seq;
    log->asked_top = log_top(log);
    log->asked_from = bottom(log);
    log->asked_first = want->from;
    log->answer_by_ms = now_ms + WANT_DEADLINE_MS;
    log->ask_at_ms = UINT64_MAX;
}

uint64_t sync_deadline(const struct log *log)
{
    if (log->source_count == 0)
        return UINT64_MAX;
    return log->asked_link != 0 ? log->answer_by_ms : log->ask_at_ms;
}

uint64_t sync_missing(const struct log *log)
{
    uint64_t top = log->seq;
    if (log->rootless)
        return 0; /* nobody knows yet */
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].seq > top && !log->sources[i].doubtful)
            top = log->sources[i].seq;
    uint64_t missing = top - log->seq;
    if (log->above_from != 0 && log->above_from <= top) {
        uint64_t held = (log->above_to < top ? log->above_to : top) - log->above_from + 1;
        missing -= held < missing ? held : missing;
    }
    return missing;
}
