"""Golden screens: the main situations at three sizes, as a person sees them, compared with the texts
in golden/. Where a style tells something, it is written below the row it is in.

What differs from run to run is masked, and keeps its width where that moves nothing. To make the
texts anew after a change that was meant: FIKA_GOLDEN=write, and read the difference.
"""

import os
import re

import pytest

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
SIZES = [(24, 80), (40, 120), (10, 40)]

pytestmark = pytest.mark.parametrize("rows,columns", SIZES, ids=lambda size: str(size))


def masked(text):
    """Times, days, ports, addresses and ids in a form that is the same in each run."""
    text = re.sub(r"\b\d\d:\d\d\b", "12:34", text)
    text = re.sub(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ [A-Z][a-z]{2} \d{4} ?-*", "DAY ----", text)
    text = re.sub(r"\b[0-9a-f]{8}\b", "xxxxxxxx", text)
    text = re.sub(r"(?<=[a-z]) [0-9a-f]{4}(?=[> ]|$)", " xxxx", text)
    text = re.sub(r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:%a-z]+\]):\d+.*", "ADDRESS", text)
    return text


def styles(one, y):
    """A letter for each column that looks different: b(old), r(everse), u(nderlined), i(talic)."""
    row = one.screen.buffer[y]
    marks = ""
    for x in range(one.screen.columns):
        cell = row[x]
        marks += ("r" if cell.reverse else "b" if cell.bold else "u" if cell.underscore
                  else "i" if cell.italics else " ")
    return marks.rstrip()


def picture(one):
    shown = []
    for y, row in enumerate(one.screen.display):
        shown.append("|" + masked(row.rstrip()))
        marks = styles(one, y)
        if marks and not set(marks) <= {"r", " "} and y < one.screen.lines - 2:
            shown.append(":" + marks)
    return "\n".join(shown) + "\n"


def compare(one, name):
    path = os.path.join(HERE, f"{name}_{one.screen.columns}x{one.screen.lines}.txt")
    if os.environ.get("FIKA_GOLDEN") == "write":
        for _ in range(10):  # until it has been quiet for a while
            one.pump(0.1)
        os.makedirs(HERE, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(picture(one))
        return
    with open(path, encoding="utf-8") as file:
        golden = file.read()
    # A painting may come in pieces.
    try:
        one.wait(lambda rows: picture(one) == golden, what=path)
    except AssertionError:
        assert picture(one) == golden


class Place:
    """Ada on a screen, Bo beside her, and what brings a situation about."""

    def __init__(self, screen, fika, rows, columns, port, channels=("#fika", "#other")):
        self.address = f"127.0.0.1:{port}"  # Ada's
        named = [word for name in channels for word in ("-c", name)]
        self.ada = screen(*named, rows=rows, columns=columns, nick="Ada", port=port)
        self.ada.expect(f"[{channels[0]}] ")
        # Who dials is who tries again, and says so, when the other has gone.
        self.bo = fika(self.address, *named, nick="Bo")
        self.bo.ever("member", state="here", nick="Ada", channel=channels[0])
        self.ada.expect("Bo came")
        self.ada.expect("1 link")
        self.ada.type("\\clear")
        self.ada.gone("Bo came")

    def hear(self, *lines, shown=True):
        """Bo says these, one after the other."""
        for line in lines:
            self.bo.say(line)
            self.bo.ever("message", own=True, text=lambda text, end=line: text.endswith(end[-5:]))
            if shown:
                self.ada.expect(line[-5:])

    def typed(self, text):
        """Types it and waits for it: what was typed before has been done then."""
        self.ada.keys(text)
        self.ada.wait(lambda rows: rows[-1].rstrip().endswith(text[-8:].rstrip()), what="the input")


@pytest.fixture
def place(screen, fika, free_port, rows, columns):
    return Place(screen, fika, rows, columns, free_port())


def test_first_minute(screen, rows, columns):
    one = screen("-p", "0", rows=rows, columns=columns, nick="Ada")
    one.expect("[#fika] ")
    one.wait(lambda shown: "Ada" in shown[-2] and "link" in shown[-2], what="the status")
    one.expect("fika ")
    found = picture(one)
    assert "you are Ada" in found
    # The tests are in a network of their own, into which an invite leads.
    assert ("\\invite shows what lets another machine into this network" in re.sub(r"[\s│|:]+", " ", found)
            or columns < 80)


def test_talk(place):
    place.hear("hello Ada, and whoever else is here", "a line that is long enough to take more than "
               "one row on most of the screens that this is tried on, hanging below its beginning")
    place.ada.type("hi Bo")
    place.ada.expect("✓  <Ada> hi Bo")
    place.hear("\\me waves")
    place.ada.type("\\me waves back")
    place.ada.expect("✓  * Ada waves back")
    compare(place.ada, "talk")


def test_answered(place):
    """Lines with signs behind them, of both, some of which do not fit into the row."""
    place.hear("there is a cake in the kitchen, and it is for everybody who is here today")
    place.ada.type("teh cat")
    place.ada.expect("✓  <Ada> teh cat")
    place.ada.type("s/teh/the/")
    place.ada.expect("(edited)")
    place.ada.type("\\react 🍰")
    place.ada.type("\\react ❤")
    place.bo.ever("reaction", reaction="❤")
    place.bo.say("\\react 👍 2", "\\react ❤ 2", "\\react 日本語日 2", "\\react waiting 2", "\\react + 1")
    place.ada.expect("(edited) (+ 1)")
    compare(place.ada, "answered")


def test_unread_line(place):
    place.hear("seen by Ada")
    place.ada.type("\\channel #other")
    place.ada.expect("[#other] ")
    place.hear("said while she was away", "and this as well", shown=False)
    place.ada.expect("#other")
    place.ada.wait(lambda rows: any(re.search(r"#fika +2", row) for row in rows), what="the count")
    place.hear("for you, Ada", shown=False)
    place.ada.wait(lambda rows: any(re.search(r"#fika +3 !1", row) for row in rows), what="a mention")
    compare(place.ada, "unread")


def test_mark(place):
    place.hear("seen by Ada")
    place.ada.type("\\channel #other")
    place.ada.expect("[#other] ")
    place.hear("said while she was away", "and this as well", shown=False)
    place.ada.wait(lambda rows: any(re.search(r"#fika +2", row) for row in rows), what="the count")
    place.ada.type("\\channel #fika")
    place.ada.expect("---- new ---")
    place.ada.expect("what you write goes to #fika")
    compare(place.ada, "mark")


def test_scrolled_up(place, rows):
    place.hear(*[f"line number {n:02}" for n in range(rows + 10)])
    place.ada.keys("\x1b[5~")
    place.ada.expect("more below")
    place.hear("new 1, Ada", "new 2", shown=False)
    place.ada.expect("2 new below")
    compare(place.ada, "scrolled")


def test_markup(place):
    place.hear("see https://example.org/a_(b), *bold* and _italic_ and `code`")
    place.ada.keys("\x1b[200~```\nint main(void)\n{\n\treturn 0;\n}\n```\x1b[201~\r")
    place.ada.expect("✓  <Ada> ```")
    compare(place.ada, "markup")


def test_hostile(place):
    place.bo.say(b"\x1b[2J\x07 \xff\xfe \xe2\x80\xaeevil " + "Z\u0351\u0352\u0353\u0354\u0355 end".encode())
    place.ada.expect("end")
    place.hear("👨‍👩‍👧 🇸🇪 👍🏽 ❤️ 1️⃣ 한글 กำ 日本語日本語日本語日本語日本語日本語日本語日本語 okay")
    compare(place.ada, "hostile")


def test_people(place, fika):
    cy = fika(place.address, "-c", "#fika", nick="Cy")
    dan = fika(place.address, "-c", "#fika", nick="Dan")
    for one in (cy, dan):
        one.ever("member", state="here", nick="Ada")
    place.ada.wait(lambda rows: any("came" in row and "Cy" in row and "Dan" in row for row in rows),
                   what="both in one line")
    place.hear("hi all of you")
    place.ada.type("\\clear")
    place.ada.gone("hi all")
    dan.quit()
    place.ada.expect("Dan went")
    place.ada.expect("2 links")
    place.hear("bye Dan")
    compare(place.ada, "people")


def test_one_nick_of_two(place, fika):
    place.hear("I am Bo")
    other = fika(place.address, "-c", "#fika", nick="Bo")
    other.ever("member", state="here", nick="Ada")
    place.ada.wait(lambda rows: "is not the Bo" in " ".join(" ".join(rows).split()), what="a word")
    place.ada.expect("Bo came")
    place.ada.type("\\clear")
    place.ada.gone("Bo came")
    place.hear("which Bo is it?")
    other.ever("message", text="which Bo is it?")
    other.say("so am I")
    place.ada.expect("so am I")
    compare(place.ada, "one_nick")


def test_gone_and_nobody(place):
    place.ada.type("still here?")
    place.ada.expect("✓  <Ada> still here?")
    place.bo.quit()
    place.ada.expect("0 links" if place.ada.screen.columns > 40 else "Bo went")
    place.ada.type("anybody?")
    place.ada.expect("…  <Ada> anybody?")
    compare(place.ada, "alone")


def test_help(place):
    place.ada.type("\\help me")
    place.ada.expect("\\me")
    place.typed("\\help")
    compare(place.ada, "help")


@pytest.mark.parametrize("term,variables", [("xterm-256color", {"NO_COLOR": "1"}), ("vt100", {})])
def test_without_colours_nothing_is_lost(screen, fika, rows, columns, term, variables):
    bo = fika("-c", "#fika", "-c", "#other", nick="Bo")
    one = screen(bo.address, "-c", "#fika", "-c", "#other", rows=rows, columns=columns, nick="Ada",
                 term=term, **variables)
    one.expect("[#fika] ")
    bo.ever("member", state="here", nick="Ada")
    bo.say("hello Ada")
    one.expect("! <Bo> hello Ada")
    for looks in re.findall(rb"\x1b\[([0-9;]*)m", one.raw):
        assert not [n for n in looks.split(b";") if n and 30 <= int(n) <= 48], looks
