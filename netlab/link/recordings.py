"""The same experiment everywhere: live where the system allows it, else from the recording of it."""

from __future__ import annotations

import ast
import os
import platform
import re
import socket
import sys
import time
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from pprint import pformat
from typing import Any

from ..wire import NotOnThisSystem, PacketEvent, pcapng
from .kernel_path import KernelPath
from .model import Link

FOLDER = Path(__file__).parents[2] / "notebooks" / "recordings"
MAKE = "NETLAB_RECORD"  # an environment variable: 1 makes the recordings anew
MOST = 4096  # letters of a result that is kept


class Run(list[PacketEvent]):
    """The packets of an experiment, and what it returned: `result`.

    `live` is False if they come from a recording; then `note` says so in one line, with date, system and why.
    A notebook shows that line below the cell, in a form that its tests do not compare.
    """

    def __init__(self, packets: Iterable[PacketEvent], result: Any = None, note: str = "") -> None:
        super().__init__(packets)
        self.result, self.note = result, note

    @property
    def live(self) -> bool:
        return not self.note


def on_path(
    name: str,
    experiment: Callable[[KernelPath], Any],
    /,
    link: Link | None = None,
    *,
    folder: str | os.PathLike[str] = FOLDER,
    **options: Any,
) -> Run:
    """Run `experiment(path)` on a kernel path and return its packets; elsewhere, those of its recording.

        def handshake(path):
            with path.listen() as listener, path.socket() as client:
                client.connect((path.far, listener.getsockname()[1]))

        run = link.on_path("01_handshake", handshake, delay=0.02)
        packet_ladder(run)

    `link` and `options` are those of link.kernel(). The recording is FOLDER/name.pcapng; this very call makes
    it, on Linux with NETLAB_RECORD=1 in the environment. What the experiment returns is kept with it, so it
    must be a plain value (numbers, text, bytes, and lists, tuples and dicts of those). It must not print.

    Raise NotOnThisSystem if there is neither a kernel path nor a recording, ValueError for a wrong name or,
    while recording, for a result that can not be kept; and whatever the experiment raises.
    """
    file, make = _recording(folder, name, "pcapng")
    try:
        path = KernelPath(link, **options)
    except NotOnThisSystem as error:
        if make:
            raise
        return _replay(file, str(error))
    with path:
        result = experiment(path)
        kept = as_text(result) if make else ""
        _settle(path)
        packets = path.packets
        if make:
            path.save(file, note=f"; result: {kept}")
    return Run(packets, result)


def try_here(name: str, experiment: Callable[[], Any], *, folder: str | os.PathLike[str] = FOLDER) -> Run:
    """Run `experiment()`; where the system refuses it, take its recorded result instead.

    A system refuses with an OSError, or has no name for it in the module socket (TCP_SYNCNT on macOS).

        run = try_here("02_three_servers", three_servers)

    The recording is FOLDER/name.txt, made as those of on_path(); the result must be a plain value, too.

    Raise the refusal itself if there is no recording, or while recording; ValueError for a wrong name or a
    result that can not be kept; and whatever else the experiment raises.
    """
    file, make = _recording(folder, name, "txt")
    try:
        result = experiment()
    except (OSError, AttributeError) as error:
        unknown_here = isinstance(error, AttributeError) and error.obj is socket and str(error.name).isupper()
        if make or not file.is_file() or not (unknown_here or isinstance(error, OSError)):
            raise
        head, _, kept = file.read_text(encoding="utf-8").partition("\n")
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return _stand_in(head.lstrip("# "), f"this machine cannot run it ({why})", kept)
    if make:
        as_text(result)  # complains about what is no plain value
        system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
        text = f"# {_made(time.time(), system)}\n{pformat(result, width=100, sort_dicts=False)}\n"
        file.write_bytes(text.encode())  # the same line ends on every system
    return Run([], result)


def _recording(folder: str | os.PathLike[str], name: str, kind: str) -> tuple[Path, bool]:
    """The file of a recording, and whether to make it now."""
    if not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"name={name!r}: use letters, digits, _ and -. It becomes the name of a file.")
    if make := os.environ.get(MAKE, "") not in ("", "0"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) / f"{name}.{kind}", make


def _settle(path: KernelPath) -> None:
    """Let arrive what is on the link, for at most a second: the last FIN and its ACK belong to the story."""
    deadline = time.monotonic() + 1.0
    quiet = 2 * max(path.link.delay, path.back.delay) + 0.02
    while time.monotonic() < deadline:
        packets = path.packets
        under_way = any(p.delivered is None and p.due is not None for p in packets)
        newest = max((max(p.sent, p.delivered or 0.0) for p in packets), default=0.0)
        if not under_way and time.perf_counter() - packets.began - newest > quiet:
            return
        time.sleep(0.005)


def as_text(result: Any) -> str:
    """An experiment's result as it is kept. Raises ValueError if it is no plain value."""
    text = repr(result)
    try:
        same = ast.literal_eval(text) == result
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        same = False
    if not same or len(text) > MOST:
        wanted = f"to be recorded, it must return a plain value of at most {MOST} letters"
        raise ValueError(f"The experiment returned {text[:60]}: {wanted}.")
    return text


def _replay(file: Path, why: str) -> Run:
    try:
        capture = pcapng.read(file)
    except FileNotFoundError:
        wanted = f"there is no recording {file.name}. On Linux, {MAKE}=1 in the environment makes it."
        raise NotOnThisSystem(f"{why.rstrip('.')}; and {wanted}") from None
    kept = capture.comment.partition("; result: ")[2]
    made = _made(capture.started, capture.system or "another machine")
    return _stand_in(made, why.partition(": ")[2].rstrip(".") or why, kept or "None", capture.packets)


def _made(when: float, system: str) -> str:
    return f"A recording of {time.strftime('%Y-%m-%d', time.gmtime(when))} on {system}"


def _stand_in(made: str, why: str, kept: str, packets: Iterable[PacketEvent] = ()) -> Run:
    note = f"{made}; not live, because {why}."
    show_note(note)
    return Run(packets, ast.literal_eval(kept), note)


_shown: tuple[int, str] = (0, "")  # the cell that said it last, and what


def show_note(note: str) -> None:
    """In a notebook, say it below the cell, once: as a widget without text form, which nbval leaves out."""
    global _shown
    ipython = sys.modules.get("IPython.core.getipython")
    shell: Any = ipython and ipython.get_ipython()
    if not hasattr(shell, "kernel") or _shown == (shell.execution_count, note):
        return
    _shown = shell.execution_count, note
    import ipywidgets
    from IPython.display import display

    box = ipywidgets.HTML(f"<small>{escape(note)}</small>")
    kind = "application/vnd.jupyter.widget-view+json"
    display({kind: {"version_major": 2, "version_minor": 0, "model_id": box.model_id}}, raw=True)
