"""Where the reader left off: it is kept by channel, however the program ends."""

import glob
import os
import signal

import pytest

MARK = "---- new ---"


def below_mark(one):
    """The row below the mark; None without one."""
    rows = one.screen.display
    at = next((i for i, row in enumerate(rows) if row.lstrip("│ ").startswith(MARK)), None)
    return None if at is None else rows[at + 1]


def marked(one, text):
    one.wait(lambda rows: text in (below_mark(one) or ""), what=f"the mark above {text!r}")


def kept(home):
    """What the profile says of what was seen."""
    return "".join(open(path, encoding="utf-8").read()
                   for path in glob.glob(os.path.join(home, "**", "seen"), recursive=True))


def meet(bo, channel="#fika"):
    bo.expect("member", state="here", nick="Ada", channel=channel)


@pytest.mark.parametrize("killed", [False, True])
def test_what_was_not_seen_is_marked_after_a_restart(screen, fika, tmp_path, killed):
    home = tmp_path / "home"
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada", home=home)
    meet(bo)
    bo.say("seen by Ada")
    one.expect("> seen by Ada")
    if killed:
        one.wait(lambda rows: bo.id in kept(home), what="the place in the profile")
    one.keys("\x1b[O")  # she looks elsewhere
    bo.say("not seen", "nor this")
    one.expect("nor this")
    one.process.kill(signal.SIGKILL if killed else signal.SIGHUP)  # who types \quit looks at it
    while one.pump():
        pass
    one.process.wait()
    again = screen(bo.address, nick="Ada", home=home)
    marked(again, "> not seen")
    meet(bo)
    again.type("now I have")
    again.gone(MARK)
    again.keys("\x1bn")
    again.expect("nothing is marked as new here")
    again.type("\\quit")
    again.exits(2.0)
    third = screen(nick="Ada", home=home)
    third.expect("now I have")
    assert below_mark(third) is None


def test_what_was_said_meanwhile_is_marked(screen, fika, tmp_path):
    home = tmp_path / "home"
    bo = fika("-c", "#fika", "-c", "#other", nick="Bo")
    one = screen(bo.address, "-c", "#fika", "-c", "#other", nick="Ada", home=home, columns=120)
    meet(bo)
    bo.say("\\channel #other", "there", "\\channel #fika", "seen by Ada")
    one.expect("> seen by Ada")
    one.type("\\channel #other")
    one.expect("> there")
    one.type("\\quit")
    one.exits(2.0)
    bo.expect("link", state="down")
    bo.say(*(f"meanwhile {i}" for i in range(300)))
    bo.say("\\channel #other", "here as well, Ada")
    bo.ever("message", text="here as well, Ada")
    again = screen(bo.address, "-c", "#fika", "-c", "#other", home=home, columns=120)
    again.expect("> meanwhile 299")
    again.wait(lambda rows: any("#other" in row and "1 !1" in row for row in rows), what="the count")

    def there(rows):
        """The older lines may still be on their way: asked until they are here."""
        if "> meanwhile 0" not in (below_mark(again) or ""):
            again.keys("\x1bn")
            return False
        return True

    again.wait(there, what="the mark above all that was said")
    again.type("\\channel #other")
    marked(again, "> here as well")


def test_other_channels_are_counted_after_a_restart(screen, fika, tmp_path):
    home = tmp_path / "home"
    bo = fika("-c", "#fika", "-c", "#other", nick="Bo")
    one = screen(bo.address, "-c", "#other", "-c", "#fika", nick="Ada", home=home, columns=120)
    meet(bo, "#other")
    bo.say("\\channel #other", "seen")
    one.expect("> seen")
    one.type("\\channel #fika")
    one.expect("[#fika] ")
    bo.say("psst", "psst, Ada")
    one.wait(lambda rows: any("#other" in row and "2 !1" in row for row in rows), what="the count")
    one.type("\\quit")
    one.exits(2.0)
    again = screen("-c", "#fika", "-c", "#other", nick="Ada", home=home, columns=120)
    again.wait(lambda rows: any("#other" in row and "2 !1" in row for row in rows), what="the count")
    again.keys("\x1ba")
    marked(again, "> psst")


def test_a_talk_that_goes_on_is_as_it_was_left(screen, fika):
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada", columns=120)
    meet(bo)
    bo.say("\\msg Ada hello", *(f"old {i}" for i in range(30)))
    one.wait(lambda rows: any("@Bo" in row and "31 !31" in row for row in rows), what="the count")
    one.type("\\channel @Bo")
    one.expect("> old 29")
    one.type("\\channel #fika")
    one.expect("[#fika] ")
    bo.say("not seen", "nor this")
    one.wait(lambda rows: any("@Bo" in row and "2 !2" in row for row in rows), what="the count")
    one.type("\\leave @Bo")
    one.gone("@Bo  ")
    bo.say("after that")
    one.wait(lambda rows: any("@Bo" in row and "3 !3" in row for row in rows), what="the count of all")
    one.type("\\channel @Bo")
    marked(one, "> not seen")
    one.expect("> after that")
    one.expect("> old 29")
    for text in ("> old 29", "> not seen", "> after that"):
        assert sum(text in row for row in one.screen.display) == 1
