/* Fuzz: any shows from any peers, at any size, scrolled anyhow, with pages that are answered, late or
 * never. No cell leaves its row, none holds what a terminal obeys, and the bounds hold. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "ui/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_painting(struct view *view, int width, int height)
{
    size_t count = (size_t)width * (size_t)height;
    struct cell *cells = malloc(count * sizeof *cells); /* exact, so that ASan sees its ends */
    CHECK(cells != NULL);
    view_paint(view, cells, width, height);
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        CHECK(cell->columns <= 2 && cell->size <= CELL_BYTES);
        CHECK(cell->columns < 2 || ((i + 1) % (size_t)width != 0 && cells[i + 1].columns == 0));
        CHECK(cell->columns > 0 || (i > 0 && cells[i - 1].columns == 2));
        for (size_t at = 0; at < cell->size;) {
            uint32_t code;
            at += utf8_decode(cell->text + at, cell->size - at, &code);
            CHECK(!text_is_unsafe(code));
        }
    }
    free(cells);
}

static void show_one(struct view *view, uint8_t how, uint8_t clock, const uint8_t *text,
                     size_t size)
{
    static const enum show_kind kinds[] = {
        SHOW_MESSAGE, SHOW_MESSAGE, SHOW_MESSAGE,   SHOW_MEMBER,    SHOW_LINK,     SHOW_STATUS,
        SHOW_CURRENT, SHOW_READY,   SHOW_TOLD,      SHOW_HELD,      SHOW_GAP,      SHOW_GAP,
        SHOW_COMING,  SHOW_PAGE,    SHOW_MESSAGE,   SHOW_FORGOTTEN, SHOW_HELD_ROW, SHOW_REACTION,
        SHOW_EDITED,  SHOW_DEVICE,  SHOW_DEVICE_ROW};
    struct show show = {.kind = kinds[how % (sizeof kinds / sizeof *kinds)]};
    size_t nick = size < LIMIT_NICK ? size : LIMIT_NICK;
    show.via = (enum via)(how / 16 % 4);
    show.action = how & 0x80;
    show.own = clock % 5 == 1;
    show.up = clock & 1;
    show.adrift = clock % 11 == 7;
    show.liar = clock % 7 == 3;
    show.lamport = clock;
    show.seq = clock;
    show.n = show.n2 = clock;
    show.told = (enum told)(clock % TOLD_COUNT);
    memset(&show.id, clock % 5, sizeof show.id);
    memset(&show.person, how % 3 == 0 ? clock % 3 : clock % 5, sizeof show.person);
    show.marks = how / 4 % 16;
    if (size > 0)
        memcpy(show.nick.text, text, nick);
    /* Peers do not choose channel names, but these are let in raw all the same. */
    show.channel.text[0] = show.kind == SHOW_DEVICE && clock % 2 ? '\0' : '#';
    if (size > 0)
        show.channel.text[1] = (char)text[0];
    show.text = show.a = show.b = (struct bytes){text, size};
    view_show(view, &show, clock);
}

/* Lines as the store gives them, a run of up to 255, and the word that they are all. Many, so that
 * the bound of a window is reached. */
static void show_page(struct view *view, uint64_t before, uint8_t count)
{
    struct show show = {.kind = SHOW_MESSAGE, .channel = {"#"}, .via = VIA_STORED};
    for (uint64_t i = 0; i < count && before > i; i++) {
        show.lamport = show.seq = before - i;
        view_show(view, &show, 0);
    }
    show.kind = SHOW_PAGE;
    show.n = count;
    show.up = count % 2;
    view_show(view, &show, 0);
    CHECK(view_count(view, "#") <= VIEW_LINES_MAX);
}

static void move_about(struct view *view, uint8_t what, uint8_t one, uint8_t two)
{
    char part[3] = {(char)one, (char)two, 0};
    switch (what / 4 % 12) {
    case 0: view_clear(view); break;
    case 1: view_follow(view); break;
    case 2: view_focus(view, one & 1); break;
    case 3: view_toggle(view, (enum view_panel)(one % VIEW_PANELS)); break;
    case 4: view_go(view, one); break;
    case 5: view_step(view, one - 128); break;
    case 6: view_next_new(view); break;
    case 7: view_find(view, part); break;
    case 8: view_click(view, one, two); break;
    case 9: view_scroll_lines(view, one - 128); break;
    case 10: view_drag(view, (enum view_panel)(one % VIEW_PANELS), two - 8); break;
    case 11: view_set_columns(view, (enum view_panel)(one % VIEW_PANELS), two - 8); break;
    }
}

/* Records of: what, two parameters, and for shows as many bytes as the second one says. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view *view = view_new();
    struct request request = {.lamport = 100000};
    while (size >= 3) {
        uint8_t what = data[0], one = data[1], two = data[2];
        size_t length = what % 4 == 0 ? (two < size - 3 ? two : size - 3) : 0;
        switch (what % 4) {
        case 0: show_one(view, what / 4, one, data + 3, length); break;
        case 1: check_painting(view, 1 + one % 100, 1 + two % 30); break;
        case 2:
            view_scroll(view, one % 9 - 4);
            if (two < 128)
                view_wants(view, &request);
            else
                show_page(view, request.lamport % 1000000 - 1, one);
            break;
        case 3: move_about(view, what, one, two); break;
        }
        data += 3 + length;
        size -= 3 + length;
    }
    check_painting(view, 20, 5);
    view_free(view);
    return 0;
}
