"""Exercise 03-4: upload."""

from __future__ import annotations

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP
from . import uploads


@exercise(
    raises={OSError: "half", TimeoutError: "pause", TypeError: "bytes"},
    stuck={"sendall": "both", "send": "both", "join": "both", "recv": "finish", LOOP: "forever"},
)
def upload(address: tuple[str, int], data: bytes) -> Cases:
    """Send data to the server at address, and return all that it answers, as bytes.

    address is (host, port). Send all of data, then say by half-close that this was
    all: some servers answer only then. Others answer while they read, and stop reading
    while nobody takes their answer: so receive while you send. The answer is complete
    when the server ends its stream, even if it has not read everything yet.

    If the connection breaks, let the ConnectionError out: half an answer is none.
    Close your socket, and leave no thread running.
    """
    yield case("a server that answers after the end", uploads.answered, b"hello", [b"stored"], hint="half")
    yield case("an answer in drips", uploads.answered, b"hello", [b"s", b"to", b"r", b"ed"], hint="pieces")
    yield case("nothing to send", uploads.answered, b"", [b"0 bytes stored"], hint="half")
    yield case("nothing to answer", uploads.answered, bytes(range(256)), [])
    yield case("1 MB of any bytes", uploads.answered, 1_000_000, [b"stored"], hint="all")
    yield case(
        "an answer in blocks of 1024 bytes",
        uploads.answered,
        b"hello",
        [bytes(1024)] * 3 + [b"!"],
        hint="short",
    )
    yield case(
        "a server that stops to think", uploads.answered, b"hello", [b"sto", b"red"], 0.3, hint="pause"
    )
    yield case("a server that vanishes early", uploads.broke_off, 1000, uploads.MUCH, hint="broken")
    yield case("a server that vanishes late", uploads.broke_off, 5001, 5000, hint="broken")
    yield case(
        "a server that answers early", uploads.answered_early, hint="early", raises={Exception: "early"}
    )
    yield case("4 MB to a server that echoes while it reads", uploads.echoed, uploads.MUCH, hint="both")
