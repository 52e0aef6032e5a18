"""Links lead somewhere: relative, to a file of the repository, to a heading that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

from tests.notebooks.rules.subject import Lesson
from tests.notebooks.rules.text import CODE_SPAN, MATH
from tests.notebooks.structure import FENCE, ROOT, anchors, load, prose

LINK = re.compile(r"\]\(\s*<?((?:[^()\s]|\([^()\s]*\))*)>?(?:\s+[\"'][^)]*)?\)")
HTML_LINK = re.compile(r"""<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*["']([^"']*)["']""")
HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.M)


def links_lead_somewhere(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.markdown():
        for offence in broken_links(prose(cell), lesson.path):
            yield f"{lesson.where(cell)}: {offence}"


def broken_links(text: str, file: Path) -> Iterator[str]:
    """The links in `text`, which stands in `file`, that do not lead somewhere. The web is not asked."""
    text = MATH.sub(" ", CODE_SPAN.sub(" ", FENCE.sub("", text)))
    for link in [*LINK.findall(text), *HTML_LINK.findall(text)]:
        parts = urlparse(link)
        if parts.scheme in ("http", "https", "mailto"):
            continue
        if parts.scheme or link.startswith("/"):
            yield f"the link {link} is not relative"
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        root = ROOT if file.resolve().is_relative_to(ROOT) else file.parent
        if not target.is_relative_to(root.resolve()) and target != file:
            yield f"the link {link} leaves the repository"
        elif not target.exists():
            yield f"the link {link} leads to nothing"
        elif parts.fragment and parts.fragment not in (names := anchors_in(target)):
            yield f"the link {link} leads to no place in {target.name}; there are: {', '.join(sorted(names))}"


def anchors_in(file: Path) -> set[str]:
    """What can stand after # in a link to this file: JupyterLab's names, or GitHub's for .md files."""
    if file.suffix == ".ipynb":
        return anchors(load(file))
    if file.suffix != ".md":
        return set()
    names: set[str] = set()
    for text in HEADING.findall(FENCE.sub("", file.read_text(encoding="utf-8"))):
        name = re.sub(r"[^\w\- ]", "", _shown(text).lower()).replace(" ", "-")
        number = 1
        while (numbered := name if number == 1 else f"{name}-{number - 1}") in names:
            number += 1
        names.add(numbered)
    return names


def _shown(heading: str) -> str:
    return re.sub(r"[*`]", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading))


RULES = (links_lead_somewhere,)
