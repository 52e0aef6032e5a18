"""The weather between two ends: delay, loss, rate, reordering.

    Link          the parameters of the weather, the same for every way below
    DSL, LTE, SATELLITE, BERLIN_SYDNEY ...   weather that somebody measured (places.py names each source)
    simulate      algorithms without I/O, on a virtual clock
    relay         any system: a loopback relay for UDP and TCP
    kernel        Linux: real TCP and UDP of the kernel, without root
    hold          packets wait until you decide
    on_path       an experiment on a kernel path where there is one, and else a recording of it
    try_here      the same for an experiment that needs something else of the system

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import lazy

if TYPE_CHECKING:
    from .carried import Piece as Piece
    from .holding import HeldPacket as HeldPacket
    from .holding import Hold as Hold
    from .holding import hold as hold
    from .kernel_path import KernelPath as KernelPath
    from .kernel_path import kernel as kernel
    from .model import Fate as Fate
    from .model import Link as Link
    from .places import BERLIN_FRANKFURT as BERLIN_FRANKFURT
    from .places import BERLIN_SYDNEY as BERLIN_SYDNEY
    from .places import DSL as DSL
    from .places import FIBER as FIBER
    from .places import LTE as LTE
    from .places import SATELLITE as SATELLITE
    from .places import STARLINK as STARLINK
    from .places import TRANSATLANTIC as TRANSATLANTIC
    from .recordings import on_path as on_path
    from .recordings import try_here as try_here
    from .relaying import relay as relay
    from .simulating import Context as Context
    from .simulating import Transcript as Transcript
    from .simulating import simulate as simulate

__getattr__, __dir__, __all__ = lazy.offer(__name__)
