"""What was said is found again: after it was said, after a start, on the node that only heard it."""

import re


def search(node, query):
    """Asks; what was found, newest first."""
    mark = node.taken = len(node.events)
    node.say(f"\\search {query}")
    end = node.expect("found_end", query=query)
    lines = [event for event in node.events[mark:node.taken] if event["event"] == "found"]
    assert len(lines) == end["found"]
    assert [line["n"] for line in lines] == list(range(len(lines), 0, -1))
    return [line["text"] for line in reversed(lines)]


def test_found_where_it_was_said_and_heard(fika):
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo")
    bo.ever("link", state="up")
    for text in ("kaffe is ready", "where is the milk?", "Kaffekanna på bordet"):
        ada.say(text)
        bo.ever("message", text=text)
    for node in (ada, bo):
        assert search(node, "kaffe") == ["Kaffekanna på bordet", "kaffe is ready"]
        assert search(node, '"is the milk"') == ["where is the milk?"]
        assert search(node, "kaffe -ready") == ["Kaffekanna på bordet"]
        assert search(node, "from:bo kaffe") == []
    bo.command("\\search after:yesterday", "YYYY-MM-DD")


def test_found_after_a_start_and_not_what_is_forgotten(fika, tmp_path):
    home = tmp_path / "home"
    ada = fika(home=home, nick="Ada")
    ada.say("the password is swordfish")
    ada.ever("message", text="the password is swordfish")
    ada.say("the cake is a lie")
    ada.ever("message", text="the cake is a lie")
    assert search(ada, "swordfish") == ["the password is swordfish"]
    ada.say("\\forget 2")
    ada.ever("forgotten")
    assert search(ada, "swordfish") == []
    ada.quit()
    again = fika(home=home)
    again.ever("ready")
    assert search(again, "cake") == ["the cake is a lie"]
    assert search(again, "swordfish") == []


def chosen(rows):
    """The row of the list that is chosen."""
    return next((row for row in rows if row.startswith("> ")), "")


def test_the_screen_lists_what_was_found(screen):
    one = screen(nick="Ada")
    one.expect("[#fika] ")
    for text in ("kaffe at nine", "tea at ten", "kaffe at eleven"):
        one.type(text)
        one.expect(f"> {text}")
    one.type("\\search kaffe")
    one.expect("2 lines found; Enter goes there, Escape closes")
    one.wait(lambda rows: "kaffe at eleven" in chosen(rows), what="the newest, chosen")
    one.keys("\x1b[A")
    one.wait(lambda rows: "kaffe at nine" in chosen(rows), what="the one before")
    one.keys("\x1b")
    one.gone("2 lines found")
    one.expect("> tea at ten")
    one.type("\\search cocoa")
    one.expect("-- nothing found")
    one.type("\\join #work")
    one.expect("[#work] ")
    one.type("\\search kaffe")
    one.expect("2 lines found")
    one.keys("\r")
    one.expect("[#fika] ")
    one.gone("2 lines found")
    one.type("\\search kaffe")
    one.expect("2 lines found")
    one.keys("x")
    one.gone("2 lines found")
    one.wait(lambda rows: rows[-1].startswith("[#fika] x"), what="the key in the input")


def numbers(rows):
    """Those of the lines on the screen, from the top."""
    return [int(found) for row in rows for found in re.findall(r"> (?:needle )?number (\d+)", row)]


def in_one_piece(rows):
    shown = numbers(rows)
    return shown if len(shown) > 10 and shown == list(range(shown[0], shown[0] + len(shown))) else None


def test_a_jump_into_a_long_history_and_back(fika, screen, tmp_path):
    home, last = tmp_path / "home", 4000
    writer = fika(home=home, nick="Ada")
    writer.say(*(f"{'needle ' if i == 700 else ''}number {i}" for i in range(1, last + 1)))
    writer.ever("message", text=f"number {last}", timeout=20)
    while True:  # the index is filled behind
        writer.taken = len(writer.events)
        writer.say("\\search needle")
        if writer.expect("found_end", query="needle")["found"] == 1:
            break
    writer.quit()
    one = screen(home=home, rows=24, columns=80)
    one.expect(f"number {last}")
    one.type("\\search needle")
    one.expect("1 line found")
    one.keys("\r")
    one.gone("1 line found")
    shown = one.wait(lambda rows: 695 in numbers(rows) and in_one_piece(rows),
                     what="the line, and what stands around it")
    assert shown[0] < 695 and shown[-1] > 705, "it stands in the middle"
    row = next(y for y, text in enumerate(one.screen.display) if "needle" in text)
    assert one.screen.buffer[row][10].reverse
    one.keys("\x1b[5~")  # any key takes the mark away
    one.wait(lambda rows: (in_one_piece(rows) or [700])[0] < 680, what="older lines")
    while (numbers(one.screen.display) or [last])[0] > 400:
        one.keys("\x1b[5~")
        one.pump()
    one.wait(in_one_piece, what="what is far above it")
    while (numbers(one.screen.display) or [0])[-1] < 1400:  # two pages below what the jump brought
        one.keys("\x1b[6~")
        one.pump()
    one.wait(in_one_piece, what="what is far below it")
    assert 1400 < numbers(one.screen.display)[-1] < last
    assert any("more below" in text for text in one.screen.display)
    one.keys("\x1b>")
    one.wait(lambda rows: (in_one_piece(rows) or [0])[-1] == last, what="the newest")
    one.gone("more below")
    one.type("said at the end")
    one.expect("> said at the end")
