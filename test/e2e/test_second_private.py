"""Private channels by the second implementation (test/second/private.py), which was written from sections 10 and 12 of
docs/PROTOCOL.md alone: the golden vectors, and as a member of a channel of the real program, also one who was removed
and goes on all the same."""

import copy
import os
import struct
import time

import pytest
from nacl import signing

from second_help import is_even, peer, ping, pump_until, receipts, second, secret_of
import private
from test_second import vectors  # noqa: F401  pylint: disable=unused-import


@pytest.fixture
def v(vectors):  # noqa: F811
    return vectors


def keys(v):
    return signing.SigningKey(v["anna.seed"]), signing.SigningKey(v["bo.seed"])


# ---- the vectors ----


def test_ids(v):
    anna, bo = keys(v)
    assert private.shared(anna, v["bo.id"]) == private.shared(bo, v["anna.id"]) == v["direct.shared"]
    assert private.direct_id(v["network.id"], bo, v["anna.id"]) == v["direct.id"]
    assert private.private_id(v["network.id"], v["anna.id"], v["private.nonce"]) == v["private.id"]


def test_lines_of_two_are_opened(v):
    _, bo = keys(v)
    prekey = private.Prekey(1, v["prekey.secret"])
    assert prekey.public == v["prekey.public"]
    for number in range(1, 7):
        opened = private.open_direct(bo, v["anna.id"], v["direct.id"], prekey, v[f"sealed{number}.sealed"])
        assert opened == (v[f"sealed{number}.kind"][0], v[f"sealed{number}.body"])
    for name in [name for name in v if name.startswith("SEALED.refuse.")]:
        with pytest.raises(ValueError):
            private.open_direct(bo, v["anna.id"], v["direct.id"], prekey, v[name])


def test_an_epoch_is_made_and_opened(v):
    anna, bo = keys(v)
    prekey = private.Prekey(1, v["prekey.secret"])
    body, _ = private.epoch_make(anna, v["private.id"], {v["bo.id"]: prekey.public}, bytes([0x91]) * 32,
                                 v["epoch.secret"], v["epoch.pair"])
    assert body == v["EPOCH.accept.bo"] and body[:48] == v["epoch.e"] + v["epoch.check"]
    assert body.endswith(v["epoch.row"])
    assert private.epoch_open(bo, v["anna.id"], v["private.id"], prekey, body) == v["epoch.secret"]
    for at in (0, 40, 100, len(body) - 1):  # e, check, and the row
        with pytest.raises(ValueError):
            wrong = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            private.epoch_open(bo, v["anna.id"], v["private.id"], prekey, wrong)
    for name in [name for name in v if name.startswith("EPOCH.")]:
        if ".accept." in name:
            private.epoch_rows(v[name])
        else:
            with pytest.raises(ValueError):
                private.epoch_rows(v[name])


def test_lines_are_sealed_and_opened(v):
    epoch = v["epoch.id"]
    for number in range(1, 6):
        sealed, kind, body = (v[f"line{number}.{field}"] for field in ("sealed", "kind", "body"))
        line = private.open_line(v["epoch.secret"], epoch, v["private.id"], v["anna.id"], 1, sealed)
        assert line == (kind[0], body)
        assert sealed == private.seal_line(v["epoch.secret"], epoch, v["private.id"], v["anna.id"], 1, kind[0], body,
                                           sealed[9:33])
    for name in [name for name in v if name.startswith("LINE.refuse.")]:
        with pytest.raises(ValueError):
            private.open_line(v["epoch.secret"], epoch, v["private.id"], v["anna.id"], 1, v[name])


def test_acts_are_made(v):
    last, tip, by = bytes([0x91]) * 32, bytes([0x92]) * 32, bytes([0x93]) * 32
    assert private.admit(v["bo.id"]) == v["ADMIT.accept.member"]
    assert private.admit(v["bo.id"], 3, 1, 1, by, last) == v["ADMIT.accept.inviter-with-history"]
    assert private.removal(v["bo.id"], 1, 7, tip, last, by, last) == v["REMOVE.accept.another"]
    assert private.removal(v["anna.id"], 1, last=last) == v["REMOVE.accept.oneself"]


# ---- a member of a channel of the real program ----


class Pia:
    """A member who is this script; she is linked by one channel at a time."""

    def __init__(self, network):
        self.seed = os.urandom(32)
        self.key, self.prekey = signing.SigningKey(self.seed), private.Prekey(int(time.time() * 1000))
        self.node, self.file, self.secret = private.node(self.key), network, secret_of(network)
        self.network, self.group = second.H(b"fika-network-v1", self.secret), None

    def link(self, ada, channel=None):
        return peer(self.file, ada, seed=self.seed, channel=channel)

    def is_invited(self, ada):
        """Ada lets her in; what she learns by that comes over the channel of the two."""
        with self.link(ada) as link:
            link.socket.send(self.prekey.card(self.network, self.key))
            ping(link)
            ada.ever("member", nick="Pia", channel="#fika")
            ada.say("\\invite Pia")
            ada.ever("notice", text=lambda text: "Pia is invited to #plans" in text)
        direct = private.Group(self.secret, private.direct_id(self.network, self.key, bytes.fromhex(ada.id)))
        with self.link(ada, direct) as link:
            pump_until(link, lambda: is_even(link) and direct.entries(private.SEALED))
        for _, entry, body in direct.entries(private.SEALED):
            kind, said = private.open_direct(self.key, entry.author, direct.id, self.prekey, body)
            assert kind == private.KEYS
            channel, invitation, secrets = private.keys_read(said)
            founder, nonce, name, _ = invitation
            assert private.private_id(self.network, founder, nonce) == channel and name == "#plans"
        self.group = private.Group(self.secret, channel)
        self.group.secrets.update(secrets)

    def says(self, link, text, epoch, group=None, process=None):
        """A line of hers under that epoch; its id."""
        group = group or self.group
        sealed = self.group.seal(self.key, "Pia", text, epoch)
        link.socket.send(group.say(self.key, process or link.process, sealed, kind=private.SEALED))
        return max((e.seq, i) for i, e in group.held.items() if e.author == self.node)[1]

    def reads(self, link, text):
        def found():
            self.group.learn(self.key, self.prekey)
            return text in self.group.texts() and is_even(link)  # newer entries come before older ones
        pump_until(link, found)


@pytest.fixture
def channel(fika, network):
    """Ada, who made #plans, Bo, who is in it, and Pia, who is invited; and what she can write under."""
    ada = fika(nick="Ada")
    bo = fika(ada.address, nick="Bo")
    ada.ever("member", nick="Bo")
    bo.ever("member", nick="Ada")
    ada.say("\\create #plans", "\\invite Bo", "before her time")
    bo.say(f"\\join {bo.ever('invitation')['channel']}")
    ada.ever("member", nick="Bo", channel="#plans")
    bo.ever("admitted", own=True)  # the newest lines may come before: until then he cannot say anything
    pia = Pia(network)
    pia.is_invited(ada)
    return ada, bo, pia


def epoch_of(pia):
    """The newest that she has the secret of."""
    return [i[:8] for i, _, _ in pia.group.entries(private.EPOCH) if i[:8] in pia.group.secrets][-1]


def test_it_is_a_member_by_the_document_alone(channel):
    ada, bo, pia = channel
    with pia.link(ada, pia.group) as link:
        ada.say("hello pia")
        pia.reads(link, "hello pia")
        pia.says(link, "hello both", epoch_of(pia))
        for node in (ada, bo):
            assert node.ever("message", text="hello both")["author"] == pia.node.hex()
        bo.say("\\channel #plans", "hello from bo")
        pia.reads(link, "hello from bo")
        assert "before her time" not in pia.group.texts()
        # A secret that nobody told her alone is in her row of its epoch's entry.
        ada.say("\\remove Bo", "without bo")
        pia.reads(link, "without bo")
        assert epoch_of(pia) == pia.group.entries(private.EPOCH)[-1][0][:8]


def test_who_is_removed_and_goes_on_is_not_shown(channel, fika):
    ada, bo, pia = channel
    with pia.link(ada, pia.group) as link:
        ada.say("hello pia")
        pia.reads(link, "hello pia")
        old = epoch_of(pia)
        pia.says(link, "while she was in", old)
        for node in (ada, bo):
            node.ever("message", text="while she was in")
        trunk = copy.deepcopy(pia.group)
        ada.say("\\remove Pia")
        bo.ever("removed", nick="Pia")
        pump_until(link, lambda: pia.group.entries(private.REMOVE))
        ada.say("after her")
        bo.ever("message", text="after her")
        before = len(pia.group.entries(private.SEALED))
        ping(link)
        pump_until(link, lambda: is_even(link))
        # The entries are hers to carry, the new secret and the text are not hers to read.
        assert pia.group.entries(private.EPOCH)[-1][0][:8] not in pia.group.secrets
        pia.group.learn(pia.key, pia.prekey)
        assert epoch_of(pia) == old and "after her" not in pia.group.texts() and before > 0
        # She goes on: under the old secret; as if it had been said before, on another branch; as one let in again.
        pia.says(link, "I go on", old)
        pump_until(link, lambda: 2 in receipts(link))
        fork = copy.deepcopy(trunk)
        for i in [i for i, e in fork.held.items() if e.author == pia.node]:
            del fork.held[i]
        pia.says(link, "said long before", old, fork, os.urandom(8))
        pia.group.term = 1
        pia.says(link, "in a new term", old)
        friend = signing.SigningKey(os.urandom(32))
        seats = [i for i, _, body in pia.group.entries(private.ADMIT) if body[:32] == pia.node]
        body = private.admit(private.node(friend), by=seats[0])
        pia.group.term = 0
        link.socket.send(pia.group.say(pia.key, link.process, body, kind=private.ADMIT))
        ping(link)
        ada.say("the end")
        bo.ever("message", text="the end")
        ping(link)
    cy = fika(bo.address, nick="Cy")  # and for who comes in later
    cy.ever("member", nick="Bo")
    ada.ever("member", nick="Cy")
    ada.say("\\invite Cy history")
    cy.say(f"\\join {cy.ever('invitation')['channel']}")
    cy.ever("message", 10, text="the end")
    cy.ever("message", text="while she was in")
    for node in (ada, bo, cy):
        said = [e["text"] for e in node.seen("message", author=pia.node.hex())]
        assert said == ["while she was in"]
        node.say("\\members #plans")
        node.ever("role", nick="Bo")
    assert {e["nick"] for e in cy.seen("role")} == {"Ada", "Bo", "Cy"}
