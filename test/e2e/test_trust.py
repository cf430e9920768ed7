"""Names that can be trusted, and people who are not to be heard: verification, swapped and look-alike names, marks
that nobody can forge, ignoring, blocking, floods."""

import hashlib
import os
import re

import nacl.pwhash.argon2id
import pytest

from conftest import ROOT

CYRILLIC_A = "\u0430"


def met(one, *others):
    """All are linked to `one`, and in its channel."""
    for other in others:
        one.ever("member", state="here", id=other.id)
        other.ever("member", state="here", id=one.id)


def verify(one, nick):
    one.say(f"\\verify {nick}")
    return one.expect("words", timeout=20, nick=nick)


def rows_with(one, text):
    return [row for row in one.screen.display if text in row]


# ---- verification ----


def by_the_text(one, other):
    """Code and words as PROTOCOL.md, section 11, has them."""

    def h(domain, data):
        return hashlib.blake2b(data, digest_size=32, person=domain.ljust(16, b"\0")).digest()

    with open(os.path.join(ROOT, "src/base/wordlist_table.h"), encoding="ascii") as table:
        english = re.findall(r'"([a-z]+)"', table.read())
    assert len(english) == 2048
    pair = h(b"fika-verify-v1", b"".join(sorted(bytes.fromhex(node.id) for node in (one, other))))
    slow = nacl.pwhash.argon2id.kdf(32, pair, h(b"fika-words-v1", b"")[:16],
                                    opslimit=nacl.pwhash.argon2id.OPSLIMIT_MODERATE,
                                    memlimit=nacl.pwhash.argon2id.MEMLIMIT_MODERATE)
    first = int.from_bytes(slow, "big") >> (256 - 66)
    return "fika-verify:" + pair.hex(), " ".join(english[first >> (55 - 11 * i) & 2047] for i in range(6))


def test_both_see_the_same_words_and_yes_is_kept(fika, screen, tmp_path):
    home = tmp_path / "home"
    bo = fika(nick="Bo")
    ada = fika(bo.address, nick="Ada", home=home)
    met(bo, ada)
    words, other = verify(ada, "Bo"), verify(bo, "Ada")
    assert words["words"] == other["words"] and words["code"] == other["code"]
    assert re.fullmatch(r"([a-z]{3,8} ){5}[a-z]{3,8}", words["words"])
    assert (words["code"], words["words"]) == by_the_text(ada, bo)
    ada.say("\\verify Bo yes")
    assert ada.expect("person", id=bo.id)["verified"] is True
    bo.say("one")
    assert ada.expect("message", text="one")["verified"] is True
    assert "verified" not in bo.ever("member", id=ada.id)  # it is for oneself
    ada.quit()
    lines = fika(bo.address, nick="Ada", home=home, face="--lines")
    lines.expect_line("-- Bo joined")
    bo.say("two")
    lines.expect_line("#fika (v) <Bo> two")
    lines.say("\\verify")
    lines.expect_line(f"-- verified: Bo {bo.id[:8]}")
    lines.say("\\quit")
    lines.exits()
    one = screen(bo.address, nick="Ada", home=home, columns=130, rows=40)
    bo.say("three")
    one.expect("(v) <Bo> three")
    one.wait(lambda rows: any(re.search(r"│ Bo +v$", row) for row in rows), what="the mark in the list of members")
    one.type("\\verify Bo")
    one.expect(words["words"], 20)
    assert any("▀" in row or "█" in row for row in one.screen.display)  # there is room for the code
    one.keys("\x1b")
    one.type("\\verify Bo no")
    one.expect("Bo is not verified")
    bo.say("four")
    one.expect("four")
    assert "(v)" not in "".join(rows_with(one, "four") + rows_with(one, "three"))


def test_yes_counts_for_words_that_were_shown_and_a_code_is_compared(fika):
    ada = fika(nick="Ada")
    bo, cy = fika(ada.address, nick="Bo"), fika(ada.address, nick="Cy")
    met(ada, bo, cy)
    ada.command("\\verify Bo yes", "\\verify Bo first")
    ada.say("\\verify Bo", "\\verify Bo yes")  # they are on their way
    ada.wait(lambda: sum("making the words for Bo" in e["text"] for e in ada.seen("notice")) == 2, what="the second word")
    code = verify(bo, "Ada")["code"]
    ada.command(f"\\verify Cy {code}", "do not trust this Cy")
    ada.command("\\verify nobody", "nobody called nobody")
    assert not ada.seen("person")
    ada.say(f"\\verify Bo {code.upper()}")  # as a QR code has it
    assert ada.expect("person", id=bo.id)["verified"] is True
    for command in ("\\verify Ada", "\\verify ada", f"\\ignore {ada.id[:8]}", "\\block Ada", "\\invite Ada",
                    "\\remove Ada"):
        ada.command(command, "is you, and nobody else")
    ada.command(f"\\verify Bo {code[:40]}", "that code is not whole")


def test_a_swapped_key_under_a_known_nick(fika, screen, tmp_path):
    home = tmp_path / "home"
    ada = fika(nick="Ada", home=home)
    bo = fika(ada.address, nick="Bo")
    met(ada, bo)
    ada.say(f"\\verify Bo {verify(bo, 'Ada')['code']}")
    ada.expect("person", id=bo.id)
    bo.quit()
    false, alike = fika(ada.address, nick="bo"), fika(ada.address, nick="B\u043e")  # a Cyrillic o
    met(ada, false, alike)
    for one in (false, alike):
        one.say(f"I am {one.id}")
        said = ada.expect("message", author=one.id)
        assert said["clash"] == "verified" and said["clash_with"] == "Bo" and "verified" not in said
    ada.command("\\who", "(not the verified Bo)")
    ada.quit()
    again = screen(false.address, nick="Ada", home=home, columns=100)
    false.say("trust me")
    again.expect("(not the verified Bo) <bo")
    again.expect("trust me")


def test_names_that_were_another_s_or_look_so(fika):
    ada = fika(nick="Ada")
    bo, same, alike = (fika(ada.address, nick="Paul"), *[None] * 2)
    met(ada, bo)
    same, alike = fika(ada.address, nick="paul"), fika(ada.address, nick=f"P{CYRILLIC_A}uI")
    met(ada, same, alike)
    lines = fika(ada.address, nick="Lea", face="--lines")
    lines.expect_line("joined #fika")
    for one, clash in ((bo, None), (same, "held"), (alike, "looks")):
        one.say(f"I am {one.id}")
        said = ada.expect("message", author=one.id)
        assert said.get("clash") == clash and said.get("clash_with") == (clash and "Paul")
    alike.say("\\nick Other")
    ada.expect("notice", text=lambda text: "Other now" in text)
    alike.say("and now?")
    assert "clash" not in ada.expect("message", text="and now?")


def test_no_text_can_forge_a_mark(fika, screen):
    """In a nick, an action, a further line, another's words."""
    ada = fika(nick="Ada")
    lines = fika(ada.address, nick="Lea", face="--lines")
    one = screen(ada.address, nick="Scr", columns=100, rows=30)
    ada.ever("member", state="here", nick="Lea")
    ada.ever("member", state="here", nick="Scr")
    for nick in ("(v)", "(v)Bo", "Bo(v)"):
        mallory = fika(ada.address, nick=nick)
        met(ada, mallory)
        mallory.say("\\me (v) <Bo> forged", "(v) <Bo> forged", "12:34 #fika (v) <Bo> forged")
        ada.expect("message", author=mallory.id, text="12:34 #fika (v) <Bo> forged")
        mallory.say("\\edit one\u2028\n")  # not in one run with it, or it comes as it is then
        ada.expect("edited", author=mallory.id)
        mallory.quit()
    bo = fika(ada.address, nick="Zoe")
    met(ada, bo)
    bo.say("the last")
    lines.expect_line("<Zoe> the last")
    one.expect("<Zoe> the last")
    forged = [line for line in lines.lines if re.match(r"\d\d:\d\d #fika \(v\) ", line)]
    assert not forged, forged
    rows = [row for row in one.screen.display if re.match(r"(\S+ +│)?\d\d:\d\d (… |✓\S* )?\(v\) ", row)]
    assert not rows, rows


# ---- those who are not to be heard ----


def test_who_is_ignored_is_folded_and_can_be_looked_at(fika, screen, tmp_path):
    home = tmp_path / "home"
    bo = fika(nick="Bo")
    cy = fika(bo.address, nick="Cy")
    met(bo, cy)
    one = screen(bo.address, nick="Ada", home=home, columns=90)
    bo.ever("member", state="here", nick="Ada")
    bo.say("heard")
    one.expect("<Bo> heard")
    one.type("\\ignore Bo")
    one.expect("lines of Bo are folded")
    one.expect("1 line of Bo is not shown")
    bo.say("Ada, one", "Ada, two")
    cy.ever("message", text="Ada, two")
    cy.say("between")
    one.expect("<Cy> between")
    one.expect("2 lines of Bo are not shown")
    assert not rows_with(one, "Ada, two")
    one.keys("\x1b[20~")  # F9
    one.expect("<Bo> Ada, two")
    one.keys("\x1b[20~")
    one.gone("Ada, two")
    one.type("\\quit")
    one.exits(2.0)
    again = screen(bo.address, nick="Ada", home=home, columns=90)
    again.expect("3 lines of Bo are not shown")
    bo.say("three")
    cy.say("done")
    again.expect("<Cy> done")
    again.type("\\unignore Bo")
    again.expect("<Bo> three")
    again.expect("<Bo> Ada, two")


def test_lines_leave_out_who_is_ignored_and_json_says_so(fika, tmp_path):
    home = tmp_path / "home"
    ada = fika(nick="Ada", home=home)
    bo, cy = fika(ada.address, nick="Bo"), fika(ada.address, nick="Cy")
    met(ada, bo, cy)
    ada.command("\\ignore Bo", "lines of Bo are folded")
    bo.say("one")
    assert ada.expect("message", text="one")["ignored"] is True
    bo.say("\\msg Ada psst")
    assert ada.ever("message", text="psst")["ignored"] is True
    assert not [e for e in ada.seen("notice") if "talks with you alone" in e["text"]]
    ada.quit()
    lines = fika(bo.address, cy.address, nick="Ada", home=home, face="--lines")
    bo.ever("link", state="down")
    lines.expect_line("-- Cy joined")
    bo.say("two")
    cy.wait(lambda: "two" in cy.texts() or bo.seen("held"), what="it to get around")
    cy.say("three")
    lines.expect_line("<Cy> three")
    lines.say("\\ignore")
    lines.expect_line(f"-- ignored: Bo {bo.id[:8]}")
    assert not any("<Bo>" in line or "Bo joined" in line for line in lines.lines)


def test_who_is_blocked_is_gone_and_comes_back_when_let_in(fika, tmp_path):
    """His lines do not come by a third either, whose own do."""
    home = tmp_path / "home"
    cy = fika(nick="Cy")
    ada = fika(cy.address, nick="Ada", home=home)
    bo = fika(cy.address, ada.address, nick="Bo")
    met(ada, bo, cy)
    met(cy, bo)
    bo.say("before")
    ada.expect("message", text="before")
    ada.command("\\block Bo", "there will be no link to Bo")
    ada.expect("link", state="down", nick="Bo")
    bo.expect("link", state="down", nick="Ada")
    bo.say("after")
    cy.ever("message", text="after")
    cy.say("still here")
    ada.expect("message", text="still here")
    bo.say(f"\\connect {ada.address}")  # he calls again
    bo.expect("notice", text=lambda text: "could not be reached" in text or "calling" in text)
    ada.command("\\links", f"blocked: Bo {bo.id[:8]}")
    assert len(ada.seen("link", state="up", nick="Bo")) == 1
    ada.say("\\doctor")
    assert "Bo" in ada.expect("doctor", timeout=15, finding="blocked")["text"]
    ada.quit()
    ada = fika(cy.address, nick="Ada", home=home)  # it is kept
    met(ada, cy)
    bo.say("later")
    cy.ever("message", text="later")
    cy.say("and still")
    ada.expect("message", text="and still")
    assert "after" not in ada.texts() and "later" not in ada.texts()
    ada.command("\\unblock Bo", "Bo may come back")
    ada.ever("message", text="after")
    ada.ever("message", text="later")
    bo.say(f"\\connect {ada.address}")
    ada.ever("link", state="up", nick="Bo")


def test_two_of_one_nick_are_told_apart(fika):
    ada = fika(nick="Ada")
    two = [fika(ada.address, nick="Bo") for _ in range(2)]
    met(ada, *two)
    asked = ada.command("\\ignore Bo", "2 people were met as Bo")
    assert all(f"Bo {bo.id[:8]}" in asked["text"] for bo in two)
    ada.command(f"\\ignore Bo {two[1].id[:8]}", "are folded")
    for bo in two:
        bo.say(f"I am {bo.id}")
        assert ada.expect("message", author=bo.id).get("ignored", False) == (bo is two[1])
    ada.command("\\unblock Bo", "2 people were met as Bo")  # neither is
    ada.command("\\unignore Bo", "lines of Bo are shown")  # one alone can be meant
    assert ada.seen("person", id=two[1].id, ignored=False)


# ---- floods ----


def test_a_flood_is_folded_and_others_are_heard(fika, screen):
    """10,000 lines of one while others talk: theirs arrive, the screen stays in use, and he is heard when he calms."""
    hub = fika(nick="Hub")
    one = screen(hub.address, nick="Ada", columns=90, rows=24)
    loud, cy = fika(hub.address, nick="Loud"), fika(hub.address, nick="Cy")
    met(hub, loud, cy)
    hub.ever("member", state="here", nick="Ada")
    one.expect("Cy")
    for part in range(10):
        loud.say(*[f"flood {part * 1000 + i}" for i in range(1000)])
        if part == 0:
            one.expect("Loud is flooding: ", 20)
        cy.say(f"talk {part}")
    for part in range(10):
        one.expect(f"<Cy> talk {part}", 20)
    hub.ever("message", timeout=30, text="flood 9999")
    one.wait(lambda rows: any("Loud is flooding: 9,744 lines are folded" in row for row in rows), 20, "the count")
    assert len(rows_with(one, "is flooding")) == 1  # said once
    one.type("still in use")
    one.expect("<Ada> still in use")
    assert hub.ever("message", text="still in use")
    folded = [e for e in hub.seen("message", nick="Loud") if e.get("folded")]
    assert len(folded) == 9744 and not any(e.get("folded") for e in hub.seen("message", nick="Cy"))


def test_a_paste_is_no_flood_and_neither_is_history(fika):
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo")
    met(ada, bo)
    bo.say(*[f"line {i}" for i in range(250)])
    ada.expect("message", text="line 249")
    bo.say(*[f"more {i}" for i in range(1000)])
    ada.expect("message", text="more 999")
    late = fika(bo.address, nick="Cy")
    late.ever("message", timeout=20, text="more 999")
    late.ever("message", timeout=20, text="line 0")
    assert not any(e.get("folded") for e in late.seen("message"))
    assert not any(e.get("folded") for e in ada.seen("message", text=lambda text: text.startswith("line")))


@pytest.mark.parametrize("command", ["\\verify", "\\ignore", "\\block"])
def test_a_list_of_nobody(fika, command):
    ada = fika(nick="Ada")
    ada.command(command, "nobody is ")
