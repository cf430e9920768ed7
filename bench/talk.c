/* Talk: what a person waits for. Two real fikas on two pseudo-terminals of this machine: start to a
 * usable screen, Enter on the one to the text on the other, memory, CPU and wake-ups when idle; and
 * in the same run, as the frame, a raw TCP round trip and a bare CURVE link. The ratios count; the
 * absolute figures drift with the machine. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define ROUNDS       500
#define IDLE_SECONDS 10
#define WAIT_US      10000000
#define TOKEN_SIZE   12

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

struct figures {
    uint64_t us[ROUNDS];
    size_t count;
};

static uint64_t at_share(struct figures *figures, double share)
{
    qsort(figures->us, figures->count, sizeof figures->us[0], by_size);
    return figures->us[(size_t)((double)(figures->count - 1) * share)];
}

/* ---- the frame: raw TCP, and a CURVE link with nothing around it ---- */

static void *echo_tcp(void *argument)
{
    int listener = *(int *)argument, on = 1;
    char byte[64];
    int fd = accept(listener, NULL, NULL);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (ssize_t size; (size = read(fd, byte, sizeof byte)) > 0;)
        if (write(fd, byte, (size_t)size) != size)
            break;
    close(fd);
    return NULL;
}

static void measure_tcp(struct figures *figures)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    pthread_t thread;
    char byte[64] = {0};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&thread, NULL, echo_tcp, &listener) != 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        give_up("no TCP on loopback");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = now_us();
        if (write(fd, byte, sizeof byte) != sizeof byte || read(fd, byte, sizeof byte) <= 0)
            give_up("TCP broke");
        figures->us[figures->count++] = now_us() - start;
    }
    close(fd);
    pthread_join(thread, NULL);
    close(listener);
}

static void *echo_curve(void *server)
{
    for (;;) {
        char id[16], body[256];
        int id_size = zmq_recv(server, id, sizeof id, 0);
        int size = zmq_recv(server, body, sizeof body, 0);
        if (id_size < 0 || size <= 0)
            return NULL;
        zmq_send(server, id, (size_t)id_size, ZMQ_SNDMORE);
        zmq_send(server, body, (size_t)size, 0);
    }
}

static void measure_curve(struct figures *figures)
{
    uint8_t server_public[32], server_secret[32], client_public[32], client_secret[32];
    char endpoint[64], body[228] = {1};
    size_t size = sizeof endpoint;
    int on = 1, timeout = 5000;
    void *context = zmq_ctx_new();
    void *server = zmq_socket(context, ZMQ_ROUTER), *client = zmq_socket(context, ZMQ_DEALER);
    pthread_t thread;
    crypto_box_keypair(server_public, server_secret);
    crypto_box_keypair(client_public, client_secret);
    zmq_setsockopt(server, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, server_secret, 32);
    zmq_setsockopt(server, ZMQ_RCVTIMEO, &timeout, sizeof timeout);
    zmq_setsockopt(client, ZMQ_RCVTIMEO, &timeout, sizeof timeout);
    zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, server_public, 32);
    zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, client_public, 32);
    zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, client_secret, 32);
    if (zmq_bind(server, "tcp://127.0.0.1:*") != 0 ||
        zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0 ||
        zmq_connect(client, endpoint) != 0 ||
        pthread_create(&thread, NULL, echo_curve, server) != 0)
        give_up("no CURVE link");
    for (int i = -20; i < ROUNDS; i++) {
        uint64_t start = now_us();
        zmq_send(client, body, sizeof body, 0);
        if (zmq_recv(client, body, sizeof body, 0) != sizeof body)
            give_up("the CURVE link broke");
        if (i >= 0)
            figures->us[figures->count++] = now_us() - start;
    }
    zmq_send(client, "", 0, 0); /* ends the echo */
    pthread_join(thread, NULL);
    zmq_close(client);
    zmq_close(server);
    zmq_ctx_term(context);
}

/* ---- two fikas ---- */

struct terminal {
    pid_t pid;
    int fd;
    char seen[65536]; /* the newest output, zero-ended */
    size_t size;
};

static void read_some(struct terminal *terminal, int wait_ms)
{
    struct pollfd item = {terminal->fd, POLLIN, 0};
    if (poll(&item, 1, wait_ms) <= 0)
        return;
    if (terminal->size > sizeof terminal->seen / 2) {
        size_t drop = terminal->size - sizeof terminal->seen / 4;
        memmove(terminal->seen, terminal->seen + drop, terminal->size - drop);
        terminal->size -= drop;
    }
    ssize_t got = read(terminal->fd, terminal->seen + terminal->size,
                       sizeof terminal->seen - 1 - terminal->size);
    if (got <= 0)
        give_up("fika ended");
    terminal->size += (size_t)got;
    terminal->seen[terminal->size] = '\0';
    for (size_t i = 0; i < terminal->size; i++)
        if (terminal->seen[i] == '\0')
            terminal->seen[i] = ' ';
}

/* Waits for the text on the terminal; forgets what came before. */
static void await_text(struct terminal *terminal, const char *text)
{
    uint64_t until = now_us() + WAIT_US;
    while (strstr(terminal->seen, text) == NULL) {
        if (now_us() > until)
            give_up("a text did not come");
        read_some(terminal, 100);
    }
    terminal->size = 0;
    terminal->seen[0] = '\0';
}

static void start(struct terminal *terminal, const char *home, char *const argv[])
{
    struct winsize window = {.ws_row = 24, .ws_col = 80};
    terminal->size = 0;
    terminal->seen[0] = '\0';
    terminal->pid = forkpty(&terminal->fd, NULL, NULL, &window);
    if (terminal->pid < 0)
        give_up("no pseudo-terminal");
    if (terminal->pid == 0) {
        setenv("XDG_DATA_HOME", home, 1);
        setenv("XDG_CONFIG_HOME", home, 1);
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execv("build/fika", argv);
        _exit(127);
    }
}

static void type(struct terminal *terminal, const char *text)
{
    if (write(terminal->fd, text, strlen(text)) != (ssize_t)strlen(text))
        give_up("a pseudo-terminal does not take keys");
}

/* Letters that differ in every place from those of the lines around, so that curses draws them all.
 */
static void make_token(char token[TOKEN_SIZE + 1], int round)
{
    for (int i = 0; i < TOKEN_SIZE; i++)
        token[i] = (char)('a' + (round + i * 3) % 26);
    token[TOKEN_SIZE] = '\0';
}

static void measure_enter(struct terminal *from, struct terminal *to, struct figures *figures)
{
    char token[TOKEN_SIZE + 1];
    for (int i = 0; i < ROUNDS; i++) {
        make_token(token, i);
        type(from, token);
        await_text(from, token);
        uint64_t began = now_us();
        type(from, "\r");
        await_text(to, token);
        figures->us[figures->count++] = now_us() - began;
        read_some(from, 0);
    }
}

static long memory_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib;
}

/* CPU time in us, and voluntary switches of all threads: what idling costs. */
static void used(pid_t pid, uint64_t *cpu_us, uint64_t *wakes)
{
    char command[160];
    unsigned long long nanoseconds = 0, switches = 0;
    snprintf(command, sizeof command,
             "cat /proc/%d/task/*/schedstat | awk '{t += $1} END {printf \"%%.0f\", t}'; "
             "echo; cat /proc/%d/task/*/status | awk '/^volun/ {n += $2} END {print n}'",
             (int)pid, (int)pid);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL || fscanf(pipe, "%llu %llu", &nanoseconds, &switches) != 2)
        give_up("no figures in /proc");
    pclose(pipe);
    *cpu_us = nanoseconds / 1000;
    *wakes = switches;
}

static void quit(struct terminal *terminal)
{
    int status;
    type(terminal, "\\quit\r");
    for (;;) {
        struct pollfd item = {terminal->fd, POLLIN, 0};
        char rest[4096];
        if (poll(&item, 1, 2000) <= 0 || read(terminal->fd, rest, sizeof rest) <= 0)
            break;
    }
    if (waitpid(terminal->pid, &status, 0) != terminal->pid || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        give_up("fika did not quit well");
    close(terminal->fd);
}

static void row(const char *what, uint64_t us, const char *limit, double ratio, const char *frame)
{
    printf("%-44s %9.3f ms   %-12s", what, (double)us / 1000, limit);
    if (ratio > 0)
        printf(" %6.1f x %s", ratio, frame);
    printf("\n");
}

static char home[] = "/tmp/fika-bench-XXXXXX";

static void remove_home(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", home);
    if (system(command) != 0)
        fprintf(stderr, "bench: %s stays\n", home);
}

int main(void)
{
    static struct figures tcp, curve, enter, began;
    static struct terminal anna, bo;
    char *const first[] = {"fika", "-n", "anna", "-p", "0", NULL};
    char *const second[] = {"fika", "-n", "bo", "-p", "0", NULL};
    char *const probe[] = {"fika", "-n", "cy", "-p", "0", "--no-discovery", NULL};
    uint64_t cpu_before, cpu_after, wakes_before, wakes_after;

    if (sodium_init() < 0 || mkdtemp(home) == NULL)
        give_up("no room for the profiles");
    atexit(remove_home);
    signal(SIGPIPE, SIG_IGN);
    measure_tcp(&tcp);
    measure_curve(&curve);

    for (int i = 0; i < 20; i++) { /* the first makes the profile and is not counted */
        uint64_t start_us = now_us();
        start(&anna, home, probe);
        await_text(&anna, "[#fika]");
        if (i > 0)
            began.us[began.count++] = now_us() - start_us;
        quit(&anna);
    }

    start(&anna, home, first);
    await_text(&anna, "[#fika]");
    uint64_t start_us = now_us();
    start(&bo, home, second);
    await_text(&bo, "anna is here");
    uint64_t to_link = now_us() - start_us;
    await_text(&anna, "bo is here");
    measure_enter(&anna, &bo, &enter);
    used(bo.pid, &cpu_before, &wakes_before);
    struct timespec idle = {IDLE_SECONDS, 0}; /* the thing measured is time passing */
    nanosleep(&idle, NULL);
    used(bo.pid, &cpu_after, &wakes_after);
    long kib = memory_kib(bo.pid);
    quit(&bo);
    quit(&anna);

    uint64_t tcp_us = at_share(&tcp, 0.5), curve_us = at_share(&curve, 0.5);
    uint64_t enter_us = at_share(&enter, 0.5);
    printf("%-44s %9s      %-12s ratio, in the same run\n", "talk", "median", "limit");
    row("raw TCP, round trip", tcp_us, "", 0, "");
    row("bare CURVE link, round trip", curve_us, "", (double)curve_us / (double)tcp_us, "TCP");
    row("Enter to the other's screen", enter_us, "under 2", (double)enter_us / (double)tcp_us,
        "TCP");
    row("", enter_us, "", (double)enter_us / (double)curve_us, "CURVE");
    row("Enter to the other's screen, 99 of 100", at_share(&enter, 0.99), "", 0, "");
    row("start to usable screen", at_share(&began, 0.5), "under 50", 0, "");
    row("start to link, by beacon on one machine", to_link, "under 1000", 0, "");
    double share = (double)(cpu_after - cpu_before) / (IDLE_SECONDS * 1e4);
    printf("%-44s %9.3f %%    under 0.1\n", "idle CPU with one link", share);
    printf("%-44s %9.2f /s   \n", "idle wake-ups with one link, all threads",
           (double)(wakes_after - wakes_before) / IDLE_SECONDS);
    printf("%-44s %9.2f MB   under 16\n", "memory (RSS)", (double)kib / 1024);
    bool met = enter_us < 2000 && at_share(&began, 0.5) < 50000 && to_link < 1000000 &&
               share < 0.1 && kib < 16 * 1024;
    puts(met ? "all limits met" : "A LIMIT IS NOT MET");
    return met ? 0 : 1;
}
