"""Starting: ports, profiles, discovery on one machine, and what the command line refuses."""

import os
import re
import socket
import time

import pytest

from conftest import PATIENCE, ROOT


def test_a_taken_port_ends_it_with_a_sentence(fika):
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        port = other.getsockname()[1]
        node = fika(port=port, wait=False)
        node.exits(5, status=1)
    assert len(node.errors) == 1
    assert str(port) in node.errors[0] and "-p" in node.errors[0]


def test_the_default_port_gives_way(fika):
    first = fika(port=None)
    second = fika(first.address, port=None)
    assert second.port != first.port
    second.ever("link", state="up")


def test_minus_p_is_where_it_listens(fika, free_port):
    port = free_port()
    ada = fika(port=port)
    assert ada.ready()["port"] == port
    bo = fika(port)
    bo.ever("link", state="up", id=ada.id)


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["--frob"], "--help"),
        (["-p", "70000"], "65535"),
        (["-n", "two words"], "without spaces"),
        (["-c", "a,b"], "commas"),
        (["host:port:more"], "address"),
        (["--last"], "--last N"),
        (["-n", "\033]0;x\007"], "no nick"),
    ],
)
def test_what_the_command_line_refuses(fika, arguments, says):
    node = fika(*arguments, raw=True, face=None)
    node.exits(3, status=2)
    assert len(node.errors) == 1 and not node.lines
    assert says in node.errors[0]
    assert "\033" not in node.errors[0]


def test_help_and_version(fika):
    node = fika("--help", raw=True, face=None)
    node.exits(3)
    assert node.lines[0].startswith("usage: fika") and not node.errors
    node = fika("-V", raw=True, face=None)
    node.exits(3)
    assert node.lines[0].startswith("fika ")


def test_a_second_one_takes_the_next_profile(fika, tmp_path):
    first = fika(home=tmp_path)
    second = fika(home=tmp_path)
    third = fika(home=tmp_path)
    profiles = [node.ready()["profile"] for node in (first, second, third)]
    assert profiles == ["default", "default2", "default3"]
    assert [node.nick for node in (first, second, third)] == ["tester", "tester2", "tester3"]
    assert len({node.id for node in (first, second, third)}) == 3
    first.quit()
    again = fika(home=tmp_path)
    assert (again.ready()["profile"], again.id) == ("default", first.id)


def test_a_named_profile_that_is_taken(fika, tmp_path):
    fika(home=tmp_path, profile="work")
    node = fika(home=tmp_path, profile="work", wait=False)
    node.exits(3, status=1)
    assert len(node.errors) == 1 and "work" in node.errors[0]


def test_a_profile_remembers(fika, tmp_path):
    first = fika(home=tmp_path)
    first.command("\\nick Åsa", "Åsa")
    first.say("\\join #tea", "\\join #milk", "\\channel #tea", "first line")
    first.expect("message", text="first line", channel="#tea")
    first.quit()
    second = fika(home=tmp_path)
    assert second.nick == "Åsa" and second.id == first.id
    second.say("second line")
    said = second.expect("message", text="second line", own=True)
    assert said["channel"] == "#tea"
    assert said["seq"] == 2
    second.command("\\channels", "#milk")


def test_a_crash_loses_nothing_that_was_confirmed(fika, tmp_path):
    first = fika(home=tmp_path)
    first.say(*[f"line {i}" for i in range(20)])
    first.expect("message", text="line 19", own=True)
    first.kill()
    second = fika(home=tmp_path)
    second.say("next")
    assert second.expect("message", text="next", own=True)["seq"] == 21


def test_files_are_only_for_their_owner(fika, tmp_path):
    node = fika(home=tmp_path)
    node.say("secret")
    node.expect("message", text="secret")
    node.quit()
    profile = tmp_path / "data" / "fika"
    assert profile.is_dir()
    for path in [profile, *profile.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_place_to_write(fika, tmp_path):
    blocked = tmp_path / "data"
    blocked.write_text("a file, not a directory")
    node = fika(home=tmp_path, wait=False)
    node.exits(3, status=1)
    assert len(node.errors) == 1 and "data" in node.errors[0]


@pytest.mark.threads
def test_two_on_one_machine_find_each_other(fika, tmp_path):
    ada = fika(home=tmp_path, discovery=True, nick="Ada")
    began = time.monotonic()
    bo = fika(home=tmp_path, discovery=True, nick="Bo")
    bo.ever("link", state="up", nick="Ada", timeout=2)
    assert time.monotonic() - began < 1 * PATIENCE
    ada.ever("member", state="here", nick="Bo")
    bo.ever("member", state="here", nick="Ada")
    bo.say("found you")
    ada.expect("message", text="found you")


def test_five_on_one_machine_find_each_other(fika, tmp_path):
    nodes = [fika(home=tmp_path, discovery=True) for _ in range(5)]
    for node in nodes:
        for other in nodes:
            if other is not node:
                node.ever("member", state="here", id=other.id, timeout=10)
    for node in nodes:
        node.say(f"from {node.id[:8]}")
    for node in nodes:
        node.wait(lambda n=node: len(n.texts()) >= 5, 10, "five messages")
        assert len(node.texts()) == len(set(node.texts())) == 5


def test_no_discovery_stays_alone(fika):
    quiet = fika(discovery=False)
    ada = fika(discovery=True)
    bo = fika(discovery=True)
    ada.ever("link", state="up", id=bo.id, timeout=5)
    assert not quiet.seen("link") and not ada.seen("link", id=quiet.id)


def test_the_manual_names_every_option_and_command(fika):
    with open(os.path.join(ROOT, "docs", "fika.1"), encoding="utf-8") as file:
        manual = file.read()
    node = fika("--help", raw=True, face=None)
    node.exits(3)
    options = set(re.findall(r" --([a-z-]+)", "\n".join(node.lines)))
    assert len(options) == 19
    assert {o for o in options if f"Fl -{o}" not in manual} == set()
    node = fika()
    node.say("\\help")
    node.ever("notice", text=lambda text: "\\remove_topic" in text)
    listed = "\n".join(e["text"] for e in node.seen("notice"))
    commands = set(re.findall(r"(?m)^ *\\([a-z_]+)", listed))
    assert {"connect", "join", "quit"} <= commands
    assert {c for c in commands if f"\\e{c}" not in manual} == set()
    node.say("\\keys")
    node.ever("notice", text=lambda text: text.startswith("Ctrl-D "))
    rows = [e["text"] for e in node.seen("notice")]
    rows = rows[next(i for i, row in enumerate(rows) if row.startswith("Left, Ctrl-B ")):]
    actions = {row[27:].split()[0] for row in rows}
    named = set(re.findall(r"[a-z]+(?:-[a-z0-9]+)*", " ".join(re.findall(r"(?m)^\.Cm (.*)$", manual))))
    assert {"word-left", "send", "leave"} <= actions
    assert actions - named == set()
