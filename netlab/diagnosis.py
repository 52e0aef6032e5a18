"""What this machine can do, and what the course shows where it cannot."""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec


@dataclass(frozen=True)
class Finding:
    """One ability of this machine. `instead` says what the course does without it."""

    name: str
    works: bool
    detail: str
    instead: str = ""

    @property
    def text(self) -> str:
        """What was found and, where something is missing, what the course does instead."""
        return self.detail if self.works else f"{self.detail}. {self.instead}".strip()

    def __str__(self) -> str:
        return f"{'[ OK ]' if self.works else '[ -- ]'} {self.name:<14}{self.text}"


@dataclass(frozen=True)
class Diagnosis:
    """All findings; `ready` is true when every notebook runs, with or without substitutes."""

    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        return all(finding.works or finding.instead for finding in self.findings)

    def __str__(self) -> str:
        good, bad = "This machine is ready for the course.", "Mend the lines marked [ -- ] first."
        return "\n".join([*map(str, self.findings), "", good if self.ready else bad])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = ""
        for finding in self.findings:
            works = "✓ works" if finding.works else "✗ not here"
            cells = works, f"<b>{escape(finding.name)}</b>", escape(finding.text)
            rows += "<tr>" + "".join(f"<td style='text-align: left'>{cell}</td>" for cell in cells) + "</tr>"
        return f"<table>{rows}</table><p>{escape(str(self).splitlines()[-1])}</p>"


def doctor() -> Diagnosis:
    """Try, on this machine and right now, everything that the course needs. Changes nothing."""
    return Diagnosis(tuple(Finding(name, *_tried(probe), instead) for name, probe, instead in _PROBES))


def _tried(probe: Callable[[], str]) -> tuple[bool, str]:
    """Whether it works, and what the probe says, or why it does not."""
    try:
        return True, probe()
    except (AttributeError, ImportError, OSError) as reason:
        return False, (getattr(reason, "strerror", None) or str(reason)).rstrip(".")


def _loopback(family: socket.AddressFamily, host: str) -> str:
    if family == socket.AF_INET6 and not socket.has_ipv6:
        raise OSError("Python was built without IPv6")
    with socket.socket(family) as listener, socket.socket(family) as client:
        listener.bind((host, 0))
        listener.listen()
        client.settimeout(2)
        client.connect(listener.getsockname())
    return f"{host} answers"


def _kernel_view() -> str:
    from .wire import tcp_info

    with socket.create_server(("127.0.0.1", 0)) as listener:
        tcp_info(listener)
    return "states, queues and timers of every socket of yours"


def _packet_view() -> str:
    from .link import kernel

    if not (answer := kernel.available()):
        raise OSError(str(answer))
    return "real packets of your kernel, on a line with weather"


def _widgets() -> str:
    if missing := [name for name in ("ipywidgets", "jupyterlab_widgets") if find_spec(name) is None]:
        raise ImportError(f"{' and '.join(missing)} not installed")
    return "sliders and quizzes work in JupyterLab"


_PROBES: tuple[tuple[str, Callable[[], str], str], ...] = (  # what, how to try it, what there is instead
    ("Python", lambda: f"{platform.python_version()} on {platform.system()}", ""),
    ("IPv4 loopback", lambda: _loopback(socket.AF_INET, "127.0.0.1"), ""),
    ("IPv6 loopback", lambda: _loopback(socket.AF_INET6, "::1"), "The cells that need it say so and go on."),
    ("Unix sockets", lambda: f"{socket.AF_UNIX.name} is here", "socket.socketpair() is used instead."),
    ("Kernel view", _kernel_view, "You see the states, but not the timers."),
    ("Packet view", _packet_view, "The same cells draw from recordings and say so."),
    ("Widgets", _widgets, "Pictures stay, sliders do not move: pip install -r requirements.txt brings them."),
)
