/* The table of options. One row is one option: its letter, name, value, help and the function that takes it, above. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "app/options_private.h"
#include "base/tr.h"
#include "net/address.h"
#include "store/profile.h"

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
        return options_refuse(
            taking, _("\"%s\" is no port; give a number from 1 to 65535, or 0 for a free one"),
            options_quoted(taking->value).text);
    taking->options->port = (uint16_t)port;
    taking->options->port_given = true;
    return true;
}

static bool take_nick(struct taking *taking)
{
    if (!nick_ok(taking->value))
        return options_refuse(taking,
                              _("\"%s\" is no nick; give 1 to %d bytes without spaces, < and >, "
                                "that do not begin with #, \\ or /"),
                              options_quoted(taking->value).text, LIMIT_NICK);
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
        return options_refuse(
            taking,
            _("\"%s\" is no channel; give a name of at most %d bytes without spaces and "
              "commas, such as #fika"),
            options_quoted(taking->value).text, LIMIT_CHANNEL - 1);
    for (size_t i = 0; i < options->channel_count; i++)
        if (strcmp(options->channels[i].text, channel.text) == 0)
            return true;
    if (options->channel_count == LIMIT_CHANNELS)
        return options_refuse(taking, _("one fika takes at most %d channels"), LIMIT_CHANNELS);
    options->channels[options->channel_count++] = channel;
    return true;
}

static bool take_profile(struct taking *taking)
{
    if (!profile_name_ok(taking->value))
        return options_refuse(
            taking,
            _("\"%s\" is no profile; give at most 63 letters, digits, - _ or ., that do "
              "not begin with - or ."),
            options_quoted(taking->value).text);
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
        return options_refuse(
            taking, _("--network takes open, new, ask, @FILE or the name of a network kept in "
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
        return options_refuse(taking, _("\"%s\" is no size; give 64MB, 1GB or off"),
                              options_quoted(taking->value).text);
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
           options_refuse(taking,
                          _("\"%s\" is no proxy; give its numeric address and its port, such as "
                            "127.0.0.1:9050"),
                          options_quoted(taking->value).text);
}

static bool take_classic(struct taking *taking)
{
    struct options *options = taking->options;
    bool pair = strncmp(taking->value, "pair:", 5) == 0;
    uint32_t port;
    if (!number_read(&port, taking->value + (pair ? 5 : 0), 65535) || port == 0)
        return options_refuse(
            taking,
            _("\"%s\" is no classic port; give PORT or pair:PORT, a number from 1 to 65535"),
            options_quoted(taking->value).text);
    if (options->classic_count == OPTIONS_CLASSIC_MAX)
        return options_refuse(taking, _("one fika serves at most %d classic ports"),
                              OPTIONS_CLASSIC_MAX);
    options->classic[options->classic_count++] =
        (struct options_classic){.pair = pair, .port = (uint16_t)port};
    return true;
}

static bool take_face(struct taking *taking, enum options_face face)
{
    if (taking->options->face != FACE_BEST && taking->options->face != face)
        return options_refuse(taking, _("--lines and --json exclude each other; give one of them"));
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
        return options_refuse(taking, _("\"%s\" is no number of lines; give one from 0 to %d"),
                              options_quoted(taking->value).text, OPTIONS_LAST_MAX);
    taking->options->last_given = true;
    return true;
}

static bool take_act(struct taking *taking, enum options_act act)
{
    if (taking->options->act != ACT_TALK && taking->options->act != act)
        return options_refuse(taking,
                              _("--lock and --unlock exclude each other; give one of them"));
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
        return options_refuse(taking, _("\"%s\" is no descriptor; give its number, such as 3"),
                              options_quoted(taking->value).text);
    taking->options->passphrase_fd = (int)fd;
    taking->options->passphrase_given = true;
    return true;
}

static bool take_file(struct taking *taking)
{
    taking->options->file = taking->value;
    return taking->value[0] != '\0' || options_refuse(taking, _("--file needs the name of a file"));
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
    {OPTIONS_NO_LETTER, "network", N_("WHICH"),
     N_("talk only with holders of a secret: new makes one, ask\nreads a passphrase or invite, "
        "@FILE a file, NAME is one\nkept in the profile (default: the open network)"),
     take_network},
    {OPTIONS_NO_LETTER + 1, "no-discovery", NULL,
     N_("neither look for others nor be found on the LAN"), take_no_discovery},
    {OPTIONS_NO_LETTER + 6, "no-portmap", NULL,
     N_("do not ask the router to pass the port on to here"), take_no_portmap},
    {OPTIONS_NO_LETTER + 7, "socks", N_("PROXY"),
     N_("make all links through this SOCKS5 proxy (HOST:PORT),\nand nothing beside it; listen only "
        "with -p"),
     take_socks},
    {OPTIONS_NO_LETTER + 8, "carry", N_("SIZE"),
     N_("keep up to SIZE of channels of others, for those who\nare away, or cannot reach each "
        "other: 64MB, 1GB, off\n(default: 64MB)"),
     take_carry},
    {OPTIONS_NO_LETTER + 2, "classic", N_("PORT"),
     N_("also serve plain ZeroMQ PUB there, or PAIR as pair:PORT;\nmay repeat, is not encrypted"),
     take_classic},
    {OPTIONS_NO_LETTER + 3, "lines", NULL, N_("plain lines instead of the full screen"),
     take_lines},
    {OPTIONS_NO_LETTER + 4, "json", NULL, N_("one JSON object a line, for programs"), take_json},
    {OPTIONS_NO_LETTER + 5, "last", N_("N"), N_("show N stored lines first"), take_last},
    {OPTIONS_NO_LETTER + 20, "lock", NULL,
     N_("give the profile a passphrase, without which what lies\non this disk cannot be read, or "
        "another one"),
     take_lock},
    {OPTIONS_NO_LETTER + 21, "unlock", NULL, N_("take the passphrase away again"), take_unlock},
    {OPTIONS_NO_LETTER + 22, "pass-fd", N_("N"),
     N_("read passphrases from descriptor N, one a line, in place\nof the terminal"),
     take_passphrase_fd},
    {OPTIONS_NO_LETTER + 23, "file", N_("FILE"),
     N_("back the identity up to FILE, or restore it from there"), take_file},
    {'h', "help", NULL, N_("say this"), take_help},
    {'V', "version", NULL, N_("say the version"), take_version},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])
_Static_assert(ROW_COUNT <= OPTIONS_ROWS_MAX, "each option must have its place");

const struct option_row *options_rows(size_t *count)
{
    *count = ROW_COUNT;
    return rows;
}
