"""The weather between two ends: delay, loss, rate, reordering.

    Link, Burst   the parameters of the weather, the same for every way below
    simulate      algorithms without I/O, on a virtual clock
    relay         any system: a loopback relay for UDP and TCP
    kernel        Linux: real TCP and UDP of the kernel, without root
    hold          packets wait until you decide
    recorded      an experiment on a kernel path where there is one, and else a recording of it
    live_or_recorded   the same for an experiment that needs something else of the system

Names load when they are first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .hold import hold as hold
    from .kernel import kernel as kernel
    from .model import Burst as Burst
    from .model import Fate as Fate
    from .model import Link as Link
    from .model import LinkState as LinkState
    from .simulate import Transcript as Transcript
    from .simulate import simulate as simulate

_HOME = {
    "Link": "model",
    "Burst": "model",
    "Fate": "model",
    "LinkState": "model",
    "simulate": "simulate",
    "Transcript": "simulate",
    "relay": "relay",
    "kernel": "kernel",
    "hold": "hold",
    "live_or_recorded": "stand_ins",
    "recorded": "recordings",
}
__all__ = [*_HOME]  # noqa: PLE0604


class _Package(ModuleType):
    """simulate, relay, kernel and hold are files and functions of one name: here the name is the function.

    The import system stores a module in its package, so without this `link.simulate` would stop being
    callable after any `from netlab.link.simulate import ...`.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _HOME.get(name) == name:
            value = getattr(value, name, value)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"netlab.link has no {name!r}. It offers: {', '.join(sorted(_HOME))}.")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
