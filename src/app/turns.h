/* Turns: whose threads go first where there are fewer processors than threads that want one. What a
 * line waits for goes before what it does not: who sends before who paints, who paints before who
 * stores. */
#pragma once

enum turns {
    TURN_SOCKETS, /* libzmq's thread: hands on what others wait for, and sleeps */
    TURN_FACE,
    TURN_NODE,
};

/* Of this thread, and of those that it makes from now on. Only a hint: kernels before Linux 6.12 take
 * no notice, and a thread with a policy other than the usual keeps what it was given. */
void turns_take(enum turns turns);
