/* Command: one table, a row a command; the row's taker (take.c) reads what stands behind the name.
 * Help, completion and aliases are read off the same rows.
 *
 * 1. What is not exactly a name or an alias (upper and lower case alike) is never carried out: not
 *    a prefix, not a near miss. The sentence names the nearest one instead (guess.c).
 *
 * It knows nothing of the node's state: whether a channel is joined or an address exists is the
 * node's to say. */
#include "ui/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/tr.h"
#include "ui/argument.h"
#include "ui/cells.h"
#include "ui/guess.h"
#include "ui/take.h"

#define HELP_COLUMNS 38 /* of the names in the list of help */
#define INVITE_LEAST 16 /* letters behind "fika:" that make an invite of it */

struct row {
    struct command command;
    void (*take)(struct typed *typed, struct bytes argument);
};

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
    {{"join", "", N_("#channel [open]"), N_("takes part in a channel and writes there"),
      REQUEST(JOIN)},
     take_join},
    {{"leave", "", N_("[#channel]"), N_("stops taking a channel; a private one is left for good"),
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
    {{"create", "", N_("#channel"), N_("makes a channel that only who is invited can read"),
      REQUEST(CREATE)},
     take_created},
    {{"invite", "", N_("[nick|once] [history|inviter]"),
      N_("lets somebody in; alone, shows this network's invite"), REQUEST(INVITE)},
     take_invite},
    {{"remove", "", N_("nick"), N_("removes somebody from this private channel"), REQUEST(REMOVE)},
     take_removed},
    {{"members", "", N_("[#channel]"), N_("shows who is in a private channel, and as what"),
      REQUEST(ROLES)},
     take_channel_or_none},
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
    {{"verify", "", N_("[nick] [yes|no]"), N_("shows six words to compare, to know who it is"),
      REQUEST(VERIFY)},
     take_verify},
    {{"ignore", "", N_("[nick]"), N_("folds what somebody says"), REQUEST(IGNORE)}, take_person},
    {{"unignore", "", N_("nick"), N_("ends that"), REQUEST(IGNORE)}, take_no_person},
    {{"block", "", N_("[nick]"), N_("links to somebody no more, and takes nothing of him"),
      REQUEST(BLOCK)},
     take_person},
    {{"unblock", "", N_("nick"), N_("ends that"), REQUEST(BLOCK)}, take_no_person},
    {{"devices", "", "", N_("shows your devices"), REQUEST(DEVICES)}, take_nothing},
    {{"revoke", "", N_("device"), N_("says that a device of yours is lost, for good"),
      REQUEST(REVOKE)},
     take_device},
    {{"clear", "", "", N_("empties the screen"), FACE(CLEAR)}, take_nothing},
    {{"lock", "", "", N_("hides the screen until you type your passphrase, or any key"),
      FACE(LOCK)},
     take_nothing},
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

/* The nth name that can be typed: each row's own, then its aliases. NULL past the end. */
static const struct row *name_at(size_t n, struct bytes *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *names[] = {rows[i].command.name, rows[i].command.aliases};
        for (size_t j = 0; j < 2; j++) {
            struct bytes rest = argument_trimmed(names[j], strlen(names[j]));
            while (rest.size > 0) {
                *name = argument_word(&rest);
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
    if (argument_trimmed(line, size).size == 0)
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
    struct bytes word = argument_word(&argument);
    const struct row *row = row_find(word);
    if (!row) {
        guess_unknown(&typed, mark, word);
        return typed;
    }
    typed.command = &row->command;
    typed.kind = row->command.typed;
    typed.request.kind = row->command.request;
    row->take(&typed, argument);
    return typed;
}

bool command_name_at(size_t n, struct bytes *name)
{
    return name_at(n, name) != NULL;
}

const struct command *command_find(struct bytes word)
{
    const struct row *row = row_find(word);
    return row != NULL ? &row->command : NULL;
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
    while (start > 0 && !argument_blank(line[start - 1]))
        start--;
    struct bytes before = argument_trimmed(line, start);
    bool marked = start < size && (line[start] == '\\' || line[start] == '/');
    if (before.size == 0 ? !marked || start > 0
                         : !argument_is(before, "\\help") && !argument_is(before, "/help"))
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
    return row_find(argument_word(argument));
}

bool command_argument(const char *line, size_t size, char *out, size_t room)
{
    struct bytes argument, taken = {0};
    const struct row *row = row_of(line, size, &argument);
    bool fresh = size > 0 && argument_blank(line[size - 1]); /* a word that has not begun */
    if (row == NULL || (argument.size == 0 && !fresh))
        return false;
    struct bytes usage = argument_trimmed(row->command.arguments, strlen(row->command.arguments));
    size_t place = fresh;
    while (argument.size > 0) {
        argument_word(&argument);
        place++;
    }
    while (place > 0 && usage.size > 0) {
        taken = argument_word(&usage);
        place--;
    }
    /* What is said goes on for any number of words. */
    if (taken.size == 0 || (place > 0 && row->take != take_action && row->take != take_edit))
        return false;
    return (size_t)snprintf(out, room, "%.*s", (int)taken.size, (const char *)taken.at) < room;
}

/* True when one of the words of what a command takes is that. */
static bool takes(const char *arguments, const char *word)
{
    static const char between[] = " []|";
    while (*arguments != '\0') {
        arguments += strspn(arguments, between);
        size_t size = strcspn(arguments, between);
        if (size == strlen(word) && memcmp(arguments, word, size) == 0)
            return true;
        arguments += size;
    }
    return false;
}

static bool takes_secret(const char *arguments)
{
    return takes(arguments, "secret") || takes(arguments, "invite") ||
           takes(arguments, "passphrase");
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
