/* Press: what a key does. Keys go through one table, keys.c: a question (carry.c), a page (page.c) or a
 * list (foundlist.c) that lies over the lines comes first, the input takes what is its own, the rest
 * moves the view. */
#include "base/tr.h"
#include "ui/template.h"
#include "ui/tui_private.h"
#include "ui/words.h"

#define PASTE_GAP_MS   3   /* between two reads of what a terminal was given at once */
#define PASTE_BUSY_MS  100 /* nobody types three lines so fast */
#define PASTE_QUIET_MS 50  /* without anything more, and a paste that has no marks is whole */

/* What is asked is answered by the next key. True when that was all it did. */
static bool answer(struct tui *tui, int action)
{
    if (!carry_asks(&tui->carry))
        return false;
    carry_answer(&tui->carry, tui->view, tui->terminal, action == ACTION_SEND, tui_wall_now());
    return action == ACTION_SEND || action == ACTION_CLOSE;
}

static void take_paste(struct tui *tui, uint32_t key)
{
    if (key != KEYS_PASTE_END) {
        paste_key(&tui->paste, key);
        return;
    }
    if (!writing_paste(tui->writing, tui->paste.text, tui->paste.size))
        tui_say_cut(tui, _("a message has room for {n} bytes: what was pasted is cut off there"));
    tui->paste.open = tui->paste_goes_on = false;
    tui->paste.size = 0;
    tui->paste_ends_ms = 0;
}

static void toggle(struct tui *tui, enum view_panel panel)
{
    const char *why = view_toggle(tui->view, panel);
    if (why != NULL)
        tui_note(tui, why, true);
}

/* Actions that are the view's, or the program's; all else is the input's. False when it is not one
 * of them. */
static bool act(struct tui *tui, int action)
{
    struct view *view = tui->view;
    switch (action) {
    case ACTION_EDITOR: tui_edit(tui); break;
    case ACTION_NEXT_CHANNEL: view_step(view, 1); break;
    case ACTION_PREVIOUS_CHANNEL: view_step(view, -1); break;
    case ACTION_NEXT_NEW: view_next_new(view); break;
    case ACTION_PAGE_UP: view_scroll(view, 1); break;
    case ACTION_PAGE_DOWN: view_scroll(view, -1); break;
    case ACTION_LINE_UP: view_scroll_lines(view, 1); break;
    case ACTION_LINE_DOWN: view_scroll_lines(view, -1); break;
    case ACTION_TOP: view_top(view); break;
    case ACTION_BOTTOM: view_follow(view); break;
    case ACTION_FIRST_NEW:
        if (!view_first_new(view))
            tui_note(tui, _("nothing is marked as new here"), true);
        break;
    case ACTION_CHANNEL_LIST: toggle(tui, VIEW_CHANNELS); break;
    case ACTION_MEMBER_LIST: toggle(tui, VIEW_MEMBERS); break;
    case ACTION_PLAIN: view_plain(view); break;
    case ACTION_FOLDED: view_unfold(view); break;
    case ACTION_REPAINT: draw_again(tui->draw); break;
    case ACTION_LEAVE:
        tui->done = tui->done || writing_empty(tui->writing);
        writing_do(tui->writing, EDIT_DELETE, 0);
        break;
    default:
        if (action < ACTION_CHANNEL_1 || action > ACTION_CHANNEL_9)
            return false;
        view_go(view, (size_t)(action - ACTION_CHANNEL_1 + 1));
        break;
    }
    return true;
}

/* The action of a key, behind the one before it where that began one of two; false while the second
 * is waited for, and for what is no key. */
static bool action_of(struct tui *tui, uint32_t key, int *action)
{
    if (key == KEYS_UNKNOWN)
        return false;
    *action = keys_action(tui->config.keys, tui->prefix, key);
    bool second = tui->prefix != 0;
    tui->prefix = 0;
    if (second)
        return *action != ACTION_NONE;
    if (*action == ACTION_NONE && keys_begins(tui->config.keys, key))
        tui->prefix = key;
    return tui->prefix == 0;
}

/* To the place of what was chosen among what was found. */
static void go_to_found(struct tui *tui)
{
    char text[WORDS_MAX];
    struct writer w = writer_of(text, sizeof text - 1);
    const struct found *found = foundlist_chosen(tui->found);
    if (found->adrift) {
        tui_note(tui, _("its clock is none, so it has no place in its channel"), true);
    } else if (!view_jump(tui->view, &found->channel, &found->place)) {
        TEMPLATE(&w, _("you are not in {a}; \\join {a} takes you there"),
                 {"a", found->channel.text, 0});
        text[w.size] = '\0';
        tui_note(tui, text, true);
    }
}

bool tui_browse(struct tui *tui, int action)
{
    if (!foundlist_is_open(tui->found))
        return false;
    enum foundlist_wish wish = foundlist_do(tui->found, action);
    if (wish == FOUNDLIST_GO)
        go_to_found(tui);
    return wish != FOUNDLIST_CLOSE && action != ACTION_REPAINT;
}

/* True when the action was for the page. */
static bool turn_page(struct tui *tui, int action)
{
    bool taken = page_do(tui->page, action, writing_empty(tui->writing));
    view_cover(tui->view, page_is_open(tui->page));
    return taken;
}

/* A key right behind Escape comes as one with Alt. What begins a command must not be lost so: the rest
 * would be said. */
static bool is_escaped(const struct tui *tui, uint32_t key)
{
    bool begins = key == ('\\' | KEYS_ALT) || key == ('/' | KEYS_ALT);
    return begins && tui->prefix == 0 && keys_action(tui->config.keys, 0, key) == ACTION_NONE &&
           !keys_begins(tui->config.keys, key);
}

/* True when a line is to be sent. */
static bool take_key(struct tui *tui, uint32_t key)
{
    if (is_escaped(tui, key)) {
        take_key(tui, KEYS_ESCAPE);
        key &= ~KEYS_ALT;
    }
    int action;
    if (!action_of(tui, key, &action) || answer(tui, action) || turn_page(tui, action) ||
        tui_browse(tui, action) || act(tui, action))
        return false;
    enum wish wish = writing_do(tui->writing, action, key);
    size_t size;
    if (wish == WISH_FIND)
        view_find(tui->view, writing_taken(tui->writing, &size));
    if (action == ACTION_SEND && wish != WISH_FIND)
        view_follow(tui->view);
    return wish == WISH_SEND;
}

/* What the terminal tells that is no key of the reader's. */
static bool take_report(struct tui *tui, uint32_t key)
{
    struct mouse mouse = terminal_mouse(tui->terminal);
    bool report = key == KEYS_MOUSE || key == KEYS_FOCUS || key == KEYS_BLUR;
    if (key == KEYS_MOUSE)
        tui_point(tui, &mouse);
    else /* who presses a key looks at it, whatever was told */
        view_focus(tui->view, key != KEYS_BLUR);
    if (!report)
        view_look_up(tui->view);
    return report;
}

/* A key while all is hidden. */
static void press_curtain(struct tui *tui, uint32_t key)
{
    struct curtain *curtain = &tui->curtain;
    if (!curtain_key(curtain, key))
        return;
    curtain_answer(curtain, !curtain->asks || tui->config.opens(curtain->typed));
    view_focus(tui->view, !curtain->down);
    tui->anew = true;
    tui->title[0] = '\0';
}

bool tui_watch(struct tui *tui, uint64_t busy_ms)
{
    bool none = tui->burst.next == tui->burst.count;
    tui->watched = none && tui->finds_pastes && !tui->paste.open &&
                   (busy_ms < PASTE_BUSY_MS || terminal_waits() == 0);
    return none;
}

/* The keys of one read: true when they are a paste, which is open then. */
static bool find_paste(struct tui *tui)
{
    struct burst *burst = &tui->burst;
    size_t waits = terminal_waits();
    uint32_t key;
    tui->watched = false;
    do {
        while (burst->bytes < waits && !burst->other && terminal_key(tui->terminal, &key))
            if (!burst_add(burst, key))
                break;
        waits = burst->bytes;
        if (burst_may_go_on(burst, writing_empty(tui->writing)))
            waits += terminal_more(PASTE_GAP_MS);
    } while (waits > burst->bytes);
    if (!burst_is_paste(burst, writing_empty(tui->writing)))
        return false;
    while (burst_next(burst, &key))
        take_paste(tui, key);
    tui->paste.open = tui->paste_goes_on = tui->typed = true;
    return true;
}

uint64_t tui_paste_due(struct tui *tui, uint64_t now_ms)
{
    if (tui->paste_goes_on)
        tui->paste_ends_ms = now_ms + PASTE_QUIET_MS;
    tui->paste_goes_on = false;
    if (tui->paste_ends_ms == 0)
        return UINT64_MAX;
    if (now_ms < tui->paste_ends_ms)
        return tui->paste_ends_ms;
    take_paste(tui, KEYS_PASTE_END);
    tui->typed = true;
    return UINT64_MAX;
}

static bool next_key(struct tui *tui, uint32_t *key)
{
    if (burst_next(&tui->burst, key))
        return true;
    if (tui->watched && !tui->curtain.down && find_paste(tui))
        return next_key(tui, key);
    return burst_next(&tui->burst, key) || terminal_key(tui->terminal, key);
}

/* What comes on behind a paste without marks, as long as it is text. */
static bool goes_on(struct tui *tui, uint32_t key)
{
    if (!tui->finds_pastes || burst_is_text(key)) {
        tui->paste_goes_on = tui->finds_pastes;
        return true;
    }
    take_paste(tui, KEYS_PASTE_END);
    return false;
}

bool tui_key(struct tui *tui, const char **line, size_t *size)
{
    uint32_t key;
    bool came = false;
    while (!tui_away(tui) && !view_wishes(tui->view) && next_key(tui, &key)) {
        tui->typed = came = true;
        if (tui->curtain.down) {
            press_curtain(tui, key);
        } else if (take_report(tui, key)) {
            continue;
        } else if (tui->paste.open && goes_on(tui, key)) {
            take_paste(tui, key);
        } else if (key == KEYS_PASTE) {
            tui->paste.open = true;
            tui->finds_pastes = false; /* it marks them */
        } else if (key != KEYS_PASTE_END && take_key(tui, key)) {
            *line = writing_taken(tui->writing, size);
            return true;
        }
    }
    tui->done = tui->done || (!came && !tui->paste.open && terminal_gone());
    return false;
}
