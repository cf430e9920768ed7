"""Two hosts behind two routers, and a public one that both are linked to: by its word they dial each other
at one moment, and are linked through both routers; and where the routers let nothing through, they talk by
way of it."""

import fcntl
import heapq
import os
import select
import struct
import subprocess
import sys
import time

import pytest

from conftest import PATIENCE
from lab import Lan, link_up, namespaces_are_allowed, talk, until  # noqa: F401

# What nobody asked for is dropped, at the router itself, too, as home routers do.
RULES = """
table inet home {
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        iifname eth0 accept
    }
    chain input {
        type filter hook input priority 0;
        ct state established,related accept
        iifname eth1 drop
    }
    chain postrouting {
        type nat hook postrouting priority 100;
        oifname eth1 masquerade MODE
    }
}
"""


class Home:
    """A LAN with one machine, behind a router of its own."""

    def __init__(self, world, number, mode, outer=None):
        self.outer = outer or f"5.5.5.{number}"
        self.lan = Lan()
        self.router, self.desk = self.lan.machine(), self.lan.machine()
        self.lan.plug(self.router, f"10.77.{number}.1/24")
        world.plug(self.router, f"{self.outer}/24", "eth1")
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        rules = RULES.replace("MODE", mode)
        if mode == "range":  # another port outside, the same for all that one port inside talks to
            rules = RULES.replace("masquerade MODE", f"meta l4proto tcp snat ip to {self.outer}:20000-29999")
        self.router.nft(rules)
        self.lan.plug(self.desk, f"10.77.{number}.2/24")
        self.desk.ip("route", "add", "default", "via", f"10.77.{number}.1")

    def cut(self, other):
        """Nothing passes between the two homes."""
        self.router.nft("table inet cut { chain forward { type filter hook forward priority -20; "
                        f"ip saddr {other.outer} drop; ip daddr {other.outer} drop; }}; }}")

    def count_dials(self, other):
        """Counts the packets with SYN alone that leave for the other's outer address."""
        self.router.nft("table inet count { chain forward { type filter hook forward priority -10; "
                        f"oifname eth1 ip daddr {other.outer} tcp flags & (syn|ack) == syn counter; }}; }}")

    def dials(self):
        shown = self.router.run("nft", "list", "table", "inet", "count").stdout
        return int(shown.split("packets ")[1].split()[0])


class FarWorld:
    """Networks 5.5.NUMBER.0/24 with a long way between them: each packet takes so many seconds."""

    def __init__(self, seconds):
        self.lan = Lan()  # only what makes machines, and removes them
        self.router = self.lan.machine()
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.router.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0")
        self.router.run("sysctl", "-qw", "net.ipv4.conf.default.rp_filter=0")
        self.delay = subprocess.Popen([*self.router.prefix, sys.executable, __file__, str(seconds)],
                                      stdout=subprocess.PIPE)
        assert self.delay.stdout.readline() == b"ready\n"
        for device in ("in0", "out0"):
            self.router.ip("link", "set", device, "up")
        self.router.ip("route", "add", "default", "dev", "in0", "table", "100")

    def plug(self, machine, address, device="eth0"):
        """address: 5.5.NUMBER.1/24"""
        number = address.split(".")[2]
        self.router.ip("link", "add", f"to{number}", "type", "veth", "peer", "name", device, "netns", machine.name)
        self.router.ip("addr", "add", f"5.5.{number}.254/24", "dev", f"to{number}")
        self.router.ip("link", "set", f"to{number}", "up")
        self.router.ip("rule", "add", "iif", f"to{number}", "lookup", "100")
        machine.ip("addr", "add", address, "dev", device)
        machine.ip("link", "set", device, "up")
        machine.ip("route", "add", "default", "via", f"5.5.{number}.254")

    def remove(self):
        self.delay.kill()
        self.delay.wait()
        self.delay.stdout.close()
        self.lan.remove()


def delay(seconds):
    """What comes out of the one device goes into the other, so much later."""
    def tun(name):
        device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(device, 0x400454CA, struct.pack("16sH", name, 0x1001))  # TUNSETIFF; IFF_TUN, IFF_NO_PI
        return device

    came, goes, waiting, count = tun(b"in0"), tun(b"out0"), [], 0
    print("ready", flush=True)
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        if select.select([came], [], [], left)[0]:
            count += 1
            heapq.heappush(waiting, (time.monotonic() + seconds, count, os.read(came, 65536)))
        while waiting and waiting[0][0] <= time.monotonic():
            os.write(goes, heapq.heappop(waiting)[2])


@pytest.fixture
def homes():
    """homes(mode): two homes and a public machine; mode: how their routers translate."""
    lans = []

    def build(mode=""):
        world = Lan()
        lans.append(world)
        public = world.machine()
        world.plug(public, "5.5.5.9/24")
        two = [Home(world, number, mode) for number in (1, 2)]
        lans.extend(home.lan for home in two)
        return (*two, public)

    yield build
    for lan in reversed(lans):
        lan.remove()


@pytest.fixture
def far_homes():
    """Two homes and a public machine, a tenth of a second from each other."""
    if not os.path.exists("/dev/net/tun"):
        pytest.skip("needs /dev/net/tun")
    world, lans = FarWorld(0.1), []
    try:
        public = world.lan.machine()
        world.plug(public, "5.5.9.9/24")
        two = []
        for number in (1, 2):
            two.append(Home(world, number, "", f"5.5.{number}.1"))
            lans.append(two[-1].lan)
        yield (*two, public)
    finally:
        for lan in lans:
            lan.remove()
        world.remove()


@pytest.fixture
def three(homes, fika):
    """Ada and Bo at home, and Cy, whom both know."""

    def start(mode="", *arguments):
        one, two, public = homes(mode)
        cy = fika(nick="Cy", prefix=public.prefix, port=None, discovery=True)
        ada, bo = [fika("5.5.5.9", *arguments, nick=nick, prefix=home.desk.prefix, port=None, discovery=True)
                   for nick, home in (("Ada", one), ("Bo", two))]
        for node, other in ((ada, bo), (bo, ada)):
            node.ever("link", state="up", id=cy.id)
            node.ever("member", state="here", id=other.id)
        return one, two, ada, bo, cy

    return start


def findings(node, finding):
    node.say("\\doctor")
    node.expect("doctor", timeout=8, finding="talking")
    return node.seen("doctor", finding=finding)


def test_both_dial_at_once(three):
    one, two, ada, bo, cy = three()
    began = time.monotonic()
    up = link_up(ada, bo, 15)
    link_up(bo, ada, 15)
    assert time.monotonic() - began < 15 * PATIENCE / 3
    assert up["address"].startswith(two.outer + ":") and not up["address"].endswith(":23452")
    assert [x["also"] for x in findings(ada, "punched")] == ["Bo"]
    # The one in the middle goes, and they go on.
    cy.quit()
    ada.ever("link", state="down", id=cy.id)
    bo.ever("link", state="down", id=cy.id)
    talk(ada, bo)
    assert not ada.seen("link", state="down", id=bo.id)


def test_through_routers_that_keep_no_ports(three):
    """Each port inside has another outside, the same for all that it talks to: Cy sees which."""
    one, two, ada, bo, cy = three("range")
    up = link_up(ada, bo, 15)
    link_up(bo, ada, 15)
    outer, port = up["address"].split(":")
    assert outer == two.outer and 20000 <= int(port) <= 29999
    cy.quit()
    ada.ever("link", state="down", id=cy.id)
    talk(ada, bo)


def test_through_firewalls_of_ipv6(homes, fika):
    """No address is translated there, and yet nobody can call: the firewalls let in answers alone."""
    one, two, public = homes()
    public.ip("addr", "add", "fd00:9::9/64", "nodad", "dev", "eth0")
    for number, home in ((1, one), (2, two)):
        home.router.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        home.router.ip("addr", "add", f"fd00:9::{number}/64", "nodad", "dev", "eth1")
        home.router.ip("addr", "add", f"fd00:{number}::1/64", "nodad", "dev", "eth0")
        home.desk.ip("addr", "add", f"fd00:{number}::2/64", "nodad", "dev", "eth0")
        home.desk.ip("route", "add", "default", "via", f"fd00:{number}::1")
        other = 3 - number
        home.router.ip("route", "add", f"fd00:{other}::/64", "via", f"fd00:9::{other}")
        public.ip("route", "add", f"fd00:{number}::/64", "via", f"fd00:9::{number}")
        home.router.nft("delete table inet home")
        home.router.nft(RULES.replace("oifname eth1 masquerade MODE", "")
                        .replace("iifname eth1 drop", "iifname eth1 meta l4proto tcp drop"))
        home.desk.ip("addr", "flush", "dev", "eth0", "scope", "global", "to", "10.0.0.0/8")
    cy = fika(nick="Cy", prefix=public.prefix, port=None, discovery=True)
    ada, bo = [fika("[fd00:9::9]", nick=nick, prefix=home.desk.prefix, port=None, discovery=True)
               for nick, home in (("Ada", one), ("Bo", two))]
    assert link_up(ada, bo, 15)["address"].startswith("[fd00:2::2]:")
    assert link_up(bo, ada, 15)["address"].startswith("[fd00:1::2]:")
    cy.quit()
    talk(ada, bo)


def test_lost_it_is_made_again(three):
    one, two, ada, bo, cy = three()
    link_up(ada, bo, 15)
    link_up(bo, ada, 15)
    ada.expect("link", state="up", id=bo.id)
    one.cut(two)
    ada.expect("link", timeout=20, state="down", id=bo.id)
    ada.say("by way of Cy")
    bo.expect("message", text="by way of Cy", author=ada.id)
    one.router.nft("delete table inet cut")
    ada.expect("link", timeout=30, state="up", id=bo.id)


def test_routers_that_refuse(far_homes, fika):
    """What nobody asked for is answered with a reset, which closes the other's way again: there the two first
    packets have to cross. So both begin at one moment, as nearly as round trips tell."""
    one, two, public = far_homes
    for home in (one, two):
        home.router.nft("insert rule inet home input iifname eth1 ct state new meta l4proto tcp "
                        "reject with tcp reset")
    cy = fika(nick="Cy", prefix=public.prefix, port=None, discovery=True)
    ada, bo = [fika("5.5.9.9", nick=nick, prefix=home.desk.prefix, port=None, discovery=True)
               for nick, home in (("Ada", one), ("Bo", two))]
    link_up(ada, bo, 15)
    link_up(bo, ada, 15)
    cy.quit(3)
    talk(ada, bo)


def test_random_ports_let_nothing_through(three, fika):
    one, two, ada, bo, cy = three("fully-random")
    one.count_dials(two)
    two.count_dials(one)
    # It is tried, for as long as is promised, and given up.
    until(lambda: one.dials() > 0 and two.dials() > 0, 15, "a try")
    # Meanwhile and afterwards lines go by way of Cy: two hops.
    took = []
    for i in range(10):
        began = time.monotonic()
        ada.say(f"line {i}")
        bo.expect("message", text=f"line {i}", author=ada.id)
        took.append(time.monotonic() - began)
    assert sorted(took)[len(took) // 2] < 0.2 * PATIENCE / 3
    until(lambda: [(x["about"], x["also"]) for x in findings(ada, "unpunched")[-1:]] == [("Cy", "Bo")], 30, "the end of the try")
    for node, other in ((ada, bo), (bo, ada)):
        assert not node.seen("link", state="up", id=other.id)
    assert 0 < one.dials() <= 12 and 0 < two.dials() <= 12
    # History, too: who comes late has all of it from Cy.
    assert bo.texts() == [f"line {i}" for i in range(10)]
    late = fika("5.5.5.9", nick="Di", prefix=two.desk.prefix, port=None, discovery=True)
    late.expect("message", text="line 9", author=ada.id)
    late.wait(lambda: sorted(late.texts()) == [f"line {i}" for i in range(10)], what="the history")




if __name__ == "__main__":
    delay(float(sys.argv[1]))
