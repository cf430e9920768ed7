/* Operands: what stands behind the options: whom to dial, or what to do instead of talking. */
#include <sodium.h>
#include <string.h>

#include "app/options_private.h"
#include "base/tr.h"
#include "net/address.h"

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
        return options_refuse(taking, "%s", options_invite_fault(fault));
    return !again || options_refuse(taking, _("one invite at a time can be followed"));
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
        return options_refuse(
            taking,
            _("\"%s\" is no address; give HOST, HOST:PORT, [IPV6]:PORT, PORT, an invite, or a "
              "classic zmq://HOST:PORT or pair://HOST:PORT"),
            options_quoted(taking->value).text);
    if (options->address_count == OPTIONS_ADDRESSES_MAX)
        return options_refuse(taking,
                              _("at most %d addresses can be given; \\connect takes further ones"),
                              OPTIONS_ADDRESSES_MAX);
    options->addresses[options->address_count++] = taking->value;
    return true;
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
        return options_refuse(taking,
                              _("fika identity takes show, backup, restore or revoke; not \"%s\""),
                              options_quoted(words[0]).text);
    options->identity = (enum options_identity)act;
    bool named = act == IDENTITY_RESTORE || act == IDENTITY_REVOKE;
    if (count > (named ? 2 : 1))
        return options_refuse(taking,
                              _("nothing follows \"%s\"; its options stand before or behind it"),
                              options_quoted(words[named ? 1 : 0]).text);
    options->device = count > 1 ? words[1] : NULL;
    if (act == IDENTITY_REVOKE && options->device == NULL)
        return options_refuse(taking, _("say which device: fika identity lists them"));
    if (options->file != NULL && act != IDENTITY_BACKUP && act != IDENTITY_RESTORE)
        return options_refuse(taking,
                              _("--file goes with \"identity backup\" and \"identity restore\""));
    return true;
}

static bool go_together(struct taking *taking)
{
    const struct options *options = taking->options;
    if (options->socks[0] != '\0' && options->classic_count > 0)
        return options_refuse(taking,
                              _("--classic would serve beside the proxy; leave it or --socks out"));
    if (options->invited && options->network_given)
        return options_refuse(taking,
                              _("an invite says which network it is to; leave --network out"));
    return true;
}

bool options_take_operands(struct taking *taking, int count, char **words)
{
    struct options *options = taking->options;
    if (options->act != ACT_TALK && count > 0)
        return options_refuse(taking, _("nothing follows --lock and --unlock but -P PROFILE"));
    if (count > 0 && strcmp(words[0], "export") == 0)
        options->act = ACT_EXPORT;
    if (count > 0 && strcmp(words[0], "import") == 0)
        options->act = ACT_IMPORT;
    if (count > 0 && strcmp(words[0], "doctor") == 0) {
        options->act = ACT_DOCTOR;
        words++; /* addresses to be tried follow */
        count--;
    }
    if (count > 0 && strcmp(words[0], "identity") == 0)
        return take_identity(taking, count - 1, words + 1);
    if (options->file != NULL)
        return options_refuse(taking,
                              _("--file goes with \"identity backup\" and \"identity restore\""));
    bool dials = options->act == ACT_TALK || options->act == ACT_DOCTOR;
    if (!dials && count > 1)
        return options_refuse(
            taking, _("nothing follows \"%s\"; its options stand before or behind it"), words[0]);
    for (int i = 0; i < count && dials; i++) {
        taking->value = words[i];
        if (!take_address(taking))
            return false;
    }
    return go_together(taking);
}
