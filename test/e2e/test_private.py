"""Private channels: only members can read what is said there, wherever it is carried; after a removal the removed cannot."""

import os
import re
import sqlite3
import subprocess

import pytest

from conftest import BINARY, environment
from test_carry import doctor_says, find
from test_direct import disk
from test_lock import files, lock, with_passphrase

PLANS = "#plans"


@pytest.fixture
def person(fika, tmp_path):
    """person(nick, *arguments): starts the fika of that person, the same each time."""

    def start(nick, *arguments, **options):
        return fika(*arguments, nick=nick, home=tmp_path / nick, **options)

    return start


def meet(*nodes):
    """All of them have heard of each other in #fika."""
    for node in nodes:
        for other in nodes:
            if other is not node:
                node.ever("member", nick=other.nick, state="here")


def called(name):
    """As an invitation calls it: with digits of its own."""
    return lambda channel: re.fullmatch(re.escape(name) + "~[0-9a-f]{4}", channel)


def join(guest, invitation, channel=PLANS):
    """After an invitation of somebody whom he does not know yet."""
    guest.say(f"\\join {invitation['channel']}")
    guest.ever("notice", text=lambda text: f"you are in {channel}" in text)
    return guest


def invite(inviter, guest, *words):
    inviter.say(f"\\channel {PLANS}", " ".join(["\\invite", guest.nick, *words]))
    invitation = guest.expect("invitation", channel=called(PLANS), by=inviter.id, new=True)
    before = len(guest.seen("admitted", own=True))
    join(guest, invitation)
    guest.wait(lambda: len(guest.seen("admitted", own=True)) > before, 10, "that he is in")
    return inviter.ever("member", channel=PLANS, nick=guest.nick, state="here")


def create(node):
    node.say(f"\\create {PLANS}")
    node.ever("notice", text=lambda text: f"{PLANS} is made" in text)


def three(person):
    """Ada has made #plans, and Bo and Cy are in; each is linked to Ada."""
    ada = person("Ada")
    bo, cy = person("Bo", ada.address), person("Cy", ada.address)
    meet(ada, bo, cy)
    create(ada)
    invite(ada, bo)
    invite(ada, cy)
    for node in (bo, cy):
        node.ever("admitted", nick="Cy", role="member", history=False)
    return ada, bo, cy


def say(node, text, *hearers, channel=PLANS):
    node.say(f"\\channel {channel}", text)
    return [hearer.ever("message", 10, text=text, channel=channel) for hearer in (node, *hearers)]


def has_passed(node, *others, text="that is all"):
    """What the node said before this, and others may have, has come to them."""
    say(node, text, *others, channel="#fika")


def test_only_members_read_it(person, tmp_path):
    ada, bo, cy = three(person)
    dee = person("Dee", ada.address)  # is in no private channel
    dee.ever("member", nick="Ada")
    own, heard, also = say(ada, "rhubarb at dawn", bo, cy)
    assert own["own"] and heard["private"] is also["private"] is True
    assert heard["author"] == ada.id
    say(bo, "gooseberries at noon", ada, cy)
    bo.say("\\react 👍", "\\me waves", "custard")
    cy.ever("message", text="waves", action=True)
    cy.ever("reaction", reaction="👍", channel=PLANS)
    bo.say("s/custard/crumble/")
    cy.ever("edited", text="crumble", channel=PLANS)
    bo.say("\\forget")
    cy.ever("forgotten", channel=PLANS)
    has_passed(ada, bo, cy, dee)
    assert PLANS not in [event.get("channel") for event in dee.events]
    for node in (ada, bo, cy, dee):
        node.quit(5.0)
    for nick in ("Ada", "Bo", "Cy"):
        assert b"rhubarb at dawn" in disk(tmp_path / nick)
    for canary in (b"rhubarb", b"gooseberries", b"crumble", PLANS.encode()):
        assert canary not in disk(tmp_path / "Dee")


def test_who_is_removed_in_mid_talk_reads_nothing_that_follows(person, tmp_path):
    ada, bo, cy = three(person)
    say(ada, "before it", bo, cy)
    say(cy, "said by cy", ada, bo)
    answer = ada.command(f"\\channel {PLANS}\n\\remove Cy", "removed")["text"]
    assert "what is said from now on Cy cannot read" in answer and "Cy keeps" in answer
    gone = cy.ever("removed", own=True, by=ada.id, left=False)
    assert gone["nick"] == "Cy" and gone["private"] is True
    bo.ever("removed", nick="Cy", own=False, by_nick="Ada")
    say(ada, "persimmon pudding", bo)
    say(bo, "quince jelly", ada)
    has_passed(bo, ada, cy)
    has_passed(ada, bo, cy, text="and that")
    assert "Cy" in {e["nick"] for e in ada.seen("message", text="said by cy")}
    cy.say(f"\\channel {PLANS}", "I go on")
    cy.ever("error", text=lambda text: "not in #plans any more" in text)
    assert "persimmon pudding" not in cy.texts() and "I go on" not in cy.texts()
    for node in (ada, bo, cy):
        node.quit(5.0)
    canaries = (b"persimmon pudding", b"quince jelly")
    assert not [canary for canary in canaries if canary in disk(tmp_path / "Cy")]
    assert b"before it" in disk(tmp_path / "Cy")  # what he had he keeps
    assert all(canary in disk(tmp_path / "Bo") for canary in canaries)


def test_the_screen_of_the_removed_says_so(person, screen, tmp_path):
    ada = person("Ada")
    cy = screen(ada.address, nick="Cy", home=tmp_path / "Cy", rows=30, columns=120)
    ada.ever("member", nick="Cy")
    create(ada)
    ada.say("\\invite Cy")
    cy.expect("invites you to 🔒#plans~")
    name = re.search("#plans~[0-9a-f]{4}", "\n".join(cy.screen.display))[0]
    cy.type(f"\\join {name}")
    cy.expect("you are in #plans now")
    cy.wait(lambda rows: "🔒#plans" in rows[-2], what="the lock in the status")
    cy.expect("[🔒#plans]")
    cy.wait(lambda rows: "🔒#plans" in cy.screen.title, what="the lock in the title")
    ada.ever("member", channel=PLANS, nick="Cy")
    ada.say("is this on?")
    cy.expect("<Ada> is this on?")
    ada.say("\\remove Cy")
    cy.expect("Ada removed you from 🔒#plans: what is said from now on you cannot read")
    cy.wait(lambda rows: "you are out" in rows[-2], what="that he is out")
    cy.type("\\leave")
    cy.wait(lambda rows: rows[-1].startswith("[#fika]"), what="another channel")


def test_a_console_without_that_letter_has_stars(screen):
    one = screen(nick="Ada", term="linux", columns=100)
    one.expect("[#fika]")
    one.type("\\create #plans")
    one.expect("[**#plans]")


def test_one_who_is_away_all_the_time_and_back(person, tmp_path):
    ada, bo, cy = three(person)
    say(ada, "before", bo, cy)
    bo.quit()
    ada.ever("link", state="down", nick="Bo")
    dee = person("Dee", ada.address)
    meet(ada, cy, dee)
    invite(ada, dee)
    say(dee, "dee says", ada, cy)
    ada.say("\\remove Cy")
    cy.ever("removed", own=True)
    say(ada, "after the removal", dee)
    ada.quit()
    bo = person("Bo", dee.address, "--last", "20")  # by way of one who came in meanwhile
    assert bo.ever("message", 20, text="after the removal")["nick"] == "Ada"
    bo.ever("message", text="dee says")
    assert bo.ever("removed", nick="Cy", by=ada.id)["own"] is False
    assert bo.ever("admitted", nick="Dee", by_nick="Ada")["history"] is False
    say(bo, "what did I miss", dee)
    cy.quit()
    bo.quit()
    dee.quit()
    assert b"after the removal" not in disk(tmp_path / "Cy")


def test_with_history_and_without(person):
    ada = person("Ada")
    bo, cy = person("Bo", ada.address), person("Cy", ada.address)
    meet(ada, bo, cy)
    create(ada)
    say(ada, "long ago")
    invite(ada, bo, "history", "inviter")
    bo.ever("message", text="long ago")
    assert bo.ever("admitted", own=True, role="inviter")["history"] is True
    invite(bo, cy)
    say(ada, "just now", bo, cy)
    has_passed(ada, bo, cy)
    assert cy.texts(PLANS) == ["just now"]
    rows = {}
    for node in (ada, bo, cy):
        node.say(f"\\members {PLANS}")
        for nick in ("Ada", "Bo", "Cy"):
            row = node.ever("role", channel=PLANS, nick=nick)
            rows.setdefault(nick, []).append((row["role"], row["by_nick"] if nick != "Ada" else "", row["history"]))
    assert rows == {"Ada": [("founder", "", rows["Ada"][0][2])] * 3, "Bo": [("inviter", "Ada", True)] * 3,
                    "Cy": [("member", "Bo", False)] * 3}
    # Who may not is told so.
    cy.say(f"\\channel {PLANS}")
    cy.command("\\invite Bo", "others decide who comes in")
    cy.command("\\remove Bo", "you did not let Bo into #plans")
    bo.say(f"\\channel {PLANS}")
    bo.command("\\remove Ada", "you did not let Ada into #plans")
    bo.command("\\remove Cy", "Cy is removed")
    cy.ever("removed", own=True, by=bo.id)


def test_who_is_invited_again_reads_what_follows(person, tmp_path):
    ada, bo, cy = three(person)
    say(bo, "bo was here", ada, cy)
    ada.say(f"\\channel {PLANS}", "\\remove Bo")
    bo.ever("removed", own=True)
    say(ada, "without bo", cy)
    has_passed(ada, bo, cy)
    bo.say(f"\\leave {PLANS}")
    invite(ada, bo)
    say(ada, "with bo again", bo, cy)
    say(bo, "and bo again", ada, cy)
    has_passed(ada, bo, cy, text="all of it")
    assert "without bo" not in bo.texts()
    # Who fetches his log later, both terms of it, has both.
    dee = person("Dee", cy.address)
    meet(ada, dee)
    invite(ada, dee, "history")
    for text in ("bo was here", "without bo", "and bo again"):
        dee.ever("message", 10, text=text)
    for node in (ada, bo, cy, dee):
        node.quit(5.0)
    assert b"without bo" not in disk(tmp_path / "Bo")
    # Restart of everybody: what was opened stays open, and the talk goes on.
    ada = person("Ada", "--last", "20")
    bo, cy = person("Bo", ada.address, "--last", "20"), person("Cy", ada.address, "--last", "20")
    for node in (ada, bo, cy):
        for text in ("bo was here", "with bo again", "and bo again"):
            assert node.ever("message", text=text)["private"] is True
    ada.ever("message", text="without bo")
    meet(ada, bo, cy)
    for node, others in ((ada, (bo, cy)), (bo, (ada, cy)), (cy, (ada, bo))):
        say(node, f"{node.nick} after the start", *others)
    assert "without bo" not in bo.texts()


def test_who_leaves_leaves_for_good(person):
    ada, bo, cy = three(person)
    say(ada, "all three", bo, cy)
    assert "for good" in bo.command(f"\\leave {PLANS}", "left")["text"]
    for node in (ada, cy):
        assert node.ever("removed", nick="Bo")["left"] is True
    say(ada, "the two of us", cy)
    has_passed(ada, bo, cy)
    assert "the two of us" not in bo.texts()
    bo.quit()
    bo = person("Bo", ada.address)
    meet(ada, bo)
    has_passed(ada, bo, cy, text="and now")
    assert not bo.seen("message", text="the two of us")


def test_who_left_alone_stays_to_tell_it(person, tmp_path):
    """Also over a start at which something in a direct channel is to be asked for again."""
    ada = person("Ada")
    bo = person("Bo", ada.address, "--carry", "off")
    meet(ada, bo)
    create(ada)
    invite(ada, bo)
    say(ada, "the two of us", bo)
    ada.quit()
    bo.expect("link", state="down")
    bo.command(f"\\leave {PLANS}", "left")
    bo.quit()
    history = sqlite3.connect(find(tmp_path / "Bo"))
    with history:  # as if what Ada said to him alone had come to a key that is gone
        direct = "SELECT id FROM channels JOIN direct USING (channel)"
        closed = f"DELETE FROM opened WHERE author = ? AND channel IN ({direct})"
        assert history.execute(closed, (bytes.fromhex(ada.id),)).rowcount > 0
    history.close()
    person("Bo", "--carry", "off").quit()
    ada = person("Ada")
    person("Bo", ada.address, "--carry", "off")
    assert ada.ever("removed", nick="Bo")["left"] is True


def test_an_open_channel_of_that_name_is_another(person):
    ada = person("Ada")
    bo = person("Bo", ada.address, "-c", "#fika", "-c", PLANS)
    ada.ever("member", nick="Bo")
    bo.ever("member", nick="Ada")
    create(ada)
    ada.say("\\invite Bo")
    name = bo.expect("invitation", by=ada.id)["channel"]
    assert name != PLANS and name.startswith(PLANS)
    bo.command(f"\\join {PLANS}", f"goes to {PLANS}")  # he does not know her yet
    bo.say("\\msg Ada who is that?")
    ada.ever("message", text="who is that?")
    bo.say(f"\\join {PLANS}")  # and now prefers the private one
    ada.ever("member", channel=PLANS, nick="Bo")
    ada.say("in private")
    heard = bo.ever("message", text="in private")
    assert heard["channel"] == name and heard["private"] is True
    bo.say(f"\\channel {PLANS}", "to everybody")
    assert "private" not in bo.ever("message", text="to everybody")
    has_passed(bo, ada)
    assert "to everybody" not in ada.texts()


def test_a_name_alone_does_not_lead_to_a_stranger(person):
    """Anybody can call his channel as another is called."""
    ada = person("Ada")
    bo = person("Bo", ada.address)
    person("Cy", bo.address, "-c", PLANS)  # an open one
    bo.ever("link", state="up", nick="Cy")
    meet(ada, bo)
    create(ada)
    ada.say("\\invite Bo")
    name = bo.ever("invitation", channel=called(PLANS))["channel"]
    told = bo.command(f"\\join {PLANS}", "neither verified nor talked with")["text"]
    assert f"\\join {name} " in told and f"\\join {PLANS} open " in told
    bo.command(f"\\join {PLANS} open", f"you are in {PLANS} now")
    join(bo, {"channel": name}, name)
    ada.say("in private")
    assert bo.ever("message", text="in private")["channel"] == name


def test_a_name_that_nothing_else_has_leads_there(person):
    ada = person("Ada")
    bo = person("Bo", ada.address)
    meet(ada, bo)
    create(ada)
    ada.say("\\invite Bo")
    bo.ever("invitation", channel=called(PLANS))
    bo.command(f"\\join {PLANS}", f"you are in {PLANS} now; only its members can read it")


def test_an_invitation_is_from_whom_it_was_after_a_start(person):
    """Who has said nothing, and is not there."""
    ada = person("Ada")
    bo = person("Bo", ada.address)
    meet(ada, bo)
    create(ada)
    ada.say("\\invite Bo")
    bo.ever("invitation", by_nick="Ada")
    bo.quit()
    ada.quit()
    bo = person("Bo")
    assert bo.ever("invitation", by=ada.id)["by_nick"] == "Ada"


def test_an_invitation_is_declined(person):
    ada = person("Ada")
    bo = person("Bo", ada.address)
    meet(ada, bo)
    create(ada)
    ada.say("\\invite Bo", "before he answers")
    bo.ever("invitation", channel=called(PLANS))
    bo.quit()
    bo = person("Bo", ada.address)
    assert bo.ever("invitation", channel=called(PLANS))["new"] is False  # it is still there after a start
    bo.command(f"\\leave {PLANS}", "declined")
    meet(ada, bo)
    has_passed(ada, bo)
    assert not bo.seen("message", channel=PLANS)
    bo.command("\\create #fika", "is here already")
    bo.command("\\invite Ada", "#fika is open to all")


def test_lines_show_it_with_a_lock(fika, person):
    ada = person("Ada")
    bo = fika(ada.address, nick="Bo", face="--lines")
    ada.ever("member", nick="Bo")
    create(ada)
    ada.say("\\invite Bo history")
    line = bo.expect_line("invites you")
    bo.say(re.search(r"\\join #plans~[0-9a-f]{4}", line)[0])
    ada.ever("member", channel=PLANS, nick="Bo")
    ada.say("in a line")
    assert "🔒#plans <Ada> in a line" in bo.expect_line("in a line")
    bo.say("\\members")
    bo.expect_line("founder")
    ada.say("\\remove Bo")
    bo.expect_line("Ada removed you from 🔒#plans: what is said from now on you cannot read")


def test_one_who_carries_cannot_read(person, tmp_path):
    """Ada has gone when Bo comes, and Dee, who is in no channel of theirs, has what she said."""
    ada = person("Ada")
    bo = person("Bo", ada.address)
    meet(ada, bo)
    create(ada)
    invite(ada, bo)
    say(ada, "medlar cheese", bo)
    bo.quit(5.0)
    dee = person("Dee", ada.address, "-c", "#elsewhere")
    ada.ever("link", state="up", nick="Dee")
    say(ada, "medlar jam")
    dee.wait(lambda: doctor_says(dee, "carried"), 10, "a carried channel")
    ada.quit(5.0)
    bo = person("Bo", dee.address)
    assert bo.ever("message", 15, text="medlar jam")["private"] is True
    say(bo, "medlar wine")
    bo.quit(5.0)
    ada = person("Ada", dee.address)
    ada.ever("message", 15, text="medlar wine")
    ada.quit(5.0)
    dee.quit(5.0)
    assert b"medlar" not in disk(tmp_path / "Dee") and PLANS.encode() not in disk(tmp_path / "Dee")


def test_an_export_leaves_it_out_and_json_has_it(person, tmp_path):
    ada = person("Ada")
    bo = person("Bo", ada.address)
    meet(ada, bo)
    create(ada)
    invite(ada, bo)
    say(ada, "in private", bo)
    has_passed(ada, bo)
    network = ada.arguments[ada.arguments.index("--network") + 1]
    ada.quit()

    def export(*options):
        return subprocess.run([BINARY, "export", "--network", network, *options], capture_output=True, text=True,
                              env=environment(str(tmp_path / "Ada")), check=True)

    assert PLANS not in export().stdout and PLANS in export().stderr
    assert "in private" in export("--json").stdout


def test_its_text_is_in_the_history_and_nowhere_else(person, tmp_path):
    """Not in the log, the settings, or what was typed; and nowhere, under a passphrase: not in the index either."""
    ada = person("Ada")
    bo = person("Bo", ada.address, profile="p")
    meet(ada, bo)
    create(ada)
    invite(ada, bo)
    say(ada, "a secret canary", bo)
    for node in (ada, bo):
        node.say("\\search canary")
        node.expect("found_end", timeout=10)
    bo.quit()
    held = {os.path.basename(path) for path in files(tmp_path / "Bo") if b"secret canary" in open(path, "rb").read()}
    assert held and all(name.startswith("history.db") for name in held)
    lock(tmp_path / "Bo", "correct horse battery staple")
    bo = person("Bo", "--pass-fd", "9", ada.address, profile="p", prefix=with_passphrase("correct horse battery staple"))
    meet(ada, bo)
    say(ada, "another canary", bo)
    bo.say("\\search canary")
    bo.expect("found_end", timeout=10)
    for path in files(tmp_path / "Bo"):
        assert not [word for word in (b"canary", b"#plans") if word in open(path, "rb").read()], path


def test_who_joins_while_nobody_is_there_is_told_to_wait(person):
    """What says that he is in is with Ada, who has gone."""
    ada = person("Ada")
    bo = person("Bo", ada.address)
    meet(ada, bo)
    create(ada)
    ada.say("\\invite Bo")
    invitation = bo.ever("invitation", channel=called(PLANS))
    ada.quit(5.0)
    bo.ever("link", state="down")
    join(bo, invitation)
    bo.command("is anybody there?", "that you are let in has not come here yet; 1 line waits")
    ada = person("Ada", bo.address)
    bo.ever("admitted", 10, own=True)
    ada.ever("message", text="is anybody there?", channel=PLANS)
    say(bo, "now", ada)
