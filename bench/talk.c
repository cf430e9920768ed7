/* Talk: what a person waits for. Two real fikas on two pseudo-terminals of this machine: start to a
 * usable screen, Enter on the one to the text on the other, memory, CPU and wake-ups when idle; and
 * in the same run, as the frame, a raw TCP round trip and a bare CURVE link. The ratios count; the
 * absolute figures drift with the machine. */
#include "terminal.h"
#include "trip.h"

#define ROUNDS       500
#define CALM_SECONDS 30 /* beacons come quickly at first */
#define IDLE_SECONDS 60

/* ---- two fikas ---- */

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

static double ms(uint64_t us)
{
    return (double)us / 1000;
}

int main(void)
{
    static struct figures tcp, curve, enter, began;
    static struct terminal anna, bo;
    char *const first[] = {"build/fika", "-n", "anna", "-p", "0", NULL};
    char *const second[] = {"build/fika", "-n", "bo", "-p", "0", NULL};
    char *const probe[] = {"build/fika", "-n", "cy", "-p", "0", "--no-discovery", NULL};
    uint64_t cpu_before, cpu_after, wakes_before, wakes_after;
    bench_begin();
    measure_tcp(&tcp, ROUNDS);
    measure_curve(&curve, ROUNDS);

    for (int i = 0; i < 20; i++) { /* the first makes the profile and is not counted */
        uint64_t start_us = now_us();
        terminal_start(&anna, bench_home, probe);
        terminal_await(&anna, "[#fika]");
        if (i > 0)
            figure_add(&began, now_us() - start_us);
        terminal_quit(&anna, "\\quit\r");
    }

    terminal_start(&anna, bench_home, first);
    terminal_await(&anna, "[#fika]");
    uint64_t start_us = now_us();
    terminal_start(&bo, bench_home, second);
    terminal_await(&bo, "came");
    uint64_t to_link = now_us() - start_us;
    terminal_await(&anna, "came");
    for (size_t i = 0; i < ROUNDS; i++)
        figure_add(&enter, i < ROUNDS / 2 ? enter_to_screen(&anna, &bo, i)
                                          : enter_to_screen(&bo, &anna, i));
    pause_ms(CALM_SECONDS * 1000);
    used(bo.child->pid, &cpu_before, &wakes_before);
    pause_ms(IDLE_SECONDS * 1000); /* the thing measured is time passing */
    used(bo.child->pid, &cpu_after, &wakes_after);
    long kib = memory_kib(bo.child->pid, "VmRSS");
    terminal_quit(&bo, "\\quit\r");
    terminal_quit(&anna, "\\quit\r");

    double tcp_us = (double)at_share(&tcp, 0.5), curve_us = (double)at_share(&curve, 0.5);
    uint64_t enter_us = at_share(&enter, 0.5);
    heading("talk");
    row("raw TCP, round trip", tcp_us / 1000, "ms", 0, 0, NULL);
    row("bare CURVE link, round trip", curve_us / 1000, "ms", 0, curve_us / tcp_us, "TCP");
    row("Enter to the other's screen", ms(enter_us), "ms", 2, (double)enter_us / tcp_us, "TCP");
    row("", ms(enter_us), "ms", 0, (double)enter_us / curve_us, "CURVE");
    row("Enter to the other's screen, 99 of 100", ms(at_share(&enter, 0.99)), "ms", 0, 0, NULL);
    row("start to usable screen", ms(at_share(&began, 0.5)), "ms", 50, 0, NULL);
    row("start to link, by beacon on one machine", ms(to_link), "ms", 1000, 0, NULL);
    row("idle CPU with one link", (double)(cpu_after - cpu_before) / (IDLE_SECONDS * 1e4), "%", 0.1,
        0, NULL);
    row("idle wake-ups with one link, all threads",
        (double)(wakes_after - wakes_before) / IDLE_SECONDS, "/s", 1, 0, NULL);
    row("memory (RSS)", (double)kib / 1024, "MB", 16, 0, NULL);
    return verdict();
}
