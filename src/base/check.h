/* CHECK: what must be true because we made it so. It ends the program in release builds too; it is
 * never used on anything that a peer, a disk or a user can cause. */
#pragma once

#define CHECK(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

/* Prints one line to stderr and aborts. */
_Noreturn void check_failed(const char *condition, const char *file, int line);
