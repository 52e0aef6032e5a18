"""`python -m tests.lessons.table`: each right solution and each mutant, and the hint that it gets.

--seeds N examines each with the seeds 0 to N-1, and names those on which one fares otherwise than declared:
a case that decides has to decide with every seed. --repeat N takes N seeds by chance; --load keeps every
processor busy. Ends with 1 if anything is amiss.
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
from typing import Any

from netlab import check

from .registry import Entry, everything


def judge(entry: Entry, seed: int | None = None) -> tuple[bool, str, Any]:
    """(as it should be, what came out, the report). seed: of the examination; None takes one by chance."""
    exercise = getattr(check, entry.exercise)
    exercise._seed = None  # a fresh examination
    with contextlib.redirect_stdout(io.StringIO()):
        report = exercise(entry.function, seed=seed)
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


def judge_all(entry: Entry, seeds: list[int | None]) -> tuple[bool, float]:
    """Print a line: what came out, and on which seeds. (amiss on a seed, seconds of the slowest report)."""
    seen: dict[str, list[int]] = {}
    slowest = 0.0
    for seed in seeds:
        began = time.monotonic()
        fine, found, report = judge(entry, seed)
        slowest = max(slowest, time.monotonic() - began)
        result = found if fine else f"{found} (!)"
        if not fine and result not in seen:
            print(report)
        seen.setdefault(result, []).append(report.seed)
    results = []
    for result, those in seen.items():
        count = f" ×{len(those)}" if len(seeds) > 1 else ""
        which = f" on seeds {', '.join(map(str, those))}" if "(!)" in result and len(seen) > 1 else ""
        results.append(result + count + which)
    kind = "right " if entry.hint is None else "mutant"
    print(f"{entry.exercise:<16} {kind} {entry.name:<62} -> {'; '.join(results)}", flush=True)
    return any("(!)" in result for result in seen), slowest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="examine with each of so many seeds")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--load", action="store_true", help="a busy process for each processor")
    parser.add_argument("--only", default="", help="only exercises with this in their name")
    parser.add_argument("--named", default="", help="only those with this in their description")
    options = parser.parse_args()
    os.environ["NETLAB_PROGRESS"] = tempfile.mkdtemp()
    burners = [
        multiprocessing.Process(target=_burn, daemon=True) for _ in range(os.cpu_count() or 1) if options.load
    ]
    for burner in burners:
        burner.start()
    amiss, slowest, threads = 0, (0.0, ""), threading.active_count()
    seeds = [*range(options.seeds)] or [None] * options.repeat
    for entry in [e for group in everything() for e in group]:
        if options.only in entry.exercise and options.named in entry.name:
            wrong, seconds = judge_all(entry, seeds)
            amiss += wrong
            slowest = max(slowest, (seconds, f"{entry.exercise}: {entry.name}"))
    for burner in burners:
        burner.kill()
    left = threading.active_count() - threads
    print(f"{amiss} amiss; slowest report {slowest[0]:.2f} s ({slowest[1]}); {left} threads left")
    return int(bool(amiss or left))


if __name__ == "__main__":
    raise SystemExit(main())
