/* Sync: one question at a time for each log.
 *
 *   idle --HAVE of more--> waiting (ask_at_ms) --time--> asked (asked_link, answer_by_ms)
 *     ^                        ^                            |
 *     +------ nothing lacks ---+---- answered, link gone, or answer_by_ms passed: next source
 *
 * 1. A source is kept only while it holds more than log->seq; so every source is worth asking.
 * 2. At most one question a log is out; the link asked may end, fall silent, or answer only a part:
 * each leads back to waiting, and a silent one is no longer a source until it announces again.
 * 3. Nothing is asked that is held: a question runs from above the whole part to below the run
 * above the hole, when there is one, and the id it must end at is known before (invariant 9).
 */
#include "core/sync.h"

#include <string.h>

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

void sync_learn(struct log *log, uint64_t link, const struct head *head, uint64_t ask_at_ms)
{
    if (head->seq <= log->seq)
        return;
    struct source *source = source_of(log, link);
    if (source == NULL && log->source_count < LIMIT_SOURCES)
        source = &log->sources[log->source_count++];
    if (source == NULL) { /* no room: it takes the place of the one that holds least */
        source = &log->sources[0];
        for (size_t i = 1; i < log->source_count; i++)
            if (log->sources[i].seq < source->seq)
                source = &log->sources[i];
        if (source->seq >= head->seq)
            return;
    }
    *source = (struct source){.link = link, .seq = head->seq, .tip = head->tip};
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
        log->ask_at_ms = now_ms;
    }
    settle(log);
}

void sync_answered(struct log *log, uint64_t link, uint64_t now_ms)
{
    if (log->asked_link != link)
        return;
    log->asked_link = 0;
    log->ask_at_ms = now_ms;
    settle(log);
}

bool sync_ask(struct log *log, uint64_t now_ms, uint64_t *link, struct want *want)
{
    if (log->asked_link != 0) {
        if (now_ms < log->answer_by_ms)
            return false;
        sync_forget(log, log->asked_link, now_ms);
    }
    settle(log);
    if (log->ask_at_ms > now_ms)
        return false;

    const struct source *best = &log->sources[0];
    for (size_t i = 1; i < log->source_count; i++)
        if (log->sources[i].seq > best->seq)
            best = &log->sources[i];
    *want = (struct want){.author = log->author,
                          .from = log->seq + 1,
                          .to = best->seq,
                          .tip = best->tip,
                          .credit = LIMIT_WANT_BYTES};
    if (log->above_from != 0 && log->above_from <= best->seq) {
        want->to = log->above_from - 1;
        want->tip = log->above_prev;
    }
    *link = best->link;
    log->asked_link = best->link;
    log->answer_by_ms = now_ms + WANT_DEADLINE_MS;
    log->ask_at_ms = UINT64_MAX;
    return true;
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
    for (size_t i = 0; i < log->source_count; i++)
        if (log->sources[i].seq > top)
            top = log->sources[i].seq;
    uint64_t missing = top - log->seq;
    if (log->above_from != 0 && log->above_from <= top) {
        uint64_t held = (log->above_to < top ? log->above_to : top) - log->above_from + 1;
        missing -= held < missing ? held : missing;
    }
    return missing;
}
