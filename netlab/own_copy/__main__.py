"""Make or update my_course. It ends with 0 if my_course can be opened, else with 1."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from .folders import update

ROOT = Path(__file__).resolve().parents[2]
FIRST = "00_start_here.ipynb"


def main(root: Path = ROOT) -> int:
    copy = root / "my_course"
    try:
        sentences = update(root / "notebooks", copy)
    except OSError as error:
        sentences = [_explained(error, (copy / FIRST).is_file())]
    except ValueError as error:
        sentences = [f"A notebook of the course is damaged, so my_course stays as it is ({error})."]
    except KeyboardInterrupt:
        return 130  # the copy is as it was, or goes on from here
    for sentence in sentences:
        print(sentence)
    return 0 if (copy / FIRST).is_file() else 1


def _explained(error: OSError, there: bool) -> str:
    if error.errno == errno.ENOSPC:
        reason = "The disk is full"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        reason = f"{error.filename or 'my_course'} can not be written"
    else:
        reason = f"my_course could not be brought up to date ({error})"
    if there:
        return f"{reason}: my_course is as it was, and is opened so."
    return f"{reason}: there is no my_course, and the course's own notebooks are opened."


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
