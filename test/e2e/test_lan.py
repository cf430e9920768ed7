"""Two machines on one network, by network namespaces: each has its own interfaces, loopback and
beacons, and a bridge in a third namespace is the switch between them. Nothing of it touches the
machine's own network. Needs root (or the right to make namespaces); skipped otherwise.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import time

import pytest

from conftest import PATIENCE

NAMES = itertools.count()
MARK = "fikatest"
# What a user is promised is one second. It takes a tenth of that, with sanitizers, so the usual
# patience is not needed here; a larger one stretches it.
SECOND = PATIENCE / 3


def run(*command, check=True):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=20)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done


def sweep():
    """Removes namespaces of test runs that were killed before they could."""
    for line in run("ip", "netns", "list", check=False).stdout.splitlines():
        found = re.match(MARK + r"-(\d+)-\d+\b", line)
        if found and not os.path.exists(f"/proc/{found[1]}"):
            run("ip", "netns", "del", line.split()[0], check=False)


@pytest.fixture(scope="module", autouse=True)
def namespaces_are_allowed():
    if shutil.which("ip") is None:
        pytest.skip("needs iproute2")
    sweep()
    name = f"{MARK}-{os.getpid()}-{next(NAMES)}"
    made = run("ip", "netns", "add", name, check=False)
    entered = run("ip", "netns", "exec", name, "true", check=False)
    run("ip", "netns", "del", name, check=False)
    if made.returncode != 0 or entered.returncode != 0:
        pytest.skip("needs the right to make network namespaces (root)")


class Machine:
    """One network namespace, with loopback up."""

    def __init__(self):
        self.name = f"{MARK}-{os.getpid()}-{next(NAMES)}"
        run("ip", "netns", "add", self.name)
        self.prefix = ("ip", "netns", "exec", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments).stdout

    def run(self, *command, check=True):
        return run(*self.prefix, *command, check=check)

    def remove(self):
        run("ip", "netns", "del", self.name, check=False)

    def link_local(self, device="eth0"):
        """Its IPv6 link-local address there, once it may be used."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for row in json.loads(self.ip("-6", "-j", "addr", "show", "dev", device)):
                for found in row.get("addr_info", []):
                    if found.get("scope") == "link" and not found.get("tentative"):
                        return f"{found['local']}%{device}"
            time.sleep(0.05)
        raise AssertionError(f"no IPv6 link-local address on {device}")

    def udp_sent(self):
        """UDP packets that ever left, by either IP."""
        four = self.run("cat", "/proc/net/snmp").stdout
        names, values = [line.split() for line in four.splitlines() if line.startswith("Udp:")]
        six = re.search(r"Udp6OutDatagrams\s+(\d+)", self.run("cat", "/proc/net/snmp6").stdout)
        return int(values[names.index("OutDatagrams")]) + int(six[1])


class Lan:
    """Machines whose eth0 goes to one switch."""

    def __init__(self):
        self.machines = []
        self.switch = self.machine()
        self.switch.ip("link", "add", "switch", "type", "bridge")
        self.switch.ip("link", "set", "switch", "up")

    def machine(self):
        machine = Machine()
        self.machines.append(machine)
        return machine

    def plug(self, machine, address=None):
        port = f"port{self.machines.index(machine)}"
        self.switch.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns",
                       machine.name)
        self.switch.ip("link", "set", port, "master", "switch", "up")
        if address:
            machine.ip("addr", "add", address, "dev", "eth0")
        machine.ip("link", "set", "eth0", "up")

    def cable(self, machine, state):
        """Pulls the cable out at the switch ("down"), or puts it back ("up")."""
        self.switch.ip("link", "set", f"port{self.machines.index(machine)}", state)

    def remove(self):
        for machine in self.machines:
            machine.remove()


@pytest.fixture
def lan():
    lan = Lan()
    yield lan
    lan.remove()


@pytest.fixture
def pair(lan):
    """Two machines on the LAN: 10.77.0.1 and 10.77.0.2."""
    machines = lan.machine(), lan.machine()
    for i, machine in enumerate(machines):
        lan.plug(machine, f"10.77.0.{i + 1}/24")
    return machines


@pytest.fixture
def on(lan, fika):
    """on(machine, ...): a node on that machine. It needs the lan, so that it ends before that."""

    def start(machine, *arguments, **options):
        return fika(*arguments, prefix=machine.prefix, port=options.pop("port", None), **options)

    return start


def talk(ada, bo):
    ada.ever("member", state="here", id=bo.id)
    bo.ever("member", state="here", id=ada.id)
    ada.say("hej from Ada")
    bo.expect("message", text="hej from Ada", author=ada.id, own=False)
    bo.say("hej from Bo")
    ada.expect("message", text="hej from Bo", author=bo.id, own=False)


def link_up(node, other, within):
    """The event that says so; `within` seconds (times PATIENCE) from now."""
    return node.ever("link", timeout=within, state="up", id=other.id)


def test_two_machines_find_each_other_in_a_second(pair, on):
    ada = on(pair[0], discovery=True, nick="Ada")
    began = time.monotonic()
    bo = on(pair[1], discovery=True, nick="Bo")
    up = link_up(bo, ada, 2)
    assert time.monotonic() - began < SECOND
    assert up["address"].startswith(("10.77.0.1:", "[fe80::"))
    link_up(ada, bo, 2)
    assert "10.77.0.1" in ada.ready()["addresses"]
    talk(ada, bo)


def test_several_on_two_machines_are_all_linked(pair, on):
    nodes = [on(machine, discovery=True) for machine in pair for _ in range(2)]
    for node in nodes:
        for other in nodes:
            if other is not node:
                link_up(node, other, 5)
    # Those on one machine meet on loopback, whichever way their beacons came.
    for one, other in (nodes[:2], nodes[2:]):
        for up in one.seen("link", state="up", id=other.id):
            assert up["address"].startswith(("127.0.0.1:", "[::1]:"))


def test_a_typed_address_without_discovery(pair, on):
    before = [machine.udp_sent() for machine in pair]
    ada = on(pair[0], nick="Ada")
    bo = on(pair[1], f"10.77.0.1:{ada.port}", nick="Bo")
    up = link_up(bo, ada, 3)
    assert up["address"] == f"10.77.0.1:{ada.port}"
    talk(ada, bo)
    assert [machine.udp_sent() for machine in pair] == before  # it says nothing to the LAN


def test_connect_to_the_default_port_by_ip_alone(pair, on):
    ada = on(pair[0], nick="Ada")
    bo = on(pair[1], nick="Bo")
    assert ada.port == 23452
    bo.say("\\connect 10.77.0.1")
    link_up(bo, ada, 3)
    talk(ada, bo)


def test_ipv6_link_local_alone_is_enough(lan, on):
    machines = lan.machine(), lan.machine()
    for machine in machines:
        lan.plug(machine)
    own = [machine.link_local() for machine in machines]
    ada = on(machines[0], discovery=True, nick="Ada")
    assert own[0] in ada.ready()["addresses"]
    began = time.monotonic()
    bo = on(machines[1], discovery=True, nick="Bo")
    up = link_up(bo, ada, 2)
    assert time.monotonic() - began < SECOND
    assert re.match(r"\[fe80::[0-9a-f:]+%eth0\]:\d+$", up["address"])
    talk(ada, bo)


def test_ipv6_link_local_typed(lan, on):
    machines = lan.machine(), lan.machine()
    for machine in machines:
        lan.plug(machine)
    host = machines[0].link_local()
    machines[1].link_local()
    ada = on(machines[0], nick="Ada")
    bo = on(machines[1], f"[{host}]:{ada.port}", nick="Bo")
    assert link_up(bo, ada, 3)["address"] == f"[{host}]:{ada.port}"
    talk(ada, bo)


def test_two_on_one_machine_with_loopback_only(lan, on):
    machine = lan.machine()
    ada = on(machine, discovery=True, nick="Ada")
    assert ada.ready()["addresses"] == ["127.0.0.1", "::1"]
    began = time.monotonic()
    bo = on(machine, discovery=True, nick="Bo")
    up = link_up(bo, ada, 2)
    assert time.monotonic() - began < SECOND
    assert up["address"].startswith("127.0.0.1:")
    talk(ada, bo)


def test_a_network_that_comes_later(lan, on):
    machines = lan.machine(), lan.machine()
    ada = on(machines[0], discovery=True, nick="Ada")
    bo = on(machines[1], discovery=True, nick="Bo")
    for i, machine in enumerate(machines):
        lan.plug(machine, f"10.77.0.{i + 1}/24")
    link_up(bo, ada, 2)
    talk(ada, bo)


def test_a_machine_with_networks_that_lead_nowhere(pair, on):
    for machine in pair:  # the same addresses on both, as container programs give them
        machine.ip("link", "add", "docker0", "type", "bridge")
        machine.ip("addr", "add", "172.17.0.1/16", "dev", "docker0")
        machine.ip("link", "set", "docker0", "up")
        machine.ip("link", "add", "veth0", "type", "veth", "peer", "name", "veth1")
        machine.ip("link", "set", "veth0", "master", "docker0", "up")
        machine.ip("link", "set", "veth1", "up")
        machine.ip("addr", "add", "192.168.99.1/24", "dev", "veth1")
        machine.ip("link", "add", "dead0", "type", "veth", "peer", "name", "dead1")
        machine.ip("addr", "add", "192.168.98.1/24", "dev", "dead0")  # and no carrier
        machine.ip("link", "set", "dead0", "up")
        machine.ip("route", "add", "default", "via", "10.77.0.254")
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    link_up(bo, ada, 2)
    addresses = ada.ready()["addresses"]
    assert addresses[0] == "10.77.0.1"
    four = [a for a in addresses if ":" not in a]
    assert set(four[1:]) == {"172.17.0.1", "192.168.99.1"}
    six = [a for a in addresses if a.startswith("fe80:")]
    assert addresses == four + six and six[0].endswith("%eth0")
    talk(ada, bo)


def test_a_firewall_that_drops_beacons(pair, on):
    if shutil.which("nft") is None:
        pytest.skip("needs nftables")
    rules = "add table inet t; add chain inet t {0} {{ type filter hook {0} priority 0; }}; " \
            "add rule inet t {0} udp dport 23452 drop"
    pair[1].run("nft", rules.format("output"))  # sendto says EPERM
    pair[0].run("nft", rules.format("input"))
    pair[1].run("nft", rules.format("input"))
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    bo.command(f"\\connect 10.77.0.1:{ada.port}")
    link_up(bo, ada, 3)
    talk(ada, bo)
    assert not bo.seen("error") and not bo.errors


def test_a_cable_pulled_and_put_back(lan, pair, on):
    ada = on(pair[0], discovery=True, nick="Ada")
    bo = on(pair[1], discovery=True, nick="Bo")
    link_up(bo, ada, 2)
    talk(ada, bo)
    lan.cable(pair[1], "down")
    pulled = time.monotonic()
    ada.expect("link", state="down", id=bo.id, timeout=16)
    bo.expect("link", state="down", id=ada.id, timeout=16)
    assert time.monotonic() - pulled < 15 + PATIENCE
    lan.cable(pair[1], "up")
    bo.expect("link", state="up", id=ada.id, timeout=5)
    ada.expect("link", state="up", id=bo.id, timeout=5)
    ada.say("back again")
    bo.expect("message", text="back again", author=ada.id)
