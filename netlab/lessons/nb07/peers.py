"""What the servers of exercises 07-3 to 07-5 share: replies in turn, and a judge of the requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...check.http_peers import Asked, Peer
from ...check.lab import Stuck
from ...check.peers import CLOSE, Step
from ...check.report import Wrong


def in_turn(*replies: Step) -> Callable[[Asked], Step]:
    """These replies, one for each request; after the last one the peer closes."""
    return lambda asked: replies[asked.number - 1] if asked.number <= len(replies) else CLOSE


@contextmanager
def requests_judged(peer: Peer) -> Iterator[None]:
    """Whatever comes of it: the requests have to be right."""
    try:
        yield
    except Stuck as stuck:
        peer.judge()
        if peer.ignored:
            last = peer.asked[-1].target
            raise Wrong(
                f"the answer to {last} was the last one of its connection, and you asked there again"
            ) from stuck
        raise
    finally:
        peer.judge()
