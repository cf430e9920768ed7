/* History: what it takes to catch up. Two real nodes in two processes on loopback, each with a face
 * that pages: all of a million lines, a few lines that are missing, and nothing that is missing;
 * the last two through a proxy with a delay, so that round trips can be seen. */
#include "bench.h"
#include "frame.h"
#include "proxy.h"

#define MARK         "#mark" /* the taker's alone: an own line in it is shown when all is on disk */
#define SCREEN       50      /* the newest lines that fill a screen */
#define AUTHORS      50
#define ALL_EACH     20000 /* lines of each author */
#define FEW_EACH     2000
#define FEW_MISSING  20
#define EQUAL_EACH   20
#define EQUAL_MANY   16
#define SETTLE_MS    1500 /* the first PING comes within a second, the next five later */
#define ASK_EVERY_US 2000
#define KNOWN_FRAMES 10 /* HELLO0, HELLO2, JOIN, CARD, PING, BYE; HELLO1, JOIN, CARD, PONG */
#define RTT_US       (2.0 * DELAY_US)

/* ---- two nodes ---- */

struct giving {
    const char *who;
    size_t channels;
};

struct report {
    uint64_t up_us, screen_us, all_us; /* when */
    uint64_t bytes_out, bytes_in;      /* of frames, as the node counts them */
    uint64_t links;
    long peak_kib;
};

static size_t list_channels(struct channel_name list[LIMIT_CHANNELS], size_t count)
{
    for (size_t i = 0; i < count; i++)
        list[i] = bench_channel(i);
    return count;
}

static void giver(struct child *parent, const void *argument)
{
    const struct giving *giving = argument;
    struct channel_name channels[LIMIT_CHANNELS];
    struct party_config config = {.who = giving->who, .channels = channels, .pages = true};
    struct party party;
    struct show show;
    char stop;
    config.channel_count = list_channels(channels, giving->channels);
    config.last = 200;
    party_open(&party, &config);
    party_await(&party, SHOW_READY, &show);
    tell(parent->to, &show.port, sizeof show.port);
    zmq_pollitem_t items[2] = {door_poll(party.door), {NULL, parent->from, ZMQ_POLLIN, 0}};
    do {
        zmq_poll(items, 2, -1);
        while (party_next(&party, &show, 0))
            ;
    } while (items[1].revents == 0);
    hear(parent->from, &stop, 1);
    long kib = memory_peak_kib();
    party_end(&party);
    tell(parent->to, &kib, sizeof kib);
}

struct taking {
    const char *who;
    size_t channels;
    uint16_t port;
    uint64_t total;  /* lines in #bench when all are here; 0: it is waited SETTLE_MS from link up */
    uint64_t before; /* of them held already */
};

static bool is_named(const struct show *show, const char *name)
{
    return strcmp(show->channel.text, name) == 0;
}

static void say_mark(struct party *party)
{
    struct request say = {.kind = REQUEST_SAY, .channel = {MARK}, .text = {(uint8_t *)"x", 1}};
    party_ask(party, &say);
}

/* All that is shown until all is here, and one line of one's own is on disk behind it. */
static void follow(struct party *party, const struct taking *taking, struct report *report)
{
    struct request count = {.kind = REQUEST_CHANNELS};
    bool seen[SCREEN] = {false}, marked = false;
    size_t screen = 0;
    uint64_t asked_us = 0;
    while (report->all_us == 0) {
        struct show show;
        uint64_t now = now_us();
        if (report->up_us != 0 && now - asked_us > ASK_EVERY_US && !marked) {
            asked_us = now;
            if (taking->total > 0)
                door_request(party->door, &count);
            else if (now - report->up_us > SETTLE_MS * 1000)
                report->all_us = now;
        }
        if (!party_next(party, &show, 1))
            continue;
        if (show.kind == SHOW_LINK && show.up && report->up_us == 0)
            report->up_us = now_us();
        if (show.kind == SHOW_MESSAGE && is_named(&show, CHANNEL) && taking->total > 0 &&
            show.lamport > taking->total - SCREEN && !seen[taking->total - show.lamport]) {
            seen[taking->total - show.lamport] = true;
            if (++screen == SCREEN)
                report->screen_us = now_us();
        }
        if (show.kind == SHOW_CHANNEL_ROW && is_named(&show, CHANNEL) && !marked &&
            taking->total > 0 && show.n2 == taking->total) {
            say_mark(party);
            marked = true;
        }
        if (show.kind == SHOW_MESSAGE && show.own && is_named(&show, MARK))
            report->all_us = now_us();
    }
}

static void taker(struct child *parent, const void *argument)
{
    const struct taking *taking = argument;
    struct channel_name channels[LIMIT_CHANNELS];
    struct party_config config = {
        .who = taking->who, .channels = channels, .dial = taking->port, .pages = true, .last = 200};
    struct request links = {.kind = REQUEST_LINKS};
    struct report report = {0};
    struct party party;
    struct show show;
    config.channel_count = list_channels(channels, taking->channels);
    channels[config.channel_count++] = (struct channel_name){MARK};
    party_open(&party, &config);
    follow(&party, taking, &report);
    party_ask(&party, &links);
    party_await(&party, SHOW_LINK_ROW, &show);
    report.bytes_out = show.n3;
    report.bytes_in = show.n4;
    report.peak_kib = memory_peak_kib();
    party_end(&party);
    tell(parent->to, &report, sizeof report);
}

/* The two of them, through the proxy when there is a view for it. Returns the giver's memory. */
static long meet(const struct giving *giving, struct taking *taking, struct proxy_view *view,
                 struct report *report)
{
    struct child *proxy = NULL;
    long kib;
    struct child *gives = child_start("giver", giver, giving);
    hear(gives->from, &taking->port, sizeof taking->port);
    struct proxy_terms terms = {view, taking->port};
    if (view != NULL) {
        proxy = child_start("proxy", proxy_child, &terms);
        hear(proxy->from, &taking->port, sizeof taking->port);
    }
    struct child *takes = child_start("taker", taker, taking);
    hear(takes->from, report, sizeof *report);
    child_await(takes);
    if (proxy != NULL)
        child_await(proxy);
    tell(gives->to, "", 1);
    hear(gives->from, &kib, sizeof kib);
    child_await(gives);
    return kib;
}

/* ---- what came of it ---- */

struct compared {
    const char *a, *b;
    size_t channels;
    uint64_t total;
};

static uint64_t count_equal(struct store *a, struct store *b, const struct id *channel)
{
    struct log_load x, y;
    uint64_t entries = 0;
    size_t i = 0;
    for (; store_log(a, channel, i, &x); i++) {
        check(store_log(b, channel, i, &y) && id_equal(&x.author, &y.author) && x.seq == y.seq &&
                  id_equal(&x.tip, &y.tip) && x.branch == y.branch && y.span_from == 0,
              "the histories differ at the end");
        entries += x.seq;
    }
    check(!store_log(b, channel, i, &y), "the histories differ at the end");
    return entries;
}

static void compare(struct child *parent, const void *argument)
{
    const struct compared *compared = argument;
    struct profile profile, other;
    uint8_t secret[32];
    uint64_t entries = 0;
    open_profile(compared->a, &profile, secret);
    open_profile(compared->b, &other, secret);
    struct store *a = open_history(&profile), *b = open_history(&other);
    struct id network = network_id(secret);
    for (size_t i = 0; i < compared->channels; i++) {
        struct channel_name name = bench_channel(i);
        struct id channel = channel_id(&network, name.text);
        entries += count_equal(a, b, &channel);
    }
    check(entries == compared->total, "entries are missing at the end");
    store_close(a);
    store_close(b);
    tell(parent->to, &entries, sizeof entries);
}

static void verify(const char *a, const char *b, size_t channels, uint64_t total)
{
    struct compared compared = {a, b, channels, total};
    uint64_t entries;
    struct child *child = child_start("compare", compare, &compared);
    hear(child->from, &entries, sizeof entries);
    child_await(child);
}

/* The bytes of the frame of one full run. */
static size_t frame_bytes(void)
{
    struct filling filling = {.authors = 1, .each = RUN_ENTRIES};
    struct log_load load = {.nick = {"author00"}};
    struct id channel = {{0}};
    struct run run = {.entries = calloc(RUN_ENTRIES, sizeof *run.entries)};
    uint8_t *bodies = malloc((size_t)RUN_ENTRIES * LIMIT_BODY);
    fill_run(&filling, &channel, 0, &load, &run, bodies);
    size_t bytes = wire_entry_bytes(&run);
    free(run.entries);
    free(bodies);
    return bytes;
}

/* ---- the three ---- */

static void measure_all(void)
{
    static const struct filling filling = {"giver", 1, AUTHORS, ALL_EACH, false, false};
    const uint64_t total = (uint64_t)AUTHORS * ALL_EACH;
    struct giving giving = {"giver", 1};
    struct taking taking = {.who = "taker", .channels = 1, .total = total};
    struct report report;
    size_t frame = frame_bytes(), frames = total / RUN_ENTRIES;
    double copy = frame_memcpy(frame * frames), tcp = frame_tcp(frame, frames);
    double curve = frame_curve(frame, frames) * (double)frame / BENCH_MB;
    double sqlite = frame_sqlite(frame, frames), crypto = frame_crypto(total);
    uint64_t fill_us = fill(&filling);
    children_cpu_us = 0;
    long giver_kib = meet(&giving, &taking, NULL, &report);
    uint64_t cpu_us = children_cpu_us;
    verify("giver", "taker", 1, total);
    double seconds = (double)(report.all_us - report.up_us) / 1e6;
    double frames_mb = (double)(frame * frames) / BENCH_MB;
    row("memcpy of the frames", copy, "MB/s", 0, 0, NULL);
    row("raw TCP, frames of one run", tcp, "MB/s", 0, 0, NULL);
    row("bare CURVE link, the same", curve, "MB/s", 0, 0, NULL);
    row("SQLite, the same as rows", sqlite, "MB/s", 0, 0, NULL);
    row("hashes and signatures alone", crypto / 1e6, "M/s", 0, 0, NULL);
    row("store: runs into it", (double)total / (double)fill_us, "M/s", 0,
        sqlite / (frames_mb * 1e6 / (double)fill_us), "slower than SQLite");
    row("catch-up of 1,000,000 lines, link up to disk", seconds, "s", paced(4),
        seconds / (frames_mb / tcp), "raw TCP");
    row("", seconds, "s", 0, seconds / (frames_mb / curve), "CURVE");
    row("", seconds, "s", 0, seconds / (frames_mb / sqlite), "SQLite");
    row("", seconds, "s", 0, seconds / ((double)total / crypto), "hashes");
    row("   bytes in", (double)report.bytes_in / BENCH_MB, "MB", 0,
        (double)report.bytes_in / (double)(frame * frames), "the frames");
    row("   link up to the newest 50 lines shown", (double)(report.screen_us - report.up_us) / 1000,
        "ms", 300, 0, NULL);
    row("   CPU time of both, faces and start included", (double)cpu_us / 1e6, "s", 0, 0, NULL);
    row("   memory of who takes, at most", (double)report.peak_kib / 1024, "MB", 64, 0, NULL);
    row("   memory of who gives, at most", (double)giver_kib / 1024, "MB", 64, 0, NULL);
    remove_tree(home_of("giver"));
    remove_tree(home_of("taker"));
}

static void measure_few(void)
{
    static const struct filling whole = {"few-giver", 1, AUTHORS, FEW_EACH, false, false};
    static const struct filling part = {"few-taker", 1,    AUTHORS, FEW_EACH - FEW_MISSING,
                                        false,       false};
    const uint64_t missing = (uint64_t)AUTHORS * FEW_MISSING, own = missing * ENTRY_BYTES;
    struct giving giving = {"few-giver", 1};
    struct taking taking = {.who = "few-taker", .channels = 1};
    struct proxy_view *view = proxy_view_new();
    struct report report;
    taking.total = (uint64_t)AUTHORS * FEW_EACH;
    fill(&whole);
    fill(&part);
    meet(&giving, &taking, view, &report);
    verify("few-giver", "few-taker", 1, taking.total);
    uint64_t plain = report.bytes_in + report.bytes_out;
    row("1,000 missing of 100,000: round trips of 100 ms from link up",
        (double)(report.all_us - report.up_us) / RTT_US, "", 2.5, 0, NULL);
    row("   bytes of frames, both ways", (double)plain, "B", 1.2 * (double)own + 2048,
        (double)plain / (double)own, "the entries' own");
    row("   bytes on the wire, both ways", (double)(view->out.bytes + view->back.bytes), "B",
        1.2 * (double)own + 2048, (double)(view->out.bytes + view->back.bytes) / (double)own,
        "the entries' own");
    row("   frames out", (double)view->out.frames, "", 0, 0, NULL);
    row("   frames in", (double)view->back.frames, "", 0, 0, NULL);
}

static uint64_t measure_equal_of(size_t channels, uint64_t *frames, uint64_t *wire)
{
    char a[16], b[16];
    struct filling one = {a, channels, AUTHORS, EQUAL_EACH, false, false}, two = one;
    struct giving giving = {a, channels};
    struct taking taking = {.who = b, .channels = channels};
    struct proxy_view *view = proxy_view_new();
    struct report report;
    snprintf(a, sizeof a, "eq%zu-a", channels);
    snprintf(b, sizeof b, "eq%zu-b", channels);
    two.who = b;
    fill(&one);
    fill(&two);
    meet(&giving, &taking, view, &report);
    verify(a, b, channels, channels * AUTHORS * EQUAL_EACH);
    *frames = view->out.frames + view->back.frames;
    *wire = view->out.bytes + view->back.bytes;
    return report.bytes_in + report.bytes_out;
}

static void measure_equal(void)
{
    uint64_t frames, wire1, wire;
    uint64_t bytes1 = measure_equal_of(1, &frames, &wire1);
    uint64_t bytes = measure_equal_of(EQUAL_MANY, &frames, &wire);
    row("equal history: bytes of frames a channel, both ways",
        (double)(bytes - bytes1) / (EQUAL_MANY - 1), "B", 100, 0, NULL);
    row("   bytes on the wire a channel, both ways", (double)(wire - wire1) / (EQUAL_MANY - 1), "B",
        100, 0, NULL);
    row("   frames beside HELLO, JOIN, CARD, PING, BYE (0: 1 round trip)",
        (double)frames - KNOWN_FRAMES, "", 1, 0, NULL);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "all few equal";
    bench_begin();
    heading("history");
    if (strstr(only, "all") != NULL)
        measure_all();
    if (strstr(only, "few") != NULL)
        measure_few();
    if (strstr(only, "equal") != NULL)
        measure_equal();
    return verdict();
}
