"""How captions and labels put things: numbers, lists, lanes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sized

_WORDS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def number(value: int) -> str:
    """An integer for people: 1234567 becomes 1 234 567, with spaces that do not break a line."""
    return f"{value:,}".replace(",", "\u202f")


def count_bytes(size: int) -> str:
    """'1 byte', '11 bytes', '65 536 bytes'."""
    return f"{number(size)} {plural(size, 'byte')}"


def plural(n: int, noun: str) -> str:
    """'bit' for one, 'bits' for any other number."""
    return noun if n == 1 else f"{noun}s"


def was(things: Sized) -> str:
    """The verb that agrees with so many things."""
    return "was" if len(things) == 1 else "were"


def word(n: int) -> str:
    """A small number in letters: "three"; a larger one in digits."""
    return _WORDS[n] if n < len(_WORDS) else str(n)


def noun(n: int, noun: str) -> str:
    """'one datagram', 'three datagrams'."""
    return f"{word(n)} {plural(n, noun)}"


def shorten(text: str, most: int) -> tuple[str, str]:
    """The text, cut if it is too long, and then how much there was."""
    if len(text) <= most:
        return text, ""
    return text[: most - 1] + "…", f"{number(len(text))} in all"


def listing(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'; with one comma more where the parts are long."""
    *most, last = words
    if not most:
        return last
    comma = "," if len(most) > 1 and " " in "".join(most) else ""
    return f"{', '.join(most)}{comma} and {last}"


def the(actor: str) -> str:
    """A lane in a sentence: 'the client', 'client 2'; a server's connection is 'the server'."""
    actor = actor.partition(" · ")[0]
    return f"the {actor}" if actor in ("client", "server") else actor


def group(lanes: list[str]) -> str:
    """Lanes that begin a sentence: 'The client and client 2'; a number where there are many."""
    if len(lanes) > 3:
        return f"{word(len(lanes)).capitalize()} clients"
    return upper(listing(lanes))


def upper(text: str) -> str:
    """With a capital, as a sentence begins."""
    return text[:1].upper() + text[1:]
