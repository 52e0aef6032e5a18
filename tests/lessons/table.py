"""`python -m tests.lessons.table`: each right solution and each mutant, and the hint that it gets.

--repeat N runs everything N times; --load keeps every processor busy. Ends with 1 if anything is amiss.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import tempfile
import threading
import time
from collections import Counter
from typing import Any

from netlab import check

from .registry import Entry, everything


def judge(entry: Entry) -> tuple[bool, str, Any]:
    """(as it should be, what came out, the report)."""
    exercise = getattr(check, entry.exercise)
    exercise._seed = None  # a fresh examination
    with contextlib.redirect_stdout(io.StringIO()):
        report = exercise(entry.function)
    if entry.hint is None:
        return report.passed, "passed" if report.passed else f"hint {report.hint}", report
    found = "passed" if report.passed else str(report.hint)
    unwrapped = " ".join(str(report).split())
    return (
        not report.passed and found == entry.hint and " ".join(entry.says.split()) in unwrapped,
        found,
        report,
    )


def _burn() -> None:
    while True:
        sum(range(10_000))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--load", action="store_true", help="a busy process for each processor")
    parser.add_argument("--only", default="", help="only this exercise")
    options = parser.parse_args()
    os.environ["NETLAB_PROGRESS"] = tempfile.mkdtemp()
    burners = [
        multiprocessing.Process(target=_burn, daemon=True) for _ in range(os.cpu_count() or 1) if options.load
    ]
    for burner in burners:
        burner.start()
    amiss, slowest, threads = 0, 0.0, threading.active_count()
    for entry in [e for group in everything() for e in group if options.only in e.exercise]:
        seen: Counter[str] = Counter()
        for _ in range(options.repeat):
            began = time.monotonic()
            fine, found, report = judge(entry)
            slowest = max(slowest, time.monotonic() - began)
            seen[found if fine else f"{found} (!)"] += 1
            if not fine:
                amiss += 1
                print(report)
        kind = "right " if entry.hint is None else "mutant"
        results = ", ".join(
            f"{found} ×{count}" if options.repeat > 1 else found for found, count in seen.items()
        )
        print(f"{entry.exercise:<16} {kind} {entry.name:<62} -> {results}", flush=True)
    for burner in burners:
        burner.kill()
    left = threading.active_count() - threads
    print(f"{amiss} amiss; slowest report {slowest:.2f} s; {left} threads left")
    return int(bool(amiss or left))


if __name__ == "__main__":
    raise SystemExit(main())
