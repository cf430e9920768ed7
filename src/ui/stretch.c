/* Stretch: which lines of the store a window holds, and asks for: a page before its oldest, one after its
 * newest (of a cut one), the newest again, or the place of a jump. window.c's invariants 3 and 4 are held here
 * and there. */
#include <stdlib.h>
#include <string.h>

#include "base/tr.h"
#include "ui/window_private.h"

void window_renew(struct window *window)
{
    window->follows = true;
    while (window->count > window->words)
        window_dispose(window, window_take_out(window, 0));
    window->floored = window->cut = window->far = window->wishes = window->wishes_newer = false;
    window->below = window->words = 0;
    window->hidden = 0;
    window->asked = PAGE_OLDER; /* so that the rest of its lines is only added */
}

void window_begin_anew(struct window *window)
{
    while (window->count > 0)
        window_dispose(window, window_take_out(window, 0));
    window->floored = window->lost_bottom = window->fold.open = false;
    window->cut = window->far = true;
    window->below = window->words = 0;
    window->hidden = 0;
    window->asked = PAGE_NEWER;
}

/* What of the store is wanted next, as far as one page goes. */
static enum page_asked next_page(const struct window *window)
{
    if (window->jumps)
        return PAGE_PLACE;
    if (window->cut && window->follows)
        return PAGE_NEWEST;
    if (window->wishes)
        return PAGE_OLDER;
    return window->wishes_newer && window->cut && window_last(window) != NULL ? PAGE_NEWER
                                                                              : PAGE_NONE;
}

/* The place before or after which that page is. */
static struct place page_place(const struct window *window, enum page_asked page)
{
    struct place place = {.lamport = UINT64_MAX, .seq = UINT64_MAX};
    const struct view_line *first = window_first(window);
    memset(&place.author, 0xFF, sizeof place.author);
    if (page == PAGE_PLACE) {
        place = window->target;
        place.seq -= place.seq > 0; /* so that it is in its page itself */
    } else if (page == PAGE_NEWER) {
        place = view_line_place(window_last(window));
    } else if (page == PAGE_OLDER && window->floored) {
        place = window->floor;
    } else if (page == PAGE_OLDER && first != NULL) {
        place = view_line_place(first);
    }
    return place;
}

bool window_wants(struct window *window, struct request *request)
{
    enum page_asked page = next_page(window);
    if (window->asked != PAGE_NONE || window->name[0] == '\0' || page == PAGE_NONE)
        return false;
    struct place place = page_place(window, page);
    window->asked = page;
    if (page == PAGE_PLACE)
        window->jumps = false;
    if (page == PAGE_NEWER)
        window->wishes_newer = window->lost_bottom = false;
    else
        window->wishes = window->lost_top = false;
    *request = (struct request){.kind = REQUEST_PAGE,
                                .count = WINDOW_PAGE,
                                .after = page == PAGE_NEWER || page == PAGE_PLACE,
                                .lamport = place.lamport,
                                .seq = place.seq,
                                .id = place.author};
    memcpy(request->channel.text, window->name, sizeof window->name);
    return true;
}

bool window_is_begun(const struct window *window)
{
    return window->count > 0 && window->lines[0]->kind == LINE_BEGIN;
}

bool window_reach(struct window *window)
{
    if (window->name[0] == '\0' || window_is_begun(window) ||
        window->count + WINDOW_PAGE > VIEW_LINES_MAX)
        return false;
    window->wishes = true;
    return true;
}

/* Where a jump led to, what is older is wanted at once: a line is read with what stands before it. */
static void newer_paged(struct window *window, bool up)
{
    window->wishes_newer = false;
    if (!up && !window->lost_bottom) {
        window->cut = window->far = false;
        window->below = window->words = 0;
    }
    if (window->jumps)
        return;
    window->wishes = window->wishes || window->going;
    window->centres = window->centres || window->going;
    window->going = false;
}

/* More than a page is missing: what lies between is not fetched for a reader who does not look at it. */
static void seek_oldest(struct window *window)
{
    window->target = (struct place){0};
    window->jumps = window->going = true;
}

static void older_paged(struct window *window, bool up)
{
    const char *nothing = _("there is nothing older");
    bool begun = window_is_begun(window);
    bool begins = !up && !window->lost_top;
    window->wishes = false;
    window->floored = window->floored && !begins;
    if (begun && !begins)
        free(window_take_out(window, 0));
    if (!begun && begins)
        window_insert(window, 0, view_line_sentence(LINE_BEGIN, nothing, 0));
    if (window->tops && !begins)
        seek_oldest(window);
}

void window_paged(struct window *window, bool up)
{
    if (window->cut && window->asked == PAGE_NEWEST)
        window_renew(window);
    enum page_asked asked = window->asked;
    window->asked = PAGE_NONE;
    if (asked == PAGE_NEWER)
        newer_paged(window, up);
    else if (asked == PAGE_PLACE) /* nothing is there, or below it, any more */
        window->going = window->jumps;
    else
        older_paged(window, up);
    window_keep_bound(window);
}
