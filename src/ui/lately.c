/* Lately: two rings. What stands in code is no link, as on the screen. */
#include "ui/lately.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/markup.h"

#define TAMED_MAX (3 * LIMIT_TEXT + 1)

struct ring {
    char *list[LATELY_MAX];
    size_t count; /* of all that were ever taken */
};

struct lately {
    struct ring texts, links;
};

struct lately *lately_new(void)
{
    struct lately *lately = calloc(1, sizeof *lately);
    CHECK(lately != NULL);
    return lately;
}

void lately_free(struct lately *lately)
{
    for (size_t i = 0; lately != NULL && i < LATELY_MAX; i++) {
        free(lately->texts.list[i]);
        free(lately->links.list[i]);
    }
    free(lately);
}

static void add(struct ring *ring, const char *text, size_t size)
{
    char **place = &ring->list[ring->count++ % LATELY_MAX];
    free(*place);
    *place = strndup(text, size);
    CHECK(*place != NULL);
}

void lately_show(struct lately *lately, const struct show *show)
{
    if (show->kind != SHOW_MESSAGE)
        return;
    char *text = malloc(TAMED_MAX);
    uint8_t *marks = malloc(TAMED_MAX);
    CHECK(text != NULL && marks != NULL);
    size_t given = show->text.size < LIMIT_TEXT ? show->text.size : LIMIT_TEXT;
    size_t size = text_tame(text, TAMED_MAX, (const char *)show->text.at, given, TAME_LINES);
    bool any = markup_any(text, size);
    add(&lately->texts, text, size);
    if (any)
        markup(text, size, "", marks);
    for (size_t i = 0, link; any && i<size; i += link> 0 ? link : 1) {
        link = (marks[i] & MARKUP_LINK) != 0 ? markup_link(text, size, i) : 0;
        if (link > 0 && link < LATELY_LINK_BYTES)
            add(&lately->links, text + i, link);
    }
    free(text);
    free(marks);
}

static const char *newest(const struct ring *ring, size_t n)
{
    if (n == 0 || n > ring->count || n > LATELY_MAX)
        return NULL;
    return ring->list[(ring->count - n) % LATELY_MAX];
}

const char *lately_link(const struct lately *lately, size_t n)
{
    return newest(&lately->links, n);
}

const char *lately_text(const struct lately *lately, size_t n)
{
    return newest(&lately->texts, n);
}
