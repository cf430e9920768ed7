"""Two machines on one network (lab.py): they find each other by beacon or by what is typed, whatever else
their interfaces lead to."""

import re
import shutil
import time

import pytest

from conftest import PATIENCE
from lab import SECOND, lan, link_up, namespaces_are_allowed, on, pair, talk


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
    # Those on one machine meet on loopback, whichever way their beacons came; or at its own address, where the other
    # machine's nodes told of it before.
    for number, (one, other) in enumerate((nodes[:2], nodes[2:]), 1):
        for up in one.seen("link", state="up", id=other.id):
            assert up["address"].startswith(("127.0.0.1:", "[::1]:", f"10.77.0.{number}:"))


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
