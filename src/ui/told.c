/* Told: the sentence of each enum told, one row of a table, with {a}, {b} and {n} in it.
 *
 * A sentence about something that went wrong says what to do about it. */
#include "base/check.h"
#include "base/tr.h"
#include "ui/pieces.h"
#include "ui/template.h"

static const char *const told_templates[] = {
    [TOLD_JOINED] = N_("you are in {a} now"),
    [TOLD_LEFT] = N_("you left {a}; \\join {a} takes you back"),
    [TOLD_DIRECT] = N_("only you and the other can read what is said in {a}; \\leave closes it"),
    [TOLD_DIRECT_NEW] = N_("{a}: somebody talks with you alone; only the two of you can read it"),
    [TOLD_DIRECT_WAITS] = N_("{a}: the other's key is not known yet; {n} {n|line waits|lines wait} "
                             "here for it, and {n|goes|go} out as "
                             "soon as he is linked, or somebody who met him"),
    [TOLD_WAITING] = N_("waiting in {a}: {b}"),
    [TOLD_PRIVATE_WAITS] = N_("{a}: that you are let in has not come here yet; {n} {n|line "
                              "waits|lines wait} here for it, and {n|is|are} "
                              "said as soon as somebody who is in is linked"),
    [TOLD_WRITING] = N_("what you write goes to {a} now"),
    [TOLD_NICK] = N_("you are {a} now"),
    [TOLD_NICK_OTHER] = N_("{a} is {b} now"),
    [TOLD_ALREADY] = N_("{a} is linked, or being called, already; \\links shows it"),
    [TOLD_NO_LINKS] = N_("there are no links yet; \\connect host:port makes one"),
    [TOLD_LOOKING_UP] = N_("looking up {a} ..."),
    [TOLD_DIALING] = N_("calling {a} ..."),
    [TOLD_DIAL_FAILED] = N_("{a} could not be reached ({b}); it will be tried again"),
    [TOLD_DIAL_SELF] = N_("{a} is this fika itself; type the address of the other one"),
    [TOLD_DISCONNECTED] = N_("the link to {a} is ended; \\connect makes a new one"),
    [TOLD_SAME_IDENTITY] =
        N_("another fika at {a} runs with this same identity; stop one of them, or "
           "start it with another profile (-P NAME)"),
    [TOLD_HISTORY_COMING] = N_("{n} earlier {n|line comes|lines come} in {a}"),
    [TOLD_NOBODY] = N_("nobody else is in {a} yet; what you say there is kept for those who come"),
    [TOLD_NOT_HANDED] = N_("{n} {n|line of yours has|lines of yours have} reached nobody yet; "
                           "{n|it stays|they stay} stored and will be handed over next time"),
    [TOLD_CLASSIC_UP] = N_("classic link to {a}: no encryption, and no proof of who speaks"),
    [TOLD_CLASSIC_DOWN] = N_("the classic link to {a} is gone"),
    [TOLD_STORE_BACK] = N_("the disk can be written again; all is well"),
    [TOLD_PORT] = N_("port {a} is in use, so this fika listens on port {b}"),
    [TOLD_NETWORK_MADE] =
        N_("network {a} is made, and its secret kept in {b}; \\invite shows what lets another "
           "machine in, and fika --network {a} comes back here"),
    [TOLD_NETWORK_JOINED] =
        N_("you are on network {a} now; fika --network {a} comes back here, without the invite"),
    [TOLD_MAPPED] = N_("the router lets others call this fika from outside, at {a} ({b})"),
    [TOLD_UNMAPPED] = N_("the router no longer lets others call this fika at {a} ({b})"),
    [TOLD_GUEST] = N_("somebody at {a} has used your invite, and is let into this network"),
    [TOLD_PROXY] =
        N_("all links are made through the proxy at {a}; nothing is looked up, looked for "
           "or offered beside it"),
    [TOLD_STORE_ASIDE] =
        N_("the history was damaged and is kept aside in {a}; a new one is begun, and "
           "what others hold comes back from them"),
    [TOLD_WELCOME] = N_("to talk from another machine, type there: fika {a}"),
    [TOLD_FORGOTTEN] =
        N_("the line is taken back, here and wherever that is heard; who has read it has "
           "read it"),
    [TOLD_DOCTOR] = N_("looking for what stands between you and others ..."),
    [TOLD_SCAN] = N_("asking each of the {n} addresses of {a} ..."),
    [TOLD_SCAN_GOES] = N_("asked {a} of {n}; new links: {b}"),
    [TOLD_SCAN_FOUND] = N_("asked {a} addresses; new links: {b}"),
    [TOLD_SCAN_NOBODY] = N_("asked {a} addresses, and nobody new answered; if somebody is there, "
                            "\\connect with the address "
                            "that their fika shows"),
    [TOLD_CREATED] =
        N_("{a} is made, and yours: only who is invited can read it; \\invite nick lets "
           "somebody in"),
    [TOLD_JOINED_PRIVATE] = N_("you are in {a} now; only its members can read it"),
    [TOLD_INVITED] = N_("{a} is invited to {b}, and can read what is said from now on"),
    [TOLD_INVITED_HISTORY] = N_("{a} is invited to {b}, and can read what was said before, too"),
    [TOLD_INVITED_AGAIN] =
        N_("{a} was let into {b} before, and has not been seen there: the invitation goes to {a} "
           "once more"),
    [TOLD_MAY_INVITE] = N_("{a} may invite others to {b} from now on"),
    [TOLD_INVITED_DEVICE] = N_("another device of {a} is invited to {b}, too"),
    [TOLD_REMOVED_DEVICE] = N_("a device of {a} was revoked: it is out of {b}, and cannot read "
                               "what is said there from now on"),
    [TOLD_REMOVED] =
        N_("{a} is removed from {b}: what is said from now on {a} cannot read; what was "
           "said before, {a} keeps"),
    [TOLD_FOUNDER_LEFT] =
        N_("the founder of {a} has left: whom the founder let in nobody can remove now, and only "
           "who may invite lets others in"),
    [TOLD_NOBODY_INVITES] = N_("the founder of {a} has left, and nobody who is in may invite: "
                               "nobody can be let in any more; \\create makes another channel"),
    [TOLD_LEFT_PRIVATE] = N_(
        "you left {a} for good: only an invitation takes you back; what was said before, you keep"),
    [TOLD_DECLINED] = N_("the invitation to {a} is declined"),
    [TOLD_BRANCH] =
        N_("lines of yours were said in {a} from elsewhere meanwhile (a restored backup, "
           "say); all of them are kept"),
    [TOLD_VERIFIED] = N_("{a} is verified now: lines of this {a} have a (v) in front"),
    [TOLD_UNVERIFIED] = N_("{a} is not verified"),
    [TOLD_IGNORED] = N_("lines of {a} are folded from now on; \\unignore {a} ends that"),
    [TOLD_UNIGNORED] = N_("lines of {a} are shown"),
    [TOLD_BLOCKED] =
        N_("there will be no link to {a}, and nothing of {a} is taken or shown; others still hear "
           "{a}. \\unblock {a} ends that"),
    [TOLD_UNBLOCKED] =
        N_("{a} may come back, as soon as one of you calls the other (\\connect); what was said "
           "meanwhile comes from whoever has it"),
    [TOLD_DEVICE_REVOKED] = N_(
        "\"{a}\" is no device of yours any more: that is said in your channels, and what it says "
        "from now on is marked"),
    [TOLD_NOBODY_MARKED] = N_("nobody is blocked"),
    [TOLD_WORDS_COME] = N_("making the words for {a} ..."),
    [TOLD_NOT_JOINED] = N_("you are not in {a}; \\join {a} takes you there"),
    [TOLD_NO_CHANNEL] = N_("there is no channel to write to; \\join #channel first"),
    [TOLD_DIRECT_NONE] = N_("nobody called {a} is known here; \\who shows who is there, and "
                            "the digits behind a nick will do, too"),
    [TOLD_DIRECT_SELF] = N_("{a} is you, and nobody else of that name is known here"),
    [TOLD_DIRECT_SEVERAL] = N_("several are called {a}; type one of: {b}"),
    [TOLD_DIRECT_FULL] =
        N_("{n} lines wait for a key already; what you wrote was not said, type it again later"),
    [TOLD_BAD_CHANNEL] = N_("{a} is no channel name: # and a word without spaces or commas"),
    [TOLD_BAD_NICK] =
        N_("{a} cannot be a nick: a word without spaces, < or >, and no #, / or \\ in "
           "front"),
    [TOLD_TOO_LONG] = N_("that is too long to say at once; at most {n} bytes, so send it in parts"),
    [TOLD_TOO_MANY_CHANNELS] =
        N_("you are in {n} channels, and that is all there may be; \\leave one "
           "first"),
    [TOLD_FULL_CHANNEL] =
        N_("{a} holds lines of {n} people, and that is all there may be; what others "
           "say there is not taken; \\leave it and join another"),
    [TOLD_OF_TWO] = N_("{a} is between you and the other; \\create makes a channel to which you "
                       "can invite more"),
    [TOLD_NO_INVITATION] = N_("there is no invitation to {a}; who is in it can invite you (\\join "
                              "{a} open makes an open channel of that name)"),
    [TOLD_NOT_PRIVATE] = N_("{a} is open to all, so nobody is invited to it or removed; \\create "
                            "#name makes a private channel"),
    [TOLD_NOT_INVITER] =
        N_("in {a} others decide who comes in; ask one of them (\\members shows who)"),
    [TOLD_NO_INVITER] = N_("the founder of {a} has left, and nobody who is in may invite: nobody "
                           "can be let in any more; \\create makes another channel"),
    [TOLD_NOT_ABOVE] = N_("you did not let {a} into {b}, nor anybody who did: only who did can, "
                          "and the founder, if he "
                          "is still in (\\members shows who)"),
    [TOLD_NOT_IN] = N_("{a} is not in {b}"),
    [TOLD_IN_ALREADY] = N_("{a} is in {b} already"),
    [TOLD_OUT] =
        N_("you are not in {a} any more, so nothing can be said there; \\leave {a} closes it"),
    [TOLD_NOT_IN_YET] =
        N_("{a}: that you are let in has not come here yet; as soon as somebody who is "
           "in is linked it does, so say it again then"),
    [TOLD_LOG_ENDS] =
        N_("{a}: nothing more can be said there with your key: somebody else has it, and has said "
           "the last that there is room for; begin a new profile"),
    [TOLD_MEMBERS_FULL] =
        N_("{n} people are in {a}, and that is all there may be; remove one first"),
    [TOLD_NAME_TAKEN] = N_("a channel called {a} is here already; take another name"),
    [TOLD_TWO_NAMED] =
        N_("somebody whom you have neither verified nor talked with invites you to a private "
           "channel called {a}: \\join {b} takes you in there, \\join {a} open into the "
           "open one"),
    [TOLD_ACTS_FULL] = N_("so many were let into {a} and removed that there is no room for more; "
                          "make a new channel"),
    [TOLD_CLASSIC_FULL] = N_("{n} classic links are all there may be; \\disconnect one before {a}"),
    [TOLD_SCAN_OFF] =
        N_("this fika was told not to look for others (--no-discovery, or the configuration); "
           "\\connect with an address works all the same"),
    [TOLD_SCAN_NONE] =
        N_("there is no IPv4 network here whose addresses could be asked; \\connect with "
           "the address of the other one"),
    [TOLD_SCAN_RUNS] = N_("that is going on already"),
    [TOLD_NOTHING_OWN] =
        N_("there is no such line of yours in {a}, so nothing to take back or to ask "
           "of; say one first, or \\forget with a lower number"),
    [TOLD_NOTHING_THERE] =
        N_("there is no such line in {a}; \\react with a number counts from the last line up, "
           "without one it means the last of another"),
    [TOLD_NOBODY_CALLED] = N_("nobody called {a} was met yet; \\who shows who is there"),
    [TOLD_WHO_OF_THEM] = N_("{n} people were met as {a}; say which, with the digits: {b}"),
    [TOLD_PEOPLE_FULL] = N_(
        "that is decided of {n} people already, and that is all there may be; take one back first"),
    [TOLD_IS_BLOCKED] = N_("{a} is there, and blocked by you; \\unblock {a} first"),
    [TOLD_NO_DEVICE] =
        N_("no device of yours is called {a}, or several are; \\devices lists them, and "
           "the first digits will do, too"),
    [TOLD_NOT_ROOT] =
        N_("only the machine whose key was the first revokes a device here; elsewhere "
           "\"fika identity revoke\" asks for the 24 words"),
    [TOLD_SELF_REVOKED] =
        N_("this device was revoked: what it says is marked, and others keep no link with it; "
           "begin a new profile, and restore the identity there"),
    [TOLD_WORDS_FIRST] =
        N_("\\verify {a} first, and compare the words with {a}, by voice or face to face"),
    [TOLD_WORDS_DIFFER] = N_("that code is not of you and this {a}: somebody may stand between "
                             "you; do not trust this {a}"),
    [TOLD_NO_WORDS] = N_("the words could not be made: they need 256 MB of memory for a moment"),
    [TOLD_LIAR] =
        N_("{a} said two different things in one place of {b}: both are shown, with (!); ask "
           "{a} by another way whether somebody else has that key"),
    [TOLD_STORE_FULL] =
        N_("the disk does not take what you said, so it was not sent; make some room "
           "and say it again"),
    [TOLD_NO_SUCH] = N_("there is no link to {a}; \\links shows those there are"),
    [TOLD_BAD_ADDRESS] = N_("{a} is no address; type host, host:port, or a port number alone"),
    [TOLD_NO_HOST] = N_("{a} was not found ({b}); check the name, or type its numeric address"),
    [TOLD_PROXY_CLASSIC] = N_("{a} would be called beside the proxy; classic links do without one"),
    [TOLD_NOWHERE] = N_("nobody can call this fika, so there is nothing to invite to; on the open "
                        "network, call the others from here with \\connect"),
    [TOLD_INVITE_OPEN] = N_("the open network lets everybody in: an invite to it cannot end"),
    [TOLD_NO_DOOR] =
        N_("an invite that ends has to be asked for here, and nobody can call this fika; "
           "\\invite alone shows one that does not end"),
    [TOLD_BAD_INVITE] = "{a}",
    [TOLD_INVITE_OTHER] = N_("that invite is to another network; leave, and start fika with it"),
    [TOLD_STORE_FAILED] = "{a}",
    [TOLD_WORLD] = "{a}",
};
_Static_assert(sizeof told_templates / sizeof *told_templates == TOLD_COUNT,
               "every enum told has its row");

static const char *nobody_marked(uint64_t mark)
{
    return mark == PERSON_VERIFIED
               ? N_("nobody is verified yet; \\verify nick shows the words to compare")
           : mark == PERSON_IGNORED ? N_("nobody is ignored")
                                    : N_("nobody is blocked");
}

void words_told(const struct show *show, char *out, size_t room)
{
    char a[PIECE_MAX], b[PIECE_MAX];
    CHECK(room > 0 && show->told < TOLD_COUNT);
    struct writer w = writer_of(out, room - 1);
    const char *template = told_templates[show->told];
    if (show->told == TOLD_NOBODY_MARKED)
        template = nobody_marked(show->n);
    CHECK(template != NULL);
    /* A row about a channel may have it in either place. */
    piece_tame(show->a.size > 0 ? show->a : piece_bytes(show->channel.text), a, sizeof a);
    piece_tame(show->b, b, sizeof b);
    /* The core says why in English. */
    TEMPLATE(&w, tr(template), {"a", a, 0}, {"b", show->told == TOLD_DIAL_FAILED ? tr(b) : b, 0},
             {"n", NULL, show->n});
    out[w.size] = '\0';
}
