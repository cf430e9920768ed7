/* Found: searching a million lines: what the index costs to fill and to keep, and each kind of
 * search. The words of the lines are as unequal as those that people say: the one of rank r comes
 * once where the first comes r times. */
#include "bench.h"
#include "figures.h"
#include "store/search.h"

#define AUTHORS  50
#define EACH     20000
#define TOTAL    ((double)AUTHORS * EACH)
#define TIMES    20
#define MOST     100  /* lines found, as the full screen asks for */
#define SLICE_US 5000 /* as the node gives (app/find.c) */
#define LONGEST  10   /* ms that a step of the node may take */

static const struct search_kind {
    const char *what, *query; /* %N: the word of that rank */
} KINDS[] = {
    {"the commonest word", "%0"},
    {"a rare word", "n00500000"},
    {"no word at all", "neverheardof"},
    {"two common words", "%1 %2"},
    {"two words that are seldom together", "%700 %900"},
    {"a phrase of two common words", "\"%0 %1\""},
    {"a phrase of two seldom words", "\"%700 %900\""},
    {"what begins so (3 letters)", "bad"},
    {"without the commonest word", "%3 -%0"},
    {"from one of 50", "from:author07"},
    {"a rare word, from one of 50", "%3000 from:author07"},
    {"a common word, in a channel", "%1 in:" CHANNEL},
    {"a common word, of long ago", "%1 before:2025-11-25"},
};
#define KIND_COUNT (sizeof KINDS / sizeof *KINDS)

struct taken {
    uint64_t us, slice_us, longest_us; /* in all, 99 of 100, and the longest */
    long kib;
    size_t found[KIND_COUNT];
    uint64_t half_us[KIND_COUNT], worst_us[KIND_COUNT];
};

static struct taken taken;

/* Of this process: what else the machine does is not a slice's. */
static uint64_t cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The words in place of their ranks. */
static void spell(const char *query, char out[256])
{
    size_t size = 0;
    while (*query != '\0')
        if (*query == '%')
            size += word_of((uint32_t)strtoul(query + 1, (char **)&query, 10), out + size);
        else
            out[size++] = *query++;
    out[size] = '\0';
}

static void look(struct search *search, size_t kind)
{
    static struct found_line lines[MOST];
    static struct figures figures;
    struct arena arena;
    struct query query;
    char text[256], why[256];
    bool more;
    figures.count = 0;
    arena_init(&arena);
    spell(KINDS[kind].query, text);
    check(query_read(&query, text, strlen(text), why, sizeof why), why);
    for (int i = 0; i < TIMES; i++) {
        arena_reset(&arena);
        uint64_t began = now_us();
        taken.found[kind] = search_find(search, &query, MOST, &arena, lines, &more);
        figure_add(&figures, now_us() - began);
    }
    arena_release(&arena);
    taken.half_us[kind] = at_share(&figures, 0.5);
    taken.worst_us[kind] = at_share(&figures, 1);
}

static void searcher(struct child *parent, const void *argument)
{
    struct profile profile;
    uint8_t secret[32];
    static struct figures slices;
    char path[600];
    bool more = true;
    (void)argument;
    open_profile("found", &profile, secret);
    struct id network = network_id(secret);
    struct store *store = open_history(&profile);
    snprintf(path, sizeof path, "%s/search.db", profile.path);
    struct search *search = search_open(path, store, &network);
    check(search != NULL, "no index");
    while (more) {
        uint64_t began = cpu_us();
        more = search_slice(search, SLICE_US);
        uint64_t us = cpu_us() - began;
        taken.us += us;
        figure_add(&slices, us);
    }
    taken.slice_us = at_share(&slices, 0.99);
    taken.longest_us = at_share(&slices, 1);
    taken.kib = memory_peak_kib();
    for (size_t i = 0; i < KIND_COUNT; i++)
        look(search, i);
    search_close(search);
    store_close(store);
    profile_close(&profile);
    tell(parent->to, &taken, sizeof taken);
}

int main(void)
{
    static const struct filling filling = {"found", 1, AUTHORS, EACH, .varied = true};
    bench_begin();
    heading("found");
    fill(&filling);
    struct child *child = child_start("searcher", searcher, NULL);
    hear(child->from, &taken, sizeof taken);
    child_await(child);
    double index = (double)bytes_on_disk("found", "search.db");
    row("1,000,000 lines into the index, CPU time of all slices", (double)taken.us / 1e6, "s", 0, 0,
        NULL);
    row("   99 of 100 slices", (double)taken.slice_us / 1000, "ms", paced(LONGEST), 0, NULL);
    row("   the longest slice", (double)taken.longest_us / 1000, "ms", 0, 0, NULL);
    row("   memory (RSS) of store and index, the most", (double)taken.kib / 1024, "MB", 0, 0, NULL);
    row("   bytes on disk an entry", index / TOTAL, "B", 0,
        index / (double)bytes_on_disk("found", "history.db"), "the history's");
    for (size_t i = 0; i < KIND_COUNT; i++) {
        char what[80];
        snprintf(what, sizeof what, "%s (%zu%s)", KINDS[i].what, taken.found[i],
                 taken.found[i] == MOST ? " or more" : "");
        row(what, (double)taken.half_us[i] / 1000, "ms", 50, 0, NULL);
        row("   the worst of 20", (double)taken.worst_us[i] / 1000, "ms", 50, 0, NULL);
    }
    return verdict();
}
