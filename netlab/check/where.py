"""Which line of the learner's code a thread is at, which call it is making there, and whether it moves."""

from __future__ import annotations

import ast
import linecache
import opcode
import os
import sysconfig
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep  # ours, whatever becomes of the module
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .worker import Run

_HERE = str(Path(__file__).resolve().parents[1])
_NOT_THE_LEARNERS = tuple(
    str(folder) + os.sep
    for folder in {_HERE, *map(sysconfig.get_paths().get, ("stdlib", "platstdlib", "purelib"))}
)
LOOK = 0.1  # seconds for which a thread is watched; longer if this machine is too busy for ten looks


class Place(NamedTuple):
    """A line of the learner's code: `line` counts from the `def` of `function`, which is line 1.

    `call` is None where the line is not calling anything by name: `for line in file`, `with lock`.
    """

    function: str
    line: int
    source: str
    call: str | None  # the call under way there: "recv"


def at(place: Place | None) -> str:
    """`line 4 of echo_server: data = conn.recv(1024)`"""
    if place is None:
        return "outside your own lines"
    where = "the cell" if place.function == "<module>" else place.function
    return f"line {place.line} of {where}" + (f": {place.source}" if place.source else "")


def is_learners(filename: str) -> bool:
    """Whether code of this file is the learner's, not Python's, a library's or ours."""
    return not filename.startswith((*_NOT_THE_LEARNERS, "<frozen"))


def place_of(frame: FrameType, line: int, instruction: int) -> Place:
    """The place of this frame, at this line and instruction."""
    code = frame.f_code
    source = linecache.getline(code.co_filename, line, frame.f_globals).strip()
    first = code.co_firstlineno if code.co_name != "<module>" else 1
    return Place(code.co_name, line - first + 1, source, _call_under_way(frame, instruction))


def failed_at(error: BaseException) -> Place | None:
    """Where in the learner's own code this error came from."""
    trace, place = error.__traceback__, None
    while trace is not None:
        if is_learners(trace.tb_frame.f_code.co_filename):
            place = place_of(trace.tb_frame, trace.tb_lineno, trace.tb_lasti)
        trace = trace.tb_next
    return place


def jumps_back(frame: FrameType) -> bool:
    """Whether this frame is at the end of a loop's turn."""
    return "JUMP_BACKWARD" in _opname(frame, frame.f_lasti)


def _opname(frame: FrameType, at: int) -> str:
    """The name of a bytecode instruction."""
    code = frame.f_code.co_code
    while at > 0 and opcode.opname[code[at]] == "CACHE":  # what follows an instruction, and is none
        at -= 2
    return opcode.opname[code[at]]


def _call_under_way(frame: FrameType, instruction: int) -> str | None:
    """The name of the function that this line is calling, if it is calling one."""
    if "CALL" not in _opname(frame, instruction):
        return None
    first, last, start, end = list(frame.f_code.co_positions())[instruction // 2]
    if first and last and end:
        text = linecache.getlines(frame.f_code.co_filename, frame.f_globals)[first - 1 : last]
        if text:
            text[-1] = text[-1].encode()[:end].decode(errors="replace")
            text[0] = text[0].encode()[start:].decode(errors="replace")
            with suppress(SyntaxError, ValueError):
                node = ast.parse("".join(text), mode="eval").body
                if isinstance(node, ast.Call):
                    return getattr(node.func, "attr", getattr(node.func, "id", None))
    return None  # the end of a `with` block, a comprehension


def motion(run: Run) -> tuple[bool, bool]:
    """Watch a thread for a moment: whether it computes, and whether it is seen to loop.

    It loops if a call of the learner's function is twice at the same instruction and was elsewhere in
    between: in another line, or in another call below. What computes gives way to other threads between
    two instructions, and so has moved on if it is seen there twice. Without a clock for each thread, what
    moves at most looks computes.
    """
    seen: dict[tuple[FrameType, int], tuple[FrameType | None, int]] = {}  # frames are held: none is made anew
    clock, last = run.computed(), monotonic() + LOOK
    began = now = clock or 0.0
    tries = looks = moves = stays = 0
    while True:
        moved, inner, spent = False, None, now
        now = run.computed() or 0.0
        for frame, instruction in _look(run):
            if is_learners(frame.f_code.co_filename):
                below, when = seen.get(key := (frame, instruction), (None, -1))
                if when >= 0:  # it was here before
                    moved |= below is not inner or when < looks - 1 or jumps_back(frame)
                    stays += inner is None and now - spent > LOOK / 200  # it has had its turn since
                seen[key] = inner, looks
            inner = frame
        moves += moved
        looks += inner is not None
        if clock is None:
            computes = looks > 4 and max(moves, len(seen) - 1) > looks * 0.7
        else:
            computes = (run.computed() or 0.0) - began > LOOK / 20
        loops = computes and moves + stays > 0
        tries += 1
        if loops or (monotonic() > last and (tries > 9 or monotonic() > last + 3 * LOOK)):
            return computes, loops
        sleep(0.002)


def _look(run: Run) -> list[tuple[FrameType, int]]:
    """The frames of one moment, with their instructions; none if the thread went on meanwhile."""
    stack = [(frame, frame.f_lasti) for frame in run.frames()]
    top = next(run.frames(), None)
    return stack if top is not None and stack and stack[0] == (top, top.f_lasti) else []
