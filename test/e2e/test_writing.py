"""What is typed: keys, lines typed before, pastes, completion, an editor, and stopping meanwhile."""

import os
import stat

ALT = "\x1b"


def opened(one):
    """Waits for the first painting."""
    one.expect("[#fika] ")
    one.wait(lambda rows: any("0 links" in row or "1 link" in row for row in rows), what="the status")
    return one


def input_is(one, text, row=-1):
    """Waits until a row of the input reads so, behind its prompt."""
    one.wait(lambda rows: rows[row].rstrip() == f"[#fika] {text}".rstrip(), what=f"the input {text!r}")


def configure(home, text):
    os.makedirs(home / "config" / "fika")
    (home / "config" / "fika" / "config").write_text(text)
    return home


def test_keys_are_listed_and_bound_anew(screen, tmp_path):
    home = configure(tmp_path / "bound", "bind = Ctrl-T upper-case\nbind = F2 F3 cut-to-end\ntitle = maybe\n"
                     "bind = Ctl-Q undo\nbind = Ctrl-O no-such\n")
    one = opened(screen(nick="Ada", home=home))
    one.expect("bind: Ctl-Q is no key")
    one.expect("configuration, line 3, cannot be understood: title = maybe")
    one.expect("bind: there is no action no-such")
    one.keys("word rest\x01\x14")
    input_is(one, "WORD rest")
    one.keys("\x1bOQ\x1bOR")
    input_is(one, "WORD")
    one.keys("\x15")
    one.type("\\keys")
    one.expect("1-21 of ")
    one.keys("\x1b[1;5F")  # Ctrl-End
    one.expect("paints the screen anew")
    one.wait(lambda rows: any("Ctrl-L" in row and "repaint" in row for row in rows), what="a key's row")


def test_keys_of_readline(screen):
    one = opened(screen(nick="Ada"))
    one.keys("one two three\x17\x17\x19")
    input_is(one, "one two three")
    one.keys(ALT + "t\x01" + ALT + "u" + ALT + "c")
    input_is(one, "ONE Three two")
    one.keys("\x1f\x1f\x1f")
    input_is(one, "one two three")
    one.keys(ALT + "å\x1b[1;9Z\x1b[99~\x1b[<0;1;1M")  # keys that mean nothing type nothing
    one.keys("\x05!")
    input_is(one, "one two three!")
    one.keys("\x15\x19\x01\x1b[1;5C_")
    input_is(one, "one_ two three!")


def test_nothing_that_a_terminal_reports_is_typed(screen):
    """Neither alone nor right behind an Escape, which counts, nor in pieces."""
    one = opened(screen(nick="Ada"))
    reports = ["\x1b[<0;9;9M\x1b[<0;9;9m", "\x1b[I", "\x1b[?64;1;2c", "\x1b[24;80R",
               "\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\", "\x1b]10;rgb:ffff/ffff/ffff\x07",
               "\x1bP1+r544e=787465726d\x1b\\", "\x1bP>|foot(1.16)\x1b\\", "\x1b_Gi=31;OK\x1b\\"]
    for i, report in enumerate(reports):
        one.keys("\x07")  # a search for a channel, which Escape closes
        one.expect("go to: ")
        one.keys("\x1b" + report + f"a{i}")
        input_is(one, f"a{i}")
        one.keys("\x15" + report + f"b{i}")
        input_is(one, f"b{i}")
        one.keys("\x15")
    one.keys("\x1b]11;rgb:1c1c/")
    one.resize(24, 70)  # painted anew: what was sent is read
    one.wait(lambda rows: rows[-1].rstrip() == "[#fika]", what="the first half taken")
    one.keys("1c1c/1c1c\x1b\\c")
    input_is(one, "c")
    one.keys("\x15\x1b]11;rgb:cut off\r")  # Enter ends it, and is one
    one.keys(ALT + "]d" + ALT + "Pe")
    input_is(one, "de")


def test_typed_lines_outlive_the_program(screen, tmp_path):
    home = tmp_path / "kept"
    one = opened(screen(nick="Ada", home=home))
    one.type("said before")
    one.expect("<Ada> said before")
    one.type("\\secrt 1234")
    one.expect("there is no \\secrt")
    one.keys("first" + ALT + "\rsecond\r")
    one.expect("<Ada> first")
    kept = home / "data" / "fika" / "default" / "typed"
    one.type("\\quit")
    one.exits()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text() == "#fika said before\n#fika first\\nsecond\n#fika \\\\quit\n"
    two = opened(screen(nick="Ada", home=home))
    two.keys("\x12sai")
    two.wait(lambda rows: rows[-1].rstrip() == 'typed "sai": said before', what="the line found")
    two.keys("\x07")
    input_is(two, "")
    two.keys("\x1b[A\x1b[A")
    two.wait(lambda rows: rows[-2].rstrip() == "[#fika] first↵", what="the line of two rows")
    two.keys("\x1b[A\x1b[A")
    input_is(two, "said before")


def test_a_typed_line_is_kept_at_once(screen, tmp_path):
    """Without another key, and for a command that the node has no answer to."""
    one = opened(screen(nick="Ada", home=tmp_path / "kept"))
    kept = tmp_path / "kept" / "data" / "fika" / "default" / "typed"
    for typed, lines in (("\\clear", "#fika \\\\clear\n"), ("hej", "#fika \\\\clear\n#fika hej\n")):
        one.type(typed)
        one.wait(lambda rows: kept.exists() and kept.read_text() == lines, what="the line on disk")
        input_is(one, "")


def test_a_paste_of_lines_waits_for_a_decision(screen):
    one = opened(screen(nick="Ada"))
    one.keys("\x1b[200~one line\r\x1b[201~")
    input_is(one, "one line")
    one.keys("\x15\x1b[200~first\rsecond\x1b[31m\rthird\r\x1b[201~")
    one.expect("3 lines, 1")
    one.expect("Enter sends as one message, Esc keeps it in the input")
    one.wait(lambda rows: rows[-1].rstrip() == "        third", what="the pasted rows")
    assert not any("<Ada>" in row for row in one.screen.display)
    one.keys("\x1b")
    one.gone("Enter sends as one message")
    one.wait(lambda rows: rows[-1].rstrip() == "        third", what="the pasted rows")
    one.keys("\r")
    one.expect("<Ada> first")
    input_is(one, "")


def test_a_list_of_candidates(screen, fika):
    bo = fika(nick="Bosse")
    one = opened(screen(bo.address, nick="Ada"))
    bo.ever("member", state="here", nick="Ada")
    anna = fika(bo.address, nick="Britta")
    anna.ever("member", state="here", nick="Bosse")
    bo.say("hello")
    one.expect("<Bosse> hello")
    anna.say("hi")
    one.expect("<Britta> hi")
    one.keys("b\t")
    input_is(one, "Britta:")
    one.expect("> Britta")
    one.keys("\t")
    input_is(one, "Bosse:")
    one.resize(12, 30)
    one.expect("> Bosse")
    one.keys("\x1b")
    one.gone("> Bosse")
    one.wait(lambda rows: rows[-1].rstrip() == "[#fika] b", what="what was typed")
    one.keys("\x15\\li")
    one.keys("\t\t")
    one.expect("> \\list_topics")
    one.keys("\x15:rocke\t")
    input_is(one, "🚀")


def test_a_draft_stays_with_its_channel(screen):
    one = opened(screen("-c", "#fika", "-c", "#other", nick="Ada"))
    one.type("\\channel #other")
    one.expect("[#other] ")
    one.keys("for other\x15\\channel #fika\rtyped ahead")
    input_is(one, "typed ahead")
    one.keys("\x07oth")
    one.expect("> #other")
    one.keys("\x1b")
    input_is(one, "typed ahead")


def test_an_editor_works_on_the_text(screen, tmp_path):
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\nstat -c %a \"$2\" >\"$1.mode\"\ncat \"$2\" >\"$1.was\"\n"
                      "echo in the editor\nread line\nprintf 'more\\n%s\\n' \"$line\" >>\"$2\"\n")
    script.chmod(0o755)
    home = tmp_path / "edited"
    one = opened(screen(nick="Ada", home=home, extra={"EDITOR": f"'{script}' '{tmp_path}/seen'"}))
    one.keys("what I have\x18\x05")
    one.expect("in the editor")
    one.resize(20, 70)  # nothing of it may be painted over the editor
    one.keys("typed there\n")
    one.wait(lambda rows: rows[-2].startswith("[#fika] what I havemore↵")
             and rows[-1].rstrip() == "        typed there", what="what the editor left")
    assert (tmp_path / "seen.mode").read_text() == "600\n"
    assert (tmp_path / "seen.was").read_text() == "what I have"
    assert os.listdir(home / "run" / "fika") == []
    assert not any("<Ada>" in row for row in one.screen.display)
    one.keys("\x1f")
    input_is(one, "what I have")


def test_an_editor_that_is_not_there(screen):
    one = opened(screen(nick="Ada", extra={"VISUAL": "/nonexistent/editor"}))
    one.keys("kept\x18\x05")
    one.expect("there is no such editor; set VISUAL or EDITOR")
    input_is(one, "kept")


def test_stopped_and_continued_with_things_open(screen):
    shell = ["bash", "-c", 'set -m; "$@"; echo it is stopped; read line; fg', "shell"]
    one = opened(screen(nick="Ada", through=shell))
    one.keys("\x1b[200~first\rsecond\x1b[201~")
    one.expect("2 lines, 12 bytes")
    one.keys("\x1a")
    one.expect("it is stopped")
    assert one.raw.rindex(b"\x1b[?2004l") > one.raw.rindex(b"\x1b[?2004h")
    assert one.raw.rindex(b"\x1b[?1049l") > one.raw.rindex(b"\x1b[?1049h")
    one.resize(10, 50)
    one.keys("\n")
    one.wait(lambda rows: one.raw.rindex(b"\x1b[?2004h") > one.raw.rindex(b"\x1b[?2004l"),
             what="the terminal taken again")
    one.wait(lambda rows: rows[-1].rstrip() == "        second", what="the input painted anew")
    one.expect("2 lines, 12 bytes")
    one.keys("\x1b")
    one.gone("2 lines, 12 bytes")
    one.keys("\x12sec")
    one.expect('nothing has "sec"')
    one.resize(3, 12)
    one.wait(lambda rows: rows[-1].startswith("nothin"), what="the search on a small screen")
    one.resize(24, 80)
    one.keys("\x07")
    one.wait(lambda rows: rows[-1].rstrip() == "        second", what="the draft")
    one.type("\x15\x1b\x7f\x15\x15\\quit")
    one.exits()


def test_channels_by_their_keys(screen, fika):
    bo = fika("-c", "#fika", "-c", "#other", nick="Bo")
    one = opened(screen(bo.address, "-c", "#fika", "-c", "#other", nick="Ada", columns=100))
    bo.ever("member", state="here", nick="Ada", channel="#other")
    one.keys("for fika" + ALT + "2said there at once\r")
    one.expect("<Ada> said there at once")
    bo.ever("message", channel="#other", text="said there at once")
    one.wait(lambda rows: rows[-1].startswith("[#other]"), what="the prompt")
    one.keys("\x1b[1;3D")
    input_is(one, "for fika")
    bo.say("\\channel #other", "psst")
    one.wait(lambda rows: any(row[:17].split() == ["#other", "1"] for row in rows), what="the count")
    one.keys(ALT + "a")
    one.expect("<Bo> psst")
    one.keys("\x07fik\r")
    input_is(one, "for fika")
