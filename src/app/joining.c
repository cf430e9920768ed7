/* Joining: an invite, a choice of --network, or neither. The secret is kept in the profile, so that an
 * invite is needed once; its addresses are dialled by the node as if they were typed.
 *
 * 1. An invite is in no buffer but the options' and config's when this returns. */
#include "app/joining.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/tr.h"
#include "net/guest.h"

static enum error_code follow(struct node_config *config, const struct invite *invite,
                              struct error *error);

/* A ticket becomes an invite with the secret, where it is good. The screen is not taken yet. */
static enum error_code exchange(struct node_config *config, const struct invite *ticket,
                                struct error *error)
{
    static const char *const why[] = {
        [GUEST_UNKNOWN] = N_("it is not known there any more; ask for another"),
        [GUEST_EXPIRED] = N_("its time is over; ask for another"),
        [GUEST_USED] = N_("it was for one machine, and another one has used it; ask for another"),
        [GUEST_NO_ANSWER] =
            N_("nobody answers who knows it: the fika that made it must be running, "
               "and this machine able to call it"),
    };
    char text[INVITE_TEXT_MAX];
    struct address proxy = {{0}};
    struct invite invite;
    enum error_code code;
    memcpy(proxy.text, config->ways.proxy, sizeof proxy.text);
    fprintf(stderr, "fika: %s\n", _("asking where the invite comes from ..."));
    enum guest_answer answer = guest_ask(ticket, &proxy, text);
    if (answer != GUEST_WELCOME)
        code = error_set(error, ERROR_INVITE, tr(why[answer]));
    else if (invite_read(&invite, text, strlen(text)) != INVITE_GOOD ||
             invite.kind != INVITE_SECRET)
        code = error_set(error, ERROR_INVITE, tr(why[GUEST_UNKNOWN]));
    else
        code = follow(config, &invite, error);
    sodium_memzero(text, sizeof text);
    sodium_memzero(&invite, sizeof invite);
    return code;
}

static enum error_code follow(struct node_config *config, const struct invite *invite,
                              struct error *error)
{
    memcpy(config->invited, invite->addresses, sizeof config->invited);
    config->invited_count = invite->count;
    if (invite->kind == INVITE_OPEN)
        return network_secret(config->profile, NULL, config->network_secret, config->network_name,
                              config->network_path, error);
    if (invite->kind == INVITE_TICKET)
        return exchange(config, invite, error);
    memcpy(config->network_secret, invite->secret, sizeof invite->secret);
    config->network_joined = true;
    return network_keep(config->profile, config->network_secret, config->network_name,
                        config->network_path, error);
}

/* "ask" and "@FILE" may bring an invite in place of a secret. */
static enum error_code choose(struct node_config *config, const char *choice, struct error *error)
{
    char line[NETWORK_LINE_MAX];
    struct invite invite;
    enum error_code code = network_line(choice, line, error);
    if (code != ERROR_NONE)
        return code;
    enum invite_fault fault = invite_read(&invite, line, strlen(line));
    if (fault == INVITE_GOOD)
        code = follow(config, &invite, error);
    else if (fault != INVITE_NONE)
        code = error_set(error, ERROR_INVITE, options_invite_fault(fault));
    else
        code = network_of_line(config->profile, choice, line, config->network_secret,
                               config->network_name, config->network_path, error);
    sodium_memzero(line, sizeof line);
    sodium_memzero(&invite, sizeof invite);
    return code;
}

enum error_code joining_network(struct node_config *config, const struct options *options,
                                struct error *error)
{
    const char *choice = options->network_given ? options->network : NULL;
    config->network_made = choice != NULL && strcmp(choice, "new") == 0;
    return options->invited ? follow(config, &options->invite, error)
                            : choose(config, choice, error);
}
