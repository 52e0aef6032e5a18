"""Bring notebooks into their final form and store fresh outputs. The one command for authors:

    python -m tests.notebooks.regenerate            all notebooks
    python -m tests.notebooks.regenerate 00 01      these
    python -m tests.notebooks.regenerate --check    change nothing; say what is not in form

Cell ids, metadata, slide types, navigation bars and folded solutions are written; then a fresh kernel runs
all cells and their outputs are stored. A notebook that fails, or writes to stderr, stays as it was.
"""

from __future__ import annotations

import argparse
import base64
import copy
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.notebooks import structure
from tests.notebooks.kernel import complaints, execute
from tests.notebooks.structure import NOTEBOOKS, Notebook, load, numbered


def in_form(path: Path) -> Notebook:
    """The notebook as it should be, outputs aside. The course is the numbered notebooks of its folder."""
    notebook = load(path)
    course = {other.name: load(other) for other in numbered(path.parent)}
    for other in course.values():
        structure.normalize(other)
    structure.fold_solutions(notebook, path.parent / "solutions")
    if path.name in course:
        structure.add_navigation(notebook, structure.navigation(path.name, course))
    structure.normalize(notebook)
    structure.clean_outputs(notebook)
    return notebook


def differences(path: Path) -> list[str]:
    """What `regenerate` would change in the form of this file, one line each; outputs are not compared."""
    return list(_differences(load(path), in_form(path), path))


def regenerate(path: Path, *, cell_deadline: float = 60) -> None:
    """Rewrite the file: in form, with fresh outputs. Raises RuntimeError if a cell complained."""
    notebook = execute(in_form(path), path.parent, cell_deadline=cell_deadline)
    found = complaints(notebook)
    if found:
        raise RuntimeError(f"{path.name} was not written:\n" + "\n".join(found))
    structure.normalize(notebook)  # the kernel put its version into the metadata
    structure.clean_outputs(notebook)
    structure.save(notebook, path)
    if path.name == structure.CONTENTS:
        save_readme_picture(notebook, path.parent / "images" / "first_ladder.png")


def save_readme_picture(notebook: Notebook, path: Path) -> None:
    """The README shows the first picture of the course, as it was drawn in the stored run."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(base64.b64decode(png))
                return


def _differences(was: Notebook, wanted: Notebook, path: Path) -> Iterator[str]:
    if was.get("metadata") != wanted["metadata"]:
        yield f"notebook metadata is {was.get('metadata')}, should be {wanted['metadata']}"
    before, after = [c.get("id", "") for c in was["cells"]], [c["id"] for c in wanted["cells"]]
    if before != after:
        yield from (
            line
            for line in difflib.unified_diff(before, after, "ids", "ids", lineterm="", n=0)
            if line[:2] not in ("--", "++", "@@")
        )
    old = {cell.get("id"): cell for cell in was["cells"]}
    for cell in wanted["cells"]:
        mine = old.get(cell["id"])
        if mine is None:
            continue
        if mine["metadata"] != cell["metadata"]:
            yield f"cell {cell['id']}: metadata is {mine['metadata']}, should be {cell['metadata']}"
        if mine["source"] != cell["source"]:
            yield f"cell {cell['id']}: the text differs"
            yield from difflib.unified_diff(
                mine["source"].split("\n"), cell["source"].split("\n"), lineterm="", n=0
            )
        if "outputs" in cell and mine.get("outputs") != cell["outputs"]:
            yield f"cell {cell['id']}: holds widget models"
    unsorted = copy.deepcopy(was)
    if not any((was["metadata"] != wanted["metadata"], before != after)):
        if path.read_bytes() != structure.text_of(unsorted).encode():
            yield "the file is not written as it should be (sorted keys, one-space indent, LF)"


def main(arguments: list[str] | None = None, folder: Path = NOTEBOOKS) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.notebooks.regenerate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("which", nargs="*", help="numbers or names: 00 01_sockets (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing, say what is not in form")
    options = parser.parse_args(arguments)
    paths = numbered(folder)
    unknown = [name for name in options.which if not any(path.name.startswith(name) for path in paths)]
    if unknown:
        print(
            f"No notebook begins with {', '.join(unknown)}. There are: {', '.join(p.stem for p in paths)}.",
            file=sys.stderr,
        )
        return 2
    chosen = [
        path
        for path in paths
        if not options.which or any(path.name.startswith(name) for name in options.which)
    ]
    failed = False
    for path in chosen:
        try:
            if options.check:
                found = differences(path)
                print(f"{path.name}: {'in form' if not found else 'not in form'}")
                print("\n".join(f"  {line}" for line in found), end="\n" if found else "")
                failed |= bool(found)
            else:
                regenerate(path)
                print(f"{path.name}: written")
        except (RuntimeError, OSError, ValueError) as error:
            failed = True
            print(f"{path.name}: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
