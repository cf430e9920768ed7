/* Helper: a thread for what may wait for the world as long as it likes (a name server, a router, a proxy), so
 * that the node never does. */
#pragma once

#include <stdbool.h>

/* Starts run(owned) in a thread that nobody waits for or ends: what it has to say it sends, through a
 * descriptor of its own, and `owned` is its to free. It takes no signals, which are the business of the
 * thread that started us. False when there is no thread to be had: `owned` is still the caller's. */
bool helper_start(void *(*run)(void *), void *owned);
