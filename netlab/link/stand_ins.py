"""An experiment that this machine cannot make, and the result that it once gave elsewhere."""

from __future__ import annotations

import ast
import os
import platform
import re
import time
from collections.abc import Callable
from pathlib import Path
from pprint import pformat
from typing import Any

from .recordings import FOLDER, MAKE, Run, as_text, show_note


def live_or_recorded(
    name: str, experiment: Callable[[], Any], *, folder: str | os.PathLike[str] = FOLDER
) -> Run:
    """Run `experiment()`; where the system refuses it with an OSError, take its recorded result instead.

        run = live_or_recorded("02_three_servers", three_servers)
        run.result

    `run.live` is False for a recorded result, and `run.note` says so and why, in one line. A notebook shows
    that line below the cell, in a form that its tests do not compare. The recording is FOLDER/name.txt; this
    very call makes it with NETLAB_RECORD=1 in the environment, so the result must be a plain value.

    Raise the OSError itself if there is no recording, or while recording; ValueError for a wrong name or a
    result that can not be kept; and whatever else the experiment raises.
    """
    if not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"name={name!r}: use letters, digits, _ and -. It becomes the name of a file.")
    file = Path(folder) / f"{name}.txt"
    make = os.environ.get(MAKE, "") not in ("", "0")
    try:
        result = experiment()
    except OSError as error:
        if make or not file.is_file():
            raise
        head, _, kept = file.read_text(encoding="utf-8").partition("\n")
        why = error.strerror or str(error) or type(error).__name__
        note = f"{head.lstrip('# ')}; not live, because this machine cannot run it ({why})."
        show_note(note)
        return Run([], ast.literal_eval(kept), note)
    if make:
        as_text(result)  # complains about what is no plain value
        system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
        head = f"# A recording of {time.strftime('%Y-%m-%d', time.gmtime())} on {system}"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = f"{head}\n{pformat(result, width=100, sort_dicts=False)}\n"
        file.write_bytes(text.encode())  # the same line ends on every system
    return Run([], result)
