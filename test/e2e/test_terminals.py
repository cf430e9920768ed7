"""Each terminal that people sit at, large and small: what is drawn is readable, keys work, and it comes
back as it was; one that has no full screen gets lines, and a sentence."""

import re
import subprocess

import pytest

TERMS = ["xterm-256color", "xterm", "screen-256color", "screen", "tmux-256color", "rxvt-unicode-256color",
         "linux", "vt100", "vt220"]
TITLED = ("xterm", "screen", "tmux", "rxvt")


def known(term):
    import curses

    try:
        curses.setupterm(term, 1)
    except curses.error:
        return False
    return True


@pytest.mark.parametrize("rows,columns", [(24, 80), (5, 20)], ids=["24x80", "5x20"])
@pytest.mark.parametrize("term", TERMS)
def test_every_terminal(screen, fika, term, rows, columns):
    if not known(term):
        pytest.skip(f"this machine does not know {term}")
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada", term=term, rows=rows, columns=columns)
    one.expect("[#fika]")
    bo.ever("member", state="here", nick="Ada")
    bo.say("hej \u00e5\u00e4\u00f6 \u65e5\u672c")
    one.expect("<Bo> hej \u00e5\u00e4\u00f6")
    one.type("tack")
    one.wait(lambda shown: any(re.search(r"[\u2713+]  <Ada> tack", row) for row in shown), what="an own line")
    one.type("\\help")
    one.expect("Help.")
    one.keys("\x1b[6~")  # Page Down
    one.gone("Help.")
    one.keys("\x1b")
    one.expect("tack")
    one.resize(24 + 5 - rows, 80 + 20 - columns)
    one.expect("[#fika]")
    one.expect("tack")
    one.keys("\x0c")
    one.process.kill(15)
    one.exits(2.0)
    raw = one.raw
    for mode in (b"\x1b[?2004", b"\x1b[?1004", b"\x1b[?1000", b"\x1b[?1002", b"\x1b[?1006"):
        assert raw.rfind(mode + b"l") > raw.rfind(mode + b"h"), mode
    assert (b"\x1b]2;" in raw) == term.startswith(TITLED)


@pytest.mark.parametrize("term,sentence", [("dumb", "this terminal (TERM) has no full screen"),
                                           ("nonesuch", "set TERM to its name"), ("", "set TERM to its name")])
def test_a_terminal_without_a_screen_gets_lines(screen, fika, term, sentence):
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada", term=term, columns=200)
    one.expect(sentence)
    bo.ever("member", state="here", nick="Ada")
    bo.say("hej")
    one.expect("#fika <Bo> hej")
    one.type("tack")
    bo.ever("message", text="tack")
    assert not re.search(rb"\x1b\[(?![0-9;]*m)|\x1b\]", one.raw), "a sequence beyond colours"
    one.type("\\quit")
    one.exits(2.0)


def test_a_terminal_that_is_newer_than_the_machine(screen):
    one = screen(nick="Ada", term="xterm-nonesuch")
    one.expect("[#fika]")
    one.wait(lambda rows: "Ada" in rows[-2], what="the status bar")


def talking(screen, fika, **options):
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada", **options)
    one.expect("[#fika]")
    bo.ever("member", state="here", nick="Ada")
    return one, bo


@pytest.mark.parametrize("term", ["linux", "vt100", "screen"])
def test_a_paste_that_is_not_marked(screen, fika, term):
    """Several lines in one read are shown, and sent by nothing but a key that is pressed after that."""
    one, bo = talking(screen, fika, term=term)
    one.keys("one\rtwo\r\tthree")
    one.expect("3 lines, 14 bytes: Enter sends as one message")
    assert not any("<Ada>" in row for row in one.screen.display)
    one.keys("\r")
    assert bo.expect("message", nick="Ada")["text"] == "one\ntwo\n\tthree"
    one.keys("four\rfive\rsix\r")
    one.expect("3 lines, 13 bytes")
    one.keys("\x1b")
    one.gone("Enter sends as one message")
    one.keys("\x15")  # its last line
    one.type("seven")
    assert bo.expect("message", nick="Ada")["text"] == "four\nfive\nseven"


def test_a_long_paste_that_is_not_marked(screen, fika):
    """It comes in more than one read, and only its end ends it."""
    one, bo = talking(screen, fika, term="linux")
    lines = [f"line {i} of what is pasted" for i in range(300)]
    one.keys("\r".join(lines))
    one.expect("300 lines")
    one.keys("\r")
    assert bo.expect("message", nick="Ada")["text"] == "\n".join(lines)


@pytest.mark.parametrize("term", ["linux", "xterm-256color"])
def test_lines_that_a_program_types_are_typed(screen, fika, term):
    """One at a time, as a program that looks at what comes of it does; two at once; and those that begin with a
    command."""
    one, bo = talking(screen, fika, term=term)
    for i in range(10):
        one.keys(f"line {i}\r")
        assert bo.expect("message", nick="Ada")["text"] == f"line {i}"
    one.keys("one\rtwo\r")
    assert [bo.expect("message", nick="Ada")["text"] for _ in range(2)] == ["one", "two"]
    one.keys("\\me waves\rand says\rhello\r")
    assert [bo.expect("message", nick="Ada")["text"] for _ in range(3)] == ["waves", "and says", "hello"]
    one.type("\\set paste off")
    one.expect("paste")
    one.keys("one\rtwo\rthree\r")
    assert [bo.expect("message", nick="Ada")["text"] for _ in range(3)] == ["one", "two", "three"]


@pytest.mark.parametrize("term", ["linux", "tmux-256color"])
def test_what_tmux_types_is_typed(screen, fika, tmp_path, term):
    """send-keys, each line by a program of its own, which waits for what it sees."""
    bo = fika(nick="Bo")
    socket = str(tmp_path / "tmux")
    tmux = ["tmux", "-S", socket, "-f", "/dev/null"]
    one = screen(bo.address, nick="Ada", through=[*tmux, "new-session", "env", f"TERM={term}"])
    one.expect("[#fika]")
    bo.ever("member", state="here", nick="Ada")
    for i in range(10):
        subprocess.run([*tmux, "send-keys", f"line {i}", "Enter"], check=True)
        assert bo.expect("message", nick="Ada")["text"] == f"line {i}"
    one.type("\\quit")
    one.exits(5.0)

@pytest.mark.parametrize("language,close,paste,found", [
    ("en", "Esc closes", "Esc keeps", "Enter goes, Esc not"),
    ("sv", "Esc stänger", "Esc inte", "Enter går, ej Esc")])
def test_a_tiny_screen_says_how_to_go_on(screen, language, close, paste, found):
    one = screen(nick="Ada", rows=5, columns=20, LANGUAGE=language, LC_ALL="C.UTF-8")
    one.expect("[#fika] ")
    for page in ("\\help", "\\doctor", "\\keys"):
        one.type(page)
        one.wait(lambda rows: close in rows[2] and "#fika" in rows[3] and rows[4].startswith("[#fika] "),
                 what=f"how to close {page}")
        one.keys("\x1b")
        one.gone(close)
    one.keys("\x1b[200~one\rtwo\x1b[201~")
    one.wait(lambda rows: paste in " ".join(" ".join(rows[:2]).split()), what="how to answer")
    one.resize(4, 20)
    one.expect("Enter")
    one.keys("\r")
    one.resize(5, 20)
    one.gone("Esc")
    one.type("\\search one")
    one.expect(found)
