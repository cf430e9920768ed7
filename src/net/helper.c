/* Helper. Detached, since a thread that hangs in getaddrinfo cannot be ended, and who joined it would hang,
 * too. */
#include "net/helper.h"

#include <pthread.h>
#include <signal.h>

#define STACK_BYTES (512 * 1024) /* name service modules of libc keep buffers there */

bool helper_start(void *(*run)(void *), void *owned)
{
    sigset_t all, before;
    pthread_t thread;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, &attributes, run, owned) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}
