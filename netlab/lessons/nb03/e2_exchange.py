"""Exercise 03-2: one frame there, one frame back."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import Any

from ...check.engine import Cases, case, exercise
from ...check.lab import LOOP, Broke, Lab, Stuck
from ...check.memory import at_most
from ...check.peers import (
    END,
    HEAR_ALL,
    THINK,
    Script,
    Step,
    Talk,
    cut_at,
    finish,
    in_sizes,
    random_bytes,
    sliced,
)
from ...check.report import Wrong
from ...check.timeouts import hastened

LIMIT, MB = 1000, 1_000_000


@exercise(
    raises={ValueError: "limit", TimeoutError: "pause", TypeError: "bytes"},
    stuck={LOOP: "forever"},
)
def exchange(sock: socket.socket, payload: bytes, limit: int) -> Cases:
    """Send payload as one frame, and return the payload of the frame that answers it.

    A frame is a length of 4 bytes, most significant byte first, and then that many
    bytes. 0 is a length, too. Take no byte of what comes after the answer: it belongs
    to later calls. Wait as long as it takes.

    If the stream ends before the first byte of the answer, return None. If it ends
    inside the answer, raise EOFError. If the length says more than limit, raise
    ValueError, before you receive any of these bytes or reserve memory for them.
    """
    yield case("b'ping' is answered by b'pong'", converse, [b"ping"], [b"pong"], hint="pieces")
    yield case("a header in two pieces", cut_header, hint="header", raises={Exception: "header"})
    yield case("pieces of 1 to 17 bytes", in_pieces, hint="pieces", raises={Exception: "pieces"})
    yield case("two answers in one chunk", in_advance, hint="next")
    yield case("payloads of no bytes", converse, [b"", b""], [b"", b""], hint="empty")
    yield case("payloads of 256 and of 65 535 bytes", answered, 256, 65_535, hint="pieces")
    yield case("the stream ends before the answer", ended, 0, hint="clean", raises={Exception: "clean"})
    yield case("the stream ends inside the header", ended, 1, 2, 3, hint="middle")
    yield case("the stream ends inside the payload", ended, 4, 9, hint="middle")
    yield case("lengths of limit and limit + 1", announced, hint="limit")
    own = "a payload longer than the limit for the answer"
    yield case(own, more_than_it_takes, hint="own", raises={ValueError: "own"})
    yield case("a limit of 0", nothing_allowed, hint="limit")
    yield case("lengths from 64 KiB to 2³²−1", boasted, hint="limit")
    yield case("a peer that stops to think", hesitant, hint="pause")
    yield case("an answer of 70 kB", answered, 256, 70_000, hint="pieces")
    yield case("1 MB to a slow reader", large, hint="all")


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


# -- the peer hears one frame, answers it, hears the next ------------------------------------------------


def converse(
    lab: Lab,
    requests: Sequence[bytes],
    answers: Sequence[bytes],
    pieces: Iterable[Step] = (),
    slow: int = MB,
    **options: int,
) -> None:
    """pieces: of each answer's frame, if not in one; slow: how many bytes the peer takes at once."""
    wanted = b"".join(map(frame, requests))

    def answer(talk: Talk) -> Any:
        for request, reply in zip(requests, pieces or map(frame, answers)):
            talk.hear(4, slow)
            talk.hear(len(request) if wanted.startswith(talk.heard) else 0, slow)
            if not wanted.startswith(talk.heard):
                break
            yield reply
        yield END, HEAR_ALL

    def judge(complete: bool) -> None:
        """Whether the learner's frames are right, so far."""
        heard = peer.heard
        if wanted.startswith(heard) and not (complete and len(heard) < len(wanted)):
            return
        hint = "all" if heard and wanted.startswith(heard) else "frame"
        if heard[:4] == wanted[:4][::-1]:
            hint = "order"
        lab.wrong("", expected=wanted, got=heard, verb="you sent", hint=hint, first=True)

    def begun(got: Any) -> str | None:
        return "start" if got is None and not peer.heard else None

    near, asked = lab.peer(peer := Script(answer), **options), 0
    for request, reply in zip(requests, answers, strict=True):
        asked += len(frame(request))
        try:
            lab.gives(reply, near, request, MB, none=None, hint=begun)
        except (Broke, Stuck, Wrong) as failure:
            judge(complete=isinstance(failure, Stuck) and len(peer.heard) < asked)
            raise
    finish(near)
    peer.join()
    judge(complete=True)


def answered(lab: Lab, *sizes: int) -> None:
    """Requests and answers of these sizes, with every byte value."""
    requests, answers = (
        [bytes(range(256)) + random_bytes(lab.rng, size - 256) for size in sizes] for _ in range(2)
    )
    converse(lab, requests, answers)


def cut_header(lab: Lab) -> None:
    """The header cut at each place, and all its bytes alone."""
    answers, cuts = [b"one", b"two", b"three", b"four"], [(1,), (2,), (3,), (1, 2, 3)]
    converse(lab, [b"ask"] * 4, answers, [cut_at(frame(a), *cut) for a, cut in zip(answers, cuts)])


def in_pieces(lab: Lab) -> None:
    answers = [random_bytes(lab.rng, lab.rng.randint(1, 60)) for _ in range(21)]
    pieces = [
        in_sizes(frame(answer), size) if size <= 17 else sliced(frame(answer), lab.rng)
        for size, answer in enumerate(answers, 1)
    ]
    converse(lab, [b"ask"] * 21, answers, pieces)


def large(lab: Lab) -> None:
    """The peer reads a little at a time; where a socket has a timeout, send() takes only a part."""
    function = lab.function

    def with_timeout(sock: socket.socket, *args: Any) -> Any:
        sock.settimeout(30.0)
        return function(sock, *args)

    lab.function = with_timeout
    converse(lab, [random_bytes(lab.rng, MB)], [b"taken"], slow=4000, SO_SNDBUF=4096)


# -- the peer only answers -------------------------------------------------------------------------------


def in_advance(lab: Lab) -> None:
    """Two answers in one chunk: the second one belongs to the next call."""
    near = lab.peer(frame(b"first") + frame(b"second"))
    lab.gives(b"first", near, b"ask", LIMIT)
    lab.leaves(frame(b"second"), near, hint="next")
    lab.gives(b"second", near, b"ask", LIMIT)


def hesitant(lab: Lab) -> None:
    """As long as it takes: 90 s of the learner's timeouts."""
    answer = b"a thoughtful answer"
    with hastened(lab, 300):
        lab.gives(answer, lab.peer(frame(answer)[:9], THINK, frame(answer)[9:]), b"ask", LIMIT)


def ended(lab: Lab, *places: int) -> None:
    """The stream ends after so many bytes of the answer."""
    for place in places:
        near = lab.peer(frame(b"the answer")[:place], END)
        if place:
            lab.raises(EOFError, near, b"ask", LIMIT, hint="middle")
        else:
            lab.gives(None, near, b"ask", LIMIT, hint="clean")


def announced(lab: Lab) -> None:
    """A length of exactly the limit is allowed, one more is not, and its body stays where it is."""
    body = random_bytes(lab.rng, LIMIT)
    near = lab.peer(frame(body), frame(body + b"!"))
    lab.gives(body, near, b"ask", LIMIT)
    lab.raises(ValueError, near, b"ask", LIMIT, hint="limit")
    lab.leaves(body + b"!", near, hint="limit")


def nothing_allowed(lab: Lab) -> None:
    near = lab.peer(frame(b""), frame(b"!"))
    lab.gives(b"", near, b"ask", 0)
    lab.raises(ValueError, near, b"ask", 0, hint="limit")


def more_than_it_takes(lab: Lab) -> None:
    """The limit is for the answer."""
    peer = Script(frame(b"ok"), HEAR_ALL)
    payload = random_bytes(lab.rng, 2 * LIMIT)
    near = lab.peer(peer)
    lab.gives(b"ok", near, payload, LIMIT, hint="own")
    finish(near)
    peer.join()
    lab.equal(peer.heard, frame(payload), hint="frame", verb="you sent")


def boasted(lab: Lab) -> None:
    """Lengths that nobody should reserve memory for. The largest only for those who reserve none."""
    for length in (64 * MB, 1 << 16, 1 << 24, 1 << 31, 2**32 - 1):
        near = lab.peer(length.to_bytes(4, "big"))
        with at_most(lab, 8 * MB, "reserve"):
            lab.raises(ValueError, near, b"ask", LIMIT, hint="unsigned" if length >> 31 else "limit")
