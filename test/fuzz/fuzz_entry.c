/* Fuzz: entries. The bytes write a few runs of two authors (byte by byte: which fields lie, how a
 * chain is cut) and offer them to one log, beside a list of what it took: a log is always a chain
 * that a reader of any cut of it would take. And a header read from raw bytes is those bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/log.h"
#include "core/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRIES 64

/* All entries ever made, to hang others on. */
static struct entry made[ENTRIES];
static size_t made_count;
static uint8_t body[16];

static void header_of(const uint8_t *data, size_t size)
{
    uint8_t in[ENTRY_HEADER_BYTES] = {0}, again[ENTRY_HEADER_BYTES];
    struct entry entry;
    memcpy(in, data, size < sizeof in ? size : sizeof in);
    bool known = entry_read_header(&entry, in);
    CHECK(known == (in[0] == ENTRY_VERSION));
    entry_header(&entry, again);
    CHECK(memcmp(in, again, sizeof in) == 0);
    struct run run = {&entry, 1, {{0}}};
    if (run_is_chain(&run))
        CHECK(known && entry.seq > 0 && entry.seq <= LIMIT_SEQ && entry.lamport > 0 &&
              (entry.seq == 1) == id_is_zero(&entry.prev) && entry.body_bytes <= LIMIT_BODY);
}

static void text_of(const uint8_t *data, size_t size)
{
    struct bytes nick, text;
    struct entry entry = {.kind = ENTRY_TEXT, .body = {data, size}};
    if (!entry_text(&entry, &nick, &text))
        return;
    CHECK(nick.size <= LIMIT_NICK && 1 + nick.size + text.size == size);
    CHECK(nick.at == data + 1 && text.at == nick.at + nick.size);
}

static void about_of(const uint8_t *data, size_t size)
{
    struct entry entry = {.kind = ENTRY_REACTION, .body = {data, size}};
    struct reaction reaction;
    uint8_t again[REACTION_BODY_MAX];
    if (!entry_reacts(&entry, &reaction))
        return;
    CHECK(reaction_write(again, &reaction) == size && memcmp(again, data, size) == 0);
}

/* One more entry, after the one that `on` names (none: a first one). */
static bool make(uint8_t on, uint8_t lamport_more, uint8_t twist)
{
    struct entry *entry = &made[made_count];
    const struct entry *before =
        on % (made_count + 1) == 0 ? NULL : &made[on % (made_count + 1) - 1];
    if (made_count == ENTRIES)
        return false;
    memset(entry, 0, sizeof *entry);
    entry->version = ENTRY_VERSION;
    entry->kind = ENTRY_TEXT;
    entry->flags = twist; /* so that two entries with one prev differ */
    entry->seq = before == NULL ? 1 : before->seq + 1;
    entry->lamport = (before == NULL ? 0 : before->lamport) + lamport_more;
    if (before != NULL)
        entry->prev = before->id;
    entry->body = (struct bytes){body, twist % sizeof body};
    entry_finish(entry);
    made_count++;
    return true;
}

static const struct entry *by_id(const struct id *id)
{
    for (size_t i = 0; i < made_count; i++)
        if (id_equal(&made[i].id, id))
            return &made[i];
    return NULL;
}

/* From the tip down to seq `from` there is one chain, and clocks grow along it. */
static void chain_holds(const struct id *tip, uint64_t to, uint64_t from, const struct id *below)
{
    const struct entry *entry = by_id(tip);
    for (uint64_t seq = to;; seq--) {
        CHECK(entry != NULL && entry->seq == seq);
        if (seq == from)
            break;
        const struct entry *before = by_id(&entry->prev);
        CHECK(before != NULL && before->lamport < entry->lamport);
        entry = before;
    }
    CHECK(id_equal(&entry->prev, below));
}

static void log_is_sound(const struct log *log)
{
    CHECK(!log->rootless || (log->seq == 0 && !log_has_head(log)));
    if (log->seq > log->base_seq)
        chain_holds(&log->tip, log->seq, log->base_seq + 1, &log->base);
    if (log->above_from != 0) {
        CHECK(log->rootless || log->above_from > log->seq + 1);
        CHECK(log->above_to >= log->above_from);
        chain_holds(&log->above_tip, log->above_to, log->above_from, &log->above_prev);
    }
}

/* Offers the run that ends at entry `last` and goes `count` down. */
static void offer(struct log *log, uint8_t last, uint8_t count)
{
    struct entry run_of[ENTRIES];
    if (made_count == 0)
        return;
    const struct entry *entry = &made[last % made_count];
    size_t length = 0;
    for (size_t most = 1 + count % 8; length < most && entry != NULL; length++) {
        run_of[ENTRIES - 1 - length] = *entry;
        entry = by_id(&entry->prev);
    }
    struct run run = {run_of + ENTRIES - length, length, {{0}}};
    if (!run_is_chain(&run))
        return;
    struct log before = *log;
    size_t first = 0;
    enum fit fit = log_fit(log, &run);
    CHECK(memcmp(log, &before, sizeof before) == 0);
    CHECK(fit <= FIT_REFUSED);
    if (fit == FIT_JOINS || fit == FIT_LOOSE) {
        log_place(log, &run, &first);
        CHECK(first < run.count);
        CHECK(log_top(log) >= log_top(&before) && log->seq >= before.seq);
        for (size_t i = first; i < run.count; i++)
            CHECK(log_holds(log, run.entries[i].seq));
    }
    log_is_sound(log);
}

/* Splits what is above the hole off, to the second log if that holds nothing. */
static void split(struct log *log, struct log *other)
{
    struct id author = {{0}};
    if (log->above_from == 0)
        return;
    log_init(other, &author);
    log_split(log, other);
    CHECK(log->above_from == 0 && other->rootless);
    log_is_sound(log);
    log_is_sound(other);
}

/* Gives a rootless one its base: the entry below, or below what hangs on that, as a store would that
 * holds it. */
static void root(struct log *log, uint8_t deeper)
{
    if (!log->rootless || log->above_from == 0)
        return;
    struct id none = {{0}};
    const struct entry *base = by_id(&log->above_prev);
    for (; base != NULL && deeper % 4 > 0; deeper--)
        base = by_id(&base->prev);
    if (base != NULL)
        log_root(log, base->seq, &base->id, base->lamport);
    else
        log_root(log, 0, &none, 0);
    log_is_sound(log);
}

static void save(struct log *log)
{
    struct log again;
    struct log_load load = log_save(log);
    log_init(&again, &log->author);
    log_load(&again, &load);
    log_is_sound(&again);
    memcpy(again.passed, log->passed, sizeof again.passed);
    again.passed_next = log->passed_next;
    again.proved = log->proved;
    *log = again;
}

static void script(const uint8_t *data, size_t size)
{
    struct log logs[2];
    struct id author = {{0}};
    log_init(&logs[0], &author);
    log_init(&logs[1], &author);
    made_count = 0;
    for (size_t i = 0; i + 4 <= size && i < 4000; i += 4)
        if (data[i] % 2 == 0)
            make(data[i + 1], data[i + 2] % 4, data[i + 3]);
        else if (data[i] < 224)
            offer(&logs[data[i] >> 6 & 1], data[i + 1], data[i + 2]);
        else if (data[i] < 236)
            split(&logs[0], &logs[1]);
        else if (data[i] < 248)
            root(&logs[1], data[i + 1]);
        else
            save(&logs[data[i] >> 1 & 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    header_of(data, size);
    text_of(data, size);
    about_of(data, size);
    script(data, size);
    return 0;
}
