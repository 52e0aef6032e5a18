"""What was expected and what came: whether they are the same, and how the difference is shown.

Objects of the learner's are looked at with care: by their class, not by what they say of themselves, with the
methods of the type that is asked for; whatever their own methods raise, there is an answer.
"""

from __future__ import annotations

import reprlib
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar, cast

from .worker import Stop

T = TypeVar("T")
U = TypeVar("U")
NOTHING: Any = object()  # in place of a value: there is none to show
_SHOWN = 48  # bytes or characters of a comparison
_TEXT = 300  # characters of the text of an error


def safely(ask: Callable[[], T], else_: U) -> T | U:
    """What a question to an object of the learner's gives, or else_, whatever its methods raise."""
    try:
        return ask()
    except (KeyboardInterrupt, Stop):  # the reader's, and the watchdog's
        raise
    except BaseException:
        return else_


def difference(got: Any, expected: Any) -> tuple[Any, Any] | None:
    """None if both are the same, in type too and all the way down; else the first pair that differs.

    An instance of a subclass is one of its class (http.HTTPStatus.OK is an int, a named tuple is a tuple);
    but a bool is no int, an int no float, and a bytearray no bytes.
    """
    return safely(lambda: _difference(got, expected), (got, expected))


def _difference(got: Any, expected: Any) -> tuple[Any, Any] | None:
    kind, pairs = type(expected), []
    if not issubclass(type(got), kind) or (type(got) is bool) is not (kind is bool):
        return got, expected
    if kind in (list, tuple):
        items = list(kind.__iter__(got))
        if len(items) != len(expected):
            return got, expected
        pairs = list(zip(items, expected))
    elif kind in (dict, set, frozenset):
        mine, asked = ({key: key for key in kind.__iter__(each)} for each in (got, expected))
        if mine != asked:
            return got, expected
        pairs = [(mine[key], key) for key in asked]
        if kind is dict:
            pairs += [(dict.__getitem__(got, key), value) for key, value in expected.items()]
    elif expected is not got and cast("Any", kind).__eq__(expected, got) is not True:
        return got, expected
    return next((found for pair in pairs if (found := _difference(*pair))), None)


def only_type(got: Any, expected: Any) -> str:
    """ "a bytearray, not bytes", if this pair differs in nothing else; else ""."""
    if type(got) in (bytearray, memoryview) and type(expected) is bytes:
        alike = bytes(got) == expected
    elif type(got) in (list, tuple) and type(expected) in (list, tuple):
        alike = type(got) is not type(expected) and not difference(list(got), list(expected))
    else:
        alike = type(got) in (bool, int, float) and type(expected) in (bool, int, float) and got == expected
    return f"{_kind(got)}, not {_kind(expected)}" if alike else ""


def _kind(value: Any) -> str:
    name = type(value).__name__
    return {"bytes": name, "int": "an int"}.get(name, f"a {name}")


def named(error: BaseException) -> str:
    """`ValueError: its text`."""
    text = safely(lambda: str(error), "its text can not be had: its __str__ fails")
    short = text if len(text) <= _TEXT else text[:_TEXT] + "…"
    return f"{type(error).__name__}: {short}" if text else type(error).__name__


def compare(expected: Any, got: Any, verb: str = "you gave", note: str = "") -> list[str]:
    """Two lines, expected and given; for bytes and text a third that points at the first difference. note: on
    what was given."""
    same_kind = type(expected) is type(got) and type(got) in (bytes, str)
    if not same_kind or expected == got:
        lines = [] if expected is NOTHING else [f"expected  {shown(expected)}"]
        return [*lines, f"{verb:<10}{shown(got)}" + (f"   ({note})" if note else "")]
    unit = "byte" if isinstance(got, bytes) else "character"
    pairs = zip(expected, got)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(got)))
    start = max(0, at - 16) if max(len(expected), len(got)) > _SHOWN else 0
    under = at
    if at == len(got):
        under = max(start, at - 1)  # the last one that came
        said = f"stopped after {unit} {at} of {len(expected)}" if at else f"none of {_count(expected, unit)}"
    elif at == len(expected):
        said = f"{_count(got[at:], unit)} too many, from here on"
    else:
        said = f"{unit} {at + 1} of {len(expected)} differs"
    before = _escaped(got[start:under], _quote(got[start : start + _SHOWN]))
    left_of_it = f"{'…' * bool(start)}{'b' * (unit == 'byte')}'{before}"
    return [
        f"expected  {_excerpt(expected, start)}",
        f"{verb:<10}{_excerpt(got, start)}",
        " " * (10 + sum(map(_width, left_of_it))) + "^ " + said,
    ]


def _count(data: bytes | str, unit: str) -> str:
    return f"{len(data)} {unit}{'s' * (len(data) != 1)}"


def _excerpt(data: bytes | str, start: int) -> str:
    part, rest = data[start : start + _SHOWN], data[start + _SHOWN :]
    prefix, quote = "b" * isinstance(data, bytes), _quote(part)
    return f"{'…' * bool(start)}{prefix}{quote}{_escaped(part, quote)}{quote}{'…' * bool(rest)}"


def _quote(data: bytes | str) -> str:
    """The quote that repr would choose."""
    text = data.decode("latin-1") if isinstance(data, bytes) else data
    return '"' if "'" in text and '"' not in text else "'"


def _escaped(data: bytes | str, quote: str) -> str:
    """As repr writes it, piece by piece, so that columns can be counted."""
    if isinstance(data, bytes):
        chars = [chr(byte) if 32 <= byte < 127 else repr(bytes([byte]))[2:-1] for byte in data]
    else:
        chars = [char if char.isprintable() else repr(char)[1:-1] for char in data]
    return "".join("\\" + char if char in ("\\", quote) else char for char in chars)


def _width(char: str) -> int:
    """Columns on the screen: two for Chinese characters and most emoji, none for combining marks."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shown(value: Any) -> str:
    """As repr writes it, but short, and whatever its own repr does."""
    if type(value) in (bytes, str):
        return _excerpt(value, 0)
    return _safely_written(_FEW.repr, value)


def _safely_written(write: Callable[[Any], str], value: Any) -> str:
    return safely(lambda: write(value), f"<an object of the class {type(value).__name__}>")


class _Few(reprlib.Repr):
    def repr_instance(self, x: Any, level: int) -> str:
        text = _safely_written(repr, x)
        return text if len(text) <= self.maxother else text[: self.maxother] + "…"


_FEW = _Few()
_FEW.maxlist = _FEW.maxtuple = _FEW.maxdict = 12
_FEW.maxstring = _FEW.maxother = 200
