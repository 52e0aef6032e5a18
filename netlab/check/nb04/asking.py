"""Exercise 04-3: ask over UDP, with an id, tries, and a deadline."""

from __future__ import annotations

import socket
import struct
from collections.abc import Generator

from ..engine import Case, Hint, case, exercise
from ..lab import LOOP
from . import clerks

WHOLE = "1 · Each postcard is whole"
NOBODY = "2 · Nobody at home"
ASK_AGAIN = "5 · Ask again"

Cases = Generator[Case, None, None]


@exercise(
    "04-3",
    reread=ASK_AGAIN,
    hints={
        "start": Hint(
            "Two loops: the outer one sends, the inner one receives until the answer comes or time is up.",
            "Once: choose an id. For each try: sendto, a deadline, and recvfrom until the deadline.",
        ),
        "format": Hint(
            "Each datagram is 4 bytes of id, the high byte first, and then the payload as it is.",
            'struct.pack("!I", number) + request, or number.to_bytes(4, "big") + request.',
        ),
        "answer": Hint("The id is for you alone: return what comes after its 4 bytes, and only that."),
        "empty": Hint(
            "An answer may be empty: 4 bytes of id, and nothing behind them. It is an answer.",
            "len(data) >= 4 is enough: do not ask whether the answer has any bytes.",
        ),
        "size": Hint(
            "The answer was longer than what you asked recvfrom for. Where is the rest?",
            "Thrown away. No datagram is longer than 65535 bytes: ask for that many.",
            misconception=23,
            reread=WHOLE,
        ),
        "fresh": Hint(
            "An answer to an earlier call may come late. How do you tell it from the answer to this call?",
            "Choose a new id for each call: a counter outside the function, or os.urandom(4).",
        ),
        "same": Hint(
            "The answer to your first try may come while you wait for the second. Is it worth nothing?",
            "Choose the id once, before the loop: every try of one call has the same.",
        ),
        "id": Hint(
            "That was the answer to something else. How does an answer say which request it is for?",
            "Compare the first 4 bytes with those that you sent. If they differ, receive again.",
        ),
        "forged": Hint(
            "Anybody may write to your socket. Who wrote this datagram?",
            "recvfrom gives (data, sender): accept only if sender == address, host and port.",
        ),
        "runt": Hint(
            "A datagram may be shorter than an id. It may even be empty. What does your code make of it?",
            "Fewer than 4 bytes: ignore it and receive again. b'' is not an end.",
        ),
        "spends": Hint(
            "A datagram that is not the answer came, and you stopped waiting. Was the time over?",
            "Ignore it and receive again. It costs no try, and nothing is sent before timeout is over.",
        ),
        "patient": Hint(
            "The server needed a moment for its answer. Was the time over when you sent again?",
            "Send, then wait for timeout seconds. Only then comes the next try.",
        ),
        "deadline": Hint(
            "settimeout counts anew in each recvfrom. While rubbish keeps coming, when do you stop?",
            "Each send sets a deadline = time.monotonic() + timeout. Each recvfrom gets what is left of it.",
            misconception=26,
        ),
        "resend": Hint(
            "A request or its answer was lost. Silence is all that you hear of it.",
            "After timeout seconds send the same datagram again, until tries are used up.",
            misconception=25,
        ),
        "tries": Hint(
            "Count the sends: the first one is a try, too.",
            "for attempt in range(tries): send, wait. After the loop raise TimeoutError.",
        ),
        "end": Hint(
            "The caller has to learn that no answer came. What did your function give it?",
            "After the last try: raise TimeoutError. Every other outcome looks like an answer.",
        ),
        "refused": Hint(
            "An error says that one datagram found nobody. The server may be there in a moment.",
            "Catch ConnectionError around recvfrom and sendto, and go on until tries are used up.",
            misconception=24,
            reread=NOBODY,
        ),
    },
    outline="pick an id; for each try: sendto, then recvfrom until the deadline; at the end TimeoutError.",
    raises={
        TimeoutError: "resend",
        ConnectionError: "refused",
        struct.error: "runt",
        IndexError: "runt",
        TypeError: "format",
    },
    stuck={"recvfrom": "timeout", "recv": "timeout", "recvmsg": "timeout", "select": "timeout"},
)
def rpc(sock: socket.socket, address: tuple[str, int], request: bytes, timeout: float, tries: int) -> Cases:
    """Send request to the server at address over UDP, and return its answer, as bytes.

    sock is a UDP socket, address the server's (host, port). Each datagram, there and back, is a 4-byte id
    (network byte order) and then the payload; request and answer may be empty. Choose a new id for
    each call, and use it for all tries of this call. The answer is a datagram from address with your id:
    ignore any other, whether late, forged or too short to have an id, and go on waiting.

    If no answer has come timeout seconds after a send, send again, at most tries sends in all; then raise
    TimeoutError. What is ignored must not make the wait longer. A ConnectionError is no answer either.
    """
    early: dict[type[BaseException], str] = {TimeoutError: "spends"}
    hasty: dict[type[BaseException], str] = {TimeoutError: "patient"}
    deaf = dict.fromkeys(("recvfrom", "recv", "recvmsg", "recvfrom_into", "select", LOOP), "deadline")
    empty = dict.fromkeys(deaf, "empty")
    yield case("an answer at once", clerks.asked, hint="start")
    yield case("an empty request and an empty answer", clerks.asked, b"", hint="empty", stuck=empty)
    yield case("an answer of 8000 bytes", clerks.asked, bytes(range(250)) * 32, hint="size")
    yield case("a server that takes its time", clerks.thinking, hint="patient", raises=hasty)
    yield case("nobody answers and tries is 3", clerks.unanswered, 3, hint="tries")
    yield case("nobody answers and tries is 1", clerks.unanswered, 1, hint="tries")
    yield case("the first two requests are lost", clerks.lost_twice, hint="resend")
    yield case("rubbish all the time", clerks.pestered, hint="deadline", stuck=deaf, raises=early)
    yield case("the first answer comes after the second request", clerks.overtaken, hint="same")
    yield case("late answers to the call before", clerks.late, hint="id", raises=early)
    yield case("datagrams with other ids", clerks.bothered, clerks.other_ids, hint="id", raises=early)
    yield case("datagrams too short for an id", clerks.bothered, clerks.runts, hint="runt", raises=early)
    yield case("a forged answer from another port", clerks.forged, hint="forged", raises=early)
    yield case("a forged answer from another host", clerks.forged, "127.0.0.2", hint="forged", raises=early)
    yield case("nobody at home", clerks.not_at_home, hint="refused")
