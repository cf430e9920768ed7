/* Verify: a list of frames, and threads that take the next one until there is none.
 *
 *     check(): list, wake --> threads and the caller: next = at++, check it --> all done: return
 *
 * 1. The list is the caller's, and he waits: so nothing is copied, and nothing is shared but the place
 *    in the list and how many are done.
 * 2. A frame that does not parse is left alone: it is the core's to refuse.
 */
#include "app/verify.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define THREADS_MOST   3
#define WORTH_IT       4 /* frames: fewer are checked by the core, one by one */
#define CHANNEL_AT     3 /* where an ENTRY has its channel's id */
#define FRAME_AT_LEAST (CHANNEL_AT + 32)

struct verifier {
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    pthread_t threads[THREADS_MOST];
    unsigned thread_count;
    unsigned working; /* threads that are at the list */
    uint64_t round;   /* grows with each list */
    bool ends;
    struct event **list;
    size_t list_room, list_count;
    atomic_size_t next;
};

static void check_frame(struct event *event, struct arena *arena)
{
    struct run run;
    enum entry_part part;
    arena_reset(arena);
    event->verified = wire_read_entry(event->frame, arena, &run, &part) &&
                      entry_verify(&run.entries[run.count - 1], &run.signature);
}

static void check_list(struct verifier *verifier, size_t count, struct arena *arena)
{
    for (;;) {
        size_t at = atomic_fetch_add(&verifier->next, 1);
        if (at >= count)
            return;
        check_frame(verifier->list[at], arena);
    }
}

static void *work(void *argument)
{
    struct verifier *verifier = argument;
    struct arena arena;
    uint64_t done = 0;
    arena_init(&arena);
    pthread_mutex_lock(&verifier->lock);
    while (!verifier->ends) {
        if (verifier->round == done) {
            pthread_cond_wait(&verifier->wake, &verifier->lock);
            continue;
        }
        done = verifier->round;
        size_t count = verifier->list_count;
        if (count == 0)
            continue; /* too late: the others have done it */
        verifier->working++;
        pthread_mutex_unlock(&verifier->lock);
        check_list(verifier, count, &arena);
        pthread_mutex_lock(&verifier->lock);
        if (--verifier->working == 0)
            pthread_cond_signal(&verifier->idle);
    }
    pthread_mutex_unlock(&verifier->lock);
    arena_release(&arena);
    return NULL;
}

struct verifier *verifier_new(unsigned threads)
{
    struct verifier *verifier = calloc(1, sizeof *verifier);
    CHECK(verifier != NULL);
    pthread_mutex_init(&verifier->lock, NULL);
    pthread_cond_init(&verifier->wake, NULL);
    pthread_cond_init(&verifier->idle, NULL);
    threads = threads < THREADS_MOST ? threads : THREADS_MOST;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for who started us */
    while (verifier->thread_count < threads &&
           pthread_create(&verifier->threads[verifier->thread_count], NULL, work, verifier) == 0)
        verifier->thread_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (verifier->thread_count > 0)
        return verifier;
    verifier_free(verifier);
    return NULL;
}

void verifier_free(struct verifier *verifier)
{
    if (verifier == NULL)
        return;
    pthread_mutex_lock(&verifier->lock);
    verifier->ends = true;
    pthread_cond_broadcast(&verifier->wake);
    pthread_mutex_unlock(&verifier->lock);
    for (unsigned i = 0; i < verifier->thread_count; i++)
        pthread_join(verifier->threads[i], NULL);
    pthread_cond_destroy(&verifier->wake);
    pthread_cond_destroy(&verifier->idle);
    pthread_mutex_destroy(&verifier->lock);
    free(verifier->list);
    free(verifier);
}

static bool is_entry(const struct event *event, bool (*takes)(void *of, const struct id *channel),
                     void *of)
{
    struct id channel;
    if (event->kind != EVENT_FRAME || event->frame.size < FRAME_AT_LEAST ||
        frame_kind(event->frame) != FRAME_ENTRY)
        return false;
    memcpy(channel.b, event->frame.at + CHANNEL_AT, sizeof channel.b);
    return takes(of, &channel);
}

void verifier_check(struct verifier *verifier, struct event *events, size_t count,
                    bool (*takes)(void *of, const struct id *channel), void *of)
{
    struct arena arena;
    if (verifier == NULL || count < WORTH_IT)
        return;
    if (count > verifier->list_room) {
        verifier->list_room = count;
        verifier->list = realloc(verifier->list, count * sizeof(struct event *));
        CHECK(verifier->list != NULL);
    }
    size_t entries = 0;
    for (size_t i = 0; i < count; i++)
        if (is_entry(&events[i], takes, of))
            verifier->list[entries++] = &events[i];
    if (entries < WORTH_IT)
        return;
    pthread_mutex_lock(&verifier->lock);
    verifier->list_count = entries;
    atomic_store(&verifier->next, 0);
    verifier->round++;
    pthread_cond_broadcast(&verifier->wake);
    pthread_mutex_unlock(&verifier->lock);
    arena_init(&arena);
    check_list(verifier, entries, &arena);
    arena_release(&arena);
    pthread_mutex_lock(&verifier->lock);
    verifier->list_count = 0;
    while (verifier->working > 0)
        pthread_cond_wait(&verifier->idle, &verifier->lock);
    pthread_mutex_unlock(&verifier->lock);
}
