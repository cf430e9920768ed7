"""Help: a page over the lines that scrolls and closes, and what is typed meanwhile is not lost."""


def opened(screen, **options):
    one = screen(nick="Ada", **options)
    one.expect("[#fika] ")
    return one


def test_help_is_a_page_that_scrolls(screen, fika):
    one = opened(screen)
    one.type("said before")
    one.expect("<Ada> said before")
    one.type("\\help")
    one.expect("one of these says more")
    one.expect("1-21 of ")
    one.gone("<Ada> said before")
    one.keys("\x1b[6~")
    one.expect("\\connect [host][:port]")
    one.keys("\x1b[1;5F")  # Ctrl-End
    one.expect("/ is as good as \\")
    one.keys("\x1b")
    one.expect("<Ada> said before")
    one.gone("is as good as")


def test_what_is_typed_goes_on_below_the_page(screen):
    one = opened(screen)
    one.type("\\help network")
    one.expect("network: who may link")
    one.keys("hello")
    one.wait(lambda rows: rows[-1].startswith("[#fika] hello"), what="the input")
    one.expect("network: who may link")
    one.keys("\r")
    one.expect("<Ada> hello")
    one.gone("network: who may link")


def test_each_topic_and_the_keys(screen):
    one = opened(screen)
    for line, shown in (("\\help keys", "Ctrl-X action"), ("\\keys", "Ctrl-B"), ("\\help search", "from:bo"),
                        ("\\help notices", "\\watch kettle"), ("/help /join", "takes part in a channel")):
        one.type(line)
        one.expect(shown)
        one.keys("\r")


def test_what_comes_below_the_page_is_told(screen, fika):
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada")
    bo.ever("member", state="here", nick="Ada")
    one.type("\\help")
    one.expect("one of these says more")
    bo.say("Ada: are you there?")
    one.wait(lambda rows: b"\x07" in one.raw, what="the bell")
    one.keys("\x1b")
    one.expect("---- new ---")
    one.expect("! <Bo> Ada: are you there?")


def test_help_in_lines_is_lines(fika):
    node = fika(face="--lines")
    node.say("\\help search", "\\help")
    node.expect_line("-- \\search kettle")
    node.expect_line("-- \\remove_topic")


def test_a_first_start_shows_where_one_is_until_something_is_said(screen, fika):
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada")
    one.expect("you are Ada, in #fika")
    one.expect("\\invite shows what lets another machine into this network")
    one.expect("who is here: Bo")
    one.type("hello")
    one.expect("<Ada> hello")
    one.gone("who is here")
    assert bo.ever("message", text="hello")


def test_it_goes_with_the_first_line_heard_and_does_not_come_back(screen, fika, tmp_path):
    bo = fika(nick="Bo")
    one = screen(bo.address, nick="Ada", home=tmp_path / "ada")
    one.expect("who is here: Bo")
    bo.say("hello")
    one.expect("<Bo> hello")
    one.gone("who is here")
    one.type("\\quit")
    one.exits()
    one = screen(nick="Ada", home=tmp_path / "ada")
    one.expect("you are Ada on network")
    one.expect("<Bo> hello")
    assert not any("who is here" in row for row in one.screen.display)


def test_an_error_stands_where_one_looks(screen, fika):
    one = opened(screen)
    one.type("\\help")
    one.expect("one of these says more")
    one.type("\\nosuch")  # closes the page, so its answer is in sight
    one.expect("there is no \\nosuch")
    one.gone("one of these says more")
