/* Fold: who came and who went, in one line that grows while nothing else is said. */
#pragma once

#include "core/face.h"

#define FOLD_MAX 32 /* identities in one line; then another begins */

struct fold {
    bool open;
    size_t count;
    struct {
        struct id id;
        struct nick nick;
        bool first, now; /* what happened first, and last: came or went */
    } list[FOLD_MAX];
};

void fold_begin(struct fold *fold);
/* False when there is no room. */
bool fold_add(struct fold *fold, const struct id *id, const struct nick *nick, bool came);
/* True when it tells of that identity that it came (or went) last. */
bool fold_tells(const struct fold *fold, const struct id *id, bool came);
/* "anna, bo +3 came; cy went" */
void fold_words(const struct fold *fold, char *out, size_t room);
