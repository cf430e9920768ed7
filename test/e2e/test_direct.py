"""Direct channels: two talk alone; nobody else can read it, neither on the wire nor on any disk."""

import glob
import os


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
    ada.ever("held", channel="@Bo", by=1)
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
    leaves(ada, second)
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
