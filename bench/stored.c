/* Stored: what a million lines on disk cost: the newest screen out of the store, start to screen and
 * memory with the real fika on a pseudo-terminal, bytes on disk, and an export. */
#include "bench.h"
#include "frame.h"
#include "terminal.h"

#define AUTHORS       50
#define EACH          20000
#define TOTAL         ((uint64_t)AUTHORS * EACH)
#define SCREEN        200
#define STARTS        11
#define PAGES         100
#define INDEX_WAIT_US 90000000

/* ---- in this process: the store alone ---- */

struct reads {
    uint64_t open_us, first_us, again_us;
};

static void read_newest(struct store *store, const struct id *channel, struct arena *arena)
{
    struct entry entry;
    uint64_t lamport = 0;
    size_t count = 0;
    arena_reset(arena);
    store_last(store, channel, SCREEN);
    while (store_last_next(store, arena, &entry)) {
        check(entry.lamport > lamport, "out of order");
        lamport = entry.lamport;
        count++;
    }
    check(count == SCREEN && lamport == TOTAL, "not the newest");
}

static void reader(struct child *parent, const void *argument)
{
    struct profile profile;
    uint8_t secret[32];
    struct arena arena;
    struct reads reads;
    (void)argument;
    arena_init(&arena);
    open_profile("stored", &profile, secret);
    struct id network = network_id(secret), channel = channel_id(&network, CHANNEL);
    uint64_t a = now_us();
    struct store *store = open_history(&profile);
    uint64_t b = now_us();
    read_newest(store, &channel, &arena);
    uint64_t c = now_us();
    read_newest(store, &channel, &arena);
    reads = (struct reads){b - a, c - b, now_us() - c};
    store_close(store);
    arena_release(&arena);
    tell(parent->to, &reads, sizeof reads);
}

/* ---- the real fika ---- */

static struct terminal fika;

static void start(const char *who)
{
    char *const argv[] = {"build/fika", "-P", "bench",          "-n", "cy", "-c", CHANNEL,
                          "-p",         "0",  "--no-discovery", NULL};
    terminal_start(&fika, home_of(who), argv);
    terminal_await(&fika, NEWEST);
}

static uint64_t start_of(const char *who)
{
    uint64_t began = now_us();
    start(who);
    uint64_t us = now_us() - began;
    terminal_quit(&fika, "\\quit\r");
    return us;
}

/* ---- its memory ---- */

struct memory {
    long started, scrolled, filled, most; /* in KiB */
};

/* Until the index has all: fika says so below what it found. */
static void await_index(void)
{
    uint64_t until = now_us() + INDEX_WAIT_US;
    do {
        check(now_us() < until, "the index is not filled in time");
        pause_ms(1000); /* it is filled while nothing else happens */
        terminal_forget(&fika);
        terminal_type(&fika, "\\search n00999999\r");
        while (strstr(fika.seen, "found") == NULL) /* and what it says behind that, which is kept */
            terminal_settle(&fika, 50);
    } while (strstr(fika.seen, "index") != NULL);
}

static struct memory measure_memory(void)
{
    struct memory memory;
    start("stored");
    terminal_settle(&fika, 50);
    memory.started = memory_kib(fika.child->pid, "VmRSS");
    for (int i = 0; i < PAGES; i++) {
        terminal_type(&fika, "\033[5~");
        terminal_settle(&fika, 30);
    }
    memory.scrolled = memory_kib(fika.child->pid, "VmRSS");
    await_index();
    memory.filled = memory_kib(fika.child->pid, "VmRSS");
    memory.most = memory_kib(fika.child->pid, "VmHWM");
    terminal_quit(&fika, "\\quit\r");
    return memory;
}

static void memory_row(const char *what, long kib)
{
    row(what, (double)kib / 1024, "MB", 14, 0, NULL);
}

static uint64_t size_of_export;

/* Returns the time, in us; 0 when this fika cannot export. */
static uint64_t export_all(void)
{
    static char chunk[1 << 16];
    int ends[2], status;
    uint64_t began = now_us();
    check(pipe(ends) == 0, "no pipe");
    pid_t pid = fork();
    if (pid == 0) {
        alarm(PATIENCE_S);
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        setenv("XDG_DATA_HOME", home_of("stored"), 1);
        execl("build/fika", "fika", "export", "-P", "bench", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], chunk, sizeof chunk)) > 0;)
        size_of_export += (uint64_t)got;
    close(ends[0]);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? now_us() - began : 0;
}

int main(void)
{
    static const struct filling filling = {"stored", 1, AUTHORS, EACH, true, false};
    static const struct filling little = {"little", 1, 1, 1, true, false};
    static struct figures full_us, little_us;
    struct reads reads;
    bench_begin();
    heading("stored");
    fill(&filling);
    fill(&little);
    double disk = (double)bytes_on_disk("stored", "history.db");
    struct child *child = child_start("reader", reader, NULL);
    hear(child->from, &reads, sizeof reads);
    child_await(child);
    for (size_t i = 0; i < STARTS; i++) {
        figure_add(&little_us, start_of("little"));
        figure_add(&full_us, start_of("stored"));
    }
    struct memory memory = measure_memory();
    uint64_t full = at_share(&full_us, 0.5), base = at_share(&little_us, 0.5);
    row("1,000,000 lines: opening the store", (double)reads.open_us / 1000, "ms", 0, 0, NULL);
    row("   newest 200 lines, first time", (double)reads.first_us / 1000, "ms", 0, 0, NULL);
    row("   newest 200 lines, again", (double)reads.again_us / 1000, "ms", 0, 0, NULL);
    row("start to the screen with one line", (double)base / 1000, "ms", paced(50), 0, NULL);
    row("start to the screen with 1,000,000 lines", (double)full / 1000, "ms", paced(30),
        (double)full / (double)base, "with one line");
    row("", (double)full / 1000, "ms", 0, (double)full / 19000,
        "irssi's 19 ms (cited, not measured here)");
    memory_row("memory (RSS) with 1,000,000 lines", memory.started);
    memory_row("   100 pages up", memory.scrolled);
    memory_row("   when the index is filled", memory.filled);
    memory_row("   the most it ever was", memory.most);
    row("disk, bytes an entry", disk / TOTAL, "B", 0, disk / TOTAL / ENTRY_BYTES,
        "header and body");
    row("", disk / TOTAL, "B", 0, disk / TOTAL / (BODY_BYTES + 23), "its bytes in a frame");
    uint64_t export_us = export_all();
    if (export_us > 0)
        row("export, lines a second", (double)TOTAL * 1e6 / (double)export_us, "/s", 0,
            frame_memcpy(size_of_export) / mb_s(size_of_export, export_us), "slower than memcpy");
    return verdict();
}
