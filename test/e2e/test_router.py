"""Through a router: two LANs with one between, which translates addresses and runs miniupnpd. The node
behind it asks for its port to be passed on, by NAT-PMP or UPnP, and a foreign host calls it there."""

import signal
import subprocess

import pytest

from conftest import PATIENCE
from lab import Lan, namespaces_are_allowed, need, talk, until  # noqa: F401

INNER, OUTER = "10.77.0.1", "5.5.5.1"

RULES = """
table inet fika {
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        iifname eth0 accept
        jump miniupnpd
    }
    chain miniupnpd { }
    chain prerouting { type nat hook prerouting priority -100; jump in_miniupnpd; }
    chain in_miniupnpd { }
    chain postrouting {
        type nat hook postrouting priority 100;
        jump out_miniupnpd
        oifname eth1 masquerade
    }
    chain out_miniupnpd { }
}
"""


class Router:
    """A machine in both LANs."""

    def __init__(self, inside, outside, tmp_path):
        self.path = tmp_path
        self.machine = inside.machine()
        inside.plug(self.machine, f"{INNER}/24")
        outside.plug(self.machine, f"{OUTER}/24", "eth1")
        self.machine.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.machine.nft(RULES)
        self.daemon = None

    def serve(self, **settings):
        """miniupnpd, as a home router has it."""
        need("miniupnpd")
        settings = {"ext_ifname": "eth1", "listening_ip": "eth0", "enable_natpmp": "no",
                    "enable_upnp": "no", "secure_mode": "yes", "system_uptime": "yes",
                    "uuid": "00000000-0000-0000-0000-000000000001", "upnp_table_name": "fika",
                    "upnp_nat_table_name": "fika", "upnp_forward_chain": "miniupnpd",
                    "upnp_nat_chain": "in_miniupnpd",
                    "upnp_nat_postrouting_chain": "out_miniupnpd", **settings}
        conf = self.path / "miniupnpd.conf"
        conf.write_text("".join(f"{key}={value}\n" for key, value in settings.items()) +
                        "allow 1024-65535 0.0.0.0/0 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n")
        log = open(self.path / "miniupnpd.log", "wb")
        self.daemon = subprocess.Popen(
            [*self.machine.prefix, "miniupnpd", "-d", "-f", str(conf), "-P",
             str(self.path / "miniupnpd.pid")], stdout=log, stderr=log)
        log.close()
        port = 5351 if settings["enable_natpmp"] == "yes" else 1900
        until(lambda: f":{port} " in self.machine.run("ss", "-uln").stdout, what="miniupnpd")

    def passes(self, port):
        """True while it passes that port on."""
        return f"dport {port}" in self.machine.run("nft", "list", "ruleset").stdout

    def remove(self):
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait(10)


@pytest.fixture
def outside():
    lan = Lan()
    yield lan
    lan.remove()


@pytest.fixture
def home(outside, tmp_path):
    """(router, a machine behind it, a machine in the world)"""
    inside = Lan()
    router = Router(inside, outside, tmp_path)
    desk, cafe = inside.machine(), outside.machine()
    inside.plug(desk, "10.77.0.2/24")
    outside.plug(cafe, "5.5.5.2/24")
    desk.ip("route", "add", "default", "via", INNER)
    yield router, desk, cafe
    router.remove()
    inside.remove()


def started(fika, machine, *arguments, **options):
    return fika(*arguments, prefix=machine.prefix, port=None, **options)


def mapped(node):
    notice = node.ever("notice", timeout=15, text=lambda text: "from outside, at" in text)["text"]
    return notice.split(", at ")[1].split(" ")[0]


@pytest.mark.parametrize("how", ["NAT-PMP", "UPnP"])
def test_a_foreign_host_connects(home, fika, how):
    router, desk, cafe = home
    router.serve(**({"enable_natpmp": "yes"} if how == "NAT-PMP" else {"enable_upnp": "yes"}))
    ada = started(fika, desk, nick="Ada", portmap=True, discovery=True)
    assert mapped(ada) == f"{OUTER}:23452"
    assert how in ada.ever("notice", text=lambda text: "from outside" in text)["text"]
    assert router.passes(23452)
    ada.say("\\doctor")
    assert ada.expect("doctor", finding="mapped")["about"] == f"{OUTER}:23452"
    # Its invite names that address first.
    ada.say("\\invite")
    bo = started(fika, cafe, ada.expect("invite")["invite"], nick="Bo", open_network=True)
    assert bo.ever("link", state="up")["address"] == f"{OUTER}:23452"
    talk(ada, bo)
    assert "from outside" in ada.command("\\links", "from outside")["text"]
    took = ada.quit()
    assert took < 1 * PATIENCE
    until(lambda: not router.passes(23452), what="the end of the mapping")


@pytest.mark.parametrize("how", ["NAT-PMP", "UPnP"])
def test_a_guest_comes_in_through_it(home, fika, how):
    """An invite for one machine is asked for at a port of its own, which is passed on as well."""
    router, desk, cafe = home
    router.serve(**({"enable_natpmp": "yes"} if how == "NAT-PMP" else {"enable_upnp": "yes"}))
    ada = started(fika, desk, "--network", "new", nick="Ada", portmap=True, discovery=True,
                  open_network=True)
    mapped(ada)
    ada.say("\\invite once")
    bo = started(fika, cafe, ada.expect("invite", timeout=10)["invite"], nick="Bo", open_network=True)
    talk(ada, bo)
    ada.ever("notice", text=lambda text: "somebody at 5.5.5.2 has used your invite" in text)


def questions(machine):
    """Packets that asked a router, so far."""
    shown = machine.run("nft", "list", "table", "inet", "count").stdout
    return int(shown.split("packets ")[1].split()[0])


def count_questions(machine, ports="1900, 5351"):
    machine.nft("table inet count { chain output { type filter hook output priority 0; "
                f"udp dport {{ {ports} }} counter; }}; }}")


@pytest.mark.parametrize("how", ["--no-portmap", "--no-discovery", "portmap = off"])
def test_it_is_not_asked_when_that_is_not_wanted(home, fika, tmp_path, how):
    router, desk, _ = home
    router.serve(enable_natpmp="yes")
    count_questions(desk)
    arguments = [how] if how.startswith("-") else []
    if not arguments:
        where = tmp_path / "ada" / "config" / "fika"
        where.mkdir(parents=True)
        (where / "config").write_text(how + "\n")
    ada = started(fika, desk, *arguments, portmap=True, discovery=True, home=tmp_path / "ada")
    bo = started(fika, desk, ada.address, portmap=False)
    talk(ada, bo)
    assert questions(desk) == 0
    # The counter counts.
    cy = started(fika, desk, portmap=True, discovery=True)
    mapped(cy)
    assert questions(desk) > 0


def test_a_public_address_needs_no_router(home, fika):
    router, _, cafe = home
    router.serve(enable_natpmp="yes")
    count_questions(cafe)
    cafe.ip("route", "add", "default", "via", OUTER)
    ada = started(fika, cafe, portmap=True, discovery=True)
    bo = started(fika, cafe, ada.address)
    talk(ada, bo)
    assert questions(cafe) == 0


# A router of our own, in Python, in its namespace: it answers NAT-PMP as `answer` has it.

FAKE = """
import socket, struct, sys
lease, port, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5351))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(100)
    if mode == "garbage":
        for size in (0, 1, 4, 12, 16, 60):
            s.sendto(bytes(range(128, 128 + size)), peer)
        s.sendto(struct.pack("!BBHI", 0, 128, 3, 1) + bytes(4), peer)
    elif data[1] == 0:
        s.sendto(struct.pack("!BBHI4B", 0, 128, 0, 1, 5, 5, 5, 1), peer)
    else:
        inner, = struct.unpack_from("!H", data, 4)
        s.sendto(struct.pack("!BBHIHHI", 0, 130, 0, 1, inner, port, lease), peer)
        port += 1
"""


@pytest.fixture
def fake(home):
    running = []

    def start(lease, port, mode="good"):
        done = subprocess.Popen([*home[0].machine.prefix, "/usr/bin/python3", "-c", FAKE, str(lease),
                                 str(port), mode], stdout=subprocess.PIPE, text=True)
        running.append(done)
        assert done.stdout.readline() == "ready\n"

    yield start
    for one in running:
        one.kill()
        one.communicate()


def test_it_is_renewed_before_its_end(home, fika, fake):
    _, desk, _ = home
    fake(2, 5000)
    ada = started(fika, desk, portmap=True, discovery=True)
    for port in (5000, 5001, 5002):
        ada.ever("notice", text=lambda text: f"at {OUTER}:{port} (NAT-PMP)" in text)


def test_what_a_router_says_does_no_harm(home, fika, fake):
    _, desk, _ = home
    fake(3600, 0, "garbage")
    count_questions(desk, "1900")
    ada = started(fika, desk, portmap=True, discovery=True, nick="Ada")
    bo = started(fika, desk, ada.address, nick="Bo")
    talk(ada, bo)
    until(lambda: questions(desk) > 0, what="the search by UPnP that follows")
    ada.quit()
    assert not ada.seen("notice", text=lambda text: "from outside" in text)


@pytest.mark.parametrize("how", ["", " once"])
def test_invites_over_ipv6_alone(outside, fika, how):
    desk, cafe = outside.machine(), outside.machine()
    outside.plug(desk, "fd77::1/64")
    outside.plug(cafe, "fd77::2/64")
    ada = started(fika, desk, "--network", "new", nick="Ada", open_network=True)
    ada.say("\\invite" + how)
    bo = started(fika, cafe, ada.expect("invite")["invite"], nick="Bo", open_network=True)
    assert bo.ever("link", state="up")["address"] == "[fd77::1]:23452"
    talk(ada, bo)
