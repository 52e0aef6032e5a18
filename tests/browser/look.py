"""Look at a notebook as a learner sees it: run it in a real JupyterLab and write what is on the screen.

    python -m tests.browser.look notebooks/01_sockets.ipynb OUTDIR [--width 1400] [--height 1000] [--dark]

Writes NAME-01.png, NAME-02.png ... (a screenful each) and NAME-cell007.png ... (each cell with a
picture or a widget, whole). The number of a cell is its place in the file, from 0.
Ends with 1 if a cell failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.browser.lab import Lab, why_not


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.look", description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--width", type=int, default=1400)
    parser.add_argument("--height", type=int, default=1000)
    parser.add_argument("--dark", action="store_true", help="JupyterLab's dark theme")
    parser.add_argument(
        "--stored", action="store_true", help="do not run: show the outputs stored in the file"
    )
    options = parser.parse_args(arguments)
    missing = why_not()
    if missing:
        print(missing, file=sys.stderr)
        return 2
    if not options.notebook.is_file():
        print(f"There is no notebook {options.notebook}.", file=sys.stderr)
        return 2

    from tests.browser.page import NotebookPage, chromium

    options.outdir.mkdir(parents=True, exist_ok=True)
    for old in options.outdir.glob(f"{options.notebook.stem}-*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="netlab-look-") as work:
        with Lab(options.notebook.parent, Path(work), dark=options.dark) as lab, chromium() as browser:
            view = NotebookPage(browser, lab, options.notebook.name, options.width, options.height)
            try:
                if not options.stored:
                    view.run_all()
                view.settle()
                written = view.screenfuls(options.outdir, options.notebook.stem)
                written += view.cell_pictures(options.outdir, options.notebook.stem)
                errors, console, outside = view.errors(), view.console, view.outside
            finally:
                view.close()
    for path in written:
        print(path)
    for title, lines in (("error output", errors), ("console", console), ("outside request", outside)):
        for line in lines:
            print(f"{title}: {line}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
