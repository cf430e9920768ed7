/* Grown: a new list is made and the old one wiped, where realloc() would leave what it moved from lying about. */
#include "base/grown.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define ROOM_LEAST 8

static bool is_full(size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return false;
    *room = *room == 0 ? ROOM_LEAST : 2 * *room;
    CHECK(*room > count && *room < SIZE_MAX / 2 / size);
    return true;
}

void *grown(void *list, size_t count, size_t *room, size_t size)
{
    if (!is_full(count, room, size))
        return list;
    void *more = calloc(*room, size);
    CHECK(more != NULL);
    if (count > 0)
        memcpy(more, list, count * size);
    grown_free(list, count * size);
    return more;
}

void grown_free(void *list, size_t bytes)
{
    if (list != NULL)
        sodium_memzero(list, bytes);
    free(list);
}

void *grown_guarded(void *list, size_t count, size_t *room, size_t size)
{
    if (!is_full(count, room, size))
        return list;
    void *more = sodium_malloc(*room * size);
    CHECK(more != NULL);
    memset(more, 0, *room * size);
    if (count > 0)
        memcpy(more, list, count * size);
    guarded_free(list);
    return more;
}

void guarded_free(void *list)
{
    sodium_free(list); /* it wipes */
}
