"""00-2 outcome: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

from typing import Any

from ..registry import mutant, right

ANSWERS = {
    "a server is listening": "connected",
    "nobody listens on that port": "refused",
    "the server was stopped a moment ago": "refused",
    "the server stopped listening while one client is still connected": "refused",
    "the server is busy and never calls accept": "connected",
    "the server's queue is full": "timeout",
    "the server listens on 127.0.0.1 and the client asks ::1": "refused",
}


@right("outcome")
def by_conditions(situation: str) -> str:
    """if, instead of a dictionary"""
    if "queue" in situation:
        return "timeout"
    return "connected" if "is listening" in situation or "busy" in situation else "refused"


@mutant("outcome", "busy")
def busy_refuses(situation: str) -> str:
    """a busy server refuses"""
    return "refused" if "busy" in situation else ANSWERS[situation]


@mutant("outcome", "busy")
def busy_waits(situation: str) -> str:
    """connect waits for accept"""
    return "timeout" if "busy" in situation else ANSWERS[situation]


@mutant("outcome", "full")
def full_refuses(situation: str) -> str:
    """a full queue refuses"""
    return "refused" if "queue" in situation else ANSWERS[situation]


@mutant("outcome", "nobody")
def nobody_is_silence(situation: str) -> str:
    """nobody listens, so nobody answers"""
    return "timeout" if "nobody" in situation else ANSWERS[situation]


@mutant("outcome", "stopped")
def stopped_is_silence(situation: str) -> str:
    """a stopped server keeps silent"""
    return "timeout" if "moment ago" in situation else ANSWERS[situation]


@mutant("outcome", "stopped")
def old_client_keeps_it_open(situation: str) -> str:
    """as long as a client is connected the port is open"""
    return "connected" if "still connected" in situation else ANSWERS[situation]


@mutant("outcome", "address")
def one_machine(situation: str) -> str:
    """127.0.0.1 and ::1 are the same machine"""
    return "connected" if "::1" in situation else ANSWERS[situation]


@mutant("outcome", "words")
def other_words(situation: str) -> str:
    """Connected, with a capital letter"""
    return ANSWERS[situation].capitalize()


@mutant("outcome", "words")
def nothing_for_some(situation: str) -> Any:
    """no answer for some situations"""
    return ANSWERS.get(situation) if "server" in situation else None


@mutant("outcome", "again", says="asked again")
def takes_the_answer_out(situation: str, left: dict[str, str] = dict(ANSWERS)) -> str:  # noqa: B006
    """pop() from a dictionary: the second time it is gone"""
    if situation not in left:
        left.update({other: answer for other, answer in ANSWERS.items() if other != situation})
    return left.pop(situation)
