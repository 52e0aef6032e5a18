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
        verdict = (
            "This machine is ready for the course." if self.ready else "Mend the lines marked [ -- ] first."
        )
        return "\n".join([*map(str, self.findings), "", verdict])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = ""
        for finding in self.findings:
            cells = (
                "✓ works" if finding.works else "✗ not here",
                f"<b>{escape(finding.name)}</b>",
                escape(finding.text),
            )
            rows += "<tr>" + "".join(f"<td style='text-align: left'>{cell}</td>" for cell in cells) + "</tr>"
        return f"<table>{rows}</table><p>{escape(str(self).splitlines()[-1])}</p>"


def doctor() -> Diagnosis:
    """Try, on this machine and right now, everything that the course needs. Changes nothing."""
    return Diagnosis(tuple(probe() for probe in _PROBES))


def _python() -> Finding:
    return Finding("Python", True, f"{platform.python_version()} on {platform.system()}")


def _loopback(family: socket.AddressFamily, host: str) -> str | None:
    """None if two sockets can talk over `host`, else the reason why not."""
    try:
        with (
            socket.socket(family) as listener,
            socket.socket(family) as client,
        ):
            listener.bind((host, 0))
            listener.listen()
            client.settimeout(2)
            client.connect(listener.getsockname())
    except OSError as error:
        return error.strerror or str(error)
    return None


def _ipv4() -> Finding:
    reason = _loopback(socket.AF_INET, "127.0.0.1")
    return Finding("IPv4 loopback", reason is None, reason or "127.0.0.1 answers")


def _ipv6() -> Finding:
    reason = _loopback(socket.AF_INET6, "::1") if socket.has_ipv6 else "Python was built without IPv6"
    return Finding(
        "IPv6 loopback", reason is None, reason or "::1 answers", "The cells that need it say so and go on."
    )


def _unix_sockets() -> Finding:
    works = hasattr(socket, "AF_UNIX")
    detail = "AF_UNIX is here" if works else "this Python has no AF_UNIX"
    return Finding("Unix sockets", works, detail, "socket.socketpair() is used instead.")


def _kernel_view() -> Finding:
    from .wire import tcp_info

    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            tcp_info(listener)
    except OSError as error:
        return Finding(
            "Kernel view", False, str(error).rstrip("."), "You see the states, but not the timers."
        )
    return Finding("Kernel view", True, "states, queues and timers of every socket of yours")


def _packet_view() -> Finding:
    from .link import kernel

    answer = kernel.available()
    instead = "The same cells draw from recordings and say so."
    if answer:
        return Finding("Packet view", True, "real packets of your kernel, on a line with weather")
    return Finding("Packet view", False, str(answer).rstrip("."), instead)


def _widgets() -> Finding:
    missing = [name for name in ("ipywidgets", "jupyterlab_widgets") if find_spec(name) is None]
    if missing:
        remedy = "Pictures stay, sliders do not move: pip install -r requirements.txt brings them."
        return Finding("Widgets", False, f"{' and '.join(missing)} not installed", remedy)
    return Finding("Widgets", True, "sliders and quizzes work in JupyterLab")


_PROBES: tuple[Callable[[], Finding], ...] = (
    _python,
    _ipv4,
    _ipv6,
    _unix_sockets,
    _kernel_view,
    _packet_view,
    _widgets,
)
