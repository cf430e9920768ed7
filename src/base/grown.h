/* Grown: lists that grow. What they held before is wiped: whether it was secret is nobody's care here. */
#pragma once

#include <stddef.h>

/* A list with room for one more element of that size than `count`: the list itself, or a copy of it with twice the
 * room, and the old one is freed. list: NULL, or from here. Freed by grown_free(), or, where
 * there is nothing to wipe, by free(). */
void *grown(void *list, size_t count, size_t *room, size_t size);
/* Wipes and frees. NULL is allowed; bytes: of its whole room. */
void grown_free(void *list, size_t bytes);
/* The same in memory that is not swapped, and has pages before and behind that nobody can read: for secrets. Freed by
 * guarded_free(). */
void *grown_guarded(void *list, size_t count, size_t *room, size_t size);
/* Wipes and frees; NULL is allowed. */
void guarded_free(void *list);
