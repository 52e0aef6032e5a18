"""The weather of both directions: checked, in words, and on its way to the child process."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any, Generic, NamedTuple, TypeVar

from .model import Burst, Link

T = TypeVar("T")


class Both(NamedTuple, Generic[T]):
    """One thing for each direction: `out` is from client to server, `back` from server to client."""

    out: T
    back: T

    def of(self, out: bool) -> T:
        return self.out if out else self.back


def checked(name: str, link: Link, weather: dict[str, Any] | None = None) -> Link:
    """The link with these parameters changed. TypeError or ValueError, by name, for one that is wrong."""
    if not isinstance(link, Link):
        raise TypeError(f"{name}={link!r}: give a Link.")
    known = [field.name for field in fields(Link)]
    for parameter in weather or {}:
        if parameter not in known:
            raise TypeError(f"There is no parameter {parameter!r}. The weather has {', '.join(known)}.")
    return replace(link, **weather) if weather else link


def said(link: Link, back: Link | None = None) -> str:
    """Link(delay=0.02, loss=0.05), with only what is not as usual."""
    usual = Link()
    values = [(field.name, getattr(link, field.name), getattr(usual, field.name)) for field in fields(Link)]
    text = f"Link({', '.join(f'{name}={value!r}' for name, value, other in values if value != other)})"
    return text if back is None else f"{text}, back {said(back)}"


def to_plain(links: Both[Link]) -> tuple[dict[str, Any], ...]:
    """Both links as marshal can carry them."""
    return tuple(map(asdict, links))


def from_plain(plain: tuple[dict[str, Any], ...]) -> Both[Link]:
    return Both(*map(_link, plain))


def _link(fields: dict[str, Any]) -> Link:
    loss = fields["loss"]
    return Link(**{**fields, "loss": Burst(**loss) if isinstance(loss, dict) else loss})
