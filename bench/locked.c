/* Locked: what a passphrase costs, with a million lines: setting it and changing it, and the start from Enter
 * behind it to the screen, of which Argon2id's part is measured by itself in between. */
#include "bench.h"
#include "figures.h"
#include "terminal.h"

#define AUTHORS    50
#define EACH       20000
#define STARTS     7
#define PASSPHRASE "several words of mine"

static struct terminal fika;

static void start(const char *who)
{
    char *const argv[] = {"build/fika", "-P", "bench",          "-n", "cy", "-c", CHANNEL,
                          "-p",         "0",  "--no-discovery", NULL};
    terminal_start(&fika, home_of(who), argv);
}

static uint64_t start_locked(void)
{
    start("locked");
    terminal_await(&fika, "Passphrase");
    terminal_settle(&fika, 50); /* until it does not echo */
    uint64_t began = now_us();
    terminal_type(&fika, PASSPHRASE "\r");
    terminal_await(&fika, NEWEST);
    return now_us() - began;
}

static uint64_t stretch(void)
{
    uint8_t key[32], salt[crypto_pwhash_SALTBYTES] = {1};
    uint64_t began = now_us();
    check(crypto_pwhash(key, sizeof key, PASSPHRASE, strlen(PASSPHRASE), salt,
                        crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE,
                        crypto_pwhash_ALG_ARGON2ID13) == 0,
          "no memory for Argon2id");
    return now_us() - began;
}

/* fika --lock with these lines; how long it takes. */
static uint64_t lock(const char *lines)
{
    int ends[2], status;
    uint64_t began = now_us();
    check(pipe(ends) == 0, "no pipe");
    pid_t pid = fork();
    if (pid == 0) {
        alarm(PATIENCE_S);
        dup2(ends[0], 0);
        check(freopen("/dev/null", "w", stdout) != NULL, "no /dev/null");
        setenv("XDG_DATA_HOME", home_of("locked"), 1);
        execl("build/fika", "fika", "--lock", "-P", "bench", "--pass-fd", "0", (char *)NULL);
        _exit(127);
    }
    check(write(ends[1], lines, strlen(lines)) > 0, "nothing is read");
    close(ends[0]);
    close(ends[1]);
    check(waitpid(pid, &status, 0) == pid && status == 0, "it could not be locked");
    return now_us() - began;
}

int main(void)
{
    static const struct filling filling = {"locked", 1, AUTHORS, EACH, true, false};
    static struct figures start_us, stretch_us, rest_us;
    bench_begin();
    heading("locked");
    fill(&filling);
    uint64_t set_us = lock(PASSPHRASE "\n");
    uint64_t change_us = lock(PASSPHRASE "\n" PASSPHRASE "\n");
    long memory = 0, most = 0;
    for (size_t i = 0; i < STARTS; i++) {
        uint64_t alone = stretch(), all = start_locked();
        figure_add(&stretch_us, alone);
        figure_add(&start_us, all);
        figure_add(&rest_us, all > alone ? all - alone : 0);
        terminal_settle(&fika, 50);
        memory = memory_kib(fika.child->pid, "VmRSS");
        most = memory_kib(fika.child->pid, "VmHWM");
        terminal_quit(&fika, "\\quit\r");
    }
    row("1,000,000 lines: setting a passphrase", (double)set_us / 1000, "ms", 0, 0, NULL);
    row("   changing it", (double)change_us / 1000, "ms", 0, 0, NULL);
    row("start from the passphrase to the screen", (double)at_share(&start_us, 0.5) / 1000, "ms",
        1000, 0, NULL);
    row("   of that, Argon2id", (double)at_share(&stretch_us, 0.5) / 1000, "ms", 0, 0, NULL);
    row("   the rest", (double)at_share(&rest_us, 0.5) / 1000, "ms", 50, 0, NULL);
    row("memory (RSS) behind it", (double)memory / 1024, "MB", 14, 0, NULL);
    row("   the most, while the passphrase is looked at", (double)most / 1024, "MB", 0, 0, NULL);
    return verdict();
}
