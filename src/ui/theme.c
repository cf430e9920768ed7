/* Theme: reading the text of one, and fitting its colours to what a terminal has.
 *
 *   new = yellow bold              a part, a colour, styles
 *   mention = black on yellow      the ground as well
 *   nicks = 33 35 37 63            numbers of 256, or names
 *
 * Every part has a style or a sign that tells what it is without any colour; a theme cannot take the
 * signs away. */
#include "ui/theme.h"

#include <stdlib.h>
#include <string.h>

static const char *const part_names[COLOUR_NICK] = {
    [COLOUR_NONE] = "text",       [COLOUR_ERROR] = "error", [COLOUR_NEW] = "new",
    [COLOUR_MENTION] = "mention", [COLOUR_LINK] = "link",   [COLOUR_CODE] = "code",
    [COLOUR_STATUS] = "status",   [COLOUR_LIST] = "list",   [COLOUR_QR] = "qr",
};

static const char *const colour_names[] = {"black", "red",     "green", "yellow",
                                           "blue",  "magenta", "cyan",  "white"};

static const struct {
    const char *name;
    uint8_t style;
} style_names[] = {{"dim", STYLE_DIM},
                   {"bold", STYLE_BOLD},
                   {"reverse", STYLE_REVERSE},
                   {"italic", STYLE_ITALIC},
                   {"underline", STYLE_UNDERLINE}};

static const struct theme_look no_look = {THEME_DEFAULT, THEME_DEFAULT, STYLE_PLAIN};

void theme_mono(struct theme *theme)
{
    *theme = (struct theme){.text = no_look, .dim = no_look};
    for (int i = 0; i < COLOUR_NICK; i++)
        theme->parts[i] = no_look;
}

/* Readable on dark and on light ground. Error's red, black, white and grey are no nick's. */
void theme_default(struct theme *theme)
{
    char text[] = "error = red\n"
                  "new = 172\n"
                  "mention = 166\n"
                  "link = 33\n"
                  "code = 35\n"
                  "qr = black on bright-white\n"
                  "nicks = 33 35 37 63 71 98 130 133 136 166 169 172\n"
                  "nicks8 = green yellow blue magenta cyan\n";
    theme_mono(theme);
    theme_read(theme, text);
}

/* The next word of a line, taken off its front; NULL at the end. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t\r");
    size_t size = strcspn(word, " \t\r");
    if (size == 0)
        return NULL;
    *rest = word + size;
    if (**rest != '\0')
        *(*rest)++ = '\0';
    return word;
}

/* A name, "bright-" and a name, "default", or a number below 256. */
static bool read_colour(const char *word, int *colour)
{
    bool bright = strncmp(word, "bright-", 7) == 0;
    if (strcmp(word, "default") == 0) {
        *colour = THEME_DEFAULT;
        return true;
    }
    for (int i = 0; i < 8; i++)
        if (strcmp(word + (bright ? 7 : 0), colour_names[i]) == 0) {
            *colour = i + (bright ? 8 : 0);
            return true;
        }
    *colour = 0;
    for (const char *at = word; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || *colour > 255)
            return false;
        *colour = 10 * *colour + (*at - '0');
    }
    return *word != '\0' && *colour < 256;
}

static bool read_style(const char *word, uint8_t *styles)
{
    for (size_t i = 0; i < sizeof style_names / sizeof *style_names; i++)
        if (strcmp(word, style_names[i].name) == 0) {
            *styles |= style_names[i].style;
            return true;
        }
    return strcmp(word, "plain") == 0;
}

static bool read_look(char *value, struct theme_look *look)
{
    struct theme_look read = no_look;
    bool ground = false;
    for (char *word; (word = next_word(&value)) != NULL;) {
        int colour;
        if (strcmp(word, "on") == 0 && !ground)
            ground = true;
        else if (read_colour(word, &colour))
            *(ground ? &read.back : &read.front) = (int16_t)colour;
        else if (!read_style(word, &read.styles))
            return false;
    }
    *look = read;
    return true;
}

/* Those that are colours, as many as there is room for; false when one is none. */
static bool read_nicks(char *value, uint8_t *nicks, size_t *count)
{
    size_t found = 0;
    bool good = true;
    for (char *word; (word = next_word(&value)) != NULL;) {
        int colour;
        if (!read_colour(word, &colour) || colour == THEME_DEFAULT)
            good = false;
        else if (found < PALETTE_SIZE)
            nicks[found++] = (uint8_t)colour;
    }
    *count = found;
    return good;
}

/* False when it cannot be understood. One without any word, and one that begins with #, says nothing. */
static bool read_line(struct theme *theme, char *line)
{
    size_t blank = strspn(line, " \t\r");
    if (line[blank] == '\0' || line[blank] == '#')
        return true;
    char *value = strchr(line, '=');
    if (value == NULL)
        return false;
    *value++ = '\0';
    char *name = next_word(&line);
    if (name == NULL || next_word(&line) != NULL)
        return false;
    if (strcmp(name, "nicks") == 0)
        return read_nicks(value, theme->nicks, &theme->nick_count);
    if (strcmp(name, "nicks8") == 0)
        return read_nicks(value, theme->nicks8, &theme->nick8_count);
    if (strcmp(name, "text") == 0)
        return read_look(value, &theme->text);
    if (strcmp(name, "dim") == 0) {
        if (!read_look(value, &theme->dim))
            return false;
        theme->dim_given = true;
        return true;
    }
    for (int i = 1; i < COLOUR_NICK; i++)
        if (strcmp(name, part_names[i]) == 0)
            return read_look(value, &theme->parts[i]);
    return false;
}

unsigned theme_read(struct theme *theme, char *text)
{
    unsigned number = 0, wrong = 0;
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        number++;
        if (!read_line(theme, line) && wrong == 0)
            wrong = number;
        line = end;
    }
    return wrong;
}

/* Of the eight, by which of red, green and blue are more than half of the strongest. */
static int of_eight(int colour)
{
    if (colour < 16)
        return colour % 8;
    if (colour >= 232)
        return colour < 244 ? 0 : 7;
    int cube = colour - 16, red = cube / 36, green = cube / 6 % 6, blue = cube % 6;
    int most = red > green ? red : green;
    most = most > blue ? most : blue;
    int most_half = most / 2 + 1;
    return (red >= most_half) + 2 * (green >= most_half) + 4 * (blue >= most_half);
}

int theme_colour(int colour, int colours)
{
    if (colour == THEME_DEFAULT || colour < colours)
        return colour;
    return of_eight(colour);
}

int theme_nick(const struct theme *theme, uint8_t index, int colours)
{
    if (colours >= 256 && theme->nick_count > 0)
        return theme->nicks[index % theme->nick_count];
    if (theme->nick8_count > 0)
        return theme_colour(theme->nicks8[index % theme->nick8_count], colours);
    if (theme->nick_count > 0)
        return theme_colour(theme->nicks[index % theme->nick_count], colours);
    return THEME_DEFAULT;
}
