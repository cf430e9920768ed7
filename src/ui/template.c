/* Template: see the header. A template may come out of a catalogue, which is a file: nothing in one
 * ends the program. */
#include "ui/template.h"

#include <string.h>

#include "base/tr.h"
#include "ui/pieces.h"

static void add_bytes(struct writer *w, const char *text, size_t size)
{
    if (w->full)
        return;
    if (size > w->room - w->size) {
        size = w->room - w->size;
        while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
            size--;
        w->full = true;
    }
    memcpy(w->at + w->size, text, size);
    w->size += size;
}

void template_add(struct writer *w, const char *text)
{
    add_bytes(w, text, strlen(text));
}

/* Adds form number `form` of "one|many|...", or the last there is. */
static void add_form(struct writer *w, const char *forms, const char *end, unsigned form)
{
    const char *bar;
    while (form-- > 0 && (bar = memchr(forms, '|', (size_t)(end - forms))) != NULL)
        forms = bar + 1;
    bar = memchr(forms, '|', (size_t)(end - forms));
    add_bytes(w, forms, (size_t)((bar != NULL ? bar : end) - forms));
}

/* What stands between { and }; false when no blank has that name. */
static bool add_place(struct writer *w, const char *place, const char *end,
                      const struct blank *blanks)
{
    const char *bar = memchr(place, '|', (size_t)(end - place));
    size_t size = (size_t)((bar != NULL ? bar : end) - place);
    while (blanks->name != NULL &&
           (strlen(blanks->name) != size || memcmp(blanks->name, place, size) != 0))
        blanks++;
    if (blanks->name == NULL)
        return false;
    char number[PIECE_NUMBER_MAX];
    piece_number(blanks->n, number);
    if (bar != NULL)
        add_form(w, bar + 1, end, tr_form(blanks->n));
    else
        template_add(w, blanks->text != NULL ? blanks->text : number);
    return true;
}

void template_fill(struct writer *w, const char *template, const struct blank *blanks)
{
    while (*template != '\0') {
        size_t plain = strcspn(template, "{");
        add_bytes(w, template, plain);
        template += plain;
        const char *end = *template == '{' ? strchr(template, '}') : NULL;
        if (end != NULL && add_place(w, template + 1, end, blanks)) {
            template = end + 1;
        } else if (*template == '{') {
            add_bytes(w, template, 1);
            template ++;
        }
    }
}

size_t template_number(char *out, size_t room, const char *template, uint64_t n)
{
    struct writer w = writer_of(out, room - 1);
    TEMPLATE(&w, template, {"n", NULL, n});
    out[w.size] = '\0';
    return w.size;
}
