"""The prose: the voice, the spelling, the minutes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.notebooks.rules.subject import Lesson
from tests.notebooks.structure import Cell, headings, prose, source

FORBIDDEN = {
    r"simply": "simply",
    r"just": "just",
    r"obvious(ly)?": "obviously",
    r"let['’]s dive in": "let's dive in",
}
# Written in British English, and how the course writes it. Whole words; endings are given where they differ.
BRITISH = {
    r"(un)?colour(s|ed|ing|ful)?": "color", r"behaviours?": "behavior", r"favour(s|ed|ite)?": "favor",
    r"neighbour(s|ing)?": "neighbor", r"honour(s|ed)?": "honor", r"endeavour": "endeavor", r"labour": "labor",
    r"centre[sd]?": "center", r"metres?": "meter", r"litres?": "liter", r"fibres?": "fiber", r"grey": "gray",
    r"analys(ed?|er|ing)": "analyze", r"catalogues?": "catalog", r"programmes?": "program",
    r"licence": "license", r"defence": "defense", r"artefacts?": "artifact", r"whilst": "while",
    r"amongst": "among", r"learnt": "learned",
    r"travell(ed|ing|er)": "traveled", r"labell(ed|ing)": "labeled", r"modell(ed|ing)": "modeled",
    r"signall(ed|ing)": "signaled", r"judgement": "judgment", r"sceptical": "skeptical",
    r"(organ|real|recogn|normal|serial|deserial|initial|synchron|optim|minim|maxim|summar|util|emphas|visual|special|"
    r"general|custom|author|prior|random|categor|token|standard|memor|apolog|final|local|character|critic)is"
    r"(e|es|ed|er|ers|ing|ation|ations)": "-ize",
}  # fmt: skip
MINUTES = re.compile(r"\b(\d+)\s*min(?:utes?)?\b")
CODE_SPAN = re.compile(r"(`+).+?\1", re.S)
MATH = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.S)
HTML_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^>]*>", re.S)
TARGET = re.compile(r"\]\([^)]*\)")
ASKS = {"predict", "quiz", "Playground", "netlab.predict", "netlab.quiz", "netlab.Playground"}


def words_of(markdown: str) -> str:
    """Markdown without its code, formulas, tags, link targets and image marks: what is read as prose."""
    for pattern in (CODE_SPAN, MATH, HTML_TAG, TARGET):
        markdown = pattern.sub(" ", markdown)
    return markdown.replace("![", "[")


def spoken(lesson: Lesson) -> Iterator[tuple[Cell, str]]:
    """All text that speaks to the reader: Markdown, the words of questions and playgrounds, docstrings."""
    for cell in lesson.markdown():
        yield cell, words_of(prose(cell))
    for cell, call, name in lesson.calls():
        if name in ASKS:
            for node in ast.walk(call):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield cell, words_of(node.value)
    for cell, tree in lesson.trees:
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
                yield cell, words_of(ast.get_docstring(node) or "")


def no_forbidden_word(lesson: Lesson) -> Iterator[str]:
    for cell, text in spoken(lesson):
        for pattern, word in FORBIDDEN.items():
            for found in re.finditer(rf"\b({pattern})\b", text, re.I):
                yield f"{lesson.where(cell)}: {word!r}: {_around(text, found)}"


def no_exclamation_mark(lesson: Lesson) -> Iterator[str]:
    for cell, text in spoken(lesson):
        for found in re.finditer(r"[\w.,)*]!+(?=[\s\"')*]|$)", text):  # not the one in "!IH"
            yield f"{lesson.where(cell)}: an exclamation mark: {_around(text, found)}"


def american_spelling(lesson: Lesson) -> Iterator[str]:
    for cell, text in spoken(lesson):
        for offence in british(text):
            yield f"{lesson.where(cell)}: {offence}"


def british(text: str) -> Iterator[str]:
    """British spellings in a text, each with the American one."""
    for pattern, american in BRITISH.items():
        for found in re.finditer(rf"\b(?:{pattern})\b", text, re.I):
            yield f"{found.group()!r} is British spelling, write {american!r}"


def images_have_alt_text(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.markdown():
        text = CODE_SPAN.sub(" ", prose(cell))
        for found in re.finditer(r"!\[([^\]]*)\]|<img\b[^>]*>", text):
            alt = found.group(1)
            if alt is None:
                alt = "".join(re.findall(r"""\balt=["']([^"']*)["']""", found.group()))
            if len(alt.split()) < 2:
                yield f"{lesson.where(cell)}: an image without a text that describes it: {found.group()[:60]}"


def minutes_add_up(lesson: Lesson) -> Iterator[str]:
    """The total stands in the cell of the H1; each H2 has its own, in its line or the next; they add up."""
    total, parts, first = None, 0, None
    for cell in lesson.markdown():
        for level, text in headings(cell):
            if level == 1:
                found = MINUTES.search(prose(cell))
                total, first = (int(found.group(1)) if found else None), cell
            elif level == 2:
                after = source(cell).partition(text)[2].lstrip("#* \t\n").split("\n")[0]
                found = MINUTES.search(text) or MINUTES.search(after)
                if found is None:
                    yield f"{lesson.where(cell)}: the section {text!r} does not say its minutes"
                else:
                    parts += int(found.group(1))
    if first is not None and total is None:
        yield f"{lesson.where(first)}: the title's cell does not say the notebook's minutes"
    elif total is not None and total != parts:
        yield f"{lesson.path.name}: {total} minutes are promised, but the sections add up to {parts}"


def _around(text: str, found: re.Match[str]) -> str:
    return repr("…" + " ".join(text[max(0, found.start() - 30) : found.end() + 20].split()) + "…")


RULES = (no_forbidden_word, no_exclamation_mark, american_spelling, images_have_alt_text, minutes_add_up)
