/* Options. One row of the table is one option: its letter, name, value, help and the function that
 * takes it. getopt_long reads by it, --help is printed from it, and each refusal is one sentence
 * that says what is allowed. Nothing is opened or looked up here: whether a port is free or a
 * network exists is found out by those who use it. */
#include "app/options.h"

#include <ctype.h>
#include <getopt.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "net/address.h"
#include "store/profile.h"

/* A value that is being taken, and where the sentence goes when it will not do. */
struct taking {
    struct options *options;
    char *value; /* in argv */
    char *why;
};

struct option_row {
    int letter; /* above CHAR_MAX: it has none */
    const char *name;
    const char *value; /* NULL: takes none */
    const char *help;
    bool (*take)(struct taking *taking);
};

/* Sets the sentence; always false. */
static bool refuse(struct taking *taking, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool refuse(struct taking *taking, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(taking->why, OPTIONS_WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* What was typed, fit to be shown: short, and nothing in it that a terminal obeys. */
struct quoted {
    char text[100];
};
static struct quoted quoted(const char *typed)
{
    struct quoted quoted;
    text_tame(quoted.text, sizeof quoted.text, typed, strlen(typed), TAME_LINE);
    return quoted;
}

/* Digits only, so that neither a sign, a space nor 0x is read as a number. */
static bool number_read(uint32_t *number, const char *text, uint32_t highest)
{
    if (*text == 0 || strlen(text) > 9 || text[strspn(text, "0123456789")] != 0)
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    *number = (uint32_t)value;
    return value <= highest;
}

static bool take_port(struct taking *taking)
{
    uint32_t port;
    if (!number_read(&port, taking->value, 65535))
        return refuse(taking,
                      _("\"%s\" is no port; give a number from 1 to 65535, or 0 for a free one"),
                      quoted(taking->value).text);
    taking->options->port = (uint16_t)port;
    taking->options->port_given = true;
    return true;
}

static bool take_nick(struct taking *taking)
{
    if (!nick_ok(taking->value))
        return refuse(taking,
                      _("\"%s\" is no nick; give 1 to %d bytes without spaces, < and >, "
                        "that do not begin with #, \\ or /"),
                      quoted(taking->value).text, LIMIT_NICK);
    snprintf(taking->options->nick.text, sizeof taking->options->nick.text, "%s", taking->value);
    return true;
}

static bool take_channel(struct taking *taking)
{
    struct options *options = taking->options;
    struct channel_name channel;
    const char *mark = *taking->value == '#' ? "" : "#";
    int size = snprintf(channel.text, sizeof channel.text, "%s%s", mark, taking->value);
    if (size >= (int)sizeof channel.text || !channel_name_ok(channel.text))
        return refuse(taking,
                      _("\"%s\" is no channel; give a name of at most %d bytes without spaces and "
                        "commas, such as #fika"),
                      quoted(taking->value).text, LIMIT_CHANNEL - 1);
    for (size_t i = 0; i < options->channel_count; i++)
        if (strcmp(options->channels[i].text, channel.text) == 0)
            return true;
    if (options->channel_count == LIMIT_CHANNELS)
        return refuse(taking, _("one fika takes at most %d channels"), LIMIT_CHANNELS);
    options->channels[options->channel_count++] = channel;
    return true;
}

static bool take_profile(struct taking *taking)
{
    if (!profile_name_ok(taking->value))
        return refuse(taking,
                      _("\"%s\" is no profile; give at most 63 letters, digits, - _ or ., that do "
                        "not begin with - or ."),
                      quoted(taking->value).text);
    snprintf(taking->options->profile, sizeof taking->options->profile, "%s", taking->value);
    return true;
}

static bool take_network(struct taking *taking)
{
    struct options *options = taking->options;
    size_t size = strlen(taking->value);
    bool good = size > 0 && size < sizeof options->network && strcmp(taking->value, "@") != 0;
    if (good)
        memcpy(options->network, taking->value, size + 1);
    options->network_given = true;
    /* Other users of this machine can read argv. It is not quoted below for the same reason. */
    if (*taking->value != '@')
        sodium_memzero(taking->value, size);
    if (!good)
        return refuse(taking,
                      _("--network takes open, new, ask, @FILE or the name of a network kept in "
                        "the profile"));
    return true;
}

static bool take_no_discovery(struct taking *taking)
{
    taking->options->no_discovery = true;
    return true;
}

static bool take_no_portmap(struct taking *taking)
{
    taking->options->no_portmap = true;
    return true;
}

static bool take_carry(struct taking *taking)
{
    char text[32];
    snprintf(text, sizeof text, "%s", taking->value);
    if (strlen(taking->value) >= sizeof text || !config_bytes(text, &taking->options->carry_bytes))
        return refuse(taking, _("\"%s\" is no size; give 64MB, 1GB or off"),
                      quoted(taking->value).text);
    taking->options->carry_given = true;
    return true;
}

bool options_read_proxy(const char *text, char out[LIMIT_ADDRESS + 1])
{
    struct target target;
    struct sockaddr_storage to;
    struct address address = {{0}};
    socklen_t size;
    if (!target_read(&target, text) || target.kind != TARGET_LINK || target.port == 0)
        return false;
    /* A name would have to be looked up beside the proxy. */
    bool here = target.host[0] == '\0' || strcmp(target.host, "localhost") == 0;
    const char *host = here ? "127.0.0.1" : target.host;
    snprintf(address.text, sizeof address.text, strchr(host, ':') ? "[%.60s]:%u" : "%.60s:%u", host,
             (unsigned)target.port);
    memcpy(out, address.text, sizeof address.text);
    return address_to_sockaddr(&address, &to, &size);
}

static bool take_socks(struct taking *taking)
{
    return options_read_proxy(taking->value, taking->options->socks) ||
           refuse(taking,
                  _("\"%s\" is no proxy; give its numeric address and its port, such as "
                    "127.0.0.1:9050"),
                  quoted(taking->value).text);
}

static bool take_classic(struct taking *taking)
{
    struct options *options = taking->options;
    bool pair = strncmp(taking->value, "pair:", 5) == 0;
    uint32_t port;
    if (!number_read(&port, taking->value + (pair ? 5 : 0), 65535) || port == 0)
        return refuse(
            taking,
            _("\"%s\" is no classic port; give PORT or pair:PORT, a number from 1 to 65535"),
            quoted(taking->value).text);
    if (options->classic_count == OPTIONS_CLASSIC_MAX)
        return refuse(taking, _("one fika serves at most %d classic ports"), OPTIONS_CLASSIC_MAX);
    options->classic[options->classic_count++] =
        (struct options_classic){.pair = pair, .port = (uint16_t)port};
    return true;
}

static bool take_face(struct taking *taking, enum options_face face)
{
    if (taking->options->face != FACE_BEST && taking->options->face != face)
        return refuse(taking, _("--lines and --json exclude each other; give one of them"));
    taking->options->face = face;
    return true;
}

static bool take_lines(struct taking *taking)
{
    return take_face(taking, FACE_LINES);
}

static bool take_json(struct taking *taking)
{
    return take_face(taking, FACE_JSON);
}

static bool take_last(struct taking *taking)
{
    if (!number_read(&taking->options->last, taking->value, OPTIONS_LAST_MAX))
        return refuse(taking, _("\"%s\" is no number of lines; give one from 0 to %d"),
                      quoted(taking->value).text, OPTIONS_LAST_MAX);
    taking->options->last_given = true;
    return true;
}

static bool take_act(struct taking *taking, enum options_act act)
{
    if (taking->options->act != ACT_TALK && taking->options->act != act)
        return refuse(taking, _("--lock and --unlock exclude each other; give one of them"));
    taking->options->act = act;
    return true;
}

static bool take_lock(struct taking *taking)
{
    return take_act(taking, ACT_LOCK);
}

static bool take_unlock(struct taking *taking)
{
    return take_act(taking, ACT_UNLOCK);
}

static bool take_passphrase_fd(struct taking *taking)
{
    uint32_t fd;
    if (!number_read(&fd, taking->value, 1023))
        return refuse(taking, _("\"%s\" is no descriptor; give its number, such as 3"),
                      quoted(taking->value).text);
    taking->options->passphrase_fd = (int)fd;
    taking->options->passphrase_given = true;
    return true;
}

static bool take_file(struct taking *taking)
{
    taking->options->file = taking->value;
    return taking->value[0] != '\0' || refuse(taking, _("--file needs the name of a file"));
}

static bool take_help(struct taking *taking)
{
    taking->options->help = true;
    return true;
}

static bool take_version(struct taking *taking)
{
    taking->options->version = true;
    return true;
}

enum { NO_LETTER = 1000 };

static const struct option_row rows[] = {
    {'p', "port", N_("PORT"),
     N_("listen on PORT; 0 takes a free one\n(default: 23452, or a free one where that is taken)"),
     take_port},
    {'n', "nick", N_("NAME"), N_("be called NAME (default: as last time, or $USER)"), take_nick},
    {'c', "channel", N_("NAME"),
     N_("take channel #NAME; may repeat, the first is where\nyou write (default: as last time, or "
        "#fika)"),
     take_channel},
    {'P', "profile", N_("NAME"), N_("use this identity and history\n(default: the next free one)"),
     take_profile},
    {NO_LETTER, "network", N_("WHICH"),
     N_("talk only with holders of a secret: new makes one, ask\nreads a passphrase or invite, "
        "@FILE a file, NAME is one\nkept in the profile (default: the open network)"),
     take_network},
    {NO_LETTER + 1, "no-discovery", NULL, N_("neither look for others nor be found on the LAN"),
     take_no_discovery},
    {NO_LETTER + 6, "no-portmap", NULL, N_("do not ask the router to pass the port on to here"),
     take_no_portmap},
    {NO_LETTER + 7, "socks", N_("PROXY"),
     N_("make all links through this SOCKS5 proxy (HOST:PORT),\nand nothing beside it; listen only "
        "with -p"),
     take_socks},
    {NO_LETTER + 8, "carry", N_("SIZE"),
     N_("keep up to SIZE of channels of others, for those who\nare away, or cannot reach each "
        "other: 64MB, 1GB, off\n(default: 64MB)"),
     take_carry},
    {NO_LETTER + 2, "classic", N_("PORT"),
     N_("also serve plain ZeroMQ PUB there, or PAIR as pair:PORT;\nmay repeat, is not encrypted"),
     take_classic},
    {NO_LETTER + 3, "lines", NULL, N_("plain lines instead of the full screen"), take_lines},
    {NO_LETTER + 4, "json", NULL, N_("one JSON object a line, for programs"), take_json},
    {NO_LETTER + 5, "last", N_("N"), N_("show N stored lines first"), take_last},
    {NO_LETTER + 20, "lock", NULL,
     N_("give the profile a passphrase, without which what lies\non this disk cannot be read, or "
        "another one"),
     take_lock},
    {NO_LETTER + 21, "unlock", NULL, N_("take the passphrase away again"), take_unlock},
    {NO_LETTER + 22, "pass-fd", N_("N"),
     N_("read passphrases from descriptor N, one a line, in place\nof the terminal"),
     take_passphrase_fd},
    {NO_LETTER + 23, "file", N_("FILE"),
     N_("back the identity up to FILE, or restore it from there"), take_file},
    {'h', "help", NULL, N_("say this"), take_help},
    {'V', "version", NULL, N_("say the version"), take_version},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct option_row *row_of(int letter)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

/* Fills what getopt_long wants from the table; `letters` gets 3 bytes a row at most. */
static void tables_of(struct option longs[ROW_COUNT + 1], char letters[3 * ROW_COUNT])
{
    char *end = letters;
    *end++ = ':'; /* a missing value is told from an unknown option */
    for (size_t i = 0; i < ROW_COUNT; i++) {
        bool valued = rows[i].value != NULL;
        longs[i] = (struct option){.name = rows[i].name,
                                   .has_arg = valued ? required_argument : no_argument,
                                   .val = rows[i].letter};
        if (rows[i].letter >= NO_LETTER)
            continue;
        *end++ = (char)rows[i].letter;
        if (valued)
            *end++ = ':';
    }
    *end = 0;
    longs[ROW_COUNT] = (struct option){0};
}

/* The sentence for what getopt_long did not take: `found` is ':' or '?', `word` the argument. */
static bool refuse_option(struct taking *taking, int found, const char *word)
{
    const struct option_row *row = row_of(optopt);
    if (found == ':' && row != NULL)
        return refuse(taking, _("--%s needs a value: --%s %s"), row->name, row->name,
                      tr(row->value));
    if (row != NULL)
        return refuse(taking, _("--%s takes no value"), row->name);
    if (optopt != 0)
        return refuse(taking, _("there is no option -%c; fika --help lists them"),
                      isgraph(optopt) ? optopt : '?');
    return refuse(taking, _("there is no option %s; fika --help lists them"), quoted(word).text);
}

/* Why a line that begins as an invite is none that can be used; it is not quoted. */
const char *options_invite_fault(enum invite_fault fault)
{
    return fault == INVITE_NEWER
               ? _("that invite was made by a newer fika; update this one")
               : _("that invite has a slip in it; copy it again, from fika: to its last letter");
}

/* Other users of this machine can read argv: what opens a network does not stay there. */
static bool take_invite(struct taking *taking, struct invite *invite, enum invite_fault fault)
{
    struct options *options = taking->options;
    bool again = options->invited;
    sodium_memzero(taking->value, strlen(taking->value));
    options->invite = *invite;
    options->invited = true;
    sodium_memzero(invite, sizeof *invite);
    if (fault != INVITE_GOOD)
        return refuse(taking, "%s", options_invite_fault(fault));
    return !again || refuse(taking, _("one invite at a time can be followed"));
}

static bool take_address(struct taking *taking)
{
    struct options *options = taking->options;
    struct target target;
    struct invite invite;
    enum invite_fault fault = invite_read(&invite, taking->value, strlen(taking->value));
    if (fault != INVITE_NONE)
        return take_invite(taking, &invite, fault);
    if (!target_read(&target, taking->value))
        return refuse(
            taking,
            _("\"%s\" is no address; give HOST, HOST:PORT, [IPV6]:PORT, PORT, an invite, or a "
              "classic zmq://HOST:PORT or pair://HOST:PORT"),
            quoted(taking->value).text);
    if (options->address_count == OPTIONS_ADDRESSES_MAX)
        return refuse(taking, _("at most %d addresses can be given; \\connect takes further ones"),
                      OPTIONS_ADDRESSES_MAX);
    options->addresses[options->address_count++] = taking->value;
    return true;
}

/* getopt keeps its place in globals; each libc has its own word to begin anew. */
static void begin_anew(void)
{
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
    optreset = 1;
    optind = 1;
#else
    optind = 0;
#endif
    opterr = 0;
}

/* What stands behind "identity". */
static bool take_identity(struct taking *taking, int count, char **words)
{
    static const char *const acts[] = {"show", "backup", "restore", "revoke"};
    struct options *options = taking->options;
    size_t act = 0;
    options->act = ACT_IDENTITY;
    while (count > 0 && act < sizeof acts / sizeof *acts && strcmp(words[0], acts[act]) != 0)
        act++;
    if (act == sizeof acts / sizeof *acts)
        return refuse(taking, _("fika identity takes show, backup, restore or revoke; not \"%s\""),
                      quoted(words[0]).text);
    options->identity = (enum options_identity)act;
    bool named = act == IDENTITY_RESTORE || act == IDENTITY_REVOKE;
    if (count > (named ? 2 : 1))
        return refuse(taking, _("nothing follows \"%s\"; its options stand before or behind it"),
                      words[named ? 1 : 0]);
    options->device = count > 1 ? words[1] : NULL;
    if (act == IDENTITY_REVOKE && options->device == NULL)
        return refuse(taking, _("say which device: fika identity lists them"));
    if (options->file != NULL && act != IDENTITY_BACKUP && act != IDENTITY_RESTORE)
        return refuse(taking, _("--file goes with \"identity backup\" and \"identity restore\""));
    return true;
}

bool options_read(struct options *options, int argc, char **argv, char *why)
{
    struct option longs[ROW_COUNT + 1];
    char letters[3 * ROW_COUNT];
    struct taking taking = {.options = options, .why = why};
    *options = (struct options){0};
    *why = 0;
    tables_of(longs, letters);
    begin_anew();
    int found;
    while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (found == ':' || found == '?')
            return refuse_option(&taking, found, argv[optind - 1]);
        const struct option_row *row = row_of(found);
        CHECK(row != NULL);
        taking.value = optarg;
        if (!row->take(&taking))
            return false;
        if (options->help || options->version)
            return true;
    }
    if (options->act != ACT_TALK && optind < argc)
        return refuse(&taking, _("nothing follows --lock and --unlock but -P PROFILE"));
    if (optind < argc && strcmp(argv[optind], "export") == 0)
        options->act = ACT_EXPORT;
    if (optind < argc && strcmp(argv[optind], "import") == 0)
        options->act = ACT_IMPORT;
    if (optind < argc && strcmp(argv[optind], "doctor") == 0) {
        options->act = ACT_DOCTOR;
        optind++; /* addresses to be tried follow */
    }
    if (optind < argc && strcmp(argv[optind], "identity") == 0)
        return take_identity(&taking, argc - optind - 1, argv + optind + 1);
    if (options->file != NULL)
        return refuse(&taking, _("--file goes with \"identity backup\" and \"identity restore\""));
    bool dials = options->act == ACT_TALK || options->act == ACT_DOCTOR;
    if (!dials && optind + 1 < argc)
        return refuse(&taking, _("nothing follows \"%s\"; its options stand before or behind it"),
                      argv[optind]);
    for (int i = optind; i < argc && dials; i++) {
        taking.value = argv[i];
        if (!take_address(&taking))
            return false;
    }
    if (options->socks[0] != '\0' && options->classic_count > 0)
        return refuse(&taking,
                      _("--classic would serve beside the proxy; leave it or --socks out"));
    if (options->invited && options->network_given)
        return refuse(&taking, _("an invite says which network it is to; leave --network out"));
    return true;
}

/* One row of --help, its further lines set in. */
static void print_row(FILE *out, const struct option_row *row)
{
    char left[64];
    if (row->letter < NO_LETTER)
        snprintf(left, sizeof left, "-%c, --%s %s", row->letter, row->name,
                 row->value != NULL ? tr(row->value) : "");
    else
        snprintf(left, sizeof left, "    --%s %s", row->name,
                 row->value != NULL ? tr(row->value) : "");
    fprintf(out, "  %-20s ", left);
    for (const char *c = tr(row->help); *c != 0; c++) {
        fputc(*c, out);
        if (*c == '\n')
            fprintf(out, "%23s", "");
    }
    fputc('\n', out);
}

void options_help(FILE *out)
{
    fputs(_("usage: fika [OPTION]... [ADDRESS|INVITE]...\n"
            "       fika export [-P PROFILE] [-c CHANNEL]... [--json]\n"
            "       fika import [-P PROFILE] [-c CHANNEL]...\n"
            "       fika doctor [OPTION]... [ADDRESS]...\n"
            "       fika identity [backup|restore|revoke DEVICE] [-P PROFILE] [--file FILE]\n"
            "Chat in the terminal between two or more computers, with no server.\n"
            "ADDRESS: HOST, HOST:PORT, [IPV6]:PORT, or PORT of this machine.\n"
            "INVITE: what \\invite shows, in quotes: 'fika:...'\n\n"),
          out);
    for (size_t i = 0; i < ROW_COUNT; i++)
        print_row(out, &rows[i]);
    fputs(_("\nInside, \\help lists the commands. The manual is fika(1).\n"), out);
}
