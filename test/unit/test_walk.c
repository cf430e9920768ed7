/* A walk over the whole full screen: keys, the mouse, pastes, lists, pages, settings, sizes and lines that
 * come, in any order, on terminals good and poor. After each step the screen is what a fresh painting gives.
 *
 * FIKA_WALK_SECONDS: so long, instead of so many steps; FIKA_WALK_SEED: a number that was told before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <locale.h>
#include <time.h>
#include <unistd.h>

#include "ui/command.h"
#include "ui/heed.h"
#include "ui/help.h"
#include "ui/keys.h"
#include "ui/settings.h"
#include "ui/tui.h"

#include "walk_help.h"

#include "screen_help.h"

/* What curses remembers of a terminal's strings it gives back with none of its terminals. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:tsearch\n";
}

#define STEPS       2500 /* on each of four terminals */
#define WIDTH_MOST  130
#define HEIGHT_MOST 45

static struct tui *tui;
static struct keys keys;
static struct heed heed;
static struct settings settings;
static int input; /* what is written here is typed */
static uint64_t frame_ms;

static void give(const struct show *show)
{
    tui_show(tui, show);
}

/* ---- what is typed ---- */

static void type(const char *bytes, size_t size)
{
    assert_int_equal(write(input, bytes, size), (ssize_t)size);
}

static void type_key(void)
{
    static const char *const named[] = {
        "\r",        "\r",        "\t",       "\t",       "\x1B[Z",    "\x7F",
        "\x1B[A",    "\x1B[B",    "\x1B[C",   "\x1B[D",   "\x1B[H",    "\x1B[F",
        "\x1B[5~",   "\x1B[5~",   "\x1B[6~",  "\x1B[3~",  "\x1B[1;5D", "\x1B[1;3C",
        "\x1B[1;2A", "\x1BOP",    "\x1B[15~", "\x1B[17~", "\x1B[18~",  "\x1B[24~",
        "\x1B[19~",  "\x1B\r",    "\x1B\x7F", "\x1B[I",   "\x1B[O",    "\x1B[999;9X",
        "\x1B[<0;1", "\x1B[1;5H", "\x1B[2~",  "\x1B\x1B", "\x1B<",     "\x1B>",
    };
    const char control[2] = {(char)(1 + below(26)), 0};
    const char alt[3] = {0x1B, (char)('a' + below(26)), 0};
    const char *pressed = below(2) > 0 ? control : alt;
    if (below(3) > 0)
        pressed = named[below(sizeof named / sizeof *named)];
    type(pressed, strlen(pressed));
}

static void type_text(void)
{
    static const char *const words[] = {
        "\\",     "\\he\t", "\\help",  "\\help screen", "\\set ",       "\\set\t",
        "/j\t",   ":rock",  "an\t",    "#\t",           "s/hi/ho/",     "\\keys",
        "\\copy", "\\open", "s/a/b",   "hello ",        "\\search tea", "\\edit x",
        "\x12h",  "\x07o",  "\\clear", "\\react +",
    };
    const char *text = below(2) > 0 ? words[below(sizeof words / sizeof *words)]
                                    : texts[below(sizeof texts / sizeof *texts)];
    for (; *text != '\0'; text++)
        if (*text != '\x1B') /* that is a key's */
            type(text, 1);
    if (below(3) == 0)
        type("\r", 1);
}

static void type_mouse(void)
{
    static const int buttons[] = {0, 0, 0, 32, 32, 64, 64, 65, 2, 35, 128};
    char report[48];
    int size = snprintf(report, sizeof report, "\x1B[<%d;%u;%u%c",
                        buttons[below(sizeof buttons / sizeof *buttons)], 1 + below(WIDTH_MOST),
                        1 + below(HEIGHT_MOST), below(3) > 0 ? 'M' : 'm');
    type(report, (size_t)size);
}

static void type_paste(void)
{
    const char *text = texts[below(sizeof texts / sizeof *texts)];
    type("\x1B[200~", 6);
    for (uint32_t i = below(4); i > 0; i--) {
        type(text, strlen(text));
        type("\r", below(2));
    }
    if (below(10) > 0)
        type("\x1B[201~", 6);
}

/* ---- what is answered ---- */

static void find(void)
{
    uint32_t count = below(30);
    for (uint32_t i = count; i > 0; i--) {
        struct show show = about(SHOW_FOUND);
        show.lamport = show.seq = 1 + below(3000);
        show.adrift = below(20) == 0;
        show.n = i;
        give(&show);
    }
    struct show end = about(SHOW_FOUND_END);
    end.n = count;
    end.n3 = 3000;
    end.n2 = below(3000);
    end.up = below(2);
    give(&end);
}

static void show_page_of(const struct typed *typed)
{
    static char text[HELP_TEXT_MAX];
    if (typed == NULL || typed->kind == TYPED_KEYS)
        help_keys(&keys, text);
    else
        help_write(typed->topic, typed->command, &keys, text);
    tui_page(tui, text);
}

/* A line that was sent, as the program would take it. */
static void take(const char *line, size_t size)
{
    struct typed typed = command_read(line, size);
    struct show show = about(SHOW_MESSAGE);
    switch (typed.kind) {
    case TYPED_HELP:
    case TYPED_KEYS: show_page_of(&typed); break;
    case TYPED_OPEN: tui_link(tui, typed.request.count); break;
    case TYPED_COPY: tui_copy(tui, typed.request.count); break;
    case TYPED_CLEAR: tui_clear(tui); break;
    case TYPED_ERROR: tui_note(tui, typed.text, true); break;
    case TYPED_REQUEST:
        if (typed.request.kind == REQUEST_SEARCH)
            find();
        if (typed.request.kind == REQUEST_REACT)
            tui_choose(tui, &typed.request);
        show.own = true;
        show.seq = show.lamport = 3000 + below(10);
        show.text = typed.request.text;
        if (typed.request.kind == REQUEST_EDIT)
            show.kind = SHOW_EDITING;
        if (typed.request.kind == REQUEST_SAY || typed.request.kind == REQUEST_EDIT)
            give(&show);
        break;
    default: break;
    }
}

/* The store, which has a line for each number up to 3000. */
static void answer(const struct request *request)
{
    struct show show = about(SHOW_MESSAGE);
    uint64_t from = request->lamport;
    show.channel = request->channel;
    show.via = VIA_STORED;
    show.own = false;
    if (request->kind == REQUEST_CHANNEL) {
        show_current();
        return;
    }
    if (request->kind != REQUEST_PAGE || below(8) == 0)
        return;
    if (!request->after)
        from = from > 3000 ? 2801 : from > 200 ? from - 200 : 1;
    for (uint64_t i = from; i < from + 200 && i <= 3000; i++) {
        show.lamport = show.seq = i;
        give(&show);
    }
    show.kind = SHOW_PAGE;
    show.n = 200;
    show.up = request->after ? from + 200 < 3000 : from > 1;
    give(&show);
}

static void set(void)
{
    static const char *const lines[] = {
        "channels-width 8", "channels-width 60", "members-width 30", "members-width 17",
        "mouse on",         "channels on",       "channels auto",    "members on",
        "members off",      "members auto",
    };
    enum setting which;
    const char *line = lines[below(sizeof lines / sizeof *lines)];
    assert_true(settings_take(&settings, line, strlen(line), &which, NULL, 0));
    tui_set(tui, &settings, which);
}

static void theme(void)
{
    char light[] = "text = black on white\nstatus = white on blue\ndim = grey\n";
    tui_theme(tui, below(2) > 0 ? light : NULL);
}

static void resize(void)
{
    int rows = 1 + (int)below(below(4) == 0 ? 6 : HEIGHT_MOST - 1);
    int columns = 1 + (int)below(below(4) == 0 ? 20 : WIDTH_MOST - 1);
    resizeterm(rows, columns);
    tui_resize(tui);
}

static void step(void)
{
    clock_now += below(20) == 0 ? 40000000 : below(5000);
    switch (below(20)) {
    case 0: resize(); break;
    case 1: set(); break;
    case 2: tui_note(tui, texts[below(sizeof texts / sizeof *texts)], below(2)); break;
    case 3: show_current(); break;
    case 4: below(4) == 0 ? find() : show_word(); break;
    case 5: below(6) == 0 ? show_page_of(NULL) : show_message(); break;
    case 6: below(10) == 0 ? theme() : show_word(); break;
    case 7:
    case 8: type_text(); break;
    case 9:
    case 10: type_mouse(); break;
    case 11: type_paste(); break;
    case 12:
    case 13:
    case 14:
    case 15: type_key(); break;
    default: show_message(); break;
    }
}

/* All that is typed is done, and all is painted. */
static void settle(void)
{
    struct request request;
    const char *line;
    size_t size;
    bool asked;
    do {
        while (tui_key(tui, &line, &size))
            take(line, size);
        asked = tui_wants(tui, &request);
        if (asked)
            answer(&request);
    } while (asked);
    tui_dragged(tui, &settings);
    frame_ms += 20;
    tui_paint(tui, frame_ms);
}

static bool by_curses; /* all of it is drawn by curses here */

static void a_fresh_painting_is_the_same(void)
{
    static struct screen before;
    screen_read(by_curses);
    before = screen;
    tui_resize(tui); /* to the same size */
    frame_ms += 20;
    tui_paint(tui, frame_ms);
    screen_read(true);
    assert_screen_is(&before);
}

static const struct tui_config config = {
    .keys = &keys, .directory = "/nowhere", .heed = &heed, .title = true};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t number_of(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL ? strtoull(value, NULL, 10) : 0;
}

static int kept_in, kept_out;
static uint64_t seed, steps;

/* The program's own descriptors are put in the place of a terminal's meanwhile. */
static int setup(void **state)
{
    (void)state;
    int pair[2];
    seed = number_of("FIKA_WALK_SEED");
    if (seed == 0 && number_of("FIKA_WALK_SECONDS") > 0)
        seed = (uint64_t)time(NULL);
    printf("# a walk from seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    kept_in = dup(0);
    kept_out = dup(1);
    assert_int_equal(pipe(pair), 0);
    dup2(pair[0], 0);
    screen_open();
    input = pair[1];
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fflush(stdout);
    dup2(kept_in, 0);
    dup2(kept_out, 1);
    printf("# seed %llu, %llu steps\n", (unsigned long long)seed, (unsigned long long)steps);
    return 0;
}

static void walk(const char *term, uint64_t for_ms)
{
    uint8_t bytes[32] = {0};
    const char *why;
    uint64_t until_ms = now_ms() + for_ms;
    memcpy(bytes, &seed, sizeof seed);
    memcpy(bytes + sizeof seed, term, strlen(term));
    prng_init(&prng, bytes);
    clock_now = 1700000000000;
    frame_ms = 0;
    keys_init(&keys);
    assert_true(keys_bind(&keys, "Ctrl-X Ctrl-E none", NULL, 0)); /* no other programs here */
    settings_init(&settings);
    by_curses = strcmp(term, "linux") == 0 || strcmp(term, "vt100") == 0;
    setenv("TERM", term, 1);
    tui = tui_open(&config, &why);
    assert_non_null(tui);
    resizeterm(24, 80);
    tui_resize(tui);
    show_current();
    for (int i = 0; for_ms > 0 ? now_ms() < until_ms : i < STEPS; i++, steps++) {
        step();
        settle();
        a_fresh_painting_is_the_same();
    }
    tui_close(tui);
}

static void a_random_walk_on_each_terminal(void **state)
{
    (void)state;
    static const char *const terms[] = {"xterm-256color", "screen", "linux", "vt100"};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        walk(terms[i], number_of("FIKA_WALK_SECONDS") * 1000 / 4);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    setenv("ESCDELAY", "0", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_random_walk_on_each_terminal, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
