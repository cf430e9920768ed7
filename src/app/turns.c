/* Turns: the slice of time that a thread asks for. Who asks for less at once is let in sooner, ahead of
 * who runs and asked for more; it gets no more of the time for it.
 */
#include "app/turns.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define US 1000 /* ns */

#ifdef __NR_sched_setattr
/* As the kernel has it; libc names it only lately. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void turns_take(enum turns turns)
{
    static const uint64_t slices[] = {
        [TURN_SOCKETS] = 100 * US, [TURN_FACE] = 200 * US, [TURN_NODE] = 400 * US};
    struct attributes attributes = {.size = sizeof attributes,
                                    .policy = SCHED_OTHER,
                                    .nice = getpriority(PRIO_PROCESS, 0),
                                    .runtime = slices[turns]};
    if (sched_getscheduler(0) == SCHED_OTHER)
        syscall(__NR_sched_setattr, 0, &attributes, 0);
}
#else
void turns_take(enum turns turns)
{
    (void)turns;
}
#endif
