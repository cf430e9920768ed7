"""Direct channels: two talk alone; nobody else can read it, neither on the wire nor on any disk."""

import glob
import os

from test_carry import doctor_says


def disk(home):
    """All bytes below a home directory."""
    return b"".join(open(path, "rb").read() for path in glob.glob(f"{home}/**", recursive=True) if os.path.isfile(path))


def test_two_talk_alone(linked):
    ada, bo = linked()
    ada.say("\\msg Bo hello in private")
    heard = bo.expect("message", text="hello in private")
    assert heard["channel"] == "@Ada" and heard["author"] == ada.id and heard["peer"] == ada.id
    assert heard["mention"] is True
    own = ada.expect("message", text="hello in private")
    assert own["channel"] == "@Bo" and own["peer"] == bo.id and own["own"] is True
    ada.ever("held", channel="@Bo", by=1, peer=bo.id)
    bo.say("\\join @Ada", "and back")
    assert ada.expect("message", text="and back")["channel"] == "@Bo"


def test_all_that_works_in_a_channel_works_here(linked):
    ada, bo = linked()
    ada.say("\\msg Bo one", "\\me waves", "two")
    assert bo.expect("message", text="waves")["action"] is True
    bo.expect("message", text="two")
    ada.say("s/two/three/")
    assert bo.expect("edited", text="three")["channel"] == "@Ada"
    bo.say("\\join @Ada", "\\react 👍")
    assert ada.expect("reaction", reaction="👍")["channel"] == "@Bo"
    ada.say("\\forget")
    bo.expect("forgotten", channel="@Ada")
    assert bo.command("\\held") is not None


def test_who_is_away_reads_it_later_and_so_after_restarts(fika, tmp_path):
    def start(nick, *arguments):
        return fika(*arguments, nick=nick, home=tmp_path / nick)

    ada = start("Ada")
    bo = start("Bo", ada.address)
    ada.ever("member", nick="Bo")
    bo.ever("member", nick="Ada")
    bo.say("\\msg Ada first")
    ada.expect("message", text="first")
    bo.quit()
    ada.expect("link", state="down")
    ada.say("\\join @Bo", "while you were away")
    ada.expect("message", text="while you were away")
    ada.quit()
    ada = start("Ada")
    bo = start("Bo", ada.address)
    late = bo.expect("message", text="while you were away")
    assert late["channel"] == "@Ada" and late["peer"] == ada.id
    bo.quit()
    assert "Bo" in ada.command("\\held @Bo")["text"]
    ada.quit()
    # What was opened is there after the start, at both; and the window, too.
    for nick, other in (("Ada", "@Bo"), ("Bo", "@Ada")):
        node = start(nick, "--last", "10")
        for text in ("first", "while you were away"):
            assert node.ever("message", text=text)["channel"] == other
        node.quit()


def test_nobody_of_that_name(fika):
    ada = fika(nick="Ada")
    ada.ready()
    assert "Zed" in ada.command("\\msg Zed hello")["text"]


def test_any_nick_can_be_spoken_to_as_it_is_typed(fika):
    bo = fika(nick="Bo")
    for nick, channel in (("~x", "@~x"), ("@y", "@@y"), ("a,b", "@a_b")):
        other = fika(bo.address, nick=nick)
        bo.ever("member", state="here", nick=nick)
        bo.say(f"\\msg {nick} hello {nick}")
        assert bo.expect("message", text=f"hello {nick}")["channel"] == channel
        other.expect("message", text=f"hello {nick}")
    assert "the digits behind a nick" in bo.command("\\msg Zed hello")["text"]
    bo.say(f"\\msg {other.id[:8]} by digits")
    other.expect("message", text="by digits")


def test_lines_show_it_as_in_a_channel(fika):
    bo = fika(nick="Bo")
    ada = fika(bo.address, nick="Ada", face="--lines")
    bo.expect("member", nick="Ada")
    bo.say("\\msg Ada psst")
    line = ada.expect_line("psst")
    assert "@Bo" in line and "<Bo>" in line and "! " in line


def test_through_one_who_cannot_read_it(fika, tmp_path):
    """Cy is in no channel of theirs; Ada has gone when Bo comes, and Bo when Ada does."""
    def start(nick, *arguments):
        return fika(*arguments, nick=nick, home=tmp_path / nick)

    def leaves(node, text):
        """When what it said is at Cy, who says so to it."""
        node.ever("message", text=text)
        node.quit(5.0)

    first, second, answer = "rhubarb at dawn", "rhubarb at midnight", "gooseberries at noon"
    ada = start("Ada")
    bo = start("Bo", ada.address)
    ada.ever("member", nick="Bo")
    bo.ever("member", nick="Ada")
    ada.say("\\msg Bo " + first)
    bo.ever("message", text=first)
    bo.quit()
    ada.quit()
    cy = start("Cy", "-c", "#elsewhere")
    ada = start("Ada", cy.address)
    ada.ever("link", state="up", nick="Cy")
    ada.say("\\join @Bo", second)
    cy.wait(lambda: any(doctor_says(cy, "carried")), 10, "a carried channel")
    leaves(ada, second)
    cy.quit()
    cy = start("Cy", "-c", "#elsewhere")
    bo = start("Bo", cy.address)
    assert bo.ever("message", 10, text=second)["channel"] == "@Ada"
    bo.say("\\join @Ada", answer)
    leaves(bo, answer)
    ada = start("Ada", cy.address)
    assert ada.ever("message", 10, text=answer)["channel"] == "@Bo"
    assert "Bo" in ada.command("\\held @Bo", "Bo")["text"]  # he has answered, so he has it; Cy does not count
    assert "Cy" not in ada.command("\\held @Bo", "Bo")["text"]
    ada.quit()
    assert not cy.seen("message")
    cy.quit()
    for text in (first, second, answer):
        assert text.encode() not in disk(tmp_path / "Cy")
        assert text.encode() in disk(tmp_path / "Ada")
        assert text.encode() in disk(tmp_path / "Bo")


def test_the_first_word_waits_at_a_third(fika, tmp_path):
    """Ada and Bo know each other; the first line to Bo alone, and an invitation, are said while he is away, and Ada has gone when he comes."""
    def start(nick, *arguments):
        return fika(*arguments, nick=nick, home=tmp_path / nick)

    ada = start("Ada")
    bo = start("Bo", ada.address)
    ada.ever("member", nick="Bo")
    bo.say("good morning")
    ada.ever("message", text="good morning")
    bo.quit()
    ada.quit()
    cy = start("Cy", "-c", "#elsewhere")
    ada = start("Ada", cy.address)
    ada.ever("link", state="up", nick="Cy")
    ada.say("\\msg Bo rhubarb", "\\create #plans", "\\invite Bo", "gooseberries")
    ada.ever("message", text="gooseberries")
    cy.wait(lambda: any(e["n"] == 3 for e in doctor_says(cy, "carried")), 10, "three carried channels")
    ada.quit(5.0)
    cy.ever("link", state="down", nick="Ada")
    port = cy.port
    cy.quit()
    cy = start("Cy", "-c", "#elsewhere", "-p", str(port))
    bo = start("Bo", cy.address)
    assert bo.ever("message", 10, text="rhubarb")["channel"] == "@Ada"
    bo.ever("invitation", 10)
    bo.say("\\join #plans")
    bo.ever("message", 10, text="gooseberries")
    bo.quit()
    assert not cy.seen("message")
    cy.quit()


def test_it_is_found_by_searching_and_taken_back_from_the_disk(fika, tmp_path):
    bo = fika(nick="Bo", home=tmp_path / "bo")
    ada = fika(bo.address, nick="Ada", home=tmp_path / "ada")
    bo.ever("member", nick="Ada")
    ada.ever("member", nick="Bo")
    ada.say("\\msg Bo persimmon pudding", "quince jelly")
    bo.ever("message", text="quince jelly")
    bo.say("\\search persimmon")
    assert bo.ever("found", text="persimmon pudding")["channel"] == "@Ada"
    bo.say("\\search in:@Ada quince")
    bo.ever("found", text="quince jelly")
    ada.say("\\forget 2")
    bo.ever("forgotten", channel="@Ada")
    for node in (ada, bo):
        node.say("\\search persimmon")
        node.ever("found_end", query="persimmon", found=0)
        node.quit()
    for home in ("ada", "bo"):
        assert b"quince jelly" in disk(tmp_path / home)
        assert b"persimmon pudding" not in disk(tmp_path / home)


def test_no_word_of_it_goes_to_a_classic_link(fika, free_port):
    import zmq

    port = free_port()
    bo = fika(nick="Bo")
    ada = fika("--classic", port, bo.address, nick="Ada")
    bo.ever("member", nick="Ada")
    ada.ever("member", nick="Bo")
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.linger = 0
        socket.subscribe(b"")
        socket.connect(f"tcp://127.0.0.1:{port}")
        heard = b""
        for turn in range(200):  # until the subscription is there
            ada.say("\\msg Bo not for everybody", "\\join #fika", f"for everybody {turn}")
            if socket.poll(100):
                heard = socket.recv()
                break
        assert b"for everybody" in heard and b"not for" not in heard
        ada.say("\\msg Bo the last", "\\join #fika", "the end")
        bo.ever("message", text="the end")
        while b"the end" not in heard:
            assert socket.poll(10000)
            heard = socket.recv()
            assert b"not for" not in heard and b"the last" not in heard


def test_an_export_leaves_it_out_and_json_has_it(fika, tmp_path):
    import subprocess

    from conftest import BINARY, environment

    bo = fika(nick="Bo")
    ada = fika(bo.address, nick="Ada", home=tmp_path / "ada")
    bo.ever("member", nick="Ada")
    ada.say("in the open", "\\msg Bo in private")
    bo.ever("message", text="in private")
    network = ada.arguments[ada.arguments.index("--network") + 1]
    ada.quit()

    def export(*options):
        return subprocess.run([BINARY, "export", "--network", network, *options], capture_output=True, text=True,
                              env=environment(str(tmp_path / "ada")), check=True)

    assert "@Bo" not in export().stdout and "@Bo" in export().stderr
    assert "in private" in export("--json").stdout


def test_what_was_read_is_told_where_both_wish_it(fika, screen):
    bo = fika(nick="Bo")
    ada = screen(bo.address, nick="Ada")
    bo.expect("member", nick="Ada")
    bo.say("\\set receipts on", "\\msg Ada one")
    ada.expect("@Bo")
    bo.ever("held", channel="@Ada", by=1)
    ada.type("\\join @Bo")
    ada.expect("<Bo> one")
    ada.type("does not say so")
    bo.expect("message", text="does not say so")
    assert not bo.seen("read")
    ada.type("\\set receipts on")
    read = bo.ever("read", channel="@Ada")
    assert read["author"] == bo.id and read["seq"] >= 1 and read["nick"] == "Ada"
    assert "was read" in bo.command("\\held @Ada")["text"]


def test_a_line_that_was_read_is_marked(screen, free_port):
    port = free_port()
    bo = screen("-p", port, nick="Bo", port=None)
    bo.expect("[#fika]")
    ada = screen(f"127.0.0.1:{port}", nick="Ada")
    for one in (ada, bo):
        one.expect("1 link")
        one.type("\\set receipts on")
        one.expect("receipts")
        one.keys("\x1b")
    ada.type("\\msg Bo look here")
    ada.expect("✓  <Ada> look here")
    bo.expect("@Ada")
    assert not any("✓✓" in row for row in ada.screen.display)
    bo.type("\\join @Ada")
    bo.expect("<Ada> look here")
    ada.expect("✓✓ <Ada> look here")


def test_the_first_word_goes_by_one_in_the_middle(fika):
    """Bo and Cy have no link to each other, and know of each other by Ada's notes alone."""
    ada = fika(nick="Ada")
    bo, cy = fika(ada.address, nick="Bo"), fika(ada.address, nick="Cy")
    bo.ever("member", nick="Cy")
    cy.ever("member", nick="Bo")
    bo.say("\\msg Cy hello")
    assert cy.ever("message", 10, text="hello")["channel"] == "@Bo"
    cy.say("\\join @Bo", "and back")
    bo.ever("message", 10, text="and back")
    assert not ada.seen("message")


def test_the_first_word_goes_by_two_in_the_middle(fika):
    """Bo - Ada - Cy - Di, in no channel that all of them are in but Bo and Di: neither Ada nor Bo has ever had a card of Di's."""
    ada = fika("-c", "#elsewhere", nick="Ada")
    cy = fika("-c", "#elsewhere", ada.address, nick="Cy")
    ada.ever("link", state="up", nick="Cy")
    bo, di = fika(ada.address, nick="Bo"), fika(cy.address, nick="Di")
    bo.ever("member", 10, nick="Di")
    di.ever("member", 10, nick="Bo")
    bo.say("\\msg Di hello")
    assert di.ever("message", 10, text="hello")["channel"] == "@Bo"
    di.ever("member", state="here", nick="Bo", channel="@Bo")  # known by notes
    di.say("\\join @Bo", "and back")
    bo.ever("message", 10, text="and back")
    assert not ada.seen("message") and not cy.seen("message")
