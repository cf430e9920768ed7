/* Vouch: docs/PROTOCOL.md, section 11, has what is computed, docs/THREATS.md why it is slow.
 *
 * The thread owns one block (what was asked, and its copy of the sending end of a socket pair), frees it, and sends one
 * datagram; so an answer that nobody waits for any more goes nowhere, and there is nothing to lock or cancel. */
#include "app/vouch.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/wordlist.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static const char DOMAIN_PAIR[16] = "fika-verify-v1";
static const char DOMAIN_SALT[16] = "fika-words-v1";

struct id vouch_pair(const struct id *one, const struct id *other)
{
    struct id both[2] = {*one, *other};
    if (id_compare(one, other) > 0) {
        both[0] = *other;
        both[1] = *one;
    }
    return domain_hash(DOMAIN_PAIR, both, sizeof both);
}

void vouch_code(const struct id *pair, char out[VOUCH_CODE_ROOM])
{
    char digits[ID_HEX_SIZE];
    hex_of(digits, pair->b, sizeof pair->b);
    snprintf(out, VOUCH_CODE_ROOM, "fika-verify:%s", digits);
}

bool vouch_words(const struct id *pair, char out[VOUCH_WORDS_ROOM])
{
    struct id salt = domain_hash(DOMAIN_SALT, NULL, 0);
    uint8_t made[32];
    size_t size = 0;
    _Static_assert(sizeof salt >= crypto_pwhash_SALTBYTES, "the salt is the first of it");
    if (crypto_pwhash(made, sizeof made, (const char *)pair->b, sizeof pair->b, salt.b,
                      crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return false;
    for (unsigned i = 0; i < VOUCH_WORDS; i++) {
        unsigned number = 0;
        for (unsigned bit = i * WORDLIST_BITS; bit < (i + 1) * WORDLIST_BITS; bit++)
            number = number << 1 | (made[bit / 8] >> (7 - bit % 8) & 1);
        int wrote = snprintf(out + size, VOUCH_WORDS_ROOM - size, "%s%s", i > 0 ? " " : "",
                             wordlist_at(number));
        CHECK(wrote > 0 && (size_t)wrote < VOUCH_WORDS_ROOM - size);
        size += (size_t)wrote;
    }
    return true;
}

/* ---- the thread ---- */

struct vouching {
    int receiving, sending;
    bool asked;
};

struct question {
    int sending;
    struct id pair;
    struct vouched answer;
};

struct vouching *vouching_new(void)
{
    int pair[2];
    struct vouching *vouching = calloc(1, sizeof *vouching);
    if (vouching == NULL || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
        free(vouching);
        return NULL;
    }
    vouching->receiving = pair[0];
    vouching->sending = pair[1];
    fcntl(pair[0], F_SETFD, FD_CLOEXEC);
    fcntl(pair[1], F_SETFD, FD_CLOEXEC);
    return vouching;
}

void vouching_free(struct vouching *vouching)
{
    if (vouching == NULL)
        return;
    close(vouching->receiving);
    close(vouching->sending);
    free(vouching);
}

int vouching_fd(const struct vouching *vouching)
{
    return vouching->receiving;
}

static void *work(void *of)
{
    struct question *question = of;
    question->answer.made = vouch_words(&question->pair, question->answer.words);
    if (send(question->sending, &question->answer, sizeof question->answer, MSG_NOSIGNAL) < 0)
        question->answer.made = false; /* nobody waits any more */
    close(question->sending);
    free(question);
    return NULL;
}

bool vouching_ask(struct vouching *vouching, const struct id *self, const struct id *other)
{
    struct question *question = calloc(1, sizeof *question);
    sigset_t all, before;
    pthread_t thread;
    if (vouching->asked || question == NULL) {
        free(question);
        return false;
    }
    question->pair = vouch_pair(self, other);
    question->answer.other = *other;
    question->sending = fcntl(vouching->sending, F_DUPFD_CLOEXEC, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for who started us */
    if (question->sending >= 0 && pthread_create(&thread, NULL, work, question) == 0) {
        pthread_detach(thread);
        vouching->asked = true;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (vouching->asked)
        return true;
    if (question->sending >= 0)
        close(question->sending);
    free(question);
    return false;
}

bool vouching_next(struct vouching *vouching, struct vouched *vouched)
{
    if (recv(vouching->receiving, vouched, sizeof *vouched, MSG_DONTWAIT) != sizeof *vouched)
        return false;
    vouching->asked = false;
    return true;
}
