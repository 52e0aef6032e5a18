"""How each socket method says what it was asked for and what came of it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .events import ALREADY_CONNECTED, CONNECTING, RECEIVING, SENDING

KEEP = 4096  # bytes of one call that are kept at most

_ALREADY = {errno.EISCONN, getattr(errno, "WSAEISCONN", errno.EISCONN)}
_HOWS = ("SHUT_RD", "SHUT_WR", "SHUT_RDWR")
_PLAIN = frozenset({int, str, bytes})
Arguments = Sequence[Any]
_NOWHERE = 99  # the place of what a method does not take
_NBYTES = 1  # the place of nbytes in recv_into and recvfrom_into; without it they fill their buffer


def kept(value: Any) -> Any:
    """A value of the program that a recording may keep: a plain number, text, bytes, or a tuple of those.

    Of anything else None: it may be large, change later, or compare in a way that is no business of ours.
    """
    if value is None or type(value) in _PLAIN:
        return value
    if type(value) is tuple and all(map(_PLAIN.__contains__, map(type, value))):
        return value  # as addresses are
    if isinstance(value, tuple):
        return tuple(kept(part) for part in tuple.__iter__(value))
    if isinstance(value, int):  # of a class of its own, as an IntEnum
        return int.__index__(value)
    if isinstance(value, str):
        return str.__str__(value)
    return b"".join([value]) if isinstance(value, (bytes, bytearray)) else None


def _head(data: Any, size: int) -> bytes | None:
    """The first bytes, copied, of any buffer or of several; None if they can not be seen (any more)."""
    head = b""
    try:
        for buffer in data if isinstance(data, (list, tuple)) else [data]:
            head += memoryview(buffer).cast("B")[: min(size, KEEP) - len(head)]
    except (TypeError, ValueError, BufferError):
        return None
    return head


def _length(buffer: Any) -> int | None:
    try:
        return memoryview(buffer).nbytes
    except (TypeError, ValueError, BufferError):
        return None  # not bytes: the call itself will say so


def _total(buffers: Any) -> int | None:
    sizes = [_length(b) for b in buffers] if isinstance(buffers, (list, tuple)) else [None]
    return None if None in sizes else sum(s or 0 for s in sizes)


def _how(value: Any) -> Any:
    return {getattr(socket, name): name for name in _HOWS}.get(kept(value), value)


class Method(NamedTuple):
    """How to read one method: its name in a recording, and the place of each thing among its arguments."""

    call: str
    what: int = _NOWHERE  # what is asked for, or offered; in place 0 also the data, or the room for them
    read: Callable[[Any], Any] | None = None  # how that is said, if not as it is
    flags: int = _NOWHERE
    address: int = _NOWHERE  # -1: the last one, if it is not the first
    keywords: tuple[str, ...] = ()  # names of the arguments, for the few methods that take them by name

    @property
    def kind(self) -> str:
        """What it does, however it is called."""
        families = {"sending": SENDING, "receiving": RECEIVING, "connecting": CONNECTING}
        return next((kind for kind, calls in families.items() if self.call in calls), self.call)

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
        """All arguments by position."""
        return (*args, *(kwargs.get(name) for name in self.keywords[len(args) :])) if kwargs else args

    def asked(self, arguments: Arguments) -> tuple[Any, int, Any]:
        """What for, flags, address."""
        _, place, read, flags_at, address_at, _ = self
        given = len(arguments)
        what = arguments[place] if given > place else None
        if read is not None:
            what = read(what)
        if type(what) is not int:
            what = kept(what)
        if place == _NBYTES and not what:
            what = _length(arguments[0]) if arguments else None
        flags = arguments[flags_at] if given > flags_at else 0
        if type(flags) is not int:
            flags = int.__index__(flags) if isinstance(flags, int) else 0
        address = kept(arguments[address_at]) if given > abs(address_at) else None
        return what, flags, address

    def taken(self, arguments: Arguments, result: Any, asked: Any) -> tuple[Any, Any, Any]:
        """Size, first bytes and sender of what a call moved; None for what it does not say."""
        sender = None
        if isinstance(result, tuple):  # (bytes or size, ..., address)
            result, sender = result[0], kept(result[-1])
        if isinstance(result, bytes):
            return len(result), result[:KEEP], sender
        if self.call == "sendall":
            result = asked
        return result, None if result is None else _head(arguments[0], result), sender


_INTO = ("buffer", "nbytes", "flags")

METHODS = {
    "bind": Method("bind", 0),
    "listen": Method("listen", 0),
    "connect": Method("connect", address=0),
    "connect_ex": Method("connect_ex", address=0),
    "accept": Method("accept"),
    "send": Method("send", 0, _length, flags=1),
    "sendall": Method("sendall", 0, _length, flags=1),
    "sendto": Method("sendto", 0, _length, flags=1, address=-1),
    "sendmsg": Method("sendmsg", 0, _total, flags=2, address=3),
    "_sendfile_use_sendfile": Method("sendfile", 2),
    "recv": Method("recv", 0, flags=1),
    "recv_into": Method("recv_into", _NBYTES, flags=2, keywords=_INTO),
    "recvfrom": Method("recvfrom", 0, flags=1),
    "recvfrom_into": Method("recvfrom_into", _NBYTES, flags=2, keywords=_INTO),
    "recvmsg": Method("recvmsg", 0, flags=2),
    "recvmsg_into": Method("recvmsg_into", 0, _total, flags=2),
    "shutdown": Method("shutdown", 0, _how),
    "_real_close": Method("close"),
}
TLS_METHODS = ("send", "recv", "recv_into")  # what SSLSocket's other methods end in


def error_text(error: BaseException) -> str:
    """Class name and text, without the error number: numbers differ from system to system."""
    if type(error) is OSError and error.errno in _ALREADY:
        return ALREADY_CONNECTED
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
