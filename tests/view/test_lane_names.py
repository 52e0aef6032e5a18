"""Names that a notebook gives to lanes: in the picture, in the caption, and what is wrong with others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from netlab.view import describe, ladder

from . import stories
from .stories import Story
from .test_pictures import texts_of


def test_a_list_names_the_clients_as_they_appear() -> None:
    picture = ladder(stories.one_is_never_accepted(), names=["Anna", "Bert"])
    texts = texts_of(picture)
    assert {"Anna", "Bert", "server"} <= set(texts) and not {"client", "client 2"} & set(texts)
    assert picture.caption == (
        "Anna connected and sent 4 bytes. Bert sent 4 bytes. Bert was connected, although nobody accepted "
        "the connection. Bert's recv failed: the listener was closed, and that reset the connection."
    )
    assert ladder(stories.one_is_never_accepted(), names=["Anna"]).caption.startswith("Anna connected")


def test_a_mapping_names_any_lane() -> None:
    names = {"client": "Anna", "server": "Chris"}
    told = describe(stories.echo(), names)
    assert told == (
        'Anna connected, sent 5 bytes, and got 5 bytes back; then Anna closed and Chris\'s recv returned b"".'
    )
    assert describe(stories.both_wait(), names).endswith(
        " Anna and Chris both wait to receive, and nobody sends."
    )
    waits = describe(stories.nobody_accepts(), ["Anna", "Bert"])
    assert waits == "Anna and Bert were connected, although nobody accepted them."
    assert describe(stories.socketpair(), {"end 1": "Left"}) == "Left sent 2 bytes."


@pytest.mark.parametrize("name", stories.ALL)
def test_names_change_nothing_else(name: str) -> None:
    """What the lanes are called must not decide what is told of them: as many sentences, the same numbers."""
    recording = stories.ALL[name]()
    names = {actor: f"A{chr(ord('a') + i)}" for i, actor in enumerate(recording.actors)}
    plain, told = (re.sub(r"[Cc]lient \d|[Ee]nd \d", "", describe(recording, given)) for given in ((), names))
    assert re.findall(r"\d+|[.;]", plain) == re.findall(r"\d+|[.;]", told)
    assert not re.search(r"[Tt]he (client|server)\b", told)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (
            ["A", "B", "C"],
            "names= has three names for two clients: the lanes are server, client and client 2.",
        ),
        (
            {"Anna": "client"},
            "names= has a lane 'Anna' that is not there: the lanes are server, client and",
        ),
        (["Anna", "Anna"], "does not tell the lanes apart: the lanes are server, client and client 2."),
        (["server"], "does not tell the lanes apart"),
        ([" "], "does not tell the lanes apart"),
        ([7], "does not tell the lanes apart"),
    ],
)
def test_names_that_fit_no_lanes(names: Any, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        ladder(stories.one_is_never_accepted(), names=names)
    assert says in str(raised.value)


def test_names_for_nothing() -> None:
    with pytest.raises(ValueError, match="one name for no clients: nothing was recorded"):
        ladder(Story().recording(), names=["Anna"])
    assert ladder(stories.echo(), names="Anna").caption.startswith("Anna connected")
