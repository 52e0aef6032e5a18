"""The mailbox: every card is in it or beside it, and the words say how many."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from netlab.lessons import mailbox
from netlab.view.kit.theme import CLIENTS, ERROR, WIDEST
from tests.view.test_packet_pictures import colors, texts


def test_it_shows_which_cards_are_in_it_by_number() -> None:
    picture = mailbox(range(1, 13), 1000)
    words = texts(picture)
    for label in ("1", "12", "12 of 1 000 taken in", "988 fell beside it"):
        assert label in words, label
    assert "13" not in words
    assert picture.caption.replace("\u202f", " ") == (
        "The mailbox took in 12 of 1 000 cards, the first ones; 988 fell beside it."
    )
    assert picture.width <= WIDEST


@pytest.mark.parametrize(
    ("kept", "sent", "caption"),
    [
        ([1, 2, 3], 3, "The mailbox took in all 3 cards."),
        ([], 5, "The mailbox took in none of 5 cards."),
        ([1, 3], 3, "The mailbox took in 2 of 3 cards, not only the first ones; 1 fell beside it."),
    ],
)
def test_the_caption(kept: list[int], sent: int, caption: str) -> None:
    assert repr(mailbox(kept, sent)) == caption
    assert repr(mailbox(kept, sent, caption="Mine.")) == "Mine."


def test_more_cards_than_it_can_show_are_counted() -> None:
    words = texts(mailbox(range(1, 103), 200))
    assert "25" in words and "+77" in words and "26" not in words


def test_a_card_beside_it_is_a_cross_and_one_in_it_a_square() -> None:
    near = {tuple(int(c[i : i + 2], 16) // 24 for i in (1, 3, 5)) for c in colors(mailbox([], 3))}
    assert tuple(int(ERROR[i : i + 2], 16) // 24 for i in (1, 3, 5)) in near
    dark = [_dark(mailbox(range(1, kept + 1), 40)) for kept in (0, 20, 40)]
    assert dark[0] < dark[1] < dark[2]


def _dark(picture: Any) -> int:
    image = Image.open(BytesIO(picture.png())).convert("RGB")
    wanted = tuple(int(CLIENTS[0][i : i + 2], 16) for i in (1, 3, 5))
    return sum(
        count for count, color in image.getcolors(1 << 24)
        if all(abs(a - b) < 24 for a, b in zip(color, wanted, strict=True))
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "sent", "words"),
    [
        ([4], 3, "Card 4 was never sent: they are numbered from 1 to 3"),
        ([0], 3, "Card 0 was never sent"),
        ([2, 2], 3, "A card is in the mailbox twice"),
        ([], 0, "from 1 to 2000, not 0"),
        ([], 2001, "from 1 to 2000, not 2001"),
        ([], True, "from 1 to 2000, not True"),
    ],
)
def test_what_makes_no_sense_is_refused(kept: list[int], sent: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mailbox(kept, sent)
