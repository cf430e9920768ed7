/* Stored: what a million lines on disk cost: the newest screen out of the store, start to screen
 * with the real fika on a pseudo-terminal, bytes on disk, and an export. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>

#include "bench.h"
#include "frame.h"

#define AUTHORS 50
#define EACH    20000
#define TOTAL   ((uint64_t)AUTHORS * EACH)
#define SCREEN  200
#define STARTS  11
#define WAIT_US 5000000

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t median(uint64_t *us, size_t count)
{
    qsort(us, count, sizeof *us, by_size);
    return us[count / 2];
}

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

static pid_t fika_pid;

static void await_newest(int fd)
{
    static char seen[1 << 16];
    size_t size = 0;
    uint64_t until = now_us() + WAIT_US;
    for (;;) {
        struct pollfd item = {fd, POLLIN, 0};
        check(now_us() < until, "the newest line did not come");
        if (poll(&item, 1, 100) <= 0)
            continue;
        if (size > sizeof seen / 2) {
            memmove(seen, seen + size - 1024, 1024);
            size = 1024;
        }
        ssize_t got = read(fd, seen + size, sizeof seen - 1 - size);
        check(got > 0, "fika ended");
        size += (size_t)got;
        seen[size] = '\0';
        if (strstr(seen, NEWEST) != NULL)
            return;
    }
}

static void quit(int fd)
{
    int status;
    char rest[4096];
    check(write(fd, "\\quit\r", 6) == 6, "fika takes no keys");
    struct pollfd item = {fd, POLLIN, 0};
    while (poll(&item, 1, 3000) > 0 && read(fd, rest, sizeof rest) > 0)
        ;
    check(waitpid(fika_pid, &status, 0) == fika_pid && WIFEXITED(status) &&
              WEXITSTATUS(status) == 0,
          "fika did not quit well");
    close(fd);
}

static uint64_t start_of(const char *who)
{
    char *const argv[] = {"fika", "-P", "bench",          "-n", "cy", "-c", CHANNEL,
                          "-p",   "0",  "--no-discovery", NULL};
    struct winsize window = {.ws_row = 24, .ws_col = 100};
    int fd;
    uint64_t began = now_us();
    fika_pid = forkpty(&fd, NULL, NULL, &window);
    check(fika_pid >= 0, "no pseudo-terminal");
    if (fika_pid == 0) {
        alarm(PATIENCE_S);
        setenv("XDG_DATA_HOME", home_of(who), 1);
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execv("build/fika", argv);
        _exit(127);
    }
    await_newest(fd);
    uint64_t us = now_us() - began;
    quit(fd);
    return us;
}

static uint64_t size_of_export;

/* Returns the time, in us; 0 when this fika cannot export. */
static uint64_t export_all(void)
{
    static char chunk[1 << 16];
    int ends[2], status;
    uint64_t began = now_us();
    check(pipe(ends) == 0, "no pipe");
    fika_pid = fork();
    if (fika_pid == 0) {
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
    waitpid(fika_pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? now_us() - began : 0;
}

static uint64_t bytes_on_disk(void)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        struct stat status;
        snprintf(path, sizeof path, "%s/fika/bench/history.db%s", home_of("stored"), ENDS[i]);
        if (stat(path, &status) == 0)
            bytes += (uint64_t)status.st_size;
    }
    return bytes;
}

int main(void)
{
    static const struct filling filling = {"stored", 1, AUTHORS, EACH, true};
    static const struct filling little = {"little", 1, 1, 1, true};
    uint64_t full_us[STARTS], little_us[STARTS];
    struct reads reads;
    bench_begin();
    heading("stored");
    fill(&filling);
    fill(&little);
    double disk = (double)bytes_on_disk();
    struct child *child = child_start("reader", reader, NULL);
    hear(child->from, &reads, sizeof reads);
    child_await(child);
    for (size_t i = 0; i < STARTS; i++) {
        little_us[i] = start_of("little");
        full_us[i] = start_of("stored");
    }
    uint64_t full = median(full_us, STARTS), base = median(little_us, STARTS);
    row("1,000,000 lines: opening the store", (double)reads.open_us / 1000, "ms", 0, 0, NULL);
    row("   newest 200 lines, first time", (double)reads.first_us / 1000, "ms", 0, 0, NULL);
    row("   newest 200 lines, again", (double)reads.again_us / 1000, "ms", 0, 0, NULL);
    row("start to the screen with one line", (double)base / 1000, "ms", 50, 0, NULL);
    row("start to the screen with 1,000,000 lines", (double)full / 1000, "ms", 50,
        (double)full / (double)base, "with one line");
    row("", (double)full / 1000, "ms", 0, (double)full / 19000,
        "irssi's 19 ms (cited, not measured here)");
    row("disk, bytes an entry", disk / TOTAL, "B", 0, disk / TOTAL / ENTRY_BYTES,
        "header and body");
    row("", disk / TOTAL, "B", 0, disk / TOTAL / (BODY_BYTES + 23), "its bytes in a frame");
    uint64_t export_us = export_all();
    if (export_us > 0)
        row("export, lines a second", (double)TOTAL * 1e6 / (double)export_us, "/s", 0,
            frame_memcpy(size_of_export) / mb_s(size_of_export, export_us), "slower than memcpy");
    return verdict();
}
