"""What the reader is told of while he looks elsewhere: the bell and the terminal's own notices, as raw
bytes, and its title. A line behind the one in question, seen on the screen, says that it has been
judged: what would have been written for it has been written by then."""

import os
import re
import signal
import stat
import subprocess

import pytest

OSC9 = rb"\x1b\]9;([^\x1b]*)\x1b\\"
TITLE = rb"\x1b\]2;([^\x1b]*)\x1b\\"
KEPT, BACK = b"\x1b[22;2t", b"\x1b]2;\x1b\\\x1b[23;2t"


def configured(home, text):
    """Writes a configuration; returns the home."""
    os.makedirs(home / "config" / "fika")
    (home / "config" / "fika" / "config").write_text(text)
    return home


@pytest.fixture
def two(screen, fika, tmp_path):
    """two(configuration): Ada in #fika and #tea, reading #fika, and Bo."""

    def start(configuration="notify-by = osc9\n", **variables):
        bo = fika("-c", "#fika", "-c", "#tea", nick="Bo")
        home = configured(tmp_path / "ada", configuration)
        ada = screen(bo.address, "-c", "#fika", "-c", "#tea", nick="Ada", home=home, **variables)
        for channel in ("#fika", "#tea"):
            bo.ever("member", state="here", nick="Ada", channel=channel)
        ada.expect("1 link")
        return ada, bo

    return start


def notices(ada):
    return [n.decode() for n in re.findall(OSC9, ada.raw)]


def judged(ada, bo, word):
    """Bo says the word in #fika, where Ada reads: all before it has been judged when she sees it."""
    bo.say("\\channel #fika", word)
    ada.expect(f"<Bo> {word}")


def titles(ada):
    return [t.decode() for t in re.findall(TITLE, ada.raw)]


def title_is(ada, title):
    ada.wait(lambda rows: titles(ada) and titles(ada)[-1] == title, what=f"the title {title}")


def test_a_mention_elsewhere_tells_once(two):
    ada, bo = two()
    bo.say("\\channel #tea", "the water boils", "Ada: come!")
    ada.wait(lambda rows: notices(ada), what="a notice")
    judged(ada, bo, "end")
    assert notices(ada) == ["#tea Bo: Ada: come!"]
    assert ada.raw.count(b"\x07") == 0


def test_further_ones_are_counted(two):
    ada, bo = two()
    bo.say("\\channel #tea", "Ada: 1")
    ada.wait(lambda rows: notices(ada) == ["#tea Bo: Ada: 1"], what="the first")
    bo.say("Ada: 2", "Ada: 3", "Ada: 4")
    ada.wait(lambda rows: any("#tea 4 !4" in row for row in rows), what="all of them")
    ada.wait(lambda rows: notices(ada)[1:] == ["fika: 3 more in #tea"], 10, "the count")


def test_what_she_reads_and_what_she_says_tells_nothing(two):
    ada, bo = two()
    judged(ada, bo, "Ada-here")
    bo.say("Ada: you read this")
    ada.expect("Ada: you read this")
    ada.type("I am Ada")
    ada.expect("✓  <Ada> I am Ada")
    judged(ada, bo, "end")
    assert notices(ada) == []


def test_who_looks_elsewhere_is_told_of_what_is_on_the_screen(two):
    ada, bo = two()
    ada.keys("\x1b[O")
    judged(ada, bo, "away")
    bo.say("Ada: look")
    ada.wait(lambda rows: notices(ada) == ["#fika Bo: Ada: look"], what="a notice")
    title_is(ada, "fika #fika (2 !1)")
    ada.keys("\x1b[I")
    title_is(ada, "fika #fika")


def test_scrolled_up_she_is_told(two):
    ada, bo = two()
    for n in range(40):
        bo.say(f"line {n:02}")
    ada.expect("line 39")
    ada.keys("\x1b[5~")
    ada.expect("more below")
    bo.say("Ada: look")
    ada.wait(lambda rows: notices(ada) == ["#fika Bo: Ada: look"], what="a notice")


def test_muted_and_quiet_and_none(two):
    ada, bo = two()
    for command, answer in (("\\mute #tea", "#tea is muted"), ("\\quiet 00:00-23:59", "00:00-23:59"),
                            ("\\notify #tea none", "told of nothing")):
        ada.type(command)
        ada.expect(answer)
        bo.say("\\channel #tea", "Ada: now")
        judged(ada, bo, f"end of {command[1:6]}")
        assert notices(ada) == [], command
        for undo in ("\\unmute #tea", "\\quiet off"):
            ada.type(undo)
        ada.expect("no quiet hours")
        ada.type("\\clear")
        ada.gone("no quiet hours")
    ada.type("\\notify #tea all")
    ada.expect("told of all that is said")
    bo.say("\\channel #tea", "nobody is named")
    ada.wait(lambda rows: notices(ada) == ["#tea Bo: nobody is named"], what="a notice")


def test_a_channel_that_one_is_not_in_is_said(fika):
    node = fika("-c", "#tea", nick="Ada", face="--lines")
    for command in ("\\notify #teh none", "\\mute #teh", "\\notify #teh"):
        node.say(command)
        node.wait(lambda: sum("you are not in #teh" in line for line in node.lines), what=command)
        node.lines.clear()
    node.say("\\notify #tea none", "\\mute @bo", "\\unmute #teh")
    node.expect_line("you are not in #teh")
    assert sum("you are not in" in line for line in node.lines) == 1


def test_quiet_hours_of_the_configuration(two):
    ada, bo = two("notify-by = osc9\nquiet = 00:00-23:59\n")
    bo.say("\\channel #tea", "Ada: now")
    judged(ada, bo, "end")
    assert notices(ada) == []


def test_what_was_said_before_tells_nothing(screen, fika, tmp_path):
    bo = fika("-c", "#fika", "-c", "#tea", nick="Bo")
    bo.say("\\channel #tea", "Ada: said before")
    bo.ever("message", own=True, text="Ada: said before")
    home = configured(tmp_path / "ada", "notify-by = osc9\n")
    ada = screen(bo.address, "-c", "#fika", "-c", "#tea", nick="Ada", home=home)
    ada.wait(lambda rows: any(re.search("#tea 1 !1", row) for row in rows), what="the fetched line")
    bo.ever("member", state="here", nick="Ada", channel="#fika")
    judged(ada, bo, "end")
    assert notices(ada) == []


def test_watched_words_are_mentions_and_are_kept(two, tmp_path):
    ada, bo = two()
    ada.type("\\watch Kettle cup")
    ada.expect("count as mentions: Kettle cup")
    bo.say("\\channel #tea", "the kettle boils")
    ada.wait(lambda rows: notices(ada) == ["#tea Bo: the kettle boils"], what="a notice")
    ada.wait(lambda rows: any("#tea 1 !1" in row for row in rows), what="the mention's count")
    judged(ada, bo, "a-cup-here")
    ada.expect("! <Bo> a-cup-here")
    ada.type("\\mute #tea")
    ada.expect("#tea is muted")
    path = tmp_path / "ada" / "data" / "fika" / "default" / "notices"
    assert path.read_text() == "mute #tea\nwatch Kettle\nwatch cup\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ada.type("\\notify")
    ada.expect("words that count as mentions: Kettle cup")


def test_settings_hold_after_a_restart(screen, tmp_path):
    home = tmp_path / "ada"
    one = screen(nick="Ada", home=home)
    one.expect("[#fika] ")
    one.type("\\watch kettle")
    one.expect("count as mentions: kettle")
    one.type("\\quiet 22:00-7:00")
    one.expect("22:00-07:00")
    one.type("\\quit")
    one.exits()
    one = screen(nick="Ada", home=home)
    one.expect("[#fika] ")
    one.type("\\notify")
    one.expect("count as mentions: kettle")
    one.expect("22:00-07:00")


def test_muted_channels_have_a_dot(two):
    ada, bo = two(rows=24, columns=120)
    ada.type("\\mute #tea")
    ada.expect("#tea is muted")
    bo.say("\\channel #tea", "Ada: now", "and more")
    ada.wait(lambda rows: any(re.match(r" #tea +·", row) for row in rows), what="the dot")
    judged(ada, bo, "end")
    assert titles(ada)[-1] == "fika #fika"


def test_the_bell_and_tmux(two):
    ada, bo = two("notify-by = bell\n")
    bo.say("\\channel #tea", "Ada: come!")
    ada.wait(lambda rows: b"\x07" in ada.raw, what="the bell")
    judged(ada, bo, "end")
    assert ada.raw.count(b"\x07") == 1 and notices(ada) == []


def test_within_tmux_a_notice_is_wrapped(two):
    ada, bo = two("", TMUX="/tmp/tmux-0/default,1,0", LC_TERMINAL="iTerm2")
    bo.say("\\channel #tea", "Ada: \x1b]0;owned\x07 come!")
    wrapped = "\x1bPtmux;\x1b\x1b]9;#tea Bo: Ada: �]0;owned� come!\x1b\x1b\\\x1b\\".encode()
    ada.wait(lambda rows: b"\x07" + wrapped in ada.raw, what="the wrapped notice")


def test_the_title_counts_and_is_put_back(two):
    ada, bo = two()
    title_is(ada, "fika #fika")
    assert ada.raw.index(KEPT) < ada.raw.index(b"\x1b]2;fika #fika")
    bo.say("\\channel #tea", "one")
    title_is(ada, "fika #fika (1)")
    bo.say("Ada: two")
    title_is(ada, "fika #fika (2 !1)")
    ada.type("\\channel #tea")
    title_is(ada, "fika #tea")
    ada.type("\\quit")
    ada.exits()
    assert ada.raw.count(KEPT) == ada.raw.count(BACK) == 1
    assert ada.raw.rindex(BACK) > ada.raw.rindex(b"\x1b]2;fika")


def test_the_title_is_put_back_while_it_is_stopped(screen):
    one = screen(nick="Ada", through=("sh", "-c", 'set -m; "$@"; fg >/dev/null; :', "sh"))
    one.wait(lambda rows: titles(one) == ["fika #fika"], what="the title")
    one.keys("\x1a")
    one.wait(lambda rows: one.raw.count(KEPT) == 2, what="the title again")
    assert one.raw.index(BACK) < one.raw.rindex(KEPT)
    one.type("\\quit")
    one.exits()
    assert one.raw.count(KEPT) == one.raw.count(BACK) == 2


@pytest.mark.parametrize("configuration,term", [("title = off\n", "xterm-256color"), ("", "vt100"),
                                                ("", "linux")])
def test_no_title_where_none_is_wanted(screen, tmp_path, configuration, term):
    home = configured(tmp_path / "ada", configuration)
    one = screen(nick="Ada", home=home, term=term)
    one.expect("[#fika] ")
    one.type("hello")
    one.expect("<Ada> hello")
    one.process.kill(signal.SIGTERM)
    one.exits()
    assert b"\x1b]" not in one.raw and KEPT not in one.raw


def test_a_wrong_setting_is_said(screen, tmp_path):
    one = screen(nick="Ada", home=configured(tmp_path / "ada", "notify-by = horn\n"))
    one.expect("notify-by = horn cannot be understood")


def test_lines_mark_mentions_and_ring_when_asked(screen, fika, tmp_path):
    bo = fika(nick="Bo")
    one = screen(bo.address, "--lines", nick="Ada", home=configured(tmp_path / "a", "notify-by = bell\n"))
    bo.ever("member", state="here", nick="Ada")
    bo.say("nobody", "Ada: hi")
    one.expect("#fika ! <Bo> Ada: hi")
    one.wait(lambda rows: one.raw.count(b"\x07") == 1, what="the bell")
    assert "#fika <Bo> nobody" in "\n".join(one.screen.display)


def test_lines_do_not_ring_unless_asked(screen, fika):
    bo = fika(nick="Bo")
    one = screen(bo.address, "--lines", nick="Ada")
    bo.ever("member", state="here", nick="Ada")
    bo.say("Ada: hi", "end")
    one.expect("<Bo> end")
    assert b"\x07" not in one.raw


def test_programs_learn_of_mentions(linked):
    ada, bo = linked()
    ada.command("\\watch kettle", contains="mentions: kettle")
    bo.say("nobody", "Ada: hi", "a Kettle")
    assert "mention" not in ada.ever("message", text="nobody")
    assert ada.ever("message", text="Ada: hi")["mention"] is True
    assert ada.ever("message", text="a Kettle")["mention"] is True
    assert "mention" not in bo.ever("message", text="Ada: hi")


def test_through_a_real_tmux(screen, fika, tmp_path):
    bo = fika("-c", "#fika", "-c", "#tea", nick="Bo")
    (tmp_path / "tmux.conf").write_text("set -g allow-passthrough on\nset -g set-titles on\n"
                                        "set -g set-titles-string '#T'\n")
    tmux = ("tmux", "-L", f"fika-test-{os.getpid()}", "-f", str(tmp_path / "tmux.conf"))
    try:
        ada = screen(bo.address, "-c", "#fika", "-c", "#tea", nick="Ada",
                     home=configured(tmp_path / "ada", ""), LC_TERMINAL="iTerm2",
                     through=(*tmux, "new-session"))
        bo.ever("member", state="here", nick="Ada", channel="#tea")
        ada.expect("1 link")
        bo.say("\\channel #tea", "Ada: come!")
        ada.wait(lambda rows: notices(ada) == ["#tea Bo: Ada: come!"], what="a notice")
        ada.wait(lambda rows: b"fika #fika (1 !1)" in ada.raw, what="the title")
        ada.type("\\quit")
        ada.exits(5)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
