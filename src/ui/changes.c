/* Changes: what becomes of lines that are there already: they are held by more, taken back, changed, and
 * answered with signs. A line that is not held now comes out of the store as it has become. */
#include "ui/markup.h"
#include "ui/window.h"

void window_held(struct window *window, const struct id *own, uint64_t from, uint64_t to,
                 uint64_t by)
{
    for (size_t i = 0; i < window->count; i++) {
        struct view_line *line = window->lines[i];
        if (line->own && line->seq >= from && line->seq <= to && id_equal(&line->author, own) &&
            by > line->held)
            line->held = view_line_count(by);
    }
}

void window_read(struct window *window, const struct id *own, uint64_t to)
{
    for (size_t i = 0; i < window->count; i++) {
        struct view_line *line = window->lines[i];
        if (line->own && view_line_is_entry(line) && line->seq <= to &&
            id_equal(&line->author, own))
            line->read = true;
    }
}

void window_forgotten(struct window *window, const struct id *author, uint64_t seq)
{
    for (size_t i = 0; i < window->count; i++) {
        const struct view_line *line = window->lines[i];
        if (view_line_is_entry(line) && line->seq == seq && id_equal(&line->author, author))
            window_replace(window, i, view_line_taken_back(line));
    }
}

void window_edited(struct window *window, const struct id *author, uint64_t seq, struct bytes text)
{
    for (size_t i = 0; i < window->count; i++) {
        const struct view_line *line = window->lines[i];
        if (!view_line_is_entry(line) || line->seq != seq || line->taken_back ||
            !id_equal(&line->author, author))
            continue;
        struct view_line *now = view_line_edited(line, text);
        now->mention =
            !now->own && (window->name[0] == '@' || markup_mentions(now->bytes + now->nick_size,
                                                                    now->text_size, window->names));
        window_replace(window, i, now);
    }
}

void window_judged(struct window *window, const struct id *author, uint8_t marks)
{
    for (size_t i = 0; i < window->count; i++) {
        struct view_line *line = window->lines[i];
        if (!view_line_is_entry(line) || !id_equal(&line->person, author))
            continue;
        line->marks = marks | (line->marks & PERSON_REVOKED);
        if ((marks & PERSON_VERIFIED) != 0)
            line->clash = CLASH_NONE;
    }
    roster_mark(&window->roster, author, marks);
}

void window_device(struct window *window, const struct show *show)
{
    for (size_t i = 0; i < window->count; i++)
        if (id_equal(&window->lines[i]->author, &show->id) &&
            (window->lines[i]->marks & PERSON_REVOKED) == 0)
            window->lines[i]->person = show->person;
    if (show->up)
        roster_join(&window->roster, &show->id, &show->person, &show->nick);
}

void window_reacted(struct window *window, const struct id *author, uint64_t seq, uint64_t lamport,
                    struct bytes list)
{
    for (size_t i = 0; i < window->count; i++) {
        const struct view_line *line = window->lines[i];
        if (view_line_is_entry(line) && line->seq == seq && line->lamport == lamport &&
            id_equal(&line->author, author))
            window_replace(window, i, view_line_reacted(line, list));
    }
}
