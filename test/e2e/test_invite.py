"""Invites: one line, or what a phone reads off the screen, lets another machine into a network; it is
in no process list, no history of typed lines and no log."""

import base64
import datetime
import hashlib
import os
import re
import shutil
import subprocess
import time

import pytest

INVITE = re.compile(r"fika:[a-z2-7]+")


def invited(node):
    node.say("\\invite")
    return node.expect("invite")["invite"]


def new_network(fika, **options):
    return fika("--network", "new", open_network=True, nick="Ada", **options)


def talk(one, other):
    other.ever("link", state="up")
    one.ever("link", state="up")
    one.say("hello")
    other.ever("message", text="hello")


def files_below(home):
    for where, _, names in os.walk(home):
        for name in names:
            path = os.path.join(where, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    yield path, file.read()


def test_who_has_the_line_joins(fika, tmp_path):
    ada = new_network(fika)
    invite = invited(ada)
    assert INVITE.fullmatch(invite) and len(invite) <= 154
    bo = fika(invite, open_network=True, nick="Bo", home=tmp_path / "bo")
    assert bo.ever("ready")["network"] == "private"
    bo.ever("notice", text=lambda text: "fika --network private" in text)
    talk(ada, bo)
    # He can invite in turn, and needs the invite no more.
    cy = fika(invited(bo), open_network=True, nick="Cy")
    talk(bo, cy)
    bo.quit()
    bo = fika("--network", "private", ada.address, open_network=True, home=tmp_path / "bo")
    bo.ever("link", state="up")


def test_a_known_network_keeps_its_name(fika, tmp_path):
    home = tmp_path / "one"
    ada = new_network(fika, home=home)
    invite = invited(ada)
    ada.quit()
    again = fika(invite, open_network=True, home=home)
    assert again.ever("ready")["network"] == "private"
    again.quit()
    other = fika("--network", "new", open_network=True, home=home)
    assert other.ever("ready")["network"] == "private2"


def test_nobody_else_gets_in(fika):
    ada = new_network(fika)
    stranger = fika(ada.address, open_network=True)
    stranger.ever("notice", text=lambda text: "no fika of this network" in text)
    other = fika("--network", "new", ada.address, open_network=True)
    other.ever("notice", text=lambda text: "no fika of this network" in text)
    assert not ada.seen("link")


def test_a_file_or_a_pipe_may_hold_it(fika, tmp_path):
    ada = new_network(fika)
    path = tmp_path / "invite"
    path.write_text(invited(ada) + "\n")
    bo = fika("--network", f"@{path}", open_network=True, nick="Bo")
    talk(ada, bo)


def test_an_invite_to_the_open_network(fika):
    ada = fika(open_network=True)
    invite = invited(ada)
    assert len(invite) < 100
    bo = fika(invite, open_network=True)
    assert bo.ever("ready")["network"] == "open"
    bo.ever("link", state="up")
    cy = fika(open_network=True)
    cy.say(f"\\connect {invite}")
    cy.ever("link", state="up")


def open_invite(*ports):
    """One to the open network with these ports of this machine."""
    body = b"\1\0" + b"".join(b"\4\x7f\0\0\1" + port.to_bytes(2, "little") for port in ports)
    check = hashlib.blake2b(body, digest_size=32, person=b"fika-invite-v1\0\0").digest()[:4]
    return "fika:" + base64.b32encode(body + check).decode().rstrip("=").lower()


def test_its_addresses_are_tried_together(fika, free_port):
    """Of three that lead to one host one will do, and of those that do not only the first is spoken of."""
    bo = fika(open_network=True, nick="Bo")
    gone = [free_port(), free_port()]
    ada = fika(open_invite(gone[0], gone[1], bo.port), open_network=True, nick="Ada")
    talk(bo, ada)
    ada.ever("notice", text=lambda text: f":{gone[0]} could not be reached" in text)
    assert not ada.seen("notice", text=lambda text: f":{gone[1]}" in text)


def test_a_slip_is_said(fika):
    ada = new_network(fika)
    invite = invited(ada)
    slip = invite[:30] + ("a" if invite[30] != "a" else "b") + invite[31:]
    bo = fika(slip, open_network=True, wait=False)
    bo.exits(5, status=2)
    assert "a slip in it" in bo.errors[0] and slip[5:] not in "".join(bo.errors)
    other = new_network(fika)
    assert other.command(f"\\connect {invite}", "another network")
    assert other.command(f"\\connect {slip}", "a slip in it")


def test_it_is_in_no_process_list_and_no_file(fika, tmp_path):
    ada = new_network(fika, home=tmp_path / "ada")
    invite = invited(ada)
    bo = fika(invite, open_network=True, home=tmp_path / "bo")
    talk(ada, bo)
    with open(f"/proc/{bo.process.pid}/cmdline", "rb") as file:
        assert b"fika:" not in file.read()
    for node in (ada, bo):
        node.quit()
    keys = 0
    for home in ("ada", "bo"):
        for path, data in files_below(tmp_path / home):
            assert invite.encode() not in data and invite[5:40].encode() not in data, path
            if path.endswith(".key"):
                keys += 1
                assert os.stat(path).st_mode & 0o777 == 0o600
    assert keys == 2


def test_what_is_pasted_is_not_remembered(screen, fika, tmp_path):
    ada = fika(open_network=True)
    invite = invited(ada)
    one = screen(open_network=True, home=tmp_path / "one")
    one.expect("#fika]")
    one.type("\\who")
    one.expect("(you)")
    one.type(f"\\connect {invite}")
    one.expect("1 link")
    one.type("\\quit")
    one.exits()
    typed = dict(files_below(tmp_path / "one"))
    assert any(b"\\who" in data for path, data in typed.items() if path.endswith("typed"))
    assert not any(b"fika:" in data for data in typed.values())


# Invites that end.


def secret_of(home):
    return next(bytes.fromhex(data.decode().strip()) for path, data in files_below(home)
                if path.endswith(".key"))


def bytes_of(invite):
    letters = invite[5:].upper()
    return base64.b32decode(letters + "=" * (-len(letters) % 8))


def ticket(node, how):
    node.say(f"\\invite {how}")
    return node.expect("invite")


def test_an_invite_for_one_machine(fika, tmp_path):
    ada = new_network(fika, home=tmp_path / "ada")
    event = ticket(ada, "once")
    invite = event["invite"]
    assert event["once"] and "until" not in event and len(invite) <= 154
    assert secret_of(tmp_path / "ada") not in bytes_of(invite)
    assert secret_of(tmp_path / "ada") in bytes_of(invited(ada))
    bo = fika(invite, open_network=True, nick="Bo", home=tmp_path / "bo")
    talk(ada, bo)
    ada.ever("notice", text=lambda text: "has used your invite" in text)
    assert secret_of(tmp_path / "bo") == secret_of(tmp_path / "ada")
    cy = fika(invite, open_network=True, nick="Cy", home=tmp_path / "cy", wait=False)
    cy.exits(10, status=1)
    assert "another one has used it" in cy.errors[-1]
    assert not list(path for path, _ in files_below(tmp_path / "cy") if path.endswith(".key"))
    # The first needs it no more.
    bo.quit()
    bo = fika("--network", "private", ada.address, open_network=True, home=tmp_path / "bo")
    bo.ever("link", state="up")


def test_an_invite_with_an_end(fika, tmp_path):
    ada = new_network(fika, home=tmp_path / "ada")
    event = ticket(ada, "2h")
    assert "once" not in event
    end = datetime.datetime.fromisoformat(event["until"].replace("Z", "+00:00")).timestamp()
    assert 7200 - 120 < end - time.time() < 7200 + 120
    for _ in range(2):
        talk(ada, fika(event["invite"], open_network=True))
    assert {"once", "until"} <= set(ticket(ada, "1d once"))
    both = ticket(ada, "once 5m")["invite"]
    ada.quit()
    late = fika(both, open_network=True, wait=False)
    late.exits(20, status=1)
    assert "nobody answers who knows it" in late.errors[-1]


def test_what_cannot_end(fika):
    ada = fika(open_network=True)
    assert ada.command("\\invite once", "cannot end")["event"] == "error"
    bo = new_network(fika)
    for wrong in ("once once", "0m", "5", "5y", "99999d", "1h 2h"):
        assert bo.command(f"\\invite {wrong}", "type it so")["event"] == "error", wrong
    far = new_network(fika, port=None)
    far.quit()
    far = fika("--network", "new", "--socks", "127.0.0.1:9", open_network=True, port=None)
    assert far.command("\\invite once", "nobody can call")["event"] == "error"


# On a screen.


def is_light(colour, default):
    return {"default": default, "black": False, "000000": False, "brightblack": False,
            "white": True, "brightwhite": True, "ffffff": True}.get(colour, True)


def photograph(screen, path):
    """What is shown, as an image: each place is one square wide and two high."""
    scale, rows = 4, []
    halves = {" ": "..", "▀": "#.", "▄": ".#", "█": "##"}
    for y in range(screen.lines):
        upper, lower = [], []
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            letter = is_light(cell.fg, True)
            ground = is_light(cell.bg, False)
            if cell.reverse:
                letter, ground = ground, letter
            for row, half in zip((upper, lower), halves.get(cell.data, "..")):
                row.append(b"\xff" if (letter if half == "#" else ground) else b"\x00")
        rows += [upper, lower]
    with open(path, "wb") as file:
        file.write(b"P5 %d %d 255\n" % (screen.columns * scale, 2 * screen.lines * scale))
        for row in rows:
            file.write(b"".join(square * scale for square in row) * scale)


def read_by_phone(screen, tmp_path):
    path = tmp_path / "photograph.pgm"
    photograph(screen, path)
    done = subprocess.run(["zbarimg", "-q", "--raw", str(path)], capture_output=True, text=True,
                          timeout=20)
    return done.stdout.strip()


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"term": "vt220"}])
def test_the_screen_shows_it_to_a_phone(screen, fika, tmp_path, variables):
    if shutil.which("zbarimg") is None:
        pytest.skip("needs zbarimg")
    one = screen("--network", "new", open_network=True, **variables)
    one.expect("#fika]")
    one.type("\\invite")
    one.expect("Escape closes")
    read = one.wait(lambda rows: read_by_phone(one.screen, tmp_path), what="a QR code that can be read")
    assert INVITE.fullmatch(read.lower()) and read.startswith("FIKA:")
    one.keys("\x1b")
    one.gone("Escape closes")
    one.expect("an invite to network private")
    shown = "".join(row.strip() for row in one.screen.display)
    assert read.lower() in shown.replace("│", "")
    bo = fika(read, open_network=True)  # as a phone gives it, in capitals
    bo.ever("link", state="up")


def test_a_small_window_says_so(screen):
    one = screen("--network", "new", open_network=True, rows=15)
    one.expect("#fika]")
    one.type("\\invite")
    one.expect("this window is too small")


def test_no_letters_for_it(screen):
    one = screen("--lines", "--network", "new", open_network=True, LC_ALL="C", LANG="C")
    one.expect("network private")
    one.type("\\invite")
    one.expect("fika 'fika:")
    one.expect("has no letters (UTF-8)")


def test_lines_on_a_terminal_draw_it_too(screen, tmp_path):
    if shutil.which("zbarimg") is None:
        pytest.skip("needs zbarimg")
    one = screen("--lines", "--network", "new", open_network=True, rows=40)
    one.expect("network private")
    one.type("\\invite")
    one.expect("On the other machine")
    assert one.wait(lambda rows: read_by_phone(one.screen, tmp_path), what="a QR code")


def test_lines_in_a_pipe_do_not(fika):
    node = fika("--network", "new", face="--lines", open_network=True)
    node.say("\\invite")
    node.expect_line("      fika 'fika:")
    node.quit()
    assert not any("▀" in line for line in node.lines)
