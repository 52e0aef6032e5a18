"""What happened in a case: the calls of the learner's threads and of the peer's, in words."""

from __future__ import annotations

from itertools import groupby

from ..wire import RECEIVING, SENDING, Event, is_end_of_stream
from .lab import Lab


def transcript(lab: Lab) -> list[str]:
    """Of a recording that has ended: a phrase for each call that matters, and how often it is repeated."""
    learners = {lab.recording.number_of(run.thread) for run in lab.watchman.runs}
    accepted = {event.accepted for event in lab.recording if event.call == "accept"}
    # A send counts from its beginning: what it sent may be taken before it returns.
    events = sorted(lab.recording, key=lambda e: e.started if e.call in SENDING else e.time)
    phrases = [
        _yours(event) if event.thread in learners else _peers(event, event.socket in accepted)
        for event in events
        if lab.cut is None or event.time <= lab.cut
    ]
    if lab.recording.dropped:
        phrases.append(f"{lab.recording.dropped} more calls")
    run = lab.run
    if run is not None and run.done.is_set() and not lab.stuck and not lab.ending:
        if run.error is None:
            phrases.append("you returned")
        elif run in lab.judged:
            phrases.append(f"you raised {type(run.error).__name__}")
    counted = [(phrase, len(list(same))) for phrase, same in groupby(filter(None, phrases))]
    return [phrase if count == 1 else f"{phrase} ({count} times)" for phrase, count in counted]


def _yours(event: Event) -> str:
    call, asked, size = event.call, event.asked, event.size
    error = (event.error or "").partition(":")[0]
    what = f"your {call}" + (f"({'' if asked is None else asked})" if call in RECEIVING else "")
    if error and call != "connect_ex":
        return f"{what} raised {error}"
    if call in RECEIVING:
        return f"{what} returned " + ("b''" if is_end_of_stream(event) else _bytes(size))
    if call in SENDING:
        short = size is not None and isinstance(asked, int) and size < asked
        return f"{what} took only {size} of {asked} bytes" if short else f"{what} sent {_bytes(size)}"
    return {
        "connect": "you connected",
        "connect_ex": f"your connect_ex gave {'an error: ' + error if error else '0'}",
        "accept": "you accepted a client",
        "shutdown": f"your shutdown({asked})",
        "close": "" if asked == "dropped" else "you closed",
        "socketpair": "you made a pair of sockets",
    }.get(call, "")


def _peers(event: Event, accepted: bool) -> str:
    if event.error:
        return ""
    if event.call in SENDING:
        return f"peer sent {_bytes(event.size)}"
    if event.call == "shutdown":
        return "peer finished sending" if event.asked == "SHUT_WR" else ""
    return "peer closed" if event.call == "close" and accepted else ""


def _bytes(size: object) -> str:
    return f"{size} byte{'' if size == 1 else 's'}"
