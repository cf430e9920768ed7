"""Who is who: two identities with one nick are told apart wherever they speak, and a nick that was
somebody else's is said to be, over restarts as well."""

import base64
import re

import pytest


def speakers(rows, text):
    """Who said it, as the screen has it: all that stands between < and >."""
    return [re.search(r"<([^>]*)> " + text, row).group(1) for row in rows if f"> {text}" in row]


def told(one, sentence):
    one.wait(lambda rows: sentence in " ".join(" ".join(rows).replace("│", " ").split()), what=repr(sentence))


def test_yesterdays_nick_is_said_to_be_another_s(screen, fika, tmp_path):
    """Also when the program was not running in between, and the first one is long gone."""
    home = tmp_path / "home"
    first = fika(nick="Bo")
    one = screen(first.address, nick="Ada", home=home)
    first.expect("member", state="here", nick="Ada")
    first.say("said by the first")
    one.expect("<Bo> said by the first")
    one.type("\\quit")
    one.exits(2.0)
    first.quit()
    second = fika(nick="bo")  # whatever its case
    again = screen(second.address, nick="Ada", home=home)
    second.expect("member", state="here", nick="Ada")
    told(again, "is not the bo")
    second.say("said by the second")
    again.expect("said by the second")
    again.wait(lambda rows: speakers(rows, "said by the first"), what="the first one's line")
    said = speakers(again.screen.display, "said by the first") + speakers(again.screen.display, "said by the second")
    assert said == [f"Bo {first.id[:4]}", f"bo {second.id[:4]}"]


@pytest.mark.parametrize("columns", [20, 80, 120])
def test_two_of_one_nick_at_any_width(screen, fika, columns):
    one = screen(nick="Ada", columns=columns, port=0, rows=12)
    one.expect("[#fika]")
    hub = fika(nick="Hub")
    one.type(f"\\connect {hub.address}")
    two = [fika(hub.address, nick="Bo") for _ in range(2)]
    for bo in two:
        hub.ever("member", state="here", id=bo.id)
    for bo in two:
        bo.say(f"x{bo.id[:4]}")
        one.expect(f"{bo.id[:4]}")
    for bo in two:
        one.wait(lambda rows, bo=bo: re.search(rf"<Bo {bo.id[:4]} *> *x{bo.id[:4]}", "".join(rows).replace("│", "")),
                 what="his digits before his line")


def test_lines_open_a_link(fika):
    bo = fika(nick="Bo")
    lines = fika(bo.address, face="--lines", nick="Ada")
    bo.ever("member", state="here", nick="Ada")
    lines.say("\\open")
    lines.expect_error("there is no link here")
    bo.say("see https://fika.example/a_(b), and https://fika.example/c.")
    lines.expect_line("<Bo> see")
    lines.say("\\open 2")
    lines.wait(lambda: any(line.endswith("-- https://fika.example/a_(b)") for line in lines.lines),
               what="the link by itself")
    lines.say("\\open 3")
    lines.expect_error("there are not so many links here")
    lines.say("\\copy")
    lines.wait(lambda: any(line.endswith("-- see https://fika.example/a_(b), and https://fika.example/c.")
                           for line in lines.lines), what="the text by itself")
    lines.say("\\copy 2")
    lines.expect_error("there are not so many lines here")


def test_lines_on_a_terminal_copy_and_mark(screen, fika, tmp_path):
    """What the full screen does: the clipboard of the terminal, and where the reader left off."""
    home = tmp_path / "home"
    bo = fika(nick="Bo")
    one = screen("--lines", bo.address, nick="Ada", home=home, columns=120)
    bo.ever("member", state="here", nick="Ada")
    bo.say("seen by Ada")
    one.expect("<Bo> seen by Ada")
    one.type("\\copy")
    one.expect("your terminal was asked to put it on the clipboard")
    assert b"\x1b]52;c;" + base64.b64encode(b"seen by Ada") + b"\a" in one.raw
    one.type("\\quit")
    one.exits(2.0)
    bo.ever("member", state="gone", nick="Ada")
    bo.say("not seen", "nor this")
    bo.ever("message", text="nor this")
    again = screen("--lines", bo.address, nick="Ada", home=home, columns=120)
    again.expect("<Bo> nor this")
    rows = again.screen.display
    mark = next(i for i, row in enumerate(rows) if "---- new in #fika ----" in row)
    assert "<Bo> not seen" in rows[mark + 1] and sum("---- new" in row for row in rows) == 1
    again.type("\\quit")
    again.exits(2.0)
    third = screen(bo.address, nick="Ada", home=home)  # the full screen knows it, too
    third.expect("<Bo> nor this")
    assert not any("---- new" in row for row in third.screen.display)


def test_lines_tell_them_apart_too(fika):
    hub = fika(nick="Hub")
    lines = fika(hub.address, face="--lines", nick="Ada")
    hub.ever("member", state="here", nick="Ada")
    two = [fika(hub.address, nick="Bo") for _ in range(2)]
    for bo in two:
        hub.ever("member", state="here", id=bo.id)
        bo.say("one")
        hub.ever("message", text="one")
    lines.expect_line("is not the Bo")
    for bo in two:
        bo.say(f"two {bo.id[:4]}")
        lines.expect_line(f"<Bo {bo.id[:4]}> two {bo.id[:4]}")


def test_ones_own_past_is_nobody_else(fika, tmp_path):
    """Bo was called anna for a while, as anna is; it is not news to him whose that nick was."""
    anna = fika(nick="anna")
    bo = fika(anna.address, nick="Bo", home=tmp_path / "bo")
    bo.ever("member", state="here", nick="anna")
    anna.say("before")
    bo.expect("message", text="before")
    for nick in ("anna", "other", "Bo"):
        bo.say(f"\\nick {nick}", f"I am {nick}")
        anna.expect("message", text=f"I am {nick}")
    bo.quit()
    bo = fika(anna.address, nick="Bo", home=tmp_path / "bo")
    anna.ever("member", state="here", nick="Bo")
    anna.say("after")
    bo.expect("message", text="after")
    assert not [e for e in bo.seen("namesake") if e["taken_over"]]
    # Another one is, whoever had it in between.
    third = fika(anna.address, nick="anna")
    third.say("it is me")
    assert bo.expect("namesake", id=third.id)["taken_over"] is True


@pytest.mark.parametrize("face", ["screen", "--lines", "--json"])
def test_a_nick_of_long_ago(screen, fika, tmp_path, face):
    """What the first one said is further up than any face loads; the store knows."""
    home = tmp_path / "home"
    ada = fika(nick="Ada", home=home)
    first = fika(ada.address, nick="Bo")
    ada.expect("member", state="here", nick="Bo")
    first.say("long ago")
    ada.expect("message", text="long ago")
    first.quit()
    for i in range(300):
        ada.say(f"line {i}")
    ada.expect("message", text="line 299")
    ada.quit()
    second = fika(nick="bo")  # whatever its case
    if face == "screen":
        again = screen(second.address, nick="Ada", home=home)
        told(again, f"this bo ({second.id[:8]}) is not the bo")
    elif face == "--lines":
        again = fika(second.address, face=face, nick="Ada", home=home)
        again.expect_line(f"this bo ({second.id[:8]}) is not the bo")
    else:
        again = fika(second.address, nick="Ada", home=home)
        said = again.expect("namesake", channel="#fika", nick="bo", id=second.id)
        assert said["other"] == first.id and said["taken_over"] is True and said["met"].endswith("Z")
    second.ever("member", state="here", nick="Ada")
    second.ever("message", text="line 299")  # or its own would stand above that
    second.say("here now")
    if face == "screen":
        again.expect(f"<bo {second.id[:4]}> here now")
    elif face == "--lines":
        again.expect_line(f"<bo {second.id[:4]}> here now")
