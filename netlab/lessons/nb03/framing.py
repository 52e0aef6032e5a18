"""Peers for the exercises on counts and frames: each function from `dripped` on that takes a lab is a case.

Every one of them works on a TCP connection whose two ends the examiner has made: the learner is given
one end, and at the other somebody cuts, merges, thinks, lies or leaves.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import Any

from ...check import peers
from ...check.lab import Broke, Lab, Stuck
from ...check.pairs import MB, at_most, in_sizes, must_name, must_raise, pair, say, waiting

LIMIT = 1000


# -- 03-1: exact counts ----------------------------------------------------------------------------


def dripped(lab: Lab) -> None:
    near, far = pair(lab)
    lab.beside(say, lab, far, list(peers.drips(b"abcdefghij")))
    got = lab.call(near, 10)
    lab.equal(got, b"abcdefghij", hint="start" if got is None else None)


def followed(lab: Lab) -> None:
    """Two messages meet in one chunk: the second one has to stay in the socket."""
    near, far = pair(lab)
    far.sendall(b"abcdef" + b"the next message")
    lab.equal(lab.call(near, 6), b"abcdef")
    lab.equal(waiting(near), b"the next message", verb="left", hint="more")


def counted(lab: Lab) -> None:
    """Pieces of each size from 1 to 17, and of any, taken in any counts."""
    near, far = pair(lab)
    blocks = [peers.random_bytes(lab.rng, 40) for _ in range(19)]
    pieces = [piece for size, block in enumerate(blocks[:17], 1) for piece in in_sizes(block, size)]
    pieces += [piece for block in blocks[17:] for piece in peers.sliced(block, lab.rng)]
    stream = b"".join(blocks)
    lab.beside(say, lab, far, pieces)
    while stream:
        count = min(len(stream), lab.rng.randint(1, 40))
        expected, stream = stream[:count], stream[count:]
        got = lab.call(near, count)
        lab.equal(got, expected, hint="pieces" if expected.startswith(bytes(got or b"")) else "more")


def large(lab: Lab) -> None:
    near, far = pair(lab)
    data = peers.random_bytes(lab.rng, MB)
    with peers.sending(far, data):
        lab.equal(lab.call(near, MB), data)


def nothing(lab: Lab) -> None:
    near, _ = pair(lab)
    lab.equal(lab.call(near, 0), b"")


def thoughtful(lab: Lab) -> None:
    near, far = pair(lab)

    def hesitate() -> None:
        far.sendall(b"first this, ")
        lab.pause(0.3)
        far.sendall(b"then that")

    lab.beside(hesitate)
    lab.equal(lab.call(near, 21), b"first this, then that")


def cut_short(lab: Lab, came: bytes, count: int) -> None:
    near, far = pair(lab)
    lab.beside(say, lab, far, in_sizes(came, 4), True)
    error = must_raise(lab, EOFError, "missing", near, count)
    must_name(lab, error, count - len(came), "{} bytes were missing", "missing")


# -- 03-2: frames ----------------------------------------------------------------------------------


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


class Answers:
    """The peer of exchange(): hears one frame, sends the pieces that answer it, hears the next."""

    def __init__(
        self, requests: Sequence[bytes], replies: Sequence[Iterable[bytes]], piece: int = MB
    ) -> None:
        self.requests, self.replies, self.piece = requests, replies, piece
        self.heard = bytearray()

    def __call__(self, lab: Lab, far: socket.socket) -> None:
        for request, reply in zip(self.requests, self.replies, strict=True):
            self._hear(far, 4)
            if not self.wanted.startswith(self.heard):
                break
            self._hear(far, len(request))
            if not self.wanted.startswith(self.heard):
                break
            peers.send_alone(far, reply, lab)
        peers.finish(far)
        self._hear(far, 16 * MB)

    def _hear(self, far: socket.socket, size: int) -> None:
        while size and (piece := far.recv(min(size, self.piece))):
            self.heard += piece
            size -= len(piece)

    @property
    def wanted(self) -> bytes:
        return b"".join(map(frame, self.requests))

    def judge(self, lab: Lab, complete: bool) -> None:
        """Whether the learner's frames are right, so far."""
        wanted, heard = self.wanted, bytes(self.heard)
        if wanted.startswith(heard) and not (complete and len(heard) < len(wanted)):
            return
        if lab.run is not None:
            lab.judged.append(lab.run)  # whatever it raised came of this
        hint = "all" if heard and wanted.startswith(heard) else "frame"
        if heard[:4] == wanted[:4][::-1]:
            hint = "order"
        lab.wrong("", expected=wanted, got=heard, verb="you sent", hint=hint)


def converse(
    lab: Lab, peer: Answers, expected: Sequence[bytes | None], limit: int = MB, **options: int
) -> None:
    near, far = pair(lab, **options)
    thread = lab.beside(peer, lab, far)
    for number, (request, answer) in enumerate(zip(peer.requests, expected, strict=True), 1):
        try:
            got = lab.call(near, request, limit)
        except (Broke, Stuck) as failure:
            asked = sum(len(frame(request)) for request in peer.requests[:number])
            stuck = isinstance(failure, Stuck)
            peer.judge(lab, complete=stuck and len(peer.heard) < asked)
            raise
        if got != answer:
            peer.judge(lab, complete=False)
        lab.equal(got, answer, hint="start" if got is None and not peer.heard else None)
    peers.finish(near)
    thread.join()
    peer.judge(lab, complete=True)


def answered(lab: Lab, *sizes: int) -> None:
    """Requests and answers of these sizes, each answer in one piece; from 256 on with every byte value."""
    requests = [_payload(lab, size) for size in sizes] or [b"ping"]
    replies = [_payload(lab, size) for size in sizes] or [b"pong"]
    converse(lab, Answers(requests, [[frame(reply)] for reply in replies]), replies)


def _payload(lab: Lab, size: int) -> bytes:
    return bytes(range(256))[:size] + peers.random_bytes(lab.rng, max(0, size - 256))


def cut_header(lab: Lab) -> None:
    """The header cut at each place, and all its bytes alone."""
    replies = [b"one", b"two", b"three", b"four"]
    cuts = [(1,), (2,), (3,), (1, 2, 3)]
    pieces = [list(peers.cut_at(frame(reply), *cut)) for reply, cut in zip(replies, cuts, strict=True)]
    converse(lab, Answers([b"ask"] * 4, pieces), replies)


def sliced(lab: Lab) -> None:
    replies = [peers.random_bytes(lab.rng, lab.rng.randint(1, 60)) for _ in range(21)]
    pieces = [list(in_sizes(frame(reply), size)) for size, reply in enumerate(replies[:17], 1)]
    pieces += [list(peers.sliced(frame(reply), lab.rng)) for reply in replies[17:]]
    converse(lab, Answers([b"ask"] * 21, pieces), replies)


def in_advance(lab: Lab) -> None:
    """Two answers in one chunk: the second one belongs to the next call."""
    near, far = pair(lab)
    far.sendall(frame(b"first") + frame(b"second"))
    lab.equal(lab.call(near, b"ask", LIMIT), b"first")
    lab.equal(waiting(near), frame(b"second"), verb="left", hint="next")
    lab.equal(lab.call(near, b"ask", LIMIT), b"second")


def both_large(lab: Lab) -> None:
    """A megabyte each way, the peer reads a little at a time; with a timeout, send() takes only a part."""
    function = lab.function

    def with_timeout(sock: socket.socket, *args: Any) -> Any:
        sock.settimeout(30.0)
        return function(sock, *args)

    lab.function = with_timeout
    request, reply = (peers.random_bytes(lab.rng, MB) for _ in range(2))
    peer = Answers([request], [[frame(reply)]], piece=4000)
    converse(lab, peer, [reply], SO_SNDBUF=4096)


def hesitant(lab: Lab) -> None:
    near, far = pair(lab)

    def hesitate() -> None:
        far.sendall(frame(b"a thoughtful answer")[:9])
        lab.pause(0.3)
        far.sendall(frame(b"a thoughtful answer")[9:])

    lab.beside(hesitate)
    lab.equal(lab.call(near, b"ask", LIMIT), b"a thoughtful answer")


def ended(lab: Lab, *places: int) -> None:
    """The stream ends after so many bytes of the answer."""
    for place in places:
        near, far = pair(lab)
        lab.beside(say, lab, far, [frame(b"the answer")[:place]] if place else [], True)
        if place:
            must_raise(lab, EOFError, "middle", near, b"ask", LIMIT)
        else:
            lab.equal(lab.call(near, b"ask", LIMIT), None, hint="clean")


def announced(lab: Lab) -> None:
    """A length of exactly the limit is allowed, one more is not, and its body stays where it is."""
    near, far = pair(lab)
    body = peers.random_bytes(lab.rng, LIMIT)
    far.sendall(frame(body))
    lab.equal(lab.call(near, b"ask", LIMIT), body)
    far.sendall(frame(body + b"!"))
    must_raise(lab, ValueError, "limit", near, b"ask", LIMIT)
    lab.equal(waiting(near), body + b"!", verb="left", hint="limit")


def boasted(lab: Lab) -> None:
    """Lengths that nobody should reserve memory for. The largest only for those who reserve none."""
    for length in (64 * MB, 2**32 - 1):
        near, far = pair(lab)
        far.sendall(length.to_bytes(4, "big"))
        with at_most(lab, 8 * MB, "reserve"):
            must_raise(lab, ValueError, "unsigned" if length >> 31 else "limit", near, b"ask", LIMIT)
