"""How each socket method says what it was asked for and what came of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

KEEP = 4096  # bytes of one call that are kept at most

Arguments = Sequence[Any]
Asked = tuple[Any, int, Any]  # what for, flags, address
Taken = tuple[Any, Any, Any]  # size, first bytes, address


def _head(buffer: Any, size: int) -> bytes | None:
    """The first bytes of any buffer, copied."""
    if type(buffer) is bytes:
        return buffer[: min(size, KEEP)]
    try:
        return bytes(memoryview(buffer).cast("B")[: min(size, KEEP)])
    except (TypeError, ValueError):
        return None


def _heads(buffers: Any, size: int) -> bytes | None:
    parts, left = [], min(size, KEEP)
    for buffer in buffers:
        parts.append(_head(buffer, left) or b"")
        left -= len(parts[-1])
        if left <= 0:
            break
    return b"".join(parts)


def _length(buffer: Any) -> int | None:
    if type(buffer) is bytes:
        return len(buffer)
    try:
        return memoryview(buffer).nbytes
    except TypeError:
        return None  # not bytes: the call itself will say so


def _total(buffers: Any) -> int | None:
    sizes = [_length(b) for b in buffers] if isinstance(buffers, (list, tuple)) else [None]
    return None if None in sizes else sum(s or 0 for s in sizes)


def _at(arguments: Arguments, i: int, default: Any = None) -> Any:
    return arguments[i] if len(arguments) > i else default


def _flags(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _nothing(arguments: Arguments) -> Asked:
    return None, 0, None


def _none(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return None, None, None


def _first(arguments: Arguments) -> Asked:
    return _at(arguments, 0), 0, None


def _to_address(arguments: Arguments) -> Asked:
    return None, 0, _at(arguments, 0)


def _how(arguments: Arguments) -> Asked:
    how = _at(arguments, 0)
    names = {socket.SHUT_RD: "SHUT_RD", socket.SHUT_WR: "SHUT_WR", socket.SHUT_RDWR: "SHUT_RDWR"}
    return names.get(how, how) if isinstance(how, int) else how, 0, None


def _offered(arguments: Arguments) -> Asked:
    return _length(_at(arguments, 0, b"")), _flags(_at(arguments, 1)), None


def _sent(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return result, _head(arguments[0], result), None


def _sent_all(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return asked, _head(arguments[0], asked or 0), None


def _offered_to(arguments: Arguments) -> Asked:
    flags = _flags(arguments[1]) if len(arguments) == 3 else 0
    return _length(_at(arguments, 0, b"")), flags, arguments[-1] if len(arguments) > 1 else None


def _message(arguments: Arguments) -> Asked:
    return _total(_at(arguments, 0)), _flags(_at(arguments, 2)), _at(arguments, 3)


def _sent_message(arguments: Arguments, result: Any, asked: Any) -> Taken:
    known = isinstance(arguments[0], (list, tuple))  # not a generator that is used up by now
    return result, _heads(arguments[0], result) if known else None, None


def _file(arguments: Arguments) -> Asked:
    return _at(arguments, 2), 0, None


def _sent_file(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return result, None, None


def _wanted(arguments: Arguments) -> Asked:
    return _at(arguments, 0), _flags(_at(arguments, 1)), None


def _wanted_message(arguments: Arguments) -> Asked:
    return _at(arguments, 0), _flags(_at(arguments, 2)), None


def _wanted_into(arguments: Arguments) -> Asked:
    return _at(arguments, 1) or _length(_at(arguments, 0, b"")), _flags(_at(arguments, 2)), None


def _wanted_into_buffers(arguments: Arguments) -> Asked:
    return _total(_at(arguments, 0)), _flags(_at(arguments, 2)), None


def _got(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return len(result), result[:KEEP], None


def _got_from(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return len(result[0]), result[0][:KEEP], result[-1]


def _got_into(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return result, _head(arguments[0], result), None


def _got_into_from(arguments: Arguments, result: Any, asked: Any) -> Taken:
    return result[0], _head(arguments[0], result[0]), result[1]


def _got_into_buffers(arguments: Arguments, result: Any, asked: Any) -> Taken:
    known = isinstance(arguments[0], (list, tuple))
    return result[0], _heads(arguments[0], result[0]) if known else None, result[-1]


class Method(NamedTuple):
    """How to read one method: its name in a recording, its arguments, its result."""

    call: str
    asked: Callable[[Arguments], Asked]
    taken: Callable[[Arguments, Any, Any], Taken] = _none
    keywords: tuple[str, ...] = ()  # names of the arguments, for the few methods that take them by name

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
        """All arguments by position."""
        return (*args, *(kwargs.get(name) for name in self.keywords[len(args) :])) if kwargs else args


METHODS = {
    "bind": Method("bind", _first),
    "listen": Method("listen", _first),
    "connect": Method("connect", _to_address),
    "connect_ex": Method("connect_ex", _to_address),
    "accept": Method("accept", _nothing),
    "send": Method("send", _offered, _sent),
    "sendall": Method("sendall", _offered, _sent_all),
    "sendto": Method("sendto", _offered_to, _sent),
    "sendmsg": Method("sendmsg", _message, _sent_message),
    "_sendfile_use_sendfile": Method("sendfile", _file, _sent_file),
    "recv": Method("recv", _wanted, _got),
    "recv_into": Method("recv_into", _wanted_into, _got_into, ("buffer", "nbytes", "flags")),
    "recvfrom": Method("recvfrom", _wanted, _got_from),
    "recvfrom_into": Method("recvfrom_into", _wanted_into, _got_into_from, ("buffer", "nbytes", "flags")),
    "recvmsg": Method("recvmsg", _wanted_message, _got_from),
    "recvmsg_into": Method("recvmsg_into", _wanted_into_buffers, _got_into_buffers),
    "shutdown": Method("shutdown", _how),
    "_real_close": Method("close", _nothing),
}
TLS_METHODS = ("send", "recv", "recv_into")  # what SSLSocket's other methods end in


def error_text(error: BaseException) -> str:
    """Class name and text, without the error number: numbers differ from system to system."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def error_of_code(code: int) -> str | None:
    """What connect() would have raised for the number that connect_ex() returned."""
    return error_text(OSError(code, os.strerror(code))) if code else None
