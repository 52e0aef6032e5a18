"""Whether a thread computes or waits, and whether it loops: told from looks at it, from outside."""

from __future__ import annotations

from time import monotonic, sleep  # ours, whatever becomes of the module
from types import FrameType

from .where import is_learners, jumps_back
from .worker import Run

LOOK = 0.1  # seconds for which a thread is watched; longer if this machine is too busy for ten looks


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
