"""Hints, as they stand in Markdown: `hints.md` of a lesson, and `common.md` for what goes wrong everywhere.

# read_exact                                   the exercise

Outline: while bytes are missing, recv.        the last step of every hint
Reread: 2 · recv gives what is there           the section that explains it

## more (misconception 1, reread "1 · ...")    a hint, by its key; what is in brackets may be missing
- After the n bytes comes another message.     its steps, from a nudge to nearly the answer
- Ask for what is still missing.

## pause (reread "6 · Four endings")           without steps: those of common.md

The keys under `# engine` in common.md are for what the engine itself finds, in every exercise: they keep
their steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

_HEADING = re.compile(r'([^()]+?)(?: \((?:misconception (\d+))?(?:, )?(?:reread "(.+)")?\))?')


class Hint:
    """Steps from a nudge to nearly the answer, and the misconception behind the error."""

    def __init__(self, *steps: str, misconception: int | None = None, reread: str | None = None) -> None:
        self.steps, self.misconception, self.reread = steps, misconception, reread


@dataclass
class Advice:
    """What an exercise says to those who are stuck."""

    outline: str = ""  # the last step of every hint
    reread: str = ""  # the section that explains it
    hints: dict[str, Hint] = field(default_factory=dict)  # by key; "start" is for those who have not begun


def read(text: str) -> dict[str, Advice]:
    """The advice for each exercise of such a file. ValueError for a line that has no place in it."""
    found: dict[str, Advice] = {}
    advice, hint = Advice(), Hint()
    for number, line in enumerate(text.splitlines(), 1):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            advice = found[rest] = Advice()
        elif kind == "##":
            match = _HEADING.fullmatch(rest)
            if match is None:
                raise ValueError(f"line {number} is no heading of a hint: {rest!r}")
            key, misconception, reread = match.groups()
            hint = Hint(misconception=int(misconception) if misconception else None, reread=reread)
            advice.hints[key] = hint
        elif kind == "-":
            hint.steps += (rest,)
        elif kind == "Outline:":
            advice.outline = rest
        elif kind == "Reread:":
            advice.reread = rest
        elif line:
            raise ValueError(f"line {number} is no heading, step, outline or section: {line!r}")
    return found


@lru_cache
def advice_of(file: Path) -> dict[str, Advice]:
    """The advice in a lesson's hints.md, completed with the common hints that it sends to another section.

    ValueError for steps of its own under a key of the engine's.
    """
    found = read(file.read_text(encoding="utf-8"))
    for advice in found.values():
        for key, hint in advice.hints.items():
            if hint.steps and key in ENGINE:
                raise ValueError(f"the hint {key!r} is the engine's: choose another key, or give no steps")
            if not hint.steps and (common := COMMON.get(key)):
                hint.steps, hint.misconception = common.steps, common.misconception
    return found


_HERE = Path(__file__).parent
_OURS = read((_HERE / "common.md").read_text(encoding="utf-8"))
ENGINE = _OURS["engine"].hints  # for what the engine finds
COMMON = {**_OURS["common"].hints, **ENGINE}
_LINES = (_HERE / "misconceptions.md").read_text(encoding="utf-8").splitlines()
# the course's numbered misconceptions, each with its truth in one line
TRUTHS = {int(number): truth for number, truth in (line.split(". ", 1) for line in _LINES)}
