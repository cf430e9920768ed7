/* Arrivals: who comes and goes, and who he is: links, members, and nicks that were somebody else's. */
#include "ui/standing.h"
#include "ui/view_private.h"
#include "ui/words.h"

/* A link that came or went with a member of the channel is no news beside him: core tells of him behind a
 * link that came, and before one that went. */
void view_show_link(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    struct window *window = view->current;
    if (window->fold.open && fold_tells(&window->fold, show_whose(show), show->up))
        return;
    words_row(show, sentence, sizeof sentence);
    struct view_line *line = view_line_sentence(LINE_FAINT, sentence, wall_ms);
    line->author = show->id;
    line->up = show->up;
    view_add(view, window, line, false);
}

void view_meet(struct window *window, const struct show *show, bool live, uint64_t wall_ms)
{
    uint64_t met_ms = live || show->wall_ms > wall_ms ? wall_ms : show->wall_ms;
    roster_meet(&window->roster, show_whose(show), &show->nick, met_ms);
}

/* Whose nick was somebody else's before is said to be another. */
void view_show_namesake(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    struct window *window = view_window_make(view, show->channel.text);
    if (window == NULL)
        return;
    roster_namesake(&window->roster, show);
    if (!show->up)
        return;
    words_row(show, sentence, sizeof sentence);
    window->fold.open = false;
    view_add(view, window, view_line_sentence(LINE_NOTICE, sentence, wall_ms), false);
}

/* Whose device it is, or no more; and then, for each channel, how many of that person's are there. */
void view_show_device(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    struct window *window = view_window(view, show->channel.text);
    if (show->channel.text[0] != '\0') {
        if (window == NULL)
            return;
        roster_here(&window->roster, &show->person, show->n2 > 0);
        roster_devices(&window->roster, &show->person, show->n2);
        return;
    }
    for (size_t i = 0; i < view->count; i++)
        window_device(view->windows[i], show);
    if (show->n3 != 0)
        return;
    words_row(show, sentence, sizeof sentence);
    view_note(view, sentence, false, wall_ms);
}

/* Who comes and goes is one line, as long as nothing else is said. */
void view_show_member(struct view *view, const struct show *show, uint64_t wall_ms)
{
    char sentence[SENTENCE_BYTES];
    struct window *window = view_window(view, show->channel.text);
    const struct id *id = show_whose(show);
    if (window == NULL)
        return;
    view_meet(window, show, true, wall_ms);
    if (show->marks != 0)
        roster_mark(&window->roster, id, show->marks);
    bool here = show->up || show->n > 0, others = show->n > (show->up ? 1 : 0);
    roster_here(&window->roster, id, here);
    roster_devices(&window->roster, id, show->n);
    if (standing_hides(show->marks))
        return;
    window_drop_link(window, &show->id, show->up);
    if (others || show->n2 != 0) /* one device more or less: he is there, and was; or it was said */
        return;
    size_t at = window_fold(window);
    bool grows = at < window->count && fold_add(&window->fold, id, &show->nick, show->up);
    if (!grows) {
        fold_begin(&window->fold);
        fold_add(&window->fold, id, &show->nick, show->up);
    }
    fold_words(&window->fold, sentence, sizeof sentence);
    struct view_line *line = view_line_sentence(LINE_FOLD, sentence, wall_ms);
    if (grows)
        window_replace(window, at, line);
    else
        view_add(view, window, line, false);
}
