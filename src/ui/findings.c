/* Findings. Sentences are templates (template.h): {a} and {b} are what it is about, {n} and {n2}
 * numbers; what comes from elsewhere is tamed first. An advice is one sentence. */
#include "ui/findings.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "base/tr.h"
#include "ui/template.h"

#define PIECE_MAX 512

enum leg { INTERFACES, PORT, BEACONS, PEERS, CARRIED, WAY_OUT, FIREWALL, VERDICT };

static const struct {
    const char *name, *title;
} legs[] = {
    [INTERFACES] = {"interfaces", N_("This machine")},
    [PORT] = {"port", N_("Its port")},
    [BEACONS] = {"beacons", N_("Beacons, by which those on one network find each other")},
    [PEERS] = {"peers", N_("Others that are known")},
    [CARRIED] = {"carried", N_("What is passed on for others")},
    [WAY_OUT] = {"nat", N_("The way in from outside")},
    [FIREWALL] = {"firewall", N_("Firewalls")},
    [VERDICT] = {"verdict", N_("All in all")},
};

static const struct {
    const char *name, *sign;
} levels[] = {
    [FINDING_GOOD] = {"good", "ok"},
    [FINDING_NOTE] = {"note", "--"},
    [FINDING_BAD] = {"bad", "!!"},
};

static const struct {
    enum leg leg;
    enum finding_level level;
    const char *name, *text, *advice;
} rows[] = {
    [FINDING_ADDRESS] = {INTERFACES, FINDING_GOOD, "address", N_("{a} on {b}"), ""},
    [FINDING_NO_ADDRESS] = {INTERFACES, FINDING_BAD, "no-address",
                            N_("no interface is up but the machine's own loopback"),
                            N_("join a wireless network, or plug a cable in")},
    [FINDING_PORT] = {PORT, FINDING_GOOD, "port",
                      N_("port {a} is bound, and answers at every address of this machine"), ""},
    [FINDING_PORT_OTHER] =
        {PORT, FINDING_NOTE, "port-other",
         N_("port {b} is in use by another program, so this fika listens on port {a}"),
         N_("who types your address has to type :{a} behind it")},
    [FINDING_PORT_SHUT] =
        {PORT, FINDING_BAD, "port-shut",
         N_("port {a} is bound, but does not answer at this machine's own address {b}"),
         N_("allow TCP to port {a} in the firewall of this machine")},
    [FINDING_BEACONS_HEARD] = {BEACONS, FINDING_GOOD, "beacons-heard",
                               N_("{a}: {n} sent, {n2} heard from others"), ""},
    [FINDING_BEACONS_ALONE] =
        {BEACONS, FINDING_NOTE, "beacons-alone",
         N_("{n} {n|beacon|beacons} left {a}, none returned: nobody else is here, or this network "
            "drops "
            "broadcast"),
         N_("if somebody is here, type \\connect with the address in their status bar, or try "
            "\\scan")},
    [FINDING_BEACONS_DROPPED] = {BEACONS, FINDING_BAD, "beacons-dropped",
                                 N_("beacons leave {a}, none return, though {b} is linked on the "
                                    "same network: this network "
                                    "drops broadcast, as many campus networks do"),
                                 N_("type \\connect with an address, or use an invite")},
    [FINDING_BEACONS_STUCK] = {BEACONS, FINDING_BAD, "beacons-stuck",
                               N_("beacons cannot leave {a} ({b})"),
                               N_("allow UDP to port 23452 in the firewall of this machine, or "
                                  "type \\connect with an address")},
    [FINDING_BEACONS_OFF] = {BEACONS, FINDING_NOTE, "beacons-off",
                             N_("this fika was told not to look for others"),
                             N_("type \\connect with an address, or start it without "
                                "--no-discovery (and without discovery = no)")},
    [FINDING_NO_PROXY] = {BEACONS, FINDING_BAD, "no-proxy", N_("the proxy at {a} is not there"),
                          N_("start it, or give its right address with --socks")},
    [FINDING_PROXY] = {BEACONS, FINDING_NOTE, "proxy",
                       N_("all links go through the proxy at {a}, so nothing is sent beside it, "
                          "and nobody is looked for"),
                       N_("type \\connect with an address, or follow an invite")},
    [FINDING_LINKED] = {PEERS, FINDING_GOOD, "linked", N_("{b} at {a} is linked"), ""},
    [FINDING_PUNCHED] = {PEERS, FINDING_GOOD, "punched",
                         N_("{b} at {a} is linked, through both routers: each called the other at "
                            "the same moment"),
                         ""},
    [FINDING_UNPUNCHED] =
        {PEERS, FINDING_NOTE, "unpunched",
         N_("{b}: each of you called the other at the same moment, and nothing got through: lines "
            "go through {a}"),
         N_("{a} has to stay; if there are two routers in between, it helps when one of them "
            "passes calls on (UPnP or NAT-PMP in its settings)")},
    [FINDING_CLOCK_AHEAD] = {PEERS, FINDING_NOTE, "clock-ahead",
                             N_("the clock of {b} is {n} {n|second|seconds} ahead of this one"),
                             N_("one of the two is wrong; the order of lines does not suffer, "
                                "their times do")},
    [FINDING_CLOCK_BEHIND] = {PEERS, FINDING_NOTE, "clock-behind",
                              N_("the clock of {b} is {n} {n|second|seconds} behind this one"),
                              N_("one of the two is wrong; the order of lines does not suffer, "
                                 "their times do")},
    [FINDING_REFUSED] = {PEERS, FINDING_NOTE, "refused",
                         N_("{a}: the machine is there, but nobody listens at that port"),
                         N_("start fika there, and look which port it shows")},
    [FINDING_NO_ANSWER] = {PEERS, FINDING_NOTE, "no-answer", N_("{a}: nothing comes back"),
                           N_("the machine is off or elsewhere, or a firewall or client isolation "
                              "stands in between; a third fika passes lines on, if both of you "
                              "\\connect to it")},
    [FINDING_NO_WAY] = {PEERS, FINDING_NOTE, "no-way", N_("{a}: no way leads there ({b})"),
                        N_("that address is of another network than the one you are in")},
    [FINDING_OTHER_NETWORK] = {PEERS, FINDING_BAD, "other-network",
                               N_("{a}: it answers, but is no fika of this network: the "
                                  "network's secret is another, or it is another program"),
                               N_("start both with the same --network, or the same invite")},
    [FINDING_SILENT] = {PEERS, FINDING_BAD, "silent",
                        N_("{a}: TCP gets there, but no fika answered in time"),
                        N_("look whether fika still runs there, and what else uses that port")},
    [FINDING_VERSION] = {PEERS, FINDING_BAD, "version",
                         N_("{a}: it speaks another version of fika's protocol"),
                         N_("use the newest fika on both sides")},
    [FINDING_FULL] = {PEERS, FINDING_NOTE, "full", N_("{a}: it has no room for more links"),
                      N_("link to another one of that network; lines pass through it")},
    [FINDING_REACHED] = {PEERS, FINDING_NOTE, "reached",
                         N_("{a}: TCP gets there; it is dialled again soon"), ""},
    [FINDING_NO_NAME] = {PEERS, FINDING_BAD, "no-name", N_("{a} was not found ({b})"),
                         N_("check the name, or type its numeric address")},
    [FINDING_NO_PEERS] = {PEERS, FINDING_NOTE, "no-peers", N_("no address of anybody is known"),
                          N_("type \\connect with an address, or use an invite")},
    [FINDING_BLOCKED] = {PEERS, FINDING_NOTE, "blocked",
                         N_("{b} is blocked by you: no link is made"),
                         N_("\\unblock {b} ends that")},
    [FINDING_PUBLIC] = {WAY_OUT, FINDING_GOOD, "public",
                        N_("{a} is an address that the whole internet can call"), ""},
    [FINDING_NAT] = {WAY_OUT, FINDING_NOTE, "nat",
                     N_("{a} is an address behind a router (NAT): from outside nobody can call it"),
                     N_("call those who are outside, rather than wait for them")},
    [FINDING_MAPPED] = {WAY_OUT, FINDING_GOOD, "mapped",
                        N_("the router passes calls to {a} on to this machine ({b})"), ""},
    [FINDING_UNMAPPED] = {WAY_OUT, FINDING_NOTE, "unmapped",
                          N_("the router passes no calls on to this machine ({b})"),
                          N_("call those who are outside, or pass port {a} on in the router's own "
                             "settings")},
    [FINDING_CARRIED] = {CARRIED, FINDING_GOOD, "carried",
                         N_("{n} {n|channel|channels} of others, {n2} of them asked for now: {a} "
                            "of {b} on this disk"),
                         ""},
    [FINDING_CARRIES_NOTHING] = {CARRIED, FINDING_NOTE, "carries-nothing",
                                 N_("nothing: carry is off"), ""},
    [FINDING_UFW] = {FIREWALL, FINDING_NOTE, "ufw", N_("ufw is on"),
                     N_("if others cannot call: sudo ufw allow {a}/tcp; sudo ufw allow 23452/udp")},
    [FINDING_FIREWALLD] = {FIREWALL, FINDING_NOTE, "firewalld", N_("firewalld is on"),
                           N_("if others cannot call: sudo firewall-cmd --add-port={a}/tcp "
                              "--add-port=23452/udp")},
    [FINDING_NFT] =
        {FIREWALL, FINDING_NOTE, "nft", N_("nft rules are loaded"),
         N_("if others cannot call: look with sudo nft list ruleset whether TCP {a} and "
            "UDP 23452 are let in")},
    [FINDING_TALKING] = {VERDICT, FINDING_GOOD, "talking",
                         N_("you are linked to {n} {n|other|others}, and can talk"), ""},
    [FINDING_ALONE] = {VERDICT, FINDING_NOTE, "alone",
                       N_("nobody is linked; nothing on this machine stands in the way"),
                       N_("see above what was tried")},
    [FINDING_CUT_OFF] = {VERDICT, FINDING_BAD, "cut-off",
                         N_("nobody can be reached from here as things stand"),
                         N_("see above what is wrong")},
};
_Static_assert(sizeof rows / sizeof *rows == FINDING_COUNT, "every finding has its row");

const char *finding_leg(enum finding finding)
{
    CHECK(finding < FINDING_COUNT);
    return legs[rows[finding].leg].name;
}

const char *finding_name(enum finding finding)
{
    CHECK(finding < FINDING_COUNT);
    return rows[finding].name;
}

const char *finding_level_name(enum finding finding)
{
    CHECK(finding < FINDING_COUNT);
    return levels[rows[finding].level].name;
}

static void fill(const struct show *show, const char *template, char *out, size_t room)
{
    char a[PIECE_MAX], b[PIECE_MAX];
    struct writer w = writer_of(out, room - 1);
    text_tame(a, sizeof a, (const char *)show->a.at, show->a.size, TAME_LINE);
    text_tame(b, sizeof b, (const char *)show->b.at, show->b.size, TAME_LINE);
    TEMPLATE(&w, template, {"a", a, 0}, {"b", b, 0}, {"n", NULL, show->n}, {"n2", NULL, show->n2});
    out[w.size] = '\0';
}

void finding_text(const struct show *show, char *text, size_t room, char *advice,
                  size_t advice_room)
{
    CHECK(show->finding < FINDING_COUNT && room > 0 && advice_room > 0);
    fill(show, tr(rows[show->finding].text), text, room);
    advice[0] = '\0';
    if (rows[show->finding].advice[0] != '\0')
        fill(show, tr(rows[show->finding].advice), advice, advice_room);
}

void findings_begin(struct findings *findings)
{
    findings->leg = NULL;
    findings->size = (size_t)snprintf(findings->text, sizeof findings->text, "%s",
                                      _("What stands between this fika and others"));
}

static void add_line(struct findings *findings, const char *before, const char *text)
{
    size_t left = sizeof findings->text - findings->size;
    int size = snprintf(findings->text + findings->size, left, "\n%s%s", before, text);
    if (size > 0 && (size_t)size < left)
        findings->size += (size_t)size;
    else
        findings->text[findings->size] = '\0';
}

void findings_add(struct findings *findings, const struct show *show)
{
    char text[1024], advice[1024], before[32];
    finding_text(show, text, sizeof text, advice, sizeof advice);
    const char *leg = legs[rows[show->finding].leg].title;
    if (findings->leg != leg) {
        add_line(findings, "", "");
        add_line(findings, "", tr(leg));
    }
    findings->leg = leg;
    snprintf(before, sizeof before, "  %s  ", levels[rows[show->finding].level].sign);
    add_line(findings, before, text);
    if (advice[0] != '\0')
        add_line(findings, "      ", advice);
}
