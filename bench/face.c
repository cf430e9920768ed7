/* Face: what hands and eyes feel, beside irssi in the same run: a key until it stands on the screen,
 * Enter until the line stands on the other's, and a key while 10,000 lines pour in. Two fikas that
 * are linked, two irssis on an ngircd, all on pseudo-terminals of this machine, by turns, so that
 * what else the machine does falls on both. Where irssi and ngircd are not to be had, fika is
 * measured alone. */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "added.h"
#include "bench.h"
#include "terminal.h"

#define KEYS        2028 /* of each, in turns of one line */
#define ROUNDS      500  /* of each, in turns of ROUNDS_TURN */
#define ROUNDS_TURN 50
#define SYNCS       50
#define FLOODS      10
#define UNFOLD      "\033[20~" /* F9: a flood would be one line, that counts */
#define FLOOD_LINES 10000

struct pair {
    struct terminal anna, bo;
};

static struct pair fikas, irssis;

/* irssi keeps nothing: what fika costs beside it is measured with histories in memory, and once
 * more on disk, beside what one fdatasync(2) takes there. */
static char in_memory[] = "/dev/shm/fika-bench-XXXXXX";

static void forget_memory(void)
{
    if (getpid() == bench_owner)
        remove_tree(in_memory);
}

/* ---- who takes part ---- */

/* One that is free now, on loopback. */
static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              getsockname(fd, (struct sockaddr *)&address, &size) == 0,
          "no free port");
    close(fd);
    return ntohs(address.sin_port);
}

/* With their profiles below `home`. */
static void start_fikas(const char *home, unsigned port)
{
    char listen[16], address[32], annas[64], bos[64];
    char *const first[] = {"build/fika", "-P",   "bench",          "-n", "anna", "-c", CHANNEL,
                           "-p",         listen, "--no-discovery", NULL};
    char *const second[] = {"build/fika", "-P", "bench",          "-n",    "bo", "-c", CHANNEL,
                            "-p",         "0",  "--no-discovery", address, NULL};
    snprintf(listen, sizeof listen, "%u", port);
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    snprintf(annas, sizeof annas, "%s/anna", home);
    snprintf(bos, sizeof bos, "%s/bo", home);
    mkdir(annas, 0700);
    mkdir(bos, 0700);
    terminal_start(&fikas.anna, annas, first);
    terminal_await(&fikas.anna, "[" CHANNEL "]");
    terminal_start(&fikas.bo, bos, second);
    terminal_await(&fikas.bo, "came");
    terminal_await(&fikas.anna, "came");
}

/* Its path in room; false when it is not on this machine. */
static bool find_program(const char *name, char *room, size_t size)
{
    static const char *const WHERE[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin",
                                        "/usr/local/sbin"};
    for (size_t i = 0; i < sizeof WHERE / sizeof *WHERE; i++) {
        snprintf(room, size, "%s/%s", WHERE[i], name);
        if (access(room, X_OK) == 0)
            return true;
    }
    return false;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    check(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "no configuration");
}

struct serving {
    char program[64], config[64];
};

static void serve(struct child *parent, const void *argument)
{
    const struct serving *serving = argument;
    (void)parent;
    check(freopen("/dev/null", "w", stdout) != NULL, "no output");
    execl(serving->program, "ngircd", "-n", "-f", serving->config, (char *)NULL);
    _exit(127);
}

static void start_irssi(struct terminal *terminal, char *program, const char *name, unsigned port)
{
    char home[64], option[80], path[96], number[32], nick[32];
    char *const argv[] = {program, option, "--connect=127.0.0.1", number, nick, NULL};
    snprintf(home, sizeof home, "%s/irssi-%s", bench_home, name);
    snprintf(option, sizeof option, "--home=%s", home);
    snprintf(number, sizeof number, "--port=%u", port);
    snprintf(nick, sizeof nick, "--nick=%s", name);
    mkdir(home, 0700);
    /* It would hold back what is said faster than people talk. */
    snprintf(path, sizeof path, "%s/startup", home);
    write_file(path, "/set cmds_max_at_once 1000000\n/set cmd_queue_speed 1msec\n");
    terminal_start(terminal, home, argv);
    terminal_await(terminal, "Welcome");
    terminal_type(terminal, "/join " CHANNEL "\r");
    terminal_await(terminal, "[" CHANNEL "]");
}

/* False, with a word, where they are not to be had. */
static bool start_irssis(void)
{
    struct serving serving;
    static char irssi[64];
    char text[512];
    unsigned port = free_port();
    if (!find_program("irssi", irssi, sizeof irssi) ||
        !find_program("ngircd", serving.program, sizeof serving.program)) {
        puts("irssi or ngircd is not installed: fika is measured alone");
        return false;
    }
    snprintf(serving.config, sizeof serving.config, "%s/ngircd.conf", bench_home);
    snprintf(text, sizeof text,
             "[Global]\nName = irc.bench.invalid\nInfo = bench\nListen = 127.0.0.1\nPorts = %u\n"
             "MotdPhrase = bench\n[Limits]\nMaxPenaltyTime = 0\nMaxConnectionsIP = 0\n"
             "[Options]\nDNS = no\nIdent = no\nPAM = no\nSyslogFacility = local1\n",
             port);
    write_file(serving.config, text);
    child_start("ngircd", serve, &serving);
    for (int tries = 0;; tries++) { /* until it listens */
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        bool up = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
        if (up)
            break;
        check(tries < 500, "ngircd does not listen");
        pause_ms(10);
    }
    start_irssi(&irssis.anna, irssi, "anna", port);
    start_irssi(&irssis.bo, irssi, "bo", port);
    terminal_settle(&irssis.anna, 200);
    return true;
}

/* ---- what is measured ---- */

static void some_keys(struct terminal *terminal, struct figures *figures, size_t from)
{
    for (size_t i = from; i < from + ECHO_LINE; i++)
        figure_add(figures, next_echo(terminal, i));
}

static void some_rounds(struct pair *pair, struct figures *figures, size_t from)
{
    bool first = from / ROUNDS_TURN % 2 == 0;
    struct terminal *speaker = first ? &pair->anna : &pair->bo;
    struct terminal *hearer = first ? &pair->bo : &pair->anna;
    for (size_t i = from; i < from + ROUNDS_TURN; i++)
        figure_add(figures, enter_to_screen(speaker, hearer, i));
}

static void empty_inputs(struct pair *pair)
{
    terminal_type(&pair->anna, "\025");
    terminal_settle(&pair->anna, 50);
    terminal_settle(&pair->bo, 50);
    terminal_forget(&pair->anna);
    terminal_forget(&pair->bo);
}

static void flooder(struct child *parent, const void *argument)
{
    static const struct channel_name channel = {CHANNEL};
    const struct saying saying = {&channel, 1, FLOOD_LINES, true};
    struct party_config config = {.who = "flood",
                                  .channels = &channel,
                                  .channel_count = 1,
                                  .dial = *(const uint16_t *)argument};
    struct party party;
    struct show show;
    char go;
    party_open(&party, &config);
    do
        party_await(&party, SHOW_LINK, &show);
    while (!show.up);
    tell(parent->to, "", 1);
    for (int i = 0; i < FLOODS; i++) {
        hear(parent->from, &go, 1);
        party_say_all(&party, &saying);
    }
    party_end(&party);
}

/* Keys as fast as they are echoed, while lines come as fast as a node says them. */
static void flood(struct terminal *terminal, uint16_t port, struct figures *keys,
                  struct figures *floods)
{
    char up;
    struct child *child = child_start("flooder", flooder, &port);
    hear(child->from, &up, 1);
    terminal_type(terminal, UNFOLD);
    for (int i = 0; i < FLOODS; i++) {
        terminal_type(terminal, "\025\\clear\r");
        terminal_settle(terminal, 300); /* nor is anybody heard to come */
        terminal_forget(terminal);
        uint64_t began = now_us();
        tell(child->to, "", 1);
        for (size_t k = 0; strstr(terminal->seen, NEWEST) == NULL; k++) {
            if (k % ECHO_LINE == 0)
                terminal_type(terminal, "\025");
            figure_add(keys, key_echo(terminal, ECHO_KEYS[k % (sizeof ECHO_KEYS - 1)]));
        }
        figure_add(floods, now_us() - began);
    }
    child_await(child);
}

/* ---- the table ---- */

/* One share of fika's figures, that is to be no more than irssi's. */
static void share(const char *what, struct figures *own, struct figures *other, double at)
{
    double us = (double)at_share(own, at);
    double frame = other->count > 0 ? (double)at_share(other, at) : 0;
    row(what, us, "us", frame > 0 ? frame + 1 : 0, frame > 0 ? us / frame : 0,
        frame > 0 ? "irssi" : NULL);
}

static struct figures echo, irssi_echo, enter, irssi_enter;

static void measure_echo(bool beside)
{
    static struct figures warm;
    some_keys(&fikas.anna, &warm, 0);
    for (size_t i = 0; i < KEYS; i += ECHO_LINE) {
        some_keys(&fikas.anna, &echo, i);
        if (beside)
            some_keys(&irssis.anna, &irssi_echo, i);
    }
    share("a key to its echo", &echo, &irssi_echo, 0.5);
    share("   99 of 100", &echo, &irssi_echo, 0.99);
}

static void measure_enter(bool beside)
{
    empty_inputs(&fikas);
    if (beside)
        empty_inputs(&irssis);
    for (size_t i = 0; i < ROUNDS; i += ROUNDS_TURN) {
        some_rounds(&fikas, &enter, i);
        if (beside)
            some_rounds(&irssis, &irssi_enter, i);
    }
    share("Enter to the other's screen", &enter, &irssi_enter, 0.5);
    share("   99 of 100", &enter, &irssi_enter, 0.99);
    double added = added_us(in_memory), us = (double)at_share(&enter, 0.5);
    row("   a signature, its check, a commit, three wake-ups", added, "us", 0,
        beside ? us / (added + (double)at_share(&irssi_enter, 0.5)) : 0,
        beside ? "irssi and that" : NULL);
}

static void measure_flood(uint16_t port)
{
    static struct figures keys, floods;
    flood(&fikas.anna, port, &keys, &floods);
    row("10,000 lines until the last is on the screen", (double)at_share(&floods, 0.5) / 1000, "ms",
        0, 0, NULL);
    row("   a key to its echo meanwhile", (double)at_share(&keys, 0.5), "us", 0, 0, NULL);
    row("   99 of 100", (double)at_share(&keys, 0.99), "us", 20000, 0, NULL);
    row("   the worst", (double)at_share(&keys, 1), "us", 0, 0, NULL);
}

/* What a line on disk waits for: one write and fdatasync(2), as people talk. */
static void measure_sync(struct figures *figures)
{
    static const char page[4096];
    char path[64];
    snprintf(path, sizeof path, "%s/sync", bench_home);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    check(fd >= 0, "no file");
    for (size_t i = 0; i < SYNCS; i++) {
        check(pwrite(fd, page, sizeof page, (off_t)(i * sizeof page)) == sizeof page, "no room");
        uint64_t began = now_us();
        fdatasync(fd);
        figure_add(figures, now_us() - began);
        pause_ms(FRAME_MS);
    }
    close(fd);
}

static void measure_disk(void)
{
    static struct figures sync, on_disk;
    empty_inputs(&fikas);
    measure_sync(&sync);
    for (size_t i = 0; i < 2 * ROUNDS_TURN; i += ROUNDS_TURN)
        some_rounds(&fikas, &on_disk, i);
    double sync_us = (double)at_share(&sync, 0.5), us = (double)at_share(&on_disk, 0.5);
    row("Enter to the other's screen, histories on disk", us, "us", 0, us / sync_us,
        "one fdatasync there");
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "echo enter flood";
    bench_begin();
    heading("face");
    check(mkdtemp(in_memory) != NULL, "no room in memory");
    atexit(forget_memory);
    uint16_t port = (uint16_t)free_port();
    start_fikas(in_memory, port);
    bool beside = start_irssis();
    if (strstr(only, "echo") != NULL)
        measure_echo(beside);
    if (strstr(only, "enter") != NULL)
        measure_enter(beside);
    if (beside) {
        terminal_quit(&irssis.anna, "/quit\r");
        terminal_quit(&irssis.bo, "/quit\r");
    }
    terminal_quit(&fikas.bo, "\\quit\r");
    if (strstr(only, "flood") != NULL)
        measure_flood(port);
    terminal_quit(&fikas.anna, "\\quit\r");
    if (strstr(only, "enter") != NULL) {
        start_fikas(bench_home, (unsigned)free_port());
        measure_disk();
        terminal_quit(&fikas.bo, "\\quit\r");
        terminal_quit(&fikas.anna, "\\quit\r");
    }
    return verdict();
}
