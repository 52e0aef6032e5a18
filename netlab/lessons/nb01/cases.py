"""Cases of notebook 01."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ... import servers
from ...check import peers
from ...check.lab import Lab
from ...check.report import Wrong
from ...wire import RECEIVING
from .stage import perform


def port_asked(lab: Lab, place: Callable[[], AbstractContextManager[Any]], answer: bool) -> None:
    socket.setdefaulttimeout(9.0)  # this program's own: it has to be so afterwards, too
    with place() as (host, port):
        got = lab.call(host, port, 0.2)
    number = isinstance(got, int) and not isinstance(got, bool)  # connect_ex's, perhaps
    lab.equal(got, answer, hint="backwards" if number else None)
    if socket.getdefaulttimeout() != 9.0:
        lab.wrong("afterwards the default timeout of the whole program was another", hint="default")


def port_asked_quietly(lab: Lab) -> None:
    listener = peers.Listener(lab)
    with servers.serve(listener) as server:
        lab.equal(lab.call(server.host, server.port, 0.2), True)
    if listener.heard:
        lab.wrong(f"the server got {bytes(listener.heard)!r}", hint="quiet")


def ordered(lab: Lab, calls: list[str]) -> None:
    calls = list(calls)
    lab.rng.shuffle(calls)
    got = lab.call(list(calls))
    if not isinstance(got, (list, tuple)) or sorted(map(str, got)) != sorted(calls):
        missing = [c for c in calls if isinstance(got, (list, tuple)) and c not in got]
        said = (
            f"not the calls that you were given: {', '.join(missing)} missing"
            if missing
            else "not the same calls"
        )
        raise Wrong(said, got=got, hint="same" if got is not None else "start")
    perform(lab, list(got))


def round_trip(lab: Lab, payload: bytes | int) -> None:
    if isinstance(payload, int):
        payload = peers.random_bytes(lab.rng, payload)
    got = lab.call(payload)
    lab.equal(got, payload)
    received = sum(event.size or 0 for event in lab.recording if event.call in RECEIVING)
    if received < 2 * len(payload) and not lab.recording.dropped:
        lab.wrong(
            f"{received} bytes went through the pair, and there and back is {2 * len(payload)}", hint="wire"
        )
