"""What a statement is about to replace: `server = EchoServer(port=8080)` in a cell that is run again.

Python makes the new object first and lets go of the old one afterwards. They can not both have the port, so
the new one has to know whose place it takes. The bytecode tells: behind the call that runs in a frame stand
the names to which its result goes. A caller that returns the result passes the question on to its own caller.
"""

from __future__ import annotations

import dis
from itertools import takewhile
from types import FrameType
from typing import Any

_LOCAL = ("STORE_NAME", "STORE_FAST", "STORE_DEREF")
_STORE = (*_LOCAL, "STORE_GLOBAL")


def about_to_be_replaced(made: object, frame: FrameType | None) -> list[Any]:
    """What the names mean now to which `made` is assigned, seen from the `frame` of its __init__."""
    while frame is not None and frame.f_code.co_name == "__init__":  # its own, and its base classes'
        if frame.f_locals.get(frame.f_code.co_varnames[0]) is not made:
            break
        frame = frame.f_back
    while frame is not None:
        steps = [step for step in dis.get_instructions(frame.f_code) if step.offset > frame.f_lasti]
        after = list(takewhile(lambda s: s.opname.startswith((*_STORE, "COPY", "RETURN_VALUE")), steps))
        if not after or after[0].opname != "RETURN_VALUE":
            break
        frame = frame.f_back
    if frame is None:
        return []
    meant = []
    for step in after:
        if step.opname.startswith(_STORE):
            names = frame.f_locals if step.opname.startswith(_LOCAL) else frame.f_globals
            to = step.argval if isinstance(step.argval, tuple) else (step.argval,)
            if step.opname.endswith("_LOAD_FAST"):  # from 3.13 on two steps can be one, with two names
                to = to[:1]
            meant += [names.get(name) for name in to]
    return meant
