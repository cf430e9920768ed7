/* Membership: what a private channel's window shows of who is let in and removed, where that was decided; how
 * many lines wait for a key; and that what was said after a removal is not among the lines. */
#include "ui/standing.h"
#include "ui/view_private.h"
#include "ui/words.h"

/* In its place among the messages, by the clock of their order. */
static void show_act(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    struct window *window = view_window(view, show->channel.text);
    bool told = show->up && id_equal(&show->who, &view->id); /* it was said to who did it */
    if (window == NULL)
        return;
    if (show->own)
        window->out = show->kind == SHOW_REMOVED;
    else if (show->kind == SHOW_REMOVED)
        roster_here(&window->roster, &show->id, false);
    if (told)
        return;
    words_private(show, sentence, sizeof sentence);
    struct view_line *line =
        view_line_sentence(LINE_ACT, sentence, show->wall_ms > 0 ? show->wall_ms : wall_ms);
    line->lamport = show->lamport;
    line->author = show->who;
    line->history = !show->up;
    window->fold.open = false;
    view_add(view, window, line, false);
}

/* They come one by one, and are told in one line that grows. */
static void show_left_out(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    struct show left = *show;
    struct window *window = view_window(view, show->channel.text);
    if (window == NULL)
        return;
    window_left_out(window, &show->id, show->seq, show->n2);
    const struct view_line *last = window->count > 0 ? window->lines[window->count - 1] : NULL;
    bool grows = last != NULL && last->kind == LINE_ACT && last->from > 0 &&
                 id_equal(&last->author, &show->id);
    left.n += grows ? last->from : 0;
    words_private(&left, sentence, sizeof sentence);
    struct view_line *line = view_line_sentence(LINE_ACT, sentence, wall_ms);
    line->author = show->id;
    line->from = left.n;
    window->fold.open = false;
    if (grows)
        window_replace(window, window->count - 1, line);
    else
        view_add(view, window, line, false);
}

void view_show_private(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    struct window *window = view_window(view, show->channel.text);
    switch (show->kind) {
    case SHOW_ADMITTED:
    case SHOW_REMOVED: show_act(view, show, wall_ms); break;
    case SHOW_LEFT_OUT: show_left_out(view, show, wall_ms); break;
    case SHOW_CLOSED:
        if (window != NULL)
            window->closed = show->n;
        break;
    default: /* an answer, or an invitation: where the reader is */
        if (show->kind == SHOW_INVITATION && standing_hides(show->marks))
            break;
        words_private(show, sentence, sizeof sentence);
        view_note(view, sentence, false, wall_ms);
    }
}

size_t view_window_label(const struct view *view, const struct window *window, char out[LABEL_MAX])
{
    for (size_t i = 0; !window->group && i < view->count; i++)
        if (view->windows[i]->group && label_is_namesake(view->windows[i]->name, window->name))
            return label_beside(window->name, out);
    return label_channel(window->name, window->group, out);
}

void view_label(const struct view *view, char out[LABEL_MAX])
{
    view_window_label(view, view->current, out);
}
