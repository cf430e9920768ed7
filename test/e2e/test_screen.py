"""The full screen, as a terminal sees it: what is drawn, what is typed, how it is given back."""

import base64
import os
import random
import re
import signal

import pytest

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PASTE_ON, PASTE_OFF = b"\x1b[?2004h", b"\x1b[?2004l"
SCREEN_ON, SCREEN_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


def status(one):
    """The row above the input line."""
    return one.screen.display[one.screen.lines - 2]


def given_back(one):
    """What was switched on was switched off again, last of all, and the cursor is shown."""
    raw = one.raw
    assert raw.rindex(PASTE_OFF) > raw.rindex(PASTE_ON)
    assert raw.rindex(SCREEN_OFF) > raw.rindex(SCREEN_ON)
    assert raw.rfind(b"\x1b[?25h") >= raw.rfind(b"\x1b[?25l")


def opened(one):
    """Waits for the first painting."""
    one.expect("[#fika] ")
    one.wait(lambda rows: "#fika" in status(one), what="the status bar")
    return one


def test_nothing_but_the_screen_is_written(screen):
    one = opened(screen(nick="Ada"))
    assert one.raw.lstrip().startswith(SCREEN_ON)
    assert "Ada" in status(one) and "0 links" in status(one)
    assert re.search(r"[0-9a-f\]]:\d+ *$", status(one)), "its own address is not shown"


def test_typed_letters_of_every_width_are_shown_and_said(screen):
    one = opened(screen(nick="Ada"))
    one.type("åäö 日本 " + FAMILY + " slut")
    said = "<Ada> åäö 日本 " + FAMILY.replace("\u200d", "") + " slut"
    one.wait(lambda rows: any(row.rstrip().endswith(said) for row in rows[:-2]), what=said)
    assert b"\xe2\x80\x8d" not in one.raw
    one.keys("x\x7fab\x1b[D\x1b[D日")
    one.wait(lambda rows: rows[-1].startswith("[#fika] 日ab"), what="the edited line")
    one.wait(lambda rows: one.screen.cursor.x == 10, what="the cursor behind the wide letter")


def test_a_resize_paints_anew_and_nothing_leaves_its_row(screen):
    one = opened(screen(nick="Ada"))
    one.type("word " * 30 + "end")
    one.expect("end")
    for rows, columns in ((10, 40), (5, 20), (2, 8), (24, 80)):
        one.resize(rows, columns)
        one.wait(
            lambda drawn: drawn[-1].startswith("[#fi") and "Ada" in status(one),
            what=f"a screen of {columns}x{rows}",
        )
        if rows > 2:
            one.wait(lambda drawn: any("end" in row for row in drawn[:-2]), what="the last row")


def test_a_paste_of_lines_sends_nothing_until_enter(screen):
    one = opened(screen(nick="Ada"))
    one.keys("\x1b[200~first\rsecond\x1b[201~")
    one.wait(lambda rows: "first↵" in rows[-2] and "second" in rows[-1], what="the pasted lines")
    assert not any("<Ada>" in row for row in one.screen.display)
    one.keys("\r")
    one.expect("<Ada> first")
    one.wait(lambda rows: any(row.strip() == "second" for row in rows), what="the second line")


def test_a_command_right_behind_escape_is_one(screen):
    one = opened(screen(nick="Ada"))
    one.type("\\set")
    one.expect("Escape closes this")
    one.keys("\x1b\\keys\r")
    one.expect("Keys as they are bound")
    assert not any("<Ada>" in row for row in one.screen.display)


def test_history_and_completion(screen):
    one = opened(screen(nick="Ada"))
    one.type("said before")
    one.expect("<Ada> said before")
    one.keys("\x1b[A")
    one.wait(lambda rows: rows[-1].startswith("[#fika] said before"), what="the last line")
    one.keys("\x15\\conn\t")
    one.wait(lambda rows: rows[-1].startswith("[#fika] \\connect"), what="the whole command")


def test_quit_gives_the_terminal_back(screen):
    one = opened(screen(nick="Ada"))
    one.type("\\quit")
    one.exits()
    given_back(one)


def test_control_c_and_control_d_end_it_well(screen):
    for key in ("\x03", "\x04"):
        one = opened(screen(nick="Ada"))
        one.keys(key)
        one.exits()
        given_back(one)


def test_a_signal_ends_it_well(screen):
    one = opened(screen(nick="Ada"))
    one.process.kill(signal.SIGTERM)
    one.exits()
    given_back(one)


def test_what_a_stranger_says_cannot_touch_the_terminal(screen, fika):
    bo = fika(nick="B\u0301o" + FAMILY)
    one = opened(screen(bo.address, nick="Ada"))
    bo.ever("member", state="here", nick="Ada")
    one.wait(lambda rows: b"\x1b]2;fika #fika\x1b\\" in one.raw, what="the title")
    start = len(one.raw)
    controls = b"\x1b]0;owned\x07 \x1b[2J\xc2\x9b31m \xff\xfe \xe2\x80\xaeevil\x7f "
    bo.say(controls + "Z\u0351\u0352\u0353\u0354\u0355\u0356 end".encode())
    tame = r"<.*> �\]0;owned� �\[2J�31m �� evil� Z.* end$"
    one.wait(lambda rows: any(re.search(tame, row.rstrip()) for row in rows), what="the tamed line")
    sent = one.raw[start:].decode("utf-8")
    assert "\x1b]" not in sent and "\x07" not in sent and "\x7f" not in sent
    assert not re.search("[\u0080-\u009f\u202a-\u202e\u2066-\u2069\u200d]", sent)
    one.wait(lambda rows: "1 link" in status(one), what="the link")


def test_other_channels_count_as_unread(screen, fika):
    bo = fika("-c", "#fika", "-c", "#other", nick="Bo")
    one = opened(screen(bo.address, "-c", "#fika", "-c", "#other", nick="Ada"))
    bo.ever("member", state="here", nick="Ada", channel="#other")
    bo.say("\\channel #other", "psst")
    one.wait(lambda rows: "#other 1" in status(one), what="the unread count")
    assert not any("psst" in row for row in one.screen.display)
    one.type("\\channel #other")
    one.expect("<Bo> psst")
    one.expect("[#other] ")


def shown(one):
    """What the terminal shows, letter by letter, with how it looks."""
    screen = one.screen
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


WALKED = ["hi", "word " * 30, "åäö 日本語 " * 9, "한글 " + FAMILY, "กำ Z\u0351\u0352", "\x1b[2J x",
          "see https://fika.example/a_(b) *bold* `code`", "Ada: hi"]
KEYS = ["\x1b[5~", "\x1b[6~", "a", "\x7f", "日", "\x01", "\t", "\x1b[A", "\x1b[B", "\x12w", "\x07f",
        "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[24~", "\x1b\r", "\x1b2", "\x1b[O", "\x1b[I", "\x17", "\x19"]
TYPED = ["\\help\r", "\\keys\r", "\\set\r", "\\search word\r", "s/end/END/\r", "\\he", ":rock",
         "\\who\r", "\\open\r", "\\join #other\r", "\\channel #fika\r", "\\copy\r", "*hi*\r"]


def wander(one, bo, chance):
    """One thing that can happen."""
    what = chance.randrange(8)
    if what < 2:
        bo.say(chance.choice(WALKED))
    elif what < 4:
        one.keys(chance.choice(KEYS))
    elif what == 4:
        one.resize(chance.randrange(4, 30), chance.randrange(24, 130))
    elif what == 5:
        button, end = chance.choice([(0, "M"), (0, "m"), (32, "M"), (64, "M"), (65, "M")])
        one.keys(f"\x1b[<{button};{chance.randrange(1, 130)};{chance.randrange(1, 30)}{end}")
    elif what == 6:
        lines = "\r".join(chance.choice(WALKED[:5]) for _ in range(chance.randrange(1, 4)))
        one.keys(f"\x1b[200~{lines}\x1b[201~")
    else:
        one.keys(chance.choice(TYPED))


CLOSE = "\x1b[24~"  # F12, bound so: an Escape would have to be told from Alt


def closed(one, condition):
    """The condition, without the list that an answer may still open."""

    def look(rows):
        if any("Escape closes" in row for row in rows):
            one.keys(CLOSE)
            return False
        return condition(rows)

    return look


def back(one, turn):
    """Whatever is open is closed, nothing is typed, and all that was asked of the node is answered: the
    end of #fika is there, with rows enough for what is waited for."""
    one.resize(max(one.screen.lines, 18), one.screen.columns)
    one.keys(CLOSE * 3 + "\x7f" * 700 + "\x1b[3~" * 700 + "\x1b[1;5F\\channel #fika\r")
    one.type(f"\\disconnect nobody{turn}.")
    one.wait(closed(one, lambda rows: any(f"nobody{turn}." in row for row in rows[:-2])), what="all answers")


@pytest.mark.parametrize("term", ["xterm-256color", "screen", "linux", "vt100"])
def test_what_is_painted_bit_by_bit_is_what_a_fresh_painting_gives(screen, fika, tmp_path, term):
    """A walk of keys, the mouse, pastes, sizes and lines; now and then Ctrl-L, which must change
    nothing. test_walk.c walks farther, without a terminal; here one draws what is sent."""
    chance = random.Random(term)
    configuration = tmp_path / "home" / "config" / "fika" / "config"
    configuration.parent.mkdir(parents=True)
    configuration.write_text("bind = F12 close\n")
    bo = fika(nick="Bo")
    one = opened(screen(bo.address, nick="Ada", term=term, home=tmp_path / "home"))
    bo.ever("member", state="here", nick="Ada")
    for turn in range(20):
        for _ in range(5):
            wander(one, bo, chance)
        back(one, turn)
        bo.say(f"mark {turn}.")
        mark, end = f"<Bo> mark {turn}.", f"[#fika] end {turn}"
        one.wait(closed(one, lambda rows, m=mark: any(m in row for row in rows[:-2])), what="a line")
        one.keys(f"end {turn}")
        one.wait(lambda rows, e=end: rows[-1].startswith(e + " "), what="the input line")
        one.gone("…  <Ada>")
        before, drawn = shown(one)[:-1], one.screen.display[:-1]
        one.keys("\x0c!")
        one.wait(lambda rows, e=end: rows[-1].startswith(e + "!"), what="a fresh one")
        assert one.screen.display[:-1] == drawn
        assert shown(one)[:-1] == before


MODES = (b"\x1b[?2004", b"\x1b[?1004", b"\x1b[?1000", b"\x1b[?1002", b"\x1b[?1006")


def modes_off(one):
    """All that was switched on is off."""
    return all(one.raw.rfind(mode + b"l") > one.raw.rfind(mode + b"h") >= 0 for mode in MODES)


def modes_on(one):
    return all(one.raw.rfind(mode + b"h") > one.raw.rfind(mode + b"l") for mode in MODES)


def click(one, text):
    """A click on the first letter of a text on the screen."""
    y, row = next((i, r) for i, r in enumerate(one.screen.display) if text in r)
    x = row.index(text)
    one.keys(f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m")


def test_the_wheel_scrolls_and_a_click_goes_there(screen, fika):
    bo = fika(nick="Bo")
    one = opened(screen(bo.address, nick="Ada", columns=120))
    bo.ever("member", state="here", nick="Ada")
    bo.say(*(f"line {i}" for i in range(60)))
    one.expect("line 59")
    one.keys("\x1b[<64;5;5M" * 3)
    one.gone("line 59")
    one.expect("9 more below")
    bo.say("one more")
    one.expect("1 new below")
    click(one, "1 new below")
    one.expect("one more")
    click(one, "<Bo> one more".replace("<", ""))
    one.wait(lambda rows: rows[-1].startswith("[#fika] Bo: "), what="the nick in the input")
    one.keys("see ")
    click(one, "Bo> one more")
    one.wait(lambda rows: rows[-1].startswith("[#fika] Bo: see Bo "), what="the nick at the cursor")
    one.keys("\x15\\join #work\r")
    one.expect("[#work] ")
    click(one, "#fika")
    one.expect("[#fika] ")
    one.keys("\x1b[<0;3")
    one.keys(";1Mx\x1b[<0;;;M\x1b[<99999999;1;1My")
    one.wait(lambda rows: rows[-1].rstrip() == "[#fika] xy", what="nothing typed by reports")


def test_who_looks_away_finds_a_mark(screen, fika):
    bo = fika(nick="Bo")
    one = opened(screen(bo.address, nick="Ada"))
    bo.ever("member", state="here", nick="Ada")
    bo.say("seen")
    one.expect("seen")
    one.keys("\x1b[O")
    one.type("\\set mouse on")  # a key says that somebody is there again
    one.expect("hold Shift")
    one.keys("\x1b[O")
    one.keys("\x1b[<65;1;1M")  # the wheel does not
    bo.say("not seen")
    one.expect("---- new ")
    one.keys("\x1b[I")
    one.type("hello")
    one.gone("---- new ")


def test_settings_are_listed_kept_and_done(screen, tmp_path):
    home = tmp_path / "home"
    one = opened(screen(nick="Ada", home=home, columns=120))
    one.expect("1 here")
    assert modes_on(one)
    one.type("\\set")
    one.expect("theme           default")
    one.expect(" Escape closes this ")
    one.type("\\set mouse off")
    one.keys("\x1b")
    one.expect("-- mouse           off")
    one.wait(lambda rows: one.raw.rfind(MODES[2] + b"l") > one.raw.rfind(MODES[2] + b"h"),
             what="the mouse given back")
    one.type("\\set members off")
    one.gone("1 here")
    one.type("\\set theme nowhere")
    one.expect("there is no theme nowhere")
    one.type("\\set theme mono")
    one.expect("theme           mono")
    one.type("\\quit")
    one.exits(2.0)
    again = opened(screen(home=home, columns=120))
    again.type("\\set")
    again.expect("theme           mono")
    again.expect("mouse           off")
    again.expect("members         off")
    assert not any("1 here" in row for row in again.screen.display)
    assert MODES[2] + b"h" not in again.raw


def test_a_theme_of_ones_own_is_found_while_fika_runs(screen, tmp_path):
    home = tmp_path / "home"
    one = opened(screen(nick="Ada", home=home, columns=120))
    themes = home / "config" / "fika" / "themes"
    themes.mkdir(parents=True, exist_ok=True)  # fika made what is above it, as it may see nothing else later
    (themes / "mine").write_text("# my own\nnew = 214\nerror = redd\n")
    one.keys("\\set theme \t")
    for name in ("default", "contrast", "dark", "light", "mono", "mine"):
        one.expect(name)
    one.keys("mi\t")
    one.wait(lambda rows: rows[-1].rstrip() == "[#fika] \\set theme mine", what="the only one")
    one.keys("\r\r")  # it is chosen, and said
    one.expect("theme mine: line 3 cannot be understood")
    one.expect("theme           mine")
    one.type("\\set theme nowhere")
    one.expect("there is no theme nowhere, but default mine contrast dark light mono")


def test_a_panel_that_cannot_be_shown_says_why(screen):
    one = opened(screen(nick="Ada", columns=40))
    one.keys("\x1b[15~")  # F5
    one.expect("too narrow")
    one.type("\\leave")
    one.expect("no channel")
    one.type("\\clear")
    one.gone("too narrow")
    one.resize(24, 80)
    one.keys("\x1b[17~")
    one.expect("no channel yet to show")


def bars(one):
    """Where bars stand in the third row."""
    return [x for x, letter in enumerate(one.screen.display[2]) if letter == "│"]


def at_bars(one, wanted):
    one.wait(lambda rows: bars(one) == wanted, what=f"bars at {wanted}")


def test_dividers_are_dragged_and_their_places_kept(screen, tmp_path):
    home = tmp_path / "home"
    one = opened(screen(nick="Ada", home=home, columns=120))
    at_bars(one, [17, 102])
    one.keys("\x1b[<0;18;4M\x1b[<32;20;4M\x1b[<32;24;9M")  # while it is held
    at_bars(one, [23, 102])
    one.keys("\x1b[<0;26;9m")
    at_bars(one, [25, 102])
    one.keys("\x1b[<32;40;9M")  # let go
    one.keys("\x1b[<0;103;1M\x1b[<0;93;1m")  # from a terminal that tells of no moves
    at_bars(one, [25, 92])
    one.keys("\x1b[<0;26;4M\x1b[<32;1;4M\x1b[<32;1;4m")
    at_bars(one, [8, 92])
    one.type("\\set")
    one.expect("channels-width  8")
    one.expect("members-width   27")
    one.keys("\x1b")
    one.gone("members-width")
    one.type("\\set members-width 20")
    at_bars(one, [8, 99])
    one.type("\\set members-width 7")
    one.expect("\\set members-width 17|8-60")
    one.resize(24, 80)
    at_bars(one, [])
    one.keys("\x1b[<0;9;4M\x1b[<0;30;4m")  # nothing is there
    one.resize(24, 120)
    at_bars(one, [8, 99])
    one.type("\\quit")
    one.exits(2.0)
    again = opened(screen(home=home, columns=120))
    at_bars(again, [8, 99])


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM])
def test_every_mode_is_off_however_it_ends(screen, number):
    one = opened(screen(nick="Ada"))
    assert modes_on(one)
    one.process.kill(number)
    while one.pump():
        pass
    assert modes_off(one)
    given_back(one)
    one.process.wait()


def test_who_is_killed_leaves_a_clean_terminal(screen):
    """The process that starts editors outlives it, and sees to that."""
    shell = ["bash", "-c", '"$@"; read line; stty -a; echo it is over', "shell"]
    one = opened(screen(nick="Ada", through=shell))
    one.wait(lambda rows: modes_on(one), what="the modes")
    shell_pid = one.process.pid
    with open(f"/proc/{shell_pid}/task/{shell_pid}/children", encoding="ascii") as file:
        [pid] = file.read().split()
    os.kill(int(pid), signal.SIGKILL)
    one.wait(lambda rows: modes_off(one) and one.raw.rfind(SCREEN_OFF) > one.raw.rindex(SCREEN_ON),
             what="the terminal given back")
    one.keys("\n")
    one.expect("it is over")
    modes = one.raw[one.raw.rindex(b"speed"):].decode()
    assert " icanon" in modes and " echo " in modes and " icrnl" in modes, modes
    one.exits()


def test_killed_while_it_is_stopped_it_leaves_the_shell_alone(screen):
    shell = ["bash", "-c", 'set -m; "$@"; echo it is stopped; read line; kill -9 %1; wait; echo it is over; '
             "read line", "shell"]
    one = opened(screen(nick="Ada", through=shell))
    one.keys("\x1a")
    one.expect("it is stopped")
    before = len(one.raw)
    one.keys("\n")
    one.expect("it is over")
    one.keys("\n")
    one.exits()
    assert SCREEN_OFF not in one.raw[before:]


def test_an_editor_gets_a_clean_terminal(screen, tmp_path):
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\necho EDITOR-IS-HERE\n")
    script.chmod(0o700)
    one = opened(screen(nick="Ada", EDITOR=str(script)))
    one.keys("\x18\x05")
    one.wait(lambda rows: b"EDITOR-IS-HERE" in one.raw, what="the editor")
    before = one.raw[: one.raw.index(b"EDITOR-IS-HERE")]
    assert all(before.rfind(mode + b"l") > before.rfind(mode + b"h") >= 0 for mode in MODES)
    one.wait(lambda rows: modes_on(one), what="the modes again")


def opener(tmp_path):
    """A desktop's: it writes down what it was given, and whether the terminal is kept from it."""
    script, given = tmp_path / "bin" / "xdg-open", tmp_path / "given"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\ntest -t 1 || printf "%s\\n" "$#" "$@" >"{given}.new"\nmv "{given}.new" "{given}"\n')
    script.chmod(0o700)
    return str(script.parent), given


def test_a_link_is_opened_by_number_and_by_click(screen, tmp_path):
    directory, given = opener(tmp_path)
    link = "https://fika.example/$(touch%20x)?a=1&b='2'&c"
    one = opened(screen(nick="Ada", DISPLAY=":9", PATH=f"{directory}:{os.environ['PATH']}"))
    one.type("\\open")
    one.expect("there is no link here")
    one.type(f"see {link} there")
    one.expect(f"> see {link}")
    one.type("\\open")
    one.expect("given to your desktop")
    one.wait(lambda rows: given.exists(), what="the link at the desktop")
    assert given.read_text() == f"1\n{link}\n"
    given.unlink()
    one.type("\\clear")
    one.gone("given to your desktop")
    one.type("mailto:bo@fika.example it is")
    one.expect("> mailto:bo@fika.example it is")
    click(one, "bo@fika")
    one.wait(lambda rows: given.exists(), what="the other link at the desktop")
    assert given.read_text() == "1\nmailto:bo@fika.example\n"
    one.type("\\open 7")
    one.expect("there are not so many links here")


def test_what_is_cleared_or_old_can_still_be_taken(screen, fika, tmp_path):
    home = tmp_path / "bo"
    bo = fika(nick="Bo", home=home)
    bo.say("old: http://old.example/", *(f"line {i}" for i in range(700)))
    bo.ever("message", text="line 699")
    bo.quit()
    one = opened(screen(nick="Bo", home=home, SSH_TTY="/dev/pts/9"))
    one.expect("line 699")
    one.type("\\clear")
    one.gone("line 699")
    one.type("\\copy")
    sequence = b"\x1b]52;c;" + base64.b64encode(b"line 699") + b"\x07"
    one.wait(lambda rows: sequence in one.raw, what="the line for the clipboard")
    one.type("\\react + 1")
    one.type("\\open 2")
    one.expect("there are not so many links here")
    one.type("\\open")
    one.expect("Enter puts the link on the clipboard")
    one.wait(lambda rows: any(row.startswith("http://old.example/ ") for row in rows), what="the link")
    one.keys("\x1b")
    one.gone("Enter puts")
    assert not any("line 699" in row for row in one.screen.display)
    one.keys("\x1b[5~")
    one.expect("line 699 (+ 1*)")


def test_without_a_desktop_a_link_is_shown_and_offered(screen, tmp_path):
    directory, given = opener(tmp_path)
    ask = "Enter puts the link on the clipboard"
    one = opened(screen(nick="Ada", DISPLAY=":9", SSH_TTY="/dev/pts/9",
                        PATH=f"{directory}:{os.environ['PATH']}"))
    one.type("look: http://a.example/x")
    one.expect("> look: ")
    one.type("\\open")
    one.expect(ask)
    one.wait(lambda rows: any(row.startswith("http://a.example/x ") for row in rows), what="the link")
    one.keys("\x1b")
    one.gone(ask)
    one.expect("-- http://a.example/x")
    assert b"\x1b]52;" not in one.raw
    one.type("\\open")
    one.expect(ask)
    one.keys("\r")
    one.gone(ask)
    sequence = b"\x1b]52;c;" + base64.b64encode(b"http://a.example/x") + b"\x07"
    one.wait(lambda rows: sequence in one.raw, what="the link for the clipboard")
    one.type("\\copy 1")
    sequence = b"\x1b]52;c;" + base64.b64encode(b"look: http://a.example/x") + b"\x07"
    one.wait(lambda rows: sequence in one.raw, what="the line for the clipboard")
    assert not given.exists()


def test_the_wheel_scrolls_a_list_that_is_longer_than_the_screen(screen):
    named = [word for i in range(12) for word in ("-c", f"#c{i:02}")]
    one = screen(*named, nick="Ada", rows=10, columns=120)
    one.expect(">#c00")
    one.expect(" #c07")
    one.keys("\x1b[<65;5;5M")
    one.expect(" #c10")
    one.gone(">#c00")
    one.keys("\x1b[<64;5;5M")
    one.expect(">#c00")
    one.keys("\x1b[<65;5;5M" * 4)
    one.expect(" #c11")
    click(one, "#c11")
    one.expect("[#c11] ")
    assert not any("below" in row for row in one.screen.display)
