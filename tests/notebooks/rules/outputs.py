"""What is stored as output: it is what a reader on the web sees, and what nbval compares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from tests.notebooks.rules.code import HOME
from tests.notebooks.rules.subject import Lesson
from tests.notebooks.structure import WIDGET_VIEW, Cell, tags

PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}|<IPython\.\S+ object>|<[\w.]+ object at ")


def executed_in_order(lesson: Lesson) -> Iterator[str]:
    for wanted, cell in enumerate(lesson.code(), 1):
        if cell["execution_count"] != wanted:
            yield f"{lesson.where(cell)}: execution count is {cell['execution_count']}, should be {wanted}"
    if not any(cell["outputs"] for cell in lesson.code()):
        yield f"{lesson.path.name}: no outputs are stored"


def no_error_and_no_stderr(lesson: Lesson) -> Iterator[str]:
    for cell, output in _outputs(lesson):
        if output["output_type"] == "error" and "raises-exception" not in tags(cell):
            yield f"{lesson.where(cell)}: ends with {output['ename']}: {output['evalue']}"
        if output.get("name") == "stderr":
            yield f"{lesson.where(cell)}: wrote to stderr: {text_of(output)[:80]!r}"


def no_widget_state(lesson: Lesson) -> Iterator[str]:
    if "widgets" in lesson.notebook["metadata"]:
        yield f"{lesson.path.name}: holds widget state"
    for cell, output in _outputs(lesson):
        if WIDGET_VIEW in output.get("data", {}):
            yield f"{lesson.where(cell)}: holds a widget's model id, which no reader can use"


def no_svg(lesson: Lesson) -> Iterator[str]:
    for cell, output in _outputs(lesson):
        if "image/svg+xml" in output.get("data", {}) or "<svg" in text_of(output):
            yield f"{lesson.where(cell)}: SVG differs from run to run: use a netlab picture"


def nothing_of_this_machine(lesson: Lesson) -> Iterator[str]:
    for cell, output in _outputs(lesson):
        text = text_of(output)
        for found in (ADDRESS.search(text), HOME.search(text)):
            if found:
                place = text[found.start() : found.start() + 60].strip()
                yield f"{lesson.where(cell)}: the output shows what differs elsewhere: {place!r}"


def every_picture_has_a_caption(lesson: Lesson) -> Iterator[str]:
    """An image's text form is a sentence, and the output after it shows that sentence."""
    for cell in lesson.code():
        for output, after in zip(cell["outputs"], [*cell["outputs"][1:], {}], strict=False):
            if not any(kind in output.get("data", {}) for kind in PICTURES):
                continue
            caption = _join(output["data"].get("text/plain", "")).strip()
            if len(caption.split()) < 4 or caption.startswith("<") or not caption.endswith((".", "?")):
                yield f"{lesson.where(cell)}: a picture whose text form is no sentence: {caption[:60]!r}"
            elif _words(caption) not in _words(text_of(after)):
                yield f"{lesson.where(cell)}: the caption is not shown below the picture: {caption[:60]!r}"


def text_of(output: dict[str, Any]) -> str:
    """All text in an output: streams and the textual forms."""
    if output.get("output_type") == "error":
        return f"{output['ename']}: {output['evalue']}"
    forms = [form for kind, form in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join(map(_join, [output.get("text", ""), *forms]))


def _join(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def _outputs(lesson: Lesson) -> Iterator[tuple[Cell, dict[str, Any]]]:
    return ((cell, output) for cell in lesson.code() for output in cell["outputs"])


RULES = (
    executed_in_order,
    no_error_and_no_stderr,
    no_widget_state,
    no_svg,
    nothing_of_this_machine,
    every_picture_has_a_caption,
)
