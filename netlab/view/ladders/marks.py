"""What there is to place on a ladder: lanes, and moments on them. Lengths are in CSS pixels. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..kit.theme import HEAD, NOTE, text_width

TOP, FOOT = 92, 34  # room for the heads of the lanes, and for the last line


@dataclass(eq=False)
class Mark:
    """A moment on a lane. The stack gives it its height `y`."""

    time: float
    lane: str
    column: str = ""  # marks of one column never share a height; a mark without one only obeys `after`
    above: float = 0  # least distance to what is above it in its column; 0: `after` says enough
    below: float = 0  # what its words take up below it
    after: list[tuple[Mark, float]] = field(default_factory=list, repr=False)  # what is higher, by how much
    y: float = 0


@dataclass(eq=False)
class Lane:
    """A vertical line with a head. Words stand outside of it, so the middle is free for arrows."""

    name: str
    side: int  # -1: words on the left, +1: on the right
    color: str
    above: str = ""  # words above the head
    title: str = ""
    address: str = ""
    ghost: bool = False  # nobody is there
    x: float = 0
    zone: float = 0  # room for its words

    @property
    def head_width(self) -> float:
        """How wide its head is, the address included."""
        return max(text_width(self.title, HEAD, bold=True) + 26, text_width(self.address, NOTE) * 0.95)


def address_text(address: Any) -> str:
    """127.0.0.1:8080, [::1]:8080, or a path."""
    if isinstance(address, tuple) and len(address) >= 2:
        host = f"[{address[0]}]" if ":" in str(address[0]) else address[0]
        return f"{host}:{address[1]}"
    text = address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address or "")
    text = "".join(c if c.isprintable() else "@" for c in text)  # abstract names begin with a zero byte
    return text if len(text) <= 24 else "…" + text[-23:]
