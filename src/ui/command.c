/* Command: one table, a row a command; the row's taker reads what stands behind the name. Help,
 * completion and aliases are read off the same rows.
 *
 * 1. What is not exactly a name or an alias (upper and lower case alike) is never carried out: not
 *    a prefix, not a near miss. The sentence names the nearest one instead.
 * 2. A name that goes into a request has passed nick_ok() or channel_name_ok().
 * 3. What was typed comes back in a sentence tamed and cut.
 *
 * It knows nothing of the node's state: whether a channel is joined or an address exists is the
 * node's to say. */
#include "ui/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/tr.h"
#include "ui/cells.h"
#include "ui/complete.h"

#define NAME_MAX_BYTES 24 /* longer words are no command's name */
#define HELP_COLUMNS   38 /* of the names in the list of help */
#define WORD_COLUMNS   40 /* how much of a typed word a sentence repeats */
#define COUNT_MAX      1000
#define INVITE_LEAST   16 /* letters behind "fika:" that make an invite of it */

struct row {
    struct command command;
    /* Fills typed from the argument (trimmed). */
    void (*take)(struct typed *typed, struct bytes argument);
};

static void take_nothing(struct typed *typed, struct bytes argument);
static void take_anything(struct typed *typed, struct bytes argument);
static void take_help(struct typed *typed, struct bytes argument);
static void take_target(struct typed *typed, struct bytes argument);
static void take_disconnect(struct typed *typed, struct bytes argument);
static void take_channel(struct typed *typed, struct bytes argument);
static void take_channel_or_none(struct typed *typed, struct bytes argument);
static void take_nick(struct typed *typed, struct bytes argument);
static void take_msg(struct typed *typed, struct bytes argument);
static void take_action(struct typed *typed, struct bytes argument);
static void take_count(struct typed *typed, struct bytes argument);
static void take_edit(struct typed *typed, struct bytes argument);
static void take_react(struct typed *typed, struct bytes argument);
static void take_which(struct typed *typed, struct bytes argument);
static void take_search(struct typed *typed, struct bytes argument);
static void take_invite(struct typed *typed, struct bytes argument);
static void take_notify(struct typed *typed, struct bytes argument);
static void take_mute(struct typed *typed, struct bytes argument);
static void take_unmute(struct typed *typed, struct bytes argument);
static void take_watch(struct typed *typed, struct bytes argument);
static void take_unwatch(struct typed *typed, struct bytes argument);
static void take_quiet(struct typed *typed, struct bytes argument);
static void take_add_topic(struct typed *typed, struct bytes argument);
static void take_remove_topic(struct typed *typed, struct bytes argument);
static void take_set(struct typed *typed, struct bytes argument);

#define REQUEST(kind) TYPED_REQUEST, REQUEST_##kind
#define FACE(kind)    TYPED_##kind, 0

static const struct row rows[] = {
    {{"help", "", N_("[topic|command]"), N_("explains fika by topic, and each command"),
      FACE(HELP)},
     take_help},
    {{"keys", "", "", N_("shows what each key does, and what it is called"), FACE(KEYS)},
     take_nothing},
    {{"connect", "", N_("[host][:port]"),
      N_("links to a fika, or (zmq://, pair://) a classic program"), REQUEST(CONNECT)},
     take_target},
    {{"disconnect", "", N_("#channel|address|nick"), N_("stops taking a channel, or ends a link"),
      REQUEST(DISCONNECT)},
     take_disconnect},
    {{"join", "", N_("#channel"), N_("takes part in a channel and writes there"), REQUEST(JOIN)},
     take_channel},
    {{"leave", "", N_("[#channel]"), N_("stops taking a channel; the current one when left out"),
      REQUEST(LEAVE)},
     take_channel_or_none},
    {{"channel", "", N_("#channel"), N_("chooses where you write; you go on hearing all of yours"),
      REQUEST(CHANNEL)},
     take_channel},
    {{"msg", "query", N_("nick [text]"), N_("talks with one person alone; nobody else can read it"),
      REQUEST(DIRECT)},
     take_msg},
    {{"nick", "", N_("name"), N_("changes your name"), REQUEST(NICK)}, take_nick},
    {{"me", "", N_("action"), N_("says what you do: \\me drinks coffee"), REQUEST(SAY)},
     take_action},
    {{"held", "", N_("[#channel]"), N_("shows who holds your last line"), REQUEST(HELD)},
     take_channel_or_none},
    {{"forget", "", N_("[n]"), N_("takes back your last line, or the nth last"), REQUEST(FORGET)},
     take_count},
    {{"edit", "", N_("[text]"), N_("changes your last line, or brings it into the input"),
      REQUEST(EDIT)},
     take_edit},
    {{"react", "", N_("picture [n]"),
      N_("puts a picture behind a line of another, or takes it away"), REQUEST(REACT)},
     take_react},
    {{"search", "", N_("words"),
      N_("finds words, \"a phrase\", from:nick, in:#a, after:date, -not"), REQUEST(SEARCH)},
     take_search},
    {{"open", "", N_("[n]"), N_("opens the newest link, or the nth newest"), FACE(OPEN)},
     take_which},
    {{"copy", "", N_("[n]"), N_("puts the last line, or the nth last, on the clipboard"),
      FACE(COPY)},
     take_which},
    {{"who", "", N_("[#channel]"), N_("shows who is there"), REQUEST(WHO)}, take_channel_or_none},
    {{"channels", "list_topics", "", N_("shows your channels"), REQUEST(CHANNELS)}, take_nothing},
    {{"invite", "", N_("[once|30m|12h|7d]"),
      N_("shows what lets another machine into this network"), REQUEST(INVITE)},
     take_invite},
    {{"links", "list_receivers", "", N_("shows whom you are linked to, since when and how well"),
      REQUEST(LINKS)},
     take_nothing},
    {{"doctor", "", "", N_("finds out what stands between you and others"), REQUEST(DOCTOR)},
     take_nothing},
    {{"scan", "", "", N_("asks each address of your network for a fika"), REQUEST(SCAN)},
     take_nothing},
    {{"notify", "", N_("[#channel] [all|mentions|none]"),
      N_("chooses of what you are told, or shows it"), FACE(HEEDING)},
     take_notify},
    {{"mute", "", N_("[#channel]"), N_("dims a channel and tells you of nothing in it"),
      FACE(HEEDING)},
     take_mute},
    {{"unmute", "", N_("[#channel]"), N_("ends that"), FACE(HEEDING)}, take_unmute},
    {{"watch", "", N_("[word ...]"), N_("counts lines with these words as mentions"),
      FACE(HEEDING)},
     take_watch},
    {{"unwatch", "", N_("word ..."), N_("no longer does"), FACE(HEEDING)}, take_unwatch},
    {{"quiet", "", N_("[22:00-07:00|off]"), N_("sets hours in which you are told of nothing"),
      FACE(HEEDING)},
     take_quiet},
    {{"clear", "", "", N_("empties the screen"), FACE(CLEAR)}, take_nothing},
    {{"set", "", N_("[setting] [value]"),
      N_("changes the full screen, or lists what can be changed"), FACE(SET)},
     take_set},
    {{"quit", "exit", "", N_("leaves"), FACE(QUIT)}, take_anything},
    {{"add_topic", "", N_("send|receive #channel"),
      N_("the exercise's word: send is \\channel, receive is \\join"), REQUEST(JOIN)},
     take_add_topic},
    {{"remove_topic", "", N_("send|receive #channel"), N_("the exercise's word for \\leave"),
      REQUEST(LEAVE)},
     take_remove_topic},
};

#define ROWS (sizeof rows / sizeof *rows)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bytes trimmed(const char *at, size_t size)
{
    while (size > 0 && is_blank(at[0])) {
        at++;
        size--;
    }
    while (size > 0 && is_blank(at[size - 1]))
        size--;
    return (struct bytes){.at = (const uint8_t *)at, .size = size};
}

/* Takes the first word off the front of rest. */
static struct bytes word_of(struct bytes *rest)
{
    size_t size = 0;
    while (size < rest->size && !is_blank((char)rest->at[size]))
        size++;
    struct bytes word = {.at = rest->at, .size = size};
    *rest = trimmed((const char *)rest->at + size, rest->size - size);
    return word;
}

static bool word_is(struct bytes word, const char *name)
{
    return word.size == strlen(name) && strncasecmp((const char *)word.at, name, word.size) == 0;
}

/* The nth name that can be typed: each row's own, then its aliases. NULL past the end. */
static const struct row *name_at(size_t n, struct bytes *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *names[] = {rows[i].command.name, rows[i].command.aliases};
        for (size_t j = 0; j < 2; j++) {
            struct bytes rest = trimmed(names[j], strlen(names[j]));
            while (rest.size > 0) {
                *name = word_of(&rest);
                if (n-- == 0)
                    return &rows[i];
            }
        }
    }
    return NULL;
}

static const struct row *row_find(struct bytes word)
{
    struct bytes name;
    const struct row *row;
    for (size_t n = 0; (row = name_at(n, &name)); n++)
        if (word.size == name.size &&
            strncasecmp((const char *)word.at, (const char *)name.at, name.size) == 0)
            return row;
    return NULL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits between two words: a letter put in, left out, changed, or two neighbours swapped. */
static size_t edits_between(struct bytes a, struct bytes b)
{
    size_t edits[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1];
    for (size_t i = 0; i <= a.size; i++)
        edits[i][0] = i;
    for (size_t j = 0; j <= b.size; j++)
        edits[0][j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        for (size_t j = 1; j <= b.size; j++) {
            bool same = (a.at[i - 1] | 0x20) == (b.at[j - 1] | 0x20);
            size_t best = edits[i - 1][j - 1] + !same;
            best = least(best, least(edits[i - 1][j], edits[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
                best = least(best, edits[i - 2][j - 2] + 1);
            edits[i][j] = best;
        }
    }
    return edits[a.size][b.size];
}

/* The name that was probably meant: the start of one, or at most every third letter wrong. */
static bool nearest(struct bytes word, struct bytes *nearest_name)
{
    size_t fewest = SIZE_MAX;
    struct bytes name;
    if (word.size == 0 || word.size > NAME_MAX_BYTES)
        return false;
    for (size_t n = 0; name_at(n, &name); n++) {
        size_t edits = edits_between(word, name);
        bool starts = word.size < name.size &&
                      strncasecmp((const char *)word.at, (const char *)name.at, word.size) == 0;
        if (edits > (word.size + 2) / 3 && !starts)
            continue;
        /* A start beats a near miss: by letters alone \cl is nearer to \me than to \clear. Of
         * several starts the shortest leaves the least to guess. */
        size_t score = starts ? name.size : NAME_MAX_BYTES + edits;
        if (score < fewest) {
            fewest = score;
            *nearest_name = name;
        }
    }
    return fewest != SIZE_MAX;
}

/* A typed word as a sentence may repeat it. */
static void repeat(struct bytes word, char *out, size_t room)
{
    size_t size = text_tame(out, room, (const char *)word.at, word.size, TAME_LINE);
    size_t fits = text_fit(out, size, WORD_COLUMNS);
    if (fits < size && fits + 4 <= room)
        memcpy(out + fits, "...", 4);
}

#define REPEATED (3 * WORD_COLUMNS)

static void say_usage(struct typed *typed)
{
    const struct command *command = typed->command;
    typed->kind = TYPED_ERROR;
    if (command->arguments[0])
        snprintf(typed->text, sizeof typed->text, _("type it so: \\%s %s"), command->name,
                 tr(command->arguments));
    else
        snprintf(typed->text, sizeof typed->text, _("\\%s stands alone; nothing follows it"),
                 command->name);
}

static void say_unknown(struct typed *typed, char mark, struct bytes word)
{
    struct bytes name;
    char shown[REPEATED];
    repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    if (nearest(word, &name))
        snprintf(typed->text, sizeof typed->text, _("there is no %c%s; did you mean %c%.*s?"), mark,
                 shown, mark, (int)name.size, (const char *)name.at);
    else
        snprintf(typed->text, sizeof typed->text,
                 _("there is no %c%s; %chelp lists the commands, %c%c says a line that begins "
                   "with %c"),
                 mark, shown, mark, mark, mark, mark);
}

static void take_nothing(struct typed *typed, struct bytes argument)
{
    if (argument.size > 0)
        say_usage(typed);
}

/* Who wants to leave is not held up by a word too many. */
static void take_anything(struct typed *typed, struct bytes argument)
{
    (void)typed;
    (void)argument;
}

static void take_help(struct typed *typed, struct bytes argument)
{
    typed->command = NULL;
    if (argument.size == 0)
        return;
    char mark = '\\';
    if (argument.at[0] == '\\' || argument.at[0] == '/') {
        mark = (char)argument.at[0];
        argument.at++;
        argument.size--;
    }
    struct bytes word = word_of(&argument);
    const struct row *row = row_find(word);
    typed->topic = help_find((const char *)word.at, word.size);
    if (row)
        typed->command = &row->command;
    else if (!typed->topic)
        say_unknown(typed, mark, word);
}

static void take_set(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument;
}

/* "30m", "12h", "7d" as minutes; 0 for anything else. */
static uint32_t minutes_of(struct bytes word)
{
    uint32_t number = 0;
    if (word.size < 2 || word.size > 4)
        return 0;
    for (size_t i = 0; i + 1 < word.size; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return 0;
        number = number * 10 + (uint32_t)(word.at[i] - '0');
    }
    switch (word.at[word.size - 1]) {
    case 'm': return number;
    case 'h': return number * 60;
    case 'd': return number * 60 * 24;
    default: return 0;
    }
}

static void take_invite(struct typed *typed, struct bytes argument)
{
    while (argument.size > 0 && typed->kind != TYPED_ERROR) {
        struct bytes word = word_of(&argument);
        uint32_t minutes = minutes_of(word);
        bool once = word_is(word, "once");
        if (once && !typed->request.once)
            typed->request.once = true;
        else if (minutes > 0 && typed->request.minutes == 0)
            typed->request.minutes = minutes;
        else
            say_usage(typed);
    }
}

static void take_search(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument;
    if (argument.size == 0)
        say_usage(typed);
}

static void take_target(struct typed *typed, struct bytes argument)
{
    static const char nearby[] = "localhost";
    if (argument.size == 0)
        argument = (struct bytes){.at = (const uint8_t *)nearby, .size = strlen(nearby)};
    typed->request.text = word_of(&argument);
    if (argument.size > 0)
        say_usage(typed);
}

static void take_disconnect(struct typed *typed, struct bytes argument)
{
    if (argument.size == 0) {
        say_usage(typed);
    } else if (argument.at[0] == '#' || argument.at[0] == '@') {
        typed->request.kind = REQUEST_LEAVE;
        take_channel(typed, argument);
    } else {
        take_target(typed, argument);
    }
}

/* @nick, or (for \msg) the nick alone; false, and nothing changed, when it is neither. */
static bool read_direct(struct typed *typed, struct bytes word)
{
    struct channel_name name = {"@"};
    size_t mark = word.size == 0 || word.at[0] != '@';
    if (word.size + mark > LIMIT_CHANNEL || memchr(word.at, '\0', word.size))
        return false;
    memcpy(name.text + mark, word.at, word.size);
    if (!direct_name_ok(name.text))
        return false;
    typed->request.channel = name;
    return true;
}

static void take_msg(struct typed *typed, struct bytes argument)
{
    struct bytes word = word_of(&argument);
    char shown[REPEATED];
    if (word.size == 0) {
        say_usage(typed);
        return;
    }
    typed->request.text = argument;
    if (read_direct(typed, word))
        return;
    repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    snprintf(typed->text, sizeof typed->text, _("%s is no nick of anybody"), shown);
}

static void take_channel(struct typed *typed, struct bytes argument)
{
    struct bytes word = word_of(&argument);
    if (word.size == 0 || argument.size > 0) {
        say_usage(typed);
        return;
    }
    char *name = typed->request.channel.text;
    if (word.at[0] == '@' && read_direct(typed, word))
        return;
    size_t mark = word.at[0] != '#';
    bool fits = word.size + mark <= LIMIT_CHANNEL && !memchr(word.at, '\0', word.size);
    if (fits) {
        name[0] = '#';
        memcpy(name + mark, word.at, word.size);
    }
    if (fits && channel_name_ok(name))
        return;
    char shown[REPEATED];
    repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    snprintf(
        typed->text, sizeof typed->text,
        _("%s is no channel name: # and a word without spaces or commas, up to %d bytes in all"),
        shown, LIMIT_CHANNEL);
}

static void take_channel_or_none(struct typed *typed, struct bytes argument)
{
    if (argument.size > 0)
        take_channel(typed, argument);
}

static void take_nick(struct typed *typed, struct bytes argument)
{
    struct bytes word = word_of(&argument);
    if (word.size == 0 || argument.size > 0) {
        say_usage(typed);
        return;
    }
    bool fits = word.size <= LIMIT_NICK && !memchr(word.at, '\0', word.size);
    if (fits)
        memcpy(typed->request.nick.text, word.at, word.size);
    if (fits && nick_ok(typed->request.nick.text))
        return;
    char shown[REPEATED];
    repeat(word, shown, sizeof shown);
    typed->kind = TYPED_ERROR;
    snprintf(typed->text, sizeof typed->text,
             _("%s cannot be a nick: up to %d bytes without spaces, < or >, and no #, / or \\ in "
               "front"),
             shown, LIMIT_NICK);
}

static void take_action(struct typed *typed, struct bytes argument)
{
    typed->request.action = true;
    typed->request.text = argument;
    if (argument.size == 0)
        say_usage(typed);
}

/* A number from 1 to COUNT_MAX, 1 when it is left out; else false, with what was typed. */
static bool read_count(struct typed *typed, struct bytes argument, char shown[REPEATED])
{
    struct bytes word = word_of(&argument);
    if (argument.size > 0) {
        say_usage(typed);
        return true;
    }
    uint32_t count = word.size == 0;
    for (size_t i = 0; i < word.size; i++) {
        bool digit = word.at[i] >= '0' && word.at[i] <= '9';
        count = digit ? count * 10 + (uint32_t)(word.at[i] - '0') : COUNT_MAX + 1;
        if (count > COUNT_MAX)
            break;
    }
    typed->request.count = count;
    if (count > 0 && count <= COUNT_MAX)
        return true;
    repeat(word, shown, REPEATED);
    typed->kind = TYPED_ERROR;
    return false;
}

static void take_count(struct typed *typed, struct bytes argument)
{
    char shown[REPEATED];
    if (read_count(typed, argument, shown))
        return;
    snprintf(typed->text, sizeof typed->text,
             _("%s is no number from 1 (your last line) to %d (the %dth last)"), shown, COUNT_MAX,
             COUNT_MAX);
}

static void take_edit(struct typed *typed, struct bytes argument)
{
    typed->request.text = argument;
}

/* A picture, its :name:, or a word; not what a terminal would obey, or is wider than is shown. */
static bool is_reaction(struct bytes sign)
{
    const char *text = (const char *)sign.at;
    if (sign.size < 1 || sign.size > LIMIT_REACTION || !utf8_valid(text, sign.size))
        return false;
    for (size_t i = 0; i < sign.size;) {
        uint32_t code;
        i += utf8_decode(text + i, sign.size - i, &code);
        if (text_is_unsafe(code))
            return false;
    }
    int columns = cells_columns(text, sign.size);
    return columns >= 1 && columns <= LIMIT_REACTION_COLUMNS;
}

static void take_react(struct typed *typed, struct bytes argument)
{
    char shown[REPEATED];
    struct bytes sign = word_of(&argument);
    size_t size = sign.size;
    const char *picture = picture_named((const char *)sign.at, &size);
    if (picture != NULL)
        sign = (struct bytes){(const uint8_t *)picture, size};
    if (sign.size == 0) {
        say_usage(typed);
    } else if (!is_reaction(sign)) {
        repeat(sign, shown, sizeof shown);
        typed->kind = TYPED_ERROR;
        snprintf(typed->text, sizeof typed->text,
                 _("%s is too wide to stand behind a line: a picture, or up to %d letters"), shown,
                 LIMIT_REACTION_COLUMNS);
    } else {
        bool any = argument.size > 0;
        take_which(typed, argument);
        typed->request.text = sign;
        if (!any)
            typed->request.count = 0;
    }
}

static void take_which(struct typed *typed, struct bytes argument)
{
    char shown[REPEATED];
    if (read_count(typed, argument, shown))
        return;
    snprintf(typed->text, sizeof typed->text,
             _("%s is no number from 1 (the last) to %d (the %dth last)"), shown, COUNT_MAX,
             COUNT_MAX);
}

static bool take_direction(struct typed *typed, struct bytes *argument, bool *send)
{
    struct bytes direction = word_of(argument);
    *send = word_is(direction, "send");
    if (*send || word_is(direction, "receive"))
        return true;
    say_usage(typed);
    return false;
}

static void take_add_topic(struct typed *typed, struct bytes argument)
{
    bool send;
    if (!take_direction(typed, &argument, &send))
        return;
    typed->request.kind = send ? REQUEST_CHANNEL : REQUEST_JOIN;
    take_channel(typed, argument);
}

static void take_remove_topic(struct typed *typed, struct bytes argument)
{
    bool send;
    if (take_direction(typed, &argument, &send))
        take_channel(typed, argument);
}

/* ---- what the reader wants to be told of ---- */

static bool read_level(struct bytes word, enum heed_level *level)
{
    *level = word_is(word, "all")        ? HEED_ALL
             : word_is(word, "mentions") ? HEED_MENTIONS
             : word_is(word, "none")     ? HEED_NONE
                                         : HEED_UNSAID;
    return *level != HEED_UNSAID;
}

static void take_notify(struct typed *typed, struct bytes argument)
{
    struct bytes word = word_of(&argument);
    typed->heeding.act = HEEDING_NOTIFY;
    if (word.size > 0 && !read_level(word, &typed->heeding.level)) {
        take_channel(typed, word);
        typed->heeding.channel = typed->request.channel;
        word = word_of(&argument);
        if (typed->kind != TYPED_ERROR && word.size > 0 && !read_level(word, &typed->heeding.level))
            say_usage(typed);
    }
    if (typed->kind != TYPED_ERROR && argument.size > 0)
        say_usage(typed);
}

static void take_muted(struct typed *typed, struct bytes argument, enum heeding_act act)
{
    typed->heeding.act = act;
    take_channel_or_none(typed, argument);
    typed->heeding.channel = typed->request.channel;
}

static void take_mute(struct typed *typed, struct bytes argument)
{
    take_muted(typed, argument, HEEDING_MUTE);
}

static void take_unmute(struct typed *typed, struct bytes argument)
{
    take_muted(typed, argument, HEEDING_UNMUTE);
}

static void take_watch(struct typed *typed, struct bytes argument)
{
    typed->heeding.act = HEEDING_WATCH;
    typed->heeding.text = argument;
}

static void take_unwatch(struct typed *typed, struct bytes argument)
{
    typed->heeding.act = HEEDING_UNWATCH;
    typed->heeding.text = argument;
    if (argument.size == 0)
        say_usage(typed);
}

static void take_quiet(struct typed *typed, struct bytes argument)
{
    typed->heeding.act = HEEDING_QUIET;
    typed->heeding.text = argument;
}

static struct typed typed_text(const char *line, size_t size)
{
    return (struct typed){
        .kind = TYPED_REQUEST,
        .request = {.kind = REQUEST_SAY, .text = {.at = (const uint8_t *)line, .size = size}},
    };
}

/* s/old/new/ and nothing else: three slashes, something between the first two, one line. */
static bool mends(const char *line, size_t size)
{
    size_t slashes = 0;
    if (size < 5 || line[0] != 's' || line[1] != '/' || line[2] == '/' || line[size - 1] != '/')
        return false;
    for (size_t i = 0; i < size; i++) {
        slashes += line[i] == '/';
        if (line[i] == '\n')
            return false;
    }
    return slashes == 3;
}

struct typed command_read(const char *line, size_t size)
{
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
    if (trimmed(line, size).size == 0)
        return (struct typed){.kind = TYPED_NOTHING};
    char mark = line[0];
    if (mark != '\\' && mark != '/') {
        struct typed typed = typed_text(line, size);
        typed.request.mends = mends(line, size);
        return typed;
    }
    if (size > 1 && line[1] == mark)
        return typed_text(line + 1, size - 1);

    struct typed typed = {0};
    struct bytes argument = {.at = (const uint8_t *)line + 1, .size = size - 1};
    struct bytes word = word_of(&argument);
    const struct row *row = row_find(word);
    if (!row) {
        say_unknown(&typed, mark, word);
        return typed;
    }
    typed.command = &row->command;
    typed.kind = row->command.typed;
    typed.request.kind = row->command.request;
    row->take(&typed, argument);
    return typed;
}

const struct command *command_at(size_t index)
{
    return index < ROWS ? &rows[index].command : NULL;
}

static void write_usage(const struct command *command, char *out, size_t room)
{
    snprintf(out, room, "\\%s%s%s", command->name, command->arguments[0] ? " " : "",
             tr(command->arguments));
}

bool command_help_line(const struct command *command, size_t index, char *out, size_t room)
{
    char usage[64];
    if (command && index == 1 && command->aliases[0]) {
        snprintf(out, room, _("also: \\%s"), command->aliases);
        return true;
    }
    if (command ? index > 0 : index > ROWS)
        return false;
    if (!command && index == ROWS) {
        snprintf(out, room, "%s",
                 _("/ is as good as \\; \\\\ or // says a line that begins with one"));
        return true;
    }
    write_usage(command ? command : &rows[index].command, usage, sizeof usage);
    int columns = command ? 0 : HELP_COLUMNS;
    int bytes = (int)strlen(usage), wide = cells_columns(usage, strlen(usage));
    snprintf(out, room, "%-*s  %s", columns > 0 ? columns + bytes - wide : 0, usage,
             tr((command ? command : &rows[index].command)->help));
    return true;
}

/* Those that are commands, too, are among these. */
static bool complete_topic(const char *word, size_t size, size_t n, char *out, size_t room)
{
    const struct help_topic *topic;
    for (size_t i = 0; (topic = help_topic_at(i)) != NULL; i++) {
        struct bytes name = {.at = (const uint8_t *)topic->name, .size = strlen(topic->name)};
        if (row_find(name) != NULL || size > name.size ||
            strncasecmp(word, topic->name, size) != 0 || n-- > 0)
            continue;
        return (size_t)snprintf(out, room, "%s", topic->name) < room;
    }
    return false;
}

bool command_complete(const char *line, size_t size, size_t n, char *out, size_t room)
{
    size_t start = size;
    while (start > 0 && !is_blank(line[start - 1]))
        start--;
    struct bytes before = trimmed(line, start);
    bool marked = start < size && (line[start] == '\\' || line[start] == '/');
    if (before.size == 0 ? !marked || start > 0
                         : !word_is(before, "\\help") && !word_is(before, "/help"))
        return false;
    const char *word = line + start + marked;
    size_t length = size - start - marked;
    struct bytes name;
    for (size_t i = 0; name_at(i, &name); i++) {
        if (length > name.size || strncasecmp(word, (const char *)name.at, length) != 0)
            continue;
        if (n-- > 0)
            continue;
        snprintf(out, room, "%.*s%.*s", marked, line + start, (int)name.size,
                 (const char *)name.at);
        return true;
    }
    return before.size > 0 && !marked && complete_topic(word, length, n, out, room);
}

/* The row of the command that a line is, with what stands behind its name; NULL when it is none. */
static const struct row *row_of(const char *line, size_t size, struct bytes *argument)
{
    if (size < 2 || (line[0] != '\\' && line[0] != '/') || line[1] == line[0])
        return NULL;
    *argument = (struct bytes){.at = (const uint8_t *)line + 1, .size = size - 1};
    return row_find(word_of(argument));
}

bool command_argument(const char *line, size_t size, char *out, size_t room)
{
    struct bytes argument, taken = {0};
    const struct row *row = row_of(line, size, &argument);
    bool fresh = size > 0 && is_blank(line[size - 1]); /* a word that has not begun */
    if (row == NULL || (argument.size == 0 && !fresh))
        return false;
    struct bytes usage = trimmed(row->command.arguments, strlen(row->command.arguments));
    size_t place = fresh;
    while (argument.size > 0) {
        word_of(&argument);
        place++;
    }
    while (place > 0 && usage.size > 0) {
        taken = word_of(&usage);
        place--;
    }
    /* What is said goes on for any number of words. */
    if (taken.size == 0 || (place > 0 && row->take != take_action && row->take != take_edit))
        return false;
    return (size_t)snprintf(out, room, "%.*s", (int)taken.size, (const char *)taken.at) < room;
}

static bool takes_secret(const char *arguments)
{
    return strstr(arguments, "secret") != NULL || strstr(arguments, "invite") != NULL ||
           strstr(arguments, "passphrase") != NULL;
}

/* "fika:" and more letters than a host's port has. */
static bool has_invite(const char *line, size_t size)
{
    static const char mark[] = "fika:";
    for (size_t i = 0; i + strlen(mark) < size; i++) {
        size_t end = i + strlen(mark);
        if (strncasecmp(line + i, mark, strlen(mark)) != 0)
            continue;
        while (end < size && ((line[end] | 0x20) >= 'a' ? (line[end] | 0x20) <= 'z'
                                                        : line[end] >= '0' && line[end] <= '9'))
            end++;
        if (end - i - strlen(mark) >= INVITE_LEAST)
            return true;
    }
    return false;
}

enum command_memory command_memory(const char *line, size_t size)
{
    struct bytes argument;
    const struct row *row = row_of(line, size, &argument);
    bool command =
        size > 0 && (line[0] == '\\' || line[0] == '/') && (size < 2 || line[1] != line[0]);
    if (has_invite(line, size))
        return MEMORY_NONE;
    if (row != NULL && row->command.request == REQUEST_DIRECT)
        return MEMORY_RUN; /* what is said to one alone is not written down beside the history */
    if (row != NULL)
        return takes_secret(row->command.arguments) ? MEMORY_NONE : MEMORY_LASTING;
    return command ? MEMORY_RUN : MEMORY_LASTING;
}
