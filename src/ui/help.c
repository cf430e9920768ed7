/* Help: each row is a page, and each paragraph of it one line, which the page wraps. What can be read
 * off another table (commands, keys) is read off it. The manual page says more; these say what a person
 * in front of the screen wants. */
#include "ui/help.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/tr.h"
#include "ui/command.h"
#include "ui/keys.h"

static const struct help_topic topics[] = {
    {"start", N_("the first steps: who hears you, and how others get here"),
     N_("What you type is said in the channel that stands before the input when you press Enter.\n"
        "A line that begins with \\ or / is a command; \\\\ or // says a line that begins so.\n"
        "\n"
        "Two fikas on one network find each other by themselves. From anywhere else, type behind "
        "fika the address that stands at the right of the last row but one: fika HOST:PORT, "
        "or \\connect HOST:PORT while it runs.\n"
        "\n"
        "What is said while somebody is away comes to him later, from whoever has it.\n"
        "\\who shows who is here, \\links whom you are linked to, \\quit leaves.")},
    {"screen", N_("panels, colours, the mouse"),
     N_("\\set lists what can be changed: the mouse, the panels, the theme; it is kept.\n"
        "F5 shows the channels at the left, F6 who is here at the right.\n"
        "theme = dark, light, mono or contrast in the configuration chooses the colours.\n"
        "title = off leaves the terminal's title alone.")},
    {"writing", N_("what can be typed: pictures, code, several lines, corrections"),
     N_("Tab completes commands, channels, nicks, files and pictures such as :rocket:.\n"
        "*bold*, _italic_, `code` and blocks between ``` look like what they are.\n"
        "Alt-Enter begins a new line; a paste of several lines waits until you press Enter.\n"
        "Up and Down go through what you typed before, Ctrl-R finds it by a part.\n"
        "Ctrl-X Ctrl-E opens your editor on the text.\n"
        "\\edit brings your last line back to be changed; s/old/new/ changes it at once.\n"
        "\\forget takes your last line back, at everyone who hears of it.\n"
        "\\react :+1: puts a picture behind the last line of another, and takes it away when it is "
        "there; \\react :+1: 3 does it to the third last line.")},
    {"keys", N_("what each key does, and what that is called"),
     N_("bind = Ctrl-X action in the configuration binds a key; none takes one away.")},
    {"channels", N_("joining, leaving, moving between channels"),
     N_("\\join #tea takes part in #tea and writes there; \\leave gives it up.\n"
        "\\channel #tea writes there; you go on hearing all of yours.\n"
        "Alt-1 to Alt-9 go to a channel, Alt-Left and Alt-Right to the next, Alt-A to the next "
        "with something new, Ctrl-G to one by a part of its name.\n"
        "F5 shows the channels at the left, F6 who is here at the right.")},
    {"direct", N_("talking with one person alone"),
     N_("\\msg anna hello opens @anna and says it there; \\msg anna opens it only.\n"
        "Only the two of you can read it, wherever it is carried. It waits while she is away, and "
        "works as in any channel.\n"
        "@anna opens by itself when she writes to you, and every line of hers counts as one that "
        "names you. \\leave closes it until the next.\n"
        "Her disk and yours keep what was said. Keys change every week, and old ones are "
        "destroyed: what comes too late cannot be opened, and is shown so.")},
    {"private", N_("channels that only their members can read"),
     N_("\\create #plans   makes a private channel: a lock stands before its name\n"
        "\\invite anna     lets anna in: she reads what is said from now on; she types \\join "
        "#plans\n"
        "\\invite anna history   what was said before, too\n"
        "\\invite anna inviter   she may invite others, and remove those whom she let in; also of "
        "one "
        "who is in\n"
        "\\remove anna     what is said from now on anna cannot read; what was said before, anna "
        "keeps\n"
        "\\members         who is in, who let them in, and when\n"
        "\\leave           leaves for good: only an invitation takes you back\n"
        "\n"
        "Nobody else can read it, wherever it is carried; who carries it sees who is in it, and "
        "who writes "
        "when. The founder can remove everybody, others those whom they let in, or who came in by "
        "them.\n"
        "A line whose key is not here yet waits, and is asked for. What somebody said after he was "
        "removed is left out.")},
    {"marks", N_("what the signs before a line mean"),
     N_("…    your line waits: nobody else holds it yet\n"
        "✓ 3  your line is held by so many nodes; \\held says by whom\n"
        "✓✓   with whom you talk alone has read it; \\set receipts on, at both ends\n"
        "»    it came late, and its place is above others that were there\n"
        "!    it names you, or a word that you watch\n"
        "(+1 2*)  two have put that behind the line by \\react; * says that you are one of them\n"
        "(!)  its author said two different things in one place: one key is used by two\n"
        "(clock adrift)  its order is not known, so it stands where it arrived\n"
        "(classic)  it came over a classic link: nobody has proven who said it\n"
        "<anna 3f2a>  two identities were called anna: the digits are of this one's id")},
    {"links", N_("opening links, copying text"),
     N_("\\open, or a click, gives the newest link to your desktop; \\open 2 the one before.\n"
        "Where there is no desktop, over ssh say, it is shown, and put on the clipboard of your "
        "terminal if you press Enter.\n"
        "\\copy puts the last line on the clipboard, \\copy 2 the one before; some terminals "
        "refuse.\n"
        "F7 shows lines as they were typed; hold Shift to select with the mouse.")},
    {"search", N_("finding what was said"),
     N_("\\search kettle       lines with kettle, and words that begin with it\n"
        "\\search \"a phrase\"   exactly that\n"
        "\\search -tea kettle  kettle, without tea\n"
        "\\search from:bo in:#tea kettle\n"
        "\\search after:2026-11 before:2026-11-27 kettle\n"
        "It goes through all channels, as far back as is held here; the newest stand last.")},
    {"people", N_("who is who, and who is not heard"),
     N_("\\verify anna    six words: if anna sees the same ones, it is her key that speaks\n"
        "\\verify anna yes   they were the same: her lines have a (v) in front from now on\n"
        "(another), (looks like anna) or (not the verified anna) in front of a nick: take "
        "care.\n"
        "\\ignore bo      folds what bo says; F9 shows it; \\unignore bo ends that\n"
        "\\block bo       no link to bo, and nothing of him is taken; \\unblock bo ends that\n"
        "Where two have one nick, add the digits that \\who shows: \\ignore bo 3f2a91cc\n"
        "Who floods a channel is folded by itself until that calms.")},
    {"devices", N_("one person on several machines, and a lost one"),
     N_("fika identity backup           24 words, for paper, that are you; --file F writes a file\n"
        "fika identity restore phone    on another machine: makes it a device of yours, by the "
        "words\n"
        "Each device has a key of its own; lines of all of them carry one name. Others learn of it "
        "with its first line.\n"
        "\\devices        lists yours\n"
        "\\revoke phone   it is lost: what it says from now on is marked, for everybody, for good\n"
        "Whoever has the 24 words is you, and that cannot be taken back.")},
    {"notices", N_("being told while you look elsewhere"),
     N_("You are told, by the bell or by a notice of the terminal's own, of lines that name you "
        "when you do not see them.\n"
        "\\notify #tea all      of every line of #tea; mentions, none: of those, of nothing\n"
        "\\mute #tea            dims it, and tells you of nothing there; \\unmute ends that\n"
        "\\watch kettle         counts lines with kettle as if they named you\n"
        "\\quiet 22:00-07:00    tells you of nothing then\n"
        "\\notify               shows what holds\n"
        "notify-by = bell, osc9, osc777, osc99 or none in the configuration chooses how.\n"
        "In tmux, set -g allow-passthrough on lets the terminal's notices through.")},
    {"network", N_("who may link, addresses, private networks"),
     N_("On the open network everybody who can reach this fika may link and talk. Links are "
        "encrypted, and every line is signed by who said it.\n"
        "\n"
        "fika --network new    makes a network of your own\n"
        "\\invite               shows what lets another machine in: a line, and a QR code\n"
        "fika 'fika:...'       joins with such a line, in quotes\n"
        "fika --network ask    joins by a line or a passphrase that is typed unseen\n"
        "\n"
        "\\connect HOST:PORT    links to a fika elsewhere\n"
        "\\links                shows the links, and how well they go\n"
        "When nobody is found: is the port open in the firewall of one of you? fika says its port "
        "at the start; -p PORT chooses one.")},
};

#define TOPICS (sizeof topics / sizeof *topics)

const struct help_topic *help_topic_at(size_t index)
{
    return index < TOPICS ? &topics[index] : NULL;
}

const struct help_topic *help_find(const char *name, size_t size)
{
    for (size_t i = 0; i < TOPICS; i++)
        if (strlen(topics[i].name) == size && strncasecmp(topics[i].name, name, size) == 0)
            return &topics[i];
    return NULL;
}

static void add(char *out, const char *line)
{
    size_t size = strlen(out);
    snprintf(out + size, HELP_TEXT_MAX - size, "%s%s", size > 0 ? "\n" : "", line);
}

static void add_keys(const struct keys *keys, char *out)
{
    add(out, _("Keys as they are bound, what that is called, and what they do:"));
    char line[KEYS_HELP_MAX];
    for (size_t i = 0; keys_help_line(keys, i, line, sizeof line); i++)
        add(out, line);
}

void help_keys(const struct keys *keys, char out[HELP_TEXT_MAX])
{
    out[0] = '\0';
    add_keys(keys, out);
}

void help_write(const struct help_topic *topic, const struct command *command,
                const struct keys *keys, char out[HELP_TEXT_MAX])
{
    char line[512];
    out[0] = '\0';
    if (topic != NULL) {
        snprintf(line, sizeof line, "%s: %s", topic->name, tr(topic->title));
        add(out, line);
        add(out, tr(topic->text));
        if (strcmp(topic->name, "keys") == 0)
            add_keys(keys, out);
        return;
    }
    if (command == NULL)
        add(out, _("Help. \\help and one of these says more:"));
    for (size_t i = 0; command == NULL && i < TOPICS; i++) {
        snprintf(line, sizeof line, "  %-10s %s", topics[i].name, tr(topics[i].title));
        add(out, line);
    }
    if (command == NULL)
        add(out, _("The commands, of which \\help and its name explains one:"));
    for (size_t i = 0; command_help_line(command, i, line, sizeof line); i++)
        add(out, line);
}
