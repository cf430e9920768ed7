/* Skeleton: what a name looks like, so that two that a person cannot tell apart are found (UTS #39). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct skeleton {
    uint64_t name; /* the name itself, whatever its case and however its accents are put together */
    uint64_t looks[2]; /* what it looks like: as it is written, and in lower case */
};

/* Of text[0..size), valid UTF-8; what stands beyond SKELETON_BYTES is not looked at. */
#define SKELETON_BYTES 64
struct skeleton skeleton_of(const char *text, size_t size);
bool skeleton_same_name(const struct skeleton *a, const struct skeleton *b);
/* True for the same name, too. */
bool skeleton_looks_like(const struct skeleton *a, const struct skeleton *b);
