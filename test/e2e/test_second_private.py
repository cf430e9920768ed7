"""Private channels by the second implementation (test/second/private.py), which was written from sections 10 and 12 of
docs/PROTOCOL.md alone: the golden vectors, and as a member of a channel of the real program, also one who was removed
and goes on all the same."""

import pytest
from nacl import signing

import second_help  # noqa: F401  pylint: disable=unused-import
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
    last, tip = bytes([0x91]) * 32, bytes([0x92]) * 32
    assert private.admit(v["bo.id"]) == v["ADMIT.accept.member"]
    assert private.admit(v["bo.id"], 3, 1, 1, last) == v["ADMIT.accept.inviter-with-history"]
    assert private.removal(v["bo.id"], 1, 7, tip, last, last) == v["REMOVE.accept.another"]
    assert private.removal(v["anna.id"], 1, last=last) == v["REMOVE.accept.oneself"]
