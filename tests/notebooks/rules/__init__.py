"""The rules for notebooks: functions of a Lesson that yield one line for each offence, the cell named."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.notebooks.rules import code, form, lesson, links, outputs, page, text
from tests.notebooks.rules.subject import Lesson

Rule = Callable[[Lesson], Iterator[str]]

RULES: dict[str, Rule] = {
    f"{module.__name__.rpartition('.')[2]}.{rule.__name__}": rule
    for module in (form, code, outputs, text, links, lesson, page)
    for rule in module.RULES
}
