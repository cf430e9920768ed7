"""A and B are in #x, C is not, and has a link to both: what they say goes by C, who shows nothing of it and counts as nobody;
what one says while the other is away waits at C, within bounds. All by typed addresses, without discovery, so that A and
B never meet."""

import os
import sqlite3
import time

import pytest

from conftest import PATIENCE

X = ("-c", "#x")


def three(fika, tmp_path, *carry):
    """C, and A and B at it, who see each other in #x by C's notes."""
    c = fika("-c", "#elsewhere", *carry, nick="Cat", home=tmp_path / "c")
    a = fika(*X, c.address, nick="Ada", home=tmp_path / "a")
    b = fika(*X, c.address, nick="Bo", home=tmp_path / "b")
    for one in (a, b):
        one.ever("link", state="up", nick="Cat")
    return a, b, c


def carried(home):
    """What C's history has of channels without a name: (bytes, entries' rows)."""
    db = sqlite3.connect(f"file:{find(home)}?mode=ro&immutable=1", uri=True)
    try:
        return db.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM carried").fetchone()
    finally:
        db.close()


def find(home):
    for directory, _, files in os.walk(home):
        if "history.db" in files:
            return os.path.join(directory, "history.db")
    raise AssertionError("no history")


def doctor_says(node, name):
    before = len(node.seen("doctor_end"))
    node.say("\\doctor")
    node.wait(lambda: len(node.seen("doctor_end")) > before, 10, "the doctor's end")
    return [e for e in node.seen("doctor") if e.get("finding") == name or e.get("name") == name]


def shows_nothing_of(node, *words):
    told = "\n".join(node.lines)
    for word in words:
        assert word not in told, node.story()


def test_live_through_one_who_is_not_in_the_channel(fika, tmp_path):
    a, b, c = three(fika, tmp_path)
    a.say("warm up")
    b.ever("message", 10, text="warm up")
    for i in range(5):
        began = time.monotonic()
        a.say(f"over C {i}")
        b.ever("message", text=f"over C {i}")
        took = time.monotonic() - began
        assert took < 0.2 * PATIENCE, f"{took:.3f} s for two hops"
    b.say("and back")
    a.ever("message", text="and back")
    assert b.ever("message", text="over C 4")["via"] == "link"
    # They know of each other, and have a link to C alone.
    for one, nick in ((a, "Bo"), (b, "Ada")):
        one.ever("member", state="here", nick=nick, channel="#x")
        assert {e["nick"] for e in one.seen("link", state="up")} == {"Cat"}
        assert not one.seen("member", nick="Cat")
    # Each has the other's receipt, by C, and C's own word is none.
    for one in (a, b):
        one.wait(lambda one=one: one.seen("held", seq=len(one.seen("message", own=True))), 10, "a receipt")
        assert {e["by"] for e in one.seen("held")} == {1}
    # C shows nothing of it.
    c.command("\\channels", "#elsewhere")
    shows_nothing_of(c, "#x", "over C", "Ada says")
    for one in (a, b, c):
        one.quit()


def test_who_comes_later_gets_what_was_said_before(fika, tmp_path):
    c = fika("-c", "#elsewhere", nick="Cat", home=tmp_path / "c")
    a = fika(*X, c.address, nick="Ada", home=tmp_path / "a")
    a.ever("link", state="up", nick="Cat")
    lines = [f"said alone {i}" for i in range(200)]
    a.say(*lines)
    a.ever("message", 10, text=lines[-1])
    # C holds it, which is no receipt; but the lines are handed over, so leaving says nothing of lines that nobody has.
    c.wait(lambda: any(e for e in doctor_says(c, "carried")), 10, "a carried channel")
    assert not a.seen("held")
    a.quit(3.0)
    c.ever("link", state="down", nick="Ada")
    # Nobody asks now. C goes and comes back; A stays away.
    port = c.port
    c.quit()
    c = fika("-c", "#elsewhere", nick="Cat", home=tmp_path / "c", port=port)
    b = fika(*X, c.address, nick="Bo", home=tmp_path / "b")
    b.wait(lambda: len(b.seen("message")) >= 200, 20, "200 lines")
    assert sorted(b.texts()) == sorted(lines)
    assert {e["via"] for e in b.seen("message")} == {"history"}
    shows_nothing_of(c, "said alone", "#x")
    # C comes into the channel, and all is there, at once, once.
    c.say("\\join #x")
    c.ever("notice", text=lambda t: "#x" in t)
    b.ever("member", state="here", nick="Cat", channel="#x")
    c.say("\\join #x")
    end = {"not_indexed": 1}
    while end["not_indexed"] > 0:  # the index is filled behind, and says how far it has come
        c.say("\\search said alone 199")
        end = c.expect("found_end", 10)
    c.ever("found", text="said alone 199")
    assert not [t for t, n in ((t, c.texts().count(t)) for t in lines) if n > 1]
    b.quit()
    c.quit()


def test_what_is_there_is_shown_when_the_carrier_joins(fika, tmp_path):
    a, b, c = three(fika, tmp_path, "--last", "50")
    a.say("one", "two", "three")
    b.ever("message", 10, text="three")
    a.quit()
    b.quit()
    c.ever("link", state="down", nick="Ada")
    c.say("\\join #x")
    assert c.ever("message", text="three")["via"] == "history"
    assert [e["text"] for e in c.seen("message")] == ["one", "two", "three"]
    c.quit()
    # It is C's own from now on.
    again = fika(*X, "--last", "50", home=tmp_path / "c")
    again.ever("message", text="three")
    assert again.texts() == ["one", "two", "three"]
    assert carried(tmp_path / "c")[0] == 0
    again.quit()


def test_a_receipt_comes_from_a_member_alone(fika, tmp_path):
    a, b, c = three(fika, tmp_path)
    a.say("to you")
    b.ever("message", 10, text="to you")
    assert a.ever("held", 10, seq=1)["by"] == 1
    assert "Cat" not in a.command("\\held", "Bo")["text"]
    c.say("\\join #x")
    a.ever("held", 10, seq=1, by=2)
    assert "Cat" in a.command("\\held", "Cat")["text"]
    # Who leaves goes on carrying, and is not there any more.
    c.say("\\leave #x")
    a.ever("member", state="gone", nick="Cat")
    a.say("once more")
    b.ever("message", 10, text="once more")
    shows_nothing_of(c, "once more")
    assert a.ever("held", seq=2)["by"] == 1
    # What is said while B is away is held by nobody, until it comes back and says so.
    b.quit(3.0)
    a.ever("member", state="gone", nick="Bo")
    a.say("are you there?")
    a.ever("message", text="are you there?")
    c.wait(lambda: doctor_says(c, "carried"), 10, "a carried channel")
    assert not a.seen("held", seq=3)
    b = fika(*X, c.address, nick="Bo", home=tmp_path / "b")
    b.ever("message", 10, text="are you there?")
    assert a.ever("held", 10, seq=3)["by"] == 1
    for one in (a, b, c):
        one.quit(3.0)


def test_carry_is_bounded_and_can_be_off(fika, tmp_path):
    c = fika("-c", "#elsewhere", "--carry", "1MB", nick="Cat", home=tmp_path / "c")
    a = fika(*X, c.address, nick="Ada", home=tmp_path / "a")
    a.ever("link", state="up", nick="Cat")
    a.say(*[f"{i} " + "x" * 3000 for i in range(60)])
    a.ever("message", 20, text=lambda t: t.startswith("59 "))
    c.wait(lambda: doctor_says(c, "carried"), 10, "a carried channel")
    a.say("\\leave #x")
    a.say("\\join #y")
    a.ever("notice", text=lambda t: "#y" in t)
    # What nobody asks for makes room for what somebody does.
    a.say(*[f"{i} " + "y" * 3000 for i in range(60, 360)])
    a.ever("message", 30, text=lambda t: t.startswith("359 "))
    a.say("and the end")
    a.ever("message", text="and the end")
    a.quit(3.0)
    c.ever("link", 10, state="down", nick="Ada")
    c.quit()
    count, size = carried(tmp_path / "c")
    assert size <= 1_000_000, (count, size)
    # Off: nothing is carried, and what was is gone.
    c = fika("-c", "#elsewhere", "--carry", "off", nick="Cat", home=tmp_path / "c")
    a = fika(*X, c.address, nick="Ada", home=tmp_path / "a")
    a.ever("link", state="up", nick="Cat")
    a.say("nobody takes it")
    a.ever("message", text="nobody takes it")
    assert doctor_says(c, "carries-nothing")
    a.quit(5.0)
    c.quit()
    assert carried(tmp_path / "c") == (0, 0)


def test_set_carry(fika, tmp_path):
    a, b, c = three(fika, tmp_path)
    a.say("before")
    b.ever("message", 10, text="before")
    c.command("\\set carry off", "carry  ")
    c.wait(lambda: doctor_says(c, "carries-nothing"), 10, "nothing carried")
    c.command("\\set carry 5", "carry  ")
    a.say("after")
    b.ever("message", 15, text="after")
    b.wait(lambda: len(b.texts()) == 2, 5, "both lines")
    for one in (a, b, c):
        one.quit(3.0)


@pytest.mark.parametrize("size", ["lots", "-1", "64 days", ""])
def test_sizes_that_are_none(fika, size):
    node = fika("--carry", size, face="--lines", raw=True)
    node.expect_error("is no size")
    node.exits(status=2)
