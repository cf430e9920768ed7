"""The real program has given up what it does not need, and all that needs other programs still works.
What is refused to a process inside is test_sandbox.c's."""

import ctypes
import os
import socket

import pytest

from conftest import environment

# Landlock's version, as its first system call gives it.
LANDLOCK = ctypes.CDLL(None, use_errno=True).syscall(444, None, 0, 1)
needs_it = pytest.mark.skipif(LANDLOCK < 1, reason="this kernel has no Landlock")


def findings(node):
    node.say("\\doctor")
    node.expect("doctor_end", timeout=6)
    return {e["finding"] for e in node.seen("doctor")}


def status(node):
    with open(f"/proc/{node.process.pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


@needs_it
def test_it_is_on_and_the_doctor_says_so(fika):
    node = fika()
    assert "sandbox" in findings(node)
    assert status(node)["Seccomp"] == "2" and status(node)["NoNewPrivs"] == "1"


def test_it_can_be_taken_off(fika, tmp_path):
    home = tmp_path / "off"
    os.makedirs(home / "config" / "fika")
    (home / "config" / "fika" / "config").write_text("sandbox = off\n")
    node = fika(home=home, prefix=("env", "-u", "FIKA_SANDBOX"))
    assert "sandbox-off" in findings(node)
    assert status(node)["Seccomp"] == "0"


def test_names_are_looked_up(fika):
    name = next(line.split()[1] for line in open("/etc/hosts") if line.startswith("127.")
                and line.split()[1] != "localhost") if any(
        line.startswith("127.") and line.split()[1] != "localhost" for line in open("/etc/hosts")
    ) else socket.gethostname()
    bo = fika(nick="Bo")
    try:
        known = socket.getaddrinfo(name, None)
    except OSError:
        known = []
    ada = fika(f"{name}:{bo.port}", nick="Ada")
    if known:
        ada.ever("link", state="up", nick="Bo")
    else:
        ada.wait(lambda: [e for e in ada.events if name in str(e.get("text", ""))])


def test_a_link_is_opened_by_a_program(screen, fika, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    opener = tools / "xdg-open"
    opener.write_text(f"#!/bin/sh\nprintf '%s' \"$1\" >'{tmp_path}/opened.new'\n"
                      f"mv '{tmp_path}/opened.new' '{tmp_path}/opened'\n")
    opener.chmod(0o755)
    one = screen(nick="Ada", extra={"DISPLAY": ":9", "PATH": f"{tools}:{os.environ['PATH']}"})
    one.expect("[#fika]")
    one.type("look at https://example.org/there")
    one.expect("https://example.org/there")
    one.type("\\open")
    one.expect("the link is given to your desktop")
    one.wait(lambda rows: (tmp_path / "opened").exists(), what="the program that was started")
    assert (tmp_path / "opened").read_text() == "https://example.org/there"


def test_a_program_that_asks_for_what_it_may_not_is_seen(fika, tmp_path):
    """In tests such a call ends the program; this is what says that it would."""
    node = fika()
    assert environment(str(tmp_path))["FIKA_SANDBOX"] == "strict"
    assert status(node)["Seccomp_filters"] == "1"
