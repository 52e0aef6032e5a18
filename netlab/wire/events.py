"""What a recording is made of: one Event for each socket call, and what is known around it. Pure.

The bottom of this room: it imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

SENDING = frozenset({"send", "sendall", "sendto", "sendmsg", "sendfile"})
RECEIVING = frozenset({"recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"})
CONNECTING = frozenset({"connect", "connect_ex"})

_FOR_DATAGRAMS = ("sendto", "recvfrom", "recvfrom_into")  # their callers expect datagrams

DROPPED = "dropped"  # what close() was asked for when nobody called it: nobody held the socket any more
SHARED = "shared"  # and when another descriptor keeps the socket open, as after dup()
_CLOSES = {DROPPED: "nobody held the socket any more", SHARED: "another descriptor keeps it open"}
ALREADY_CONNECTED = "OSError: Transport endpoint is already connected"  # to connect() once more

_SHORT = 20  # up to this many bytes the text shows the data themselves


@dataclass(frozen=True, slots=True)
class Event:
    """One socket call, as the program made it.

    Times are seconds since the recording began, on one clock for all threads.
    `size` counts bytes: taken by the kernel (send family) or handed over (recv family); None for
    the other calls. `data` holds the first bytes of them (a recording keeps a bounded amount).
    """

    time: float  # when the call returned
    started: float  # when the call began: `time - started` is how long it took or waited
    actor: str  # whose lane it belongs to: "client", "server", "server · connection 2"
    call: str  # the method's name: "connect", "accept", "send", "recv", "close", ...
    socket: int  # 1, 2, 3 ...: which socket of the recording
    asked: Any = None  # what was asked for: n in recv(n), bytes offered to send, how in shutdown(how)
    size: int | None = None
    data: bytes | None = None
    error: str | None = None  # the exception's class name and text, or None
    local: Any = None  # address as getsockname() gives it, in plain values, or None
    peer: Any = None  # address as getpeername() gives it (or the datagram's), or None
    accepted: int | None = None  # accept: number of the new socket; socketpair: of the other end
    thread: int = 0  # which thread called: 1, 2, 3 ... in the order they were started; 0 if not known
    flags: str = ""  # "MSG_PEEK", "MSG_PEEK|MSG_DONTWAIT", ...
    stream: bool | None = None  # True for a byte stream, False for datagrams

    @property
    def waited(self) -> float:
        """Seconds between the call's beginning and its return."""
        return self.time - self.started

    @property
    def datagram(self) -> bool:
        """Whether it was on a socket that carries datagrams; the call's name does not tell."""
        return not self.stream if self.stream is not None else self.call in _FOR_DATAGRAMS

    @property
    def said(self) -> str:
        """The call as the program wrote it: "send(b'one')", "recv(1024)", "accept()"."""
        inner = "" if self.asked is None or self.call == "close" else str(self.asked)
        if self.call in SENDING:
            offered = "data" if self.asked is None else f"{self.asked} bytes"
            inner = _literal(self.data, self.asked) or offered
        elif self.call in ("bind", "connect", "connect_ex"):
            inner = "address"
        address = "address" if self.call == "sendto" else ""
        return f"{self.call}({', '.join(filter(None, (inner, self.flags, address)))})"

    @property
    def outcome(self) -> str:
        """What came of it: "11 bytes", "b'' (end of stream)", "TimeoutError"; "" if nothing is to be said."""
        if self.error:
            return self.error.partition(":")[0]
        if self.size is None:
            return _CLOSES.get(self.asked, "") if self.call == "close" else ""
        if is_end_of_stream(self):
            return "0 bytes (end of stream)" if "into" in self.call else "b'' (end of stream)"
        text = f"{self.size} byte{'' if self.size == 1 else 's'}"
        literal = _literal(self.data, self.size)
        return f"{text}  {literal}" if literal and self.call not in SENDING else text


def _literal(data: bytes | None, size: Any) -> str:
    return repr(data) if data is not None and len(data) == size <= _SHORT else ""


def is_failed(event: Event) -> bool:
    """Whether the call failed for good: a non-blocking connect that is under way has not.

    Nor has one that is called again when it is done. A Unix socket's is never under way.
    """
    return event.error is not None and not is_repeated(event) and not is_under_way(event)


def is_under_way(event: Event) -> bool:
    """Whether the call is a connect that goes on in the kernel."""
    waits = event.call in CONNECTING and (event.error or "").startswith("BlockingIOError")
    return waits and not isinstance(event.peer, (str, bytes))


def is_repeated(event: Event) -> bool:
    """Whether the call is a connect that says no more than that it is done already."""
    return event.call in CONNECTING and event.error == ALREADY_CONNECTED


def is_closed_by(event: Event) -> bool:
    """Whether this call closed its socket: an error did not, nor does one of two descriptors."""
    return event.call == "close" and not event.error and event.asked != SHARED


def is_taken(event: Event) -> bool:
    """Whether the call took bytes from its socket: a look takes none, nor does the queue of errors."""
    aside = {"MSG_PEEK", "MSG_ERRQUEUE"} & set(event.flags.split("|"))
    return event.call in RECEIVING and event.size is not None and not event.error and not aside


def is_end_of_stream(event: Event) -> bool:
    """Whether the call found the end of a byte stream (an empty datagram is none, nor is recv(0))."""
    empty = event.call in RECEIVING and event.size == 0 and event.asked != 0 and not event.error
    return empty and not event.datagram


@dataclass(frozen=True, slots=True)
class Flow:
    """`size` bytes that `sent` gave to the kernel and `received` took from it.

    A send that is read in two pieces has two flows; a receive that takes three sends has three.
    """

    sent: Event
    received: Event
    size: int


class Link(NamedTuple):
    """One call that let another one end, without data: connect and accept; close and end of stream."""

    cause: Event
    effect: Event


class Origin(NamedTuple):
    """What is known of a socket from before the recording: role and the numbers of its relatives."""

    role: str  # "listener", "accepted", "client", "end", or ""
    listener: int | None = None
    partner: int | None = None
    away: bool = False  # its descriptor was given away by detach(): what follows is not seen
    waiting: int | None = None  # connections that a listener still had for accept(), if the system tells


class Join(NamedTuple):
    """A thread waited for another one's end, as Thread.join() does."""

    time: float
    waiter: int
    ended: int


@dataclass(frozen=True)
class Snapshot:
    """What a recording knows at one moment; actors may still be unnamed."""

    events: list[Event]
    pending: list[Event] = field(default_factory=list)
    origins: dict[int, Origin] = field(default_factory=dict)
    joins: list[Join] = field(default_factory=list)
    threads: dict[int, int] = field(default_factory=dict)  # Event.thread of each thread, by its number
