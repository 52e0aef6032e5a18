"""The form of a notebook file: reading, normalizing, navigation bars, folded solutions, writing.

Pure functions of notebook dictionaries (nbformat 4.5), except `load` and `save`.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
CONTENTS = "00_start_here.ipynb"  # holds the course map
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_METADATA = {
    "tags",
    "slideshow",
    "jupyter",
    "editable",
    "deletable",
}  # the rest is some tool's private note
MADE_UP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}|[0-9a-f]{32}")
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.M | re.S)

Notebook = dict[str, Any]
Cell = dict[str, Any]


def source(cell: Cell) -> str:
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def tags(cell: Cell) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def tagged(cell: Cell, prefix: str) -> str | None:
    """What follows `prefix-` in the first tag that begins so: "01-3" of "exercise-01-3"."""
    return next((tag[len(prefix) + 1 :] for tag in tags(cell) if tag.startswith(prefix + "-")), None)


def prose(cell: Cell) -> str:
    """The text of a Markdown cell without its fenced code."""
    return FENCE.sub("", source(cell)) if cell["cell_type"] == "markdown" else ""


def headings(cell: Cell) -> list[tuple[int, str]]:
    """(level, text) of each heading of a Markdown cell."""
    return [(len(marks), text) for marks, text in HEADING.findall(prose(cell))]


def title(notebook: Notebook) -> str:
    """The text of the first H1, or "" when there is none."""
    return next((text for cell in notebook["cells"] for level, text in headings(cell) if level == 1), "")


def code_cells(notebook: Notebook) -> Iterator[tuple[int, Cell]]:
    return ((n, cell) for n, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code")


def numbered(folder: Path) -> list[Path]:
    """The course's notebooks in their order: NN_name.ipynb."""
    return sorted(path for path in folder.glob("*.ipynb") if re.match(r"\d\d_", path.name))


def load(path: Path) -> Notebook:
    """The file as it is, nothing invented, nothing validated. Raises ValueError if it is not of format 4."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if notebook.get("nbformat") != 4:
        raise ValueError(f"{path.name} is not a notebook of format 4: save it again with JupyterLab.")
    for cell in notebook["cells"]:
        cell["source"] = source(cell)
    return notebook  # type: ignore[no-any-return]


def text_of(notebook: Notebook) -> str:
    """What `save` writes: sorted keys, one-space indent, LF, a newline at the end.

    Raises ValueError if nbformat does not take it for a notebook.
    """
    import nbformat

    node = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    try:
        nbformat.validate(node)
    except nbformat.ValidationError as error:
        raise ValueError(f"This is no valid notebook: {error.message}") from None
    text: str = nbformat.writes(node, sort_keys=True, indent=1, ensure_ascii=False)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def save(notebook: Notebook, path: Path) -> None:
    """Write the whole file or nothing."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(text_of(notebook).encode())
    os.replace(new, path)


def normalize(notebook: Notebook) -> None:
    """Metadata, ids and slide types as the rules want them; sources and outputs stay as they are."""
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    notebook["metadata"] = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    taken: set[str] = set()
    for cell in notebook["cells"]:
        cell["source"] = source(cell).replace("\r\n", "\n").rstrip()
        cell["metadata"] = {
            key: value
            for key, value in sorted(cell.get("metadata", {}).items())
            if key in CELL_METADATA and value
        }
        slides = cell["metadata"].setdefault("slideshow", {})
        slides.setdefault("slide_type", _slide_type(cell))
        if cell["cell_type"] == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
        wanted = cell.get("id", "")
        if not wanted or MADE_UP_ID.fullmatch(wanted) or wanted in taken:
            wanted = _readable_id(cell)
        number = 1
        while (name := wanted if number == 1 else f"{wanted}-{number}") in taken:
            number += 1
        taken.add(name)
        cell["id"] = name


def clean_outputs(notebook: Notebook) -> None:
    """Leave out what differs from run to run and helps no reader: widget models and times."""
    for _, cell in code_cells(notebook):
        cell["metadata"].pop("execution", None)
        for output in cell["outputs"]:
            output.get("data", {}).pop(WIDGET_VIEW, None)


def add_navigation(notebook: Notebook, bar: str) -> None:
    """Put the bar into the first and the last cell, and nowhere else."""
    body = [cell for cell in notebook["cells"] if "nav" not in tags(cell)]

    def nav(where: str) -> Cell:
        metadata = {"slideshow": {"slide_type": "skip"}, "tags": ["nav"]}
        return {"cell_type": "markdown", "id": f"nav-{where}", "metadata": metadata, "source": bar}

    notebook["cells"] = [nav("top"), *body, nav("bottom")]


def navigation(name: str, course: dict[str, Notebook]) -> str:
    """The Markdown of the bar: previous, contents, next; what does not exist is left out.

    `course` holds all notebooks in their order, by file name, normalized.
    """
    names = list(course)
    here = names.index(name)

    def title_of(other: str) -> str:
        return re.split(r"\s+[—–]\s+|:\s", title(course[other]))[0] or other.removesuffix(".ipynb")

    parts = []
    if here > 0:
        parts.append(f"[← {title_of(names[here - 1])}]({names[here - 1]})")
    if name != CONTENTS and CONTENTS in course:
        cells = (
            c for c in course[CONTENTS]["cells"] for _, text in headings(c) if "course map" in text.lower()
        )
        target = "".join(f"#cell-id={cell['id']}" for cell in list(cells)[:1])
        parts.append(f"[Contents]({CONTENTS}{target})")
    if here + 1 < len(names):
        parts.append(f"[{title_of(names[here + 1])} →]({names[here + 1]})")
    return " · ".join(parts)


def anchors(notebook: Notebook) -> set[str]:
    """What may stand after # in a link to a notebook so that JupyterLab 4.6 jumps there.

    It compares the link as the browser wrote it, so of the headings only plain ones can be reached: their
    text as shown, blanks as hyphens, nothing to be escaped. `cell-id=ID` reaches every cell.
    """
    found = {f"cell-id={cell.get('id')}" for cell in notebook["cells"]}
    for cell in notebook["cells"]:
        for _, heading in headings(cell):
            shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
            name = re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", shown).replace(" ", "-")
            if name.isascii():
                found.add(name)
    return found


def fold_solution(markdown: str, solution: str) -> str:
    """The cell's text with `solution` in the first code block of its <details>, made if it is missing."""
    block = "```python\n" + solution.strip("\n") + "\n```"
    details = re.search(r"<details.*?</details>", markdown, re.S)
    if details is None:
        folded = f"<details>\n<summary>Solution (try first)</summary>\n\n{block}\n\n</details>"
        return f"{markdown.rstrip()}\n\n{folded}".lstrip()
    inside = details.group()
    if FENCE.search(inside):
        inside = FENCE.sub(lambda _: block, inside, count=1)
    else:
        inside = inside.replace("</details>", f"\n{block}\n\n</details>")
    return markdown[: details.start()] + inside + markdown[details.end() :]


def fold_solutions(notebook: Notebook, solutions: Path) -> None:
    """Write notebooks/solutions/NAME.py into each Markdown cell tagged solution-NAME.

    Raises FileNotFoundError, with the cell's tag, if there is no such file.
    """
    for cell in notebook["cells"]:
        name = tagged(cell, "solution")
        if name is None or cell["cell_type"] != "markdown":
            continue
        path = solutions / f"{name}.py"
        if not path.is_file():
            raise FileNotFoundError(
                f"A cell is tagged solution-{name}, but there is no {path.name} in solutions/."
            )
        cell["source"] = fold_solution(source(cell), path.read_text(encoding="utf-8"))


def _slide_type(cell: Cell) -> str:
    if "nav" in tags(cell) or tagged(cell, "solution"):
        return "skip"
    if any(level <= 2 for level, _ in headings(cell)):
        return "slide"
    return "fragment" if cell["cell_type"] == "markdown" else "-"


def _readable_id(cell: Cell) -> str:
    text = next((text for _, text in headings(cell)), "")
    if not text:
        text = next((tag for tag in tags(cell) if "-" in tag), "") or prose(cell) or source(cell)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)[:6]
    return "-".join(words)[:48].strip("-") or cell["cell_type"]
