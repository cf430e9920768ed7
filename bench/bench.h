/* Bench: what the benchmarks of history share: the table, a place for profiles, children that are
 * ended by their number, histories made beforehand, and a node with its face in a child. Each
 * benchmark includes it once. */
#pragma once

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "app/node.h"
#include "base/prng.h"
#include "store/store.h"

#define CHANNEL     "#bench"
#define PATIENCE_S  120 /* no child lives longer */
#define TEXT_BYTES  60
#define NICK_BYTES  8
#define BODY_BYTES  (1 + NICK_BYTES + TEXT_BYTES)
#define ENTRY_BYTES (ENTRY_HEADER_BYTES + BODY_BYTES) /* what an entry is, signed */
#define RUN_ENTRIES LIMIT_RUN_ENTRIES
#define BENCH_MB    1e6
#define SAID_A_TURN 512
/* What the newest line begins with: no letter of it is in another line, so that curses draws all. */
#define NEWEST "NEWESTLINEOFALL"

static inline uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static inline _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline void check(bool good, const char *what)
{
    if (!good)
        give_up(what);
}

static inline void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* ---- the table ---- */

static bool all_met = true;

static inline void heading(const char *what)
{
    printf("%-54s %10s      %-14s ratio, in the same run\n", what, "", "goal");
}

/* How much slower this processor is now than the one that the goals of time were set with, which checked a
 * signature in 55 us of its time; at least 1. Machines are shared, and drift by half within minutes: so it is
 * measured again for each goal. */
static inline double slowness(void)
{
    static const uint64_t SET_US = 55, CHECKS = 2000;
    uint8_t key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    uint8_t seed[crypto_sign_SEEDBYTES] = {5}, text[48] = {0}, signature[crypto_sign_BYTES];
    struct timespec began, ended;
    check(sodium_init() >= 0, "libsodium does not start");
    crypto_sign_seed_keypair(key, secret, seed);
    crypto_sign_detached(signature, NULL, text, sizeof text, secret);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
    for (uint64_t i = 0; i < CHECKS; i++)
        check(crypto_sign_verify_detached(signature, text, sizeof text, key) == 0,
              "a signature does not hold");
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
    double us =
        (double)(ended.tv_sec - began.tv_sec) * 1e6 + (double)(ended.tv_nsec - began.tv_nsec) / 1e3;
    return fmax(1, us / (double)(SET_US * CHECKS));
}

/* A goal of time, as this processor is now. */
static inline double paced(double goal)
{
    return rint(10 * goal * slowness()) / 10;
}

/* goal: 0 none, above 0 to stay under, below 0 to reach. frame: what the ratio is to; NULL none. */
static inline void row(const char *what, double value, const char *unit, double goal, double ratio,
                       const char *frame)
{
    char limit[32] = "";
    bool met = goal == 0 || (goal > 0 ? value < goal : value >= -goal);
    if (goal != 0)
        snprintf(limit, sizeof limit, "%s %.10g", goal > 0 ? "under" : "above", fabs(goal));
    printf("%-54s %10.*f %-4s %-14s", what,
           value >= 1000 ? 0
           : value >= 10 ? 1
                         : 3,
           value, unit, limit);
    if (frame != NULL)
        printf(" %7.2f x %s", ratio, frame);
    puts(met ? "" : "   NOT MET");
    fflush(stdout);
    all_met = all_met && met;
}

static inline int verdict(void)
{
    puts(all_met ? "all goals met" : "A GOAL IS NOT MET");
    return all_met ? 0 : 1;
}

/* ---- a place for profiles ---- */

static char bench_home[] = "/tmp/fika-bench-XXXXXX";
static pid_t bench_owner;

static inline void remove_tree(const char *path)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", path);
    if (system(command) != 0)
        fprintf(stderr, "bench: %s stays\n", path);
}

/* The profiles of one who takes part lie below this. */
static inline const char *home_of(const char *who)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", bench_home, who);
    return path;
}

/* ---- children ---- */

#define CHILDREN_MAX 32

struct child {
    const char *name;
    pid_t pid;
    int to, from; /* pipes to it and from it */
};

static struct child children[CHILDREN_MAX];
static size_t child_count;
static uint64_t children_cpu_us; /* of all that were awaited */

/* Also when a benchmark gives up: nothing is left behind. */
static inline void bench_end(void)
{
    if (getpid() != bench_owner)
        return;
    for (size_t i = 0; i < child_count; i++) {
        int status = 0;
        if (children[i].pid <= 0)
            continue;
        if (waitpid(children[i].pid, &status, WNOHANG) == children[i].pid) {
            fprintf(stderr, "bench: %s had ended, with status %#x\n", children[i].name,
                    (unsigned)status);
            continue;
        }
        kill(children[i].pid, SIGKILL);
        waitpid(children[i].pid, NULL, 0);
    }
    remove_tree(bench_home);
}

/* Also what is interrupted cleans up behind itself. */
static inline void on_end(int number)
{
    (void)number;
    exit(1);
}

static inline void bench_begin(void)
{
    check(sodium_init() >= 0 && mkdtemp(bench_home) != NULL, "no room for the profiles");
    bench_owner = getpid();
    atexit(bench_end);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_end);
    signal(SIGINT, on_end);
    setvbuf(stdout, NULL, _IOLBF, 0);
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", bench_home, 1); /* no configuration of the user's */
}

static inline void tell(int fd, const void *what, size_t size)
{
    check(write(fd, what, size) == (ssize_t)size, "a pipe broke");
}

static inline void hear(int fd, void *what, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t part = read(fd, (char *)what + got, size - got);
        check(part > 0, "a child ended before its time");
        got += (size_t)part;
    }
}

/* Runs `work` in a child, which has the other ends of the pipes as its own. */
static inline struct child *
child_start(const char *name, void (*work)(struct child *, const void *), const void *argument)
{
    int down[2], up[2];
    check(child_count < CHILDREN_MAX && pipe(down) == 0 && pipe(up) == 0, "no child can be made");
    fflush(NULL);
    pid_t pid = fork();
    check(pid >= 0, "no child can be made");
    struct child *child = &children[child_count++];
    if (pid == 0) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        alarm(PATIENCE_S);
        close(down[1]);
        close(up[0]);
        *child = (struct child){.to = up[1], .from = down[0]};
        work(child, argument);
        fflush(NULL);
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    *child = (struct child){.name = name, .pid = pid, .to = down[1], .from = up[0]};
    return child;
}

/* It ends by itself, soon. */
static inline void child_await(struct child *child)
{
    int status;
    struct rusage used;
    check(wait4(child->pid, &status, 0, &used) == child->pid && WIFEXITED(status) &&
              WEXITSTATUS(status) == 0,
          "a child did not end well");
    children_cpu_us += (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
                       (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    close(child->to);
    close(child->from);
    child->pid = 0;
    while (child_count > 0 && children[child_count - 1].pid == 0)
        child_count--;
}

/* In KiB, the most it ever was. */
static inline long memory_peak_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib;
}

/* ---- profiles and histories ---- */

static inline void open_profile(const char *who, struct profile *profile, uint8_t secret[32])
{
    struct error error;
    char name[64], path[512];
    mkdir(home_of(who), 0700);
    setenv("XDG_DATA_HOME", home_of(who), 1);
    check(profile_open(profile, "bench", &error) == ERROR_NONE &&
              network_secret(profile, NULL, secret, name, path, &error) == ERROR_NONE,
          "no profile");
}

static inline struct store *open_history(const struct profile *profile)
{
    char path[600], aside[700];
    struct error error;
    snprintf(path, sizeof path, "%s/history.db", profile->path);
    struct store *store = store_open(path, aside, sizeof aside, &error);
    check(store != NULL, "no history");
    return store;
}

struct filling {
    const char *who;
    size_t channels; /* #bench, #bench1 ... */
    uint64_t authors, each;
    bool marked; /* the newest line begins with NEWEST */
    bool varied; /* words as people say them, not the same in each line */
};

#define WORD_OCTAVES 16 /* 2^16 - 1 words there are, the first in every second line or so */

/* The word of that rank: syllables. Returns its size. */
static inline size_t word_of(uint32_t rank, char *out)
{
    size_t size = 0;
    do {
        out[size++] = "bdfghklmnprstvwyzcjx"[rank % 20];
        out[size++] = "aeiou"[rank / 20 % 5];
        rank /= 100;
    } while (rank > 0);
    return size;
}

/* TEXT_BYTES and an end mark; each thousandth line begins with a word of its own. */
static inline void speak(uint64_t number, char text[2 * TEXT_BYTES])
{
    struct prng prng;
    size_t size = number % 1000 != 0
                      ? 0
                      : (size_t)snprintf(text, TEXT_BYTES, "n%08llu ", (unsigned long long)number);
    uint8_t seed[32] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16)};
    prng_init(&prng, seed);
    while (size < TEXT_BYTES) {
        uint32_t octave = 1u << prng_below(&prng, WORD_OCTAVES);
        size += word_of(octave - 1 + prng_below(&prng, octave), text + size);
        text[size++] = ' ';
    }
    text[TEXT_BYTES] = '\0';
}

static inline struct channel_name bench_channel(size_t index)
{
    struct channel_name channel = {CHANNEL};
    if (index > 0)
        snprintf(channel.text, sizeof channel.text, CHANNEL "%zu", index);
    return channel;
}

/* The authors speak in turn, line by line; each one's lines are cut into runs. The same filling
 * gives the same entries, and a shorter one their beginning. Clocks count the lines: the newest has
 * authors * each. */
static inline void fill_run(const struct filling *filling, const struct id *channel,
                            uint64_t author, struct log_load *load, struct run *run,
                            uint8_t *bodies)
{
    uint8_t seed[32] = {'b', (uint8_t)author, (uint8_t)(author >> 8)};
    struct identity identity = identity_from_seed(seed);
    char text[2 * TEXT_BYTES];
    run->count = 0;
    while (run->count < RUN_ENTRIES && load->seq < filling->each) {
        struct entry *entry = &run->entries[run->count];
        uint8_t *body = bodies + run->count++ * LIMIT_BODY;
        uint64_t lamport = load->seq * filling->authors + author + 1;
        snprintf(text, sizeof text,
                 filling->marked && lamport == filling->authors * filling->each
                     ? NEWEST "%08llu and what else one says in a line of sixty letters ..."
                     : "n%08llu and what else one says in a line of sixty letters ...",
                 (unsigned long long)lamport);
        if (filling->varied)
            speak(lamport, text);
        *entry = (struct entry){.version = ENTRY_VERSION,
                                .kind = ENTRY_TEXT,
                                .channel = *channel,
                                .author = identity.node,
                                .process = {{1, 2, 3, 4, (uint8_t)author}},
                                .seq = load->seq + 1,
                                .lamport = lamport,
                                .wall_ms = 1764000000000 + lamport * 1000,
                                .prev = load->tip};
        entry->body.at = body;
        entry->body.size = entry_write_text(body, load->nick.text, text, TEXT_BYTES);
        entry_finish(entry);
        load->seq = entry->seq;
        load->tip = entry->id;
        load->lamport = lamport;
        load->author = identity.node;
    }
    run->signature = entry_sign(&run->entries[run->count - 1], &identity);
}

/* Returns the time that the store took, in us. */
static inline uint64_t fill_history(const struct filling *filling)
{
    struct profile profile;
    struct error error;
    uint8_t secret[32];
    struct run run = {.entries = calloc(RUN_ENTRIES, sizeof *run.entries)};
    uint8_t *bodies = malloc((size_t)RUN_ENTRIES * LIMIT_BODY);
    uint64_t store_us = 0, runs = 0;
    open_profile(filling->who, &profile, secret);
    struct store *store = open_history(&profile);
    struct id network = network_id(secret);
    for (size_t c = 0; c < filling->channels; c++) {
        struct channel_name name = bench_channel(c);
        struct id channel = channel_id(&network, name.text);
        struct log_load *loads = calloc(filling->authors, sizeof *loads);
        for (uint64_t done = 0; done < filling->each; done += RUN_ENTRIES)
            for (uint64_t a = 0; a < filling->authors; a++) {
                snprintf(loads[a].nick.text, sizeof loads[a].nick.text, "author%02u",
                         (unsigned)(a % 100));
                fill_run(filling, &channel, a, &loads[a], &run, bodies);
                uint64_t began = now_us();
                check(store_append(store, &name, &loads[a], &run, NULL, &error) == ERROR_NONE &&
                          (++runs % 256 != 0 || store_commit(store, &error) == ERROR_NONE),
                      "the history takes no run");
                store_us += now_us() - began;
            }
        free(loads);
    }
    uint64_t began = now_us();
    check(store_commit(store, &error) == ERROR_NONE, "the history takes no run");
    store_close(store);
    store_us += now_us() - began;
    profile_close(&profile);
    free(run.entries);
    free(bodies);
    return store_us;
}

static inline void fill_child(struct child *parent, const void *argument)
{
    uint64_t us = fill_history(argument);
    tell(parent->to, &us, sizeof us);
}

/* In a child, whose memory is not counted to anybody. */
static inline uint64_t fill(const struct filling *filling)
{
    uint64_t us;
    struct child *child = child_start("fill", fill_child, filling);
    hear(child->from, &us, sizeof us);
    child_await(child);
    return us;
}

static inline uint64_t bytes_on_disk(const char *who, const char *name)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        struct stat status;
        snprintf(path, sizeof path, "%s/fika/bench/%s%s", home_of(who), name, ENDS[i]);
        if (stat(path, &status) == 0)
            bytes += (uint64_t)status.st_size;
    }
    return bytes;
}

/* ---- a node and its face ---- */

struct party_config {
    const char *who;
    const struct channel_name *channels;
    size_t channel_count;
    uint16_t dial;         /* 0: nobody */
    const uint8_t *secret; /* of the network; NULL: the open one */
    bool discovers;
    bool pages;
    size_t last;
};

struct party {
    struct profile profile;
    struct options options;
    struct node_config config;
    uint8_t secret[32];
    struct door *door;
    pthread_t thread;
    char address[32];
};

static inline void party_open(struct party *party, const struct party_config *config)
{
    struct error error;
    memset(party, 0, sizeof *party);
    party->config.network_secret = party->secret;
    open_profile(config->who, &party->profile, party->secret);
    snprintf(party->options.nick.text, sizeof party->options.nick.text, "%s", config->who);
    for (size_t i = 0; i < config->channel_count; i++)
        party->options.channels[party->options.channel_count++] = config->channels[i];
    if (config->dial != 0) {
        snprintf(party->address, sizeof party->address, "127.0.0.1:%u", config->dial);
        party->options.addresses[party->options.address_count++] = party->address;
    }
    if (config->secret != NULL)
        memcpy(party->secret, config->secret, sizeof party->secret);
    party->config.discovery = config->discovers;
    party->options.no_discovery = !config->discovers;
    party->config.context = zmq_ctx_new();
    party->config.profile = &party->profile;
    party->config.options = &party->options;
    party->config.pages = config->pages;
    party->config.last = config->last;
    struct node *node = node_new(&party->config, &error);
    check(node != NULL, "no node");
    party->door = door_open_face(party->config.context);
    check(party->door != NULL && pthread_create(&party->thread, NULL, node_run, node) == 0,
          "no node's thread");
}

/* The next show, waited for; false when none came. */
static inline bool party_next(struct party *party, struct show *show, long wait_ms)
{
    if (door_next_show(party->door, show))
        return true;
    door_flush(party->door);
    zmq_pollitem_t item = door_poll(party->door);
    if (wait_ms > 0)
        zmq_poll(&item, 1, wait_ms);
    return door_next_show(party->door, show);
}

static inline void party_ask(struct party *party, const struct request *request)
{
    while (!door_request(party->door, request))
        pause_ms(1);
    door_flush(party->door);
}

static inline void party_await(struct party *party, enum show_kind kind, struct show *show)
{
    while (!party_next(party, show, 1000) || show->kind != kind)
        ;
}

struct saying {
    const struct channel_name *channels; /* that take turns */
    size_t channel_count;
    uint64_t lines;
    bool numbered; /* each line is another, and the last begins with NEWEST */
};

static inline bool party_say(struct party *party, const struct saying *saying, uint64_t number)
{
    static const char same[TEXT_BYTES + 1] =
        "sixty bytes of what one says in one line, when one says much";
    char text[2 * TEXT_BYTES];
    memcpy(text, same, sizeof same);
    if (saying->numbered && number + 1 == saying->lines)
        memcpy(text, NEWEST, strlen(NEWEST));
    else if (saying->numbered)
        snprintf(text, sizeof text, "%05llu%s", (unsigned long long)number % 100000, same + 5);
    struct request say = {.kind = REQUEST_SAY,
                          .channel = saying->channels[number % saying->channel_count],
                          .text = {(const uint8_t *)text, TEXT_BYTES}};
    return door_request(party->door, &say);
}

/* Says the lines as fast as the door takes them; takes what it is shown meanwhile. */
static inline void party_say_all(struct party *party, const struct saying *saying)
{
    uint64_t said = 0, shown = 0;
    while (shown < saying->lines) {
        struct show show;
        uint64_t before = said;
        while (said < saying->lines && said - before < SAID_A_TURN &&
               party_say(party, saying, said))
            said++;
        for (long wait_ms = said == before; party_next(party, &show, wait_ms); wait_ms = 0)
            shown += show.kind == SHOW_MESSAGE && show.own;
    }
}

static inline void party_end(struct party *party)
{
    struct request stop = {.kind = REQUEST_STOP};
    struct show show;
    party_ask(party, &stop);
    party_await(party, SHOW_STOPPED, &show);
    door_close(party->door, 0);
    pthread_join(party->thread, NULL);
    zmq_ctx_term(party->config.context);
    profile_close(&party->profile);
}
