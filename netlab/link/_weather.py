"""The weather of a path in words and from words: what is wrong is refused by name."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from .model import Link


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
