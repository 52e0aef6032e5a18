"""What happened in a case: the calls of the learner's threads and of the peer's, in words."""

from __future__ import annotations

from itertools import groupby

from ..wire import RECEIVING, SENDING, Event, is_end_of_stream
from .lab import Lab


def transcript(lab: Lab) -> list[str]:
    """One phrase for each call that matters, in order; the same phrase again and again is counted.

    For a recording that has ended.
    """
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
    call, asked, size, error = event.call, event.asked, event.size, event.error
    if call in RECEIVING:
        what = f"your {call}({'' if asked is None else asked})"
        if error:
            return f"{what} raised {_name(error)}"
        return f"{what} returned " + ("b''" if is_end_of_stream(event) else _bytes(size))
    if call in SENDING:
        if error:
            return f"your {call} raised {_name(error)}"
        if size is not None and isinstance(asked, int) and size < asked:
            return f"your {call} took only {size} of {asked} bytes"
        return f"your {call} sent {_bytes(size)}"
    if call == "connect_ex":
        return f"your connect_ex gave {'an error: ' + _name(error) if error else '0'}"
    if error:
        return f"your {call} raised {_name(error)}"
    return {
        "connect": "you connected",
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


def _name(error: str) -> str:
    return error.partition(":")[0]
