"""07-5 resume: other right solutions, and solutions that are wrong as real beginners are."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

from ..registry import mutant, right


def _get(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
    """(status, headers, body, whether it is complete)"""
    with closing(http.client.HTTPConnection(*address)) as client:
        client.request("GET", target, headers=fields)
        response = client.getresponse()
        size, body = int(response.headers["Content-Length"]), b""
        try:
            while len(body) < size and (piece := response.read1(size - len(body))):
                body += piece
        except (ConnectionError, http.client.HTTPException):
            pass
        return response.status, response.headers, body, len(body) == size


def _place(headers: Any) -> tuple[int, int]:
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers["Content-Range"])
    assert found
    return int(found[1]), int(found[2])


def _strong(etag: str | None) -> bool:
    return etag is not None and not etag.startswith("W/")


def _total(headers: Any) -> int:
    return int(headers["Content-Range"].rpartition("/")[2])


def _resume(
    address: Any,
    target: str,
    part: bytes,
    etag: str | None,
    tries: int,
    *,
    get: Callable[..., tuple[int, Any, bytes, bool]] = _get,
    strong: Callable[[str | None], bool] = _strong,
    fields: Callable[[int, str], dict[str, str]] = lambda size, etag: {
        "Range": f"bytes={size}-",
        "If-Range": etag,
    },
    place: Callable[[Any, int], tuple[int, int]] = lambda headers, size: _place(headers),
    total: Callable[[Any, int], int] = lambda headers, size: _total(headers),
    whole: Callable[[bytes, bytes], bytes] = lambda data, body: body,
    tag: Callable[[str | None, Any], str | None] = lambda etag, headers: headers["ETag"],
    last: Callable[[bytes], bytes | None] = lambda data: None,
    wrong: Callable[[int, bytes], bytes | None] = lambda status, body: None,
    trust: bool = False,
    keep: bool = True,
    once: bool = False,
    broken: type[Exception] = ConnectionError,
) -> Any:
    """A right download whose parts can be replaced by wrong ones."""
    data = bytes(part)
    for _ in range(tries):
        asks = fields(len(data), etag or "") if data and strong(etag) else {}
        try:
            status, headers, body, complete = get(address, target, asks)
        except (ConnectionError, http.client.HTTPException):
            if once:
                raise
            continue
        if status == 200:
            data, etag = whole(data, body), tag(etag, headers)
            if complete or trust:
                return data
        elif status == 206:
            first, size = place(headers, len(data))
            if first != len(data):
                data = b""
                continue
            data, etag = data + body, tag(etag, headers)
            if len(data) == size or (trust and not complete):
                return data
        elif status == 416:
            if total(headers, len(data)) == len(data):
                return data
            data = b""
        else:
            other = wrong(status, body)
            if other is None:
                raise ValueError(f"{status}")
            if other:
                return data + other
        if not complete and not keep:
            data = part
    result = last(data)
    if result is None:
        raise broken(f"not complete after {tries} requests")
    return result


@right("resume")
def in_parts(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """a function for each part"""
    return _resume(address, target, part, etag, tries)


@right("resume")
def with_a_socket(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """with a socket, piece by piece"""

    def get(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
        lines = [f"GET {target} HTTP/1.1", f"Host: {address[0]}:{address[1]}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        data = b""
        with socket.create_connection(address) as sock:
            sock.sendall("\r\n".join([*lines, "", ""]).encode())
            while b"\r\n\r\n" not in data:
                piece = sock.recv(4096)
                if not piece:
                    raise ConnectionError("no answer")
                data += piece
            head, _, body = data.partition(b"\r\n\r\n")
            first, *others = head.decode("latin-1").split("\r\n")
            headers = http.client.HTTPMessage()
            for line in others:
                name, _, value = line.partition(":")
                headers[name] = value.strip()
            try:
                while len(body) < int(headers["Content-Length"]) and (piece := sock.recv(4096)):
                    body += piece
            except ConnectionError:
                pass
        return int(first.split()[1]), headers, body, len(body) == int(headers["Content-Length"])

    return _resume(address, target, part, etag, tries, get=get)


@mutant("resume", "start")
def not_begun(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> None:
    """pass"""


@mutant("resume", "start")
def from_the_beginning(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """asks for all of it, whatever is there"""
    return _resume(address, target, b"", None, tries)


@mutant("resume", "request", says="its Host is")
def host_only(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """sends a Host without the port"""
    return _resume(
        address, target, part, etag, tries,
        get=lambda address, target, fields: _get(address, target, {**fields, "Host": address[0]}),
    )  # fmt: skip


@mutant("resume", "start", says="bytes=1001-")
def one_byte_too_far(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """begins one byte too late"""
    return _resume(
        address, target, part, etag, tries,
        fields=lambda size, etag: {"Range": f"bytes={size + 1}-", "If-Range": etag},
    )  # fmt: skip


@mutant("resume", "range", says="bytes:1000-")
def range_with_a_colon(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """Range: bytes:1000-"""
    return _resume(
        address, target, part, etag, tries,
        fields=lambda size, etag: {"Range": f"bytes:{size}-", "If-Range": etag},
    )  # fmt: skip


@mutant("resume", "range")
def the_last_bytes(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """Range: bytes=-1000, which are the last ones"""
    return _resume(
        address, target, part, etag, tries,
        fields=lambda size, etag: {"Range": f"bytes=-{size}", "If-Range": etag},
    )  # fmt: skip


@mutant("resume", "if", says="its If-Range")
def without_if_range(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """Range without If-Range"""
    return _resume(address, target, part, etag, tries, fields=lambda size, etag: {"Range": f"bytes={size}-"})


@mutant("resume", "if")
def with_if_match(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """If-None-Match in place of If-Range"""
    return _resume(
        address, target, part, etag, tries,
        fields=lambda size, etag: {"Range": f"bytes={size}-", "If-None-Match": etag},
    )  # fmt: skip


@mutant("resume", "if")
def without_quotes(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """If-Range without the quotes"""
    return _resume(
        address, target, part, etag, tries,
        fields=lambda size, etag: {"Range": f"bytes={size}-", "If-Range": etag.strip('"')},
    )  # fmt: skip


@mutant("resume", "ignored")
def adds_the_whole(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """adds the body of a 200 to the part"""
    return _resume(address, target, part, etag, tries, whole=lambda data, body: data + body)


@mutant("resume", "ignored")
def cuts_the_whole(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """takes what is missing from the body of a 200"""
    return _resume(address, target, part, etag, tries, whole=lambda data, body: data + body[len(data) :])


@mutant("resume", "ignored")
def only_206(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """with a part, anything but 206 is an error"""

    def get(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
        answer = _get(address, target, fields)
        if fields and answer[0] == 200:
            raise ValueError("the server cannot do ranges")
        return answer

    return _resume(address, target, part, etag, tries, get=get)


@mutant("resume", "unsure")
def trusts_any_etag(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """asks for a range with a weak ETag, too"""
    return _resume(address, target, part, etag, tries, strong=bool)


@mutant("resume", "unsure")
def range_without_etag(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """asks for a range without any ETag"""
    return _resume(
        address, target, part, etag, tries,
        strong=lambda etag: True,
        fields=lambda size, etag: {"Range": f"bytes={size}-", **({"If-Range": etag} if etag else {})},
    )  # fmt: skip


@mutant("resume", "place")
def any_range(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """does not look where the range begins"""
    return _resume(
        address,
        target,
        part,
        etag,
        tries,
        place=lambda headers, size: (size, size + int(headers["Content-Length"])),
    )


@mutant("resume", "place")
def cuts_the_overlap(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """a range that begins earlier is an error"""

    def place(headers: Any, size: int) -> tuple[int, int]:
        first, total = _place(headers)
        if first != size:
            raise ValueError(f"another range: {first}")
        return first, total

    return _resume(address, target, part, etag, tries, place=place)


@mutant("resume", "total")
def one_206_is_all(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """a complete answer 206 is the rest"""
    return _resume(
        address, target, part, etag, tries,
        place=lambda headers, size: (_place(headers)[0], size + int(headers["Content-Length"])),
    )  # fmt: skip


@mutant("resume", "complete")
def complete_is_an_error(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """416 is an error"""

    def get(*args: Any) -> tuple[int, Any, bytes, bool]:
        answer = _get(*args)
        return (500, *answer[1:]) if answer[0] == 416 else answer

    return _resume(address, target, part, etag, tries, get=get)


@mutant("resume", "complete")
def always_complete(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """416 means that all of it is there"""
    return _resume(address, target, part, etag, tries, total=lambda headers, size: size)


@mutant("resume", "complete")
def never_complete(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """416: begins again, even if all of it is there"""
    return _resume(address, target, part, etag, tries, total=lambda headers, size: -1)


@mutant("resume", "again")
def short_is_all(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """takes what came before the end for all of it"""
    return _resume(address, target, part, etag, tries, trust=True)


@mutant("resume", "again")
def loses_what_came(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """response.read(), which loses what came if the connection ends"""

    def get(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
        with closing(http.client.HTTPConnection(*address)) as client:
            client.request("GET", target, headers=fields)
            response = client.getresponse()
            return response.status, response.headers, response.read(), True

    return _resume(address, target, part, etag, tries, get=get)


@mutant("resume", "again")
def goes_back_to_the_part(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """asks again from where it began"""
    return _resume(address, target, part, etag, tries, keep=False)


@mutant("resume", "again")
def gives_up(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """a connection that ends without an answer is an error"""
    return _resume(address, target, part, etag, tries, once=True)


@mutant("resume", "mixed", says="its If-Range")
def keeps_the_first_etag(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """sends the ETag that it was given, for ever"""
    return _resume(address, target, part, etag, tries, tag=lambda etag, headers: etag or headers["ETag"])


@mutant("resume", "tries")
def returns_what_it_has(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """returns what it has after the last try"""
    return _resume(address, target, part, etag, tries, last=lambda data: data)


@mutant("resume", "tries")
def one_more(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """tries again, and tries times more"""
    return _resume(address, target, part, etag, tries + 1)


@mutant("resume", "tries")
def another_error(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """raises EOFError after the last try"""
    return _resume(address, target, part, etag, tries, broken=EOFError)


@mutant("resume", "status")
def adds_the_error(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """adds the text of the 404 to the file"""
    return _resume(address, target, part, etag, tries, wrong=lambda status, body: body)


@mutant("resume", "status")
def tries_404_again(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """tries again after a 404"""
    return _resume(address, target, part, etag, tries, wrong=lambda status, body: b"")


# -- words of the contract that are easily passed over ---------------------------------------------------


def _mutant(hint: str, name: str, says: str = "", **wrong: Any) -> None:
    """Right but for this."""

    def resume(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
        return _resume(address, target, part, etag, tries, **wrong)

    resume.__doc__, resume.__name__ = name, name.replace(" ", "_")
    mutant("resume", hint, says)(resume)


def _moved(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
    answer = _get(address, target, fields)
    return _get(address, answer[1]["Location"], fields) if answer[0] == 301 else answer


def _larger_is_complete(headers: Any, size: int) -> int:
    return size if _total(headers) > size else _total(headers)


def _all_or_nothing(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
    """What came before the end is kept, and what came before a reset is not."""
    with closing(http.client.HTTPConnection(*address)) as client:
        client.request("GET", target, headers=fields)
        response = client.getresponse()
        try:
            return response.status, response.headers, response.read(), True
        except http.client.IncompleteRead as error:
            return response.status, response.headers, error.partial, False
        except ConnectionError:
            return response.status, response.headers, b"", False


_mutant("unsure", "no ETag with W in it", strong=lambda etag: etag is not None and "W/" not in etag)
_mutant("mixed", "the old ETag where there is none", tag=lambda etag, headers: headers["ETag"] or etag)
_mutant("complete", "416 and the file is larger", total=_larger_is_complete)
_mutant("kept", "loses what came before a reset", "60000 bytes", get=_all_or_nothing)
_mutant("status", "500 is tried again", wrong=lambda status, body: b"" if status >= 500 else None)
_mutant("status", "404 is ConnectionError", broken=ConnectionError, wrong=lambda status, body: _give_up())


def _give_up() -> bytes:
    raise ConnectionError("not there")


@mutant("resume", "unsure", says="had none")
def with_etag_alone(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """a part of no bytes has a rest, too"""

    def get(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
        nothing = {"Range": "bytes=0-", "If-Range": etag} if etag and not part else {}
        return _get(address, target, fields or nothing)

    return _resume(address, target, part, etag, tries, get=get)


@mutant("resume", "tries")
def one_less(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """one request less"""
    return _resume(address, target, part, etag, tries - 1)


@mutant("resume", "tries")
def one_at_least(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """one request at least"""
    return _resume(address, target, part, etag, max(tries, 1))


@mutant("resume", "tries")
def other_places_are_free(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """a range that begins elsewhere is not counted"""
    more = []

    def get(*args: Any) -> tuple[int, Any, bytes, bool]:
        answer = _get(*args)
        more.append(args[2] and answer[0] == 206 and f"bytes={_place(answer[1])[0]}-" != args[2]["Range"])
        return answer

    try:
        return _resume(address, target, part, etag, tries, get=get)
    except ConnectionError:
        if not any(more):
            raise
        return _resume(address, target, b"", None, sum(map(bool, more)))


@mutant("resume", "status")
def follows(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """follows a redirect"""
    return _resume(address, target, part, etag, tries, get=_moved)


_OPEN: list[http.client.HTTPConnection] = []


@mutant("resume", "close", says="open")
def leaves_it_open(address: Any, target: Any, part: Any, etag: Any, tries: Any) -> Any:
    """does not close its connections"""

    def get(address: Any, target: str, fields: dict[str, str]) -> tuple[int, Any, bytes, bool]:
        _OPEN.append(client := http.client.HTTPConnection(*address))
        client.request("GET", target, headers=fields)
        response, body = client.getresponse(), b""
        size = int(response.headers["Content-Length"])
        while len(body) < size and (piece := response.read1(size - len(body))):
            body += piece
        return response.status, response.headers, body, len(body) == size

    return _resume(address, target, part, etag, tries, get=get)
