"""Small exercises to try the engine on."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

from netlab import servers
from netlab.check import peers
from netlab.check.engine import Case, Exercise, case, exercise
from netlab.check.hints import Advice, Hint
from netlab.check.lab import LOOP, Lab, LeaveOut


def read(sock: socket.socket, size: int = 1 << 24) -> bytes:
    """So many bytes, or fewer if the stream ends before. A reset counts as the end."""
    data = b""
    with suppress(ConnectionError):
        while len(data) < size and (part := sock.recv(size - len(data))):
            data += part
    return data


WHERE = "2 · Where did my messages go?"


def make_read_exact() -> Exercise:
    """The exercise of VOICE.md."""

    @exercise(
        number="03-1",
        advice=Advice(
            reread=WHERE,
            hints={
                "start": Hint("First.", "Second."),
                "loop": Hint("recv(10) may return 1 byte. What then?", misconception=2),
                "end": Hint("What does b'' mean?", misconception=7),
            },
            outline="While bytes are missing, receive as many as are missing.",
        ),
        stuck={"recv": "loop", LOOP: "end"},
        raises={TypeError: "start"},
    )
    def read_exact(sock: Any, n: Any) -> Any:
        """Return exactly n bytes from sock."""
        yield case("the peer sends 10 bytes, 1 at a time", said, b"abcdefghij", 1, hint="loop")
        yield case("all at once", said, b"abcdefghij", 10, hint="loop")
        yield case("nothing asked", said, b"", 1)

    def said(lab: Lab, data: bytes, size: int) -> None:
        with servers.serve(lambda c, a: None):  # another server beside it disturbs nobody
            lab.gives(data, lab.peer(peers.in_sizes(data, size)), len(data), none=None)

    return read_exact


def make(body: Any, *, closes: bool = True, **rules: Any) -> Exercise:
    """An exercise of one case: body(lab) runs, and the function takes nothing."""

    @exercise(
        number="99-1",
        advice=Advice(hints={"start": Hint("Begin."), "it": Hint("That is it.", misconception=7)}),
        closes=closes,
        **rules,
    )
    def sample() -> Any:
        """The contract."""
        yield case("the only case", body, hint="it")

    return sample


def plain(lab: Lab) -> None:
    """The function has to return "fine"."""
    lab.equal(lab.call(), "fine")


def cases_of(*outcomes: str) -> Exercise:
    """An exercise whose cases pass, fail or are left out as told, whatever the function does."""

    def body(lab: Lab, outcome: str) -> None:
        lab.call()
        if outcome == "failed":
            lab.wrong("so it goes", hint="start")
        if outcome == "left out":
            raise LeaveOut("not on this system")

    @exercise(
        number="99-2",
        advice=Advice(hints={"start": Hint("Begin.")}),
    )
    def told() -> Any:
        """The contract."""
        for number, outcome in enumerate(outcomes, 1):
            yield case(f"case {number}", body, outcome)

    return told


def one_case(exercise: Exercise) -> Case:
    return exercise.cases()[0]
