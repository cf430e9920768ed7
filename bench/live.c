/* Live: how many lines a second go from one node's door to the doors of others, by links that are
 * up: in bursts, which share a signature, and one by one, where two channels take turns so that
 * each line is sealed by the next. Every node is a process of its own; all share this machine. */
#include "bench.h"
#include "frame.h"

#define OTHER       "#other"
#define MANY        8
#define BURST_LINES 300000
#define MANY_LINES  100000
#define ALONE_LINES 30000
/* A hole that is asked for again is filled sooner (ASK_AGAIN_MS). */
#define SILENCE_MS  20000
#define SMALL_FRAME 260 /* one line's ENTRY, about; and one of 128 lines */
#define RUN_FRAME   11904

static const struct channel_name CHANNELS[2] = {{CHANNEL}, {OTHER}};

struct hearing {
    char who[16];
    uint16_t port;
    uint64_t lines;
};

/* Tells when the link is up, then when the last line was shown. */
static void hearer(struct child *parent, const void *argument)
{
    const struct hearing *hearing = argument;
    struct party_config config = {
        .who = hearing->who, .channels = CHANNELS, .channel_count = 2, .dial = hearing->port};
    struct party party;
    struct show show;
    uint64_t lines = 0, at_us;
    char stop;
    party_open(&party, &config);
    do
        party_await(&party, SHOW_LINK, &show);
    while (!show.up);
    tell(parent->to, "", 1);
    while (lines < hearing->lines) {
        if (!party_next(&party, &show, SILENCE_MS))
            give_up("lines do not come, and nothing asks for them");
        lines += show.kind == SHOW_MESSAGE;
    }
    at_us = now_us();
    tell(parent->to, &at_us, sizeof at_us);
    hear(parent->from, &stop, 1);
    party_end(&party);
}

static void talker(struct child *parent, const void *argument)
{
    const struct saying *saying = argument;
    struct party_config config = {.who = "talker", .channels = CHANNELS, .channel_count = 2};
    struct party party;
    struct show show;
    uint64_t times[2];
    char go;
    party_open(&party, &config);
    party_await(&party, SHOW_READY, &show);
    tell(parent->to, &show.port, sizeof show.port);
    hear(parent->from, &go, 1);
    times[0] = now_us();
    party_say_all(&party, saying);
    times[1] = now_us();
    tell(parent->to, times, sizeof times);
    hear(parent->from, &go, 1);
    party_end(&party);
}

struct rate {
    double heard, said; /* lines a second: until all had heard all; until all was said */
    double cpu_us;      /* a line, of all nodes and faces together */
};

static struct rate measure(size_t hearers, uint64_t lines, bool alone)
{
    struct saying saying = {CHANNELS, alone ? 2 : 1, lines, false};
    struct hearing hearing[MANY];
    struct child *hears[MANY];
    uint64_t times[2], last_us = 0, at_us;
    uint16_t port;
    char up;
    children_cpu_us = 0;
    struct child *talks = child_start("talker", talker, &saying);
    hear(talks->from, &port, sizeof port);
    for (size_t i = 0; i < hearers; i++) {
        hearing[i] = (struct hearing){.port = port, .lines = lines};
        snprintf(hearing[i].who, sizeof hearing[i].who, "hearer%zu", i);
        hears[i] = child_start(hearing[i].who, hearer, &hearing[i]);
        hear(hears[i]->from, &up, 1);
    }
    pause_ms(200); /* the last JOIN may still be on its way */
    tell(talks->to, "", 1);
    hear(talks->from, times, sizeof times);
    for (size_t i = 0; i < hearers; i++) {
        hear(hears[i]->from, &at_us, sizeof at_us);
        last_us = at_us > last_us ? at_us : last_us;
    }
    for (size_t i = hearers; i-- > 0;) {
        tell(hears[i]->to, "", 1);
        child_await(hears[i]);
    }
    remove_tree(home_of("hearer*"));
    tell(talks->to, "", 1);
    child_await(talks);
    remove_tree(home_of("talker"));
    return (struct rate){(double)lines * 1e6 / (double)(last_us - times[0]),
                         (double)lines * 1e6 / (double)(times[1] - times[0]),
                         (double)children_cpu_us / (double)lines};
}

static void rows(const char *what, struct rate rate, double goal, double frames, const char *frame)
{
    row(what, rate.heard, "/s", goal, frames / rate.heard, frame);
    row("   until the last was said, and stored", rate.said, "/s", 0, 0, NULL);
    row("   CPU time a line, all nodes and faces together", rate.cpu_us, "us", 0, 0, NULL);
}

#define IN_RUNS "slower than CURVE frames of 128"
#define ALONE   "slower than signatures checked"

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "burst alone many";
    bench_begin();
    heading("live");
    double frames = frame_curve(SMALL_FRAME, 200000);
    double lines = frame_curve(RUN_FRAME, 20000) * RUN_ENTRIES;
    double verified = frame_sign(10000, true);
    row("bare CURVE link, frames of one line", frames, "/s", 0, 0, NULL);
    row("bare CURVE link, lines in frames of 128", lines, "/s", 0, 0, NULL);
    row("hashes, and a signature checked a run, alone", frame_crypto(200000), "/s", 0, 0, NULL);
    row("signatures made, alone", frame_sign(10000, false), "/s", 0, 0, NULL);
    row("signatures checked, alone", verified, "/s", 0, 0, NULL);
    if (strstr(only, "burst") != NULL)
        rows("1 to 1, bursts: lines heard", measure(1, BURST_LINES, false), -150000, lines,
             IN_RUNS);
    if (strstr(only, "alone") != NULL)
        rows("1 to 1, each line by itself", measure(1, ALONE_LINES, true),
             -rint(15000 / slowness()), verified, ALONE);
    if (strstr(only, "many") != NULL) {
        rows("1 to 8, bursts: lines that all have heard", measure(MANY, MANY_LINES, false), 0,
             lines, IN_RUNS);
        rows("1 to 8, each line by itself", measure(MANY, ALONE_LINES / 3, true), 0, verified,
             ALONE);
    }
    return verdict();
}
